#pragma once
// What a party would do for others if it went on: semaphores that it would signal, barriers at which it would arrive.

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/backend.hpp"
#include "sim/node_model.hpp"

namespace dojo::hang {

/// A semaphore of a node, or of an Interface Processor.
struct SemaphoreName {
  std::optional<unsigned> dip = {};
  Coordinates node = {};
  unsigned id = 0;

  [[nodiscard]] bool operator==(const SemaphoreName& other) const {
    return dip == other.dip && (dip || node == other.node) && id == other.id;
  }
};

struct Effect {
  enum class Kind {
    signal,        ///< adds to `semaphore`
    arrival,       ///< at the barrier of tree `number` of `node`
    contribution,  ///< a line of `node` for tree `number`, which adds to semaphore `counts` wherever it arrives
    interrupt      ///< makes the software interrupt of hart `number` of `node` pending
  };
  Kind kind = Kind::signal;
  SemaphoreName semaphore = {};
  Coordinates node = {};
  unsigned number = 0;
  std::optional<unsigned> counts = {};
  std::string how;  ///< "at PC 0x80000130 <main+0x56, ring.c:29>", "with the descriptor at 0x80001040"

  [[nodiscard]] bool is_like(const Effect& other) const;
};

/// Finds the Interface Processor of which coordinates name a port; none: they are those of a node.
using FindDip = std::function<std::optional<unsigned>(unsigned x, unsigned y)>;

/// What an address that somebody writes to, or signals, stands for; `data`: what is written, if it is known.
void add_effects_of_write(const FindDip& find_dip, Coordinates from, std::uint64_t address,
                          std::optional<std::uint64_t> data, const std::string& how, std::vector<Effect>& effects);
/// What a packet does when it arrives.
void add_effects_of_packet(const FindDip& find_dip, const hw::PacketHeader& header, const std::string& how,
                           std::vector<Effect>& effects);

/// A list in a memory.
class ListReader {
 public:
  /// Copies bytes of the memory; false: they are not all in it.
  using Read = std::function<bool(std::uint64_t address, std::span<std::byte> bytes)>;
  /// `dip`: whose memory it is; none: that of `node`.
  ListReader(Read read, const FindDip& find_dip, std::optional<unsigned> dip, Coordinates node)
      : read_(std::move(read)), find_dip_(find_dip), dip_(dip), node_(node) {}

  [[nodiscard]] std::optional<hw::TransferDescriptor> at(std::uint64_t address) const;
  /// Address of the descriptor that follows; none: it is the last one.
  [[nodiscard]] std::optional<std::uint64_t> next_of(const hw::TransferDescriptor& descriptor) const;
  /// What the list from `address` on would do; `how` follows each place. Ends where the list comes back to a
  /// descriptor.
  void add_effects(std::uint64_t address, const std::string& how, std::vector<Effect>& effects) const;
  /// The same of one descriptor.
  void add_effects_of(const hw::TransferDescriptor& descriptor, const std::string& how,
                      std::vector<Effect>& effects) const;

 private:
  Read read_;
  const FindDip& find_dip_;
  std::optional<unsigned> dip_;
  Coordinates node_;
};

using EffectsOfHarts = std::array<std::vector<Effect>, hw::harts>;

/// What the harts of a node would do if their waits ended: the node runs alone for at most `cycles` cycles, all that it
/// sends is taken, and each wait of a hart is satisfied; then everything is taken back. `name_of` names a PC, `buffer`
/// is for the state of the node. None: that cannot be saved, or the node cannot run alone.
std::optional<EffectsOfHarts> effects_of_harts(sim::NodeModel& node, Coordinates place, unsigned cycles,
                                               const FindDip& find_dip,
                                               const std::function<std::string(std::uint64_t)>& name_of,
                                               std::vector<std::byte>& buffer);

/// Whether an instruction is a dojo.issue for a unit.
bool is_issue(std::uint32_t instruction, hw::Unit unit);

/// "push", with its address: for texts.
std::string describe(const hw::TransferDescriptor& descriptor, std::uint64_t address);

}  // namespace dojo::hang
