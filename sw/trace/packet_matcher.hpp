#pragma once
// Finds the packet that was sent for each packet that arrives.

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <unordered_map>

#include "common/topology.hpp"
#include "trace/event.hpp"

namespace dojo::trace {

/// A packet from its source to its destination.
struct Flow {
  std::uint64_t packet = 0;  ///< number of it; a packet to a tree has one, wherever it arrives
  std::uint64_t copy = 0;    ///< number of the way, of those that have arrived
  std::uint32_t source = 0;  ///< site
  std::uint64_t sent = 0;    ///< cycle
};

/// Packets of a source, destination and class arrive in their order. So do lines of a source along a tree at each of
/// its members; a sum has the header of the root's own line, which stands for it. Sums and packets to one destination
/// are told apart by what their headers say.
class PacketMatcher {
 public:
  /// `is_recorded` says whether arrivals at a place of the machine are seen; packets to others are not remembered.
  PacketMatcher(const Topology& topology, std::function<bool(Coordinates)> is_recorded)
      : topology_(topology), is_recorded_(std::move(is_recorded)) {}

  /// Events come in the order of cycles. Returns the number of the packet.
  std::uint64_t sent(const Event& event, const PacketSent& packet);
  /// Nothing: it was sent where nobody looked, or by an Interface Processor.
  std::optional<Flow> arrived(const Event& event, const PacketArrived& packet);

 private:
  struct Way {
    std::uint64_t packet;
    std::uint64_t cycle;
    hw::PacketHeader header;
  };
  /// Lines of a source along a tree, the oldest of which somebody may still await.
  struct TreeLines {
    std::deque<Way> lines;
    std::uint64_t first = 0;  ///< number of the oldest
    std::unordered_map<std::uint32_t, std::uint64_t>
        next;  ///< by destination: number of the first that has not arrived
  };
  [[nodiscard]] std::optional<Flow> from_tree(std::uint32_t source, std::uint32_t destination,
                                              const hw::PacketHeader& header);
  [[nodiscard]] Flow flow(const Way& way, std::uint32_t source) {
    return {.packet = way.packet, .copy = ++copies_, .source = source, .sent = way.cycle};
  }

  const Topology& topology_;
  std::function<bool(Coordinates)> is_recorded_;
  std::unordered_map<std::uint64_t, std::deque<Way>> ways_;                    ///< by source, destination and class
  std::unordered_map<std::uint32_t, std::array<TreeLines, hw::trees>> trees_;  ///< by source
  std::uint64_t packets_ = 0;
  std::uint64_t copies_ = 0;
};

}  // namespace dojo::trace
