#include "sim/wave_file.hpp"

#include <fmt/format.h>
#include <verilated.h>
#include <verilated_fst_c.h>

#include <cstdio>
#include <exception>
#include <fstream>
#include <map>

#include "common/error.hpp"
#include "sim/fst_hierarchy.hpp"
#include "sim/wave_groups.hpp"

namespace dojo::sim {
namespace {

// The models' time precision is 1 ps: cycle c starts at c ns.
constexpr std::uint64_t ticks_per_cycle = 1000;

// Flags of GTKWave's save files, in hexadecimal as they are written (source: gtkwave, analyzer.h).
constexpr std::string_view group_open = "@800200";
constexpr std::string_view group_open_closed = "@c00200";
constexpr std::string_view group_close = "@1000200";

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

std::string save_file_text(const WaveConfig& config, const std::map<std::string, FstSignal>& signals) {
  std::string text = fmt::format("[dumpfile] \"{}\"\n[timestart] {}\n[sst_width] 220\n[signals_width] 260\n*-12.0 {}\n",
                                 std::filesystem::absolute(config.file).string(), config.first_cycle * ticks_per_cycle,
                                 config.first_cycle * ticks_per_cycle);
  const std::string top = fmt::format("{}.node.", instance_name(config.node));
  for (const WaveGroup& group : wave_groups()) {
    text += fmt::format("{}\n-{}\n", group.closed ? group_open_closed : group_open, group.title);
    for (const WaveSignal& signal : group.signals) {
      const auto found = signals.find(top + signal.path);
      if (found == signals.end()) continue;
      text += fmt::format("{}\n", flags_of(signal.format));
      text += fmt::format("+{{{}}} {}\n", signal.alias, found->second.name);
    }
    text += fmt::format("{}\n-{}\n", group_close, group.title);
  }
  return text;
}

void write_text(const std::filesystem::path& file, const std::string& text) {
  std::ofstream stream(file);
  stream << text;
  stream.close();
  if (!stream) throw RunError(fmt::format("{}: cannot be written", file.string()));
}

}  // namespace

WaveFile::WaveFile(const WaveConfig& config) : config_(config), writer_(std::make_unique<VerilatedFstC>()) {
  const bool writable = std::ofstream(config.file).good();
  if (!writable) throw InputError(fmt::format("wave file {}: cannot be written", config.file.string()));
}

WaveFile::~WaveFile() = default;

void WaveFile::dump(std::uint64_t cycle, bool clock_high) {
  if (!open_) {
    writer_->open(config_.file.c_str());
    if (!writer_->isOpen()) throw RunError(fmt::format("wave file {}: cannot be written", config_.file.string()));
    open_ = true;
  }
  writer_->dump(cycle * ticks_per_cycle + (clock_high ? ticks_per_cycle / 2 : 0));
}

void WaveFile::finish() noexcept {
  if (finished_) return;
  finished_ = true;
  try {
    if (!open_) dump(config_.first_cycle, false);
    writer_->close();
    write_text(save_file_of(config_.file), save_file_text(config_, read_fst_hierarchy(config_.file)));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
  }
}

std::filesystem::path WaveFile::save_file_of(const std::filesystem::path& fst) {
  std::filesystem::path file = fst;
  return file.replace_extension(".gtkw");
}

}  // namespace dojo::sim
