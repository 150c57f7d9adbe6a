#include "train/mlp_layout.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "common/error.hpp"
#include "dojo_hw.hpp"
#include "kernels/tiles.hpp"

namespace dojo::train {
namespace {

constexpr std::size_t chunk_rows =
    7;  // of the gradient of 784 x 128 weights: 28 KiB that are computed and sent together
constexpr std::size_t own_slots = 2;  // one chunk is computed while another is summed
constexpr std::size_t out_slots = 3;  // one computed, one waiting, one sent

/// Members that hold addresses.
constexpr std::array addresses = {&mlp_arguments::samples_source,
                                  &mlp_arguments::inputs,
                                  &mlp_arguments::labels,
                                  &mlp_arguments::losses,
                                  &mlp_arguments::ones,
                                  &mlp_arguments::weights_1,
                                  &mlp_arguments::weights_2,
                                  &mlp_arguments::hidden_fp32,
                                  &mlp_arguments::hidden,
                                  &mlp_arguments::hidden_gradient_fp32,
                                  &mlp_arguments::hidden_gradient,
                                  &mlp_arguments::logits,
                                  &mlp_arguments::logit_gradient,
                                  &mlp_arguments::tail_parameters,
                                  &mlp_arguments::tail_velocity,
                                  &mlp_arguments::tail_gradient,
                                  &mlp_arguments::tail_receive,
                                  &mlp_arguments::share_parameters,
                                  &mlp_arguments::share_velocity,
                                  &mlp_arguments::share_receive,
                                  &mlp_arguments::tail_exchange,
                                  &mlp_arguments::share_exchange,
                                  &mlp_arguments::own_staging,
                                  &mlp_arguments::out_staging,
                                  &mlp_arguments::arena};

}  // namespace

MlpLayout::MlpLayout(const MlpRecipe& recipe, unsigned nodes, unsigned dies) : nodes_(nodes), dies_(dies) {
  const std::size_t all_nodes = std::size_t{nodes} * dies;
  mlp_arguments& a = offsets_;
  a.setup = 1;
  a.dies = dies;
  a.sample_tiles = tiles_for((recipe.batch + all_nodes - 1) / all_nodes);
  a.input_tiles = tiles_for(recipe.inputs);
  a.hidden_tiles = tiles_for(recipe.hidden);
  const std::size_t hidden_values = a.sample_tiles * a.hidden_tiles;
  const std::size_t logit_values = a.sample_tiles * MLP_CLASS_TILES;
  a.inputs = take(a.sample_tiles * a.input_tiles * tile_bytes_bf16);
  a.labels = take(a.sample_tiles * tile_edge);
  a.losses = take(a.sample_tiles * tile_edge * sizeof(float));
  a.ones = take(tile_bytes_bf16);
  a.weights_1 = take(a.input_tiles * a.hidden_tiles * tile_bytes_bf16);
  a.weights_2 = take(a.hidden_tiles * MLP_CLASS_TILES * tile_bytes_bf16);
  a.hidden = take(hidden_values * tile_bytes_bf16);
  a.logits = take(logit_values * tile_bytes_fp32);
  a.tail_parameters = take(tail_bytes());
}

std::uint64_t MlpLayout::take(std::size_t bytes) {
  const std::uint64_t offset = bytes_;
  bytes_ += (bytes + hw::line_bytes - 1) / hw::line_bytes * hw::line_bytes;
  return offset;
}

MlpLayout MlpLayout::training(const MlpRecipe& recipe, unsigned nodes, unsigned dies) {
  MlpLayout layout(recipe, nodes, dies);
  mlp_arguments& a = layout.offsets_;
  a.samples_source = layout.take(sizeof(std::uint64_t));
  const unsigned most_rounds = dies > 1 ? MLP_ROUNDS_MAX_OF_DIES : MLP_ROUNDS_MAX;
  if (mlp_rounds(static_cast<std::uint32_t>(a.input_tiles), nodes, chunk_rows) > most_rounds) {
    throw InputError(fmt::format("{} inputs on {} node{} of each of {} dies: each node can own at most {}",
                                 recipe.inputs, nodes, nodes == 1 ? "" : "s", dies,
                                 most_rounds * chunk_rows * tile_edge));
  }
  const std::size_t hidden_values = a.sample_tiles * a.hidden_tiles;
  const std::size_t peers = nodes - 1;
  const std::size_t row_bytes = a.hidden_tiles * tile_bytes_fp32;
  const std::size_t share_bytes = (a.input_tiles + nodes - 1) / nodes * row_bytes;
  a.chunk_rows = chunk_rows;
  a.own_slots = own_slots;
  a.out_slots = out_slots;
  a.hidden_gradient = layout.take(hidden_values * tile_bytes_bf16);
  a.logit_gradient = layout.take(a.sample_tiles * MLP_CLASS_TILES * tile_bytes_bf16);
  a.tail_velocity = layout.take(layout.tail_bytes());
  a.tail_gradient = layout.take(layout.tail_bytes());
  a.tail_receive = layout.take(peers * layout.tail_bytes());
  a.share_parameters = layout.take(share_bytes);
  a.share_velocity = layout.take(share_bytes);
  a.share_receive = layout.take(peers * share_bytes);
  a.tail_exchange = layout.take((dies - 1) * layout.tail_bytes());
  a.share_exchange = layout.take((dies - 1) * share_bytes);
  a.arena = layout.take(mlp_arena_bytes(static_cast<std::uint32_t>(a.input_tiles), nodes, dies, chunk_rows));

  // The FP32 activations and their gradient are dead when the gradient's staging comes into use: both take the same
  // memory.
  const std::size_t own_bytes = own_slots * chunk_rows * row_bytes;
  const std::size_t out_bytes = peers == 0 ? 0 : out_slots * chunk_rows * row_bytes;
  const std::size_t activation_bytes = hidden_values * tile_bytes_fp32;
  const std::uint64_t shared = layout.take(std::max(own_bytes + out_bytes, 2 * activation_bytes));
  a.hidden_fp32 = shared;
  a.hidden_gradient_fp32 = shared + activation_bytes;
  a.own_staging = shared;
  a.out_staging = shared + own_bytes;
  return layout;
}

MlpLayout MlpLayout::inference(const MlpRecipe& recipe, std::size_t batch) {
  MlpRecipe whole = recipe;
  whole.batch = batch;
  MlpLayout layout(whole, 1, 1);
  mlp_arguments& a = layout.offsets_;
  a.hidden_fp32 = layout.take(a.sample_tiles * a.hidden_tiles * tile_bytes_fp32);
  return layout;
}

mlp_arguments MlpLayout::arguments(std::uint64_t base) const {
  mlp_arguments result = offsets_;
  for (const auto member : addresses) result.*member += base;
  return result;
}

std::size_t MlpLayout::sample_bytes() const {
  return offsets_.losses - offsets_.inputs;
}

std::size_t MlpLayout::tail_bytes() const {
  return MLP_TAIL_TILES(offsets_.hidden_tiles) * tile_bytes_fp32;
}

Range MlpLayout::share(unsigned node) const {
  const std::size_t rows = input_tiles();
  return {rows * node / nodes_, rows * (node + 1) / nodes_};
}

Range MlpLayout::samples(unsigned die, unsigned node, std::size_t count) const {
  const std::size_t all_nodes = std::size_t{nodes_} * dies_;
  const std::size_t index = std::size_t{die} * nodes_ + node;
  return {count * index / all_nodes, count * (index + 1) / all_nodes};
}

}  // namespace dojo::train
