// The rules of a link: every row of the specification, and the RTL against the golden model in all cases.

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "Vrules.h"
#include "dojo_hw.hpp"
#include "model/ttp_rules.hpp"
#include "verilated.h"

namespace dojo::ttp {
namespace {

using hw::TtpConditions;
using hw::TtpOpcode;
using hw::TtpRule;
using hw::TtpState;

constexpr std::uint32_t all_conditions = 1U << TtpConditions::bits;
constexpr std::array states{TtpState::closed, TtpState::open_sent,  TtpState::open_recd,
                            TtpState::open,   TtpState::close_sent, TtpState::close_recd};

TtpConditions conditions_of(std::uint32_t bits) {
  return TtpConditions::decode(std::array{bits});
}

/// A row of the specification's table, written from the text: in `state`, `received` leads to `next` and is answered
/// so.
struct Row {
  std::string_view name;
  TtpState state;
  TtpOpcode received;
  TtpConditions conditions;
  TtpState next;
  int answer;  ///< opcode; -1: none
};

constexpr int none = -1;
constexpr int code(TtpOpcode opcode) {
  return static_cast<int>(opcode);
}

const std::array specification{
    Row{"ClosedOpen", TtpState::closed, TtpOpcode::open, {.free_entry = true}, TtpState::open_recd, 1},
    Row{"ClosedOpenFull", TtpState::closed, TtpOpcode::open, {}, TtpState::closed, 2},
    Row{"ClosedClose", TtpState::closed, TtpOpcode::close, {}, TtpState::closed, 4},
    Row{"ClosedPayload", TtpState::closed, TtpOpcode::payload, {.expected = true, .room = true}, TtpState::closed, 10},
    Row{"ClosedOpenAck", TtpState::closed, TtpOpcode::open_ack, {.current = true}, TtpState::closed, none},
    Row{"ClosedOpenNack", TtpState::closed, TtpOpcode::open_nack, {.current = true}, TtpState::closed, none},
    Row{"ClosedCloseAck", TtpState::closed, TtpOpcode::close_ack, {.current = true}, TtpState::closed, none},
    Row{"ClosedCloseNack", TtpState::closed, TtpOpcode::close_nack, {}, TtpState::closed, none},
    Row{"ClosedAck", TtpState::closed, TtpOpcode::ack, {.current = true}, TtpState::closed, none},
    Row{"ClosedNack", TtpState::closed, TtpOpcode::nack, {.current = true}, TtpState::closed, none},
    Row{"ClosedNackFull", TtpState::closed, TtpOpcode::nack_full, {}, TtpState::closed, none},
    Row{"ClosedNackNolink", TtpState::closed, TtpOpcode::nack_nolink, {.current = true}, TtpState::closed, none},

    Row{"OpenSentCrossingOpen", TtpState::open_sent, TtpOpcode::open, {}, TtpState::open_sent, 1},
    Row{"OpenSentOpenAck", TtpState::open_sent, TtpOpcode::open_ack, {.current = true}, TtpState::open, none},
    Row{"OpenSentStaleOpenAck", TtpState::open_sent, TtpOpcode::open_ack, {}, TtpState::open_sent, none},
    Row{"OpenSentOpenNack", TtpState::open_sent, TtpOpcode::open_nack, {.current = true}, TtpState::closed, none},
    Row{"OpenSentClose", TtpState::open_sent, TtpOpcode::close, {}, TtpState::closed, 4},
    Row{"OpenSentPayload",
        TtpState::open_sent,
        TtpOpcode::payload,
        {.expected = true, .room = true},
        TtpState::open_sent,
        10},

    Row{"OpenRecdOpen", TtpState::open_recd, TtpOpcode::open, {}, TtpState::open_recd, 1},
    Row{"OpenRecdClose", TtpState::open_recd, TtpOpcode::close, {}, TtpState::open_recd, 4},
    Row{"OpenRecdPayload",
        TtpState::open_recd,
        TtpOpcode::payload,
        {.expected = true, .room = true},
        TtpState::open_recd,
        10},

    Row{"OpenOpen", TtpState::open, TtpOpcode::open, {}, TtpState::open, 1},
    Row{"OpenClose",
        TtpState::open,
        TtpOpcode::close,
        {.own_drained = true, .peer_arrived = true},
        TtpState::close_recd,
        4},
    Row{"OpenCloseOutstanding", TtpState::open, TtpOpcode::close, {.peer_arrived = true}, TtpState::close_recd, 5},
    Row{"OpenNackNolink", TtpState::open, TtpOpcode::nack_nolink, {.current = true}, TtpState::closed, none},

    Row{"CloseSentCloseAck", TtpState::close_sent, TtpOpcode::close_ack, {.current = true}, TtpState::closed, none},
    Row{"CloseSentCrossingClose",
        TtpState::close_sent,
        TtpOpcode::close,
        {.peer_arrived = true, .close_seen = true},
        TtpState::closed,
        4},
    Row{"CloseSentCrossingCloseAhead",
        TtpState::close_sent,
        TtpOpcode::close,
        {.peer_arrived = true},
        TtpState::close_sent,
        5},
    Row{"CloseSentCloseNack", TtpState::close_sent, TtpOpcode::close_nack, {}, TtpState::close_sent, none},

    Row{"CloseRecdClose",
        TtpState::close_recd,
        TtpOpcode::close,
        {.own_drained = true, .peer_arrived = true},
        TtpState::close_recd,
        4},
    Row{"CloseRecdCloseOutstanding",
        TtpState::close_recd,
        TtpOpcode::close,
        {.peer_arrived = true},
        TtpState::close_recd,
        5},
};

class SpecificationRow : public testing::TestWithParam<Row> {};

TEST_P(SpecificationRow, IsARule) {
  const Row& row = GetParam();
  const TtpRule rule = rule_of(row.state, row.received, row.conditions);
  EXPECT_EQ(rule.next, row.next);
  EXPECT_EQ(rule.answers, row.answer != none);
  if (row.answer != none) EXPECT_EQ(code(rule.answer), row.answer);
  EXPECT_FALSE(rule.delivers);
}

std::string name_of(const testing::TestParamInfo<Row>& row) {
  return std::string(row.param.name);
}
INSTANTIATE_TEST_SUITE_P(Ttp, SpecificationRow, testing::ValuesIn(specification), name_of);

/// A state with a link.
class LinkedState : public testing::TestWithParam<TtpState> {
 protected:
  static void expect(TtpOpcode opcode, const TtpConditions& conditions, const TtpRule& expected) {
    TtpRule rule = rule_of(GetParam(), opcode, conditions);
    EXPECT_EQ(rule, expected);
  }
  static TtpRule answered(TtpOpcode answer) { return {.next = GetParam(), .answers = true, .answer = answer}; }
};

TEST_P(LinkedState, ExpectedPayloadIsAcknowledged) {
  TtpRule rule = answered(TtpOpcode::ack);
  rule.delivers = true;
  expect(TtpOpcode::payload, {.expected = true, .room = true}, rule);
}

TEST_P(LinkedState, OlderPayloadIsAcknowledgedAgain) {
  expect(TtpOpcode::payload, {.older = true, .room = true}, answered(TtpOpcode::ack));
}

TEST_P(LinkedState, NewerPayloadIsRefusedOnceThenIgnored) {
  TtpRule rule = answered(TtpOpcode::nack);
  rule.asks = true;
  expect(TtpOpcode::payload, {.room = true}, rule);
  expect(TtpOpcode::payload, {.room = true, .nacked = true}, {.next = GetParam()});
}

TEST_P(LinkedState, PayloadWithoutRoomIsSentAgainLater) {
  expect(TtpOpcode::payload, {.expected = true}, answered(TtpOpcode::nack_full));
}

TEST_P(LinkedState, PayloadPastTheClosingIdHasNoLink) {
  expect(TtpOpcode::payload, {.expected = true, .room = true, .past_closing = true}, answered(TtpOpcode::nack_nolink));
}

TEST_P(LinkedState, AnswersToPayloads) {
  expect(TtpOpcode::ack, {.current = true}, {.next = GetParam(), .acknowledges = true});
  expect(TtpOpcode::nack, {.current = true}, {.next = GetParam(), .goes_back = true});
  expect(TtpOpcode::nack_full, {}, {.next = GetParam(), .waits = true});
  expect(TtpOpcode::nack_nolink, {.current = true}, {.next = TtpState::closed, .fails = true});
  for (const TtpOpcode opcode : {TtpOpcode::ack, TtpOpcode::nack, TtpOpcode::nack_nolink}) {
    expect(opcode, {}, {.next = GetParam(), .discards = true});
  }
}

INSTANTIATE_TEST_SUITE_P(Ttp, LinkedState, testing::Values(TtpState::open, TtpState::close_sent, TtpState::close_recd),
                         [](const auto& state) { return std::string(to_string(state.param)); });

TEST(TtpRules, CrossingOpenTeachesButDoesNotOpen) {
  const TtpRule rule = rule_of(TtpState::open_sent, TtpOpcode::open, {});
  EXPECT_TRUE(rule.learns);
  EXPECT_EQ(rule.next, TtpState::open_sent);
  EXPECT_EQ(send_row_of(TtpState::open_sent, TtpOpcode::open_ack)->next, TtpState::open_sent);
}

TEST(TtpRules, CloseNackForbidsACloseUntilItsIdHasCome) {
  EXPECT_TRUE(rule_of(TtpState::close_sent, TtpOpcode::close_nack, {}).holds);
}

TEST(TtpRules, Sending) {
  EXPECT_EQ(send_row_of(TtpState::closed, TtpOpcode::open)->next, TtpState::open_sent);
  EXPECT_EQ(send_row_of(TtpState::open_sent, TtpOpcode::open)->next, TtpState::open_sent);
  EXPECT_EQ(send_row_of(TtpState::open_recd, TtpOpcode::open_ack)->next, TtpState::open);
  EXPECT_EQ(send_row_of(TtpState::open, TtpOpcode::close)->next, TtpState::close_sent);
  EXPECT_EQ(send_row_of(TtpState::close_sent, TtpOpcode::close)->next, TtpState::close_sent);
  EXPECT_EQ(send_row_of(TtpState::close_recd, TtpOpcode::close_ack)->next, TtpState::closed);
  for (const TtpState state : {TtpState::open, TtpState::close_sent, TtpState::close_recd}) {
    EXPECT_NE(send_row_of(state, TtpOpcode::payload), nullptr);
  }
  for (const TtpState state : {TtpState::closed, TtpState::open_sent, TtpState::open_recd}) {
    EXPECT_EQ(send_row_of(state, TtpOpcode::payload), nullptr) << "PAYLOAD is never sent there";
  }
}

TEST(TtpRules, IdsWrapAround) {
  EXPECT_TRUE(is_younger(0, 0xffffffffU));
  EXPECT_FALSE(is_younger(0xffffffffU, 0));
  EXPECT_FALSE(is_younger(5, 5));
}

TEST(TtpRules, EveryRowApplies) {
  for (const ReceiveRow& row : receive_rows()) {
    bool applies = false;
    for (std::uint32_t bits = 0; bits < all_conditions && !applies; ++bits) {
      const TtpConditions conditions = conditions_of(bits);
      applies = row.when(conditions) && rule_of(row.state, row.opcode, conditions) == row.rule;
    }
    EXPECT_TRUE(applies) << to_string(row.state) << ", " << to_string(row.opcode) << ": " << row.text;
  }
}

TEST(TtpRules, RtlDoesTheSameInAllCases) {
  VerilatedContext context;
  Vrules rtl(&context);
  for (const TtpState state : states) {
    for (std::uint32_t opcode = 0; opcode < 64; ++opcode) {
      rtl.state_i = static_cast<std::uint8_t>(state);
      rtl.opcode_i = static_cast<std::uint8_t>(opcode);
      const auto received = static_cast<TtpOpcode>(opcode);
      for (std::uint32_t bits = 0; bits < all_conditions; ++bits) {
        rtl.conditions_i = static_cast<std::uint16_t>(bits);
        rtl.eval();
        const TtpRule rule = rule_of(state, received, conditions_of(bits));
        ASSERT_EQ(rtl.rule_o, rule.encode()[0]) << to_string(state) << ", opcode " << opcode << ", conditions " << bits;
      }
      const SendRow* row = send_row_of(state, received);
      ASSERT_EQ(rtl.after_sending_o, static_cast<unsigned>(row != nullptr ? row->next : state))
          << to_string(state) << ", opcode " << opcode;
    }
  }
}

}  // namespace
}  // namespace dojo::ttp
