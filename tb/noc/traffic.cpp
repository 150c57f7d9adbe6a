#include "tb/noc/traffic.hpp"

#include <algorithm>
#include <cstdlib>
#include <numeric>
#include <random>
#include <vector>

namespace dojo::tb {

namespace {

struct Record {
  std::uint64_t made;
  unsigned source;
  unsigned hops;
  bool measured;
};

unsigned destination_of(Pattern pattern, unsigned node, unsigned columns, unsigned rows, std::mt19937_64& random) {
  const unsigned x = node % columns;
  const unsigned y = node / columns;
  const auto at = [columns](unsigned to_x, unsigned to_y) { return to_y * columns + to_x; };
  switch (pattern) {
    case Pattern::uniform:
      return static_cast<unsigned>(random() % (std::uint64_t{columns} * rows));
    case Pattern::transpose:
      return at(y, x);
    case Pattern::tornado:
      return at((x + (columns + 1) / 2 - 1) % columns, (y + (rows + 1) / 2 - 1) % rows);
    case Pattern::neighbor:
      return at((x + 1) % columns, (y + 1) % rows);
    case Pattern::bit_complement:
      return at(columns - 1 - x, rows - 1 - y);
    case Pattern::shuffle: {
      const unsigned rotated = node << 1U;
      return rotated < columns * rows ? rotated : rotated - columns * rows + 1;
    }
    case Pattern::hotspot: {
      const auto corner = random();
      return at((corner & 1U) != 0 ? columns - 1 : 0, (corner & 2U) != 0 ? rows - 1 : 0);
    }
  }
  return node;
}

}  // namespace

std::string_view name_of(Pattern pattern) {
  switch (pattern) {
    case Pattern::uniform:
      return "uniform";
    case Pattern::transpose:
      return "transpose";
    case Pattern::tornado:
      return "tornado";
    case Pattern::neighbor:
      return "neighbor";
    case Pattern::bit_complement:
      return "bit complement";
    case Pattern::shuffle:
      return "shuffle";
    case Pattern::hotspot:
      return "hotspot";
  }
  return "unknown";
}

TrafficResult measure_traffic(unsigned columns, unsigned rows, const TrafficOptions& options) {
  RouterMesh mesh({.columns = columns, .rows = rows});
  std::mt19937_64 random(options.seed);
  std::bernoulli_distribution makes(options.load);
  std::bernoulli_distribution is_data(options.data_share);
  std::vector<Record> records;
  std::vector<std::uint64_t> through(mesh.nodes());
  const std::uint64_t start = options.warm_up;
  const std::uint64_t end = start + options.window;
  std::uint64_t measured = 0;
  std::uint64_t arrived = 0;
  std::uint64_t accepted = 0;
  double latency = 0;
  double hops = 0;

  mesh.set_sink([&](unsigned, const Packet& packet, std::uint64_t cycle) {
    const Record& record = records.at(packet.data[0]);
    if (cycle >= start && cycle < end) {
      ++accepted;
      ++through[record.source];
    }
    if (!record.measured) return;
    ++arrived;
    latency += static_cast<double>(cycle - record.made);
    hops += record.hops;
  });
  const auto offer = [&](unsigned node) {
    const unsigned to = destination_of(options.pattern, node, columns, rows, random);
    Packet packet;
    packet.header.dst_x = static_cast<std::uint16_t>(to % columns);
    packet.header.dst_y = static_cast<std::uint16_t>(to / columns);
    packet.header.cls = is_data(random) ? hw::PacketClass::data : hw::PacketClass::request;
    packet.data[0] = static_cast<std::uint32_t>(records.size());
    const int dx = static_cast<int>(to % columns) - static_cast<int>(node % columns);
    const int dy = static_cast<int>(to / columns) - static_cast<int>(node / columns);
    const bool in_window = mesh.cycle() >= start && mesh.cycle() < end;
    records.push_back({mesh.cycle(), node, static_cast<unsigned>(std::abs(dx) + std::abs(dy)), in_window});
    if (in_window) ++measured;
    mesh.offer(node, packet);
  };

  while (mesh.cycle() < end + options.drain && (mesh.cycle() < end || arrived < measured)) {
    for (unsigned node = 0; node < mesh.nodes(); ++node) {
      if (makes(random)) offer(node);
    }
    mesh.step();
  }

  const double node_cycles = static_cast<double>(mesh.nodes()) * options.window;
  const double delivered = std::max<double>(1, static_cast<double>(arrived));
  return {.offered = static_cast<double>(measured) / node_cycles,
          .accepted = static_cast<double>(accepted) / node_cycles,
          .worst_node = static_cast<double>(*std::min_element(through.begin(), through.end())) / options.window,
          .latency_mean = latency / delivered,
          .hops_mean = hops / delivered,
          .drained = arrived == measured};
}

double saturation(unsigned columns, unsigned rows, TrafficOptions options) {
  options.load = 0.01;
  const double limit = 3 * measure_traffic(columns, rows, options).latency_mean;
  constexpr unsigned steps = 1024;
  unsigned low = 1;
  unsigned high = steps;
  while (high - low > 1) {
    const unsigned middle = std::midpoint(low, high);
    options.load = static_cast<double>(middle) / steps;
    const TrafficResult result = measure_traffic(columns, rows, options);
    (result.drained && result.latency_mean <= limit ? low : high) = middle;
  }
  options.load = 1.0;
  const TrafficResult full = measure_traffic(columns, rows, options);
  return full.drained && full.latency_mean <= limit ? 1.0 : static_cast<double>(low) / steps;
}

}  // namespace dojo::tb
