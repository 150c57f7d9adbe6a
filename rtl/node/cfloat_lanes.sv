// Lanes of conversion between FP32 or BF16 and the configurable floats (docs/numerics.md).
//
// Function: per lane one number narrowed to CFloat8 or CFloat16, or widened from it; nearest-even or stochastic rounding with random bits
// that are a function of the seed and the element's number; and the exception flags of all enabled lanes together. Every number is
// right-aligned in the 32 bits of its lane: bits above a source are ignored, those above a result are zero.
// Stages: 1 decoding, two rounds of the generator; 2 shift, two rounds; 3 three rounds; 4 rounding and clamping into result_o.
// Latency: cfloat_pkg::Latency (4) cycles from valid_i to valid_o. Throughput: one operation per cycle. Back-pressure: none.
// Registered: every stage and every output.
`include "dojo_assert.svh"
module cfloat_lanes #(
    parameter int unsigned Lanes = cfloat_pkg::Lanes
) (
    input  logic                clk_i,
    input  logic                rst_ni,
    input  logic                valid_i,
    input  logic                widen_i,       // else narrow
    input  logic                bf16_i,        // the wide number is BF16, else FP32
    input  logic [1:0]          format_i,      // dojo_pkg::cfloat_format_e
    input  logic [5:0]          bias_i,        // not used by UHP
    input  logic                stochastic_i,
    input  logic [63:0]         seed_i,
    input  logic [9:0]          index_i,       // number of the element in lane 0
    input  logic [Lanes-1:0]    enable_i,      // lanes whose flags count
    input  logic [32*Lanes-1:0] data_i,
    output logic                valid_o,
    output logic [32*Lanes-1:0] result_o,
    output logic [3:0]          flags_o        // of dojo_pkg::cfloat_flag_e
);

  localparam logic [31:0] Underflow = 32'(dojo_pkg::CfloatFlagUnderflow);
  localparam logic [31:0] Overflow = 32'(dojo_pkg::CfloatFlagOverflow);
  localparam logic [31:0] Denormal = 32'(dojo_pkg::CfloatFlagDenormal);
  localparam logic [31:0] Invalid = 32'(dojo_pkg::CfloatFlagInvalid);

  // What the later stages need to know of an operation.
  typedef struct packed {
    logic             widen;
    logic [1:0]       format;
    logic             stochastic;
    logic [Lanes-1:0] enable;
  } operation_t;

  logic       valid1_q, valid2_q, valid3_q;
  operation_t operation1_q, operation2_q, operation3_q;
  // Magnitude; places to the right that its unit has below the result's; what is added to the rounded magnitude; sign in its place;
  // flags that are already known.
  logic [31:0] mantissa_q[Lanes], shift_q[Lanes], base1_q[Lanes], sign1_q[Lanes], raised1_q[Lanes];
  // Magnitude with 32 bits below its last place: a 24-bit mantissa that reaches the first of them ends before the last, so that they
  // decide every rounding. 1 for numbers other than zero.
  logic [63:0] placed2_q[Lanes], placed3_q[Lanes];
  logic [31:0] nonzero2_q[Lanes], base2_q[Lanes], sign2_q[Lanes], raised2_q[Lanes];
  logic [31:0] nonzero3_q[Lanes], base3_q[Lanes], sign3_q[Lanes], raised3_q[Lanes];
  // The generator's state.
  logic [31:0] x_q[Lanes], y_q[Lanes], x2_q[Lanes], y2_q[Lanes], random_q[Lanes];

  // All of the above is private to one process: blocking assignments in the order of the stages, the last one first, are registers
  // and simulate several times faster than non-blocking ones.
  /* verilator lint_off BLKSEQ */

  // One round of the generator gives the new x; the new y follows from it.
  function automatic logic [31:0] mix(input logic [31:0] x, input logic [31:0] y, input logic [31:0] n);
    return (((x << 24) | (x >> 8)) + y) ^ (cfloat_pkg::HashStep * n);
  endfunction
  function automatic logic [31:0] spread(input logic [31:0] x, input logic [31:0] y);
    return ((y << 3) | (y >> 29)) ^ x;
  endfunction

  // Stage 1.
  task automatic begin_random;
    for (int unsigned n = 0; n < Lanes; n++) begin
      logic [31:0] x, y;
      x      = seed_i[63:32];
      y      = seed_i[31:0] + (32'(index_i) + n) * cfloat_pkg::HashStep;
      x      = mix(x, y, 32'd1);
      y      = spread(x, y);
      x      = mix(x, y, 32'd2);
      x_q[n] = x;
      y_q[n] = spread(x, y);
    end
  endtask

  task automatic decode_wide;
    logic [31:0] bias, places, negative, sign_place;
    logic [4:0]  up;
    up         = bf16_i ? 5'd16 : 5'd0;
    bias       = 32'(cfloat_pkg::effective_bias(format_i, bias_i));
    places     = 32'(cfloat_pkg::mantissa_bits(format_i));
    negative   = cfloat_pkg::has_sign(format_i) ? 32'd1 : 32'd0;
    sign_place = cfloat_pkg::largest(format_i) + 32'd1;
    for (int unsigned n = 0; n < Lanes; n++) begin
      logic [31:0] value, magnitude, field, exponent, below, refused;
      value         = data_i[32*n+:32] << up;
      magnitude     = value & 32'h7fffffff;
      field         = magnitude >> 23;
      // Exponent field of the result if it is normal; below 1 the mantissa moves to the right instead. Infinities and NaN get one
      // that is too large for any format.
      exponent      = ((field != 32'd0) ? field : 32'd1) + bias - 32'd127;
      below         = (exponent[31] || exponent == 32'd0) ? 32'd1 - exponent : 32'd0;
      exponent      = (below != 32'd0) ? 32'd1 : exponent;
      // A negative number has no place in a format without sign.
      refused       = (value[31] && negative == 32'd0 && magnitude != 32'd0 && magnitude <= 32'h7f800000) ? 32'd1 : 32'd0;
      below         = below + 32'd23 - places;
      mantissa_q[n] = (refused != 32'd0) ? 32'd0 : (magnitude & 32'h7fffff) | ((field != 32'd0) ? 32'h800000 : 32'd0);
      shift_q[n]    = (below > 32'd63) ? 32'd63 : below;
      base1_q[n]    = (refused != 32'd0) ? 32'd0 : (exponent - 32'd1) << places[3:0];
      sign1_q[n]    = (((value >> 31) & negative) != 32'd0) ? sign_place : 32'd0;
      raised1_q[n]  = (refused != 32'd0 || magnitude > 32'h7f800000) ? Invalid : 32'd0;
    end
  endtask

  task automatic decode_narrow;
    logic [31:0] bias, fields, signed_format;
    logic [4:0]  places;
    bias          = 32'(cfloat_pkg::effective_bias(format_i, bias_i));
    places        = 5'(cfloat_pkg::mantissa_bits(format_i));
    fields        = cfloat_pkg::largest(format_i) >> places;
    signed_format = cfloat_pkg::has_sign(format_i) ? 32'd1 : 32'd0;
    for (int unsigned n = 0; n < Lanes; n++) begin
      logic [31:0] value, field, mantissa, exponent, t, denormal, zero, sign;
      value         = data_i[32*n+:32];
      sign          = (((value & (cfloat_pkg::largest(format_i) + 32'd1)) != 32'd0) ? 32'd1 : 32'd0) & signed_format;
      field         = (value >> places) & fields;
      mantissa      = (value << (5'd23 - places)) & 32'h7fffff;
      zero          = (field == 32'd0 && mantissa == 32'd0) ? 32'd1 : 32'd0;
      denormal      = (field == 32'd0 && mantissa != 32'd0) ? 32'd1 : 32'd0;
      exponent      = field + denormal + 32'd127 - bias;
      // A denormal number's leading one, in bits 22 to 13, goes to bit 23.
      t             = (denormal != 32'd0 && mantissa[23:16] == 8'd0) ? 32'd8 : 32'd0;
      mantissa      = mantissa << t[3:0];
      exponent      = exponent - t;
      t             = (denormal != 32'd0 && mantissa[23:20] == 4'd0) ? 32'd4 : 32'd0;
      mantissa      = mantissa << t[3:0];
      exponent      = exponent - t;
      t             = (denormal != 32'd0 && mantissa[23:22] == 2'd0) ? 32'd2 : 32'd0;
      mantissa      = mantissa << t[3:0];
      exponent      = exponent - t;
      t             = (denormal != 32'd0 && mantissa[23] == 1'b0) ? 32'd1 : 32'd0;
      mantissa      = mantissa << t[3:0];
      exponent      = exponent - t;
      mantissa_q[n] = (zero != 32'd0) ? 32'd0 : (exponent << 23) | (mantissa & 32'h7fffff);
      shift_q[n]    = bf16_i ? 32'd16 : 32'd0;
      base1_q[n]    = 32'd0;
      sign1_q[n]    = sign << (bf16_i ? 15 : 31);
      raised1_q[n]  = (denormal != 32'd0) ? Denormal : 32'd0;
    end
  endtask

  // Stage 2.
  task automatic place;
    for (int unsigned n = 0; n < Lanes; n++) begin
      placed2_q[n]  = (64'(mantissa_q[n]) << 32) >> shift_q[n][5:0];
      nonzero2_q[n] = (mantissa_q[n] != 32'd0) ? 32'd1 : 32'd0;
      base2_q[n]    = base1_q[n];
      sign2_q[n]    = sign1_q[n];
      raised2_q[n]  = raised1_q[n];
    end
    operation2_q = operation1_q;
  endtask

  task automatic go_on_random;
    for (int unsigned n = 0; n < Lanes; n++) begin
      logic [31:0] x, y;
      x       = mix(x_q[n], y_q[n], 32'd3);
      y       = spread(x, y_q[n]);
      x       = mix(x, y, 32'd4);
      x2_q[n] = x;
      y2_q[n] = spread(x, y);
    end
  endtask

  // Stage 3.
  task automatic end_random;
    for (int unsigned n = 0; n < Lanes; n++) begin
      logic [31:0] x, y;
      x           = mix(x2_q[n], y2_q[n], 32'd5);
      y           = spread(x, y2_q[n]);
      x           = mix(x, y, 32'd6);
      y           = spread(x, y);
      x           = mix(x, y, 32'd7);
      random_q[n] = spread(x, y);
    end
  endtask

  task automatic wait_for_random;
    for (int unsigned n = 0; n < Lanes; n++) begin
      placed3_q[n]  = placed2_q[n];
      nonzero3_q[n] = nonzero2_q[n];
      base3_q[n]    = base2_q[n];
      sign3_q[n]    = sign2_q[n];
      raised3_q[n]  = raised2_q[n];
    end
    operation3_q = operation2_q;
  endtask

  // Stage 4.
  task automatic round;
    logic [31:0]         rounded[Lanes], raised[Lanes], flags, limit;
    logic [3:0]          places;
    logic [32*Lanes-1:0] line;
    if (operation3_q.stochastic) begin
      for (int unsigned n = 0; n < Lanes; n++) rounded[n] = 32'((placed3_q[n] + 64'(random_q[n])) >> 32);
    end else begin
      for (int unsigned n = 0; n < Lanes; n++) begin
        logic [31:0] kept, rest, up;
        kept       = 32'(placed3_q[n] >> 32);
        rest       = placed3_q[n][31:0];
        up         = (rest > 32'h80000000 || (rest == 32'h80000000 && kept[0])) ? 32'd1 : 32'd0;
        rounded[n] = kept + up;
      end
    end
    for (int unsigned n = 0; n < Lanes; n++) raised[n] = raised3_q[n];
    if (!operation3_q.widen) begin
      limit  = cfloat_pkg::largest(operation3_q.format);
      places = cfloat_pkg::mantissa_bits(operation3_q.format);
      for (int unsigned n = 0; n < Lanes; n++) begin
        logic [31:0] bits, found;
        bits       = base3_q[n] + rounded[n];
        found      = (bits > limit) ? Overflow
                   : (bits == 32'd0) ? ((nonzero3_q[n] != 32'd0) ? Underflow : 32'd0)
                   : ((bits >> places) == 32'd0) ? Denormal : 32'd0;
        raised[n]  = (raised[n] != 32'd0) ? raised[n] : found;
        rounded[n] = (bits > limit) ? limit : bits;
      end
    end
    flags = 32'd0;
    for (int unsigned n = 0; n < Lanes; n++) flags = flags | (raised[n] & (32'd0 - ((32'(operation3_q.enable) >> n) & 32'd1)));
    for (int unsigned n = 0; n < Lanes; n++) line[32*n+:32] = rounded[n] | sign3_q[n];
    result_o <= line;
    flags_o  <= flags[3:0];
  endtask

  always_ff @(posedge clk_i) begin
    if (valid3_q) round();
    if (valid2_q) begin
      if (operation2_q.stochastic) end_random();
      wait_for_random();
    end
    if (valid1_q) begin
      if (operation1_q.stochastic) go_on_random();
      place();
    end
    if (valid_i) begin
      if (stochastic_i) begin_random();
      if (widen_i) decode_narrow();
      else decode_wide();
      operation1_q = '{widen: widen_i, format: format_i, stochastic: stochastic_i, enable: enable_i};
    end
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

  // Implementation checks.
  `DOJO_COVER(BackToBack, valid1_q && valid2_q && valid3_q && valid_o)
  `DOJO_COVER(EveryFlag, valid_o && flags_o == 4'hf)

endmodule
