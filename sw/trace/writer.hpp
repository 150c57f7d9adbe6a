#pragma once
// What an event stream is written with.

#include <cstdint>
#include <functional>
#include <string>

#include "common/topology.hpp"
#include "trace/event.hpp"
#include "trace/packet_matcher.hpp"

namespace dojo::trace {

/// A format. Events come in the order of cycles; those of a node in the order in which they happen.
class Writer {
 public:
  Writer() = default;
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  virtual ~Writer() = default;

  /// `packet`: number of the packet, of PacketSent and of PacketArrived where it is known, else 0. `flow`: of a
  /// PacketArrived whose PacketSent has been written, else null.
  virtual void write(const Event& event, std::uint64_t packet, const Flow* flow) = 0;
  /// Nothing of cycle `end` or later comes: ends what has begun. Throws RunError when not all could be written.
  virtual void finish(std::uint64_t end) = 0;
};

/// What writers know of the machine.
struct TraceContext {
  const Topology* topology = nullptr;
  /// "function+0x12" of an address in the program of a node, or nothing.
  std::function<std::string(Coordinates node, std::uint64_t pc)> symbolize = {};
};

}  // namespace dojo::trace
