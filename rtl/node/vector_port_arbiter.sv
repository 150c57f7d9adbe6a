// Shares one vector port of the SRAM between two clients.
//
// Function: the first client goes first, unless the second was refused in the cycle before and the first was not.
// Latency: none (combinational between registered requests and the SRAM). Throughput: one request per cycle.
// Back-pressure: a client's grant stays low; it holds its request. Registered: who was refused.
`include "dojo_assert.svh"

module vector_port_arbiter (
    input  logic        clk_i,
    input  logic        rst_ni,
    input  logic        first_valid_i,
    input  logic [14:0] first_line_i,
    output logic        first_grant_o,
    input  logic        second_valid_i,
    input  logic [14:0] second_line_i,
    output logic        second_grant_o,
    output logic        port_valid_o,
    output logic [14:0] port_line_o,
    input  logic        port_grant_i
);

  logic second_first_q, second_on_port;

  assign port_valid_o   = first_valid_i || second_valid_i;
  assign second_on_port = second_valid_i && (!first_valid_i || second_first_q);
  assign port_line_o    = second_on_port ? second_line_i : first_line_i;
  assign first_grant_o  = port_grant_i && first_valid_i && !second_on_port;
  assign second_grant_o = port_grant_i && second_on_port;

  // After a cycle in which the first client was served while the second waited, the second is first.
  always_ff @(posedge clk_i) begin
    if (!rst_ni) second_first_q <= 1'b0;
    else if (first_grant_o) second_first_q <= second_valid_i;
    else if (second_grant_o) second_first_q <= 1'b0;
  end

  `DOJO_ASSERT(OneGrant, !(first_grant_o && second_grant_o))
  `DOJO_ASSERT(GrantIsUsed, !port_grant_i || first_grant_o || second_grant_o)
  `DOJO_COVER(Contention, first_valid_i && second_valid_i)
  `DOJO_COVER(SecondFirst, first_valid_i && second_grant_o)

endmodule
