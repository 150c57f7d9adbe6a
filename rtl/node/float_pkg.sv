// Operations, latencies and small functions that the floating-point units share (docs/numerics.md).
// UNUSEDPARAM is waived here because no single unit uses every constant.
// verilator lint_off UNUSEDPARAM
package float_pkg;

  localparam int unsigned Lanes = 16;
  // Cycles from valid_i to valid_o.
  localparam int unsigned FmaLatency = 4;     // float_lanes
  localparam int unsigned SimpleLatency = 2;  // float_simple_lanes

  localparam logic [31:0] CanonicalNan = 32'h7fc00000;
  localparam logic [31:0] Infinity = 32'h7f800000;
  localparam logic [31:0] Largest = 32'h7f7fffff;
  localparam logic [31:0] One = 32'h3f800000;

  // Operations of float_lanes, before the negations.
  typedef enum logic [1:0] {
    FmaMultiplyAdd = 2'd0,  // a * b + c
    FmaAdd         = 2'd1,  // a + c
    FmaMultiply    = 2'd2   // a * b
  } fma_op_e;

  // Operations of float_simple_lanes.
  typedef enum logic [4:0] {
    SimpleMin         = 5'd0,
    SimpleMax         = 5'd1,
    SimpleSign        = 5'd2,   // a with the sign of b
    SimpleSignNegated = 5'd3,   // with the opposite sign
    SimpleSignXor     = 5'd4,   // with the exclusive or of both signs
    SimpleEqual       = 5'd5,   // comparisons: 1 or 0
    SimpleNotEqual    = 5'd6,
    SimpleLess        = 5'd7,   // a < b
    SimpleLessEqual   = 5'd8,
    SimpleClass       = 5'd9,
    SimpleToInt32     = 5'd10,
    SimpleToUint32    = 5'd11,
    SimpleToInt16     = 5'd12,
    SimpleToUint16    = 5'd13,
    SimpleFromInt32   = 5'd14,
    SimpleFromUint32  = 5'd15,
    SimpleToBf16      = 5'd16,
    SimpleFromBf16    = 5'd17,
    SimpleRec7        = 5'd18,
    SimpleRsqrt7      = 5'd19
  } simple_op_e;

  // Operations of float_unit.
  typedef enum logic [4:0] {
    UnitFmadd    = 5'd0,   // a * b + c
    UnitFmsub    = 5'd1,   // a * b - c
    UnitFnmsub   = 5'd2,   // -(a * b) + c
    UnitFnmadd   = 5'd3,   // -(a * b) - c
    UnitAdd      = 5'd4,
    UnitSub      = 5'd5,
    UnitMul      = 5'd6,
    UnitDiv      = 5'd7,
    UnitSqrt     = 5'd8,
    UnitSgnj     = 5'd9,
    UnitSgnjn    = 5'd10,
    UnitSgnjx    = 5'd11,
    UnitMin      = 5'd12,
    UnitMax      = 5'd13,
    UnitEq       = 5'd14,
    UnitLt       = 5'd15,
    UnitLe       = 5'd16,
    UnitClass    = 5'd17,
    UnitToW      = 5'd18,
    UnitToWu     = 5'd19,
    UnitToL      = 5'd20,
    UnitToLu     = 5'd21,
    UnitFromW    = 5'd22,
    UnitFromWu   = 5'd23,
    UnitFromL    = 5'd24,
    UnitFromLu   = 5'd25,
    UnitToBf16   = 5'd26,
    UnitFromBf16 = 5'd27,
    UnitMoveToX  = 5'd28,
    UnitMoveToF  = 5'd29
  } unit_op_e;

  // What a rounding mode does with a magnitude, as 0 or 1 in 32 bits, so that lanes can compute with it:
  // rounds up from half of the last place;
  function automatic logic [31:0] to_nearest(input logic [2:0] rounding);
    return (rounding == dojo_pkg::RoundingNearestEven || rounding == dojo_pkg::RoundingNearestAway) ? 32'd1 : 32'd0;
  endfunction
  // rounds ties up, whatever the last bit;
  function automatic logic [31:0] ties_away(input logic [2:0] rounding);
    return (rounding == dojo_pkg::RoundingNearestAway) ? 32'd1 : 32'd0;
  endfunction
  // rounds a positive number up if anything is dropped;
  function automatic logic [31:0] positive_up(input logic [2:0] rounding);
    return (rounding == dojo_pkg::RoundingUp) ? 32'd1 : 32'd0;
  endfunction
  // rounds the magnitude of a negative number up if anything is dropped.
  function automatic logic [31:0] negative_up(input logic [2:0] rounding);
    return (rounding == dojo_pkg::RoundingDown) ? 32'd1 : 32'd0;
  endfunction

endpackage
// verilator lint_on UNUSEDPARAM
