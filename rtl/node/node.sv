// The training node: joins core, SRAM, matrix unit, vector unit, transfer engine, network interface, router, barriers and
// collective unit.
//
// Function: docs/node.md. Latency, throughput and back-pressure: those of the blocks; links carry one flit per cycle and
// direction under credits. Registered: every output; every input is consumed by registers only, so nodes may be evaluated in any order.
module node (
    input  logic         clk_i,
    input  logic         rst_ni,
    input  logic [10:0]  x_i,
    input  logic [10:0]  y_i,
    input  logic [63:0]  cycle_i,
    // mesh links: north, east, south, west
    input  logic [3:0]   flit_valid_i,
    input  logic [105:0] flit_header_i[4],
    input  logic [3:0][511:0] flit_data_i,
    output logic [7:0]   credit_o,
    output logic [3:0]   flit_valid_o,
    output logic [105:0] flit_header_o[4],
    output logic [3:0][511:0] flit_data_o,
    input  logic [7:0]   credit_i,
    // lines of trees on the same links, in place of a flit; credits: bit 4 * t + d for tree t
    input  logic [3:0]   tree_valid_i,
    output logic [15:0]  tree_credit_o,
    output logic [3:0]   tree_valid_o,
    input  logic [15:0]  tree_credit_i,
    // tokens of barriers on the same links: bit t up, bit 4 + t down tree t
    input  logic [7:0]   token_i[4],
    output logic [7:0]   token_o[4],
    // host register writes
    input  logic         host_valid_i,
    input  logic [31:0]  host_address_i,
    input  logic [63:0]  host_data_i,
    // status
    output logic         idle_o,
    output logic [63:0]  wake_cycle_o,
    output logic [11:0]  hart_state_o,
    output logic         fault_o,
    // retirement, for lockstep and traces: an instruction per slot, and results that come later
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
    output logic         late_valid_o,
    output logic [1:0]   late_hart_o,
    output logic         late_we_o,
    output logic [5:0]   late_rd_o,
    output logic [63:0]  late_data_o,
    output logic         late_stored_valid_o,
    output logic [63:0]  late_stored_o
);

  // Scalar SRAM port.
  logic         s_valid, s_write, s_atomic, s_grant;
  logic [14:0]  s_line;
  logic [2:0]   s_word;
  logic [63:0]  s_wdata;
  logic [7:0]   s_be;
  logic [511:0] s_rdata;

  // Vector ports: client side (matrix and vector unit) and SRAM side.
  logic [1:0]   matrix_vr_valid, matrix_vr_grant, vector_vr_valid, vector_vr_grant, vr_valid, vr_grant;
  logic [14:0]  matrix_vr_line[2], vector_vr_line[2];
  logic [29:0]  vr_line;
  logic [1:0][511:0] vr_data;
  logic         matrix_vw_valid, matrix_vw_grant, vector_vw_valid, vector_vw_grant, vw_valid, vw_grant;
  logic [14:0]  matrix_vw_line, vector_vw_line, vw_line;
  logic [511:0] matrix_vw_data, vector_vw_data;
  logic [63:0]  matrix_vw_be, vector_vw_be;

  // Between core and vector unit.
  logic                  vector_dispatch_valid, vector_dispatch_ready, vector_done_valid;
  vector_pkg::dispatch_t vector_dispatch;
  vector_pkg::tag_t      vector_dispatch_tag;
  vector_pkg::done_t     vector_done;
  logic [3:0]            vector_busy, vector_loads, vector_stores, pmp_enforced;
  logic                  vector_check_valid, vector_check_write, vector_check_ok;
  logic [1:0]            vector_check_hart, vector_check_size;
  logic [63:0]           vector_check_address;

  logic [14:0]  snoop_line[2];

  // Network ports.
  logic         nr_valid, nr_grant, nw_valid, nw_grant;
  logic [14:0]  nr_line, nw_line;
  logic [511:0] nr_data, nw_data;
  logic [63:0]  nw_be;

  // Errors of the SRAM, and its maintenance port.
  logic         error_valid, flip_valid, m_valid, m_flip, m_grant;
  logic [5:0]   error_corrected, error_uncorrectable;
  logic [2:0]   error_port, m_word;
  logic [17:0]  error_word, flip_word;
  logic [63:0]  flip_data, m_flip_data;
  logic [7:0]   flip_check, m_flip_check;
  logic [14:0]  m_line;
  logic [30:0]  scrub_period;

  logic [10:0]  x_q, y_q;

  // Commands and completion, by bit 1 of unit_e.
  localparam int unsigned Matrix   = 0;
  localparam int unsigned Transfer = 1;
  logic [1:0]   command_valid, command_ready, done_valid, fault_valid;
  logic [31:0]  command_address;
  logic [4:0]   done_sem[2];
  logic [7:0]   fault_cause[2];
  logic [31:0]  fault_address[2];

  // Faults of transfer lists, and their channels that wait for semaphores.
  logic         list_fault_valid, nr_bad;
  logic [1:0]   list_fault_channel, list_fault_hart, command_hart;
  logic [3:0]   list_park_valid, list_taken;
  logic [4:0]   list_park_id[4];
  logic [31:0]  list_park_amount[4];

  // Registers and semaphores.
  logic         mmio_valid, mmio_write, control_error, semaphore_error, guard_error, tree_error;
  logic [31:0]  mmio_address;
  logic [1:0]   mmio_size;
  logic [63:0]  mmio_wdata, control_rdata, semaphore_rdata, guard_rdata, tree_rdata;
  logic         net_mmio_valid;
  logic [31:0]  net_mmio_address;
  logic [63:0]  net_mmio_data;
  logic [1:0]   net_mmio_size;
  logic         wait_valid, wait_ok;
  logic [4:0]   wait_id;
  logic [31:0]  wait_amount;
  logic [3:0]   park_valid, wake, start_valid, stop_valid, irq_software, irq_timer, timer_enable;
  logic [4:0]   park_id[4];
  logic [31:0]  park_amount[4];
  logic [63:0]  start_pc;

  logic         remote_valid, remote_ready;
  logic [63:0]  remote_address, remote_data;
  logic [1:0]   remote_size;

  // Router's local port.
  logic         inject_valid, eject_valid, router_empty;
  dojo_pkg::packet_header_t inject_header, eject_header;
  logic [511:0] inject_data, eject_data;
  logic [1:0]   inject_credit, eject_credit, unroutable_valid;

  // Between transfer engine and network interface.
  logic                      read_valid, read_ready, send_valid, send_ready, pull_valid, pull_ready;
  dojo_pkg::packet_header_t  send_header, pull_header;
  dojo_pkg::packet_header_t  read_header;
  dojo_pkg::read_request_t   read_request, pull_request;
  logic [511:0]              send_data;
  logic                      net_sem_valid;
  logic [4:0]                net_sem_id;
  logic [31:0]               net_sem_amount;

  // Protection.
  logic                      protect_enable, refused_valid, report_valid, report_lost;
  guard_pkg::table_t         protect_table;
  dojo_pkg::access_error_t   refused_access, report, unroutable;

  // Lines of trees: from the network interface to the collective unit, from there to the router, and back.
  logic                      line_valid, line_ready, tree_room, deliver_valid, deliver_credit, collective_busy, unreachable_valid;
  dojo_pkg::packet_header_t  up_header, down_header, deliver_header;
  logic [511:0]              up_data, down_data, deliver_data;
  logic [3:0]                up_valid, down_valid, tree_yield;
  dojo_pkg::access_error_t   unreachable;

  // Trees, and increments of semaphores from the network or a barrier.
  dojo_pkg::tree_t           tree[dojo_pkg::Trees];
  logic [2:0]                arrive_valid, release_amount;
  logic [1:0]                arrive_tree[3];
  logic                      release_valid, barrier_busy, tree_idle;
  logic [4:0]                release_id;

  // Lines of the named accumulators, between vector and matrix unit.
  logic         accumulator_read, accumulator_write;
  logic [5:0]   accumulator_line;
  logic [511:0] accumulator_written, accumulator_data;
  logic [15:0]  accumulator_enable;

  // Counters of the node, in the order of dojo.yaml.
  logic [63:0]  node_counter[dojo_pkg::NodeCounters];
  logic         core_idle, matrix_idle, vector_idle, transfer_idle, network_idle, control_idle, maintenance_idle;
  logic         unit_fault, guard_fault;
  logic [3:0]   irq_external, external_enable;

  assign snoop_line[0] = vw_line;
  assign snoop_line[1] = nw_line;

  /* verilator lint_off PINCONNECTEMPTY */
  core u_core (
      .clk_i,
      .rst_ni,
      .x_i(x_q),
      .y_i(y_q),
      .cycle_i,
      .s_valid_o        (s_valid),
      .s_write_o        (s_write),
      .s_atomic_o       (s_atomic),
      .s_line_o         (s_line),
      .s_word_o         (s_word),
      .s_wdata_o        (s_wdata),
      .s_be_o           (s_be),
      .s_grant_i        (s_grant),
      .s_rdata_i        (s_rdata),
      .snoop_valid_i    ({nw_valid && nw_grant, vw_valid && vw_grant}),
      .snoop_line_i     (snoop_line),
      .command_valid_o  (command_valid),
      .command_address_o(command_address),
      .command_hart_o   (command_hart),
      .command_ready_i  (command_ready),
      .vector_dispatch_valid_o(vector_dispatch_valid),
      .vector_dispatch_o(vector_dispatch),
      .vector_dispatch_ready_i(vector_dispatch_ready),
      .vector_dispatch_tag_i(vector_dispatch_tag),
      .vector_done_valid_i(vector_done_valid),
      .vector_done_i(vector_done),
      .vector_busy_i(vector_busy),
      .vector_loads_i(vector_loads),
      .vector_stores_i(vector_stores),
      .pmp_enforced_o(pmp_enforced),
      .check_valid_i(vector_check_valid),
      .check_hart_i(vector_check_hart),
      .check_address_i(vector_check_address),
      .check_size_i(vector_check_size),
      .check_write_i(vector_check_write),
      .check_ok_o(vector_check_ok),
      .wait_valid_o     (wait_valid),
      .wait_id_o        (wait_id),
      .wait_amount_o    (wait_amount),
      .wait_ok_i        (wait_ok),
      .park_valid_o     (park_valid),
      .park_id_o        (park_id),
      .park_amount_o    (park_amount),
      .wake_i           (wake),
      .mmio_valid_o     (mmio_valid),
      .mmio_write_o     (mmio_write),
      .mmio_address_o   (mmio_address),
      .mmio_size_o      (mmio_size),
      .mmio_wdata_o     (mmio_wdata),
      .mmio_rdata_i     (control_rdata | semaphore_rdata | guard_rdata | tree_rdata),
      .mmio_error_i     (control_error || semaphore_error || guard_error || tree_error),
      .remote_valid_o   (remote_valid),
      .remote_address_o (remote_address),
      .remote_data_o    (remote_data),
      .remote_size_o    (remote_size),
      .remote_ready_i   (remote_ready),
      .start_valid_i    (start_valid),
      .start_pc_i       (start_pc),
      .stop_valid_i     (stop_valid),
      .irq_software_i   (irq_software),
      .irq_timer_i      (irq_timer),
      .irq_external_i(irq_external),
      .external_enable_o(external_enable),
      .timer_enable_o   (timer_enable),
      .node_counter_i   (node_counter),
      .hart_state_o,
      .idle_o           (core_idle),
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

  control_registers u_control (
      .clk_i,
      .rst_ni,
      .x_i(x_q),
      .y_i(y_q),
      .cycle_i,
      .mmio_valid_i      (mmio_valid),
      .mmio_write_i      (mmio_write),
      .mmio_address_i    (mmio_address),
      .mmio_size_i       (mmio_size),
      .mmio_wdata_i      (mmio_wdata),
      .mmio_rdata_o      (control_rdata),
      .mmio_error_o      (control_error),
      .net_mmio_valid_i  (net_mmio_valid),
      .net_mmio_address_i(net_mmio_address),
      .net_mmio_data_i   (net_mmio_data),
      .net_mmio_size_i   (net_mmio_size),
      .host_valid_i,
      .host_address_i,
      .host_data_i,
      .hart_state_i      (hart_state_o),
      .timer_enable_i    (timer_enable),
      .start_valid_o     (start_valid),
      .start_pc_o        (start_pc),
      .stop_valid_o      (stop_valid),
      .irq_software_o    (irq_software),
      .irq_timer_o       (irq_timer),
      .wake_cycle_o,
      .fault_valid_i     (fault_valid),
      .fault_cause_i     (fault_cause),
      .fault_address_i   (fault_address),
      .fault_o           (unit_fault),
      .idle_o            (control_idle)
  );

  guard_registers u_guard (
      .clk_i,
      .rst_ni,
      .mmio_valid_i         (mmio_valid),
      .mmio_write_i         (mmio_write),
      .mmio_address_i       (mmio_address),
      .mmio_size_i          (mmio_size),
      .mmio_wdata_i         (mmio_wdata),
      .mmio_rdata_o         (guard_rdata),
      .mmio_error_o         (guard_error),
      .net_mmio_valid_i     (net_mmio_valid),
      .net_mmio_address_i   (net_mmio_address),
      .net_mmio_data_i      (net_mmio_data),
      .net_mmio_size_i      (net_mmio_size),
      .host_valid_i,
      .host_address_i,
      .host_data_i,
      .error_valid_i        (error_valid),
      .error_corrected_i    (error_corrected),
      .error_uncorrectable_i(error_uncorrectable),
      .error_port_i         (error_port),
      .error_word_i         (error_word),
      .list_fault_valid_i   (list_fault_valid),
      .list_fault_channel_i (list_fault_channel),
      .list_fault_hart_i    (list_fault_hart),
      .list_fault_cause_i   (fault_cause[Transfer]),
      .list_fault_address_i (fault_address[Transfer]),
      .refused_valid_i      (refused_valid),
      .refused_i            (refused_access),
      .report_valid_i       (report_valid),
      .report_i             (report),
      .unroutable_valid_i   (unroutable_valid != '0),
      .unroutable_i         (unroutable),
      .unreachable_valid_i  (unreachable_valid),
      .unreachable_i        (unreachable),
      .report_lost_i        (report_lost),
      .protect_enable_o     (protect_enable),
      .protect_table_o      (protect_table),
      .inject_valid_o       (flip_valid),
      .inject_word_o        (flip_word),
      .inject_data_o        (flip_data),
      .inject_check_o       (flip_check),
      .scrub_period_o       (scrub_period),
      .external_enable_i    (external_enable),
      .interrupt_o          (irq_external),
      .corrected_o          (node_counter[dojo_pkg::CounterEccCorrected]),
      .fault_o              (guard_fault)
  );

  tree_registers u_tree (
      .clk_i,
      .rst_ni,
      .mmio_valid_i      (mmio_valid),
      .mmio_write_i      (mmio_write),
      .mmio_address_i    (mmio_address),
      .mmio_size_i       (mmio_size),
      .mmio_wdata_i      (mmio_wdata),
      .mmio_rdata_o      (tree_rdata),
      .mmio_error_o      (tree_error),
      .net_mmio_valid_i  (net_mmio_valid),
      .net_mmio_address_i(net_mmio_address),
      .net_mmio_data_i   (net_mmio_data),
      .net_mmio_size_i   (net_mmio_size),
      .host_valid_i,
      .host_address_i,
      .host_data_i,
      .tree_o            (tree),
      .arrive_valid_o    (arrive_valid),
      .arrive_tree_o     (arrive_tree),
      .idle_o            (tree_idle)
  );

  barrier_unit u_barrier (
      .clk_i,
      .rst_ni,
      .tree_i        (tree),
      .token_i,
      .token_o,
      .arrive_valid_i(arrive_valid),
      .arrive_tree_i (arrive_tree),
      .sem_valid_o   (release_valid),
      .sem_id_o      (release_id),
      .sem_amount_o  (release_amount),
      .sem_ready_i   (!net_sem_valid),
      .busy_o        (barrier_busy)
  );

  sram_maintenance u_maintenance (
      .clk_i,
      .rst_ni,
      .awake_i       (!idle_o),
      .inject_valid_i(flip_valid),
      .inject_word_i (flip_word),
      .inject_data_i (flip_data),
      .inject_check_i(flip_check),
      .period_i      (scrub_period),
      .m_valid_o     (m_valid),
      .m_flip_o      (m_flip),
      .m_line_o      (m_line),
      .m_word_o      (m_word),
      .m_flip_data_o (m_flip_data),
      .m_flip_check_o(m_flip_check),
      .m_grant_i     (m_grant),
      .idle_o        (maintenance_idle)
  );

  semaphore_unit u_semaphore (
      .clk_i,
      .rst_ni,
      .done_valid_i  (done_valid),
      .done_sem_i    (done_sem),
      // A release waits for the network.
      .net_valid_i   (net_sem_valid || release_valid),
      .net_id_i      (net_sem_valid ? net_sem_id : release_id),
      .net_amount_i  (net_sem_valid ? net_sem_amount : 32'(release_amount)),
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
      .list_valid_i  (list_park_valid),
      .list_id_i     (list_park_id),
      .list_amount_i (list_park_amount),
      .list_taken_o  (list_taken)
  );

  matrix_unit u_matrix (
      .clk_i,
      .rst_ni,
      .command_valid_i  (command_valid[Matrix]),
      .command_address_i(command_address),
      .command_ready_o  (command_ready[Matrix]),
      .vr_valid_o       (matrix_vr_valid),
      .vr_line_o        (matrix_vr_line),
      .vr_grant_i       (matrix_vr_grant),
      .vr_data_i        (vr_data),
      .vw_valid_o       (matrix_vw_valid),
      .vw_line_o        (matrix_vw_line),
      .vw_data_o        (matrix_vw_data),
      .vw_be_o          (matrix_vw_be),
      .vw_grant_i       (matrix_vw_grant),
      .done_valid_o     (done_valid[Matrix]),
      .done_sem_o       (done_sem[Matrix]),
      .fault_valid_o    (fault_valid[Matrix]),
      .fault_cause_o    (fault_cause[Matrix]),
      .fault_address_o  (fault_address[Matrix]),
      .steps_o          (node_counter[dojo_pkg::CounterMatrixSteps]),
      .operand_stalls_o (node_counter[dojo_pkg::CounterMatrixOperandStalls]),
      .drain_stalls_o   (node_counter[dojo_pkg::CounterMatrixDrainStalls]),
      .accumulator_read_valid_i (accumulator_read),
      .accumulator_write_valid_i(accumulator_write),
      .accumulator_line_i       (accumulator_line),
      .accumulator_data_i       (accumulator_written),
      .accumulator_enable_i     (accumulator_enable),
      .accumulator_data_o       (accumulator_data),
      .idle_o           (matrix_idle)
  );

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
      .check_valid_o    (vector_check_valid),
      .check_hart_o     (vector_check_hart),
      .check_address_o  (vector_check_address),
      .check_size_o     (vector_check_size),
      .check_write_o    (vector_check_write),
      .check_ok_i       (vector_check_ok),
      .accumulator_read_valid_o (accumulator_read),
      .accumulator_write_valid_o(accumulator_write),
      .accumulator_line_o       (accumulator_line),
      .accumulator_data_o       (accumulator_written),
      .accumulator_enable_o     (accumulator_enable),
      .accumulator_data_i       (accumulator_data),
      .vr_valid_o       (vector_vr_valid),
      .vr_line_o        (vector_vr_line),
      .vr_grant_i       (vector_vr_grant),
      .vr_data_i        (vr_data),
      .vw_valid_o       (vector_vw_valid),
      .vw_line_o        (vector_vw_line),
      .vw_data_o        (vector_vw_data),
      .vw_be_o          (vector_vw_be),
      .vw_grant_i       (vector_vw_grant),
      .instructions_o   (node_counter[dojo_pkg::CounterVectorInstructions]),
      .busy_cycles_o    (node_counter[dojo_pkg::CounterVectorBusyCycles]),
      .memory_stalls_o  (node_counter[dojo_pkg::CounterVectorMemoryStalls]),
      .register_stalls_o(node_counter[dojo_pkg::CounterVectorRegisterStalls]),
      .sram_stalls_o    (node_counter[dojo_pkg::CounterVectorSramStalls]),
      .idle_o           (vector_idle)
  );

  // Vector ports of the SRAM: the vector unit has what the matrix unit leaves.
  for (genvar p = 0; p < 2; p++) begin : gen_vector_read
    vector_port_arbiter u_arbiter (
        .clk_i,
        .rst_ni,
        .first_valid_i (matrix_vr_valid[p]),
        .first_line_i  (matrix_vr_line[p]),
        .first_grant_o (matrix_vr_grant[p]),
        .second_valid_i(vector_vr_valid[p]),
        .second_line_i (vector_vr_line[p]),
        .second_grant_o(vector_vr_grant[p]),
        .port_valid_o  (vr_valid[p]),
        .port_line_o   (vr_line[15*p+:15]),
        .port_grant_i  (vr_grant[p])
    );
  end
  vector_port_arbiter u_vector_write (
      .clk_i,
      .rst_ni,
      .first_valid_i (matrix_vw_valid),
      .first_line_i  (matrix_vw_line),
      .first_grant_o (matrix_vw_grant),
      .second_valid_i(vector_vw_valid),
      .second_line_i (vector_vw_line),
      .second_grant_o(vector_vw_grant),
      .port_valid_o  (vw_valid),
      .port_line_o   (vw_line),
      .port_grant_i  (vw_grant)
  );

  sram u_sram (
      .clk_i,
      .rst_ni,
      .s_valid_i            (s_valid),
      .s_write_i            (s_write),
      .s_atomic_i           (s_atomic),
      .s_line_i             (s_line),
      .s_word_i             (s_word),
      .s_wdata_i            (s_wdata),
      .s_be_i               (s_be),
      .s_grant_o            (s_grant),
      .s_rdata_o            (s_rdata),
      .vr_valid_i           (vr_valid),
      .vr_line_i            (vr_line),
      .vr_grant_o           (vr_grant),
      .vr_data_o            (vr_data),
      .vw_valid_i           (vw_valid),
      .vw_line_i            (vw_line),
      .vw_data_i            (vector_vw_grant ? vector_vw_data : matrix_vw_data),
      .vw_be_i              (vector_vw_grant ? vector_vw_be : matrix_vw_be),
      .vw_grant_o           (vw_grant),
      .nr_valid_i           (nr_valid),
      .nr_line_i            (nr_line),
      .nr_grant_o           (nr_grant),
      .nr_data_o            (nr_data),
      .nr_bad_o             (nr_bad),
      .nw_valid_i           (nw_valid),
      .nw_line_i            (nw_line),
      .nw_data_i            (nw_data),
      .nw_be_i              (nw_be),
      .nw_grant_o           (nw_grant),
      .m_valid_i            (m_valid),
      .m_flip_i             (m_flip),
      .m_line_i             (m_line),
      .m_word_i             (m_word),
      .m_flip_data_i        (m_flip_data),
      .m_flip_check_i       (m_flip_check),
      .m_grant_o            (m_grant),
      .error_valid_o        (error_valid),
      .error_corrected_o    (error_corrected),
      .error_uncorrectable_o(error_uncorrectable),
      .error_port_o         (error_port),
      .error_word_o         (error_word),
      .conflicts_o          (node_counter[dojo_pkg::CounterSramConflicts])
  );

  transfer_engine u_transfer (
      .clk_i,
      .rst_ni,
      .x_i(x_q),
      .y_i(y_q),
      .command_valid_i  (command_valid[Transfer]),
      .command_address_i(command_address),
      .command_hart_i   (command_hart),
      .command_ready_o  (command_ready[Transfer]),
      .done_valid_o     (done_valid[Transfer]),
      .done_sem_o       (done_sem[Transfer]),
      .fault_valid_o    (list_fault_valid),
      .fault_cause_o    (fault_cause[Transfer]),
      .fault_address_o  (fault_address[Transfer]),
      .fault_channel_o  (list_fault_channel),
      .fault_hart_o     (list_fault_hart),
      .park_valid_o     (list_park_valid),
      .park_id_o        (list_park_id),
      .park_amount_o    (list_park_amount),
      .taken_i          (list_taken),
      .nr_valid_o       (nr_valid),
      .nr_line_o        (nr_line),
      .nr_grant_i       (nr_grant),
      .nr_data_i        (nr_data),
      .nr_bad_i         (nr_bad),
      .read_valid_i     (read_valid),
      .read_header_i    (read_header),
      .read_request_i   (read_request),
      .read_ready_o     (read_ready),
      .send_valid_o     (send_valid),
      .send_header_o    (send_header),
      .send_data_o      (send_data),
      .send_ready_i     (send_ready),
      .tree_room_i      (tree_room),
      .pull_valid_o     (pull_valid),
      .pull_header_o    (pull_header),
      .pull_request_o   (pull_request),
      .pull_ready_i     (pull_ready),
      .idle_o           (transfer_idle)
  );

  network_interface u_network (
      .clk_i,
      .rst_ni,
      .x_i(x_q),
      .y_i(y_q),
      .eject_valid_i     (eject_valid),
      .eject_header_i    (eject_header),
      .eject_data_i      (eject_data),
      .eject_credit_o    (eject_credit),
      .inject_valid_o    (inject_valid),
      .inject_header_o   (inject_header),
      .inject_data_o     (inject_data),
      .inject_credit_i   (inject_credit),
      .unroutable_valid_i(unroutable_valid),
      .tree_valid_o      (line_valid),
      .tree_ready_i      (line_ready),
      .tree_room_i       (tree_room),
      .deliver_valid_i   (deliver_valid),
      .deliver_header_i  (deliver_header),
      .deliver_data_i    (deliver_data),
      .deliver_credit_o  (deliver_credit),
      .nw_valid_o        (nw_valid),
      .nw_line_o         (nw_line),
      .nw_data_o         (nw_data),
      .nw_be_o           (nw_be),
      .nw_grant_i        (nw_grant),
      .net_mmio_valid_o  (net_mmio_valid),
      .net_mmio_address_o(net_mmio_address),
      .net_mmio_data_o   (net_mmio_data),
      .net_mmio_size_o   (net_mmio_size),
      .sem_valid_o       (net_sem_valid),
      .sem_id_o          (net_sem_id),
      .sem_amount_o      (net_sem_amount),
      .remote_valid_i    (remote_valid),
      .remote_address_i  (remote_address),
      .remote_data_i     (remote_data),
      .remote_size_i     (remote_size),
      .remote_ready_o    (remote_ready),
      .read_valid_o      (read_valid),
      .read_header_o     (read_header),
      .read_request_o    (read_request),
      .read_ready_i      (read_ready),
      .send_valid_i      (send_valid),
      .send_header_i     (send_header),
      .send_data_i       (send_data),
      .send_ready_o      (send_ready),
      .pull_valid_i      (pull_valid),
      .pull_header_i     (pull_header),
      .pull_request_i    (pull_request),
      .pull_ready_o      (pull_ready),
      .protect_enable_i  (protect_enable),
      .protect_table_i   (protect_table),
      .refused_valid_o   (refused_valid),
      .refused_o         (refused_access),
      .report_valid_o    (report_valid),
      .report_o          (report),
      .report_lost_o     (report_lost),
      .flits_sent_o      (node_counter[dojo_pkg::CounterFlitsSent]),
      .flits_received_o  (node_counter[dojo_pkg::CounterFlitsReceived]),
      .idle_o            (network_idle)
  );

  collective_unit u_collective (
      .clk_i,
      .rst_ni,
      .x_i(x_q),
      .y_i(y_q),
      .tree_i             (tree),
      .tree_valid_i,
      .flit_header_i,
      .flit_data_i,
      .tree_credit_o,
      .up_valid_o         (up_valid),
      .up_header_o        (up_header),
      .up_data_o          (up_data),
      .down_valid_o       (down_valid),
      .down_header_o      (down_header),
      .down_data_o        (down_data),
      .tree_credit_i,
      .yield_i            (tree_yield),
      .send_valid_i       (line_valid),
      .send_header_i      (inject_header),
      .send_data_i        (inject_data),
      .send_ready_o       (line_ready),
      .send_room_o        (tree_room),
      .deliver_valid_o    (deliver_valid),
      .deliver_header_o   (deliver_header),
      .deliver_data_o     (deliver_data),
      .deliver_credit_i   (deliver_credit),
      .unreachable_valid_o(unreachable_valid),
      .unreachable_o      (unreachable),
      .busy_o             (collective_busy)
  );

  router u_router (
      .clk_i,
      .rst_ni,
      .x_i(x_q),
      .y_i(y_q),
      .flit_valid_i,
      .flit_header_i,
      .flit_data_i,
      .credit_o,
      .flit_valid_o,
      .flit_header_o,
      .flit_data_o,
      .credit_i,
      .up_valid_i        (up_valid),
      .up_header_i       (up_header),
      .up_data_i         (up_data),
      .down_valid_i      (down_valid),
      .down_header_i     (down_header),
      .down_data_i       (down_data),
      .flit_tree_valid_o (tree_valid_o),
      .yield_o           (tree_yield),
      .inject_valid_i    (inject_valid),
      .inject_header_i   (inject_header),
      .inject_data_i     (inject_data),
      .inject_credit_o   (inject_credit),
      .eject_valid_o     (eject_valid),
      .eject_header_o    (eject_header),
      .eject_data_o      (eject_data),
      .eject_credit_i    (eject_credit),
      .unroutable_valid_o(unroutable_valid),
      .unroutable_o      (unroutable),
      .host_valid_i,
      .host_address_i,
      .host_data_i,
      .empty_o           (router_empty)
  );

  assign fault_o = unit_fault || guard_fault;

  // A fault of a list is one of the unit too while its hart does not take the interrupt.
  assign fault_valid[Transfer] = list_fault_valid && !external_enable[list_fault_hart];

  // Constants, in registers so that no input reaches logic: a simulator evaluates that logic for inputs, and again for registers.
  always_ff @(posedge clk_i) begin
    x_q <= x_i;
    y_q <= y_i;
  end

  // Nothing to do: the node may be skipped until something arrives.
  always_ff @(posedge clk_i) begin
    if (!rst_ni) idle_o <= 1'b0;
    else begin
      idle_o <= core_idle && control_idle && matrix_idle && vector_idle && transfer_idle && network_idle &&
                router_empty && maintenance_idle && tree_idle && !barrier_busy && !collective_busy && !flip_valid && !error_valid && flit_valid_i == '0 &&
                credit_i == '0 && tree_valid_i == '0 && tree_credit_i == '0 && (token_i[0] | token_i[1] | token_i[2] | token_i[3]) == '0 && !host_valid_i;
    end
  end

endmodule
