// Looks at the two half-words at a hart's PC: instruction, its 32-bit form, and what issue and prediction must know of it.
//
// Combinational. While valid_i is low every output is 0.
module core_align (
    input  logic                   valid_i,
    input  logic [15:0]            low_i,         // half-word at the PC
    input  logic [15:0]            high_i,        // the next one
    output logic                   compressed_o,
    output logic [31:0]            insn_o,        // as fetched; compressed: low 16 bits
    output logic [31:0]            expanded_o,
    output core_pkg::issue_class_t class_o,
    output logic [63:0]            uses_o,        // registers read and written: x0..x31, f0..f31
    output core_pkg::flow_e        flow_o,
    output logic [63:0]            offset_o       // of branches and jal
);

  logic [31:0] short_form;

  assign compressed_o = valid_i && low_i[1:0] != 2'b11;
  assign insn_o       = !valid_i ? 32'd0 : compressed_o ? {16'd0, low_i} : {high_i, low_i};
  assign expanded_o   = compressed_o ? short_form : insn_o;

  core_expander u_expander (
      .valid_i     (compressed_o),
      .compressed_i(low_i),
      .expanded_o  (short_form)
  );

  function automatic logic is_link(input logic [4:0] number);
    return number == 5'd1 || number == 5'd5;
  endfunction

  always_comb begin
    logic [63:0] rs1, rs2, rd, fs1, fs2, fs3, fd;
    class_o  = '0;
    uses_o   = 64'd0;
    flow_o   = core_pkg::FlowNext;
    offset_o = 64'd0;
    if (valid_i) begin
      rs1 = 64'd1 << expanded_o[19:15];
      rs2 = 64'd1 << expanded_o[24:20];
      rd  = 64'd1 << expanded_o[11:7];
      fs1 = 64'd1 << {1'b1, expanded_o[19:15]};
      fs2 = 64'd1 << {1'b1, expanded_o[24:20]};
      fs3 = 64'd1 << {1'b1, expanded_o[31:27]};
      fd  = 64'd1 << {1'b1, expanded_o[11:7]};
      case (expanded_o[6:0])
        7'h03: begin
          class_o.memory = 1'b1;
          class_o.reads  = 1'b1;
          uses_o         = rs1 | rd;
        end
        7'h07: begin
          // Vector loads have widths 0 and 5 to 7; only strided ones read rs2.
          if (expanded_o[14:12] == 3'd1 || expanded_o[14:12] == 3'd2) begin
            class_o.memory = 1'b1;
            class_o.reads  = 1'b1;
            uses_o         = rs1 | fd;
          end else begin
            class_o.first  = 1'b1;
            class_o.vectorial = 1'b1;
            uses_o         = (expanded_o[27:26] == 2'd2) ? rs1 | rs2 : rs1;
          end
        end
        7'h27: begin
          if (expanded_o[14:12] == 3'd1 || expanded_o[14:12] == 3'd2) begin
            class_o.memory  = 1'b1;
            class_o.changes = 1'b1;
            uses_o          = rs1 | fs2;
          end else begin
            class_o.first  = 1'b1;
            class_o.vectorial = 1'b1;
            uses_o         = (expanded_o[27:26] == 2'd2) ? rs1 | rs2 : rs1;
          end
        end
        7'h43, 7'h47, 7'h4b, 7'h4f: begin
          class_o.first = 1'b1;
          class_o.floating = 1'b1;
          uses_o        = fs1 | fs2 | fs3 | fd;
        end
        7'h53: begin
          class_o.first = 1'b1;
          class_o.floating = 1'b1;
          // fcvt.s.w, fmv.w.x and fmv.h.x read an x register; comparisons, fcvt.w.s, fmv.x.w, fmv.x.h and fclass write one.
          uses_o        = (expanded_o[31:30] == 2'd3 && expanded_o[28]) ? rs1 | fd
                        : (expanded_o[31:30] == 2'd3 || expanded_o[31:28] == 4'd10) ? fs1 | fs2 | rd : fs1 | fs2 | fd;
        end
        7'h57: begin
          class_o.first  = 1'b1;
          class_o.vectorial = expanded_o[14:12] != 3'd7;
          uses_o         = (expanded_o[14:12] == 3'd7) ? rs1 | rs2 | rd : (expanded_o[14:12] == 3'd5) ? fs1
                         : (expanded_o[14:12] == 3'd1) ? fd : (expanded_o[14:12] == 3'd2) ? rd : rs1;
        end
        dojo_pkg::XdojoVcfNarrowOpcode, dojo_pkg::XdojoVaccReadOpcode: begin
          class_o.first  = 1'b1;
          class_o.vectorial = 1'b1;
          uses_o         = rs1;
        end
        7'h13, 7'h1b: uses_o = rs1 | rd;
        7'h17, 7'h37: uses_o = rd;
        7'h23: begin
          class_o.memory  = 1'b1;
          class_o.changes = 1'b1;
          uses_o          = rs1 | rs2;
        end
        7'h2f: begin
          class_o.memory  = 1'b1;
          class_o.first   = 1'b1;
          class_o.changes = 1'b1;
          uses_o          = rs1 | rs2 | rd;
        end
        7'h33, 7'h3b: begin
          class_o.divide = expanded_o[25] && expanded_o[14];
          class_o.first  = expanded_o[25];
          uses_o         = rs1 | rs2 | rd;
        end
        7'h63: begin
          flow_o   = core_pkg::FlowBranch;
          offset_o = {{52{expanded_o[31]}}, expanded_o[7], expanded_o[30:25], expanded_o[11:8], 1'b0};
          uses_o   = rs1 | rs2;
        end
        7'h67: begin
          flow_o = is_link(expanded_o[11:7]) ? core_pkg::FlowCallIndirect
                 : is_link(expanded_o[19:15]) ? core_pkg::FlowReturn : core_pkg::FlowNext;
          uses_o = rs1 | rd;
        end
        7'h6f: begin
          flow_o   = is_link(expanded_o[11:7]) ? core_pkg::FlowCall : core_pkg::FlowJump;
          offset_o = {{44{expanded_o[31]}}, expanded_o[19:12], expanded_o[20], expanded_o[30:21], 1'b0};
          uses_o   = rd;
        end
        7'h73: begin
          class_o.first = 1'b1;
          class_o.csr   = 1'b1;
          uses_o        = expanded_o[14] ? rd : rs1 | rd;
        end
        default: begin
          // A command waits for the vector instructions before it, which may read or write what it uses.
          class_o.first   = 1'b1;
          class_o.csr     = 1'b1;
          class_o.changes = 1'b1;
          uses_o          = rs1 | rs2 | rd;
        end
      endcase
    end
  end

endmodule
