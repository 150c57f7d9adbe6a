// Integer reductions.
//
// Function: every pass combines the elements of a_i that enable_i names with what the passes before it gave; the last one adds
// element 0 of b_i (vs1) and puts the result into element 0 of result_o. Sums may be twice as wide as the elements, which are extended
// as signed_i says. op_i: vector_execute_pkg::reduce_e.
// Latency: one cycle. Throughput: one register per cycle. Back-pressure: none. Registered: the intermediate value, result_o.
module vector_reduce (
    input  logic         clk_i,
    input  logic         valid_i,
    input  logic [ 5:0]  op_i,
    input  logic         signed_i,
    input  logic         first_i,
    input  logic         last_i,
    input  logic [ 1:0]  width_i,    // log2 of the bytes of an element of a_i
    input  logic [63:0]  enable_i,
    input  logic [511:0] a_i,
    input  logic [31:0]  b_i,        // element 0 of vs1: for all but sums, of the width of a_i
    output logic [31:0]  result_o
);

  import vector_execute_pkg::OpRedSum, vector_execute_pkg::OpRedAnd, vector_execute_pkg::OpRedOr, vector_execute_pkg::OpRedXor,
      vector_execute_pkg::OpRedMinu, vector_execute_pkg::OpRedMin, vector_execute_pkg::OpRedMax;

  // Private to one process; blocking assignments simulate fastest.
  /* verilator lint_off BLKSEQ */
  logic [31:0] value_q;

  function automatic logic [31:0] extended(input logic [31:0] x);
    case (width_i)
      2'd0: return {{24{x[7] && signed_i}}, x[7:0]};
      2'd1: return {{16{x[15] && signed_i}}, x[15:0]};
      default: return x;
    endcase
  endfunction

  task automatic unpack(output logic [31:0] lane[64]);
    logic [31:0] identity;
    case (op_i)
      6'(OpRedAnd), 6'(OpRedMinu): identity = 32'hffffffff;
      6'(OpRedMin): identity = 32'h7fffffff;
      6'(OpRedMax): identity = 32'h80000000;
      default: identity = 32'd0;
    endcase
    case (width_i)
      2'd0:
      for (int unsigned n = 0; n < 16; n++) begin
        for (int unsigned k = 0; k < 4; k++) begin
          logic [31:0] x;
          x           = {24'd0, a_i[32*n+8*k+:8]};
          lane[4*n+k] = x | ((signed_i && x[7]) ? 32'hffffff00 : 32'd0);
        end
      end
      2'd1:
      for (int unsigned n = 0; n < 16; n++) begin
        for (int unsigned k = 0; k < 2; k++) begin
          logic [31:0] x;
          x           = {16'd0, a_i[32*n+16*k+:16]};
          lane[2*n+k] = x | ((signed_i && x[15]) ? 32'hffff0000 : 32'd0);
        end
      end
      default: for (int unsigned n = 0; n < 16; n++) lane[n] = a_i[32*n+:32];
    endcase
    for (int unsigned n = 0; n < 64; n++) lane[n] = ((enable_i >> n) & 64'd1) != 64'd0 ? lane[n] : identity;
    if (first_i) value_q = identity;
  endtask

  // Pairs at a distance of half the lanes that are left.
  task automatic fold(input logic [31:0] elements[64], output logic [31:0] total);
    logic [31:0] lane[64];
    for (int unsigned n = 0; n < 64; n++) lane[n] = elements[n];
    for (int unsigned level = 0; level < 6; level++) begin
      int unsigned count;
      count = 32 >> level;
      case (op_i)
        6'(OpRedSum):  for (int unsigned n = 0; n < 32; n++) if (n < count) lane[n] = lane[n] + lane[n+count];
        6'(OpRedAnd):  for (int unsigned n = 0; n < 32; n++) if (n < count) lane[n] = lane[n] & lane[n+count];
        6'(OpRedOr):   for (int unsigned n = 0; n < 32; n++) if (n < count) lane[n] = lane[n] | lane[n+count];
        6'(OpRedXor):  for (int unsigned n = 0; n < 32; n++) if (n < count) lane[n] = lane[n] ^ lane[n+count];
        6'(OpRedMinu), 6'(OpRedMin):
        for (int unsigned n = 0; n < 32; n++) if (n < count) lane[n] = least(lane[n], lane[n+count]);
        default: for (int unsigned n = 0; n < 32; n++) if (n < count) lane[n] = greatest(lane[n], lane[n+count]);
      endcase
    end
    total = lane[0];
  endtask

  function automatic logic [31:0] flip();
    return (op_i == 6'(OpRedMin) || op_i == 6'(OpRedMax)) ? 32'h80000000 : 32'd0;
  endfunction

  function automatic logic [31:0] least(input logic [31:0] x, input logic [31:0] y);
    return (x ^ flip()) < (y ^ flip()) ? x : y;
  endfunction

  function automatic logic [31:0] greatest(input logic [31:0] x, input logic [31:0] y);
    return (x ^ flip()) < (y ^ flip()) ? y : x;
  endfunction

  function automatic logic [31:0] combined(input logic [31:0] x, input logic [31:0] y);
    case (op_i)
      6'(OpRedSum): return x + y;
      6'(OpRedAnd): return x & y;
      6'(OpRedOr):  return x | y;
      6'(OpRedXor): return x ^ y;
      6'(OpRedMinu), 6'(OpRedMin): return least(x, y);
      default: return greatest(x, y);
    endcase
  endfunction

  task automatic combine_pass;
    logic [31:0] lane[64], total;
    unpack(lane);
    fold(lane, total);
    value_q = combined(value_q, total);
    // Of a sum the upper bits do not matter, so vs1 is not extended for it.
    if (last_i) result_o <= combined(value_q, op_i == 6'(OpRedSum) ? b_i : extended(b_i));
  endtask

  always_ff @(posedge clk_i) begin
    if (valid_i) combine_pass();
  end
  /* verilator lint_on BLKSEQ */

endmodule
