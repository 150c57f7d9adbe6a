// Integer multiply and divide, shared by the harts.
//
// Function: all of extension M. Multiply forms four 32x32 products in the execute stage and adds them in the next cycle; divide is a
// restoring division of two quotient bits per cycle on magnitudes, with the signs put right at the end.
// Latency until the result: multiply 1 cycle, divide 33, 32-bit divide 17. Throughput: one multiply per cycle; one divide at a time.
// Back-pressure: a result waits until it is taken; multiply_ready_o, divide_busy_o. Registered: all state; results are functions of registers.
`include "dojo_assert.svh"

module core_muldiv (
    input  logic        clk_i,
    input  logic        rst_ni,
    input  logic        multiply_i,
    input  logic        divide_i,
    input  logic [1:0]  start_hart_i,
    input  logic [2:0]  start_funct3_i,
    input  logic        start_word_i,
    input  logic [63:0] start_a_i,
    input  logic [63:0] start_b_i,
    input  logic        start_writes_rd_i,
    input  logic [4:0]  start_rd_i,
    // multiply
    output logic        multiply_ready_o,
    output logic        product_valid_o,
    output logic [1:0]  product_hart_o,
    output logic [4:0]  product_rd_o,
    output logic [63:0] product_o,
    input  logic        product_take_i,
    // divide
    output logic        divide_busy_o,     // and its result is not taken now
    output logic        quotient_valid_o,
    output logic [1:0]  quotient_hart_o,
    output logic [4:0]  quotient_rd_o,
    output logic [63:0] quotient_o,
    input  logic        quotient_take_i,
    output logic        idle_o
);

  // multiply: products of halves, and what signed operands take off the upper half
  logic        product_valid_q, product_word_q;
  logic [2:0]  product_funct3_q;
  logic [63:0] low_q, middle_0_q, middle_1_q, high_q, correction_q;
  // divide
  logic        divide_valid_q, divide_word_q, remainder_wanted_q;
  logic [63:0] remainder_q, quotient_q, divisor_q;
  logic        negate_quotient_q, negate_remainder_q;
  logic [5:0]  steps_q;  // cycles still to go

  assign product_valid_o  = product_valid_q;
  assign multiply_ready_o = !product_valid_q || product_take_i;
  assign quotient_valid_o = divide_valid_q && steps_q == 6'd0;
  assign divide_busy_o    = divide_valid_q && !quotient_take_i;
  assign idle_o           = !product_valid_q && !divide_valid_q;

  function automatic logic [63:0] sign_extend_word(input logic [31:0] value);
    return {{32{value[31]}}, value};
  endfunction

  always_comb begin
    logic [63:0] middle, result;
    middle     = 64'd0;
    result     = 64'd0;
    product_o  = 64'd0;
    quotient_o = 64'd0;
    if (product_valid_q) begin
      if (product_funct3_q == 3'd0) begin
        result = low_q + {middle_0_q[31:0] + middle_1_q[31:0], 32'd0};
      end else begin
        middle  = {32'd0, low_q[63:32]} + {32'd0, middle_0_q[31:0]} + {32'd0, middle_1_q[31:0]};
        result = high_q + {32'd0, middle_0_q[63:32]} + {32'd0, middle_1_q[63:32]} + (middle >> 32) - correction_q;
      end
      product_o = product_word_q ? sign_extend_word(result[31:0]) : result;
    end
    if (quotient_valid_o) begin
      if (remainder_wanted_q) result = negate_remainder_q ? 64'd0 - remainder_q : remainder_q;
      else result = negate_quotient_q ? 64'd0 - quotient_q : quotient_q;
      quotient_o = divide_word_q ? sign_extend_word(result[31:0]) : result;
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      product_valid_q <= 1'b0;
      divide_valid_q  <= 1'b0;
      steps_q         <= '0;
    end else begin
      if (divide_valid_q && steps_q != 6'd0) begin
        logic [63:0] remainder, quotient;
        logic        carry, fits;
        remainder = remainder_q;
        quotient  = quotient_q;
        for (int unsigned bits = 0; bits < 2; bits++) begin
          carry     = remainder[63];
          remainder = {remainder[62:0], quotient[63]};
          fits      = carry || remainder >= divisor_q;
          remainder = fits ? remainder - divisor_q : remainder;
          quotient  = {quotient[62:0], fits};
        end
        remainder_q <= remainder;
        quotient_q  <= quotient;
        steps_q     <= steps_q - 6'd1;
      end
      if (product_take_i) product_valid_q <= 1'b0;
      if (quotient_take_i) divide_valid_q <= 1'b0;
      if (multiply_i && start_writes_rd_i) begin
        product_valid_q  <= 1'b1;
        product_hart_o   <= start_hart_i;
        product_rd_o     <= start_rd_i;
        product_funct3_q <= start_funct3_i;
        product_word_q   <= start_word_i;
        low_q            <= {32'd0, start_a_i[31:0]} * {32'd0, start_b_i[31:0]};
        middle_0_q       <= {32'd0, start_a_i[31:0]} * {32'd0, start_b_i[63:32]};
        middle_1_q       <= {32'd0, start_a_i[63:32]} * {32'd0, start_b_i[31:0]};
        high_q           <= {32'd0, start_a_i[63:32]} * {32'd0, start_b_i[63:32]};
        // funct3 1: both signed; 2: only a; 3: none
        correction_q     <= ((start_a_i[63] && start_funct3_i != 3'd3) ? start_b_i : 64'd0)
                      + ((start_b_i[63] && start_funct3_i == 3'd1) ? start_a_i : 64'd0);
      end
      if (divide_i && start_writes_rd_i) begin
        logic [63:0] a, b;
        logic        a_negative, b_negative;
        divide_valid_q     <= 1'b1;
        quotient_hart_o    <= start_hart_i;
        quotient_rd_o      <= start_rd_i;
        remainder_wanted_q <= start_funct3_i[1];
        divide_word_q      <= start_word_i;
        a          = start_a_i;
        b          = start_b_i;
        if (start_word_i) begin
          a = start_funct3_i[0] ? {32'd0, start_a_i[31:0]} : sign_extend_word(start_a_i[31:0]);
          b = start_funct3_i[0] ? {32'd0, start_b_i[31:0]} : sign_extend_word(start_b_i[31:0]);
        end
        a_negative = a[63] && !start_funct3_i[0];
        b_negative = b[63] && !start_funct3_i[0];
        a          = a_negative ? 64'd0 - a : a;
        divisor_q  <= b_negative ? 64'd0 - b : b;
        // A 32-bit dividend starts in the upper half, so that half of the steps suffice.
        quotient_q         <= start_word_i ? {a[31:0], 32'd0} : a;
        remainder_q        <= 64'd0;
        negate_remainder_q <= a_negative;
        // Division by zero gives all ones whatever the signs.
        negate_quotient_q  <= a_negative != b_negative && b != 64'd0;
        steps_q            <= start_word_i ? 6'd16 : 6'd32;
      end
    end
  end

  // Integration checks.
  `DOJO_ASSERT(MultiplyOnlyWhenReady, !multiply_i || multiply_ready_o)
  `DOJO_ASSERT(DivideOnlyWhenFree, !divide_i || !divide_busy_o)
  `DOJO_ASSERT(TakenIsThere, (!product_take_i || product_valid_o) && (!quotient_take_i || quotient_valid_o))
  `DOJO_COVER(ProductWaits, product_valid_o && !product_take_i)
  `DOJO_COVER(QuotientWaits, quotient_valid_o && !quotient_take_i)
  `DOJO_COVER(DivideByZero, divide_valid_q && divisor_q == 64'd0)
  `DOJO_COVER(ProductAfterProduct, multiply_i && product_valid_q)

endmodule
