// Takes TTP frames apart: checks the header and gives the payload's lines.
//
// Function: frames come from an Ethernet MAC as an AXI-Stream of 64-byte beats, without FCS; tuser with the last beat says that the MAC found
// the frame bad. A well-formed frame for this node is announced by frame_valid_o, any other by malformed_o. Lines of what looks like a payload
// on VC2 are given before that: the first one with line_first_o and the number of all, which counts only if a frame follows.
// Latency: one cycle from the last beat to frame_valid_o, and from a line's last byte to line_valid_o; the last line comes with its frame.
// Throughput: a beat per cycle, always taken. Back-pressure: none, as a MAC has none. Registered: every output.
`include "dojo_assert.svh"

module ttp_receive (
    input  logic                 clk_i,
    input  logic                 rst_ni,
    input  logic          [23:0] node_i,  // id of this node, constant
    // AXI-Stream
    input  logic                 rx_valid_i,
    input  logic         [511:0] rx_data_i,
    input  logic          [63:0] rx_keep_i,
    input  logic                 rx_last_i,
    input  logic                 rx_user_i,
    // a frame
    output logic                 frame_valid_o,
    output ttp_pkg::message_t    frame_o,
    output ttp_pkg::payload_t    payload_o,
    output logic                 malformed_o,
    // a line of the payload
    output logic                 line_valid_o,
    output logic                 line_first_o,
    output logic           [4:0] line_count_o,
    output logic         [511:0] line_o
);

  localparam int unsigned HeaderBits = dojo_pkg::TtpHeaderBits;
  localparam int unsigned TailBits = HeaderBits - 512;
  localparam int unsigned ControlBytes = dojo_pkg::TtpControlBytes;
  localparam int unsigned HeaderBytes = dojo_pkg::TtpHeaderBytes;

  // State of the one process below, and read by no other.
  logic [HeaderBits-1:0]     wire_order;  // of the frame that is coming; byte 0 of the wire in bits 7:0
  logic [511-TailBits:0]     carry;       // begin of the next line
  logic [5:0]                index;       // beats of the frame before this one, at most 63
  dojo_pkg::ttp_header_t     header;
  logic [10:0]               bytes;

  function automatic logic [HeaderBits-1:0] reversed(input logic [HeaderBits-1:0] packed_bytes);
    logic [HeaderBits-1:0] result;
    for (int unsigned i = 0; i < HeaderBytes; i++) result[8*i+:8] = packed_bytes[8*(HeaderBytes-1-i)+:8];
    return result;
  endfunction

  /* verilator lint_off UNUSEDSIGNAL */  // what a receiver ignores

  // Lines of a payload on VC2.
  function automatic logic [15:0] lines_of(input dojo_pkg::ttp_header_t h);
    return (h.opcode == dojo_pkg::TtpOpcodePayload && h.vc == 8'(dojo_pkg::TtpDataChannel)) ? h.length - 16'd1 : '0;
  endfunction

  function automatic logic is_well_formed(input dojo_pkg::ttp_header_t h, input logic [10:0] size);
    logic        good;
    logic [15:0] lines;
    lines = lines_of(h);
    good  = 32'(size) >= ControlBytes && 32'(size) <= dojo_pkg::TtpFrameBytes &&
            h.destination_mac == {24'(dojo_pkg::TtpOui), node_i} && h.destination_node == node_i &&
            h.source_mac == {24'(dojo_pkg::TtpOui), h.source_node} && h.ether_type == 16'(dojo_pkg::TtpEtherType) &&
            h.type_words == 4'(dojo_pkg::TtpTypeHeaderWords) && !h.gateway &&
            h.opcode <= dojo_pkg::TtpOpcodeNackNolink && 32'(h.vc) < dojo_pkg::TtpChannels &&
            32'(h.total_length) + 32'd14 <= 32'(size) && 32'(h.total_length) + 32'd14 >= ControlBytes;
    if (h.opcode == dojo_pkg::TtpOpcodePayload) begin
      if (h.vc == 8'(dojo_pkg::TtpDataChannel)) good = good && lines >= 16'd1 && lines <= 16'(dojo_pkg::TtpPayloadBeats);
      else good = good && h.length == 16'd1;
      good = good && 32'(h.total_length) + 32'd14 == HeaderBytes + {10'd0, lines, 6'd0};
    end
    return good;
  endfunction

  /* verilator lint_on UNUSEDSIGNAL */

  // Blocking assignments go to state that no other process reads.
  /* verilator lint_off BLKSEQ */

  task automatic finish;
    bytes = (index >= 6'd31) ? '1 : {index[4:0], 6'd0} + 11'($countones(rx_keep_i));
    if (rx_user_i || !is_well_formed(header, bytes)) begin
      malformed_o <= 1'b1;
    end else begin
      frame_valid_o <= 1'b1;
      frame_o       <= '{opcode: header.opcode, vc: header.vc[1:0], node: header.source_node, tx_id: header.tx_id, rx_id: header.rx_id,
                         crossing: header.epoch[0]};
      payload_o     <= '{noc: {header.noc_type, header.noc_high, header.noc_low}, beats: 5'(lines_of(header))};
    end
  endtask

  task automatic take_beat;
    logic [15:0] lines;
    if (index == 6'd0) wire_order = {{TailBits{1'b0}}, rx_data_i};
    if (index == 6'd1) wire_order[512+:TailBits] = rx_data_i[TailBits-1:0];
    if (index <= 6'd1) header = reversed(wire_order);
    lines = lines_of(header);
    if (index >= 6'd2 && 16'(index) <= lines + 16'd1 && lines <= 16'(dojo_pkg::TtpPayloadBeats)) begin
      line_valid_o <= 1'b1;
      line_first_o <= index == 6'd2;
      line_count_o <= lines[4:0];
      line_o       <= {rx_data_i[TailBits-1:0], carry};
    end
    carry = rx_data_i[511:TailBits];
    if (rx_last_i) finish();
    index = rx_last_i ? '0 : (index == '1) ? index : index + 6'd1;
  endtask

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      index         = '0;
      frame_valid_o <= 1'b0;
      malformed_o   <= 1'b0;
      line_valid_o  <= 1'b0;
    end else if (rx_valid_i || frame_valid_o || malformed_o || line_valid_o) begin
      frame_valid_o <= 1'b0;
      malformed_o   <= 1'b0;
      line_valid_o  <= 1'b0;
      if (rx_valid_i) take_beat();
    end
  end

  /* verilator lint_on BLKSEQ */

  // Implementation checks.
  `DOJO_ASSERT(BeatsAreFull, !rx_valid_i || rx_last_i || rx_keep_i == '1)
  `DOJO_ASSERT(BytesAreTogether, !rx_valid_i || (rx_keep_i & (rx_keep_i + 64'd1)) == '0)
  `DOJO_COVER(BadFrame, malformed_o)
  `DOJO_COVER(LastLineWithFrame, line_valid_o && frame_valid_o)
endmodule
