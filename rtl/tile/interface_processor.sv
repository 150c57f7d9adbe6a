// The Interface Processor (DIP): DRAM at the edge of a die, which nodes reach over the mesh. docs/dip.md
//
// Function: Ports links to routers of the edge, on each of which every line of the memory can be read and written: dip_port, dip_crossbar, dip_memory.
// The first access that was refused here and the first report from elsewhere are kept in access_error_o and remote_error_o (of several in one
// cycle that of the lowest port), and all are counted. Latency, throughput, back-pressure: docs/dip.md. Registered: every output but those of the
// storage that come from the write buffers' read ports; storage_data_i goes into registers.
module interface_processor #(
    parameter int unsigned Ports = dojo_pkg::DipPorts,
    localparam int unsigned Channels = dip_pkg::Channels
) (
    input  logic                                               clk_i,
    input  logic                                               rst_ni,
    input  logic [dojo_pkg::DipRefreshBits-1:0]                phase_i,  // low bits of the machine's cycle number
    // coordinates of the ports: those of a node beyond the router to which the port is joined; constant
    input  logic [Ports-1:0][dojo_pkg::CoordinateBits-1:0]     x_i,
    input  logic [Ports-1:0][dojo_pkg::CoordinateBits-1:0]     y_i,
    // links; bit Ports * c + p of the credits is class c of port p
    input  logic [Ports-1:0]                                   flit_valid_i,
    input  dojo_pkg::packet_header_t                           flit_header_i[Ports],
    input  logic [Ports-1:0][511:0]                            flit_data_i,
    output logic [2*Ports-1:0]                                 credit_o,
    output logic [Ports-1:0]                                   flit_valid_o,
    output dojo_pkg::packet_header_t                           flit_header_o[Ports],
    output logic [Ports-1:0][511:0]                            flit_data_o,
    input  logic [2*Ports-1:0]                                 credit_i,
    // storage of each channel (dip_memory_channel)
    output logic [Channels-1:0]                                storage_valid_o,
    output logic [Channels-1:0]                                storage_write_o,
    output logic [Channels-1:0][dip_pkg::LineBits-1:0]         storage_line_o,
    output logic [Channels-1:0][511:0]                         storage_data_o,
    output logic [Channels-1:0][63:0]                          storage_strobes_o,
    input  logic [Channels-1:0][511:0]                         storage_data_i,
    // errors, as at a node
    output dojo_pkg::access_error_t                            access_error_o,
    output logic [31:0]                                        access_refused_o,
    output dojo_pkg::access_error_t                            remote_error_o,
    output logic [31:0]                                        remote_refused_o,
    output logic [31:0]                                        reports_lost_o,
    output logic [Channels-1:0][dojo_pkg::DipCountersBits-1:0] counters_o,
    // if low, nothing changes without a flit or credit
    output logic                                               busy_o
);

  logic [Ports-1:0][Channels-1:0]                 line_valid, line_ready;
  logic [Ports-1:0][Channels-1:0][dip_pkg::LineBits-1:0] line;
  logic [Ports-1:0]                               write_valid, write_ready;
  logic [Ports-1:0][dip_pkg::WholeLineBits-1:0]   write_line;
  logic [Ports-1:0][511:0]                        write_data;
  logic [Ports-1:0][63:0]                         write_strobes;
  logic [Ports-1:0][Channels-1:0]                 beat_valid;
  logic [Ports-1:0]                               refused_valid, report_valid, report_lost, port_busy;
  dojo_pkg::access_error_t                        refused[Ports];
  dojo_pkg::access_error_t                        report[Ports];

  logic [Channels-1:0]                            arvalid, arready, rvalid, rlast, awvalid, awready, wvalid, wready, bvalid;
  logic [Channels-1:0][dip_pkg::IdBits-1:0]       arid, rid, awid, bid;
  logic [Channels-1:0][dip_pkg::AddressBits-1:0]  araddr, awaddr;
  logic [Channels-1:0][511:0]                     rdata, wdata;
  logic [Channels-1:0][63:0]                      wstrb;
  logic [Channels-1:0][1:0]                       rresp, bresp;
  logic                                           crossbar_busy, memory_busy, errors_busy_q;

  for (genvar p = 0; p < Ports; p++) begin : gen_port
    dip_port u_port (
        .clk_i, .rst_ni,
        .x_i(x_i[p]), .y_i(y_i[p]),
        .flit_valid_i (flit_valid_i[p]),
        .flit_header_i(flit_header_i[p]),
        .flit_data_i  (flit_data_i[p]),
        .credit_o     ({credit_o[Ports+p], credit_o[p]}),
        .flit_valid_o (flit_valid_o[p]),
        .flit_header_o(flit_header_o[p]),
        .flit_data_o  (flit_data_o[p]),
        .credit_i     ({credit_i[Ports+p], credit_i[p]}),
        .write_valid_o(write_valid[p]), .write_ready_i(write_ready[p]), .write_line_o(write_line[p]),
        .write_data_o (write_data[p]), .write_strobes_o(write_strobes[p]),
        .line_valid_o (line_valid[p]), .line_ready_i(line_ready[p]), .line_o(line[p]),
        .beat_valid_i (beat_valid[p]),
        .beat_data_i  (rdata),
        .refused_valid_o(refused_valid[p]), .refused_o(refused[p]),
        .report_valid_o (report_valid[p]), .report_o(report[p]),
        .report_lost_o  (report_lost[p]),
        .busy_o       (port_busy[p])
    );
  end

  dip_crossbar #(
      .Ports(Ports)
  ) u_crossbar (
      .clk_i, .rst_ni,
      .line_valid_i(line_valid), .line_ready_o(line_ready), .line_i(line), .beat_valid_o(beat_valid),
      .write_valid_i(write_valid), .write_ready_o(write_ready), .write_line_i(write_line), .write_data_i(write_data), .write_strobes_i(write_strobes),
      .arvalid_o(arvalid), .arready_i(arready), .arid_o(arid), .araddr_o(araddr),
      .rvalid_i(rvalid), .rid_i(rid), .rresp_i(rresp),
      .awvalid_o(awvalid), .awready_i(awready), .awid_o(awid), .awaddr_o(awaddr),
      .wvalid_o(wvalid), .wready_i(wready), .wdata_o(wdata), .wstrb_o(wstrb),
      .bvalid_i(bvalid), .bresp_i(bresp),
      .busy_o(crossbar_busy)
  );

  // A burst of one beat: INCR, 64 bytes.
  dip_memory u_memory (
      .clk_i, .rst_ni, .phase_i,
      .awvalid_i(awvalid), .awready_o(awready), .awid_i(awid), .awaddr_i(awaddr),
      .awlen_i('0), .awsize_i({Channels{3'd6}}), .awburst_i({Channels{dojo_pkg::AxiBurstIncrement}}),
      .wvalid_i(wvalid), .wready_o(wready), .wdata_i(wdata), .wstrb_i(wstrb), .wlast_i('1),
      .bvalid_o(bvalid), .bready_i('1), .bid_o(bid), .bresp_o(bresp),
      .arvalid_i(arvalid), .arready_o(arready), .arid_i(arid), .araddr_i(araddr),
      .arlen_i('0), .arsize_i({Channels{3'd6}}), .arburst_i({Channels{dojo_pkg::AxiBurstIncrement}}),
      .rvalid_o(rvalid), .rready_i('1), .rid_o(rid), .rdata_o(rdata), .rresp_o(rresp), .rlast_o(rlast),
      .storage_valid_o, .storage_write_o, .storage_line_o, .storage_data_o, .storage_strobes_o, .storage_data_i,
      .counters_o,
      .busy_o(memory_busy)
  );

  logic unused;
  assign unused = ^{bid, rlast};

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      access_error_o   <= '0;
      access_refused_o <= '0;
      remote_error_o   <= '0;
      remote_refused_o <= '0;
      reports_lost_o   <= '0;
      errors_busy_q    <= 1'b0;
    end else begin
      errors_busy_q <= port_busy != '0;
      if ((refused_valid | report_valid) != '0) begin
        access_refused_o <= access_refused_o + 32'($countones(refused_valid));
        remote_refused_o <= remote_refused_o + 32'($countones(report_valid));
        reports_lost_o   <= reports_lost_o + 32'($countones(report_lost));
        for (int unsigned n = 0; n < Ports; n++) begin
          if (refused_valid[Ports-1-n] && !access_error_o.valid) access_error_o <= refused[Ports-1-n];
          if (report_valid[Ports-1-n] && !remote_error_o.valid) remote_error_o <= report[Ports-1-n];
        end
      end
    end
  end

  assign busy_o = port_busy != '0 || crossbar_busy || memory_busy || errors_busy_q;

endmodule
