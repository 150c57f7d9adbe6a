// The rules of rtl/tile/ttp_pkg.sv as combinational logic, for the test that compares all cases with the golden model.
module ttp_rules_bench (
    input  logic                     [2:0] state_i,
    input  logic                     [5:0] opcode_i,
    input  dojo_pkg::ttp_conditions_t      conditions_i,
    output dojo_pkg::ttp_rule_t            rule_o,
    output logic                     [2:0] after_sending_o
);
  assign rule_o          = ttp_pkg::rule_of(state_i, opcode_i, conditions_i);
  assign after_sending_o = ttp_pkg::after_sending(state_i, opcode_i);
endmodule
