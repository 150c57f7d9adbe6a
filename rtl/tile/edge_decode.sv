// Takes beats off the lanes: corrects single wrong bits, finds the frames, and checks their CRC-32.
//
// Function: in each slot one wrong bit is corrected by its check bits; more are left to the CRC (`edge_encode`), which covers the corrected
// slots. A frame begins with a beat whose slot 0 says so and has Beats beats; broken_o says that one had fewer, or that a beat belongs to none.
// Latency: one cycle. Throughput: a beat per cycle. Back-pressure: none. Registered: every output.
`include "dojo_assert.svh"

module edge_decode #(
    parameter int unsigned Slots = dojo_pkg::EdgeSlots,
    parameter int unsigned Beats = dojo_pkg::EdgeBeats,
    localparam int unsigned CorrectedBits = $clog2(Slots + 1)
) (
    input  logic                                     clk_i,
    input  logic                                     rst_ni,
    input  logic                                     valid_i,
    input  edge_pkg::lane_t [Slots-1:0]              line_i,
    output logic                                     valid_o,
    output logic                                     last_o,   // a frame ends
    output logic                                     good_o,   // and its CRC is right
    output logic                                     broken_o,
    output logic [Slots-1:0][edge_pkg::SlotBits-1:0] slots_o,
    output logic [CorrectedBits-1:0]                 corrected_o  // slots of the beat
);

  localparam int unsigned SlotIndexBits = $clog2(Slots);
  localparam int unsigned BeatBits = $clog2(Beats + 1);
  localparam logic [31:0] PastASlot = edge_pkg::power_of_slots(Beats);

  // State and temporaries of the one process below, and read by no other.
  logic [31:0]                      crc[Slots];
  logic [edge_pkg::PaddedBits-1:0]  padded[Slots];
  logic [31:0]                      joined, received;
  logic [BeatBits-1:0]              beat;  // that comes next; Beats: none of this frame
  logic                             first, last;
  logic [edge_pkg::CodeBits-1:0]    code, syndrome;
  logic                             odd;
  logic [CorrectedBits-1:0]         corrected;
  logic [Slots-1:0][edge_pkg::SlotBits-1:0] slots;

  // What the checks see of the last cycle.
  logic double_q, check_bit_q;  // a slot with two wrong bits; with a wrong check bit

  // Blocking assignments go to state that no other process reads.
  /* verilator lint_off BLKSEQ */

  // Puts right the slot with number `s`, whose syndrome is not 0.
  task automatic correct(input logic [SlotIndexBits-1:0] s);
    if (!odd) begin
      double_q <= 1'b1;
    end else begin
      corrected = corrected + CorrectedBits'(1);
      check_bit_q <= 1'b1;
      for (int unsigned w = 0; w < edge_pkg::Words; w++) begin
        if (syndrome[9:6] == edge_pkg::WordCode[w]) begin
          padded[s][64*w+:64] = padded[s][64*w+:64] ^ (64'd1 << syndrome[5:0]);
          check_bit_q <= 1'b0;
        end
      end
    end
  endtask

  task automatic decode;
    corrected = '0;
    for (int unsigned s = 0; s < Slots; s++) begin
      padded[s] = edge_pkg::PaddedBits'(line_i[s].slot);
      code      = line_i[s].check;
      syndrome  = edge_pkg::check_bits(padded[s]) ^ code;
      // The parity of all received bits: check_bits has that of its own check bits in it.
      odd       = syndrome[10] ^ ^syndrome[9:0];
      if (syndrome != '0) correct(SlotIndexBits'(s));
      slots[s] = padded[s][edge_pkg::SlotBits-1:0];
    end
    first = padded[0][edge_pkg::SlotBits-1];
    broken_o <= first ? (beat != BeatBits'(Beats)) : (beat == BeatBits'(Beats));
    if (first) beat = '0;
    last = beat == BeatBits'(Beats - 1);
    received = padded[Slots-1][31:0];
    if (last) padded[Slots-1][31:0] = '0;
    if (beat != BeatBits'(Beats)) begin
      for (int unsigned s = 0; s < Slots; s++) if (first) crc[s] = (s == 0) ? '1 : '0;
      for (int unsigned w = 0; w < 2 * edge_pkg::Words; w++) begin
        for (int unsigned s = 0; s < Slots; s++) crc[s] = crc[s] ^ padded[s][32*w+:32];
        for (int unsigned b = 0; b < 4; b++) begin
          for (int unsigned s = 0; s < Slots; s++) crc[s] = edge_pkg::past_a_byte(crc[s]);
        end
      end
      beat = beat + BeatBits'(1);
      valid_o <= 1'b1;
    end
    joined = '0;
    if (last) for (int unsigned s = 0; s < Slots; s++) joined = edge_pkg::product(joined, PastASlot) ^ crc[s];
    last_o      <= last;
    good_o      <= last && ~joined == received;
    corrected_o <= corrected;
    slots_o     <= slots;
  endtask

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      beat        = BeatBits'(Beats);
      valid_o     <= 1'b0;
      broken_o    <= 1'b0;
      corrected_o <= '0;
      double_q    <= 1'b0;
      check_bit_q <= 1'b0;
    end else begin
      valid_o     <= 1'b0;
      broken_o    <= 1'b0;
      corrected_o <= '0;
      double_q    <= 1'b0;
      check_bit_q <= 1'b0;
      if (valid_i) decode();
    end
  end

  /* verilator lint_on BLKSEQ */

  `DOJO_COVER(Corrected, corrected_o != '0 && !check_bit_q)
  `DOJO_COVER(CheckBitWrong, check_bit_q)
  `DOJO_COVER(TwoBitsWrong, double_q)
  `DOJO_COVER(CrcWrong, valid_o && last_o && !good_o)
  `DOJO_COVER(Broken, broken_o)

endmodule
