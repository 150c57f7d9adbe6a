// Runs the lanes of the element-wise unit: starts lines when their operands are there, and writes the results.
//
// Function: for each job, line by line until the one that the stream of x marks as its last: stage 1 when x (and y, unless
// absent) is in the operand buffer, then stages 2 and 3, and a write for every line (FP32) or every second one (BF16).
// done_valid_o (with sem_en) pulses in the cycle after the last write of a job was granted.
// Latency: a write is requested three cycles after stage 1. Throughput: one line per cycle, across jobs too.
// Back-pressure: a refused write stops all stages; job_ready_o is low while a job waits behind the one that runs.
// Registered: all outputs but the enables of the stages, d_taken_o, job_ready_o and idle_o.
`include "dojo_assert.svh"
module elementwise_control (
    input  logic                               clk_i,
    input  logic                               rst_ni,
    input  logic                               job_valid_i,
    /* verilator lint_off UNUSEDSIGNAL */  // addresses are for the streams
    input  dojo_pkg::elementwise_descriptor_t  job_i,
    /* verilator lint_on UNUSEDSIGNAL */
    output logic                               job_ready_o,
    // operands
    input  logic                               x_fill_valid_i,
    input  logic [2:0]                         x_fill_slot_i,
    input  logic                               x_fill_last_i,
    input  logic [3:0]                         x_completed_i,
    input  logic [3:0]                         y_completed_i,
    output logic [3:0]                         x_consumed_o,
    output logic [3:0]                         y_consumed_o,
    // lanes
    output logic                               multiply_o,
    output logic                               add_o,
    output logic                               round_o,
    output logic [7:0]                         op_o,
    output logic [31:0]                        scalar_o,
    output logic                               y_absent_o,
    output logic                               bf16_o,
    output logic                               high_o,
    // writes
    input  logic [14:0]                        d_line_i,
    output logic                               d_taken_o,
    output logic                               vw_valid_o,
    output logic [14:0]                        vw_line_o,
    input  logic                               vw_grant_i,
    output logic                               done_valid_o,
    output logic [4:0]                         done_sem_o,
    output logic [63:0]                        lines_o,
    output logic                               idle_o
);

  typedef struct packed {
    logic [7:0]  op;
    logic [31:0] scalar;
    logic        y_absent;
    logic        bf16;
    logic        sem_en;
    logic [4:0]  sem;
  } job_t;

  // What goes with a line through the stages.
  typedef struct packed {
    logic       bf16;
    logic       high;
    logic       last_counts;  // the last line of a job with a semaphore
    logic [4:0] sem;
  } tag_t;

  job_t       job_q, next_job_q;   // the one that runs, and the one behind it
  logic       job_valid_q, next_valid_q;
  logic [7:0] slot_last_q;     // by slot of the operand buffer: the last line of a job
  logic       high_q;          // the next line is the second half of a BF16 line
  logic       valid1_q, valid2_q;
  tag_t       tag1_q, tag2_q;
  logic       final_q;         // the requested write is the last of a job with a semaphore
  logic [4:0] sem_q;

  logic       stall, last, active;

  assign job_ready_o = !next_valid_q && !(job_valid_q && job_valid_i);
  // Stage 3 needs the register of a write that is still refused.
  assign stall       = valid2_q && vw_valid_o && !vw_grant_i;
  assign multiply_o  = job_valid_q && x_completed_i != x_consumed_o &&
                       (job_q.y_absent || y_completed_i != y_consumed_o) && !stall;
  assign add_o       = valid1_q && !stall;
  assign round_o     = valid2_q && !stall;
  assign last        = slot_last_q[x_consumed_o[2:0]];
  assign op_o        = job_q.op;
  assign scalar_o    = job_q.scalar;
  assign y_absent_o  = job_q.y_absent;
  assign bf16_o      = tag2_q.bf16;
  assign high_o      = tag2_q.high;
  assign d_taken_o   = round_o && (!tag2_q.bf16 || tag2_q.high);
  assign active      = job_valid_i || job_valid_q || x_fill_valid_i || valid1_q || valid2_q || vw_valid_o || done_valid_o;
  assign idle_o      = !active;

  function automatic job_t arriving_job;
    return '{op: job_i.op, scalar: job_i.scalar, y_absent: job_i.y_absent, bf16: job_i.d_bf16, sem_en: job_i.sem_en,
             sem: job_i.sem};
  endfunction

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      job_valid_q  <= 1'b0;
      next_valid_q <= 1'b0;
      high_q       <= 1'b0;
      valid1_q     <= 1'b0;
      valid2_q     <= 1'b0;
      x_consumed_o <= '0;
      y_consumed_o <= '0;
      vw_valid_o   <= 1'b0;
      done_valid_o <= 1'b0;
      lines_o      <= '0;
    end else if (active) begin
      logic job_ends;
      job_ends = multiply_o && last;
      if (!job_valid_q || job_ends) begin
        job_valid_q <= next_valid_q || job_valid_i;
        if (next_valid_q) job_q <= next_job_q;
        else if (job_valid_i) job_q <= arriving_job();
      end
      if (job_valid_i) next_job_q <= arriving_job();
      // A job that arrives waits if another one keeps running or goes first.
      if (!job_valid_q || job_ends) next_valid_q <= next_valid_q && job_valid_i;
      else next_valid_q <= next_valid_q || job_valid_i;
      if (x_fill_valid_i) slot_last_q[x_fill_slot_i] <= x_fill_last_i;

      if (multiply_o) begin
        x_consumed_o <= x_consumed_o + 4'd1;
        if (!job_q.y_absent) y_consumed_o <= y_consumed_o + 4'd1;
        lines_o <= lines_o + 64'd1;
        high_q  <= job_q.bf16 && !high_q;
        tag1_q  <= '{bf16: job_q.bf16, high: high_q, last_counts: last && job_q.sem_en, sem: job_q.sem};
      end
      if (!stall) begin
        valid1_q <= multiply_o;
        valid2_q <= valid1_q;
        tag2_q   <= tag1_q;
      end

      done_valid_o <= vw_grant_i && final_q;
      if (vw_grant_i) begin
        vw_valid_o <= 1'b0;
        done_sem_o <= sem_q;
      end
      if (d_taken_o) begin
        vw_valid_o <= 1'b1;
        vw_line_o  <= d_line_i;
        final_q    <= tag2_q.last_counts;
        sem_q      <= tag2_q.sem;
      end
    end
  end

  // Integration checks.
  `DOJO_ASSERT(JobHasRoom, !job_valid_i || !next_valid_q)
  `DOJO_ASSERT(GrantIsAsked, !vw_grant_i || vw_valid_o)
  `DOJO_ASSERT(LineHasJob, x_completed_i == x_consumed_o || job_valid_q)
  `DOJO_COVER(WriteStall, stall)

endmodule
