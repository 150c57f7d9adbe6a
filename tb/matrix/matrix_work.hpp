#pragma once
// Work for a bench of the matrix unit: descriptors, operands, and what the golden model makes of them.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <random>
#include <vector>

#include "dojo_hw.hpp"
#include "model/numerics.hpp"
#include "tb/matrix/operands.hpp"

namespace dojo::tb {

/// All named accumulators: 64 lines of 16 FP32 values.
using NamedAccumulators = std::array<std::uint32_t, hw::named_accumulators * 256>;

/// What the descriptor does, in a copy of the memory and of the accumulators.
inline void execute(const hw::MatrixDescriptor& d, std::vector<std::byte>& memory, NamedAccumulators& accumulators) {
  numerics::gemm(numerics::operands_of(d, memory.data(), accumulators.data()));
}
inline void execute(const hw::MatrixDescriptor& d, std::vector<std::byte>& memory) {
  NamedAccumulators unused{};
  execute(d, memory, unused);
}

template <class Bench>
std::vector<std::byte> copy_of_memory(Bench& bench) {
  return {bench.at(Bench::base), bench.at(Bench::base) + hw::sram_size};
}

template <class Bench>
std::size_t differing_bytes(Bench& bench, const std::vector<std::byte>& expected) {
  std::size_t count = 0;
  if (std::memcmp(bench.at(Bench::base), expected.data(), expected.size()) == 0) return 0;
  for (std::size_t n = 0; n < expected.size(); ++n) count += bench.at(Bench::base)[n] != expected[n] ? 1 : 0;
  return count;
}

inline std::uint64_t steps_of(const hw::MatrixDescriptor& d) {
  return 2ull * static_cast<unsigned>(d.m_tiles) * static_cast<unsigned>(d.n_tiles) * static_cast<unsigned>(d.k_tiles);
}

inline unsigned tile_bytes(unsigned format) {
  return format == static_cast<unsigned>(hw::MatrixFormat::bf16) ? 128 : 64;
}

/// A dense product of the given shape in tiles; operands from `address` on.
inline hw::MatrixDescriptor dense(std::uint32_t address, unsigned m, unsigned n, unsigned k,
                                  hw::MatrixFormat a_format = hw::MatrixFormat::bf16,
                                  hw::MatrixFormat b_format = hw::MatrixFormat::bf16) {
  hw::MatrixDescriptor d{};
  d.op = static_cast<unsigned>(hw::DescriptorOpMatrix::gemm);
  d.sem_en = 1;
  d.sem = 9;
  d.m_tiles = static_cast<std::uint16_t>(m);
  d.n_tiles = static_cast<std::uint16_t>(n);
  d.k_tiles = static_cast<std::uint16_t>(k);
  d.a_format = static_cast<unsigned>(a_format);
  d.b_format = static_cast<unsigned>(b_format);
  d.a_bias = 7;
  d.b_bias = 15;
  d.a_base = address;
  d.a_k_stride = tile_bytes(d.a_format);
  d.a_m_stride = k * d.a_k_stride;
  d.b_base = d.a_base + m * d.a_m_stride;
  d.b_n_stride = tile_bytes(d.b_format);
  d.b_k_stride = n * d.b_n_stride;
  d.c_base = d.b_base + k * d.b_k_stride;
  d.c_m_stride = n * 256;
  d.c_n_stride = 256;
  return d;
}

template <class Bench>
void fill_bf16(Bench& bench, std::mt19937_64& random, std::uint32_t address, std::uint32_t bytes, OperandClass from) {
  for (std::uint32_t offset = 0; offset < bytes; offset += 2) {
    const std::uint16_t value = random_bf16(random, from);
    std::memcpy(bench.at(address + offset), &value, 2);
  }
}

template <class Bench>
void fill_operand(Bench& bench, std::mt19937_64& random, std::uint32_t address, std::uint32_t bytes, unsigned format,
                  OperandClass from) {
  if (format == static_cast<unsigned>(hw::MatrixFormat::bf16)) {
    fill_bf16(bench, random, address, bytes, from);
  } else {
    for (std::uint32_t offset = 0; offset < bytes; ++offset) *bench.at(address + offset) = std::byte(random() & 0xff);
  }
}

/// Strides of a grid of rows x columns tiles of `bytes` bytes, with gaps, in either order; returns the grid's size in
/// bytes.
inline std::uint32_t random_grid(std::mt19937_64& random, unsigned rows, unsigned columns, std::uint32_t bytes,
                                 std::uint32_t& row_stride, std::uint32_t& column_stride) {
  const std::uint32_t pitch = bytes + 64 * static_cast<std::uint32_t>(random() % 3);
  const std::uint32_t gap = 64 * static_cast<std::uint32_t>(random() % 4);
  if (random() % 2 != 0) {
    column_stride = pitch;
    row_stride = columns * pitch + gap;
    return rows * row_stride;
  }
  row_stride = pitch;
  column_stride = rows * pitch + gap;
  return columns * column_stride;
}

/// Gives `d` an image as A at `address` (any size, padding, stride and dilation), with m_tiles or k_tiles to suit, and
/// returns the bytes of the image.
inline std::uint32_t random_image(std::mt19937_64& random, std::uint32_t address, hw::MatrixDescriptor& d) {
  const auto between = [&](unsigned low, unsigned high) {
    return static_cast<unsigned>(low + random() % (high - low + 1));
  };
  d.op = static_cast<unsigned>(hw::DescriptorOpMatrix::convolution);
  d.image_width = between(1, 37);
  d.image_height = between(1, 6);
  d.channel_tiles = between(1, 3);
  d.kernel_width = between(1, 4);
  d.stride_x = random() % 4 == 0 ? between(1, 15) : between(1, 3);
  d.stride_y = between(1, 3);
  d.dilation_x = between(1, 3);
  d.dilation_y = between(1, 3);
  d.padding_x = between(0, 4);
  d.padding_y = between(0, 3);
  d.row_tiles = between(1, 4);
  const unsigned kernel_rows = between(1, 3);
  const unsigned pixels = d.row_tiles * between(1, 3) - (random() % 4 == 0 && d.row_tiles > 1 ? 1 : 0);
  const unsigned under = d.channel_tiles * d.kernel_width * kernel_rows;
  d.m_tiles = static_cast<std::uint16_t>(d.a_transposed != 0 ? under : pixels);
  d.k_tiles = static_cast<std::uint16_t>(d.a_transposed != 0 ? pixels : under);
  const unsigned eights = (d.image_width + 7u) / 8;
  d.a_base = address;
  d.a_k_stride = tile_bytes(d.a_format) + 64 * between(0, 2);
  d.a_m_stride = d.channel_tiles * d.a_k_stride + 64 * between(0, 1);
  d.a_row_stride = eights * d.a_m_stride + 64 * between(0, 3);
  if (random() % 2 != 0) {  // channel by channel
    d.a_m_stride = tile_bytes(d.a_format);
    d.a_row_stride = eights * d.a_m_stride;
    d.a_k_stride = d.image_height * d.a_row_stride;
  }
  return d.image_height * d.a_row_stride + d.channel_tiles * d.a_k_stride;
}

/// A random descriptor whose operands lie from `address` on; moves `address` behind them.
template <class Bench>
hw::MatrixDescriptor random_descriptor(Bench& bench, std::mt19937_64& random, std::uint32_t& address) {
  hw::MatrixDescriptor d{};
  d.op = static_cast<unsigned>(hw::DescriptorOpMatrix::gemm);
  d.a_transposed = random() % 2;
  d.b_transposed = random() % 2;
  d.c_bf16 = random() % 2;
  d.sem_en = random() % 4 != 0;
  d.sem = random() % 32;
  d.a_format = random() % 3;
  d.b_format = random() % 3;
  d.a_bias = random() % 64;
  d.b_bias = random() % 64;
  const auto tiles = [&] {
    return static_cast<std::uint16_t>(random() % 3 == 0 ? 1 + random() % 9 : 1 + random() % 4);
  };
  d.m_tiles = tiles();
  d.n_tiles = tiles();
  d.k_tiles = tiles();
  const OperandClass from = random() % 4 == 0 ? random_class(random) : OperandClass::near_one;
  const std::uint32_t a_bytes =
      random() % 3 == 0 ? random_image(random, address, d)
                        : random_grid(random, d.m_tiles, d.k_tiles, tile_bytes(d.a_format), d.a_m_stride, d.a_k_stride);
  if (random() % 3 == 0) {
    d.accumulator_named = 1;
    d.accumulator = random() % 4;
    d.accumulator_continue = random() % 2;
    d.c_absent = random() % 2;
    d.m_tiles = static_cast<std::uint16_t>(std::min<unsigned>(d.m_tiles, 2));
    d.n_tiles = static_cast<std::uint16_t>(std::min<unsigned>(d.n_tiles, 2));
    if (d.accumulator_continue != 0 && random() % 4 == 0) d.k_tiles = 0;
  }
  d.a_base = address;
  fill_operand(bench, random, address, a_bytes, d.a_format, from);
  address += a_bytes;
  d.b_base = address;
  const std::uint32_t b_bytes =
      random_grid(random, d.k_tiles, d.n_tiles, tile_bytes(d.b_format), d.b_k_stride, d.b_n_stride);
  fill_operand(bench, random, address, b_bytes, d.b_format, from);
  address += b_bytes;
  if (random() % 8 == 0) d.b_k_stride = 0;  // the same tiles for every k
  d.c_base = address;
  address += random_grid(random, d.m_tiles, d.n_tiles, d.c_bf16 != 0 ? 128 : 256, d.c_m_stride, d.c_n_stride);
  return d;
}

}  // namespace dojo::tb
