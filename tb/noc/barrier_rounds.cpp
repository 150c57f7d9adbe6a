#include "tb/noc/barrier_rounds.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dojo::tb {

BarrierRounds::BarrierRounds(unsigned seed, int reset_seed)
    : random_(seed), mesh_(random_topology(random_, 7), reset_seed) {
  for (unsigned t = 0; t < hw::trees; ++t) make_barrier(t);
  mesh_.set_release([this](unsigned node, unsigned sem, unsigned amount) { on_release(node, sem, amount); });
  mesh_.set_ready([this](unsigned) { return random_() % 4 != 0; });
}

void BarrierRounds::make_barrier(unsigned t) {
  Barrier& barrier = barriers_.at(t);
  barrier.tree = random_tree(mesh_.topology(), random_);
  barrier.join_only = random_() % 4 == 0;
  for (hw::Tree& node : barrier.tree.nodes) {
    node.arrivals = static_cast<std::uint8_t>(random_() % 5);
    if (node.children == 0 && node.arrivals == 0) node.arrivals = 1;
    node.member = random_() % 4 != 0;
    node.sem = static_cast<std::uint8_t>(8 * t + random_() % 8);
    node.amount = static_cast<std::uint8_t>(random_() % 8);
    node.join_only = barrier.join_only;
  }
  barrier.arrived.assign(mesh_.topology().sites(), 0);
  barrier.released.assign(mesh_.topology().sites(), 0);
  mesh_.configure(t, barrier.tree.nodes);
}

unsigned BarrierRounds::complete(const Barrier& barrier) const {
  unsigned least = ~0U;
  for (const unsigned site : barrier.tree.sites) {
    const unsigned arrivals = barrier.tree.nodes[site].arrivals;
    if (arrivals != 0) least = std::min(least, barrier.arrived[site] / arrivals);
  }
  return least;
}

bool BarrierRounds::may_arrive(const Barrier& barrier, unsigned site, unsigned rounds) const {
  const hw::Tree& node = barrier.tree.nodes[site];
  if (!node.valid || node.arrivals == 0) return false;
  const unsigned round = barrier.arrived[site] / node.arrivals;
  if (round >= rounds) return false;
  return node.member && !barrier.join_only ? round <= barrier.released[site] : round < complete(barrier) + 3;
}

bool BarrierRounds::is_done(const Barrier& barrier, unsigned rounds) const {
  return complete(barrier) == rounds &&
         std::all_of(barrier.tree.sites.begin(), barrier.tree.sites.end(), [&](unsigned site) {
           const bool counts = barrier.tree.nodes[site].member && (!barrier.join_only || site == barrier.tree.root);
           return barrier.released[site] == (counts ? rounds : 0);
         });
}

void BarrierRounds::on_release(unsigned node, unsigned sem, unsigned amount) {
  Barrier& barrier = barriers_.at(sem / 8);
  const hw::Tree& place = barrier.tree.nodes[node];
  if (!place.valid || !place.member || place.sem != sem || place.amount != amount) {
    errors_.push_back(fmt::format("semaphore {} of node {} counts {}", sem, node, amount));
  }
  if (++barrier.released[node] > complete(barrier)) {
    errors_.push_back(fmt::format("node {} is released from round {} of tree {} before all have arrived", node,
                                  barrier.released[node], sem / 8));
  }
}

// At most three per node, so that what arrives does so in this cycle.
void BarrierRounds::let_arrive(unsigned rounds) {
  for (unsigned site = 0; site < mesh_.topology().sites(); ++site) {
    for (unsigned i = 0; i < 3; ++i) {
      const unsigned t = static_cast<unsigned>(random_() % hw::trees);
      if (!may_arrive(barriers_[t], site, rounds)) continue;
      ++barriers_[t].arrived[site];
      mesh_.arrive(site, t);
    }
  }
}

bool BarrierRounds::run(unsigned rounds, unsigned limit) {
  const auto is_done_in_all = [&] {
    return std::all_of(barriers_.begin(), barriers_.end(),
                       [&](const Barrier& barrier) { return is_done(barrier, rounds); });
  };
  unsigned pause = 0;
  for (unsigned i = 0; i < limit; ++i) {
    if (pause == 0) let_arrive(rounds);
    pause = pause != 0 ? pause - 1 : random_() % 16 == 0 ? static_cast<unsigned>(random_() % 40) : 0;
    mesh_.step();
    if (is_done_in_all() && mesh_.is_quiet()) return true;
  }
  return false;
}

}  // namespace dojo::tb
