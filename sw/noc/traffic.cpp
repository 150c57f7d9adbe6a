#include "noc/traffic.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <random>
#include <type_traits>
#include <vector>

#include "common/error.hpp"
#include "noc/latency_histogram.hpp"

namespace dojo::noc {
namespace {

/// What a packet carries about itself.
struct Record {
  std::uint64_t made = 0;      ///< cycle
  std::uint64_t measured = 0;  ///< whether it was made in the window
  unsigned source = 0;
  unsigned destination = 0;
};

static_assert(sizeof(Record) <= sizeof(Packet::data) && std::has_unique_object_representations_v<Record>);

/// Counts of one class.
struct Count {
  std::uint64_t offered = 0;
  std::uint64_t accepted = 0;
  std::uint64_t hops = 0;
  LatencyHistogram latency;
};

class Measurement {
 public:
  Measurement(MeshSize mesh, const TrafficOptions& options)
      : size_(mesh),
        options_(options),
        mesh_({.columns = mesh.columns, .rows = mesh.rows, .ports = options.pattern == Pattern::edge}),
        random_(options.seed),
        is_data_(options.data_share),
        through_(mesh.nodes()) {
    mesh_.set_sink([this](unsigned site, const Packet& packet, std::uint64_t) { take(site, packet); });
  }

  TrafficResult run() {
    std::bernoulli_distribution makes(options_.load);
    const std::uint64_t end = std::uint64_t{options_.warm_up} + options_.window;
    while (mesh_.cycle() < end + options_.drain && (mesh_.cycle() < end || !drained())) {
      for (unsigned node = 0; node < mesh_.nodes(); ++node) {
        if (makes(random_)) make(node);
      }
      mesh_.step();
    }
    return {.all = figures(0, classes),
            .by_class = {figures(0, 1), figures(1, 2)},
            .worst_node = static_cast<double>(*std::min_element(through_.begin(), through_.end())) / options_.window,
            .drained = drained(),
            .cycles = mesh_.cycle()};
  }

 private:
  [[nodiscard]] bool in_window() const {
    return mesh_.cycle() >= options_.warm_up && mesh_.cycle() - options_.warm_up < options_.window;
  }

  [[nodiscard]] bool drained() const {
    return std::all_of(counts_.begin(), counts_.end(),
                       [](const Count& count) { return count.latency.count() == count.offered; });
  }

  void make(unsigned node) {
    const Record record{.made = mesh_.cycle(),
                        .measured = in_window() ? 1U : 0U,
                        .source = node,
                        .destination = destination_of(options_.pattern, node, size_, random_)};
    const Coordinates to = mesh_.position(record.destination);
    Packet packet;
    packet.header.dst_x = static_cast<std::uint16_t>(to.x);
    packet.header.dst_y = static_cast<std::uint16_t>(to.y);
    packet.header.cls = is_data_(random_) ? hw::PacketClass::data : hw::PacketClass::request;
    std::memcpy(packet.data.data(), &record, sizeof record);
    counts_.at(static_cast<unsigned>(packet.header.cls)).offered += record.measured;
    mesh_.offer(node, packet);
  }

  void take(unsigned site, const Packet& packet) {
    Record record;
    std::memcpy(&record, packet.data.data(), sizeof record);
    if (site != record.destination) {
      throw RunError(
          fmt::format("a packet of node {} for site {} arrived at site {}", record.source, record.destination, site));
    }
    Count& count = counts_.at(static_cast<unsigned>(packet.header.cls));
    if (in_window()) {
      ++count.accepted;
      ++through_.at(record.source);
    }
    if (record.measured == 0) return;
    count.latency.add(mesh_.cycle() - record.made);
    count.hops += mesh_.hops(record.source, record.destination);
  }

  /// Of the classes from `first` to before `last`.
  [[nodiscard]] TrafficFigures figures(unsigned first, unsigned last) const {
    Count sum;
    for (unsigned c = first; c < last; ++c) {
      sum.offered += counts_.at(c).offered;
      sum.accepted += counts_.at(c).accepted;
      sum.hops += counts_.at(c).hops;
      sum.latency.add(counts_.at(c).latency);
    }
    const double node_cycles = static_cast<double>(mesh_.nodes()) * options_.window;
    const std::uint64_t packets = sum.latency.count();
    return {.offered = static_cast<double>(sum.offered) / node_cycles,
            .accepted = static_cast<double>(sum.accepted) / node_cycles,
            .packets = packets,
            .latency_mean = sum.latency.mean(),
            .latency_p99 = sum.latency.percentile(99),
            .hops_mean = packets == 0 ? 0.0 : static_cast<double>(sum.hops) / static_cast<double>(packets)};
  }

  MeshSize size_;
  TrafficOptions options_;
  RouterMesh mesh_;
  std::mt19937_64 random_;
  std::bernoulli_distribution is_data_;
  std::array<Count, classes> counts_;
  std::vector<std::uint64_t> through_;  // flits delivered in the window, by source
};

}  // namespace

TrafficResult measure_traffic(MeshSize mesh, const TrafficOptions& options) {
  return Measurement(mesh, options).run();
}

}  // namespace dojo::noc
