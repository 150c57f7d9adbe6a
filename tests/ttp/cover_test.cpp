// Every cover property of the endpoint is reached.

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <random>
#include <string>

#include "tb/noc/cover_counts.hpp"
#include "ttp/pair.hpp"
#include "ttp/rtl_station.hpp"

namespace dojo::ttp {
namespace {

using Counts = std::map<std::string, std::uint64_t>;

void add(Counts& counts, RtlStation& station) {
  for (const auto& [name, count] : tb::cover_counts(station.context(), "ttp_endpoint")) counts[name] += count;
}

// Both ends send at once on a bad line, with users that take their time.
void cover_bad_line(Counts& counts) {
  constexpr hw::TtpTimers cover_timers{.retry = 3000, .backoff = 300, .settle = 9000, .idle = 4000};
  RtlStation first(Pair::nodes[0], cover_timers, 1);
  RtlStation second(Pair::nodes[1], cover_timers, 2);
  first.set_rate(25);
  std::mt19937_64 random(1);
  bool slow = false;
  const auto ready = [&](unsigned) { return random() % (slow ? 400 : 2) == 0; };
  first.set_ready(ready);
  second.set_ready(ready);
  Pair pair(first, second, {.drop = 0.02, .repeat = 0.02, .reorder = 0.02, .corrupt = 0.01}, 1);
  for (unsigned round = 0; round < 6; ++round) {
    slow = round % 2 == 1;
    for (unsigned i = 0; i < 60; ++i) {
      for (unsigned from = 0; from < 2; ++from) {
        pair.send(from, 2, i % 3 == 0 || round == 3 ? 16 : 1);
        pair.send(from, i % 2, 1);
      }
    }
    for (unsigned i = 0; i < 60000; ++i) pair.step();
  }
  add(counts, first);
  add(counts, second);
}

/// A line whose other end is the test.
class Alone {
 public:
  static constexpr std::uint32_t own = 0x42;

  explicit Alone(Counts& counts) : counts_(counts) {}
  ~Alone() { add(counts_, station_); }
  Alone(const Alone&) = delete;
  Alone& operator=(const Alone&) = delete;

  void say(hw::TtpOpcode opcode, std::uint32_t tx, std::uint32_t rx, std::uint32_t from) {
    station_.receive(encode({.source = from,
                             .destination = own,
                             .opcode = opcode,
                             .vc = 2,
                             .tx_id = tx,
                             .rx_id = rx,
                             .noc = {},
                             .payload = {}}),
                     false);
  }
  void run(unsigned cycles) {
    for (unsigned i = 0; i < cycles; ++i) station_.step();
  }
  RtlStation& station() { return station_; }

 private:
  Counts& counts_;
  RtlStation station_{own, {.retry = 2000, .backoff = 300, .settle = 500, .idle = 0}, 3};
};

// More answers than can wait.
void cover_overrun(Counts& counts) {
  Alone alone(counts);
  alone.station().set_rate(1);
  for (std::uint32_t i = 0; i < 40; ++i) alone.say(hw::TtpOpcode::close, i, 0, 0x100 + i);
  alone.run(5000);
  EXPECT_GT(alone.station().count(hw::TtpCounter::overrun), 0U);
}

// More peers than entries, an OPEN that is refused, a link that goes down while it is given a payload.
void cover_links(Counts& counts) {
  Alone alone(counts);
  for (std::uint32_t node = 1; node <= 5; ++node) {
    alone.say(hw::TtpOpcode::open, 100, 0, node);
    alone.run(50);
  }
  Alone asker(counts);
  asker.station().send(7, 2, {}, Bytes(1024, 1));
  asker.run(50);
  asker.say(hw::TtpOpcode::open_nack, 0, 0xfffffff0U, 7);
  asker.run(1000);
  asker.say(hw::TtpOpcode::open_ack, 1, 0x0000fff0U, 7);
  for (unsigned i = 0; i < 80; ++i) asker.station().send(7, 2, {}, Bytes(1024, 1));
  asker.run(100);
  asker.say(hw::TtpOpcode::nack_nolink, 0, 0x0000fff1U, 7);
  asker.run(3000);
  EXPECT_EQ(asker.station().count(hw::TtpCounter::links_down), 1U);
}

// Both ends ask at once.
void cover_crossing(Counts& counts) {
  constexpr hw::TtpTimers cover_timers{.retry = 3000, .backoff = 300, .settle = 9000, .idle = 0};
  RtlStation first(Pair::nodes[0], cover_timers, 1);
  RtlStation second(Pair::nodes[1], cover_timers, 2);
  Pair pair(first, second, {}, 1);
  for (unsigned i = 0; i < 100; ++i) {
    pair.send(0, 2, 16);
    pair.send(1, 2, 16);
  }
  EXPECT_TRUE(pair.run(100000));
  add(counts, first);
}

TEST(TtpCover, EveryCaseIsReached) {
  Counts counts;
  cover_bad_line(counts);
  cover_overrun(counts);
  cover_links(counts);
  cover_crossing(counts);
  EXPECT_EQ(counts.size(), 24U);
  for (const auto& [name, count] : counts) EXPECT_GT(count, 0U) << name << " was never reached";
}

}  // namespace
}  // namespace dojo::ttp
