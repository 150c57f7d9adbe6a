#include "trace/recorder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <utility>

#include "common/error.hpp"
#include "trace/csv_writer.hpp"
#include "trace/konata_writer.hpp"
#include "trace/log_writer.hpp"
#include "trace/perfetto_writer.hpp"

namespace dojo::trace {
namespace {

bool is_inside(const Window& window, Coordinates place) {
  const Coordinates first = window.north_west;
  return place.x >= first.x && place.y >= first.y &&
         (!window.south_east || (place.x <= window.south_east->x && place.y <= window.south_east->y));
}

Window widened(Window window) {
  window.first = window.first / hw::edge_flight * hw::edge_flight;
  const std::uint64_t rest = hw::edge_flight - 1 - window.last % hw::edge_flight;
  window.last = window.last > sim::never - 1 - rest ? sim::never : window.last + rest;
  return window;
}

}  // namespace

std::optional<Format> format_of_name(const std::string& file) {
  static const std::map<std::string, Format> formats{{".json", Format::perfetto},
                                                     {".konata", Format::konata},
                                                     {".kanata", Format::konata},
                                                     {".csv", Format::csv},
                                                     {".log", Format::log}};
  const std::filesystem::path name(file);
  // Konata looks for names that end in .log, too.
  if (name.extension() == ".log" && format_of_name(name.stem()) == Format::konata) return Format::konata;
  const auto found = formats.find(name.extension());
  return found == formats.end() ? std::nullopt : std::optional(found->second);
}

std::optional<Format> format_of_word(const std::string& word) {
  static const std::map<std::string, Format> formats{
      {"perfetto", Format::perfetto}, {"konata", Format::konata}, {"csv", Format::csv}, {"log", Format::log}};
  const auto found = formats.find(word);
  return found == formats.end() ? std::nullopt : std::optional(found->second);
}

std::unique_ptr<Writer> make_writer(Format format, const std::string& file, const TraceContext& context) {
  switch (format) {
    case Format::perfetto:
      return std::make_unique<PerfettoWriter>(file, context);
    case Format::konata:
      return std::make_unique<KonataWriter>(file, context);
    case Format::csv:
      return std::make_unique<CsvWriter>(file, context);
    case Format::log:
      break;
  }
  return std::make_unique<LogWriter>(file, context);
}

Recorder::Recorder(sim::RtlMachine& machine, bool runs_in_windows, const Window& window,
                   std::vector<std::unique_ptr<Writer>> writers)
    : machine_(machine),
      window_(runs_in_windows ? widened(window) : window),
      matcher_(machine.topology(), [this](Coordinates place) { return is_inside(window_, place); }),
      writers_(std::move(writers)) {
  const Topology& topology = machine.topology();
  for (unsigned site = 0; site < topology.sites(); ++site) {
    if (!topology.is_alive(site) || !is_inside(window_, topology.place(site))) continue;
    nodes_.push_back(std::make_unique<NodeRecorder>(machine.engine().node(site), site));
  }
  if (nodes_.empty()) {
    throw InputError(fmt::format("--trace-nodes: no live node of the mesh of {}x{} is in the window",
                                 topology.mesh().columns, topology.mesh().rows));
  }
  for (const auto& node : nodes_) machine.observe(topology.place(node->events().node()), *node);
  machine.sample_with(*this);
}

Recorder::~Recorder() {
  ignore_all();
  machine_.ignore(*this);
}

void Recorder::ignore_all() {
  for (const auto& node : nodes_) machine_.ignore(machine_.topology().place(node->events().node()), *node);
}

std::uint64_t Recorder::gather(std::uint64_t cycle) {
  if (has_closed_) return sim::never;
  write_before(cycle);
  if (!has_begun_ && cycle >= window_.first) {
    has_begun_ = true;
    for (const auto& node : nodes_) node->begin(cycle);
  }
  if (window_.last != sim::never && cycle > window_.last) {
    close(cycle);
    return sim::never;
  }
  std::uint64_t next = (cycle / hw::edge_flight + 1) * hw::edge_flight;
  if (!has_begun_) next = std::min(next, window_.first);
  if (window_.last != sim::never) next = std::min(next, window_.last + 1);
  return next;
}

void Recorder::write_before(std::uint64_t cycle) {
  events_.clear();
  for (const auto& node : nodes_) node->events().take(cycle, events_);
  order_.clear();
  for (std::size_t i = 0; i < events_.size(); ++i) order_.emplace_back(events_[i].cycle, i);
  std::ranges::sort(order_);
  for (const auto& [when, i] : order_) write(events_[i]);
}

void Recorder::write(const Event& event) {
  std::uint64_t packet = 0;
  std::optional<Flow> flow;
  if (const auto* const sent = std::get_if<PacketSent>(&event.payload)) {
    packet = matcher_.sent(event, *sent);
  } else if (const auto* const arrived = std::get_if<PacketArrived>(&event.payload)) {
    flow = matcher_.arrived(event, *arrived);
    if (flow) packet = flow->packet;
  }
  // Before the window there are packets only.
  if (!has_begun_ || event.cycle < window_.first) return;
  if (flow && flow->sent < window_.first) flow.reset();
  for (const auto& writer : writers_) writer->write(event, packet, flow ? &*flow : nullptr);
}

/// The window ends before cycle `end`.
void Recorder::close(std::uint64_t end) {
  has_closed_ = true;
  ignore_all();
  for (const auto& node : nodes_) {
    node->events().clear();
    node->finish(end);
  }
  write_before(end + 1);
  for (const auto& writer : writers_) writer->finish(end);
}

void Recorder::finish() {
  if (has_finished_) return;
  has_finished_ = true;
  const std::uint64_t now = machine_.cycles();
  if (has_closed_) return;
  write_before(now);
  close(now);
}

}  // namespace dojo::trace
