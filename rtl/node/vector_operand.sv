// The operand register of the execute pipe: a vector register, part of one with its elements widened, or a scalar in every element.
//
// Function: takes elements of 1 << (width - shift) bytes, the part with number part_i of the register, and extends each to
// 1 << width bytes; high_i puts them into the upper half instead (BF16 as FP32).
// Latency: one cycle. Throughput: one register per cycle. Registered: operand_o, loaded under load_i.
module vector_operand (
    input  logic         clk_i,
    input  logic         load_i,
    input  logic [ 1:0]  width_i,         // log2 of bytes
    input  logic [ 1:0]  shift_i,
    input  logic [ 1:0]  part_i,
    input  logic         signed_i,
    input  logic         high_i,
    input  logic         scalar_valid_i,
    input  logic [31:0]  scalar_i,
    input  logic [511:0] data_i,
    output logic [511:0] operand_o
);

  localparam int unsigned Words = 16;

  logic [31:0] source[Words], result[Words];

  // The arrays are private to this process and simulate fastest with blocking assignments; they hold nothing from cycle to cycle.
  /* verilator lint_off BLKSEQ */

  // The width of the elements before they are extended.
  task automatic splat;
    logic [31:0] word;
    case (width_i - shift_i)
      2'd0: word = {4{scalar_i[7:0]}};
      2'd1: word = {2{scalar_i[15:0]}};
      default: word = scalar_i;
    endcase
    for (int unsigned n = 0; n < Words; n++) source[n] = word;
  endtask

  task automatic extend;
    logic [255:0] half;
    logic [127:0] quarter;
    half    = part_i[0] ? data_i[511:256] : data_i[255:0];
    quarter = part_i[1] ? (part_i[0] ? data_i[511:384] : data_i[383:256]) : (part_i[0] ? data_i[255:128] : data_i[127:0]);
    if (shift_i == 2'd2) begin
      for (int unsigned n = 0; n < Words; n++) begin
        logic [31:0] e;
        e         = {24'd0, scalar_valid_i ? source[0][7:0] : quarter[8*n+:8]};
        result[n] = e | ((signed_i && e[7]) ? 32'hffffff00 : 32'd0);
      end
    end else if (width_i == 2'd2) begin
      for (int unsigned n = 0; n < Words; n++) begin
        logic [31:0] e;
        e         = {16'd0, scalar_valid_i ? source[0][15:0] : half[16*n+:16]};
        result[n] = high_i ? e << 16 : e | ((signed_i && e[15]) ? 32'hffff0000 : 32'd0);
      end
    end else begin
      for (int unsigned n = 0; n < Words; n++) begin
        logic [31:0] e;
        e         = {16'd0, scalar_valid_i ? source[0][15:0] : half[16*n+:16]};
        e         = (e & 32'hff) | ((e & 32'hff00) << 8);
        result[n] = e | (signed_i ? ((e >> 7) & 32'h00010001) * 32'h0000ff00 : 32'd0);
      end
    end
  endtask

  always_ff @(posedge clk_i) begin
    if (load_i) begin
      logic [511:0] line;
      if (scalar_valid_i) splat();
      if (shift_i != 2'd0) begin
        extend();
        for (int unsigned n = 0; n < Words; n++) line[32*n+:32] = result[n];
        operand_o <= line;
      end else if (scalar_valid_i) begin
        for (int unsigned n = 0; n < Words; n++) line[32*n+:32] = source[n];
        operand_o <= line;
      end else begin
        operand_o <= data_i;
      end
    end
  end
  /* verilator lint_on BLKSEQ */

endmodule
