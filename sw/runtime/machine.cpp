#include "runtime/machine.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <span>
#include <string_view>

#include "common/error.hpp"
#include "model/model_machine.hpp"
#include "routing/route_maker.hpp"
#include "runtime/allocator.hpp"
#include "runtime/diagnosis.hpp"
#include "sim/host_memory.hpp"
#include "sim/rtl_machine.hpp"

namespace dojo {
namespace {

/// struct dojo_launch_block of firmware/dojo.h.
struct LaunchBlock {
  static constexpr std::size_t argument_count = 56;
  std::uint32_t x;
  std::uint32_t y;
  std::uint32_t columns;
  std::uint32_t rows;
  std::uint32_t node_index;
  std::uint32_t node_count;
  std::array<std::uint64_t, argument_count> arguments;
  static constexpr std::size_t most_holes = 18;
  std::uint32_t hole_count;
  std::array<std::uint16_t, most_holes> holes;
};
static_assert(sizeof(LaunchBlock) == 512);

constexpr std::string_view launch_symbol = "dojo_launch";

/// Who may touch a protected node: senders in a rectangle.
struct Friends {
  Coordinates first;
  Coordinates last;
  std::uint64_t rights;
};

std::uint64_t corner_word(Coordinates corner) {
  return std::uint64_t{corner.x} | std::uint64_t{corner.y} << 16;
}

/// The node's own rectangle, and the machine's Interface Processors: those of a side have their ports in a line. They
/// send what a node has asked for, and what the host's lists say.
std::vector<Friends> friends_of(const Rectangle& rectangle, std::span<const DipSite> dips) {
  const auto right = [](hw::AccessKind kind) { return std::uint64_t{1} << static_cast<unsigned>(kind); };
  const std::uint64_t memory_rights =
      right(hw::AccessKind::write) | right(hw::AccessKind::read) | right(hw::AccessKind::increment);
  std::vector<Friends> friends{{rectangle.origin, rectangle.corner(), memory_rights | right(hw::AccessKind::control)}};
  std::map<unsigned, Friends> sides;
  for (const DipSite& site : dips) {
    for (const std::optional<DipPort>& port : site.ports) {
      if (!port) continue;
      Friends& side = sides.try_emplace(port->direction, port->address, port->address, memory_rights).first->second;
      side.first = {std::min(side.first.x, port->address.x), std::min(side.first.y, port->address.y)};
      side.last = {std::max(side.last.x, port->address.x), std::max(side.last.y, port->address.y)};
    }
  }
  for (const auto& [direction, side] : sides) friends.push_back(side);
  return friends;
}

std::unique_ptr<Backend> make_backend(const MachineConfig& config) {
  if (config.backend == "rtl") {
    return std::make_unique<sim::RtlMachine>(sim::RtlConfig{.mesh = config.mesh,
                                                            .dies = config.dies,
                                                            .errors = config.errors,
                                                            .memory = config.memory,
                                                            .ethernet = config.ethernet,
                                                            .faults = config.faults,
                                                            .routes = config.routes,
                                                            .threads = config.threads,
                                                            .seed = config.seed,
                                                            .lockstep = config.lockstep,
                                                            .waves = config.waves,
                                                            .snapshots = config.snapshots,
                                                            .hang_cycles = config.hang_cycles,
                                                            .make_exchange = config.make_exchange});
  }
  if (config.backend == "model") {
    if (config.waves) throw InputError("the model backend has no signals: waves need the backend rtl");
    if (config.lockstep) throw InputError("lockstep compares RTL with the model: it needs the backend rtl");
    if (config.routes) throw InputError("the model backend has no routers: routing tables need the backend rtl");
    if (config.hang_cycles != default_hang_cycles) {
      throw InputError("the model backend has no watch for progress: --hang-cycles needs the backend rtl");
    }
    if (config.snapshots.any()) throw InputError("the model backend has no snapshots: they need the backend rtl");
    if (config.errors.any()) throw InputError("the model backend has no lanes: errors on them need the backend rtl");
    check_dies(config.grid());
    sim::check_mesh(config.grid().machine(), hw::sram_size);
    const Topology topology(config.grid().machine(), config.faults);
    routing::check_connected(topology, config.grid());
    std::vector<DipSite> dips = dip_sites(topology, config.grid());
    check_ethernet(config.ethernet, dips);
    return std::make_unique<model::ModelMachine>(topology, std::max(1u, config.threads), std::move(dips),
                                                 config.ethernet);
  }
  throw InputError(fmt::format("unknown backend '{}': rtl or model", config.backend));
}

void load_image(Backend& backend, Coordinates node, const ElfFile& image) {
  for (const ElfSegment& segment : image.segments()) {
    backend.write_memory(node, segment.address, segment.bytes);
    const std::vector<std::byte> zeros(segment.memory_size - segment.bytes.size());
    backend.write_memory(node, segment.address + segment.bytes.size(), zeros);
  }
}

}  // namespace

Machine::Machine(const MachineConfig& config)
    : backend_(make_backend(config)),
      grid_(config.grid()),
      max_cycles_(config.max_cycles),
      nodes_(backend_->topology().sites()) {
  for (std::size_t dip = 0; dip < dips().size(); ++dip) {
    drams_.push_back(std::make_shared<Allocator>(0, dip_bytes));
    host_memories_.push_back(std::make_shared<Allocator>(0, host_bytes));
  }
  hosts_.resize(dips().size());
}

Machine::~Machine() = default;

void Machine::check_inside(const Rectangle& rectangle) const {
  const MeshSize size = mesh();
  const bool inside = rectangle.columns > 0 && rectangle.rows > 0 && rectangle.origin.x < size.columns &&
                      rectangle.origin.y < size.rows && rectangle.columns <= size.columns - rectangle.origin.x &&
                      rectangle.rows <= size.rows - rectangle.origin.y;
  if (!inside) {
    throw RunError(fmt::format("the rectangle of {}x{} nodes at ({},{}) is not inside the mesh of {}x{}",
                               rectangle.columns, rectangle.rows, rectangle.origin.x, rectangle.origin.y, size.columns,
                               size.rows));
  }
  const auto& holes = rectangle.holes;
  const unsigned places = rectangle.columns * rectangle.rows;
  if (std::adjacent_find(holes.begin(), holes.end(), std::greater_equal<>()) != holes.end() ||
      (!holes.empty() && holes.back() >= places)) {
    throw RunError(fmt::format("the holes of a rectangle of {}x{} nodes must be ascending places below {}",
                               rectangle.columns, rectangle.rows, places));
  }
}

void Machine::check(const Rectangle& rectangle) const {
  check_inside(rectangle);
  for (unsigned i = 0; i < rectangle.nodes(); ++i) {
    const Coordinates node = rectangle.node(i);
    if (!backend_->topology().is_alive(node)) {
      throw RunError(fmt::format("node ({},{}) is dead: nothing can be put or run there", node.x, node.y));
    }
  }
}

Rectangle Machine::live(Rectangle rectangle) const {
  rectangle.holes.clear();
  check_inside(rectangle);
  std::vector<unsigned> dead;
  for (unsigned place = 0; place < rectangle.nodes(); ++place) {
    if (!backend_->topology().is_alive(rectangle.node(place))) dead.push_back(place);
  }
  rectangle.holes = std::move(dead);
  return rectangle;
}

bool Machine::crosses_edge(const Rectangle& rectangle) const {
  check_inside(rectangle);
  return !(grid_.die_of(rectangle.origin) == grid_.die_of(rectangle.corner()));
}

Machine::NodeState& Machine::state(Coordinates node) {
  check({.origin = node, .columns = 1, .rows = 1});
  return nodes_[backend_->topology().number(node)];
}

std::uint64_t Machine::counter(hw::Counter counter, const Rectangle& rectangle) {
  check(rectangle);
  std::uint64_t sum = 0;
  for (unsigned i = 0; i < rectangle.nodes(); ++i) {
    sum += backend_->counter(rectangle.node(i), static_cast<unsigned>(counter));
  }
  return sum;
}

std::string Machine::symbolize(Coordinates node, std::uint64_t pc) const {
  const std::optional<Program>& program = nodes_[backend_->topology().number(node)].program;
  return program ? program->symbolize(pc) : std::string();
}

void Machine::load(const Program& program, const Rectangle& rectangle) {
  check(rectangle);
  auto* const rtl = dynamic_cast<sim::RtlMachine*>(backend_.get());
  for (unsigned i = 0; i < rectangle.nodes(); ++i) {
    const Coordinates node = rectangle.node(i);
    NodeState& target = state(node);
    if (target.allocator && !target.allocator->empty()) {
      throw RunError(fmt::format("node ({},{}): {} cannot be loaded over the buffers of another program", node.x,
                                 node.y, program.name()));
    }
    load_image(*backend_, node, program.image());
    target.program = program;
    target.allocator = std::make_shared<Allocator>(program.heap_start(), program.heap_end());
    if (rtl == nullptr) continue;
    rtl->name_code(node, {.address = [program](std::string_view symbol) { return program.symbol(symbol); },
                          .name = [program](std::uint64_t pc) { return program.symbolize(pc); },
                          .cause = describe_cause});
  }
  if (on_load_) on_load_(program, rectangle);
}

void Machine::protect(const Rectangle& rectangle) {
  check(rectangle);
  const std::vector<Friends> entries = friends_of(rectangle, dips());
  for (unsigned i = 0; i < rectangle.nodes(); ++i) {
    const auto write = [&](std::uint64_t address, std::uint64_t data) {
      backend_->write_register(rectangle.node(i), static_cast<std::uint32_t>(address), data);
    };
    for (unsigned entry = 0; entry < entries.size(); ++entry) {
      constexpr std::uint64_t every_address = 0xffffffff'00000000;
      write(hw::control_protect_range_address(entry), every_address);
      write(hw::control_protect_rectangle_address(entry),
            corner_word(entries[entry].first) | corner_word(entries[entry].last) << 32);
      write(hw::control_protect_rights_address(entry), entries[entry].rights);
    }
    write(hw::control_protect_enable_address(), 1);
  }
}

void Machine::open(const Rectangle& rectangle) {
  check(rectangle);
  for (unsigned i = 0; i < rectangle.nodes(); ++i) {
    backend_->write_register(rectangle.node(i), static_cast<std::uint32_t>(hw::control_protect_enable_address()), 0);
  }
}

routing::CollectiveTree Machine::set_tree(unsigned number, const Rectangle& rectangle,
                                          const routing::TreeBarrier& barrier, routing::TreeShape shape) {
  if (number >= hw::trees) throw RunError(fmt::format("tree {}: a node has trees 0 to {}", number, hw::trees - 1));
  if (crosses_edge(rectangle)) {
    throw InputError(fmt::format(
        "a tree over {}x{} nodes at ({},{}) would cross the edge of a die of {}x{}: trees do not cross die-edge links",
        rectangle.columns, rectangle.rows, rectangle.origin.x, rectangle.origin.y, grid_.die.columns, grid_.die.rows));
  }
  const Topology& topology = backend_->topology();
  std::vector<Coordinates> set;
  for (unsigned i = 0; i < rectangle.nodes(); ++i) {
    if (topology.is_alive(rectangle.node(i))) set.push_back(rectangle.node(i));
  }
  routing::CollectiveTree tree = routing::make_tree(topology, set, barrier, shape);
  std::vector<bool> is_replaced(trees_made_ + 1);
  for (const Coordinates node : set) is_replaced[nodes_[topology.number(node)].trees[number]] = true;
  is_replaced[0] = false;
  ++trees_made_;
  for (unsigned site = 0; site < topology.sites(); ++site) {
    unsigned& present = nodes_[site].trees[number];
    const bool is_new = tree.nodes[site].valid;
    if (!is_new && !is_replaced[present]) continue;
    present = is_new ? trees_made_ : 0;
    backend_->write_register(topology.place(site), static_cast<std::uint32_t>(hw::control_tree_address(number)),
                             tree.nodes[site].encode());
  }
  return tree;
}

Buffer Machine::allocate(Coordinates node, std::size_t bytes) {
  NodeState& target = state(node);
  if (!target.allocator) {
    throw RunError(fmt::format("node ({},{}): load a program before memory is allocated beside it", node.x, node.y));
  }
  const std::optional<std::uint64_t> address = target.allocator->allocate(bytes);
  if (!address) {
    throw RunError(fmt::format("node ({},{}): no room for a buffer of {} bytes; the largest hole has {}", node.x,
                               node.y, bytes, target.allocator->largest_hole()));
  }
  return {*backend_, target.allocator, node, *address, bytes};
}

DramBuffer Machine::allocate_dram(unsigned dip, std::size_t bytes) {
  check_dram(drams_.size(), dip, 0, 0);
  const std::optional<std::uint64_t> address = drams_[dip]->allocate(bytes);
  if (!address) {
    throw RunError(fmt::format("Interface Processor {}: no room for a buffer of {} bytes; the largest hole has {}", dip,
                               bytes, drams_[dip]->largest_hole()));
  }
  return {*backend_, drams_[dip], dip, *address, bytes};
}

HostBuffer Machine::allocate_host(unsigned dip, std::size_t bytes) {
  check_host(host_memories_.size(), dip, 0, 0);
  const std::optional<std::uint64_t> address = host_memories_[dip]->allocate(bytes);
  if (!address) {
    throw RunError(
        fmt::format("host of Interface Processor {}: no room for a buffer of {} bytes; the largest hole has {}", dip,
                    bytes, host_memories_[dip]->largest_hole()));
  }
  return {*backend_, host_memories_[dip], dip, *address, bytes};
}

HostQueue& Machine::host(unsigned dip) {
  check_host(hosts_.size(), dip, 0, 0);
  std::unique_ptr<HostQueue>& host = hosts_[dip];
  if (!host) {
    host = std::make_unique<HostQueue>(
        *backend_, allocate_host(dip, std::size_t{HostQueue::limit} * sizeof(hw::TransferDescriptor)),
        allocate_host(dip, std::size_t{HostQueue::limit} * hw::DipCompletion::bits / 8), max_cycles_);
  }
  return *host;
}

Event Machine::launch(const Program& program, const Rectangle& rectangle, std::span<const std::uint64_t> arguments,
                      unsigned harts) {
  check(rectangle);
  if (harts == 0 || harts > hw::harts) {
    throw RunError(fmt::format("a launch on {} harts: a node has {}", harts, hw::harts));
  }
  if (arguments.size() > LaunchBlock::argument_count) {
    throw RunError(fmt::format("{} arguments: at most {}", arguments.size(), LaunchBlock::argument_count));
  }
  if (rectangle.holes.size() > LaunchBlock::most_holes) {
    throw RunError(fmt::format("a launch on a rectangle with {} holes: at most {}", rectangle.holes.size(),
                               LaunchBlock::most_holes));
  }
  const std::optional<std::uint64_t> block_address = program.symbol(launch_symbol);
  if (!block_address && !arguments.empty()) {
    throw RunError(fmt::format("{} takes no arguments: it has no symbol {}", program.name(), launch_symbol));
  }
  for (unsigned i = 0; i < rectangle.nodes(); ++i) {
    const Coordinates node = rectangle.node(i);
    if (state(node).program != program) {
      throw RunError(fmt::format("node ({},{}): {} has not been loaded", node.x, node.y, program.name()));
    }
    for (unsigned hart = 0; hart < harts; ++hart) {
      const bool pending = state(node).launched[hart] == backend_->cycles();
      const hw::HartState now = backend_->hart_status(node, hart).state;
      if (pending || now != hw::HartState::stopped) {
        throw RunError(fmt::format("node ({},{}) hart {} is {}: {} cannot be launched there", node.x, node.y, hart,
                                   pending ? "launched already" : hw::to_string(now), program.name()));
      }
    }
  }

  Event event(*backend_, program, rectangle, harts, max_cycles_);
  LaunchBlock block{.x = rectangle.origin.x,
                    .y = rectangle.origin.y,
                    .columns = rectangle.columns,
                    .rows = rectangle.rows,
                    .node_index = 0,
                    .node_count = rectangle.nodes(),
                    .arguments = {},
                    .hole_count = static_cast<std::uint32_t>(rectangle.holes.size()),
                    .holes = {}};
  std::copy(rectangle.holes.begin(), rectangle.holes.end(), block.holes.begin());
  std::copy(arguments.begin(), arguments.end(), block.arguments.begin());
  for (unsigned i = 0; i < rectangle.nodes(); ++i) {
    const Coordinates node = rectangle.node(i);
    block.node_index = i;
    if (block_address) backend_->write_memory(node, *block_address, std::as_bytes(std::span(&block, 1)));
    for (unsigned hart = 0; hart < harts; ++hart) {
      state(node).launched[hart] = backend_->cycles();
      backend_->write_register(node, static_cast<std::uint32_t>(hw::control_hart_start_address(hart)), program.entry());
    }
  }
  return event;
}

}  // namespace dojo
