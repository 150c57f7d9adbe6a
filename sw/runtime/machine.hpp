#pragma once
// What users program against: a machine, programs on rectangles of its nodes, and memory in its nodes.
//
//   dojo::Machine machine({.backend = "rtl", .mesh = {2, 2}});
//   const auto program = dojo::Program::from_elf("kernel.elf");
//   machine.load(program, machine.all());
//   dojo::Buffer input = machine.allocate({0, 0}, 4096);
//   input.write(values);
//   machine.launch(program, machine.all(), {input.address()}).wait();

#include <array>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "common/backend.hpp"
#include "common/die.hpp"
#include "common/ethernet_route.hpp"
#include "routing/route_tables.hpp"
#include "routing/tree_maker.hpp"
#include "runtime/buffer.hpp"
#include "runtime/host_queue.hpp"
#include "runtime/program.hpp"
#include "runtime/rectangle.hpp"
#include "sim/die_exchange.hpp"
#include "sim/snapshot_folder.hpp"
#include "sim/wave_file.hpp"

namespace dojo {

inline constexpr std::uint64_t no_cycle_limit = std::numeric_limits<std::uint64_t>::max();

/// How a machine is made. The default is one RTL node.
struct MachineConfig {
  std::string backend = "rtl";               ///< "rtl" or "model"
  MeshSize mesh = {};                        ///< nodes of each die
  MeshSize dies = {};                        ///< side by side, with one flat coordinate space (common/die.hpp)
  EdgeErrors errors = {};                    ///< RTL only: of the links between dies
  Faults faults = {};                        ///< dead nodes and links
  bool memory = false;                       ///< Interface Processors at the outer edges (docs/dip.md)
  std::vector<EthernetRoute> ethernet = {};  ///< what those send to each other over Ethernet; without it nothing
  /// RTL only: routing tables in place of those that the machine makes around the faults.
  std::optional<routing::RouteTables> routes = {};
  unsigned threads = 0;    ///< of the RTL simulation; 0: as fits the mesh. Results do not depend on it
  std::uint64_t seed = 0;  ///< of the initial values of unreset state, in RTL builds that randomise it
  std::uint64_t max_cycles = no_cycle_limit;  ///< cycles after which every wait fails
  /// RTL only: a run fails when nothing has moved for so many cycles; 0: it goes on.
  std::uint64_t hang_cycles = default_hang_cycles;
  bool lockstep = false;                      ///< RTL only: compare every retired instruction with the golden model
  std::optional<sim::WaveConfig> waves = {};  ///< RTL only: record the waveform of one node
  /// RTL only: made while the machine runs, and that with which it goes on (docs/simulation.md, "Snapshots").
  sim::SnapshotConfig snapshots = {};
  /// RTL only: among the processes that share the dies; all of them make the same calls.
  sim::ExchangeFactory make_exchange = sim::make_local_exchange;
  [[nodiscard]] DieGrid grid() const { return {.dies = dies, .die = mesh, .memory = memory}; }
};

class Machine;

/// A launched program. It runs when somebody waits: simulated time passes in wait() only.
class Event {
 public:
  /// Runs the machine until all harts of the launch have stopped. Throws RunError, which names nodes, harts, PCs and
  /// causes, on a trap, a unit fault, a hang, when a hart ends with an exit code other than 0, or after `max_cycles`
  /// cycles. Waiting again has no effect.
  void wait(std::uint64_t max_cycles = no_cycle_limit);

  /// Whether all harts of the launch have stopped.
  [[nodiscard]] bool done() const;
  /// Cycles between the launch and the end of wait(); 0 before.
  [[nodiscard]] std::uint64_t cycles() const { return cycles_; }
  /// What a hart of the launch wrote to hart_stop.
  [[nodiscard]] std::uint32_t exit_code(Coordinates node, unsigned hart = 0) const;

 private:
  friend class Machine;
  Event(Backend& backend, Program program, Rectangle rectangle, unsigned harts, std::uint64_t last_cycle)
      : backend_(&backend),
        program_(std::move(program)),
        rectangle_(rectangle),
        harts_(harts),
        start_(backend.cycles()),
        last_cycle_(last_cycle) {}
  void check_exit_codes() const;

  Backend* backend_;
  Program program_;
  Rectangle rectangle_;
  unsigned harts_;
  std::uint64_t start_;
  std::uint64_t last_cycle_;  ///< of the machine, by its configuration
  std::uint64_t cycles_ = 0;
  bool waited_ = false;
};

/// A simulated machine.
class Machine {
 public:
  /// Throws InputError for an unknown backend, an impossible mesh or wave file, faults that part the mesh, and bad
  /// routing tables.
  explicit Machine(const MachineConfig& config);
  ~Machine();
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  [[nodiscard]] MeshSize mesh() const { return backend_->mesh(); }
  /// All live nodes.
  [[nodiscard]] Rectangle all() const { return live({.columns = mesh().columns, .rows = mesh().rows}); }
  /// The live nodes of a die.
  [[nodiscard]] Rectangle all_of_die(unsigned die) const {
    return live({.origin = grid_.origin(die), .columns = grid_.die.columns, .rows = grid_.die.rows});
  }
  [[nodiscard]] const DieGrid& grid() const { return grid_; }
  /// A rectangle less its dead nodes. Throws RunError when it is not inside the mesh.
  [[nodiscard]] Rectangle live(Rectangle rectangle) const;
  [[nodiscard]] std::uint64_t cycles() const { return backend_->cycles(); }
  /// Whether the nodes of a rectangle are on several dies. Throws RunError when it is not inside the mesh.
  [[nodiscard]] bool crosses_edge(const Rectangle& rectangle) const;
  /// Sum of a performance counter over a rectangle.
  [[nodiscard]] std::uint64_t counter(hw::Counter counter, const Rectangle& rectangle);
  /// "function+0x12" of an address in the program that has been loaded on a node, or nothing.
  [[nodiscard]] std::string symbolize(Coordinates node, std::uint64_t pc) const;
  /// The layer below, for what this interface does not offer.
  [[nodiscard]] Backend& backend() { return *backend_; }

  /// Copies the program into the SRAM of each node of the rectangle and makes the rest of it free for buffers.
  /// Throws RunError when a node is outside the mesh, is dead, or still has buffers.
  void load(const Program& program, const Rectangle& rectangle);

  /// Calls `listener` with every program that is loaded from now on, and where.
  void on_load(std::function<void(const Program&, const Rectangle&)> listener) { on_load_ = std::move(listener); }

  /// Lets other nodes of the machine touch the nodes of the rectangle only if they belong to it: fills entry 0 of each
  /// node's table for remote accesses and enables the table. In a machine with memory the next entries, one for each
  /// side, let Interface Processors write, read and count at semaphores. What is refused ends the run with an error
  /// that names both nodes, unless a hart of the sender has enabled the external interrupt. Takes effect before the
  /// next launch.
  void protect(const Rectangle& rectangle);
  /// Opens the nodes of the rectangle again.
  void open(const Rectangle& rectangle);

  /// Makes tree `number` of the live nodes of the rectangle, all of them members, and returns it: its root is where
  /// sums of mode reduce arrive. A tree of this number that shares a node with it is no more. Takes effect before the
  /// next launch; nothing of the old tree may be under way. Throws RunError when there is no such tree or the rectangle
  /// is not inside the mesh, InputError when the rectangle is on several dies, live links inside it do not join its
  /// live nodes, or the barrier's numbers do not fit.
  routing::CollectiveTree set_tree(unsigned number, const Rectangle& rectangle,
                                   const routing::TreeBarrier& barrier = {},
                                   routing::TreeShape shape = routing::TreeShape::wide);

  /// Memory in the SRAM of a node on which a program has been loaded. Throws RunError when there is not enough.
  [[nodiscard]] Buffer allocate(Coordinates node, std::size_t bytes);
  /// The Interface Processors, in the order of their numbers; none: the machine has no DRAM.
  [[nodiscard]] std::span<const DipSite> dips() const { return backend_->dips(); }
  /// Memory in the DRAM of an Interface Processor. Throws RunError when there is not enough, or no such one.
  [[nodiscard]] DramBuffer allocate_dram(unsigned dip, std::size_t bytes);
  /// The same in the memory of its host.
  [[nodiscard]] HostBuffer allocate_host(unsigned dip, std::size_t bytes);
  /// The host of an Interface Processor. Throws RunError when there is no such one.
  [[nodiscard]] HostQueue& host(unsigned dip);

  /// Starts the program, which must have been loaded, with `harts` harts (0 .. harts - 1) on each node of the
  /// rectangle. `arguments` (at most 56) are written, with the rectangle and the node's place in it, to the program's
  /// symbol dojo_launch. Throws RunError when a node is outside the mesh, the program is not there, or a hart is still
  /// busy.
  Event launch(const Program& program, const Rectangle& rectangle, std::span<const std::uint64_t> arguments,
               unsigned harts = 1);
  Event launch(const Program& program, const Rectangle& rectangle, std::initializer_list<std::uint64_t> arguments = {},
               unsigned harts = 1) {
    return launch(program, rectangle, std::span<const std::uint64_t>(arguments.begin(), arguments.size()), harts);
  }

 private:
  struct NodeState {
    std::optional<Program> program;
    std::shared_ptr<Allocator> allocator;
    /// Cycle of the last launch: until time passes, the harts still look stopped.
    std::array<std::uint64_t, hw::harts> launched;
    /// The node's trees, counted in the order in which they were made; 0: none.
    std::array<unsigned, hw::trees> trees{};
    NodeState() { launched.fill(no_cycle_limit); }
  };
  [[nodiscard]] NodeState& state(Coordinates node);
  /// Throws RunError unless the rectangle is inside the mesh and its holes are places of it.
  void check_inside(const Rectangle& rectangle) const;
  /// Throws RunError unless the rectangle is inside the mesh and all of its nodes live.
  void check(const Rectangle& rectangle) const;

  std::unique_ptr<Backend> backend_;
  DieGrid grid_;
  std::uint64_t max_cycles_;
  std::vector<NodeState> nodes_;
  std::vector<std::shared_ptr<Allocator>> drams_;
  std::vector<std::shared_ptr<Allocator>> host_memories_;
  std::vector<std::unique_ptr<HostQueue>> hosts_;  ///< null until asked for
  unsigned trees_made_ = 0;
  std::function<void(const Program&, const Rectangle&)> on_load_;
};

}  // namespace dojo
