#pragma once
// First-fit allocation of a node's SRAM between the program's image and the stacks.

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>

namespace dojo {

/// Ranges of the address interval [first, end), all aligned to 64 bytes.
class Allocator {
 public:
  static constexpr std::uint64_t alignment = 64;

  Allocator(std::uint64_t first, std::uint64_t end);

  /// Address of `bytes` free bytes, or nothing when no hole is large enough. A size of 0 takes one line.
  std::optional<std::uint64_t> allocate(std::uint64_t bytes);
  /// Frees what allocate() returned.
  void release(std::uint64_t address);

  [[nodiscard]] std::uint64_t largest_hole() const;
  [[nodiscard]] bool empty() const { return used_.empty(); }
  [[nodiscard]] std::uint64_t first() const { return first_; }
  [[nodiscard]] std::uint64_t end() const { return end_; }

 private:
  std::uint64_t first_;
  std::uint64_t end_;
  std::map<std::uint64_t, std::uint64_t> used_;  ///< address -> end of each range
};

}  // namespace dojo
