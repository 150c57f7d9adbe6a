// The stream of one operand of the matrix unit: reads the tiles of A (or B) of macro-tiles ahead of the steps that use them.
//
// Function: for each macro-tile, for k ascending, a group of one or two tiles (two lines each) is read into the next of the four
// groups of the operand buffer; completed_o counts groups whose last line is in the buffer, modulo 8, and a group is
// read over only after consumed_i (modulo 8) has passed it.
// Latency: the first request follows a macro-tile by one cycle; a line is in the buffer two cycles after its grant's cycle began.
// Throughput: one line per cycle while grants come and a group is free, across macro-tiles too.
// Back-pressure: tile_ready_o is low while MacroTiles macro-tiles wait; a request is held until it is granted.
// Registered: the request, the place of the granted line (fill_*: the line is on the read port in that cycle), completed_o.
`include "dojo_assert.svh"
module matrix_operand_stream (
    input  logic        clk_i,
    input  logic        rst_ni,
    // macro-tiles
    input  logic        tile_valid_i,
    input  logic [14:0] tile_line_i,
    input  logic [14:0] tile_pair_stride_i,
    input  logic [14:0] tile_k_stride_i,
    input  logic [15:0] tile_k_tiles_i,
    input  logic        tile_pair_i,
    output logic        tile_ready_o,
    // vector read port
    output logic        vr_valid_o,
    output logic [14:0] vr_line_o,
    input  logic        vr_grant_i,
    // operand buffer: group, tile of the group, line of the tile
    output logic        fill_valid_o,
    output logic [3:0]  fill_place_o,
    // groups
    output logic [2:0]  completed_o,
    input  logic [2:0]  consumed_i,
    output logic        idle_o
);

  typedef struct packed {
    logic [14:0] line;
    logic [14:0] pair_stride;
    logic [14:0] k_stride;
    logic [15:0] k_tiles;
    logic        pair;
  } tile_t;

  tile_t       tile_q[matrix_pkg::MacroTiles];
  logic [1:0]  tile_write_q, tile_read_q;
  logic [2:0]  tile_count_q;

  tile_t       walk_q;       // line: first tile of the current group; k_tiles: groups left, this one included
  logic        walking_q;
  logic        second_q;     // tile of the group that is requested next
  logic        upper_q;      // line of the tile that is requested next
  logic [2:0]  started_q;    // groups started, modulo 8

  logic [3:0]  place_q;      // of the request
  logic        final_q;      // the request is the last of its group
  logic        fill_final_q;
  logic        active;

  assign tile_ready_o = 32'(tile_count_q) + 32'(tile_valid_i) < matrix_pkg::MacroTiles;
  assign active       = tile_valid_i || tile_count_q != '0 || walking_q || vr_valid_o || fill_valid_o;
  assign idle_o       = !active;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      tile_write_q <= '0;
      tile_read_q  <= '0;
      tile_count_q <= '0;
      walking_q    <= 1'b0;
      started_q    <= '0;
      vr_valid_o   <= 1'b0;
      fill_valid_o <= 1'b0;
      completed_o  <= '0;
    end else if (active) begin
      tile_t walk;
      logic  walking, take, second, upper, mid_group;

      if (tile_valid_i) begin
        tile_q[tile_write_q] <= '{line: tile_line_i, pair_stride: tile_pair_stride_i, k_stride: tile_k_stride_i,
                                  k_tiles: tile_k_tiles_i, pair: tile_pair_i};
        tile_write_q <= tile_write_q + 2'd1;
      end

      // The granted line is on the read port in the next cycle and in the buffer after that.
      fill_valid_o <= vr_valid_o && vr_grant_i;
      if (vr_valid_o && vr_grant_i) begin
        fill_place_o <= place_q;
        fill_final_q <= final_q;
      end
      if (fill_valid_o && fill_final_q) completed_o <= completed_o + 3'd1;

      if (!vr_valid_o || vr_grant_i) begin
        take    = !walking_q && tile_count_q != '0;
        walk    = take ? tile_q[tile_read_q] : walk_q;
        walking = walking_q || take;
        second  = !take && second_q;
        upper   = !take && upper_q;
        mid_group = second || upper;
        vr_valid_o <= 1'b0;
        if (walking && (mid_group || 3'(started_q - consumed_i) < 3'(matrix_pkg::Groups))) begin
          logic [2:0] group;
          logic       final_line;
          group      = mid_group ? started_q - 3'd1 : started_q;
          final_line = upper && (second || !walk.pair);
          vr_valid_o <= 1'b1;
          vr_line_o  <= walk.line + (second ? walk.pair_stride : 15'd0) + 15'(upper);
          place_q    <= {group[1:0], second, upper};
          final_q    <= final_line;
          started_q  <= group + 3'd1;
          upper      = !upper;
          if (final_line) begin
            second       = 1'b0;
            walk.line    = walk.line + walk.k_stride;
            walk.k_tiles = walk.k_tiles - 16'd1;
            walking      = walk.k_tiles != 16'd0;
          end else if (!upper) begin
            second = 1'b1;
          end
        end
        walk_q       <= walk;
        walking_q    <= walking;
        second_q     <= second;
        upper_q      <= upper;
        tile_read_q  <= tile_read_q + 2'(take);
        tile_count_q <= tile_count_q + 3'(tile_valid_i) - 3'(take);
      end else begin
        tile_count_q <= tile_count_q + 3'(tile_valid_i);
      end
    end
  end

  // Integration checks.
  `DOJO_ASSERT(TileHasRoom, !tile_valid_i || 32'(tile_count_q) < matrix_pkg::MacroTiles)
  `DOJO_ASSERT(TileIsNotEmpty, !tile_valid_i || tile_k_tiles_i != 16'd0)
  // Implementation checks.
  `DOJO_ASSERT(GroupsFit, 3'(started_q - consumed_i) <= 3'(matrix_pkg::Groups))
  `DOJO_ASSERT(CompletedAreStarted, 3'(completed_o - consumed_i) <= 3'(started_q - consumed_i))
  `DOJO_COVER(BufferIsFull, 3'(started_q - consumed_i) == 3'(matrix_pkg::Groups))

endmodule
