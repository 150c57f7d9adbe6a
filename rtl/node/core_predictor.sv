// Branch predictor of the four harts: a table of two-bit counters that the harts share, and a return-address stack per hart.
//
// Function: for up to two instructions per cycle (of two harts) says whether the PC goes on elsewhere and where. jal always does;
// branches are predicted backwards taken and forwards not taken unless their counter disagrees, so that cold code has a sane guess;
// returns go to the top of the hart's stack. Other indirect jumps are not predicted. The execute stage trains the counters.
// Calls and returns move the stack's pointer when they are fetched; a redirect sets it back to what it was at the redirecting instruction.
// Latency: none. Throughput: two predictions, two updates per cycle. No back-pressure. Registered: counters and stacks (reset: agree; empty).
module core_predictor #(
    parameter int unsigned Counters    = 512,
    parameter int unsigned ReturnDepth = 8
) (
    input  logic            clk_i,
    input  logic            rst_ni,
    // fetched instructions
    input  logic [1:0]      valid_i,
    input  logic [1:0]      hart_i[2],
    input  logic [63:0]     pc_i[2],
    input  logic [1:0]      compressed_i,
    input  core_pkg::flow_e flow_i[2],
    input  logic [63:0]     offset_i[2],
    output logic [1:0]      taken_o,
    output logic [63:0]     target_o[2],
    output logic [2:0]      depth_o[2],         // stack pointer after the instruction
    // execute stage: branches that are decided
    input  logic [1:0]      update_valid_i,
    input  logic [63:0]     update_pc_i[2],
    input  logic [1:0]      update_agrees_i,    // backwards and taken, or forwards and not taken
    // redirects
    input  logic [1:0]      redirect_valid_i,
    input  logic [1:0]      redirect_hart_i[2],
    input  logic [2:0]      redirect_depth_i[2]
);

  localparam int unsigned IndexBits = $clog2(Counters);
  localparam int unsigned DepthBits = $clog2(ReturnDepth);

  // Counters and return addresses are not reset; what is not valid yet counts as 1 and as no address.
  logic [1:0]               counter_q[Counters];  // 2 and 3: the static guess is wrong
  logic [Counters-1:0]      counter_valid_q;
  logic [63:0]              return_q[4*ReturnDepth];
  logic [4*ReturnDepth-1:0] return_valid_q;
  logic [DepthBits-1:0]     depth_q[4];
  logic [1:0]               update_counter[2];

  always_comb begin
    taken_o = 2'b00;
    for (int unsigned s = 0; s < 2; s++) begin
      target_o[s] = 64'd0;
      depth_o[s]  = 3'd0;
      if (valid_i[s]) begin
        depth_o[s] = 3'(depth_q[hart_i[s]]);
        case (flow_i[s])
          core_pkg::FlowBranch: begin
            taken_o[s]  = offset_i[s][63] != (counter_valid_q[pc_i[s][IndexBits:1]] && counter_q[pc_i[s][IndexBits:1]][1]);
            target_o[s] = pc_i[s] + offset_i[s];
          end
          core_pkg::FlowJump: begin
            taken_o[s]  = 1'b1;
            target_o[s] = pc_i[s] + offset_i[s];
          end
          core_pkg::FlowCall: begin
            taken_o[s]  = 1'b1;
            target_o[s] = pc_i[s] + offset_i[s];
            depth_o[s]  = 3'(depth_q[hart_i[s]] + DepthBits'(1));
          end
          core_pkg::FlowReturn: begin
            taken_o[s]  = return_valid_q[{hart_i[s], depth_q[hart_i[s]]}];
            target_o[s] = return_q[{hart_i[s], depth_q[hart_i[s]]}];
            depth_o[s]  = 3'(depth_q[hart_i[s]] - DepthBits'(1));
          end
          core_pkg::FlowCallIndirect: depth_o[s] = 3'(depth_q[hart_i[s]] + DepthBits'(1));
          default: ;
        endcase
      end
    end
  end

  always_comb begin
    for (int unsigned s = 0; s < 2; s++) begin
      update_counter[s] = 2'd1;
      if (update_valid_i[s] && counter_valid_q[update_pc_i[s][IndexBits:1]])
        update_counter[s] = counter_q[update_pc_i[s][IndexBits:1]];
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      counter_valid_q <= '0;
      return_valid_q  <= '0;
      for (int unsigned h = 0; h < 4; h++) depth_q[h] <= '0;
    end else if ((valid_i | update_valid_i | redirect_valid_i) != 2'b00) begin
      for (int unsigned s = 0; s < 2; s++) begin
        if (valid_i[s] && flow_i[s] >= core_pkg::FlowCall) begin
          depth_q[hart_i[s]] <= DepthBits'(depth_o[s]);
          if (flow_i[s] != core_pkg::FlowReturn) begin
            return_q[{hart_i[s], DepthBits'(depth_o[s])}]       <= pc_i[s] + (compressed_i[s] ? 64'd2 : 64'd4);
            return_valid_q[{hart_i[s], DepthBits'(depth_o[s])}] <= 1'b1;
          end
        end
      end
      for (int unsigned s = 0; s < 2; s++) begin
        if (redirect_valid_i[s]) depth_q[redirect_hart_i[s]] <= DepthBits'(redirect_depth_i[s]);
        if (update_valid_i[s]) begin
          counter_valid_q[update_pc_i[s][IndexBits:1]] <= 1'b1;
          counter_q[update_pc_i[s][IndexBits:1]] <= update_agrees_i[s] ? update_counter[s] - 2'(update_counter[s] != 2'd0)
                                                                       : update_counter[s] + 2'(update_counter[s] != 2'd3);
        end
      end
    end
  end

endmodule
