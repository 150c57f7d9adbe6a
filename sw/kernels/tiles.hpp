#pragma once
// Matrices as grids of 8x8 tiles, the layout of the matrix unit (docs/node.md, "Units").

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "model/numerics.hpp"

namespace dojo {

using numerics::OperandFormat;

inline constexpr std::size_t tile_edge = 8;
inline constexpr std::size_t tile_elements = tile_edge * tile_edge;
inline constexpr std::size_t tile_bytes_bf16 = tile_elements * 2;
inline constexpr std::size_t tile_bytes_fp32 = tile_elements * 4;

/// Tiles that cover `length` rows or columns.
constexpr std::size_t tiles_for(std::size_t length) {
  return (length + tile_edge - 1) / tile_edge;
}

/// Which tiles are neighbours in memory.
enum class TileOrder {
  by_rows,    ///< the tiles of a row of the grid follow each other
  by_columns  ///< the tiles of a column of the grid follow each other
};

/// Rows and columns of a matrix, in elements, and the order of its tiles.
struct TileLayout {
  std::size_t rows = 0;
  std::size_t columns = 0;
  TileOrder order = TileOrder::by_rows;

  [[nodiscard]] std::size_t tile_rows() const { return tiles_for(rows); }
  [[nodiscard]] std::size_t tile_columns() const { return tiles_for(columns); }
  [[nodiscard]] std::size_t tiles() const { return tile_rows() * tile_columns(); }
  /// Elements of the tiles, padding included.
  [[nodiscard]] std::size_t padded() const { return tiles() * tile_elements; }
  /// Place of an element among the tiles' elements.
  [[nodiscard]] std::size_t index(std::size_t row, std::size_t column) const {
    const std::size_t tile = order == TileOrder::by_rows ? row / tile_edge * tile_columns() + column / tile_edge
                                                         : column / tile_edge * tile_rows() + row / tile_edge;
    return tile * tile_elements + row % tile_edge * tile_edge + column % tile_edge;
  }
};

/// FP32 to BF16, nearest-even.
[[nodiscard]] std::uint16_t to_bf16(float value);
/// BF16 to FP32, exact.
[[nodiscard]] float from_bf16(std::uint16_t value);

/// A row-major matrix as BF16 tiles; padding is zero.
[[nodiscard]] std::vector<std::uint16_t> pack_bf16(std::span<const float> matrix, const TileLayout& layout);
/// The same as FP32 tiles.
[[nodiscard]] std::vector<float> pack_fp32(std::span<const float> matrix, const TileLayout& layout);
/// The same in any format of an operand, each number rounded to nearest-even.
[[nodiscard]] std::vector<std::byte> pack_operand(std::span<const float> matrix, const TileLayout& layout,
                                                  const OperandFormat& format);
/// The values of `values` as an operand of that format holds them.
[[nodiscard]] std::vector<float> as_operand(std::span<const float> values, const OperandFormat& format);
/// The format called bf16, cf8_143 or cf8_152, for numbers up to 1 or a little above in magnitude: the largest CFloat8
/// numbers are 3.75 and 3.5. Throws InputError for another name.
[[nodiscard]] OperandFormat operand_format(std::string_view name);
/// A row-major matrix out of FP32 tiles.
[[nodiscard]] std::vector<float> unpack_fp32(std::span<const float> tiles, const TileLayout& layout);
/// The same out of BF16 tiles.
[[nodiscard]] std::vector<float> unpack_bf16(std::span<const std::uint16_t> tiles, const TileLayout& layout);
/// A bias as a row of FP32 tiles of which every row is the bias.
[[nodiscard]] std::vector<float> pack_bias(std::span<const float> bias);

}  // namespace dojo
