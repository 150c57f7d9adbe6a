// Compressed instructions (RV64C without floating point) as the 32-bit instructions they stand for.
//
// Combinational. Reserved encodings give 0, which is no instruction either. While valid_i is low the output is 0.
module core_expander (
    input  logic        valid_i,
    input  logic [15:0] compressed_i,
    output logic [31:0] expanded_o
);

  localparam logic [6:0] OpcodeLoad = 7'h03;
  localparam logic [6:0] OpcodeImmediate = 7'h13;
  localparam logic [6:0] OpcodeImmediate32 = 7'h1b;
  localparam logic [6:0] OpcodeStore = 7'h23;
  localparam logic [6:0] OpcodeRegister = 7'h33;
  localparam logic [6:0] OpcodeLui = 7'h37;
  localparam logic [6:0] OpcodeRegister32 = 7'h3b;
  localparam logic [6:0] OpcodeBranch = 7'h63;
  localparam logic [6:0] OpcodeJalr = 7'h67;
  localparam logic [6:0] OpcodeJal = 7'h6f;
  localparam logic [31:0] Ebreak = 32'h0010_0073;
  localparam logic [4:0] Ra = 5'd1;
  localparam logic [4:0] Sp = 5'd2;

  function automatic logic [31:0] i_type(input logic [11:0] immediate, input logic [4:0] rs1, input logic [2:0] funct3,
                                         input logic [4:0] rd, input logic [6:0] opcode);
    return {immediate, rs1, funct3, rd, opcode};
  endfunction

  function automatic logic [31:0] s_type(input logic [11:0] immediate, input logic [4:0] rs2, input logic [4:0] rs1,
                                         input logic [2:0] funct3);
    return {immediate[11:5], rs2, rs1, funct3, immediate[4:0], OpcodeStore};
  endfunction

  function automatic logic [31:0] r_type(input logic [6:0] funct7, input logic [4:0] rs2, input logic [4:0] rs1,
                                         input logic [2:0] funct3, input logic [4:0] rd, input logic [6:0] opcode);
    return {funct7, rs2, rs1, funct3, rd, opcode};
  endfunction

  function automatic logic [31:0] quadrant_0(input logic [15:2] c);
    logic [4:0]  rd, rs1;
    logic [11:0] offset_w, offset_d, stack;
    rd       = {2'b01, c[4:2]};
    rs1      = {2'b01, c[9:7]};
    offset_w = {5'd0, c[5], c[12:10], c[6], 2'b00};
    offset_d = {4'd0, c[6:5], c[12:10], 3'b000};
    stack    = {2'b00, c[10:7], c[12:11], c[5], c[6], 2'b00};
    case (c[15:13])
      3'd0:    return (c[12:5] == 8'd0) ? 32'd0 : i_type(stack, Sp, 3'd0, rd, OpcodeImmediate);
      3'd2:    return i_type(offset_w, rs1, 3'd2, rd, OpcodeLoad);
      3'd3:    return i_type(offset_d, rs1, 3'd3, rd, OpcodeLoad);
      3'd6:    return s_type(offset_w, rd, rs1, 3'd2);
      3'd7:    return s_type(offset_d, rd, rs1, 3'd3);
      default: return 32'd0;
    endcase
  endfunction

  function automatic logic [31:0] arithmetic(input logic [12:2] c);
    logic [4:0] rd, rs2;
    rd  = {2'b01, c[9:7]};
    rs2 = {2'b01, c[4:2]};
    case (c[11:10])
      2'd0: return i_type({6'h00, c[12], c[6:2]}, rd, 3'd5, rd, OpcodeImmediate);
      2'd1: return i_type({6'h10, c[12], c[6:2]}, rd, 3'd5, rd, OpcodeImmediate);
      2'd2: return i_type({{7{c[12]}}, c[6:2]}, rd, 3'd7, rd, OpcodeImmediate);
      default: begin
        case ({c[12], c[6:5]})
          3'd0:    return r_type(7'h20, rs2, rd, 3'd0, rd, OpcodeRegister);
          3'd1:    return r_type(7'h00, rs2, rd, 3'd4, rd, OpcodeRegister);
          3'd2:    return r_type(7'h00, rs2, rd, 3'd6, rd, OpcodeRegister);
          3'd3:    return r_type(7'h00, rs2, rd, 3'd7, rd, OpcodeRegister);
          3'd4:    return r_type(7'h20, rs2, rd, 3'd0, rd, OpcodeRegister32);
          3'd5:    return r_type(7'h00, rs2, rd, 3'd0, rd, OpcodeRegister32);
          default: return 32'd0;
        endcase
      end
    endcase
  endfunction

  function automatic logic [31:0] quadrant_1(input logic [15:2] c);
    logic [4:0]  rd, rs1;
    logic [11:0] immediate, stack;
    logic [11:0] jump;    // offset bits 12:1 of c.j, sign-extended by the caller
    logic [8:1]  branch;  // offset bits of c.beqz and c.bnez
    rd        = c[11:7];
    rs1       = {2'b01, c[9:7]};
    immediate = {{7{c[12]}}, c[6:2]};
    stack     = {{3{c[12]}}, c[4:3], c[5], c[2], c[6], 4'd0};
    jump      = {c[12], c[12], c[8], c[10:9], c[6], c[7], c[2], c[11], c[5:3]};
    branch    = {c[12], c[6:5], c[2], c[11:10], c[4:3]};
    case (c[15:13])
      3'd0: return i_type(immediate, rd, 3'd0, rd, OpcodeImmediate);
      3'd1: return (rd == 5'd0) ? 32'd0 : i_type(immediate, rd, 3'd0, rd, OpcodeImmediate32);
      3'd2: return i_type(immediate, 5'd0, 3'd0, rd, OpcodeImmediate);
      3'd3: begin
        if ({c[12], c[6:2]} == 6'd0) return 32'd0;
        else if (rd == Sp) return i_type(stack, Sp, 3'd0, Sp, OpcodeImmediate);
        else return {{15{c[12]}}, c[6:2], rd, OpcodeLui};
      end
      3'd4: return arithmetic(c[12:2]);
      3'd5: return {jump[11], jump[9:0], jump[10], {8{c[12]}}, 5'd0, OpcodeJal};
      default:
        return {{4{branch[8]}}, branch[7:5], 5'd0, rs1, 2'b00, c[13], branch[4:1], branch[8], OpcodeBranch};
    endcase
  endfunction

  function automatic logic [31:0] quadrant_2(input logic [15:2] c);
    logic [4:0] rd, rs2;
    rd  = c[11:7];
    rs2 = c[6:2];
    case (c[15:13])
      3'd0: return i_type({6'd0, c[12], c[6:2]}, rd, 3'd1, rd, OpcodeImmediate);
      3'd2: return (rd == 5'd0) ? 32'd0 : i_type({4'd0, c[3:2], c[12], c[6:4], 2'b00}, Sp, 3'd2, rd, OpcodeLoad);
      3'd3: return (rd == 5'd0) ? 32'd0 : i_type({3'd0, c[4:2], c[12], c[6:5], 3'b000}, Sp, 3'd3, rd, OpcodeLoad);
      3'd4: begin
        if (rs2 != 5'd0) return r_type(7'h00, rs2, c[12] ? rd : 5'd0, 3'd0, rd, OpcodeRegister);
        else if (rd != 5'd0) return i_type(12'd0, rd, 3'd0, c[12] ? Ra : 5'd0, OpcodeJalr);
        else return c[12] ? Ebreak : 32'd0;
      end
      3'd6: return s_type({4'd0, c[8:7], c[12:9], 2'b00}, rs2, Sp, 3'd2);
      3'd7: return s_type({3'd0, c[9:7], c[12:10], 3'b000}, rs2, Sp, 3'd3);
      default: return 32'd0;
    endcase
  endfunction

  always_comb begin
    expanded_o = 32'd0;
    if (valid_i) begin
      case (compressed_i[1:0])
        2'd0:    expanded_o = quadrant_0(compressed_i[15:2]);
        2'd1:    expanded_o = quadrant_1(compressed_i[15:2]);
        2'd2:    expanded_o = quadrant_2(compressed_i[15:2]);
        default: expanded_o = 32'd0;
      endcase
    end
  end

endmodule
