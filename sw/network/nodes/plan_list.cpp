// The list of operations of a step. Products of one image run beside the bias, ReLU and pooling of another, and
// gradients of parameters beside the backward pass of the layer before.

#include <bit>
#include <optional>
#include <variant>

#include "firmware/kernels/dropout_mask.h"
#include "firmware/kernels/pooling_pairs_format.h"
#include "kernels/tiles.hpp"
#include "network/nodes/plan.hpp"

namespace dojo::network {

void NodePlan::build() {
  const std::size_t count = stages_.stages.size();
  for (std::size_t s = 0; s < count;) s = forward(s);
  barrier();
  if (behind_) finish_sends();
  end_forward();
  if (!behind_) loss();
  std::size_t late = 0;
  for (std::size_t s = count; s-- > 0;) {
    backward(s);
    if (s == late_stage()) late = issued();
  }
  if (before_) send_gradient();
  end_gradients();
  if (buckets_.size() > 1) {
    wait_for(late);
    sum(0, false, true);
  }
  wait_for(issued());
  sum(buckets_.size() - 1, false);
  update();
  add(NETWORK_END);
}

void NodePlan::loss() {
  if (stages_.loss == LossKind::binary_cross_entropy) {
    add(NETWORK_BINARY_CROSS_ENTROPY).binary_cross_entropy = {.tiles = word(losses_of_node() / tile_elements),
                                                              .logits = word(activations_.back()),
                                                              .targets = word(labels_),
                                                              .losses = word(losses_),
                                                              .gradient = word(gradient_.back())};
    return;
  }
  add(NETWORK_CROSS_ENTROPY).cross_entropy = {.rows = word(sample_tiles()),
                                              .classes = word(stages_.classes),
                                              .logits = word(activations_.back()),
                                              .labels = word(labels_),
                                              .losses = word(losses_),
                                              .gradient = word(gradient_.back())};
}

std::size_t NodePlan::forward(std::size_t stage) {
  const StageTensor& in = stages_.tensors[stage];
  const StageTensor& out = stages_.tensors[stage + 1];
  if (product(stage) != nullptr && out.image) return forward_images(stage);
  for (std::size_t i = 0; stage == 0 && before_ && i < pieces(0); ++i) receive(i);
  if (stage != 0 || before_) barrier();
  if (product(stage) != nullptr) {
    const Product product = result(stage, 0, 0);
    wait_for(issue(product));
    if (is_split(stage, Split::inputs)) {
      sum_partials(send_partials(partial_result(stage, 0, product.descriptor.c_base)));
    } else {
      barrier();
    }
    const bool last = is_logits(stage + 1);
    bias(stage, last ? activations_.back() : scratch_, activations_[stage + 1], sample_tiles(), sample_tiles(), 1);
  } else if (pool(stage) != nullptr) {
    for (std::size_t i = 0; i < samples_; ++i) {
      pool_image(pool(stage)->pool.maximum ? NETWORK_MAX_POOL : NETWORK_MEAN_POOL, stage, i, false);
    }
  } else {
    add(NETWORK_FLATTEN).flatten = {.samples = word(samples_),
                                    .width = word(in.width),
                                    .height = word(in.height),
                                    .channel_tiles = word(in.tiles),
                                    .image = word(activations_[stage]),
                                    .image_bytes = word(image_bytes(stage)),
                                    .matrix = word(activations_[stage + 1])};
  }
  drop(stage + 1, activations_[stage + 1], 0, pieces(stage + 1));
  quantize_activations(stage + 1, 0, samples_);
  for (std::size_t i = 0; i < pieces(stage + 1); ++i) send(stage + 1, i);
  return stage + 1;
}

/// The order in which images go through convolutions that follow each other: the last one that can, but one whose
/// input comes from the work just before it only if there is no other.
std::vector<NodePlan::ImageWork> NodePlan::order_of(const std::vector<std::size_t>& convolutions) const {
  std::vector<std::vector<std::size_t>> places(convolutions.size());  // in the order, of each image
  std::vector<ImageWork> order;
  while (order.size() < convolutions.size() * samples_) {
    std::optional<std::size_t> chosen;
    bool waits = true;
    for (std::size_t c = convolutions.size(); c-- > 0 && waits;) {
      const std::size_t sample = places[c].size();
      if (sample == samples_ || (c > 0 && places[c - 1].size() <= sample)) continue;
      const bool behind = c > 0 && places[c - 1][sample] + 1 == order.size();
      if (behind && chosen) continue;
      chosen = c;
      waits = behind;
    }
    const std::size_t sample = places[*chosen].size();
    places[*chosen].push_back(order.size());
    order.push_back({.stage = convolutions[*chosen], .sample = sample, .waits = waits});
  }
  return order;
}

std::size_t NodePlan::forward_images(std::size_t first) {
  std::vector<std::size_t> convolutions;
  std::size_t end = first;
  for (; end < stages_.stages.size() && stages_.tensors[end + 1].image; ++end) {
    if (product(end) == nullptr && product(end - 1) == nullptr) break;
    if (product(end) != nullptr) convolutions.push_back(end);
  }
  const std::vector<ImageWork> order = order_of(convolutions);
  const std::size_t slots = result_slots();
  if (first != 0) barrier();
  const auto start = [&](std::size_t i) {
    if (order[i].stage == 0) receive(order[i].sample);
    return issue(result(order[i].stage, order[i].sample, i % slots));
  };
  std::size_t issued = start(0);
  for (std::size_t i = 0; i < order.size(); ++i) {
    wait_for(issued);
    // All harts have also finished with the image before this one, whose place the next result takes.
    barrier();
    const auto [stage, sample, waits] = order[i];
    const std::uint64_t place = scratch_ + i % slots * scratch_bytes_;
    std::optional<std::size_t> partial;
    if (is_split(stage, Split::inputs)) partial = send_partials(partial_result(stage, sample, place));
    const bool more = i + 1 < order.size();
    if (more && !order[i + 1].waits) issued = start(i + 1);
    if (partial) sum_partials(*partial);
    finish_image(order[i].stage, order[i].sample, i % slots);
    const std::size_t made = order[i].stage + (pool(order[i].stage + 1) != nullptr ? 2 : 1);
    drop(made, activations_[made], order[i].sample, 1);
    quantize_activations(made, order[i].sample, 1);
    send(made, order[i].sample);
    // The matrix unit has most to do in the last ones.
    if (first == 0 && order[i].stage == convolutions.back() && order[i].sample == 0) turn_weights();
    if (more && order[i + 1].waits) {
      barrier();
      issued = start(i + 1);
    }
  }
  return end;
}

/// Bias, ReLU and pooling of one image.
void NodePlan::finish_image(std::size_t stage, std::size_t sample, std::size_t slot) {
  const std::uint64_t result = scratch_ + slot * scratch_bytes_;
  if (pairs_follow(stage)) {
    pairs(NETWORK_PAIRS, stage, sample, result);
    return;
  }
  const StageTensor& out = stages_.tensors[stage + 1];
  const PoolStage* const pooled = pool(stage + 1);
  const std::uint64_t image = transient_[stage + 1] ? sample % 2 : sample;
  // A hart pools the rows whose bias it has added.
  const std::size_t units = pooled != nullptr ? stages_.tensors[stage + 2].height : out.height;
  const std::size_t rows = pooled != nullptr ? pooled->pool.stride[0] : 1;
  const std::size_t row = row_tiles(stage + 1) * out.frames;
  const std::size_t bytes = image_bytes(stage + 1) * (is_logits(stage + 1) ? 2 : 1);  // logits: FP32
  bias(stage, result, activations_[stage + 1] + image * bytes, out.height * row, units, rows * row);
  if (pooled != nullptr) {
    pool_image(pooled->pool.maximum ? NETWORK_MAX_POOL : NETWORK_MEAN_POOL, stage + 1, sample, false);
  }
}

void NodePlan::turn_weights() {
  for (std::size_t s = 0; s < stages_.stages.size(); ++s) {
    const Weights& weights = parameters_[s];
    if (weights.turned == 0) continue;
    const std::size_t channels = stages_.tensors[s].tiles;
    add(NETWORK_TURN_WEIGHTS).turn = {.places = word(weights.rows / channels),
                                      .channel_tiles = word(channels),
                                      .output_tiles = word(weights.columns),
                                      .tile_bytes = word(operands_[weights_operand(s)].tile_bytes()),
                                      .weights = word(operands_[weights_operand(s)].address),
                                      .turned = word(weights.turned)};
  }
}

void NodePlan::bias(std::size_t stage, std::uint64_t from, std::uint64_t to, std::size_t rows, std::size_t units,
                    std::size_t unit) {
  const network_bias_form form = is_logits(stage + 1)   ? NETWORK_BIAS_FP32
                                 : product(stage)->relu ? NETWORK_BIAS_RELU_BF16
                                                        : NETWORK_BIAS_BF16;
  add(NETWORK_BIAS).bias = {.form = static_cast<std::uint32_t>(form),
                            .rows = word(rows),
                            .columns = word(parameters_[stage].columns),
                            .units = word(units),
                            .unit = word(unit),
                            .x = word(from),
                            .bias = word(biases_ + parameters_[stage].bias * tile_bytes_fp32),
                            .d = word(to)};
}

void NodePlan::pool_image(network_kind kind, std::size_t stage, std::size_t sample, bool masked) {
  const StageTensor& in = stages_.tensors[stage];
  const Pool& settings = pool(stage)->pool;
  const bool back = kind == NETWORK_MAX_POOL_BACK || kind == NETWORK_MEAN_POOL_BACK;
  const std::uint64_t inner = sample * image_bytes(stage);
  const std::uint64_t outer = sample * image_bytes(stage + 1);
  const std::uint64_t image = transient_[stage] ? sample % 2 * image_bytes(stage) : inner;
  add(kind).pool = {
      .width = word(in.width),
      .height = word(in.height),
      .channel_tiles = word(in.tiles),
      .window = word(settings.kernel[0]),
      .stride = word(settings.stride[0]),
      .inner = word(back ? gradient_[stage] + inner : activations_[stage] + image),
      .outer = word((back ? gradient_[stage + 1] : activations_[stage + 1]) + outer),
      .places = settings.maximum ? word(maxima_[stage] + outer) : 0,
      .output = masked ? word(activations_[stage + 1] + outer) : 0,
  };
}

void NodePlan::pairs(network_kind kind, std::size_t stage, std::size_t sample, std::uint64_t inner) {
  const StageTensor& in = stages_.tensors[stage + 1];
  const StageTensor& out = stages_.tensors[stage + 2];
  const std::uint64_t outer = sample * image_bytes(stage + 2);
  const std::size_t winners = out.height * row_tiles(stage + 1) * in.tiles * POOLING_PAIRS_WINNERS_BYTES;
  const bool back = kind == NETWORK_PAIRS_BACK;
  add(kind).pairs = {
      .width = word(in.width),
      .rows = word(out.height),
      .channel_tiles = word(in.tiles),
      .inner = word(inner),
      .bias = word(biases_ + parameters_[stage].bias * tile_bytes_fp32),
      .outer = word((back ? gradient_[stage + 2] : activations_[stage + 2]) + outer),
      .winners = word(maxima_[stage + 1] + sample * winners),
      .output = word(activations_[stage + 2] + outer),
  };
}

void NodePlan::backward(std::size_t stage) {
  const StageTensor& in = stages_.tensors[stage];
  const bool made = comes(stage + 1);  // image by image; else by the harts
  if (product(stage) != nullptr) {
    backward_product(stage);
  } else if (const PoolStage* const pooled = pool(stage); pooled != nullptr) {
    const ProductStage* const before = product(stage - 1);
    const bool masked = pooled->pool.maximum && before != nullptr && before->relu;
    if (!made) {
      barrier();
      drop_gradient(stage + 1, 0, samples_);
    }
    for (std::size_t i = 0; i < samples_; ++i) {
      if (made) {
        await_gradient(stage + 1, i);
        barrier();
        drop_gradient(stage + 1, i, 1);
      }
      if (pairs_follow(stage - 1)) {
        pairs(NETWORK_PAIRS_BACK, stage - 1, i, gradient_[stage] + i * image_bytes(stage));
        continue;
      }
      pool_image(pooled->pool.maximum ? NETWORK_MAX_POOL_BACK : NETWORK_MEAN_POOL_BACK, stage, i, masked);
    }
  } else {
    if (made) await_gradient(stage + 1, 0);
    barrier();
    drop_gradient(stage + 1, 0, 1);
    add(NETWORK_UNFLATTEN).flatten = {.samples = word(samples_),
                                      .width = word(in.width),
                                      .height = word(in.height),
                                      .channel_tiles = word(in.tiles),
                                      .image = word(gradient_[stage]),
                                      .image_bytes = word(image_bytes(stage)),
                                      .matrix = word(gradient_[stage + 1])};
  }
}

void NodePlan::drop(std::size_t tensor, std::uint64_t values, std::size_t first, std::size_t count) {
  const StageTensor& t = stages_.tensors[tensor];
  if (t.dropout == 0) return;
  const std::size_t tiles = tensor_bytes(tensor) / pieces(tensor) / tile_bytes_bf16;
  // Groups drop alike what they have alike.
  const std::size_t group = t.channels == chain_.tensors[tensor].channels ? 0 : stages_.group;
  barrier();
  add(NETWORK_DROPOUT).dropout = {.tiles = word(count * tiles),
                                  .x = word(values + first * tiles * tile_bytes_bf16),
                                  .layer = word(group << 16U | tensor),
                                  .first = word(first * tiles * tile_elements),
                                  .node_values = word(pieces(tensor) * tiles * tile_elements),
                                  .threshold = dropout_threshold(1 - t.dropout),
                                  .scale = std::bit_cast<std::uint32_t>(1 / (1 - t.dropout))};
}

void NodePlan::drop_gradient(std::size_t tensor, std::size_t first, std::size_t count) {
  if (stages_.tensors[tensor].dropout == 0) return;
  drop(tensor, gradient_[tensor], first, count);
  barrier();
}

void NodePlan::mask(std::size_t stage) {
  const StageTensor& out = stages_.tensors[stage + 1];
  const bool relu = product(stage)->relu && !maximum_follows(stage);
  // Convolutions leave something behind the width.
  const bool behind = out.image && comes(stage + 1) && out.width % tile_edge != 0;
  if (!relu && !behind) return;
  add(NETWORK_MASK).mask = {.gradient = word(gradient_[stage + 1]),
                            .output = relu ? word(activations_[stage + 1]) : 0,
                            .width = word(out.image ? out.width : tile_edge),
                            .rows = word(out.image ? samples_ * out.pitch : sample_tiles()),
                            .columns = word(out.tiles)};
  barrier();
}

void NodePlan::spread(std::size_t stage) {
  if (spread_[stage] == 0) return;
  const StageTensor& out = stages_.tensors[stage + 1];
  for (std::size_t i = 0; i < samples_; ++i) {
    add(NETWORK_SPREAD).spread = {.width = word(out.width),
                                  .height = word(out.height),
                                  .channel_tiles = word(out.tiles),
                                  .stride = word(product(stage)->convolution.stride[1]),
                                  .gradient = word(gradient_[stage + 1] + i * image_bytes(stage + 1)),
                                  .spread = word(spread_[stage] + i * network::image_bytes(spread_gradient(stage)))};
  }
  barrier();
}

void NodePlan::backward_product(std::size_t stage) {
  const std::size_t images = pieces(stage + 1);
  for (std::size_t i = 0; i < images; ++i) await_gradient(stage + 1, i);
  barrier();
  drop_gradient(stage + 1, 0, images);
  mask(stage);
  spread(stage);
  quantize_gradient(stage);
  for (std::size_t i = 0; gives_gradient(stage) && i < images; ++i) {
    const std::size_t issued = issue(input_gradient(stage, i));
    if (i == 0) gradient_issued_[stage] = issued;
  }
  issue(weight_gradient(stage));
  issue(bias_gradient(stage));
}

}  // namespace dojo::network
