#include "train/progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

namespace dojo::train {
namespace {

constexpr std::chrono::milliseconds refresh_interval{200};
constexpr std::size_t log_lines = 25;

/// Three digits and an SI prefix.
std::string with_prefix(double value) {
  for (const auto& [scale, prefix] : {std::pair(1e9, " G"), std::pair(1e6, " M"), std::pair(1e3, " k")}) {
    if (value >= scale) return fmt::format("{:.2f}{}", value / scale, prefix);
  }
  return fmt::format("{:.0f} ", value);
}

}  // namespace

std::string format_progress(const TrainProgress& progress) {
  const std::string accuracy =
      progress.test_accuracy ? fmt::format("{:4.1f} %", *progress.test_accuracy * 100) : "  -   ";
  const std::string utilization =
      progress.mac_utilization ? fmt::format("  MAC {:4.1f} %", *progress.mac_utilization * 100) : "";
  const double per_step = progress.wall_seconds / static_cast<double>(std::max<std::size_t>(1, progress.step));
  const auto left = static_cast<unsigned>(per_step * static_cast<double>(progress.steps - progress.step));
  return fmt::format("step {:>{}}/{}  loss {:.3f}  test {}  {}cycles{}  {}node-cycles/s  {}:{:02} left", progress.step,
                     fmt::formatted_size("{}", progress.steps), progress.steps, progress.loss, accuracy,
                     with_prefix(static_cast<double>(progress.cycles)), utilization,
                     with_prefix(progress.node_cycles_per_second), left / 60, left % 60);
}

ProgressPrinter::ProgressPrinter(std::FILE* stream) : stream_(stream), terminal_(isatty(fileno(stream)) != 0) {}

ProgressPrinter::~ProgressPrinter() {
  if (line_open_) std::fputc('\n', stream_);
}

void ProgressPrinter::show(const TrainProgress& progress) {
  show(progress.step, progress.steps, [&progress] { return format_progress(progress); });
}

void ProgressPrinter::show(std::size_t step, std::size_t steps, const std::function<std::string()>& line) {
  const bool last = step == steps;
  if (!terminal_) {
    const std::size_t interval = std::max<std::size_t>(1, steps / log_lines);
    if (step != 1 && step % interval != 0 && !last) return;
    fmt::print(stream_, "{}\n", line());
    std::fflush(stream_);
    return;
  }
  const auto now = std::chrono::steady_clock::now();
  if (!last && now - last_shown_ < refresh_interval) return;
  last_shown_ = now;
  fmt::print(stream_, "\r{}\x1b[K", line());
  std::fflush(stream_);
  line_open_ = true;
}

}  // namespace dojo::train
