#include "sim/wave_file.hpp"

#include <fmt/format.h>
#include <verilated.h>
#include <verilated_fst_c.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <utility>

#include "common/error.hpp"
#include "model/instruction.hpp"
#include "sim/wave_save_file.hpp"

namespace dojo::sim {

WaveFile::WaveFile(const WaveConfig& config) : config_(config), writer_(std::make_unique<VerilatedFstC>()) {}

WaveFile::~WaveFile() = default;

void WaveFile::begin(std::uint64_t cycle, std::uint64_t cycles) {
  config_.first_cycle = cycle;
  config_.last_cycle = cycles > never - cycle ? never : cycle + cycles - 1;
  dump(cycle, true);
}

void WaveFile::dump(std::uint64_t cycle, bool clock_high) {
  const std::uint64_t time = cycle * ticks_per_cycle + (clock_high ? ticks_per_cycle / 2 : 0);
  if (!open_) {
    writer_->open(config_.file.c_str());
    if (!writer_->isOpen()) throw RunError(fmt::format("wave file {}: cannot be written", config_.file.string()));
    open_ = true;
  } else if (time <= last_dump_) {
    return;
  }
  writer_->dump(time);
  last_dump_ = time;
}

void WaveFile::end_at(std::uint64_t cycle) {
  if (std::exchange(ended_, true)) return;
  if (!open_) dump(config_.first_cycle, false);
  dump(cycle, true);
  writer_->dump((cycle + 1) * ticks_per_cycle - 1);
}

void WaveFile::note_fault(std::uint64_t cycle) {
  if (!fault_cycle_) fault_cycle_ = cycle;
}

void WaveFile::note_instruction(std::uint64_t pc, std::uint32_t instruction) {
  constexpr std::uint32_t low_half = 0xffff;
  instructions_[pc] = model::is_compressed(instruction) ? instruction & low_half : instruction;
}

void WaveFile::finish(std::uint64_t end, const CodeNames& names) noexcept {
  if (finished_ || is_waiting()) return;
  finished_ = true;
  try {
    // Of a node that slept at the end, too.
    const std::uint64_t last = std::min(config_.last_cycle, std::max(end, config_.first_cycle + 1) - 1);
    end_at(last);
    writer_->close();
    WaveSubject subject = config_.subject;
    // A run of several dies goes on to the end of the window in which a hart has faulted.
    if (subject.cycle && fault_cycle_) subject.cycle = fault_cycle_;
    write_save_file({.fst = config_.file,
                     .node = config_.node.value_or(Coordinates{}),
                     .first_cycle = config_.first_cycle,
                     .subject = subject,
                     .instructions = instructions_,
                     .names = names});
    if (config_.written) config_.written(config_.file);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
  }
}

std::filesystem::path WaveFile::save_file_of(const std::filesystem::path& fst) {
  std::filesystem::path file = fst;
  return file.replace_extension(".gtkw");
}

}  // namespace dojo::sim
