// Checks of AXI4 at a port, for the master as for the slave: what is offered stays until it is taken, and answers belong to something.
//
// Function: assertions only, in every simulation; nothing is left of it in synthesis. Checked are: on all channels valid does not fall, and the
// payload does not change, before ready; beats of R and responses of B are for IDs that have some outstanding, a burst's beats are as many as
// AR asked for, RLAST is on the last one, and B comes after its last beat of W. A burst of the same ID is answered in order of its requests.
// Latency, throughput, back-pressure: none. Registered: state.
`include "dojo_assert.svh"

module dip_axi_check (
    input logic                             clk_i,
    input logic                             rst_ni,
    input logic                             arvalid_i,
    input logic                             arready_i,
    input logic [dip_pkg::IdBits-1:0]       arid_i,
    input logic [dip_pkg::AddressBits-1:0]  araddr_i,
    input logic [7:0]                       arlen_i,
    input logic [2:0]                       arsize_i,
    input logic [1:0]                       arburst_i,
    input logic                             rvalid_i,
    input logic                             rready_i,
    input logic [dip_pkg::IdBits-1:0]       rid_i,
    input logic [511:0]                     rdata_i,
    input logic [1:0]                       rresp_i,
    input logic                             rlast_i,
    input logic                             awvalid_i,
    input logic                             awready_i,
    input logic [dip_pkg::IdBits-1:0]       awid_i,
    input logic [dip_pkg::AddressBits-1:0]  awaddr_i,
    input logic [7:0]                       awlen_i,
    input logic [2:0]                       awsize_i,
    input logic [1:0]                       awburst_i,
    input logic                             wvalid_i,
    input logic                             wready_i,
    input logic [511:0]                     wdata_i,
    input logic [63:0]                      wstrb_i,
    input logic                             wlast_i,
    input logic                             bvalid_i,
    input logic                             bready_i,
    input logic [dip_pkg::IdBits-1:0]       bid_i,
    input logic [1:0]                       bresp_i
);

  localparam int unsigned Ids = dip_pkg::Ids;
  localparam int unsigned Bursts = 256;  // outstanding ones of an ID that are followed

  typedef struct packed {
    logic [dip_pkg::IdBits-1:0]      id;
    logic [dip_pkg::AddressBits-1:0] address;
    logic [7:0]                      length;
    logic [2:0]                      size;
    logic [1:0]                      burst;
  } address_t;

  // What was offered and not taken in the last cycle.
  logic         ar_held_q, aw_held_q, w_held_q, r_held_q, b_held_q;
  address_t     ar_q, aw_q;
  logic [576:0] w_q;
  logic [511:0] r_data_q;
  logic [dip_pkg::IdBits+2:0] r_q;
  logic [dip_pkg::IdBits+1:0] b_q;

  address_t ar, aw;
  assign ar = {arid_i, araddr_i, arlen_i, arsize_i, arburst_i};
  assign aw = {awid_i, awaddr_i, awlen_i, awsize_i, awburst_i};

  // State of the one process below, and read by no other.
  logic [7:0]  lengths[Ids][Bursts];  // of bursts of reads, a ring per ID
  logic [7:0]  first[Ids];
  logic [8:0]  reads[Ids];            // outstanding ones
  logic [7:0]  beat[Ids];             // of the oldest one
  logic [8:0]  writes[Ids];           // outstanding ones
  logic [15:0] requested, sent;       // bursts of AW, and of W; modulo 2**16
  logic [15:0] answered;

  logic no_read_q, wrong_last_q, no_write_q, early_q, error_q;

  // Blocking assignments go to state that no other process reads.
  /* verilator lint_off BLKSEQ */

  task automatic follow_reads;
    logic [7:0] place;
    if (arvalid_i && arready_i) begin
      place                  = first[arid_i] + reads[arid_i][7:0];
      lengths[arid_i][place] = arlen_i;
      reads[arid_i]          = reads[arid_i] + 9'd1;
    end
    no_read_q    <= rvalid_i && rready_i && reads[rid_i] == '0;
    wrong_last_q <= rvalid_i && rready_i && reads[rid_i] != '0 && rlast_i != (beat[rid_i] == lengths[rid_i][first[rid_i]]);
    if (rvalid_i && rready_i) begin
      beat[rid_i] = beat[rid_i] + 8'd1;
      if (rlast_i) begin
        beat[rid_i]  = '0;
        first[rid_i] = first[rid_i] + 8'd1;
        reads[rid_i] = reads[rid_i] - 9'd1;
      end
    end
  endtask

  task automatic follow_writes;
    if (awvalid_i && awready_i) begin
      writes[awid_i] = writes[awid_i] + 9'd1;
      requested      = requested + 16'd1;
    end
    if (wvalid_i && wready_i && wlast_i) sent = sent + 16'd1;
    no_write_q <= bvalid_i && bready_i && writes[bid_i] == '0;
    if (bvalid_i && bready_i) begin
      writes[bid_i] = writes[bid_i] - 9'd1;
      answered      = answered + 16'd1;
    end
    early_q <= bvalid_i && bready_i && (16'(sent - answered) >= 16'h8000 || 16'(requested - answered) >= 16'h8000);
  endtask

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      for (int unsigned i = 0; i < Ids; i++) begin
        first[i]  = '0;
        reads[i]  = '0;
        beat[i]   = '0;
        writes[i] = '0;
      end
      requested     = '0;
      sent          = '0;
      answered      = '0;
      ar_held_q    <= 1'b0;
      aw_held_q    <= 1'b0;
      w_held_q     <= 1'b0;
      r_held_q     <= 1'b0;
      b_held_q     <= 1'b0;
      no_read_q    <= 1'b0;
      wrong_last_q <= 1'b0;
      no_write_q   <= 1'b0;
      early_q      <= 1'b0;
      error_q      <= 1'b0;
    end else begin
      ar_held_q <= arvalid_i && !arready_i;
      aw_held_q <= awvalid_i && !awready_i;
      w_held_q  <= wvalid_i && !wready_i;
      r_held_q  <= rvalid_i && !rready_i;
      b_held_q  <= bvalid_i && !bready_i;
      if (arvalid_i && !arready_i) ar_q <= ar;
      if (awvalid_i && !awready_i) aw_q <= aw;
      if (wvalid_i && !wready_i) w_q <= {wlast_i, wstrb_i, wdata_i};
      if (rvalid_i && !rready_i) begin
        r_data_q <= rdata_i;
        r_q      <= {rid_i, rresp_i, rlast_i};
      end
      if (bvalid_i && !bready_i) b_q <= {bid_i, bresp_i};
      if (arvalid_i || rvalid_i || no_read_q || wrong_last_q) follow_reads();
      if (awvalid_i || wvalid_i || bvalid_i || no_write_q || early_q) follow_writes();
      error_q <= (rvalid_i && rresp_i == dojo_pkg::AxiResponseExclusiveOkay) || (bvalid_i && bresp_i == dojo_pkg::AxiResponseExclusiveOkay);
    end
  end

  /* verilator lint_on BLKSEQ */

  // Integration checks.
  `DOJO_ASSERT(ArIsHeld, !ar_held_q || (arvalid_i && ar == ar_q))
  `DOJO_ASSERT(AwIsHeld, !aw_held_q || (awvalid_i && aw == aw_q))
  `DOJO_ASSERT(WIsHeld, !w_held_q || (wvalid_i && {wlast_i, wstrb_i, wdata_i} == w_q))
  `DOJO_ASSERT(RIsHeld, !r_held_q || (rvalid_i && {rid_i, rresp_i, rlast_i} == r_q && rdata_i == r_data_q))
  `DOJO_ASSERT(BIsHeld, !b_held_q || (bvalid_i && {bid_i, bresp_i} == b_q))
  `DOJO_ASSERT(BeatHasABurst, !no_read_q)
  `DOJO_ASSERT(RlastIsTheLast, !wrong_last_q)
  `DOJO_ASSERT(ResponseHasABurst, !no_write_q)
  `DOJO_ASSERT(ResponseIsNotEarly, !early_q)
  `DOJO_ASSERT(NoExclusiveAccess, !error_q)

endmodule
