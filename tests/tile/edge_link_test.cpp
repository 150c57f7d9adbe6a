// The die-edge link in its full size: throughput, latency, shares of the ports, and traffic under bit errors.
// DOJO_NIGHTLY=1 makes the traffic under bit errors 10**7 flits.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <random>

#include "Vedge_link.h"
#include "tb/noc/scoreboard.hpp"
#include "tb/tile/edge_pair.hpp"

namespace dojo::tb {
namespace {

using hw::PacketClass;
using Pair = EdgePair<Vedge_link>;

constexpr std::array<PacketClass, 2> both_classes{PacketClass::request, PacketClass::data};
constexpr double line_rate = hw::edge_slots - 1.0 / hw::edge_beats;

unsigned opposite(const Pair& pair, unsigned node) {
  return (node + pair.ports()) % pair.nodes();
}

void expect_clean(const Scoreboard& scoreboard) {
  for (const std::string& error : scoreboard.errors()) ADD_FAILURE() << error;
  EXPECT_EQ(scoreboard.outstanding(), 0U);
  EXPECT_EQ(scoreboard.delivered(), scoreboard.made());
}

/// Keeps `ports` ports of the ends in `ends` (bits) busy with both classes for `cycles` cycles after a time of
/// settling; flits per cycle that come out at each end.
std::array<double, 2> throughput(Pair& pair, Scoreboard& scoreboard, unsigned ends, unsigned ports, unsigned cycles,
                                 unsigned class_mask = 3) {
  std::array<std::uint64_t, 2> received{};
  pair.set_sink([&](unsigned node, const Packet& packet, std::uint64_t) {
    scoreboard.deliver(node, packet);
    ++received.at(node / pair.ports());
  });
  const auto run = [&](unsigned count) {
    for (unsigned i = 0; i < count; ++i) {
      for (unsigned e = 0; e < edge_ends; ++e) {
        for (unsigned p = 0; p < ports && ((ends >> e) & 1U) != 0; ++p) {
          const unsigned node = e * pair.ports() + p;
          for (const PacketClass cls : both_classes) {
            const auto c = static_cast<unsigned>(cls);
            if (((class_mask >> c) & 1U) != 0 && pair.queued(node, c) < 2)
              pair.offer(node, scoreboard.make(node, opposite(pair, node), cls));
          }
        }
      }
      pair.step();
    }
  };
  run(1500);
  received.fill(0);
  run(cycles);
  pair.set_sink([&](unsigned node, const Packet& packet, std::uint64_t) { scoreboard.deliver(node, packet); });
  return {static_cast<double>(received[0]) / cycles, static_cast<double>(received[1]) / cycles};
}

TEST(EdgeLink, LatencyIsTwoHundredCycles) {
  Pair pair({});
  Scoreboard scoreboard(pair.ports());
  pair.train();
  ASSERT_TRUE(pair.settle(5000));
  std::uint64_t offered = 0;
  std::uint64_t least = 1000;
  std::uint64_t most = 0;
  pair.set_sink([&](unsigned node, const Packet& packet, std::uint64_t cycle) {
    scoreboard.deliver(node, packet);
    // The router's output register holds the flit in the cycle in which the source offers it.
    least = std::min(least, cycle - offered);
    most = std::max(most, cycle - offered);
  });
  for (unsigned node = 0; node < pair.nodes(); node += 7) {
    for (const PacketClass cls : both_classes) {
      offered = pair.cycle();
      pair.offer(node, scoreboard.make(node, opposite(pair, node), cls));
      ASSERT_TRUE(pair.settle(5000));
    }
  }
  // Flits that come one after the other meet frames at all of their beats.
  for (unsigned i = 0; i < 100; ++i) {
    offered = pair.cycle();
    pair.offer(3, scoreboard.make(3, opposite(pair, 3), PacketClass::data));
    pair.run(301 + i % 7);
  }
  ASSERT_TRUE(pair.settle(5000));
  expect_clean(scoreboard);
  RecordProperty("least", std::to_string(least));
  RecordProperty("most", std::to_string(most));
  EXPECT_GE(least, hw::edge_latency - 10);
  EXPECT_LE(most, hw::edge_latency + 10);
}

TEST(EdgeLink, LatencyUnderHalfLoad) {
  Pair pair({});
  Scoreboard scoreboard(pair.ports());
  pair.train();
  std::vector<std::deque<std::uint64_t>> offered(pair.nodes());
  std::uint64_t sum = 0;
  std::uint64_t most = 0;
  std::uint64_t count = 0;
  pair.set_sink([&](unsigned node, const Packet& packet, std::uint64_t cycle) {
    scoreboard.deliver(node, packet);
    auto& times = offered.at(opposite(pair, node));
    sum += cycle - times.front();
    most = std::max(most, cycle - times.front());
    times.pop_front();
    ++count;
  });
  std::mt19937_64 random(5);
  for (unsigned i = 0; i < 3000; ++i) {
    for (unsigned node = 0; node < pair.nodes(); ++node) {
      if (random() % 10 >= 4) continue;
      offered[node].push_back(pair.cycle());
      pair.offer(node, scoreboard.make(node, opposite(pair, node), PacketClass::data));
    }
    pair.step();
  }
  ASSERT_TRUE(pair.settle(5000));
  expect_clean(scoreboard);
  const double mean = static_cast<double>(sum) / static_cast<double>(count);
  RecordProperty("mean", std::to_string(mean));
  RecordProperty("most", std::to_string(most));
  EXPECT_NEAR(mean, hw::edge_latency, 10);
}

TEST(EdgeLink, CleanThroughputIsTheLineRate) {
  for (const unsigned ends : {1U, 3U}) {
    for (const unsigned class_mask : {1U, 2U, 3U}) {
      for (const unsigned ports : {20U, 18U, 16U}) {
        if (ends == 3 && ports != 20 && class_mask != 3) continue;
        Pair pair({});
        Scoreboard scoreboard(pair.ports());
        pair.train();
        const auto rate = throughput(pair, scoreboard, ends, ports, 2000, class_mask);
        RecordProperty(
            "ends" + std::to_string(ends) + "classes" + std::to_string(class_mask) + "ports" + std::to_string(ports),
            std::to_string(rate[0]) + " " + std::to_string(rate[1]));
        EXPECT_GE(rate[1], 15.6) << ports << " ports, classes " << class_mask;
        EXPECT_LE(rate[1], line_rate + 0.02);
        if (ends == 3) EXPECT_GE(rate[0], 15.6);
        ASSERT_TRUE(pair.settle(10000));
        expect_clean(scoreboard);
        EXPECT_EQ(pair.counters(0).repeated + pair.counters(1).repeated, 0U);
      }
    }
  }
}

TEST(EdgeLink, OnePortHasAFlitPerCycle) {
  for (const unsigned class_mask : {1U, 2U, 3U}) {
    Pair pair({});
    Scoreboard scoreboard(pair.ports());
    pair.train();
    EXPECT_GE(throughput(pair, scoreboard, 1, 1, 2000, class_mask)[1], 0.999) << class_mask;
    ASSERT_TRUE(pair.settle(10000));
    expect_clean(scoreboard);
  }
}

TEST(EdgeLink, PortsHaveEqualShares) {
  Pair pair({});
  Scoreboard scoreboard(pair.ports());
  pair.train();
  throughput(pair, scoreboard, 1, 20, 100);
  std::vector<unsigned> received(pair.nodes());
  pair.set_sink([&](unsigned node, const Packet&, std::uint64_t) { ++received.at(node); });
  constexpr unsigned cycles = 2000;
  for (unsigned i = 0; i < cycles; ++i) {
    for (unsigned p = 0; p < pair.ports(); ++p) {
      if (pair.queued(p, 1) < 2) pair.offer(p, scoreboard.make(p, opposite(pair, p), PacketClass::data));
    }
    pair.step();
  }
  for (unsigned p = 0; p < pair.ports(); ++p) {
    EXPECT_NEAR(received.at(pair.ports() + p), cycles * line_rate / pair.ports(), 0.02 * cycles) << "port " << p;
  }
}

TEST(EdgeLink, ThroughputUnderErrors) {
  struct Case {
    double bit_error_rate;
    double drop_rate;
    double least;  // part of the line rate
  };
  for (const Case& c : {Case{1e-7, 0, 0.99}, Case{1e-6, 0, 0.97}, Case{1e-5, 0, 0.8}, Case{0, 1e-5, 0.98},
                        Case{0, 1e-4, 0.9}, Case{0, 1e-3, 0.6}, Case{1e-6, 1e-4, 0.9}}) {
    Pair pair({.bit_error_rate = c.bit_error_rate, .drop_rate = c.drop_rate});
    Scoreboard scoreboard(pair.ports());
    pair.train();
    const auto flits = throughput(pair, scoreboard, 3, 20, 20000);
    RecordProperty(fmt::format("bits {} drops {}", c.bit_error_rate, c.drop_rate),
                   fmt::format("{:.3f} {:.3f}", flits[0], flits[1]));
    EXPECT_GE(flits[0], c.least * line_rate) << c.bit_error_rate << " " << c.drop_rate;
    EXPECT_GE(flits[1], c.least * line_rate) << c.bit_error_rate << " " << c.drop_rate;
    ASSERT_TRUE(pair.settle(20000));
    expect_clean(scoreboard);
    if (c.bit_error_rate > 0) EXPECT_GT(pair.counters(0).corrected, 0U);
  }
}

TEST(EdgeLink, EveryFlitOnceAndInOrderUnderBitErrors) {
  const std::uint64_t flits = std::getenv("DOJO_NIGHTLY") != nullptr ? 10'000'000 : 100'000;
  Pair pair({.bit_error_rate = 1e-6, .seed = 7});
  Scoreboard scoreboard(pair.ports());
  pair.train();
  std::uint64_t received = 0;
  pair.set_sink([&](unsigned node, const Packet& packet, std::uint64_t) {
    scoreboard.deliver(node, packet);
    ++received;
  });
  while (scoreboard.made() < flits) {
    for (unsigned node = 0; node < pair.nodes(); ++node) {
      for (const PacketClass cls : both_classes) {
        if (pair.queued(node, static_cast<unsigned>(cls)) < 2)
          pair.offer(node, scoreboard.make(node, opposite(pair, node), cls));
      }
    }
    pair.step();
  }
  ASSERT_TRUE(pair.settle(20000));
  expect_clean(scoreboard);
  RecordProperty("flits", std::to_string(received));
  RecordProperty("corrected", std::to_string(pair.counters(0).corrected + pair.counters(1).corrected));
  RecordProperty("repeated", std::to_string(pair.counters(0).repeated + pair.counters(1).repeated));
}

std::uint64_t hash_of_run(int reset_seed) {
  Pair pair({.bit_error_rate = 1e-5, .drop_rate = 1e-3, .reset_seed = reset_seed});
  Scoreboard scoreboard(pair.ports());
  pair.train();
  throughput(pair, scoreboard, 3, 20, 500);
  pair.settle(20000);
  return pair.hash();
}

TEST(EdgeLink, NothingDependsOnUninitialisedState) {
  const std::uint64_t first = hash_of_run(1);
  EXPECT_EQ(hash_of_run(2), first);
  EXPECT_EQ(hash_of_run(99), first);
}

}  // namespace
}  // namespace dojo::tb
