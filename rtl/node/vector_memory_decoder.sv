// Decodes vector loads and stores: whether one is legal, what it does, and which vector registers it reads and writes.
//
// Function: instructions of the opcodes LOAD-FP and STORE-FP with a vector width, under the vtype and vl of the hart. Reserved are: elements
// of 64 bits; mew; lumop and sumop without a meaning; groups of more than 8 registers, or that are not aligned or pass v31; EMUL below 1/8;
// a masked access whose groups contain v0; indexed loads whose groups overlap otherwise than version 1.0 allows; indexed stores
// that read one register with two widths. Whole-register accesses do not depend on vtype.
// Latency: none (combinational). Throughput: one per cycle. Back-pressure: none. Registered: nothing. All outputs are zero without valid_i.
module vector_memory_decoder (
    input  logic                 valid_i,
    /* verilator lint_off UNUSEDSIGNAL */  // rs1 and what the caller has decoded
    input  logic [31:0]          insn_i,
    /* verilator lint_on UNUSEDSIGNAL */
    input  logic [1:0]           sew_i,   // 0: 8, 1: 16, 2: 32 bits
    input  logic [2:0]           lmul_i,  // as in vtype
    input  logic                 vill_i,
    input  logic [9:0]           vl_i,
    output logic                 legal_o,
    output vector_pkg::class_e   class_o,
    output logic                 checkable_o,  // accesses memory.bytes consecutive bytes at rs1
    output vector_pkg::memory_t  memory_o,
    output logic [31:0]          reads_o,
    output logic [31:0]          writes_o
);

  localparam logic [4:0] Whole = 5'd8;
  localparam logic [4:0] Mask = 5'd11;
  localparam logic [4:0] FirstFault = 5'd16;

  // The registers first .. first + count - 1, as bits; bits 63:32 are the registers that do not exist.
  function automatic logic [63:0] group_bits(input logic [4:0] first, input logic [3:0] count);
    return ((64'd1 << count) - 64'd1) << first;
  endfunction

  // log2 of the registers of a group whose EMUL is 2 ** emul.
  function automatic logic [1:0] group_size(input logic negative, input logic [1:0] emul);
    return negative ? 2'd0 : emul;
  endfunction

  logic              store, unmasked, indexed, whole, mask, first_fault, plain, fits, aligned;
  logic [4:0]        vd, vs2;
  logic [2:0]        nf;
  logic [1:0]        encoded_width;
  logic signed [5:0] lmul, encoded_emul;
  logic [1:0]        data_group, index_group;
  logic [6:0]        registers;
  logic [63:0]       data_bits, index_bits;
  logic              width_legal, overlap, overlap_legal;

  always_comb begin
    legal_o       = 1'b0;
    class_o       = vector_pkg::ClassLoad;
    checkable_o   = 1'b0;
    memory_o      = '0;
    reads_o       = '0;
    writes_o      = '0;
    store         = insn_i[5];
    unmasked      = insn_i[25];
    indexed       = 1'b0;
    whole         = 1'b0;
    mask          = 1'b0;
    first_fault   = 1'b0;
    plain         = 1'b0;
    fits          = 1'b0;
    aligned       = 1'b0;
    vd            = insn_i[11:7];
    vs2           = insn_i[24:20];
    nf            = insn_i[31:29];
    encoded_width = 2'd0;
    lmul          = 6'sd0;
    encoded_emul  = 6'sd0;
    data_group    = 2'd0;
    index_group   = 2'd0;
    registers     = 7'd0;
    data_bits     = 64'd0;
    index_bits    = 64'd0;
    width_legal   = 1'b0;
    overlap       = 1'b0;
    overlap_legal = 1'b0;
    if (valid_i) begin
      width_legal   = (insn_i[14:12] == 3'd0 || insn_i[14:12] == 3'd5 || insn_i[14:12] == 3'd6) && !insn_i[28];
      encoded_width = (insn_i[14:12] == 3'd0) ? 2'd0 : (insn_i[14:12] == 3'd5) ? 2'd1 : 2'd2;
      indexed       = insn_i[26];
      whole         = insn_i[27:26] == 2'd0 && vs2 == Whole;
      mask          = insn_i[27:26] == 2'd0 && vs2 == Mask;
      first_fault   = insn_i[27:26] == 2'd0 && vs2 == FirstFault && !store;
      plain         = (insn_i[27:26] == 2'd0 && vs2 == 5'd0) || insn_i[27:26] != 2'd0 || first_fault;

      lmul         = {{3{lmul_i[2]}}, lmul_i};
      encoded_emul = lmul + $signed({4'd0, encoded_width}) - $signed({4'd0, sew_i});
      index_group  = group_size(encoded_emul[5], encoded_emul[1:0]);
      data_group   = indexed ? group_size(lmul[5], lmul[1:0]) : index_group;

      // The data registers.
      class_o              = store ? vector_pkg::ClassStore : vector_pkg::ClassLoad;
      memory_o.mode        = indexed ? vector_pkg::MemoryIndexed : insn_i[27] ? vector_pkg::MemoryStrided : vector_pkg::MemoryUnit;
      memory_o.width       = indexed ? sew_i : encoded_width;
      memory_o.index_width = encoded_width;
      memory_o.fields      = (whole || mask) ? 3'd0 : nf;
      memory_o.group       = whole ? {nf[1], nf[2] || (nf[0] && !nf[1])} : mask ? 2'd0 : data_group;
      memory_o.masked      = !unmasked;
      memory_o.first_fault = first_fault;
      memory_o.count       = whole ? 10'd64 << memory_o.group >> encoded_width : mask ? (vl_i + 10'd7) >> 3 : vl_i;
      memory_o.bytes       = 10'((13'(memory_o.count) * (13'(memory_o.fields) + 13'd1)) << memory_o.width);
      registers            = (7'(memory_o.fields) + 7'd1) << memory_o.group;
      fits                 = registers <= 7'd8;
      data_bits            = fits ? group_bits(vd, registers[3:0]) : 64'd0;
      index_bits           = indexed ? group_bits(vs2, 4'd1 << index_group) : 64'd0;
      aligned              = ((vd >> memory_o.group) << memory_o.group) == vd;

      // Indexed loads: destination and indices may share registers only where the narrower is not read or written before its turn.
      overlap = (data_bits & index_bits) != 64'd0;
      if (!overlap || sew_i == encoded_width) overlap_legal = !overlap || nf == 3'd0 || store;
      else if (store || nf != 3'd0) overlap_legal = 1'b0;
      else if (sew_i < encoded_width) overlap_legal = vd == vs2;
      else overlap_legal = !encoded_emul[5] && 6'(vs2) + (6'd1 << index_group) == 6'(vd) + (6'd1 << data_group);

      if (whole) begin
        legal_o = width_legal && unmasked && (nf == 3'd0 || nf == 3'd1 || nf == 3'd3 || nf == 3'd7) && aligned
            && !(store && encoded_width != 2'd0);
      end else if (mask) begin
        legal_o = width_legal && !vill_i && unmasked && nf == 3'd0 && encoded_width == 2'd0;
      end else begin
        legal_o = width_legal && !vill_i && plain && encoded_emul >= -6'sd3 && encoded_emul <= 6'sd3 && fits && aligned
            && data_bits[63:32] == 32'd0 && (unmasked || !(data_bits[0] || index_bits[0]));
        if (indexed) legal_o = legal_o && overlap_legal && ((vs2 >> index_group) << index_group) == vs2;
      end
      checkable_o = insn_i[27:26] == 2'd0 && !first_fault;
      reads_o     = index_bits[31:0] | (store ? data_bits[31:0] : 32'd0) | 32'(!unmasked);
      writes_o    = store ? 32'd0 : data_bits[31:0];
    end
  end

endmodule
