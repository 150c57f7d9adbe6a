#pragma once
// The folder of a run's snapshots: one file for each rank, of which the newest is kept.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>

namespace dojo::sim {

/// Snapshots of a machine (docs/simulation.md, "Snapshots"). The default is none.
struct SnapshotConfig {
  std::uint64_t every = 0;                          ///< cycles from one to the next; 0: none are made
  std::filesystem::path folder = {};                ///< where they go
  std::filesystem::path resume_from = {};           ///< folder of those with which the run goes on; empty: it begins
  std::uint64_t resume_before = ~std::uint64_t{0};  ///< the newest of those that are not behind this cycle
  /// Share of wall time that they may take, in place of `every`, for a run that may have to be repeated: one that
  /// cannot be written does no harm, and one that lies `reach` cycles back is kept. In one process only.
  double share = 0;
  std::chrono::duration<double> least_wait = std::chrono::seconds(3);  ///< before the first and between two
  std::uint64_t reach = 0;
  [[nodiscard]] bool makes() const { return every != 0 || share > 0; }
  [[nodiscard]] bool any() const { return makes() || !resume_from.empty(); }
};

/// Files of one rank, or of the only process.
class SnapshotFolder {
 public:
  SnapshotFolder(std::filesystem::path folder, unsigned rank, unsigned ranks);

  /// Makes the folder. Throws InputError when that cannot be done.
  void create() const;
  [[nodiscard]] std::filesystem::path file(std::uint64_t cycle) const;
  /// Cycle of the newest snapshot that is not behind `last`, if there is one. Throws InputError when there is no
  /// folder, or its snapshots are of another number of ranks.
  [[nodiscard]] std::optional<std::uint64_t> newest(std::uint64_t last = ~std::uint64_t{0}) const;
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
