// The links of a TTP endpoint: who is linked on which virtual channel, in which state, and what is outstanding.
//
// Function: a frame that was received finds the entry of its node and VC; ttp_pkg::rule_of says what it does to the link and whether it is
// answered. A payload of the user gets the next ID of its link and a place in the replay buffer, entry * Window + ID modulo Window, where it
// stays until it is acknowledged; with no link one is opened, and with no entry for it a link with nothing outstanding is closed: the next
// one after the last victim. Frames to send leave as commands: answers in their order, then OPENs, CLOSEs and what timers repeat, then
// payloads, VC1 before the others, links in turn. A payload is sent again from the one that a NACK names, or, when nothing was
// acknowledged for timers.retry cycles, from the oldest.
// The end that was asked for a link sends no payload for timers.settle cycles after its OPEN_ACK unless the other end shows that it has it:
// in OPEN_SENT that one would answer that there is no link.
// Latency: two cycles from a frame to its answer's command. Throughput: one frame and one command per cycle; a place in the replay buffer is
// given at most every fourth cycle.
// Back-pressure: commands and payloads wait for valid and ready. Frames are taken always: one that needs an answer while Answers of them
// wait is dropped as if the line had lost it.
// Registered: every output.
`include "dojo_assert.svh"

module ttp_link_table #(
    parameter int unsigned Links = 8,       // a power of two
    parameter int unsigned Window = 32,     // payloads of a link that may be outstanding; a power of two
    parameter logic [31:0] FirstId = 32'hffff_fff0,
    localparam int unsigned IndexBits = $clog2(Links),
    localparam int unsigned WindowBits = $clog2(Window),
    localparam int unsigned SlotBits = IndexBits + WindowBits
) (
    input  logic                        clk_i,
    input  logic                        rst_ni,
    input  dojo_pkg::ttp_timers_t       timers_i,  // constant while links are open
    // a well-formed frame; in the next cycle take_o says that its payload is to be kept
    input  logic                        frame_valid_i,
    input  ttp_pkg::message_t           frame_i,
    input  logic                        frame_room_i,
    input  logic                        malformed_i,  // a frame was dropped
    output logic                        take_o,
    // payloads of the user, by VC, in beats: while ready is high they go to the place send_place_o; grant_valid_o is the first such cycle
    input  logic                  [2:0] send_valid_i,
    input  logic                 [23:0] send_node_i[3],
    input  logic                  [2:0] send_last_i,
    output logic                  [2:0] send_ready_o,
    output logic         [SlotBits-1:0] send_place_o[3],
    output logic                        grant_valid_o,
    output logic                  [1:0] grant_vc_o,
    // the user closes a link
    input  logic                        close_valid_i,
    input  logic                 [23:0] close_node_i,
    input  logic                  [1:0] close_vc_i,
    // frames to send; payloads from command_place_o
    output logic                        command_valid_o,
    output ttp_pkg::message_t           command_o,
    output logic         [SlotBits-1:0] command_place_o,
    input  logic                        command_ready_i,
    // interrupt: a link is down, with what was outstanding on it
    output logic                        down_valid_o,
    output dojo_pkg::ttp_link_t         down_o,
    // for the host to read
    output dojo_pkg::ttp_link_t [Links-1:0] link_o,
    output logic           [15:0][31:0] counter_o,
    // something came in the last cycle, or something will change without a new input
    output logic                        busy_o
);

  localparam int unsigned Answers = 16;
  localparam int unsigned AnswerBits = $clog2(Answers);
  localparam int unsigned AnswerCountBits = $clog2(Answers + 1);

  // Integration checks.
  if (Links != 2 ** IndexBits || Window != 2 ** WindowBits || Links < 2 || Window < 2) begin : gen_size_check
    $error("ttp_link_table: Links and Window must be powers of two, at least 2");
  end

  // State of the one process below, and read by no other.
  logic [Links-1:0]     used;
  logic [23:0]          node[Links];
  logic [1:0]           vc[Links];
  logic [2:0]           state[Links];
  logic [31:0]          opening_id[Links];
  logic [31:0]          oldest_id[Links];     // of the own payloads that are outstanding
  logic [31:0]          sent_id[Links];       // of the next payload to send
  logic [31:0]          next_id[Links];       // of the next payload that the user sends, and of the CLOSE
  logic [31:0]          expected_id[Links];   // of the other end's next payload
  logic [31:0]          closing_id[Links];    // of the other end's CLOSE
  logic [31:0]          held_id[Links];       // no CLOSE before it has come
  logic [Links-1:0]     closing, held, nacked, unsettled, quiet, close_wanted;
  logic [31:0]          retry_at[Links], quiet_until[Links], settled_at[Links], idle_at[Links];
  logic [31:0]          now;
  logic [31:0]          next_opening_id;
  logic [IndexBits-1:0] scan;                 // entry whose timers are looked at
  logic [IndexBits-1:0] victim_turn, payload_turn;
  logic [1:0]           source_turn;
  logic [2:0]           granted, alive;       // the user's payload has a place; its link is still the one that gave it
  logic [IndexBits-1:0] granted_link[3];
  ttp_pkg::message_t    answers[Answers];     // a circle
  logic [AnswerBits-1:0]      answer_first;
  logic [AnswerCountBits-1:0] answer_count;
  logic [31:0]          counts[16];
  logic                 active;               // something has changed: there may be more to do

  // What the checks see of the last cycle.
  logic             overrun_q, silent_q, resent_q, victim_q, crossed_q, settled_q, wrapped_q, refused_q;
  logic             window_full_q, aborted_q, bad_place_q, bad_range_q, repeated_q;
  logic [5:0]       entered_q;                // states

  function automatic logic [Links-1:0] entries_of(input logic [23:0] wanted, input logic [1:0] channel);
    logic [Links-1:0] found;
    for (int unsigned k = 0; k < Links; k++) found[k] = used[k] && node[k] == wanted && vc[k] == channel;
    return found;
  endfunction

  // The first of a set, and with it whether it has any.
  function automatic logic [IndexBits-1:0] first_of(input logic [Links-1:0] set);
    logic [IndexBits-1:0] first;
    first = '0;
    for (int unsigned k = Links; k > 0; k--) if (set[k-1]) first = IndexBits'(k - 1);
    return first;
  endfunction

  // The first of a set from `turn` on.
  function automatic logic [IndexBits-1:0] next_of(input logic [Links-1:0] set, input logic [IndexBits-1:0] turn);
    logic [Links-1:0] after;
    after = set & ~((Links'(1) << turn) - Links'(1));
    return first_of((after != '0) ? after : set);
  endfunction

  function automatic logic [Links-1:0] filling();
    logic [Links-1:0] links;
    links = '0;
    for (int unsigned v = 0; v < 3; v++) if (granted[v] && alive[v]) links[granted_link[v]] = 1'b1;
    return links;
  endfunction

  function automatic logic is_past(input logic [31:0] deadline);
    return !ttp_pkg::is_younger(deadline, now);
  endfunction

  // Blocking assignments go to state that no other process reads.
  /* verilator lint_off BLKSEQ */

  task automatic count_up(input logic [3:0] counter, input logic [31:0] amount);
    counts[counter] = counts[counter] + amount;
  endtask

  // ---- Entries.

  task automatic allocate(input logic [IndexBits-1:0] k, input logic [23:0] other, input logic [1:0] channel);
    used[k]         = 1'b1;
    node[k]         = other;
    vc[k]           = channel;
    state[k]        = dojo_pkg::TtpStateClosed;
    quiet[k]        = 1'b0;
    closing[k]      = 1'b0;
    held[k]         = 1'b0;
    nacked[k]       = 1'b0;
    unsettled[k]    = 1'b0;
    close_wanted[k] = 1'b0;
  endtask

  // The link gets IDs that are younger than all that the endpoint has used.
  task automatic begin_link(input logic [IndexBits-1:0] k);
    opening_id[k]   = next_opening_id;
    oldest_id[k]    = next_opening_id + 32'd1;
    sent_id[k]      = next_opening_id + 32'd1;
    next_id[k]      = next_opening_id + 32'd1;
    next_opening_id = next_opening_id + 32'(dojo_pkg::TtpIncarnationStride);
    if (!next_opening_id[31] && opening_id[k][31]) wrapped_q <= 1'b1;
  endtask

  task automatic enter(input logic [IndexBits-1:0] k, input logic [2:0] next, input logic failed);
    if (next != state[k]) begin
      entered_q[next] <= 1'b1;
      if (next == dojo_pkg::TtpStateOpen) begin
        count_up(4'(dojo_pkg::TtpCounterLinksOpened), 32'd1);
        idle_at[k]    = now + timers_i.idle;
        settled_at[k] = now + timers_i.settle;
        if (state[k] == dojo_pkg::TtpStateOpenRecd) unsettled[k] = 1'b1;
      end
      if (next == dojo_pkg::TtpStateClosed && state[k] == dojo_pkg::TtpStateOpenSent) begin
        // Refused, or closed by the other end: the entry waits before the next attempt.
        refused_q      <= 1'b1;
        quiet[k]       = 1'b1;
        unsettled[k]   = 1'b0;
        quiet_until[k] = now + timers_i.backoff;
      end else if (next == dojo_pkg::TtpStateClosed) begin
        used[k] = 1'b0;
        count_up(failed ? 4'(dojo_pkg::TtpCounterLinksDown) : 4'(dojo_pkg::TtpCounterLinksClosed), 32'd1);
        if (ttp_pkg::is_younger(next_id[k], next_opening_id)) next_opening_id = next_id[k];
        if ((filling() & (Links'(1) << k)) != '0) aborted_q <= 1'b1;
        for (int unsigned v = 0; v < 3; v++) if (granted_link[v] == k) alive[v] = 1'b0;
        if (failed) begin
          down_valid_o <= 1'b1;
          down_o       <= '{used: 1'b0, unused: '0, state: state[k], vc: vc[k], node: node[k]};
        end
      end
      state[k] = next;
    end
  endtask

  // An entry is wanted and there is none: a link with nothing outstanding is to be closed, unless one already is.
  task automatic choose_victim;
    logic [Links-1:0] candidates, busy_filling;
    logic             closes;
    busy_filling = filling();
    closes       = 1'b0;
    for (int unsigned k = 0; k < Links; k++) begin
      candidates[k] = used[k] && state[k] == dojo_pkg::TtpStateOpen && oldest_id[k] == next_id[k] && !busy_filling[k];
      closes        = closes || (used[k] && (close_wanted[k] || state[k] == dojo_pkg::TtpStateCloseSent));
    end
    if (!closes && candidates != '0) begin
      close_wanted[next_of(candidates, victim_turn)] = 1'b1;
      victim_turn = next_of(candidates, victim_turn) + IndexBits'(1);
      victim_q <= 1'b1;
      active   = 1'b1;
    end
  endtask

  // ---- Frames that come.

  task automatic learn(input logic [IndexBits-1:0] k);
    logic [31:0] first;
    first = (frame_i.opcode == dojo_pkg::TtpOpcodeOpen) ? frame_i.tx_id + 32'd1 : frame_i.tx_id;
    if (state[k] == dojo_pkg::TtpStateClosed) begin_link(k);
    if (state[k] == dojo_pkg::TtpStateOpenSent && frame_i.opcode == dojo_pkg::TtpOpcodeOpen) begin
      unsettled[k] = 1'b1;
      crossed_q    <= 1'b1;
    end
    if (frame_i.opcode == dojo_pkg::TtpOpcodeOpenAck && frame_i.crossing) unsettled[k] = 1'b1;
    // In OPEN a repeated OPEN says nothing new, and a younger one that the other end has begun again.
    if (state[k] != dojo_pkg::TtpStateOpen || ttp_pkg::is_younger(first, expected_id[k])) begin
      expected_id[k] = first;
      nacked[k]      = 1'b0;
    end
  endtask

  // Own payloads before `first_missing` have arrived.
  task automatic acknowledge(input logic [IndexBits-1:0] k, input logic [31:0] first_missing);
    count_up(4'(dojo_pkg::TtpCounterAcknowledged), first_missing - oldest_id[k]);
    oldest_id[k] = first_missing;
    if (ttp_pkg::is_younger(first_missing, sent_id[k])) sent_id[k] = first_missing;
    unsettled[k] = 1'b0;
    retry_at[k]  = now + timers_i.retry;
  endtask

  task automatic answer(input logic [IndexBits-1:0] k, input logic [5:0] opcode);
    ttp_pkg::message_t message;
    message        = '0;
    message.opcode = opcode;
    message.node   = frame_i.node;
    message.vc     = frame_i.vc;
    message.rx_id  = frame_i.tx_id;
    if (opcode == dojo_pkg::TtpOpcodeOpenAck) begin
      message.tx_id    = oldest_id[k];
      message.crossing = state[k] == dojo_pkg::TtpStateOpenSent;
    end
    if (opcode == dojo_pkg::TtpOpcodeNack) message.rx_id = expected_id[k];
    if (opcode == dojo_pkg::TtpOpcodeCloseNack) begin
      message.tx_id = next_id[k] - 32'd1;
      message.rx_id = expected_id[k] - 32'd1;
    end
    answers[answer_first + AnswerBits'(answer_count)] = message;
    answer_count = answer_count + AnswerCountBits'(1);
  endtask

  function automatic dojo_pkg::ttp_conditions_t conditions_of(input logic [IndexBits-1:0] k, input logic known);
    dojo_pkg::ttp_conditions_t is;
    is.free_entry = known || used != '1;
    case (frame_i.opcode)
      dojo_pkg::TtpOpcodeOpenAck, dojo_pkg::TtpOpcodeOpenNack: is.current = frame_i.rx_id == opening_id[k];
      dojo_pkg::TtpOpcodeCloseAck:                             is.current = frame_i.rx_id == next_id[k];
      default: is.current = frame_i.rx_id - oldest_id[k] < next_id[k] - oldest_id[k];
    endcase
    is.expected     = frame_i.tx_id == expected_id[k];
    is.older        = ttp_pkg::is_younger(expected_id[k], frame_i.tx_id);
    is.room         = frame_room_i;
    is.nacked       = nacked[k];
    is.past_closing = closing[k] && !ttp_pkg::is_younger(closing_id[k], frame_i.tx_id);
    is.own_drained  = oldest_id[k] == next_id[k] && (filling() & (Links'(1) << k)) == '0;
    is.peer_arrived = frame_i.tx_id == expected_id[k];
    is.close_seen   = next_id[k] - frame_i.rx_id + 32'd1 <= 32'd2;
    return is;
  endfunction

  task automatic note_payload(input logic [IndexBits-1:0] k, input logic older, expected, was_nacked, delivers);
    unsettled[k] = 1'b0;
    idle_at[k]   = now + timers_i.idle;
    count_up(delivers ? 4'(dojo_pkg::TtpCounterDelivered) : older ? 4'(dojo_pkg::TtpCounterRepeated)
           : expected ? 4'(dojo_pkg::TtpCounterFull) : 4'(dojo_pkg::TtpCounterOutOfOrder), 32'd1);
    if (!delivers && !older && !expected && was_nacked) silent_q <= 1'b1;
  endtask

  // The payload that was expected has come.
  task automatic take(input logic [IndexBits-1:0] k);
    take_o         <= 1'b1;
    expected_id[k] = expected_id[k] + 32'd1;
    nacked[k]      = 1'b0;
    if (ttp_pkg::is_younger(expected_id[k], held_id[k])) held[k] = 1'b0;
  endtask

  task automatic go_back(input logic [IndexBits-1:0] k);
    sent_id[k] = oldest_id[k];
    count_up(4'(dojo_pkg::TtpCounterNacksReceived), 32'd1);
    resent_q <= 1'b1;
  endtask

  task automatic wait_for_room(input logic [IndexBits-1:0] k);
    go_back(k);
    quiet[k]       = 1'b1;
    quiet_until[k] = now + timers_i.backoff;
  endtask

  // No CLOSE before the other end's last payload has come.
  task automatic hold(input logic [IndexBits-1:0] k);
    if (!ttp_pkg::is_younger(expected_id[k], frame_i.tx_id)) begin
      held[k]    = 1'b1;
      held_id[k] = frame_i.tx_id;
    end
  endtask

  task automatic receive;
    logic [Links-1:0]          found;
    logic [IndexBits-1:0]      k;
    logic [2:0]                was;
    dojo_pkg::ttp_conditions_t is;
    dojo_pkg::ttp_rule_t       rule;
    found  = entries_of(frame_i.node, frame_i.vc);
    k      = first_of((found != '0) ? found : ~used);
    was    = (found != '0) ? state[k] : 3'(dojo_pkg::TtpStateClosed);
    is     = conditions_of(k, found != '0);
    rule   = ttp_pkg::rule_of(was, frame_i.opcode, is);
    active = 1'b1;
    if (rule.answers && answer_count == AnswerCountBits'(Answers)) begin
      count_up(4'(dojo_pkg::TtpCounterOverrun), 32'd1);
      overrun_q <= 1'b1;
    end else begin
      count_up(4'(dojo_pkg::TtpCounterFramesReceived), 32'd1);
      if (rule.discards) count_up(4'(dojo_pkg::TtpCounterDiscarded), 32'd1);
      if (found == '0 && rule.next != dojo_pkg::TtpStateClosed) allocate(k, frame_i.node, frame_i.vc);
      if (ttp_pkg::is_linked(was) && frame_i.opcode == dojo_pkg::TtpOpcodePayload) note_payload(k, is.older, is.expected, is.nacked, rule.delivers);
      if (rule.learns) learn(k);
      if (rule.delivers) take(k);
      if (rule.asks) nacked[k] = 1'b1;
      if (rule.acknowledges) acknowledge(k, frame_i.rx_id + 32'd1);
      if (rule.goes_back) acknowledge(k, frame_i.rx_id);
      if (rule.goes_back) go_back(k);
      if (rule.waits) wait_for_room(k);
      if (rule.holds) hold(k);
      if (frame_i.opcode == dojo_pkg::TtpOpcodeClose && ttp_pkg::is_linked(was)) begin
        closing[k]    = 1'b1;
        closing_id[k] = frame_i.tx_id;
      end
      if (rule.answers) answer(k, rule.answer);
      if (rule.answers && rule.answer == dojo_pkg::TtpOpcodeOpenNack && was == dojo_pkg::TtpStateClosed) choose_victim();
      if (found != '0 || rule.next != dojo_pkg::TtpStateClosed) enter(k, rule.next, rule.fails);
    end
  endtask

  // ---- Payloads of the user.

  task automatic take_beats;
    for (int unsigned v = 0; v < 3; v++) begin
      if (send_valid_i[v] && send_ready_o[v] && send_last_i[v]) begin
        if (alive[v]) begin
          if (next_id[granted_link[v]][WindowBits-1:0] != send_place_o[v][WindowBits-1:0]) bad_place_q <= 1'b1;
          next_id[granted_link[v]] = next_id[granted_link[v]] + 32'd1;
        end
        granted[v]      = 1'b0;
        send_ready_o[v] <= 1'b0;
        active          = 1'b1;
      end
    end
  endtask

  // A place for the payload that waits on VC `v`, or a link for it.
  task automatic grant(input logic [1:0] v);
    logic [Links-1:0]     found;
    logic [IndexBits-1:0] k;
    found = entries_of(send_node_i[v], v);
    k     = first_of((found != '0) ? found : ~used);
    if (found == '0) begin
      if (used != '1) allocate(k, send_node_i[v], v);
      else choose_victim();
    end else if (state[k] == dojo_pkg::TtpStateOpen && !close_wanted[k]) begin
      if (next_id[k] - oldest_id[k] < 32'(Window)) begin
        granted[v]      = 1'b1;
        alive[v]        = 1'b1;
        granted_link[v] = k;
        grant_valid_o   <= 1'b1;
        grant_vc_o      <= v;
        active          = 1'b1;
        send_ready_o[v] <= 1'b1;
        send_place_o[v] <= {k, next_id[k][WindowBits-1:0]};
      end else begin
        window_full_q <= 1'b1;
      end
    end
  endtask

  // ---- Frames that go.

  task automatic command(input ttp_pkg::message_t message, input logic [SlotBits-1:0] place);
    command_valid_o <= 1'b1;
    command_o       <= message;
    command_place_o <= place;
    active = 1'b1;
    count_up(4'(dojo_pkg::TtpCounterFramesSent), 32'd1);
  endtask

  task automatic send_answer;
    logic [Links-1:0]     found;
    logic [IndexBits-1:0] k;
    ttp_pkg::message_t    message;
    message      = answers[answer_first];
    answer_first = answer_first + AnswerBits'(1);
    answer_count = answer_count - AnswerCountBits'(1);
    found        = entries_of(message.node, message.vc);
    k            = first_of(found);
    command(message, '0);
    if (found != '0) begin
      if (message.opcode == dojo_pkg::TtpOpcodeOpenAck) settled_at[k] = now + timers_i.settle;
      enter(k, ttp_pkg::after_sending(state[k], message.opcode), 1'b0);
    end
  endtask

  task automatic send_control(input logic [IndexBits-1:0] k, input logic [5:0] opcode);
    ttp_pkg::message_t message;
    message        = '0;
    message.opcode = opcode;
    message.node   = node[k];
    message.vc     = vc[k];
    if (opcode == dojo_pkg::TtpOpcodeOpen) begin
      if (state[k] == dojo_pkg::TtpStateClosed) begin_link(k);
      message.tx_id = opening_id[k];
    end else if (opcode == dojo_pkg::TtpOpcodeClose) begin
      message.tx_id = next_id[k];
      message.rx_id = expected_id[k] - 32'd1;
    end else begin
      message.rx_id = closing_id[k];
    end
    retry_at[k] = now + timers_i.retry;
    command(message, '0);
    enter(k, ttp_pkg::after_sending(state[k], opcode), 1'b0);
  endtask

  // What was sent is sent again from the oldest that is outstanding.
  task automatic replay(input logic [IndexBits-1:0] k);
    sent_id[k]  = oldest_id[k];
    retry_at[k] = now + timers_i.retry;
    count_up(4'(dojo_pkg::TtpCounterTimeouts), 32'd1);
    repeated_q <= 1'b1;
  endtask

  // Looks at the timers of entry `scan`. If it wants to send an OPEN, CLOSE or CLOSE_ACK it does so or, unless `can_send`, stays the one at hand.
  task automatic watch(input logic can_send, output logic sent);
    logic [IndexBits-1:0] k;
    logic                 late, all_sent, outstanding, full, wants;
    logic [5:0]           wanted;
    k           = scan;
    late        = is_past(retry_at[k]);
    all_sent    = sent_id[k] == next_id[k];
    outstanding = oldest_id[k] != next_id[k];
    full        = (filling() & (Links'(1) << k)) != '0;
    wants       = 1'b0;
    wanted      = dojo_pkg::TtpOpcodeClose;
    if (quiet[k] && is_past(quiet_until[k])) begin
      quiet[k] = 1'b0;
      if (state[k] == dojo_pkg::TtpStateClosed) used[k] = 1'b0;
    end
    if (unsettled[k] && ttp_pkg::is_linked(state[k]) && is_past(settled_at[k])) begin
      unsettled[k] = 1'b0;
      settled_q    <= 1'b1;
    end
    if (used[k]) begin
      if (ttp_pkg::is_linked(state[k]) && (next_id[k] - oldest_id[k] > 32'(Window) || sent_id[k] - oldest_id[k] > next_id[k] - oldest_id[k]))
        bad_range_q <= 1'b1;
      case (state[k])
        dojo_pkg::TtpStateClosed: begin
          wants  = !quiet[k];
          wanted = dojo_pkg::TtpOpcodeOpen;
        end
        dojo_pkg::TtpStateOpenSent: begin
          wants  = late;
          wanted = dojo_pkg::TtpOpcodeOpen;
        end
        dojo_pkg::TtpStateOpen: begin
          if (timers_i.idle != '0 && !outstanding && !full && is_past(idle_at[k])) close_wanted[k] = 1'b1;
          wants = close_wanted[k] && all_sent && !full;
          if (late && all_sent && outstanding && !wants) replay(k);
        end
        dojo_pkg::TtpStateCloseSent: begin
          wants = late && !held[k];
          if (late && held[k] && all_sent && outstanding) replay(k);
        end
        dojo_pkg::TtpStateCloseRecd: begin
          wants  = !outstanding && !full && closing_id[k] == expected_id[k];
          wanted = dojo_pkg::TtpOpcodeCloseAck;
          if (late && all_sent && outstanding) replay(k);
        end
        default: ;
      endcase
    end
    sent = wants && can_send;
    if (sent) begin
      if (state[k] == dojo_pkg::TtpStateCloseSent) replay(k);
      else if (state[k] == dojo_pkg::TtpStateOpenSent) count_up(4'(dojo_pkg::TtpCounterTimeouts), 32'd1);
      send_control(k, wanted);
    end
    if (!wants || sent) scan = scan + IndexBits'(1);
  endtask

  task automatic send_payload;
    logic [Links-1:0]     ready, urgent;
    logic [IndexBits-1:0] k;
    ttp_pkg::message_t    message;
    for (int unsigned e = 0; e < Links; e++) begin
      ready[e]  = used[e] && ttp_pkg::is_linked(state[e]) && sent_id[e] != next_id[e] && !quiet[e] && !unsettled[e];
      urgent[e] = ready[e] && vc[e] == 2'd1;
    end
    if (ready != '0) begin
      k              = next_of((urgent != '0) ? urgent : ready, payload_turn);
      payload_turn   = k + IndexBits'(1);
      message        = '0;
      message.opcode = dojo_pkg::TtpOpcodePayload;
      message.node   = node[k];
      message.vc     = vc[k];
      message.tx_id  = sent_id[k];
      command(message, {k, sent_id[k][WindowBits-1:0]});
      sent_id[k]  = sent_id[k] + 32'd1;
      retry_at[k] = now + timers_i.retry;
      idle_at[k]  = now + timers_i.idle;
      count_up(4'(dojo_pkg::TtpCounterPayloadsSent), 32'd1);
    end
  endtask

  // ---- Everything in its order.
  task automatic step;
    logic             can_send, sent;
    logic [Links-1:0] told;
    active       = frame_valid_i || send_valid_i != '0 || close_valid_i || malformed_i;
    now          = now + 32'd1;
    take_o        <= 1'b0;
    down_valid_o  <= 1'b0;
    grant_valid_o <= 1'b0;
    {overrun_q, silent_q, resent_q, victim_q, crossed_q, settled_q, wrapped_q, refused_q} <= '0;
    {window_full_q, aborted_q, repeated_q} <= '0;
    entered_q <= '0;
    if (malformed_i) count_up(4'(dojo_pkg::TtpCounterMalformed), 32'd1);
    if (close_valid_i) begin
      told = entries_of(close_node_i, close_vc_i);
      for (int unsigned k = 0; k < Links; k++)
        if (told[k] && state[k] == dojo_pkg::TtpStateOpen) close_wanted[k] = 1'b1;
    end
    if (frame_valid_i) receive();
    if (send_ready_o != '0) take_beats();
    source_turn = (source_turn == 2'd2) ? 2'd0 : source_turn + 2'd1;
    if (send_valid_i[source_turn] && !granted[source_turn] && !send_ready_o[source_turn]) grant(source_turn);
    can_send = !command_valid_o || command_ready_i;
    if (can_send) command_valid_o <= 1'b0;
    watch(can_send && answer_count == '0, sent);
    if (can_send) begin
      if (answer_count != '0) send_answer();
      else if (!sent) send_payload();
    end
    for (int unsigned k = 0; k < Links; k++) begin
      if (used[k] && (state[k] != dojo_pkg::TtpStateOpen || oldest_id[k] != next_id[k] || unsettled[k] || close_wanted[k] ||
                      timers_i.idle != '0)) active = 1'b1;
      link_o[k] <= '{used: used[k], unused: '0, state: used[k] ? state[k] : 3'(dojo_pkg::TtpStateClosed), vc: vc[k], node: node[k]};
    end
    if (answer_count != '0) active = 1'b1;
    for (int unsigned c = 0; c < 16; c++) counter_o[c] <= counts[c];
  endtask

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      used            = '0;
      closing         = '0;
      held            = '0;
      nacked          = '0;
      unsettled       = '0;
      quiet           = '0;
      close_wanted    = '0;
      now             = '0;
      next_opening_id = FirstId;
      scan            = '0;
      victim_turn     = '0;
      payload_turn    = '0;
      source_turn     = '0;
      granted         = '0;
      alive           = '0;
      answer_first    = '0;
      answer_count    = '0;
      active          = 1'b0;
      for (int unsigned c = 0; c < 16; c++) counts[c] = '0;
      counter_o       <= '0;
      link_o          <= '0;
      take_o          <= 1'b0;
      grant_valid_o   <= 1'b0;
      send_ready_o    <= '0;
      command_valid_o <= 1'b0;
      down_valid_o    <= 1'b0;
      busy_o          <= 1'b0;
      {overrun_q, silent_q, resent_q, victim_q, crossed_q, settled_q, wrapped_q, refused_q} <= '0;
      {window_full_q, aborted_q, bad_place_q, bad_range_q, repeated_q} <= '0;
      entered_q <= '0;
    end else if (busy_o || frame_valid_i || send_valid_i != '0 || close_valid_i || malformed_i) begin
      step();
      busy_o <= active || command_valid_o || take_o;
    end
  end

  /* verilator lint_on BLKSEQ */

  // Implementation checks.
  logic past_valid;
  always_ff @(posedge clk_i) past_valid <= rst_ni;
  `DOJO_ASSERT(PlaceIsThatOfTheId, !bad_place_q)
  `DOJO_ASSERT(IdsInWindow, !bad_range_q)
  `DOJO_ASSERT(CommandIsHeld, !past_valid || !$past(command_valid_o && !command_ready_i) || command_valid_o)
  `DOJO_ASSERT(IdleIsQuiet, busy_o || (!take_o && !command_valid_o && !down_valid_o))

  `DOJO_COVER(Overrun, overrun_q)
  `DOJO_COVER(SilentAfterNack, silent_q)
  `DOJO_COVER(WentBack, resent_q)
  `DOJO_COVER(RepeatedByTimer, repeated_q)
  `DOJO_COVER(Victim, victim_q)
  `DOJO_COVER(CrossingOpens, crossed_q)
  `DOJO_COVER(SettledByTimer, settled_q)
  `DOJO_COVER(IdsWrapped, wrapped_q)
  `DOJO_COVER(OpenRefused, refused_q)
  `DOJO_COVER(WindowFull, window_full_q)
  `DOJO_COVER(PayloadAborted, aborted_q)
  `DOJO_COVER(LinkDown, down_valid_o)
  for (genvar s = 0; s < 6; s++) begin : gen_state_covers
    `DOJO_COVER(Entered, entered_q[s])
  end
endmodule
