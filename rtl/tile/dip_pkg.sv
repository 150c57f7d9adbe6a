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
  localparam int unsigned Indices = 16;                                      // in a line of an index list
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

  // Of a gather or scatter `request.lines` elements, at most Indices, each of them a READ of its own: the indices name places from `header.addr` on,
  // or (`scatter`) from `request.return_address` on; places at the other side follow each other.
  typedef struct packed {
    command_e                 kind;
    logic                     last;     // of its descriptor
    logic                     indexed;
    logic                     scatter;
    logic [Indices-1:0][31:0] indices;
    dojo_pkg::packet_header_t header;
    dojo_pkg::read_request_t  request;
  } command_t;

  // The route table: packets to an area leave over Ethernet, towards the Interface Processor whose coordinates are via.
  localparam int unsigned Routes = dojo_pkg::DipRoutes;

  typedef struct packed {
    logic                                enable;
    logic [dojo_pkg::CoordinateBits-1:0] x_first;
    logic [dojo_pkg::CoordinateBits-1:0] x_last;
    logic [dojo_pkg::CoordinateBits-1:0] y_first;
    logic [dojo_pkg::CoordinateBits-1:0] y_last;
    logic [dojo_pkg::CoordinateBits-1:0] via_x;
    logic [dojo_pkg::CoordinateBits-1:0] via_y;
  } route_t;

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

  // Whether a command is more than one element of a gather or scatter.
  function automatic logic goes_on(input command_t command);
    return command.indexed && command.request.lines != 32'd1;
  endfunction

  // A command, or the first element of a gather or scatter as a READ.
  function automatic command_t first_of(input command_t command);
    logic [AddressBits-1:0] place;
    logic [31:0]            index;
    index = command.indices[0];
    case (command.header.size)
      3'd3:    place = AddressBits'({index, 3'd0});
      3'd4:    place = AddressBits'({index, 4'd0});
      3'd5:    place = AddressBits'({index, 5'd0});
      default: place = AddressBits'({index, 6'd0});
    endcase
    first_of = command;
    if (command.indexed) begin
      first_of.last          = command.last && !goes_on(command);
      first_of.header.sem_en = command.header.sem_en && first_of.last;
      if (command.scatter) first_of.request.return_address[AddressBits-1:0] = command.request.return_address[AddressBits-1:0] + place;
      else first_of.header.addr = command.header.addr + place;
      first_of.request.lines = 32'd1;
      first_of.request.last  = first_of.header.addr[31:0] + (32'd1 << command.header.size) - 32'd1;
    end
  endfunction

  // The same gather or scatter with its places `count` elements further on at the side without indices.
  function automatic command_t advanced(input command_t command, input logic [31:0] count);
    logic [AddressBits-1:0] bytes;
    bytes    = AddressBits'(count) << command.header.size;
    advanced = command;
    if (command.scatter) advanced.header.addr = command.header.addr + bytes;
    else advanced.request.return_address[AddressBits-1:0] = command.request.return_address[AddressBits-1:0] + bytes;
  endfunction

  // What follows the first element.
  function automatic command_t rest_of(input command_t command);
    rest_of               = advanced(command, 32'd1);
    rest_of.indices       = command.indices >> 32;
    rest_of.request.lines = command.request.lines - 32'd1;
  endfunction

  // The first entry of the route table that holds (x, y); none: enable is 0.
  function automatic route_t route_of(input route_t [Routes-1:0] routes, input logic [dojo_pkg::CoordinateBits-1:0] x, y);
    route_of = '0;
    for (int unsigned i = Routes; i > 0; i--) begin
      if (routes[i-1].enable && x >= routes[i-1].x_first && x <= routes[i-1].x_last && y >= routes[i-1].y_first && y <= routes[i-1].y_last)
        route_of = routes[i-1];
    end
  endfunction

  function automatic logic is_away(input route_t [Routes-1:0] routes, input logic [dojo_pkg::CoordinateBits-1:0] x, y);
    route_t route;
    route = route_of(routes, x, y);
    return route.enable;
  endfunction

  /* verilator lint_on UNUSEDSIGNAL */

endpackage
