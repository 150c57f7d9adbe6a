// Instruction lines: two line buffers per hart (even and odd lines) and a direct-mapped cache of 64 lines that all harts share.
//
// Function: a hart names the line of its PC (need_i, line_i) and whether the line after it exists (next_i); present_o and next_present_o say
// what its buffers hold. One hart per cycle looks a line up in the cache: lines that a PC is in first, else lines after them, so
// that straight code finds the next line there. A miss asks the scalar SRAM port for the line, one request at a time.
// Latency: cache hit: present in the cycle after need_i. Miss: two cycles if the port is free and the bank grants.
// Throughput: one lookup per cycle; one miss under way. Back-pressure: the request waits for request_ready_i.
// Registered: buffers, tags, lines. Combinational: present_o, next_present_o, the windows and the request.
`include "dojo_assert.svh"

module core_instruction_cache (
    input  logic         clk_i,
    input  logic         rst_ni,
    // harts
    input  logic [3:0]   need_i,
    input  logic [3:0]   next_i,
    input  logic [14:0]  line_i[4],
    output logic [3:0]   present_o,
    output logic [3:0]   next_present_o,
    // two half-words out of the buffers of a hart, at an address and after it
    input  logic [1:0]   window_valid_i,
    input  logic [1:0]   window_hart_i[2],
    input  logic [5:0]   window_index_i[2],  // low bit of the line, half-word in the line
    output logic [15:0]  window_low_o[2],
    output logic [15:0]  window_high_o[2],
    // forget everything: fence.i, hart start
    input  logic         flush_cache_i,
    input  logic [3:0]   flush_buffer_i,
    // scalar SRAM port
    output logic         request_valid_o,
    output logic         request_demand_o,   // a hart cannot go on without it
    output logic [14:0]  request_line_o,
    input  logic         request_ready_i,
    input  logic         fill_valid_i,
    input  logic [511:0] fill_data_i
);

  localparam int unsigned Sets = 64;
  localparam int unsigned IndexBits = 6;
  localparam int unsigned TagBits = 15 - IndexBits;

  logic [Sets-1:0]    set_valid_q;
  logic [TagBits-1:0] tag_q[Sets];
  logic [511:0]       data_q[Sets];
  logic [7:0]         buffer_valid_q;    // {hart, low bit of the line}
  logic [14:0]        buffer_line_q[8];
  logic [511:0]       buffer_q[8];
  logic [1:0]         last_q;      // hart of the last lookup
  logic               pending_q;   // a miss is under way
  logic               poisoned_q;  // ... and must not be kept: the cache was flushed since
  logic [1:0]         pending_hart_q;
  logic [14:0]        pending_line_q;

  logic [3:0]           missing, following;
  logic [14:0]          next_line[4];
  logic                 lookup;
  logic [1:0]           lookup_hart;
  logic [14:0]          lookup_line;
  logic [IndexBits-1:0] lookup_set;
  logic                 hit;

  always_comb begin
    present_o      = 4'd0;
    next_present_o = 4'd0;
    for (int unsigned h = 0; h < 4; h++) next_line[h] = 15'd0;
    if (need_i != 4'd0) begin
      for (int unsigned h = 0; h < 4; h++) begin
        if (need_i[h]) begin
          next_line[h]      = line_i[h] + 15'd1;
          present_o[h]      = buffer_valid_q[{2'(h), line_i[h][0]}] && buffer_line_q[{2'(h), line_i[h][0]}] == line_i[h];
          next_present_o[h] = buffer_valid_q[{2'(h), !line_i[h][0]}] && buffer_line_q[{2'(h), !line_i[h][0]}] == next_line[h];
        end
      end
    end
  end

  assign missing          = need_i & ~present_o;
  assign following        = next_i & ~next_present_o;
  assign lookup           = (missing | following) != 4'd0;
  assign request_demand_o = missing != 4'd0;

  always_comb begin
    lookup_hart = 2'd0;
    lookup_line = 15'd0;
    lookup_set  = '0;
    hit         = 1'b0;
    if (lookup) begin
      lookup_hart = core_pkg::next_in_turn((missing != 4'd0) ? missing : following, last_q);
      lookup_line = (missing != 4'd0) ? line_i[lookup_hart] : next_line[lookup_hart];
      lookup_set  = lookup_line[IndexBits-1:0];
      hit         = set_valid_q[lookup_set] && tag_q[lookup_set] == lookup_line[14:IndexBits];
    end
  end

  assign request_valid_o = lookup && !hit && !pending_q;
  assign request_line_o  = lookup_line;

  always_comb begin
    for (int unsigned s = 0; s < 2; s++) begin
      window_low_o[s]  = 16'd0;
      window_high_o[s] = 16'd0;
      if (window_valid_i[s]) begin
        window_low_o[s]  = buffer_q[{window_hart_i[s], window_index_i[s][5]}][{window_index_i[s][4:0], 4'd0}+:16];
        window_high_o[s] = buffer_q[{window_hart_i[s], window_index_i[s][5] != (window_index_i[s][4:0] == 5'd31)}]
                                   [{window_index_i[s][4:0] + 5'd1, 4'd0}+:16];
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      set_valid_q    <= '0;
      buffer_valid_q <= '0;
      last_q         <= '0;
      pending_q      <= 1'b0;
      poisoned_q     <= 1'b0;
    end else if (lookup || pending_q || flush_cache_i || flush_buffer_i != 4'd0) begin
      logic [7:0] buffer_valid;
      logic [2:0] place;
      buffer_valid = buffer_valid_q;
      if (lookup) last_q <= lookup_hart;
      if (hit) begin
        place                = {lookup_hart, lookup_line[0]};
        buffer_valid[place]  = 1'b1;
        buffer_line_q[place] <= lookup_line;
        buffer_q[place]      <= data_q[lookup_set];
      end
      if (request_valid_o && request_ready_i) begin
        pending_q      <= 1'b1;
        poisoned_q     <= flush_cache_i;
        pending_hart_q <= lookup_hart;
        pending_line_q <= lookup_line;
      end
      if (fill_valid_i) begin
        pending_q <= 1'b0;
        if (!poisoned_q) begin
          set_valid_q[pending_line_q[IndexBits-1:0]] <= 1'b1;
          tag_q[pending_line_q[IndexBits-1:0]]       <= pending_line_q[14:IndexBits];
          data_q[pending_line_q[IndexBits-1:0]]      <= fill_data_i;
          if ((need_i[pending_hart_q] && line_i[pending_hart_q] == pending_line_q) ||
              (next_i[pending_hart_q] && next_line[pending_hart_q] == pending_line_q)) begin
            place                = {pending_hart_q, pending_line_q[0]};
            buffer_valid[place]  = 1'b1;
            buffer_line_q[place] <= pending_line_q;
            buffer_q[place]      <= fill_data_i;
          end
        end
      end
      if (flush_cache_i) begin
        set_valid_q <= '0;
        if (pending_q) poisoned_q <= 1'b1;
      end
      for (int unsigned h = 0; h < 4; h++) if (flush_buffer_i[h]) buffer_valid[{2'(h), 1'b0}+:2] = 2'b00;
      buffer_valid_q <= buffer_valid;
    end
  end

  // Implementation checks.
  `DOJO_ASSERT(NextNeedsCurrent, (next_i & ~need_i) == '0)
  `DOJO_COVER(LineAfterIsFetched, lookup && missing == '0)
  `DOJO_COVER(FlushedWhilePending, pending_q && flush_cache_i)

endmodule
