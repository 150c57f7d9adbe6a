// The execute pipe of the vector unit: every vector arithmetic instruction of Zve32f, Zvfbfmin, Zvfbfwma and Xdojo (docs/vector.md).
//
// Function: takes legal instructions in order, cuts them into passes of one register (vector_sequencer), reads up to three registers
// per pass, computes in one of the units, and writes one register per cycle (vector_writeback). Passes of several instructions are in
// the pipe at once; who may touch which register is told by blocked_read_i and blocked_write_i, and reads_done_o and writes_done_o
// tell what an instruction is through with.
// Latency: from the issue of a pass to the cycle of its write: latency_of(unit); a result can be read in the cycle after. Throughput:
// one pass per cycle. Back-pressure: start_ready_o; results have none. Registered: operands, units, the write's selection; register
// numbers and reads_done_o are functions of the current instruction and of blocked_*_i.
`include "dojo_assert.svh"
module vector_execute (
    input  logic                                     clk_i,
    input  logic                                     rst_ni,
    input  logic                                     start_valid_i,
    input  vector_pkg::tag_t                         start_tag_i,
    input  vector_pkg::dispatch_t                    start_i,
    output logic                                     start_ready_o,
    // hazards of the current instruction
    input  logic                              [31:0] blocked_read_i,
    input  logic                              [31:0] blocked_write_i,
    // register file: 0 vs2, 1 vs1, 2 vd; data in the same cycle
    output logic                              [ 2:0] read_valid_o,
    output logic                              [ 1:0] read_hart_o,
    output logic                              [ 4:0] read_vs2_o,
    output logic                              [ 4:0] read_vs1_o,
    output logic                              [ 4:0] read_vd_o,
    output logic                                     mask_valid_o,
    input  logic                             [511:0] vs2_data_i,
    input  logic                             [511:0] vs1_data_i,
    input  logic                             [511:0] vd_data_i,
    input  logic                             [511:0] mask_i,           // v0
    output logic                              [31:0] reads_done_o,
    output logic                                     write_valid_o,
    output vector_pkg::register_write_t              write_o,
    output logic                                     writes_done_valid_o,
    output vector_pkg::tag_t                         writes_done_tag_o,
    output logic                              [31:0] writes_done_o,
    output logic                                     done_valid_o,
    output vector_pkg::execute_done_t                done_o,
    // the accumulators of the matrix unit; data of a read in the next cycle
    output logic                                     accumulator_read_valid_o,
    output logic                                     accumulator_write_valid_o,
    output logic                              [ 5:0] accumulator_line_o,
    output logic                             [511:0] accumulator_data_o,
    output logic                              [15:0] accumulator_enable_o,
    input  logic                             [511:0] accumulator_data_i,
    output logic                                     idle_o
);

  import vector_execute_pkg::UnitInteger, vector_execute_pkg::UnitMultiply, vector_execute_pkg::UnitDivide,
      vector_execute_pkg::UnitMask, vector_execute_pkg::UnitPermute, vector_execute_pkg::UnitReduce, vector_execute_pkg::UnitFma,
      vector_execute_pkg::UnitSimple, vector_execute_pkg::UnitFloatDivide, vector_execute_pkg::UnitFloatReduce,
      vector_execute_pkg::UnitCfloat, vector_execute_pkg::UnitAccumulator, vector_execute_pkg::unit_e, vector_execute_pkg::OpAccRead,
      vector_execute_pkg::OpAccWrite, vector_execute_pkg::DestMask, vector_execute_pkg::beat_t, vector_execute_pkg::active_elements;

  // ---- Implementation: issue.

  logic         active, issue, iterative_ready, iterative_done;
  beat_t        next;
  logic  [ 7:0] slots, mask_slots;
  logic  [ 1:0] vs2_shift, vs2_part, vs1_shift, vs1_part;
  logic         vs2_signed, vs1_signed, scalar_valid;
  logic  [63:0] scalar, seed, mask_bits, lanes;

  vector_sequencer u_sequencer (
      .clk_i,
      .rst_ni,
      .start_valid_i,
      .start_tag_i,
      .start_i,
      .start_ready_o,
      .blocked_read_i,
      .blocked_write_i,
      .slots_i          (slots),
      .mask_slots_i     (mask_slots),
      .iterative_ready_i(iterative_ready),
      .iterative_done_i (iterative_done),
      .active_o         (active),
      .issue_o          (issue),
      .beat_o           (next),
      .read_valid_o,
      .mask_valid_o,
      .read_hart_o,
      .read_vs2_o,
      .read_vs1_o,
      .read_vd_o,
      .reads_done_o,
      .vs2_shift_o      (vs2_shift),
      .vs2_part_o       (vs2_part),
      .vs2_signed_o     (vs2_signed),
      .vs1_shift_o      (vs1_shift),
      .vs1_part_o       (vs1_part),
      .vs1_signed_o     (vs1_signed),
      .scalar_valid_o   (scalar_valid),
      .scalar_o         (scalar),
      .seed_o           (seed)
  );

  always_comb begin
    mask_bits = 64'd0;
    lanes     = 64'd0;
    if (issue) begin
      if (mask_valid_o) mask_bits = 64'(mask_i >> next.base);
      if (!next.idle) lanes = active_elements(next, mask_bits);
    end
  end

  // ---- Implementation: the pass whose operands are in registers.

  logic          valid_q;
  // What only the write needs of a pass is not read here; of a scalar, what no unit has.
  /* verilator lint_off UNUSEDSIGNAL */
  beat_t         beat_q;
  logic  [ 63:0] scalar_q;
  /* verilator lint_on UNUSEDSIGNAL */
  logic  [ 63:0] lanes_q, carry_q, seed_q;
  logic  [511:0] vs2, vs1, vd_q, mask_q;
  logic          run, vs2_signed_q;

  assign run = issue && !next.idle && !next.collect;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) valid_q <= 1'b0;
    else if (run || valid_q) valid_q <= run;
    if (run) begin
      beat_q  <= next;
      lanes_q <= lanes;
      vs2_signed_q <= vs2_signed;
      carry_q <= mask_valid_o ? mask_bits : 64'd0;
      if (next.unit == UnitPermute || next.unit == UnitCfloat || next.unit == UnitAccumulator) scalar_q <= scalar;
      if (next.unit == UnitCfloat) seed_q <= seed;
      if (read_valid_o[2]) vd_q <= vd_data_i;
      if (mask_valid_o && next.unit == UnitMask) mask_q <= mask_i;
    end
  end

  vector_operand u_vs2 (
      .clk_i,
      .load_i        (run && read_valid_o[0]),
      .width_i       (next.width),
      .shift_i       (vs2_shift),
      .part_i        (vs2_part),
      .signed_i      (vs2_signed),
      .high_i        (next.unit == UnitFma),
      .scalar_valid_i(1'b0),
      .scalar_i      (32'd0),
      .data_i        (vs2_data_i),
      .operand_o     (vs2)
  );

  vector_operand u_vs1 (
      .clk_i,
      .load_i        (run && (read_valid_o[1] || scalar_valid)),
      .width_i       (next.width),
      .shift_i       (vs1_shift),
      .part_i        (vs1_part),
      .signed_i      (vs1_signed),
      .high_i        (next.unit == UnitFma),
      .scalar_valid_i(scalar_valid),
      .scalar_i      (scalar[31:0]),
      .data_i        (vs1_data_i),
      .operand_o     (vs1)
  );

  // ---- Implementation: integer units, one for each width.

  logic [2:0][511:0] integer_result, multiply_result, divide_result;
  logic [2:0][ 63:0] integer_bits;
  logic [2:0]        integer_saturated, multiply_saturated, divide_ready, divide_done;
  logic              taken;
  unit_e             taken_unit;
  logic [1:0]        taken_width;

  for (genvar w = 0; w < 3; w++) begin : gen_width
    vector_integer #(
        .Width(8 << w)
    ) u_integer (
        .clk_i,
        .valid_i    (valid_q && beat_q.unit == UnitInteger && beat_q.width == 2'(w)),
        .op_i       (beat_q.op),
        .vxrm_i     (beat_q.rounding[1:0]),
        .narrow_i   (beat_q.vd_shift != 2'd0),
        .enable_i   (lanes_q),
        .carry_i    (carry_q),
        .a_i        (vs2),
        .b_i        (vs1),
        .result_o   (integer_result[w]),
        .bits_o     (integer_bits[w]),
        .saturated_o(integer_saturated[w])
    );

    vector_multiply #(
        .Width(8 << w)
    ) u_multiply (
        .clk_i,
        .rst_ni,
        .valid_i    (valid_q && beat_q.unit == UnitMultiply && beat_q.width == 2'(w)),
        .op_i       (beat_q.op),
        .vxrm_i     (beat_q.rounding[1:0]),
        .enable_i   (lanes_q),
        .a_i        (vs2),
        .b_i        (vs1),
        .d_i        (vd_q),
        .result_o   (multiply_result[w]),
        .saturated_o(multiply_saturated[w])
    );

    vector_divide #(
        .Width(8 << w)
    ) u_divide (
        .clk_i,
        .rst_ni,
        .start_i    (valid_q && beat_q.unit == UnitDivide && beat_q.width == 2'(w)),
        .signed_i   (beat_q.op[0]),
        .remainder_i(beat_q.op[1]),
        .a_i        (vs2),
        .b_i        (vs1),
        .ready_o    (divide_ready[w]),
        .done_o     (divide_done[w]),
        .taken_i    (taken && taken_unit == UnitDivide && taken_width == 2'(w)),
        .result_o   (divide_result[w])
    );
  end

  // ---- Implementation: masks, permutations, integer reductions.

  logic [511:0] mask_result, permute_result;
  logic [ 63:0] mask_scalar, permute_enable;
  logic [ 31:0] reduce_result;
  logic [  2:0] permute_register;

  vector_mask u_mask (
      .clk_i,
      .valid_i   (valid_q && beat_q.unit == UnitMask),
      .op_i      (beat_q.op),
      .width_i   (beat_q.width),
      .first_i   (beat_q.first),
      .masked_i  (beat_q.masked),
      .to_float_i(beat_q.to_float),
      .base_i    (beat_q.base),
      .vstart_i  (beat_q.vstart),
      .vl_i      (beat_q.vl),
      .enable_i  (lanes_q),
      .mask_i    (mask_q),
      .a_i       (vs2),
      .b_i       (vs1),
      .d_i       (vd_q),
      .result_o  (mask_result),
      .scalar_o  (mask_scalar)
  );

  vector_permute u_permute (
      .clk_i,
      .valid_i      (valid_q && beat_q.unit == UnitPermute),
      .op_i         (beat_q.op),
      .sew_i        (beat_q.sew),
      .width_i      (beat_q.width),
      .first_i      (beat_q.first),
      .last_i       (beat_q.last),
      .base_i       (beat_q.base),
      .vl_i         (beat_q.vl),
      .inner_i      (beat_q.inner),
      .inner_first_i(beat_q.inner_first),
      .offset_i     (beat_q.offset),
      .absent_i     (beat_q.absent),
      .limit_i      (beat_q.limit),
      .enable_i     (lanes_q),
      .scalar_i     (scalar_q[31:0]),
      .a_i          (vs2),
      .b_i          (vs1),
      .result_o     (permute_result),
      .register_o   (permute_register),
      .byte_enable_o(permute_enable)
  );

  vector_reduce u_reduce (
      .clk_i,
      .valid_i (valid_q && beat_q.unit == UnitReduce),
      .op_i    (beat_q.op),
      .signed_i(vs2_signed_q),
      .first_i (beat_q.first),
      .last_i  (beat_q.last),
      .width_i (beat_q.width),
      .enable_i(lanes_q),
      .a_i     (vs2),
      .b_i     (vs1[31:0]),
      .result_o(reduce_result)
  );

  // ---- Implementation: floating point.

  logic         float_ready, float_finished, fma_done, simple_done, cfloat_done;
  logic [511:0] fma_result, simple_result, float_divide_result, cfloat_result;
  logic [ 15:0] simple_bits;
  logic [ 31:0] float_reduce_result;
  logic [  4:0] fma_flags, simple_flags, float_divide_flags, float_reduce_flags;
  logic [  3:0] cfloat_flags;

  vector_float u_float (
      .clk_i,
      .rst_ni,
      .valid_i              (valid_q),
      .beat_i               (beat_q),
      .lanes_i              (lanes_q[15:0]),
      .scalar_i             (scalar_q),
      .seed_i               (seed_q),
      .vs2_i                (vs2),
      .vs1_i                (vs1),
      .vd_i                 (vd_q),
      .ready_o              (float_ready),
      .finished_o           (float_finished),
      .divide_taken_i       (taken && taken_unit == UnitFloatDivide),
      .reduce_taken_i       (taken && taken_unit == UnitFloatReduce),
      .fma_done_o           (fma_done),
      .fma_o                (fma_result),
      .fma_flags_o          (fma_flags),
      .simple_done_o        (simple_done),
      .simple_o             (simple_result),
      .simple_bits_o        (simple_bits),
      .simple_flags_o       (simple_flags),
      .divide_o             (float_divide_result),
      .divide_flags_o       (float_divide_flags),
      .reduce_o             (float_reduce_result),
      .reduce_flags_o       (float_reduce_flags),
      .cfloat_done_o        (cfloat_done),
      .cfloat_o             (cfloat_result),
      .cfloat_flags_o       (cfloat_flags)
  );

  assign iterative_ready = (&divide_ready) && float_ready && !(valid_q && beat_q.start);
  assign iterative_done  = (|divide_done) || float_finished;

  // ---- Implementation: accumulators of the matrix unit, a line for each pass.

  assign accumulator_read_valid_o  = valid_q && beat_q.unit == UnitAccumulator && beat_q.op == 6'(OpAccRead);
  assign accumulator_write_valid_o = valid_q && beat_q.unit == UnitAccumulator && beat_q.op == 6'(OpAccWrite);
  assign accumulator_line_o        = scalar_q[5:0] + {3'd0, beat_q.base[6:4]};
  assign accumulator_data_o        = vd_q;
  assign accumulator_enable_o      = lanes_q[15:0];

  // ---- Implementation: the end of a pass.

  vector_writeback u_writeback (
      .clk_i,
      .rst_ni,
      .issue_i             (issue),
      .beat_i              (next),
      .lanes_i             (lanes),
      .old_load_i          (next.write && next.destination == DestMask && next.unit != UnitMask),
      .vd_i                (vd_data_i),
      .slots_o             (slots),
      .mask_slots_o        (mask_slots),
      .integer_i           (integer_result),
      .integer_bits_i      (integer_bits),
      .integer_saturated_i (integer_saturated),
      .multiply_i          (multiply_result),
      .multiply_saturated_i(multiply_saturated),
      .divide_i            (divide_result),
      .mask_i              (mask_result),
      .mask_scalar_i       (mask_scalar),
      .permute_i           (permute_result),
      .permute_register_i  (permute_register),
      .permute_enable_i    (permute_enable),
      .reduce_i            (reduce_result),
      .fma_i               (fma_result),
      .fma_flags_i         (fma_flags),
      .simple_i            (simple_result),
      .simple_bits_i       (simple_bits),
      .simple_flags_i      (simple_flags),
      .float_divide_i      (float_divide_result),
      .float_divide_flags_i(float_divide_flags),
      .float_reduce_i      (float_reduce_result),
      .float_reduce_flags_i(float_reduce_flags),
      .cfloat_i            (cfloat_result),
      .cfloat_flags_i      (cfloat_flags),
      .accumulator_i       (accumulator_data_i),
      .taken_o             (taken),
      .taken_unit_o        (taken_unit),
      .taken_width_o       (taken_width),
      .write_valid_o,
      .write_o,
      .writes_done_valid_o,
      .writes_done_tag_o,
      .writes_done_o,
      .done_valid_o,
      .done_o
  );

  assign idle_o = !active && !valid_q && slots == 8'd0;

  // ---- Implementation checks.

  // Results of pipelined units come when their place at the write port does.
  `DOJO_ASSERT(FmaInTime, !(slots[0] && taken_unit == UnitFma) || fma_done)
  `DOJO_ASSERT(SimpleInTime, !(slots[0] && taken_unit == UnitSimple) || simple_done)
  `DOJO_ASSERT(CfloatInTime, !(slots[0] && taken_unit == UnitCfloat) || cfloat_done)
  `DOJO_COVER(Integer, valid_q && beat_q.unit == UnitInteger)
  `DOJO_COVER(Multiply, valid_q && beat_q.unit == UnitMultiply)
  `DOJO_COVER(Divide, valid_q && beat_q.unit == UnitDivide)
  `DOJO_COVER(Mask, valid_q && beat_q.unit == UnitMask)
  `DOJO_COVER(Permute, valid_q && beat_q.unit == UnitPermute)
  `DOJO_COVER(Reduce, valid_q && beat_q.unit == UnitReduce)
  `DOJO_COVER(Fma, valid_q && beat_q.unit == UnitFma)
  `DOJO_COVER(Simple, valid_q && beat_q.unit == UnitSimple)
  `DOJO_COVER(FloatDivide, valid_q && beat_q.unit == UnitFloatDivide)
  `DOJO_COVER(FloatReduce, valid_q && beat_q.unit == UnitFloatReduce)
  `DOJO_COVER(Cfloat, valid_q && beat_q.unit == UnitCfloat)
  `DOJO_COVER(AccumulatorRead, accumulator_read_valid_o)
  `DOJO_COVER(AccumulatorWrite, accumulator_write_valid_o)
  `DOJO_COVER(Saturates, done_valid_o && done_o.vxsat)
  `DOJO_COVER(FloatFlags, done_valid_o && done_o.fflags != 5'd0)
  `DOJO_COVER(TwoUnitsInOneCycle, valid_q && slots[0])

endmodule
