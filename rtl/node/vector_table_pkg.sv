// The one table of all vector arithmetic encodings: what an instruction does, whatever SEW, LMUL and vl are.
// UNUSEDPARAM is waived here because no single part uses every constant, UNUSEDSIGNAL because functions take whole instructions.
// verilator lint_off UNUSEDPARAM
// verilator lint_off UNUSEDSIGNAL
package vector_table_pkg;

  import vector_execute_pkg::UnitInteger, vector_execute_pkg::UnitMultiply, vector_execute_pkg::UnitDivide,
      vector_execute_pkg::UnitMask, vector_execute_pkg::UnitPermute, vector_execute_pkg::UnitReduce, vector_execute_pkg::UnitFma,
      vector_execute_pkg::UnitSimple, vector_execute_pkg::UnitFloatDivide, vector_execute_pkg::UnitFloatReduce,
      vector_execute_pkg::UnitCfloat, vector_execute_pkg::UnitAccumulator, vector_execute_pkg::unit_e, vector_execute_pkg::OpAdd,
      vector_execute_pkg::OpSub, vector_execute_pkg::OpRsub, vector_execute_pkg::OpAdc, vector_execute_pkg::OpSbc,
      vector_execute_pkg::OpMadc, vector_execute_pkg::OpMsbc, vector_execute_pkg::OpAnd, vector_execute_pkg::OpOr,
      vector_execute_pkg::OpXor, vector_execute_pkg::OpSll, vector_execute_pkg::OpSrl, vector_execute_pkg::OpSra,
      vector_execute_pkg::OpMinu, vector_execute_pkg::OpMin, vector_execute_pkg::OpMaxu, vector_execute_pkg::OpMax,
      vector_execute_pkg::OpMseq, vector_execute_pkg::OpMsne, vector_execute_pkg::OpMsltu, vector_execute_pkg::OpMslt,
      vector_execute_pkg::OpMsleu, vector_execute_pkg::OpMsle, vector_execute_pkg::OpMsgtu, vector_execute_pkg::OpMsgt,
      vector_execute_pkg::OpMerge, vector_execute_pkg::OpMove, vector_execute_pkg::OpPass, vector_execute_pkg::OpSaddu,
      vector_execute_pkg::OpSadd, vector_execute_pkg::OpSsubu, vector_execute_pkg::OpSsub, vector_execute_pkg::OpAaddu,
      vector_execute_pkg::OpAadd, vector_execute_pkg::OpAsubu, vector_execute_pkg::OpAsub, vector_execute_pkg::OpSsrl,
      vector_execute_pkg::OpSsra, vector_execute_pkg::OpClipu, vector_execute_pkg::OpClip, vector_execute_pkg::OpMul,
      vector_execute_pkg::OpMulhu, vector_execute_pkg::OpMulhsu, vector_execute_pkg::OpMulh, vector_execute_pkg::OpMacc,
      vector_execute_pkg::OpNmsac, vector_execute_pkg::OpMadd, vector_execute_pkg::OpNmsub, vector_execute_pkg::OpSmul,
      vector_execute_pkg::OpMsbf, vector_execute_pkg::OpMsof, vector_execute_pkg::OpMsif, vector_execute_pkg::OpIota,
      vector_execute_pkg::OpId, vector_execute_pkg::OpCpop, vector_execute_pkg::OpFirst, vector_execute_pkg::OpElement,
      vector_execute_pkg::OpSlideUp, vector_execute_pkg::OpSlideDown, vector_execute_pkg::OpSlide1Up, vector_execute_pkg::OpSlide1Down,
      vector_execute_pkg::OpGather, vector_execute_pkg::OpGatherScalar, vector_execute_pkg::OpCompress, vector_execute_pkg::OpRedSum,
      vector_execute_pkg::OpFadd, vector_execute_pkg::OpFsub, vector_execute_pkg::OpFrsub, vector_execute_pkg::OpFmul,
      vector_execute_pkg::OpFmadd, vector_execute_pkg::OpFwmacc, vector_execute_pkg::OpFmin, vector_execute_pkg::OpFmax,
      vector_execute_pkg::OpFsgnj, vector_execute_pkg::OpFmeq, vector_execute_pkg::OpFmne, vector_execute_pkg::OpFmlt,
      vector_execute_pkg::OpFmle, vector_execute_pkg::OpFmgt, vector_execute_pkg::OpFmge, vector_execute_pkg::OpFclass,
      vector_execute_pkg::OpFrsqrt7, vector_execute_pkg::OpFrec7, vector_execute_pkg::OpFtoXu, vector_execute_pkg::OpFtoX,
      vector_execute_pkg::OpFtoXuRtz, vector_execute_pkg::OpFtoXRtz, vector_execute_pkg::OpXutoF, vector_execute_pkg::OpXtoF,
      vector_execute_pkg::OpBf16toF, vector_execute_pkg::OpFtoBf16, vector_execute_pkg::OpFdiv, vector_execute_pkg::OpFrdiv,
      vector_execute_pkg::OpFsqrt, vector_execute_pkg::OpCfNarrow, vector_execute_pkg::OpCfWiden, vector_execute_pkg::OpAccRead,
      vector_execute_pkg::OpAccWrite, vector_execute_pkg::EewSame, vector_execute_pkg::EewDouble, vector_execute_pkg::EewHalf,
      vector_execute_pkg::EewQuarter, vector_execute_pkg::EewMask, vector_execute_pkg::Eew16, vector_execute_pkg::eew_e,
      vector_execute_pkg::DestVector, vector_execute_pkg::DestMask, vector_execute_pkg::DestElement, vector_execute_pkg::DestScalar,
      vector_execute_pkg::destination_e, vector_execute_pkg::VmAny, vector_execute_pkg::VmOne, vector_execute_pkg::VmZero,
      vector_execute_pkg::vm_e;
  // An instruction as the table has it: everything but SEW, LMUL, vl.
  typedef struct packed {
    logic         legal;
    unit_e        unit;
    logic [5:0]   op;
    destination_e destination;
    eew_e         vd_eew;
    logic         vd_read;       // vd is a source
    logic         vs2_used;
    eew_e         vs2_eew;
    logic         vs2_element;   // only element 0 of vs2
    logic         vs2_signed;    // how narrower elements are widened
    logic         vs1_used;
    eew_e         vs1_eew;
    logic         vs1_element;
    logic         vs1_signed;
    logic         scalar;        // operand b is a scalar
    logic         immediate;     // which is insn[19:15]
    logic         unsigned_immediate;
    logic         mask_operand;  // v0 is an operand, not the mask
    vm_e          vm;
    logic         no_overlap;    // vd may not overlap a source
    logic         vstart_zero;   // vstart must be 0
    logic         floating;      // frm must be good
    logic         sew16;         // with float: SEW must be 16 instead of 32
    logic         whole_move;    // vmv<nr>r
    logic         to_float;      // with DestScalar: an f register
    logic         no_write;      // vd is only a source
    logic         sew32;         // SEW must be 32
  } control_t;

  localparam control_t Illegal = '{
      unit: UnitInteger, destination: DestVector, vd_eew: EewSame, vs2_eew: EewSame, vs1_eew: EewSame, vm: VmAny, default: '0
  };

  // vd[i] = vs2[i] op b[i], b by funct3.
  function automatic control_t plain(input unit_e unit, input logic [5:0] op, input logic [2:0] funct3);
    control_t c;
    c             = Illegal;
    c.legal       = 1'b1;
    c.unit        = unit;
    c.op          = op;
    c.vs2_used    = 1'b1;
    c.vs1_used    = !funct3[2] && funct3[1:0] != 2'd3;
    c.scalar      = !c.vs1_used;
    c.immediate   = funct3 == 3'd3;
    return c;
  endfunction

  // OPIVV, OPIVX, OPIVI.
  function automatic control_t decode_integer(input logic [31:0] insn);
    control_t   c;
    logic [5:0] op;
    logic [2:0] forms;  // V, X, I
    logic       vm;
    vm    = insn[25];
    forms = 3'b000;
    op    = 6'd0;
    c     = plain(UnitInteger, 6'd0, insn[14:12]);
    case (insn[31:26])
      6'h00: begin forms = 3'b111; op = 6'(OpAdd); end
      6'h02: begin forms = 3'b110; op = 6'(OpSub); end
      6'h03: begin forms = 3'b011; op = 6'(OpRsub); end
      6'h04: begin forms = 3'b110; op = 6'(OpMinu); end
      6'h05: begin forms = 3'b110; op = 6'(OpMin); end
      6'h06: begin forms = 3'b110; op = 6'(OpMaxu); end
      6'h07: begin forms = 3'b110; op = 6'(OpMax); end
      6'h09: begin forms = 3'b111; op = 6'(OpAnd); end
      6'h0a: begin forms = 3'b111; op = 6'(OpOr); end
      6'h0b: begin forms = 3'b111; op = 6'(OpXor); end
      6'h0c: begin
        forms                = 3'b111;
        c.unit               = UnitPermute;
        op                   = c.scalar ? 6'(OpGatherScalar) : 6'(OpGather);
        c.unsigned_immediate = 1'b1;
        c.no_overlap         = 1'b1;
      end
      6'h0e: begin
        forms                = 3'b111;
        c.unit               = UnitPermute;
        op                   = c.scalar ? 6'(OpSlideUp) : 6'(OpGather);
        c.vs1_eew            = c.scalar ? EewSame : Eew16;
        c.unsigned_immediate = 1'b1;
        c.no_overlap         = 1'b1;
      end
      6'h0f: begin
        forms                = 3'b011;
        c.unit               = UnitPermute;
        op                   = 6'(OpSlideDown);
        c.unsigned_immediate = 1'b1;
      end
      6'h10, 6'h12: begin
        forms          = insn[27] ? 3'b110 : 3'b111;
        op             = insn[27] ? 6'(OpSbc) : 6'(OpAdc);
        c.mask_operand = 1'b1;
        c.vm           = VmZero;
      end
      6'h11, 6'h13: begin
        forms          = insn[27] ? 3'b110 : 3'b111;
        op             = insn[27] ? 6'(OpMsbc) : 6'(OpMadc);
        c.mask_operand = !vm;
        c.destination  = DestMask;
      end
      6'h17: begin
        forms          = 3'b111;
        op             = vm ? 6'(OpMove) : 6'(OpMerge);
        c.mask_operand = !vm;
        c.vs2_used     = !vm;
        if (vm && insn[24:20] != 5'd0) c.legal = 1'b0;
      end
      6'h18: begin forms = 3'b111; op = 6'(OpMseq); c.destination = DestMask; end
      6'h19: begin forms = 3'b111; op = 6'(OpMsne); c.destination = DestMask; end
      6'h1a: begin forms = 3'b110; op = 6'(OpMsltu); c.destination = DestMask; end
      6'h1b: begin forms = 3'b110; op = 6'(OpMslt); c.destination = DestMask; end
      6'h1c: begin forms = 3'b111; op = 6'(OpMsleu); c.destination = DestMask; end
      6'h1d: begin forms = 3'b111; op = 6'(OpMsle); c.destination = DestMask; end
      6'h1e: begin forms = 3'b011; op = 6'(OpMsgtu); c.destination = DestMask; end
      6'h1f: begin forms = 3'b011; op = 6'(OpMsgt); c.destination = DestMask; end
      6'h20: begin forms = 3'b111; op = 6'(OpSaddu); end
      6'h21: begin forms = 3'b111; op = 6'(OpSadd); end
      6'h22: begin forms = 3'b110; op = 6'(OpSsubu); end
      6'h23: begin forms = 3'b110; op = 6'(OpSsub); end
      6'h25: begin forms = 3'b111; op = 6'(OpSll); c.unsigned_immediate = 1'b1; end
      6'h27: begin
        forms = 3'b111;
        if (insn[14:12] == 3'd3) begin
          op           = 6'(OpPass);
          c.whole_move = 1'b1;
          c.scalar     = 1'b0;
          c.vm         = VmOne;
          c.legal      = insn[19:15] == 5'd0 || insn[19:15] == 5'd1 || insn[19:15] == 5'd3 || insn[19:15] == 5'd7;
        end else begin
          c.unit = UnitMultiply;
          op     = 6'(OpSmul);
        end
      end
      6'h28: begin forms = 3'b111; op = 6'(OpSrl); c.unsigned_immediate = 1'b1; end
      6'h29: begin forms = 3'b111; op = 6'(OpSra); c.unsigned_immediate = 1'b1; end
      6'h2a: begin forms = 3'b111; op = 6'(OpSsrl); c.unsigned_immediate = 1'b1; end
      6'h2b: begin forms = 3'b111; op = 6'(OpSsra); c.unsigned_immediate = 1'b1; end
      6'h2c: begin forms = 3'b111; op = 6'(OpSrl); c.unsigned_immediate = 1'b1; c.vs2_eew = EewDouble; end
      6'h2d: begin forms = 3'b111; op = 6'(OpSra); c.unsigned_immediate = 1'b1; c.vs2_eew = EewDouble; end
      6'h2e: begin forms = 3'b111; op = 6'(OpClipu); c.unsigned_immediate = 1'b1; c.vs2_eew = EewDouble; end
      6'h2f: begin forms = 3'b111; op = 6'(OpClip); c.unsigned_immediate = 1'b1; c.vs2_eew = EewDouble; end
      6'h30, 6'h31: begin
        forms         = 3'b100;
        c.unit        = UnitReduce;
        op            = 6'(OpRedSum);
        c.destination = DestElement;
        c.vd_eew      = EewDouble;
        c.vs1_eew     = EewDouble;
        c.vs1_element = 1'b1;
        c.vs2_signed  = insn[26];
        c.vstart_zero = 1'b1;
      end
      default: c.legal = 1'b0;
    endcase
    c.op = op;
    if (!(insn[14:12] == 3'd0 ? forms[2] : insn[14:12] == 3'd4 ? forms[1] : forms[0])) c.legal = 1'b0;
    return c;
  endfunction

  // OPMVV and OPMVX with funct6 below 0x20.
  function automatic control_t decode_mask(input logic [31:0] insn);
    control_t c;
    logic     x;
    x = insn[14];
    c = plain(UnitMask, 6'd0, insn[14:12]);
    case (insn[31:26])
      6'h00, 6'h01, 6'h02, 6'h03, 6'h04, 6'h05, 6'h06, 6'h07: begin
        c.unit        = UnitReduce;
        c.op          = {3'd0, insn[28:26]};
        c.destination = DestElement;
        c.vs1_element = 1'b1;
        c.vs2_signed  = insn[26];
        c.vstart_zero = 1'b1;
        c.legal       = !x;
      end
      6'h08, 6'h09, 6'h0a, 6'h0b: begin
        c.unit = UnitInteger;
        c.op   = insn[27] ? (insn[26] ? 6'(OpAsub) : 6'(OpAsubu)) : (insn[26] ? 6'(OpAadd) : 6'(OpAaddu));
      end
      6'h0e: begin
        c.unit       = UnitPermute;
        c.op         = 6'(OpSlide1Up);
        c.no_overlap = 1'b1;
        c.legal      = x;
      end
      6'h0f: begin
        c.unit  = UnitPermute;
        c.op    = 6'(OpSlide1Down);
        c.legal = x;
      end
      6'h10: begin
        if (x) begin
          c.unit        = UnitInteger;
          c.op          = 6'(OpMove);
          c.vs2_used    = 1'b0;
          c.destination = DestElement;
          c.vm          = VmOne;
          c.legal       = insn[24:20] == 5'd0;
        end else begin
          c.destination = DestScalar;
          c.vs1_used    = 1'b0;
          case (insn[19:15])
            5'h00: begin
              c.op          = 6'(OpElement);
              c.vs2_element = 1'b1;
              c.vm          = VmOne;
            end
            5'h10, 5'h11: begin
              c.op          = insn[15] ? 6'(OpFirst) : 6'(OpCpop);
              c.vs2_eew     = EewMask;
              c.vstart_zero = 1'b1;
            end
            default: c.legal = 1'b0;
          endcase
        end
      end
      6'h12: begin
        c.unit       = UnitInteger;
        c.op         = 6'(OpPass);
        c.vs1_used   = 1'b0;
        c.vs2_signed = insn[15];
        c.vs2_eew    = (insn[16]) ? EewHalf : EewQuarter;
        // vs1: 4 and 5 a quarter, 6 and 7 a half; an eighth would need elements of 64 bits.
        c.legal      = !x && insn[19:17] == 3'b001;
      end
      6'h14: begin
        c.vs1_used    = 1'b0;
        c.vs2_eew     = EewMask;
        c.vstart_zero = 1'b1;
        c.destination = DestMask;
        c.no_overlap  = 1'b1;
        case (insn[19:15])
          5'h01: c.op = 6'(OpMsbf);
          5'h02: c.op = 6'(OpMsof);
          5'h03: c.op = 6'(OpMsif);
          5'h10: begin
            c.op          = 6'(OpIota);
            c.destination = DestVector;
          end
          5'h11: begin
            c.op          = 6'(OpId);
            c.destination = DestVector;
            c.vs2_used    = 1'b0;
            c.vstart_zero = 1'b0;
            if (insn[24:20] != 5'd0) c.legal = 1'b0;
          end
          default: c.legal = 1'b0;
        endcase
        if (x) c.legal = 1'b0;
      end
      6'h17: begin
        c.unit        = UnitPermute;
        c.op          = 6'(OpCompress);
        c.vs1_eew     = EewMask;
        c.no_overlap  = 1'b1;
        c.vstart_zero = 1'b1;
        c.vm          = VmOne;
        c.legal       = !x;
      end
      6'h18, 6'h19, 6'h1a, 6'h1b, 6'h1c, 6'h1d, 6'h1e, 6'h1f: begin
        c.op          = {3'd0, insn[28:26]};
        c.vs2_eew     = EewMask;
        c.vs1_eew     = EewMask;
        c.destination = DestMask;
        c.vm          = VmOne;
        c.legal       = !x;
      end
      default: c.legal = 1'b0;
    endcase
    return c;
  endfunction

  // OPMVV and OPMVX with funct6 from 0x20.
  function automatic control_t decode_multiply(input logic [31:0] insn);
    control_t c;
    c            = plain(UnitMultiply, 6'(OpMul), insn[14:12]);
    c.vs2_signed = insn[26];
    c.vs1_signed = insn[26];
    case (insn[31:26])
      6'h20, 6'h21, 6'h22, 6'h23: begin
        c.unit = UnitDivide;
        c.op   = {4'd0, insn[27:26]};
      end
      6'h24: c.op = 6'(OpMulhu);
      6'h25: c.op = 6'(OpMul);
      6'h26: c.op = 6'(OpMulhsu);
      6'h27: c.op = 6'(OpMulh);
      6'h29, 6'h2b, 6'h2d, 6'h2f: begin
        c.op      = insn[28] ? (insn[27] ? 6'(OpNmsac) : 6'(OpMacc)) : (insn[27] ? 6'(OpNmsub) : 6'(OpMadd));
        c.vd_read = 1'b1;
      end
      6'h30, 6'h31, 6'h32, 6'h33, 6'h34, 6'h35, 6'h36, 6'h37: begin
        c.unit    = UnitInteger;
        c.op      = insn[27] ? 6'(OpSub) : 6'(OpAdd);
        c.vd_eew  = EewDouble;
        c.vs2_eew = insn[28] ? EewDouble : EewSame;
      end
      6'h38, 6'h3a, 6'h3b: begin
        c.vd_eew     = EewDouble;
        c.vs2_signed = insn[27];
        c.vs1_signed = insn[26];
      end
      6'h3c, 6'h3d, 6'h3e, 6'h3f: begin
        c.op         = 6'(OpMacc);
        c.vd_eew     = EewDouble;
        c.vd_read    = 1'b1;
        c.vs1_signed = insn[26];
        c.vs2_signed = insn[27] ^ insn[26];
        c.legal      = insn[27:26] != 2'b10 || insn[14];
      end
      default: c.legal = 1'b0;
    endcase
    return c;
  endfunction

  // VFUNARY0: conversions.
  function automatic control_t decode_conversion(input logic [31:0] insn);
    control_t c;
    c          = plain(UnitSimple, 6'd0, insn[14:12]);
    c.floating    = 1'b1;
    c.vs1_used = 1'b0;
    case (insn[19:15])
      5'd0:  c.op = 6'(OpFtoXu);
      5'd1:  c.op = 6'(OpFtoX);
      5'd2:  c.op = 6'(OpXutoF);
      5'd3:  c.op = 6'(OpXtoF);
      5'd6:  c.op = 6'(OpFtoXuRtz);
      5'd7:  c.op = 6'(OpFtoXRtz);
      5'd10: c.op = 6'(OpXutoF);
      5'd11: c.op = 6'(OpXtoF);
      5'd13: c.op = 6'(OpBf16toF);
      5'd16: c.op = 6'(OpFtoXu);
      5'd17: c.op = 6'(OpFtoX);
      5'd22: c.op = 6'(OpFtoXuRtz);
      5'd23: c.op = 6'(OpFtoXRtz);
      5'd29: c.op = 6'(OpFtoBf16);
      default: c.legal = 1'b0;
    endcase
    c.sew16      = insn[19:18] != 2'b00;
    c.vs2_signed = insn[15];
    if (insn[19:18] == 2'b01) c.vd_eew = EewDouble;
    if (insn[19]) c.vs2_eew = EewDouble;
    return c;
  endfunction

  // OPFVV, OPFVF.
  function automatic control_t decode_float(input logic [31:0] insn);
    control_t c;
    logic     f;
    f       = insn[14];
    c       = plain(UnitFma, 6'd0, insn[14:12]);
    c.floating = 1'b1;
    case (insn[31:26])
      6'h00: c.op = 6'(OpFadd);
      6'h02: c.op = 6'(OpFsub);
      6'h24: c.op = 6'(OpFmul);
      6'h27: begin
        c.op    = 6'(OpFrsub);
        c.legal = f;
      end
      6'h28, 6'h29, 6'h2a, 6'h2b, 6'h2c, 6'h2d, 6'h2e, 6'h2f: begin
        c.vd_read = 1'b1;
        c.op      = 6'(OpFmadd) + {3'd0, insn[28:26]};
      end
      6'h3b: begin
        c.op      = 6'(OpFwmacc);
        c.vd_read = 1'b1;
        c.vd_eew  = EewDouble;
        c.sew16   = 1'b1;
      end
      6'h01, 6'h03, 6'h05, 6'h07: begin
        c.unit        = UnitFloatReduce;
        c.op          = {4'd0, insn[28:27]};
        c.destination = DestElement;
        c.vs1_element = 1'b1;
        c.vstart_zero = 1'b1;
        c.legal       = !f;
      end
      6'h04, 6'h06: begin
        c.unit = UnitSimple;
        c.op   = insn[27] ? 6'(OpFmax) : 6'(OpFmin);
      end
      6'h08, 6'h09, 6'h0a: begin
        c.unit = UnitSimple;
        c.op   = 6'(OpFsgnj) + {4'd0, insn[27:26]};
      end
      6'h0e, 6'h0f: begin
        c.unit       = UnitPermute;
        c.op         = insn[26] ? 6'(OpSlide1Down) : 6'(OpSlide1Up);
        c.no_overlap = !insn[26];
        c.legal      = f;
      end
      6'h10: begin
        c.vm = VmOne;
        if (f) begin
          c.unit        = UnitInteger;
          c.op          = 6'(OpMove);
          c.vs2_used    = 1'b0;
          c.destination = DestElement;
          c.legal       = insn[24:20] == 5'd0;
        end else begin
          c.unit        = UnitMask;
          c.op          = 6'(OpElement);
          c.vs1_used    = 1'b0;
          c.destination = DestScalar;
          c.vs2_element = 1'b1;
          c.to_float    = 1'b1;
          c.legal       = insn[19:15] == 5'd0;
        end
      end
      6'h12: begin
        c = decode_conversion(insn);
        if (f) c.legal = 1'b0;
      end
      6'h13: begin
        c.unit     = UnitSimple;
        c.vs1_used = 1'b0;
        case (insn[19:15])
          5'h00: begin
            c.unit = UnitFloatDivide;
            c.op   = 6'(OpFsqrt);
          end
          5'h04: c.op = 6'(OpFrsqrt7);
          5'h05: c.op = 6'(OpFrec7);
          5'h10: c.op = 6'(OpFclass);
          default: c.legal = 1'b0;
        endcase
        if (f) c.legal = 1'b0;
      end
      6'h17: begin
        c.unit         = UnitInteger;
        c.op           = insn[25] ? 6'(OpMove) : 6'(OpMerge);
        c.mask_operand = !insn[25];
        c.vs2_used     = !insn[25];
        c.legal        = f && (!insn[25] || insn[24:20] == 5'd0);
      end
      6'h18, 6'h19, 6'h1b, 6'h1c, 6'h1d, 6'h1f: begin
        c.unit        = UnitSimple;
        c.destination = DestMask;
        case (insn[28:26])
          3'd0: c.op = 6'(OpFmeq);
          3'd1: c.op = 6'(OpFmle);
          3'd3: c.op = 6'(OpFmlt);
          3'd4: c.op = 6'(OpFmne);
          3'd5: c.op = 6'(OpFmgt);
          default: c.op = 6'(OpFmge);
        endcase
        c.legal = f || insn[28:26] < 3'd5;
      end
      6'h20: begin
        c.unit = UnitFloatDivide;
        c.op   = 6'(OpFdiv);
      end
      6'h21: begin
        c.unit  = UnitFloatDivide;
        c.op    = 6'(OpFrdiv);
        c.legal = f;
      end
      default: c.legal = 1'b0;
    endcase
    return c;
  endfunction

  // dojo.vcf.*; settings: x[rs1].
  function automatic control_t decode_cfloat(input logic [31:0] insn, input logic [1:0] sew, input logic [63:0] settings);
    control_t c;
    eew_e     packed_eew;
    c            = plain(UnitCfloat, insn[12] ? 6'(OpCfWiden) : 6'(OpCfNarrow), 3'd4);
    packed_eew   = settings[9] ? (sew == 2'd2 ? EewHalf : EewSame) : (sew == 2'd2 ? EewQuarter : EewHalf);
    c.vd_eew     = insn[12] ? EewSame : packed_eew;
    c.vs2_eew    = insn[12] ? packed_eew : EewSame;
    c.legal      = insn[31:26] == 6'd0 && insn[14:13] == 2'd0 && sew != 2'd0 && settings[63:17] == 47'd0 &&
                   settings[15:10] == 6'd0 && settings[7:6] == 2'd0;
    return c;
  endfunction

  // dojo.vacc.*
  function automatic control_t decode_accumulator(input logic [31:0] insn);
    control_t c;
    c          = plain(UnitAccumulator, insn[12] ? 6'(OpAccWrite) : 6'(OpAccRead), 3'd4);
    c.vs2_used = 1'b0;
    c.vd_read  = insn[12];
    c.no_write = insn[12];
    c.sew32    = 1'b1;
    c.legal    = insn[31:26] == 6'd0 && insn[24:20] == 5'd0 && insn[14:13] == 2'd0;
    return c;
  endfunction

  function automatic control_t decode(input logic [31:0] insn, input logic [1:0] sew, input logic [63:0] rs1);
    control_t c;
    c = Illegal;
    if (insn[6:0] == 7'h2b) c = decode_cfloat(insn, sew, rs1);
    else if (insn[6:0] == 7'h5b) c = decode_accumulator(insn);
    else begin
      case (insn[14:12])
        3'd0, 3'd3, 3'd4: c = decode_integer(insn);
        3'd1, 3'd5: c = decode_float(insn);
        3'd2, 3'd6: c = insn[31] ? decode_multiply(insn) : decode_mask(insn);
        default: c.legal = 1'b0;
      endcase
    end
    return c;
  endfunction

endpackage
// verilator lint_on UNUSEDSIGNAL
// verilator lint_on UNUSEDPARAM
