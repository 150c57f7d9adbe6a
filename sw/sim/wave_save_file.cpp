#include "sim/wave_save_file.hpp"

#include <fmt/format.h>

#include <array>
#include <fstream>
#include <set>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "common/error.hpp"
#include "model/disassembler.hpp"
#include "sim/fst_hierarchy.hpp"
#include "sim/wave_file.hpp"

namespace dojo::sim {
namespace {

// Flags of GTKWave's save files, in hexadecimal as they are written (source: gtkwave, analyzer.h).
constexpr std::string_view group_open = "@800200";
constexpr std::string_view group_open_closed = "@c00200";
constexpr std::string_view group_close = "@1000200";
constexpr std::string_view translated = "@2022";

/// 200 pixels are 2^-zoom ticks: 6 pixels for a cycle, or 41 before a marker, enough for short instructions. GTKWave
/// ignores a start behind which less than a window full is left, and the marker is in the last cycle: 19.75 cycles fill
/// the 820 pixels that a window of this size has for them.
constexpr double far_zoom = -15.0;
constexpr double near_zoom = -12.233;
constexpr std::uint64_t cycles_before_marker = 19;

std::string_view flags_of(WaveFormat format) {
  switch (format) {
    case WaveFormat::bits:
      return "@28";
    case WaveFormat::hexadecimal:
      return "@22";
    case WaveFormat::decimal:
      return "@24";
    case WaveFormat::named:
      return "@100000028";
  }
  return "@22";
}

/// Values and what they are shown as.
using Names = std::vector<std::pair<std::uint64_t, std::string>>;

template <typename Enumeration>
Names names_of_enumeration(unsigned count) {
  Names names;
  for (unsigned i = 0; i < count; ++i) {
    const std::string_view name = hw::to_string(static_cast<Enumeration>(i));
    if (name != "unknown") names.emplace_back(i, name);
  }
  return names;
}

Names names_of_causes(const CodeNames& code) {
  Names names;
  constexpr unsigned exceptions = 32;
  constexpr std::uint64_t interrupt = std::uint64_t{1} << 63;
  if (!code.cause) return names;
  for (unsigned i = 0; i < exceptions; ++i) names.emplace_back(i, code.cause(i));
  for (const unsigned i : {3u, 7u, 11u}) names.emplace_back(interrupt | i, code.cause(interrupt | i));
  names[0].second = "0";  // before the first trap, too
  return names;
}

/// The place, and the instruction there.
Names names_of_code(const SaveFile& file) {
  Names names;
  for (const auto& [pc, instruction] : file.instructions) {
    const std::string place = file.names.name ? file.names.name(pc) : "";
    names.emplace_back(pc, fmt::format("{}  {}", place.empty() ? fmt::format("{:#x}", pc) : place,
                                       model::disassemble(instruction, pc)));
  }
  return names;
}

/// Targets of branches depend on the place, so that a word that stands at several is shown without its own.
Names names_of_instructions(const SaveFile& file) {
  std::map<std::uint32_t, std::string> texts;
  for (const auto& [pc, instruction] : file.instructions) {
    const std::string text = model::disassemble(instruction, pc);
    const auto [known, is_new] = texts.emplace(instruction, text);
    if (!is_new && known->second != text) known->second = text.substr(0, text.find_last_of(" ,") + 1) + "...";
  }
  return {texts.begin(), texts.end()};
}

class Writer {
 public:
  explicit Writer(const SaveFile& file)
      : file_(file), signals_(read_fst_hierarchy(file.fst)), folder_(std::filesystem::absolute(file.fst)) {
    folder_.replace_extension(".names");
    std::error_code error;
    std::filesystem::remove_all(folder_, error);
    std::filesystem::create_directories(folder_, error);
    if (error) throw RunError(fmt::format("{}: cannot be written", folder_.string()));
  }

  std::string text() {
    const std::uint64_t marker = file_.subject.cycle.value_or(file_.first_cycle);
    const std::uint64_t lead = file_.subject.cycle ? cycles_before_marker : 0;
    const std::uint64_t start = std::max(file_.first_cycle + lead, marker) - lead;
    // Where registers change.
    const std::uint64_t mark = marker * ticks_per_cycle + (file_.subject.cycle ? ticks_per_cycle / 2 : 0);
    std::string text = fmt::format("[dumpfile] \"{}\"\n[timestart] {}\n[size] 1600 1000\n[sst_width] 220\n",
                                   std::filesystem::absolute(file_.fst).string(), start * ticks_per_cycle);
    text += fmt::format("[signals_width] 480\n*{:.3f} {}", file_.subject.cycle ? near_zoom : far_zoom, mark);
    // The first of the markers that have letters.
    constexpr unsigned letters = 26;
    for (unsigned i = 0; i < letters; ++i) {
      text += i == 0 && file_.subject.cycle ? fmt::format(" {}", mark) : " -1";
    }
    text += "\n";
    if (file_.subject.cycle) text += fmt::format("[markername] A{}\n", to_string(file_.subject.problem));
    const std::string top = fmt::format("{}.node.", instance_name(file_.node));
    for (const WaveGroup& group : wave_groups(file_.subject)) {
      text += fmt::format("{}\n-{}\n", group.closed ? group_open_closed : group_open, group.title);
      for (const WaveSignal& signal : group.signals) {
        const auto found = signals_.find(top + signal.path);
        if (found != signals_.end()) text += line_of(signal, found->second);
      }
      text += fmt::format("{}\n-{}\n", group_close, group.title);
    }
    return text;
  }

 private:
  std::string line_of(const WaveSignal& signal, const FstSignal& recorded) {
    const std::string line = fmt::format("+{{{}}} {}\n", signal.alias, recorded.name);
    if (signal.names == WaveNames::none) return fmt::format("{}\n{}", flags_of(signal.format), line);
    return fmt::format("{}\n^1 {}\n{}", translated, names_file(signal.names, recorded.bits).string(), line);
  }

  /// The file with the names of values that are so wide, as GTKWave writes them.
  std::filesystem::path names_file(WaveNames names, unsigned bits) {
    constexpr unsigned digit_bits = 4;
    const auto [name, values] = values_of(names);
    std::filesystem::path path = folder_ / fmt::format("{}-{}", name, bits);
    if (!written_.insert(path).second) return path;
    std::ofstream stream(path);
    for (const auto& [value, text] : values) {
      if (bits < 64 && value >> bits != 0) continue;
      stream << fmt::format("{:0{}X} {}\n", value, (bits + digit_bits - 1) / digit_bits, text);
    }
    stream.close();
    if (!stream) throw RunError(fmt::format("{}: cannot be written", path.string()));
    return path;
  }

  [[nodiscard]] std::pair<std::string_view, Names> values_of(WaveNames names) const {
    constexpr unsigned most = 64;
    switch (names) {
      case WaveNames::code:
        return {"code", names_of_code(file_)};
      case WaveNames::instruction:
        return {"instruction", names_of_instructions(file_)};
      case WaveNames::cause:
        return {"cause", names_of_causes(file_.names)};
      case WaveNames::packet_operation:
        return {"packet-operation", names_of_enumeration<hw::PacketOp>(most)};
      case WaveNames::packet_class:
        return {"packet-class", names_of_enumeration<hw::PacketClass>(most)};
      case WaveNames::unit_fault:
        return {"unit-fault", names_of_enumeration<hw::UnitFault>(most)};
      case WaveNames::access_kind:
        return {"access-kind", names_of_enumeration<hw::AccessKind>(most)};
      case WaveNames::transfer_operation:
        return {"transfer-operation", names_of_enumeration<hw::DescriptorOpTransfer>(most)};
      case WaveNames::matrix_operation:
        return {"matrix-operation", names_of_enumeration<hw::DescriptorOpMatrix>(most)};
      case WaveNames::matrix_format:
        return {"matrix-format", names_of_enumeration<hw::MatrixFormat>(most)};
      case WaveNames::none:
        break;
    }
    return {"none", {}};
  }

  const SaveFile& file_;
  std::map<std::string, FstSignal> signals_;
  std::filesystem::path folder_;
  std::set<std::filesystem::path> written_;
};

}  // namespace

void write_save_file(const SaveFile& file) {
  const std::filesystem::path name = WaveFile::save_file_of(file.fst);
  const std::string text = Writer(file).text();
  std::ofstream stream(name);
  stream << text;
  stream.close();
  if (!stream) throw RunError(fmt::format("{}: cannot be written", name.string()));
}

}  // namespace dojo::sim
