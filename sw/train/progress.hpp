#pragma once
// The progress line of a training run.

#include <chrono>
#include <cstddef>
#include <cstdio>
#include <functional>
#include <string>

#include "train/train.hpp"

namespace dojo::train {

/// "step 100/938  loss 0.512  test 83.1 %  2.9 Mcycles  MAC 32.1 %  1.02 M node-cycles/s  1:23 left"
[[nodiscard]] std::string format_progress(const TrainProgress& progress);

/// Shows the progress on a stream: on a terminal one line that is rewritten a few times per second, in a log about 25
/// lines per run.
class ProgressPrinter {
 public:
  explicit ProgressPrinter(std::FILE* stream);
  /// Leaves the line on a terminal.
  ~ProgressPrinter();
  ProgressPrinter(const ProgressPrinter&) = delete;
  ProgressPrinter& operator=(const ProgressPrinter&) = delete;

  void show(const TrainProgress& progress);
  /// The same with another line, which is made when it is shown: `step` of `steps` are done.
  void show(std::size_t step, std::size_t steps, const std::function<std::string()>& line);

 private:
  std::FILE* stream_;
  bool terminal_;
  bool line_open_ = false;
  std::chrono::steady_clock::time_point last_shown_{};
};

}  // namespace dojo::train
