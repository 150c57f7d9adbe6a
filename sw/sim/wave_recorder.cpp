#include "sim/wave_recorder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstring>
#include <exception>
#include <filesystem>
#include <fstream>
#include <utility>

#include "common/error.hpp"

namespace dojo::sim {
namespace {

std::atomic<unsigned> toggles{0};  // NOLINT(cppcoreguidelines-avoid-non-const-global-variables): signals know no object
static_assert(std::atomic<unsigned>::is_always_lock_free);

void check_file(const std::filesystem::path& file) {
  const bool existed = std::filesystem::exists(file);
  const bool writable = std::ofstream(file, std::ios::app).good();
  if (!writable) throw InputError(fmt::format("wave file {}: cannot be written", file.string()));
  if (!existed) std::filesystem::remove(file);
}

/// FILE.fst, FILE-2.fst, FILE-3.fst ...
std::filesystem::path numbered(std::filesystem::path file, unsigned number) {
  if (number == 1) return file;
  const std::string name = fmt::format("{}-{}{}", file.stem().string(), number, file.extension().string());
  return file.replace_filename(name);
}

}  // namespace

void toggle_waves() noexcept {
  toggles.fetch_add(1, std::memory_order_relaxed);
}

WaveRecorder::WaveRecorder(const WaveConfig& config, DieArray& engine, unsigned site, bool in_windows)
    : config_(config),
      engine_(engine),
      site_(site),
      in_windows_(in_windows),
      range_is_ahead_(config.first_cycle != never),
      trigger_is_ahead_(config.trigger.has_value()),
      toggles_(toggles.load(std::memory_order_relaxed)) {
  if (range_is_ahead_ || trigger_is_ahead_) check_file(config_.file);
}

WaveRecorder::~WaveRecorder() {
  finish();
}

void WaveRecorder::name_code(Coordinates node, const CodeNames& names) {
  if (node == config_.node) names_ = names;
}

std::uint64_t WaveRecorder::start_of_range() const {
  return in_windows_ ? config_.first_cycle / hw::edge_flight * hw::edge_flight : config_.first_cycle;
}

std::uint64_t WaveRecorder::next_cycle() const {
  return range_is_ahead_ ? start_of_range() : never;
}

void WaveRecorder::at(std::uint64_t cycle) {
  if (file_ && file_->is_complete(cycle)) stop();
  if (range_is_ahead_ && cycle >= start_of_range()) {
    range_is_ahead_ = false;
    WaveConfig range = config_;
    range.first_cycle = std::max(range.first_cycle, cycle);
    start(range);
  }
  if (trigger_is_ahead_) {
    trigger_is_ahead_ = false;
    WaveConfig waiting = config_;
    waiting.first_cycle = never;
    trigger_ = std::make_unique<TriggerWatch>(*config_.trigger, names_, [this](std::uint64_t met) {
      if (file_ && file_->is_waiting()) file_->begin(met, config_.trigger_cycles);
    });
    engine_.observe(site_, *trigger_);
    start(waiting);
  }
  const unsigned now = toggles.load(std::memory_order_relaxed);
  if (std::exchange(toggles_, now) == now) return;
  if (file_ && !file_->is_waiting()) return stop();
  if (file_) return file_->begin(std::max<std::uint64_t>(cycle, 1) - 1, never);
  WaveConfig open_end = config_;
  open_end.first_cycle = cycle;
  open_end.last_cycle = never;
  start(open_end);
}

void WaveRecorder::start(const WaveConfig& config) {
  WaveConfig numbered_config = config;
  numbered_config.file = numbered(config.file, ++recordings_);
  file_ = std::make_unique<WaveFile>(numbered_config);
  std::unique_ptr<NodeModel> traced = make_traced_node({.position = *config_.node}, *file_);
  copy_state(engine_.node(site_), *traced);
  plain_ = engine_.replace(site_, std::move(traced));
  note_harts();
}

void WaveRecorder::stop() {
  if (!file_) return;
  note_harts();
  file_->finish(engine_.cycles(), names_);
  copy_state(engine_.node(site_), *plain_);
  // The model refers to the file.
  engine_.replace(site_, std::move(plain_)).reset();
  file_.reset();
}

/// What the harts are about to execute, or wait in.
void WaveRecorder::note_harts() {
  NodeModel& node = engine_.node(site_);
  for (unsigned hart = 0; hart < hw::harts; ++hart) {
    for (const std::uint64_t pc : {node.hart_status(hart).pc, node.hart_status(hart).mepc}) {
      std::uint32_t instruction = 0;
      if (pc < hw::sram_base || pc - hw::sram_base > hw::sram_size - sizeof instruction) continue;
      std::memcpy(&instruction, &node.sram()[pc - hw::sram_base], sizeof instruction);
      file_->note_instruction(pc, instruction);
    }
  }
}

void WaveRecorder::finish() noexcept {
  try {
    // Cycles that never came: the last state is shown.
    if (!file_ && range_is_ahead_) start(config_);
    range_is_ahead_ = false;
    if (!file_) return;
    note_harts();
    file_->finish(engine_.cycles(), names_);
    if (trigger_) engine_.ignore(site_, *trigger_);
    // The file outlives the model that refers to it.
    engine_.replace(site_, std::move(plain_)).reset();
    file_.reset();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
  }
}

}  // namespace dojo::sim
