#include "network/nodes/plan.hpp"

#include <algorithm>
#include <variant>

#include "firmware/kernels/pooling_pairs_format.h"
#include "kernels/tiles.hpp"
#include "network/nodes/batch_packer.hpp"

namespace dojo::network {

std::size_t image_bytes(const StageTensor& tensor) {
  return tensor.pitch * tiles_for(tensor.width) * tensor.tiles * tile_bytes_bf16;
}

NodePlan::NodePlan(const Recipe& recipe, const std::vector<Rectangle>& groups, std::uint64_t base,
                   std::size_t available, std::size_t part)
    : StepPlan(recipe, groups, part, base, available), chain_(make_stages(recipe)) {
  const PlacementSettings& placement = recipe.placement;
  if (placement.groups > 1) {
    stages_ = tensor_part(chain_, placement.tensor, placement.groups, part);
  } else {
    stages_ = pipeline_part(chain_, placement.pipeline, part);
    if (part > 0) before_ = {.nodes = groups[part - 1], .address = 0};
    if (part + 1 < groups.size()) behind_ = {.nodes = groups[part + 1], .address = 0};
  }
  name_operands();
  map_parameters(recipe.graph);
  std::size_t late = 0;  // tiles
  for (std::size_t s = late_stage(); s < stages_.stages.size(); ++s)
    late += parameters_[s].rows * parameters_[s].columns;
  if (late != 0) buckets_.push_back({.tiles = {0, late}});
  buckets_.push_back({.tiles = {late, tiles()}});
  lay_out_parameters();
  lay_out_weights();
  lay_out_weight_operands();
  lay_out_activations();
  lay_out_partials();
  lay_out_operands();
  build();
  lay_out_lists();
}

const ProductStage* NodePlan::product(std::size_t stage) const {
  return stage < stages_.stages.size() ? std::get_if<ProductStage>(&stages_.stages[stage].work) : nullptr;
}

const PoolStage* NodePlan::pool(std::size_t stage) const {
  return stage < stages_.stages.size() ? std::get_if<PoolStage>(&stages_.stages[stage].work) : nullptr;
}

bool NodePlan::maximum_follows(std::size_t stage) const {
  const PoolStage* const next = pool(stage + 1);
  return next != nullptr && next->pool.maximum;
}

bool NodePlan::pairs_follow(std::size_t stage) const {
  const ProductStage* const own = product(stage);
  return own != nullptr && own->relu && maximum_follows(stage) && pool(stage + 1)->pool.kernel[0] == 2 &&
         pool(stage + 1)->pool.stride[0] == 2;
}

std::size_t NodePlan::late_stage() const {
  constexpr std::size_t early = 2;
  std::size_t products = 0;
  for (std::size_t s = 0; s < stages_.stages.size(); ++s) {
    if (product(s) == nullptr) continue;
    if (products == early) return s;
    ++products;
  }
  return stages_.stages.size();
}

std::size_t NodePlan::sample_tiles() const {
  return tiles_for(samples_);
}

std::size_t NodePlan::row_tiles(std::size_t tensor) const {
  return tiles_for(stages_.tensors[tensor].width);
}

std::size_t NodePlan::image_bytes(std::size_t tensor) const {
  return network::image_bytes(stages_.tensors[tensor]);
}

std::size_t NodePlan::image_bytes(std::size_t tensor, const Operand& operand) const {
  return image_bytes(tensor) / tile_bytes_bf16 * operand.tile_bytes();
}

StageTensor NodePlan::spread_gradient(std::size_t stage) const {
  const std::size_t stride = product(stage)->convolution.stride[1];
  StageTensor result = stages_.tensors[stage + 1];
  result.width = (result.width - 1) * stride + 1;
  result.height = (result.height - 1) * stride + 1;
  if (stride != 1) result.pitch = result.height;
  return result;
}

InputPacker NodePlan::packer(std::size_t target) const {
  return BatchPacker(*this, nodes_.nodes(), target);
}

std::size_t NodePlan::losses_of_node() const {
  return behind_ ? 0 : targets_of_node();
}

std::size_t NodePlan::targets_of_node() const {
  if (chain_.loss == LossKind::cross_entropy) return sample_tiles() * tile_edge;
  return samples_ * network::image_bytes(chain_.tensors.back()) / sizeof(std::uint16_t);
}

std::optional<LogitsPlace> NodePlan::logits() const {
  const StageTensor& out = stages_.tensors.back();
  const std::size_t sample_numbers = network::image_bytes(out) / sizeof(std::uint16_t);  // of an image
  LogitsPlace result{.address = activations_.back(),
                     .numbers = out.image ? samples_ * sample_numbers : sample_tiles() * out.tiles * tile_elements,
                     .predictions = out.channels * out.width * out.height,
                     .places = {}};
  for (std::size_t sample = 0; sample < samples_; ++sample) {
    for (std::size_t i = 0; i < result.predictions; ++i) {
      const std::size_t column = i % out.width;
      const std::size_t row = i / out.width % out.height;
      const std::size_t channel = i / out.width / out.height;
      // Eights of pixels, or of samples, follow each other.
      const std::size_t eights =
          out.image ? row * row_tiles(stages_.tensors.size() - 1) + column / tile_edge : sample / tile_edge;
      const std::size_t number = (eights * out.tiles + channel / tile_edge) * tile_elements +
                                 (out.image ? column : sample) % tile_edge * tile_edge + channel % tile_edge;
      result.places.push_back(static_cast<std::uint32_t>((out.image ? sample * sample_numbers : 0) + number));
    }
  }
  return result;
}

std::size_t NodePlan::tensor_bytes(std::size_t tensor) const {
  const StageTensor& t = stages_.tensors[tensor];
  return t.image ? samples_ * image_bytes(tensor) : sample_tiles() * t.tiles * tile_bytes_bf16;
}

void NodePlan::map_parameters(const Graph& graph) {
  parameters_.resize(stages_.stages.size());
  // Last layers first: their gradients are ready first (late_stage()).
  for (std::size_t s = stages_.stages.size(); s-- > 0;) {
    const ProductStage* const stage = product(s);
    if (stage == nullptr) continue;
    Weights& weights = parameters_[s];
    const std::size_t side = stage->convolution.kernel[1];
    const StageTensor& in = stages_.tensors[s];
    weights = {.first = weight_tiles_,
               .rows = side * side * (stage->each_frame ? in.frame_tiles() : in.tiles),
               .columns = stages_.tensors[s + 1].frame_tiles(),
               .bias = bias_tiles_};
    weight_tiles_ += weights.rows * weights.columns;
    bias_tiles_ += weights.columns;
  }
  for (const GraphLayer& layer : graph.layers()) places_.resize(places_.size() + layer.parameters.size());
  for (std::size_t s = 0; s < stages_.stages.size(); ++s) {
    const ProductStage* const stage = product(s);
    if (stage == nullptr) continue;
    const Weights& weights = parameters_[s];
    const std::size_t outputs = stages_.tensors[s + 1].channels;
    const std::size_t all_outputs = outputs * (is_split(s, Split::outputs) ? stages_.groups : 1);
    const std::size_t first_output = is_split(s, Split::outputs) ? outputs * stages_.group : 0;
    // A row of PyTorch's weights is channel, frame, row, column, be it of a kernel or of an image that became a row.
    const bool flattened = s > 0 && std::holds_alternative<FlattenStage>(stages_.stages[s - 1].work);
    const StageTensor& image = stages_.tensors[flattened ? s - 1 : s];
    const std::size_t side = stage->convolution.kernel[1];
    const std::size_t pixels = flattened ? image.width * image.height : side * side;
    const std::size_t frames = stage->each_frame ? 1 : image.frames;
    const std::size_t all_channels = image.channels * (is_split(s, Split::inputs) ? stages_.groups : 1);
    const std::size_t first_channel = is_split(s, Split::inputs) ? image.channels * stages_.group : 0;
    for (std::size_t output = 0; output < all_outputs; ++output) {
      const std::size_t o = output - first_output;  // or, before the first, more than all
      for (std::size_t i = 0; i < all_channels * frames * pixels; ++i) {
        const std::size_t channel = i / pixels / frames - first_channel;
        if (o >= outputs || channel >= image.channels) {
          places_[stage->parameter].push_back(elsewhere);
          continue;
        }
        const std::size_t tiles = weights.rows / pixels;
        const std::size_t row = i % pixels * tiles + i / pixels % frames * image.frame_tiles() + channel / tile_edge;
        const std::size_t tile = weights.first + row * weights.columns + o / tile_edge;
        places_[stage->parameter].push_back(
            static_cast<std::uint32_t>(tile * tile_elements + channel % tile_edge * tile_edge + o % tile_edge));
      }
      const std::size_t tile = weight_tiles_ + weights.bias + o / tile_edge;
      places_[stage->parameter + 1].push_back(
          o < outputs ? static_cast<std::uint32_t>(tile * tile_elements + o % tile_edge) : elsewhere);
    }
  }
}

void NodePlan::lay_out_weights() {
  for (std::size_t s = 0; s < stages_.stages.size(); ++s) {
    if (product(s) == nullptr || !stages_.tensors[s].image || !gives_gradient(s)) continue;
    parameters_[s].turned =
        take("turned weights", stages_.stages[s].name,
             parameters_[s].rows * parameters_[s].columns * operands_[weights_operand(s)].tile_bytes());
  }
  gradients_ = take("gradients of parameters, FP32", "", tiles() * tile_bytes_fp32);
  for (Bucket& bucket : buckets_) bucket.gradients = gradients_ + bucket.tiles.begin * tile_bytes_fp32;
}

void NodePlan::lay_out_activations() {
  const std::size_t count = stages_.tensors.size();
  lay_out_labels();
  spread_.resize(count);
  maxima_.resize(count);
  gradient_.resize(count);
  gradient_issued_.resize(count);
  for (std::size_t t = 0; t < count; ++t) {
    const StageTensor& tensor = stages_.tensors[t];
    transient_.push_back(t > 0 && product(t - 1) != nullptr && maximum_follows(t - 1));
    const bool unwritten = t > 0 && pairs_follow(t - 1);
    const std::size_t bytes = unwritten       ? 0
                              : transient_[t] ? std::min<std::size_t>(samples_, 2) * image_bytes(t)
                              : is_logits(t)  ? 2 * tensor_bytes(t)
                                              : tensor_bytes(t);
    activations_.push_back(take(is_logits(t) ? "logits, FP32" : "activations", tensor.name, bytes));
    if (t > 0 || before_) gradient_[t] = take("gradients of activations", tensor.name, tensor_bytes(t));
    if (t > 0 && pool(t - 1) != nullptr && pool(t - 1)->pool.maximum) {
      const std::size_t winners =
          samples_ * tensor.height * row_tiles(t - 1) * tensor.tiles * std::size_t{POOLING_PAIRS_WINNERS_BYTES};
      maxima_[t - 1] = take("places of maxima", tensor.name, pairs_follow(t - 2) ? winners : tensor_bytes(t));
    }
    if (t == 0 || product(t - 1) == nullptr) continue;
    if (gives_gradient(t - 1) && product(t - 1)->convolution.stride[1] != 1) {
      spread_[t - 1] =
          take("gradient between zeros", tensor.name, samples_ * network::image_bytes(spread_gradient(t - 1)));
    }
    const std::size_t tiles = (tensor.image ? tensor.height * row_tiles(t) : sample_tiles()) * tensor.tiles;
    scratch_bytes_ = std::max(scratch_bytes_, tiles * tile_bytes_fp32);
  }
  data_ = activations_.front();
  scratch_ = take("results of products, FP32", "", result_slots() * scratch_bytes_);
}

}  // namespace dojo::network
