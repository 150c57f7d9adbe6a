#pragma once
// The node's arithmetic, bit-exact: the matrix step and the conversions
// (docs/numerics.md).
//
// Two forms of the matrix step: `matrix_step_reference` follows the definition term by term in wide integers and is the
// one to trust; `matrix_tile` and `gemm` are written for speed and are compared with it in tests/matrix.
// All numbers are passed as their bits. The floating-point environment must be the default one (nearest-even,
// no flushing of subnormals).

#include <cstddef>
#include <cstdint>
#include <optional>

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

/// How the elements of an operand are stored; the bias means something for CFloat8 only.
struct OperandFormat {
  hw::MatrixFormat format = hw::MatrixFormat::bf16;
  unsigned bias = 0;

  [[nodiscard]] constexpr std::size_t tile_bytes() const { return format == hw::MatrixFormat::bf16 ? 128 : 64; }
};

/// The BF16 number that has the value of a CFloat8 one: all of them have one.
std::uint16_t cfloat8_to_bf16(OperandFormat format, std::uint8_t bits);

/// A as an image in place (docs/descriptors.md); strides are in bytes.
struct ImageOperand {
  std::size_t width = 0;   ///< pixels
  std::size_t height = 0;  ///< rows of pixels
  std::size_t channel_tiles = 0;
  std::size_t row_tiles = 0;  ///< tiles of eight pixels in a row of the output
  std::size_t kernel_width = 0;
  unsigned stride_x = 1;
  unsigned stride_y = 1;
  unsigned dilation_x = 1;
  unsigned dilation_y = 1;
  unsigned padding_x = 0;
  unsigned padding_y = 0;
  std::ptrdiff_t row_stride = 0;
  std::ptrdiff_t tile_stride = 0;     ///< between eights of pixels of a row
  std::ptrdiff_t channel_stride = 0;  ///< between eights of channels
};

/// Operands of a matrix descriptor in the memory of the host. Strides are in bytes between neighbouring tiles.
struct GemmOperands {
  bool a_transposed = false;
  bool b_transposed = false;
  bool c_bf16 = false;  ///< write C as BF16 instead of FP32
  OperandFormat a_format;
  OperandFormat b_format;
  std::optional<ImageOperand> image;     ///< A is an image; a_m_stride and a_k_stride are not used
  std::uint32_t* accumulator = nullptr;  ///< named accumulator: tiles [2][2] of 64 FP32 values; m_tiles, n_tiles <= 2
  bool accumulator_continue = false;     ///< start from what it holds
  std::size_t m_tiles = 0;
  std::size_t n_tiles = 0;
  std::size_t k_tiles = 0;
  const std::byte* a = nullptr;
  std::ptrdiff_t a_m_stride = 0;
  std::ptrdiff_t a_k_stride = 0;
  const std::byte* b = nullptr;
  std::ptrdiff_t b_k_stride = 0;
  std::ptrdiff_t b_n_stride = 0;
  std::byte* c = nullptr;  ///< null: C is not written
  std::ptrdiff_t c_m_stride = 0;
  std::ptrdiff_t c_n_stride = 0;
};

/// What a good matrix descriptor asks for. `sram` is the memory of a node from its first line on, `accumulators` all
/// its named accumulators.
GemmOperands operands_of(const hw::MatrixDescriptor& descriptor, std::byte* sram, std::uint32_t* accumulators);

/// C = op(A) * op(B), every accumulator from +0 or from the named one and with k ascending, as a matrix descriptor
/// does. The result is undefined, as it is in the node, when C overlaps A or B.
void gemm(const GemmOperands& operands);

/// FP32 to BF16, nearest-even, subnormals included; a NaN becomes 0x7fc0.
std::uint16_t to_bf16(std::uint32_t value);

/// BF16 to FP32, exact.
constexpr std::uint32_t from_bf16(std::uint16_t value) {
  return std::uint32_t{value} << 16;
}

}  // namespace dojo::numerics
