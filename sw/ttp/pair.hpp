#pragma once
// Two stations on a line, and the check that payloads arrive exactly once and in order.

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "ttp/bad_line.hpp"
#include "ttp/station.hpp"

namespace dojo::ttp {

/// Station 0 is node `nodes[0]`, station 1 `nodes[1]`.
class Pair {
 public:
  static constexpr std::array<std::uint32_t, 2> nodes{0x000101, 0xfe0202};
  /// Sees what station `from` puts on the line; false: it is lost.
  using Tap = std::function<bool(unsigned from, const Bytes& frame)>;

  Pair(Station& first, Station& second, const LineFaults& faults, std::uint64_t seed);

  void set_tap(Tap tap) { tap_ = std::move(tap); }
  /// Station `from` sends the next payload of `vc` to the other one: `lines` lines on VC2.
  void send(unsigned from, unsigned vc, unsigned lines);
  void step();
  /// Steps until nothing is on its way; false after `limit` cycles.
  bool run(std::uint64_t limit);

  [[nodiscard]] std::uint64_t cycle() const { return cycle_; }
  /// Payloads that station `from` has sent and the other one received.
  [[nodiscard]] std::uint64_t delivered(unsigned from) const { return delivered_.at(from); }
  /// Cycle of the last delivery.
  [[nodiscard]] std::uint64_t last_delivery() const { return last_delivery_; }
  [[nodiscard]] const std::vector<std::string>& errors() const { return errors_; }
  [[nodiscard]] const BadLine& line(unsigned from) const { return lines_.at(from); }
  [[nodiscard]] bool is_idle() const;

 private:
  void check(unsigned from, const Frame& frame);

  std::array<Station*, 2> stations_;
  Tap tap_;
  std::array<BadLine, 2> lines_;  // from station 0 and from station 1
  std::array<std::array<std::uint64_t, hw::ttp_channels>, 2> sent_{}, expected_{};
  std::array<std::uint64_t, 2> delivered_{};
  std::uint64_t cycle_ = 0;
  std::uint64_t last_delivery_ = 0;
  std::vector<std::string> errors_;
};

}  // namespace dojo::ttp
