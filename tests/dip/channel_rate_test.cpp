// Lines per cycle of a DRAM channel under streams, random lines and mixtures; the figures of docs/dip.md are properties
// of these tests.

#include <gtest/gtest.h>

#include <fmt/format.h>

#include <functional>
#include <random>
#include <string>
#include <vector>

#include "tb/dip/channel_bench.hpp"

namespace dojo::tb {
namespace {

constexpr unsigned warm_up = 2000;
constexpr unsigned window = 8 * ChannelBench::refresh_period;  // whole periods of refresh
constexpr double peak = double{hw::dip_rate_share} / hw::dip_rate_period;
constexpr double without_refresh = 1.0 - double{hw::dip_refresh_cycles} / ChannelBench::refresh_period;

// Lines per cycle when the queues are never empty; `make` puts a burst into them.
double rate_of(ChannelBench& bench, const std::function<void(ChannelBench& bench)>& make) {
  const auto step = [&] {
    while (bench.queued() < 8) make(bench);
    bench.step();
  };
  for (unsigned i = 0; i < warm_up; ++i) step();
  const hw::DipCounters before = bench.counters();
  for (unsigned i = 0; i < window; ++i) step();
  const hw::DipCounters after = bench.counters();
  EXPECT_TRUE(bench.drain(100000));
  for (const std::string& error : bench.errors()) ADD_FAILURE() << error;
  return double(after.reads + after.writes - before.reads - before.writes) / window;
}

double recorded(const std::string& name, double rate) {
  testing::Test::RecordProperty(name + "_bytes_per_cycle", fmt::format("{:.2f}", rate * hw::line_bytes));
  return rate;
}

std::function<void(ChannelBench&)> reads_in_order(unsigned beats) {
  return [=, next = std::uint64_t{0}](ChannelBench& bench) mutable {
    bench.read({.address = next * hw::line_bytes, .length = beats - 1});
    next += beats;
  };
}

// Lines per cycle of streams at random places, each with an ID and at most 16 lines under way.
double rate_of_streams(unsigned streams, std::uint64_t seed) {
  ChannelBench bench;
  std::mt19937_64 random(seed);
  std::vector<std::uint64_t> next(streams);
  for (std::uint64_t& line : next) line = random() % (hw::dip_channel_lines / 2);
  const auto step = [&] {
    for (unsigned s = 0; s < streams; ++s) {
      if (bench.outstanding(s) < 16 && bench.queued() < 8) bench.read({.id = s, .address = next[s]++ * hw::line_bytes});
    }
    bench.step();
  };
  for (unsigned i = 0; i < warm_up; ++i) step();
  const std::uint64_t before = bench.counters().reads;
  for (unsigned i = 0; i < window; ++i) step();
  return double(bench.counters().reads - before) / window;
}

std::function<void(ChannelBench&)> writes_in_order(unsigned beats) {
  return [=, next = std::uint64_t{0}](ChannelBench& bench) mutable {
    bench.write({.address = next * hw::line_bytes, .length = beats - 1}, next);
    next += beats;
  };
}

// Half of the streams read, half write, far apart.
std::function<void(ChannelBench&)> copies(unsigned beats) {
  return [=, next = std::uint64_t{0}](ChannelBench& bench) mutable {
    bench.read({.id = 1, .address = next * hw::line_bytes, .length = beats - 1});
    bench.write({.id = 2, .address = (next + 5000000) * hw::line_bytes, .length = beats - 1}, next);
    next += beats;
  };
}

std::function<void(ChannelBench&)> random_lines(unsigned writes_of_8) {
  return [=, random = std::mt19937_64(1)](ChannelBench& bench) mutable {
    const AxiRequest request{.id = static_cast<unsigned>(random() % ChannelBench::ids),
                             .address = random() % hw::dip_channel_lines * hw::line_bytes};
    if (random() % 8 < writes_of_8) {
      if (bench.may_write(request)) bench.write(request, random());
    } else if (bench.may_read(request)) {
      bench.read(request);
    }
  };
}

// A stream gets all that refresh leaves.
TEST(DipChannelRate, Streams) {
  for (const unsigned beats : {1U, 4U, 16U, 64U, 256U}) {
    ChannelBench bench;
    EXPECT_GE(recorded(fmt::format("read_beats_{}", beats), rate_of(bench, reads_in_order(beats))),
              0.99 * peak * without_refresh)
        << beats;
    EXPECT_LE(double(bench.counters().activations) * 30, double(bench.counters().reads)) << beats;
  }
  for (const unsigned beats : {1U, 16U, 64U}) {
    ChannelBench bench;
    EXPECT_GE(recorded(fmt::format("write_beats_{}", beats), rate_of(bench, writes_in_order(beats))),
              0.98 * peak * without_refresh)
        << beats;
  }
}

// Streams that meet in a bank cost each other row changes; others go on meanwhile.
TEST(DipChannelRate, ManyStreams) {
  for (const unsigned streams : {4U, 5U, 7U}) {
    double sum = 0;
    for (std::uint64_t seed = 1; seed <= 3; ++seed) sum += rate_of_streams(streams, seed);
    EXPECT_GE(recorded(fmt::format("read_streams_{}", streams), sum / 3), 0.96 * peak * without_refresh) << streams;
  }
}

TEST(DipChannelRate, ReadsAndWrites) {
  for (const unsigned beats : {1U, 16U}) {
    ChannelBench bench;
    EXPECT_GE(recorded(fmt::format("copy_beats_{}", beats), rate_of(bench, copies(beats))),
              0.6 * peak * without_refresh)
        << beats;
  }
}

TEST(DipChannelRate, RandomLines) {
  for (const unsigned writes : {0U, 4U, 8U}) {
    ChannelBench bench;
    EXPECT_GE(recorded(fmt::format("random_writes_{}_of_8", writes), rate_of(bench, random_lines(writes))), 0.1)
        << writes;
  }
}

// A window without refresh shows the limit of the bus, one with it what refresh costs.
TEST(DipChannelRate, RefreshCostsItsTime) {
  ChannelBench bench;
  const auto make = reads_in_order(16);
  const auto step = [&] {
    while (bench.queued() < 8) make(bench);
    bench.step();
  };
  for (unsigned i = 0; i < 200; ++i) step();
  const std::uint64_t before = bench.counters().reads;
  for (unsigned i = 0; i < 3200; ++i) step();
  const double rate = double(bench.counters().reads - before) / 3200;
  recorded("between_refreshes", rate);
  EXPECT_NEAR(rate, peak, 0.001);
}

}  // namespace
}  // namespace dojo::tb
