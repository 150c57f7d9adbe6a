#include "routing/dependency_graph.hpp"

#include <algorithm>

namespace dojo::routing {

DependencyGraph::DependencyGraph(const Topology& topology, const std::vector<unsigned>& order)
    : topology_(topology),
      state_(topology.sites() * directions),
      far_end_(topology.sites() * directions),
      place_(topology.sites() * directions),
      seen_(topology.sites() * directions) {
  for (unsigned channel = 0; channel < far_end_.size(); ++channel) {
    far_end_[channel] = topology.neighbour(channel / directions, channel % directions).value_or(0);
  }
  for (unsigned place = 0; place < order.size(); ++place) place_[order[place]] = place;
}

bool DependencyGraph::add(unsigned channel, unsigned direction) {
  State& state = state_[channel][direction];
  if (state == State::absent) {
    const unsigned next = far_end_[channel] * directions + direction;
    state = State::present;
    if (place_[channel] > place_[next]) {
      if (collect_after(next, channel)) {
        collect_before(next, channel);
        reorder();
      } else {
        state = State::forbidden;
      }
      for (const auto* collected : {&after_, &before_}) {
        for (const unsigned seen : *collected) seen_[seen] = false;
      }
    }
  }
  return state == State::present;
}

bool DependencyGraph::collect_after(unsigned from, unsigned to) {
  before_.clear();
  after_.assign(1, from);
  seen_[from] = true;
  for (std::size_t i = 0; i < after_.size(); ++i) {
    const unsigned channel = after_[i];
    for (unsigned d = 0; d < directions; ++d) {
      const unsigned next = far_end_[channel] * directions + d;
      if (!contains(channel, d) || place_[next] > place_[to] || seen_[next]) continue;
      if (next == to) return false;
      seen_[next] = true;
      after_.push_back(next);
    }
  }
  return true;
}

void DependencyGraph::collect_before(unsigned from, unsigned to) {
  before_.assign(1, to);
  seen_[to] = true;
  for (std::size_t i = 0; i < before_.size(); ++i) {
    const unsigned node = before_[i] / directions;
    for (unsigned d = 0; d < directions; ++d) {
      const auto other = topology_.neighbour(node, d);
      if (!other) continue;
      const unsigned previous = *other * directions + opposite(d);
      if (!contains(previous, before_[i] % directions) || place_[previous] < place_[from] || seen_[previous]) continue;
      seen_[previous] = true;
      before_.push_back(previous);
    }
  }
}

void DependencyGraph::reorder() {
  const auto by_place = [this](unsigned a, unsigned b) { return place_[a] < place_[b]; };
  std::sort(before_.begin(), before_.end(), by_place);
  std::sort(after_.begin(), after_.end(), by_place);
  std::vector<unsigned> places;
  places.reserve(before_.size() + after_.size());
  for (const auto* collected : {&before_, &after_}) {
    for (const unsigned channel : *collected) places.push_back(place_[channel]);
  }
  std::sort(places.begin(), places.end());
  auto place = places.begin();
  for (const auto* collected : {&before_, &after_}) {
    for (const unsigned channel : *collected) place_[channel] = *place++;
  }
}

}  // namespace dojo::routing
