#pragma once
// The host of an Interface Processor in a simulated machine: its memory behind the AXI4 port, and what it writes to
// registers (docs/dip.md, "Host port").

#include <array>
#include <cstdint>
#include <deque>

#include "common/memory_edge.hpp"
#include "sim/node_model.hpp"
#include "sim/snapshot_file.hpp"
#include "tile/sparse_memory.hpp"

class Vinterface_processor;  // NOLINT(readability-identifier-naming): named by Verilator

namespace dojo::sim {

/// Cycles from the address of a read, or the last beat of a write, to the answer: 500 ns for the way there and back.
inline constexpr std::uint64_t host_latency = 1000;

/// Takes every address and beat of data at once, and answers with a beat of 16 bytes and an answer to a write in each
/// cycle, those of an ID in order. What does not lie in its memory is answered with DECERR.
class DipHost {
 public:
  /// Queues the write of a register; one of them reaches the port in each cycle, in order.
  void write_register(std::uint64_t address, std::uint64_t data) { writes_.push_back({address, data}); }
  [[nodiscard]] bool has_writes() const { return !writes_.empty(); }
  [[nodiscard]] tile::SparseMemory& memory() { return memory_; }
  [[nodiscard]] const tile::SparseMemory& memory() const { return memory_; }

  /// The inputs of the port after reset.
  static void reset(Vinterface_processor& dip);
  /// What crosses the port in a cycle: called before its clock edge, with all other inputs in place.
  void serve(Vinterface_processor& dip, std::uint64_t cycle) {
    if (!writes_.empty() || has_written_) write(dip);
    if (is_shown_ || next_answer_ <= cycle || asks(dip)) answer(dip, cycle);
  }
  void save(SnapshotWriter& snapshot) const;
  void restore(SnapshotReader& snapshot);
  /// Cycle in which it does something by itself; never: nothing waits.
  [[nodiscard]] std::uint64_t next_event() const { return writes_.empty() ? next_answer_ : 0; }

 private:
  static constexpr unsigned ids = 2;
  static constexpr unsigned beat_bytes = 16;

  struct Write {
    std::uint64_t address;
    std::uint64_t data;
  };
  struct Burst {
    std::uint64_t address = 0;
    std::uint64_t due = 0;    ///< cycle of its answer
    unsigned beats_left = 0;  ///< to be read or written
    bool failed = false;      ///< a beat of a write has failed
    unsigned id = 0;
  };

  [[nodiscard]] static bool asks(const Vinterface_processor& dip);
  void write(Vinterface_processor& dip);
  void answer(Vinterface_processor& dip, std::uint64_t cycle);
  void take(const Vinterface_processor& dip, std::uint64_t cycle);
  void show_data(Vinterface_processor& dip, std::uint64_t cycle);
  void pass_data();
  void show_end(Vinterface_processor& dip, std::uint64_t cycle);

  tile::SparseMemory memory_{host_bytes};
  std::deque<Write> writes_;
  bool has_written_ = false;  ///< a write stands at the port
  std::array<std::deque<Burst>, ids> reads_;
  std::deque<Burst> filling_;  ///< writes whose data have not come
  std::array<std::deque<Burst>, ids> written_;
  unsigned turn_ = 0;      ///< the ID whose data go first
  bool is_shown_ = false;  ///< data or an answer stand at the port
  std::uint64_t next_answer_ = never;
};

/// Writes what has been written to a memory, and fills one like it, which has not been written, with that.
void save_memory(SnapshotWriter& snapshot, const tile::SparseMemory& memory);
void restore_memory(SnapshotReader& snapshot, tile::SparseMemory& memory);

}  // namespace dojo::sim
