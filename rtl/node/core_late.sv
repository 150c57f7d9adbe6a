// Results that come after the execute stage: multiply, divide and floating point, joined with those of core_memory to one late port.
//
// Function: starts the operations of slot 0 and hands each cycle one finished result on: memory first, then multiply, floating point,
// divide. An operation whose result nobody wants still delivers its floating-point flags.
// Latency: core_muldiv, float_unit. Throughput: one result per cycle. Back-pressure: ready and busy outputs; results wait in their units.
// Registered: late_*_o, which are for lockstep; result_* are functions of registers.
module core_late (
    input  logic                 clk_i,
    input  logic                 rst_ni,
    // instruction in slot 0
    input  logic                 multiply_i,
    input  logic                 divide_i,
    input  logic                 float_i,
    input  logic [1:0]           hart_i,
    input  logic [2:0]           funct3_i,
    input  logic                 word_i,
    input  float_pkg::unit_op_e  unit_i,
    input  logic [2:0]           frm_i,
    input  logic [63:0]          a_i,
    input  logic [63:0]          b_i,
    input  logic [31:0]          c_i,
    input  logic                 writes_rd_i,
    input  logic [5:0]           rd_i,
    output logic                 multiply_ready_o,
    output logic                 divider_busy_o,
    output logic                 float_busy_o,
    output logic [3:0]           float_harts_o,      // with an operation under way
    // from core_memory
    input  logic                 memory_valid_i,
    input  logic [1:0]           memory_hart_i,
    input  logic                 memory_writes_rd_i,
    input  logic [5:0]           memory_rd_i,
    input  logic [63:0]          memory_data_i,
    input  logic                 memory_stored_valid_i,
    input  logic [63:0]          memory_stored_i,
    // the result of this cycle
    output logic                 result_valid_o,
    output logic [1:0]           result_hart_o,
    output logic [5:0]           result_rd_o,
    output logic [63:0]          result_o,
    // flags of this cycle
    output logic                 float_done_o,
    output logic [1:0]           float_hart_o,
    output logic [4:0]           float_flags_o,
    output logic                 idle_o,
    output logic                 late_valid_o,
    output logic [1:0]           late_hart_o,
    output logic                 late_we_o,
    output logic [5:0]           late_rd_o,
    output logic [63:0]          late_data_o,
    output logic                 late_stored_valid_o,
    output logic [63:0]          late_stored_o
);

  logic        product_valid, product_take, quotient_valid, quotient_take, muldiv_idle;
  logic [1:0]  product_hart, quotient_hart;
  logic [4:0]  product_rd, quotient_rd;
  logic [63:0] product, quotient;

  logic        float_ready, float_done;
  logic        float_valid_q, float_writes_q;
  logic [1:0]  float_hart_q;
  logic [5:0]  float_rd_q;
  logic [63:0] float_result;

  assign product_take   = product_valid && !memory_valid_i;
  assign float_done_o   = float_done && (!float_writes_q || (!memory_valid_i && !product_valid));
  assign quotient_take  = quotient_valid && !memory_valid_i && !product_valid && !(float_done && float_writes_q);
  assign result_valid_o = memory_valid_i ? memory_writes_rd_i : product_valid || (float_done && float_writes_q) || quotient_valid;
  assign float_hart_o   = float_hart_q;
  assign float_busy_o   = !float_ready;
  assign float_harts_o  = float_valid_q ? 4'b0001 << float_hart_q : 4'b0000;
  assign idle_o         = muldiv_idle && !float_valid_q && !late_valid_o;

  always_comb begin
    result_hart_o = 2'd0;
    result_rd_o   = 6'd0;
    result_o      = 64'd0;
    if (memory_valid_i) begin
      result_hart_o = memory_hart_i;
      result_rd_o   = memory_rd_i;
      result_o      = memory_data_i;
    end else if (product_valid) begin
      result_hart_o = product_hart;
      result_rd_o   = {1'b0, product_rd};
      result_o      = product;
    end else if (float_done && float_writes_q) begin
      result_hart_o = float_hart_q;
      result_rd_o   = float_rd_q;
      result_o      = float_result;
    end else if (quotient_valid) begin
      result_hart_o = quotient_hart;
      result_rd_o   = {1'b0, quotient_rd};
      result_o      = quotient;
    end
  end

  core_muldiv u_muldiv (
      .clk_i,
      .rst_ni,
      .multiply_i,
      .divide_i,
      .start_hart_i     (hart_i),
      .start_funct3_i   (funct3_i),
      .start_word_i     (word_i),
      .start_a_i        (a_i),
      .start_b_i        (b_i),
      .start_writes_rd_i(writes_rd_i),
      .start_rd_i       (rd_i[4:0]),
      .multiply_ready_o,
      .product_valid_o  (product_valid),
      .product_hart_o   (product_hart),
      .product_rd_o     (product_rd),
      .product_o        (product),
      .product_take_i   (product_take),
      .divide_busy_o    (divider_busy_o),
      .quotient_valid_o (quotient_valid),
      .quotient_hart_o  (quotient_hart),
      .quotient_rd_o    (quotient_rd),
      .quotient_o       (quotient),
      .quotient_take_i  (quotient_take),
      .idle_o           (muldiv_idle)
  );

  float_unit u_float (
      .clk_i,
      .rst_ni,
      .start_valid_i(float_i),
      .start_ready_o(float_ready),
      .op_i         (unit_i),
      .rounding_i   ((funct3_i == 3'd7) ? frm_i : funct3_i),
      .a_i,
      .b_i          (b_i[31:0]),
      .c_i,
      .done_valid_o (float_done),
      .done_ready_i (float_done_o),
      .result_o     (float_result),
      .flags_o      (float_flags_o)
  );

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      float_valid_q <= 1'b0;
      late_valid_o  <= 1'b0;
    end else begin
      if (float_done_o) float_valid_q <= 1'b0;
      if (float_i) begin
        float_valid_q  <= 1'b1;
        float_hart_q   <= hart_i;
        float_writes_q <= writes_rd_i;
        float_rd_q     <= rd_i;
      end
      late_valid_o <= result_valid_o || memory_valid_i;
      if (result_valid_o || memory_valid_i) begin
        late_hart_o         <= result_hart_o;
        late_we_o           <= result_valid_o;
        late_rd_o           <= result_rd_o;
        late_data_o         <= result_o;
        late_stored_valid_o <= memory_stored_valid_i;
        late_stored_o       <= memory_stored_i;
      end
    end
  end

endmodule
