#pragma once
// Advances a mesh of nodes cycle by cycle: links, sleeping nodes, host writes and threads.

#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>
#include <exception>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "common/backend.hpp"
#include "sim/barrier.hpp"
#include "sim/edge_model.hpp"
#include "sim/node_model.hpp"

namespace dojo::sim {

/// Sees what happens at a node; called on the thread that evaluates the node.
class NodeObserver {
 public:
  NodeObserver() = default;
  NodeObserver(const NodeObserver&) = delete;
  NodeObserver& operator=(const NodeObserver&) = delete;
  virtual ~NodeObserver() = default;
  /// A host write reaches the node in the cycle that is about to be evaluated.
  virtual void host_write(std::uint32_t /*address*/, std::uint64_t /*data*/) {}
  /// The node is about to be evaluated, and its inputs are in place.
  virtual void before_cycle(NodeModel& /*node*/, std::uint64_t /*cycle*/) {}
  /// The node has been evaluated.
  virtual void after_cycle(NodeModel& node, std::uint64_t cycle) = 0;
  /// `node` stands in place of the one before, in the same state; called before the next cycle is evaluated.
  virtual void node_replaced(NodeModel& /*node*/) {}
};

/// Why MeshEngine::run returned.
enum class EngineStop {
  quiet,    ///< all nodes sleep, nothing is in flight and no timer is set
  faulted,  ///< a hart or a unit has faulted
  watched,  ///< a watched word is not zero
  limit     ///< the cycle limit was reached
};

/// What happened in a window of cycles.
struct WindowReport {
  bool active = false;   ///< something goes on in the cycle after the window
  bool faulted = false;  ///< a hart or a unit has faulted
  bool watched = false;  ///< a watched word is not zero
  /// One past the last cycle in which something went on, or the cycle of a later timer; 0: there was none.
  std::uint64_t active_until = 0;
  std::uint64_t next_event = never;  ///< when not active: the next timer or arrival
  void add(const WindowReport& other) {
    active |= other.active;
    faulted |= other.faulted;
    watched |= other.watched;
    active_until = std::max(active_until, other.active_until);
    next_event = std::min(next_event, other.next_event);
  }
};

/// What a watch for progress compares between two cycles (docs/hangs.md).
struct Progress {
  std::uint64_t moved = 0;  ///< grows with every instruction, step, packet and flit at an edge
  bool is_due = false;      ///< something will come by itself: a timer, a beat, an answer or a register write of a host
  void add(const Progress& other) {
    moved += other.moved;
    is_due |= other.is_due;
  }
};

/// The nodes of a mesh and what lies between them.
///
/// In each cycle every node that is awake, or that receives a flit, a credit, a token or a host write, is evaluated
/// once; links are registers, so that the order does not matter. A sleeping node costs a fraction of a nanosecond. When
/// all nodes sleep, the cycle number jumps to the next timer. The result does not depend on the number of threads.
///
/// A mesh may be a die of a larger machine: ends of die-edge links are evaluated with the nodes, and the machine lets
/// it run window by window.
class MeshEngine {
 public:
  struct Options {
    unsigned threads = 1;
    bool link_hash = false;                ///< keep the hash of link_hash.hpp
    unsigned first_processor = 0;          ///< of those that the threads are bound to
    Coordinates origin = {};               ///< place of the first node in the machine
    std::optional<MeshSize> machine = {};  ///< none: the mesh is all of it
  };

  /// `nodes` are those of the topology's sites; the dead ones are null.
  MeshEngine(Topology topology, std::vector<std::unique_ptr<NodeModel>> nodes, Options options);
  ~MeshEngine();
  MeshEngine(const MeshEngine&) = delete;
  MeshEngine& operator=(const MeshEngine&) = delete;

  /// Runs at most `max_cycles` cycles. Throws what a node or an observer threw, or RunError when a flit or a token
  /// leaves the mesh; afterwards the machine must not be run again.
  EngineStop run(std::uint64_t max_cycles);

  /// Joins nodes[p], which stand at the edge in `direction`, with port p of `edge`, which must outlive the engine.
  void attach(unsigned direction, EdgeModel& edge, const std::array<std::optional<unsigned>, hw::edge_ports>& nodes);
  /// Runs up to cycle `end`, whatever happens before. Throws like run().
  WindowReport run_window(std::uint64_t end);
  /// Moves the clock, while nothing is active.
  void set_cycle(std::uint64_t cycle) { cycle_ = cycle; }

  /// Writes all that the cycles to come depend on.
  void save(SnapshotWriter& snapshot);
  /// Goes on where an engine made alike, with any number of threads, was saved. Throws InputError when it was not.
  void restore(SnapshotReader& snapshot);

  /// Queues a register write; one of them reaches the node in each cycle, in order.
  void write_register(unsigned node, std::uint32_t address, std::uint64_t data);
  /// Writes a register while the machine boots: before the first run, outside simulated time.
  void boot_write(unsigned node, std::uint32_t address, std::uint64_t data);
  /// Makes run() return EngineStop::watched at the end of a cycle in which the 8 bytes at `word` are not all zero.
  void watch(const std::byte* word) { watched_.push_back(word); }
  /// Ends that of a word.
  void unwatch(const std::byte* word) { std::erase(watched_, word); }
  /// Calls `observer`, after those before, until ignore().
  void observe(unsigned node, NodeObserver& observer) { observers_[node].push_back(&observer); }
  void ignore(unsigned node, NodeObserver& observer) { std::erase(observers_[node], &observer); }

  [[nodiscard]] NodeModel& node(unsigned number) { return *nodes_[number]; }
  /// Puts a node that is in the same state in the place of another one, between two runs, and returns that. Words of
  /// its SRAM that are watched are watched in the new one.
  std::unique_ptr<NodeModel> replace(unsigned number, std::unique_ptr<NodeModel> node);
  [[nodiscard]] std::uint64_t cycles() const { return cycle_; }
  [[nodiscard]] std::uint64_t link_hash() const;
  /// Node-cycles that were really evaluated, for measurements of the simulator.
  [[nodiscard]] std::uint64_t evaluations() const;
  [[nodiscard]] unsigned threads() const { return static_cast<unsigned>(workers_.size()); }
  /// Whether a register write waits to be taken.
  [[nodiscard]] bool has_host_writes() const;
  [[nodiscard]] Progress progress() const;
  [[nodiscard]] bool has_watched_word() const;

 private:
  struct HostWrite {
    std::uint32_t address;
    std::uint64_t data;
  };
  /// What arrives at a node in a cycle; only entries whose flag is set have a meaning.
  struct alignas(64) Inbox {
    std::array<FlitPayload, directions> data;
    std::array<FlitHeader, directions> header;
  };
  /// One byte per direction, so that each byte has one writer and needs no atomic operation.
  using Flags = std::array<std::uint8_t, directions>;
  /// The two buffers that take turns: read in this cycle, written for the next.
  struct Links {
    std::vector<Inbox> inbox;
    std::vector<Flags> flits;    ///< 1: a flit arrives from that direction; 2: a line of a tree
    std::vector<Flags> credits;  ///< bit c: a credit of class c arrives from that direction; bit 2 + t: of tree t
    std::vector<Flags> tokens;   ///< of barriers, as the node's port has them
  };
  /// What stands at an edge, and what its nodes send to it: two inboxes that take turns, as those of Links do.
  struct Edge {
    EdgeModel* model;
    std::array<std::optional<unsigned>, hw::edge_ports> nodes;
    std::vector<std::optional<unsigned>> ports;  ///< of the nodes along the edge
    std::array<EdgeInbox, 2> inbox;
    bool awake;
    std::uint64_t moved = 0;  ///< cycles in which a flit or credit crossed it
  };
  /// What a worker found in a cycle; all workers read all of them after the barrier and come to the same decision.
  struct alignas(64) Summary {
    bool active = false;
    bool faulted = false;
    bool failed = false;
    std::uint64_t next_wake = never;
  };
  struct alignas(64) Worker {
    unsigned first = 0;
    unsigned last = 0;                 ///< one past the last node
    std::vector<unsigned> edges = {};  ///< what it evaluates at edges, by their directions
    std::array<Summary, 2> summary;
    std::uint64_t next_wake = never;  ///< no sleeping node of this worker has a timer before
    std::uint64_t hash = 0;
    std::uint64_t evaluations = 0;
    std::exception_ptr error;
  };

  void reset();
  /// Lets all threads work up to cycle `limit`, and rethrows what one of them threw.
  void work_until(std::uint64_t limit, bool is_window);
  void work(Worker& worker);
  void advance(Worker& worker, std::uint64_t cycle, unsigned parity);
  void step(Worker& worker, Summary& summary, unsigned node, std::uint64_t cycle, unsigned parity);
  void take_inputs(unsigned node, unsigned parity);
  void send_outputs(Worker& worker, Summary& summary, unsigned node, std::uint64_t cycle, unsigned parity);
  void send_tokens(Worker& worker, const Flags& tokens, unsigned node, std::uint64_t cycle, Links& next);
  void wake_timers(Worker& worker, std::uint64_t cycle);
  void find_next_wake(Worker& worker);
  void step_edge(Summary& summary, unsigned direction, std::uint64_t cycle, unsigned parity);
  /// The inbox of what a node sends to in a direction, and its port there; null: there is none.
  [[nodiscard]] EdgeInbox* edge_inbox(unsigned node, unsigned direction, unsigned parity, unsigned& port);
  [[nodiscard]] Coordinates place_in_machine(unsigned node) const;
  [[nodiscard]] unsigned number_in_machine(unsigned node) const;
  [[nodiscard]] bool eight_asleep(unsigned first, const Links& links) const;
  [[noreturn]] void flit_left_mesh(unsigned node, unsigned direction) const;
  [[noreturn]] void tree_left_mesh(unsigned node, unsigned direction) const;
  void thread_loop(unsigned number);

  const Topology topology_;
  const Options options_;
  std::vector<std::unique_ptr<NodeModel>> nodes_;
  std::array<Links, 2> links_;
  std::vector<std::uint8_t> awake_;
  std::vector<std::uint8_t> host_pending_;
  std::vector<std::deque<HostWrite>> host_writes_;
  std::vector<std::uint64_t> wake_cycle_;
  std::vector<std::vector<NodeObserver*>> observers_;
  std::vector<unsigned> replaced_ = {};  ///< nodes of which observers have yet to hear
  std::vector<const std::byte*> watched_;
  std::array<std::unique_ptr<Edge>, directions> edges_;
  std::uint64_t cycle_ = 0;
  unsigned parity_ = 0;
  bool fault_seen_ = false;
  bool failed_ = false;

  std::vector<Worker> workers_;
  std::uint64_t limit_ = 0;
  bool is_window_ = false;
  EngineStop stop_ = EngineStop::limit;
  WindowReport report_;
  SpinBarrier cycle_barrier_;
  std::atomic<unsigned> run_number_{0};  ///< a change starts the helper threads; all ones ends them
  SpinBarrier end_barrier_;
  std::vector<std::thread> helpers_;
};

}  // namespace dojo::sim
