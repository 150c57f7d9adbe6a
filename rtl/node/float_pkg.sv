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

  // Seven fraction bits of estimates: of 1 / x by the first seven fraction bits of x, and of 1 / sqrt(x) by the lowest bit of the
  // exponent field and the first six fraction bits. docs/numerics.md has the rule by which they are computed.
  localparam logic [6:0] Inverses[128] = '{
    7'd127, 7'd125, 7'd123, 7'd121, 7'd119, 7'd117, 7'd116, 7'd114, 7'd112, 7'd110, 7'd109, 7'd107, 7'd105, 7'd104, 7'd102, 7'd100,
    7'd99, 7'd97, 7'd96, 7'd94, 7'd93, 7'd91, 7'd90, 7'd88, 7'd87, 7'd85, 7'd84, 7'd83, 7'd81, 7'd80, 7'd79, 7'd77,
    7'd76, 7'd75, 7'd74, 7'd72, 7'd71, 7'd70, 7'd69, 7'd68, 7'd66, 7'd65, 7'd64, 7'd63, 7'd62, 7'd61, 7'd60, 7'd59,
    7'd58, 7'd57, 7'd56, 7'd55, 7'd54, 7'd53, 7'd52, 7'd51, 7'd50, 7'd49, 7'd48, 7'd47, 7'd46, 7'd45, 7'd44, 7'd43,
    7'd42, 7'd41, 7'd40, 7'd40, 7'd39, 7'd38, 7'd37, 7'd36, 7'd35, 7'd35, 7'd34, 7'd33, 7'd32, 7'd31, 7'd31, 7'd30,
    7'd29, 7'd28, 7'd28, 7'd27, 7'd26, 7'd25, 7'd25, 7'd24, 7'd23, 7'd23, 7'd22, 7'd21, 7'd21, 7'd20, 7'd19, 7'd19,
    7'd18, 7'd17, 7'd17, 7'd16, 7'd15, 7'd15, 7'd14, 7'd14, 7'd13, 7'd12, 7'd12, 7'd11, 7'd11, 7'd10, 7'd9, 7'd9,
    7'd8, 7'd8, 7'd7, 7'd7, 7'd6, 7'd5, 7'd5, 7'd4, 7'd4, 7'd3, 7'd3, 7'd2, 7'd2, 7'd1, 7'd1, 7'd0
  };
  localparam logic [6:0] InverseRoots[128] = '{
    7'd52, 7'd51, 7'd50, 7'd48, 7'd47, 7'd46, 7'd44, 7'd43, 7'd42, 7'd41, 7'd40, 7'd39, 7'd38, 7'd36, 7'd35, 7'd34,
    7'd33, 7'd32, 7'd31, 7'd30, 7'd30, 7'd29, 7'd28, 7'd27, 7'd26, 7'd25, 7'd24, 7'd23, 7'd23, 7'd22, 7'd21, 7'd20,
    7'd19, 7'd19, 7'd18, 7'd17, 7'd16, 7'd16, 7'd15, 7'd14, 7'd14, 7'd13, 7'd12, 7'd12, 7'd11, 7'd10, 7'd10, 7'd9,
    7'd9, 7'd8, 7'd7, 7'd7, 7'd6, 7'd6, 7'd5, 7'd4, 7'd4, 7'd3, 7'd3, 7'd2, 7'd2, 7'd1, 7'd1, 7'd0,
    7'd127, 7'd125, 7'd123, 7'd121, 7'd119, 7'd118, 7'd116, 7'd114, 7'd113, 7'd111, 7'd109, 7'd108, 7'd106, 7'd105, 7'd103, 7'd102,
    7'd100, 7'd99, 7'd97, 7'd96, 7'd95, 7'd93, 7'd92, 7'd91, 7'd90, 7'd88, 7'd87, 7'd86, 7'd85, 7'd84, 7'd83, 7'd82,
    7'd80, 7'd79, 7'd78, 7'd77, 7'd76, 7'd75, 7'd74, 7'd73, 7'd72, 7'd71, 7'd70, 7'd70, 7'd69, 7'd68, 7'd67, 7'd66,
    7'd65, 7'd64, 7'd63, 7'd63, 7'd62, 7'd61, 7'd60, 7'd59, 7'd59, 7'd58, 7'd57, 7'd56, 7'd56, 7'd55, 7'd54, 7'd53
  };

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

  // What a rounding mode does with a magnitude, as 0 or 1 in 32 bits, so that lanes can compute with it. The mode
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

  // 1 if a magnitude is rounded up: `half` and `rest` are 1 if half of the last place, and anything below, is dropped; bit 0 of `kept`
  // is the last bit; `toward` is positive_up or negative_up, as the sign says.
  function automatic logic [31:0] rounds_up(input logic [31:0] kept, input logic [31:0] half, input logic [31:0] rest,
                                            input logic [31:0] nearest, input logic [31:0] away, input logic [31:0] toward);
    return (nearest & half & (rest | kept | away)) | (toward & (half | rest));
  endfunction

endpackage
// verilator lint_on UNUSEDPARAM
