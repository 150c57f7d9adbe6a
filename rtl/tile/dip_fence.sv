// Lets an increment of a semaphore wait until the lines that were written before it are in the cells.
//
// Function: every line that is taken for the memory belongs to one of two epochs, which goes with it as a bit of its AXI4 ID; an increment that is taken
// ends the epoch, lines taken until then included, and is offered to the semaphores when all lines of that epoch have been answered.
// Latency: two cycles if nothing is under way. Throughput: one increment at a time; lines go on meanwhile.
// Back-pressure: count_ready_o is low while an increment waits. Registered: every output depends on registers only.
`include "dojo_assert.svh"

module dip_fence (
    input  logic                               clk_i,
    input  logic                               rst_ni,
    // a line was taken; answers from the channels, by epoch
    input  logic                               write_i,
    input  logic [1:0][dip_pkg::Channels-1:0]  done_i,
    output logic                               epoch_o,
    // an increment that follows the lines
    input  logic                               count_valid_i,
    output logic                               count_ready_o,
    input  logic [4:0]                         count_sem_i,
    input  logic [31:0]                        count_amount_i,
    // to the semaphores
    output logic                               add_valid_o,
    input  logic                               add_ready_i,
    output logic [4:0]                         add_sem_o,
    output logic [31:0]                        add_amount_o,
    output logic                               busy_o
);

  // A channel holds DipWriteLines lines, and as many more in its queues and in the crossbar at most.
  localparam int unsigned CountBits = $clog2(2 * dip_pkg::Channels * dojo_pkg::DipWriteLines + 1);

  logic                      pending_q;
  logic [1:0][CountBits-1:0] under_way_q;

  assign count_ready_o = !pending_q;
  assign add_valid_o   = pending_q && under_way_q[!epoch_o] == '0;
  assign busy_o        = pending_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      epoch_o     <= 1'b0;
      pending_q   <= 1'b0;
      under_way_q <= '0;
    end else if (write_i || done_i != '0 || count_valid_i || pending_q) begin
      for (int unsigned e = 0; e < 2; e++)
        under_way_q[e] <= under_way_q[e] + CountBits'(write_i && 32'(epoch_o) == e) - CountBits'($countones(done_i[e]));
      if (add_valid_o && add_ready_i) pending_q <= 1'b0;
      if (count_valid_i && count_ready_o) begin
        pending_q    <= 1'b1;
        epoch_o      <= !epoch_o;
        add_sem_o    <= count_sem_i;
        add_amount_o <= count_amount_i;
      end
    end
  end

  // Integration checks.
  for (genvar e = 0; e < 2; e++) begin : gen_check
    `DOJO_ASSERT(AnswerIsExpected, CountBits'($countones(done_i[e])) <= under_way_q[e])
    `DOJO_ASSERT(CountIsSmall, !under_way_q[e][CountBits-1])
  end

  // Implementation checks.
  `DOJO_COVER(IncrementWaitsForLines, pending_q && !add_valid_o)
  `DOJO_COVER(IncrementWaitsForAnother, count_valid_i && !count_ready_o)
  `DOJO_COVER(LinesGoOn, pending_q && write_i)

endmodule
