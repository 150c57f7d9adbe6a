// The vector unit: executes the vector instructions of the four harts; registers of 64 bytes.
//
// Function: the core dispatches legal instructions with their operands, in program order per hart; the unit orders them by the registers and
// bytes that they share (vector_window) and runs two loads, a store and the arithmetic at the same time, overlapping
// register by register. docs/vector.md is the contract with the core. Completions are reported for every execute instruction and
// for every synchronous load or store.
// Latency: docs/vector.md. Throughput: per cycle two lines loaded, one line stored, one register computed.
// Back-pressure: dispatch_ready_o; requests to the SRAM are held until granted.
// Registered: all outputs but idle_o, the read requests and the check request, which are functions of registers.
// Counted: instructions; cycles with an instruction in flight; cycles in which an instruction could not start for the order of memory
// accesses, or for registers; cycles in which the SRAM refused a request.
`include "dojo_assert.svh"
module vector_unit (
    input  logic                   clk_i,
    input  logic                   rst_ni,
    // core
    input  logic                   dispatch_valid_i,
    input  vector_pkg::dispatch_t  dispatch_i,
    output logic                   dispatch_ready_o,
    output vector_pkg::tag_t       dispatch_tag_o,   // of the next dispatch
    output logic                   done_valid_o,
    output vector_pkg::done_t      done_o,
    output logic [3:0]             busy_o,
    output logic [3:0]             loads_pending_o,
    output logic [3:0]             stores_pending_o,
    // protection: harts that have a rule; a check is answered in the same cycle
    input  logic [3:0]             pmp_enforced_i,
    output logic                   check_valid_o,
    output logic [1:0]             check_hart_o,
    output logic [63:0]            check_address_o,
    output logic [1:0]             check_size_o,
    output logic                   check_write_o,
    input  logic                   check_ok_i,
    // SRAM
    output logic [1:0]             vr_valid_o,
    output logic [14:0]            vr_line_o[2],
    input  logic [1:0]             vr_grant_i,
    input  logic [1:0][511:0]           vr_data_i,
    output logic                   vw_valid_o,
    output logic [14:0]            vw_line_o,
    output logic [511:0]           vw_data_o,
    output logic [63:0]            vw_be_o,
    input  logic                   vw_grant_i,
    // accumulators of the matrix unit
    output logic                   accumulator_read_valid_o,
    output logic                   accumulator_write_valid_o,
    output logic [5:0]             accumulator_line_o,
    output logic [511:0]           accumulator_data_o,
    output logic [15:0]            accumulator_enable_o,
    input  logic [511:0]           accumulator_data_i,
    // counters
    output logic [63:0]            instructions_o,
    output logic [63:0]            busy_cycles_o,
    output logic [63:0]            memory_stalls_o,
    output logic [63:0]            register_stalls_o,
    output logic [63:0]            sram_stalls_o,
    output logic                   idle_o
);

  // Starts.
  logic                  load_valid, store_valid, store_ready, execute_valid, execute_ready;
  logic [1:0]            load_ready, load_take;
  vector_pkg::tag_t      load_tag, store_tag, execute_tag;
  vector_pkg::dispatch_t load, store, execute;

  // Hazards and progress.
  logic [1:0]            load_mask_blocked;
  logic [1:0][31:0]      load_blocked_write;
  logic [31:0]           store_blocked_read, execute_blocked_read, execute_blocked_write;
  vector_pkg::tag_t      load_progress_tag[2], execute_writes_tag;
  logic [31:0]           load_writes_done[2], store_reads_done, execute_reads_done, execute_writes_bits, execute_writes_done;
  logic                  execute_writes_valid;

  // Ends: load 0, load 1, store; execute.
  logic [2:0]            memory_done, memory_done_ready;
  vector_pkg::done_t     load_0_done, load_1_done, store_done;
  logic                  execute_done;
  vector_pkg::execute_done_t execute_done_record;
  logic [3:0]            end_valid;
  vector_pkg::tag_t      end_tag[4];
  logic [1:0]            entry_hart_q[vector_pkg::Entries];
  logic [15:0]           entry_synchronous_q;

  // Registers.
  logic [2:0]                  execute_read, memory_read, memory_mask, write_valid;
  logic                        execute_mask;
  logic [1:0]                  execute_read_hart;
  logic [2:0][1:0]             memory_hart;
  logic [2:0][4:0]             memory_register;
  logic [4:0]                  execute_vs2, execute_vs1, execute_vd;
  logic [511:0]                execute_vs2_data, execute_vs1_data, execute_vd_data, execute_mask_data;
  logic [511:0]                load_0_data, load_0_mask, load_1_data, load_1_mask, store_data, store_mask;
  vector_pkg::register_write_t load_0_write, load_1_write, execute_write;

  // Checks: load 0, load 1, store.
  logic [2:0]            check_valid, check_grant;
  logic [63:0]           check_address[3];
  logic [1:0]            check_size[3];
  logic [1:0]            check_turn_q, check_port;

  logic                  window_idle, memory_wait, register_wait, store_idle, execute_idle;
  logic [1:0]            load_idle;

  vector_window u_window (
      .clk_i,
      .rst_ni,
      .dispatch_valid_i,
      .dispatch_i,
      .dispatch_ready_o,
      .dispatch_tag_o,
      .load_valid_o           (load_valid),
      .load_tag_o             (load_tag),
      .load_o                 (load),
      .load_ready_i           (load_ready),
      .store_valid_o          (store_valid),
      .store_tag_o            (store_tag),
      .store_o                (store),
      .store_ready_i          (store_ready),
      .execute_valid_o        (execute_valid),
      .execute_tag_o          (execute_tag),
      .execute_o              (execute),
      .execute_ready_i        (execute_ready),
      .load_mask_blocked_o    (load_mask_blocked),
      .load_blocked_write_o   (load_blocked_write),
      .store_blocked_read_o   (store_blocked_read),
      .execute_blocked_read_o (execute_blocked_read),
      .execute_blocked_write_o(execute_blocked_write),
      .load_progress_tag_i    (load_progress_tag),
      .load_writes_done_i     (load_writes_done),
      .store_reads_done_i     (store_reads_done),
      .execute_reads_done_i   (execute_reads_done),
      .execute_writes_tag_i   (execute_writes_tag),
      .execute_writes_done_i  (execute_writes_done),
      .done_valid_i           (end_valid),
      .done_tag_i             (end_tag),
      .busy_o,
      .loads_pending_o,
      .stores_pending_o,
      .memory_wait_o          (memory_wait),
      .register_wait_o        (register_wait),
      .idle_o                 (window_idle)
  );

  // Of two pipes that are ready the lower one takes the load.
  assign load_take = {load_ready[1] && !load_ready[0], load_ready[0]};

  for (genvar p = 0; p < 2; p++) begin : gen_load
    vector_pkg::register_write_t write;
    vector_pkg::done_t           done;
    vector_load u_load (
        .clk_i,
        .rst_ni,
        .start_valid_i    (load_valid),
        .start_tag_i      (load_tag),
        .start_i          (load),
        .start_take_i     (load_take[p]),
        .start_ready_o    (load_ready[p]),
        .mask_blocked_i   (load_mask_blocked[p]),
        .blocked_write_i  (load_blocked_write[p]),
        .index_valid_o    (memory_read[p]),
        .mask_valid_o     (memory_mask[p]),
        .read_hart_o      (memory_hart[p]),
        .index_register_o (memory_register[p]),
        .index_i          (p == 0 ? load_0_data : load_1_data),
        .mask_i           (p == 0 ? load_0_mask : load_1_mask),
        .pmp_enforced_i,
        .check_valid_o    (check_valid[p]),
        .check_address_o  (check_address[p]),
        .check_size_o     (check_size[p]),
        .check_grant_i    (check_grant[p]),
        .check_ok_i,
        .vr_valid_o       (vr_valid_o[p]),
        .vr_line_o        (vr_line_o[p]),
        .vr_grant_i       (vr_grant_i[p]),
        .vr_data_i        (vr_data_i[p]),
        .write_valid_o    (write_valid[p]),
        .write_o          (write),
        .writes_done_o    (load_writes_done[p]),
        .writes_done_tag_o(load_progress_tag[p]),
        .done_valid_o     (memory_done[p]),
        .done_o           (done),
        .done_ready_i     (memory_done_ready[p]),
        .idle_o           (load_idle[p])
    );
  end

  vector_store u_store (
      .clk_i,
      .rst_ni,
      .start_valid_i  (store_valid),
      .start_tag_i    (store_tag),
      .start_i        (store),
      .start_ready_o  (store_ready),
      .blocked_read_i (store_blocked_read),
      .reads_done_o   (store_reads_done),
      .read_valid_o   (memory_read[2]),
      .mask_valid_o   (memory_mask[2]),
      .read_hart_o    (memory_hart[2]),
      .read_register_o(memory_register[2]),
      .read_data_i    (store_data),
      .mask_i         (store_mask),
      .pmp_enforced_i,
      .check_valid_o  (check_valid[2]),
      .check_address_o(check_address[2]),
      .check_size_o   (check_size[2]),
      .check_grant_i  (check_grant[2]),
      .check_ok_i,
      .vw_valid_o,
      .vw_line_o,
      .vw_data_o,
      .vw_be_o,
      .vw_grant_i,
      .done_valid_o   (memory_done[2]),
      .done_o         (store_done),
      .done_ready_i   (memory_done_ready[2]),
      .idle_o         (store_idle)
  );

  vector_execute u_execute (
      .clk_i,
      .rst_ni,
      .start_valid_i      (execute_valid),
      .start_tag_i        (execute_tag),
      .start_i            (execute),
      .start_ready_o      (execute_ready),
      .blocked_read_i     (execute_blocked_read),
      .blocked_write_i    (execute_blocked_write),
      .read_valid_o       (execute_read),
      .read_hart_o        (execute_read_hart),
      .read_vs2_o         (execute_vs2),
      .read_vs1_o         (execute_vs1),
      .read_vd_o          (execute_vd),
      .mask_valid_o       (execute_mask),
      .vs2_data_i         (execute_vs2_data),
      .vs1_data_i         (execute_vs1_data),
      .vd_data_i          (execute_vd_data),
      .mask_i             (execute_mask_data),
      .reads_done_o       (execute_reads_done),
      .write_valid_o      (write_valid[2]),
      .write_o            (execute_write),
      .writes_done_valid_o(execute_writes_valid),
      .writes_done_tag_o  (execute_writes_tag),
      .writes_done_o      (execute_writes_bits),
      .done_valid_o       (execute_done),
      .done_o             (execute_done_record),
      .accumulator_read_valid_o,
      .accumulator_write_valid_o,
      .accumulator_line_o,
      .accumulator_data_o,
      .accumulator_enable_o,
      .accumulator_data_i,
      .idle_o             (execute_idle)
  );
  assign execute_writes_done = execute_writes_valid ? execute_writes_bits : 32'd0;

  vector_registers u_registers (
      .clk_i,
      .rst_ni,
      .execute_valid_i     (execute_read),
      .execute_mask_valid_i(execute_mask),
      .execute_hart_i      (execute_read_hart),
      .execute_vs2_i       (execute_vs2),
      .execute_vs1_i       (execute_vs1),
      .execute_vd_i        (execute_vd),
      .execute_vs2_o       (execute_vs2_data),
      .execute_vs1_o       (execute_vs1_data),
      .execute_vd_o        (execute_vd_data),
      .execute_mask_o      (execute_mask_data),
      .memory_valid_i      (memory_read),
      .memory_mask_valid_i (memory_mask),
      .memory_hart_i       (memory_hart),
      .memory_register_i   (memory_register),
      .load_0_data_o       (load_0_data),
      .load_0_mask_o       (load_0_mask),
      .load_1_data_o       (load_1_data),
      .load_1_mask_o       (load_1_mask),
      .store_data_o        (store_data),
      .store_mask_o        (store_mask),
      .write_valid_i       (write_valid),
      .load_0_write_i      (load_0_write),
      .load_1_write_i      (load_1_write),
      .execute_write_i     (execute_write)
  );

  // The check port goes round among those that ask.
  always_comb begin
    check_port      = 2'd0;
    check_grant     = 3'd0;
    check_hart_o    = 2'd0;
    check_address_o = 64'd0;
    check_size_o    = 2'd0;
    if (check_valid != 3'd0) begin
      if (check_turn_q == 2'd1) check_port = check_valid[1] ? 2'd1 : check_valid[2] ? 2'd2 : 2'd0;
      else if (check_turn_q == 2'd2) check_port = check_valid[2] ? 2'd2 : check_valid[0] ? 2'd0 : 2'd1;
      else check_port = check_valid[0] ? 2'd0 : check_valid[1] ? 2'd1 : 2'd2;
      check_grant[check_port] = 1'b1;
      check_hart_o            = memory_hart[check_port];
      check_address_o         = check_address[check_port];
      check_size_o            = check_size[check_port];
    end
  end
  assign check_valid_o = check_valid != 3'd0;
  assign check_write_o = check_port == 2'd2;

  assign load_0_done  = gen_load[0].done;
  assign load_1_done  = gen_load[1].done;
  assign load_0_write = gen_load[0].write;
  assign load_1_write = gen_load[1].write;

  // Completions: execute goes first; synchronous accesses wait, the others need no report.
  always_comb begin
    memory_done_ready[2] = !store_done.synchronous || !execute_done;
    memory_done_ready[0] = !load_0_done.synchronous || (!execute_done && !(memory_done[2] && store_done.synchronous));
    memory_done_ready[1] = !load_1_done.synchronous
        || (!execute_done && !(memory_done[2] && store_done.synchronous) && !(memory_done[0] && load_0_done.synchronous));
  end
  assign end_valid  = {execute_done, memory_done & memory_done_ready};
  assign end_tag[0] = load_0_done.tag;
  assign end_tag[1] = load_1_done.tag;
  assign end_tag[2] = store_done.tag;
  assign end_tag[3] = execute_done_record.tag;

  logic active;
  assign active = dispatch_valid_i || !idle_o;
  assign idle_o = window_idle && load_idle == 2'b11 && store_idle && execute_idle && !done_valid_o;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      done_valid_o        <= 1'b0;
      check_turn_q        <= '0;
      entry_synchronous_q <= '0;
      instructions_o      <= '0;
      busy_cycles_o       <= '0;
      memory_stalls_o     <= '0;
      register_stalls_o   <= '0;
      sram_stalls_o       <= '0;
    end else if (active) begin
      done_valid_o <= 1'b0;
      if (execute_done) begin
        done_valid_o <= 1'b1;
        done_o       <= '{hart: entry_hart_q[execute_done_record.tag], tag: execute_done_record.tag,
                          synchronous: entry_synchronous_q[execute_done_record.tag], result_valid: execute_done_record.result_valid,
                          result_float: execute_done_record.result_float, result: execute_done_record.result,
                          fflags: execute_done_record.fflags, xcfflags: execute_done_record.xcfflags, vxsat: execute_done_record.vxsat,
                          vl_valid: 1'b0, vl: '0, trap: 1'b0, cause: '0, tval: '0, vstart: '0};
      end else if (memory_done[2] && store_done.synchronous) begin
        done_valid_o <= 1'b1;
        done_o       <= store_done;
      end else if (memory_done[0] && load_0_done.synchronous) begin
        done_valid_o <= 1'b1;
        done_o       <= load_0_done;
      end else if (memory_done[1] && load_1_done.synchronous) begin
        done_valid_o <= 1'b1;
        done_o       <= load_1_done;
      end
      if (check_valid_o) check_turn_q <= (check_port == 2'd2) ? 2'd0 : check_port + 2'd1;
      if (dispatch_valid_i && dispatch_ready_o) begin
        instructions_o                      <= instructions_o + 64'd1;
        entry_hart_q[dispatch_tag_o]        <= dispatch_i.hart;
        entry_synchronous_q[dispatch_tag_o] <= dispatch_i.synchronous;
      end
      if (!window_idle) busy_cycles_o <= busy_cycles_o + 64'd1;
      if (memory_wait) memory_stalls_o <= memory_stalls_o + 64'd1;
      if (register_wait) register_stalls_o <= register_stalls_o + 64'd1;
      if ((vr_valid_o & ~vr_grant_i) != 2'd0 || (vw_valid_o && !vw_grant_i)) sram_stalls_o <= sram_stalls_o + 64'd1;
    end
  end

  // Integration checks.
  `DOJO_ASSERT(ReadGrantIsAsked, (vr_grant_i & ~vr_valid_o) == 2'd0)
  `DOJO_ASSERT(WriteGrantIsAsked, !vw_grant_i || vw_valid_o)
  `DOJO_ASSERT(DispatchHasHazards, !dispatch_valid_i || dispatch_i.unit != vector_pkg::ClassStore || dispatch_i.writes == 32'd0)
  // Implementation checks.
  `DOJO_COVER(TwoLoadsOneStore, vr_grant_i == 2'b11 && vw_grant_i)
  `DOJO_COVER(DoneWaits, (memory_done & ~memory_done_ready) != 3'd0)
  `DOJO_COVER(ChecksMeet, (check_valid & (check_valid - 3'd1)) != 3'd0)

endmodule
