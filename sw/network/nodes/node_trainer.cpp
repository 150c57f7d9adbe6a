#include "network/nodes/node_trainer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "common/error.hpp"
#include "kernels/firmware.hpp"
#include "network/nodes/placement.hpp"
#include "network/random.hpp"

namespace dojo::network {
namespace {

std::uint64_t bits(float value) {
  return std::bit_cast<std::uint32_t>(value);
}

}  // namespace

NodeTrainer::NodeTrainer(Machine& machine, const Recipe& recipe, const DataSet& data, unsigned threads,
                         Evaluation evaluation)
    : Trainer(recipe, data, threads), program_(load_firmware("network")), evaluation_(evaluation) {
  std::vector<PlacedPlan> plans = place_recipe(recipe, machine.all(), program_);
  for (const PlacedPlan& placed : plans) {
    if (!placed.plan->fits()) throw InputError(fmt::format("recipe '{}': {}", recipe.name, placed.plan->summary()));
  }
  for (PlacedPlan& placed : plans) groups_.emplace_back(machine, program_, std::move(placed));
  pack_ = groups_.front().plan().packer(recipe.loss.target);
  write_state();
  calibrated_ = std::ranges::none_of(groups_, &NodeGroup::converts);
  pack_with(pack_);
}

NodeGroup::Numbers NodeTrainer::values() {
  NodeGroup::Numbers numbers;
  for (Parameter& parameter : network().parameters()) numbers.push_back(&parameter.values);
  return numbers;
}

std::vector<NodeGroup::Numbers> NodeTrainer::moments() {
  const std::size_t of_each = groups_.front().plan().moments().size();
  std::vector<NodeGroup::Numbers> result(of_each);
  for (std::size_t p = 0; p < network().parameters().size(); ++p) {
    for (std::size_t m = 0; m < of_each; ++m) result[m].push_back(&optimiser().state()[p * of_each + m].values);
  }
  return result;
}

void NodeTrainer::write_state() {
  for (NodeGroup& group : groups_) group.write_parameters(values(), moments(), recipe().formats.margin);
}

void NodeTrainer::read_back() {
  for (const NodeGroup& group : groups_) group.read_parameters(values(), moments());
}

void NodeTrainer::read_gradients() {
  NodeGroup::Numbers gradients;
  for (Parameter& parameter : network().parameters()) gradients.push_back(&parameter.gradient);
  for (const NodeGroup& group : groups_) group.read_gradients(gradients);
}

void NodeTrainer::write_samples(const PackedBatch& packed) {
  for (NodeGroup& group : groups_) {
    if (group.plan().takes_data()) group.write_data(packed);
    if (group.plan().losses_of_node() != 0) group.write_targets(packed);
  }
}

NodeGroup::Arguments NodeTrainer::arguments(std::size_t predictions, float rate) const {
  const OptimiserSettings& settings = recipe().optimiser;
  NodeGroup::Arguments result{};
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

void NodeTrainer::run(Extent extent, std::size_t predictions, float rate) {
  for (NodeGroup& group : groups_) group.write_lists(extent);
  std::vector<Event> events;
  events.reserve(groups_.size());
  const RandomStream seeds(recipe().seed, "rounding on nodes");
  const bool alike = recipe().placement.groups > 1;  // what several groups have
  NodeGroup::Arguments arguments = this->arguments(predictions, rate);
  for (std::size_t g = 0; g < groups_.size(); ++g) {
    arguments[NETWORK_ARGUMENT_SEED] = seeds.bits(steps_done() * groups_.size() + (alike ? 0 : g));
    events.push_back(groups_[g].launch(arguments));
  }
  for (Event& event : events) event.wait();
}

bool NodeTrainer::follow_magnitudes() {
  bool changed = false;
  for (NodeGroup& group : groups_) changed = group.follow_magnitudes(recipe().formats.margin) || changed;
  return changed;
}

void NodeTrainer::calibrate(std::size_t predictions) {
  calibrated_ = true;
  // What a layer gets depends on the one before it, there and back.
  const std::size_t most = 2 * recipe().graph.layers().size();
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
  for (NodeGroup& group : groups_) group.choose_weight_biases(recipe().formats.margin);
  run(Extent::update, predictions, result.rate);
  const double sum = groups_.back().losses();
  result.loss = sum / static_cast<double>(predictions);
  result.gradient_norm = std::sqrt(groups_.front().squares());
  optimiser().set_steps(step + 1);
  if (!std::isfinite(sum) || !std::isfinite(result.gradient_norm)) {
    throw RunError(fmt::format("step {}: loss {}, norm of the gradients {}: the training diverges", step + 1,
                               result.loss, result.gradient_norm));
  }
  follow_magnitudes();
  for (NodeGroup& group : groups_) group.adopt_weight_biases();
  return result;
}

/// Of the samples in batch().
LossResult NodeTrainer::evaluate_batch(const LogitsPlace& place) {
  const std::size_t count = batch().front().samples();
  write_samples(pack_(batch()));
  run(Extent::forward, count, 0);
  Tensor logits;
  logits.shape = {count, place.predictions};
  groups_.back().append_logits(place, count, logits.values);
  return loss_of(recipe().loss.kind, logits, batch()[recipe().loss.target], nullptr);
}

LossResult NodeTrainer::evaluate(std::optional<std::size_t> samples) {
  read_back();
  const std::optional<LogitsPlace> place = groups_.back().plan().logits();
  if (evaluation_ == Evaluation::host || !calibrated_ || !place) return Trainer::evaluate(samples);
  const std::size_t count = std::min(held_out_samples(), samples.value_or(~std::size_t{0}));
  LossResult result;
  for (std::size_t first = 0; first < count; first += recipe().batch) {
    fill_held_out(first, std::min(recipe().batch, count - first));
    result += evaluate_batch(*place);
  }
  for (NodeGroup& group : groups_) group.take_magnitudes();  // of the training they are none
  return result;
}

std::vector<std::vector<NamedArray>> NodeTrainer::operand_states() const {
  std::vector<std::vector<NamedArray>> states;
  states.reserve(groups_.size());
  for (std::size_t g = 0; g < groups_.size(); ++g) {
    states.push_back(groups_[g].operand_state(groups_.size() == 1 ? "operands" : fmt::format("operands.{}", g)));
  }
  return states;
}

void NodeTrainer::save(const std::filesystem::path& file) {
  read_back();
  std::vector<NamedArray> all;
  for (const std::vector<NamedArray>& state : operand_states()) all.insert(all.end(), state.begin(), state.end());
  save_state(file, all);
}

void NodeTrainer::load(const std::filesystem::path& file) {
  std::vector<NamedArray> all;
  std::vector<std::size_t> ends;
  for (const std::vector<NamedArray>& state : operand_states()) {
    all.insert(all.end(), state.begin(), state.end());
    ends.push_back(all.size());
  }
  for (NamedArray& array : all) array.values.clear();
  load_state(file, all);
  write_state();
  // A checkpoint of other formats has none: then the biases are found as before the first step.
  bool there = true;
  std::size_t first = 0;
  for (std::size_t g = 0; g < groups_.size(); ++g) {
    there = groups_[g].set_operand_state(std::span(all).subspan(first, ends[g] - first)) && there;
    first = ends[g];
  }
  calibrated_ = there || std::ranges::none_of(groups_, &NodeGroup::converts);
}

}  // namespace dojo::network
