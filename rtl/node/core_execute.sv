// Slot 0 of the execute stage: ALU, branches, addresses, CSR instructions, memory-mapped registers, Xdojo and traps.
//
// Function: computes from the x_* registers what the instruction does at this clock edge. Every instruction ends here; results of loads,
// atomic operations, multiply and divide come later (result_late_o). What cannot be done now (command queue full, remote store under way,
// semaphore short) makes the hart wait and execute it again.
// Latency, throughput: one instruction per cycle, combinational. Back-pressure: nothing happens while hold_i is high.
// Registered: nothing; only the mmio_* and wait_* outputs leave the core, and they depend on registers and hold_i.
module core_execute (
    // instruction
    input  logic          valid_i,
    input  logic          hold_i,
    input  core_pkg::op_e op_i,
    input  logic [2:0]    funct3_i,
    input  logic          word_i,
    input  logic          alternate_i,
    input  logic          memory_i,
    input  logic          float_i,               // f registers are concerned
    input  logic          rounded_i,             // funct3_i is a rounding mode
    input  logic          fetch_denied_i,        // by protection
    input  logic          fetch_denied_second_i, // ... the second half-word
    input  logic          access_denied_i,
    input  logic          writes_rd_i,
    input  logic          compressed_i,
    input  logic          predicted_i,           // the fetch went on at target_i
    input  logic          fault_second_i,
    input  logic [31:0]   insn_i,
    input  logic [63:0]   pc_i,
    input  logic [63:0]   a_i,
    input  logic [63:0]   b_i,
    input  logic [63:0]   immediate_i,
    input  logic [63:0]   target_i,
    // CSRs of the instruction's hart
    output logic          csr_valid_o,
    output logic          csr_writes_o,
    output logic [63:0]   csr_write_data_o,
    input  logic          csr_illegal_i,
    input  logic [63:0]   csr_data_i,
    input  logic [63:0]   mtvec_i,
    input  logic [63:0]   mepc_i,
    input  logic          interrupt_i,           // still pending and enabled
    input  logic          interrupt_software_i,
    input  logic          interrupt_external_i,
    input  logic          wfi_pending_i,
    // floating point and vectors
    input  logic          float_on_i,
    input  logic          vector_on_i,
    input  logic [2:0]    frm_i,
    input  logic [9:0]    vector_length_i,       // that vset* sets
    input  logic          vector_legal_i,
    input  logic          vector_ready_i,
    input  logic          vector_synchronous_i,
    input  logic          vector_completed_i,
    input  logic          vector_trap_i,
    input  logic [5:0]    vector_cause_i,
    input  logic [63:0]   vector_tval_i,
    input  logic [63:0]   vector_result_i,
    // memory-mapped registers
    output logic          mmio_valid_o,
    output logic          mmio_write_o,
    output logic [31:0]   mmio_address_o,
    output logic [1:0]    mmio_size_o,
    output logic [63:0]   mmio_wdata_o,
    input  logic [63:0]   mmio_rdata_i,
    input  logic          mmio_error_i,
    // semaphores, commands, remote stores
    output logic          wait_valid_o,
    output logic [4:0]    wait_id_o,
    output logic [31:0]   wait_amount_o,
    input  logic          wait_ok_i,
    input  logic [1:0]    command_ready_i,
    input  logic          remote_free_i,
    // effects at this clock edge; all low while hold_i is high
    output logic          fire_o,             // the instruction leaves the stage
    output logic          retire_o,           // and has happened, or traps
    output logic          result_valid_o,     // result_o goes to rd
    output logic          result_late_o,      // rd, or the value of an atomic operation, comes later
    output logic [63:0]   result_o,
    output logic [63:0]   next_pc_o,
    output logic          redirect_o,         // fetch goes on at next_pc_o
    output logic          trap_o,
    output logic          trap_interrupt_o,
    output logic [5:0]    trap_cause_o,
    output logic [63:0]   trap_tval_o,
    output logic          mret_o,
    output logic          fence_i_o,
    output logic          csr_write_o,
    output logic          access_o,           // to core_memory
    output logic          multiply_o,
    output logic          divide_o,
    output logic          float_o,            // to the floating-point unit
    output logic          float_change_o,     // floating-point state changes
    output logic          vector_set_o,
    output logic          vector_dispatch_o,
    output logic          vector_finish_o,    // the completion of a synchronous vector instruction is taken
    output logic          remote_o,           // remote store
    output logic          issue_o,            // command
    output logic          sleep_wfi_o,
    output logic          park_semaphore_o,
    output logic          park_command_o,
    output logic          park_remote_o,
    output logic [63:0]   address_o,
    output logic [1:0]    mem_o,              // memory effect
    output logic          branch_o,           // a branch is decided
    output logic          agrees_o            // backwards and taken, or forwards and not taken
);

  // Addresses.
  typedef enum logic [1:0] {
    RegionSram,
    RegionRegisters,
    RegionRemote,
    RegionNone
  } region_e;

  logic        is_store, misaligned;
  region_e     region;
  logic [63:0] address;

  function automatic logic in_region(input logic [63:0] where, input logic [39:0] base, input logic [39:0] size);
    return where[63:40] == 24'd0 && where[39:0] >= base && where[39:0] < base + size;
  endfunction

  always_comb begin
    address    = 64'd0;
    is_store   = 1'b0;
    misaligned = 1'b0;
    region     = RegionNone;
    if (valid_i && memory_i) begin
      address  = a_i + immediate_i;
      is_store = op_i == core_pkg::OpStore || (op_i == core_pkg::OpAtomic && insn_i[31:27] != core_pkg::AtomicLr);
      misaligned = core_pkg::is_misaligned(funct3_i[1:0], address[2:0]);
      if (core_pkg::in_sram(address)) region = RegionSram;
      else if (op_i == core_pkg::OpAtomic) region = RegionNone;
      else if (address[63]) region = (op_i == core_pkg::OpStore) ? RegionRemote : RegionNone;
      else if (in_region(address, dojo_pkg::ClintBase, dojo_pkg::ClintSize) ||
               in_region(address, dojo_pkg::ControlBase, dojo_pkg::ControlSize) ||
               in_region(address, dojo_pkg::SemaphoreBase, dojo_pkg::SemaphoreSize)) region = RegionRegisters;
    end
  end

  assign address_o      = address;
  assign mmio_valid_o   = region == RegionRegisters && !misaligned && !hold_i && !access_denied_i && !fetch_denied_i &&
                          !(float_i && !float_on_i);
  assign mmio_write_o   = is_store;
  assign mmio_address_o = address[31:0];
  assign mmio_size_o    = funct3_i[1:0];
  assign mmio_wdata_o   = b_i;

  assign wait_valid_o  = valid_i && op_i == core_pkg::OpSemaphoreWait && !hold_i && !fetch_denied_i;
  assign wait_id_o     = a_i[4:0];
  assign wait_amount_o = b_i[31:0];

  // CSR operand.
  logic [63:0] csr_operand;
  assign csr_valid_o      = valid_i && op_i == core_pkg::OpCsr;
  assign csr_operand      = funct3_i[2] ? {59'd0, insn_i[19:15]} : a_i;
  assign csr_writes_o     = funct3_i[1:0] == 2'd1 || insn_i[19:15] != 5'd0;
  assign csr_write_data_o = (funct3_i[1:0] == 2'd1) ? csr_operand
                          : (funct3_i[1:0] == 2'd2) ? csr_data_i | csr_operand : csr_data_i & ~csr_operand;

  logic [2:0] rounding;
  assign rounding = (funct3_i == 3'd7) ? frm_i : funct3_i;

  always_comb begin
    logic [63:0] sequential, target;
    logic        taken, happens, writes;
    sequential       = pc_i + (compressed_i ? 64'd2 : 64'd4);
    target           = pc_i + immediate_i;
    taken            = 1'b0;
    happens          = 1'b1;  // unless it has to wait
    writes           = writes_rd_i;
    fire_o           = valid_i && !hold_i;
    result_o         = 64'd0;
    next_pc_o        = sequential;
    redirect_o       = 1'b0;
    trap_o           = 1'b0;
    trap_interrupt_o = 1'b0;
    trap_cause_o     = 6'd0;
    trap_tval_o      = 64'd0;
    mret_o           = 1'b0;
    fence_i_o        = 1'b0;
    csr_write_o      = 1'b0;
    access_o         = 1'b0;
    multiply_o       = 1'b0;
    divide_o         = 1'b0;
    result_late_o    = 1'b0;
    branch_o         = 1'b0;
    agrees_o         = 1'b0;
    float_o          = 1'b0;
    float_change_o   = 1'b0;
    vector_set_o     = 1'b0;
    vector_dispatch_o = 1'b0;
    vector_finish_o  = 1'b0;
    remote_o         = 1'b0;
    issue_o          = 1'b0;
    sleep_wfi_o      = 1'b0;
    park_semaphore_o = 1'b0;
    park_command_o   = 1'b0;
    park_remote_o    = 1'b0;
    mem_o            = core_pkg::MemoryNone;
    if (fire_o) begin
      case (op_i)
        core_pkg::OpAlu: result_o = core_pkg::alu(funct3_i, alternate_i, word_i, a_i, b_i);
        core_pkg::OpBranch: begin
          branch_o   = 1'b1;
          taken      = core_pkg::branch_taken(funct3_i, a_i, b_i);
          agrees_o   = taken == immediate_i[63];
          next_pc_o  = taken ? target : sequential;
          redirect_o = taken != predicted_i;
        end
        core_pkg::OpJal: begin
          result_o   = sequential;
          next_pc_o  = target;
          redirect_o = !predicted_i;
        end
        core_pkg::OpJalr: begin
          result_o   = sequential;
          next_pc_o  = (a_i + immediate_i) & ~64'd1;
          redirect_o = !predicted_i || next_pc_o != target_i;
        end
        core_pkg::OpLoad, core_pkg::OpStore, core_pkg::OpAtomic: begin
          trap_tval_o    = address;
          float_change_o = float_i && !is_store;
          if (float_i && !float_on_i) begin
            trap_o       = 1'b1;
            trap_cause_o = core_pkg::CauseIllegal;
            trap_tval_o  = {32'd0, insn_i};
          end else if (misaligned) begin
            trap_o       = 1'b1;
            trap_cause_o = is_store ? core_pkg::CauseStoreMisaligned : core_pkg::CauseLoadMisaligned;
          end else if (access_denied_i) begin
            trap_o       = 1'b1;
            trap_cause_o = is_store ? core_pkg::CauseStoreAccess : core_pkg::CauseLoadAccess;
          end else if (region == RegionSram) begin
            access_o      = 1'b1;
            result_late_o = op_i != core_pkg::OpStore;
            writes        = 1'b0;
            mem_o         = (op_i == core_pkg::OpLoad || (op_i == core_pkg::OpAtomic && !is_store)) ? core_pkg::MemoryLoad
                          : (op_i == core_pkg::OpStore) ? core_pkg::MemoryStore : core_pkg::MemoryAtomic;
          end else if (region == RegionRemote) begin
            remote_o      = remote_free_i;
            park_remote_o = !remote_free_i;
            happens       = remote_free_i;
            mem_o         = core_pkg::MemoryStore;
          end else if (region == RegionRegisters && !mmio_error_i) begin
            result_o   = (funct3_i[1:0] == 2'd2 && !funct3_i[2]) ? {{32{mmio_rdata_i[31]}}, mmio_rdata_i[31:0]} : mmio_rdata_i;
            mem_o      = is_store ? core_pkg::MemoryStore : core_pkg::MemoryLoad;
            // The next instruction is fetched again, so that it sees what the store changes: interrupts, the hart itself.
            redirect_o = is_store;
          end else begin
            trap_o       = 1'b1;
            trap_cause_o = is_store ? core_pkg::CauseStoreAccess : core_pkg::CauseLoadAccess;
          end
        end
        core_pkg::OpMultiply: begin
          multiply_o    = 1'b1;
          result_late_o = 1'b1;
          writes        = 1'b0;
        end
        core_pkg::OpDivide: begin
          divide_o      = 1'b1;
          result_late_o = 1'b1;
          writes        = 1'b0;
        end
        core_pkg::OpFloat: begin
          float_o        = float_on_i && !(rounded_i && rounding > 3'd4);
          float_change_o = float_o;
          result_late_o  = float_o;
          writes         = 1'b0;
          trap_o         = !float_o;
          trap_cause_o   = core_pkg::CauseIllegal;
          trap_tval_o    = {32'd0, insn_i};
        end
        core_pkg::OpMoveHalf: begin
          result_o       = insn_i[28] ? {32'd0, 16'hffff, a_i[15:0]} : {{48{a_i[15]}}, a_i[15:0]};
          float_change_o = float_on_i;
          trap_o         = !float_on_i;
          trap_cause_o   = core_pkg::CauseIllegal;
          trap_tval_o    = {32'd0, insn_i};
        end
        core_pkg::OpVectorSet: begin
          result_o     = 64'(vector_length_i);
          vector_set_o = vector_on_i;
          trap_o       = !vector_on_i;
          trap_cause_o = core_pkg::CauseIllegal;
          trap_tval_o  = {32'd0, insn_i};
        end
        core_pkg::OpVector: begin
          if (vector_completed_i) begin
            vector_finish_o = 1'b1;
            result_o        = vector_result_i;
            trap_o          = vector_trap_i;
            trap_cause_o    = vector_cause_i;
            trap_tval_o     = vector_tval_i;
          end else if (!vector_legal_i) begin
            trap_o       = 1'b1;
            trap_cause_o = core_pkg::CauseIllegal;
            trap_tval_o  = {32'd0, insn_i};
          end else begin
            // Without room, or until it is complete, the hart is back at this instruction.
            vector_dispatch_o = vector_ready_i;
            happens           = vector_ready_i && !vector_synchronous_i;
            writes            = 1'b0;
            next_pc_o         = happens ? sequential : pc_i;
            redirect_o        = !happens;
          end
        end
        core_pkg::OpCsr: begin
          result_o     = csr_data_i;
          csr_write_o  = csr_writes_o && !csr_illegal_i;
          trap_o       = csr_illegal_i;
          trap_cause_o = core_pkg::CauseIllegal;
          trap_tval_o  = {32'd0, insn_i};
        end
        core_pkg::OpFence: ;
        core_pkg::OpFenceI: begin
          fence_i_o  = 1'b1;
          redirect_o = 1'b1;
        end
        core_pkg::OpEcall: begin
          trap_o       = 1'b1;
          trap_cause_o = core_pkg::CauseEcall;
        end
        core_pkg::OpEbreak: begin
          trap_o       = 1'b1;
          trap_cause_o = core_pkg::CauseBreakpoint;
          trap_tval_o  = pc_i;
        end
        core_pkg::OpMret: begin
          mret_o     = 1'b1;
          next_pc_o  = mepc_i;
          redirect_o = 1'b1;
        end
        core_pkg::OpWfi: begin
          sleep_wfi_o = !wfi_pending_i;
          redirect_o  = !wfi_pending_i;
        end
        core_pkg::OpIssue: begin
          issue_o        = command_ready_i[insn_i[26]];
          park_command_o = !issue_o;
          happens        = issue_o;
        end
        core_pkg::OpSemaphoreWait: begin
          park_semaphore_o = !wait_ok_i;
          happens          = wait_ok_i;
        end
        core_pkg::OpFetchFault: begin
          trap_o       = 1'b1;
          trap_cause_o = core_pkg::CauseFetchAccess;
          trap_tval_o  = pc_i + (fault_second_i ? 64'd2 : 64'd0);
        end
        core_pkg::OpInterrupt: begin
          trap_o           = interrupt_i;
          trap_interrupt_o = 1'b1;
          trap_cause_o     = interrupt_external_i ? core_pkg::CauseExternal :
                             interrupt_software_i ? core_pkg::CauseSoftware : core_pkg::CauseTimer;
          happens          = interrupt_i;
          // The interrupt may have gone: then the instruction is fetched again.
          next_pc_o        = pc_i;
          redirect_o       = 1'b1;
        end
        default: begin  // OpIllegal
          trap_o       = 1'b1;
          trap_cause_o = core_pkg::CauseIllegal;
          trap_tval_o  = {32'd0, insn_i};
        end
      endcase
      if (fetch_denied_i && op_i != core_pkg::OpInterrupt && op_i != core_pkg::OpFetchFault) begin
        trap_o       = 1'b1;
        trap_cause_o = core_pkg::CauseFetchAccess;
        trap_tval_o  = pc_i + (fetch_denied_second_i ? 64'd2 : 64'd0);
        {access_o, multiply_o, divide_o, result_late_o, branch_o, csr_write_o, fence_i_o, mret_o, remote_o, issue_o} = '0;
        {float_o, float_change_o, vector_set_o, vector_dispatch_o, vector_finish_o} = '0;
        {sleep_wfi_o, park_semaphore_o, park_command_o, park_remote_o} = '0;
        happens = 1'b1;
      end
      if (trap_o) begin
        float_change_o = 1'b0;
        writes     = 1'b0;
        mem_o      = core_pkg::MemoryNone;
        next_pc_o  = (mtvec_i == 64'd0) ? pc_i : mtvec_i;
        redirect_o = 1'b1;
      end
      if (park_semaphore_o || park_command_o || park_remote_o) begin
        writes     = 1'b0;
        next_pc_o  = pc_i;
        redirect_o = 1'b1;
      end
    end
    retire_o       = fire_o && happens;
    result_valid_o = fire_o && writes && writes_rd_i;
  end

endmodule
