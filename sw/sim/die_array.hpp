#pragma once
// Advances the dies of a machine: a mesh engine for each, joined by die-edge links.

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "common/die.hpp"
#include "common/worker_pool.hpp"
#include "sim/die_exchange.hpp"
#include "sim/edge_end.hpp"
#include "sim/mesh_engine.hpp"

namespace dojo::sim {

/// Dies that meet once in a window of edge_flight cycles: nothing crosses an edge sooner, so that within a window each
/// die runs alone, on any thread. Windows begin at multiples of edge_flight, and there the host looks: a run of several
/// dies stops for a fault or a watched word at the end of the window in which it comes up, a run of a single die at
/// once. The result does not depend on the number of threads.
///
/// Links have been trained when cycle 0 begins.
class DieArray {
 public:
  struct Options {
    unsigned threads = 1;    ///< over dies; where there are more threads than dies, over the nodes of each die
    bool link_hash = false;  ///< keep the hash of link_hash.hpp
    EdgeErrors errors = {};
    std::uint64_t seed = 0;  ///< of the errors
  };
  /// Makes the node at a place of the machine where the topology has a live one.
  using MakeNode = std::function<std::unique_ptr<NodeModel>(Coordinates)>;

  /// `topology` is that of the whole machine. Throws RunError when a link does not come up.
  DieArray(const Topology& topology, const DieGrid& grid, const MakeNode& make_node, const Options& options);

  /// As those of MeshEngine; nodes are numbered as sites of the machine's topology.
  EngineStop run(std::uint64_t max_cycles);
  void write_register(unsigned node, std::uint32_t address, std::uint64_t data);
  void boot_write(unsigned node, std::uint32_t address, std::uint64_t data);
  void watch(unsigned node, const std::byte* word) { engine_of(node).watch(word); }
  void observe(unsigned node, NodeObserver& observer) { engine_of(node).observe(sites_[node].local, observer); }
  [[nodiscard]] NodeModel& node(unsigned number) { return engine_of(number).node(sites_[number].local); }
  [[nodiscard]] std::uint64_t cycles() const { return dies_.front().engine->cycles(); }
  [[nodiscard]] std::uint64_t link_hash() const;
  [[nodiscard]] std::uint64_t evaluations() const;

  /// The end of the link at an edge of a die; null: there is none.
  [[nodiscard]] const EdgeEnd* edge_end(unsigned die, unsigned direction) const {
    return dies_[die].ends[direction].get();
  }

 private:
  struct Die {
    std::array<std::unique_ptr<EdgeEnd>, directions> ends;
    std::unique_ptr<MeshEngine> engine;  ///< refers to the ends
    WindowReport report;                 ///< of its last window
  };
  struct Site {
    unsigned die;
    unsigned local;
  };

  [[nodiscard]] MeshEngine& engine_of(unsigned node) { return *dies_[sites_[node].die].engine; }
  void join(const Topology& topology, const DieGrid& grid, unsigned first, unsigned direction, const Options& options);
  void train();
  WindowReport run_window(std::uint64_t end);
  void set_cycle(std::uint64_t cycle);

  std::vector<Site> sites_;
  std::vector<Die> dies_;
  std::unique_ptr<DieExchange> exchange_;
  WorkerPool pool_;
  std::vector<unsigned> due_;  ///< dies for which a window has work
  bool fault_seen_ = false;
  bool failed_ = false;
};

}  // namespace dojo::sim
