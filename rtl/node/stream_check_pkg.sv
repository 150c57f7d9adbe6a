// The range check of descriptors (docs/descriptors.md), shared by the units that walk streams of two or three nested loops.
package stream_check_pkg;

  // True when base + (count_1 - 1) * stride_1 + (count_2 - 1) * stride_2 + 64 * lines stays inside the SRAM. Base and strides are
  // byte addresses without their bits 5:0, which are checked elsewhere; counts of 0 are refused elsewhere.
  function automatic logic stream_inside(input logic [25:0] base, input logic [15:0] count_1, input logic [25:0] stride_1,
                                         input logic [15:0] count_2, input logic [25:0] stride_2, input logic [2:0] lines);
    logic [15:0] more_1, more_2;
    logic [31:0] product_1, product_2;
    logic [33:0] last;
    logic        wide;
    more_1    = count_1 - 16'd1;
    more_2    = count_2 - 16'd1;
    // A stride of the whole SRAM or more leaves it at once; with smaller ones 16 x 15 bits are enough.
    wide      = (more_1 != 16'd0 && 32'(stride_1) >= dojo_pkg::SramLines) ||
                (more_2 != 16'd0 && 32'(stride_2) >= dojo_pkg::SramLines) || 32'(base[24:0]) >= dojo_pkg::SramLines;
    product_1 = 32'(more_1) * 32'(stride_1[14:0]);
    product_2 = 32'(more_2) * 32'(stride_2[14:0]);
    last      = 34'(base[14:0]) + 34'(product_1) + 34'(product_2) + 34'(lines);
    return base[25] && !wide && last <= 34'(dojo_pkg::SramLines);
  endfunction

  // The same with a third loop. Counts of 0 are refused elsewhere.
  function automatic logic image_inside(input logic [25:0] base, input logic [15:0] count_1, input logic [25:0] stride_1,
                                        input logic [15:0] count_2, input logic [25:0] stride_2,
                                        input logic [15:0] count_3, input logic [25:0] stride_3, input logic [2:0] lines);
    logic [15:0] more_3;
    logic [31:0] product_3;
    logic [25:0] last_row;
    more_3    = count_3 - 16'd1;
    product_3 = 32'(more_3) * 32'(stride_3[14:0]);
    last_row  = base + 26'(product_3[24:0]);
    return (more_3 == 16'd0 || (32'(stride_3) < dojo_pkg::SramLines && product_3 < dojo_pkg::SramLines)) &&
           32'(base[24:0]) < dojo_pkg::SramLines && base[25] &&
           stream_inside(last_row, count_1, stride_1, count_2, stride_2, lines);
  endfunction

endpackage
