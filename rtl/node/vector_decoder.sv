// Tells of a vector arithmetic instruction (OP-V but vset*, dojo.vcf.*, dojo.vacc.*) whether it is legal, and which registers it touches.
//
// Combinational. Legal means: an encoding of Zve32f, Zvfbfmin, Zvfbfwma or Xdojo, widths and groups that exist, groups aligned to
// their size, overlaps that V 1.0 permits, no register read with two widths, vstart and rounding mode acceptable. Whether the
// floating-point and vector states are on is for the core. All outputs are 0 while valid_i is low.
module vector_decoder (
    input  logic               valid_i,
    input  logic        [31:0] insn_i,
    input  logic        [63:0] rs1_i,          // x[rs1], for dojo.vcf.*
    input  logic        [ 1:0] sew_i,          // 0: 8, 1: 16, 2: 32 bits
    input  logic        [ 2:0] lmul_i,         // as in vtype
    input  logic               vill_i,
    input  logic               vstart_zero_i,  // vstart is 0
    input  logic        [ 2:0] frm_i,
    output logic               legal_o,
    output logic               float_o,        // also needs the floating-point state
    output logic               synchronous_o,  // writes an x or f register
    output logic               stochastic_o,   // takes a step of xseed
    output logic        [31:0] reads_o,
    output logic        [31:0] writes_o
);

  import vector_execute_pkg::UnitCfloat, vector_execute_pkg::OpCfNarrow, vector_execute_pkg::EewSame, vector_execute_pkg::EewDouble,
      vector_execute_pkg::EewHalf, vector_execute_pkg::EewQuarter, vector_execute_pkg::EewMask, vector_execute_pkg::Eew16,
      vector_execute_pkg::eew_e, vector_execute_pkg::DestVector, vector_execute_pkg::DestMask, vector_execute_pkg::DestElement,
      vector_execute_pkg::DestScalar, vector_execute_pkg::VmOne, vector_execute_pkg::VmZero, vector_execute_pkg::width_of;
  import vector_table_pkg::control_t, vector_table_pkg::Illegal, vector_table_pkg::decode;

  typedef struct packed {
    logic        exists;     // widths and group are possible, and the group is aligned
    logic [31:0] registers;
    logic [ 4:0] first;
    logic [ 4:0] last;
  } group_t;

  // The group of an operand; single: one register whatever LMUL is.
  function automatic group_t group_of(input logic [4:0] first, input eew_e eew, input logic single);
    group_t            g;
    logic signed [4:0] width, log2;
    logic        [5:0] count;
    case (eew)
      EewDouble:  width = 5'sd1 + $signed({3'd0, sew_i});
      EewHalf:    width = $signed({3'd0, sew_i}) - 5'sd1;
      EewQuarter: width = $signed({3'd0, sew_i}) - 5'sd2;
      Eew16:      width = 5'sd1;
      default:    width = $signed({3'd0, sew_i});
    endcase
    log2     = $signed({{2{lmul_i[2]}}, lmul_i}) + width - $signed({3'd0, sew_i});
    g.exists = eew == EewMask || (width >= 5'sd0 && width <= 5'sd2 && (single || (log2 >= -5'sd3 && log2 <= 5'sd3)));
    count    = (eew == EewMask || single || log2 <= 5'sd0) ? 6'd1 : 6'd1 << log2[1:0];
    if ((first & 5'(count - 6'd1)) != 5'd0) g.exists = 1'b0;
    g.first     = first;
    g.last      = first + 5'(count - 6'd1);
    g.registers = ((32'd1 << count) - 32'd1) << first;
    return g;
  endfunction

  // May a destination of width `to` overlap a source of width `from`? Both groups exist.
  function automatic logic overlap_permitted(input logic [4:0] d_first, input logic [4:0] d_last, input eew_e to,
                                             input logic [4:0] s_first, input logic [4:0] s_last, input eew_e from);
    logic [1:0] wd, ws;
    logic       permitted;
    wd = width_of(to, sew_i);
    ws = width_of(from, sew_i);
    if ((to == EewMask) == (from == EewMask) && (to == EewMask || wd == ws)) permitted = 1'b1;
    else if (to == EewMask || (from != EewMask && wd < ws)) permitted = d_first == s_first;
    else permitted = from != EewMask && s_last == d_last && source_is_whole(from);
    return permitted || d_last < s_first || s_last < d_first;
  endfunction

  // Is EMUL of this width at least 1?
  function automatic logic source_is_whole(input eew_e eew);
    logic signed [4:0] log2;
    log2 = $signed({{2{lmul_i[2]}}, lmul_i}) + $signed({3'd0, width_of(eew, sew_i)}) - $signed({3'd0, sew_i});
    return log2 >= 5'sd0;
  endfunction

  function automatic logic same_width(input eew_e a, input eew_e b);
    return (a == EewMask || b == EewMask) ? a == b : width_of(a, sew_i) == width_of(b, sew_i);
  endfunction

  // How a legal instruction is executed does not matter here.
  /* verilator lint_off UNUSEDSIGNAL */
  control_t    c;
  /* verilator lint_on UNUSEDSIGNAL */
  group_t      d, s2, s1;
  eew_e        d_eew;
  logic        good;
  logic [31:0] mask_register;

  always_comb begin
    c             = Illegal;
    d             = '0;
    s2            = '0;
    s1            = '0;
    d_eew         = EewSame;
    good          = 1'b0;
    mask_register = 32'd0;
    legal_o       = 1'b0;
    float_o       = 1'b0;
    synchronous_o = 1'b0;
    stochastic_o  = 1'b0;
    reads_o       = 32'd0;
    writes_o      = 32'd0;
    if (valid_i) begin
      c             = decode(insn_i, sew_i, rs1_i);
      mask_register = insn_i[25] ? 32'd0 : 32'd1;
      d_eew         = c.destination == DestMask ? EewMask : c.vd_eew;
      good          = c.legal && (!vill_i || c.whole_move) && (vstart_zero_i || !c.vstart_zero) &&
                      !(c.vm == VmOne && !insn_i[25]) && !(c.vm == VmZero && insn_i[25]);
      if (c.floating) begin
        if (frm_i > 3'd4 || sew_i != (c.sew16 ? 2'd1 : 2'd2)) good = 1'b0;
      end else if (insn_i[6:0] == 7'h57 && (insn_i[14:12] == 3'd1 || insn_i[14:12] == 3'd5)) begin
        good = 1'b0;
      end
      if (c.sew32 && sew_i != 2'd2) good = 1'b0;
      if (c.whole_move) begin
        d.registers  = ((32'd2 << insn_i[17:15]) - 32'd1) << insn_i[11:7];
        s2.registers = ((32'd2 << insn_i[17:15]) - 32'd1) << insn_i[24:20];
        if (((insn_i[11:7] | insn_i[24:20]) & {2'd0, insn_i[17:15]}) != 5'd0) good = 1'b0;
      end else begin
        if (c.destination != DestScalar) begin
          d = group_of(insn_i[11:7], d_eew, c.destination == DestElement);
          if (!d.exists) good = 1'b0;
        end
        if (c.vs2_used) begin
          s2 = group_of(insn_i[24:20], c.vs2_eew, c.vs2_element);
          if (!s2.exists) good = 1'b0;
        end
        if (c.vs1_used) begin
          s1 = group_of(insn_i[19:15], c.vs1_eew, c.vs1_element);
          if (!s1.exists) good = 1'b0;
        end
        // A register is read with one width.
        if (c.vs2_used && c.vs1_used && !same_width(c.vs2_eew, c.vs1_eew) && (s2.registers & s1.registers) != 32'd0) good = 1'b0;
        if (c.vd_read && c.vs2_used && !same_width(d_eew, c.vs2_eew) && (d.registers & s2.registers) != 32'd0) good = 1'b0;
        if (c.vd_read && c.vs1_used && !same_width(d_eew, c.vs1_eew) && (d.registers & s1.registers) != 32'd0) good = 1'b0;
        if ((c.vs2_eew != EewMask && (s2.registers & mask_register) != 32'd0) ||
            (c.vs1_eew != EewMask && (s1.registers & mask_register) != 32'd0)) good = 1'b0;
        // The destination and its sources.
        if (c.no_overlap) begin
          if ((d.registers & (s2.registers | s1.registers | mask_register)) != 32'd0) good = 1'b0;
        end else if (c.destination == DestVector || c.destination == DestMask) begin
          if (c.vs2_used && !overlap_permitted(d.first, d.last, d_eew, s2.first, s2.last, c.vs2_eew)) good = 1'b0;
          if (c.vs1_used && !overlap_permitted(d.first, d.last, d_eew, s1.first, s1.last, c.vs1_eew)) good = 1'b0;
          if (c.destination == DestVector && (d.registers & mask_register) != 32'd0) good = 1'b0;
        end
      end
      legal_o       = good;
      float_o       = c.floating;
      synchronous_o = good && c.destination == DestScalar;
      stochastic_o  = good && c.unit == UnitCfloat && c.op == 6'(OpCfNarrow) && rs1_i[16];
      if (good) begin
        // What is not written of a mask stays, and is read for that.
        reads_o  = s2.registers | s1.registers | mask_register |
                   ((c.vd_read || c.destination == DestMask) ? d.registers : 32'd0);
        writes_o = c.no_write ? 32'd0 : d.registers;
      end
    end
  end

endmodule
