#include "sim/rtl_machine.hpp"

#include <fmt/format.h>
#include <sched.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "common/error.hpp"
#include "routing/route_checker.hpp"
#include "routing/route_maker.hpp"
#include "sim/host_memory.hpp"
#include "sim/huge_pages.hpp"

namespace dojo::sim {
namespace {

constexpr unsigned nodes_per_thread = 8;
constexpr unsigned nodes_for_threads = 16;
/// Room for alignment, and for the traced class, which is a little larger.
constexpr std::size_t node_overhead = 64 * 1024;

unsigned processors() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return 1;
  return static_cast<unsigned>(std::max(1, CPU_COUNT(&allowed)));
}

unsigned thread_count(const RtlConfig& config, unsigned nodes) {
  // Nodes share the lockstep checker.
  if (config.lockstep) return 1;
  if (config.threads != 0) return std::min(config.threads, nodes);
  return nodes < nodes_for_threads ? 1 : std::min(processors(), nodes / nodes_per_thread);
}

/// What run() answers.
struct RunAnswer {
  StopReason reason;
  std::uint64_t cycles;
};

DieGrid grid_of(const RtlConfig& config) {
  return {.dies = config.dies, .die = config.mesh, .memory = config.memory};
}

unsigned edge_ends(const DieGrid& grid) {
  const auto [columns, rows] = grid.dies;
  return 2 * ((columns - 1) * rows + columns * (rows - 1));
}

/// Host memory of what stands at edges, with room for `overhead` bytes each.
std::uint64_t edge_bytes(const DieGrid& grid, std::uint64_t overhead = 0) {
  const unsigned dips = grid.memory ? 2 * (grid.dies.columns + grid.dies.rows) : 0;
  return edge_ends(grid) * (edge_end_bytes() + overhead) + dips * (dip_end_bytes() + overhead);
}

/// What the largest part of a rank holds: its nodes with the links between them, and the ends of links at its edges.
std::uint64_t largest_part(const RtlConfig& config, unsigned ranks) {
  constexpr std::uint64_t link_bytes = 2 * directions * (sizeof(FlitPayload) + sizeof(FlitHeader));
  const DieGrid grid = grid_of(config);
  const unsigned dies = grid.dies.nodes();
  std::vector<unsigned> live(dies, grid.die.nodes());
  std::vector<Coordinates> dead = config.faults.nodes;
  std::ranges::sort(dead, {}, [](Coordinates node) { return std::pair(node.y, node.x); });
  const auto repeated = std::ranges::unique(dead);
  dead.erase(repeated.begin(), repeated.end());
  for (const Coordinates node : dead) --live[grid.number(grid.die_of(node))];
  std::vector<std::uint64_t> bytes(ranks);
  for (unsigned die = 0; die < dies; ++die) {
    const auto [x, y] = grid.place(die);
    const unsigned ends =
        (x > 0 ? 1 : 0) + (x + 1 < grid.dies.columns ? 1 : 0) + (y > 0 ? 1 : 0) + (y + 1 < grid.dies.rows ? 1 : 0);
    bytes[die * ranks / dies] += live[die] * rtl_bytes_per_node() + grid.die.nodes() * link_bytes +
                                 ends * edge_end_bytes() + (grid.memory ? 4 - ends : 0) * dip_end_bytes();
  }
  return std::ranges::max(bytes);
}

/// What every rank has of the whole machine: which nodes there are, and their routing tables.
std::uint64_t common_part(const RtlConfig& config) {
  const DieGrid grid = grid_of(config);
  const bool has_tables =
      config.routes || config.memory || !config.faults.nodes.empty() || !config.faults.links.empty();
  const std::uint64_t table_bytes = has_tables ? routing::classes * routing::Entries(grid).count() : 0;
  constexpr std::uint64_t topology_bytes = directions * sizeof(int) + sizeof(std::uint8_t);
  return grid.machine().nodes() * (topology_bytes + table_bytes);
}

Topology checked_topology(const RtlConfig& config) {
  const DieGrid grid = grid_of(config);
  const MeshSize mesh = grid.machine();
  check_dies(grid);
  check_errors(config.errors, grid);
  check_faults(mesh, config.faults);
  if (grid.dies.nodes() == 1) check_mesh(mesh, 0);
  const auto exchange = config.make_exchange();
  const unsigned here = exchange->ranks_here();
  std::string what =
      grid.dies.nodes() == 1 ? "mesh" : fmt::format("{}x{} dies, mesh", grid.dies.columns, grid.dies.rows);
  what += fmt::format(" {}x{}", mesh.columns, mesh.rows);
  if (exchange->ranks() > 1) what += fmt::format(", with {} of {} ranks here,", here, exchange->ranks());
  // All ranks come to the same decision.
  check_memory(what, exchange->most(here * (largest_part(config, exchange->ranks()) + common_part(config))),
               exchange->least(available_memory()));
  return {mesh, config.faults};
}

}  // namespace

RtlMachine::RtlMachine(const RtlConfig& config)
    : config_(config), topology_(checked_topology(config)), pace_(config.snapshots.share, config.snapshots.least_wait) {
  if (config.snapshots.any() && config.lockstep) throw InputError("snapshots are not for runs with lockstep");
  check_ethernet(config.ethernet, dip_sites(topology_, grid_of(config)));
  if ((config.waves || config.lockstep) && config.make_exchange()->ranks() > 1) {
    throw InputError("waves and lockstep need all dies in one process, without mpirun");
  }
  if (config.waves) {
    if (!config.waves->node) {
      unsigned first = 0;
      while (!topology_.is_alive(first)) ++first;
      config_.waves->node = topology_.place(first);
    }
    const Coordinates traced = *config_.waves->node;
    if (!topology_.is_inside(traced)) {
      throw InputError(
          fmt::format("wave node {},{} is outside the mesh of {}x{}", traced.x, traced.y, mesh().columns, mesh().rows));
    }
    if (!topology_.is_alive(traced)) throw InputError(fmt::format("wave node {},{} is dead", traced.x, traced.y));
  }
  const auto make_node = [&](Coordinates place) {
    const NodeOptions options{.position = place, .seed = config.seed + topology_.number(place)};
    return config.node_factory(options);
  };
  const DieArray::Options options{.threads = thread_count(config, topology_.live_nodes()),
                                  .link_hash = config.link_hash,
                                  .errors = config.errors,
                                  .seed = config.seed,
                                  .ethernet = config.ethernet,
                                  .make_exchange = config.make_exchange};
  const HugePageScope huge_pages(topology_.live_nodes() * (rtl_bytes_per_node() + node_overhead) +
                                 edge_bytes(grid_of(config), node_overhead));
  engine_ = std::make_unique<DieArray>(topology_, grid_of(config), make_node, options);
  if (config.waves) {
    const unsigned site = topology_.number(*config_.waves->node);
    recorder_ = std::make_unique<WaveRecorder>(*config_.waves, *engine_, site, runs_in_windows());
  }
  boot();
  next_look_ = next_after(0, config.hang_cycles);
  if (config.snapshots.any()) begin_snapshots();
  if (config.lockstep) {
    checker_ = std::make_unique<model::LockstepChecker>(topology_, std::vector<DipSite>(dips().begin(), dips().end()));
    for (unsigned site = 0; site < topology_.sites(); ++site) {
      if (!topology_.is_alive(site)) continue;
      observers_.push_back(std::make_unique<LockstepObserver>(*checker_, topology_.place(site)));
      engine_->observe(site, *observers_.back());
    }
    dip_observer_ = std::make_unique<LockstepDipObserver>(*checker_);
    for (unsigned dip = 0; dip < dips().size(); ++dip) engine_->dip(dip)->observe(*dip_observer_);
  }
}

void RtlMachine::boot() {
  const DieGrid grid = grid_of(config_);
  std::optional<routing::RouteTables> tables = config_.routes;
  if (!tables && (grid.memory || !topology_.is_whole())) tables = routing::make_routes(topology_, grid);
  if (tables && (grid.memory || tables->grid().memory) && tables->grid() != grid) {
    throw InputError("routing tables of other dies, or of other memory at their edges, than the machine has");
  }
  if (tables) routing::check_routes(topology_, *tables);
  for (unsigned site = 0; site < topology_.sites(); ++site) {
    if (!topology_.is_alive(site) || !engine_->is_here(site)) continue;
    const auto write = [this, site](std::uint64_t address, std::uint64_t data) {
      engine_->boot_write(site, static_cast<std::uint32_t>(address), data);
    };
    write(hw::control_route_limit_address(), routing::limit_word(grid));
    if (!tables) continue;
    const auto words = routing::table_words(*tables, site);
    for (unsigned i = 0; i < words.size(); ++i) write(hw::control_route_table_address(i), words[i]);
    write(hw::control_route_window_address(), routing::window_word(tables->grid(), topology_.place(site)));
  }
}

void RtlMachine::compare_with_model() {
  if (!checker_) return;
  for (unsigned site = 0; site < topology_.sites(); ++site) {
    if (topology_.is_alive(site)) checker_->compare_memory(topology_.place(site), engine_->node(site).sram());
  }
  for (unsigned dip = 0; dip < dips().size(); ++dip) {
    const tile::SparseMemory& memory = engine_->dip(dip)->storage().memory();
    checker_->compare_dram(dip, [&](std::uint64_t line) { return memory.at(line * hw::line_bytes); });
  }
  checker_->expect_no_packets();
}

RtlMachine::~RtlMachine() = default;

unsigned RtlMachine::number(Coordinates node) const {
  if (!topology_.is_inside(node)) {
    throw RunError(
        fmt::format("node ({},{}) is outside the mesh of {}x{}", node.x, node.y, mesh().columns, mesh().rows));
  }
  if (!topology_.is_alive(node)) throw RunError(fmt::format("node ({},{}) is dead", node.x, node.y));
  return topology_.number(node);
}

std::size_t RtlMachine::sram_offset(Coordinates node, std::uint64_t address, std::size_t size) {
  if (address < hw::sram_base || size > hw::sram_size || address - hw::sram_base > hw::sram_size - size) {
    throw RunError(
        fmt::format("node ({},{}): {} bytes at {:#x} are not all in the SRAM", node.x, node.y, size, address));
  }
  return address - hw::sram_base;
}

void RtlMachine::read_memory(Coordinates node, std::uint64_t address, std::span<std::byte> bytes) {
  const std::size_t offset = sram_offset(node, address, bytes.size());
  const unsigned site = number(node);
  if (!log_.call(HostCall::read_memory, {site, offset, bytes.size()})) {
    if (engine_->is_here(site)) {
      std::ranges::copy(engine_->node(site).sram().subspan(offset, bytes.size()), bytes.begin());
    }
    engine_->share(site, bytes);
  }
  log_.answer(bytes);
}

void RtlMachine::write_memory(Coordinates node, std::uint64_t address, std::span<const std::byte> bytes) {
  const std::size_t offset = sram_offset(node, address, bytes.size());
  const unsigned site = number(node);
  if (log_.call(HostCall::write_memory, {site, offset, bytes.size()}, bytes)) return;
  if (engine_->is_here(site)) engine_->node(site).write_sram(offset, bytes);
  if (checker_) checker_->node(node).write_memory(address, bytes);
}

void RtlMachine::read_dram(unsigned dip, std::uint64_t address, std::span<std::byte> bytes) {
  check_dram(dips().size(), dip, address, bytes.size());
  if (!log_.call(HostCall::read_dram, {dip, address, bytes.size()})) {
    if (DipEnd* const here = engine_->dip(dip)) here->storage().memory().read(address, bytes);
    engine_->share_dip(dip, bytes);
  }
  log_.answer(bytes);
}

void RtlMachine::write_dram(unsigned dip, std::uint64_t address, std::span<const std::byte> bytes) {
  check_dram(dips().size(), dip, address, bytes.size());
  if (log_.call(HostCall::write_dram, {dip, address, bytes.size()}, bytes)) return;
  if (DipEnd* const here = engine_->dip(dip)) here->storage().memory().write(address, bytes);
  if (checker_) checker_->dip(dip).write_memory(address, bytes);
}

DipErrors RtlMachine::dip_errors(unsigned dip) {
  return from_dip(dip, [](const DipEnd& end) { return end.errors(); });
}

void RtlMachine::read_host(unsigned dip, std::uint64_t address, std::span<std::byte> bytes) {
  check_host(dips().size(), dip, address, bytes.size());
  if (!log_.call(HostCall::read_host, {dip, address, bytes.size()})) {
    if (DipEnd* const here = engine_->dip(dip)) here->host().memory().read(address, bytes);
    engine_->share_dip(dip, bytes);
  }
  log_.answer(bytes);
}

void RtlMachine::write_host(unsigned dip, std::uint64_t address, std::span<const std::byte> bytes) {
  check_host(dips().size(), dip, address, bytes.size());
  if (log_.call(HostCall::write_host, {dip, address, bytes.size()}, bytes)) return;
  if (DipEnd* const here = engine_->dip(dip)) here->host().memory().write(address, bytes);
}

void RtlMachine::write_dip_register(unsigned dip, std::uint64_t address, std::uint64_t data) {
  check_dram(dips().size(), dip, 0, 0);
  if (config_.lockstep) throw RunError("lockstep does not follow the host of an Interface Processor");
  if (log_.call(HostCall::write_dip_register, {dip, address, data})) return;
  if (engine_->dip(dip) != nullptr) engine_->write_dip_register(dip, address, data);
}

std::uint32_t RtlMachine::dip_semaphore(unsigned dip, unsigned id) {
  return from_dip(dip, [id](const DipEnd& end) { return end.semaphore(id); });
}

DipWaits RtlMachine::dip_waits(unsigned dip) {
  return from_dip(dip, [](const DipEnd& end) { return end.waits(); });
}

void RtlMachine::watch_host(unsigned dip, std::optional<std::uint64_t> address) {
  check_host(dips().size(), dip, address.value_or(0), address ? sizeof(std::uint64_t) : 0);
  DipEnd* const here = engine_->dip(dip);
  if (here == nullptr) return;
  watched_hosts_.resize(dips().size());
  const std::byte*& word = watched_hosts_[dip];
  if (word != nullptr) engine_->unwatch_host(dip, word);
  word = address ? reinterpret_cast<const std::byte*>(here->host().memory().at(*address)) : nullptr;
  if (word != nullptr) engine_->watch_host(dip, word);
}

void RtlMachine::write_register(Coordinates node, std::uint32_t address, std::uint64_t data) {
  const unsigned site = number(node);
  if (log_.call(HostCall::write_register, {site, address, data})) return;
  if (engine_->is_here(site)) engine_->write_register(site, address, data);
}

HartStatus RtlMachine::hart_status(Coordinates node, unsigned hart) {
  return from(node, [hart](NodeModel& model) { return model.hart_status(hart); });
}

std::optional<UnitFault> RtlMachine::unit_fault(Coordinates node) {
  const std::uint64_t fault = from(node, [](NodeModel& model) { return model.fault_register(); });
  if (fault >> 63 == 0) return std::nullopt;
  return UnitFault{.unit = static_cast<hw::Unit>(fault >> 40 & 0xf),
                   .cause = static_cast<hw::UnitFault>(fault >> 32 & 0xff),
                   .descriptor_address = static_cast<std::uint32_t>(fault)};
}

NodeErrors RtlMachine::errors(Coordinates node) {
  return from(node, [](NodeModel& model) { return model.errors(); });
}

std::uint32_t RtlMachine::semaphore(Coordinates node, unsigned id) {
  return from(node, [id](NodeModel& model) { return model.semaphore(id); });
}

std::uint64_t RtlMachine::counter(Coordinates node, unsigned index) {
  return from(node, [index](NodeModel& model) {
    if (hw::counter_table[index].scope == hw::CounterScope::node) return model.counter(index, 0);
    std::uint64_t sum = 0;
    for (unsigned hart = 0; hart < hw::harts; ++hart) sum += model.counter(index, hart);
    return sum;
  });
}

std::uint64_t RtlMachine::instructions_retired(Coordinates node) {
  return from(node, [](NodeModel& model) {
    std::uint64_t sum = 0;
    for (unsigned hart = 0; hart < hw::harts; ++hart) sum += model.instructions_retired(hart);
    return sum;
  });
}

StopReason RtlMachine::run(std::uint64_t max_cycles) {
  const bool was_made = log_.call(HostCall::run, {});
  RunAnswer answer{};
  if (was_made && log_.is_replaying()) {
    log_.answer(std::as_writable_bytes(std::span(&answer, 1)));
    cycle_then_ = answer.cycles;
    return answer.reason;
  }
  const std::uint64_t start = cycles();
  if (was_made) resume();
  answer.reason = run_until(max_cycles > never - start ? never : start + max_cycles);
  answer.cycles = cycles();
  log_.answer(std::as_writable_bytes(std::span(&answer, 1)));
  return answer.reason;
}

StopReason RtlMachine::run_until(std::uint64_t limit) {
  for (;;) {
    const std::uint64_t now = engine_->cycles();
    save_if_due();
    if (now >= next_look_) next_look_ = next_after(now, config_.hang_cycles);
    for (Sampler* const sampler : samplers_) {
      if (now >= sampler->next_cycle()) sampler->sample(now);
    }
    if (recorder_) recorder_->at(now);
    const std::uint64_t end = next_stop(limit);
    const auto start = SnapshotPace::Clock::now();
    const EngineStop stop = engine_->run(end - std::min(end, now));
    slice_.ran(engine_->cycles() - now, SnapshotPace::Clock::now() - start);
    if (stop != EngineStop::limit) return reason_of(stop);
    if (engine_->cycles() >= next_look_ && is_hung()) return StopReason::no_progress;
    if (engine_->cycles() >= limit) return StopReason::max_cycles;
  }
}

std::uint64_t RtlMachine::next_stop(std::uint64_t limit) const {
  const std::uint64_t now = engine_->cycles();
  std::uint64_t stop = std::min({limit, next_snapshot_, next_look_});
  for (const Sampler* const sampler : samplers_) stop = std::min(stop, sampler->next_cycle());
  if (!recorder_ && config_.snapshots.share <= 0) return stop;
  // All ranks would have to come to the same slices; they have neither waves nor such snapshots.
  std::uint64_t look = slice_.cycles() > never - now - hw::edge_flight ? never : now + slice_.cycles();
  if (runs_in_windows() && look != never) look = (look + hw::edge_flight - 1) / hw::edge_flight * hw::edge_flight;
  if (recorder_) look = std::min(look, recorder_->next_cycle());
  return std::min(stop, look);
}

std::uint64_t RtlMachine::next_after(std::uint64_t cycle, std::uint64_t step) const {
  if (step == 0 || cycle > never - step - hw::edge_flight) return never;
  const std::uint64_t next = (cycle / step + 1) * step;
  return runs_in_windows() ? (next + hw::edge_flight - 1) / hw::edge_flight * hw::edge_flight : next;
}

bool RtlMachine::is_hung() {
  const Progress seen = engine_->progress();
  const bool is_hung = last_look_ && last_look_->moved == seen.moved && !last_look_->is_due && !seen.is_due;
  last_look_ = seen;
  return is_hung;
}

StopReason RtlMachine::reason_of(EngineStop stop) {
  switch (stop) {
    case EngineStop::faulted:
      return StopReason::faulted;
    case EngineStop::watched:
      return StopReason::watched;
    case EngineStop::limit:
      return StopReason::max_cycles;
    case EngineStop::quiet:
      break;
  }
  bool waits = false;
  for (unsigned site = 0; site < topology_.sites(); ++site) {
    constexpr std::uint16_t all_stopped = 0;
    static_assert(static_cast<unsigned>(hw::HartState::stopped) == 0);
    waits |= topology_.is_alive(site) && engine_->is_here(site) && *engine_->node(site).ports.hart_state != all_stopped;
  }
  for (unsigned dip = 0; dip < dips().size(); ++dip) {
    const DipEnd* const here = engine_->dip(dip);
    waits |= here != nullptr && here->has_waits();
  }
  return engine_->sum(waits ? 1 : 0) != 0 ? StopReason::no_progress : StopReason::all_stopped;
}

void RtlMachine::watch_tohost(Coordinates node, std::uint64_t address) {
  const std::size_t offset = sram_offset(node, address, sizeof(std::uint64_t));
  const unsigned site = number(node);
  if (engine_->is_here(site)) engine_->watch(site, &engine_->node(site).sram()[offset]);
}

}  // namespace dojo::sim
