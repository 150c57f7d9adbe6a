#pragma once
// Random operands of the classes in which floating-point hardware goes wrong.

#include <array>
#include <bit>
#include <cstdint>
#include <cstdlib>
#include <random>
#include <string_view>

namespace dojo::tb {

/// Whether the long campaigns are asked for (DOJO_NIGHTLY=1).
inline bool nightly() {
  const char* value = std::getenv("DOJO_NIGHTLY");
  return value != nullptr && std::string_view(value) == "1";
}

/// Where the values of one test round come from.
enum class OperandClass { any_bits, near_one, special_mix, huge, tiny, integers, sparse };
inline constexpr std::array operand_classes = {
    OperandClass::any_bits, OperandClass::near_one, OperandClass::special_mix, OperandClass::huge,
    OperandClass::tiny,     OperandClass::integers, OperandClass::sparse};

/// An FP32 value as bits; the upper 16 bits are a BF16 value of the same class.
inline std::uint32_t random_fp32(std::mt19937_64& random, OperandClass from) {
  const auto bits = static_cast<std::uint32_t>(random());
  const std::uint32_t sign = bits & 0x80000000u;
  const auto field = [&](unsigned low, unsigned count) {
    return (low + static_cast<unsigned>(random() % count)) << 23 | (bits & 0x7fffffu) | sign;
  };
  switch (from) {
    case OperandClass::any_bits:
      return bits;
    case OperandClass::near_one:
      return field(124, 6);
    case OperandClass::huge:
      return field(186, 69);
    case OperandClass::tiny:
      return random() % 4 == 0 ? sign | (bits & 0x7fffffu) : field(1, 70);
    case OperandClass::integers:
      return std::bit_cast<std::uint32_t>(static_cast<float>(static_cast<int>(random() % 257) - 128));
    case OperandClass::sparse: {
      // Few bits, far apart: ties, and ties with a last bit far below. Products of two around the smallest numbers.
      const std::uint32_t ends[] = {0u, 1u, 0x10000u, 0x400000u, 0x400001u, 0x410000u, 0x7fffffu, 1u << random() % 23};
      const auto exponent = static_cast<std::uint32_t>(random() % 4 == 0 ? 120 + random() % 16 : 40 + random() % 26);
      return sign | exponent << 23 | ends[random() % 8];
    }
    case OperandClass::special_mix:
      break;
  }
  switch (random() % 32) {
    case 0:
      return sign | 0x7f800000u;
    case 1:
      return sign | 0x7f800000u | (bits & 0x7fffffu) | 0x10000u;
    case 2:
    case 3:
    case 4:
      return sign;
    case 5:
    case 6:
    case 7:
      return sign | (bits & 0x7fffffu);
    case 8:
      return sign | 0x7f7fffffu;
    case 9:
      return sign | 0x00800000u;
    default:
      return field(96, 64);
  }
}

inline std::uint16_t random_bf16(std::mt19937_64& random, OperandClass from) {
  return static_cast<std::uint16_t>(random_fp32(random, from) >> 16);
}

inline OperandClass random_class(std::mt19937_64& random) {
  return operand_classes[random() % operand_classes.size()];
}

/// The value moved by up to `ulps` units in the last place either way.
inline std::uint32_t nudged(std::mt19937_64& random, std::uint32_t value, unsigned ulps) {
  return value + static_cast<std::uint32_t>(random() % (2 * ulps + 1)) - ulps;
}

}  // namespace dojo::tb
