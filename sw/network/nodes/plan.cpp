#include "network/nodes/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <variant>

#include "firmware/kernels/pooling_pairs_format.h"
#include "kernels/tiles.hpp"

namespace dojo::network {

NodePlan::NodePlan(const Recipe& recipe, const Rectangle& nodes, std::uint64_t base, std::size_t available)
    : nodes_(nodes),
      base_(base),
      available_(available),
      next_(base),
      samples_((recipe.batch + nodes.nodes() - 1) / nodes.nodes()),
      stages_(make_stages(recipe)),
      formats_(recipe.formats) {
  name_operands();
  map_parameters(recipe.graph);
  lay_out_parameters();
  lay_out_activations();
  lay_out_operands();
  build();
  operations_address_ = take("operations", "", operations_.size() * sizeof(network_operation));
  const std::size_t transfers = 3 * (std::size_t{nodes_.nodes()} - 1);
  descriptors_address_ = take("descriptors", "", (products_.size() + transfers) * hw::line_bytes);
}

std::uint64_t NodePlan::take(const std::string& purpose, const std::string& name, std::size_t bytes) {
  const std::size_t whole = (bytes + hw::line_bytes - 1) / hw::line_bytes * hw::line_bytes;
  if (whole != 0) regions_.push_back({.purpose = purpose, .name = name, .bytes = whole, .address = next_});
  const std::uint64_t address = next_;
  next_ += whole;
  return address;
}

std::string NodePlan::summary() const {
  const unsigned nodes = nodes_.nodes();
  const std::string needs = fmt::format("{} sample{} on each of {} node{}: {} bytes of its SRAM", samples_,
                                        samples_ == 1 ? "" : "s", nodes, nodes == 1 ? "" : "s", bytes());
  if (fits()) return fmt::format("{}, {} are left", needs, available_ - bytes());
  return fmt::format("{}, of which {} are free: {} are missing; take a smaller batch or more nodes", needs, available_,
                     bytes() - available_);
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

std::size_t NodePlan::sample_tiles() const {
  return tiles_for(samples_);
}

std::size_t NodePlan::row_tiles(std::size_t tensor) const {
  return tiles_for(stages_.tensors[tensor].width);
}

std::size_t NodePlan::image_bytes(std::size_t tensor) const {
  const StageTensor& t = stages_.tensors[tensor];
  return t.pitch * row_tiles(tensor) * t.tiles * tile_bytes_bf16;
}

std::size_t NodePlan::image_bytes(std::size_t tensor, const Operand& operand) const {
  return image_bytes(tensor) / tile_bytes_bf16 * operand.tile_bytes();
}

std::size_t NodePlan::tensor_bytes(std::size_t tensor) const {
  const StageTensor& t = stages_.tensors[tensor];
  return t.image ? samples_ * image_bytes(tensor) : sample_tiles() * t.tiles * tile_bytes_bf16;
}

TileRange NodePlan::share(unsigned node) const {
  return {tiles() * node / nodes_.nodes(), tiles() * (node + 1) / nodes_.nodes()};
}

void NodePlan::map_parameters(const Graph& graph) {
  parameters_.resize(stages_.stages.size());
  for (std::size_t s = 0; s < stages_.stages.size(); ++s) {
    const ProductStage* const stage = product(s);
    if (stage == nullptr) continue;
    Weights& weights = parameters_[s];
    const std::size_t side = stage->convolution.kernel[1];
    weights = {.first = weight_tiles_,
               .rows = side * side * stages_.tensors[s].tiles,
               .columns = stages_.tensors[s + 1].tiles,
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
    // A row of PyTorch's weights is channel, row, column, be it of a kernel or of an image that became a row.
    const bool flattened = s > 0 && std::holds_alternative<FlattenStage>(stages_.stages[s - 1].work);
    const StageTensor& image = stages_.tensors[flattened ? s - 1 : s];
    const std::size_t side = stage->convolution.kernel[1];
    const std::size_t pixels = flattened ? image.width * image.height : side * side;
    const std::size_t inputs = image.channels * pixels;
    for (std::size_t o = 0; o < outputs; ++o) {
      for (std::size_t i = 0; i < inputs; ++i) {
        const std::size_t channel = i / pixels;
        const std::size_t row = i % pixels * image.tiles + channel / tile_edge;
        const std::size_t tile = weights.first + row * weights.columns + o / tile_edge;
        places_[stage->parameter].push_back(
            static_cast<std::uint32_t>(tile * tile_elements + channel % tile_edge * tile_edge + o % tile_edge));
      }
      const std::size_t tile = weight_tiles_ + weights.bias + o / tile_edge;
      places_[stage->parameter + 1].push_back(static_cast<std::uint32_t>(tile * tile_elements + o % tile_edge));
    }
  }
}

void NodePlan::lay_out_parameters() {
  const unsigned nodes = nodes_.nodes();
  const std::size_t largest_share = (tiles() + nodes - 1) / nodes;
  slot_bytes_ = largest_share * tile_bytes_fp32;
  const bool small = formats_.weights != NumberFormat::bf16;
  const std::size_t weight_bytes = small ? tile_elements : tile_bytes_bf16;
  weights_ = take(small ? "weights, CFloat8" : "weights, BF16", "", weight_tiles_ * weight_bytes);
  if (small) controls_ = take("weights, CFloat8", "formats", weight_tiles_ * sizeof(std::uint32_t));
  biases_ = take("biases, FP32", "", bias_tiles_ * tile_bytes_fp32);
  for (std::size_t s = 1; s < stages_.stages.size(); ++s) {
    if (product(s) == nullptr || !stages_.tensors[s].image) continue;
    parameters_[s].turned =
        take("turned weights", stages_.stages[s].name, parameters_[s].rows * parameters_[s].columns * weight_bytes);
  }
  gradients_ = take("gradients of parameters, FP32", "", tiles() * tile_bytes_fp32);
  receive_ = take("gradients from peers", "", (nodes - 1) * slot_bytes_);
  masters_ = take("owned parameters, FP32", "", slot_bytes_);
  velocity_ = take("their velocity", "", slot_bytes_);
}

void NodePlan::lay_out_activations() {
  const std::size_t count = stages_.tensors.size();
  labels_ = take("labels, losses, ones", "", sample_tiles() * tile_edge * sizeof(std::uint32_t));
  losses_ = take("labels, losses, ones", "", sample_tiles() * tile_edge * sizeof(float));
  ones_ = take("labels, losses, ones", "", tile_bytes_bf16);
  maxima_.resize(count);
  gradient_.resize(count);
  gradient_issued_.resize(count);
  for (std::size_t t = 0; t < count; ++t) {
    const StageTensor& tensor = stages_.tensors[t];
    transient_.push_back(t > 0 && product(t - 1) != nullptr && maximum_follows(t - 1));
    const bool unwritten = t > 0 && pairs_follow(t - 1);
    const std::size_t bytes = unwritten        ? 0
                              : transient_[t]  ? std::min<std::size_t>(samples_, 2) * image_bytes(t)
                              : t + 1 == count ? 2 * tensor_bytes(t)
                                               : tensor_bytes(t);
    activations_.push_back(take(t + 1 == count ? "logits, FP32" : "activations", tensor.name, bytes));
    if (t > 0) gradient_[t] = take("gradients of activations", tensor.name, tensor_bytes(t));
    if (t > 0 && pool(t - 1) != nullptr && pool(t - 1)->pool.maximum) {
      const std::size_t winners =
          samples_ * tensor.height * row_tiles(t - 1) * tensor.tiles * std::size_t{POOLING_PAIRS_WINNERS_BYTES};
      maxima_[t - 1] = take("places of maxima", tensor.name, pairs_follow(t - 2) ? winners : tensor_bytes(t));
    }
    if (t == 0 || product(t - 1) == nullptr) continue;
    const std::size_t tiles = (tensor.image ? tensor.height * row_tiles(t) : sample_tiles()) * tensor.tiles;
    scratch_bytes_ = std::max(scratch_bytes_, tiles * tile_bytes_fp32);
  }
  scratch_ = take("two results of products, FP32", "", 2 * scratch_bytes_);
}

std::vector<network_operation> NodePlan::list(unsigned node, Extent extent, const OperandBiases& biases) const {
  const TileRange own = share(node);
  const unsigned nodes = nodes_.nodes();
  std::vector<network_operation> result = operations_;
  if (extent != Extent::update) {
    result.resize(extent == Extent::forward ? forward_end_ : gradients_end_);
    result.push_back({.kind = NETWORK_END, .place = {}});
  }
  for (network_operation& operation : result) {
    if (operation.kind == NETWORK_PRODUCT) {
      operation.place.address += static_cast<std::uint32_t>(descriptors_address_);
    } else if (operation.kind == NETWORK_QUANTIZE) {
      const std::size_t operand = operation.quantize.control;
      operation.quantize.control = control(operand, biases.read[operand]);
    } else if (operation.kind == NETWORK_UPDATE) {
      operation.update.first = static_cast<std::uint32_t>(own.begin);
      operation.update.tiles = static_cast<std::uint32_t>(own.size());
      operation.update.gradient = static_cast<std::uint32_t>(gradients_ + own.begin * tile_bytes_fp32);
    }
  }
  if (nodes == 1) return result;

  // What travels: see exchange().
  const auto parts = [this](unsigned n) {
    const TileRange range = share(n);
    return static_cast<std::uint32_t>((range.begin < std::min(range.end, weight_tiles_) ? 1 : 0) +
                                      (std::max(range.begin, weight_tiles_) < range.end ? 1 : 0));
  };
  std::uint32_t pushes = 0;
  std::uint32_t arrivals = 0;
  for (unsigned n = 0; n < nodes; ++n) {
    if (n == node) continue;
    pushes += share(n).size() == 0 ? 0 : 1;
    arrivals += parts(n);
  }
  const std::uint32_t transfers = word(transfers_address());
  std::uint32_t lists = 0;
  for (network_operation& operation : result) {
    if (operation.kind == NETWORK_TRANSFERS) {
      // The second list is the own share's, which may be empty.
      if (++lists == 1) operation.place.address = transfers;
      if (lists == 2) operation.place.address = transfers + pushes * static_cast<std::uint32_t>(hw::line_bytes);
      if (lists == 2 && own.size() == 0) operation = {.kind = NETWORK_WAIT, .wait = {NETWORK_SEMAPHORE_SENT, 0}};
    } else if (operation.kind == NETWORK_WAIT) {
      if (operation.wait.semaphore == NETWORK_SEMAPHORE_GRADIENTS)
        operation.wait.amount = own.size() == 0 ? 0 : nodes - 1;
      if (operation.wait.semaphore == NETWORK_SEMAPHORE_SENT)
        operation.wait.amount = pushes + parts(node) * (nodes - 1);
      if (operation.wait.semaphore == NETWORK_SEMAPHORE_WEIGHTS) operation.wait.amount = arrivals;
    }
  }
  return result;
}

std::vector<hw::TransferDescriptor> NodePlan::transfers(unsigned node) const {
  const unsigned nodes = nodes_.nodes();
  std::vector<hw::TransferDescriptor> result;
  const auto push = [&](unsigned peer, std::uint64_t from, std::uint64_t to, std::size_t bytes, std::uint32_t counts) {
    const Coordinates place = nodes_.node(peer);
    const std::uint64_t remote = hw::global_address(place.x, place.y, to);
    hw::TransferDescriptor descriptor{};
    descriptor.op = DOJO_DESCRIPTOR_OP_TRANSFER_PUSH;
    descriptor.sem_en = 1;
    descriptor.sem = NETWORK_SEMAPHORE_SENT;
    descriptor.remote_sem_en = 1;
    descriptor.remote_sem = counts & (hw::semaphores - 1);
    descriptor.lines = static_cast<std::uint32_t>(bytes / hw::line_bytes);
    descriptor.local_address = static_cast<std::uint32_t>(from);
    descriptor.remote_address_low = static_cast<std::uint32_t>(remote);
    descriptor.remote_address_high = static_cast<std::uint32_t>(remote >> 32U);
    result.push_back(descriptor);
  };
  const auto chain = [&](std::size_t first) {
    for (std::size_t i = first; i + 1 < result.size(); ++i) {
      result[i].next_en = 1;
      result[i].next = word(transfers_address() + (i + 1) * hw::line_bytes);
    }
  };
  for (unsigned distance = 1; distance < nodes; ++distance) {
    const unsigned owner = (node + distance) % nodes;
    const TileRange range = share(owner);
    if (range.size() == 0) continue;
    const unsigned slot = node < owner ? node : node - 1;
    push(owner, gradients_ + range.begin * tile_bytes_fp32, receive_ + slot * slot_bytes_,
         range.size() * tile_bytes_fp32, NETWORK_SEMAPHORE_GRADIENTS);
  }
  chain(0);
  const std::size_t published = result.size();
  const std::size_t weight_bytes = small_weights() ? tile_elements : tile_bytes_bf16;
  const TileRange own = share(node);
  for (unsigned distance = 1; distance < nodes; ++distance) {
    const unsigned peer = (node + distance) % nodes;
    if (const std::size_t end = std::min(own.end, weight_tiles_); own.begin < end) {
      const std::uint64_t address = weights_ + own.begin * weight_bytes;
      push(peer, address, address, (end - own.begin) * weight_bytes, NETWORK_SEMAPHORE_WEIGHTS);
    }
    if (const std::size_t begin = std::max(own.begin, weight_tiles_); begin < own.end) {
      const std::uint64_t address = biases_ + (begin - weight_tiles_) * tile_bytes_fp32;
      push(peer, address, address, (own.end - begin) * tile_bytes_fp32, NETWORK_SEMAPHORE_WEIGHTS);
    }
  }
  chain(published);
  return result;
}

}  // namespace dojo::network
