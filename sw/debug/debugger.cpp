#include "debug/debugger.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <ranges>
#include <system_error>
#include <utility>

#include "common/error.hpp"

namespace dojo::debug {
namespace {

constexpr std::uint64_t never = std::numeric_limits<std::uint64_t>::max();
/// Cycles in which a launched hart starts.
constexpr std::uint64_t longest_start = 1000;
constexpr std::uint64_t first_distance = 100000;
constexpr std::size_t most_checkpoints = 24;
/// Before the place from which a step goes back; the next steps back have little to repeat.
constexpr std::uint64_t close_distance = 2000;
/// Between two questions whether the machine is to stop.
constexpr std::chrono::milliseconds chunk_time(20);

bool is_met(const Stop& stop) {
  return stop.reason == Stop::Reason::breakpoint || stop.reason == Stop::Reason::watchpoint;
}

Stop stop_of(const Hit& hit) {
  const Stop::Reason reason = hit.kind == Hit::Kind::breakpoint   ? Stop::Reason::breakpoint
                              : hit.kind == Hit::Kind::watchpoint ? Stop::Reason::watchpoint
                                                                  : Stop::Reason::step;
  return {.reason = reason, .hart = hit.hart, .watchpoint = hit.watchpoint};
}

}  // namespace

Debugger::Debugger(Target& target, HostSide& host, std::uint64_t max_cycles, Interrupted interrupted)
    : target_(target),
      host_(host),
      max_cycles_(max_cycles),
      interrupted_(std::move(interrupted)),
      distance_(first_distance) {}

Debugger::~Debugger() {
  std::error_code ignored;
  if (!folder_.empty()) std::filesystem::remove_all(folder_, ignored);
}

Stop Debugger::start() {
  Backend& backend = target_.backend();
  const Topology& topology = backend.topology();
  const Conditions nothing;
  for (std::uint64_t cycle = 0; cycle < longest_start; ++cycle) {
    for (HartNumber hart = 0; hart < topology.sites() * hw::harts; ++hart) {
      if (!topology.is_alive(site_of(hart))) continue;
      const HartStatus status = backend.hart_status(topology.place(site_of(hart)), local_of(hart));
      if (status.state != hw::HartState::stopped) return {.hart = hart};
    }
    if (const std::optional<Stop> stop = run_to(cycles() + 1, true)) return *stop;
  }
  return {};
}

Stop Debugger::run(const Conditions& conditions) {
  behind_.clear();
  passed_back_.reset();
  if (conditions.alone) return run_alone(conditions);
  if (!missed_.empty()) {
    const std::uint64_t cycle = missed_.front().cycle;
    std::vector<Hit> hits;
    for (const Missed& missed : std::exchange(missed_, {})) {
      if (missed.cycle == cycle) hits.push_back(missed.hit);
    }
    if (cycle < cycles()) {
      if (const Checkpoint* const start = last_up_to(cycle)) {
        go_to(*start);
        run_to(cycle, true);
      }
    }
    pending_ = std::move(hits);
  }
  const std::optional<HartNumber> ahead = std::exchange(ahead_, {});
  if (std::optional<Stop> stop = pending_stop(conditions)) {
    read_.reset();
    return std::move(*stop);
  }
  if (ahead && conditions.step && conditions.step->hart == *ahead) {
    Conditions first = conditions;
    first.step = Conditions::Step{.hart = *ahead};
    const Stop stop = run_armed(first);
    if (stop.reason != Stop::Reason::step) return stop;
  }
  return run_armed(conditions);
}

Stop Debugger::run_armed(const Conditions& conditions) {
  target_.arm(conditions);
  Stop stop = run_to(never, false).value_or(Stop{});
  target_.disarm();
  return stop;
}

Stop Debugger::run_alone(const Conditions& conditions) {
  const HartNumber hart = *conditions.alone;
  if (conditions.step && target_.step_alone(hart)) return {.reason = Stop::Reason::step, .hart = hart};
  const auto miss = [this](const Hit& hit) { missed_.push_back({.cycle = cycles(), .hit = hit}); };
  if (conditions.step && !pending_.empty()) {
    // Nothing moves: others are at their breakpoints.
    if (const std::optional<HartRegisters> ahead = target_.look_ahead(hart)) {
      read_.emplace(hart, *ahead);
      ahead_ = hart;
      return {.reason = Stop::Reason::step, .hart = hart};
    }
  }
  std::ranges::for_each(std::exchange(pending_, {}), miss);
  const Checkpoint* const last = last_up_to(cycles());
  if (last == nullptr || cycles() - last->cycle > close_distance) save();
  target_.arm(conditions);
  std::optional<Stop> own;
  while (!own) {
    own = run_to(never, false).value_or(Stop{});
    if (!is_met(*own)) break;
    // Of all that was met in the cycle.
    pending_.insert(pending_.begin(), told_);
    own.reset();
    for (const Hit& hit : std::exchange(pending_, {})) {
      if (hit.hart == hart && !own) {
        own = stop_of(hit);
      } else {
        miss(hit);
      }
    }
  }
  target_.disarm();
  std::ranges::for_each(std::exchange(pending_, {}), miss);
  return *own;
}

const Debugger::Checkpoint* Debugger::last_up_to(std::uint64_t cycle) const {
  const auto behind = std::ranges::upper_bound(checkpoints_, cycle, {}, &Checkpoint::cycle);
  return behind == checkpoints_.begin() ? nullptr : &*std::prev(behind);
}

std::optional<Stop> Debugger::pending_stop(const Conditions& conditions) {
  const auto is_due = [&](const Hit& hit) {
    if (conditions.step && conditions.step->hart == hit.hart) return false;
    if (hit.kind == Hit::Kind::watchpoint) return conditions.has(hit);
    const Coordinates node = target_.backend().topology().place(site_of(hit.hart));
    return target_.backend().hart_status(node, local_of(hit.hart)).pc == hit.pc && conditions.has(hit);
  };
  const auto due = std::ranges::find_if(pending_, is_due);
  if (due == pending_.end()) {
    pending_.clear();
    return std::nullopt;
  }
  const Hit hit = *due;
  pending_.erase(pending_.begin(), due + 1);
  return stop_of(hit);
}

std::uint64_t Debugger::next_chunk(std::uint64_t cycle) {
  std::uint64_t limit = std::min(cycle, max_cycles_);
  if (!checkpoints_.empty()) limit = std::min(limit, std::max(checkpoints_.back().cycle + distance_, cycles() + 1));
  return std::min(chunk_, limit - cycles());
}

std::optional<Stop> Debugger::run_to(std::uint64_t cycle, bool is_replay) {
  read_.reset();
  for (;;) {
    if (host_.ended()) return Stop{.reason = Stop::Reason::ended};
    if (cycles() >= cycle) return std::nullopt;
    if (cycles() >= max_cycles_) return failure(StopReason::max_cycles);
    if (!is_replay && (checkpoints_.empty() || cycles() >= checkpoints_.back().cycle + distance_)) save();
    const auto start = std::chrono::steady_clock::now();
    const StopReason reason = target_.run(next_chunk(cycle));
    const auto passed = std::chrono::steady_clock::now() - start;
    if (passed < chunk_time / 2) chunk_ = std::min<std::uint64_t>(2 * chunk_, 1u << 20);
    if (passed > chunk_time) chunk_ = std::max<std::uint64_t>(chunk_ / 2, 1);

    std::vector<Hit> hits = target_.take_hits();
    if (reason == StopReason::all_stopped || (reason == StopReason::watched && target_.is_host_turn())) {
      host_.serve(reason);
    }
    if (!hits.empty()) {
      const auto told = std::ranges::find_if(
          hits, [](const Hit& hit) { return hit.kind == Hit::Kind::step || hit.kind == Hit::Kind::count; });
      std::swap(hits.front(), told == hits.end() ? hits.front() : *told);
      pending_.assign(hits.begin() + 1, hits.end());
      told_ = hits.front();
      return stop_of(told_);
    }
    if (!host_.ended() && (reason == StopReason::faulted || reason == StopReason::no_progress)) return failure(reason);
    if (!is_replay && interrupted_()) return Stop{.reason = Stop::Reason::interrupt};
  }
}

Stop Debugger::failure(StopReason reason) {
  Backend& backend = target_.backend();
  const Topology& topology = backend.topology();
  const auto is_concerned = [&](HartNumber hart) {
    const Coordinates node = topology.place(site_of(hart));
    if (!topology.is_alive(node)) return false;
    const hw::HartState state = backend.hart_status(node, local_of(hart)).state;
    switch (reason) {
      case StopReason::faulted:
        return state == hw::HartState::faulted || backend.unit_fault(node).has_value();
      case StopReason::no_progress:
        return state == hw::HartState::semaphore || state == hw::HartState::wfi;
      default:
        return state == hw::HartState::running;
    }
  };
  Stop stop{.reason = Stop::Reason::failed, .failure = reason, .text = host_.describe(reason)};
  const auto harts = std::views::iota(HartNumber{0}, topology.sites() * hw::harts);
  if (const auto found = std::ranges::find_if(harts, is_concerned); found != harts.end()) stop.hart = *found;
  return stop;
}

Stop Debugger::begin(HartNumber hart) {
  if (!checkpoints_.empty()) go_to(checkpoints_.front());
  return {.reason = Stop::Reason::begin, .hart = hart};
}

Stop Debugger::step_back(HartNumber hart, bool is_alone) {
  const std::uint64_t now = cycles();
  passed_back_.reset();
  if (is_alone) {
    passed_back_ = now;
  } else {
    behind_.clear();
  }
  const std::uint64_t retired = target_.retired(hart);
  const auto last_before = [&](std::uint64_t most) -> const Checkpoint* {
    for (const Checkpoint& checkpoint : checkpoints_ | std::views::reverse) {
      if (checkpoint.cycle < now && checkpoint.retired[hart] <= most) return &checkpoint;
    }
    return nullptr;
  };
  if (retired == 0) return begin(hart);
  const Stop stop{.reason = Stop::Reason::step, .hart = hart};
  const Checkpoint* const before = retired < 2 ? nullptr : last_before(retired - 2);
  if (before == nullptr) {
    const Checkpoint* const there = last_before(retired - 1);
    if (there == nullptr) return begin(hart);
    go_to(*there);
    return stop;
  }
  const Checkpoint start = *before;
  go_to(start);
  if (now - start.cycle > 2 * close_distance) {
    run_to(now - close_distance, true);
    if (target_.retired(hart) < retired - 1) {
      save();
    } else {
      go_to(start);
    }
  }
  const Conditions conditions{.count = Conditions::Count{.hart = hart, .retired = retired - 1}};
  target_.arm(conditions);
  run_to(now, true);
  target_.disarm();
  pending_.clear();
  return stop;
}

Stop Debugger::run_back(const Conditions& conditions) {
  const std::uint64_t now = passed_back_.value_or(cycles());
  std::vector<Hit> behind = std::exchange(behind_, {});
  passed_back_.reset();
  while (!behind.empty()) {
    const Hit hit = behind.back();
    behind.pop_back();
    if (!conditions.has(hit)) continue;
    run_to(now, true);
    behind_ = std::move(behind);
    return stop_of(hit);
  }
  std::uint64_t end = now;
  for (std::size_t i = checkpoints_.size(); i-- > 0;) {
    const Checkpoint& start = checkpoints_[i];
    if (start.cycle >= now) continue;
    go_to(start);
    target_.arm(conditions);
    std::uint64_t place = 0;
    while (const std::optional<Stop> stop = run_to(end, true)) {
      if (!is_met(*stop)) break;
      pending_.insert(pending_.begin(), told_);
      for (const Hit& hit : std::exchange(pending_, {})) {
        // In the cycle before bytes change.
        const std::uint64_t here = cycles() - (hit.kind == Hit::Kind::watchpoint ? 1 : 0);
        if (here >= now || here < start.cycle || here < place) continue;
        if (here > place) behind.clear();
        place = here;
        behind.push_back(hit);
      }
    }
    target_.disarm();
    if (!behind.empty()) {
      go_to(start);
      run_to(place, true);
      const Hit hit = behind.back();
      behind.pop_back();
      behind_ = std::move(behind);
      return stop_of(hit);
    }
    end = start.cycle;
  }
  return begin(0);
}

void Debugger::changed() {
  read_.reset();
  missed_.clear();
  host_.forget_future();
  for (const Checkpoint& checkpoint : checkpoints_) std::filesystem::remove(checkpoint.file);
  checkpoints_.clear();
}

HartRegisters Debugger::registers(HartNumber hart) {
  if (!read_ || read_->first != hart) read_.emplace(hart, target_.registers(hart));
  return read_->second;
}

void Debugger::save() {
  if (!target_.can_go_back()) return;
  if (folder_.empty()) {
    std::error_code error;
    std::string name = (std::filesystem::temp_directory_path(error) / "dojo-gdb-XXXXXX").string();
    if (error || mkdtemp(name.data()) == nullptr) {
      throw RunError("--gdb: there is no temporary folder for snapshots (TMPDIR)");
    }
    folder_ = name;
  }
  Checkpoint checkpoint{
      .cycle = cycles(), .file = folder_ / std::to_string(files_++), .retired = {}, .host = host_.state()};
  const unsigned harts = target_.backend().topology().sites() * hw::harts;
  for (HartNumber hart = 0; hart < harts; ++hart) {
    const bool lives = target_.backend().topology().is_alive(site_of(hart));
    checkpoint.retired.push_back(lives ? target_.retired(hart) : 0);
  }
  target_.save(checkpoint.file);
  const auto place = std::ranges::upper_bound(checkpoints_, checkpoint.cycle, {}, &Checkpoint::cycle);
  checkpoints_.insert(place, std::move(checkpoint));
  if (checkpoints_.size() > most_checkpoints) thin_out();
}

// The one whose neighbours are closest to each other; the first and the last stay.
void Debugger::thin_out() {
  std::size_t least = 1;
  const auto gap = [this](std::size_t i) { return checkpoints_[i + 1].cycle - checkpoints_[i - 1].cycle; };
  for (std::size_t i = 2; i + 1 < checkpoints_.size(); ++i) {
    if (gap(i) < gap(least)) least = i;
  }
  std::filesystem::remove(checkpoints_[least].file);
  checkpoints_.erase(checkpoints_.begin() + static_cast<std::ptrdiff_t>(least));
  distance_ = std::max(distance_, (checkpoints_.back().cycle - checkpoints_.front().cycle) / (most_checkpoints / 2));
}

void Debugger::go_to(const Checkpoint& checkpoint) {
  read_.reset();
  ahead_.reset();
  pending_.clear();
  missed_.clear();
  target_.restore(checkpoint.file);
  host_.set_state(checkpoint.host);
}

}  // namespace dojo::debug
