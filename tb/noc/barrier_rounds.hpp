#pragma once
// Rounds of barriers on four random trees at once, with a check that nobody is released early.

#include <array>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "tb/noc/barrier_mesh.hpp"
#include "tb/noc/random_tree.hpp"

namespace dojo::tb {

/// A random mesh with faults, four random trees, and nodes that arrive at random. Members arrive again only when they
/// have been released; others, and all nodes of a barrier that releases the root alone, run up to three rounds ahead.
class BarrierRounds {
 public:
  /// `seed` decides everything but the state that reset leaves alone.
  BarrierRounds(unsigned seed, int reset_seed);

  /// Runs every tree for `rounds` rounds; false if they have not ended and settled within `limit` cycles.
  bool run(unsigned rounds, unsigned limit);

  [[nodiscard]] BarrierMesh& mesh() { return mesh_; }
  [[nodiscard]] const std::vector<std::string>& errors() const { return errors_; }

 private:
  struct Barrier {
    GrownTree tree;
    bool join_only = false;
    std::vector<unsigned> arrived;   // of each site
    std::vector<unsigned> released;  // of each site: rounds
  };

  void make_barrier(unsigned t);
  /// Rounds for which everybody has arrived.
  [[nodiscard]] unsigned complete(const Barrier& barrier) const;
  [[nodiscard]] bool may_arrive(const Barrier& barrier, unsigned site, unsigned rounds) const;
  [[nodiscard]] bool is_done(const Barrier& barrier, unsigned rounds) const;
  void on_release(unsigned node, unsigned sem, unsigned amount);
  void let_arrive(unsigned rounds);

  std::mt19937_64 random_;
  BarrierMesh mesh_;
  std::array<Barrier, hw::trees> barriers_;
  std::vector<std::string> errors_;
};

}  // namespace dojo::tb
