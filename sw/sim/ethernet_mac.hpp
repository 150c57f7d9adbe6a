#pragma once
// The Ethernet MAC of an Interface Processor, and the frames that a switch carries between MACs.

#include <array>
#include <cstdint>
#include <deque>
#include <vector>

#include "dojo_hw.hpp"
#include "sim/node_model.hpp"
#include "sim/snapshot_file.hpp"

class Vinterface_processor;  // NOLINT(readability-identifier-naming): named by Verilator

namespace dojo::sim {

/// A frame on its way, without FCS.
struct EthernetFrame {
  std::uint64_t arrival = 0;  ///< cycle in which its first byte reaches the MAC that it is for
  std::uint32_t source = 0;   ///< node ids of TTP: the low 24 bits of the MAC addresses
  std::uint32_t destination = 0;
  std::uint32_t bytes = 0;
  std::array<std::uint8_t, hw::ttp_frame_bytes> data{};
};

/// Sends and receives ethernet_rate bytes per cycle. A frame whose last byte has left is at the other MAC
/// ethernet_latency cycles later; there it waits until those before it are through. The switch between them loses
/// nothing. What happens does not depend on the cycles in which it is not served.
class EthernetMac {
 public:
  /// `node` is its own id.
  explicit EthernetMac(std::uint32_t node) : node_(node) {}

  /// Drives the inputs of the MAC's side in cycle `cycle` and takes what is sent; before the clock edge.
  void serve(Vinterface_processor& dip, std::uint64_t cycle);
  /// Cycle in which it has a beat for the Interface Processor; `never`: none.
  [[nodiscard]] std::uint64_t next_event() const;

  [[nodiscard]] std::uint32_t node() const { return node_; }
  /// Frames that it has sent since they were taken out last, in order.
  [[nodiscard]] std::vector<EthernetFrame>& sent() { return sent_; }
  /// Frames that it has sent in all.
  [[nodiscard]] std::uint64_t frames() const { return frames_; }
  /// A frame for it: not before its arrival, and after those that came before.
  void receive(const EthernetFrame& frame) { incoming_.push_back(frame); }

  void save(SnapshotWriter& snapshot) const;
  void restore(SnapshotReader& snapshot);

 private:
  std::uint32_t node_;
  std::vector<EthernetFrame> sent_;
  EthernetFrame sending_;  // of which `bytes` bytes have left
  std::deque<EthernetFrame> incoming_;
  std::uint32_t received_ = 0;  // bytes of the first of them
  std::uint64_t frames_ = 0;
  std::uint64_t sent_until_ = 0;  // times, in bytes of the line since cycle 0
  std::uint64_t received_until_ = 0;
};

/// Orders frames as the switch does: by arrival, then by source.
void sort_frames(std::vector<EthernetFrame>& frames);

}  // namespace dojo::sim
