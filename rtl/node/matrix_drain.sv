// Writes finished accumulators of the matrix unit to C.
//
// Function: for each macro-tile, once its first accumulator is finished: its tiles row by row, four lines each (FP32) or two
// (BF16), through the vector write port. The other accumulators of a macro-tile finish in the three cycles after the first, always
// before their turn, since a tile takes two cycles or more. drained_o pulses when the last line of a macro-tile has been read
// from its accumulators; done_valid_o (with sem_en) in the cycle after the last line of a descriptor was granted.
// A macro-tile without C only passes here: one cycle for each of its tiles, in which they are finished, then its end is reported.
// Latency: the first write is requested two cycles after the accumulator is finished. Throughput: one line per cycle while granted.
// Back-pressure: load_o, which has the datapath read the next line into vw_data_o, waits for the line before it.
// Registered: the write request, drained_o, done_*. load_o depends on registers, computed_i and vw_grant_i.
`include "dojo_assert.svh"
module matrix_drain (
    input  logic                     clk_i,
    input  logic                     rst_ni,
    input  logic                     tile_valid_i,
    /* verilator lint_off UNUSEDSIGNAL */  // operands are for other parts
    input  matrix_pkg::macro_tile_t  tile_i,
    /* verilator lint_on UNUSEDSIGNAL */
    output logic                     tile_ready_o,
    // the first accumulator of the next macro-tile is finished
    input  logic                     computed_i,
    // the datapath reads this line of this accumulator
    output logic                     load_o,
    output logic [4:0]               load_accumulator_o,
    output logic [1:0]               load_line_o,
    output logic                     load_bf16_o,
    output logic                     drained_o,
    output logic [2:0]               drained_set_o,
    // vector write port, without the data
    output logic                     vw_valid_o,
    output logic [14:0]              vw_line_o,
    input  logic                     vw_grant_i,
    // end of a descriptor
    output logic                     done_valid_o,
    output logic [4:0]               done_sem_o,
    output logic                     idle_o
);

  typedef struct packed {
    logic [14:0] line;
    logic [14:0] m_stride;
    logic [14:0] n_stride;
    logic        two_rows;
    logic        two_columns;
    logic        last;
    logic        sem_en;
    logic [4:0]  sem;
  } tile_t;

  tile_t       tile_q[matrix_pkg::MacroTiles];
  logic [1:0]  tile_write_q, tile_read_q;
  logic [2:0]  tile_count_q;

  // Of each entry of tile_q, beside it because they are needed in every cycle.
  logic [3:0]  bf16_q, absent_q;
  logic [2:0]  set_q[matrix_pkg::MacroTiles];
  logic        anonymous_q;    // set of the next anonymous macro-tile that arrives
  logic        row_q, column_q;
  logic [1:0]  line_q;
  logic [2:0]  computed_q;     // finished macro-tiles, the one being written included
  logic [4:0]  sem_q;          // of the requested write
  logic        final_q;        // the requested write is the last of its descriptor and counts on a semaphore
  logic        active;
  logic        finished, pass;  // the current macro-tile is finished; it has no C and one of its tiles passes

  assign finished           = computed_q != 3'd0 || computed_i;
  assign load_o             = finished && !absent_q[tile_read_q] && (!vw_valid_o || vw_grant_i);
  assign pass               = finished && absent_q[tile_read_q] && !vw_valid_o;
  assign load_accumulator_o = {set_q[tile_read_q], row_q, column_q};
  assign load_line_o        = line_q;
  assign load_bf16_o        = bf16_q[tile_read_q];
  assign tile_ready_o       = 32'(tile_count_q) + 32'(tile_valid_i) < matrix_pkg::MacroTiles;
  assign active             = tile_valid_i || tile_count_q != '0 || vw_valid_o || drained_o || done_valid_o;
  assign idle_o             = !active;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      tile_write_q <= '0;
      tile_read_q  <= '0;
      tile_count_q <= '0;
      anonymous_q  <= 1'b0;
      row_q        <= 1'b0;
      column_q     <= 1'b0;
      line_q       <= '0;
      computed_q   <= '0;
      drained_o    <= 1'b0;
      vw_valid_o   <= 1'b0;
      done_valid_o <= 1'b0;
    end else if (active) begin
      tile_t tile;
      logic  last_line, ends;
      tile      = tile_q[tile_read_q];
      last_line = pass || line_q == {!load_bf16_o, 1'b1};
      ends      = (load_o || pass) && last_line && row_q == tile.two_rows && column_q == tile.two_columns;

      if (tile_valid_i) begin
        tile_q[tile_write_q] <= '{line: tile_i.c_line, m_stride: tile_i.c_m_stride, n_stride: tile_i.c_n_stride,
                                  two_rows: tile_i.two_rows, two_columns: tile_i.two_columns,
                                  last: tile_i.last, sem_en: tile_i.sem_en, sem: tile_i.sem};
        bf16_q[tile_write_q]   <= tile_i.c_bf16;
        absent_q[tile_write_q] <= tile_i.c_absent;
        set_q[tile_write_q]    <= tile_i.named ? 3'(matrix_pkg::AnonymousSets) + 3'(tile_i.name) : 3'(anonymous_q);
        anonymous_q            <= anonymous_q ^ !tile_i.named;
        tile_write_q           <= tile_write_q + 2'd1;
      end
      tile_read_q  <= tile_read_q + 2'(ends);
      tile_count_q <= tile_count_q + 3'(tile_valid_i) - 3'(ends);
      computed_q   <= computed_q + 3'(computed_i) - 3'(ends);

      done_valid_o  <= (vw_valid_o && vw_grant_i && final_q) || (pass && ends && tile.last && tile.sem_en);
      drained_o     <= ends && load_o;
      drained_set_o <= set_q[tile_read_q];
      if (vw_grant_i) vw_valid_o <= 1'b0;
      if (load_o) begin
        vw_valid_o <= 1'b1;
        vw_line_o  <= tile.line + (row_q ? tile.m_stride : 15'd0) + (column_q ? tile.n_stride : 15'd0) + 15'(line_q);
        final_q    <= ends && tile.last && tile.sem_en;
        line_q     <= last_line ? 2'd0 : line_q + 2'd1;
      end
      if ((load_o || pass) && last_line) begin
        column_q <= tile.two_columns && !column_q;
        row_q    <= column_q == tile.two_columns ? tile.two_rows && !row_q : row_q;
      end
      // The semaphore of the line that is granted now; a later descriptor's line may be loaded in the same cycle.
      if (vw_valid_o && vw_grant_i && final_q) done_sem_o <= sem_q;
      else if (pass) done_sem_o <= tile.sem;
      if (load_o) sem_q <= tile.sem;
    end
  end

  // Integration checks.
  `DOJO_ASSERT(TileHasRoom, !tile_valid_i || 32'(tile_count_q) < matrix_pkg::MacroTiles)
  `DOJO_ASSERT(ComputedHasTile, !computed_i || 32'(computed_q) < 32'(tile_count_q))
  `DOJO_ASSERT(GrantIsAsked, !vw_grant_i || vw_valid_o)
  // Implementation checks.
  `DOJO_ASSERT(LoadHasTile, !load_o || tile_count_q != '0)
  `DOJO_COVER(WithoutC, pass)
  `DOJO_COVER(WriteRefused, vw_valid_o && !vw_grant_i)

endmodule
