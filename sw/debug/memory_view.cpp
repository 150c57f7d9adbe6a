#include "debug/memory_view.hpp"

#include <algorithm>
#include <cstring>

namespace dojo::debug {
namespace {

constexpr unsigned semaphore_bytes = 8;

bool is_inside(std::uint64_t address, std::uint64_t size, std::uint64_t base, std::uint64_t region) {
  return address >= base && size <= region && address - base <= region - size;
}

}  // namespace

std::optional<MemoryPlace> MemoryView::place_of(unsigned site, std::uint64_t address) const {
  if (address >> DOJO_GLOBAL_ADDRESS_IS_GLOBAL_SHIFT == 0) return MemoryPlace{.site = site, .local = address};
  constexpr std::uint64_t coordinate_mask = (std::uint64_t{1} << hw::coordinate_bits) - 1;
  constexpr std::uint64_t offset_mask = (std::uint64_t{1} << hw::offset_bits) - 1;
  if ((address >> DOJO_GLOBAL_ADDRESS_KIND_SHIFT & 1) != 0) return std::nullopt;
  const Coordinates node{static_cast<unsigned>(address >> DOJO_GLOBAL_ADDRESS_X_SHIFT & coordinate_mask),
                         static_cast<unsigned>(address >> DOJO_GLOBAL_ADDRESS_Y_SHIFT & coordinate_mask)};
  if (!backend_.topology().is_alive(node)) return std::nullopt;
  return MemoryPlace{.site = backend_.topology().number(node), .local = address & offset_mask};
}

bool MemoryView::is_readable(std::uint64_t local, std::uint64_t size) {
  return is_inside(local, size, hw::sram_base, hw::sram_size) ||
         is_inside(local, size, hw::semaphore_base, std::uint64_t{hw::semaphores} * semaphore_bytes);
}

void MemoryView::read(const MemoryPlace& place, std::span<std::byte> bytes) const {
  const Coordinates node = backend_.topology().place(place.site);
  if (place.local >= hw::sram_base) return backend_.read_memory(node, place.local, bytes);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const std::uint64_t offset = place.local + i - hw::semaphore_base;
    const std::uint64_t count = backend_.semaphore(node, static_cast<unsigned>(offset / semaphore_bytes));
    bytes[i] = static_cast<std::byte>(count >> (offset % semaphore_bytes * 8));
  }
}

bool MemoryView::write(const MemoryPlace& place, std::span<const std::byte> bytes) const {
  const Coordinates node = backend_.topology().place(place.site);
  if (!is_readable(place.local, bytes.size())) return false;
  if (place.local >= hw::sram_base) {
    backend_.write_memory(node, place.local, bytes);
    return true;
  }
  if (bytes.size() != semaphore_bytes || place.local % semaphore_bytes != 0) return false;
  std::uint64_t amount = 0;
  std::memcpy(&amount, bytes.data(), sizeof amount);
  backend_.write_register(node, static_cast<std::uint32_t>(place.local), amount);
  return true;
}

}  // namespace dojo::debug
