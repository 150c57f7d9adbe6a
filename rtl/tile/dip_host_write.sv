// From the memory of an Interface Processor to the memory of its host: copies of the transfer engine, and completions, as AXI4 writes.
//
// Function: a copy is a READ of the port's own read service, whose elements become bursts of 16-byte beats (INCR; one, two or four) with ID 0, in order;
// an element of 8 bytes is a beat with half of its strobes set. A completion is a burst of one beat with ID 1 and goes before the next element.
// A copy is done when the host has answered all of its bursts, and has failed if an answer was an error; completion_done_o, completion_failed_o: a completion was answered.
// Latency: a beat is on W in the cycle after its element, or the beat before it, was taken. Throughput: one beat per cycle, no gap between bursts.
// Back-pressure: AWREADY and WREADY; MostBursts bursts, and 31 completions, without an answer. B is always taken. Registered: AW, W, done_o, failed_o, completion_done_o.
`include "dojo_assert.svh"

module dip_host_write #(
    localparam int unsigned Channels = dip_pkg::Channels
) (
    input  logic                                  clk_i,
    input  logic                                  rst_ni,
    // copies
    input  logic                                  command_valid_i,
    output logic                                  command_room_o,
    /* verilator lint_off UNUSEDSIGNAL */  // copies have no kind here
    input  dip_pkg::command_t                     command_i,
    /* verilator lint_on UNUSEDSIGNAL */
    output logic                                  done_o,
    output logic                                  failed_o,
    // lines of the memory
    output logic [Channels-1:0]                   line_valid_o,
    input  logic [Channels-1:0]                   line_ready_i,
    output logic [Channels-1:0][dip_pkg::LineBits-1:0] line_o,
    input  logic [Channels-1:0]                   beat_valid_i,
    input  logic [Channels-1:0][511:0]            beat_data_i,
    // completions
    input  logic                                  completion_valid_i,
    output logic                                  completion_ready_o,
    input  logic [63:0]                           completion_address_i,
    input  logic [127:0]                          completion_data_i,
    output logic                                  completion_done_o,
    output logic                                  completion_failed_o,  // ... by an error
    // AXI4
    output logic                                  awvalid_o,
    input  logic                                  awready_i,
    output logic                                  awid_o,
    output logic [63:0]                           awaddr_o,
    output logic [7:0]                            awlen_o,
    output logic                                  wvalid_o,
    input  logic                                  wready_i,
    output logic [127:0]                          wdata_o,
    output logic [15:0]                           wstrb_o,
    output logic                                  wlast_o,
    input  logic                                  bvalid_i,
    input  logic                                  bid_i,
    input  logic [1:0]                            bresp_i,
    output logic                                  busy_o
);

  localparam int unsigned Copies = dojo_pkg::DipCopies;
  localparam int unsigned CountBits = 12;
  localparam int unsigned MostBursts = 2 ** (CountBits - 1);

  logic                     waits_q, service_ready, element_valid, element_ready, element_done, service_busy;
  /* verilator lint_off UNUSEDSIGNAL */  // fields that matter on the way only
  dip_pkg::command_t        command_q;
  dojo_pkg::packet_header_t element;
  /* verilator lint_on UNUSEDSIGNAL */
  logic [511:0]             element_data;
  logic [1:0]               beat_q, last_beat;
  logic                     first_goes, next_goes, completion_goes, full;
  logic [CountBits-1:0]     sent_q, answered_q;   // bursts of copies
  logic [Copies-1:0][CountBits-1:0] mark_q;       // sent_q at the ends of copies, oldest first
  logic [dip_pkg::CopyBits:0]       mark_count_q;
  logic                     error_q;              // since the last mark
  logic [4:0]               pending_q;            // completions without an answer
  logic                     too_many_q;

  dip_read_service u_service (
      .clk_i, .rst_ni, .x_i('0), .y_i('0),
      .read_valid_i  (waits_q),
      .read_ready_o  (service_ready),
      .read_own_i    (1'b1),
      .read_header_i (command_q.header),
      .read_request_i(command_q.request),
      .line_valid_o, .line_ready_i, .line_o, .beat_valid_i, .beat_data_i,
      .send_valid_o  (element_valid),
      .send_ready_i  (element_ready),
      .send_header_o (element),
      .send_data_o   (element_data),
      .done_o        (element_done),
      .busy_o        (service_busy)
  );

  assign last_beat          = (element.size == 3'd6) ? 2'd3 : (element.size == 3'd5) ? 2'd1 : 2'd0;
  assign full               = sent_q - answered_q >= CountBits'(MostBursts);
  assign completion_goes    = completion_valid_i && beat_q == '0 && (!awvalid_o || awready_i) && (!wvalid_o || wready_i) && pending_q != '1;
  assign first_goes         = element_valid && beat_q == '0 && (!awvalid_o || awready_i) && (!wvalid_o || wready_i) && !full && !completion_goes;
  assign next_goes          = beat_q != '0 && (!wvalid_o || wready_i);
  assign element_ready      = (first_goes || next_goes) && beat_q == last_beat;
  assign completion_ready_o = completion_goes;
  assign command_room_o     = !waits_q;
  assign busy_o             = waits_q || command_valid_i || service_busy || awvalid_o || wvalid_o || completion_valid_i || mark_count_q != '0 || done_o ||
                              completion_done_o || completion_failed_o || bvalid_i || element_done;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      waits_q           <= 1'b0;
      awvalid_o         <= 1'b0;
      wvalid_o          <= 1'b0;
      beat_q            <= '0;
      sent_q            <= '0;
      answered_q        <= '0;
      mark_count_q      <= '0;
      error_q           <= 1'b0;
      pending_q         <= '0;
      done_o            <= 1'b0;
      failed_o          <= 1'b0;
      completion_done_o   <= 1'b0;
      completion_failed_o <= 1'b0;
      too_many_q        <= 1'b0;
    end else if (busy_o) begin
      logic [dip_pkg::CopyBits:0] marks;
      if (command_valid_i) begin
        waits_q   <= 1'b1;
        command_q <= command_i;
      end else if (service_ready) waits_q <= 1'b0;
      // Bursts and beats.
      if (awready_i) awvalid_o <= 1'b0;
      if (wready_i) wvalid_o <= 1'b0;
      if (completion_goes || first_goes) begin
        awvalid_o <= 1'b1;
        awid_o    <= completion_goes;
        awaddr_o  <= completion_goes ? completion_address_i : {2'b00, element.dst_y, element.dst_x, element.addr};
        awlen_o   <= completion_goes ? 8'd0 : 8'(last_beat);
      end
      if (completion_goes) begin
        wvalid_o  <= 1'b1;
        wdata_o   <= completion_data_i;
        wstrb_o   <= '1;
        wlast_o   <= 1'b1;
      end else if (first_goes || next_goes) begin
        wvalid_o <= 1'b1;
        wdata_o  <= element_data[{beat_q, 7'd0}+:128];
        wstrb_o  <= (element.size == 3'd3) ? (element.addr[3] ? 16'hff00 : 16'h00ff) : '1;
        wlast_o  <= beat_q == last_beat;
        beat_q   <= element_ready ? '0 : beat_q + 2'd1;
      end
      // Answers.
      if (first_goes) sent_q <= sent_q + CountBits'(1);
      if (bvalid_i && !bid_i) answered_q <= answered_q + CountBits'(1);
      completion_done_o   <= bvalid_i && bid_i && bresp_i == dojo_pkg::AxiResponseOkay;
      completion_failed_o <= bvalid_i && bid_i && bresp_i != dojo_pkg::AxiResponseOkay;
      pending_q <= pending_q + 5'(completion_goes) - 5'(bvalid_i && bid_i);
      if (bvalid_i && !bid_i && bresp_i != dojo_pkg::AxiResponseOkay) error_q <= 1'b1;
      done_o <= 1'b0;
      marks   = mark_count_q;
      if (marks != '0 && answered_q == mark_q[0]) begin
        done_o    <= 1'b1;
        failed_o  <= error_q;
        error_q   <= bvalid_i && !bid_i && bresp_i != dojo_pkg::AxiResponseOkay;
        mark_q    <= mark_q >> CountBits;
        marks      = marks - (dip_pkg::CopyBits + 1)'(1);
      end
      if (element_done) begin
        mark_q[marks[dip_pkg::CopyBits-1:0]] <= sent_q;
        too_many_q <= 32'(marks) == Copies;
        marks       = marks + (dip_pkg::CopyBits + 1)'(1);
      end
      mark_count_q <= marks;
    end
  end

  // Integration checks.
  `DOJO_ASSERT(CommandHasRoom, !command_valid_i || !waits_q)
  `DOJO_ASSERT(AnswerIsExpected, !bvalid_i || (bid_i ? pending_q != '0 : sent_q != answered_q))
  `DOJO_ASSERT(CompletionIsAligned, !completion_valid_i || completion_address_i[3:0] == '0)

  // Implementation checks.
  `DOJO_ASSERT(CopiesAreFew, !too_many_q)
  `DOJO_COVER(AddressWaits, awvalid_o && !awready_i)
  `DOJO_COVER(DataWait, wvalid_o && !wready_i)
  `DOJO_COVER(HalfABeat, wvalid_o && wstrb_o != '1)
  `DOJO_COVER(TwoBeats, awvalid_o && awlen_o == 8'd1)
  `DOJO_COVER(CompletionMeetsElement, completion_goes && element_valid)
  `DOJO_COVER(CopyFails, done_o && failed_o)
  `DOJO_COVER(CopiesFollow, 32'(mark_count_q) >= 2)

endmodule
