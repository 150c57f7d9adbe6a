// Transfer engine and network interface: copies, completion, rates and remote stores between neighbouring nodes.

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/transfer/transfer_helpers.hpp"

namespace dojo::tb {
namespace {

class Transfer : public testing::Test {
 protected:
  Transfer() { fill(mesh_); }

  void issue(unsigned node, const hw::TransferDescriptor& descriptor) {
    mesh_.issue(node, descriptor, address_of(first_descriptor + next_++));
  }

  void expect_copied(unsigned from, unsigned from_line, unsigned to, unsigned to_line, unsigned lines) {
    for (unsigned i = 0; i < lines; ++i) {
      ASSERT_EQ(mesh_[to].memory[to_line + i], pattern(from, from_line + i)) << "line " << i;
    }
    EXPECT_EQ(mesh_[to].memory[to_line + lines], pattern(to, to_line + lines)) << "the line after the last";
  }

  TransferMesh mesh_{{.columns = 2, .rows = 1}};
  unsigned next_ = 0;
};

TEST_F(Transfer, PushCopiesLinesAndCountsBothSemaphores) {
  issue(0, with_remote_sem(with_sem(push({100, 1, 0, 5000, 37}), 3), 9));
  mesh_.settle(500);
  expect_copied(0, 100, 1, 5000, 37);
  EXPECT_EQ(mesh_[0].semaphore[3], 1U);
  EXPECT_EQ(mesh_[1].semaphore[9], 1U);
  EXPECT_EQ(mesh_.flits_sent(0), 37U);
  EXPECT_EQ(mesh_.flits_received(1), 37U);
  EXPECT_EQ(mesh_.applied(), 37U);
}

TEST_F(Transfer, PullCopiesLinesAndCountsTheOwnSemaphore) {
  issue(0, with_sem(pull({5000, 1, 0, 200, 53}), 31));
  mesh_.settle(500);
  expect_copied(1, 200, 0, 5000, 53);
  EXPECT_EQ(mesh_[0].semaphore[31], 1U);
  EXPECT_EQ(mesh_.reads_accepted(), 1U);
  EXPECT_EQ(mesh_.flits_sent(0), 1U);
  EXPECT_EQ(mesh_.flits_sent(1), 53U);
}

TEST_F(Transfer, WithoutSemaphoresNothingCounts) {
  issue(0, push({100, 1, 0, 5000, 2}));
  issue(0, pull({6000, 1, 0, 200, 2}));
  mesh_.settle(500);
  for (unsigned node = 0; node < 2; ++node) {
    EXPECT_EQ(std::count(mesh_[node].semaphore.begin(), mesh_[node].semaphore.end(), 0U), 32);
  }
}

TEST_F(Transfer, SemaphoresCountOnlyAfterTheData) {
  unsigned counted = 0;
  mesh_.set_on_count([&](unsigned node, unsigned semaphore) {
    ++counted;
    if (node == 1) EXPECT_EQ(mesh_[1].lines_written, 20U);
    if (node == 0 && semaphore == 1) EXPECT_EQ(mesh_[0].lines_read, 1U + 20U);  // with the descriptor
    if (node == 0 && semaphore == 2) EXPECT_EQ(mesh_[0].lines_written, 10U);
  });
  issue(0, with_remote_sem(with_sem(push({100, 1, 0, 5000, 20}), 1), 1));
  mesh_.settle(500);
  issue(0, with_sem(pull({6000, 1, 0, 300, 10}), 2));
  mesh_.settle(500);
  EXPECT_EQ(counted, 3U);
}

TEST_F(Transfer, OwnNodeIsADestinationLikeAnyOther) {
  issue(1, with_remote_sem(with_sem(push({100, 1, 0, 5000, 11}), 1), 2));
  issue(1, with_sem(pull({7000, 1, 0, 300, 12}), 3));
  mesh_.settle(500);
  expect_copied(1, 100, 1, 5000, 11);
  expect_copied(1, 300, 1, 7000, 12);
  EXPECT_EQ(mesh_[1].semaphore[1], 1U);
  EXPECT_EQ(mesh_[1].semaphore[2], 1U);
  EXPECT_EQ(mesh_[1].semaphore[3], 1U);
}

TEST_F(Transfer, PullWaitsUntilThePushBeforeItHasBeenRead) {
  issue(0, push({100, 1, 0, 5000, 10}));
  issue(0, pull({7000, 1, 0, 300, 1}));
  while (mesh_[0].lines_read < 2 + 9) mesh_.step();  // both descriptors and all lines but the last
  mesh_.block_reads(0, true);
  for (int i = 0; i < 50; ++i) mesh_.step();
  EXPECT_EQ(mesh_.flits_sent(0), 9U);
  mesh_.block_reads(0, false);
  mesh_.settle(500);
  expect_copied(0, 100, 1, 5000, 10);
  expect_copied(1, 300, 0, 7000, 1);
}

TEST_F(Transfer, SeveralPullsAreUnderWayAtOnce) {
  for (unsigned i = 0; i < 4; ++i) issue(0, with_sem(pull({5000 + 10 * i, 1, 0, 200 + 10 * i, 1}), i));
  const std::uint64_t cycles = mesh_.settle(500);
  for (unsigned i = 0; i < 4; ++i) {
    expect_copied(1, 200 + 10 * i, 0, 5000 + 10 * i, 1);
    EXPECT_EQ(mesh_[0].semaphore[i], 1U);
  }
  // One after the other would take about 18 cycles each.
  EXPECT_LT(cycles, 40U);
}

TEST_F(Transfer, OneLinePerCycle) {
  constexpr unsigned lines = 4000;
  issue(0, push({0, 1, 0, 5000, lines}));
  const std::uint64_t push_cycles = mesh_.settle(2 * lines);
  issue(0, pull({5000, 1, 0, 0, lines}));
  const std::uint64_t pull_cycles = mesh_.settle(2 * lines);
  RecordProperty("push_cycles", static_cast<int>(push_cycles));
  RecordProperty("pull_cycles", static_cast<int>(pull_cycles));
  EXPECT_LE(push_cycles, lines + 20);
  EXPECT_LE(pull_cycles, lines + 30);
}

TEST_F(Transfer, FirstLineLeavesSixCyclesAfterTheCommand) {
  // The command is in the first cycle; a flit has been sent when it is on the router's local link.
  issue(0, push({0, 1, 0, 5000, 1}));
  unsigned cycles = 0;
  for (; mesh_.flits_sent(0) == 0 && cycles < 20; ++cycles) mesh_.step();
  EXPECT_EQ(cycles, 6U);
}

TEST_F(Transfer, ServiceStartsFourCyclesAfterTheReadHasArrived) {
  issue(0, pull({5000, 1, 0, 0, 1}));
  // Counted from the cycle in which the READ is on the local link of node 1.
  for (int i = 0; i < 20 && mesh_.flits_received(1) == 0; ++i) mesh_.step();
  unsigned cycles = 1;
  for (; mesh_.flits_sent(1) == 0 && cycles < 20; ++cycles) mesh_.step();
  EXPECT_EQ(cycles, 4U);
}

TEST_F(Transfer, BothDirectionsRunAtFullRateTogether) {
  constexpr unsigned lines = 2000;
  issue(0, push({0, 1, 0, 5000, lines}));
  issue(1, push({0, 0, 0, 5000, lines}));
  // About one read in 16 meets an incoming write in its bank.
  EXPECT_LE(mesh_.settle(2 * lines), lines * 16 / 15 + 20);
  expect_copied(0, 0, 1, 5000, lines);
  expect_copied(1, 0, 0, 5000, lines);
}

TEST_F(Transfer, ShortPushesFollowEachOtherWithoutGaps) {
  constexpr unsigned count = 100;
  constexpr unsigned lines = 6;
  for (unsigned i = 0; i < count; ++i) issue(0, push({lines * i, 1, 0, 5000 + lines * i, lines}));
  // Each descriptor is itself a line to be read.
  EXPECT_LE(mesh_.settle(2000), count * (lines + 1) / 0.95 + 20);
  expect_copied(0, 0, 1, 5000, count * lines);
}

TEST_F(Transfer, OwnPushesAndServiceShareTheLinkEqually) {
  constexpr unsigned lines = 1000;
  issue(0, with_sem(push({0, 1, 0, 5000, lines}), 1));
  issue(1, with_sem(pull({10000, 0, 0, 2000, lines}), 2));
  std::array<std::uint64_t, 2> ended{};
  mesh_.set_on_count([&](unsigned node, unsigned) { ended.at(node) = mesh_.cycle(); });
  EXPECT_LE(mesh_.settle(4 * lines), 2 * lines / 0.95);
  EXPECT_NEAR(static_cast<double>(ended[0]), static_cast<double>(ended[1]), 30.0);
  expect_copied(0, 0, 1, 5000, lines);
  expect_copied(0, 2000, 1, 10000, lines);
}

TEST_F(Transfer, RemoteStoresAndPullsAreNotStarvedByAPush) {
  issue(0, push({0, 1, 0, 5000, 4000}));
  for (int i = 0; i < 50; ++i) mesh_.step();
  for (unsigned i = 0; i < 64; ++i)
    mesh_[0].stores.push_back({hw::global_address(1, 0, address_of(15000) + 8 * i), i, 3});
  for (int i = 0; i < 140; ++i) mesh_.step();
  EXPECT_TRUE(mesh_[0].stores.empty());
  mesh_.settle(10000);
  EXPECT_EQ(mesh_[1].memory[15007][14], 63U);
}

TEST_F(Transfer, BlockedWritesHoldEverythingAndLoseNothing) {
  issue(0, with_remote_sem(push({0, 1, 0, 5000, 200}), 1));
  mesh_.block_writes(1, true);
  for (int i = 0; i < 300; ++i) mesh_.step();
  const std::uint64_t sent = mesh_.flits_sent(0);
  EXPECT_LE(sent, 12U);  // three queues of four flits
  for (int i = 0; i < 100; ++i) mesh_.step();
  EXPECT_EQ(mesh_.flits_sent(0), sent);
  EXPECT_EQ(mesh_[1].semaphore[1], 0U);
  mesh_.block_writes(1, false);
  mesh_.settle(500);
  expect_copied(0, 0, 1, 5000, 200);
  EXPECT_EQ(mesh_[1].semaphore[1], 1U);
}

// Tree 0 is of the node alone: lines come back to it.
TEST_F(Transfer, LinesForTreesWaitForRoomAndHoldUpNothingElse) {
  issue(0, with_remote_sem(with_sem(push({100, hw::group_column, 0, 5000, 300}), 6), 7));
  while (mesh_.flits_sent(0) < 100) mesh_.step();
  mesh_.block_trees(0, true);
  const std::uint64_t before = mesh_.flits_sent(0);
  for (int i = 0; i < 50; ++i) mesh_.step();
  EXPECT_LE(mesh_.flits_sent(0), before + 3);  // what was under way
  mesh_.issue(0, push({500, 1, 0, 6000, 40}), address_of(first_descriptor + next_++), 1);
  issue(1, pull({7000, 0, 0, 600, 40}));
  for (int i = 0; i < 300; ++i) mesh_.step();
  expect_copied(0, 500, 1, 6000, 40);
  expect_copied(0, 600, 1, 7000, 40);
  EXPECT_EQ(mesh_[0].memory[5000 + 120], pattern(0, 5000 + 120));
  EXPECT_TRUE(mesh_.idle()) << "the channel waits for room";
  mesh_.block_trees(0, false);
  mesh_.step();
  EXPECT_FALSE(mesh_.idle());
  mesh_.settle(500);
  expect_copied(0, 100, 0, 5000, 300);
  EXPECT_EQ(mesh_[0].semaphore[6], 1U);
  EXPECT_EQ(mesh_[0].semaphore[7], 1U);
}

TEST_F(Transfer, LinesForATreeLeaveOnePerCycle) {
  issue(0, push({100, hw::group_column, 0, 5000, 1000}));
  const std::uint64_t cycles = mesh_.settle(5000);
  expect_copied(0, 100, 0, 5000, 1000);
  EXPECT_LE(cycles, 1000 * 17 / 16 + 20U);  // a read that meets a write in its bank waits
}

TEST_F(Transfer, SignalsAndStoresGoToTrees) {
  hw::TransferDescriptor signal = with_remote_sem(push({0, hw::group_column, 0, 0, 9}), 4);
  signal.op = static_cast<std::uint32_t>(hw::DescriptorOpTransfer::signal);
  issue(0, signal);
  const std::uint64_t group = hw::global_address(hw::group_column, 0, 0);
  mesh_.block_trees(0, true);
  mesh_[0].stores = {{group + address_of(3000), 0xd8d7d6d5d4d3d2d1, 3},
                     {group + hw::clint_msip_address(1), 1, 2},
                     {group + hw::semaphore_base + 8 * 5, 7, 3}};
  for (int i = 0; i < 50; ++i) mesh_.step();
  EXPECT_EQ(mesh_[0].stores.size(), 3U);
  mesh_.block_trees(0, false);
  mesh_.settle(200);
  EXPECT_EQ(mesh_[0].semaphore[4], 9U);
  EXPECT_EQ(mesh_[0].semaphore[5], 7U);
  EXPECT_EQ(mesh_[0].memory[3000][1], 0xd8d7d6d5U);
  ASSERT_EQ(mesh_[0].register_writes.size(), 1U);
  EXPECT_EQ(mesh_[0].register_writes[0].address, hw::clint_msip_address(1));
}

TEST_F(Transfer, RemoteStoresOfEverySizeWriteTheirBytesOnly) {
  const std::uint64_t base = hw::global_address(1, 0, address_of(3000));
  mesh_[0].stores = {
      {base + 3, 0xa1, 0}, {base + 10, 0xb2b1, 1}, {base + 20, 0xc4c3c2c1, 2}, {base + 56, 0xd8d7d6d5d4d3d2d1, 3}};
  mesh_.settle(200);
  Line expected = pattern(1, 3000);
  expected[0] = (expected[0] & 0x00ffffffU) | 0xa1000000U;
  expected[2] = (expected[2] & 0x0000ffffU) | 0xb2b10000U;
  expected[5] = 0xc4c3c2c1U;
  expected[14] = 0xd4d3d2d1U;
  expected[15] = 0xd8d7d6d5U;
  EXPECT_EQ(mesh_[1].memory[3000], expected);
}

TEST_F(Transfer, RemoteStoresReachRegistersAndSemaphores) {
  const auto at = [](std::uint64_t offset) { return hw::global_address(1, 0, offset); };
  mesh_[0].stores = {{at(hw::control_hart_start_address(2)), 0x80000040, 3},
                     {at(hw::clint_msip_address(1)), 1, 2},
                     {at(hw::clint_mtimecmp_address(3)), 0x1122334455667788, 3},
                     {at(hw::semaphore_base + 8 * 5), 0x300000007, 3}};
  mesh_.settle(200);
  const std::vector<RegisterWrite> expected = {
      {static_cast<std::uint32_t>(hw::control_hart_start_address(2)), 0x80000040, 8},
      {static_cast<std::uint32_t>(hw::clint_msip_address(1)), 1, 4},
      {static_cast<std::uint32_t>(hw::clint_mtimecmp_address(3)), 0x1122334455667788, 8}};
  ASSERT_EQ(mesh_[1].register_writes.size(), 3U);
  for (unsigned i = 0; i < 3; ++i) {
    const RegisterWrite& write = mesh_[1].register_writes[i];
    const std::uint64_t mask = write.bytes == 8 ? ~std::uint64_t{0} : 0xffffffffU;
    EXPECT_EQ(write.address, expected[i].address);
    EXPECT_EQ(write.bytes, expected[i].bytes);
    EXPECT_EQ(write.data & mask, expected[i].data);
  }
  EXPECT_EQ(mesh_[1].semaphore[5], 7U);
  EXPECT_EQ(mesh_.dropped(), 0U);
}

TEST_F(Transfer, WritesOutsideTheMapAreDropped) {
  const auto at = [](std::uint64_t offset) { return hw::global_address(1, 0, offset); };
  mesh_[0].stores = {{at(0), 1, 3},
                     {at(hw::sram_base + hw::sram_size), 1, 3},
                     {at(hw::sram_base - 8), 1, 3},
                     {at(hw::sram_base + 0x100000000U), 1, 3},
                     {at(hw::semaphore_base + hw::semaphore_size), 1, 3},
                     {at(hw::semaphore_base), 1, 2},
                     {at(hw::control_base + hw::control_size), 1, 3}};
  const auto before = mesh_[1].memory;
  mesh_.settle(200);
  EXPECT_EQ(mesh_.dropped(), 7U);
  EXPECT_EQ(mesh_[1].memory, before);
  EXPECT_TRUE(mesh_[1].register_writes.empty());
  EXPECT_EQ(mesh_[1].semaphore[0], 0U);
}

TEST_F(Transfer, StoresAreAppliedInOrder) {
  // A register write follows a line write that the SRAM refuses for a while.
  mesh_.block_writes(1, true);
  mesh_[0].stores = {{hw::global_address(1, 0, address_of(10)), 1, 3},
                     {hw::global_address(1, 0, hw::control_hart_start_address(0)), 0x80000000, 3}};
  for (int i = 0; i < 100; ++i) mesh_.step();
  EXPECT_TRUE(mesh_[1].register_writes.empty());
  mesh_.block_writes(1, false);
  mesh_.settle(200);
  EXPECT_EQ(mesh_[1].register_writes.size(), 1U);
}

}  // namespace
}  // namespace dojo::tb
