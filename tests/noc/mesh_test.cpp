// The structural mesh (rtl/noc/mesh.sv) and the simulator's mesh of joined nodes agree in every cycle.

#include <gtest/gtest.h>

#include <fmt/format.h>

#include <array>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "Vmesh.h"
#include "Vmesh_node.h"
#include "common/ecc.hpp"
#include "common/elf.hpp"
#include "routing/tree_maker.hpp"
#include "sim/assertion.hpp"
#include "sim/link_hash.hpp"
#include "sim/rtl_machine.hpp"

namespace dojo {
namespace {

constexpr MeshSize size{.columns = 2, .rows = 2};
constexpr unsigned nodes = 4;

struct HostWrite {
  unsigned node;
  std::uint32_t address;
  std::uint64_t data;
};

/// The mesh as one Verilated model.
class StructuralMesh {
 public:
  StructuralMesh() {
    context_.randReset(2);
    context_.randSeed(5);
    model_ = std::make_unique<Vmesh>(&context_, "mesh");
    model_->rst_ni = 0;
    model_->host_valid_i = 0;
    for (int i = 0; i < 4; ++i) clock();
    model_->rst_ni = 1;
  }

  void step(std::uint64_t cycle, const HostWrite* write) {
    model_->cycle_i = cycle;
    model_->host_valid_i = write != nullptr ? 1 : 0;
    if (write != nullptr) {
      model_->host_x_i = static_cast<std::uint16_t>(write->node % size.columns);
      model_->host_y_i = static_cast<std::uint16_t>(write->node / size.columns);
      model_->host_address_i = write->address;
      model_->host_data_i = write->data;
    }
    clock();
    for (unsigned n = 0; n < nodes; ++n) {
      for (unsigned d = 0; d < sim::directions; ++d) {
        const unsigned link = 4 * n + d;
        if (model_->token_o[link] != 0) hash_ += sim::token_hash(cycle, n, d, model_->token_o[link]);
        const bool of_tree = ((model_->tree_valid_o[n] >> d) & 1) != 0;
        if (!of_tree && ((model_->flit_valid_o[n] >> d) & 1) == 0) continue;
        hash_ += sim::flit_hash(cycle, n, of_tree ? sim::directions + d : d, model_->flit_header_o[link].data(),
                                model_->flit_data_o[link].data());
      }
      if (model_->credit_o[n] != 0) hash_ += sim::credit_hash(cycle, n, model_->credit_o[n]);
      if (model_->tree_credit_o[n] != 0) hash_ += sim::tree_credit_hash(cycle, n, model_->tree_credit_o[n]);
    }
  }

  [[nodiscard]] std::span<std::byte> sram(unsigned node) {
    return std::as_writable_bytes(std::span(&site(node).u_sram__DOT__u_array__DOT__memory[0], hw::sram_lines));
  }

  /// Writes the first bytes of a node's SRAM with their check bits.
  void write_sram(unsigned node, std::span<const std::byte> bytes) {
    ecc_write(sram(node), std::span(&site(node).u_sram__DOT__u_array__DOT__check[0], hw::sram_lines), 0, bytes);
  }

  [[nodiscard]] const Vmesh& signals() const { return *model_; }
  [[nodiscard]] std::uint64_t hash() const { return hash_; }

 private:
  Vmesh_node& site(unsigned node) {
    const std::array<Vmesh_node*, nodes> sites{model_->__PVT__mesh__DOT__gen_node__BRA__0__KET____DOT__u_node,
                                               model_->__PVT__mesh__DOT__gen_node__BRA__1__KET____DOT__u_node,
                                               model_->__PVT__mesh__DOT__gen_node__BRA__2__KET____DOT__u_node,
                                               model_->__PVT__mesh__DOT__gen_node__BRA__3__KET____DOT__u_node};
    return *sites.at(node);
  }

  void clock() {
    model_->clk_i = 1;
    model_->eval();
    model_->clk_i = 0;
    model_->eval();
  }

  VerilatedContext context_;
  std::unique_ptr<Vmesh> model_;
  std::uint64_t hash_ = 0;
};

/// What differs between the two in this cycle, or an empty string.
std::string difference(const StructuralMesh& structural, sim::RtlMachine& joined) {
  const Vmesh& mesh = structural.signals();
  for (unsigned n = 0; n < nodes; ++n) {
    const sim::NodePorts& node = joined.engine().node(n).ports;
    if (mesh.flit_valid_o[n] != *node.flit_valid_out) {
      return fmt::format("node {}: flits {:04b} and {:04b}", n, mesh.flit_valid_o[n], *node.flit_valid_out);
    }
    if (mesh.tree_valid_o[n] != *node.tree_valid_out) {
      return fmt::format("node {}: lines of trees {:04b} and {:04b}", n, mesh.tree_valid_o[n], *node.tree_valid_out);
    }
    if (mesh.tree_credit_o[n] != *node.tree_credit_out) {
      return fmt::format("node {}: credits of trees {:016b} and {:016b}", n, mesh.tree_credit_o[n],
                         *node.tree_credit_out);
    }
    if (mesh.credit_o[n] != *node.credit_out) {
      return fmt::format("node {}: credits {:08b} and {:08b}", n, mesh.credit_o[n], *node.credit_out);
    }
    for (unsigned d = 0; d < sim::directions; ++d) {
      if (mesh.token_o[4 * n + d] == node.token_out[d]) continue;
      return fmt::format("node {}: tokens {:08b} and {:08b} in direction {}", n, mesh.token_o[4 * n + d],
                         node.token_out[d], d);
    }
    if (mesh.hart_state_o[n] != *node.hart_state) {
      return fmt::format("node {}: hart states {:04o} and {:04o}", n, mesh.hart_state_o[n], *node.hart_state);
    }
    if (((mesh.idle_o >> n) & 1) != *node.idle) return fmt::format("node {}: only one is idle", n);
    if (((mesh.fault_o >> n) & 1) != *node.fault) return fmt::format("node {}: only one has faulted", n);
  }
  return structural.hash() == joined.engine().link_hash() ? "" : "the contents of a flit";
}

ElfFile program_of(const std::string& name) {
  const std::filesystem::path executable = std::filesystem::read_symlink("/proc/self/exe");
  return ElfFile::read(executable.parent_path() / DOJO_FIRMWARE_DIR / (name + ".elf"));
}

Coordinates position(unsigned node) {
  return {node % size.columns, node / size.columns};
}

/// The program in every node, and zeros around it.
void load(sim::RtlMachine& machine, const ElfFile& program) {
  for (unsigned n = 0; n < nodes; ++n) {
    std::vector<std::byte> memory(hw::sram_size);
    for (const ElfSegment& segment : program.segments()) {
      std::memcpy(&memory[segment.address - hw::sram_base], segment.bytes.data(), segment.bytes.size());
    }
    machine.write_memory(position(n), hw::sram_base, memory);
  }
}

/// Writes of the host: four trees over all nodes for all harts, then the starts of all harts.
std::vector<HostWrite> boot(const Topology& topology, std::uint64_t entry) {
  std::vector<HostWrite> writes;
  std::vector<Coordinates> set;
  set.reserve(nodes);
  for (unsigned n = 0; n < nodes; ++n) set.push_back(position(n));
  for (unsigned index = 0; index < hw::trees; ++index) {
    const auto tree =
        routing::make_tree(topology, set, {.arrivals = hw::harts, .semaphore = 8 + index, .amount = hw::harts},
                           index % 2 == 0 ? routing::TreeShape::wide : routing::TreeShape::narrow);
    for (unsigned n = 0; n < nodes; ++n) {
      writes.push_back({n, static_cast<std::uint32_t>(hw::control_tree_address(index)), tree.nodes[n].encode()});
    }
  }
  for (unsigned hart = 0; hart < hw::harts; ++hart) {
    for (unsigned n = 0; n < nodes; ++n) {
      writes.push_back({n, static_cast<std::uint32_t>(hw::control_hart_start_address(hart)), entry});
    }
  }
  return writes;
}

/// A program on the structural and the joined mesh, compared in every cycle to its end.
class MeshProgram : public testing::TestWithParam<const char*> {};

TEST_P(MeshProgram, StructureAndJoinedNodesAgreeInEveryCycle) {
  const ElfFile program = program_of(GetParam());
  StructuralMesh structural;
  sim::RtlMachine joined({.mesh = size, .threads = 1, .link_hash = true});
  // Every byte of both memories is defined: what the program does not load is zero.
  load(joined, program);
  for (unsigned n = 0; n < nodes; ++n) {
    const std::span<std::byte> memory = joined.engine().node(n).sram();
    structural.write_sram(n, memory);
  }

  const std::vector<HostWrite> writes = boot(joined.topology(), program.entry());
  constexpr std::uint64_t limit = 60000;
  std::uint64_t cycle = 0;
  bool stopped = false;
  for (; cycle < limit && !stopped; ++cycle) {
    const bool starts = cycle < writes.size();
    if (starts) joined.write_register(position(writes[cycle].node), writes[cycle].address, writes[cycle].data);
    structural.step(cycle, starts ? &writes[cycle] : nullptr);
    joined.run(1);
    ASSERT_EQ(joined.cycles(), cycle + 1);
    ASSERT_EQ(difference(structural, joined), "") << "cycle " << cycle;
    stopped = !starts && structural.signals().idle_o == 0xf;
    for (unsigned n = 0; n < nodes; ++n) stopped = stopped && structural.signals().hart_state_o[n] == 0;
  }

  EXPECT_TRUE(stopped) << "the program has not ended after " << cycle << " cycles";
  RecordProperty("cycles", static_cast<int>(cycle));
  for (unsigned n = 0; n < nodes; ++n) {
    const Coordinates at = position(n);
    for (unsigned hart = 0; hart < hw::harts; ++hart) {
      EXPECT_EQ(joined.hart_status(at, hart).exit_code, 0U) << "node " << n << " hart " << hart;
    }
    EXPECT_EQ(std::memcmp(structural.sram(n).data(), joined.engine().node(n).sram().data(), hw::sram_size), 0)
        << "memory of node " << n;
  }
  EXPECT_NE(structural.hash(), 0U);
}

INSTANTIATE_TEST_SUITE_P(Programs, MeshProgram, testing::Values("test_exchange", "test_mesh_trees"),
                         [](const auto& info) { return std::string(info.param); });

TEST(Mesh, FlitBeyondTheEdgeFailsAnAssertion) {
  // A store to node (7, 0): lui t0, 0x80000; addi t0, t0, 0x700; slli t0, t0, 32; sd x0, 0(t0); j .
  constexpr std::array<std::uint32_t, 5> code{0x800002b7, 0x70028293, 0x02029293, 0x0002b023, 0x0000006f};
  StructuralMesh structural;
  structural.write_sram(0, std::as_bytes(std::span(code)));
  const HostWrite start{
      .node = 0, .address = static_cast<std::uint32_t>(hw::control_hart_start_address()), .data = hw::sram_base};
  structural.step(0, &start);
  std::string failed;
  try {
    for (std::uint64_t cycle = 1; cycle < 200; ++cycle) structural.step(cycle, nullptr);
  } catch (const AssertionError& error) {
    failed = error.text();
  }
  EXPECT_EQ(failed, "NoFlitLeavesTheMesh: assertion failed");
}

TEST(Mesh, ExchangeFollowsTheGoldenModel) {
  const ElfFile program = program_of("test_exchange");
  sim::RtlMachine machine({.mesh = size, .lockstep = true});
  load(machine, program);
  for (unsigned n = 0; n < nodes; ++n) {
    for (unsigned hart = 0; hart < hw::harts; ++hart) {
      machine.write_register(position(n), static_cast<std::uint32_t>(hw::control_hart_start_address(hart)),
                             program.entry());
    }
  }
  EXPECT_EQ(machine.run(60000), StopReason::all_stopped);
  machine.compare_with_model();
  for (unsigned n = 0; n < nodes; ++n) {
    for (unsigned hart = 0; hart < hw::harts; ++hart) {
      EXPECT_EQ(machine.hart_status(position(n), hart).exit_code, 0U) << "node " << n << " hart " << hart;
    }
    EXPECT_GE(machine.counter(position(n), static_cast<unsigned>(hw::Counter::flits_received)), 4 * 24 + 24U);
  }
}

}  // namespace
}  // namespace dojo
