// Scalar floating point: every operation of F on values, one at a time, and the conversions of Zfbfmin.
//
// Function: the operations of float_pkg::unit_op_e on one lane of each kind of float lanes. Operands and results that are floats are
// in the low 32 bits; a BF16 value is boxed, with ones in bits 31:16.
// Latency from start to done_valid_o: multiply-add, add, multiply 4 cycles; division and root 16; everything else 2.
// Throughput: one operation at a time. Back-pressure: the result waits until done_ready_i; start_ready_o is low until the cycle after.
// Registered: all state; result_o is selected from registers.
`include "dojo_assert.svh"
module float_unit (
    input  logic                 clk_i,
    input  logic                 rst_ni,
    input  logic                 start_valid_i,
    output logic                 start_ready_o,
    input  float_pkg::unit_op_e  op_i,
    input  logic [2:0]           rounding_i,  // dojo_pkg::rounding_e
    input  logic [63:0]          a_i,
    input  logic [31:0]          b_i,
    input  logic [31:0]          c_i,
    output logic                 done_valid_o,
    input  logic                 done_ready_i,
    output logic [63:0]          result_o,
    output logic [4:0]           flags_o      // of dojo_pkg::float_flag_e
);

  typedef enum logic [1:0] {
    UnitFma,
    UnitSimple,
    UnitDivide,
    UnitLong
  } unit_e;

  logic                  busy_q, done_q;
  unit_e                 unit, unit_q;
  float_pkg::unit_op_e   op_q;
  float_pkg::fma_op_e    fma_op;
  float_pkg::simple_op_e simple_op;
  logic                  start, negate_product, negate_addend, is_sqrt;
  logic                  fma_done, simple_done, divide_done, long_done, divide_ready, mask;
  logic [31:0]           fma_result, simple_result, divide_result, a, b;
  logic [63:0]           long_result;
  logic [4:0]            fma_flags, simple_flags, divide_flags, long_flags;

  assign start_ready_o = !busy_q;
  assign start         = start_valid_i && start_ready_o;

  always_comb begin
    unit           = UnitSimple;
    fma_op         = float_pkg::FmaMultiplyAdd;
    simple_op      = float_pkg::SimpleSign;
    negate_product = op_i == float_pkg::UnitFnmsub || op_i == float_pkg::UnitFnmadd;
    negate_addend  = op_i == float_pkg::UnitFmsub || op_i == float_pkg::UnitFnmadd || op_i == float_pkg::UnitSub;
    is_sqrt        = op_i == float_pkg::UnitSqrt;
    a              = a_i[31:0];
    if (start_valid_i) begin
      unique case (op_i)
        float_pkg::UnitFmadd, float_pkg::UnitFmsub, float_pkg::UnitFnmsub, float_pkg::UnitFnmadd: unit = UnitFma;
        float_pkg::UnitAdd, float_pkg::UnitSub: begin
          unit   = UnitFma;
          fma_op = float_pkg::FmaAdd;
        end
        float_pkg::UnitMul: begin
          unit   = UnitFma;
          fma_op = float_pkg::FmaMultiply;
        end
        float_pkg::UnitDiv, float_pkg::UnitSqrt: unit = UnitDivide;
        float_pkg::UnitToL, float_pkg::UnitToLu, float_pkg::UnitFromL, float_pkg::UnitFromLu: unit = UnitLong;
        float_pkg::UnitSgnjn: simple_op = float_pkg::SimpleSignNegated;
        float_pkg::UnitSgnjx: simple_op = float_pkg::SimpleSignXor;
        float_pkg::UnitMin: simple_op = float_pkg::SimpleMin;
        float_pkg::UnitMax: simple_op = float_pkg::SimpleMax;
        float_pkg::UnitEq: simple_op = float_pkg::SimpleEqual;
        float_pkg::UnitLt: simple_op = float_pkg::SimpleLess;
        float_pkg::UnitLe: simple_op = float_pkg::SimpleLessEqual;
        float_pkg::UnitClass: simple_op = float_pkg::SimpleClass;
        float_pkg::UnitToW: simple_op = float_pkg::SimpleToInt32;
        float_pkg::UnitToWu: simple_op = float_pkg::SimpleToUint32;
        float_pkg::UnitFromW: simple_op = float_pkg::SimpleFromInt32;
        float_pkg::UnitFromWu: simple_op = float_pkg::SimpleFromUint32;
        float_pkg::UnitToBf16: simple_op = float_pkg::SimpleToBf16;
        float_pkg::UnitFromBf16: begin
          simple_op = float_pkg::SimpleFromBf16;
          // What is not boxed counts as NaN.
          a         = (a_i[31:16] == 16'hffff) ? a_i[31:0] : 32'h00007fc0;
        end
        default: ;  // sign injection; a move injects a number's own sign
      endcase
    end
  end

  assign b = (op_i == float_pkg::UnitMoveToX || op_i == float_pkg::UnitMoveToF) ? a_i[31:0] : b_i;

  // An addition adds b.
  float_lanes #(
      .Lanes(1)
  ) u_fma (
      .clk_i,
      .rst_ni,
      .valid_i         (start && unit == UnitFma),
      .op_i            (fma_op),
      .negate_product_i(negate_product),
      .negate_addend_i (negate_addend),
      .rounding_i,
      .enable_i        (1'b1),
      .a_i             (a_i[31:0]),
      .b_i,
      .c_i             ((fma_op == float_pkg::FmaAdd) ? b_i : c_i),
      .valid_o         (fma_done),
      .result_o        (fma_result),
      .flags_o         (fma_flags)
  );

  float_simple_lanes #(
      .Lanes(1)
  ) u_simple (
      .clk_i,
      .rst_ni,
      .valid_i   (start && unit == UnitSimple),
      .op_i      (simple_op),
      .rounding_i,
      .enable_i  (1'b1),
      .a_i       (a),
      .b_i       (b),
      .valid_o   (simple_done),
      .result_o  (simple_result),
      .mask_o    (mask),
      .flags_o   (simple_flags)
  );

  float_divide_lanes #(
      .Lanes(1)
  ) u_divide (
      .clk_i,
      .rst_ni,
      .start_valid_i(start && unit == UnitDivide),
      .start_ready_o(divide_ready),
      .sqrt_i       (is_sqrt),
      .rounding_i,
      .enable_i     (1'b1),
      .a_i          (a_i[31:0]),
      .b_i,
      .done_valid_o (divide_done),
      .done_ready_i,
      .result_o     (divide_result),
      .flags_o      (divide_flags)
  );

  float_long u_long (
      .clk_i,
      .rst_ni,
      .valid_i     (start && unit == UnitLong),
      .to_integer_i(op_i == float_pkg::UnitToL || op_i == float_pkg::UnitToLu),
      .unsigned_i  (op_i == float_pkg::UnitToLu || op_i == float_pkg::UnitFromLu),
      .rounding_i,
      .a_i,
      .valid_o     (long_done),
      .result_o    (long_result),
      .flags_o     (long_flags)
  );

  assign done_valid_o = done_q || fma_done || simple_done || divide_done || long_done;

  always_comb begin
    result_o = 64'd0;
    flags_o  = 5'd0;
    if (done_valid_o) begin
      unique case (unit_q)
        UnitFma: begin
          result_o = {32'd0, fma_result};
          flags_o  = fma_flags;
        end
        UnitDivide: begin
          result_o = {32'd0, divide_result};
          flags_o  = divide_flags;
        end
        UnitLong: begin
          result_o = long_result;
          flags_o  = long_flags;
        end
        default: begin
          result_o = {32'd0, simple_result};
          flags_o  = simple_flags;
          if (op_q == float_pkg::UnitToW || op_q == float_pkg::UnitToWu || op_q == float_pkg::UnitMoveToX) begin
            result_o[63:32] = {32{simple_result[31]}};
          end
          if (op_q == float_pkg::UnitToBf16) result_o[31:16] = 16'hffff;
        end
      endcase
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      busy_q <= 1'b0;
      done_q <= 1'b0;
    end else begin
      if (start) begin
        busy_q <= 1'b1;
        unit_q <= unit;
        op_q   <= op_i;
      end
      done_q <= done_valid_o && !done_ready_i;
      if (done_valid_o && done_ready_i) busy_q <= 1'b0;
    end
  end

  // Integration checks.
  `DOJO_ASSERT(OpIsKnown, !start_valid_i || op_i <= float_pkg::UnitMoveToF)

  // Implementation checks.
  `DOJO_ASSERT(DividerIsFree, !start || divide_ready)
  `DOJO_ASSERT(DoneOnlyWhenBusy, !done_valid_o || busy_q)
  `DOJO_ASSERT(MaskIsTheResult, !simple_done || mask == simple_result[0])
  `DOJO_COVER(ResultWaits, done_valid_o && !done_ready_i)

endmodule
