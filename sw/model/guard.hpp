#pragma once
// A node's registers about errors and protection (docs/node.md): what guard_registers.sv is in the RTL.

#include <array>
#include <cstdint>

#include "dojo_hw.hpp"

namespace dojo::model {

class Guard {
 public:
  /// Load and store of the register at an offset of the control page; false: there is none, or it does not allow it.
  [[nodiscard]] bool load(std::uint64_t offset, std::uint64_t& value) const;
  [[nodiscard]] bool store(std::uint64_t offset, std::uint64_t value);

  /// Whether a node at (x, y) may do `kind` to all bytes from `first` to `last`.
  [[nodiscard]] bool permits(unsigned x, unsigned y, hw::AccessKind kind, std::uint64_t first,
                             std::uint64_t last) const;
  [[nodiscard]] bool protects() const { return protects_; }

  /// Events: an access of another node refused here; a report of another node; a word of this SRAM read with errors;
  /// a fault of a transfer list. Error registers keep the first.
  void refused(const hw::AccessError& error);
  void reported(const hw::AccessError& error);
  void corrected() { ++corrected_; }
  void uncorrectable(std::uint32_t address, hw::SramPort port);
  void list_fault(unsigned channel, unsigned hart, hw::UnitFault cause, std::uint32_t address);

  /// Whether the external interrupt of a hart is pending.
  [[nodiscard]] bool interrupts(unsigned hart) const;
  /// Whether an error is pending that ends a run unless a hart has enabled the interrupt.
  [[nodiscard]] bool needs_handler() const { return ecc_local_ || (remote_error_ & valid) != 0; }
  [[nodiscard]] std::uint64_t ecc_error() const { return ecc_error_; }
  [[nodiscard]] std::uint64_t access_error() const { return access_error_; }
  [[nodiscard]] std::uint64_t remote_error() const { return remote_error_; }
  [[nodiscard]] std::uint64_t inject_mask() const { return inject_mask_; }

 private:
  static constexpr std::uint64_t valid = std::uint64_t{1} << 63;
  static constexpr unsigned entries = hw::control_protect_rights_count;
  [[nodiscard]] const std::uint64_t* find(std::uint64_t offset) const;

  std::array<std::uint64_t, hw::control_list_fault_count> list_fault_{};
  std::uint64_t ecc_error_ = 0;
  bool ecc_local_ = false;  // an uncorrectable word was met that nothing else tells of
  std::uint64_t corrected_ = 0;
  std::uint64_t uncorrectable_ = 0;
  std::uint64_t inject_mask_ = 0;
  std::uint64_t scrub_period_ = 0;
  std::uint64_t access_error_ = 0;
  std::uint64_t access_refused_ = 0;
  std::uint64_t remote_error_ = 0;
  std::uint64_t remote_refused_ = 0;
  std::uint64_t reports_lost_ = 0;  // stays 0: the model's reports wait for nobody
  std::uint64_t protects_ = 0;
  std::array<std::uint64_t, entries> range_{};
  std::array<std::uint64_t, entries> rectangle_{};
  std::array<std::uint64_t, entries> rights_{};
};

}  // namespace dojo::model
