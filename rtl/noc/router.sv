// Five-port router with two message classes on one physical link per direction.
//
// Function: single-flit packets, dimension order: class request goes Y first, then X; class data X first, then Y. With a routing table, which
// the host loads through the node's registers route_*, a packet goes where the entry of its destination says instead. The table is that of
// a window, the node's die, with a rim around it of one entry per row, column and corner: each coordinate of a destination outside is
// clamped to it, so that an entry of the rim stands for all nodes that lie behind it; so do the ports of memory beyond the machine's edges,
// where WestColumn lies west of all columns and NorthRow north of all rows. Columns and rows of the table count from the window's
// first, modulo RouteWindowEdge. A packet
// of the own node that has no entry, or is for a place beyond the machine's limits, is not stored but named on unroutable_o; it has used no
// slot, and bit c of unroutable_valid_o returns the credit of its class c. A packet from a link that has no entry here, as its destination is
// missing in this die or behind it, goes to the own node, which tells its sender. Each input has Depth
// slots per class. The slots are no queue: for each output the flit that came first may leave, so that a blocked flit holds up none that
// goes elsewhere; one flit per input and class leaves in a cycle. Per source, destination and class flits stay in order.
// Flits of trees (collective_unit) share the links: one that is given here goes into its output register before all others, as it is, and is
// announced by flit_tree_valid_o in place of flit_valid_o. Bit d of yield_o says that it held up a flit of this router on output d; in the cycle
// in which the giver sees this it chooses none for that output, so that both get half of a link that both want.
// Fairness: per output the oldest flit goes first, of either class. Its age is the field of the header: cycles in the network, and before
// them the lag of its source, which grows while the source waits and shrinks with each flit that it gets in, so that sources that get little
// through gain on the others. Equal ages take turns. The header leaves the network with age 0.
// No starvation: the ten queues (five inputs, two classes) take turns as the favourite, whose first flit goes before all others. The turn
// lasts until it has gone, the next one begins FavourPeriod cycles after the last at the earliest.
// Latency: one cycle per hop; a flit on an input link in cycle t is on the output link in cycle t + 1 when nothing blocks it; a flit of a
// tree in the cycle after it is given.
// Throughput: one flit per output per cycle; a link runs at full rate from Depth 2 on (a credit comes back after two cycles).
// Back-pressure: credits, Depth per link and class. A flit may come only against a credit; bit 4 * c + d of credit_o returns one of
// class c to the neighbour in direction d (inject_credit_o: bit c, to the network interface).
// Registered: every output. Inputs reach registers only; there is no combinational path from an input to an output. The table is not reset,
// and constant while traffic runs.
`include "dojo_assert.svh"

module router #(
    parameter int unsigned Depth = dojo_pkg::RouterDepth,
    parameter int unsigned PayloadBits = 512  // proofs take fewer
) (
    input  logic                                clk_i,
    input  logic                                rst_ni,
    // coordinates of this node, constant
    input  logic [dojo_pkg::CoordinateBits-1:0] x_i,
    input  logic [dojo_pkg::CoordinateBits-1:0] y_i,
    // links: north (y - 1), east (x + 1), south (y + 1), west (x - 1)
    input  logic [3:0]                          flit_valid_i,
    input  dojo_pkg::packet_header_t            flit_header_i[4],
    input  logic [3:0][PayloadBits-1:0]              flit_data_i,
    output logic [7:0]                          credit_o,
    output logic [3:0]                          flit_valid_o,
    output dojo_pkg::packet_header_t            flit_header_o[4],
    output logic [3:0][PayloadBits-1:0]              flit_data_o,
    input  logic [7:0]                          credit_i,
    // flits of trees for the output links: one up, or one down for several of them; never both for one
    input  logic [3:0]                          up_valid_i,
    input  dojo_pkg::packet_header_t            up_header_i,
    input  logic [PayloadBits-1:0]              up_data_i,
    input  logic [3:0]                          down_valid_i,
    input  dojo_pkg::packet_header_t            down_header_i,
    input  logic [PayloadBits-1:0]              down_data_i,
    output logic [3:0]                          flit_tree_valid_o,
    output logic [3:0]                          yield_o,
    // local port: from and to the network interface
    input  logic                                inject_valid_i,
    input  dojo_pkg::packet_header_t            inject_header_i,
    input  logic [PayloadBits-1:0]              inject_data_i,
    output logic [1:0]                          inject_credit_o,
    output logic                                eject_valid_o,
    output dojo_pkg::packet_header_t            eject_header_o,
    output logic [PayloadBits-1:0]              eject_data_o,
    input  logic [1:0]                          eject_credit_i,
    // packets of the own node to which there is no way, by class
    output logic [1:0]                          unroutable_valid_o,
    output dojo_pkg::access_error_t             unroutable_o,
    // the host writes a register of the node
    input  logic                                host_valid_i,
    input  logic [31:0]                         host_address_i,
    input  logic [63:0]                         host_data_i,
    // no flit is queued, and neither a flit, of a tree or not, nor a credit leaves in this cycle
    output logic                                empty_o
);

  localparam int unsigned Ports = 5;
  localparam int unsigned Queues = 2 * Ports;  // bit 2 * p + c of a vector over queues: class c of input p
  localparam int unsigned SlotBits = (Depth > 1) ? $clog2(Depth) : 1;
  localparam int unsigned CountBits = $clog2(Depth + 1);
  localparam int unsigned OrderBits = Depth * SlotBits;
  localparam int unsigned AgeBits = dojo_pkg::AgeBits;
  localparam int unsigned TimeBits = AgeBits + 2;     // a flit may wait in one router for 3 times the largest age before it seems young
  localparam int unsigned LagShift = 5;               // a flit that gets in takes 1/32 of the source's lag with it
  localparam int unsigned LagBits = AgeBits - 1 + LagShift;
  localparam int unsigned FavourPeriod = 16;          // a power of two
  localparam int unsigned EdgeBits = $clog2(dojo_pkg::RouteWindowEdge);

  localparam logic [2:0] North = 3'd0;
  localparam logic [2:0] East = 3'd1;
  localparam logic [2:0] South = 3'd2;
  localparam logic [2:0] West = 3'd3;
  localparam logic [2:0] Local = 3'd4;
  localparam logic [dojo_pkg::CoordinateBits-1:0] WestColumn = dojo_pkg::CoordinateBits'(dojo_pkg::WestColumn);
  localparam logic [dojo_pkg::CoordinateBits-1:0] NorthRow = dojo_pkg::CoordinateBits'(dojo_pkg::NorthRow);

  // Integration checks.
  if (Depth < 1) begin : gen_depth_check
    $error("router: Depth must be at least 1");
  end
  if ((1 << EdgeBits) != dojo_pkg::RouteWindowEdge || 8 * dojo_pkg::ControlRouteTableCount != dojo_pkg::RouteWindowEdge ** 2) begin : gen_table_check
    $error("router: route_of splits coordinates at bits, and finds eight destinations in a word");
  end

  // State of the one process below, and read by no other.
  dojo_pkg::packet_header_t slot_header[Ports][2][Depth];
  logic [PayloadBits-1:0]   slot_data[Ports][2][Depth];
  logic [2:0]               slot_output[Ports][2][Depth];
  logic [TimeBits-1:0]      slot_birth[Ports][2][Depth];  // `now` when the flit was of age 0
  logic [OrderBits-1:0]     order[Ports][2];             // numbers of the slots: those of flits in order of arrival, then the free ones
  logic [CountBits-1:0]     count[Ports][2];
  logic [Queues-1:0]        occupied;                    // count is not zero
  logic [CountBits-1:0]     credits[Ports][2] /*verilator public_flat_rd*/;  // slots free behind the output, per class
  logic [Queues-1:0]        after[Ports];                // queues that follow the output's last winner
  logic [TimeBits-1:0]      now;                         // cycles in which this router had flits
  logic [2:0]               first_output;                // output that chooses first
  logic [LagBits-1:0]       lag[2];                      // of this node's source, per class, in 1/2**LagShift cycles
  logic [3:0]               favourite;                   // queue
  logic                     favouring;                   // the favourite's turn has begun

  // Registers that the host writes; read by the same process only.
  logic [63:0]                         routes[dojo_pkg::ControlRouteTableCount];  // a byte per destination, eight in a row
  logic                                routes_on;
  logic [dojo_pkg::CoordinateBits-1:0] window_x, window_y;                        // of the window's first node
  logic [dojo_pkg::CoordinateBits-1:0] window_last_x, window_last_y;              // of its last one
  logic [dojo_pkg::CoordinateBits-1:0] limit_x, limit_y;                          // the machine's last column and row
  logic                                limit_memory;                              // WestColumn and NorthRow are the machine's, too

  logic [3:0]                          tree_valid;  // outputs that a flit of a tree takes

  // What the checks see of the last cycle.
  logic              queue_overflow_q, credit_overflow_q, credit_underflow_q, bad_turn_q, bad_window_q, double_grant_q, bad_order_q;
  logic [Queues-1:0] sent_q[Ports];       // queue whose flit went to the output
  logic [Queues-1:0] no_credit_q;         // entry 2 * o + c: a flit of class c waited for output o without a credit
  logic [Ports-1:0]  contended_q;         // several queues asked for the output
  logic [Ports-1:0]  tie_q;               // the output's winner was no older than another flit
  logic [Queues-1:0] straight_q;          // the flit came from the link and found the queue empty and its output free
  logic [Queues-1:0] full_q;              // the queue holds Depth flits
  logic [Queues-1:0] overtook_q;          // the flit that left was not the first of its queue
  logic [Queues-1:0] favoured_q;          // the flit that left was the favourite's, and not alone

  // Output port of a flit of class `data` (X first) or request (Y first).
  function automatic logic [2:0] route(input logic [dojo_pkg::CoordinateBits-1:0] dst_x, dst_y, x, y, input logic data);
    logic [2:0] along_x, along_y;
    along_x = (dst_x > x) ? East : (dst_x < x) ? West : Local;
    along_y = (dst_y > y) ? South : (dst_y < y) ? North : Local;
    return data ? ((along_x != Local) ? along_x : along_y) : ((along_y != Local) ? along_y : along_x);
  endfunction

  // Column or row of the table that a coordinate has in a window from `first` to `last`; `outermost` is the one before the machine's first.
  function automatic logic [EdgeBits-1:0] place_in(input logic [dojo_pkg::CoordinateBits-1:0] coordinate, first, last, outermost);
    logic [dojo_pkg::CoordinateBits-1:0] clamped;
    clamped = (coordinate < first || coordinate == outermost) ? first - dojo_pkg::CoordinateBits'(1) :
              (coordinate > last) ? last + dojo_pkg::CoordinateBits'(1) : coordinate;
    return EdgeBits'(clamped - first);
  endfunction

  // The same by the table, if there is one; more than Local: there is no way.
  function automatic logic [2:0] route_of(input logic [dojo_pkg::CoordinateBits-1:0] dst_x, dst_y, input logic data);
    logic [2*EdgeBits-1:0] place;
    if (!routes_on) return route(dst_x, dst_y, x_i, y_i, data);
    place = {place_in(dst_y, window_y, window_last_y, NorthRow), place_in(dst_x, window_x, window_last_x, WestColumn)};
    return routes[place[2*EdgeBits-1:3]][{place[2:0], data, 2'd0}+:3];
  endfunction

  // Whether the machine has nothing in the column and row of a destination.
  function automatic logic is_beyond(input logic [dojo_pkg::CoordinateBits-1:0] dst_x, dst_y);
    return (dst_x > limit_x && !(limit_memory && dst_x == WestColumn)) || (dst_y > limit_y && !(limit_memory && dst_y == NorthRow));
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

  function automatic logic [SlotBits-1:0] slot_at(input logic [OrderBits-1:0] numbers, input int unsigned place);
    return numbers[place*SlotBits+:SlotBits];
  endfunction

  // The order without its entry at `place`, which follows as the last of the free ones.
  function automatic logic [OrderBits-1:0] order_without(input logic [OrderBits-1:0] numbers, input int unsigned place);
    logic [OrderBits-1:0] before_it;
    before_it = (OrderBits'(1) << (place * SlotBits)) - OrderBits'(1);
    return (numbers & before_it) | ((numbers >> SlotBits) & ~before_it) |
           (OrderBits'(slot_at(numbers, place)) << ((Depth - 1) * SlotBits));
  endfunction

  function automatic logic [OrderBits-1:0] initial_order();
    logic [OrderBits-1:0] numbers;
    for (int unsigned k = 0; k < Depth; k++) numbers[k*SlotBits+:SlotBits] = SlotBits'(k);
    return numbers;
  endfunction

  // Blocking assignments go to state that no other process reads.
  /* verilator lint_off BLKSEQ */

  task automatic write_register;
    if (host_address_i[31:12] == dojo_pkg::ControlBase[31:12]) begin
      if (host_address_i[11:0] == dojo_pkg::ControlRouteLimitOffset[11:0]) begin
        limit_x = host_data_i[dojo_pkg::CoordinateBits-1:0];
        limit_y = host_data_i[16+:dojo_pkg::CoordinateBits];
        limit_memory = host_data_i[63];
      end else if (host_address_i[11:0] == dojo_pkg::ControlRouteWindowOffset[11:0]) begin
        window_x      = host_data_i[dojo_pkg::CoordinateBits-1:0];
        window_y      = host_data_i[16+:dojo_pkg::CoordinateBits];
        window_last_x = host_data_i[32+:dojo_pkg::CoordinateBits];
        window_last_y = host_data_i[48+:dojo_pkg::CoordinateBits];
        routes_on     = host_data_i[63];
        if (routes_on && (x_i < window_x || x_i > window_last_x || y_i < window_y || y_i > window_last_y)) bad_window_q <= 1'b1;
      end else if (host_address_i[11:10] == dojo_pkg::ControlRouteTableOffset[11:10] && host_address_i[2:0] == 3'd0) begin
        routes[host_address_i[3+:$clog2(dojo_pkg::ControlRouteTableCount)]] = host_data_i;
      end
    end
  endtask

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

  // Age that the flit of a slot has now, and that it has when it arrives at the next router.
  function automatic logic [TimeBits-1:0] age_of(input logic [TimeBits-1:0] birth);
    return now - birth;
  endfunction

  function automatic logic [AgeBits-1:0] age_on_arrival(input logic [TimeBits-1:0] birth);
    logic [TimeBits-1:0] age;
    age = age_of(birth) + TimeBits'(1);
    return (age[TimeBits-1:AgeBits] != '0) ? '1 : age[AgeBits-1:0];
  endfunction

  // Puts the flit on link `p`, which wants output `to`, into a free slot; its age on arrival is that of its header.
  task automatic store(input logic [2:0] p, to, input dojo_pkg::packet_header_t header, input logic [PayloadBits-1:0] data,
                       input logic [AgeBits-1:0] age);
    logic                c;
    logic [SlotBits-1:0] slot;
    c    = header.cls;
    slot = slot_at(order[p][c], 32'(count[p][c]) % Depth);
    slot_header[p][c][slot] = header;
    slot_data[p][c][slot]   = data;
    slot_output[p][c][slot] = to;
    slot_birth[p][c][slot]  = now - TimeBits'(age);
    if (count[p][c] == CountBits'(Depth)) queue_overflow_q <= 1'b1;
    if (routes_on ? (to == p && p != Local) : !turn_is_legal(p, to, c)) bad_turn_q <= 1'b1;
    count[p][c] = count[p][c] + CountBits'(1);
  endtask

  task automatic forward_tree_flits;
    for (int unsigned d = 0; d < 4; d++) begin
      if (up_valid_i[d]) begin
        flit_header_o[d] <= up_header_i;
        flit_data_o[d]   <= up_data_i;
      end else if (down_valid_i[d]) begin
        flit_header_o[d] <= down_header_i;
        flit_data_o[d]   <= down_data_i;
      end
    end
  endtask

  // Stores the flits on the input links, then moves a flit into the output register of each output that has a request and a credit:
  // what has just been stored may leave at once.
  task automatic switch_flits;
    logic                c, is_older;
    logic [2:0]          w, to;
    logic [SlotBits-1:0] slot;
    logic [CountBits-1:0] place;
    logic [Ports-1:0]    asked;
    logic [TimeBits-1:0] age, oldest;
    logic [Queues-1:0]   arrived, fresh, no_credit, moved, full, pending, best, overtook, favoured, one;
    logic [Queues-1:0]   requests[Ports];
    logic [Queues-1:0]   winner[Ports];
    logic [CountBits-1:0] places[Ports][Queues];  // of the flit with which a queue asks for an output
    logic [Ports-1:0]    granted, contended, tie;

    now   = now + TimeBits'(1);
    fresh = '0;
    for (int unsigned p = 0; p < 4; p++) begin
      if (flit_valid_i[p]) begin
        arrived  = 10'({flit_header_i[p].cls, !flit_header_i[p].cls}) << (2 * p);
        fresh    = fresh | (arrived & ~occupied);
        occupied = occupied | arrived;
        to       = route_of(flit_header_i[p].dst_x, flit_header_i[p].dst_y, flit_header_i[p].cls);
        if (to > Local) to = Local;
        store(p[2:0], to, flit_header_i[p], flit_data_i[p], flit_header_i[p].age);
      end
    end
    unroutable_valid_o <= '0;
    if (inject_valid_i) begin
      to = route_of(inject_header_i.dst_x, inject_header_i.dst_y, inject_header_i.cls);
      if (is_beyond(inject_header_i.dst_x, inject_header_i.dst_y)) to = dojo_pkg::RouteNone;
    end
    if (inject_valid_i && to > Local) begin
      unroutable_valid_o <= {inject_header_i.cls, !inject_header_i.cls};
      unroutable_o       <= '{valid: 1'b1, address_high: 6'(inject_header_i.addr >> 32), kind: dojo_pkg::AccessKindUnreachable, y: inject_header_i.dst_y,
                              x: inject_header_i.dst_x, address: 32'(inject_header_i.addr)};
    end else if (inject_valid_i) begin
      arrived  = {inject_header_i.cls, !inject_header_i.cls, 8'd0};
      fresh    = fresh | (arrived & ~occupied);
      occupied = occupied | arrived;
      store(Local, to, inject_header_i, inject_data_i, AgeBits'(lag[inject_header_i.cls] >> LagShift));
    end

    // Requests: from each queue the first flit for each output.
    no_credit = '0;
    full      = '0;
    for (int unsigned o = 0; o < Ports; o++) requests[o] = '0;
    for (int unsigned i = 0; i < Queues; i++) begin
      if (occupied[i]) begin
        asked = '0;
        for (int unsigned k = 0; k < Depth; k++) begin
          if (k < 32'(count[i[3:1]][i[0]])) begin
            to = slot_output[i[3:1]][i[0]][slot_at(order[i[3:1]][i[0]], k)];
            if (!asked[to]) begin
              asked = asked | (5'd1 << to);
              if (credits[to][i[0]] != '0) begin
                requests[to]  = requests[to] | (10'd1 << i);
                places[to][i] = CountBits'(k);
              end else no_credit = no_credit | (10'd1 << {to, i[0]});
            end
          end
        end
        if (count[i[3:1]][i[0]] == CountBits'(Depth)) full = full | (10'd1 << i);
      end
    end

    // Outputs that flits of trees take.
    yield_o <= '0;
    if (tree_valid != '0) begin
      for (int unsigned d = 0; d < 4; d++) begin
        if (tree_valid[d] && requests[d] != '0) begin
          requests[d] = '0;
          yield_o[d] <= 1'b1;
        end
      end
    end

    // The favourite's first flit, when it has a credit, is all that its queue asks for, and has its output for itself.
    favoured = '0;
    one      = 10'd1 << favourite;
    if (now[$clog2(FavourPeriod)-1:0] == '0) favouring = 1'b1;
    if (favouring && (occupied & one) == '0) begin
      favouring = 1'b0;
      favourite = (favourite == 4'(Queues - 1)) ? '0 : favourite + 4'd1;
    end else if (favouring) begin
      to = slot_output[favourite[3:1]][favourite[0]][slot_at(order[favourite[3:1]][favourite[0]], 0)];
      if ((requests[to] & one) != '0) begin
        if (requests[to] != one) favoured = one;
        for (int unsigned o = 0; o < Ports; o++) requests[o] = requests[o] & ~one;
        requests[to] = one;
        favouring    = 1'b0;
        favourite    = (favourite == 4'(Queues - 1)) ? '0 : favourite + 4'd1;
      end
    end

    // Outputs choose one after the other, another one first in each cycle, among the queues of which no flit leaves yet.
    moved     = '0;
    contended = '0;
    tie       = '0;
    for (int unsigned turn = 0; turn < Ports; turn++) begin
      to      = (32'(first_output) + turn >= Ports) ? 3'(32'(first_output) + turn - Ports) : 3'(32'(first_output) + turn);
      pending = requests[to] & ~moved;
      best    = pending;
      if ((pending & (pending - 10'd1)) != '0) begin
        contended = contended | (5'd1 << to);
        oldest    = '0;
        best      = '0;
        for (int unsigned i = 0; i < Queues; i++) begin
          if (pending[i]) begin
            age      = age_of(slot_birth[i[3:1]][i[0]][slot_at(order[i[3:1]][i[0]], 32'(places[to][i]))]);
            is_older = best == '0 || age > oldest;
            if (age == oldest && best != '0) begin
              tie      = tie | (5'd1 << to);
              is_older = after[to][i] && (best & after[to]) == '0;
            end
            if (is_older) begin
              oldest = age;
              best   = 10'd1 << i;
            end
          end
        end
      end
      winner[to] = best;
      moved      = moved | best;
    end
    first_output = (first_output == 3'(Ports - 1)) ? '0 : first_output + 3'd1;

    overtook = '0;
    granted  = '0;
    arrived  = '0;
    for (int unsigned o = 0; o < Ports; o++) begin
      if (winner[o] != '0) begin
        w     = port_of(winner[o]);
        c     = |(winner[o] & 10'h2aa);
        place = places[o][{w, c}];
        slot  = slot_at(order[w][c], 32'(place));
        if (o == 32'(Local)) begin
          eject_header_o     <= slot_header[w][c][slot];
          eject_header_o.age <= '0;
          eject_data_o       <= slot_data[w][c][slot];
        end else begin
          flit_header_o[o[1:0]]     <= slot_header[w][c][slot];
          flit_header_o[o[1:0]].age <= age_on_arrival(slot_birth[w][c][slot]);
          flit_data_o[o[1:0]]       <= slot_data[w][c][slot];
        end
        if (credits[o][c] == '0) credit_underflow_q <= 1'b1;
        if (place >= count[w][c] || 32'(slot_output[w][c][slot]) != o) bad_order_q <= 1'b1;
        if ((arrived & winner[o]) != '0) double_grant_q <= 1'b1;
        arrived       = arrived | winner[o];
        credits[o][c] = credits[o][c] - CountBits'(1);
        order[w][c]   = order_without(order[w][c], 32'(place));
        count[w][c]   = count[w][c] - CountBits'(1);
        if (count[w][c] == '0) occupied = occupied & ~winner[o];
        if (place != '0) overtook = overtook | winner[o];
        granted[o] = 1'b1;
        after[o]   = ~(winner[o] | (winner[o] - 10'd1));
      end
      sent_q[o] <= winner[o];
    end
    for (int unsigned k = 0; k < 2; k++) begin
      if (moved[8+k]) lag[k] = lag[k] - (lag[k] >> LagShift);
      else if (occupied[8+k] && lag[k][LagBits-1:LagShift] != '1) lag[k] = lag[k] + (LagBits'(1) << LagShift);
    end
    flit_valid_o      <= granted[3:0];
    flit_tree_valid_o <= tree_valid;
    eject_valid_o     <= granted[Local];
    credit_o          <= {moved[7], moved[5], moved[3], moved[1], moved[6], moved[4], moved[2], moved[0]};
    inject_credit_o   <= moved[9:8];

    no_credit_q <= no_credit;
    contended_q <= contended;
    tie_q       <= tie;
    straight_q  <= moved & fresh;
    full_q      <= full;
    overtook_q  <= overtook;
    favoured_q  <= favoured;
  endtask

  assign tree_valid = up_valid_i | down_valid_i;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      for (int unsigned p = 0; p < Ports; p++) begin
        for (int unsigned c = 0; c < 2; c++) begin
          order[p][c]   = initial_order();
          count[p][c]   = '0;
          credits[p][c] = CountBits'(Depth);
        end
        after[p] = '0;
        sent_q[p] <= '0;
      end
      occupied     = '0;
      now          = '0;
      first_output = '0;
      lag[0]       = '0;
      lag[1]       = '0;
      favourite    = '0;
      favouring    = 1'b0;
      routes_on    = 1'b0;
      window_x     = '0;
      window_y     = '0;
      window_last_x = '0;
      window_last_y = '0;
      limit_x      = '1;
      limit_y      = '1;
      limit_memory = 1'b0;
      flit_valid_o       <= '0;
      flit_tree_valid_o  <= '0;
      yield_o            <= '0;
      eject_valid_o      <= 1'b0;
      credit_o           <= '0;
      inject_credit_o    <= '0;
      unroutable_valid_o <= '0;
      empty_o            <= 1'b1;
      queue_overflow_q   <= 1'b0;
      credit_overflow_q  <= 1'b0;
      credit_underflow_q <= 1'b0;
      bad_turn_q         <= 1'b0;
      bad_window_q       <= 1'b0;
      double_grant_q     <= 1'b0;
      bad_order_q        <= 1'b0;
      no_credit_q        <= '0;
      contended_q        <= '0;
      tie_q              <= '0;
      straight_q         <= '0;
      full_q             <= '0;
      overtook_q         <= '0;
      favoured_q         <= '0;
    end else begin
      if (host_valid_i) write_register();
      if (credit_i != '0 || eject_credit_i != '0) return_credits();
      if (tree_valid != '0) forward_tree_flits();
      if (occupied != '0 || flit_valid_i != '0 || inject_valid_i) begin
        switch_flits();
        empty_o <= 1'b0;
      end else if (!empty_o || tree_valid != '0) begin
        flit_valid_o       <= '0;
        flit_tree_valid_o  <= tree_valid;
        yield_o            <= '0;
        eject_valid_o      <= 1'b0;
        credit_o           <= '0;
        inject_credit_o    <= '0;
        unroutable_valid_o <= '0;
        empty_o            <= tree_valid == '0;
        no_credit_q     <= '0;
        contended_q     <= '0;
        tie_q           <= '0;
        straight_q      <= '0;
        full_q          <= '0;
        overtook_q      <= '0;
        favoured_q      <= '0;
        for (int unsigned o = 0; o < Ports; o++) sent_q[o] <= '0;
      end
    end
  end

  /* verilator lint_on BLKSEQ */

  // Implementation checks.
  `DOJO_ASSERT(OneFlitPerLink, (flit_valid_o & flit_tree_valid_o) == '0)
  `DOJO_ASSERT(NoQueueOverflow, !queue_overflow_q)
  `DOJO_ASSERT(NoCreditOverflow, !credit_overflow_q)
  `DOJO_ASSERT(NoCreditUnderflow, !credit_underflow_q)
  `DOJO_ASSERT(TurnsInDimensionOrder, !bad_turn_q)
  `DOJO_ASSERT(WindowHoldsTheNode, !bad_window_q)
  `DOJO_ASSERT(OneFlitPerQueue, !double_grant_q)
  `DOJO_ASSERT(FlitLeavesWhereItWants, !bad_order_q)
  `DOJO_ASSERT(EmptyIsQuiet, !empty_o || (flit_valid_o == '0 && !eject_valid_o && credit_o == '0 && inject_credit_o == '0 &&
                                      unroutable_valid_o == '0 && flit_tree_valid_o == '0 && yield_o == '0))

  `DOJO_COVER(Unroutable, unroutable_valid_o != '0)
  for (genvar q = 0; q < Queues; q++) begin : gen_queue_covers
    `DOJO_COVER(Full, full_q[q])
    `DOJO_COVER(Straight, straight_q[q])
    `DOJO_COVER(NoCredit, no_credit_q[q])
    `DOJO_COVER(Overtook, overtook_q[q])
    `DOJO_COVER(Favoured, favoured_q[q])
  end
  for (genvar o = 0; o < Ports; o++) begin : gen_output_covers
    `DOJO_COVER(Contended, contended_q[o])
    `DOJO_COVER(Tie, tie_q[o])
    if (o < 4) begin : gen_link_covers
      `DOJO_COVER(Yields, yield_o[o])
      `DOJO_COVER(TreeBesideFlit, flit_tree_valid_o[o] && flit_valid_o != '0)
    end
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
