// The node's registers for trees: its place in each, and arrivals at their barriers.
//
// Function: `tree` and `tree_arrive` (docs/generated/memory-map.md), 64 bytes of the control page from offset 0x4c0 on. Writes may come from the
// core, the network and the host in one cycle; on the same register `tree` the core wins over the network, the network over the host; arrivals
// all count. What a network or host write cannot name is dropped.
// Latency: a core access is answered combinationally in its cycle; what is written to `tree` is on tree_o in the next. An arrival of the core
// is on arrive_valid_o[0] at once, one of the network or the host in the next cycle on arrive_valid_o[1], [2].
// Throughput: every port once per cycle. No back-pressure. Registered: tree_o, and arrivals of network and host.
// Answers to addresses of other registers are zero without error: all answers are ORed.
`include "dojo_assert.svh"

module tree_registers (
    input  logic                           clk_i,
    input  logic                           rst_ni,
    // core
    input  logic                           mmio_valid_i,
    input  logic                           mmio_write_i,
    input  logic [31:0]                    mmio_address_i,
    input  logic [1:0]                     mmio_size_i,
    input  logic [63:0]                    mmio_wdata_i,
    output logic [63:0]                    mmio_rdata_o,
    output logic                           mmio_error_o,
    // network
    input  logic                           net_mmio_valid_i,
    input  logic [31:0]                    net_mmio_address_i,
    input  logic [63:0]                    net_mmio_data_i,
    input  logic [1:0]                     net_mmio_size_i,
    // host
    input  logic                           host_valid_i,
    input  logic [31:0]                    host_address_i,
    input  logic [63:0]                    host_data_i,
    // places in trees, and arrivals at their barriers
    output dojo_pkg::tree_t                tree_o[dojo_pkg::Trees],
    output logic [2:0]                     arrive_valid_o,
    output logic [1:0]                     arrive_tree_o[3],
    // no arrival is held
    output logic                           idle_o
);

  localparam logic [1:0] DoubleWord = 2'd3;

  // Integration checks.
  if (dojo_pkg::Trees != 4 || dojo_pkg::ControlTreeOffset[5:0] != 6'd0 ||
      dojo_pkg::ControlTreeArriveOffset != dojo_pkg::ControlTreeOffset + 40'h20) begin : gen_map_check
    $error("tree_registers: four registers tree and tree_arrive behind them are expected");
  end

  function automatic logic is_here(input logic [31:0] address);
    return address[31:6] == {dojo_pkg::ControlBase[31:12], dojo_pkg::ControlTreeOffset[11:6]};
  endfunction

  function automatic logic is_tree(input logic [31:0] address, input logic [1:0] size);
    return is_here(address) && size == DoubleWord && !address[5] && address[2:0] == 3'd0;
  endfunction

  function automatic logic is_arrival(input logic [31:0] address, input logic [1:0] size);
    return is_here(address) && size == DoubleWord && address[5:0] == 6'h20;
  endfunction

  // Fields without a meaning read as 0.
  function automatic dojo_pkg::tree_t known_fields(input logic [63:0] data);
    dojo_pkg::tree_t tree;
    tree                  = data;
    tree.unused_high      = '0;
    tree.unused_amount    = '0;
    tree.unused_semaphore = '0;
    tree.unused           = '0;
    return tree;
  endfunction

  always_comb begin
    mmio_rdata_o      = 64'd0;
    mmio_error_o      = 1'b0;
    arrive_valid_o[0] = 1'b0;
    arrive_tree_o[0]  = mmio_wdata_i[1:0];
    if (mmio_valid_i && is_here(mmio_address_i)) begin
      if (is_tree(mmio_address_i, mmio_size_i)) mmio_rdata_o = tree_o[mmio_address_i[4:3]];
      else begin
        arrive_valid_o[0] = mmio_write_i && is_arrival(mmio_address_i, mmio_size_i);
        mmio_error_o      = !arrive_valid_o[0];
      end
    end
  end

  assign idle_o = arrive_valid_o[2:1] == '0;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      arrive_valid_o[2:1] <= '0;
      for (int unsigned t = 0; t < dojo_pkg::Trees; t++) tree_o[t] <= '0;
    end else if (host_valid_i || net_mmio_valid_i || mmio_valid_i || !idle_o) begin
      arrive_valid_o[2:1] <= {host_valid_i && is_arrival(host_address_i, DoubleWord),
                              net_mmio_valid_i && is_arrival(net_mmio_address_i, net_mmio_size_i)};
      arrive_tree_o[1]    <= net_mmio_data_i[1:0];
      arrive_tree_o[2]    <= host_data_i[1:0];
      if (host_valid_i && is_tree(host_address_i, DoubleWord)) tree_o[host_address_i[4:3]] <= known_fields(host_data_i);
      if (net_mmio_valid_i && is_tree(net_mmio_address_i, net_mmio_size_i))
        tree_o[net_mmio_address_i[4:3]] <= known_fields(net_mmio_data_i);
      if (mmio_valid_i && mmio_write_i && is_tree(mmio_address_i, mmio_size_i)) tree_o[mmio_address_i[4:3]] <= known_fields(mmio_wdata_i);
    end
  end

  // Implementation checks.
  `DOJO_COVER(AllArrive, arrive_valid_o == '1)
  `DOJO_COVER(ThreeWriters, mmio_valid_i && mmio_write_i && net_mmio_valid_i && host_valid_i)

endmodule
