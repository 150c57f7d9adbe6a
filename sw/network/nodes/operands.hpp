#pragma once
// What the products of nodes read: formats, and exponent biases that follow the numbers of a training.
//
// What is made in BF16 and read in CFloat8 is converted as a whole into a place of its own; all operations but products
// work on BF16.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "dojo_hw.hpp"
#include "kernels/tiles.hpp"
#include "network/formats.hpp"

namespace dojo::network {

/// A tensor with a format of its own and, for CFloat8, an exponent bias.
struct Operand {
  std::string name = {};
  hw::MatrixFormat format = hw::MatrixFormat::bf16;
  std::optional<unsigned> fixed_bias = {};
  float expected = 1;  ///< largest magnitude before anything is known
  std::uint64_t address = 0;
  std::uint64_t largest = 0;  ///< lines, one of each hart: largest magnitudes of what was converted; 0: nothing is

  [[nodiscard]] bool small() const { return format != hw::MatrixFormat::bf16; }
  [[nodiscard]] std::size_t tile_bytes() const { return small() ? tile_elements : tile_bytes_bf16; }
};

/// Exponent biases of operands, in their order.
struct OperandBiases {
  std::vector<unsigned> read;     ///< by the products of a step
  std::vector<unsigned> written;  ///< by its update, for the step after it: weights

  friend bool operator==(const OperandBiases&, const OperandBiases&) = default;
};

[[nodiscard]] hw::MatrixFormat format_of(NumberFormat format);

/// The fixed bias, or the largest one with which `largest` and `margin` powers of two above it are in range, so that as
/// many small numbers as possible are, too. For 0 the largest of all: 63; for BF16 0. Throws RunError, which names
/// `name`, for what is not finite.
[[nodiscard]] unsigned bias_for(const Operand& operand, float largest, unsigned margin);

/// The largest magnitude of some numbers.
[[nodiscard]] float largest_of(std::span<const float> values);

}  // namespace dojo::network
