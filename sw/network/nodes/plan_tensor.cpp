// Tensor parallel: groups of nodes that share the channels of layers. Each computes some outputs of a layer, and of the
// next layer what they contribute to all of its results; backward likewise. Node i of a group works with node i of the
// others, on the same samples.

#include "kernels/tiles.hpp"
#include "network/nodes/plan.hpp"

namespace dojo::network {

bool NodePlan::is_split(std::size_t stage, Split split) const {
  return product(stage) != nullptr && product(stage)->split == split;
}

std::vector<TileRange> NodePlan::repeated() const {
  std::vector<TileRange> result;
  for (std::size_t s = 0; s < stages_.stages.size() && stages_.groups > 1; ++s) {
    if (product(s) == nullptr || is_split(s, Split::outputs)) continue;
    const Weights& own = parameters_[s];
    if (is_split(s, Split::none)) result.push_back({own.first, own.first + own.rows * own.columns});
    result.push_back({weight_tiles_ + own.bias, weight_tiles_ + own.bias + own.columns});
  }
  return result;
}

NodePlan::Exchange NodePlan::partial_result(std::size_t stage, std::size_t piece, std::uint64_t own) const {
  const StageTensor& out = stages_.tensors[stage + 1];
  Exchange exchange{.tiles = (out.image ? out.height * row_tiles(stage + 1) : sample_tiles()) * out.tiles, .own = own};
  exchange.receive = partials_[stage] + piece * (stages_.groups - 1) * exchange.bytes();
  return exchange;
}

NodePlan::Exchange NodePlan::partial_gradient(std::size_t stage, std::size_t piece) const {
  const std::size_t bytes = tensor_bytes(stage) / pieces(stage);
  return {.tiles = bytes / tile_bytes_bf16,
          .bf16 = true,
          .own = gradient_[stage] + piece * bytes,
          .receive = partials_[stage] + piece * (stages_.groups - 1) * bytes};
}

void NodePlan::lay_out_partials() {
  partials_.resize(stages_.stages.size());
  for (std::size_t s = 0; s < stages_.stages.size(); ++s) {
    const std::size_t others = stages_.groups - 1;
    if (is_split(s, Split::inputs)) {
      const std::size_t bytes = others * pieces(s + 1) * partial_result(s, 0, 0).bytes();
      partials_[s] = take("partial results of other groups, FP32", stages_.stages[s].name, bytes);
    } else if (is_split(s, Split::outputs) && gives_gradient(s)) {
      partials_[s] = take("partial gradients of other groups", stages_.stages[s].name, others * tensor_bytes(s));
    }
  }
}

}  // namespace dojo::network
