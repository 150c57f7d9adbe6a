// Walks the elements of a load or store that goes element by element: addresses, masks and checks.
//
// Function: element after element from vstart on, field after field; offers one piece at a time: as many fields of one element as lie in one
// line. An element that is masked off is a piece without access. A field that is misaligned, outside the SRAM or refused by
// the protection ends the walk: fault_o stands with the piece. Instructions that were checked before are not checked again.
// Latency: the first piece one cycle after the start. Throughput: one piece per cycle; with protection one field per two cycles.
// Back-pressure: a piece stands until piece_take_i; waits for the check port. Registered: the place of the walk.
`include "dojo_assert.svh"
module vector_walk #(
    parameter bit Store = 1'b0
) (
    input  logic                   clk_i,
    input  logic                   rst_ni,
    input  logic                   start_valid_i,
    input  vector_pkg::dispatch_t  start_i,
    // indices and v0
    input  logic                   hold_i,  // the register port has other use
    output logic                   index_valid_o,
    output logic [4:0]             index_register_o,
    input  logic [511:0]           index_i,
    output logic                   mask_valid_o,
    input  logic [511:0]           mask_i,
    // protection
    input  logic [3:0]             pmp_enforced_i,
    output logic                   check_valid_o,
    output logic [63:0]            check_address_o,
    output logic [1:0]             check_size_o,
    input  logic                   check_grant_i,
    input  logic                   check_ok_i,
    // pieces
    output logic                   piece_valid_o,
    output logic                   piece_active_o,   // there is an access
    output logic                   piece_row_end_o,  // the last piece of the elements of one register, or of all
    output logic [9:0]             piece_element_o,
    output logic [2:0]             piece_field_o,
    output logic [3:0]             piece_fields_o,
    output logic [14:0]            piece_line_o,
    output logic [5:0]             piece_place_o,
    input  logic                   piece_take_i,
    output logic                   fault_o,
    output logic [5:0]             fault_cause_o,
    output logic [63:0]            fault_address_o,
    // the instruction
    output logic                   end_o,            // all elements have been taken
    output vector_pkg::dispatch_t  record_o,
    input  logic                   finish_i          // it is over
);

  logic                  active_q, checked_q, refused_q;
  vector_pkg::dispatch_t record_q;
  logic [9:0]            element_q;
  logic [2:0]            field_q;
  logic [63:0]           base_q;

  logic                  running, enabled, misaligned, outside, protected_access, last_field;
  logic [5:0]            index_place;
  logic [4:0]            index_row;
  logic [63:0]           address, stride, start_stride;
  logic [3:0]            left, fit;

  assign record_o = record_q;
  assign end_o    = active_q && element_q >= record_q.memory.count;
  assign running  = active_q && !end_o && !hold_i;

  assign stride       = (record_q.memory.mode == vector_pkg::MemoryStrided) ? record_q.rs2
      : (64'(record_q.memory.fields) + 64'd1) << record_q.memory.width;
  assign start_stride = (start_i.memory.mode == vector_pkg::MemoryStrided) ? start_i.rs2
      : (64'(start_i.memory.fields) + 64'd1) << start_i.memory.width;

  assign index_valid_o    = running && record_q.memory.mode == vector_pkg::MemoryIndexed;
  assign index_row        = 5'((13'(element_q) << record_q.memory.index_width) >> 6);
  assign index_place      = 6'(element_q << record_q.memory.index_width);
  assign index_register_o = record_q.insn[24:20] + index_row;
  assign mask_valid_o     = running && record_q.memory.masked;

  always_comb begin
    enabled          = 1'b0;
    address          = 64'd0;
    misaligned       = 1'b0;
    outside          = 1'b0;
    protected_access = 1'b0;
    left             = 4'd0;
    fit              = 4'd0;
    last_field       = 1'b0;
    piece_valid_o    = 1'b0;
    piece_fields_o   = 4'd0;
    piece_row_end_o  = 1'b0;
    fault_o          = 1'b0;
    if (running) begin
      enabled    = !record_q.memory.masked || mask_i[element_q[8:0]];
      address    = (record_q.memory.mode == vector_pkg::MemoryIndexed)
          ? record_q.rs1 + {32'd0, vector_pkg::word_at(index_i, index_place) & vector_pkg::element_bits(record_q.memory.index_width)}
          : base_q;
      address    = address + (64'(field_q) << record_q.memory.width);
      misaligned = (record_q.memory.width != 2'd0 && address[0]) || (record_q.memory.width == 2'd2 && address[1]);
      outside    = !core_pkg::in_sram(address);

      protected_access = enabled && !record_q.checked && pmp_enforced_i[record_q.hart] && !misaligned && !outside;
      left             = 4'(record_q.memory.fields) + 4'd1 - 4'(field_q);
      fit              = 4'((7'd64 - 7'(address[5:0])) >> record_q.memory.width);
      if ((7'd64 - 7'(address[5:0])) >> record_q.memory.width >= 7'd8) fit = 4'd8;
      piece_fields_o   = protected_access ? 4'd1 : (fit < left) ? fit : left;
      last_field       = !enabled || piece_fields_o == left;
      piece_valid_o    = !protected_access || checked_q || refused_q;
      piece_row_end_o  = last_field && (element_q + 10'd1 == record_q.memory.count || 6'((element_q + 10'd1) << record_q.memory.width) == 6'd0);
      fault_o          = enabled && !record_q.checked && (misaligned || outside || (protected_access && refused_q));
    end
  end

  assign piece_active_o  = enabled;
  assign piece_element_o = element_q;
  assign piece_field_o   = field_q;
  assign piece_line_o    = core_pkg::sram_line(address);
  assign piece_place_o   = address[5:0];
  assign fault_address_o = address;
  assign fault_cause_o   = Store ? (misaligned ? vector_pkg::StoreMisaligned : vector_pkg::StoreAccess)
                                 : (misaligned ? vector_pkg::LoadMisaligned : vector_pkg::LoadAccess);
  assign check_valid_o   = protected_access && !checked_q && !refused_q;
  assign check_address_o = address;
  assign check_size_o    = record_q.memory.width;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      active_q  <= 1'b0;
      checked_q <= 1'b0;
      refused_q <= 1'b0;
      element_q <= '0;
      field_q   <= '0;
    end else if (start_valid_i) begin
      active_q  <= 1'b1;
      record_q  <= start_i;
      element_q <= start_i.vstart;
      field_q   <= '0;
      base_q    <= start_i.rs1 + 64'(start_i.vstart) * start_stride;
      checked_q <= 1'b0;
      refused_q <= 1'b0;
    end else if (active_q) begin
      if (check_valid_o && check_grant_i) begin
        checked_q <= check_ok_i;
        refused_q <= !check_ok_i;
      end
      if (piece_take_i) begin
        checked_q <= 1'b0;
        refused_q <= 1'b0;
        field_q   <= last_field ? 3'd0 : field_q + piece_fields_o[2:0];
        if (last_field) begin
          element_q <= element_q + 10'd1;
          base_q    <= base_q + stride;
        end
      end
      if (finish_i) active_q <= 1'b0;
    end
  end

  // Integration checks.
  `DOJO_ASSERT(TakesWhatIsOffered, !piece_take_i || piece_valid_o)
  `DOJO_COVER(PieceOfSegment, piece_valid_o && piece_fields_o != 4'(record_q.memory.fields) + 4'd1)
  `DOJO_COVER(MaskedOff, piece_valid_o && !piece_active_o)
  `DOJO_COVER(Misaligned, fault_o && misaligned)
  `DOJO_COVER(OutsideSram, fault_o && outside)
  `DOJO_COVER(Protected, fault_o && refused_q)

endmodule
