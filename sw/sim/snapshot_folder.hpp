#pragma once
// The folder of a run's snapshots: one file for each rank, of which the newest is kept.

#include <cstdint>
#include <filesystem>
#include <optional>

namespace dojo::sim {

/// Snapshots of a machine (docs/simulation.md, "Snapshots"). The default is none.
struct SnapshotConfig {
  std::uint64_t every = 0;                 ///< cycles from one to the next; 0: none are made
  std::filesystem::path folder = {};       ///< where they go
  std::filesystem::path resume_from = {};  ///< folder of those with which the run goes on; empty: it begins
  [[nodiscard]] bool any() const { return every != 0 || !resume_from.empty(); }
};

/// Files of one rank, or of the only process.
class SnapshotFolder {
 public:
  SnapshotFolder(std::filesystem::path folder, unsigned rank, unsigned ranks);

  /// Makes the folder. Throws InputError when that cannot be done.
  void create() const;
  [[nodiscard]] std::filesystem::path file(std::uint64_t cycle) const;
  /// Cycle of the newest snapshot, if there is one. Throws InputError when there is no folder, or its snapshots are of
  /// another number of ranks.
  [[nodiscard]] std::optional<std::uint64_t> newest() const;
  /// Removes the snapshots of before `cycle`.
  void remove_before(std::uint64_t cycle) const;

 private:
  /// Cycle of a file of this rank.
  [[nodiscard]] std::optional<std::uint64_t> cycle_of(const std::filesystem::path& file) const;

  std::filesystem::path folder_;
  unsigned rank_;
  unsigned ranks_;
};

}  // namespace dojo::sim
