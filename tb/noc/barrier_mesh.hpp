#pragma once
// A mesh of Verilated barrier units, joined in C++.

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "common/topology.hpp"
#include "dojo_hw.hpp"

class VerilatedContext;
class Vbarrier;

namespace dojo::tb {

/// One barrier unit per site of the topology. As in the simulator, a unit that is not busy and has no input is not
/// evaluated.
class BarrierMesh {
 public:
  /// The semaphore of a node counts.
  using Release = std::function<void(unsigned node, unsigned sem, unsigned amount)>;
  /// Whether the semaphore unit of `node` takes an increment in this cycle.
  using Ready = std::function<bool(unsigned node)>;
  /// Sees the tokens that leave `node` in `direction` and may change them.
  using TokenTap = std::function<void(unsigned node, unsigned direction, std::uint8_t& tokens)>;

  explicit BarrierMesh(const Topology& topology, int reset_seed = 1);
  ~BarrierMesh();
  BarrierMesh(const BarrierMesh&) = delete;
  BarrierMesh& operator=(const BarrierMesh&) = delete;

  void set_release(Release release) { release_ = std::move(release); }
  void set_ready(Ready ready) { ready_ = std::move(ready); }
  void set_token_tap(TokenTap tap) { token_tap_ = std::move(tap); }

  /// Writes register `tree` number `tree` of all nodes.
  void configure(unsigned tree, const std::vector<hw::Tree>& nodes);

  /// An arrival of `node` in the next cycle, or in one after it when three come already.
  void arrive(unsigned node, unsigned tree) { sites_.at(node).arrivals.push_back(tree); }

  /// One clock cycle. Throws dojo::RunError if a token leaves the mesh, dojo::AssertionError if an assertion fails.
  void step();

  [[nodiscard]] std::uint64_t cycle() const { return cycle_; }
  /// No unit is busy and nothing is on a link or waits to arrive.
  [[nodiscard]] bool is_quiet() const;
  /// FNV hash of all tokens and increments in every cycle.
  [[nodiscard]] std::uint64_t hash() const { return hash_; }
  [[nodiscard]] const Topology& topology() const { return topology_; }
  [[nodiscard]] VerilatedContext& context() { return *context_; }

 private:
  struct Site {
    std::unique_ptr<Vbarrier> unit;
    std::array<std::uint8_t, directions> now{};
    std::array<std::uint8_t, directions> next{};
    std::deque<unsigned> arrivals;
  };

  bool drive(Site& site, unsigned node);
  void collect(const Site& site, unsigned node);
  void mix(std::uint64_t value) { hash_ = (hash_ ^ value) * 0x100000001b3U; }

  Topology topology_;
  std::unique_ptr<VerilatedContext> context_;
  std::vector<Site> sites_;
  Release release_;
  Ready ready_;
  TokenTap token_tap_;
  std::uint64_t cycle_ = 0;
  std::uint64_t hash_ = 0xcbf29ce484222325U;
};

}  // namespace dojo::tb
