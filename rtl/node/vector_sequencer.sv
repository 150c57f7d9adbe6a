// Takes vector arithmetic instructions one after the other and cuts each into passes of one register.
//
// Function: while an instruction is current, beat_o, the register numbers and the operand controls describe its next pass, which is
// issued (issue_o) when nothing blocks it: hazards of the registers that it touches, its place at the write port, and for iterative
// units their state. An instruction of the regular classes waits register by register; one that permutes, reduces, or works on whole
// masks waits once for all its registers.
// Latency: a start is current in the next cycle. Throughput: one pass per cycle, across instructions too. Back-pressure: start_ready_o
// is high when no instruction is current or its last pass is issued. Registered: the current instruction; all outputs are functions of
// it and of the inputs.
`include "dojo_assert.svh"
module vector_sequencer (
    input  logic                               clk_i,
    input  logic                               rst_ni,
    input  logic                               start_valid_i,
    input  vector_pkg::tag_t                   start_tag_i,
    // What concerns only the queue and memory instructions is not read.
    /* verilator lint_off UNUSEDSIGNAL */
    input  vector_pkg::dispatch_t              start_i,
    /* verilator lint_on UNUSEDSIGNAL */
    output logic                               start_ready_o,
    input  logic                        [31:0] blocked_read_i,
    input  logic                        [31:0] blocked_write_i,
    // the write port: bit n of slots_i: taken in n cycles; bit n of mask_slots_i: by a part of a mask
    input  logic                        [ 7:0] slots_i,
    input  logic                        [ 7:0] mask_slots_i,
    // iterative units, as one: ready for a start; a result waits
    input  logic                               iterative_ready_i,
    input  logic                               iterative_done_i,
    output logic                               active_o,
    output logic                               issue_o,
    output vector_execute_pkg::beat_t          beat_o,
    output logic                        [ 2:0] read_valid_o,
    output logic                               mask_valid_o,
    output logic                        [ 1:0] read_hart_o,
    output logic                        [ 4:0] read_vs2_o,
    output logic                        [ 4:0] read_vs1_o,
    output logic                        [ 4:0] read_vd_o,
    output logic                        [31:0] reads_done_o,
    // how operands are widened
    output logic                        [ 1:0] vs2_shift_o,
    output logic                        [ 1:0] vs2_part_o,
    output logic                               vs2_signed_o,
    output logic                        [ 1:0] vs1_shift_o,
    output logic                        [ 1:0] vs1_part_o,
    output logic                               vs1_signed_o,
    output logic                               scalar_valid_o,
    output logic                        [63:0] scalar_o,
    output logic                        [63:0] seed_o
);

  import vector_execute_pkg::UnitInteger, vector_execute_pkg::UnitDivide, vector_execute_pkg::UnitMask, vector_execute_pkg::UnitPermute,
      vector_execute_pkg::UnitReduce, vector_execute_pkg::UnitFma, vector_execute_pkg::UnitFloatDivide,
      vector_execute_pkg::UnitFloatReduce, vector_execute_pkg::UnitCfloat, vector_execute_pkg::OpPass, vector_execute_pkg::OpIota,
      vector_execute_pkg::OpId, vector_execute_pkg::OpSlideUp, vector_execute_pkg::OpSlide1Up, vector_execute_pkg::OpSlide1Down,
      vector_execute_pkg::OpGather, vector_execute_pkg::OpGatherScalar, vector_execute_pkg::OpCompress, vector_execute_pkg::OpFwmacc,
      vector_execute_pkg::EewDouble, vector_execute_pkg::EewMask, vector_execute_pkg::DestVector, vector_execute_pkg::DestMask,
      vector_execute_pkg::DestElement, vector_execute_pkg::DestScalar, vector_execute_pkg::is_whole_move,
      vector_execute_pkg::latency_of, vector_execute_pkg::width_of;
  import vector_table_pkg::control_t, vector_table_pkg::decode;

  // ---- Implementation: the current instruction.

  logic              active_q;
  vector_pkg::tag_t  tag_q;
  logic       [ 1:0] hart_q, sew_q, width_q;
  logic       [ 4:0] vd_q, vs2_q, vs1_q;
  logic       [31:0] reads_q, writes_q;
  // The instruction table's entry; what only the decoder needs of it is not read here.
  /* verilator lint_off UNUSEDSIGNAL */
  control_t          control_q;
  /* verilator lint_on UNUSEDSIGNAL */
  logic              masked_q, null_q, irregular_q, iterative_q;
  logic       [ 1:0] vd_shift_q, vs2_shift_q, vs1_shift_q;
  logic       [ 9:0] vl_q, vstart_q;
  logic       [ 2:0] rounding_q, limit_q;
  logic       [ 3:0] registers_q;  // of a source group
  logic       [63:0] scalar_q, seed_q;
  logic       [11:0] offset_q;     // slides: bytes, negative upwards; gather of a scalar: byte of the element
  logic              beyond_q;     // its element is beyond the group
  // progress
  logic       [ 4:0] step_q, last_step_q;
  logic       [ 2:0] inner_q, inner_last_q;
  logic              first_q, stored_q, collect_q;

  assign active_o = active_q;
  assign seed_o   = seed_q;

  task automatic load;
    control_t    c;
    logic [ 1:0] sew, width, vs1_width;
    logic [ 2:0] limit;
    logic [ 3:0] registers;
    logic [ 4:0] step, last_step;
    logic [ 9:0] vl, vstart, capacity;
    logic [11:0] bytes;
    logic [63:0] scalar, offset;
    logic        null_pass, beyond;
    sew = (is_whole_move(start_i.insn) && start_i.lmul == 3'd4) ? 2'd0 : start_i.sew;
    c   = decode(start_i.insn, sew, start_i.rs1);

    // The scalar operand.
    scalar = !c.immediate ? start_i.rs1
           : c.unsigned_immediate ? {59'd0, start_i.insn[19:15]} : {{59{start_i.insn[19]}}, start_i.insn[19:15]};
    if (c.unit == UnitFma && c.op == 6'(OpFwmacc) && start_i.rs1[31:16] != 16'hffff) scalar = 64'h7fc0;

    // Widths: the datapath has the widest of the elements.
    vs1_width = c.vs1_eew == EewMask ? sew : width_of(c.vs1_eew, sew);
    width     = sew;
    if (c.destination == DestVector || c.destination == DestMask) begin
      if (c.destination == DestVector && width_of(c.vd_eew, sew) > width) width = width_of(c.vd_eew, sew);
      if (c.vs2_used && c.vs2_eew == EewDouble) width = sew + 2'd1;
      if (c.vs1_used && vs1_width > width) width = vs1_width;
    end
    if (c.unit == UnitCfloat) width = 2'd2;

    // The elements.
    registers = start_i.lmul[2] ? 4'd1 : 4'd1 << start_i.lmul[1:0];
    limit     = start_i.lmul[2] ? 3'd0 - start_i.lmul : 3'd0;
    capacity  = start_i.lmul[2] ? (10'd64 >> sew) >> limit : (10'd64 >> sew) << start_i.lmul[1:0];
    vl        = start_i.vl;
    vstart    = start_i.vstart;
    if (c.whole_move) vl = (10'd64 >> sew) * ({7'd0, start_i.insn[17:15]} + 10'd1);
    if (c.destination == DestElement && c.unit == UnitInteger) begin
      vl     = vstart < vl ? 10'd1 : 10'd0;
      vstart = 10'd0;
    end
    offset = (c.op == 6'(OpSlide1Up) || c.op == 6'(OpSlide1Down)) ? 64'd1 : scalar;
    beyond = 1'b0;
    bytes  = 12'd0;
    if (c.unit == UnitPermute && c.op != 6'(OpGather) && c.op != 6'(OpCompress)) begin
      beyond = offset >= {54'd0, capacity};
      bytes  = beyond ? 12'd0 : {2'd0, offset[9:0]} << sew;
      if (c.op == 6'(OpSlideUp)) begin
        if (beyond) vstart = vl;
        else if (offset[9:0] > vstart) vstart = offset[9:0];
      end
      if (c.op == 6'(OpSlideUp) || c.op == 6'(OpSlide1Up)) bytes = 12'd0 - bytes;
    end

    // Passes.
    null_pass = vstart >= vl;
    step      = null_pass ? 5'd0 : 5'(vstart >> (3'd6 - {1'b0, width}));
    last_step = null_pass ? 5'd0 : 5'((vl - 10'd1) >> (3'd6 - {1'b0, width}));
    if (c.unit == UnitPermute && c.op == 6'(OpCompress) && !null_pass) last_step = last_step + 5'd1;
    if (c.unit == UnitMask && c.op != 6'(OpIota) && c.op != 6'(OpId)) begin
      step      = 5'd0;
      last_step = 5'd0;
      if (c.destination == DestScalar) null_pass = 1'b0;
    end

    tag_q        <= start_tag_i;
    hart_q       <= start_i.hart;
    sew_q        <= sew;
    width_q      <= width;
    control_q    <= c;
    vd_q         <= start_i.insn[11:7];
    vs2_q        <= start_i.insn[24:20];
    vs1_q        <= start_i.insn[19:15];
    reads_q      <= start_i.reads;
    writes_q     <= start_i.writes;
    seed_q       <= start_i.seed;
    scalar_q     <= scalar;
    masked_q     <= !start_i.insn[25] && !c.mask_operand;
    rounding_q   <= c.floating ? start_i.frm : {1'b0, start_i.vxrm};
    registers_q  <= registers;
    limit_q      <= limit;
    vd_shift_q   <= c.destination == DestVector ? width - width_of(c.vd_eew, sew) : 2'd0;
    vs2_shift_q  <= c.vs2_eew == EewMask ? 2'd0 : width - width_of(c.vs2_eew, sew);
    vs1_shift_q  <= c.unit == UnitReduce ? 2'd0 : width - vs1_width;
    offset_q     <= bytes;
    beyond_q     <= beyond;
    vl_q         <= vl;
    vstart_q     <= vstart;
    null_q       <= null_pass;
    step_q       <= step;
    last_step_q  <= last_step;
    inner_q      <= 3'd0;
    inner_last_q <= (c.unit == UnitPermute && c.op == 6'(OpGather) && !null_pass) ? 3'(registers - 4'd1) : 3'd0;
    irregular_q  <= c.unit == UnitMask || c.unit == UnitPermute || c.unit == UnitReduce || c.unit == UnitFloatReduce;
    iterative_q  <= !null_pass && (c.unit == UnitDivide || c.unit == UnitFloatDivide || c.unit == UnitFloatReduce);
    first_q      <= 1'b1;
    stored_q     <= 1'b0;
    collect_q    <= 1'b0;
  endtask

  // ---- Implementation: its next pass.

  logic        last_step, last_inner, last, slide, gather, gather_scalar, compress, reduce, flush;
  logic [11:0] position;
  logic [ 5:0] low, high;
  logic [ 2:0] latency;
  logic [31:0] needed_reads, needed_writes;
  logic [ 4:0] vd;

  always_comb begin
    last_step      = 1'b0;
    last_inner     = 1'b0;
    last           = 1'b0;
    slide          = 1'b0;
    gather         = 1'b0;
    gather_scalar  = 1'b0;
    compress       = 1'b0;
    reduce         = 1'b0;
    flush          = 1'b0;
    position       = 12'd0;
    low            = 6'd0;
    high           = 6'd0;
    latency        = 3'd0;
    vd             = 5'd0;
    needed_reads   = 32'd0;
    needed_writes  = 32'd0;
    beat_o         = '0;
    issue_o        = 1'b0;
    read_valid_o   = 3'd0;
    mask_valid_o   = 1'b0;
    read_hart_o    = 2'd0;
    read_vs2_o     = 5'd0;
    read_vs1_o     = 5'd0;
    read_vd_o      = 5'd0;
    reads_done_o   = 32'd0;
    vs2_shift_o    = 2'd0;
    vs2_part_o     = 2'd0;
    vs2_signed_o   = 1'b0;
    vs1_shift_o    = 2'd0;
    vs1_part_o     = 2'd0;
    vs1_signed_o   = 1'b0;
    scalar_valid_o = 1'b0;
    scalar_o       = 64'd0;
    if (active_q) begin
      slide         = control_q.unit == UnitPermute && control_q.op <= 6'(OpSlide1Down);
      gather        = control_q.unit == UnitPermute && control_q.op == 6'(OpGather);
      gather_scalar = control_q.unit == UnitPermute && control_q.op == 6'(OpGatherScalar);
      compress      = control_q.unit == UnitPermute && control_q.op == 6'(OpCompress);
      reduce        = control_q.unit == UnitReduce || control_q.unit == UnitFloatReduce;
      last_step     = step_q == last_step_q;
      last_inner    = inner_q == inner_last_q;
      last          = last_step && last_inner && (!iterative_q || collect_q);
      flush         = compress && last_step;
      position      = {1'b0, step_q, 6'd0} + offset_q;
      low           = position[11:6];
      high          = low + 6'd1;
      vd            = vd_q + ((control_q.destination != DestVector || compress) ? 5'd0 : step_q >> vd_shift_q);

      beat_o.unit        = null_q ? UnitInteger : control_q.unit;
      beat_o.op          = null_q ? 6'(OpPass) : control_q.op;
      beat_o.tag         = tag_q;
      beat_o.hart        = hart_q;
      beat_o.sew         = sew_q;
      beat_o.width       = width_q;
      beat_o.destination = control_q.destination;
      beat_o.vd          = vd;
      beat_o.vd_width    = width_of(control_q.vd_eew, sew_q);
      beat_o.vd_shift    = vd_shift_q;
      beat_o.idle        = null_q;
      beat_o.vd_part     = step_q[1:0] & ~(2'b11 << vd_shift_q);
      beat_o.first       = first_q;
      beat_o.last        = last;
      beat_o.first_store = !stored_q;
      beat_o.start       = iterative_q && !collect_q;
      beat_o.collect     = collect_q;
      beat_o.store       = !beat_o.start && last_inner && !(reduce && !last);
      beat_o.write       = beat_o.store && !null_q && !control_q.no_write && control_q.destination != DestScalar &&
                           (last_step || control_q.destination != DestMask);
      beat_o.release_vd  = beat_o.write && !compress && (last_step || (step_q[1:0] | (2'b11 << vd_shift_q)) == 2'b11);
      beat_o.masked      = masked_q;
      beat_o.base        = 10'({5'd0, step_q} << (3'd6 - {1'b0, width_q}));
      beat_o.vstart      = vstart_q;
      beat_o.vl          = vl_q;
      beat_o.rounding    = rounding_q;
      beat_o.to_float    = control_q.to_float;
      beat_o.inner       = inner_q;
      beat_o.inner_first = inner_q == 3'd0;
      beat_o.inner_last  = iterative_q ? last_step : last_inner;
      beat_o.offset      = position[5:0];
      beat_o.limit       = limit_q;
      if (slide) begin
        beat_o.absent = {high >= {2'd0, registers_q} || beyond_q || position[5:0] == 6'd0, low >= {2'd0, registers_q} || beyond_q};
      end else if (gather_scalar) begin
        beat_o.absent = {1'b1, beyond_q};
      end

      read_hart_o = hart_q;
      if (!null_q) mask_valid_o = masked_q || control_q.mask_operand;
      if (!null_q && !collect_q) begin
        read_valid_o[0] = control_q.vs2_used && !flush && !beat_o.absent[0];
        read_valid_o[1] = slide ? !beat_o.absent[1] : control_q.vs1_used && !flush;
        read_valid_o[2] = control_q.vd_read || (control_q.destination == DestMask && last_step);
      end
      read_vs2_o = vs2_q + (slide ? low[4:0] : gather ? {2'd0, inner_q} : gather_scalar ? {1'b0, offset_q[9:6]}
                 : (control_q.vs2_eew == EewMask || control_q.vs2_element) ? 5'd0 : step_q >> vs2_shift_q);
      read_vs1_o = slide ? vs2_q + high[4:0]
                 : vs1_q + ((reduce || control_q.vs1_eew == EewMask) ? 5'd0 : step_q >> vs1_shift_q);
      read_vd_o  = vd;

      vs2_shift_o    = (slide || gather || gather_scalar || compress) ? 2'd0 : vs2_shift_q;
      vs2_part_o     = step_q[1:0] & ~(2'b11 << vs2_shift_o);
      vs2_signed_o   = control_q.vs2_signed;
      vs1_shift_o    = vs1_shift_q;
      vs1_part_o     = step_q[1:0] & ~(2'b11 << vs1_shift_q);
      vs1_signed_o   = control_q.vs1_signed;
      scalar_valid_o = control_q.scalar && !slide;
      scalar_o       = scalar_q;

      if (!null_q) begin
        if (irregular_q) begin
          needed_reads  = first_q ? reads_q : 32'd0;
          needed_writes = first_q ? writes_q : 32'd0;
        end else begin
          needed_reads  = (read_valid_o[0] ? 32'd1 << read_vs2_o : 32'd0) | (read_valid_o[1] ? 32'd1 << read_vs1_o : 32'd0) |
                          (read_valid_o[2] ? 32'd1 << read_vd_o : 32'd0) | {31'd0, mask_valid_o};
          needed_writes = (beat_o.write || beat_o.start) ? 32'd1 << vd : 32'd0;
        end
      end

      latency = latency_of(beat_o.unit, collect_q);
      issue_o = (needed_reads & blocked_read_i) == 32'd0 && (needed_writes & blocked_write_i) == 32'd0 &&
                !(beat_o.store && slots_i[latency]) &&
                !(control_q.destination == DestMask && beat_o.store && (mask_slots_i >> latency) != 8'd0) &&
                !(beat_o.start && !iterative_ready_i) && !(collect_q && !iterative_done_i);

      if (issue_o) begin
        if (last) begin
          reads_done_o = '1;
        end else if (!irregular_q && !collect_q) begin
          if (control_q.vs2_used && (step_q[1:0] | (2'b11 << vs2_shift_q)) == 2'b11) reads_done_o = 32'd1 << read_vs2_o;
          if (control_q.vs1_used && (step_q[1:0] | (2'b11 << vs1_shift_q)) == 2'b11) begin
            reads_done_o = reads_done_o | (32'd1 << read_vs1_o);
          end
          // Masks are read again, and so is the old register of a mask that is written.
          if (mask_valid_o) reads_done_o[0] = 1'b0;
          if (control_q.destination == DestMask) reads_done_o[vd_q] = 1'b0;
          if (control_q.no_write) reads_done_o[vd] = 1'b1;
        end
      end
    end
  end

  assign start_ready_o = !active_q || (issue_o && beat_o.last);

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      active_q <= 1'b0;
    end else begin
      if (issue_o) begin
        first_q <= 1'b0;
        if (beat_o.store) stored_q <= 1'b1;
        if (beat_o.last) begin
          active_q <= 1'b0;
        end else if (iterative_q && !collect_q) begin
          // A divider gives a result per register, a floating-point reduction one at its end.
          if (control_q.unit != UnitFloatReduce || last_step) collect_q <= 1'b1;
          else step_q <= step_q + 5'd1;
        end else begin
          collect_q <= 1'b0;
          inner_q <= last_inner ? 3'd0 : inner_q + 3'd1;
          if (last_inner) step_q <= step_q + 5'd1;
        end
      end
      if (start_valid_i && start_ready_o) begin
        active_q <= 1'b1;
        load();
      end
    end
  end

  // ---- Implementation checks.

  `DOJO_ASSERT(IssueOnlyWhenActive, !issue_o || active_q)
  `DOJO_ASSERT_NEVER(PlaceIsTaken, issue_o && beat_o.store && slots_i[latency])
  `DOJO_COVER(BlockedByRead, active_q && (needed_reads & blocked_read_i) != 32'd0)
  `DOJO_COVER(BlockedByWrite, active_q && (needed_writes & blocked_write_i) != 32'd0)
  `DOJO_COVER(WaitsForWritePort, active_q && beat_o.store && slots_i[latency])
  `DOJO_COVER(NothingToDo, issue_o && null_q)

endmodule
