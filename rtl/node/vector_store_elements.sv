// Stores that go element by element: strided, indexed, segment, and consecutive ones that may trap.
//
// Function: reads the registers of a row (one per field) into a buffer, then writes piece after piece of the walk: an element, or the
// fields of a segment that lie in one line. At a fault everything before it is written.
// Latency: as many cycles as there are fields, then two until the request. Throughput: one piece per cycle, and per row of
// elements a pause of one cycle per field. Starts only when its registers are free.
// Back-pressure: the SRAM's grant, the check port, done_ready_i. Registered: the request and done.
`include "dojo_assert.svh"
module vector_store_elements (
    input  logic                   clk_i,
    input  logic                   rst_ni,
    input  logic                   start_valid_i,
    input  vector_pkg::tag_t       start_tag_i,
    input  vector_pkg::dispatch_t  start_i,
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
    input  logic                   done_ready_i,
    output logic                   idle_o
);

  logic                  active_q, over_q, loading_q;
  logic [2:0]            load_field_q;

  logic                  index_valid, piece_valid, piece_active, piece_row_end, piece_take, fault, all_taken, finish, load;
  logic [4:0]            index_register;
  logic [9:0]            piece_element;
  logic [2:0]            piece_field;
  logic [3:0]            piece_fields;
  logic [14:0]           piece_line;
  logic [5:0]            piece_place, fault_cause;
  logic [63:0]           fault_address;
  /* verilator lint_off UNUSEDSIGNAL */  // the walk uses the rest
  vector_pkg::dispatch_t record;
  /* verilator lint_on UNUSEDSIGNAL */
  logic [8:0]            target;

  vector_walk #(
      .Store(1'b1)
  ) u_walk (
      .clk_i,
      .rst_ni,
      .start_valid_i,
      .start_i,
      .hold_i          (over_q || loading_q),
      .index_valid_o   (index_valid),
      .index_register_o(index_register),
      .index_i         (read_data_i),
      .mask_valid_o,
      .mask_i,
      .pmp_enforced_i,
      .check_valid_o,
      .check_address_o,
      .check_size_o,
      .check_grant_i,
      .check_ok_i,
      .piece_valid_o   (piece_valid),
      .piece_active_o  (piece_active),
      .piece_row_end_o (piece_row_end),
      .piece_element_o (piece_element),
      .piece_field_o   (piece_field),
      .piece_fields_o  (piece_fields),
      .piece_line_o    (piece_line),
      .piece_place_o   (piece_place),
      .piece_take_i    (piece_take),
      .fault_o         (fault),
      .fault_cause_o   (fault_cause),
      .fault_address_o (fault_address),
      .end_o           (all_taken),
      .record_o        (record),
      .finish_i        (finish)
  );

  assign load            = active_q && loading_q && !all_taken;
  assign target          = 9'(piece_element << record.memory.width);
  assign read_valid_o    = load || index_valid;
  assign read_hart_o     = record.hart;
  assign read_register_o = load ? record.insn[11:7] + ({2'd0, load_field_q} << record.memory.group) + {2'd0, target[8:6]} : index_register;
  assign piece_take      = piece_valid && (fault || !piece_active || !vw_valid_o || vw_grant_i);
  assign finish          = done_valid_o && done_ready_i;
  assign idle_o          = !active_q;

  // The registers of the row, private to the process.
  logic [511:0] buffer[8];

  /* verilator lint_off BLKSEQ */
  task automatic request();
    logic [511:0] data;
    logic [63:0]  enable, bytes;
    logic [31:0]  bits;
    logic [5:0]   to;
    data   = '0;
    enable = '0;
    bytes  = (record.memory.width == 2'd0) ? 64'h1 : (record.memory.width == 2'd1) ? 64'h3 : 64'hf;
    for (int unsigned j = 0; j < 8 && j < 32'(piece_fields); j++) begin
      to     = piece_place + (6'(j) << record.memory.width);
      bits   = vector_pkg::word_at(buffer[piece_field+3'(j)], target[5:0]) & vector_pkg::element_bits(record.memory.width);
      data[{to[5:2], 5'd0}+:32] = data[{to[5:2], 5'd0}+:32] | (bits << {to[1:0], 3'd0});
      enable = enable | bytes << to;
    end
    vw_valid_o <= 1'b1;
    vw_line_o  <= piece_line;
    vw_data_o  <= data;
    vw_be_o    <= enable;
  endtask

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      active_q     <= 1'b0;
      over_q       <= 1'b0;
      loading_q    <= 1'b0;
      vw_valid_o   <= 1'b0;
      done_valid_o <= 1'b0;
      load_field_q <= '0;
    end else if (start_valid_i || !idle_o) begin
      if (vw_grant_i) vw_valid_o <= 1'b0;
      if (load) begin
        buffer[load_field_q] = read_data_i;
        load_field_q         <= load_field_q + 3'd1;
        if (load_field_q == record.memory.fields) begin
          loading_q    <= 1'b0;
          load_field_q <= '0;
        end
      end
      if (piece_take) begin
        if (fault) begin
          over_q        <= 1'b1;
          done_o.trap   <= 1'b1;
          done_o.tval   <= fault_address;
          done_o.cause  <= fault_cause;
          done_o.vstart <= piece_element;
        end else begin
          if (piece_active) request();
          loading_q <= piece_row_end;
        end
      end
      if (active_q && (all_taken || over_q) && (!vw_valid_o || vw_grant_i) && !finish) done_valid_o <= 1'b1;
      if (finish) begin
        done_valid_o <= 1'b0;
        active_q     <= 1'b0;
        over_q       <= 1'b0;
      end
      if (start_valid_i) begin
        active_q           <= 1'b1;
        loading_q          <= 1'b1;
        done_o             <= '0;
        done_o.hart        <= start_i.hart;
        done_o.tag         <= start_tag_i;
        done_o.synchronous <= start_i.synchronous;
      end
    end
  end
  /* verilator lint_on BLKSEQ */

  // Integration checks.
  `DOJO_ASSERT(StartsWhenIdle, !start_valid_i || !active_q)
  `DOJO_ASSERT(RequestIsInSram, !vw_valid_o || 32'(vw_line_o) < dojo_pkg::SramLines)
  // Implementation checks.
  `DOJO_COVER(Refused, vw_valid_o && !vw_grant_i)
  `DOJO_COVER(Traps, done_valid_o && done_o.trap)
  `DOJO_COVER(WaitsForDone, done_valid_o && !done_ready_i)

endmodule
