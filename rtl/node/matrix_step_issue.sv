// Issues the steps of macro-tiles to the matrix datapath.
//
// Function: per macro-tile, for k ascending, when the group of both operands is in the buffers: the steps k = 0..3 of all its tile
// products, then k = 4..7. So with two or more tiles an accumulator is used at most every other cycle, which is what the
// datapath needs; a macro-tile of one tile issues every other cycle. Macro-tiles take the two anonymous sets of accumulators in
// turn, or the named one that they ask for; a set that is being written to C is waited for. A macro-tile without operands issues
// one empty step, so that its end passes the datapath behind the steps before it.
// Latency: a step follows its operands by one cycle. Throughput: one step per cycle (one per two cycles for a single tile).
// Back-pressure: waits for operands and for a free set; tile_ready_o is low while MacroTiles macro-tiles wait.
// Counted: steps; cycles in which a waiting macro-tile issued none for want of operands, or of a free accumulator (set not
// drained, or the accumulator's previous step not rounded yet).
// Registered: the step, consumed_o, the counters.
`include "dojo_assert.svh"
module matrix_step_issue (
    input  logic                     clk_i,
    input  logic                     rst_ni,
    input  logic                     tile_valid_i,
    /* verilator lint_off UNUSEDSIGNAL */  // addresses are for other parts
    input  matrix_pkg::macro_tile_t  tile_i,
    /* verilator lint_on UNUSEDSIGNAL */
    output logic                     tile_ready_o,
    // operand groups in the buffers, and used up, modulo 8
    input  logic [2:0]               a_completed_i,
    input  logic [2:0]               b_completed_i,
    output logic [2:0]               consumed_o,
    // a set of accumulators has been drained
    input  logic                     drained_i,
    input  logic [2:0]               drained_set_i,
    // to the datapath
    output logic                     step_valid_o,
    output matrix_pkg::step_t        step_o,
    output logic [63:0]              steps_o,
    output logic [63:0]              operand_stalls_o,
    output logic [63:0]              drain_stalls_o,
    output logic                     idle_o
);

  typedef struct packed {
    logic [15:0] k_tiles;  // left, this one included
    logic        two_rows;
    logic        two_columns;
    logic        a_transposed;
    logic        b_transposed;
    logic        named;
    logic [1:0]  name;
    logic        continues;
    logic        c_absent;
  } tile_t;

  tile_t       tile_q[matrix_pkg::MacroTiles];
  logic [1:0]  tile_write_q, tile_read_q;
  logic [2:0]  tile_count_q;

  tile_t       walk_q;
  logic        walking_q;          // a macro-tile has begun
  logic        first_k_q;          // its first group
  logic        mid_group_q;        // a group has begun
  logic        half_q, row_q, column_q;
  logic        anonymous_q;        // set of the next anonymous macro-tile, or of the current one
  logic [matrix_pkg::Sets-1:0] in_use_q;  // sets that will be drained
  logic        active;

  assign tile_ready_o = 32'(tile_count_q) + 32'(tile_valid_i) < matrix_pkg::MacroTiles;
  assign active       = tile_valid_i || tile_count_q != '0 || walking_q || step_valid_o || drained_i;
  assign idle_o       = !active;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      tile_write_q     <= '0;
      tile_read_q      <= '0;
      tile_count_q     <= '0;
      walking_q        <= 1'b0;
      mid_group_q      <= 1'b0;
      half_q           <= 1'b0;
      row_q            <= 1'b0;
      column_q         <= 1'b0;
      anonymous_q      <= 1'b0;
      in_use_q         <= '0;
      consumed_o       <= '0;
      step_valid_o     <= 1'b0;
      steps_o          <= '0;
      operand_stalls_o <= '0;
      drain_stalls_o   <= '0;
    end else if (active) begin
      tile_t      tile;
      logic [2:0] set;
      logic [4:0] accumulator;
      logic       present, empty, operands, accumulator_free, go, begins, last_tile, last_step, last_k, ends;
      logic [matrix_pkg::Sets-1:0] in_use;

      if (tile_valid_i) begin
        tile_q[tile_write_q] <= '{k_tiles: tile_i.k_tiles, two_rows: tile_i.two_rows, two_columns: tile_i.two_columns,
                                  a_transposed: tile_i.a_transposed, b_transposed: tile_i.b_transposed, named: tile_i.named,
                                  name: tile_i.name, continues: tile_i.continues, c_absent: tile_i.c_absent};
        tile_write_q <= tile_write_q + 2'd1;
      end

      present          = walking_q || tile_count_q != '0;
      tile             = walking_q ? walk_q : tile_q[tile_read_q];
      set              = tile.named ? 3'(matrix_pkg::AnonymousSets) + 3'(tile.name) : 3'(anonymous_q);
      accumulator      = {set, row_q, column_q};
      empty            = tile.k_tiles == 16'd0;
      operands         = empty || mid_group_q || (a_completed_i != consumed_o && b_completed_i != consumed_o);
      accumulator_free = (walking_q || !in_use_q[set]) && !(step_valid_o && step_o.accumulator == accumulator);
      go               = present && operands && accumulator_free;
      begins           = go && !walking_q;
      last_tile        = row_q == tile.two_rows && column_q == tile.two_columns;
      last_step        = empty || (last_tile && half_q);
      last_k           = empty || tile.k_tiles == 16'd1;
      ends             = go && last_step && last_k;

      step_valid_o <= go;
      if (go) begin
        step_o <= '{empty: empty, group: consumed_o[1:0], row: row_q, column: column_q, half: half_q,
                    a_transposed: tile.a_transposed, b_transposed: tile.b_transposed, accumulator: accumulator,
                    first: (!walking_q || first_k_q) && !half_q && !tile.continues,
                    last: last_k && (half_q || empty) && !row_q && !column_q};
      end
      if (go && !empty) begin
        steps_o     <= steps_o + 64'd1;
        column_q    <= tile.two_columns && !column_q;
        row_q       <= column_q == tile.two_columns ? tile.two_rows && !row_q : row_q;
        half_q      <= half_q ^ last_tile;
        mid_group_q <= !last_step;
        first_k_q   <= (!walking_q || first_k_q) && !last_step;
        walking_q   <= !ends;
        walk_q      <= tile;
        if (last_step) begin
          walk_q.k_tiles <= tile.k_tiles - 16'd1;
          consumed_o     <= consumed_o + 3'd1;
        end
      end else if (present && !go) begin
        if (!operands) operand_stalls_o <= operand_stalls_o + 64'd1;
        else drain_stalls_o <= drain_stalls_o + 64'd1;
      end

      if (ends && !tile.named) anonymous_q <= !anonymous_q;
      in_use = in_use_q;
      if (drained_i) in_use[drained_set_i] = 1'b0;
      if (begins && !tile.c_absent) in_use[set] = 1'b1;
      in_use_q     <= in_use;
      tile_read_q  <= tile_read_q + 2'(begins);
      tile_count_q <= tile_count_q + 3'(tile_valid_i) - 3'(begins);
    end
  end

  // Integration checks.
  `DOJO_ASSERT(TileHasRoom, !tile_valid_i || 32'(tile_count_q) < matrix_pkg::MacroTiles)
  `DOJO_ASSERT(DrainedWasInUse, !drained_i || in_use_q[drained_set_i])
  // Implementation checks.
  `DOJO_COVER(OperandStall, !step_valid_o && walking_q && !mid_group_q)
  `DOJO_COVER(BothSetsInUse, in_use_q[1:0] == 2'd3)
  `DOJO_COVER(NamedInUse, step_valid_o && in_use_q[matrix_pkg::Sets-1:2] != '0)

endmodule
