// A channel of the Interface Processor's DRAM: an AXI4 slave with an HBM-like timing model. The cells are elsewhere: a port asks for lines.
//
// Function: INCR bursts of 1 to 256 beats of 64 bytes within the channel's 4 GiB; whatever else is refused (SLVERR: another kind or size; DECERR: it
// leaves the memory) and changes nothing. A beat is a whole line, whatever the low six bits of the address are. Reads of an ID are answered in order,
// IDs overtake each other; B comes in the order of AW. A read that begins after B sees the write; until then it sees the line before or after it.
// AxLOCK, AxCACHE, AxPROT and AxQOS are not there: no access is exclusive, and all are treated alike.
// Storage: in a cycle with storage_valid_o a line is written (the bytes of storage_strobes_o) or read; what is read is on storage_data_i in
// the same cycle (it goes into registers). The order there is that in which accesses take effect.
// Latency: docs/dip.md. Throughput: DipRateShare lines in DipRatePeriod cycles, refresh and changes of direction not counted.
// Back-pressure: the readies of AXI4; each depends on registers only. Registered: every output but those of the two buffers' read ports.
`include "dojo_assert.svh"

module dip_memory_channel (
    input  logic                                clk_i,
    input  logic                                rst_ni,
    input  logic [dojo_pkg::DipRefreshBits-1:0] phase_i,  // low bits of the machine's cycle number
    // AXI4
    input  logic                                awvalid_i,
    output logic                                awready_o,
    input  logic [dip_pkg::IdBits-1:0]          awid_i,
    input  logic [dip_pkg::AddressBits-1:0]     awaddr_i,
    input  logic [7:0]                          awlen_i,
    input  logic [2:0]                          awsize_i,
    input  logic [1:0]                          awburst_i,
    input  logic                                wvalid_i,
    output logic                                wready_o,
    input  logic [511:0]                        wdata_i,
    input  logic [63:0]                         wstrb_i,
    input  logic                                wlast_i,
    output logic                                bvalid_o,
    input  logic                                bready_i,
    output logic [dip_pkg::IdBits-1:0]          bid_o,
    output logic [1:0]                          bresp_o,
    input  logic                                arvalid_i,
    output logic                                arready_o,
    input  logic [dip_pkg::IdBits-1:0]          arid_i,
    input  logic [dip_pkg::AddressBits-1:0]     araddr_i,
    input  logic [7:0]                          arlen_i,
    input  logic [2:0]                          arsize_i,
    input  logic [1:0]                          arburst_i,
    output logic                                rvalid_o,
    input  logic                                rready_i,
    output logic [dip_pkg::IdBits-1:0]          rid_o,
    output logic [511:0]                        rdata_o,
    output logic [1:0]                          rresp_o,
    output logic                                rlast_o,
    // storage
    output logic                                storage_valid_o,
    output logic                                storage_write_o,
    output logic [dip_pkg::LineBits-1:0]        storage_line_o,
    output logic [511:0]                        storage_data_o,
    output logic [63:0]                         storage_strobes_o,
    input  logic [511:0]                        storage_data_i,
    output dojo_pkg::dip_counters_t             counters_o,
    // if low, nothing changes without a new input
    output logic                                busy_o
);

  logic                            read_line_valid, read_line_ready, write_line_valid, write_line_ready, line_ready;
  logic [dip_pkg::LineBits-1:0]    read_line, write_line;
  logic [dip_pkg::ReadTagBits-1:0] read_line_tag;
  logic [dip_pkg::WriteTagBits-1:0] write_line_tag;
  logic                            access_valid, access_write, data_valid;
  logic [dip_pkg::LineBits-1:0]    access_line;
  logic [dip_pkg::TagBits-1:0]     access_tag, data_tag;
  logic [dip_pkg::ReadTagBits-1:0] storage_tag_q;
  logic                            write_turn_q;
  logic                            read_busy, write_busy, scheduler_busy;

  // Lines of reads and writes take turns.
  assign write_line_ready = line_ready && write_line_valid && (!read_line_valid || write_turn_q);
  assign read_line_ready  = line_ready && read_line_valid && !write_line_ready;

  dip_memory_write u_write (
      .clk_i, .rst_ni,
      .awvalid_i, .awready_o, .awid_i, .awaddr_i, .awlen_i, .awsize_i, .awburst_i,
      .wvalid_i, .wready_o, .wdata_i, .wstrb_i, .wlast_i,
      .bvalid_o, .bready_i, .bid_o, .bresp_o,
      .line_valid_o(write_line_valid),
      .line_ready_i(write_line_ready),
      .line_o      (write_line),
      .line_tag_o  (write_line_tag),
      .access_i    (access_valid && access_write),
      .access_tag_i(dip_pkg::WriteTagBits'(access_tag)),
      .data_o      (storage_data_o),
      .strobes_o   (storage_strobes_o),
      .busy_o      (write_busy)
  );

  dip_memory_read u_read (
      .clk_i, .rst_ni,
      .arvalid_i, .arready_o, .arid_i, .araddr_i, .arlen_i, .arsize_i, .arburst_i,
      .rvalid_o, .rready_i, .rid_o, .rdata_o, .rresp_o, .rlast_o,
      .line_valid_o(read_line_valid),
      .line_ready_i(read_line_ready),
      .line_o      (read_line),
      .line_tag_o  (read_line_tag),
      .write_i     (storage_valid_o && !storage_write_o),
      .write_tag_i (storage_tag_q),
      .write_data_i(storage_data_i),
      .data_valid_i(data_valid),
      .data_tag_i  (dip_pkg::ReadTagBits'(data_tag)),
      .busy_o      (read_busy)
  );

  dip_memory_scheduler u_scheduler (
      .clk_i, .rst_ni, .phase_i,
      .line_valid_i(read_line_ready || write_line_ready),
      .line_ready_o(line_ready),
      .line_write_i(write_line_ready),
      .line_i      (write_line_ready ? write_line : read_line),
      .line_tag_i  (write_line_ready ? dip_pkg::TagBits'(write_line_tag) : dip_pkg::TagBits'(read_line_tag)),
      .access_valid_o(access_valid),
      .access_write_o(access_write),
      .access_line_o (access_line),
      .access_tag_o  (access_tag),
      .data_valid_o  (data_valid),
      .data_tag_o    (data_tag),
      .counters_o,
      .busy_o        (scheduler_busy)
  );

  dip_axi_check u_check (
      .clk_i, .rst_ni,
      .awvalid_i, .awready_i(awready_o), .awid_i, .awaddr_i, .awlen_i, .awsize_i, .awburst_i,
      .wvalid_i, .wready_i(wready_o), .wdata_i, .wstrb_i, .wlast_i,
      .bvalid_i(bvalid_o), .bready_i, .bid_i(bid_o), .bresp_i(bresp_o),
      .arvalid_i, .arready_i(arready_o), .arid_i, .araddr_i, .arlen_i, .arsize_i, .arburst_i,
      .rvalid_i(rvalid_o), .rready_i, .rid_i(rid_o), .rdata_i(rdata_o), .rresp_i(rresp_o), .rlast_i(rlast_o)
  );

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      storage_valid_o <= 1'b0;
      write_turn_q    <= 1'b0;
    end else begin
      storage_valid_o <= access_valid;
      if (read_line_ready || write_line_ready) write_turn_q <= read_line_ready;
    end
    if (access_valid) begin
      storage_write_o <= access_write;
      storage_line_o  <= access_line;
      storage_tag_q   <= dip_pkg::ReadTagBits'(access_tag);
    end
  end

  assign busy_o = read_busy || write_busy || scheduler_busy || storage_valid_o;

  // Implementation checks.
  `DOJO_ASSERT(IdleIsQuiet, busy_o || (!rvalid_o && !bvalid_o))
  `DOJO_COVER(ReadsAndWritesMeet, line_ready && read_line_valid && write_line_valid)

endmodule
