// One load pipe of the vector unit, with one read port of the SRAM.
//
// Function: consecutive loads that cannot trap go to vector_load_stream, all others to vector_load_elements; one of the two at a time.
// Latency, throughput, back-pressure: those of the two. Registered: all outputs but the request and the reads of registers, which are
// functions of registers.
`include "dojo_assert.svh"
module vector_load (
    input  logic                          clk_i,
    input  logic                          rst_ni,
    input  logic                          start_valid_i,  // start_i stands; it starts when start_ready_o is high, too
    input  vector_pkg::tag_t              start_tag_i,
    input  vector_pkg::dispatch_t         start_i,
    input  logic                          start_take_i,
    output logic                          start_ready_o,
    input  logic                          mask_blocked_i,
    input  logic [31:0]                   blocked_write_i,
    // indices and v0
    output logic                          index_valid_o,
    output logic                          mask_valid_o,
    output logic [1:0]                    read_hart_o,
    output logic [4:0]                    index_register_o,
    input  logic [511:0]                  index_i,
    input  logic [511:0]                  mask_i,
    // protection
    input  logic [3:0]                    pmp_enforced_i,
    output logic                          check_valid_o,
    output logic [63:0]                   check_address_o,
    output logic [1:0]                    check_size_o,
    input  logic                          check_grant_i,
    input  logic                          check_ok_i,
    // SRAM
    output logic                          vr_valid_o,
    output logic [14:0]                   vr_line_o,
    input  logic                          vr_grant_i,
    input  logic [511:0]                  vr_data_i,
    // registers
    output logic                          write_valid_o,
    output vector_pkg::register_write_t   write_o,
    output logic [31:0]                   writes_done_o,
    output vector_pkg::tag_t              writes_done_tag_o,
    output logic                          done_valid_o,
    output vector_pkg::done_t             done_o,
    input  logic                          done_ready_i,   // of a synchronous one; others end at once
    output logic                          idle_o
);

  logic                         stream_valid, stream_ready, stream_idle, stream_request, stream_write_valid, stream_done, stream_mask;
  logic                         elements_idle, elements_request, elements_write_valid, elements_done, elements_mask;
  logic [14:0]                  stream_line, elements_line;
  logic [1:0]                   stream_hart, elements_hart;
  vector_pkg::register_write_t  stream_write, elements_write;
  vector_pkg::tag_t             stream_done_tag;
  vector_pkg::done_t            elements_done_record;

  assign stream_valid  = start_i.checked && start_i.memory.mode == vector_pkg::MemoryUnit && start_i.memory.fields == 3'd0;
  assign start_ready_o = start_valid_i && elements_idle && (stream_valid ? stream_ready : stream_idle);

  vector_load_stream u_stream (
      .clk_i,
      .rst_ni,
      .start_valid_i(start_take_i && stream_valid),
      .start_tag_i,
      .start_i,
      .start_ready_o(stream_ready),
      .mask_blocked_i,
      .blocked_write_i,
      .mask_valid_o (stream_mask),
      .mask_hart_o  (stream_hart),
      .mask_i,
      .vr_valid_o   (stream_request),
      .vr_line_o    (stream_line),
      .vr_grant_i   (vr_grant_i && stream_request),
      .vr_data_i,
      .write_valid_o(stream_write_valid),
      .write_o      (stream_write),
      .writes_done_o,
      .done_valid_o (stream_done),
      .done_tag_o   (stream_done_tag),
      .idle_o       (stream_idle)
  );

  vector_load_elements u_elements (
      .clk_i,
      .rst_ni,
      .start_valid_i(start_take_i && !stream_valid),
      .start_tag_i,
      .start_i,
      .index_valid_o,
      .index_register_o,
      .index_i,
      .mask_valid_o (elements_mask),
      .hart_o       (elements_hart),
      .mask_i,
      .pmp_enforced_i,
      .check_valid_o,
      .check_address_o,
      .check_size_o,
      .check_grant_i,
      .check_ok_i,
      .vr_valid_o   (elements_request),
      .vr_line_o    (elements_line),
      .vr_grant_i   (vr_grant_i && elements_request),
      .vr_data_i,
      .write_valid_o(elements_write_valid),
      .write_o      (elements_write),
      .done_valid_o (elements_done),
      .done_o       (elements_done_record),
      .done_ready_i,
      .idle_o       (elements_idle)
  );

  assign mask_valid_o      = stream_mask || elements_mask;
  assign read_hart_o       = stream_mask ? stream_hart : elements_hart;
  assign vr_valid_o        = stream_request || elements_request;
  assign vr_line_o         = stream_request ? stream_line : elements_line;
  assign write_valid_o     = stream_write_valid || elements_write_valid;
  assign write_o           = stream_write_valid ? stream_write : elements_write;
  assign writes_done_tag_o = stream_write.tag;
  assign done_valid_o      = stream_done || elements_done;
  assign idle_o            = stream_idle && elements_idle;

  always_comb begin
    done_o = '0;
    if (elements_done) done_o = elements_done_record;
    if (stream_done) done_o.tag = stream_done_tag;
  end

  // Implementation checks.
  `DOJO_ASSERT(OneRequest, !(stream_request && elements_request))
  `DOJO_ASSERT(OneWrite, !(stream_write_valid && elements_write_valid))
  `DOJO_ASSERT(OneDone, !(stream_done && elements_done))
  `DOJO_COVER(StreamThenElements, start_take_i && !stream_valid)

endmodule
