#pragma once
// Source lines of code addresses: the line number tables (DWARF 2 to 5) of an ELF file.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace dojo {

/// A line of a source file.
struct SourceLine {
  std::string file;  ///< with its folder; before DWARF 5 without that in which the compiler ran
  unsigned line = 0;

  /// "ring.c:30".
  [[nodiscard]] std::string text() const;
  friend bool operator==(const SourceLine&, const SourceLine&) = default;
};

/// The lines of a program. Empty where it was compiled without -g; tables that are damaged, compressed or of another
/// version are left out.
class LineTable {
 public:
  LineTable() = default;
  /// Reads an ELF64 file of little-endian order; of anything else the table is empty.
  static LineTable parse(std::span<const std::byte> file);
  /// The same from a file. Throws InputError when it cannot be read.
  static LineTable from_elf(const std::string& path);

  /// The line of the instruction at `pc`, the innermost where functions were inlined.
  [[nodiscard]] std::optional<SourceLine> find(std::uint64_t pc) const;
  [[nodiscard]] bool is_empty() const { return rows_.empty(); }

 private:
  struct Row {
    std::uint64_t address;
    unsigned file;  ///< in files_
    unsigned line;  ///< 0: no line
  };
  class Reader;

  std::vector<std::string> files_;
  std::vector<Row> rows_;  ///< by address; a row stands for all addresses up to the next one
};

}  // namespace dojo
