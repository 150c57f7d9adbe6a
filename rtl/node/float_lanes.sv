// FP32 lanes of the fused multiply-add family (docs/numerics.md).
//
// Function: per lane d = +-(a * b) +- c, +-a +- c or +-(a * b), rounded once in any of the five modes, subnormals included, canonical
// NaN; and the exception flags of all enabled lanes together.
// Stages: 1 exact product; 2 alignment and sum in 64 bits, with a sticky bit; 3 normalisation, shift of subnormal results, tininess;
// 4 rounding into result_o. NaN and infinities travel beside them as a code per lane, looked at only when there are any.
// Latency: float_pkg::FmaLatency (4) cycles from valid_i to valid_o. Throughput: one operation per cycle. Back-pressure: none.
// Registered: every stage and every output.
`include "dojo_assert.svh"
module float_lanes #(
    parameter int unsigned Lanes = float_pkg::Lanes
) (
    input  logic                clk_i,
    input  logic                rst_ni,
    input  logic                valid_i,
    input  float_pkg::fma_op_e  op_i,
    input  logic                negate_product_i,  // of FmaAdd: a
    input  logic                negate_addend_i,
    input  logic [2:0]          rounding_i,        // dojo_pkg::rounding_e
    input  logic [Lanes-1:0]    enable_i,          // lanes whose flags count; results of others are unspecified
    input  logic [32*Lanes-1:0] a_i,
    input  logic [32*Lanes-1:0] b_i,               // not used by FmaAdd
    input  logic [32*Lanes-1:0] c_i,               // not used by FmaMultiply
    output logic                valid_o,
    output logic [32*Lanes-1:0] result_o,
    output logic [4:0]          flags_o            // of dojo_pkg::float_flag_e
);

  // Position of the binary point in the 64-bit sum: products below 4 leave two bits above it for the sum.
  localparam int unsigned Point = 60;
  // From the exponent of the sum to the field of a result whose leading one is in bit 63.
  localparam int unsigned FieldOffset = 127 - (63 - Point);

  // What replaces the result of a lane: bits 1:0 the kind, bit 2 that it is invalid.
  localparam logic [7:0] SpecialNone = 8'd0;
  localparam logic [7:0] SpecialPositive = 8'd1;
  localparam logic [7:0] SpecialNegative = 8'd2;
  localparam logic [7:0] SpecialNan = 8'd3;
  localparam logic [7:0] SpecialInvalid = 8'd7;

  logic valid1_q, valid2_q, valid3_q;

  // Stage 1 to 2. Exponents are on the scale of the product, field of a + field of b; that of a zero is 0.
  logic [63:0] product_q[Lanes], product_exponent_q[Lanes], product_sign_q[Lanes];
  logic [63:0] addend_q[Lanes], addend_exponent_q[Lanes], addend_sign_q[Lanes];
  logic [7:0]  special1_q[Lanes];
  logic        any_special1_q;
  logic [2:0]  rounding1_q;
  logic [Lanes-1:0] enable1_q;

  // Stage 2 to 3.
  logic [63:0] magnitude_q[Lanes], exponent_q[Lanes], sign2_q[Lanes];
  logic [7:0]  special2_q[Lanes];
  logic        any_special2_q;
  logic [2:0]  rounding2_q;
  logic [Lanes-1:0] enable2_q;

  // Stage 3 to 4: the significand with two bits below its last place (half, and anything below), what the exponent field
  // is before the leading one adds 1 to it, sign, and whether the result is tiny.
  logic [31:0] significand_q[Lanes], field_q[Lanes], sign3_q[Lanes], tiny_q[Lanes];
  logic [7:0]  special3_q[Lanes];
  logic        any_special3_q;
  logic [2:0]  rounding3_q;
  logic [Lanes-1:0] enable3_q;

  // All of the above is private to one process: blocking assignments in the order of the stages, the last one first, are registers
  // and simulate several times faster than non-blocking ones.
  /* verilator lint_off BLKSEQ */

  task automatic find_specials(input logic [31:0] a[Lanes], input logic [31:0] b[Lanes], input logic [31:0] c[Lanes]);
    for (int unsigned n = 0; n < Lanes; n++) begin
      logic [31:0] a_bits, b_bits, c_bits;
      logic        product_infinite, product_sign, c_infinite, c_sign, nan, signalling, invalid;
      a_bits           = a[n] & 32'h7fffffff;
      b_bits           = b[n] & 32'h7fffffff;
      c_bits           = c[n] & 32'h7fffffff;
      product_infinite = a_bits == 32'h7f800000 || b_bits == 32'h7f800000;
      product_sign     = a[n][31] ^ b[n][31];
      c_infinite       = c_bits == 32'h7f800000;
      c_sign           = c[n][31];
      nan              = a_bits > 32'h7f800000 || b_bits > 32'h7f800000 || c_bits > 32'h7f800000;
      signalling       = (a_bits > 32'h7f800000 && !a[n][22]) || (b_bits > 32'h7f800000 && !b[n][22]) ||
                         (c_bits > 32'h7f800000 && !c[n][22]);
      invalid          = signalling || (product_infinite && (a_bits == 32'd0 || b_bits == 32'd0)) ||
                         (!nan && product_infinite && c_infinite && product_sign != c_sign);
      special1_q[n]    = invalid ? SpecialInvalid
                       : nan ? SpecialNan
                       : !(product_infinite || c_infinite) ? SpecialNone
                       : (product_infinite ? product_sign : c_sign) ? SpecialNegative : SpecialPositive;
    end
  endtask

  // Stage 1.
  task automatic multiply;
    logic [31:0] a[Lanes], b[Lanes], c[Lanes];
    logic [31:0] a_flip, c_flip, special;
    a_flip = negate_product_i ? 32'h80000000 : 32'd0;
    c_flip = negate_addend_i ? 32'h80000000 : 32'd0;
    for (int unsigned n = 0; n < Lanes; n++) a[n] = a_i[32*n+:32] ^ a_flip;
    if (op_i == float_pkg::FmaAdd) for (int unsigned n = 0; n < Lanes; n++) b[n] = float_pkg::One;
    else for (int unsigned n = 0; n < Lanes; n++) b[n] = b_i[32*n+:32];
    // A zero of the product's sign leaves the product as it is.
    if (op_i == float_pkg::FmaMultiply) for (int unsigned n = 0; n < Lanes; n++) c[n] = (a[n] ^ b[n]) & 32'h80000000;
    else for (int unsigned n = 0; n < Lanes; n++) c[n] = c_i[32*n+:32] ^ c_flip;
    special = 32'd0;
    for (int unsigned n = 0; n < Lanes; n++) begin
      logic [63:0] aw, bw, cw, a_field, b_field, c_field, a_mantissa, b_mantissa, c_mantissa, p;
      aw                    = 64'(a[n]);
      bw                    = 64'(b[n]);
      cw                    = 64'(c[n]);
      a_field               = (aw >> 23) & 64'hff;
      b_field               = (bw >> 23) & 64'hff;
      c_field               = (cw >> 23) & 64'hff;
      a_mantissa            = (aw & 64'h7fffff) | ((a_field != 64'd0) ? 64'h800000 : 64'd0);
      b_mantissa            = (bw & 64'h7fffff) | ((b_field != 64'd0) ? 64'h800000 : 64'd0);
      c_mantissa            = (cw & 64'h7fffff) | ((c_field != 64'd0) ? 64'h800000 : 64'd0);
      p                     = (a_mantissa & 64'hffffffff) * (b_mantissa & 64'hffffffff);
      product_q[n]          = p << (Point - 46);
      product_exponent_q[n] = (p == 64'd0) ? 64'd0 : ((a_field != 64'd0) ? a_field : 64'd1) + ((b_field != 64'd0) ? b_field : 64'd1);
      product_sign_q[n]     = (aw ^ bw) >> 31;
      addend_q[n]           = c_mantissa << (Point - 23);
      addend_exponent_q[n]  = (c_mantissa == 64'd0) ? 64'd0 : 64'd127 + ((c_field != 64'd0) ? c_field : 64'd1);
      addend_sign_q[n]      = cw >> 31;
    end
    for (int unsigned n = 0; n < Lanes; n++) begin
      special = special | (((a[n] & 32'h7f800000) == 32'h7f800000) ? 32'd1 : 32'd0)
                        | (((b[n] & 32'h7f800000) == 32'h7f800000) ? 32'd1 : 32'd0)
                        | (((c[n] & 32'h7f800000) == 32'h7f800000) ? 32'd1 : 32'd0);
    end
    any_special1_q = special[0];
    if (any_special1_q) find_specials(a, b, c);
    rounding1_q = rounding_i;
    enable1_q   = enable_i;
  endtask

  // Stage 2.
  task automatic add;
    logic [63:0] down;
    // An exact zero from terms of different signs is +0, or -0 when rounding down.
    down = (rounding1_q == dojo_pkg::RoundingDown) ? 64'd1 : 64'd0;
    for (int unsigned n = 0; n < Lanes; n++) begin
      logic [63:0] larger, smaller, distance, shifted, larger_sign, differ, sum, negative;
      logic        swap;
      swap           = addend_exponent_q[n] > product_exponent_q[n];
      larger         = swap ? addend_q[n] : product_q[n];
      smaller        = swap ? product_q[n] : addend_q[n];
      larger_sign    = swap ? addend_sign_q[n] : product_sign_q[n];
      exponent_q[n]  = swap ? addend_exponent_q[n] : product_exponent_q[n];
      distance       = swap ? addend_exponent_q[n] - product_exponent_q[n] : product_exponent_q[n] - addend_exponent_q[n];
      distance       = (distance > 64'd63) ? 64'd63 : distance;
      shifted        = smaller >> distance[5:0];
      // What was shifted out is kept as one bit at the end.
      shifted        = shifted | (((shifted << distance[5:0]) != smaller) ? 64'd1 : 64'd0);
      differ         = product_sign_q[n] ^ addend_sign_q[n];
      sum            = larger + ((shifted ^ (-differ)) + differ);
      negative       = sum >> 63;
      magnitude_q[n] = (sum ^ (-negative)) + negative;
      sign2_q[n]     = (sum == 64'd0) ? (product_sign_q[n] & addend_sign_q[n]) | (differ & down) : larger_sign ^ negative;
    end
    any_special2_q = any_special1_q;
    if (any_special1_q) for (int unsigned n = 0; n < Lanes; n++) special2_q[n] = special1_q[n];
    rounding2_q = rounding1_q;
    enable2_q   = enable1_q;
  endtask

  // Stage 3.
  task automatic normalise;
    logic [63:0] nearest, positive, negative;
    nearest  = 64'(float_pkg::to_nearest(rounding2_q));
    positive = 64'(float_pkg::positive_up(rounding2_q));
    negative = 64'(float_pkg::negative_up(rounding2_q));
    for (int unsigned n = 0; n < Lanes; n++) begin
      logic [63:0] m, t, zeros, e, below, kept, half, rest, reaches;
      m     = magnitude_q[n];
      t     = (m[63:32] == 32'd0) ? 64'd32 : 64'd0;
      zeros = t;
      m     = m << t[5:0];
      t     = (m[63:48] == 16'd0) ? 64'd16 : 64'd0;
      zeros = zeros + t;
      m     = m << t[5:0];
      t     = (m[63:56] == 8'd0) ? 64'd8 : 64'd0;
      zeros = zeros + t;
      m     = m << t[5:0];
      t     = (m[63:60] == 4'd0) ? 64'd4 : 64'd0;
      zeros = zeros + t;
      m     = m << t[5:0];
      t     = (m[63:62] == 2'd0) ? 64'd2 : 64'd0;
      zeros = zeros + t;
      m     = m << t[5:0];
      t     = (m[63] == 1'b0) ? 64'd1 : 64'd0;
      zeros = zeros + t;
      m     = m << t[5:0];
      // Exponent field of the result, in two's complement; a subnormal one is shifted back to field 1 less the leading one.
      e     = exponent_q[n] - 64'(FieldOffset) - zeros;
      below = (e[63] || e == 64'd0) ? 64'd1 - e : 64'd0;
      below = (below > 64'd63) ? 64'd63 : below;
      // A subnormal result is tiny unless, with any exponent, it is rounded up to the smallest normal number: then its 24 bits are
      // all ones and its exponent is the next one below.
      half    = (m >> 39) & 64'd1;
      rest    = ((m & 64'hffffffffff) != 64'd0) ? 64'd1 : 64'd0;
      reaches = (nearest & half) | (rest & ((sign2_q[n] != 64'd0) ? negative : positive));
      reaches = (m >= 64'hffffff0000000000 && below == 64'd1) ? reaches : 64'd0;
      tiny_q[n]        = 32'((below != 64'd0) ? 64'd1 - reaches : 64'd0);
      kept             = m >> below[5:0];
      kept             = (kept >> 38) | (((kept & 64'h3fffffffff) != 64'd0 || (kept << below[5:0]) != m) ? 64'd1 : 64'd0);
      significand_q[n] = 32'(kept);
      field_q[n]       = 32'((below != 64'd0 || m == 64'd0) ? 64'd0 : e - 64'd1);
      sign3_q[n]       = 32'(sign2_q[n]);
    end
    any_special3_q = any_special2_q;
    if (any_special2_q) for (int unsigned n = 0; n < Lanes; n++) special3_q[n] = special2_q[n];
    rounding3_q = rounding2_q;
    enable3_q   = enable2_q;
  endtask

  // Stage 4.
  task automatic round;
    logic [31:0]         result[Lanes], raised[Lanes], flags, nearest, away, positive, negative;
    logic [32*Lanes-1:0] line;
    nearest  = float_pkg::to_nearest(rounding3_q);
    away     = float_pkg::ties_away(rounding3_q);
    positive = float_pkg::positive_up(rounding3_q);
    negative = float_pkg::negative_up(rounding3_q);
    for (int unsigned n = 0; n < Lanes; n++) begin
      logic [31:0] kept, half, rest, inexact, toward, up, bits, overflow, end_bits;
      kept      = significand_q[n] >> 2;
      half      = (significand_q[n] >> 1) & 32'd1;
      rest      = significand_q[n] & 32'd1;
      inexact   = half | rest;
      toward    = (sign3_q[n] != 32'd0) ? negative : positive;
      up        = float_pkg::rounds_up(kept, half, rest, nearest, away, toward);
      bits      = (field_q[n] << 23) + kept + up;
      overflow  = (bits >= 32'h7f800000) ? 32'd1 : 32'd0;
      end_bits  = ((nearest | toward) != 32'd0) ? 32'h7f800000 : 32'h7f7fffff;
      result[n] = ((overflow != 32'd0) ? end_bits : bits) | (sign3_q[n] << 31);
      raised[n] = inexact | overflow | ((inexact & tiny_q[n]) << 1) | (overflow << 2);
    end
    if (any_special3_q) begin
      for (int unsigned n = 0; n < Lanes; n++) begin
        result[n] = (special3_q[n] == SpecialNone) ? result[n] : (special3_q[n] >= SpecialNan) ? float_pkg::CanonicalNan
                  : (special3_q[n] == SpecialNegative) ? 32'hff800000 : 32'h7f800000;
        raised[n] = (special3_q[n] == SpecialNone) ? raised[n] : (special3_q[n] == SpecialInvalid) ? 32'd16 : 32'd0;
      end
    end
    flags = 32'd0;
    for (int unsigned n = 0; n < Lanes; n++) flags = flags | (raised[n] & (32'd0 - ((32'(enable3_q) >> n) & 32'd1)));
    for (int unsigned n = 0; n < Lanes; n++) line[32*n+:32] = result[n];
    result_o <= line;
    flags_o  <= flags[4:0];
  endtask

  always_ff @(posedge clk_i) begin
    if (valid3_q) round();
    if (valid2_q) normalise();
    if (valid1_q) add();
    if (valid_i) multiply();
    valid_o <= valid3_q;
    valid3_q = valid2_q;
    valid2_q = valid1_q;
    valid1_q = valid_i;
    if (!rst_ni) begin
      valid_o <= 1'b0;
      valid3_q = 1'b0;
      valid2_q = 1'b0;
      valid1_q = 1'b0;
    end
  end
  /* verilator lint_on BLKSEQ */

  // Integration checks.
  `DOJO_ASSERT(OpIsKnown, !valid_i || op_i <= float_pkg::FmaMultiply)
  `DOJO_ASSERT(RoundingIsKnown, !valid_i || rounding_i <= dojo_pkg::RoundingNearestAway)

  // Implementation checks.
  `DOJO_COVER(BackToBack, valid1_q && valid2_q && valid3_q && valid_o)
  `DOJO_COVER(SpecialBesideOthers, valid3_q && any_special3_q)
  `DOJO_COVER(EveryFlagOfRounding, valid_o && flags_o[2:0] == 3'd7)

endmodule
