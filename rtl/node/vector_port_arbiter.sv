// Shares one vector port of the SRAM between the matrix unit and the element-wise unit.
//
// Function: the matrix unit goes first, unless the element-wise unit was refused in the cycle before and the matrix unit was not.
// Latency: none (combinational between registered requests and the SRAM). Throughput: one request per cycle.
// Back-pressure: a client's grant stays low; it holds its request. Registered: who was refused.
`include "dojo_assert.svh"

module vector_port_arbiter (
    input  logic        clk_i,
    input  logic        rst_ni,
    input  logic        matrix_valid_i,
    input  logic [14:0] matrix_line_i,
    output logic        matrix_grant_o,
    input  logic        elementwise_valid_i,
    input  logic [14:0] elementwise_line_i,
    output logic        elementwise_grant_o,
    output logic        port_valid_o,
    output logic [14:0] port_line_o,
    input  logic        port_grant_i
);

  logic elementwise_first_q, elementwise_on_port;

  assign port_valid_o        = matrix_valid_i || elementwise_valid_i;
  assign elementwise_on_port = elementwise_valid_i && (!matrix_valid_i || elementwise_first_q);
  assign port_line_o         = elementwise_on_port ? elementwise_line_i : matrix_line_i;
  assign matrix_grant_o      = port_grant_i && matrix_valid_i && !elementwise_on_port;
  assign elementwise_grant_o = port_grant_i && elementwise_on_port;

  // After a cycle in which the matrix unit was served while the element-wise unit waited, the element-wise unit is first.
  always_ff @(posedge clk_i) begin
    if (!rst_ni) elementwise_first_q <= 1'b0;
    else if (matrix_grant_o) elementwise_first_q <= elementwise_valid_i;
    else if (elementwise_grant_o) elementwise_first_q <= 1'b0;
  end

  `DOJO_ASSERT(OneGrant, !(matrix_grant_o && elementwise_grant_o))
  `DOJO_ASSERT(GrantIsUsed, !port_grant_i || matrix_grant_o || elementwise_grant_o)
  `DOJO_COVER(Contention, matrix_valid_i && elementwise_valid_i)
  `DOJO_COVER(ElementwiseFirst, matrix_valid_i && elementwise_grant_o)

endmodule
