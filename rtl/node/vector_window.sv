// The vector instructions in flight: their order, their hazards, and which of them start next.
//
// Function: a ring of 16 entries in the order of dispatch, of all harts. An entry keeps the registers that it will still read and write; it may
// read a register that no older entry of its hart will write, and write one that none will read or write. Bits go as the entry
// advances, so that dependent instructions overlap register by register. A load or store waits, before it starts, for older accesses of
// its hart whose bytes it may share, when one of the two is a store; bytes are known of consecutive accesses that cannot trap.
// Per pipe the oldest entry starts that can run to its end without waiting, or whose elders have all started and whose first
// registers are free: so whoever occupies a pipe waits for older entries only, and the oldest entry always goes on.
// Execute instructions of a hart start in order.
// Latency: dispatch to start one cycle; a register that is done in one cycle is free in the next. Throughput: per cycle one dispatch, one
// start per class, two entries leave. Back-pressure: dispatch_ready_o. Registered: all outputs.
`include "dojo_assert.svh"
module vector_window (
    input  logic                   clk_i,
    input  logic                   rst_ni,
    input  logic                   dispatch_valid_i,
    input  vector_pkg::dispatch_t  dispatch_i,
    output logic                   dispatch_ready_o,
    output vector_pkg::tag_t       dispatch_tag_o,  // of the next dispatch
    // starts: load (of two pipes the lower one that is ready), store, execute
    output logic                   load_valid_o,
    output vector_pkg::tag_t       load_tag_o,
    output vector_pkg::dispatch_t  load_o,
    input  logic [1:0]             load_ready_i,
    output logic                   store_valid_o,
    output vector_pkg::tag_t       store_tag_o,
    output vector_pkg::dispatch_t  store_o,
    input  logic                   store_ready_i,
    output logic                   execute_valid_o,
    output vector_pkg::tag_t       execute_tag_o,
    output vector_pkg::dispatch_t  execute_o,
    input  logic                   execute_ready_i,
    // of the entries started last
    output logic [1:0]             load_mask_blocked_o,
    output logic [1:0][31:0]       load_blocked_write_o,
    output logic [31:0]            store_blocked_read_o,
    output logic [31:0]            execute_blocked_read_o,
    output logic [31:0]            execute_blocked_write_o,
    // progress
    input  vector_pkg::tag_t       load_progress_tag_i[2],
    input  logic [31:0]            load_writes_done_i[2],
    input  logic [31:0]            store_reads_done_i,
    input  logic [31:0]            execute_reads_done_i,
    input  vector_pkg::tag_t       execute_writes_tag_i,
    input  logic [31:0]            execute_writes_done_i,
    // ends: load 0, load 1, store, execute
    input  logic [3:0]             done_valid_i,
    input  vector_pkg::tag_t       done_tag_i[4],
    // levels of the harts
    output logic [3:0]             busy_o,
    output logic [3:0]             loads_pending_o,
    output logic [3:0]             stores_pending_o,
    // class that could not start: waits for memory order, for registers (counted by the unit)
    output logic                   memory_wait_o,
    output logic                   register_wait_o,
    output logic                   idle_o
);

  localparam int unsigned Entries = vector_pkg::Entries;

  // All of this is private to the process below.
  vector_pkg::dispatch_t record[Entries];
  logic [15:0] valid, started, loads, stores, elementwise;
  logic [1:0]  hart[Entries];
  logic [31:0] reads[Entries];
  logic [31:0] writes[Entries];
  logic [31:0] firsts[Entries];   // registers that it needs first
  logic [15:0] waits[Entries];    // entries whose end it awaits, for memory order
  logic [15:0] known;             // its bytes are first_byte .. end_byte - 1
  logic [31:0] first_byte[Entries];
  logic [31:0] end_byte[Entries];
  logic [3:0]  head;
  logic [4:0]  count;
  logic [3:0]  current_load[2];
  logic [3:0]  current_store, current_execute;
  logic        ended_unstarted_q;

  // Registers with which an instruction begins: the first of each of its groups.
  function automatic logic [31:0] first_registers(input logic [4:0] vd, input logic [4:0] vs1, input logic [4:0] vs2);
    return (32'd1 << vd) | (32'd1 << vs1) | (32'd1 << vs2) | 32'd1;
  endfunction

  /* verilator lint_off BLKSEQ */
  task automatic insert();
    logic [3:0]  tag;
    logic        is_load, is_store;
    logic [31:0] from, to;
    tag              = head + count[3:0];
    is_load          = dispatch_i.unit == vector_pkg::ClassLoad;
    is_store         = dispatch_i.unit == vector_pkg::ClassStore;
    from             = {11'd0, dispatch_i.rs1[20:0]};
    to               = from + {22'd0, dispatch_i.memory.bytes};
    record[tag]      = dispatch_i;
    valid[tag]       = 1'b1;
    started[tag]     = 1'b0;
    loads[tag]       = is_load;
    stores[tag]      = is_store;
    elementwise[tag] = !(dispatch_i.checked && dispatch_i.memory.mode == vector_pkg::MemoryUnit && dispatch_i.memory.fields == 3'd0);
    hart[tag]        = dispatch_i.hart;
    reads[tag]       = dispatch_i.reads;
    writes[tag]      = dispatch_i.writes;
    firsts[tag]      = first_registers(dispatch_i.insn[11:7], dispatch_i.insn[19:15], dispatch_i.insn[24:20]);
    waits[tag]       = 16'd0;
    known[tag]       = dispatch_i.checked;
    first_byte[tag]  = from;
    end_byte[tag]    = to;
    count            = count + 5'd1;
    if (is_load || is_store) begin
      for (int unsigned e = 0; e < Entries; e++) begin
        waits[tag][e] = valid[e] && 4'(e) != tag && hart[e] == dispatch_i.hart && (stores[e] || (loads[e] && is_store))
            && !(known[e] && dispatch_i.checked && (end_byte[e] <= from || to <= first_byte[e]));
      end
    end
  endtask

  task automatic finish();
    logic [15:0] ended;
    ended = 16'd0;
    for (int unsigned p = 0; p < 4; p++) if (done_valid_i[p]) ended[done_tag_i[p]] = 1'b1;
    ended_unstarted_q <= (ended & ~(valid & started)) != 16'd0;
    valid = valid & ~ended;
    for (int unsigned e = 0; e < Entries; e++) begin
      waits[e]  = waits[e] & ~ended;
      reads[e]  = ended[e] ? 32'd0 : reads[e];
      writes[e] = ended[e] ? 32'd0 : writes[e];
    end
  endtask

  // Looks at the entries from the oldest to the youngest.
  task automatic scan();
    logic [31:0] will_read[4];
    logic [31:0] will_write[4];
    logic [3:0]  busy, loads_pending, stores_pending, execute_waits;
    logic        load_found, store_found, execute_found, load_waits, store_waits, any_execute_waits, memory_wait, register_wait;
    logic [3:0]  load_tag, store_tag, execute_tag;
    for (int unsigned h = 0; h < 4; h++) begin
      will_read[h]  = 32'd0;
      will_write[h] = 32'd0;
    end
    busy              = 4'd0;
    loads_pending     = 4'd0;
    stores_pending    = 4'd0;
    execute_waits     = 4'd0;
    any_execute_waits = 1'b0;
    load_found        = 1'b0;
    store_found       = 1'b0;
    execute_found     = 1'b0;
    load_waits        = 1'b0;
    store_waits       = 1'b0;
    load_tag          = 4'd0;
    store_tag         = 4'd0;
    execute_tag       = 4'd0;
    memory_wait       = 1'b0;
    register_wait     = 1'b0;
    for (int unsigned n = 0; n < Entries && n < 32'(count); n++) begin
      logic [3:0]  e;
      logic [1:0]  h;
      logic [31:0] blocked_read, blocked_write, conflict;
      logic        clear, elders, first_clear;
      e = head + 4'(n);
      if (valid[e]) begin
        h             = hart[e];
        blocked_read  = will_write[h];
        blocked_write = will_write[h] | will_read[h];
        busy[h]       = 1'b1;
        if (loads[e]) loads_pending[h] = 1'b1;
        if (stores[e]) stores_pending[h] = 1'b1;
        if (!started[e]) begin
          conflict    = (blocked_read & reads[e]) | (blocked_write & writes[e]);
          clear       = conflict == 32'd0;
          first_clear = (conflict & firsts[e]) == 32'd0 && !elementwise[e];
          if (waits[e] != 16'd0) memory_wait = 1'b1;
          else if (!clear && !first_clear) register_wait = 1'b1;
          if (loads[e]) begin
            elders = !load_waits;
            if (!load_found && waits[e] == 16'd0 && (clear || (elders && first_clear))) begin
              load_found = 1'b1;
              load_tag   = e;
            end
            load_waits = 1'b1;
          end else if (stores[e]) begin
            elders = !store_waits;
            if (!store_found && waits[e] == 16'd0 && (clear || (elders && first_clear))) begin
              store_found = 1'b1;
              store_tag   = e;
            end
            store_waits = 1'b1;
          end else begin
            elders      = !any_execute_waits;
            first_clear = (conflict & firsts[e]) == 32'd0;
            if (!execute_found && !execute_waits[h] && (clear || (elders && first_clear))) begin
              execute_found = 1'b1;
              execute_tag   = e;
            end
            execute_waits[h]  = 1'b1;
            any_execute_waits = 1'b1;
          end
        end else begin
          if (e == current_load[0]) begin
            load_mask_blocked_o[0]  <= blocked_read[0];
            load_blocked_write_o[0] <= blocked_write;
          end
          if (e == current_load[1]) begin
            load_mask_blocked_o[1]  <= blocked_read[0];
            load_blocked_write_o[1] <= blocked_write;
          end
          if (e == current_store) store_blocked_read_o <= blocked_read;
          if (e == current_execute) begin
            execute_blocked_read_o  <= blocked_read;
            execute_blocked_write_o <= blocked_write;
          end
        end
        will_read[h]  = will_read[h] | reads[e];
        will_write[h] = will_write[h] | writes[e];
      end
    end
    load_valid_o    <= load_found;
    store_valid_o   <= store_found;
    execute_valid_o <= execute_found;
    if (load_found) begin
      load_tag_o <= load_tag;
      load_o     <= record[load_tag];
    end
    if (store_found) begin
      store_tag_o <= store_tag;
      store_o     <= record[store_tag];
    end
    if (execute_found) begin
      execute_tag_o <= execute_tag;
      execute_o     <= record[execute_tag];
    end
    busy_o           <= busy;
    loads_pending_o  <= loads_pending;
    stores_pending_o <= stores_pending;
    memory_wait_o    <= memory_wait;
    register_wait_o  <= register_wait;
  endtask

  assign idle_o = busy_o == 4'd0;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      valid            = '0;
      head             = '0;
      count            = '0;
      ended_unstarted_q <= 1'b0;
      current_load[0]  = '0;
      current_load[1]  = '0;
      current_store    = '0;
      current_execute  = '0;
      dispatch_ready_o <= 1'b1;
      dispatch_tag_o   <= '0;
      load_valid_o     <= 1'b0;
      store_valid_o    <= 1'b0;
      execute_valid_o  <= 1'b0;
      busy_o           <= '0;
      loads_pending_o  <= '0;
      stores_pending_o <= '0;
      memory_wait_o    <= 1'b0;
      register_wait_o  <= 1'b0;
      load_mask_blocked_o     <= '0;
      load_blocked_write_o[0] <= '0;
      load_blocked_write_o[1] <= '0;
      store_blocked_read_o    <= '0;
      execute_blocked_read_o  <= '0;
      execute_blocked_write_o <= '0;
      for (int unsigned e = 0; e < Entries; e++) begin
        reads[e]  = '0;
        writes[e] = '0;
        waits[e]  = '0;
      end
    end else if ((dispatch_valid_i && dispatch_ready_o) || count != 5'd0) begin
      // What the pipes have done.
      for (int unsigned p = 0; p < 2; p++) begin
        writes[load_progress_tag_i[p]] = writes[load_progress_tag_i[p]] & ~load_writes_done_i[p];
      end
      reads[current_store]         = reads[current_store] & ~store_reads_done_i;
      reads[current_execute]       = reads[current_execute] & ~execute_reads_done_i;
      writes[execute_writes_tag_i] = writes[execute_writes_tag_i] & ~execute_writes_done_i;
      if (done_valid_i != 4'd0) finish();
      // Starts.
      if (load_valid_o && load_ready_i != 2'd0) begin
        started[load_tag_o] = 1'b1;
        if (load_ready_i[0]) current_load[0] = load_tag_o;
        else current_load[1] = load_tag_o;
      end
      if (store_valid_o && store_ready_i) begin
        started[store_tag_o] = 1'b1;
        current_store        = store_tag_o;
      end
      if (execute_valid_o && execute_ready_i) begin
        started[execute_tag_o] = 1'b1;
        current_execute        = execute_tag_o;
      end
      if (dispatch_valid_i && dispatch_ready_o) insert();
      // The oldest leave when they have ended.
      for (int unsigned n = 0; n < 2; n++) begin
        if (count != 5'd0 && !valid[head]) begin
          head  = head + 4'd1;
          count = count - 5'd1;
        end
      end
      scan();
      dispatch_ready_o <= 32'(count) < Entries;
      dispatch_tag_o   <= head + count[3:0];
    end
  end
  /* verilator lint_on BLKSEQ */

  // Integration checks.
  `DOJO_ASSERT(EndedHadStarted, !ended_unstarted_q)
  // Implementation checks.
  `DOJO_COVER(Full, !dispatch_ready_o)
  `DOJO_COVER(MemoryWait, memory_wait_o)
  `DOJO_COVER(RegisterWait, register_wait_o)
  `DOJO_COVER(AllPipesStart, load_valid_o && store_valid_o && execute_valid_o)

endmodule
