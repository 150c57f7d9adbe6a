#pragma once
// Events of a node's matrix unit, transfer engine, barriers and semaphores.

#include <array>
#include <cstdint>
#include <deque>
#include <optional>

#include "sim/node_model.hpp"
#include "trace/event_buffer.hpp"

namespace dojo::trace {

/// Watches from the first cycle on, so that it knows what goes on when its events are first wanted.
class UnitRecorder {
 public:
  /// Begins with what the node is now.
  explicit UnitRecorder(const sim::NodeModel& node);

  void host_write(std::uint32_t address, std::uint64_t data);
  /// A hart has written a register of the node.
  void register_write(std::uint64_t address, std::uint64_t data);
  /// Without a buffer nothing is written.
  void after_cycle(sim::NodeModel& node, const sim::NodeActivity& activity, std::uint64_t cycle, EventBuffer* events);
  /// Events are wanted from `cycle` on: writes those that began what goes on, as if it began then.
  void reopen(std::uint64_t cycle, EventBuffer& events) const;
  /// Steps of the matrix unit in the last cycle.
  [[nodiscard]] std::uint32_t steps() const { return new_steps_; }

 private:
  struct MatrixWork {
    MatrixBegin begin;
    std::uint32_t left = 0;  ///< steps
  };

  void follow_matrix(sim::NodeModel& node, const sim::NodeActivity& activity, std::uint64_t cycle, EventBuffer* events);
  void take_descriptor(sim::NodeModel& node, std::uint32_t address);
  void follow_transfers(const sim::NodeActivity& activity, std::uint64_t cycle, EventBuffer* events);
  void follow_barriers(const sim::NodeActivity& activity, std::uint64_t cycle, EventBuffer* events);
  void count_semaphores(const sim::NodeActivity& activity, std::uint64_t cycle, EventBuffer* events);
  [[nodiscard]] bool will_release(unsigned tree) const;
  [[nodiscard]] std::optional<unsigned> tree_of(unsigned semaphore) const;

  std::deque<MatrixWork> matrix_;  ///< that has been offered and is not done
  bool matrix_offered_ = false;    ///< the last look found the first descriptor of the queue, and it was not taken
  bool stepping_ = false;          ///< the first of matrix_ has begun
  std::uint64_t steps_ = 0;
  std::uint32_t new_steps_ = 0;
  std::uint64_t operand_stalls_ = 0;
  std::uint64_t drain_stalls_ = 0;
  std::uint64_t first_operand_stalls_ = 0;  ///< when the descriptor began
  std::uint64_t first_drain_stalls_ = 0;

  std::array<std::optional<TransferBegin>, sim::transfer_channels> transfers_{};
  std::array<std::uint64_t, sim::transfer_channels> transfer_starts_{};
  bool serving_ = false;

  std::array<hw::Tree, hw::trees> trees_{};
  std::array<unsigned, hw::trees> arrivals_{};  ///< since the last release
};

}  // namespace dojo::trace
