#include "model/ttp_rules.hpp"

#include <algorithm>
#include <array>

namespace dojo::ttp {
namespace {

using Conditions = hw::TtpConditions;
using Opcode = hw::TtpOpcode;
using State = hw::TtpState;
using Rule = hw::TtpRule;

bool always(const Conditions&) {
  return true;
}
bool has_entry(const Conditions& c) {
  return c.free_entry;
}
bool is_current(const Conditions& c) {
  return c.current;
}
bool is_drained(const Conditions& c) {
  return c.own_drained && c.peer_arrived;
}
bool has_seen_all(const Conditions& c) {
  return c.close_seen && c.peer_arrived;
}
bool is_past_closing(const Conditions& c) {
  return c.past_closing;
}
bool is_older(const Conditions& c) {
  return c.older;
}
bool fits(const Conditions& c) {
  return c.expected && c.room;
}
bool is_expected(const Conditions& c) {
  return c.expected;
}
bool is_first_gap(const Conditions& c) {
  return !c.nacked;
}

constexpr Rule stay(State state) {
  return {.next = state};
}
constexpr Rule answer(State next, Opcode opcode) {
  return {.next = next, .answers = true, .answer = opcode};
}
constexpr Rule learn(State next) {
  return {.next = next, .answers = true, .answer = Opcode::open_ack, .learns = true};
}

// PAYLOAD, and its answers, in the three states in which there is a link.
constexpr std::array<ReceiveRow, 10> linked_rows(State s) {
  constexpr State closed = State::closed;
  Rule take = answer(s, Opcode::ack);
  take.delivers = true;
  Rule ask = answer(s, Opcode::nack);
  ask.asks = true;
  return {{
      {s, Opcode::payload, is_past_closing, answer(s, Opcode::nack_nolink),
       "past the declared closing ID: NACK_NOLINK"},
      {s, Opcode::payload, is_older, answer(s, Opcode::ack), "older: ACK again, its ACK may be lost"},
      {s, Opcode::payload, fits, take, "expected ID: ACK"},
      {s, Opcode::payload, is_expected, answer(s, Opcode::nack_full), "no room: NACK_FULL"},
      {s, Opcode::payload, is_first_gap, ask, "newer than expected: NACK with the first missing ID, once"},
      {s, Opcode::payload, always, stay(s), "then silence until it comes"},
      {s, Opcode::ack, is_current, {.next = s, .acknowledges = true}, "received and processed: the sender frees it"},
      {s, Opcode::nack, is_current, {.next = s, .goes_back = true}, "go back to the first missing ID"},
      {s, Opcode::nack_full, always, {.next = s, .waits = true}, "receiver out of room: send again later"},
      {s, Opcode::nack_nolink, is_current, {.next = closed, .fails = true}, "no such link: link down, interrupt"},
  }};
}

constexpr std::array own_rows{
    ReceiveRow{State::closed, Opcode::open, has_entry, learn(State::open_recd), "OPEN_RECD and answer OPEN_ACK"},
    ReceiveRow{State::closed, Opcode::open, always, answer(State::closed, Opcode::open_nack), "or OPEN_NACK and stay"},
    ReceiveRow{State::closed, Opcode::close, always, answer(State::closed, Opcode::close_ack),
               "answer CLOSE_ACK, stay"},
    ReceiveRow{State::closed, Opcode::payload, always, answer(State::closed, Opcode::nack_nolink), "NACK_NOLINK"},

    ReceiveRow{State::open_sent, Opcode::open, always, learn(State::open_sent),
               "OPEN_ACK to a crossing OPEN does not open the link by itself"},
    ReceiveRow{State::open_sent,
               Opcode::open_ack,
               is_current,
               {.next = State::open, .learns = true},
               "OPEN when the own OPEN has been processed, and its OPEN_ACK"},
    ReceiveRow{State::open_sent, Opcode::open_nack, is_current, stay(State::closed), "CLOSED"},
    ReceiveRow{State::open_sent, Opcode::close, always, answer(State::closed, Opcode::close_ack),
               "CLOSED, answer CLOSE_ACK"},
    ReceiveRow{State::open_sent, Opcode::payload, always, answer(State::open_sent, Opcode::nack_nolink), "NACK_NOLINK"},

    ReceiveRow{State::open_recd, Opcode::open, always, learn(State::open_recd), "OPEN_ACK again"},
    ReceiveRow{State::open_recd, Opcode::close, always, answer(State::open_recd, Opcode::close_ack), "CLOSE_ACK, stay"},
    ReceiveRow{State::open_recd, Opcode::payload, always, answer(State::open_recd, Opcode::nack_nolink), "NACK_NOLINK"},

    ReceiveRow{State::open, Opcode::open, always, learn(State::open), "OPEN_ACK again"},
    ReceiveRow{State::open, Opcode::close, is_drained, answer(State::close_recd, Opcode::close_ack),
               "CLOSE_RECD and CLOSE_ACK"},
    ReceiveRow{State::open, Opcode::close, always, answer(State::close_recd, Opcode::close_nack),
               "or CLOSE_NACK while own IDs are outstanding"},

    ReceiveRow{State::close_sent, Opcode::close_ack, is_current, stay(State::closed), "CLOSED"},
    ReceiveRow{State::close_sent, Opcode::close, has_seen_all, answer(State::closed, Opcode::close_ack),
               "crossing CLOSE with Rx ID = own closing ID or one off: CLOSED, answer CLOSE_ACK"},
    ReceiveRow{State::close_sent, Opcode::close, always, answer(State::close_sent, Opcode::close_nack),
               "further ahead: CLOSE_NACK"},
    ReceiveRow{
        State::close_sent, Opcode::close_nack, always, {.next = State::close_sent, .holds = true}, "drain to its ID"},
    ReceiveRow{State::close_sent, Opcode::open, always, answer(State::close_sent, Opcode::open_nack),
               "an OPEN is always answered; the link is being closed"},

    ReceiveRow{State::close_recd, Opcode::close, is_drained, answer(State::close_recd, Opcode::close_ack),
               "CLOSE_ACK once drained"},
    ReceiveRow{State::close_recd, Opcode::close, always, answer(State::close_recd, Opcode::close_nack),
               "else CLOSE_NACK"},
    ReceiveRow{State::close_recd, Opcode::open, always, answer(State::close_recd, Opcode::open_nack),
               "an OPEN is always answered; the link is being closed"},
};

constexpr auto all_receive_rows() {
  constexpr auto open = linked_rows(State::open);
  constexpr auto close_sent = linked_rows(State::close_sent);
  constexpr auto close_recd = linked_rows(State::close_recd);
  std::array<ReceiveRow, own_rows.size() + 3 * open.size()> rows{};
  auto end = std::copy(own_rows.begin(), own_rows.end(), rows.begin());
  for (const auto& linked : {open, close_sent, close_recd}) end = std::copy(linked.begin(), linked.end(), end);
  return rows;
}

constexpr auto receive_table = all_receive_rows();

constexpr std::array send_table{
    SendRow{State::closed, Opcode::open, State::open_sent, "OPEN_SENT"},
    SendRow{State::open_sent, Opcode::open, State::open_sent, "OPEN again on timeout"},
    SendRow{State::open_sent, Opcode::open_ack, State::open_sent,
            "OPEN_ACK to a crossing OPEN does not open the link by itself"},
    SendRow{State::open_recd, Opcode::open_ack, State::open, "OPEN"},
    SendRow{State::open, Opcode::open_ack, State::open, "OPEN_ACK again"},
    SendRow{State::open, Opcode::payload, State::open, "PAYLOAD"},
    SendRow{State::open, Opcode::close, State::close_sent, "CLOSE_SENT"},
    SendRow{State::close_sent, Opcode::close, State::close_sent, "CLOSE again on timeout"},
    SendRow{State::close_sent, Opcode::payload, State::close_sent, "payloads up to the closing ID"},
    SendRow{State::close_recd, Opcode::payload, State::close_recd, "what is outstanding"},
    SendRow{State::close_recd, Opcode::close_ack, State::closed, "CLOSE_ACK once drained: CLOSED"},
};

}  // namespace

std::span<const ReceiveRow> receive_rows() {
  return receive_table;
}

std::span<const SendRow> send_rows() {
  return send_table;
}

hw::TtpRule rule_of(State state, Opcode opcode, const Conditions& conditions) {
  const auto row = std::ranges::find_if(receive_table, [&](const ReceiveRow& candidate) {
    return candidate.state == state && candidate.opcode == opcode && candidate.when(conditions);
  });
  return row != receive_table.end() ? row->rule : Rule{.next = state, .discards = true};
}

const SendRow* send_row_of(State state, Opcode opcode) {
  const auto row = std::ranges::find_if(
      send_table, [&](const SendRow& candidate) { return candidate.state == state && candidate.opcode == opcode; });
  return row != send_table.end() ? &*row : nullptr;
}

}  // namespace dojo::ttp
