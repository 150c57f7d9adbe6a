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

namespace dojo::network {
namespace {

constexpr std::size_t bias_copies = tile_edge;  // rows of a tile

std::uint64_t bits(float value) {
  return std::bit_cast<std::uint32_t>(value);
}

std::vector<std::uint16_t> rounded(std::span<const float> values) {
  std::vector<std::uint16_t> result(values.size());
  std::ranges::transform(values, result.begin(), to_bf16);
  return result;
}

/// A sample as the image that the plan wants: rows of eights of pixels, in each of these tiles (pixel, channel).
void pack_image(const float* sample, const Shape& shape, const std::optional<Convolution>& patches,
                const StageTensor& tensor, std::uint16_t* out) {
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
            to_bf16(plane[from_y * width + from_x]);
      }
    }
  }
}

}  // namespace

NodePlan plan_recipe(const Recipe& recipe, const Rectangle& nodes, const Program& program) {
  const std::uint64_t base = (program.heap_start() + hw::line_bytes - 1) / hw::line_bytes * hw::line_bytes;
  return {recipe, nodes, base, program.heap_end() - base};
}

NodeTrainer::NodeTrainer(Machine& machine, const Recipe& recipe, const DataSet& data, unsigned threads)
    : Trainer(recipe, data, threads),
      machine_(machine),
      nodes_(machine.all()),
      program_(load_firmware("network")),
      plan_(plan_recipe(recipe, nodes_, program_)) {
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
    const std::vector<network_operation> list = plan_.list(n);
    write(n, plan_.operations(), std::span(list));
    write(n, plan_.descriptors(), std::span(plan_.products()));
    const std::vector<hw::TransferDescriptor> transfers = plan_.transfers(n);
    write(n, plan_.descriptors() + plan_.products().size() * hw::line_bytes, std::span(transfers));
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
  const std::vector<std::uint16_t> weights_bf16 = rounded(std::span(parameters).first(weights));
  for (unsigned n = 0; n < nodes_.nodes(); ++n) {
    const TileRange own = plan_.share(n);
    const auto of_share = [&own](const std::vector<float>& values) {
      return std::span(values).subspan(own.begin * tile_elements, own.size() * tile_elements);
    };
    write(n, plan_.weights(), std::span(weights_bf16));
    write(n, plan_.biases(), std::span(parameters).subspan(weights));
    write(n, plan_.masters(), of_share(parameters));
    write(n, plan_.velocity(), of_share(velocity));
  }
}

void NodeTrainer::write_samples() {
  const std::vector<Tensor>& batch = this->batch();
  const Tensor& inputs = batch[0];
  const Tensor& targets = batch[recipe().loss.target];
  const StageTensor& tensor = plan_.stages().tensors.front();
  const Shape shape(inputs.shape.begin() + 1, inputs.shape.end());
  const std::size_t count = inputs.samples();
  const std::size_t rows = plan_.sample_tiles() * tile_edge;
  for (unsigned n = 0; n < nodes_.nodes(); ++n) {
    const std::size_t first = count * n / nodes_.nodes();
    const std::size_t own = count * (n + 1) / nodes_.nodes() - first;
    std::vector<std::uint32_t> labels(rows, ROW_SOFTMAX_NO_LABEL);
    for (std::size_t i = 0; i < own; ++i) labels[i] = static_cast<std::uint32_t>(targets.values[first + i]);
    write(n, plan_.labels(), std::span<const std::uint32_t>(labels));
    std::vector<std::uint16_t> packed;
    if (tensor.image) {
      const std::size_t image = plan_.image_bytes(0) / sizeof(std::uint16_t);
      packed.resize(plan_.samples() * image);
      for (std::size_t i = 0; i < own; ++i) {
        pack_image(inputs.sample(first + i), shape, plan_.stages().patches, tensor, packed.data() + i * image);
      }
    } else {
      std::vector<float> matrix(rows * tensor.channels);
      std::copy_n(inputs.sample(first), own * tensor.channels, matrix.begin());
      packed = pack_bf16(matrix, {.rows = rows, .columns = tensor.channels});
    }
    write(n, plan_.data(), std::span<const std::uint16_t>(packed));
  }
}

StepResult NodeTrainer::step() {
  const std::size_t step = steps_done();
  fill_batch();
  write_samples();
  const std::size_t samples = batch().front().samples();
  StepResult result{.rate = recipe().schedule.at(step, steps()),
                    .gradient_norm = std::numeric_limits<float>::quiet_NaN()};
  std::array<std::uint64_t, NETWORK_ARGUMENTS> arguments{};
  arguments[NETWORK_ARGUMENT_OPERATIONS] = plan_.operations();
  arguments[NETWORK_ARGUMENT_SCALE] = bits(1.0f / static_cast<float>(samples));
  arguments[NETWORK_ARGUMENT_NEGATIVE_RATE] = bits(-result.rate);
  arguments[NETWORK_ARGUMENT_MOMENTUM] = bits(recipe().optimiser.momentum);
  arguments[NETWORK_ARGUMENT_DECAY] = bits(recipe().optimiser.decay);
  machine_.launch(program_, nodes_, arguments, hw::harts).wait();
  double sum = 0;
  for (const Buffer& buffer : buffers_) {
    const std::vector<float> losses =
        buffer.read<float>(plan_.sample_tiles() * tile_edge, offset(plan_.losses()) / sizeof(float));
    sum = std::accumulate(losses.begin(), losses.end(), sum);
  }
  result.loss = sum / static_cast<double>(samples);
  optimiser().set_steps(step + 1);
  if (!std::isfinite(sum)) throw RunError(fmt::format("step {}: loss {}: the training diverges", step + 1, sum));
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
  return Trainer::evaluate(samples);
}

void NodeTrainer::save(const std::filesystem::path& file) {
  read_back();
  Trainer::save(file);
}

void NodeTrainer::load(const std::filesystem::path& file) {
  Trainer::load(file);
  write_state();
}

}  // namespace dojo::network
