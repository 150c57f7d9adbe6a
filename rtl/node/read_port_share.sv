// Shares one vector read port inside a unit between its descriptor fetch and an operand stream.
//
// Function: a waiting descriptor fetch goes first, but a request that was refused stays on the port until it is granted.
// Latency: none (combinational between registered requests and the port). Throughput: one request per cycle.
// Back-pressure: a client's grant stays low; it holds its request. Registered: who was refused in the cycle before.
`include "dojo_assert.svh"
module read_port_share (
    input  logic        clk_i,
    input  logic        rst_ni,
    input  logic        fetch_valid_i,
    input  logic [14:0] fetch_line_i,
    output logic        fetch_grant_o,
    input  logic        stream_valid_i,
    input  logic [14:0] stream_line_i,
    output logic        stream_grant_o,
    output logic        port_valid_o,
    output logic [14:0] port_line_o,
    input  logic        port_grant_i
);

  logic stream_refused_q;
  logic fetch_on_port;

  assign fetch_on_port  = fetch_valid_i && !stream_refused_q;
  assign port_valid_o   = fetch_valid_i || stream_valid_i;
  assign port_line_o    = fetch_on_port ? fetch_line_i : stream_line_i;
  assign fetch_grant_o  = port_grant_i && fetch_on_port;
  assign stream_grant_o = port_grant_i && !fetch_on_port;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) stream_refused_q <= 1'b0;
    else if (port_valid_o) stream_refused_q <= !fetch_on_port && !port_grant_i;
  end

  // Integration checks.
  `DOJO_ASSERT(GrantIsAsked, !port_grant_i || port_valid_o)
  `DOJO_ASSERT(StreamHoldsItsRequest, !stream_refused_q || stream_valid_i)
  `DOJO_COVER(Contention, fetch_valid_i && stream_valid_i)

endmodule
