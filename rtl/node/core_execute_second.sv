// Slot 1 of the execute stage: integer operations, jumps, and accesses of the SRAM.
//
// Function: as core_execute for these instructions. Anything else, traps, memory-mapped registers, remote stores and the first change of
// floating-point state included, is not done here: replay_o, and the hart fetches the instruction again, for slot 0.
// Latency, throughput: one instruction per cycle, combinational. Back-pressure: nothing happens while hold_i is high. Registered: nothing.
module core_execute_second (
    input  logic          valid_i,
    input  logic          hold_i,
    input  core_pkg::op_e op_i,
    input  logic [2:0]    funct3_i,
    input  logic          word_i,
    input  logic          alternate_i,
    input  logic          writes_rd_i,
    input  logic          float_i,         // f registers are concerned
    input  logic          float_dirty_i,   // and their state says so already
    input  logic          compressed_i,
    input  logic          predicted_i,
    input  logic [63:0]   pc_i,
    input  logic [63:0]   a_i,
    input  logic [63:0]   b_i,
    input  logic [63:0]   immediate_i,
    input  logic [63:0]   target_i,
    // effects at this clock edge; all low while hold_i is high
    output logic          fire_o,
    output logic          retire_o,
    output logic          result_valid_o,
    output logic          result_late_o,
    output logic [63:0]   result_o,
    output logic [63:0]   next_pc_o,
    output logic          redirect_o,
    output logic          replay_o,
    output logic          access_o,
    output logic [63:0]   address_o,
    output logic [1:0]    mem_o,
    output logic          branch_o,
    output logic          agrees_o
);

  always_comb begin
    logic [63:0] sequential;
    logic        taken;
    sequential     = 64'd0;
    taken          = 1'b0;
    fire_o         = valid_i && !hold_i;
    result_valid_o = 1'b0;
    result_late_o  = 1'b0;
    result_o       = 64'd0;
    next_pc_o      = 64'd0;
    redirect_o     = 1'b0;
    replay_o       = 1'b0;
    access_o       = 1'b0;
    address_o      = 64'd0;
    mem_o          = core_pkg::MemoryNone;
    branch_o       = 1'b0;
    agrees_o       = 1'b0;
    if (fire_o) begin
      sequential     = pc_i + (compressed_i ? 64'd2 : 64'd4);
      next_pc_o      = sequential;
      result_valid_o = writes_rd_i;
      case (op_i)
        core_pkg::OpAlu: result_o = core_pkg::alu(funct3_i, alternate_i, word_i, a_i, b_i);
        core_pkg::OpBranch: begin
          branch_o   = 1'b1;
          taken      = core_pkg::branch_taken(funct3_i, a_i, b_i);
          agrees_o   = taken == immediate_i[63];
          redirect_o = taken != predicted_i;
          if (taken) next_pc_o = pc_i + immediate_i;
        end
        core_pkg::OpJal: begin
          result_o   = sequential;
          next_pc_o  = pc_i + immediate_i;
          redirect_o = !predicted_i;
        end
        core_pkg::OpJalr: begin
          result_o   = sequential;
          next_pc_o  = (a_i + immediate_i) & ~64'd1;
          redirect_o = !predicted_i || next_pc_o != target_i;
        end
        core_pkg::OpLoad, core_pkg::OpStore: begin
          address_o      = a_i + immediate_i;
          access_o       = core_pkg::in_sram(address_o) && (!float_i || float_dirty_i) && !core_pkg::is_misaligned(funct3_i[1:0], address_o[2:0]);
          replay_o       = !access_o;
          result_valid_o = 1'b0;
          result_late_o  = op_i == core_pkg::OpLoad;
          mem_o          = (op_i == core_pkg::OpLoad) ? core_pkg::MemoryLoad : core_pkg::MemoryStore;
        end
        default: replay_o = 1'b1;
      endcase
      if (replay_o) begin
        result_valid_o = 1'b0;
        result_late_o  = 1'b0;
        next_pc_o      = pc_i;
        redirect_o     = 1'b1;
      end
    end
    retire_o = fire_o && !replay_o;
  end

endmodule
