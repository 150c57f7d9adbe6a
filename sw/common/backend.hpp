#pragma once
// What the runtime needs from a machine, whether its nodes are RTL or the golden model.

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/memory_edge.hpp"
#include "common/topology.hpp"
#include "dojo_hw.hpp"

namespace dojo {

/// What the host can see of one hart.
struct HartStatus {
  hw::HartState state = hw::HartState::stopped;
  std::uint32_t exit_code = 0;
  std::uint64_t pc = 0;  ///< PC of the next instruction; where a waiting hart waits
  std::uint64_t mcause = 0;
  std::uint64_t mepc = 0;
  std::uint64_t mtval = 0;
  unsigned semaphore = 0;              ///< waited for, in state semaphore
  std::uint32_t semaphore_amount = 0;  ///< amount waited for, in state semaphore
};

/// First unit fault of a node.
struct UnitFault {
  hw::Unit unit;
  hw::UnitFault cause;
  std::uint32_t descriptor_address;
};

/// A node's error registers, each valid when its bit 63 is set.
struct NodeErrors {
  std::uint64_t ecc = 0;     ///< control_ecc_error: first uncorrectable word of its SRAM
  std::uint64_t access = 0;  ///< control_access_error: first access of another node that it refused
  std::uint64_t remote = 0;  ///< control_remote_error: first of its own accesses that another node reported
};

/// The same of an Interface Processor, which has no handlers.
struct DipErrors {
  std::uint64_t access = 0;        ///< first access of a node that it refused
  std::uint64_t remote = 0;        ///< first element that a node refused
  std::uint64_t reports_lost = 0;  ///< refused accesses of which their nodes do not know
  /// First fault of each channel of its transfer engine, dip_list_fault; valid when bit 63 is set.
  std::array<std::uint64_t, hw::dip_list_channels> lists{};
  hw::RingError ring = hw::RingError::none;  ///< why its rings stopped
  bool start_lost = false;                   ///< a list was started on a channel on which one waited
  bool link_down = false;                    ///< a link over Ethernet went down, with what was under way on it
};

/// What a list on a channel of an Interface Processor waits for.
struct DipWait {
  bool waits = false;
  unsigned semaphore = 0;
  std::uint32_t amount = 0;
};
using DipWaits = std::array<DipWait, hw::dip_list_channels>;

/// Why Backend::run returned.
enum class StopReason {
  all_stopped,  ///< no hart is running or waiting, no list of an Interface Processor waits, and nothing is in flight
  faulted,      ///< a hart or a unit has faulted, a node has an error for which none of its harts has an interrupt, or
                ///< an Interface Processor has one
  no_progress,  ///< harts or lists wait, and nothing is in flight that could wake them
  max_cycles,   ///< the cycle limit was reached
  watched       ///< a watched word became non-zero
};

/// After so many cycles in which nothing moves a run on the RTL has no progress. It is more than anything takes that
/// moves nothing in between: a gather checks at most 262,144 indices, 16 in two cycles.
inline constexpr std::uint64_t default_hang_cycles = 50'000;
/// Of those that a user may ask for: more than links between dies and Interface Processors take.
inline constexpr std::uint64_t least_hang_cycles = 10'000;

/// A mesh of nodes, some of which may be dead, that can be run. Deterministic: the same calls give the same results.
class Backend {
 public:
  Backend() = default;
  Backend(const Backend&) = delete;
  Backend& operator=(const Backend&) = delete;
  virtual ~Backend() = default;

  /// "rtl" or "model".
  [[nodiscard]] virtual std::string name() const = 0;
  [[nodiscard]] virtual const Topology& topology() const = 0;
  [[nodiscard]] MeshSize mesh() const { return topology().mesh(); }
  /// Simulated cycles since reset (the model counts instructions of its busiest hart instead and has no timing).
  [[nodiscard]] virtual std::uint64_t cycles() const = 0;
  /// Those of them that were not simulated here, but before a snapshot.
  [[nodiscard]] virtual std::uint64_t resumed_cycles() const { return 0; }

  /// Copies bytes out of or into a node's SRAM, outside simulated time. `address` is node-local (0x80000000 and up);
  /// throws RunError when the range leaves the SRAM, or, like all that follow, when there is no live node.
  virtual void read_memory(Coordinates node, std::uint64_t address, std::span<std::byte> bytes) = 0;
  virtual void write_memory(Coordinates node, std::uint64_t address, std::span<const std::byte> bytes) = 0;

  /// The Interface Processors, by their numbers; none: the machine has no DRAM.
  [[nodiscard]] virtual std::span<const DipSite> dips() const = 0;
  /// Copies bytes out of or into the DRAM of an Interface Processor, outside simulated time. Throws RunError when there
  /// is none of that number or the range leaves its memory.
  virtual void read_dram(unsigned dip, std::uint64_t address, std::span<std::byte> bytes) = 0;
  virtual void write_dram(unsigned dip, std::uint64_t address, std::span<const std::byte> bytes) = 0;
  [[nodiscard]] virtual DipErrors dip_errors(unsigned dip) = 0;

  /// The same for the memory of its host, of host_bytes.
  virtual void read_host(unsigned dip, std::uint64_t address, std::span<std::byte> bytes) = 0;
  virtual void write_host(unsigned dip, std::uint64_t address, std::span<const std::byte> bytes) = 0;
  /// Writes the register at `address` of dip_control as its host does, in the next cycle; one write takes a cycle.
  virtual void write_dip_register(unsigned dip, std::uint64_t address, std::uint64_t data) = 0;
  [[nodiscard]] virtual std::uint32_t dip_semaphore(unsigned dip, unsigned id) = 0;
  [[nodiscard]] virtual DipWaits dip_waits(unsigned dip) = 0;
  /// Makes run() return StopReason::watched in the cycle in which the 8-byte word at `address`, a multiple of 8, of the
  /// host's memory is non-zero; none: no longer. One word of each host is watched.
  virtual void watch_host(unsigned dip, std::optional<std::uint64_t> address) = 0;

  /// Writes a control, CLINT or semaphore register through the node's host port, in the next cycle.
  virtual void write_register(Coordinates node, std::uint32_t address, std::uint64_t data) = 0;

  [[nodiscard]] virtual HartStatus hart_status(Coordinates node, unsigned hart) = 0;
  [[nodiscard]] virtual std::optional<UnitFault> unit_fault(Coordinates node) = 0;
  [[nodiscard]] virtual NodeErrors errors(Coordinates node) = 0;
  [[nodiscard]] virtual std::uint32_t semaphore(Coordinates node, unsigned id) = 0;
  /// Counter `index` of hw::counters; hart-scope counters are summed over the node's harts.
  [[nodiscard]] virtual std::uint64_t counter(Coordinates node, unsigned index) = 0;
  [[nodiscard]] virtual std::uint64_t instructions_retired(Coordinates node) = 0;

  /// Runs until something stops the machine or `max_cycles` more cycles have passed.
  virtual StopReason run(std::uint64_t max_cycles) = 0;

  /// Makes run() return StopReason::watched in the cycle in which the 8-byte word at `address` of `node` is non-zero.
  virtual void watch_tohost(Coordinates node, std::uint64_t address) = 0;
};

}  // namespace dojo
