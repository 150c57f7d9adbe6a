#include "common/line_table.hpp"

#include <elf.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <string_view>
#include <utility>

#include "common/elf.hpp"

namespace dojo {
namespace {

using Bytes = std::span<const std::byte>;

/// Thrown where a table ends too early or says what no version does.
struct Damaged {};

/// Reads one value after the other.
class Cursor {
 public:
  explicit Cursor(Bytes bytes) : bytes_(bytes) {}

  [[nodiscard]] bool at_end() const { return bytes_.empty(); }

  Bytes take(std::uint64_t size) {
    if (size > bytes_.size()) throw Damaged{};
    const Bytes taken = bytes_.first(size);
    bytes_ = bytes_.subspan(size);
    return taken;
  }

  std::uint64_t fixed(unsigned size) {
    if (size > sizeof(std::uint64_t)) throw Damaged{};
    std::uint64_t value = 0;
    std::memcpy(&value, take(size).data(), size);
    return value;
  }

  std::uint64_t unsigned_leb() { return leb().first; }

  std::int64_t signed_leb() {
    auto [value, bits] = leb();
    if (bits < 64 && (value >> (bits - 1) & 1) != 0) value |= ~std::uint64_t{0} << bits;
    return static_cast<std::int64_t>(value);
  }

  std::string text() {
    const auto* const start = reinterpret_cast<const char*>(bytes_.data());
    const std::size_t length = strnlen(start, bytes_.size());
    take(length + 1);
    return {start, length};
  }

 private:
  /// The value and how many bits it was given with.
  std::pair<std::uint64_t, unsigned> leb() {
    std::uint64_t value = 0;
    unsigned bits = 0;
    for (;;) {
      const std::uint64_t byte = fixed(1);
      if (bits < 64) value |= (byte & 0x7f) << bits;
      bits += 7;
      if ((byte & 0x80) == 0) return {value, bits};
    }
  }

  Bytes bytes_;
};

/// Bytes of the sections with line tables and the strings that they name.
struct Sections {
  Bytes line;
  Bytes line_strings;
  Bytes strings;
};

template <typename Record>
Record record_at(Bytes file, std::uint64_t offset) {
  if (offset > file.size()) throw Damaged{};
  Record record;
  std::memcpy(&record, Cursor(file.subspan(offset)).take(sizeof record).data(), sizeof record);
  return record;
}

Bytes bytes_of(Bytes file, const Elf64_Shdr& section) {
  if (section.sh_type == SHT_NOBITS || (section.sh_flags & SHF_COMPRESSED) != 0) return {};
  if (section.sh_offset > file.size()) throw Damaged{};
  return Cursor(file.subspan(section.sh_offset)).take(section.sh_size);
}

Sections sections_of(Bytes file) {
  const auto header = record_at<Elf64_Ehdr>(file, 0);
  if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 || header.e_ident[EI_CLASS] != ELFCLASS64 ||
      header.e_ident[EI_DATA] != ELFDATA2LSB || header.e_shentsize != sizeof(Elf64_Shdr)) {
    throw Damaged{};
  }
  const auto section = [&](unsigned index) {
    return record_at<Elf64_Shdr>(file, header.e_shoff + std::uint64_t{index} * sizeof(Elf64_Shdr));
  };
  const Bytes names = bytes_of(file, section(header.e_shstrndx));
  Sections result;
  for (unsigned index = 0; index < header.e_shnum; ++index) {
    const Elf64_Shdr found = section(index);
    if (found.sh_name >= names.size()) throw Damaged{};
    const std::string name = Cursor(names.subspan(found.sh_name)).text();
    if (name == ".debug_line") result.line = bytes_of(file, found);
    if (name == ".debug_line_str") result.line_strings = bytes_of(file, found);
    if (name == ".debug_str") result.strings = bytes_of(file, found);
  }
  return result;
}

// The names that follow are those of the DWARF 5 standard, 6.2 and 7.22.
enum Standard : unsigned {
  lns_copy = 1,
  lns_advance_pc,
  lns_advance_line,
  lns_set_file,
  lns_set_column,
  lns_negate_stmt,
  lns_set_basic_block,
  lns_const_add_pc,
  lns_fixed_advance_pc
};
enum Extended : unsigned { lne_end_sequence = 1, lne_set_address = 2 };
enum Content : unsigned { lnct_path = 1, lnct_directory_index = 2 };
enum Form : unsigned {
  form_data2 = 0x05,
  form_data4 = 0x06,
  form_data8 = 0x07,
  form_string = 0x08,
  form_block = 0x09,
  form_data1 = 0x0b,
  form_strp = 0x0e,
  form_udata = 0x0f,
  form_data16 = 0x1e,
  form_line_strp = 0x1f
};

/// What stands before the statements of a table.
struct Header {
  unsigned version = 0;
  unsigned offset_bytes = 4;
  unsigned minimum_instruction = 1;
  int line_base = 0;
  unsigned line_range = 1;
  unsigned opcode_base = 1;
  std::vector<unsigned> operands = {};  ///< of the standard opcodes, by their number
  std::vector<std::string> directories = {};
  std::vector<std::string> files = {};  ///< with their folders, by their number
};

std::string joined(const std::string& directory, const std::string& name) {
  return directory.empty() || name.starts_with('/') ? name : fmt::format("{}/{}", directory, name);
}

/// An entry of a directory or file table of version 5.
struct Entry {
  std::string path;
  std::uint64_t directory = 0;
};

std::vector<Entry> read_entries(Cursor& cursor, const Header& header, const Sections& sections) {
  const auto from = [](Bytes strings, std::uint64_t offset) {
    if (offset >= strings.size()) throw Damaged{};
    return Cursor(strings.subspan(offset)).text();
  };
  std::vector<std::pair<std::uint64_t, std::uint64_t>> formats(cursor.fixed(1));
  for (auto& [content, form] : formats) {
    content = cursor.unsigned_leb();
    form = cursor.unsigned_leb();
  }
  const std::uint64_t count = cursor.unsigned_leb();
  std::vector<Entry> entries;
  for (std::uint64_t i = 0; i < count; ++i) {
    if (formats.empty() || cursor.at_end()) throw Damaged{};
    Entry entry;
    for (const auto& [content, form] : formats) {
      std::string text;
      std::uint64_t number = 0;
      switch (form) {
        case form_string:
          text = cursor.text();
          break;
        case form_line_strp:
          text = from(sections.line_strings, cursor.fixed(header.offset_bytes));
          break;
        case form_strp:
          text = from(sections.strings, cursor.fixed(header.offset_bytes));
          break;
        case form_udata:
          number = cursor.unsigned_leb();
          break;
        case form_data1:
          number = cursor.fixed(1);
          break;
        case form_data2:
          number = cursor.fixed(2);
          break;
        case form_data4:
          number = cursor.fixed(4);
          break;
        case form_data8:
          number = cursor.fixed(8);
          break;
        case form_data16:
          cursor.take(16);
          break;
        case form_block:
          cursor.take(cursor.unsigned_leb());
          break;
        default:
          throw Damaged{};
      }
      if (content == lnct_path) entry.path = std::move(text);
      if (content == lnct_directory_index) entry.directory = number;
    }
    entries.push_back(std::move(entry));
  }
  return entries;
}

/// The names of versions 2 to 4, in which number 0 is not in the tables.
void read_old_names(Cursor& cursor, Header& header) {
  header.directories.emplace_back();
  for (std::string name = cursor.text(); !name.empty(); name = cursor.text()) header.directories.push_back(name);
  header.files.emplace_back();
  for (std::string name = cursor.text(); !name.empty(); name = cursor.text()) {
    const std::uint64_t directory = cursor.unsigned_leb();
    cursor.unsigned_leb();  // time
    cursor.unsigned_leb();  // length
    if (directory >= header.directories.size()) throw Damaged{};
    header.files.push_back(joined(header.directories[directory], name));
  }
}

void read_names(Cursor& cursor, Header& header, const Sections& sections) {
  if (header.version < 5) return read_old_names(cursor, header);
  for (const Entry& entry : read_entries(cursor, header, sections)) header.directories.push_back(entry.path);
  for (const Entry& entry : read_entries(cursor, header, sections)) {
    if (entry.directory >= header.directories.size()) throw Damaged{};
    header.files.push_back(joined(header.directories[entry.directory], entry.path));
  }
}

/// Leaves `unit` at the statements.
Header read_header(Cursor& unit, unsigned offset_bytes, const Sections& sections) {
  Header header{.offset_bytes = offset_bytes};
  header.version = static_cast<unsigned>(unit.fixed(2));
  if (header.version < 2 || header.version > 5) throw Damaged{};
  if (header.version == 5) unit.take(2);  // sizes of addresses and segment selectors
  Cursor cursor(unit.take(unit.fixed(offset_bytes)));
  header.minimum_instruction = static_cast<unsigned>(cursor.fixed(1));
  if (header.version >= 4) cursor.take(1);                   // operations of a long instruction word
  cursor.take(1);                                            // whether rows begin as statements
  const auto line_base = static_cast<int>(cursor.fixed(1));  // with a sign
  header.line_base = line_base < 0x80 ? line_base : line_base - 0x100;
  header.line_range = static_cast<unsigned>(cursor.fixed(1));
  header.opcode_base = static_cast<unsigned>(cursor.fixed(1));
  if (header.line_range == 0 || header.opcode_base == 0) throw Damaged{};
  header.operands.resize(header.opcode_base);
  for (unsigned i = 1; i < header.opcode_base; ++i) header.operands[i] = static_cast<unsigned>(cursor.fixed(1));
  read_names(cursor, header, sections);
  return header;
}

}  // namespace

/// Reads tables into the rows of a LineTable.
class LineTable::Reader {
 public:
  /// `sequences` takes rows whose addresses rise.
  Reader(LineTable& table, std::vector<std::vector<Row>>& sequences, const Sections& sections)
      : table_(table), sequences_(sequences), sections_(sections) {}

  /// Throws Damaged; what was read before is in the table.
  void read() {
    constexpr std::uint64_t long_format = 0xffffffff;
    Cursor cursor(sections_.line);
    while (!cursor.at_end()) {
      std::uint64_t length = cursor.fixed(4);
      const unsigned offset_bytes = length == long_format ? 8 : 4;
      if (offset_bytes == 8) length = cursor.fixed(8);
      Cursor unit(cursor.take(length));
      try {
        const Header header = read_header(unit, offset_bytes, sections_);
        first_file_ = static_cast<unsigned>(table_.files_.size());
        table_.files_.insert(table_.files_.end(), header.files.begin(), header.files.end());
        while (!unit.at_end()) read_sequence(unit, header);
      } catch (const Damaged&) {
        sequence_.clear();
      }
    }
  }

 private:
  struct State {
    std::uint64_t address = 0;
    std::uint64_t file = 1;
    std::uint64_t line = 1;
  };

  void add_row(const Header& header, const State& state) {
    const bool has_line = state.file < header.files.size() && state.line - 1 < std::numeric_limits<unsigned>::max();
    const unsigned file = has_line ? first_file_ + static_cast<unsigned>(state.file) : 0;
    sequence_.push_back({state.address, file, has_line ? static_cast<unsigned>(state.line) : 0});
  }

  /// Addresses rise in a sequence. One at 0 is of code that the linker has left out.
  void read_sequence(Cursor& unit, const Header& header) {
    sequence_.clear();
    State state;
    const auto advance = [&](std::uint64_t instructions) {
      state.address += instructions * header.minimum_instruction;
    };
    while (!unit.at_end()) {
      const auto opcode = static_cast<unsigned>(unit.fixed(1));
      if (opcode >= header.opcode_base) {
        const unsigned special = opcode - header.opcode_base;
        advance(special / header.line_range);
        state.line += static_cast<std::uint64_t>(std::int64_t{header.line_base}) + special % header.line_range;
        add_row(header, state);
        continue;
      }
      switch (opcode) {
        case 0: {
          Cursor extended(unit.take(unit.unsigned_leb()));
          const std::uint64_t kind = extended.fixed(1);
          if (kind == lne_set_address) state.address = extended.fixed(8);
          if (kind == lne_end_sequence) {
            sequence_.push_back({state.address, 0, 0});
            if (sequence_.front().address != 0) sequences_.push_back(std::move(sequence_));
            sequence_ = {};
            return;
          }
          break;
        }
        case lns_copy:
          add_row(header, state);
          break;
        case lns_advance_pc:
          advance(unit.unsigned_leb());
          break;
        case lns_advance_line:
          state.line += static_cast<std::uint64_t>(unit.signed_leb());
          break;
        case lns_set_file:
          state.file = unit.unsigned_leb();
          break;
        case lns_const_add_pc:
          advance((255 - header.opcode_base) / header.line_range);
          break;
        case lns_fixed_advance_pc:
          state.address += unit.fixed(2);
          break;
        default:
          for (unsigned i = 0; i < header.operands[opcode]; ++i) unit.unsigned_leb();
      }
    }
  }

  LineTable& table_;
  std::vector<std::vector<Row>>& sequences_;
  const Sections& sections_;
  unsigned first_file_ = 0;
  std::vector<Row> sequence_;
};

std::string SourceLine::text() const {
  return fmt::format("{}:{}", std::string_view(file).substr(file.rfind('/') + 1), line);
}

LineTable LineTable::parse(Bytes file) {
  LineTable table;
  std::vector<std::vector<Row>> sequences;
  try {
    const Sections sections = sections_of(file);
    Reader(table, sequences, sections).read();
  } catch (const Damaged&) {
    // What was read before stays.
  }
  // A sequence ends with a row without a line, behind which another one may begin.
  std::ranges::sort(sequences, {}, [](const auto& rows) { return std::pair(rows.front().address, rows.size()); });
  for (const auto& rows : sequences) table.rows_.insert(table.rows_.end(), rows.begin(), rows.end());
  return table;
}

LineTable LineTable::from_elf(const std::string& path) {
  return parse(read_file(path));
}

std::optional<SourceLine> LineTable::find(std::uint64_t pc) const {
  const auto after = std::ranges::upper_bound(rows_, pc, {}, &Row::address);
  if (after == rows_.begin()) return std::nullopt;
  const Row& row = *std::prev(after);
  if (row.line == 0) return std::nullopt;
  return SourceLine{.file = files_[row.file], .line = row.line};
}

}  // namespace dojo
