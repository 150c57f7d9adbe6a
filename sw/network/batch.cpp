#include "network/batch.hpp"

#include <algorithm>
#include <span>

namespace dojo::network {

BatchMaker::BatchMaker(const Recipe& recipe, const DataSet& data)
    : recipe_(&recipe), data_(&data), steps_per_epoch_((data.samples(Part::train) + recipe.batch - 1) / recipe.batch) {}

std::vector<Tensor> BatchMaker::operator()(std::size_t step) {
  const auto epoch = static_cast<unsigned>(step / steps_per_epoch_);
  if (epoch_ != epoch) {
    order_ = data_->order(recipe_->seed, epoch);
    epoch_ = epoch;
  }
  const std::size_t first = step % steps_per_epoch_ * recipe_->batch;
  const std::size_t count = std::min(recipe_->batch, order_.size() - first);
  std::vector<Tensor> batch(recipe_->graph.tensors().size());
  data_->fill(Part::train, std::span(order_).subspan(first, count), batch);
  return batch;
}

}  // namespace dojo::network
