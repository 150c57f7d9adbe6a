#pragma once
// Formats of numbers on nodes. Training on the host is FP32, whatever they are.

#include <map>
#include <optional>
#include <string>

namespace dojo::network {

/// Of what products read: BF16, or CFloat8 with an exponent bias for each tensor.
enum class NumberFormat { bf16, cf8_143, cf8_152 };

/// Formats of a layer: of its weights, of its output, and of the output's gradient.
struct LayerFormats {
  std::optional<NumberFormat> weights;
  std::optional<NumberFormat> activations;
  std::optional<NumberFormat> gradients;
};

struct FormatSettings {
  NumberFormat weights = NumberFormat::bf16;
  NumberFormat activations = NumberFormat::bf16;
  NumberFormat gradients = NumberFormat::bf16;
  std::map<std::string, LayerFormats> layers = {};  ///< by name, where they are others
  bool stochastic = true;                           ///< rounding to CFloat8; else to nearest-even
  /// A tensor's bias follows its largest magnitude in the step before; powers of two left free above that.
  unsigned margin = 1;

  [[nodiscard]] NumberFormat weights_of(const std::string& layer) const {
    return of(layer, &LayerFormats::weights, weights);
  }
  [[nodiscard]] NumberFormat activations_of(const std::string& layer) const {
    return of(layer, &LayerFormats::activations, activations);
  }
  [[nodiscard]] NumberFormat gradients_of(const std::string& layer) const {
    return of(layer, &LayerFormats::gradients, gradients);
  }

 private:
  [[nodiscard]] NumberFormat of(const std::string& layer, std::optional<NumberFormat> LayerFormats::* kind,
                                NumberFormat others) const {
    const auto found = layers.find(layer);
    return found == layers.end() ? others : (found->second.*kind).value_or(others);
  }
};

}  // namespace dojo::network
