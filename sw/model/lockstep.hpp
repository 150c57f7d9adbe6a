#pragma once
// Lockstep: the golden model follows RTL nodes instruction by instruction and packet by packet and compares everything.
//
// The bench feeds what the RTL does, in the order in which it happens (inside one cycle: host writes, packets, late
// results, retired instructions). The model takes from the RTL only what depends on timing: the values of cycle, time,
// mip, performance counters, mtime, semaphore counts, hart_status and fault; when an interrupt is taken; and when a
// packet arrives.
//
// Rule for programs: loads must be free of races. A location that another hart, a unit or the network writes may be
// read only after something that orders it: a semaphore wait, an interrupt, or an atomic operation of the same node.
// Units run whole at dojo.issue in the model, so their results, too, are read only after their semaphore. Lines used
// with LR and SC are written by harts of the node only. Code that is written at run time is executed after fence.i.
// For locations that break the rule (a polled mailbox) see exempt().
//
// Streams of packets between one pair of nodes are matched one by one; two streams whose next packets are identical
// (the same line to the same address) may be taken for each other.
//
// The model of the machine carries lines, sums and barriers of trees itself, so that what the RTL's trees bring is
// compared, too.

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "common/backend.hpp"
#include "common/error.hpp"
#include "model/collectives.hpp"
#include "model/dip_array.hpp"
#include "model/lockstep_vector.hpp"
#include "model/node.hpp"
#include "model/packet.hpp"

namespace dojo::model {

/// A retired instruction, exception or interrupt: the retire_* ports of a node (docs/node.md).
struct RetireEvent {
  Coordinates node;
  unsigned hart = 0;
  std::uint64_t cycle = 0;  ///< of the machine; 0: unknown (then a timer interrupt is not checked against mtimecmp)
  std::uint64_t pc = 0;
  std::uint32_t instruction = 0;  ///< compressed: low 16 bits
  bool rd_we = false;
  std::uint8_t rd = 0;
  std::uint64_t rd_data = 0;
  bool rd_float = false;  ///< rd is an f register
  bool rd_late = false;   ///< the value of rd, and what an atomic operation stores, comes by late_write()
  MemoryEffect memory = MemoryEffect::none;
  std::uint8_t memory_size = 0;  ///< log2 of the bytes
  std::uint64_t memory_address = 0;
  std::uint64_t memory_data = 0;  ///< stores, successful SC and AMO: the value written; low bytes significant
  bool trap = false;
  std::uint64_t cause = 0;
  std::uint64_t tval = 0;
  bool vector = false;      ///< given to the vector unit (not vsetvl*, not illegal ones)
  unsigned vector_tag = 0;  ///< then: its tag in vector_write() and vector_done()
};

/// A result that comes after its instruction has retired: the late_* ports of a node.
struct LateWriteEvent {
  Coordinates node;
  unsigned hart = 0;
  std::uint64_t cycle = 0;
  bool rd_we = true;
  std::uint8_t rd = 0;
  bool rd_float = false;
  std::uint64_t data = 0;
  bool atomic_stores = false;  ///< a successful SC or AMO has written
  std::uint64_t stored = 0;    ///< low bytes significant
};

/// A packet that the network interface of `node` has applied (WRITE) or accepted for service (READ), or that has come
/// to the port of an Interface Processor with the coordinates `node`.
struct PacketEvent {
  Coordinates node;
  std::uint64_t cycle = 0;
  Packet packet;
};
using WriteEvent = PacketEvent;
using ReadRequestEvent = PacketEvent;

/// A write at the host port of `node`.
struct HostWriteEvent {
  Coordinates node;
  std::uint32_t address = 0;
  std::uint64_t data = 0;
};

/// RTL and model differ. The message is a report of several lines; its first line says what and where.
class LockstepMismatch : public RunError {
 public:
  using RunError::RunError;
};

class LockstepChecker {
 public:
  explicit LockstepChecker(Topology topology, std::vector<DipSite> dips = {});

  /// The model of a node, for loading programs and for inspection.
  [[nodiscard]] Node& node(Coordinates position);

  /// The model of an Interface Processor, for its memory.
  [[nodiscard]] InterfaceProcessor& dip(unsigned number) { return dips_[number]; }

  /// Each throws LockstepMismatch when the RTL did something else than the model does.
  void retire(const RetireEvent& event);
  void late_write(const LateWriteEvent& event);
  void vector_write(const VectorWriteEvent& event);
  void vector_done(const VectorDoneEvent& event);
  void write(const WriteEvent& event);
  void read_request(const ReadRequestEvent& event);
  void host_write(const HostWriteEvent& event);

  /// Loads of these bytes of a node take the RTL's value.
  void exempt(Coordinates position, std::uint64_t address, std::uint64_t bytes);

  /// Compares the SRAM of a node with the RTL's, from its first byte on.
  void compare_memory(Coordinates position, std::span<const std::byte> sram);
  /// Compares every line of an Interface Processor that was written with the RTL's; `line_of` returns the 64 bytes of a
  /// line by its number.
  void compare_dram(unsigned dip, const std::function<const std::uint8_t*(std::uint64_t)>& line_of);
  /// Checks that every packet the model has sent has been applied and that no late result and no end of a vector
  /// instruction is missing.
  void expect_no_packets() const;

  /// Retirements compared so far.
  [[nodiscard]] std::uint64_t compared() const { return compared_; }

 private:
  static constexpr std::size_t history_length = 32;
  /// Instructions that may be under way in the RTL when somebody else stops their hart.
  static constexpr unsigned under_way = 2;

  struct HistoryEntry {
    std::uint64_t cycle;
    StepResult result;
  };
  /// A late result that is expected.
  struct LateResult {
    RetireEvent event;
    StepResult result;
    bool exempt;  ///< the model takes the RTL's value
  };
  struct HartHistory {
    std::deque<HistoryEntry> entries;
    std::uint64_t retired = 0;
    unsigned after_stop = 0;      ///< retired since somebody else stopped the hart
    bool stopped_itself = false;  ///< the hart's last instruction stopped it
    std::deque<LateResult> late;  ///< in program order
  };
  struct ExemptRange {
    std::size_t node;
    std::uint64_t begin;
    std::uint64_t end;
  };
  /// Source, destination, class, stream and way of packets under way, which stay in order: 0 is the way through the
  /// routers, the others are trees.
  using StreamKey = std::tuple<std::size_t, std::size_t, hw::PacketClass, PacketStream, unsigned>;

  [[nodiscard]] std::size_t index(Coordinates position) const;
  /// The index of a node, or behind the nodes of a port.
  [[nodiscard]] std::size_t index_of_end(Coordinates position) const;
  void retire_interrupt(const RetireEvent& event, Hart& hart);
  /// Takes what a node has sent and its arrivals at barriers, whose release may let other nodes send.
  void collect_packets(Node& sender);
  /// The RTL is to apply this packet at a node.
  void expect(Packet packet, Coordinates target);
  void apply(const PacketEvent& event, hw::PacketClass cls);
  /// The packet has reached a node or port.
  void receive(Coordinates target, const Packet& packet);
  void record(const RetireEvent& event, const StepResult& result);
  [[nodiscard]] bool may_retire(const RetireEvent& event, const Hart& hart);
  [[nodiscard]] bool is_exempt(const RetireEvent& event, const StepResult& result) const;
  [[noreturn]] void fail_vector(Coordinates position, unsigned hart, std::uint64_t cycle, const std::string& report);
  [[nodiscard]] std::string history_text(const HartHistory& history) const;
  [[noreturn]] void fail(const RetireEvent& event, const StepResult& result, const std::string& what);

  Topology topology_;
  std::vector<std::unique_ptr<Node>> nodes_;
  DipArray dips_;
  Collectives collectives_{topology_, nodes_,
                           [this](Node& receiver, const Packet& packet) { expect(packet, receiver.position()); }};
  std::vector<std::array<HartHistory, hw::harts>> history_;
  std::vector<VectorTracker> vectors_;  // of each node
  std::map<StreamKey, std::deque<Packet>> packets_;
  std::vector<ExemptRange> exempt_;
  std::uint64_t compared_ = 0;
};

}  // namespace dojo::model
