// What the table for remote accesses holds (docs/node.md, "Remote accesses").
package guard_pkg;

  localparam int unsigned Entries = dojo_pkg::ControlProtectRightsCount;

  // The table, as its registers: who may do what where. Packed, so that its users see the registers themselves.
  typedef struct packed {
    logic [Entries-1:0][63:0] range;      // first address, last address
    logic [Entries-1:0][63:0] rectangle;  // first column, first row, last column, last row
    logic [Entries-1:0][3:0]  rights;     // bit number access_kind_e
  } table_t;

  // True when one entry allows node (x, y) to do `kind` to all bytes from `first` to `last`.
  function automatic logic allows(input table_t entries, input logic [10:0] x, y, input logic [1:0] kind, input logic [31:0] first, last);
    logic [63:0] range, rectangle;
    logic        found;
    found = 1'b0;
    for (int unsigned e = 0; e < Entries; e++) begin
      range     = entries.range[e];
      rectangle = entries.rectangle[e];
      found     = found || (entries.rights[e][kind] && first >= range[31:0] && last <= range[63:32] &&
                            16'(x) >= rectangle[15:0] && 16'(x) <= rectangle[47:32] &&
                            16'(y) >= rectangle[31:16] && 16'(y) <= rectangle[63:48]);
    end
    return found;
  endfunction

endpackage
