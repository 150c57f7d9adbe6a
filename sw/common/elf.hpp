#pragma once
// ELF64 files for RISC-V: what is loaded where, the entry point, and the symbols.

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace dojo {

/// One loadable segment. It takes `memory_size` bytes at `address`: first `bytes`, then zeros.
struct ElfSegment {
  std::uint64_t address = 0;  ///< physical address
  std::uint64_t memory_size = 0;
  std::vector<std::byte> bytes;
};

/// All bytes of a file. Throws InputError with one line naming it when it cannot be read.
std::vector<std::byte> read_file(const std::string& path);

/// A loaded program.
class ElfFile {
 public:
  /// Reads a file. Throws InputError with one line naming the file for everything that is wrong with it.
  static ElfFile read(const std::string& path);
  /// The same from memory; `name` stands for the file in messages.
  static ElfFile parse(std::span<const std::byte> file, const std::string& name);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::uint64_t entry() const { return entry_; }
  [[nodiscard]] const std::vector<ElfSegment>& segments() const { return segments_; }

  /// Address of a symbol.
  [[nodiscard]] std::optional<std::uint64_t> symbol(std::string_view name) const;
  /// "symbol" or "symbol+0x12" for an address inside the program's functions and objects; empty if there is none.
  [[nodiscard]] std::string describe(std::uint64_t address) const;

  /// Throws InputError unless every segment and the entry point are in [begin, end).
  void check_inside(std::uint64_t begin, std::uint64_t end) const;

 private:
  std::string name_;
  std::uint64_t entry_ = 0;
  std::vector<ElfSegment> segments_;
  std::map<std::string, std::uint64_t, std::less<>> symbols_;
  std::multimap<std::uint64_t, std::string> code_and_data_;  // by address
};

}  // namespace dojo
