// FP32 lanes of division and square root, one operation at a time (docs/numerics.md).
//
// Function: per lane a / b or the root of a, rounded once in any of the five modes, subnormals included, canonical NaN; and the exception
// flags of all enabled lanes together. All lanes go in lock step: restoring recurrence, two bits of the result per cycle, 26 bits
// (with the remainder they decide every rounding).
// Latency: done_valid_o follows 16 cycles after the start. Throughput: one operation in 17 cycles.
// Back-pressure: the result waits until done_ready_i; start_ready_o is low from the start until then.
// Registered: all state and every output.
`include "dojo_assert.svh"
module float_divide_lanes #(
    parameter int unsigned Lanes = float_pkg::Lanes
) (
    input  logic                clk_i,
    input  logic                rst_ni,
    input  logic                start_valid_i,
    output logic                start_ready_o,
    input  logic                sqrt_i,
    input  logic [2:0]          rounding_i,  // dojo_pkg::rounding_e
    input  logic [Lanes-1:0]    enable_i,    // lanes whose flags count; results of others are unspecified
    input  logic [32*Lanes-1:0] a_i,
    input  logic [32*Lanes-1:0] b_i,         // not used by the root
    output logic                done_valid_o,
    input  logic                done_ready_i,
    output logic [32*Lanes-1:0] result_o,
    output logic [4:0]          flags_o      // of dojo_pkg::float_flag_e
);

  localparam int unsigned IterationCycles = 13;

  typedef enum logic [2:0] {
    StateIdle,
    StateIterate,
    StateNormalise,
    StateRound,
    StateDone
  } state_e;

  // What replaces the result of a lane: bits 1:0 the kind, above it the flag that it raises.
  localparam logic [7:0] SpecialNone = 8'd0;
  localparam logic [7:0] SpecialZero = 8'd1;
  localparam logic [7:0] SpecialInfinity = 8'd2;
  localparam logic [7:0] SpecialNan = 8'd3;
  localparam logic [7:0] SpecialByZero = 8'd4 | SpecialInfinity;
  localparam logic [7:0] SpecialInvalid = 8'd8 | SpecialNan;

  state_e     state_q;
  logic [3:0] iterations_q;  // still to go

  // Private to the datapath's process: divisor or what is left of the radicand, remainder, result so far; exponent field of a result
  // with its leading one in bit 25, in two's complement; sign.
  logic [31:0]      divisor_q[Lanes], remainder_q[Lanes], quotient_q[Lanes], field_q[Lanes], sign_q[Lanes], tiny_q[Lanes];
  logic [7:0]       special_q[Lanes];
  logic             sqrt_q;
  logic [2:0]       rounding_q;
  logic [Lanes-1:0] enable_q;

  assign start_ready_o = state_q == StateIdle;
  assign done_valid_o  = state_q == StateDone;

  always_ff @(posedge clk_i) begin
    unique case (state_q)
      StateIdle: if (start_valid_i) state_q <= StateIterate;
      StateIterate: if (iterations_q == 4'd1) state_q <= StateNormalise;
      StateNormalise: state_q <= StateRound;
      StateRound: state_q <= StateDone;
      default: if (done_ready_i) state_q <= StateIdle;
    endcase
    iterations_q <= (state_q == StateIterate) ? iterations_q - 4'd1 : 4'(IterationCycles);
    if (!rst_ni) state_q <= StateIdle;
  end

  // Blocking assignments to state that is private to one process are registers and simulate several times faster than non-blocking ones.
  /* verilator lint_off BLKSEQ */

  // Mantissa with its leading one in bit 23, and exponent field, which goes below 1 for a subnormal number; zeros give garbage.
  task automatic unpack(input logic [31:0] number[Lanes], output logic [31:0] mantissa[Lanes], output logic [31:0] field[Lanes]);
    for (int unsigned n = 0; n < Lanes; n++) begin
      logic [31:0] f, m, t, subnormal;
      f           = (number[n] >> 23) & 32'hff;
      m           = number[n] & 32'h7fffff;
      subnormal   = (f == 32'd0) ? 32'd1 : 32'd0;
      m           = (f == 32'd0) ? m : m | 32'h800000;
      f           = f + subnormal;
      t           = (m[23:8] == 16'd0) ? 32'd16 : 32'd0;
      m           = m << t[4:0];
      f           = f - t;
      t           = (m[23:16] == 8'd0) ? 32'd8 : 32'd0;
      m           = m << t[4:0];
      f           = f - t;
      t           = (m[23:20] == 4'd0) ? 32'd4 : 32'd0;
      m           = m << t[4:0];
      f           = f - t;
      t           = (m[23:22] == 2'd0) ? 32'd2 : 32'd0;
      m           = m << t[4:0];
      f           = f - t;
      t           = (m[23] == 1'b0) ? 32'd1 : 32'd0;
      m           = m << t[4:0];
      f           = f - t;
      mantissa[n] = m;
      field[n]    = f;
    end
  endtask

  task automatic find_specials(input logic [31:0] a[Lanes], input logic [31:0] b[Lanes]);
    for (int unsigned n = 0; n < Lanes; n++) begin
      logic [31:0] a_bits, b_bits;
      logic        signalling, nan;
      a_bits       = a[n] & 32'h7fffffff;
      b_bits       = b[n] & 32'h7fffffff;
      nan          = a_bits > float_pkg::Infinity || b_bits > float_pkg::Infinity;
      signalling   = (a_bits > float_pkg::Infinity && !a[n][22]) || (b_bits > float_pkg::Infinity && !b[n][22]);
      special_q[n] = signalling ? SpecialInvalid
                   : nan ? SpecialNan
                   : (a_bits == float_pkg::Infinity && b_bits == float_pkg::Infinity) || (a_bits == 32'd0 && b_bits == 32'd0) ? SpecialInvalid
                   : (a_bits == float_pkg::Infinity) ? SpecialInfinity
                   : (b_bits == float_pkg::Infinity || a_bits == 32'd0) ? SpecialZero
                   : (b_bits == 32'd0) ? SpecialByZero : SpecialNone;
    end
  endtask

  task automatic find_specials_of_root(input logic [31:0] a[Lanes]);
    for (int unsigned n = 0; n < Lanes; n++) begin
      logic [31:0] bits;
      bits         = a[n] & 32'h7fffffff;
      special_q[n] = (bits > float_pkg::Infinity) ? ((a[n][22]) ? SpecialNan : SpecialInvalid)
                   : (bits == 32'd0) ? SpecialZero
                   : (a[n][31]) ? SpecialInvalid
                   : (bits == float_pkg::Infinity) ? SpecialInfinity : SpecialNone;
    end
  endtask

  task automatic start;
    logic [31:0] a[Lanes], b[Lanes], a_mantissa[Lanes], a_field[Lanes], b_mantissa[Lanes], b_field[Lanes];
    for (int unsigned n = 0; n < Lanes; n++) a[n] = a_i[32*n+:32];
    for (int unsigned n = 0; n < Lanes; n++) b[n] = b_i[32*n+:32];
    unpack(a, a_mantissa, a_field);
    if (sqrt_i) begin
      find_specials_of_root(a);
      for (int unsigned n = 0; n < Lanes; n++) begin
        // The radicand in [1, 4), two bits above its binary point, with an even exponent.
        divisor_q[n]   = a_mantissa[n] << ((a_field[n][0]) ? 7 : 8);
        remainder_q[n] = 32'd0;
        field_q[n]     = (a_field[n] + 32'd127) >> 1;
        sign_q[n]      = a[n] >> 31;  // of a zero; what is negative else is invalid
      end
    end else begin
      unpack(b, b_mantissa, b_field);
      find_specials(a, b);
      for (int unsigned n = 0; n < Lanes; n++) begin
        divisor_q[n]   = b_mantissa[n];
        remainder_q[n] = a_mantissa[n];
        field_q[n]     = a_field[n] - b_field[n] + 32'd127;
        sign_q[n]      = (a[n] ^ b[n]) >> 31;
      end
    end
    for (int unsigned n = 0; n < Lanes; n++) quotient_q[n] = 32'd0;
    sqrt_q     = sqrt_i;
    rounding_q = rounding_i;
    enable_q   = enable_i;
  endtask

  task automatic divide_step;
    for (int unsigned n = 0; n < Lanes; n++) begin
      logic [31:0] remainder, fits, quotient;
      fits           = (remainder_q[n] >= divisor_q[n]) ? 32'd1 : 32'd0;
      remainder      = (remainder_q[n] - ((fits != 32'd0) ? divisor_q[n] : 32'd0)) << 1;
      quotient       = (quotient_q[n] << 1) | fits;
      fits           = (remainder >= divisor_q[n]) ? 32'd1 : 32'd0;
      remainder_q[n] = (remainder - ((fits != 32'd0) ? divisor_q[n] : 32'd0)) << 1;
      quotient_q[n]  = (quotient << 1) | fits;
    end
  endtask

  task automatic root_step;
    for (int unsigned n = 0; n < Lanes; n++) begin
      logic [31:0] remainder, trial, fits, root;
      remainder      = (remainder_q[n] << 2) | (divisor_q[n] >> 30);
      trial          = (quotient_q[n] << 2) | 32'd1;
      fits           = (remainder >= trial) ? 32'd1 : 32'd0;
      remainder      = remainder - ((fits != 32'd0) ? trial : 32'd0);
      root           = (quotient_q[n] << 1) | fits;
      remainder      = (remainder << 2) | ((divisor_q[n] >> 28) & 32'd3);
      trial          = (root << 2) | 32'd1;
      fits           = (remainder >= trial) ? 32'd1 : 32'd0;
      remainder_q[n] = remainder - ((fits != 32'd0) ? trial : 32'd0);
      quotient_q[n]  = (root << 1) | fits;
      divisor_q[n]   = divisor_q[n] << 4;
    end
  endtask

  // Leaves in quotient_q 24 bits, half of the last place and a bit for anything below, and in field_q the exponent field before the
  // leading one adds 1 to it.
  task automatic normalise;
    for (int unsigned n = 0; n < Lanes; n++) begin
      logic [31:0] m, field, below, t;
      t             = (quotient_q[n][25]) ? 32'd0 : 32'd1;
      m             = (quotient_q[n] << t[0]) | ((remainder_q[n] != 32'd0) ? 32'd1 : 32'd0);
      field         = field_q[n] - t;
      below         = (field[31] || field == 32'd0) ? 32'd1 - field : 32'd0;
      below         = (below > 32'd31) ? 32'd31 : below;
      // Rounding with any exponent never makes a subnormal result the smallest normal number: no quotient of 24-bit mantissas lies
      // between the number of 24 ones and the next power of two.
      tiny_q[n]     = (below != 32'd0) ? 32'd1 : 32'd0;
      t             = m >> below[4:0];
      quotient_q[n] = t | (((t << below[4:0]) != m) ? 32'd1 : 32'd0);
      field_q[n]    = (below != 32'd0) ? 32'd0 : field - 32'd1;
    end
  endtask

  task automatic round;
    logic [31:0]         result[Lanes], raised[Lanes], flags, nearest, away, positive, negative;
    logic [32*Lanes-1:0] line;
    nearest  = float_pkg::to_nearest(rounding_q);
    away     = float_pkg::ties_away(rounding_q);
    positive = float_pkg::positive_up(rounding_q);
    negative = float_pkg::negative_up(rounding_q);
    for (int unsigned n = 0; n < Lanes; n++) begin
      logic [31:0] kept, half, rest, inexact, toward, bits, overflow, end_bits;
      kept      = quotient_q[n] >> 2;
      half      = (quotient_q[n] >> 1) & 32'd1;
      rest      = quotient_q[n] & 32'd1;
      inexact   = half | rest;
      toward    = (sign_q[n] != 32'd0) ? negative : positive;
      bits      = (field_q[n] << 23) + kept + float_pkg::rounds_up(kept, half, rest, nearest, away, toward);
      overflow  = (bits >= float_pkg::Infinity) ? 32'd1 : 32'd0;
      end_bits  = ((nearest | toward) != 32'd0) ? float_pkg::Infinity : float_pkg::Largest;
      result[n] = ((overflow != 32'd0) ? end_bits : bits) | (sign_q[n] << 31);
      raised[n] = inexact | overflow | ((inexact & tiny_q[n]) << 1) | (overflow << 2);
    end
    for (int unsigned n = 0; n < Lanes; n++) begin
      logic [31:0] kind, special;
      kind      = 32'(special_q[n]) & 32'd3;
      special   = (kind == 32'(SpecialNan)) ? float_pkg::CanonicalNan
                : ((kind == 32'(SpecialInfinity)) ? float_pkg::Infinity : 32'd0) | (sign_q[n] << 31);
      result[n] = (kind != 32'(SpecialNone)) ? special : result[n];
      raised[n] = (kind != 32'(SpecialNone)) ? (32'(special_q[n]) & 32'd12) << 1 : raised[n];
    end
    flags = 32'd0;
    for (int unsigned n = 0; n < Lanes; n++) flags = flags | (raised[n] & (32'd0 - ((32'(enable_q) >> n) & 32'd1)));
    for (int unsigned n = 0; n < Lanes; n++) line[32*n+:32] = result[n];
    result_o <= line;
    flags_o  <= flags[4:0];
  endtask

  always_ff @(posedge clk_i) begin
    if (state_q == StateRound) round();
    if (state_q == StateNormalise) normalise();
    if (state_q == StateIterate) begin
      if (sqrt_q) root_step();
      else divide_step();
    end
    if (state_q == StateIdle && start_valid_i) start();
  end
  /* verilator lint_on BLKSEQ */

  // Integration checks.
  `DOJO_ASSERT(RoundingIsKnown, !start_valid_i || rounding_i <= dojo_pkg::RoundingNearestAway)

  // Implementation checks.
  logic past_valid;
  always_ff @(posedge clk_i) past_valid <= rst_ni;
  `DOJO_ASSERT(ResultIsHeld, !past_valid || !$past(done_valid_o && !done_ready_i) || done_valid_o)
  `DOJO_COVER(ResultWaits, done_valid_o && !done_ready_i)
  `DOJO_COVER(StartWaits, start_valid_i && !start_ready_o)

endmodule
