// The Interface Processor (DIP): DRAM at the edge of a die, which nodes reach over the mesh, and its host over PCIe. docs/dip.md
//
// Function: Ports links to routers of the edge, on each of which every line of the memory can be read and written: dip_port, dip_crossbar, dip_memory.
// Semaphores (dip_semaphores), a transfer engine that copies between the memory, the mesh and the host's memory (dip_transfer_engine), the host's
// registers (dip_registers), and rings in the host's memory (dip_host_port). Over Ethernet it sends packets to others of its kind (dip_ethernet).
// The first access that was refused here and the first report from elsewhere are kept in access_error_o and remote_error_o (of several in one
// cycle that of the lowest port), and all are counted. Latency, throughput, back-pressure: docs/dip.md. Registered: every output but those of the
// storage that come from the write buffers' read ports; storage_data_i goes into registers.
module interface_processor #(
    parameter int unsigned Ports = dojo_pkg::DipPorts,
    localparam int unsigned Channels = dip_pkg::Channels
) (
    input  logic                                               clk_i,
    input  logic                                               rst_ni,
    input  logic [dojo_pkg::DipRefreshBits-1:0]                phase_i,  // low bits of the machine's cycle number
    // coordinates of the ports: those of a node beyond the router to which the port is joined, all ones where there is none; constant
    input  logic [Ports-1:0][dojo_pkg::CoordinateBits-1:0]     x_i,
    input  logic [Ports-1:0][dojo_pkg::CoordinateBits-1:0]     y_i,
    // links; bit Ports * c + p of the credits is class c of port p
    input  logic [Ports-1:0]                                   flit_valid_i,
    input  dojo_pkg::packet_header_t                           flit_header_i[Ports],
    input  logic [Ports-1:0][511:0]                            flit_data_i,
    output logic [2*Ports-1:0]                                 credit_o,
    output logic [Ports-1:0]                                   flit_valid_o,
    output dojo_pkg::packet_header_t                           flit_header_o[Ports],
    output logic [Ports-1:0][511:0]                            flit_data_o,
    input  logic [2*Ports-1:0]                                 credit_i,
    // storage of each channel (dip_memory_channel)
    output logic [Channels-1:0]                                storage_valid_o,
    output logic [Channels-1:0]                                storage_write_o,
    output logic [Channels-1:0][dip_pkg::LineBits-1:0]         storage_line_o,
    output logic [Channels-1:0][511:0]                         storage_data_o,
    output logic [Channels-1:0][63:0]                          storage_strobes_o,
    input  logic [Channels-1:0][511:0]                         storage_data_i,
    // registers of the host: dip_control (docs/generated/memory-map.md); data of a read in the cycle after it was taken
    input  logic                                               register_valid_i,
    output logic                                               register_ready_o,
    input  logic                                               register_write_i,
    input  logic [11:0]                                        register_address_i,
    input  logic [63:0]                                        register_data_i,
    output logic [63:0]                                        register_data_o,
    output logic                                               interrupt_o,
    // memory of the host: AXI4, INCR bursts of 16-byte beats; ID 0: copies, 1: rings (dip_host_port). Inputs may be 0 where there is no host
    output logic                                               host_arvalid_o,
    input  logic                                               host_arready_i,
    output logic                                               host_arid_o,
    output logic [63:0]                                        host_araddr_o,
    output logic [7:0]                                         host_arlen_o,
    input  logic                                               host_rvalid_i,
    output logic                                               host_rready_o,
    input  logic                                               host_rid_i,
    input  logic [127:0]                                       host_rdata_i,
    input  logic [1:0]                                         host_rresp_i,
    input  logic                                               host_rlast_i,
    output logic                                               host_awvalid_o,
    input  logic                                               host_awready_i,
    output logic                                               host_awid_o,
    output logic [63:0]                                        host_awaddr_o,
    output logic [7:0]                                         host_awlen_o,
    output logic                                               host_wvalid_o,
    input  logic                                               host_wready_i,
    output logic [127:0]                                       host_wdata_o,
    output logic [15:0]                                        host_wstrb_o,
    output logic                                               host_wlast_o,
    input  logic                                               host_bvalid_i,
    output logic                                               host_bready_o,
    input  logic                                               host_bid_i,
    input  logic [1:0]                                         host_bresp_i,
    // Ethernet: AXI-Stream to and from the MAC, byte 0 of the wire in bits 7:0, without FCS; the MAC's receiver has no ready. Inputs may be 0
    output logic                                               tx_valid_o,
    output logic [511:0]                                       tx_data_o,
    output logic [63:0]                                        tx_keep_o,
    output logic                                               tx_last_o,
    input  logic                                               tx_ready_i,
    input  logic                                               rx_valid_i,
    input  logic [511:0]                                       rx_data_i,
    input  logic [63:0]                                        rx_keep_i,
    input  logic                                               rx_last_i,
    input  logic                                               rx_user_i,  // with rx_last_i: the MAC found the frame bad
    // errors, as at a node
    output dojo_pkg::access_error_t                            access_error_o,
    output logic [31:0]                                        access_refused_o,
    output dojo_pkg::access_error_t                            remote_error_o,
    output logic [31:0]                                        remote_refused_o,
    output logic [31:0]                                        reports_lost_o,
    output logic [Channels-1:0][dojo_pkg::DipCountersBits-1:0] counters_o,
    // if low, nothing changes without a flit or credit
    output logic                                               busy_o
);

  // Who increments semaphores, and who reads the memory: the ports, then others.
  localparam int unsigned HostAdder = Ports;
  localparam int unsigned EngineAdder = Ports + 1;
  localparam int unsigned Adders = Ports + 2;
  localparam int unsigned EngineReader = Ports;
  localparam int unsigned HostReader = Ports + 1;
  localparam int unsigned IndexReader = Ports + 2;
  localparam int unsigned Readers = Ports + 3;
  localparam int unsigned HostWriter = Ports;
  localparam int unsigned Writers = Ports + 1;
  localparam int unsigned ListChannels = dip_transfer_pkg::Channels;

  logic [Readers-1:0][Channels-1:0]               line_valid, line_ready;
  logic [Readers-1:0][Channels-1:0][dip_pkg::LineBits-1:0] line;
  logic [Writers-1:0]                             write_valid, write_ready;
  logic [Writers-1:0][dip_pkg::WholeLineBits-1:0] write_line;
  logic [Writers-1:0][511:0]                      write_data;
  logic [Writers-1:0][63:0]                       write_strobes;
  logic [Writers-1:0]                             write_epoch;
  logic [Writers-1:0][1:0][Channels-1:0]          written;
  logic [Readers-1:0][Channels-1:0]               beat_valid;
  logic [Adders-1:0]                              add_valid, add_ready;
  logic [Adders-1:0][4:0]                         add_sem;
  logic [Adders-1:0][31:0]                        add_amount;
  logic [4:0]                                     read_sem;
  logic [31:0]                                    read_count;
  logic                                           semaphores_busy;
  logic [ListChannels-1:0]                        wait_valid, wait_taken;
  logic [ListChannels-1:0][4:0]                   wait_sem;
  logic [ListChannels-1:0][31:0]                  wait_amount;
  logic                                           start_valid, start_lost, engine_busy, registers_busy;
  logic [dip_transfer_pkg::ChannelBits-1:0]       start_channel;
  logic [dojo_pkg::OffsetBits-1:0]                start_address;
  logic [ListChannels-1:0]                        start_waits, list_fault_clear, command_valid, command_room, done, done_failed;
  logic [ListChannels-1:0][dojo_pkg::DipListFaultBits-1:0] list_fault;
  dip_pkg::command_t                              command;
  logic                                           entry_valid, entry_ready, complete_valid, complete_ready, list_faulted;
  dojo_pkg::transfer_descriptor_t                 entry;
  dojo_pkg::dip_completion_t                      complete;
  logic                                           ring_enable, ring_stop, ring_enabled, ring_stopped, completion_done, host_busy;
  logic [63:0]                                    submission_base, completion_base;
  logic [31:0]                                    submission_size, submission_tail, submission_head;
  logic [31:0]                                    completion_size, completion_tail, completion_head;
  dojo_pkg::ring_error_e                          ring_error;
  logic [dip_pkg::LineBits-1:0]                   descriptor_line;
  logic [Ports-1:0]                               refused_valid, report_valid, report_lost, port_busy;
  dojo_pkg::access_error_t                        refused[Ports];
  dojo_pkg::access_error_t                        report[Ports];

  logic [Channels-1:0]                            arvalid, arready, rvalid, rlast, awvalid, awready, wvalid, wready, bvalid;
  logic [Channels-1:0][dip_pkg::IdBits-1:0]       arid, rid, awid, bid;
  logic [Channels-1:0][dip_pkg::AddressBits-1:0]  araddr, awaddr;
  logic [Channels-1:0][511:0]                     rdata, wdata;
  logic [Channels-1:0][63:0]                      wstrb;
  logic [Channels-1:0][1:0]                       rresp, bresp;
  logic                                           crossbar_busy, memory_busy, errors_busy_q;

  dip_pkg::route_t [dip_pkg::Routes-1:0]          routes;
  logic [2:0]                                     ethernet_port;
  logic [Ports-1:0][1:0]                          away_wants, away_room, arrival_valid, arrival_taken;
  logic [Ports-1:0]                               away_valid;
  logic [1:0]                                     arrival_here;
  dojo_pkg::packet_header_t                       arrival_header[2];
  logic [511:0]                                   arrival_data;
  dojo_pkg::read_request_t                        arrival_request;
  dojo_pkg::ttp_link_t [dojo_pkg::DipControlTtpLinkCount-1:0] ttp_link;
  logic [15:0][31:0]                              ttp_counter;
  logic [31:0]                                    ethernet_refused;
  logic                                           link_down, ethernet_busy;

  for (genvar p = 0; p < Ports; p++) begin : gen_port
    dip_port u_port (
        .clk_i, .rst_ni,
        .x_i(x_i[p]), .y_i(y_i[p]),
        .flit_valid_i (flit_valid_i[p]),
        .flit_header_i(flit_header_i[p]),
        .flit_data_i  (flit_data_i[p]),
        .credit_o     ({credit_o[Ports+p], credit_o[p]}),
        .flit_valid_o (flit_valid_o[p]),
        .flit_header_o(flit_header_o[p]),
        .flit_data_o  (flit_data_o[p]),
        .credit_i     ({credit_i[Ports+p], credit_i[p]}),
        .routes_i     (routes),
        .away_wants_o (away_wants[p]), .away_room_i(away_room[p]), .away_valid_o(away_valid[p]),
        .arrival_valid_i(arrival_valid[p]), .arrival_here_i(arrival_here), .arrival_header_i(arrival_header), .arrival_data_i(arrival_data),
        .arrival_request_i(arrival_request), .arrival_taken_o(arrival_taken[p]),
        .write_valid_o(write_valid[p]), .write_ready_i(write_ready[p]), .write_line_o(write_line[p]),
        .write_data_o (write_data[p]), .write_strobes_o(write_strobes[p]),
        .write_epoch_o(write_epoch[p]), .written_i(written[p]),
        .add_valid_o(add_valid[p]), .add_ready_i(add_ready[p]), .add_sem_o(add_sem[p]), .add_amount_o(add_amount[p]),
        .line_valid_o (line_valid[p]), .line_ready_i(line_ready[p]), .line_o(line[p]),
        .beat_valid_i (beat_valid[p]),
        .command_valid_i(command_valid[p]), .command_room_o(command_room[p]), .command_i(command), .push_done_o(done[p]),
        .beat_data_i  (rdata),
        .refused_valid_o(refused_valid[p]), .refused_o(refused[p]),
        .report_valid_o (report_valid[p]), .report_o(report[p]),
        .report_lost_o  (report_lost[p]),
        .busy_o       (port_busy[p])
    );
  end

  dip_semaphores #(
      .Adders(Adders),
      .Waits (ListChannels)
  ) u_semaphores (
      .clk_i, .rst_ni,
      .add_valid_i(add_valid), .add_ready_o(add_ready), .add_sem_i(add_sem), .add_amount_i(add_amount),
      .wait_valid_i(wait_valid), .wait_sem_i(wait_sem), .wait_amount_i(wait_amount), .wait_taken_o(wait_taken),
      .read_sem_i(read_sem), .read_count_o(read_count),
      .busy_o(semaphores_busy)
  );

  dip_registers u_registers (
      .clk_i, .rst_ni,
      .register_valid_i, .register_ready_o, .register_write_i, .register_address_i, .register_data_i, .register_data_o,
      .add_valid_o(add_valid[HostAdder]), .add_ready_i(add_ready[HostAdder]), .add_sem_o(add_sem[HostAdder]), .add_amount_o(add_amount[HostAdder]),
      .read_sem_o(read_sem), .read_count_i(read_count),
      .start_valid_o(start_valid), .start_channel_o(start_channel), .start_address_o(start_address), .start_waits_i(start_waits),
      .list_fault_i(list_fault), .list_fault_clear_o(list_fault_clear), .start_lost_i(start_lost), .list_faulted_i(list_faulted),
      .ring_enable_o(ring_enable), .ring_stop_o(ring_stop),
      .submission_base_o(submission_base), .submission_size_o(submission_size), .submission_tail_o(submission_tail), .submission_head_i(submission_head),
      .completion_base_o(completion_base), .completion_size_o(completion_size), .completion_head_o(completion_head), .completion_tail_i(completion_tail),
      .ring_enabled_i(ring_enabled), .ring_error_i(ring_error), .ring_stopped_i(ring_stopped), .completion_done_i(completion_done), .interrupt_o,
      .routes_o(routes), .ethernet_port_o(ethernet_port), .link_i(ttp_link), .counter_i(ttp_counter), .ethernet_refused_i(ethernet_refused),
      .link_down_i(link_down),
      .access_error_i(access_error_o), .access_refused_i(access_refused_o), .remote_error_i(remote_error_o), .remote_refused_i(remote_refused_o),
      .reports_lost_i(reports_lost_o),
      .busy_o(registers_busy)
  );

  dip_transfer_engine #(
      .Ports(Ports)
  ) u_engine (
      .clk_i, .rst_ni, .x_i, .y_i, .routes_i(routes),
      .start_valid_i(start_valid), .start_channel_i(start_channel), .start_address_i(start_address), .start_waits_o(start_waits),
      .start_lost_o(start_lost),
      .entry_valid_i(entry_valid), .entry_ready_o(entry_ready), .entry_i(entry),
      .complete_valid_o(complete_valid), .complete_ready_i(complete_ready), .complete_o(complete),
      .list_fault_o(list_fault), .list_fault_clear_i(list_fault_clear), .fault_o(list_faulted),
      .line_valid_o(line_valid[EngineReader]), .line_ready_i(line_ready[EngineReader]), .line_o(descriptor_line),
      .beat_valid_i(beat_valid[EngineReader]), .beat_data_i(rdata),
      .index_line_valid_o(line_valid[IndexReader]), .index_line_ready_i(line_ready[IndexReader]), .index_line_o(line[IndexReader]),
      .index_beat_valid_i(beat_valid[IndexReader]),
      .add_valid_o(add_valid[EngineAdder]), .add_ready_i(add_ready[EngineAdder]), .add_sem_o(add_sem[EngineAdder]),
      .wait_valid_o(wait_valid), .wait_sem_o(wait_sem), .wait_amount_o(wait_amount), .wait_taken_i(wait_taken),
      .command_valid_o(command_valid), .command_room_i(command_room), .command_o(command), .done_i(done), .done_failed_i(done_failed),
      .busy_o(engine_busy)
  );

  // The channels of the engine behind those of the ports are its two sides; done and failed come together.
  assign done_failed[Ports-1:0] = '0;

  dip_host_port u_host (
      .clk_i, .rst_ni,
      .command_valid_i(command_valid[ListChannels-1:Ports]), .command_room_o(command_room[ListChannels-1:Ports]), .command_i(command),
      .done_o(done[ListChannels-1:Ports]), .failed_o(done_failed[ListChannels-1:Ports]),
      .line_valid_o(line_valid[HostReader]), .line_ready_i(line_ready[HostReader]), .line_o(line[HostReader]),
      .beat_valid_i(beat_valid[HostReader]), .beat_data_i(rdata),
      .write_valid_o(write_valid[HostWriter]), .write_ready_i(write_ready[HostWriter]), .write_line_o(write_line[HostWriter]),
      .write_data_o(write_data[HostWriter]), .write_strobes_o(write_strobes[HostWriter]), .write_epoch_o(write_epoch[HostWriter]),
      .written_i(written[HostWriter]),
      .ring_enable_i(ring_enable), .ring_stop_i(ring_stop),
      .submission_base_i(submission_base), .submission_size_i(submission_size), .submission_tail_i(submission_tail), .submission_head_o(submission_head),
      .completion_base_i(completion_base), .completion_size_i(completion_size), .completion_head_i(completion_head), .completion_tail_o(completion_tail),
      .ring_enabled_o(ring_enabled), .ring_error_o(ring_error), .ring_stopped_o(ring_stopped), .completion_done_o(completion_done),
      .entry_valid_o(entry_valid), .entry_ready_i(entry_ready), .entry_o(entry),
      .complete_valid_i(complete_valid), .complete_ready_o(complete_ready), .complete_i(complete),
      .host_arvalid_o, .host_arready_i, .host_arid_o, .host_araddr_o, .host_arlen_o,
      .host_rvalid_i, .host_rready_o, .host_rid_i, .host_rdata_i, .host_rresp_i, .host_rlast_i,
      .host_awvalid_o, .host_awready_i, .host_awid_o, .host_awaddr_o, .host_awlen_o,
      .host_wvalid_o, .host_wready_i, .host_wdata_o, .host_wstrb_o, .host_wlast_o,
      .host_bvalid_i, .host_bready_o, .host_bid_i, .host_bresp_i,
      .busy_o(host_busy)
  );
  dip_ethernet #(
      .Ports(Ports)
  ) u_ethernet (
      .clk_i, .rst_ni, .x_i, .y_i, .routes_i(routes), .port_i(ethernet_port),
      .away_wants_i(away_wants), .away_room_o(away_room), .away_valid_i(away_valid), .away_header_i(flit_header_o), .away_data_i(flit_data_o),
      .arrival_valid_o(arrival_valid), .arrival_here_o(arrival_here), .arrival_header_o(arrival_header), .arrival_data_o(arrival_data),
      .arrival_request_o(arrival_request), .arrival_taken_i(arrival_taken),
      .link_o(ttp_link), .counter_o(ttp_counter), .refused_o(ethernet_refused), .down_o(link_down),
      .tx_valid_o, .tx_data_o, .tx_keep_o, .tx_last_o, .tx_ready_i, .rx_valid_i, .rx_data_i, .rx_keep_i, .rx_last_i, .rx_user_i,
      .busy_o(ethernet_busy)
  );

  assign add_amount[EngineAdder] = 32'd1;
  assign line[EngineReader]      = {Channels{descriptor_line}};

  dip_crossbar #(
      .Readers(Readers),
      .Writers(Writers)
  ) u_crossbar (
      .clk_i, .rst_ni,
      .line_valid_i(line_valid), .line_ready_o(line_ready), .line_i(line), .beat_valid_o(beat_valid),
      .write_valid_i(write_valid), .write_ready_o(write_ready), .write_line_i(write_line), .write_data_i(write_data), .write_strobes_i(write_strobes),
      .write_epoch_i(write_epoch), .written_o(written),
      .arvalid_o(arvalid), .arready_i(arready), .arid_o(arid), .araddr_o(araddr),
      .rvalid_i(rvalid), .rid_i(rid), .rresp_i(rresp),
      .awvalid_o(awvalid), .awready_i(awready), .awid_o(awid), .awaddr_o(awaddr),
      .wvalid_o(wvalid), .wready_i(wready), .wdata_o(wdata), .wstrb_o(wstrb),
      .bvalid_i(bvalid), .bid_i(bid), .bresp_i(bresp),
      .busy_o(crossbar_busy)
  );

  // A burst of one beat: INCR, 64 bytes.
  dip_memory u_memory (
      .clk_i, .rst_ni, .phase_i,
      .awvalid_i(awvalid), .awready_o(awready), .awid_i(awid), .awaddr_i(awaddr),
      .awlen_i('0), .awsize_i({Channels{3'd6}}), .awburst_i({Channels{dojo_pkg::AxiBurstIncrement}}),
      .wvalid_i(wvalid), .wready_o(wready), .wdata_i(wdata), .wstrb_i(wstrb), .wlast_i('1),
      .bvalid_o(bvalid), .bready_i('1), .bid_o(bid), .bresp_o(bresp),
      .arvalid_i(arvalid), .arready_o(arready), .arid_i(arid), .araddr_i(araddr),
      .arlen_i('0), .arsize_i({Channels{3'd6}}), .arburst_i({Channels{dojo_pkg::AxiBurstIncrement}}),
      .rvalid_o(rvalid), .rready_i('1), .rid_o(rid), .rdata_o(rdata), .rresp_o(rresp), .rlast_o(rlast),
      .storage_valid_o, .storage_write_o, .storage_line_o, .storage_data_o, .storage_strobes_o, .storage_data_i,
      .counters_o,
      .busy_o(memory_busy)
  );

  logic unused;
  assign unused = ^rlast;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      access_error_o   <= '0;
      access_refused_o <= '0;
      remote_error_o   <= '0;
      remote_refused_o <= '0;
      reports_lost_o   <= '0;
      errors_busy_q    <= 1'b0;
    end else begin
      errors_busy_q <= port_busy != '0;
      if ((refused_valid | report_valid) != '0) begin
        access_refused_o <= access_refused_o + 32'($countones(refused_valid));
        remote_refused_o <= remote_refused_o + 32'($countones(report_valid));
        reports_lost_o   <= reports_lost_o + 32'($countones(report_lost));
        for (int unsigned n = 0; n < Ports; n++) begin
          if (refused_valid[Ports-1-n] && !access_error_o.valid) access_error_o <= refused[Ports-1-n];
          if (report_valid[Ports-1-n] && !remote_error_o.valid) remote_error_o <= report[Ports-1-n];
        end
      end
    end
  end

  assign busy_o = port_busy != '0 || crossbar_busy || memory_busy || errors_busy_q || semaphores_busy || engine_busy || host_busy || registers_busy || register_valid_i || ethernet_busy;

endmodule
