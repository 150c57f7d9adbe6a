#pragma once
// What a step works on, made ahead of it.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "network/data.hpp"
#include "network/recipe.hpp"
#include "network/tensor.hpp"

namespace dojo::network {

/// What is written to a node before a step.
struct NodeInputs {
  std::vector<std::byte> data;         ///< at StepPlan::data(), in the format of its operand
  std::vector<std::uint32_t> targets;  ///< at StepPlan::labels(): labels, or targets as bits of FP32
};

struct PackedBatch {
  unsigned bias = 0;              ///< exponent bias of the data, the one that fits the batch; 0 for BF16
  std::vector<NodeInputs> nodes;  ///< node i of N has samples [count i / N, count (i + 1) / N)
};

using InputPacker = std::function<PackedBatch(const std::vector<Tensor>& batch)>;

struct Batch {
  std::vector<Tensor> tensors;  ///< one for each of the recipe's data
  PackedBatch packed;           ///< the same as nodes want it; empty where there are none
};

/// The batches of a training: the samples of each epoch in the data set's order.
class BatchMaker {
 public:
  /// Both must outlive it.
  BatchMaker(const Recipe& recipe, const DataSet& data);

  [[nodiscard]] std::size_t steps_per_epoch() const { return steps_per_epoch_; }
  /// The batch of a step, counted from 0.
  [[nodiscard]] std::vector<Tensor> operator()(std::size_t step);

 private:
  const Recipe* recipe_;
  const DataSet* data_;
  std::size_t steps_per_epoch_;
  std::vector<std::uint32_t> order_;  ///< of the samples of `epoch_`
  std::optional<unsigned> epoch_;
};

}  // namespace dojo::network
