#pragma once
// Lists of descriptors for the transfer engine of an Interface Processor (docs/dip.md, "Transfer engine").

#include <cstddef>
#include <cstdint>
#include <vector>

#include "dojo_hw.hpp"
#include "runtime/buffer.hpp"

namespace dojo {

/// Descriptors one after the other. Local addresses are those of DramBuffer; remote ones are global addresses on
/// channels 0 to 6, and those of HostBuffer on the two channels of the host. Copies are of whole lines of 64 bytes;
/// their functions throw RunError otherwise.
class DipList {
 public:
  DipList& push(std::uint64_t local, std::uint64_t remote, std::size_t bytes);
  DipList& pull(std::uint64_t local, std::uint64_t remote, std::size_t bytes);
  /// Waits until a semaphore of the Interface Processor is at least `amount`, which is subtracted.
  DipList& wait(unsigned semaphore, std::uint32_t amount);
  /// Adds to a semaphore of the node or Interface Processor that the remote address names.
  DipList& signal(std::uint64_t remote, unsigned semaphore, std::uint32_t amount);
  DipList& add(const hw::TransferDescriptor& descriptor);
  /// The end of the last descriptor adds 1 to a semaphore here; there must be one.
  DipList& count(unsigned semaphore);
  /// The last element of the last descriptor, a push, adds 1 to a semaphore at the remote address.
  DipList& count_there(unsigned semaphore);

  [[nodiscard]] std::size_t bytes() const { return list_.size() * sizeof list_[0]; }
  [[nodiscard]] const std::vector<hw::TransferDescriptor>& descriptors() const { return list_; }
  /// Puts the list into a DRAM. Throws RunError when it does not fit.
  void write(DramBuffer& buffer) const;

 private:
  DipList& copy(hw::DescriptorOpTransfer op, std::uint64_t local, std::uint64_t remote, std::size_t bytes);

  std::vector<hw::TransferDescriptor> list_;
};

/// Makes the list at an address of the DRAM follow a descriptor.
void set_next(hw::TransferDescriptor& descriptor, std::uint64_t next);

}  // namespace dojo
