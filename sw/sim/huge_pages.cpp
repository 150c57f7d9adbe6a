#include "sim/huge_pages.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <list>
#include <mutex>
#include <new>

namespace {

constexpr std::size_t huge_page = std::size_t{2} << 20;
constexpr std::size_t least_size = std::size_t{1} << 20;
constexpr std::size_t page = 4096;

/// Address space from which objects are taken in order. It is unmapped when its scope has ended and its last object is
/// gone.
struct Region {
  void* mapping = nullptr;
  std::size_t mapped = 0;
  std::uintptr_t next = 0;
  std::uintptr_t end = 0;
  std::size_t live = 0;
  bool open = true;
};

std::mutex& regions_mutex() {
  static std::mutex mutex;
  return mutex;
}

std::list<Region>& regions() {
  static std::list<Region> list;
  return list;
}

thread_local Region* current_region = nullptr;

void unmap_if_unused(Region& region) {
  if (region.open || region.live != 0) return;
  munmap(region.mapping, region.mapped);
  regions().remove_if([&region](const Region& other) { return &other == &region; });
}

void* take(std::size_t size) {
  Region* region = current_region;
  if (region == nullptr || size < least_size) return nullptr;
  const std::lock_guard lock(regions_mutex());
  const std::size_t rounded = (size + page - 1) / page * page;
  if (rounded > region->end - region->next) return nullptr;
  const std::uintptr_t address = region->next;
  region->next += rounded;
  ++region->live;
  return reinterpret_cast<void*>(address);
}

/// Whether the object was in a region.
bool give_back(void* object) {
  const auto address = reinterpret_cast<std::uintptr_t>(object);
  const std::lock_guard lock(regions_mutex());
  for (Region& region : regions()) {
    const auto begin = reinterpret_cast<std::uintptr_t>(region.mapping);
    if (address < begin || address >= begin + region.mapped) continue;
    --region.live;
    unmap_if_unused(region);
    return true;
  }
  return false;
}

}  // namespace

namespace dojo::sim {

HugePageScope::HugePageScope(std::size_t bytes) {
  const std::size_t mapped = (bytes + huge_page - 1) / huge_page * huge_page + huge_page;
  void* mapping = mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapping == MAP_FAILED) return;
  const std::uintptr_t begin = (reinterpret_cast<std::uintptr_t>(mapping) + huge_page - 1) / huge_page * huge_page;
  // Without huge pages the region serves as well, only slower.
  madvise(reinterpret_cast<void*>(begin), mapped - huge_page, MADV_HUGEPAGE);
  const std::lock_guard lock(regions_mutex());
  regions().push_back({.mapping = mapping, .mapped = mapped, .next = begin, .end = begin + mapped - huge_page});
  current_region = &regions().back();
}

HugePageScope::~HugePageScope() {
  if (current_region == nullptr) return;
  const std::lock_guard lock(regions_mutex());
  current_region->open = false;
  unmap_if_unused(*current_region);
  current_region = nullptr;
}

}  // namespace dojo::sim

// The allocation functions of over-aligned types, for the whole program.

void* operator new(std::size_t size, std::align_val_t alignment) {
  if (void* object = take(size)) return object;
  const auto align = static_cast<std::size_t>(alignment);
  void* object = std::aligned_alloc(align, (std::max<std::size_t>(size, 1) + align - 1) / align * align);
  if (object == nullptr) throw std::bad_alloc();
  return object;
}

void operator delete(void* object, std::align_val_t /*alignment*/) noexcept {
  if (object != nullptr && !give_back(object)) std::free(object);
}

void operator delete(void* object, std::size_t /*size*/, std::align_val_t alignment) noexcept {
  operator delete(object, alignment);
}
