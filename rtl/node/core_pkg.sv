// Types and small functions that the parts of the core share.
// UNUSED is waived here because no single part uses every constant.
// verilator lint_off UNUSED
package core_pkg;

  // What an instruction in the execute stage does. Values from OpLoad to OpDivide finish after the execute stage.
  typedef enum logic [4:0] {
    OpAlu           = 5'd0,
    OpBranch        = 5'd1,
    OpJal           = 5'd2,
    OpJalr          = 5'd3,
    OpLoad          = 5'd4,
    OpStore         = 5'd5,
    OpAtomic        = 5'd6,
    OpMultiply      = 5'd7,
    OpDivide        = 5'd8,
    OpCsr           = 5'd9,
    OpFence         = 5'd10,
    OpFenceI        = 5'd11,
    OpEcall         = 5'd12,
    OpEbreak        = 5'd13,
    OpMret          = 5'd14,
    OpWfi           = 5'd15,
    OpIssue         = 5'd16,
    OpSemaphoreWait = 5'd17,
    OpIllegal       = 5'd18,
    OpFetchFault    = 5'd19,
    OpInterrupt     = 5'd20
  } op_e;

  // A decoded instruction; small enough for one machine word of a simulator.
  typedef struct packed {
    op_e         op;
    logic [2:0]  funct3;
    logic        word;       // 32-bit form of an integer operation
    logic        alternate;  // subtract, arithmetic shift right
    logic        a_is_pc;    // first operand: PC
    logic        a_is_zero;  // first operand: zero
    logic        b_is_immediate;
    logic        writes_rd;  // and rd is not x0
    logic [31:0] immediate;
  } decoded_t;

  // Classes of which the issue stage must know.
  typedef struct packed {
    logic memory;    // load, store, atomic
    logic muldiv;    // multiply, divide
    logic predicted; // jal, or a branch backwards: taken at issue
  } issue_class_t;

  // funct5 of atomic operations.
  localparam logic [4:0] AtomicAdd = 5'h00;
  localparam logic [4:0] AtomicSwap = 5'h01;
  localparam logic [4:0] AtomicLr = 5'h02;
  localparam logic [4:0] AtomicSc = 5'h03;
  localparam logic [4:0] AtomicXor = 5'h04;
  localparam logic [4:0] AtomicOr = 5'h08;
  localparam logic [4:0] AtomicAnd = 5'h0c;
  localparam logic [4:0] AtomicMin = 5'h10;
  localparam logic [4:0] AtomicMax = 5'h14;
  localparam logic [4:0] AtomicMinu = 5'h18;
  localparam logic [4:0] AtomicMaxu = 5'h1c;

  // Values of retire_mem_o.
  localparam logic [1:0] MemoryNone = 2'd0;
  localparam logic [1:0] MemoryLoad = 2'd1;
  localparam logic [1:0] MemoryStore = 2'd2;
  localparam logic [1:0] MemoryAtomic = 2'd3;

  // Exception codes.
  localparam logic [5:0] CauseFetchAccess = 6'd1;
  localparam logic [5:0] CauseIllegal = 6'd2;
  localparam logic [5:0] CauseBreakpoint = 6'd3;
  localparam logic [5:0] CauseLoadMisaligned = 6'd4;
  localparam logic [5:0] CauseLoadAccess = 6'd5;
  localparam logic [5:0] CauseStoreMisaligned = 6'd6;
  localparam logic [5:0] CauseStoreAccess = 6'd7;
  localparam logic [5:0] CauseEcall = 6'd11;
  localparam logic [5:0] CauseSoftware = 6'd3;
  localparam logic [5:0] CauseTimer = 6'd7;

  // The member of `ready` that follows `last` in turn; `last` + 1 when there is none.
  function automatic logic [1:0] next_in_turn(input logic [3:0] ready, input logic [1:0] last);
    logic [1:0] first, second, third;
    first  = last + 2'd1;
    second = last + 2'd2;
    third  = last + 2'd3;
    return ready[first] ? first : ready[second] ? second : ready[third] ? third : ready[last] ? last : first;
  endfunction

  // Line number of an address known to be in the SRAM.
  function automatic logic [14:0] sram_line(input logic [63:0] address);
    return address[20:6];
  endfunction

  // Whether an address is in the SRAM.
  function automatic logic in_sram(input logic [63:0] address);
    return address[63:21] == {24'd0, dojo_pkg::SramBase[39:21]} && 32'(address[20:6]) < dojo_pkg::SramLines;
  endfunction

endpackage
// verilator lint_on UNUSED
