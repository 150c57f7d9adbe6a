// What the blocks of the transfer engine share: kinds of descriptors, their check, and places in the SRAM in units of 8 bytes.
package transfer_pkg;

  /* verilator lint_off UNUSEDPARAM */  // no single module uses all
  localparam int unsigned Channels = dojo_pkg::ControlListFaultCount;
  localparam int unsigned UnitBits = 18;
  localparam int unsigned FarBits = 32;  // of an address in another node, or in the 32 GiB of an Interface Processor
  /* verilator lint_on UNUSEDPARAM */
  localparam logic [48:0] SramUnits = 49'(dojo_pkg::SramLines * 8);
  localparam logic [48:0] MemoryUnits = 49'd1 << FarBits;

  // A descriptor on its way from the lists to the engine.
  typedef struct packed {
    logic [1:0]                     channel;
    logic [1:0]                     number;     // number of the list on its channel: tells lists that follow each other apart
    logic [1:0]                     hart;
    logic [31:0]                    address;
    logic                           bad;        // the address is refused; the descriptor has no meaning
    logic                           uncorrectable;
    dojo_pkg::transfer_descriptor_t descriptor;
  } offer_t;

  /* verilator lint_off UNUSEDSIGNAL */  // functions look at parts of descriptors and addresses

  function automatic logic is_indexed(input logic [7:0] op);
    return op >= dojo_pkg::DescriptorOpTransferPushGather && op <= dojo_pkg::DescriptorOpTransferPullScatter;
  endfunction

  function automatic logic is_pull(input logic [7:0] op);
    return op == dojo_pkg::DescriptorOpTransferPull || op == dojo_pkg::DescriptorOpTransferPullStrided ||
           op == dojo_pkg::DescriptorOpTransferPullGather || op == dojo_pkg::DescriptorOpTransferPullScatter;
  endfunction

  function automatic logic is_strided(input logic [7:0] op);
    return op == dojo_pkg::DescriptorOpTransferPushStrided || op == dojo_pkg::DescriptorOpTransferPullStrided;
  endfunction

  // log2 of an element's bytes.
  function automatic logic [2:0] element_size(input dojo_pkg::transfer_descriptor_t d);
    return (d.op == dojo_pkg::DescriptorOpTransferPush || d.op == dojo_pkg::DescriptorOpTransferPull) ? 3'd6 : d.element_size;
  endfunction

  // Units of 8 bytes in an element.
  function automatic logic [3:0] units(input logic [2:0] size);
    return 4'd1 << (size - 3'd3);
  endfunction

  // True when the indices name the side at the remote address.
  function automatic logic is_indexed_far(input logic [7:0] op);
    return op == dojo_pkg::DescriptorOpTransferPushScatter || op == dojo_pkg::DescriptorOpTransferPullGather;
  endfunction

  // Units from the first element to the last of two nested loops; bit 48: a count is too large. Strides are multiples of 8.
  function automatic logic [48:0] reach(input logic [31:0] count_1, stride_1, count_2, stride_2);
    logic [31:0] more_1, more_2;
    logic        wide;
    more_1 = count_1 - 32'd1;
    more_2 = count_2 - 32'd1;
    wide   = more_1[31:UnitBits] != '0 || more_2[31:UnitBits] != '0;
    return {wide, 48'(more_1[UnitBits-1:0]) * 48'(stride_1[31:3]) + 48'(more_2[UnitBits-1:0]) * 48'(stride_2[31:3])};
  endfunction

  // Reach of the side here. Only strides that lie in the SRAM are multiplied.
  function automatic logic [48:0] local_reach(input dojo_pkg::transfer_descriptor_t d);
    logic [31:0] element, inner, outer, far;
    element = 32'd1 << element_size(d);
    inner   = is_strided(d.op) ? d.local_inner_stride : element;
    outer   = is_strided(d.op) ? d.local_outer_stride : 32'd0;
    far     = 32'd1 << (UnitBits + 3);
    return reach(is_indexed(d.op) && !is_indexed_far(d.op) ? d.index_limit : d.lines, inner & (far - 32'd1),
                 is_strided(d.op) ? d.rows : 32'd1, outer & (far - 32'd1)) |
           {(inner >= far && d.lines != 32'd1) || (outer >= far && d.rows != 32'd1), 48'd0};
  endfunction

  // Reach of the side at the remote address. A table in an Interface Processor's memory has as many elements as fit there.
  function automatic logic [48:0] far_reach(input dojo_pkg::transfer_descriptor_t d);
    logic [31:0] element, more;
    element = 32'd1 << element_size(d);
    more    = d.index_limit - 32'd1;
    if (is_strided(d.op)) return reach(d.lines, d.remote_inner_stride, d.rows, d.remote_outer_stride);
    else if (is_indexed_far(d.op)) return 49'(more) << (element_size(d) - 3'd3);
    else return reach(d.lines, element, 32'd1, 32'd0);
  endfunction

  // True when elements that reach so far from an address on lie in the SRAM, or in an Interface Processor's memory.
  function automatic logic inside_sram(input logic [39:0] address, input logic [48:0] far, input logic [2:0] size);
    return address[39:21] == dojo_pkg::SramBase[39:21] && !far[48] &&
           49'(address[20:3]) + 49'(far[47:0]) + 49'(units(size)) <= SramUnits;
  endfunction

  function automatic logic inside_memory(input logic [39:0] address, input logic [48:0] far, input logic [2:0] size);
    return address[39:FarBits+3] == '0 && !far[48] && 49'(address[FarBits+2:3]) + 49'(far[47:0]) + 49'(units(size)) <= MemoryUnits;
  endfunction

  // Address of the last byte that a pull reads; all ones if it has more than 32 bits.
  function automatic logic [31:0] last_byte(input dojo_pkg::transfer_descriptor_t d);
    dojo_pkg::global_address_t remote;
    logic [32:0]               last;
    remote = {d.remote_address_high, d.remote_address_low};
    last   = 33'(remote.offset[34:3]) + 33'(far_reach(d)) + 33'(units(element_size(d))) - 33'd1;
    return {(last[32:29] != '0) ? 29'h1fffffff : last[28:0], 3'd7};
  endfunction

  // Lines of an index list.
  function automatic logic [31:0] index_lines(input dojo_pkg::transfer_descriptor_t d);
    return {4'd0, d.lines[31:4]} + 32'(d.lines[3:0] != '0);
  endfunction

  // Cause of refusal, or none; the smallest number wins.
  function automatic dojo_pkg::unit_fault_e refusal(input logic bad, input dojo_pkg::transfer_descriptor_t d);
    dojo_pkg::global_address_t remote;
    logic [2:0]                size;
    logic [31:0]               unaligned;
    logic                      copies;
    remote    = {d.remote_address_high, d.remote_address_low};
    size      = element_size(d);
    copies    = d.op != dojo_pkg::DescriptorOpTransferWait && d.op != dojo_pkg::DescriptorOpTransferSignal;
    unaligned = d.local_address | remote.offset[31:0];
    if (is_strided(d.op))
      unaligned = unaligned | d.local_inner_stride | d.local_outer_stride | d.remote_inner_stride | d.remote_outer_stride;
    unaligned = unaligned & ((32'd1 << size) - 32'd1);
    if (is_indexed(d.op)) unaligned = unaligned | {26'd0, d.index_list[5:0]};
    if (bad) return dojo_pkg::UnitFaultDescriptorAddress;
    else if (d.op < dojo_pkg::DescriptorOpTransferPush || d.op > dojo_pkg::DescriptorOpTransferSignal || (is_pull(d.op) && d.remote_sem_en))
      return dojo_pkg::UnitFaultOpcode;
    else if (copies && unaligned != '0) return dojo_pkg::UnitFaultAlignment;
    else if (copies && (d.lines == '0 || (is_strided(d.op) && d.rows == '0) || (is_indexed(d.op) && d.index_limit == '0)))
      return dojo_pkg::UnitFaultCount;
    else if (copies && size >= 3'd3 && size != 3'd7 &&
             (!inside_sram(40'(d.local_address), local_reach(d), size) ||
              !(remote.kind ? inside_memory(remote.offset, far_reach(d), size) : inside_sram(remote.offset, far_reach(d), size)) ||
              (is_indexed(d.op) && !inside_sram(40'(d.index_list), reach(index_lines(d), 32'd64, 32'd1, 32'd0), 3'd6))))
      return dojo_pkg::UnitFaultRange;
    else if (d.op != dojo_pkg::DescriptorOpTransferWait &&
             (!remote.is_global || (remote.kind && remote.x == dojo_pkg::CoordinateBits'(dojo_pkg::GroupColumn))))
      return dojo_pkg::UnitFaultRemoteAddress;
    else if (copies && (size < 3'd3 || size == 3'd7)) return dojo_pkg::UnitFaultElementSize;
    else return dojo_pkg::UnitFaultNone;
  endfunction

  /* verilator lint_on UNUSEDSIGNAL */

endpackage
