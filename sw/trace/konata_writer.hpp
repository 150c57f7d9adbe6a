#pragma once
// The event stream as a Kanata log, which the pipeline viewer Konata shows.

#include <cstdint>
#include <vector>

#include "trace/instruction_texts.hpp"
#include "trace/output_file.hpp"
#include "trace/writer.hpp"

namespace dojo::trace {

/// A row for each instruction; its thread is 4 * site + hart. Lane 0 has what the hart does up to the retirement: F
/// waits for the instruction line, M for memory, Q for a command queue, S for a slot, W for a semaphore or an
/// interrupt, P is in the pipeline, X retires. Lane 1 has what comes later: L a late result, V the vector unit. A row
/// ends as flushed when its instruction has not retired at the end, when it traps, or when its hart stops.
class KonataWriter : public Writer {
 public:
  KonataWriter(const std::string& file, const TraceContext& context);
  void write(const Event& event, std::uint64_t packet, const Flow* flow) override;
  void finish(std::uint64_t end) override;

 private:
  /// An instruction that has retired and is not done.
  struct Late {
    std::uint64_t row;
    std::uint8_t destination;
    std::uint8_t tag;
    bool vector;
    bool writes;
  };
  struct Hart {
    std::uint64_t row = 0;  ///< of the instruction that retires next
    bool open = false;      ///< it has begun
    char stage = 0;
    std::vector<Late> late = {};
  };

  /// A row whose stage X ends with the cycle.
  struct Row {
    std::uint64_t number;
    bool ends;  ///< the row, too
    char how;
  };

  void advance(std::uint64_t cycle);
  void set_stage(const Event& event, Hart& hart, char stage);
  void change(const Event& event, const HartActivity& activity);
  void retire(const Event& event, const Retired& retired);
  void end_late(const Event& event, std::vector<Late>::iterator late, char stage);
  void flush(Hart& hart);
  [[nodiscard]] Hart& hart_of(const Event& event);

  OutputFile file_;
  TraceContext context_;
  InstructionTexts texts_;
  std::vector<Hart> harts_;
  std::uint64_t cycle_ = 0;
  bool has_begun_ = false;
  std::uint64_t rows_ = 0;
  std::uint64_t retired_ = 0;
  std::vector<Row> done_;
};

}  // namespace dojo::trace
