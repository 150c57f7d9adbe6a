#include "runtime/dip_list.hpp"

#include <fmt/format.h>

#include <limits>

#include "common/error.hpp"

namespace dojo {
namespace {

using Op = hw::DescriptorOpTransfer;

hw::TransferDescriptor describe(Op op, std::uint64_t remote, std::uint32_t lines) {
  hw::TransferDescriptor d{};
  d.op = static_cast<std::uint32_t>(op) & 0xffU;
  d.lines = lines;
  d.remote_address_low = static_cast<std::uint32_t>(remote);
  d.remote_address_high = static_cast<std::uint32_t>(remote >> 32U);
  return d;
}

std::uint32_t checked(unsigned semaphore) {
  if (semaphore >= hw::semaphores) {
    throw RunError(fmt::format("semaphore {}: an Interface Processor and a node have {}", semaphore, hw::semaphores));
  }
  return semaphore;
}

}  // namespace

DipList& DipList::copy(Op op, std::uint64_t local, std::uint64_t remote, std::size_t bytes) {
  if (bytes % hw::line_bytes != 0 || bytes / hw::line_bytes > std::numeric_limits<std::uint32_t>::max()) {
    throw RunError(fmt::format("a copy of {} bytes: lists copy whole lines of {} bytes, up to 2^32 of them", bytes,
                               hw::line_bytes));
  }
  hw::TransferDescriptor d = describe(op, remote, static_cast<std::uint32_t>(bytes / hw::line_bytes));
  d.local_address = static_cast<std::uint32_t>(local);
  d.local_address_high = (local >> 32U) & 0xffU;
  return add(d);
}

DipList& DipList::push(std::uint64_t local, std::uint64_t remote, std::size_t bytes) {
  return copy(Op::push, local, remote, bytes);
}

DipList& DipList::pull(std::uint64_t local, std::uint64_t remote, std::size_t bytes) {
  return copy(Op::pull, local, remote, bytes);
}

DipList& DipList::wait(unsigned semaphore, std::uint32_t amount) {
  add(describe(Op::wait, 0, amount));
  list_.back().sem = checked(semaphore) % hw::semaphores;
  return *this;
}

DipList& DipList::signal(std::uint64_t remote, unsigned semaphore, std::uint32_t amount) {
  add(describe(Op::signal, remote, amount));
  list_.back().remote_sem = checked(semaphore) % hw::semaphores;
  return *this;
}

DipList& DipList::add(const hw::TransferDescriptor& descriptor) {
  list_.push_back(descriptor);
  return *this;
}

DipList& DipList::count(unsigned semaphore) {
  list_.back().sem_en = 1;
  list_.back().sem = checked(semaphore) % hw::semaphores;
  return *this;
}

DipList& DipList::count_there(unsigned semaphore) {
  list_.back().remote_sem_en = 1;
  list_.back().remote_sem = checked(semaphore) % hw::semaphores;
  return *this;
}

void DipList::write(DramBuffer& buffer) const {
  std::vector<hw::TransferDescriptor> list = list_;
  for (std::size_t i = 0; i + 1 < list.size(); ++i) set_next(list[i], buffer.address() + (i + 1) * sizeof list[i]);
  buffer.write(list);
}

void set_next(hw::TransferDescriptor& descriptor, std::uint64_t next) {
  descriptor.next_en = 1;
  descriptor.next = static_cast<std::uint32_t>(next);
  descriptor.next_high = (next >> 32U) & 0xffU;
}

}  // namespace dojo
