#include "kernels/tiles.hpp"

#include <fmt/format.h>

#include <bit>
#include <stdexcept>

#include "common/error.hpp"
#include "model/cfloat.hpp"

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

std::uint8_t to_cfloat8(float value, const OperandFormat& format) {
  cfloat::Flags unused = 0;
  const auto kind = format.format == hw::MatrixFormat::cfloat8_143 ? cfloat::Format::e4m3 : cfloat::Format::e5m2;
  return static_cast<std::uint8_t>(cfloat::narrow(kind, format.bias, std::bit_cast<std::uint32_t>(value), {}, unused));
}

template <typename T>
std::vector<std::byte> bytes_of(const std::vector<T>& values) {
  const auto bytes = std::as_bytes(std::span(values));
  return {bytes.begin(), bytes.end()};
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

std::vector<std::byte> pack_operand(std::span<const float> matrix, const TileLayout& layout,
                                    const OperandFormat& format) {
  if (format.format == hw::MatrixFormat::bf16) return bytes_of(pack_bf16(matrix, layout));
  return bytes_of(pack<std::uint8_t>(matrix, layout, [&format](float value) { return to_cfloat8(value, format); }));
}

std::vector<float> as_operand(std::span<const float> values, const OperandFormat& format) {
  std::vector<float> result;
  for (const float value : values) {
    const bool bf16 = format.format == hw::MatrixFormat::bf16;
    result.push_back(from_bf16(bf16 ? to_bf16(value) : numerics::cfloat8_to_bf16(format, to_cfloat8(value, format))));
  }
  return result;
}

OperandFormat operand_format(std::string_view name) {
  if (name == "bf16") return {};
  if (name == "cf8_143") return {.format = hw::MatrixFormat::cfloat8_143, .bias = 14};
  if (name == "cf8_152") return {.format = hw::MatrixFormat::cfloat8_152, .bias = 30};
  throw InputError(fmt::format("format {}: bf16, cf8_143 and cf8_152 are operands of the matrix unit", name));
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
