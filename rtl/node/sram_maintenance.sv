// Error injection and scrubbing of the SRAM: one request at a time on its maintenance port.
//
// Function: an injection flips stored bits of a word as soon as its bank is free. The scrubber, when its period is not 0, asks for the
// repair of one line per period, line after line, round and round; it works and counts only while the node is awake, and keeps nobody awake.
// Latency: a request is on the port in the cycle after its cause. Throughput: one per two cycles. Back-pressure: m_grant_i; injections
// that come while one waits are dropped. Registered: every output but m_valid_o and idle_o, which depend on registers and awake_i.
`include "dojo_assert.svh"

module sram_maintenance (
    input  logic        clk_i,
    input  logic        rst_ni,
    input  logic        awake_i,  // a register: the node does not sleep
    // injection
    input  logic        inject_valid_i,
    input  logic [17:0] inject_word_i,
    input  logic [63:0] inject_data_i,
    input  logic [7:0]  inject_check_i,
    // scrubber
    input  logic [30:0] period_i,
    // maintenance port of the SRAM
    output logic        m_valid_o,
    output logic        m_flip_o,
    output logic [14:0] m_line_o,
    output logic [2:0]  m_word_o,
    output logic [63:0] m_flip_data_o,
    output logic [7:0]  m_flip_check_o,
    input  logic        m_grant_i,
    // no injection waits
    output logic        idle_o
);

  logic        request_q;
  logic        inject_q;  // an injection waits behind the request on the port
  logic [17:0] inject_word_q;
  logic [30:0] elapsed_q;
  logic        due_q;     // the next line is to be scrubbed
  logic [14:0] line_q;

  assign m_valid_o = request_q && awake_i;
  assign idle_o    = !inject_q && !(request_q && m_flip_o);

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      request_q <= 1'b0;
      inject_q  <= 1'b0;
      elapsed_q <= '0;
      due_q     <= 1'b0;
      line_q    <= '0;
    end else begin
      if (m_grant_i) request_q <= 1'b0;
      if (inject_valid_i && idle_o) begin
        inject_q       <= 1'b1;
        inject_word_q  <= inject_word_i;
        m_flip_data_o  <= inject_data_i;
        m_flip_check_o <= inject_check_i;
      end
      if (period_i != '0 && awake_i) begin
        elapsed_q <= (elapsed_q + 31'd1 >= period_i) ? '0 : elapsed_q + 31'd1;
        if (elapsed_q + 31'd1 >= period_i) due_q <= 1'b1;
      end
      if (!request_q) begin
        if (inject_q) begin
          request_q <= 1'b1;
          m_flip_o  <= 1'b1;
          m_line_o  <= inject_word_q[17:3];
          m_word_o  <= inject_word_q[2:0];
          inject_q  <= 1'b0;
        end else if (due_q) begin
          request_q <= 1'b1;
          m_flip_o  <= 1'b0;
          m_line_o  <= line_q;
          m_word_o  <= '0;
          line_q    <= (32'(line_q) == dojo_pkg::SramLines - 1) ? '0 : line_q + 15'd1;
          due_q     <= 1'b0;
        end
      end
    end
  end

  // Integration checks.
  `DOJO_ASSERT(GrantIsAsked, !m_grant_i || m_valid_o)
  `DOJO_ASSERT(InjectionIsInside, !inject_valid_i || 32'(inject_word_i[17:3]) < dojo_pkg::SramLines)
  // Implementation checks.
  `DOJO_COVER(InjectionWaits, inject_q && request_q)
  `DOJO_COVER(ScrubWaits, m_valid_o && !m_flip_o && !m_grant_i)

endmodule
