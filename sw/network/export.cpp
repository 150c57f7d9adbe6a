#include "network/export.hpp"

#include <fmt/format.h>

#include <numeric>

#include "network/safetensors.hpp"

namespace dojo::network {

void export_data(const std::filesystem::path& file, const Recipe& recipe, const DataSet& data) {
  TensorFile exported;
  for (const Part part : {Part::train, Part::held_out}) {
    std::vector<std::uint32_t> samples(data.samples(part));
    std::iota(samples.begin(), samples.end(), 0u);
    std::vector<Tensor> batch(recipe.graph.tensors().size());
    data.fill(part, samples, batch);
    for (std::size_t i = 0; i < batch.size(); ++i) {
      const DataTensor& tensor = recipe.graph.tensors()[i];
      exported.arrays.push_back({.name = fmt::format("{}.{}", part == Part::train ? "train" : "held_out", tensor.name),
                                 .shape = batch[i].shape,
                                 .integer = tensor.classes != 0,
                                 .values = std::move(batch[i].values)});
    }
  }
  for (unsigned epoch = 0; epoch < recipe.epochs; ++epoch) {
    const std::vector<std::uint32_t> order = data.order(recipe.seed, epoch);
    exported.arrays.push_back({.name = fmt::format("order.{}", epoch),
                               .shape = {order.size()},
                               .integer = true,
                               .values = std::vector<float>(order.begin(), order.end())});
  }
  write_tensors(file, exported);
}

}  // namespace dojo::network
