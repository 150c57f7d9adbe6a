#include "tb/noc/barrier_mesh.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "Vbarrier.h"
#include "common/error.hpp"
#include "verilated.h"

namespace dojo::tb {

BarrierMesh::BarrierMesh(const Topology& topology, int reset_seed)
    : topology_(topology), context_(std::make_unique<VerilatedContext>()) {
  context_->randReset(2);
  context_->randSeed(reset_seed);
  sites_.resize(topology_.sites());
  for (unsigned node = 0; node < topology_.sites(); ++node) {
    sites_[node].unit = std::make_unique<Vbarrier>(context_.get(), fmt::format("unit{}", node).c_str());
    Vbarrier& unit = *sites_[node].unit;
    unit.rst_ni = 0;
    unit.arrive_valid_i = 0;
    for (unsigned t = 0; t < hw::trees; ++t) unit.tree_i[t] = 0;
    for (unsigned d = 0; d < directions; ++d) unit.token_i[d] = 0;
    for (int i = 0; i < 2; ++i) {
      unit.clk_i = 0;
      unit.eval();
      unit.clk_i = 1;
      unit.eval();
    }
    unit.rst_ni = 1;
  }
}

// A model that dies looks for its scopes in the thread's context, which is that of the youngest mesh.
BarrierMesh::~BarrierMesh() {
  Verilated::threadContextp(context_.get());
  sites_.clear();
}

void BarrierMesh::configure(unsigned tree, const std::vector<hw::Tree>& nodes) {
  for (unsigned node = 0; node < topology_.sites(); ++node) sites_[node].unit->tree_i[tree] = nodes.at(node).encode();
}

// Puts this cycle's inputs on the ports; false when the unit has nothing to do.
bool BarrierMesh::drive(Site& site, unsigned node) {
  Vbarrier& unit = *site.unit;
  bool active = unit.busy_o != 0 || !site.arrivals.empty();
  for (unsigned d = 0; d < directions; ++d) {
    unit.token_i[d] = site.now[d];
    active = active || site.now[d] != 0;
  }
  unit.arrive_valid_i = 0;
  for (unsigned a = 0; a < 3 && !site.arrivals.empty(); ++a) {
    unit.arrive_valid_i = static_cast<std::uint8_t>(unit.arrive_valid_i | 1U << a);
    unit.arrive_tree_i[a] = static_cast<std::uint8_t>(site.arrivals.front());
    site.arrivals.pop_front();
  }
  unit.sem_ready_i = !ready_ || ready_(node) ? 1 : 0;
  if (unit.sem_valid_o != 0 && unit.sem_ready_i != 0) {
    mix(0x2000000U + node * 256 + unit.sem_id_o * 8U + unit.sem_amount_o);
    if (release_) release_(node, unit.sem_id_o, unit.sem_amount_o);
  }
  return active;
}

void BarrierMesh::collect(const Site& site, unsigned node) {
  for (unsigned d = 0; d < directions; ++d) {
    std::uint8_t tokens = site.unit->token_o[d];
    if (token_tap_) token_tap_(node, d, tokens);
    if (tokens == 0) continue;
    mix(node * 1024 + d * 256 + tokens);
    const auto to = topology_.neighbour(node, d);
    if (!to) throw RunError(fmt::format("a token leaves the mesh at node {} in direction {}", node, d));
    sites_[*to].next[opposite(d)] = tokens;
  }
}

void BarrierMesh::step() {
  std::vector<bool> active(sites_.size());
  for (unsigned node = 0; node < sites_.size(); ++node) active[node] = drive(sites_[node], node);
  for (unsigned node = 0; node < sites_.size(); ++node) {
    sites_[node].next.fill(0);
    if (!active[node]) continue;
    Vbarrier& unit = *sites_[node].unit;
    unit.clk_i = 0;
    unit.eval();
    unit.clk_i = 1;
    unit.eval();
  }
  ++cycle_;
  for (unsigned node = 0; node < sites_.size(); ++node) {
    if (active[node]) collect(sites_[node], node);
  }
  for (Site& site : sites_) std::swap(site.now, site.next);
  mix(cycle_);
}

bool BarrierMesh::is_quiet() const {
  return std::all_of(sites_.begin(), sites_.end(), [](const Site& site) {
    return site.unit->busy_o == 0 && site.arrivals.empty() &&
           std::all_of(site.now.begin(), site.now.end(), [](std::uint8_t tokens) { return tokens == 0; });
  });
}

}  // namespace dojo::tb
