// What the transfer engine of an Interface Processor checks: kinds of descriptors and of channels, and causes of refusal. docs/dip.md
package dip_transfer_pkg;

  /* verilator lint_off UNUSEDPARAM */  // no single module uses all
  localparam int unsigned Channels = dojo_pkg::DipListChannels;
  localparam int unsigned ChannelBits = $clog2(Channels);
  localparam int unsigned ToHost = Channels - 2;    // the channels behind those of the ports
  localparam int unsigned FromHost = Channels - 1;
  localparam int unsigned AddressBits = dojo_pkg::OffsetBits;
  /* verilator lint_on UNUSEDPARAM */

  // One more bit than an address, and whether the sum is larger still.
  typedef struct packed {
    logic                   over;
    logic [AddressBits:0]   bytes;
  } reach_t;

  /* verilator lint_off UNUSEDSIGNAL */  // functions look at parts of descriptors and addresses

  function automatic logic is_indexed(input logic [7:0] op);
    return op >= dojo_pkg::DescriptorOpTransferPushGather && op <= dojo_pkg::DescriptorOpTransferPullScatter;
  endfunction

  function automatic logic is_scatter(input logic [7:0] op);
    return op == dojo_pkg::DescriptorOpTransferPushScatter || op == dojo_pkg::DescriptorOpTransferPullScatter;
  endfunction

  function automatic logic is_push(input logic [7:0] op);
    return op == dojo_pkg::DescriptorOpTransferPush || op == dojo_pkg::DescriptorOpTransferPushStrided ||
           op == dojo_pkg::DescriptorOpTransferPushGather || op == dojo_pkg::DescriptorOpTransferPushScatter;
  endfunction

  function automatic logic is_pull(input logic [7:0] op);
    return op == dojo_pkg::DescriptorOpTransferPull || op == dojo_pkg::DescriptorOpTransferPullStrided ||
           op == dojo_pkg::DescriptorOpTransferPullGather || op == dojo_pkg::DescriptorOpTransferPullScatter;
  endfunction

  // True when the indices name elements of the memory here.
  function automatic logic is_table_here(input logic [7:0] op);
    return op == dojo_pkg::DescriptorOpTransferPushGather || op == dojo_pkg::DescriptorOpTransferPullScatter;
  endfunction

  function automatic logic is_strided(input logic [7:0] op);
    return op == dojo_pkg::DescriptorOpTransferPushStrided || op == dojo_pkg::DescriptorOpTransferPullStrided;
  endfunction

  // log2 of an element's bytes.
  function automatic logic [2:0] element_size(input dojo_pkg::transfer_descriptor_t d);
    return (is_strided(d.op) || is_indexed(d.op)) ? d.element_size : 3'd6;
  endfunction

  // Bytes from the first line of an index list to its last.
  function automatic reach_t list_reach(input dojo_pkg::transfer_descriptor_t d);
    logic [31:0] more;
    more = d.lines - 32'd1;
    return '{over: 1'b0, bytes: (AddressBits + 1)'({more[31:4], 6'd0})};
  endfunction

  // The sum of two reaches.
  function automatic reach_t plus(input reach_t a, input logic [63:0] more);
    logic [AddressBits+1:0] sum;
    sum = (AddressBits + 2)'(a.bytes) + (AddressBits + 2)'(more[AddressBits:0]);
    return '{over: a.over || sum[AddressBits+1] || more[63:AddressBits+1] != '0, bytes: sum[AddressBits:0]};
  endfunction

  // True when elements of `bytes` bytes that reach so far from an address on lie in first to first + size - 1.
  function automatic logic fits(input logic [AddressBits-1:0] address, input reach_t far, input logic [6:0] bytes,
                                  input logic [AddressBits:0] first, size);
    logic [AddressBits+1:0] last;
    last = (AddressBits + 2)'(address) + (AddressBits + 2)'(far.bytes) + (AddressBits + 2)'(bytes);
    return !far.over && (AddressBits + 1)'(address) >= first && last <= (AddressBits + 2)'(first) + (AddressBits + 2)'(size);
  endfunction

  // Cause of refusal, or none; the smallest number wins. `here` and `there`: from the first element to the last, at either side. `away`: the remote
  // address is reached over Ethernet, on which READs are of whole lines.
  function automatic dojo_pkg::unit_fault_e refusal(input logic bad, input dojo_pkg::transfer_descriptor_t d, input logic [ChannelBits-1:0] channel,
                                                    input reach_t here, there, input logic away);
    dojo_pkg::global_address_t remote;
    logic [2:0]                size;
    logic [31:0]               unaligned;
    logic [AddressBits:0]      first, limit;
    logic                      copies, waits, to_host, from_host, known, valid_size, indexed;
    remote     = {d.remote_address_high, d.remote_address_low};
    size       = element_size(d);
    valid_size = size >= 3'd3 && size != 3'd7;
    copies     = is_push(d.op) || is_pull(d.op);
    waits      = d.op == dojo_pkg::DescriptorOpTransferWait;
    to_host    = 32'(channel) == ToHost;
    from_host  = 32'(channel) == FromHost;
    indexed    = is_indexed(d.op);
    known      = to_host ? (is_push(d.op) && !indexed && !d.remote_sem_en) || waits
               : from_host ? (is_pull(d.op) && !indexed && !d.remote_sem_en) || waits
               : is_push(d.op) || (is_pull(d.op) && !d.remote_sem_en && !(away && (is_strided(d.op) || indexed))) || waits || d.op == dojo_pkg::DescriptorOpTransferSignal;
    unaligned  = d.local_address | remote.offset[31:0];
    if (is_strided(d.op))
      unaligned = unaligned | d.local_inner_stride | d.local_outer_stride | d.remote_inner_stride | d.remote_outer_stride;
    unaligned  = unaligned & ((32'd1 << size) - 32'd1);
    if (indexed) unaligned = unaligned | {26'd0, d.index_list[5:0]};
    first      = (to_host || from_host || remote.kind) ? '0 : 41'(dojo_pkg::SramBase);
    limit      = (to_host || from_host) ? 41'h1_00_0000_0000 : remote.kind ? 41'd1 << dip_pkg::ByteBits : 41'(dojo_pkg::SramSize);
    if (bad) return dojo_pkg::UnitFaultDescriptorAddress;
    else if (!known) return dojo_pkg::UnitFaultOpcode;
    else if (copies && unaligned != '0) return dojo_pkg::UnitFaultAlignment;
    else if (copies && (d.lines == '0 || (is_strided(d.op) && d.rows == '0) || (indexed && d.index_limit == '0))) return dojo_pkg::UnitFaultCount;
    else if (copies && valid_size &&
             (!fits({d.local_address_high, d.local_address}, here, 7'd1 << size, '0, 41'd1 << dip_pkg::ByteBits) ||
              !fits(remote.offset, there, 7'd1 << size, first, limit) ||
              (indexed && !fits({d.index_list_high, d.index_list}, list_reach(d), 7'd64, '0, 41'd1 << dip_pkg::ByteBits))))
      return dojo_pkg::UnitFaultRange;
    else if (!waits && ((to_host || from_host) ? remote.is_global || remote.kind : !remote.is_global)) return dojo_pkg::UnitFaultRemoteAddress;
    else if (copies && !valid_size) return dojo_pkg::UnitFaultElementSize;
    else return dojo_pkg::UnitFaultNone;
  endfunction

  /* verilator lint_on UNUSEDSIGNAL */

endpackage
