#include "hang/wait_graph.hpp"

#include <algorithm>
#include <deque>
#include <limits>

namespace dojo::hang {

unsigned WaitGraph::add(const PartyKey& key, const std::string& name) {
  const auto [found, is_new] = numbers_.try_emplace(key, static_cast<unsigned>(parties_.size()));
  if (is_new) {
    parties_.push_back({.key = key, .name = name, .state = {}, .cause = {}});
    outgoing_.emplace_back();
  }
  return found->second;
}

void WaitGraph::wait(unsigned from, unsigned to, const std::string& reason) {
  const auto leads_there = [&](unsigned wait) { return waits_[wait].to == to; };
  if (std::ranges::any_of(outgoing_[from], leads_there)) return;
  outgoing_[from].push_back(static_cast<unsigned>(waits_.size()));
  waits_.push_back({.from = from, .to = to, .reason = reason});
}

// Breadth first from `start` until it comes back there.
std::vector<unsigned> WaitGraph::shortest_circle(unsigned start) const {
  constexpr unsigned none = std::numeric_limits<unsigned>::max();
  std::vector<unsigned> before(parties_.size(), none);
  std::deque<unsigned> next{start};
  while (!next.empty()) {
    const unsigned party = next.front();
    next.pop_front();
    for (const unsigned wait : outgoing_[party]) {
      const unsigned to = waits_[wait].to;
      if (to == start) {
        std::vector<unsigned> circle{party};
        while (circle.back() != start) circle.push_back(before[circle.back()]);
        std::ranges::reverse(circle);
        return circle;
      }
      if (before[to] != none) continue;
      before[to] = party;
      next.push_back(to);
    }
  }
  return {};
}

std::vector<std::vector<unsigned>> WaitGraph::circles() const {
  std::vector<std::vector<unsigned>> result;
  std::vector<bool> is_told(parties_.size());
  for (unsigned party = 0; party < parties_.size(); ++party) {
    if (is_told[party]) continue;
    const std::vector<unsigned> circle = shortest_circle(party);
    if (circle.empty()) continue;
    // One that meets another one belongs to it.
    if (std::ranges::none_of(circle, [&](unsigned member) { return is_told[member]; })) result.push_back(circle);
    for (const unsigned member : circle) is_told[member] = true;
  }
  return result;
}

}  // namespace dojo::hang
