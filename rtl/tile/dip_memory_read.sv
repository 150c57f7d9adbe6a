// Read half of a DRAM channel's AXI4 slave: bursts of AR become lines for the scheduler, and their data come back as beats of R.
//
// Function: a line takes a place of the read buffer when its burst has its turn, in order of AR. The places of an ID are a list: its beats leave in
// order; IDs overtake each other, but the beats of a burst are not interleaved with others. The beats of a burst that is refused carry zeros and
// its response, and nothing is read.
// Latency: a line is offered in the cycle after its AR was taken, at best; a beat is on R two cycles after its data stood.
// Throughput: one burst of one line, and one beat, per cycle. Back-pressure: arready_o, line_ready_i, rready_i; DipReadLines places.
// Registered: every output; rready_i reaches registers and the read port of the buffer.
`include "dojo_assert.svh"

module dip_memory_read (
    input  logic                           clk_i,
    input  logic                           rst_ni,
    // AXI4
    input  logic                           arvalid_i,
    output logic                           arready_o,
    input  logic [dip_pkg::IdBits-1:0]     arid_i,
    input  logic [dip_pkg::AddressBits-1:0] araddr_i,
    input  logic [7:0]                     arlen_i,
    input  logic [2:0]                     arsize_i,
    input  logic [1:0]                     arburst_i,
    output logic                           rvalid_o,
    input  logic                           rready_i,
    output logic [dip_pkg::IdBits-1:0]     rid_o,
    output logic [511:0]                   rdata_o,
    output logic [1:0]                     rresp_o,
    output logic                           rlast_o,
    // lines to be read; the tag is the place in the buffer
    output logic                           line_valid_o,
    input  logic                           line_ready_i,
    output logic [dip_pkg::LineBits-1:0]   line_o,
    output logic [dip_pkg::ReadTagBits-1:0] line_tag_o,
    // a line goes into the buffer; later, it may leave
    input  logic                           write_i,
    input  logic [dip_pkg::ReadTagBits-1:0] write_tag_i,
    input  logic [511:0]                   write_data_i,
    input  logic                           data_valid_i,
    input  logic [dip_pkg::ReadTagBits-1:0] data_tag_i,
    output logic                           busy_o
);

  localparam int unsigned Places = dojo_pkg::DipReadLines;
  localparam int unsigned PlaceBits = dip_pkg::ReadTagBits;
  localparam int unsigned Ids = dip_pkg::Ids;
  localparam int unsigned IdBits = dip_pkg::IdBits;
  localparam int unsigned Depth = dip_pkg::BurstDepth;

  // State of the one process below, and read by no other.
  dip_pkg::burst_t       waiting[Depth];       // bursts, oldest first
  logic [2:0]            waiting_count;
  dip_pkg::burst_t       burst;                // the one whose lines are formed; `line` and `length` count on
  logic                  forming;
  logic                  line_valid;
  // Places of the buffer.
  logic [PlaceBits-1:0]  free_places[Places];  // a ring
  logic [PlaceBits-1:0]  free_head, free_tail;
  logic [PlaceBits:0]    free_count;
  logic [PlaceBits:0]    fresh;                // places from here on were never used
  logic [PlaceBits-1:0]  next_place[Places];
  logic [IdBits-1:0]     id_of[Places];
  logic [1:0]            response[Places];
  logic [Places-1:0]     last;
  logic [Places-1:0]     done;
  // Lists.
  logic [PlaceBits-1:0]  list_head[Ids];
  logic [PlaceBits-1:0]  list_tail[Ids];
  logic [Ids-1:0]        listed;               // the list is not empty
  logic [Ids-1:0]        leaving;              // its head is done
  logic [IdBits-1:0]     id_turn;
  logic                  in_burst;
  logic [IdBits-1:0]     burst_id;

  // The beat after the one on R.
  logic                  next_valid_q;
  logic [PlaceBits-1:0]  next_place_q;
  logic [IdBits-1:0]     next_id_q;
  logic [1:0]            next_response_q;
  logic                  next_last_q;
  logic                  take;
  logic [511:0]          buffer_data;

  // What the checks see of the last cycle.
  logic full_q, overtook_q, twice_q;

  assign take    = next_valid_q && (!rvalid_o || rready_i);
  assign rdata_o = (rresp_o == dojo_pkg::AxiResponseOkay) ? buffer_data : '0;

  edge_memory #(
      .Rows(Places),
      .Bits(512)
  ) u_buffer (
      .clk_i,
      .write_i,
      .write_row_i (write_tag_i),
      .write_data_i,
      .read_i      (take),
      .read_row_i  (next_place_q),
      .read_data_o (buffer_data)
  );

  // The first bit of `mask`, which is not empty, from `from` on.
  function automatic logic [IdBits-1:0] first_id(input logic [Ids-1:0] mask, input logic [IdBits-1:0] from);
    logic [Ids-1:0]    turned;
    logic [IdBits-1:0] index;
    turned = (mask >> from) | (mask << ((IdBits + 1)'(Ids) - {1'b0, from}));
    turned = turned & (~turned + Ids'(1));
    index  = '0;
    for (int unsigned i = 0; i < Ids; i++) if (turned[i]) index = IdBits'(i);
    return from + index;
  endfunction

  // Blocking assignments go to state that no other process reads.
  /* verilator lint_off BLKSEQ */

  // The beat on R has gone, or there was none: the next one follows.
  task automatic advance;
    rvalid_o <= 1'b1;
    rid_o    <= next_id_q;
    rresp_o  <= next_response_q;
    rlast_o  <= next_last_q;
    next_valid_q            <= 1'b0;
    free_places[free_tail]   = next_place_q;
    free_tail                = free_tail + PlaceBits'(1);
    free_count               = free_count + (PlaceBits + 1)'(1);
  endtask

  task automatic choose;
    logic [IdBits-1:0]    id;
    logic [PlaceBits-1:0] place;
    id    = in_burst ? burst_id : first_id(leaving, id_turn);
    place = list_head[id];
    if (leaving[id]) begin
      overtook_q <= (listed & ~leaving) != '0;
      next_valid_q    <= 1'b1;
      next_place_q    <= place;
      next_id_q       <= id;
      next_response_q <= response[place];
      next_last_q     <= last[place];
      in_burst    = !last[place];
      burst_id    = id;
      id_turn     = id + IdBits'(1);
      done[place] = 1'b0;
      if (place == list_tail[id]) begin
        listed[id]  = 1'b0;
        leaving[id] = 1'b0;
      end else begin
        list_head[id] = next_place[place];
        leaving[id]   = done[list_head[id]];
      end
    end
  endtask

  // The next line of the burst takes a place; one of a refused burst is done at once.
  task automatic form_line;
    logic [PlaceBits-1:0] place;
    logic                 is_good;
    if (fresh != (PlaceBits + 1)'(Places)) begin
      place = fresh[PlaceBits-1:0];
      fresh = fresh + (PlaceBits + 1)'(1);
    end else begin
      place     = free_places[free_head];
      free_head = free_head + PlaceBits'(1);
    end
    free_count = free_count - (PlaceBits + 1)'(1);
    is_good         = burst.response == dojo_pkg::AxiResponseOkay;
    id_of[place]    = burst.id;
    response[place] = burst.response;
    last[place]     = burst.length == '0;
    done[place]     = !is_good;
    if (listed[burst.id]) next_place[list_tail[burst.id]] = place;
    else begin
      list_head[burst.id] = place;
      listed[burst.id]    = 1'b1;
      leaving[burst.id]   = !is_good;
    end
    list_tail[burst.id] = place;
    if (is_good) begin
      line_valid = 1'b1;
      line_o     <= burst.line;
      line_tag_o <= place;
    end
    forming      = burst.length != '0;
    burst.line   = burst.line + dip_pkg::LineBits'(1);
    burst.length = burst.length - 8'd1;
  endtask

  task automatic step;
    overtook_q <= 1'b0;
    if (take) advance();
    else if (rready_i) rvalid_o <= 1'b0;
    if (data_valid_i) begin
      twice_q <= done[data_tag_i];
      done[data_tag_i] = 1'b1;
      if (list_head[id_of[data_tag_i]] == data_tag_i) leaving[id_of[data_tag_i]] = 1'b1;
    end else twice_q <= 1'b0;
    if (arvalid_i && arready_o) begin
      waiting[waiting_count[1:0]] = dip_pkg::burst_of(arid_i, araddr_i, arlen_i, arsize_i, arburst_i);
      waiting_count               = waiting_count + 3'd1;
    end
    if (line_ready_i) line_valid = 1'b0;
    if (!forming && waiting_count != '0) begin
      burst = waiting[0];
      for (int unsigned b = 1; b < Depth; b++) waiting[b-1] = waiting[b];
      waiting_count = waiting_count - 3'd1;
      forming       = 1'b1;
    end
    full_q <= forming && free_count == '0;
    if (forming && !line_valid && free_count != '0) form_line();
    if ((!next_valid_q || take) && leaving != '0) choose();
    line_valid_o <= line_valid;
    arready_o    <= 32'(waiting_count) < Depth;
    busy_o       <= forming || waiting_count != '0 || free_count != (PlaceBits + 1)'(Places) || take || rvalid_o;
  endtask

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      waiting_count = '0;
      forming       = 1'b0;
      line_valid    = 1'b0;
      free_head     = '0;
      free_tail     = '0;
      free_count    = (PlaceBits + 1)'(Places);
      fresh         = '0;
      done          = '0;
      listed        = '0;
      leaving       = '0;
      id_turn       = '0;
      in_burst      = 1'b0;
      arready_o    <= 1'b1;
      rvalid_o     <= 1'b0;
      line_valid_o <= 1'b0;
      next_valid_q <= 1'b0;
      busy_o       <= 1'b0;
      full_q       <= 1'b0;
      overtook_q   <= 1'b0;
      twice_q      <= 1'b0;
    end else if (busy_o || arvalid_i) begin
      step();
    end
  end

  /* verilator lint_on BLKSEQ */

  // Integration checks.
  `DOJO_ASSERT(DataComesOnce, !twice_q)
  `DOJO_ASSERT(DataIsExpected, !data_valid_i || busy_o)

  // Implementation checks.
  `DOJO_COVER(BufferIsFull, full_q)
  `DOJO_COVER(IdsOvertake, overtook_q)
  `DOJO_COVER(BeatWaits, rvalid_o && !rready_i && next_valid_q)
  `DOJO_COVER(LineWaits, line_valid_o && !line_ready_i)
  `DOJO_COVER(RefusedBurst, rvalid_o && rresp_o == dojo_pkg::AxiResponseSlaveError)
  `DOJO_COVER(BurstLeavesMemory, rvalid_o && rresp_o == dojo_pkg::AxiResponseDecodeError)

endmodule
