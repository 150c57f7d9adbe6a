#include "network/nodes/node_trainer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <numeric>

#include "common/error.hpp"
#include "firmware/kernels/row_softmax_format.h"
#include "kernels/firmware.hpp"
#include "kernels/tiles.hpp"
#include "network/nodes/operand_biases.hpp"
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

/// A sample as the image that the plan wants: rows of eights of pixels, in each of these tiles (pixel, channel).
void pack_image(const float* sample, const Shape& shape, const std::optional<Convolution>& patches,
                const StageTensor& tensor, float* out) {
  const std::size_t height = shape[1];
  const std::size_t width = shape[2];
  const Convolution pixel{};
  const Convolution& c = patches ? *patches : pixel;
  const std::size_t row = tiles_for(tensor.width) * tensor.tiles * tile_elements;
  for (std::size_t channel = 0; channel < tensor.channels; ++channel) {
    const std::size_t kernel_column = channel % c.kernel[2];
    const std::size_t kernel_row = channel / c.kernel[2] % c.kernel[1];
    const float* const plane = sample + channel / (c.kernel[1] * c.kernel[2]) * height * width;
    for (std::size_t y = 0; y < tensor.height; ++y) {
      const std::size_t from_y = y * c.stride[1] + kernel_row * c.dilation[1] - c.padding[1];
      if (from_y >= height) continue;  // also what is above, wrapped around
      for (std::size_t x = 0; x < tensor.width; ++x) {
        const std::size_t from_x = x * c.stride[2] + kernel_column * c.dilation[2] - c.padding[2];
        if (from_x >= width) continue;
        const std::size_t tile = x / tile_edge * tensor.tiles + channel / tile_edge;
        out[y * row + tile * tile_elements + x % tile_edge * tile_edge + channel % tile_edge] =
            plane[from_y * width + from_x];
      }
    }
  }
}

}  // namespace

NodePlan plan_recipe(const Recipe& recipe, const Rectangle& nodes, const Program& program) {
  const std::uint64_t base = (program.heap_start() + hw::line_bytes - 1) / hw::line_bytes * hw::line_bytes;
  return {recipe, nodes, base, program.heap_end() - base};
}

NodeTrainer::NodeTrainer(Machine& machine, const Recipe& recipe, const DataSet& data, unsigned threads,
                         Evaluation evaluation)
    : Trainer(recipe, data, threads),
      machine_(machine),
      nodes_(machine.all()),
      program_(load_firmware("network")),
      plan_(plan_recipe(recipe, nodes_, program_)),
      evaluation_(evaluation),
      biases_(first_biases(plan_)) {
  if (!plan_.fits()) throw InputError(fmt::format("recipe '{}': {}", recipe.name, plan_.summary()));
  machine_.load(program_, nodes_);
  const std::vector<std::byte> zeros(plan_.bytes());
  const std::vector<std::uint16_t> ones(tile_elements, to_bf16(1));
  for (unsigned n = 0; n < nodes_.nodes(); ++n) {
    buffers_.push_back(machine_.allocate(nodes_.node(n), plan_.bytes()));
    if (buffers_.back().address() != plan_.regions().front().address) {
      throw RunError("the nodes have free memory at other addresses than planned");
    }
    buffers_.back().write_bytes(zeros);
    write(n, plan_.ones(), std::span(ones));
    const std::vector<hw::TransferDescriptor> transfers = plan_.transfers(n);
    write(n, plan_.transfers_address(), std::span(transfers));
  }
  write_state();
}

template <typename T>
void NodeTrainer::write(unsigned node, std::uint64_t address, std::span<const T> values) {
  buffers_[node].write_bytes(std::as_bytes(values), offset(address));
}

std::vector<float> NodeTrainer::to_tiles(bool velocity) {
  std::vector<float> tiles(plan_.tiles() * tile_elements);
  const std::vector<Parameter>& parameters = network().parameters();
  for (std::size_t p = 0; p < parameters.size(); ++p) {
    const std::vector<float>& values = velocity ? optimiser().state()[p].values : parameters[p].values;
    const std::vector<std::uint32_t>& places = plan_.places()[p];
    const std::size_t copies = parameters[p].shape.size() == 1 ? bias_copies : 1;
    for (std::size_t i = 0; i < values.size(); ++i) {
      for (std::size_t copy = 0; copy < copies; ++copy) tiles[places[i] + copy * tile_edge] = values[i];
    }
  }
  return tiles;
}

void NodeTrainer::from_tiles(const std::vector<float>& tiles, bool velocity) {
  std::vector<Parameter>& parameters = network().parameters();
  for (std::size_t p = 0; p < parameters.size(); ++p) {
    std::vector<float>& values = velocity ? optimiser().state()[p].values : parameters[p].values;
    std::ranges::transform(plan_.places()[p], values.begin(), [&](std::uint32_t place) { return tiles[place]; });
  }
}

void NodeTrainer::write_state() {
  const std::vector<float> parameters = to_tiles(false);
  const std::vector<float> velocity = to_tiles(true);
  const std::size_t weights = plan_.weight_tiles() * tile_elements;
  for (unsigned n = 0; n < nodes_.nodes(); ++n) {
    const TileRange own = plan_.share(n);
    const auto of_share = [&own](const std::vector<float>& values) {
      return std::span(values).subspan(own.begin * tile_elements, own.size() * tile_elements);
    };
    write(n, plan_.biases(), std::span(parameters).subspan(weights));
    write(n, plan_.masters(), of_share(parameters));
    write(n, plan_.velocity(), of_share(velocity));
  }
  for (std::size_t s = 0; s < plan_.stages().stages.size(); ++s) {
    const std::size_t operand = plan_.weights_operand(s);
    biases_.read[operand] = bias_for(plan_.operands()[operand], largest_weight(parameters, s), recipe().formats.margin);
  }
  biases_.written = biases_.read;
  write_weights(std::span(parameters).first(weights));
}

float NodeTrainer::largest_weight(std::span<const float> parameters, std::size_t stage) const {
  const TileRange tiles = plan_.weights_of(stage);
  return largest_of(parameters.subspan(tiles.begin * tile_elements, tiles.size() * tile_elements));
}

OperandFormat NodeTrainer::format_of(std::size_t operand) const {
  return {.format = plan_.operands()[operand].format, .bias = biases_.read[operand]};
}

void NodeTrainer::write_weights(std::span<const float> weights) {
  for (std::size_t s = 0; s < plan_.stages().stages.size(); ++s) {
    const TileRange tiles = plan_.weights_of(s);
    if (tiles.size() == 0) continue;
    const std::size_t operand = plan_.weights_operand(s);
    const std::vector<std::byte> packed =
        rounded(weights.subspan(tiles.begin * tile_elements, tiles.size() * tile_elements), format_of(operand));
    for (unsigned n = 0; n < nodes_.nodes(); ++n) {
      write(n, plan_.operands()[operand].address, std::span<const std::byte>(packed));
    }
  }
}

std::size_t NodeTrainer::write_samples() {
  const std::vector<Tensor>& batch = this->batch();
  const Tensor& inputs = batch[0];
  const Tensor& targets = batch[recipe().loss.target];
  const StageTensor& tensor = plan_.stages().tensors.front();
  const Operand& operand = plan_.operands().front();
  const Shape shape(inputs.shape.begin() + 1, inputs.shape.end());
  const std::size_t count = inputs.samples();
  const std::size_t rows = plan_.sample_tiles() * tile_edge;
  biases_.read.front() = bias_for(operand, largest_of(inputs.values), 0);
  for (unsigned n = 0; n < nodes_.nodes(); ++n) {
    const std::size_t first = count * n / nodes_.nodes();
    const std::size_t own = count * (n + 1) / nodes_.nodes() - first;
    std::vector<std::uint32_t> labels(rows, ROW_SOFTMAX_NO_LABEL);
    for (std::size_t i = 0; i < own; ++i) labels[i] = static_cast<std::uint32_t>(targets.values[first + i]);
    write(n, plan_.labels(), std::span<const std::uint32_t>(labels));
    std::vector<std::byte> packed;
    if (tensor.image) {
      const std::size_t image = plan_.image_bytes(0) / sizeof(std::uint16_t);
      std::vector<float> tiles(plan_.samples() * image);
      for (std::size_t i = 0; i < own; ++i) {
        pack_image(inputs.sample(first + i), shape, plan_.stages().patches, tensor, tiles.data() + i * image);
      }
      packed = rounded(tiles, format_of(0));
    } else {
      std::vector<float> matrix(rows * tensor.channels);
      std::copy_n(inputs.sample(first), own * tensor.channels, matrix.begin());
      packed = pack_operand(matrix, {.rows = rows, .columns = tensor.channels}, format_of(0));
    }
    write(n, plan_.data(), std::span<const std::byte>(packed));
  }
  return count;
}

void NodeTrainer::write_lists(Extent extent) {
  if (written_ == extent && written_biases_ == biases_) return;
  const std::vector<hw::MatrixDescriptor> products = plan_.products(biases_);
  const std::vector<std::uint32_t> controls = plan_.weight_controls(biases_);
  for (unsigned n = 0; n < nodes_.nodes(); ++n) {
    const std::vector<network_operation> list = plan_.list(n, extent, biases_);
    write(n, plan_.operations(), std::span(list));
    write(n, plan_.descriptors(), std::span(products));
    if (plan_.small_weights()) write(n, plan_.controls(), std::span(controls));
  }
  written_ = extent;
  written_biases_ = biases_;
}

void NodeTrainer::run(Extent extent, std::size_t samples, float rate) {
  write_lists(extent);
  std::array<std::uint64_t, NETWORK_ARGUMENTS> arguments{};
  arguments[NETWORK_ARGUMENT_OPERATIONS] = plan_.operations();
  arguments[NETWORK_ARGUMENT_SCALE] = bits(1.0f / static_cast<float>(samples));
  arguments[NETWORK_ARGUMENT_NEGATIVE_RATE] = bits(-rate);
  arguments[NETWORK_ARGUMENT_MOMENTUM] = bits(recipe().optimiser.momentum);
  arguments[NETWORK_ARGUMENT_DECAY] = bits(recipe().optimiser.decay);
  arguments[NETWORK_ARGUMENT_SEED] = RandomStream(recipe().seed, "rounding on nodes").bits(steps_done());
  machine_.launch(program_, nodes_, arguments, hw::harts).wait();
}

double NodeTrainer::losses() const {
  double sum = 0;
  for (const Buffer& buffer : buffers_) {
    const std::vector<float> losses =
        buffer.read<float>(plan_.sample_tiles() * tile_edge, offset(plan_.losses()) / sizeof(float));
    sum = std::accumulate(losses.begin(), losses.end(), sum);
  }
  return sum;
}

std::vector<float> NodeTrainer::take_magnitudes() {
  const std::vector<std::uint16_t> none(hw::harts * hw::line_bytes / sizeof(std::uint16_t));
  std::vector<float> result;
  for (const Operand& operand : plan_.operands()) {
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
    const Operand& operand = plan_.operands()[o];
    if (operand.largest == 0) continue;
    const unsigned bias = bias_for(operand, magnitudes[o], recipe().formats.margin);
    changed = changed || bias != biases_.read[o];
    biases_.read[o] = bias;
  }
  return changed;
}

void NodeTrainer::calibrate(std::size_t samples) {
  const bool known =
      std::ranges::none_of(plan_.operands(), [](const Operand& operand) { return operand.largest != 0; });
  calibrated_ = true;
  if (known) return;
  // What a layer gets depends on the one before it, there and back.
  const std::size_t most = 2 * plan_.stages().stages.size();
  for (std::size_t i = 0; i < most; ++i) {
    run(Extent::gradients, samples, 0);
    if (!follow_magnitudes()) break;
  }
}

StepResult NodeTrainer::step() {
  const std::size_t step = steps_done();
  fill_batch();
  const std::size_t samples = write_samples();
  StepResult result{.rate = recipe().schedule.at(step, steps()),
                    .gradient_norm = std::numeric_limits<float>::quiet_NaN()};
  if (!calibrated_) calibrate(samples);
  if (plan_.small_weights()) {
    const std::vector<float> masters = owned(plan_.masters());
    for (std::size_t s = 0; s < plan_.stages().stages.size(); ++s) {
      const std::size_t operand = plan_.weights_operand(s);
      biases_.written[operand] =
          bias_for(plan_.operands()[operand], largest_weight(masters, s), recipe().formats.margin);
    }
  }
  run(Extent::update, samples, result.rate);
  const double sum = losses();
  result.loss = sum / static_cast<double>(samples);
  optimiser().set_steps(step + 1);
  if (!std::isfinite(sum)) throw RunError(fmt::format("step {}: loss {}: the training diverges", step + 1, sum));
  follow_magnitudes();
  for (std::size_t s = 0; s < plan_.stages().stages.size(); ++s) {
    const std::size_t operand = plan_.weights_operand(s);
    biases_.read[operand] = biases_.written[operand];
  }
  return result;
}

std::vector<float> NodeTrainer::owned(std::uint64_t address) const {
  std::vector<float> tiles;
  for (unsigned n = 0; n < nodes_.nodes(); ++n) {
    const std::vector<float> own =
        buffers_[n].read<float>(plan_.share(n).size() * tile_elements, offset(address) / sizeof(float));
    tiles.insert(tiles.end(), own.begin(), own.end());
  }
  return tiles;
}

void NodeTrainer::read_back() {
  from_tiles(owned(plan_.masters()), false);
  from_tiles(owned(plan_.velocity()), true);
}

void NodeTrainer::read_gradients() {
  std::vector<float> sum(plan_.tiles() * tile_elements);
  for (const Buffer& buffer : buffers_) {
    const std::vector<float> part = buffer.read<float>(sum.size(), offset(plan_.gradients()) / sizeof(float));
    std::ranges::transform(sum, part, sum.begin(), std::plus<>());
  }
  std::vector<Parameter>& parameters = network().parameters();
  for (std::size_t p = 0; p < parameters.size(); ++p) {
    std::ranges::transform(plan_.places()[p], parameters[p].gradient.begin(),
                           [&](std::uint32_t place) { return sum[place]; });
  }
}

LossResult NodeTrainer::evaluate(std::optional<std::size_t> samples) {
  read_back();
  if (evaluation_ == Evaluation::host || !calibrated_) return Trainer::evaluate(samples);
  const std::size_t count = std::min(held_out_samples(), samples.value_or(~std::size_t{0}));
  const std::size_t classes = plan_.stages().classes;
  const std::size_t rows = plan_.sample_tiles() * tile_edge;
  LossResult result;
  for (std::size_t first = 0; first < count; first += recipe().batch) {
    fill_held_out(first, std::min(recipe().batch, count - first));
    const std::size_t own = write_samples();
    run(Extent::forward, own, 0);
    Tensor logits;
    logits.shape = {own, classes};
    for (unsigned n = 0; n < nodes_.nodes(); ++n) {
      const TileLayout layout{.rows = rows, .columns = classes};
      const std::vector<float> found =
          unpack_fp32(buffers_[n].read<float>(layout.padded(), offset(plan_.logits()) / sizeof(float)), layout);
      const std::size_t samples_of_node = own * (n + 1) / nodes_.nodes() - own * n / nodes_.nodes();
      logits.values.insert(logits.values.end(), found.begin(),
                           found.begin() + static_cast<std::ptrdiff_t>(samples_of_node * classes));
    }
    result += loss_of(recipe().loss.kind, logits, batch()[recipe().loss.target], nullptr);
  }
  // These magnitudes are none of the training's.
  (void)take_magnitudes();
  return result;
}

std::vector<NamedArray> NodeTrainer::operand_state() const {
  if (!plan_.has_small_operands()) return {};
  NamedArray biases{.name = "operands.biases", .shape = {biases_.read.size()}, .values = {}};
  biases.values.assign(biases_.read.begin(), biases_.read.end());
  NamedArray weights{.name = "operands.weights", .shape = {plan_.weight_tiles() * tile_elements}, .values = {}};
  weights.values.resize(weights.shape.front());
  for (std::size_t s = 0; plan_.small_weights() && s < plan_.stages().stages.size(); ++s) {
    const TileRange tiles = plan_.weights_of(s);
    const std::size_t operand = plan_.weights_operand(s);
    const std::vector<std::uint8_t> found = buffers_.front().read<std::uint8_t>(
        tiles.size() * tile_elements, tiles.size() == 0 ? 0 : offset(plan_.operands()[operand].address));
    std::ranges::transform(found, weights.values.begin() + static_cast<std::ptrdiff_t>(tiles.begin * tile_elements),
                           [format = format_of(operand)](std::uint8_t value) {
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
  if (plan_.small_weights()) write_weights(state[1].values);
  calibrated_ = true;
}

}  // namespace dojo::network
