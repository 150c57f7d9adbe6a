// The registers of an Interface Processor, which its host reads and writes: dip_control in docs/generated/memory-map.md.
//
// Function: an access that is taken is done; reads of what is no register give 0, and writes to it do nothing. A write to a semaphore is an increment.
// interrupt_o is high while a bit of status is set that interrupt_enable names.
// Latency: data of a read stand in register_data_o in the cycle after it was taken, until the next one. Throughput: one access per cycle.
// Back-pressure: register_ready_o is low while an increment waits for its turn. Registered: every output but read_sem_o.
`include "dojo_assert.svh"

module dip_registers #(
    localparam int unsigned Channels = dip_transfer_pkg::Channels
) (
    input  logic        clk_i,
    input  logic        rst_ni,
    // the host
    input  logic        register_valid_i,
    output logic        register_ready_o,
    input  logic        register_write_i,
    input  logic [11:0] register_address_i,
    input  logic [63:0] register_data_i,
    output logic [63:0] register_data_o,
    // semaphores
    output logic        add_valid_o,
    input  logic        add_ready_i,
    output logic [4:0]  add_sem_o,
    output logic [31:0] add_amount_o,
    output logic [4:0]  read_sem_o,
    input  logic [31:0] read_count_i,
    // transfer engine
    output logic                                                start_valid_o,
    output logic [dip_transfer_pkg::ChannelBits-1:0]            start_channel_o,
    output logic [dojo_pkg::OffsetBits-1:0]                     start_address_o,
    input  logic [Channels-1:0]                                 start_waits_i,
    input  logic [Channels-1:0][dojo_pkg::DipListFaultBits-1:0] list_fault_i,
    output logic [Channels-1:0]                                 list_fault_clear_o,
    input  logic                                                start_lost_i,
    input  logic                                                list_faulted_i,
    // rings
    output logic                                                ring_enable_o,
    output logic                                                ring_stop_o,
    output logic [63:0]                                         submission_base_o,
    output logic [31:0]                                         submission_size_o,
    output logic [31:0]                                         submission_tail_o,
    input  logic [31:0]                                         submission_head_i,
    output logic [63:0]                                         completion_base_o,
    output logic [31:0]                                         completion_size_o,
    output logic [31:0]                                         completion_head_o,
    input  logic [31:0]                                         completion_tail_i,
    input  logic                                                ring_enabled_i,
    input  dojo_pkg::ring_error_e                               ring_error_i,
    input  logic                                                ring_stopped_i,
    input  logic                                                completion_done_i,
    output logic                                                interrupt_o,
    // Ethernet side
    output dip_pkg::route_t [dip_pkg::Routes-1:0]               routes_o,
    output logic [2:0]                                          ethernet_port_o,
    input  dojo_pkg::ttp_link_t [dojo_pkg::DipControlTtpLinkCount-1:0] link_i,
    input  logic [15:0][31:0]                                   counter_i,
    input  logic [31:0]                                         ethernet_refused_i,
    input  logic                                                link_down_i,
    // errors of the mesh side
    input  dojo_pkg::access_error_t                             access_error_i,
    input  logic [31:0]                                         access_refused_i,
    input  dojo_pkg::access_error_t                             remote_error_i,
    input  logic [31:0]                                         remote_refused_i,
    input  logic [31:0]                                         reports_lost_i,
    // something was done in the last cycle
    output logic                                                busy_o
);

  // True for the addresses of a register that is there `count` times, 8 bytes apart.
  function automatic logic selects(input logic [11:0] address, input logic [39:0] offset, input int unsigned count);
    return address[2:0] == 3'd0 && 40'(address) >= offset && 40'(address) < offset + 40'(8 * count);
  endfunction

  function automatic logic is_at(input logic [11:0] address, input logic [39:0] offset);
    return 40'(address) == offset;
  endfunction

  logic        is_semaphore, is_list_fault, is_area, is_via, is_link, is_counter, written, clears;
  logic [4:0]  status_q, interrupt_enable_q, happened;
  /* verilator lint_off UNUSEDSIGNAL */  // bits that a route does not have
  dojo_pkg::dip_route_area_t area;
  /* verilator lint_on UNUSEDSIGNAL */
  logic [63:0] value;

  assign is_semaphore     = selects(register_address_i, dojo_pkg::DipControlSemaphoreOffset, dojo_pkg::DipControlSemaphoreCount);
  assign is_list_fault    = selects(register_address_i, dojo_pkg::DipControlListFaultOffset, dojo_pkg::DipControlListFaultCount);
  assign is_area          = selects(register_address_i, dojo_pkg::DipControlRouteAreaOffset, dojo_pkg::DipControlRouteAreaCount);
  assign is_via           = selects(register_address_i, dojo_pkg::DipControlRouteViaOffset, dojo_pkg::DipControlRouteViaCount);
  assign is_link          = selects(register_address_i, dojo_pkg::DipControlTtpLinkOffset, dojo_pkg::DipControlTtpLinkCount);
  assign is_counter       = selects(register_address_i, dojo_pkg::DipControlTtpCounterOffset, dojo_pkg::DipControlTtpCounterCount);
  assign area             = register_data_i;
  assign written          = register_valid_i && register_ready_o && register_write_i;
  assign read_sem_o       = register_address_i[7:3];
  assign register_ready_o = !add_valid_o;

  always_comb begin
    value = '0;
    if (register_valid_i) begin
      if (is_semaphore) value = 64'(read_count_i);
      for (int unsigned c = 0; c < Channels; c++) begin
        if (is_list_fault && 32'(register_address_i[6:3]) == c) value = list_fault_i[c];
      end
      for (int unsigned i = 0; i < dip_pkg::Routes; i++) begin
        if (is_area && 32'(register_address_i[5:3]) == i)
          value = {routes_o[i].enable, 19'd0, routes_o[i].y_last, routes_o[i].y_first, routes_o[i].x_last, routes_o[i].x_first};
        if (is_via && 32'(register_address_i[5:3]) == i) value = 64'({routes_o[i].via_y, routes_o[i].via_x});
      end
      for (int unsigned i = 0; i < dojo_pkg::DipControlTtpLinkCount; i++) begin
        if (is_link && 32'(register_address_i[5:3]) == i) value = 64'(link_i[i]);
      end
      for (int unsigned i = 0; i < dojo_pkg::DipControlTtpCounterCount; i++) begin
        if (is_counter && 32'(register_address_i[6:3]) == i) value = 64'(counter_i[i]);
      end
      if (is_at(register_address_i, dojo_pkg::DipControlEthernetPortOffset)) value = 64'(ethernet_port_o);
      if (is_at(register_address_i, dojo_pkg::DipControlEthernetRefusedOffset)) value = 64'(ethernet_refused_i);
      if (is_at(register_address_i, dojo_pkg::DipControlListWaitsOffset)) value = 64'(start_waits_i);
      if (is_at(register_address_i, dojo_pkg::DipControlStatusOffset)) value = 64'(status_q);
      if (is_at(register_address_i, dojo_pkg::DipControlInterruptEnableOffset)) value = 64'(interrupt_enable_q);
      if (is_at(register_address_i, dojo_pkg::DipControlRingEnableOffset)) value = 64'(ring_enabled_i);
      if (is_at(register_address_i, dojo_pkg::DipControlRingErrorOffset)) value = 64'(ring_error_i);
      if (is_at(register_address_i, dojo_pkg::DipControlSubmissionBaseOffset)) value = submission_base_o;
      if (is_at(register_address_i, dojo_pkg::DipControlSubmissionSizeOffset)) value = 64'(submission_size_o);
      if (is_at(register_address_i, dojo_pkg::DipControlSubmissionTailOffset)) value = 64'(submission_tail_o);
      if (is_at(register_address_i, dojo_pkg::DipControlSubmissionHeadOffset)) value = 64'(submission_head_i);
      if (is_at(register_address_i, dojo_pkg::DipControlCompletionBaseOffset)) value = completion_base_o;
      if (is_at(register_address_i, dojo_pkg::DipControlCompletionSizeOffset)) value = 64'(completion_size_o);
      if (is_at(register_address_i, dojo_pkg::DipControlCompletionHeadOffset)) value = 64'(completion_head_o);
      if (is_at(register_address_i, dojo_pkg::DipControlCompletionTailOffset)) value = 64'(completion_tail_i);
      if (is_at(register_address_i, dojo_pkg::DipControlAccessErrorOffset)) value = access_error_i;
      if (is_at(register_address_i, dojo_pkg::DipControlAccessRefusedOffset)) value = 64'(access_refused_i);
      if (is_at(register_address_i, dojo_pkg::DipControlRemoteErrorOffset)) value = remote_error_i;
      if (is_at(register_address_i, dojo_pkg::DipControlRemoteRefusedOffset)) value = 64'(remote_refused_i);
      if (is_at(register_address_i, dojo_pkg::DipControlReportsLostOffset)) value = 64'(reports_lost_i);
    end
  end

  // In the order of dip_status.
  assign happened    = {link_down_i, start_lost_i, ring_stopped_i, list_faulted_i, completion_done_i};
  assign clears      = written && is_at(register_address_i, dojo_pkg::DipControlStatusOffset);
  assign interrupt_o = (status_q & interrupt_enable_q) != '0;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      add_valid_o        <= 1'b0;
      start_valid_o      <= 1'b0;
      list_fault_clear_o <= '0;
      busy_o             <= 1'b0;
      ring_enable_o      <= 1'b0;
      ring_stop_o        <= 1'b0;
      submission_base_o  <= '0;
      submission_size_o  <= '0;
      submission_tail_o  <= '0;
      completion_base_o  <= '0;
      completion_size_o  <= '0;
      completion_head_o  <= '0;
      routes_o           <= '0;
      ethernet_port_o    <= '0;
      status_q           <= '0;
      interrupt_enable_q <= '0;
    end else if (register_valid_i || busy_o || happened != '0) begin
      busy_o             <= register_valid_i || (add_valid_o && !add_ready_i);
      start_valid_o      <= 1'b0;
      list_fault_clear_o <= '0;
      if (add_ready_i) add_valid_o <= 1'b0;
      if (register_valid_i && register_ready_o && !register_write_i) register_data_o <= value;
      if (written && is_semaphore) begin
        add_valid_o  <= 1'b1;
        add_sem_o    <= register_address_i[7:3];
        add_amount_o <= register_data_i[31:0];
      end
      status_q      <= (status_q & ~(clears ? register_data_i[4:0] : '0)) | happened;
      ring_enable_o <= 1'b0;
      ring_stop_o   <= 1'b0;
      if (written) begin
        if (is_at(register_address_i, dojo_pkg::DipControlInterruptEnableOffset)) interrupt_enable_q <= register_data_i[4:0];
        for (int unsigned i = 0; i < dip_pkg::Routes; i++) begin
          if (is_area && 32'(register_address_i[5:3]) == i) begin
            routes_o[i].enable  <= area.enable;
            routes_o[i].x_first <= area.x_first;
            routes_o[i].x_last  <= area.x_last;
            routes_o[i].y_first <= area.y_first;
            routes_o[i].y_last  <= area.y_last;
          end
          if (is_via && 32'(register_address_i[5:3]) == i) begin
            routes_o[i].via_x <= register_data_i[10:0];
            routes_o[i].via_y <= register_data_i[21:11];
          end
        end
        if (is_at(register_address_i, dojo_pkg::DipControlEthernetPortOffset)) ethernet_port_o <= register_data_i[2:0];
        if (is_at(register_address_i, dojo_pkg::DipControlSubmissionTailOffset)) submission_tail_o <= register_data_i[31:0];
        if (is_at(register_address_i, dojo_pkg::DipControlCompletionHeadOffset)) completion_head_o <= register_data_i[31:0];
        // Places and sizes stay as they are while the rings are in use.
        if (!ring_enabled_i) begin
          if (is_at(register_address_i, dojo_pkg::DipControlSubmissionBaseOffset)) submission_base_o <= register_data_i;
          if (is_at(register_address_i, dojo_pkg::DipControlSubmissionSizeOffset)) submission_size_o <= register_data_i[31:0];
          if (is_at(register_address_i, dojo_pkg::DipControlCompletionBaseOffset)) completion_base_o <= register_data_i;
          if (is_at(register_address_i, dojo_pkg::DipControlCompletionSizeOffset)) completion_size_o <= register_data_i[31:0];
        end
        if (is_at(register_address_i, dojo_pkg::DipControlRingEnableOffset)) begin
          ring_enable_o <= register_data_i[0] && !ring_enabled_i;
          ring_stop_o   <= !register_data_i[0];
          if (register_data_i[0] && !ring_enabled_i) begin
            submission_tail_o <= '0;
            completion_head_o <= '0;
          end
        end
      end
      for (int unsigned c = 0; c < Channels; c++)
        list_fault_clear_o[c] <= written && is_list_fault && 32'(register_address_i[6:3]) == c;
      if (written && is_at(register_address_i, dojo_pkg::DipControlListStartOffset) && 32'(register_data_i[3:0]) < Channels) begin
        start_valid_o   <= 1'b1;
        start_channel_o <= register_data_i[3:0];
        start_address_o <= {register_data_i[39:6], 6'd0};
      end
    end
  end

  // Implementation checks.
  `DOJO_COVER(AccessWaits, register_valid_i && !register_ready_o)

endmodule
