// Loads of consecutive bytes that cannot trap: unit-stride, whole-register and mask loads, one register per line.
//
// Function: asks for the lines of an instruction one after the other; the register of row r is what lies at offset + 64 r of them, so that
// an address off the lines needs one line more and each line is fetched once.
// Latency: a register is written in the third cycle after the grant of its line (second line, if it lies in two).
// Throughput: one line per cycle; the next instruction follows without a pause (after one cycle if it is off the lines).
// Back-pressure: waits for registers that older instructions still use, and for the SRAM's grant. Registered: writes and done; the
// request is a function of registers.
`include "dojo_assert.svh"
module vector_load_stream (
    input  logic                          clk_i,
    input  logic                          rst_ni,
    input  logic                          start_valid_i,
    input  vector_pkg::tag_t              start_tag_i,
    /* verilator lint_off UNUSEDSIGNAL */  // other instructions need more
    input  vector_pkg::dispatch_t         start_i,
    /* verilator lint_on UNUSEDSIGNAL */
    output logic                          start_ready_o,
    input  logic                          mask_blocked_i,
    input  logic [31:0]                   blocked_write_i,
    // v0
    output logic                          mask_valid_o,
    output logic [1:0]                    mask_hart_o,
    input  logic [511:0]                  mask_i,
    // SRAM
    output logic                          vr_valid_o,
    output logic [14:0]                   vr_line_o,
    input  logic                          vr_grant_i,
    input  logic [511:0]                  vr_data_i,
    // registers
    output logic                          write_valid_o,
    output vector_pkg::register_write_t   write_o,
    output logic [31:0]                   writes_done_o,  // of write_o.tag
    output logic                          done_valid_o,
    output vector_pkg::tag_t              done_tag_o,
    output logic                          idle_o
);

  typedef struct packed {
    vector_pkg::tag_t tag;
    logic [1:0]       hart;
    logic [5:0]       offset;
    logic [4:0]       vd;
    logic [1:0]       width;
    logic             masked;
    logic [9:0]       from;   // bytes of the group that may be written
    logic [9:0]       to;
    logic [3:0]       lines;
    logic [3:0]       last;   // step
  } job_t;

  logic        valid_q;
  job_t        job_q;
  logic [14:0] line_q;
  logic [3:0]  step_q;

  // The step whose line was granted in the cycle before.
  logic        fill_valid_q;
  job_t        fill_q;
  logic [3:0]  fill_step_q;

  logic [3:0]  row;
  logic        writes, fetches, free, advance, last;

  // In step s an aligned access fetches and writes row s; another one fetches line s and writes row s - 1.
  always_comb begin
    row     = 4'd0;
    writes  = 1'b0;
    fetches = 1'b0;
    free    = 1'b0;
    if (valid_q) begin
      row     = (job_q.offset == 6'd0) ? step_q : step_q - 4'd1;
      writes  = (job_q.offset == 6'd0) ? job_q.lines != 4'd0 : step_q != 4'd0;
      fetches = step_q < job_q.lines;
      free    = !(writes && blocked_write_i[job_q.vd + {1'b0, row}]) && !(job_q.masked && mask_blocked_i);
    end
  end

  assign last          = step_q == job_q.last;
  assign vr_valid_o    = fetches && free;
  assign vr_line_o     = line_q;
  assign advance       = valid_q && free && (!fetches || vr_grant_i);
  assign start_ready_o = !valid_q || (advance && last);
  assign mask_valid_o  = fill_valid_q && fill_q.masked;
  assign mask_hart_o   = fill_q.hart;
  assign idle_o        = !valid_q && !fill_valid_q && !write_valid_o && !done_valid_o;

  function automatic job_t new_job();
    job_t       job;
    logic [9:0] bytes;
    bytes      = start_i.memory.bytes;
    job.tag    = start_tag_i;
    job.hart   = start_i.hart;
    job.offset = start_i.rs1[5:0];
    job.vd     = start_i.insn[11:7];
    job.width  = start_i.memory.width;
    job.masked = start_i.memory.masked;
    job.from   = (start_i.vstart >= start_i.memory.count) ? 10'd512 : start_i.vstart << start_i.memory.width;
    job.to     = bytes;
    job.lines  = (bytes == 10'd0) ? 4'd0 : 4'((bytes + {4'd0, job.offset} + 10'd63) >> 6);
    job.last   = 4'((bytes + 10'd63) >> 6);
    if (job.offset == 6'd0 && job.last != 4'd0) job.last = job.last - 4'd1;
    return job;
  endfunction

  // The line before, private to the process.
  logic [511:0] previous;

  /* verilator lint_off BLKSEQ */
  task automatic fill();
    logic [511:0] current, data;
    logic [63:0]  enable;
    logic [3:0]   fill_row;
    logic         fill_writes;
    current     = vr_data_i;
    fill_row    = (fill_q.offset == 6'd0) ? fill_step_q : fill_step_q - 4'd1;
    fill_writes = (fill_q.offset == 6'd0) ? fill_q.lines != 4'd0 : fill_step_q != 4'd0;
    data        = current;
    if (fill_q.offset != 6'd0) data = (previous >> {fill_q.offset, 3'd0}) | (current << (10'd512 - {1'b0, fill_q.offset, 3'd0}));
    previous    = current;
    enable      = vector_pkg::row_enable(fill_row[2:0], fill_q.width, fill_q.from, fill_q.to, fill_q.masked, mask_i);
    write_valid_o <= fill_writes && enable != 64'd0;
    write_o       <= '{hart: fill_q.hart, tag: fill_q.tag, register_number: fill_q.vd + {1'b0, fill_row}, byte_enable: enable, data: data};
    writes_done_o <= fill_writes ? 32'd1 << (fill_q.vd + {1'b0, fill_row}) : 32'd0;
    done_valid_o  <= fill_step_q == fill_q.last;
    done_tag_o    <= fill_q.tag;
  endtask

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      valid_q       <= 1'b0;
      fill_valid_q  <= 1'b0;
      write_valid_o <= 1'b0;
      writes_done_o <= '0;
      done_valid_o  <= 1'b0;
      step_q        <= '0;
      job_q         <= '0;
      write_o.tag   <= '0;
    end else if (start_valid_i || !idle_o) begin
      write_valid_o <= 1'b0;
      writes_done_o <= '0;
      done_valid_o  <= 1'b0;
      if (fill_valid_q) fill();
      fill_valid_q <= advance;
      if (advance) begin
        fill_q      <= job_q;
        fill_step_q <= step_q;
        step_q      <= step_q + 4'd1;
        line_q      <= line_q + 15'd1;
        if (last) valid_q <= 1'b0;
      end
      if (start_valid_i) begin
        valid_q <= 1'b1;
        job_q   <= new_job();
        line_q  <= start_i.rs1[20:6];
        step_q  <= '0;
      end
    end
  end
  /* verilator lint_on BLKSEQ */

  // Integration checks.
  `DOJO_ASSERT(StartsWhenReady, !start_valid_i || start_ready_o)
  `DOJO_ASSERT(RequestIsInSram, !vr_valid_o || 32'(vr_line_o) < dojo_pkg::SramLines)
  `DOJO_COVER(OffTheLines, fill_valid_q && fill_q.offset != 6'd0)
  `DOJO_COVER(Refused, vr_valid_o && !vr_grant_i)
  `DOJO_COVER(WaitsForRegister, valid_q && !free)
  `DOJO_COVER(BackToBack, start_valid_i && valid_q)

endmodule
