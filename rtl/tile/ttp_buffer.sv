// A memory with a write port and a read port, for payloads and their headers.
//
// Function: words of Bits bits. Latency: what is read stands in data_o from the next cycle until the next read. Throughput: one write and
// one read per cycle; a word is not read in the cycle in which it is written. Back-pressure: none. Registered: data_o. Not reset.
module ttp_buffer #(
    parameter int unsigned Bits = 512,
    parameter int unsigned Words = 4096,
    localparam int unsigned AddressBits = $clog2(Words)
) (
    input  logic                   clk_i,
    input  logic                   write_i,
    input  logic [AddressBits-1:0] write_address_i,
    input  logic [Bits-1:0]        write_data_i,
    input  logic                   read_i,
    input  logic [AddressBits-1:0] read_address_i,
    output logic [Bits-1:0]        data_o
);

  logic [Bits-1:0] memory[Words];

  always_ff @(posedge clk_i) begin
    if (write_i) memory[write_address_i] <= write_data_i;
    if (read_i) data_o <= memory[read_address_i];
  end
endmodule
