#include "network/nodes/node_group.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "common/error.hpp"
#include "kernels/tiles.hpp"

namespace dojo::network {
namespace {

constexpr std::size_t bias_copies = tile_edge;  // rows of a tile

/// Numbers that are in the order of tiles, as an operand holds them.
std::vector<std::byte> rounded(std::span<const float> values, const OperandFormat& format) {
  return pack_operand(values, {.rows = values.size() / tile_edge, .columns = tile_edge}, format);
}

std::span<const float> numbers_of(std::span<const float> tiles, const TileRange& range) {
  return tiles.subspan(range.begin * tile_elements, range.size() * tile_elements);
}

/// The Interface Processor with the port that is fewest hops from a node.
unsigned nearest_dip(const Machine& machine, Coordinates node) {
  const auto between = [](unsigned a, unsigned b) { return a < b ? b - a : a - b; };
  std::optional<unsigned> nearest;
  unsigned fewest = 0;
  for (unsigned dip = 0; dip < machine.dips().size(); ++dip) {
    for (const std::optional<DipPort>& port : machine.dips()[dip].ports) {
      const unsigned hops = port ? between(node.x, port->router.x) + between(node.y, port->router.y) : 0;
      if (!port || (nearest && hops >= fewest)) continue;
      nearest = dip;
      fewest = hops;
    }
  }
  if (!nearest) throw InputError("placement: DRAM is in machines with Interface Processors, which --memory makes");
  return *nearest;
}

/// Before any number is known.
OperandBiases first_biases(const StepPlan& plan) {
  OperandBiases biases;
  for (const Operand& operand : plan.operands()) biases.read.push_back(bias_for(operand, operand.expected, 0));
  biases.written = biases.read;
  return biases;
}

}  // namespace

NodeGroup::NodeGroup(Machine& machine, const Program& program, PlacedPlan placed)
    : machine_(machine),
      program_(program),
      nodes_(std::move(placed.nodes)),
      plan_(std::move(placed.plan)),
      biases_(first_biases(*plan_)) {
  machine_.load(program_, nodes_);
  const std::vector<std::byte> zeros(plan_->bytes());
  const std::vector<std::uint16_t> ones(tile_elements, to_bf16(1));
  for (unsigned n = 0; n < nodes_.nodes(); ++n) {
    buffers_.push_back(machine_.allocate(nodes_.node(n), plan_->bytes()));
    if (buffers_.back().address() != plan_->regions().front().address) {
      throw RunError("the nodes have free memory at other addresses than planned");
    }
    buffers_.back().write_bytes(zeros);
    write(n, plan_->ones(), std::span(ones));
    std::uint64_t dram = 0;
    if (plan_->dram_bytes() != 0) {
      drams_.push_back(machine_.allocate_dram(nearest_dip(machine_, nodes_.node(n)), plan_->dram_bytes()));
      dram = drams_.back().global_address(nodes_.node(n));
    }
    const std::vector<hw::TransferDescriptor> transfers = plan_->transfers(n, dram);
    write(n, plan_->transfers_address(), std::span(transfers));
  }
}

template <typename T>
void NodeGroup::write(unsigned node, std::uint64_t address, std::span<const T> values) {
  if (!values.empty()) buffers_[node].write_bytes(std::as_bytes(values), offset(address));
}

std::vector<float> NodeGroup::to_tiles(const Numbers& numbers) const {
  std::vector<float> tiles(plan_->tiles() * tile_elements);
  for (std::size_t p = 0; p < numbers.size(); ++p) {
    const std::vector<std::uint32_t>& places = plan_->places()[p];
    for (std::size_t i = 0; i < places.size(); ++i) {
      if (places[i] == StepPlan::elsewhere) continue;
      const std::size_t copies = places[i] < plan_->weight_tiles() * tile_elements ? 1 : bias_copies;
      for (std::size_t copy = 0; copy < copies; ++copy) tiles[places[i] + copy * tile_edge] = (*numbers[p])[i];
    }
  }
  return tiles;
}

void NodeGroup::write_state(std::uint64_t address, const std::vector<float>& tiles) {
  for (unsigned n = 0; n < nodes_.nodes(); ++n) {
    std::uint64_t next = address;
    for (const TileRange& own : plan_->owned(n)) {
      const std::span<const float> part = numbers_of(tiles, own);
      if (drams_.empty()) {
        write(n, next, part);
      } else {
        drams_[n].write(part, next / sizeof(float));
      }
      next += own.size() * tile_bytes_fp32;
    }
  }
}

std::vector<float> NodeGroup::owned_tiles(std::uint64_t address, bool in_dram) const {
  std::vector<float> tiles(plan_->tiles() * tile_elements);
  for (unsigned n = 0; n < nodes_.nodes(); ++n) {
    std::uint64_t next = address;
    for (const TileRange& own : plan_->owned(n)) {
      const std::size_t count = own.size() * tile_elements;
      const std::vector<float> part = in_dram ? drams_[n].read<float>(count, next / sizeof(float))
                                              : buffers_[n].read<float>(count, offset(next) / sizeof(float));
      std::ranges::copy(part, tiles.begin() + static_cast<std::ptrdiff_t>(own.begin * tile_elements));
      next += own.size() * tile_bytes_fp32;
    }
  }
  return tiles;
}

void NodeGroup::from_owned(std::uint64_t address, bool in_dram, const Numbers& numbers) const {
  const std::vector<float> tiles = owned_tiles(address, in_dram);
  for (std::size_t p = 0; p < numbers.size(); ++p) {
    const std::vector<std::uint32_t>& places = plan_->places()[p];
    for (std::size_t i = 0; i < places.size(); ++i) {
      if (places[i] != StepPlan::elsewhere) (*numbers[p])[i] = tiles[places[i]];
    }
  }
}

void NodeGroup::write_parameters(const Numbers& values, const std::vector<Numbers>& moments, unsigned margin) {
  const std::vector<float> parameters = to_tiles(values);
  for (unsigned n = 0; n < nodes_.nodes(); ++n) {
    write(n, plan_->biases(), std::span(parameters).subspan(plan_->weight_tiles() * tile_elements));
  }
  write_state(plan_->masters(), parameters);
  for (std::size_t m = 0; m < moments.size(); ++m) write_state(plan_->moments()[m], to_tiles(moments[m]));
  for (const WeightTiles& weights : plan_->weight_operands()) {
    biases_.read[weights.operand] = weights_bias(weights, parameters, margin);
  }
  biases_.written = biases_.read;
  write_weights(parameters);
}

void NodeGroup::read_parameters(const Numbers& values, const std::vector<Numbers>& moments) const {
  from_owned(plan_->masters(), !drams_.empty(), values);
  for (std::size_t m = 0; m < moments.size(); ++m) from_owned(plan_->moments()[m], !drams_.empty(), moments[m]);
}

void NodeGroup::read_gradients(const Numbers& gradients) const {
  from_owned(plan_->sums(), false, gradients);
}

OperandFormat NodeGroup::format_of(std::size_t operand) const {
  return {.format = plan_->operands()[operand].format, .bias = biases_.read[operand]};
}

unsigned NodeGroup::weights_bias(const WeightTiles& weights, std::span<const float> tiles, unsigned margin) const {
  return bias_for(plan_->operands()[weights.operand], largest_of(numbers_of(tiles, weights.tiles)), margin);
}

void NodeGroup::write_weights(std::span<const float> weights) {
  for (const WeightTiles& part : plan_->weight_operands()) {
    const std::vector<std::byte> packed = rounded(numbers_of(weights, part.tiles), format_of(part.operand));
    for (unsigned n = 0; n < nodes_.nodes(); ++n) {
      write(n, plan_->operands()[part.operand].address, std::span<const std::byte>(packed));
    }
  }
}

void NodeGroup::write_data(const PackedBatch& packed) {
  biases_.read.front() = packed.bias;
  for (unsigned n = 0; n < nodes_.nodes(); ++n) write(n, plan_->data(), std::span(packed.nodes[n].data));
}

void NodeGroup::write_targets(const PackedBatch& packed) {
  for (unsigned n = 0; n < nodes_.nodes(); ++n) write(n, plan_->labels(), std::span(packed.nodes[n].targets));
}

void NodeGroup::write_lists(Extent extent) {
  if (written_ == extent && written_biases_ == biases_) return;
  const std::vector<hw::MatrixDescriptor> products = plan_->products(biases_);
  const std::vector<std::uint32_t> controls = plan_->weight_controls(biases_);
  for (unsigned n = 0; n < nodes_.nodes(); ++n) {
    const std::vector<network_operation> list = plan_->list(n, extent, biases_);
    write(n, plan_->operations(), std::span(list));
    write(n, plan_->descriptors(), std::span(products));
    if (plan_->controls() != 0) write(n, plan_->controls(), std::span(controls));
  }
  written_ = extent;
  written_biases_ = biases_;
}

Event NodeGroup::launch(Arguments arguments) {
  arguments[NETWORK_ARGUMENT_OPERATIONS] = plan_->operations();
  return machine_.launch(program_, nodes_, arguments, hw::harts);
}

double NodeGroup::losses() const {
  double sum = 0;
  for (const Buffer& buffer : buffers_) {
    const std::vector<float> losses =
        buffer.read<float>(plan_->losses_of_node(), offset(plan_->losses()) / sizeof(float));
    sum = std::accumulate(losses.begin(), losses.end(), sum);
  }
  return sum;
}

float NodeGroup::squares() const {
  constexpr std::size_t line = hw::line_bytes / sizeof(float);
  const std::vector<float> lines =
      buffers_.front().read<float>(plan_->all_nodes() * line, offset(plan_->squares()) / sizeof(float));
  float sum = 0;  // as the nodes add them
  for (std::size_t i = 0; i < lines.size(); ++i) sum += i % line < hw::harts ? lines[i] : 0.0f;
  return sum;
}

void NodeGroup::append_logits(const LogitsPlace& place, std::size_t count, std::vector<float>& logits) const {
  for (unsigned n = 0; n < nodes_.nodes(); ++n) {
    const std::vector<float> found = buffers_[n].read<float>(place.numbers, offset(place.address) / sizeof(float));
    const std::size_t own = count * (n + 1) / nodes_.nodes() - count * n / nodes_.nodes();
    for (std::size_t i = 0; i < own * place.predictions; ++i) logits.push_back(found[place.places[i]]);
  }
}

bool NodeGroup::converts() const {
  return std::ranges::any_of(plan_->operands(), [](const Operand& operand) { return operand.largest != 0; });
}

std::vector<float> NodeGroup::take_magnitudes() {
  const std::vector<std::uint16_t> none(hw::harts * hw::line_bytes / sizeof(std::uint16_t));
  std::vector<float> result;
  for (const Operand& operand : plan_->operands()) {
    std::uint16_t largest = 0;
    for (unsigned n = 0; n < nodes_.nodes() && operand.largest != 0; ++n) {
      const std::vector<std::uint16_t> found =
          buffers_[n].read<std::uint16_t>(none.size(), offset(operand.largest) / sizeof(std::uint16_t));
      largest = std::max(largest, std::ranges::max(found));
      write(n, operand.largest, std::span(none));
    }
    result.push_back(from_bf16(largest));
  }
  return result;
}

bool NodeGroup::follow_magnitudes(unsigned margin) {
  const std::vector<float> magnitudes = take_magnitudes();
  bool changed = false;
  for (std::size_t o = 0; o < magnitudes.size(); ++o) {
    const Operand& operand = plan_->operands()[o];
    if (operand.largest == 0) continue;
    const unsigned bias = bias_for(operand, magnitudes[o], margin);
    changed = changed || bias != biases_.read[o];
    biases_.read[o] = bias;
  }
  return changed;
}

void NodeGroup::choose_weight_biases(unsigned margin) {
  if (plan_->controls() == 0) return;
  const std::vector<float> masters = owned_tiles(plan_->masters(), !drams_.empty());
  for (const WeightTiles& weights : plan_->weight_operands()) {
    biases_.written[weights.operand] = weights_bias(weights, masters, margin);
  }
}

void NodeGroup::adopt_weight_biases() {
  for (const WeightTiles& weights : plan_->weight_operands()) {
    biases_.read[weights.operand] = biases_.written[weights.operand];
  }
}

std::vector<NamedArray> NodeGroup::operand_state(const std::string& name) const {
  if (!plan_->has_small_operands()) return {};
  NamedArray biases{.name = name + ".biases", .shape = {biases_.read.size()}, .values = {}};
  biases.values.assign(biases_.read.begin(), biases_.read.end());
  NamedArray weights{.name = name + ".weights", .shape = {plan_->weight_tiles() * tile_elements}, .values = {}};
  weights.values.resize(weights.shape.front());
  for (const WeightTiles& part : plan_->weight_operands()) {
    const Operand& operand = plan_->operands()[part.operand];
    if (!operand.small()) continue;
    const std::vector<std::uint8_t> found =
        buffers_.front().read<std::uint8_t>(part.tiles.size() * tile_elements, offset(operand.address));
    std::ranges::transform(found,
                           weights.values.begin() + static_cast<std::ptrdiff_t>(part.tiles.begin * tile_elements),
                           [format = format_of(part.operand)](std::uint8_t value) {
                             return from_bf16(numerics::cfloat8_to_bf16(format, value));
                           });
  }
  return {biases, weights};
}

bool NodeGroup::set_operand_state(std::span<const NamedArray> state) {
  if (state.empty() || state[0].values.empty()) return false;
  std::ranges::transform(state[0].values, biases_.read.begin(), [](float bias) { return static_cast<unsigned>(bias); });
  biases_.written = biases_.read;
  if (plan_->controls() != 0) write_weights(state[1].values);
  return true;
}

}  // namespace dojo::network
