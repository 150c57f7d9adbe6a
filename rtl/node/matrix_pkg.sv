// Sizes and records that the parts of the matrix unit share.
// UNUSEDPARAM is waived here because no single part uses every constant.
// verilator lint_off UNUSEDPARAM
package matrix_pkg;

  // Operand groups (up to two tiles for one k) that each operand buffer holds.
  localparam int unsigned Groups = 4;
  // Macro-tiles that wait in front of each part.
  localparam int unsigned MacroTiles = 4;

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
    logic [15:0] k_tiles;
    logic        two_rows;     // two tiles of A, else one
    logic        two_columns;  // two tiles of B, else one
    logic        a_transposed;
    logic        b_transposed;
    logic        c_bf16;
    logic        last;         // of its descriptor
    logic        sem_en;
    logic [4:0]  sem;
  } macro_tile_t;

  // One matrix step.
  typedef struct packed {
    logic [1:0] group;          // in the operand buffers
    logic       row;            // tile of A in its group
    logic       column;         // tile of B in its group
    logic       half;           // k = 0..3 or 4..7 of the tile product
    logic       a_transposed;
    logic       b_transposed;
    logic [2:0] accumulator;    // set, row, column
    logic       first;          // the accumulator starts from +0
    logic       last;           // the first of the last steps of a macro-tile; the others follow in the next cycles
  } step_t;

endpackage
// verilator lint_on UNUSEDPARAM
