// A module whose assertions fail on demand, for the test of the assertion hooks.
module assertion_probe (
    input logic clk_i,
    input logic fail_i,
    input logic silent_i,
    input logic fatal_i,
    input logic finish_i
);

  named_check :
  assert property (@(posedge clk_i) !fail_i)
  else $error("fail_i is %0d", fail_i);

  silent_check :
  assert property (@(posedge clk_i) !silent_i);

  always_ff @(posedge clk_i) begin
    if (fatal_i) $fatal(1, "fatal_i is set");
    if (finish_i) $finish;
  end

endmodule
