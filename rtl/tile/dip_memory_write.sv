// Write half of a DRAM channel's AXI4 slave: beats of W with the bursts of AW become lines for the scheduler, and B says when they are written.
//
// Function: beats go into the write buffer in their order, before or after their AW. A burst has its response on B when all of its lines have
// been accessed: a read that begins then sees them. Responses leave in the order of AW. The beats of a burst that is refused are dropped, and its
// response says so.
// Latency: a line is offered in the cycle after its beat, at best; B comes two cycles after the last access.
// Throughput: one beat, and one burst of one beat, per cycle. Back-pressure: awready_o, wready_o, line_ready_i, bready_i; DipWriteLines beats
// and four times as many bursts.
// Registered: every output.
`include "dojo_assert.svh"

module dip_memory_write (
    input  logic                            clk_i,
    input  logic                            rst_ni,
    // AXI4
    input  logic                            awvalid_i,
    output logic                            awready_o,
    input  logic [dip_pkg::IdBits-1:0]      awid_i,
    input  logic [dip_pkg::AddressBits-1:0] awaddr_i,
    input  logic [7:0]                      awlen_i,
    input  logic [2:0]                      awsize_i,
    input  logic [1:0]                      awburst_i,
    input  logic                            wvalid_i,
    output logic                            wready_o,
    input  logic [511:0]                    wdata_i,
    input  logic [63:0]                     wstrb_i,
    input  logic                            wlast_i,
    output logic                            bvalid_o,
    input  logic                            bready_i,
    output logic [dip_pkg::IdBits-1:0]      bid_o,
    output logic [1:0]                      bresp_o,
    // lines to be written; the tag is the place in the buffer
    output logic                            line_valid_o,
    input  logic                            line_ready_i,
    output logic [dip_pkg::LineBits-1:0]    line_o,
    output logic [dip_pkg::WriteTagBits-1:0] line_tag_o,
    // a line is written: its data and byte strobes are on data_o and strobes_o in the next cycle
    input  logic                            access_i,
    input  logic [dip_pkg::WriteTagBits-1:0] access_tag_i,
    output logic [511:0]                    data_o,
    output logic [63:0]                     strobes_o,
    output logic                            busy_o
);

  localparam int unsigned Places = dojo_pkg::DipWriteLines;  // of the buffer
  localparam int unsigned Bursts = 4 * Places;               // under way: one that waits for its row holds up few
  localparam int unsigned BurstBits = $clog2(Bursts);
  localparam int unsigned PlaceBits = dip_pkg::WriteTagBits;
  localparam int unsigned IdBits = dip_pkg::IdBits;
  localparam int unsigned Depth = dip_pkg::BurstDepth;

  // Integration checks.
  if (Places != 64) begin : gen_place_check
    $error("dip_memory_write: first_free is written for 64 places");
  end

  // State of the one process below, and read by no other.
  dip_pkg::burst_t       waiting[Depth];     // bursts, oldest first
  logic [2:0]            waiting_count;
  dip_pkg::burst_t       burst;              // the one whose lines are formed; `line` and `length` count on
  logic                  forming;
  logic                  line_valid;
  logic                  responding;         // a response is on B
  // Places of the buffer, and a ring of those whose beats are no lines yet.
  logic [Places-1:0]     used;
  logic [Places-1:0]     last;
  logic [BurstBits-1:0]  burst_of[Places];
  logic [PlaceBits-1:0]  beat[Places];
  logic [PlaceBits-1:0]  beat_head, beat_tail;
  logic [PlaceBits:0]    beats;
  // Bursts under way, a ring.
  logic [8:0]            left[Bursts];       // lines that are not written yet
  logic [IdBits-1:0]     id[Bursts];
  logic [1:0]            response[Bursts];
  logic [BurstBits-1:0]  burst_head, burst_tail;
  logic [BurstBits:0]    bursts;

  logic [PlaceBits-1:0]  place_q;            // where the next beat goes

  // What the checks see of the last cycle.
  logic wrong_last_q, full_q, beat_first_q, unknown_q;

  edge_memory #(
      .Rows(Places),
      .Bits(576)
  ) u_buffer (
      .clk_i,
      .write_i     (wvalid_i && wready_o),
      .write_row_i (place_q),
      .write_data_i({wstrb_i, wdata_i}),
      .read_i      (access_i),
      .read_row_i  (access_tag_i),
      .read_data_o ({strobes_o, data_o})
  );

  // Blocking assignments go to state that no other process reads.
  /* verilator lint_off BLKSEQ */

  function automatic logic [PlaceBits-1:0] first_free();
    logic [63:0] one_hot;
    one_hot = ~used & (used + 64'd1);
    return {|(one_hot & 64'hffffffff00000000), |(one_hot & 64'hffff0000ffff0000), |(one_hot & 64'hff00ff00ff00ff00),
            |(one_hot & 64'hf0f0f0f0f0f0f0f0), |(one_hot & 64'hcccccccccccccccc), |(one_hot & 64'haaaaaaaaaaaaaaaa)};
  endfunction

  task automatic start_burst;
    burst = waiting[0];
    for (int unsigned b = 1; b < Depth; b++) waiting[b-1] = waiting[b];
    waiting_count        = waiting_count - 3'd1;
    forming              = 1'b1;
    left[burst_tail]     = 9'(burst.length) + 9'd1;
    id[burst_tail]       = burst.id;
    response[burst_tail] = burst.response;
    bursts               = bursts + (BurstBits + 1)'(1);
  endtask

  task automatic form_line;
    logic [PlaceBits-1:0] place;
    place = beat[beat_head];
    wrong_last_q <= last[place] != (burst.length == '0);
    if (burst.response == dojo_pkg::AxiResponseOkay) begin
      line_valid = 1'b1;
      line_o     <= burst.line;
      line_tag_o <= place;
      burst_of[place] = burst_tail;
    end else begin
      used[place]      = 1'b0;
      left[burst_tail] = left[burst_tail] - 9'd1;
    end
    beat_head = beat_head + PlaceBits'(1);
    beats     = beats - (PlaceBits + 1)'(1);
    if (burst.length == '0) begin
      forming    = 1'b0;
      burst_tail = burst_tail + BurstBits'(1);
    end
    burst.line   = burst.line + dip_pkg::LineBits'(1);
    burst.length = burst.length - 8'd1;
  endtask

  task automatic respond;
    responding = 1'b1;
    bid_o   <= id[burst_head];
    bresp_o <= response[burst_head];
    burst_head = burst_head + BurstBits'(1);
    bursts     = bursts - (BurstBits + 1)'(1);
  endtask

  task automatic step;
    wrong_last_q <= 1'b0;
    unknown_q    <= 1'b0;
    if (access_i) begin
      unknown_q <= !used[access_tag_i];
      used[access_tag_i]           = 1'b0;
      left[burst_of[access_tag_i]] = left[burst_of[access_tag_i]] - 9'd1;
    end
    if (awvalid_i && awready_o) begin
      waiting[waiting_count[1:0]] = dip_pkg::burst_of(awid_i, awaddr_i, awlen_i, awsize_i, awburst_i);
      waiting_count               = waiting_count + 3'd1;
    end
    if (wvalid_i && wready_o) begin
      used[place_q]   = 1'b1;
      last[place_q]   = wlast_i;
      beat[beat_tail] = place_q;
      beat_tail       = beat_tail + PlaceBits'(1);
      beats           = beats + (PlaceBits + 1)'(1);
    end
    if (line_ready_i) line_valid = 1'b0;
    beat_first_q <= !forming && waiting_count == '0 && beats != '0;
    full_q       <= used == '1;
    if (!forming && waiting_count != '0 && bursts != (BurstBits + 1)'(Bursts)) start_burst();
    if (forming && !line_valid && beats != '0) form_line();
    if (bready_i) responding = 1'b0;
    if (!responding && bursts != '0 && left[burst_head] == '0) respond();
    bvalid_o     <= responding;
    if (used != '1) place_q <= first_free();
    line_valid_o <= line_valid;
    awready_o    <= 32'(waiting_count) < Depth;
    wready_o     <= used != '1;
    busy_o       <= bursts != '0 || waiting_count != '0 || beats != '0 || responding || bvalid_o || line_valid;
  endtask

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      waiting_count = '0;
      forming       = 1'b0;
      line_valid    = 1'b0;
      responding    = 1'b0;
      used          = '0;
      beat_head     = '0;
      beat_tail     = '0;
      beats         = '0;
      burst_head    = '0;
      burst_tail    = '0;
      bursts        = '0;
      place_q      <= '0;
      awready_o    <= 1'b1;
      wready_o     <= 1'b1;
      bvalid_o     <= 1'b0;
      line_valid_o <= 1'b0;
      busy_o       <= 1'b0;
      wrong_last_q <= 1'b0;
      full_q       <= 1'b0;
      beat_first_q <= 1'b0;
      unknown_q    <= 1'b0;
    end else if (busy_o || awvalid_i || wvalid_i) begin
      step();
    end
  end

  /* verilator lint_on BLKSEQ */

  // Integration checks.
  `DOJO_ASSERT(LastIsTheLast, !wrong_last_q)
  `DOJO_ASSERT(AccessIsOfALine, !unknown_q && (!access_i || busy_o))

  // Implementation checks.
  `DOJO_COVER(BufferIsFull, full_q)
  `DOJO_COVER(BeatBeforeItsBurst, beat_first_q)
  `DOJO_COVER(ResponseWaits, bvalid_o && !bready_i)
  `DOJO_COVER(LineWaits, line_valid_o && !line_ready_i)
  `DOJO_COVER(RefusedBurst, bvalid_o && bresp_o == dojo_pkg::AxiResponseSlaveError)
  `DOJO_COVER(BurstLeavesMemory, bvalid_o && bresp_o == dojo_pkg::AxiResponseDecodeError)

endmodule
