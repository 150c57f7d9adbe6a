// Service of READ packets at a port of the Interface Processor: asks the memory for the lines of their elements and sends the elements back.
//
// Function: READs are served one after the other, their elements in two loops as at a node (docs/descriptors.md). Each element is asked for as a
// whole line, when there is a place for it, and sent as a WRITE packet of class data in the order of the loops, whatever the order in which lines
// come; the last one carries the READ's semaphore. The first element that is outside of the memory is answered by an ERROR packet (kind read);
// with it the service of the READ ends, and no semaphore counts. Address bits below an element's size do not matter.
// A push of the transfer engine is a READ of its own (read_own_i), whose return address is where it pushes to; done_o says that its last element has left.
// Latency: the first line is asked for two cycles after the READ was taken; an element is offered two cycles after its line came.
// Throughput: one element per cycle; no gap between READs. Back-pressure: line_ready_i, send_ready_i; DipPortLines places per channel,
// DipPortElements elements under way. Lines that come always have a place.
// Registered: every output but send_header_o and send_data_o, which depend on registers.
`include "dojo_assert.svh"

module dip_read_service (
    input  logic                                  clk_i,
    input  logic                                  rst_ni,
    // coordinates of the port, constant
    input  logic [dojo_pkg::CoordinateBits-1:0]   x_i,
    input  logic [dojo_pkg::CoordinateBits-1:0]   y_i,
    // READs; lines and rows are not 0
    input  logic                                  read_valid_i,
    output logic                                  read_ready_o,
    input  logic                                  read_own_i,
    /* verilator lint_off UNUSEDSIGNAL */  // fields that matter on the way only
    input  dojo_pkg::packet_header_t              read_header_i,
    input  dojo_pkg::read_request_t               read_request_i,
    /* verilator lint_on UNUSEDSIGNAL */
    // lines that are asked for, of each channel: one that is busy holds up no other
    output logic [dip_pkg::Channels-1:0]          line_valid_o,
    input  logic [dip_pkg::Channels-1:0]          line_ready_i,
    output logic [dip_pkg::Channels-1:0][dip_pkg::LineBits-1:0] line_o,
    // lines that come, of each channel in the order in which they were asked for
    input  logic [dip_pkg::Channels-1:0]          beat_valid_i,
    input  logic [dip_pkg::Channels-1:0][511:0]   beat_data_i,
    // elements, and reports in place of one
    output logic                                  send_valid_o,
    input  logic                                  send_ready_i,
    output dojo_pkg::packet_header_t              send_header_o,
    output logic [511:0]                          send_data_o,
    output logic                                  done_o,
    output logic                                  busy_o
);

  localparam int unsigned Channels = dip_pkg::Channels;
  localparam int unsigned ChannelBits = dip_pkg::ChannelBits;
  localparam int unsigned Places = dojo_pkg::DipPortLines;
  localparam int unsigned PlaceBits = $clog2(Places);
  localparam int unsigned Elements = dojo_pkg::DipPortElements;
  localparam int unsigned ElementBits = $clog2(Elements);
  localparam int unsigned AddressBits = dojo_pkg::OffsetBits;

  // An element under way.
  typedef struct packed {
    logic                                outside;  // of the memory: a report
    logic                                own;      // the last one of a push
    logic [ChannelBits-1:0]              channel;
    logic [AddressBits-1:0]              from;
    logic [AddressBits-1:0]              to;
    logic [dojo_pkg::CoordinateBits-1:0] x;
    logic [dojo_pkg::CoordinateBits-1:0] y;
    logic [2:0]                          size;
    logic                                sem_en;
    logic [4:0]                          sem;
  } element_t;

  // State of the one process below, and read by no other. The READ at hand:
  logic                     active;
  logic                     own;
  logic [31:0]              inner_left, inner_count, rows_left;
  logic [AddressBits:0]     from, from_row;  // one bit more than an address: past the end
  logic [AddressBits-1:0]   to, to_row;
  /* verilator lint_off UNUSEDSIGNAL */  // fields that matter on the way only
  dojo_pkg::packet_header_t header;
  dojo_pkg::read_request_t  shape;
  dojo_pkg::global_address_t target;
  /* verilator lint_on UNUSEDSIGNAL */
  logic [dip_pkg::LineBits-1:0] asked[Channels][Places];  // lines to be asked for, rings
  logic [PlaceBits-1:0]     ask_head[Channels];
  logic [PlaceBits-1:0]     ask_tail[Channels];
  logic [Channels-1:0]      asking;          // there are some
  logic                     next_valid;      // next_q waits
  // Elements under way, a ring; places for lines of each channel.
  element_t                 element[Elements];
  logic [ElementBits-1:0]   element_head, element_tail;
  logic [ElementBits:0]     element_count;
  logic [PlaceBits:0]       reserved[Channels];
  logic [PlaceBits:0]       arrived[Channels];

  // The element after the one that is offered, and what is offered.
  logic                     next_valid_q, take;
  element_t                 next_q, send_q;
  logic [Channels-1:0][PlaceBits-1:0] write_place_q, read_place_q;
  logic [511:0]             data[Channels];
  logic [511:0]             raw;

  // What the checks see of the last cycle.
  logic overrun_q, full_q, no_place_q;

  assign take = next_valid_q && (!send_valid_o || send_ready_i);

  for (genvar c = 0; c < Channels; c++) begin : gen_channel
    edge_memory #(
        .Rows(Places),
        .Bits(512)
    ) u_lines (
        .clk_i,
        .write_i     (beat_valid_i[c]),
        .write_row_i (write_place_q[c]),
        .write_data_i(beat_data_i[c]),
        .read_i      (take && !next_q.outside && 32'(next_q.channel) == c),
        .read_row_i  (read_place_q[c]),
        .read_data_o (data[c])
    );
  end

  // The element in every place of the line that it may have, or a report.
  always_comb begin
    raw           = '0;
    send_data_o   = '0;
    send_header_o = '{
        age: '0, dst_x: send_q.x, dst_y: send_q.y, src_x: x_i, src_y: y_i, cls: dojo_pkg::PacketClassData, op: dojo_pkg::PacketOpWrite,
        addr: send_q.to, size: send_q.size, sem_en: send_q.sem_en, sem: send_q.sem
    };
    if (send_valid_o) begin
      raw = data[send_q.channel];
      case (send_q.size)
        3'd3:    send_data_o = {8{raw[{send_q.from[5:3], 6'd0}+:64]}};
        3'd4:    send_data_o = {4{raw[{send_q.from[5:4], 7'd0}+:128]}};
        3'd5:    send_data_o = {2{raw[{send_q.from[5], 8'd0}+:256]}};
        default: send_data_o = raw;
      endcase
      if (send_q.outside) begin
        send_header_o.op   = dojo_pkg::PacketOpError;
        send_header_o.addr = send_q.from;
        send_header_o.size = 3'd6;
        send_data_o        = 512'({1'b1, send_q.from[37:32], dojo_pkg::AccessKindRead, y_i, x_i, send_q.from[31:0]});
      end
    end
  end

  // Blocking assignments go to state that no other process reads.
  /* verilator lint_off BLKSEQ */

  task automatic take_read;
    header      = read_header_i;
    shape       = read_request_i;
    target      = read_request_i.return_address;
    active      = 1'b1;
    own         = read_own_i;
    inner_left  = shape.lines;
    inner_count = shape.lines;
    rows_left   = shape.rows;
    from        = {1'b0, header.addr};
    from_row    = from;
    to          = target.offset;
    to_row      = to;
  endtask

  task automatic step_loops;
    from       = from + (AddressBits + 1)'(shape.inner_stride);
    to         = to + AddressBits'(shape.return_inner_stride);
    inner_left = inner_left - 32'd1;
    if (inner_left == '0) begin
      from_row   = from_row + (AddressBits + 1)'(shape.outer_stride);
      to_row     = to_row + AddressBits'(shape.return_outer_stride);
      from       = from_row;
      to         = to_row;
      inner_left = inner_count;
      rows_left  = rows_left - 32'd1;
      active     = rows_left != '0;
    end
  endtask

  task automatic ask;
    logic                   last, outside;
    logic [ChannelBits-1:0] c;
    last    = inner_left == 32'd1 && rows_left == 32'd1;
    outside = from[AddressBits:dip_pkg::ByteBits] != '0;
    c       = dip_pkg::channel_of(from[6+:dip_pkg::WholeLineBits]);
    no_place_q <= reserved[c] == (PlaceBits + 1)'(Places);
    if (outside || reserved[c] != (PlaceBits + 1)'(Places)) begin
      element[element_tail] = '{
          outside: outside, own: last && own, channel: c, from: from[AddressBits-1:0], to: to, x: target.x, y: target.y, size: header.size,
          sem_en: last && header.sem_en && !outside, sem: last && !outside ? header.sem : 5'd0
      };
      element_tail  = element_tail + ElementBits'(1);
      element_count = element_count + (ElementBits + 1)'(1);
      if (outside) active = 1'b0;
      else begin
        reserved[c] = reserved[c] + (PlaceBits + 1)'(1);
        asked[c][ask_tail[c]] = from[6+dip_pkg::ChannelBits+:dip_pkg::LineBits];
        ask_tail[c]           = ask_tail[c] + PlaceBits'(1);
        asking[c]             = 1'b1;
        step_loops();
      end
    end
  endtask

  task automatic take_grants;
    for (int unsigned k = 0; k < Channels; k++) begin
      if (line_ready_i[k]) begin
        ask_head[k] = ask_head[k] + PlaceBits'(1);
        asking[k]   = ask_head[k] != ask_tail[k];
      end
    end
  endtask

  task automatic show_lines;
    for (int unsigned k = 0; k < Channels; k++) line_o[k] <= asked[k][ask_head[k]];
  endtask

  task automatic take_beats;
    for (int unsigned c = 0; c < Channels; c++) begin
      if (beat_valid_i[c]) begin
        arrived[c] = arrived[c] + (PlaceBits + 1)'(1);
        write_place_q[c] <= write_place_q[c] + PlaceBits'(1);
        if (arrived[c] > reserved[c]) overrun_q <= 1'b1;
      end
    end
  endtask

  // The next element of the ring, when its line is there.
  task automatic choose;
    element_t e;
    e = element[element_head];
    if (e.outside || arrived[e.channel] != '0) begin
      next_valid = 1'b1;
      next_q <= e;
      element_head  = element_head + ElementBits'(1);
      element_count = element_count - (ElementBits + 1)'(1);
      if (!e.outside) arrived[e.channel] = arrived[e.channel] - (PlaceBits + 1)'(1);
    end
  endtask

  task automatic step;
    no_place_q <= 1'b0;
    done_o     <= send_valid_o && send_ready_i && send_q.own;
    if (take) begin
      send_valid_o <= 1'b1;
      send_q       <= next_q;
      next_valid    = 1'b0;
      if (!next_q.outside) begin
        read_place_q[next_q.channel] <= read_place_q[next_q.channel] + PlaceBits'(1);
        reserved[next_q.channel]      = reserved[next_q.channel] - (PlaceBits + 1)'(1);
      end
    end else if (send_ready_i) send_valid_o <= 1'b0;
    if (beat_valid_i != '0) take_beats();
    if (line_ready_i != '0) take_grants();
    if (read_valid_i && read_ready_o) take_read();
    full_q <= element_count == (ElementBits + 1)'(Elements);
    if (active && element_count != (ElementBits + 1)'(Elements)) ask();
    if (!next_valid && element_count != '0) choose();
    next_valid_q <= next_valid;
    if (asking != '0) show_lines();
    line_valid_o <= asking;
    read_ready_o <= !active;
    busy_o       <= active || asking != '0 || element_count != '0 || next_valid || take || send_valid_o || read_valid_i;
  endtask

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      active        = 1'b0;
      asking        = '0;
      next_valid    = 1'b0;
      element_head  = '0;
      element_tail  = '0;
      element_count = '0;
      for (int unsigned c = 0; c < Channels; c++) begin
        reserved[c] = '0;
        ask_head[c] = '0;
        ask_tail[c] = '0;
        arrived[c]  = '0;
        write_place_q[c] <= '0;
        read_place_q[c]  <= '0;
      end
      line_valid_o <= '0;
      read_ready_o <= 1'b1;
      send_valid_o <= 1'b0;
      done_o       <= 1'b0;
      next_valid_q <= 1'b0;
      busy_o       <= 1'b0;
      overrun_q    <= 1'b0;
      full_q       <= 1'b0;
      no_place_q   <= 1'b0;
    end else if (busy_o || read_valid_i) begin
      step();
    end
  end

  /* verilator lint_on BLKSEQ */

  // Integration checks.
  `DOJO_ASSERT(ReadHasElements, !read_valid_i || (read_request_i.lines != '0 && read_request_i.rows != '0))
  `DOJO_ASSERT(BeatsAreExpected, beat_valid_i == '0 || busy_o)
  `DOJO_ASSERT(NoPlaceIsOverrun, !overrun_q)

  // Implementation checks.
  `DOJO_COVER(NoPlaceForALine, no_place_q)
  `DOJO_COVER(ReadWaits, read_valid_i && !read_ready_o)
  `DOJO_COVER(LineWaits, (line_valid_o & ~line_ready_i) != '0)
  `DOJO_COVER(ElementWaits, send_valid_o && !send_ready_i && next_valid_q)
  `DOJO_COVER(ElementsAreMany, full_q)
  `DOJO_COVER(PushIsDone, done_o)
  `DOJO_COVER(Outside, send_valid_o && send_q.outside)

endmodule
