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
    class_e      unit;         // from the decoders, like the bitmaps
    logic [31:0] reads;        // vector registers that it reads, v0 as mask included
    logic [31:0] writes;       // vector registers that it may write
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

endpackage
// verilator lint_on UNUSEDPARAM
