// The host port of an Interface Processor: its side of the host's memory, over PCIe or the like, as an AXI4 master of 128 bits.
//
// Function: joins copies to the host (dip_host_write) and from there (dip_host_read), and the rings (dip_rings). All bursts are INCR with beats of 16
// bytes; ID 0 is copies, ID 1 the rings. The host answers each ID in order.
// Latency, back-pressure: those of the parts; entries of the ring go before copies. Throughput: 16 bytes per cycle each way.
// Registered: as the parts; AR is a register of one of two.
module dip_host_port #(
    localparam int unsigned Channels = dip_pkg::Channels
) (
    input  logic                                       clk_i,
    input  logic                                       rst_ni,
    // copies: bit 0 to the host, bit 1 from there
    input  logic [1:0]                                 command_valid_i,
    output logic [1:0]                                 command_room_o,
    input  dip_pkg::command_t                          command_i,
    output logic [1:0]                                 done_o,
    output logic [1:0]                                 failed_o,
    // memory
    output logic [Channels-1:0]                        line_valid_o,
    input  logic [Channels-1:0]                        line_ready_i,
    output logic [Channels-1:0][dip_pkg::LineBits-1:0] line_o,
    input  logic [Channels-1:0]                        beat_valid_i,
    input  logic [Channels-1:0][511:0]                 beat_data_i,
    output logic                                       write_valid_o,
    input  logic                                       write_ready_i,
    output logic [dip_pkg::WholeLineBits-1:0]          write_line_o,
    output logic [511:0]                               write_data_o,
    output logic [63:0]                                write_strobes_o,
    output logic                                       write_epoch_o,
    input  logic [1:0][Channels-1:0]                   written_i,
    // rings
    input  logic                                       ring_enable_i,
    input  logic                                       ring_stop_i,
    input  logic [63:0]                                submission_base_i,
    input  logic [31:0]                                submission_size_i,
    input  logic [31:0]                                submission_tail_i,
    output logic [31:0]                                submission_head_o,
    input  logic [63:0]                                completion_base_i,
    input  logic [31:0]                                completion_size_i,
    input  logic [31:0]                                completion_head_i,
    output logic [31:0]                                completion_tail_o,
    output logic                                       ring_enabled_o,
    output dojo_pkg::ring_error_e                      ring_error_o,
    output logic                                       ring_stopped_o,
    output logic                                       completion_done_o,
    output logic                                       entry_valid_o,
    input  logic                                       entry_ready_i,
    output dojo_pkg::transfer_descriptor_t             entry_o,
    input  logic                                       complete_valid_i,
    output logic                                       complete_ready_o,
    input  dojo_pkg::dip_completion_t                  complete_i,
    // AXI4 to the host's memory
    output logic                                       host_arvalid_o,
    input  logic                                       host_arready_i,
    output logic                                       host_arid_o,
    output logic [63:0]                                host_araddr_o,
    output logic [7:0]                                 host_arlen_o,
    input  logic                                       host_rvalid_i,
    output logic                                       host_rready_o,
    input  logic                                       host_rid_i,
    input  logic [127:0]                               host_rdata_i,
    input  logic [1:0]                                 host_rresp_i,
    input  logic                                       host_rlast_i,
    output logic                                       host_awvalid_o,
    input  logic                                       host_awready_i,
    output logic                                       host_awid_o,
    output logic [63:0]                                host_awaddr_o,
    output logic [7:0]                                 host_awlen_o,
    output logic                                       host_wvalid_o,
    input  logic                                       host_wready_i,
    output logic [127:0]                               host_wdata_o,
    output logic [15:0]                                host_wstrb_o,
    output logic                                       host_wlast_o,
    input  logic                                       host_bvalid_i,
    output logic                                       host_bready_o,
    input  logic                                       host_bid_i,
    input  logic [1:0]                                 host_bresp_i,
    output logic                                       busy_o
);

  logic         copy_arvalid, ring_arvalid, ring_turn_q, copy_rready, held_q;
  logic [63:0]  copy_araddr, ring_araddr, completion_address;
  logic [7:0]   copy_arlen;
  logic         completion_valid, completion_ready, completion_failed, write_busy, read_busy, rings_busy;
  logic [127:0] completion_data;

  // An address that was shown stays until it is taken.
  assign host_arid_o    = held_q ? ring_turn_q : ring_arvalid;
  assign host_arvalid_o = copy_arvalid || ring_arvalid;
  assign host_araddr_o  = host_arid_o ? ring_araddr : copy_araddr;
  assign host_arlen_o   = host_arid_o ? 8'd3 : copy_arlen;
  assign host_rready_o  = host_rid_i || copy_rready;
  assign host_bready_o  = 1'b1;
  assign busy_o         = write_busy || read_busy || rings_busy || host_rvalid_i;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) held_q <= 1'b0;
    else if (host_arvalid_o || held_q) begin
      held_q      <= host_arvalid_o && !host_arready_i;
      ring_turn_q <= host_arid_o;
    end
  end

  dip_host_write u_write (
      .clk_i, .rst_ni,
      .command_valid_i(command_valid_i[0]), .command_room_o(command_room_o[0]), .command_i, .done_o(done_o[0]), .failed_o(failed_o[0]),
      .line_valid_o, .line_ready_i, .line_o, .beat_valid_i, .beat_data_i,
      .completion_valid_i(completion_valid), .completion_ready_o(completion_ready),
      .completion_address_i(completion_address), .completion_data_i(completion_data),
      .completion_done_o, .completion_failed_o(completion_failed),
      .awvalid_o(host_awvalid_o), .awready_i(host_awready_i), .awid_o(host_awid_o), .awaddr_o(host_awaddr_o), .awlen_o(host_awlen_o),
      .wvalid_o(host_wvalid_o), .wready_i(host_wready_i), .wdata_o(host_wdata_o), .wstrb_o(host_wstrb_o), .wlast_o(host_wlast_o),
      .bvalid_i(host_bvalid_i), .bid_i(host_bid_i), .bresp_i(host_bresp_i),
      .busy_o(write_busy)
  );

  dip_host_read u_read (
      .clk_i, .rst_ni,
      .command_valid_i(command_valid_i[1]), .command_room_o(command_room_o[1]), .command_i, .done_o(done_o[1]), .failed_o(failed_o[1]),
      .write_valid_o, .write_ready_i, .write_line_o, .write_data_o, .write_strobes_o, .write_epoch_o, .written_i,
      .arvalid_o(copy_arvalid), .arready_i(host_arready_i && !host_arid_o), .araddr_o(copy_araddr), .arlen_o(copy_arlen),
      .rvalid_i(host_rvalid_i && !host_rid_i), .rready_o(copy_rready), .rdata_i(host_rdata_i), .rresp_i(host_rresp_i), .rlast_i(host_rlast_i),
      .busy_o(read_busy)
  );

  dip_rings u_rings (
      .clk_i, .rst_ni,
      .enable_i(ring_enable_i), .stop_i(ring_stop_i),
      .submission_base_i, .submission_size_i, .submission_tail_i, .submission_head_o,
      .completion_base_i, .completion_size_i, .completion_head_i, .completion_tail_o,
      .enabled_o(ring_enabled_o), .error_o(ring_error_o), .stopped_o(ring_stopped_o),
      .arvalid_o(ring_arvalid), .arready_i(host_arready_i && host_arid_o), .araddr_o(ring_araddr),
      .rvalid_i(host_rvalid_i && host_rid_i), .rdata_i(host_rdata_i), .rresp_i(host_rresp_i),
      .entry_valid_o, .entry_ready_i, .entry_o,
      .complete_valid_i, .complete_ready_o, .complete_i,
      .completion_valid_o(completion_valid), .completion_ready_i(completion_ready),
      .completion_address_o(completion_address), .completion_data_o(completion_data), .completion_failed_i(completion_failed),
      .busy_o(rings_busy)
  );

endmodule
