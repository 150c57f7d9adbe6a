// The issue stage: picks up to two harts, decodes their instructions and reads their registers; holds the register file.
//
// Function: one instruction per cycle from each of two harts that have one and wait for nothing. Slot 0 executes everything, slot 1
// integer operations, jumps, loads and stores; at most one of the two accesses memory. Harts go first in turn; the one that goes first gets
// slot 1 when the other one needs slot 0. An instruction waits until no result that is still on its way concerns its registers, and for what
// the hart's vector and floating-point instructions must have done before it (issue_class_t).
// A hart with a pending enabled interrupt issues OpInterrupt in place of its instruction.
// Latency: one cycle to the execute stage. Throughput: two instructions per cycle; results of the execute stage and of the late port
// are bypassed, so dependent instructions follow each other without a gap.
// Back-pressure: nothing issues to a slot while its hold_i is high; its x_* registers then keep their instruction.
// Fairness: a ready hart waits at most three cycles in which slot 0 is not held. Registered: x_* outputs. Combinational: consume_o.
`include "dojo_assert.svh"

module core_issue (
    input  logic                   clk_i,
    input  logic                   rst_ni,
    // harts
    input  logic [3:0]             run_i,          // running and not waiting
    input  logic                   divider_busy_i,
    input  logic                   float_busy_i,
    input  logic [3:0]             float_harts_i,  // with an operation in the floating-point unit
    input  logic                   vector_ready_i,
    input  logic [3:0]             vector_harts_i, // with instructions in the vector unit
    input  logic [3:0]             vector_loads_i,
    input  logic [3:0]             vector_stores_i,
    input  logic [3:0]             protected_i,    // harts that must be in slot 0
    input  logic [3:0]             interrupt_i,    // pending and enabled
    input  logic [3:0]             kill_i,         // harts that stop now
    // instruction registers
    input  logic [3:0]             ir_valid_i,
    input  logic [63:0]            ir_pc_i[4],
    input  logic [31:0]            ir_insn_i[4],
    input  logic [31:0]            ir_expanded_i[4],
    input  logic [3:0]             ir_compressed_i,
    input  logic [3:0]             ir_fault_i,
    input  logic [3:0]             ir_fault_second_i,
    input  logic [3:0]             ir_memory_i,
    input  logic [3:0]             ir_divide_i,
    input  logic [3:0]             ir_first_i,
    input  logic [3:0]             ir_floating_i,
    input  logic [3:0]             ir_vectorial_i,
    input  logic [3:0]             ir_csr_i,
    input  logic [3:0]             ir_reads_i,
    input  logic [3:0]             ir_changes_i,
    input  logic [63:0]            ir_uses_i[4],
    input  logic [3:0]             ir_taken_i,
    input  logic [63:0]            ir_target_i[4],
    input  logic [2:0]             ir_depth_i[4],
    output logic [3:0]             consume_o,
    // execute stage
    input  logic [1:0]             hold_i,
    input  logic [1:0]             redirect_valid_i,
    input  logic                   replay_i,       // the instruction in slot 1 needs slot 0
    output logic [1:0]             x_valid_o,
    output logic [1:0]             x_hart_o[2],
    output core_pkg::op_e          x_op_o[2],
    output logic [2:0]             x_funct3_o[2],
    output logic [1:0]             x_word_o,
    output logic [1:0]             x_alternate_o,
    output logic [1:0]             x_memory_o,
    output logic                   x_ordered_o,
    output logic [1:0]             x_writes_rd_o,
    output logic [5:0]             x_rd_o[2],
    output logic [1:0]             x_float_o,      // f registers are concerned
    output logic                   x_rounded_o,
    output float_pkg::unit_op_e    x_unit_o,
    output logic [31:0]            x_c_o,          // third operand of floating point
    output logic [1:0]             x_compressed_o,
    output logic [1:0]             x_predicted_o,
    output logic                   x_fault_second_o,
    output logic [31:0]            x_insn_o[2],
    output logic [63:0]            x_pc_o[2],
    output logic [63:0]            x_a_o[2],
    output logic [63:0]            x_b_o[2],
    output logic [63:0]            x_immediate_o[2],
    output logic [63:0]            x_target_o[2],  // predicted
    output logic [2:0]             x_depth_o[2],
    // results of the execute stage
    input  logic [1:0]             fire_i,
    input  logic [1:0]             result_valid_i,
    input  logic [63:0]            result_i[2],
    input  logic [1:0]             result_late_i,  // the result comes later
    // late results
    input  logic                   late_valid_i,
    input  logic [1:0]             late_hart_i,
    input  logic [5:0]             late_rd_i,
    input  logic [63:0]            late_data_i,
    // for the counters
    output logic [3:0]             wait_result_o,  // harts whose instruction waits for a late result
    output logic [3:0]             wait_slot_o     // ready harts that do not issue
);

  logic [63:0] registers_q[256]  /*verilator public_flat_rd*/;  // {hart, register}; f registers from 32 on, in the low halves
  logic [63:0] pending_q[4];   // registers whose results are still on their way
  logic [3:0]  any_pending_q;  // harts with such registers
  logic [1:0]  x_late_q;       // a result may come late
  logic [3:0]  alone_q;        // the hart's next instruction was in slot 1 in vain
  logic [1:0]  last_q;
  logic [1:0]  waited_q[4];    // cycles that a ready hart waits while slot 0 is free

  logic [3:0]         ready, first_only, partners;
  logic [1:0]         issue;
  logic [1:0]         hart[2];
  logic [1:0]         interrupt;
  logic [31:0]        expanded[2];
  core_pkg::decoded_t decoded[2];

  always_comb begin
    ready         = ir_valid_i & run_i & ~kill_i;
    wait_result_o = 4'd0;
    if (ready != 4'd0) begin
      // Nothing overtakes an instruction of its own hart, and one access waits at a time.
      if (hold_i[0]) ready[x_hart_o[0]] = 1'b0;
      if (hold_i[1]) ready[x_hart_o[1]] = 1'b0;
      if ((hold_i & x_memory_o) != 2'b00) ready = ready & ~ir_memory_i;
      if (divider_busy_i || (x_valid_o[0] && x_op_o[0] == core_pkg::OpDivide)) ready = ready & ~ir_divide_i;
      if (float_busy_i || (x_valid_o[0] && x_op_o[0] == core_pkg::OpFloat)) ready = ready & ~ir_floating_i;
      if (!vector_ready_i) ready = ready & ~ir_vectorial_i;
      if (x_valid_o[0] && (x_op_o[0] == core_pkg::OpFloat || x_op_o[0] == core_pkg::OpVector)) begin
        // What it does is not known before the next cycle.
        if (((ir_csr_i | ir_reads_i | ir_changes_i) & (4'b0001 << x_hart_o[0])) != 4'd0) ready[x_hart_o[0]] = 1'b0;
      end
      if ((float_harts_i | vector_harts_i) != 4'd0) begin
        ready = ready & ~((ir_csr_i & (float_harts_i | vector_harts_i)) | (ir_reads_i & vector_stores_i) |
                          (ir_changes_i & (vector_loads_i | vector_stores_i)));
      end
      if ((ready & any_pending_q) != 4'd0) begin
        for (int unsigned h = 0; h < 4; h++) begin
          wait_result_o[h] = any_pending_q[h] && ready[h] && (ir_uses_i[h] & pending_q[h] &
              ~((late_valid_i && late_hart_i == 2'(h)) ? 64'd1 << late_rd_i : 64'd0)) != 64'd0;
        end
        ready = ready & ~wait_result_o;
      end
    end
  end

  assign first_only = ir_first_i | interrupt_i | alone_q | protected_i;

  always_comb begin
    logic [1:0] first, second;
    issue     = 2'b00;
    hart[0]   = 2'd0;
    hart[1]   = 2'd0;
    partners  = 4'd0;
    first     = 2'd0;
    second    = 2'd0;
    consume_o = 4'd0;
    if (ready != 4'd0) begin
      if (!hold_i[0]) begin
        issue[0] = 1'b1;
        first    = core_pkg::next_in_turn(ready, last_q);
        hart[0]  = first;
        partners = hold_i[1] ? 4'd0 : ready & ~(4'b0001 << first);
        if (first_only[first]) partners = partners & ~first_only;
        if (ir_memory_i[first]) partners = partners & ~ir_memory_i;
        if (partners != 4'd0) begin
          issue[1] = 1'b1;
          second   = core_pkg::next_in_turn(partners, first);
          if (first_only[second] || (ir_memory_i[second] && !first_only[first])) begin
            hart[0] = second;
            hart[1] = first;
          end else begin
            hart[1] = second;
          end
        end
      end else if (!hold_i[1]) begin
        partners = ready & ~first_only;
        issue[1] = partners != 4'd0;
        hart[1]  = core_pkg::next_in_turn(partners, last_q);
      end
      if (issue[0]) consume_o[hart[0]] = 1'b1;
      if (issue[1]) consume_o[hart[1]] = 1'b1;
    end
  end

  assign wait_slot_o = ready & ~consume_o;

  for (genvar s = 0; s < 2; s++) begin : gen_decode
    assign interrupt[s] = issue[s] && interrupt_i[hart[s]];
    assign expanded[s]  = issue[s] ? ir_expanded_i[hart[s]] : 32'd0;
    core_decoder u_decoder (
        .valid_i  (issue[s]),
        .insn_i   (expanded[s]),
        .decoded_o(decoded[s])
    );
  end

  // Value of a register, with what is written at this clock edge.
  function automatic logic [63:0] operand(input logic [1:0] of_hart, input logic [5:0] number, input logic [63:0] stored);
    logic from_0, from_1, from_late;
    from_0    = result_valid_i[0] && x_hart_o[0] == of_hart && x_rd_o[0] == number;
    from_1    = result_valid_i[1] && x_hart_o[1] == of_hart && x_rd_o[1] == number;
    from_late = late_valid_i && late_hart_i == of_hart && late_rd_i == number;
    return from_0 ? result_i[0] : from_1 ? result_i[1] : from_late ? late_data_i : stored;
  endfunction

  // registers_q is private to this process: read first, written last.
  /* verilator lint_off BLKSEQ */
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      x_valid_o <= '0;
      last_q    <= '0;
      for (int unsigned i = 0; i < 256; i++) registers_q[i] = '0;
    end else begin
      for (int unsigned s = 0; s < 2; s++) begin
        if (!hold_i[s]) x_valid_o[s] <= issue[s] && !(redirect_valid_i[0] && x_hart_o[0] == hart[s]) &&
                                        !(redirect_valid_i[1] && x_hart_o[1] == hart[s]);
        else if (kill_i[x_hart_o[s]]) x_valid_o[s] <= 1'b0;
        if (issue[s]) begin
          x_hart_o[s]       <= hart[s];
          x_op_o[s]         <= interrupt[s] ? core_pkg::OpInterrupt :
                               ir_fault_i[hart[s]] ? core_pkg::OpFetchFault : decoded[s].op;
          x_funct3_o[s]     <= decoded[s].funct3;
          x_word_o[s]       <= decoded[s].word;
          x_alternate_o[s]  <= decoded[s].alternate;
          x_memory_o[s]     <= ir_memory_i[hart[s]] && !interrupt[s] && decoded[s].op != core_pkg::OpIllegal;
          x_writes_rd_o[s]  <= decoded[s].writes_rd && !interrupt[s] && !ir_fault_i[hart[s]];
          x_late_q[s]       <= decoded[s].late && decoded[s].writes_rd && !interrupt[s] && !ir_fault_i[hart[s]];
          x_rd_o[s]         <= {decoded[s].rd_float, expanded[s][11:7]};
          x_float_o[s]      <= decoded[s].a_float || decoded[s].b_float || decoded[s].rd_float;
          x_compressed_o[s] <= ir_compressed_i[hart[s]];
          x_predicted_o[s]  <= ir_taken_i[hart[s]];
          x_insn_o[s]       <= ir_insn_i[hart[s]];
          x_pc_o[s]         <= ir_pc_i[hart[s]];
          x_target_o[s]     <= ir_target_i[hart[s]];
          x_depth_o[s]      <= ir_depth_i[hart[s]];
          x_a_o[s] <= decoded[s].a_is_pc ? ir_pc_i[hart[s]] : decoded[s].a_is_zero ? 64'd0
                    : operand(hart[s], {decoded[s].a_float, expanded[s][19:15]},
                              registers_q[{hart[s], decoded[s].a_float, expanded[s][19:15]}]);
          x_b_o[s] <= decoded[s].b_is_immediate ? {{32{decoded[s].immediate[31]}}, decoded[s].immediate}
                    : operand(hart[s], {decoded[s].b_float, expanded[s][24:20]},
                              registers_q[{hart[s], decoded[s].b_float, expanded[s][24:20]}]);
          x_immediate_o[s] <= {{32{decoded[s].immediate[31]}}, decoded[s].immediate};
        end
      end
      if (issue[0]) begin
        last_q           <= core_pkg::next_in_turn(ready, last_q);
        x_fault_second_o <= ir_fault_second_i[hart[0]];
        x_ordered_o      <= decoded[0].ordered && !interrupt[0] && !ir_fault_i[hart[0]];
        x_rounded_o      <= decoded[0].rounded;
        x_unit_o         <= float_pkg::unit_op_e'(decoded[0].unit);
        if (decoded[0].op == core_pkg::OpFloat)
          x_c_o <= 32'(operand(hart[0], {1'b1, expanded[0][31:27]}, registers_q[{hart[0], 1'b1, expanded[0][31:27]}]));
      end
      if (result_valid_i[0]) registers_q[{x_hart_o[0], x_rd_o[0]}] = result_i[0];
      if (result_valid_i[1]) registers_q[{x_hart_o[1], x_rd_o[1]}] = result_i[1];
      if (late_valid_i) registers_q[{late_hart_i, late_rd_i}] = late_data_i;
    end
  end
  /* verilator lint_on BLKSEQ */

  // Scoreboard: a register is pending from the issue of an instruction with a late result until that comes, or until the execute
  // stage says that none will come.
  always_ff @(posedge clk_i) begin
    logic [63:0] pending[4];
    if (!rst_ni) begin
      pending_q     <= '{default: '0};
      any_pending_q <= '0;
      alone_q       <= '0;
    end else begin
      if (replay_i) alone_q[x_hart_o[1]] <= 1'b1;
      if (issue[0] && alone_q[hart[0]]) alone_q[hart[0]] <= 1'b0;
      if (late_valid_i || (x_valid_o & x_late_q) != 2'b00 || (issue & {decoded[1].late, decoded[0].late}) != 2'b00) begin
        pending = pending_q;
        if (late_valid_i) pending[late_hart_i][late_rd_i] = 1'b0;
        for (int unsigned s = 0; s < 2; s++) begin
          if (x_valid_o[s] && x_late_q[s] && ((fire_i[s] && !result_late_i[s]) || (hold_i[s] && kill_i[x_hart_o[s]])))
            pending[x_hart_o[s]][x_rd_o[s]] = 1'b0;
        end
        for (int unsigned s = 0; s < 2; s++) begin
          if (issue[s] && decoded[s].late && decoded[s].writes_rd && !interrupt[s] && !ir_fault_i[hart[s]] &&
              !(redirect_valid_i[0] && x_hart_o[0] == hart[s]) && !(redirect_valid_i[1] && x_hart_o[1] == hart[s]))
            pending[hart[s]][{decoded[s].rd_float, expanded[s][11:7]}] = 1'b1;
        end
        pending_q <= pending;
        for (int unsigned h = 0; h < 4; h++) any_pending_q[h] <= pending[h] != 64'd0;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      waited_q <= '{default: '0};
    end else if (wait_slot_o != 4'd0 || consume_o != 4'd0) begin
      for (int unsigned h = 0; h < 4; h++)
        waited_q[h] <= (consume_o[h] || !ready[h]) ? 2'd0 : waited_q[h] + 2'(!hold_i[0]);
    end
  end

  // Implementation checks.
  logic zero_written, same_hart, late_expected, two_writers, waits_too_long, swapped;
  assign zero_written   = (result_valid_i[0] && x_rd_o[0] == '0) || (result_valid_i[1] && x_rd_o[1] == '0) ||
                          (late_valid_i && late_rd_i == '0);
  assign same_hart      = x_hart_o[0] == x_hart_o[1];
  assign late_expected  = !late_valid_i || pending_q[late_hart_i][late_rd_i];
  assign two_writers    = late_valid_i && ((result_valid_i[0] && x_hart_o[0] == late_hart_i && x_rd_o[0] == late_rd_i) ||
                                           (result_valid_i[1] && x_hart_o[1] == late_hart_i && x_rd_o[1] == late_rd_i));
  assign waits_too_long = issue[0] && ((wait_slot_o[0] && waited_q[0] == '1) || (wait_slot_o[1] && waited_q[1] == '1) ||
                                       (wait_slot_o[2] && waited_q[2] == '1) || (wait_slot_o[3] && waited_q[3] == '1));
  assign swapped        = issue == 2'b11 && hart[0] != core_pkg::next_in_turn(ready, last_q);
  `DOJO_ASSERT(ZeroIsNotWritten, !zero_written)
  `DOJO_ASSERT(TwoHarts, x_valid_o != 2'b11 || !same_hart)
  `DOJO_ASSERT(OneAccess, (x_valid_o & x_memory_o) != 2'b11)
  `DOJO_ASSERT(LateResultIsExpected, late_expected)
  `DOJO_ASSERT(OneWriter, !two_writers)
  `DOJO_ASSERT(BoundedWait, !waits_too_long)
  `DOJO_COVER(HeldBack, hold_i[0] && ready != 4'd0)
  `DOJO_COVER(OnlySlot1IsFree, hold_i[0] && issue[1])
  `DOJO_COVER(FourReady, ready == 4'hf)
  `DOJO_COVER(SlotsSwapped, swapped)
  `DOJO_COVER(Replayed, replay_i)

endmodule
