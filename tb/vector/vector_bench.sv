// Bench of the vector unit: instructions come in as the core has them and are decoded and checked as the core does it; the memory behind the
// SRAM ports is the test's.
//
// Function: a load or store of consecutive bytes goes as checked if it is aligned and in the SRAM and its hart has no protection.
// A hart with protection may not touch the bytes refused_from_i .. refused_to_i - 1.
// Latency, throughput, back-pressure, registered: as the vector unit.
`include "dojo_assert.svh"
module vector_bench (
    input  logic         clk_i,
    input  logic         rst_ni,
    // an instruction
    input  logic         valid_i,
    input  logic [1:0]   hart_i,
    input  logic [31:0]  insn_i,
    input  logic [63:0]  rs1_i,
    input  logic [63:0]  rs2_i,
    input  logic [1:0]   sew_i,
    input  logic [2:0]   lmul_i,
    input  logic         vill_i,
    input  logic [9:0]   vl_i,
    input  logic [9:0]   vstart_i,
    input  logic [2:0]   frm_i,
    input  logic [1:0]   vxrm_i,
    output logic         accumulator_read_valid_o,
    output logic         accumulator_write_valid_o,
    output logic [5:0]   accumulator_line_o,
    output logic [511:0] accumulator_data_o,
    output logic [15:0]  accumulator_enable_o,
    input  logic [511:0] accumulator_data_i,
    output logic         ready_o,
    output logic         legal_o,
    output logic         synchronous_o,
    output logic [1:0]   class_o,
    output logic [31:0]  reads_o,
    output logic [31:0]  writes_o,
    output logic [3:0]   tag_o,
    // completions and levels
    output logic         done_valid_o,
    output logic [1:0]   done_hart_o,
    output logic [3:0]   done_tag_o,
    output logic         done_synchronous_o,
    output logic         done_result_valid_o,
    output logic [63:0]  done_result_o,
    output logic [4:0]   done_fflags_o,
    output logic         done_vxsat_o,
    output logic         done_vl_valid_o,
    output logic [9:0]   done_vl_o,
    output logic         done_trap_o,
    output logic [5:0]   done_cause_o,
    output logic [63:0]  done_tval_o,
    output logic [9:0]   done_vstart_o,
    output logic [3:0]   busy_o,
    output logic [3:0]   loads_pending_o,
    output logic [3:0]   stores_pending_o,
    output logic         idle_o,
    // protection
    input  logic [3:0]   pmp_enforced_i,
    input  logic [63:0]  refused_from_i,
    input  logic [63:0]  refused_to_i,
    // SRAM
    output logic [1:0]   vr_valid_o,
    output logic [14:0]  vr_line_o[2],
    input  logic [1:0]   vr_grant_i,
    input  logic [1:0][511:0] vr_data_i,
    output logic         vw_valid_o,
    output logic [14:0]  vw_line_o,
    output logic [511:0] vw_data_o,
    output logic [63:0]  vw_be_o,
    input  logic         vw_grant_i,
    // counters
    output logic [63:0]  instructions_o,
    output logic [63:0]  busy_cycles_o,
    output logic [63:0]  memory_stalls_o,
    output logic [63:0]  register_stalls_o,
    output logic [63:0]  sram_stalls_o
);

  logic                  memory, checkable, checked, memory_legal, execute_legal, execute_float, execute_synchronous, stochastic;
  logic [31:0]           memory_reads, memory_writes, execute_reads, execute_writes;
  vector_pkg::class_e    memory_class;
  vector_pkg::memory_t   memory_record;
  vector_pkg::dispatch_t dispatch;
  logic [63:0]           check_address, end_address;
  logic [1:0]            check_hart, check_size;
  logic                  check_valid, check_write, check_ok;
  logic                  misaligned;

  assign memory = insn_i[6:0] == 7'h07 || insn_i[6:0] == 7'h27;

  vector_memory_decoder u_memory_decoder (
      .valid_i    (memory),
      .insn_i,
      .sew_i,
      .lmul_i,
      .vill_i,
      .vl_i,
      .legal_o    (memory_legal),
      .class_o    (memory_class),
      .checkable_o(checkable),
      .memory_o   (memory_record),
      .reads_o    (memory_reads),
      .writes_o   (memory_writes)
  );

  vector_decoder u_decoder (
      .valid_i      (!memory),
      .insn_i,
      .rs1_i,
      .sew_i,
      .lmul_i,
      .vill_i,
      .vstart_zero_i(vstart_i == 10'd0),
      .frm_i,
      .legal_o      (execute_legal),
      .float_o      (execute_float),
      .synchronous_o(execute_synchronous),
      .stochastic_o (stochastic),
      .reads_o      (execute_reads),
      .writes_o     (execute_writes)
  );

  assign end_address   = rs1_i + 64'(memory_record.bytes);
  assign misaligned    = (memory_record.width != 2'd0 && rs1_i[0]) || (memory_record.width == 2'd2 && rs1_i[1]);
  assign checked       = checkable && (memory_record.bytes == 10'd0
      || (!misaligned && core_pkg::in_sram(rs1_i) && core_pkg::in_sram(end_address - 64'd1) && !pmp_enforced_i[hart_i]));
  assign legal_o       = memory ? memory_legal : execute_legal;
  assign synchronous_o = memory ? !checked : execute_synchronous;
  assign class_o       = memory ? memory_class : vector_pkg::ClassExecute;
  assign reads_o       = memory ? memory_reads : execute_reads;
  assign writes_o      = memory ? memory_writes : execute_writes;

  always_comb begin
    dispatch             = '0;
    dispatch.hart        = hart_i;
    dispatch.insn        = insn_i;
    dispatch.rs1         = rs1_i;
    dispatch.rs2         = rs2_i;
    dispatch.sew         = sew_i;
    dispatch.lmul        = lmul_i;
    dispatch.vl          = vl_i;
    dispatch.vstart      = vstart_i;
    dispatch.frm         = frm_i;
    dispatch.vxrm        = vxrm_i;
    dispatch.synchronous = synchronous_o;
    dispatch.checked     = memory && checked;
    dispatch.unit        = vector_pkg::class_e'(class_o);
    dispatch.reads       = reads_o;
    dispatch.writes      = writes_o;
    dispatch.memory      = memory_record;
  end

  assign check_ok = !check_valid || check_address + (64'd1 << check_size) <= refused_from_i || check_address >= refused_to_i;

  /* verilator lint_off UNUSEDSIGNAL */  // flags of dojo.vcf
  vector_pkg::done_t done;
  /* verilator lint_on UNUSEDSIGNAL */
  assign done_hart_o         = done.hart;
  assign done_tag_o          = done.tag;
  assign done_synchronous_o  = done.synchronous;
  assign done_result_valid_o = done.result_valid;
  assign done_result_o       = done.result;
  assign done_fflags_o       = done.fflags;
  assign done_vxsat_o        = done.vxsat;
  assign done_vl_valid_o     = done.vl_valid;
  assign done_vl_o           = done.vl;
  assign done_trap_o         = done.trap;
  assign done_cause_o        = done.cause;
  assign done_tval_o         = done.tval;
  assign done_vstart_o       = done.vstart;

  vector_unit u_vector (
      .clk_i,
      .rst_ni,
      .dispatch_valid_i(valid_i && legal_o),
      .dispatch_i      (dispatch),
      .dispatch_ready_o(ready_o),
      .dispatch_tag_o  (tag_o),
      .done_valid_o,
      .done_o          (done),
      .busy_o,
      .loads_pending_o,
      .stores_pending_o,
      .pmp_enforced_i,
      .check_valid_o   (check_valid),
      .check_hart_o    (check_hart),
      .check_address_o (check_address),
      .check_size_o    (check_size),
      .check_write_o   (check_write),
      .check_ok_i      (check_ok),
      .vr_valid_o,
      .vr_line_o,
      .vr_grant_i,
      .vr_data_i,
      .vw_valid_o,
      .vw_line_o,
      .vw_data_o,
      .vw_be_o,
      .vw_grant_i,
      .instructions_o,
      .busy_cycles_o,
      .memory_stalls_o,
      .register_stalls_o,
      .sram_stalls_o,
      .accumulator_read_valid_o,
      .accumulator_write_valid_o,
      .accumulator_line_o,
      .accumulator_data_o,
      .accumulator_enable_o,
      .accumulator_data_i,
      .idle_o
  );

  // Integration checks.
  `DOJO_ASSERT(ChecksOnlyProtectedHarts, !check_valid || pmp_enforced_i[check_hart])
  `DOJO_ASSERT(NothingIsStochastic, !valid_i || !stochastic)
  `DOJO_COVER(StoreChecked, check_valid && check_write)
  `DOJO_COVER(FloatingPoint, valid_i && ready_o && execute_float)

endmodule
