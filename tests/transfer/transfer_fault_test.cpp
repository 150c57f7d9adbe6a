// Refused descriptors: cause, address, no effect, and the next descriptor is executed.

#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "tests/transfer/transfer_helpers.hpp"

namespace dojo::tb {
namespace {

struct BadDescriptor {
  std::string name;
  std::function<void(hw::TransferDescriptor&)> spoil;
  hw::UnitFault cause;
};

std::ostream& operator<<(std::ostream& out, const BadDescriptor& bad) {
  return out << bad.name;
}

class RefusedDescriptor : public testing::TestWithParam<BadDescriptor> {};

TEST_P(RefusedDescriptor, IsReportedAndChangesNothing) {
  TransferMesh mesh({.columns = 2, .rows = 1});
  fill(mesh);
  hw::TransferDescriptor descriptor = with_remote_sem(with_sem(push({100, 1, 0, 5000, 4}), 1), 2);
  GetParam().spoil(descriptor);
  mesh.issue(0, descriptor, address_of(19000));
  const auto before = mesh[1].memory;
  mesh.settle(100);
  ASSERT_EQ(mesh[0].faults.size(), 1U);
  EXPECT_EQ(mesh[0].faults[0].cause, GetParam().cause) << to_string(mesh[0].faults[0].cause);
  EXPECT_EQ(mesh[0].faults[0].address, address_of(19000));
  EXPECT_EQ(mesh.flits_sent(0), 0U);
  EXPECT_EQ(mesh[1].memory, before);
  EXPECT_EQ(mesh[0].semaphore[1], 0U);
  // The unit goes on with the next one.
  mesh.issue(0, with_remote_sem(push({100, 1, 0, 5000, 4}), 2), address_of(19001));
  mesh.settle(100);
  EXPECT_EQ(mesh[0].faults.size(), 1U);
  EXPECT_EQ(mesh[1].semaphore[2], 1U);
}

INSTANTIATE_TEST_SUITE_P(
    Causes, RefusedDescriptor,
    testing::Values(
        BadDescriptor{"opcode_0", [](auto& d) { d.op = 0; }, hw::UnitFault::opcode},
        BadDescriptor{"opcode_11", [](auto& d) { d.op = 11; }, hw::UnitFault::opcode},
        BadDescriptor{"pull_with_remote_semaphore", [](auto& d) { d.op = 2; }, hw::UnitFault::opcode},
        BadDescriptor{"local_alignment", [](auto& d) { d.local_address += 8; }, hw::UnitFault::alignment},
        BadDescriptor{"remote_alignment", [](auto& d) { d.remote_address_low += 32; }, hw::UnitFault::alignment},
        BadDescriptor{"no_lines", [](auto& d) { d.lines = 0; }, hw::UnitFault::count},
        BadDescriptor{"local_below", [](auto& d) { d.local_address = address_of(0) - 64; }, hw::UnitFault::range},
        BadDescriptor{"local_leaves", [](auto& d) { d.local_address = address_of(hw::sram_lines - 3); },
                      hw::UnitFault::range},
        BadDescriptor{"local_zero", [](auto& d) { d.local_address = 0; }, hw::UnitFault::range},
        BadDescriptor{"remote_leaves",
                      [](auto& d) { set_remote(d, hw::global_address(1, 0, address_of(hw::sram_lines - 3))); },
                      hw::UnitFault::range},
        BadDescriptor{"remote_above", [](auto& d) { set_remote(d, hw::global_address(1, 0, 0x180000000U)); },
                      hw::UnitFault::range},
        BadDescriptor{"too_many_lines", [](auto& d) { d.lines = hw::sram_lines + 1; }, hw::UnitFault::range},
        BadDescriptor{"lines_wrap_16_bits", [](auto& d) { d.lines = 0x10001; }, hw::UnitFault::range},
        BadDescriptor{"lines_wrap_32_bits", [](auto& d) { d.lines = 0xffffffff; }, hw::UnitFault::range},
        BadDescriptor{"not_global", [](auto& d) { d.remote_address_high &= 0x7fffffffU; },
                      hw::UnitFault::remote_address},
        BadDescriptor{"leaves_memory", [](auto& d) { set_remote(d, memory_address(1, 0, memory_bytes - 3 * 64)); },
                      hw::UnitFault::range},
        BadDescriptor{"above_memory", [](auto& d) { set_remote(d, memory_address(1, 0, memory_bytes)); },
                      hw::UnitFault::range},
        BadDescriptor{"memory_behind_a_tree", [](auto& d) { set_remote(d, memory_address(hw::group_column, 0, 0)); },
                      hw::UnitFault::remote_address},
        // Several causes: the smallest number is reported.
        BadDescriptor{"opcode_first", [](auto& d) { d = {}; }, hw::UnitFault::opcode},
        BadDescriptor{"alignment_before_count",
                      [](auto& d) {
                        d.lines = 0;
                        d.local_address = 1;
                      },
                      hw::UnitFault::alignment},
        BadDescriptor{"count_before_range",
                      [](auto& d) {
                        d.lines = 0;
                        d.local_address = 0;
                      },
                      hw::UnitFault::count},
        BadDescriptor{"range_before_remote_address",
                      [](auto& d) {
                        d.local_address = 0;
                        d.remote_address_high = 0;
                      },
                      hw::UnitFault::range}),
    [](const auto& info) { return info.param.name; });

TEST(RefusedDescriptorAddress, IsReportedWithoutARead) {
  for (const std::uint32_t address :
       {address_of(19000) + 4, address_of(hw::sram_lines), address_of(0) - 64, 0U, 0xffffffc0U}) {
    TransferMesh mesh({.columns = 2, .rows = 1});
    mesh[0].commands.push_back(address);
    mesh.settle(100);
    ASSERT_EQ(mesh[0].faults.size(), 1U);
    EXPECT_EQ(mesh[0].faults[0],
              (Fault{hw::UnitFault::descriptor_address, address & ~3U, address & 3U, 3 - (address & 3U)}));
    EXPECT_EQ(mesh[0].lines_read, 0U);
  }
}

TEST(RefusedDescriptorRange, LargestTransferIsAccepted) {
  TransferMesh mesh({.columns = 2, .rows = 1});
  fill(mesh);
  mesh.issue(0, with_remote_sem(push({0, 1, 0, 0, hw::sram_lines}), 1), address_of(100));
  const auto expected = mesh[0].memory;
  mesh.settle(30000);
  EXPECT_TRUE(mesh[0].faults.empty());
  EXPECT_EQ(mesh[1].memory, expected);
  EXPECT_EQ(mesh[1].semaphore[1], 1U);
}

}  // namespace
}  // namespace dojo::tb
