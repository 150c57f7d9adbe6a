// Bench of the decoder: an instruction as it stands in memory, and what becomes of it.
//
// Combinational. legal_o says that the decoder knows the instruction; vector_o that the vector unit's decoders have the last word.
module decode_bench (
    input  logic [31:0] insn_i,
    output logic        legal_o,
    output logic        vector_o,
    output logic        first_o  // the hint says slot 0
);

  logic                   compressed;
  logic [31:0]            insn, expanded;
  logic [63:0]            uses, offset;
  core_pkg::issue_class_t issue_class;
  core_pkg::flow_e        flow;
  core_pkg::decoded_t     decoded;

  core_align u_align (
      .valid_i     (1'b1),
      .low_i       (insn_i[15:0]),
      .high_i      (insn_i[31:16]),
      .compressed_o(compressed),
      .insn_o      (insn),
      .expanded_o  (expanded),
      .class_o     (issue_class),
      .uses_o      (uses),
      .flow_o      (flow),
      .offset_o    (offset)
  );

  core_decoder u_decoder (
      .valid_i  (1'b1),
      .insn_i   (expanded),
      .decoded_o(decoded)
  );

  assign legal_o  = decoded.op != core_pkg::OpIllegal;
  assign vector_o = decoded.op == core_pkg::OpVector;
  assign first_o  = issue_class.first;

  logic unused;
  assign unused = ^{compressed, insn, uses, offset, flow, issue_class, decoded};

endmodule
