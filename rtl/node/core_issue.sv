// The issue stage: picks a hart, decodes its instruction and reads its registers; holds the register file.
//
// Function: one instruction per cycle, from the harts in turn that have one and wait for nothing. A hart with a pending enabled
// interrupt issues OpInterrupt in place of its instruction. jal and branches backwards are predicted taken.
// Latency: one cycle to the execute stage. Throughput: one instruction per cycle; results of the execute stage and of the finish port
// are bypassed, so dependent instructions follow each other without a gap.
// Back-pressure: nothing issues while hold_i is high; the x_* registers then keep their instruction.
// Registered: x_* outputs. Combinational: consume, predict.
`include "dojo_assert.svh"

module core_issue (
    input  logic                   clk_i,
    input  logic                   rst_ni,
    // harts
    input  logic [3:0]             run_i,        // running and not waiting
    input  logic [3:0]             busy_i,       // an operation beyond the execute stage is under way
    input  logic                   muldiv_busy_i,
    input  logic [3:0]             interrupt_i,  // pending and enabled
    input  logic [3:0]             kill_i,       // harts that stop now
    // instruction registers
    input  logic [3:0]             ir_valid_i,
    input  logic [63:0]            ir_pc_i[4],
    input  logic [31:0]            ir_insn_i[4],
    input  logic [31:0]            ir_expanded_i[4],
    input  logic [3:0]             ir_compressed_i,
    input  logic [3:0]             ir_fault_i,
    input  logic [3:0]             ir_fault_second_i,
    input  core_pkg::issue_class_t ir_class_i[4],
    output logic                   consume_valid_o,
    output logic [1:0]             consume_hart_o,
    output logic                   predict_valid_o,
    output logic [1:0]             predict_hart_o,
    output logic [63:0]            predict_pc_o,
    // execute stage
    input  logic                   hold_i,
    input  logic                   redirect_valid_i,
    input  logic [1:0]             redirect_hart_i,
    output logic                   x_valid_o,
    output logic [1:0]             x_hart_o,
    output core_pkg::op_e          x_op_o,
    output logic [2:0]             x_funct3_o,
    output logic                   x_word_o,
    output logic                   x_alternate_o,
    output logic                   x_memory_o,
    output logic                   x_writes_rd_o,
    output logic [4:0]             x_rd_o,
    output logic                   x_compressed_o,
    output logic                   x_predicted_o,
    output logic                   x_fault_second_o,
    output logic [31:0]            x_insn_o,
    output logic [63:0]            x_pc_o,
    output logic [63:0]            x_a_o,
    output logic [63:0]            x_b_o,
    output logic [63:0]            x_immediate_o,
    // results: execute stage, and finish port (loads, multiply, divide)
    input  logic                   result_valid_i,
    input  logic [63:0]            result_i,
    input  logic                   finish_valid_i,
    input  logic [1:0]             finish_hart_i,
    input  logic                   finish_writes_rd_i,
    input  logic [4:0]             finish_rd_i,
    input  logic [63:0]            finish_data_i
);

  logic [63:0] registers_q[128]  /*verilator public_flat_rw*/;  // {hart, register}
  logic        x_muldiv_q;
  logic [1:0]  last_q;

  logic [3:0]             ready;
  logic                   issue;
  logic [1:0]             hart;
  logic                   interrupt;
  logic [31:0]            expanded;
  core_pkg::decoded_t     decoded;
  core_pkg::issue_class_t issue_class;
  logic [31:0]            jump_immediate;

  always_comb begin
    ready = ir_valid_i & run_i & ~busy_i & ~kill_i;
    if (x_valid_o && (x_memory_o || x_muldiv_q)) ready[x_hart_o] = 1'b0;
    if (muldiv_busy_i || (x_valid_o && x_muldiv_q)) begin
      for (int unsigned h = 0; h < 4; h++) if (ir_class_i[h].muldiv) ready[h] = 1'b0;
    end
  end

  assign issue = ready != 4'd0 && !hold_i;

  always_comb begin
    hart            = 2'd0;
    interrupt       = 1'b0;
    expanded        = 32'd0;
    issue_class     = '0;
    jump_immediate  = 32'd0;
    predict_valid_o = 1'b0;
    predict_pc_o    = 64'd0;
    if (issue) begin
      hart            = core_pkg::next_in_turn(ready, last_q);
      interrupt       = interrupt_i[hart];
      expanded        = ir_expanded_i[hart];
      issue_class     = ir_class_i[hart];
      predict_valid_o = issue_class.predicted && !interrupt;
      if (predict_valid_o) begin
        jump_immediate = expanded[3]
            ? {{12{expanded[31]}}, expanded[19:12], expanded[20], expanded[30:21], 1'b0}
            : {{20{expanded[31]}}, expanded[7], expanded[30:25], expanded[11:8], 1'b0};
        predict_pc_o = ir_pc_i[hart] + {{32{jump_immediate[31]}}, jump_immediate};
      end
    end
  end

  assign consume_valid_o = issue;
  assign consume_hart_o  = hart;
  assign predict_hart_o  = hart;

  core_decoder u_decoder (
      .valid_i  (issue),
      .insn_i   (expanded),
      .decoded_o(decoded)
  );

  // Value of a register, with what is written at this clock edge.
  function automatic logic [63:0] operand(input logic [4:0] number, input logic [63:0] stored);
    logic from_result, from_finish;
    from_result = result_valid_i && x_hart_o == hart && x_rd_o == number;
    from_finish = finish_valid_i && finish_writes_rd_i && finish_hart_i == hart && finish_rd_i == number;
    return from_result ? result_i : from_finish ? finish_data_i : stored;
  endfunction

  // registers_q is private to this process: read first, written last.
  /* verilator lint_off BLKSEQ */
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      x_valid_o <= 1'b0;
      last_q    <= '0;
      for (int unsigned i = 0; i < 128; i++) registers_q[i] = '0;
    end else begin
      if (!hold_i) x_valid_o <= issue && !(redirect_valid_i && redirect_hart_i == hart);
      else if (kill_i[x_hart_o]) x_valid_o <= 1'b0;
      if (issue) begin
        last_q           <= hart;
        x_hart_o         <= hart;
        x_op_o           <= interrupt ? core_pkg::OpInterrupt : ir_fault_i[hart] ? core_pkg::OpFetchFault : decoded.op;
        x_funct3_o       <= decoded.funct3;
        x_word_o         <= decoded.word;
        x_alternate_o    <= decoded.alternate;
        x_memory_o       <= issue_class.memory && !interrupt && decoded.op != core_pkg::OpIllegal;
        x_muldiv_q       <= issue_class.muldiv && !interrupt && decoded.op != core_pkg::OpIllegal;
        x_writes_rd_o    <= decoded.writes_rd && !interrupt;
        x_rd_o           <= expanded[11:7];
        x_compressed_o   <= ir_compressed_i[hart];
        x_predicted_o    <= issue_class.predicted;
        x_fault_second_o <= ir_fault_second_i[hart];
        x_insn_o         <= ir_insn_i[hart];
        x_pc_o           <= ir_pc_i[hart];
        x_a_o <= decoded.a_is_pc ? ir_pc_i[hart] : decoded.a_is_zero ? 64'd0
               : operand(expanded[19:15], registers_q[{hart, expanded[19:15]}]);
        x_b_o <= decoded.b_is_immediate ? {{32{decoded.immediate[31]}}, decoded.immediate}
               : operand(expanded[24:20], registers_q[{hart, expanded[24:20]}]);
        x_immediate_o <= {{32{decoded.immediate[31]}}, decoded.immediate};
      end
      if (result_valid_i) registers_q[{x_hart_o, x_rd_o}] = result_i;
      if (finish_valid_i && finish_writes_rd_i) registers_q[{finish_hart_i, finish_rd_i}] = finish_data_i;
    end
  end
  /* verilator lint_on BLKSEQ */

  // Implementation checks.
  `DOJO_ASSERT(ZeroIsNotWritten, !result_valid_i || x_rd_o != 5'd0)
  `DOJO_ASSERT(ZeroIsNotWrittenLate, !(finish_valid_i && finish_writes_rd_i) || finish_rd_i != 5'd0)
  `DOJO_ASSERT(OneWriterPerHart, !(result_valid_i && finish_valid_i) || x_hart_o != finish_hart_i)
  `DOJO_COVER(HeldBack, hold_i && ready != 4'd0)
  `DOJO_COVER(FourReady, ready == 4'hf)

endmodule
