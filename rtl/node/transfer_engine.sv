// Transfer engine: runs lists of transfer descriptors on four channels, and serves the READ packets of other nodes.
//
// Function: docs/descriptors.md. Pushes read elements of the own SRAM and send them as WRITE packets; pulls send READ packets, whose
// service at the other node sends the elements back. The channels and the service take turns per element. A gather or scatter reads its
// index list twice: once to check it, then to move; one of them runs at a time. A channel that waits for a semaphore stands still
// until the semaphore unit has taken the amount. A refused descriptor, a bad index or an uncorrectable word raises a fault and ends the
// list that it belongs to, and nothing else.
// Latency: the first line is requested four cycles after the command when nothing waits (one cycle after a READ is taken), and is offered to
// the network interface in the cycle after its grant.
// Throughput: one element per cycle; no gap between a descriptor or service and the next while descriptors can be fetched in time.
// Back-pressure: lines stop while send_ready_i is low (one line waits in the SRAM port's register, one in a skid register); READs wait in the
// network interface; commands as in `transfer_lists`. Service never waits for a channel for more than four elements. Elements for a tree
// (dojo_pkg::GroupColumn) are chosen only while tree_room_i is high, and at most three of them are under way: a sum that waits for other nodes
// holds up nothing that goes elsewhere.
// Registered: every output but command_ready_o, idle_o, nr_valid_o, nr_line_o, send_header_o and send_data_o, which depend on registers (and
// command_valid_i, taken_i).
`include "dojo_assert.svh"

module transfer_engine (
    input  logic                                clk_i,
    input  logic                                rst_ni,
    input  logic [dojo_pkg::CoordinateBits-1:0] x_i,
    input  logic [dojo_pkg::CoordinateBits-1:0] y_i,
    // commands, completion and faults
    input  logic                                command_valid_i,
    input  logic [31:0]                         command_address_i,
    input  logic [1:0]                          command_hart_i,
    output logic                                command_ready_o,
    output logic                                done_valid_o,
    output logic [4:0]                          done_sem_o,
    output logic                                fault_valid_o,
    output logic [7:0]                          fault_cause_o,
    output logic [31:0]                         fault_address_o,
    output logic [1:0]                          fault_channel_o,
    output logic [1:0]                          fault_hart_o,
    // channels that wait for a semaphore; taken_i: it had the amount, which has been subtracted
    output logic [transfer_pkg::Channels-1:0]   park_valid_o,
    output logic [4:0]                          park_id_o[transfer_pkg::Channels],
    output logic [31:0]                         park_amount_o[transfer_pkg::Channels],
    input  logic [transfer_pkg::Channels-1:0]   taken_i,
    // network read port of the SRAM
    output logic                                nr_valid_o,
    output logic [14:0]                         nr_line_o,
    input  logic                                nr_grant_i,
    input  logic [511:0]                        nr_data_i,
    input  logic                                nr_bad_i,
    // READ packets to serve
    input  logic                                read_valid_i,
    /* verilator lint_off UNUSEDSIGNAL */  // fields that matter on the way only
    input  dojo_pkg::packet_header_t            read_header_i,
    input  dojo_pkg::read_request_t             read_request_i,
    /* verilator lint_on UNUSEDSIGNAL */
    output logic                                read_ready_o,
    // elements into the network, class data
    output logic                                send_valid_o,
    output dojo_pkg::packet_header_t            send_header_o,
    output logic [511:0]                        send_data_o,
    input  logic                                send_ready_i,
    input  logic                                tree_room_i,
    // READ packets into the network, class request
    output logic                                pull_valid_o,
    output dojo_pkg::packet_header_t            pull_header_o,
    output dojo_pkg::read_request_t             pull_request_o,
    input  logic                                pull_ready_i,
    // nothing to do and nothing under way; channels may wait for semaphores and for tree_room_i
    output logic                                idle_o
);

  localparam int unsigned Channels = transfer_pkg::Channels;
  localparam int unsigned Service = Channels;  // streams: the channels, then the service
  localparam int unsigned Streams = Channels + 1;
  localparam int unsigned Indices = 16;        // of a line of an index list

  typedef logic [transfer_pkg::UnitBits-1:0] place_t;  // in the SRAM, in units of 8 bytes
  typedef logic [transfer_pkg::FarBits-1:0]  far_t;    // address in another node or memory, in the same units

  // What goes with a request for a line until the line is sent.
  typedef struct packed {
    logic                     index;    // a line of the index list: not sent
    logic [2:0]               stream;
    logic                     first;    // of its descriptor
    logic                     last;
    logic                     done;     // count own semaphore `sem` when it is read
    logic [4:0]               sem;
    logic [1:0]               number;   // channel: its list, hart and descriptor
    logic [1:0]               hart;
    logic [31:0]              address;
    place_t                   source;
    dojo_pkg::packet_header_t header;
  } line_t;

  // Lists.
  logic                 fetch_valid, fetch_grant, lists_idle;
  logic [14:0]          fetch_line;
  logic                 offer_valid, offer_taken;
  transfer_pkg::offer_t offer;

  // Request for a line, on the port unless a fetch goes first.
  logic        request_valid_q, stream_grant, port_valid;
  logic [14:0] request_line_q;
  logic [2:0]  request_stream_q;

  // What outputs and other processes see of the process's private state.
  logic                busy_q, held_q, skid_valid_q, skid_bad_q, line_fresh_q, index_busy_q;
  logic [Streams-1:0]  active_q;
  logic [Channels-1:0] near_q;       // at most two elements are left
  logic                stop_valid_q;
  logic [1:0]          stop_channel_q, stop_number_q;
  line_t               line_q;       // what nr_data_i is
  line_t               skid_q;
  logic [511:0]        skid_data_q;
  logic [Streams-1:0]  failed_q;     // an element of the descriptor was uncorrectable: its last one counts at no semaphore
  logic                line_lost_q;  // check: a line was overwritten before it was sent

  // State of the one process below, and read by no other. A stream walks two nested loops on either side: the source, in the own SRAM, and
  // the target at the remote address; a pull by indices goes from the target to the source.
  logic [transfer_pkg::UnitBits:0]     inner_left[Streams];
  logic [transfer_pkg::UnitBits:0]     inner_count[Streams];
  logic [transfer_pkg::UnitBits:0]     rows_left[Streams];
  place_t                              source[Streams];  // next element, start of its inner loop, strides; where it is read
  place_t                              source_row[Streams];
  place_t                              source_inner[Streams];
  place_t                              source_outer[Streams];
  far_t                                target[Streams];  // the same where it is written
  far_t                                target_row[Streams];
  logic [28:0]                         target_inner[Streams];
  logic [28:0]                         target_outer[Streams];
  logic [2:0]                          size[Streams];
  logic                                first[Streams];
  logic [dojo_pkg::CoordinateBits-1:0] far_x[Streams];
  logic [dojo_pkg::CoordinateBits-1:0] far_y[Streams];
  logic                                far_sem_en[Streams];
  logic [4:0]                          far_sem[Streams];
  logic                                own_sem_en[Streams];
  logic [4:0]                          own_sem[Streams];
  logic [1:0]                          number[Streams];  // channels: list, hart and address of the descriptor
  logic [1:0]                          hart[Streams];
  logic [31:0]                         address[Streams];
  logic                                signals[Streams];  // the element is the amount of a signal, ...
  logic                                signals_memory[Streams];  // ... for an Interface Processor
  logic [31:0]                         amount[Streams];
  logic                                parked[Channels];
  logic                                stopped[Channels];         // the list of this number has faulted
  logic [1:0]                          stopped_number[Channels];
  logic [2:0]                          turn;                      // stream that goes first
  logic                                request_valid;
  line_t                               request;
  logic                                line_valid;  // nr_data_i is a line to be sent
  logic                                line_fresh;  // nr_data_i was read in the cycle before
  line_t                               line;
  logic                                skid_valid;  // skid_data_q is a line to be sent before it
  logic [Streams-1:0]                  failed;
  logic                                done_valid_now;  // an element that was read counts in this cycle
  logic                                asking;      // a READ goes to pull_valid_o in this cycle
  logic                                faulting;    // a fault is raised in this cycle
  // Gather or scatter.
  logic                                index_busy;
  logic                                index_due;       // a line of the list is asked for, or was read in the cycle before
  logic                                index_checking;
  logic [1:0]                          index_channel;
  logic                                index_is_pull;
  logic                                index_of_source;
  far_t                                index_base;
  logic [31:0]                         index_limit;
  logic [14:0]                         index_start;
  logic [14:0]                         index_line;      // next one to be read
  logic [14:0]                         index_lines;     // lines still to be read
  logic [transfer_pkg::UnitBits:0]     index_left;      // indices still to be checked
  logic [31:0]                         index_now[Indices];
  logic [31:0]                         index_ahead[Indices];
  logic                                index_now_valid;
  logic                                index_ahead_valid;
  logic [3:0]                          index_position;
  far_t                                indexed;          // what the index in turn names; used in the cycle in which it is found

  // A fetch waits while the skid register is full: its line would take the place of one that is still to be sent.
  transfer_lists u_lists (
      .clk_i,
      .rst_ni,
      .command_valid_i,
      .command_address_i,
      .command_hart_i,
      .command_ready_o,
      .fetch_valid_o  (fetch_valid),
      .fetch_line_o   (fetch_line),
      .fetch_grant_i  (fetch_grant),
      .fetch_data_i   (nr_data_i),
      .fetch_bad_i    (nr_bad_i),
      .channel_ready_i(near_q),
      .index_busy_i   (index_busy_q),
      .offer_valid_o  (offer_valid),
      .offer_o        (offer),
      .offer_taken_i  (offer_taken),
      .stop_valid_i   (stop_valid_q),
      .stop_channel_i (stop_channel_q),
      .stop_number_i  (stop_number_q),
      .idle_o         (lists_idle)
  );

  read_port_share u_share (
      .clk_i,
      .rst_ni,
      .fetch_valid_i (fetch_valid && !skid_valid_q),
      .fetch_line_i  (fetch_line),
      .fetch_grant_o (fetch_grant),
      .stream_valid_i(request_valid_q),
      .stream_line_i (request_line_q),
      .stream_grant_o(stream_grant),
      .port_valid_o  (port_valid),
      .port_line_o   (nr_line_o),
      .port_grant_i  (nr_grant_i)
  );

  assign nr_valid_o = port_valid;
  assign idle_o     = lists_idle && !busy_q && !(held_q && tree_room_i) && !stop_valid_q && taken_i == '0;

  // A descriptor is taken when its channel has asked for its last element, and, so that descriptors end in order, a pull when that was read.
  always_comb begin
    offer_taken = 1'b0;
    if (offer_valid) begin
      offer_taken = !active_q[3'(offer.channel)] && !park_valid_o[offer.channel] && !(line_fresh_q && (nr_bad_i || line_q.index));
      if (transfer_pkg::is_pull(offer.descriptor.op) &&
          ((pull_valid_o && !pull_ready_i) || (request_valid_q && request_stream_q == 3'(offer.channel)))) offer_taken = 1'b0;
      if (transfer_pkg::is_indexed(offer.descriptor.op) && index_busy_q) offer_taken = 1'b0;
    end
  end

  // What is sent: the element in every place of the line that it may have, or a report in place of an uncorrectable one.
  /* verilator lint_off UNUSEDSIGNAL */  // tags that matter until the line is read
  line_t        sent;
  /* verilator lint_on UNUSEDSIGNAL */
  logic         sent_bad;
  logic [511:0] raw;

  always_comb begin
    sent          = skid_valid_q ? skid_q : line_q;
    sent_bad      = skid_valid_q ? skid_bad_q : nr_bad_i;
    raw           = '0;
    send_header_o = sent.header;
    send_data_o   = '0;
    if (send_valid_o) begin
      raw = skid_valid_q ? skid_data_q : nr_data_i;
      case (sent.header.size)
        3'd3:    send_data_o = {8{raw[{sent.source[2:0], 6'd0}+:64]}};
        3'd4:    send_data_o = {4{raw[{sent.source[2:1], 7'd0}+:128]}};
        3'd5:    send_data_o = {2{raw[{sent.source[2], 8'd0}+:256]}};
        default: send_data_o = raw;
      endcase
      if (failed_q[sent.stream] && !sent.first) send_header_o.sem_en = 1'b0;
      if (sent_bad) begin
        send_header_o.op     = dojo_pkg::PacketOpError;
        send_header_o.size   = 3'd6;
        send_header_o.sem_en = 1'b0;
        send_data_o          = 512'({1'b1, 6'd0, dojo_pkg::AccessKindUncorrectable, y_i, x_i, sram_address(sent.source)});
      end
    end
  end

  function automatic logic [31:0] sram_address(input place_t place);
    return {dojo_pkg::SramBase[31:21], place, 3'd0};
  endfunction

  // Blocking assignments go to state that no other process reads.
  /* verilator lint_off BLKSEQ */

  // Ends a list; what it has under way ends by itself.
  task automatic raise_fault(input logic [1:0] c, input logic [1:0] of, input logic [1:0] by, input logic [31:0] at,
                             input dojo_pkg::unit_fault_e cause);
    faulting        = 1'b1;
    fault_valid_o   <= 1'b1;
    fault_cause_o   <= cause;
    fault_address_o <= at;
    fault_channel_o <= c;
    fault_hart_o    <= by;
    stop_valid_q    <= 1'b1;
    stop_channel_q  <= c;
    stop_number_q   <= of;
    stopped[c]        = 1'b1;
    stopped_number[c] = of;
    if (number[3'(c)] == of) begin
      rows_left[3'(c)] = '0;
      if (index_busy && index_channel == c) index_busy = 1'b0;
    end
  endtask

  // A line that is not taken keeps its place in the port's register, unless the next one arrives there.
  task automatic advance_lines;
    logic taken;
    taken = send_valid_o && send_ready_i;
    if (skid_valid && line_valid && nr_grant_i) line_lost_q <= 1'b1;
    if (skid_valid) begin
      if (taken) skid_valid = 1'b0;
    end else if (line_valid) begin
      if (taken) line_valid = 1'b0;
      else if (nr_grant_i) begin
        skid_valid = 1'b1;
        line_valid = 1'b0;
        skid_q      <= line;
        skid_bad_q  <= nr_bad_i;
        skid_data_q <= nr_data_i;
      end
    end
  endtask

  // A line of the index list: checked, or kept for use.
  task automatic take_indices;
    logic [31:0] found[Indices];
    logic        wrong;
    index_due = 1'b0;
    wrong     = 1'b0;
    if (index_busy) begin
      for (int unsigned i = 0; i < Indices; i++) found[i] = nr_data_i[32*i+:32];
      if (nr_bad_i) raise_fault(line.stream[1:0], line.number, line.hart, line.address, dojo_pkg::UnitFaultUncorrectable);
      else if (index_checking) begin
        for (int unsigned i = 0; i < Indices; i++) wrong = wrong || (32'(index_left) > i && found[i] >= index_limit);
        index_left = (index_left > 19'(Indices)) ? index_left - 19'(Indices) : '0;
        if (wrong) raise_fault(line.stream[1:0], line.number, line.hart, line.address, dojo_pkg::UnitFaultIndex);
        else if (index_left == '0) begin
          index_checking = 1'b0;
          index_lines    = index_line - index_start;
          index_line     = index_start;
        end
      end else if (!index_now_valid) begin
        index_now       = found;
        index_now_valid = 1'b1;
        index_position  = '0;
      end else begin
        index_ahead       = found;
        index_ahead_valid = 1'b1;
      end
    end
  endtask

  // What was read in the cycle before is on the port.
  task automatic take_fresh;
    line_fresh = 1'b0;
    if (line.index) take_indices();
    else begin
      failed[line.stream] = nr_bad_i || (failed[line.stream] && !line.first);
      if (line.done && !failed[line.stream]) begin
        done_valid_o <= 1'b1;
        done_sem_o   <= line.sem;
      end
      if (nr_bad_i && line.stream != 3'(Service))
        raise_fault(line.stream[1:0], line.number, line.hart, line.address, dojo_pkg::UnitFaultUncorrectable);
    end
  endtask

  /* verilator lint_off UNUSEDSIGNAL */  // strides are multiples of 8, those of sources lie in the SRAM; shapes and addresses are used in part
  // Both sides of a stream.
  task automatic start_stream(input logic [2:0] s, input place_t from, input logic [31:0] from_inner, from_outer, input far_t to,
                              input logic [31:0] to_inner, to_outer);
    source[s]       = from;
    source_row[s]   = from;
    source_inner[s] = from_inner[transfer_pkg::UnitBits+2:3];
    source_outer[s] = from_outer[transfer_pkg::UnitBits+2:3];
    target[s]       = to;
    target_row[s]   = to;
    target_inner[s] = to_inner[31:3];
    target_outer[s] = to_outer[31:3];
    first[s]        = 1'b1;
  endtask

  task automatic take_read;
    inner_left[Service]  = read_request_i.lines[transfer_pkg::UnitBits:0];
    inner_count[Service] = read_request_i.lines[transfer_pkg::UnitBits:0];
    rows_left[Service]   = read_request_i.rows[transfer_pkg::UnitBits:0];
    size[Service]        = read_header_i.size;
    far_x[Service]       = read_request_i.return_address[50:40];
    far_y[Service]       = read_request_i.return_address[61:51];
    far_sem_en[Service]  = read_header_i.sem_en;
    far_sem[Service]     = read_header_i.sem;
    start_stream(3'(Service), read_header_i.addr[transfer_pkg::UnitBits+2:3], read_request_i.inner_stride, read_request_i.outer_stride,
                 read_request_i.return_address[transfer_pkg::FarBits+2:3], read_request_i.return_inner_stride,
                 read_request_i.return_outer_stride);
  endtask

  // A READ of a whole descriptor, or of one element.
  task automatic send_read(input logic [2:0] s, input far_t from, input logic [31:0] last, to, input dojo_pkg::read_request_t shape,
                           input logic count);
    asking = 1'b1;
    pull_valid_o   <= 1'b1;
    pull_header_o  <= '{
        age: '0, dst_x: far_x[s], dst_y: far_y[s], src_x: x_i, src_y: y_i,
        cls: dojo_pkg::PacketClassRequest, op: dojo_pkg::PacketOpRead, addr: 40'({from, 3'd0}), size: size[s], sem_en: count, sem: own_sem[s]
    };
    pull_request_o <= '{
        return_outer_stride: shape.return_outer_stride, return_inner_stride: shape.return_inner_stride, outer_stride: shape.outer_stride,
        inner_stride: shape.inner_stride, rows: shape.rows, return_address: {1'b1, 1'b0, y_i, x_i, 40'(to)}, last: last, lines: shape.lines
    };
  endtask

  task automatic start_index(input dojo_pkg::transfer_descriptor_t d, input logic [1:0] c);
    index_busy        = 1'b1;
    index_checking    = 1'b1;
    index_channel     = c;
    index_is_pull     = transfer_pkg::is_pull(d.op);
    index_of_source   = !transfer_pkg::is_indexed_far(d.op);
    index_base        = index_of_source ? far_t'(source[3'(c)]) : target[3'(c)];
    index_limit       = d.index_limit;
    index_start       = d.index_list[20:6];
    index_line        = d.index_list[20:6];
    index_lines       = 15'(transfer_pkg::index_lines(d));
    index_left        = d.lines[transfer_pkg::UnitBits:0];
    index_now_valid   = 1'b0;
    index_ahead_valid = 1'b0;
  endtask

  task automatic start_copy(input logic [1:0] c);
    dojo_pkg::transfer_descriptor_t d;
    dojo_pkg::global_address_t      remote;
    dojo_pkg::read_request_t        shape;
    logic [31:0]                    element, local_inner, remote_inner;
    logic [2:0]                     s;
    logic                           pulls, strided;
    d            = offer.descriptor;
    remote       = {d.remote_address_high, d.remote_address_low};
    s            = 3'(c);
    pulls        = transfer_pkg::is_pull(d.op);
    strided      = transfer_pkg::is_strided(d.op);
    size[s]      = transfer_pkg::element_size(d);
    element      = 32'd1 << size[s];
    local_inner  = strided ? d.local_inner_stride : element;
    remote_inner = strided ? d.remote_inner_stride : element;
    far_x[s]      = remote.x;
    far_y[s]      = remote.y;
    far_sem_en[s] = d.remote_sem_en;
    far_sem[s]    = d.remote_sem;
    own_sem_en[s] = d.sem_en;
    own_sem[s]    = d.sem;
    signals[s]    = d.op == dojo_pkg::DescriptorOpTransferSignal;
    signals_memory[s] = remote.kind;
    amount[s]     = d.lines;
    if (pulls && !transfer_pkg::is_indexed(d.op)) begin
      shape                     = '0;
      shape.return_outer_stride = strided ? d.local_outer_stride : 32'd0;
      shape.return_inner_stride = local_inner;
      shape.outer_stride        = strided ? d.remote_outer_stride : 32'd0;
      shape.inner_stride        = remote_inner;
      shape.rows                = strided ? d.rows : 32'd1;
      shape.lines               = d.lines;
      send_read(s, remote.offset[transfer_pkg::FarBits+2:3], transfer_pkg::last_byte(d), d.local_address, shape, d.sem_en);
    end else begin
      inner_left[s]  = signals[s] ? 19'd1 : d.lines[transfer_pkg::UnitBits:0];
      inner_count[s] = inner_left[s];
      rows_left[s]   = strided ? d.rows[transfer_pkg::UnitBits:0] : 19'd1;
      start_stream(s, d.local_address[transfer_pkg::UnitBits+2:3], local_inner, d.local_outer_stride,
                   remote.offset[transfer_pkg::FarBits+2:3], remote_inner, d.remote_outer_stride);
      if (transfer_pkg::is_indexed(d.op)) start_index(d, c);
    end
  endtask

  /* verilator lint_on UNUSEDSIGNAL */

  task automatic take_descriptor;
    dojo_pkg::unit_fault_e cause;
    logic [1:0]            c;
    c     = offer.channel;
    cause = offer.uncorrectable ? dojo_pkg::UnitFaultUncorrectable : transfer_pkg::refusal(offer.bad, offer.descriptor);
    // Of a list that has ended nothing more is done.
    if (!(stopped[c] && stopped_number[c] == offer.number)) begin
      stopped[c] = 1'b0;
      number[3'(c)]  = offer.number;
      hart[3'(c)]    = offer.hart;
      address[3'(c)] = offer.address;
      if (cause != dojo_pkg::UnitFaultNone) raise_fault(c, offer.number, offer.hart, offer.address, cause);
      else if (offer.descriptor.op == dojo_pkg::DescriptorOpTransferWait) begin
        parked[c] = 1'b1;
        park_valid_o[c]  <= 1'b1;
        park_id_o[c]     <= offer.descriptor.sem;
        park_amount_o[c] <= offer.descriptor.lines;
      end else start_copy(c);
    end
  endtask

  // The element after this one.
  task automatic step_stream(input logic [2:0] s);
    first[s]      = 1'b0;
    source[s]     = source[s] + source_inner[s];
    target[s]     = target[s] + far_t'(target_inner[s]);
    inner_left[s] = inner_left[s] - 19'd1;
    if (inner_left[s] == '0) begin
      source_row[s] = source_row[s] + source_outer[s];
      target_row[s] = target_row[s] + far_t'(target_outer[s]);
      source[s]     = source_row[s];
      target[s]     = target_row[s];
      inner_left[s] = inner_count[s];
      rows_left[s]  = rows_left[s] - 19'd1;
    end
    if (index_busy && index_channel == s[1:0] && s != 3'(Service)) begin
      if (rows_left[s] == '0) index_busy = 1'b0;
      index_position = index_position + 4'd1;
      if (index_position == '0) begin
        index_now         = index_ahead;
        index_now_valid   = index_ahead_valid;
        index_ahead_valid = 1'b0;
      end
    end
  endtask

  function automatic logic has_indices(input logic [2:0] s);
    return !(index_busy && 3'(index_channel) == s) || (!index_is_pull && !index_checking && index_now_valid);
  endfunction

  // The stream waits for room in its tree.
  function automatic logic is_held(input logic [2:0] s);
    return !tree_room_i && far_x[s] == dojo_pkg::CoordinateBits'(dojo_pkg::GroupColumn);
  endfunction

  // A signal needs no line: it goes to the skid register.
  task automatic send_signal(input logic [2:0] s);
    skid_valid = 1'b1;
    skid_bad_q  <= 1'b0;
    skid_data_q <= {8{32'd0, amount[s]}};
    skid_q      <= '{
        index: 1'b0, stream: s, first: 1'b1, last: 1'b1, done: 1'b0, sem: '0, number: '0, hart: '0, address: '0, source: '0,
        header: '{age: '0, dst_x: far_x[s], dst_y: far_y[s], src_x: x_i, src_y: y_i, cls: dojo_pkg::PacketClassData, op: dojo_pkg::PacketOpWrite,
                  addr: (signals_memory[s] ? dojo_pkg::DipSemaphoreBase : dojo_pkg::SemaphoreBase) | {32'd0, far_sem[s], 3'd0},
                  size: 3'd3, sem_en: 1'b0, sem: 5'd0}
    };
    if (own_sem_en[s]) begin
      done_valid_o <= 1'b1;
      done_sem_o   <= own_sem[s];
    end
    step_stream(s);
  endtask

  task automatic request_element(input logic [2:0] s);
    place_t from;
    far_t   to;
    logic   last;
    last = inner_left[s] == 19'd1 && rows_left[s] == 19'd1;
    from = source[s];
    to   = target[s];
    if (s != 3'(Service) && index_busy && index_channel == s[1:0]) begin
      if (index_of_source) from = place_t'(indexed);
      else to = indexed;
    end
    request_valid = 1'b1;
    request       = '{
        index: 1'b0, stream: s, first: first[s], last: last, done: last && s != 3'(Service) && own_sem_en[s], sem: own_sem[s],
        number: number[s], hart: hart[s], address: address[s], source: from,
        header: '{age: '0, dst_x: far_x[s], dst_y: far_y[s], src_x: x_i, src_y: y_i, cls: dojo_pkg::PacketClassData, op: dojo_pkg::PacketOpWrite,
                  addr: 40'({to, 3'd0}), size: size[s], sem_en: last && far_sem_en[s], sem: last ? far_sem[s] : 5'd0}
    };
    step_stream(s);
  endtask

  task automatic request_indices;
    request_valid   = 1'b1;
    index_due       = 1'b1;
    request         = '0;
    request.index   = 1'b1;
    request.stream  = 3'(index_channel);
    request.number  = number[3'(index_channel)];
    request.hart    = hart[3'(index_channel)];
    request.address = address[3'(index_channel)];
    request.source  = {index_line, 3'd0};
    index_line      = index_line + 15'd1;
    index_lines     = index_lines - 15'd1;
  endtask

  // An element of a pull by indices.
  task automatic pull_element;
    logic [2:0]              s;
    logic                    last;
    far_t                    from;
    place_t                  to;
    dojo_pkg::read_request_t shape;
    s    = 3'(index_channel);
    last = inner_left[s] == 19'd1;
    from = index_of_source ? target[s] : indexed;
    to   = index_of_source ? place_t'(indexed) : source[s];
    shape       = '0;
    shape.rows  = 32'd1;
    shape.lines = 32'd1;
    send_read(s, from, {from[28:0], 3'd0} + (32'd1 << size[s]) - 32'd1, sram_address(to), shape, last && own_sem_en[s]);
    step_stream(s);
  endtask

  // The next request for a line, of the streams in turn; a signal waits until nothing else is on its way to be sent.
  task automatic choose;
    logic [2:0] s;
    logic       found;
    found = 1'b0;
    s     = turn;
    for (int unsigned i = 0; i < Streams; i++) begin
      if (!found) begin
        if (rows_left[s] != '0 && has_indices(s) && !is_held(s)) found = 1'b1;
        else s = (s == 3'(Service)) ? 3'd0 : s + 3'd1;
      end
    end
    if (index_busy && !index_due && index_lines != '0 && (index_checking || !index_ahead_valid)) request_indices();
    else if (found && s != 3'(Service) && signals[s]) begin
      turn = s;
      if (!line_valid && !done_valid_now) begin
        turn = s + 3'd1;
        send_signal(s);
      end
    end else if (found) begin
      turn = (s == 3'(Service)) ? 3'd0 : s + 3'd1;
      request_element(s);
    end
  endtask

  task automatic step;
    logic pull_free;
    done_valid_o  <= 1'b0;
    fault_valid_o <= 1'b0;
    stop_valid_q  <= 1'b0;
    faulting       = 1'b0;
    asking         = 1'b0;
    done_valid_now = line_fresh && line.done;
    pull_free      = !pull_valid_o || pull_ready_i;
    if (pull_ready_i) pull_valid_o <= 1'b0;
    for (int unsigned c = 0; c < Channels; c++) begin
      if (taken_i[c]) begin
        parked[c] = 1'b0;
        park_valid_o[c] <= 1'b0;
      end
    end
    if (line_fresh) take_fresh();
    indexed = '0;
    if (index_busy && index_now_valid) indexed = index_base + (index_now[index_position] << (size[3'(index_channel)] - 3'd3));
    advance_lines();
    if (stream_grant) begin
      line_valid    = !request.index;
      line_fresh    = 1'b1;
      line          = request;
      request_valid = 1'b0;
    end
    if (offer_taken) begin
      if (transfer_pkg::is_pull(offer.descriptor.op)) pull_free = 1'b0;
      take_descriptor();
    end
    if (read_valid_i && read_ready_o) take_read();
    if (pull_free && index_busy && index_is_pull && !index_checking && index_now_valid) pull_element();
    if (!request_valid && !skid_valid) choose();
    show();
  endtask

  // What the rest sees.
  task automatic show;
    logic active, held;
    active = 1'b0;
    held   = 1'b0;
    for (int unsigned s = 0; s < Streams; s++) begin
      active_q[s] <= rows_left[s] != '0;
      if (rows_left[s] != '0) begin
        if (is_held(3'(s)) && !(index_busy && 3'(index_channel) == 3'(s))) held = 1'b1;
        else active = 1'b1;
      end
    end
    for (int unsigned c = 0; c < Channels; c++)
      near_q[c] <= !parked[c] && (rows_left[c] == '0 || (rows_left[c] == 19'd1 && inner_left[c] <= 19'd2));
    request_valid_q  <= request_valid;
    request_line_q   <= request.source[transfer_pkg::UnitBits-1:3];
    request_stream_q <= request.stream;
    line_fresh_q     <= line_fresh;
    line_q           <= line;
    skid_valid_q     <= skid_valid;
    send_valid_o     <= skid_valid || line_valid;
    failed_q         <= failed;
    index_busy_q     <= index_busy || index_due;
    read_ready_o     <= rows_left[Service] == '0;
    held_q           <= held;
    busy_q           <= active || request_valid || line_valid || line_fresh || skid_valid || index_due || faulting || asking || done_valid_now || taken_i != '0 ||
                        (pull_valid_o && !pull_ready_i) || offer_valid || read_valid_i;
  endtask

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      for (int unsigned s = 0; s < Streams; s++) begin
        rows_left[s] = '0;
        signals[s]   = 1'b0;
        number[s]    = '0;
        hart[s]      = '0;
        address[s]   = '0;
      end
      for (int unsigned c = 0; c < Channels; c++) begin
        parked[c]  = 1'b0;
        stopped[c] = 1'b0;
      end
      turn            = '0;
      request_valid   = 1'b0;
      request         = '0;
      line_valid      = 1'b0;
      line_fresh      = 1'b0;
      line            = '0;
      skid_valid      = 1'b0;
      failed          = '0;
      index_busy      = 1'b0;
      index_due       = 1'b0;
      index_now_valid = 1'b0;
      index_checking  = 1'b0;
      active_q        <= '0;
      near_q          <= '1;
      park_valid_o    <= '0;
      request_valid_q <= 1'b0;
      line_fresh_q    <= 1'b0;
      skid_valid_q    <= 1'b0;
      index_busy_q    <= 1'b0;
      failed_q        <= '0;
      send_valid_o    <= 1'b0;
      pull_valid_o    <= 1'b0;
      done_valid_o    <= 1'b0;
      fault_valid_o   <= 1'b0;
      stop_valid_q    <= 1'b0;
      read_ready_o    <= 1'b1;
      busy_q          <= 1'b0;
      held_q          <= 1'b0;
      line_lost_q     <= 1'b0;
    end else if (busy_q || (held_q && tree_room_i) || offer_valid || read_valid_i || taken_i != '0) begin
      step();
    end
  end

  /* verilator lint_on BLKSEQ */

  // Integration checks.
  `DOJO_ASSERT(GrantIsAsked, !nr_grant_i || nr_valid_o)
  `DOJO_ASSERT(ReadHasElements, !read_valid_i || (read_request_i.lines != '0 && read_request_i.rows != '0))
  `DOJO_ASSERT(ReadIsInside, !read_valid_i || read_header_i.addr[39:21] == dojo_pkg::SramBase[39:21])
  `DOJO_ASSERT(ReturnIsGlobal, !read_valid_i || read_request_i.return_address[63])
  `DOJO_ASSERT(TakenIsParked, (taken_i & ~park_valid_o) == '0)

  // Implementation checks.
  `DOJO_ASSERT(NoLineIsLost, !line_lost_q)
  `DOJO_ASSERT(RequestIsInside, !request_valid_q || 32'(request_line_q) < dojo_pkg::SramLines)
  `DOJO_COVER(GrantRefused, nr_valid_o && !nr_grant_i)
  `DOJO_COVER(LineRefused, send_valid_o && !send_ready_i)
  `DOJO_COVER(SkidUsed, skid_valid_q)
  `DOJO_COVER(FetchMeetsFullSkid, fetch_valid && skid_valid_q)
  `DOJO_COVER(FetchMeetsStream, fetch_valid && request_valid_q)
  `DOJO_COVER(ReadWaits, read_valid_i && !read_ready_o)
  `DOJO_COVER(PullRefused, pull_valid_o && !pull_ready_i)
  `DOJO_COVER(StreamsMeet, active_q == '1)
  `DOJO_COVER(IndicesAhead, index_busy_q && line_fresh_q && line_q.index)
  `DOJO_COVER(ChannelWaits, park_valid_o != '0)
  `DOJO_COVER(ChannelWaitsForTree, held_q && !busy_q)
  `DOJO_COVER(LineIsUncorrectable, send_valid_o && sent_bad)
  `DOJO_COVER(Refused, fault_valid_o)
  `DOJO_COVER(Done, done_valid_o)

endmodule
