// A line per cycle from the SRAM into the network and one from the network into the SRAM, at once and for as long as
// one likes; and what is left of it when both want the same banks.

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "tests/transfer/transfer_helpers.hpp"

namespace dojo::tb {
namespace {

constexpr unsigned descriptors = 19000;  // line of the first descriptor
constexpr unsigned window = 500;         // cycles

class FullRate : public testing::Test {
 protected:
  /// Lines that a node read from and wrote to its SRAM in the worst window, per cycle.
  struct Rates {
    double read = 1;
    double written = 1;
  };

  void make(unsigned columns) {
    mesh_ = std::make_unique<TransferMesh>(TransferMesh::Options{.columns = columns});
    fill(*mesh_);
  }

  void issue(unsigned node, const hw::TransferDescriptor& descriptor, unsigned channel = 0) {
    mesh_->issue(node, descriptor, address_of(descriptors + next_++), channel);
  }

  /// Steps through `windows` windows after the copies have begun.
  Rates measure(unsigned node, unsigned windows) {
    for (unsigned i = 0; i < 60; ++i) mesh_->step();
    Rates worst;
    for (unsigned w = 0; w < windows; ++w) {
      const std::uint64_t read = (*mesh_)[node].lines_read;
      const std::uint64_t written = (*mesh_)[node].lines_written;
      for (unsigned i = 0; i < window; ++i) mesh_->step();
      const auto rate = [](std::uint64_t lines) { return static_cast<double>(lines) / window; };
      worst.read = std::min(worst.read, rate((*mesh_)[node].lines_read - read));
      worst.written = std::min(worst.written, rate((*mesh_)[node].lines_written - written));
    }
    return worst;
  }

  void expect_copied(unsigned from, unsigned from_line, unsigned to, unsigned to_line, unsigned lines) {
    for (unsigned i = 0; i < lines; ++i) {
      ASSERT_EQ((*mesh_)[to].memory[to_line + i], pattern(from, from_line + i)) << "line " << i;
    }
  }

  std::unique_ptr<TransferMesh> mesh_;
  unsigned next_ = 0;
};

constexpr unsigned lines = 8192;
constexpr unsigned windows = (lines - 200) / window;

// Both nodes push and are pushed to. Wherever the lines lie.
TEST_F(FullRate, OwnPushWhileTheNodeIsWrittenTo) {
  for (const unsigned skew : {0U, 1U, 4U, 6U, 15U, 100U, 1000U}) {
    make(2);
    issue(0, push({0, 1, 0, 9000 + skew, lines}));
    issue(1, push({0, 0, 0, 9000 + skew, lines}));
    const Rates rates = measure(0, windows);
    EXPECT_GE(rates.read, 0.99) << "skew " << skew;
    EXPECT_GE(rates.written, 0.99) << "skew " << skew;
    mesh_->settle(lines);
    expect_copied(0, 0, 1, 9000 + skew, lines);
    expect_copied(1, 0, 0, 9000 + skew, lines);
  }
}

// Each node serves the other one's pull.
TEST_F(FullRate, ServiceOfARemoteReadWhileTheNodeIsWrittenTo) {
  for (const unsigned skew : {0U, 1U, 4U, 6U, 15U, 100U, 1000U}) {
    make(2);
    issue(0, pull({9000 + skew, 1, 0, 0, lines}));
    issue(1, pull({9000 + skew, 0, 0, 0, lines}));
    const Rates rates = measure(0, windows);
    EXPECT_GE(rates.read, 0.99) << "skew " << skew;
    EXPECT_GE(rates.written, 0.99) << "skew " << skew;
    mesh_->settle(lines);
    expect_copied(0, 0, 1, 9000 + skew, lines);
    expect_copied(1, 0, 0, 9000 + skew, lines);
  }
}

/// The node in the middle has no copy of its own: node 0 pulls from it, and node 2 pushes to it.
class FullRateOfService : public FullRate {
 protected:
  /// Node 0 has issued its pulls of `lines` lines.
  void expect_full_rate_of_the_middle_node() {
    issue(2, push({300, 1, 0, 9000, lines}));
    const Rates rates = measure(1, windows);
    EXPECT_GE(rates.read, 0.99);
    EXPECT_GE(rates.written, 0.99);
    mesh_->settle(lines);
    expect_copied(1, 0, 0, 9000, lines);
    expect_copied(2, 300, 1, 9000, lines);
  }
};

TEST_F(FullRateOfService, OnePullWhileAnotherNodeWrites) {
  make(3);
  issue(0, pull({9000, 1, 0, 0, lines}));
  expect_full_rate_of_the_middle_node();
}

// The service goes from one READ to the next one without a gap; each READ takes a cycle of the link on which lines
// arrive.
TEST_F(FullRateOfService, ManyShortPullsAreServedAsFast) {
  constexpr unsigned each = 256;
  make(3);
  for (unsigned i = 0; i < lines / each; ++i) issue(0, pull({9000 + each * i, 1, 0, each * i, each}));
  expect_full_rate_of_the_middle_node();
}

// Rows of a matrix, which go through the banks in another order than the lines that arrive.
TEST_F(FullRate, RowsOfEveryLengthWhileTheNodeIsWrittenTo) {
  for (const unsigned row : {1U, 2U, 3U, 5U, 8U, 16U, 31U}) {
    constexpr unsigned count = 4096;
    make(2);
    for (unsigned node = 0; node < 2; ++node) {
      hw::TransferDescriptor copy = transfer(hw::DescriptorOpTransfer::push_strided, {0, 1 - node, 0, 9000, row});
      copy.element_size = 6;
      copy.rows = count / row;
      copy.local_inner_stride = copy.remote_inner_stride = hw::line_bytes;
      copy.local_outer_stride = 2 * row * hw::line_bytes;
      copy.remote_outer_stride = row * hw::line_bytes;
      issue(node, copy);
    }
    const Rates rates = measure(0, (count - 200) / window);
    EXPECT_GE(rates.read, 0.99) << "rows of " << row;
    EXPECT_GE(rates.written, 0.99) << "rows of " << row;
    mesh_->settle(count);
    EXPECT_EQ((*mesh_)[0].memory[9000 + row], pattern(1, 2 * row));
  }
}

// All that node 0 sends lies in one bank, and all that it gets goes there: the bank takes turns.
TEST_F(FullRate, OneBankForBothIsSharedEqually) {
  constexpr unsigned count = 560;
  constexpr unsigned list = 18000;
  make(2);
  std::vector<std::uint32_t> table;  // lines of bank 0
  for (unsigned line = 0; table.size() < 2 * count; ++line) {
    if (((line ^ (line >> 4) ^ (line >> 8) ^ (line >> 12)) & 15U) == 0) table.push_back(line);
  }
  const auto index_list = [&](unsigned node, unsigned first) {
    for (unsigned i = 0; i < count; ++i) (*mesh_)[node].memory[list + i / 16][i % 16] = table[first + i];
  };
  hw::TransferDescriptor gather = transfer(hw::DescriptorOpTransfer::push_gather, {0, 1, 0, 9000, count});
  hw::TransferDescriptor scatter = transfer(hw::DescriptorOpTransfer::push_scatter, {12000, 0, 0, 0, count});
  for (hw::TransferDescriptor* copy : {&gather, &scatter}) {
    copy->element_size = 6;
    copy->index_list = address_of(list);
    copy->index_limit = 18000;
  }
  index_list(0, 0);
  index_list(1, count);
  issue(0, gather);
  issue(1, scatter);
  const Rates rates = measure(0, 2 * count / window - 1);
  EXPECT_NEAR(rates.written, 0.5, 0.03);
  EXPECT_NEAR(rates.read, 0.5 * 17 / 16, 0.03);  // and one of the index list for 16
  mesh_->settle(4 * count);
  for (unsigned i = 0; i < count; ++i) {
    ASSERT_EQ((*mesh_)[1].memory[9000 + i], pattern(0, table[i])) << "element " << i;
    ASSERT_EQ((*mesh_)[0].memory[table[count + i]], pattern(1, 12000 + i)) << "element " << i;
  }
}

}  // namespace
}  // namespace dojo::tb
