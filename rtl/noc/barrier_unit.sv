// Barriers along trees: tokens on wires of their own, one per tree, link and direction.
//
// Function: in each tree that is valid here the node waits for a token up from every child and for `arrivals` arrivals of its own, then sends
// a token up to its parent. The root turns round: it sends a token down to every child, as does each node below for the one from its
// parent. A member is released when it sends down: its semaphore counts its amount. With join the root is released alone, and no token goes
// down. Arrivals at a tree that is not valid or waits for none here count nowhere. A node may arrive for further rounds before it is released,
// and with join children may be rounds ahead: 63 arrivals and 7 tokens of a child are held.
// Tokens: a pulse of one cycle; bit t of a direction is up in tree t, bit 4 + t down.
// Latency: one cycle from the last token or arrival to the token out, at the root too, and to sem_valid_o when no other release waits.
// Throughput: every tree one round per cycle. Back-pressure: sem_ready_i alone; up to 15 releases per tree wait, one counts per cycle, lower
// trees first.
// Registered: every output. The configuration of a tree may change only while nothing of it is under way here.
`include "dojo_assert.svh"

module barrier_unit (
    input  logic                clk_i,
    input  logic                rst_ni,
    input  dojo_pkg::tree_t     tree_i[dojo_pkg::Trees],
    // links: north, east, south, west
    input  logic          [7:0] token_i[4],
    output logic          [7:0] token_o[4],
    // arrivals of this node, from core, network and host
    input  logic          [2:0] arrive_valid_i,
    input  logic          [1:0] arrive_tree_i[3],
    // increment of a semaphore
    output logic                sem_valid_o,
    output logic          [4:0] sem_id_o,
    output logic          [2:0] sem_amount_o,
    input  logic                sem_ready_i,
    // something came in the last cycle, an output is active or a release waits; what waits for others doesn't count
    output logic                busy_o
);

  localparam int unsigned Trees = dojo_pkg::Trees;
  localparam int unsigned IndexBits = $clog2(Trees);
  localparam int unsigned TokenBits = 3;
  localparam int unsigned ArrivalBits = 6;
  localparam int unsigned ReleaseBits = 4;

  // Integration checks.
  if (Trees != 4) begin : gen_trees_check
    $error("barrier_unit: a link has wires for four trees");
  end

  // State of the one process below, and read by no other.
  logic [TokenBits-1:0]   tokens[Trees][4];   // from each child, not yet used
  logic [ArrivalBits-1:0] arrivals[Trees];    // not yet used
  logic [Trees-1:0]       awaiting;           // a token has gone up, and the one down has not come
  logic [ReleaseBits-1:0] releases[Trees];    // that the semaphore has not counted
  logic [Trees-1:0]       pending;            // trees to look at: something came, or a round has gone
  dojo_pkg::tree_t        used[Trees];        // the configuration when the last token or arrival came

  // What the checks see of the last cycle.
  logic             stray_q, early_q, overflow_q, changed_q;
  logic [Trees-1:0] turned_q;     // the root has turned round
  logic [Trees-1:0] passed_q;     // a token has gone up
  logic [Trees-1:0] joined_q;     // the root alone was released
  logic [Trees-1:0] ahead_q;      // a child is a round ahead
  logic [3:0]       both_ways_q;  // tokens go up and down in the direction
  logic             sent_q;       // a token goes out
  logic             queued_q;     // a release waits for another

  // Blocking assignments go to state that no other process reads.
  /* verilator lint_off BLKSEQ */

  // Something of tree `t` comes; the configuration must be the one that is in use.
  task automatic check_configuration(input logic [IndexBits-1:0] t);
    logic in_use;
    in_use = awaiting[t] || arrivals[t] != '0;
    for (int unsigned d = 0; d < 4; d++) in_use = in_use || tokens[t][d] != '0;
    if (in_use && tree_i[t] != used[t]) changed_q <= 1'b1;
    used[t] = tree_i[t];
  endtask

  // An arrival at a tree that waits for none is the program's mistake, and counts nowhere.
  task automatic arrive(input logic [IndexBits-1:0] t);
    check_configuration(t);
    if (tree_i[t].valid && tree_i[t].arrivals != '0) begin
      if (arrivals[t] == '1) overflow_q <= 1'b1;
      arrivals[t] = arrivals[t] + ArrivalBits'(1);
      pending[t]  = 1'b1;
    end
  endtask

  task automatic take_up(input logic [IndexBits-1:0] t, input logic [1:0] d);
    check_configuration(t);
    if (!tree_i[t].valid || !tree_i[t].children[d]) stray_q <= 1'b1;
    // Without join a child waits for its release before it sends again.
    if (!tree_i[t].join_only && (awaiting[t] || tokens[t][d] != '0)) early_q <= 1'b1;
    if (tokens[t][d] == '1) overflow_q <= 1'b1;
    if (tokens[t][d] != '0) ahead_q[t] <= 1'b1;
    tokens[t][d] = tokens[t][d] + TokenBits'(1);
    pending[t]   = 1'b1;
  endtask

  // The node counts, unless it is no member; returns the children to which a token goes.
  task automatic release_tree(input logic [IndexBits-1:0] t, output logic [3:0] children);
    if (tree_i[t].member) begin
      if (releases[t] == '1) overflow_q <= 1'b1;
      releases[t] = releases[t] + ReleaseBits'(1);
    end
    children = tree_i[t].join_only ? 4'd0 : tree_i[t].children;
  endtask

  function automatic logic is_complete(input logic [IndexBits-1:0] t);
    logic complete;
    complete = tree_i[t].valid && !awaiting[t] && arrivals[t] >= ArrivalBits'(tree_i[t].arrivals);
    for (int unsigned d = 0; d < 4; d++) complete = complete && (!tree_i[t].children[d] || tokens[t][d] != '0);
    return complete && (tree_i[t].children != '0 || tree_i[t].arrivals != '0);
  endfunction

  // `came`: there are tokens or arrivals.
  task automatic pass_tokens(input logic came);
    logic [7:0]       out[4];
    logic [3:0]       children, both_ways;
    logic             taken;
    logic [Trees-1:0] waiting;
    for (int unsigned d = 0; d < 4; d++) out[d] = '0;
    turned_q <= '0;
    passed_q <= '0;
    joined_q <= '0;
    ahead_q  <= '0;

    for (int unsigned a = 0; a < 3; a++) begin
      if (arrive_valid_i[a]) arrive(arrive_tree_i[a]);
    end
    for (int unsigned d = 0; d < 4; d++) begin
      for (int unsigned t = 0; t < Trees; t++) begin
        if (token_i[d][t]) take_up(t[IndexBits-1:0], d[1:0]);
      end
    end
    for (int unsigned d = 0; d < 4; d++) begin
      for (int unsigned t = 0; t < Trees; t++) begin
        if (token_i[d][4+t]) begin
          check_configuration(t[IndexBits-1:0]);
          if (!tree_i[t].valid || tree_i[t].parent != 3'(d) || !awaiting[t]) stray_q <= 1'b1;
          awaiting[t] = 1'b0;
          pending[t]  = 1'b1;
          release_tree(t[IndexBits-1:0], children);
          for (int unsigned c = 0; c < 4; c++) out[c][4+t] = out[c][4+t] | children[c];
        end
      end
    end

    for (int unsigned t = 0; t < Trees; t++) begin
      if (pending[t] && is_complete(t[IndexBits-1:0])) begin
        for (int unsigned d = 0; d < 4; d++) tokens[t][d] = tokens[t][d] - TokenBits'(tree_i[t].children[d]);
        arrivals[t] = arrivals[t] - ArrivalBits'(tree_i[t].arrivals);
        if (tree_i[t].parent[2]) begin
          release_tree(t[IndexBits-1:0], children);
          for (int unsigned c = 0; c < 4; c++) out[c][4+t] = out[c][4+t] | children[c];
          turned_q[t] <= !tree_i[t].join_only;
          joined_q[t] <= tree_i[t].join_only;
        end else begin
          out[tree_i[t].parent[1:0]][t] = 1'b1;
          awaiting[t] = !tree_i[t].join_only;
          passed_q[t] <= 1'b1;
        end
      end else begin
        pending[t] = 1'b0;
      end
    end
    for (int unsigned d = 0; d < 4; d++) begin
      token_o[d]   <= out[d];
      both_ways[d] = out[d][3:0] != '0 && out[d][7:4] != '0;
    end
    both_ways_q <= both_ways;
    sent_q      <= (out[0] | out[1] | out[2] | out[3]) != '0;

    // The semaphore takes one release per cycle.
    waiting = '0;
    for (int unsigned t = 0; t < Trees; t++) waiting[t] = releases[t] != '0;
    queued_q <= sem_valid_o && waiting != '0;
    if (!sem_valid_o || sem_ready_i) begin
      taken = 1'b0;
      for (int unsigned t = 0; t < Trees; t++) begin
        if (waiting[t] && !taken) begin
          taken        = 1'b1;
          releases[t]  = releases[t] - ReleaseBits'(1);
          waiting[t]   = releases[t] != '0;
          sem_id_o     <= tree_i[t].sem;
          sem_amount_o <= tree_i[t].amount;
        end
      end
      sem_valid_o <= taken;
    end else taken = 1'b1;
    busy_o <= came || taken || waiting != '0 || pending != '0;
  endtask

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      for (int unsigned t = 0; t < Trees; t++) begin
        for (int unsigned d = 0; d < 4; d++) tokens[t][d] = '0;
        arrivals[t] = '0;
        releases[t] = '0;
        used[t]     = '0;
      end
      for (int unsigned d = 0; d < 4; d++) token_o[d] <= '0;
      awaiting    = '0;
      pending     = '0;
      sem_valid_o <= 1'b0;
      busy_o      <= 1'b0;
      stray_q     <= 1'b0;
      early_q     <= 1'b0;
      overflow_q  <= 1'b0;
      changed_q   <= 1'b0;
      turned_q    <= '0;
      passed_q    <= '0;
      joined_q    <= '0;
      ahead_q     <= '0;
      queued_q    <= 1'b0;
      both_ways_q <= '0;
      sent_q      <= 1'b0;
    end else begin
      logic came;
      came = arrive_valid_i != '0 || (token_i[0] | token_i[1] | token_i[2] | token_i[3]) != '0;
      if (came || busy_o) pass_tokens(came);
    end
  end

  /* verilator lint_on BLKSEQ */

  // Implementation checks.
  `DOJO_ASSERT(TokenFollowsTree, !stray_q)
  `DOJO_ASSERT(OneTokenPerRound, !early_q)
  `DOJO_ASSERT(CountersHold, !overflow_q)
  `DOJO_ASSERT(TreeIsConstantInUse, !changed_q)
  `DOJO_ASSERT(IdleIsQuiet, busy_o || (!sem_valid_o && !sent_q))

  for (genvar t = 0; t < Trees; t++) begin : gen_tree_covers
    `DOJO_COVER(Turned, turned_q[t])
    `DOJO_COVER(Passed, passed_q[t])
    `DOJO_COVER(Joined, joined_q[t])
    `DOJO_COVER(ChildAhead, ahead_q[t])
  end
  for (genvar d = 0; d < 4; d++) begin : gen_link_covers
    `DOJO_COVER(UpAndDown, both_ways_q[d])
  end
  `DOJO_COVER(TwoArriveAtOneTree, arrive_valid_i[1:0] == '1 && arrive_tree_i[0] == arrive_tree_i[1])
  `DOJO_COVER(TreesGoTogether, $countones(turned_q | passed_q) > 1)
  `DOJO_COVER(SemaphoreWaits, sem_valid_o && !sem_ready_i)
  `DOJO_COVER(ReleaseQueued, queued_q)

endmodule
