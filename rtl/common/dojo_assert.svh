// Assertions in the one form that Verilator checks in simulation and slang accepts for synthesis and proof.
//
// A module that includes this file has a clock clk_i and a synchronous active-low reset rst_ni. `expr` is a boolean of signals
// sampled at the clock edge; nothing is checked while rst_ni is low. A implies B is written `!a || b`. Named properties and
// sequences, |->, |=> and ## are not used: slang does not accept them.
//
// What should follow in the next cycle is written with $past and a flag that says that there was a cycle out of reset before:
//
//   logic past_valid;
//   always_ff @(posedge clk_i) past_valid <= rst_ni;
//   `DOJO_ASSERT(RequestIsHeld, !past_valid || !$past(valid_o && !ready_i) || valid_o)
//
// $past of a wide signal costs a copy in every simulated cycle: use it for control, not for 512-bit data.

`ifndef DOJO_ASSERT_SVH
`define DOJO_ASSERT_SVH

// `expr` holds in every cycle.
`define DOJO_ASSERT(name, expr) \
  name: assert property (@(posedge clk_i) disable iff (!rst_ni) (expr)) \
  else $error(`"name: assertion failed`");

// `expr` holds in no cycle.
`define DOJO_ASSERT_NEVER(name, expr) \
  name: assert property (@(posedge clk_i) disable iff (!rst_ni) !(expr)) \
  else $error(`"name: forbidden state reached`");

// Counts the cycles in which `expr` holds, in coverage builds.
`define DOJO_COVER(name, expr) \
  name: cover property (@(posedge clk_i) disable iff (!rst_ni) (expr));

`endif
