// The rings of an Interface Processor in its host's memory: entries of the submission ring to the transfer engine, completions back.
//
// Function: docs/dip.md, "Rings". Entries (64 bytes) are fetched with AXI4 ID 1, up to DipRingEntries ahead, and offered in their order; one that
// names no channel is completed at once with cause opcode. Completions (16 bytes) of the engine go to the completion ring while it has room. Counts run
// modulo 2**32 since the rings were enabled. An error stops the rings: entries that were fetched and completions that come then are dropped; they can
// be enabled again, which takes effect when nothing is under way any more.
// Latency: an entry is offered two cycles after its last beat. Throughput: one burst of an entry in flight per place; an entry in four beats; one
// completion per cycle. Back-pressure: ARREADY, entry_ready_i, room in the completion ring. Registered: every output but
// entry_o, complete_ready_o and the completion, which depend on registers and complete_i.
`include "dojo_assert.svh"

module dip_rings (
    input  logic                           clk_i,
    input  logic                           rst_ni,
    // registers
    input  logic                           enable_i,       // pulse: the host enables, or stops, the rings
    input  logic                           stop_i,
    input  logic [63:0]                    submission_base_i,
    input  logic [31:0]                    submission_size_i,
    input  logic [31:0]                    submission_tail_i,
    output logic [31:0]                    submission_head_o,
    input  logic [63:0]                    completion_base_i,
    input  logic [31:0]                    completion_size_i,
    input  logic [31:0]                    completion_head_i,
    output logic [31:0]                    completion_tail_o,
    output logic                           enabled_o,
    output dojo_pkg::ring_error_e          error_o,
    output logic                           stopped_o,      // pulse: by an error
    // entries: AXI4 reads of 64 bytes
    output logic                           arvalid_o,
    input  logic                           arready_i,
    output logic [63:0]                    araddr_o,
    input  logic                           rvalid_i,
    input  logic [127:0]                   rdata_i,
    input  logic [1:0]                     rresp_i,
    output logic                           entry_valid_o,
    input  logic                           entry_ready_i,
    output dojo_pkg::transfer_descriptor_t entry_o,
    // completions
    input  logic                           complete_valid_i,
    output logic                           complete_ready_o,
    input  dojo_pkg::dip_completion_t      complete_i,
    output logic                           completion_valid_o,
    input  logic                           completion_ready_i,
    output logic [63:0]                    completion_address_o,
    output logic [127:0]                   completion_data_o,
    input  logic                           completion_failed_i,  // pulse
    output logic                           busy_o
);

  localparam int unsigned Entries = dojo_pkg::DipRingEntries;
  localparam int unsigned EntryBits = $clog2(Entries);

  // Places of entries, a ring.
  logic [383:0]         beats_q;                    // of the entry that comes, but the last
  logic [1:0]           beat_q;
  logic                 place_read, place_fresh_q;  // entry_o is the place at the head
  logic [EntryBits-1:0] head_q, tail_q;
  logic [EntryBits:0]   asked_q, filled_q;          // places that are taken; that hold an entry
  logic [31:0]          fetched_q;                  // entries asked for, since enabled
  logic                 enabling_q, drop_q, bad_entry_q;
  logic                 arrives, entry_taken, entry_bad, room, entry_fills;
  logic [31:0]          submitted, unread;
  dojo_pkg::ring_error_e error;

  assign arrives     = rvalid_i && beat_q == 2'd3;
  assign entry_fills = arrives && !drop_q;
  assign place_read  = filled_q != '0 && !place_fresh_q;

  edge_memory #(
      .Rows(Entries),
      .Bits(512)
  ) u_entries (
      .clk_i,
      .write_i     (entry_fills),
      .write_row_i (tail_q),
      .write_data_i({rdata_i, beats_q}),
      .read_i      (place_read),
      .read_row_i  (head_q),
      .read_data_o (entry_o)
  );

  function automatic logic is_power(input logic [31:0] size);
    return size != '0 && size <= 32'(dojo_pkg::DipRingSizeLimit) && (size & (size - 32'd1)) == '0;
  endfunction

  // Places of a ring's entries.
  function automatic logic [63:0] place_of(input logic [63:0] base, input logic [31:0] size, number, input logic wide);
    logic [31:0] index;
    index = number & (size - 32'd1);
    return base + (wide ? {26'd0, index, 6'd0} : {28'd0, index, 4'd0});
  endfunction

  assign submitted = submission_tail_i - submission_head_o;
  assign unread    = completion_tail_o - completion_head_i;
  assign room      = unread < completion_size_i;

  always_comb begin
    error = dojo_pkg::RingErrorNone;
    if (enabling_q) begin
      if (submission_base_i[5:0] != '0 || completion_base_i[5:0] != '0 || submission_base_i[63:62] != '0 || completion_base_i[63:62] != '0)
        error = dojo_pkg::RingErrorAlignment;
      else if (!is_power(submission_size_i) || !is_power(completion_size_i)) error = dojo_pkg::RingErrorSize;
    end else if (enabled_o) begin
      if (submitted > submission_size_i) error = dojo_pkg::RingErrorSubmissionOverflow;
      else if (unread > completion_size_i) error = dojo_pkg::RingErrorCompletionOverrun;
      else if (bad_entry_q || completion_failed_i) error = dojo_pkg::RingErrorHost;
    end
  end

  // An entry without a channel is completed here.
  assign entry_bad     = place_fresh_q && 32'(entry_o.channel) >= dojo_pkg::DipListChannels;
  assign entry_valid_o = place_fresh_q && !entry_bad && !drop_q;
  assign entry_taken   = entry_valid_o ? entry_ready_i : entry_bad && completion_ready_i && completion_valid_o && !complete_valid_i;

  always_comb begin
    completion_valid_o = enabled_o && room && (complete_valid_i || entry_bad);
    complete_ready_o   = complete_valid_i && (!enabled_o || (room && completion_ready_i));
    completion_data_o  = complete_i;
    if (!complete_valid_i)
      completion_data_o = {1'b0, 19'd0, entry_o.channel, dojo_pkg::UnitFaultOpcode, 24'd0, {dojo_pkg::OffsetBits{1'b1}}, entry_o.tag};
    completion_data_o[127] = (completion_tail_o & completion_size_i) == '0;
  end

  assign completion_address_o = place_of(completion_base_i, completion_size_i, completion_tail_o, 1'b0);
  // Not while an entry waits for its channel.
  assign busy_o = enable_i || stop_i || enabling_q || asked_q != filled_q || place_read || entry_taken || (drop_q && filled_q != '0) || arvalid_o ||
                  complete_valid_i || completion_valid_o || (enabled_o && submission_tail_i != fetched_q && 32'(asked_q) < Entries) ||
                  error != dojo_pkg::RingErrorNone || stopped_o;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      enabled_o         <= 1'b0;
      enabling_q        <= 1'b0;
      error_o           <= dojo_pkg::RingErrorNone;
      stopped_o         <= 1'b0;
      arvalid_o         <= 1'b0;
      beat_q            <= '0;
      asked_q           <= '0;
      filled_q          <= '0;
      head_q            <= '0;
      tail_q            <= '0;
      fetched_q         <= '0;
      submission_head_o <= '0;
      completion_tail_o <= '0;
      place_fresh_q     <= 1'b0;
      drop_q            <= 1'b0;
      bad_entry_q       <= 1'b0;
    end else if (busy_o) begin
      logic asks, drops;
      stopped_o   <= 1'b0;
      bad_entry_q <= 1'b0;
      if (arready_i) arvalid_o <= 1'b0;
      asks = enabled_o && error == dojo_pkg::RingErrorNone && !stop_i && fetched_q != submission_tail_i && 32'(asked_q) < Entries &&
             (!arvalid_o || arready_i);
      drops = drop_q && filled_q != '0;
      if (asks) begin
        arvalid_o <= 1'b1;
        araddr_o  <= place_of(submission_base_i, submission_size_i, fetched_q, 1'b1);
        fetched_q <= fetched_q + 32'd1;
      end
      if (rvalid_i) begin
        beat_q <= beat_q + 2'd1;
        if (beat_q != 2'd3) beats_q[{beat_q, 7'd0}+:128] <= rdata_i;
        if (rresp_i != dojo_pkg::AxiResponseOkay) bad_entry_q <= 1'b1;
      end
      if (entry_fills) tail_q <= tail_q + EntryBits'(1);
      if (place_read) place_fresh_q <= 1'b1;
      if (entry_taken || drops) begin
        place_fresh_q <= 1'b0;
        head_q        <= head_q + EntryBits'(1);
      end
      if (entry_taken && !drop_q) submission_head_o <= submission_head_o + 32'd1;
      asked_q  <= asked_q + (EntryBits + 1)'(asks) - (EntryBits + 1)'(entry_taken || drops || (arrives && drop_q));
      filled_q <= filled_q + (EntryBits + 1)'(entry_fills) - (EntryBits + 1)'(entry_taken || drops);
      if (completion_valid_o && completion_ready_i) completion_tail_o <= completion_tail_o + 32'd1;
      // The rings start when all that was under way has gone, and stop at once.
      if (error != dojo_pkg::RingErrorNone || stop_i) begin
        enabled_o  <= 1'b0;
        enabling_q <= 1'b0;
        drop_q     <= 1'b1;
        if (!stop_i) begin
          error_o   <= error;
          stopped_o <= 1'b1;
        end
      end else if (enabling_q && asked_q == '0 && !arvalid_o) begin
        enabled_o         <= 1'b1;
        enabling_q        <= 1'b0;
        drop_q            <= 1'b0;
        error_o           <= dojo_pkg::RingErrorNone;
        fetched_q         <= '0;
        submission_head_o <= '0;
        completion_tail_o <= '0;
      end
      if (enable_i && !enabled_o) enabling_q <= 1'b1;
    end
  end

  // Integration checks.
  `DOJO_ASSERT(BeatIsExpected, !rvalid_i || 32'(asked_q) > 32'(filled_q))

  // Implementation checks.
  `DOJO_ASSERT(PlacesAreFew, 32'(asked_q) <= Entries && filled_q <= asked_q)
  `DOJO_ASSERT(NothingIsLost, !entry_taken || filled_q != '0)
  `DOJO_COVER(EntryWaits, entry_valid_o && !entry_ready_i)
  `DOJO_COVER(EntryWithoutChannel, entry_bad && entry_taken)
  `DOJO_COVER(CompletionRingIsFull, enabled_o && complete_valid_i && !room)
  `DOJO_COVER(AddressWaits, arvalid_o && !arready_i)
  `DOJO_COVER(EntryIsDropped, drop_q && filled_q != '0)
  `DOJO_COVER(RingsStop, stopped_o)

endmodule
