#include "sim/host_log.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "common/error.hpp"

namespace dojo::sim {
namespace {

constexpr std::uint64_t mixed(std::uint64_t digest, std::uint64_t value) {
  constexpr std::uint64_t odd = 0x9e3779b97f4a7c15;  // 2^64 / golden ratio
  return std::rotl((digest ^ value) * odd, 29);
}

std::uint64_t mixed(std::uint64_t digest, std::span<const std::byte> data) {
  while (!data.empty()) {
    std::uint64_t word = 0;
    const std::size_t size = std::min(sizeof word, data.size());
    std::memcpy(&word, data.data(), size);
    digest = mixed(digest, word);
    data = data.subspan(size);
  }
  return digest;
}

}  // namespace

void HostLog::load(std::vector<std::byte> bytes, std::string name) {
  bytes_ = std::move(bytes);
  name_ = std::move(name);
  enabled_ = true;
}

void HostLog::take(std::span<std::byte> bytes) {
  if (bytes.size() > bytes_.size() - next_) {
    throw InputError(fmt::format("{}: the snapshot is of another run: call {} of the host differs", name_, calls_));
  }
  std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(next_), bytes.size(), bytes.begin());
  next_ += bytes.size();
}

bool HostLog::call(HostCall call, std::initializer_list<std::uint64_t> arguments, std::span<const std::byte> data) {
  if (!enabled_) return false;
  ++calls_;
  digest_ = mixed(digest_, static_cast<std::uint64_t>(call));
  for (const std::uint64_t argument : arguments) digest_ = mixed(digest_, argument);
  digest_ = mixed(digest_, data);
  auto digest = static_cast<std::uint32_t>(digest_ >> 32);
  if (!is_replaying()) {
    const auto noted = std::as_bytes(std::span(&digest, 1));
    bytes_.insert(bytes_.end(), noted.begin(), noted.end());
    next_ = bytes_.size();
    return false;
  }
  std::uint32_t then = 0;
  take(std::as_writable_bytes(std::span(&then, 1)));
  if (then != digest) {
    throw InputError(fmt::format("{}: the snapshot is of another run: call {} of the host differs", name_, calls_));
  }
  return true;
}

void HostLog::answer(std::span<std::byte> bytes) {
  if (!enabled_) return;
  if (is_replaying()) return take(bytes);
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  next_ = bytes_.size();
}

}  // namespace dojo::sim
