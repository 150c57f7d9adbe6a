#pragma once
// Binary32 results and flags by definition, for tests: the exact result in wide fixed point, then one rounding that
// looks only at kept and dropped bits. Slow, and shares nothing with sw/model/float32.*.

#include <cstdint>

#include "model/float32.hpp"

namespace dojo::tb {

struct FloatResult {
  std::uint32_t bits;
  float32::Flags flags;
  bool operator==(const FloatResult&) const = default;
};

FloatResult reference_fma(std::uint32_t a, std::uint32_t b, std::uint32_t c, float32::Rounding rounding);
FloatResult reference_add(std::uint32_t a, std::uint32_t b, float32::Rounding rounding);
FloatResult reference_mul(std::uint32_t a, std::uint32_t b, float32::Rounding rounding);
FloatResult reference_div(std::uint32_t a, std::uint32_t b, float32::Rounding rounding);
FloatResult reference_sqrt(std::uint32_t a, float32::Rounding rounding);
/// To BF16; the bits are the 16 of the result.
FloatResult reference_bf16(std::uint32_t a, float32::Rounding rounding);

}  // namespace dojo::tb
