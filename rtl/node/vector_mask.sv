// Operations on whole masks, and on element 0: one pass each, viota and vid one pass per register written.
//
// Function: op_i of vector_execute_pkg::mask_e. Logical operations and vmsbf, vmsif, vmsof give a whole register in which bits outside
// [vstart, vl), and those that the mask excludes, are those of d_i. vcpop, vfirst and element 0 give scalar_o. viota counts on from
// pass to pass, from 0 in the first.
// Latency: one cycle. Throughput: one pass per cycle. Back-pressure: none. Registered: all outputs, loaded under valid_i.
module vector_mask (
    input  logic         clk_i,
    input  logic         valid_i,
    input  logic [ 5:0]  op_i,
    input  logic [ 1:0]  width_i,    // log2 of the bytes of an element
    input  logic         first_i,
    input  logic         masked_i,
    input  logic         to_float_i,
    input  logic [ 9:0]  base_i,     // number of the first element of the pass
    input  logic [ 9:0]  vstart_i,
    input  logic [ 9:0]  vl_i,
    input  logic [63:0]  enable_i,   // elements of the pass
    input  logic [511:0] mask_i,     // v0
    input  logic [511:0] a_i,        // vs2
    input  logic [511:0] b_i,        // vs1
    input  logic [511:0] d_i,
    output logic [511:0] result_o,
    output logic [63:0]  scalar_o
);

  import vector_execute_pkg::OpMandn, vector_execute_pkg::OpMand, vector_execute_pkg::OpMor, vector_execute_pkg::OpMxor,
      vector_execute_pkg::OpMorn, vector_execute_pkg::OpMnand, vector_execute_pkg::OpMnor, vector_execute_pkg::OpMsbf,
      vector_execute_pkg::OpMsof, vector_execute_pkg::OpMsif, vector_execute_pkg::OpIota, vector_execute_pkg::OpId,
      vector_execute_pkg::OpCpop, vector_execute_pkg::OpFirst, vector_execute_pkg::OpElement;

  // Private to one process; blocking assignments simulate fastest.
  /* verilator lint_off BLKSEQ */
  logic [9:0] count_q;  // viota: active ones below this pass

  // Bits that are written.
  function automatic logic [511:0] body();
    logic [511:0] ones, below_vl, below_vstart;
    ones         = '1;
    below_vl     = vl_i >= 10'd512 ? ones : ~(ones << vl_i);
    below_vstart = vstart_i >= 10'd512 ? ones : ~(ones << vstart_i);
    return below_vl & ~below_vstart & (masked_i ? mask_i : ones);
  endfunction

  task automatic combine;
    logic [511:0] v, w;
    w = body();
    case (op_i)
      6'(OpMandn): v = a_i & ~b_i;
      6'(OpMand):  v = a_i & b_i;
      6'(OpMor):   v = a_i | b_i;
      6'(OpMxor):  v = a_i ^ b_i;
      6'(OpMorn):  v = a_i | ~b_i;
      6'(OpMnand): v = ~(a_i & b_i);
      6'(OpMnor):  v = ~(a_i | b_i);
      default:     v = ~(a_i ^ b_i);
    endcase
    result_o <= (v & w) | (d_i & ~w);
  endtask

  task automatic before_first;
    logic [511:0] w, active, less, v;
    w      = body();
    active = a_i & w;
    less   = active - 512'd1;
    case (op_i)
      6'(OpMsbf): v = ~active & less;
      6'(OpMsof): v = active & ~less;
      default:    v = active ^ less;
    endcase
    result_o <= (v & w) | (d_i & ~w);
  endtask

  task automatic count_ones;
    logic [511:0] active;
    logic [31:0]  total;
    active = a_i & body();
    total  = 32'd0;
    for (int unsigned n = 0; n < 16; n++) begin
      logic [31:0] x;
      x     = active[32*n+:32];
      x     = x - ((x >> 1) & 32'h55555555);
      x     = (x & 32'h33333333) + ((x >> 2) & 32'h33333333);
      x     = (x + (x >> 4)) & 32'h0f0f0f0f;
      total = total + ((x * 32'h01010101) >> 24);
    end
    scalar_o <= {32'd0, total};
  endtask

  task automatic find_first;
    logic [511:0] active;
    logic [63:0]  found;
    active = a_i & body();
    found  = '1;
    for (int unsigned n = 0; n < 16; n++) begin
      logic [31:0] x, t, zeros;
      // The words from the last to the first; ones below the lowest one of the word are counted.
      x     = active[32*(15-n)+:32];
      t     = ~x & (x - 32'd1);
      t     = t - ((t >> 1) & 32'h55555555);
      t     = (t & 32'h33333333) + ((t >> 2) & 32'h33333333);
      t     = (t + (t >> 4)) & 32'h0f0f0f0f;
      zeros = (t * 32'h01010101) >> 24;
      found = x != 32'd0 ? {32'd0, 32'd32 * (32'd15 - n) + zeros} : found;
    end
    scalar_o <= found;
  endtask

  // Sums over pairs at growing distances: two arrays, so that no step reads what it writes. Zeros stand below element 0.
  task automatic number;
    logic [63:0] active;
    logic [ 7:0] x[128], y[128], one[64];
    logic [31:0] lane[64];
    if (op_i == 6'(OpId)) begin
      for (int unsigned n = 0; n < 64; n++) lane[n] = {22'd0, base_i} + n;
    end else begin
      if (first_i) count_q = 10'd0;
      active = 64'(a_i >> base_i) & enable_i;
      for (int unsigned n = 0; n < 64; n++) one[n] = 8'((active >> n) & 64'd1);
      for (int unsigned n = 0; n < 64; n++) begin
        x[n]    = 8'd0;
        y[n]    = 8'd0;
        x[n+64] = one[n];
      end
      for (int unsigned k = 0; k < 3; k++) begin
        for (int unsigned n = 64; n < 128; n++) y[n] = x[n] + x[n-(32'd1<<(2*k))];
        for (int unsigned n = 64; n < 128; n++) x[n] = y[n] + y[n-(32'd2<<(2*k))];
      end
      for (int unsigned n = 0; n < 64; n++) lane[n] = 32'(count_q) + 32'(x[n+64]) - 32'(one[n]);
      count_q = count_q + 10'(x[127]);
    end
    pack(lane);
  endtask

  task automatic pack(input logic [31:0] lane[64]);
    logic [511:0] line;
    case (width_i)
      2'd0:
      for (int unsigned n = 0; n < 16; n++) begin
        line[32*n+:32] = {lane[4*n+3][7:0], lane[4*n+2][7:0], lane[4*n+1][7:0], lane[4*n][7:0]};
      end
      2'd1: for (int unsigned n = 0; n < 16; n++) line[32*n+:32] = {lane[2*n+1][15:0], lane[2*n][15:0]};
      default: for (int unsigned n = 0; n < 16; n++) line[32*n+:32] = lane[n];
    endcase
    result_o <= line;
  endtask

  task automatic element;
    case (width_i)
      2'd0: scalar_o <= {{56{a_i[7]}}, a_i[7:0]};
      2'd1: scalar_o <= {{48{a_i[15]}}, a_i[15:0]};
      default: scalar_o <= {to_float_i ? 32'd0 : {32{a_i[31]}}, a_i[31:0]};
    endcase
  endtask

  always_ff @(posedge clk_i) begin
    if (valid_i) begin
      case (op_i)
        6'(OpMsbf), 6'(OpMsof), 6'(OpMsif): before_first();
        6'(OpIota), 6'(OpId): number();
        6'(OpCpop): count_ones();
        6'(OpFirst): find_first();
        6'(OpElement): element();
        default: combine();
      endcase
    end
  end
  /* verilator lint_on BLKSEQ */

endmodule
