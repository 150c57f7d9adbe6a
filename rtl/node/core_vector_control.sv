// Vector instructions in slot 0: vset*, legality and dispatch to the vector unit, completion of those that the hart waits for.
//
// Function: for the instruction in the execute stage says what vset* sets, whether a vector instruction is legal, and what is dispatched. A unit-
// stride, whole-register or mask access whose bytes are aligned, in the SRAM and permitted as a whole cannot trap and is dispatched as
// checked; other memory accesses, and instructions with a scalar result, are synchronous: their hart waits, takes no interrupt,
// and executes the instruction again when the unit is done, to take its result or trap. A start of the hart drops what it waits for.
// Latency: combinational; completions one cycle. Throughput: one dispatch and one completion per cycle. Back-pressure: none here.
// Registered: completions, waiting harts.
`include "dojo_assert.svh"

module core_vector_control (
    input  logic                  clk_i,
    input  logic                  rst_ni,
    // instruction in slot 0
    input  logic                  set_i,              // vset*
    input  logic                  valid_i,            // another vector instruction
    input  logic [1:0]            hart_i,
    input  logic [31:0]           insn_i,
    input  logic [63:0]           a_i,                // x[rs1] or f[rs1]
    input  logic [63:0]           b_i,                // x[rs2]
    // its hart's state
    input  logic                  float_on_i,
    input  logic                  vector_on_i,
    input  logic [2:0]            frm_i,
    input  logic [1:0]            vxrm_i,
    input  logic [9:0]            vl_i,
    /* verilator lint_off UNUSEDSIGNAL */  // widths have two bits that matter
    input  logic [7:0]            vtype_i,
    /* verilator lint_on UNUSEDSIGNAL */
    input  logic                  vill_i,
    input  logic [8:0]            vstart_i,
    input  logic [63:0]           seed_i,
    // vset*
    output logic [9:0]            set_vl_o,
    output logic [7:0]            set_vtype_o,
    output logic                  set_vill_o,
    // bytes that a consecutive access needs, for protection
    output logic                  range_valid_o,
    output logic [9:0]            range_bytes_o,
    output logic                  range_write_o,
    input  logic                  range_denied_i,
    // the instruction
    output logic                  legal_o,
    output logic                  float_o,
    output logic                  stochastic_o,
    output vector_pkg::dispatch_t dispatch_o,
    input  logic                  dispatch_i,         // it goes to the unit at this clock edge
    // ... whose completion has come
    output logic                  completed_o,
    output vector_pkg::done_t     completion_o,
    input  logic                  finish_i,           // it is taken at this clock edge
    // vector unit
    input  logic                  done_valid_i,
    input  vector_pkg::done_t     done_i,
    // harts
    input  logic [3:0]            start_valid_i,
    output logic [3:0]            waiting_o,
    output logic [3:0]            held_o              // waiting, or with a completion: no interrupts
);

  // vset*
  function automatic logic [9:0] maximum(input logic [4:0] vtype);
    logic [9:0] whole;
    whole = 10'd64 >> vtype[4:3];
    return vtype[2] ? whole >> (3'd4 - {1'b0, vtype[1:0]}) : whole << vtype[1:0];
  endfunction

  always_comb begin
    logic [63:0] requested, wanted;
    logic [9:0]  largest;
    logic        keep;
    set_vl_o    = 10'd0;
    set_vtype_o = 8'd0;
    set_vill_o  = 1'b0;
    requested   = 64'd0;
    wanted      = 64'd0;
    largest     = 10'd0;
    keep        = 1'b0;
    if (set_i) begin
      requested  = !insn_i[31] ? {53'd0, insn_i[30:20]} : insn_i[30] ? {54'd0, insn_i[29:20]} : b_i;
      largest    = maximum(requested[4:0]);
      // Fractions 1/8, 1/4, 1/2 are for elements of at most 8, 16, 32 bits; there are none of 64.
      set_vill_o = requested[63:8] != 56'd0 || requested[5:3] > 3'd2 || requested[2:0] == 3'd4 ||
                   (requested[2] && requested[4:3] >= requested[1:0]);
      keep       = insn_i[31:30] != 2'b11 && insn_i[19:15] == 5'd0 && insn_i[11:7] == 5'd0;
      wanted     = (insn_i[31:30] == 2'b11) ? {59'd0, insn_i[19:15]} : (insn_i[19:15] != 5'd0) ? a_i : keep ? 64'(vl_i) : '1;
      if (keep && (vill_i || maximum(vtype_i[4:0]) != largest)) set_vill_o = 1'b1;
      if (!set_vill_o) begin
        set_vtype_o = requested[7:0];
        set_vl_o    = (wanted < 64'(largest)) ? wanted[9:0] : largest;
      end
    end
  end

  // Legality.
  logic                is_memory, memory_legal, checkable, checked, execute_legal, execute_float, execute_synchronous;
  vector_pkg::class_e  memory_class;
  vector_pkg::memory_t memory;
  logic [31:0]         memory_reads, memory_writes, execute_reads, execute_writes;

  assign is_memory = insn_i[6:0] == 7'h07 || insn_i[6:0] == 7'h27;

  vector_memory_decoder u_memory_decoder (
      .valid_i    (valid_i && is_memory),
      .insn_i,
      .sew_i      (vtype_i[4:3]),
      .lmul_i     (vtype_i[2:0]),
      .vill_i,
      .vl_i,
      .legal_o    (memory_legal),
      .class_o    (memory_class),
      .checkable_o(checkable),
      .memory_o   (memory),
      .reads_o    (memory_reads),
      .writes_o   (memory_writes)
  );

  vector_decoder u_decoder (
      .valid_i      (valid_i && !is_memory),
      .insn_i,
      .rs1_i        (a_i),
      .sew_i        (vtype_i[4:3]),
      .lmul_i       (vtype_i[2:0]),
      .vill_i,
      .vstart_zero_i(vstart_i == 9'd0),
      .frm_i,
      .legal_o      (execute_legal),
      .float_o      (execute_float),
      .synchronous_o(execute_synchronous),
      .stochastic_o,
      .reads_o      (execute_reads),
      .writes_o     (execute_writes)
  );

  assign float_o       = execute_float;
  assign legal_o       = vector_on_i && (is_memory ? memory_legal : execute_legal && (!execute_float || float_on_i));
  assign range_valid_o = valid_i && is_memory && checkable && memory.bytes != 10'd0;
  assign range_bytes_o = memory.bytes;
  assign range_write_o = memory_class == vector_pkg::ClassStore;

  always_comb begin
    logic [63:0] last;
    last       = 64'd0;
    checked    = 1'b0;
    dispatch_o = '0;
    if (valid_i) begin
      last    = a_i + 64'(memory.bytes) - 64'd1;
      checked = is_memory && checkable &&
                (memory.bytes == 10'd0 || (!core_pkg::is_misaligned(memory.width, a_i[2:0]) && core_pkg::in_sram(a_i) &&
                                           core_pkg::in_sram(last) && !range_denied_i));
      dispatch_o.hart        = hart_i;
      dispatch_o.insn        = insn_i;
      dispatch_o.rs1         = a_i;
      dispatch_o.rs2         = b_i;
      dispatch_o.seed        = seed_i;
      dispatch_o.sew         = vtype_i[4:3];
      dispatch_o.lmul        = vtype_i[2:0];
      dispatch_o.vta         = vtype_i[6];
      dispatch_o.vma         = vtype_i[7];
      dispatch_o.vl          = vl_i;
      dispatch_o.vstart      = {1'b0, vstart_i};
      dispatch_o.frm         = frm_i;
      dispatch_o.vxrm        = vxrm_i;
      dispatch_o.synchronous = is_memory ? !checked : execute_synchronous;
      dispatch_o.checked     = checked;
      dispatch_o.unit        = is_memory ? memory_class : vector_pkg::ClassExecute;
      dispatch_o.reads       = is_memory ? memory_reads : execute_reads;
      dispatch_o.writes      = is_memory ? memory_writes : execute_writes;
      dispatch_o.memory      = memory;
    end
  end

  // Completions.
  vector_pkg::done_t completion_q[4];
  logic [3:0]        completed_q, dropped_q;

  assign completed_o  = completed_q[hart_i];
  assign completion_o = completion_q[hart_i];
  assign held_o       = waiting_o | completed_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      waiting_o   <= '0;
      completed_q <= '0;
      dropped_q   <= '0;
    end else begin
      if (dispatch_i && dispatch_o.synchronous) waiting_o[hart_i] <= 1'b1;
      if (finish_i) completed_q[hart_i] <= 1'b0;
      if (done_valid_i && done_i.synchronous) begin
        waiting_o[done_i.hart]    <= 1'b0;
        dropped_q[done_i.hart]    <= 1'b0;
        completed_q[done_i.hart]  <= !dropped_q[done_i.hart];
        completion_q[done_i.hart] <= done_i;
      end
      if (start_valid_i != 4'd0) begin
        for (int unsigned h = 0; h < 4; h++) begin
          if (start_valid_i[h]) begin
            completed_q[h] <= 1'b0;
            dropped_q[h]   <= waiting_o[h] && !(done_valid_i && done_i.synchronous && done_i.hart == 2'(h));
          end
        end
      end
    end
  end

  // Integration checks.
  `DOJO_ASSERT(CompletionIsExpected, !(done_valid_i && done_i.synchronous) || waiting_o[done_i.hart])
  `DOJO_ASSERT(FinishesWhatIsComplete, !finish_i || completed_o)
  `DOJO_COVER(NotChecked, valid_i && range_valid_o && !checked)

endmodule
