// The node's registers about errors and protection: errors of the SRAM, faults of transfer lists, refused accesses, the table of
// permitted remote accesses, error injection, scrubber.
//
// Function: docs/node.md. They stand in the control page from offset 0x200 on, but for those of tree_registers. Writes may come from the core, the network and the host
// in one cycle; on the same register the core wins over the network, the network over the host. What a network or host write cannot name
// is dropped. An error register keeps the first error until a write of anything clears it; an error in the cycle of that write stays.
// Latency: a core access is answered combinationally in its cycle; effects of writes are visible in the next. Throughput: every port once
// per cycle. No back-pressure. Registered: every output but the answers to the core, which depend on its access and registers, and
// interrupt_o and fault_o, which depend on registers and external_enable_i.
// Answers to addresses of other registers are zero without error: all answers are ORed.
`include "dojo_assert.svh"

module guard_registers (
    input  logic                    clk_i,
    input  logic                    rst_ni,
    // core
    input  logic                    mmio_valid_i,
    input  logic                    mmio_write_i,
    input  logic [31:0]             mmio_address_i,
    input  logic [1:0]              mmio_size_i,
    input  logic [63:0]             mmio_wdata_i,
    output logic [63:0]             mmio_rdata_o,
    output logic                    mmio_error_o,
    // network
    input  logic                    net_mmio_valid_i,
    input  logic [31:0]             net_mmio_address_i,
    input  logic [63:0]             net_mmio_data_i,
    input  logic [1:0]              net_mmio_size_i,
    // host
    input  logic                    host_valid_i,
    input  logic [31:0]             host_address_i,
    input  logic [63:0]             host_data_i,
    // errors of the SRAM
    input  logic                    error_valid_i,
    input  logic [5:0]              error_corrected_i,
    input  logic [5:0]              error_uncorrectable_i,
    input  logic [2:0]              error_port_i,
    input  logic [17:0]             error_word_i,
    // faults of transfer lists
    input  logic                    list_fault_valid_i,
    input  logic [1:0]              list_fault_channel_i,
    input  logic [1:0]              list_fault_hart_i,
    input  logic [7:0]              list_fault_cause_i,
    input  logic [31:0]             list_fault_address_i,
    // accesses refused here, reports from elsewhere, own packets to which there is no way or no tree, reports that were lost
    input  logic                    refused_valid_i,
    input  dojo_pkg::access_error_t refused_i,
    input  logic                    report_valid_i,
    input  dojo_pkg::access_error_t report_i,
    input  logic                    unroutable_valid_i,
    input  dojo_pkg::access_error_t unroutable_i,
    input  logic                    unreachable_valid_i,
    input  dojo_pkg::access_error_t unreachable_i,
    input  logic                    report_lost_i,
    // table
    output logic                    protect_enable_o,
    output guard_pkg::table_t       protect_table_o,
    // injection and scrubber
    output logic                    inject_valid_o,
    output logic [17:0]             inject_word_o,
    output logic [63:0]             inject_data_o,
    output logic [7:0]              inject_check_o,
    output logic [30:0]             scrub_period_o,
    // interrupt per hart; an error that no hart has the interrupt enabled for
    input  logic [3:0]              external_enable_i,
    output logic [3:0]              interrupt_o,
    // words corrected since reset
    output logic [63:0]             corrected_o,
    output logic                    fault_o
);

  localparam logic [1:0] DoubleWord = 2'd3;
  localparam int unsigned Channels = dojo_pkg::ControlListFaultCount;
  localparam logic [11:0] First = dojo_pkg::ControlListFaultOffset[11:0];

  typedef enum logic [3:0] {
    RegisterNone,
    RegisterListFault,
    RegisterEccError,
    RegisterCorrected,
    RegisterUncorrectable,
    RegisterInjectMask,
    RegisterInject,
    RegisterScrubPeriod,
    RegisterAccessError,
    RegisterAccessRefused,
    RegisterRemoteError,
    RegisterRemoteRefused,
    RegisterReportsLost,
    RegisterEnable,
    RegisterTable  // range, rectangle or rights
  } register_e;

  logic [63:0] list_fault_q[Channels]  /*verilator public_flat_rd*/;
  logic [63:0] ecc_error_q  /*verilator public_flat_rd*/;
  logic [63:0] access_error_q  /*verilator public_flat_rd*/;
  logic [63:0] remote_error_q  /*verilator public_flat_rd*/;
  logic [63:0] uncorrectable_q, access_refused_q, remote_refused_q, reports_lost_q;
  logic        ecc_local_q;  // an uncorrectable word was met, since the last write to ecc_error, that nothing else tells of

  // Private to the process below: registers that keep the error they hold through this cycle.
  logic        ecc_kept, access_kept, remote_kept;
  logic [Channels-1:0] list_kept;

  // The register of this module at an address.
  function automatic register_e find(input logic [31:0] address, input logic [1:0] size);
    logic [11:0] offset;
    offset = address[11:0];
    if (address[31:12] != dojo_pkg::ControlBase[31:12] || size != DoubleWord || offset[2:0] != 3'd0) return RegisterNone;
    case (offset)
      dojo_pkg::ControlEccErrorOffset[11:0]:         return RegisterEccError;
      dojo_pkg::ControlEccCorrectedOffset[11:0]:     return RegisterCorrected;
      dojo_pkg::ControlEccUncorrectableOffset[11:0]: return RegisterUncorrectable;
      dojo_pkg::ControlEccInjectMaskOffset[11:0]:    return RegisterInjectMask;
      dojo_pkg::ControlEccInjectOffset[11:0]:        return RegisterInject;
      dojo_pkg::ControlScrubPeriodOffset[11:0]:      return RegisterScrubPeriod;
      dojo_pkg::ControlAccessErrorOffset[11:0]:      return RegisterAccessError;
      dojo_pkg::ControlAccessRefusedOffset[11:0]:    return RegisterAccessRefused;
      dojo_pkg::ControlRemoteErrorOffset[11:0]:      return RegisterRemoteError;
      dojo_pkg::ControlRemoteRefusedOffset[11:0]:    return RegisterRemoteRefused;
      dojo_pkg::ControlReportsLostOffset[11:0]:      return RegisterReportsLost;
      dojo_pkg::ControlProtectEnableOffset[11:0]:    return RegisterEnable;
      default: begin
        if ((offset & ~12'h018) == dojo_pkg::ControlListFaultOffset[11:0]) return RegisterListFault;
        else if (offset >= dojo_pkg::ControlProtectRangeOffset[11:0] && offset < dojo_pkg::ControlProtectRightsOffset[11:0] + 12'h040)
          return RegisterTable;
        else return RegisterNone;
      end
    endcase
  endfunction

  function automatic logic is_here(input logic [31:0] address);
    return address[31:12] == dojo_pkg::ControlBase[31:12] && address[11:0] >= First && address[11:6] != dojo_pkg::ControlTreeOffset[11:6];
  endfunction

  // Answer to the core.
  register_e core_register;

  function automatic logic [63:0] table_word(input logic [4:0] place);
    case (place[4:3])
      dojo_pkg::ControlProtectRangeOffset[7:6]:     return protect_table_o.range[place[2:0]];
      dojo_pkg::ControlProtectRectangleOffset[7:6]: return protect_table_o.rectangle[place[2:0]];
      default:                                      return 64'(protect_table_o.rights[place[2:0]]);
    endcase
  endfunction

  always_comb begin
    core_register = RegisterNone;
    mmio_rdata_o  = 64'd0;
    mmio_error_o  = 1'b0;
    if (mmio_valid_i && is_here(mmio_address_i)) begin
      core_register = find(mmio_address_i, mmio_size_i);
      case (core_register)
        RegisterListFault:     mmio_rdata_o = list_fault_q[mmio_address_i[4:3]];
        RegisterEccError:      mmio_rdata_o = ecc_error_q;
        RegisterCorrected:     mmio_rdata_o = corrected_o;
        RegisterUncorrectable: mmio_rdata_o = uncorrectable_q;
        RegisterInjectMask:    mmio_rdata_o = inject_data_o;
        RegisterScrubPeriod:   mmio_rdata_o = 64'(scrub_period_o);
        RegisterAccessError:   mmio_rdata_o = access_error_q;
        RegisterAccessRefused: mmio_rdata_o = access_refused_q;
        RegisterRemoteError:   mmio_rdata_o = remote_error_q;
        RegisterRemoteRefused: mmio_rdata_o = remote_refused_q;
        RegisterReportsLost:   mmio_rdata_o = reports_lost_q;
        RegisterEnable:        mmio_rdata_o = 64'(protect_enable_o);
        RegisterTable:         mmio_rdata_o = table_word(mmio_address_i[7:3]);
        default: ;
      endcase
      case (core_register)
        RegisterNone:   mmio_error_o = 1'b1;
        RegisterInject: mmio_error_o = !mmio_write_i;
        RegisterCorrected, RegisterUncorrectable, RegisterAccessRefused, RegisterRemoteRefused, RegisterReportsLost:
                        mmio_error_o = mmio_write_i;
        default: ;
      endcase
    end
  end

  always_comb begin
    interrupt_o = {4{ecc_error_q[63] || access_error_q[63] || remote_error_q[63]}};
    for (int unsigned c = 0; c < Channels; c++) begin
      if (list_fault_q[c][63]) interrupt_o[list_fault_q[c][41:40]] = 1'b1;
    end
  end

  // A refused access is the sender's fault: it ends no run here. Neither does what the transfer engine reads: it tells the node that
  // the line was for, and the hart whose list it was.
  assign fault_o = (ecc_local_q || remote_error_q[63]) && external_enable_i == '0;

  // Blocking assignments go to state that no other process reads.
  /* verilator lint_off BLKSEQ */

  // Effect of a write; every port calls it, the strongest last.
  task automatic write(input register_e target, input logic [4:0] place, input logic [63:0] data);
    case (target)
      RegisterListFault: begin
        list_fault_q[place[1:0]] <= '0;
        list_kept[place[1:0]]    = 1'b0;
      end
      RegisterEccError: begin
        ecc_error_q <= '0;
        ecc_local_q <= 1'b0;
        ecc_kept    = 1'b0;
      end
      RegisterAccessError: begin
        access_error_q <= '0;
        access_kept    = 1'b0;
      end
      RegisterRemoteError: begin
        remote_error_q <= '0;
        remote_kept    = 1'b0;
      end
      RegisterInjectMask:  inject_data_o <= data;
      RegisterInject: begin
        inject_valid_o <= {1'b0, data[31:0]} >= 33'(dojo_pkg::SramBase) && {1'b0, data[31:0]} < 33'(dojo_pkg::SramBase + dojo_pkg::SramSize);
        inject_word_o  <= data[20:3];
        inject_check_o <= data[39:32];
      end
      RegisterScrubPeriod: scrub_period_o <= data[30:0];
      RegisterEnable:      protect_enable_o <= data[0];
      RegisterTable: begin
        case (place[4:3])
          dojo_pkg::ControlProtectRangeOffset[7:6]:     protect_table_o.range[place[2:0]] <= data;
          dojo_pkg::ControlProtectRectangleOffset[7:6]: protect_table_o.rectangle[place[2:0]] <= data & 64'h07ff07ff07ff07ff;
          default:                                      protect_table_o.rights[place[2:0]] <= data[3:0];
        endcase
      end
      default: ;
    endcase
  endtask

  task automatic take_errors;
    if (error_valid_i) begin
      corrected_o     <= corrected_o + 64'(error_corrected_i);
      uncorrectable_q <= uncorrectable_q + 64'(error_uncorrectable_i);
      if (error_uncorrectable_i != '0 && !ecc_kept)
        ecc_error_q <= {1'b1, 28'd0, error_port_i, dojo_pkg::SramBase[31:21], error_word_i, 3'd0};
      if (error_uncorrectable_i > 6'd1 || (error_uncorrectable_i != '0 && error_port_i != dojo_pkg::SramPortNetworkRead)) ecc_local_q <= 1'b1;
    end
    if (list_fault_valid_i && !list_kept[list_fault_channel_i])
      list_fault_q[list_fault_channel_i] <= {1'b1, 21'd0, list_fault_hart_i, list_fault_cause_i, list_fault_address_i};
    if (refused_valid_i) begin
      access_refused_q <= access_refused_q + 64'd1;
      if (!access_kept) access_error_q <= refused_i;
    end
    remote_refused_q <= remote_refused_q + 64'(report_valid_i) + 64'(unroutable_valid_i) + 64'(unreachable_valid_i);
    if (unreachable_valid_i && !remote_kept) remote_error_q <= unreachable_i;
    if (unroutable_valid_i && !remote_kept) remote_error_q <= unroutable_i;
    if (report_valid_i && !remote_kept) remote_error_q <= report_i;
    if (report_lost_i) reports_lost_q <= reports_lost_q + 64'd1;
  endtask

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      ecc_error_q      <= '0;
      ecc_local_q      <= 1'b0;
      access_error_q   <= '0;
      remote_error_q   <= '0;
      corrected_o      <= '0;
      uncorrectable_q  <= '0;
      access_refused_q <= '0;
      remote_refused_q <= '0;
      reports_lost_q   <= '0;
      inject_valid_o   <= 1'b0;
      inject_data_o    <= '0;
      scrub_period_o   <= '0;
      protect_enable_o <= 1'b0;
      for (int unsigned c = 0; c < Channels; c++) list_fault_q[c] <= '0;
      protect_table_o  <= '0;
    end else begin
      if (inject_valid_o) inject_valid_o <= 1'b0;
      ecc_kept    = ecc_error_q[63];
      access_kept = access_error_q[63];
      remote_kept = remote_error_q[63];
      for (int unsigned c = 0; c < Channels; c++) list_kept[c] = list_fault_q[c][63];
      if (host_valid_i) write(find(host_address_i, DoubleWord), host_address_i[7:3], host_data_i);
      if (net_mmio_valid_i) write(find(net_mmio_address_i, net_mmio_size_i), net_mmio_address_i[7:3], net_mmio_data_i);
      if (mmio_valid_i && mmio_write_i && !mmio_error_o) write(core_register, mmio_address_i[7:3], mmio_wdata_i);
      if (error_valid_i || list_fault_valid_i || refused_valid_i || report_valid_i || unroutable_valid_i || unreachable_valid_i || report_lost_i)
        take_errors();
    end
  end

  /* verilator lint_on BLKSEQ */

  // Integration checks.
  `DOJO_ASSERT(RefusedIsValid, !refused_valid_i || refused_i.valid)
  `DOJO_ASSERT(ReportIsValid, !report_valid_i || report_i.valid)
  // Implementation checks.
  `DOJO_COVER(ThreeWriters, mmio_valid_i && mmio_write_i && net_mmio_valid_i && host_valid_i)
  `DOJO_COVER(Interrupt, interrupt_o != '0)
  `DOJO_COVER(NobodyHandles, fault_o)
  `DOJO_COVER(ToldElsewhere, ecc_error_q[63] && !ecc_local_q && external_enable_i == '0)

endmodule
