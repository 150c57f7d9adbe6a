#include "model/lockstep_vector.hpp"

#include <cstring>

#include <fmt/format.h>

#include "model/disassembler.hpp"

namespace dojo::model {
namespace {

constexpr unsigned elements_shown = 16;

std::string instruction_text(const StepResult& result) {
  return fmt::format("{:#018x} {:08x} {}", result.pc, result.instruction, disassemble(result.instruction, result.pc));
}

std::uint64_t element(const std::array<std::uint8_t, vector_bytes>& bytes, unsigned index, unsigned sew) {
  std::uint64_t value = 0;
  std::memcpy(&value, bytes.data() + (index << sew), std::size_t{1} << sew);
  return value;
}

}  // namespace

std::string VectorTracker::retired(unsigned hart, unsigned tag, const StepResult& result, const VectorState& before,
                                   const VectorState& after) {
  Entry& entry = entries_[{hart, tag}];
  if (entry.has_retired) return fmt::format("tag {} is still in use by\n  {}\n", tag, instruction_text(entry.result));
  entry.has_retired = true;
  entry.result = result;
  entry.sew = after.type.sew;
  for (unsigned reg = 0; reg < vector_registers; ++reg) {
    if ((result.vector_written >> reg & 1) == 0) continue;
    auto& [old_value, new_value] = entry.registers[reg];
    std::memcpy(old_value.data(), before.reg(reg), vector_bytes);
    std::memcpy(new_value.data(), after.reg(reg), vector_bytes);
  }
  return entry.is_done ? finish({hart, tag}) : std::string();
}

void VectorTracker::write(const VectorWriteEvent& event) {
  entries_[{event.hart, event.tag}].writes.push_back(event);
}

std::string VectorTracker::done(const VectorDoneEvent& event) {
  Entry& entry = entries_[{event.hart, event.tag}];
  entry.is_done = true;
  return entry.has_retired ? finish({event.hart, event.tag}) : std::string();
}

std::string VectorTracker::finish(const Key& key) {
  const Entry entry = entries_.extract(key).mapped();
  std::string text;
  std::map<unsigned, Register> rtl;
  for (const auto& [reg, values] : entry.registers) rtl[reg] = values.first;
  for (const VectorWriteEvent& write : entry.writes) {
    const auto found = rtl.find(write.reg);
    if (found == rtl.end()) {
      if (write.byte_enable == 0) continue;
      text += fmt::format("  writes v{} of hart {}, which it must not\n", write.reg, write.hart);
      continue;
    }
    for (unsigned i = 0; i < vector_bytes; ++i) {
      if ((write.byte_enable >> i & 1) != 0) found->second[i] = write.data[i];
    }
  }
  for (const auto& [reg, values] : entry.registers) {
    unsigned shown = 0;
    for (unsigned index = 0; index < vector_bytes >> entry.sew; ++index) {
      const std::uint64_t in_rtl = element(rtl[reg], index, entry.sew);
      const std::uint64_t in_model = element(values.second, index, entry.sew);
      if (in_rtl == in_model || shown++ >= elements_shown) continue;
      text += fmt::format("* v{}[{}]  RTL {:#x}, model {:#x}, before {:#x}\n", reg, index, in_rtl, in_model,
                          element(values.first, index, entry.sew));
    }
    if (shown > elements_shown) text += fmt::format("  and {} more elements of v{}\n", shown - elements_shown, reg);
  }
  if (text.empty()) return text;
  return fmt::format("vector registers written by\n  {}\n{}", instruction_text(entry.result), text);
}

std::string VectorTracker::unfinished() const {
  if (entries_.empty()) return {};
  const auto& [key, entry] = *entries_.begin();
  return fmt::format("hart {}, tag {}: {}", key.first, key.second,
                     entry.has_retired ? instruction_text(entry.result) : "never retired");
}

}  // namespace dojo::model
