#pragma once
// What stands at the other end of an Interface Processor's Ethernet: a golden TTP endpoint behind a line that may be
// bad.

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "dojo_hw.hpp"
#include "noc/packet.hpp"
#include "ttp/bad_line.hpp"
#include "ttp/model_station.hpp"

namespace dojo::tb {

/// NoC header of a TTP payload as words, and back.
template <typename Fields>
ttp::NocHeader noc_header_of(const Fields& fields) {
  const auto words = fields.encode();
  return {.type = static_cast<std::uint8_t>(words[3] >> 24U),
          .high = std::uint64_t{words[3] & 0xffffffU} << 32U | words[2],
          .low = std::uint64_t{words[1]} << 32U | words[0]};
}
inline std::array<std::uint32_t, 4> words_of(const ttp::NocHeader& noc) {
  return {static_cast<std::uint32_t>(noc.low), static_cast<std::uint32_t>(noc.low >> 32U),
          static_cast<std::uint32_t>(noc.high),
          static_cast<std::uint32_t>(noc.high >> 32U) | std::uint32_t{noc.type} << 24U};
}

/// Beats to and from the MAC in each cycle; byte 0 of a frame comes first.
class EthernetPeer {
 public:
  struct Beat {
    bool valid = false;
    std::array<std::uint32_t, 16> data{};
    std::uint64_t keep = 0;
    bool last = false;
    bool bad = false;
  };

  EthernetPeer(std::uint32_t node, std::uint32_t to) : node_(node), to_(to) { restart(); }
  /// Forgets all links, as after a reset.
  void restart();

  /// Both directions of the line; before anything is sent.
  void set_faults(const ttp::LineFaults& faults, std::uint64_t seed) {
    there_ = ttp::BadLine(faults, seed);
    here_ = ttp::BadLine(faults, seed + 1);
  }
  /// Called for each packet that comes, and for each READ.
  void set_sinks(std::function<void(const noc::Packet&)> packet, std::function<void(const hw::TtpRead&)> read) {
    packet_ = std::move(packet);
    read_ = std::move(read);
  }

  /// Sends packets of class data to consecutive lines in one payload, or a READ.
  void send(std::span<const noc::Packet> packets);
  void send(const hw::TtpRead& read) { station_->send(to_, 0, noc_header_of(read), {}); }
  void send_raw(unsigned vc, const ttp::NocHeader& noc, ttp::Bytes payload) {
    station_->send(to_, vc, noc, std::move(payload));
  }

  /// The beat for the receiver in this cycle, and whether the sender's is taken.
  [[nodiscard]] const Beat& beat() const { return beat_; }
  [[nodiscard]] bool ready() const { return credit_ > 0; }
  /// The cycle passes in which `sent` was offered.
  void step(const Beat& sent);
  [[nodiscard]] bool is_idle() const {
    return !beat_.valid && arrived_.empty() && there_.is_empty() && here_.is_empty() && station_->is_idle() &&
           sending_.empty();
  }
  [[nodiscard]] ttp::ModelStation& station() { return *station_; }

 private:
  struct Arrival {
    ttp::Bytes bytes;
    bool bad;
    std::size_t taken = 0;
  };

  void take(const ttp::Frame& frame);
  void show();

  std::unique_ptr<ttp::ModelStation> station_;
  std::uint32_t node_;
  std::uint32_t to_;
  ttp::BadLine there_{{}, 1};  // to the peer
  ttp::BadLine here_{{}, 2};
  std::deque<Arrival> arrived_;
  ttp::Bytes sending_;
  Beat beat_;
  double credit_ = 0;  // bytes that the MAC can take
  std::uint64_t cycle_ = 0;
  std::function<void(const noc::Packet&)> packet_;
  std::function<void(const hw::TtpRead&)> read_;
};

}  // namespace dojo::tb
