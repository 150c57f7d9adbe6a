// The generated package, C header and C++ header lay out every packed structure alike.
#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <random>
#include <set>

#include "Vhw_probe.h"
#include "dojo_hw.hpp"

namespace dojo {
namespace {

class Probe : public testing::Test {
 protected:
  template <typename Descriptor>
  void show(const Descriptor& descriptor) {
    static_assert(sizeof(Descriptor) == sizeof(std::array<std::uint32_t, 16>));
    std::memcpy(&model_.descriptor_i, &descriptor, sizeof(descriptor));
    model_.eval();
  }

  VerilatedContext context_;
  Vhw_probe model_{&context_};
  std::mt19937_64 random_{1};
};

TEST_F(Probe, HeaderFieldsStandWhereTheHardwareReadsThem) {
  for (int round = 0; round < 1000; ++round) {
    const hw::PacketHeader header{
        .age = static_cast<std::uint16_t>(random_() % 1024),
        .dst_x = static_cast<std::uint16_t>(random_() % 2048),
        .dst_y = static_cast<std::uint16_t>(random_() % 2048),
        .src_x = static_cast<std::uint16_t>(random_() % 2048),
        .src_y = static_cast<std::uint16_t>(random_() % 2048),
        .cls = random_() % 2 == 0 ? hw::PacketClass::request : hw::PacketClass::data,
        .op = random_() % 2 == 0 ? hw::PacketOp::write : hw::PacketOp::read,
        .addr = random_() % (std::uint64_t{1} << hw::offset_bits),
        .size = static_cast<std::uint8_t>(random_() % 8),
        .sem_en = random_() % 2 == 0,
        .sem = static_cast<std::uint8_t>(random_() % 32),
    };
    const auto packed = header.encode();
    EXPECT_EQ(hw::PacketHeader::decode(packed), header);
    std::memcpy(&model_.header_i, packed.data(), sizeof(packed));
    model_.eval();
    EXPECT_EQ(std::memcmp(&model_.header_o, packed.data(), sizeof(packed)), 0);
    EXPECT_EQ(model_.header_addr_o, header.addr);
    EXPECT_EQ(model_.header_dst_x_o, header.dst_x);
    EXPECT_EQ(model_.header_sem_o, header.sem);
    EXPECT_EQ(model_.header_size_o, header.size);
    EXPECT_EQ(model_.header_op_o, static_cast<unsigned>(header.op));
    EXPECT_EQ(model_.header_cls_o, static_cast<unsigned>(header.cls));
  }
}

TEST_F(Probe, GlobalAddressIsTheSameInAllLanguages) {
  for (int round = 0; round < 1000; ++round) {
    const auto x = static_cast<unsigned>(random_() % 2048);
    const auto y = static_cast<unsigned>(random_() % 2048);
    const std::uint64_t offset = random_() % (std::uint64_t{1} << hw::offset_bits);
    const std::uint64_t packed = hw::global_address(x, y, offset);
    EXPECT_EQ(packed, DOJO_GLOBAL_ADDRESS(x, y, offset));
    EXPECT_EQ(hw::GlobalAddress::decode(packed).encode(), packed);
    model_.address_i = packed;
    model_.eval();
    EXPECT_EQ(model_.address_o, packed);
    EXPECT_EQ(model_.address_x_o, x);
    EXPECT_EQ(model_.address_y_o, y);
  }
}

TEST_F(Probe, DescriptorFieldsStandWhereTheHardwareReadsThem) {
  hw::MatrixDescriptor matrix{};
  matrix.c_bf16 = 1;
  matrix.sem = 21;
  matrix.k_tiles = 0xbeef;
  matrix.c_n_stride = 0x12345678;
  matrix.image_height = 0x8001;
  show(matrix);
  EXPECT_EQ(model_.matrix_c_bf16_o, 1U);
  EXPECT_EQ(model_.matrix_sem_o, 21U);
  EXPECT_EQ(model_.matrix_k_tiles_o, 0xbeefU);
  EXPECT_EQ(model_.matrix_c_n_stride_o, 0x12345678U);
  EXPECT_EQ(model_.matrix_image_height_o, 0x8001U);

  hw::TransferDescriptor transfer{};
  transfer.remote_sem = 19;
  transfer.remote_address_high = 0x80001234;
  show(transfer);
  EXPECT_EQ(model_.transfer_remote_sem_o, 19U);
  EXPECT_EQ(model_.transfer_remote_high_o, 0x80001234U);
}

TEST(GeneratedTables, RegistersLieInTheirRegionsAndNamesAreKnown) {
  EXPECT_EQ(hw::control_hart_start_address(3), DOJO_CONTROL_HART_START(3));
  EXPECT_EQ(hw::clint_mtime_address(), std::uint64_t{DOJO_CLINT_MTIME});
  EXPECT_EQ(hw::semaphore_value_address(31), hw::semaphore_base + 248);
  EXPECT_EQ(hw::to_string(hw::HartState::faulted), "faulted");
  EXPECT_EQ(hw::node_counters + hw::hart_counters, hw::counter_table.size());
  std::set<unsigned> addresses;
  for (const auto& csr : hw::csr_table) {
    EXPECT_TRUE(addresses.insert(csr.address).second) << csr.name;
  }
}

}  // namespace
}  // namespace dojo
