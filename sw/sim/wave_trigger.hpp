#pragma once
// What begins a recording: a condition at the node that is recorded.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "common/backend.hpp"
#include "sim/mesh_engine.hpp"

namespace dojo::sim {

/// What a program calls its addresses, and the machine its causes. An empty function knows nothing.
struct CodeNames {
  std::function<std::optional<std::uint64_t>(std::string_view symbol)> address;
  std::function<std::string(std::uint64_t pc)> name;       ///< such as "main+0x12"; empty: none
  std::function<std::string(std::uint64_t mcause)> cause;  ///< such as "illegal instruction"
};

/// A condition; of the members, those of its kind count.
struct WaveTrigger {
  enum class Kind : std::uint8_t {
    pc,        ///< an instruction retires, or traps, at an address
    packet,    ///< a packet takes effect
    semaphore  ///< the count of a semaphore changes, or becomes that which is given
  };
  Kind kind = Kind::pc;
  std::string symbol;                     ///< of the program; empty: `address` stands alone
  std::uint64_t address = 0;              ///< pc: with a symbol, how far behind it
  std::optional<Coordinates> source;      ///< packet: the node that it comes from
  std::optional<hw::PacketOp> operation;  ///< packet
  std::optional<std::uint64_t> target;    ///< packet: an address in the line that it is for
  unsigned semaphore = 0;
  std::optional<std::uint32_t> count;

  /// Reads pc=SYMBOL[+OFFSET], pc=ADDRESS, packet=X,Y, packet=OPERATION, packet=ADDRESS, sem=ID and sem=ID=COUNT.
  /// Throws InputError, with `option` in front, for all else.
  static WaveTrigger parse(const std::string& option, const std::string& text);
};

/// Waits for a condition, once.
class TriggerWatch : public NodeObserver {
 public:
  /// Throws InputError when the program has no such symbol.
  TriggerWatch(WaveTrigger trigger, const CodeNames& names, std::function<void(std::uint64_t cycle)> met);
  void after_cycle(NodeModel& node, std::uint64_t cycle) override;

 private:
  [[nodiscard]] bool is_met(const NodeModel& node);

  WaveTrigger trigger_;
  std::function<void(std::uint64_t cycle)> met_;
  std::optional<std::uint32_t> count_before_;
  bool was_met_ = false;
};

}  // namespace dojo::sim
