// Groups of nodes that share layers: each has partial results, whose sum all of them get. Node i of a group works with
// node i of the others, on the same samples.

#include "network/nodes/step_plan.hpp"

namespace dojo::network {

std::size_t StepPlan::send_partials(const Exchange& exchange) {
  add(NETWORK_TRANSFERS).place = {.address = word(first_boundary_list() + exchanges_.size())};
  exchanges_.push_back(exchange);
  return exchanges_.size() - 1;
}

void StepPlan::sum_partials(std::size_t exchange) {
  const Exchange& sum = exchanges_[exchange];
  wait(NETWORK_SEMAPHORE_SENT, first_boundary_list() + exchange);
  for (std::size_t slot = 0; slot + 1 < groups_.size(); ++slot) {
    wait(static_cast<network_semaphore>(NETWORK_SEMAPHORE_PARTIALS + slot), 1);
  }
  barrier();
  add(NETWORK_PARTIALS).partials = {.tiles = word(sum.tiles),
                                    .groups = word(groups_.size()),
                                    .group = word(group_),
                                    .bf16 = sum.bf16 ? 1U : 0U,
                                    .own = word(sum.own),
                                    .receive = word(sum.receive),
                                    .slot_bytes = word(sum.bytes()),
                                    .d = word(sum.own)};
  barrier();
}

std::vector<StepPlan::Transfers> StepPlan::partial_sends(unsigned node) const {
  std::vector<Transfers> lists;
  for (const Exchange& exchange : exchanges_) {
    Transfers& list = lists.emplace_back();
    for (std::size_t distance = 1; distance < groups_.size(); ++distance) {
      const std::size_t peer = (group_ + distance) % groups_.size();
      const std::size_t slot = group_ < peer ? group_ : group_ - 1;  // the peer's
      list.push_back(push(groups_[peer].node(node), exchange.own, exchange.receive + slot * exchange.bytes(),
                          exchange.bytes(), static_cast<network_semaphore>(NETWORK_SEMAPHORE_PARTIALS + slot)));
    }
  }
  return lists;
}

}  // namespace dojo::network
