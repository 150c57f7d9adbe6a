// The arithmetic of the matrix unit: operand buffers, the 8x8x4 step, and the accumulators (docs/numerics.md).
//
// Function: a step adds the product of an 8x4 part of a tile of A and a 4x8 part of a tile of B to an 8x8 FP32 accumulator, each
// element rounded once. Operands become BF16 when their lines arrive, whatever their format, and are taken transposed or not from
// the whole tile; the rows of a tile of an image come from several lines. Named accumulators can be read and written by lines.
// Stages: 1 operand selection, exact products and their largest exponent; 2 alignment with the accumulator and sum; 3 normalisation
// and rounding into the accumulator.
// Latency: three cycles. Throughput: one step per cycle; two steps on the same accumulator are at least two cycles apart (there is no
// path from stage 3 to stage 2). Back-pressure: none.
// Registered: the stages, the accumulators, computed_o (the accumulator of a step with `last` was finished in the cycle before),
// drain_data_o, which holds the line that drain_load_i asked for: 16 FP32 or 32 BF16 values of an accumulator, and
// accumulator_data_o, which holds the line that accumulator_read_valid_i asked for: two rows of a named accumulator.
`include "dojo_assert.svh"
module matrix_datapath (
    input  logic                     clk_i,
    input  logic                     rst_ni,
    // operand lines
    input  logic                     a_fill_valid_i,
    input  matrix_pkg::fill_t        a_fill_i,
    input  logic [511:0]             a_fill_data_i,
    input  logic                     b_fill_valid_i,
    input  matrix_pkg::fill_t        b_fill_i,
    input  logic [511:0]             b_fill_data_i,
    // steps
    input  logic                     step_valid_i,
    input  matrix_pkg::step_t        step_i,
    output logic                     computed_o,
    // drain
    input  logic                     drain_load_i,
    input  logic [4:0]               drain_accumulator_i,
    input  logic [1:0]               drain_line_i,
    input  logic                     drain_bf16_i,
    output logic [511:0]             drain_data_o,
    // lines of the named accumulators
    input  logic                     accumulator_read_valid_i,
    input  logic                     accumulator_write_valid_i,
    input  logic [5:0]               accumulator_line_i,
    input  logic [511:0]             accumulator_data_i,
    input  logic [15:0]              accumulator_enable_i,
    output logic [511:0]             accumulator_data_o,
    output logic                     idle_o
);

  localparam int unsigned WindowBits = 32;
  localparam int unsigned FractionBits = WindowBits - 6;

  // Special values of one element of a step.
  localparam logic [7:0] SpecialNone = 8'd0;
  localparam logic [7:0] SpecialPositive = 8'd1;
  localparam logic [7:0] SpecialNegative = 8'd2;
  localparam logic [7:0] SpecialNan = 8'd3;

  // Operand buffers: tiles of BF16, two to a group.
  logic [15:0] a_q[2*matrix_pkg::Groups][64], b_q[2*matrix_pkg::Groups][64];

  // A tile on its way out of and into a buffer.
  logic [15:0] filled[64];

  // Stage 1 to 2, by k and element: product with its sign in bit 31, distance of its exponent from the largest one.
  logic [31:0] product_q[4][64];
  logic [31:0] distance_q[4][64];
  logic [31:0] largest_q[64];
  logic [7:0]  special1_q[64];
  logic        any_special1_q, valid1_q, first1_q, last1_q;
  logic [4:0]  accumulator1_q;

  // Stage 2 to 3.
  logic [31:0] sum_q[64];
  logic [31:0] exponent_q[64];
  logic [7:0]  special2_q[64];
  logic        any_special2_q, valid2_q, last2_q;
  logic [4:0]  accumulator2_q;

  logic [31:0] accumulator_q[4*matrix_pkg::Sets][64]  /*verilator public_flat_rd*/;
  logic [31:0] result[64];  // of stage 3, on its way into its accumulator

  logic [4:0] named_accumulator;
  assign named_accumulator = 5'(4 * matrix_pkg::AnonymousSets) + 5'(accumulator_line_i[5:2]);

  logic active;
  assign active = a_fill_valid_i || b_fill_valid_i || step_valid_i || valid1_q || valid2_q || last1_q || last2_q || computed_o || drain_load_i ||
                  accumulator_read_valid_i || accumulator_write_valid_i;
  assign idle_o = !active;

  // The arrays and fields above are private to one process: blocking assignments in the order of the stages, the last one first, are
  // registers and simulate several times faster than non-blocking ones.
  /* verilator lint_off BLKSEQ */

  // Puts a line of an operand into `filled`, its tile. All formats become BF16, which holds the values of all.
  task automatic place_line(input logic [511:0] data, input matrix_pkg::placing_t place);
    logic [15:0] value[64];  // in the order of the line; elements 32..63 exist with CFloat8 only
    logic        narrow;     // CFloat8
    narrow = place.format.format != dojo_pkg::MatrixFormatBf16;
    if (narrow) begin
      logic        e5;
      logic [2:0]  shift;
      logic [15:0] denormals, normal_base, denormal_base;
      e5            = place.format.format == dojo_pkg::MatrixFormatCfloat8152;
      denormals     = e5 ? 16'd4 : 16'd8;  // magnitudes below this have exponent field 0
      shift         = e5 ? 3'd5 : 3'd4;
      normal_base   = (16'd127 - 16'(place.format.bias)) << 7;
      denormal_base = ((e5 ? 16'd126 : 16'd125) - 16'(place.format.bias)) << 7;  // of the value with magnitude 1
      for (int unsigned w = 0; w < 16; w++) begin
        logic [31:0] word;
        word = data[32*w+:32];
        for (int unsigned b = 0; b < 4; b++) value[4*w+b] = 16'((word >> (8 * b)) & 32'hff);
      end
      for (int unsigned n = 0; n < 64; n++) begin
        logic [15:0] magnitude, leading, normal, denormal, widened;
        magnitude = value[n] & 16'h7f;
        leading   = (magnitude >= 16'd4) ? 16'd2 : (magnitude >= 16'd2) ? 16'd1 : 16'd0;  // of a denormal
        normal    = (magnitude << shift) + normal_base;
        denormal  = denormal_base + (leading << 7) + ((magnitude << (3'd7 - leading[2:0])) & 16'h7f);
        widened   = (magnitude == 16'd0) ? 16'd0 : (magnitude < denormals) ? denormal : normal;
        value[n]  = widened | ((value[n] & 16'h80) << 8);
      end
    end else begin
      for (int unsigned w = 0; w < 16; w++) begin
        logic [31:0] word;
        word         = data[32*w+:32];
        value[2*w]   = word[15:0];
        value[2*w+1] = word[31:16];
      end
    end
    if (place.image) begin
      for (int unsigned n = 0; n < 64; n++) begin
        logic [2:0]  pixel;
        logic [15:0] old;
        pixel = place.pixel + 3'(3'(n / 8) * place.step);
        if (!narrow) pixel[2] = 1'b0;  // four pixels to a line
        old     = place.clear ? 16'd0 : filled[n];
        filled[n] = place.rows[3'(n/8)] ? value[{pixel, 3'(n)}] : old;
      end
    end else if (narrow) begin
      for (int unsigned n = 0; n < 64; n++) filled[n] = value[n];
    end else if (place.upper) begin
      for (int unsigned n = 0; n < 32; n++) filled[32+n] = value[n];
    end else begin
      for (int unsigned n = 0; n < 32; n++) filled[n] = value[n];
    end
  endtask

  task automatic fill_a;
    filled = a_q[a_fill_i.tile];
    place_line(a_fill_data_i, a_fill_i.placing);
    for (int unsigned t = 0; t < 2 * matrix_pkg::Groups; t++) begin
      if (a_fill_i.tile == 3'(t)) a_q[t] = filled;
    end
  endtask

  task automatic fill_b;
    filled = b_q[b_fill_i.tile];
    place_line(b_fill_data_i, b_fill_i.placing);
    for (int unsigned t = 0; t < 2 * matrix_pkg::Groups; t++) begin
      if (b_fill_i.tile == 3'(t)) b_q[t] = filled;
    end
  endtask

  // Rare: an operand of the step's tiles is a NaN or an infinity.
  task automatic find_specials(input logic [15:0] am[32], input logic [15:0] ae[32], input logic [15:0] bm[32],
                               input logic [15:0] be[32]);
    for (int unsigned i = 0; i < 8; i++) begin
      for (int unsigned j = 0; j < 8; j++) begin
        logic positive, negative, nan;
        positive = 1'b0;
        negative = 1'b0;
        nan      = 1'b0;
        for (int unsigned k = 0; k < 4; k++) begin
          logic [7:0] x, y;
          logic       x_max, y_max, infinite, sign;
          x        = am[8*k+i][7:0];
          y        = bm[8*k+j][7:0];
          x_max    = ae[8*k+i] == 16'hff;
          y_max    = be[8*k+j] == 16'hff;
          sign     = am[8*k+i][15] ^ bm[8*k+j][15];
          infinite = x_max || y_max;
          nan      |= (x_max && x != 8'h80) || (y_max && y != 8'h80) || (x_max && y == 8'd0) ||
                      (y_max && x == 8'd0);
          positive |= infinite && !sign;
          negative |= infinite && sign;
        end
        special1_q[8*i+j] = (nan || (positive && negative)) ? SpecialNan
                          : positive ? SpecialPositive : negative ? SpecialNegative : SpecialNone;
      end
    end
  endtask

  // Stage 1.
  task automatic multiply;
    logic [15:0] at[64], bt[64];                  // tiles
    logic [15:0] av[32], bv[32];                  // selected operands: index 8 * k + row of A or column of B
    logic [15:0] am[32], ae[32], bm[32], be[32];  // sign (bit 15) and mantissa with its leading one (bits 7:0); exponent
    logic [15:0] e[4][64];
    logic [15:0] special;
    logic [2:0]  a_tile, b_tile;
    a_tile = {step_i.group, step_i.row};
    b_tile = {step_i.group, step_i.column};
    at     = a_q[a_tile];
    bt     = b_q[b_tile];
    if (step_i.a_transposed) begin
      for (int unsigned n = 0; n < 32; n++) av[n] = at[{step_i.half, 5'(n)}];
    end else begin
      for (int unsigned k = 0; k < 4; k++) begin
        for (int unsigned i = 0; i < 8; i++) av[8*k+i] = at[{3'(i), step_i.half, 2'(k)}];
      end
    end
    if (!step_i.b_transposed) begin
      for (int unsigned n = 0; n < 32; n++) bv[n] = bt[{step_i.half, 5'(n)}];
    end else begin
      for (int unsigned k = 0; k < 4; k++) begin
        for (int unsigned j = 0; j < 8; j++) bv[8*k+j] = bt[{3'(j), step_i.half, 2'(k)}];
      end
    end
    special = 16'd0;
    for (int unsigned n = 0; n < 32; n++) begin
      logic [15:0] x, y;
      x       = (av[n] >> 7) & 16'hff;
      am[n]   = (av[n] & 16'h807f) | ((x != 16'd0) ? 16'h80 : 16'h0);
      ae[n]   = (x != 16'd0) ? x : 16'd1;
      y       = (bv[n] >> 7) & 16'hff;
      bm[n]   = (bv[n] & 16'h807f) | ((y != 16'd0) ? 16'h80 : 16'h0);
      be[n]   = (y != 16'd0) ? y : 16'd1;
      special = special | ((x == 16'hff || y == 16'hff) ? 16'd1 : 16'd0);
    end
    for (int unsigned k = 0; k < 4; k++) begin
      logic [15:0] xm[64], xe[64], ym[64], ye[64];
      for (int unsigned i = 0; i < 8; i++) begin
        for (int unsigned j = 0; j < 8; j++) begin
          xm[8*i+j] = am[8*k+i];
          xe[8*i+j] = ae[8*k+i];
          ym[8*i+j] = bm[8*k+j];
          ye[8*i+j] = be[8*k+j];
        end
      end
      for (int unsigned n = 0; n < 64; n++) begin
        logic [15:0] p, s;
        p               = (xm[n] & 16'hff) * (ym[n] & 16'hff);
        s               = (xm[n] ^ ym[n]) & 16'h8000;
        e[k][n]         = (p == 16'd0) ? 16'd0 : xe[n] + ye[n];
        product_q[k][n] = {s, p};
      end
    end
    for (int unsigned n = 0; n < 64; n++) begin
      logic [15:0] e01, e23, largest, d0, d1, d2, d3;
      e01              = (e[0][n] > e[1][n]) ? e[0][n] : e[1][n];
      e23              = (e[2][n] > e[3][n]) ? e[2][n] : e[3][n];
      largest          = (e01 > e23) ? e01 : e23;
      largest_q[n]     = 32'(largest);
      d0               = largest - e[0][n];
      distance_q[0][n] = 32'(d0);
      d1               = largest - e[1][n];
      distance_q[1][n] = 32'(d1);
      d2               = largest - e[2][n];
      distance_q[2][n] = 32'(d2);
      d3               = largest - e[3][n];
      distance_q[3][n] = 32'(d3);
    end
    any_special1_q = special[0];
    if (any_special1_q) find_specials(am, ae, bm, be);
    accumulator1_q = step_i.accumulator;
    first1_q       = step_i.first;
  endtask

  // A magnitude, shifted right by `distance`, with its sign (all ones or zero).
  function automatic logic [31:0] align(input logic [31:0] magnitude, input logic [31:0] distance, input logic [31:0] sign);
    logic [31:0] shifted;
    shifted = (distance > 32'd31) ? 32'd0 : (magnitude >> distance[4:0]);
    return (shifted ^ sign) - sign;
  endfunction

  // Stage 2.
  task automatic add;
    logic [31:0] c[64];
    logic [31:0] c_special;
    if (first1_q) c = '{default: '0};
    else c = accumulator_q[accumulator1_q];
    c_special = 32'd0;
    for (int unsigned n = 0; n < 64; n++) begin
      logic [31:0] field, c_exponent, c_mantissa, largest, more, p0, p1, p2, p3;
      field         = (c[n] >> 23) & 32'hff;
      c_exponent    = (field == 32'd0) ? 32'd0 : field + 32'd127;
      c_mantissa    = (field == 32'd0) ? 32'd0 : ((c[n] & 32'h7fffff) | 32'h800000) << (FractionBits - 23);
      largest       = (largest_q[n] > c_exponent) ? largest_q[n] : c_exponent;
      more          = largest - largest_q[n];
      p0            = product_q[0][n];
      p1            = product_q[1][n];
      p2            = product_q[2][n];
      p3            = product_q[3][n];
      sum_q[n]      = align((p0 & 32'hffff) << (FractionBits - 14), distance_q[0][n] + more, -(p0 >> 31))
                    + align((p1 & 32'hffff) << (FractionBits - 14), distance_q[1][n] + more, -(p1 >> 31))
                    + align((p2 & 32'hffff) << (FractionBits - 14), distance_q[2][n] + more, -(p2 >> 31))
                    + align((p3 & 32'hffff) << (FractionBits - 14), distance_q[3][n] + more, -(p3 >> 31))
                    + align(c_mantissa, largest - c_exponent, -(c[n] >> 31));
      exponent_q[n] = largest;
      c_special     = c_special | ((field == 32'hff) ? 32'd1 : 32'd0);
    end
    any_special2_q = any_special1_q || c_special[0];
    if (any_special2_q) begin
      for (int unsigned n = 0; n < 64; n++) begin
        logic [7:0] old, now;
        old = (c[n][30:23] != 8'hff) ? SpecialNone : (c[n][22:0] != 23'd0) ? SpecialNan
            : c[n][31] ? SpecialNegative : SpecialPositive;
        now = any_special1_q ? special1_q[n] : SpecialNone;
        special2_q[n] = (now == SpecialNone) ? old : (old == SpecialNone || old == now) ? now : SpecialNan;
      end
    end
    accumulator2_q = accumulator1_q;
  endtask

  // Stage 3.
  task automatic round;
    for (int unsigned n = 0; n < 64; n++) begin
      logic [31:0] sign, m, zeros, t, e, up, r;
      sign  = -(sum_q[n] >> 31);
      m     = (sum_q[n] ^ sign) - sign;
      t     = (m[31:16] == 16'd0) ? 32'd16 : 32'd0;
      zeros = t;
      m     = m << t[4:0];
      t     = (m[31:24] == 8'd0) ? 32'd8 : 32'd0;
      zeros = zeros + t;
      m     = m << t[4:0];
      t     = (m[31:28] == 4'd0) ? 32'd4 : 32'd0;
      zeros = zeros + t;
      m     = m << t[4:0];
      t     = (m[31:30] == 2'd0) ? 32'd2 : 32'd0;
      zeros = zeros + t;
      m     = m << t[4:0];
      t     = (m[31] == 1'b0) ? 32'd1 : 32'd0;
      zeros = zeros + t;
      m     = m << t[4:0];
      // Exponent field of the result, before rounding; negative in two's complement.
      e     = exponent_q[n] - 32'(127 - (WindowBits - 1 - FractionBits)) - zeros;
      up    = (m >> 7) & (((m & 32'h7f) != 32'd0) ? 32'd1 : (m >> 8)) & 32'd1;
      r     = ((e << 23) | ((m >> 8) & 32'h7fffff)) + up;
      r     = ((r & 32'h7f800000) == 32'h7f800000 || (e > 32'd254 && e[31] == 1'b0)) ? 32'h7f800000 : r;
      r     = (m[31] == 1'b0 || e[31] == 1'b1 || (e == 32'd0 && r < 32'h800000)) ? 32'd0 : r;
      result[n] = r | (sign & 32'h80000000);
    end
    if (any_special2_q) begin
      for (int unsigned n = 0; n < 64; n++) begin
        result[n] = (special2_q[n] == SpecialNone) ? result[n] : (special2_q[n] == SpecialNan) ? 32'h7fc00000
                  : (special2_q[n] == SpecialNegative) ? 32'hff800000 : 32'h7f800000;
      end
    end
  endtask

  // Written with constant indices, of which one is chosen: synthesis makes enables of them.
  task automatic store(input logic [4:0] accumulator);
    for (int unsigned a = 0; a < 4 * matrix_pkg::Sets; a++) begin
      if (accumulator == 5'(a)) accumulator_q[a] = result;
    end
  endtask

  // One line of an accumulator for the drain.
  task automatic drain;
    logic [31:0]  whole[64];
    logic [31:0]  half[32];
    logic [511:0] line;
    logic         upper;
    upper = drain_bf16_i ? drain_line_i[0] : drain_line_i[1];
    whole = accumulator_q[drain_accumulator_i];
    for (int unsigned n = 0; n < 32; n++) half[n] = whole[{upper, 5'(n)}];
    if (drain_bf16_i) begin
      for (int unsigned w = 0; w < 16; w++) begin
        logic [31:0] low, high;
        low  = half[2*w];
        high = half[2*w+1];
        // A NaN that was written into a named accumulator becomes the canonical one.
        low  = ((low & 32'h7fffffff) > 32'h7f800000) ? 32'h7fc00000 : low + 32'h7fff + ((low >> 16) & 32'd1);
        high = ((high & 32'h7fffffff) > 32'h7f800000) ? 32'h7fc00000 : high + 32'h7fff + ((high >> 16) & 32'd1);
        line[32*w+:32] = {high[31:16], low[31:16]};
      end
    end else begin
      for (int unsigned w = 0; w < 16; w++) line[32*w+:32] = half[{drain_line_i[0], 4'(w)}];
    end
    drain_data_o <= line;
  endtask

  // One line of a named accumulator.
  task automatic read_named;
    logic [31:0]  whole[64];
    logic [511:0] line;
    whole = accumulator_q[named_accumulator];
    for (int unsigned w = 0; w < 16; w++) line[32*w+:32] = whole[{accumulator_line_i[1:0], 4'(w)}];
    accumulator_data_o <= line;
  endtask

  task automatic write_named;
    for (int unsigned l = 0; l < 64; l++) begin
      if (accumulator_line_i == 6'(l)) begin
        for (int unsigned w = 0; w < 16; w++) begin
          logic [31:0] old;
          old = accumulator_q[4*matrix_pkg::AnonymousSets+l/4][16*(l%4)+w];
          accumulator_q[4*matrix_pkg::AnonymousSets+l/4][16*(l%4)+w] =
              accumulator_enable_i[w] ? accumulator_data_i[32*w+:32] : old;
        end
      end
    end
  endtask

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      valid1_q   <= 1'b0;
      valid2_q   <= 1'b0;
      last1_q    <= 1'b0;
      last2_q    <= 1'b0;
      computed_o <= 1'b0;
    end else if (active) begin
      logic [4:0] rounded;
      if (accumulator_read_valid_i) read_named();
      if (drain_load_i) drain();
      if (valid2_q) round();
      rounded = accumulator2_q;
      if (valid1_q) add();
      // After the read of stage 2: there is no bypass.
      if (valid2_q) store(rounded);
      if (accumulator_write_valid_i) write_named();
      if (step_valid_i && !step_i.empty) multiply();
      if (a_fill_valid_i) fill_a();
      if (b_fill_valid_i) fill_b();
      computed_o <= last2_q;
      last2_q    <= last1_q;
      last1_q    <= step_valid_i && step_i.last;
      valid2_q   <= valid1_q;
      valid1_q   <= step_valid_i && !step_i.empty;
    end
  end
  /* verilator lint_on BLKSEQ */

  // Integration checks.
  `DOJO_ASSERT(StepsAreApart, !(valid1_q && valid2_q && accumulator1_q == accumulator2_q))
  `DOJO_ASSERT(ReadOrWrite, !(accumulator_read_valid_i && accumulator_write_valid_i))
  `DOJO_ASSERT(NamedIsNotInUse, !(accumulator_write_valid_i && valid2_q && accumulator2_q == named_accumulator))
  `DOJO_COVER(BackToBack, valid1_q && valid2_q)

endmodule
