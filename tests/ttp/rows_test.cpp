// Every row of the specification's tables, frame by frame: the test is the other end. The same for RTL and golden
// model.

#include <gtest/gtest.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "ttp/model_station.hpp"
#include "ttp/rtl_station.hpp"

namespace dojo::ttp {
namespace {

using hw::TtpCounter;
using hw::TtpOpcode;
using hw::TtpState;

constexpr std::uint32_t own = 0x000042;
constexpr std::uint32_t peer = 0xabcdef;
constexpr std::uint32_t first_opening = 0xfffffff0U;
constexpr hw::TtpTimers short_timers{.retry = 2000, .backoff = 500, .settle = 4000, .idle = 0};
constexpr unsigned entries = 4;
constexpr unsigned window = 32;

class TtpRows : public testing::TestWithParam<std::string> {
 protected:
  TtpRows() {
    if (GetParam() == "rtl") {
      station_ = std::make_unique<RtlStation>(own, short_timers);
    } else {
      station_ = std::make_unique<ModelStation>(EndpointConfig{
          .node = own, .links = entries, .window = window, .first_id = first_opening, .timers = short_timers});
    }
    station_->set_line([this](const Bytes& bytes) {
      const DecodedFrame decoded = decode(bytes, to_);
      ASSERT_EQ(decoded.fault, FrameFault::none) << to_string(decoded.fault);
      EXPECT_EQ(decoded.frame.source, own);
      frames_.push_back(decoded.frame);
    });
    station_->set_sink([this](const Frame& frame) { delivered_.push_back(frame.noc.low); });
    station_->set_ready([this](unsigned) { return room_; });
    station_->set_down([this](std::uint32_t node, unsigned vc) {
      EXPECT_EQ(node, peer);
      EXPECT_EQ(vc, 2U);
      ++downs_;
    });
  }

  void say(TtpOpcode opcode, std::uint32_t tx, std::uint32_t rx, std::uint32_t from = peer, std::uint8_t vc = 2) {
    Frame frame{.source = from,
                .destination = own,
                .opcode = opcode,
                .vc = vc,
                .tx_id = tx,
                .rx_id = rx,
                .noc = {},
                .payload = {}};
    if (opcode == TtpOpcode::payload) {
      frame.noc.low = tx;
      if (vc == 2) frame.payload.resize(64, 0x5a);
    }
    station_->receive(encode(frame), false);
  }

  /// An OPEN_ACK of a peer that has asked, too.
  void say_crossing(std::uint32_t tx, std::uint32_t rx) {
    station_->receive(encode({.source = peer,
                              .destination = own,
                              .opcode = TtpOpcode::open_ack,
                              .vc = 2,
                              .tx_id = tx,
                              .rx_id = rx,
                              .crossing = true,
                              .noc = {},
                              .payload = {}}),
                      false);
  }

  void run(unsigned cycles) {
    for (unsigned i = 0; i < cycles; ++i) station_->step();
  }

  /// The next frame of the station within `cycles`.
  std::optional<Frame> next(unsigned cycles = 150) {
    for (unsigned i = 0; i < cycles && frames_.empty(); ++i) station_->step();
    if (frames_.empty()) return std::nullopt;
    Frame frame = frames_.front();
    frames_.pop_front();
    return frame;
  }

  void expect(TtpOpcode opcode, std::optional<std::uint32_t> tx, std::optional<std::uint32_t> rx,
              unsigned cycles = 150) {
    const auto frame = next(cycles);
    ASSERT_TRUE(frame.has_value()) << "no " << to_string(opcode);
    EXPECT_EQ(to_string(frame->opcode), to_string(opcode));
    if (tx) EXPECT_EQ(frame->tx_id, *tx);
    if (rx) EXPECT_EQ(frame->rx_id, *rx);
  }

  void expect_silence(unsigned cycles = 300) {
    const auto frame = next(cycles);
    EXPECT_FALSE(frame.has_value()) << to_string(frame->opcode);
  }

  void expect_state(TtpState state) { EXPECT_EQ(to_string(station_->state(peer, 2)), to_string(state)); }

  void send(unsigned payloads = 1) {
    for (unsigned i = 0; i < payloads; ++i) station_->send(peer, 2, {.type = 0, .high = 0, .low = i}, Bytes(64, 0x33));
  }

  /// The peer opens a link; its first payload is ID 101.
  void be_opened() {
    say(TtpOpcode::open, 100, 0);
    expect(TtpOpcode::open_ack, first_opening + 1, 100);
    run(20);
    expect_state(TtpState::open);
  }

  /// The station opens a link because of `payloads`, which it sends; the peer's first payload is ID 501.
  void open(unsigned payloads = 1) {
    send(payloads);
    expect(TtpOpcode::open, first_opening, std::nullopt);
    say(TtpOpcode::open_ack, 501, first_opening);
    for (unsigned i = 0; i < payloads; ++i) expect(TtpOpcode::payload, first_opening + 1 + i, std::nullopt);
    expect_state(TtpState::open);
  }

  std::unique_ptr<Station> station_;
  std::uint32_t to_ = peer;
  std::deque<Frame> frames_;
  std::deque<std::uint64_t> delivered_;
  bool room_ = true;
  unsigned downs_ = 0;
};

TEST_P(TtpRows, ClosedOpensWhenAsked) {
  be_opened();
}

TEST_P(TtpRows, ClosedRefusesWithoutEntryAndClosesAVictim) {
  for (std::uint32_t node = 1; node <= entries; ++node) {
    to_ = node;
    say(TtpOpcode::open, 100, 0, node);
    expect(TtpOpcode::open_ack, std::nullopt, 100);
    run(20);
  }
  std::optional<Frame> refusal;
  station_->set_line([&](const Bytes& bytes) {
    for (const std::uint32_t node : {1U, 2U, 3U, 4U, peer}) {
      if (const auto decoded = decode(bytes, node); decoded.fault == FrameFault::none) frames_.push_back(decoded.frame);
    }
  });
  say(TtpOpcode::open, 77, 0);
  expect(TtpOpcode::open_nack, std::nullopt, 77);
  const auto close = next(300);
  ASSERT_TRUE(close.has_value());
  EXPECT_EQ(close->opcode, TtpOpcode::close);
  EXPECT_EQ(close->rx_id, 100U);
  say(TtpOpcode::close_ack, 0, close->tx_id, close->destination);
  run(20);
  say(TtpOpcode::open, 77, 0);
  expect(TtpOpcode::open_ack, std::nullopt, 77);
}

TEST_P(TtpRows, ClosedAcknowledgesClose) {
  say(TtpOpcode::close, 9, 8);
  expect(TtpOpcode::close_ack, std::nullopt, 9);
  expect_state(TtpState::closed);
}

TEST_P(TtpRows, ClosedHasNoLinkForPayloads) {
  say(TtpOpcode::payload, 5, 0);
  expect(TtpOpcode::nack_nolink, std::nullopt, 5);
  EXPECT_TRUE(delivered_.empty());
}

TEST_P(TtpRows, ClosedDiscardsLeftovers) {
  for (const TtpOpcode opcode : {TtpOpcode::open_ack, TtpOpcode::open_nack, TtpOpcode::close_ack, TtpOpcode::close_nack,
                                 TtpOpcode::ack, TtpOpcode::nack, TtpOpcode::nack_full, TtpOpcode::nack_nolink}) {
    say(opcode, 1, 1);
  }
  expect_silence();
  EXPECT_EQ(station_->count(TtpCounter::discarded), 8U);
}

TEST_P(TtpRows, OpenIsRepeatedOnTimeout) {
  send();
  expect(TtpOpcode::open, first_opening, std::nullopt);
  expect_silence(short_timers.retry - 100);
  expect(TtpOpcode::open, first_opening, std::nullopt, 200);
  expect_state(TtpState::open_sent);
}

TEST_P(TtpRows, OpenSentOpensWithOpenAckAndPayloadFollows) {
  open();
}

TEST_P(TtpRows, OpenSentIgnoresTheOpenAckOfAnotherOpen) {
  send();
  expect(TtpOpcode::open, first_opening, std::nullopt);
  say(TtpOpcode::open_ack, 501, first_opening - 1);
  expect_silence();
  expect_state(TtpState::open_sent);
}

TEST_P(TtpRows, OpenSentCrossingOpenDoesNotOpen) {
  send();
  expect(TtpOpcode::open, first_opening, std::nullopt);
  say(TtpOpcode::open, 500, 0);
  const auto answer = next();
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->opcode, TtpOpcode::open_ack);
  EXPECT_EQ(answer->tx_id, first_opening + 1);
  EXPECT_EQ(answer->rx_id, 500U);
  EXPECT_TRUE(answer->crossing);
  expect_silence();
  expect_state(TtpState::open_sent);
  say(TtpOpcode::open_ack, 501, first_opening);
  run(20);
  expect_state(TtpState::open);
}

TEST_P(TtpRows, NoPayloadBeforeAnEndThatHasAskedTooHasItsAnswer) {
  send();
  expect(TtpOpcode::open, first_opening, std::nullopt);
  say_crossing(501, first_opening);
  expect_silence(short_timers.settle - 500);
  expect_state(TtpState::open);
  say(TtpOpcode::open, 500, 0);
  expect(TtpOpcode::open_ack, first_opening + 1, 500);
  expect_silence(short_timers.settle - 500);
  expect(TtpOpcode::payload, first_opening + 1, std::nullopt, 700);
}

TEST_P(TtpRows, OpenSentIsClosedByOpenNackAndAsksAgainLater) {
  send();
  expect(TtpOpcode::open, first_opening, std::nullopt);
  say(TtpOpcode::open_nack, 0, first_opening);
  run(20);
  expect_state(TtpState::closed);
  expect_silence(short_timers.backoff - 100);
  expect(TtpOpcode::open, first_opening + hw::ttp_incarnation_stride, std::nullopt, 300);
}

TEST_P(TtpRows, OpenSentIsClosedByClose) {
  send();
  expect(TtpOpcode::open, first_opening, std::nullopt);
  say(TtpOpcode::close, 7, 6);
  expect(TtpOpcode::close_ack, std::nullopt, 7);
  expect_state(TtpState::closed);
}

TEST_P(TtpRows, OpenSentHasNoLinkForPayloads) {
  send();
  expect(TtpOpcode::open, first_opening, std::nullopt);
  say(TtpOpcode::payload, 501, 0);
  expect(TtpOpcode::nack_nolink, std::nullopt, 501);
  expect_state(TtpState::open_sent);
}

TEST_P(TtpRows, OpenAnswersARepeatedOpen) {
  be_opened();
  say(TtpOpcode::open, 100, 0);
  expect(TtpOpcode::open_ack, first_opening + 1, 100);
  expect_state(TtpState::open);
  say(TtpOpcode::payload, 101, 0);
  expect(TtpOpcode::ack, std::nullopt, 101);
}

TEST_P(TtpRows, TheAnswererSendsNothingBeforeTheOtherEndHasShownItsLink) {
  be_opened();
  send();
  expect_silence(short_timers.settle - 500);
  say(TtpOpcode::payload, 101, 0);
  expect(TtpOpcode::ack, std::nullopt, 101);
  expect(TtpOpcode::payload, first_opening + 1, std::nullopt);
}

TEST_P(TtpRows, TheAnswererSendsWhenItHasWaited) {
  be_opened();
  send();
  expect(TtpOpcode::payload, first_opening + 1, std::nullopt, short_timers.settle + 200);
}

TEST_P(TtpRows, OpenIsClosedWhenDrained) {
  be_opened();
  say(TtpOpcode::close, 101, first_opening);
  expect(TtpOpcode::close_ack, std::nullopt, 101);
  run(20);
  expect_state(TtpState::closed);
  expect_silence();
}

TEST_P(TtpRows, OpenAnswersCloseNackWhileOwnPayloadsAreOutstandingThenCloseAck) {
  open(2);
  say(TtpOpcode::close, 501, first_opening);
  expect(TtpOpcode::close_nack, first_opening + 2, 500);
  expect_state(TtpState::close_recd);
  say(TtpOpcode::close, 501, first_opening);
  expect(TtpOpcode::close_nack, first_opening + 2, 500);
  say(TtpOpcode::ack, 0, first_opening + 1);
  expect_silence();
  say(TtpOpcode::ack, 0, first_opening + 2);
  expect(TtpOpcode::close_ack, std::nullopt, 501);
  run(20);
  expect_state(TtpState::closed);
  say(TtpOpcode::close, 501, first_opening);
  expect(TtpOpcode::close_ack, std::nullopt, 501);
}

TEST_P(TtpRows, CloseRecdTakesPayloadsBeforeTheClosingIdOnly) {
  be_opened();
  say(TtpOpcode::close, 103, first_opening);
  expect(TtpOpcode::close_nack, first_opening, 100);
  say(TtpOpcode::payload, 103, 0);
  expect(TtpOpcode::nack_nolink, std::nullopt, 103);
  say(TtpOpcode::payload, 101, 0);
  expect(TtpOpcode::ack, std::nullopt, 101);
  say(TtpOpcode::payload, 102, 0);
  expect(TtpOpcode::ack, std::nullopt, 102);
  expect(TtpOpcode::close_ack, std::nullopt, 103);
  run(20);
  EXPECT_EQ(delivered_, (std::deque<std::uint64_t>{101, 102}));
  expect_state(TtpState::closed);
}

TEST_P(TtpRows, PayloadsAreAcknowledgedAndOlderOnesAgain) {
  be_opened();
  for (std::uint32_t id = 101; id < 104; ++id) {
    say(TtpOpcode::payload, id, 0);
    expect(TtpOpcode::ack, std::nullopt, id);
  }
  say(TtpOpcode::payload, 102, 0);
  expect(TtpOpcode::ack, std::nullopt, 102);
  run(20);
  EXPECT_EQ(delivered_, (std::deque<std::uint64_t>{101, 102, 103}));
}

TEST_P(TtpRows, NewerPayloadsAreRefusedOnceUntilTheMissingOneComes) {
  be_opened();
  say(TtpOpcode::payload, 103, 0);
  expect(TtpOpcode::nack, std::nullopt, 101);
  say(TtpOpcode::payload, 104, 0);
  say(TtpOpcode::payload, 102, 0);
  expect_silence();
  say(TtpOpcode::payload, 101, 0);
  expect(TtpOpcode::ack, std::nullopt, 101);
  say(TtpOpcode::payload, 103, 0);
  expect(TtpOpcode::nack, std::nullopt, 102);
  run(20);
  EXPECT_EQ(delivered_, (std::deque<std::uint64_t>{101}));
}

TEST_P(TtpRows, WithoutRoomPayloadsAreSentAgainLater) {
  be_opened();
  room_ = false;
  std::uint32_t id = 101;
  std::optional<Frame> answer;
  do {
    ASSERT_LT(id, 400U);
    say(TtpOpcode::payload, id++, 0);
    answer = next();
    ASSERT_TRUE(answer.has_value());
  } while (answer->opcode == TtpOpcode::ack);
  EXPECT_EQ(answer->opcode, TtpOpcode::nack_full);
  room_ = true;
  run(50);
  say(TtpOpcode::payload, id - 1, 0);
  expect(TtpOpcode::ack, std::nullopt, id - 1);
}

TEST_P(TtpRows, AckFreesAndNackGoesBack) {
  open(4);
  say(TtpOpcode::nack, 0, first_opening + 2);
  for (std::uint32_t id = 2; id <= 4; ++id) expect(TtpOpcode::payload, first_opening + id, std::nullopt);
  say(TtpOpcode::ack, 0, first_opening + 4);
  expect_silence(short_timers.retry + 500);
  EXPECT_EQ(station_->count(TtpCounter::acknowledged), 4U);
  EXPECT_TRUE(station_->is_idle());
}

TEST_P(TtpRows, PayloadsAreRepeatedOnTimeout) {
  open(2);
  expect_silence(short_timers.retry - 200);
  expect(TtpOpcode::payload, first_opening + 1, std::nullopt, 400);
  expect(TtpOpcode::payload, first_opening + 2, std::nullopt);
}

TEST_P(TtpRows, NackFullIsAnsweredLater) {
  open(2);
  say(TtpOpcode::nack_full, 0, 12345);
  expect_silence(short_timers.backoff - 100);
  expect(TtpOpcode::payload, first_opening + 1, std::nullopt, 300);
  expect(TtpOpcode::payload, first_opening + 2, std::nullopt);
}

TEST_P(TtpRows, NackNolinkBringsTheLinkDown) {
  open();
  say(TtpOpcode::nack_nolink, 0, first_opening + 1);
  run(50);
  EXPECT_EQ(downs_, 1U);
  EXPECT_EQ(station_->count(TtpCounter::links_down), 1U);
  expect_state(TtpState::closed);
}

TEST_P(TtpRows, StaleAnswersDoNothing) {
  open();
  say(TtpOpcode::ack, 0, first_opening);
  say(TtpOpcode::nack, 0, first_opening + 2);
  say(TtpOpcode::nack_nolink, 0, first_opening - 5);
  say(TtpOpcode::close_ack, 0, first_opening + 2);
  say(TtpOpcode::open_ack, 900, first_opening);
  say(TtpOpcode::open_nack, 0, first_opening);
  expect_silence();
  EXPECT_EQ(station_->count(TtpCounter::discarded), 6U);
  EXPECT_EQ(downs_, 0U);
  expect_state(TtpState::open);
}

TEST_P(TtpRows, ToldToCloseItClosesAndRepeatsOnTimeout) {
  be_opened();
  station_->close(peer, 2);
  expect(TtpOpcode::close, first_opening + 1, 100);
  expect_state(TtpState::close_sent);
  expect_silence(short_timers.retry - 200);
  expect(TtpOpcode::close, first_opening + 1, 100, 400);
  say(TtpOpcode::close_ack, 0, first_opening + 1);
  run(20);
  expect_state(TtpState::closed);
  EXPECT_EQ(station_->count(TtpCounter::links_closed), 1U);
}

TEST_P(TtpRows, CloseSentStillSendsPayloadsBeforeTheClosingId) {
  open(2);
  station_->close(peer, 2);
  expect(TtpOpcode::close, first_opening + 3, 500);
  say(TtpOpcode::nack, 0, first_opening + 2);
  expect(TtpOpcode::payload, first_opening + 2, std::nullopt);
  say(TtpOpcode::payload, 501, 0);
  expect(TtpOpcode::ack, std::nullopt, 501);
  expect_state(TtpState::close_sent);
}

TEST_P(TtpRows, CloseNackForbidsTheNextCloseUntilItsIdHasCome) {
  be_opened();
  station_->close(peer, 2);
  expect(TtpOpcode::close, first_opening + 1, 100);
  say(TtpOpcode::close_nack, 102, first_opening);
  expect_silence(3 * short_timers.retry);
  for (std::uint32_t id = 101; id <= 102; ++id) {
    say(TtpOpcode::payload, id, 0);
    expect(TtpOpcode::ack, std::nullopt, id);
  }
  expect(TtpOpcode::close, first_opening + 1, 102, short_timers.retry + 200);
}

TEST_P(TtpRows, CrossingCloseThatHasSeenAllCloses) {
  for (const std::uint32_t seen : {0U, 1U}) {
    say(TtpOpcode::open, 100, 0);
    const auto ack = next();
    ASSERT_TRUE(ack.has_value());
    run(20);
    station_->close(peer, 2);
    const auto close = next();
    ASSERT_TRUE(close.has_value());
    EXPECT_EQ(close->opcode, TtpOpcode::close);
    say(TtpOpcode::close, 101, close->tx_id - seen);
    expect(TtpOpcode::close_ack, std::nullopt, 101);
    run(20);
    expect_state(TtpState::closed);
  }
}

TEST_P(TtpRows, CrossingCloseThatHasNotSeenAllIsRefused) {
  open(3);
  station_->close(peer, 2);
  expect(TtpOpcode::close, first_opening + 4, 500);
  say(TtpOpcode::close, 501, first_opening + 1);
  expect(TtpOpcode::close_nack, first_opening + 3, 500);
  expect_state(TtpState::close_sent);
}

TEST_P(TtpRows, ClosingLinksRefuseAnOpen) {
  be_opened();
  station_->close(peer, 2);
  expect(TtpOpcode::close, first_opening + 1, 100);
  say(TtpOpcode::open, 900, 0);
  expect(TtpOpcode::open_nack, std::nullopt, 900);
}

TEST_P(TtpRows, ChannelsAreLinksOfTheirOwn) {
  be_opened();
  say(TtpOpcode::payload, 5, 0, peer, 1);
  expect(TtpOpcode::nack_nolink, std::nullopt, 5);
  say(TtpOpcode::open, 200, 0, peer, 1);
  expect(TtpOpcode::open_ack, std::nullopt, 200);
  say(TtpOpcode::payload, 201, 0, peer, 1);
  expect(TtpOpcode::ack, std::nullopt, 201);
  run(20);
  EXPECT_EQ(delivered_, (std::deque<std::uint64_t>{201}));
  expect_state(TtpState::open);
}

TEST_P(TtpRows, BadFramesAreCountedAndDoNothing) {
  be_opened();
  const Frame frame{
      .source = peer, .destination = own, .opcode = TtpOpcode::close, .vc = 2, .tx_id = 101, .noc = {}, .payload = {}};
  station_->receive(encode(frame), true);
  for (const std::size_t byte : {1, 12, 14, 15, 17, 35, 39, 42, 43}) {
    Bytes bytes = encode(frame);
    bytes[byte] ^= 0x8f;
    station_->receive(bytes, false);
  }
  expect_silence();
  EXPECT_EQ(station_->count(TtpCounter::malformed), 10U);
  expect_state(TtpState::open);
}

/// What depends on cycles.
class TtpCycles : public TtpRows {};

TEST_P(TtpCycles, PayloadsOfALinkThatWentDownDoNotGetIntoTheNextOne) {
  // The link goes down, and the peer opens another one, in each cycle while 16 lines are given.
  for (unsigned after = 0; after < 40; ++after) {
    send();
    auto frame = next();
    ASSERT_TRUE(frame.has_value());
    const std::uint32_t opening = frame->tx_id;
    say(TtpOpcode::open_ack, 501, opening);
    expect(TtpOpcode::payload, opening + 1, std::nullopt);
    station_->send(peer, 2, {.type = 0, .high = 0, .low = 77}, Bytes(1024, 0x44));
    run(after);
    say(TtpOpcode::nack_nolink, 0, opening + 1);
    say(TtpOpcode::open, 900, 0);
    run(300);
    EXPECT_EQ(downs_, after + 1);
    const TtpState state = station_->state(peer, 2);
    EXPECT_EQ(to_string(state), to_string(TtpState::open));
    // Either the payload was lost, or it waited for the second link and gets that one's first ID.
    std::uint32_t first = 0;
    for (; !frames_.empty(); frames_.pop_front()) {
      if (frames_.front().opcode == TtpOpcode::open_ack) first = frames_.front().tx_id;
    }
    say(TtpOpcode::payload, 901, 0);
    expect(TtpOpcode::ack, std::nullopt, 901);
    frame = next();
    if (frame) {
      EXPECT_EQ(frame->tx_id, first) << "after " << after;
      EXPECT_EQ(frame->noc.low, 77U) << "after " << after;
      say(TtpOpcode::ack, 0, first);
    }
    say(TtpOpcode::close, 902, first);
    expect(TtpOpcode::close_ack, std::nullopt, 902);
    run(20);
    expect_state(TtpState::closed);
  }
}

INSTANTIATE_TEST_SUITE_P(Ttp, TtpRows, testing::Values("rtl", "model"), [](const auto& name) { return name.param; });

INSTANTIATE_TEST_SUITE_P(Ttp, TtpCycles, testing::Values("rtl"));

}  // namespace
}  // namespace dojo::ttp
