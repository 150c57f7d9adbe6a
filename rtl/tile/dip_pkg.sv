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
  localparam int unsigned CopyBits = $clog2(dojo_pkg::DipCopies);
  localparam int unsigned BurstDepth = 4;                                    // bursts that wait on an address channel
  /* verilator lint_on UNUSEDPARAM */

  // A burst: lines `line` to `line` + `length`.
  typedef struct packed {
    logic [IdBits-1:0]   id;
    logic [LineBits-1:0] line;
    logic [7:0]          length;
    logic [1:0]          response;  // axi_response; other than okay: nothing is read or written
  } burst_t;

  // What the transfer engine has done: elements of the memory sent (the service of a READ of its own), a READ sent, or a WRITE of `request.lines`.
  typedef enum logic [1:0] {CommandPush, CommandPull, CommandSignal} command_e;

  typedef struct packed {
    command_e                 kind;
    dojo_pkg::packet_header_t header;
    dojo_pkg::read_request_t  request;
  } command_t;

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

  // Bytes of a line that a naturally aligned item of 2**size bytes covers.
  function automatic logic [63:0] bytes_of(input logic [5:0] offset, input logic [2:0] size);
    logic [63:0] item;
    item = (size == 3'd0) ? 64'h01 : (size == 3'd1) ? 64'h03 : (size == 3'd2) ? 64'h0f : (size == 3'd3) ? 64'hff
         : (size == 3'd4) ? 64'hffff : 64'hffffffff;
    return (size == 3'd6) ? '1 : item << offset;
  endfunction

  /* verilator lint_on UNUSEDSIGNAL */

endpackage
