#include "network/nodes/node_trainer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <numeric>

#include "common/error.hpp"
#include "kernels/firmware.hpp"
#include "kernels/tiles.hpp"
#include "network/nodes/plan.hpp"
#include "network/nodes/sequence_plan.hpp"
#include "network/random.hpp"

namespace dojo::network {
namespace {

constexpr std::size_t bias_copies = tile_edge;  // rows of a tile

std::uint64_t bits(float value) {
  return std::bit_cast<std::uint32_t>(value);
}

/// Numbers that are in the order of tiles, as an operand holds them.
std::vector<std::byte> rounded(std::span<const float> values, const OperandFormat& format) {
  return pack_operand(values, {.rows = values.size() / tile_edge, .columns = tile_edge}, format);
}

std::span<const float> numbers_of(std::span<const float> tiles, const TileRange& range) {
  return tiles.subspan(range.begin * tile_elements, range.size() * tile_elements);
}

/// Before any number is known.
OperandBiases first_biases(const StepPlan& plan) {
  OperandBiases biases;
  for (const Operand& operand : plan.operands()) biases.read.push_back(bias_for(operand, operand.expected, 0));
  biases.written = biases.read;
  return biases;
}

}  // namespace

std::unique_ptr<StepPlan> plan_recipe(const Recipe& recipe, const Rectangle& nodes, const Program& program) {
  const std::uint64_t base = (program.heap_start() + hw::line_bytes - 1) / hw::line_bytes * hw::line_bytes;
  const std::size_t available = program.heap_end() - base;
  if (is_of_sequences(recipe)) return std::make_unique<SequencePlan>(recipe, nodes, base, available);
  return std::make_unique<NodePlan>(recipe, nodes, base, available);
}

NodeTrainer::NodeTrainer(Machine& machine, const Recipe& recipe, const DataSet& data, unsigned threads,
                         Evaluation evaluation)
    : Trainer(recipe, data, threads),
      machine_(machine),
      nodes_(machine.all()),
      program_(load_firmware("network")),
      plan_(plan_recipe(recipe, nodes_, program_)),
      pack_(plan_->packer(recipe.loss.target)),
      evaluation_(evaluation),
      biases_(first_biases(*plan_)) {
  if (!plan_->fits()) throw InputError(fmt::format("recipe '{}': {}", recipe.name, plan_->summary()));
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
    const std::vector<hw::TransferDescriptor> transfers = plan_->transfers(n);
    write(n, plan_->transfers_address(), std::span(transfers));
  }
  write_state();
  pack_with(pack_);
}

template <typename T>
void NodeTrainer::write(unsigned node, std::uint64_t address, std::span<const T> values) {
  buffers_[node].write_bytes(std::as_bytes(values), offset(address));
}

NodeTrainer::Numbers NodeTrainer::values() {
  Numbers numbers;
  for (Parameter& parameter : network().parameters()) numbers.push_back(&parameter.values);
  return numbers;
}

NodeTrainer::Numbers NodeTrainer::moment(std::size_t number) {
  Numbers numbers;
  const std::size_t of_each = plan_->moments().size();
  for (std::size_t p = 0; p < network().parameters().size(); ++p) {
    numbers.push_back(&optimiser().state()[p * of_each + number].values);
  }
  return numbers;
}

std::vector<float> NodeTrainer::to_tiles(const Numbers& numbers) const {
  std::vector<float> tiles(plan_->tiles() * tile_elements);
  for (std::size_t p = 0; p < numbers.size(); ++p) {
    const std::vector<std::uint32_t>& places = plan_->places()[p];
    for (std::size_t i = 0; i < places.size(); ++i) {
      const std::size_t copies = places[i] < plan_->weight_tiles() * tile_elements ? 1 : bias_copies;
      for (std::size_t copy = 0; copy < copies; ++copy) tiles[places[i] + copy * tile_edge] = (*numbers[p])[i];
    }
  }
  return tiles;
}

void NodeTrainer::write_owned(std::uint64_t address, const std::vector<float>& tiles) {
  for (unsigned n = 0; n < nodes_.nodes(); ++n) {
    std::uint64_t next = address;
    for (const TileRange& own : plan_->owned(n)) {
      write(n, next, std::span(tiles).subspan(own.begin * tile_elements, own.size() * tile_elements));
      next += own.size() * tile_bytes_fp32;
    }
  }
}

std::vector<float> NodeTrainer::owned_tiles(std::uint64_t address) const {
  std::vector<float> tiles(plan_->tiles() * tile_elements);
  for (unsigned n = 0; n < nodes_.nodes(); ++n) {
    std::uint64_t next = address;
    for (const TileRange& own : plan_->owned(n)) {
      const std::vector<float> part = buffers_[n].read<float>(own.size() * tile_elements, offset(next) / sizeof(float));
      std::ranges::copy(part, tiles.begin() + static_cast<std::ptrdiff_t>(own.begin * tile_elements));
      next += own.size() * tile_bytes_fp32;
    }
  }
  return tiles;
}

void NodeTrainer::from_owned(std::uint64_t address, const Numbers& numbers) const {
  const std::vector<float> tiles = owned_tiles(address);
  for (std::size_t p = 0; p < numbers.size(); ++p) {
    std::ranges::transform(plan_->places()[p], numbers[p]->begin(), [&](std::uint32_t place) { return tiles[place]; });
  }
}

void NodeTrainer::write_state() {
  const std::vector<float> parameters = to_tiles(values());
  for (unsigned n = 0; n < nodes_.nodes(); ++n) {
    write(n, plan_->biases(), std::span(parameters).subspan(plan_->weight_tiles() * tile_elements));
  }
  write_owned(plan_->masters(), parameters);
  for (std::size_t m = 0; m < plan_->moments().size(); ++m) write_owned(plan_->moments()[m], to_tiles(moment(m)));
  for (const WeightTiles& weights : plan_->weight_operands()) {
    biases_.read[weights.operand] = weights_bias(weights, parameters);
  }
  biases_.written = biases_.read;
  write_weights(parameters);
}

OperandFormat NodeTrainer::format_of(std::size_t operand) const {
  return {.format = plan_->operands()[operand].format, .bias = biases_.read[operand]};
}

unsigned NodeTrainer::weights_bias(const WeightTiles& weights, std::span<const float> tiles) const {
  return bias_for(plan_->operands()[weights.operand], largest_of(numbers_of(tiles, weights.tiles)),
                  recipe().formats.margin);
}

void NodeTrainer::write_weights(std::span<const float> weights) {
  for (const WeightTiles& part : plan_->weight_operands()) {
    const std::vector<std::byte> packed = rounded(numbers_of(weights, part.tiles), format_of(part.operand));
    for (unsigned n = 0; n < nodes_.nodes(); ++n) {
      write(n, plan_->operands()[part.operand].address, std::span<const std::byte>(packed));
    }
  }
}

void NodeTrainer::write_samples(const PackedBatch& packed) {
  biases_.read.front() = packed.bias;
  for (unsigned n = 0; n < nodes_.nodes(); ++n) {
    write(n, plan_->data(), std::span(packed.nodes[n].data));
    write(n, plan_->labels(), std::span(packed.nodes[n].targets));
  }
}

void NodeTrainer::write_lists(Extent extent) {
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

void NodeTrainer::run(Extent extent, std::size_t predictions, float rate) {
  write_lists(extent);
  machine_.launch(program_, nodes_, arguments(predictions, rate), hw::harts).wait();
}

std::array<std::uint64_t, NETWORK_ARGUMENTS> NodeTrainer::arguments(std::size_t predictions, float rate) const {
  const OptimiserSettings& settings = recipe().optimiser;
  std::array<std::uint64_t, NETWORK_ARGUMENTS> result{};
  result[NETWORK_ARGUMENT_OPERATIONS] = plan_->operations();
  result[NETWORK_ARGUMENT_SEED] = RandomStream(recipe().seed, "rounding on nodes").bits(steps_done());
  result[NETWORK_ARGUMENT_SCALE] = bits(1.0f / static_cast<float>(predictions));
  result[NETWORK_ARGUMENT_CLIP] = bits(settings.clip > 0 ? settings.clip : std::numeric_limits<float>::infinity());
  if (settings.kind == OptimiserKind::sgd) {
    result[NETWORK_ARGUMENT_NEGATIVE_RATE] = bits(-rate);
    result[NETWORK_ARGUMENT_MOMENTUM] = bits(settings.momentum);
    result[NETWORK_ARGUMENT_DECAY] = bits(settings.decay);
    return result;
  }
  // By 1 - beta^t the means, which began with 0, are too small.
  const auto part = [this](float beta) { return 1 - std::pow(double{beta}, static_cast<double>(steps_done() + 1)); };
  result[NETWORK_ARGUMENT_NEGATIVE_RATE] = bits(static_cast<float>(-rate / part(settings.beta1)));
  result[NETWORK_ARGUMENT_ROOT_CORRECTION] = bits(static_cast<float>(1 / std::sqrt(part(settings.beta2))));
  result[NETWORK_ARGUMENT_ONE_MINUS_BETA_1] = bits(1 - settings.beta1);
  result[NETWORK_ARGUMENT_ONE_MINUS_BETA_2] = bits(1 - settings.beta2);
  result[NETWORK_ARGUMENT_EPSILON] = bits(settings.epsilon);
  result[NETWORK_ARGUMENT_DECAY] = bits(-rate * settings.decay);
  return result;
}

float NodeTrainer::gradient_norm() const {
  constexpr std::size_t line = hw::line_bytes / sizeof(float);
  const std::vector<float> lines =
      buffers_.front().read<float>(nodes_.nodes() * line, offset(plan_->squares()) / sizeof(float));
  float sum = 0;  // as the nodes add them
  for (std::size_t i = 0; i < lines.size(); ++i) sum += i % line < hw::harts ? lines[i] : 0.0f;
  return std::sqrt(sum);
}

std::vector<float> NodeTrainer::take_magnitudes() {
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

bool NodeTrainer::follow_magnitudes() {
  const std::vector<float> magnitudes = take_magnitudes();
  bool changed = false;
  for (std::size_t o = 0; o < magnitudes.size(); ++o) {
    const Operand& operand = plan_->operands()[o];
    if (operand.largest == 0) continue;
    const unsigned bias = bias_for(operand, magnitudes[o], recipe().formats.margin);
    changed = changed || bias != biases_.read[o];
    biases_.read[o] = bias;
  }
  return changed;
}

void NodeTrainer::calibrate(std::size_t predictions) {
  calibrated_ = true;
  if (std::ranges::none_of(plan_->operands(), [](const Operand& operand) { return operand.largest != 0; })) return;
  // What a layer gets depends on the one before it, there and back.
  const std::size_t most = plan_->operands().size();
  for (std::size_t i = 0; i < most; ++i) {
    run(Extent::gradients, predictions, 0);
    if (!follow_magnitudes()) break;
  }
}

StepResult NodeTrainer::step() {
  const std::size_t step = steps_done();
  write_samples(next_batch());
  const std::size_t predictions = batch()[recipe().loss.target].size();
  StepResult result{.rate = recipe().schedule.at(step, steps())};
  if (!calibrated_) calibrate(predictions);
  if (plan_->controls() != 0) {
    const std::vector<float> masters = owned_tiles(plan_->masters());
    for (const WeightTiles& weights : plan_->weight_operands()) {
      biases_.written[weights.operand] = weights_bias(weights, masters);
    }
  }
  run(Extent::update, predictions, result.rate);
  double sum = 0;
  for (const Buffer& buffer : buffers_) {
    const std::vector<float> losses =
        buffer.read<float>(plan_->losses_of_node(), offset(plan_->losses()) / sizeof(float));
    sum = std::accumulate(losses.begin(), losses.end(), sum);
  }
  result.loss = sum / static_cast<double>(predictions);
  result.gradient_norm = gradient_norm();
  optimiser().set_steps(step + 1);
  if (!std::isfinite(sum) || !std::isfinite(result.gradient_norm)) {
    throw RunError(fmt::format("step {}: loss {}, norm of the gradients {}: the training diverges", step + 1,
                               result.loss, result.gradient_norm));
  }
  follow_magnitudes();
  for (const WeightTiles& weights : plan_->weight_operands()) {
    biases_.read[weights.operand] = biases_.written[weights.operand];
  }
  return result;
}

void NodeTrainer::read_back() {
  from_owned(plan_->masters(), values());
  for (std::size_t m = 0; m < plan_->moments().size(); ++m) from_owned(plan_->moments()[m], moment(m));
}

void NodeTrainer::read_gradients() {
  Numbers gradients;
  for (Parameter& parameter : network().parameters()) gradients.push_back(&parameter.gradient);
  from_owned(plan_->sums(), gradients);
}

/// Of the samples in batch().
LossResult NodeTrainer::evaluate_batch(const LogitsPlace& place) {
  const Tensor& targets = batch()[recipe().loss.target];
  const std::size_t count = batch().front().samples();
  const TileLayout& layout = place.layout;
  write_samples(pack_(batch()));
  run(Extent::forward, count, 0);
  Tensor logits;
  logits.shape = {count, layout.columns};
  for (unsigned n = 0; n < nodes_.nodes(); ++n) {
    const std::vector<float> found =
        unpack_fp32(buffers_[n].read<float>(layout.padded(), offset(place.address) / sizeof(float)), layout);
    const std::size_t own = count * (n + 1) / nodes_.nodes() - count * n / nodes_.nodes();
    logits.values.insert(logits.values.end(), found.begin(),
                         found.begin() + static_cast<std::ptrdiff_t>(own * layout.columns));
  }
  return loss_of(recipe().loss.kind, logits, targets, nullptr);
}

LossResult NodeTrainer::evaluate(std::optional<std::size_t> samples) {
  read_back();
  const std::optional<LogitsPlace> place = plan_->logits();
  if (evaluation_ == Evaluation::host || !calibrated_ || !place) return Trainer::evaluate(samples);
  const std::size_t count = std::min(held_out_samples(), samples.value_or(~std::size_t{0}));
  LossResult result;
  for (std::size_t first = 0; first < count; first += recipe().batch) {
    fill_held_out(first, std::min(recipe().batch, count - first));
    result += evaluate_batch(*place);
  }
  (void)take_magnitudes();  // of the training they are none
  return result;
}

std::vector<NamedArray> NodeTrainer::operand_state() const {
  if (!plan_->has_small_operands()) return {};
  NamedArray biases{.name = "operands.biases", .shape = {biases_.read.size()}, .values = {}};
  biases.values.assign(biases_.read.begin(), biases_.read.end());
  NamedArray weights{.name = "operands.weights", .shape = {plan_->weight_tiles() * tile_elements}, .values = {}};
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

void NodeTrainer::save(const std::filesystem::path& file) {
  read_back();
  save_state(file, operand_state());
}

void NodeTrainer::load(const std::filesystem::path& file) {
  std::vector<NamedArray> state = operand_state();
  for (NamedArray& array : state) array.values.clear();
  load_state(file, state);
  write_state();
  // A checkpoint of other formats has none: then the biases are found as before the first step.
  if (state.empty() || state[0].values.empty()) return;
  std::ranges::transform(state[0].values, biases_.read.begin(), [](float bias) { return static_cast<unsigned>(bias); });
  biases_.written = biases_.read;
  if (plan_->controls() != 0) write_weights(state[1].values);
  calibrated_ = true;
}

}  // namespace dojo::network
