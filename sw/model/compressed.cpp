// The compressed instructions (extension C of RV64, without floating point) as the 32-bit instructions they stand for.

#include "model/instruction.hpp"

namespace dojo::model {
namespace {

constexpr std::uint32_t reserved = 0;

constexpr std::uint32_t field(std::uint32_t bits, unsigned lsb, unsigned width) {
  return (bits >> lsb) & ((1u << width) - 1);
}

constexpr std::uint32_t encode_i(std::uint32_t opcode, std::uint32_t funct3, std::uint32_t rd, std::uint32_t rs1,
                                 std::uint32_t immediate) {
  return (immediate << 20) | (rs1 << 15) | (funct3 << 12) | (rd << 7) | opcode;
}

constexpr std::uint32_t encode_s(std::uint32_t funct3, std::uint32_t rs1, std::uint32_t rs2, std::uint32_t immediate) {
  return (field(immediate, 5, 7) << 25) | (rs2 << 20) | (rs1 << 15) | (funct3 << 12) | (field(immediate, 0, 5) << 7) |
         0x23;
}

constexpr std::uint32_t encode_r(std::uint32_t opcode, std::uint32_t funct3, std::uint32_t funct7, std::uint32_t rd,
                                 std::uint32_t rs1, std::uint32_t rs2) {
  return (funct7 << 25) | (rs2 << 20) | (rs1 << 15) | (funct3 << 12) | (rd << 7) | opcode;
}

constexpr std::uint32_t encode_jal(std::uint32_t rd, std::uint32_t offset) {
  return (field(offset, 20, 1) << 31) | (field(offset, 1, 10) << 21) | (field(offset, 11, 1) << 20) |
         (field(offset, 12, 8) << 12) | (rd << 7) | 0x6f;
}

constexpr std::uint32_t encode_branch(std::uint32_t funct3, std::uint32_t rs1, std::uint32_t offset) {
  return (field(offset, 12, 1) << 31) | (field(offset, 5, 6) << 25) | (rs1 << 15) | (funct3 << 12) |
         (field(offset, 1, 4) << 8) | (field(offset, 11, 1) << 7) | 0x63;
}

/// The 6-bit signed immediate of most CI instructions, sign-extended.
constexpr std::uint32_t immediate_ci(std::uint32_t bits) {
  const std::uint32_t value = (field(bits, 12, 1) << 5) | field(bits, 2, 5);
  return (value ^ 0x20u) - 0x20u;
}

std::uint32_t expand_quadrant_0(std::uint32_t bits) {
  const std::uint32_t rd = 8 + field(bits, 2, 3);
  const std::uint32_t rs1 = 8 + field(bits, 7, 3);
  const std::uint32_t offset_w = (field(bits, 10, 3) << 3) | (field(bits, 6, 1) << 2) | (field(bits, 5, 1) << 6);
  const std::uint32_t offset_d = (field(bits, 10, 3) << 3) | (field(bits, 5, 2) << 6);
  switch (field(bits, 13, 3)) {
    case 0: {  // c.addi4spn
      const std::uint32_t immediate =
          (field(bits, 11, 2) << 4) | (field(bits, 7, 4) << 6) | (field(bits, 6, 1) << 2) | (field(bits, 5, 1) << 3);
      return immediate == 0 ? reserved : encode_i(0x13, 0, rd, 2, immediate);
    }
    case 2:
      return encode_i(0x03, 2, rd, rs1, offset_w);
    case 3:
      return encode_i(0x03, 3, rd, rs1, offset_d);
    case 6:
      return encode_s(2, rs1, rd, offset_w);
    case 7:
      return encode_s(3, rs1, rd, offset_d);
    default:
      return reserved;
  }
}

std::uint32_t expand_arithmetic(std::uint32_t bits) {
  const std::uint32_t rd = 8 + field(bits, 7, 3);
  const std::uint32_t rs2 = 8 + field(bits, 2, 3);
  const std::uint32_t shift = (field(bits, 12, 1) << 5) | field(bits, 2, 5);
  switch (field(bits, 10, 2)) {
    case 0:
      return encode_i(0x13, 5, rd, rd, shift);
    case 1:
      return encode_i(0x13, 5, rd, rd, shift | 0x400);
    case 2:
      return encode_i(0x13, 7, rd, rd, immediate_ci(bits));
    default:
      break;
  }
  if (field(bits, 12, 1) != 0) {
    switch (field(bits, 5, 2)) {
      case 0:
        return encode_r(0x3b, 0, 0x20, rd, rd, rs2);
      case 1:
        return encode_r(0x3b, 0, 0, rd, rd, rs2);
      default:
        return reserved;
    }
  }
  switch (field(bits, 5, 2)) {
    case 0:
      return encode_r(0x33, 0, 0x20, rd, rd, rs2);
    case 1:
      return encode_r(0x33, 4, 0, rd, rd, rs2);
    case 2:
      return encode_r(0x33, 6, 0, rd, rd, rs2);
    default:
      return encode_r(0x33, 7, 0, rd, rd, rs2);
  }
}

std::uint32_t expand_quadrant_1(std::uint32_t bits) {
  const std::uint32_t rd = field(bits, 7, 5);
  const std::uint32_t immediate = immediate_ci(bits);
  switch (field(bits, 13, 3)) {
    case 0:
      return encode_i(0x13, 0, rd, rd, immediate);
    case 1:
      return rd == 0 ? reserved : encode_i(0x1b, 0, rd, rd, immediate);
    case 2:
      return encode_i(0x13, 0, rd, 0, immediate);
    case 3: {
      if (immediate == 0) return reserved;
      if (rd != 2) return (immediate << 12) | (rd << 7) | 0x37;
      const std::uint32_t value = (field(bits, 12, 1) << 9) | (field(bits, 6, 1) << 4) | (field(bits, 5, 1) << 6) |
                                  (field(bits, 3, 2) << 7) | (field(bits, 2, 1) << 5);
      return encode_i(0x13, 0, 2, 2, (value ^ 0x200u) - 0x200u);
    }
    case 4:
      return expand_arithmetic(bits);
    case 5: {
      const std::uint32_t value = (field(bits, 12, 1) << 11) | (field(bits, 11, 1) << 4) | (field(bits, 9, 2) << 8) |
                                  (field(bits, 8, 1) << 10) | (field(bits, 7, 1) << 6) | (field(bits, 6, 1) << 7) |
                                  (field(bits, 3, 3) << 1) | (field(bits, 2, 1) << 5);
      return encode_jal(0, (value ^ 0x800u) - 0x800u);
    }
    default: {
      const std::uint32_t value = (field(bits, 12, 1) << 8) | (field(bits, 10, 2) << 3) | (field(bits, 5, 2) << 6) |
                                  (field(bits, 3, 2) << 1) | (field(bits, 2, 1) << 5);
      return encode_branch(field(bits, 13, 1), 8 + field(bits, 7, 3), (value ^ 0x100u) - 0x100u);
    }
  }
}

std::uint32_t expand_quadrant_2(std::uint32_t bits) {
  const std::uint32_t rd = field(bits, 7, 5);
  const std::uint32_t rs2 = field(bits, 2, 5);
  const std::uint32_t bit_12 = field(bits, 12, 1);
  switch (field(bits, 13, 3)) {
    case 0:
      return encode_i(0x13, 1, rd, rd, (bit_12 << 5) | rs2);
    case 2: {
      const std::uint32_t offset = (bit_12 << 5) | (field(bits, 4, 3) << 2) | (field(bits, 2, 2) << 6);
      return rd == 0 ? reserved : encode_i(0x03, 2, rd, 2, offset);
    }
    case 3: {
      const std::uint32_t offset = (bit_12 << 5) | (field(bits, 5, 2) << 3) | (field(bits, 2, 3) << 6);
      return rd == 0 ? reserved : encode_i(0x03, 3, rd, 2, offset);
    }
    case 4:
      if (rs2 != 0) return encode_r(0x33, 0, 0, rd, bit_12 != 0 ? rd : 0, rs2);
      if (rd != 0) return encode_i(0x67, 0, bit_12, rd, 0);
      return bit_12 != 0 ? 0x00100073u : reserved;
    case 6:
      return encode_s(2, 2, rs2, (field(bits, 9, 4) << 2) | (field(bits, 7, 2) << 6));
    case 7:
      return encode_s(3, 2, rs2, (field(bits, 10, 3) << 3) | (field(bits, 7, 3) << 6));
    default:
      return reserved;
  }
}

}  // namespace

std::uint32_t expand_compressed(std::uint16_t bits) {
  switch (bits & 3u) {
    case 0:
      return expand_quadrant_0(bits);
    case 1:
      return expand_quadrant_1(bits);
    default:
      return expand_quadrant_2(bits);
  }
}

}  // namespace dojo::model
