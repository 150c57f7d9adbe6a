// Accesses of harts to the SRAM, the fetch unit's share of the scalar port, LR/SC reservations and posted remote stores.
//
// Function: the execute stage hands over one naturally aligned access at a time. A load or store is one request; an atomic operation is a
// read and, in the very next cycle, a write that the SRAM must grant. SC is an atomic operation whose write depends on the reservation.
// Latency: access_valid_i, request, finish: two cycles when the bank grants at once. Throughput: one access per cycle (atomic: one per two).
// Back-pressure: port_free_o low; the execute stage then holds. Fetch requests get the port when no access wants it.
// Registered: the request, except s_wdata_o of an atomic write, which depends on the read data register. Finish outputs: functions of registers.
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
    input  logic [4:0]    access_rd_i,
    input  logic [63:0]   access_pc_i,
    input  logic [31:0]   access_insn_i,
    input  logic [3:0]    start_valid_i,  // harts that start: their reservations end
    output logic [3:0]    busy_o,         // harts whose access is not granted yet
    output logic          idle_o,
    // finished accesses
    output logic          finish_valid_o,
    output logic [1:0]    finish_hart_o,
    output logic          finish_writes_rd_o,
    output logic [4:0]    finish_rd_o,
    output logic [63:0]   finish_data_o,
    output logic [63:0]   finish_pc_o,
    output logic [31:0]   finish_insn_o,
    output logic [1:0]    finish_mem_o,
    output logic [1:0]    finish_size_o,
    output logic [63:0]   finish_address_o,
    output logic [63:0]   finish_stored_o,
    // remote stores
    input  logic          remote_store_i,
    output logic          remote_valid_o,
    output logic [63:0]   remote_address_o,
    output logic [63:0]   remote_data_o,
    output logic [1:0]    remote_size_o,
    input  logic          remote_ready_i
);

  // The request at the port: an access (wait_valid_q until its grant), the write half of an atomic operation, or a fetch.
  logic          wait_valid_q;
  logic          fetch_q;
  logic [63:0]   wdata_q;
  logic [1:0]    wait_hart_q;
  core_pkg::op_e wait_op_q;
  logic [4:0]    wait_atomic_q;
  logic [2:0]    wait_funct3_q;
  logic [63:0]   wait_address_q;
  logic [63:0]   wait_data_q;
  logic          wait_writes_rd_q;
  logic [4:0]    wait_rd_q;
  logic [63:0]   wait_pc_q;
  logic [31:0]   wait_insn_q;

  // The access that was granted in the cycle before.
  core_pkg::op_e finish_op_q;
  logic [4:0]    finish_atomic_q;
  logic [2:0]    finish_funct3_q;
  logic [63:0]   finish_operand_q;
  logic          finish_sc_failed_q;

  // Reservations.
  logic [3:0]    reserved_q;
  logic [14:0]   reserved_line_q[4];
  logic [3:0]    snooped;            // reservations that a write of somebody else ends
  logic          reservation_holds;  // of the hart whose access is at the port, on the line of that access

  logic          first_half;  // the request is the read half of an atomic operation with a write half
  logic          is_sc, is_lr;
  logic [63:0]   word, loaded, atomic_value;

  assign is_lr       = wait_op_q == core_pkg::OpAtomic && wait_atomic_q == core_pkg::AtomicLr;
  assign is_sc       = wait_op_q == core_pkg::OpAtomic && wait_atomic_q == core_pkg::AtomicSc;
  assign first_half  = wait_valid_q && wait_op_q == core_pkg::OpAtomic && !is_lr;
  assign port_free_o = !s_valid_o || (s_grant_i && !first_half);

  assign fetch_ready_o = port_free_o && !access_valid_i;
  assign busy_o        = wait_valid_q ? 4'b0001 << wait_hart_q : 4'b0000;
  assign idle_o        = !s_valid_o && !fill_valid_o && !finish_valid_o && !remote_valid_o;

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

  always_comb begin
    word            = 64'd0;
    loaded          = 64'd0;
    atomic_value    = 64'd0;
    s_wdata_o       = wdata_q;
    finish_data_o   = 64'd0;
    finish_mem_o    = core_pkg::MemoryNone;
    finish_stored_o = finish_operand_q;
    if (finish_valid_o) begin
      word         = s_rdata_i[{finish_address_o[5:3], 6'd0}+:64] >> {finish_address_o[2:0], 3'd0};
      loaded       = extend(finish_funct3_q, word);
      finish_data_o = loaded;
      finish_mem_o  = (finish_op_q == core_pkg::OpStore) ? core_pkg::MemoryStore : core_pkg::MemoryLoad;
      if (finish_op_q == core_pkg::OpAtomic && finish_atomic_q != core_pkg::AtomicLr) begin
        atomic_value    = combine(finish_atomic_q, loaded, extend(finish_funct3_q, finish_operand_q));
        s_wdata_o       = replicate(finish_size_o, atomic_value);
        finish_stored_o = atomic_value;
        finish_mem_o    = core_pkg::MemoryAtomic;
        if (finish_atomic_q == core_pkg::AtomicSc) begin
          finish_data_o = 64'(finish_sc_failed_q);
          if (finish_sc_failed_q) finish_mem_o = core_pkg::MemoryNone;
        end
      end
    end
  end

  assign finish_size_o = finish_funct3_q[1:0];

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      s_valid_o      <= 1'b0;
      s_write_o      <= 1'b0;
      s_atomic_o     <= 1'b0;
      wait_valid_q   <= 1'b0;
      fetch_q        <= 1'b0;
      fill_valid_o   <= 1'b0;
      finish_valid_o <= 1'b0;
      remote_valid_o <= 1'b0;
    end else begin
      if (finish_valid_o) finish_valid_o <= 1'b0;
      if (fill_valid_o) fill_valid_o <= 1'b0;
      if (s_valid_o && s_grant_i) begin
        s_valid_o    <= 1'b0;
        s_write_o    <= 1'b0;
        s_atomic_o   <= 1'b0;
        fetch_q      <= 1'b0;
        wait_valid_q <= 1'b0;
        fill_valid_o <= fetch_q;
        if (wait_valid_q) begin
          finish_valid_o     <= 1'b1;
          finish_hart_o      <= wait_hart_q;
          finish_writes_rd_o <= wait_writes_rd_q;
          finish_rd_o        <= wait_rd_q;
          finish_pc_o        <= wait_pc_q;
          finish_insn_o      <= wait_insn_q;
          finish_address_o   <= wait_address_q;
          finish_op_q        <= wait_op_q;
          finish_atomic_q    <= wait_atomic_q;
          finish_funct3_q    <= wait_funct3_q;
          finish_operand_q   <= wait_data_q;
          finish_sc_failed_q <= !reservation_holds;
          if (first_half && (!is_sc || reservation_holds)) begin
            s_valid_o  <= 1'b1;
            s_write_o  <= 1'b1;
            s_atomic_o <= 1'b1;
          end
        end
      end
      if (access_valid_i) begin
        s_valid_o        <= 1'b1;
        s_write_o        <= access_op_i == core_pkg::OpStore;
        s_line_o         <= core_pkg::sram_line(access_address_i);
        s_word_o         <= access_address_i[5:3];
        s_be_o           <= byte_enable(access_funct3_i[1:0], access_address_i[2:0]);
        wdata_q          <= replicate(access_funct3_i[1:0], access_data_i);
        wait_valid_q     <= 1'b1;
        wait_hart_q      <= access_hart_i;
        wait_op_q        <= access_op_i;
        wait_atomic_q    <= access_atomic_i;
        wait_funct3_q    <= access_funct3_i;
        wait_address_q   <= access_address_i;
        wait_data_q      <= access_data_i;
        wait_writes_rd_q <= access_writes_rd_i;
        wait_rd_q        <= access_rd_i;
        wait_pc_q        <= access_pc_i;
        wait_insn_q      <= access_insn_i;
      end else if (fetch_valid_i && port_free_o) begin
        s_valid_o <= 1'b1;
        s_line_o  <= fetch_line_i;
        fetch_q   <= 1'b1;
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
    reservation_holds = reserved_q[wait_hart_q] && !snooped[wait_hart_q] && reserved_line_q[wait_hart_q] == s_line_o;
  end

  always_ff @(posedge clk_i) begin
    logic [3:0] reserved;
    reserved = reserved_q & ~snooped & ~start_valid_i;
    if (!rst_ni) begin
      reserved_q <= '0;
    end else if (reserved_q != 4'd0 || (wait_valid_q && is_lr)) begin
      if (wait_valid_q && s_grant_i) begin
        if (is_lr) begin
          reserved[wait_hart_q]        = 1'b1;
          reserved_line_q[wait_hart_q] <= s_line_o;
        end else if (wait_op_q != core_pkg::OpLoad && (!is_sc || reservation_holds)) begin
          for (int unsigned h = 0; h < 4; h++) if (reserved_line_q[h] == s_line_o) reserved[h] = 1'b0;
        end
        if (is_sc) reserved[wait_hart_q] = 1'b0;
      end
      reserved_q <= reserved;
    end
  end

  // Integration checks.
  `DOJO_ASSERT(AccessOnlyWhenFree, !access_valid_i || port_free_o)
  `DOJO_ASSERT(AccessIsInSram, !access_valid_i || core_pkg::in_sram(access_address_i))
  `DOJO_ASSERT(RemoteOnlyWhenFree, !remote_store_i || !remote_valid_o || remote_ready_i)
  // Implementation checks.
  `DOJO_ASSERT(AtomicWriteIsGranted, !(s_valid_o && s_atomic_o) || s_grant_i)
  `DOJO_ASSERT(AtomicWriteFollowsRead, !s_atomic_o || finish_valid_o)
  `DOJO_COVER(AccessRefused, s_valid_o && wait_valid_q && !s_grant_i)
  `DOJO_COVER(FetchRefused, s_valid_o && fetch_q && !s_grant_i)
  `DOJO_COVER(FetchWaitsForAccess, fetch_valid_i && access_valid_i)
  `DOJO_COVER(ScFails, finish_valid_o && finish_op_q == core_pkg::OpAtomic && finish_atomic_q == core_pkg::AtomicSc && finish_sc_failed_q)
  `DOJO_COVER(ScSucceeds, finish_valid_o && finish_op_q == core_pkg::OpAtomic && finish_atomic_q == core_pkg::AtomicSc && !finish_sc_failed_q)
  `DOJO_COVER(SnoopEndsReservation, snooped != 4'd0)
  `DOJO_COVER(RemoteWaits, remote_valid_o && !remote_ready_i)

endmodule
