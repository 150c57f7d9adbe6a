// Transfer engine: executes transfer descriptors (push, pull) and serves the READ packets of other nodes.
//
// Function: docs/descriptors.md. A push sends lines of the own SRAM as WRITE packets; a pull sends one READ packet, whose service at the other
// node sends the lines back and counts the semaphore: several pulls may be under way. Own pushes and service take turns per flit.
// Descriptors are executed in order; a refused one raises a fault and is dropped. `done` follows the grant of a push's last line.
// Latency: the first line is requested four cycles after the command when nothing waits (one cycle after a READ is taken), and is offered to
// the network interface in the cycle after its grant.
// Throughput: one line per cycle; no gap between a descriptor or service and the next while descriptors can be fetched in time.
// Back-pressure: lines stop while send_ready_i is low (one line waits in the SRAM port's register, one in a skid register); READs wait in the
// network interface; commands as in `command_queue`. Service never waits for an own push or pull for more than one flit.
// Registered: every output but command_ready_o, idle_o, nr_valid_o, nr_line_o and send_data_o, which depend on registers (and command_valid_i).
`include "dojo_assert.svh"

module transfer_engine (
    input  logic                                clk_i,
    input  logic                                rst_ni,
    input  logic [dojo_pkg::CoordinateBits-1:0] x_i,
    input  logic [dojo_pkg::CoordinateBits-1:0] y_i,
    // commands, completion and faults
    input  logic                                command_valid_i,
    input  logic [31:0]                         command_address_i,
    output logic                                command_ready_o,
    output logic                                done_valid_o,
    output logic [4:0]                          done_sem_o,
    output logic                                fault_valid_o,
    output logic [7:0]                          fault_cause_o,
    output logic [31:0]                         fault_address_o,
    // network read port of the SRAM
    output logic                                nr_valid_o,
    output logic [14:0]                         nr_line_o,
    input  logic                                nr_grant_i,
    input  logic [511:0]                        nr_data_i,
    // READ packets to serve
    input  logic                                read_valid_i,
    input  logic [dojo_pkg::OffsetBits-1:0]     read_address_i,
    input  logic                                read_sem_en_i,
    input  logic [4:0]                          read_sem_i,
    input  logic [31:0]                         read_lines_i,
    input  dojo_pkg::global_address_t           read_return_i,
    output logic                                read_ready_o,
    // lines into the network, class data
    output logic                                send_valid_o,
    output dojo_pkg::packet_header_t            send_header_o,
    output logic [511:0]                        send_data_o,
    input  logic                                send_ready_i,
    // READ packets into the network, class request
    output logic                                pull_valid_o,
    output dojo_pkg::packet_header_t            pull_header_o,
    output logic [31:0]                         pull_lines_o,
    output logic [31:0]                         pull_last_o,
    output dojo_pkg::global_address_t           pull_return_o,
    input  logic                                pull_ready_i,
    // nothing to do and nothing under way
    output logic                                idle_o
);

  localparam int unsigned Push = 0;
  localparam int unsigned Service = 1;

  // Descriptors.
  logic                             fetch_valid, fetch_grant, queue_idle;
  logic [14:0]                      fetch_line;
  logic                             descriptor_valid, descriptor_bad, descriptor_ready;
  logic [31:0]                      descriptor_address;
  /* verilator lint_off UNUSEDSIGNAL */  // reserved fields
  dojo_pkg::transfer_descriptor_t   descriptor;
  /* verilator lint_on UNUSEDSIGNAL */
  dojo_pkg::global_address_t        remote;

  // Request for a line, on the port unless a fetch goes first.
  logic        request_valid_q, request_push_q, stream_grant, port_valid;
  logic [14:0] request_line_q;

  // What the outputs show of the process's private state.
  logic         push_busy_q, busy_q, skid_valid_q;
  logic [511:0] skid_data_q;
  logic         line_lost_q;  // check: a line was overwritten before it was sent

  // State of the one process below, and read by no other. A stream is a push or a service.
  logic [14:0]                         lines[2];   // still to be requested
  logic [14:0]                         source[2];  // next line here
  logic [14:0]                         target[2];  // next line there
  logic [dojo_pkg::CoordinateBits-1:0] target_x[2];
  logic [dojo_pkg::CoordinateBits-1:0] target_y[2];
  logic                                remote_sem_en[2];
  logic [4:0]                          remote_sem[2];
  logic                                own_sem_en;
  logic [4:0]                          own_sem;
  logic                                turn;            // stream that goes first
  logic                                request_valid;
  logic                                request_done;    // the push is done when the line is read
  logic [4:0]                          request_sem;
  dojo_pkg::packet_header_t            request_header;
  logic                                line_valid;      // nr_data_i is a line to be sent
  dojo_pkg::packet_header_t            line_header;
  logic                                skid_valid;      // skid_data_q is a line to be sent before it
  dojo_pkg::packet_header_t            skid_header;

  // A fetch waits while the skid register is full: its line would take the place of one that is still to be sent.
  command_queue u_queue (
      .clk_i,
      .rst_ni,
      .command_valid_i,
      .command_address_i,
      .command_ready_o,
      .fetch_valid_o       (fetch_valid),
      .fetch_line_o        (fetch_line),
      .fetch_grant_i       (fetch_grant),
      .fetch_data_i        (nr_data_i),
      .descriptor_valid_o  (descriptor_valid),
      .descriptor_bad_o    (descriptor_bad),
      .descriptor_o        (descriptor),
      .descriptor_address_o(descriptor_address),
      .descriptor_ready_i  (descriptor_ready),
      .idle_o              (queue_idle)
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

  assign nr_valid_o  = port_valid;
  assign send_data_o = skid_valid_q ? skid_data_q : nr_data_i;
  assign idle_o      = queue_idle && !busy_q;
  assign remote      = {descriptor.remote_address_high, descriptor.remote_address_low};

  // A pull is not sent before the last line of the push before it has been read: descriptors end in order.
  assign descriptor_ready = !push_busy_q && !pull_valid_o &&
                            !(request_push_q && descriptor.op == dojo_pkg::DescriptorOpTransferPull);

  // True when `count` lines from byte address `address` on are in the SRAM.
  function automatic logic inside_sram(input logic [33:0] line_number, input logic [31:0] count);
    return line_number[33:15] == dojo_pkg::SramBase[39:21] &&
           33'(line_number[14:0]) + 33'(count) <= 33'(dojo_pkg::SramLines);
  endfunction

  // Cause of refusal, or none; the smallest number wins.
  function automatic dojo_pkg::unit_fault_e refusal;
    if (descriptor_bad) return dojo_pkg::UnitFaultDescriptorAddress;
    else if (!(descriptor.op == dojo_pkg::DescriptorOpTransferPush ||
               (descriptor.op == dojo_pkg::DescriptorOpTransferPull && !descriptor.remote_sem_en)))
      return dojo_pkg::UnitFaultOpcode;
    else if (descriptor.local_address[5:0] != '0 || remote.offset[5:0] != '0) return dojo_pkg::UnitFaultAlignment;
    else if (descriptor.lines == '0) return dojo_pkg::UnitFaultCount;
    else if (!inside_sram(34'(descriptor.local_address[31:6]), descriptor.lines) || !inside_sram(remote.offset[39:6], descriptor.lines))
      return dojo_pkg::UnitFaultRange;
    else if (!remote.is_global || remote.kind) return dojo_pkg::UnitFaultRemoteAddress;
    else return dojo_pkg::UnitFaultNone;
  endfunction

  // Blocking assignments go to state that no other process reads.
  /* verilator lint_off BLKSEQ */

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
        skid_valid  = 1'b1;
        skid_header = line_header;
        line_valid  = 1'b0;
        skid_data_q <= nr_data_i;
      end
    end
    if (stream_grant) begin
      line_valid    = 1'b1;
      line_header   = request_header;
      request_valid = 1'b0;
      if (request_done) begin
        done_valid_o <= 1'b1;
        done_sem_o   <= request_sem;
      end
    end
  endtask

  task automatic take_descriptor;
    dojo_pkg::unit_fault_e cause;
    cause = refusal();
    if (cause != dojo_pkg::UnitFaultNone) begin
      fault_valid_o   <= 1'b1;
      fault_cause_o   <= cause;
      fault_address_o <= descriptor_address;
    end else if (descriptor.op == dojo_pkg::DescriptorOpTransferPush) begin
      lines[Push]         = descriptor.lines[14:0];
      source[Push]        = descriptor.local_address[20:6];
      target[Push]        = remote.offset[20:6];
      target_x[Push]      = remote.x;
      target_y[Push]      = remote.y;
      remote_sem_en[Push] = descriptor.remote_sem_en;
      remote_sem[Push]    = descriptor.remote_sem;
      own_sem_en          = descriptor.sem_en;
      own_sem             = descriptor.sem;
    end else begin
      pull_valid_o  <= 1'b1;
      pull_lines_o  <= descriptor.lines;
      pull_last_o   <= remote.offset[31:0] + {descriptor.lines[25:0], 6'd0} - 32'd1;
      pull_return_o <= '{is_global: 1'b1, kind: 1'b0, y: y_i, x: x_i, offset: 40'(descriptor.local_address)};
      pull_header_o <= '{
          dst_x: remote.x, dst_y: remote.y, src_x: x_i, src_y: y_i,
          cls: dojo_pkg::PacketClassRequest, op: dojo_pkg::PacketOpRead, addr: remote.offset, size: 3'd6,
          sem_en: descriptor.sem_en, sem: descriptor.sem
      };
    end
  endtask

  task automatic take_read;
    lines[Service]         = read_lines_i[14:0];
    source[Service]        = read_address_i[20:6];
    target[Service]        = read_return_i.offset[20:6];
    target_x[Service]      = read_return_i.x;
    target_y[Service]      = read_return_i.y;
    remote_sem_en[Service] = read_sem_en_i;
    remote_sem[Service]    = read_sem_i;
  endtask

  task automatic request_line(input logic s);
    logic last;
    last           = lines[s] == 15'd1;
    request_valid  = 1'b1;
    request_done   = last && s == 1'(Push) && own_sem_en;
    request_sem    = own_sem;
    request_header = '{
        dst_x: target_x[s], dst_y: target_y[s], src_x: x_i, src_y: y_i,
        cls: dojo_pkg::PacketClassData, op: dojo_pkg::PacketOpWrite,
        addr: {dojo_pkg::SramBase[39:21], target[s], 6'd0}, size: 3'd6,
        sem_en: last && remote_sem_en[s], sem: last ? remote_sem[s] : 5'd0
    };
    request_line_q <= source[s];
    request_push_q <= s == 1'(Push);
    lines[s]  = lines[s] - 15'd1;
    source[s] = source[s] + 15'd1;
    target[s] = target[s] + 15'd1;
    turn      = !s;
  endtask

  task automatic step;
    done_valid_o  <= 1'b0;
    fault_valid_o <= 1'b0;
    advance_lines();
    if (!request_valid) request_push_q <= 1'b0;
    if (pull_ready_i) pull_valid_o <= 1'b0;
    if (descriptor_valid && descriptor_ready) take_descriptor();
    if (read_valid_i && read_ready_o) take_read();
    if (!request_valid && !skid_valid) begin
      if (lines[turn] != '0) request_line(turn);
      else if (lines[!turn] != '0) request_line(!turn);
    end
    request_valid_q <= request_valid;
    skid_valid_q    <= skid_valid;
    send_valid_o    <= skid_valid || line_valid;
    if (skid_valid) send_header_o <= skid_header;
    else if (line_valid) send_header_o <= line_header;
    push_busy_q  <= lines[Push] != '0;
    read_ready_o <= lines[Service] == '0;
    busy_q       <= lines[Push] != '0 || lines[Service] != '0 || request_valid || line_valid || skid_valid ||
                    (pull_valid_o && !pull_ready_i) || descriptor_valid || read_valid_i;
  endtask

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      lines[Push]     = '0;
      lines[Service]  = '0;
      turn            = 1'(Push);
      request_valid   = 1'b0;
      line_valid      = 1'b0;
      skid_valid      = 1'b0;
      request_valid_q <= 1'b0;
      request_push_q  <= 1'b0;
      skid_valid_q    <= 1'b0;
      send_valid_o    <= 1'b0;
      pull_valid_o    <= 1'b0;
      done_valid_o    <= 1'b0;
      fault_valid_o   <= 1'b0;
      push_busy_q     <= 1'b0;
      read_ready_o    <= 1'b1;
      busy_q          <= 1'b0;
      line_lost_q     <= 1'b0;
    end else if (busy_q || descriptor_valid || read_valid_i) begin
      step();
    end
  end

  /* verilator lint_on BLKSEQ */

  // Integration checks.
  `DOJO_ASSERT(GrantIsAsked, !nr_grant_i || nr_valid_o)
  `DOJO_ASSERT(ReadHasLines, !read_valid_i || read_lines_i != '0)
  `DOJO_ASSERT(ReadIsAligned, !read_valid_i || (read_address_i[5:0] == '0 && read_return_i.offset[5:0] == '0))
  `DOJO_ASSERT(ReadIsInside, !read_valid_i || inside_sram(read_address_i[39:6], read_lines_i))
  `DOJO_ASSERT(ReturnIsInside, !read_valid_i || inside_sram(read_return_i.offset[39:6], read_lines_i))
  `DOJO_ASSERT(ReturnIsGlobal, !read_valid_i || (read_return_i.is_global && !read_return_i.kind))

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
  `DOJO_COVER(PullWaitsForPush, descriptor_valid && !push_busy_q && request_push_q && !descriptor_ready)
  `DOJO_COVER(PushMeetsService, push_busy_q && !read_ready_o)
  `DOJO_COVER(Refused, fault_valid_o)
  `DOJO_COVER(Done, done_valid_o)

endmodule
