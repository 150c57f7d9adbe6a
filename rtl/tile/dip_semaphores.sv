// The semaphores of an Interface Processor: counters that WRITEs, the transfer engine and the host increment and for which lists wait.
//
// Function: one increment and one look at a wait per cycle; of those that want to increment, and of those that wait, each has its turn. A wait whose
// amount is there takes it: wait_taken_o is high for a cycle, and the wait has to end with the next one. After an increment, or a new wait, all waits are
// looked at once; then nothing is computed. Counts wrap at 32 bits; that is reported as a failed assertion.
// Latency: an increment counts from the cycle after it was taken; a wait is taken at most Waits + 1 cycles later. read_count_o is combinational.
// Throughput: one increment per cycle. Back-pressure: add_ready_o. Registered: counts and wait_taken_o; add_ready_o depends on add_valid_i.
`include "dojo_assert.svh"

module dip_semaphores #(
    parameter int unsigned Adders = 8,
    parameter int unsigned Waits = 9
) (
    input  logic                    clk_i,
    input  logic                    rst_ni,
    // increments
    input  logic [Adders-1:0]       add_valid_i,
    output logic [Adders-1:0]       add_ready_o,
    input  logic [Adders-1:0][4:0]  add_sem_i,
    input  logic [Adders-1:0][31:0] add_amount_i,
    // lists that wait
    input  logic [Waits-1:0]        wait_valid_i,
    input  logic [Waits-1:0][4:0]   wait_sem_i,
    input  logic [Waits-1:0][31:0]  wait_amount_i,
    output logic [Waits-1:0]        wait_taken_o,
    // the host
    input  logic [4:0]              read_sem_i,
    output logic [31:0]             read_count_o,
    output logic                    busy_o
);

  localparam int unsigned TurnBits = $clog2(Waits + 1);

  logic [31:0]         count_q[dojo_pkg::Semaphores]  /*verilator public_flat_rd*/;
  logic [Adders-1:0]   add_after_q;    // adders that follow the last one
  logic [Waits-1:0]    seen_q;         // waits that were there in the cycle before
  logic [TurnBits-1:0] left_q, turn_q; // waits still to be looked at; the next one
  logic                wrapped_q;

  logic [Adders-1:0]   wants;

  always_comb begin
    wants       = ((add_valid_i & add_after_q) != '0) ? add_valid_i & add_after_q : add_valid_i;
    add_ready_o = wants & (~wants + Adders'(1));
  end

  assign read_count_o = count_q[read_sem_i];
  assign busy_o       = add_valid_i != '0 || left_q != '0 || (wait_valid_i & ~seen_q) != '0 || wait_taken_o != '0;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      count_q      <= '{default: '0};
      add_after_q  <= '0;
      seen_q       <= '0;
      left_q       <= '0;
      turn_q       <= '0;
      wait_taken_o <= '0;
      wrapped_q    <= 1'b0;
    end else if (busy_o || seen_q != wait_valid_i) begin
      logic [31:0] wanted, have, amount, plus;
      logic [4:0]  wait_sem, sem;
      logic        waits, takes;
      wait_taken_o <= '0;
      seen_q       <= wait_valid_i;
      wrapped_q    <= 1'b0;
      // The wait whose turn it is.
      waits    = 1'b0;
      wait_sem = '0;
      wanted   = '0;
      for (int unsigned w = 0; w < Waits; w++) begin
        if (32'(turn_q) == w) begin
          waits    = wait_valid_i[w] && left_q != '0;
          wait_sem = wait_sem_i[w];
          wanted   = wait_amount_i[w];
        end
      end
      have  = count_q[wait_sem];
      takes = waits && have >= wanted;
      if (left_q != '0) begin
        left_q <= left_q - TurnBits'(1);
        turn_q <= (32'(turn_q) == Waits - 1) ? '0 : turn_q + TurnBits'(1);
      end
      for (int unsigned w = 0; w < Waits; w++) wait_taken_o[w] <= takes && 32'(turn_q) == w;
      // The increment whose turn it is.
      sem    = '0;
      amount = '0;
      for (int unsigned a = 0; a < Adders; a++) begin
        if (add_ready_o[a]) begin
          sem    = add_sem_i[a];
          amount = add_amount_i[a];
        end
      end
      if (add_ready_o != '0) add_after_q <= ~((add_ready_o - Adders'(1)) | add_ready_o);
      if (add_ready_o != '0 || (wait_valid_i & ~seen_q) != '0) left_q <= TurnBits'(Waits);
      plus = ((takes && wait_sem == sem) ? have - wanted : count_q[sem]) + amount;
      if (takes) count_q[wait_sem] <= have - wanted;
      if (add_ready_o != '0) begin
        count_q[sem] <= plus;
        wrapped_q    <= plus < amount;
      end
    end
  end

  // Integration checks.
  for (genvar w = 0; w < int'(Waits); w++) begin : gen_check
    `DOJO_ASSERT(TakenWaits, !wait_taken_o[w] || wait_valid_i[w])
  end

  // Implementation checks.
  `DOJO_ASSERT(CountDoesNotWrap, !wrapped_q)
  `DOJO_COVER(IncrementWaits, (add_valid_i & ~add_ready_o) != '0)
  `DOJO_COVER(WaitIsTaken, wait_taken_o != '0)
  `DOJO_COVER(WaitIsNotTaken, seen_q != '0 && !busy_o)

endmodule
