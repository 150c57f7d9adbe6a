#include "trace/konata_writer.hpp"

#include <algorithm>

namespace dojo::trace {
namespace {

constexpr char flushed = '1';
constexpr char retired_well = '0';

char stage_of(Cause cause) {
  switch (cause) {
    case Cause::fetch:
      return 'F';
    case Cause::memory:
      return 'M';
    case Cause::command:
      return 'Q';
    case Cause::slot:
      return 'S';
    case Cause::semaphore:
    case Cause::wfi:
      return 'W';
    case Cause::retired:
      return 'X';
    case Cause::other:
    case Cause::stopped:
    case Cause::faulted:
      break;
  }
  return 'P';
}

}  // namespace

KonataWriter::KonataWriter(const std::string& file, const TraceContext& context)
    : file_(file), context_(context), harts_(std::size_t{context.topology->sites()} * hw::harts) {
  file_.print("Kanata\t0004\n");
}

KonataWriter::Hart& KonataWriter::hart_of(const Event& event) {
  return harts_[event.node * hw::harts + event.hart];
}

void KonataWriter::write(const Event& event, std::uint64_t /*packet*/, const Flow* /*flow*/) {
  std::visit(Overloaded{[&](const HartActivity& activity) { change(event, activity); },
                        [&](const Retired& retired) { retire(event, retired); },
                        [&](const LateValue& late) {
                          std::vector<Late>& waiting = hart_of(event).late;
                          const auto found = std::ranges::find_if(waiting, [&](const Late& other) {
                            return !other.vector && other.writes == late.writes &&
                                   (!late.writes || other.destination == late.destination);
                          });
                          if (found != waiting.end()) end_late(event, found, 'L');
                        },
                        [&](const VectorEnd& end) {
                          std::vector<Late>& waiting = hart_of(event).late;
                          const auto found = std::ranges::find_if(
                              waiting, [&](const Late& other) { return other.vector && other.tag == end.tag; });
                          if (found != waiting.end()) end_late(event, found, 'V');
                        },
                        [](const auto&) {}},
             event.payload);
}

/// Goes on to a cycle; rows that are done end one cycle after their last one.
void KonataWriter::advance(std::uint64_t cycle) {
  if (!has_begun_) {
    file_.print("C=\t{}\n", cycle);
    has_begun_ = true;
    cycle_ = cycle;
  }
  if (cycle > cycle_ && !done_.empty()) {
    file_.print("C\t1\n");
    ++cycle_;
    for (const Row& row : done_) {
      file_.print("E\t{}\t0\tX\n", row.number);
      if (row.ends) file_.print("R\t{}\t{}\t{}\n", row.number, retired_++, row.how);
    }
    done_.clear();
  }
  if (cycle > cycle_) file_.print("C\t{}\n", cycle - cycle_);
  cycle_ = std::max(cycle_, cycle);
}

/// The stage of the instruction that retires next; its row begins if it has not.
void KonataWriter::set_stage(const Event& event, Hart& hart, char stage) {
  if (!hart.open) {
    hart.open = true;
    hart.row = rows_++;
    hart.stage = 0;
    file_.print("I\t{}\t{}\t{}\n", hart.row, hart.row, event.node * hw::harts + event.hart);
  }
  if (hart.stage == stage) return;
  if (hart.stage != 0) file_.print("E\t{}\t0\t{}\n", hart.row, hart.stage);
  file_.print("S\t{}\t0\t{}\n", hart.row, stage);
  hart.stage = stage;
}

void KonataWriter::change(const Event& event, const HartActivity& activity) {
  if (activity.cause == Cause::retired) return;  // the instruction follows
  Hart& hart = hart_of(event);
  const bool runs = static_cast<unsigned>(activity.cause) < running_causes;
  if (!runs && !hart.open) return;
  advance(event.cycle);
  if (runs) {
    set_stage(event, hart, stage_of(activity.cause));
  } else {
    flush(hart);
  }
}

void KonataWriter::flush(Hart& hart) {
  if (hart.stage != 0) file_.print("E\t{}\t0\t{}\n", hart.row, hart.stage);
  file_.print("R\t{}\t{}\t{}\n", hart.row, retired_++, flushed);
  hart.open = false;
}

void KonataWriter::retire(const Event& event, const Retired& retired) {
  advance(event.cycle);
  Hart& hart = hart_of(event);
  set_stage(event, hart, stage_of(Cause::retired));
  const Coordinates place = context_.topology->place(event.node);
  const std::string where = context_.symbolize ? context_.symbolize(place, retired.pc) : std::string();
  file_.print("L\t{}\t0\t({},{}).{} {:x}: {}\n", hart.row, place.x, place.y, event.hart, retired.pc,
              texts_.text(retired.pc, retired.instruction));
  file_.print("L\t{}\t1\t{} {}\n", hart.row, where, describe(event.payload));
  const bool in_vector_unit = retired.vector && !retired.has_ended;
  const bool goes_on = !retired.trap && (in_vector_unit || retired.late);
  if (goes_on) {
    file_.print("S\t{}\t1\t{}\n", hart.row, in_vector_unit ? 'V' : 'L');
    hart.late.push_back({.row = hart.row,
                         .destination = retired.destination,
                         .tag = retired.vector_tag,
                         .vector = in_vector_unit,
                         .writes = retired.writes});
  }
  done_.push_back({.number = hart.row, .ends = !goes_on, .how = retired.trap ? flushed : retired_well});
  hart.open = false;
}

void KonataWriter::end_late(const Event& event, std::vector<Late>::iterator late, char stage) {
  advance(event.cycle);
  file_.print("E\t{}\t1\t{}\n", late->row, stage);
  if (const auto* const value = std::get_if<LateValue>(&event.payload)) {
    file_.print("L\t{}\t1\t {}\n", late->row, describe(*value));
  }
  // A result may come in the cycle of the retirement itself, whose stage ends after it.
  const auto same = std::ranges::find(done_, late->row, &Row::number);
  if (same != done_.end()) {
    same->ends = true;
  } else {
    file_.print("R\t{}\t{}\t{}\n", late->row, retired_++, retired_well);
  }
  hart_of(event).late.erase(late);
}

void KonataWriter::finish(std::uint64_t end) {
  advance(std::max(end, cycle_ + 1));
  for (Hart& hart : harts_) {
    if (hart.open) flush(hart);
    for (const Late& late : hart.late) {
      file_.print("E\t{}\t1\t{}\nR\t{}\t{}\t{}\n", late.row, late.vector ? 'V' : 'L', late.row, retired_++,
                  retired_well);
    }
    hart.late.clear();
  }
  file_.close();
}

}  // namespace dojo::trace
