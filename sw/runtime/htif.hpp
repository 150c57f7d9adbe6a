#pragma once
// The host side of HTIF, the host-target interface of ordinary bare-metal RISC-V programs: exit code and console
// through the words tohost and fromhost (source: riscv-isa-sim, fesvr/htif and fesvr/device).

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include "common/backend.hpp"

namespace dojo {

/// Serves the requests of the programs on one node.
class Htif {
 public:
  using Console = std::function<void(std::string_view)>;

  /// Watches `tohost` (8 bytes in the node's SRAM) in `machine`. Without `fromhost` the program gets no replies.
  Htif(Backend& machine, Coordinates node, std::uint64_t tohost, std::optional<std::uint64_t> fromhost,
       Console console);

  /// Serves what stands in tohost, if anything, and clears it. Returns the exit code when the program asks to end.
  /// Throws RunError for a request that is not understood.
  std::optional<std::uint64_t> serve();

 private:
  [[nodiscard]] std::uint64_t read_word(std::uint64_t address);
  void write_word(std::uint64_t address, std::uint64_t value);
  void reply(std::uint64_t value);
  std::optional<std::uint64_t> system_call(std::uint64_t block);
  [[nodiscard]] std::uint64_t write_to_console(std::uint64_t address, std::uint64_t size);

  Backend& machine_;
  Coordinates node_;
  std::uint64_t tohost_;
  std::optional<std::uint64_t> fromhost_;
  Console console_;
};

}  // namespace dojo
