// The index list of a gather or scatter in an Interface Processor's memory: checked whole, then handed on line by line.
//
// Function: start_valid_i begins with a list of `start_elements_i` indices of 32 bits from a line on. All of it is read; checked_o then says that this is
// done, bad_o that an index is not below the limit. go_i reads it again, for a command whose parts with 16 indices each are offered in their order.
// drop_i leaves a list that is not to be read again. One line of each channel of the memory is asked for at a time: eight lines that follow each other.
// Latency: the first line is asked for in the cycle after start_valid_i or go_i; one that comes is offered two cycles later. Throughput: a line per cycle.
// Back-pressure: line_ready_i, part_taken_i. Registered: every output.
`include "dojo_assert.svh"

module dip_index_list (
    input  logic                                  clk_i,
    input  logic                                  rst_ni,
    // a list, when the one before it was taken or dropped
    input  logic                                  start_valid_i,
    input  logic [dip_pkg::WholeLineBits-1:0]     start_line_i,
    input  logic [31:0]                           start_elements_i,  // not 0
    input  logic [31:0]                           start_limit_i,
    output logic                                  checked_o,
    output logic                                  bad_o,
    input  logic                                  go_i,
    /* verilator lint_off UNUSEDSIGNAL */  // each part has counts of its own
    input  dip_pkg::command_t                     command_i,
    /* verilator lint_on UNUSEDSIGNAL */
    input  logic                                  drop_i,
    // parts of the command, and whether one was taken
    output logic                                  part_valid_o,
    output dip_pkg::command_t                     part_o,
    input  logic                                  part_taken_i,
    // lines of the memory
    output logic [dip_pkg::Channels-1:0]          line_valid_o,
    input  logic [dip_pkg::Channels-1:0]          line_ready_i,
    output logic [dip_pkg::Channels-1:0][dip_pkg::LineBits-1:0] line_o,
    input  logic [dip_pkg::Channels-1:0]          beat_valid_i,
    input  logic [dip_pkg::Channels-1:0][511:0]   beat_data_i
);

  localparam int unsigned Channels = dip_pkg::Channels;
  localparam int unsigned ChannelBits = dip_pkg::ChannelBits;
  localparam int unsigned Indices = dip_pkg::Indices;
  localparam int unsigned WholeLineBits = dip_pkg::WholeLineBits;

  logic                     active_q;         // lines are asked for, on their way or offered
  logic                     expected_q;

  // State of the one process below, and read by no other.
  logic [WholeLineBits-1:0] first, ask, use_line;  // lines: of the list; to be asked for; to be used, next
  logic [31:0]              elements, limit, ask_left, use_left;  // indices, likewise
  logic                     checking;
  dip_pkg::command_t        command;          // what follows
  logic [Channels-1:0]      asked;            // a line of this channel is under way or waits here
  logic [Channels-1:0]      arrived;          // it is here
  logic [511:0]             data[Channels];
  logic                     active, offering;

  /* verilator lint_off BLKSEQ */

  task automatic start_pass;
    ask      = first;
    use_line = first;
    ask_left = elements;
    use_left = elements;
    active   = 1'b1;
  endtask

  // Indices left after a line.
  function automatic logic [31:0] less_a_line(input logic [31:0] left);
    return (left <= 32'(Indices)) ? 32'd0 : left - 32'(Indices);
  endfunction

  // Asks for the next line, if there is a place for it.
  task automatic ask_next;
    logic [ChannelBits-1:0] c;
    c = dip_pkg::channel_of(ask);
    if (!asked[c]) begin
      asked[c] = 1'b1;
      line_valid_o[c] <= 1'b1;
      line_o[c]       <= ask[WholeLineBits-1:ChannelBits];
      ask      = ask + WholeLineBits'(1);
      ask_left = less_a_line(ask_left);
    end
  endtask

  task automatic take_beats;
    for (int unsigned c = 0; c < Channels; c++) begin
      if (beat_valid_i[c]) begin
        if (!asked[c] || arrived[c]) expected_q <= 1'b0;
        arrived[c] = 1'b1;
        data[c]    = beat_data_i[c];
      end
    end
  endtask

  // The next part of the command, with its indices.
  function automatic dip_pkg::command_t part_of(input logic [511:0] indices);
    part_of               = command;
    part_of.indices       = indices;
    part_of.last          = use_left <= 32'(Indices);
    part_of.request.lines = part_of.last ? use_left : 32'(Indices);
  endfunction

  // The next line, if it is here.
  task automatic use_next;
    logic [ChannelBits-1:0] c;
    c = dip_pkg::channel_of(use_line);
    if (arrived[c] && !offering) begin
      if (checking) begin
        for (int unsigned i = 0; i < Indices; i++) begin
          if (i < use_left && data[c][32*i+:32] >= limit) bad_o <= 1'b1;
        end
      end else begin
        offering = 1'b1;
        part_o   <= part_of(data[c]);
        command   = dip_pkg::advanced(command, 32'(Indices));
      end
      arrived[c] = 1'b0;
      asked[c]   = 1'b0;
      use_line   = use_line + WholeLineBits'(1);
      use_left   = less_a_line(use_left);
    end
  endtask

  task automatic step;
    for (int unsigned c = 0; c < Channels; c++) begin
      if (line_ready_i[c]) line_valid_o[c] <= 1'b0;
    end
    if (part_taken_i) offering = 1'b0;
    if (beat_valid_i != '0) take_beats();
    if (start_valid_i) begin
      first    = start_line_i;
      elements = start_elements_i;
      limit    = start_limit_i;
      checking = 1'b1;
      bad_o <= 1'b0;
      start_pass();
    end
    if (go_i) begin
      checking = 1'b0;
      command  = command_i;
      start_pass();
    end
    if (go_i || drop_i) checked_o <= 1'b0;
    if (use_left != '0) use_next();
    if (ask_left != '0) ask_next();
    if (active && use_left == '0 && !offering) begin
      active = 1'b0;
      if (checking) checked_o <= 1'b1;
    end
    part_valid_o <= offering;
    active_q        <= active;
  endtask

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      ask_left = '0;
      use_left = '0;
      asked    = '0;
      arrived  = '0;
      active   = 1'b0;
      offering = 1'b0;
      checked_o       <= 1'b0;
      bad_o           <= 1'b0;
      part_valid_o    <= 1'b0;
      line_valid_o    <= '0;
      active_q        <= 1'b0;
      expected_q      <= 1'b1;
    end else if (active_q || start_valid_i || go_i || drop_i) begin
      step();
    end
  end

  /* verilator lint_on BLKSEQ */

  // Integration checks.
  `DOJO_ASSERT(BeatIsExpected, expected_q && (beat_valid_i == '0 || active_q))
  `DOJO_ASSERT(OneList, !start_valid_i || (!active_q && !checked_o))
  `DOJO_ASSERT(GoesWhenChecked, !(go_i || drop_i) || checked_o)
  `DOJO_ASSERT(ListHasIndices, !start_valid_i || start_elements_i != '0)
  `DOJO_ASSERT(TakenIsOffered, !part_taken_i || part_valid_o)

  // Implementation checks.
  `DOJO_COVER(IndexIsBad, checked_o && bad_o)
  `DOJO_COVER(PartWaits, part_valid_o && !part_taken_i)

endmodule
