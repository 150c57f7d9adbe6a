// Bench of the execute pipe: vector_decoder, vector_execute, a register file of four harts and accumulators, with the dispatch as plain ports.
//
// Function: the decoder's answer about the instruction at the ports is combinational; hazards are the test's.
// Latency, throughput, back-pressure: those of vector_execute; a write is read in the next cycle. Registered: registers, accumulators.
module vector_execute_bench (
    input  logic        clk_i,
    input  logic        rst_ni,
    input  logic        decode_i,
    input  logic        start_valid_i,
    output logic        start_ready_o,
    input  logic [ 3:0] tag_i,
    input  logic [ 1:0] hart_i,
    input  logic [31:0] insn_i,
    input  logic [63:0] rs1_i,
    input  logic [63:0] seed_i,
    input  logic [ 1:0] sew_i,
    input  logic [ 2:0] lmul_i,
    input  logic        vill_i,
    input  logic [ 9:0] vl_i,
    input  logic [ 9:0] vstart_i,
    input  logic [ 2:0] frm_i,
    input  logic [ 1:0] vxrm_i,
    output logic        legal_o,
    output logic        float_o,
    output logic        synchronous_o,
    output logic        stochastic_o,
    output logic [31:0] reads_o,
    output logic [31:0] writes_o,
    input  logic [31:0] blocked_read_i,
    input  logic [31:0] blocked_write_i,
    output logic [ 2:0] read_valid_o,
    output logic        mask_valid_o,
    output logic [14:0] read_registers_o,  // vs2, vs1, vd from the lower end
    output logic [31:0] reads_done_o,
    output logic        write_valid_o,
    output logic [ 3:0] write_tag_o,
    output logic [ 4:0] write_register_o,
    output logic [63:0] write_enable_o,
    output logic        writes_done_valid_o,
    output logic [ 3:0] writes_done_tag_o,
    output logic [31:0] writes_done_o,
    output logic        done_valid_o,
    output logic [ 3:0] done_tag_o,
    output logic        result_valid_o,
    output logic        result_float_o,
    output logic [63:0] result_o,
    output logic [ 4:0] fflags_o,
    output logic [ 3:0] xcfflags_o,
    output logic        vxsat_o,
    output logic        idle_o
);

  logic [511:0] registers_q[128]  /* verilator public_flat_rw */;

  vector_decoder u_decoder (
      .valid_i      (decode_i),
      .insn_i,
      .rs1_i,
      .sew_i,
      .lmul_i,
      .vill_i,
      .vstart_zero_i(vstart_i == 10'd0),
      .frm_i,
      .legal_o,
      .float_o,
      .synchronous_o,
      .stochastic_o,
      .reads_o,
      .writes_o
  );

  vector_pkg::dispatch_t       start;
  vector_pkg::register_write_t write;
  vector_pkg::execute_done_t   done;
  logic [1:0]                  read_hart;
  logic [4:0]                  read_vs2, read_vs1, read_vd;
  logic [511:0]                vs2_data, vs1_data, vd_data, mask;

  always_comb begin
    start             = '0;
    start.hart        = hart_i;
    start.insn        = insn_i;
    start.rs1         = rs1_i;
    start.seed        = seed_i;
    start.sew         = sew_i;
    start.lmul        = lmul_i;
    start.vl          = vl_i;
    start.vstart      = vstart_i;
    start.frm         = frm_i;
    start.vxrm        = vxrm_i;
    start.synchronous = synchronous_o;
    start.unit        = vector_pkg::ClassExecute;
    start.reads       = reads_o;
    start.writes      = writes_o;
    vs2_data          = read_valid_o[0] ? registers_q[{read_hart, read_vs2}] : '0;
    vs1_data          = read_valid_o[1] ? registers_q[{read_hart, read_vs1}] : '0;
    vd_data           = read_valid_o[2] ? registers_q[{read_hart, read_vd}] : '0;
    mask              = mask_valid_o ? registers_q[{read_hart, 5'd0}] : '0;
  end

  // The accumulators of the matrix unit.
  logic [511:0] accumulators_q[64]  /* verilator public_flat_rw */;
  logic         accumulator_read_valid, accumulator_write_valid;
  logic [  5:0] accumulator_line;
  logic [ 15:0] accumulator_enable;
  logic [511:0] accumulator_data, accumulator_data_q, accumulator_keep;

  always_comb begin
    accumulator_keep = '0;
    if (accumulator_write_valid) for (int unsigned n = 0; n < 16; n++) accumulator_keep[32*n+:32] = {32{!accumulator_enable[n]}};
  end
  always_ff @(posedge clk_i) begin
    if (accumulator_read_valid) accumulator_data_q <= accumulators_q[accumulator_line];
    if (accumulator_write_valid) begin
      accumulators_q[accumulator_line] <=
          (accumulators_q[accumulator_line] & accumulator_keep) | (accumulator_data & ~accumulator_keep);
    end
  end

  vector_execute u_execute (
      .clk_i,
      .rst_ni,
      .start_valid_i,
      .start_tag_i (tag_i),
      .start_i     (start),
      .start_ready_o,
      .blocked_read_i,
      .blocked_write_i,
      .read_valid_o,
      .read_hart_o (read_hart),
      .read_vs2_o  (read_vs2),
      .read_vs1_o  (read_vs1),
      .read_vd_o   (read_vd),
      .mask_valid_o,
      .vs2_data_i  (vs2_data),
      .vs1_data_i  (vs1_data),
      .vd_data_i   (vd_data),
      .mask_i      (mask),
      .reads_done_o,
      .write_valid_o,
      .write_o     (write),
      .writes_done_valid_o,
      .writes_done_tag_o,
      .writes_done_o,
      .done_valid_o,
      .done_o      (done),
      .accumulator_read_valid_o (accumulator_read_valid),
      .accumulator_write_valid_o(accumulator_write_valid),
      .accumulator_line_o       (accumulator_line),
      .accumulator_data_o       (accumulator_data),
      .accumulator_enable_o     (accumulator_enable),
      .accumulator_data_i       (accumulator_data_q),
      .idle_o
  );

  // Each byte is of the old or of the new value; one assignment of the whole register.
  logic [511:0] keep;
  always_comb begin
    keep = '0;
    if (write_valid_o) for (int unsigned n = 0; n < 64; n++) keep[8*n+:8] = {8{!write.byte_enable[n]}};
  end
  always_ff @(posedge clk_i) begin
    if (write_valid_o) begin
      registers_q[{write.hart, write.register_number}] <=
          (registers_q[{write.hart, write.register_number}] & keep) | (write.data & ~keep);
    end
  end

  assign read_registers_o = {read_vd, read_vs1, read_vs2};
  assign write_tag_o      = write.tag;
  assign write_register_o = write.register_number;
  assign write_enable_o   = write.byte_enable;
  assign done_tag_o       = done.tag;
  assign result_valid_o   = done.result_valid;
  assign result_float_o   = done.result_float;
  assign result_o         = done.result;
  assign fflags_o         = done.fflags;
  assign xcfflags_o       = done.xcfflags;
  assign vxsat_o          = done.vxsat;

endmodule
