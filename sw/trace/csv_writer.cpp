#include "trace/csv_writer.hpp"

namespace dojo::trace {
namespace {

/// In quotation marks, those inside doubled.
std::string quoted(const std::string& text) {
  std::string result = "\"";
  for (const char letter : text) {
    if (letter == '"') result += '"';
    result += letter;
  }
  return result + '"';
}

}  // namespace

CsvWriter::CsvWriter(const std::string& file, const TraceContext& context) : file_(file), topology_(*context.topology) {
  file_.print("cycle,x,y,hart,event,packet,detail,instruction\n");
}

void CsvWriter::write(const Event& event, std::uint64_t packet, const Flow* /*flow*/) {
  const Coordinates place = topology_.place(event.node);
  file_.print("{},{},{},", event.cycle, place.x, place.y);
  if (is_of_hart(event.payload)) file_.print("{}", event.hart);
  file_.print(",{},", kind_of(event.payload));
  if (packet != 0) file_.print("{}", packet);
  file_.print(",{},", quoted(describe(event.payload)));
  if (const auto* const retired = std::get_if<Retired>(&event.payload)) {
    file_.print("{}", quoted(texts_.text(retired->pc, retired->instruction)));
  }
  file_.print("\n");
}

void CsvWriter::finish(std::uint64_t /*end*/) {
  file_.close();
}

}  // namespace dojo::trace
