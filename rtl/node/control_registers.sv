// The node's registers in memory: CLINT, hart start and stop, hart status, and the first fault of a unit.
//
// Function: docs/node.md and docs/hart.md. Writes may come from the core, the network and the host in one cycle; on the same register the core
// wins over the network, the network over the host. What a network or host write cannot name (holes, wrong sizes, read-only) is dropped.
// Starts are delivered one hart per cycle; a start of a hart that does not stand still is dropped, a stop takes a waiting start with it.
// Latency: a core access is answered combinationally in its cycle; effects of writes are visible in the next. mtime reads the cycle before.
// Throughput: every port once per cycle. No back-pressure. Registered: all state; start_*, stop_*, irq_* are functions of registers.
// A timer interrupt is seen in the cycle after wake_cycle_o, whether the node was skipped until then or not.
// Answers to addresses that belong to the semaphore unit or to guard_registers are zero without error: all answers are ORed.
`include "dojo_assert.svh"

module control_registers (
    input  logic        clk_i,
    input  logic        rst_ni,
    input  logic [10:0] x_i,
    input  logic [10:0] y_i,
    input  logic [63:0] cycle_i,
    // core
    input  logic        mmio_valid_i,
    input  logic        mmio_write_i,
    input  logic [31:0] mmio_address_i,
    input  logic [1:0]  mmio_size_i,
    input  logic [63:0] mmio_wdata_i,
    output logic [63:0] mmio_rdata_o,
    output logic        mmio_error_o,
    // network
    input  logic        net_mmio_valid_i,
    input  logic [31:0] net_mmio_address_i,
    input  logic [63:0] net_mmio_data_i,
    input  logic [1:0]  net_mmio_size_i,
    // host
    input  logic        host_valid_i,
    input  logic [31:0] host_address_i,
    input  logic [63:0] host_data_i,
    // harts
    input  logic [11:0] hart_state_i,
    input  logic [3:0]  timer_enable_i,
    output logic [3:0]  start_valid_o,
    output logic [63:0] start_pc_o,
    output logic [3:0]  stop_valid_o,
    output logic [3:0]  irq_software_o,
    output logic [3:0]  irq_timer_o,
    output logic [63:0] wake_cycle_o,
    // faults of units, by bit 1 of unit_e
    input  logic [1:0]  fault_valid_i,
    input  logic [7:0]  fault_cause_i[2],
    input  logic [31:0] fault_address_i[2],
    output logic        fault_o,
    output logic        idle_o
);

  localparam logic [1:0] Word = 2'd2;
  localparam logic [1:0] DoubleWord = 2'd3;
  localparam int unsigned Harts = dojo_pkg::Harts;

  typedef enum logic [2:0] {
    RegisterNone,
    RegisterMsip,
    RegisterMtimecmp,
    RegisterMtime,
    RegisterNodeId,
    RegisterHartStart,
    RegisterHartStop,
    RegisterOther  // hart_status, fault, semaphores: nothing to write here
  } register_e;

  logic [3:0]  msip_q;
  logic [63:0] mtimecmp_q[Harts];
  logic [63:0] cycle_q;
  logic [31:0] exit_code_q[Harts]  /*verilator public_flat_rd*/;
  logic [3:0]  start_pending_q;
  logic [63:0] start_pc_q[Harts];
  logic [3:0]  stop_q;
  logic [63:0] fault_q  /*verilator public_flat_rd*/;
  logic [3:0]  timer_enable_q;
  logic        changed_q;  // mtimecmp was written: wake_cycle_o follows

  // The register at an address that the access may write (or read: mtime, node_id); element is the hart.
  function automatic register_e find(input logic [31:0] address, input logic [1:0] size);
    logic [31:0] clint, control;
    register_e   result;
    clint   = address - dojo_pkg::ClintBase[31:0];
    control = address - dojo_pkg::ControlBase[31:0];
    result  = RegisterNone;
    if (size == Word && (clint & ~32'hc) == 32'(dojo_pkg::ClintMsipOffset)) result = RegisterMsip;
    if (size == DoubleWord) begin
      if ((clint & ~32'h18) == 32'(dojo_pkg::ClintMtimecmpOffset)) result = RegisterMtimecmp;
      if (clint == 32'(dojo_pkg::ClintMtimeOffset)) result = RegisterMtime;
      if (control == 32'(dojo_pkg::ControlNodeIdOffset)) result = RegisterNodeId;
      if ((control & ~32'h18) == 32'(dojo_pkg::ControlHartStartOffset)) result = RegisterHartStart;
      if ((control & ~32'h18) == 32'(dojo_pkg::ControlHartStopOffset)) result = RegisterHartStop;
      if ((control & ~32'h18) == 32'(dojo_pkg::ControlHartStatusOffset)) result = RegisterOther;
      if (control == 32'(dojo_pkg::ControlFaultOffset)) result = RegisterOther;
    end
    return result;
  endfunction

  function automatic logic is_elsewhere(input logic [31:0] address);
    return (address & ~(dojo_pkg::SemaphoreSize[31:0] - 32'd1)) == dojo_pkg::SemaphoreBase[31:0] ||
           (address[31:12] == dojo_pkg::ControlBase[31:12] && address[11:0] >= dojo_pkg::ControlListFaultOffset[11:0]);
  endfunction

  // Answer to the core.
  register_e  core_register;
  logic [1:0] core_hart;

  always_comb begin
    core_register = RegisterNone;
    core_hart     = 2'd0;
    mmio_rdata_o  = 64'd0;
    mmio_error_o  = 1'b0;
    if (mmio_valid_i && !is_elsewhere(mmio_address_i)) begin
      core_register = find(mmio_address_i, mmio_size_i);
      core_hart     = (mmio_size_i == Word) ? mmio_address_i[3:2] : mmio_address_i[4:3];
      case (core_register)
        RegisterMsip:      mmio_rdata_o = {63'd0, msip_q[core_hart]};
        RegisterMtimecmp:  mmio_rdata_o = mtimecmp_q[core_hart];
        RegisterMtime:     mmio_rdata_o = cycle_q;
        RegisterNodeId:    mmio_rdata_o = {32'd0, 5'd0, y_i, 5'd0, x_i};
        RegisterOther: begin
          mmio_rdata_o = (mmio_address_i[11:0] == dojo_pkg::ControlFaultOffset[11:0]) ? fault_q
                       : {exit_code_q[core_hart], 29'd0, hart_state_i[3*core_hart+:3]};
        end
        default: ;
      endcase
      case (core_register)
        RegisterNone:                                  mmio_error_o = 1'b1;
        RegisterMtime, RegisterNodeId, RegisterOther:  mmio_error_o = mmio_write_i;
        RegisterHartStart, RegisterHartStop:           mmio_error_o = !mmio_write_i;
        default: ;
      endcase
    end
  end

  // Starts: one hart per cycle, lowest first.
  logic [3:0] start_now;

  always_comb begin
    start_now     = start_pending_q & (~start_pending_q + 4'd1);
    start_valid_o = 4'd0;
    start_pc_o    = start_pc_q[0];
    for (int unsigned h = 0; h < Harts; h++) begin
      if (start_now[h]) begin
        start_pc_o       = start_pc_q[h];
        start_valid_o[h] = !stop_q[h] && (hart_state_i[3*h+:3] == dojo_pkg::HartStateStopped ||
                                          hart_state_i[3*h+:3] == dojo_pkg::HartStateFaulted);
      end
    end
  end

  assign stop_valid_o   = stop_q;
  assign irq_software_o = msip_q;
  assign fault_o        = fault_q[63];
  assign idle_o         = start_pending_q == '0 && stop_q == '0 && !changed_q && timer_enable_i == timer_enable_q;

  // Effect of a write; every port calls it, the strongest last.
  task automatic write(input register_e target, input logic [1:0] hart, input logic [63:0] data);
    case (target)
      RegisterMsip: msip_q[hart] <= data[0];
      RegisterMtimecmp: begin
        mtimecmp_q[hart]  <= data;
        irq_timer_o[hart] <= cycle_i >= data;
        changed_q         <= 1'b1;
      end
      RegisterHartStart: begin
        start_pending_q[hart] <= 1'b1;
        start_pc_q[hart]      <= {data[63:1], 1'b0};
      end
      RegisterHartStop: begin
        stop_q[hart]          <= 1'b1;
        start_pending_q[hart] <= 1'b0;
        exit_code_q[hart]     <= data[31:0];
      end
      default: ;
    endcase
  endtask

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      msip_q          <= '0;
      start_pending_q <= '0;
      stop_q          <= '0;
      changed_q       <= 1'b0;
      fault_q         <= '0;
      cycle_q         <= '0;
      irq_timer_o     <= '0;
      for (int unsigned h = 0; h < Harts; h++) begin
        mtimecmp_q[h]  <= '1;
        exit_code_q[h] <= '0;
      end
    end else begin
      cycle_q         <= cycle_i;
      start_pending_q <= start_pending_q & ~start_now;
      stop_q          <= '0;
      changed_q       <= 1'b0;
      for (int unsigned h = 0; h < Harts; h++) irq_timer_o[h] <= cycle_i >= mtimecmp_q[h];
      if (host_valid_i) begin
        if (find(host_address_i, Word) == RegisterMsip) write(RegisterMsip, host_address_i[3:2], host_data_i);
        else write(find(host_address_i, DoubleWord), host_address_i[4:3], host_data_i);
      end
      if (net_mmio_valid_i) begin
        write(find(net_mmio_address_i, net_mmio_size_i),
              (net_mmio_size_i == Word) ? net_mmio_address_i[3:2] : net_mmio_address_i[4:3], net_mmio_data_i);
      end
      if (mmio_valid_i && mmio_write_i && !mmio_error_o) write(core_register, core_hart, mmio_wdata_i);
      if (fault_valid_i != '0 && !fault_q[63]) begin
        logic unit;
        unit    = !fault_valid_i[0];  // of two in one cycle the one with the lower number stays
        fault_q <= {1'b1, 19'd0, 2'd0, unit, 1'b0, fault_cause_i[unit], fault_address_i[unit]};
      end
    end
  end

  // The next timer interrupt that would wake a sleeping hart, whenever something about it has changed.
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      timer_enable_q <= '0;
      wake_cycle_o   <= '1;
    end else if (changed_q || timer_enable_i != timer_enable_q) begin
      logic [63:0] earliest;
      earliest = '1;
      for (int unsigned h = 0; h < Harts; h++) begin
        if (timer_enable_i[h] && mtimecmp_q[h] < earliest) earliest = mtimecmp_q[h];
      end
      timer_enable_q <= timer_enable_i;
      wake_cycle_o   <= earliest;
    end
  end

  // Implementation checks.
  `DOJO_COVER(ThreeWriters, mmio_valid_i && mmio_write_i && net_mmio_valid_i && host_valid_i)
  `DOJO_COVER(StartDropped, start_now != '0 && start_valid_o == '0)
  `DOJO_COVER(TwoFaults, fault_valid_i == 2'b11)

endmodule
