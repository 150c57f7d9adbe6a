#include <fmt/format.h>

#include <algorithm>

#include "common/error.hpp"
#include "runtime/diagnosis.hpp"
#include "runtime/machine.hpp"

namespace dojo {

void Event::wait(std::uint64_t max_cycles) {
  if (waited_) return;
  const std::uint64_t left = last_cycle_ - std::min(last_cycle_, backend_->cycles());
  const StopReason reason = backend_->run(std::min(max_cycles, left));
  cycles_ = backend_->cycles() - start_;
  // Another launch may still wait for what the host has yet to do; this one has ended when its own harts have.
  const bool own_end = reason == StopReason::all_stopped || (reason == StopReason::no_progress && done());
  if (!own_end) {
    const auto place = [this](std::uint64_t pc) { return program_.place(pc); };
    throw_stop(reason, fmt::format("{}: {}", program_.name(), describe_stop(*backend_, reason, place)));
  }
  waited_ = true;
  check_exit_codes();
}

bool Event::done() const {
  for (unsigned i = 0; i < rectangle_.nodes(); ++i) {
    for (unsigned hart = 0; hart < harts_; ++hart) {
      if (backend_->hart_status(rectangle_.node(i), hart).state != hw::HartState::stopped) return false;
    }
  }
  return true;
}

std::uint32_t Event::exit_code(Coordinates node, unsigned hart) const {
  return backend_->hart_status(node, hart).exit_code;
}

void Event::check_exit_codes() const {
  for (unsigned i = 0; i < rectangle_.nodes(); ++i) {
    for (unsigned hart = 0; hart < harts_; ++hart) {
      const Coordinates node = rectangle_.node(i);
      const std::uint32_t code = exit_code(node, hart);
      if (code != 0) {
        throw RunError(fmt::format("{}: node ({},{}) hart {} ended with exit code {}", program_.name(), node.x, node.y,
                                   hart, code));
      }
    }
  }
}

}  // namespace dojo
