#pragma once
// All registers of a hart, as a debugger shows them.

#include <array>
#include <cstdint>
#include <optional>

#include "dojo_hw.hpp"

namespace dojo {

/// Values between two instructions: those of all instructions before the PC.
struct HartRegisters {
  std::array<std::uint64_t, 32> x{};
  std::uint64_t pc = 0;
  std::array<std::uint32_t, 32> f{};
  std::array<std::array<std::uint8_t, hw::line_bytes>, 32> v{};
  /// In the order of hw::csr_table; none: not to be had.
  std::array<std::optional<std::uint64_t>, hw::csr_table.size()> csr{};
};

}  // namespace dojo
