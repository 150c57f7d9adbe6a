#include "sim/die_array.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <optional>
#include <string_view>
#include <tuple>
#include <utility>

#include "common/error.hpp"

namespace dojo::sim {
namespace {

constexpr unsigned east = 1;
constexpr unsigned south = 2;
constexpr std::array<std::string_view, directions> edge_names{"northern", "eastern", "southern", "western"};
/// After which a link that is neither up nor dead is given up.
constexpr unsigned training_windows = 1000;

unsigned threads_over_dies(unsigned threads, const DieGrid& grid) {
  return std::clamp(threads, 1u, std::max(1u, grid.dies.nodes()));
}

/// The nodes along an edge of a die that have a live link across it, and their ports.
std::array<std::optional<unsigned>, hw::edge_ports> edge_nodes(const Topology& topology, const DieGrid& grid,
                                                               unsigned die, unsigned direction) {
  std::array<std::optional<unsigned>, hw::edge_ports> nodes;
  const bool is_column = direction % 2 != 0;
  const unsigned count = is_column ? grid.die.rows : grid.die.columns;
  const unsigned last = is_column ? grid.die.columns - 1 : grid.die.rows - 1;
  const unsigned line = direction == east || direction == south ? last : 0;
  const Coordinates origin = grid.origin(die);
  for (unsigned p = 0; p < count; ++p) {
    const Coordinates at = is_column ? Coordinates{line, p} : Coordinates{p, line};
    const unsigned site = topology.number({origin.x + at.x, origin.y + at.y});
    if (topology.neighbour(site, direction)) nodes[p] = at.y * grid.die.columns + at.x;
  }
  return nodes;
}

/// Of a neighbour.
unsigned direction_to(Coordinates from, Coordinates to) {
  if (from.x != to.x) return from.x < to.x ? east : opposite(east);
  return from.y < to.y ? south : opposite(south);
}

}  // namespace

DieArray::DieArray(const Topology& topology, const DieGrid& grid, const MakeNode& make_node, const Options& options)
    : sites_(topology.sites()),
      dies_(grid.dies.nodes()),
      exchange_(options.make_exchange()),
      pool_(threads_over_dies(options.threads, grid)) {
  const auto dies = static_cast<unsigned>(dies_.size());
  if (ranks() > dies) {
    throw InputError(fmt::format("{} ranks for {} die{}: a die is at one rank", ranks(), dies, dies == 1 ? "" : "s"));
  }
  first_ = dies;
  const unsigned threads_of_die = std::max(1u, options.threads * ranks() / dies);
  for (unsigned die = 0; die < dies; ++die) {
    const bool here = rank_of(die) == exchange_->rank();
    const Coordinates origin = grid.origin(die);
    const Topology part = topology.part(origin, grid.die);
    std::vector<std::unique_ptr<NodeModel>> nodes;
    nodes.reserve(part.sites());
    for (unsigned local = 0; local < part.sites(); ++local) {
      const Coordinates place{origin.x + part.place(local).x, origin.y + part.place(local).y};
      sites_[topology.number(place)] = {.die = die, .local = local};
      if (here) nodes.push_back(part.is_alive(local) ? make_node(place) : nullptr);
    }
    if (!here) continue;
    first_ = std::min(first_, die);
    last_ = die + 1;
    dies_[die].engine =
        std::make_unique<MeshEngine>(part, std::move(nodes),
                                     MeshEngine::Options{.threads = threads_of_die,
                                                         .link_hash = options.link_hash,
                                                         .first_processor = (die - first_) * threads_of_die,
                                                         .origin = origin,
                                                         .machine = topology.mesh()});
    dies_[die].report.active = true;
  }
  for (unsigned die = 0; die < dies; ++die) {
    const auto [x, y] = grid.place(die);
    if (x + 1 < grid.dies.columns) join(topology, grid, die, east, options);
    if (y + 1 < grid.dies.rows) join(topology, grid, die, south, options);
  }
  attach_memory(topology, grid);
  set_routes(options.ethernet);
  if (dies > 1) train();
  for (const auto& [first, second, cycle] : options.errors.cuts) {
    for (const auto& [from, to] : {std::pair{first, second}, std::pair{second, first}}) {
      EdgeEnd* const end = dies_[grid.number(from)].ends[direction_to(from, to)].get();
      if (end != nullptr) end->cut_from(cycle);
    }
  }
}

void DieArray::join(const Topology& topology, const DieGrid& grid, unsigned first, unsigned direction,
                    const Options& options) {
  const unsigned second = direction == east ? first + 1 : first + grid.dies.columns;
  for (const auto& [die, other, d] : {std::tuple{first, second, direction}, {second, first, opposite(direction)}}) {
    const auto nodes = edge_nodes(topology, grid, die, d);
    if (std::ranges::none_of(nodes, [](const auto& node) { return node.has_value(); })) return;
    if (!dies_[die].engine) continue;
    const Coordinates here = grid.place(die);
    const Coordinates there = grid.place(other);
    dies_[die].ends[d] = std::make_unique<EdgeEnd>(
        EdgeEnd::Options{.name = fmt::format("from the {} edge of die ({},{}) to die ({},{})", edge_names[d], here.x,
                                             here.y, there.x, there.y),
                         .bit_error_rate = options.errors.bit_error_rate,
                         .drop_rate = options.errors.drop_rate,
                         .seed = options.seed * dies_.size() * directions + die * directions + d});
    dies_[die].engine->attach(d, *dies_[die].ends[d], nodes);
  }
  exchange_->join({.end = dies_[first].ends[direction].get(), .rank = rank_of(first)},
                  {.end = dies_[second].ends[opposite(direction)].get(), .rank = rank_of(second)});
}

void DieArray::attach_memory(const Topology& topology, const DieGrid& grid) {
  dip_sites_ = dip_sites(topology, grid);
  for (const DipSite& site : dip_sites_) {
    const bool here = dies_[site.die].engine != nullptr;
    dips_.push_back(here ? std::make_unique<DipEnd>(site) : nullptr);
    if (!here) continue;
    std::array<std::optional<unsigned>, hw::edge_ports> nodes;
    for (unsigned p = 0; p < hw::dip_ports; ++p) {
      if (site.ports[p]) nodes[p] = sites_[topology.number(site.ports[p]->router)].local;
    }
    dies_[site.die].engine->attach(site.direction, *dips_.back(), nodes);
  }
}

void DieArray::set_routes(std::span<const EthernetRoute> routes) {
  static_assert(hw::ethernet_latency >= hw::edge_flight, "frames change hands at the end of a window");
  has_ethernet_ = !routes.empty();
  std::vector<unsigned> entries(dips_.size());
  for (const EthernetRoute& route : routes) {
    const std::uint64_t offset = std::uint64_t{8} * entries[route.from]++;
    if (!dips_[route.from]) continue;
    const hw::DipRouteArea area{.enable = true,
                                .y_last = static_cast<std::uint16_t>(route.last.y),
                                .y_first = static_cast<std::uint16_t>(route.first.y),
                                .x_last = static_cast<std::uint16_t>(route.last.x),
                                .x_first = static_cast<std::uint16_t>(route.first.x)};
    dips_[route.from]->boot_write(hw::dip_control_route_via_offset + offset, ttp_node(dip_sites_[route.via]));
    dips_[route.from]->boot_write(hw::dip_control_route_area_offset + offset, area.encode());
  }
}

// The switch: a frame goes to the Interface Processor that it names; one for nobody is lost.
void DieArray::move_frames() {
  if (!has_ethernet_) return;
  std::vector<EthernetFrame> frames;
  for (const auto& dip : dips_) {
    if (!dip) continue;
    auto& sent = dip->mac().sent();
    frames.insert(frames.end(), sent.begin(), sent.end());
    sent.clear();
  }
  exchange_->gather_frames(frames);
  sort_frames(frames);
  for (const EthernetFrame& frame : frames) {
    for (const auto& dip : dips_) {
      if (dip && dip->mac().node() == frame.destination) dip->mac().receive(frame);
    }
  }
}

// Only the ends run, until all are up and nothing is on the lanes any more.
void DieArray::train() {
  const EdgeInbox nothing;
  std::uint64_t start = 0;
  for (unsigned window = 0; window < training_windows; ++window, start += hw::edge_flight) {
    std::vector<EdgeEnd*> ends;
    for (Die& die : dies_) {
      for (const auto& end : die.ends) {
        if (end) ends.push_back(end.get());
      }
    }
    std::exception_ptr error;
    try {
      pool_.run(ends.size(), [&](std::size_t i) {
        for (std::uint64_t c = start; c < start + hw::edge_flight; ++c) ends[i]->evaluate(c, nothing);
      });
    } catch (...) {
      error = std::current_exception();
    }
    exchange_->move_beats();
    WindowReport report;
    for (const EdgeEnd* end : ends) {
      report.active |= end->state() != hw::EdgeState::up || end->is_busy() || end->next_arrival() != never;
    }
    if (!exchange_->agree(report, error).active) return;
  }
  throw RunError(fmt::format("a die-edge link does not come up within {} cycles", start));
}

EngineStop DieArray::run(std::uint64_t max_cycles) {
  if (dies_.size() == 1 && !has_ethernet_) return dies_.front().engine->run(max_cycles);
  if (failed_) throw RunError("the machine has failed before and cannot run on");
  if (fault_seen_) {
    const auto has_writes = [](const Die& die) { return die.engine && die.engine->has_host_writes(); };
    if (sum(std::ranges::any_of(dies_, has_writes) ? 1 : 0) == 0) return EngineStop::faulted;
  }
  if (max_cycles == 0) return EngineStop::limit;
  fault_seen_ = false;

  const std::uint64_t start = cycles();
  const std::uint64_t limit = max_cycles > never - start ? never : start + max_cycles;
  std::uint64_t active_until = start;
  for (;;) {
    const std::uint64_t end = std::min(limit, (cycles() / hw::edge_flight + 1) * hw::edge_flight);
    const WindowReport report = run_window(end);
    active_until = std::max(active_until, report.active_until);
    fault_seen_ = report.faulted;
    if (report.faulted) return EngineStop::faulted;
    if (report.watched) return EngineStop::watched;
    if (!report.active) {
      if (report.next_event == never) {
        // As a single mesh does: the cycle in which nothing happened any more has passed.
        set_cycle(std::min(limit, active_until + 1));
        return EngineStop::quiet;
      }
      set_cycle(std::max(cycles(), std::min(report.next_event, limit)));
      active_until = std::max(active_until, std::min(report.next_event, limit));
    }
    if (cycles() >= limit) return EngineStop::limit;
  }
}

WindowReport DieArray::run_window(std::uint64_t end) {
  due_.clear();
  for (unsigned die = first_; die < last_; ++die) {
    const WindowReport& last = dies_[die].report;
    if (last.active || last.next_event < end) {
      due_.push_back(die);
    } else {
      dies_[die].engine->set_cycle(end);
      dies_[die].report = {.watched = dies_[die].engine->has_watched_word(), .next_event = last.next_event};
    }
  }
  std::exception_ptr error;
  try {
    pool_.run(due_.size(), [&](std::size_t i) {
      Die& die = dies_[due_[i]];
      die.report = die.engine->run_window(end);
    });
  } catch (...) {
    error = std::current_exception();
  }
  exchange_->move_beats();
  move_frames();
  for (std::size_t i = 0; i < dips_.size(); ++i) {
    WindowReport& report = dies_[dip_sites_[i].die].report;
    if (dips_[i]) report.next_event = std::min(report.next_event, dips_[i]->next_arrival());
  }
  WindowReport sum;
  for (Die& die : dies_) {
    for (const auto& link : die.ends) {
      if (link) die.report.next_event = std::min(die.report.next_event, link->next_arrival());
    }
    sum.add(die.report);
  }
  failed_ = true;  // unless all agree
  const WindowReport all = exchange_->agree(sum, error);
  failed_ = false;
  return all;
}

void DieArray::save(SnapshotWriter& snapshot) {
  snapshot.put(fault_seen_);
  for (unsigned die = first_; die < last_; ++die) {
    snapshot.put(dies_[die].report);
    dies_[die].engine->save(snapshot);
  }
}

void DieArray::restore(SnapshotReader& snapshot) {
  snapshot.get(fault_seen_);
  for (unsigned die = first_; die < last_; ++die) {
    snapshot.get(dies_[die].report);
    dies_[die].engine->restore(snapshot);
  }
}

void DieArray::set_cycle(std::uint64_t cycle) {
  for (unsigned die = first_; die < last_; ++die) dies_[die].engine->set_cycle(cycle);
}

void DieArray::write_register(unsigned node, std::uint32_t address, std::uint64_t data) {
  engine_of(node).write_register(sites_[node].local, address, data);
  dies_[sites_[node].die].report.active = true;
}

void DieArray::write_dip_register(unsigned number, std::uint64_t address, std::uint64_t data) {
  dips_[number]->host().write_register(address, data);
  dies_[dip_sites_[number].die].report.active = true;
}

void DieArray::boot_write(unsigned node, std::uint32_t address, std::uint64_t data) {
  engine_of(node).boot_write(sites_[node].local, address, data);
}

std::uint64_t DieArray::link_hash() {
  std::uint64_t hash = 0;
  for (unsigned die = first_; die < last_; ++die) hash += dies_[die].engine->link_hash();
  return exchange_->sum(hash);
}

Progress DieArray::progress() {
  Progress here;
  for (unsigned die = first_; die < last_; ++die) here.add(dies_[die].engine->progress());
  return {.moved = exchange_->sum(here.moved), .is_due = exchange_->sum(here.is_due ? 1 : 0) != 0};
}

std::uint64_t DieArray::ethernet_frames() {
  std::uint64_t sum = 0;
  for (const auto& dip : dips_) sum += dip ? dip->mac().frames() : 0;
  return exchange_->sum(sum);
}

std::uint64_t DieArray::evaluations() {
  std::uint64_t sum = 0;
  for (unsigned die = first_; die < last_; ++die) sum += dies_[die].engine->evaluations();
  return exchange_->sum(sum);
}

}  // namespace dojo::sim
