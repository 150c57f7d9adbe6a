// The transfer engine of an Interface Processor: runs lists of transfer descriptors that lie in its memory or come from the host's ring.
//
// Function: docs/dip.md, "Transfer engine". Channel p belongs to port p: its pushes are READs of the port's own service whose elements go to where
// they are pushed, its pulls and signals are packets that the port sends. The last two channels copy to the host's memory and from there. A descriptor
// is fetched when the one before it was handed on, and checked whole; one whose check fails ends its list (list_fault_o, fault_o). DipCopies copies of a
// channel are handed on at most until done_i; everything that is no copy waits until those before it are done. The index list of a
// gather or scatter is checked and handed on (dip_index_lists), a command for each line of it; channels do so side by side. A list of the ring ends with a
// completion, lists of a channel in order. A copy that fails at the host ends its list; what of it was handed on is done nevertheless.
// Latency: seven cycles from a descriptor's line to its command. Throughput: a descriptor in eight cycles, one line of the memory at a time.
// Back-pressure: a channel waits for command_room_i, for done_i, for its semaphore, or for the completion of another; a list that is started where one
// waits is lost (start_lost_o). Registered: every output but entry_ready_o, which depends on registers and entry_i.
`include "dojo_assert.svh"

module dip_transfer_engine #(
    parameter int unsigned Ports = dojo_pkg::DipPorts,
    localparam int unsigned Channels = dip_transfer_pkg::Channels,
    localparam int unsigned ChannelBits = dip_transfer_pkg::ChannelBits
) (
    input  logic                                            clk_i,
    input  logic                                            rst_ni,
    input  logic [Ports-1:0][dojo_pkg::CoordinateBits-1:0]  x_i,
    input  logic [Ports-1:0][dojo_pkg::CoordinateBits-1:0]  y_i,
    input  dip_pkg::route_t [dip_pkg::Routes-1:0]           routes_i,
    // lists in the memory
    input  logic                                            start_valid_i,
    input  logic [ChannelBits-1:0]                          start_channel_i,
    input  logic [dojo_pkg::OffsetBits-1:0]                 start_address_i,
    output logic [Channels-1:0]                             start_waits_o,
    output logic                                            start_lost_o,
    // lists that begin with an entry of the ring
    input  logic                                            entry_valid_i,
    output logic                                            entry_ready_o,
    input  dojo_pkg::transfer_descriptor_t                  entry_i,
    output logic                                            complete_valid_o,
    input  logic                                            complete_ready_i,
    output dojo_pkg::dip_completion_t                       complete_o,
    // first fault of each channel; one was raised
    output logic [Channels-1:0][dojo_pkg::DipListFaultBits-1:0] list_fault_o,  // dip_list_fault
    input  logic [Channels-1:0]                             list_fault_clear_i,
    output logic                                            fault_o,
    // descriptors: lines of the memory
    output logic [dip_pkg::Channels-1:0]                    line_valid_o,
    input  logic [dip_pkg::Channels-1:0]                    line_ready_i,
    output logic [dip_pkg::LineBits-1:0]                    line_o,
    input  logic [dip_pkg::Channels-1:0]                    beat_valid_i,
    input  logic [dip_pkg::Channels-1:0][511:0]             beat_data_i,
    // index lists, likewise
    output logic [dip_pkg::Channels-1:0]                    index_line_valid_o,
    input  logic [dip_pkg::Channels-1:0]                    index_line_ready_i,
    output logic [dip_pkg::Channels-1:0][dip_pkg::LineBits-1:0] index_line_o,
    input  logic [dip_pkg::Channels-1:0]                    index_beat_valid_i,
    // semaphores
    output logic                                            add_valid_o,
    input  logic                                            add_ready_i,
    output logic [4:0]                                      add_sem_o,
    output logic [Channels-1:0]                             wait_valid_o,
    output logic [Channels-1:0][4:0]                        wait_sem_o,
    output logic [Channels-1:0][31:0]                       wait_amount_o,
    input  logic [Channels-1:0]                             wait_taken_i,
    // to the ports, and to the two sides of the host port; copies that are done, in order, or have failed
    output logic [Channels-1:0]                             command_valid_o,
    input  logic [Channels-1:0]                             command_room_i,
    output dip_pkg::command_t                               command_o,
    input  logic [Channels-1:0]                             done_i,
    input  logic [Channels-1:0]                             done_failed_i,
    output logic                                            busy_o
);

  localparam int unsigned Copies = dojo_pkg::DipCopies;
  localparam int unsigned CopyBits = dip_pkg::CopyBits;

  // A copy that was handed on.
  typedef struct packed {
    logic                            sem_en;
    logic [4:0]                      sem;
    logic                            last;    // of its list
    logic                            ringed;  // the list is one of the ring
    logic [31:0]                     tag;
    logic [dojo_pkg::OffsetBits-1:0] address;
  } copy_t;

  typedef enum logic [2:0] {Idle, Read, LocalInner, LocalOuter, RemoteInner, RemoteOuter, Decide} state_e;

  // Of a channel's gather or scatter: its indices are checked; it goes in commands; all of them were handed on.
  typedef enum logic [1:0] {IndexNone, IndexCheck, IndexGo, IndexGone} index_e;

  // Places of descriptors: a row for each channel.
  logic                             write_place, read_place_q, entry_taken;
  logic [3:0]                       write_row, read_row_q;
  logic [511:0]                     write_data;
  /* verilator lint_off UNUSEDSIGNAL */  // fields of entries of the ring
  dojo_pkg::transfer_descriptor_t   d;
  /* verilator lint_on UNUSEDSIGNAL */

  logic                             busy_q, waits_q, not_copied_q;
  logic [Channels-1:0]              entry_room_q;
  logic [dip_pkg::Channels-1:0]     fetch_q;        // channel of the memory from which a descriptor is asked for
  logic [ChannelBits-1:0]           fetch_channel_q;
  logic [Channels-1:0]              index_start_q, index_go_q, index_drop_q, index_taken_q, index_checked, index_bad;
  logic [Ports-1:0]                 part_valid;
  dip_pkg::command_t                part[Ports];
  logic [Channels-1:0]              part_goes;
  dip_pkg::command_t                next_part;

  // State of the one process below, and read by no other.
  state_e                           state;
  logic [ChannelBits-1:0]           chosen;          // channel whose descriptor is read and checked
  logic [ChannelBits-1:0]           turn;            // channel that goes first
  dip_transfer_pkg::reach_t           here, there;
  logic                             fetching;
  logic [Channels-1:0]              start_waits;
  logic [dojo_pkg::OffsetBits-1:0]  start_address[Channels];
  logic [Channels-1:0]              listed;          // a list is under way, its last descriptor was not handed on
  logic [Channels-1:0]              ringed;          // ... and is one of the ring
  logic [31:0]                      tag[Channels];
  logic [dojo_pkg::OffsetBits-1:0]  address[Channels];  // of the descriptor at hand
  logic [Channels-1:0]              wanted;          // it is to be fetched
  logic [Channels-1:0]              loaded;          // it is in its place
  logic [Channels-1:0]              bad;             // it has no address
  logic [Channels-1:0]              parked;          // it waits for a semaphore
  logic [Channels-1:0]              waited;          // ... and got the amount
  logic [Channels-1:0]              failed;          // the list has failed at the host
  copy_t                            copies[Channels][Copies];  // handed on, oldest first
  logic [CopyBits:0]                copy_count[Channels];
  logic [CopyBits:0]                done_count[Channels];
  logic [Copies-1:0]                done_failed[Channels];
  logic                             adding, completing, commanding;
  index_e                           index_state[Channels];    // those of the host's stay as they are

  edge_memory #(
      .Rows(16),
      .Bits(512)
  ) u_places (
      .clk_i,
      .write_i     (write_place),
      .write_row_i (write_row),
      .write_data_i(write_data),
      .read_i      (read_place_q),
      .read_row_i  (read_row_q),
      .read_data_o (d)
  );

  dip_index_lists #(
      .Lists(Ports)
  ) u_indices (
      .clk_i, .rst_ni,
      .start_valid_i   (index_start_q[Ports-1:0]),
      .start_line_i    ({d.index_list_high[dip_pkg::ByteBits-33:0], d.index_list[31:6]}),
      .start_elements_i(d.lines),
      .start_limit_i   (d.index_limit),
      .checked_o       (index_checked[Ports-1:0]),
      .bad_o           (index_bad[Ports-1:0]),
      .go_i            (index_go_q[Ports-1:0]),
      .command_i       (command_o),
      .drop_i          (index_drop_q[Ports-1:0]),
      .part_valid_o    (part_valid),
      .part_o          (part),
      .part_taken_i    (index_taken_q[Ports-1:0]),
      .line_valid_o    (index_line_valid_o),
      .line_ready_i    (index_line_ready_i),
      .line_o          (index_line_o),
      .beat_valid_i    (index_beat_valid_i),
      .beat_data_i
  );

  assign index_checked[Channels-1:Ports] = '0;
  assign index_bad[Channels-1:Ports]     = '0;

  assign entry_ready_o = entry_valid_i && fetch_q == '0 && 32'(entry_i.channel) < Channels && entry_room_q[entry_i.channel];
  assign entry_taken   = entry_ready_o;
  assign busy_o        = busy_q || start_valid_i || entry_taken || command_valid_o != '0 || fault_o || start_lost_o ||
                         (index_start_q | index_go_q | index_drop_q | index_taken_q) != '0;

  // A line that comes, or an entry.
  always_comb begin
    write_place = entry_taken || (beat_valid_i & fetch_q) != '0;
    write_row   = entry_taken ? 4'(entry_i.channel) : 4'(fetch_channel_q);
    write_data  = entry_i;
    if (!entry_taken && write_place) begin
      for (int unsigned c = 0; c < dip_pkg::Channels; c++) begin
        if (fetch_q[c]) write_data = beat_data_i[c];
      end
    end
  end

  // The first part that its port has room for.
  always_comb begin
    part_goes = '0;
    next_part = part[0];
    if (part_valid != '0) begin
      part_goes[Ports-1:0] = part_valid & ~index_taken_q[Ports-1:0] & command_room_i[Ports-1:0] & ~command_valid_o[Ports-1:0];
      part_goes            = part_goes & (~part_goes + Channels'(1));
      for (int unsigned p = 1; p < Ports; p++) begin
        if (part_goes[p]) next_part = part[p];
      end
    end
  end

  // Blocking assignments go to state that no other process reads.
  /* verilator lint_off BLKSEQ */

  task automatic take_start;
    start_lost_o <= start_waits[start_channel_i];
    if (!start_waits[start_channel_i]) start_address[start_channel_i] = start_address_i;
    start_waits[start_channel_i] = 1'b1;
  endtask

  task automatic take_entry;
    logic [ChannelBits-1:0] c;
    c          = entry_i.channel;
    listed[c]  = 1'b1;
    ringed[c]  = 1'b1;
    loaded[c]  = 1'b1;
    bad[c]     = 1'b0;
    tag[c]     = entry_i.tag;
    address[c] = '1;
  endtask

  task automatic take_line;
    fetching = 1'b0;
    fetch_q <= '0;
    loaded[fetch_channel_q] = 1'b1;
    wanted[fetch_channel_q] = 1'b0;
  endtask

  task automatic complete(input logic [ChannelBits-1:0] c, input dojo_pkg::unit_fault_e cause, input logic [dojo_pkg::OffsetBits-1:0] at,
                          input logic [31:0] of);
    completing = 1'b1;
    complete_o <= '{
        phase: 1'b0, unused_high: '0, channel: c, cause: cause, unused: '0, address: (cause == dojo_pkg::UnitFaultNone) ? '0 : at, tag: of
    };
  endtask

  task automatic record_fault(input logic [ChannelBits-1:0] c, input dojo_pkg::unit_fault_e cause, input logic [dojo_pkg::OffsetBits-1:0] at);
    fault_o <= 1'b1;
    if (!list_fault_o[c][dojo_pkg::DipListFaultBits-1]) list_fault_o[c] <= {1'b1, 15'd0, cause, at};
  endtask

  task automatic add(input logic [4:0] sem);
    adding = 1'b1;
    add_sem_o <= sem;
  endtask

  // The oldest copy of one channel is done.
  task automatic settle(input logic [ChannelBits-1:0] c);
    copy_t copy;
    logic  fails, more;  // copies of the list were handed on, its last one included
    copy           = copies[c][0];
    fails          = done_failed[c][0];
    copy_count[c]  = copy_count[c] - (CopyBits + 1)'(1);
    done_count[c]  = done_count[c] - (CopyBits + 1)'(1);
    done_failed[c] = done_failed[c] >> 1;
    more           = 1'b0;
    for (int unsigned i = 1; i < Copies; i++) begin
      copies[c][i-1] = copies[c][i];
      if (32'(copy_count[c]) >= i && copies[c][i].last) more = 1'b1;
    end
    if (fails) begin
      record_fault(c, dojo_pkg::UnitFaultHost, copy.address);
      failed[c] = 1'b1;
      // The descriptor that would follow is not looked at: the list ends with the one that failed.
      if (!copy.last && !more) begin
        address[c] = copy.address;
        if (wanted[c] && !(fetching && fetch_channel_q == c)) begin
          wanted[c] = 1'b0;
          loaded[c] = 1'b1;
        end
      end
    end else if (copy.sem_en) add(copy.sem);
    if (copy.last) begin
      if (copy.ringed) complete(c, failed[c] ? dojo_pkg::UnitFaultHost : dojo_pkg::UnitFaultNone, copy.address, copy.tag);
      failed[c] = 1'b0;
    end
  endtask

  // Begins lists, and asks for one descriptor.
  task automatic fetch;
    for (int unsigned c = 0; c < Channels; c++) begin
      if (start_waits[c] && !listed[c]) begin
        start_waits[c] = 1'b0;
        listed[c]      = 1'b1;
        ringed[c]      = 1'b0;
        wanted[c]      = 1'b1;
        address[c]     = start_address[c];
      end
      if (wanted[c] && !fetching && !loaded[c]) begin
        bad[c] = address[c][5:0] != '0 || address[c][dojo_pkg::OffsetBits-1:dip_pkg::ByteBits] != '0;
        if (bad[c]) begin
          loaded[c] = 1'b1;
          wanted[c] = 1'b0;
        end else begin
          fetching = 1'b1;
          fetch_channel_q <= ChannelBits'(c);
          line_o          <= address[c][6+dip_pkg::ChannelBits+:dip_pkg::LineBits];
          for (int unsigned k = 0; k < dip_pkg::Channels; k++) begin
            line_valid_o[k] <= 32'(dip_pkg::channel_of(address[c][6+:dip_pkg::WholeLineBits])) == k;
            fetch_q[k]      <= 32'(dip_pkg::channel_of(address[c][6+:dip_pkg::WholeLineBits])) == k;
          end
        end
      end
    end
  endtask

  // Whether the descriptor of a channel waits for its index list.
  function automatic logic is_held(input logic [ChannelBits-1:0] c);
    return (index_state[c] == IndexCheck && !index_checked[c]) || index_state[c] == IndexGo;
  endfunction

  // The next channel whose descriptor may be handed on, in turn.
  task automatic choose;
    logic                   found;
    logic [ChannelBits-1:0] c;
    found = 1'b0;
    c     = turn;
    for (int unsigned i = 0; i < Channels; i++) begin
      if (!found) begin
        if (loaded[c] && !parked[c] && command_room_i[c] && !command_valid_o[c] && 32'(copy_count[c]) != Copies && !is_held(c)) found = 1'b1;
        else c = (32'(c) == Channels - 1) ? '0 : c + ChannelBits'(1);
      end
    end
    if (found) begin
      chosen = c;
      turn   = (32'(c) == Channels - 1) ? '0 : c + ChannelBits'(1);
      state  = Read;
      read_place_q <= 1'b1;
      read_row_q   <= 4'(c);
    end
  endtask

  // How far the loops go, one product per cycle.
  task automatic multiply;
    logic [31:0] count, stride;
    logic [63:0] product;
    logic        inner, of_table;
    inner    = state == LocalInner || state == RemoteInner;
    of_table = dip_transfer_pkg::is_indexed(d.op) && dip_transfer_pkg::is_table_here(d.op) == (state == LocalInner);
    count    = inner ? (of_table ? d.index_limit : d.lines) - 32'd1 : dip_transfer_pkg::is_strided(d.op) ? d.rows - 32'd1 : 32'd0;
    stride   = !dip_transfer_pkg::is_strided(d.op) ? 32'd1 << dip_transfer_pkg::element_size(d)
           : (state == LocalInner) ? d.local_inner_stride : (state == LocalOuter) ? d.local_outer_stride
           : (state == RemoteInner) ? d.remote_inner_stride : d.remote_outer_stride;
    product = 64'(count) * 64'(stride);
    if (state == LocalInner) here = '0;
    if (state == RemoteInner) there = '0;
    if (state == LocalInner || state == LocalOuter) here = dip_transfer_pkg::plus(here, product);
    else there = dip_transfer_pkg::plus(there, product);
  endtask

  // What a port or the host port does for the descriptor.
  function automatic dip_pkg::command_t command_of(input logic [dojo_pkg::CoordinateBits-1:0] x, y);
    dojo_pkg::global_address_t       remote;
    logic [dojo_pkg::OffsetBits-1:0] here_first;
    logic [31:0]                     here_inner, here_outer, there_inner, there_outer;
    logic                            strided, pulls, indexed;
    remote      = {d.remote_address_high, d.remote_address_low};
    here_first  = {d.local_address_high, d.local_address};
    strided     = dip_transfer_pkg::is_strided(d.op);
    pulls       = dip_transfer_pkg::is_pull(d.op);
    indexed     = dip_transfer_pkg::is_indexed(d.op);
    here_inner  = strided ? d.local_inner_stride : indexed ? 32'd0 : 32'd64;
    here_outer  = strided ? d.local_outer_stride : 32'd0;
    there_inner = strided ? d.remote_inner_stride : indexed ? 32'd0 : 32'd64;
    there_outer = strided ? d.remote_outer_stride : 32'd0;
    command_of.kind   = pulls ? dip_pkg::CommandPull : dip_transfer_pkg::is_push(d.op) ? dip_pkg::CommandPush : dip_pkg::CommandSignal;
    command_of.last    = 1'b1;
    command_of.indexed = indexed;
    command_of.scatter = dip_transfer_pkg::is_scatter(d.op);
    command_of.indices = '0;
    command_of.header = '{
        age: '0, dst_x: remote.x, dst_y: remote.y, src_x: x, src_y: y, cls: dojo_pkg::PacketClassRequest, op: dojo_pkg::PacketOpRead,
        addr: pulls ? remote.offset : here_first, size: dip_transfer_pkg::element_size(d),
        sem_en: pulls ? d.sem_en : d.remote_sem_en, sem: pulls ? d.sem : d.remote_sem
    };
    command_of.request = '{
        return_outer_stride: pulls ? here_outer : there_outer, return_inner_stride: pulls ? here_inner : there_inner,
        outer_stride: pulls ? there_outer : here_outer, inner_stride: pulls ? there_inner : here_inner,
        rows: strided ? d.rows : 32'd1, return_address: pulls ? {1'b1, 1'b0, y, x, here_first} : remote,
        last: remote.offset[31:0] + there.bytes[31:0] + (32'd1 << dip_transfer_pkg::element_size(d)) - 32'd1, lines: d.lines
    };
    if (command_of.kind == dip_pkg::CommandSignal) begin
      command_of.header.cls    = dojo_pkg::PacketClassData;
      command_of.header.op     = dojo_pkg::PacketOpWrite;
      command_of.header.addr   = (remote.kind ? dojo_pkg::DipSemaphoreBase : dojo_pkg::SemaphoreBase) + {32'd0, d.remote_sem, 3'd0};
      command_of.header.size   = 3'd3;
      command_of.header.sem_en = 1'b0;
      command_of.header.sem    = '0;
    end
  endfunction

  // Hands the descriptor on; a gather or scatter line by line.
  task automatic command(input logic [ChannelBits-1:0] c);
    logic [dojo_pkg::CoordinateBits-1:0] x, y;
    x = '0;
    y = '0;
    for (int unsigned p = 0; p < Ports; p++) begin
      if (32'(c) == p) begin
        x = x_i[p];
        y = y_i[p];
      end
    end
    commanding = 1'b1;
    command_o <= command_of(x, y);
    if (dip_transfer_pkg::is_indexed(d.op)) begin
      index_state[c] = IndexGo;
      index_go_q[c] <= 1'b1;
    end else command_valid_o[c] <= 1'b1;
  endtask

  // A part of a gather or scatter goes to its port. A push ends when its last element has left; of a pull nothing more is to be done.
  task automatic command_part;
    command_valid_o <= part_goes;
    command_o       <= next_part;
    index_taken_q   <= part_goes;
    for (int unsigned p = 0; p < Ports; p++) begin
      if (part_goes[p] && next_part.last) index_state[p] = (next_part.kind == dip_pkg::CommandPull) ? IndexGone : IndexNone;
    end
  endtask

  // The descriptor has been handed on, or its list has ended with a fault.
  task automatic end_descriptor(input logic [ChannelBits-1:0] c, input logic is_copy, input dojo_pkg::unit_fault_e cause);
    logic last;
    last = !d.next_en || cause != dojo_pkg::UnitFaultNone;
    if (is_copy) begin
      copies[c][copy_count[c][CopyBits-1:0]] = '{sem_en: d.sem_en, sem: d.sem, last: last, ringed: ringed[c], tag: tag[c], address: address[c]};
      copy_count[c] = copy_count[c] + (CopyBits + 1)'(1);
    end else if (last) begin
      if (ringed[c]) complete(c, cause, address[c], tag[c]);
      failed[c] = 1'b0;
    end
    loaded[c] = 1'b0;
    waited[c] = 1'b0;
    if (last) listed[c] = 1'b0;
    else begin
      wanted[c]  = 1'b1;
      address[c] = {d.next_high, d.next};
    end
  endtask

  task automatic decide(input logic [ChannelBits-1:0] c);
    dojo_pkg::unit_fault_e     cause;
    /* verilator lint_off UNUSEDSIGNAL */  // the coordinates matter
    dojo_pkg::global_address_t remote;
    /* verilator lint_on UNUSEDSIGNAL */
    logic                      is_copy, waits, indexed, commands, ends, away;
    remote  = {d.remote_address_high, d.remote_address_low};
    away    = dip_pkg::is_away(routes_i, remote.x, remote.y);
    cause   = failed[c] ? dojo_pkg::UnitFaultHost : dip_transfer_pkg::refusal(bad[c], d, c, here, there, away);
    indexed = cause == dojo_pkg::UnitFaultNone && dip_transfer_pkg::is_indexed(d.op);
    if (indexed && index_checked[c] && index_bad[c]) cause = dojo_pkg::UnitFaultIndex;
    waits   = d.op == dojo_pkg::DescriptorOpTransferWait;
    is_copy = cause == dojo_pkg::UnitFaultNone && (dip_transfer_pkg::is_push(d.op) || 32'(c) == dip_transfer_pkg::FromHost) && !waits;
    commands = 1'b0;
    ends     = 1'b0;
    state    = Idle;
    if (!is_copy && copy_count[c] != '0) waits_q <= 1'b1;
    else if (cause != dojo_pkg::UnitFaultNone) begin
      ends = 1'b1;
      if (!failed[c]) record_fault(c, cause, address[c]);
      if (indexed) index_drop_q[c] <= 1'b1;
    end else if (waits && !waited[c]) begin
      parked[c] = 1'b1;
      wait_sem_o[c]    <= d.sem;
      wait_amount_o[c] <= d.lines;
    end else if (indexed && index_state[c] == IndexNone) begin
      index_state[c] = IndexCheck;
      index_start_q[c] <= 1'b1;
    end else begin
      commands = !waits && index_state[c] != IndexGone;
      ends     = !indexed || is_copy || index_state[c] == IndexGone;
      if (d.op == dojo_pkg::DescriptorOpTransferSignal && d.sem_en) add(d.sem);
    end
    if (commands) command(c);
    if (ends) end_descriptor(c, is_copy, cause);
    if (ends && !is_copy) index_state[c] = IndexNone;
  endtask

  task automatic advance;
    read_place_q <= 1'b0;
    case (state)
      Idle: choose();
      Read: state = LocalInner;
      LocalInner, LocalOuter, RemoteInner, RemoteOuter: begin
        multiply();
        state = (state == LocalInner) ? LocalOuter : (state == LocalOuter) ? RemoteInner : (state == RemoteInner) ? RemoteOuter : Decide;
      end
      default: if (!adding && !completing) decide(chosen);
    endcase
  endtask

  task automatic take_events;
    for (int unsigned c = 0; c < Channels; c++) begin
      if (wait_taken_i[c]) begin
        parked[c] = 1'b0;
        waited[c] = 1'b1;
      end
      if (done_i[c]) begin
        if (done_count[c] == copy_count[c]) not_copied_q <= 1'b1;
        done_failed[c][done_count[c][CopyBits-1:0]] = done_failed_i[c];
        done_count[c] = done_count[c] + (CopyBits + 1)'(1);
      end
      if (list_fault_clear_i[c]) list_fault_o[c] <= '0;
    end
  endtask

  task automatic step;
    fault_o         <= 1'b0;
    start_lost_o    <= 1'b0;
    waits_q         <= 1'b0;
    command_valid_o <= '0;
    index_start_q   <= '0;
    index_go_q      <= '0;
    index_drop_q    <= '0;
    index_taken_q   <= '0;
    commanding = 1'b0;
    adding     = add_valid_o && !add_ready_i;
    completing = complete_valid_o && !complete_ready_i;
    take_events();
    if (start_valid_i) take_start();
    if (entry_taken) take_entry();
    if (line_ready_i != '0) line_valid_o <= '0;
    if ((beat_valid_i & fetch_q) != '0) take_line();
    for (int unsigned c = 0; c < Channels; c++) begin
      if (done_count[c] != '0 && !adding && !completing) settle(ChannelBits'(c));
    end
    fetch();
    advance();
    if (part_goes != '0 && !commanding) command_part();
    show();
  endtask

  // What the rest sees.
  task automatic show;
    logic busy;
    busy = fetching || state != Idle || adding || completing || wanted != '0 || (loaded & ~parked) != '0 || (start_waits & ~listed) != '0 ||
           done_i != '0;
    for (int unsigned c = 0; c < Channels; c++) busy = busy || done_count[c] != '0 || index_state[c] != IndexNone;
    busy_q           <= busy;
    add_valid_o      <= adding;
    complete_valid_o <= completing;
    wait_valid_o     <= parked;
    start_waits_o    <= start_waits;
    entry_room_q     <= ~listed & ~loaded & ~start_waits;
  endtask

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state       = Idle;
      turn        = '0;
      fetching    = 1'b0;
      start_waits = '0;
      listed      = '0;
      ringed      = '0;
      wanted      = '0;
      loaded      = '0;
      bad         = '0;
      parked      = '0;
      waited      = '0;
      failed      = '0;
      for (int unsigned c = 0; c < Channels; c++) begin
        index_state[c] = IndexNone;
        copy_count[c]  = '0;
        done_count[c]  = '0;
        done_failed[c] = '0;
      end
      list_fault_o     <= '0;
      fault_o          <= 1'b0;
      start_lost_o     <= 1'b0;
      start_waits_o    <= '0;
      entry_room_q     <= '1;
      command_valid_o  <= '0;
      line_valid_o     <= '0;
      fetch_q          <= '0;
      read_place_q     <= 1'b0;
      add_valid_o      <= 1'b0;
      complete_valid_o <= 1'b0;
      wait_valid_o     <= '0;
      busy_q           <= 1'b0;
      waits_q          <= 1'b0;
      not_copied_q     <= 1'b0;
      index_start_q    <= '0;
      index_go_q       <= '0;
      index_drop_q     <= '0;
      index_taken_q    <= '0;
    end else if (busy_o || done_i != '0 || wait_taken_i != '0 || list_fault_clear_i != '0) begin
      step();
    end
  end

  /* verilator lint_on BLKSEQ */

  // Integration checks.
  `DOJO_ASSERT(TakenIsParked, (wait_taken_i & ~wait_valid_o) == '0)
  `DOJO_ASSERT(DoneIsCopied, !not_copied_q)
  `DOJO_ASSERT(StartHasChannel, !start_valid_i || 32'(start_channel_i) < Channels)
  `DOJO_ASSERT(CommandHasRoom, (command_valid_o & ~command_room_i) == '0)
  `DOJO_ASSERT(EntryHasChannel, !entry_valid_i || 32'(entry_i.channel) < Channels)

  // Implementation checks.
  `DOJO_ASSERT(OneFetch, $countones(fetch_q) <= 1 && (line_valid_o & ~fetch_q) == '0)
  `DOJO_ASSERT(OneCommand, $countones(command_valid_o) <= 1)
  `DOJO_COVER(EntryWaits, entry_valid_i && !entry_ready_o)
  `DOJO_COVER(StartWaits, start_waits_o != '0)
  `DOJO_COVER(StartIsLost, start_lost_o)
  `DOJO_COVER(ChannelWaits, wait_valid_o != '0)
  `DOJO_COVER(WaitsForCopies, waits_q)
  `DOJO_COVER(CompletionWaits, complete_valid_o && !complete_ready_i)
  `DOJO_COVER(IncrementWaits, add_valid_o && !add_ready_i)
  `DOJO_COVER(Fault, fault_o)

endmodule
