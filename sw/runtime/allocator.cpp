#include "runtime/allocator.hpp"

#include <algorithm>

namespace dojo {
namespace {

constexpr std::uint64_t round_up(std::uint64_t value) {
  return (value + Allocator::alignment - 1) / Allocator::alignment * Allocator::alignment;
}

}  // namespace

Allocator::Allocator(std::uint64_t first, std::uint64_t end)
    : first_(round_up(first)), end_(std::max(round_up(first), end / alignment * alignment)) {}

std::optional<std::uint64_t> Allocator::allocate(std::uint64_t bytes) {
  if (bytes > end_ - first_) return std::nullopt;
  const std::uint64_t size = std::max(alignment, round_up(bytes));
  std::uint64_t hole = first_;
  for (const auto& [address, end] : used_) {
    if (address - hole >= size) break;
    hole = end;
  }
  if (end_ - hole < size) return std::nullopt;
  used_.emplace(hole, hole + size);
  return hole;
}

void Allocator::release(std::uint64_t address) {
  used_.erase(address);
}

std::uint64_t Allocator::largest_hole() const {
  std::uint64_t largest = 0;
  std::uint64_t hole = first_;
  for (const auto& [address, end] : used_) {
    largest = std::max(largest, address - hole);
    hole = end;
  }
  return std::max(largest, end_ - hole);
}

}  // namespace dojo
