// One retire port: registers what an execute slot has done.
//
// Function: an instruction that is complete, or whose result comes later, or a trap. Fields that do not apply keep old values.
// Latency: one cycle. Throughput: one instruction per cycle. No back-pressure. Registered: every output.
module core_retire (
    input  logic        clk_i,
    input  logic        rst_ni,
    input  logic        valid_i,
    input  logic [1:0]  hart_i,
    input  logic [63:0] pc_i,
    input  logic [31:0] insn_i,
    input  logic        writes_rd_i,  // now or late
    input  logic        late_i,       // rd, or the value that an atomic operation stores, comes at the late port
    input  logic [5:0]  rd_i,
    input  logic [63:0] result_i,
    input  logic [1:0]  mem_i,
    input  logic [1:0]  size_i,
    input  logic [63:0] address_i,
    input  logic [63:0] stored_i,
    input  logic        trap_i,
    input  logic [63:0] cause_i,
    input  logic [63:0] tval_i,
    output logic        retire_valid_o,
    output logic [1:0]  retire_hart_o,
    output logic [63:0] retire_pc_o,
    output logic [31:0] retire_insn_o,
    output logic        retire_rd_we_o,
    output logic        retire_late_o,
    output logic [5:0]  retire_rd_o,
    output logic [63:0] retire_rd_data_o,
    output logic [1:0]  retire_mem_o,
    output logic [1:0]  retire_mem_size_o,
    output logic [63:0] retire_mem_addr_o,
    output logic [63:0] retire_mem_data_o,
    output logic        retire_trap_o,
    output logic [63:0] retire_cause_o,
    output logic [63:0] retire_tval_o
);

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      retire_valid_o <= 1'b0;
    end else begin
      retire_valid_o <= valid_i;
      if (valid_i) begin
        retire_hart_o  <= hart_i;
        retire_pc_o    <= pc_i;
        retire_insn_o  <= insn_i;
        retire_rd_we_o <= writes_rd_i;
        retire_late_o  <= late_i;
        retire_mem_o   <= mem_i;
        retire_trap_o  <= trap_i;
        if (writes_rd_i) begin
          retire_rd_o      <= rd_i;
          retire_rd_data_o <= result_i;
        end
        if (mem_i != core_pkg::MemoryNone) begin
          retire_mem_size_o <= size_i;
          retire_mem_addr_o <= address_i;
          retire_mem_data_o <= stored_i;
        end
        if (trap_i) begin
          retire_cause_o <= cause_i;
          retire_tval_o  <= tval_i;
        end
      end
    end
  end

endmodule
