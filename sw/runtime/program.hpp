#pragma once
// A RISC-V program for the nodes of a machine.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "common/elf.hpp"
#include "common/line_table.hpp"

namespace dojo {

/// An ELF file that fits a node's SRAM. Cheap to copy.
class Program {
 public:
  /// Reads the file. Throws InputError when it is missing, is not an executable for 64-bit RISC-V, is damaged, or does
  /// not fit the SRAM beside the stacks of the harts.
  static Program from_elf(const std::string& file);

  /// File name without its folder.
  [[nodiscard]] const std::string& name() const;
  [[nodiscard]] std::uint64_t entry() const;
  /// Address of a symbol, if the program has it.
  [[nodiscard]] std::optional<std::uint64_t> symbol(std::string_view name) const;
  /// "function+0x12" of the function that contains `address`, or nothing.
  [[nodiscard]] std::string symbolize(std::uint64_t address) const;
  /// The source line of the instruction at `address`, if the program was compiled with -g.
  [[nodiscard]] std::optional<SourceLine> line(std::uint64_t address) const;
  /// Both, as far as they are known: "main+0x50, ring.c:30".
  [[nodiscard]] std::string place(std::uint64_t address) const;
  [[nodiscard]] const ElfFile& image() const;
  /// First address behind the image that is free for buffers (symbol __heap_start, _end, or the end of the last
  /// segment).
  [[nodiscard]] std::uint64_t heap_start() const;
  /// First address behind the free range: the stacks of the harts lie above it (symbol __stack_size, bytes per hart).
  [[nodiscard]] std::uint64_t heap_end() const;

  /// Whether both are the same loaded file.
  friend bool operator==(const Program& a, const Program& b) { return a.contents_ == b.contents_; }

 private:
  struct Contents;
  explicit Program(std::shared_ptr<const Contents> contents) : contents_(std::move(contents)) {}
  std::shared_ptr<const Contents> contents_;
};

}  // namespace dojo
