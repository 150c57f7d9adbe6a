// The data of the sending half of a die-edge link: the flits that wait, the frames that may be repeated, and the beats made of them.
//
// Function: a flit from the router at port p goes into the next of the Depth rows of its class. A beat (beat_i) takes the rows row_i of the
// ports granted_i, in the order of the ports, or, with again_i, what the replay memory has read; the last one of a frame gets a new
// trailer. With store_i the beat goes into row store_row_i of the replay memory. edge_transmit knows which rows are taken.
// Latency: one cycle from beat_i to valid_o; replayed data is used in the second cycle after read_i. Throughput: a beat per cycle.
// Back-pressure: none. Registered: every output.
`include "dojo_assert.svh"

module edge_gather #(
    parameter int unsigned Ports = dojo_pkg::EdgePorts,
    parameter int unsigned Slots = dojo_pkg::EdgeSlots,
    parameter int unsigned Rows = dojo_pkg::EdgeWindow * dojo_pkg::EdgeBeats,  // of the replay memory
    parameter int unsigned PlaceBits = $clog2(2 * dojo_pkg::EdgeQueueDepth),
    localparam int unsigned DepthBits = $clog2(dojo_pkg::RouterDepth),
    localparam int unsigned RowBits = $clog2(Rows)
) (
    input  logic                                     clk_i,
    input  logic                                     rst_ni,
    // from the routers
    input  logic [Ports-1:0]                         flit_valid_i,
    input  dojo_pkg::packet_header_t                 flit_header_i[Ports],
    input  logic [Ports-1:0][511:0]                  flit_data_i,
    // the next beat
    input  logic                                     beat_i,
    input  logic                                     first_i,
    input  logic                                     last_i,
    input  logic                                     again_i,
    input  logic [Ports-1:0]                         granted_i,
    input  logic [Ports-1:0][DepthBits:0]            row_i,     // class and row
    input  dojo_pkg::edge_frame_kind_e               kind_i,
    input  logic [15:0]                              number_i,
    input  logic [15:0]                              acknowledge_i,
    input  logic [7:0]                               go_back_i,
    input  logic [2*Ports-1:0][PlaceBits-1:0]        freed_i,
    // replay memory
    input  logic                                     store_i,
    input  logic [RowBits-1:0]                       store_row_i,
    input  logic                                     read_i,
    input  logic [RowBits-1:0]                       read_row_i,
    output logic                                     valid_o,
    output logic                                     last_o,
    output logic [Slots-1:0][edge_pkg::SlotBits-1:0] slots_o
);

  localparam int unsigned PlaceIndexBits = $clog2(Slots + 1);
  localparam int unsigned FreedBits = 2 * Ports * PlaceBits;
  localparam edge_pkg::slot_t EmptySlot = '{port: dojo_pkg::EdgePortBits'(dojo_pkg::EdgeNoPort), default: '0};

  // Integration checks.
  if (dojo_pkg::EdgeFrameBits + FreedBits > dojo_pkg::PacketHeaderBits + 512) begin : gen_trailer_check
    $error("edge_gather: the trailer does not fit into a slot");
  end

  // State and temporaries of the one process below, and read by no other.
  edge_pkg::slot_t                          flits[Ports][2*dojo_pkg::RouterDepth];
  logic [DepthBits-1:0]                     tail[Ports][2];
  logic [Slots-1:0][edge_pkg::SlotBits-1:0] slots;

  logic                                store_q;
  logic [RowBits-1:0]                  store_row_q;
  logic [Slots*edge_pkg::SlotBits-1:0] replayed;

  // Blocking assignments go to state that no other process reads.
  /* verilator lint_off BLKSEQ */

  task automatic keep_flits;
    logic c;
    for (int unsigned p = 0; p < Ports; p++) begin
      if (flit_valid_i[p]) begin
        c = flit_header_i[p].cls;
        flits[p][{c, tail[p][c]}] = '{first: 1'b0, port: dojo_pkg::EdgePortBits'(p), header: flit_header_i[p], data: flit_data_i[p]};
        tail[p][c] = tail[p][c] + DepthBits'(1);
      end
    end
  endtask

  task automatic gather;
    edge_pkg::slot_t           flit;
    logic [PlaceIndexBits-1:0] place;
    dojo_pkg::edge_frame_t     frame;
    if (again_i) begin
      slots = replayed;
    end else begin
      for (int unsigned s = 0; s < Slots; s++) slots[s] = EmptySlot;
      place = '0;
      for (int unsigned p = 0; p < Ports; p++) begin
        if (granted_i[p]) begin
          flit = flits[p][row_i[p]];
          // Constant indices, of which one is chosen: by a variable one, synthesis would shift the whole beat.
          for (int unsigned s = 0; s < Slots; s++) begin
            if (place == PlaceIndexBits'(s)) slots[s] = flit;
          end
          place = place + PlaceIndexBits'(1);
        end
      end
      slots[0][edge_pkg::SlotBits-1] = first_i;
    end
    if (last_i) begin
      frame = '{kind: kind_i, go_back: go_back_i, sequence_number: number_i, acknowledge: acknowledge_i, default: '0};
      slots[Slots-1] = EmptySlot;
      slots[Slots-1][dojo_pkg::EdgeFrameBits-1:0] = frame;
      slots[Slots-1][dojo_pkg::EdgeFrameBits+:FreedBits] = freed_i;
    end
    last_o      <= last_i;
    slots_o     <= slots;
    store_row_q <= store_row_i;
  endtask

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      for (int unsigned p = 0; p < Ports; p++) begin
        tail[p][0] = '0;
        tail[p][1] = '0;
      end
      valid_o <= 1'b0;
      last_o  <= 1'b0;
      store_q <= 1'b0;
    end else begin
      valid_o <= beat_i;
      store_q <= beat_i && store_i;
      if (beat_i) gather();
      if (flit_valid_i != '0) keep_flits();
    end
  end

  /* verilator lint_on BLKSEQ */

  edge_memory #(
      .Rows(Rows),
      .Bits(Slots * edge_pkg::SlotBits)
  ) u_replay (
      .clk_i,
      .write_i     (store_q),
      .write_row_i (store_row_q),
      .write_data_i(slots_o),
      .read_i,
      .read_row_i,
      .read_data_o (replayed)
  );

  // Integration checks.
  `DOJO_ASSERT(GrantsFit, !beat_i || again_i || 32'($countones(granted_i)) + 32'(last_i) <= Slots)

endmodule
