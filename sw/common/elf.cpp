#include "common/elf.hpp"

#include <elf.h>
#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <iterator>
#include <memory>
#include <system_error>

#include "common/error.hpp"

namespace dojo {
namespace {

/// Access to the parts of a file that never leaves it.
class Reader {
 public:
  Reader(std::span<const std::byte> file, const std::string& name) : file_(file), name_(name) {}

  [[noreturn]] void fail(const std::string& what) const { throw InputError(fmt::format("{}: {}", name_, what)); }

  [[nodiscard]] std::span<const std::byte> bytes(std::uint64_t offset, std::uint64_t size, const char* what) const {
    if (offset > file_.size() || size > file_.size() - offset) {
      fail(fmt::format("the file is cut off: {} needs {} bytes at offset {}, the file has {}", what, size, offset,
                       file_.size()));
    }
    return file_.subspan(offset, size);
  }

  template <typename Record>
  [[nodiscard]] Record record(std::uint64_t offset, const char* what) const {
    Record result;
    std::memcpy(&result, bytes(offset, sizeof result, what).data(), sizeof result);
    return result;
  }

  /// Entry `index` of a table that starts at `offset`; the size of the entries is checked by the caller.
  template <typename Record>
  [[nodiscard]] Record entry(std::uint64_t offset, std::uint64_t index, const char* what) const {
    if (offset > file_.size()) fail(fmt::format("the file is cut off: {} is at offset {}", what, offset));
    return record<Record>(offset + index * sizeof(Record), what);
  }

 private:
  std::span<const std::byte> file_;
  const std::string& name_;
};

Elf64_Ehdr read_header(const Reader& reader, std::span<const std::byte> file) {
  if (file.size() < SELFMAG || std::memcmp(file.data(), ELFMAG, SELFMAG) != 0) reader.fail("not an ELF file");
  const auto ident = reader.bytes(0, EI_NIDENT, "the ELF header");
  if (ident[EI_CLASS] != std::byte{ELFCLASS64}) reader.fail("not a 64-bit ELF file");
  if (ident[EI_DATA] != std::byte{ELFDATA2LSB}) reader.fail("not a little-endian ELF file");
  const auto header = reader.record<Elf64_Ehdr>(0, "the ELF header");
  if (header.e_machine != EM_RISCV) {
    reader.fail(fmt::format("not a RISC-V program: machine {} instead of {}", header.e_machine, EM_RISCV));
  }
  if (header.e_type != ET_EXEC) {
    reader.fail(fmt::format("not a statically linked executable: type {} instead of {}", header.e_type, ET_EXEC));
  }
  if (header.e_version != EV_CURRENT) reader.fail(fmt::format("unknown ELF version {}", header.e_version));
  if (header.e_phnum == 0) reader.fail("no program headers: nothing to load");
  if (header.e_phentsize != sizeof(Elf64_Phdr)) {
    reader.fail(fmt::format("program headers of {} bytes instead of {}", header.e_phentsize, sizeof(Elf64_Phdr)));
  }
  if (header.e_shnum != 0 && header.e_shentsize != sizeof(Elf64_Shdr)) {
    reader.fail(fmt::format("section headers of {} bytes instead of {}", header.e_shentsize, sizeof(Elf64_Shdr)));
  }
  return header;
}

std::vector<ElfSegment> read_segments(const Reader& reader, const Elf64_Ehdr& header) {
  std::vector<ElfSegment> result;
  for (unsigned index = 0; index < header.e_phnum; ++index) {
    const auto program = reader.entry<Elf64_Phdr>(header.e_phoff, index, "the program header table");
    if (program.p_type != PT_LOAD || program.p_memsz == 0) continue;
    if (program.p_filesz > program.p_memsz) {
      reader.fail(fmt::format("segment {} has {} bytes in the file but only {} in memory", index, program.p_filesz,
                              program.p_memsz));
    }
    if (program.p_paddr + program.p_memsz < program.p_paddr) {
      reader.fail(fmt::format("segment {} at {:#x} goes past the end of the address space", index, program.p_paddr));
    }
    const auto bytes = reader.bytes(program.p_offset, program.p_filesz, "a segment");
    result.push_back({program.p_paddr, program.p_memsz, {bytes.begin(), bytes.end()}});
  }
  if (result.empty()) reader.fail("no loadable segment");
  return result;
}

}  // namespace

std::vector<std::byte> read_file(const std::string& path) {
  const auto fail = [&] { throw InputError(fmt::format("{}: {}", path, std::generic_category().message(errno))); };
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"), std::fclose);
  if (!file) fail();
  std::vector<std::byte> content;
  std::array<std::byte, 65536> part;
  for (std::size_t size = sizeof part; size == sizeof part;) {
    size = std::fread(part.data(), 1, part.size(), file.get());
    content.insert(content.end(), part.begin(), part.begin() + static_cast<std::ptrdiff_t>(size));
  }
  if (std::ferror(file.get()) != 0) fail();
  return content;
}

ElfFile ElfFile::read(const std::string& path) {
  return parse(read_file(path), path);
}

ElfFile ElfFile::parse(std::span<const std::byte> file, const std::string& name) {
  const Reader reader(file, name);
  const Elf64_Ehdr header = read_header(reader, file);
  ElfFile result;
  result.name_ = name;
  result.entry_ = header.e_entry;
  result.segments_ = read_segments(reader, header);

  for (unsigned index = 0; index < header.e_shnum; ++index) {
    const auto section = reader.entry<Elf64_Shdr>(header.e_shoff, index, "the section header table");
    if (section.sh_type != SHT_SYMTAB) continue;
    if (section.sh_entsize != sizeof(Elf64_Sym)) {
      reader.fail(fmt::format("symbols of {} bytes instead of {}", section.sh_entsize, sizeof(Elf64_Sym)));
    }
    if (section.sh_link >= header.e_shnum) {
      reader.fail(fmt::format("the symbol table's names are in section {} of {}", section.sh_link, header.e_shnum));
    }
    const auto names_section = reader.entry<Elf64_Shdr>(header.e_shoff, section.sh_link, "the section header table");
    const auto names = reader.bytes(names_section.sh_offset, names_section.sh_size, "the symbol names");
    const auto symbols = reader.bytes(section.sh_offset, section.sh_size, "the symbol table");
    for (std::size_t at = 0; at + sizeof(Elf64_Sym) <= symbols.size(); at += sizeof(Elf64_Sym)) {
      Elf64_Sym symbol;
      std::memcpy(&symbol, symbols.data() + at, sizeof symbol);
      if (symbol.st_name == 0 || symbol.st_shndx == SHN_UNDEF) continue;
      if (symbol.st_name >= names.size()) {
        reader.fail(fmt::format("a symbol's name is at {} of {} bytes", symbol.st_name, names.size()));
      }
      const auto* text = reinterpret_cast<const char*>(names.data()) + symbol.st_name;
      const std::size_t room = names.size() - symbol.st_name;
      const std::size_t length = strnlen(text, room);
      if (length == room) reader.fail("the symbol names do not end with a zero byte");
      const unsigned type = ELF64_ST_TYPE(symbol.st_info);
      if (type == STT_FILE || type == STT_SECTION || length == 0) continue;
      const std::string_view symbol_name(text, length);
      // A global symbol wins over a local one of the same name.
      if (ELF64_ST_BIND(symbol.st_info) != STB_LOCAL) {
        result.symbols_.insert_or_assign(std::string(symbol_name), symbol.st_value);
      } else {
        result.symbols_.try_emplace(std::string(symbol_name), symbol.st_value);
      }
      const bool is_marker = symbol_name.front() == '$' || symbol_name.front() == '.';
      if (symbol.st_shndx < SHN_LORESERVE && !is_marker) result.code_and_data_.emplace(symbol.st_value, symbol_name);
    }
  }
  return result;
}

std::optional<std::uint64_t> ElfFile::symbol(std::string_view name) const {
  const auto found = symbols_.find(name);
  return found == symbols_.end() ? std::nullopt : std::optional(found->second);
}

std::string ElfFile::describe(std::uint64_t address) const {
  bool inside = false;
  for (const ElfSegment& segment : segments_) {
    inside = inside || (address >= segment.address && address - segment.address < segment.memory_size);
  }
  const auto after = code_and_data_.upper_bound(address);
  if (!inside || after == code_and_data_.begin()) return {};
  const auto& [start, name] = *std::prev(after);
  return start == address ? name : fmt::format("{}+{:#x}", name, address - start);
}

void ElfFile::check_inside(std::uint64_t begin, std::uint64_t end) const {
  for (const ElfSegment& segment : segments_) {
    if (segment.address < begin || segment.address + segment.memory_size > end) {
      throw InputError(
          fmt::format("{}: the segment at {:#x} of {} bytes is not inside the memory {:#x}..{:#x} ({} bytes)", name_,
                      segment.address, segment.memory_size, begin, end, end - begin));
    }
  }
  if (entry_ < begin || entry_ >= end) {
    throw InputError(
        fmt::format("{}: the entry point {:#x} is not inside the memory {:#x}..{:#x}", name_, entry_, begin, end));
  }
}

}  // namespace dojo
