#include "model/dip_host.hpp"

#include <bit>
#include <cstring>
#include <span>

namespace dojo::model {
namespace {

constexpr std::uint64_t of_entry = (std::uint64_t{1} << hw::offset_bits) - 1;
constexpr unsigned completion_bytes = hw::DipCompletion::bits / 8;
constexpr unsigned register_bytes = 8;

bool is_size(std::uint32_t size) {
  return std::has_single_bit(size) && size <= hw::dip_ring_size_limit;
}
bool is_base(std::uint64_t base) {
  return base % hw::line_bytes == 0 && base >> 62U == 0;
}

/// Number of the register among `count` from `first` on; `count`, or more: it is none of them.
std::uint64_t index_of(std::uint64_t address, std::uint64_t first) {
  return address < first ? ~std::uint64_t{0} : (address - first) / register_bytes;
}

}  // namespace

void DipHost::run() {
  bool goes_on = true;
  while (goes_on) {
    goes_on = !writes_.empty();
    if (goes_on) {
      apply(writes_.front());
      writes_.pop_front();
    }
    lists_.run();
    while (take_completions() || take_entry()) lists_.run();
    if (lists_.take_faulted()) set(hw::DipStatus::list_fault);
  }
}

void DipHost::apply(const Write& write) {
  const auto low = static_cast<std::uint32_t>(write.data);
  const std::uint64_t semaphore = index_of(write.address, hw::dip_control_semaphore_address());
  const std::uint64_t fault = index_of(write.address, hw::dip_control_list_fault_address());
  if (semaphore < hw::semaphores) return memory_.increment(static_cast<unsigned>(semaphore), low);
  if (fault < DipLists::channels) return lists_.clear_fault(static_cast<unsigned>(fault));
  switch (write.address) {
    case hw::dip_control_list_start_address(): {
      const unsigned channel = write.data % 16;
      if (channel >= DipLists::channels) return;
      if (lists_.count(channel) > 1) return set(hw::DipStatus::start_lost);
      return lists_.start(channel,
                          (write.data & ((std::uint64_t{1} << hw::offset_bits) - 1)) / hw::line_bytes * hw::line_bytes);
    }
    case hw::dip_control_status_address():
      status_ &= ~low;
      return;
    case hw::dip_control_ring_enable_address():
      return enable((write.data & 1U) != 0);
    case hw::dip_control_submission_tail_address():
      submissions_.tail = low;
      break;
    case hw::dip_control_completion_head_address():
      completions_.head = low;
      break;
    default:
      break;
  }
  if (enabled_) {
    if (submissions_.tail - submissions_.head > submissions_.size) return stop(hw::RingError::submission_overflow);
    if (completions_.tail - completions_.head > completions_.size) return stop(hw::RingError::completion_overrun);
    return;
  }
  switch (write.address) {
    case hw::dip_control_submission_base_address():
      submissions_.base = write.data;
      break;
    case hw::dip_control_submission_size_address():
      submissions_.size = low;
      break;
    case hw::dip_control_completion_base_address():
      completions_.base = write.data;
      break;
    case hw::dip_control_completion_size_address():
      completions_.size = low;
      break;
    default:
      break;
  }
}

void DipHost::enable(bool on) {
  if (!on || enabled_) {
    enabled_ = on;
    return;
  }
  submissions_.head = submissions_.tail = 0;
  completions_.head = completions_.tail = 0;
  if (!is_base(submissions_.base) || !is_base(completions_.base)) return stop(hw::RingError::alignment);
  if (!is_size(submissions_.size) || !is_size(completions_.size)) return stop(hw::RingError::size);
  ring_error_ = hw::RingError::none;
  enabled_ = true;
}

void DipHost::stop(hw::RingError error) {
  enabled_ = false;
  ring_error_ = error;
  set(hw::DipStatus::ring_error);
}

// The next entry of the submission ring, whose channel must be free. False: there is none, or it must wait.
bool DipHost::take_entry() {
  if (!enabled_ || submissions_.head == submissions_.tail) return false;
  const std::uint64_t address =
      submissions_.base + std::uint64_t{submissions_.head & (submissions_.size - 1)} * hw::line_bytes;
  if (lists_.host().is_broken(address)) {
    stop(hw::RingError::host);
    return true;
  }
  hw::TransferDescriptor entry{};
  lists_.host().read(address, std::as_writable_bytes(std::span(&entry, 1)));
  if (entry.channel >= DipLists::channels) {
    if (!write_completion({.channel = static_cast<std::uint8_t>(entry.channel),
                           .cause = hw::UnitFault::opcode,
                           .address = of_entry,
                           .tag = entry.tag})) {
      return false;
    }
  } else {
    if (lists_.count(entry.channel) != 0) return false;
    lists_.enter(entry);
  }
  ++submissions_.head;
  return true;
}

// False: there is no room.
bool DipHost::write_completion(hw::DipCompletion completion) {
  if (completions_.tail - completions_.head >= completions_.size) return false;
  completion.phase = (completions_.tail & completions_.size) == 0;
  const std::uint64_t address =
      completions_.base + std::uint64_t{completions_.tail & (completions_.size - 1)} * completion_bytes;
  if (lists_.host().is_broken(address)) {
    stop(hw::RingError::host);
    return true;
  }
  const auto words = completion.encode();
  lists_.host().write(address, std::as_bytes(std::span(words)));
  ++completions_.tail;
  set(hw::DipStatus::completion);
  return true;
}

// True if a list goes on because of it.
bool DipHost::take_completions() {
  bool taken = false;
  for (unsigned channel = 0; channel < DipLists::channels; ++channel) {
    std::deque<hw::DipCompletion>& waiting = lists_.completions(channel);
    while (!waiting.empty() && (!enabled_ || write_completion(waiting.front()))) {
      waiting.pop_front();
      taken = true;
    }
  }
  return taken;
}

}  // namespace dojo::model
