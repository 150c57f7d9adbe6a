#pragma once
// Records what the nodes of a machine do, and writes it in several formats at once.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sim/rtl_machine.hpp"
#include "trace/node_recorder.hpp"
#include "trace/packet_matcher.hpp"
#include "trace/writer.hpp"

namespace dojo::trace {

enum class Format { perfetto, konata, csv, log };

/// Of a file's name: .json, .konata or .kanata, .csv, .log; none: another one.
[[nodiscard]] std::optional<Format> format_of_name(const std::string& file);
/// Of the words perfetto, konata, csv, log.
[[nodiscard]] std::optional<Format> format_of_word(const std::string& word);

/// Opens the file. Throws InputError when it cannot be written.
[[nodiscard]] std::unique_ptr<Writer> make_writer(Format format, const std::string& file, const TraceContext& context);

/// Cycles and nodes that are recorded.
struct Window {
  std::uint64_t first = 0;
  std::uint64_t last = sim::never;             ///< included
  Coordinates north_west = {};                 ///< a rectangle of nodes, ...
  std::optional<Coordinates> south_east = {};  ///< ... this one included; none: up to the machine's last node
};

/// Observes the live nodes of the window. While the machine runs, events are gathered every few cycles and written in
/// the order of cycles, then of nodes, whatever the number of threads; memory does not grow with the run.
class Recorder : public sim::Sampler {
 public:
  /// Before the machine's first run. The machine is one of a single process, and outlives the recorder. Where it
  /// `runs_in_windows`, as that of several dies or with Ethernet, the window is widened to multiples of
  /// hw::edge_flight. Throws InputError when no live node is in the window.
  Recorder(sim::RtlMachine& machine, bool runs_in_windows, const Window& window,
           std::vector<std::unique_ptr<Writer>> writers);
  ~Recorder() override;

  [[nodiscard]] std::uint64_t next_cycle() const override { return next_; }
  void sample(std::uint64_t cycle) override { next_ = gather(cycle); }

  /// Ends the files: after the last run, however it ended. Throws RunError when one could not be written whole. Does
  /// nothing the second time.
  void finish();

 private:
  /// At the beginning of a cycle; returns the next cycle at which it is wanted.
  std::uint64_t gather(std::uint64_t cycle);
  void write_before(std::uint64_t cycle);
  void write(const Event& event);
  void close(std::uint64_t end);
  void ignore_all();

  sim::RtlMachine& machine_;
  Window window_;
  PacketMatcher matcher_;
  std::vector<std::unique_ptr<Writer>> writers_;
  std::vector<std::unique_ptr<NodeRecorder>> nodes_;
  std::vector<Event> events_;                                      ///< node by node
  std::vector<std::pair<std::uint64_t, std::size_t>> order_ = {};  ///< cycles and places in events_
  std::uint64_t next_ = 0;
  bool has_begun_ = false;
  bool has_closed_ = false;
  bool has_finished_ = false;
};

}  // namespace dojo::trace
