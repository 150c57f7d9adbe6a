// Network interface: between the router's local port, the collective unit, the SRAM's network write port, the node's registers, the semaphores,
// the core's remote stores and the transfer engine.
//
// Function: ejection: WRITE packets of class data are applied in order, to the SRAM, to a register (CLINT, control) or to a semaphore; then
// the packet's semaphore counts (docs/descriptors.md); what fits nowhere is refused. READ packets of class request wait for the transfer
// engine. While protect_enable_i is high every access of another node needs an entry of the table that covers it whole; what has none,
// and at any time a packet whose class has no such operation, changes nothing, is named on refused_o, and is reported to its sender by an ERROR packet.
// A packet for another node, which has no way on from here, changes nothing and is reported to its sender alone, as unreachable, with the
// coordinates of its destination. Injection: lines and READs of the transfer
// engine, remote stores of the core and reports take turns; the order between them is not fixed. Packets for a tree (column
// dojo_pkg::GroupColumn) go to the collective unit in place of the router; what it delivers is applied like packets of class data, in turn with them.
// Latency: a WRITE that nothing delays is on the SRAM port in the cycle after it is on the router's local link; its semaphore counts in the
// cycle after the grant. A flit for the network is on the local link in the cycle after it is taken.
// Throughput: one flit per cycle in each direction.
// Back-pressure: credits towards and from the router, Depth per class. Class data waits only for nw_grant_i, class request for read_ready_i:
// so data is always accepted, whatever happens to requests. Lines from trees have Depth places of their own. Remote stores to a tree leave only
// while tree_room_i is high; lines of the transfer engine came under the same condition, so the collective unit has a place for each.
// send, remote and pull wait for their ready. Reports wait in a queue of Reports places, and those to one sender become one; for a refused
// WRITE that finds it full report_lost_o is raised, a refused READ waits.
// Registered: every output but the three ready outputs, which depend on registers and on the three valid inputs.
`include "dojo_assert.svh"

module network_interface #(
    parameter int unsigned Depth = dojo_pkg::RouterDepth
) (
    input  logic                                clk_i,
    input  logic                                rst_ni,
    input  logic [dojo_pkg::CoordinateBits-1:0] x_i,
    input  logic [dojo_pkg::CoordinateBits-1:0] y_i,
    // router's local port
    input  logic                                eject_valid_i,
    input  dojo_pkg::packet_header_t            eject_header_i,
    input  logic [511:0]                        eject_data_i,
    output logic [1:0]                          eject_credit_o,
    output logic                                inject_valid_o,
    output dojo_pkg::packet_header_t            inject_header_o,
    output logic [511:0]                        inject_data_o,
    input  logic [1:0]                          inject_credit_i,
    input  logic [1:0]                          unroutable_valid_i,  // the router did not take a flit of the class: a credit, too
    // collective unit: inject_header_o and inject_data_o are for a tree, and taken; there is room for more; what a tree delivers
    output logic                                tree_valid_o,
    input  logic                                tree_ready_i,
    input  logic                                tree_room_i,
    input  logic                                deliver_valid_i,
    input  dojo_pkg::packet_header_t            deliver_header_i,
    input  logic [511:0]                        deliver_data_i,
    output logic                                deliver_credit_o,
    // network write port of the SRAM
    output logic                                nw_valid_o,
    output logic [14:0]                         nw_line_o,
    output logic [511:0]                        nw_data_o,
    output logic [63:0]                         nw_be_o,
    input  logic                                nw_grant_i,
    // write of a CLINT or control register, always accepted; the item stands in the low bytes of the data
    output logic                                net_mmio_valid_o,
    output logic [31:0]                         net_mmio_address_o,
    output logic [63:0]                         net_mmio_data_o,
    output logic [1:0]                          net_mmio_size_o,
    // increment of a semaphore
    output logic                                sem_valid_o,
    output logic [4:0]                          sem_id_o,
    output logic [31:0]                         sem_amount_o,
    // remote stores of the core; the item stands in the low bytes of the data
    input  logic                                remote_valid_i,
    input  dojo_pkg::global_address_t           remote_address_i,
    input  logic [63:0]                         remote_data_i,
    input  logic [1:0]                          remote_size_i,
    output logic                                remote_ready_o,
    // transfer engine
    output logic                                read_valid_o,
    output dojo_pkg::packet_header_t            read_header_o,
    output dojo_pkg::read_request_t             read_request_o,
    input  logic                                read_ready_i,
    input  logic                                send_valid_i,
    input  dojo_pkg::packet_header_t            send_header_i,
    input  logic [511:0]                        send_data_i,
    output logic                                send_ready_o,
    input  logic                                pull_valid_i,
    input  dojo_pkg::packet_header_t            pull_header_i,
    input  dojo_pkg::read_request_t             pull_request_i,
    output logic                                pull_ready_o,
    // protection: table, accesses refused here, reports from other nodes
    input  logic                                protect_enable_i,
    input  guard_pkg::table_t                   protect_table_i,
    output logic                                refused_valid_o,
    output dojo_pkg::access_error_t             refused_o,
    output logic                                report_valid_o,
    output dojo_pkg::access_error_t             report_o,
    output logic                                report_lost_o,
    // flits since reset
    output logic [63:0]                         flits_sent_o,
    output logic [63:0]                         flits_received_o,
    // nothing is stored and no output is active
    output logic                                idle_o
);

  localparam int unsigned SlotBits = (Depth > 1) ? $clog2(Depth) : 1;
  localparam int unsigned CountBits = $clog2(Depth + 1);
  localparam int unsigned Reports = 4;
  localparam int unsigned Request = 0;  // classes
  localparam int unsigned Data = 1;
  localparam int unsigned Tree = 2;     // beside them: what comes from trees

  // Where a WRITE goes.
  typedef enum logic [2:0] {
    TargetSram,
    TargetRegister,
    TargetSemaphore,
    TargetCounted,    // has counted at the semaphore that it was written to; that of its header is left
    TargetReport,     // no access: a report for this node
    TargetRefused,
    TargetNone
  } target_e;

  // Sources of flits: bits of the vectors below.
  localparam int unsigned Send = 0;
  localparam int unsigned Remote = 1;
  localparam int unsigned Pull = 2;
  localparam int unsigned Report = 3;

  logic       busy_q;
  logic [1:0] can_inject_q;  // a credit of the class is left
  logic [3:0] wants, grant;
  logic       send_to_tree, remote_to_tree;
  logic [3:0] after_q;       // sources that follow the last one granted
  logic       report_waits_q;
  logic       overflow_q, credit_overflow_q;  // checks

  // What has happened, for lockstep and traces: a WRITE took effect (or was dropped), or the transfer engine took a READ, in the cycle before.
  logic                       applied_valid_q  /*verilator public_flat_rd*/;
  dojo_pkg::packet_header_t   applied_header_q  /*verilator public_flat_rd*/;
  logic [511:0]               applied_data_q  /*verilator public_flat_rd*/;
  logic                       applied_dropped_q  /*verilator public_flat_rd*/;
  logic                       read_accepted_valid_q  /*verilator public_flat_rd*/;
  dojo_pkg::packet_header_t   read_accepted_header_q  /*verilator public_flat_rd*/;
  logic [511:0]               read_accepted_data_q  /*verilator public_flat_rd*/;

  // State of the one process below, and read by no other.
  dojo_pkg::packet_header_t  data_header[2][Depth];  // of class data, and from trees
  logic [511:0]              data_payload[2][Depth];
  dojo_pkg::packet_header_t  request_header[Depth];
  dojo_pkg::read_request_t   request[Depth];
  logic [SlotBits-1:0]       head[3];
  logic [SlotBits-1:0]       tail[3];
  logic [CountBits-1:0]      count[3];
  logic                      applying;        // the WRITE at the head is on its way to `target`
  logic                      from_tree;       // it, or the last one, came from a tree
  target_e                   target;
  logic                      offering;        // the READ at the head is offered to the transfer engine
  logic [CountBits-1:0]      credits[2] /*verilator public_flat_rd*/;  // slots free in the router's local queues

  typedef struct packed {
    dojo_pkg::access_error_t             error;   // x and y are those of the receiver
    logic [dojo_pkg::CoordinateBits-1:0] from_y;  // destination of what was refused
    logic [dojo_pkg::CoordinateBits-1:0] from_x;
  } report_t;
  report_t                   report[Reports];     // to be sent, oldest first
  logic [2:0]                report_count;

  // Sources take turns among those that have a credit.
  assign send_to_tree   = send_header_i.dst_x == dojo_pkg::CoordinateBits'(dojo_pkg::GroupColumn);
  assign remote_to_tree = remote_address_i.x == dojo_pkg::CoordinateBits'(dojo_pkg::GroupColumn);
  assign wants          = {report_waits_q && can_inject_q[Data], pull_valid_i && can_inject_q[Request],
                           remote_valid_i && (remote_to_tree ? tree_room_i : can_inject_q[Data]),
                           send_valid_i && (send_to_tree || can_inject_q[Data])};
  assign grant          = ((wants & after_q) != '0) ? (wants & after_q) & (~(wants & after_q) + 4'd1) : wants & (~wants + 4'd1);
  assign send_ready_o   = grant[Send];
  assign remote_ready_o = grant[Remote];
  assign pull_ready_o   = grant[Pull];
  assign idle_o         = !busy_q;

  function automatic logic [SlotBits-1:0] next_slot(input logic [SlotBits-1:0] slot);
    return (slot == SlotBits'(Depth - 1)) ? '0 : slot + SlotBits'(1);
  endfunction

  function automatic logic in_region(input logic [39:0] address, base, size);
    return address >= base && address - base < size;
  endfunction

  function automatic target_e target_of(input logic [39:0] address, input logic [2:0] size);
    if (in_region(address, dojo_pkg::SramBase, dojo_pkg::SramSize)) return (size != 3'd7) ? TargetSram : TargetNone;
    else if (in_region(address, dojo_pkg::SemaphoreBase, dojo_pkg::SemaphoreSize)) return (size == 3'd3) ? TargetSemaphore : TargetNone;
    else if (in_region(address, dojo_pkg::ControlBase, dojo_pkg::ControlSize) || in_region(address, dojo_pkg::ClintBase, dojo_pkg::ClintSize))
      return (size <= 3'd3) ? TargetRegister : TargetNone;
    else return TargetNone;
  endfunction

  function automatic dojo_pkg::access_kind_e kind_of(input target_e where);
    if (where == TargetSemaphore) return dojo_pkg::AccessKindIncrement;
    else if (where == TargetRegister) return dojo_pkg::AccessKindControl;
    else return dojo_pkg::AccessKindWrite;
  endfunction

  // False for a packet that has come here because there is no way to its destination.
  function automatic logic is_own(input logic [dojo_pkg::CoordinateBits-1:0] dst_x, dst_y);
    return dst_x == x_i && dst_y == y_i;
  endfunction

  // True when an entry of the table allows the whole access, or the node accesses itself.
  function automatic logic is_permitted(input logic [10:0] x, y, input logic [1:0] kind, input logic [31:0] first, last);
    return (x == x_i && y == y_i) || guard_pkg::allows(protect_table_i, x, y, kind, first, last);
  endfunction

  function automatic logic [31:0] semaphore_address(input logic [4:0] id);
    return dojo_pkg::SemaphoreBase[31:0] + {24'd0, id, 3'd0};
  endfunction

  // Bytes of a line that a naturally aligned item of 2**size bytes covers.
  function automatic logic [63:0] bytes_of(input logic [5:0] offset, input logic [2:0] size);
    logic [63:0] item;
    item = (size == 3'd0) ? 64'h01 : (size == 3'd1) ? 64'h03 : (size == 3'd2) ? 64'h0f : (size == 3'd3) ? 64'hff
         : (size == 3'd4) ? 64'hffff : 64'hffffffff;
    return (size == 3'd6) ? '1 : item << offset;
  endfunction

  // Blocking assignments go to state that no other process reads.
  /* verilator lint_off BLKSEQ */

  // The WRITE at the head has reached its target.
  task automatic finish_write;
    dojo_pkg::packet_header_t header;
    logic [1:0]               queue;
    queue  = from_tree ? 2'(Tree) : 2'(Data);
    header = data_header[from_tree][head[queue]];
    if (target == TargetSemaphore) begin
      sem_valid_o  <= 1'b1;
      sem_id_o     <= header.addr[7:3];
      sem_amount_o <= data_payload[from_tree][head[queue]][{header.addr[5:3], 6'd0}+:32];
    end else if (header.sem_en && target != TargetRefused && target != TargetReport) begin
      sem_valid_o  <= 1'b1;
      sem_id_o     <= header.sem;
      sem_amount_o <= 32'd1;
    end
    nw_valid_o       <= 1'b0;
    net_mmio_valid_o <= 1'b0;
    if (target == TargetSemaphore && header.sem_en) begin
      target = TargetCounted;
    end else begin
      applied_valid_q      <= is_own(header.dst_x, header.dst_y);
      applied_header_q     <= header;
      applied_data_q       <= data_payload[from_tree][head[queue]];
      applied_dropped_q    <= target == TargetRefused;
      applying             = 1'b0;
      head[queue]          = next_slot(head[queue]);
      count[queue]         = count[queue] - CountBits'(1);
      eject_credit_o[Data] <= !from_tree;
      deliver_credit_o     <= from_tree;
    end
  endtask

  // Names an access that is refused, and reports it unless a report to the same sender waits already.
  task automatic refuse(input logic [dojo_pkg::CoordinateBits-1:0] src_x, src_y, dst_x, dst_y, input dojo_pkg::access_kind_e kind,
                        input logic [37:0] address);
    dojo_pkg::access_error_t error;
    logic                    waits;
    error = '{valid: 1'b1, address_high: address[37:32], kind: kind, y: src_y, x: src_x, address: address[31:0]};
    waits = 1'b0;
    for (int unsigned r = 0; r < Reports; r++)
      waits = waits || (32'(report_count) > r && report[r].error.x == src_x && report[r].error.y == src_y);
    refused_valid_o <= is_own(dst_x, dst_y);
    refused_o       <= error;
    if (!waits && 32'(report_count) < Reports) begin
      report[report_count[1:0]] = '{error: error, from_y: dst_y, from_x: dst_x};
      report_count              = report_count + 3'd1;
    end else if (!waits) report_lost_o <= 1'b1;
  endtask

  // Packets of class data and those from trees take turns.
  task automatic start_write;
    /* verilator lint_off UNUSEDSIGNAL */  // fields that matter on the way only
    dojo_pkg::packet_header_t        header;
    /* verilator lint_on UNUSEDSIGNAL */
    dojo_pkg::access_kind_e          kind;
    logic [dojo_pkg::OffsetBits-1:0] address;
    logic [2:0]                      size;
    logic [SlotBits-1:0]             slot;
    from_tree = count[Tree] != '0 && (count[Data] == '0 || !from_tree);
    slot      = head[from_tree ? 2'(Tree) : 2'(Data)];
    header    = data_header[from_tree][slot];
    address   = header.addr;
    size      = header.size;
    applying  = 1'b1;
    target    = (header.op == dojo_pkg::PacketOpError) ? TargetReport : target_of(address, size);
    if (!is_own(header.dst_x, header.dst_y)) begin
      // A report that reaches nobody is not reported.
      if (target != TargetReport) refuse(header.src_x, header.src_y, header.dst_x, header.dst_y, dojo_pkg::AccessKindUnreachable, address[37:0]);
      target = TargetRefused;
    end else if (header.op != dojo_pkg::PacketOpWrite && header.op != dojo_pkg::PacketOpError) begin
      refuse(header.src_x, header.src_y, header.dst_x, header.dst_y, dojo_pkg::AccessKindUnknown, address[37:0]);
      target = TargetRefused;
    end else if (target == TargetNone) begin
      refuse(header.src_x, header.src_y, header.dst_x, header.dst_y, dojo_pkg::AccessKindWrite, address[37:0]);
      target = TargetRefused;
    end else if (protect_enable_i && target != TargetReport) begin
      kind = kind_of(target);
      if (!is_permitted(header.src_x, header.src_y, kind[1:0], address[31:0], address[31:0] + (32'd1 << size) - 32'd1)) begin
        refuse(header.src_x, header.src_y, header.dst_x, header.dst_y, kind, address[37:0]);
        target = TargetRefused;
      end else if (header.sem_en && !is_permitted(header.src_x, header.src_y, 2'(dojo_pkg::AccessKindIncrement),
                                                  semaphore_address(header.sem), semaphore_address(header.sem) + 32'd7)) begin
        refuse(header.src_x, header.src_y, header.dst_x, header.dst_y, dojo_pkg::AccessKindIncrement, 38'(semaphore_address(header.sem)));
        target = TargetRefused;
      end
    end
    if (target == TargetReport) begin
      report_valid_o <= 1'b1;
      report_o       <= data_payload[from_tree][slot][63:0];
    end
    if (target == TargetSram) begin
      nw_valid_o <= 1'b1;
      nw_line_o  <= address[20:6];
      nw_be_o    <= bytes_of(address[5:0], size);
      nw_data_o  <= data_payload[from_tree][slot];
    end else if (target == TargetRegister) begin
      net_mmio_valid_o   <= 1'b1;
      net_mmio_address_o <= address[31:0];
      net_mmio_data_o    <= data_payload[from_tree][slot][{address[5:3], 6'd0}+:64] >> {address[2:0], 3'd0};
      net_mmio_size_o    <= size[1:0];
    end
  endtask

  // A READ is offered to the transfer engine, or refused when its report finds a place and no WRITE was refused in this cycle. Other nodes'
  // transfer engines have checked that a READ of this node stays inside the SRAM, but not one of a memory that names this node by mistake.
  task automatic start_read(input logic write_refused);
    /* verilator lint_off UNUSEDSIGNAL */  // fields that matter on the way only
    dojo_pkg::packet_header_t header;
    /* verilator lint_on UNUSEDSIGNAL */
    logic [31:0] last;
    logic        is_here, is_known, is_inside;
    header    = request_header[head[Request]];
    last      = request[head[Request]].last;
    is_here   = is_own(header.dst_x, header.dst_y);
    is_known  = header.op == dojo_pkg::PacketOpRead;
    is_inside = header.addr[39:21] == dojo_pkg::SramBase[39:21] && last[31:21] == dojo_pkg::SramBase[31:21] && last[20:0] < dojo_pkg::SramSize[20:0];
    if (!is_here || !is_known || !is_inside ||
        (protect_enable_i && !is_permitted(header.src_x, header.src_y, 2'(dojo_pkg::AccessKindRead), header.addr[31:0], last))) begin
      if (!write_refused && 32'(report_count) < Reports) begin
        refuse(header.src_x, header.src_y, header.dst_x, header.dst_y,
               !is_here ? dojo_pkg::AccessKindUnreachable : is_known ? dojo_pkg::AccessKindRead : dojo_pkg::AccessKindUnknown, header.addr[37:0]);
        take_request();
      end
    end else begin
      offering = 1'b1;
      read_header_o  <= header;
      read_request_o <= request[head[Request]];
    end
  endtask

  // The READ at the head has been taken, or refused.
  task automatic take_request;
    read_accepted_valid_q   <= is_own(request_header[head[Request]].dst_x, request_header[head[Request]].dst_y);
    read_accepted_header_q  <= request_header[head[Request]];
    read_accepted_data_q    <= 512'(request[head[Request]]);
    head[Request]           = next_slot(head[Request]);
    count[Request]          = count[Request] - CountBits'(1);
    eject_credit_o[Request] <= 1'b1;
  endtask

  // Ejection: finish, store what arrives, start: a WRITE per cycle.
  task automatic eject;
    logic       write_refused;
    logic [1:0] cls;
    refused_valid_o       <= 1'b0;
    report_valid_o        <= 1'b0;
    report_lost_o         <= 1'b0;
    applied_valid_q       <= 1'b0;
    sem_valid_o           <= 1'b0;
    eject_credit_o        <= '0;
    deliver_credit_o      <= 1'b0;
    read_accepted_valid_q <= 1'b0;
    if (applying && (target != TargetSram || nw_grant_i)) finish_write();
    if (offering && read_ready_i) begin
      offering = 1'b0;
      take_request();
    end
    if (eject_valid_i) begin
      cls = {1'b0, eject_header_i.cls};
      if (count[cls] == CountBits'(Depth)) overflow_q <= 1'b1;
      if (cls == 2'(Data)) begin
        data_header[0][tail[Data]]  = eject_header_i;
        data_payload[0][tail[Data]] = eject_data_i;
      end else begin
        request_header[tail[Request]] = eject_header_i;
        request[tail[Request]]        = eject_data_i[$bits(dojo_pkg::read_request_t)-1:0];
      end
      tail[cls]  = next_slot(tail[cls]);
      count[cls] = count[cls] + CountBits'(1);
    end
    if (deliver_valid_i) begin
      if (count[Tree] == CountBits'(Depth)) overflow_q <= 1'b1;
      data_header[1][tail[Tree]]  = deliver_header_i;
      data_payload[1][tail[Tree]] = deliver_data_i;
      tail[Tree]  = next_slot(tail[Tree]);
      count[Tree] = count[Tree] + CountBits'(1);
    end
    if (eject_valid_i || deliver_valid_i) flits_received_o <= flits_received_o + 64'(eject_valid_i) + 64'(deliver_valid_i);
    write_refused = 1'b0;
    if (!applying && (count[Data] != '0 || count[Tree] != '0)) begin
      start_write();
      write_refused = target == TargetRefused;
    end
    if (!offering && count[Request] != '0) start_read(write_refused);
    read_valid_o <= offering;
  endtask

  task automatic inject;
    logic to_tree;
    to_tree = (grant[Send] && send_to_tree) || (grant[Remote] && remote_to_tree);
    for (int unsigned c = 0; c < 2; c++) begin
      if (32'(credits[c]) + 32'(inject_credit_i[c]) + 32'(unroutable_valid_i[c]) > Depth) credit_overflow_q <= 1'b1;
      credits[c] = credits[c] + CountBits'(inject_credit_i[c]) + CountBits'(unroutable_valid_i[c]);
    end
    inject_valid_o <= grant != '0 && !to_tree;
    tree_valid_o   <= to_tree;
    if (grant != '0) begin
      flits_sent_o <= flits_sent_o + 64'd1;
      after_q      <= grant[Send] ? 4'b1110 : grant[Remote] ? 4'b1100 : grant[Pull] ? 4'b1000 : 4'b0000;
      if (grant[Pull]) credits[Request] = credits[Request] - CountBits'(1);
      else if (!to_tree) credits[Data] = credits[Data] - CountBits'(1);
    end
    if (grant[Send]) begin
      inject_header_o <= send_header_i;
      inject_data_o   <= send_data_i;
    end else if (grant[Pull]) begin
      inject_header_o <= pull_header_i;
      inject_data_o   <= 512'(pull_request_i);
    end else if (grant[Report]) begin
      inject_header_o <= '{
          age: '0, dst_x: report[0].error.x, dst_y: report[0].error.y, src_x: x_i, src_y: y_i,
          cls: dojo_pkg::PacketClassData, op: dojo_pkg::PacketOpError,
          addr: 40'({report[0].error.address_high, report[0].error.address}), size: 3'd6, sem_en: 1'b0, sem: 5'd0
      };
      inject_data_o <= 512'({report[0].error.valid, report[0].error.address_high, report[0].error.kind, report[0].from_y, report[0].from_x,
                             report[0].error.address});
      for (int unsigned r = 1; r < Reports; r++) report[r-1] = report[r];
      report_count = report_count - 3'd1;
    end else if (grant[Remote]) begin
      inject_header_o <= '{
          age: '0, dst_x: remote_address_i.x, dst_y: remote_address_i.y, src_x: x_i, src_y: y_i,
          cls: dojo_pkg::PacketClassData, op: dojo_pkg::PacketOpWrite,
          addr: remote_address_i.offset, size: {1'b0, remote_size_i}, sem_en: 1'b0, sem: 5'd0
      };
      // Every word of the payload holds the item in its place: only the addressed one counts.
      inject_data_o <= {8{remote_data_i << {remote_address_i.offset[2:0], 3'd0}}};
    end
    report_waits_q <= report_count != '0;
    can_inject_q   <= {credits[Data] != '0, credits[Request] != '0};
  endtask

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      for (int unsigned c = 0; c < 3; c++) begin
        head[c]  = '0;
        tail[c]  = '0;
        count[c] = '0;
      end
      credits[Request] = CountBits'(Depth);
      credits[Data]    = CountBits'(Depth);
      applying  = 1'b0;
      from_tree = 1'b0;
      target    = TargetNone;
      offering  = 1'b0;
      report_count = '0;
      report_waits_q        <= 1'b0;
      refused_valid_o       <= 1'b0;
      report_valid_o        <= 1'b0;
      report_lost_o         <= 1'b0;
      eject_credit_o        <= '0;
      deliver_credit_o      <= 1'b0;
      inject_valid_o        <= 1'b0;
      tree_valid_o          <= 1'b0;
      nw_valid_o            <= 1'b0;
      net_mmio_valid_o      <= 1'b0;
      sem_valid_o           <= 1'b0;
      read_valid_o          <= 1'b0;
      applied_valid_q       <= 1'b0;
      read_accepted_valid_q <= 1'b0;
      can_inject_q          <= '1;
      after_q               <= '0;
      busy_q                <= 1'b0;
      flits_sent_o          <= '0;
      flits_received_o      <= '0;
      overflow_q            <= 1'b0;
      credit_overflow_q     <= 1'b0;
    end else if (busy_q || eject_valid_i || deliver_valid_i || inject_credit_i != '0 || unroutable_valid_i != '0 ||
                 wants != '0) begin
      logic was_busy;
      was_busy = applying || offering || count[Request] != '0;
      eject();
      inject();
      // One cycle more than there is something to do, in which the outputs fall back.
      busy_q <= was_busy || applying || offering || count[Request] != '0 || report_count != '0 || eject_valid_i || deliver_valid_i ||
                grant != '0;
    end
  end

  /* verilator lint_on BLKSEQ */

  // Integration checks.
  `DOJO_ASSERT(TreeHasAPlace, !tree_valid_o || tree_ready_i)
  `DOJO_ASSERT(DeliveredIsForThisNode, !deliver_valid_i || (deliver_header_i.dst_x == x_i && deliver_header_i.dst_y == y_i))
  `DOJO_ASSERT(GrantIsAsked, !nw_grant_i || nw_valid_o)
  `DOJO_ASSERT(RemoteIsGlobal, !remote_valid_i || {remote_address_i.is_global, remote_address_i.kind} >= 2'b10)  // of a node or a memory

  // Implementation checks.
  `DOJO_ASSERT(NoQueueOverflow, !overflow_q)
  `DOJO_ASSERT(NoCreditOverflow, !credit_overflow_q)
  `DOJO_ASSERT(OneSource, $countones(grant) <= 1)
  `DOJO_ASSERT(WriteIsInside, !nw_valid_o || 32'(nw_line_o) < dojo_pkg::SramLines)
  `DOJO_COVER(WriteRefused, nw_valid_o && !nw_grant_i)
  `DOJO_COVER(RegisterWritten, net_mmio_valid_o)
  `DOJO_COVER(SemaphoreCounted, sem_valid_o)
  `DOJO_COVER(Dropped, applied_valid_q && applied_dropped_q)
  `DOJO_COVER(WriteIsRefused, applying && target == TargetRefused)
  `DOJO_COVER(ReadIsRefused, refused_valid_o && refused_o.kind == dojo_pkg::AccessKindRead)
  `DOJO_COVER(UnknownIsRefused, refused_valid_o && refused_o.kind == dojo_pkg::AccessKindUnknown)
  `DOJO_COVER(UnreachableIsReported, inject_valid_o && inject_header_o.op == dojo_pkg::PacketOpError &&
                                     inject_data_o[56:54] == 3'(dojo_pkg::AccessKindUnreachable))
  `DOJO_COVER(ReportReceived, report_valid_o)
  `DOJO_COVER(ReportLost, report_lost_o)
  `DOJO_COVER(ReadWaits, read_valid_o && !read_ready_i)
  `DOJO_COVER(NoDataCredit, (send_valid_i || remote_valid_i) && !can_inject_q[Data])
  `DOJO_COVER(StoreWaitsForTree, remote_valid_i && remote_to_tree && !tree_room_i)
  `DOJO_COVER(BothQueuesWait, applying && count[Data] != '0 && count[Tree] != '0)
  `DOJO_COVER(NoRequestCredit, pull_valid_i && !can_inject_q[Request])
  `DOJO_COVER(AllSources, send_valid_i && remote_valid_i && pull_valid_i)

endmodule
