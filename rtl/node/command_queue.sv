// The command queue of a unit: takes descriptor addresses from the harts and fetches their lines ahead of the unit.
//
// Function: addresses wait in order; the oldest one is checked, its line is read through a vector read port, and the descriptor is
// offered to the unit. An address that is not 64-byte aligned or not in the SRAM is offered as bad without a read.
// Latency: a descriptor is offered three cycles after its command when nothing waits and the read is granted at once.
// Throughput: one command per cycle; one descriptor every three cycles. While the unit executes one descriptor, the next is
// fetched and held.
// Back-pressure: command_ready_o is low when CommandDepth addresses wait or arrive; as many again that were already under way
// then are still taken. descriptor_valid_o waits for descriptor_ready_i.
// Registered: everything but command_ready_o and idle_o, which depend on registers and command_valid_i only.
`include "dojo_assert.svh"
module command_queue (
    input  logic         clk_i,
    input  logic         rst_ni,
    // from the harts
    input  logic         command_valid_i,
    input  logic [31:0]  command_address_i,
    output logic         command_ready_o,
    // vector read port; the data is taken in the cycle after the grant
    output logic         fetch_valid_o,
    output logic [14:0]  fetch_line_o,
    input  logic         fetch_grant_i,
    input  logic [511:0] fetch_data_i,
    // to the unit
    output logic         descriptor_valid_o,
    output logic         descriptor_bad_o,  // the address is refused; descriptor_o has no meaning
    output logic [511:0] descriptor_o,
    output logic [31:0]  descriptor_address_o,
    input  logic         descriptor_ready_i,
    // nothing waits, is fetched, or is offered
    output logic         idle_o
);

  localparam int unsigned Slots = 2 * dojo_pkg::CommandDepth;
  localparam int unsigned PointerBits = $clog2(Slots);

  logic [31:0]            address_q[Slots];
  logic [PointerBits-1:0] write_q, read_q;
  logic [PointerBits:0]   count_q;
  logic                   data_due_q;  // the line was granted in the cycle before
  logic                   active;

  assign command_ready_o = 32'(count_q) + 32'(command_valid_i) < dojo_pkg::CommandDepth;
  assign active          = command_valid_i || count_q != '0 || fetch_valid_o || data_due_q || descriptor_valid_o;
  assign idle_o          = !active;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      write_q            <= '0;
      read_q             <= '0;
      count_q            <= '0;
      fetch_valid_o      <= 1'b0;
      data_due_q         <= 1'b0;
      descriptor_valid_o <= 1'b0;
    end else if (active) begin
      logic        take, empty;
      logic [31:0] address;
      // Without a wait the address of this cycle's command is used at once.
      empty   = count_q == '0;
      address = empty ? command_address_i : address_q[read_q];
      take    = (!empty || command_valid_i) && !fetch_valid_o && !data_due_q && (!descriptor_valid_o || descriptor_ready_i);

      if (command_valid_i) begin
        address_q[write_q] <= command_address_i;
        write_q            <= write_q + PointerBits'(1);
      end
      if (take) read_q <= read_q + PointerBits'(1);
      count_q <= count_q + (PointerBits + 1)'(command_valid_i) - (PointerBits + 1)'(take);

      if (descriptor_ready_i) descriptor_valid_o <= 1'b0;
      if (take) begin
        descriptor_address_o <= address;
        if (address[5:0] == 6'd0 && stream_check_pkg::stream_inside(address[31:6], 16'd1, '0, 16'd1, '0, 3'd1)) begin
          fetch_valid_o <= 1'b1;
          fetch_line_o  <= address[20:6];
        end else begin
          descriptor_valid_o <= 1'b1;
          descriptor_bad_o   <= 1'b1;
        end
      end
      if (fetch_valid_o && fetch_grant_i) fetch_valid_o <= 1'b0;
      data_due_q <= fetch_valid_o && fetch_grant_i;
      if (data_due_q) begin
        descriptor_valid_o <= 1'b1;
        descriptor_bad_o   <= 1'b0;
        descriptor_o       <= fetch_data_i;
      end
    end
  end

  // Integration checks.
  `DOJO_ASSERT(CommandHasRoom, !command_valid_i || 32'(count_q) < Slots)
  `DOJO_ASSERT(GrantIsAsked, !fetch_grant_i || fetch_valid_o)
  // Implementation checks.
  `DOJO_ASSERT(OneStage, 32'(fetch_valid_o) + 32'(data_due_q) + 32'(descriptor_valid_o) <= 1)
  `DOJO_COVER(QueueIsFull, !command_ready_o)
  `DOJO_COVER(BadAddress, descriptor_valid_o && descriptor_bad_o)

endmodule
