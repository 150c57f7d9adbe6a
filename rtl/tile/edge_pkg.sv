// Slots of a die-edge link, their error correction and the frame's CRC (`docs/tile.md`).
package edge_pkg;

  // A slot: a flit and the port to which it belongs, or nothing, or the trailer.
  typedef struct packed {
    logic                            first;  // in slot 0: the first beat of a frame
    logic [dojo_pkg::EdgePortBits-1:0] port;
    dojo_pkg::packet_header_t        header;
    logic [511:0]                    data;
  } slot_t;

  localparam int unsigned SlotBits = $bits(slot_t);
  localparam int unsigned Words = (SlotBits + 63) / 64;  // of a slot, the last one filled up with zeros
  localparam int unsigned PaddedBits = 64 * Words;
  localparam int unsigned CodeBits = 11;

  // A slot on the lanes.
  typedef struct packed {
    logic [CodeBits-1:0] check;
    logic [SlotBits-1:0] slot;
  } lane_t;

  // Error correction: an extended Hamming code. The syndrome of bit b of word w is {WordCode[w], b}; each word code has at least two ones,
  // so that a check bit, whose syndrome has a single one, is told from a bit of the slot.
  localparam logic [Words-1:0][3:0] WordCode = {4'd14, 4'd13, 4'd12, 4'd11, 4'd10, 4'd9, 4'd7, 4'd6, 4'd5, 4'd3};

  // Check bits of a slot: word code, bit, and the parity of all with them.
  function automatic logic [CodeBits-1:0] check_bits(input logic [PaddedBits-1:0] slot);
    logic [63:0] word, fold, part0, part1, part2, part3;
    logic [9:0]  check;
    fold  = '0;
    part0 = '0;
    part1 = '0;
    part2 = '0;
    part3 = '0;
    for (int unsigned w = 0; w < Words; w++) begin
      word  = slot[64*w+:64];
      fold  = fold ^ word;
      part0 = part0 ^ (word & {64{WordCode[w][0]}});
      part1 = part1 ^ (word & {64{WordCode[w][1]}});
      part2 = part2 ^ (word & {64{WordCode[w][2]}});
      part3 = part3 ^ (word & {64{WordCode[w][3]}});
    end
    check = {^part3, ^part2, ^part1, ^part0, ^(fold & 64'hffffffff00000000), ^(fold & 64'hffff0000ffff0000), ^(fold & 64'hff00ff00ff00ff00),
             ^(fold & 64'hf0f0f0f0f0f0f0f0), ^(fold & 64'hcccccccccccccccc), ^(fold & 64'haaaaaaaaaaaaaaaa)};
    return {^fold ^ ^check, check};
  endfunction

  // CRC-32 of IEEE 802.3, bits in the order of the slots' bits from 0 up.
  localparam logic [31:0] Polynomial = 32'hedb88320;

  // The CRC after one more bit, and after eight.
  function automatic logic [31:0] past_a_bit(input logic [31:0] crc);
    return (crc >> 1) ^ (Polynomial & {32{crc[0]}});
  endfunction

  function automatic logic [31:0] past_a_byte(input logic [31:0] crc);
    return past_a_bit(past_a_bit(past_a_bit(past_a_bit(past_a_bit(past_a_bit(past_a_bit(past_a_bit(crc))))))));
  endfunction

  // x**bits for a whole number of slots: what moves a CRC past that many bits.
  function automatic logic [31:0] power_of_slots(input int unsigned slots);
    logic [31:0] power;
    power = 32'h80000000;
    for (int unsigned s = 0; s < slots; s++) begin
      for (int unsigned w = 0; w < Words; w++) begin
        for (int unsigned b = 0; b < 64; b++) power = past_a_bit(power);
      end
    end
    return power;
  endfunction

  // Product modulo the polynomial.
  function automatic logic [31:0] product(input logic [31:0] a, b);
    logic [31:0] sum, shifted;
    sum     = '0;
    shifted = b;
    for (int unsigned i = 0; i < 32; i++) begin
      sum     = sum ^ (shifted & {32{a[31-i]}});
      shifted = past_a_bit(shifted);
    end
    return sum;
  endfunction

endpackage
