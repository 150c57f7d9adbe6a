// Pipelines: what a part receives from the one before, and sends to the one behind. Node i of a part works with node i
// of the others, image by image.

#include "kernels/tiles.hpp"
#include "network/nodes/plan.hpp"

namespace dojo::network {

void NodePlan::connect(NodePlan& before, NodePlan& behind) {
  before.behind_ = {.nodes = behind.nodes_, .address = behind.activations_.front()};
  behind.before_ = {.nodes = before.nodes_, .address = before.gradient_.back()};
}

void NodePlan::receive(std::size_t piece) {
  if (!before_) return;
  wait(NETWORK_SEMAPHORE_FORWARD, 1);
  if (operands_.front().largest == 0) return;
  quantize_activations(0, piece, 1);
  barrier();
}

void NodePlan::send(std::size_t tensor, std::size_t piece) {
  if (!behind_ || tensor + 1 != stages_.tensors.size()) return;
  barrier();
  add(NETWORK_TRANSFERS).place = {.address = word(first_boundary_list() + piece)};
}

void NodePlan::finish_sends() {
  for (std::size_t i = 0; i < pieces(stages_.stages.size()); ++i) {
    wait(NETWORK_SEMAPHORE_SENT, first_boundary_list() + i);
  }
}

bool NodePlan::comes(std::size_t tensor) const {
  return gradient_issued_[tensor] != 0 || (behind_ && tensor + 1 == stages_.tensors.size());
}

void NodePlan::await_gradient(std::size_t tensor, std::size_t piece) {
  if (gradient_issued_[tensor] != 0) {
    wait_for(gradient_issued_[tensor] + piece);
    if (is_split(tensor, Split::outputs)) sum_partials(send_partials(partial_gradient(tensor, piece)));
  } else if (comes(tensor)) {
    wait(NETWORK_SEMAPHORE_BACKWARD, 1);
  }
}

void NodePlan::send_gradient() {
  const std::size_t first = first_boundary_list() + (behind_ ? pieces(stages_.stages.size()) : 0);
  if (!comes(0)) barrier();
  for (std::size_t i = 0; i < pieces(0); ++i) {
    await_gradient(0, i);
    add(NETWORK_TRANSFERS).place = {.address = word(first + i)};
  }
  for (std::size_t i = 0; i < pieces(0); ++i) wait(NETWORK_SEMAPHORE_SENT, first + i);
}

std::vector<StepPlan::Transfers> NodePlan::boundary_sends(unsigned node) const {
  std::vector<Transfers> lists = partial_sends(node);
  const auto send = [&](const Neighbour& neighbour, std::size_t tensor, std::uint64_t from, network_semaphore counts) {
    const std::size_t count = pieces(tensor);
    const std::size_t bytes = tensor_bytes(tensor) / count;
    for (std::size_t i = 0; i < count; ++i) {
      lists.push_back(
          {push(neighbour.nodes.node(node), from + i * bytes, neighbour.address + i * bytes, bytes, counts)});
    }
  };
  if (behind_) send(*behind_, stages_.stages.size(), activations_.back(), NETWORK_SEMAPHORE_FORWARD);
  if (before_) send(*before_, 0, gradient_.front(), NETWORK_SEMAPHORE_BACKWARD);
  return lists;
}

}  // namespace dojo::network
