// Control of the sending half of one end of a die-edge link: which flits from the routers of the edge go into frames, and which frames are
// repeated. `edge_gather` has the data.
//
// Function: a frame has Beats beats of Slots slots; the last slot is the trailer. A beat takes at most one flit of each port, in turns, and of
// the classes of a port in turns; a flit goes only while the far end has a place for its port and class. A frame that carries a flit is a data
// frame: it has the next sequence number and stays in the replay memory until it is acknowledged; there are at most Window of them. Without
// flits a frame is sent only if there is something to tell: owed_i, an answer, or in training.
// Repetition: when the far end asks to go back, and after Timeout cycles without an acknowledgement, all frames from the first that is not
// acknowledged on are sent again before anything new. Their trailers are made anew. After Retries timeouts in a row the link is dead. Flits that
// wait without a place at the far end for Timeout cycles make it ask: what frees places may have been lost.
// A trailer that acknowledges or frees more than was sent is ignored and counted: it is none of the far end.
// States: edge_state; docs/tile.md. While the link is down or dead flits are discarded and counted, so that the mesh behind it drains.
// Latency: a flit on the link from its router in cycle t is granted in t + 1, at best. Throughput: Slots - 1 / Beats flits per cycle.
// Back-pressure: credits, Depth per port and class: bit Ports * c + p of credit_o returns one of class c to the router at port p.
// Registered: every output. Nothing is done in a cycle without input, frame, or flit that waits.
`include "dojo_assert.svh"

module edge_transmit #(
    parameter int unsigned Ports = dojo_pkg::EdgePorts,
    parameter int unsigned Slots = dojo_pkg::EdgeSlots,
    parameter int unsigned Beats = dojo_pkg::EdgeBeats,
    parameter int unsigned Window = dojo_pkg::EdgeWindow,
    parameter int unsigned QueueDepth = dojo_pkg::EdgeQueueDepth,
    parameter int unsigned Timeout = dojo_pkg::EdgeTimeout,
    parameter int unsigned Retries = dojo_pkg::EdgeRetries,
    localparam int unsigned PlaceBits = $clog2(2 * QueueDepth),
    localparam int unsigned DepthBits = $clog2(dojo_pkg::RouterDepth),
    localparam int unsigned BeatBits = $clog2(Beats),
    localparam int unsigned RowBits = $clog2(Window) + BeatBits
) (
    input  logic                                     clk_i,
    input  logic                                     rst_ni,
    input  logic                                     enable_i,
    // from the routers: a flit, and its class
    input  logic [Ports-1:0]                         flit_valid_i,
    input  logic [Ports-1:0]                         flit_class_i,
    output logic [2*Ports-1:0]                       credit_o,
    // from the receiving half: the trailer of a frame that came whole
    input  logic                                     heard_valid_i,
    input  dojo_pkg::edge_frame_kind_e               heard_kind_i,
    input  logic [15:0]                              heard_acknowledge_i,
    input  logic [7:0]                               heard_go_back_i,
    input  logic [2*Ports-1:0][PlaceBits-1:0]        heard_freed_i,
    // from the receiving half: trailers have something new to say
    input  logic                                     owed_i,
    // the next beat, for edge_gather
    output logic                                     beat_o,
    output logic                                     first_o,
    output logic                                     last_o,
    output logic                                     again_o,
    output logic [Ports-1:0]                         granted_o,
    output logic [Ports-1:0][DepthBits:0]            row_o,
    output dojo_pkg::edge_frame_kind_e               kind_o,
    output logic [15:0]                              number_o,
    output logic                                     store_o,
    output logic [RowBits-1:0]                       store_row_o,
    output logic                                     read_o,
    output logic [RowBits-1:0]                       read_row_o,
    // status
    output dojo_pkg::edge_state_e                    state_o,
    output logic [31:0]                              frames_o,
    output logic [31:0]                              repeated_o,
    output logic [31:0]                              timeouts_o,
    output logic [31:0]                              discarded_o,
    output logic [31:0]                              refused_o,
    // something came in the last cycle, an output is active, or something will change without a new input
    output logic                                     busy_o
);

  localparam int unsigned Depth = dojo_pkg::RouterDepth;
  localparam int unsigned CountBits = $clog2(Depth + 1);
  localparam int unsigned PortBits = $clog2(Ports);
  localparam int unsigned QueueBits = $clog2(2 * Ports);
  localparam int unsigned SlotIndexBits = $clog2(Slots + 1);
  localparam int unsigned TimerBits = $clog2(Timeout * Retries + 1);
  localparam int unsigned RetryBits = $clog2(Retries + 1);

  // Integration checks.
  if (Ports < 2 || Ports > dojo_pkg::EdgeNoPort || Slots < 2) begin : gen_shape_check
    $error("edge_transmit: 2 to 31 ports, and at least 2 slots");
  end
  if (2 ** $clog2(Window) != Window || 2 ** BeatBits != Beats || 2 ** $clog2(QueueDepth) != QueueDepth || 2 ** DepthBits != Depth) begin : gen_power_check
    $error("edge_transmit: Window, Beats, QueueDepth and RouterDepth are powers of two");
  end

  // State of the one process below, and read by no other.
  logic [DepthBits-1:0]     head[Ports][2];
  logic [CountBits-1:0]     count[Ports][2];
  logic [PlaceBits-1:0]     sent[2*Ports];           // flits of the queue 2 * p + c, and those that were taken at the far end
  logic [PlaceBits-1:0]     freed[2*Ports];
  logic [2*Ports-1:0]       waiting;                 // count is not zero
  logic [Ports-1:0]         class_turn;              // class of the port that goes first
  logic [PortBits-1:0]      port_turn;
  logic [15:0]              next, acknowledged;      // sequence numbers
  logic [7:0]               go_back;                 // what the far end's was last
  logic                     heard, told;             // the far end; an answer is owed
  logic                     ask;
  logic [TimerBits-1:0]     timer;
  logic [RetryBits-1:0]     retries;
  dojo_pkg::edge_state_e    state;
  logic [BeatBits-1:0]      beat;                    // of the frame under way
  logic                     in_frame, open, carries; // a new frame is under way; it may take flits; it has one
  logic                     want_replay, replaying;
  logic [15:0]              replay;                  // frame and beat that is read next
  logic [BeatBits-1:0]      replay_beat;
  logic                     reading;                 // a read is under way, and what it reads
  logic [15:0]              reading_number;
  logic [BeatBits-1:0]      reading_beat;
  logic                     moved, active;           // a beat leaves
  logic [Ports-1:0]         granted;                 // ports whose flits go into the beat at hand, and their rows
  logic [Ports-1:0][DepthBits:0] row;
  logic [2*Ports-1:0]       returned;
  logic [31:0]              frames, repeated, timeouts, discarded, refused;

  // What the checks see of the last cycle.
  logic queue_overflow_q, window_full_q, no_place_q, resumed_q, jumped_q;

  // Blocking assignments go to state that no other process reads.
  /* verilator lint_off BLKSEQ */

  task automatic store;
    logic c;
    for (int unsigned p = 0; p < Ports; p++) begin
      if (flit_valid_i[p]) begin
        c = flit_class_i[p];
        if (count[p][c] == CountBits'(Depth)) queue_overflow_q <= 1'b1;
        count[p][c]         = count[p][c] + CountBits'(1);
        waiting[2*p+32'(c)] = 1'b1;
      end
    end
  endtask

  // Takes the first flit of a queue out; its credit goes back.
  task automatic pop(input int unsigned p, input logic c);
    head[p][c]  = head[p][c] + DepthBits'(1);
    count[p][c] = count[p][c] - CountBits'(1);
    if (count[p][c] == '0) waiting[2*p+32'(c)] = 1'b0;
    returned[Ports*32'(c)+p] = 1'b1;
  endtask

  task automatic discard;
    for (int unsigned p = 0; p < Ports; p++) begin
      for (int unsigned c = 0; c < 2; c++) begin
        if (waiting[2*p+c] && !returned[Ports*c+p]) begin
          pop(p, c[0]);
          discarded = discarded + 32'd1;
        end
      end
    end
  endtask

  // Everything as it is when the link is enabled; flits and the routers' credits stay.
  task automatic restart(input dojo_pkg::edge_state_e to);
    state        = to;
    next         = '0;
    acknowledged = '0;
    go_back      = '0;
    heard        = 1'b0;
    told         = 1'b0;
    ask          = 1'b0;
    timer        = '0;
    retries      = '0;
    want_replay  = 1'b0;
    replaying    = 1'b0;
    for (int unsigned q = 0; q < 2 * Ports; q++) begin
      sent[q]  = '0;
      freed[q] = '0;
    end
  endtask

  task automatic hear;
    logic [15:0] news;
    logic        sensible;
    heard = 1'b1;
    if (state == dojo_pkg::EdgeStateTraining && heard_kind_i != dojo_pkg::EdgeFrameKindTraining) begin
      state = dojo_pkg::EdgeStateUp;
      timer = '0;
      told  = 1'b1;
    end
    if (heard_kind_i == dojo_pkg::EdgeFrameKindTraining || heard_kind_i == dojo_pkg::EdgeFrameKindHeard) begin
      if (state == dojo_pkg::EdgeStateUp) told = 1'b1;
    end else if (state == dojo_pkg::EdgeStateUp) begin
      if (heard_kind_i == dojo_pkg::EdgeFrameKindAsk) told = 1'b1;
      news     = heard_acknowledge_i - acknowledged;
      sensible = news <= 16'(next - acknowledged);
      for (int unsigned q = 0; q < 2 * Ports; q++) sensible = sensible && PlaceBits'(heard_freed_i[q] - freed[q]) <= PlaceBits'(sent[q] - freed[q]);
      if (!sensible) begin
        refused = refused + 32'd1;
      end else begin
        for (int unsigned q = 0; q < 2 * Ports; q++) freed[q] = heard_freed_i[q];
        if (news != '0 || acknowledged == next) begin
          timer   = '0;
          retries = '0;
        end
        acknowledged = heard_acknowledge_i;
        if (heard_go_back_i != go_back) begin
          go_back     = heard_go_back_i;
          want_replay = 1'b1;
        end
      end
    end
  endtask

  // Counts the cycles in which something is waited for.
  task automatic wait_for_far_end;
    if (state == dojo_pkg::EdgeStateTraining) begin
      timer = timer + TimerBits'(1);
      if (timer == TimerBits'(Timeout * Retries)) state = dojo_pkg::EdgeStateDead;
    end else if (acknowledged != next || waiting != '0) begin
      timer = timer + TimerBits'(1);
      if (timer == TimerBits'(Timeout)) begin
        timer    = '0;
        timeouts = timeouts + 32'd1;
        retries  = retries + RetryBits'(1);
        if (retries == RetryBits'(Retries)) state = dojo_pkg::EdgeStateDead;
        else if (acknowledged != next) want_replay = 1'b1;
        else ask = 1'b1;
      end
    end else timer = '0;
  endtask

  function automatic logic has_place(input logic [QueueBits-1:0] q);
    return PlaceBits'(sent[q] - freed[q]) != PlaceBits'(QueueDepth);
  endfunction

  // Whether the flits that wait have a place.
  function automatic logic may_send();
    logic found;
    found = 1'b0;
    for (int unsigned q = 0; q < 2 * Ports; q++) found = found || (waiting[q] && has_place(QueueBits'(q)));
    return found;
  endfunction

  // Chooses the flits of the beat, up to `room` of them.
  task automatic fill(input logic [SlotIndexBits-1:0] room);
    logic [Ports-1:0]         can, choice;
    logic [1:0]               may;
    logic [SlotIndexBits-1:0] used;
    logic [QueueBits-1:0]     q;
    int unsigned              turn;
    for (int unsigned p = 0; p < Ports; p++) begin
      may[0]    = waiting[2*p] && has_place(QueueBits'(2 * p));
      may[1]    = waiting[2*p+1] && has_place(QueueBits'(2 * p + 1));
      can[p]    = may != '0;
      choice[p] = class_turn[p] ? may[1] : !may[0];
      if (!can[p] && waiting[2*p+:2] != '0) no_place_q <= 1'b1;
    end
    granted = can;
    if (32'($countones(can)) > 32'(room)) begin
      granted = '0;
      used    = '0;
      turn    = 32'(port_turn);
      for (int unsigned k = 0; k < Ports; k++) begin
        if (can[turn] && used != room) begin
          granted[turn] = 1'b1;
          used          = used + SlotIndexBits'(1);
          port_turn     = (turn == Ports - 1) ? '0 : PortBits'(turn + 1);
        end
        turn = (turn == Ports - 1) ? 32'd0 : turn + 32'd1;
      end
    end
    for (int unsigned p = 0; p < Ports; p++) begin
      if (granted[p]) begin
        q             = QueueBits'(2 * p + 32'(choice[p]));
        row[p]        = {choice[p], head[p][choice[p]]};
        sent[q]       = sent[q] + PlaceBits'(1);
        class_turn[p] = !choice[p];
        carries       = 1'b1;
        pop(p, choice[p]);
      end
    end
  endtask

  task automatic send_new;
    logic                       last;
    dojo_pkg::edge_frame_kind_e kind;
    if (!in_frame) begin
      in_frame = 1'b1;
      carries  = 1'b0;
      open     = state == dojo_pkg::EdgeStateUp && 16'(next - acknowledged) != 16'(Window);
    end
    last = beat == BeatBits'(Beats - 1);
    granted = '0;
    if (open && waiting != '0) fill(SlotIndexBits'(last ? Slots - 1 : Slots));
    first_o     <= beat == '0;
    again_o     <= 1'b0;
    granted_o   <= granted;
    row_o       <= row;
    store_o     <= open;
    store_row_o <= {next[$clog2(Window)-1:0], beat};
    if (last) begin
      kind = (state == dojo_pkg::EdgeStateTraining) ? (heard ? dojo_pkg::EdgeFrameKindHeard : dojo_pkg::EdgeFrameKindTraining)
           : carries ? dojo_pkg::EdgeFrameKindData : ask ? dojo_pkg::EdgeFrameKindAsk : dojo_pkg::EdgeFrameKindControl;
      kind_o   <= kind;
      number_o <= next;
      frames   = frames + 32'd1;
      told     = 1'b0;
      if (carries) next = next + 16'd1;
      if (kind == dojo_pkg::EdgeFrameKindAsk) ask = 1'b0;
      in_frame = 1'b0;
    end
    beat    = beat + BeatBits'(1);
    moved   = 1'b1;
    beat_o <= 1'b1;
    last_o <= last;
  endtask

  task automatic send_again;
    logic last;
    last = reading_beat == BeatBits'(Beats - 1);
    if (last) begin
      frames   = frames + 32'd1;
      repeated = repeated + 32'd1;
      told     = 1'b0;
    end
    kind_o   <= dojo_pkg::EdgeFrameKindData;
    number_o <= reading_number;
    moved    = 1'b1;
    beat_o   <= 1'b1;
    last_o   <= last;
    again_o  <= 1'b1;
    store_o  <= 1'b0;
  endtask

  // Reads the next beat that is to be sent again, in the cycle before it is sent.
  task automatic read_again;
    if (replay_beat == '0) begin
      if (want_replay) begin
        resumed_q   <= replaying;
        want_replay = 1'b0;
        replaying   = 1'b1;
        replay      = acknowledged;
      end else if (16'(replay - acknowledged) > 16'(Window)) begin
        jumped_q <= 1'b1;
        replay = acknowledged;
      end
      if (replay == next) replaying = 1'b0;
    end
    if (replaying) begin
      read_o     <= 1'b1;
      read_row_o <= {replay[$clog2(Window)-1:0], replay_beat};
      reading        = 1'b1;
      reading_number = replay;
      reading_beat   = replay_beat;
      replay_beat    = replay_beat + BeatBits'(1);
      if (replay_beat == '0) replay = replay + 16'd1;
    end
  endtask

  task automatic send;
    moved = 1'b0;
    if (reading) send_again();
    reading = 1'b0;
    if (!in_frame && (replaying || want_replay)) read_again();
    if (in_frame) send_new();
    else if (!replaying && !reading && !moved) begin
      if (state == dojo_pkg::EdgeStateTraining || told || ask) send_new();
      else if (state == dojo_pkg::EdgeStateUp && waiting != '0 && may_send()) begin
        if (16'(next - acknowledged) != 16'(Window)) send_new();
        else window_full_q <= 1'b1;
      end
    end
  endtask

  task automatic step;
    returned = '0;
    beat_o        <= 1'b0;
    read_o        <= 1'b0;
    window_full_q <= 1'b0;
    no_place_q    <= 1'b0;
    resumed_q     <= 1'b0;
    jumped_q      <= 1'b0;
    active = flit_valid_i != '0 || heard_valid_i || owed_i;
    if (flit_valid_i != '0) store();
    if (!enable_i) begin
      if (!in_frame && !reading) restart(dojo_pkg::EdgeStateDown);
      else state = dojo_pkg::EdgeStateDead;
    end else if (state == dojo_pkg::EdgeStateDown) restart(dojo_pkg::EdgeStateTraining);
    if (state == dojo_pkg::EdgeStateDown || state == dojo_pkg::EdgeStateDead) begin
      if (waiting != '0) discard();
      told        = 1'b0;
      ask         = 1'b0;
      want_replay = 1'b0;
      if (replay_beat == '0) replaying = 1'b0;
    end else begin
      if (heard_valid_i) hear();
      if (owed_i && state == dojo_pkg::EdgeStateUp) told = 1'b1;
      wait_for_far_end();
    end
    send();
    if (moved || returned != '0 || waiting != '0 || in_frame || replaying || reading || told || ask || state == dojo_pkg::EdgeStateTraining ||
        (state == dojo_pkg::EdgeStateUp && acknowledged != next)) active = 1'b1;
    credit_o    <= returned;
    state_o     <= state;
    frames_o    <= frames;
    repeated_o  <= repeated;
    timeouts_o  <= timeouts;
    discarded_o <= discarded;
    refused_o   <= refused;
    busy_o      <= active;
  endtask

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      restart(dojo_pkg::EdgeStateDown);
      for (int unsigned p = 0; p < Ports; p++) begin
        for (int unsigned c = 0; c < 2; c++) begin
          head[p][c]  = '0;
          count[p][c] = '0;
        end
      end
      waiting     = '0;
      class_turn  = '0;
      port_turn   = '0;
      beat        = '0;
      in_frame    = 1'b0;
      open        = 1'b0;
      carries     = 1'b0;
      replay      = '0;
      replay_beat = '0;
      reading     = 1'b0;
      granted     = '0;
      active      = 1'b0;
      frames      = '0;
      repeated    = '0;
      timeouts    = '0;
      discarded   = '0;
      refused     = '0;
      beat_o      <= 1'b0;
      first_o     <= 1'b0;
      last_o      <= 1'b0;
      again_o     <= 1'b0;
      granted_o   <= '0;
      store_o     <= 1'b0;
      read_o      <= 1'b0;
      credit_o    <= '0;
      state_o     <= dojo_pkg::EdgeStateDown;
      frames_o    <= '0;
      repeated_o  <= '0;
      timeouts_o  <= '0;
      discarded_o <= '0;
      refused_o   <= '0;
      busy_o      <= 1'b0;
      queue_overflow_q  <= 1'b0;
      window_full_q     <= 1'b0;
      no_place_q        <= 1'b0;
      resumed_q         <= 1'b0;
      jumped_q          <= 1'b0;
    end else if (busy_o || flit_valid_i != '0 || heard_valid_i || owed_i || (enable_i == (state_o == dojo_pkg::EdgeStateDown))) begin
      step();
    end
  end

  /* verilator lint_on BLKSEQ */

  // Implementation checks.
  `DOJO_ASSERT(NoQueueOverflow, !queue_overflow_q)
  `DOJO_ASSERT(IdleIsQuiet, busy_o || (!beat_o && credit_o == '0 && !read_o))

  `DOJO_COVER(WindowFull, window_full_q)
  `DOJO_COVER(NoPlace, no_place_q)
  `DOJO_COVER(Replay, read_o)
  `DOJO_COVER(ReplayBegunAnew, resumed_q)
  `DOJO_COVER(ReplayOvertaken, jumped_q)
  `DOJO_COVER(Training, state_o == dojo_pkg::EdgeStateTraining)
  `DOJO_COVER(Dead, state_o == dojo_pkg::EdgeStateDead)
  `DOJO_COVER(Discards, state_o == dojo_pkg::EdgeStateDead && credit_o != '0)

endmodule
