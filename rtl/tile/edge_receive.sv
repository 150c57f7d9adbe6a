// The receiving half of one end of a die-edge link: takes frames in order, keeps their flits, and gives them to the routers of the edge.
//
// Function: each beat's flits go into the memory of their port, behind those that are there, and count when the frame is whole, right
// and the expected one; otherwise they are overwritten. A frame that is not the expected one is dropped: the numbers before have been taken
// already and are acknowledged again; a later one means that a frame was lost. Then, and after a frame that came with a wrong CRC or not
// whole, go_back_o grows by one, once for each gap, and again when a repetition misses the expected frame as well.
// Of each port the classes take turns; a blocked class or port holds up no other.
// Latency: a flit is on the link to its router three cycles after the last beat of its frame came, at best. Throughput: one flit per port per cycle.
// Back-pressure: to the far end by freed_o, the flits that have left each queue; there are QueueDepth places for each port and class. From
// the routers: credits, RouterDepth per port and class; bit Ports * c + p of credit_i is one of class c from port p.
// Registered: every output.
`include "dojo_assert.svh"

module edge_receive #(
    parameter int unsigned Ports = dojo_pkg::EdgePorts,
    parameter int unsigned Slots = dojo_pkg::EdgeSlots,
    parameter int unsigned QueueDepth = dojo_pkg::EdgeQueueDepth,
    localparam int unsigned PlaceBits = $clog2(2 * QueueDepth)
) (
    input  logic                                     clk_i,
    input  logic                                     rst_ni,
    input  dojo_pkg::edge_state_e                    state_i,
    // beats
    input  logic                                     valid_i,
    input  logic                                     last_i,
    input  logic                                     good_i,
    input  logic                                     broken_i,
    input  logic [Slots-1:0][edge_pkg::SlotBits-1:0] slots_i,
    // to the sending half
    output logic                                     heard_valid_o,
    output dojo_pkg::edge_frame_kind_e               heard_kind_o,
    output logic [15:0]                              heard_acknowledge_o,
    output logic [7:0]                               heard_go_back_o,
    output logic [2*Ports-1:0][PlaceBits-1:0]        heard_freed_o,
    output logic                                     owed_o,
    output logic [15:0]                              acknowledge_o,
    output logic [7:0]                               go_back_o,
    output logic [2*Ports-1:0][PlaceBits-1:0]        freed_o,
    // to the routers
    output logic [Ports-1:0]                         flit_valid_o,
    output dojo_pkg::packet_header_t                 flit_header_o[Ports],
    output logic [Ports-1:0][511:0]                  flit_data_o,
    input  logic [2*Ports-1:0]                       credit_i,
    output logic [31:0]                              bad_o,
    // something came in the last cycle, an output is active, or something will change without a new input
    output logic                                     busy_o
);

  localparam int unsigned Depth = dojo_pkg::RouterDepth;
  localparam int unsigned CountBits = $clog2(Depth + 1);
  localparam int unsigned QueueBits = $clog2(2 * Ports);
  localparam int unsigned FlitBits = dojo_pkg::PacketHeaderBits + 512;
  localparam int unsigned RowBits = PlaceBits;  // of a port's memory: class and place

  // State of the one process below, and read by no other. Places count on, modulo 2 * QueueDepth.
  logic [PlaceBits-1:0] head[2*Ports];   // first flit of queue 2 * p + c
  logic [PlaceBits-1:0] tail[2*Ports];   // behind the last one that counts
  logic [PlaceBits-1:0] ahead[2*Ports];  // behind the last one that came
  logic [2*Ports-1:0]   pending;         // head is not tail
  logic [2*Ports-1:0]   moved;           // ahead is not tail
  logic [CountBits-1:0] credits[2*Ports];
  logic [Ports-1:0]     class_turn;
  logic [15:0]          expected, seen;  // sequence numbers: the next one, and that of the last good data frame
  logic                 gap;             // go_back_o was counted up for the expected frame
  logic [7:0]           go_back;
  logic                 overrun;         // of the frame at hand: a flit had no place, or two were for one port
  logic [31:0]          bad;
  logic                 fresh;           // as restart leaves it
  logic                 active;
  logic [Ports-1:0]     wrote;
  logic                 owed;

  // The trailer, with the last beat of a frame.
  dojo_pkg::edge_frame_t frame;
  logic                  unused;
  assign frame  = slots_i[Slots-1][dojo_pkg::EdgeFrameBits-1:0];
  assign unused = ^{frame.unused, frame.crc};

  // Registers before the memories.
  logic [Ports-1:0]               write_q, read_q;
  logic [Ports-1:0][RowBits-1:0]  write_row_q, read_row_q;
  logic [Ports-1:0][FlitBits-1:0] write_data_q;

  // What the checks see of the last cycle.
  logic credit_overflow_q, again_q, gap_q, gap_again_q, no_credit_q, blocked_q;

  // Blocking assignments go to state that no other process reads.
  /* verilator lint_off BLKSEQ */

  task automatic take_credits;
    for (int unsigned p = 0; p < Ports; p++) begin
      for (int unsigned c = 0; c < 2; c++) begin
        if (credit_i[Ports*c+p]) begin
          if (credits[2*p+c] == CountBits'(Depth)) credit_overflow_q <= 1'b1;
          credits[2*p+c] = credits[2*p+c] + CountBits'(1);
        end
      end
    end
  endtask

  // Gives each port a flit that is there and for which the router has a place.
  task automatic deliver;
    int unsigned q;
    logic        c;
    for (int unsigned p = 0; p < Ports; p++) begin
      if (pending[2*p+:2] != '0) begin
        c = class_turn[p];
        if (!pending[2*p+32'(c)] || credits[2*p+32'(c)] == '0) c = !c;
        q = 2 * p + 32'(c);
        if (pending[q] && credits[q] != '0) begin
          read_q[p]     <= 1'b1;
          read_row_q[p] <= {c, head[q][PlaceBits-2:0]};
          if (pending[q^1] && credits[q^1] == '0) blocked_q <= 1'b1;
          head[q]       = head[q] + PlaceBits'(1);
          pending[q]    = head[q] != tail[q];
          credits[q]    = credits[q] - CountBits'(1);
          class_turn[p] = !c;
          owed          = 1'b1;
        end else no_credit_q <= 1'b1;
      end
    end
  endtask

  task automatic drop_frame;
    for (int unsigned q = 0; q < 2 * Ports; q++) ahead[q] = tail[q];
    moved   = '0;
    overrun = 1'b0;
  endtask

  task automatic ask_to_go_back;
    gap     = 1'b1;
    go_back = go_back + 8'd1;
    owed    = 1'b1;
  endtask

  task automatic store_flits;
    dojo_pkg::packet_header_t                     header;
    logic [dojo_pkg::EdgePortBits-1:0] port;
    int unsigned                       p;
    logic [QueueBits-1:0]              q;
    wrote = '0;
    for (int unsigned s = 0; s < Slots; s++) begin
      {port, header} = slots_i[s][edge_pkg::SlotBits-2:512];
      p              = 32'(port);
      if (p < Ports) begin
        q = QueueBits'(2 * p + 32'(header.cls));
        if (wrote[p] || PlaceBits'(ahead[q] - head[q]) == PlaceBits'(QueueDepth)) overrun = 1'b1;
        else begin
          wrote[p]        = 1'b1;
          write_row_q[p]  <= {header.cls, ahead[q][PlaceBits-2:0]};
          write_data_q[p] <= {header, slots_i[s][511:0]};
          ahead[q]        = ahead[q] + PlaceBits'(1);
          moved[q]        = 1'b1;
        end
      end
    end
    write_q <= wrote;
  endtask

  // A frame has come whole and right.
  task automatic take_frame;
    heard_valid_o <= 1'b1;
    heard_kind_o        <= dojo_pkg::edge_frame_kind_e'(frame.kind);
    heard_acknowledge_o <= frame.acknowledge;
    heard_go_back_o     <= frame.go_back;
    heard_freed_o <= slots_i[Slots-1][dojo_pkg::EdgeFrameBits+:2*Ports*PlaceBits];
    if (frame.kind == dojo_pkg::EdgeFrameKindData) begin
      owed = 1'b1;
      if (frame.sequence_number == expected && !overrun) begin
        for (int unsigned q = 0; q < 2 * Ports; q++) if (moved[q]) tail[q] = ahead[q];
        pending  = pending | moved;
        moved    = '0;
        expected = expected + 16'd1;
        gap      = 1'b0;
      end else if (frame.sequence_number == expected) begin
        bad = bad + 32'd1;
      end else if (16'(frame.sequence_number - expected) < 16'h8000) begin
        gap_q       <= !gap;
        gap_again_q <= gap && 16'(seen - frame.sequence_number) < 16'h8000;
        if (!gap || 16'(seen - frame.sequence_number) < 16'h8000) ask_to_go_back();
      end else again_q <= 1'b1;
      seen = frame.sequence_number;
    end
    drop_frame();
  endtask

  task automatic take_beat;
    fresh = 1'b0;
    store_flits();
    if (last_i) begin
      if (good_i) take_frame();
      else begin
        bad = bad + 32'd1;
        drop_frame();
        if (!gap && state_i == dojo_pkg::EdgeStateUp) ask_to_go_back();
      end
    end
  endtask

  task automatic restart;
    for (int unsigned q = 0; q < 2 * Ports; q++) begin
      head[q]  = '0;
      tail[q]  = '0;
      ahead[q] = '0;
    end
    pending  = '0;
    moved    = '0;
    expected = '0;
    seen     = '0;
    gap      = 1'b0;
    go_back  = '0;
    overrun  = 1'b0;
    fresh    = 1'b1;
  endtask

  task automatic step;
    active = valid_i || broken_i || credit_i != '0;
    owed   = 1'b0;
    heard_valid_o <= 1'b0;
    write_q     <= '0;
    read_q      <= '0;
    again_q     <= 1'b0;
    gap_q       <= 1'b0;
    gap_again_q <= 1'b0;
    no_credit_q <= 1'b0;
    blocked_q   <= 1'b0;
    if (credit_i != '0) take_credits();
    if (state_i == dojo_pkg::EdgeStateDown) restart();
    else if (pending != '0) deliver();
    if (state_i == dojo_pkg::EdgeStateTraining || state_i == dojo_pkg::EdgeStateUp) begin
      if (broken_i) begin
        fresh = 1'b0;
        bad = bad + 32'd1;
        drop_frame();
        if (!gap && state_i == dojo_pkg::EdgeStateUp) ask_to_go_back();
      end
      if (valid_i) take_beat();
    end
    if (owed || pending != '0 || read_q != '0) active = 1'b1;
    for (int unsigned q = 0; q < 2 * Ports; q++) freed_o[q] <= head[q];
    flit_valid_o  <= read_q;
    owed_o        <= owed;
    acknowledge_o <= expected;
    go_back_o     <= go_back;
    bad_o         <= bad;
    busy_o        <= active;
  endtask

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      restart();
      for (int unsigned q = 0; q < 2 * Ports; q++) credits[q] = CountBits'(Depth);
      class_turn    = '0;
      bad           = '0;
      active        = 1'b0;
      owed          = 1'b0;
      heard_valid_o <= 1'b0;
      owed_o        <= 1'b0;
      acknowledge_o <= '0;
      go_back_o     <= '0;
      freed_o       <= '0;
      flit_valid_o  <= '0;
      bad_o         <= '0;
      busy_o        <= 1'b0;
      write_q       <= '0;
      read_q        <= '0;
      credit_overflow_q <= 1'b0;
      again_q           <= 1'b0;
      gap_q             <= 1'b0;
      gap_again_q       <= 1'b0;
      no_credit_q       <= 1'b0;
      blocked_q         <= 1'b0;
    end else if (busy_o || valid_i || broken_i || credit_i != '0 || (state_i == dojo_pkg::EdgeStateDown && !fresh)) begin
      step();
    end
  end

  /* verilator lint_on BLKSEQ */

  for (genvar p = 0; p < Ports; p++) begin : gen_port
    edge_memory #(
        .Rows(2 * QueueDepth),
        .Bits(FlitBits)
    ) u_flits (
        .clk_i,
        .write_i     (write_q[p]),
        .write_row_i (write_row_q[p]),
        .write_data_i(write_data_q[p]),
        .read_i      (read_q[p]),
        .read_row_i  (read_row_q[p]),
        .read_data_o ({flit_header_o[p], flit_data_o[p]})
    );
  end

  // Implementation checks.
  `DOJO_ASSERT(NoCreditOverflow, !credit_overflow_q)
  `DOJO_ASSERT(IdleIsQuiet, busy_o || (flit_valid_o == '0 && !heard_valid_o && !owed_o && read_q == '0 && write_q == '0))

  `DOJO_COVER(FrameAgain, again_q)
  `DOJO_COVER(Gap, gap_q)
  `DOJO_COVER(GapAgain, gap_again_q)
  `DOJO_COVER(NoCredit, no_credit_q)
  `DOJO_COVER(OtherClassBlocked, blocked_q)

endmodule
