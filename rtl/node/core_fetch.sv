// The front of the core: program counters, alignment, expansion and prediction, one instruction register per hart.
//
// Function: in each cycle up to two harts whose instruction registers are empty, or are being emptied, get their next instructions out of
// their line buffers, in turn; their PCs go on where the branch predictor says. Redirects (execute stage) and starts set the PC and
// empty the register.
// Latency: an instruction is in the register in the cycle after its PC was set if the line buffers hold it.
// Throughput: two instructions per cycle, of two harts; a line that the I-cache holds, but no buffer, costs one extra cycle.
// Back-pressure: a register keeps its instruction until it is consumed. Registered: the instruction registers.
`include "dojo_assert.svh"

module core_fetch (
    input  logic            clk_i,
    input  logic            rst_ni,
    input  logic [3:0]      run_i,  // harts that want instructions
    // PC changes
    input  logic [1:0]      redirect_valid_i,
    input  logic [1:0]      redirect_hart_i[2],
    input  logic [63:0]     redirect_pc_i[2],
    input  logic [2:0]      redirect_depth_i[2],
    input  logic [3:0]      start_valid_i,
    input  logic [63:0]     start_pc_i,
    input  logic            fence_i_i,  // with redirect 0
    // branches that are decided
    input  logic [1:0]      branch_valid_i,
    input  logic [63:0]     branch_pc_i[2],
    input  logic [1:0]      branch_agrees_i,
    // instruction registers
    output logic [3:0]      ir_valid_o,
    output logic [63:0]     ir_pc_o[4],
    output logic [31:0]     ir_insn_o[4],       // as fetched; compressed: low 16 bits
    output logic [31:0]     ir_expanded_o[4],
    output logic [3:0]      ir_compressed_o,
    output logic [3:0]      ir_fault_o,         // the fetch left the SRAM
    output logic [3:0]      ir_fault_second_o,  // ... with the second half-word
    output logic [3:0]      ir_memory_o,        // as in issue_class_t
    output logic [3:0]      ir_divide_o,
    output logic [3:0]      ir_first_o,
    output logic [3:0]      ir_floating_o,
    output logic [3:0]      ir_vectorial_o,
    output logic [3:0]      ir_csr_o,
    output logic [3:0]      ir_reads_o,
    output logic [3:0]      ir_changes_o,
    output logic [63:0]     ir_uses_o[4],
    output logic [3:0]      ir_taken_o,         // predicted
    output logic [63:0]     ir_target_o[4],
    output logic [2:0]      ir_depth_o[4],
    input  logic [3:0]      consume_i,
    // scalar SRAM port
    output logic            request_valid_o,
    output logic            request_demand_o,
    output logic [14:0]     request_line_o,
    input  logic            request_ready_i,
    input  logic            fill_valid_i,
    input  logic [511:0]    fill_data_i,
    output logic [3:0]      stall_o  // harts that wait for a line
);

  logic [63:0] pc_q[4];
  logic [1:0]  last_q;

  logic [3:0]  in_range, next, last_parcel, present, next_present, fetchable, able, others;
  logic [14:0] line[4];

  // The two instructions that are aligned.
  logic [1:0]             valid, window_valid, compressed, taken;
  logic [1:0]             last, fault;  // last half-word of the SRAM; the instruction leaves the SRAM
  logic [1:0]             hart[2];
  logic [5:0]             index[2];
  logic [63:0]            pc[2], uses[2], offset[2], target[2];
  logic [15:0]            low[2], high[2];
  logic [31:0]            insn[2], expanded[2];
  core_pkg::issue_class_t class_of[2];
  core_pkg::flow_e        flow[2];
  logic [2:0]             depth[2];

  // Nothing is computed for harts that do not run.
  always_comb begin
    in_range    = 4'd0;
    next        = 4'd0;
    last_parcel = 4'd0;
    for (int unsigned h = 0; h < 4; h++) line[h] = 15'd0;
    if (run_i != 4'd0) begin
      for (int unsigned h = 0; h < 4; h++) begin
        if (run_i[h]) begin
          line[h]        = core_pkg::sram_line(pc_q[h]);
          in_range[h]    = core_pkg::in_sram(pc_q[h]);
          next[h]        = in_range[h] && 32'(line[h]) != dojo_pkg::SramLines - 1;
          last_parcel[h] = pc_q[h][5:1] == 5'd31;
        end
      end
    end
  end

  // The last half-word of a line may be the first half of an instruction, so the next line must be there too, if there is one.
  assign fetchable = ~in_range | (present & (~last_parcel | ~next | next_present));
  assign able      = run_i & (~ir_valid_o | consume_i) & fetchable;
  assign stall_o   = run_i & ~ir_valid_o & ~fetchable;

  core_instruction_cache u_cache (
      .clk_i,
      .rst_ni,
      .need_i        (in_range),
      .next_i        (next),
      .line_i        (line),
      .present_o     (present),
      .next_present_o(next_present),
      .window_valid_i(window_valid),
      .window_hart_i (hart),
      .window_index_i(index),
      .window_low_o  (low),
      .window_high_o (high),
      .flush_cache_i ((redirect_valid_i[0] && fence_i_i) || start_valid_i != 4'd0),
      .flush_buffer_i(start_valid_i | ((redirect_valid_i[0] && fence_i_i) ? 4'b0001 << redirect_hart_i[0] : 4'b0000)),
      .request_valid_o,
      .request_demand_o,
      .request_line_o,
      .request_ready_i,
      .fill_valid_i,
      .fill_data_i
  );

  // The harts in turn.
  always_comb begin
    valid        = 2'b00;
    window_valid = 2'b00;
    last         = 2'b00;
    others       = 4'd0;
    for (int unsigned s = 0; s < 2; s++) begin
      hart[s]  = 2'd0;
      pc[s]    = 64'd0;
      index[s] = 6'd0;
    end
    if (able != 4'd0) begin
      hart[0]  = core_pkg::next_in_turn(able, last_q);
      others   = able & ~(4'b0001 << hart[0]);
      hart[1]  = core_pkg::next_in_turn(others, hart[0]);
      valid    = {others != 4'd0, 1'b1};
      for (int unsigned s = 0; s < 2; s++) begin
        if (valid[s]) begin
          pc[s]           = pc_q[hart[s]];
          window_valid[s] = in_range[hart[s]];
          index[s]        = pc[s][6:1];
          last[s]         = last_parcel[hart[s]] && !next[hart[s]];
        end
      end
    end
  end

  for (genvar s = 0; s < 2; s++) begin : gen_align
    core_align u_align (
        .valid_i     (window_valid[s]),
        .low_i       (low[s]),
        .high_i      (high[s]),
        .compressed_o(compressed[s]),
        .insn_o      (insn[s]),
        .expanded_o  (expanded[s]),
        .class_o     (class_of[s]),
        .uses_o      (uses[s]),
        .flow_o      (flow[s]),
        .offset_o    (offset[s])
    );
  end

  assign fault = valid & (~window_valid | (last & ~compressed));

  core_predictor u_predictor (
      .clk_i,
      .rst_ni,
      .valid_i         (window_valid),
      .hart_i          (hart),
      .pc_i            (pc),
      .compressed_i    (compressed),
      .flow_i          (flow),
      .offset_i        (offset),
      .taken_o         (taken),
      .target_o        (target),
      .depth_o         (depth),
      .update_valid_i  (branch_valid_i),
      .update_pc_i     (branch_pc_i),
      .update_agrees_i (branch_agrees_i),
      .redirect_valid_i(redirect_valid_i),
      .redirect_hart_i (redirect_hart_i),
      .redirect_depth_i(redirect_depth_i)
  );

  always_ff @(posedge clk_i) begin
    logic [3:0] ir_valid;
    ir_valid = ir_valid_o & ~consume_i;
    if (!rst_ni) begin
      ir_valid_o <= '0;
      last_q     <= '0;
      for (int unsigned h = 0; h < 4; h++) pc_q[h] <= '0;
    end else if (valid != 2'b00 || consume_i != 4'd0 || redirect_valid_i != 2'b00 || start_valid_i != 4'd0) begin
      if (valid[0]) last_q <= hart[0];
      for (int unsigned s = 0; s < 2; s++) begin
        if (valid[s]) begin
          ir_valid[hart[s]]            = 1'b1;
          ir_pc_o[hart[s]]             <= pc[s];
          ir_insn_o[hart[s]]           <= fault[s] ? 32'd0 : insn[s];
          ir_expanded_o[hart[s]]       <= expanded[s];
          ir_compressed_o[hart[s]]     <= compressed[s];
          ir_fault_o[hart[s]]          <= fault[s];
          ir_fault_second_o[hart[s]]   <= window_valid[s];
          ir_memory_o[hart[s]]         <= class_of[s].memory;
          ir_divide_o[hart[s]]         <= class_of[s].divide;
          ir_first_o[hart[s]]          <= class_of[s].first || fault[s];
          ir_floating_o[hart[s]]       <= class_of[s].floating;
          ir_vectorial_o[hart[s]]      <= class_of[s].vectorial;
          ir_csr_o[hart[s]]            <= class_of[s].csr;
          ir_reads_o[hart[s]]          <= class_of[s].reads;
          ir_changes_o[hart[s]]        <= class_of[s].changes;
          ir_uses_o[hart[s]]           <= uses[s];
          ir_taken_o[hart[s]]          <= taken[s];
          ir_target_o[hart[s]]         <= target[s];
          ir_depth_o[hart[s]]          <= depth[s];
          pc_q[hart[s]]                <= taken[s] ? target[s] : pc[s] + (compressed[s] ? 64'd2 : 64'd4);
        end
      end
      for (int unsigned s = 0; s < 2; s++) begin
        if (redirect_valid_i[s]) begin
          ir_valid[redirect_hart_i[s]] = 1'b0;
          pc_q[redirect_hart_i[s]]     <= redirect_pc_i[s];
        end
      end
      if (start_valid_i != 4'd0) begin
        ir_valid = ir_valid & ~start_valid_i;
        for (int unsigned h = 0; h < 4; h++) if (start_valid_i[h]) pc_q[h] <= start_pc_i;
      end
      ir_valid_o <= ir_valid;
    end
  end

  // Implementation checks.
  logic odd_pc, same_hart, crosses, leaves;
  assign odd_pc    = pc[0][0] || pc[1][0];
  assign same_hart = hart[0] == hart[1];
  assign crosses   = window_valid[0] && index[0][4:0] == 5'd31 && !compressed[0] && !last[0];
  assign leaves    = valid[0] && !in_range[hart[0]];
  `DOJO_ASSERT(ConsumedIsValid, (consume_i & ~ir_valid_o) == '0)
  `DOJO_ASSERT(OneStart, $countones(start_valid_i) <= 1)
  `DOJO_ASSERT(PcIsAligned, !odd_pc)
  `DOJO_ASSERT(TwoHarts, valid != 2'b11 || !same_hart)
  `DOJO_COVER(InstructionCrossesLines, crosses)
  `DOJO_COVER(RequestWaits, request_valid_o && !request_ready_i)
  `DOJO_COVER(FetchFault, leaves)
  `DOJO_COVER(SramEndsInInstruction, window_valid[0] && fault[0])

endmodule
