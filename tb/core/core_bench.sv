// Bench of the core: core, SRAM, semaphore unit and control registers joined as in the node; everything else is the test's.
//
// Function: the other SRAM clients, the units' command queues and reports, the network and the host are ports.
// Latency, throughput, back-pressure: those of the blocks. Registered: what the blocks register.
module core_bench (
    input  logic         clk_i,
    input  logic         rst_ni,
    input  logic [10:0]  x_i,
    input  logic [10:0]  y_i,
    input  logic [63:0]  cycle_i,
    // other SRAM clients
    input  logic [1:0]   vr_valid_i,
    input  logic [29:0]  vr_line_i,
    output logic [1:0]   vr_grant_o,
    input  logic         vw_valid_i,
    input  logic [14:0]  vw_line_i,
    input  logic [511:0] vw_data_i,
    input  logic [63:0]  vw_be_i,
    output logic         vw_grant_o,
    input  logic         nw_valid_i,
    input  logic [14:0]  nw_line_i,
    input  logic [511:0] nw_data_i,
    input  logic [63:0]  nw_be_i,
    output logic         nw_grant_o,
    // units
    output logic [2:0]   command_valid_o,
    output logic [31:0]  command_address_o,
    input  logic [2:0]   command_ready_i,
    input  logic [2:0]   done_valid_i,
    input  logic [4:0]   done_sem_i[3],
    input  logic [2:0]   fault_valid_i,
    input  logic [7:0]   fault_cause_i[3],
    input  logic [31:0]  fault_address_i[3],
    // network and host
    input  logic         net_valid_i,
    input  logic [4:0]   net_id_i,
    input  logic [31:0]  net_amount_i,
    input  logic         net_mmio_valid_i,
    input  logic [31:0]  net_mmio_address_i,
    input  logic [63:0]  net_mmio_data_i,
    input  logic [1:0]   net_mmio_size_i,
    input  logic         host_valid_i,
    input  logic [31:0]  host_address_i,
    input  logic [63:0]  host_data_i,
    output logic         remote_valid_o,
    output logic [63:0]  remote_address_o,
    output logic [63:0]  remote_data_o,
    output logic [1:0]   remote_size_o,
    input  logic         remote_ready_i,
    // status
    output logic [11:0]  hart_state_o,
    output logic         idle_o,
    output logic [63:0]  wake_cycle_o,
    output logic         fault_o,
    // retirement
    output logic [1:0]   retire_valid_o,
    output logic [1:0]   retire_hart_o[2],
    output logic [63:0]  retire_pc_o[2],
    output logic [31:0]  retire_insn_o[2],
    output logic [1:0]   retire_rd_we_o,
    output logic [1:0]   retire_late_o,
    output logic [5:0]   retire_rd_o[2],
    output logic [63:0]  retire_rd_data_o[2],
    output logic [1:0]   retire_mem_o[2],
    output logic [1:0]   retire_mem_size_o[2],
    output logic [63:0]  retire_mem_addr_o[2],
    output logic [63:0]  retire_mem_data_o[2],
    output logic [1:0]   retire_trap_o,
    output logic [63:0]  retire_cause_o[2],
    output logic [63:0]  retire_tval_o[2],
    output logic         late_valid_o,
    output logic [1:0]   late_hart_o,
    output logic         late_we_o,
    output logic [5:0]   late_rd_o,
    output logic [63:0]  late_data_o,
    output logic         late_stored_valid_o,
    output logic [63:0]  late_stored_o
);

  logic         s_valid, s_write, s_atomic, s_grant;
  logic [14:0]  s_line;
  logic [2:0]   s_word;
  logic [63:0]  s_wdata;
  logic [7:0]   s_be;
  logic [511:0] s_rdata, nr_data_unused;
  logic [511:0] vr_data_unused[2];
  logic         nr_grant_unused, nr_bad_unused, m_grant_unused, error_valid_unused;
  logic [5:0]   error_corrected_unused, error_uncorrectable_unused;
  logic [2:0]   error_port_unused;
  logic [17:0]  error_word_unused;
  logic [14:0]  snoop_line[2];
  logic         wait_valid, wait_ok;
  logic [4:0]   wait_id;
  logic [31:0]  wait_amount;
  logic [3:0]   park_valid, wake, start_valid, stop_valid, irq_software, irq_timer, timer_enable;
  logic [4:0]   park_id[4];
  logic [31:0]  park_amount[4];
  logic [63:0]  start_pc;
  logic         mmio_valid, mmio_write, control_error, semaphore_error;
  logic [31:0]  mmio_address;
  logic [1:0]   mmio_size;
  logic [63:0]  mmio_wdata, control_rdata, semaphore_rdata;
  logic [63:0]  node_counter[dojo_pkg::NodeCounters];
  logic [63:0]  conflicts;
  logic         core_idle, control_idle;

  assign snoop_line[0] = vw_line_i;
  assign snoop_line[1] = nw_line_i;
  assign idle_o        = core_idle && control_idle;

  // Counters of blocks that are not here read their own numbers.
  for (genvar i = 0; i < dojo_pkg::NodeCounters; i++) begin : gen_counter
    assign node_counter[i] = (i == dojo_pkg::CounterSramConflicts) ? conflicts : 64'(i);
  end

  core u_core (
      .clk_i,
      .rst_ni,
      .x_i,
      .y_i,
      .cycle_i,
      .s_valid_o     (s_valid),
      .s_write_o     (s_write),
      .s_atomic_o    (s_atomic),
      .s_line_o      (s_line),
      .s_word_o      (s_word),
      .s_wdata_o     (s_wdata),
      .s_be_o        (s_be),
      .s_grant_i     (s_grant),
      .s_rdata_i     (s_rdata),
      .snoop_valid_i ({nw_valid_i && nw_grant_o, vw_valid_i && vw_grant_o}),
      .snoop_line_i  (snoop_line),
      .command_valid_o,
      .command_address_o,
      .command_ready_i,
      .wait_valid_o  (wait_valid),
      .wait_id_o     (wait_id),
      .wait_amount_o (wait_amount),
      .wait_ok_i     (wait_ok),
      .park_valid_o  (park_valid),
      .park_id_o     (park_id),
      .park_amount_o (park_amount),
      .wake_i        (wake),
      .mmio_valid_o  (mmio_valid),
      .mmio_write_o  (mmio_write),
      .mmio_address_o(mmio_address),
      .mmio_size_o   (mmio_size),
      .mmio_wdata_o  (mmio_wdata),
      .mmio_rdata_i  (control_rdata | semaphore_rdata),
      .mmio_error_i  (control_error || semaphore_error),
      .remote_valid_o,
      .remote_address_o,
      .remote_data_o,
      .remote_size_o,
      .remote_ready_i,
      .start_valid_i (start_valid),
      .start_pc_i    (start_pc),
      .stop_valid_i  (stop_valid),
      .irq_software_i(irq_software),
      .irq_timer_i   (irq_timer),
      .timer_enable_o(timer_enable),
      .node_counter_i(node_counter),
      .hart_state_o,
      .idle_o        (core_idle),
      .retire_valid_o,
      .retire_hart_o,
      .retire_pc_o,
      .retire_insn_o,
      .retire_rd_we_o,
      .retire_late_o,
      .retire_rd_o,
      .retire_rd_data_o,
      .retire_mem_o,
      .retire_mem_size_o,
      .retire_mem_addr_o,
      .retire_mem_data_o,
      .retire_trap_o,
      .retire_cause_o,
      .retire_tval_o,
      .late_valid_o,
      .late_hart_o,
      .late_we_o,
      .late_rd_o,
      .late_data_o,
      .late_stored_valid_o,
      .late_stored_o
  );

  sram u_sram (
      .clk_i,
      .rst_ni,
      .s_valid_i  (s_valid),
      .s_write_i  (s_write),
      .s_atomic_i (s_atomic),
      .s_line_i   (s_line),
      .s_word_i   (s_word),
      .s_wdata_i  (s_wdata),
      .s_be_i     (s_be),
      .s_grant_o  (s_grant),
      .s_rdata_o  (s_rdata),
      .vr_valid_i,
      .vr_line_i,
      .vr_grant_o,
      .vr_data_o  (vr_data_unused),
      .vw_valid_i,
      .vw_line_i,
      .vw_data_i,
      .vw_be_i,
      .vw_grant_o,
      .nr_valid_i (1'b0),
      .nr_line_i  (15'd0),
      .nr_grant_o (nr_grant_unused),
      .nr_data_o  (nr_data_unused),
      .nw_valid_i,
      .nw_line_i,
      .nw_data_i,
      .nw_be_i,
      .nw_grant_o,
      .nr_bad_o   (nr_bad_unused),
      .m_valid_i  (1'b0),
      .m_flip_i   (1'b0),
      .m_line_i   (15'd0),
      .m_word_i   (3'd0),
      .m_flip_data_i        (64'd0),
      .m_flip_check_i       (8'd0),
      .m_grant_o  (m_grant_unused),
      .error_valid_o        (error_valid_unused),
      .error_corrected_o    (error_corrected_unused),
      .error_uncorrectable_o(error_uncorrectable_unused),
      .error_port_o         (error_port_unused),
      .error_word_o         (error_word_unused),
      .conflicts_o(conflicts)
  );

  semaphore_unit u_semaphore (
      .clk_i,
      .rst_ni,
      .done_valid_i,
      .done_sem_i,
      .net_valid_i,
      .net_id_i,
      .net_amount_i,
      .mmio_valid_i  (mmio_valid),
      .mmio_write_i  (mmio_write),
      .mmio_address_i(mmio_address),
      .mmio_size_i   (mmio_size),
      .mmio_wdata_i  (mmio_wdata),
      .mmio_rdata_o  (semaphore_rdata),
      .mmio_error_o  (semaphore_error),
      .host_valid_i,
      .host_address_i,
      .host_data_i,
      .wait_valid_i  (wait_valid),
      .wait_id_i     (wait_id),
      .wait_amount_i (wait_amount),
      .wait_ok_o     (wait_ok),
      .park_valid_i  (park_valid),
      .park_id_i     (park_id),
      .park_amount_i (park_amount),
      .wake_o        (wake)
  );

  control_registers u_control (
      .clk_i,
      .rst_ni,
      .x_i,
      .y_i,
      .cycle_i,
      .mmio_valid_i  (mmio_valid),
      .mmio_write_i  (mmio_write),
      .mmio_address_i(mmio_address),
      .mmio_size_i   (mmio_size),
      .mmio_wdata_i  (mmio_wdata),
      .mmio_rdata_o  (control_rdata),
      .mmio_error_o  (control_error),
      .net_mmio_valid_i,
      .net_mmio_address_i,
      .net_mmio_data_i,
      .net_mmio_size_i,
      .host_valid_i,
      .host_address_i,
      .host_data_i,
      .hart_state_i  (hart_state_o),
      .timer_enable_i(timer_enable),
      .start_valid_o (start_valid),
      .start_pc_o    (start_pc),
      .stop_valid_o  (stop_valid),
      .irq_software_o(irq_software),
      .irq_timer_o   (irq_timer),
      .wake_cycle_o,
      .fault_valid_i,
      .fault_cause_i,
      .fault_address_i,
      .fault_o,
      .idle_o        (control_idle)
  );

endmodule
