#include "network/layer.hpp"

#include <algorithm>

namespace dojo::network {

std::unique_ptr<Layer> make_layer(const GraphLayer& description, const std::vector<Shape>& inputs,
                                  std::span<Parameter> parameters) {
  struct Maker {
    const GraphLayer& description;
    const Shape& input;
    std::span<Parameter> parameters;

    std::unique_ptr<Layer> operator()(const Linear&) const { return make_linear(parameters); }
    std::unique_ptr<Layer> operator()(const Convolution& settings) const {
      return make_convolution(settings, input, description.shape, parameters);
    }
    std::unique_ptr<Layer> operator()(const Pool& settings) const {
      return make_pool(settings, input, description.shape);
    }
    std::unique_ptr<Layer> operator()(const BatchNorm& settings) const {
      return make_batch_norm(settings, input, parameters);
    }
    std::unique_ptr<Layer> operator()(const LayerNorm& settings) const {
      return make_layer_norm(settings, input, parameters);
    }
    std::unique_ptr<Layer> operator()(const Activation& settings) const {
      return make_activation(settings.function, input);
    }
    std::unique_ptr<Layer> operator()(const Attention& settings) const { return make_attention(settings, input); }
    std::unique_ptr<Layer> operator()(const Embedding& settings) const { return make_embedding(settings, parameters); }
    std::unique_ptr<Layer> operator()(const Position&) const { return make_position(parameters); }
    std::unique_ptr<Layer> operator()(const Dropout& settings) const {
      return make_dropout(settings, description.name);
    }
    std::unique_ptr<Layer> operator()(const Add&) const { return make_add(); }
    std::unique_ptr<Layer> operator()(const Reshape&) const { return make_reshape(); }
  };
  return std::visit(Maker{.description = description, .input = inputs.front(), .parameters = parameters},
                    description.settings);
}

void for_parts(const Pass& pass, std::size_t samples,
               const std::function<void(std::size_t part, std::size_t first, std::size_t last)>& work) {
  pass.pool.run(sum_parts,
                [&](std::size_t part) { work(part, samples * part / sum_parts, samples * (part + 1) / sum_parts); });
}

void for_ranges(const Pass& pass, std::size_t count, const std::function<void(std::size_t, std::size_t)>& work) {
  constexpr std::size_t range = 1 << 14;
  pass.pool.run((count + range - 1) / range,
                [&](std::size_t index) { work(index * range, std::min(count, (index + 1) * range)); });
}

void add_parts(std::span<const float> parts, std::span<float> sum) {
  for (std::size_t first = 0; first < parts.size(); first += sum.size()) {
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += parts[first + i];
  }
}

}  // namespace dojo::network
