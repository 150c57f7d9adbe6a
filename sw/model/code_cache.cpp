#include "model/code_cache.hpp"

#include <cstring>

namespace dojo::model {

CodeCache::CodeCache(const std::uint8_t* sram) : sram_(sram), pages_((hw::sram_size / 2 + 1) * sizeof(Instruction)) {}

void CodeCache::fill(std::uint64_t offset) {
  Instruction result;
  result.op = Op::fetch_fault;
  if (offset + 2 <= hw::sram_size) {
    std::uint16_t low = 0;
    std::memcpy(&low, sram_ + offset, sizeof low);
    if (is_compressed(low)) {
      result = decode(low);
    } else if (offset + 4 <= hw::sram_size) {
      std::uint32_t bits = 0;
      std::memcpy(&bits, sram_ + offset, sizeof bits);
      result = decode(bits);
    } else {
      result.immediate = 2;
    }
  }
  entries()[offset / 2] = result;
  used_.set(offset / block_bytes);
  // The second half of an instruction may lie in the next block.
  if (offset + 2 < hw::sram_size) used_.set((offset + 2) / block_bytes);
}

bool CodeCache::holds(std::uint64_t offset, std::uint64_t bytes) const {
  const std::uint64_t last = (offset + bytes - 1) / block_bytes;
  for (std::uint64_t block = offset / block_bytes; block <= last; ++block) {
    if (used_.test(block)) return true;
  }
  return false;
}

void CodeCache::invalidate() {
  if (used_.none()) return;
  for (std::uint64_t block = 0; block < used_.size(); ++block) {
    if (!used_.test(block)) continue;
    const std::uint64_t first = block * block_bytes / 2;
    const std::uint64_t end = first + block_bytes / 2;
    const std::uint64_t entries_end = hw::sram_size / 2 + 1;
    std::memset(static_cast<void*>(entries() + first), 0,
                ((end < entries_end ? end : entries_end) - first) * sizeof(Instruction));
  }
  used_.reset();
}

}  // namespace dojo::model
