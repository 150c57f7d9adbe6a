// The vector registers of the four harts: 4 x 32 x 512 bits.
//
// Function: three write ports with byte enables (load pipes 0 and 1, execute); read ports for execute (vs2, vs1, vd), store (data or
// indices) and each load pipe (indices), and for each of the four v0 as mask. The window sees to it that no register is
// written by two ports at once.
// Latency: reads are combinational; a write is seen by reads from the next cycle on. Throughput: all ports in each cycle.
// Back-pressure: none. Registered: the registers. Data of a port whose valid is low is zero.
`include "dojo_assert.svh"
module vector_registers (
    input  logic                          clk_i,
    input  logic                          rst_ni,
    // execute
    input  logic [2:0]                    execute_valid_i,  // vs2, vs1, vd
    input  logic                          execute_mask_valid_i,
    input  logic [1:0]                    execute_hart_i,
    input  logic [4:0]                    execute_vs2_i,
    input  logic [4:0]                    execute_vs1_i,
    input  logic [4:0]                    execute_vd_i,
    output logic [511:0]                  execute_vs2_o,
    output logic [511:0]                  execute_vs1_o,
    output logic [511:0]                  execute_vd_o,
    output logic [511:0]                  execute_mask_o,
    // load 0, load 1, store
    input  logic [2:0]                    memory_valid_i,
    input  logic [2:0]                    memory_mask_valid_i,
    input  logic [2:0][1:0]               memory_hart_i,
    input  logic [2:0][4:0]               memory_register_i,
    output logic [511:0]                  load_0_data_o,
    output logic [511:0]                  load_0_mask_o,
    output logic [511:0]                  load_1_data_o,
    output logic [511:0]                  load_1_mask_o,
    output logic [511:0]                  store_data_o,
    output logic [511:0]                  store_mask_o,
    // load 0, load 1, execute
    input  logic [2:0]                    write_valid_i,
    /* verilator lint_off UNUSEDSIGNAL */  // tags are for observers
    input  vector_pkg::register_write_t   load_0_write_i,
    input  vector_pkg::register_write_t   load_1_write_i,
    input  vector_pkg::register_write_t   execute_write_i
    /* verilator lint_on UNUSEDSIGNAL */
);

  logic [511:0] registers_q[128]  /*verilator public_flat_rd*/;  // {hart, register}

  assign execute_vs2_o  = execute_valid_i[0] ? registers_q[{execute_hart_i, execute_vs2_i}] : 512'd0;
  assign execute_vs1_o  = execute_valid_i[1] ? registers_q[{execute_hart_i, execute_vs1_i}] : 512'd0;
  assign execute_vd_o   = execute_valid_i[2] ? registers_q[{execute_hart_i, execute_vd_i}] : 512'd0;
  assign execute_mask_o = execute_mask_valid_i ? registers_q[{execute_hart_i, 5'd0}] : 512'd0;

  assign load_0_data_o = memory_valid_i[0] ? registers_q[{memory_hart_i[0], memory_register_i[0]}] : 512'd0;
  assign load_1_data_o = memory_valid_i[1] ? registers_q[{memory_hart_i[1], memory_register_i[1]}] : 512'd0;
  assign store_data_o  = memory_valid_i[2] ? registers_q[{memory_hart_i[2], memory_register_i[2]}] : 512'd0;
  assign load_0_mask_o = memory_mask_valid_i[0] ? registers_q[{memory_hart_i[0], 5'd0}] : 512'd0;
  assign load_1_mask_o = memory_mask_valid_i[1] ? registers_q[{memory_hart_i[1], 5'd0}] : 512'd0;
  assign store_mask_o  = memory_mask_valid_i[2] ? registers_q[{memory_hart_i[2], 5'd0}] : 512'd0;

  // What a register holds after a write.
  function automatic logic [511:0] merged(input logic [511:0] stored, input logic [511:0] data, input logic [63:0] enable);
    logic [511:0] bits;
    bits = vector_pkg::spread(enable);
    return (stored & ~bits) | (data & bits);
  endfunction

  logic [6:0] load_0_place, load_1_place, execute_place;
  assign load_0_place  = {load_0_write_i.hart, load_0_write_i.register_number};
  assign load_1_place  = {load_1_write_i.hart, load_1_write_i.register_number};
  assign execute_place = {execute_write_i.hart, execute_write_i.register_number};

  logic two_writers_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      registers_q   <= '{default: '0};
      two_writers_q <= 1'b0;
    end else if (write_valid_i != 3'd0) begin
      if (write_valid_i[0]) begin
        registers_q[load_0_place] <= (&load_0_write_i.byte_enable) ? load_0_write_i.data
            : merged(registers_q[load_0_place], load_0_write_i.data, load_0_write_i.byte_enable);
      end
      if (write_valid_i[1]) begin
        registers_q[load_1_place] <= (&load_1_write_i.byte_enable) ? load_1_write_i.data
            : merged(registers_q[load_1_place], load_1_write_i.data, load_1_write_i.byte_enable);
      end
      if (write_valid_i[2]) begin
        registers_q[execute_place] <= (&execute_write_i.byte_enable) ? execute_write_i.data
            : merged(registers_q[execute_place], execute_write_i.data, execute_write_i.byte_enable);
      end
      two_writers_q <= (write_valid_i[0] && write_valid_i[1] && load_0_place == load_1_place)
          || (write_valid_i[0] && write_valid_i[2] && load_0_place == execute_place)
          || (write_valid_i[1] && write_valid_i[2] && load_1_place == execute_place);
    end
  end

  // Integration checks.
  `DOJO_ASSERT(OneWriter, !two_writers_q)
  `DOJO_COVER(ThreeWrites, &write_valid_i)

endmodule
