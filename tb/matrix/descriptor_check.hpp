#pragma once
// Which fault a descriptor deserves, by the tables of docs/descriptors.md in integers that hold every sum.

#include <cstdint>
#include <initializer_list>

#include "dojo_hw.hpp"

namespace dojo::tb {

/// base + (count_1 - 1) * stride_1 + (count_2 - 1) * stride_2 + bytes, inside the SRAM?
inline bool inside(std::uint32_t base, std::uint32_t count_1, std::uint32_t stride_1, std::uint32_t count_2,
                   std::uint32_t stride_2, unsigned bytes) {
  const auto end = static_cast<std::uint64_t>(base) + static_cast<std::uint64_t>(count_1 - 1) * stride_1 +
                   static_cast<std::uint64_t>(count_2 - 1) * stride_2 + bytes;
  return base >= hw::sram_base && end <= hw::sram_base + hw::sram_size;
}

inline bool aligned(std::initializer_list<std::uint32_t> values) {
  for (const auto value : values) {
    if (value % hw::line_bytes != 0) return false;
  }
  return true;
}

inline bool good_address(std::uint32_t address) {
  return aligned({address}) && inside(address, 1, 0, 1, 0, hw::line_bytes);
}

inline hw::UnitFault expected_fault(std::uint32_t address, const hw::MatrixDescriptor& d) {
  using enum hw::UnitFault;
  if (!good_address(address)) return descriptor_address;
  const bool image = d.op == static_cast<unsigned>(hw::DescriptorOpMatrix::convolution);
  if (d.op != static_cast<unsigned>(hw::DescriptorOpMatrix::gemm) && !image) return opcode;
  if (!aligned({d.a_base, d.a_m_stride, d.a_k_stride, d.b_base, d.b_k_stride, d.b_n_stride, d.c_base, d.c_m_stride,
                d.c_n_stride})) {
    return alignment;
  }
  if (image && !aligned({d.a_row_stride})) return alignment;
  if (d.m_tiles == 0 || d.n_tiles == 0) return count;
  if (d.accumulator_named != 0 && (d.m_tiles > 2 || d.n_tiles > 2)) return count;
  if (d.k_tiles == 0 && (d.accumulator_named == 0 || d.accumulator_continue == 0)) return count;
  if (image) {
    for (const unsigned value : {unsigned{d.channel_tiles}, unsigned{d.row_tiles}, unsigned{d.image_width},
                                 unsigned{d.image_height}, unsigned{d.kernel_width}, unsigned{d.stride_x},
                                 unsigned{d.stride_y}, unsigned{d.dilation_x}, unsigned{d.dilation_y}}) {
      if (value == 0) return count;
    }
  }
  if (d.k_tiles != 0) {
    const unsigned a_bytes = d.a_format == 0 ? 128 : 64;
    const unsigned b_bytes = d.b_format == 0 ? 128 : 64;
    if (image) {
      const std::uint64_t end = std::uint64_t{d.a_base} + (d.image_height - 1ull) * d.a_row_stride +
                                ((d.image_width + 7ull) / 8 - 1) * d.a_m_stride +
                                (d.channel_tiles - 1ull) * d.a_k_stride + a_bytes;
      if (d.a_base < hw::sram_base || end > hw::sram_base + hw::sram_size) return range;
    } else if (!inside(d.a_base, d.m_tiles, d.a_m_stride, d.k_tiles, d.a_k_stride, a_bytes)) {
      return range;
    }
    if (!inside(d.b_base, d.k_tiles, d.b_k_stride, d.n_tiles, d.b_n_stride, b_bytes)) return range;
  }
  if (d.c_absent == 0 &&
      !inside(d.c_base, d.m_tiles, d.c_m_stride, d.n_tiles, d.c_n_stride, d.c_bf16 != 0 ? 128 : 256)) {
    return range;
  }
  if (d.a_format == 3 || d.b_format == 3) return format;
  if (d.accumulator_named == 0 && (d.accumulator_continue != 0 || d.c_absent != 0)) return format;
  return none;
}

}  // namespace dojo::tb
