// Addresses in an Interface Processor's memory: what the engine sends there, and what it refuses, beside the golden
// model. Another node stands where the memory would be.

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "model/node.hpp"
#include "tests/transfer/transfer_helpers.hpp"

namespace dojo::tb {
namespace {

using Op = hw::DescriptorOpTransfer;

constexpr unsigned index_line = 15000;
constexpr unsigned descriptor_line = 19000;

class MemoryAddress : public testing::TestWithParam<std::uint64_t> {
 protected:
  MemoryAddress() : mesh_({.columns = 2, .rows = 1, .reset_seed = static_cast<int>(GetParam()), .seed = GetParam()}) {
    mesh_.set_header_tap([this](unsigned node, hw::PacketHeader& header) {
      if (node == 0) sent_.push_back(header);
    });
  }

  std::uint64_t below(std::uint64_t limit) { return random_() % limit; }

  /// A signal, or a copy whose remote side lies anywhere in the memory, or within a few elements of its end, on either
  /// side.
  hw::TransferDescriptor copy() {
    const auto op = below(20) == 0 ? Op::signal : static_cast<Op>(1 + below(8));
    hw::TransferDescriptor d{};
    d.op = static_cast<std::uint32_t>(op);
    d.remote_sem = static_cast<std::uint32_t>(below(32));
    d.element_size = op == Op::push || op == Op::pull ? 6 : 3 + static_cast<unsigned>(below(4));
    const std::uint64_t element = std::uint64_t{1} << d.element_size;
    d.lines = 1 + static_cast<std::uint32_t>(below(9));
    d.local_address = address_of(static_cast<unsigned>(below(1000)));
    std::uint64_t reach = (d.lines - 1) * element;
    if (op == Op::push_strided || op == Op::pull_strided) {
      d.rows = 1 + static_cast<std::uint32_t>(below(5));
      d.local_inner_stride = static_cast<std::uint32_t>(element);
      d.local_outer_stride = static_cast<std::uint32_t>(element * below(64));
      d.remote_inner_stride = static_cast<std::uint32_t>(element * below((std::uint64_t{1} << 32) / element));
      d.remote_outer_stride = static_cast<std::uint32_t>(element * below((std::uint64_t{1} << 32) / element));
      reach = std::uint64_t{d.lines - 1} * d.remote_inner_stride + std::uint64_t{d.rows - 1} * d.remote_outer_stride;
    }
    if (op >= Op::push_gather && op <= Op::pull_scatter) {
      const bool names_memory = op == Op::push_scatter || op == Op::pull_gather;
      d.index_list = address_of(index_line);
      // Tables in the memory may have more elements than there are in any SRAM.
      d.index_limit = names_memory ? 1 + static_cast<std::uint32_t>(below(memory_bytes / element / 2)) : 100;
      for (unsigned i = 0; i < d.lines; ++i) {
        mesh_[0].memory[index_line].at(i) = static_cast<std::uint32_t>(below(d.index_limit));
      }
      if (names_memory) reach = (d.index_limit - std::uint64_t{1}) * element;
    }
    const std::uint64_t last = memory_bytes - std::min(reach + element, memory_bytes);
    const std::uint64_t offset = below(2) == 0 ? element * below(last / element + 1) : last + element * below(2);
    set_remote(d, memory_address(1, 0, offset));
    return d;
  }

  TransferMesh mesh_;
  std::mt19937_64 random_{GetParam()};
  std::vector<hw::PacketHeader> sent_;
};

TEST_P(MemoryAddress, SameAsTheModel) {
  unsigned refused = 0;
  unsigned moved = 0;
  for (unsigned i = 0; i < 150; ++i) {
    const hw::TransferDescriptor d = copy();
    model::Node node({0, 0});
    node.write_memory(address_of(index_line), std::as_bytes(std::span(&mesh_[0].memory[index_line], 1)));
    node.write_memory(address_of(descriptor_line), std::as_bytes(std::span(&d, 1)));
    model::execute_descriptor(node, hw::Unit::transfer, address_of(descriptor_line));

    sent_.clear();
    mesh_[0].faults.clear();
    mesh_.issue(0, d, address_of(descriptor_line));
    mesh_.settle(2000);
    ASSERT_EQ(mesh_[0].faults.size(), node.unit_fault() ? 1U : 0U) << i;
    if (node.unit_fault()) {
      ++refused;
      EXPECT_EQ(node.unit_fault()->cause, hw::UnitFault::range);
      EXPECT_EQ(mesh_[0].faults[0].cause, node.unit_fault()->cause);
      EXPECT_TRUE(sent_.empty());
      continue;
    }
    ++moved;
    ASSERT_EQ(sent_.size(), node.outbox().size()) << i;
    for (std::size_t packet = 0; packet < sent_.size(); ++packet) {
      hw::PacketHeader header = sent_[packet];
      header.age = 0;
      if (!header.sem_en) header.sem = 0;
      EXPECT_EQ(header, node.outbox()[packet].header) << i << ", packet " << packet;
    }
  }
  EXPECT_GT(refused, 20U);
  EXPECT_GT(moved, 60U);
}

INSTANTIATE_TEST_SUITE_P(Seeds, MemoryAddress, testing::Values(1, 2));

// A node refuses a READ that is not in its SRAM from the first byte to the last, in place of serving half of it.
TEST(MemoryAddressOfANode, IsNotRead) {
  TransferMesh mesh({.columns = 2, .rows = 1});
  fill(mesh);
  const auto before = mesh[0].memory;
  unsigned reports = 0;
  for (const std::uint64_t offset : {std::uint64_t{address_of(hw::sram_lines - 1)}, std::uint64_t{address_of(0) - 64},
                                     std::uint64_t{0}, memory_bytes - 2 * 64}) {
    hw::TransferDescriptor d = pull({100, 1, 0, 0, 2});
    set_remote(d, memory_address(1, 0, offset));
    mesh.issue(0, with_sem(d, 1), address_of(descriptor_line));
    mesh.settle(200);
    ASSERT_EQ(mesh[1].refused.size(), ++reports);
    EXPECT_EQ(mesh[1].refused.back().kind, hw::AccessKind::read);
    ASSERT_EQ(mesh[0].reported.size(), reports);
    EXPECT_EQ(mesh[0].reported.back().kind, hw::AccessKind::read);
  }
  mesh[0].memory[descriptor_line] = before[descriptor_line];
  EXPECT_EQ(mesh[0].memory, before);
  EXPECT_EQ(mesh[0].semaphore[1], 0U);
}

}  // namespace
}  // namespace dojo::tb
