#include "tb/dip/host_bench.hpp"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

namespace dojo::tb {

namespace {

constexpr unsigned beat_bytes = 16;
constexpr unsigned slave_error = 2;

enum Channel : unsigned { of_ar, of_aw, of_w, of_r, of_b };

}  // namespace

bool HostMemorySlave::is_broken(std::uint64_t address) const {
  return std::any_of(broken.begin(), broken.end(),
                     [&](std::uint64_t bad) { return bad / hw::line_bytes == address / hw::line_bytes; });
}

HostMemorySlave::Line HostMemorySlave::line(std::uint64_t number) const {
  const auto found = lines_.find(number);
  return found == lines_.end() ? Line{} : found->second;
}

void HostMemorySlave::put(std::uint64_t address, const void* from, std::size_t bytes) {
  const auto* next = static_cast<const std::uint8_t*>(from);
  for (std::size_t i = 0; i < bytes; ++i)
    reinterpret_cast<std::uint8_t*>(lines_[(address + i) / hw::line_bytes].data())[(address + i) % hw::line_bytes] =
        next[i];
}

void HostMemorySlave::begin(std::uint64_t cycle, bool aw_valid) {
  cycle_ = cycle;
  ar_ready_ = goes(of_ar);
  aw_ready_ = goes(of_aw);
  w_ready_ = (!writes_.empty() || (aw_valid && aw_ready_)) && goes(of_w);
  // A beat that was shown stays until it is taken.
  if (!read_.valid && goes(of_r)) {
    const auto is_due = [&](unsigned id) { return !reads_.at(id).empty() && reads_.at(id).front().due <= cycle_; };
    const unsigned id = is_due(turn_) ? turn_ : 1 - turn_;
    if (is_due(id)) {
      const Burst& burst = reads_.at(id).front();
      const std::uint64_t address = burst.address.address + burst.beat * beat_bytes;
      const Line from = line(address / hw::line_bytes);
      read_ = {.valid = true,
               .id = id != 0,
               .response = is_broken(address) ? slave_error : 0,
               .last = burst.beat == burst.address.length};
      std::copy_n(from.begin() + address % hw::line_bytes / 4, read_.data.size(), read_.data.begin());
    }
  }
  answer_ = {};
  for (unsigned id = 0; id < 2; ++id) {
    if (answer_.valid || answers_.at(id).empty() || answers_.at(id).front().due > cycle_ || !goes(of_b)) continue;
    answer_ = {.valid = true, .id = id != 0, .response = answers_.at(id).front().response};
    answers_.at(id).pop_front();
  }
}

void HostMemorySlave::check(const char* name, const Address& now, Address& held, bool ready) {
  if (held.valid && (!now.valid || now.id != held.id || now.address != held.address || now.length != held.length))
    errors_.push_back(fmt::format("{} changed before it was taken", name));
  held = now;
  held.valid = now.valid && !ready;
  if (now.valid && now.address / 4096 != (now.address + now.length * beat_bytes) / 4096)
    errors_.push_back(fmt::format("{} crosses 4 KiB", name));
}

void HostMemorySlave::end(const Address& ar, const Address& aw, const Data& w, bool r_ready) {
  check("AR", ar, held_ar_, ar_ready_);
  check("AW", aw, held_aw_, aw_ready_);
  if (aw.valid && aw_ready_) writes_.push_back({.address = aw});
  if (w.valid && w_ready_) {
    Burst& burst = writes_.front();
    const std::uint64_t address = burst.address.address + burst.beat * beat_bytes;
    const std::uint64_t start = address / beat_bytes * beat_bytes;
    ++beats_written_;
    if (w.last != (burst.beat == burst.address.length)) errors_.emplace_back("WLAST is wrong");
    if (is_broken(address)) {
      burst.response = slave_error;
    } else {
      for (unsigned byte = 0; byte < beat_bytes; ++byte) {
        if (((w.strobes >> byte) & 1U) != 0)
          put(start + byte, reinterpret_cast<const std::uint8_t*>(w.data.data()) + byte, 1);
      }
    }
    if (burst.beat++ == burst.address.length) {
      burst.due = cycle_ + latency;
      answers_.at(burst.address.id ? 1 : 0).push_back(burst);
      writes_.pop_front();
    }
  }
  if (ar.valid && ar_ready_) reads_.at(ar.id ? 1 : 0).push_back({.address = ar, .due = cycle_ + latency});
  if (read_.valid && r_ready) {
    ++beats_read_;
    auto& bursts = reads_.at(read_.id ? 1 : 0);
    if (read_.last)
      bursts.pop_front();
    else
      ++bursts.front().beat;
    // Bursts of the two IDs take turns.
    if (read_.last) turn_ = read_.id ? 0 : 1;
    read_.valid = false;
  }
}

}  // namespace dojo::tb
