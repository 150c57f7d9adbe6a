// The lists of the transfer engine: queues of descriptor addresses per channel, and the descriptors that they lead to.
//
// Function: bits 1:0 of a command's address choose its channel. Per channel lists run one after the other, and inside a list the
// descriptor at `next` follows while next_en is set. Each channel has a place for a descriptor that was fetched ahead; those of channels
// that can take one are offered, in turn. An address that is not 64-byte aligned (but for bits 1:0) or not in the SRAM is offered as bad
// without a read. stop_valid_i ends a list: what was fetched of it is dropped, and nothing more of it is fetched.
// Latency: a descriptor is offered three cycles after its command when nothing waits and the read is granted at once.
// Throughput: one command per cycle; one descriptor every three cycles, over all channels.
// Back-pressure: command_ready_o is low when CommandDepth addresses wait or arrive on any channel; as many again that were already under
// way then are still taken. An offer waits for offer_taken_i.
// Registered: everything but command_ready_o and idle_o, which depend on registers and command_valid_i only.
`include "dojo_assert.svh"

module transfer_lists (
    input  logic                             clk_i,
    input  logic                             rst_ni,
    // from the harts
    input  logic                             command_valid_i,
    input  logic [31:0]                      command_address_i,
    input  logic [1:0]                       command_hart_i,
    output logic                             command_ready_o,
    // read port; the data is taken in the cycle after the grant
    output logic                             fetch_valid_o,
    output logic [14:0]                      fetch_line_o,
    input  logic                             fetch_grant_i,
    input  logic [511:0]                     fetch_data_i,
    input  logic                             fetch_bad_i,
    // to the engine
    input  logic [transfer_pkg::Channels-1:0] channel_ready_i,
    input  logic                             index_busy_i,  // no gather or scatter may be offered
    output logic                             offer_valid_o,
    output transfer_pkg::offer_t             offer_o,
    input  logic                             offer_taken_i,
    input  logic                             stop_valid_i,
    input  logic [1:0]                       stop_channel_i,
    input  logic [1:0]                       stop_number_i,
    // nothing waits, is fetched, or is offered
    output logic                             idle_o
);

  localparam int unsigned Channels = transfer_pkg::Channels;
  localparam int unsigned Slots = 2 * dojo_pkg::CommandDepth;
  localparam int unsigned PointerBits = $clog2(Slots);

  logic [Channels-1:0] crowded_q;  // so many addresses wait that no more are asked for
  logic [Channels-1:0] almost_q;   // one more would be too many
  logic                busy_q;     // something waits, is fetched or is offered
  logic                moving_q;   // ... and will go on by itself
  logic [Channels-1:0] held_q;

  // State of the one process below, and read by no other.
  logic [31:0]            queue_address[Channels * Slots];
  logic [1:0]             queue_hart[Channels * Slots];
  logic [PointerBits-1:0] queue_head[Channels];
  logic [PointerBits:0]   queue_count[Channels];
  logic                   next_valid[Channels];  // the list fetched last goes on
  logic [31:0]            next_address[Channels];
  logic [1:0]             number[Channels];      // list fetched last, and its hart
  logic [1:0]             hart[Channels];
  logic                   held[Channels];
  transfer_pkg::offer_t   hold[Channels];
  logic                   data_due;              // the line was granted in the cycle before
  logic                   fetching;              // a line is asked for or due
  logic                   dropping;              // ... of a list that was stopped
  transfer_pkg::offer_t   fetched;               // what it belongs to
  logic [1:0]             turn;                  // channel that goes first
  logic                   offering;

  assign command_ready_o = crowded_q == '0 && !(command_valid_i && almost_q[command_address_i[1:0]]);
  // What is held for a channel that waits for a semaphore keeps nobody awake.
  assign idle_o          = !moving_q && !command_valid_i && (held_q & channel_ready_i) == '0;

  /* verilator lint_off BLKSEQ */

  task automatic take_command;
    logic [1:0] c;
    c = command_address_i[1:0];
    queue_address[{c, queue_head[c] + queue_count[c][PointerBits-1:0]}] = {command_address_i[31:2], 2'd0};
    queue_hart[{c, queue_head[c] + queue_count[c][PointerBits-1:0]}]    = command_hart_i;
    queue_count[c] = queue_count[c] + (PointerBits + 1)'(1);
  endtask

  task automatic stop_list;
    if (number[stop_channel_i] == stop_number_i) next_valid[stop_channel_i] = 1'b0;
    if (hold[stop_channel_i].number == stop_number_i) held[stop_channel_i] = 1'b0;
    if (fetching && fetched.channel == stop_channel_i && fetched.number == stop_number_i) dropping = 1'b1;
    if (offering && offer_o.channel == stop_channel_i && offer_o.number == stop_number_i) offering = 1'b0;
  endtask

  // A descriptor, or a bad address, goes to its channel's place.
  task automatic keep;
    held[fetched.channel] = 1'b1;
    hold[fetched.channel] = fetched;
    fetching              = 1'b0;
  endtask

  task automatic take_data;
    data_due              = 1'b0;
    fetched.descriptor    = fetch_data_i;
    fetched.uncorrectable = fetch_bad_i;
    if (dropping) fetching = 1'b0;
    else begin
      next_valid[fetched.channel]   = fetched.descriptor.next_en && !fetch_bad_i;
      next_address[fetched.channel] = fetched.descriptor.next;
      keep();
    end
  endtask

  // Asks for the next descriptor of a channel.
  task automatic fetch(input logic [1:0] c);
    logic [31:0] address;
    if (next_valid[c]) begin
      address       = next_address[c];
      next_valid[c] = 1'b0;
    end else begin
      address        = queue_address[{c, queue_head[c]}];
      hart[c]        = queue_hart[{c, queue_head[c]}];
      queue_head[c]  = queue_head[c] + PointerBits'(1);
      queue_count[c] = queue_count[c] - (PointerBits + 1)'(1);
      number[c]        = number[c] + 2'd1;
    end
    fetched = '{channel: c, number: number[c], hart: hart[c], address: address, bad: 1'b0, uncorrectable: 1'b0, descriptor: '0};
    fetching = 1'b1;
    dropping = 1'b0;
    if (address[5:0] == 6'd0 && address[31:21] == dojo_pkg::SramBase[31:21] && 32'(address[20:6]) < dojo_pkg::SramLines) begin
      fetch_valid_o <= 1'b1;
      fetch_line_o  <= address[20:6];
    end else begin
      fetched.bad = 1'b1;
      keep();
    end
  endtask

  task automatic choose;
    logic [1:0] c;
    for (int unsigned i = 0; i < Channels; i++) begin
      c = turn + 2'(i);
      // channel_ready_i does not know yet of a descriptor that is taken in this cycle: it may be a wait.
      if (!offering && held[c] && channel_ready_i[c] && !(offer_taken_i && offer_o.channel == c) &&
          !(transfer_pkg::is_indexed(hold[c].descriptor.op) && index_busy_i)) begin
        offering = 1'b1;
        held[c]  = 1'b0;
        offer_o  <= hold[c];
        turn     = c + 2'd1;
      end
    end
    for (int unsigned i = 0; i < Channels; i++) begin
      c = turn + 2'(i);
      if (!fetching && !held[c] && (next_valid[c] || queue_count[c] != '0)) fetch(c);
    end
  endtask

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      for (int unsigned c = 0; c < Channels; c++) begin
        queue_head[c]  = '0;
        queue_count[c] = '0;
        next_valid[c]  = 1'b0;
        held[c]        = 1'b0;
        number[c]        = '0;
      end
      data_due = 1'b0;
      fetching = 1'b0;
      dropping = 1'b0;
      offering = 1'b0;
      turn     = '0;
      fetch_valid_o <= 1'b0;
      offer_valid_o <= 1'b0;
      crowded_q     <= '0;
      almost_q      <= '0;
      busy_q        <= 1'b0;
      moving_q      <= 1'b0;
      held_q        <= '0;
    end else if (busy_q || command_valid_i || stop_valid_i) begin
      logic busy, moving;
      if (offer_taken_i) offering = 1'b0;
      if (data_due) take_data();
      if (stop_valid_i) stop_list();
      if (fetch_valid_o && fetch_grant_i) begin
        fetch_valid_o <= 1'b0;
        data_due = 1'b1;
      end
      if (command_valid_i) take_command();
      choose();
      offer_valid_o <= offering;
      busy   = fetching || offering;
      moving = busy;
      for (int unsigned c = 0; c < Channels; c++) begin
        busy          = busy || held[c] || next_valid[c] || queue_count[c] != '0;
        moving        = moving || (!held[c] && (next_valid[c] || queue_count[c] != '0));
        held_q[c]    <= held[c];
        crowded_q[c] <= 32'(queue_count[c]) >= dojo_pkg::CommandDepth;
        almost_q[c]  <= 32'(queue_count[c]) + 32'd1 >= dojo_pkg::CommandDepth;
      end
      busy_q   <= busy;
      moving_q <= moving;
    end
  end

  /* verilator lint_on BLKSEQ */

  // Integration checks.
  `DOJO_ASSERT(GrantIsAsked, !fetch_grant_i || fetch_valid_o)
  `DOJO_ASSERT(OfferIsThere, !offer_taken_i || offer_valid_o)
  // Implementation checks.
  `DOJO_COVER(QueueIsFull, !command_ready_o)
  `DOJO_COVER(BadAddress, offer_valid_o && offer_o.bad)
  `DOJO_COVER(UncorrectableDescriptor, offer_valid_o && offer_o.uncorrectable)
  `DOJO_COVER(OfferWaits, offer_valid_o && !offer_taken_i)
  `DOJO_COVER(ListIsStopped, stop_valid_i)

endmodule
