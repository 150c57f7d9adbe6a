// The end of the execute pipe: one register write per cycle, the collection of mask bits, flags and completions.
//
// Function: remembers every issued pass that has a place at the write port until its result is there (latency_of cycles after issue),
// selects the result of its unit, and gives out the write, the registers that an instruction will not write again, and with its last
// pass the completion. Bits of masks are collected over the passes of an instruction and merged with the old register, which the pass
// that writes them read. Flags are accumulated over the passes.
// Latency: none after the units. Throughput: one write per cycle. Back-pressure: none; the sequencer sees the places that are taken.
// Registered: the passes and what is collected; outputs are functions of those and of the units' result registers.
`include "dojo_assert.svh"
module vector_writeback (
    input  logic                                     clk_i,
    input  logic                                     rst_ni,
    // a pass that is issued in this cycle
    input  logic                                     issue_i,
    input  vector_execute_pkg::beat_t                beat_i,
    input  logic                              [63:0] lanes_i,     // its active elements
    input  logic                                     old_load_i,  // vd_i is the old register of a mask
    input  logic                             [511:0] vd_i,
    output logic                               [7:0] slots_o,
    output logic                               [7:0] mask_slots_o,
    // results of the units
    input  logic                        [2:0][511:0] integer_i,   // by width
    input  logic                         [2:0][63:0] integer_bits_i,
    input  logic                               [2:0] integer_saturated_i,
    input  logic                        [2:0][511:0] multiply_i,
    input  logic                               [2:0] multiply_saturated_i,
    input  logic                        [2:0][511:0] divide_i,
    input  logic                             [511:0] mask_i,
    input  logic                              [63:0] mask_scalar_i,
    input  logic                             [511:0] permute_i,
    input  logic                               [2:0] permute_register_i,
    input  logic                              [63:0] permute_enable_i,
    input  logic                              [31:0] reduce_i,
    input  logic                             [511:0] fma_i,
    input  logic                               [4:0] fma_flags_i,
    input  logic                             [511:0] simple_i,
    input  logic                              [15:0] simple_bits_i,
    input  logic                               [4:0] simple_flags_i,
    input  logic                             [511:0] float_divide_i,
    input  logic                               [4:0] float_divide_flags_i,
    input  logic                              [31:0] float_reduce_i,
    input  logic                               [4:0] float_reduce_flags_i,
    input  logic                             [511:0] cfloat_i,
    input  logic                               [3:0] cfloat_flags_i,
    input  logic                             [511:0] accumulator_i,
    // the result of an iterative unit is used
    output logic                                     taken_o,
    output vector_execute_pkg::unit_e                taken_unit_o,
    output logic                               [1:0] taken_width_o,
    // to the register file, the hazards and the core
    output logic                                     write_valid_o,
    output vector_pkg::register_write_t              write_o,
    output logic                                     writes_done_valid_o,
    output vector_pkg::tag_t                         writes_done_tag_o,
    output logic                              [31:0] writes_done_o,
    output logic                                     done_valid_o,
    output vector_pkg::execute_done_t                done_o
);

  import vector_execute_pkg::UnitInteger, vector_execute_pkg::UnitMultiply, vector_execute_pkg::UnitDivide,
      vector_execute_pkg::UnitMask, vector_execute_pkg::UnitPermute, vector_execute_pkg::UnitReduce, vector_execute_pkg::UnitFma,
      vector_execute_pkg::UnitSimple, vector_execute_pkg::UnitFloatDivide, vector_execute_pkg::UnitFloatReduce,
      vector_execute_pkg::UnitAccumulator, vector_execute_pkg::OpCompress, vector_execute_pkg::DestMask,
      vector_execute_pkg::DestElement, vector_execute_pkg::DestScalar, vector_execute_pkg::beat_t, vector_execute_pkg::bytes_of,
      vector_execute_pkg::latency_of;

  localparam int unsigned Places = 8;

  typedef struct packed {
    logic [4:0] fflags;
    logic [3:0] xcfflags;
    logic       vxsat;
  } flags_t;

  logic   [  7:0] slots_q, mask_slots_q;  // bit n: a pass ends in n cycles
  logic   [  2:0] time_q;
  // What is not needed at the end of a pass is not read.
  /* verilator lint_off UNUSEDSIGNAL */
  beat_t          beat_q[Places], beat;
  /* verilator lint_on UNUSEDSIGNAL */
  logic   [ 63:0] lanes_q[Places];
  logic   [511:0] old_q[4];               // masks before they are written
  logic   [  1:0] old_next_q, old_first_q;
  flags_t         flags_q[vector_pkg::Entries];
  logic   [511:0] bits_q, bits_written_q;  // of a mask, so far

  // ---- Implementation: the result of the pass that ends in this cycle.

  logic           ends, mask_unit;
  logic   [ 63:0] lanes, bits;
  logic   [511:0] data, collected, collected_written;
  flags_t         flags;

  // Elements at the lower end of 32-bit lanes, moved together, in every half or quarter of the register.
  function automatic logic [511:0] narrowed(input logic [511:0] x, input logic [1:0] shift);
    logic [255:0] half;
    logic [127:0] quarter;
    if (shift == 2'd1) begin
      for (int unsigned n = 0; n < 8; n++) half[32*n+:32] = {x[64*n+32+:16], x[64*n+:16]};
      return {half, half};
    end
    if (shift == 2'd2) begin
      for (int unsigned n = 0; n < 4; n++) begin
        quarter[32*n+:32] = {x[128*n+96+:8], x[128*n+64+:8], x[128*n+32+:8], x[128*n+:8]};
      end
      return {4{quarter}};
    end
    return x;
  endfunction

  always_comb begin
    ends                = slots_q[0];
    beat                = '0;
    lanes               = 64'd0;
    bits                = 64'd0;
    data                = 512'd0;
    flags               = '0;
    collected           = 512'd0;
    collected_written   = 512'd0;
    mask_unit           = 1'b0;
    taken_o             = 1'b0;
    taken_unit_o        = UnitInteger;
    taken_width_o       = 2'd0;
    write_valid_o       = 1'b0;
    write_o             = '0;
    writes_done_valid_o = 1'b0;
    writes_done_tag_o   = '0;
    writes_done_o       = 32'd0;
    done_valid_o        = 1'b0;
    done_o              = '0;
    if (ends) begin
      beat          = beat_q[time_q];
      lanes         = lanes_q[time_q];
      taken_o       = beat.collect;
      taken_unit_o  = beat.unit;
      taken_width_o = beat.width;
      case (beat.unit)
        UnitInteger: begin
          data        = integer_i[beat.width];
          bits        = integer_bits_i[beat.width];
          flags.vxsat = integer_saturated_i[beat.width];
        end
        UnitMultiply: begin
          data        = multiply_i[beat.width];
          flags.vxsat = multiply_saturated_i[beat.width];
        end
        UnitDivide: data = divide_i[beat.width];
        UnitMask: begin
          data      = mask_i;
          mask_unit = beat.destination == DestMask;
        end
        UnitPermute: data = permute_i;
        UnitReduce: data = {480'd0, reduce_i};
        UnitFma: begin
          data         = fma_i;
          flags.fflags = fma_flags_i;
        end
        UnitSimple: begin
          data         = narrowed(simple_i, beat.vd_shift);
          bits         = {48'd0, simple_bits_i};
          flags.fflags = simple_flags_i;
        end
        UnitFloatDivide: begin
          data         = float_divide_i;
          flags.fflags = float_divide_flags_i;
        end
        UnitFloatReduce: begin
          data         = {480'd0, float_reduce_i};
          flags.fflags = float_reduce_flags_i;
        end
        UnitAccumulator: data = accumulator_i;
        default: begin
          data           = narrowed(cfloat_i, beat.vd_shift);
          flags.xcfflags = cfloat_flags_i;
        end
      endcase
      if (beat.idle) flags = '0;
      if (!beat.first_store) flags = flags | flags_q[beat.tag];

      if (beat.destination == DestMask && !mask_unit) begin
        collected         = (beat.first_store ? 512'd0 : bits_q) | (512'(bits) << beat.base);
        collected_written = (beat.first_store ? 512'd0 : bits_written_q) | (512'(lanes) << beat.base);
      end
      if (beat.write) begin
        write_valid_o           = 1'b1;
        write_o.hart            = beat.hart;
        write_o.tag             = beat.tag;
        write_o.register_number = beat.vd;
        case (beat.destination)
          DestMask: begin
            write_o.byte_enable = '1;
            write_o.data        = data;
            if (!mask_unit) write_o.data = (collected & collected_written) | (old_q[old_first_q] & ~collected_written);
          end
          DestElement: begin
            write_o.byte_enable = 64'hf >> (3'd4 - (3'd1 << beat.vd_width));
            write_o.data        = data;
          end
          default: begin
            write_o.byte_enable = bytes_of(lanes, beat.width, beat.vd_shift, beat.vd_part);
            write_o.data        = data;
            if (beat.unit == UnitPermute && beat.op == 6'(OpCompress)) begin
              write_o.byte_enable     = permute_enable_i;
              write_o.register_number = beat.vd + {2'd0, permute_register_i};
              write_valid_o           = permute_enable_i != 64'd0;
            end
          end
        endcase
        writes_done_valid_o = beat.release_vd;
        writes_done_tag_o   = beat.tag;
        writes_done_o       = 32'd1 << beat.vd;
      end

      if (beat.last) begin
        done_valid_o        = 1'b1;
        done_o.tag          = beat.tag;
        done_o.result_valid = beat.destination == DestScalar;
        done_o.result_float = beat.to_float;
        done_o.result       = beat.destination == DestScalar ? mask_scalar_i : 64'd0;
        done_o.fflags       = flags.fflags;
        done_o.xcfflags     = flags.xcfflags;
        done_o.vxsat        = flags.vxsat;
      end
    end
  end

  // ---- Implementation: places and what is collected.

  logic [2:0] latency;
  logic       store_mask;
  assign latency      = latency_of(beat_i.unit, beat_i.collect);
  assign store_mask   = beat_i.destination == DestMask;
  assign slots_o      = slots_q;
  assign mask_slots_o = mask_slots_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      slots_q      <= 8'd0;
      mask_slots_q <= 8'd0;
      time_q       <= 3'd0;
      old_next_q   <= 2'd0;
      old_first_q  <= 2'd0;
    end else if (issue_i || slots_q != 8'd0) begin
      time_q       <= time_q + 3'd1;
      slots_q      <= (slots_q >> 1) | ((issue_i && beat_i.store) ? 8'd1 << (latency - 3'd1) : 8'd0);
      mask_slots_q <= (mask_slots_q >> 1) | ((issue_i && beat_i.store && store_mask) ? 8'd1 << (latency - 3'd1) : 8'd0);
      if (issue_i && beat_i.store) begin
        beat_q[time_q+latency]  <= beat_i;
        lanes_q[time_q+latency] <= lanes_i;
      end
      if (issue_i && old_load_i) begin
        old_q[old_next_q] <= vd_i;
        old_next_q        <= old_next_q + 2'd1;
      end
      if (ends) begin
        flags_q[beat.tag] <= flags;
        if (beat.destination == DestMask && !mask_unit) begin
          bits_q         <= collected;
          bits_written_q <= collected_written;
          if (beat.write) old_first_q <= old_first_q + 2'd1;
        end
      end
    end
  end

  // ---- Implementation checks.

  `DOJO_ASSERT(PlaceIsFree, !issue_i || !beat_i.store || !slots_q[latency])
  `DOJO_ASSERT_NEVER(MasksPassEachOther, issue_i && beat_i.store && store_mask && (mask_slots_q >> latency) != 8'd0)
  `DOJO_COVER(FiveInFlight, slots_q[4:0] == 5'h1f)
  `DOJO_COVER(MaskOfSeveralRegisters, write_valid_o && beat.destination == DestMask && !beat.first_store)

endmodule
