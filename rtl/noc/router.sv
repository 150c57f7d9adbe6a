// Five-port router with two message classes on one physical link per direction.
//
// Function: single-flit packets, dimension order: class request goes Y first, then X; class data X first, then Y. Each input has one
// queue of Depth flits per class; per output a rotating arbiter picks among all ten queues, so that the classes share a link fairly and
// neither can block the other. Per source, destination and class flits stay in order.
// Latency: one cycle per hop; a flit on an input link in cycle t is on the output link in cycle t + 1 when nothing blocks it.
// Throughput: one flit per output per cycle; a link runs at full rate from Depth 2 on (a credit comes back after two cycles).
// Back-pressure: credits, Depth per link and class. A flit may come only against a credit; bit 4 * c + d of credit_o returns one of
// class c to the neighbour in direction d (inject_credit_o: bit c, to the network interface).
// Registered: every output. Inputs reach registers only; there is no combinational path from an input to an output.
`include "dojo_assert.svh"

module router #(
    parameter int unsigned Depth = dojo_pkg::RouterDepth
) (
    input  logic                                clk_i,
    input  logic                                rst_ni,
    // coordinates of this node, constant
    input  logic [dojo_pkg::CoordinateBits-1:0] x_i,
    input  logic [dojo_pkg::CoordinateBits-1:0] y_i,
    // links: north (y - 1), east (x + 1), south (y + 1), west (x - 1)
    input  logic [3:0]                          flit_valid_i,
    input  dojo_pkg::packet_header_t            flit_header_i[4],
    input  logic [511:0]                        flit_data_i[4],
    output logic [7:0]                          credit_o,
    output logic [3:0]                          flit_valid_o,
    output dojo_pkg::packet_header_t            flit_header_o[4],
    output logic [511:0]                        flit_data_o[4],
    input  logic [7:0]                          credit_i,
    // local port: from and to the network interface
    input  logic                                inject_valid_i,
    input  dojo_pkg::packet_header_t            inject_header_i,
    input  logic [511:0]                        inject_data_i,
    output logic [1:0]                          inject_credit_o,
    output logic                                eject_valid_o,
    output dojo_pkg::packet_header_t            eject_header_o,
    output logic [511:0]                        eject_data_o,
    input  logic [1:0]                          eject_credit_i,
    // no flit is queued, and neither a flit nor a credit leaves in this cycle
    output logic                                empty_o
);

  localparam int unsigned Ports = 5;
  localparam int unsigned Queues = 2 * Ports;  // bit 2 * p + c of a vector over queues: class c of input p
  localparam int unsigned SlotBits = (Depth > 1) ? $clog2(Depth) : 1;
  localparam int unsigned CountBits = $clog2(Depth + 1);

  localparam logic [2:0] North = 3'd0;
  localparam logic [2:0] East = 3'd1;
  localparam logic [2:0] South = 3'd2;
  localparam logic [2:0] West = 3'd3;
  localparam logic [2:0] Local = 3'd4;

  // Integration checks.
  if (Depth < 1) begin : gen_depth_check
    $error("router: Depth must be at least 1");
  end

  // State of the one process below, and read by no other.
  dojo_pkg::packet_header_t queue_header[Ports][2][Depth];
  logic [511:0]             queue_data[Ports][2][Depth];
  logic [2:0]               queue_route[Ports][2][Depth];  // output of the flit
  logic [SlotBits-1:0]      head[Ports][2];
  logic [SlotBits-1:0]      tail[Ports][2];
  logic [CountBits-1:0]     count[Ports][2];
  logic [Queues-1:0]        occupied;                    // count is not zero
  logic [CountBits-1:0]     credits[Ports][2] /*verilator public_flat_rd*/;  // slots free behind the output, per class
  logic [Queues-1:0]        after[Ports];                // queues that follow the output's last winner

  // What the checks see of the last cycle.
  logic              queue_overflow_q, credit_overflow_q, credit_underflow_q, bad_turn_q, double_grant_q;
  logic [Queues-1:0] sent_q[Ports];       // queue whose flit went to the output
  logic [Queues-1:0] no_credit_q;         // entry 2 * o + c: a flit of class c waited for output o without a credit
  logic [Ports-1:0]  contended_q;         // several queues asked for the output
  logic [Ports-1:0]  wrapped_q;           // the arbiter of the output passed its last queue
  logic [Queues-1:0] straight_q;          // the flit came from the link and found the queue empty and its output free
  logic [Queues-1:0] full_q;              // the queue holds Depth flits

  // Output port of a flit of class `data` (X first) or request (Y first).
  function automatic logic [2:0] route(input logic [dojo_pkg::CoordinateBits-1:0] dst_x, dst_y, x, y, input logic data);
    logic [2:0] along_x, along_y;
    along_x = (dst_x > x) ? East : (dst_x < x) ? West : Local;
    along_y = (dst_y > y) ? South : (dst_y < y) ? North : Local;
    return data ? ((along_x != Local) ? along_x : along_y) : ((along_y != Local) ? along_y : along_x);
  endfunction

  // Whether dimension order can send a flit of class `data` from input `from` to output `to`.
  function automatic logic turn_is_legal(input logic [2:0] from, to, input logic data);
    logic second_dimension;  // the flit has already left its first dimension
    second_dimension = data ? (from == North || from == South) : (from == East || from == West);
    return (from == Local) || (to == Local) || ((from != to) && (!second_dimension || to == (from ^ 3'd2)));
  endfunction

  function automatic logic [2:0] port_of(input logic [Queues-1:0] one_hot);
    return {|(one_hot & 10'h300), |(one_hot & 10'h0f0), |(one_hot & 10'h0cc)};
  endfunction

  function automatic logic [SlotBits-1:0] next_slot(input logic [SlotBits-1:0] slot);
    return (slot == SlotBits'(Depth - 1)) ? '0 : slot + SlotBits'(1);
  endfunction

  // Blocking assignments go to state that no other process reads.
  /* verilator lint_off BLKSEQ */

  task automatic return_credits;
    logic [Queues-1:0] returned;
    returned = {eject_credit_i, credit_i[7], credit_i[3], credit_i[6], credit_i[2], credit_i[5], credit_i[1], credit_i[4], credit_i[0]};
    for (int unsigned o = 0; o < Ports; o++) begin
      for (int unsigned c = 0; c < 2; c++) begin
        if (returned[2*o+c]) begin
          if (credits[o][c] == CountBits'(Depth)) credit_overflow_q <= 1'b1;
          credits[o][c] = credits[o][c] + CountBits'(1);
        end
      end
    end
  endtask

  // Stores the flits on the input links, then moves a flit into the output register of each output that has a request and a credit:
  // what has just been stored may leave at once.
  task automatic switch_flits;
    logic              c;
    logic [2:0]        w, to;
    logic [Queues-1:0] arrived, fresh, no_credit, moved, full, pick;
    logic [Queues-1:0] requests[Ports];
    logic [Ports-1:0]  granted, contended, wrapped;

    fresh = '0;
    for (int unsigned p = 0; p < 4; p++) begin
      if (flit_valid_i[p]) begin
        c = flit_header_i[p].cls;
        queue_header[p][c][tail[p][c]] = flit_header_i[p];
        queue_data[p][c][tail[p][c]]   = flit_data_i[p];
        queue_route[p][c][tail[p][c]]  = route(flit_header_i[p].dst_x, flit_header_i[p].dst_y, x_i, y_i, c);
        if (count[p][c] == CountBits'(Depth)) queue_overflow_q <= 1'b1;
        arrived     = 10'({c, !c}) << (2 * p);
        fresh       = fresh | (arrived & ~occupied);
        occupied    = occupied | arrived;
        tail[p][c]  = next_slot(tail[p][c]);
        count[p][c] = count[p][c] + CountBits'(1);
      end
    end
    if (inject_valid_i) begin
      c = inject_header_i.cls;
      queue_header[Local][c][tail[Local][c]] = inject_header_i;
      queue_data[Local][c][tail[Local][c]]   = inject_data_i;
      queue_route[Local][c][tail[Local][c]]  = route(inject_header_i.dst_x, inject_header_i.dst_y, x_i, y_i, c);
      if (count[Local][c] == CountBits'(Depth)) queue_overflow_q <= 1'b1;
      arrived         = {c, !c, 8'd0};
      fresh           = fresh | (arrived & ~occupied);
      occupied        = occupied | arrived;
      tail[Local][c]  = next_slot(tail[Local][c]);
      count[Local][c] = count[Local][c] + CountBits'(1);
    end

    // Requests of the flits at the heads of the queues.
    no_credit = '0;
    full      = '0;
    for (int unsigned o = 0; o < Ports; o++) requests[o] = '0;
    for (int unsigned i = 0; i < Queues; i++) begin
      if (occupied[i]) begin
        to = queue_route[i[3:1]][i[0]][head[i[3:1]][i[0]]];
        if (credits[to][i[0]] != '0) requests[to] = requests[to] | (10'd1 << i);
        else no_credit = no_credit | (10'd1 << {to, i[0]});
        if (count[i[3:1]][i[0]] == CountBits'(Depth)) full = full | (10'd1 << i);
        if (!turn_is_legal(i[3:1], to, i[0])) bad_turn_q <= 1'b1;
      end
    end

    moved     = '0;
    granted   = '0;
    contended = '0;
    wrapped   = '0;
    for (int unsigned o = 0; o < Ports; o++) begin
      if (requests[o] != '0) begin
        wrapped[o] = (requests[o] & after[o]) == '0;
        pick       = wrapped[o] ? requests[o] : requests[o] & after[o];
        pick       = pick & (~pick + 10'd1);
        w          = port_of(pick);
        c          = |(pick & 10'h2aa);
        if (o == 32'(Local)) begin
          eject_header_o <= queue_header[w][c][head[w][c]];
          eject_data_o   <= queue_data[w][c][head[w][c]];
        end else begin
          flit_header_o[o[1:0]] <= queue_header[w][c][head[w][c]];
          flit_data_o[o[1:0]]   <= queue_data[w][c][head[w][c]];
        end
        if (credits[o][c] == '0) credit_underflow_q <= 1'b1;
        credits[o][c] = credits[o][c] - CountBits'(1);
        head[w][c]   = next_slot(head[w][c]);
        count[w][c]  = count[w][c] - CountBits'(1);
        if (count[w][c] == '0) occupied = occupied & ~pick;
        contended[o] = requests[o] != pick;
        granted[o]   = 1'b1;
        after[o]     = ~(pick | (pick - 10'd1));
        if ((moved & pick) != '0) double_grant_q <= 1'b1;
        moved        = moved | pick;
        sent_q[o] <= pick;
      end else sent_q[o] <= '0;
    end
    flit_valid_o    <= granted[3:0];
    eject_valid_o   <= granted[Local];
    credit_o        <= {moved[7], moved[5], moved[3], moved[1], moved[6], moved[4], moved[2], moved[0]};
    inject_credit_o <= moved[9:8];

    no_credit_q <= no_credit;
    contended_q <= contended;
    wrapped_q   <= wrapped;
    straight_q  <= moved & fresh;
    full_q      <= full;
  endtask

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      for (int unsigned p = 0; p < Ports; p++) begin
        for (int unsigned c = 0; c < 2; c++) begin
          head[p][c]    = '0;
          tail[p][c]    = '0;
          count[p][c]   = '0;
          credits[p][c] = CountBits'(Depth);
        end
        after[p] = '0;
        sent_q[p] <= '0;
      end
      occupied = '0;
      flit_valid_o       <= '0;
      eject_valid_o      <= 1'b0;
      credit_o           <= '0;
      inject_credit_o    <= '0;
      empty_o            <= 1'b1;
      queue_overflow_q   <= 1'b0;
      credit_overflow_q  <= 1'b0;
      credit_underflow_q <= 1'b0;
      bad_turn_q         <= 1'b0;
      double_grant_q       <= 1'b0;
      no_credit_q        <= '0;
      contended_q        <= '0;
      wrapped_q          <= '0;
      straight_q         <= '0;
      full_q             <= '0;
    end else begin
      if (credit_i != '0 || eject_credit_i != '0) return_credits();
      if (occupied != '0 || flit_valid_i != '0 || inject_valid_i) begin
        switch_flits();
        empty_o <= 1'b0;
      end else if (!empty_o) begin
        flit_valid_o    <= '0;
        eject_valid_o   <= 1'b0;
        credit_o        <= '0;
        inject_credit_o <= '0;
        empty_o         <= 1'b1;
        no_credit_q     <= '0;
        contended_q     <= '0;
        wrapped_q       <= '0;
        straight_q      <= '0;
        full_q          <= '0;
        for (int unsigned o = 0; o < Ports; o++) sent_q[o] <= '0;
      end
    end
  end

  /* verilator lint_on BLKSEQ */

  // Implementation checks.
  `DOJO_ASSERT(NoQueueOverflow, !queue_overflow_q)
  `DOJO_ASSERT(NoCreditOverflow, !credit_overflow_q)
  `DOJO_ASSERT(NoCreditUnderflow, !credit_underflow_q)
  `DOJO_ASSERT(TurnsInDimensionOrder, !bad_turn_q)
  `DOJO_ASSERT(OneQueuePerOutput, !double_grant_q)
  `DOJO_ASSERT(EmptyIsQuiet, !empty_o || (flit_valid_o == '0 && !eject_valid_o && credit_o == '0 && inject_credit_o == '0))

  for (genvar q = 0; q < Queues; q++) begin : gen_queue_covers
    `DOJO_COVER(Full, full_q[q])
    `DOJO_COVER(Straight, straight_q[q])
    `DOJO_COVER(NoCredit, no_credit_q[q])
  end
  for (genvar o = 0; o < Ports; o++) begin : gen_output_covers
    `DOJO_COVER(Contended, contended_q[o])
    `DOJO_COVER(Wrapped, wrapped_q[o])
    for (genvar q = 0; q < Queues; q++) begin : gen_turns
      if (turn_is_legal(3'(q / 2), 3'(o), 1'(q % 2))) begin : gen_legal
        `DOJO_COVER(Turn, sent_q[o][q])
      end
    end
  end
  for (genvar p = 0; p < Ports; p++) begin : gen_input_covers
    `DOJO_COVER(BothClassesLeave, (p == 4) ? inject_credit_o == 2'b11 : credit_o[p % 4] && credit_o[4 + p % 4])
  end

endmodule
