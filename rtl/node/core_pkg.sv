// Types and small functions that the parts of the core share.
// UNUSED is waived here because no single part uses every constant.
// verilator lint_off UNUSED
package core_pkg;

  // What an instruction in the execute stage does.
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
    OpInterrupt     = 5'd20,
    OpFloat         = 5'd21,  // in the floating-point unit
    OpMoveHalf      = 5'd22,  // fmv.x.h, fmv.h.x
    OpVectorSet     = 5'd23,  // vsetvli, vsetivli, vsetvl
    OpVector        = 5'd24   // in the vector unit
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
    logic        late;       // the result comes after the execute stage: load, atomic operation, multiply, divide, floating point
    logic        ordered;    // waits until the SRAM accesses before it are granted
    logic        a_float;    // first operand: f register
    logic        b_float;
    logic        rd_float;
    logic        rounded;    // floating point that rounds: funct3 is the rounding mode
    logic [4:0]  unit;       // float_pkg::unit_op_e
    logic [31:0] immediate;
  } decoded_t;

  // What the issue stage must know before it decodes. A hint: whatever does not fit the second slot goes to the first one after all.
  typedef struct packed {
    logic memory;   // scalar load, store, atomic operation
    logic divide;   // divide, remainder
    logic first;    // only in slot 0
    logic floating;    // in the floating-point unit
    logic vectorial;   // in the vector unit
    logic csr;      // access of a CSR, command: waits for the hart's floating-point and vector instructions
    logic reads;    // scalar load: waits for the hart's vector stores
    logic changes;  // store, atomic operation, command, fence: waits for all of the hart's vector accesses
  } issue_class_t;

  // Jumps as the branch predictor sees them.
  typedef enum logic [2:0] {
    FlowNext   = 3'd0,  // no jump, or one that is not predicted
    FlowBranch = 3'd1,
    FlowJump   = 3'd2,  // jal
    FlowCall   = 3'd3,  // jal that links
    FlowReturn = 3'd4,  // jalr to a link register that does not link
    FlowCallIndirect = 3'd5  // jalr that links; its target is not predicted
  } flow_e;

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
  localparam logic [5:0] CauseExternal = 6'd11;
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

  // The integer ALU.
  function automatic logic [63:0] alu(input logic [2:0] funct3, input logic alternate, input logic word, input logic [63:0] a,
                                      input logic [63:0] b);
    logic [63:0] result, shifted_in;
    logic [5:0]  amount;
    amount     = word ? {1'b0, b[4:0]} : b[5:0];
    shifted_in = !word ? a : alternate ? {{32{a[31]}}, a[31:0]} : {32'd0, a[31:0]};
    case (funct3)
      3'd0:    result = alternate ? a - b : a + b;
      3'd1:    result = a << amount;
      3'd2:    result = {63'd0, $signed(a) < $signed(b)};
      3'd3:    result = {63'd0, a < b};
      3'd4:    result = a ^ b;
      3'd5:    result = (alternate && shifted_in[63]) ? ~(~shifted_in >> amount) : shifted_in >> amount;
      3'd6:    result = a | b;
      default: result = a & b;
    endcase
    return word ? {{32{result[31]}}, result[31:0]} : result;
  endfunction

  function automatic logic branch_taken(input logic [2:0] funct3, input logic [63:0] a, input logic [63:0] b);
    logic condition;
    case (funct3[2:1])
      2'd0:    condition = a == b;
      2'd2:    condition = $signed(a) < $signed(b);
      default: condition = a < b;
    endcase
    return condition != funct3[0];
  endfunction

  // Whether an access of 2**size bytes is not naturally aligned.
  function automatic logic is_misaligned(input logic [1:0] size, input logic [2:0] offset);
    return (size == 2'd3) ? offset != 3'd0 : (size == 2'd2) ? offset[1:0] != 2'd0 : (size == 2'd1) && offset[0];
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
