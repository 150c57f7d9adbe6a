// The Ethernet side of an Interface Processor: packets to the areas of the route table leave in payloads of TTP, and come out at another one.
//
// Function: joins dip_departure, the TTP endpoint and dip_arrival. The endpoint's node id is the coordinates of the port at which packets from the
// Ethernet enter the mesh (port_i): x in bits 10:0, y in bits 21:11. docs/dip.md, "Ethernet". Latency, throughput and back-pressure: there, and those
// of the parts. Registered: every output but arrival_* of the parts.
`include "dojo_assert.svh"

module dip_ethernet #(
    parameter int unsigned Ports = dojo_pkg::DipPorts,
    parameter int unsigned Window = 64,  // of 1 KiB payloads: more than the line holds in the time until its answer comes
    localparam int unsigned Links = dojo_pkg::DipControlTtpLinkCount
) (
    input  logic                                           clk_i,
    input  logic                                           rst_ni,
    input  logic [Ports-1:0][dojo_pkg::CoordinateBits-1:0] x_i,
    input  logic [Ports-1:0][dojo_pkg::CoordinateBits-1:0] y_i,
    input  dip_pkg::route_t [dip_pkg::Routes-1:0]          routes_i,
    input  logic [2:0]                                     port_i,
    // from the ports: bit 0 of a pair is class request, bit 1 class data
    input  logic [Ports-1:0][1:0]                          away_wants_i,
    output logic [Ports-1:0][1:0]                          away_room_o,
    input  logic [Ports-1:0]                               away_valid_i,
    input  dojo_pkg::packet_header_t                       away_header_i[Ports],
    input  logic [Ports-1:0][511:0]                        away_data_i,
    // to port_i, by class
    output logic [Ports-1:0][1:0]                          arrival_valid_o,
    output logic [1:0]                                     arrival_here_o,
    output dojo_pkg::packet_header_t                       arrival_header_o[2],
    output logic [511:0]                                   arrival_data_o,
    output dojo_pkg::read_request_t                        arrival_request_o,
    input  logic [Ports-1:0][1:0]                          arrival_taken_i,
    // for the host
    output dojo_pkg::ttp_link_t [Links-1:0]                link_o,
    output logic [15:0][31:0]                              counter_o,
    output logic [31:0]                                    refused_o,
    output logic                                           down_o,
    // AXI-Stream to and from the MAC
    output logic                                           tx_valid_o,
    output logic [511:0]                                   tx_data_o,
    output logic [63:0]                                    tx_keep_o,
    output logic                                           tx_last_o,
    input  logic                                           tx_ready_i,
    input  logic                                           rx_valid_i,
    input  logic [511:0]                                   rx_data_i,
    input  logic [63:0]                                    rx_keep_i,
    input  logic                                           rx_last_i,
    input  logic                                           rx_user_i,
    output logic                                           busy_o
);

  logic [1:0]   away_valid, away_ready, arrival_valid, arrival_taken;
  logic [23:0]  away_node[2];
  logic [127:0] away_noc[2];
  logic [4:0]   away_lines;
  logic [511:0] away_line, deliver_line;
  logic [2:0]   send_ready, deliver_valid, deliver_ready;
  logic [23:0]  send_node[3];
  logic [127:0] send_noc[3];
  logic [23:0]  deliver_node[3];
  logic [127:0] deliver_noc[3];
  logic         deliver_last, departure_busy, arrival_busy, endpoint_busy;
  logic [23:0]  node;
  dojo_pkg::ttp_link_t down;
  dojo_pkg::ttp_timers_t timers;

  assign timers.retry   = 32'(dojo_pkg::DipTtpRetry);
  assign timers.backoff = 32'(dojo_pkg::DipTtpBackoff);
  assign timers.settle  = 32'(dojo_pkg::DipTtpSettle);
  assign timers.idle    = '0;

  always_comb begin
    node          = '0;
    arrival_taken = '0;
    for (int unsigned p = 0; p < Ports; p++) begin
      arrival_valid_o[p] = '0;
      if (32'(port_i) == p) begin
        node               = {2'd0, y_i[p], x_i[p]};
        arrival_valid_o[p] = arrival_valid;
        arrival_taken      = arrival_taken_i[p];
      end
    end
    send_node = '{away_node[0], '0, away_node[1]};
    send_noc  = '{away_noc[0], '0, away_noc[1]};
  end
  assign away_ready = {send_ready[2], send_ready[0]};

  dip_departure #(
      .Ports(Ports)
  ) u_departure (
      .clk_i, .rst_ni, .routes_i,
      .wants_i(away_wants_i), .room_o(away_room_o), .valid_i(away_valid_i), .header_i(away_header_i), .data_i(away_data_i),
      .send_valid_o(away_valid), .send_ready_i(away_ready), .send_node_o(away_node), .send_noc_o(away_noc), .send_lines_o(away_lines),
      .send_line_o(away_line), .busy_o(departure_busy)
  );

  ttp_endpoint #(
      .Links (Links),
      .Window(Window)
  ) u_endpoint (
      .clk_i, .rst_ni, .node_i(node), .timers_i(timers),
      .send_valid_i({away_valid[1], 1'b0, away_valid[0]}), .send_ready_o(send_ready), .send_node_i(send_node), .send_noc_i(send_noc),
      .send_lines_i(away_lines), .send_line_i(away_line),
      .deliver_valid_o(deliver_valid), .deliver_ready_i(deliver_ready), .deliver_node_o(deliver_node), .deliver_noc_o(deliver_noc),
      .deliver_line_o(deliver_line), .deliver_last_o(deliver_last),
      .close_valid_i(1'b0), .close_node_i('0), .close_vc_i('0),
      .down_valid_o(down_o), .down_o(down), .link_o, .counter_o,
      .tx_valid_o, .tx_data_o, .tx_keep_o, .tx_last_o, .tx_ready_i,
      .rx_valid_i, .rx_data_i, .rx_keep_i, .rx_last_i, .rx_user_i,
      .busy_o(endpoint_busy)
  );

  dip_arrival #(
      .Ports(Ports)
  ) u_arrival (
      .clk_i, .rst_ni, .x_i, .y_i,
      .deliver_valid_i(deliver_valid), .deliver_ready_o(deliver_ready), .deliver_node_i(deliver_node), .deliver_noc_i(deliver_noc),
      .deliver_line_i(deliver_line), .deliver_last_i(deliver_last),
      .valid_o(arrival_valid), .here_o(arrival_here_o), .header_o(arrival_header_o), .data_o(arrival_data_o), .request_o(arrival_request_o),
      .taken_i(arrival_taken), .refused_o, .busy_o(arrival_busy)
  );

  logic unused;
  assign unused = ^{send_ready[1], down};

  assign busy_o = departure_busy || arrival_busy || endpoint_busy || rx_valid_i;

endmodule
