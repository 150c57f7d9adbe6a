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

  typedef enum logic [1:0] {
    RegisterNone,
    RegisterTree,
    RegisterArrive
  } register_e;

  // Integration checks.
  if (dojo_pkg::Trees != 4 || dojo_pkg::ControlTreeOffset[5:0] != 6'd0 ||
      dojo_pkg::ControlTreeArriveOffset != dojo_pkg::ControlTreeOffset + 40'h20) begin : gen_map_check
    $error("tree_registers: four registers tree and tree_arrive behind them are expected");
  end

  // Arrivals of network and host, in this order.
  logic [1:0] held_valid_q;
  logic [1:0] held_tree_q[2];

  function automatic logic is_here(input logic [25:0] block);
    return block == {dojo_pkg::ControlBase[31:12], dojo_pkg::ControlTreeOffset[11:6]};
  endfunction

  function automatic register_e find(input logic [31:0] address, input logic [1:0] size);
    if (!is_here(address[31:6]) || size != DoubleWord) return RegisterNone;
    else if (address[5:0] == 6'h20) return RegisterArrive;
    else return (!address[5] && address[2:0] == 3'd0) ? RegisterTree : RegisterNone;
  endfunction

  // Fields without a meaning read as 0.
  function automatic dojo_pkg::tree_t known_fields(input logic [63:0] data);
    dojo_pkg::tree_t place;
    place               = data;
    place.unused_high   = '0;
    place.unused_amount = '0;
    place.unused_sem    = '0;
    place.unused        = '0;
    return place;
  endfunction

  always_comb begin
    mmio_rdata_o     = 64'd0;
    mmio_error_o     = 1'b0;
    arrive_valid_o   = {held_valid_q, 1'b0};
    arrive_tree_o[0] = mmio_wdata_i[1:0];
    arrive_tree_o[1] = held_tree_q[0];
    arrive_tree_o[2] = held_tree_q[1];
    if (mmio_valid_i && is_here(mmio_address_i[31:6])) begin
      case (find(mmio_address_i, mmio_size_i))
        RegisterTree: mmio_rdata_o = tree_o[mmio_address_i[4:3]];
        RegisterArrive: begin
          arrive_valid_o[0] = mmio_write_i;
          mmio_error_o      = !mmio_write_i;
        end
        default: mmio_error_o = 1'b1;
      endcase
    end
  end

  assign idle_o = held_valid_q == '0;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      held_valid_q <= '0;
      for (int unsigned t = 0; t < dojo_pkg::Trees; t++) tree_o[t] <= '0;
    end else if (host_valid_i || net_mmio_valid_i || mmio_valid_i || !idle_o) begin
      held_valid_q[0] <= net_mmio_valid_i && find(net_mmio_address_i, net_mmio_size_i) == RegisterArrive;
      held_valid_q[1] <= host_valid_i && find(host_address_i, DoubleWord) == RegisterArrive;
      held_tree_q[0]  <= net_mmio_data_i[1:0];
      held_tree_q[1]  <= host_data_i[1:0];
      if (host_valid_i && find(host_address_i, DoubleWord) == RegisterTree) tree_o[host_address_i[4:3]] <= known_fields(host_data_i);
      if (net_mmio_valid_i && find(net_mmio_address_i, net_mmio_size_i) == RegisterTree)
        tree_o[net_mmio_address_i[4:3]] <= known_fields(net_mmio_data_i);
      if (mmio_valid_i && mmio_write_i && find(mmio_address_i, mmio_size_i) == RegisterTree)
        tree_o[mmio_address_i[4:3]] <= known_fields(mmio_wdata_i);
    end
  end

  // Implementation checks.
  `DOJO_COVER(AllArrive, arrive_valid_o == '1)
  `DOJO_COVER(ThreeWriters, mmio_valid_i && mmio_write_i && net_mmio_valid_i && host_valid_i)

endmodule
