// What a router owes its neighbours, for every neighbour that keeps the rules of credits and of dimension order, and with every routing table:
// proved by scripts/prove for all time, and live in the router's bench. Bound to the router; its ports are those and the state of the
// router, by their names.
//
// One flow is watched: the flits of one class from one input to one output, chosen freely while the router is empty. One flit of it at a
// time is marked, chosen freely when it enters: what holds for the marked flit of the watched flow holds for every flit.
// From the ports and from the source that the router names for each flit that leaves:
// nothing is lost, invented, duplicated, changed, misrouted or reordered; no flit goes without a credit and no credit without a flit; ages
// count; flits of trees pass unchanged; every flit leaves within Deadline cycles as long as no output is without a credit, or taken by flits of
// trees, for DryLimit cycles in a row.
// The invariants below them make the proof inductive. Assertions of this file speak of the time before the first broken rule (`kept`);
// that none is broken is what the proofs assume, and an assertion as the others in simulation (RulesAreKept).
// Latency: an assertion speaks of state and outputs of the same cycle.
`include "dojo_assert.svh"

module router_properties #(
    parameter int unsigned Depth = dojo_pkg::RouterDepth,
    parameter int unsigned FavourPeriod = 16,
    parameter int unsigned PayloadBits = 512,
    // whether what makes the proof inductive is checked as well
    parameter bit          Invariants = 1'b1,
    localparam int unsigned Ports = 5,
    localparam int unsigned Queues = 2 * Ports,
    localparam int unsigned SlotBits = (Depth > 1) ? $clog2(Depth) : 1,
    localparam int unsigned CountBits = $clog2(Depth + 1),
    localparam int unsigned TimeBits = dojo_pkg::AgeBits + 2
) (
    input logic                                clk_i,
    input logic                                rst_ni,
    input logic [dojo_pkg::CoordinateBits-1:0] x_i,
    input logic [dojo_pkg::CoordinateBits-1:0] y_i,
    input logic [3:0]                          flit_valid_i,
    input dojo_pkg::packet_header_t            flit_header_i[4],
    input logic [3:0][PayloadBits-1:0]              flit_data_i,
    input logic [7:0]                          credit_o,
    input logic [3:0]                          flit_valid_o,
    input dojo_pkg::packet_header_t            flit_header_o[4],
    input logic [3:0][PayloadBits-1:0]              flit_data_o,
    input logic [7:0]                          credit_i,
    input logic [3:0]                          up_valid_i,
    input dojo_pkg::packet_header_t            up_header_i,
    input logic [PayloadBits-1:0]              up_data_i,
    input logic [3:0]                          down_valid_i,
    input dojo_pkg::packet_header_t            down_header_i,
    input logic [PayloadBits-1:0]              down_data_i,
    input logic [3:0]                          flit_tree_valid_o,
    input logic [3:0]                          yield_o,
    input logic                                inject_valid_i,
    input dojo_pkg::packet_header_t            inject_header_i,
    input logic [PayloadBits-1:0]              inject_data_i,
    input logic [1:0]                          inject_credit_o,
    input logic                                eject_valid_o,
    input dojo_pkg::packet_header_t            eject_header_o,
    input logic [PayloadBits-1:0]              eject_data_o,
    input logic [1:0]                          eject_credit_i,
    input logic [1:0]                          unroutable_valid_o,
    input logic                                host_valid_i,
    input logic [31:0]                         host_address_i,
    input logic [63:0]                         host_data_i,
    input logic                                empty_o,
    input dojo_pkg::packet_header_t            slot_header[Ports][2][Depth],
    input logic [PayloadBits-1:0]              slot_data[Ports][2][Depth],
    input logic [2:0]                          slot_output[Ports][2][Depth],
    input logic [TimeBits-1:0]                 slot_birth[Ports][2][Depth],
    input logic [Depth*SlotBits-1:0]           order[Ports][2],
    input logic [CountBits-1:0]                count[Ports][2],
    input logic [Queues-1:0]                   occupied,
    input logic [CountBits-1:0]                credits[Ports][2],
    input logic [TimeBits-1:0]                 now,
    input logic [2:0]                          first_output,
    input logic [3:0]                          favourite,
    input logic                                favouring,
    input logic [63:0]                         routes[dojo_pkg::ControlRouteTableCount],
    input logic                                routes_on,
    input logic [dojo_pkg::CoordinateBits-1:0] window_x,
    input logic [dojo_pkg::CoordinateBits-1:0] window_y,
    input logic [dojo_pkg::CoordinateBits-1:0] window_last_x,
    input logic [dojo_pkg::CoordinateBits-1:0] window_last_y,
    input logic [dojo_pkg::CoordinateBits-1:0] limit_x,
    input logic [dojo_pkg::CoordinateBits-1:0] limit_y,
    input logic                                limit_memory,
    input logic [Queues-1:0]                   sent_q[Ports]
);

  localparam int unsigned DryLimit = FavourPeriod;
  // Of the first flit of a queue: until the next turn begins, nine turns of others, and its own.
  localparam int unsigned FirstDeadline = Queues * FavourPeriod + DryLimit - 1;
  localparam int unsigned Deadline = Depth * FirstDeadline;
  localparam int unsigned WaitBits = $clog2(Deadline + 2);
  localparam int unsigned DryBits = $clog2(DryLimit + 1);
  localparam int unsigned PhaseBits = $clog2(FavourPeriod);
  localparam int unsigned RowWords = dojo_pkg::RouteWindowEdge / 8;  // of the table
  localparam int unsigned WordBits = $clog2(dojo_pkg::ControlRouteTableCount);

  localparam logic [2:0] North = 3'd0;
  localparam logic [2:0] East = 3'd1;
  localparam logic [2:0] South = 3'd2;
  localparam logic [2:0] West = 3'd3;
  localparam logic [2:0] Local = 3'd4;
  localparam logic [dojo_pkg::CoordinateBits-1:0] WestColumn = dojo_pkg::CoordinateBits'(dojo_pkg::WestColumn);
  localparam logic [dojo_pkg::CoordinateBits-1:0] NorthRow = dojo_pkg::CoordinateBits'(dojo_pkg::NorthRow);

  typedef logic [CountBits-1:0] count_t;
  typedef struct packed {
    dojo_pkg::packet_header_t header;
    logic [PayloadBits-1:0]   data;
  } watched_t;

  // Where a coordinate stands in a table whose window has so many places: one that is outside next to the first or last of them, and the
  // one before the first at the table's end, where those in front of the machine's first stand, too.
  function automatic int unsigned place_of(input logic [dojo_pkg::CoordinateBits-1:0] coordinate, first, last, in_front);
    int unsigned places;
    places = 32'(last) + 1 - 32'(first);
    if (coordinate == in_front || coordinate < first) return dojo_pkg::RouteWindowEdge - 1;
    return ((coordinate <= last) ? 32'(coordinate) - 32'(first) : places) % dojo_pkg::RouteWindowEdge;
  endfunction

  // Output that a flit must take: the entry of its destination where there is a table; else requests leave their row first, data their
  // column. More than Local: there is no way.
  function automatic logic [2:0] expected_output(input logic [dojo_pkg::CoordinateBits-1:0] dst_x, dst_y, input logic cls);
    int unsigned column, row;
    column = place_of(dst_x, window_x, window_last_x, WestColumn);
    row    = place_of(dst_y, window_y, window_last_y, NorthRow);
    if (routes_on) return 3'(routes[WordBits'(row*RowWords+column/8)]>>(8*(column%8)+(cls?4:0)));
    if (dst_x != x_i && (cls || dst_y == y_i)) return (dst_x > x_i) ? East : West;
    if (dst_y != y_i) return (dst_y > y_i) ? South : North;
    return Local;
  endfunction

  // Whether the machine ends before a coordinate: in the west and north it goes on to memory, if it has any.
  function automatic logic is_outside(input logic [dojo_pkg::CoordinateBits-1:0] coordinate, last, in_front);
    if (limit_memory && coordinate == in_front) return 1'b0;
    return coordinate > last;
  endfunction

  // Whether a neighbour in direction `from` may send a flit here that goes on to output `to`: it does not go back, and without a table from
  // its second dimension it goes straight on or ends.
  function automatic logic may_come(input logic [2:0] from, input logic [2:0] to, input logic cls);
    if (from == Local || to == Local) return 1'b1;
    if (routes_on) return to != from;
    if (cls ? !from[0] : from[0]) return to == (from ^ 3'd2);
    return to != from;
  endfunction

  // Whether the host takes a table into use whose window leaves this node out, or has bits that mean nothing.
  function automatic logic is_bad_window();
    logic [15:0] first_x, first_y, last_x, last_y;
    {last_y, last_x, first_y, first_x} = {1'b0, host_data_i[62:0]};
    return host_valid_i && host_address_i == 32'(dojo_pkg::ControlBase + dojo_pkg::ControlRouteWindowOffset) && host_data_i[63] &&
           (16'(x_i) < first_x || 16'(y_i) < first_y || 16'(x_i) > last_x || 16'(y_i) > last_y ||
            last_x[15:dojo_pkg::CoordinateBits] != '0 || last_y[15:dojo_pkg::CoordinateBits] != '0);
  endfunction

  // What a router may not change.
  function automatic watched_t unchanging(input dojo_pkg::packet_header_t header, input logic [PayloadBits-1:0] data);
    watched_t all;
    all            = {header, data};
    all.header.age = '0;
    return all;
  endfunction

  // Traffic of this cycle. Vectors over queues (2 * input + class) and over outputs and classes (2 * output + class).
  dojo_pkg::packet_header_t [Ports-1:0] header_in, header_out;
  logic [Ports-1:0][PayloadBits-1:0]  data_in, data_out;
  logic [Ports-1:0]         valid_in, valid_out;
  logic [Ports-1:0][2:0]    output_in;     // that the flit must take
  logic [Queues-1:0]        offered;       // a flit is on the input link
  logic [1:0]               refused;       // one of the own node, to which there is no way
  logic [Queues-1:0]        came;          // a flit is on the input link, and is not refused
  logic [Queues-1:0]        strayed;       // one that the neighbour should not have sent here
  logic [Queues-1:0]        sent;          // a flit is on the output link
  logic [Queues-1:0]        freed;         // a credit goes back to the input's neighbour
  logic [Queues-1:0]        returned;      // a credit comes from the output's neighbour
  logic [Queues-1:0]        left;          // a flit of the queue is on an output link
  logic [Queues-1:0]        left_twice;

  always_comb begin
    for (int unsigned p = 0; p < 4; p++) begin
      header_in[p]  = flit_header_i[p];
      data_in[p]    = flit_data_i[p];
      header_out[p] = flit_header_o[p];
      data_out[p]   = flit_data_o[p];
      freed[2*p+:2]    = {credit_o[4+p], credit_o[p]};
      returned[2*p+:2] = {credit_i[4+p], credit_i[p]};
    end
    header_in[4]  = inject_header_i;
    data_in[4]    = inject_data_i;
    header_out[4] = eject_header_o;
    data_out[4]   = eject_data_o;
    freed[9:8]    = inject_credit_o;
    returned[9:8] = eject_credit_i;
    valid_in      = {inject_valid_i, flit_valid_i};
    valid_out     = {eject_valid_o, flit_valid_o};
    left       = '0;
    left_twice = '0;
    for (int unsigned p = 0; p < Ports; p++) begin
      offered[2*p+:2] = {valid_in[p] && header_in[p].cls, valid_in[p] && !header_in[p].cls};
      output_in[p]    = expected_output(header_in[p].dst_x, header_in[p].dst_y, header_in[p].cls);
      if (p != 32'(Local) && output_in[p] > Local) output_in[p] = Local;  // the node answers for the missing destination
      strayed[2*p+:2] = (p == 32'(Local)) ? '0 : offered[2*p+:2] & {2{!may_come(p[2:0], output_in[p], header_in[p].cls)}};
      sent[2*p+:2]    = {|(sent_q[p] & 10'h2aa), |(sent_q[p] & 10'h155)};
      left_twice      = left_twice | (left & sent_q[p]);
      left            = left | sent_q[p];
    end
    refused = offered[9:8] & {2{output_in[Local] > Local || is_outside(header_in[Local].dst_x, limit_x, WestColumn) ||
                               is_outside(header_in[Local].dst_y, limit_y, NorthRow)}};
    came    = offered & ~{refused, 8'd0};
  end

  // Bookkeeping of the neighbours, who keep the rules or not.
  count_t [Queues-1:0] inside_q;            // flits that came, less credits that went back
  logic [1:0]        refused_q;             // of the last cycle
  count_t [Queues-1:0] beyond_q;            // flits that went, less credits that came back
  logic [Queues-1:0][DryBits-1:0] dry_q;    // cycles in a row in which the output had no credit of the class, or a tree's flit
  logic              kept_q;                // since the last reset the neighbours, and the host, kept the rules
  logic              kept_before_q;         // the same a cycle ago
  logic              slow_q;                // since the router was empty, an output was dry for DryLimit cycles
  count_t [Queues-1:0] beyond;              // with the flits that are on the output links
  logic [Queues-1:0] full, dry, dry_too_long;

  always_comb begin
    for (int unsigned q = 0; q < Queues; q++) begin
      beyond[q]       = beyond_q[q] + count_t'(sent[q]);
      full[q]         = inside_q[q] - count_t'(freed[q]) == count_t'(Depth);
      dry[q]          = (beyond[q] == count_t'(Depth) && !returned[q]) || (q < 8 && (up_valid_i[(q/2)%4] || down_valid_i[(q/2)%4]));
      dry_too_long[q] = dry_q[q] >= DryBits'(DryLimit);
    end
  end

  // Flits of trees in the last cycle: they pass as they are.
  logic [3:0]        up_q, down_q;
  watched_t          up_flit_q, down_flit_q;
  logic [3:0]        tree_changed;          // one is not as it came
  always_ff @(posedge clk_i) begin
    up_q        <= rst_ni ? up_valid_i : '0;
    down_q      <= rst_ni ? down_valid_i : '0;
    up_flit_q   <= {up_header_i, up_data_i};
    down_flit_q <= {down_header_i, down_data_i};
  end
  always_comb begin
    for (int unsigned d = 0; d < 4; d++) begin
      tree_changed[d] = (up_q[d] && {flit_header_o[d], flit_data_o[d]} != up_flit_q) ||
                        (down_q[d] && {flit_header_o[d], flit_data_o[d]} != down_flit_q);
    end
  end

  // The watched flow and its marked flit. Queue and output stay as long as a flit is in the router.
  logic [7:0]        choice;
  logic [2:0]        watched_input_q, watched_output_q;
  logic              watched_class_q;
  count_t            flow_q;                // flits of the flow in the router at the beginning of the last cycle
  logic              marked_q;              // one of them is marked
  count_t            ahead_q;               // flits of the flow before the marked one
  watched_t          flit_q;             // of the marked flit
  logic [dojo_pkg::AgeBits-1:0] age_q;      // with which it came
  logic [WaitBits-1:0] wait_q;              // cycles since it came

  free_choice u_choice (
      .clk_i,
      .choice_o(choice)
  );

  logic [3:0]               watched_queue;
  dojo_pkg::packet_header_t watched_header_in, watched_header_out;
  logic                     flow_comes, flow_leaves, mark_leaves;
  logic                     idle;           // no flit is here, and none comes

  assign watched_queue      = {watched_input_q, watched_class_q};
  assign watched_header_in  = header_in[watched_input_q];
  assign watched_header_out = header_out[watched_output_q];
  assign flow_comes  = came[watched_queue] && output_in[watched_input_q] == watched_output_q;
  assign flow_leaves = sent_q[watched_output_q][watched_queue];
  assign mark_leaves = flow_leaves && marked_q && ahead_q == '0;
  assign idle        = empty_o && valid_in == '0;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      kept_q <= 1'b1;
      kept_before_q <= 1'b1;
      slow_q <= 1'b0;
      refused_q <= '0;
      for (int unsigned q = 0; q < Queues; q++) begin
        inside_q[q] <= '0;
        beyond_q[q] <= '0;
        dry_q[q]    <= '0;
      end
    end else begin
      kept_q <= kept_q && (came & full) == '0 && strayed == '0 && !(host_valid_i && valid_in != '0) && !is_bad_window() &&
                (up_valid_i & down_valid_i) == '0;
      kept_before_q <= kept_q;
      refused_q <= refused;
      slow_q <= !idle && (slow_q || dry_too_long != '0);
      for (int unsigned q = 0; q < Queues; q++) begin
        inside_q[q] <= inside_q[q] - count_t'(freed[q]) + count_t'(came[q]);
        beyond_q[q] <= beyond[q] - count_t'(returned[q]);
        if (returned[q] && beyond[q] == '0) kept_q <= 1'b0;
        if (!dry[q]) dry_q[q] <= '0;
        else if (!dry_too_long[q]) dry_q[q] <= dry_q[q] + DryBits'(1);
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni || idle) begin
      watched_input_q  <= (choice[2:0] > Local) ? Local : choice[2:0];
      watched_output_q <= (choice[5:3] > Local) ? Local : choice[5:3];
      watched_class_q  <= choice[6];
      flow_q           <= '0;
      marked_q         <= 1'b0;
      ahead_q          <= '0;
    end else begin
      flow_q <= flow_q - count_t'(flow_leaves) + count_t'(flow_comes);
      if (flow_leaves && marked_q) ahead_q <= ahead_q - count_t'(1);
      if (wait_q != '1) wait_q <= wait_q + WaitBits'(1);
      if (mark_leaves) marked_q <= 1'b0;
      if (flow_comes && choice[7] && (!marked_q || mark_leaves)) begin
        marked_q  <= 1'b1;
        ahead_q   <= flow_q - count_t'(flow_leaves);
        flit_q <= unchanging(watched_header_in, data_in[watched_input_q]);
        age_q     <= watched_header_in.age;
        wait_q    <= '0;
      end
    end
  end

  // Properties.
  logic                            kept, slow;
  count_t                          watched_inside;
  logic [Ports-1:0]                silent_or_two;  // the router does not say which one queue a flit came from, or does without a flit
  logic [TimeBits-1:0]             age_now;        // of the marked flit when it arrives at the next router
  logic [dojo_pkg::AgeBits-1:0]    age_due;

  assign kept    = kept_q;
  assign watched_inside = inside_q[watched_queue];
  assign slow    = slow_q || dry_too_long != '0;
  assign age_now = TimeBits'(age_q) + TimeBits'(wait_q) + TimeBits'(1);
  assign age_due = (watched_output_q == Local) ? '0 : (age_now[TimeBits-1:dojo_pkg::AgeBits] != '0) ? '1 : age_now[dojo_pkg::AgeBits-1:0];

  always_comb begin
    for (int unsigned o = 0; o < Ports; o++)
      silent_or_two[o] = (valid_out[o] ? sent_q[o] == '0 : sent_q[o] != '0) || (sent_q[o] & (sent_q[o] - 10'd1)) != '0;
  end

  logic [Queues-1:0] forged, unpaid;  // credits without flits, flits without credits
  always_comb begin
    for (int unsigned q = 0; q < Queues; q++) begin
      forged[q] = freed[q] && inside_q[q] == '0;
      unpaid[q] = sent[q] && beyond_q[q] == count_t'(Depth);
    end
  end

  `DOJO_COVER(FlitLeavesAtOnce, kept && mark_leaves && wait_q == '0)
  `DOJO_COVER(FlitWaitsForOthers, kept && mark_leaves && wait_q == WaitBits'(Depth))
  `DOJO_COVER(FlitFollowsItsFlow, kept && marked_q && flow_leaves && ahead_q != '0)
  `DOJO_COVER(OutputIsDry, kept && dry != '0)
  `DOJO_COVER(AllSlotsAreTaken, kept && full[watched_queue] && marked_q)
  `DOJO_COVER(FlitGoesByTable, kept && mark_leaves && routes_on)
  `DOJO_COVER(PacketIsRefused, kept && refused_q != '0)

  // All that the proofs assume; a cycle late, so that the router's own assertions tell first what is broken.
  `DOJO_ASSERT(RulesAreKept, kept_before_q)

  `DOJO_ASSERT(EveryFlitHasOneSource, !kept || (silent_or_two == '0 && left_twice == '0))
  `DOJO_ASSERT(CreditForEachFlit, !kept || freed == left)
  `DOJO_ASSERT(NoCreditWithoutFlit, !kept || forged == '0)
  `DOJO_ASSERT(CreditForEachRefusal, !kept || unroutable_valid_o == refused_q)
  `DOJO_ASSERT(NoFlitWithoutCredit, !kept || unpaid == '0)
  `DOJO_ASSERT(TreeFlitsPass, !kept || (flit_tree_valid_o == (up_q | down_q) && tree_changed == '0))
  `DOJO_ASSERT(YieldsToTrees, !kept || (yield_o & ~flit_tree_valid_o) == '0)
  `DOJO_ASSERT(NothingIsInvented, !kept || !flow_leaves || flow_q != '0)
  `DOJO_ASSERT(InOrderAndUnchanged, !kept || !mark_leaves || unchanging(watched_header_out, data_out[watched_output_q]) == flit_q)
  `DOJO_ASSERT(NothingIsLost, !kept || ((!marked_q || watched_inside != '0) && (!empty_o || flow_q == '0)))
  `DOJO_ASSERT(AgesCount, !kept || slow || !mark_leaves || watched_input_q == Local || watched_header_out.age == age_due)
  `DOJO_ASSERT(NoFlitStarves, !kept || slow || !marked_q || 32'(wait_q) <= Deadline)

  // Invariants: the state of the router at the end of the last cycle, against the bookkeeping.
  if (Invariants) begin : gen_invariants
    function automatic logic [SlotBits-1:0] slot_at(input logic [Depth*SlotBits-1:0] numbers, input int unsigned place);
      return numbers[place*SlotBits+:SlotBits];
    endfunction

    logic [Queues-1:0] bad_order, bad_count, bad_inside, bad_credits, bad_output;
    always_comb begin
      bad_order  = '0;
      bad_output = '0;
      for (int unsigned q = 0; q < Queues; q++) begin
        bad_count[q]   = count[q/2][q%2] > count_t'(Depth) || occupied[q] != (count[q/2][q%2] != '0);
        bad_inside[q]  = inside_q[q] - count_t'(freed[q]) != count[q/2][q%2];
        bad_credits[q] = credits[q/2][q%2] > count_t'(Depth) || credits[q/2][q%2] + beyond[q] != count_t'(Depth);
        for (int unsigned k = 0; k < Depth; k++) begin
          if (32'(slot_at(order[q/2][q%2], k)) >= Depth) bad_order[q] = 1'b1;
          for (int unsigned other = 0; other < k; other++)
            if (slot_at(order[q/2][q%2], k) == slot_at(order[q/2][q%2], other)) bad_order[q] = 1'b1;
          if (k < 32'(count[q/2][q%2]) && slot_output[q/2][q%2][slot_at(order[q/2][q%2], k)] > Local) bad_output[q] = 1'b1;
        end
      end
    end

    // The flow's flits in the watched queue, and the marked one's place there.
    count_t              flow_now, ahead_now, found;
    logic                marked_now, mark_found;
    logic [SlotBits-1:0] slot;
    count_t              mark_place;
    logic                mark_is_whole, mark_has_age;

    assign flow_now   = flow_q - count_t'(flow_leaves);
    assign ahead_now  = ahead_q - count_t'(flow_leaves);
    assign marked_now = marked_q && !mark_leaves;
    always_comb begin
      found         = '0;
      slot          = '0;
      mark_found    = 1'b0;
      mark_place    = '0;
      mark_is_whole = 1'b0;
      mark_has_age  = 1'b0;
      for (int unsigned k = 0; k < Depth; k++) begin
        slot = slot_at(order[watched_input_q][watched_class_q], k);
        if (k < 32'(count[watched_input_q][watched_class_q]) &&
            slot_output[watched_input_q][watched_class_q][slot] == watched_output_q) begin
          if (found == ahead_now) begin
            mark_found    = 1'b1;
            mark_place    = count_t'(k);
            mark_is_whole = flit_q == unchanging(slot_header[watched_input_q][watched_class_q][slot], slot_data[watched_input_q][watched_class_q][slot]);
            mark_has_age  = now - slot_birth[watched_input_q][watched_class_q][slot] == TimeBits'(age_q) + TimeBits'(wait_q);
          end
          found = found + count_t'(1);
        end
      end
    end

    // Cycles until the first flit of the watched queue has left: until its turn begins, and as many as it may then wait for a credit.
    logic [PhaseBits-1:0] phase;
    logic [3:0]           turns_before;
    logic [WaitBits-1:0]  first_leaves_in;
    logic [2:0]           favourite_output;
    logic                 favourite_was_dry;

    assign phase            = now[PhaseBits-1:0];
    assign favourite_output = slot_output[favourite[3:1]][favourite[0]][slot_at(order[favourite[3:1]][favourite[0]], 0)];
    assign favourite_was_dry = 32'(dry_q[{favourite_output, favourite[0]}]) > 32'(phase);
    assign turns_before     = (watched_queue >= favourite) ? watched_queue - favourite : 4'(Queues) - favourite + watched_queue;
    always_comb begin
      first_leaves_in = WaitBits'(DryLimit - 1) - WaitBits'(phase) + WaitBits'(FavourPeriod) * WaitBits'(turns_before);
      if (!favouring) first_leaves_in = first_leaves_in + WaitBits'(FavourPeriod);
    end

    `DOJO_ASSERT(OrderIsPermutation, !kept || bad_order == '0)
    `DOJO_ASSERT(CountFitsQueue, !kept || bad_count == '0)
    `DOJO_ASSERT(QueueHoldsWhatIsInside, !kept || bad_inside == '0)
    `DOJO_ASSERT(CreditsAreConserved, !kept || bad_credits == '0)
    `DOJO_ASSERT(SlotsHaveOutputs, !kept || bad_output == '0)
    `DOJO_ASSERT(TurnsInRange, favourite < 4'(Queues) && first_output < 3'(Ports))
    `DOJO_ASSERT(EmptyHoldsNothing, !kept || !empty_o || (occupied == '0 && left == '0 && freed == '0))
    `DOJO_ASSERT(FlowIsInQueue, !kept || found == flow_now)
    `DOJO_ASSERT(MarkIsInQueue, !kept || !marked_now || (mark_found && mark_is_whole))
    `DOJO_ASSERT(MarkGrowsOlder, !kept || slow || !marked_now || watched_input_q == Local || mark_has_age)
    `DOJO_ASSERT(FavouriteWaitsForCredit, !kept || !favouring || (occupied[favourite] && (slow || favourite_was_dry)))
    `DOJO_ASSERT(TurnComesInTime, !kept || slow || !marked_now ||
                 32'(wait_q) + FirstDeadline * 32'(mark_place) + 32'(first_leaves_in) <= Deadline)
  end

endmodule
