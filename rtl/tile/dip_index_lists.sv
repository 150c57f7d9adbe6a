// The index lists of an Interface Processor's gathers and scatters: one of each channel, on one way to the memory.
//
// Function: lists as in dip_index_list. Their lines of one channel of the memory are asked for in turn; lines of a channel come in the order in which they
// were asked for, which tells whose they are. Latency: a line is asked for a cycle after its list did so; one that comes passes at once. Throughput: one
// line per cycle and channel of the memory. Back-pressure: line_ready_i. Registered: every output.
`include "dojo_assert.svh"

module dip_index_lists #(
    parameter int unsigned Lists = dojo_pkg::DipPorts
) (
    input  logic                                  clk_i,
    input  logic                                  rst_ni,
    // lists (dip_index_list); what one starts with, and a command, is for all of them
    input  logic [Lists-1:0]                      start_valid_i,
    input  logic [dip_pkg::WholeLineBits-1:0]     start_line_i,
    input  logic [31:0]                           start_elements_i,
    input  logic [31:0]                           start_limit_i,
    output logic [Lists-1:0]                      checked_o,
    output logic [Lists-1:0]                      bad_o,
    input  logic [Lists-1:0]                      go_i,
    input  dip_pkg::command_t                     command_i,
    input  logic [Lists-1:0]                      drop_i,
    output logic [Lists-1:0]                      part_valid_o,
    output dip_pkg::command_t                     part_o[Lists],
    input  logic [Lists-1:0]                      part_taken_i,
    // lines of the memory
    output logic [dip_pkg::Channels-1:0]          line_valid_o,
    input  logic [dip_pkg::Channels-1:0]          line_ready_i,
    output logic [dip_pkg::Channels-1:0][dip_pkg::LineBits-1:0] line_o,
    input  logic [dip_pkg::Channels-1:0]          beat_valid_i,
    input  logic [dip_pkg::Channels-1:0][511:0]   beat_data_i
);

  localparam int unsigned Channels = dip_pkg::Channels;
  localparam int unsigned Places = 8;  // lines of a channel that are under way: one of each list
  localparam int unsigned PlaceBits = $clog2(Places);

  // Integration checks.
  if (Lists > Places) begin : gen_place_check
    $error("dip_index_lists: a line of each list may be under way");
  end

  logic [Lists-1:0][Channels-1:0]                        ask_valid, ask_taken_q, beat_valid;
  logic [Lists-1:0][Channels-1:0][dip_pkg::LineBits-1:0] ask_line;
  logic [Channels-1:0][Lists-1:0]                        owner_q;  // of the next line to come
  logic                                                  asks;

  // State of the one process below, and read by no other.
  logic [Lists-1:0]     owner[Channels][Places];
  logic [PlaceBits-1:0] head[Channels];
  logic [PlaceBits-1:0] tail[Channels];
  logic [Lists-1:0]     after[Channels];  // lists that go first

  for (genvar i = 0; i < Lists; i++) begin : gen_list
    dip_index_list u_list (
        .clk_i, .rst_ni,
        .start_valid_i(start_valid_i[i]), .start_line_i, .start_elements_i, .start_limit_i,
        .checked_o(checked_o[i]), .bad_o(bad_o[i]), .go_i(go_i[i]), .command_i, .drop_i(drop_i[i]),
        .part_valid_o(part_valid_o[i]), .part_o(part_o[i]), .part_taken_i(part_taken_i[i]),
        .line_valid_o(ask_valid[i]), .line_ready_i(ask_taken_q[i]), .line_o(ask_line[i]),
        .beat_valid_i(beat_valid[i]), .beat_data_i
    );
  end

  assign asks = ask_valid != '0;

  always_comb begin
    beat_valid = '0;
    if (beat_valid_i != '0) begin
      for (int unsigned c = 0; c < Channels; c++) begin
        for (int unsigned i = 0; i < Lists; i++) beat_valid[i][c] = beat_valid_i[c] && owner_q[c][i];
      end
    end
  end

  /* verilator lint_off BLKSEQ */

  // One of the lists that ask for a line of a channel.
  task automatic ask(input int unsigned c);
    logic [Lists-1:0] wants, grant;
    for (int unsigned i = 0; i < Lists; i++) wants[i] = ask_valid[i][c] && !ask_taken_q[i][c];
    if ((wants & after[c]) != '0) wants = wants & after[c];
    grant = wants & (~wants + Lists'(1));
    if (grant != '0) begin
      after[c]          = ~((grant - Lists'(1)) | grant);
      owner[c][tail[c]] = grant;
      tail[c]           = tail[c] + PlaceBits'(1);
      line_valid_o[c] <= 1'b1;
      for (int unsigned i = 0; i < Lists; i++) begin
        if (grant[i]) begin
          ask_taken_q[i][c] <= 1'b1;
          line_o[c]         <= ask_line[i][c];
        end
      end
    end
  endtask

  task automatic step;
    ask_taken_q <= '0;
    for (int unsigned c = 0; c < Channels; c++) begin
      if (beat_valid_i[c]) head[c] = head[c] + PlaceBits'(1);
      if (line_ready_i[c]) line_valid_o[c] <= 1'b0;
      if (asks && (!line_valid_o[c] || line_ready_i[c])) ask(c);
      owner_q[c] <= owner[c][head[c]];
    end
  endtask

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      for (int unsigned c = 0; c < Channels; c++) begin
        head[c]  = '0;
        tail[c]  = '0;
        after[c] = '0;
      end
      line_valid_o <= '0;
      ask_taken_q  <= '0;
    end else if (asks || ask_taken_q != '0 || line_valid_o != '0 || beat_valid_i != '0) begin
      step();
    end
  end

  /* verilator lint_on BLKSEQ */

  // Implementation checks.
  `DOJO_COVER(LineWaits, (line_valid_o & ~line_ready_i) != '0)

endmodule
