// Checks element-wise descriptors.
//
// Function: a descriptor is checked whole (docs/descriptors.md); a good one is handed on as a job, a bad one is reported and dropped.
// Latency: the job appears four cycles after its descriptor was offered. Throughput: one descriptor every five cycles.
// Back-pressure: the job waits for job_ready_i. Registered: all outputs but descriptor_ready_o and idle_o.
`include "dojo_assert.svh"
module elementwise_check (
    input  logic                               clk_i,
    input  logic                               rst_ni,
    // from the command queue
    input  logic                               descriptor_valid_i,
    input  logic                               descriptor_bad_i,
    input  logic [511:0]                       descriptor_i,
    input  logic [31:0]                        descriptor_address_i,
    output logic                               descriptor_ready_o,
    // to all parts; taken in its cycle
    output logic                               job_valid_o,
    output dojo_pkg::elementwise_descriptor_t  job_o,
    input  logic                               job_ready_i,
    // refused descriptors
    output logic                               fault_valid_o,
    output logic [7:0]                         fault_cause_o,
    output logic [31:0]                        fault_address_o,
    output logic                               idle_o
);

  typedef enum logic [1:0] {
    StateCheckX,  // also waits for a descriptor
    StateCheckY,
    StateCheckD,
    StateAnswer
  } state_e;

  // Reserved fields of a descriptor are ignored.
  /* verilator lint_off UNUSEDSIGNAL */
  dojo_pkg::elementwise_descriptor_t descriptor;
  /* verilator lint_on UNUSEDSIGNAL */
  assign descriptor = descriptor_i;

  state_e                state_q;
  logic                  outside_q;  // a stream checked so far leaves the SRAM
  logic                  active;
  logic                  refused;
  dojo_pkg::unit_fault_e cause_q;    // of the descriptor in StateAnswer

  assign active = descriptor_valid_i || job_valid_o || fault_valid_o;
  assign idle_o = !active;

  function automatic dojo_pkg::unit_fault_e check(input logic outside);
    logic [31:0] bases_and_strides;
    bases_and_strides = descriptor.x_base | descriptor.x_inner_stride | descriptor.x_outer_stride |
                        descriptor.d_base | descriptor.d_inner_stride | descriptor.d_outer_stride;
    if (!descriptor.y_absent)
      bases_and_strides = bases_and_strides | descriptor.y_base | descriptor.y_inner_stride | descriptor.y_outer_stride;
    if (descriptor.op != dojo_pkg::DescriptorOpElementwiseFma && descriptor.op != dojo_pkg::DescriptorOpElementwiseRelu &&
        descriptor.op != dojo_pkg::DescriptorOpElementwiseGate)
      return dojo_pkg::UnitFaultOpcode;
    else if ((bases_and_strides & 32'h3f) != 32'd0) return dojo_pkg::UnitFaultAlignment;
    else if (descriptor.inner_count == 16'd0 || descriptor.outer_count == 16'd0 ||
             (descriptor.d_bf16 && descriptor.inner_count[0]))
      return dojo_pkg::UnitFaultCount;
    else if (outside) return dojo_pkg::UnitFaultRange;
    else return dojo_pkg::UnitFaultNone;
  endfunction

  // The range of one stream per cycle.
  function automatic logic stream_is_inside(input state_e state);
    if (state == StateCheckX)
      return stream_check_pkg::stream_inside(descriptor.x_base[31:6], descriptor.inner_count, descriptor.x_inner_stride[31:6],
                                             descriptor.outer_count, descriptor.x_outer_stride[31:6], 3'd1);
    else if (state == StateCheckY)
      return descriptor.y_absent ||
             stream_check_pkg::stream_inside(descriptor.y_base[31:6], descriptor.inner_count, descriptor.y_inner_stride[31:6],
                                             descriptor.outer_count, descriptor.y_outer_stride[31:6], 3'd1);
    else
      return stream_check_pkg::stream_inside(descriptor.d_base[31:6],
                                             descriptor.d_bf16 ? {1'b0, descriptor.inner_count[15:1]} : descriptor.inner_count,
                                             descriptor.d_inner_stride[31:6], descriptor.outer_count,
                                             descriptor.d_outer_stride[31:6], 3'd1);
  endfunction

  assign refused            = descriptor_bad_i || (state_q == StateAnswer && cause_q != dojo_pkg::UnitFaultNone);
  assign descriptor_ready_o = descriptor_valid_i && (refused || (state_q == StateAnswer && job_ready_i));

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q       <= StateCheckX;
      job_valid_o   <= 1'b0;
      fault_valid_o <= 1'b0;
    end else if (active) begin
      job_valid_o   <= 1'b0;
      fault_valid_o <= 1'b0;
      if (descriptor_valid_i) begin
        if (refused) begin
          fault_valid_o   <= 1'b1;
          fault_cause_o   <= descriptor_bad_i ? dojo_pkg::UnitFaultDescriptorAddress : cause_q;
          fault_address_o <= descriptor_address_i;
          state_q         <= StateCheckX;
        end else if (state_q != StateAnswer) begin
          logic outside;
          outside   = (state_q != StateCheckX && outside_q) || !stream_is_inside(state_q);
          outside_q <= outside;
          cause_q   <= check(outside);
          state_q   <= state_q == StateCheckX ? StateCheckY : state_q == StateCheckY ? StateCheckD : StateAnswer;
        end else if (job_ready_i) begin
          job_valid_o <= 1'b1;
          job_o       <= descriptor;
          state_q     <= StateCheckX;
        end
      end
    end
  end

  // Implementation checks.
  `DOJO_ASSERT(CheckHasDescriptor, state_q == StateCheckX || descriptor_valid_i)
  `DOJO_COVER(Fault, fault_valid_o)

endmodule
