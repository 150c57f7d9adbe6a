// The node's SRAM: six ports over 16 single-ported banks.
//
// Function: in each cycle every bank serves one request. A request that meets another one in its bank waits. Order: the write
// half of an atomic operation, requests that were refused, then network read, network write, vector write, vector reads 0 and 1,
// scalar. Refused requests outrank others until all of them are served, and then those that were refused meanwhile do: nobody
// starves. A network write of whole words does not wait for the read of a line, nor that for it: it is granted, kept in a register, and
// written in the next cycle, in which its bank serves nobody. So both streams of the network run at full rate, unless one bank is all
// that they use. A write of part of a 64-bit word reads its bank, merges, and writes it in the next cycle, in which the bank serves
// nobody, either. Maintenance (the scrubber, error injection) takes a bank that nobody asks for; a repair takes it for two cycles, too.
// Error correction: `sram_array`.
// Latency: the grant is combinational in the cycle of the request; read data is in the port's register in the next cycle.
// Throughput: one line per port per cycle without bank conflicts. Back-pressure: grant low; the client holds its request.
// Registered: read data and nr_bad_o, error reports (the cycle after the access), the late write, the refused set, the conflict counter.
// Bank of a line: line[3:0] ^ line[7:4] ^ line[11:8] ^ line[14:12] (our decision: power-of-two strides spread over the banks).
`include "dojo_assert.svh"

module sram (
    input  logic         clk_i,
    input  logic         rst_ni,
    // scalar: loads, stores, atomic operations and instruction lines
    input  logic         s_valid_i,
    input  logic         s_write_i,
    input  logic         s_atomic_i,
    input  logic [14:0]  s_line_i,
    input  logic [2:0]   s_word_i,
    input  logic [63:0]  s_wdata_i,
    input  logic [7:0]   s_be_i,
    output logic         s_grant_o,
    output logic [511:0] s_rdata_o,
    // vector reads 0 and 1
    input  logic [1:0]   vr_valid_i,
    input  logic [29:0]  vr_line_i,  // line of port p in bits 15*p+14:15*p
    output logic [1:0]   vr_grant_o,
    output logic [1:0][511:0] vr_data_o,
    // vector write
    input  logic         vw_valid_i,
    input  logic [14:0]  vw_line_i,
    input  logic [511:0] vw_data_i,
    input  logic [63:0]  vw_be_i,
    output logic         vw_grant_o,
    // network read
    input  logic         nr_valid_i,
    input  logic [14:0]  nr_line_i,
    output logic         nr_grant_o,
    output logic [511:0] nr_data_o,
    output logic         nr_bad_o,
    // network write
    input  logic         nw_valid_i,
    input  logic [14:0]  nw_line_i,
    input  logic [511:0] nw_data_i,
    input  logic [63:0]  nw_be_i,
    output logic         nw_grant_o,
    // maintenance: repair of a line, or a flip of stored bits
    input  logic         m_valid_i,
    input  logic         m_flip_i,
    input  logic [14:0]  m_line_i,
    input  logic [2:0]   m_word_i,
    input  logic [63:0]  m_flip_data_i,
    input  logic [7:0]   m_flip_check_i,
    output logic         m_grant_o,
    // errors found (sram_array)
    output logic         error_valid_o,
    output logic [5:0]   error_corrected_o,
    output logic [5:0]   error_uncorrectable_o,
    output logic [2:0]   error_port_o,
    output logic [17:0]  error_word_o,
    // refused request-cycles since reset
    output logic [63:0]  conflicts_o
);

  localparam int unsigned Ports = 6;
  // Ports in the order in which they go.
  localparam int unsigned PortNetworkRead = 0;
  localparam int unsigned PortNetworkWrite = 1;
  localparam int unsigned PortVectorWrite = 2;
  localparam int unsigned PortVectorRead0 = 3;
  localparam int unsigned PortVectorRead1 = 4;
  localparam int unsigned PortScalar = 5;

  logic [Ports-1:0] valid, grant;
  logic [Ports-1:0] refused_q;        // ports that go first: they were refused
  logic [Ports-1:0] waiting;          // of these, refused again
  logic             is_late;          // the network write is granted and waits for the read of a line
  logic             late_q;           // it is written in this cycle
  logic [14:0]      late_line_q;      // the last network write
  logic [511:0]     late_data_q;
  logic [63:0]      late_be_q;
  logic [3:0]       bank[Ports];
  logic [15:0]      wanted;           // banks with a request
  logic             conflict;         // two requests meet in one
  logic [15:0]      blocked_q;        // banks that write a merged word or a late line in this cycle, and serve nobody
  logic [15:0]      blocks;           // banks that will
  logic [Ports-1:0] meets_block;      // requests for them
  logic [4:0]       waited_q[Ports];  // cycles that the port's request has waited
  logic [3:0]       m_bank;
  logic             stalled_q;        // a request was refused
  logic             starving_q;
  logic [14:0]      vr_line_0, vr_line_1;

  function automatic logic [3:0] bank_of(input logic [14:0] line);
    return line[3:0] ^ line[7:4] ^ line[11:8] ^ {1'b0, line[14:12]};
  endfunction

  assign vr_line_0 = vr_line_i[14:0];
  assign vr_line_1 = vr_line_i[29:15];
  assign valid     = {s_valid_i, vr_valid_i, vw_valid_i, nw_valid_i, nr_valid_i};

  function automatic logic is_line_read(input int unsigned port);
    return port == PortNetworkRead || port == PortVectorRead0 || port == PortVectorRead1;
  endfunction

  // True when request j goes before request i (i != j) if they meet in a bank; can_be_late: a network write and the read of a line do not hold
  // each other up.
  function automatic logic goes_first(input int unsigned j, input int unsigned i, input logic [Ports-1:0] refused,
                                      input logic atomic, input logic can_be_late);
    if (can_be_late && ((i == PortNetworkWrite && is_line_read(j)) || (j == PortNetworkWrite && is_line_read(i)))) return 1'b0;
    else if (i == PortScalar && atomic) return 1'b0;
    else if (j == PortScalar && atomic) return 1'b1;
    else if (refused[i] != refused[j]) return refused[j];
    else return j < i;
  endfunction

  // True when a write changes part of a word: neighbouring byte enables of a word differ.
  function automatic logic is_partial(input logic [63:0] be);
    return ((be ^ (be >> 1)) & 64'h7f7f7f7f7f7f7f7f) != 64'd0;
  endfunction

  always_comb begin
    bank[PortNetworkWrite] = bank_of(nw_line_i);
    bank[PortVectorWrite]  = bank_of(vw_line_i);
    bank[PortVectorRead0]  = bank_of(vr_line_0);
    bank[PortVectorRead1]  = bank_of(vr_line_1);
    bank[PortNetworkRead]  = bank_of(nr_line_i);
    bank[PortScalar]       = bank_of(s_line_i);
    meets_block = '0;
    if (blocked_q != 16'd0) begin
      for (int unsigned i = 0; i < Ports; i++) meets_block[i] = blocked_q[bank[i]];
    end
    grant = valid & ~meets_block;
    // Most cycles are without a conflict, and simulate faster when that is looked for first.
    wanted   = 16'd0;
    conflict = 1'b0;
    for (int unsigned i = 0; i < Ports; i++) begin
      if (valid[i]) begin
        conflict        = conflict || wanted[bank[i]];
        wanted[bank[i]] = 1'b1;
      end
    end
    if (conflict) begin
      for (int unsigned i = 0; i < Ports; i++) begin
        for (int unsigned j = 0; j < Ports; j++) begin
          if (j != i && valid[j] && bank[j] == bank[i] && goes_first(j, i, refused_q, s_atomic_i, !is_partial(nw_be_i))) grant[i] = 1'b0;
        end
      end
    end
    is_late = 1'b0;
    if (grant[PortNetworkWrite]) begin
      for (int unsigned i = 0; i < Ports; i++) begin
        if (is_line_read(i) && grant[i] && bank[i] == bank[PortNetworkWrite]) is_late = 1'b1;
      end
    end
  end

  always_comb begin
    blocks = 16'd0;
    if (grant[PortNetworkWrite] && (is_late || is_partial(nw_be_i))) blocks[bank[PortNetworkWrite]] = 1'b1;
    if (grant[PortVectorWrite] && is_partial(vw_be_i)) blocks[bank[PortVectorWrite]] = 1'b1;
    if (grant[PortScalar] && s_write_i && s_be_i != 8'hff && s_be_i != 8'd0) blocks[bank[PortScalar]] = 1'b1;
    m_bank    = 4'd0;
    m_grant_o = 1'b0;
    if (m_valid_i) begin
      m_bank    = bank_of(m_line_i);
      m_grant_o = !blocked_q[m_bank];
      for (int unsigned i = 0; i < Ports; i++) begin
        if (valid[i] && bank[i] == m_bank) m_grant_o = 1'b0;
      end
      if (m_grant_o) blocks[m_bank] = 1'b1;
    end
  end

  assign waiting    = refused_q & valid & ~grant;
  assign nw_grant_o = grant[PortNetworkWrite];
  assign vw_grant_o = grant[PortVectorWrite];
  assign vr_grant_o = {grant[PortVectorRead1], grant[PortVectorRead0]};
  assign nr_grant_o = grant[PortNetworkRead];
  assign s_grant_o  = grant[PortScalar];

  sram_array u_array (
      .clk_i,
      .rst_ni,
      .s_read_i  (grant[PortScalar] && !s_write_i),
      .s_write_i (grant[PortScalar] && s_write_i),
      .s_line_i,
      .s_word_i,
      .s_wdata_i,
      .s_be_i,
      .s_rdata_o,
      .vr_read_i (vr_grant_o),
      .vr_line_i ({vr_line_1, vr_line_0}),
      .vr_data_o,
      .vw_write_i(grant[PortVectorWrite]),
      .vw_line_i,
      .vw_data_i,
      .vw_be_i,
      .nr_read_i (grant[PortNetworkRead]),
      .nr_line_i,
      .nr_data_o,
      .nr_bad_o,
      .nw_write_i(grant[PortNetworkWrite] && !is_late),
      .nw_line_i,
      .nw_data_i,
      .nw_be_i,
      .lw_write_i(late_q),
      .lw_line_i (late_line_q),
      .lw_data_i (late_data_q),
      .lw_be_i   (late_be_q),
      .m_repair_i(m_grant_o && !m_flip_i),
      .m_flip_i  (m_grant_o && m_flip_i),
      .m_line_i,
      .m_word_i,
      .m_flip_data_i,
      .m_flip_check_i,
      .error_valid_o,
      .error_corrected_o,
      .error_uncorrectable_o,
      .error_port_o,
      .error_word_o
  );

  // waited_q is private to this process (it only feeds the starvation check).
  /* verilator lint_off BLKSEQ */
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      refused_q   <= '0;
      conflicts_o <= '0;
      starving_q  <= 1'b0;
      blocked_q   <= '0;
      stalled_q   <= 1'b0;
      late_q      <= 1'b0;
      for (int unsigned i = 0; i < Ports; i++) waited_q[i] = '0;
    end else if (valid != '0 || refused_q != '0 || blocks != '0 || blocked_q != '0 || stalled_q) begin
      // Nobody joins those that go first before all of them have been served; who was refused by a block alone does not join.
      refused_q <= (waiting != '0) ? waiting : valid & ~grant & ~meets_block;
      blocked_q <= blocks;
      late_q    <= is_late;
      if (nw_valid_i) begin
        late_line_q <= nw_line_i;
        late_data_q <= nw_data_i;
        late_be_q   <= nw_be_i;
      end
      if (valid != grant) conflicts_o <= conflicts_o + 64'($countones(valid & ~grant));
      stalled_q <= valid != grant;
      if (valid != grant || stalled_q) for (int unsigned i = 0; i < Ports; i++) begin
        waited_q[i] = (valid[i] && !grant[i]) ? waited_q[i] + 5'd1 : 5'd0;
        if (waited_q[i] > 5'd23) starving_q <= 1'b1;
      end
    end
  end

  /* verilator lint_on BLKSEQ */

  // Implementation checks.
  `DOJO_ASSERT(ScalarInRange, !s_valid_i || 32'(s_line_i) < dojo_pkg::SramLines)
  `DOJO_ASSERT(VectorRead0InRange, !vr_valid_i[0] || 32'(vr_line_0) < dojo_pkg::SramLines)
  `DOJO_ASSERT(VectorRead1InRange, !vr_valid_i[1] || 32'(vr_line_1) < dojo_pkg::SramLines)
  `DOJO_ASSERT(VectorWriteInRange, !vw_valid_i || 32'(vw_line_i) < dojo_pkg::SramLines)
  `DOJO_ASSERT(NetworkReadInRange, !nr_valid_i || 32'(nr_line_i) < dojo_pkg::SramLines)
  `DOJO_ASSERT(NetworkWriteInRange, !nw_valid_i || 32'(nw_line_i) < dojo_pkg::SramLines)
  `DOJO_ASSERT(AtomicIsGranted, !(s_valid_i && s_atomic_i) || s_grant_o)
  `DOJO_ASSERT(AtomicIsWrite, !(s_valid_i && s_atomic_i) || s_write_i)
  `DOJO_ASSERT(WorkConserving, (valid == '0) == (grant == '0) || blocked_q != '0)
  `DOJO_ASSERT(MaintenanceInRange, !m_valid_i || 32'(m_line_i) < dojo_pkg::SramLines)
  `DOJO_ASSERT(NobodyStarves, !starving_q)
  `DOJO_COVER(Conflict, valid != grant)
  `DOJO_COVER(WriteIsLate, late_q)
  `DOJO_COVER(LateWriteRefuses, late_q && (valid & ~grant) != '0)
  `DOJO_COVER(BankIsBlocked, blocked_q != '0)
  `DOJO_COVER(BlockRefuses, blocked_q != '0 && valid != '0 && grant == '0)
  `DOJO_COVER(MaintenanceWaits, m_valid_i && !m_grant_o)
  `DOJO_COVER(ErrorFound, error_valid_o)
  `DOJO_COVER(ScalarRefused, s_valid_i && !s_grant_o)
  `DOJO_COVER(VectorReadRefused, (vr_valid_i & ~vr_grant_o) != '0)
  `DOJO_COVER(VectorWriteRefused, vw_valid_i && !vw_grant_o)
  `DOJO_COVER(NetworkReadRefused, nr_valid_i && !nr_grant_o)
  `DOJO_COVER(NetworkWriteRefused, nw_valid_i && !nw_grant_o)

endmodule
