// The matrix unit: C = op(A) * op(B) over grids of 8x8 tiles in the node's SRAM, as matrix descriptors say.
//
// Function: takes commands (addresses of descriptors) in order; docs/descriptors.md and docs/numerics.md define what each does.
// Parts: command_queue fetches descriptors; matrix_sequencer checks them and cuts C into macro-tiles; two matrix_operand_stream read A
// and B ahead; matrix_step_issue starts steps; matrix_datapath computes; matrix_drain writes C. The parts run on their own, so that
// neither a new macro-tile nor a new descriptor costs a cycle while operands arrive in time.
// Latency: the first step is in the datapath 16 cycles after a command for macro-tiles of 2x2 when no request is refused; done comes
// one cycle after the last write was granted. Throughput: one 8x8x4 step per cycle for macro-tiles of two or four tiles, one per
// two cycles for a single tile.
// A line of a named accumulator is read or written in every cycle, without any order with descriptors: software waits for their end.
// Back-pressure: command_ready_o; SRAM requests are held until granted.
// Registered: all outputs but command_ready_o, idle_o and the choice between descriptor fetch and A on read port 0.
`include "dojo_assert.svh"
module matrix_unit (
    input  logic         clk_i,
    input  logic         rst_ni,
    input  logic         command_valid_i,
    input  logic [31:0]  command_address_i,
    output logic         command_ready_o,
    // vector reads: port 0 descriptors and A, port 1 B; data is taken in the cycle after the grant
    output logic [1:0]   vr_valid_o,
    output logic [14:0]  vr_line_o[2],
    input  logic [1:0]   vr_grant_i,
    input  logic [1:0][511:0] vr_data_i,
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
    // counters
    output logic [63:0]  steps_o,
    output logic [63:0]  operand_stalls_o,
    output logic [63:0]  drain_stalls_o,
    // lines of the named accumulators: two rows of 8 FP32 values; one of both in a cycle
    input  logic         accumulator_read_valid_i,
    input  logic         accumulator_write_valid_i,
    input  logic [5:0]   accumulator_line_i,    // name, tile row, tile column, line of the tile
    input  logic [511:0] accumulator_data_i,
    input  logic [15:0]  accumulator_enable_i,  // values to write
    output logic [511:0] accumulator_data_o,    // from the cycle after a read on
    output logic         idle_o
);

  logic         fetch_valid, fetch_grant;
  logic [14:0]  fetch_line;
  logic         descriptor_valid, descriptor_bad, descriptor_ready;
  logic [511:0] descriptor;
  logic [31:0]  descriptor_address;
  logic         queue_idle, sequencer_idle, a_idle, b_idle, issue_idle, drain_idle, datapath_idle;

  assign idle_o = queue_idle && sequencer_idle && a_idle && b_idle && issue_idle && drain_idle && datapath_idle;

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
      .descriptor_o        (descriptor),
      .descriptor_address_o(descriptor_address),
      .descriptor_ready_i  (descriptor_ready),
      .idle_o              (queue_idle)
  );

  logic                    tile_valid, a_ready, b_ready, issue_ready, drain_ready;
  matrix_pkg::macro_tile_t tile;
  matrix_pkg::image_t      image;

  matrix_sequencer u_sequencer (
      .clk_i,
      .rst_ni,
      .descriptor_valid_i  (descriptor_valid),
      .descriptor_bad_i    (descriptor_bad),
      .descriptor_i        (descriptor),
      .descriptor_address_i(descriptor_address),
      .descriptor_ready_o  (descriptor_ready),
      .tile_valid_o        (tile_valid),
      .tile_o              (tile),
      .image_o             (image),
      .tile_ready_i        (a_ready && b_ready && issue_ready && drain_ready),
      .fault_valid_o,
      .fault_cause_o,
      .fault_address_o,
      .idle_o              (sequencer_idle)
  );

  logic        a_valid, b_valid, a_grant, a_fill_valid, b_fill_valid;
  logic [14:0] a_line, b_line;
  logic [2:0]  a_completed, b_completed, consumed;
  logic        operands_valid;  // a macro-tile that reads operands
  matrix_pkg::fill_t a_fill, b_fill;

  assign operands_valid = tile_valid && tile.k_tiles != 16'd0;

  matrix_operand_stream #(
      .HasImage(1'b1)
  ) u_stream_a (
      .clk_i,
      .rst_ni,
      .tile_valid_i      (operands_valid),
      .tile_line_i       (tile.a_line),
      .tile_pair_stride_i(tile.a_m_stride),
      .tile_k_stride_i   (tile.a_k_stride),
      .tile_k_tiles_i    (tile.k_tiles),
      .tile_pair_i       (tile.two_rows),
      .tile_format_i     (tile.a_format),
      .tile_image_i      (tile.image),
      .image_i           (image),
      .tile_ready_o      (a_ready),
      .vr_valid_o        (a_valid),
      .vr_line_o         (a_line),
      .vr_grant_i        (a_grant),
      .fill_valid_o      (a_fill_valid),
      .fill_o            (a_fill),
      .completed_o       (a_completed),
      .consumed_i        (consumed),
      .idle_o            (a_idle)
  );

  matrix_operand_stream #(
      .HasImage(1'b0)
  ) u_stream_b (
      .clk_i,
      .rst_ni,
      .tile_valid_i      (operands_valid),
      .tile_line_i       (tile.b_line),
      .tile_pair_stride_i(tile.b_n_stride),
      .tile_k_stride_i   (tile.b_k_stride),
      .tile_k_tiles_i    (tile.k_tiles),
      .tile_pair_i       (tile.two_columns),
      .tile_format_i     (tile.b_format),
      .tile_image_i      (1'b0),
      .image_i           ('0),
      .tile_ready_o      (b_ready),
      .vr_valid_o        (b_valid),
      .vr_line_o         (b_line),
      .vr_grant_i        (vr_grant_i[1]),
      .fill_valid_o      (b_fill_valid),
      .fill_o            (b_fill),
      .completed_o       (b_completed),
      .consumed_i        (consumed),
      .idle_o            (b_idle)
  );

  read_port_share u_port_0 (
      .clk_i,
      .rst_ni,
      .fetch_valid_i (fetch_valid),
      .fetch_line_i  (fetch_line),
      .fetch_grant_o (fetch_grant),
      .stream_valid_i(a_valid),
      .stream_line_i (a_line),
      .stream_grant_o(a_grant),
      .port_valid_o  (vr_valid_o[0]),
      .port_line_o   (vr_line_o[0]),
      .port_grant_i  (vr_grant_i[0])
  );

  assign vr_valid_o[1] = b_valid;
  assign vr_line_o[1]  = b_line;

  logic              step_valid, computed, load, load_bf16, drained;
  matrix_pkg::step_t step;
  logic [4:0]        load_accumulator;
  logic [2:0]        drained_set;
  logic [1:0]        load_line;

  matrix_step_issue u_issue (
      .clk_i,
      .rst_ni,
      .tile_valid_i (tile_valid),
      .tile_i       (tile),
      .tile_ready_o (issue_ready),
      .a_completed_i(a_completed),
      .b_completed_i(b_completed),
      .consumed_o   (consumed),
      .drained_i    (drained),
      .drained_set_i(drained_set),
      .step_valid_o (step_valid),
      .step_o       (step),
      .steps_o,
      .operand_stalls_o,
      .drain_stalls_o,
      .idle_o       (issue_idle)
  );

  matrix_datapath u_datapath (
      .clk_i,
      .rst_ni,
      .a_fill_valid_i     (a_fill_valid),
      .a_fill_i           (a_fill),
      .a_fill_data_i      (vr_data_i[0]),
      .b_fill_valid_i     (b_fill_valid),
      .b_fill_i           (b_fill),
      .b_fill_data_i      (vr_data_i[1]),
      .step_valid_i       (step_valid),
      .step_i             (step),
      .computed_o         (computed),
      .drain_load_i       (load),
      .drain_accumulator_i(load_accumulator),
      .drain_line_i       (load_line),
      .drain_bf16_i       (load_bf16),
      .drain_data_o       (vw_data_o),
      .accumulator_read_valid_i,
      .accumulator_write_valid_i,
      .accumulator_line_i,
      .accumulator_data_i,
      .accumulator_enable_i,
      .accumulator_data_o,
      .idle_o             (datapath_idle)
  );

  matrix_drain u_drain (
      .clk_i,
      .rst_ni,
      .tile_valid_i      (tile_valid),
      .tile_i            (tile),
      .tile_ready_o      (drain_ready),
      .computed_i        (computed),
      .load_o            (load),
      .load_accumulator_o(load_accumulator),
      .load_line_o       (load_line),
      .load_bf16_o       (load_bf16),
      .drained_o         (drained),
      .drained_set_o     (drained_set),
      .vw_valid_o,
      .vw_line_o,
      .vw_grant_i,
      .done_valid_o,
      .done_sem_o,
      .idle_o            (drain_idle)
  );

  assign vw_be_o = '1;  // whole lines only

  // Implementation checks.
  `DOJO_ASSERT(WriteIsInSram, !vw_valid_o || 32'(vw_line_o) < dojo_pkg::SramLines)
  `DOJO_ASSERT(ReadOfAIsInSram, !a_valid || 32'(a_line) < dojo_pkg::SramLines)
  `DOJO_ASSERT(ReadOfBIsInSram, !b_valid || 32'(b_line) < dojo_pkg::SramLines)

endmodule
