// The arithmetic of the element-wise unit: 16 FP32 lanes of fma, relu and gate, with their operand buffer (docs/numerics.md).
//
// Function: d = s * x + y rounded once (IEEE 754, nearest-even, subnormals included, canonical NaN), its maximum with +0, or the gate
// d = y > 0 ? x : +0; written out as a line of 16 FP32 values or, two lines together, of 32 BF16 values.
// Stages: 1 operand selection and exact product; 2 alignment and sum in 64 bits, with a sticky bit; 3 normalisation and rounding
// into data_o. Each runs when its enable is high; a stage that is not enabled keeps its result.
// Latency: three enabled cycles. Throughput: one line per cycle. Back-pressure: by the enables.
// Registered: the stages, the operand buffer, data_o.
`include "dojo_assert.svh"
module fma_lanes (
    input  logic         clk_i,
    // operand lines
    input  logic         x_fill_valid_i,
    input  logic [2:0]   x_fill_slot_i,
    input  logic [511:0] x_fill_data_i,
    input  logic         y_fill_valid_i,
    input  logic [2:0]   y_fill_slot_i,
    input  logic [511:0] y_fill_data_i,
    // enables of the stages
    input  logic         multiply_i,
    input  logic         add_i,
    input  logic         round_i,
    // for stage 1; op: dojo_pkg::descriptor_op_elementwise_e
    input  logic [7:0]   op_i,
    input  logic [31:0]  scalar_i,
    input  logic [2:0]   x_slot_i,
    input  logic [2:0]   y_slot_i,
    input  logic         y_absent_i,
    // for stage 3
    input  logic         bf16_i,
    input  logic         high_i,      // the second of two lines of a BF16 line
    output logic [511:0] data_o
);

  localparam int unsigned Lanes = 16;
  // Position of the binary point in the 64-bit sum: products below 4 leave two bits above it for the sum.
  localparam int unsigned Point = 60;
  // From the exponent of the sum to the field of a result whose leading one is in bit 63.
  localparam int unsigned FieldOffset = 127 - (63 - Point);

  localparam logic [7:0] SpecialNone = 8'd0;
  localparam logic [7:0] SpecialPositive = 8'd1;
  localparam logic [7:0] SpecialNegative = 8'd2;
  localparam logic [7:0] SpecialNan = 8'd3;

  logic [31:0] x_q[8][Lanes], y_q[8][Lanes];

  // Stage 1 to 2. Exponents are on the scale of the product, field of s + field of x; that of a zero is 0.
  logic [63:0] product_q[Lanes], product_exponent_q[Lanes], product_sign_q[Lanes];
  logic [63:0] addend_q[Lanes], addend_exponent_q[Lanes], addend_sign_q[Lanes];
  logic [31:0] gated1_q[Lanes];
  logic [7:0]  special1_q[Lanes];
  logic        any_special1_q;
  logic [7:0]  op1_q;

  // Stage 2 to 3.
  logic [63:0] magnitude_q[Lanes], exponent_q[Lanes], sign_q[Lanes];
  logic [31:0] gated2_q[Lanes];
  logic [7:0]  special2_q[Lanes];
  logic        any_special2_q;
  logic [7:0]  op2_q;

  logic [31:0] result[Lanes];  // of stage 3
  logic [15:0] low_q[Lanes];   // the first half of a BF16 line

  // The arrays and fields above are private to one process: blocking assignments in the order of the stages, the last one first, are
  // registers and simulate several times faster than non-blocking ones.
  /* verilator lint_off BLKSEQ */

  task automatic find_specials(input logic [31:0] x[Lanes], input logic [31:0] y[Lanes]);
    for (int unsigned n = 0; n < Lanes; n++) begin
      logic [31:0] s_bits, x_bits, y_bits;
      logic        nan, product_infinite, product_sign, y_infinite;
      s_bits           = scalar_i & 32'h7fffffff;
      x_bits           = x[n] & 32'h7fffffff;
      y_bits           = y[n] & 32'h7fffffff;
      product_infinite = s_bits == 32'h7f800000 || x_bits == 32'h7f800000;
      product_sign     = scalar_i[31] ^ x[n][31];
      y_infinite       = y_bits == 32'h7f800000;
      nan              = s_bits > 32'h7f800000 || x_bits > 32'h7f800000 || y_bits > 32'h7f800000 ||
                         (product_infinite && (s_bits == 32'd0 || x_bits == 32'd0)) ||
                         (product_infinite && y_infinite && product_sign != y[n][31]);
      special1_q[n]    = nan ? SpecialNan
                       : !(product_infinite || y_infinite) ? SpecialNone
                       : (product_infinite ? product_sign : y[n][31]) ? SpecialNegative : SpecialPositive;
    end
  endtask

  // Stage 1.
  task automatic multiply;
    logic [31:0] x[Lanes], y[Lanes];
    logic [63:0] s_mantissa, s_field, special;
    for (int unsigned n = 0; n < Lanes; n++) x[n] = x_q[x_slot_i][n];
    if (y_absent_i) for (int unsigned n = 0; n < Lanes; n++) y[n] = 32'h80000000;
    else for (int unsigned n = 0; n < Lanes; n++) y[n] = y_q[y_slot_i][n];
    op1_q          = op_i;
    any_special1_q = 1'b0;
    if (op_i == dojo_pkg::DescriptorOpElementwiseGate) begin
      for (int unsigned n = 0; n < Lanes; n++) gated1_q[n] = (y[n] - 32'd1 < 32'h7f800000) ? x[n] : 32'd0;
    end else begin
      s_field    = 64'(scalar_i[30:23]);
      s_mantissa = 64'(scalar_i[22:0]) | ((s_field != 64'd0) ? 64'h800000 : 64'd0);
      special    = (s_field == 64'hff) ? 64'd1 : 64'd0;
      s_field    = (s_field == 64'd0) ? 64'd1 : s_field;
      for (int unsigned n = 0; n < Lanes; n++) begin
        logic [63:0] xw, yw, x_field, y_field, x_mantissa, y_mantissa, p;
        xw                    = 64'(x[n]);
        yw                    = 64'(y[n]);
        x_field               = (xw >> 23) & 64'hff;
        y_field               = (yw >> 23) & 64'hff;
        x_mantissa            = (xw & 64'h7fffff) | ((x_field != 64'd0) ? 64'h800000 : 64'd0);
        y_mantissa            = (yw & 64'h7fffff) | ((y_field != 64'd0) ? 64'h800000 : 64'd0);
        p                     = (s_mantissa & 64'hffffffff) * (x_mantissa & 64'hffffffff);
        product_q[n]          = p << (Point - 46);
        product_exponent_q[n] = (p == 64'd0) ? 64'd0 : s_field + ((x_field != 64'd0) ? x_field : 64'd1);
        product_sign_q[n]     = (xw >> 31) ^ 64'(scalar_i[31]);
        addend_q[n]           = y_mantissa << (Point - 23);
        addend_exponent_q[n]  = (y_mantissa == 64'd0) ? 64'd0 : 64'd127 + ((y_field != 64'd0) ? y_field : 64'd1);
        addend_sign_q[n]      = yw >> 31;
        special               = special | ((x_field == 64'hff || y_field == 64'hff) ? 64'd1 : 64'd0);
      end
      any_special1_q = special[0];
      if (any_special1_q) find_specials(x, y);
    end
  endtask

  // Stage 2.
  task automatic add;
    op2_q          = op1_q;
    any_special2_q = any_special1_q;
    if (op1_q == dojo_pkg::DescriptorOpElementwiseGate) begin
      for (int unsigned n = 0; n < Lanes; n++) gated2_q[n] = gated1_q[n];
    end else begin
      for (int unsigned n = 0; n < Lanes; n++) begin
        logic [63:0] larger, smaller, distance, shifted, larger_sign, differ, sum, negative;
        logic        swap;
        swap           = addend_exponent_q[n] > product_exponent_q[n];
        larger         = swap ? addend_q[n] : product_q[n];
        smaller        = swap ? product_q[n] : addend_q[n];
        larger_sign    = swap ? addend_sign_q[n] : product_sign_q[n];
        exponent_q[n]  = swap ? addend_exponent_q[n] : product_exponent_q[n];
        distance       = swap ? addend_exponent_q[n] - product_exponent_q[n] : product_exponent_q[n] - addend_exponent_q[n];
        distance       = (distance > 64'd63) ? 64'd63 : distance;
        shifted        = smaller >> distance[5:0];
        // What was shifted out is kept as one bit at the end.
        shifted        = shifted | (((shifted << distance[5:0]) != smaller) ? 64'd1 : 64'd0);
        differ         = product_sign_q[n] ^ addend_sign_q[n];
        sum            = larger + ((shifted ^ (-differ)) + differ);
        negative       = sum >> 63;
        magnitude_q[n] = (sum ^ (-negative)) + negative;
        // An exact zero is +0 unless both terms are negative.
        sign_q[n]      = (sum == 64'd0) ? (product_sign_q[n] & addend_sign_q[n]) : (larger_sign ^ negative);
      end
      if (any_special1_q) for (int unsigned n = 0; n < Lanes; n++) special2_q[n] = special1_q[n];
    end
  endtask

  // Stage 3.
  task automatic round;
    if (op2_q == dojo_pkg::DescriptorOpElementwiseGate) begin
      for (int unsigned n = 0; n < Lanes; n++) result[n] = gated2_q[n];
    end else begin
      for (int unsigned n = 0; n < Lanes; n++) begin
        logic [63:0] m, t, zeros, e, below, kept, r;
        m     = magnitude_q[n];
        t     = (m[63:32] == 32'd0) ? 64'd32 : 64'd0;
        zeros = t;
        m     = m << t[5:0];
        t     = (m[63:48] == 16'd0) ? 64'd16 : 64'd0;
        zeros = zeros + t;
        m     = m << t[5:0];
        t     = (m[63:56] == 8'd0) ? 64'd8 : 64'd0;
        zeros = zeros + t;
        m     = m << t[5:0];
        t     = (m[63:60] == 4'd0) ? 64'd4 : 64'd0;
        zeros = zeros + t;
        m     = m << t[5:0];
        t     = (m[63:62] == 2'd0) ? 64'd2 : 64'd0;
        zeros = zeros + t;
        m     = m << t[5:0];
        t     = (m[63] == 1'b0) ? 64'd1 : 64'd0;
        zeros = zeros + t;
        m     = m << t[5:0];
        // Exponent field of the result, in two's complement; a subnormal one is shifted back to field 1 less the leading one.
        e     = exponent_q[n] - 64'(FieldOffset) - zeros;
        below = (e[63] || e == 64'd0) ? 64'd1 - e : 64'd0;
        below = (below > 64'd63) ? 64'd63 : below;
        kept  = m >> below[5:0];
        kept  = kept | (((kept << below[5:0]) != m) ? 64'd1 : 64'd0);
        e     = (below != 64'd0) ? 64'd0 : e - 64'd1;
        r     = (e << 23) + (kept >> 40)
              + ((kept >> 39) & (((kept & 64'h7fffffffff) != 64'd0) ? 64'd1 : (kept >> 40)) & 64'd1);
        r     = (r > 64'h7f800000) ? 64'h7f800000 : r;
        r     = (magnitude_q[n] == 64'd0) ? 64'd0 : r;
        result[n] = 32'(r | (sign_q[n] << 31));
      end
      if (any_special2_q) begin
        for (int unsigned n = 0; n < Lanes; n++) begin
          result[n] = (special2_q[n] == SpecialNone) ? result[n] : (special2_q[n] == SpecialNan) ? 32'h7fc00000
                    : (special2_q[n] == SpecialNegative) ? 32'hff800000 : 32'h7f800000;
        end
      end
      if (op2_q == dojo_pkg::DescriptorOpElementwiseRelu) begin
        for (int unsigned n = 0; n < Lanes; n++) result[n] = (result[n][31]) ? 32'd0 : result[n];
      end
    end
  endtask

  // Puts the result of stage 3 into the line to be written.
  task automatic write_line;
    logic [511:0] line;
    if (!bf16_i) begin
      for (int unsigned n = 0; n < Lanes; n++) line[32*n+:32] = result[n];
      data_o <= line;
    end else begin
      logic [15:0] half[Lanes];
      for (int unsigned n = 0; n < Lanes; n++) begin
        logic [31:0] up;
        up      = (result[n] + 32'h7fff + ((result[n] >> 16) & 32'd1)) >> 16;
        up      = ((result[n] & 32'h7fffffff) > 32'h7f800000) ? 32'h7fc0 : up;
        half[n] = 16'(up);
      end
      if (!high_i) begin
        for (int unsigned n = 0; n < Lanes; n++) low_q[n] = half[n];
      end else begin
        for (int unsigned n = 0; n < Lanes; n++) line[16*n+:16] = low_q[n];
        for (int unsigned n = 0; n < Lanes; n++) line[256+16*n+:16] = half[n];
        data_o <= line;
      end
    end
  endtask

  always_ff @(posedge clk_i) begin
    if (round_i) begin
      round();
      write_line();
    end
    if (add_i) add();
    if (multiply_i) multiply();
    if (x_fill_valid_i) for (int unsigned n = 0; n < Lanes; n++) x_q[x_fill_slot_i][n] = x_fill_data_i[32*n+:32];
    if (y_fill_valid_i) for (int unsigned n = 0; n < Lanes; n++) y_q[y_fill_slot_i][n] = y_fill_data_i[32*n+:32];
  end
  /* verilator lint_on BLKSEQ */

endmodule
