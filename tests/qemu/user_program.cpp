#include "user_program.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include <fmt/format.h>

#include "model/disassembler.hpp"
#include "random_item.hpp"
#include "tests/model/assembler.hpp"

namespace dojo::qemu {
namespace {

using namespace model::assembler;

constexpr std::uint64_t boot_address = code_address + image_bytes;  // only the model executes it
constexpr std::uint64_t mstatus_on = 0x2200;                        // FS and VS: initial
constexpr std::uint64_t csr_offset = 29 * 8 + 32 * 4;
constexpr std::array<Word, 4> checkpoint_csrs{hw::csr_fcsr, hw::csr_vcsr, hw::csr_vl, hw::csr_vtype};
constexpr std::array<const char*, 4> checkpoint_csr_names{"fcsr", "vcsr", "vl", "vtype"};
constexpr std::uint64_t vector_offset = 512;

constexpr Word fload(Word rd, Word rs1, std::int32_t offset) {
  return i_type(0x07, 2, rd, rs1, offset);
}
constexpr Word fstore(Word rs2, Word rs1, std::int32_t offset) {
  return (s_type(2, rs1, rs2, offset) & ~0x7fu) | 0x27;
}
/// vl8re8.v or vs8r.v
constexpr Word whole(bool is_store, Word vd, Word rs1) {
  return 0xe2800000u | (rs1 << 15) | (vd << 7) | (is_store ? 0x27 : 0x07);
}

void append(std::vector<Word>& words, const Program& program) {
  const auto bytes = program.data();
  const std::size_t count = bytes.size() / sizeof(Word);
  words.resize(words.size() + count);
  std::memcpy(words.data() + words.size() - count, bytes.data(), bytes.size());
}

/// Values in which instructions find their special cases.
std::uint32_t interesting_word(std::mt19937_64& random) {
  static constexpr std::uint32_t values[] = {0,          0x80000000, 0x3f800000, 0xbf800000, 0x7f800000, 0xff800000,
                                             0x7fc00000, 0x7f800001, 0xffc12345, 0x00000001, 0x80000001, 0x007fffff,
                                             0x00800000, 0x7f7fffff, 0xff7fffff, 0x4f000000, 0xcf000000, 0x4effffff,
                                             0x7fffffff, 0xffffffff, 0x00008000, 0x00007fff, 0x7fff8000, 0x80808080,
                                             0x3f000000, 0x3fc00000, 0x34000000, 0x33800000, 0x477fff00, 0x01010101};
  switch (random() % 6) {
    case 0:
      return values[random() % std::size(values)];
    case 1:
      return static_cast<std::uint32_t>(random() % 256) - 128;
    case 2:  // a number of moderate size
      return (static_cast<std::uint32_t>(random()) & 0x807fffff) | static_cast<std::uint32_t>(110 + random() % 36)
                                                                       << 23;
    case 3:  // a small whole number
      return static_cast<std::uint32_t>(0x3f800000 + ((random() % 24) << 22)) | (random() % 2 != 0 ? 0x80000000 : 0);
    default:
      return static_cast<std::uint32_t>(random());
  }
}

/// Random contents of the data area; index tables as random_item.hpp says.
std::vector<std::uint32_t> make_data(std::mt19937_64& random) {
  std::vector<std::uint32_t> words(data_bytes / 4);
  for (std::uint32_t& word : words) word = interesting_word(random);
  for (unsigned width = 0; width < 3; ++width) {
    std::array<std::byte, index_table_bytes> table{};
    for (std::size_t at = 0; at < table.size(); at += std::size_t{1} << width) {
      const auto index = static_cast<std::uint32_t>((random() % (width == 0 ? 60 : 500)) * 4);
      std::memcpy(table.data() + at, &index, std::size_t{1} << width);
    }
    std::memcpy(reinterpret_cast<std::byte*>(words.data()) + index_table_offset(width), table.data(), table.size());
  }
  return words;
}

/// Entry: all registers from the data area.
std::vector<Word> prologue(std::mt19937_64& random) {
  std::vector<Word> words;
  Program load;
  load.constant(temporary, data_address);
  append(words, load);
  for (Word f = 0; f < 32; ++f) words.push_back(fload(f, temporary, static_cast<std::int32_t>(4 * f)));
  words.push_back(addi(temporary, temporary, 1024));
  for (Word first = 0; first < 32; first += 8) {
    words.push_back(whole(false, first, temporary));
    words.push_back(addi(temporary, temporary, 512));
  }
  for (Word x = 1; x < 30; ++x) {
    Program constant;
    constant.constant(x, random() >> (random() % 64));
    append(words, constant);
  }
  Program dump;
  dump.constant(dump_pointer, dump_address);
  append(words, dump);
  words.push_back(0xc0000057u | (0xd0u << 20) | (16u << 15) | (5u << 7) | (7u << 12));  // vsetivli t0, 16, e32, m1
  return words;
}

std::vector<Word> checkpoint() {
  std::vector<Word> words;
  for (Word x = 1; x < 30; ++x) words.push_back(sd(x, dump_pointer, static_cast<std::int32_t>(8 * (x - 1))));
  for (Word f = 0; f < 32; ++f) words.push_back(fstore(f, dump_pointer, static_cast<std::int32_t>(29 * 8 + 4 * f)));
  for (std::size_t i = 0; i < checkpoint_csrs.size(); ++i) {
    words.push_back(csrrs(temporary, checkpoint_csrs[i], zero));
    words.push_back(sd(temporary, dump_pointer, static_cast<std::int32_t>(csr_offset + 8 * i)));
  }
  words.push_back(addi(temporary, dump_pointer, 512));
  for (Word first = 0; first < 32; first += 8) {
    words.push_back(whole(true, first, temporary));
    words.push_back(addi(temporary, temporary, 512));
  }
  words.push_back(addi(dump_pointer, temporary, 0));
  return words;
}

/// write(1, data and dumps); exit(0). The model stops at the first ecall.
std::vector<Word> epilogue() {
  std::vector<Word> words;
  Program program;
  program.constant(a1, data_address);
  program.constant(a2, data_bytes + dump_bytes);
  program.constant(a0, 1);
  program.constant(a7, 64);
  program += ecall;
  program.constant(a0, 0);
  program.constant(a7, 93);
  program += ecall;
  append(words, program);
  return words;
}

/// A program under construction that the model executes as it grows.
class Machine {
 public:
  explicit Machine(std::uint64_t seed) : random_(seed) {
    const std::vector<std::uint32_t> data = make_data(random_);
    node_.write_memory(data_address, std::as_bytes(std::span(data)));
    Program boot;
    boot.constant(t0, mstatus_on);
    boot += csrrw(zero, hw::csr_mstatus, t0);
    node_.write_memory(boot_address, boot.data());
    hart().start(boot_address);
    for (std::size_t i = 0; i < boot.bytes() / sizeof(Word); ++i) hart().step();
    hart().stop(0);
    hart().start(code_address);
    static_cast<void>(run(prologue(random_)));
  }

  /// Appends and executes; false, with nothing appended, if an instruction traps.
  bool run(std::span<const Word> words) {
    const std::uint64_t start = end_;
    if (start + 4 * words.size() + reserve > data_address) return false;
    node_.write_memory(start, std::as_bytes(words));
    end_ += 4 * words.size();
    for (std::size_t i = 0; i < words.size(); ++i) {
      if (!hart().step().trapped) continue;
      end_ = start;
      hart().start(start);
      return false;
    }
    return true;
  }

  void finish(Execution& execution) {
    const std::vector<Word> words = epilogue();
    node_.write_memory(end_, std::as_bytes(std::span(words)));
    execution.image.resize(code_bytes + data_bytes);
    node_.read_memory(code_address, std::span(execution.image).first(code_bytes));
    execution.result.resize(data_bytes + dump_bytes);
    node_.read_memory(data_address, execution.result);
  }

  model::Hart& hart() { return node_.hart(0); }
  std::mt19937_64& random() { return random_; }

 private:
  static constexpr std::uint64_t reserve = 1024;  // for the epilogue
  model::Node node_{Coordinates{0, 0}};
  std::mt19937_64 random_;
  std::uint64_t end_ = code_address;
};

std::string value_text(std::span<const std::byte> bytes) {
  std::string text;
  for (std::size_t i = bytes.size(); i-- > 0;) text += fmt::format("{:02x}", static_cast<unsigned>(bytes[i]));
  return text;
}

/// Name and bytes of what lies at `offset` of a checkpoint.
struct Place {
  std::string name;
  std::uint64_t begin;
  std::uint64_t bytes;
};

Place place_of(std::uint64_t offset) {
  if (offset < 29 * 8) return {fmt::format("x{}", offset / 8 + 1), offset / 8 * 8, 8};
  if (offset < csr_offset) return {fmt::format("f{}", (offset - 29 * 8) / 4), offset / 4 * 4, 4};
  if (offset < vector_offset) {
    const std::uint64_t index = (offset - csr_offset) / 8;
    return {checkpoint_csr_names.at(index), csr_offset + 8 * index, 8};
  }
  const std::uint64_t reg = (offset - vector_offset) / 64;
  return {fmt::format("v{}", reg), vector_offset + 64 * reg, 64};
}

}  // namespace

std::vector<Item> make_items(std::uint64_t seed, unsigned count) {
  Machine machine(seed);
  std::vector<Item> items;
  std::mt19937_64 random(seed ^ 0x9e3779b97f4a7c15u);
  for (unsigned tries = 0; items.size() < count && tries < 100 * count; ++tries) {
    const Item item = random_item(random, machine.hart());
    if (machine.run(item)) items.push_back(item);
  }
  return items;
}

Execution execute(std::uint64_t seed, std::span<const Item> items) {
  Machine machine(seed);
  Execution execution;
  std::mt19937_64 random(seed);
  const std::vector<std::uint32_t> data = make_data(random);
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (!machine.run(items[i])) return execution;
    if ((i + 1) % items_per_checkpoint != 0 && i + 1 != items.size()) continue;
    if ((execution.checkpoints.size() + 1) * checkpoint_bytes > dump_bytes || !machine.run(checkpoint())) break;
    execution.checkpoints.push_back(i + 1);
  }
  execution.ran = true;
  machine.finish(execution);
  std::memcpy(execution.image.data() + code_bytes, data.data(), data_bytes);
  return execution;
}

std::string listing(std::span<const Item> items) {
  std::string text;
  for (const Item& item : items) {
    for (const Word word : item) text += fmt::format("  {:08x} {}\n", word, model::disassemble(word, 0));
  }
  return text;
}

std::string difference(const Execution& execution, std::span<const std::byte> other) {
  const std::span<const std::byte> mine = execution.result;
  if (mine.size() != other.size()) return fmt::format("{} bytes instead of {}", other.size(), mine.size());
  const auto dumps = [](std::span<const std::byte> bytes) { return bytes.subspan(data_bytes); };
  const auto report = [&](std::uint64_t at, std::uint64_t bytes, const std::string& what) {
    return fmt::format("{}:\n  model {}\n  QEMU  {}\n", what, value_text(mine.subspan(at, bytes)),
                       value_text(other.subspan(at, bytes)));
  };
  const auto in_dump = std::mismatch(dumps(mine).begin(), dumps(mine).end(), dumps(other).begin());
  if (in_dump.first != dumps(mine).end()) {
    const auto at = static_cast<std::uint64_t>(in_dump.first - dumps(mine).begin());
    const std::uint64_t number = at / checkpoint_bytes;
    const Place place = place_of(at % checkpoint_bytes);
    return report(data_bytes + number * checkpoint_bytes + place.begin, place.bytes,
                  fmt::format("{} after {} items", place.name, execution.checkpoints.at(number)));
  }
  const auto in_data = std::mismatch(mine.begin(), mine.end(), other.begin());
  if (in_data.first == mine.end()) return {};
  const auto at = static_cast<std::uint64_t>(in_data.first - mine.begin()) / 8 * 8;
  return report(at, 8, fmt::format("memory at {:#x}", data_address + at));
}

}  // namespace dojo::qemu
