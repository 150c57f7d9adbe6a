#pragma once
// The event stream as a log of instructions with their values, which people read.

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <vector>

#include "trace/instruction_texts.hpp"
#include "trace/output_file.hpp"
#include "trace/writer.hpp"

namespace dojo::trace {

/// A line for each instruction: cycle, node and hart, address, function, instruction, registers and memory. A line
/// waits until late and vector results of its instruction are there; lines stay in the order of retirement.
class LogWriter : public Writer {
 public:
  LogWriter(const std::string& file, const TraceContext& context);
  void write(const Event& event, std::uint64_t packet, const Flow* flow) override;
  void finish(std::uint64_t end) override;

 private:
  struct Line {
    Event event;
    std::optional<LateValue> late = {};
    std::vector<VectorValue> vector = {};  ///< what it has written, a register once
    bool awaits = false;                   ///< a late result
    bool awaits_vector = false;            ///< the end of its vector instruction
  };
  void add(const Event& event, const Retired& retired);
  void complete(const Event& event, const LateValue& late);
  void complete(const Event& event, const VectorValue& value);
  void complete(const Event& event, const VectorEnd& end);
  [[nodiscard]] Line* vector_line(const Event& event, unsigned tag);
  void write_complete();
  void print(const Line& line);

  OutputFile file_;
  TraceContext context_;
  InstructionTexts texts_;
  std::deque<Line> lines_;  ///< the first one is not complete
  /// Of instructions that have not retired, by hart of the machine.
  std::map<unsigned, std::vector<VectorValue>> early_;
};

}  // namespace dojo::trace
