// Floating point of the execute pipe: lanes of multiply-add, simple operations, division, CFloat conversion, and the reductions.
//
// Function: gives the pass at the inputs to the lanes of its unit, with the operands in their places. The reductions use the lanes of
// multiply-add and of simple operations while no other pass does: the sequencer waits for them.
// Latency: that of the lanes (float_pkg, cfloat_pkg); division and reductions end with finished_o. Throughput: one pass per cycle;
// division and reductions start only while ready_o is high. Back-pressure: their result is held until taken. Registered: all outputs.
`include "dojo_assert.svh"
module vector_float (
    input  logic                              clk_i,
    input  logic                              rst_ni,
    input  logic                              valid_i,
    // What only the write needs of a pass is not read here; of a scalar, what no unit has.
    /* verilator lint_off UNUSEDSIGNAL */
    input  vector_execute_pkg::beat_t         beat_i,
    input  logic                      [ 63:0] scalar_i,
    /* verilator lint_on UNUSEDSIGNAL */
    input  logic                      [ 15:0] lanes_i,         // active elements
    input  logic                      [ 63:0] seed_i,
    input  logic                      [511:0] vs2_i,
    input  logic                      [511:0] vs1_i,
    input  logic                      [511:0] vd_i,
    output logic                              ready_o,         // for a division or reduction
    output logic                              finished_o,      // one of them
    input  logic                              divide_taken_i,
    input  logic                              reduce_taken_i,
    output logic                              fma_done_o,
    output logic                      [511:0] fma_o,
    output logic                      [  4:0] fma_flags_o,
    output logic                              simple_done_o,
    output logic                      [511:0] simple_o,
    output logic                      [ 15:0] simple_bits_o,
    output logic                      [  4:0] simple_flags_o,
    output logic                      [511:0] divide_o,
    output logic                      [  4:0] divide_flags_o,
    output logic                      [ 31:0] reduce_o,
    output logic                      [  4:0] reduce_flags_o,
    output logic                              cfloat_done_o,
    output logic                      [511:0] cfloat_o,
    output logic                      [  3:0] cfloat_flags_o
);

  import vector_execute_pkg::UnitFma, vector_execute_pkg::UnitSimple, vector_execute_pkg::UnitFloatDivide,
      vector_execute_pkg::UnitFloatReduce, vector_execute_pkg::UnitCfloat, vector_execute_pkg::OpFadd, vector_execute_pkg::OpFsub,
      vector_execute_pkg::OpFrsub, vector_execute_pkg::OpFmul, vector_execute_pkg::OpFmacc, vector_execute_pkg::OpFwmacc,
      vector_execute_pkg::OpFmin, vector_execute_pkg::OpFmax, vector_execute_pkg::OpFsgnj, vector_execute_pkg::OpFsgnjn,
      vector_execute_pkg::OpFsgnjx, vector_execute_pkg::OpFmeq, vector_execute_pkg::OpFmne, vector_execute_pkg::OpFmlt,
      vector_execute_pkg::OpFmle, vector_execute_pkg::OpFmgt, vector_execute_pkg::OpFmge, vector_execute_pkg::OpFclass,
      vector_execute_pkg::OpFrsqrt7, vector_execute_pkg::OpFrec7, vector_execute_pkg::OpFtoXu, vector_execute_pkg::OpFtoX,
      vector_execute_pkg::OpFtoXuRtz, vector_execute_pkg::OpFtoXRtz, vector_execute_pkg::OpXutoF, vector_execute_pkg::OpXtoF,
      vector_execute_pkg::OpBf16toF, vector_execute_pkg::OpFrdiv, vector_execute_pkg::OpFsqrt, vector_execute_pkg::OpCfWiden;

  // ---- Implementation: lanes, shared with the reductions.

  logic                   reduce_add, reduce_compare, reduce_maximum;
  logic           [  2:0] reduce_rounding;
  logic           [ 15:0] reduce_enable;
  logic           [511:0] reduce_x, reduce_y;
  logic                   reduce_ready, reduce_done;

  logic                   fma_valid, negate_product, negate_addend;
  float_pkg::fma_op_e     fma_op;
  logic           [511:0] fma_a, fma_c;

  logic                   simple_valid;
  float_pkg::simple_op_e  simple_op;
  logic           [  2:0] simple_rounding;
  logic           [511:0] simple_a, simple_b;

  always_comb begin
    fma_valid      = reduce_add || (valid_i && beat_i.unit == UnitFma);
    fma_op         = float_pkg::FmaAdd;
    negate_product = 1'b0;
    negate_addend  = 1'b0;
    fma_a          = 512'd0;
    fma_c          = 512'd0;
    if (reduce_add) begin
      fma_a = reduce_x;
      fma_c = reduce_y;
    end else if (fma_valid) begin
      fma_a = vs2_i;
      fma_c = vd_i;
      case (beat_i.op)
        6'(OpFadd), 6'(OpFsub), 6'(OpFrsub): begin
          negate_product = beat_i.op == 6'(OpFrsub);
          negate_addend  = beat_i.op == 6'(OpFsub);
          fma_c          = vs1_i;
        end
        6'(OpFmul): fma_op = float_pkg::FmaMultiply;
        6'(OpFwmacc): fma_op = float_pkg::FmaMultiplyAdd;
        default: begin
          // madd, nmadd, msub, nmsub, macc, nmacc, msac, nmsac
          fma_op         = float_pkg::FmaMultiplyAdd;
          negate_product = beat_i.op[0];
          negate_addend  = beat_i.op[0] ^ beat_i.op[1];
          if (beat_i.op < 6'(OpFmacc)) begin
            fma_a = vd_i;
            fma_c = vs2_i;
          end
        end
      endcase
    end
  end

  float_lanes u_fma (
      .clk_i,
      .rst_ni,
      .valid_i         (fma_valid),
      .op_i            (fma_op),
      .negate_product_i(negate_product),
      .negate_addend_i (negate_addend),
      .rounding_i      (reduce_add ? reduce_rounding : beat_i.rounding),
      .enable_i        (reduce_add ? reduce_enable : lanes_i),
      .a_i             (fma_a),
      .b_i             (vs1_i),
      .c_i             (fma_c),
      .valid_o         (fma_done_o),
      .result_o        (fma_o),
      .flags_o         (fma_flags_o)
  );

  always_comb begin
    simple_valid    = reduce_compare || (valid_i && beat_i.unit == UnitSimple);
    simple_op       = float_pkg::SimpleMin;
    simple_rounding = 3'd0;
    simple_a        = 512'd0;
    simple_b        = 512'd0;
    if (reduce_compare) begin
      simple_a = reduce_x;
      simple_b = reduce_y;
      if (reduce_maximum) simple_op = float_pkg::SimpleMax;
    end else if (simple_valid) begin
      simple_a        = vs2_i;
      simple_b        = vs1_i;
      simple_rounding = beat_i.rounding;
      case (beat_i.op)
        6'(OpFmin):    simple_op = float_pkg::SimpleMin;
        6'(OpFmax):    simple_op = float_pkg::SimpleMax;
        6'(OpFsgnj):   simple_op = float_pkg::SimpleSign;
        6'(OpFsgnjn):  simple_op = float_pkg::SimpleSignNegated;
        6'(OpFsgnjx):  simple_op = float_pkg::SimpleSignXor;
        6'(OpFmeq):    simple_op = float_pkg::SimpleEqual;
        6'(OpFmne):    simple_op = float_pkg::SimpleNotEqual;
        6'(OpFmlt):    simple_op = float_pkg::SimpleLess;
        6'(OpFmle):    simple_op = float_pkg::SimpleLessEqual;
        6'(OpFmgt), 6'(OpFmge): begin
          simple_op = beat_i.op == 6'(OpFmgt) ? float_pkg::SimpleLess : float_pkg::SimpleLessEqual;
          simple_a  = vs1_i;
          simple_b  = vs2_i;
        end
        6'(OpFclass):  simple_op = float_pkg::SimpleClass;
        6'(OpFrsqrt7): simple_op = float_pkg::SimpleRsqrt7;
        6'(OpFrec7):   simple_op = float_pkg::SimpleRec7;
        6'(OpFtoXu), 6'(OpFtoXuRtz): begin
          simple_op = beat_i.vd_shift != 2'd0 ? float_pkg::SimpleToUint16 : float_pkg::SimpleToUint32;
          if (beat_i.op == 6'(OpFtoXuRtz)) simple_rounding = dojo_pkg::RoundingTowardZero;
        end
        6'(OpFtoX), 6'(OpFtoXRtz): begin
          simple_op = beat_i.vd_shift != 2'd0 ? float_pkg::SimpleToInt16 : float_pkg::SimpleToInt32;
          if (beat_i.op == 6'(OpFtoXRtz)) simple_rounding = dojo_pkg::RoundingTowardZero;
        end
        6'(OpXutoF):   simple_op = float_pkg::SimpleFromUint32;
        6'(OpXtoF):    simple_op = float_pkg::SimpleFromInt32;
        6'(OpBf16toF): simple_op = float_pkg::SimpleFromBf16;
        default:       simple_op = float_pkg::SimpleToBf16;
      endcase
    end
  end

  float_simple_lanes u_simple (
      .clk_i,
      .rst_ni,
      .valid_i   (simple_valid),
      .op_i      (simple_op),
      .rounding_i(simple_rounding),
      .enable_i  (reduce_compare ? reduce_enable : lanes_i),
      .a_i       (simple_a),
      .b_i       (simple_b),
      .valid_o   (simple_done_o),
      .result_o  (simple_o),
      .mask_o    (simple_bits_o),
      .flags_o   (simple_flags_o)
  );

  logic         float_divide_start, float_divide_ready, float_divide_done;

  assign float_divide_start = valid_i && beat_i.unit == UnitFloatDivide;

  float_divide_lanes u_float_divide (
      .clk_i,
      .rst_ni,
      .start_valid_i(float_divide_start),
      .start_ready_o(float_divide_ready),
      .sqrt_i       (beat_i.op == 6'(OpFsqrt)),
      .rounding_i   (beat_i.rounding),
      .enable_i     (lanes_i),
      .a_i          (beat_i.op == 6'(OpFrdiv) ? vs1_i : vs2_i),
      .b_i          (beat_i.op == 6'(OpFrdiv) ? vs2_i : vs1_i),
      .done_valid_o (float_divide_done),
      .done_ready_i (divide_taken_i),
      .result_o     (divide_o),
      .flags_o      (divide_flags_o)
  );

  vector_float_reduce u_float_reduce (
      .clk_i,
      .rst_ni,
      .start_i       (valid_i && beat_i.unit == UnitFloatReduce),
      .op_i          (beat_i.op),
      .rounding_i    (beat_i.rounding),
      .first_i       (beat_i.first),
      .last_i        (beat_i.inner_last),
      .enable_i      (lanes_i),
      .a_i           (vs2_i),
      .scalar_i      (vs1_i[31:0]),
      .ready_o       (reduce_ready),
      .done_o        (reduce_done),
      .taken_i       (reduce_taken_i),
      .result_o      (reduce_o),
      .flags_o       (reduce_flags_o),
      .add_o         (reduce_add),
      .compare_o     (reduce_compare),
      .maximum_o     (reduce_maximum),
      .rounding_o    (reduce_rounding),
      .enable_o      (reduce_enable),
      .x_o           (reduce_x),
      .y_o           (reduce_y),
      .sum_i          (fma_o),
      .sum_flags_i    (fma_flags_o),
      .extreme_i      (simple_o),
      .extreme_flags_i(simple_flags_o)
  );

  assign ready_o    = float_divide_ready && reduce_ready;
  assign finished_o = float_divide_done || reduce_done;

  // ---- Implementation: CFloat.


  cfloat_lanes u_cfloat (
      .clk_i,
      .rst_ni,
      .valid_i     (valid_i && beat_i.unit == UnitCfloat),
      .widen_i     (beat_i.op == 6'(OpCfWiden)),
      .bf16_i      (beat_i.sew == 2'd1),
      .format_i    (scalar_i[9:8]),
      .bias_i      (scalar_i[5:0]),
      .stochastic_i(scalar_i[16]),
      .seed_i      (seed_i),
      .index_i     (beat_i.base),
      .enable_i    (lanes_i),
      .data_i      (vs2_i),
      .valid_o     (cfloat_done_o),
      .result_o    (cfloat_o),
      .flags_o     (cfloat_flags_o)
  );

  // ---- Implementation checks.

  `DOJO_ASSERT(DivideIsReady, !float_divide_start || float_divide_ready)
  `DOJO_ASSERT_NEVER(TwoPassesForOneUnit, (reduce_add && valid_i && beat_i.unit == UnitFma) ||
                     (reduce_compare && valid_i && beat_i.unit == UnitSimple))

endmodule
