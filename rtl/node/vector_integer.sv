// Integer and fixed-point arithmetic of one vector register with elements of Width bits.
//
// Function: result = a op b for every element, op of vector_execute_pkg::integer_e; comparisons and carries give one bit per element
// in bits_o; narrow_i keeps the lower half of every element, twice in the register. A saturation counts for elements in enable_i.
// Latency: one cycle. Throughput: one register per cycle. Back-pressure: none. Registered: all outputs, loaded under valid_i.
module vector_integer #(
    parameter int unsigned Width = 32
) (
    input  logic         clk_i,
    input  logic         valid_i,
    input  logic [ 5:0]  op_i,
    input  logic [ 1:0]  vxrm_i,
    input  logic         narrow_i,
    input  logic [63:0]  enable_i,     // elements
    input  logic [63:0]  carry_i,      // v0 as an operand
    input  logic [511:0] a_i,
    input  logic [511:0] b_i,
    output logic [511:0] result_o,
    output logic [63:0]  bits_o,
    output logic         saturated_o
);

  import vector_execute_pkg::OpAdd, vector_execute_pkg::OpSub, vector_execute_pkg::OpRsub, vector_execute_pkg::OpAdc,
      vector_execute_pkg::OpSbc, vector_execute_pkg::OpMadc, vector_execute_pkg::OpMsbc, vector_execute_pkg::OpAnd,
      vector_execute_pkg::OpOr, vector_execute_pkg::OpXor, vector_execute_pkg::OpSll, vector_execute_pkg::OpSrl,
      vector_execute_pkg::OpSra, vector_execute_pkg::OpMinu, vector_execute_pkg::OpMin, vector_execute_pkg::OpMaxu,
      vector_execute_pkg::OpMax, vector_execute_pkg::OpMseq, vector_execute_pkg::OpMsne, vector_execute_pkg::OpMsltu,
      vector_execute_pkg::OpMslt, vector_execute_pkg::OpMsleu, vector_execute_pkg::OpMsle, vector_execute_pkg::OpMsgtu,
      vector_execute_pkg::OpMsgt, vector_execute_pkg::OpMerge, vector_execute_pkg::OpMove, vector_execute_pkg::OpPass,
      vector_execute_pkg::OpSaddu, vector_execute_pkg::OpSadd, vector_execute_pkg::OpSsubu, vector_execute_pkg::OpSsub,
      vector_execute_pkg::OpAaddu, vector_execute_pkg::OpAadd, vector_execute_pkg::OpAsubu, vector_execute_pkg::OpSsrl,
      vector_execute_pkg::OpSsra, vector_execute_pkg::OpClipu, vector_execute_pkg::OpClip;

  localparam int unsigned Lanes = 512 / Width;
  localparam int unsigned PerWord = 32 / Width;
  localparam int unsigned LogWidth = $clog2(Width);

  typedef logic [Width-1:0] lane_t;
  typedef logic [2*Width-1:0] wide_t;

  localparam lane_t SignBit = lane_t'(1) << (Width - 1);
  localparam lane_t Ones = '1;
  localparam wide_t WideOnes = '1;
  localparam lane_t HalfOnes = Ones >> (Width / 2);

  // Private to one process: blocking assignments simulate fastest. Nothing of it holds from cycle to cycle.
  /* verilator lint_off BLKSEQ */
  lane_t a[Lanes], b[Lanes], r[Lanes], m[Lanes], saturated[Lanes];

  // a >> b, arithmetic or logical, rounded as vxrm says. A shift by 1 or more leaves room for rounding up.
  task automatic scale(input logic arithmetic, input logic rounded);
    lane_t mode;
    mode = lane_t'(vxrm_i);
    for (int unsigned n = 0; n < Lanes; n++) begin
      lane_t               sign, v, half, low, up, odd;
      logic [LogWidth-1:0] shift;
      sign  = (arithmetic && a[n][Width-1]) ? Ones : '0;
      shift = b[n][LogWidth-1:0];
      v     = ((a[n] ^ sign) >> shift) ^ sign;
      half  = (lane_t'(1) << shift) >> 1;
      low   = a[n] & ((lane_t'(1) << shift) - lane_t'(1));
      odd   = v & lane_t'(1);
      up    = mode == lane_t'(0) ? ((low & half) != '0 ? lane_t'(1) : '0)
            : mode == lane_t'(1) ? ((half != '0 && (low > half || (low == half && odd != '0))) ? lane_t'(1) : '0)
            : mode == lane_t'(2) ? '0 : ((odd == '0 && low != '0) ? lane_t'(1) : '0);
      r[n]  = v + (rounded ? up : '0);
    end
  endtask

  task automatic average(input logic signed_operands, input logic subtract);
    wide_t mode;
    mode = wide_t'(vxrm_i);
    for (int unsigned n = 0; n < Lanes; n++) begin
      wide_t x, y, s, v, up;
      x    = wide_t'(a[n]) | ((signed_operands && a[n][Width-1]) ? WideOnes << Width : '0);
      y    = wide_t'(b[n]) | ((signed_operands && b[n][Width-1]) ? WideOnes << Width : '0);
      s    = subtract ? x - y : x + y;
      v    = s >> 1;
      up   = mode == wide_t'(0) ? s : mode == wide_t'(1) ? s & v : mode == wide_t'(2) ? '0 : s & ~v;
      r[n] = lane_t'(v + (up & wide_t'(1)));
    end
  endtask

  // Of the scaled elements in r: to half the width.
  task automatic clip(input logic signed_operands);
    for (int unsigned n = 0; n < Lanes; n++) begin
      lane_t largest, over, below;
      largest      = signed_operands ? HalfOnes >> 1 : HalfOnes;
      over         = signed_operands ? ((!r[n][Width-1] && r[n] > largest) ? Ones : '0) : (r[n] > largest ? Ones : '0);
      below        = (signed_operands && r[n][Width-1] && r[n] < ~largest) ? Ones : '0;
      r[n]         = over != '0 ? largest : below != '0 ? ~largest : r[n];
      saturated[n] = (over | below) & lane_t'(1);
    end
  endtask

  task automatic saturate(input logic signed_operands, input logic subtract);
    if (signed_operands) begin
      for (int unsigned n = 0; n < Lanes; n++) begin
        lane_t s, over;
        s            = subtract ? a[n] - b[n] : a[n] + b[n];
        over         = subtract ? (a[n] ^ b[n]) & (a[n] ^ s) : (a[n] ^ s) & (b[n] ^ s);
        over         = over >> (Width - 1);
        r[n]         = over != '0 ? (a[n][Width-1] ? SignBit : ~SignBit) : s;
        saturated[n] = over;
      end
    end else begin
      for (int unsigned n = 0; n < Lanes; n++) begin
        lane_t s, over;
        s            = subtract ? a[n] - b[n] : a[n] + b[n];
        over         = subtract ? (a[n] < b[n] ? lane_t'(1) : '0) : (s < a[n] ? lane_t'(1) : '0);
        r[n]         = over != '0 ? (subtract ? '0 : Ones) : s;
        saturated[n] = over;
      end
    end
  endtask

  // Signed order is unsigned order with the sign bits flipped.
  task automatic compare(input lane_t flip);
    case (op_i)
      6'(OpMseq): for (int unsigned n = 0; n < Lanes; n++) m[n] = a[n] == b[n] ? lane_t'(1) : '0;
      6'(OpMsne): for (int unsigned n = 0; n < Lanes; n++) m[n] = a[n] != b[n] ? lane_t'(1) : '0;
      6'(OpMsltu), 6'(OpMslt): for (int unsigned n = 0; n < Lanes; n++) m[n] = (a[n] ^ flip) < (b[n] ^ flip) ? lane_t'(1) : '0;
      6'(OpMsleu), 6'(OpMsle): for (int unsigned n = 0; n < Lanes; n++) m[n] = (a[n] ^ flip) <= (b[n] ^ flip) ? lane_t'(1) : '0;
      default: for (int unsigned n = 0; n < Lanes; n++) m[n] = (a[n] ^ flip) > (b[n] ^ flip) ? lane_t'(1) : '0;
    endcase
  endtask

  task automatic minimum(input lane_t flip);
    for (int unsigned n = 0; n < Lanes; n++) r[n] = (a[n] ^ flip) < (b[n] ^ flip) ? a[n] : b[n];
  endtask

  task automatic maximum(input lane_t flip);
    for (int unsigned n = 0; n < Lanes; n++) r[n] = (a[n] ^ flip) < (b[n] ^ flip) ? b[n] : a[n];
  endtask

  task automatic carries;
    for (int unsigned n = 0; n < Lanes; n++) m[n] = lane_t'((carry_i >> n) & 64'd1);
    case (op_i)
      6'(OpAdc): for (int unsigned n = 0; n < Lanes; n++) r[n] = a[n] + b[n] + m[n];
      6'(OpSbc): for (int unsigned n = 0; n < Lanes; n++) r[n] = a[n] - b[n] - m[n];
      6'(OpMadc): for (int unsigned n = 0; n < Lanes; n++) m[n] = lane_t'((wide_t'(a[n]) + wide_t'(b[n]) + wide_t'(m[n])) >> Width);
      6'(OpMsbc):
      for (int unsigned n = 0; n < Lanes; n++) m[n] = wide_t'(a[n]) < wide_t'(b[n]) + wide_t'(m[n]) ? lane_t'(1) : '0;
      default: for (int unsigned n = 0; n < Lanes; n++) r[n] = m[n] != '0 ? b[n] : a[n];
    endcase
  endtask

  task automatic operate;
    case (op_i)
      6'(OpAdd): for (int unsigned n = 0; n < Lanes; n++) r[n] = a[n] + b[n];
      6'(OpSub): for (int unsigned n = 0; n < Lanes; n++) r[n] = a[n] - b[n];
      6'(OpRsub): for (int unsigned n = 0; n < Lanes; n++) r[n] = b[n] - a[n];
      6'(OpAnd): for (int unsigned n = 0; n < Lanes; n++) r[n] = a[n] & b[n];
      6'(OpOr): for (int unsigned n = 0; n < Lanes; n++) r[n] = a[n] | b[n];
      6'(OpXor): for (int unsigned n = 0; n < Lanes; n++) r[n] = a[n] ^ b[n];
      6'(OpSll): for (int unsigned n = 0; n < Lanes; n++) r[n] = a[n] << b[n][LogWidth-1:0];
      6'(OpSrl): scale(1'b0, 1'b0);
      6'(OpSra): scale(1'b1, 1'b0);
      6'(OpSsrl): scale(1'b0, 1'b1);
      6'(OpSsra): scale(1'b1, 1'b1);
      6'(OpClipu): begin
        scale(1'b0, 1'b1);
        clip(1'b0);
      end
      6'(OpClip): begin
        scale(1'b1, 1'b1);
        clip(1'b1);
      end
      6'(OpMinu): minimum('0);
      6'(OpMin): minimum(SignBit);
      6'(OpMaxu): maximum('0);
      6'(OpMax): maximum(SignBit);
      6'(OpMseq), 6'(OpMsne), 6'(OpMsltu), 6'(OpMsleu), 6'(OpMsgtu): compare('0);
      6'(OpMslt), 6'(OpMsle), 6'(OpMsgt): compare(SignBit);
      6'(OpAdc), 6'(OpSbc), 6'(OpMadc), 6'(OpMsbc), 6'(OpMerge): carries();
      6'(OpSaddu): saturate(1'b0, 1'b0);
      6'(OpSadd): saturate(1'b1, 1'b0);
      6'(OpSsubu): saturate(1'b0, 1'b1);
      6'(OpSsub): saturate(1'b1, 1'b1);
      6'(OpAaddu): average(1'b0, 1'b0);
      6'(OpAadd): average(1'b1, 1'b0);
      6'(OpAsubu): average(1'b0, 1'b1);
      default: average(1'b1, 1'b1);
    endcase
  endtask

  function automatic logic may_saturate(input logic [5:0] op);
    return op == 6'(OpSaddu) || op == 6'(OpSadd) || op == 6'(OpSsubu) || op == 6'(OpSsub) || op == 6'(OpClipu) || op == 6'(OpClip);
  endfunction

  function automatic logic gives_bits(input logic [5:0] op);
    return (op >= 6'(OpMseq) && op <= 6'(OpMsgt)) || op == 6'(OpMadc) || op == 6'(OpMsbc);
  endfunction

  task automatic unpack;
    for (int unsigned w = 0; w < 16; w++) begin
      logic [31:0] x, y;
      x = a_i[32*w+:32];
      y = b_i[32*w+:32];
      for (int unsigned k = 0; k < PerWord; k++) begin
        a[PerWord*w+k] = x[Width*k+:Width];
        b[PerWord*w+k] = y[Width*k+:Width];
      end
    end
  endtask

  task automatic pack;
    logic [511:0] line;
    logic [255:0] half;
    if (narrow_i) begin
      for (int unsigned w = 0; w < 8; w++) begin
        logic [31:0] x;
        x = '0;
        for (int unsigned k = 0; k < 2 * PerWord; k++) x = x | ((32'(r[2*PerWord*w+k]) & 32'(HalfOnes)) << (Width / 2 * k));
        half[32*w+:32] = x;
      end
      result_o <= {half, half};
    end else begin
      for (int unsigned w = 0; w < 16; w++) begin
        logic [31:0] x;
        x = '0;
        for (int unsigned k = 0; k < PerWord; k++) x = x | (32'(r[PerWord*w+k]) << (Width * k));
        line[32*w+:32] = x;
      end
      result_o <= line;
    end
  endtask

  task automatic gather_bits;
    logic [63:0] bits;
    bits = 64'd0;
    for (int unsigned n = 0; n < Lanes; n++) bits = bits | (64'(m[n]) << n);
    bits_o <= bits;
  endtask

  task automatic gather_saturation;
    logic [63:0] any;
    any = 64'd0;
    for (int unsigned n = 0; n < Lanes; n++) any = any | (64'(saturated[n]) & (enable_i >> n));
    saturated_o <= any[0];
  endtask

  always_ff @(posedge clk_i) begin
    if (valid_i) begin
      saturated_o <= 1'b0;
      if (op_i == 6'(OpPass)) result_o <= a_i;
      else if (op_i == 6'(OpMove)) result_o <= b_i;
      else begin
        unpack();
        operate();
        if (gives_bits(op_i)) gather_bits();
        else pack();
        if (may_saturate(op_i)) gather_saturation();
      end
    end
  end
  /* verilator lint_on BLKSEQ */

endmodule
