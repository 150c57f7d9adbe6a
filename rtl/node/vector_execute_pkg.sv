// What the parts of the execute pipe agree on: its units, their operations, and the one table of all vector arithmetic encodings.
// UNUSEDPARAM is waived here because no single part uses every constant, UNUSEDSIGNAL because functions take whole instructions.
// verilator lint_off UNUSEDPARAM
// verilator lint_off UNUSEDSIGNAL
package vector_execute_pkg;

  // Datapaths.
  typedef enum logic [3:0] {
    UnitInteger     = 4'd0,
    UnitMultiply    = 4'd1,
    UnitDivide      = 4'd2,
    UnitMask        = 4'd3,   // operations on whole masks, vcpop, vfirst, viota, vid, element 0 to a scalar
    UnitPermute     = 4'd4,
    UnitReduce      = 4'd5,
    UnitFma         = 4'd6,   // float_lanes
    UnitSimple      = 4'd7,   // float_simple_lanes
    UnitFloatDivide = 4'd8,
    UnitFloatReduce = 4'd9,
    UnitCfloat      = 4'd10,
    UnitAccumulator = 4'd11   // dojo.vacc.*: lines of the matrix unit's accumulators
  } unit_e;

  typedef enum logic [5:0] {
    // UnitInteger; a is vs2, b is vs1 or the scalar
    OpAdd, OpSub, OpRsub, OpAdc, OpSbc, OpMadc, OpMsbc, OpAnd, OpOr, OpXor, OpSll, OpSrl, OpSra, OpMinu, OpMin, OpMaxu, OpMax,
    OpMseq, OpMsne, OpMsltu, OpMslt, OpMsleu, OpMsle, OpMsgtu, OpMsgt, OpMerge, OpMove, OpPass,
    OpSaddu, OpSadd, OpSsubu, OpSsub, OpAaddu, OpAadd, OpAsubu, OpAsub, OpSsrl, OpSsra, OpClipu, OpClip
  } integer_e;

  typedef enum logic [5:0] {
    OpMul, OpMulhu, OpMulhsu, OpMulh, OpMacc, OpNmsac, OpMadd, OpNmsub, OpSmul
  } multiply_e;

  typedef enum logic [5:0] {
    OpDivu, OpDiv, OpRemu, OpRem
  } divide_e;

  typedef enum logic [5:0] {
    OpMandn, OpMand, OpMor, OpMxor, OpMorn, OpMnand, OpMnor, OpMxnor,  // as funct6
    OpMsbf, OpMsof, OpMsif, OpIota, OpId, OpCpop, OpFirst, OpElement
  } mask_e;

  typedef enum logic [5:0] {
    OpSlideUp, OpSlideDown, OpSlide1Up, OpSlide1Down, OpGather, OpGatherScalar, OpCompress
  } permute_e;

  typedef enum logic [5:0] {
    OpRedSum, OpRedAnd, OpRedOr, OpRedXor, OpRedMinu, OpRedMin, OpRedMaxu, OpRedMax  // as funct6
  } reduce_e;

  // d is vd; UnitFma: a * b + c with signs.
  typedef enum logic [5:0] {
    OpFadd, OpFsub, OpFrsub, OpFmul, OpFmadd, OpFnmadd, OpFmsub, OpFnmsub, OpFmacc, OpFnmacc, OpFmsac, OpFnmsac, OpFwmacc
  } fma_e;

  typedef enum logic [5:0] {
    OpFmin, OpFmax, OpFsgnj, OpFsgnjn, OpFsgnjx, OpFmeq, OpFmne, OpFmlt, OpFmle, OpFmgt, OpFmge, OpFclass, OpFrsqrt7, OpFrec7,
    OpFtoXu, OpFtoX, OpFtoXuRtz, OpFtoXRtz, OpXutoF, OpXtoF, OpBf16toF, OpFtoBf16
  } simple_e;

  typedef enum logic [5:0] {
    OpFdiv, OpFrdiv, OpFsqrt
  } float_divide_e;

  typedef enum logic [5:0] {
    OpFredUsum, OpFredOsum, OpFredMin, OpFredMax
  } float_reduce_e;

  typedef enum logic [5:0] {
    OpCfNarrow, OpCfWiden
  } cfloat_e;

  typedef enum logic [5:0] {
    OpAccRead, OpAccWrite
  } accumulator_e;

  // Width of the elements of an operand against SEW.
  typedef enum logic [2:0] {
    EewSame,
    EewDouble,
    EewHalf,
    EewQuarter,
    EewMask,  // one bit
    Eew16
  } eew_e;

  typedef enum logic [1:0] {
    DestVector,
    DestMask,     // written in one piece after the last register of the sources
    DestElement,  // element 0
    DestScalar    // x or f register
  } destination_e;

  typedef enum logic [1:0] {
    VmAny,
    VmOne,
    VmZero
  } vm_e;

  // One pass through the pipe: at most one register of each operand, as elements of `width`.
  typedef struct packed {
    unit_e              unit;
    logic [5:0]         op;
    logic [3:0]         tag;            // vector_pkg::tag_t
    logic [1:0]         hart;
    logic [1:0]         sew;
    logic [1:0]         width;          // log2 of the bytes of an element in the datapath
    destination_e       destination;
    logic [4:0]         vd;             // register written by this pass
    logic [1:0]         vd_width;       // log2 of the bytes of an element written
    logic [1:0]         vd_shift;       // elements written are `width - vd_shift` wide
    logic [1:0]         vd_part;        // and go to this half or quarter of the register
    logic               idle;           // no element at all
    logic               first;          // pass of the instruction
    logic               last;
    logic               first_store;    // pass with a place at the write port
    logic               store;          // takes a place at the write port
    logic               write;          // and writes a register there
    logic               release_vd;     // which the instruction does not write again
    logic               start;          // an iterative unit begins
    logic               collect;        // the result of an iterative unit is written
    logic               masked;
    logic [9:0]         base;           // number of the first element
    logic [9:0]         vstart;
    logic [9:0]         vl;
    logic [2:0]         rounding;       // frm or vxrm
    logic               to_float;
    logic [2:0]         inner;          // gather: register of the source
    logic               inner_first;
    logic               inner_last;     // iterative units: the last register
    logic [5:0]         offset;         // slides: bytes
    logic [2:0]         limit;          // halvings of the register that holds the group: LMUL below 1
    logic [1:0]         absent;         // slides: bit 0: no low source register, bit 1: no high one
  } beat_t;

  // Elements of a pass that are in the body and active, by lane; mask: v0 from element `base` on.
  function automatic logic [63:0] active_elements(input beat_t beat, input logic [63:0] mask);
    logic [63:0] ones, lanes;
    logic [ 9:0] above, below;
    ones  = '1;
    lanes = ~(ones << (7'd64 >> beat.width));
    if (beat.width == 2'd0) lanes = ones;
    above = beat.vl <= beat.base ? 10'd0 : beat.vl - beat.base;
    below = beat.vstart <= beat.base ? 10'd0 : beat.vstart - beat.base;
    if (above < 10'd64) lanes = lanes & ~(ones << above[5:0]);
    lanes = below < 10'd64 ? lanes & (ones << below[5:0]) : 64'd0;
    return beat.masked ? lanes & mask : lanes;
  endfunction

  // Bytes of a register that hold the elements of a pass: elements of 1 << (width - shift) bytes in part `part`.
  function automatic logic [63:0] bytes_of(input logic [63:0] lanes, input logic [1:0] width, input logic [1:0] shift,
                                           input logic [1:0] part);
    logic [63:0] x;
    x = lanes;
    if (width - shift == 2'd1) begin
      x = spread(x & 64'hffffffff);
      x = x | (x << 1);
    end else if (width - shift == 2'd2) begin
      x = spread(spread(x & 64'hffff) & 64'hffffffff);
      x = x | (x << 1);
      x = x | (x << 2);
    end
    return shift == 2'd0 ? x : shift == 2'd1 ? {2{x[31:0]}} & (part[0] ? 64'hffffffff00000000 : 64'h00000000ffffffff)
                                             : (x & 64'hffff) << {part, 4'd0};
  endfunction

  // The lower 32 bits at the even places.
  function automatic logic [63:0] spread(input logic [63:0] bits);
    logic [63:0] x;
    x = (bits | (bits << 16)) & 64'h0000ffff0000ffff;
    x = (x | (x << 8)) & 64'h00ff00ff00ff00ff;
    x = (x | (x << 4)) & 64'h0f0f0f0f0f0f0f0f;
    x = (x | (x << 2)) & 64'h3333333333333333;
    return (x | (x << 1)) & 64'h5555555555555555;
  endfunction

  // vmv<nr>r.v, which needs no valid vtype.
  function automatic logic is_whole_move(input logic [31:0] insn);
    return insn[6:0] == 7'h57 && insn[14:12] == 3'd3 && insn[31:26] == 6'h27;
  endfunction

  // Cycles from the issue of a pass to its write.
  function automatic logic [2:0] latency_of(input unit_e unit, input logic collect);
    if (collect) return 3'd1;
    case (unit)
      UnitMultiply, UnitSimple: return 3'd3;
      UnitFma, UnitCfloat:      return 3'd5;
      default:                  return 3'd2;
    endcase
  endfunction

  // log2 of the bytes of an element; a mask counts as bytes.
  function automatic logic [1:0] width_of(input eew_e eew, input logic [1:0] sew);
    case (eew)
      EewDouble:  return sew + 2'd1;
      EewHalf:    return sew - 2'd1;
      EewQuarter: return sew - 2'd2;
      Eew16:      return 2'd1;
      EewMask:    return 2'd0;
      default:    return sew;
    endcase
  endfunction

endpackage
// verilator lint_on UNUSEDSIGNAL
// verilator lint_on UNUSEDPARAM
