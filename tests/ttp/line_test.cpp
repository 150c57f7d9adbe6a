// Two endpoints on a line: rates and latency on a clean one, and every payload exactly once and in order on a bad one.

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdio>
#include <memory>
#include <random>
#include <string>
#include <utility>

#include "sim/assertion.hpp"
#include "ttp/model_station.hpp"
#include "ttp/pair.hpp"
#include "ttp/rtl_station.hpp"

namespace dojo::ttp {
namespace {

using hw::TtpCounter;
using hw::TtpState;

constexpr hw::TtpTimers line_timers{.retry = 6000, .backoff = 800, .settle = 30000, .idle = 0};
constexpr double line_rate = 25;  // bytes per cycle: 50 GB/s at 2 GHz

std::unique_ptr<Station> make_station(bool rtl, std::uint32_t node, int seed) {
  if (rtl) return std::make_unique<RtlStation>(node, line_timers, seed);
  return std::make_unique<ModelStation>(EndpointConfig{.node = node, .links = 4, .window = 32, .timers = line_timers});
}

/// Payloads of random length and VC from station 0, which opens the links, and answers of station 1.
bool exchange(Pair& pair, Station& first, Station& second, unsigned payloads, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto slow_user = [&random](unsigned) { return random() % 4 != 0; };
  first.set_ready(slow_user);
  second.set_ready(slow_user);
  for (unsigned vc = 0; vc < hw::ttp_channels; ++vc) pair.send(0, vc, 1);
  if (!pair.run(1000000)) return false;
  for (unsigned i = 0; i < payloads; ++i) {
    const unsigned from = random() % 2;
    const unsigned vc = random() % 4 == 0 ? random() % 2 : 2;
    pair.send(from, vc, random() % 4 == 0 ? 16 : 1 + random() % 16);
  }
  return pair.run(100000 + 4000ULL * payloads);
}

TEST(TtpLine, CleanLineIsUsedInFull) {
  for (const double rate : {line_rate, 64.0}) {
    RtlStation first(Pair::nodes[0], line_timers, 1);
    RtlStation second(Pair::nodes[1], line_timers, 2);
    first.set_rate(rate);
    second.set_rate(rate);
    Pair pair(first, second, {}, 1);
    pair.send(0, 2, 16);
    ASSERT_TRUE(pair.run(100000));
    constexpr unsigned payloads = 2000;
    for (unsigned i = 0; i < payloads; ++i) pair.send(0, 2, 16);
    const std::uint64_t start = pair.cycle();
    const std::uint64_t bytes_before = pair.line(0).counts().bytes;
    ASSERT_TRUE(pair.run(1000000));
    const auto cycles = static_cast<double>(pair.last_delivery() - start);
    const double frame_bytes = static_cast<double>(pair.line(0).counts().bytes - bytes_before) / cycles;
    const double payload_bytes = 1024.0 * payloads / cycles;
    RecordProperty("line_bytes_per_cycle", std::to_string(frame_bytes));
    RecordProperty("payload_bytes_per_cycle", std::to_string(payload_bytes));
    std::printf("rate %.0f: frames %.2f, payloads %.2f bytes per cycle\n", rate, frame_bytes, payload_bytes);
    if (rate == line_rate) EXPECT_GE(frame_bytes, 0.97 * line_rate);
    if (rate > line_rate) EXPECT_GE(payload_bytes, line_rate);
    EXPECT_EQ(first.count(TtpCounter::payloads_sent), payloads + 1);
    EXPECT_TRUE(pair.errors().empty()) << pair.errors().front();
  }
}

TEST(TtpLine, LatencyOfASmallWrite) {
  RtlStation first(Pair::nodes[0], line_timers, 1);
  RtlStation second(Pair::nodes[1], line_timers, 2);
  constexpr unsigned latency = 200;
  Pair pair(first, second, {.latency = latency}, 1);
  pair.send(0, 2, 1);
  ASSERT_TRUE(pair.run(100000));
  const std::uint64_t start = pair.cycle();
  pair.send(0, 2, 1);
  ASSERT_TRUE(pair.run(100000));
  const std::uint64_t cycles = pair.last_delivery() - start;
  RecordProperty("cycles", static_cast<int>(cycles));
  std::printf("64-byte write: %llu cycles, of them %u on the line\n", static_cast<unsigned long long>(cycles), latency);
  EXPECT_LE(cycles, latency + 25);
}

/// What is at both ends, and a seed of everything random.
struct Ends {
  bool first_rtl, second_rtl;
  unsigned seed;
};

class TtpBadLine : public testing::TestWithParam<Ends> {};

TEST_P(TtpBadLine, PayloadsArriveOnceAndInOrder) {
  const auto [first_rtl, second_rtl, seed] = GetParam();
  const auto first = make_station(first_rtl, Pair::nodes[0], static_cast<int>(seed));
  const auto second = make_station(second_rtl, Pair::nodes[1], static_cast<int>(seed) + 100);
  unsigned downs = 0;
  for (Station* station : {first.get(), second.get()})
    station->set_down([&downs](std::uint32_t, unsigned) { ++downs; });
  Pair pair(*first, *second, {.drop = 0.01, .repeat = 0.01, .reorder = 0.01, .corrupt = 0.01}, seed);
  constexpr unsigned payloads = 3000;
  EXPECT_TRUE(exchange(pair, *first, *second, payloads, seed)) << "cycle " << pair.cycle();
  EXPECT_EQ(pair.delivered(0) + pair.delivered(1), payloads + 3);
  EXPECT_EQ(downs, 0U);
  for (const std::string& error : pair.errors()) ADD_FAILURE() << error;
  EXPECT_GT(first->count(TtpCounter::nacks_received), 0U);
  EXPECT_GT(second->count(TtpCounter::repeated) + second->count(TtpCounter::out_of_order), 0U);
  EXPECT_GT(first->count(TtpCounter::malformed), 0U);
}

INSTANTIATE_TEST_SUITE_P(Ttp, TtpBadLine,
                         testing::Values(Ends{true, true, 1}, Ends{true, true, 2}, Ends{true, true, 3},
                                         Ends{true, false, 4}, Ends{false, true, 5}, Ends{false, false, 6},
                                         Ends{false, false, 7}),
                         [](const auto& ends) {
                           const auto name = [](bool rtl) { return std::string(rtl ? "Rtl" : "Model"); };
                           return name(ends.param.first_rtl) + name(ends.param.second_rtl) +
                                  std::to_string(ends.param.seed);
                         });

/// Cycles in which 100 payloads of 1 KB arrive when the frame number `lost` of them, or of their answers if `from` is
/// 1, is lost.
std::uint64_t cycles_with_a_loss(unsigned from, unsigned lost) {
  RtlStation first(Pair::nodes[0], line_timers, 1);
  RtlStation second(Pair::nodes[1], line_timers, 2);
  first.set_rate(line_rate);
  Pair pair(first, second, {}, 4);
  pair.send(0, 2, 16);
  EXPECT_TRUE(pair.run(200000));
  unsigned seen = 0;
  pair.set_tap([&](unsigned sender, const Bytes&) { return sender != from || ++seen != lost; });
  for (unsigned i = 0; i < 100; ++i) pair.send(0, 2, 16);
  const std::uint64_t start = pair.cycle();
  EXPECT_TRUE(pair.run(200000));
  EXPECT_EQ(pair.delivered(0), 101U);
  EXPECT_TRUE(pair.errors().empty());
  return pair.last_delivery() - start;
}

TEST(TtpLine, RecoveryFromOneLoss) {
  const std::uint64_t clean = cycles_with_a_loss(0, 0);
  const std::uint64_t payload = cycles_with_a_loss(0, 50) - clean;
  const std::uint64_t last = cycles_with_a_loss(0, 100) - clean;
  const std::uint64_t ack = cycles_with_a_loss(1, 50) - clean;
  std::printf("lost payload: %llu cycles, last payload: %llu, ACK: %llu\n", static_cast<unsigned long long>(payload),
              static_cast<unsigned long long>(last), static_cast<unsigned long long>(ack));
  EXPECT_LE(payload, 2 * 200 + 200U) << "the line both ways, the NACK, and the frame that is being sent";
  EXPECT_LE(last, line_timers.retry + 2 * 200 + 200U) << "no younger payload tells the receiver: the timer must";
  EXPECT_EQ(ack, 0U) << "younger ACKs stand for it";
}

TEST(TtpLine, AMillionPayloadsOnABadLine) {
  RtlStation first(Pair::nodes[0], line_timers, 1);
  RtlStation second(Pair::nodes[1], line_timers, 2);
  first.set_rate(line_rate);
  Pair pair(first, second, {.drop = 0.01, .repeat = 0.01, .reorder = 0.01, .late = 400}, 11);
  pair.send(0, 2, 1);
  ASSERT_TRUE(pair.run(200000));
  constexpr std::uint64_t payloads = 1000000;
  constexpr unsigned ahead = 64;
  const std::uint64_t start = pair.cycle();
  std::uint64_t sent = 0;
  for (; pair.delivered(0) < payloads && pair.cycle() < 400 * payloads; pair.step()) {
    while (sent < payloads - 1 && sent < pair.delivered(0) + ahead) {
      pair.send(0, 2, 1);
      ++sent;
    }
  }
  ASSERT_TRUE(pair.run(200000));
  EXPECT_EQ(pair.delivered(0), payloads);
  for (const std::string& error : pair.errors()) ADD_FAILURE() << error;
  std::printf("%llu payloads of 64 bytes, %llu frames sent, %llu lost: %.1f cycles each\n",
              static_cast<unsigned long long>(payloads),
              static_cast<unsigned long long>(first.count(TtpCounter::payloads_sent)),
              static_cast<unsigned long long>(pair.line(0).counts().lost),
              static_cast<double>(pair.last_delivery() - start) / payloads);
}

TEST(TtpLine, RateOnABadLine) {
  for (const double loss : {0.0, 0.0001, 0.001, 0.01}) {
    RtlStation first(Pair::nodes[0], line_timers, 1);
    RtlStation second(Pair::nodes[1], line_timers, 2);
    first.set_rate(line_rate);
    Pair pair(first, second, {.drop = loss}, 4);
    pair.send(0, 2, 16);
    ASSERT_TRUE(pair.run(200000));
    constexpr unsigned payloads = 5000;
    for (unsigned i = 0; i < payloads; ++i) pair.send(0, 2, 16);
    const std::uint64_t start = pair.cycle();
    ASSERT_TRUE(pair.run(20000000));
    const double rate = 1024.0 * payloads / static_cast<double>(pair.last_delivery() - start);
    std::printf("loss %.4f: %.2f payload bytes per cycle, %llu frames repeated\n", loss, rate,
                static_cast<unsigned long long>(first.count(TtpCounter::payloads_sent) - payloads - 1));
    EXPECT_TRUE(pair.errors().empty());
    EXPECT_GE(rate, loss == 0 ? 23.0 : loss < 0.001 ? 22.0 : loss < 0.01 ? 18.0 : 5.0) << loss;
  }
}

TEST(TtpLine, NothingDependsOnUninitialisedState) {
  const auto hash_of_run = [](int reset_seed) {
    RtlStation first(Pair::nodes[0], line_timers, reset_seed);
    RtlStation second(Pair::nodes[1], line_timers, reset_seed + 10);
    Pair pair(first, second, {.drop = 0.02, .repeat = 0.02, .reorder = 0.02, .corrupt = 0.02}, 5);
    EXPECT_TRUE(exchange(pair, first, second, 300, 5));
    return std::pair{first.hash(), second.hash()};
  };
  const auto hashes = hash_of_run(1);
  EXPECT_EQ(hash_of_run(2), hashes);
  EXPECT_EQ(hash_of_run(3), hashes);
}

TEST(TtpLine, CrossingOpensOnACleanLineOpen) {
  RtlStation first(Pair::nodes[0], line_timers, 1);
  RtlStation second(Pair::nodes[1], line_timers, 2);
  Pair pair(first, second, {}, 1);
  for (unsigned i = 0; i < 10; ++i) {
    pair.send(0, 2, 4);
    pair.send(1, 2, 4);
  }
  ASSERT_TRUE(pair.run(200000));
  EXPECT_EQ(pair.delivered(0), 10U);
  EXPECT_EQ(pair.delivered(1), 10U);
  EXPECT_TRUE(pair.errors().empty());
}

// Neither end may send before the other one has its OPEN_ACK, although OPENs and OPEN_ACKs come late or not at all.
TEST(TtpLine, CrossingOpensOnABadLineOpen) {
  for (unsigned seed = 1; seed <= 200; ++seed) {
    RtlStation first(Pair::nodes[0], line_timers, static_cast<int>(seed));
    RtlStation second(Pair::nodes[1], line_timers, static_cast<int>(seed) + 1000);
    Pair pair(first, second, {.drop = 0.1, .repeat = 0.1, .reorder = 0.1}, seed);
    constexpr unsigned payloads = 10;
    for (unsigned i = 0; i < payloads; ++i) {
      pair.send(0, 2, 1);
      pair.send(1, 2, 1);
    }
    ASSERT_TRUE(pair.run(1000000)) << "seed " << seed;
    EXPECT_EQ(first.count(TtpCounter::links_down) + second.count(TtpCounter::links_down), 0U) << "seed " << seed;
    EXPECT_EQ(pair.delivered(0), payloads) << "seed " << seed;
    EXPECT_EQ(pair.delivered(1), payloads) << "seed " << seed;
    for (const std::string& error : pair.errors()) ADD_FAILURE() << "seed " << seed << ": " << error;
  }
}

TEST(TtpLine, IdleLinksCloseAndOpenAgain) {
  constexpr hw::TtpTimers closing{.retry = 2000, .backoff = 500, .settle = 4000, .idle = 3000};
  RtlStation first(Pair::nodes[0], closing, 1);
  RtlStation second(Pair::nodes[1], closing, 2);
  Pair pair(first, second, {.drop = 0.05, .repeat = 0.05}, 3);
  for (unsigned round = 1; round <= 20; ++round) {
    pair.send(0, 2, 3);
    for (unsigned i = 0; i < 40000; ++i) pair.step();
    EXPECT_EQ(pair.delivered(0), round);
    EXPECT_EQ(first.state(Pair::nodes[1], 2), TtpState::closed);
    EXPECT_EQ(second.state(Pair::nodes[0], 2), TtpState::closed);
  }
  EXPECT_GE(first.count(TtpCounter::links_opened), 20U);
  EXPECT_TRUE(pair.errors().empty());
}

TEST(TtpLine, RandomFramesAreCountedAndLeaveTheLinksAlone) {
  RtlStation first(Pair::nodes[0], line_timers, 1);
  RtlStation second(Pair::nodes[1], line_timers, 2);
  Pair pair(first, second, {}, 1);
  pair.send(0, 2, 16);
  ASSERT_TRUE(pair.run(100000));
  std::mt19937_64 random(9);
  constexpr unsigned frames = 20000;
  for (unsigned i = 0; i < frames; ++i) {
    // Headers that are nearly right, with another destination, so that no change of theirs makes them valid.
    Frame frame{.source = Pair::nodes[1],
                .destination = 0x777777,
                .opcode = static_cast<hw::TtpOpcode>(random() % 11),
                .vc = 2,
                .tx_id = static_cast<std::uint32_t>(random()),
                .rx_id = static_cast<std::uint32_t>(random()),
                .noc = {},
                .payload = {}};
    if (frame.opcode == hw::TtpOpcode::payload) frame.payload.resize(64 * (1 + random() % 16));
    Bytes bytes = encode(frame);
    for (std::uint64_t flips = random() % 8; flips > 0; --flips)
      bytes[6 + random() % 50] = static_cast<std::uint8_t>(random());
    first.receive(std::move(bytes), false);
    if (i % 50 == 0) pair.send(0, 2, 1 + random() % 16);
    pair.step();
  }
  ASSERT_TRUE(pair.run(1000000));
  EXPECT_EQ(first.count(TtpCounter::malformed), frames);
  EXPECT_EQ(pair.delivered(0), 1 + frames / 50);
  EXPECT_TRUE(pair.errors().empty());
}

}  // namespace
}  // namespace dojo::ttp
