#pragma once
// The states of a TTP link: what a received frame does, and what may be sent, as a table that is the specification's,
// row by row.

#include <cstdint>
#include <span>
#include <string_view>

#include "dojo_hw.hpp"

namespace dojo::ttp {

/// A row for received frames: in `state`, a frame `opcode` for which `when` holds does what `rule` says.
struct ReceiveRow {
  hw::TtpState state;
  hw::TtpOpcode opcode;
  bool (*when)(const hw::TtpConditions&);
  hw::TtpRule rule;
  std::string_view text;  ///< the row in words
};

/// A row for sent frames: `opcode` may be sent in `state`, which then becomes `next`.
struct SendRow {
  hw::TtpState state;
  hw::TtpOpcode opcode;
  hw::TtpState next;
  std::string_view text;  ///< the row in words
};

/// All rows; the first one of a state and opcode whose condition holds is the one that applies.
std::span<const ReceiveRow> receive_rows();
std::span<const SendRow> send_rows();

/// What a frame `opcode` does to a link in `state`. A frame that no row names is discarded: it is a leftover.
hw::TtpRule rule_of(hw::TtpState state, hw::TtpOpcode opcode, const hw::TtpConditions& conditions);

/// The row for sending `opcode` in `state`; nullptr: that may not be sent.
const SendRow* send_row_of(hw::TtpState state, hw::TtpOpcode opcode);

/// Whether ID `a` is younger than `b`, with wrap-around: 0 is younger than 0xffffffff.
constexpr bool is_younger(std::uint32_t a, std::uint32_t b) {
  return static_cast<std::int32_t>(a - b) > 0;
}

}  // namespace dojo::ttp
