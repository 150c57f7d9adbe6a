// What the blocks of the Interface Processor share: bursts of AXI4, and which are served; where a line lies.
package dip_pkg;

  /* verilator lint_off UNUSEDPARAM */  // no single module uses all
  localparam int unsigned IdBits = dojo_pkg::DipAxiIdBits;
  localparam int unsigned Ids = 2 ** IdBits;
  localparam int unsigned AddressBits = dojo_pkg::OffsetBits;                // of AXI4, bytes
  localparam int unsigned LineBits = $clog2(dojo_pkg::DipChannelLines);      // number of a line of a channel
  localparam int unsigned ReadTagBits = $clog2(dojo_pkg::DipReadLines);
  localparam int unsigned WriteTagBits = $clog2(dojo_pkg::DipWriteLines);
  localparam int unsigned TagBits = (ReadTagBits > WriteTagBits) ? ReadTagBits : WriteTagBits;
  localparam int unsigned Channels = dojo_pkg::DipChannels;
  localparam int unsigned ChannelBits = $clog2(Channels);
  localparam int unsigned WholeLineBits = LineBits + ChannelBits;            // number of a line of the Interface Processor
  localparam int unsigned ByteBits = WholeLineBits + 6;                      // address in its memory
  localparam int unsigned BurstDepth = 4;                                    // bursts that wait on an address channel
  /* verilator lint_on UNUSEDPARAM */

  // A burst: lines `line` to `line` + `length`.
  typedef struct packed {
    logic [IdBits-1:0]   id;
    logic [LineBits-1:0] line;
    logic [7:0]          length;
    logic [1:0]          response;  // axi_response; other than okay: nothing is read or written
  } burst_t;

  /* verilator lint_off UNUSEDSIGNAL */  // functions look at parts of addresses

  // The burst of an address channel: INCR with beats of 64 bytes that stays in the channel's memory is served.
  function automatic burst_t burst_of(input logic [IdBits-1:0] id, input logic [AddressBits-1:0] address, input logic [7:0] length,
                                      input logic [2:0] size, input logic [1:0] kind);
    logic [AddressBits-6:0] last;
    last             = (AddressBits - 5)'(address[AddressBits-1:6]) + (AddressBits - 5)'(length);
    burst_of.id      = id;
    burst_of.line    = address[6+:LineBits];
    burst_of.length  = length;
    burst_of.response = (kind != dojo_pkg::AxiBurstIncrement || size != 3'd6) ? dojo_pkg::AxiResponseSlaveError
                      : (last[AddressBits-6:LineBits] != '0) ? dojo_pkg::AxiResponseDecodeError : dojo_pkg::AxiResponseOkay;
  endfunction

  // Channel of a line of the Interface Processor: eight lines in a row lie in eight channels, and most powers of two apart do not meet.
  function automatic logic [ChannelBits-1:0] channel_of(input logic [WholeLineBits-1:0] line);
    return line[ChannelBits-1:0] ^ line[2*ChannelBits-1:ChannelBits] ^ line[3*ChannelBits-1:2*ChannelBits] ^ line[4*ChannelBits-1:3*ChannelBits];
  endfunction

  /* verilator lint_on UNUSEDSIGNAL */

endpackage
