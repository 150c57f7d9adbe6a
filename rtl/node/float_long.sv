// Conversions between FP32 and 64-bit integers (docs/numerics.md).
//
// Function: to or from a signed or an unsigned 64-bit integer, rounded once in any of the five modes, with exception flags. What does
// not fit gives the nearest end of the range, NaN the upper end.
// Stages: 1 shift or normalisation; 2 rounding and range. Latency: float_pkg::SimpleLatency (2) cycles from valid_i to valid_o.
// Throughput: one conversion per cycle. Back-pressure: none. Registered: both stages and every output.
`include "dojo_assert.svh"
module float_long (
    input  logic        clk_i,
    input  logic        rst_ni,
    input  logic        valid_i,
    input  logic        to_integer_i,  // else from an integer
    input  logic        unsigned_i,
    input  logic [2:0]  rounding_i,    // dojo_pkg::rounding_e
    input  logic [63:0] a_i,           // the integer, or FP32 in its low half
    output logic        valid_o,
    output logic [63:0] result_o,      // the integer, or FP32 in its low half, zeros above
    output logic [4:0]  flags_o        // of dojo_pkg::float_flag_e
);

  logic        valid_q, to_integer_q, unsigned_q, negative_q, beyond_q, half_q, rest_q;
  logic [2:0]  rounding_q;
  logic [63:0] magnitude_q;  // to an integer: its integer part; from one: 24 bits from the leading one
  logic [7:0]  field_q;      // from an integer: the exponent field before the hidden one adds 1 to it

  function automatic logic [5:0] leading_zeros(input logic [63:0] value);
    logic [63:0] m;
    logic [5:0]  zeros;
    m = value;
    zeros[5] = m[63:32] == 32'd0;
    m = zeros[5] ? m << 32 : m;
    zeros[4] = m[63:48] == 16'd0;
    m = zeros[4] ? m << 16 : m;
    zeros[3] = m[63:56] == 8'd0;
    m = zeros[3] ? m << 8 : m;
    zeros[2] = m[63:60] == 4'd0;
    m = zeros[2] ? m << 4 : m;
    zeros[1] = m[63:62] == 2'd0;
    m = zeros[1] ? m << 2 : m;
    zeros[0] = !m[63];
    return zeros;
  endfunction

  always_ff @(posedge clk_i) begin
    valid_q <= valid_i;
    valid_o <= valid_q;
    if (valid_i) begin
      to_integer_q <= to_integer_i;
      unsigned_q   <= unsigned_i;
      rounding_q   <= rounding_i;
      if (to_integer_i) begin
        logic [7:0]  field;
        logic [5:0]  distance;
        logic [63:0] mantissa;
        field      = a_i[30:23];
        mantissa   = {40'd0, field != 8'd0, a_i[22:0]};
        // Up to 40 places to the left; to the right, 26 places leave nothing but the sticky bit.
        distance   = 6'((field >= 8'd150) ? field - 8'd150 : (field < 8'd124) ? 8'd26 : 8'd150 - field);
        beyond_q   <= field > 8'd190;
        negative_q <= a_i[31] && a_i[30:0] <= 31'h7f800000;
        if (field >= 8'd150) begin
          magnitude_q <= mantissa << distance;
          half_q      <= 1'b0;
          rest_q      <= 1'b0;
        end else begin
          logic [25:0] dropped;
          magnitude_q <= mantissa >> distance[4:0];
          dropped     = 26'({mantissa[23:0], 26'd0} >> distance[4:0]);
          half_q      <= dropped[25];
          rest_q      <= dropped[24:0] != 25'd0;
        end
      end else begin
        logic        negative;
        logic [5:0]  zeros;
        logic [63:0] magnitude, normalised;
        negative    = a_i[63] && !unsigned_i;
        magnitude   = negative ? 64'd0 - a_i : a_i;
        zeros       = leading_zeros(magnitude);
        normalised  = magnitude << zeros;
        negative_q  <= negative;
        beyond_q    <= 1'b0;
        magnitude_q <= {40'd0, normalised[63:40]};
        half_q      <= normalised[39];
        rest_q      <= normalised[38:0] != 39'd0;
        field_q     <= (magnitude == 64'd0) ? 8'd0 : 8'd189 - {2'd0, zeros};
      end
    end
    if (valid_q) begin
      logic        up, invalid;
      logic [63:0] rounded, limit;
      up      = float_pkg::rounds_up(magnitude_q[31:0], {31'd0, half_q}, {31'd0, rest_q}, float_pkg::to_nearest(rounding_q),
                                     float_pkg::ties_away(rounding_q),
                                     negative_q ? float_pkg::negative_up(rounding_q) : float_pkg::positive_up(rounding_q)) != 32'd0;
      rounded = magnitude_q + {63'd0, up};
      limit   = unsigned_q ? (negative_q ? 64'd0 : 64'hffffffffffffffff) : (negative_q ? 64'h8000000000000000 : 64'h7fffffffffffffff);
      invalid = to_integer_q && (beyond_q || rounded > limit);
      if (to_integer_q) begin
        rounded  = invalid ? limit : rounded;
        result_o <= negative_q ? 64'd0 - rounded : rounded;
      end else begin
        result_o <= {32'd0, negative_q, 31'({field_q, 23'd0} + rounded[30:0])};
      end
      flags_o <= {invalid, 3'd0, !invalid && (half_q || rest_q)};
    end
    if (!rst_ni) begin
      valid_q <= 1'b0;
      valid_o <= 1'b0;
    end
  end

  // Integration checks.
  `DOJO_ASSERT(RoundingIsKnown, !valid_i || rounding_i <= dojo_pkg::RoundingNearestAway)

  // Implementation checks.
  `DOJO_COVER(DoesNotFit, valid_o && flags_o[4])
  `DOJO_COVER(RoundsIntoTheNextExponent, valid_q && !to_integer_q && magnitude_q[23:0] == 24'hffffff && half_q)

endmodule
