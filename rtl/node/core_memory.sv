// Accesses of harts to the SRAM, the fetch unit's share of the scalar port, LR/SC reservations and posted remote stores.
//
// Function: the execute stage hands over one naturally aligned access at a time, which goes to the SRAM in the same cycle; a refused one is
// kept and asked again. A load or store is one request; an atomic operation is a read and, in the very next cycle, a write that the
// SRAM must grant. SC is an atomic operation whose write depends on the reservation.
// Latency: the result one cycle after the grant. Throughput: one access per cycle (atomic: one per two).
// Back-pressure: port_free_o low; the execute stage then holds. Fetch requests get the port when no access wants it, and after eight
// cycles in which a hart waited for its line in vain before the accesses.
// Registered: what is kept of a request; s_* are functions of registers of the core. Late outputs: functions of registers.
`include "dojo_assert.svh"

module core_memory (
    input  logic          clk_i,
    input  logic          rst_ni,
    // scalar SRAM port
    output logic          s_valid_o,
    output logic          s_write_o,
    output logic          s_atomic_o,
    output logic [14:0]   s_line_o,
    output logic [2:0]    s_word_o,
    output logic [63:0]   s_wdata_o,
    output logic [7:0]    s_be_o,
    input  logic          s_grant_i,
    input  logic [511:0]  s_rdata_i,
    // writes of others
    input  logic [1:0]    snoop_valid_i,
    input  logic [14:0]   snoop_line_i[2],
    // instruction lines
    input  logic          fetch_valid_i,
    input  logic          fetch_demand_i,  // a hart waits for it
    input  logic [14:0]   fetch_line_i,
    output logic          fetch_ready_o,
    output logic          fill_valid_o,
    // execute stage
    output logic          port_free_o,
    input  logic          access_valid_i,
    input  logic [1:0]    access_hart_i,
    input  core_pkg::op_e access_op_i,
    input  logic [4:0]    access_atomic_i,  // funct5
    input  logic [2:0]    access_funct3_i,
    input  logic [63:0]   access_address_i,
    input  logic [63:0]   access_data_i,
    input  logic          access_writes_rd_i,
    input  logic [5:0]    access_rd_i,
    input  logic [3:0]    start_valid_i,  // harts that start: their reservations end
    output logic          idle_o,
    // results of loads and atomic operations
    output logic          late_valid_o,
    output logic [1:0]    late_hart_o,
    output logic          late_writes_rd_o,
    output logic [5:0]    late_rd_o,
    output logic [63:0]   late_data_o,
    output logic          late_stored_valid_o,  // an atomic operation has written
    output logic [63:0]   late_stored_o,
    // remote stores
    input  logic          remote_store_i,
    output logic          remote_valid_o,
    output logic [63:0]   remote_address_o,
    output logic [63:0]   remote_data_o,
    output logic [1:0]    remote_size_o,
    input  logic          remote_ready_i
);

  // What an access needs until it is finished; small pieces, since wide structures are slow to simulate.
  logic          refused_q;  // the request was refused and is asked again
  logic          fetch_q;    // ... a fetch
  logic [1:0]    refused_hart_q;
  core_pkg::op_e refused_op_q;
  logic [4:0]    refused_atomic_q;
  logic [2:0]    refused_funct3_q;
  logic [63:0]   refused_address_q;
  logic [63:0]   refused_data_q;
  logic          refused_writes_rd_q;
  logic [5:0]    refused_rd_q;

  // The access at the port, if there is one.
  logic          at_port, is_fetch;
  logic [1:0]    port_hart;
  core_pkg::op_e port_op;
  logic [4:0]    port_atomic;
  logic [2:0]    port_funct3;
  logic [63:0]   port_address;
  logic [63:0]   port_data;
  logic          port_writes_rd;
  logic [5:0]    port_rd;

  // The access that was granted in the cycle before.
  logic          finish_valid_q;
  logic          second_half_q;  // an atomic operation that writes now
  core_pkg::op_e finish_op_q;
  logic [4:0]    finish_atomic_q;
  logic [2:0]    finish_funct3_q;
  logic [63:0]   finish_address_q;
  logic [63:0]   finish_operand_q;
  logic          finish_sc_failed_q;

  // Reservations.
  logic [3:0]    reserved_q;
  logic [14:0]   reserved_line_q[4];
  logic [3:0]    snooped;            // reservations that a write of somebody else ends
  logic          reservation_holds;  // of the hart whose access is at the port, on the line of that access

  logic [2:0]    fetch_waited_q;     // cycles that a needed line has waited for the port
  logic          is_sc, is_lr;
  logic [63:0]   word, loaded, atomic_value;

  assign is_lr         = port_op == core_pkg::OpAtomic && port_atomic == core_pkg::AtomicLr;
  assign is_sc         = port_op == core_pkg::OpAtomic && port_atomic == core_pkg::AtomicSc;
  assign port_free_o   = !refused_q && !second_half_q && fetch_waited_q != 3'd7;
  assign fetch_ready_o = !refused_q && !second_half_q && !access_valid_i;
  assign idle_o        = !refused_q && !fill_valid_o && !finish_valid_q && !remote_valid_o;

  function automatic logic [7:0] byte_enable(input logic [1:0] size, input logic [2:0] offset);
    logic [7:0] base;
    base = (size == 2'd0) ? 8'h01 : (size == 2'd1) ? 8'h03 : (size == 2'd2) ? 8'h0f : 8'hff;
    return base << offset;
  endfunction

  function automatic logic [63:0] replicate(input logic [1:0] size, input logic [63:0] data);
    return (size == 2'd0) ? {8{data[7:0]}} : (size == 2'd1) ? {4{data[15:0]}} : (size == 2'd2) ? {2{data[31:0]}} : data;
  endfunction

  function automatic logic [63:0] extend(input logic [2:0] funct3, input logic [63:0] data);
    logic [63:0] result;
    case (funct3)
      3'd0:    result = {{56{data[7]}}, data[7:0]};
      3'd1:    result = {{48{data[15]}}, data[15:0]};
      3'd2:    result = {{32{data[31]}}, data[31:0]};
      3'd4:    result = {56'd0, data[7:0]};
      3'd5:    result = {48'd0, data[15:0]};
      3'd6:    result = {32'd0, data[31:0]};
      default: result = data;
    endcase
    return result;
  endfunction

  // Value that an atomic operation writes; words are sign-extended on both sides.
  function automatic logic [63:0] combine(input logic [4:0] operation, input logic [63:0] old, input logic [63:0] operand);
    logic [63:0] result;
    logic        less, less_unsigned;
    less          = $signed(old) < $signed(operand);
    less_unsigned = old < operand;
    case (operation)
      core_pkg::AtomicAdd:  result = old + operand;
      core_pkg::AtomicXor:  result = old ^ operand;
      core_pkg::AtomicOr:   result = old | operand;
      core_pkg::AtomicAnd:  result = old & operand;
      core_pkg::AtomicMin:  result = less ? old : operand;
      core_pkg::AtomicMax:  result = less ? operand : old;
      core_pkg::AtomicMinu: result = less_unsigned ? old : operand;
      core_pkg::AtomicMaxu: result = less_unsigned ? operand : old;
      default:              result = operand;
    endcase
    return result;
  endfunction

  // Results.
  always_comb begin
    word                = 64'd0;
    loaded              = 64'd0;
    atomic_value        = 64'd0;
    late_data_o         = 64'd0;
    late_stored_valid_o = 1'b0;
    if (finish_valid_q) begin
      word        = s_rdata_i[{finish_address_q[5:3], 6'd0}+:64] >> {finish_address_q[2:0], 3'd0};
      loaded      = extend(finish_funct3_q, word);
      late_data_o = !late_rd_o[5] ? loaded : finish_funct3_q[1] ? {32'd0, loaded[31:0]} : {32'd0, 16'hffff, loaded[15:0]};
      if (finish_op_q == core_pkg::OpAtomic && finish_atomic_q != core_pkg::AtomicLr) begin
        atomic_value        = combine(finish_atomic_q, loaded, extend(finish_funct3_q, finish_operand_q));
        late_stored_valid_o = 1'b1;
        if (finish_atomic_q == core_pkg::AtomicSc) begin
          late_data_o         = 64'(finish_sc_failed_q);
          late_stored_valid_o = !finish_sc_failed_q;
        end
      end
    end
  end

  assign late_stored_o = atomic_value;

  // The request.
  always_comb begin
    at_port        = 1'b0;
    is_fetch       = 1'b0;
    port_hart      = 2'd0;
    port_op        = core_pkg::OpLoad;
    port_atomic    = 5'd0;
    port_funct3    = 3'd0;
    port_address   = 64'd0;
    port_data      = 64'd0;
    port_writes_rd = 1'b0;
    port_rd        = 6'd0;
    s_valid_o      = 1'b0;
    s_write_o      = 1'b0;
    s_atomic_o     = 1'b0;
    s_line_o       = 15'd0;
    s_word_o       = 3'd0;
    s_wdata_o      = 64'd0;
    s_be_o         = 8'd0;
    if (second_half_q) begin
      s_valid_o  = 1'b1;
      s_write_o  = 1'b1;
      s_atomic_o = 1'b1;
      s_line_o   = core_pkg::sram_line(finish_address_q);
      s_word_o   = finish_address_q[5:3];
      s_be_o     = byte_enable(finish_funct3_q[1:0], finish_address_q[2:0]);
      s_wdata_o  = replicate(finish_funct3_q[1:0], atomic_value);
    end else if (refused_q) begin
      is_fetch       = fetch_q;
      at_port        = !fetch_q;
      port_hart      = refused_hart_q;
      port_op        = refused_op_q;
      port_atomic    = refused_atomic_q;
      port_funct3    = refused_funct3_q;
      port_address   = refused_address_q;
      port_data      = refused_data_q;
      port_writes_rd = refused_writes_rd_q;
      port_rd        = refused_rd_q;
    end else if (access_valid_i) begin
      at_port        = 1'b1;
      port_hart      = access_hart_i;
      port_op        = access_op_i;
      port_atomic    = access_atomic_i;
      port_funct3    = access_funct3_i;
      port_address   = access_address_i;
      port_data      = access_data_i;
      port_writes_rd = access_writes_rd_i;
      port_rd        = access_rd_i;
    end else if (fetch_valid_i) begin
      is_fetch     = 1'b1;
      port_address = {43'd0, fetch_line_i, 6'd0};
    end
    if (at_port || is_fetch) begin
      s_valid_o = 1'b1;
      s_line_o  = core_pkg::sram_line(port_address);
      if (at_port && port_op == core_pkg::OpStore) begin
        s_write_o = 1'b1;
        s_word_o  = port_address[5:3];
        s_be_o    = byte_enable(port_funct3[1:0], port_address[2:0]);
        s_wdata_o = replicate(port_funct3[1:0], port_data);
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      refused_q        <= 1'b0;
      second_half_q    <= 1'b0;
      fill_valid_o     <= 1'b0;
      finish_valid_q   <= 1'b0;
      late_valid_o     <= 1'b0;
      late_writes_rd_o <= 1'b0;
      remote_valid_o   <= 1'b0;
      fetch_waited_q   <= '0;
    end else begin
      if (finish_valid_q) begin
        finish_valid_q   <= 1'b0;
        late_valid_o     <= 1'b0;
        late_writes_rd_o <= 1'b0;
        second_half_q    <= 1'b0;
      end
      if (fill_valid_o) fill_valid_o <= 1'b0;
      if (refused_q && s_grant_i) refused_q <= 1'b0;
      if (is_fetch && s_grant_i) fill_valid_o <= 1'b1;
      if (at_port && s_grant_i) begin
        finish_valid_q     <= 1'b1;
        late_valid_o       <= (port_op == core_pkg::OpAtomic && !is_lr) || port_writes_rd;
        late_hart_o        <= port_hart;
        late_writes_rd_o   <= port_writes_rd;
        late_rd_o          <= port_rd;
        finish_address_q   <= port_address;
        finish_op_q        <= port_op;
        finish_atomic_q    <= port_atomic;
        finish_funct3_q    <= port_funct3;
        finish_operand_q   <= port_data;
        finish_sc_failed_q <= !reservation_holds;
        second_half_q      <= port_op == core_pkg::OpAtomic && !is_lr && (!is_sc || reservation_holds);
      end
      if (!refused_q && (at_port || is_fetch) && !s_grant_i) begin
        refused_q           <= 1'b1;
        fetch_q             <= is_fetch;
        refused_hart_q      <= port_hart;
        refused_op_q        <= port_op;
        refused_atomic_q    <= port_atomic;
        refused_funct3_q    <= port_funct3;
        refused_address_q   <= port_address;
        refused_data_q      <= port_data;
        refused_writes_rd_q <= port_writes_rd;
        refused_rd_q        <= port_rd;
      end
      if (fetch_valid_i || fetch_waited_q != 3'd0) begin
        if (!fetch_valid_i || !fetch_demand_i || fetch_ready_o) fetch_waited_q <= 3'd0;
        else if (fetch_waited_q != 3'd7) fetch_waited_q <= fetch_waited_q + 3'd1;
      end
      if (remote_valid_o && remote_ready_i) remote_valid_o <= 1'b0;
      if (remote_store_i) begin
        remote_valid_o   <= 1'b1;
        remote_address_o <= access_address_i;
        remote_data_o    <= access_data_i;
        remote_size_o    <= access_funct3_i[1:0];
      end
    end
  end

  // Reservations: what the granted request does to them, after the writes of others.
  always_comb begin
    snooped = 4'd0;
    if (reserved_q != 4'd0) begin
      for (int unsigned i = 0; i < 2; i++) begin
        for (int unsigned h = 0; h < 4; h++) if (snoop_valid_i[i] && snoop_line_i[i] == reserved_line_q[h]) snooped[h] = 1'b1;
      end
    end
    reservation_holds = reserved_q[port_hart] && !snooped[port_hart] && reserved_line_q[port_hart] == s_line_o;
  end

  always_ff @(posedge clk_i) begin
    logic [3:0] reserved;
    reserved = reserved_q & ~snooped & ~start_valid_i;
    if (!rst_ni) begin
      reserved_q <= '0;
    end else if (reserved_q != 4'd0 || (at_port && is_lr)) begin
      if (at_port && s_grant_i) begin
        if (is_lr) begin
          reserved[port_hart]        = 1'b1;
          reserved_line_q[port_hart] <= s_line_o;
        end else if (port_op != core_pkg::OpLoad && (!is_sc || reservation_holds)) begin
          for (int unsigned h = 0; h < 4; h++) if (reserved_line_q[h] == s_line_o) reserved[h] = 1'b0;
        end
        if (is_sc) reserved[port_hart] = 1'b0;
      end
      reserved_q <= reserved;
    end
  end

  // Integration checks.
  `DOJO_ASSERT(AccessOnlyWhenFree, !access_valid_i || port_free_o)
  `DOJO_ASSERT(AccessIsInSram, !access_valid_i || core_pkg::in_sram(access_address_i))
  `DOJO_ASSERT(RemoteOnlyWhenFree, !remote_store_i || !remote_valid_o || remote_ready_i)
  // Implementation checks.
  `DOJO_ASSERT(AtomicWriteIsGranted, !s_atomic_o || s_grant_i)
  `DOJO_ASSERT(AtomicWriteFollowsRead, !s_atomic_o || finish_valid_q)
  `DOJO_COVER(AccessRefused, at_port && !s_grant_i)
  `DOJO_COVER(FetchRefused, is_fetch && !s_grant_i)
  `DOJO_COVER(FetchWaitsForAccess, fetch_valid_i && access_valid_i)
  `DOJO_COVER(FetchGoesFirst, fetch_waited_q == '1)
  `DOJO_COVER(ScFails, finish_valid_q && finish_op_q == core_pkg::OpAtomic && finish_atomic_q == core_pkg::AtomicSc && finish_sc_failed_q)
  `DOJO_COVER(ScSucceeds, finish_valid_q && finish_op_q == core_pkg::OpAtomic && finish_atomic_q == core_pkg::AtomicSc && !finish_sc_failed_q)
  `DOJO_COVER(SnoopEndsReservation, snooped != 4'd0)
  `DOJO_COVER(RemoteWaits, remote_valid_o && !remote_ready_i)

endmodule
