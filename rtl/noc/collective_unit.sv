// Lines along trees: multicast, and FP32 sums that go to the root (reduce) or to every member (all_reduce).
//
// Function: a packet whose destination is column dojo_pkg::GroupColumn goes to the tree in bits 1:0 of its destination row; bits 3:2 are its
// tree_mode. A multicast goes up to the root as it is, and from there down to every member. For a sum each node adds the lines of its children
// and, where it is a member, its own, always in this order: own, north, east, south, west; each as soon as it is there. A node with one of them
// passes it on. The root delivers a sum of reduce to itself, member or not, and sends one of all_reduce down; its source is then the root.
// An ERROR packet in a sum makes the sum that ERROR packet, the first one if there are more; contributions of different address, semaphore
// or mode make it an ERROR of kind mismatch that names this node and the address of the first.
// What goes down leaves for each child, and for the node itself, as soon as that way is free.
// Refused at the source (unreachable_o): a packet for a tree that is not valid here, of which this node is no member, or of an
// unknown mode (unreachable); READs, and lines of less than 64 bytes for a sum (unknown).
// Links: the router's. A line that leaves in up_* or down_* goes into the router's output register in the next cycle. up and down never name
// one direction in one cycle; when both want it they take turns. An output on which yield_i is high stays free in that cycle.
// Slots: Depth per input link and tree. On one link in one direction a tree goes up or down, never both; the header's class says which.
// So trees share no slots, and none waits for another's but for turns on links, the adders and the local port. Own lines wait in one queue:
// where trees overlap all nodes start their lines in the same order. While send_room_o is high the queue has SendAhead places: a sender
// that chooses a line for a tree only then, and has no more than SendAhead such lines under way, never finds send_ready_o low.
// Order: what one node sends to one tree arrives in order, at all members the same.
// Latency: a line on an input link in cycle t is on up_* or down_* in t + 1, and on the neighbour's input link in t + 2. A sum takes SumLatency
// cycles more for each addition. Throughput: per cycle one line up, one down, and two additions, one that starts a sum and one that continues one:
// a node with up to three contributions sums a line per cycle, one with four or five in two or three cycles.
// Back-pressure: credits. Bit 4 * t + d of tree_credit_o returns one of tree t to the neighbour in direction d; deliver has DeliverDepth.
// Registered: every output. While everything waits for inputs the unit is not busy. A tree's configuration may change only while none
// of its lines is here.
`include "dojo_assert.svh"

module collective_unit #(
    parameter int unsigned Depth = 3,  // a line leaves in cycle t, and its credit serves another in t + 3
    parameter int unsigned DeliverDepth = dojo_pkg::RouterDepth
) (
    input  logic                                clk_i,
    input  logic                                rst_ni,
    // coordinates of this node, constant
    input  logic [dojo_pkg::CoordinateBits-1:0] x_i,
    input  logic [dojo_pkg::CoordinateBits-1:0] y_i,
    input  dojo_pkg::tree_t                     tree_i[dojo_pkg::Trees],
    // links: north, east, south, west; header and data are those of the router's flits
    input  logic [3:0]                          tree_valid_i,
    input  dojo_pkg::packet_header_t            flit_header_i[4],
    input  logic [3:0][511:0]                        flit_data_i,
    output logic [15:0]                         tree_credit_o,
    output logic [3:0]                          up_valid_o,
    output dojo_pkg::packet_header_t            up_header_o,
    output logic [511:0]                        up_data_o,
    output logic [3:0]                          down_valid_o,
    output dojo_pkg::packet_header_t            down_header_o,
    output logic [511:0]                        down_data_o,
    input  logic [15:0]                         tree_credit_i,
    input  logic [3:0]                          yield_i,
    // packets of this node
    input  logic                                send_valid_i,
    input  dojo_pkg::packet_header_t            send_header_i,
    input  logic [511:0]                        send_data_i,
    output logic                                send_ready_o,
    output logic                                send_room_o,
    // lines for this node
    output logic                                deliver_valid_o,
    output dojo_pkg::packet_header_t            deliver_header_o,
    output logic [511:0]                        deliver_data_o,
    input  logic                                deliver_credit_i,
    // a packet of this node that was refused
    output logic                                unreachable_valid_o,
    output dojo_pkg::access_error_t             unreachable_o,
    // something came in the last cycle, an output is active, or something will change without a new input
    output logic                                busy_o
);

  localparam int unsigned Trees = dojo_pkg::Trees;
  localparam int unsigned IndexBits = $clog2(Trees);
  localparam int unsigned SlotBits = (Depth > 1) ? $clog2(Depth) : 1;
  localparam int unsigned CountBits = $clog2(Depth + 1);
  localparam int unsigned DeliverBits = $clog2(DeliverDepth + 1);
  localparam int unsigned OwnDepth = 8;
  localparam int unsigned OwnSlotBits = $clog2(OwnDepth);
  localparam int unsigned OwnCountBits = $clog2(OwnDepth + 1);
  localparam int unsigned SendAhead = 5;
  // From the cycle in which an addition starts to the one in which its sum leaves or is added to.
  localparam int unsigned SumLatency = float_pkg::FmaLatency + 1;
  // Places for sums: what is under way at full rate with two additions each, and one that is kept for each other tree.
  localparam int unsigned SumBits = $clog2(2 * SumLatency + Trees - 1);
  localparam int unsigned Sums = 2 ** SumBits;
  localparam int unsigned SumCountBits = $clog2(Sums + 1);

  // Where a line comes from: a link, or
  localparam logic [2:0] Own = 3'd4;
  localparam logic [2:0] Sum = 3'd5;
  localparam logic [2:0] None = 3'd7;

  // Sets of adders, by what they do.
  localparam logic Start = 1'b0;
  localparam logic Continue = 1'b1;
  localparam int unsigned Adders = 2;

  // Integration checks.
  if (Trees != 4) begin : gen_trees_check
    $error("collective_unit: a credit has a bit for each of four trees");
  end
  if (OwnDepth != 2 ** OwnSlotBits) begin : gen_circle_check
    $error("collective_unit: places of own lines count in a circle");
  end

  // State of the one process below, and read by no other.
  dojo_pkg::packet_header_t slot_header[4][Trees][Depth];
  logic [511:0]             slot_data[4][Trees][Depth];
  logic [Depth-1:0]         slot_passes[4][Trees];   // the line needs no sum here
  logic [Depth-1:0]         slot_reduces[4][Trees];  // it goes no farther than the root
  logic [SlotBits-1:0]      head[4][Trees];
  logic [CountBits-1:0]     count[4][Trees];
  logic [4:0]               waits[Trees];            // bit d: lines wait in the slots of direction d, bit 4: the first own one is of this tree
  dojo_pkg::packet_header_t own_header[OwnDepth];
  logic [511:0]             own_data[OwnDepth];
  logic [OwnDepth-1:0]      own_passes, own_reduces;
  logic [OwnSlotBits-1:0]   own_head;
  logic [OwnCountBits-1:0]  own_count;
  logic [CountBits-1:0]     credits[4][Trees] /*verilator public_flat_rd*/;
  logic [DeliverBits-1:0]   deliver_credits /*verilator public_flat_rd*/;

  // Sums, from their first addition until they leave.
  dojo_pkg::packet_header_t sum_header[Sums];
  logic [511:0]             sum_data[Sums];
  logic [3:0]               sum_missing[Sums];       // children whose lines are not added yet
  logic [Sums-1:0]          sum_used, sum_reduces;
  logic [Sums-1:0]          sum_partial, sum_done;   // not in the adders, and something is missing or nothing is
  logic [SumBits-1:0]       sum_order[Trees][Sums];  // a circle per tree: its sums in their order
  logic [SumBits-1:0]       sum_first[Trees];
  logic [SumCountBits-1:0]  sum_count[Trees];
  logic [SumBits-1:0]       adding[Adders][Sums];    // a circle per set of adders: sums in it
  logic [SumBits-1:0]       adding_first[Adders], adding_end[Adders];

  // What goes down: per tree the line under way, and where it still has to go (bit 4: to this node).
  logic [2:0]               down_source[Trees];
  logic [4:0]               down_left[Trees];
  logic [4:0]               after[Trees];            // sources that follow the last line which needed no sum
  logic [IndexBits-1:0]     down_turn, up_turn, start_turn, continue_turn;
  logic [3:0]               up_waits;                // a line up has left the output to one down: it is next
  logic                     active;                  // something has changed: there may be more to do
  dojo_pkg::tree_t          used[Trees];             // the configuration when the last line came

  // The line at hand.
  dojo_pkg::packet_header_t line_header;
  logic [511:0]             line_data;
  logic [15:0]              returned;                // credits

  // Operands and result of the adders.
  logic [Adders-1:0] add_valid_q;
  logic [511:0]      add_a_q[Adders], add_b_q[Adders];
  logic [Adders-1:0] sum_valid;
  logic [511:0]      sum[Adders];

  // What the checks see of the last cycle.
  logic             stray_q, overflow_q, credit_overflow_q, changed_q;
  logic [3:0]       no_credit_q;              // a line waited for the direction without a credit
  logic             no_deliver_credit_q;
  logic             part_sent_q;              // a line down left for some of its ways
  logic             turn_about_q;             // a line up waits for one down
  logic             yielded_q;                // a line up waits for the router
  logic [Trees-1:0] started_q, continued_q;   // additions
  logic             overlapped_q;             // a sum went on that is not the youngest
  logic             sums_full_q;              // a sum waits for a place
  logic             mismatch_q, error_q;      // a sum has become an ERROR packet

  function automatic logic is_root(input logic [IndexBits-1:0] t);
    return tree_i[t].parent[2];
  endfunction

  // Contributions to a sum of tree `t`.
  function automatic logic [4:0] inputs_of(input logic [IndexBits-1:0] t);
    return {tree_i[t].member, tree_i[t].children};
  endfunction

  // Whether a line that goes up needs no sum here.
  function automatic logic passes(input logic [IndexBits-1:0] t, input logic [1:0] mode);
    logic [4:0] inputs;
    inputs = inputs_of(t);
    return mode == 2'(dojo_pkg::TreeModeMulticast) || (inputs & (inputs - 5'd1)) == '0;
  endfunction

  function automatic logic [2:0] first_of(input logic [4:0] sources);
    return sources[0] ? 3'd0 : sources[1] ? 3'd1 : sources[2] ? 3'd2 : sources[3] ? 3'd3 : sources[4] ? Own : None;
  endfunction

  // Sources of tree `t` whose first line needs no sum.
  function automatic logic [4:0] passing(input logic [IndexBits-1:0] t);
    logic [4:0] found;
    found = waits[t] & {1'b1, tree_i[t].children};
    for (int unsigned d = 0; d < 4; d++) found[d] = found[d] && slot_passes[d][t][head[d][t]];
    found[4] = found[4] && own_passes[own_head];
    return found;
  endfunction

  // Sources whose first line is a contribution to a sum. A slot left in this cycle has the wire of its credit for itself.
  function automatic logic [4:0] contributing(input logic [IndexBits-1:0] t);
    return waits[t] & {1'b1, tree_i[t].children} & ~passing(t) & ~{1'b0, returned[{t, 2'd0}+:4]};
  endfunction

  // The next line of tree `t` on its way up: a sum, or one that needs none. It overtakes no sum to which its source has contributed.
  function automatic logic [2:0] source_up(input logic [IndexBits-1:0] t);
    logic [4:0]         found;
    logic [SumBits-1:0] oldest;
    found  = passing(t);
    oldest = sum_order[t][sum_first[t]];
    if (sum_count[t] != '0) found = found & {1'b0, sum_missing[oldest]};
    return (sum_count[t] != '0 && sum_done[oldest]) ? Sum
         : ((found & after[t]) != '0) ? first_of(found & after[t]) : first_of(found);
  endfunction

  // Whether there is a place for one more sum of tree `t` that is not kept for another tree.
  function automatic logic has_place(input logic [IndexBits-1:0] t);
    int unsigned free;
    free = Sums;
    for (int unsigned k = 0; k < Sums; k++) free = free - 32'(sum_used[k]);
    for (int unsigned u = 0; u < Trees; u++) free = free - ((u != 32'(t) && sum_count[u] == '0) ? 32'd1 : 32'd0);
    return free != 32'd0;
  endfunction

  // Blocking assignments go to state that no other process reads.
  /* verilator lint_off BLKSEQ */

  // ---- Arrival.

  // A line of tree `t` comes; the configuration must be the one that is in use.
  task automatic check_configuration(input logic [IndexBits-1:0] t);
    if ((waits[t] != '0 || sum_count[t] != '0) && tree_i[t] != used[t]) changed_q <= 1'b1;
    used[t] = tree_i[t];
  endtask

  task automatic take_credits;
    for (int unsigned t = 0; t < Trees; t++) begin
      for (int unsigned d = 0; d < 4; d++) begin
        if (tree_credit_i[4*t+d]) begin
          if (credits[d][t] == CountBits'(Depth)) credit_overflow_q <= 1'b1;
          credits[d][t] = credits[d][t] + CountBits'(1);
        end
      end
    end
  endtask

  task automatic store(input logic [1:0] d, input dojo_pkg::packet_header_t header, input logic [511:0] data);
    logic [IndexBits-1:0] t;
    logic [SlotBits-1:0]  slot;
    logic                 from_child, from_parent;
    t           = header.dst_y[IndexBits-1:0];
    from_child  = tree_i[t].valid && tree_i[t].children[d] && header.cls == dojo_pkg::PacketClassRequest;
    from_parent = tree_i[t].valid && tree_i[t].parent == 3'(d) && header.cls == dojo_pkg::PacketClassData;
    check_configuration(t);
    if (from_child == from_parent) stray_q <= 1'b1;
    if (count[d][t] == CountBits'(Depth)) overflow_q <= 1'b1;
    slot = (32'(head[d][t]) + 32'(count[d][t]) >= Depth) ? SlotBits'(32'(head[d][t]) + 32'(count[d][t]) - Depth)
         : SlotBits'(32'(head[d][t]) + 32'(count[d][t]));
    slot_header[d][t][slot] = header;
    slot_data[d][t][slot]   = data;
    slot_passes[d][t][slot]  = passes(t, header.dst_y[3:2]);
    slot_reduces[d][t][slot] = header.dst_y[3:2] == 2'(dojo_pkg::TreeModeReduce);
    count[d][t] = count[d][t] + CountBits'(1);
    waits[t][{1'b0, d}] = 1'b1;
  endtask

  task automatic send;
    logic [IndexBits-1:0]   t;
    logic [1:0]             mode;
    logic                   reachable, known;
    logic [OwnSlotBits-1:0] slot;
    t         = send_header_i.dst_y[IndexBits-1:0];
    mode      = send_header_i.dst_y[3:2];
    reachable = tree_i[t].valid && tree_i[t].member && mode <= 2'(dojo_pkg::TreeModeAllReduce);
    known     = send_header_i.op != dojo_pkg::PacketOpRead && (mode == 2'(dojo_pkg::TreeModeMulticast) || send_header_i.size == 3'd6);
    if (!reachable || !known) begin
      unreachable_valid_o <= 1'b1;
      unreachable_o       <= '{valid: 1'b1, address_high: send_header_i.addr[37:32], kind: reachable ? dojo_pkg::AccessKindUnknown : dojo_pkg::AccessKindUnreachable,
                               y: send_header_i.dst_y, x: send_header_i.dst_x, address: send_header_i.addr[31:0]};
      active = 1'b1;
    end else begin
      check_configuration(t);
      slot = own_head + OwnSlotBits'(own_count);
      own_header[slot] = send_header_i;
      own_data[slot]   = send_data_i;
      own_passes[slot]  = passes(t, mode);
      own_reduces[slot] = mode == 2'(dojo_pkg::TreeModeReduce);
      if (own_count == '0) waits[t][4] = 1'b1;
      own_count = own_count + OwnCountBits'(1);
    end
  endtask

  // ---- Lines at hand.

  task automatic fetch(input logic [IndexBits-1:0] t, input logic [2:0] source);
    if (source == Sum) begin
      line_header = sum_header[sum_order[t][sum_first[t]]];
      line_data   = sum_data[sum_order[t][sum_first[t]]];
    end else if (source == Own) begin
      line_header = own_header[own_head];
      line_data   = own_data[own_head];
    end else begin
      line_header = slot_header[source[1:0]][t][head[source[1:0]][t]];
      line_data   = slot_data[source[1:0]][t][head[source[1:0]][t]];
    end
  endtask

  // The line has gone.
  task automatic drop(input logic [IndexBits-1:0] t, input logic [2:0] source);
    logic [SumBits-1:0] place;
    logic [1:0]         d;
    d = source[1:0];
    if (source == Sum) begin
      place           = sum_order[t][sum_first[t]];
      sum_used[place] = 1'b0;
      sum_done[place] = 1'b0;
      sum_first[t]    = sum_first[t] + SumBits'(1);
      sum_count[t]    = sum_count[t] - SumCountBits'(1);
    end else if (source == Own) begin
      own_head    = own_head + OwnSlotBits'(1);
      own_count   = own_count - OwnCountBits'(1);
      waits[t][4] = 1'b0;
      if (own_count != '0) waits[own_header[own_head].dst_y[IndexBits-1:0]][4] = 1'b1;
    end else begin
      head[d][t]          = (head[d][t] == SlotBits'(Depth - 1)) ? '0 : head[d][t] + SlotBits'(1);
      count[d][t]         = count[d][t] - CountBits'(1);
      waits[t][{1'b0, d}] = count[d][t] != '0;
      returned[{t, d}]    = 1'b1;
    end
    active = 1'b1;
  endtask

  // A line that needs no sum has been chosen: other sources are next.
  task automatic turn_sources(input logic [IndexBits-1:0] t, input logic [2:0] source);
    if (source != Sum) after[t] = ~((5'd2 << source) - 5'd1);
  endtask

  // ---- Down.

  // The tree's next line down, if there is one: at the root it comes from below.
  task automatic open_down(input logic [IndexBits-1:0] t);
    logic [2:0] source;
    logic       reduces;
    if (!is_root(t)) source = waits[t][tree_i[t].parent] ? tree_i[t].parent : None;
    else begin
      source = source_up(t);
      if (source != None) turn_sources(t, source);
    end
    down_source[t] = source;
    down_left[t]   = inputs_of(t);
    if (is_root(t) && source != None) begin
      reduces = (source == Sum) ? sum_reduces[sum_order[t][sum_first[t]]] : (source == Own) ? own_reduces[own_head]
              : slot_reduces[source[1:0]][t][head[source[1:0]][t]];
      if (reduces) down_left[t] = 5'b10000;
    end
  endtask

  task automatic send_down(input logic [IndexBits-1:0] t, input logic [4:0] ways);
    logic is_sum;
    fetch(t, down_source[t]);
    is_sum = is_root(t) && line_header.dst_y[3:2] != 2'(dojo_pkg::TreeModeMulticast);
    if (ways[3:0] != '0) begin
      down_valid_o      <= ways[3:0];
      down_header_o     <= line_header;
      down_header_o.cls <= dojo_pkg::PacketClassData;
      if (is_sum) begin
        down_header_o.src_x <= x_i;
        down_header_o.src_y <= y_i;
      end
      down_data_o <= line_data;
    end
    if (ways[4]) begin
      deliver_valid_o        <= 1'b1;
      deliver_header_o       <= line_header;
      deliver_header_o.cls   <= dojo_pkg::PacketClassData;
      deliver_header_o.dst_x <= x_i;
      deliver_header_o.dst_y <= y_i;
      if (is_sum) begin
        deliver_header_o.src_x <= x_i;
        deliver_header_o.src_y <= y_i;
      end
      deliver_data_o  <= line_data;
      deliver_credits = deliver_credits - DeliverBits'(1);
    end
    for (int unsigned d = 0; d < 4; d++) credits[d][t] = credits[d][t] - CountBits'(ways[d]);
    part_sent_q  <= down_left[t] != ways;
    down_left[t] = down_left[t] & ~ways;
    active       = 1'b1;
    if (down_left[t] == '0) begin
      drop(t, down_source[t]);
      down_source[t] = None;
    end
  endtask

  // Sends a line of one tree down; `taken` are the outputs that it uses. All of the tasks that move lines choose first: one line is fetched.
  task automatic move_down(output logic [3:0] taken);
    logic [IndexBits-1:0] t, chosen;
    logic [4:0]           ways, chosen_ways;
    logic                 sent;
    sent        = 1'b0;
    chosen      = '0;
    chosen_ways = '0;
    for (int unsigned turn = 0; turn < Trees; turn++) begin
      t = down_turn + IndexBits'(turn);
      if (!sent && (waits[t] != '0 || sum_count[t] != '0)) begin
        if (down_source[t] == None) open_down(t);
        if (down_source[t] != None) begin
          ways = down_left[t] & {deliver_credits != '0, ~(yield_i | up_waits)};
          if (down_left[t][4] && deliver_credits == '0) no_deliver_credit_q <= 1'b1;
          for (int unsigned d = 0; d < 4; d++) begin
            if (ways[d] && credits[d][t] == '0) begin
              ways[d] = 1'b0;
              no_credit_q[d] <= 1'b1;
            end
          end
          if (ways != '0 || down_left[t] == '0) begin
            sent        = 1'b1;
            chosen      = t;
            chosen_ways = ways;
          end
        end
      end
    end
    taken = chosen_ways[3:0];
    if (sent) begin
      down_turn = chosen + IndexBits'(1);
      send_down(chosen, chosen_ways);
    end
  endtask

  // ---- Up.

  task automatic send_up(input logic [IndexBits-1:0] t, input logic [2:0] source);
    logic [1:0] d;
    d = tree_i[t].parent[1:0];
    turn_sources(t, source);
    fetch(t, source);
    up_valid_o      <= 4'd1 << d;
    up_header_o     <= line_header;
    up_header_o.cls <= dojo_pkg::PacketClassRequest;
    up_data_o       <= line_data;
    credits[d][t] = credits[d][t] - CountBits'(1);
    drop(t, source);
  endtask

  // Sends a line of one tree up, unless its output is among `taken`: then it is the next one.
  task automatic move_up(input logic [3:0] taken);
    logic [IndexBits-1:0] t, chosen, next;
    logic [2:0]           source, chosen_source;
    logic [1:0]           d;
    chosen        = '0;
    chosen_source = None;
    next          = up_turn;
    up_waits      = '0;
    for (int unsigned turn = 0; turn < Trees; turn++) begin
      t = up_turn + IndexBits'(turn);
      if (chosen_source == None && !is_root(t) && (waits[t] != '0 || sum_count[t] != '0)) begin
        d      = tree_i[t].parent[1:0];
        source = source_up(t);
        if (source != None) begin
          if (credits[d][t] == '0) no_credit_q[d] <= 1'b1;
          else if (yield_i[d]) yielded_q <= 1'b1;
          else if (taken[d]) begin
            if (up_waits == '0) next = t;
            up_waits[d] = 1'b1;
          end else begin
            if (up_waits == '0) next = t + IndexBits'(1);
            chosen        = t;
            chosen_source = source;
          end
        end
      end
    end
    up_turn      = next;
    turn_about_q <= up_waits != '0;
    if (chosen_source != None) send_up(chosen, chosen_source);
  endtask

  // ---- Sums.

  // The line at hand is a contribution to the sum in `place`: what it does to its header, or in place of the sum.
  task automatic merge(input logic [SumBits-1:0] place);
    if (sum_header[place].op != dojo_pkg::PacketOpError) begin
      if (line_header.op == dojo_pkg::PacketOpError) begin
        sum_header[place].op = dojo_pkg::PacketOpError;
        sum_data[place]      = line_data;
        error_q <= 1'b1;
      end else if (line_header.addr != sum_header[place].addr || line_header.sem_en != sum_header[place].sem_en ||
                   (line_header.sem_en && line_header.sem != sum_header[place].sem) ||
                   line_header.dst_y[3:2] != sum_header[place].dst_y[3:2]) begin
        sum_header[place].op = dojo_pkg::PacketOpError;
        sum_data[place]      = 512'({1'b1, 6'd0, dojo_pkg::AccessKindMismatch, y_i, x_i, sum_header[place].addr[31:0]});
        mismatch_q <= 1'b1;
      end
      if (sum_header[place].op == dojo_pkg::PacketOpError) sum_header[place].sem_en = 1'b0;
    end
  endtask

  // Adds the first line from child `d` to the sum in `place`, by one of the sets of adders.
  task automatic add(input logic adders, input logic [IndexBits-1:0] t, input logic [SumBits-1:0] place, input logic [2:0] d);
    fetch(t, d);
    add_valid_q[adders] <= 1'b1;
    add_a_q[adders]     <= sum_data[place];
    add_b_q[adders]     <= line_data;
    merge(place);
    drop(t, d);
    sum_missing[place] = sum_missing[place] & ~(4'd1 << d);
    sum_partial[place] = 1'b0;
    adding[adders][adding_end[adders]] = place;
    adding_end[adders]                 = adding_end[adders] + SumBits'(1);
  endtask

  // The line from `first` becomes a sum to be added to, in a free place.
  task automatic start_sum(input logic [IndexBits-1:0] t, input logic [2:0] first, output logic [SumBits-1:0] place);
    place = '0;
    for (int unsigned k = Sums; k > 0; k--) begin
      if (!sum_used[k-1]) place = SumBits'(k - 1);
    end
    fetch(t, first);
    sum_header[place]  = line_header;
    sum_data[place]    = line_data;
    sum_reduces[place] = line_header.dst_y[3:2] == 2'(dojo_pkg::TreeModeReduce);
    sum_missing[place] = tree_i[t].children & ~4'(5'd1 << first);
    sum_used[place]    = 1'b1;
    sum_order[t][sum_first[t]+SumBits'(sum_count[t])] = place;
    sum_count[t] = sum_count[t] + SumCountBits'(1);
    drop(t, first);
    started_q[t] <= 1'b1;
  endtask

  // The oldest sum of tree `t` that can go on with contributions of `children`. Sums leave the adders in the order in which they began, so that
  // none takes from a child before an older one has.
  task automatic find_sum(input logic [IndexBits-1:0] t, input logic [3:0] children, output logic found, output logic [SumBits-1:0] place,
                          output logic [2:0] d);
    logic [SumBits-1:0] at;
    logic [2:0]         next;
    found = 1'b0;
    place = '0;
    d     = '0;
    for (int unsigned k = 0; k < Sums; k++) begin
      at = sum_order[t][sum_first[t]+SumBits'(k)];
      if (!found && k < 32'(sum_count[t])) begin
        next = first_of({1'b0, sum_missing[at]});
        if (sum_partial[at] && (children & (4'd1 << next)) != '0) begin
          overlapped_q <= k + 1 < 32'(sum_count[t]);
          found = 1'b1;
          place = at;
          d     = next;
        end
      end
    end
  endtask

  // Starts one sum: its first addition.
  task automatic start_addition;
    logic [IndexBits-1:0] t, chosen;
    logic [SumBits-1:0]   place;
    logic [4:0]           inputs, needed;
    logic [2:0]           first, second, chosen_first, chosen_second;
    logic                 started;
    started       = 1'b0;
    chosen        = '0;
    chosen_first  = None;
    chosen_second = None;
    for (int unsigned turn = 0; turn < Trees; turn++) begin
      t      = start_turn + IndexBits'(turn);
      inputs = inputs_of(t);
      if (!started && (waits[t] & inputs) != '0 && (inputs & (inputs - 5'd1)) != '0) begin
        first  = inputs[4] ? Own : first_of(inputs);
        second = first_of({1'b0, inputs[3:0] & ~4'(5'd1 << first)});
        needed = (5'd1 << first) | (5'd1 << second);
        if ((contributing(t) & needed) == needed) begin
          started       = has_place(t);
          chosen        = t;
          chosen_first  = first;
          chosen_second = second;
          if (!started) sums_full_q <= 1'b1;
        end
      end
    end
    if (started) begin
      start_turn = chosen + IndexBits'(1);
      start_sum(chosen, chosen_first, place);
      add(Start, chosen, place, chosen_second);
    end
  endtask

  // Starts one more addition of a sum that has begun.
  task automatic continue_addition;
    logic [IndexBits-1:0] t, chosen;
    logic [SumBits-1:0]   place, at;
    logic [2:0]           child, d;
    logic                 continued, found;
    continued = 1'b0;
    chosen    = '0;
    place     = '0;
    child     = None;
    for (int unsigned turn = 0; turn < Trees; turn++) begin
      t = continue_turn + IndexBits'(turn);
      if (!continued && sum_count[t] != '0 && waits[t][3:0] != '0) begin
        find_sum(t, 4'(contributing(t)), found, at, d);
        if (found) begin
          continued = 1'b1;
          chosen    = t;
          place     = at;
          child     = d;
        end
      end
    end
    if (continued) begin
      continue_turn = chosen + IndexBits'(1);
      add(Continue, chosen, place, child);
      continued_q[chosen] <= 1'b1;
    end
  endtask

  // The result of a set of adders is a sum, or lacks more.
  task automatic take_sum(input logic adders);
    logic [SumBits-1:0] place;
    place                = adding[adders][adding_first[adders]];
    adding_first[adders] = adding_first[adders] + SumBits'(1);
    if (sum_header[place].op != dojo_pkg::PacketOpError) sum_data[place] = sum[adders];
    if (sum_missing[place] != '0) sum_partial[place] = 1'b1;
    else sum_done[place] = 1'b1;
  endtask

  // ---- Everything in its order: what has just come may leave at once.
  task automatic step;
    logic [3:0] taken;
    active   = yield_i != '0 || tree_valid_i != '0 || tree_credit_i != '0 || deliver_credit_i;
    returned = '0;
    up_valid_o          <= '0;
    down_valid_o        <= '0;
    deliver_valid_o     <= 1'b0;
    unreachable_valid_o <= 1'b0;
    add_valid_q         <= '0;
    no_credit_q         <= '0;
    no_deliver_credit_q <= 1'b0;
    part_sent_q         <= 1'b0;
    yielded_q           <= 1'b0;
    sums_full_q         <= 1'b0;
    mismatch_q          <= 1'b0;
    error_q             <= 1'b0;
    started_q           <= '0;
    continued_q         <= '0;
    overlapped_q        <= 1'b0;
    if (tree_credit_i != '0) take_credits();
    if (deliver_credit_i) begin
      if (deliver_credits == DeliverBits'(DeliverDepth)) credit_overflow_q <= 1'b1;
      deliver_credits = deliver_credits + DeliverBits'(1);
    end
    for (int unsigned d = 0; d < 4; d++) begin
      if (tree_valid_i[d]) store(d[1:0], flit_header_i[d], flit_data_i[d]);
    end
    if (send_valid_i && send_ready_o) send();
    if (sum_valid[Start]) take_sum(Start);
    if (sum_valid[Continue]) take_sum(Continue);
    if ((waits[0] | waits[1] | waits[2] | waits[3]) != '0 || sum_used != '0) begin
      move_down(taken);
      move_up(taken);
      if (sum_partial != '0) continue_addition();
      start_addition();
    end
    for (int unsigned k = 0; k < Adders; k++) if (adding_first[k] != adding_end[k]) active = 1'b1;
    tree_credit_o <= returned;
    send_ready_o  <= 32'(own_count) < OwnDepth;
    send_room_o   <= 32'(own_count) + SendAhead <= OwnDepth;
    busy_o        <= active;
  endtask

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      for (int unsigned t = 0; t < Trees; t++) begin
        for (int unsigned d = 0; d < 4; d++) begin
          head[d][t]    = '0;
          count[d][t]   = '0;
          credits[d][t] = CountBits'(Depth);
        end
        waits[t]       = '0;
        sum_first[t]   = '0;
        sum_count[t]   = '0;
        down_source[t] = None;
        after[t]       = '0;
      end
      own_head        = '0;
      own_count       = '0;
      deliver_credits = DeliverBits'(DeliverDepth);
      sum_used        = '0;
      sum_done        = '0;
      sum_partial     = '0;
      for (int unsigned k = 0; k < Adders; k++) begin
        adding_first[k] = '0;
        adding_end[k]   = '0;
      end
      down_turn       = '0;
      up_turn         = '0;
      start_turn      = '0;
      continue_turn   = '0;
      up_waits        = '0;
      active          = 1'b0;
      tree_credit_o       <= '0;
      up_valid_o          <= '0;
      down_valid_o        <= '0;
      send_ready_o        <= 1'b1;
      send_room_o         <= 1'b1;
      deliver_valid_o     <= 1'b0;
      unreachable_valid_o <= 1'b0;
      busy_o              <= 1'b0;
      add_valid_q         <= '0;
      stray_q             <= 1'b0;
      overflow_q          <= 1'b0;
      credit_overflow_q   <= 1'b0;
      changed_q           <= 1'b0;
      no_credit_q         <= '0;
      no_deliver_credit_q <= 1'b0;
      part_sent_q         <= 1'b0;
      turn_about_q        <= 1'b0;
      yielded_q           <= 1'b0;
      sums_full_q         <= 1'b0;
      mismatch_q          <= 1'b0;
      error_q             <= 1'b0;
      started_q           <= '0;
      continued_q         <= '0;
      overlapped_q        <= 1'b0;
    end else if (active || tree_valid_i != '0 || send_valid_i || tree_credit_i != '0 || deliver_credit_i) begin
      step();
    end
  end

  /* verilator lint_on BLKSEQ */

  // ---- The adders.
  logic [4:0] unused_flags[Adders];
  logic       unused;
  for (genvar k = 0; k < Adders; k++) begin : gen_adders
    float_lanes u_adders (
        .clk_i, .rst_ni,
        .valid_i(add_valid_q[k]), .op_i(float_pkg::FmaAdd), .negate_product_i(1'b0), .negate_addend_i(1'b0),
        .rounding_i(dojo_pkg::RoundingNearestEven), .enable_i('1),
        .a_i(add_a_q[k]), .b_i('0), .c_i(add_b_q[k]),
        .valid_o(sum_valid[k]), .result_o(sum[k]), .flags_o(unused_flags[k])
    );
  end
  assign unused = ^{unused_flags[Start], unused_flags[Continue]};

  // Implementation checks.
  `DOJO_ASSERT(LineFollowsTree, !stray_q)
  `DOJO_ASSERT(NoQueueOverflow, !overflow_q)
  `DOJO_ASSERT(NoCreditOverflow, !credit_overflow_q)
  `DOJO_ASSERT(TreeIsConstantInUse, !changed_q)
  `DOJO_ASSERT(OneLineUp, $countones(up_valid_o) <= 1)
  `DOJO_ASSERT(OneLinePerOutput, (up_valid_o & down_valid_o) == '0)
  `DOJO_ASSERT(IdleIsQuiet, busy_o || (up_valid_o == '0 && down_valid_o == '0 && !deliver_valid_o && tree_credit_o == '0 &&
                                      !unreachable_valid_o && add_valid_q == '0 && sum_valid == '0))

  for (genvar d = 0; d < 4; d++) begin : gen_link_covers
    `DOJO_COVER(Up, up_valid_o[d])
    `DOJO_COVER(Down, down_valid_o[d])
    `DOJO_COVER(NoCredit, no_credit_q[d])
  end
  for (genvar t = 0; t < Trees; t++) begin : gen_tree_covers
    `DOJO_COVER(SumStarted, started_q[t])
    `DOJO_COVER(SumContinued, continued_q[t])
  end
  `DOJO_COVER(AllChildrenAtOnce, $countones(down_valid_o) >= 3)
  `DOJO_COVER(PartSent, part_sent_q)
  `DOJO_COVER(UpDownAndAddition, up_valid_o != '0 && down_valid_o != '0 && add_valid_q != '0)
  `DOJO_COVER(TurnAbout, turn_about_q)
  `DOJO_COVER(Yielded, yielded_q)
  `DOJO_COVER(NoDeliverCredit, no_deliver_credit_q)
  `DOJO_COVER(SumsFull, sums_full_q)
  `DOJO_COVER(TwoAdditions, add_valid_q == '1)
  `DOJO_COVER(SumsOverlap, overlapped_q)
  `DOJO_COVER(Mismatch, mismatch_q)
  `DOJO_COVER(ErrorInSum, error_q)
  `DOJO_COVER(Unreachable, unreachable_valid_o && unreachable_o.kind == dojo_pkg::AccessKindUnreachable)
  `DOJO_COVER(Unknown, unreachable_valid_o && unreachable_o.kind == dojo_pkg::AccessKindUnknown)
  `DOJO_COVER(SendWaits, send_valid_i && !send_ready_o)
  `DOJO_COVER(NoRoom, !send_room_o && send_ready_o)

endmodule
