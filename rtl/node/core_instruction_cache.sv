// Instruction lines: one line buffer per hart and a direct-mapped cache of 64 lines that all harts share.
//
// Function: a hart names the line it needs (need_i, line_i); present_o says that its buffer holds it. One hart per cycle looks its
// missing line up in the cache; a miss asks the scalar SRAM port for the line, one request at a time.
// Latency: cache hit: present in the cycle after need_i. Miss: three cycles if the port is free and the bank grants.
// Throughput: one lookup per cycle; one miss under way. Back-pressure: the request waits for request_ready_i.
// Registered: buffers, tags, lines. Combinational: present_o, the window and the request.
module core_instruction_cache (
    input  logic         clk_i,
    input  logic         rst_ni,
    // harts
    input  logic [3:0]   need_i,
    input  logic [14:0]  line_i[4],
    output logic [3:0]   present_o,
    // two half-words out of the buffer of a hart: at half-word index_i, and at the next one (modulo 32)
    input  logic         window_valid_i,
    input  logic [1:0]   window_hart_i,
    input  logic [4:0]   window_index_i,
    output logic [15:0]  window_low_o,
    output logic [15:0]  window_high_o,
    // forget everything: fence.i, hart start
    input  logic         flush_cache_i,
    input  logic [3:0]   flush_buffer_i,
    // scalar SRAM port
    output logic         request_valid_o,
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
  logic [3:0]         buffer_valid_q;
  logic [14:0]        buffer_line_q[4];
  logic [511:0]       buffer_q[4];
  logic [1:0]         last_q;      // hart of the last lookup
  logic               pending_q;   // a miss is under way
  logic               poisoned_q;  // ... and must not be kept: the cache was flushed since
  logic [1:0]         pending_hart_q;
  logic [14:0]        pending_line_q;

  logic [3:0]           missing;
  logic [1:0]           lookup_hart;
  logic [14:0]          lookup_line;
  logic [IndexBits-1:0] lookup_set;
  logic                 hit;

  always_comb begin
    present_o = 4'd0;
    if (need_i != 4'd0) begin
      for (int unsigned h = 0; h < 4; h++) present_o[h] = buffer_valid_q[h] && buffer_line_q[h] == line_i[h];
    end
  end

  assign missing = need_i & ~present_o;

  always_comb begin
    lookup_hart = 2'd0;
    lookup_line = 15'd0;
    lookup_set  = '0;
    hit         = 1'b0;
    if (missing != 4'd0) begin
      lookup_hart = core_pkg::next_in_turn(missing, last_q);
      lookup_line = line_i[lookup_hart];
      lookup_set  = lookup_line[IndexBits-1:0];
      hit         = set_valid_q[lookup_set] && tag_q[lookup_set] == lookup_line[14:IndexBits];
    end
  end

  assign request_valid_o = missing != 4'd0 && !hit && !pending_q;
  assign request_line_o  = lookup_line;

  always_comb begin
    window_low_o  = 16'd0;
    window_high_o = 16'd0;
    if (window_valid_i) begin
      window_low_o  = buffer_q[window_hart_i][{window_index_i, 4'd0}+:16];
      window_high_o = buffer_q[window_hart_i][{window_index_i + 5'd1, 4'd0}+:16];
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      set_valid_q    <= '0;
      buffer_valid_q <= '0;
      last_q         <= '0;
      pending_q      <= 1'b0;
      poisoned_q     <= 1'b0;
    end else if (missing != 4'd0 || pending_q || flush_cache_i || flush_buffer_i != 4'd0) begin
      logic [3:0] buffer_valid;
      buffer_valid = buffer_valid_q;
      if (missing != 4'd0) last_q <= lookup_hart;
      if (hit) begin
        buffer_valid[lookup_hart]  = 1'b1;
        buffer_line_q[lookup_hart] <= lookup_line;
        buffer_q[lookup_hart]      <= data_q[lookup_set];
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
          if (missing[pending_hart_q] && line_i[pending_hart_q] == pending_line_q) begin
            buffer_valid[pending_hart_q]  = 1'b1;
            buffer_line_q[pending_hart_q] <= pending_line_q;
            buffer_q[pending_hart_q]      <= fill_data_i;
          end
        end
      end
      if (flush_cache_i) begin
        set_valid_q <= '0;
        if (pending_q) poisoned_q <= 1'b1;
      end
      buffer_valid_q <= buffer_valid & ~flush_buffer_i;
    end
  end

endmodule
