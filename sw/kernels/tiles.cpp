#include "kernels/tiles.hpp"

#include <bit>
#include <stdexcept>

#include "model/numerics.hpp"

namespace dojo {
namespace {

template <typename To, typename From, typename Convert>
std::vector<To> pack(std::span<const From> matrix, const TileLayout& layout, Convert convert) {
  if (matrix.size() != layout.rows * layout.columns) throw std::invalid_argument("matrix and layout differ in size");
  std::vector<To> tiles(layout.padded());
  for (std::size_t row = 0; row < layout.rows; ++row) {
    for (std::size_t column = 0; column < layout.columns; ++column) {
      tiles[layout.index(row, column)] = convert(matrix[row * layout.columns + column]);
    }
  }
  return tiles;
}

template <typename From, typename Convert>
std::vector<float> unpack(std::span<const From> tiles, const TileLayout& layout, Convert convert) {
  if (tiles.size() != layout.padded()) throw std::invalid_argument("tiles and layout differ in size");
  std::vector<float> matrix(layout.rows * layout.columns);
  for (std::size_t row = 0; row < layout.rows; ++row) {
    for (std::size_t column = 0; column < layout.columns; ++column) {
      matrix[row * layout.columns + column] = convert(tiles[layout.index(row, column)]);
    }
  }
  return matrix;
}

float same(float value) {
  return value;
}

}  // namespace

std::uint16_t to_bf16(float value) {
  return numerics::to_bf16(std::bit_cast<std::uint32_t>(value));
}
float from_bf16(std::uint16_t value) {
  return std::bit_cast<float>(numerics::from_bf16(value));
}

std::vector<std::uint16_t> pack_bf16(std::span<const float> matrix, const TileLayout& layout) {
  return pack<std::uint16_t>(matrix, layout, to_bf16);
}

std::vector<float> pack_fp32(std::span<const float> matrix, const TileLayout& layout) {
  return pack<float>(matrix, layout, same);
}

std::vector<float> unpack_fp32(std::span<const float> tiles, const TileLayout& layout) {
  return unpack(tiles, layout, same);
}

std::vector<float> unpack_bf16(std::span<const std::uint16_t> tiles, const TileLayout& layout) {
  return unpack(tiles, layout, from_bf16);
}

std::vector<float> pack_bias(std::span<const float> bias) {
  const TileLayout layout{.rows = tile_edge, .columns = bias.size()};
  std::vector<float> rows;
  for (std::size_t row = 0; row < tile_edge; ++row) rows.insert(rows.end(), bias.begin(), bias.end());
  return pack_fp32(rows, layout);
}

}  // namespace dojo
