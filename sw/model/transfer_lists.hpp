#pragma once
// The transfer engine of a node: four channels, each of which runs lists of descriptors in order (docs/descriptors.md).

#include <array>
#include <cstdint>
#include <deque>
#include <optional>

#include "dojo_hw.hpp"
#include "model/packet.hpp"

namespace dojo::model {

class Node;

class TransferLists {
 public:
  static constexpr unsigned channels = hw::control_list_fault_count;

  explicit TransferLists(Node& node) : node_(node) {}

  /// dojo.issue: bits 1:0 of the address choose the channel, whose lists run until they have ended or one of them
  /// waits. Throws RunError when a list does not come to an end or a wait.
  void issue(std::uint32_t address, unsigned hart);
  /// A semaphore has been incremented: lists that wait for it may go on.
  void semaphore_changed(unsigned id);

 private:
  struct Command {
    std::uint32_t address;
    unsigned hart;
  };
  struct Channel {
    std::deque<Command> queue;
    std::optional<std::uint32_t> next;  ///< next descriptor of the list
    unsigned hart = 0;                  ///< of the list
    bool waiting = false;
    unsigned semaphore = 0;
    std::uint32_t amount = 0;
    bool running = false;
  };

  void run(unsigned number);
  /// False when an element that it sends is uncorrectable.
  [[nodiscard]] bool execute(unsigned number, const hw::TransferDescriptor& descriptor);
  [[nodiscard]] bool copy(unsigned number, const hw::TransferDescriptor& descriptor);
  /// The causes that need the index list, after all others.
  [[nodiscard]] hw::UnitFault check_indices(const hw::TransferDescriptor& descriptor) const;
  [[nodiscard]] std::uint32_t index(const hw::TransferDescriptor& descriptor, std::uint64_t element) const;

  Node& node_;
  std::array<Channel, channels> channels_;
};

/// Serves a read request: sends its data packets.
void serve_read(Node& node, const Packet& request);

}  // namespace dojo::model
