// Control and status registers of the four harts: trap state, interrupt enables, counters.
//
// Function: combinational read for a CSR instruction in the execute stage; write, trap entry and mret at the clock edge.
// mip is sampled, so an interrupt is seen one cycle after it is raised. The hart's counters change only with events.
// Latency: reads none, writes one cycle. Throughput: one instruction per cycle. No back-pressure. Registered: all state.
module core_csr (
    input  logic        clk_i,
    input  logic        rst_ni,
    input  logic [10:0] x_i,
    input  logic [10:0] y_i,
    input  logic [63:0] cycle_i,
    input  logic [3:0]  irq_software_i,
    input  logic [3:0]  irq_timer_i,
    input  logic [3:0]  irq_external_i,
    input  logic [63:0] node_counter_i[dojo_pkg::NodeCounters],
    // CSR instruction in the execute stage
    input  logic        read_valid_i,
    input  logic [1:0]  hart_i,
    input  logic [11:0] address_i,
    input  logic        writes_i,  // the instruction writes
    // ... on CSRs that are kept elsewhere
    input  logic        found_i,
    input  logic [63:0] found_data_i,
    input  logic [1:0]  float_status_i,
    input  logic [1:0]  vector_status_i,
    output logic        status_write_o,       // mstatus is written
    output logic        illegal_o,
    output logic [63:0] read_data_o,
    // effects at the clock edge, of hart_i
    input  logic        write_valid_i,
    input  logic [63:0] write_data_i,
    input  logic        trap_valid_i,
    input  logic        trap_interrupt_i,
    input  logic [5:0]  trap_cause_i,
    input  logic [63:0] trap_pc_i,
    input  logic [63:0] trap_tval_i,
    input  logic        mret_valid_i,
    output logic [63:0] mtvec_o,  // of hart_i
    output logic [63:0] mepc_o,
    // per hart
    output logic [3:0]  pending_o,             // pending and enabled in mie
    output logic [3:0]  interrupt_o,           // ... and mstatus.MIE
    output logic [3:0]  interrupt_external_o,  // taken first
    output logic [3:0]  interrupt_software_o,  // taken before the timer interrupt
    output logic [3:0]  wake_wfi_o,            // an interrupt enabled in mie is raised now
    output logic [3:0]  wake_o,                // ... and mstatus.MIE
    output logic [3:0]  timer_enable_o,        // mie.MTIE
    output logic [3:0]  external_enable_o,     // mie.MEIE
    output logic [3:0]  global_enable_o,       // mstatus.MIE
    // counting
    input  logic [1:0]  retire_valid_i,
    input  logic [1:0]  retire_hart_i[2],
    input  logic [1:0]  mispredicted_i,    // of retire_hart_i
    input  logic [3:0]  fetch_stall_i,
    input  logic [3:0]  memory_stall_i,
    input  logic [3:0]  command_stall_i,
    input  logic [3:0]  slot_stall_i
);

  localparam logic [63:0] Misa = 64'h8000_0000_0000_1125;

  logic [3:0]  mie_software_q, mie_timer_q, mie_external_q;    // mie.MSIE, mie.MTIE, mie.MEIE
  logic [3:0]  mip_software_q, mip_timer_q, mip_external_q;
  logic [3:0]  status_mie_q, status_mpie_q;
  logic [63:0] mtvec_q[4];
  logic [63:0] mscratch_q[4];
  logic [63:0] mepc_q[4]  /*verilator public_flat_rd*/;
  logic [63:0] mcause_q[4]  /*verilator public_flat_rd*/;
  logic [63:0] mtval_q[4]  /*verilator public_flat_rd*/;
  logic [63:0] instret_q[4]  /*verilator public_flat_rd*/;
  logic [63:0] fetch_stalls_q[4]  /*verilator public_flat_rd*/;
  logic [63:0] memory_stalls_q[4]  /*verilator public_flat_rd*/;
  logic [63:0] command_stalls_q[4]  /*verilator public_flat_rd*/;
  logic [63:0] slot_stalls_q[4]  /*verilator public_flat_rd*/;
  logic [63:0] mispredictions_q[4]  /*verilator public_flat_rd*/;
  logic [63:0] cycle_q;

  logic [11:0] counter;

  assign pending_o            = (mie_software_q & mip_software_q) | (mie_timer_q & mip_timer_q) | (mie_external_q & mip_external_q);
  assign interrupt_o          = pending_o & status_mie_q;
  assign interrupt_external_o = mie_external_q & mip_external_q;
  assign interrupt_software_o = mie_software_q & mip_software_q;
  assign wake_wfi_o           = (mie_software_q & irq_software_i) | (mie_timer_q & irq_timer_i) | (mie_external_q & irq_external_i);
  assign wake_o               = wake_wfi_o & status_mie_q;
  assign timer_enable_o       = mie_timer_q;
  assign external_enable_o    = mie_external_q;
  assign status_write_o       = write_valid_i && address_i == dojo_pkg::CsrMstatus;
  assign global_enable_o      = status_mie_q;
  assign mtvec_o              = mtvec_q[hart_i];
  assign mepc_o               = mepc_q[hart_i];
  assign counter              = address_i - dojo_pkg::CsrMhpmcounter3;

  always_comb begin
    illegal_o   = 1'b0;
    read_data_o = 64'd0;
    if (read_valid_i) begin
      case (address_i)
        dojo_pkg::CsrCycle, dojo_pkg::CsrTime, dojo_pkg::CsrMcycle: read_data_o = cycle_q;
        dojo_pkg::CsrInstret, dojo_pkg::CsrMinstret:                read_data_o = instret_q[hart_i];
        dojo_pkg::CsrMvendorid, dojo_pkg::CsrMarchid, dojo_pkg::CsrMimpid, dojo_pkg::CsrMconfigptr: read_data_o = 64'd0;
        dojo_pkg::CsrMhartid:  read_data_o = 64'(hart_i);
        dojo_pkg::CsrMstatus:
          read_data_o = {float_status_i == 2'd3 || vector_status_i == 2'd3, 48'd0, float_status_i, 2'b11, vector_status_i, 1'b0,
                         status_mpie_q[hart_i], 3'd0, status_mie_q[hart_i], 3'd0};
        dojo_pkg::CsrMisa:     read_data_o = Misa;
        dojo_pkg::CsrMie:      read_data_o = {52'd0, mie_external_q[hart_i], 3'd0, mie_timer_q[hart_i], 3'd0, mie_software_q[hart_i], 3'd0};
        dojo_pkg::CsrMip:      read_data_o = {52'd0, mip_external_q[hart_i], 3'd0, mip_timer_q[hart_i], 3'd0, mip_software_q[hart_i], 3'd0};
        dojo_pkg::CsrMtvec:    read_data_o = mtvec_q[hart_i];
        dojo_pkg::CsrMscratch: read_data_o = mscratch_q[hart_i];
        dojo_pkg::CsrMepc:     read_data_o = mepc_q[hart_i];
        dojo_pkg::CsrMcause:   read_data_o = mcause_q[hart_i];
        dojo_pkg::CsrMtval:    read_data_o = mtval_q[hart_i];
        dojo_pkg::CsrXnode:    read_data_o = {32'd0, 5'd0, y_i, 5'd0, x_i};
        default: begin
          if (32'(counter) < dojo_pkg::NodeCounters) read_data_o = node_counter_i[$clog2(dojo_pkg::NodeCounters)'(counter)];
          else if (32'(counter) == dojo_pkg::CounterFetchStalls) read_data_o = fetch_stalls_q[hart_i];
          else if (32'(counter) == dojo_pkg::CounterMemoryStalls) read_data_o = memory_stalls_q[hart_i];
          else if (32'(counter) == dojo_pkg::CounterCommandStalls) read_data_o = command_stalls_q[hart_i];
          else if (32'(counter) == dojo_pkg::CounterSlotStalls) read_data_o = slot_stalls_q[hart_i];
          else if (32'(counter) == dojo_pkg::CounterMispredictions) read_data_o = mispredictions_q[hart_i];
          else if (found_i) read_data_o = found_data_i;
          else illegal_o = 1'b1;
        end
      endcase
      if (writes_i && address_i[11:10] == 2'b11) illegal_o = 1'b1;
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      mie_software_q <= '0;
      mie_timer_q    <= '0;
      mie_external_q <= '0;
      mip_external_q <= '0;
      mip_software_q <= '0;
      mip_timer_q    <= '0;
      status_mie_q   <= '0;
      status_mpie_q  <= '0;
      cycle_q        <= '0;
      for (int unsigned h = 0; h < 4; h++) begin
        mtvec_q[h]    <= '0;
        mscratch_q[h] <= '0;
        mepc_q[h]     <= '0;
        mcause_q[h]   <= '0;
        mtval_q[h]    <= '0;
      end
    end else begin
      mip_software_q <= irq_software_i;
      mip_timer_q    <= irq_timer_i;
      mip_external_q <= irq_external_i;
      cycle_q        <= cycle_i;
      if (write_valid_i) begin
        case (address_i)
          dojo_pkg::CsrMstatus: begin
            status_mie_q[hart_i]  <= write_data_i[3];
            status_mpie_q[hart_i] <= write_data_i[7];
          end
          dojo_pkg::CsrMie: begin
            mie_software_q[hart_i] <= write_data_i[3];
            mie_timer_q[hart_i]    <= write_data_i[7];
            mie_external_q[hart_i] <= write_data_i[11];
          end
          dojo_pkg::CsrMtvec:    mtvec_q[hart_i] <= {write_data_i[63:2], 2'b00};
          dojo_pkg::CsrMscratch: mscratch_q[hart_i] <= write_data_i;
          dojo_pkg::CsrMepc:     mepc_q[hart_i] <= {write_data_i[63:1], 1'b0};
          dojo_pkg::CsrMcause:   mcause_q[hart_i] <= {write_data_i[63], 57'd0, write_data_i[5:0]};
          dojo_pkg::CsrMtval:    mtval_q[hart_i] <= write_data_i;
          default: ;
        endcase
      end
      if (trap_valid_i) begin
        mepc_q[hart_i]        <= trap_pc_i;
        mcause_q[hart_i]      <= {trap_interrupt_i, 57'd0, trap_cause_i};
        mtval_q[hart_i]       <= trap_tval_i;
        status_mpie_q[hart_i] <= status_mie_q[hart_i];
        status_mie_q[hart_i]  <= 1'b0;
      end
      if (mret_valid_i) begin
        status_mie_q[hart_i]  <= status_mpie_q[hart_i];
        status_mpie_q[hart_i] <= 1'b1;
      end
    end
  end

  // Counters. The two slots hold instructions of different harts.
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      for (int unsigned h = 0; h < 4; h++) begin
        instret_q[h]        <= '0;
        fetch_stalls_q[h]   <= '0;
        memory_stalls_q[h]  <= '0;
        command_stalls_q[h] <= '0;
        slot_stalls_q[h]    <= '0;
        mispredictions_q[h] <= '0;
      end
    end else begin
      for (int unsigned s = 0; s < 2; s++) begin
        if (retire_valid_i[s]) instret_q[retire_hart_i[s]] <= instret_q[retire_hart_i[s]] + 64'd1;
        if (mispredicted_i[s]) mispredictions_q[retire_hart_i[s]] <= mispredictions_q[retire_hart_i[s]] + 64'd1;
      end
      if (write_valid_i && address_i == dojo_pkg::CsrMinstret) instret_q[hart_i] <= write_data_i;
      if (fetch_stall_i != 4'd0) begin
        for (int unsigned h = 0; h < 4; h++) if (fetch_stall_i[h]) fetch_stalls_q[h] <= fetch_stalls_q[h] + 64'd1;
      end
      if (memory_stall_i != 4'd0) begin
        for (int unsigned h = 0; h < 4; h++) if (memory_stall_i[h]) memory_stalls_q[h] <= memory_stalls_q[h] + 64'd1;
      end
      if (command_stall_i != 4'd0) begin
        for (int unsigned h = 0; h < 4; h++) if (command_stall_i[h]) command_stalls_q[h] <= command_stalls_q[h] + 64'd1;
      end
      if (slot_stall_i != 4'd0) begin
        for (int unsigned h = 0; h < 4; h++) if (slot_stall_i[h]) slot_stalls_q[h] <= slot_stalls_q[h] + 64'd1;
      end
    end
  end

endmodule
