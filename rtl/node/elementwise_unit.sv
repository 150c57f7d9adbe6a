// The element-wise unit: d = op(s, x, y) over streams of lines in the node's SRAM, as element-wise descriptors say.
//
// Function: takes commands (addresses of descriptors) in order; docs/descriptors.md and docs/numerics.md define what each does. A
// descriptor is checked whole and then goes as a job to the streams of x, y and d and to the lanes, which run on their own, so
// that one descriptor follows another without a pause.
// Latency: x and y are requested nine cycles after a command, the write of a line five cycles after its x and y when nothing is refused;
// done comes one cycle after the last write was granted. Throughput: one line of x and y per cycle.
// Back-pressure: command_ready_o; SRAM requests are held until granted; a refused write stops the lanes, not the reads.
// Registered: all outputs but command_ready_o, idle_o, the choice between descriptor fetch and x on read port 0, and the gating of
// reads by free slots.
`include "dojo_assert.svh"
module elementwise_unit (
    input  logic         clk_i,
    input  logic         rst_ni,
    input  logic         command_valid_i,
    input  logic [31:0]  command_address_i,
    output logic         command_ready_o,
    // vector reads: port 0 descriptors and x, port 1 y; data is taken in the cycle after the grant
    output logic [1:0]   vr_valid_o,
    output logic [14:0]  vr_line_o[2],
    input  logic [1:0]   vr_grant_i,
    input  logic [511:0] vr_data_i[2],
    // vector write
    output logic         vw_valid_o,
    output logic [14:0]  vw_line_o,
    output logic [511:0] vw_data_o,
    output logic [63:0]  vw_be_o,
    input  logic         vw_grant_i,
    // a descriptor with a semaphore has ended
    output logic         done_valid_o,
    output logic [4:0]   done_sem_o,
    // a descriptor was refused
    output logic         fault_valid_o,
    output logic [7:0]   fault_cause_o,
    output logic [31:0]  fault_address_o,
    // counter
    output logic [63:0]  lines_o,
    output logic         idle_o
);

  logic         fetch_valid, fetch_grant;
  logic [14:0]  fetch_line;
  logic         descriptor_valid, descriptor_bad, descriptor_ready;
  logic [511:0] descriptor_line;
  logic [31:0]  descriptor_address;
  logic         queue_idle, check_idle, x_idle, y_idle, d_idle, lanes_idle;

  assign idle_o = queue_idle && check_idle && x_idle && y_idle && d_idle && lanes_idle;

  command_queue u_queue (
      .clk_i,
      .rst_ni,
      .command_valid_i,
      .command_address_i,
      .command_ready_o,
      .fetch_valid_o       (fetch_valid),
      .fetch_line_o        (fetch_line),
      .fetch_grant_i       (fetch_grant),
      .fetch_data_i        (vr_data_i[0]),
      .descriptor_valid_o  (descriptor_valid),
      .descriptor_bad_o    (descriptor_bad),
      .descriptor_o        (descriptor_line),
      .descriptor_address_o(descriptor_address),
      .descriptor_ready_i  (descriptor_ready),
      .idle_o              (queue_idle)
  );

  logic                              job_valid, job_ready, x_ready, y_ready, d_ready, lanes_ready;
  dojo_pkg::elementwise_descriptor_t job;

  elementwise_check u_check (
      .clk_i,
      .rst_ni,
      .descriptor_valid_i  (descriptor_valid),
      .descriptor_bad_i    (descriptor_bad),
      .descriptor_i        (descriptor_line),
      .descriptor_address_i(descriptor_address),
      .descriptor_ready_o  (descriptor_ready),
      .job_valid_o         (job_valid),
      .job_o               (job),
      .job_ready_i         (job_ready),
      .fault_valid_o,
      .fault_cause_o,
      .fault_address_o,
      .idle_o              (check_idle)
  );
  assign job_ready = x_ready && y_ready && d_ready && lanes_ready;

  logic        x_valid, y_valid, x_grant, x_fill_valid, y_fill_valid, x_fill_last, y_last_unused;
  logic [14:0] x_line, y_line;
  logic [2:0]  x_fill_slot, y_fill_slot;
  logic [3:0]  x_completed, y_completed, x_consumed, y_consumed;

  elementwise_reader u_x (
      .clk_i,
      .rst_ni,
      .job_valid_i       (job_valid),
      .job_line_i        (job.x_base[20:6]),
      .job_inner_stride_i(job.x_inner_stride[20:6]),
      .job_outer_stride_i(job.x_outer_stride[20:6]),
      .job_inner_count_i (job.inner_count),
      .job_outer_count_i (job.outer_count),
      .job_ready_o       (x_ready),
      .vr_valid_o        (x_valid),
      .vr_line_o         (x_line),
      .vr_grant_i        (x_grant),
      .fill_valid_o      (x_fill_valid),
      .fill_slot_o       (x_fill_slot),
      .fill_last_o       (x_fill_last),
      .completed_o       (x_completed),
      .consumed_i        (x_consumed),
      .idle_o            (x_idle)
  );

  elementwise_reader u_y (
      .clk_i,
      .rst_ni,
      .job_valid_i       (job_valid && !job.y_absent),
      .job_line_i        (job.y_base[20:6]),
      .job_inner_stride_i(job.y_inner_stride[20:6]),
      .job_outer_stride_i(job.y_outer_stride[20:6]),
      .job_inner_count_i (job.inner_count),
      .job_outer_count_i (job.outer_count),
      .job_ready_o       (y_ready),
      .vr_valid_o        (y_valid),
      .vr_line_o         (y_line),
      .vr_grant_i        (vr_grant_i[1]),
      .fill_valid_o      (y_fill_valid),
      .fill_slot_o       (y_fill_slot),
      .fill_last_o       (y_last_unused),
      .completed_o       (y_completed),
      .consumed_i        (y_consumed),
      .idle_o            (y_idle)
  );
  assign vr_valid_o[1] = y_valid;
  assign vr_line_o[1]  = y_line;

  read_port_share u_port_0 (
      .clk_i,
      .rst_ni,
      .fetch_valid_i (fetch_valid),
      .fetch_line_i  (fetch_line),
      .fetch_grant_o (fetch_grant),
      .stream_valid_i(x_valid),
      .stream_line_i (x_line),
      .stream_grant_o(x_grant),
      .port_valid_o  (vr_valid_o[0]),
      .port_line_o   (vr_line_o[0]),
      .port_grant_i  (vr_grant_i[0])
  );

  logic        d_valid, d_last_unused, d_taken;
  logic [14:0] d_line;

  elementwise_stream u_d (
      .clk_i,
      .rst_ni,
      .job_valid_i       (job_valid),
      .job_line_i        (job.d_base[20:6]),
      .job_inner_stride_i(job.d_inner_stride[20:6]),
      .job_outer_stride_i(job.d_outer_stride[20:6]),
      .job_inner_count_i (job.d_bf16 ? {1'b0, job.inner_count[15:1]} : job.inner_count),
      .job_outer_count_i (job.outer_count),
      .job_ready_o       (d_ready),
      .valid_o           (d_valid),
      .line_o            (d_line),
      .last_o            (d_last_unused),
      .taken_i           (d_taken),
      .idle_o            (d_idle)
  );

  logic        multiply, add, round, y_absent, bf16, high;
  logic [7:0]  op;
  logic [31:0] scalar;

  elementwise_control u_control (
      .clk_i,
      .rst_ni,
      .job_valid_i   (job_valid),
      .job_i         (job),
      .job_ready_o   (lanes_ready),
      .x_fill_valid_i(x_fill_valid),
      .x_fill_slot_i (x_fill_slot),
      .x_fill_last_i (x_fill_last),
      .x_completed_i (x_completed),
      .y_completed_i (y_completed),
      .x_consumed_o  (x_consumed),
      .y_consumed_o  (y_consumed),
      .multiply_o    (multiply),
      .add_o         (add),
      .round_o       (round),
      .op_o          (op),
      .scalar_o      (scalar),
      .y_absent_o    (y_absent),
      .bf16_o        (bf16),
      .high_o        (high),
      .d_line_i      (d_line),
      .d_taken_o     (d_taken),
      .vw_valid_o,
      .vw_line_o,
      .vw_grant_i,
      .done_valid_o,
      .done_sem_o,
      .lines_o,
      .idle_o        (lanes_idle)
  );

  fma_lanes u_lanes (
      .clk_i,
      .x_fill_valid_i(x_fill_valid),
      .x_fill_slot_i (x_fill_slot),
      .x_fill_data_i (vr_data_i[0]),
      .y_fill_valid_i(y_fill_valid),
      .y_fill_slot_i (y_fill_slot),
      .y_fill_data_i (vr_data_i[1]),
      .multiply_i    (multiply),
      .add_i         (add),
      .round_i       (round),
      .op_i          (op),
      .scalar_i      (scalar),
      .x_slot_i      (x_consumed[2:0]),
      .y_slot_i      (y_consumed[2:0]),
      .y_absent_i    (y_absent),
      .bf16_i        (bf16),
      .high_i        (high),
      .data_o        (vw_data_o)
  );

  assign vw_be_o = '1;  // whole lines only

  // Implementation checks.
  `DOJO_ASSERT(LineHasAddress, !d_taken || d_valid)
  `DOJO_ASSERT(WriteIsInSram, !vw_valid_o || 32'(vw_line_o) < dojo_pkg::SramLines)
  `DOJO_ASSERT(ReadOfXIsInSram, !x_valid || 32'(x_line) < dojo_pkg::SramLines)
  `DOJO_ASSERT(ReadOfYIsInSram, !y_valid || 32'(y_line) < dojo_pkg::SramLines)

endmodule
