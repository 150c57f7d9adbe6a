// Puts the instructions that complete in the execute stage and at the finish port into one stream of at most one per cycle.
//
// Function: order of a cycle: the instruction left over from the cycle before, then the finishing one, then that of the execute stage. One
// instruction can be left over; the execute stage must hold while there is one and another one finishes (hold_o).
// Latency: one or two cycles. Throughput: one instruction per cycle. Registered: every retire_* output. Fields that do not apply keep old values.
module core_retire (
    input  logic        clk_i,
    input  logic        rst_ni,
    // finish port
    input  logic        finish_valid_i,
    input  logic [1:0]  finish_hart_i,
    input  logic [63:0] finish_pc_i,
    input  logic [31:0] finish_insn_i,
    input  logic        finish_writes_rd_i,
    input  logic [4:0]  finish_rd_i,
    input  logic [63:0] finish_data_i,
    input  logic [1:0]  finish_mem_i,
    input  logic [1:0]  finish_size_i,
    input  logic [63:0] finish_address_i,
    input  logic [63:0] finish_stored_i,
    // execute stage
    input  logic        x_retire_i,
    input  logic [1:0]  x_hart_i,
    input  logic [63:0] x_pc_i,
    input  logic [31:0] x_insn_i,
    input  logic        x_result_valid_i,
    input  logic [4:0]  x_rd_i,
    input  logic [63:0] x_result_i,
    input  logic [1:0]  x_mem_i,
    input  logic [1:0]  x_size_i,
    input  logic [63:0] x_address_i,
    input  logic [63:0] x_stored_i,
    input  logic        x_trap_i,
    input  logic        x_trap_interrupt_i,
    input  logic [5:0]  x_trap_cause_i,
    input  logic [63:0] x_trap_tval_i,
    output logic        hold_o,
    output logic        idle_o,
    // the stream
    output logic        retire_valid_o,
    output logic [1:0]  retire_hart_o,
    output logic [63:0] retire_pc_o,
    output logic [31:0] retire_insn_o,
    output logic        retire_rd_we_o,
    output logic [4:0]  retire_rd_o,
    output logic [63:0] retire_rd_data_o,
    output logic [1:0]  retire_mem_o,
    output logic [1:0]  retire_mem_size_o,
    output logic [63:0] retire_mem_addr_o,
    output logic [63:0] retire_mem_data_o,
    output logic        retire_trap_o,
    output logic [63:0] retire_cause_o,
    output logic [63:0] retire_tval_o
);

  // The instruction that is left over.
  logic        left_valid_q;
  logic [1:0]  left_hart_q;
  logic [63:0] left_pc_q;
  logic [31:0] left_insn_q;
  logic        left_rd_we_q;
  logic [4:0]  left_rd_q;
  logic [63:0] left_rd_data_q;
  logic [1:0]  left_mem_q;
  logic [1:0]  left_mem_size_q;
  logic [63:0] left_mem_addr_q;
  logic [63:0] left_mem_data_q;
  logic        left_trap_q;
  logic [63:0] left_cause_q;
  logic [63:0] left_tval_q;

  assign hold_o = left_valid_q && finish_valid_i;
  assign idle_o = !left_valid_q && !retire_valid_o;

  task automatic retire_left;
    retire_hart_o     <= left_hart_q;
    retire_pc_o       <= left_pc_q;
    retire_insn_o     <= left_insn_q;
    retire_rd_we_o    <= left_rd_we_q;
    retire_rd_o       <= left_rd_q;
    retire_rd_data_o  <= left_rd_data_q;
    retire_mem_o      <= left_mem_q;
    retire_mem_size_o <= left_mem_size_q;
    retire_mem_addr_o <= left_mem_addr_q;
    retire_mem_data_o <= left_mem_data_q;
    retire_trap_o     <= left_trap_q;
    retire_cause_o    <= left_cause_q;
    retire_tval_o     <= left_tval_q;
  endtask

  task automatic retire_finish;
    retire_hart_o     <= finish_hart_i;
    retire_pc_o       <= finish_pc_i;
    retire_insn_o     <= finish_insn_i;
    retire_rd_we_o    <= finish_writes_rd_i;
    retire_rd_o       <= finish_rd_i;
    retire_rd_data_o  <= finish_data_i;
    retire_mem_o      <= finish_mem_i;
    retire_mem_size_o <= finish_size_i;
    retire_mem_addr_o <= finish_address_i;
    retire_mem_data_o <= finish_stored_i;
    retire_trap_o     <= 1'b0;
  endtask

  task automatic retire_execute;
    retire_hart_o  <= x_hart_i;
    retire_pc_o    <= x_pc_i;
    retire_insn_o  <= x_insn_i;
    retire_rd_we_o <= x_result_valid_i;
    retire_mem_o   <= x_mem_i;
    retire_trap_o  <= x_trap_i;
    if (x_result_valid_i) begin
      retire_rd_o      <= x_rd_i;
      retire_rd_data_o <= x_result_i;
    end
    if (x_mem_i != core_pkg::MemoryNone) begin
      retire_mem_size_o <= x_size_i;
      retire_mem_addr_o <= x_address_i;
      retire_mem_data_o <= x_stored_i;
    end
    if (x_trap_i) begin
      retire_cause_o <= {x_trap_interrupt_i, 57'd0, x_trap_cause_i};
      retire_tval_o  <= x_trap_tval_i;
    end
  endtask

  task automatic leave_finish;
    left_hart_q     <= finish_hart_i;
    left_pc_q       <= finish_pc_i;
    left_insn_q     <= finish_insn_i;
    left_rd_we_q    <= finish_writes_rd_i;
    left_rd_q       <= finish_rd_i;
    left_rd_data_q  <= finish_data_i;
    left_mem_q      <= finish_mem_i;
    left_mem_size_q <= finish_size_i;
    left_mem_addr_q <= finish_address_i;
    left_mem_data_q <= finish_stored_i;
    left_trap_q     <= 1'b0;
  endtask

  task automatic leave_execute;
    left_hart_q     <= x_hart_i;
    left_pc_q       <= x_pc_i;
    left_insn_q     <= x_insn_i;
    left_rd_we_q    <= x_result_valid_i;
    left_rd_q       <= x_rd_i;
    left_rd_data_q  <= x_result_i;
    left_mem_q      <= x_mem_i;
    left_mem_size_q <= x_size_i;
    left_mem_addr_q <= x_address_i;
    left_mem_data_q <= x_stored_i;
    left_trap_q     <= x_trap_i;
    left_cause_q    <= {x_trap_interrupt_i, 57'd0, x_trap_cause_i};
    left_tval_q     <= x_trap_tval_i;
  endtask

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      retire_valid_o <= 1'b0;
      left_valid_q   <= 1'b0;
    end else if (left_valid_q) begin
      retire_left();
      left_valid_q <= finish_valid_i || x_retire_i;
      if (finish_valid_i) leave_finish();
      else if (x_retire_i) leave_execute();
      retire_valid_o <= 1'b1;
    end else if (finish_valid_i) begin
      retire_finish();
      left_valid_q <= x_retire_i;
      if (x_retire_i) leave_execute();
      retire_valid_o <= 1'b1;
    end else begin
      if (x_retire_i) retire_execute();
      retire_valid_o <= x_retire_i;
    end
  end

endmodule
