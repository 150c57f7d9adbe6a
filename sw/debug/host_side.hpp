#pragma once
// What stands outside the machine while a program runs on it: its console and its end.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "common/backend.hpp"

namespace dojo::debug {

class HostSide {
 public:
  HostSide() = default;
  HostSide(const HostSide&) = delete;
  HostSide& operator=(const HostSide&) = delete;
  virtual ~HostSide() = default;

  /// Answers what the program has asked for, after StopReason::watched and all_stopped.
  virtual void serve(StopReason reason) = 0;
  /// Whether the program has ended on all nodes, and with what.
  [[nodiscard]] virtual bool ended() const = 0;
  [[nodiscard]] virtual std::uint64_t exit_code() const = 0;
  /// Why the machine stopped, in one line.
  [[nodiscard]] virtual std::string describe(StopReason reason) = 0;
  /// "function+0x12", or nothing.
  [[nodiscard]] virtual std::string symbolize(std::uint64_t pc) const = 0;

  /// What is to be known to go back here.
  [[nodiscard]] virtual std::vector<std::byte> state() const = 0;
  /// Goes back: what the program has printed is not printed again.
  virtual void set_state(std::span<const std::byte> state) = 0;
  /// What comes from here on need not be what came after this place before.
  virtual void forget_future() = 0;
};

}  // namespace dojo::debug
