#include "debug/points.hpp"

#include <algorithm>

namespace dojo::debug {
namespace {

bool is_at_rest(hw::HartState state) {
  return state == hw::HartState::stopped || state == hw::HartState::faulted;
}

bool touches(const HartCycle& cycle, const Watchpoint& point) {
  return cycle.access && cycle.access->address < point.local + point.size &&
         point.local < cycle.access->address + cycle.access->size;
}

/// Of the harts of a node the first for which `is_it` holds.
template <typename Test>
std::optional<unsigned> first_hart(std::span<const HartCycle, hw::harts> harts, Test is_it) {
  const auto found = std::ranges::find_if(harts, is_it);
  if (found == harts.end()) return std::nullopt;
  return static_cast<unsigned>(found - harts.begin());
}

}  // namespace

bool Conditions::is_breakpoint(HartNumber hart, std::uint64_t pc) const {
  if (only && *only != site_of(hart)) return false;
  if (std::ranges::find(breakpoints, pc) != breakpoints.end()) return true;
  return alone != hart && std::ranges::find(passed_over, pc) != passed_over.end();
}

bool Conditions::has(const Hit& hit) const {
  if (hit.kind == Hit::Kind::breakpoint) return is_breakpoint(hit.hart, hit.pc);
  return hit.kind == Hit::Kind::watchpoint && std::ranges::find(watchpoints, hit.watchpoint) != watchpoints.end();
}

void NodePoints::arm(const Conditions& conditions) {
  conditions_ = &conditions;
  watched_.clear();
  for (const Watchpoint& point : conditions.watchpoints) {
    if (point.site != site_) continue;
    watched_.push_back({.point = point, .bytes = std::vector<std::byte>(point.size)});
    read_(point.local, watched_.back().bytes);
  }
}

void NodePoints::after_cycle(std::span<const HartCycle, hw::harts> harts, std::vector<Hit>& hits) {
  for (unsigned local = 0; local < hw::harts; ++local) {
    const HartCycle& cycle = harts[local];
    // A hart that waits and tries its instruction again has not come to it anew.
    const bool arrives = !is_at_rest(cycle.state) &&
                         (cycle.retired || cycle.pc != progress_.pc[local] || is_at_rest(progress_.state[local]));
    progress_.retired[local] += cycle.retired ? 1 : 0;
    progress_.pc[local] = cycle.pc;
    progress_.state[local] = cycle.state;
    if (conditions_ != nullptr) check_hart(local, cycle, arrives, hits);
  }
  for (Watched& watched : watched_) {
    if (conditions_ != nullptr) check_watched(watched, harts, hits);
  }
}

void NodePoints::check_hart(unsigned local, const HartCycle& cycle, bool arrives, std::vector<Hit>& hits) const {
  const HartNumber hart = site_ * hw::harts + local;
  const auto& step = conditions_->step;
  const auto& count = conditions_->count;
  const auto hit = [&](Hit::Kind kind) { hits.push_back({.kind = kind, .hart = hart, .pc = cycle.pc}); };
  if (arrives && conditions_->is_breakpoint(hart, cycle.pc)) return hit(Hit::Kind::breakpoint);
  if (step && step->hart == hart && cycle.retired && (cycle.pc < step->first || cycle.pc >= step->last)) {
    return hit(Hit::Kind::step);
  }
  if (count && count->hart == hart && cycle.retired && progress_.retired[local] == count->retired) {
    hit(Hit::Kind::count);
  }
}

void NodePoints::check_watched(Watched& watched, std::span<const HartCycle, hw::harts> harts, std::vector<Hit>& hits) {
  const Watchpoint& point = watched.point;
  now_.resize(watched.bytes.size());
  read_(point.local, now_);
  const bool changed = now_ != watched.bytes;
  watched.bytes.swap(now_);
  const auto reads = [&](const HartCycle& cycle) { return touches(cycle, point) && cycle.access->reads; };
  const auto writes = [&](const HartCycle& cycle) { return touches(cycle, point) && cycle.access->writes; };
  const auto lives = [](const HartCycle& cycle) { return !is_at_rest(cycle.state); };
  std::optional<unsigned> hart;
  if (point.kind != Watchpoint::Kind::write) hart = first_hart(harts, reads);
  if (!hart && point.kind == Watchpoint::Kind::access) hart = first_hart(harts, writes);
  if (!hart && changed && point.kind != Watchpoint::Kind::read) {
    // A store by a hart of the node; else a unit or another node has written, and any hart speaks for the node.
    hart = first_hart(harts, writes);
    if (!hart) hart = first_hart(harts, lives);
    if (!hart) hart = 0;
  }
  if (!hart) return;
  hits.push_back(
      {.kind = Hit::Kind::watchpoint, .hart = site_ * hw::harts + *hart, .pc = harts[*hart].pc, .watchpoint = point});
}

}  // namespace dojo::debug
