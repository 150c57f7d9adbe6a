// An endpoint of the Tesla Transport Protocol over Ethernet: payloads arrive exactly once and in order on each link (docs/ttp.md).
//
// Function: the user sends payloads to nodes, by virtual channel: lines of 64 bytes on VC2, a header alone (a request) on VC1 and VC0. Links
// are opened and closed as needed; what is lost on the line is sent again. Frames go to and come from an Ethernet MAC.
// Latency, from a payload's last line to its first beat on the line: six cycles when the link is open and nothing else is sent.
// Throughput: a payload of 16 lines every 20 cycles in each direction, 51 bytes per cycle.
// Back-pressure: valid and ready at the user's ports and towards the MAC; none from it, what finds no room is sent again by the other end.
// Registered: every output. node_i and timers_i are constant.
`include "dojo_assert.svh"

module ttp_endpoint #(
    parameter int unsigned Links = 8,
    parameter int unsigned Window = 32,
    parameter logic [31:0] FirstId = 32'hffff_fff0,
    parameter int unsigned ReceiveLines = 4096,
    parameter int unsigned ReceivePayloads = 64,
    parameter int unsigned ReceiveRequests = 16
) (
    input  logic                  clk_i,
    input  logic                  rst_ni,
    input  logic           [23:0] node_i,
    input  dojo_pkg::ttp_timers_t timers_i,
    // the user's payloads, by VC; node, NoC header and number of lines are constant while valid is high, and on VC2 for all lines
    input  logic            [2:0] send_valid_i,
    output logic            [2:0] send_ready_o,
    input  logic           [23:0] send_node_i[3],
    input  logic          [127:0] send_noc_i[3],
    input  logic            [4:0] send_lines_i,
    input  logic          [511:0] send_line_i,
    // payloads that have arrived
    output logic            [2:0] deliver_valid_o,
    input  logic            [2:0] deliver_ready_i,
    output logic           [23:0] deliver_node_o[3],
    output logic          [127:0] deliver_noc_o[3],
    output logic          [511:0] deliver_line_o,
    output logic                  deliver_last_o,
    // the user closes a link after what is outstanding on it
    input  logic                  close_valid_i,
    input  logic           [23:0] close_node_i,
    input  logic            [1:0] close_vc_i,
    // interrupt: a link is down, with what was outstanding on it
    output logic                  down_valid_o,
    output dojo_pkg::ttp_link_t   down_o,
    // for the host to read: links, and ttp_counter
    output dojo_pkg::ttp_link_t [Links-1:0] link_o,
    output logic     [15:0][31:0] counter_o,
    // AXI-Stream to and from the MAC
    output logic                  tx_valid_o,
    output logic          [511:0] tx_data_o,
    output logic           [63:0] tx_keep_o,
    output logic                  tx_last_o,
    input  logic                  tx_ready_i,
    input  logic                  rx_valid_i,
    input  logic          [511:0] rx_data_i,
    input  logic           [63:0] rx_keep_i,
    input  logic                  rx_last_i,
    input  logic                  rx_user_i,
    // something will change without a new input
    output logic                  busy_o
);

  localparam int unsigned PlaceBits = $clog2(Links) + $clog2(Window);
  localparam int unsigned PayloadBits = $bits(ttp_pkg::payload_t);

  logic                 frame_valid, malformed, frame_room, take;
  ttp_pkg::message_t    frame, command;
  ttp_pkg::payload_t    frame_payload, header;
  logic                 line_valid, line_first;
  logic           [4:0] line_count, line_index;
  logic         [511:0] line, replay_line;
  logic           [2:0] last;
  logic [PlaceBits-1:0] place[3];
  logic                 grant_valid;
  logic           [1:0] grant_vc;
  logic                 command_valid, command_ready, header_read, line_read;
  logic [PlaceBits-1:0] command_place, header_address;
  logic [PlaceBits+3:0] line_address;
  logic                 table_busy, transmit_busy, deliver_busy;

  ttp_receive u_receive (
      .clk_i, .rst_ni, .node_i,
      .rx_valid_i, .rx_data_i, .rx_keep_i, .rx_last_i, .rx_user_i,
      .frame_valid_o(frame_valid), .frame_o(frame), .payload_o(frame_payload), .malformed_o(malformed),
      .line_valid_o(line_valid), .line_first_o(line_first), .line_count_o(line_count), .line_o(line)
  );

  ttp_deliver #(
      .Lines(ReceiveLines), .Payloads(ReceivePayloads), .Requests(ReceiveRequests)
  ) u_deliver (
      .clk_i, .rst_ni,
      .line_valid_i(line_valid), .line_first_i(line_first), .line_count_i(line_count), .line_i(line),
      .frame_valid_i(frame_valid), .frame_vc_i(frame.vc), .frame_node_i(frame.node), .payload_i(frame_payload),
      .room_o(frame_room), .take_i(take),
      .valid_o(deliver_valid_o), .node_o(deliver_node_o), .noc_o(deliver_noc_o), .line_o(deliver_line_o), .last_o(deliver_last_o),
      .ready_i(deliver_ready_i), .busy_o(deliver_busy)
  );

  ttp_link_table #(
      .Links(Links), .Window(Window), .FirstId(FirstId)
  ) u_links (
      .clk_i, .rst_ni, .timers_i,
      .frame_valid_i(frame_valid), .frame_i(frame), .frame_room_i(frame_room), .malformed_i(malformed), .take_o(take),
      .send_valid_i, .send_node_i, .send_last_i(last), .send_ready_o, .send_place_o(place),
      .grant_valid_o(grant_valid), .grant_vc_o(grant_vc),
      .close_valid_i, .close_node_i, .close_vc_i,
      .command_valid_o(command_valid), .command_o(command), .command_place_o(command_place), .command_ready_i(command_ready),
      .down_valid_o, .down_o, .link_o, .counter_o, .busy_o(table_busy)
  );

  // The replay buffer: a payload's header is written when it gets its place, its lines as they come.
  assign last = {line_index + 5'd1 == send_lines_i, 2'b11};
  always_ff @(posedge clk_i) begin
    if (!rst_ni) line_index <= '0;
    else if (send_valid_i[2] && send_ready_o[2]) line_index <= last[2] ? '0 : line_index + 5'd1;
  end

  edge_memory #(
      .Rows(2 ** PlaceBits),
      .Bits(PayloadBits)
  ) u_headers (
      .clk_i,
      .write_i(grant_valid), .write_row_i(place[grant_vc]),
      .write_data_i({send_noc_i[grant_vc], (grant_vc == 2'(dojo_pkg::TtpDataChannel)) ? send_lines_i : 5'd0}),
      .read_i(header_read), .read_row_i(header_address), .read_data_o(header)
  );

  edge_memory #(
      .Rows(2 ** (PlaceBits + 4)),
      .Bits(512)
  ) u_replay (
      .clk_i,
      .write_i(send_valid_i[2] && send_ready_o[2]), .write_row_i({place[2], line_index[3:0]}), .write_data_i(send_line_i),
      .read_i(line_read), .read_row_i(line_address), .read_data_o(replay_line)
  );

  ttp_transmit #(
      .PlaceBits(PlaceBits)
  ) u_transmit (
      .clk_i, .rst_ni, .node_i,
      .command_valid_i(command_valid), .command_i(command), .command_place_i(command_place), .command_ready_o(command_ready),
      .header_read_o(header_read), .header_address_o(header_address), .header_i(header),
      .line_read_o(line_read), .line_address_o(line_address), .line_i(replay_line),
      .tx_valid_o, .tx_data_o, .tx_keep_o, .tx_last_o, .tx_ready_i, .busy_o(transmit_busy)
  );

  assign busy_o = table_busy || transmit_busy || deliver_busy || frame_valid || malformed || line_valid;

  // Implementation checks.
  `DOJO_ASSERT(PayloadHasLines, !send_valid_i[2] || (send_lines_i != '0 && 32'(send_lines_i) <= dojo_pkg::TtpPayloadBeats))
endmodule
