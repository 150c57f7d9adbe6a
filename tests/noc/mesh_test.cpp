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
        if (((model_->flit_valid_o[n] >> d) & 1) == 0) continue;
        const unsigned link = 4 * n + d;
        hash_ += sim::flit_hash(cycle, n, d, model_->flit_header_o[link].data(), model_->flit_data_o[link].data());
      }
      if (model_->credit_o[n] != 0) hash_ += sim::credit_hash(cycle, n, model_->credit_o[n]);
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
    if (mesh.credit_o[n] != *node.credit_out) {
      return fmt::format("node {}: credits {:08b} and {:08b}", n, mesh.credit_o[n], *node.credit_out);
    }
    if (mesh.hart_state_o[n] != *node.hart_state) {
      return fmt::format("node {}: hart states {:04o} and {:04o}", n, mesh.hart_state_o[n], *node.hart_state);
    }
    if (((mesh.idle_o >> n) & 1) != *node.idle) return fmt::format("node {}: only one is idle", n);
    if (((mesh.fault_o >> n) & 1) != *node.fault) return fmt::format("node {}: only one has faulted", n);
  }
  return structural.hash() == joined.engine().link_hash() ? "" : "the contents of a flit";
}

ElfFile exchange_program() {
  const std::filesystem::path executable = std::filesystem::read_symlink("/proc/self/exe");
  return ElfFile::read(executable.parent_path() / DOJO_FIRMWARE_DIR / "test_exchange.elf");
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

TEST(Mesh, StructureAndJoinedNodesAgreeInEveryCycle) {
  const ElfFile program = exchange_program();
  StructuralMesh structural;
  sim::RtlMachine joined({.mesh = size, .threads = 1, .link_hash = true});
  // Every byte of both memories is defined: what the program does not load is zero.
  load(joined, program);
  for (unsigned n = 0; n < nodes; ++n) {
    const std::span<std::byte> memory = joined.engine().node(n).sram();
    structural.write_sram(n, memory);
  }

  constexpr std::uint64_t limit = 60000;
  std::uint64_t cycle = 0;
  bool stopped = false;
  for (; cycle < limit && !stopped; ++cycle) {
    // One hart of one node starts in each of the first 16 cycles.
    HostWrite write{};
    const bool starts = cycle < nodes * hw::harts;
    if (starts) {
      const auto hart = static_cast<unsigned>(cycle / nodes);
      write = {.node = static_cast<unsigned>(cycle % nodes),
               .address = static_cast<std::uint32_t>(hw::control_hart_start_address(hart)),
               .data = program.entry()};
      joined.write_register(position(write.node), write.address, write.data);
    }
    structural.step(cycle, starts ? &write : nullptr);
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
    EXPECT_GE(joined.counter(at, static_cast<unsigned>(hw::Counter::flits_received)), 4 * 24 + 24U);
    EXPECT_EQ(std::memcmp(structural.sram(n).data(), joined.engine().node(n).sram().data(), hw::sram_size), 0)
        << "memory of node " << n;
  }
  EXPECT_NE(structural.hash(), 0U);
}

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
  const ElfFile program = exchange_program();
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
  }
}

}  // namespace
}  // namespace dojo
