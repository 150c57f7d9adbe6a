// A master that breaks the rules of AXI4, and signals that only a broken channel would give, fail an assertion.

#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "sim/assertion.hpp"
#include "tb/dip/channel_bench.hpp"

namespace dojo::tb {
namespace {

// What the failing assertion says when `act` is done to a channel that has taken nothing; "" if none fails.
std::string failure_of(const std::function<void(ChannelBench& bench, Vdip_channel& channel)>& act) {
  ChannelBench bench;
  Vdip_channel& channel = bench.model();
  channel.rready_i = 1;
  channel.bready_i = 1;
  channel.phase_i = 1000;
  try {
    act(bench, channel);
    for (unsigned i = 0; i < 300; ++i) bench.clock();
  } catch (const AssertionError& error) {
    return error.text();
  }
  return "";
}

void offer_read(Vdip_channel& channel, unsigned id) {
  channel.arvalid_i = 1;
  channel.arid_i = id;
  channel.araddr_i = 0;
  channel.arlen_i = 0;
  channel.arsize_i = 6;
  channel.arburst_i = 1;
}

void offer_write(Vdip_channel& channel, unsigned length) {
  channel.awvalid_i = 1;
  channel.awid_i = 0;
  channel.awaddr_i = 0;
  channel.awlen_i = length;
  channel.awsize_i = 6;
  channel.awburst_i = 1;
}

// Reads of many lines of which none is taken, until AR waits.
void fill_reads(ChannelBench& bench, Vdip_channel& channel) {
  channel.rready_i = 0;
  offer_read(channel, 0);
  for (unsigned i = 0; i < 1000; ++i) bench.clock();
  ASSERT_EQ(channel.arready_o, 0);
}

TEST(DipChannelFault, NothingIsWrongWithAGoodMaster) {
  EXPECT_EQ(failure_of([](ChannelBench& bench, Vdip_channel& channel) {
              offer_read(channel, 0);
              bench.clock();
              channel.arvalid_i = 0;
            }),
            "");
}

TEST(DipChannelFault, ArIsWithdrawn) {
  EXPECT_NE(failure_of([](ChannelBench& bench, Vdip_channel& channel) {
              fill_reads(bench, channel);
              channel.arvalid_i = 0;
            }).find("ArIsHeld"),
            std::string::npos);
}

TEST(DipChannelFault, ArChanges) {
  EXPECT_NE(failure_of([](ChannelBench& bench, Vdip_channel& channel) {
              fill_reads(bench, channel);
              channel.arid_i = 1;
            }).find("ArIsHeld"),
            std::string::npos);
}

TEST(DipChannelFault, AwChanges) {
  EXPECT_NE(failure_of([](ChannelBench& bench, Vdip_channel& channel) {
              offer_write(channel, 0);
              for (unsigned i = 0; i < 100; ++i) bench.clock();
              ASSERT_EQ(channel.awready_o, 0);
              channel.awlen_i = 1;
            }).find("AwIsHeld"),
            std::string::npos);
}

TEST(DipChannelFault, WChanges) {
  EXPECT_NE(failure_of([](ChannelBench& bench, Vdip_channel& channel) {
              channel.wvalid_i = 1;
              channel.wlast_i = 1;
              for (unsigned i = 0; i < 200; ++i) bench.clock();
              ASSERT_EQ(channel.wready_o, 0);
              channel.wdata_i[15] ^= 1;
            }).find("WIsHeld"),
            std::string::npos);
}

TEST(DipChannelFault, WlastIsEarly) {
  EXPECT_NE(failure_of([](ChannelBench& bench, Vdip_channel& channel) {
              offer_write(channel, 1);
              channel.wvalid_i = 1;
              channel.wlast_i = 1;
              bench.clock();
              channel.awvalid_i = 0;
            }).find("LastIsTheLast"),
            std::string::npos);
}

TEST(DipChannelFault, WlastIsMissing) {
  EXPECT_NE(failure_of([](ChannelBench& bench, Vdip_channel& channel) {
              offer_write(channel, 0);
              channel.wvalid_i = 1;
              channel.wlast_i = 0;
              bench.clock();
              channel.awvalid_i = 0;
              channel.wvalid_i = 0;
            }).find("LastIsTheLast"),
            std::string::npos);
}

}  // namespace
}  // namespace dojo::tb
