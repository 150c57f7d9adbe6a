// Layouts of the configurable floats and the constants of the random generator (docs/numerics.md).
// UNUSEDPARAM is waived here because no single unit uses every constant.
// verilator lint_off UNUSEDPARAM
package cfloat_pkg;

  localparam int unsigned Lanes = 16;
  // Cycles of cfloat_lanes from valid_i to valid_o.
  localparam int unsigned Latency = 4;

  // What an instruction with stochastic rounding adds to xseed.
  localparam logic [63:0] SeedStep = 64'h9e3779b97f4a7c15;
  // What the generator adds per element, and multiples of it that it mixes into its rounds.
  localparam logic [31:0] HashStep = 32'h9e3779b9;

  function automatic logic [3:0] mantissa_bits(input logic [1:0] format);
    return (format == dojo_pkg::CfloatFormatE4m3) ? 4'd3 : (format == dojo_pkg::CfloatFormatE5m2) ? 4'd2 : 4'd10;
  endfunction

  function automatic logic has_sign(input logic [1:0] format);
    return format != dojo_pkg::CfloatFormatUhp;
  endfunction

  // The largest encoding without its sign: all ones.
  function automatic logic [31:0] largest(input logic [1:0] format);
    return (format == dojo_pkg::CfloatFormatUhp) ? 32'hffff : (format == dojo_pkg::CfloatFormatShp) ? 32'h7fff : 32'h7f;
  endfunction

  // UHP has its own bias.
  function automatic logic [5:0] effective_bias(input logic [1:0] format, input logic [5:0] bias);
    return (format == dojo_pkg::CfloatFormatUhp) ? 6'd31 : bias;
  endfunction

endpackage
// verilator lint_on UNUSEDPARAM
