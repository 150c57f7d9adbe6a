// The rules of a TTP link, as functions of its state. The tables of sw/model/ttp_rules.cpp say the same; a test compares all cases.
package ttp_pkg;

  // What a frame says to a link, and which end it comes from or goes to.
  typedef struct packed {
    logic [5:0]  opcode;
    logic [1:0]  vc;
    logic [23:0] node;
    logic [31:0] tx_id;
    logic [31:0] rx_id;
    logic        crossing;  // OPEN_ACK: its sender has asked, too, and has no answer yet
  } message_t;

  // The user's part of a payload's header, and its 64-byte beats.
  typedef struct packed {
    logic [127:0] noc;
    logic [4:0]   beats;
  } payload_t;

  // Whether ID `a` is younger than `b`, with wrap-around: 0 is younger than 0xffffffff.
  function automatic logic is_younger(input logic [31:0] a, b);
    logic [31:0] distance;
    distance = a - b;
    return !distance[31] && distance != '0;
  endfunction

  // The states in which there is a link.
  function automatic logic is_linked(input logic [2:0] state);
    return state == dojo_pkg::TtpStateOpen || state == dojo_pkg::TtpStateCloseSent || state == dojo_pkg::TtpStateCloseRecd;
  endfunction

  function automatic dojo_pkg::ttp_rule_t answered(input logic [2:0] next, input logic [5:0] answer);
    dojo_pkg::ttp_rule_t rule;
    rule         = '0;
    rule.next    = next;
    rule.answers = 1'b1;
    rule.answer  = answer;
    return rule;
  endfunction

  // A payload where there is a link: `older` and `expected` say which it is, `nacked` that the missing one was asked for.
  function automatic dojo_pkg::ttp_rule_t payload_rule(input logic [2:0] state, input logic past_closing, older, expected, room, nacked);
    dojo_pkg::ttp_rule_t rule;
    rule      = '0;
    rule.next = state;
    if (past_closing) rule = answered(state, dojo_pkg::TtpOpcodeNackNolink);
    else if (older) rule = answered(state, dojo_pkg::TtpOpcodeAck);
    else if (expected) begin
      rule          = answered(state, room ? dojo_pkg::TtpOpcodeAck : dojo_pkg::TtpOpcodeNackFull);
      rule.delivers = room;
    end else if (!nacked) begin
      rule      = answered(state, dojo_pkg::TtpOpcodeNack);
      rule.asks = 1'b1;
    end
    return rule;
  endfunction

  // The answer to a payload where there is a link: `current` says that the payload is outstanding. Other frames are leftovers.
  function automatic dojo_pkg::ttp_rule_t acknowledgement_rule(input logic [2:0] state, input logic [5:0] opcode, input logic current);
    dojo_pkg::ttp_rule_t rule;
    rule      = '0;
    rule.next = state;
    case (opcode)
      dojo_pkg::TtpOpcodeAck:      rule.acknowledges = current;
      dojo_pkg::TtpOpcodeNack:     rule.goes_back = current;
      dojo_pkg::TtpOpcodeNackFull: rule.waits = 1'b1;
      dojo_pkg::TtpOpcodeNackNolink: begin
        rule.fails = current;
        if (current) rule.next = dojo_pkg::TtpStateClosed;
      end
      default: ;
    endcase
    rule.discards = !(rule.acknowledges || rule.goes_back || rule.waits || rule.fails);
    return rule;
  endfunction

  // What a received frame does. What no row of the specification names is a leftover, and discarded.
  function automatic dojo_pkg::ttp_rule_t rule_of(input logic [2:0] state, input logic [5:0] opcode, input dojo_pkg::ttp_conditions_t is);
    dojo_pkg::ttp_rule_t rule;
    logic      learns;
    learns        = opcode == dojo_pkg::TtpOpcodeOpen;
    rule          = '0;
    rule.next     = state;
    rule.discards = 1'b1;
    if (opcode == dojo_pkg::TtpOpcodePayload)
      rule = is_linked(state) ? payload_rule(state, is.past_closing, is.older, is.expected, is.room, is.nacked)
           : answered(state, dojo_pkg::TtpOpcodeNackNolink);
    else if (is_linked(state)) rule = acknowledgement_rule(state, opcode, is.current);
    case (state)
      dojo_pkg::TtpStateClosed:
        case (opcode)
          dojo_pkg::TtpOpcodeOpen: begin
            rule   = is.free_entry ? answered(dojo_pkg::TtpStateOpenRecd, dojo_pkg::TtpOpcodeOpenAck) : answered(state, dojo_pkg::TtpOpcodeOpenNack);
            learns = is.free_entry;
          end
          dojo_pkg::TtpOpcodeClose: rule = answered(state, dojo_pkg::TtpOpcodeCloseAck);
          default: ;
        endcase
      dojo_pkg::TtpStateOpenSent:
        case (opcode)
          dojo_pkg::TtpOpcodeOpen: rule = answered(state, dojo_pkg::TtpOpcodeOpenAck);
          dojo_pkg::TtpOpcodeOpenAck: begin
            learns        = is.current;
            rule.discards = !is.current;
            if (is.current) rule.next = dojo_pkg::TtpStateOpen;
          end
          dojo_pkg::TtpOpcodeOpenNack: begin
            rule.discards = !is.current;
            if (is.current) rule.next = dojo_pkg::TtpStateClosed;
          end
          dojo_pkg::TtpOpcodeClose: rule = answered(dojo_pkg::TtpStateClosed, dojo_pkg::TtpOpcodeCloseAck);
          default: ;
        endcase
      dojo_pkg::TtpStateOpenRecd:
        case (opcode)
          dojo_pkg::TtpOpcodeOpen: rule = answered(state, dojo_pkg::TtpOpcodeOpenAck);
          dojo_pkg::TtpOpcodeClose: rule = answered(state, dojo_pkg::TtpOpcodeCloseAck);
          default: ;
        endcase
      dojo_pkg::TtpStateOpen:
        case (opcode)
          dojo_pkg::TtpOpcodeOpen: rule = answered(state, dojo_pkg::TtpOpcodeOpenAck);
          dojo_pkg::TtpOpcodeClose:
            rule = answered(dojo_pkg::TtpStateCloseRecd,
                            (is.own_drained && is.peer_arrived) ? dojo_pkg::TtpOpcodeCloseAck : dojo_pkg::TtpOpcodeCloseNack);
          default: ;
        endcase
      dojo_pkg::TtpStateCloseSent, dojo_pkg::TtpStateCloseRecd: begin
        if (opcode == dojo_pkg::TtpOpcodeOpen) begin
          rule   = answered(state, dojo_pkg::TtpOpcodeOpenNack);
          learns = 1'b0;
        end
        if (opcode == dojo_pkg::TtpOpcodeClose && state == dojo_pkg::TtpStateCloseRecd)
          rule = answered(state, (is.own_drained && is.peer_arrived) ? dojo_pkg::TtpOpcodeCloseAck : dojo_pkg::TtpOpcodeCloseNack);
        if (opcode == dojo_pkg::TtpOpcodeClose && state == dojo_pkg::TtpStateCloseSent)
          rule = (is.close_seen && is.peer_arrived) ? answered(dojo_pkg::TtpStateClosed, dojo_pkg::TtpOpcodeCloseAck)
               : answered(state, dojo_pkg::TtpOpcodeCloseNack);
        if (opcode == dojo_pkg::TtpOpcodeCloseAck && state == dojo_pkg::TtpStateCloseSent) begin
          rule.discards = !is.current;
          if (is.current) rule.next = dojo_pkg::TtpStateClosed;
        end
        if (opcode == dojo_pkg::TtpOpcodeCloseNack && state == dojo_pkg::TtpStateCloseSent) begin
          rule.discards = 1'b0;
          rule.holds    = 1'b1;
        end
      end
      default: ;
    endcase
    rule.learns = learns;
    return rule;
  endfunction

  // The state after a frame was sent. A frame that goes out while its link is in another state than its rule knows changes nothing.
  function automatic logic [2:0] after_sending(input logic [2:0] state, input logic [5:0] opcode);
    if (state == dojo_pkg::TtpStateClosed && opcode == dojo_pkg::TtpOpcodeOpen) return dojo_pkg::TtpStateOpenSent;
    if (state == dojo_pkg::TtpStateOpenRecd && opcode == dojo_pkg::TtpOpcodeOpenAck) return dojo_pkg::TtpStateOpen;
    if (state == dojo_pkg::TtpStateOpen && opcode == dojo_pkg::TtpOpcodeClose) return dojo_pkg::TtpStateCloseSent;
    if (state == dojo_pkg::TtpStateCloseRecd && opcode == dojo_pkg::TtpOpcodeCloseAck) return dojo_pkg::TtpStateClosed;
    return state;
  endfunction
endpackage
