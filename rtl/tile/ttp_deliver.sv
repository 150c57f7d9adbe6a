// Holds what a TTP endpoint has received until the user takes it.
//
// Function: lines of a payload on VC2 go into the buffer behind those that are kept, if all of them fit; when their frame has come, room_o
// says whether there is room for it, and in the next cycle take_i whether it is kept. Requests (VC0, VC1) and headers have queues of their
// own, so that no VC waits for another.
// Latency: two cycles from take_i to a payload's first line, one to a request. Throughput: a line and two requests per cycle.
// Back-pressure: valid and ready towards the user; towards the line room_o alone.
// Registered: every output but room_o; requests stand in the first place of their queue.
`include "dojo_assert.svh"

module ttp_deliver #(
    parameter int unsigned Lines = 4096,    // of 64 bytes; a power of two
    parameter int unsigned Payloads = 64,   // a power of two
    parameter int unsigned Requests = 16    // of each VC; a power of two
) (
    input  logic              clk_i,
    input  logic              rst_ni,
    // from the receiver
    input  logic              line_valid_i,
    input  logic              line_first_i,
    input  logic        [4:0] line_count_i,
    input  logic      [511:0] line_i,
    input  logic              frame_valid_i,
    input  logic        [1:0] frame_vc_i,
    input  logic       [23:0] frame_node_i,
    input  ttp_pkg::payload_t payload_i,
    output logic              room_o,
    input  logic              take_i,
    // to the user, by VC; lines of VC2
    output logic        [2:0] valid_o,
    output logic       [23:0] node_o[3],
    output logic      [127:0] noc_o[3],
    output logic      [511:0] line_o,
    output logic              last_o,
    input  logic        [2:0] ready_i,
    output logic              busy_o
);

  localparam int unsigned LineBits = $clog2(Lines);
  localparam int unsigned PayloadBits = $clog2(Payloads);
  localparam int unsigned RequestBits = $clog2(Requests);

  // Integration checks.
  if (Lines != 2 ** LineBits || Payloads != 2 ** PayloadBits || Requests != 2 ** RequestBits) begin : gen_size_check
    $error("ttp_deliver: Lines, Payloads and Requests must be powers of two");
  end
  if (Lines < dojo_pkg::TtpPayloadBeats) begin : gen_line_check
    $error("ttp_deliver: the longest payload must fit");
  end

  // Counters run on; places are their low bits.
  logic       [LineBits:0] kept, fetched;     // lines
  logic              [4:0] offset;            // lines of the coming payload that are written
  logic                    fits_q;            // the coming payload fits
  logic    [PayloadBits:0] payloads_kept, payloads_fetched;
  logic    [RequestBits:0] requests_kept[2], requests_taken[2];
  logic              [4:0] left;              // lines of the payload at hand that are not fetched
  logic                    data_valid;
  logic              [1:0] vc_q;              // of the frame of the last cycle
  logic             [23:0] node_q;
  ttp_pkg::payload_t       payload_q;

  logic             [23:0] payload_node[Payloads];
  ttp_pkg::payload_t       payload_header[Payloads];
  logic             [23:0] request_node[2][Requests];
  logic            [127:0] request_noc[2][Requests];

  logic [1:0][RequestBits:0] queued;
  logic                    fits, writes, fetches, opens;
  logic     [LineBits-1:0] write_line;
  logic  [PayloadBits-1:0] payload_place;

  assign fits          = line_first_i ? (LineBits + 1)'(line_count_i) <= (LineBits + 1)'(Lines) - (kept - fetched) : fits_q;
  assign writes        = line_valid_i && fits;
  assign write_line    = kept[LineBits-1:0] + (line_first_i ? '0 : LineBits'(offset));
  assign opens         = left == '0 && payloads_kept != payloads_fetched;
  assign fetches       = (!data_valid || ready_i[2]) && (left != '0 || opens);
  assign payload_place = payloads_fetched[PayloadBits-1:0];
  assign busy_o        = data_valid || left != '0 || payloads_kept != payloads_fetched || valid_o[1:0] != '0;

  always_comb begin
    case (frame_vc_i)
      2'd0:    room_o = queued[0] != (RequestBits + 1)'(Requests);
      2'd1:    room_o = queued[1] != (RequestBits + 1)'(Requests);
      default: room_o = (line_valid_i ? fits : fits_q) && payloads_kept - payloads_fetched != (PayloadBits + 1)'(Payloads);
    endcase
  end

  edge_memory #(
      .Rows(Lines),
      .Bits(512)
  ) u_lines (
      .clk_i,
      .write_i(writes), .write_row_i(write_line), .write_data_i(line_i),
      .read_i(fetches), .read_row_i(fetched[LineBits-1:0]), .read_data_o(line_o)
  );

  for (genvar v = 0; v < 2; v++) begin : gen_requests
    assign queued[v]  = requests_kept[v] - requests_taken[v];
    assign valid_o[v] = queued[v] != '0;
    assign node_o[v]  = request_node[v][requests_taken[v][RequestBits-1:0]];
    assign noc_o[v]   = request_noc[v][requests_taken[v][RequestBits-1:0]];
  end
  assign valid_o[2] = data_valid;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      kept             <= '0;
      fetched          <= '0;
      fits_q           <= 1'b0;
      payloads_kept    <= '0;
      payloads_fetched <= '0;
      left             <= '0;
      data_valid       <= 1'b0;
      for (int unsigned v = 0; v < 2; v++) begin
        requests_kept[v]  <= '0;
        requests_taken[v] <= '0;
      end
    end else begin
      if (line_valid_i) begin
        fits_q <= fits;
        offset <= line_first_i ? 5'd1 : offset + 5'd1;
      end
      if (frame_valid_i) begin
        vc_q      <= frame_vc_i;
        node_q    <= frame_node_i;
        payload_q <= payload_i;
      end
      if (take_i) begin
        if (vc_q == 2'(dojo_pkg::TtpDataChannel)) begin
          payload_node[payloads_kept[PayloadBits-1:0]]   <= node_q;
          payload_header[payloads_kept[PayloadBits-1:0]] <= payload_q;
          payloads_kept <= payloads_kept + (PayloadBits + 1)'(1);
          kept          <= kept + (LineBits + 1)'(payload_q.beats);
        end else begin
          request_node[vc_q[0]][requests_kept[vc_q[0]][RequestBits-1:0]] <= node_q;
          request_noc[vc_q[0]][requests_kept[vc_q[0]][RequestBits-1:0]]  <= payload_q.noc;
          requests_kept[vc_q[0]] <= requests_kept[vc_q[0]] + (RequestBits + 1)'(1);
        end
      end
      for (int unsigned v = 0; v < 2; v++)
        if (valid_o[v] && ready_i[v]) requests_taken[v] <= requests_taken[v] + (RequestBits + 1)'(1);
      if (ready_i[2]) data_valid <= 1'b0;
      if (fetches) begin
        data_valid <= 1'b1;
        fetched    <= fetched + (LineBits + 1)'(1);
        left       <= (opens ? payload_header[payload_place].beats : left) - 5'd1;
        last_o     <= (opens ? payload_header[payload_place].beats : left) == 5'd1;
        if (opens) begin
          node_o[2]        <= payload_node[payload_place];
          noc_o[2]         <= payload_header[payload_place].noc;
          payloads_fetched <= payloads_fetched + (PayloadBits + 1)'(1);
        end
      end
    end
  end

  // Implementation checks.
  `DOJO_ASSERT(LinesFit, kept - fetched <= (LineBits + 1)'(Lines))
  `DOJO_ASSERT(PayloadsFit, payloads_kept - payloads_fetched <= (PayloadBits + 1)'(Payloads))
  `DOJO_ASSERT(RequestsFit, queued[0] <= (RequestBits + 1)'(Requests) && queued[1] <= (RequestBits + 1)'(Requests))
  `DOJO_COVER(NoRoom, frame_valid_i && !room_o)
  `DOJO_COVER(NoRoomForLines, line_valid_i && !fits)
endmodule
