#pragma once
// The event stream: what happens in the nodes of a machine, in the order of cycles.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "common/topology.hpp"
#include "dojo_hw.hpp"

namespace dojo::trace {

/// What a hart does in a cycle.
enum class Cause : std::uint8_t {
  retired,    ///< an instruction retires, or a trap is taken
  fetch,      ///< it waits for an instruction line
  memory,     ///< for a late result, or the SRAM port
  command,    ///< for room in a command queue
  slot,       ///< it is ready, and others were issued
  semaphore,  ///< it is parked on a semaphore
  wfi,        ///< it waits for an interrupt
  other,      ///< it fills its pipeline, as after a jump, or waits for the vector unit, the divider or the float unit
  stopped,    ///< it has not been started, or has ended
  faulted
};
inline constexpr std::array<std::string_view, 10> cause_names{"retired",   "fetch", "memory", "command", "slot",
                                                              "semaphore", "wfi",   "other",  "stopped", "faulted"};
/// The first ones, up to other: what cycles of a started hart go to.
inline constexpr unsigned running_causes = 8;
constexpr std::string_view to_string(Cause cause) {
  return cause_names[static_cast<unsigned>(cause)];
}

/// As the numbers in sim::Retirement.
enum class MemoryEffect : std::uint8_t { none, load, store, atomic };

/// An instruction has retired, or a trap was taken in its place.
struct Retired {
  std::uint64_t pc;
  std::uint64_t value;  ///< of the destination unless late; of a trap: mtval
  std::uint64_t address;
  std::uint64_t data;  ///< stored; of a trap: its cause
  std::uint32_t instruction;
  std::uint8_t destination;  ///< bit 5 set: f register
  MemoryEffect memory;
  std::uint8_t memory_size;  ///< log2 of the bytes
  std::uint8_t vector_tag;
  bool writes : 1;
  bool late : 1;  ///< the value comes as a LateValue
  bool trap : 1;
  bool vector : 1;     ///< it goes on in the vector unit, under vector_tag, ...
  bool has_ended : 1;  ///< ... or has ended there before it retired
};
/// A result that came after its instruction had retired.
struct LateValue {
  std::uint64_t value;
  std::uint64_t stored;  ///< by an atomic operation, if `stores`
  std::uint8_t destination;
  bool writes;
  bool stores;
};
/// Bytes of a vector register that the instruction of a tag has written.
struct VectorValue {
  std::array<std::uint8_t, hw::line_bytes> data;
  std::uint64_t byte_enable;
  std::uint8_t destination;
  std::uint8_t tag;
  bool synchronous;  ///< the instruction retires after its end
};
/// The vector instruction of a tag has ended.
struct VectorEnd {
  std::uint8_t tag;
};
/// From this cycle on the hart does something else than before.
struct HartActivity {
  Cause cause = Cause::stopped;
  std::uint8_t semaphore = 0;  ///< that it is parked on, and ...
  std::uint32_t amount = 0;    ///< ... for how much
};
/// A phase that the program names begins.
struct PhaseBegin {
  static constexpr unsigned longest_name = 47;
  std::array<char, longest_name + 1> name;  ///< ends with 0; cut when it is longer
};
/// The innermost phase of the hart ends, with the cycle.
struct PhaseEnd {};
/// dojo.issue has put a descriptor into a queue.
struct Command {
  hw::Unit unit;
  std::uint32_t address;
};
/// The steps of a matrix descriptor begin.
struct MatrixBegin {
  std::uint32_t address;
  std::uint32_t steps;
  std::uint16_t m_tiles;
  std::uint16_t n_tiles;
  std::uint16_t k_tiles;
  bool convolution;
};
/// The last step is done in the cycle before.
struct MatrixEnd {
  std::uint32_t operand_stalls;  ///< cycles in between without a step, as no operand had arrived
  std::uint32_t drain_stalls;    ///< ... as no accumulator was free
};
/// A transfer channel takes up a descriptor.
struct TransferBegin {
  std::uint64_t remote;  ///< global address
  std::uint32_t address;
  std::uint32_t local;
  std::uint32_t lines;
  std::uint32_t rows;
  std::uint8_t channel;
  hw::DescriptorOpTransfer op;
  std::uint8_t element_size;
  std::uint8_t semaphore;  ///< of a wait
};
/// It has asked for its last element, in the cycle before, or its wait is over.
struct TransferEnd {
  std::uint8_t channel;
};
/// The transfer engine serves a READ of another node.
struct ServiceBegin {};
struct ServiceEnd {};
/// A packet is given to the router, or to a tree.
struct PacketSent {
  hw::PacketHeader header;
  bool to_tree;
};
/// A packet takes effect at its destination; a READ is taken by the transfer engine.
struct PacketArrived {
  hw::PacketHeader header;
};
/// Somebody in the node arrives at the barrier of a tree.
struct BarrierArrival {
  std::uint8_t tree;
  bool will_release;  ///< the node is released at its end
};
/// A barrier has released the node.
struct BarrierRelease {
  std::uint8_t tree;
};
/// Something counts at a semaphore.
struct SemaphoreCount {
  enum class From : std::uint8_t { matrix, transfer, network, barrier };
  From from;
  std::uint8_t semaphore;
  std::uint32_t amount;
};
/// The host writes a register.
struct HostWrite {
  std::uint32_t address;
  std::uint64_t data;
};
/// What counters of the node have counted from `start` up to the cycle of the event.
struct Sample {
  std::uint64_t start = 0;
  std::uint32_t instructions = 0;
  std::uint32_t matrix_steps = 0;
  std::uint32_t flits_sent = 0;
  std::uint32_t flits_received = 0;
};

using Payload = std::variant<Retired, LateValue, VectorValue, VectorEnd, HartActivity, PhaseBegin, PhaseEnd, Command,
                             MatrixBegin, MatrixEnd, TransferBegin, TransferEnd, ServiceBegin, ServiceEnd, PacketSent,
                             PacketArrived, BarrierArrival, BarrierRelease, SemaphoreCount, HostWrite, Sample>;

struct Event {
  std::uint64_t cycle = 0;
  std::uint32_t node = 0;  ///< site of the machine's topology
  std::uint8_t hart = 0;   ///< of events of harts
  Payload payload = PhaseEnd{};
};

/// One function for each kind of payload.
template <class... Functions>
struct Overloaded : Functions... {
  using Functions::operator()...;
};

/// Name of the kind, as in CSV files.
[[nodiscard]] std::string_view kind_of(const Payload& payload);
/// Whether the event is one of a hart.
[[nodiscard]] bool is_of_hart(const Payload& payload);
/// What the event says, as words "name=value".
[[nodiscard]] std::string describe(const Payload& payload);
/// The bytes in hexadecimal, the last one first; "--" for those that were not written.
[[nodiscard]] std::string text_of(const VectorValue& value);
/// "a0" or "fa0" for a number as in Retired.
[[nodiscard]] std::string register_of(unsigned destination);

}  // namespace dojo::trace
