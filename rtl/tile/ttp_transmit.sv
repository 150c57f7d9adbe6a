// Makes TTP frames: header, and the payload's beats out of the replay buffer.
//
// Function: a command becomes one Ethernet frame without FCS on an AXI-Stream of 64-byte beats, byte 0 of the wire in bits 7:0: 60 bytes, or
// 76 and the payload. The payload follows the header at once, so each beat after the first joins parts of two lines of the buffer.
// Latency: two cycles from a command to the first beat. Throughput: a beat per cycle, and one cycle between frames.
// Back-pressure: ready of the stream; a command waits for its frame's predecessor. Registered: the stream. What the buffer is to read
// depends on command and stream in the same cycle; what it has read stays until the next read.
`include "dojo_assert.svh"

module ttp_transmit #(
    parameter int unsigned PlaceBits = 8
) (
    input  logic                   clk_i,
    input  logic                   rst_ni,
    input  logic            [23:0] node_i,  // id of this node, constant
    input  logic                   command_valid_i,
    input  ttp_pkg::message_t      command_i,
    input  logic   [PlaceBits-1:0] command_place_i,
    output logic                   command_ready_o,
    // replay buffer: header of a place, and lines of its payload
    output logic                   header_read_o,
    output logic   [PlaceBits-1:0] header_address_o,
    input  ttp_pkg::payload_t      header_i,
    output logic                   line_read_o,
    output logic [PlaceBits+3:0]   line_address_o,
    input  logic           [511:0] line_i,
    // AXI-Stream
    output logic                   tx_valid_o,
    output logic           [511:0] tx_data_o,
    output logic            [63:0] tx_keep_o,
    output logic                   tx_last_o,
    input  logic                   tx_ready_i,
    output logic                   busy_o
);

  localparam int unsigned ControlBytes = dojo_pkg::TtpControlBytes;
  localparam int unsigned TailBytes = dojo_pkg::TtpHeaderBytes - dojo_pkg::LineBytes;  // of the header in the second beat, and of a frame's last one
  localparam int unsigned TailBits = 8 * TailBytes;

  logic                 active;    // a frame is being made
  logic           [4:0] index;     // its next beat
  ttp_pkg::message_t    message;
  logic [PlaceBits-1:0] place;
  logic  [TailBits-1:0] carry;     // end of the last line
  logic                 is_payload, accepts, moves, ends;

  dojo_pkg::ttp_header_t          header;
  logic [dojo_pkg::TtpHeaderBits-1:0] wire_order;  // byte 0 of the wire in bits 7:0

  assign is_payload      = message.opcode == dojo_pkg::TtpOpcodePayload;
  assign command_ready_o = !active;
  assign accepts         = command_valid_i && !active;
  assign moves           = active && (!tx_valid_o || tx_ready_i);
  assign ends            = !is_payload || index == header_i.beats + 5'd1;

  assign header_read_o    = accepts && command_i.opcode == dojo_pkg::TtpOpcodePayload;
  assign header_address_o = command_place_i;
  assign line_read_o      = header_read_o || (moves && is_payload && index != '0 && index < header_i.beats);
  assign line_address_o   = accepts ? {command_place_i, 4'd0} : {place, index[3:0]};
  assign busy_o           = active || tx_valid_o;

  always_comb begin
    header                  = '0;
    header.destination_mac  = {24'(dojo_pkg::TtpOui), message.node};
    header.source_mac       = {24'(dojo_pkg::TtpOui), node_i};
    header.ether_type       = 16'(dojo_pkg::TtpEtherType);
    header.type_words       = 4'(dojo_pkg::TtpTypeHeaderWords);
    header.total_length     = is_payload ? 16'(dojo_pkg::TtpHeaderBytes - 14) + {5'd0, header_i.beats, 6'd0} : 16'(ControlBytes - 14);
    header.source_node      = node_i;
    header.destination_node = message.node;
    header.length           = is_payload ? 16'(header_i.beats) + 16'd1 : '0;
    header.opcode           = message.opcode;
    header.vc               = 8'(message.vc);
    header.epoch            = 16'(message.crossing);
    header.tx_id            = message.tx_id;
    header.rx_id            = message.rx_id;
    {header.noc_type, header.noc_high, header.noc_low} = header_i.noc;
    wire_order = '0;
    if (active && index < 5'd2)
      for (int unsigned i = 0; i < dojo_pkg::TtpHeaderBytes; i++) wire_order[8*i+:8] = header[8*(dojo_pkg::TtpHeaderBytes-1-i)+:8];
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      active     <= 1'b0;
      tx_valid_o <= 1'b0;
    end else if (busy_o || command_valid_i) begin
      if (tx_ready_i) tx_valid_o <= 1'b0;
      if (accepts) begin
        active  <= 1'b1;
        index   <= '0;
        message <= command_i;
        place   <= command_place_i;
      end
      if (moves) begin
        index      <= index + 5'd1;
        carry      <= line_i[511-:TailBits];
        tx_valid_o <= 1'b1;
        tx_last_o  <= ends;
        tx_keep_o  <= !ends ? '1 : is_payload ? 64'((1 << TailBytes) - 1) : {4'd0, {ControlBytes{1'b1}}};
        // A control frame ends within the first beat; its last bytes there are those of no header.
        if (index == '0) tx_data_o <= is_payload ? wire_order[511:0] : {32'd0, wire_order[8*ControlBytes-1:0]};
        else tx_data_o <= {ends ? '0 : line_i[511-TailBits:0], (index == 5'd1) ? wire_order[512+:TailBits] : carry};
        if (ends) active <= 1'b0;
      end
    end
  end

  // Implementation checks.
  logic past_valid;
  always_ff @(posedge clk_i) past_valid <= rst_ni;
  `DOJO_ASSERT(BeatIsHeld, !past_valid || !$past(tx_valid_o && !tx_ready_i) || tx_valid_o)
  `DOJO_COVER(Stalled, tx_valid_o && !tx_ready_i)
  `DOJO_COVER(LongestFrame, tx_valid_o && tx_last_o && index == 5'(dojo_pkg::TtpPayloadBeats + 2))
endmodule
