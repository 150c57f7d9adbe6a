// Packets that leave an Interface Processor over Ethernet: gathered from its ports into payloads for the TTP endpoint.
//
// Function: one port per class has leave to send (room_o), and keeps it while it wants and for at most a payload's lines if others do. READs are
// payloads on VC0. What is class data goes to VC2: up to TtpPayloadBeats WRITEs of whole lines that follow each other, from one source to one
// destination and with the semaphore at the last one, are one payload; all else is one of its own. A payload waits for its next line for Patience
// cycles. The Interface Processor to which it goes is that of the route table.
// Latency: six cycles for a packet that ends its payload. Throughput: a line per cycle into one payload while another one goes out.
// Back-pressure: room_o, as the endpoint's readies. Registered: every output.
`include "dojo_assert.svh"

module dip_departure #(
    parameter int unsigned Ports = dojo_pkg::DipPorts,
    parameter int unsigned Patience = 8
) (
    input  logic                              clk_i,
    input  logic                              rst_ni,
    input  dip_pkg::route_t [dip_pkg::Routes-1:0] routes_i,
    // the ports: bit 0 of a pair is class request, bit 1 class data; a packet may come in the two cycles after room_o
    input  logic [Ports-1:0][1:0]             wants_i,
    output logic [Ports-1:0][1:0]             room_o,
    input  logic [Ports-1:0]                  valid_i,
    /* verilator lint_off UNUSEDSIGNAL */  // age does not leave
    input  dojo_pkg::packet_header_t          header_i[Ports],
    /* verilator lint_on UNUSEDSIGNAL */
    input  logic [Ports-1:0][511:0]           data_i,
    // the TTP endpoint: bit 0 is VC0, bit 1 VC2
    output logic [1:0]                        send_valid_o,
    input  logic [1:0]                        send_ready_i,
    output logic [23:0]                       send_node_o[2],
    output logic [127:0]                      send_noc_o[2],
    output logic [4:0]                        send_lines_o,
    output logic [511:0]                      send_line_o,
    output logic                              busy_o
);

  localparam int unsigned Depth = 4;
  localparam int unsigned Lines = dojo_pkg::TtpPayloadBeats;
  localparam int unsigned PortBits = $clog2(Ports);
  localparam int unsigned Request = 0;  // classes
  localparam int unsigned Data = 1;

  logic         write_q, read;
  logic [4:0]   write_row_q, read_row;
  logic [511:0] write_data_q;

  // State of the one process below, and read by no other.
  /* verilator lint_off UNUSEDSIGNAL */  // age does not leave
  dojo_pkg::packet_header_t header[Depth];    // of class data
  /* verilator lint_on UNUSEDSIGNAL */
  logic [511:0]             data[Depth];
  dojo_pkg::ttp_read_t      request[Depth];
  logic [23:0]              request_node[Depth];
  logic [1:0]               head[2];
  logic [1:0]               tail[2];
  logic [2:0]               count[2];
  logic [PortBits-1:0]      turn[2];          // port that has leave, by class
  logic [4:0]               turn_packets[2];  // that it has been given leave for
  dojo_pkg::ttp_packet_t    noc[2];           // of the payload in each half of the memory
  logic [23:0]              node[2];
  logic [4:0]               lines[2];
  logic [1:0]               full;             // it waits to be sent
  logic                     fill;             // half that gathers; lines 0: it is empty
  logic [39:0]              next_address;
  logic [3:0]               patience;
  logic                     sends;            // half that is sent

  logic       sending_q, half_q;
  logic [4:0] index_q, lines_q;

  // Two payloads: one gathers, the other one goes out.
  edge_memory #(
      .Rows(2 * Lines),
      .Bits(512)
  ) u_lines (
      .clk_i,
      .write_i     (write_q),
      .write_row_i (write_row_q),
      .write_data_i(write_data_q),
      .read_i      (read),
      .read_row_i  (read_row),
      .read_data_o (send_line_o)
  );

  logic begin_q, active_q, overflow_q, request_q;

  assign read         = begin_q || (sending_q && send_ready_i[Data] && index_q + 5'd1 != lines_q);
  assign read_row     = {half_q, begin_q ? 4'd0 : index_q[3:0] + 4'd1};
  assign send_valid_o = {sending_q, request_q};
  assign send_lines_o = lines_q;
  assign busy_o       = active_q;

  // Blocking assignments go to state that no other process reads.
  /* verilator lint_off BLKSEQ */

  /* verilator lint_off UNUSEDSIGNAL */  // fields that matter elsewhere
  function automatic logic [23:0] node_of(input logic [dojo_pkg::CoordinateBits-1:0] x, y);
    dip_pkg::route_t route;
    route = dip_pkg::route_of(routes_i, x, y);
    return {2'd0, route.via_y, route.via_x};
  endfunction

  // A READ; what the fields of ttp_read can not say does not come here (dip_transfer_pkg).
  function automatic dojo_pkg::ttp_read_t read_of(input dojo_pkg::packet_header_t of, input dojo_pkg::read_request_t asked);
    return '{
        kind: dojo_pkg::TtpNocKindRead, unused: '0, sem_en: of.sem_en, sem: of.sem, dst_y: of.dst_y, dst_x: of.dst_x, lines: asked.lines,
        line: of.addr[34:6], return_line: asked.return_address[34:6]
    };
  endfunction
  /* verilator lint_on UNUSEDSIGNAL */

  task automatic receive(input int unsigned p);
    logic c;
    c = header_i[p].cls;
    if (32'(count[c]) == Depth) overflow_q <= 1'b1;
    if (32'(c) == Data) begin
      header[tail[c]] = header_i[p];
      data[tail[c]]   = data_i[p];
    end else begin
      request[tail[c]]      = read_of(header_i[p], data_i[p][$bits(dojo_pkg::read_request_t)-1:0]);
      request_node[tail[c]] = node_of(header_i[p].dst_x, header_i[p].dst_y);
    end
    tail[c]  = tail[c] + 2'd1;
    count[c] = count[c] + 3'd1;
  endtask

  // Who has leave: the same port while it wants, unless it had its share and others want.
  task automatic give_room(input logic c);
    logic others;
    others = 1'b0;
    for (int unsigned p = 0; p < Ports; p++) if (32'(turn[c]) != p && wants_i[p][c]) others = 1'b1;
    if (others && (!wants_i[turn[c]][c] || 32'(turn_packets[c]) == Lines)) begin
      turn[c]         = (32'(turn[c]) == Ports - 1) ? '0 : turn[c] + PortBits'(1);
      turn_packets[c] = '0;
    end
    for (int unsigned p = 0; p < Ports; p++) room_o[p][c] <= 32'(turn[c]) == p && wants_i[p][c] && count[c] <= 3'd2;
    if (wants_i[turn[c]][c] && count[c] <= 3'd2 && 32'(turn_packets[c]) != Lines) turn_packets[c] = turn_packets[c] + 5'd1;
  endtask

  // Whether the packet goes on with the payload that gathers.
  function automatic logic follows;
    return header[head[Data]].op == dojo_pkg::PacketOpWrite && header[head[Data]].size == 3'd6 && header[head[Data]].addr == next_address &&
           header[head[Data]].dst_x == noc[fill].dst_x && header[head[Data]].dst_y == noc[fill].dst_y &&
           header[head[Data]].src_x == noc[fill].src_x && header[head[Data]].src_y == noc[fill].src_y;
  endfunction

  task automatic close;
    full[fill] = 1'b1;
    fill       = !fill;
  endtask

  task automatic take;
    if (lines[fill] == '0) begin
      noc[fill] = '{
          kind: dojo_pkg::TtpNocKindPacket, unused: '0, op: header[head[Data]].op, size: header[head[Data]].size, sem_en: 1'b0, sem: '0,
          src_y: header[head[Data]].src_y, src_x: header[head[Data]].src_x, dst_y: header[head[Data]].dst_y, dst_x: header[head[Data]].dst_x,
          addr: header[head[Data]].addr
      };
      node[fill] = node_of(header[head[Data]].dst_x, header[head[Data]].dst_y);
    end
    write_q      <= 1'b1;
    write_row_q  <= {fill, lines[fill][3:0]};
    write_data_q <= data[head[Data]];
    noc[fill].sem_en = header[head[Data]].sem_en;
    noc[fill].sem    = header[head[Data]].sem;
    next_address     = header[head[Data]].addr + 40'd64;
    lines[fill]      = lines[fill] + 5'd1;
    patience         = 4'(Patience);
    if (header[head[Data]].sem_en || header[head[Data]].size != 3'd6 || header[head[Data]].op != dojo_pkg::PacketOpWrite || 32'(lines[fill]) == Lines)
      close();
    head[Data]  = head[Data] + 2'd1;
    count[Data] = count[Data] - 3'd1;
  endtask

  task automatic gather;
    write_q <= 1'b0;
    if (!full[fill]) begin
      if (count[Data] != '0) begin
        if (lines[fill] == '0 || follows()) take();
        else close();
      end else if (lines[fill] != '0) begin
        if (patience == '0) close();
        else patience = patience - 4'd1;
      end
    end
  endtask

  // The endpoint takes a payload's lines one after the other.
  task automatic send_data;
    begin_q <= 1'b0;
    if (begin_q) sending_q <= 1'b1;
    if (sending_q && send_ready_i[Data]) begin
      index_q <= index_q + 5'd1;
      if (index_q + 5'd1 == lines_q) begin
        sending_q    <= 1'b0;
        full[sends]  = 1'b0;
        lines[sends] = '0;
        sends        = !sends;
      end
    end else if (!sending_q && !begin_q && full[sends]) begin
      begin_q           <= 1'b1;
      half_q            <= sends;
      index_q           <= '0;
      lines_q           <= lines[sends];
      send_node_o[Data] <= node[sends];
      send_noc_o[Data]  <= noc[sends];
    end
  endtask

  task automatic send_request;
    if (request_q && send_ready_i[Request]) begin
      head[Request]  = head[Request] + 2'd1;
      count[Request] = count[Request] - 3'd1;
    end
    request_q            <= count[Request] != '0;
    send_node_o[Request]  <= request_node[head[Request]];
    send_noc_o[Request]   <= request[head[Request]];
  endtask

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      for (int unsigned c = 0; c < 2; c++) begin
        head[c]         = '0;
        tail[c]         = '0;
        count[c]        = '0;
        turn[c]         = '0;
        turn_packets[c] = '0;
        lines[c]        = '0;
      end
      full  = '0;
      fill  = 1'b0;
      sends = 1'b0;
      room_o                <= '0;
      request_q             <= 1'b0;
      write_q               <= 1'b0;
      begin_q               <= 1'b0;
      sending_q             <= 1'b0;
      active_q              <= 1'b0;
      overflow_q            <= 1'b0;
    end else if (active_q || wants_i != '0 || valid_i != '0) begin
      send_data();
      send_request();
      gather();
      for (int unsigned p = 0; p < Ports; p++) if (valid_i[p]) receive(p);
      give_room(1'(Request));
      give_room(1'(Data));
      active_q <= wants_i != '0 || valid_i != '0 || count[Request] != '0 || count[Data] != '0 || lines[0] != '0 || lines[1] != '0;
    end
  end

  /* verilator lint_on BLKSEQ */

  // Integration checks: one port of each class has leave.
  logic [Ports-1:0] is_data, data_valid, request_valid;
  for (genvar p = 0; p < Ports; p++) begin : gen_class
    assign is_data[p] = header_i[p].cls == dojo_pkg::PacketClassData;
  end
  assign data_valid    = valid_i & is_data;
  assign request_valid = valid_i & ~is_data;
  `DOJO_ASSERT(OneOfEachClass, (data_valid & (data_valid - Ports'(1))) == '0 && (request_valid & (request_valid - Ports'(1))) == '0)

  // Implementation checks.
  `DOJO_ASSERT(NoQueueOverflow, !overflow_q)
  `DOJO_COVER(PayloadWaits, send_valid_o[Data] && !send_ready_i[Data])
  `DOJO_COVER(RequestWaits, send_valid_o[Request] && !send_ready_i[Request])
  `DOJO_COVER(PortsMeet, wants_i[0][Data] && wants_i[1][Data])
  `DOJO_COVER(LongestPayload, send_valid_o[Data] && 32'(send_lines_o) == Lines)

endmodule
