// The front of the core: program counters, alignment and expansion of instructions, one instruction register per hart.
//
// Function: in each cycle one hart whose instruction register is empty, or is being emptied, gets its next instruction out of its line
// buffer. Redirects (execute stage), predictions (issue stage) and starts set the PC and empty the register; a redirect wins.
// Latency: an instruction is in the register in the cycle after its PC was set if the line buffer holds its line.
// Throughput: one instruction per cycle; a line that the I-cache holds costs one extra cycle, an instruction across two lines one more.
// Back-pressure: a register keeps its instruction until consume_valid_i. Registered: the instruction registers.
`include "dojo_assert.svh"

module core_fetch (
    input  logic                   clk_i,
    input  logic                   rst_ni,
    input  logic [3:0]             run_i,  // harts that want instructions
    // PC changes
    input  logic                   redirect_valid_i,
    input  logic [1:0]             redirect_hart_i,
    input  logic [63:0]            redirect_pc_i,
    input  logic                   predict_valid_i,
    input  logic [1:0]             predict_hart_i,
    input  logic [63:0]            predict_pc_i,
    input  logic [3:0]             start_valid_i,
    input  logic [63:0]            start_pc_i,
    input  logic                   fence_i_i,  // with a redirect
    // instruction registers
    output logic [3:0]             ir_valid_o,
    output logic [63:0]            ir_pc_o[4],
    output logic [31:0]            ir_insn_o[4],      // as fetched; compressed: low 16 bits
    output logic [31:0]            ir_expanded_o[4],
    output logic [3:0]             ir_compressed_o,
    output logic [3:0]             ir_fault_o,        // the fetch left the SRAM
    output logic [3:0]             ir_fault_second_o, // ... with the second half-word
    output core_pkg::issue_class_t ir_class_o[4],
    input  logic                   consume_valid_i,
    input  logic [1:0]             consume_hart_i,
    // scalar SRAM port
    output logic                   request_valid_o,
    output logic [14:0]            request_line_o,
    input  logic                   request_ready_i,
    input  logic                   fill_valid_i,
    input  logic [511:0]           fill_data_i,
    output logic [3:0]             stall_o  // harts that wait for a line
);

  logic [63:0] pc_q[4];
  logic [3:0]  carry_valid_q;  // the first half-word of an instruction across two lines is known
  logic [15:0] carry_q[4];
  logic [1:0]  last_q;

  logic [3:0]  in_range, need, present, empty, able;
  logic [14:0] line[4];
  logic        align_valid;
  logic [1:0]  align_hart;
  logic [63:0] align_pc;
  logic        align_carry;
  logic [15:0] low, high;
  logic        compressed;
  logic        crosses;
  logic [31:0] expanded, insn, full;

  // Nothing is computed for harts that do not run.
  always_comb begin
    in_range = 4'd0;
    for (int unsigned h = 0; h < 4; h++) line[h] = 15'd0;
    if (run_i != 4'd0) begin
      for (int unsigned h = 0; h < 4; h++) begin
        if (run_i[h]) begin
          line[h]     = core_pkg::sram_line(pc_q[h]) + 15'(carry_valid_q[h]);
          in_range[h] = core_pkg::in_sram(pc_q[h]) && 32'(line[h]) < dojo_pkg::SramLines;
        end
      end
    end
  end

  assign need = run_i & in_range;

  always_comb begin
    empty = ~ir_valid_o;
    if (consume_valid_i) empty[consume_hart_i] = 1'b1;
    able = run_i & empty & (present | ~in_range);
  end

  core_instruction_cache u_cache (
      .clk_i,
      .rst_ni,
      .need_i        (need),
      .line_i        (line),
      .present_o     (present),
      .window_valid_i(align_valid),
      .window_hart_i (align_hart),
      .window_index_i(align_carry ? 5'd0 : align_pc[5:1]),
      .window_low_o  (low),
      .window_high_o (high),
      .flush_cache_i ((redirect_valid_i && fence_i_i) || start_valid_i != 4'd0),
      .flush_buffer_i(start_valid_i | ((redirect_valid_i && fence_i_i) ? 4'b0001 << redirect_hart_i : 4'b0000)),
      .request_valid_o,
      .request_line_o,
      .request_ready_i,
      .fill_valid_i,
      .fill_data_i
  );

  // Alignment: the hart in turn.
  assign align_valid = able != 4'd0;

  always_comb begin
    align_hart  = 2'd0;
    align_pc    = 64'd0;
    align_carry = 1'b0;
    if (align_valid) begin
      align_hart  = core_pkg::next_in_turn(able, last_q);
      align_pc    = pc_q[align_hart];
      align_carry = carry_valid_q[align_hart];
    end
  end

  always_comb begin
    compressed = 1'b0;
    crosses    = 1'b0;
    full       = 32'd0;
    insn       = 32'd0;
    if (align_valid) begin
      compressed = !align_carry && low[1:0] != 2'b11;
      crosses    = !align_carry && !compressed && align_pc[5:1] == 5'd31;
      full       = align_carry ? {low, carry_q[align_hart]} : {high, low};
      insn       = compressed ? {16'd0, low} : full;
    end
  end

  core_expander u_expander (
      .valid_i     (align_valid && compressed),
      .compressed_i(low),
      .expanded_o  (expanded)
  );

  function automatic core_pkg::issue_class_t classify(input logic [6:0] opcode, input logic [6:0] funct7);
    core_pkg::issue_class_t c;
    c.memory    = opcode == 7'h03 || opcode == 7'h23 || opcode == 7'h2f;
    c.muldiv    = (opcode == 7'h33 || opcode == 7'h3b) && funct7 == 7'h01;
    c.predicted = opcode == 7'h6f || (opcode == 7'h63 && funct7[6]);
    return c;
  endfunction

  assign stall_o = need & ~present & ~ir_valid_o;

  always_ff @(posedge clk_i) begin
    logic [3:0] valid, carry_valid;
    valid       = ir_valid_o;
    carry_valid = carry_valid_q;
    if (!rst_ni) begin
      ir_valid_o    <= '0;
      carry_valid_q <= '0;
      last_q        <= '0;
      for (int unsigned h = 0; h < 4; h++) pc_q[h] <= '0;
    end else if (align_valid || consume_valid_i || redirect_valid_i || start_valid_i != 4'd0) begin
      if (consume_valid_i) valid[consume_hart_i] = 1'b0;
      if (align_valid) begin
        last_q <= align_hart;
        if (!in_range[align_hart]) begin
          valid[align_hart]             = 1'b1;
          ir_pc_o[align_hart]           <= align_pc;
          ir_insn_o[align_hart]         <= 32'd0;
          ir_expanded_o[align_hart]     <= 32'd0;
          ir_compressed_o[align_hart]   <= 1'b0;
          ir_fault_o[align_hart]        <= 1'b1;
          ir_fault_second_o[align_hart] <= align_carry;
          ir_class_o[align_hart]        <= '0;
        end else if (crosses) begin
          carry_valid[align_hart] = 1'b1;
          carry_q[align_hart]     <= low;
        end else begin
          valid[align_hart]           = 1'b1;
          carry_valid[align_hart]     = 1'b0;
          ir_pc_o[align_hart]         <= align_pc;
          ir_insn_o[align_hart]       <= insn;
          ir_expanded_o[align_hart]   <= compressed ? expanded : full;
          ir_compressed_o[align_hart] <= compressed;
          ir_fault_o[align_hart]      <= 1'b0;
          ir_class_o[align_hart]      <= compressed ? classify(expanded[6:0], expanded[31:25])
                                                    : classify(full[6:0], full[31:25]);
          pc_q[align_hart]            <= align_pc + (compressed ? 64'd2 : 64'd4);
        end
      end
      if (predict_valid_i) begin
        valid[predict_hart_i]       = 1'b0;
        carry_valid[predict_hart_i] = 1'b0;
        pc_q[predict_hart_i]        <= predict_pc_i;
      end
      if (redirect_valid_i) begin
        valid[redirect_hart_i]       = 1'b0;
        carry_valid[redirect_hart_i] = 1'b0;
        pc_q[redirect_hart_i]        <= redirect_pc_i;
      end
      if (start_valid_i != 4'd0) begin
        valid       = valid & ~start_valid_i;
        carry_valid = carry_valid & ~start_valid_i;
        for (int unsigned h = 0; h < 4; h++) if (start_valid_i[h]) pc_q[h] <= start_pc_i;
      end
      ir_valid_o    <= valid;
      carry_valid_q <= carry_valid;
    end
  end

  // Implementation checks.
  `DOJO_ASSERT(ConsumedIsValid, !consume_valid_i || ir_valid_o[consume_hart_i])
  `DOJO_ASSERT(OneStart, $countones(start_valid_i) <= 1)
  `DOJO_ASSERT(PcIsAligned, !align_valid || !align_pc[0])
  `DOJO_COVER(InstructionCrossesLines, align_valid && in_range[align_hart] && crosses)
  `DOJO_COVER(RequestWaits, request_valid_o && !request_ready_i)
  `DOJO_COVER(FetchFault, align_valid && !in_range[align_hart])

endmodule
