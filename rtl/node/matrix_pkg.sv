// Sizes and records that the parts of the matrix unit share.
// UNUSEDPARAM is waived here because no single part uses every constant.
// verilator lint_off UNUSEDPARAM
package matrix_pkg;

  // Operand groups (up to two tiles for one k) that each operand buffer holds.
  localparam int unsigned Groups = 4;
  // Macro-tiles that wait in front of each part.
  localparam int unsigned MacroTiles = 4;
  // Sets of 2x2 accumulators: two anonymous ones, taken in turn, then the named ones.
  localparam int unsigned AnonymousSets = 2;
  localparam int unsigned Sets = AnonymousSets + dojo_pkg::NamedAccumulators;

  // How the elements of an operand are stored.
  typedef struct packed {
    logic [1:0] format;  // dojo_pkg::matrix_format_e
    logic [5:0] bias;
  } format_t;

  // What the parts of the unit need to know of one macro-tile; addresses and strides are in lines.
  typedef struct packed {
    logic [14:0] a_line;
    logic [14:0] a_m_stride;
    logic [14:0] a_k_stride;
    logic [14:0] b_line;
    logic [14:0] b_n_stride;
    logic [14:0] b_k_stride;
    logic [14:0] c_line;
    logic [14:0] c_m_stride;
    logic [14:0] c_n_stride;
    logic [15:0] k_tiles;      // 0: the accumulators are written as they are
    format_t     a_format;
    format_t     b_format;
    logic        image;        // A comes from an image
    logic        two_rows;     // two tiles of A, else one
    logic        two_columns;  // two tiles of B, else one
    logic        a_transposed;
    logic        b_transposed;
    logic        named;        // sums are formed in a named accumulator
    logic [1:0]  name;
    logic        continues;    // from what the accumulator holds
    logic        c_absent;
    logic        c_bf16;
    logic        last;         // of its descriptor
    logic        sem_en;
    logic [4:0]  sem;
  } macro_tile_t;

  // One matrix step.
  typedef struct packed {
    logic       empty;          // no arithmetic: only marks the end of a macro-tile without operands
    logic [1:0] group;          // in the operand buffers
    logic       row;            // tile of A in its group
    logic       column;         // tile of B in its group
    logic       half;           // k = 0..3 or 4..7 of the tile product
    logic       a_transposed;
    logic       b_transposed;
    logic [4:0] accumulator;    // set, row, column
    logic       first;          // the accumulator starts from +0
    logic       last;           // the first of the last steps of a macro-tile; the others follow in the next cycles
  } step_t;

  // How a line goes into a tile.
  typedef struct packed {
    logic       upper;   // BF16: rows 4..7 of the tile, else 0..3
    format_t    format;
    logic       image;   // the line holds pixels: each row of the tile takes its own
    logic       clear;   // image: all rows become zero first
    logic [7:0] rows;    // image: rows that are in this line
    logic [2:0] pixel;   // image: place of row 0 among the pixels of a line, modulo a line
    logic [2:0] step;    // image: pixels from one row to the next, modulo a line
  } placing_t;

  // How a line goes into an operand buffer.
  typedef struct packed {
    logic [2:0] tile;    // group, tile of the group
    placing_t   placing;
  } fill_t;

  // Three nested loops over the tiles of an image: either its pixels (tile of the row, row) or what lies under the kernel
  // (channel tile, column, row). The outer loop has no end of its own.
  typedef struct packed {
    logic [15:0] inner_count;
    logic [15:0] middle_count;
    logic [14:0] line_step;     // per inner position
    logic [6:0]  x_step;        // per middle position
    logic [3:0]  y_step;        // per outer position
  } image_loop_t;

  // A tile of an image.
  typedef struct packed {
    logic [14:0] line;          // of the same channels of the first pixels of the image
    logic [23:0] x;             // of its first pixel; two's complement, as y
    logic [23:0] y;
  } image_place_t;

  typedef struct packed {
    logic [15:0]  inner;
    logic [15:0]  middle;
    image_place_t place;
  } image_position_t;

  // A stream of tiles of an image, for one macro-tile.
  typedef struct packed {
    image_place_t first;        // tile of a group, to which the position of the k loop is added
    image_place_t second;
    image_loop_t  k_loop;
    logic [14:0] row_stride;
    logic [14:0] tile_stride;   // between eights of pixels
    logic [15:0] width;
    logic [15:0] height;
    logic [3:0]  pixel_step;
  } image_t;

  function automatic image_position_t image_next(input image_position_t position, input image_loop_t steps);
    image_position_t next;
    logic            inner_ends, middle_ends;
    inner_ends  = 16'(position.inner + 16'd1) == steps.inner_count;
    middle_ends = inner_ends && 16'(position.middle + 16'd1) == steps.middle_count;
    next.inner  = inner_ends ? 16'd0 : 16'(position.inner + 16'd1);
    next.middle = middle_ends ? 16'd0 : inner_ends ? 16'(position.middle + 16'd1) : position.middle;
    next.place.line = inner_ends ? 15'd0 : 15'(position.place.line + steps.line_step);
    next.place.x    = middle_ends ? 24'd0 : inner_ends ? 24'(position.place.x + 24'(steps.x_step)) : position.place.x;
    next.place.y    = middle_ends ? 24'(position.place.y + 24'(steps.y_step)) : position.place.y;
    return next;
  endfunction

  function automatic image_place_t image_add(input image_place_t a, input image_place_t b);
    return '{line: 15'(a.line + b.line), x: 24'(a.x + b.x), y: 24'(a.y + b.y)};
  endfunction

endpackage
// verilator lint_on UNUSEDPARAM
