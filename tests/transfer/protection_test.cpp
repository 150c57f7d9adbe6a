// The table for remote accesses: every kind of access refused and allowed, its bounds, and the reports at both ends.

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/transfer/transfer_helpers.hpp"

namespace dojo::tb {
namespace {

constexpr unsigned every_right = 0xf;

constexpr unsigned right(hw::AccessKind kind) {
  return 1U << static_cast<unsigned>(kind);
}

/// Node 0 attacks node 1; node 2 stands beside.
class Protection : public testing::Test {
 protected:
  Protection() { fill(mesh_); }

  static std::uint64_t at(std::uint64_t offset) { return hw::global_address(1, 0, offset); }
  void issue(const hw::TransferDescriptor& descriptor) {
    mesh_.issue(0, descriptor, address_of(first_descriptor + next_++));
  }

  /// Nothing of node 1 has changed, and both ends know of one refusal.
  void expect_refused(hw::AccessKind kind, std::uint32_t address) {
    mesh_.settle(1000);
    for (unsigned line = 0; line < hw::sram_lines; ++line) ASSERT_EQ(mesh_[1].memory[line], pattern(1, line));
    EXPECT_EQ(std::count(mesh_[1].semaphore.begin(), mesh_[1].semaphore.end(), 0U), hw::semaphores);
    EXPECT_TRUE(mesh_[1].register_writes.empty());
    ASSERT_FALSE(mesh_[1].refused.empty());
    expect_error(mesh_[1].refused.front(), kind, 0, address);
    ASSERT_FALSE(mesh_[0].reported.empty());
    expect_error(mesh_[0].reported.front(), kind, 1, address);
    EXPECT_TRUE(mesh_[2].refused.empty() && mesh_[2].reported.empty());
  }
  static void expect_error(const hw::AccessError& error, hw::AccessKind kind, unsigned x, std::uint32_t address) {
    EXPECT_TRUE(error.valid);
    EXPECT_EQ(error.kind, kind) << to_string(error.kind);
    EXPECT_EQ(error.x, x);
    EXPECT_EQ(error.y, 0U);
    EXPECT_EQ(error.address, address);
  }

  TransferMesh mesh_{{.columns = 3, .rows = 1}};
  unsigned next_ = 0;
};

TEST_F(Protection, WithoutAnEntryStoresAreRefused) {
  mesh_.protect(1, {});
  mesh_[0].stores.push_back({at(address_of(5) + 9), 1, 0});
  expect_refused(hw::AccessKind::write, address_of(5) + 9);
  EXPECT_EQ(mesh_.dropped(), 1U);
}

TEST_F(Protection, WithoutAnEntryPushesAreRefusedLineByLine) {
  mesh_.protect(1, {});
  issue(with_remote_sem(push({100, 1, 0, 5000, 4}), 3));
  expect_refused(hw::AccessKind::write, address_of(5000));
  EXPECT_EQ(mesh_[1].refused.size(), 4U);
}

TEST_F(Protection, WithoutAnEntryIncrementsAreRefused) {
  mesh_.protect(1, {});
  mesh_[0].stores.push_back({at(hw::semaphore_value_address(7)), 5, 3});
  expect_refused(hw::AccessKind::increment, static_cast<std::uint32_t>(hw::semaphore_value_address(7)));
}

TEST_F(Protection, WithoutAnEntryRegisterWritesAreRefused) {
  for (const auto& [address, size] : {std::pair{hw::control_hart_start_address(2), 3U},
                                      {hw::clint_msip_address(1), 2U},
                                      {hw::control_protect_enable_address(), 3U}}) {
    mesh_[1].refused.clear();
    mesh_[0].reported.clear();
    mesh_.protect(1, {});
    mesh_[0].stores.push_back({at(address), 0, size});
    expect_refused(hw::AccessKind::control, static_cast<std::uint32_t>(address));
  }
}

TEST_F(Protection, WithoutAnEntryReadsAreRefusedAndBringNothing) {
  mesh_.protect(1, {});
  const auto before = mesh_[0].memory;
  issue(with_sem(pull({5000, 1, 0, 200, 7}), 1));
  expect_refused(hw::AccessKind::read, address_of(200));
  EXPECT_EQ(mesh_[0].memory[5000], before[5000]);
  EXPECT_EQ(mesh_[0].semaphore[1], 0U);
  EXPECT_EQ(mesh_.flits_sent(1), 1U) << "the report alone";
}

TEST_F(Protection, AWriteWhoseSemaphoreIsRefusedWritesNothing) {
  mesh_.protect(1, {{.rights = right(hw::AccessKind::write)}});
  issue(with_remote_sem(push({100, 1, 0, 5000, 1}), 3));
  expect_refused(hw::AccessKind::increment, static_cast<std::uint32_t>(hw::semaphore_value_address(3)));
}

TEST_F(Protection, EachRightAllowsItsKindAlone) {
  for (unsigned kind = 0; kind < 4; ++kind) {
    TransferMesh mesh({.columns = 2, .rows = 1});
    fill(mesh);
    mesh.protect(1, {{.rights = 1U << kind}});
    mesh[0].stores = {{at(address_of(10)), 1, 3},
                      {at(hw::semaphore_value_address(7)), 5, 3},
                      {at(hw::control_hart_start_address(2)), 0x80000000, 3}};
    mesh.issue(0, with_sem(pull({5000, 1, 0, 200, 7}), 1), address_of(first_descriptor));
    mesh.settle(1000);
    EXPECT_EQ(mesh[1].memory[10] != pattern(1, 10), kind == 0);
    EXPECT_EQ(mesh[0].semaphore[1], kind == 1 ? 1U : 0U);
    EXPECT_EQ(mesh[1].semaphore[7], kind == 2 ? 5U : 0U);
    EXPECT_EQ(mesh[1].register_writes.size(), kind == 3 ? 1U : 0U);
    EXPECT_EQ(mesh[1].refused.size(), 3U);
  }
}

TEST_F(Protection, BoundsOfARangeBelongToIt) {
  mesh_.protect(1, {{.first = address_of(100), .last = address_of(110) - 1, .rights = every_right}});
  issue(push({0, 1, 0, 100, 10}));
  issue(pull({6000, 1, 0, 100, 10}));
  mesh_[0].stores = {{at(address_of(100)), 1, 0}, {at(address_of(110) - 1), 1, 0}};
  mesh_.settle(1000);
  EXPECT_TRUE(mesh_[1].refused.empty());
  mesh_[0].stores = {{at(address_of(100) - 1), 1, 0}, {at(address_of(110)), 1, 0}};
  issue(pull({6000, 1, 0, 100, 11}));
  issue(pull({6000, 1, 0, 99, 2}));
  issue(push({0, 1, 0, 109, 2}));
  mesh_.settle(1000);
  EXPECT_EQ(mesh_[1].refused.size(), 5U);
}

TEST_F(Protection, AnAccessMustLieInOneEntry) {
  mesh_.protect(1, {{.first = address_of(100), .last = address_of(110) - 1, .rights = every_right},
                    {.first = address_of(110), .last = address_of(120) - 1, .rights = every_right}});
  issue(pull({6000, 1, 0, 105, 10}));
  issue(push({0, 1, 0, 105, 10}));
  mesh_.settle(1000);
  ASSERT_EQ(mesh_[1].refused.size(), 1U);
  EXPECT_EQ(mesh_[1].refused[0].kind, hw::AccessKind::read);
}

TEST_F(Protection, CornersOfARectangleBelongToIt) {
  TransferMesh mesh({.columns = 4, .rows = 4});
  // Node (1, 2) is open to columns 1 to 2 and rows 1 to 3.
  constexpr unsigned target = 2 * 4 + 1;
  mesh.protect(target, {{.x_first = 1, .y_first = 1, .x_last = 2, .y_last = 3, .rights = every_right}});
  for (unsigned node = 0; node < 16; ++node)
    mesh[node].stores.push_back({hw::global_address(1, 2, address_of(node)), node + 1, 3});
  mesh.settle(1000);
  for (unsigned node = 0; node < 16; ++node) {
    const unsigned x = node % 4;
    const unsigned y = node / 4;
    const bool allowed = x >= 1 && x <= 2 && y >= 1 && y <= 3;
    EXPECT_EQ(mesh[target].memory[node][0], allowed ? node + 1 : 0) << "from node " << node;
    EXPECT_EQ(mesh[node].reported.size(), allowed ? 0U : 1U) << "node " << node;
  }
}

TEST_F(Protection, ANodeMayAlwaysAccessItself) {
  mesh_.protect(0, {});
  issue(with_remote_sem(push({100, 0, 0, 5000, 3}), 4));
  mesh_.settle(1000);
  EXPECT_EQ(mesh_[0].semaphore[4], 1U);
  EXPECT_TRUE(mesh_[0].refused.empty());
}

TEST_F(Protection, WhatIsRefusedDelaysNobodyElse) {
  mesh_.protect(1, {{.x_first = 2, .x_last = 2, .rights = every_right}});
  issue(push({0, 1, 0, 5000, 500}));
  mesh_.issue(2, with_remote_sem(push({0, 1, 0, 6000, 500}), 2), address_of(first_descriptor));
  mesh_.settle(2500);
  EXPECT_EQ(mesh_[1].refused.size(), 500U);
  EXPECT_EQ(mesh_[1].semaphore[2], 1U);
  for (unsigned i = 0; i < 500; ++i) ASSERT_EQ(mesh_[1].memory[6000 + i], pattern(2, i));
}

/// Reports of one sender that wait become one; those that find no place are counted at the refusing node.
TEST_F(Protection, ReportsThatCannotLeaveAreMergedOrCounted) {
  constexpr unsigned attackers = 6;
  TransferMesh mesh({.columns = attackers + 1, .rows = 2});
  mesh.protect(attackers, {});
  // Reports go west and stand still before node 5, whose SRAM takes nothing from its southern neighbour.
  mesh.block_writes(attackers - 1, true);
  mesh.issue(2 * attackers, push({0, attackers - 1, 0, 5000, 100}), address_of(first_descriptor));
  for (int i = 0; i < 50; ++i) mesh.step();
  for (unsigned round = 0; round < 20; ++round) {
    for (unsigned node = 0; node < attackers; ++node) {
      mesh[node].stores.push_back({hw::global_address(attackers, 0, address_of(node)), 1, 3});
    }
  }
  for (int i = 0; i < 1000; ++i) mesh.step();
  EXPECT_GT(mesh[attackers].refused.size(), 20U);
  EXPECT_GT(mesh[attackers].reports_lost, 0U);
  mesh.block_writes(attackers - 1, false);
  mesh.settle(5000);
  EXPECT_EQ(mesh[attackers].refused.size(), 20U * attackers);
  std::uint64_t reported = 0;
  for (unsigned node = 0; node < attackers; ++node) reported += mesh[node].reported.size();
  EXPECT_GT(reported, 8U);
  EXPECT_LT(reported + mesh[attackers].reports_lost, 20U * attackers) << "some were merged";
}

}  // namespace
}  // namespace dojo::tb
