// A port of the Interface Processor: one link to a router of the mesh's edge, on which nodes read and write its memory.
//
// Function: packets come in the format of the mesh, from whatever row or column the router sends; to every node the port is a node beyond the edge.
// WRITEs (class data) of up to a line inside the memory are written, in order; READs (class request) are served by dip_read_service, in order.
// A WRITE with sem_en adds 1 to a semaphore, one of 8 bytes to the address of a semaphore adds the item's low 32 bits, when all that the port wrote
// before is in the cells (dip_fence). Refused are, and change nothing: a WRITE elsewhere (kind write), one to a semaphore that is to count at
// another (kind increment), a READ without elements (kind read), and other operations (kind unknown). Each is named on refused_o and reported to its
// sender by an ERROR packet. An ERROR packet that comes is named on report_o. Elements take turns with other packets:
// reports, and the READs and WRITEs that the transfer engine sends here. Pushes of the engine take turns with READs of nodes at the service; of a gather or
// scatter each element is a READ.
// A packet whose destination is in the route table leaves on away_valid_o, with the wires of the link, when away_room_i has its class. What comes over
// Ethernet (arrival_*) is served like what comes on the link, or sent on to the mesh: dip_ethernet.
// Latency: a WRITE is offered to the memory in the cycle after it came, at best; a READ to the service likewise; an element or report is on the
// link in the cycle after it is taken. Throughput: one flit per cycle each way.
// Back-pressure: credits, Depth per class; bit c of credit_o and credit_i is class c. Class data waits for write_ready_i and for an increment
// before, which waits for the memory and its turn (add_ready_i), class request for the service, and its refusal for a place among Reports ones; a refused WRITE that finds none is not reported (report_lost_o).
// Registered: every output.
`include "dojo_assert.svh"

module dip_port #(
    parameter int unsigned Depth = dojo_pkg::RouterDepth
) (
    input  logic                                clk_i,
    input  logic                                rst_ni,
    // coordinates of the port, constant
    input  logic [dojo_pkg::CoordinateBits-1:0] x_i,
    input  logic [dojo_pkg::CoordinateBits-1:0] y_i,
    // link
    input  logic                                flit_valid_i,
    input  dojo_pkg::packet_header_t            flit_header_i,
    input  logic [511:0]                        flit_data_i,
    output logic [1:0]                          credit_o,
    output logic                                flit_valid_o,
    output dojo_pkg::packet_header_t            flit_header_o,
    output logic [511:0]                        flit_data_o,
    input  logic [1:0]                          credit_i,
    // packets that leave over Ethernet, with flit_header_o and flit_data_o; bit c is class c
    input  dip_pkg::route_t [dip_pkg::Routes-1:0] routes_i,
    output logic [1:0]                          away_wants_o,
    input  logic [1:0]                          away_room_i,
    output logic                                away_valid_o,
    // packets from there, by class; here: for the memory, otherwise for the mesh
    input  logic [1:0]                          arrival_valid_i,
    input  logic [1:0]                          arrival_here_i,
    input  dojo_pkg::packet_header_t            arrival_header_i[2],
    input  logic [511:0]                        arrival_data_i,
    input  dojo_pkg::read_request_t             arrival_request_i,
    output logic [1:0]                          arrival_taken_o,
    // lines to be written
    output logic                                write_valid_o,
    input  logic                                write_ready_i,
    output logic [dip_pkg::WholeLineBits-1:0]   write_line_o,
    output logic [511:0]                        write_data_o,
    output logic [63:0]                         write_strobes_o,
    output logic                                write_epoch_o,
    input  logic [1:0][dip_pkg::Channels-1:0]   written_i,
    // increments of semaphores
    output logic                                add_valid_o,
    input  logic                                add_ready_i,
    output logic [4:0]                          add_sem_o,
    output logic [31:0]                         add_amount_o,
    // lines to be read, and those that come
    output logic [dip_pkg::Channels-1:0]        line_valid_o,
    input  logic [dip_pkg::Channels-1:0]        line_ready_i,
    output logic [dip_pkg::Channels-1:0][dip_pkg::LineBits-1:0] line_o,
    input  logic [dip_pkg::Channels-1:0]        beat_valid_i,
    input  logic [dip_pkg::Channels-1:0][511:0] beat_data_i,
    // the transfer engine: a command, when there is room for it; a push whose last element has left
    input  logic                                command_valid_i,
    output logic                                command_room_o,
    input  dip_pkg::command_t                   command_i,
    output logic                                push_done_o,
    // an access that was refused here; a report from elsewhere
    output logic                                refused_valid_o,
    output dojo_pkg::access_error_t             refused_o,
    output logic                                report_valid_o,
    output dojo_pkg::access_error_t             report_o,
    output logic                                report_lost_o,
    output logic                                busy_o
);

  localparam int unsigned SlotBits = $clog2(Depth);
  localparam int unsigned CountBits = $clog2(Depth + 1);
  localparam int unsigned Reports = 4;
  localparam int unsigned Request = 0;  // classes
  localparam int unsigned Data = 1;

  // Integration checks.
  if (Depth != 2 ** SlotBits) begin : gen_depth_check
    $error("dip_port: Depth is a power of two, as slots are counted around");
  end

  logic                     send_valid, send_ready, read_ready, service_busy;
  dojo_pkg::packet_header_t send_header;
  logic [511:0]             send_data;
  logic                     send_away;   // the element leaves over Ethernet
  logic [1:0]               other_away_q;

  // READ that is offered to the service.
  logic                     read_valid_q, read_own_q;
  dojo_pkg::packet_header_t read_header_q;
  dojo_pkg::read_request_t  read_request_q;

  // Increment that follows what was written.
  logic                     count_valid_q, count_ready, fence_busy;
  logic [4:0]               count_sem_q;
  logic [31:0]              count_amount_q;

  logic active_q, can_send_q, other_waits_q, other_turn_q, overflow_q, credit_overflow_q, wrong_edge_q;

  // State of the one process below, and read by no other.
  dojo_pkg::packet_header_t data_header[Depth];
  logic [511:0]             data_payload[Depth];
  dojo_pkg::packet_header_t request_header[Depth];
  dojo_pkg::read_request_t  request[Depth];
  logic [SlotBits-1:0]      head[2];
  logic [SlotBits-1:0]      tail[2];
  logic [CountBits-1:0]     count[2];
  logic                     writing;          // write_valid_o
  logic                     counting;         // an increment waits for its line to be taken, or for the fence
  logic                     offering;         // read_valid_q
  logic                     commanded;        // a command of the engine waits
  dip_pkg::command_t        command;
  logic                     push_turn;        // a push goes before a READ
  logic [1:0]               arrival_turn;     // what comes over Ethernet goes before what comes on the link
  logic [CountBits-1:0]     credits[2];       // at the router, per class
  dojo_pkg::access_error_t  report[Reports];  // to be sent, oldest first; x and y are those of the receiver
  logic [2:0]               report_count;
  logic                     refusing;         // in this cycle

  dip_read_service u_service (
      .clk_i, .rst_ni, .x_i, .y_i,
      .read_valid_i  (read_valid_q),
      .read_ready_o  (read_ready),
      .read_header_i (read_header_q),
      .read_request_i(read_request_q),
      .read_own_i    (read_own_q),
      .line_valid_o, .line_ready_i, .line_o, .beat_valid_i, .beat_data_i,
      .send_valid_o  (send_valid),
      .send_ready_i  (send_ready),
      .send_header_o (send_header),
      .send_data_o   (send_data),
      .done_o        (push_done_o),
      .busy_o        (service_busy)
  );

  dip_fence u_fence (
      .clk_i, .rst_ni,
      .write_i       (write_valid_o && write_ready_i),
      .done_i        (written_i),
      .epoch_o       (write_epoch_o),
      .count_valid_i (count_valid_q),
      .count_ready_o (count_ready),
      .count_sem_i   (count_sem_q),
      .count_amount_i(count_amount_q),
      .add_valid_o, .add_ready_i, .add_sem_o, .add_amount_o,
      .busy_o        (fence_busy)
  );

  assign send_away    = send_valid && dip_pkg::is_away(routes_i, send_header.dst_x, send_header.dst_y);
  assign send_ready   = send_valid && (send_away ? away_room_i[Data] : can_send_q) && !(other_waits_q && other_turn_q);
  assign away_wants_o = other_away_q | {send_away, 1'b0};
  assign busy_o       = active_q || service_busy || fence_busy;

  // Blocking assignments go to state that no other process reads.
  /* verilator lint_off BLKSEQ */

  task automatic receive;
    logic c;
    c = flit_header_i.cls;
    if (32'(count[c]) == Depth) overflow_q <= 1'b1;
    if (flit_header_i.dst_x != x_i && flit_header_i.dst_y != y_i) wrong_edge_q <= 1'b1;
    if (32'(c) == Data) begin
      data_header[tail[c]]  = flit_header_i;
      data_payload[tail[c]] = flit_data_i;
    end else begin
      request_header[tail[c]] = flit_header_i;
      request[tail[c]]        = flit_data_i[$bits(dojo_pkg::read_request_t)-1:0];
    end
    tail[c]  = tail[c] + SlotBits'(1);
    count[c] = count[c] + CountBits'(1);
  endtask

  task automatic release_slot(input logic c);
    head[c]  = head[c] + SlotBits'(1);
    count[c] = count[c] - CountBits'(1);
    credit_o[c] <= 1'b1;
  endtask

  // Names an access that is refused, and reports it if there is a place.
  /* verilator lint_off UNUSEDSIGNAL */  // fields that matter on the way only
  task automatic refuse(input dojo_pkg::packet_header_t header, input dojo_pkg::access_kind_e kind);
    dojo_pkg::access_error_t error;
    error = '{valid: 1'b1, address_high: header.addr[37:32], kind: kind, y: header.src_y, x: header.src_x, address: header.addr[31:0]};
    refusing = 1'b1;
    refused_valid_o <= 1'b1;
    refused_o       <= error;
    if (32'(report_count) < Reports) begin
      report[report_count[1:0]] = error;
      report_count              = report_count + 3'd1;
    end else report_lost_o <= 1'b1;
  endtask
  /* verilator lint_on UNUSEDSIGNAL */

  task automatic take_data(input dojo_pkg::packet_header_t header, input logic [511:0] data);
    logic at_semaphore;
    at_semaphore = header.size == 3'd3 && (header.addr & ~(dojo_pkg::DipSemaphoreSize - 40'd1)) == dojo_pkg::DipSemaphoreBase;
    if (header.op == dojo_pkg::PacketOpError) begin
      report_valid_o <= 1'b1;
      report_o       <= data[63:0];
    end else if (header.op != dojo_pkg::PacketOpWrite || header.size == 3'd7) refuse(header, dojo_pkg::AccessKindUnknown);
    else if (at_semaphore && header.sem_en) refuse(header, dojo_pkg::AccessKindIncrement);
    else if (at_semaphore) begin
      counting = 1'b1;
      count_sem_q    <= header.addr[7:3];
      count_amount_q <= data[{header.addr[5:3], 6'd0}+:32];
    end else if (header.addr[dojo_pkg::OffsetBits-1:dip_pkg::ByteBits] != '0) refuse(header, dojo_pkg::AccessKindWrite);
    else begin
      writing  = 1'b1;
      counting = header.sem_en;
      if (header.sem_en) begin
        count_sem_q    <= header.sem;
        count_amount_q <= 32'd1;
      end
      write_line_o    <= header.addr[6+:dip_pkg::WholeLineBits];
      write_data_o    <= data;
      write_strobes_o <= dip_pkg::bytes_of(header.addr[5:0], header.size);
    end
  endtask

  // What came over Ethernet and is for the memory.
  function automatic logic arrives(input logic c);
    return arrival_valid_i[c] && arrival_here_i[c] && !arrival_taken_o[c];
  endfunction

  // The next WRITE: of those that came on the link and over Ethernet in turn.
  task automatic choose_data;
    if (arrives(1'(Data)) && (arrival_turn[Data] || count[Data] == '0)) begin
      arrival_turn[Data] = 1'b0;
      arrival_taken_o[Data] <= 1'b1;
      take_data(arrival_header_i[Data], arrival_data_i);
    end else if (count[Data] != '0) begin
      arrival_turn[Data] = 1'b1;
      take_data(data_header[head[Data]], data_payload[head[Data]]);
      release_slot(1'(Data));
    end
  endtask

  // A READ is offered to the service, or refused when its report finds a place and no WRITE was refused in this cycle; true: one of the two.
  task automatic take_request(input dojo_pkg::packet_header_t header, input dojo_pkg::read_request_t asked, output logic taken);
    logic is_known;
    taken    = 1'b1;
    is_known = header.op == dojo_pkg::PacketOpRead && header.size >= 3'd3 && header.size != 3'd7;
    if (is_known && asked.lines != '0 && asked.rows != '0) begin
      offering = 1'b1;
      read_own_q     <= 1'b0;
      read_header_q  <= header;
      read_request_q <= asked;
    end else if (!refusing && 32'(report_count) < Reports) refuse(header, is_known ? dojo_pkg::AccessKindRead : dojo_pkg::AccessKindUnknown);
    else taken = 1'b0;
  endtask

  // The next READ, likewise.
  task automatic choose_request;
    logic taken;
    push_turn = 1'b1;
    if (arrives(1'(Request)) && (arrival_turn[Request] || count[Request] == '0)) begin
      arrival_turn[Request] = 1'b0;
      take_request(arrival_header_i[Request], arrival_request_i, taken);
      arrival_taken_o[Request] <= taken;
    end else if (count[Request] != '0) begin
      arrival_turn[Request] = 1'b1;
      take_request(request_header[head[Request]], request[head[Request]], taken);
      if (taken) release_slot(1'(Request));
    end
  endtask

  /* verilator lint_off UNUSEDSIGNAL */  // fields that matter on the way only
  task automatic take_push;
    dip_pkg::command_t push;
    push      = dip_pkg::first_of(command);
    offering  = 1'b1;
    push_turn = !push.last;
    read_own_q     <= push.last;
    read_header_q  <= push.header;
    read_request_q <= push.request;
    end_command();
  endtask
  /* verilator lint_on UNUSEDSIGNAL */

  // What was sent, or offered to the service, is left.
  task automatic end_command;
    commanded = dip_pkg::goes_on(command);
    if (commanded) command = dip_pkg::rest_of(command);
  endtask

  task automatic send_report;
    flit_header_o <= '{
        age: '0, dst_x: report[0].x, dst_y: report[0].y, src_x: x_i, src_y: y_i, cls: dojo_pkg::PacketClassData,
        op: dojo_pkg::PacketOpError, addr: 40'({report[0].address_high, report[0].address}), size: 3'd6, sem_en: 1'b0, sem: 5'd0
    };
    flit_data_o   <= 512'({report[0][63:54], y_i, x_i, report[0].address});
    for (int unsigned r = 1; r < Reports; r++) report[r-1] = report[r];
    report_count   = report_count - 3'd1;
  endtask

  // A READ, or a signal: the amount in every place of the line.
  /* verilator lint_off UNUSEDSIGNAL */  // fields that matter on the way only
  task automatic send_command;
    dip_pkg::command_t packet;
    packet = dip_pkg::first_of(command);
    flit_header_o <= packet.header;
    flit_data_o   <= (packet.kind == dip_pkg::CommandPull) ? 512'(packet.request) : {8{64'(packet.request.lines)}};
    end_command();
  endtask
  /* verilator lint_on UNUSEDSIGNAL */

  function automatic logic is_away(input logic [dojo_pkg::CoordinateBits-1:0] x, y);
    return dip_pkg::is_away(routes_i, x, y);
  endfunction

  // Whether the oldest report, and the engine's packet, leaves over Ethernet, and whether it can go.
  function automatic logic report_is_away;
    return report_count != '0 && is_away(report[0].x, report[0].y);
  endfunction

  function automatic logic report_goes;
    return report_count != '0 && (report_is_away() ? away_room_i[Data] : credits[Data] != '0);
  endfunction

  function automatic logic command_is_away;
    return commanded && command.kind != dip_pkg::CommandPush && is_away(command.header.dst_x, command.header.dst_y);
  endfunction

  function automatic logic command_goes;
    return commanded && command.kind != dip_pkg::CommandPush &&
           (command_is_away() ? away_room_i[command.header.cls] : credits[command.header.cls] != '0);
  endfunction

  // Whether a packet from the Ethernet goes on to the mesh.
  function automatic logic forward_goes(input logic c);
    return arrival_valid_i[c] && !arrival_here_i[c] && !arrival_taken_o[c] && credits[c] != '0;
  endfunction

  // Puts the packet that is chosen on the link, or towards the Ethernet.
  task automatic leave(input logic c, away);
    flit_valid_o <= !away;
    away_valid_o <= away;
    if (!away) credits[c] = credits[c] - CountBits'(1);
  endtask

  task automatic forward(input int unsigned c);
    leave(1'(c), 1'b0);
    arrival_taken_o[c] <= 1'b1;
    flit_header_o      <= arrival_header_i[c];
    flit_data_o        <= (c == Data) ? arrival_data_i : 512'(arrival_request_i);
  endtask

  task automatic send;
    for (int unsigned c = 0; c < 2; c++) begin
      if (32'(credits[c]) + 32'(credit_i[c]) > Depth) credit_overflow_q <= 1'b1;
      credits[c] = credits[c] + CountBits'(credit_i[c]);
    end
    flit_valid_o <= 1'b0;
    away_valid_o <= 1'b0;
    other_turn_q <= send_ready;
    if (send_ready) begin
      flit_header_o <= send_header;
      flit_data_o   <= send_data;
      leave(1'(Data), send_away);
    end else if (report_goes()) begin
      leave(1'(Data), report_is_away());
      send_report();
    end else if (command_goes()) begin
      leave(command.header.cls, command_is_away());
      send_command();
    end else if (forward_goes(1'(Data))) forward(Data);
    else if (forward_goes(1'(Request))) forward(Request);
    else other_turn_q <= other_turn_q;
  endtask

  task automatic step;
    logic was_busy;
    was_busy = writing || counting || offering || commanded || count[Request] != '0 || count[Data] != '0 || report_count != '0 || send_valid;
    refusing = 1'b0;
    arrival_taken_o <= '0;
    credit_o        <= '0;
    refused_valid_o <= 1'b0;
    report_valid_o  <= 1'b0;
    report_lost_o   <= 1'b0;
    send();
    if (write_ready_i) writing = 1'b0;
    if (count_valid_q && count_ready) counting = 1'b0;
    if (read_ready) offering = 1'b0;
    if (flit_valid_i) receive();
    if (!writing && !counting) choose_data();
    if (command_valid_i) begin
      commanded = 1'b1;
      command   = command_i;
    end
    if (!offering && commanded && command.kind == dip_pkg::CommandPush && (push_turn || (count[Request] == '0 && !arrives(1'(Request))))) take_push();
    else if (!offering) choose_request();
    write_valid_o  <= writing;
    count_valid_q  <= counting && !writing;
    read_valid_q   <= offering;
    command_room_o <= !commanded;
    other_waits_q  <= report_goes() || command_goes() || forward_goes(1'(Data)) || forward_goes(1'(Request));
    other_away_q[Data]    <= report_is_away() || (command_is_away() && command.header.cls == dojo_pkg::PacketClassData);
    other_away_q[Request] <= command_is_away() && command.header.cls == dojo_pkg::PacketClassRequest;
    can_send_q     <= credits[Data] != '0;
    active_q       <= was_busy || writing || counting || offering || commanded || count[Request] != '0 || report_count != '0 || flit_valid_i || credit_i != '0 || arrival_valid_i != '0;
  endtask

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      for (int unsigned k = 0; k < 2; k++) begin
        head[k]    = '0;
        tail[k]    = '0;
        count[k]   = '0;
        credits[k] = CountBits'(Depth);
      end
      commanded    = 1'b0;
      push_turn    = 1'b0;
      arrival_turn = '0;
      writing      = 1'b0;
      counting     = 1'b0;
      offering     = 1'b0;
      report_count = '0;
      credit_o          <= '0;
      flit_valid_o      <= 1'b0;
      away_valid_o      <= 1'b0;
      other_away_q      <= '0;
      arrival_taken_o   <= '0;
      write_valid_o     <= 1'b0;
      count_valid_q     <= 1'b0;
      read_valid_q      <= 1'b0;
      refused_valid_o   <= 1'b0;
      report_valid_o    <= 1'b0;
      report_lost_o     <= 1'b0;
      active_q          <= 1'b0;
      can_send_q        <= 1'b1;
      other_waits_q     <= 1'b0;
      other_turn_q      <= 1'b0;
      command_room_o    <= 1'b1;
      overflow_q        <= 1'b0;
      credit_overflow_q <= 1'b0;
      wrong_edge_q      <= 1'b0;
    end else if (active_q || flit_valid_i || credit_i != '0 || send_valid || command_valid_i || arrival_valid_i != '0) begin
      step();
    end
  end

  /* verilator lint_on BLKSEQ */

  // Integration checks.
  `DOJO_ASSERT(FlitIsForThisEdge, !wrong_edge_q)
  `DOJO_ASSERT(NoQueueOverflow, !overflow_q)
  `DOJO_ASSERT(NoCreditOverflow, !credit_overflow_q)
  `DOJO_ASSERT(CommandHasRoom, !command_valid_i || command_room_o)

  // Implementation checks.
  `DOJO_COVER(WriteWaits, write_valid_o && !write_ready_i)
  `DOJO_COVER(NoCredit, send_valid && !can_send_q)
  `DOJO_COVER(OtherMeetsElement, send_valid && other_waits_q && can_send_q)
  `DOJO_COVER(WriteIsRefused, refused_valid_o && refused_o.kind == dojo_pkg::AccessKindWrite)
  `DOJO_COVER(SemaphoreIsRefused, refused_valid_o && refused_o.kind == dojo_pkg::AccessKindIncrement)
  `DOJO_COVER(ReadIsRefused, refused_valid_o && refused_o.kind == dojo_pkg::AccessKindRead)
  `DOJO_COVER(UnknownIsRefused, refused_valid_o && refused_o.kind == dojo_pkg::AccessKindUnknown)
  `DOJO_COVER(ReportReceived, report_valid_o)
  `DOJO_COVER(ReportLost, report_lost_o)
  `DOJO_COVER(ElementWaitsForEthernet, send_away && !away_room_i[Data])
  `DOJO_COVER(EthernetMeetsLink, arrival_valid_i[Data] && arrival_here_i[Data] && flit_valid_i)

endmodule
