// Stores of consecutive bytes that cannot trap: unit-stride, whole-register and mask stores, one line per register.
//
// Function: line l of an instruction is what registers l and l - 1 of the group have there, so that an address off the lines needs one
// line more and each register is read once. Lines of which no byte is stored are not requested.
// Latency: a line is requested in the cycle after its last register was read. Throughput: one line per cycle; the next instruction
// follows without a pause (after one cycle if it is off the lines). Back-pressure: waits for registers that older
// instructions will still write, and for the SRAM's grant. Registered: the request and done.
`include "dojo_assert.svh"
module vector_store_stream (
    input  logic                   clk_i,
    input  logic                   rst_ni,
    input  logic                   start_valid_i,
    input  vector_pkg::tag_t       start_tag_i,
    /* verilator lint_off UNUSEDSIGNAL */  // other instructions need more
    input  vector_pkg::dispatch_t  start_i,
    /* verilator lint_on UNUSEDSIGNAL */
    output logic                   start_ready_o,
    input  logic [31:0]            blocked_read_i,
    output logic [31:0]            reads_done_o,  // of the instruction started last
    // data and v0
    output logic                   read_valid_o,
    output logic                   mask_valid_o,
    output logic [1:0]             read_hart_o,
    output logic [4:0]             read_register_o,
    input  logic [511:0]           read_data_i,
    input  logic [511:0]           mask_i,
    // SRAM
    output logic                   vw_valid_o,
    output logic [14:0]            vw_line_o,
    output logic [511:0]           vw_data_o,
    output logic [63:0]            vw_be_o,
    input  logic                   vw_grant_i,
    output logic                   done_valid_o,  // with the grant of the last line, or without one
    output vector_pkg::tag_t       done_tag_o,
    output logic                   idle_o
);

  logic             valid_q, end_q;
  vector_pkg::tag_t tag_q, end_tag_q;
  logic [1:0]       hart_q, width_q;
  logic [5:0]       offset_q;
  logic [4:0]       vd_q;
  logic             masked_q;
  logic [9:0]       from_q, to_q;
  logic [3:0]       rows_q, step_q, last_q;
  logic [14:0]      line_q;

  logic reads, free, advance, last;

  assign reads           = valid_q && step_q < rows_q;
  assign read_register_o = vd_q + {1'b0, step_q};
  assign read_hart_o     = hart_q;
  assign free            = !(reads && blocked_read_i[read_register_o]) && !(masked_q && blocked_read_i[0]);
  assign advance         = valid_q && free && (!vw_valid_o || vw_grant_i);
  assign last            = step_q == last_q;
  assign read_valid_o    = advance && reads;
  assign mask_valid_o    = advance && masked_q;
  assign reads_done_o    = read_valid_o ? 32'd1 << read_register_o : 32'd0;
  assign start_ready_o   = !valid_q || (advance && last);
  assign done_valid_o    = end_q && (!vw_valid_o || vw_grant_i);
  assign done_tag_o      = end_tag_q;
  assign idle_o          = !valid_q && !vw_valid_o && !end_q;

  // What is left of the register before, private to the process.
  logic [511:0] rest;
  logic [63:0]  rest_enable;

  /* verilator lint_off BLKSEQ */
  task automatic step();
    logic [511:0] data;
    logic [63:0]  own, enable;
    own    = reads ? vector_pkg::row_enable(step_q[2:0], width_q, from_q, to_q, masked_q, mask_i) : 64'd0;
    data   = read_data_i;
    enable = own;
    if (offset_q != 6'd0) begin
      data        = rest | (read_data_i << {offset_q, 3'd0});
      enable      = rest_enable | (own << offset_q);
      rest        = read_data_i >> (10'd512 - {1'b0, offset_q, 3'd0});
      rest_enable = own >> (7'd64 - {1'b0, offset_q});
    end
    vw_valid_o <= enable != 64'd0;
    vw_line_o  <= line_q;
    vw_data_o  <= data;
    vw_be_o    <= enable;
  endtask

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      valid_q    <= 1'b0;
      end_q      <= 1'b0;
      vw_valid_o <= 1'b0;
      masked_q   <= 1'b0;
      step_q     <= '0;
      rows_q     <= '0;
    end else if (start_valid_i || !idle_o) begin
      if (!vw_valid_o || vw_grant_i) begin
        vw_valid_o <= 1'b0;
        end_q      <= 1'b0;
      end
      if (advance) begin
        step();
        step_q <= step_q + 4'd1;
        line_q <= line_q + 15'd1;
        if (last) begin
          valid_q   <= 1'b0;
          end_q     <= 1'b1;
          end_tag_q <= tag_q;
        end
      end
      if (start_valid_i) begin
        valid_q     <= 1'b1;
        tag_q       <= start_tag_i;
        hart_q      <= start_i.hart;
        width_q     <= start_i.memory.width;
        offset_q    <= start_i.rs1[5:0];
        vd_q        <= start_i.insn[11:7];
        masked_q    <= start_i.memory.masked;
        from_q      <= (start_i.vstart >= start_i.memory.count) ? 10'd512 : start_i.vstart << start_i.memory.width;
        to_q        <= start_i.memory.bytes;
        rows_q      <= 4'((start_i.memory.bytes + 10'd63) >> 6);
        last_q      <= (start_i.memory.bytes == 10'd0) ? 4'd0
            : (start_i.rs1[5:0] == 6'd0) ? 4'((start_i.memory.bytes + 10'd63) >> 6) - 4'd1 : 4'((start_i.memory.bytes + 10'd63) >> 6);
        step_q      <= '0;
        line_q      <= start_i.rs1[20:6];
        rest        = '0;
        rest_enable = '0;
      end
    end
  end
  /* verilator lint_on BLKSEQ */

  // Integration checks.
  `DOJO_ASSERT(StartsWhenReady, !start_valid_i || start_ready_o)
  `DOJO_ASSERT(RequestIsInSram, !vw_valid_o || 32'(vw_line_o) < dojo_pkg::SramLines)
  `DOJO_COVER(OffTheLines, advance && offset_q != 6'd0)
  `DOJO_COVER(Refused, vw_valid_o && !vw_grant_i)
  `DOJO_COVER(WaitsForRegister, valid_q && !free)
  `DOJO_COVER(BackToBack, start_valid_i && valid_q)

endmodule
