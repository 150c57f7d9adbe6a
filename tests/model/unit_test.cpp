// The units: values against plain loops over the definitions, refusals, semaphores, packets.

#include <optional>
#include <random>

#include "model/numerics.hpp"
#include "model_test.hpp"

namespace dojo::model {
namespace {

constexpr std::uint32_t descriptor_address = static_cast<std::uint32_t>(data_address);
constexpr std::uint32_t first_area = static_cast<std::uint32_t>(hw::sram_base) + 0x20000;
constexpr std::uint32_t second_area = first_area + 0x20000;
constexpr std::uint32_t third_area = second_area + 0x20000;
constexpr std::uint32_t sram_end = static_cast<std::uint32_t>(hw::sram_base + hw::sram_size);

class UnitTest : public NodeTest {
 protected:
  template <typename Descriptor>
  void execute(hw::Unit unit, const Descriptor& descriptor) {
    poke(descriptor_address, descriptor);
    execute_descriptor(node, unit, descriptor_address);
  }
  /// The cause with which a fresh node refuses a descriptor.
  template <typename Descriptor>
  static hw::UnitFault refusal(hw::Unit unit, const Descriptor& descriptor) {
    Node fresh({0, 0});
    fresh.write_memory(descriptor_address, std::as_bytes(std::span(&descriptor, 1)));
    execute_descriptor(fresh, unit, descriptor_address);
    EXPECT_TRUE(fresh.outbox().empty() || !fresh.unit_fault());
    if (!fresh.unit_fault()) return hw::UnitFault::none;
    EXPECT_EQ(fresh.unit_fault()->unit, unit);
    EXPECT_EQ(fresh.unit_fault()->descriptor_address, descriptor_address);
    EXPECT_EQ(fresh.semaphore(descriptor.sem), 0u);
    return fresh.unit_fault()->cause;
  }
  /// FP32 values of moderate size, and a few special ones.
  std::uint32_t random_value() {
    static constexpr std::uint32_t special[] = {0, 0x80000000, 0x7f800000, 0xff800000, 0x7fc00000, 1, 0x3f800000};
    if (random_() % 16 == 0) return special[random_() % std::size(special)];
    return (random_() & 0x807fffff) | (112 + random_() % 30) << 23;
  }
  void fill(std::uint32_t address, std::uint32_t bytes) {
    for (std::uint32_t at = 0; at < bytes; at += 4) poke(address + at, random_value());
  }

 private:
  std::mt19937 random_{5};
};

hw::MatrixDescriptor small_gemm() {
  hw::MatrixDescriptor d{};
  d.op = static_cast<unsigned>(hw::DescriptorOpMatrix::gemm);
  d.m_tiles = 2;
  d.n_tiles = 3;
  d.k_tiles = 4;
  d.a_base = first_area;
  d.a_m_stride = 4 * 128;
  d.a_k_stride = 128;
  d.b_base = second_area;
  d.b_k_stride = 3 * 128;
  d.b_n_stride = 128;
  d.c_base = third_area;
  d.c_m_stride = 3 * 256;
  d.c_n_stride = 256;
  d.sem_en = 1;
  d.sem = 9;
  return d;
}

class GemmTest : public UnitTest, public testing::WithParamInterface<unsigned> {};

TEST_P(GemmTest, EqualsTheDefinition) {
  hw::MatrixDescriptor d = small_gemm();
  d.a_transposed = GetParam() & 1;
  d.b_transposed = GetParam() >> 1 & 1;
  d.c_bf16 = GetParam() >> 2 & 1;
  fill(first_area, 8 * 128);
  fill(second_area, 12 * 128);
  execute(hw::Unit::matrix, d);
  ASSERT_FALSE(node.unit_fault());
  EXPECT_EQ(node.semaphore(9), 1u);
  EXPECT_EQ(node.counter(static_cast<unsigned>(hw::Counter::matrix_steps)), 48u);
  const auto operand = [&](std::uint32_t tile, bool transposed, unsigned row, unsigned column) {
    return peek<std::uint16_t>(tile + 2 * (transposed ? 8 * column + row : 8 * row + column));
  };
  for (unsigned m = 0; m < 2; ++m) {
    for (unsigned n = 0; n < 3; ++n) {
      std::array<std::uint32_t, 64> expected{};
      for (unsigned step = 0; step < 8; ++step) {
        std::array<std::uint16_t, 32> a;
        std::array<std::uint16_t, 32> b;
        for (unsigned i = 0; i < 8; ++i) {
          for (unsigned k = 0; k < 4; ++k) {
            const unsigned inside = 4 * (step % 2) + k;
            a[4 * i + k] =
                operand(d.a_base + m * d.a_m_stride + step / 2 * d.a_k_stride, d.a_transposed != 0, i, inside);
            b[8 * k + i] =
                operand(d.b_base + step / 2 * d.b_k_stride + n * d.b_n_stride, d.b_transposed != 0, inside, i);
          }
        }
        numerics::matrix_step_reference(a.data(), b.data(), expected.data());
      }
      const std::uint32_t tile = d.c_base + m * d.c_m_stride + n * d.c_n_stride;
      for (unsigned i = 0; i < 64; ++i) {
        if (d.c_bf16 != 0) {
          EXPECT_EQ(peek<std::uint16_t>(tile + 2 * i), numerics::to_bf16(expected[i])) << m << n << i;
        } else {
          EXPECT_EQ(peek<std::uint32_t>(tile + 4 * i), expected[i]) << m << n << i;
        }
      }
    }
  }
}
INSTANTIATE_TEST_SUITE_P(Forms, GemmTest, testing::Range(0u, 8u));

TEST_F(UnitTest, MatrixRefusals) {
  using enum hw::UnitFault;
  const auto cause = [](const auto& change) {
    hw::MatrixDescriptor d = small_gemm();
    change(d);
    return refusal(hw::Unit::matrix, d);
  };
  EXPECT_EQ(cause([](auto&) {}), none);
  EXPECT_EQ(cause([](auto& d) { d.op = 0; }), opcode);
  EXPECT_EQ(cause([](auto& d) { d.op = 3, d.m_tiles = 0; }), opcode);
  EXPECT_EQ(cause([](auto& d) { d.a_base += 32; }), alignment);
  EXPECT_EQ(cause([](auto& d) { d.b_base += 1; }), alignment);
  EXPECT_EQ(cause([](auto& d) { d.c_n_stride += 4, d.n_tiles = 1; }), alignment);
  EXPECT_EQ(cause([](auto& d) { d.a_k_stride = 63, d.k_tiles = 0; }), alignment);
  EXPECT_EQ(cause([](auto& d) { d.m_tiles = 0; }), count);
  EXPECT_EQ(cause([](auto& d) { d.n_tiles = 0; }), count);
  EXPECT_EQ(cause([](auto& d) { d.k_tiles = 0, d.a_base = 0; }), count);
  EXPECT_EQ(cause([](auto& d) { d.a_base = 0; }), range);
  EXPECT_EQ(cause([](auto& d) { d.a_m_stride = 0xffffffc0; }), range);  // strides are unsigned
  EXPECT_EQ(cause([](auto& d) { d.a_m_stride = 0xffffffc0, d.m_tiles = 1; }), none);
  EXPECT_EQ(cause([](auto& d) { d.a_k_stride = 0, d.b_k_stride = 0; }), none);
  EXPECT_EQ(cause([](auto& d) { d.b_base = sram_end - 12 * 128; }), none);
  EXPECT_EQ(cause([](auto& d) { d.b_base = sram_end - 12 * 128 + 64; }), range);
  EXPECT_EQ(cause([](auto& d) { d.c_base = sram_end - 6 * 256; }), none);
  EXPECT_EQ(cause([](auto& d) { d.c_base = sram_end - 6 * 256 + 64; }), range);
  EXPECT_EQ(cause([](auto& d) { d.c_base = sram_end - 5 * 256 - 128, d.c_bf16 = 1; }), none);
  EXPECT_EQ(cause([](auto& d) { d.c_base = sram_end - 5 * 256 - 64, d.c_bf16 = 1; }), range);
  EXPECT_EQ(cause([](auto& d) { d.m_tiles = 0xffff, d.a_m_stride = 0x00fc0040; }), range);
  EXPECT_EQ(cause([](auto& d) { d.a_format = 3; }), format);
  EXPECT_EQ(cause([](auto& d) { d.b_format = 3, d.a_base = 0; }), range);
  EXPECT_EQ(cause([](auto& d) {
              d.b_base = sram_end - 12 * 64, d.b_format = 1, d.b_k_stride = 64 * d.n_tiles, d.b_n_stride = 64;
            }),
            none);
  EXPECT_EQ(cause([](auto& d) { d.c_absent = 1; }), format);
  EXPECT_EQ(cause([](auto& d) { d.accumulator_continue = 1; }), format);
  EXPECT_EQ(cause([](auto& d) { d.accumulator_named = 1, d.m_tiles = d.n_tiles = 2; }), none);
  EXPECT_EQ(cause([](auto& d) { d.accumulator_named = 1, d.m_tiles = 3; }), count);
  EXPECT_EQ(cause([](auto& d) { d.accumulator_named = 1, d.m_tiles = d.n_tiles = 2, d.k_tiles = 0; }), count);
  EXPECT_EQ(cause([](auto& d) {
              d.accumulator_named = 1, d.accumulator_continue = 1, d.m_tiles = d.n_tiles = 2, d.k_tiles = 0;
              d.a_base = 0;
            }),
            none)
      << "without operands A is not read";
  EXPECT_EQ(cause([](auto& d) { d.accumulator_named = 1, d.c_absent = 1, d.m_tiles = d.n_tiles = 2, d.c_base = 0; }),
            none);
}

TEST_F(UnitTest, ConvolutionRefusals) {
  using enum hw::UnitFault;
  const auto cause = [](const auto& change) {
    hw::MatrixDescriptor d = small_gemm();
    d.op = static_cast<unsigned>(hw::DescriptorOpMatrix::convolution);
    d.image_width = 9;
    d.image_height = 3;
    d.channel_tiles = d.kernel_width = 1;
    d.row_tiles = d.stride_x = d.stride_y = d.dilation_x = d.dilation_y = 1;
    d.a_m_stride = 128;
    d.a_k_stride = 0x1000;  // there is one channel tile
    d.a_row_stride = 256;
    change(d);
    return refusal(hw::Unit::matrix, d);
  };
  EXPECT_EQ(cause([](auto&) {}), none);
  EXPECT_EQ(cause([](auto& d) { d.a_row_stride = 32; }), alignment);
  EXPECT_EQ(cause([](auto& d) { d.image_width = 0; }), count);
  EXPECT_EQ(cause([](auto& d) { d.image_height = 0; }), count);
  EXPECT_EQ(cause([](auto& d) { d.channel_tiles = 0; }), count);
  EXPECT_EQ(cause([](auto& d) { d.row_tiles = 0; }), count);
  EXPECT_EQ(cause([](auto& d) { d.kernel_width = 0; }), count);
  EXPECT_EQ(cause([](auto& d) { d.stride_x = 0; }), count);
  EXPECT_EQ(cause([](auto& d) { d.stride_y = 0; }), count);
  EXPECT_EQ(cause([](auto& d) { d.dilation_x = 0; }), count);
  EXPECT_EQ(cause([](auto& d) { d.dilation_y = 0; }), count);
  EXPECT_EQ(cause([](auto& d) { d.a_base = sram_end - 6 * 128; }), none);
  EXPECT_EQ(cause([](auto& d) { d.a_base = sram_end - 6 * 128 + 64; }), range);
  EXPECT_EQ(cause([](auto& d) { d.a_base = sram_end - 6 * 128, d.image_width = 17; }), range);
  EXPECT_EQ(cause([](auto& d) { d.a_row_stride = 0xffffffc0; }), range);
}

TEST_F(UnitTest, DescriptorAddresses) {
  for (const std::uint32_t address : {descriptor_address + 32, sram_end, 0u, 0x7fffffc0u}) {
    Node fresh({0, 0});
    execute_descriptor(fresh, hw::Unit::transfer, address);
    ASSERT_TRUE(fresh.unit_fault());
    EXPECT_EQ(fresh.unit_fault()->cause, hw::UnitFault::descriptor_address);
    EXPECT_EQ(fresh.unit_fault()->descriptor_address, address);
  }
}

TEST_F(UnitTest, TheFirstFaultStays) {
  hw::MatrixDescriptor d = small_gemm();
  d.op = 77;
  execute(hw::Unit::matrix, d);
  execute_descriptor(node, hw::Unit::transfer, 4);
  ASSERT_TRUE(node.unit_fault());
  EXPECT_EQ(node.unit_fault()->cause, hw::UnitFault::opcode);
  std::uint64_t value = 0;
  ASSERT_TRUE(node.load_register(hw::control_fault_address(), 3, 0, value));
  EXPECT_EQ(value, (1ull << 63) | (2ull << 32) | descriptor_address);
}

hw::TransferDescriptor small_transfer(hw::DescriptorOpTransfer op) {
  hw::TransferDescriptor d{};
  d.op = static_cast<unsigned>(op);
  d.lines = 3;
  d.local_address = first_area;
  const std::uint64_t remote = hw::global_address(7, 2, second_area);
  d.remote_address_low = static_cast<std::uint32_t>(remote);
  d.remote_address_high = static_cast<std::uint32_t>(remote >> 32);
  d.sem_en = 1;
  d.sem = 4;
  return d;
}

TEST_F(UnitTest, PushSendsLines) {
  hw::TransferDescriptor d = small_transfer(hw::DescriptorOpTransfer::push);
  d.remote_sem_en = 1;
  d.remote_sem = 21;
  fill(first_area, 3 * 64);
  execute(hw::Unit::transfer, d);
  EXPECT_EQ(node.semaphore(4), 1u);
  ASSERT_EQ(node.outbox().size(), 3u);
  for (unsigned line = 0; line < 3; ++line) {
    const Packet& packet = node.outbox()[line];
    const bool last = line == 2;
    EXPECT_EQ(packet.header, (hw::PacketHeader{.dst_x = 7,
                                               .dst_y = 2,
                                               .src_x = 3,
                                               .src_y = 5,
                                               .cls = hw::PacketClass::data,
                                               .op = hw::PacketOp::write,
                                               .addr = second_area + 64 * line,
                                               .size = 6,
                                               .sem_en = last,
                                               .sem = static_cast<std::uint8_t>(last ? 21 : 0)}));
    EXPECT_EQ(packet.data, (peek<std::array<std::uint32_t, 16>>(first_area + 64 * line)));
  }
}

TEST_F(UnitTest, PullAsksAndTheOtherSideAnswers) {
  execute(hw::Unit::transfer, small_transfer(hw::DescriptorOpTransfer::pull));
  EXPECT_EQ(node.semaphore(4), 0u);
  ASSERT_EQ(node.outbox().size(), 1u);
  const Packet request = node.outbox()[0];
  EXPECT_EQ(request.header, (hw::PacketHeader{.dst_x = 7,
                                              .dst_y = 2,
                                              .src_x = 3,
                                              .src_y = 5,
                                              .cls = hw::PacketClass::request,
                                              .op = hw::PacketOp::read,
                                              .addr = second_area,
                                              .size = 6,
                                              .sem_en = true,
                                              .sem = 4}));
  const std::uint64_t back = hw::global_address(3, 5, first_area);
  EXPECT_EQ(request.data, (std::array<std::uint32_t, 16>{3, second_area + 3 * 64 - 1, static_cast<std::uint32_t>(back),
                                                         static_cast<std::uint32_t>(back >> 32), 1, 64, 0, 64, 0}));

  Node other({7, 2});
  std::array<std::uint32_t, 48> values;
  for (unsigned i = 0; i < values.size(); ++i) values[i] = 0x1000 + i;
  other.write_memory(second_area, std::as_bytes(std::span(values)));
  other.deliver(request);
  ASSERT_EQ(other.outbox().size(), 3u);
  for (unsigned line = 0; line < 3; ++line) {
    EXPECT_EQ(node.semaphore(4), 0u);
    node.deliver(other.outbox()[line]);
  }
  EXPECT_EQ(node.semaphore(4), 1u);
  EXPECT_EQ((peek<std::array<std::uint32_t, 48>>(first_area)), values);
}

TEST_F(UnitTest, TransferRefusals) {
  using enum hw::UnitFault;
  const auto cause = [](hw::DescriptorOpTransfer op, const auto& change) {
    hw::TransferDescriptor d = small_transfer(op);
    change(d);
    return refusal(hw::Unit::transfer, d);
  };
  for (const auto op : {hw::DescriptorOpTransfer::push, hw::DescriptorOpTransfer::pull}) {
    EXPECT_EQ(cause(op, [](auto&) {}), none);
    EXPECT_EQ(cause(op, [](auto& d) { d.op = 11; }), opcode);
    EXPECT_EQ(cause(op, [](auto& d) { d.local_address += 8; }), alignment);
    EXPECT_EQ(cause(op, [](auto& d) { d.remote_address_low += 8; }), alignment);
    EXPECT_EQ(cause(op, [](auto& d) { d.lines = 0; }), count);
    EXPECT_EQ(cause(op, [](auto& d) { d.lines = 0xffffffff; }), range);
    EXPECT_EQ(cause(op, [](auto& d) { d.local_address = sram_end - 2 * 64; }), range);
    EXPECT_EQ(cause(op, [](auto& d) { d.local_address = sram_end - 3 * 64; }), none);
    EXPECT_EQ(cause(op, [](auto& d) { d.remote_address_low = sram_end - 2 * 64; }), range);
    EXPECT_EQ(cause(op, [](auto& d) { d.remote_address_high |= 1; }), range);  // offset bit 32
    EXPECT_EQ(cause(op, [](auto& d) { d.remote_address_high &= 0x7fffffff; }), remote_address);
    EXPECT_EQ(cause(op, [](auto& d) { d.remote_address_high |= 0x40000000; }), none);   // Interface Processor memory
    EXPECT_EQ(cause(op, [](auto& d) { d.remote_address_high |= 0x40000008; }), range);  // offset bit 35
  }
  EXPECT_EQ(cause(hw::DescriptorOpTransfer::pull, [](auto& d) { d.remote_sem_en = 1; }), opcode);
}

TEST_F(UnitTest, PacketsAtTheirDestination) {
  Packet packet;
  packet.header.op = hw::PacketOp::write;
  packet.header.cls = hw::PacketClass::data;
  packet.data.fill(0x11223344);
  const auto deliver = [&](std::uint64_t address, unsigned size) {
    packet.header.addr = address;
    packet.header.size = static_cast<std::uint8_t>(size);
    node.deliver(packet);
  };
  deliver(first_area + 3, 0);
  EXPECT_EQ(peek<std::uint64_t>(first_area), 0x11000000u);
  deliver(first_area + 8, 3);
  EXPECT_EQ(peek<std::uint64_t>(first_area + 8), 0x1122334411223344u);
  deliver(first_area + 17, 1);  // not aligned: dropped
  deliver(first_area + 32, 7);  // no such size: refused
  EXPECT_EQ(peek<std::uint64_t>(first_area + 16), 0u);
  EXPECT_EQ(peek<std::uint64_t>(first_area + 32), 0u);
  deliver(hw::semaphore_value_address(5), 3);
  EXPECT_EQ(node.semaphore(5), 0x11223344u);
  deliver(hw::semaphore_value_address(6), 2);  // wrong size: refused
  EXPECT_EQ(node.semaphore(6), 0u);
  deliver(hw::clint_mtimecmp_address(1), 3);
  EXPECT_EQ(node.timer_compare(1), 0x1122334411223344u);
  deliver(hw::clint_mtime_address(), 3);  // read-only: dropped
  deliver(0x1000, 3);                     // a hole: refused
  packet.data.fill(static_cast<std::uint32_t>(code_address));
  deliver(hw::control_hart_start_address(2), 3);
  EXPECT_EQ(status(2).state, hw::HartState::running);
  packet.header.sem_en = true;
  packet.header.sem = 8;
  deliver(first_area + 64, 6);
  EXPECT_EQ(node.semaphore(8), 1u);
  EXPECT_EQ(node.counter(static_cast<unsigned>(hw::Counter::flits_received)), 11u);
}

/// Flips two bits of a word.
void spoil(Node& node, std::uint32_t address, std::uint64_t data = 3, std::uint64_t check = 0) {
  node.write_register(static_cast<std::uint32_t>(hw::control_ecc_inject_mask_address()), data);
  node.write_register(static_cast<std::uint32_t>(hw::control_ecc_inject_address()), address | check << 32);
}

/// The port that has met an uncorrectable word, which must be `address`; the error is cleared.
std::optional<hw::SramPort> take_error(Node& node, std::uint32_t address) {
  const std::uint64_t error = node.guard().ecc_error();
  node.write_register(static_cast<std::uint32_t>(hw::control_ecc_error_address()), 0);
  if (error == 0) return std::nullopt;
  EXPECT_EQ(error & 0xffffffff, address);
  return static_cast<hw::SramPort>(error >> 32 & 7);
}

TEST_F(UnitTest, UncorrectableWordsAreReportedWhenTheyAreRead) {
  const hw::MatrixDescriptor d = small_gemm();
  const std::uint32_t in_a = d.a_base + 5 * 128 + 72;
  const std::uint32_t in_b = d.b_base + 8;
  spoil(node, in_a);
  EXPECT_EQ(node.guard().ecc_error(), 0u) << "nobody has read it";
  execute(hw::Unit::matrix, d);
  EXPECT_TRUE(node.faulted());
  EXPECT_EQ(take_error(node, in_a), hw::SramPort::vector_read_0);
  EXPECT_FALSE(node.faulted());

  spoil(node, in_a);
  EXPECT_EQ(peek<std::uint64_t>(in_a), 0u) << "twice the same injection";
  execute(hw::Unit::matrix, d);
  EXPECT_EQ(take_error(node, in_a), std::nullopt);

  spoil(node, in_b, 0, 3);
  execute(hw::Unit::matrix, d);
  EXPECT_EQ(take_error(node, in_b), hw::SramPort::vector_read_1);
  poke(in_b, std::uint64_t{0});
  execute(hw::Unit::matrix, d);
  EXPECT_EQ(take_error(node, in_b), std::nullopt) << "written since";

  // What the unit writes is valid.
  spoil(node, d.c_base);
  execute(hw::Unit::matrix, d);
  EXPECT_EQ(take_error(node, d.c_base), std::nullopt);
  EXPECT_FALSE(node.has_bad_words());
}

TEST_F(UnitTest, RemoteStoresBecomePackets) {
  using namespace assembler;
  Program program;
  program.constant(a0, hw::global_address(1, 2, first_area + 8));
  program.constant(a1, 0x8877665544332211);
  program += {sd(a1, a0, 0), sh(a1, a0, 14), sb(a1, a0, 17)};
  program.stop(0);
  load_and_run(program);
  ASSERT_EQ(node.outbox().size(), 3u);
  const Packet& word = node.outbox()[0];
  EXPECT_EQ(word.header, (hw::PacketHeader{.dst_x = 1,
                                           .dst_y = 2,
                                           .src_x = 3,
                                           .src_y = 5,
                                           .cls = hw::PacketClass::data,
                                           .op = hw::PacketOp::write,
                                           .addr = first_area + 8,
                                           .size = 3,
                                           .sem_en = false,
                                           .sem = 0}));
  EXPECT_EQ(word.data[2], 0x44332211u);
  EXPECT_EQ(word.data[3], 0x88776655u);
  EXPECT_EQ(node.outbox()[1].header.size, 1u);
  EXPECT_EQ(node.outbox()[1].data[5] >> 16, 0x2211u);
  EXPECT_EQ(node.outbox()[2].data[6] >> 8 & 0xff, 0x11u);
}

}  // namespace
}  // namespace dojo::model
