#pragma once
// One end of a TTP line, whatever it is made of.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "dojo_hw.hpp"
#include "model/ttp_frame.hpp"

namespace dojo::ttp {

using Bytes = std::vector<std::uint8_t>;

/// A TTP endpoint with its user and its Ethernet MAC, clocked cycle by cycle.
class Station {
 public:
  /// Takes a payload that was delivered; its IDs are 0.
  using Sink = std::function<void(const Frame&)>;
  /// Takes a frame, without FCS, in the cycle in which its last byte is sent.
  using Line = std::function<void(Bytes)>;
  /// Whether the user takes something of `vc` in this cycle.
  using Ready = std::function<bool(unsigned vc)>;
  /// A link went down.
  using Down = std::function<void(std::uint32_t node, unsigned vc)>;

  virtual ~Station() = default;

  /// Queues a payload behind the others of its VC.
  virtual void send(std::uint32_t node, unsigned vc, const NocHeader& noc, Bytes payload) = 0;
  virtual void close(std::uint32_t node, unsigned vc) = 0;
  /// A frame comes in; `bad`: the MAC found its FCS wrong.
  virtual void receive(Bytes frame, bool bad) = 0;
  virtual void step() = 0;
  /// The used entries of its link table.
  [[nodiscard]] virtual std::vector<hw::TtpLink> links() const = 0;
  [[nodiscard]] hw::TtpState state(std::uint32_t node, unsigned vc) const {
    for (const hw::TtpLink& link : links()) {
      if (link.node == node && link.vc == vc) return link.state;
    }
    return hw::TtpState::closed;
  }
  [[nodiscard]] virtual std::uint64_t count(hw::TtpCounter counter) const = 0;
  /// All payloads were sent and acknowledged, and nothing is on its way inside.
  [[nodiscard]] virtual bool is_idle() const = 0;

  void set_sink(Sink sink) { sink_ = std::move(sink); }
  void set_line(Line line) { line_ = std::move(line); }
  void set_ready(Ready ready) { ready_ = std::move(ready); }
  void set_down(Down down) { down_ = std::move(down); }
  /// Bytes of frames that the MAC sends per cycle.
  void set_rate(double bytes_per_cycle) { rate_ = bytes_per_cycle; }

 protected:
  Sink sink_;
  Line line_;
  Ready ready_;
  Down down_;
  double rate_ = 64;
};

}  // namespace dojo::ttp
