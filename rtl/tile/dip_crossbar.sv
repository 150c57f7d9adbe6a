// Between the ports of an Interface Processor and the channels of its memory: lines become AXI4 bursts of one beat.
//
// Function: a reader offers lines to be read to each channel, a writer one to be written to its channel (dip_pkg::channel_of); those that want one
// channel take turns. The ports are readers and writers; others follow them. A reader's number is its ID, so that its lines
// of a channel come back in order. What comes back always has a place. The ID of a written line is its writer and, above, the epoch
// (dip_fence); written_o says which are in the cells. Latency: a line is on AR, or AW and W, in the cycle after it is
// taken; beats pass at once. Throughput: one line per channel and direction, and one written line per port, in a cycle.
// Back-pressure: the readies of AXI4 hold up lines for that channel. Registered: AR, AW and W; the readies of the ports depend on
// registers, on their valids and lines, and on the readies of AXI4.
`include "dojo_assert.svh"

module dip_crossbar #(
    parameter int unsigned Readers = dojo_pkg::DipPorts,
    parameter int unsigned Writers = dojo_pkg::DipPorts,
    localparam int unsigned Channels = dip_pkg::Channels
) (
    input  logic                                            clk_i,
    input  logic                                            rst_ni,
    // readers and writers
    input  logic [Readers-1:0][Channels-1:0]                  line_valid_i,
    output logic [Readers-1:0][Channels-1:0]                  line_ready_o,
    input  logic [Readers-1:0][Channels-1:0][dip_pkg::LineBits-1:0] line_i,
    output logic [Readers-1:0][Channels-1:0]                  beat_valid_o,
    input  logic [Writers-1:0]                                write_valid_i,
    output logic [Writers-1:0]                                write_ready_o,
    input  logic [Writers-1:0][dip_pkg::WholeLineBits-1:0]    write_line_i,
    input  logic [Writers-1:0][511:0]                         write_data_i,
    input  logic [Writers-1:0][63:0]                          write_strobes_i,
    input  logic [Writers-1:0]                              write_epoch_i,
    output logic [Writers-1:0][1:0][Channels-1:0]           written_o,
    // AXI4: the other signals are constant (INCR, one beat of 64 bytes), and RREADY and BREADY are 1
    output logic [Channels-1:0]                             arvalid_o,
    input  logic [Channels-1:0]                             arready_i,
    output logic [Channels-1:0][dip_pkg::IdBits-1:0]        arid_o,
    output logic [Channels-1:0][dip_pkg::AddressBits-1:0]   araddr_o,
    input  logic [Channels-1:0]                             rvalid_i,
    input  logic [Channels-1:0][dip_pkg::IdBits-1:0]        rid_i,
    input  logic [Channels-1:0][1:0]                        rresp_i,
    output logic [Channels-1:0]                             awvalid_o,
    input  logic [Channels-1:0]                             awready_i,
    output logic [Channels-1:0][dip_pkg::IdBits-1:0]        awid_o,
    output logic [Channels-1:0][dip_pkg::AddressBits-1:0]   awaddr_o,
    output logic [Channels-1:0]                             wvalid_o,
    input  logic [Channels-1:0]                             wready_i,
    output logic [Channels-1:0][511:0]                      wdata_o,
    output logic [Channels-1:0][63:0]                       wstrb_o,
    input  logic [Channels-1:0]                             bvalid_i,
    input  logic [Channels-1:0][dip_pkg::IdBits-1:0]        bid_i,
    input  logic [Channels-1:0][1:0]                        bresp_i,
    // an address or line is on its way to a channel
    output logic                                            busy_o
);

  // Integration checks.
  if (Readers > dip_pkg::Ids || 2 * Writers > dip_pkg::Ids) begin : gen_port_check
    $error("dip_crossbar: each reader needs an ID, each writer two");
  end
  localparam int unsigned WriterBits = dip_pkg::IdBits - 1;

  logic [Channels-1:0][Readers-1:0] read_wants, read_grants, read_after_q;    // ports that follow the last one
  logic [Channels-1:0][Writers-1:0] write_wants, write_grants, write_after_q;

  localparam int unsigned Most = (Readers > Writers) ? Readers : Writers;

  // The first of those that want, after the last one.
  function automatic logic [Most-1:0] chosen(input logic [Most-1:0] wants, after);
    return ((wants & after) != '0) ? (wants & after) & (~(wants & after) + Most'(1)) : wants & (~wants + Most'(1));
  endfunction

  // Those above the one that is set.
  function automatic logic [Most-1:0] above(input logic [Most-1:0] one_hot);
    return ~((one_hot - Most'(1)) | one_hot);
  endfunction

  always_comb begin
    read_wants   = '0;
    write_wants  = '0;
    read_grants  = '0;
    write_grants = '0;
    line_ready_o  = '0;
    write_ready_o = '0;
    if (line_valid_i != '0) begin
      for (int unsigned c = 0; c < Channels; c++) begin
        for (int unsigned p = 0; p < Readers; p++) read_wants[c][p] = line_valid_i[p][c];
        if (!arvalid_o[c] || arready_i[c]) read_grants[c] = Readers'(chosen(Most'(read_wants[c]), Most'(read_after_q[c])));
        for (int unsigned p = 0; p < Readers; p++) line_ready_o[p][c] = read_grants[c][p];
      end
    end
    if (write_valid_i != '0) begin
      for (int unsigned p = 0; p < Writers; p++) write_wants[dip_pkg::channel_of(write_line_i[p])][p] = write_valid_i[p];
      for (int unsigned c = 0; c < Channels; c++) begin
        if ((!awvalid_o[c] || awready_i[c]) && (!wvalid_o[c] || wready_i[c])) write_grants[c] = Writers'(chosen(Most'(write_wants[c]), Most'(write_after_q[c])));
        write_ready_o = write_ready_o | write_grants[c];
      end
    end
    for (int unsigned p = 0; p < Readers; p++) begin
      for (int unsigned c = 0; c < Channels; c++) beat_valid_o[p][c] = rvalid_i[c] && 32'(rid_i[c]) == p;
    end
    for (int unsigned p = 0; p < Writers; p++) begin
      for (int unsigned c = 0; c < Channels; c++) begin
        for (int unsigned e = 0; e < 2; e++)
          written_o[p][e][c] = bvalid_i[c] && 32'(bid_i[c][WriterBits-1:0]) == p && 32'(bid_i[c][WriterBits]) == e;
      end
    end
  end

  function automatic logic [dip_pkg::AddressBits-1:0] address_of(input logic [dip_pkg::LineBits-1:0] line);
    return dip_pkg::AddressBits'({line, 6'd0});
  endfunction

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      arvalid_o     <= '0;
      awvalid_o     <= '0;
      wvalid_o      <= '0;
      read_after_q  <= '0;
      write_after_q <= '0;
    end else if (busy_o || line_valid_i != '0 || write_valid_i != '0) begin
      for (int unsigned c = 0; c < Channels; c++) begin
        if (arready_i[c]) arvalid_o[c] <= 1'b0;
        if (awready_i[c]) awvalid_o[c] <= 1'b0;
        if (wready_i[c]) wvalid_o[c] <= 1'b0;
        if (read_grants[c] != '0) begin
          arvalid_o[c]    <= 1'b1;
          read_after_q[c] <= Readers'(above(Most'(read_grants[c])));
          for (int unsigned p = 0; p < Readers; p++) begin
            if (read_grants[c][p]) begin
              arid_o[c]   <= dip_pkg::IdBits'(p);
              araddr_o[c] <= address_of(line_i[p][c]);
            end
          end
        end
        if (write_grants[c] != '0) begin
          awvalid_o[c]     <= 1'b1;
          wvalid_o[c]      <= 1'b1;
          write_after_q[c] <= Writers'(above(Most'(write_grants[c])));
          for (int unsigned p = 0; p < Writers; p++) begin
            if (write_grants[c][p]) begin
              awid_o[c]   <= {write_epoch_i[p], WriterBits'(p)};
              awaddr_o[c] <= address_of(write_line_i[p][dip_pkg::WholeLineBits-1:dip_pkg::ChannelBits]);
              wdata_o[c]  <= write_data_i[p];
              wstrb_o[c]  <= write_strobes_i[p];
            end
          end
        end
      end
    end
  end

  assign busy_o = arvalid_o != '0 || awvalid_o != '0 || wvalid_o != '0;

  // Integration checks: what is asked for is in the memory, and is never refused.
  for (genvar c = 0; c < Channels; c++) begin : gen_check
    `DOJO_ASSERT(ReadIsDone, !rvalid_i[c] || (rresp_i[c] == dojo_pkg::AxiResponseOkay && 32'(rid_i[c]) < Readers))
    `DOJO_ASSERT(WriteIsDone, !bvalid_i[c] || bresp_i[c] == dojo_pkg::AxiResponseOkay)
  end

  // Implementation checks.
  `DOJO_COVER(ReadWaits, (line_valid_i & ~line_ready_o) != '0)
  `DOJO_COVER(WriteWaits, (write_valid_i & ~write_ready_o) != '0)

endmodule
