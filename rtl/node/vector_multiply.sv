// Integer multiplication of one vector register with elements of Width bits.
//
// Function: products of a = vs2, b = vs1 or scalar, d = vd as vector_execute_pkg::multiply_e says. Stage 1 multiplies, stage 2 adds,
// subtracts, selects the half, or rounds and saturates (OpSmul). A saturation counts for elements in enable_i.
// Latency: two cycles. Throughput: one register per cycle. Back-pressure: none. Registered: the product, all outputs.
module vector_multiply #(
    parameter int unsigned Width = 32
) (
    input  logic         clk_i,
    input  logic         rst_ni,
    input  logic         valid_i,
    input  logic [ 5:0]  op_i,
    input  logic [ 1:0]  vxrm_i,
    input  logic [63:0]  enable_i,     // elements
    input  logic [511:0] a_i,
    input  logic [511:0] b_i,
    input  logic [511:0] d_i,
    output logic [511:0] result_o,
    output logic         saturated_o
);

  import vector_execute_pkg::OpMul, vector_execute_pkg::OpMulhu, vector_execute_pkg::OpMulhsu, vector_execute_pkg::OpMulh,
      vector_execute_pkg::OpMacc, vector_execute_pkg::OpNmsac, vector_execute_pkg::OpMadd, vector_execute_pkg::OpNmsub,
      vector_execute_pkg::OpSmul;

  localparam int unsigned Lanes = 512 / Width;
  localparam int unsigned PerWord = 32 / Width;

  typedef logic [Width-1:0] lane_t;
  typedef logic [2*Width-1:0] wide_t;

  localparam lane_t SignBit = lane_t'(1) << (Width - 1);
  localparam lane_t Ones = '1;
  localparam wide_t High = wide_t'(Ones) << Width;
  localparam wide_t Below = wide_t'(Ones) >> 1;             // what rounding removes of a product
  localparam wide_t Half = wide_t'(1) << (Width - 2);

  // Private to one process, the later stage first: blocking assignments are registers and simulate fastest.
  /* verilator lint_off BLKSEQ */
  lane_t       a[Lanes], b[Lanes], d[Lanes], r[Lanes];
  wide_t       product_q[Lanes];
  lane_t       addend_q[Lanes];
  logic        valid_q;
  logic [ 5:0] op_q;
  logic [ 1:0] vxrm_q;
  logic [63:0] enable_q;

  task automatic unpack;
    for (int unsigned w = 0; w < 16; w++) begin
      logic [31:0] x, y, z;
      x = a_i[32*w+:32];
      y = b_i[32*w+:32];
      z = d_i[32*w+:32];
      for (int unsigned k = 0; k < PerWord; k++) begin
        a[PerWord*w+k] = x[Width*k+:Width];
        b[PerWord*w+k] = y[Width*k+:Width];
        d[PerWord*w+k] = z[Width*k+:Width];
      end
    end
  endtask

  task automatic multiply;
    wide_t extend_a, extend_b;
    // The lower half of a product does not depend on signs.
    extend_a = (op_i == 6'(OpMulh) || op_i == 6'(OpMulhsu) || op_i == 6'(OpSmul)) ? High : '0;
    extend_b = (op_i == 6'(OpMulh) || op_i == 6'(OpSmul)) ? High : '0;
    if (op_i == 6'(OpMadd) || op_i == 6'(OpNmsub)) begin
      for (int unsigned n = 0; n < Lanes; n++) begin
        product_q[n] = wide_t'(d[n]) * wide_t'(b[n]);
        addend_q[n]  = a[n];
      end
    end else begin
      for (int unsigned n = 0; n < Lanes; n++) begin
        wide_t x, y;
        x            = wide_t'(a[n]) | (a[n][Width-1] ? extend_a : '0);
        y            = wide_t'(b[n]) | (b[n][Width-1] ? extend_b : '0);
        product_q[n] = x * y;
        addend_q[n]  = d[n];
      end
    end
  endtask

  // Product / 2**(Width-1), rounded; only the square of the smallest number is too large.
  task automatic round;
    wide_t mode, any;
    mode = wide_t'(vxrm_q);
    any  = '0;
    for (int unsigned n = 0; n < Lanes; n++) begin
      wide_t v, low, up, odd, over;
      v    = product_q[n] >> (Width - 1);
      low  = product_q[n] & Below;
      odd  = v & wide_t'(1);
      up   = mode == wide_t'(0) ? (low >> (Width - 2))
           : mode == wide_t'(1) ? (low > Half || (low == Half && odd != '0) ? wide_t'(1) : '0)
           : mode == wide_t'(2) ? '0 : (odd == '0 && low != '0 ? wide_t'(1) : '0);
      over = product_q[n] == (wide_t'(1) << (2 * Width - 2)) ? wide_t'(1) : '0;
      r[n] = over != '0 ? ~SignBit : lane_t'(v + up);
      any  = any | (over & wide_t'(enable_q >> n));
    end
    saturated_o <= any[0];
  endtask

  task automatic add;
    case (op_q)
      6'(OpMul): for (int unsigned n = 0; n < Lanes; n++) r[n] = lane_t'(product_q[n]);
      6'(OpMulhu), 6'(OpMulhsu), 6'(OpMulh): for (int unsigned n = 0; n < Lanes; n++) r[n] = lane_t'(product_q[n] >> Width);
      6'(OpMacc), 6'(OpMadd): for (int unsigned n = 0; n < Lanes; n++) r[n] = addend_q[n] + lane_t'(product_q[n]);
      6'(OpNmsac), 6'(OpNmsub): for (int unsigned n = 0; n < Lanes; n++) r[n] = addend_q[n] - lane_t'(product_q[n]);
      default: round();
    endcase
  endtask

  task automatic pack;
    logic [511:0] line;
    for (int unsigned w = 0; w < 16; w++) begin
      logic [31:0] x;
      x = '0;
      for (int unsigned k = 0; k < PerWord; k++) x = x | (32'(r[PerWord*w+k]) << (Width * k));
      line[32*w+:32] = x;
    end
    result_o <= line;
  endtask

  always_ff @(posedge clk_i) begin
    if (valid_q) begin
      saturated_o <= 1'b0;
      add();
      pack();
    end
    valid_q = valid_i && rst_ni;
    if (valid_i) begin
      op_q     = op_i;
      vxrm_q   = vxrm_i;
      enable_q = enable_i;
      unpack();
      multiply();
    end
  end
  /* verilator lint_on BLKSEQ */

endmodule
