// Packets whose class has no such operation, or that are for no place of the node: refused, named at both ends, and
// nothing else is lost.

#include <gtest/gtest.h>

#include <functional>
#include <utility>
#include <vector>

#include "tests/transfer/transfer_helpers.hpp"

namespace dojo::tb {
namespace {

/// Node 0 sends ten lines to node 1, or asks it for them; the flits of node 0 with an odd number are spoilt.
class UnknownPacket : public testing::Test {
 protected:
  /// Fills the memories anew.
  void start(std::function<void(hw::PacketHeader&)> spoil) {
    fill(mesh_);
    flits_ = 0;
    mesh_[1].refused.clear();
    mesh_[0].reported.clear();
    mesh_.set_header_tap([this, spoil = std::move(spoil)](unsigned node, hw::PacketHeader& header) {
      if (node == 0 && flits_++ % 2 != 0) spoil(header);
    });
  }
  /// The spoilt flits ask for `op`.
  void start(hw::PacketOp op) {
    start([op](hw::PacketHeader& header) { header.op = op; });
  }
  void expect_named(unsigned times, hw::AccessKind kind = hw::AccessKind::unknown) {
    ASSERT_EQ(mesh_[1].refused.size(), times);
    for (const hw::AccessError& error : mesh_[1].refused) {
      EXPECT_EQ(error.kind, kind);
      EXPECT_EQ(error.x, 0U);
      EXPECT_EQ(error.y, 0U);
    }
    ASSERT_FALSE(mesh_[0].reported.empty());
    for (const hw::AccessError& error : mesh_[0].reported) {
      EXPECT_EQ(error.kind, kind);
      EXPECT_EQ(error.x, 1U);
    }
  }

  TransferMesh mesh_{{.columns = 2, .rows = 1}};
  unsigned flits_ = 0;
};

TEST_F(UnknownPacket, OfClassDataChangesNothing) {
  for (const hw::PacketOp op : {hw::PacketOp::read, static_cast<hw::PacketOp>(3)}) {
    start(op);
    const auto before = mesh_[1].memory;
    const std::uint32_t counted = mesh_[1].semaphore[2];
    mesh_.issue(0, with_remote_sem(push({100, 1, 0, 5000, 10}), 2), address_of(19000));
    mesh_.settle(300);
    expect_named(5);
    for (unsigned line = 0; line < 10; ++line) {
      EXPECT_EQ(mesh_[1].memory[5000 + line], line % 2 == 0 ? mesh_[0].memory[100 + line] : before[5000 + line])
          << line;
    }
    EXPECT_EQ(mesh_[1].semaphore[2], counted) << "the last line carries the semaphore, and is one of the spoilt";
  }
}

TEST_F(UnknownPacket, ForNoPlaceOfTheNodeChangesNothing) {
  struct Place {
    std::uint64_t address;
    std::uint8_t size;
  };
  for (const Place place : {Place{0x1000, 3}, Place{hw::sram_base - 64, 6}, Place{hw::sram_base + hw::sram_size, 6},
                            Place{hw::semaphore_value_address(3), 2}, Place{hw::control_base, 6},
                            Place{0x4'8000'0000, 6}, Place{hw::dip_semaphore_base, 3}}) {
    start([place](hw::PacketHeader& header) {
      header.addr = place.address;
      header.size = place.size;
    });
    const auto before = mesh_[1].memory;
    const std::uint32_t counted = mesh_[1].semaphore[2];
    mesh_.issue(0, with_remote_sem(push({100, 1, 0, 5000, 10}), 2), address_of(19000));
    mesh_.settle(300);
    expect_named(5, hw::AccessKind::write);
    for (const hw::AccessError& error : mesh_[0].reported) {
      EXPECT_EQ(error.address | std::uint64_t{error.address_high} << 32U, place.address);
    }
    for (unsigned line = 0; line < 10; ++line) {
      EXPECT_EQ(mesh_[1].memory[5000 + line], line % 2 == 0 ? mesh_[0].memory[100 + line] : before[5000 + line]);
    }
    EXPECT_EQ(mesh_[1].semaphore[2], counted);
  }
}

TEST_F(UnknownPacket, OfClassRequestIsNotServed) {
  for (const hw::PacketOp op : {hw::PacketOp::write, hw::PacketOp::error, static_cast<hw::PacketOp>(3)}) {
    start(op);
    const auto before = mesh_[0].memory;
    mesh_.issue(0, pull({100, 1, 0, 5000, 2}), address_of(19000));
    mesh_.issue(0, pull({200, 1, 0, 6000, 2}), address_of(19001));
    mesh_.settle(300);
    expect_named(1);
    EXPECT_EQ(mesh_[1].refused[0].address, address_of(6000));
    EXPECT_EQ(mesh_[0].memory[100], mesh_[1].memory[5000]);
    EXPECT_EQ(mesh_[0].memory[101], mesh_[1].memory[5001]);
    EXPECT_EQ(mesh_[0].memory[200], before[200]);
  }
}

}  // namespace
}  // namespace dojo::tb
