// One input stream of the element-wise unit: reads the lines of its jobs ahead into eight slots of the lanes' operand buffer.
//
// Function: lines are requested in order while a slot is free; completed_o counts lines in the buffer, modulo 16; a slot is free again
// when consumed_i (modulo 16) has passed its line.
// Latency: a line is in the buffer two cycles after its grant's cycle began. Throughput: one line per cycle.
// Back-pressure: job_ready_o; a request is held until granted. Registered: everything but the gating of the request by free slots.
`include "dojo_assert.svh"
module elementwise_reader (
    input  logic        clk_i,
    input  logic        rst_ni,
    input  logic        job_valid_i,
    input  logic [14:0] job_line_i,
    input  logic [14:0] job_inner_stride_i,
    input  logic [14:0] job_outer_stride_i,
    input  logic [15:0] job_inner_count_i,
    input  logic [15:0] job_outer_count_i,
    output logic        job_ready_o,
    // vector read port
    output logic        vr_valid_o,
    output logic [14:0] vr_line_o,
    input  logic        vr_grant_i,
    // operand buffer: the line is on the read port in this cycle
    output logic        fill_valid_o,
    output logic [2:0]  fill_slot_o,
    output logic        fill_last_o,  // of its job
    output logic [3:0]  completed_o,
    input  logic [3:0]  consumed_i,
    output logic        idle_o
);

  logic       line_valid, last, stream_idle, active;
  logic [3:0] started_q;

  elementwise_stream u_stream (
      .clk_i,
      .rst_ni,
      .job_valid_i,
      .job_line_i,
      .job_inner_stride_i,
      .job_outer_stride_i,
      .job_inner_count_i,
      .job_outer_count_i,
      .job_ready_o,
      .valid_o(line_valid),
      .line_o (vr_line_o),
      .last_o (last),
      .taken_i(vr_grant_i),
      .idle_o (stream_idle)
  );

  assign vr_valid_o = line_valid && 4'(started_q - consumed_i) < 4'd8;
  assign active     = line_valid || fill_valid_o;
  assign idle_o     = stream_idle && !fill_valid_o;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      started_q    <= '0;
      completed_o  <= '0;
      fill_valid_o <= 1'b0;
    end else if (active) begin
      fill_valid_o <= vr_grant_i;
      if (vr_grant_i) begin
        fill_slot_o <= started_q[2:0];
        fill_last_o <= last;
        started_q   <= started_q + 4'd1;
      end
      if (fill_valid_o) completed_o <= completed_o + 4'd1;
    end
  end

  // Integration checks.
  `DOJO_ASSERT(GrantIsAsked, !vr_grant_i || vr_valid_o)
  // Implementation checks.
  `DOJO_ASSERT(SlotsFit, 4'(started_q - consumed_i) <= 4'd8)

endmodule
