#pragma once
// Physical memory protection of a hart that has machine mode only: locked entries bind. Granularity 4 bytes.
// Source: RISC-V privileged specification, section "Physical Memory Protection"; choices in docs/hart.md.

#include <array>
#include <cstdint>

#include "dojo_hw.hpp"

namespace dojo::model {

/// Kinds of access, by their bit in pmpcfg.
enum class PmpAccess : std::uint8_t { read = 1, write = 2, execute = 4 };

class Pmp {
 public:
  /// Whether any entry is on, so that accesses must be asked for.
  [[nodiscard]] bool is_on() const { return on_; }

  /// Whether an access to `bytes` bytes may be made.
  [[nodiscard]] bool allows(std::uint64_t address, unsigned bytes, PmpAccess access) const;

  /// Value of the configuration register of entries `first` to `first` + 7.
  [[nodiscard]] std::uint64_t configuration(unsigned first) const;
  void set_configuration(unsigned first, std::uint64_t value);
  [[nodiscard]] std::uint64_t address(unsigned entry) const { return addresses_[entry]; }
  void set_address(unsigned entry, std::uint64_t value);

 private:
  std::array<std::uint8_t, hw::pmp_entries> configurations_{};
  std::array<std::uint64_t, hw::pmp_entries> addresses_{};
  bool on_ = false;
};

}  // namespace dojo::model
