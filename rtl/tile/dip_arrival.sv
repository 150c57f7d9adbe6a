// Packets that reach an Interface Processor over Ethernet: payloads of the TTP endpoint become packets for a port.
//
// Function: each line of a payload on VC2 is a packet of class data, a payload on VC0 a READ, in the format of the mesh. here_o says that the
// packet is for this Interface Processor, whichever of its ports is named; others go on into the mesh. A payload that is no packet - of another
// kind, on VC1, of several lines that are not whole - is dropped and counted.
// Latency: a packet is offered in the cycle after its line or request was taken. Throughput: one packet of each class in two cycles.
// Back-pressure: a packet is offered until taken_i; no class waits for the other one. Registered: every output but deliver_ready_o, which depends on
// registers and taken_i.
`include "dojo_assert.svh"

module dip_arrival #(
    parameter int unsigned Ports = dojo_pkg::DipPorts
) (
    input  logic                                           clk_i,
    input  logic                                           rst_ni,
    input  logic [Ports-1:0][dojo_pkg::CoordinateBits-1:0] x_i,
    input  logic [Ports-1:0][dojo_pkg::CoordinateBits-1:0] y_i,
    // the TTP endpoint
    input  logic [2:0]                                     deliver_valid_i,
    output logic [2:0]                                     deliver_ready_o,
    input  logic [23:0]                                    deliver_node_i[3],
    input  logic [127:0]                                   deliver_noc_i[3],
    input  logic [511:0]                                   deliver_line_i,
    input  logic                                           deliver_last_i,
    // to a port, by class; taken_i comes in the cycle after it was taken
    output logic [1:0]                                     valid_o,
    output logic [1:0]                                     here_o,
    output dojo_pkg::packet_header_t                       header_o[2],
    output logic [511:0]                                   data_o,
    output dojo_pkg::read_request_t                        request_o,
    input  logic [1:0]                                     taken_i,
    output logic [31:0]                                    refused_o,
    output logic                                           busy_o
);

  localparam int unsigned Request = 0;  // classes
  localparam int unsigned Data = 1;

  dojo_pkg::ttp_packet_t packet;
  dojo_pkg::ttp_read_t   read;
  logic [1:0]            free;    // a place for the next packet
  logic [3:0]            index_q; // line of the payload
  logic                  good_packet, good_read, counts;
  logic [2:0]            refused;

  assign packet = deliver_noc_i[2];
  assign read   = deliver_noc_i[0];
  assign free   = ~valid_o | taken_i;

  assign deliver_ready_o = {free[Data], 1'b1, free[Request]};
  assign busy_o          = deliver_valid_i != '0 || valid_o != '0;

  // Only the first line of several can be not whole: index_q or the last line shows that there are several.
  assign good_packet = packet.kind == dojo_pkg::TtpNocKindPacket &&
                       (packet.op == dojo_pkg::PacketOpWrite || packet.op == dojo_pkg::PacketOpError) &&
                       ((index_q == '0 && deliver_last_i) || (packet.op == dojo_pkg::PacketOpWrite && packet.size == 3'd6));
  assign counts      = packet.sem_en && deliver_last_i;
  assign good_read   = read.kind == dojo_pkg::TtpNocKindRead;
  assign refused     = {deliver_valid_i[2] && free[Data] && deliver_last_i && !good_packet, deliver_valid_i[1],
                        deliver_valid_i[0] && free[Request] && !good_read};

  function automatic logic is_here(input logic [dojo_pkg::CoordinateBits-1:0] x, y);
    is_here = 1'b0;
    for (int unsigned p = 0; p < Ports; p++) if (x == x_i[p] && y == y_i[p]) is_here = 1'b1;
  endfunction

  logic unused;
  assign unused = ^{packet.unused, read.unused, deliver_noc_i[1], deliver_node_i[1], deliver_node_i[2], deliver_node_i[0][23:22]};

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      valid_o   <= '0;
      index_q   <= '0;
      refused_o <= '0;
    end else if (busy_o) begin
      valid_o   <= valid_o & ~taken_i;
      refused_o <= refused_o + 32'($countones(refused));
      if (deliver_valid_i[2] && free[Data]) begin
        index_q        <= deliver_last_i ? '0 : index_q + 4'd1;
        valid_o[Data]  <= good_packet;
        here_o[Data]   <= is_here(packet.dst_x, packet.dst_y);
        data_o         <= deliver_line_i;
        header_o[Data] <= '{
            age: '0, dst_x: packet.dst_x, dst_y: packet.dst_y, src_x: packet.src_x, src_y: packet.src_y, cls: dojo_pkg::PacketClassData,
            op: packet.op, addr: packet.addr + 40'({index_q, 6'd0}), size: packet.size, sem_en: counts, sem: counts ? packet.sem : '0
        };
      end
      if (deliver_valid_i[0] && free[Request]) begin
        valid_o[Request]  <= good_read;
        here_o[Request]   <= is_here(read.dst_x, read.dst_y);
        header_o[Request] <= '{
            age: '0, dst_x: read.dst_x, dst_y: read.dst_y, src_x: deliver_node_i[0][10:0], src_y: deliver_node_i[0][21:11],
            cls: dojo_pkg::PacketClassRequest, op: dojo_pkg::PacketOpRead, addr: 40'({read.line, 6'd0}), size: 3'd6, sem_en: read.sem_en,
            sem: read.sem
        };
        request_o <= '{
            return_outer_stride: '0, return_inner_stride: 32'd64, outer_stride: '0, inner_stride: 32'd64, rows: 32'd1,
            return_address: {1'b1, 1'b0, deliver_node_i[0][21:0], 40'({read.return_line, 6'd0})},
            last: {read.line[25:0], 6'd0} + {read.lines[25:0], 6'd0} - 32'd1, lines: read.lines
        };
      end
    end
  end

  // Integration checks.
  `DOJO_ASSERT(TakenWasOffered, (taken_i & ~valid_o) == '0)

  // Implementation checks.
  `DOJO_COVER(DataWaits, deliver_valid_i[2] && !free[Data])
  `DOJO_COVER(RequestWaits, deliver_valid_i[0] && !free[Request])
  `DOJO_COVER(DataRefused, refused[2])
  `DOJO_COVER(ReadRefused, refused[0])
  `DOJO_COVER(OtherRefused, refused[1])
  `DOJO_COVER(DataGoesOn, valid_o[Data] && !here_o[Data])
  `DOJO_COVER(ReadGoesOn, valid_o[Request] && !here_o[Request])

endmodule
