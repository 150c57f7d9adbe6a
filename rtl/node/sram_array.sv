// The memory cells of a node, 20480 lines of 64 bytes in 16 single-ported banks of 1280 lines, and their error correction.
//
// Function: up to four reads, four writes and one maintenance access in one cycle, each to another bank (`sram` sees to that). Every
// 64-bit word has 8 check bits (`ecc_pkg`): written with it, checked whenever its line is read; a single error is corrected in what is
// read, not in the cells. A write of part of a word corrects and merges the old one first. Maintenance: repair of a line's words, or
// a flip of chosen stored bits.
// Latency: read data, corrected, stands in the port's output register in the cycle after the enable, until the port's next read, with
// the data of an uncorrectable word as stored; nr_bad_o says so beside the network port's line. Errors are reported in the same cycle.
// Throughput: one access per port per cycle. Back-pressure: none. Registered: every output.
// Modelled as one array: black-boxed in synthesis, where it stands for the banks, their check and merge logic and output multiplexers.
module sram_array (
    input  logic         clk_i,
    input  logic         rst_ni,
    // scalar port: a read of a line, or a write of bytes of one 64-bit word
    input  logic         s_read_i,
    input  logic         s_write_i,
    input  logic [14:0]  s_line_i,
    input  logic [2:0]   s_word_i,
    input  logic [63:0]  s_wdata_i,
    input  logic [7:0]   s_be_i,
    output logic [511:0] s_rdata_o,
    // vector reads
    input  logic [1:0]   vr_read_i,
    input  logic [29:0]  vr_line_i,
    output logic [1:0][511:0] vr_data_o,
    // vector write
    input  logic         vw_write_i,
    input  logic [14:0]  vw_line_i,
    input  logic [511:0] vw_data_i,
    input  logic [63:0]  vw_be_i,
    // network read
    input  logic         nr_read_i,
    input  logic [14:0]  nr_line_i,
    output logic [511:0] nr_data_o,
    output logic         nr_bad_o,
    // network write
    input  logic         nw_write_i,
    input  logic [14:0]  nw_line_i,
    input  logic [511:0] nw_data_i,
    input  logic [63:0]  nw_be_i,
    // network write that waited for a read: whole words
    input  logic         lw_write_i,
    input  logic [14:0]  lw_line_i,
    input  logic [511:0] lw_data_i,
    input  logic [63:0]  lw_be_i,
    // maintenance: repair a line, or flip bits of one of its words
    input  logic         m_repair_i,
    input  logic         m_flip_i,
    input  logic [14:0]  m_line_i,
    input  logic [2:0]   m_word_i,
    input  logic [63:0]  m_flip_data_i,
    input  logic [7:0]   m_flip_check_i,
    // errors found in the cycle before: words corrected, accesses with an uncorrectable word, and the first of these
    output logic         error_valid_o,
    output logic [5:0]   error_corrected_o,
    output logic [5:0]   error_uncorrectable_o,
    output logic [2:0]   error_port_o,
    output logic [17:0]  error_word_o
);

  logic [511:0] memory[dojo_pkg::SramLines]  /*verilator public_flat_rw*/;
  logic [63:0]  check[dojo_pkg::SramLines]  /*verilator public_flat_rw*/;  // byte w of a line's: check bits of its word w

  // State of the one process below, and read by no other.
  logic [5:0]  corrected;
  logic [5:0]  uncorrectable;
  logic [2:0]  port;
  logic [17:0] word_address;
  logic        bad;
  logic        reporting;

  // Blocking writes: the arrays are private to one process, in which reads come first, and no two accesses meet in a bank.
  /* verilator lint_off BLKSEQ */

  // The words of a line that has errors; counts them and returns the line with single errors corrected.
  function automatic logic [511:0] correct_line(input logic [14:0] line, input logic [2:0] from);
    logic [511:0] result;
    ecc_pkg::verdict_t verdict;
    result = memory[line];
    bad    = 1'b0;
    for (int unsigned w = 0; w < 8; w++) begin
      verdict = ecc_pkg::verdict(8'(ecc_pkg::check_bits(result[64*w+:64])) ^ check[line][8*w+:8]);
      result[64*w+:64] = result[64*w+:64] ^ verdict.flip;
      if (verdict.corrected) corrected = corrected + 6'd1;
      if (verdict.uncorrectable && !bad) begin
        bad = 1'b1;
        if (uncorrectable == 6'd0) begin
          port         = from;
          word_address = {line, 3'(w)};
        end
        uncorrectable = uncorrectable + 6'd1;
      end
    end
    reporting = 1'b1;
    return result;
  endfunction

  // Writes bytes of a word: its old value is read, corrected and merged.
  task automatic write_word(input logic [14:0] line, input logic [2:0] w, input logic [63:0] data, input logic [7:0] be,
                            input logic [2:0] from);
    logic [63:0] old, mask;
    ecc_pkg::verdict_t verdict;
    old  = memory[line][{w, 6'd0}+:64];
    mask = 64'd0;
    for (int unsigned b = 0; b < 8; b++) mask = mask | (be[b] ? 64'hff << (8 * b) : 64'd0);
    if (be != 8'hff && 8'(ecc_pkg::check_bits(old)) != check[line][{w, 3'd0}+:8]) begin
      verdict = ecc_pkg::verdict(8'(ecc_pkg::check_bits(old)) ^ check[line][{w, 3'd0}+:8]);
      old     = old ^ verdict.flip;
      if (verdict.corrected) corrected = corrected + 6'd1;
      if (verdict.uncorrectable) begin
        if (uncorrectable == 6'd0) begin
          port         = from;
          word_address = {line, w};
        end
        uncorrectable = uncorrectable + 6'd1;
      end
      reporting = 1'b1;
    end
    old = (old & ~mask) | (data & mask);
    memory[line][{w, 6'd0}+:64] = old;
    check[line][{w, 3'd0}+:8]   = 8'(ecc_pkg::check_bits(old));
  endtask

  // Writes part of a line.
  task automatic write_bytes(input logic [14:0] line, input logic [511:0] data, input logic [63:0] be, input logic [2:0] from);
    for (int unsigned w = 0; w < 8; w++) begin
      if (be[8*w+:8] != 8'd0) write_word(line, 3'(w), data[64*w+:64], be[8*w+:8], from);
    end
  endtask

  task automatic maintain;
    if (m_repair_i && ecc_pkg::line_check(memory[m_line_i]) != check[m_line_i]) begin
      memory[m_line_i] = correct_line(m_line_i, dojo_pkg::SramPortScrubber);
      // An uncorrectable line is left as it is, so that its next reader learns of it too.
      if (!bad) check[m_line_i] = ecc_pkg::line_check(memory[m_line_i]);
    end
    if (m_flip_i) begin
      memory[m_line_i][{m_word_i, 6'd0}+:64] = memory[m_line_i][{m_word_i, 6'd0}+:64] ^ m_flip_data_i;
      check[m_line_i][{m_word_i, 3'd0}+:8]   = check[m_line_i][{m_word_i, 3'd0}+:8] ^ m_flip_check_i;
    end
  endtask

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      error_valid_o <= 1'b0;
      reporting     = 1'b0;
      corrected     = 6'd0;
      uncorrectable = 6'd0;
    end else begin
      if (s_read_i) begin
        s_rdata_o <= memory[s_line_i];
        if (ecc_pkg::line_check(memory[s_line_i]) != check[s_line_i]) begin
          s_rdata_o <= correct_line(s_line_i, dojo_pkg::SramPortScalar);
        end
      end
      for (int unsigned p = 0; p < 2; p++) begin
        if (vr_read_i[p]) begin
          vr_data_o[p] <= memory[vr_line_i[15*p+:15]];
          if (ecc_pkg::line_check(memory[vr_line_i[15*p+:15]]) != check[vr_line_i[15*p+:15]]) begin
            vr_data_o[p] <= correct_line(vr_line_i[15*p+:15], (p == 0) ? dojo_pkg::SramPortVectorRead0 : dojo_pkg::SramPortVectorRead1);
          end
        end
      end
      if (nr_read_i) begin
        nr_data_o <= memory[nr_line_i];
        nr_bad_o  <= 1'b0;
        if (ecc_pkg::line_check(memory[nr_line_i]) != check[nr_line_i]) begin
          nr_data_o <= correct_line(nr_line_i, dojo_pkg::SramPortNetworkRead);
          nr_bad_o  <= bad;
        end
      end
      if (s_write_i) write_word(s_line_i, s_word_i, s_wdata_i, s_be_i, dojo_pkg::SramPortScalar);
      if (vw_write_i) begin
        if (&vw_be_i) begin
          memory[vw_line_i] = vw_data_i;
          check[vw_line_i]  = ecc_pkg::line_check(vw_data_i);
        end else write_bytes(vw_line_i, vw_data_i, vw_be_i, dojo_pkg::SramPortVectorWrite);
      end
      if (nw_write_i) begin
        if (&nw_be_i) begin
          memory[nw_line_i] = nw_data_i;
          check[nw_line_i]  = ecc_pkg::line_check(nw_data_i);
        end else write_bytes(nw_line_i, nw_data_i, nw_be_i, dojo_pkg::SramPortNetworkWrite);
      end
      if (lw_write_i) begin
        if (&lw_be_i) begin
          memory[lw_line_i] = lw_data_i;
          check[lw_line_i]  = ecc_pkg::line_check(lw_data_i);
        end else write_bytes(lw_line_i, lw_data_i, lw_be_i, dojo_pkg::SramPortNetworkWrite);
      end
      if (m_repair_i || m_flip_i) maintain();
      if (reporting || error_valid_o) begin
        error_valid_o         <= reporting;
        error_corrected_o     <= corrected;
        error_uncorrectable_o <= uncorrectable;
        error_port_o          <= port;
        error_word_o          <= word_address;
        reporting     = 1'b0;
        corrected     = 6'd0;
        uncorrectable = 6'd0;
      end
    end
  end
  /* verilator lint_on BLKSEQ */

endmodule
