// Bits of which nothing is known: proofs leave this module out, so that its output is anything in any cycle; in simulation it is a
// pseudorandom sequence that starts where the model's random initial state says.
module free_choice (
    input  logic        clk_i,
    output logic [7:0]  choice_o
);

  // Maximal length: x**32 + x**22 + x**2 + x + 1. All ones, the one state that would stay, is as good as impossible.
  logic [31:0] shift;

  always_ff @(posedge clk_i) shift <= {shift[30:0], ~(shift[31] ^ shift[21] ^ shift[1] ^ shift[0])};

  assign choice_o = shift[31:24];

endmodule
