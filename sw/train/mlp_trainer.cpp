#include "train/mlp_trainer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <numeric>

#include "common/error.hpp"
#include "firmware/kernels/softmax_format.h"
#include "kernels/firmware.hpp"

namespace dojo::train {
namespace {

constexpr std::uint16_t one_bf16 = 0x3f80;
constexpr std::uint64_t bits(float value) {
  return std::bit_cast<std::uint32_t>(value);
}

/// The nodes of each die, at the same places in all of them.
std::vector<Rectangle> equal_dies(const Machine& machine) {
  std::vector<Rectangle> dies;
  for (unsigned die = 0; die < machine.grid().dies.nodes(); ++die) {
    dies.push_back(machine.all_of_die(die));
    if (dies.back().holes != dies.front().holes) {
      const Coordinates place = machine.grid().place(die);
      throw InputError(
          fmt::format("die ({},{}) has other dead nodes than die (0,0): training on several dies needs the same nodes "
                      "of each",
                      place.x, place.y));
    }
  }
  return dies;
}

}  // namespace

MlpTrainer::MlpTrainer(Machine& machine, const MlpRecipe& recipe, const MlpParameters& parameters)
    : machine_(machine),
      dies_(equal_dies(machine)),
      recipe_(recipe),
      layout_(MlpLayout::training(recipe, nodes_of_die(), static_cast<unsigned>(dies_.size()))),
      program_(load_firmware("mlp_train")),
      packer_(recipe) {
  const std::size_t available = program_.heap_end() - program_.heap_start();
  if (layout_.bytes() > available) {
    const std::size_t nodes = nodes_of_die() * dies_.size();
    throw InputError(fmt::format(
        "a batch of {} on {} node{} needs {} bytes of each node's SRAM, of which {} are free: take a smaller "
        "batch or more nodes",
        recipe_.batch, nodes, nodes == 1 ? "" : "s", layout_.bytes(), available));
  }
  for (const Rectangle& die : dies_) {
    machine_.load(program_, die);
    for (unsigned i = 0; i < die.nodes(); ++i) {
      buffers_.push_back(machine_.allocate(die.node(i), layout_.bytes()));
      if (buffers_.back().address() != buffers_.front().address()) {
        throw RunError("the nodes have free memory at different addresses");
      }
    }
  }
  arguments_ = layout_.arguments(buffers_.front().address());
  arguments_.dies_in_row = machine_.grid().dies.columns;
  arguments_.die_columns = machine_.grid().die.columns;
  arguments_.die_rows = machine_.grid().die.rows;
  arguments_.momentum = bits(recipe_.momentum);
  write_constants();
  write_parameters(parameters);
}

void MlpTrainer::write_constants() {
  const std::vector<std::uint16_t> ones(tile_elements, one_bf16);
  for (Buffer& buffer : buffers_) buffer.write_bytes(std::as_bytes(std::span(ones)), offset(arguments_.ones));
}

void MlpTrainer::write_parameters(const MlpParameters& parameters) {
  const std::vector<float> weights_1 = pack_fp32(parameters.weights_1, weights_1_layout(recipe_));
  const std::vector<std::uint16_t> weights_1_bf16 = pack_bf16(parameters.weights_1, weights_1_layout(recipe_));
  const std::vector<std::uint16_t> weights_2_bf16 = pack_bf16(parameters.weights_2, weights_2_layout(recipe_));
  const std::vector<float> tail = pack_tail(recipe_, parameters);
  const std::vector<float> zeros(std::max(weights_1.size(), tail.size()));
  for (unsigned i = 0; i < buffers_.size(); ++i) {
    const auto write = [&](std::uint64_t address, auto values) {
      buffers_[i].write_bytes(std::as_bytes(values), offset(address));
    };
    const Range share = layout_.share(i % nodes_of_die());
    const std::size_t row = layout_.hidden_tiles() * tile_elements;
    const std::size_t share_size = share.size() * row;
    write(arguments_.weights_1, std::span(weights_1_bf16));
    write(arguments_.weights_2, std::span(weights_2_bf16));
    write(arguments_.tail_parameters, std::span(tail));
    write(arguments_.tail_velocity, std::span(zeros).first(tail.size()));
    write(arguments_.share_parameters, std::span(weights_1).subspan(share.begin * row, share_size));
    write(arguments_.share_velocity, std::span(zeros).first(share_size));
  }
}

std::span<const std::uint32_t> MlpTrainer::batch(std::size_t step) const {
  const std::size_t first = step * recipe_.batch;
  if (first >= order_.size()) {
    throw RunError(
        fmt::format("step {} of an epoch of {} samples in batches of {}", step, order_.size(), recipe_.batch));
  }
  return std::span(order_).subspan(first, std::min(recipe_.batch, order_.size() - first));
}

template <typename Write>
void MlpTrainer::pack_samples(std::size_t step, Write write) {
  const std::span<const std::uint32_t> samples = batch(step);
  for (unsigned i = 0; i < buffers_.size(); ++i) {
    const Range range = layout_.samples(i / nodes_of_die(), i % nodes_of_die(), samples.size());
    const std::span<const std::uint32_t> own = samples.subspan(range.begin, range.size());
    write(i, std::as_bytes(packer_.pack(*images_, own, layout_.sample_tiles())), 0);
    labels_.assign(layout_.sample_tiles() * tile_edge, SOFTMAX_NO_LABEL);
    std::ranges::transform(own, labels_.begin(), [&](std::uint32_t sample) { return images_->labels[sample]; });
    write(i, std::as_bytes(std::span(labels_)), arguments_.labels - arguments_.inputs);
  }
}

void MlpTrainer::begin_epoch(const ImageSet& images, std::vector<std::uint32_t> order) {
  images_ = &images;
  order_ = std::move(order);
  if (!machine_.dips().empty()) write_to_dram();
}

void MlpTrainer::write_to_dram() {
  const std::size_t node_bytes = layout_.sample_bytes();
  const std::size_t step_bytes = node_bytes * nodes_of_die();
  const std::size_t steps = (order_.size() + recipe_.batch - 1) / recipe_.batch;
  dram_.clear();
  for (unsigned die = 0; die < dies_.size(); ++die) {
    // Dies in the middle of a machine have no Interface Processor of their own.
    const auto own = std::ranges::find(machine_.dips(), die, &DipSite::die);
    const auto dip = own == machine_.dips().end() ? die % machine_.dips().size()
                                                  : static_cast<std::size_t>(own - machine_.dips().begin());
    dram_.push_back(machine_.allocate_dram(static_cast<unsigned>(dip), steps * step_bytes));
  }
  for (std::size_t step = 0; step < steps; ++step) {
    pack_samples(step, [&](unsigned i, std::span<const std::byte> bytes, std::size_t offset) {
      dram_[i / nodes_of_die()].write_bytes(bytes, step * step_bytes + i % nodes_of_die() * node_bytes + offset);
    });
  }
  for (unsigned i = 0; i < buffers_.size(); ++i) {
    const std::uint64_t source =
        dram_[i / nodes_of_die()].global_address(buffers_[i].node()) + i % nodes_of_die() * node_bytes;
    buffers_[i].write_bytes(std::as_bytes(std::span(&source, 1)), offset(arguments_.samples_source));
  }
  arguments_.samples_lines = node_bytes / hw::line_bytes;
}

double MlpTrainer::read_loss(std::size_t samples) const {
  double sum = 0;
  for (const Buffer& buffer : buffers_) {
    const std::vector<float> losses =
        buffer.read<float>(layout_.sample_tiles() * tile_edge, offset(arguments_.losses) / sizeof(float));
    sum = std::accumulate(losses.begin(), losses.end(), sum);
  }
  if (!std::isfinite(sum)) {
    throw RunError("training has diverged: logits are not finite; take a smaller learning rate");
  }
  return sum / static_cast<double>(samples);
}

double MlpTrainer::step(std::size_t step, float learning_rate, std::uint64_t max_cycles) {
  const std::size_t samples = batch(step).size();
  if (dram_.empty()) {
    pack_samples(step, [&](unsigned i, std::span<const std::byte> bytes, std::size_t from_inputs) {
      buffers_[i].write_bytes(bytes, offset(arguments_.inputs) + from_inputs);
    });
  } else {
    arguments_.samples_offset = step * layout_.sample_bytes() * nodes_of_die();
  }
  arguments_.negative_rate = bits(-learning_rate);
  arguments_.gradient_scale = bits(1.0f / static_cast<float>(samples));
  std::vector<Event> launches;
  for (arguments_.die = 0; arguments_.die < dies_.size(); ++arguments_.die) {
    std::array<std::uint64_t, sizeof(mlp_arguments) / sizeof(std::uint64_t)> words;
    std::memcpy(words.data(), &arguments_, sizeof(arguments_));
    launches.push_back(machine_.launch(program_, dies_[arguments_.die], words, hw::harts));
  }
  for (Event& launch : launches) launch.wait(max_cycles);
  arguments_.setup = 0;
  return read_loss(samples);
}

MlpParameters MlpTrainer::parameters(unsigned die) const {
  const std::span<const Buffer> buffers = std::span(buffers_).subspan(die * nodes_of_die(), nodes_of_die());
  MlpParameters result;
  std::vector<float> weights_1;
  for (unsigned i = 0; i < nodes_of_die(); ++i) {
    const std::size_t size = layout_.share(i).size() * layout_.hidden_tiles() * tile_elements;
    const std::vector<float> share = buffers[i].read<float>(size, offset(arguments_.share_parameters) / sizeof(float));
    weights_1.insert(weights_1.end(), share.begin(), share.end());
  }
  result.weights_1 = unpack_fp32(weights_1, weights_1_layout(recipe_));
  const std::size_t tail_size = layout_.tail_bytes() / sizeof(float);
  unpack_tail(recipe_, buffers.back().read<float>(tail_size, offset(arguments_.tail_parameters) / sizeof(float)),
              result);
  return result;
}

}  // namespace dojo::train
