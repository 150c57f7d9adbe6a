#pragma once
// The event stream as CSV: one line for each event.

#include "trace/instruction_texts.hpp"
#include "trace/output_file.hpp"
#include "trace/writer.hpp"

namespace dojo::trace {

/// Columns: cycle, x, y, hart (empty: not of a hart), event, packet (empty: none), detail as describe() gives it, and
/// the disassembled instruction of what retires.
class CsvWriter : public Writer {
 public:
  CsvWriter(const std::string& file, const TraceContext& context);
  void write(const Event& event, std::uint64_t packet, const Flow* flow) override;
  void finish(std::uint64_t end) override;

 private:
  OutputFile file_;
  const Topology& topology_;
  InstructionTexts texts_;
};

}  // namespace dojo::trace
