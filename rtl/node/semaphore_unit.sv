// The node's 32 semaphores: counters of 32 bits that units, packets, stores and the host increment and that harts wait for.
//
// Function: increments from three units (plus 1), the network (an amount), core stores and host writes may all come in one cycle and on one
// semaphore. dojo.sem.wait asks whether a count suffices and, if so, takes its amount at the clock edge. wake_o says that the count
// that a parked hart waits for is reached. Of the transfer lists that wait, one per cycle takes its amount when it is there, unless a hart takes
// from the same semaphore in that cycle. Counts wrap at 32 bits; that is reported as a failed assertion.
// Latency: answers are combinational; an increment counts from the next cycle on. Throughput: all ports once per cycle. No back-pressure.
// Registered: the counts. Nothing changes, and nothing is computed, while no port is used.
`include "dojo_assert.svh"

module semaphore_unit (
    input  logic        clk_i,
    input  logic        rst_ni,
    // units, by bit 1 of unit_e
    input  logic [1:0]  done_valid_i,
    input  logic [4:0]  done_sem_i[2],
    // network
    input  logic        net_valid_i,
    input  logic [4:0]  net_id_i,
    input  logic [31:0] net_amount_i,
    // loads and stores of the core
    input  logic        mmio_valid_i,
    input  logic        mmio_write_i,
    input  logic [31:0] mmio_address_i,
    input  logic [1:0]  mmio_size_i,
    input  logic [63:0] mmio_wdata_i,
    output logic [63:0] mmio_rdata_o,
    output logic        mmio_error_o,
    // host
    input  logic        host_valid_i,
    input  logic [31:0] host_address_i,
    input  logic [63:0] host_data_i,
    // dojo.sem.wait
    input  logic        wait_valid_i,
    input  logic [4:0]  wait_id_i,
    input  logic [31:0] wait_amount_i,
    output logic        wait_ok_o,
    // parked harts
    input  logic [3:0]  park_valid_i,
    input  logic [4:0]  park_id_i[4],
    input  logic [31:0] park_amount_i[4],
    output logic [3:0]  wake_o,
    // transfer lists
    input  logic [3:0]  list_valid_i,
    input  logic [4:0]  list_id_i[4],
    input  logic [31:0] list_amount_i[4],
    output logic [3:0]  list_taken_o  // one of them: its amount is subtracted
);

  logic [31:0] count_q[dojo_pkg::Semaphores]  /*verilator public_flat_rd*/;
  logic        wrapped_q;
  logic        core_selected, host_selected;

  function automatic logic selects(input logic [31:0] address);
    return (address & ~(dojo_pkg::SemaphoreSize[31:0] - 32'd1)) == dojo_pkg::SemaphoreBase[31:0];
  endfunction

  assign core_selected = mmio_valid_i && selects(mmio_address_i);
  assign host_selected = host_valid_i && selects(host_address_i) && host_address_i[2:0] == 3'd0;
  assign mmio_error_o  = core_selected && mmio_size_i != 2'd3;
  assign mmio_rdata_o  = core_selected ? {32'd0, count_q[mmio_address_i[7:3]]} : 64'd0;
  assign wait_ok_o     = wait_valid_i && count_q[wait_id_i] >= wait_amount_i;

  always_comb begin
    wake_o = 4'd0;
    if (park_valid_i != 4'd0) begin
      for (int unsigned h = 0; h < 4; h++) wake_o[h] = park_valid_i[h] && count_q[park_id_i[h]] >= park_amount_i[h];
    end
  end

  always_comb begin
    list_taken_o = 4'd0;
    if (list_valid_i != 4'd0) begin
      for (int unsigned c = 0; c < 4; c++) begin
        if (list_valid_i[c] && list_taken_o == 4'd0 && count_q[list_id_i[c]] >= list_amount_i[c] &&
            !(wait_ok_o && wait_id_i == list_id_i[c])) list_taken_o[c] = 1'b1;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      count_q   <= '{default: '0};
      wrapped_q <= 1'b0;
    end else if (done_valid_i != '0 || net_valid_i || core_selected || host_selected || wait_ok_o || list_taken_o != '0) begin
      logic [31:0] count[dojo_pkg::Semaphores];
      logic        wrapped;
      count   = count_q;
      wrapped = 1'b0;
      // What is taken was there at the start of the cycle, so it goes first and cannot wrap.
      if (wait_ok_o) count[wait_id_i] = count[wait_id_i] - wait_amount_i;
      for (int unsigned c = 0; c < 4; c++) begin
        if (list_taken_o[c]) count[list_id_i[c]] = count[list_id_i[c]] - list_amount_i[c];
      end
      for (int unsigned u = 0; u < 2; u++) begin
        if (done_valid_i[u]) begin
          wrapped              = wrapped || count[done_sem_i[u]] == '1;
          count[done_sem_i[u]] = count[done_sem_i[u]] + 32'd1;
        end
      end
      if (net_valid_i) begin
        wrapped         = wrapped || count[net_id_i] > ~net_amount_i;
        count[net_id_i] = count[net_id_i] + net_amount_i;
      end
      if (core_selected && mmio_write_i && !mmio_error_o) begin
        wrapped                    = wrapped || count[mmio_address_i[7:3]] > ~mmio_wdata_i[31:0];
        count[mmio_address_i[7:3]] = count[mmio_address_i[7:3]] + mmio_wdata_i[31:0];
      end
      if (host_selected) begin
        wrapped                    = wrapped || count[host_address_i[7:3]] > ~host_data_i[31:0];
        count[host_address_i[7:3]] = count[host_address_i[7:3]] + host_data_i[31:0];
      end
      count_q   <= count;
      wrapped_q <= wrapped;
    end
  end

  // A store adds its low 32 bits.
  logic unused;
  assign unused = ^{mmio_wdata_i[63:32], host_data_i[63:32]};

  // Implementation checks.
  `DOJO_ASSERT(CountDoesNotWrap, !wrapped_q)
  `DOJO_COVER(IncrementsMeet, done_valid_i == 2'b11 && net_valid_i && (core_selected || host_selected))
  `DOJO_COVER(TakenWhileIncremented, wait_ok_o && net_valid_i && net_id_i == wait_id_i)
  `DOJO_COVER(WaitFails, wait_valid_i && !wait_ok_o)

endmodule
