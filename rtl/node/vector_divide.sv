// Integer division and remainder of one vector register, all elements together, two bits of the quotient per cycle.
//
// Function: quotient or remainder of a / b as RISC-V defines them, signed or not: division by zero gives a quotient of ones and the
// dividend as remainder, the overflow of the signed division the dividend and 0.
// Latency: Width / 2 + 2 cycles from start_i to done_o. Throughput: one register at a time; start_i only while ready_o is high.
// Back-pressure: the result is held until taken_i. Registered: all outputs.
`include "dojo_assert.svh"
module vector_divide #(
    parameter int unsigned Width = 32
) (
    input  logic         clk_i,
    input  logic         rst_ni,
    input  logic         start_i,
    input  logic         signed_i,
    input  logic         remainder_i,
    input  logic [511:0] a_i,
    input  logic [511:0] b_i,
    output logic         ready_o,
    output logic         done_o,
    input  logic         taken_i,
    output logic [511:0] result_o
);

  localparam int unsigned Lanes = 512 / Width;
  localparam int unsigned PerWord = 32 / Width;
  localparam int unsigned Steps = Width / 2;

  typedef logic [Width-1:0] lane_t;
  typedef logic [2*Width-1:0] wide_t;

  localparam lane_t Ones = '1;

  typedef enum logic [1:0] {
    Idle,
    Divide,
    Finish,
    Done
  } state_e;

  // Private to one process, the later step first: blocking assignments are registers and simulate fastest.
  /* verilator lint_off BLKSEQ */
  lane_t      quotient_q[Lanes], remainder_q[Lanes], divisor_q[Lanes], negate_q[Lanes];
  logic       take_remainder_q;
  logic [4:0] count_q;
  /* verilator lint_on BLKSEQ */
  state_e     state_q;

  /* verilator lint_off BLKSEQ */
  task automatic load;
    lane_t keep;
    keep = signed_i ? Ones : '0;
    for (int unsigned w = 0; w < 16; w++) begin
      logic [31:0] x, y;
      x = a_i[32*w+:32];
      y = b_i[32*w+:32];
      for (int unsigned k = 0; k < PerWord; k++) begin
        quotient_q[PerWord*w+k] = x[Width*k+:Width];
        divisor_q[PerWord*w+k]  = y[Width*k+:Width];
      end
    end
    for (int unsigned n = 0; n < Lanes; n++) begin
      lane_t minus_a, minus_b, flip;
      minus_a        = (quotient_q[n][Width-1] ? Ones : '0) & keep;
      minus_b        = (divisor_q[n][Width-1] ? Ones : '0) & keep;
      flip           = divisor_q[n] == '0 ? '0 : minus_a ^ minus_b;
      negate_q[n]    = remainder_i ? minus_a : flip;
      quotient_q[n]  = (quotient_q[n] ^ minus_a) - minus_a;
      divisor_q[n]   = (divisor_q[n] ^ minus_b) - minus_b;
      remainder_q[n] = '0;
    end
    take_remainder_q = remainder_i;
    count_q          = 5'(Steps);
  endtask

  // The quotient enters at the lower end of the register that the dividend leaves at the upper one.
  task automatic step;
    for (int unsigned n = 0; n < Lanes; n++) begin
      wide_t r, difference;
      lane_t q, fits;
      q              = quotient_q[n];
      r              = (wide_t'(remainder_q[n]) << 1) | (wide_t'(q) >> (Width - 1));
      difference     = r - wide_t'(divisor_q[n]);
      fits           = r >= wide_t'(divisor_q[n]) ? lane_t'(1) : '0;
      r              = fits != '0 ? difference : r;
      q              = (q << 1) | fits;
      r              = ((r & wide_t'(Ones)) << 1) | (wide_t'(q) >> (Width - 1));
      difference     = r - wide_t'(divisor_q[n]);
      fits           = r >= wide_t'(divisor_q[n]) ? lane_t'(1) : '0;
      remainder_q[n] = lane_t'(fits != '0 ? difference : r);
      quotient_q[n]  = (q << 1) | fits;
    end
  endtask

  task automatic finish;
    logic [511:0] line;
    for (int unsigned n = 0; n < Lanes; n++) begin
      lane_t v;
      v             = take_remainder_q ? remainder_q[n] : quotient_q[n];
      quotient_q[n] = (v ^ negate_q[n]) - negate_q[n];
    end
    for (int unsigned w = 0; w < 16; w++) begin
      logic [31:0] x;
      x = '0;
      for (int unsigned k = 0; k < PerWord; k++) x = x | (32'(quotient_q[PerWord*w+k]) << (Width * k));
      line[32*w+:32] = x;
    end
    result_o <= line;
  endtask

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q <= Idle;
    end else begin
      case (state_q)
        Idle: begin
          if (start_i) begin
            load();
            state_q <= Divide;
          end
        end
        Divide: begin
          step();
          count_q = count_q - 5'd1;
          if (count_q == 5'd0) state_q <= Finish;
        end
        Finish: begin
          finish();
          state_q <= Done;
        end
        default: if (taken_i) state_q <= Idle;
      endcase
    end
  end
  /* verilator lint_on BLKSEQ */

  assign ready_o = state_q == Idle;
  assign done_o  = state_q == Done;

  // ---- Integration checks.

  `DOJO_ASSERT(StartOnlyWhenReady, !start_i || ready_o)
  `DOJO_ASSERT(TakenOnlyWhenDone, !taken_i || done_o)

endmodule
