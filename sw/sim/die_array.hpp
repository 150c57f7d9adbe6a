#pragma once
// Advances the dies of a machine: a mesh engine for each, joined by die-edge links, with Interface Processors around.

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "common/die.hpp"
#include "common/ethernet_route.hpp"
#include "common/worker_pool.hpp"
#include "sim/die_exchange.hpp"
#include "sim/dip_end.hpp"
#include "sim/edge_end.hpp"
#include "sim/mesh_engine.hpp"

namespace dojo::sim {

/// Dies that meet once in a window of edge_flight cycles: nothing crosses an edge sooner, so that within a window each
/// die runs alone, on any thread. Windows begin at multiples of edge_flight, and there the host looks: a run of several
/// dies stops for a fault or a watched word at the end of the window in which it comes up, a run of a single die at
/// once. The result does not depend on the number of threads. Frames of the Ethernet between Interface Processors
/// change hands there, too: they take longer than a window. A die with Ethernet runs in windows even alone.
///
/// Links have been trained when cycle 0 begins. Each rank of the exchange has a range of the dies; nodes of the others
/// are not here, and neither are Interface Processors at their edges.
class DieArray {
 public:
  struct Options {
    unsigned threads = 1;    ///< over dies; where there are more threads than dies, over the nodes of each die
    bool link_hash = false;  ///< keep the hash of link_hash.hpp
    EdgeErrors errors = {};
    std::uint64_t seed = 0;                    ///< of the errors
    std::vector<EthernetRoute> ethernet = {};  ///< checked (common/ethernet_route.hpp)
    ExchangeFactory make_exchange = make_local_exchange;
  };
  /// Makes the node at a place of the machine where the topology has a live one.
  using MakeNode = std::function<std::unique_ptr<NodeModel>(Coordinates)>;

  /// `topology` is that of the whole machine. Throws InputError when there are more ranks than dies, RunError when a
  /// link does not come up.
  DieArray(const Topology& topology, const DieGrid& grid, const MakeNode& make_node, const Options& options);

  /// Whether a node is in this process.
  [[nodiscard]] bool is_here(unsigned node) const { return rank_of(sites_[node].die) == exchange_->rank(); }
  [[nodiscard]] unsigned die_of(unsigned node) const { return sites_[node].die; }
  /// Copies what `bytes` hold where the node is to all ranks.
  void share(unsigned node, std::span<std::byte> bytes) { exchange_->share(rank_of(sites_[node].die), bytes); }
  /// Sum over all ranks.
  [[nodiscard]] std::uint64_t sum(std::uint64_t value) { return exchange_->sum(value); }
  [[nodiscard]] unsigned ranks() const { return exchange_->ranks(); }
  [[nodiscard]] DieExchange& exchange() { return *exchange_; }

  /// As those of MeshEngine; nodes are numbered as sites of the machine's topology, and must be here. run() is called
  /// on all ranks.
  EngineStop run(std::uint64_t max_cycles);
  /// As those of MeshEngine, of the dies here, between two runs at the end of a window.
  void save(SnapshotWriter& snapshot);
  void restore(SnapshotReader& snapshot);
  void write_register(unsigned node, std::uint32_t address, std::uint64_t data);
  void boot_write(unsigned node, std::uint32_t address, std::uint64_t data);
  void watch(unsigned node, const std::byte* word) { engine_of(node).watch(word); }
  void observe(unsigned node, NodeObserver& observer) { engine_of(node).observe(sites_[node].local, observer); }
  void ignore(unsigned node, NodeObserver& observer) { engine_of(node).ignore(sites_[node].local, observer); }
  [[nodiscard]] NodeModel& node(unsigned number) { return engine_of(number).node(sites_[number].local); }
  std::unique_ptr<NodeModel> replace(unsigned number, std::unique_ptr<NodeModel> node) {
    return engine_of(number).replace(sites_[number].local, std::move(node));
  }
  [[nodiscard]] std::uint64_t cycles() const { return dies_[first_].engine->cycles(); }
  [[nodiscard]] std::uint64_t link_hash();
  [[nodiscard]] std::uint64_t evaluations();
  [[nodiscard]] Progress progress();

  /// The end of the link at an edge of a die; null: there is none here.
  [[nodiscard]] const EdgeEnd* edge_end(unsigned die, unsigned direction) const {
    return dies_[die].ends[direction].get();
  }

  /// The Interface Processors of the machine, by their numbers, and one of them; null: it is not here.
  [[nodiscard]] std::span<const DipSite> dips() const { return dip_sites_; }
  [[nodiscard]] DipEnd* dip(unsigned number) { return dips_[number].get(); }
  /// Frames that all of them have sent over Ethernet.
  [[nodiscard]] std::uint64_t ethernet_frames();
  /// Queues a register write of the host of an Interface Processor, which must be here.
  void write_dip_register(unsigned number, std::uint64_t address, std::uint64_t data);
  /// Watches a word of the memory of its host, or no longer.
  void watch_host(unsigned number, const std::byte* word) { engine_of_dip(number).watch(word); }
  void unwatch_host(unsigned number, const std::byte* word) { engine_of_dip(number).unwatch(word); }
  /// Copies what `bytes` hold where the Interface Processor is to all ranks.
  void share_dip(unsigned number, std::span<std::byte> bytes) {
    exchange_->share(rank_of(dip_sites_[number].die), bytes);
  }

 private:
  struct Die {
    std::array<std::unique_ptr<EdgeEnd>, directions> ends;
    std::unique_ptr<MeshEngine> engine;  ///< refers to the ends; null: at another rank
    WindowReport report;                 ///< of its last window
  };
  struct Site {
    unsigned die;
    unsigned local;
  };

  [[nodiscard]] MeshEngine& engine_of(unsigned node) { return *dies_[sites_[node].die].engine; }
  [[nodiscard]] MeshEngine& engine_of_dip(unsigned number) { return *dies_[dip_sites_[number].die].engine; }
  [[nodiscard]] unsigned rank_of(unsigned die) const {
    return die * exchange_->ranks() / static_cast<unsigned>(dies_.size());
  }
  void join(const Topology& topology, const DieGrid& grid, unsigned first, unsigned direction, const Options& options);
  void attach_memory(const Topology& topology, const DieGrid& grid);
  void set_routes(std::span<const EthernetRoute> routes);
  void move_frames();
  void train();
  WindowReport run_window(std::uint64_t end);
  void set_cycle(std::uint64_t cycle);

  std::vector<Site> sites_;
  std::vector<DipSite> dip_sites_;
  std::vector<std::unique_ptr<DipEnd>> dips_;
  std::vector<Die> dies_;  // their engines refer to what stands at the edges
  std::unique_ptr<DieExchange> exchange_;
  unsigned first_ = 0;  ///< of the dies here
  unsigned last_ = 0;   ///< one past them
  WorkerPool pool_;
  std::vector<unsigned> due_;  ///< dies for which a window has work
  bool has_ethernet_ = false;
  bool fault_seen_ = false;
  bool failed_ = false;
};

}  // namespace dojo::sim
