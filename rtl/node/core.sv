// The node's scalar core: four harts of RV64IMAC_Zicsr_Zifencei with Xdojo, in order, machine mode, precise traps.
//
// Function: docs/node.md and docs/hart.md. Fine-grained multithreading: each cycle one instruction issues, from the harts in turn that are
// ready. Stages: fetch (core_fetch), issue with decode and register read (core_issue), execute (core_execute); accesses of the SRAM go on
// for two cycles (core_memory), multiply and divide in their unit (core_muldiv). A hart whose instruction is in one of those two issues nothing.
// Latency in cycles until a dependent instruction can issue: ALU 1, multiply 2, load 3, atomic 3, divide 34 (32-bit 18); branch 1, mispredicted 3,
// jal and taken backwards 2, jalr 3. Throughput: one instruction per cycle.
// Back-pressure: a refused SRAM request holds the execute stage only when a second access follows; a full command queue or a remote
// store under way makes just that hart wait.
// Registered: all outputs but wait_*, mmio_*, s_wdata_o of an atomic write and idle_o, which are functions of registers (idle_o: and of
// wake_i and irq_*). Nothing reads cycle_i combinationally.
`include "dojo_assert.svh"

module core (
    input  logic         clk_i,
    input  logic         rst_ni,
    input  logic [10:0]  x_i,
    input  logic [10:0]  y_i,
    input  logic [63:0]  cycle_i,
    // scalar SRAM port
    output logic         s_valid_o,
    output logic         s_write_o,
    output logic         s_atomic_o,
    output logic [14:0]  s_line_o,
    output logic [2:0]   s_word_o,
    output logic [63:0]  s_wdata_o,
    output logic [7:0]   s_be_o,
    input  logic         s_grant_i,
    input  logic [511:0] s_rdata_i,
    // granted writes of the vector and network ports
    input  logic [1:0]   snoop_valid_i,
    input  logic [14:0]  snoop_line_i[2],
    // commands, one-hot by unit_e
    output logic [2:0]   command_valid_o,
    output logic [31:0]  command_address_o,
    input  logic [2:0]   command_ready_i,
    // semaphores
    output logic         wait_valid_o,
    output logic [4:0]   wait_id_o,
    output logic [31:0]  wait_amount_o,
    input  logic         wait_ok_i,
    output logic [3:0]   park_valid_o,
    output logic [4:0]   park_id_o[4],
    output logic [31:0]  park_amount_o[4],
    input  logic [3:0]   wake_i,
    // memory-mapped registers: request and answer in one cycle, effects at its end
    output logic         mmio_valid_o,
    output logic         mmio_write_o,
    output logic [31:0]  mmio_address_o,
    output logic [1:0]   mmio_size_o,
    output logic [63:0]  mmio_wdata_o,
    input  logic [63:0]  mmio_rdata_i,
    input  logic         mmio_error_i,
    // posted stores to global addresses
    output logic         remote_valid_o,
    output logic [63:0]  remote_address_o,
    output logic [63:0]  remote_data_o,
    output logic [1:0]   remote_size_o,
    input  logic         remote_ready_i,
    // control
    input  logic [3:0]   start_valid_i,
    input  logic [63:0]  start_pc_i,
    input  logic [3:0]   stop_valid_i,
    input  logic [3:0]   irq_software_i,
    input  logic [3:0]   irq_timer_i,
    output logic [3:0]   timer_enable_o,  // harts that sleep and that their timer interrupt would wake
    input  logic [63:0]  node_counter_i[7],
    output logic [11:0]  hart_state_o,
    output logic         idle_o,
    // retirement
    output logic         retire_valid_o,
    output logic [1:0]   retire_hart_o,
    output logic [63:0]  retire_pc_o,
    output logic [31:0]  retire_insn_o,
    output logic         retire_rd_we_o,
    output logic [4:0]   retire_rd_o,
    output logic [63:0]  retire_rd_data_o,
    output logic [1:0]   retire_mem_o,
    output logic [1:0]   retire_mem_size_o,
    output logic [63:0]  retire_mem_addr_o,
    output logic [63:0]  retire_mem_data_o,
    output logic         retire_trap_o,
    output logic [63:0]  retire_cause_o,
    output logic [63:0]  retire_tval_o
);

  // Harts.
  logic [63:0] pc_q[4]  /*verilator public_flat_rw*/;  // next instruction to execute
  logic [3:0]  running, sleeping_wfi, command_wait, remote_wait;
  logic        harts_idle;

  // Instruction registers.
  logic [3:0]             ir_valid, ir_compressed, ir_fault, ir_fault_second;
  logic [63:0]            ir_pc[4];
  logic [31:0]            ir_insn[4], ir_expanded[4];
  core_pkg::issue_class_t ir_class[4];
  logic                   consume_valid, predict_valid;
  logic [1:0]             consume_hart, predict_hart;
  logic [63:0]            predict_pc;
  logic                   fetch_valid, fetch_ready, fill_valid;
  logic [14:0]            fetch_line;
  logic [3:0]             fetch_stall;

  // Execute stage.
  logic          x_valid, x_word, x_alternate, x_memory, x_writes_rd, x_compressed, x_predicted, x_fault_second;
  logic [1:0]    x_hart, x_mem;
  core_pkg::op_e x_op;
  logic [2:0]    x_funct3;
  logic [4:0]    x_rd;
  logic [31:0]   x_insn;
  logic [63:0]   x_pc, x_a, x_b, x_immediate, x_address;
  logic          hold, retire_hold, fire, retire, result_valid, redirect, trap, trap_interrupt, mret, fence_i, csr_write;
  logic          access, muldiv_start, remote_store, issue_command, sleep_wfi, park_semaphore, park_command, park_remote;
  logic [63:0]   result, next_pc, trap_tval;
  logic [5:0]    trap_cause;
  logic          csr_valid, csr_writes, csr_illegal;
  logic [63:0]   csr_write_data, csr_data, mtvec, mepc;
  logic [3:0]    pending, interrupt, interrupt_software, wake_wfi, wake_interrupt, timer_enabled, global_enabled;
  logic [2:0]    command_ready;
  logic          remote_free;

  // Memory, multiply and divide, finish port.
  logic          port_free, memory_idle, memory_finish, memory_writes_rd;
  logic [3:0]    memory_busy;
  logic [1:0]    memory_hart, memory_mem, memory_size;
  logic [4:0]    memory_rd;
  logic [63:0]   memory_data, memory_pc, memory_address, memory_stored;
  logic [31:0]   memory_insn;
  logic          muldiv_valid, muldiv_done, muldiv_take, muldiv_writes_rd;
  logic [1:0]    muldiv_hart;
  logic [4:0]    muldiv_rd;
  logic [63:0]   muldiv_data, muldiv_pc;
  logic [31:0]   muldiv_insn;
  logic          finish_valid, finish_writes_rd;
  logic [1:0]    finish_hart;
  logic [4:0]    finish_rd;
  logic [63:0]   finish_data;
  logic [3:0]    busy;
  logic          retire_idle;

  assign muldiv_take      = muldiv_done && !memory_finish;
  assign finish_valid     = memory_finish || muldiv_done;
  assign finish_hart      = memory_finish ? memory_hart : muldiv_hart;
  assign finish_writes_rd = memory_finish ? memory_writes_rd : muldiv_writes_rd;
  assign finish_rd        = memory_finish ? memory_rd : muldiv_rd;
  assign finish_data      = memory_finish ? memory_data : muldiv_data;
  assign busy             = memory_busy | ((muldiv_valid && !muldiv_take) ? 4'b0001 << muldiv_hart : 4'b0000);

  // The execute stage holds for the retirement stream, for the SRAM port, and drops the instruction of a hart that stops.
  assign hold          = x_valid && (retire_hold || (x_memory && !port_free) || stop_valid_i[x_hart]);
  assign command_ready = command_ready_i & ~command_valid_o;  // a command under way may take the last place
  assign remote_free   = !remote_valid_o || remote_ready_i;

  core_fetch u_fetch (
      .clk_i,
      .rst_ni,
      .run_i            (running),
      .redirect_valid_i (redirect),
      .redirect_hart_i  (x_hart),
      .redirect_pc_i    (next_pc),
      .predict_valid_i  (predict_valid),
      .predict_hart_i   (predict_hart),
      .predict_pc_i     (predict_pc),
      .start_valid_i,
      .start_pc_i,
      .fence_i_i        (fence_i),
      .ir_valid_o       (ir_valid),
      .ir_pc_o          (ir_pc),
      .ir_insn_o        (ir_insn),
      .ir_expanded_o    (ir_expanded),
      .ir_compressed_o  (ir_compressed),
      .ir_fault_o       (ir_fault),
      .ir_fault_second_o(ir_fault_second),
      .ir_class_o       (ir_class),
      .consume_valid_i  (consume_valid),
      .consume_hart_i   (consume_hart),
      .request_valid_o  (fetch_valid),
      .request_line_o   (fetch_line),
      .request_ready_i  (fetch_ready),
      .fill_valid_i     (fill_valid),
      .fill_data_i      (s_rdata_i),
      .stall_o          (fetch_stall)
  );

  core_issue u_issue (
      .clk_i,
      .rst_ni,
      .run_i             (running & ~command_wait & ~remote_wait),
      .busy_i            (busy),
      .muldiv_busy_i     (muldiv_valid && !muldiv_take),
      .interrupt_i       (interrupt),
      .kill_i            (stop_valid_i),
      .ir_valid_i        (ir_valid),
      .ir_pc_i           (ir_pc),
      .ir_insn_i         (ir_insn),
      .ir_expanded_i     (ir_expanded),
      .ir_compressed_i   (ir_compressed),
      .ir_fault_i        (ir_fault),
      .ir_fault_second_i (ir_fault_second),
      .ir_class_i        (ir_class),
      .consume_valid_o   (consume_valid),
      .consume_hart_o    (consume_hart),
      .predict_valid_o   (predict_valid),
      .predict_hart_o    (predict_hart),
      .predict_pc_o      (predict_pc),
      .hold_i            (hold),
      .redirect_valid_i  (redirect),
      .redirect_hart_i   (x_hart),
      .x_valid_o         (x_valid),
      .x_hart_o          (x_hart),
      .x_op_o            (x_op),
      .x_funct3_o        (x_funct3),
      .x_word_o          (x_word),
      .x_alternate_o     (x_alternate),
      .x_memory_o        (x_memory),
      .x_writes_rd_o     (x_writes_rd),
      .x_rd_o            (x_rd),
      .x_compressed_o    (x_compressed),
      .x_predicted_o     (x_predicted),
      .x_fault_second_o  (x_fault_second),
      .x_insn_o          (x_insn),
      .x_pc_o            (x_pc),
      .x_a_o             (x_a),
      .x_b_o             (x_b),
      .x_immediate_o     (x_immediate),
      .result_valid_i    (result_valid),
      .result_i          (result),
      .finish_valid_i    (finish_valid),
      .finish_hart_i     (finish_hart),
      .finish_writes_rd_i(finish_writes_rd),
      .finish_rd_i       (finish_rd),
      .finish_data_i     (finish_data)
  );

  core_execute u_execute (
      .valid_i             (x_valid),
      .hold_i              (hold),
      .op_i                (x_op),
      .funct3_i            (x_funct3),
      .word_i              (x_word),
      .alternate_i         (x_alternate),
      .memory_i            (x_memory),
      .writes_rd_i         (x_writes_rd),
      .compressed_i        (x_compressed),
      .predicted_i         (x_predicted),
      .fault_second_i      (x_fault_second),
      .insn_i              (x_insn),
      .pc_i                (x_pc),
      .a_i                 (x_a),
      .b_i                 (x_b),
      .immediate_i         (x_immediate),
      .csr_valid_o         (csr_valid),
      .csr_writes_o        (csr_writes),
      .csr_write_data_o    (csr_write_data),
      .csr_illegal_i       (csr_illegal),
      .csr_data_i          (csr_data),
      .mtvec_i             (mtvec),
      .mepc_i              (mepc),
      .interrupt_i         (interrupt[x_hart]),
      .interrupt_software_i(interrupt_software[x_hart]),
      .wfi_pending_i       (pending[x_hart]),
      .mmio_valid_o,
      .mmio_write_o,
      .mmio_address_o,
      .mmio_size_o,
      .mmio_wdata_o,
      .mmio_rdata_i,
      .mmio_error_i,
      .wait_valid_o,
      .wait_id_o,
      .wait_amount_o,
      .wait_ok_i,
      .command_ready_i     (command_ready),
      .remote_free_i       (remote_free),
      .fire_o              (fire),
      .retire_o            (retire),
      .result_valid_o      (result_valid),
      .result_o            (result),
      .next_pc_o           (next_pc),
      .redirect_o          (redirect),
      .trap_o              (trap),
      .trap_interrupt_o    (trap_interrupt),
      .trap_cause_o        (trap_cause),
      .trap_tval_o         (trap_tval),
      .mret_o              (mret),
      .fence_i_o           (fence_i),
      .csr_write_o         (csr_write),
      .access_o            (access),
      .muldiv_o            (muldiv_start),
      .remote_o            (remote_store),
      .issue_o             (issue_command),
      .sleep_wfi_o         (sleep_wfi),
      .park_semaphore_o    (park_semaphore),
      .park_command_o      (park_command),
      .park_remote_o       (park_remote),
      .address_o           (x_address),
      .mem_o               (x_mem)
  );

  core_csr u_csr (
      .clk_i,
      .rst_ni,
      .x_i,
      .y_i,
      .cycle_i,
      .irq_software_i,
      .irq_timer_i,
      .node_counter_i,
      .read_valid_i        (csr_valid),
      .hart_i              (x_hart),
      .address_i           (x_insn[31:20]),
      .writes_i            (csr_writes),
      .illegal_o           (csr_illegal),
      .read_data_o         (csr_data),
      .write_valid_i       (csr_write),
      .write_data_i        (csr_write_data),
      .trap_valid_i        (trap),
      .trap_interrupt_i    (trap_interrupt),
      .trap_cause_i        (trap_cause),
      .trap_pc_i           (x_pc),
      .trap_tval_i         (trap_tval),
      .mret_valid_i        (mret),
      .mtvec_o             (mtvec),
      .mepc_o              (mepc),
      .pending_o           (pending),
      .interrupt_o         (interrupt),
      .interrupt_software_o(interrupt_software),
      .wake_wfi_o          (wake_wfi),
      .wake_o              (wake_interrupt),
      .timer_enable_o      (timer_enabled),
      .global_enable_o     (global_enabled),
      .retire_valid_i      (retire && !trap),
      .retire_hart_i       (x_hart),
      .finish_valid_i      (finish_valid),
      .finish_hart_i       (finish_hart),
      .fetch_stall_i       (fetch_stall),
      .memory_stall_i      (memory_busy | remote_wait | ((x_valid && x_memory) ? 4'b0001 << x_hart : 4'b0000)),
      .command_stall_i     (command_wait)
  );

  core_memory u_memory (
      .clk_i,
      .rst_ni,
      .s_valid_o,
      .s_write_o,
      .s_atomic_o,
      .s_line_o,
      .s_word_o,
      .s_wdata_o,
      .s_be_o,
      .s_grant_i,
      .s_rdata_i,
      .snoop_valid_i,
      .snoop_line_i,
      .fetch_valid_i     (fetch_valid),
      .fetch_line_i      (fetch_line),
      .fetch_ready_o     (fetch_ready),
      .fill_valid_o      (fill_valid),
      .port_free_o       (port_free),
      .access_valid_i    (access),
      .access_hart_i     (x_hart),
      .access_op_i       (x_op),
      .access_atomic_i   (x_insn[31:27]),
      .access_funct3_i   (x_funct3),
      .access_address_i  (x_address),
      .access_data_i     (x_b),
      .access_writes_rd_i(x_writes_rd),
      .access_rd_i       (x_rd),
      .access_pc_i       (x_pc),
      .access_insn_i     (x_insn),
      .start_valid_i,
      .busy_o            (memory_busy),
      .idle_o            (memory_idle),
      .finish_valid_o    (memory_finish),
      .finish_hart_o     (memory_hart),
      .finish_writes_rd_o(memory_writes_rd),
      .finish_rd_o       (memory_rd),
      .finish_data_o     (memory_data),
      .finish_pc_o       (memory_pc),
      .finish_insn_o     (memory_insn),
      .finish_mem_o      (memory_mem),
      .finish_size_o     (memory_size),
      .finish_address_o  (memory_address),
      .finish_stored_o   (memory_stored),
      .remote_store_i    (remote_store),
      .remote_valid_o,
      .remote_address_o,
      .remote_data_o,
      .remote_size_o,
      .remote_ready_i
  );

  core_muldiv u_muldiv (
      .clk_i,
      .rst_ni,
      .start_valid_i    (muldiv_start),
      .start_divide_i   (x_op == core_pkg::OpDivide),
      .start_hart_i     (x_hart),
      .start_funct3_i   (x_funct3),
      .start_word_i     (x_word),
      .start_a_i        (x_a),
      .start_b_i        (x_b),
      .start_writes_rd_i(x_writes_rd),
      .start_rd_i       (x_rd),
      .start_pc_i       (x_pc),
      .start_insn_i     (x_insn),
      .valid_o          (muldiv_valid),
      .done_valid_o     (muldiv_done),
      .take_i           (muldiv_take),
      .hart_o           (muldiv_hart),
      .writes_rd_o      (muldiv_writes_rd),
      .rd_o             (muldiv_rd),
      .done_data_o      (muldiv_data),
      .pc_o             (muldiv_pc),
      .insn_o           (muldiv_insn)
  );

  core_retire u_retire (
      .clk_i,
      .rst_ni,
      .finish_valid_i    (finish_valid),
      .finish_hart_i     (finish_hart),
      .finish_pc_i       (memory_finish ? memory_pc : muldiv_pc),
      .finish_insn_i     (memory_finish ? memory_insn : muldiv_insn),
      .finish_writes_rd_i(finish_writes_rd),
      .finish_rd_i       (finish_rd),
      .finish_data_i     (finish_data),
      .finish_mem_i      (memory_finish ? memory_mem : core_pkg::MemoryNone),
      .finish_size_i     (memory_size),
      .finish_address_i  (memory_address),
      .finish_stored_i   (memory_stored),
      .x_retire_i        (retire),
      .x_hart_i          (x_hart),
      .x_pc_i            (x_pc),
      .x_insn_i          (x_insn),
      .x_result_valid_i  (result_valid),
      .x_rd_i            (x_rd),
      .x_result_i        (result),
      .x_mem_i           (x_mem),
      .x_size_i          (x_funct3[1:0]),
      .x_address_i       (x_address),
      .x_stored_i        (x_b),
      .x_trap_i          (trap),
      .x_trap_interrupt_i(trap_interrupt),
      .x_trap_cause_i    (trap_cause),
      .x_trap_tval_i     (trap_tval),
      .hold_o            (retire_hold),
      .idle_o            (retire_idle),
      .retire_valid_o,
      .retire_hart_o,
      .retire_pc_o,
      .retire_insn_o,
      .retire_rd_we_o,
      .retire_rd_o,
      .retire_rd_data_o,
      .retire_mem_o,
      .retire_mem_size_o,
      .retire_mem_addr_o,
      .retire_mem_data_o,
      .retire_trap_o,
      .retire_cause_o,
      .retire_tval_o
  );

  // Commands.
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      command_valid_o <= '0;
    end else begin
      command_valid_o <= issue_command ? 3'b001 << x_insn[26:25] : 3'b000;
      if (issue_command) command_address_o <= x_a[31:0];
    end
  end

  core_harts u_harts (
      .clk_i,
      .rst_ni,
      .fire_i            (fire),
      .hart_i            (x_hart),
      .faults_i          (trap && mtvec == 64'd0),
      .sleep_wfi_i       (sleep_wfi),
      .park_semaphore_i  (park_semaphore),
      .semaphore_id_i    (wait_id_o),
      .semaphore_amount_i(wait_amount_o),
      .park_command_i    (park_command),
      .command_unit_i    (x_insn[26:25]),
      .park_remote_i     (park_remote),
      .interrupt_i       (interrupt),
      .wake_wfi_i        (wake_wfi),
      .wake_interrupt_i  (wake_interrupt),
      .wake_i,
      .command_ready_i   (command_ready),
      .remote_free_i     (remote_free),
      .start_valid_i,
      .stop_valid_i,
      .running_o         (running),
      .sleeping_wfi_o    (sleeping_wfi),
      .command_wait_o    (command_wait),
      .remote_wait_o     (remote_wait),
      .park_valid_o,
      .park_id_o,
      .park_amount_o,
      .hart_state_o,
      .idle_o            (harts_idle)
  );

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      for (int unsigned h = 0; h < 4; h++) pc_q[h] <= '0;
    end else begin
      if (fire) pc_q[x_hart] <= next_pc;
      if (start_valid_i != '0) begin
        for (int unsigned h = 0; h < 4; h++) if (start_valid_i[h]) pc_q[h] <= start_pc_i;
      end
    end
  end

  assign timer_enable_o = timer_enabled & (sleeping_wfi | (park_valid_o & global_enabled));
  assign idle_o = harts_idle && !x_valid && memory_idle && !muldiv_valid && retire_idle && command_valid_o == '0;

  // Integration checks.
  `DOJO_ASSERT(StartsStoppedHarts, (start_valid_i & (running | sleeping_wfi | park_valid_o)) == '0)
  // Implementation checks.
  `DOJO_ASSERT(FinishingIsNotExecuting, !(finish_valid && fire && finish_hart == x_hart))
  `DOJO_COVER(HoldForPort, x_valid && x_memory && !port_free)
  `DOJO_COVER(HoldForRetirement, x_valid && retire_hold)
  `DOJO_COVER(CommandWaits, command_wait != '0)
  `DOJO_COVER(RemoteStoreWaits, remote_wait != '0)
  `DOJO_COVER(InterruptGone, fire && x_op == core_pkg::OpInterrupt && !trap)
  `DOJO_COVER(WaitForMultiply, muldiv_done && !muldiv_take)

endmodule
