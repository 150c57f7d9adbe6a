// Scheduler of a DRAM channel: chooses the order of accesses to lines, and keeps the timing of banks, rows, directions and refresh.
//
// Function: lines wait in a window of dojo_pkg::DipWindow places in order of arrival. Each cycle the oldest line whose row is open is accessed
// (first ready, first come), and one row is activated or closed: of the bank of the window's oldest line, else of the banks in turn. A bank
// opens the row of its oldest line, and closes it when no line wants it and another row is wanted, or when the window's oldest line waits for
// another row and DipOvertakes accesses went before it: until then the bank serves no other. Reads and writes go in batches: the direction
// changes when it has no line in the window, found none ready for Patience cycles, or had DipBatch accesses, and the other direction has one
// that is ready. Lines of one address and direction keep their order.
// All banks are refreshed while phase_i, the low bits of the machine's cycle number, is below DipRefreshCycles: no row is open then. Rows are
// closed, too, when nothing has come for IdleCycles; then the scheduler sleeps.
// Latency: an access two cycles after its line was taken if its row is open, DipActivateToAccess later if none is; its data stand
// DipReadLatency after it. Throughput: DipRateShare lines in DipRatePeriod cycles, one line more after a pause.
// Back-pressure: line_ready_o. Registered: every output.
`include "dojo_assert.svh"

module dip_memory_scheduler (
    input  logic                                clk_i,
    input  logic                                rst_ni,
    input  logic [dojo_pkg::DipRefreshBits-1:0] phase_i,
    // lines to be accessed
    input  logic                                line_valid_i,
    output logic                                line_ready_o,
    input  logic                                line_write_i,
    input  logic [dip_pkg::LineBits-1:0]        line_i,
    input  logic [dip_pkg::TagBits-1:0]         line_tag_i,
    // accesses, in the order in which they take effect
    output logic                                access_valid_o,
    output logic                                access_write_o,
    output logic [dip_pkg::LineBits-1:0]        access_line_o,
    output logic [dip_pkg::TagBits-1:0]         access_tag_o,
    // the data of a read stand
    output logic                                data_valid_o,
    output logic [dip_pkg::TagBits-1:0]         data_tag_o,
    output dojo_pkg::dip_counters_t             counters_o,
    // something waits or is under way; if low, nothing changes without a line
    output logic                                busy_o
);

  localparam int unsigned Window = dojo_pkg::DipWindow;
  localparam int unsigned Banks = dojo_pkg::DipBanks;
  localparam int unsigned PlaceBits = $clog2(Window);
  localparam int unsigned BankBits = $clog2(Banks);
  localparam int unsigned ColumnBits = $clog2(dojo_pkg::DipRowLines);
  localparam int unsigned RowBits = dip_pkg::LineBits - BankBits - ColumnBits;
  localparam int unsigned TimeBits = 7;                    // longer than any delay
  localparam int unsigned IdleCycles = 2 ** TimeBits - 1;
  localparam int unsigned Patience = 12;
  localparam int unsigned Share = dojo_pkg::DipRateShare;
  localparam int unsigned Period = dojo_pkg::DipRatePeriod;
  localparam int unsigned Saved = Period - 1 + Share;      // what is left of a pause
  // Before the oldest line: those until its bank is urgent, while its row is opened, and of the other direction.
  localparam int unsigned Overtakes = dojo_pkg::DipOvertakes + dojo_pkg::DipBatch + 96;
  localparam int unsigned SavedBits = $clog2(Saved + Share + 1);

  // Integration checks.
  if (Window != 64 || Banks != 32) begin : gen_shape_check
    $error("dip_memory_scheduler: index_of and bank_index are written for 64 places and 32 banks");
  end
  if (dojo_pkg::DipActivateToPrecharge >= IdleCycles || dojo_pkg::DipWriteToPrecharge >= IdleCycles || dojo_pkg::DipReadLatency >= IdleCycles ||
      dojo_pkg::DipActivateToPrecharge >= dojo_pkg::DipRefreshCycles || dojo_pkg::DipWriteToPrecharge >= dojo_pkg::DipRefreshCycles)
  begin : gen_time_check
    $error("dip_memory_scheduler: delays end while the channel idles or is refreshed");
  end

  typedef struct packed {
    logic                valid;
    logic [BankBits-1:0] bank;
  } bank_event_t;

  typedef struct packed {
    logic                        valid;
    logic                        write;
    logic [BankBits-1:0]         bank;
    logic [dip_pkg::TagBits-1:0] tag;
  } access_event_t;

  // State of the one process below, and read by no other. The window: masks over its places, and what stands there, oldest first.
  logic [PlaceBits:0]            count;
  logic [Window-1:0]             writes;
  logic [Window-1:0]             same_row;                 // its bank has its row open, or opens it
  logic [Window-1:0]             ready;                    // its row is open
  logic [31:0]                   line[Window];             // 32 bits are quicker to move than LineBits
  logic [7:0]                    tag[Window];
  // Banks: masks, and rows.
  logic [Window-1:0]             of_bank[Banks];           // places whose lines are of the bank
  logic [RowBits-1:0]            open_row[Banks];
  logic [Banks-1:0]              closed;                   // may be activated
  logic [Banks-1:0]              opening;
  logic [Banks-1:0]              open;
  logic [Banks-1:0]              aged;                     // the row has been open for as long as it has to be
  logic [Banks-1:0]              rested;                   // no access is so recent that it holds the row
  logic [5:0]                    recent[Banks];            // accesses that do
  logic [Banks-1:0]              wanted, wanted_ready, wanted_other;  // lines wait, with their row open, with another row
  logic [BankBits-1:0]           bank_turn;
  // What has happened in the last cycles, by `now`.
  bank_event_t                   activated[2**TimeBits];
  bank_event_t                   precharged[2**TimeBits];
  access_event_t                 accessed[2**TimeBits];
  logic [TimeBits-1:0]           now;
  logic [TimeBits-1:0]           quiet;                    // cycles in which nothing waited
  logic [2:0]                    spacing;                  // until the next activation
  logic [SavedBits-1:0]          rate;                     // a line takes Period, a cycle brings Share
  logic                          writing;                  // direction
  logic [4:0]                    turning;                  // until the first access of the direction
  logic [6:0]                    batch;                    // accesses of the direction while the other one was ready
  logic [3:0]                    barren;                   // cycles in which the direction found nothing and the other one was ready
  logic                          refreshing;
  logic [8:0]                    overtaken;                // accesses since the oldest line became the oldest
  dojo_pkg::dip_counters_t       counters;

  // What the checks see of the last cycle.
  logic                          overtook_q, urgent_q, conflict_q, batch_q, barren_q, refresh_q, rate_q, full_q, held_q;

  // Blocking assignments go to state that no other process reads.
  /* verilator lint_off BLKSEQ */

  // Number of the only bit that is set.
  function automatic logic [PlaceBits-1:0] index_of(input logic [63:0] one_hot);
    return {|(one_hot & 64'hffffffff00000000), |(one_hot & 64'hffff0000ffff0000), |(one_hot & 64'hff00ff00ff00ff00),
            |(one_hot & 64'hf0f0f0f0f0f0f0f0), |(one_hot & 64'hcccccccccccccccc), |(one_hot & 64'haaaaaaaaaaaaaaaa)};
  endfunction

  // The oldest place of `mask`, which is not empty.
  function automatic logic [PlaceBits-1:0] first_of(input logic [63:0] mask);
    return index_of(mask & (~mask + 64'd1));
  endfunction

  /* verilator lint_off UNUSEDSIGNAL */  // parts of a line's number

  // Neighbouring rows of a bank are far apart, and rows that are a power of two apart lie in different banks.
  function automatic logic [RowBits-1:0] row_of(input logic [31:0] number);
    return number[ColumnBits+BankBits+:RowBits];
  endfunction

  function automatic logic [BankBits-1:0] bank_of(input logic [31:0] number);
    return number[ColumnBits+:BankBits] ^ number[ColumnBits+BankBits+:BankBits];
  endfunction

  /* verilator lint_on UNUSEDSIGNAL */

  function automatic logic [BankBits-1:0] first_bank(input logic [31:0] mask, input logic [BankBits-1:0] from);
    logic [31:0] turned;
    turned = (mask >> from) | (mask << (6'd32 - {1'b0, from}));
    turned = turned & (~turned + 32'd1);
    return from + {|(turned & 32'hffff0000), |(turned & 32'hff00ff00), |(turned & 32'hf0f0f0f0), |(turned & 32'hcccccccc), |(turned & 32'haaaaaaaa)};
  endfunction

  // Lines of the bank, or its row, have changed.
  task automatic look_at(input logic [BankBits-1:0] b);
    logic [Window-1:0] lines;
    lines           = of_bank[b];
    wanted[b]       = lines != '0;
    wanted_ready[b] = (lines & ready) != '0;
    wanted_other[b] = (lines & ~same_row) != '0;
  endtask

  task automatic close_all;
    closed       = '0;
    opening      = '0;
    open         = '0;
    same_row     = '0;
    ready        = '0;
    wanted_ready = '0;
    wanted_other = wanted;
  endtask

  task automatic forget_access(input logic [BankBits-1:0] b);
    recent[b] = recent[b] - 6'd1;
    if (recent[b] == '0) rested[b] = 1'b1;
  endtask

  // Delays that end now.
  task automatic expire;
    bank_event_t   e;
    access_event_t a;
    e = activated[now-TimeBits'(dojo_pkg::DipActivateToAccess)];
    if (e.valid && opening[e.bank]) begin
      opening[e.bank] = 1'b0;
      open[e.bank]    = 1'b1;
      ready           = ready | (of_bank[e.bank] & same_row);
      look_at(e.bank);
    end
    e = activated[now-TimeBits'(dojo_pkg::DipActivateToPrecharge)];
    if (e.valid) aged[e.bank] = 1'b1;
    e = precharged[now-TimeBits'(dojo_pkg::DipPrechargeToActivate)];
    if (e.valid && !refreshing) closed[e.bank] = 1'b1;
    a = accessed[now-TimeBits'(dojo_pkg::DipReadToPrecharge)];
    if (a.valid && !a.write) forget_access(a.bank);
    a = accessed[now-TimeBits'(dojo_pkg::DipWriteToPrecharge)];
    if (a.valid && a.write) forget_access(a.bank);
    a = accessed[now-TimeBits'(dojo_pkg::DipReadLatency)];
    data_valid_o <= a.valid && !a.write;
    data_tag_o   <= a.tag;
  endtask

  task automatic enqueue;
    logic [BankBits-1:0]  b;
    logic [PlaceBits-1:0] p;
    p           = count[PlaceBits-1:0];
    line[p]     = 32'(line_i);
    tag[p]      = 8'(line_tag_i);
    b           = bank_of(32'(line_i));
    writes[p]   = line_write_i;
    same_row[p] = (open[b] || opening[b]) && open_row[b] == row_of(32'(line_i));
    ready[p]    = same_row[p] && open[b];
    of_bank[b]  = of_bank[b] | (Window'(1) << p);
    look_at(b);
    count = count + (PlaceBits + 1)'(1);
  endtask

  // Younger lines move up.
  task automatic remove(input logic [PlaceBits-1:0] p);
    logic [Window-1:0] older;
    older    = (Window'(1) << p) - Window'(1);
    writes   = (writes & older) | ((writes >> 1) & ~older);
    same_row = (same_row & older) | ((same_row >> 1) & ~older);
    ready    = (ready & older) | ((ready >> 1) & ~older);
    for (int unsigned b = 0; b < Banks; b++) of_bank[b] = (of_bank[b] & older) | ((of_bank[b] >> 1) & ~older);
    for (int unsigned q = 0; q < Window - 1; q++) line[q] = (q >= 32'(p)) ? line[q+1] : line[q];
    for (int unsigned q = 0; q < Window - 1; q++) tag[q] = (q >= 32'(p)) ? tag[q+1] : tag[q];
    count = count - (PlaceBits + 1)'(1);
  endtask

  task automatic activate(input logic [BankBits-1:0] b);
    logic [Window-1:0]  lines;
    logic [RowBits-1:0] r;
    lines       = of_bank[b];
    r           = row_of(line[first_of(lines)]);
    open_row[b] = r;
    for (int unsigned p = 0; p < Window; p++) if (lines[p] && row_of(line[p]) == r) same_row[p] = 1'b1;
    closed[b]   = 1'b0;
    opening[b]  = 1'b1;
    aged[b]     = 1'b0;
    spacing     = 3'(dojo_pkg::DipActivateSpacing - 1);
    activated[now] = '{valid: 1'b1, bank: b};
    counters.activations = counters.activations + 32'd1;
    look_at(b);
  endtask

  task automatic precharge(input logic [BankBits-1:0] b);
    open[b]         = 1'b0;
    same_row        = same_row & ~of_bank[b];
    ready           = ready & ~of_bank[b];
    precharged[now] = '{valid: 1'b1, bank: b};
    conflict_q <= 1'b1;
    look_at(b);
  endtask

  // The oldest line has waited for another row of its bank for long enough.
  function automatic logic is_urgent();
    return 32'(overtaken) >= dojo_pkg::DipOvertakes && open[bank_of(line[0])] && !same_row[0];
  endfunction

  // One command to a row.
  task automatic command_row;
    logic [Banks-1:0]    may_open, may_close;
    logic [BankBits-1:0] oldest;
    oldest    = bank_of(line[0]);
    may_open  = (spacing == '0) ? closed & wanted : '0;
    may_close = open & aged & rested & wanted_other & (is_urgent() ? ~wanted_ready | (Banks'(1) << oldest) : ~wanted_ready);
    if (may_open != '0) begin
      bank_turn = bank_turn + BankBits'(1);
      activate(may_open[oldest] ? oldest : first_bank(may_open, bank_turn));
    end else if (may_close != '0) begin
      bank_turn = bank_turn + BankBits'(1);
      precharge(may_close[oldest] ? oldest : first_bank(may_close, bank_turn));
    end
  endtask

  task automatic access(input logic [PlaceBits-1:0] p);
    logic [BankBits-1:0] b;
    b         = bank_of(line[p]);
    recent[b] = recent[b] + 6'd1;
    rested[b] = 1'b0;
    rate      = rate - SavedBits'(Period);
    accessed[now] = '{valid: 1'b1, write: writing, bank: b, tag: dip_pkg::TagBits'(tag[p])};
    access_valid_o <= 1'b1;
    access_write_o <= writing;
    access_line_o  <= dip_pkg::LineBits'(line[p]);
    access_tag_o   <= dip_pkg::TagBits'(tag[p]);
    remove(p);
    look_at(b);
    if (writing) counters.writes = counters.writes + 32'd1;
    else counters.reads = counters.reads + 32'd1;
    overtook_q <= p != '0;
    if (p == '0) overtaken = '0;
    else overtaken = overtaken + 9'd1;
  endtask

  // One access, or a change of direction.
  task automatic command_column;
    logic [Window-1:0] held, may, mine, others;
    held   = (count == (PlaceBits + 1)'(Window)) ? '1 : (Window'(1) << count) - Window'(1);
    may    = is_urgent() ? ready & ~of_bank[bank_of(line[0])] : ready;
    mine   = writing ? may & writes : may & ~writes;
    others = writing ? may & ~writes : may & writes;
    urgent_q <= is_urgent();
    if (mine != '0 || others == '0) barren = '0;
    else barren = barren + 4'd1;
    if (others != '0 && (batch == 7'(dojo_pkg::DipBatch) || barren == 4'(Patience) ||
                         (writing ? writes == '0 : writes == held))) begin
      batch_q  <= batch == 7'(dojo_pkg::DipBatch);
      barren_q <= barren == 4'(Patience);
      writing  = !writing;
      turning  = 5'(writing ? dojo_pkg::DipReadToWrite : dojo_pkg::DipWriteToRead);
      batch    = '0;
      barren   = '0;
      counters.turnarounds = counters.turnarounds + 32'd1;
    end else if (mine != '0 && turning == '0) begin
      rate_q <= rate < SavedBits'(Period);
      if (rate >= SavedBits'(Period)) begin
        batch = (others != '0) ? batch + 7'd1 : '0;
        access(first_of(mine));
      end
    end
  endtask

  task automatic step;
    access_valid_o <= 1'b0;
    overtook_q  <= 1'b0;
    urgent_q    <= 1'b0;
    conflict_q  <= 1'b0;
    batch_q     <= 1'b0;
    barren_q    <= 1'b0;
    rate_q      <= 1'b0;
    now = now + TimeBits'(1);
    activated[now].valid  = 1'b0;
    precharged[now].valid = 1'b0;
    accessed[now].valid   = 1'b0;
    if (turning != '0) turning = turning - 5'd1;
    if (spacing != '0) spacing = spacing - 3'd1;
    rate = (32'(rate) + Share > Saved) ? SavedBits'(Saved) : rate + SavedBits'(Share);
    if (32'(phase_i) < dojo_pkg::DipRefreshCycles) begin
      if (!refreshing) close_all();
      refreshing = 1'b1;
    end else if (refreshing) begin
      closed     = '1;
      refreshing = 1'b0;
    end
    expire();
    if (line_valid_i && line_ready_o) enqueue();
    if (!refreshing && count != '0) begin
      command_column();
      command_row();
    end
    refresh_q <= refreshing && count != '0;
    full_q    <= 32'(count) == Window;
    held_q    <= 32'(overtaken) >= Overtakes;
    if (count != '0 || line_valid_i) quiet = '0;
    else quiet = quiet + TimeBits'(1);
    busy_o <= quiet != TimeBits'(IdleCycles);
    if (quiet == TimeBits'(IdleCycles)) begin
      quiet = '0;
      close_all();
      closed     = '1;
      turning    = '0;
      refreshing = 1'b0;
    end
    line_ready_o <= 32'(count) < Window;
    counters_o   <= counters;
  endtask

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      count  = '0;
      writes = '0;
      wanted = '0;
      close_all();
      closed     = '1;
      rested     = '1;
      aged       = '0;
      bank_turn  = '0;
      now        = '0;
      quiet      = '0;
      spacing    = '0;
      rate       = '0;
      writing    = 1'b0;
      turning    = '0;
      batch      = '0;
      barren     = '0;
      refreshing = 1'b0;
      overtaken  = '0;
      counters   = '0;
      for (int unsigned b = 0; b < Banks; b++) begin
        of_bank[b] = '0;
        recent[b]  = '0;
      end
      for (int unsigned t = 0; t < 2 ** TimeBits; t++) begin
        activated[t].valid  = 1'b0;
        precharged[t].valid = 1'b0;
        accessed[t].valid   = 1'b0;
      end
      access_valid_o <= 1'b0;
      data_valid_o   <= 1'b0;
      line_ready_o   <= 1'b1;
      counters_o     <= '0;
      busy_o         <= 1'b0;
      overtook_q     <= 1'b0;
      urgent_q       <= 1'b0;
      conflict_q     <= 1'b0;
      batch_q        <= 1'b0;
      barren_q       <= 1'b0;
      refresh_q      <= 1'b0;
      rate_q         <= 1'b0;
      full_q         <= 1'b0;
      held_q         <= 1'b0;
    end else if (busy_o || line_valid_i) begin
      step();
    end
  end

  /* verilator lint_on BLKSEQ */

  // Implementation checks.
  `DOJO_ASSERT(OvertakenBoundedly, !held_q)
  `DOJO_ASSERT(IdleIsQuiet, busy_o || (!access_valid_o && !data_valid_o))

  `DOJO_COVER(Overtook, overtook_q)
  `DOJO_COVER(OldestIsUrgent, urgent_q)
  `DOJO_COVER(RowConflict, conflict_q)
  `DOJO_COVER(BatchIsOver, batch_q)
  `DOJO_COVER(DirectionHasNothingReady, barren_q)
  `DOJO_COVER(RefreshHoldsLines, refresh_q)
  `DOJO_COVER(BusIsTheLimit, rate_q)
  `DOJO_COVER(WindowIsFull, full_q)

endmodule
