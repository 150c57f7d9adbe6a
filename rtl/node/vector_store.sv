// The store pipe of the vector unit, with the vector write port of the SRAM.
//
// Function: consecutive stores that cannot trap go to vector_store_stream, all others to vector_store_elements; one of the two at a time.
// Latency, throughput, back-pressure: those of the two. Registered: the request; reads of registers and done are functions of
// registers and of the grant.
`include "dojo_assert.svh"
module vector_store (
    input  logic                   clk_i,
    input  logic                   rst_ni,
    input  logic                   start_valid_i,  // start_i stands; it starts when start_ready_o is high, too
    input  vector_pkg::tag_t       start_tag_i,
    input  vector_pkg::dispatch_t  start_i,
    output logic                   start_ready_o,
    input  logic [31:0]            blocked_read_i,
    output logic [31:0]            reads_done_o,
    // data, indices and v0
    output logic                   read_valid_o,
    output logic                   mask_valid_o,
    output logic [1:0]             read_hart_o,
    output logic [4:0]             read_register_o,
    input  logic [511:0]           read_data_i,
    input  logic [511:0]           mask_i,
    // protection
    input  logic [3:0]             pmp_enforced_i,
    output logic                   check_valid_o,
    output logic [63:0]            check_address_o,
    output logic [1:0]             check_size_o,
    input  logic                   check_grant_i,
    input  logic                   check_ok_i,
    // SRAM
    output logic                   vw_valid_o,
    output logic [14:0]            vw_line_o,
    output logic [511:0]           vw_data_o,
    output logic [63:0]            vw_be_o,
    input  logic                   vw_grant_i,
    output logic                   done_valid_o,
    output vector_pkg::done_t      done_o,
    input  logic                   done_ready_i,   // of a synchronous one; others end at once
    output logic                   idle_o
);

  logic              stream_valid, stream_ready, stream_idle, stream_read, stream_mask, stream_request, stream_done;
  logic              elements_idle, elements_read, elements_mask, elements_request, elements_done;
  logic [1:0]        stream_hart, elements_hart;
  logic [4:0]        stream_register, elements_register;
  logic [14:0]       stream_line, elements_line;
  logic [511:0]      stream_data, elements_data;
  logic [63:0]       stream_be, elements_be;
  vector_pkg::tag_t  stream_done_tag;
  vector_pkg::done_t elements_done_record;

  assign stream_valid  = start_i.checked && start_i.memory.mode == vector_pkg::MemoryUnit && start_i.memory.fields == 3'd0;
  assign start_ready_o = start_valid_i && elements_idle && (stream_valid ? stream_ready : stream_idle);

  vector_store_stream u_stream (
      .clk_i,
      .rst_ni,
      .start_valid_i  (start_ready_o && stream_valid),
      .start_tag_i,
      .start_i,
      .start_ready_o  (stream_ready),
      .blocked_read_i,
      .reads_done_o,
      .read_valid_o   (stream_read),
      .mask_valid_o   (stream_mask),
      .read_hart_o    (stream_hart),
      .read_register_o(stream_register),
      .read_data_i,
      .mask_i,
      .vw_valid_o     (stream_request),
      .vw_line_o      (stream_line),
      .vw_data_o      (stream_data),
      .vw_be_o        (stream_be),
      .vw_grant_i     (vw_grant_i && stream_request),
      .done_valid_o   (stream_done),
      .done_tag_o     (stream_done_tag),
      .idle_o         (stream_idle)
  );

  vector_store_elements u_elements (
      .clk_i,
      .rst_ni,
      .start_valid_i  (start_ready_o && !stream_valid),
      .start_tag_i,
      .start_i,
      .read_valid_o   (elements_read),
      .mask_valid_o   (elements_mask),
      .read_hart_o    (elements_hart),
      .read_register_o(elements_register),
      .read_data_i,
      .mask_i,
      .pmp_enforced_i,
      .check_valid_o,
      .check_address_o,
      .check_size_o,
      .check_grant_i,
      .check_ok_i,
      .vw_valid_o     (elements_request),
      .vw_line_o      (elements_line),
      .vw_data_o      (elements_data),
      .vw_be_o        (elements_be),
      .vw_grant_i     (vw_grant_i && elements_request),
      .done_valid_o   (elements_done),
      .done_o         (elements_done_record),
      .done_ready_i,
      .idle_o         (elements_idle)
  );

  assign read_valid_o    = stream_read || elements_read;
  assign mask_valid_o    = stream_mask || elements_mask;
  assign read_hart_o     = (stream_read || stream_mask) ? stream_hart : elements_hart;
  assign read_register_o = stream_read ? stream_register : elements_register;
  assign vw_valid_o      = stream_request || elements_request;
  assign vw_line_o       = stream_request ? stream_line : elements_line;
  assign vw_data_o       = stream_request ? stream_data : elements_data;
  assign vw_be_o         = stream_request ? stream_be : elements_be;
  assign done_valid_o    = stream_done || elements_done;
  assign idle_o          = stream_idle && elements_idle;

  always_comb begin
    done_o = '0;
    if (elements_done) done_o = elements_done_record;
    if (stream_done) done_o.tag = stream_done_tag;
  end

  // Implementation checks.
  `DOJO_ASSERT(OneRequest, !(stream_request && elements_request))
  `DOJO_ASSERT(OneDone, !(stream_done && elements_done))

endmodule
