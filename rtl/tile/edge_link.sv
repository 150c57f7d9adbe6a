// One end of a die-edge link: carries the flits of the routers at an edge of a die to those of the next die, and those of the next die here.
//
// Function: port p here is joined with port p at the far end. Flits arrive once, unchanged and in order per port and class, whatever happens
// on the lanes; ports and classes do not block one another. Errors on the lanes are corrected, or found and repaired by sending again;
// a link that carries nothing any more says so in state_o, once what it has sent stays unanswered. enable_i takes it through
// training; a dead link starts again when enable_i was low. Both ends then need to be down for the flight time of a beat.
// Latency: six to nine cycles and the time that a beat is on the lanes, which is what joins line_o of one end with line_i of the other.
// Throughput: Slots - 1 / Beats flits per cycle in each direction, and one per port.
// Back-pressure: credits in both directions, RouterDepth per port and class; bit Ports * c + p is of class c and port p.
// Registered: every output. An end that is not busy_o changes only when something comes.
`include "dojo_assert.svh"

module edge_link #(
    parameter int unsigned Ports = dojo_pkg::EdgePorts,
    parameter int unsigned Slots = dojo_pkg::EdgeSlots,
    parameter int unsigned Beats = dojo_pkg::EdgeBeats,
    parameter int unsigned Window = dojo_pkg::EdgeWindow,
    parameter int unsigned QueueDepth = dojo_pkg::EdgeQueueDepth,
    parameter int unsigned Timeout = dojo_pkg::EdgeTimeout,
    parameter int unsigned Retries = dojo_pkg::EdgeRetries
) (
    input  logic                                     clk_i,
    input  logic                                     rst_ni,
    input  logic                                     enable_i,
    // from the routers of the edge, and to them
    input  logic [Ports-1:0]                         flit_valid_i,
    input  dojo_pkg::packet_header_t                 flit_header_i[Ports],
    input  logic [Ports-1:0][511:0]                  flit_data_i,
    output logic [2*Ports-1:0]                       credit_o,
    output logic [Ports-1:0]                         flit_valid_o,
    output dojo_pkg::packet_header_t                 flit_header_o[Ports],
    output logic [Ports-1:0][511:0]                  flit_data_o,
    input  logic [2*Ports-1:0]                       credit_i,
    // lanes
    output logic                                     line_valid_o,
    output edge_pkg::lane_t [Slots-1:0]              line_o,
    input  logic                                     line_valid_i,
    input  edge_pkg::lane_t [Slots-1:0]              line_i,
    // status
    output dojo_pkg::edge_state_e                    state_o,
    output dojo_pkg::edge_counters_t                 counters_o,
    output logic                                     busy_o
);

  localparam int unsigned PlaceBits = $clog2(2 * QueueDepth);
  localparam int unsigned DepthBits = $clog2(dojo_pkg::RouterDepth);
  localparam int unsigned RowBits = $clog2(Window * Beats);
  localparam int unsigned CorrectedBits = $clog2(Slots + 1);

  logic [Ports-1:0]                         flit_class, granted;
  logic                                     beat, first, last, again, store, read;
  logic [Ports-1:0][DepthBits:0]            row;
  logic [RowBits-1:0]                       store_row, read_row;
  dojo_pkg::edge_frame_kind_e               kind;
  logic [15:0]                              number;
  logic                                     transmit_valid, transmit_last, transmit_busy;
  logic [Slots-1:0][edge_pkg::SlotBits-1:0] transmit_slots;
  logic                                     receive_valid, receive_last, receive_good, receive_broken, receive_busy;
  logic [Slots-1:0][edge_pkg::SlotBits-1:0] receive_slots;
  logic [CorrectedBits-1:0]                 corrected;
  logic                                     heard_valid, owed;
  dojo_pkg::edge_frame_kind_e               heard_kind;
  logic [15:0]                              heard_acknowledge;
  logic [7:0]                               heard_go_back;
  logic [2*Ports-1:0][PlaceBits-1:0]        heard_freed, freed;
  logic [15:0]                              acknowledge;
  logic [7:0]                               go_back;
  logic [31:0]                              corrected_q;

  edge_transmit #(
      .Ports(Ports), .Slots(Slots), .Beats(Beats), .Window(Window), .QueueDepth(QueueDepth), .Timeout(Timeout), .Retries(Retries)
  ) u_transmit (
      .clk_i, .rst_ni, .enable_i,
      .flit_valid_i, .flit_class_i(flit_class), .credit_o,
      .heard_valid_i(heard_valid), .heard_kind_i(heard_kind), .heard_acknowledge_i(heard_acknowledge), .heard_go_back_i(heard_go_back),
      .heard_freed_i(heard_freed), .owed_i(owed),
      .beat_o(beat), .first_o(first), .last_o(last), .again_o(again), .granted_o(granted), .row_o(row), .kind_o(kind), .number_o(number),
      .store_o(store), .store_row_o(store_row), .read_o(read), .read_row_o(read_row),
      .state_o,
      .frames_o(counters_o.frames), .repeated_o(counters_o.repeated), .timeouts_o(counters_o.timeouts), .discarded_o(counters_o.discarded),
      .refused_o(counters_o.refused),
      .busy_o(transmit_busy)
  );

  for (genvar p = 0; p < Ports; p++) begin : gen_class
    assign flit_class[p] = flit_header_i[p].cls;
  end

  edge_gather #(.Ports(Ports), .Slots(Slots), .Rows(Window * Beats), .PlaceBits(PlaceBits)) u_gather (
      .clk_i, .rst_ni,
      .flit_valid_i, .flit_header_i, .flit_data_i,
      .beat_i(beat), .first_i(first), .last_i(last), .again_i(again), .granted_i(granted), .row_i(row), .kind_i(kind), .number_i(number),
      .acknowledge_i(acknowledge), .go_back_i(go_back), .freed_i(freed),
      .store_i(store), .store_row_i(store_row), .read_i(read), .read_row_i(read_row),
      .valid_o(transmit_valid), .last_o(transmit_last), .slots_o(transmit_slots)
  );

  edge_encode #(.Slots(Slots), .Beats(Beats)) u_encode (
      .clk_i, .rst_ni,
      .valid_i(transmit_valid), .last_i(transmit_last), .slots_i(transmit_slots),
      .valid_o(line_valid_o), .line_o
  );

  edge_decode #(.Slots(Slots), .Beats(Beats)) u_decode (
      .clk_i, .rst_ni,
      .valid_i(line_valid_i), .line_i,
      .valid_o(receive_valid), .last_o(receive_last), .good_o(receive_good), .broken_o(receive_broken),
      .slots_o(receive_slots), .corrected_o(corrected)
  );

  edge_receive #(.Ports(Ports), .Slots(Slots), .QueueDepth(QueueDepth)) u_receive (
      .clk_i, .rst_ni, .state_i(state_o),
      .valid_i(receive_valid), .last_i(receive_last), .good_i(receive_good), .broken_i(receive_broken), .slots_i(receive_slots),
      .heard_valid_o(heard_valid), .heard_kind_o(heard_kind), .heard_acknowledge_o(heard_acknowledge), .heard_go_back_o(heard_go_back),
      .heard_freed_o(heard_freed),
      .owed_o(owed), .acknowledge_o(acknowledge), .go_back_o(go_back), .freed_o(freed),
      .flit_valid_o, .flit_header_o, .flit_data_o, .credit_i,
      .bad_o(counters_o.bad),
      .busy_o(receive_busy)
  );

  always_ff @(posedge clk_i) begin
    if (!rst_ni) corrected_q <= '0;
    else if (corrected != '0) corrected_q <= corrected_q + 32'(corrected);
  end
  assign counters_o.corrected = corrected_q;
  assign busy_o = transmit_busy || transmit_valid || receive_busy || line_valid_o || receive_valid || receive_broken;

  // Integration checks.
  `DOJO_ASSERT(IdleIsQuiet, busy_o || (!line_valid_o && flit_valid_o == '0 && credit_o == '0))

endmodule
