// The memory cells of a node: 20480 lines of 64 bytes, in hardware 16 single-ported banks of 1280 lines.
//
// Function: up to four reads and three writes in one cycle, each to another bank (`sram` sees to that).
// Latency: read data stands in the port's output register in the cycle after the enable, until the port's next read.
// Throughput: one access per port per cycle. Back-pressure: none. Registered: the four read outputs.
// Modelled as one array: black-boxed in synthesis, where it stands for the banks and their output multiplexers.
module sram_array (
    input  logic         clk_i,
    // scalar port: a read of a line, or a write of bytes of one 64-bit word
    input  logic         s_read_i,
    input  logic         s_write_i,
    input  logic [14:0]  s_line_i,
    input  logic [2:0]   s_word_i,
    input  logic [63:0]  s_wdata_i,
    input  logic [7:0]   s_be_i,
    output logic [511:0] s_rdata_o,
    // vector reads
    input  logic [1:0]   vr_read_i,
    input  logic [29:0]  vr_line_i,
    output logic [511:0] vr_data_o[2],
    // vector write
    input  logic         vw_write_i,
    input  logic [14:0]  vw_line_i,
    input  logic [511:0] vw_data_i,
    input  logic [63:0]  vw_be_i,
    // network read
    input  logic         nr_read_i,
    input  logic [14:0]  nr_line_i,
    output logic [511:0] nr_data_o,
    // network write
    input  logic         nw_write_i,
    input  logic [14:0]  nw_line_i,
    input  logic [511:0] nw_data_i,
    input  logic [63:0]  nw_be_i
);

  logic [511:0] memory[dojo_pkg::SramLines]  /*verilator public_flat_rw*/;

  // Blocking writes: the array is private to one process, in which reads come first, and no two accesses meet in a bank.
  /* verilator lint_off BLKSEQ */

  // Writes part of a line; whole lines take the short path below.
  task automatic write_bytes(input logic [14:0] line, input logic [511:0] data, input logic [63:0] be);
    for (int unsigned b = 0; b < 64; b++) begin
      if (be[b]) memory[line][b*8+:8] = data[b*8+:8];
    end
  endtask

  always_ff @(posedge clk_i) begin
    if (s_read_i) s_rdata_o <= memory[s_line_i];
    if (vr_read_i[0]) vr_data_o[0] <= memory[vr_line_i[14:0]];
    if (vr_read_i[1]) vr_data_o[1] <= memory[vr_line_i[29:15]];
    if (nr_read_i) nr_data_o <= memory[nr_line_i];
    if (s_write_i) begin
      for (int unsigned b = 0; b < 8; b++) begin
        if (s_be_i[b]) memory[s_line_i][{23'd0, s_word_i, 6'd0}+b*8+:8] = s_wdata_i[b*8+:8];
      end
    end
    if (vw_write_i) begin
      if (&vw_be_i) memory[vw_line_i] = vw_data_i;
      else write_bytes(vw_line_i, vw_data_i, vw_be_i);
    end
    if (nw_write_i) begin
      if (&nw_be_i) memory[nw_line_i] = nw_data_i;
      else write_bytes(nw_line_i, nw_data_i, nw_be_i);
    end
  end
  /* verilator lint_on BLKSEQ */

endmodule
