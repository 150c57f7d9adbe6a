// Random transfers reach every cover property of transfer engine and network interface.

#include <gtest/gtest.h>

#include "tb/noc/cover_counts.hpp"
#include "tests/transfer/random_lists.hpp"
#include "tests/transfer/random_transfers.hpp"

namespace dojo::tb {
namespace {

/// A mesh after refused accesses of every kind, and more reports than can leave the refusing node.
std::unique_ptr<TransferMesh> refusals() {
  auto mesh = std::make_unique<TransferMesh>(TransferMesh::Options{.columns = 7, .rows = 2});
  mesh->protect(6, {});
  mesh->issue(0, pull({9000, 6, 0, 10, 4}), address_of(19500));
  mesh->settle(1000);
  mesh->block_writes(5, true);
  mesh->issue(12, push({0, 5, 0, 5000, 100}), address_of(19500));
  for (int i = 0; i < 50; ++i) mesh->step();
  for (unsigned i = 0; i < 120; ++i) (*mesh)[i % 6].stores.push_back({hw::global_address(6, 0, address_of(i)), 1, 3});
  for (int i = 0; i < 1000; ++i) mesh->step();
  mesh->block_writes(5, false);
  mesh->settle(5000);
  return mesh;
}

/// A mesh after a packet to nowhere.
std::unique_ptr<TransferMesh> strays() {
  auto mesh = std::make_unique<TransferMesh>(TransferMesh::Options{.columns = 2, .rows = 1});
  lead_astray(*mesh);
  mesh->issue(0, push({0, 2, 0, 0, 1}), address_of(19500));
  mesh->settle(1000);
  return mesh;
}

/// A mesh after random lists, waits, several gathers at once, uncorrectable lines and lines for a tree.
std::unique_ptr<TransferMesh> lists() {
  auto mesh = std::make_unique<TransferMesh>(TransferMesh::Options{.columns = 2, .rows = 2, .refusal = 0.3});
  RandomLists random(*mesh, 2, 7);
  random.add(300);
  mesh->settle(400000);
  EXPECT_EQ(random.difference(), "");
  // All channels of node 0 and the service of a read at once, for long.
  for (unsigned c = 0; c < 4; ++c) mesh->issue(0, push({100, 1, 0, 9000 + 500 * c, 300}), address_of(20400 + c), c);
  mesh->issue(3, pull({9000, 0, 0, 0, 300}), address_of(20400));
  for (unsigned line = 20420; line < 20430; ++line) (*mesh)[2].memory[line] = {};
  for (unsigned c = 0; c < 4; ++c) {
    hw::TransferDescriptor gather = push({100, 1, 0, 9000 + 200 * c, 100});
    gather.op = static_cast<std::uint32_t>(hw::DescriptorOpTransfer::push_gather);
    gather.element_size = 6;
    gather.index_list = address_of(20420);
    gather.index_limit = 1;
    mesh->issue(2, gather, address_of(20400 + c), c);
  }
  mesh->settle(20000);
  (*mesh)[1].bad_lines = {20, 20410};
  mesh->issue(1, push({20, 0, 0, 9000, 1}), address_of(20411));
  mesh->issue(1, push({20, 0, 0, 9000, 1}), address_of(20410));
  mesh->settle(1000);
  // A channel whose lines for a tree find no room, and stores that find none.
  mesh->issue(0, push({100, hw::group_column, 0, 5000, 100}), address_of(20400));
  mesh->block_trees(0, true);
  (*mesh)[0].stores = {{hw::global_address(hw::group_column, 0, address_of(6000)), 1, 3}};
  for (int i = 0; i < 100; ++i) mesh->step();
  mesh->block_trees(0, false);
  mesh->settle(1000);
  // Writes of a tree and of another node that wait for the same port.
  mesh->block_writes(0, true);
  mesh->issue(0, push({100, hw::group_column, 0, 5000, 20}), address_of(20400));
  mesh->issue(1, push({100, 0, 0, 6000, 20}), address_of(20412));
  for (int i = 0; i < 100; ++i) mesh->step();
  mesh->block_writes(0, false);
  mesh->settle(1000);
  return mesh;
}

TEST(TransferCover, RandomTransfersReachEveryCase) {
  TransferMesh mesh({.columns = 2, .rows = 2, .refusal = 0.3});
  RandomTransfers transfers(mesh, 2, 1);
  transfers.add(600);
  mesh.settle(100000);
  EXPECT_EQ(transfers.difference(), "");
  // What random work does not do: bad descriptors, writes to a register and outside the map, a long jam, and an
  // unknown packet.
  mesh.issue(0, hw::TransferDescriptor{}, address_of(19500));
  mesh[0].commands.push_back(1);
  mesh[0].stores = {{hw::global_address(1, 0, hw::control_hart_start_address(0)), 0x80000000, 3},
                    {hw::global_address(1, 0, 0), 0, 3}};
  mesh.settle(1000);
  mesh.block_writes(1, true);
  for (unsigned i = 0; i < 12; ++i) mesh.issue(0, pull({9000 + i, 1, 0, 10, 40}), address_of(19600 + i));
  for (unsigned i = 0; i < 12; ++i) mesh.issue(1, push({10, 1, 0, 9000, 40}), address_of(19600 + i));
  for (unsigned i = 0; i < 300; ++i) mesh.step();
  mesh.block_writes(1, false);
  mesh.settle(10000);
  mesh.set_header_tap([](unsigned node, hw::PacketHeader& header) {
    if (node == 0) header.op = hw::PacketOp::read;
  });
  mesh.issue(0, push({10, 1, 0, 9000, 1}), address_of(19700));
  mesh.settle(1000);

  auto counts = cover_counts(mesh.context(), "transfer_node");
  for (const auto& [name, count] : cover_counts(lists()->context(), "transfer_node")) counts[name] += count;
  for (const auto& [name, count] : cover_counts(refusals()->context(), "transfer_node")) counts[name] += count;
  for (const auto& [name, count] : cover_counts(strays()->context(), "transfer_node")) counts[name] += count;
  for (const auto& [name, count] : counts) {
    if (name.starts_with("u_router") || name.starts_with("u_collective")) continue;  // their own tests cover them
    EXPECT_GT(count, 0U) << name << " was never reached";
  }
}

}  // namespace
}  // namespace dojo::tb
