#pragma once
// One training node of the golden model: harts, SRAM, units, semaphores, control registers and network interface.

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "common/backend.hpp"
#include "dojo_hw.hpp"
#include "model/code_cache.hpp"
#include "model/guard.hpp"
#include "model/hart.hpp"
#include "model/packet.hpp"
#include "model/transfer_lists.hpp"
#include "model/zeroed_pages.hpp"

namespace dojo::model {

class Node {
 public:
  explicit Node(Coordinates position);

  [[nodiscard]] Coordinates position() const { return position_; }
  [[nodiscard]] Hart& hart(unsigned index) { return harts_[index]; }
  [[nodiscard]] const Hart& hart(unsigned index) const { return harts_[index]; }

  // --- Running -----------------------------------------------------------------------------------------------------

  /// Sets the node's time (in instructions) before a call of run().
  void set_time(std::uint64_t time) { time_ = time; }
  [[nodiscard]] std::uint64_t time() const { return time_; }
  /// Runs the harts in turn until none can go on, a unit or hart faults, a watched line is written, many packets wait
  /// in the outbox or `quantum` time has passed. Returns the time that has passed.
  std::uint64_t run(std::uint64_t quantum);
  [[nodiscard]] bool runnable() const;
  /// First time at which a timer lets the node run again; all ones if never.
  [[nodiscard]] std::uint64_t wake_time() const;
  /// Whether a hart or a unit has faulted.
  [[nodiscard]] bool faulted() const;
  /// Makes run() return early when the line of this SRAM address is written.
  void watch(std::uint64_t address);

  // --- What the host and the network do ----------------------------------------------------------------------------

  /// Copies bytes; throws RunError when the range leaves the SRAM. Writing makes new code visible.
  void read_memory(std::uint64_t address, std::span<std::byte> bytes) const;
  void write_memory(std::uint64_t address, std::span<const std::byte> bytes);
  /// A write at the host port: control, CLINT or semaphore register, 8 bytes (msip: 4); others are dropped.
  void write_register(std::uint32_t address, std::uint64_t data);
  /// A packet arrives. A read request is served at once: its data packets appear in the outbox.
  void deliver(const Packet& packet);
  /// A packet of this node has not left it: there is no way to its destination (unreachable), or the tree that it is
  /// for cannot do that (unknown).
  void not_sent(const Packet& packet, hw::AccessKind why);
  /// Packets that this node has sent and that nobody has taken yet, in the order of sending.
  [[nodiscard]] std::vector<Packet>& outbox() { return outbox_; }

  /// Arrivals at the barriers of trees that nobody has taken yet: the numbers of the trees.
  [[nodiscard]] std::vector<unsigned>& arrivals() { return arrivals_; }

  [[nodiscard]] hw::Tree tree(unsigned number) const { return trees_[number]; }
  [[nodiscard]] const Guard& guard() const { return guard_; }
  [[nodiscard]] std::uint32_t semaphore(unsigned id) const { return semaphores_[id]; }
  [[nodiscard]] const std::optional<UnitFault>& unit_fault() const { return unit_fault_; }
  /// Counter of the node by number; those that count cycles stay 0.
  [[nodiscard]] std::uint64_t counter(unsigned index) const { return counters_[index]; }
  void count(hw::Counter counter, std::uint64_t amount) { counters_[static_cast<unsigned>(counter)] += amount; }
  [[nodiscard]] std::span<const std::uint8_t> sram() const { return {sram_, hw::sram_size}; }

  // --- What harts and units use ------------------------------------------------------------------------------------

  [[nodiscard]] std::uint8_t* sram_bytes() { return sram_; }
  /// The named accumulators of the matrix unit: 64 lines of 16 FP32 values.
  [[nodiscard]] std::uint32_t* accumulators() { return accumulators_.data(); }
  [[nodiscard]] CodeCache& code() { return code_; }
  /// Must follow every write to a line of the SRAM: clears reservations.
  void written(std::uint64_t line) {
    if (line_flags_[line] != 0) [[unlikely]]
      written_flagged(line);
  }
  void reserve(std::uint64_t line, unsigned hart);
  [[nodiscard]] bool has_bad_words() const { return !bad_words_.empty(); }
  /// Must go before every read of the SRAM by the node itself: a port reads the lines of a range. Reports each with an
  /// uncorrectable word; true if there is one.
  bool reads(std::uint64_t address, std::uint64_t bytes, hw::SramPort port) {
    return has_bad_words() && meets_bad_word(address, bytes, port);
  }
  /// Must go with every write to the SRAM: its words are valid again. Reports an uncorrectable one of which only a part
  /// is written.
  void overwrites(std::uint64_t address, std::uint64_t bytes, hw::SramPort port) {
    if (has_bad_words()) replace_bad_words(address, bytes, port);
  }
  /// Load from a memory-mapped register; false: access fault.
  [[nodiscard]] bool load_register(std::uint64_t address, unsigned size, unsigned hart, std::uint64_t& value) const;
  /// Store to a memory-mapped register; false: access fault.
  [[nodiscard]] bool store_register(std::uint64_t address, unsigned size, std::uint64_t value);
  /// Posts a remote store.
  void send_store(std::uint64_t global_address, unsigned size, std::uint64_t value);
  void send(const Packet& packet);
  [[nodiscard]] bool take_semaphore(unsigned id, std::uint32_t amount);
  void add_semaphore(unsigned id, std::uint32_t amount);
  [[nodiscard]] TransferLists& lists() { return lists_; }
  /// A list of the transfer engine has ended with a fault; without an interrupt of its hart it is a unit fault too.
  void list_fault(unsigned channel, unsigned hart, hw::UnitFault cause, std::uint32_t descriptor_address);
  void set_unit_fault(hw::Unit unit, hw::UnitFault cause, std::uint32_t descriptor_address);
  /// Pending interrupts of a hart as in mip.
  [[nodiscard]] std::uint64_t interrupts(unsigned hart) const;
  /// Level of the external interrupt of a hart.
  void set_external_interrupt(unsigned hart, bool level) { external_[hart] = level; }
  [[nodiscard]] std::uint64_t timer_compare(unsigned hart) const { return mtimecmp_[hart]; }
  /// The time that a hart sees now.
  [[nodiscard]] std::uint64_t hart_time(unsigned hart) const { return time_ + harts_[hart].slice_position(); }

 private:
  static constexpr std::uint8_t watched_flag = 0x80;
  void written_flagged(std::uint64_t line);
  /// Flips stored bits of an SRAM word, as ecc_inject asks. A word that can be corrected is, at once.
  void inject_error(std::uint64_t value);
  bool meets_bad_word(std::uint64_t address, std::uint64_t bytes, hw::SramPort port);
  void replace_bad_words(std::uint64_t address, std::uint64_t bytes, hw::SramPort port);
  /// Whether a packet may do what it wants to; otherwise it is refused and reported.
  [[nodiscard]] bool admit(const hw::PacketHeader& header, hw::AccessKind kind, std::uint64_t first,
                           std::uint64_t last);
  void refuse(const hw::PacketHeader& header, hw::AccessKind kind, std::uint64_t first);

  Coordinates position_;
  ZeroedPages sram_pages_;
  std::uint8_t* sram_;
  CodeCache code_;
  std::array<Hart, hw::harts> harts_;
  std::vector<std::uint8_t> line_flags_;         // bit h: reserved by hart h; bit 7: watched
  std::map<std::uint64_t, unsigned> bad_words_;  // syndromes of uncorrectable words by address
  bool watch_hit_ = false;
  std::uint64_t time_ = 0;
  std::array<std::uint32_t, hw::named_accumulators * 256> accumulators_{};
  std::array<std::uint32_t, hw::semaphores> semaphores_{};
  std::array<bool, hw::harts> msip_{};
  std::array<bool, hw::harts> external_{};
  std::array<std::uint64_t, hw::harts> mtimecmp_{};
  Guard guard_;
  TransferLists lists_{*this};
  std::optional<UnitFault> unit_fault_;
  std::array<std::uint64_t, hw::counters> counters_{};
  std::vector<Packet> outbox_;
  std::array<hw::Tree, hw::trees> trees_{};
  std::vector<unsigned> arrivals_;
};

/// Executes the descriptor at `address` on a unit of the node, whole; a refused one sets the node's unit fault. On the
/// transfer engine a list runs until it ends or waits.
void execute_descriptor(Node& node, hw::Unit unit, std::uint32_t address, unsigned hart = 0);

}  // namespace dojo::model
