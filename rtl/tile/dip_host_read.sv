// From the memory of the host to that of its Interface Processor: copies of the transfer engine as AXI4 reads.
//
// Function: each element is a burst of 16-byte beats (INCR; one, two or four) with ID 0; what comes is written to the memory in the order of the two loops.
// Bursts of the next copies are asked for before those of the ones before have come. A copy is done when all of it is in the cells (dip_fence), and has
// failed if an answer was an error: that element is not written, others are.
// Latency: the first burst is on AR two cycles after the command. Throughput: one burst and one beat per cycle.
// Back-pressure: ARREADY; DipHostReads elements without an answer; the last beat of an element waits until the one before was taken (write_ready_i),
// and for the end of a copy. Registered: every output but rready_o, which depends on registers and write_ready_i.
`include "dojo_assert.svh"

module dip_host_read (
    input  logic                              clk_i,
    input  logic                              rst_ni,
    // copies
    input  logic                              command_valid_i,
    output logic                              command_room_o,
    /* verilator lint_off UNUSEDSIGNAL */  // fields that packets have
    input  dip_pkg::command_t                 command_i,
    /* verilator lint_on UNUSEDSIGNAL */
    output logic                              done_o,
    output logic                              failed_o,
    // lines of the memory
    output logic                              write_valid_o,
    input  logic                              write_ready_i,
    output logic [dip_pkg::WholeLineBits-1:0] write_line_o,
    output logic [511:0]                      write_data_o,
    output logic [63:0]                       write_strobes_o,
    output logic                              write_epoch_o,
    input  logic [1:0][dip_pkg::Channels-1:0] written_i,
    // AXI4
    output logic                              arvalid_o,
    input  logic                              arready_i,
    output logic [63:0]                       araddr_o,
    output logic [7:0]                        arlen_o,
    input  logic                              rvalid_i,
    output logic                              rready_o,
    input  logic [127:0]                      rdata_i,
    input  logic [1:0]                        rresp_i,
    input  logic                              rlast_i,
    output logic                              busy_o
);

  localparam int unsigned Copies = dojo_pkg::DipCopies;
  localparam int unsigned AddressBits = dojo_pkg::OffsetBits;
  localparam int unsigned FlightBits = $clog2(dojo_pkg::DipHostReads + 1);

  // Both sides of a copy.
  typedef struct packed {
    logic [21:0]            window;  // bits 61:40 of the host's addresses
    logic [AddressBits-1:0] there, here;
    logic [31:0]            there_inner, there_outer, here_inner, here_outer, lines, rows;
    logic [2:0]             size;
  } shape_t;

  // Two nested loops over elements at one side.
  typedef struct packed {
    logic [AddressBits-1:0] at, row;
    logic [31:0]            lines_left, rows_left;
  } walk_t;

  logic active_q, last_q, ended_q;  // something is to be asked for; the next beat is an element's last; a copy ends
  logic busy_q, failed_q;
  logic fence_valid_q, fence_ready, fence_add, fence_busy;
  logic [4:0]  fence_sem;
  logic [31:0] fence_amount;

  // State of the one process below, and read by no other.
  shape_t                asked;       // copy whose bursts are asked for
  walk_t                 asking;
  logic                  asks;
  shape_t                shape[Copies];  // copies whose elements come, oldest first
  logic [dip_pkg::CopyBits:0] shapes;
  walk_t                 coming, from;  // of shape[0]: where elements go; where they were
  logic                  comes;
  logic [FlightBits-1:0] in_flight;
  logic [1:0]            beat;
  logic [127:0]          beats[4];    // of the element that comes, in every place of the line that they may have
  logic                  wrong, failed, ended;
  logic                  writing;
  logic                  unexpected_q;

  assign rready_o       = !ended_q && (!last_q || !write_valid_o || write_ready_i);
  assign command_room_o = !active_q;
  assign busy_o         = busy_q || command_valid_i || rvalid_i || fence_busy;

  dip_fence u_fence (
      .clk_i, .rst_ni,
      .write_i       (write_valid_o && write_ready_i),
      .done_i        (written_i),
      .epoch_o       (write_epoch_o),
      .count_valid_i (fence_valid_q),
      .count_ready_o (fence_ready),
      .count_sem_i   ('0),
      .count_amount_i({31'd0, failed_q}),
      .add_valid_o   (fence_add),
      .add_ready_i   (1'b1),
      .add_sem_o     (fence_sem),
      .add_amount_o  (fence_amount),
      .busy_o        (fence_busy)
  );

  logic unused;
  assign unused   = ^{fence_sem, fence_amount[31:1]};
  assign done_o   = fence_add;
  assign failed_o = fence_amount[0];

  /* verilator lint_off BLKSEQ */

  function automatic walk_t start_of(input logic [AddressBits-1:0] at, input logic [31:0] lines, rows);
    return '{at: at, row: at, lines_left: lines, rows_left: rows};
  endfunction

  function automatic walk_t step_of(input walk_t walk, input logic [31:0] inner, outer, lines);
    step_of            = walk;
    step_of.at         = walk.at + AddressBits'(inner);
    step_of.lines_left = walk.lines_left - 32'd1;
    if (step_of.lines_left == '0) begin
      step_of.row        = walk.row + AddressBits'(outer);
      step_of.at         = step_of.row;
      step_of.lines_left = lines;
      step_of.rows_left  = walk.rows_left - 32'd1;
    end
  endfunction

  task automatic take_command;
    asked = '{
        window: {command_i.header.dst_y, command_i.header.dst_x}, there: command_i.header.addr, here: command_i.request.return_address[AddressBits-1:0],
        there_inner: command_i.request.inner_stride, there_outer: command_i.request.outer_stride,
        here_inner: command_i.request.return_inner_stride, here_outer: command_i.request.return_outer_stride,
        lines: command_i.request.lines, rows: command_i.request.rows, size: command_i.header.size
    };
    asking = start_of(asked.there, asked.lines, asked.rows);
    asks   = 1'b1;
    shape[shapes[dip_pkg::CopyBits-1:0]] = asked;
    shapes = shapes + (dip_pkg::CopyBits + 1)'(1);
  endtask

  function automatic logic [1:0] last_beat(input logic [2:0] size);
    return (size == 3'd6) ? 2'd3 : (size == 3'd5) ? 2'd1 : 2'd0;
  endfunction

  task automatic ask;
    arvalid_o <= 1'b1;
    araddr_o  <= {2'b00, asked.window, asking.at[AddressBits-1:4], 4'd0};
    arlen_o   <= 8'(last_beat(asked.size));
    in_flight  = in_flight + FlightBits'(1);
    asking     = step_of(asking, asked.there_inner, asked.there_outer, asked.lines);
    asks       = asking.rows_left != '0;
  endtask

  // A beat, in every place of the line that it may have; the last one of an element completes it.
  task automatic take_beat;
    logic [127:0] data;
    if (!comes || in_flight == '0 || rlast_i != (beat == last_beat(shape[0].size))) unexpected_q <= 1'b1;
    data = (shape[0].size == 3'd3) ? {2{from.at[3] ? rdata_i[127:64] : rdata_i[63:0]}} : rdata_i;
    for (int unsigned i = 0; i < 4; i++) begin
      if (shape[0].size <= 3'd4 || (shape[0].size == 3'd5 ? beat[0] == i[0] : 32'(beat) == i)) beats[i] = data;
    end
    wrong = wrong || rresp_i != dojo_pkg::AxiResponseOkay;
    if (beat == last_beat(shape[0].size)) begin
      writing = !wrong;
      failed  = failed || wrong;
      wrong   = 1'b0;
      beat    = '0;
      in_flight = in_flight - FlightBits'(1);
      write_data_o    <= {beats[3], beats[2], beats[1], beats[0]};
      write_line_o    <= coming.at[6+:dip_pkg::WholeLineBits];
      write_strobes_o <= dip_pkg::bytes_of(coming.at[5:0], shape[0].size);
      coming = step_of(coming, shape[0].here_inner, shape[0].here_outer, shape[0].lines);
      from   = step_of(from, shape[0].there_inner, shape[0].there_outer, shape[0].lines);
      if (coming.rows_left == '0) begin
        comes = 1'b0;
        ended = 1'b1;
      end
    end else beat = beat + 2'd1;
  endtask

  task automatic step;
    if (write_ready_i) writing = 1'b0;
    if (arready_i) arvalid_o <= 1'b0;
    if (fence_valid_q && fence_ready) begin
      ended    = 1'b0;
      failed   = 1'b0;
      for (int unsigned i = 1; i < Copies; i++) shape[i-1] = shape[i];
      shapes   = shapes - (dip_pkg::CopyBits + 1)'(1);
    end
    if (command_valid_i) take_command();
    if (asks && (!arvalid_o || arready_i) && 32'(in_flight) < dojo_pkg::DipHostReads) ask();
    if (rvalid_i && rready_o) take_beat();
    if (!comes && !ended && shapes != '0) begin
      comes  = 1'b1;
      coming = start_of(shape[0].here, shape[0].lines, shape[0].rows);
      from   = start_of(shape[0].there, shape[0].lines, shape[0].rows);
    end
    write_valid_o <= writing;
    last_q        <= beat == last_beat(shape[0].size);
    ended_q       <= ended;
    fence_valid_q <= ended && !writing && !(fence_valid_q && fence_ready);
    failed_q      <= failed;
    active_q      <= asks || 32'(shapes) == Copies;
    busy_q        <= asks || comes || ended || writing || shapes != '0 || (arvalid_o && !arready_i);
  endtask

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      asks      = 1'b0;
      shapes    = '0;
      comes     = 1'b0;
      in_flight = '0;
      beat      = '0;
      wrong     = 1'b0;
      failed    = 1'b0;
      ended     = 1'b0;
      writing   = 1'b0;
      arvalid_o     <= 1'b0;
      write_valid_o <= 1'b0;
      last_q        <= 1'b0;
      ended_q       <= 1'b0;
      fence_valid_q <= 1'b0;
      failed_q      <= 1'b0;
      active_q      <= 1'b0;
      busy_q        <= 1'b0;
      unexpected_q  <= 1'b0;
    end else if (busy_o) begin
      step();
    end
  end

  /* verilator lint_on BLKSEQ */

  // Integration checks.
  `DOJO_ASSERT(CommandHasRoom, !command_valid_i || !active_q)
  `DOJO_ASSERT(BeatIsExpected, !unexpected_q)

  // Implementation checks.
  `DOJO_COVER(AddressWaits, arvalid_o && !arready_i)
  `DOJO_COVER(BeatWaits, rvalid_i && !rready_o)
  `DOJO_COVER(LineWaits, write_valid_o && !write_ready_i)
  `DOJO_COVER(CopyFails, done_o && failed_o)

endmodule
