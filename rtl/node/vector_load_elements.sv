// Loads that go element by element: strided, indexed, segment, fault-only-first, and consecutive ones that may trap.
//
// Function: fetches the line of each piece of the walk (not again while the next piece lies in the same line) and gathers the elements of a
// register, or of the registers of all fields of a segment, in a buffer, which is written to the registers when the row is whole, while the
// next row gathers in a second buffer. At a fault everything before it is written; a fault after element 0 of a fault-only-first load
// is no trap but the new vl.
// Latency: registers are written from the fourth cycle after the grant of their last element on, one per cycle. Throughput: one piece
// (an element; a segment, if it lies in one line) per cycle. Starts only when all its registers are free.
// Back-pressure: the SRAM's grant, the check port, done_ready_i. Registered: writes and done; the request is a function of registers.
`include "dojo_assert.svh"
module vector_load_elements (
    input  logic                          clk_i,
    input  logic                          rst_ni,
    input  logic                          start_valid_i,
    input  vector_pkg::tag_t              start_tag_i,
    input  vector_pkg::dispatch_t         start_i,
    // indices and v0
    output logic                          index_valid_o,
    output logic [4:0]                    index_register_o,
    input  logic [511:0]                  index_i,
    output logic                          mask_valid_o,
    output logic [1:0]                    hart_o,
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
    output logic                          done_valid_o,
    output vector_pkg::done_t             done_o,
    input  logic                          done_ready_i,
    output logic                          idle_o
);

  // What is done with the data of a piece.
  typedef struct packed {
    logic        fetched;
    logic        bank;
    logic        row_end;
    logic [5:0]  place;     // in the line
    logic [8:0]  target;    // byte of the group
    logic [2:0]  field;
    logic [3:0]  fields;
  } gather_t;

  logic                  active_q, over_q, gather_valid_q, flush_valid_q, flush_bank_q, bank_q, line_valid_q;
  vector_pkg::tag_t      tag_q;
  gather_t               gather_q;
  logic [2:0]            flush_field_q, flush_row_q;
  logic [14:0]           last_line_q;

  logic                  piece_valid, piece_active, piece_row_end, piece_take, fault, all_taken, finish;
  logic [9:0]            piece_element;
  logic [2:0]            piece_field;
  logic [3:0]            piece_fields;
  logic [5:0]            piece_place, fault_cause;
  logic [63:0]           fault_address;
  /* verilator lint_off UNUSEDSIGNAL */  // the walk uses the rest
  vector_pkg::dispatch_t record;
  /* verilator lint_on UNUSEDSIGNAL */
  logic                  same_line, stall, present, closes;

  vector_walk u_walk (
      .clk_i,
      .rst_ni,
      .start_valid_i,
      .start_i,
      .hold_i          (over_q),
      .index_valid_o,
      .index_register_o,
      .index_i,
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
      .piece_line_o    (vr_line_o),
      .piece_place_o   (piece_place),
      .piece_take_i    (piece_take),
      .fault_o         (fault),
      .fault_cause_o   (fault_cause),
      .fault_address_o (fault_address),
      .end_o           (all_taken),
      .record_o        (record),
      .finish_i        (finish)
  );

  assign hart_o     = record.hart;
  assign same_line  = line_valid_q && last_line_q == vr_line_o;
  assign closes     = piece_row_end || fault;
  assign stall      = closes && ((gather_valid_q && gather_q.row_end) || flush_valid_q);
  assign present    = piece_valid && !stall;
  assign vr_valid_o = present && piece_active && !fault && !same_line;
  assign piece_take = present && (!piece_active || fault || same_line || vr_grant_i);
  assign finish     = done_valid_o && done_ready_i;
  assign idle_o     = !active_q && !write_valid_o;

  // Two buffers of up to eight registers, private to the process, and the line fetched last.
  logic [511:0] buffer[8][2];  // of a field, in a bank
  logic [63:0]  enable[8][2];
  logic [511:0] line;

  /* verilator lint_off BLKSEQ */
  task automatic gather();
    logic [31:0] bits, mask;
    logic [5:0]  from, to;
    logic [63:0] bytes;
    logic [31:0] old;
    if (gather_q.fetched) line = vr_data_i;
    to    = gather_q.target[5:0];
    mask  = vector_pkg::element_bits(record.memory.width);
    bytes = (record.memory.width == 2'd0) ? 64'h1 : (record.memory.width == 2'd1) ? 64'h3 : 64'hf;
    // Written with a constant index into the bank: each field reaches one buffer only.
    for (int unsigned f = 0; f < 8; f++) begin
      if (f >= 32'(gather_q.field) && f < 32'(gather_q.field) + 32'(gather_q.fields)) begin
        from = gather_q.place + ((6'(f) - 6'(gather_q.field)) << record.memory.width);
        bits = vector_pkg::word_at(line, from) & mask;
        old  = buffer[f][gather_q.bank][{to[5:2], 5'd0}+:32];
        buffer[f][gather_q.bank][{to[5:2], 5'd0}+:32] = (old & ~(mask << {to[1:0], 3'd0})) | (bits << {to[1:0], 3'd0});
        enable[f][gather_q.bank] = enable[f][gather_q.bank] | bytes << to;
      end
    end
  endtask

  task automatic flush();
    write_valid_o <= enable[flush_field_q][flush_bank_q] != 64'd0;
    write_o       <= '{hart: record.hart, tag: tag_q,
                       register_number: record.insn[11:7] + ({2'd0, flush_field_q} << record.memory.group) + {2'd0, flush_row_q},
                       byte_enable: enable[flush_field_q][flush_bank_q], data: buffer[flush_field_q][flush_bank_q]};
    enable[flush_field_q][flush_bank_q] = '0;
    flush_field_q <= flush_field_q + 3'd1;
    if (flush_field_q == record.memory.fields) flush_valid_q <= 1'b0;
  endtask

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      active_q       <= 1'b0;
      over_q         <= 1'b0;
      gather_valid_q <= 1'b0;
      flush_valid_q  <= 1'b0;
      bank_q         <= 1'b0;
      line_valid_q   <= 1'b0;
      write_valid_o  <= 1'b0;
      done_valid_o   <= 1'b0;
      tag_q          <= '0;
      for (int unsigned f = 0; f < 8; f++) enable[f] = '{default: '0};
    end else if (start_valid_i || !idle_o) begin
      write_valid_o <= 1'b0;
      if (flush_valid_q) flush();
      if (gather_valid_q) begin
        gather();
        if (gather_q.row_end) begin
          flush_valid_q <= 1'b1;
          flush_bank_q  <= gather_q.bank;
          flush_field_q <= '0;
          flush_row_q   <= gather_q.target[8:6];
        end
      end
      gather_valid_q <= piece_take;
      if (piece_take) begin
        gather_q <= '{fetched: vr_valid_o, bank: bank_q, row_end: closes, place: piece_place,
                      target: 9'(piece_element << record.memory.width), field: piece_field,
                      fields: (piece_active && !fault) ? piece_fields : 4'd0};
        if (closes) bank_q <= !bank_q;
        if (vr_valid_o) begin
          line_valid_q <= 1'b1;
          last_line_q  <= vr_line_o;
        end
        if (fault) begin
          over_q      <= 1'b1;
          done_o.vl   <= piece_element;
          done_o.tval <= fault_address;
          done_o.cause  <= fault_cause;
          done_o.vstart <= piece_element;
          if (record.memory.first_fault && piece_element != 10'd0) done_o.vl_valid <= 1'b1;
          else done_o.trap <= 1'b1;
        end
      end
      if (active_q && (all_taken || over_q) && !gather_valid_q && !flush_valid_q && !finish) done_valid_o <= 1'b1;
      if (finish) begin
        done_valid_o <= 1'b0;
        active_q     <= 1'b0;
        over_q       <= 1'b0;
      end
      if (start_valid_i) begin
        active_q           <= 1'b1;
        tag_q              <= start_tag_i;
        line_valid_q       <= 1'b0;
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
  // Implementation checks.
  `DOJO_COVER(SameLine, piece_take && same_line)
  `DOJO_COVER(StallForBuffer, piece_valid && stall)
  `DOJO_COVER(FirstFaultShortens, done_valid_o && done_o.vl_valid)
  `DOJO_COVER(Traps, done_valid_o && done_o.trap)
  `DOJO_COVER(WaitsForDone, done_valid_o && !done_ready_i)

endmodule
