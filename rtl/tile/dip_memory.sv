// The DRAM of an Interface Processor: DipChannels channels side by side, each an AXI4 slave with a port to its cells.
//
// Function: as dip_memory_channel, in whose place a user's own memory model fits. All channels are refreshed at the same time, so that what is
// spread over them is held up once. Latency, throughput, back-pressure, registered: as dip_memory_channel; 400 bytes per cycle together.
module dip_memory #(
    parameter int unsigned Channels = dojo_pkg::DipChannels
) (
    input  logic                                                clk_i,
    input  logic                                                rst_ni,
    input  logic [dojo_pkg::DipRefreshBits-1:0]                 phase_i,  // low bits of the machine's cycle number
    input  logic [Channels-1:0]                                 awvalid_i,
    output logic [Channels-1:0]                                 awready_o,
    input  logic [Channels-1:0][dip_pkg::IdBits-1:0]            awid_i,
    input  logic [Channels-1:0][dip_pkg::AddressBits-1:0]       awaddr_i,
    input  logic [Channels-1:0][7:0]                            awlen_i,
    input  logic [Channels-1:0][2:0]                            awsize_i,
    input  logic [Channels-1:0][1:0]                            awburst_i,
    input  logic [Channels-1:0]                                 wvalid_i,
    output logic [Channels-1:0]                                 wready_o,
    input  logic [Channels-1:0][511:0]                          wdata_i,
    input  logic [Channels-1:0][63:0]                           wstrb_i,
    input  logic [Channels-1:0]                                 wlast_i,
    output logic [Channels-1:0]                                 bvalid_o,
    input  logic [Channels-1:0]                                 bready_i,
    output logic [Channels-1:0][dip_pkg::IdBits-1:0]            bid_o,
    output logic [Channels-1:0][1:0]                            bresp_o,
    input  logic [Channels-1:0]                                 arvalid_i,
    output logic [Channels-1:0]                                 arready_o,
    input  logic [Channels-1:0][dip_pkg::IdBits-1:0]            arid_i,
    input  logic [Channels-1:0][dip_pkg::AddressBits-1:0]       araddr_i,
    input  logic [Channels-1:0][7:0]                            arlen_i,
    input  logic [Channels-1:0][2:0]                            arsize_i,
    input  logic [Channels-1:0][1:0]                            arburst_i,
    output logic [Channels-1:0]                                 rvalid_o,
    input  logic [Channels-1:0]                                 rready_i,
    output logic [Channels-1:0][dip_pkg::IdBits-1:0]            rid_o,
    output logic [Channels-1:0][511:0]                          rdata_o,
    output logic [Channels-1:0][1:0]                            rresp_o,
    output logic [Channels-1:0]                                 rlast_o,
    output logic [Channels-1:0]                                 storage_valid_o,
    output logic [Channels-1:0]                                 storage_write_o,
    output logic [Channels-1:0][dip_pkg::LineBits-1:0]          storage_line_o,
    output logic [Channels-1:0][511:0]                          storage_data_o,
    output logic [Channels-1:0][63:0]                           storage_strobes_o,
    input  logic [Channels-1:0][511:0]                          storage_data_i,
    output logic [Channels-1:0][dojo_pkg::DipCountersBits-1:0]  counters_o,
    output logic                                                busy_o
);

  logic [Channels-1:0] busy;
  assign busy_o = busy != '0;

  for (genvar c = 0; c < Channels; c++) begin : gen_channel
    dip_memory_channel u_channel (
        .clk_i, .rst_ni, .phase_i,
        .awvalid_i(awvalid_i[c]), .awready_o(awready_o[c]), .awid_i(awid_i[c]), .awaddr_i(awaddr_i[c]), .awlen_i(awlen_i[c]),
        .awsize_i(awsize_i[c]), .awburst_i(awburst_i[c]),
        .wvalid_i(wvalid_i[c]), .wready_o(wready_o[c]), .wdata_i(wdata_i[c]), .wstrb_i(wstrb_i[c]), .wlast_i(wlast_i[c]),
        .bvalid_o(bvalid_o[c]), .bready_i(bready_i[c]), .bid_o(bid_o[c]), .bresp_o(bresp_o[c]),
        .arvalid_i(arvalid_i[c]), .arready_o(arready_o[c]), .arid_i(arid_i[c]), .araddr_i(araddr_i[c]), .arlen_i(arlen_i[c]),
        .arsize_i(arsize_i[c]), .arburst_i(arburst_i[c]),
        .rvalid_o(rvalid_o[c]), .rready_i(rready_i[c]), .rid_o(rid_o[c]), .rdata_o(rdata_o[c]), .rresp_o(rresp_o[c]), .rlast_o(rlast_o[c]),
        .storage_valid_o(storage_valid_o[c]), .storage_write_o(storage_write_o[c]), .storage_line_o(storage_line_o[c]),
        .storage_data_o(storage_data_o[c]), .storage_strobes_o(storage_strobes_o[c]), .storage_data_i(storage_data_i[c]),
        .counters_o(counters_o[c]), .busy_o(busy[c])
    );
  end

endmodule
