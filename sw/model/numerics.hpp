#pragma once
// The node's arithmetic, bit-exact: the matrix step, the element-wise operations and the conversions
// (docs/numerics.md).
//
// Two forms of the matrix step: `matrix_step_reference` follows the definition term by term in wide integers and is the
// one to trust; `matrix_tile` and `gemm` are written for speed and are compared with it in tests/matrix.
// All numbers are passed as their bits. The floating-point environment must be the default one (nearest-even,
// no flushing of subnormals).

#include <cstddef>
#include <cstdint>

#include "dojo_hw.hpp"

namespace dojo::numerics {

inline constexpr std::uint32_t canonical_nan = 0x7fc00000u;
inline constexpr std::uint16_t canonical_nan_bf16 = 0x7fc0u;

/// One matrix step by definition: c[i][j] = round(c[i][j] + sum over k of a[i][k] * b[k][j]).
/// `a` is 8x4 and `b` 4x8 BF16, `c` 8x8 FP32, all row-major.
void matrix_step_reference(const std::uint16_t* a, const std::uint16_t* b, std::uint32_t* c);

/// One 8x8x8 tile product, two steps, added to the 64 FP32 accumulators at `c`. A tile is 64 BF16 values; a transposed
/// tile of A is stored [k][m], a transposed tile of B [n][k].
void matrix_tile(bool a_transposed, bool b_transposed, const std::uint16_t* a, const std::uint16_t* b,
                 std::uint32_t* c);

/// Operands of a matrix descriptor in the memory of the host. Strides are in bytes between neighbouring tiles.
struct GemmOperands {
  bool a_transposed = false;
  bool b_transposed = false;
  bool c_bf16 = false;  ///< write C as BF16 instead of FP32
  std::size_t m_tiles = 0;
  std::size_t n_tiles = 0;
  std::size_t k_tiles = 0;
  const std::byte* a = nullptr;
  std::ptrdiff_t a_m_stride = 0;
  std::ptrdiff_t a_k_stride = 0;
  const std::byte* b = nullptr;
  std::ptrdiff_t b_k_stride = 0;
  std::ptrdiff_t b_n_stride = 0;
  std::byte* c = nullptr;
  std::ptrdiff_t c_m_stride = 0;
  std::ptrdiff_t c_n_stride = 0;
};

/// C = op(A) * op(B), every accumulator from +0 and with k ascending, as a matrix descriptor does.
/// The result is undefined, as it is in the node, when C overlaps A or B.
void gemm(const GemmOperands& operands);

/// x * y + z rounded once (nearest-even, subnormals included); a NaN result is the canonical one.
std::uint32_t fma(std::uint32_t x, std::uint32_t y, std::uint32_t z);

/// FP32 to BF16, nearest-even, subnormals included; a NaN becomes 0x7fc0.
std::uint16_t to_bf16(std::uint32_t value);

/// BF16 to FP32, exact.
constexpr std::uint32_t from_bf16(std::uint16_t value) {
  return std::uint32_t{value} << 16;
}

/// The 16 lanes of one line of an element-wise descriptor: d = op(scalar, x, y), FP32. An absent y is -0.0 in every
/// lane.
void elementwise_line(hw::DescriptorOpElementwise op, std::uint32_t scalar, const std::uint32_t* x,
                      const std::uint32_t* y, std::uint32_t* d);

}  // namespace dojo::numerics
