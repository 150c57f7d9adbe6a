#include "tb/noc/collective_mesh.hpp"

#include <fmt/format.h>

#include <utility>

#include "Vcollective.h"
#include "Vcollective___024root.h"
#include "common/error.hpp"
#include "verilated.h"

namespace dojo::tb {
namespace {

template <typename Header, typename Data>
Packet packet_of(const Header& header, const Data& data) {
  return {.header = hw::PacketHeader::decode(noc::words_of<4>(header)), .data = noc::words_of<16>(data)};
}

void clock(Vcollective& unit) {
  unit.clk_i = 0;
  unit.eval();
  unit.clk_i = 1;
  unit.eval();
}

}  // namespace

CollectiveMesh::CollectiveMesh(const Topology& topology, int reset_seed)
    : topology_(topology), context_(std::make_unique<VerilatedContext>()) {
  context_->randReset(2);
  context_->randSeed(reset_seed);
  sites_.resize(topology_.sites());
  for (unsigned node = 0; node < topology_.sites(); ++node) {
    sites_[node].unit = std::make_unique<Vcollective>(context_.get(), fmt::format("unit{}", node).c_str());
    Vcollective& unit = *sites_[node].unit;
    unit.rst_ni = 0;
    unit.x_i = static_cast<std::uint16_t>(topology_.place(node).x);
    unit.y_i = static_cast<std::uint16_t>(topology_.place(node).y);
    for (unsigned t = 0; t < hw::trees; ++t) unit.tree_i[t] = 0;
    unit.tree_valid_i = 0;
    unit.tree_credit_i = 0;
    unit.yield_i = 0;
    unit.send_valid_i = 0;
    unit.deliver_credit_i = 0;
    clock(unit);
    clock(unit);
    unit.rst_ni = 1;
  }
}

// A model that dies looks for its scopes in the thread's context, which is that of the youngest mesh.
CollectiveMesh::~CollectiveMesh() {
  Verilated::threadContextp(context_.get());
  sites_.clear();
}

void CollectiveMesh::configure(unsigned tree, const std::vector<hw::Tree>& nodes) {
  for (unsigned node = 0; node < topology_.sites(); ++node) sites_[node].unit->tree_i[tree] = nodes.at(node).encode();
}

bool CollectiveMesh::has_room(unsigned node) const {
  return sites_.at(node).unit->send_room_o != 0;
}

void CollectiveMesh::forge_credit(unsigned node, unsigned direction, unsigned tree) {
  const auto to = topology_.neighbour(node, direction);
  if (!to) throw RunError(fmt::format("node {} has no neighbour in direction {}", node, direction));
  sites_[*to].credits |= 1U << (4 * tree + opposite(direction));
}

void CollectiveMesh::mix(const Packet& packet) {
  for (const std::uint32_t word : packet.header.encode()) mix(word);
  for (const std::uint32_t word : packet.data) mix(word);
}

// The router's output registers: what the unit gave in the last cycle is on the links in the next one. The router's own
// flits go when the output is free; those held up are told to the unit.
void CollectiveMesh::route(Site& site, unsigned node) {
  for (unsigned d = 0; d < directions; ++d) {
    const auto to = topology_.neighbour(node, d);
    if (!to) continue;
    if (router_policy_ && router_policy_(node, d)) site.wanted |= 1U << d;
    if (site.leaving[d]) {
      sites_[*to].arriving[opposite(d)] = std::exchange(site.leaving[d], std::nullopt);
      site.next_yield |= site.wanted & (1U << d);
    } else if (((site.wanted >> d) & 1U) != 0) {
      site.wanted &= ~(1U << d);
      ++router_flits_;
    }
  }
}

// Puts this cycle's inputs on the ports; false when the unit has nothing to do.
bool CollectiveMesh::drive(Site& site, unsigned node) {
  Vcollective& unit = *site.unit;
  unit.tree_valid_i = 0;
  for (unsigned d = 0; d < directions; ++d) {
    if (!site.arriving[d]) continue;
    unit.tree_valid_i = static_cast<std::uint8_t>(unit.tree_valid_i | 1U << d);
    noc::assign_words(unit.flit_header_i[d], site.arriving[d]->header.encode());
    noc::assign_words(unit.flit_data_i, site.arriving[d]->data, d);
    site.arriving[d].reset();
  }
  unit.tree_credit_i = static_cast<std::uint16_t>(site.credits);
  unit.yield_i = static_cast<std::uint8_t>(site.yield);
  if (!site.source.empty() && !site.offering) site.offering = !send_policy_ || send_policy_(node);
  unit.send_valid_i = site.offering ? 1 : 0;
  if (site.offering) {
    noc::assign_words(unit.send_header_i, site.source.front().header.encode());
    noc::assign_words(unit.send_data_i, site.source.front().data);
    if (unit.send_ready_o != 0) {
      site.source.pop_front();
      site.offering = false;
    }
  }
  const bool returns = site.owed != 0 && (!sink_policy_ || sink_policy_(node));
  unit.deliver_credit_i = returns ? 1 : 0;
  site.owed -= returns ? 1 : 0;
  site.owed += std::exchange(site.arrived, false) ? 1 : 0;
  return unit.busy_o != 0 || unit.tree_valid_i != 0 || unit.tree_credit_i != 0 || unit.send_valid_i != 0 || returns;
}

void CollectiveMesh::collect(Site& site, unsigned node) {
  const Vcollective& unit = *site.unit;
  if (((unit.up_valid_o | unit.down_valid_o) & site.yield) != 0) {
    throw RunError(fmt::format("node {} does not yield", node));
  }
  for (unsigned d = 0; d < directions; ++d) {
    const auto to = topology_.neighbour(node, d);
    const bool up = ((unit.up_valid_o >> d) & 1U) != 0;
    if (up || ((unit.down_valid_o >> d) & 1U) != 0) {
      Packet packet =
          up ? packet_of(unit.up_header_o, unit.up_data_o) : packet_of(unit.down_header_o, unit.down_data_o);
      if (!to) throw RunError(fmt::format("a line leaves the mesh at node {} in direction {}", node, d));
      mix(node * directions + d);
      mix(packet);
      if (!line_tap_ || line_tap_(node, d, packet)) site.leaving[d] = packet;
    }
    for (unsigned t = 0; t < hw::trees; ++t) {
      if (((unit.tree_credit_o >> (4 * t + d)) & 1U) == 0) continue;
      if (!to) throw RunError(fmt::format("a credit leaves the mesh at node {} in direction {}", node, d));
      mix(0x1000000U + node * 16 + 4 * t + d);
      if (credit_tap_ && !credit_tap_(node, d, t)) continue;
      sites_[*to].next_credits |= 1U << (4 * t + opposite(d));
    }
  }
  if (unit.deliver_valid_o != 0) {
    const Packet packet = packet_of(unit.deliver_header_o, unit.deliver_data_o);
    mix(0x2000000U + node);
    mix(packet);
    site.arrived = true;
    if (sink_) sink_(node, packet);
  }
  if (unit.unreachable_valid_o != 0) {
    mix(unit.unreachable_o);
    if (refusal_) refusal_(node, hw::AccessError::decode(unit.unreachable_o));
  }
}

void CollectiveMesh::step() {
  std::vector<bool> active(sites_.size());
  evaluated_ = 0;
  for (unsigned node = 0; node < sites_.size(); ++node) {
    active[node] = drive(sites_[node], node);
    evaluated_ += active[node] ? 1 : 0;
  }
  for (unsigned node = 0; node < sites_.size(); ++node) {
    if (active[node]) clock(*sites_[node].unit);
  }
  ++cycle_;
  for (unsigned node = 0; node < sites_.size(); ++node) route(sites_[node], node);
  for (unsigned node = 0; node < sites_.size(); ++node) {
    if (active[node]) collect(sites_[node], node);
  }
  for (Site& site : sites_) {
    site.credits = std::exchange(site.next_credits, 0);
    site.yield = std::exchange(site.next_yield, 0);
  }
  mix(cycle_);
}

std::string CollectiveMesh::unsettled() const {
  for (unsigned node = 0; node < sites_.size(); ++node) {
    const Site& site = sites_[node];
    if (site.unit->busy_o != 0) return fmt::format("unit {} is busy", node);
    if (!site.source.empty()) return fmt::format("packets wait at the source of node {}", node);
    const auto& root = *site.unit->rootp;
    if (root.collective_unit__DOT__sum_used != 0) return fmt::format("sums wait in unit {}", node);
    if (root.collective_unit__DOT__own_count != 0) return fmt::format("own lines wait in unit {}", node);
    if (root.collective_unit__DOT__deliver_credits != hw::router_depth) {
      return fmt::format("unit {} has {} credits of its sink", node, root.collective_unit__DOT__deliver_credits);
    }
    for (unsigned d = 0; d < directions; ++d) {
      for (unsigned t = 0; t < hw::trees; ++t) {
        const unsigned credits = root.collective_unit__DOT__credits[d][t];
        if (credits != depth)
          return fmt::format("unit {} has {} credits of tree {} for output {}", node, credits, t, d);
      }
    }
  }
  return {};
}

}  // namespace dojo::tb
