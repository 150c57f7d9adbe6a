// The node's SRAM: six ports over 16 single-ported banks.
//
// Function: in each cycle every bank serves one request. A request that meets another one in its bank waits. Order: the write
// half of an atomic operation, requests refused in the cycle before, then network write, vector write, vector reads 0 and 1,
// network read, scalar. A refused request outranks fresh ones in the next cycle, so nobody starves (refused for the merge of its own port's
// write it is as good as fresh). A write of part of a 64-bit word
// reads its bank, merges, and writes it in the next cycle, in which the bank refuses everybody. Maintenance (the scrubber, error
// injection) takes a bank that nobody asks for; a repair takes it for two cycles too. Error correction: `sram_array`.
// Latency: the grant is combinational in the cycle of the request; read data is in the port's register in the next cycle.
// Throughput: one line per port per cycle without bank conflicts. Back-pressure: grant low; the client holds its request.
// Registered: read data and nr_bad_o, error reports (the cycle after the access), the refused set, the conflict counter.
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
  localparam int unsigned PortNetworkWrite = 32'(dojo_pkg::SramPortNetworkWrite);
  localparam int unsigned PortVectorWrite = 32'(dojo_pkg::SramPortVectorWrite);
  localparam int unsigned PortVectorRead0 = 32'(dojo_pkg::SramPortVectorRead0);
  localparam int unsigned PortVectorRead1 = 32'(dojo_pkg::SramPortVectorRead1);
  localparam int unsigned PortNetworkRead = 32'(dojo_pkg::SramPortNetworkRead);
  localparam int unsigned PortScalar = 32'(dojo_pkg::SramPortScalar);

  logic [Ports-1:0] valid, grant, refused_q;
  logic [3:0]       bank[Ports];
  logic [15:0]      merging_q;        // banks that write a merged word in this cycle
  logic [15:0]      merging;          // banks that will
  logic [Ports-1:0] merger_q;         // ports whose write these banks merge: their next request is a fresh one when it is refused
  logic             merges;
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
  assign valid     = {s_valid_i, nr_valid_i, vr_valid_i, vw_valid_i, nw_valid_i};

  // True when request j goes before request i (i != j) if they meet in a bank.
  function automatic logic goes_first(input int unsigned j, input int unsigned i, input logic [Ports-1:0] refused,
                                      input logic atomic);
    if (i == PortScalar && atomic) return 1'b0;
    else if (j == PortScalar && atomic) return 1'b1;
    else if (refused[i] != refused[j]) return refused[j];
    else return j < i;
  endfunction

  always_comb begin
    bank[PortNetworkWrite] = bank_of(nw_line_i);
    bank[PortVectorWrite]  = bank_of(vw_line_i);
    bank[PortVectorRead0]  = bank_of(vr_line_0);
    bank[PortVectorRead1]  = bank_of(vr_line_1);
    bank[PortNetworkRead]  = bank_of(nr_line_i);
    bank[PortScalar]       = bank_of(s_line_i);
    grant = valid;
    if (merging_q != 16'd0) begin
      for (int unsigned i = 0; i < Ports; i++) begin
        if (merging_q[bank[i]]) grant[i] = 1'b0;
      end
    end
    if ((valid & (valid - 6'd1)) != 6'd0) begin
      for (int unsigned i = 0; i < Ports; i++) begin
        for (int unsigned j = 0; j < Ports; j++) begin
          if (j != i && valid[j] && bank[j] == bank[i] && goes_first(j, i, refused_q, s_atomic_i)) grant[i] = 1'b0;
        end
      end
    end
  end

  // True when a write changes part of a word: neighbouring byte enables of a word differ.
  function automatic logic is_partial(input logic [63:0] be);
    return ((be ^ (be >> 1)) & 64'h7f7f7f7f7f7f7f7f) != 64'd0;
  endfunction

  always_comb begin
    merging = 16'd0;
    if (grant[PortNetworkWrite] && is_partial(nw_be_i)) merging[bank[PortNetworkWrite]] = 1'b1;
    if (grant[PortVectorWrite] && is_partial(vw_be_i)) merging[bank[PortVectorWrite]] = 1'b1;
    if (grant[PortScalar] && s_write_i && s_be_i != 8'hff && s_be_i != 8'd0) merging[bank[PortScalar]] = 1'b1;
    m_bank    = 4'd0;
    m_grant_o = 1'b0;
    if (m_valid_i) begin
      m_bank    = bank_of(m_line_i);
      m_grant_o = !merging_q[m_bank];
      for (int unsigned i = 0; i < Ports; i++) begin
        if (valid[i] && bank[i] == m_bank) m_grant_o = 1'b0;
      end
      if (m_grant_o) merging[m_bank] = 1'b1;
    end
  end

  assign merges     = merging != 16'd0;
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
      .nw_write_i(grant[PortNetworkWrite]),
      .nw_line_i,
      .nw_data_i,
      .nw_be_i,
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
      merging_q   <= '0;
      merger_q    <= '0;
      stalled_q   <= 1'b0;
      for (int unsigned i = 0; i < Ports; i++) waited_q[i] = '0;
    end else if (valid != '0 || refused_q != '0 || merges || merging_q != '0 || merger_q != '0 || stalled_q) begin
      refused_q <= valid & ~grant & ~merger_q;
      merging_q <= merging;
      merger_q  <= '0;
      merger_q[PortNetworkWrite] <= grant[PortNetworkWrite] && is_partial(nw_be_i);
      merger_q[PortVectorWrite]  <= grant[PortVectorWrite] && is_partial(vw_be_i);
      merger_q[PortScalar]       <= grant[PortScalar] && s_write_i && s_be_i != 8'hff && s_be_i != 8'd0;
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
  `DOJO_ASSERT(WorkConserving, (valid == '0) == (grant == '0) || merging_q != '0)
  `DOJO_ASSERT(MaintenanceInRange, !m_valid_i || 32'(m_line_i) < dojo_pkg::SramLines)
  `DOJO_ASSERT(NobodyStarves, !starving_q)
  `DOJO_COVER(Conflict, valid != grant)
  `DOJO_COVER(BankMerges, merging_q != '0)
  `DOJO_COVER(MergeRefuses, merging_q != '0 && valid != '0 && grant == '0)
  `DOJO_COVER(MaintenanceWaits, m_valid_i && !m_grant_o)
  `DOJO_COVER(ErrorFound, error_valid_o)
  `DOJO_COVER(ScalarRefused, s_valid_i && !s_grant_o)
  `DOJO_COVER(VectorReadRefused, (vr_valid_i & ~vr_grant_o) != '0)
  `DOJO_COVER(VectorWriteRefused, vw_valid_i && !vw_grant_o)
  `DOJO_COVER(NetworkReadRefused, nr_valid_i && !nr_grant_o)
  `DOJO_COVER(NetworkWriteRefused, nw_valid_i && !nw_grant_o)

endmodule
