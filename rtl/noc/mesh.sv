// A mesh of nodes: Columns x Rows, joined link by link. This is the structure that is synthesized; simulations of any size join the same
// node class in C++ instead, and a test compares the two cycle by cycle.
//
// Function: node n = y * Columns + x. North of row 0, south of the last row, west of column 0 and east of the last column there is nothing:
// no flit, credit or token comes from there, and none may go there. The host writes a register of one node per cycle.
// Latency, throughput, back-pressure: those of `node`; a link adds no register. Registered: every output, in the nodes.
`include "dojo_assert.svh"

module mesh #(
    parameter int unsigned Columns = 2,
    parameter int unsigned Rows = 2,
    localparam int unsigned Nodes = Columns * Rows
) (
    input  logic                                clk_i,
    input  logic                                rst_ni,
    input  logic [63:0]                         cycle_i,
    // the host writes a control, CLINT or semaphore register of node (x, y)
    input  logic                                host_valid_i,
    input  logic [dojo_pkg::CoordinateBits-1:0] host_x_i,
    input  logic [dojo_pkg::CoordinateBits-1:0] host_y_i,
    input  logic [31:0]                         host_address_i,
    input  logic [63:0]                         host_data_i,
    // status of each node
    output logic [Nodes-1:0]                    idle_o,
    output logic [Nodes-1:0]                    fault_o,
    output logic [11:0]                         hart_state_o[Nodes],
    output logic [63:0]                         wake_cycle_o[Nodes],
    output logic [1:0]                          retire_valid_o[Nodes],
    // what each node puts on its links: element 4 * n + d of the arrays, bit 4 * c + d of a node's credits, 4 * t + d of those of trees
    output logic [3:0]                          flit_valid_o[Nodes],
    output logic [105:0]                        flit_header_o[4*Nodes],
    output logic [511:0]                        flit_data_o[4*Nodes],
    output logic [7:0]                          credit_o[Nodes],
    output logic [3:0]                          tree_valid_o[Nodes],
    output logic [15:0]                         tree_credit_o[Nodes],
    output logic [7:0]                          token_o[4*Nodes]
);

  // Whether node n has a neighbour in direction d (north, east, south, west), and its number; without one, n itself.
  function automatic logic has_neighbour(input int unsigned n, input int unsigned d);
    case (d)
      0: return n >= Columns;
      1: return n % Columns != Columns - 1;
      2: return n + Columns < Nodes;
      default: return n % Columns != 0;
    endcase
  endfunction

  function automatic int unsigned neighbour(input int unsigned n, input int unsigned d);
    if (!has_neighbour(n, d)) return n;
    case (d)
      0: return n - Columns;
      1: return n + 1;
      2: return n + Columns;
      default: return n - 1;
    endcase
  endfunction

  for (genvar n = 0; n < Nodes; n++) begin : gen_node
    localparam int unsigned X = n % Columns;
    localparam int unsigned Y = n / Columns;

    logic [3:0]   flit_valid_in, flit_valid_out;
    logic [105:0] flit_header_in[4], flit_header_out[4];
    logic [3:0][511:0] flit_data_in, flit_data_out;
    logic [7:0]   credit_in, credit_out;
    logic [3:0]   tree_valid_in, tree_valid_out;
    logic [15:0]  tree_credit_in, tree_credit_out;
    logic [7:0]   token_in[4], token_out[4];

    assign flit_valid_o[n]  = flit_valid_out;
    assign credit_o[n]      = credit_out;
    assign tree_valid_o[n]  = tree_valid_out;
    assign tree_credit_o[n] = tree_credit_out;

    for (genvar d = 0; d < 4; d++) begin : gen_link
      localparam int unsigned From = neighbour(n, d);
      localparam int unsigned Opposite = (d + 2) % 4;  // the direction in which the neighbour sees this node

      assign flit_header_o[4*n+d] = flit_header_out[d];
      assign flit_data_o[4*n+d]   = flit_data_out[d];
      assign token_o[4*n+d]       = token_out[d];
      if (has_neighbour(n, d)) begin : gen_joined
        assign flit_valid_in[d]  = flit_valid_o[From][Opposite];
        assign flit_header_in[d] = flit_header_o[4*From+Opposite];
        assign flit_data_in[d]   = flit_data_o[4*From+Opposite];
        assign credit_in[d]      = credit_o[From][Opposite];
        assign credit_in[4+d]    = credit_o[From][4+Opposite];
        assign tree_valid_in[d]  = tree_valid_o[From][Opposite];
        assign token_in[d]       = token_o[4*From+Opposite];
        for (genvar t = 0; t < dojo_pkg::Trees; t++) begin : gen_tree
          assign tree_credit_in[4*t+d] = tree_credit_o[From][4*t+Opposite];
        end
      end else begin : gen_edge
        assign flit_valid_in[d]  = 1'b0;
        assign flit_header_in[d] = '0;
        assign flit_data_in[d]   = '0;
        assign credit_in[d]      = 1'b0;
        assign credit_in[4+d]    = 1'b0;
        assign tree_valid_in[d]  = 1'b0;
        assign token_in[d]       = '0;
        for (genvar t = 0; t < dojo_pkg::Trees; t++) begin : gen_tree
          assign tree_credit_in[4*t+d] = 1'b0;
          `DOJO_ASSERT(NoTreeCreditLeavesTheMesh, !tree_credit_out[4*t+d])
        end
        `DOJO_ASSERT(NoFlitLeavesTheMesh, !flit_valid_out[d] && !tree_valid_out[d])
        `DOJO_ASSERT(NoCreditLeavesTheMesh, !credit_out[d] && !credit_out[4+d])
        logic [7:0] token_nowhere;
        assign token_nowhere     = token_out[d];
        `DOJO_ASSERT(NoTokenLeavesTheMesh, token_nowhere == '0)
      end
    end

    // The rest of the retirement interface serves lockstep against the golden model, which runs on single nodes.
    /* verilator lint_off PINCONNECTEMPTY */
    node u_node (
        .clk_i,
        .rst_ni,
        .x_i            (dojo_pkg::CoordinateBits'(X)),
        .y_i            (dojo_pkg::CoordinateBits'(Y)),
        .cycle_i,
        .flit_valid_i   (flit_valid_in),
        .flit_header_i  (flit_header_in),
        .flit_data_i    (flit_data_in),
        .credit_o       (credit_out),
        .flit_valid_o   (flit_valid_out),
        .flit_header_o  (flit_header_out),
        .flit_data_o    (flit_data_out),
        .credit_i       (credit_in),
        .tree_valid_i   (tree_valid_in),
        .tree_credit_o  (tree_credit_out),
        .tree_valid_o   (tree_valid_out),
        .tree_credit_i  (tree_credit_in),
        .token_i        (token_in),
        .token_o        (token_out),
        .host_valid_i   (host_valid_i && host_x_i == dojo_pkg::CoordinateBits'(X) && host_y_i == dojo_pkg::CoordinateBits'(Y)),
        .host_address_i,
        .host_data_i,
        .idle_o         (idle_o[n]),
        .wake_cycle_o   (wake_cycle_o[n]),
        .hart_state_o   (hart_state_o[n]),
        .fault_o        (fault_o[n]),
        .retire_valid_o (retire_valid_o[n]),
        .retire_hart_o(),
        .retire_pc_o(),
        .retire_insn_o(),
        .retire_rd_we_o(),
        .retire_late_o(),
        .retire_rd_o(),
        .retire_rd_data_o(),
        .retire_mem_o(),
        .retire_mem_size_o(),
        .retire_mem_addr_o(),
        .retire_mem_data_o(),
        .retire_trap_o(),
        .retire_cause_o(),
        .retire_tval_o(),
        .retire_vector_o(),
        .retire_vector_tag_o(),
        .late_valid_o(),
        .late_hart_o(),
        .late_we_o(),
        .late_rd_o(),
        .late_data_o(),
        .late_stored_valid_o(),
        .late_stored_o()
    );
    /* verilator lint_on PINCONNECTEMPTY */
  end

  // Integration checks.
  `DOJO_ASSERT(HostWritesToANode, !host_valid_i || (32'(host_x_i) < Columns && 32'(host_y_i) < Rows))

endmodule
