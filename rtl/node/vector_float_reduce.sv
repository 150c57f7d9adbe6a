// Floating-point reductions, step by step on the lanes of vector_execute.
//
// Function: a start brings one register of the group. vfredusum adds it to 16 partial sums, lane by lane; after the last register lanes
// n and n + 8, then 4, 2, 1 are added, and the scalar (element 0 of vs1) last; a lane without active element adds the identity.
// vfredmin and vfredmax go the same way. vfredosum adds the active elements to the scalar one by one.
// Latency: per register FmaLatency + 3 cycles (vfredmin, vfredmax: SimpleLatency + 3), and five times one less at the end; vfredosum:
// FmaLatency + 1 per active element. Throughput: one reduction at a time; start_i only while ready_o is high. Back-pressure: the result
// is held until taken_i. Registered: all outputs.
`include "dojo_assert.svh"
module vector_float_reduce (
    input  logic         clk_i,
    input  logic         rst_ni,
    input  logic         start_i,
    input  logic [ 5:0]  op_i,          // vector_execute_pkg::float_reduce_e
    input  logic [ 2:0]  rounding_i,
    input  logic         first_i,       // register of the group
    input  logic         last_i,
    input  logic [15:0]  enable_i,      // active elements
    input  logic [511:0] a_i,
    input  logic [31:0]  scalar_i,
    output logic         ready_o,
    output logic         done_o,
    input  logic         taken_i,
    output logic [31:0]  result_o,
    output logic [ 4:0]  flags_o,
    // the lanes: add, minimum or maximum of two registers
    output logic         add_o,
    output logic         compare_o,
    output logic         maximum_o,
    output logic [ 2:0]  rounding_o,
    output logic [15:0]  enable_o,
    output logic [511:0] x_o,
    output logic [511:0] y_o,
    input  logic [511:0] sum_i,         // FmaLatency after add_o
    input  logic [ 4:0]  sum_flags_i,
    input  logic [511:0] extreme_i,     // SimpleLatency after compare_o
    input  logic [ 4:0]  extreme_flags_i
);

  import vector_execute_pkg::OpFredUsum, vector_execute_pkg::OpFredOsum, vector_execute_pkg::OpFredMax;

  typedef enum logic [2:0] {
    Idle,
    Element,  // operands of a start are in registers
    Wait,
    Done
  } state_e;

  typedef enum logic [2:0] {
    Registers,
    Fold8,
    Fold4,
    Fold2,
    Fold1,
    Scalar
  } step_e;

  state_e       state_q;
  step_e        step_q;
  logic [  5:0] op_q;
  logic         last_q, any_q;
  logic [  2:0] wait_q;
  logic [ 15:0] pending_q;
  logic [511:0] value_q, elements_q;
  logic [ 31:0] scalar_q;

  logic ordered, sum;
  assign ordered = op_q == 6'(OpFredOsum);
  assign sum     = op_q == 6'(OpFredUsum) || ordered;

  // What adding, or comparing, leaves everything as it is.
  function automatic logic [31:0] identity(input logic [5:0] op, input logic [2:0] rounding);
    if (op != 6'(OpFredUsum)) return 32'h7fc00000;
    return rounding == 3'd2 ? 32'd0 : 32'h80000000;
  endfunction

  function automatic logic [511:0] selected(input logic [511:0] x, input logic [15:0] enable, input logic [31:0] otherwise);
    logic [511:0] y;
    for (int unsigned n = 0; n < 16; n++) y[32*n+:32] = enable[n[3:0]] ? x[32*n+:32] : otherwise;
    return y;
  endfunction

  function automatic logic [3:0] lowest(input logic [15:0] x);
    logic [3:0] at;
    at = 4'd0;
    for (int unsigned n = 0; n < 16; n++) at = x[4'd15-n[3:0]] ? 4'd15 - n[3:0] : at;
    return at;
  endfunction

  // value_q and elements_q are private to this process: with blocking assignments the simulator need not copy them in every cycle.
  /* verilator lint_off BLKSEQ */
  task automatic operate(input logic [511:0] x, input logic [511:0] y, input logic [15:0] enable);
    add_o     <= sum;
    compare_o <= !sum;
    maximum_o <= op_q == 6'(OpFredMax);
    x_o       <= x;
    y_o       <= y;
    enable_o  <= enable;
    wait_q    <= sum ? 3'(float_pkg::FmaLatency) : 3'(float_pkg::SimpleLatency);
    state_q   <= Wait;
  endtask

  task automatic start;
    op_q       <= op_i;
    rounding_o <= rounding_i;
    last_q     <= last_i;
    pending_q  <= enable_i;
    any_q      <= (!first_i && any_q) || enable_i != 16'd0;
    step_q     <= Registers;
    if (first_i) begin
      flags_o  <= 5'd0;
      scalar_q <= scalar_i;
      value_q  = op_i == 6'(OpFredOsum) ? {480'd0, scalar_i} : {16{identity(op_i, rounding_i)}};
    end
    elements_q = op_i == 6'(OpFredOsum) ? a_i : selected(a_i, enable_i, identity(op_i, rounding_i));
    state_q    <= Element;
  endtask

  // The next active element is added to `value`.
  task automatic element(input logic [511:0] value);
    if (pending_q != 16'd0) begin
      operate(value, elements_q >> {lowest(pending_q), 5'd0}, 16'd1);
      pending_q <= pending_q & (pending_q - 16'd1);
    end else begin
      state_q  <= last_q ? Done : Idle;
      result_o <= value[31:0];
    end
  endtask

  // What follows after the answer `value`.
  task automatic next_step(input logic [511:0] value);
    value_q = value;
    case (step_q)
      Registers: begin
        if (ordered) element(value);
        else if (!last_q) state_q <= Idle;
        else begin
          step_q <= Fold8;
          operate(value, value >> 256, 16'h00ff);
        end
      end
      Fold8: begin
        step_q <= Fold4;
        operate(value, value >> 128, 16'h000f);
      end
      Fold4: begin
        step_q <= Fold2;
        operate(value, value >> 64, 16'h0003);
      end
      Fold2: begin
        step_q <= Fold1;
        operate(value, value >> 32, 16'h0001);
      end
      Fold1: begin
        step_q <= Scalar;
        // Without an active element the scalar itself is the least and the greatest, whatever it is.
        if (!sum && !any_q) begin
          result_o <= scalar_q;
          state_q  <= Done;
        end else begin
          operate(value, {480'd0, scalar_q}, 16'h0001);
        end
      end
      default: begin
        result_o <= value[31:0];
        state_q  <= Done;
      end
    endcase
  endtask

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q   <= Idle;
      add_o     <= 1'b0;
      compare_o <= 1'b0;
    end else begin
      case (state_q)
        Idle: if (start_i) start();
        Element: begin
          if (ordered) element(value_q);
          else operate(value_q, elements_q, 16'hffff);
        end
        Wait: begin
          add_o     <= 1'b0;
          compare_o <= 1'b0;
          wait_q    <= wait_q - 3'd1;
          if (wait_q == 3'd0) begin
            flags_o <= flags_o | (sum ? sum_flags_i : extreme_flags_i);
            next_step(sum ? sum_i : extreme_i);
          end
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
