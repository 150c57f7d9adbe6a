#pragma once
// A batch as the nodes want it.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "network/nodes/plan.hpp"
#include "network/tensor.hpp"

namespace dojo::network {

/// Knows what it needs of a plan, so that it can be used by a thread of its own.
class BatchPacker {
 public:
  /// `target` of the batch's tensors has labels or targets.
  BatchPacker(const NodePlan& plan, unsigned nodes, std::size_t target);

  /// The inputs of each node: node i of N has samples [count i / N, count (i + 1) / N).
  [[nodiscard]] PackedBatch operator()(const std::vector<Tensor>& batch) const;

 private:
  unsigned nodes_;
  std::size_t target_;
  std::size_t samples_;  ///< of a node
  std::size_t rows_;     ///< the same in whole tiles
  std::size_t losses_;
  Operand operand_;  ///< the data
  StageTensor data_;
  StageTensor logits_;
  LossKind loss_;
  Convolution patches_;  ///< one pixel, if there are none
};

}  // namespace dojo::network
