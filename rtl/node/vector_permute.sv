// Slides, gathers and compression.
//
// Function: op_i of vector_execute_pkg::permute_e.
// - Slides: 64 bytes from byte offset_i of the pair {b, a}; absent registers, and what is beyond a group of less than a register,
//   are zero. OpSlide1Up and OpSlide1Down put the scalar into element 0 or vl - 1.
// - OpGather: elements of the register inner_i of the source group (a) are picked by the indices b of 1 << width bytes and kept from
//   inner pass to inner pass; the result has elements of 1 << sew bytes. OpGatherScalar: the element at byte offset_i everywhere.
// - OpCompress: the elements of a that b (a mask) and enable_i name are appended to those of the passes before. A full register, and
//   in the last pass the rest, is given out with its number and byte enables.
// Latency: one cycle. Throughput: one pass per cycle. Back-pressure: none. Registered: all outputs and intermediate values.
module vector_permute (
    input  logic         clk_i,
    input  logic         valid_i,
    input  logic [ 5:0]  op_i,
    input  logic [ 1:0]  sew_i,          // log2 of the bytes of an element
    input  logic [ 1:0]  width_i,        // gather: of an index or an element, the larger
    input  logic         first_i,
    input  logic         last_i,
    input  logic [ 9:0]  base_i,
    input  logic [ 9:0]  vl_i,
    input  logic [ 2:0]  inner_i,
    input  logic         inner_first_i,
    input  logic         inner_last_i,
    input  logic [ 5:0]  offset_i,
    input  logic [ 1:0]  absent_i,
    input  logic [ 2:0]  limit_i,        // halvings of a register: LMUL below 1
    input  logic [63:0]  enable_i,       // elements
    input  logic [31:0]  scalar_i,
    input  logic [511:0] a_i,
    input  logic [511:0] b_i,
    output logic [511:0] result_o,
    output logic [ 2:0]  register_o,     // compress
    output logic [63:0]  byte_enable_o
);

  import vector_execute_pkg::*;

  // Private to one process; blocking assignments simulate fastest.
  /* verilator lint_off BLKSEQ */
  logic [31:0] source[64], index[64], lane[64];
  logic [31:0] packed_q[128];  // compress: elements not yet written
  logic [ 6:0] fill_q;
  logic [ 2:0] number_q;

  function automatic logic [511:0] within_group(input logic [511:0] x);
    logic [511:0] ones;
    ones = '1;
    return limit_i == 3'd0 ? x : x & ~(ones << (10'd512 >> limit_i));
  endfunction

  task automatic slide;
    logic [1023:0] both;
    logic [ 511:0] line;
    logic [   9:0] place;
    both  = {absent_i[1] ? 512'd0 : within_group(b_i), absent_i[0] ? 512'd0 : within_group(a_i)};
    line  = 512'(both >> {1'b0, offset_i, 3'd0});
    // The element that takes the scalar, as one of this pass.
    place = (op_i == 6'(OpSlide1Down) ? vl_i - 10'd1 : 10'd0) - base_i;
    if ((op_i == 6'(OpSlide1Down) || op_i == 6'(OpSlide1Up)) && place < (10'd64 >> sew_i)) begin
      case (sew_i)
        2'd0: line[8*place[5:0]+:8] = scalar_i[7:0];
        2'd1: line[16*place[4:0]+:16] = scalar_i[15:0];
        default: line[32*place[3:0]+:32] = scalar_i;
      endcase
    end
    result_o <= line;
  endtask

  task automatic gather_scalar;
    logic [31:0]  x;
    logic [511:0] line;
    x = absent_i[0] ? 32'd0 : 32'(a_i >> {offset_i, 3'd0});
    case (sew_i)
      2'd0: x = {4{x[7:0]}};
      2'd1: x = {2{x[15:0]}};
      default: ;
    endcase
    for (int unsigned n = 0; n < 16; n++) line[32*n+:32] = x;
    result_o <= line;
  endtask

  task automatic unpack_source;
    case (sew_i)
      2'd0: for (int unsigned n = 0; n < 64; n++) source[n] = {24'd0, a_i[8*n+:8]};
      2'd1: for (int unsigned n = 0; n < 32; n++) source[n] = {16'd0, a_i[16*n+:16]};
      default: for (int unsigned n = 0; n < 16; n++) source[n] = a_i[32*n+:32];
    endcase
  endtask

  task automatic gather;
    logic [31:0] count, first, beyond;
    case (width_i)
      2'd0: for (int unsigned n = 0; n < 64; n++) index[n] = {24'd0, b_i[8*n+:8]};
      2'd1: for (int unsigned n = 0; n < 32; n++) index[n] = {16'd0, b_i[16*n+:16]};
      default: for (int unsigned n = 0; n < 16; n++) index[n] = b_i[32*n+:32];
    endcase
    unpack_source();
    count  = 32'd64 >> sew_i;
    first  = {29'd0, inner_i} * count;
    beyond = first + (count >> limit_i);
    if (inner_first_i) for (int unsigned n = 0; n < 64; n++) lane[n] = 32'd0;
    for (int unsigned n = 0; n < 64; n++) begin
      logic [5:0] at;
      at      = 6'(index[n] - first);
      lane[n] = (index[n] >= first && index[n] < beyond) ? source[at] : lane[n];
    end
    if (inner_last_i) pack_lanes();
  endtask

  // The result's elements may be half as wide as the indices: then they are given in both halves.
  task automatic pack_lanes;
    logic [511:0] line;
    case (sew_i)
      2'd0: begin
        for (int unsigned n = 0; n < 16; n++) begin
          line[32*n+:32] = {lane[4*n+3][7:0], lane[4*n+2][7:0], lane[4*n+1][7:0], lane[4*n][7:0]};
        end
        if (width_i == 2'd1) line[511:256] = line[255:0];
      end
      2'd1: for (int unsigned n = 0; n < 16; n++) line[32*n+:32] = {lane[2*n+1][15:0], lane[2*n][15:0]};
      default: for (int unsigned n = 0; n < 16; n++) line[32*n+:32] = lane[n];
    endcase
    result_o <= line;
  endtask

  task automatic compress;
    logic [63:0]  chosen, ones;
    logic [ 6:0]  count;
    logic [511:0] line;
    ones  = '1;
    count = 7'd64 >> sew_i;
    if (first_i) begin
      fill_q   = 7'd0;
      number_q = 3'd0;
    end
    if (!last_i) begin
      chosen = 64'(b_i >> base_i) & enable_i;
      unpack_source();
      for (int unsigned n = 0; n < 64; n++) begin
        packed_q[fill_q] = source[n];
        fill_q           = fill_q + 7'((chosen >> n) & 64'd1);
      end
    end
    case (sew_i)
      2'd0:
      for (int unsigned n = 0; n < 16; n++) begin
        line[32*n+:32] = {packed_q[4*n+3][7:0], packed_q[4*n+2][7:0], packed_q[4*n+1][7:0], packed_q[4*n][7:0]};
      end
      2'd1: for (int unsigned n = 0; n < 16; n++) line[32*n+:32] = {packed_q[2*n+1][15:0], packed_q[2*n][15:0]};
      default: for (int unsigned n = 0; n < 16; n++) line[32*n+:32] = packed_q[n];
    endcase
    result_o   <= line;
    register_o <= number_q;
    if (fill_q >= count) begin
      byte_enable_o <= ones;
      for (int unsigned n = 0; n < 64; n++) packed_q[n] = packed_q[7'(n)+count];
      fill_q   = fill_q - count;
      number_q = number_q + 3'd1;
    end else begin
      byte_enable_o <= last_i ? ~(ones << (fill_q << sew_i)) : 64'd0;
    end
  endtask

  always_ff @(posedge clk_i) begin
    if (valid_i) begin
      case (op_i)
        6'(OpGather): gather();
        6'(OpGatherScalar): gather_scalar();
        6'(OpCompress): compress();
        default: slide();
      endcase
    end
  end
  /* verilator lint_on BLKSEQ */

endmodule
