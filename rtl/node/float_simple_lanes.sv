// FP32 lanes for everything but arithmetic: minimum, maximum, signs, comparisons, classes, conversions, estimates
// (docs/numerics.md).
//
// Function: the operations of float_pkg::simple_op_e, and the exception flags of all enabled lanes together. An operand or result of
// 16 bits is in the low half of its lane; the upper half of such a result is zero.
// Stages: 1 decoding, comparison, shift or normalisation; 2 rounding, range, table, into result_o.
// Latency: float_pkg::SimpleLatency (2) cycles from valid_i to valid_o. Throughput: one operation per cycle. Back-pressure: none.
// Registered: both stages and every output.
`include "dojo_assert.svh"
module float_simple_lanes #(
    parameter int unsigned Lanes = float_pkg::Lanes
) (
    input  logic                   clk_i,
    input  logic                   rst_ni,
    input  logic                   valid_i,
    input  float_pkg::simple_op_e  op_i,
    input  logic [2:0]             rounding_i,  // dojo_pkg::rounding_e
    input  logic [Lanes-1:0]       enable_i,    // lanes whose flags count
    input  logic [32*Lanes-1:0]    a_i,
    input  logic [32*Lanes-1:0]    b_i,         // of operations with two operands
    output logic                   valid_o,
    output logic [32*Lanes-1:0]    result_o,
    output logic [Lanes-1:0]       mask_o,      // of comparisons, else unspecified
    output logic [4:0]             flags_o      // of dojo_pkg::float_flag_e
);

  localparam logic [31:0] Invalid = 32'(dojo_pkg::FloatFlagInvalid);
  localparam logic [31:0] DivideByZero = 32'(dojo_pkg::FloatFlagDivideByZero);

  // How the second stage ends an operation.
  typedef enum logic [2:0] {
    FinishDirect,     // value_q is the result
    FinishToInteger,
    FinishFromInteger,
    FinishToBf16,
    FinishInverse,
    FinishInverseRoot
  } finish_e;

  logic                   valid1_q;
  finish_e                finish_q;
  float_pkg::simple_op_e  op_q;
  logic [2:0]             rounding_q;
  logic [Lanes-1:0]       enable_q;
  // Result, or magnitude to be rounded with two bits for half of its last place and for anything below; what is added to it; flags.
  logic [31:0] value_q[Lanes], tail_q[Lanes], base_q[Lanes], sign_q[Lanes], raised_q[Lanes];

  // All of the above is private to one process: blocking assignments in the order of the stages, the last one first, are registers
  // and simulate several times faster than non-blocking ones.
  /* verilator lint_off BLKSEQ */

  // The place of a number in ascending order, -0 below +0.
  function automatic logic [31:0] order(input logic [31:0] a);
    return a ^ ((a[31]) ? 32'hffffffff : 32'h80000000);
  endfunction

  // 1 for a NaN; 1 for a signalling NaN.
  function automatic logic [31:0] is_nan(input logic [31:0] a);
    return ((a & 32'h7fffffff) > float_pkg::Infinity) ? 32'd1 : 32'd0;
  endfunction
  function automatic logic [31:0] is_signalling(input logic [31:0] a);
    return is_nan(a) & ~(a >> 22) & 32'd1;
  endfunction

  task automatic minimum(input logic [31:0] a[Lanes], input logic [31:0] b[Lanes]);
    logic [31:0] flip;  // the minimum is the maximum in the opposite order
    flip = (op_i == float_pkg::SimpleMax) ? 32'hffffffff : 32'd0;
    for (int unsigned n = 0; n < Lanes; n++) begin
      logic [31:0] first;
      first       = ((order(a[n]) ^ flip) < (order(b[n]) ^ flip)) ? a[n] : b[n];
      first       = (is_nan(b[n]) != 32'd0) ? a[n] : first;
      first       = (is_nan(a[n]) != 32'd0) ? b[n] : first;
      value_q[n]  = ((is_nan(a[n]) & is_nan(b[n])) != 32'd0) ? float_pkg::CanonicalNan : first;
      raised_q[n] = (is_signalling(a[n]) | is_signalling(b[n])) << 4;
    end
  endtask

  task automatic inject_sign(input logic [31:0] a[Lanes], input logic [31:0] b[Lanes]);
    logic [31:0] keep, flip;
    keep = (op_i == float_pkg::SimpleSignXor) ? 32'hffffffff : 32'h7fffffff;
    flip = (op_i == float_pkg::SimpleSignNegated) ? 32'h80000000 : 32'd0;
    for (int unsigned n = 0; n < Lanes; n++) begin
      value_q[n]  = (a[n] & keep) ^ ((b[n] ^ flip) & 32'h80000000);
      raised_q[n] = 32'd0;
    end
  endtask

  task automatic compare(input logic [31:0] a[Lanes], input logic [31:0] b[Lanes]);
    logic [31:0] negate, less, equal, quiet;
    negate = (op_i == float_pkg::SimpleNotEqual) ? 32'd1 : 32'd0;
    less   = (op_i == float_pkg::SimpleLess || op_i == float_pkg::SimpleLessEqual) ? 32'd1 : 32'd0;
    equal  = (op_i != float_pkg::SimpleLess) ? 32'd1 : 32'd0;
    quiet  = 32'd1 - less;
    for (int unsigned n = 0; n < Lanes; n++) begin
      logic [31:0] zeros, same, below, nan;
      zeros       = (((a[n] | b[n]) & 32'h7fffffff) == 32'd0) ? 32'd1 : 32'd0;
      same        = ((a[n] == b[n]) ? 32'd1 : 32'd0) | zeros;
      below       = ((order(a[n]) < order(b[n])) ? 32'd1 : 32'd0) & ~zeros;
      nan         = is_nan(a[n]) | is_nan(b[n]);
      value_q[n]  = (((same & equal) | (below & less)) & ~nan & 32'd1) ^ negate;
      raised_q[n] = ((quiet != 32'd0) ? is_signalling(a[n]) | is_signalling(b[n]) : nan) << 4;
    end
  endtask

  task automatic classify(input logic [31:0] a[Lanes]);
    for (int unsigned n = 0; n < Lanes; n++) begin
      logic [31:0] magnitude, kind, place;
      magnitude   = a[n] & 32'h7fffffff;
      kind        = (magnitude == float_pkg::Infinity) ? 32'd3 : (magnitude >= 32'h00800000) ? 32'd2 : (magnitude != 32'd0) ? 32'd1 : 32'd0;
      place       = (a[n][31]) ? 32'd3 - kind : 32'd4 + kind;
      place       = (is_nan(a[n]) != 32'd0) ? 32'd9 - is_signalling(a[n]) : place;
      value_q[n]  = 32'd1 << place[4:0];
      raised_q[n] = 32'd0;
    end
  endtask

  // To integers: the magnitude's integer part in 32 bits; base_q marks what is larger, and NaN.
  task automatic shift_to_integer(input logic [31:0] a[Lanes]);
    for (int unsigned n = 0; n < Lanes; n++) begin
      logic [63:0] aw, field, mantissa, shifted, lost;
      logic [5:0]  distance;
      aw          = 64'(a[n]);
      field       = (aw >> 23) & 64'hff;
      mantissa    = ((aw & 64'h7fffff) | ((field != 64'd0) ? 64'h800000 : 64'd0)) << 40;
      distance    = 6'((field > 64'd158) ? 64'd0 : (field < 64'd95) ? 64'd63 : 64'd158 - field);
      shifted     = mantissa >> distance;
      lost        = ((shifted & 64'h7fffffff) != 64'd0 || (shifted << distance) != mantissa) ? 64'd1 : 64'd0;
      value_q[n]  = 32'(shifted >> 32);
      tail_q[n]   = 32'(((shifted >> 30) & 64'd2) | lost);
      base_q[n]   = (field > 64'd158) ? 32'd1 : 32'd0;
      sign_q[n]   = (is_nan(a[n]) != 32'd0) ? 32'd0 : a[n] >> 31;
      raised_q[n] = 32'd0;
    end
  endtask

  // From integers: 24 bits from the leading one, and the exponent field before the hidden one adds 1 to it.
  task automatic normalise_integer(input logic [31:0] a[Lanes]);
    logic [31:0] is_signed;
    is_signed = (op_i == float_pkg::SimpleFromInt32) ? 32'd1 : 32'd0;
    for (int unsigned n = 0; n < Lanes; n++) begin
      logic [31:0] m, t, zeros, negative;
      negative    = (a[n] >> 31) & is_signed;
      m           = (a[n] ^ (-negative)) + negative;
      t           = (m[31:16] == 16'd0) ? 32'd16 : 32'd0;
      zeros       = t;
      m           = m << t[4:0];
      t           = (m[31:24] == 8'd0) ? 32'd8 : 32'd0;
      zeros       = zeros + t;
      m           = m << t[4:0];
      t           = (m[31:28] == 4'd0) ? 32'd4 : 32'd0;
      zeros       = zeros + t;
      m           = m << t[4:0];
      t           = (m[31:30] == 2'd0) ? 32'd2 : 32'd0;
      zeros       = zeros + t;
      m           = m << t[4:0];
      t           = (m[31] == 1'b0) ? 32'd1 : 32'd0;
      zeros       = zeros + t;
      m           = m << t[4:0];
      value_q[n]  = m >> 8;
      tail_q[n]   = ((m >> 6) & 32'd2) | (((m & 32'h7f) != 32'd0) ? 32'd1 : 32'd0);
      base_q[n]   = (m == 32'd0) ? 32'd0 : (32'd157 - zeros) << 23;
      sign_q[n]   = negative << 31;
      raised_q[n] = 32'd0;
    end
  endtask

  task automatic to_bf16(input logic [31:0] a[Lanes]);
    for (int unsigned n = 0; n < Lanes; n++) begin
      value_q[n]  = (is_nan(a[n]) != 32'd0) ? float_pkg::CanonicalNan : a[n] & 32'h7fffffff;
      sign_q[n]   = (is_nan(a[n]) != 32'd0) ? 32'd0 : a[n] >> 31;
      raised_q[n] = is_signalling(a[n]) << 4;
    end
  endtask

  task automatic from_bf16(input logic [31:0] a[Lanes]);
    for (int unsigned n = 0; n < Lanes; n++) begin
      logic [31:0] wide;
      wide        = a[n] << 16;
      value_q[n]  = (is_nan(wide) != 32'd0) ? float_pkg::CanonicalNan : wide;
      raised_q[n] = is_signalling(wide) << 4;
    end
  endtask

  // Estimates: tail_q is the table's index, base_q what is known of the exponent field: field + 128 of the normalised operand, which
  // is below 128 for subnormal ones. value_q is 1 where an operand has a special result, which then stands in base_q.
  task automatic estimate(input logic [31:0] a[Lanes]);
    logic [31:0] root, directed, positive, negative;
    root     = (op_i == float_pkg::SimpleRsqrt7) ? 32'd1 : 32'd0;
    directed = 32'd1 - float_pkg::to_nearest(rounding_i);
    positive = float_pkg::positive_up(rounding_i);
    negative = float_pkg::negative_up(rounding_i);
    for (int unsigned n = 0; n < Lanes; n++) begin
      logic [31:0] bits, fraction, t, field, sign, nan, zero, infinite, refused, huge, end_bits, special;
      bits     = a[n] & 32'h7fffffff;
      sign     = a[n] & 32'h80000000;
      nan      = is_nan(a[n]);
      zero     = (bits == 32'd0) ? 32'd1 : 32'd0;
      infinite = (bits == float_pkg::Infinity) ? 32'd1 : 32'd0;
      // A subnormal operand: its leading one goes to bit 23.
      field    = bits >> 23;
      fraction = bits & 32'h7fffff;
      t        = (field == 32'd0) ? 32'd1 : 32'd0;
      fraction = fraction << t[0];
      field    = field + 32'd128;
      t        = (field == 32'd128 && fraction[23:8] == 16'd0) ? 32'd16 : 32'd0;
      fraction = fraction << t[4:0];
      field    = field - t;
      t        = (bits[30:23] == 8'd0 && fraction[23:16] == 8'd0) ? 32'd8 : 32'd0;
      fraction = fraction << t[4:0];
      field    = field - t;
      t        = (bits[30:23] == 8'd0 && fraction[23:20] == 4'd0) ? 32'd4 : 32'd0;
      fraction = fraction << t[4:0];
      field    = field - t;
      t        = (bits[30:23] == 8'd0 && fraction[23:22] == 2'd0) ? 32'd2 : 32'd0;
      fraction = fraction << t[4:0];
      field    = field - t;
      t        = (bits[30:23] == 8'd0 && fraction[23] == 1'b0) ? 32'd1 : 32'd0;
      fraction = fraction << t[4:0];
      field    = field - t;
      // Inverses from 2**128 up, and roots of negative numbers.
      huge       = (root == 32'd0 && field < 32'd127) ? 32'd1 : 32'd0;
      refused     = (root != 32'd0 && sign != 32'd0 && zero == 32'd0) ? 32'd1 : 32'd0;
      end_bits    = ((directed & ~((sign != 32'd0) ? negative : positive)) != 32'd0) ? float_pkg::Largest : float_pkg::Infinity;
      special     = ((huge != 32'd0) ? end_bits : 32'd0) | sign;
      special     = (infinite != 32'd0) ? sign : special;
      special     = (zero != 32'd0) ? sign | float_pkg::Infinity : special;
      special     = ((nan | refused) != 32'd0) ? float_pkg::CanonicalNan : special;
      value_q[n]  = nan | zero | infinite | huge | refused;
      base_q[n]   = (value_q[n] != 32'd0) ? special : field;
      tail_q[n]   = (root != 32'd0) ? ((field & 32'd1) << 6) | ((fraction >> 17) & 32'h3f) : (fraction >> 16) & 32'h7f;
      sign_q[n]   = sign;
      raised_q[n] = (nan != 32'd0) ? is_signalling(a[n]) << 4
                  : (refused != 32'd0) ? Invalid
                  : (zero != 32'd0) ? DivideByZero
                  : (huge != 32'd0) ? 32'd5 : 32'd0;
    end
  endtask

  // Stage 1.
  task automatic begin_operation;
    logic [31:0] a[Lanes], b[Lanes];
    for (int unsigned n = 0; n < Lanes; n++) a[n] = a_i[32*n+:32];
    for (int unsigned n = 0; n < Lanes; n++) b[n] = b_i[32*n+:32];
    finish_q = FinishDirect;
    unique case (op_i)
      float_pkg::SimpleMin, float_pkg::SimpleMax: minimum(a, b);
      float_pkg::SimpleSign, float_pkg::SimpleSignNegated, float_pkg::SimpleSignXor: inject_sign(a, b);
      float_pkg::SimpleEqual, float_pkg::SimpleNotEqual, float_pkg::SimpleLess, float_pkg::SimpleLessEqual: compare(a, b);
      float_pkg::SimpleClass: classify(a);
      float_pkg::SimpleToInt32, float_pkg::SimpleToUint32, float_pkg::SimpleToInt16, float_pkg::SimpleToUint16: begin
        shift_to_integer(a);
        finish_q = FinishToInteger;
      end
      float_pkg::SimpleFromInt32, float_pkg::SimpleFromUint32: begin
        normalise_integer(a);
        finish_q = FinishFromInteger;
      end
      float_pkg::SimpleToBf16: begin
        to_bf16(a);
        finish_q = FinishToBf16;
      end
      float_pkg::SimpleFromBf16: from_bf16(a);
      float_pkg::SimpleRec7: begin
        estimate(a);
        finish_q = FinishInverse;
      end
      float_pkg::SimpleRsqrt7: begin
        estimate(a);
        finish_q = FinishInverseRoot;
      end
      default: ;
    endcase
    op_q       = op_i;
    rounding_q = rounding_i;
    enable_q   = enable_i;
  endtask

  // Whether the magnitude in value_q is rounded up, by lane.
  task automatic round_up(output logic [31:0] up[Lanes]);
    logic [31:0] nearest, away, positive, negative;
    nearest  = float_pkg::to_nearest(rounding_q);
    away     = float_pkg::ties_away(rounding_q);
    positive = float_pkg::positive_up(rounding_q);
    negative = float_pkg::negative_up(rounding_q);
    for (int unsigned n = 0; n < Lanes; n++) begin
      logic [31:0] half, rest, toward;
      half   = (tail_q[n] >> 1) & 32'd1;
      rest   = tail_q[n] & 32'd1;
      toward = (sign_q[n] != 32'd0) ? negative : positive;
      up[n]  = float_pkg::rounds_up(value_q[n], half, rest, nearest, away, toward);
    end
  endtask

  task automatic finish_to_integer(output logic [31:0] result[Lanes], output logic [31:0] raised[Lanes]);
    logic [31:0] up[Lanes];
    logic [31:0] above, below, keep;  // the largest magnitudes of both signs
    above = (op_q == float_pkg::SimpleToInt32) ? 32'h7fffffff : (op_q == float_pkg::SimpleToUint32) ? 32'hffffffff
          : (op_q == float_pkg::SimpleToInt16) ? 32'h7fff : 32'hffff;
    below = (op_q == float_pkg::SimpleToInt32) ? 32'h80000000 : (op_q == float_pkg::SimpleToInt16) ? 32'h8000 : 32'd0;
    keep  = (op_q == float_pkg::SimpleToInt16 || op_q == float_pkg::SimpleToUint16) ? 32'hffff : 32'hffffffff;
    round_up(up);
    for (int unsigned n = 0; n < Lanes; n++) begin
      logic [31:0] limit, magnitude, invalid;
      limit     = (sign_q[n] != 32'd0) ? below : above;
      magnitude = value_q[n] + up[n];
      invalid   = (base_q[n] != 32'd0 || magnitude > limit) ? 32'd1 : 32'd0;
      magnitude = (invalid != 32'd0) ? limit : magnitude;
      result[n] = ((magnitude ^ (-sign_q[n])) + sign_q[n]) & keep;
      raised[n] = (invalid != 32'd0) ? Invalid : (tail_q[n] != 32'd0) ? 32'd1 : 32'd0;
    end
  endtask

  task automatic finish_from_integer(output logic [31:0] result[Lanes], output logic [31:0] raised[Lanes]);
    logic [31:0] up[Lanes];
    round_up(up);
    for (int unsigned n = 0; n < Lanes; n++) begin
      result[n] = sign_q[n] | (base_q[n] + value_q[n] + up[n]);
      raised[n] = (tail_q[n] != 32'd0) ? 32'd1 : 32'd0;
    end
  endtask

  task automatic finish_to_bf16(output logic [31:0] result[Lanes], output logic [31:0] raised[Lanes]);
    logic [31:0] nearest, away, positive, negative;
    nearest  = float_pkg::to_nearest(rounding_q);
    away     = float_pkg::ties_away(rounding_q);
    positive = float_pkg::positive_up(rounding_q);
    negative = float_pkg::negative_up(rounding_q);
    for (int unsigned n = 0; n < Lanes; n++) begin
      logic [31:0] bits, half, rest, toward, inexact, kept, finite, overflow, end_bits, half_below, tiny;
      bits       = value_q[n];
      half       = (bits >> 15) & 32'd1;
      rest       = ((bits & 32'h7fff) != 32'd0) ? 32'd1 : 32'd0;
      inexact    = half | rest;
      toward     = (sign_q[n] != 32'd0) ? negative : positive;
      kept       = (bits >> 16) + float_pkg::rounds_up(bits >> 16, half, rest, nearest, away, toward);
      finite     = (bits < float_pkg::Infinity) ? 32'd1 : 32'd0;
      overflow   = (kept >= 32'h7f80) ? finite : 32'd0;
      end_bits   = ((nearest | toward) != 32'd0) ? 32'h7f80 : 32'h7f7f;
      // A subnormal operand is tiny unless its highest eight bits are all ones and rounded up, which any exponent would allow.
      half_below = (bits >> 14) & 32'd1;
      tiny       = ((nearest & half_below) | (toward & (((bits & 32'h7fff) != 32'd0) ? 32'd1 : 32'd0))) & 32'd1;
      tiny       = (bits >= 32'h00800000 || (bits >= 32'h007f8000 && tiny != 32'd0)) ? 32'd0 : 32'd1;
      result[n]  = ((overflow != 32'd0) ? end_bits : kept) | (sign_q[n] << 15);
      raised[n]  = raised_q[n] | ((inexact | overflow) & finite) | ((inexact & tiny & finite) << 1) | (overflow << 2);
    end
  endtask

  task automatic finish_inverse(output logic [31:0] result[Lanes]);
    for (int unsigned n = 0; n < Lanes; n++) begin
      logic [31:0] field, mantissa, t;
      // 253 less the field of the operand; 0 and -1 (in two's complement) are subnormal results.
      field     = 32'd381 - base_q[n];
      mantissa  = 32'h800000 | (32'(float_pkg::Inverses[tail_q[n][6:0]]) << 16);
      t         = (field == 32'd0) ? mantissa >> 1 : (field[31]) ? mantissa >> 2 : (field << 23) | (mantissa & 32'h7fffff);
      result[n] = (value_q[n] != 32'd0) ? base_q[n] : t | sign_q[n];
    end
  endtask

  task automatic finish_inverse_root(output logic [31:0] result[Lanes]);
    for (int unsigned n = 0; n < Lanes; n++) begin
      logic [31:0] field;
      field     = (32'd508 - base_q[n]) >> 1;  // half of 380 less the field of the operand
      result[n] = (value_q[n] != 32'd0) ? base_q[n] : (field << 23) | (32'(float_pkg::InverseRoots[tail_q[n][6:0]]) << 16);
    end
  endtask

  // Stage 2.
  task automatic end_operation;
    logic [31:0]         result[Lanes], raised[Lanes], flags;
    logic [32*Lanes-1:0] line;
    logic [31:0]         mask;
    for (int unsigned n = 0; n < Lanes; n++) begin
      result[n] = value_q[n];
      raised[n] = raised_q[n];
    end
    unique case (finish_q)
      FinishToInteger: finish_to_integer(result, raised);
      FinishFromInteger: finish_from_integer(result, raised);
      FinishToBf16: finish_to_bf16(result, raised);
      FinishInverse: finish_inverse(result);
      FinishInverseRoot: finish_inverse_root(result);
      default: ;
    endcase
    flags = 32'd0;
    for (int unsigned n = 0; n < Lanes; n++) flags = flags | (raised[n] & (32'd0 - ((32'(enable_q) >> n) & 32'd1)));
    mask = 32'd0;
    for (int unsigned n = 0; n < Lanes; n++) mask = mask | ((result[n] & 32'd1) << n);
    for (int unsigned n = 0; n < Lanes; n++) line[32*n+:32] = result[n];
    result_o <= line;
    mask_o   <= mask[Lanes-1:0];
    flags_o  <= flags[4:0];
  endtask

  always_ff @(posedge clk_i) begin
    if (valid1_q) end_operation();
    if (valid_i) begin_operation();
    valid_o <= valid1_q;
    valid1_q = valid_i;
    if (!rst_ni) begin
      valid_o <= 1'b0;
      valid1_q = 1'b0;
    end
  end
  /* verilator lint_on BLKSEQ */

  // Integration checks.
  `DOJO_ASSERT(OpIsKnown, !valid_i || op_i <= float_pkg::SimpleRsqrt7)
  `DOJO_ASSERT(RoundingIsKnown, !valid_i || rounding_i <= dojo_pkg::RoundingNearestAway)

  // Implementation checks.
  `DOJO_COVER(BackToBack, valid1_q && valid_o)
  `DOJO_COVER(Overflows, valid_o && flags_o[2])

endmodule
