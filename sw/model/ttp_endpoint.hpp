#pragma once
// The golden model of a TTP endpoint: link table, states, replay and timers, frame by frame. It decides by the tables
// of ttp_rules.hpp and has no notion of the hardware's pipeline: `now` counts in whatever unit the timers do.

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "dojo_hw.hpp"
#include "model/ttp_frame.hpp"
#include "model/ttp_rules.hpp"

namespace dojo::ttp {

struct EndpointConfig {
  std::uint32_t node = 1;
  unsigned links = 8;                    ///< entries of the link table
  unsigned window = 32;                  ///< payloads of a link that may be outstanding
  std::uint32_t first_id = 0xfffffff0U;  ///< opening ID of the first link
  hw::TtpTimers timers{.retry = 8192, .backoff = 1024, .settle = 32768, .idle = 0};
};

/// One endpoint. Payloads to one node on one VC arrive exactly once and in order, as long as their link does not go
/// down.
class Endpoint {
 public:
  /// Takes a payload that has arrived; false: there is no room.
  using Sink = std::function<bool(const Frame&)>;
  /// A link went down, with what was outstanding on it.
  using Down = std::function<void(std::uint32_t node, std::uint8_t vc, std::size_t lost)>;

  explicit Endpoint(const EndpointConfig& config) : config_(config), opening_id_(config.first_id) {}

  void set_sink(Sink sink) { sink_ = std::move(sink); }
  void set_down(Down down) { down_ = std::move(down); }

  /// Sends `payload` (VC2: 1 to 16 beats of 64 bytes, otherwise empty) to `node`; opens a link if there is none.
  void send(std::uint32_t node, std::uint8_t vc, const NocHeader& noc, std::vector<std::uint8_t> payload = {});
  /// Closes the link, if it is open, after what is outstanding on it.
  void close(std::uint32_t node, std::uint8_t vc);

  /// A frame comes from the line. Malformed ones are counted and change nothing.
  void receive(std::span<const std::uint8_t> bytes, std::uint64_t now);
  /// The next frame for the line, if there is one to be sent now.
  std::optional<std::vector<std::uint8_t>> next_frame(std::uint64_t now);

  [[nodiscard]] hw::TtpState state(std::uint32_t node, std::uint8_t vc) const;
  /// The used entries of the link table.
  [[nodiscard]] std::vector<hw::TtpLink> links() const;
  [[nodiscard]] std::uint64_t count(hw::TtpCounter counter) const {
    return counts_.at(static_cast<std::size_t>(counter));
  }
  /// Nothing is queued, outstanding or to be answered.
  [[nodiscard]] bool is_idle() const;

 private:
  using Key = std::pair<std::uint32_t, std::uint8_t>;  // node, VC

  struct Link {
    hw::TtpState state = hw::TtpState::closed;
    std::uint32_t opening_id = 0;
    std::uint32_t next_id = 0;      // of the next payload; of the CLOSE once that is sent
    std::deque<Frame> outstanding;  // the last one has ID next_id - 1
    std::size_t sent = 0;           // of the outstanding ones, since the last step back
    std::uint32_t expected = 0;     // ID of the peer's next payload
    std::optional<std::uint32_t> peer_closing;
    std::optional<std::uint32_t> held_until;  // no CLOSE before this ID has come
    bool nacked = false;
    bool unsettled = false;  // the peer may not know yet that the link is open
    bool close_wanted = false;
    std::uint64_t retry_at = 0;
    std::uint64_t quiet_until = 0;  // no payload, and in CLOSED no OPEN
    std::uint64_t settled_at = 0;   // no payload while unsettled
    std::uint64_t idle_at = 0;
  };

  void count_up(hw::TtpCounter counter, std::uint64_t amount = 1) {
    counts_.at(static_cast<std::size_t>(counter)) += amount;
  }
  [[nodiscard]] hw::TtpConditions conditions_of(const Link& link, bool known, const Frame& frame) const;
  void begin(Link& link);
  void learn(Link& link, const Frame& frame);
  void acknowledge(Link& link, std::uint32_t first_missing, std::uint64_t now);
  void answer(const Link& link, hw::TtpOpcode opcode, const Frame& to);
  void enter(const Key& key, hw::TtpState state, std::uint64_t now, bool failed);
  void choose_victim();
  void fill(const Key& key, Link& link);
  std::optional<Frame> frame_of(const Key& key, Link& link, std::uint64_t now);
  [[nodiscard]] Frame control(const Key& key, hw::TtpOpcode opcode, std::uint32_t tx_id, std::uint32_t rx_id) const;

  EndpointConfig config_;
  std::uint32_t opening_id_;
  std::map<Key, Link> links_;
  std::map<Key, std::deque<Frame>> queues_;
  std::deque<Frame> answers_;
  Key last_{};  // link that sent last
  std::array<std::uint64_t, 16> counts_{};
  Sink sink_;
  Down down_;
};

}  // namespace dojo::ttp
