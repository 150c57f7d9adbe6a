// The node's scalar core: four harts of RV64IMAFC_Zicsr_Zifencei_Zfbfmin with Xdojo, in order, machine mode, precise traps.
//
// Function: docs/node.md and docs/hart.md. Simultaneous multithreading: each cycle one instruction issues from each of up to two harts.
// Stages: fetch with prediction (core_fetch), issue with decode and register read (core_issue), execute (core_execute,
// core_execute_second), where every instruction retires. Results of loads and atomic operations (core_memory), multiply, divide and
// floating point (core_late) come later; a hart waits for them only when an instruction needs them. Vector instructions go to the
// vector unit (core_vector_control).
// Latency in cycles until a dependent instruction can issue: ALU 1, multiply 2, load 2, atomic 2, divide 34 (32-bit 18),
// floating point 6 (division, root 18; comparisons, moves, conversions 4); jumps 1,
// mispredicted 3. Throughput: two instructions per cycle, of two harts; one of them may access memory.
// Back-pressure: a refused SRAM request holds only accesses, commands and fences that follow it; a full command queue or a remote
// store under way makes just that hart wait.
// Registered: all outputs but wait_*, mmio_*, s_* and idle_o, which are functions of registers (idle_o: and of wake_i and irq_*).
// Nothing reads cycle_i combinationally.
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
    // commands, one-hot by bit 1 of unit_e
    output logic [1:0]   command_valid_o,
    output logic [31:0]  command_address_o,
    output logic [1:0]   command_hart_o,
    input  logic [1:0]   command_ready_i,
    // vector unit
    output logic                  vector_dispatch_valid_o,
    output vector_pkg::dispatch_t vector_dispatch_o,
    input  logic                  vector_dispatch_ready_i,
    input  vector_pkg::tag_t      vector_dispatch_tag_i,   // of the next dispatch
    input  logic                  vector_done_valid_i,
    input  vector_pkg::done_t     vector_done_i,
    input  logic [3:0]            vector_busy_i,
    input  logic [3:0]            vector_loads_i,
    input  logic [3:0]            vector_stores_i,
    // protection of vector accesses
    output logic [3:0]   pmp_enforced_o,
    input  logic         check_valid_i,
    input  logic [1:0]   check_hart_i,
    input  logic [63:0]  check_address_i,
    input  logic [1:0]   check_size_i,
    input  logic         check_write_i,
    output logic         check_ok_o,
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
    input  logic [3:0]   irq_external_i,
    output logic [3:0]   external_enable_o,
    output logic [3:0]   timer_enable_o,  // harts that sleep and that their timer interrupt would wake
    input  logic [63:0]  node_counter_i[dojo_pkg::NodeCounters],
    output logic [11:0]  hart_state_o,
    output logic         idle_o,
    // retirement: an instruction per slot, and results that come later
    output logic [1:0]   retire_valid_o,
    output logic [1:0]   retire_hart_o[2],
    output logic [63:0]  retire_pc_o[2],
    output logic [31:0]  retire_insn_o[2],
    output logic [1:0]   retire_rd_we_o,
    output logic [1:0]   retire_late_o,
    output logic [5:0]   retire_rd_o[2],
    output logic [63:0]  retire_rd_data_o[2],
    output logic [1:0]   retire_mem_o[2],
    output logic [1:0]   retire_mem_size_o[2],
    output logic [63:0]  retire_mem_addr_o[2],
    output logic [63:0]  retire_mem_data_o[2],
    output logic [1:0]   retire_trap_o,
    output logic [63:0]  retire_cause_o[2],
    output logic [63:0]  retire_tval_o[2],
    output logic         retire_vector_o,  // port 0: an instruction of the vector unit
    output vector_pkg::tag_t retire_vector_tag_o,
    output logic         late_valid_o,
    output logic [1:0]   late_hart_o,
    output logic         late_we_o,
    output logic [5:0]   late_rd_o,
    output logic [63:0]  late_data_o,
    output logic         late_stored_valid_o,
    output logic [63:0]  late_stored_o
);

  // Harts.
  logic [63:0] pc_q[4]  /*verilator public_flat_rd*/;  // next instruction to execute
  logic [3:0]  running, sleeping_wfi, command_wait, remote_wait;
  logic        harts_idle;

  // Instruction registers.
  logic [3:0]    ir_valid, ir_compressed, ir_fault, ir_fault_second, ir_memory, ir_divide, ir_first, ir_taken, consume;
  logic [3:0]    ir_floating, ir_vectorial, ir_csr, ir_reads, ir_changes;
  logic [63:0]   ir_pc[4], ir_uses[4], ir_target[4];
  logic [31:0]   ir_insn[4], ir_expanded[4];
  logic [2:0]    ir_depth[4];
  logic          fetch_valid, fetch_demand, fetch_ready, fill_valid;
  logic [14:0]   fetch_line;
  logic [3:0]    fetch_stall;

  // Execute stage, both slots.
  logic [1:0]    x_valid, x_word, x_alternate, x_memory, x_writes_rd, x_compressed, x_predicted;
  logic          x_fault_second, x_ordered;
  logic [1:0]    x_hart[2], x_mem[2];
  core_pkg::op_e x_op[2];
  logic [2:0]    x_funct3[2], x_depth[2];
  logic [5:0]    x_rd[2];
  logic [31:0]   x_insn[2];
  logic [63:0]   x_pc[2], x_a[2], x_b[2], x_immediate[2], x_target[2], x_address[2];
  logic [1:0]    hold, fire, retire, result_valid, result_late, redirect, access, branch, agrees, jump;
  logic [63:0]   result[2], next_pc[2];
  logic [3:0]    wait_result, wait_slot, held_harts;

  // Slot 0 alone.
  logic          trap, trap_interrupt, mret, fence_i, csr_write, multiply, divide;
  logic          remote_store, issue_command, sleep_wfi, park_semaphore, park_command, park_remote, replay;
  logic [63:0]   trap_tval;
  logic [5:0]    trap_cause;
  logic          csr_valid, csr_writes, csr_illegal;
  logic [63:0]   csr_write_data, csr_data, mtvec, mepc;
  logic [3:0]    pending, interrupt, interrupt_software, wake_wfi, wake_interrupt, timer_enabled, global_enabled;
  logic [1:0]    command_ready;
  logic          remote_free;

  // Memory, multiply and divide, late results.
  logic          port_free, memory_idle, memory_late, memory_writes_rd, stored_valid;
  logic [1:0]    memory_hart;
  logic [5:0]    memory_rd;
  logic [63:0]   memory_data, stored;
  logic          multiply_ready, divider_busy, float_busy, late_idle;
  logic [3:0]    float_harts;
  logic          late_valid;
  logic [1:0]    late_hart;
  logic [5:0]    late_rd;
  logic [63:0]   late_data;

  // Floating point and vectors.
  logic                  x_rounded, float_start, float_change, float_done, extension_found, status_write;
  logic [1:0]            x_float, float_hart, float_status, vector_status, vxrm;
  float_pkg::unit_op_e   x_unit;
  logic [31:0]           x_c;
  logic [4:0]            float_flags;
  logic [3:0]            float_dirty, vector_waiting, vector_held;
  logic [63:0]           extension_data, seed;
  logic [2:0]            frm;
  logic [9:0]            vl, set_vl;
  logic [7:0]            vtype, set_vtype;
  logic [8:0]            vstart;
  logic                  vill, set_vill, vector_set, vector_finish, vector_legal, vector_float, stochastic, vector_completed;
  /* verilator lint_off UNUSEDSIGNAL */  // fields that matter when it comes
  vector_pkg::done_t     completion;
  /* verilator lint_on UNUSEDSIGNAL */

  // Protection.
  logic                  fetch_denied, fetch_denied_second, access_denied, range_valid, range_write, pmp_found;
  logic [9:0]            range_bytes;
  logic [63:0]           pmp_data;
  logic [3:0]            interrupt_external;

  // A slot holds for the SRAM port and the multiplier, and drops the instruction of a hart that stops.
  assign hold[0] = x_valid[0] && (((x_memory[0] || x_ordered) && !port_free) || stop_valid_i[x_hart[0]] ||
                                  (x_op[0] == core_pkg::OpMultiply && !multiply_ready));
  assign hold[1] = x_valid[1] && ((x_memory[1] && !port_free) || stop_valid_i[x_hart[1]]);
  assign held_harts    = (hold[0] ? 4'b0001 << x_hart[0] : 4'b0000) | (hold[1] ? 4'b0001 << x_hart[1] : 4'b0000);
  assign command_ready = command_ready_i & ~command_valid_o;  // a command under way may take the last place
  assign remote_free   = !remote_valid_o || remote_ready_i;
  assign jump          = {x_op[1] == core_pkg::OpBranch || x_op[1] == core_pkg::OpJal || x_op[1] == core_pkg::OpJalr,
                          x_op[0] == core_pkg::OpBranch || x_op[0] == core_pkg::OpJal || x_op[0] == core_pkg::OpJalr};

  core_fetch u_fetch (
      .clk_i,
      .rst_ni,
      .run_i            (running),
      .redirect_valid_i (redirect),
      .redirect_hart_i  (x_hart),
      .redirect_pc_i    (next_pc),
      .redirect_depth_i (x_depth),
      .start_valid_i,
      .start_pc_i,
      .fence_i_i        (fence_i),
      .branch_valid_i   (branch),
      .branch_pc_i      (x_pc),
      .branch_agrees_i  (agrees),
      .ir_valid_o       (ir_valid),
      .ir_pc_o          (ir_pc),
      .ir_insn_o        (ir_insn),
      .ir_expanded_o    (ir_expanded),
      .ir_compressed_o  (ir_compressed),
      .ir_fault_o       (ir_fault),
      .ir_fault_second_o(ir_fault_second),
      .ir_memory_o      (ir_memory),
      .ir_divide_o      (ir_divide),
      .ir_first_o       (ir_first),
      .ir_floating_o    (ir_floating),
      .ir_vectorial_o   (ir_vectorial),
      .ir_csr_o         (ir_csr),
      .ir_reads_o       (ir_reads),
      .ir_changes_o     (ir_changes),
      .ir_uses_o        (ir_uses),
      .ir_taken_o       (ir_taken),
      .ir_target_o      (ir_target),
      .ir_depth_o       (ir_depth),
      .consume_i        (consume),
      .request_valid_o  (fetch_valid),
      .request_demand_o (fetch_demand),
      .request_line_o   (fetch_line),
      .request_ready_i  (fetch_ready),
      .fill_valid_i     (fill_valid),
      .fill_data_i      (s_rdata_i),
      .stall_o          (fetch_stall)
  );

  core_issue u_issue (
      .clk_i,
      .rst_ni,
      .run_i            (running & ~command_wait & ~remote_wait & ~vector_waiting),
      .divider_busy_i   (divider_busy),
      .float_busy_i     (float_busy),
      .float_harts_i    (float_harts),
      .vector_ready_i   (vector_dispatch_ready_i),
      .vector_harts_i   (vector_busy_i),
      .vector_loads_i,
      .vector_stores_i,
      .protected_i      (pmp_enforced_o),
      .interrupt_i      (interrupt & ~vector_held),
      .kill_i           (stop_valid_i),
      .ir_valid_i       (ir_valid),
      .ir_pc_i          (ir_pc),
      .ir_insn_i        (ir_insn),
      .ir_expanded_i    (ir_expanded),
      .ir_compressed_i  (ir_compressed),
      .ir_fault_i       (ir_fault),
      .ir_fault_second_i(ir_fault_second),
      .ir_memory_i      (ir_memory),
      .ir_divide_i      (ir_divide),
      .ir_first_i       (ir_first),
      .ir_floating_i    (ir_floating),
      .ir_vectorial_i   (ir_vectorial),
      .ir_csr_i         (ir_csr),
      .ir_reads_i       (ir_reads),
      .ir_changes_i     (ir_changes),
      .ir_uses_i        (ir_uses),
      .ir_taken_i       (ir_taken),
      .ir_target_i      (ir_target),
      .ir_depth_i       (ir_depth),
      .consume_o        (consume),
      .hold_i           (hold),
      .redirect_valid_i (redirect),
      .replay_i         (replay),
      .x_valid_o        (x_valid),
      .x_hart_o         (x_hart),
      .x_op_o           (x_op),
      .x_funct3_o       (x_funct3),
      .x_word_o         (x_word),
      .x_alternate_o    (x_alternate),
      .x_memory_o       (x_memory),
      .x_ordered_o      (x_ordered),
      .x_writes_rd_o    (x_writes_rd),
      .x_rd_o           (x_rd),
      .x_float_o        (x_float),
      .x_rounded_o      (x_rounded),
      .x_unit_o         (x_unit),
      .x_c_o            (x_c),
      .x_compressed_o   (x_compressed),
      .x_predicted_o    (x_predicted),
      .x_fault_second_o (x_fault_second),
      .x_insn_o         (x_insn),
      .x_pc_o           (x_pc),
      .x_a_o            (x_a),
      .x_b_o            (x_b),
      .x_immediate_o    (x_immediate),
      .x_target_o       (x_target),
      .x_depth_o        (x_depth),
      .fire_i           (fire),
      .result_valid_i   (result_valid),
      .result_i         (result),
      .result_late_i    (result_late),
      .late_valid_i     (late_valid),
      .late_hart_i      (late_hart),
      .late_rd_i        (late_rd),
      .late_data_i      (late_data),
      .wait_result_o    (wait_result),
      .wait_slot_o      (wait_slot)
  );

  core_execute u_execute (
      .valid_i             (x_valid[0]),
      .hold_i              (hold[0]),
      .op_i                (x_op[0]),
      .funct3_i            (x_funct3[0]),
      .word_i              (x_word[0]),
      .alternate_i         (x_alternate[0]),
      .memory_i            (x_memory[0]),
      .float_i             (x_float[0]),
      .rounded_i           (x_rounded),
      .fetch_denied_i      (fetch_denied),
      .fetch_denied_second_i(fetch_denied_second),
      .access_denied_i     (access_denied),
      .writes_rd_i         (x_writes_rd[0]),
      .compressed_i        (x_compressed[0]),
      .predicted_i         (x_predicted[0]),
      .fault_second_i      (x_fault_second),
      .insn_i              (x_insn[0]),
      .pc_i                (x_pc[0]),
      .a_i                 (x_a[0]),
      .b_i                 (x_b[0]),
      .immediate_i         (x_immediate[0]),
      .target_i            (x_target[0]),
      .csr_valid_o         (csr_valid),
      .csr_writes_o        (csr_writes),
      .csr_write_data_o    (csr_write_data),
      .csr_illegal_i       (csr_illegal),
      .csr_data_i          (csr_data),
      .mtvec_i             (mtvec),
      .mepc_i              (mepc),
      .interrupt_i         (interrupt[x_hart[0]]),
      .interrupt_external_i(interrupt_external[x_hart[0]]),
      .interrupt_software_i(interrupt_software[x_hart[0]]),
      .float_on_i          (float_status != 2'd0),
      .vector_on_i         (vector_status != 2'd0),
      .frm_i               (frm),
      .vector_length_i     (set_vl),
      .vector_legal_i      (vector_legal),
      .vector_ready_i      (vector_dispatch_ready_i),
      .vector_synchronous_i(vector_dispatch_o.synchronous),
      .vector_completed_i  (vector_completed),
      .vector_trap_i       (completion.trap),
      .vector_cause_i      (completion.cause),
      .vector_tval_i       (completion.tval),
      .vector_result_i     (completion.result),
      .wfi_pending_i       (pending[x_hart[0]]),
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
      .fire_o              (fire[0]),
      .retire_o            (retire[0]),
      .result_valid_o      (result_valid[0]),
      .result_late_o       (result_late[0]),
      .result_o            (result[0]),
      .next_pc_o           (next_pc[0]),
      .redirect_o          (redirect[0]),
      .trap_o              (trap),
      .trap_interrupt_o    (trap_interrupt),
      .trap_cause_o        (trap_cause),
      .trap_tval_o         (trap_tval),
      .mret_o              (mret),
      .fence_i_o           (fence_i),
      .csr_write_o         (csr_write),
      .access_o            (access[0]),
      .multiply_o          (multiply),
      .divide_o            (divide),
      .float_o             (float_start),
      .float_change_o      (float_change),
      .vector_set_o        (vector_set),
      .vector_dispatch_o   (vector_dispatch_valid_o),
      .vector_finish_o     (vector_finish),
      .remote_o            (remote_store),
      .issue_o             (issue_command),
      .sleep_wfi_o         (sleep_wfi),
      .park_semaphore_o    (park_semaphore),
      .park_command_o      (park_command),
      .park_remote_o       (park_remote),
      .address_o           (x_address[0]),
      .mem_o               (x_mem[0]),
      .branch_o            (branch[0]),
      .agrees_o            (agrees[0])
  );

  core_execute_second u_execute_second (
      .valid_i       (x_valid[1]),
      .hold_i        (hold[1]),
      .op_i          (x_op[1]),
      .funct3_i      (x_funct3[1]),
      .word_i        (x_word[1]),
      .alternate_i   (x_alternate[1]),
      .writes_rd_i   (x_writes_rd[1]),
      .float_i       (x_float[1]),
      .float_dirty_i (float_dirty[x_hart[1]]),
      .compressed_i  (x_compressed[1]),
      .predicted_i   (x_predicted[1]),
      .pc_i          (x_pc[1]),
      .a_i           (x_a[1]),
      .b_i           (x_b[1]),
      .immediate_i   (x_immediate[1]),
      .target_i      (x_target[1]),
      .fire_o        (fire[1]),
      .retire_o      (retire[1]),
      .result_valid_o(result_valid[1]),
      .result_late_o (result_late[1]),
      .result_o      (result[1]),
      .next_pc_o     (next_pc[1]),
      .redirect_o    (redirect[1]),
      .replay_o      (replay),
      .access_o      (access[1]),
      .address_o     (x_address[1]),
      .mem_o         (x_mem[1]),
      .branch_o      (branch[1]),
      .agrees_o      (agrees[1])
  );

  core_csr u_csr (
      .clk_i,
      .rst_ni,
      .x_i,
      .y_i,
      .cycle_i,
      .irq_software_i,
      .irq_timer_i,
      .irq_external_i,
      .node_counter_i,
      .read_valid_i        (csr_valid),
      .hart_i              (x_hart[0]),
      .address_i           (x_insn[0][31:20]),
      .writes_i            (csr_writes),
      .found_i             (extension_found || pmp_found),
      .found_data_i        (extension_data | pmp_data),
      .float_status_i      (float_status),
      .vector_status_i     (vector_status),
      .status_write_o      (status_write),
      .illegal_o           (csr_illegal),
      .read_data_o         (csr_data),
      .write_valid_i       (csr_write),
      .write_data_i        (csr_write_data),
      .trap_valid_i        (trap),
      .trap_interrupt_i    (trap_interrupt),
      .trap_cause_i        (trap_cause),
      .trap_pc_i           (x_pc[0]),
      .trap_tval_i         (trap_tval),
      .mret_valid_i        (mret),
      .mtvec_o             (mtvec),
      .mepc_o              (mepc),
      .pending_o           (pending),
      .interrupt_o         (interrupt),
      .interrupt_external_o(interrupt_external),
      .interrupt_software_o(interrupt_software),
      .wake_wfi_o          (wake_wfi),
      .wake_o              (wake_interrupt),
      .timer_enable_o      (timer_enabled),
      .external_enable_o,
      .global_enable_o     (global_enabled),
      .retire_valid_i      ({retire[1], retire[0] && !trap}),
      .retire_hart_i       (x_hart),
      .mispredicted_i      (redirect & jump),
      .fetch_stall_i       (fetch_stall),
      .memory_stall_i      (wait_result | remote_wait | held_harts),
      .command_stall_i     (command_wait),
      .slot_stall_i        (wait_slot)
  );

  core_extension_csr u_extension_csr (
      .clk_i,
      .rst_ni,
      .hart_i             (x_hart[0]),
      .read_valid_i       (csr_valid),
      .address_i          (x_insn[0][31:20]),
      .found_o            (extension_found),
      .read_data_o        (extension_data),
      .write_valid_i      (csr_write),
      .write_data_i       (csr_write_data),
      .status_write_i     (status_write),
      .float_status_o     (float_status),
      .vector_status_o    (vector_status),
      .float_dirty_o      (float_dirty),
      .frm_o              (frm),
      .vxrm_o             (vxrm),
      .vl_o               (vl),
      .vtype_o            (vtype),
      .vill_o             (vill),
      .vstart_o           (vstart),
      .seed_o             (seed),
      .float_i            (float_change || (vector_dispatch_valid_o && vector_dispatch_ready_i && vector_float)),
      .vector_i           (vector_set || (vector_dispatch_valid_o && vector_dispatch_ready_i)),
      .vset_i             (vector_set),
      .vset_vl_i          (set_vl),
      .vset_vtype_i       (set_vtype),
      .vset_vill_i        (set_vill),
      .dispatch_i         (vector_dispatch_valid_o && vector_dispatch_ready_i),
      .stochastic_i       (stochastic),
      .complete_i         (vector_finish),
      .complete_vl_i      (completion.vl_valid),
      .complete_vl_value_i(completion.vl),
      .complete_trap_i    (completion.trap),
      .complete_vstart_i  (completion.vstart[8:0]),
      .float_done_i       (float_done),
      .float_hart_i       (float_hart),
      .float_flags_i      (float_flags),
      .vector_done_i      (vector_done_valid_i),
      .vector_hart_i      (vector_done_i.hart),
      .vector_flags_i     (vector_done_i.fflags),
      .vector_vxsat_i     (vector_done_i.vxsat),
      .vector_xcfflags_i  (vector_done_i.xcfflags)
  );

  core_vector_control u_vector_control (
      .clk_i,
      .rst_ni,
      .set_i         (x_valid[0] && x_op[0] == core_pkg::OpVectorSet),
      .valid_i       (x_valid[0] && x_op[0] == core_pkg::OpVector),
      .hart_i        (x_hart[0]),
      .insn_i        (x_insn[0]),
      .a_i           (x_a[0]),
      .b_i           (x_b[0]),
      .float_on_i    (float_status != 2'd0),
      .vector_on_i   (vector_status != 2'd0),
      .frm_i         (frm),
      .vxrm_i        (vxrm),
      .vl_i          (vl),
      .vtype_i       (vtype),
      .vill_i        (vill),
      .vstart_i      (vstart),
      .seed_i        (seed),
      .set_vl_o      (set_vl),
      .set_vtype_o   (set_vtype),
      .set_vill_o    (set_vill),
      .range_valid_o (range_valid),
      .range_bytes_o (range_bytes),
      .range_write_o (range_write),
      .range_denied_i(access_denied),
      .legal_o       (vector_legal),
      .float_o       (vector_float),
      .stochastic_o  (stochastic),
      .dispatch_o    (vector_dispatch_o),
      .dispatch_i    (vector_dispatch_valid_o && vector_dispatch_ready_i),
      .completed_o   (vector_completed),
      .completion_o  (completion),
      .finish_i      (vector_finish),
      .done_valid_i  (vector_done_valid_i),
      .done_i        (vector_done_i),
      .start_valid_i,
      .waiting_o     (vector_waiting),
      .held_o        (vector_held)
  );

  core_pmp u_pmp (
      .clk_i,
      .rst_ni,
      .enforced_o      (pmp_enforced_o),
      .valid_i         (x_valid[0]),
      .hart_i          (x_hart[0]),
      .pc_i            (x_pc[0]),
      .compressed_i    (x_compressed[0]),
      .fetch_denied_o  (fetch_denied),
      .fetch_second_o  (fetch_denied_second),
      .access_valid_i  (x_memory[0] || range_valid),
      .access_address_i(range_valid ? x_a[0] : x_address[0]),
      .access_bytes_i  (range_valid ? range_bytes : 10'd1 << x_funct3[0][1:0]),
      .access_read_i   (range_valid ? !range_write : x_op[0] == core_pkg::OpLoad ||
                        (x_op[0] == core_pkg::OpAtomic && x_insn[0][31:27] != core_pkg::AtomicSc)),
      .access_write_i  (range_valid ? range_write : x_op[0] == core_pkg::OpStore ||
                        (x_op[0] == core_pkg::OpAtomic && x_insn[0][31:27] != core_pkg::AtomicLr)),
      .access_denied_o (access_denied),
      .check_valid_i,
      .check_hart_i,
      .check_address_i,
      .check_size_i,
      .check_write_i,
      .check_ok_o,
      .read_valid_i    (csr_valid),
      .address_i       (x_insn[0][31:20]),
      .found_o         (pmp_found),
      .read_data_o     (pmp_data),
      .write_valid_i   (csr_write),
      .write_data_i    (csr_write_data)
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
      .fetch_valid_i      (fetch_valid),
      .fetch_demand_i     (fetch_demand),
      .fetch_line_i       (fetch_line),
      .fetch_ready_o      (fetch_ready),
      .fill_valid_o       (fill_valid),
      .port_free_o        (port_free),
      .access_valid_i     (access != 2'b00),
      .access_hart_i      (access[1] ? x_hart[1] : x_hart[0]),
      .access_op_i        (access[1] ? x_op[1] : x_op[0]),
      .access_atomic_i    (x_insn[0][31:27]),
      .access_funct3_i    (access[1] ? x_funct3[1] : x_funct3[0]),
      .access_address_i   (access[1] ? x_address[1] : x_address[0]),
      .access_data_i      (access[1] ? x_b[1] : x_b[0]),
      .access_writes_rd_i (access[1] ? x_writes_rd[1] : x_writes_rd[0]),
      .access_rd_i        (access[1] ? x_rd[1] : x_rd[0]),
      .start_valid_i,
      .idle_o             (memory_idle),
      .late_valid_o       (memory_late),
      .late_hart_o        (memory_hart),
      .late_writes_rd_o   (memory_writes_rd),
      .late_rd_o          (memory_rd),
      .late_data_o        (memory_data),
      .late_stored_valid_o(stored_valid),
      .late_stored_o      (stored),
      .remote_store_i     (remote_store),
      .remote_valid_o,
      .remote_address_o,
      .remote_data_o,
      .remote_size_o,
      .remote_ready_i
  );

  core_late u_late (
      .clk_i,
      .rst_ni,
      .multiply_i           (multiply),
      .divide_i             (divide),
      .float_i              (float_start),
      .hart_i               (x_hart[0]),
      .funct3_i             (x_funct3[0]),
      .word_i               (x_word[0]),
      .unit_i               (x_unit),
      .frm_i                (frm),
      .a_i                  (x_a[0]),
      .b_i                  (x_b[0]),
      .c_i                  (x_c),
      .writes_rd_i          (x_writes_rd[0]),
      .rd_i                 (x_rd[0]),
      .multiply_ready_o     (multiply_ready),
      .divider_busy_o       (divider_busy),
      .float_busy_o         (float_busy),
      .float_harts_o        (float_harts),
      .memory_valid_i       (memory_late),
      .memory_hart_i        (memory_hart),
      .memory_writes_rd_i   (memory_writes_rd),
      .memory_rd_i          (memory_rd),
      .memory_data_i        (memory_data),
      .memory_stored_valid_i(stored_valid),
      .memory_stored_i      (stored),
      .result_valid_o       (late_valid),
      .result_hart_o        (late_hart),
      .result_rd_o          (late_rd),
      .result_o             (late_data),
      .float_done_o         (float_done),
      .float_hart_o         (float_hart),
      .float_flags_o        (float_flags),
      .idle_o               (late_idle),
      .late_valid_o,
      .late_hart_o,
      .late_we_o,
      .late_rd_o,
      .late_data_o,
      .late_stored_valid_o,
      .late_stored_o
  );

  for (genvar s = 0; s < 2; s++) begin : gen_retire
    core_retire u_retire (
        .clk_i,
        .rst_ni,
        .valid_i          (retire[s]),
        .hart_i           (x_hart[s]),
        .pc_i             (x_pc[s]),
        .insn_i           (x_insn[s]),
        .writes_rd_i      (result_valid[s] || (result_late[s] && x_writes_rd[s])),
        .late_i           (result_late[s]),
        .rd_i             (x_rd[s]),
        .result_i         (result[s]),
        .mem_i            (x_mem[s]),
        .size_i           (x_funct3[s][1:0]),
        .address_i        (x_address[s]),
        .stored_i         (x_b[s]),
        .trap_i           (s == 0 && trap),
        .cause_i          ({trap_interrupt, 57'd0, trap_cause}),
        .tval_i           (trap_tval),
        .retire_valid_o   (retire_valid_o[s]),
        .retire_hart_o    (retire_hart_o[s]),
        .retire_pc_o      (retire_pc_o[s]),
        .retire_insn_o    (retire_insn_o[s]),
        .retire_rd_we_o   (retire_rd_we_o[s]),
        .retire_late_o    (retire_late_o[s]),
        .retire_rd_o      (retire_rd_o[s]),
        .retire_rd_data_o (retire_rd_data_o[s]),
        .retire_mem_o     (retire_mem_o[s]),
        .retire_mem_size_o(retire_mem_size_o[s]),
        .retire_mem_addr_o(retire_mem_addr_o[s]),
        .retire_mem_data_o(retire_mem_data_o[s]),
        .retire_trap_o    (retire_trap_o[s]),
        .retire_cause_o   (retire_cause_o[s]),
        .retire_tval_o    (retire_tval_o[s])
    );
  end

  // Vector instructions retire when they are dispatched, synchronous ones when their completion is taken.
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      retire_vector_o <= 1'b0;
    end else begin
      retire_vector_o <= retire[0] && (vector_dispatch_valid_o || vector_finish);
      if (vector_dispatch_valid_o || vector_finish) retire_vector_tag_o <= vector_finish ? completion.tag : vector_dispatch_tag_i;
    end
  end

  // Commands.
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      command_valid_o <= '0;
    end else begin
      command_valid_o <= issue_command ? 2'b01 << x_insn[0][26] : 2'b00;
      if (issue_command) begin
        command_address_o <= x_a[0][31:0];
        command_hart_o    <= x_hart[0];
      end
    end
  end

  core_harts u_harts (
      .clk_i,
      .rst_ni,
      .fire_i            (fire[0]),
      .hart_i            (x_hart[0]),
      .faults_i          (trap && mtvec == 64'd0),
      .sleep_wfi_i       (sleep_wfi),
      .park_semaphore_i  (park_semaphore),
      .semaphore_id_i    (wait_id_o),
      .semaphore_amount_i(wait_amount_o),
      .park_command_i    (park_command),
      .command_unit_i    (x_insn[0][26]),
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
      for (int unsigned s = 0; s < 2; s++) if (fire[s]) pc_q[x_hart[s]] <= next_pc[s];
      if (start_valid_i != '0) begin
        for (int unsigned h = 0; h < 4; h++) if (start_valid_i[h]) pc_q[h] <= start_pc_i;
      end
    end
  end

  assign timer_enable_o = timer_enabled & (sleeping_wfi | (park_valid_o & global_enabled));
  assign idle_o = harts_idle && x_valid == '0 && memory_idle && late_idle && retire_valid_o == '0 && vector_held == '0 &&
                  command_valid_o == '0;

  // Integration checks.
  `DOJO_ASSERT(StartsStoppedHarts, (start_valid_i & (running | sleeping_wfi | park_valid_o)) == '0)
  // Implementation checks.
  `DOJO_ASSERT(OneAccess, access != 2'b11)
  `DOJO_COVER(HoldForPort, x_valid[0] && x_memory[0] && !port_free)
  `DOJO_COVER(SecondHoldsForPort, x_valid[1] && x_memory[1] && !port_free)
  `DOJO_COVER(HoldForMultiplier, x_valid[0] && x_op[0] == core_pkg::OpMultiply && !multiply_ready)
  `DOJO_COVER(SecondAccesses, access[1])
  `DOJO_COVER(BothRedirect, redirect == 2'b11)
  `DOJO_COVER(CommandWaits, command_wait != '0)
  `DOJO_COVER(RemoteStoreWaits, remote_wait != '0)
  `DOJO_COVER(InterruptGone, fire[0] && x_op[0] == core_pkg::OpInterrupt && !trap)

endmodule
