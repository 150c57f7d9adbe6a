#pragma once
// Formats of numbers on nodes. Training on the host is FP32, whatever they are.

namespace dojo::network {

/// Of what products read: BF16, or CFloat8 with an exponent bias for each tensor.
enum class NumberFormat { bf16, cf8_143, cf8_152 };

struct FormatSettings {
  NumberFormat weights = NumberFormat::bf16;
  NumberFormat activations = NumberFormat::bf16;
  NumberFormat gradients = NumberFormat::bf16;
  bool stochastic = true;  ///< rounding to CFloat8; else to nearest-even
  /// A tensor's bias follows its largest magnitude in the step before; powers of two left free above that.
  unsigned margin = 1;
};

}  // namespace dojo::network
