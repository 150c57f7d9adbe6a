// What the blocks of the transfer engine share: kinds of descriptors, their check, and places in the SRAM in units of 8 bytes.
package transfer_pkg;

  /* verilator lint_off UNUSEDPARAM */  // no single module uses all
  localparam int unsigned Channels = dojo_pkg::ControlListFaultCount;
  localparam int unsigned UnitBits = 18;
  /* verilator lint_on UNUSEDPARAM */
  localparam logic [38:0] SramUnits = 39'(dojo_pkg::SramLines * 8);

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

  // Units from the first element to the last of two nested loops; bit 38: more than any SRAM. Strides are multiples of 8.
  function automatic logic [38:0] reach(input logic [31:0] count_1, stride_1, count_2, stride_2);
    logic [31:0] more_1, more_2;
    logic [35:0] product_1, product_2;
    logic        wide;
    more_1    = count_1 - 32'd1;
    more_2    = count_2 - 32'd1;
    wide      = more_1[31:UnitBits] != '0 || more_2[31:UnitBits] != '0 || (more_1 != '0 && 39'(stride_1[31:3]) >= SramUnits) ||
                (more_2 != '0 && 39'(stride_2[31:3]) >= SramUnits) || (stride_1[2:0] | stride_2[2:0]) != '0;
    product_1 = 36'(more_1[UnitBits-1:0]) * 36'(stride_1[UnitBits+2:3]);
    product_2 = 36'(more_2[UnitBits-1:0]) * 36'(stride_2[UnitBits+2:3]);
    return {wide, 38'(product_1) + 38'(product_2)};
  endfunction

  // Reach of one side of a descriptor.
  function automatic logic [38:0] reach_of(input dojo_pkg::transfer_descriptor_t d, input logic remote);
    logic [31:0] element;
    logic        by_index;
    element  = 32'd1 << element_size(d);
    by_index = remote ? (d.op == dojo_pkg::DescriptorOpTransferPushScatter || d.op == dojo_pkg::DescriptorOpTransferPullGather)
                      : (d.op == dojo_pkg::DescriptorOpTransferPushGather || d.op == dojo_pkg::DescriptorOpTransferPullScatter);
    if (is_strided(d.op))
      return remote ? reach(d.lines, d.remote_inner_stride, d.rows, d.remote_outer_stride)
                    : reach(d.lines, d.local_inner_stride, d.rows, d.local_outer_stride);
    else return reach(by_index ? d.index_limit : d.lines, element, 32'd1, 32'd0);
  endfunction

  // True when elements that reach so far from an address on lie in the SRAM.
  function automatic logic inside_sram(input logic [39:0] address, input logic [38:0] far, input logic [2:0] size);
    return address[39:21] == dojo_pkg::SramBase[39:21] && !far[38] &&
           39'(address[20:3]) + 39'(far[37:0]) + 39'(units(size)) <= SramUnits;
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
             (!inside_sram(40'(d.local_address), reach_of(d, 1'b0), size) || !inside_sram(remote.offset, reach_of(d, 1'b1), size) ||
              (is_indexed(d.op) && !inside_sram(40'(d.index_list), reach(index_lines(d), 32'd64, 32'd1, 32'd0), 3'd6))))
      return dojo_pkg::UnitFaultRange;
    else if (d.op != dojo_pkg::DescriptorOpTransferWait && (!remote.is_global || remote.kind)) return dojo_pkg::UnitFaultRemoteAddress;
    else if (copies && (size < 3'd3 || size == 3'd7)) return dojo_pkg::UnitFaultElementSize;
    else return dojo_pkg::UnitFaultNone;
  endfunction

  /* verilator lint_on UNUSEDSIGNAL */

endpackage
