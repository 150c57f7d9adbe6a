// Decodes a 32-bit (or expanded compressed) instruction.
//
// Combinational. Whatever is not RV64IMAF_Zicsr_Zifencei_Zfbfmin, a vector instruction or Xdojo becomes OpIllegal. Checked at execution:
// CSR addresses, dynamic rounding modes, whether vector instructions are legal.
module core_decoder (
    input  logic               valid_i,
    input  logic [31:0]        insn_i,
    output core_pkg::decoded_t decoded_o
);

  import core_pkg::decoded_t;

  // What most instructions share. (The functions read insn_i.)
  function automatic decoded_t base(input core_pkg::op_e op, input logic writes_rd);
    decoded_t d;
    d           = '0;
    d.op        = op;
    d.funct3    = insn_i[14:12];
    d.writes_rd = writes_rd && insn_i[11:7] != 5'd0;
    d.immediate = {{20{insn_i[31]}}, insn_i[31:20]};
    return d;
  endfunction

  function automatic decoded_t decode_immediate();
    decoded_t d;
    logic     legal;
    d                = base(core_pkg::OpAlu, 1'b1);
    d.b_is_immediate = 1'b1;
    d.word           = insn_i[3];
    legal            = !insn_i[3] || insn_i[13:12] == 2'd1 || insn_i[14:12] == 3'd0;
    if (insn_i[13:12] == 2'd1) begin  // shifts
      d.alternate = insn_i[14] && insn_i[30];
      legal       = insn_i[31:26] == {1'b0, d.alternate, 4'd0} && !(insn_i[3] && insn_i[25]);
    end
    if (!legal) d.op = core_pkg::OpIllegal;
    return d;
  endfunction

  function automatic decoded_t decode_register();
    decoded_t d;
    logic     legal;
    d      = base(core_pkg::OpAlu, 1'b1);
    d.word = insn_i[3];
    if (insn_i[31:25] == 7'h01) begin
      d.op  = insn_i[14] ? core_pkg::OpDivide : core_pkg::OpMultiply;
      legal = !insn_i[3] || insn_i[14] || insn_i[14:12] == 3'd0;
    end else begin
      d.alternate = insn_i[30];
      legal       = insn_i[31:25] == 7'h00 || (insn_i[31:25] == 7'h20 && (insn_i[14:12] == 3'd0 || insn_i[14:12] == 3'd5));
      legal       = legal && (!insn_i[3] || insn_i[14:12] == 3'd0 || insn_i[13:12] == 2'd1);
    end
    if (!legal) d.op = core_pkg::OpIllegal;
    return d;
  endfunction

  function automatic decoded_t decode_atomic();
    decoded_t d;
    d           = base(core_pkg::OpIllegal, 1'b1);
    d.immediate = 32'd0;
    if (insn_i[14:13] == 2'b01) begin
      case (insn_i[31:27])
        core_pkg::AtomicLr: if (insn_i[24:20] == 5'd0) d.op = core_pkg::OpAtomic;
        core_pkg::AtomicAdd, core_pkg::AtomicSwap, core_pkg::AtomicSc, core_pkg::AtomicXor, core_pkg::AtomicOr,
        core_pkg::AtomicAnd, core_pkg::AtomicMin, core_pkg::AtomicMax, core_pkg::AtomicMinu, core_pkg::AtomicMaxu:
          d.op = core_pkg::OpAtomic;
        default: d.op = core_pkg::OpIllegal;
      endcase
    end
    return d;
  endfunction

  function automatic decoded_t decode_system();
    decoded_t d;
    d = base(core_pkg::OpIllegal, 1'b0);
    if (insn_i[13:12] != 2'd0) begin
      d = base(core_pkg::OpCsr, 1'b1);
    end else begin
      case (insn_i)
        32'h0000_0073: d.op = core_pkg::OpEcall;
        32'h0010_0073: d.op = core_pkg::OpEbreak;
        32'h3020_0073: d.op = core_pkg::OpMret;
        32'h1050_0073: d.op = core_pkg::OpWfi;
        default:       d.op = core_pkg::OpIllegal;
      endcase
    end
    return d;
  endfunction

  function automatic decoded_t decode_xdojo();
    decoded_t d;
    d = base(core_pkg::OpIllegal, 1'b0);
    if (insn_i[11:7] == 5'd0) begin
      if (insn_i[14:12] == dojo_pkg::XdojoIssueFunct3 && insn_i[24:20] == 5'd0 && insn_i[31:27] == 5'd0 && !insn_i[25])
        d.op = core_pkg::OpIssue;
      if (insn_i[14:12] == dojo_pkg::XdojoSemWaitFunct3 && insn_i[31:25] == dojo_pkg::XdojoSemWaitFunct7)
        d.op = core_pkg::OpSemaphoreWait;
    end
    return d;
  endfunction

  // A floating-point operation that takes `unit` operations, or is illegal.
  function automatic decoded_t float_operation(input logic legal, input float_pkg::unit_op_e unit, input logic a_float,
                                               input logic rd_float, input logic rounded);
    decoded_t d;
    d           = base((legal && !(rounded && (insn_i[14:12] == 3'd5 || insn_i[14:12] == 3'd6))) ? core_pkg::OpFloat
                                                                                              : core_pkg::OpIllegal, 1'b1);
    d.writes_rd = rd_float || insn_i[11:7] != 5'd0;
    d.a_float   = a_float;
    d.b_float   = 1'b1;
    d.rd_float  = rd_float;
    d.rounded   = rounded;
    d.unit      = unit;
    return d;
  endfunction

  function automatic decoded_t decode_float();
    decoded_t d;
    logic     no_rs2;
    no_rs2 = insn_i[24:20] == 5'd0;
    case (insn_i[31:25])
      7'h00: d = float_operation(1'b1, float_pkg::UnitAdd, 1'b1, 1'b1, 1'b1);
      7'h04: d = float_operation(1'b1, float_pkg::UnitSub, 1'b1, 1'b1, 1'b1);
      7'h08: d = float_operation(1'b1, float_pkg::UnitMul, 1'b1, 1'b1, 1'b1);
      7'h0c: d = float_operation(1'b1, float_pkg::UnitDiv, 1'b1, 1'b1, 1'b1);
      7'h2c: d = float_operation(no_rs2, float_pkg::UnitSqrt, 1'b1, 1'b1, 1'b1);
      7'h10: d = float_operation(!insn_i[14] && insn_i[13:12] != 2'd3, (insn_i[13:12] == 2'd0) ? float_pkg::UnitSgnj :
                                 insn_i[12] ? float_pkg::UnitSgnjn : float_pkg::UnitSgnjx, 1'b1, 1'b1, 1'b0);
      7'h14: d = float_operation(insn_i[14:13] == 2'd0, insn_i[12] ? float_pkg::UnitMax : float_pkg::UnitMin, 1'b1, 1'b1, 1'b0);
      7'h20: d = float_operation(insn_i[24:20] == 5'd6, float_pkg::UnitFromBf16, 1'b1, 1'b1, 1'b1);
      7'h22: d = float_operation(insn_i[24:20] == 5'd8, float_pkg::UnitToBf16, 1'b1, 1'b1, 1'b1);
      7'h50: d = float_operation(!insn_i[14] && insn_i[13:12] != 2'd3, insn_i[13] ? float_pkg::UnitEq :
                                 insn_i[12] ? float_pkg::UnitLt : float_pkg::UnitLe, 1'b1, 1'b0, 1'b0);
      7'h60: d = float_operation(insn_i[24:22] == 3'd0, (insn_i[21:20] == 2'd0) ? float_pkg::UnitToW :
                                 (insn_i[21:20] == 2'd1) ? float_pkg::UnitToWu : insn_i[20] ? float_pkg::UnitToLu :
                                 float_pkg::UnitToL, 1'b1, 1'b0, 1'b1);
      7'h68: d = float_operation(insn_i[24:22] == 3'd0, (insn_i[21:20] == 2'd0) ? float_pkg::UnitFromW :
                                 (insn_i[21:20] == 2'd1) ? float_pkg::UnitFromWu : insn_i[20] ? float_pkg::UnitFromLu :
                                 float_pkg::UnitFromL, 1'b0, 1'b1, 1'b1);
      7'h70: d = float_operation(no_rs2 && insn_i[14:13] == 2'd0, insn_i[12] ? float_pkg::UnitClass : float_pkg::UnitMoveToX,
                                 1'b1, 1'b0, 1'b0);
      7'h78: d = float_operation(no_rs2 && insn_i[14:12] == 3'd0, float_pkg::UnitMoveToF, 1'b0, 1'b1, 1'b0);
      7'h72, 7'h7a: begin
        d = float_operation(no_rs2 && insn_i[14:12] == 3'd0, float_pkg::UnitMoveToX, !insn_i[28], insn_i[28], 1'b0);
        if (d.op == core_pkg::OpFloat) d.op = core_pkg::OpMoveHalf;
      end
      default: d = base(core_pkg::OpIllegal, 1'b0);
    endcase
    return d;
  endfunction

  // Vector instructions but loads, stores and vset*; which of them exist is for the vector unit's decoder.
  function automatic decoded_t decode_vector();
    decoded_t d;
    d          = base(core_pkg::OpVector, 1'b1);
    d.a_float  = insn_i[6:0] == 7'h57 && insn_i[14:12] == 3'd5;
    d.rd_float = insn_i[6:0] == 7'h57 && insn_i[14:12] == 3'd1;
    // Only vmv.x.s, vcpop.m, vfirst.m (OPMVV) and vfmv.f.s (OPFVV) write a scalar register.
    d.writes_rd = insn_i[6:0] == 7'h57 && insn_i[31:26] == 6'h10 &&
                  (d.rd_float || (insn_i[14:12] == 3'd2 && insn_i[11:7] != 5'd0));
    return d;
  endfunction

  function automatic decoded_t decode_vector_set();
    decoded_t d;
    d = base((!insn_i[31] || insn_i[30] || insn_i[31:25] == 7'h40) ? core_pkg::OpVectorSet : core_pkg::OpIllegal, 1'b1);
    return d;
  endfunction

  function automatic decoded_t decode();
    decoded_t d;
    case (insn_i[6:0])
      7'h03: begin
        d = base((insn_i[14:12] == 3'd7) ? core_pkg::OpIllegal : core_pkg::OpLoad, 1'b1);
      end
      7'h07: begin
        if (insn_i[14:12] == 3'd1 || insn_i[14:12] == 3'd2) begin
          d           = base(core_pkg::OpLoad, 1'b1);
          d.writes_rd = 1'b1;
          d.rd_float  = 1'b1;
        end else begin
          d = base((insn_i[14:12] == 3'd3 || insn_i[14:12] == 3'd4) ? core_pkg::OpIllegal : core_pkg::OpVector, 1'b0);
        end
      end
      dojo_pkg::XdojoOpcode: d = decode_xdojo();
      7'h0f: begin
        d = base((insn_i[14:12] == 3'd0) ? core_pkg::OpFence :
                       (insn_i[14:12] == 3'd1) ? core_pkg::OpFenceI : core_pkg::OpIllegal, 1'b0);
      end
      7'h13, 7'h1b: d = decode_immediate();
      7'h17, 7'h37: begin
        d                = base(core_pkg::OpAlu, 1'b1);
        d.funct3         = 3'd0;
        d.a_is_pc        = !insn_i[5];
        d.a_is_zero      = insn_i[5];
        d.b_is_immediate = 1'b1;
        d.immediate      = {insn_i[31:12], 12'd0};
      end
      7'h23: begin
        d           = base(insn_i[14] ? core_pkg::OpIllegal : core_pkg::OpStore, 1'b0);
        d.immediate = {{20{insn_i[31]}}, insn_i[31:25], insn_i[11:7]};
      end
      7'h27: begin
        if (insn_i[14:12] == 3'd1 || insn_i[14:12] == 3'd2) begin
          d           = base(core_pkg::OpStore, 1'b0);
          d.b_float   = 1'b1;
          d.immediate = {{20{insn_i[31]}}, insn_i[31:25], insn_i[11:7]};
        end else begin
          d = base((insn_i[14:12] == 3'd3 || insn_i[14:12] == 3'd4) ? core_pkg::OpIllegal : core_pkg::OpVector, 1'b0);
        end
      end
      dojo_pkg::XdojoVcfNarrowOpcode, dojo_pkg::XdojoVaccReadOpcode: d = decode_vector();
      7'h2f:        d = decode_atomic();
      7'h33, 7'h3b: d = decode_register();
      7'h43, 7'h47, 7'h4b, 7'h4f: begin
        d = float_operation(insn_i[26:25] == 2'd0, float_pkg::unit_op_e'({3'd0, insn_i[3:2]}), 1'b1, 1'b1, 1'b1);
      end
      7'h53: d = decode_float();
      7'h57: d = (insn_i[14:12] == 3'd7) ? decode_vector_set() : decode_vector();
      7'h63: begin
        d           = base((insn_i[14:13] == 2'd1) ? core_pkg::OpIllegal : core_pkg::OpBranch, 1'b0);
        d.immediate = {{20{insn_i[31]}}, insn_i[7], insn_i[30:25], insn_i[11:8], 1'b0};
      end
      7'h67: d = base((insn_i[14:12] == 3'd0) ? core_pkg::OpJalr : core_pkg::OpIllegal, 1'b1);
      7'h6f: begin
        d           = base(core_pkg::OpJal, 1'b1);
        d.immediate = {{12{insn_i[31]}}, insn_i[19:12], insn_i[20], insn_i[30:21], 1'b0};
      end
      7'h73:   d = decode_system();
      default: d = base(core_pkg::OpIllegal, 1'b0);
    endcase
    return d;
  endfunction

  always_comb begin
    decoded_o = '0;
    if (valid_i) begin
      decoded_o = decode();
      case (decoded_o.op)
        core_pkg::OpIllegal: decoded_o.writes_rd = 1'b0;
        core_pkg::OpLoad, core_pkg::OpAtomic: begin
          decoded_o.late    = 1'b1;
          decoded_o.ordered = 1'b1;
        end
        core_pkg::OpMultiply, core_pkg::OpDivide, core_pkg::OpFloat: decoded_o.late = 1'b1;
        core_pkg::OpVector: decoded_o.ordered = insn_i[6:0] == 7'h07 || insn_i[6:0] == 7'h27;
        core_pkg::OpStore, core_pkg::OpFence, core_pkg::OpFenceI, core_pkg::OpIssue: decoded_o.ordered = 1'b1;
        default: ;
      endcase
    end
  end

endmodule
