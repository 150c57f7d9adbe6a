// The SECDED code of an SRAM word: 64 data bits and 8 check bits, minimum distance 4.
//
// Check bit k is the parity of the data bits whose column has bit k set. The column of data bit i > 0 is {1, parity of i, i[5:0]}, that
// of data bit 0 is 8'h7f, that of check bit k is 1 << k: 72 different columns of odd weight, so that one error gives an odd syndrome that
// names its bit and two give an even one that is not zero. The structure is our decision: six folds of the word give all parities at once.
package ecc_pkg;

  // What a syndrome says.
  typedef struct packed {
    logic        corrected;      // one bit of the word or of its check bits was wrong
    logic        uncorrectable;  // two, or an odd number that no single error explains
    logic [63:0] flip;           // data bit to be flipped
  } verdict_t;

  // Check bits of a word, in the low byte.
  function automatic logic [63:0] check_bits(input logic [63:0] word);
    logic [63:0] w, check, odd;
    // After the folds bit 2**k is the parity of the data bits i with i[k] set, and bit 0 that of all.
    w     = word ^ ((word >> 1) & 64'h5555555555555555);
    w     = w ^ ((w >> 2) & 64'h3333333333333333);
    w     = w ^ ((w >> 4) & 64'h0f0f0f0f0f0f0f0f);
    w     = w ^ ((w >> 8) & 64'h00ff00ff00ff00ff);
    w     = w ^ ((w >> 16) & 64'h0000ffff0000ffff);
    w     = w ^ (w >> 32);
    check = ((w >> 1) & 64'h03) | ((w >> 2) & 64'h04) | ((w >> 5) & 64'h08) | ((w >> 12) & 64'h10) | ((w >> 27) & 64'h20);
    odd   = check ^ (check >> 3);
    odd   = odd ^ (odd >> 1) ^ (odd >> 2);
    return (check | ((odd & 64'h1) << 6) | ((w & 64'h1) << 7)) ^ (64'hff & (64'h0 - (word & 64'h1)));
  endfunction

  // Check bits of the eight words of a line, word w in byte w. The same parities as above, taken together: each fold halves the words, and
  // what remains of several words then shares one.
  function automatic logic [63:0] line_check(input logic [511:0] line);
    logic [63:0] y[4];  // folded so far, all index bits that were not yet looked at
    logic [63:0] h5[4], h4[2];
    logic [63:0] h3, e, row[8];
    logic [63:0] w0, w1;
    for (int unsigned p = 0; p < 4; p++) begin
      w0    = line[64*p+:64];
      w1    = line[64*p+256+:64];
      h5[p] = (w0 >> 32) | (w1 & 64'hffffffff00000000);
      y[p]  = h5[p] ^ ((w0 & 64'h00000000ffffffff) | (w1 << 32));
    end
    e = (line[63:0] & 64'h1) | ((line[127:64] & 64'h1) << 8) | ((line[191:128] & 64'h1) << 16) | ((line[255:192] & 64'h1) << 24) |
        ((line[319:256] & 64'h1) << 32) | ((line[383:320] & 64'h1) << 40) | ((line[447:384] & 64'h1) << 48) | (line[511:448] << 56);
    e = e & 64'h0101010101010101;
    for (int unsigned p = 0; p < 2; p++) begin
      h4[p] = ((y[p] >> 16) & 64'h0000ffff0000ffff) | (y[p+2] & 64'hffff0000ffff0000);
      y[p]  = h4[p] ^ ((y[p] & 64'h0000ffff0000ffff) | ((y[p+2] << 16) & 64'hffff0000ffff0000));
      h5[p] = ((h5[p] ^ (h5[p] >> 16)) & 64'h0000ffff0000ffff) | ((h5[p+2] ^ (h5[p+2] << 16)) & 64'hffff0000ffff0000);
    end
    h3     = ((y[0] >> 8) & 64'h00ff00ff00ff00ff) | (y[1] & 64'hff00ff00ff00ff00);
    row[7] = h3 ^ ((y[0] & 64'h00ff00ff00ff00ff) | ((y[1] << 8) & 64'hff00ff00ff00ff00));
    row[5] = ((h5[0] ^ (h5[0] >> 8)) & 64'h00ff00ff00ff00ff) | ((h5[1] ^ (h5[1] << 8)) & 64'hff00ff00ff00ff00);
    row[4] = ((h4[0] ^ (h4[0] >> 8)) & 64'h00ff00ff00ff00ff) | ((h4[1] ^ (h4[1] << 8)) & 64'hff00ff00ff00ff00);
    row[3] = h3;
    // From here on byte w belongs to word w, and check bit k is the parity of its byte in row k.
    row[0] = row[7] & 64'haaaaaaaaaaaaaaaa;
    row[1] = row[7] & 64'hcccccccccccccccc;
    row[2] = row[7] & 64'hf0f0f0f0f0f0f0f0;
    row[6] = (row[7] & 64'h9696969696969696) ^ row[3] ^ row[4] ^ row[5];
    for (int unsigned k = 0; k < 4; k++)
      row[k] = ((row[k] ^ (row[k] >> 4)) & 64'h0f0f0f0f0f0f0f0f) | ((row[k+4] ^ (row[k+4] << 4)) & 64'hf0f0f0f0f0f0f0f0);
    for (int unsigned k = 0; k < 2; k++)
      row[k] = ((row[k] ^ (row[k] >> 2)) & 64'h3333333333333333) | ((row[k+2] ^ (row[k+2] << 2)) & 64'hcccccccccccccccc);
    row[0] = ((row[0] ^ (row[0] >> 1)) & 64'h5555555555555555) | ((row[1] ^ (row[1] << 1)) & 64'haaaaaaaaaaaaaaaa);
    return row[0] ^ ((e << 8) - e);
  endfunction

  // Verdict on a syndrome: recomputed check bits against stored ones.
  function automatic verdict_t verdict(input logic [7:0] syndrome);
    logic odd, on_data, on_check;
    odd      = ^syndrome;
    on_data  = odd && ((syndrome[7] && syndrome[5:0] != 6'd0) || syndrome == 8'h7f);
    on_check = odd && (syndrome & (syndrome - 8'd1)) == 8'd0;
    return '{
        corrected: on_data || on_check,
        uncorrectable: syndrome != 8'd0 && !on_data && !on_check,
        flip: on_data ? 64'd1 << (syndrome[7] ? syndrome[5:0] : 6'd0) : 64'd0
    };
  endfunction

endpackage
