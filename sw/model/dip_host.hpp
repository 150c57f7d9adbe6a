#pragma once
// Golden model of an Interface Processor's registers and rings: what its host does to it, without time. docs/dip.md

#include <array>
#include <cstdint>
#include <deque>

#include "dojo_hw.hpp"
#include "model/dip_lists.hpp"

namespace dojo::model {

/// Writes of registers are done, and entries of the rings taken, when run() is called: what lies in the two memories
/// may change until then.
class DipHost {
 public:
  /// Refers to the lists and to the memory on which they work.
  DipHost(InterfaceProcessor& memory, DipLists& lists) : memory_(memory), lists_(lists) {}

  /// `address` is in dip_control.
  void write_register(std::uint64_t address, std::uint64_t data) { writes_.push_back({address, data}); }
  /// Lets lists run as far as they can.
  void run();

  [[nodiscard]] hw::RingError ring_error() const { return ring_error_; }
  [[nodiscard]] bool start_was_lost() const { return has(hw::DipStatus::start_lost); }
  /// Whether status has a bit for what went wrong.
  [[nodiscard]] bool has_failed() const {
    return has(hw::DipStatus::list_fault) || has(hw::DipStatus::ring_error) || has(hw::DipStatus::start_lost);
  }

 private:
  struct Write {
    std::uint64_t address;
    std::uint64_t data;
  };
  /// A ring in the host's memory, and how many of its entries the two sides have passed.
  struct Ring {
    std::uint64_t base = 0;
    std::uint32_t size = 0;
    std::uint32_t head = 0;
    std::uint32_t tail = 0;
  };

  [[nodiscard]] bool has(hw::DipStatus status) const { return (status_ >> static_cast<unsigned>(status) & 1U) != 0; }
  void set(hw::DipStatus status) { status_ |= 1U << static_cast<unsigned>(status); }
  void apply(const Write& write);
  void enable(bool on);
  void stop(hw::RingError error);
  [[nodiscard]] bool take_entry();
  [[nodiscard]] bool write_completion(hw::DipCompletion completion);
  [[nodiscard]] bool take_completions();

  InterfaceProcessor& memory_;
  DipLists& lists_;
  std::deque<Write> writes_;
  std::uint32_t status_ = 0;
  bool enabled_ = false;
  hw::RingError ring_error_ = hw::RingError::none;
  Ring submissions_;
  Ring completions_;
};

}  // namespace dojo::model
