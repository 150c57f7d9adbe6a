#include "trace/log_writer.hpp"

namespace dojo::trace {
namespace {

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
  }
  write_complete();
}

void LogWriter::add(const Event& event, const Retired& retired) {
  const bool awaits = retired.late && !retired.trap && (retired.writes || retired.memory == MemoryEffect::atomic);
  lines_.push_back({.event = event, .late = {}, .awaits = awaits});
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
  while (!lines_.empty() && !lines_.front().awaits) {
    print(lines_.front());
    lines_.pop_front();
  }
}

void LogWriter::print(const Line& line) {
  const auto& retired = std::get<Retired>(line.event.payload);
  const Coordinates place = context_.topology->place(line.event.node);
  const std::string where = context_.symbolize ? context_.symbolize(place, retired.pc) : std::string();
  std::string text = texts_.text(retired.pc, retired.instruction);
  if (retired.trap) {
    file_.print("{:10} ({},{}).{} {:#10x} {:32} {:32} trap {:#x} mtval {:#x}\n", line.event.cycle, place.x, place.y,
                line.event.hart, retired.pc, where, text, retired.data, retired.value);
    return;
  }
  file_.print("{:10} ({},{}).{} {:#10x} {:32} {:32}", line.event.cycle, place.x, place.y, line.event.hart, retired.pc,
              where, text);
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
  file_.print("\n");
}

void LogWriter::finish(std::uint64_t /*end*/) {
  for (const Line& line : lines_) print(line);
  lines_.clear();
  file_.close();
}

}  // namespace dojo::trace
