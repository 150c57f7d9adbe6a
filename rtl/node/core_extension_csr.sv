// CSRs of floating point and vectors of the four harts, and whether each hart has them on (mstatus.FS and VS).
//
// Function: combinational reads for the instruction in slot 0; at the clock edge its write, what vset* sets, what an instruction of either
// extension does to its state (Dirty, vstart, xseed), and flags of operations that complete, which accumulate. A write of fields
// of mstatus comes from core_csr. An instruction's own write wins over flags that come in the same cycle; the issue stage sees to
// it that none of the hart's operations is under way then.
// Latency: reads none, effects one cycle. Throughput: one instruction, one floating-point and one vector completion per cycle.
// No back-pressure. Registered: all state.
`include "dojo_assert.svh"

module core_extension_csr (
    input  logic        clk_i,
    input  logic        rst_ni,
    // instruction in slot 0
    input  logic [1:0]  hart_i,
    input  logic        read_valid_i,
    input  logic [11:0] address_i,
    output logic        found_o,       // the CSR is one of these, and its extension is on
    output logic [63:0] read_data_o,
    input  logic        write_valid_i,
    input  logic [63:0] write_data_i,
    // mstatus
    input  logic        status_write_i,
    output logic [1:0]  float_status_o,   // FS of hart_i
    output logic [1:0]  vector_status_o,  // VS of hart_i
    output logic [3:0]  float_dirty_o,    // FS is Dirty, by hart
    // what the instruction finds
    output logic [2:0]  frm_o,
    output logic [1:0]  vxrm_o,
    output logic [9:0]  vl_o,
    output logic [7:0]  vtype_o,
    output logic        vill_o,
    output logic [8:0]  vstart_o,
    output logic [63:0] seed_o,
    // what the instruction does
    input  logic        float_i,          // changes floating-point state
    input  logic        vector_i,         // changes vector state
    input  logic        vset_i,
    input  logic [9:0]  vset_vl_i,
    input  logic [7:0]  vset_vtype_i,
    input  logic        vset_vill_i,
    input  logic        dispatch_i,       // vstart becomes 0
    input  logic        stochastic_i,     // ... and xseed takes a step
    input  logic        complete_i,       // a synchronous vector instruction: vl, or a trap: vstart
    input  logic        complete_vl_i,
    input  logic [9:0]  complete_vl_value_i,
    input  logic        complete_trap_i,
    input  logic [8:0]  complete_vstart_i,
    // flags of operations that complete
    input  logic        float_done_i,
    input  logic [1:0]  float_hart_i,
    input  logic [4:0]  float_flags_i,
    input  logic        vector_done_i,
    input  logic [1:0]  vector_hart_i,
    input  logic [4:0]  vector_flags_i,
    input  logic        vector_vxsat_i,
    input  logic [3:0]  vector_xcfflags_i
);

  localparam logic [1:0] Dirty = 2'd3;

  logic [1:0]  float_status_q[4], vector_status_q[4], vxrm_q[4];
  logic [4:0]  fflags_q[4];
  logic [2:0]  frm_q[4];
  logic [3:0]  vxsat_q, vill_q;
  logic [3:0]  xcfflags_q[4];
  logic [9:0]  vl_q[4];
  logic [7:0]  vtype_q[4];
  logic [8:0]  vstart_q[4];
  logic [63:0] seed_q[4];

  logic is_float, is_vector;

  assign float_status_o  = float_status_q[hart_i];
  assign vector_status_o = vector_status_q[hart_i];
  assign frm_o           = frm_q[hart_i];
  assign vxrm_o          = vxrm_q[hart_i];
  assign vl_o            = vl_q[hart_i];
  assign vtype_o         = vtype_q[hart_i];
  assign vill_o          = vill_q[hart_i];
  assign vstart_o        = vstart_q[hart_i];
  assign seed_o          = seed_q[hart_i];

  always_comb begin
    is_float    = 1'b0;
    is_vector   = 1'b0;
    read_data_o = 64'd0;
    if (read_valid_i) begin
      is_vector = 1'b1;
      case (address_i)
        dojo_pkg::CsrFflags: begin
          is_float    = 1'b1;
          read_data_o = {59'd0, fflags_q[hart_i]};
        end
        dojo_pkg::CsrFrm: begin
          is_float    = 1'b1;
          read_data_o = {61'd0, frm_q[hart_i]};
        end
        dojo_pkg::CsrFcsr: begin
          is_float    = 1'b1;
          read_data_o = {56'd0, frm_q[hart_i], fflags_q[hart_i]};
        end
        dojo_pkg::CsrVstart:   read_data_o = {55'd0, vstart_q[hart_i]};
        dojo_pkg::CsrVxsat:    read_data_o = {63'd0, vxsat_q[hart_i]};
        dojo_pkg::CsrVxrm:     read_data_o = {62'd0, vxrm_q[hart_i]};
        dojo_pkg::CsrVcsr:     read_data_o = {61'd0, vxrm_q[hart_i], vxsat_q[hart_i]};
        dojo_pkg::CsrVl:       read_data_o = {54'd0, vl_q[hart_i]};
        dojo_pkg::CsrVtype:    read_data_o = vill_q[hart_i] ? {1'b1, 63'd0} : {56'd0, vtype_q[hart_i]};
        dojo_pkg::CsrVlenb:    read_data_o = 64'(vector_pkg::RegisterBytes);
        dojo_pkg::CsrXcfflags: read_data_o = {60'd0, xcfflags_q[hart_i]};
        dojo_pkg::CsrXseed:    read_data_o = seed_q[hart_i];
        default:               is_vector = 1'b0;
      endcase
      if (is_float) is_vector = 1'b0;
    end
    found_o = (is_float && float_status_o != 2'd0) || (is_vector && vector_status_o != 2'd0);
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      float_dirty_o <= '0;
      vxsat_q       <= '0;
      vill_q        <= '1;
      for (int unsigned h = 0; h < 4; h++) begin
        float_status_q[h]  <= '0;
        vector_status_q[h] <= '0;
        fflags_q[h]        <= '0;
        frm_q[h]           <= '0;
        vxrm_q[h]          <= '0;
        xcfflags_q[h]      <= '0;
        vl_q[h]            <= '0;
        vtype_q[h]         <= '0;
        vstart_q[h]        <= '0;
        seed_q[h]          <= '0;
      end
    end else begin
      if (float_done_i) fflags_q[float_hart_i] <= fflags_q[float_hart_i] | float_flags_i |
          ((vector_done_i && vector_hart_i == float_hart_i) ? vector_flags_i : 5'd0);
      if (vector_done_i) begin
        if (!(float_done_i && float_hart_i == vector_hart_i))
          fflags_q[vector_hart_i] <= fflags_q[vector_hart_i] | vector_flags_i;
        vxsat_q[vector_hart_i]    <= vxsat_q[vector_hart_i] || vector_vxsat_i;
        xcfflags_q[vector_hart_i] <= xcfflags_q[vector_hart_i] | vector_xcfflags_i;
      end
      if (float_i) begin
        float_status_q[hart_i] <= Dirty;
        float_dirty_o[hart_i]  <= 1'b1;
      end
      if (vector_i) vector_status_q[hart_i] <= Dirty;
      if (vset_i) begin
        vl_q[hart_i]    <= vset_vl_i;
        vtype_q[hart_i] <= vset_vtype_i;
        vill_q[hart_i]  <= vset_vill_i;
      end
      if (vset_i || dispatch_i) vstart_q[hart_i] <= '0;
      if (dispatch_i && stochastic_i) seed_q[hart_i] <= seed_q[hart_i] + cfloat_pkg::SeedStep;
      if (complete_i && complete_vl_i) vl_q[hart_i] <= complete_vl_value_i;
      if (complete_i && complete_trap_i) vstart_q[hart_i] <= complete_vstart_i;
      if (status_write_i) begin
        float_status_q[hart_i]  <= write_data_i[14:13];
        float_dirty_o[hart_i]   <= write_data_i[14:13] == Dirty;
        vector_status_q[hart_i] <= write_data_i[10:9];
      end
      if (write_valid_i) begin
        case (address_i)
          dojo_pkg::CsrFflags:   fflags_q[hart_i] <= write_data_i[4:0];
          dojo_pkg::CsrFrm:      frm_q[hart_i] <= write_data_i[2:0];
          dojo_pkg::CsrFcsr: begin
            fflags_q[hart_i] <= write_data_i[4:0];
            frm_q[hart_i]    <= write_data_i[7:5];
          end
          dojo_pkg::CsrVstart:   vstart_q[hart_i] <= write_data_i[8:0];
          dojo_pkg::CsrVxsat:    vxsat_q[hart_i] <= write_data_i[0];
          dojo_pkg::CsrVxrm:     vxrm_q[hart_i] <= write_data_i[1:0];
          dojo_pkg::CsrVcsr: begin
            vxsat_q[hart_i] <= write_data_i[0];
            vxrm_q[hart_i]  <= write_data_i[2:1];
          end
          dojo_pkg::CsrXcfflags: xcfflags_q[hart_i] <= write_data_i[3:0];
          dojo_pkg::CsrXseed:    seed_q[hart_i] <= write_data_i;
          default: ;
        endcase
        if (is_float) begin
          float_status_q[hart_i] <= Dirty;
          float_dirty_o[hart_i]  <= 1'b1;
        end
        if (is_vector) vector_status_q[hart_i] <= Dirty;
      end
    end
  end

  // Integration checks.
  `DOJO_COVER(FlagsOfBothUnits, float_done_i && vector_done_i && float_hart_i == vector_hart_i)

endmodule
