// Bytes per cycle between an Interface Processor and the mesh; the figures of docs/dip.md are properties of these
// tests.

#include <gtest/gtest.h>

#include <fmt/format.h>

#include <array>
#include <random>
#include <string>

#include "tb/dip/processor_bench.hpp"

namespace dojo::tb {
namespace {

constexpr unsigned warm_up = 1000;
constexpr unsigned window = 4 * ProcessorBench::refresh_period;  // whole periods of refresh
constexpr double memory_rate = 400;
constexpr double link_rate = hw::line_bytes;

std::uint64_t flits_of(const ProcessorBench& bench) {
  std::uint64_t flits = 0;
  for (unsigned port = 0; port < ProcessorBench::ports; ++port) flits += bench.sent(port);
  return flits;
}

// READs of class request that came are not counted.
std::uint64_t lines_written(const ProcessorBench& bench,
                            const std::array<std::uint64_t, ProcessorBench::ports>& reads) {
  std::uint64_t flits = 0;
  for (unsigned port = 0; port < ProcessorBench::ports; ++port) flits += bench.taken(port) - reads.at(port);
  return flits;
}

// Bytes per cycle that cross the ports: `readers` ports read streams of lines, `writers` ports behind them write.
double rate_of(unsigned readers, unsigned writers, std::uint64_t seed) {
  ProcessorBench bench;
  std::mt19937_64 random(seed);
  std::array<std::uint64_t, ProcessorBench::ports> next{};
  std::array<std::uint64_t, ProcessorBench::ports> reads{};
  for (std::uint64_t& address : next) address = random() % (model::InterfaceProcessor::bytes / 128) * 64;
  constexpr unsigned lines = 1024;
  const auto step = [&] {
    for (unsigned port = 0; port < readers; ++port) {
      if (bench.expected(port) >= 2 * lines) continue;
      bench.read(port, {.address = next[port], .x = port, .y = port, .lines = lines});
      next[port] += lines * hw::line_bytes;
      ++reads[port];
    }
    for (unsigned port = ProcessorBench::ports - writers; port < ProcessorBench::ports; ++port) {
      if (bench.queued(port, 1) >= 4) continue;
      bench.write(port, next[port], {static_cast<std::uint32_t>(next[port])});
      next[port] += hw::line_bytes;
    }
    bench.step();
  };
  for (unsigned i = 0; i < warm_up; ++i) step();
  const std::uint64_t sent = flits_of(bench);
  const std::uint64_t written = lines_written(bench, reads);
  for (unsigned i = 0; i < window; ++i) step();
  const double flits = double(flits_of(bench) - sent) + double(lines_written(bench, reads) - written);
  const double rate = flits * hw::line_bytes / window;
  EXPECT_TRUE(bench.settle(100000));
  for (const std::string& error : bench.errors()) ADD_FAILURE() << error;
  return rate;
}

double recorded(const std::string& name, double rate) {
  testing::Test::RecordProperty(name + "_bytes_per_cycle", fmt::format("{:.1f}", rate));
  return rate;
}

// Each node takes a line per cycle, so five take 320 bytes; what a refresh costs can not be made good on a full link.
TEST(InterfaceProcessorRate, FewNodesGetWhatTheirLinksCarry) {
  for (const unsigned nodes : {1U, 3U, 5U})
    EXPECT_GE(recorded(fmt::format("read_nodes_{}", nodes), rate_of(nodes, 0, 1)), 0.88 * nodes * link_rate) << nodes;
}

// All ports together: what the memory gives.
TEST(InterfaceProcessorRate, AllPortsGetNineTenthsOfTheMemory) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed)
    EXPECT_GE(recorded(fmt::format("read_nodes_7_places_{}", seed), rate_of(7, 0, seed)), 0.9 * memory_rate) << seed;
}

TEST(InterfaceProcessorRate, Writes) {
  EXPECT_GE(recorded("write_nodes_5", rate_of(0, 5, 1)), 0.77 * 5 * link_rate);
  EXPECT_GE(recorded("write_nodes_7", rate_of(0, 7, 1)), 0.74 * memory_rate);
}

// Five nodes read and five write: three ports do both.
TEST(InterfaceProcessorRate, ReadsAndWrites) {
  EXPECT_GE(recorded("read_5_write_5", rate_of(5, 5, 1)), 0.66 * memory_rate);
}

}  // namespace
}  // namespace dojo::tb
