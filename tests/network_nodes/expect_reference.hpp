#pragma once
// A training on nodes beside that of the host, and one on RTL beside one on the model.

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "network/nodes/node_trainer.hpp"
#include "tests/train/synthetic_data.hpp"

namespace dojo::network {

/// Groups share the outputs of layers.
inline Recipe in_groups(Recipe recipe, unsigned groups, std::vector<std::string> layers) {
  recipe.placement = {.tensor = std::move(layers), .groups = groups};
  return recipe;
}

/// Root mean square of the difference relative to that of `b`.
inline double relative_difference(const std::vector<float>& a, const std::vector<float>& b) {
  double difference = 0;
  double size = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    difference += std::pow(double{a[i]} - double{b[i]}, 2);
    size += std::pow(double{b[i]}, 2);
  }
  return std::sqrt(difference / size);
}

/// Two steps are those of the host but for a part `tolerance` of gradients and changes. In BF16 other values are the
/// largest of a window or positive, if only few of them: that is most of the difference where there are such layers.
inline void expect_reference(const Recipe& recipe, const DataSet& data, MeshSize mesh, double tolerance,
                             double loss_tolerance = 0.01) {
  Machine machine({.backend = "model", .mesh = mesh});
  NodeTrainer nodes(machine, recipe, data, 1);
  Trainer host(recipe, data, 1);
  // The second step has a sample less than nodes have room for.
  for (int step = 0; step < 2; ++step) {
    const StepResult result = nodes.step();
    const StepResult expected = host.step();
    EXPECT_NEAR(result.loss, expected.loss, loss_tolerance * expected.loss);
    EXPECT_NEAR(result.gradient_norm, expected.gradient_norm, tolerance * expected.gradient_norm);
    nodes.read_gradients();
    for (std::size_t p = 0; p < host.network().parameters().size(); ++p) {
      const Parameter& parameter = host.network().parameters()[p];
      EXPECT_LT(relative_difference(nodes.network().parameters()[p].gradient, parameter.gradient), tolerance)
          << parameter.name << " step " << step;
    }
  }
  nodes.read_back();
  for (std::size_t p = 0; p < host.network().parameters().size(); ++p) {
    const Parameter& parameter = host.network().parameters()[p];
    EXPECT_LT(relative_difference(nodes.network().parameters()[p].values, parameter.values), tolerance)
        << parameter.name;
  }
  for (unsigned n = 0; n < machine.all().nodes(); ++n) {
    for (unsigned id = 0; id < hw::semaphores; ++id) {
      EXPECT_EQ(machine.backend().semaphore(machine.all().node(n), id), 0U) << "node " << n << " semaphore " << id;
    }
  }
}

/// What is owned of the parameters lies in DRAM.
inline Recipe in_dram(Recipe recipe) {
  recipe.placement.dram = true;
  return recipe;
}

/// Two steps, a checkpoint, and a third one give the same bits as three steps; of two nodes.
inline void expect_same_bits_after_resuming(const Recipe& recipe, const DataSet& data) {
  const train::TemporaryFolder folder;
  const MachineConfig config{.backend = "model", .mesh = {2, 1}, .memory = recipe.placement.dram};
  Machine first(config);
  NodeTrainer whole(first, recipe, data, 1);
  for (int i = 0; i < 2; ++i) whole.step();
  whole.save(folder.path() / "net.safetensors");
  whole.step();

  Machine second(config);
  NodeTrainer resumed(second, recipe, data, 1);
  resumed.load(folder.path() / "net.safetensors");
  EXPECT_EQ(resumed.steps_done(), 2);
  resumed.step();
  EXPECT_EQ(resumed.evaluate(20).sum, whole.evaluate(20).sum);
  EXPECT_EQ(hash_parameters(resumed.network().parameters()), hash_parameters(whole.network().parameters()));
}

/// After a step, held-out samples have losses on nodes like those on the host, but for rounding.
inline void expect_evaluation(const Recipe& recipe, const DataSet& data, MeshSize mesh) {
  Machine machine({.backend = "model", .mesh = mesh});
  NodeTrainer nodes(machine, recipe, data, 1, Evaluation::nodes);
  Trainer host(recipe, data, 1);
  nodes.step();
  host.step();
  const LossResult found = nodes.evaluate(21);
  const LossResult expected = host.evaluate(21);
  EXPECT_EQ(found.count, expected.count);
  EXPECT_NEAR(found.mean(), expected.mean(), 0.01 * expected.mean());
  EXPECT_NE(found.sum, expected.sum);
}

/// Loss and parameters after a step are the same on RTL and model.
inline void expect_same_bits_on_rtl(const Recipe& recipe, const DataSet& data, MeshSize mesh) {
  std::vector<std::uint64_t> hashes;
  std::vector<double> losses;
  for (const char* backend : {"rtl", "model"}) {
    Machine machine({.backend = backend, .mesh = mesh, .memory = recipe.placement.dram});
    NodeTrainer trainer(machine, recipe, data, 1);
    losses.push_back(trainer.step().loss);
    trainer.read_back();
    hashes.push_back(hash_parameters(trainer.network().parameters()));
  }
  EXPECT_EQ(losses[0], losses[1]);
  EXPECT_EQ(hashes[0], hashes[1]);
}

}  // namespace dojo::network
