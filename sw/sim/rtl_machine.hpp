#pragma once
// A mesh of Verilated RTL nodes as a Backend.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "common/backend.hpp"
#include "common/ethernet_route.hpp"
#include "common/memory_edge.hpp"
#include "model/lockstep.hpp"
#include "routing/route_tables.hpp"
#include "sim/die_array.hpp"
#include "sim/host_log.hpp"
#include "sim/lockstep_observer.hpp"
#include "sim/node_model.hpp"
#include "sim/sampler.hpp"
#include "sim/snapshot_file.hpp"
#include "sim/snapshot_folder.hpp"
#include "sim/snapshot_pace.hpp"
#include "sim/wave_recorder.hpp"

namespace dojo::sim {

/// How an RtlMachine is made. The default is one node on one thread, without waves.
struct RtlConfig {
  MeshSize mesh = {};                        ///< nodes of each die
  MeshSize dies = {};                        ///< joined by die-edge links
  EdgeErrors errors = {};                    ///< of those
  bool memory = false;                       ///< Interface Processors at the outer edges
  std::vector<EthernetRoute> ethernet = {};  ///< between those
  Faults faults = {};                        ///< in coordinates of the machine
  /// Routing tables, loaded in place of those that are made around the faults; none: made, if there are faults.
  std::optional<routing::RouteTables> routes = {};
  unsigned threads = 0;    ///< 0: one below 16 nodes, else as many as there are processors, at most one per 8 nodes
  std::uint64_t seed = 0;  ///< of the initial values of unreset state, in node classes that randomise it
  bool link_hash = false;  ///< keep the hash of sim/link_hash.hpp
  bool lockstep = false;   ///< compare every retired instruction and packet with the golden model; one thread
  std::optional<WaveConfig> waves = {};
  SnapshotConfig snapshots = {};  ///< without lockstep
  /// A run stops when nothing has moved for so many cycles, at the second of two looks that far apart; 0: it does not.
  std::uint64_t hang_cycles = default_hang_cycles;
  NodeFactory node_factory = make_plain_node;
  ExchangeFactory make_exchange = make_local_exchange;  ///< among the processes that share the dies
};

/// Bytes of memory that a machine needs per node, for a check before it is made.
std::uint64_t rtl_bytes_per_node();

/// Of the RTL that this program simulates.
std::uint64_t rtl_hash();

/// N instances of the node's RTL, joined by registered links. Two machines with the same calls run the same cycles,
/// whatever the number of threads, and of ranks of the exchange, which all make the same calls.
///
/// A machine that begins with a snapshot does not run at first: it expects the calls of the run that was saved and
/// answers as it did then, up to the run() in which the snapshot was made, which goes on from there.
class RtlMachine : public Backend {
 public:
  /// Makes and resets the nodes, and boots the machine: tells each router how large it is, and loads the routing tables
  /// once they are proved to be good. Throws InputError for an impossible mesh, wave node or wave file, for faults that
  /// part the mesh, for bad tables, and for snapshots that are not of this machine.
  explicit RtlMachine(const RtlConfig& config);
  ~RtlMachine() override;

  [[nodiscard]] std::string name() const override { return "rtl"; }
  [[nodiscard]] const Topology& topology() const override { return topology_; }
  [[nodiscard]] std::uint64_t cycles() const override { return resumed_ ? cycle_then_ : engine_->cycles(); }
  [[nodiscard]] std::uint64_t resumed_cycles() const override { return resumed_cycles_; }

  void read_memory(Coordinates node, std::uint64_t address, std::span<std::byte> bytes) override;
  void write_memory(Coordinates node, std::uint64_t address, std::span<const std::byte> bytes) override;
  [[nodiscard]] std::span<const DipSite> dips() const override { return engine_->dips(); }
  void read_dram(unsigned dip, std::uint64_t address, std::span<std::byte> bytes) override;
  void write_dram(unsigned dip, std::uint64_t address, std::span<const std::byte> bytes) override;
  [[nodiscard]] DipErrors dip_errors(unsigned dip) override;
  void read_host(unsigned dip, std::uint64_t address, std::span<std::byte> bytes) override;
  void write_host(unsigned dip, std::uint64_t address, std::span<const std::byte> bytes) override;
  /// Throws RunError in a machine with lockstep, which does not follow what lists do.
  void write_dip_register(unsigned dip, std::uint64_t address, std::uint64_t data) override;
  [[nodiscard]] std::uint32_t dip_semaphore(unsigned dip, unsigned id) override;
  [[nodiscard]] DipWaits dip_waits(unsigned dip) override;
  void watch_host(unsigned dip, std::optional<std::uint64_t> address) override;
  void write_register(Coordinates node, std::uint32_t address, std::uint64_t data) override;
  [[nodiscard]] HartStatus hart_status(Coordinates node, unsigned hart) override;
  [[nodiscard]] std::optional<UnitFault> unit_fault(Coordinates node) override;
  [[nodiscard]] NodeErrors errors(Coordinates node) override;
  [[nodiscard]] std::uint32_t semaphore(Coordinates node, unsigned id) override;
  [[nodiscard]] std::uint64_t counter(Coordinates node, unsigned index) override;
  [[nodiscard]] std::uint64_t instructions_retired(Coordinates node) override;
  StopReason run(std::uint64_t max_cycles) override;
  void watch_tohost(Coordinates node, std::uint64_t address) override;

  [[nodiscard]] DieArray& engine() { return *engine_; }
  /// What the program on a node is called by, for waves. Of a condition that begins a recording the symbol must be
  /// known before the machine runs.
  void name_code(Coordinates node, const CodeNames& names) {
    if (recorder_) recorder_->name_code(node, names);
  }
  /// The checker of a machine with lockstep, else null.
  [[nodiscard]] model::LockstepChecker* lockstep() { return checker_.get(); }
  /// Compares the memory of all nodes with the golden model's and checks that no packet is missing; does nothing
  /// without lockstep. Throws LockstepMismatch.
  void compare_with_model();
  /// Calls `observer` after every cycle of `node` that is evaluated, after observers before, until ignore() or the
  /// machine's last run. At other ranks than the node's it is not called.
  void observe(Coordinates node, NodeObserver& observer) {
    if (engine_->is_here(number(node))) engine_->observe(number(node), observer);
  }
  void ignore(Coordinates node, NodeObserver& observer) {
    if (engine_->is_here(number(node))) engine_->ignore(number(node), observer);
  }
  /// Lets `sampler` look while the machine runs, after samplers before, until ignore(). What the machine does is the
  /// same.
  void sample_with(Sampler& sampler) { samplers_.push_back(&sampler); }
  void ignore(Sampler& sampler) { std::erase(samplers_, &sampler); }

 private:
  [[nodiscard]] unsigned number(Coordinates node) const;
  /// What `read` finds at a node, on all ranks.
  template <typename Read>
  [[nodiscard]] std::invoke_result_t<Read, NodeModel&> from(Coordinates node, Read read) {
    const unsigned site = number(node);
    std::invoke_result_t<Read, NodeModel&> value{};
    const auto bytes = std::as_writable_bytes(std::span(&value, 1));
    if (!log_.call(HostCall::ask, {site, sizeof value})) {
      if (engine_->is_here(site)) value = read(engine_->node(site));
      engine_->share(site, bytes);
    }
    log_.answer(bytes);
    return value;
  }
  /// The same at an Interface Processor.
  template <typename Read>
  [[nodiscard]] std::invoke_result_t<Read, const DipEnd&> from_dip(unsigned dip, Read read) {
    check_dram(dips().size(), dip, 0, 0);
    std::invoke_result_t<Read, const DipEnd&> value{};
    const auto bytes = std::as_writable_bytes(std::span(&value, 1));
    if (!log_.call(HostCall::ask_dip, {dip, sizeof value})) {
      if (const DipEnd* const here = engine_->dip(dip)) value = read(*here);
      engine_->share_dip(dip, bytes);
    }
    log_.answer(bytes);
    return value;
  }
  /// Offset in the SRAM. Throws RunError when the bytes are not all in it.
  [[nodiscard]] static std::size_t sram_offset(Coordinates node, std::uint64_t address, std::size_t size);

  /// The first multiple of `step` behind `cycle` in which the host may look at the machine; never for step 0.
  [[nodiscard]] std::uint64_t next_after(std::uint64_t cycle, std::uint64_t step) const;
  /// Whether nothing has moved since the last call, and nothing will.
  [[nodiscard]] bool is_hung();

  void boot();
  void begin_snapshots();
  [[nodiscard]] SnapshotFolder folder_of(const std::filesystem::path& path);
  void open_snapshot();
  void resume();
  /// Throws on all ranks, as InputError, what `work` throws on one of them.
  template <typename Work>
  void on_all_ranks(Work work);
  /// What a snapshot must agree with, in words.
  [[nodiscard]] std::string description() const;
  void write_snapshot(const std::filesystem::path& file);
  void save();
  void save_for_repetition();
  void save_if_due();
  /// The engine's next stop on the way to `limit`.
  [[nodiscard]] std::uint64_t next_stop(std::uint64_t limit) const;
  /// Whether the host looks at multiples of edge_flight only.
  [[nodiscard]] bool runs_in_windows() const { return config_.dies.nodes() > 1 || !config_.ethernet.empty(); }
  /// Runs up to cycle `limit`, with snapshots and samples on the way.
  StopReason run_until(std::uint64_t limit);
  [[nodiscard]] StopReason reason_of(EngineStop stop);

  RtlConfig config_;
  Topology topology_;
  std::unique_ptr<model::LockstepChecker> checker_;
  std::vector<std::unique_ptr<LockstepObserver>> observers_;
  std::unique_ptr<LockstepDipObserver> dip_observer_;
  std::unique_ptr<DieArray> engine_;
  std::unique_ptr<WaveRecorder> recorder_;
  HostLog log_;
  std::unique_ptr<SnapshotReader> resumed_;  ///< while its calls are replayed
  std::uint64_t cycle_then_ = 0;             ///< that the replayed run had reached
  std::uint64_t resumed_cycles_ = 0;
  std::uint64_t next_snapshot_ = never;
  std::vector<Sampler*> samplers_;
  std::uint64_t next_look_ = never;         ///< of the watch for progress
  std::optional<Progress> last_look_ = {};  ///< what it saw
  SnapshotPace pace_;
  std::vector<std::uint64_t> saved_;  ///< cycles of the snapshots for a repetition that are kept
  TimeSlice slice_;
  std::vector<const std::byte*> watched_hosts_;  ///< a word of each here, or null
};

}  // namespace dojo::sim
