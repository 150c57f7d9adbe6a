// A memory with one write and one read port: what waits to be sent again, has arrived, or is to be looked at.
//
// Function: a write and a read in one cycle go to different rows, or the read gets the old one.
// Latency: the row stands in read_data_o in the cycle after read_i, until the next read. Throughput: one access per port per cycle.
// Back-pressure: none. Registered: the output. Not reset.
module edge_memory #(
    parameter int unsigned Rows = 16,
    parameter int unsigned Bits = 8,
    localparam int unsigned RowBits = $clog2(Rows)
) (
    input  logic               clk_i,
    input  logic               write_i,
    input  logic [RowBits-1:0] write_row_i,
    input  logic [Bits-1:0]    write_data_i,
    input  logic               read_i,
    input  logic [RowBits-1:0] read_row_i,
    output logic [Bits-1:0]    read_data_o
);

  logic [Bits-1:0] rows[Rows];

  always_ff @(posedge clk_i) begin
    if (write_i) rows[write_row_i] <= write_data_i;
    if (read_i) read_data_o <= rows[read_row_i];
  end

endmodule
