#include "record/recorder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>

#include "common/error.hpp"
#include "record/kernels.hpp"
#include "record/packed.hpp"

namespace dojo::record {
namespace {

/// Cycles of the first windows, and between two looks at the logs of flits, at most.
constexpr std::uint64_t first_interval = 64;
constexpr std::uint64_t log_period = 8192;

sim::RtlMachine& rtl_of(Machine& machine) {
  auto* const rtl = dynamic_cast<sim::RtlMachine*>(&machine.backend());
  if (rtl == nullptr) throw InputError("only RTL machines have cycles to be recorded");
  return *rtl;
}

/// The next multiple of edge_flight, where several dies, and those with Ethernet, may be looked at.
std::uint64_t window_of_dies(std::uint64_t cycles) {
  return (cycles + hw::edge_flight - 1) / hw::edge_flight * hw::edge_flight;
}

nlohmann::ordered_json pair_of(Coordinates place) {
  return nlohmann::ordered_json::array({place.x, place.y});
}

}  // namespace

unsigned Recorder::most_windows(unsigned nodes) {
  constexpr unsigned most = 200;
  constexpr unsigned least = 16;
  constexpr unsigned numbers = 72000;
  return std::clamp(numbers / nodes, least, most) / 2 * 2;
}

Recorder::Recorder(Machine& machine)
    : machine_(machine),
      rtl_(rtl_of(machine)),
      windows_(
          machine.grid().dies.nodes() > 1 || !machine.dips().empty() ? window_of_dies(first_interval) : first_interval,
          most_windows(rtl_.topology().live_nodes())),
      log_period_(window_of_dies(log_period)),
      next_log_(log_period_) {
  const Topology& topology = rtl_.topology();
  std::vector<unsigned> memory(topology.sites());
  for (const DipSite& dip : machine.dips()) {
    for (const auto& port : dip.ports) {
      if (port) memory[topology.number(port->router)] |= 1u << port->direction;
    }
  }
  for (unsigned site = 0; site < topology.sites(); ++site) {
    if (!topology.is_alive(site)) continue;
    sites_.push_back(site);
    nodes_.push_back(std::make_unique<NodeRecorder>(rtl_.engine().node(site), topology, site, memory[site]));
    rtl_.observe(topology.place(site), *nodes_.back());
  }
  rtl_.sample_with(*this);
  machine.on_load([this](const Program& program, const Rectangle& rectangle) {
    auto found = std::ranges::find(programs_, program);
    if (found == programs_.end()) found = programs_.insert(programs_.end(), program);
    const auto number = static_cast<unsigned>(found - programs_.begin()) + 1;
    for (unsigned i = 0; i < rectangle.nodes(); ++i) {
      const auto site = std::ranges::lower_bound(sites_, rtl_.topology().number(rectangle.node(i)));
      StallProfile& profile = nodes_[static_cast<std::size_t>(site - sites_.begin())]->profile();
      profile.catch_up(rtl_.cycles());
      profile.set_program(number);
    }
  });
}

Recorder::~Recorder() {
  rtl_.ignore(*this);
  machine_.on_load({});
  for (std::size_t i = 0; i < nodes_.size(); ++i) rtl_.ignore(rtl_.topology().place(sites_[i]), *nodes_[i]);
}

std::uint64_t Recorder::next_cycle() const {
  return std::min(windows_.next_end(), next_log_);
}

void Recorder::sample(std::uint64_t cycle) {
  if (cycle >= next_log_) {
    take_log();
    next_log_ = cycle + log_period_;
  }
  if (cycle == windows_.next_end()) windows_.add(totals(cycle));
}

void Recorder::take_log() {
  for (const auto& node : nodes_) {
    for (const PassingFlit& flit : node->sent()) latency_.sent(flit);
  }
  for (const auto& node : nodes_) {
    for (const PassingFlit& flit : node->received()) latency_.received(flit);
    node->clear_log();
  }
}

WindowStore::Totals Recorder::totals(std::uint64_t cycle) {
  WindowStore::Totals result;
  for (const auto& node : nodes_) node->add_totals(cycle, result);
  return result;
}

std::string Recorder::packed_numbers() const {
  const std::size_t per_node = quantities().size();
  const auto& ends = windows_.ends();
  std::vector<std::uint64_t> numbers;
  numbers.reserve(ends.size() * nodes_.size() * per_node);
  for (std::size_t quantity = 0; quantity < per_node; ++quantity) {
    for (std::size_t node = 0; node < nodes_.size(); ++node) {
      std::uint64_t before = 0;
      for (const WindowStore::Totals& end : ends) {
        const std::uint64_t now = end[node * per_node + quantity];
        // A program may set its instruction counter back.
        numbers.push_back(now - std::min(now, before));
        before = now;
      }
    }
  }
  return pack(numbers);
}

nlohmann::ordered_json Recorder::machine_json() const {
  using Json = nlohmann::ordered_json;
  const Topology& topology = rtl_.topology();
  const DieGrid& grid = machine_.grid();
  Json dead_links = Json::array();
  Json places = Json::array();
  for (unsigned site = 0; site < topology.sites(); ++site) {
    if (!topology.is_alive(site)) continue;
    const Coordinates place = topology.place(site);
    places.push_back(pair_of(place));
    for (const Coordinates other : {Coordinates{place.x + 1, place.y}, Coordinates{place.x, place.y + 1}}) {
      const unsigned direction = other.x != place.x ? 1 : 2;
      if (topology.is_alive(other) && !topology.neighbour(site, direction)) {
        dead_links.push_back(Json::array({pair_of(place), pair_of(other)}));
      }
    }
  }
  Json dips = Json::array();
  for (const DipSite& dip : machine_.dips()) {
    Json routers = Json::array();
    for (const auto& port : dip.ports) {
      if (port) routers.push_back(pair_of(port->router));
    }
    dips.push_back({{"direction", direction_names[dip.direction]}, {"routers", routers}});
  }
  return {{"columns", topology.mesh().columns},
          {"rows", topology.mesh().rows},
          {"die", {grid.die.columns, grid.die.rows}},
          {"dips", dips},
          {"nodes", places},
          {"dead_links", dead_links}};
}

nlohmann::ordered_json Recorder::latency_json() const {
  nlohmann::ordered_json json = nlohmann::ordered_json::object();
  for (unsigned cls = 0; cls < LatencyMatcher::classes; ++cls) {
    const LatencyBuckets& buckets = latency_.of_class(cls);
    nlohmann::ordered_json flits = nlohmann::ordered_json::array();
    for (const auto& [first, count] : buckets.flits()) flits.push_back(nlohmann::ordered_json::array({first, count}));
    json[std::string(link_kinds[cls])] = {{"flits", buckets.count()}, {"cycles", buckets.sum()}, {"buckets", flits}};
  }
  return json;
}

nlohmann::ordered_json Recorder::finish() {
  using Json = nlohmann::ordered_json;
  const std::uint64_t cycles = rtl_.cycles();
  take_log();
  const std::uint64_t last_end = windows_.ends().size() * windows_.interval();
  if (cycles > last_end) windows_.add_rest(totals(cycles));

  Json numbers = Json::array();
  for (const Quantity& quantity : quantities()) {
    numbers.push_back({{"name", quantity.name}, {"scope", quantity.scope}, {"index", quantity.index}});
  }
  Json programs = Json::array();
  for (const Program& program : programs_) programs.push_back(program.name());
  StallProfile::ByPlace samples;
  for (const auto& node : nodes_) {
    for (const auto& [key, here] : node->profile().samples()) {
      for (unsigned i = 0; i < causes; ++i) samples[key][i] += here[i];
    }
  }
  Json training = Json::array();
  for (const auto& [step, loss, cycle] : training_) training.push_back(Json::array({step, loss, cycle}));
  Json record{{"format", format},
              {"machine", machine_json()},
              {"cycles", cycles},
              {"interval", windows_.interval()},
              {"windows", windows_.ends().size()},
              {"quantities", numbers},
              {"numbers", packed_numbers()},
              {"latency", latency_json()},
              {"programs", programs},
              {"sample_period", sample_period},
              {"causes", Json::object()},
              {"kernels", kernel_lines(samples, programs_)}};
  for (unsigned i = 0; i < causes; ++i) record["causes"][std::string(cause_names[i])] = cause_texts[i];
  if (!training_.empty()) record["training"] = training;
  return record;
}

void write(const std::filesystem::path& folder, const nlohmann::ordered_json& record,
           const nlohmann::ordered_json& run) {
  nlohmann::ordered_json whole = run;
  whole.update(record);
  const std::filesystem::path file = folder / file_name;
  std::ofstream stream(file);
  stream << whole.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) << '\n';
  stream.close();
  if (!stream) throw RunError(fmt::format("--record: {} could not be written", file.string()));
}

}  // namespace dojo::record
