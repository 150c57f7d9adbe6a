// Puts the beats of frames on the lanes: CRC-32 into the trailer, check bits to every slot.
//
// Function: the CRC runs over the slots of a frame one after the other: slot 0 of all beats, then slot 1, and so on. Each slot has a CRC of
// its own, which takes one slot of PaddedBits in a cycle; with the last beat they are joined. The CRC's field is given as 0.
// Latency: one cycle. Throughput: a beat per cycle. Back-pressure: none. Registered: every output.
`include "dojo_assert.svh"

module edge_encode #(
    parameter int unsigned Slots = dojo_pkg::EdgeSlots,
    parameter int unsigned Beats = dojo_pkg::EdgeBeats
) (
    input  logic                                     clk_i,
    input  logic                                     rst_ni,
    input  logic                                     valid_i,
    input  logic                                     last_i,  // of a frame: its last slot is the trailer
    input  logic [Slots-1:0][edge_pkg::SlotBits-1:0] slots_i,
    output logic                                     valid_o,
    output edge_pkg::lane_t [Slots-1:0]              line_o
);

  localparam logic [31:0] PastASlot = edge_pkg::power_of_slots(Beats);

  // State and temporaries of the one process below, and read by no other.
  logic [31:0]                      crc[Slots];
  logic [edge_pkg::PaddedBits-1:0]  padded[Slots];
  logic [31:0]                      joined;
  logic                             begins;  // the next beat begins a frame
  edge_pkg::lane_t [Slots-1:0]              line;

  // Blocking assignments go to state that no other process reads.
  /* verilator lint_off BLKSEQ */

  task automatic encode;
    for (int unsigned s = 0; s < Slots; s++) begin
      padded[s] = edge_pkg::PaddedBits'(slots_i[s]);
      if (begins) crc[s] = (s == 0) ? '1 : '0;
    end
    for (int unsigned w = 0; w < 2 * edge_pkg::Words; w++) begin
      for (int unsigned s = 0; s < Slots; s++) crc[s] = crc[s] ^ padded[s][32*w+:32];
      for (int unsigned b = 0; b < 4; b++) begin
        for (int unsigned s = 0; s < Slots; s++) crc[s] = edge_pkg::past_a_byte(crc[s]);
      end
    end
    if (last_i) begin
      joined = '0;
      for (int unsigned s = 0; s < Slots; s++) joined = edge_pkg::product(joined, PastASlot) ^ crc[s];
      padded[Slots-1][31:0] = ~joined;
    end
    begins = last_i;
    for (int unsigned s = 0; s < Slots; s++) line[s] = '{check: edge_pkg::check_bits(padded[s]), slot: padded[s][edge_pkg::SlotBits-1:0]};
    line_o <= line;
  endtask

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      begins  = 1'b1;
      valid_o <= 1'b0;
    end else begin
      valid_o <= valid_i;
      if (valid_i) encode();
    end
  end

  /* verilator lint_on BLKSEQ */

  // Integration checks.
  `DOJO_ASSERT(FieldOfCrcIsEmpty, !valid_i || !last_i || slots_i[Slots-1][31:0] == '0)

endmodule
