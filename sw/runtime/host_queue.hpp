#pragma once
// What the host of an Interface Processor does with it: copies and lists through its rings, semaphores.
//
//   dojo::HostQueue& host = machine.host(0);
//   dojo::HostBuffer input = machine.allocate_host(0, 65536);
//   dojo::DramBuffer there = machine.allocate_dram(0, 65536);
//   input.write(values);
//   host.copy(input, there).wait();

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>

#include "common/backend.hpp"
#include "runtime/buffer.hpp"

namespace dojo {

class HostQueue;

/// A list that the host has submitted. It runs when somebody waits: simulated time passes in wait() only.
class Submission {
 public:
  /// Runs the machine until the completion of the list is in the host's memory. Throws RunError, which names what went
  /// wrong, on a fault, a hang, or after `max_cycles` cycles. Waiting again has no effect.
  void wait(std::uint64_t max_cycles = std::numeric_limits<std::uint64_t>::max());
  /// Whether the completion is there.
  [[nodiscard]] bool done() const;

 private:
  friend class HostQueue;
  Submission(HostQueue& queue, std::uint32_t tag) : queue_(&queue), tag_(tag) {}

  HostQueue* queue_;
  std::uint32_t tag_;
};

/// What is copied of two buffers, from one to the other. Offsets and bytes are multiples of 64.
struct HostCopy {
  std::optional<std::size_t> bytes = {};   ///< none: as many as the buffer has from which is copied
  std::size_t from = 0;                    ///< offset in that buffer
  std::size_t to = 0;                      ///< offset in the other one
  std::optional<unsigned> semaphore = {};  ///< of the Interface Processor: counts when the copy is done
};

/// Its rings are made with the first list. Entries go to their channels in the order in which they were submitted: one
/// whose channel has a list holds up those behind it.
class HostQueue {
 public:
  /// Channels of the transfer engine: those of the ports, then these two.
  static constexpr unsigned to_host = hw::dip_list_channels - 2;
  static constexpr unsigned from_host = hw::dip_list_channels - 1;
  /// Lists that may be under way.
  static constexpr unsigned limit = 1024;

  /// `submissions` and `completions` are memory of its host, for the rings. Waits fail after cycle `last_cycle`.
  HostQueue(Backend& backend, HostBuffer submissions, HostBuffer completions, std::uint64_t last_cycle);

  /// Copies between the host's memory and the DRAM of this Interface Processor, of which both buffers are. Throws
  /// RunError when the range leaves a buffer, or is not of whole lines.
  Submission copy(const HostBuffer& from, const DramBuffer& to, const HostCopy& range = {});
  Submission copy(const DramBuffer& from, const HostBuffer& to, const HostCopy& range = {});
  /// A list that begins with a descriptor and may go on in the DRAM. Throws RunError when `limit` of them are under
  /// way.
  Submission submit(unsigned channel, hw::TransferDescriptor first);
  /// The list at the beginning of a buffer.
  Submission submit(unsigned channel, const DramBuffer& list);
  /// Starts the list at the beginning of a buffer through the register list_start, without a completion.
  void start(unsigned channel, const DramBuffer& list);

  [[nodiscard]] std::uint32_t semaphore(unsigned id) const;
  /// Adds to a semaphore.
  void count(unsigned id, std::uint32_t amount);
  /// Lists that have not completed.
  [[nodiscard]] std::size_t open();

 private:
  friend class Submission;
  Submission copy(unsigned channel, const DipBuffer& from, const DipBuffer& to, const HostCopy& range);
  void check(const DipBuffer& buffer) const;
  void check(unsigned channel) const;
  void enable();
  void write(std::uint64_t address, std::uint64_t data) { backend_.write_dip_register(dip_, address, data); }
  [[nodiscard]] std::size_t place_of_completion() const;
  void take_completions();
  [[nodiscard]] bool is_open(std::uint32_t tag);
  void wait(std::uint32_t tag, std::uint64_t max_cycles);

  Backend& backend_;
  unsigned dip_;
  HostBuffer submissions_;
  HostBuffer completions_;
  std::uint64_t last_cycle_;
  bool is_enabled_ = false;
  std::uint32_t submitted_ = 0;
  std::uint32_t completed_ = 0;
  std::set<std::uint32_t> open_;  ///< tags of lists that have not completed
};

}  // namespace dojo
