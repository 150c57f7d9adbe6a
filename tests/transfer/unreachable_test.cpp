// Packets that come to a node because there is no way on to their destination: they change nothing, and their sender is
// told.

#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "tests/transfer/transfer_helpers.hpp"

namespace dojo::tb {
namespace {

/// Node 1 gets what node 0 sends to node (2,0), which is missing.
class Unreachable : public testing::Test {
 protected:
  Unreachable() {
    fill(mesh_);
    lead_astray(mesh_);
    before_ = mesh_[1].memory;
  }
  /// Node 0 has so many reports, all of an access at this address, and nothing has happened to node 1.
  void expect_reports(std::size_t most, std::uint32_t address) {
    mesh_.settle(2000);
    EXPECT_GE(mesh_[0].reported.size(), 1U);
    EXPECT_LE(mesh_[0].reported.size(), most);
    for (const hw::AccessError& error : mesh_[0].reported) {
      EXPECT_EQ(error.kind, hw::AccessKind::unreachable);
      EXPECT_EQ(error.x, 2U);
      EXPECT_EQ(error.y, 0U);
      EXPECT_EQ(error.address, address);
    }
    EXPECT_EQ(mesh_[1].memory, before_);
    EXPECT_TRUE(mesh_[1].refused.empty());
    EXPECT_TRUE(mesh_[1].register_writes.empty());
    EXPECT_EQ(mesh_[1].semaphore, (std::array<std::uint32_t, hw::semaphores>{}));
  }
  TransferMesh mesh_{{.columns = 2, .rows = 1}};
  std::vector<Line> before_;
};

TEST_F(Unreachable, LineWithASemaphore) {
  mesh_.issue(0, with_remote_sem(push({100, 2, 0, 5000, 1}), 2), address_of(19000));
  expect_reports(1, address_of(5000));
}

TEST_F(Unreachable, StoresToMemoryRegistersAndSemaphores) {
  for (const std::uint64_t address :
       {std::uint64_t{address_of(7)}, hw::control_hart_start_address(0), hw::semaphore_value_address(3)}) {
    mesh_[0].reported.clear();
    mesh_[0].stores = {{hw::global_address(2, 0, address), 1, 3}};
    expect_reports(1, static_cast<std::uint32_t>(address));
  }
}

TEST_F(Unreachable, ReadIsNotServed) {
  const auto memory = mesh_[0].memory;
  mesh_.issue(0, pull({100, 2, 0, 5000, 3}), address_of(19000));
  expect_reports(1, address_of(5000));
  EXPECT_EQ(mesh_[0].memory[100], memory[100]);
  EXPECT_EQ(mesh_.flits_sent(1), 1U) << "the report alone";
}

TEST_F(Unreachable, NothingElseIsLost) {
  for (unsigned i = 0; i < 10; ++i) {
    mesh_.issue(0, push({100 + i, 2, 0, 5000, 1}), address_of(19000 + 2 * i));
    mesh_.issue(0, push({200 + i, 1, 0, 6000 + i, 1}), address_of(19001 + 2 * i));
    before_[6000 + i] = mesh_[0].memory[200 + i];
  }
  expect_reports(10, address_of(5000));
}

TEST_F(Unreachable, ReportToNowhereIsNotReported) {
  mesh_.set_header_tap([](unsigned node, hw::PacketHeader& header) {
    if (node == 0) header.op = hw::PacketOp::error;
  });
  mesh_.issue(0, push({100, 2, 0, 5000, 1}), address_of(19000));
  mesh_.settle(1000);
  EXPECT_EQ(mesh_.flits_sent(1), 0U);
  EXPECT_EQ(mesh_.flits_received(1), 1U);
  EXPECT_TRUE(mesh_[0].reported.empty() && mesh_[1].reported.empty());
}

}  // namespace
}  // namespace dojo::tb
