// Takes packed structures of the generated package apart and puts them together again, field by field.
//
// Function: header_o and address_o rebuild their inputs from named fields; the other outputs are single fields. Combinational.
module hw_probe (
    input  logic [105:0] header_i,
    output logic [105:0] header_o,
    output logic [39:0]  header_addr_o,
    output logic [10:0]  header_dst_x_o,
    output logic [4:0]   header_sem_o,
    output logic [2:0]   header_size_o,
    output logic [1:0]   header_op_o,
    output logic         header_cls_o,
    input  logic [63:0]  address_i,
    output logic [63:0]  address_o,
    output logic [10:0]  address_x_o,
    output logic [10:0]  address_y_o,
    // UNUSEDSIGNAL is waived for descriptors, of which a few fields are probed.
    // verilator lint_off UNUSEDSIGNAL
    input  logic [511:0] descriptor_i,
    // verilator lint_on UNUSEDSIGNAL
    output logic [15:0]  matrix_k_tiles_o,
    output logic [31:0]  matrix_c_n_stride_o,
    output logic         matrix_c_bf16_o,
    output logic [4:0]   matrix_sem_o,
    output logic [15:0]  matrix_image_height_o,
    output logic [31:0]  transfer_remote_high_o,
    output logic [4:0]   transfer_remote_sem_o
);

  dojo_pkg::packet_header_t header;
  dojo_pkg::global_address_t address;
  // verilator lint_off UNUSEDSIGNAL
  dojo_pkg::matrix_descriptor_t matrix;
  dojo_pkg::transfer_descriptor_t transfer;
  // verilator lint_on UNUSEDSIGNAL

  assign header = header_i;
  assign header_o = {header.age, header.dst_x, header.dst_y, header.src_x, header.src_y, header.cls, header.op, header.addr, header.size,
                     header.sem_en, header.sem};
  assign header_addr_o = header.addr;
  assign header_dst_x_o = header.dst_x;
  assign header_sem_o = header.sem;
  assign header_size_o = header.size;
  assign header_op_o = header.op;
  assign header_cls_o = header.cls;

  assign address = address_i;
  assign address_o = {address.is_global, address.kind, address.y, address.x, address.offset};
  assign address_x_o = address.x;
  assign address_y_o = address.y;

  assign matrix = descriptor_i;
  assign matrix_k_tiles_o = matrix.k_tiles;
  assign matrix_c_n_stride_o = matrix.c_n_stride;
  assign matrix_c_bf16_o = matrix.c_bf16;
  assign matrix_sem_o = matrix.sem;
  assign matrix_image_height_o = matrix.image_height;
  assign transfer = descriptor_i;
  assign transfer_remote_high_o = transfer.remote_address_high;
  assign transfer_remote_sem_o = transfer.remote_sem;

endmodule
