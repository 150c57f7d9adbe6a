// Slides, gathers and compression.
//
// Function: op_i of vector_execute_pkg::permute_e.
// - Slides: 64 bytes from byte offset_i of the pair {b, a}; absent registers, and what is beyond a group of less than a register,
//   are zero. OpSlide1Up and OpSlide1Down put the scalar into element 0 or vl - 1.
// - OpGather: elements of the register inner_i of the source group (a) are picked by the indices b of 1 << width bytes and kept from
//   inner pass to inner pass; the result has elements of 1 << sew bytes. OpGatherScalar: the element at byte offset_i everywhere.
// - OpCompress: the elements of a that b (a mask) and enable_i name are appended to those of the passes before. A full register, and
//   in the last pass the rest, is given out with its number and byte enables.
// All of it works on the 64 bytes of a register, whatever the elements. The passes of a gather are ORed in result_o: each element is
// found in at most one of them.
// Latency: one cycle. Throughput: one pass per cycle. Back-pressure: none. Registered: all outputs, and what compress has not given out.
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

  import vector_execute_pkg::OpSlide1Up, vector_execute_pkg::OpSlide1Down, vector_execute_pkg::OpGather,
      vector_execute_pkg::OpGatherScalar, vector_execute_pkg::OpCompress;

  // Private to one process; blocking assignments simulate fastest.
  /* verilator lint_off BLKSEQ */
  logic [511:0] kept_q;   // compress: bytes not yet written
  logic [  5:0] fill_q;   // their number
  logic [  2:0] number_q;

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

  // The index of the element that each byte of the result is part of. If the result's elements are half as wide as the indices, the
  // result is given in both halves.
  task automatic unpack_indices(output logic [31:0] index[64]);
    case (sew_i)
      2'd0: begin
        if (width_i == 2'd0) begin
          for (int unsigned n = 0; n < 16; n++) begin
            for (int unsigned k = 0; k < 4; k++) index[4*n+k] = {24'd0, b_i[32*n+8*k+:8]};
          end
        end else begin
          for (int unsigned n = 0; n < 16; n++) begin
            for (int unsigned k = 0; k < 2; k++) begin
              index[2*n+k]    = {16'd0, b_i[32*n+16*k+:16]};
              index[2*n+k+32] = {16'd0, b_i[32*n+16*k+:16]};
            end
          end
        end
      end
      2'd1: begin
        for (int unsigned n = 0; n < 16; n++) begin
          for (int unsigned k = 0; k < 4; k++) index[4*n+k] = {16'd0, b_i[32*n+16*(k/2)+:16]};
        end
      end
      default: begin
        for (int unsigned n = 0; n < 16; n++) begin
          for (int unsigned k = 0; k < 4; k++) index[4*n+k] = b_i[32*n+:32];
        end
      end
    endcase
  endtask

  task automatic gather;
    logic [ 31:0] index[64];
    logic [  7:0] source[64], picked[64];
    logic [ 31:0] count, first, available, part;
    logic [511:0] line;
    unpack_indices(index);
    for (int unsigned n = 0; n < 16; n++) begin
      for (int unsigned k = 0; k < 4; k++) source[4*n+k] = a_i[32*n+8*k+:8];
    end
    count     = 32'd64 >> sew_i;
    first     = {29'd0, inner_i} * count;
    available = count >> limit_i;
    part      = (32'd1 << sew_i) - 32'd1;
    for (int unsigned n = 0; n < 64; n++) begin
      logic [31:0] element;
      logic [ 5:0] at;
      element   = index[n] - first;
      at        = 6'((element << sew_i) | (n & part));
      picked[n] = (element < available) ? source[at] : 8'd0;
    end
    for (int unsigned n = 0; n < 16; n++) line[32*n+:32] = {picked[4*n+3], picked[4*n+2], picked[4*n+1], picked[4*n]};
    result_o <= inner_first_i ? line : result_o | line;
  endtask

  // Every bit of the lower half twice.
  function automatic logic [63:0] doubled(input logic [63:0] x);
    logic [63:0] y;
    y = x & 64'h00000000ffffffff;
    y = (y | (y << 16)) & 64'h0000ffff0000ffff;
    y = (y | (y << 8)) & 64'h00ff00ff00ff00ff;
    y = (y | (y << 4)) & 64'h0f0f0f0f0f0f0f0f;
    y = (y | (y << 2)) & 64'h3333333333333333;
    y = (y | (y << 1)) & 64'h5555555555555555;
    return y | (y << 1);
  endfunction

  // Moves the chosen bytes together at the lower end: a byte with g bytes below it that are not chosen moves by 1, 2, 4, ..., 32, as
  // the bits of g say. The others become zero. Arrays come in pairs, so that no step reads what it writes.
  task automatic squeeze(input logic [63:0] chosen, output logic [511:0] line);
    logic [7:0] x[128], y[128], x_gaps[128], y_gaps[128], keep[64];
    for (int unsigned n = 0; n < 16; n++) begin
      for (int unsigned k = 0; k < 4; k++) x[4*n+k] = a_i[32*n+8*k+:8];
    end
    // Gaps up to each byte, with zeros below.
    for (int unsigned n = 0; n < 64; n++) keep[n] = ((chosen >> n) & 64'd1) != 64'd0 ? 8'hff : 8'd0;
    for (int unsigned n = 0; n < 64; n++) begin
      x_gaps[n]    = 8'd0;
      y_gaps[n]    = 8'd0;
      x_gaps[n+64] = ~keep[n] & 8'd1;
    end
    for (int unsigned k = 0; k < 3; k++) begin
      for (int unsigned n = 64; n < 128; n++) y_gaps[n] = x_gaps[n] + x_gaps[n-(32'd1<<(2*k))];
      for (int unsigned n = 64; n < 128; n++) x_gaps[n] = y_gaps[n] + y_gaps[n-(32'd2<<(2*k))];
    end
    // Of chosen bytes only, with nothing above.
    for (int unsigned n = 0; n < 64; n++) begin
      x[n]         = x[n] & keep[n];
      x_gaps[n]    = x_gaps[n+64] & keep[n];
      x[n+64]      = 8'd0;
      y[n+64]      = 8'd0;
      y_gaps[n+64] = 8'd0;
    end
    for (int unsigned n = 64; n < 128; n++) x_gaps[n] = 8'd0;
    for (int unsigned k = 0; k < 3; k++) begin
      for (int unsigned n = 0; n < 64; n++) begin
        logic [7:0] distance, arrives, leaves;
        distance  = 8'd1 << (2 * k);
        arrives   = (x_gaps[n+(32'd1<<(2*k))] & distance) != 8'd0 ? 8'hff : 8'd0;
        leaves    = (x_gaps[n] & distance) != 8'd0 ? 8'hff : 8'd0;
        y[n]      = (x[n+(32'd1<<(2*k))] & arrives) | (x[n] & ~arrives & ~leaves);
        y_gaps[n] = (x_gaps[n+(32'd1<<(2*k))] & arrives & ~distance) | (x_gaps[n] & ~arrives & ~leaves);
      end
      for (int unsigned n = 0; n < 64; n++) begin
        logic [7:0] distance, arrives, leaves;
        distance  = 8'd2 << (2 * k);
        arrives   = (y_gaps[n+(32'd2<<(2*k))] & distance) != 8'd0 ? 8'hff : 8'd0;
        leaves    = (y_gaps[n] & distance) != 8'd0 ? 8'hff : 8'd0;
        x[n]      = (y[n+(32'd2<<(2*k))] & arrives) | (y[n] & ~arrives & ~leaves);
        x_gaps[n] = (y_gaps[n+(32'd2<<(2*k))] & arrives & ~distance) | (y_gaps[n] & ~arrives & ~leaves);
      end
    end
    for (int unsigned n = 0; n < 16; n++) line[32*n+:32] = {x[4*n+3], x[4*n+2], x[4*n+1], x[4*n]};
  endtask

  task automatic compress;
    logic [  63:0] chosen, ones, x;
    logic [   6:0] total;
    logic [ 511:0] line;
    logic [1023:0] both;
    ones = '1;
    if (first_i) begin
      kept_q   = 512'd0;
      fill_q   = 6'd0;
      number_q = 3'd0;
    end
    register_o <= number_q;
    if (last_i) begin
      result_o      <= kept_q;
      byte_enable_o <= ~(ones << fill_q);
    end else begin
      chosen = 64'(b_i >> base_i) & enable_i;
      chosen = (sew_i == 2'd0) ? chosen : (sew_i == 2'd1) ? doubled(chosen) : doubled(doubled(chosen));
      x      = chosen - ((chosen >> 1) & 64'h5555555555555555);
      x      = (x & 64'h3333333333333333) + ((x >> 2) & 64'h3333333333333333);
      x      = (x + (x >> 4)) & 64'h0f0f0f0f0f0f0f0f;
      total  = 7'((x * 64'h0101010101010101) >> 56) + {1'b0, fill_q};
      squeeze(chosen, line);
      both          = (1024'(line) << {fill_q, 3'd0}) | {512'd0, kept_q};
      fill_q        = total[5:0];
      kept_q        = total[6] ? both[1023:512] : both[511:0];
      number_q      = number_q + {2'd0, total[6]};
      result_o      <= both[511:0];
      byte_enable_o <= total[6] ? ones : 64'd0;
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
