// Records that core, vector unit and the parts of the vector unit exchange.
// UNUSEDPARAM is waived here because no single part uses every constant.
// verilator lint_off UNUSEDPARAM
package vector_pkg;

  // Bytes of a vector register, and vector instructions that may be in flight, of all harts together.
  localparam int unsigned RegisterBytes = 64;
  localparam int unsigned Entries = 16;

  // Names an instruction in flight: its place in the window. Places are given in the order of dispatch, modulo 16.
  typedef logic [3:0] tag_t;

  // The pipe that an instruction takes.
  typedef enum logic [1:0] {
    ClassLoad    = 2'd0,
    ClassStore   = 2'd1,
    ClassExecute = 2'd2
  } class_e;

  // How a memory instruction finds its addresses.
  typedef enum logic [1:0] {
    MemoryUnit    = 2'd0,  // consecutive segments (fields = 1: consecutive elements); whole-register and mask accesses too
    MemoryStrided = 2'd1,
    MemoryIndexed = 2'd2
  } memory_mode_e;

  // What a load or store does, in terms of elements. Element i has `fields` fields of 1 << width bytes.
  typedef struct packed {
    memory_mode_e mode;
    logic [1:0]   width;        // log2 of the bytes of a field
    logic [1:0]   index_width;  // log2 of the bytes of an index
    logic [2:0]   fields;       // less one
    logic [1:0]   group;        // log2 of the registers per field
    logic         masked;
    logic         first_fault;  // fault-only-first
    logic [9:0]   count;        // elements: vl, or what stands for it
    logic [9:0]   bytes;        // of a consecutive access: count * fields << width
  } memory_t;

  // An instruction that the core hands to the vector unit. It is legal; operands are values.
  typedef struct packed {
    logic [1:0]  hart;
    logic [31:0] insn;
    logic [63:0] rs1;          // x[rs1]; of OPFVF: f[rs1] in the low 32 bits
    logic [63:0] rs2;          // x[rs2]: stride
    logic [63:0] seed;         // xseed
    logic [1:0]  sew;          // 0: 8, 1: 16, 2: 32 bits
    logic [2:0]  lmul;         // as in vtype
    logic        vta;
    logic        vma;
    logic [9:0]  vl;
    logic [9:0]  vstart;
    logic [2:0]  frm;          // resolved: never reserved
    logic [1:0]  vxrm;
    logic        synchronous;  // the hart waits for its completion
    logic        checked;      // load, store: no access of it can trap
    class_e      unit;         // from the decoders, like all that follows
    logic [31:0] reads;        // vector registers that it reads, v0 as mask included
    logic [31:0] writes;       // vector registers that it may write
    memory_t     memory;       // of loads and stores
  } dispatch_t;

  // A completion: of every instruction of class execute, and of every synchronous load or store.
  typedef struct packed {
    logic [1:0]  hart;
    tag_t        tag;
    logic        synchronous;
    logic        result_valid;  // for rd = insn[11:7]
    logic        result_float;
    logic [63:0] result;
    logic [4:0]  fflags;
    logic [3:0]  xcfflags;
    logic        vxsat;
    logic        vl_valid;      // fault-only-first: vl becomes `vl`
    logic [9:0]  vl;
    logic        trap;          // precise: vstart becomes `vstart`
    logic [5:0]  cause;
    logic [63:0] tval;
    logic [9:0]  vstart;
  } done_t;

  // End of one execute instruction, from vector_execute.
  typedef struct packed {
    tag_t        tag;
    logic        result_valid;
    logic        result_float;
    logic [63:0] result;
    logic [4:0]  fflags;
    logic [3:0]  xcfflags;
    logic        vxsat;
  } execute_done_t;

  // A write of one vector register.
  typedef struct packed {
    logic [1:0]   hart;
    tag_t         tag;
    logic [4:0]   register_number;
    logic [63:0]  byte_enable;
    logic [511:0] data;
  } register_write_t;

  // Eight byte enables as a mask of 64 bits.
  function automatic logic [63:0] spread_word(input logic [7:0] enable);
    return {{8{enable[7]}}, {8{enable[6]}}, {8{enable[5]}}, {8{enable[4]}}, {8{enable[3]}}, {8{enable[2]}}, {8{enable[1]}}, {8{enable[0]}}};
  endfunction

  // The byte enables of a register as a mask of its bits.
  function automatic logic [511:0] spread(input logic [63:0] enable);
    return {spread_word(enable[63:56]), spread_word(enable[55:48]), spread_word(enable[47:40]), spread_word(enable[39:32]),
            spread_word(enable[31:24]), spread_word(enable[23:16]), spread_word(enable[15:8]), spread_word(enable[7:0])};
  endfunction

  // Doubles each of the lower 32 bits.
  function automatic logic [63:0] double_bits(input logic [31:0] bits);
    logic [63:0] x;
    x = {32'd0, bits};
    x = (x | x << 16) & 64'h0000_ffff_0000_ffff;
    x = (x | x << 8) & 64'h00ff_00ff_00ff_00ff;
    x = (x | x << 4) & 64'h0f0f_0f0f_0f0f_0f0f;
    x = (x | x << 2) & 64'h3333_3333_3333_3333;
    x = (x | x << 1) & 64'h5555_5555_5555_5555;
    return x | x << 1;
  endfunction

  // Byte enables of register `row` of a group for elements of 1 << width bytes, of which the body is `from` .. `to` - 1 (bytes of the
  // group), and, when masked, those whose bit of the mask register is set.
  function automatic logic [63:0] row_enable(input logic [2:0] row, input logic [1:0] width, input logic [9:0] from, input logic [9:0] to,
                                             input logic masked, input logic [511:0] mask);
    logic [63:0] enable, elements;
    logic [10:0] start, low, high;
    start    = {2'd0, row, 6'd0};
    low      = ({1'b0, from} > start) ? {1'b0, from} - start : 11'd0;
    high     = ({1'b0, to} > start) ? {1'b0, to} - start : 11'd0;
    enable   = (low >= 11'd64) ? 64'd0 : ~64'd0 << low[5:0];
    enable   = (high >= 11'd64) ? enable : enable & ~(~64'd0 << high[5:0]);
    elements = ~64'd0;
    if (masked) begin
      elements = (width == 2'd0) ? mask[{row, 6'd0}+:64]
               : (width == 2'd1) ? double_bits(mask[{1'b0, row, 5'd0}+:32])
               : double_bits(32'(double_bits({16'd0, mask[{2'b0, row, 4'd0}+:16]})));
    end
    return enable & elements;
  endfunction

  // Up to four bytes of a line, from a place that is aligned to the size of what is meant.
  function automatic logic [31:0] word_at(input logic [511:0] line, input logic [5:0] place);
    return line[{place[5:2], 5'd0}+:32] >> {place[1:0], 3'd0};
  endfunction

  // Mask of an element of 1 << width bytes.
  function automatic logic [31:0] element_bits(input logic [1:0] width);
    return (width == 2'd0) ? 32'h0000_00ff : (width == 2'd1) ? 32'h0000_ffff : 32'hffff_ffff;
  endfunction

  // Exception codes.
  localparam logic [5:0] LoadMisaligned = 6'd4;
  localparam logic [5:0] LoadAccess = 6'd5;
  localparam logic [5:0] StoreMisaligned = 6'd6;
  localparam logic [5:0] StoreAccess = 6'd7;

endpackage
// verilator lint_on UNUSEDPARAM
