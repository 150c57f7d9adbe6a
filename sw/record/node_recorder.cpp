#include "record/node_recorder.hpp"

#include <bit>
#include <cstring>

namespace dojo::record {
namespace {

constexpr unsigned no_site = ~0u;

hw::PacketHeader decoded(const std::uint32_t* words) {
  sim::FlitHeader packed;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled in the next line
  std::memcpy(packed.data(), words, sizeof packed);
  return hw::PacketHeader::decode(packed);
}

}  // namespace

void NodeRecorder::change_states(std::uint64_t cycle) {
  for (unsigned hart = 0; hart < hw::harts; ++hart) {
    const auto state = static_cast<hw::HartState>(states_ >> (3 * hart) & 7);
    for (unsigned i = 0; i < hart_states.size(); ++i) {
      if (state == hart_states[i]) state_cycles_[hart][i] += cycle - states_since_;
    }
  }
  states_ = *node_->ports.hart_state;
  states_since_ = cycle;
}

void NodeRecorder::count_flits() {
  const sim::NodePorts& ports = node_->ports;
  constexpr unsigned tree = 2;
  for (unsigned d = 0; d < directions; ++d) {
    if ((*ports.tree_valid_out >> d & 1) != 0) {
      ++flits_[d][tree];
    } else if ((*ports.flit_valid_out >> d & 1) != 0) {
      ++flits_[d][static_cast<unsigned>(decoded(ports.flit_header_out[d]).cls)];
    }
  }
}

void NodeRecorder::count_memory_flits() {
  memory_flits_ += static_cast<unsigned>(std::popcount(*node_->ports.flit_valid_in & memory_));
}

unsigned NodeRecorder::site_of(unsigned x, unsigned y) const {
  const Coordinates place{.x = x, .y = y};
  return machine_.is_alive(place) ? machine_.number(place) : no_site;
}

void NodeRecorder::log_flits(const sim::LocalFlits& local, std::uint64_t cycle) {
  if (local.to_router != nullptr) {
    const hw::PacketHeader header = decoded(local.to_router);
    const unsigned destination = site_of(header.dst_x, header.dst_y);
    if (destination != no_site) {
      sent_.push_back({cycle, LatencyMatcher::way(site_, destination, static_cast<unsigned>(header.cls))});
    }
  }
  if (local.from_router != nullptr) {
    const hw::PacketHeader header = decoded(local.from_router);
    const unsigned source = site_of(header.src_x, header.src_y);
    const unsigned destination = site_of(header.dst_x, header.dst_y);
    if (source != no_site && destination != no_site) {
      received_.push_back({cycle, LatencyMatcher::way(source, destination, static_cast<unsigned>(header.cls))});
    }
  }
}

void NodeRecorder::add_totals(std::uint64_t cycle, std::vector<std::uint64_t>& totals) {
  change_states(cycle);
  profile_.catch_up(cycle);
  for (unsigned i = 0; i < hw::counters; ++i) {
    if (hw::counter_table[i].scope == hw::CounterScope::node) totals.push_back(node_->counter(i, 0));
  }
  totals.push_back(memory_flits_);
  for (unsigned hart = 0; hart < hw::harts; ++hart) {
    totals.push_back(node_->instructions_retired(hart));
    for (unsigned i = 0; i < hw::counters; ++i) {
      if (hw::counter_table[i].scope == hw::CounterScope::hart) totals.push_back(node_->counter(i, hart));
    }
    totals.insert(totals.end(), state_cycles_[hart].begin(), state_cycles_[hart].end());
  }
  for (const auto& kinds : flits_) totals.insert(totals.end(), kinds.begin(), kinds.end());
}

}  // namespace dojo::record
