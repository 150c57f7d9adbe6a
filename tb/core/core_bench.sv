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
    output logic [1:0]   command_valid_o,
    output logic [31:0]  command_address_o,
    input  logic [1:0]   command_ready_i,
    input  logic [1:0]   done_valid_i,
    input  logic [4:0]   done_sem_i[2],
    input  logic [1:0]   fault_valid_i,
    input  logic [7:0]   fault_cause_i[2],
    input  logic [31:0]  fault_address_i[2],
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
    input  logic [3:0]   irq_external_i,
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
    output logic         retire_vector_o,  // port 0: an instruction of the vector unit
    output logic [3:0]   retire_vector_tag_o,
    // what the vector unit has done: writes of its ports (load 0, load 1, execute), and instructions that have ended
    output logic [2:0]   vector_write_valid_o,
    output logic [1:0]   vector_write_hart_o[3],
    output logic [3:0]   vector_write_tag_o[3],
    output logic [4:0]   vector_write_register_o[3],
    output logic [63:0]  vector_write_enable_o[3],
    output logic [511:0] vector_write_data_o[3],
    output logic [3:0]   vector_end_valid_o,  // load 0, load 1, store, execute
    output logic [3:0]   vector_end_tag_o[4],
    output logic [1:0]   vector_end_hart_o[4],
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
  logic [1:0][511:0] vr_data;
  logic [3:0]   list_taken_unused;
  logic [4:0]   list_id[4];
  logic [31:0]  list_amount[4];
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

  // Vector unit.
  logic                        vector_dispatch_valid, vector_dispatch_ready, vector_done_valid, vector_idle;
  vector_pkg::dispatch_t       vector_dispatch;
  vector_pkg::tag_t            vector_dispatch_tag;
  vector_pkg::done_t           vector_done;
  logic [3:0]                  vector_busy, vector_loads, vector_stores, pmp_enforced;
  logic                        check_valid, check_write, check_ok;
  logic [1:0]                  check_hart, check_size;
  logic [63:0]                 check_address;
  logic [1:0]                  unit_vr_valid, vr_grant;
  logic [14:0]                 unit_vr_line[2], unit_vw_line, vw_line;
  logic                        unit_vw_valid, vw_valid, vw_grant;
  logic [511:0]                unit_vw_data;
  logic [63:0]                 unit_vw_be;
  logic [63:0]                 vector_counter_unused[5];
  logic                        accumulator_read, accumulator_write;
  logic [5:0]                  accumulator_line;
  logic [511:0]                accumulator_wdata, accumulator_rdata_q;
  logic [15:0]                 accumulator_enable;
  vector_pkg::register_write_t vector_write[3];

  assign snoop_line[0] = vw_line;
  assign snoop_line[1] = nw_line_i;
  assign idle_o        = core_idle && control_idle && vector_idle;

  // Counters of blocks that are not here read their own numbers.
  for (genvar i = 0; i < dojo_pkg::NodeCounters; i++) begin : gen_counter
    assign node_counter[i] = (i == dojo_pkg::CounterSramConflicts) ? conflicts : 64'(i);
  end

  /* verilator lint_off PINCONNECTEMPTY */  // outputs that only the node needs
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
      .snoop_valid_i ({nw_valid_i && nw_grant_o, vw_valid && vw_grant}),
      .snoop_line_i  (snoop_line),
      .command_valid_o,
      .command_address_o,
      .command_hart_o(),
      .command_ready_i,
      .vector_dispatch_valid_o(vector_dispatch_valid),
      .vector_dispatch_o      (vector_dispatch),
      .vector_dispatch_ready_i(vector_dispatch_ready),
      .vector_dispatch_tag_i  (vector_dispatch_tag),
      .vector_done_valid_i    (vector_done_valid),
      .vector_done_i          (vector_done),
      .vector_busy_i          (vector_busy),
      .vector_loads_i         (vector_loads),
      .vector_stores_i        (vector_stores),
      .pmp_enforced_o         (pmp_enforced),
      .check_valid_i          (check_valid),
      .check_hart_i           (check_hart),
      .check_address_i        (check_address),
      .check_size_i           (check_size),
      .check_write_i          (check_write),
      .check_ok_o             (check_ok),
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
      .irq_external_i(irq_external_i),
      .external_enable_o(),
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
      .retire_vector_o,
      .retire_vector_tag_o,
      .late_valid_o,
      .late_hart_o,
      .late_we_o,
      .late_rd_o,
      .late_data_o,
      .late_stored_valid_o,
      .late_stored_o
  );
  /* verilator lint_on PINCONNECTEMPTY */

  // The vector unit goes before the test's clients of the same ports.
  vector_unit u_vector (
      .clk_i,
      .rst_ni,
      .dispatch_valid_i (vector_dispatch_valid),
      .dispatch_i       (vector_dispatch),
      .dispatch_ready_o (vector_dispatch_ready),
      .dispatch_tag_o   (vector_dispatch_tag),
      .done_valid_o     (vector_done_valid),
      .done_o           (vector_done),
      .busy_o           (vector_busy),
      .loads_pending_o  (vector_loads),
      .stores_pending_o (vector_stores),
      .pmp_enforced_i   (pmp_enforced),
      .check_valid_o    (check_valid),
      .check_hart_o     (check_hart),
      .check_address_o  (check_address),
      .check_size_o     (check_size),
      .check_write_o    (check_write),
      .check_ok_i       (check_ok),
      .vr_valid_o       (unit_vr_valid),
      .vr_line_o        (unit_vr_line),
      .vr_grant_i       (vr_grant & unit_vr_valid),
      .vr_data_i        (vr_data),
      .vw_valid_o       (unit_vw_valid),
      .vw_line_o        (unit_vw_line),
      .vw_data_o        (unit_vw_data),
      .vw_be_o          (unit_vw_be),
      .vw_grant_i       (vw_grant && unit_vw_valid),
      .accumulator_read_valid_o (accumulator_read),
      .accumulator_write_valid_o(accumulator_write),
      .accumulator_line_o       (accumulator_line),
      .accumulator_data_o       (accumulator_wdata),
      .accumulator_enable_o     (accumulator_enable),
      .accumulator_data_i       (accumulator_rdata_q),
      .instructions_o   (vector_counter_unused[0]),
      .busy_cycles_o    (vector_counter_unused[1]),
      .memory_stalls_o  (vector_counter_unused[2]),
      .register_stalls_o(vector_counter_unused[3]),
      .sram_stalls_o    (vector_counter_unused[4]),
      .idle_o           (vector_idle)
  );

  assign vw_valid   = vw_valid_i || unit_vw_valid;
  assign vw_line    = unit_vw_valid ? unit_vw_line : vw_line_i;
  assign vw_grant_o = vw_grant && !unit_vw_valid;
  assign vr_grant_o = vr_grant & ~unit_vr_valid;

  // The accumulators of a matrix unit that does nothing.
  logic [511:0] accumulator_q[64];
  /* verilator lint_off BLKSEQ */  // private to this process
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      for (int unsigned i = 0; i < 64; i++) accumulator_q[i] = '0;
      accumulator_rdata_q <= '0;
    end else begin
      if (accumulator_read) accumulator_rdata_q <= accumulator_q[accumulator_line];
      if (accumulator_write) begin
        for (int unsigned i = 0; i < 16; i++)
          if (accumulator_enable[i]) accumulator_q[accumulator_line][32*i+:32] = accumulator_wdata[32*i+:32];
      end
    end
  end
  /* verilator lint_on BLKSEQ */

  logic [1:0] hart_of_tag_q[16];
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      vector_write_valid_o <= '0;
      vector_end_valid_o   <= '0;
    end else begin
      if (vector_dispatch_valid) hart_of_tag_q[vector_dispatch_tag] <= vector_dispatch.hart;
      vector_write_valid_o <= u_vector.write_valid;
      vector_end_valid_o   <= u_vector.end_valid;
      for (int unsigned i = 0; i < 3; i++) begin
        vector_write_hart_o[i]     <= vector_write[i].hart;
        vector_write_tag_o[i]      <= vector_write[i].tag;
        vector_write_register_o[i] <= vector_write[i].register_number;
        vector_write_enable_o[i]   <= vector_write[i].byte_enable;
        vector_write_data_o[i]     <= vector_write[i].data;
      end
      for (int unsigned i = 0; i < 4; i++) begin
        vector_end_tag_o[i]  <= u_vector.end_tag[i];
        vector_end_hart_o[i] <= hart_of_tag_q[u_vector.end_tag[i]];
      end
    end
  end
  assign vector_write[0] = u_vector.gen_load[0].write;
  assign vector_write[1] = u_vector.gen_load[1].write;
  assign vector_write[2] = u_vector.execute_write;

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
      .vr_valid_i (vr_valid_i | unit_vr_valid),
      .vr_line_i  ({unit_vr_valid[1] ? unit_vr_line[1] : vr_line_i[29:15], unit_vr_valid[0] ? unit_vr_line[0] : vr_line_i[14:0]}),
      .vr_grant_o (vr_grant),
      .vr_data_o  (vr_data),
      .vw_valid_i (vw_valid),
      .vw_line_i  (vw_line),
      .vw_data_i  (unit_vw_valid ? unit_vw_data : vw_data_i),
      .vw_be_i    (unit_vw_valid ? unit_vw_be : vw_be_i),
      .vw_grant_o (vw_grant),
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

  // No transfer lists wait.
  assign list_id     = '{default: '0};
  assign list_amount = '{default: '0};

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
      .wake_o        (wake),
      .list_valid_i  (4'd0),
      .list_id_i     (list_id),
      .list_amount_i (list_amount),
      .list_taken_o  (list_taken_unused)
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
