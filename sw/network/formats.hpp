#pragma once
// Formats of numbers on nodes. Training on the host is FP32, whatever they are.

#include <map>
#include <optional>
#include <string>

namespace dojo::network {

/// Of what products read: BF16, or CFloat8 with an exponent bias for each tensor.
enum class NumberFormat { bf16, cf8_143, cf8_152 };

/// A CFloat8 tensor's exponent bias follows its magnitudes, unless it is fixed.
struct TensorFormat {
  NumberFormat number = NumberFormat::bf16;
  std::optional<unsigned> fixed_bias = {};
};

/// Formats of a layer: of its weights, of its output, and of the output's gradient.
struct LayerFormats {
  std::optional<TensorFormat> weights;
  std::optional<TensorFormat> activations;
  std::optional<TensorFormat> gradients;
};

struct FormatSettings {
  TensorFormat weights = {};
  TensorFormat activations = {};
  TensorFormat gradients = {};
  std::map<std::string, LayerFormats> layers = {};  ///< by name, where they are others
  bool stochastic = true;                           ///< rounding to CFloat8; else to nearest-even
  /// A bias follows its tensor's largest magnitude in the step before; powers of two left free above that.
  unsigned margin = 1;

  [[nodiscard]] TensorFormat weights_of(const std::string& layer) const {
    return of(layer, &LayerFormats::weights, weights);
  }
  [[nodiscard]] TensorFormat activations_of(const std::string& layer) const {
    return of(layer, &LayerFormats::activations, activations);
  }
  [[nodiscard]] TensorFormat gradients_of(const std::string& layer) const {
    return of(layer, &LayerFormats::gradients, gradients);
  }

 private:
  [[nodiscard]] TensorFormat of(const std::string& layer, std::optional<TensorFormat> LayerFormats::* kind,
                                TensorFormat others) const {
    const auto found = layers.find(layer);
    return found == layers.end() ? others : (found->second.*kind).value_or(others);
  }
};

}  // namespace dojo::network
