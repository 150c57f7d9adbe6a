// State of the harts: what each one does, and what it waits for.
//
// Function: takes what the execute stage says of its instruction, wakes harts, stops and starts them. Later rules win: sleep, wait and
// fault; wake; start; stop. A hart that waits for room in a command queue or for the remote-store register stays in state running.
// Latency: one cycle. Throughput: one instruction and all wakes per cycle. No back-pressure. Registered: all outputs but idle_o,
// which depends on wake_i and the interrupts too, so that a hart that wakes in the next cycle is not idle in this one.
`include "dojo_assert.svh"

module core_harts (
    input  logic        clk_i,
    input  logic        rst_ni,
    // instruction in the execute stage
    input  logic        fire_i,
    input  logic [1:0]  hart_i,
    input  logic        faults_i,
    input  logic        sleep_wfi_i,
    input  logic        park_semaphore_i,
    input  logic [4:0]  semaphore_id_i,
    input  logic [31:0] semaphore_amount_i,
    input  logic        park_command_i,
    input  logic        command_unit_i,
    input  logic        park_remote_i,
    // what ends waits
    input  logic [3:0]  interrupt_i,       // pending and enabled
    input  logic [3:0]  wake_wfi_i,        // raised now, enabled in mie
    input  logic [3:0]  wake_interrupt_i,  // ... and by mstatus.MIE
    input  logic [3:0]  wake_i,            // semaphore reached
    input  logic [1:0]  command_ready_i,
    input  logic        remote_free_i,
    // control
    input  logic [3:0]  start_valid_i,
    input  logic [3:0]  stop_valid_i,
    // states
    output logic [3:0]  running_o,
    output logic [3:0]  sleeping_wfi_o,
    output logic [3:0]  command_wait_o,
    output logic [3:0]  remote_wait_o,
    output logic [3:0]  park_valid_o,
    output logic [4:0]  park_id_o[4],
    output logic [31:0] park_amount_o[4],
    output logic [11:0] hart_state_o,
    output logic        idle_o  // no hart runs, and none will in the next cycle
);

  dojo_pkg::hart_state_e state_q[4];
  logic [3:0]            command_unit_q;
  logic [3:0]            woken, waits_over;

  assign hart_state_o = {state_q[3], state_q[2], state_q[1], state_q[0]};
  assign woken        = (sleeping_wfi_o & wake_wfi_i) | (park_valid_o & (wake_i | wake_interrupt_i));
  assign idle_o       = (running_o | woken | start_valid_i | stop_valid_i) == '0;

  always_comb begin
    waits_over = 4'd0;
    if ((command_wait_o | remote_wait_o) != 4'd0) begin
      for (int unsigned h = 0; h < 4; h++) begin
        waits_over[h] = interrupt_i[h] || (command_wait_o[h] && command_ready_i[command_unit_q[h]]) ||
                        (remote_wait_o[h] && remote_free_i);
      end
    end
  end

  task automatic set_state(input logic [1:0] hart, input dojo_pkg::hart_state_e state);
    state_q[hart]        <= state;
    running_o[hart]      <= state == dojo_pkg::HartStateRunning;
    sleeping_wfi_o[hart] <= state == dojo_pkg::HartStateWfi;
    park_valid_o[hart]   <= state == dojo_pkg::HartStateSemaphore;
    command_wait_o[hart] <= 1'b0;
    remote_wait_o[hart]  <= 1'b0;
  endtask

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      for (int unsigned h = 0; h < 4; h++) set_state(2'(h), dojo_pkg::HartStateStopped);
    end else begin
      if (fire_i) begin
        if (faults_i) set_state(hart_i, dojo_pkg::HartStateFaulted);
        if (sleep_wfi_i) set_state(hart_i, dojo_pkg::HartStateWfi);
        if (park_semaphore_i) begin
          set_state(hart_i, dojo_pkg::HartStateSemaphore);
          park_id_o[hart_i]     <= semaphore_id_i;
          park_amount_o[hart_i] <= semaphore_amount_i;
        end
        if (park_command_i) begin
          command_wait_o[hart_i] <= 1'b1;
          command_unit_q[hart_i] <= command_unit_i;
        end
        if (park_remote_i) remote_wait_o[hart_i] <= 1'b1;
      end
      if ((woken | waits_over | start_valid_i | stop_valid_i) != 4'd0) begin
        for (int unsigned h = 0; h < 4; h++) begin
          if (waits_over[h]) begin
            command_wait_o[h] <= 1'b0;
            remote_wait_o[h]  <= 1'b0;
          end
          if (stop_valid_i[h]) set_state(2'(h), dojo_pkg::HartStateStopped);
          else if (start_valid_i[h] || woken[h]) set_state(2'(h), dojo_pkg::HartStateRunning);
        end
      end
    end
  end

  // Implementation checks.
  `DOJO_ASSERT(RunningIsDecoded, running_o[0] == (hart_state_o[2:0] == dojo_pkg::HartStateRunning))
  `DOJO_ASSERT(OnlyRunningHartsWait, ((command_wait_o | remote_wait_o) & ~running_o) == '0)

endmodule
