#pragma once
// An endpoint whose line leaves the simulation, so that another TTP peer can be joined.
//
// Simulated time goes as fast as the simulation does while the endpoint has something to do, and stands otherwise: the
// timers count simulated cycles, whatever the wall clock says.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>

#include "ttp/bad_line.hpp"
#include "ttp/frame_port.hpp"
#include "ttp/station.hpp"

namespace dojo::ttp {

struct BridgeConfig {
  std::optional<std::uint32_t> peer = std::nullopt;  ///< node that gets the payloads
  std::uint64_t count = 0;                           ///< payloads that are sent to it: numbered_payload(0, vc, ...)
  unsigned vc = hw::ttp_data_channel;
  std::size_t payload_bytes = 0;
  bool answers = false;      ///< every payload that arrives is sent back
  bool replies = false;      ///< the peer does so with ours
  std::uint64_t expect = 0;  ///< payloads that have to arrive
  LineFaults faults = {};    ///< of both directions, beside those of the real line
  std::uint64_t seed = 1;
  std::uint64_t max_cycles = std::numeric_limits<std::uint64_t>::max();  ///< simulated
  std::optional<std::chrono::duration<double>> limit = std::nullopt;     ///< of wall time
};

struct BridgeResult {
  bool complete = false;       ///< all payloads were sent and acknowledged, all replies and all that is expected came
  std::uint64_t cycles = 0;    ///< simulated
  std::uint64_t sent = 0;      ///< payloads, without answers
  std::uint64_t received = 0;  ///< payloads
  std::uint64_t wrong = 0;     ///< replies that differ from what was sent, or came out of turn
  std::uint64_t downs = 0;     ///< links that went down
};

class Bridge {
 public:
  /// Sees the frames that leave the endpoint and that come to it, in simulated time.
  using Tap = std::function<void(const Bytes& frame, std::uint64_t cycle)>;

  /// Station and port must outlive the bridge.
  Bridge(Station& station, FramePort& port, const BridgeConfig& config);

  void set_tap(Tap tap) { tap_ = std::move(tap); }
  /// Runs until all is done and the links are closed (a second of silence is enough for the latter), a payload is lost
  /// with its link, a limit is reached, or somebody sets `stop`.
  BridgeResult run(const std::atomic<bool>& stop);

 private:
  void take(const Frame& frame);
  void feed();
  void step();
  bool ends(const std::atomic<bool>& stop);
  [[nodiscard]] bool is_complete() const;
  [[nodiscard]] bool is_quiet() const;

  using Clock = std::chrono::steady_clock;

  Station& station_;
  FramePort& port_;
  BridgeConfig config_;
  BadLine out_, in_;
  Tap tap_;
  BridgeResult result_;
  std::uint64_t answered_ = 0;
  bool closing_ = false;
  Clock::time_point start_, heard_;
};

}  // namespace dojo::ttp
