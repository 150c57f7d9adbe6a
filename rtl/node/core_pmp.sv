// Physical memory protection: sixteen entries for each hart, as the privileged specification defines them, for machine mode.
//
// Function: of the entries, the lowest that matches a byte of an access decides: an access that it matches only partly fails; a locked
// entry gives the permissions, an unlocked one allows everything, since harts run in machine mode. Without a match all is
// allowed. Granularity four bytes. Checks are of slot 0 (the two half-words of its instruction; the bytes that it accesses) and of
// one vector access. Locked entries cannot be written, nor the address below a locked top-of-range entry; writable and not readable is
// reserved and keeps the old byte.
// Latency: checks and reads none, writes one cycle. Throughput: one of each per cycle. No back-pressure. Registered: all state.
// Nothing is computed for a hart whose entries are all off (enforced_o).
module core_pmp (
    input  logic        clk_i,
    input  logic        rst_ni,
    output logic [3:0]  enforced_o,        // the hart has an entry that is not off
    // instruction in slot 0
    input  logic        valid_i,
    input  logic [1:0]  hart_i,
    input  logic [63:0] pc_i,
    input  logic        compressed_i,
    output logic        fetch_denied_o,
    output logic        fetch_second_o,    // the second half-word, and not the first
    input  logic        access_valid_i,
    input  logic [63:0] access_address_i,
    input  logic [9:0]  access_bytes_i,    // at least 1
    input  logic        access_read_i,     // needs R
    input  logic        access_write_i,    // needs W
    output logic        access_denied_o,
    // a vector access
    input  logic        check_valid_i,
    input  logic [1:0]  check_hart_i,
    input  logic [63:0] check_address_i,
    input  logic [1:0]  check_size_i,      // log2 of the bytes
    input  logic        check_write_i,
    output logic        check_ok_o,
    // CSRs of hart_i
    input  logic        read_valid_i,
    input  logic [11:0] address_i,
    output logic        found_o,
    output logic [63:0] read_data_o,
    input  logic        write_valid_i,
    input  logic [63:0] write_data_i
);

  localparam int unsigned Entries = dojo_pkg::PmpEntries;
  localparam logic [2:0] Read = 3'b001;
  localparam logic [2:0] Write = 3'b010;
  localparam logic [2:0] Execute = 3'b100;

  // {hart, entry}; configurations without their reserved bits: L, A, X, W, R
  logic [5:0]  configuration_q[4*Entries];
  logic [53:0] address_q[4*Entries];

  // Whether bytes first .. first + bytes - 1 may be accessed with all permissions of `wanted`.
  function automatic logic allowed(input logic [1:0] hart, input logic [63:0] first, input logic [9:0] bytes,
                                   input logic [2:0] wanted);
    logic        decided, result, touches, whole;
    logic [5:0]  configuration;
    logic [63:0] last, low, high, value, mask;  // [low, high] are bytes of the entry
    decided = 1'b0;
    result  = 1'b1;
    last    = first + 64'(bytes) - 64'd1;
    for (int unsigned i = 0; i < Entries; i++) begin
      configuration = configuration_q[{hart, 4'(i)}];
      value         = {8'd0, address_q[{hart, 4'(i)}], 2'b00};
      low           = value;
      high          = value | 64'd3;
      touches       = configuration[4:3] != 2'd0;
      if (configuration[4:3] == 2'd3) begin
        // The ones at the end of the address, and the zero above them, are inside.
        mask = {8'd0, address_q[{hart, 4'(i)}] ^ (address_q[{hart, 4'(i)}] + 54'd1), 2'b11};
        low  = value & ~mask;
        high = value | mask;
      end
      if (configuration[4:3] == 2'd1) begin
        low     = (i == 0) ? 64'd0 : {8'd0, address_q[{hart, 4'(i - 1)}], 2'b00};
        high    = value - 64'd1;
        touches = low < value;
      end
      touches = touches && last >= low && first <= high;
      whole  = first >= low && last <= high;
      result  = (touches && !decided) ? whole && (!configuration[5] || (configuration[2:0] & wanted) == wanted) : result;
      decided = decided || touches;
    end
    return result;
  endfunction

  always_comb begin
    fetch_denied_o  = 1'b0;
    fetch_second_o  = 1'b0;
    access_denied_o = 1'b0;
    if (valid_i && enforced_o[hart_i]) begin
      fetch_denied_o = !allowed(hart_i, pc_i, 10'd2, Execute);
      if (!fetch_denied_o && !compressed_i && pc_i[1]) begin
        fetch_second_o = !allowed(hart_i, pc_i + 64'd2, 10'd2, Execute);
        fetch_denied_o = fetch_second_o;
      end
      if (access_valid_i) begin
        access_denied_o = !allowed(hart_i, access_address_i, access_bytes_i,
                                   (access_read_i ? Read : 3'd0) | (access_write_i ? Write : 3'd0));
      end
    end
  end

  always_comb begin
    check_ok_o = 1'b1;
    if (check_valid_i && enforced_o[check_hart_i])
      check_ok_o = allowed(check_hart_i, check_address_i, 10'd1 << check_size_i, check_write_i ? Write : Read);
  end

  function automatic logic [7:0] configuration_byte(input logic [5:0] configuration);
    return {configuration[5], 2'b00, configuration[4:0]};
  endfunction

  logic       is_configuration, is_address;
  logic [3:0] place;  // entry, or the first of eight
  assign is_configuration = address_i == dojo_pkg::CsrPmpcfg0 || address_i == dojo_pkg::CsrPmpcfg2;
  assign is_address       = address_i[11:4] == dojo_pkg::CsrPmpaddr0[11:4];
  assign place            = is_configuration ? {address_i[1], 3'd0} : address_i[3:0];

  always_comb begin
    found_o     = 1'b0;
    read_data_o = 64'd0;
    if (read_valid_i) begin
      found_o = is_configuration || is_address;
      if (is_address) read_data_o = {10'd0, address_q[{hart_i, place}]};
      if (is_configuration) begin
        for (int unsigned i = 0; i < 8; i++)
          read_data_o[8*i+:8] = configuration_byte(configuration_q[{hart_i, place | 4'(i)}]);
      end
    end
  end

  // The tables are private to this process and to the functions above; written last.
  always_ff @(posedge clk_i) begin
    logic [5:0]  configuration[4*Entries];
    logic [53:0] addresses[4*Entries];
    logic [5:0]  written;
    logic        on;
    if (!rst_ni) begin
      enforced_o      <= '0;
      configuration_q <= '{default: '0};
      address_q       <= '{default: '0};
    end else if (write_valid_i && (is_configuration || is_address)) begin
      configuration = configuration_q;
      addresses     = address_q;
      if (is_configuration) begin
        for (int unsigned i = 0; i < 8; i++) begin
          written = {write_data_i[8*i+7], write_data_i[8*i+:5]};
          if (!configuration[{hart_i, place | 4'(i)}][5] && written[1:0] != 2'b10)
            configuration[{hart_i, place | 4'(i)}] = written;
        end
        on = 1'b0;
        for (int unsigned i = 0; i < Entries; i++) on = on || configuration[{hart_i, 4'(i)}][4:3] != 2'd0;
        enforced_o[hart_i] <= on;
      end else if (!configuration[{hart_i, place}][5] &&
                   !(place != 4'd15 && configuration[{hart_i, place + 4'd1}][5] && configuration[{hart_i, place + 4'd1}][4:3] == 2'd1)) begin
        addresses[{hart_i, place}] = write_data_i[53:0];
      end
      configuration_q <= configuration;
      address_q       <= addresses;
    end
  end

endmodule
