#include "runtime/host_queue.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>
#include <vector>

#include "common/error.hpp"
#include "runtime/diagnosis.hpp"
#include "runtime/dip_list.hpp"

namespace dojo {
namespace {

constexpr std::size_t completion_words = hw::DipCompletion::bits / 32;
constexpr std::size_t completion_bytes = completion_words * sizeof(std::uint32_t);

}  // namespace

void Submission::wait(std::uint64_t max_cycles) {
  queue_->wait(tag_, max_cycles);
}

bool Submission::done() const {
  return !queue_->is_open(tag_);
}

HostQueue::HostQueue(Backend& backend, HostBuffer submissions, HostBuffer completions, std::uint64_t last_cycle)
    : backend_(backend),
      dip_(submissions.dip()),
      submissions_(std::move(submissions)),
      completions_(std::move(completions)),
      last_cycle_(last_cycle) {}

void HostQueue::enable() {
  completions_.write(std::vector<std::uint8_t>(completions_.size()));
  write(hw::dip_control_submission_base_address(), submissions_.address());
  write(hw::dip_control_submission_size_address(), limit);
  write(hw::dip_control_completion_base_address(), completions_.address());
  write(hw::dip_control_completion_size_address(), limit);
  write(hw::dip_control_ring_enable_address(), 1);
  is_enabled_ = true;
}

void HostQueue::check(const DipBuffer& buffer) const {
  if (buffer.dip() == dip_) return;
  throw RunError(fmt::format("the host of Interface Processor {} cannot reach a buffer of Interface Processor {}", dip_,
                             buffer.dip()));
}

void HostQueue::check(unsigned channel) const {
  if (channel >= hw::dip_list_channels) {
    throw RunError(fmt::format("Interface Processor {}: there is no channel {}", dip_, channel));
  }
  if (channel < hw::dip_ports && !backend_.dips()[dip_].ports[channel]) {
    throw RunError(fmt::format("Interface Processor {}: channel {} has no port", dip_, channel));
  }
}

Submission HostQueue::copy(const HostBuffer& from, const DramBuffer& to, const HostCopy& range) {
  return copy(from_host, from, to, range);
}

Submission HostQueue::copy(const DramBuffer& from, const HostBuffer& to, const HostCopy& range) {
  return copy(to_host, from, to, range);
}

Submission HostQueue::copy(unsigned channel, const DipBuffer& from, const DipBuffer& to, const HostCopy& range) {
  check(from);
  check(to);
  const std::size_t bytes = range.bytes.value_or(from.size() - std::min(from.size(), range.from));
  from.check(range.from, bytes);
  to.check(range.to, bytes);
  DipList list;
  if (channel == to_host) {
    list.push(from.address() + range.from, to.address() + range.to, bytes);
  } else {
    list.pull(to.address() + range.to, from.address() + range.from, bytes);
  }
  if (range.semaphore) list.count(*range.semaphore);
  return submit(channel, list.descriptors().front());
}

Submission HostQueue::submit(unsigned channel, const DramBuffer& list) {
  check(list);
  hw::TransferDescriptor first = DipList().wait(0, 0).descriptors().front();
  set_next(first, list.address());
  return submit(channel, first);
}

Submission HostQueue::submit(unsigned channel, hw::TransferDescriptor first) {
  check(channel);
  if (!is_enabled_) enable();
  take_completions();
  if (open_.size() == limit) {
    throw RunError(
        fmt::format("Interface Processor {}: {} lists of its host are under way: wait for one first", dip_, limit));
  }
  const std::uint32_t place = submitted_ % limit;
  const std::uint32_t tag = ++submitted_;
  first.channel = channel % 16;
  first.tag = tag;
  submissions_.write(std::span<const hw::TransferDescriptor>(&first, 1), place);
  write(hw::dip_control_submission_tail_address(), submitted_);
  open_.insert(tag);
  return {*this, tag};
}

void HostQueue::start(unsigned channel, const DramBuffer& list) {
  check(channel);
  check(list);
  write(hw::dip_control_list_start_address(), list.address() | channel);
}

std::uint32_t HostQueue::semaphore(unsigned id) const {
  if (id >= hw::semaphores) throw RunError(fmt::format("Interface Processor {}: there is no semaphore {}", dip_, id));
  return backend_.dip_semaphore(dip_, id);
}

void HostQueue::count(unsigned id, std::uint32_t amount) {
  if (id >= hw::semaphores) throw RunError(fmt::format("Interface Processor {}: there is no semaphore {}", dip_, id));
  write(hw::dip_control_semaphore_address(id), amount);
}

std::size_t HostQueue::open() {
  take_completions();
  return open_.size();
}

std::size_t HostQueue::place_of_completion() const {
  return completed_ % limit * completion_bytes;
}

// Completions are known by their tags, which are not 0: the host clears their places.
void HostQueue::take_completions() {
  const std::uint32_t before = completed_;
  while (!open_.empty()) {
    std::array<std::uint32_t, completion_words> words{};
    completions_.read_bytes(std::as_writable_bytes(std::span(words)), place_of_completion());
    const hw::DipCompletion completion = hw::DipCompletion::decode(words);
    if (completion.tag == 0) break;
    words = {};
    completions_.write_bytes(std::as_bytes(std::span(words)), place_of_completion());
    ++completed_;
    open_.erase(completion.tag);
    if (completion.cause != hw::UnitFault::none) throw RunError(describe_stop(backend_, StopReason::faulted, {}));
  }
  if (completed_ != before) write(hw::dip_control_completion_head_address(), completed_);
}

bool HostQueue::is_open(std::uint32_t tag) {
  take_completions();
  return open_.contains(tag);
}

void HostQueue::wait(std::uint32_t tag, std::uint64_t max_cycles) {
  const std::uint64_t start = backend_.cycles();
  while (is_open(tag)) {
    const std::uint64_t now = backend_.cycles();
    const std::uint64_t left =
        std::min(max_cycles - std::min(max_cycles, now - start), last_cycle_ - std::min(last_cycle_, now));
    backend_.watch_host(dip_, completions_.address() + place_of_completion());
    const StopReason reason = backend_.run(left);
    backend_.watch_host(dip_, std::nullopt);
    if (reason == StopReason::faulted || (reason != StopReason::watched && is_open(tag))) {
      throw_stop(reason, fmt::format("host of Interface Processor {}: {}", dip_, describe_stop(backend_, reason, {})));
    }
  }
}

}  // namespace dojo
