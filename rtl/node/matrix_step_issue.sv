// Issues the steps of macro-tiles to the matrix datapath.
//
// Function: per macro-tile, for k ascending, when the group of both operands is in the buffers: the steps k = 0..3 of all its tile
// products, then k = 4..7. So with two or more tiles an accumulator is used at most every other cycle, which is what the
// datapath needs; a macro-tile of one tile issues every other cycle. Macro-tiles take the two sets of accumulators in turn.
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
  } tile_t;

  tile_t       tile_q[matrix_pkg::MacroTiles];
  logic [1:0]  tile_write_q, tile_read_q;
  logic [2:0]  tile_count_q;

  tile_t       walk_q;
  logic        walking_q;          // a macro-tile has begun
  logic        first_k_q;          // its first group
  logic        mid_group_q;        // a group has begun
  logic        half_q, row_q, column_q;
  logic        set_q;              // of the macro-tile
  logic [1:0]  sets_in_use_q;
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
      set_q            <= 1'b0;
      sets_in_use_q    <= '0;
      consumed_o       <= '0;
      step_valid_o     <= 1'b0;
      steps_o          <= '0;
      operand_stalls_o <= '0;
      drain_stalls_o   <= '0;
    end else if (active) begin
      tile_t      tile;
      logic [2:0] accumulator;
      logic       present, operands, accumulator_free, go, begins, last_tile, last_step, last_k, ends;

      if (tile_valid_i) begin
        tile_q[tile_write_q] <= '{k_tiles: tile_i.k_tiles, two_rows: tile_i.two_rows, two_columns: tile_i.two_columns,
                                  a_transposed: tile_i.a_transposed, b_transposed: tile_i.b_transposed};
        tile_write_q <= tile_write_q + 2'd1;
      end

      present          = walking_q || tile_count_q != '0;
      tile             = walking_q ? walk_q : tile_q[tile_read_q];
      accumulator      = {set_q, row_q, column_q};
      operands         = mid_group_q || (a_completed_i != consumed_o && b_completed_i != consumed_o);
      accumulator_free = (walking_q || sets_in_use_q != 2'd2) && !(step_valid_o && step_o.accumulator == accumulator);
      go               = present && operands && accumulator_free;
      begins           = go && !walking_q;
      last_tile        = row_q == tile.two_rows && column_q == tile.two_columns;
      last_step        = last_tile && half_q;
      last_k           = tile.k_tiles == 16'd1;
      ends             = go && last_step && last_k;

      step_valid_o <= go;
      if (go) begin
        step_o <= '{group: consumed_o[1:0], row: row_q, column: column_q, half: half_q, a_transposed: tile.a_transposed,
                    b_transposed: tile.b_transposed, accumulator: accumulator, first: (!walking_q || first_k_q) && !half_q,
                    last: last_k && half_q && !row_q && !column_q};
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
        if (ends) set_q <= !set_q;
      end else if (present) begin
        if (!operands) operand_stalls_o <= operand_stalls_o + 64'd1;
        else drain_stalls_o <= drain_stalls_o + 64'd1;
      end

      tile_read_q   <= tile_read_q + 2'(begins);
      tile_count_q  <= tile_count_q + 3'(tile_valid_i) - 3'(begins);
      sets_in_use_q <= sets_in_use_q + 2'(begins) - 2'(drained_i);
    end
  end

  // Integration checks.
  `DOJO_ASSERT(TileHasRoom, !tile_valid_i || 32'(tile_count_q) < matrix_pkg::MacroTiles)
  `DOJO_ASSERT(DrainedWasInUse, !drained_i || sets_in_use_q != 2'd0)
  // Implementation checks.
  `DOJO_ASSERT(TwoSets, sets_in_use_q <= 2'd2)
  `DOJO_COVER(OperandStall, !step_valid_o && walking_q && !mid_group_q)
  `DOJO_COVER(BothSetsInUse, sets_in_use_q == 2'd2)

endmodule
