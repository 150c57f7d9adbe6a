// The stream of one operand of the matrix unit: reads the tiles of A (or B) of macro-tiles ahead of the steps that use them.
//
// Function: for each macro-tile, for k ascending, a group of one or two tiles is read into the next of the four groups of the
// operand buffer; completed_o counts groups whose last line is in the buffer, modulo 8, and a group is read over only after
// consumed_i (modulo 8) has passed it. A tile takes two lines (BF16) or one (CFloat8). A tile of an image (HasImage) consists of
// eight pixels of one row, each with eight channels: it takes the lines in which they are, one after the other, and pixels outside
// of the image are zero without a read.
// Latency: the first request follows a macro-tile by one cycle; a line is in the buffer two cycles after its grant's cycle began.
// Throughput: one line per cycle while grants come and a group is free, across macro-tiles too; a tile of an image without any
// pixel inside takes one cycle.
// Back-pressure: tile_ready_o is low while MacroTiles macro-tiles wait; a request is held until it is granted.
// Registered: the request, what is to be done with the granted line (fill_*: the line is on the read port in that cycle), completed_o.
`include "dojo_assert.svh"
module matrix_operand_stream #(
    parameter bit HasImage = 1'b1
) (
    input  logic                 clk_i,
    input  logic                 rst_ni,
    // macro-tiles
    input  logic                 tile_valid_i,
    input  logic [14:0]          tile_line_i,
    input  logic [14:0]          tile_pair_stride_i,
    input  logic [14:0]          tile_k_stride_i,
    input  logic [15:0]          tile_k_tiles_i,
    input  logic                 tile_pair_i,
    input  matrix_pkg::format_t  tile_format_i,
    input  logic                 tile_image_i,  // the tiles are those of image_i
    input  matrix_pkg::image_t   image_i,
    output logic                 tile_ready_o,
    // vector read port
    output logic                 vr_valid_o,
    output logic [14:0]          vr_line_o,
    input  logic                 vr_grant_i,
    // operand buffer
    output logic                 fill_valid_o,
    output matrix_pkg::fill_t    fill_o,
    // groups
    output logic [2:0]           completed_o,
    input  logic [2:0]           consumed_i,
    output logic                 idle_o
);

  typedef struct packed {
    logic [14:0] line;
    logic [14:0] pair_stride;
    logic [14:0] k_stride;
    logic [15:0] k_tiles;
    logic        pair;
  } tile_t;

  typedef struct packed {
    logic                image;
    matrix_pkg::format_t format;
  } kind_t;

  tile_t               tile_q[matrix_pkg::MacroTiles];
  kind_t               kind_q[matrix_pkg::MacroTiles];
  matrix_pkg::image_t  image_q[matrix_pkg::MacroTiles];
  logic [1:0]          tile_write_q, tile_read_q;
  logic [2:0]          tile_count_q;

  tile_t               walk_q;       // line: first tile of the current group; k_tiles: groups left, this one included
  kind_t               walk_kind_q;
  logic                walking_q;
  logic                second_q;     // tile of the group that is requested next
  logic                begun_q;      // that tile has had a line
  logic [2:0]          started_q;    // groups started, modulo 8

  // Of an image.
  matrix_pkg::image_t          walk_image_q;
  matrix_pkg::image_position_t position_q;  // k loop
  logic [7:0]                  pending_q;   // rows of the tile that are still to be read, once it has begun

  logic                request_q;    // a fill waits for its line, or has none
  matrix_pkg::fill_t   request_fill_q;
  logic                final_q;      // the request is the last of its group
  logic                fill_final_q;
  logic                active, accepted;

  assign tile_ready_o = 32'(tile_count_q) + 32'(tile_valid_i) < matrix_pkg::MacroTiles;
  assign active       = tile_valid_i || tile_count_q != '0 || walking_q || request_q || fill_valid_o;
  assign idle_o       = !active;
  assign accepted     = !vr_valid_o || vr_grant_i;

  // The next line of a tile of an image.
  typedef struct packed {
    logic [14:0] line;
    logic [7:0]  rows;     // that the line holds; none: nothing is left of the tile
    logic [7:0]  pending;  // after this line
    logic [2:0]  pixel;
  } piece_t;

  function automatic piece_t next_piece(input matrix_pkg::image_place_t place, input logic [14:0] row_stride,
                                        input logic [14:0] tile_stride, input logic [15:0] width, input logic [15:0] height,
                                        input logic [3:0] pixel_step, input logic narrow, input logic [7:0] pending);
    logic [31:0] x, y, unit, first_unit, shift;
    logic [31:0] units[8];
    logic [7:0]  wanted;
    logic        row_inside;
    piece_t      piece;
    shift      = narrow ? 32'd3 : 32'd2;  // pixels to a line
    x          = 32'(place.x);
    y          = 32'(place.y);
    row_inside = y < 32'(height);  // negative coordinates are large
    wanted     = pending;
    for (int unsigned r = 0; r < 8; r++) begin
      unit      = (x + r * 32'(pixel_step)) & 32'hffffff;
      units[r]  = unit >> shift;
      wanted[r] = pending[r] && row_inside && unit < 32'(width);
    end
    first_unit = 32'd0;
    for (int unsigned r = 0; r < 8; r++) first_unit = wanted[7-r] ? units[7-r] : first_unit;
    piece.rows = 8'd0;
    for (int unsigned r = 0; r < 8; r++) piece.rows[r] = wanted[r] && units[r] == first_unit;
    piece.pending = wanted & ~piece.rows;
    piece.pixel   = x[2:0];
    piece.line    = 15'(place.line + 15'(y[14:0] * row_stride) +
                        15'(15'(first_unit >> (narrow ? 32'd0 : 32'd1)) * tile_stride) + 15'(!narrow && first_unit[0]));
    return piece;
  endfunction

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      tile_write_q <= '0;
      tile_read_q  <= '0;
      tile_count_q <= '0;
      walking_q    <= 1'b0;
      started_q    <= '0;
      request_q    <= 1'b0;
      vr_valid_o   <= 1'b0;
      fill_valid_o <= 1'b0;
      completed_o  <= '0;
    end else if (active) begin
      tile_t walk;
      kind_t kind;
      logic  walking, take, second, begun, mid_group;

      if (tile_valid_i) begin
        tile_q[tile_write_q] <= '{line: tile_line_i, pair_stride: tile_pair_stride_i, k_stride: tile_k_stride_i,
                                  k_tiles: tile_k_tiles_i, pair: tile_pair_i};
        kind_q[tile_write_q] <= '{image: HasImage && tile_image_i, format: tile_format_i};
        if (HasImage && tile_image_i) image_q[tile_write_q] <= image_i;
        tile_write_q <= tile_write_q + 2'd1;
      end

      // The granted line is on the read port in the next cycle and in the buffer after that.
      fill_valid_o <= request_q && accepted;
      if (request_q && accepted) begin
        fill_o       <= request_fill_q;
        fill_final_q <= final_q;
      end
      if (fill_valid_o && fill_final_q) completed_o <= completed_o + 3'd1;

      if (accepted) begin
        take       = !walking_q && tile_count_q != '0;
        walk       = take ? tile_q[tile_read_q] : walk_q;
        kind       = take ? kind_q[tile_read_q] : walk_kind_q;
        walking    = walking_q || take;
        second     = !take && second_q;
        begun      = !take && begun_q;
        mid_group  = second || begun;
        vr_valid_o <= 1'b0;
        request_q  <= 1'b0;
        if (walking && (mid_group || 3'(started_q - consumed_i) < 3'(matrix_pkg::Groups))) begin
          logic [2:0] group;
          logic       narrow, last_line, final_line;
          group     = mid_group ? started_q - 3'd1 : started_q;
          narrow    = kind.format.format != dojo_pkg::MatrixFormatBf16;
          last_line = begun || narrow;
          if (HasImage && kind.image) begin
            matrix_pkg::image_t          image;
            matrix_pkg::image_position_t position;
            piece_t                      piece;
            image      = take ? image_q[tile_read_q] : walk_image_q;
            position   = take ? '0 : position_q;
            piece      = next_piece(matrix_pkg::image_add(second ? image.second : image.first, position.place), image.row_stride,
                                    image.tile_stride, image.width, image.height, image.pixel_step, narrow,
                                    begun ? pending_q : 8'hff);
            last_line  = piece.pending == 8'd0;
            vr_valid_o <= piece.rows != 8'd0;
            vr_line_o  <= piece.line;
            request_fill_q <= '{tile: {group[1:0], second},
                                placing: '{upper: 1'b0, format: kind.format, image: 1'b1, clear: !begun, rows: piece.rows,
                                           pixel: piece.pixel, step: image.pixel_step[2:0]}};
            pending_q      <= piece.pending;
            walk_image_q   <= image;
            position_q     <= last_line && second == walk.pair ? matrix_pkg::image_next(position, image.k_loop) : position;
          end else begin
            vr_valid_o     <= 1'b1;
            vr_line_o      <= walk.line + (second ? walk.pair_stride : 15'd0) + 15'(begun);
            request_fill_q <= '{tile: {group[1:0], second},
                                placing: '{upper: begun, format: kind.format, image: 1'b0, clear: 1'b0, rows: 8'd0,
                                           pixel: 3'd0, step: 3'd0}};
          end
          final_line = last_line && second == walk.pair;
          request_q  <= 1'b1;
          final_q    <= final_line;
          started_q  <= group + 3'd1;
          begun      = !last_line;
          if (final_line) begin
            second       = 1'b0;
            walk.line    = walk.line + walk.k_stride;
            walk.k_tiles = walk.k_tiles - 16'd1;
            walking      = walk.k_tiles != 16'd0;
          end else if (last_line) begin
            second = 1'b1;
          end
        end else if (HasImage && take && kind.image) begin
          walk_image_q <= image_q[tile_read_q];
          position_q   <= '0;
        end
        walk_q       <= walk;
        walk_kind_q  <= kind;
        walking_q    <= walking;
        second_q     <= second;
        begun_q      <= begun;
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
  `DOJO_ASSERT(ImageIsPossible, !tile_valid_i || HasImage || !tile_image_i)
  // Implementation checks.
  `DOJO_ASSERT(GroupsFit, 3'(started_q - consumed_i) <= 3'(matrix_pkg::Groups))
  `DOJO_ASSERT(CompletedAreStarted, 3'(completed_o - consumed_i) <= 3'(started_q - consumed_i))
  `DOJO_ASSERT(ReadIsRequested, !vr_valid_o || request_q)
  `DOJO_COVER(BufferIsFull, 3'(started_q - consumed_i) == 3'(matrix_pkg::Groups))

endmodule
