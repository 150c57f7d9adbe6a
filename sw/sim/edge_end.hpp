#pragma once
// An end of a die-edge link: the RTL of rtl/tile/edge_link.sv, and the lanes on which it sends.

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "sim/edge_model.hpp"
#include "tile/lane_errors.hpp"

class Vedge_link;  // NOLINT(readability-identifier-naming): named by Verilator

namespace dojo::sim {

/// Bits of a slot on the lanes (docs/tile.md).
inline constexpr unsigned lane_slot_bits = 635;
inline constexpr unsigned beat_bits = hw::edge_slots * lane_slot_bits;
inline constexpr unsigned beat_words = (beat_bits + 31) / 32;

/// What crosses the lanes in a cycle.
struct Beat {
  std::uint64_t arrival = 0;  ///< cycle in which it reaches the far end
  std::array<std::uint32_t, beat_words> words{};
};

/// Beats that it sends wait here until somebody carries them to the far end, at the latest when edge_flight cycles have
/// passed: the lanes have errors, but no place.
class EdgeEnd : public EdgeModel {
 public:
  struct Options {
    std::string name;  ///< of the link, for errors: "from die (0,0) to die (1,0)"
    double bit_error_rate = 0;
    double drop_rate = 0;
    std::uint64_t seed = 1;
  };

  /// Resets and enables it: it trains from the first cycle on.
  explicit EdgeEnd(Options options);
  ~EdgeEnd() override;

  void evaluate(std::uint64_t cycle, const EdgeInbox& arrived) override;
  [[nodiscard]] bool is_busy() const override;
  [[nodiscard]] std::uint64_t next_arrival() const override {
    return next_ < incoming_.size() ? incoming_[next_].arrival : never;
  }

  void save(SnapshotWriter& snapshot) override;
  void restore(SnapshotReader& snapshot) override;

  /// What it has sent since the last clear_sent(), and has not been lost, in order.
  [[nodiscard]] std::span<const Beat> sent() const { return sent_; }
  void clear_sent() { sent_.clear(); }
  /// Beats from the far end, later than those before.
  void receive(std::span<const Beat> beats);

  /// What it sends from `cycle` on is lost.
  void cut_from(std::uint64_t cycle) { cut_from_ = cycle; }

  [[nodiscard]] hw::EdgeState state() const;
  [[nodiscard]] hw::EdgeCounters counters() const;

 private:
  void clock();

  Options options_;
  tile::LaneErrors errors_;
  std::unique_ptr<Vedge_link> link_;
  std::vector<Beat> sent_;
  std::vector<Beat> incoming_;
  std::size_t next_ = 0;  ///< first of `incoming_` that has not arrived
  std::uint64_t cut_from_ = never;
};

/// Bytes of memory of an end, for a check before a machine is made.
std::uint64_t edge_end_bytes();
/// Of its RTL.
std::uint64_t edge_end_hash();

}  // namespace dojo::sim
