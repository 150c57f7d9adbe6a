#include "network/nodes/operands.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>

#include "common/error.hpp"
#include "firmware/kernels/quantize_bias.h"

namespace dojo::network {

hw::MatrixFormat format_of(NumberFormat format) {
  switch (format) {
    case NumberFormat::cf8_143:
      return hw::MatrixFormat::cfloat8_143;
    case NumberFormat::cf8_152:
      return hw::MatrixFormat::cfloat8_152;
    case NumberFormat::bf16:
      break;
  }
  return hw::MatrixFormat::bf16;
}

unsigned bias_for(const Operand& operand, float largest, unsigned margin) {
  if (!operand.small()) return 0;
  if (!std::isfinite(largest)) {
    throw RunError(fmt::format("{}: a magnitude of {}: the training diverges", operand.name, largest));
  }
  if (operand.fixed_bias) return *operand.fixed_bias;
  const bool e4m3 = operand.format == hw::MatrixFormat::cfloat8_143;
  return quantize_bias(e4m3 ? DOJO_CFLOAT_FORMAT_E4M3 : DOJO_CFLOAT_FORMAT_E5M2, std::bit_cast<std::uint32_t>(largest),
                       margin);
}

float largest_of(std::span<const float> values) {
  float largest = 0;
  for (const float value : values) largest = std::max(largest, std::abs(value));
  return largest;
}

}  // namespace dojo::network
