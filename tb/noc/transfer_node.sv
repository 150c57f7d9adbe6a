// Bench: transfer engine, network interface, collective unit and router joined as in a node, without SRAM, core and other units.
//
// Function: a node's network side with its inner ports on the outside, so that a C++ model stands for SRAM, harts, registers and semaphores.
// Tree 0 is of this node alone: what is sent there comes back. Latency, throughput, back-pressure and registers: those of the blocks.
module transfer_node (
    input  logic         clk_i,
    input  logic         rst_ni,
    input  logic [10:0]  x_i,
    input  logic [10:0]  y_i,
    // links
    input  logic [3:0]   flit_valid_i,
    input  logic [105:0] flit_header_i[4],
    input  logic [3:0][511:0] flit_data_i,
    output logic [7:0]   credit_o,
    output logic [3:0]   flit_valid_o,
    output logic [105:0] flit_header_o[4],
    output logic [3:0][511:0] flit_data_o,
    input  logic [7:0]   credit_i,
    // commands
    input  logic         command_valid_i,
    input  logic [31:0]  command_address_i,
    input  logic [1:0]   command_hart_i,
    input  logic         tree_room_i,  // low: the collective unit seems to have no room
    output logic         command_ready_o,
    output logic         done_valid_o,
    output logic [4:0]   done_sem_o,
    output logic         fault_valid_o,
    output logic [7:0]   fault_cause_o,
    output logic [31:0]  fault_address_o,
    output logic [1:0]   fault_channel_o,
    output logic [1:0]   fault_hart_o,
    // channels that wait; amounts and semaphores of channel c in bits 32*c+31:32*c and 5*c+4:5*c
    output logic [3:0]   park_valid_o,
    output logic [19:0]  park_id_o,
    output logic [127:0] park_amount_o,
    input  logic [3:0]   taken_i,
    // SRAM
    output logic         nr_valid_o,
    output logic [14:0]  nr_line_o,
    input  logic         nr_grant_i,
    input  logic [511:0] nr_data_i,
    input  logic         nr_bad_i,
    output logic         nw_valid_o,
    output logic [14:0]  nw_line_o,
    output logic [511:0] nw_data_o,
    output logic [63:0]  nw_be_o,
    input  logic         nw_grant_i,
    // registers and semaphores
    output logic         net_mmio_valid_o,
    output logic [31:0]  net_mmio_address_o,
    output logic [63:0]  net_mmio_data_o,
    output logic [1:0]   net_mmio_size_o,
    output logic         sem_valid_o,
    output logic [4:0]   sem_id_o,
    output logic [31:0]  sem_amount_o,
    // remote stores
    input  logic         remote_valid_i,
    input  logic [63:0]  remote_address_i,
    input  logic [63:0]  remote_data_i,
    input  logic [1:0]   remote_size_i,
    output logic         remote_ready_o,
    // protection: the table as in the registers
    input  logic         protect_enable_i,
    input  logic [1055:0] protect_table_i,
    output logic         refused_valid_o,
    output logic [63:0]  refused_o,
    output logic         report_valid_o,
    output logic [63:0]  report_o,
    output logic         report_lost_o,
    // own packets to which there is no way, and the routing registers
    output logic [1:0]   unroutable_valid_o,
    output logic [63:0]  unroutable_o,
    input  logic         host_valid_i,
    input  logic [31:0]  host_address_i,
    input  logic [63:0]  host_data_i,
    output logic [63:0]  flits_sent_o,
    output logic [63:0]  flits_received_o,
    output logic         idle_o
);

  logic         inject_valid, eject_valid, router_empty, network_idle, transfer_idle;
  logic [105:0] inject_header, eject_header, send_header, pull_header;
  logic [511:0] inject_data, eject_data, send_data;
  logic [1:0]   inject_credit, eject_credit;
  logic         read_valid, read_ready, send_valid, send_ready, pull_valid, pull_ready;
  logic [105:0] read_header;
  logic [287:0] read_request, pull_request;
  logic         line_valid, line_ready, tree_room, deliver_valid, deliver_credit, collective_busy, unreachable_valid;
  logic [3:0]   up_valid, down_valid, flit_tree_valid, tree_yield;
  logic [105:0] up_header, down_header, deliver_header;
  logic [511:0] up_data, down_data, deliver_data;
  logic [15:0]  tree_credit;
  logic [63:0]  unreachable;
  dojo_pkg::tree_t tree[dojo_pkg::Trees];
  logic [31:0]  list_park_amount[4];
  logic [4:0]   list_park_id[4];

  always_comb begin
    for (int unsigned t = 0; t < dojo_pkg::Trees; t++) tree[t] = '0;
    tree[0].valid  = 1'b1;
    tree[0].member = 1'b1;
    tree[0].parent = dojo_pkg::RouteLocal;
  end

  // Nothing of the tree leaves the node.
  logic unused;
  assign unused = ^{flit_tree_valid, tree_credit, unreachable_valid, unreachable};

  assign park_id_o     = {list_park_id[3], list_park_id[2], list_park_id[1], list_park_id[0]};
  assign park_amount_o = {list_park_amount[3], list_park_amount[2], list_park_amount[1], list_park_amount[0]};

  assign idle_o = router_empty && network_idle && transfer_idle && !collective_busy;

  collective_unit u_collective (
      .clk_i,
      .rst_ni,
      .x_i,
      .y_i,
      .tree_i             (tree),
      .tree_valid_i       ('0),
      .flit_header_i,
      .flit_data_i,
      .tree_credit_o      (tree_credit),
      .up_valid_o         (up_valid),
      .up_header_o        (up_header),
      .up_data_o          (up_data),
      .down_valid_o       (down_valid),
      .down_header_o      (down_header),
      .down_data_o        (down_data),
      .tree_credit_i      ('0),
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
      .x_i,
      .y_i,
      .flit_valid_i,
      .flit_header_i,
      .flit_data_i,
      .credit_o,
      .flit_valid_o,
      .flit_header_o,
      .flit_data_o,
      .credit_i,
      .up_valid_i     (up_valid),
      .up_header_i    (up_header),
      .up_data_i      (up_data),
      .down_valid_i   (down_valid),
      .down_header_i  (down_header),
      .down_data_i    (down_data),
      .flit_tree_valid_o(flit_tree_valid),
      .yield_o        (tree_yield),
      .inject_valid_i (inject_valid),
      .inject_header_i(inject_header),
      .inject_data_i  (inject_data),
      .inject_credit_o(inject_credit),
      .eject_valid_o  (eject_valid),
      .eject_header_o (eject_header),
      .eject_data_o   (eject_data),
      .eject_credit_i (eject_credit),
      .unroutable_valid_o,
      .unroutable_o,
      .host_valid_i,
      .host_address_i,
      .host_data_i,
      .empty_o        (router_empty)
  );

  network_interface u_network (
      .clk_i,
      .rst_ni,
      .x_i,
      .y_i,
      .eject_valid_i  (eject_valid),
      .eject_header_i (eject_header),
      .eject_data_i   (eject_data),
      .eject_credit_o (eject_credit),
      .inject_valid_o (inject_valid),
      .inject_header_o(inject_header),
      .inject_data_o  (inject_data),
      .inject_credit_i(inject_credit),
      .unroutable_valid_i(unroutable_valid_o),
      .tree_valid_o   (line_valid),
      .tree_ready_i   (line_ready),
      .tree_room_i    (tree_room && tree_room_i),
      .deliver_valid_i(deliver_valid),
      .deliver_header_i(deliver_header),
      .deliver_data_i (deliver_data),
      .deliver_credit_o(deliver_credit),
      .nw_valid_o,
      .nw_line_o,
      .nw_data_o,
      .nw_be_o,
      .nw_grant_i,
      .net_mmio_valid_o,
      .net_mmio_address_o,
      .net_mmio_data_o,
      .net_mmio_size_o,
      .sem_valid_o,
      .sem_id_o,
      .sem_amount_o,
      .remote_valid_i,
      .remote_address_i,
      .remote_data_i,
      .remote_size_i,
      .remote_ready_o,
      .read_valid_o   (read_valid),
      .read_header_o   (read_header),
      .read_request_o  (read_request),
      .read_ready_i   (read_ready),
      .send_valid_i   (send_valid),
      .send_header_i  (send_header),
      .send_data_i    (send_data),
      .send_ready_o   (send_ready),
      .pull_valid_i   (pull_valid),
      .pull_header_i  (pull_header),
      .pull_request_i   (pull_request),
      .pull_ready_o   (pull_ready),
      .protect_enable_i,
      .protect_table_i,
      .refused_valid_o,
      .refused_o,
      .report_valid_o,
      .report_o,
      .report_lost_o,
      .flits_sent_o,
      .flits_received_o,
      .idle_o         (network_idle)
  );

  transfer_engine u_transfer (
      .clk_i,
      .rst_ni,
      .x_i,
      .y_i,
      .command_valid_i,
      .command_address_i,
      .command_hart_i,
      .command_ready_o,
      .done_valid_o,
      .done_sem_o,
      .fault_valid_o,
      .fault_cause_o,
      .fault_address_o,
      .fault_channel_o,
      .fault_hart_o,
      .park_valid_o,
      .park_id_o     (list_park_id),
      .park_amount_o (list_park_amount),
      .taken_i,
      .nr_valid_o,
      .nr_line_o,
      .nr_grant_i,
      .nr_data_i,
      .nr_bad_i,
      .read_valid_i  (read_valid),
      .read_header_i  (read_header),
      .read_request_i (read_request),
      .read_ready_o  (read_ready),
      .send_valid_o  (send_valid),
      .send_header_o (send_header),
      .send_data_o   (send_data),
      .send_ready_i  (send_ready),
      .tree_room_i   (tree_room && tree_room_i),
      .pull_valid_o  (pull_valid),
      .pull_header_o (pull_header),
      .pull_request_o  (pull_request),
      .pull_ready_i  (pull_ready),
      .idle_o        (transfer_idle)
  );

endmodule
