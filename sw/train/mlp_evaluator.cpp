#include "train/mlp_evaluator.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <numeric>

#include "kernels/firmware.hpp"
#include "runtime/machine.hpp"
#include "train/mlp_layout.hpp"
#include "train/mlp_memory.hpp"

namespace dojo::train {
namespace {

constexpr std::size_t images_per_launch = 256;

}  // namespace

double evaluate_mlp(const MlpRecipe& recipe, const MlpParameters& parameters, const ImageSet& images, std::size_t begin,
                    std::size_t end) {
  Machine machine({.backend = "model"});
  const Program program = load_firmware("mlp_forward");
  machine.load(program, machine.all());
  const MlpLayout layout = MlpLayout::inference(recipe, images_per_launch);
  Buffer buffer = machine.allocate({}, layout.bytes());
  mlp_arguments arguments = layout.arguments(buffer.address());
  const auto offset = [&](std::uint64_t address) { return address - buffer.address(); };
  const auto write = [&](std::uint64_t address, const auto& values) {
    buffer.write_bytes(std::as_bytes(std::span(values)), offset(address));
  };
  write(arguments.weights_1, pack_bf16(parameters.weights_1, weights_1_layout(recipe)));
  write(arguments.weights_2, pack_bf16(parameters.weights_2, weights_2_layout(recipe)));
  write(arguments.tail_parameters, pack_tail(recipe, parameters));

  InputPacker packer(recipe);
  const TileLayout logit_layout{.rows = images_per_launch, .columns = recipe.classes, .order = TileOrder::by_columns};
  std::size_t correct = 0;
  for (std::size_t first = begin; first < end; first += images_per_launch) {
    std::vector<std::uint32_t> order(std::min(images_per_launch, end - first));
    std::iota(order.begin(), order.end(), static_cast<std::uint32_t>(first));
    write(arguments.inputs, packer.pack(images, order, layout.sample_tiles()));
    std::array<std::uint64_t, sizeof(mlp_arguments) / sizeof(std::uint64_t)> words;
    std::memcpy(words.data(), &arguments, sizeof(arguments));
    machine.launch(program, machine.all(), words).wait();
    arguments.setup = 0;

    const std::vector<float> logits =
        unpack_fp32(buffer.read<float>(logit_layout.padded(), offset(arguments.logits) / sizeof(float)), logit_layout);
    for (std::size_t i = 0; i < order.size(); ++i) {
      const auto row = logits.begin() + static_cast<std::ptrdiff_t>(i * recipe.classes);
      const auto best = std::max_element(row, row + static_cast<std::ptrdiff_t>(recipe.classes)) - row;
      correct += best == images.labels[order[i]] ? 1 : 0;
    }
  }
  return static_cast<double>(correct) / static_cast<double>(end - begin);
}

double evaluate_mlp(const MlpRecipe& recipe, const MlpParameters& parameters, const ImageSet& images) {
  const std::size_t middle = images.count / 2 / images_per_launch * images_per_launch;
  if (middle == 0) return evaluate_mlp(recipe, parameters, images, 0, images.count);
  std::future<double> first =
      std::async(std::launch::async, [&] { return evaluate_mlp(recipe, parameters, images, 0, middle); });
  const double second = evaluate_mlp(recipe, parameters, images, middle, images.count);
  const auto rest = static_cast<double>(images.count - middle);
  return (first.get() * static_cast<double>(middle) + second * rest) / static_cast<double>(images.count);
}

bool BackgroundEvaluator::idle() const {
  return !running_.valid() || running_.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
}

void BackgroundEvaluator::start(MlpParameters parameters) {
  running_ = std::async(std::launch::async, [this, snapshot = std::move(parameters)] {
    return evaluate_mlp(recipe_, snapshot, images_, 0, std::min(images_used_, images_.count));
  });
}

std::optional<double> BackgroundEvaluator::latest() {
  if (running_.valid() && idle()) latest_ = running_.get();
  return latest_;
}

}  // namespace dojo::train
