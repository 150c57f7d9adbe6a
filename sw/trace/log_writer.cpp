#include "trace/log_writer.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace dojo::trace {
namespace {

constexpr std::size_t function_width = 33;
constexpr std::size_t instruction_width = 32;

/// What `bytes` bytes of a value are.
std::uint64_t low(std::uint64_t value, unsigned bytes) {
  constexpr unsigned all = 8;
  return bytes >= all ? value : value & ((std::uint64_t{1} << (8 * bytes)) - 1);
}

}  // namespace

LogWriter::LogWriter(const std::string& file, const TraceContext& context) : file_(file), context_(context) {
  file_.print(
      "#    cycle node.hart         pc function                         instruction                      result\n");
}

void LogWriter::write(const Event& event, std::uint64_t /*packet*/, const Flow* /*flow*/) {
  if (const auto* const retired = std::get_if<Retired>(&event.payload)) {
    add(event, *retired);
  } else if (const auto* const late = std::get_if<LateValue>(&event.payload)) {
    complete(event, *late);
  } else if (const auto* const value = std::get_if<VectorValue>(&event.payload)) {
    complete(event, *value);
  } else if (const auto* const end = std::get_if<VectorEnd>(&event.payload)) {
    complete(event, *end);
  }
  write_complete();
}

void LogWriter::add(const Event& event, const Retired& retired) {
  const bool awaits = retired.late && !retired.trap && (retired.writes || retired.memory == MemoryEffect::atomic);
  Line line{.event = event, .awaits = awaits, .awaits_vector = retired.vector && !retired.has_ended && !retired.trap};
  if (retired.vector && retired.has_ended) std::swap(line.vector, early_[event.node * hw::harts + event.hart]);
  lines_.push_back(std::move(line));
}

/// The line of the vector instruction that has the tag; null: it has retired before the window.
LogWriter::Line* LogWriter::vector_line(const Event& event, unsigned tag) {
  for (Line& line : lines_) {
    const bool is_of_hart = line.event.node == event.node && line.event.hart == event.hart;
    if (line.awaits_vector && is_of_hart && std::get<Retired>(line.event.payload).vector_tag == tag) return &line;
  }
  return nullptr;
}

void LogWriter::complete(const Event& event, const VectorValue& value) {
  std::vector<VectorValue>* values = nullptr;
  if (value.synchronous) {
    values = &early_[event.node * hw::harts + event.hart];
  } else if (Line* const line = vector_line(event, value.tag)) {
    values = &line->vector;
  }
  if (values == nullptr) return;
  const auto same = std::ranges::find(*values, value.destination, &VectorValue::destination);
  if (same == values->end()) {
    values->push_back(value);
    return;
  }
  for (std::size_t i = 0; i < value.data.size(); ++i) {
    if ((value.byte_enable >> i & 1) != 0) same->data[i] = value.data[i];
  }
  same->byte_enable |= value.byte_enable;
}

void LogWriter::complete(const Event& event, const VectorEnd& end) {
  if (Line* const line = vector_line(event, end.tag)) line->awaits_vector = false;
}

/// A register has at most one result on its way; one that nobody awaits is of an instruction before the window.
void LogWriter::complete(const Event& event, const LateValue& late) {
  for (Line& line : lines_) {
    const auto& retired = std::get<Retired>(line.event.payload);
    if (!line.awaits || line.event.node != event.node || line.event.hart != event.hart) continue;
    if (retired.writes != late.writes || (late.writes && retired.destination != late.destination)) continue;
    line.late = late;
    line.awaits = false;
    return;
  }
}

void LogWriter::write_complete() {
  while (!lines_.empty() && !lines_.front().awaits && !lines_.front().awaits_vector) {
    print(lines_.front());
    lines_.pop_front();
  }
}

void LogWriter::print(const Line& line) {
  const auto& retired = std::get<Retired>(line.event.payload);
  const Coordinates place = context_.topology->place(line.event.node);
  const std::string where = context_.symbolize ? context_.symbolize(place, retired.pc) : std::string();
  file_.print("{:10} ({},{}).{} {:#10x} ", line.event.cycle, place.x, place.y, line.event.hart, retired.pc);
  file_.print_column(where, function_width);
  file_.print_column(texts_.text(retired.pc, retired.instruction), instruction_width);
  if (retired.trap) {
    file_.print(" trap {:#x} mtval {:#x}\n", retired.data, retired.value);
    return;
  }
  if (retired.writes) {
    if (!retired.late) {
      file_.print(" {}={:#x}", register_of(retired.destination), retired.value);
    } else if (line.late) {
      file_.print(" {}={:#x}", register_of(retired.destination), line.late->value);
    } else {
      file_.print(" {}=?", register_of(retired.destination));
    }
  }
  const unsigned bytes = 1u << retired.memory_size;
  switch (retired.memory) {
    case MemoryEffect::load:
      file_.print(" [{:#x}]{}", retired.address, bytes);
      break;
    case MemoryEffect::store:
      file_.print(" [{:#x}]{}<-{:#x}", retired.address, bytes, low(retired.data, bytes));
      break;
    case MemoryEffect::atomic:
      file_.print(" [{:#x}]{}", retired.address, bytes);
      if (line.late && line.late->stores) file_.print("<-{:#x}", low(line.late->stored, bytes));
      break;
    case MemoryEffect::none:
      break;
  }
  for (const VectorValue& value : line.vector) file_.print(" v{}=0x{}", value.destination, text_of(value));
  file_.print("\n");
}

void LogWriter::finish(std::uint64_t /*end*/) {
  for (const Line& line : lines_) print(line);
  lines_.clear();
  file_.close();
}

}  // namespace dojo::trace
