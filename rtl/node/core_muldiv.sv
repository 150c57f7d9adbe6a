// Integer multiply and divide, one operation at a time, shared by the harts.
//
// Function: all of extension M. Multiply forms four 32x32 products in the execute stage and adds them in the next cycle; divide is a
// restoring division of two quotient bits per cycle on magnitudes, with the signs put right at the end.
// Latency from start_valid_i to done_valid_o: multiply 1 cycle, divide 33, 32-bit divide 17. Throughput: one operation at a time.
// Back-pressure: the result waits until take_i. Registered: all state; done_data_o is a function of registers.
`include "dojo_assert.svh"

module core_muldiv (
    input  logic        clk_i,
    input  logic        rst_ni,
    input  logic        start_valid_i,
    input  logic        start_divide_i,
    input  logic [1:0]  start_hart_i,
    input  logic [2:0]  start_funct3_i,
    input  logic        start_word_i,
    input  logic [63:0] start_a_i,
    input  logic [63:0] start_b_i,
    input  logic        start_writes_rd_i,
    input  logic [4:0]  start_rd_i,
    input  logic [63:0] start_pc_i,
    input  logic [31:0] start_insn_i,
    output logic        valid_o,  // an operation is under way
    output logic        done_valid_o,
    input  logic        take_i,
    output logic [1:0]  hart_o,
    output logic        writes_rd_o,
    output logic [4:0]  rd_o,
    output logic [63:0] done_data_o,
    output logic [63:0] pc_o,
    output logic [31:0] insn_o
);

  typedef enum logic [1:0] {
    StateIdle,
    StateMultiply,
    StateDivide,
    StateDivided
  } state_e;

  state_e      state_q;
  logic [2:0]  funct3_q;
  logic        word_q;
  // multiply: products of halves, and what signed operands take off the upper half
  logic [63:0] low_q, middle_0_q, middle_1_q, high_q, correction_q;
  // divide
  logic [63:0] remainder_q, quotient_q, divisor_q;
  logic        negate_quotient_q, negate_remainder_q;
  logic [5:0]  steps_q;  // cycles still to go

  assign valid_o      = state_q != StateIdle;
  assign done_valid_o = state_q == StateMultiply || state_q == StateDivided;

  function automatic logic [63:0] sign_extend_word(input logic [31:0] value);
    return {{32{value[31]}}, value};
  endfunction

  always_comb begin
    logic [63:0] middle, result;
    middle       = 64'd0;
    result      = 64'd0;
    done_data_o = 64'd0;
    if (state_q == StateMultiply) begin
      if (funct3_q == 3'd0) begin
        result = low_q + {middle_0_q[31:0] + middle_1_q[31:0], 32'd0};
      end else begin
        middle  = {32'd0, low_q[63:32]} + {32'd0, middle_0_q[31:0]} + {32'd0, middle_1_q[31:0]};
        result = high_q + {32'd0, middle_0_q[63:32]} + {32'd0, middle_1_q[63:32]} + (middle >> 32) - correction_q;
      end
      done_data_o = word_q ? sign_extend_word(result[31:0]) : result;
    end
    if (state_q == StateDivided) begin
      if (funct3_q[1]) result = negate_remainder_q ? 64'd0 - remainder_q : remainder_q;
      else result = negate_quotient_q ? 64'd0 - quotient_q : quotient_q;
      done_data_o = word_q ? sign_extend_word(result[31:0]) : result;
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q <= StateIdle;
    end else begin
      if (state_q == StateDivide) begin
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
        if (steps_q == 6'd1) state_q <= StateDivided;
      end
      if (done_valid_o && take_i) state_q <= StateIdle;
      if (start_valid_i) begin
        state_q     <= start_divide_i ? StateDivide : StateMultiply;
        hart_o      <= start_hart_i;
        funct3_q    <= start_funct3_i;
        word_q      <= start_word_i;
        writes_rd_o <= start_writes_rd_i;
        rd_o        <= start_rd_i;
        pc_o        <= start_pc_i;
        insn_o      <= start_insn_i;
        if (!start_divide_i) begin
          low_q        <= {32'd0, start_a_i[31:0]} * {32'd0, start_b_i[31:0]};
          middle_0_q   <= {32'd0, start_a_i[31:0]} * {32'd0, start_b_i[63:32]};
          middle_1_q   <= {32'd0, start_a_i[63:32]} * {32'd0, start_b_i[31:0]};
          high_q       <= {32'd0, start_a_i[63:32]} * {32'd0, start_b_i[63:32]};
          // funct3 1: both signed; 2: only a; 3: none
          correction_q <= ((start_a_i[63] && start_funct3_i != 3'd3) ? start_b_i : 64'd0)
                        + ((start_b_i[63] && start_funct3_i == 3'd1) ? start_a_i : 64'd0);
        end else begin
          logic [63:0] a, b;
          logic        a_negative, b_negative;
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
  end

  // Integration checks.
  `DOJO_ASSERT(StartOnlyWhenFree, !start_valid_i || state_q == StateIdle || (done_valid_o && take_i))
  `DOJO_COVER(ResultWaits, done_valid_o && !take_i)
  `DOJO_COVER(DivideByZero, state_q == StateDivide && divisor_q == 64'd0)

endmodule
