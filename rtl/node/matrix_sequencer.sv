// Checks matrix descriptors and cuts C into macro-tiles.
//
// Function: a descriptor is checked whole (docs/descriptors.md). A good one is walked in macro-tiles of up to 2x2 tiles of C, rows of
// macro-tiles first; each goes to the operand streams, the step issue and the drain at once. A bad one is reported and dropped. For
// a convolution the walk also yields the coordinates in the image at which the rows of A begin.
// Latency: the first macro-tile appears four cycles after its descriptor was offered. Throughput: one macro-tile per cycle.
// Back-pressure: macro-tiles wait for tile_ready_i; the next descriptor is taken when the last macro-tile has gone.
// Registered: all outputs but descriptor_ready_o and idle_o, which depend on registers only.
`include "dojo_assert.svh"
module matrix_sequencer (
    input  logic                     clk_i,
    input  logic                     rst_ni,
    // from the command queue
    input  logic                     descriptor_valid_i,
    input  logic                     descriptor_bad_i,
    input  logic [511:0]             descriptor_i,
    input  logic [31:0]              descriptor_address_i,
    output logic                     descriptor_ready_o,
    // to all parts; the image with tile_o.image only
    output logic                     tile_valid_o,
    output matrix_pkg::macro_tile_t  tile_o,
    output matrix_pkg::image_t       image_o,
    input  logic                     tile_ready_i,
    // refused descriptors
    output logic                     fault_valid_o,
    output logic [7:0]               fault_cause_o,
    output logic [31:0]              fault_address_o,
    output logic                     idle_o
);

  typedef enum logic [2:0] {
    StateCheckA,  // also waits for a descriptor
    StateCheckB,
    StateCheckC,
    StateAnswer,
    StateWalk
  } state_e;

  // Reserved fields of a descriptor are ignored.
  /* verilator lint_off UNUSEDSIGNAL */
  dojo_pkg::matrix_descriptor_t descriptor;
  /* verilator lint_on UNUSEDSIGNAL */
  assign descriptor = descriptor_i;

  state_e      state_q;
  logic        outside_q;                 // a stream checked so far leaves the SRAM
  logic [15:0] m_left_q, n_left_q;        // tiles, this macro-tile included
  logic [14:0] a_line_q, b_line_q, c_line_q;  // of this macro-tile
  logic [14:0] c_row_line_q;              // of the first macro-tile of this row
  logic        convolution_q;
  logic        active;

  // Of a convolution: the first and the second tile of this row of macro-tiles, and the loop over the rows of A.
  matrix_pkg::image_place_t    first_q;
  matrix_pkg::image_position_t second_q;
  matrix_pkg::image_loop_t     m_loop_q;

  assign active = descriptor_valid_i || tile_valid_o || fault_valid_o;
  assign idle_o = !active;

  dojo_pkg::unit_fault_e cause_q;  // of the descriptor in StateAnswer
  logic last_column, last_row, go, refused;

  function automatic dojo_pkg::unit_fault_e check(input logic outside);
    logic [31:0] bases_and_strides;
    logic        convolution, counts, contradiction;
    convolution       = descriptor.op == dojo_pkg::DescriptorOpMatrixConvolution;
    bases_and_strides = descriptor.a_base | descriptor.a_m_stride | descriptor.a_k_stride |
                        descriptor.b_base | descriptor.b_k_stride | descriptor.b_n_stride |
                        descriptor.c_base | descriptor.c_m_stride | descriptor.c_n_stride |
                        (convolution ? descriptor.a_row_stride : 32'd0);
    counts = descriptor.m_tiles == 16'd0 || descriptor.n_tiles == 16'd0 ||
             (descriptor.k_tiles == 16'd0 && !(descriptor.accumulator_named && descriptor.accumulator_continue)) ||
             (descriptor.accumulator_named && (descriptor.m_tiles > 16'd2 || descriptor.n_tiles > 16'd2)) ||
             (convolution && (descriptor.channel_tiles == 16'd0 || descriptor.row_tiles == 16'd0 ||
                              descriptor.image_width == 16'd0 || descriptor.image_height == 16'd0 ||
                              descriptor.kernel_width == 4'd0 || descriptor.stride_x == 4'd0 || descriptor.stride_y == 4'd0 ||
                              descriptor.dilation_x == 4'd0 || descriptor.dilation_y == 4'd0));
    contradiction = descriptor.a_format == 2'd3 || descriptor.b_format == 2'd3 ||
                    (!descriptor.accumulator_named && (descriptor.accumulator_continue || descriptor.c_absent));
    if (descriptor.op != dojo_pkg::DescriptorOpMatrixGemm && !convolution) return dojo_pkg::UnitFaultOpcode;
    else if ((bases_and_strides & 32'h3f) != 32'd0) return dojo_pkg::UnitFaultAlignment;
    else if (counts) return dojo_pkg::UnitFaultCount;
    else if (outside) return dojo_pkg::UnitFaultRange;
    else if (contradiction) return dojo_pkg::UnitFaultFormat;
    else return dojo_pkg::UnitFaultNone;
  endfunction

  // The range of one stream per cycle.
  function automatic logic stream_is_inside(input state_e state);
    logic       no_sum;
    logic [2:0] a_lines, b_lines;
    no_sum  = descriptor.k_tiles == 16'd0;
    a_lines = descriptor.a_format == dojo_pkg::MatrixFormatBf16 ? 3'd2 : 3'd1;
    b_lines = descriptor.b_format == dojo_pkg::MatrixFormatBf16 ? 3'd2 : 3'd1;
    if (state == StateCheckA && descriptor.op == dojo_pkg::DescriptorOpMatrixConvolution)
      return no_sum ||
             stream_check_pkg::image_inside(descriptor.a_base[31:6],
                                            16'((17'(descriptor.image_width) + 17'd7) >> 3), descriptor.a_m_stride[31:6],
                                            descriptor.channel_tiles, descriptor.a_k_stride[31:6],
                                            descriptor.image_height, descriptor.a_row_stride[31:6], a_lines);
    else if (state == StateCheckA)
      return no_sum ||
             stream_check_pkg::stream_inside(descriptor.a_base[31:6], descriptor.m_tiles, descriptor.a_m_stride[31:6],
                                             descriptor.k_tiles, descriptor.a_k_stride[31:6], a_lines);
    else if (state == StateCheckB)
      return no_sum ||
             stream_check_pkg::stream_inside(descriptor.b_base[31:6], descriptor.k_tiles, descriptor.b_k_stride[31:6],
                                             descriptor.n_tiles, descriptor.b_n_stride[31:6], b_lines);
    else
      return descriptor.c_absent ||
             stream_check_pkg::stream_inside(descriptor.c_base[31:6], descriptor.m_tiles, descriptor.c_m_stride[31:6],
                                             descriptor.n_tiles, descriptor.c_n_stride[31:6],
                                             descriptor.c_bf16 ? 3'd2 : 3'd4);
  endfunction

  // Loop over the pixels of the output, as coordinates in the image.
  function automatic matrix_pkg::image_loop_t pixel_loop();
    return '{inner_count: 16'd1, middle_count: descriptor.row_tiles, line_step: 15'd0, x_step: {descriptor.stride_x, 3'd0},
             y_step: descriptor.stride_y};
  endfunction

  // Loop over what lies under the kernel.
  function automatic matrix_pkg::image_loop_t kernel_loop();
    return '{inner_count: descriptor.channel_tiles, middle_count: 16'(descriptor.kernel_width),
             line_step: descriptor.a_k_stride[20:6], x_step: 7'(descriptor.dilation_x), y_step: descriptor.dilation_y};
  endfunction

  // The first pixel of the padded image.
  function automatic matrix_pkg::image_place_t origin();
    return '{line: descriptor.a_base[20:6], x: 24'd0 - 24'(descriptor.padding_x), y: 24'd0 - 24'(descriptor.padding_y)};
  endfunction

  assign last_column = n_left_q <= 16'd2;
  assign last_row    = m_left_q <= 16'd2;
  assign go          = state_q == StateWalk && tile_ready_i;
  assign refused     = descriptor_bad_i || (state_q == StateAnswer && cause_q != dojo_pkg::UnitFaultNone);
  assign descriptor_ready_o = descriptor_valid_i && (refused || (go && last_column && last_row));

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q       <= StateCheckA;
      tile_valid_o  <= 1'b0;
      fault_valid_o <= 1'b0;
    end else if (active) begin
      tile_valid_o  <= 1'b0;
      fault_valid_o <= 1'b0;
      if (descriptor_valid_i) begin
        if (refused) begin
          fault_valid_o   <= 1'b1;
          fault_cause_o   <= descriptor_bad_i ? dojo_pkg::UnitFaultDescriptorAddress : cause_q;
          fault_address_o <= descriptor_address_i;
          state_q         <= StateCheckA;
        end else if (state_q == StateCheckA || state_q == StateCheckB || state_q == StateCheckC) begin
          logic outside;
          outside   = (state_q != StateCheckA && outside_q) || !stream_is_inside(state_q);
          outside_q <= outside;
          cause_q   <= check(outside);
          state_q   <= state_q == StateCheckA ? StateCheckB : state_q == StateCheckB ? StateCheckC : StateAnswer;
        end else if (state_q == StateAnswer) begin
          m_left_q      <= descriptor.m_tiles;
          n_left_q      <= descriptor.n_tiles;
          a_line_q      <= descriptor.a_base[20:6];
          b_line_q      <= descriptor.b_base[20:6];
          c_line_q      <= descriptor.c_base[20:6];
          c_row_line_q  <= descriptor.c_base[20:6];
          convolution_q <= descriptor.op == dojo_pkg::DescriptorOpMatrixConvolution;
          if (descriptor.op == dojo_pkg::DescriptorOpMatrixConvolution) begin
            matrix_pkg::image_loop_t m_loop;
            m_loop   = descriptor.a_transposed ? kernel_loop() : pixel_loop();
            m_loop_q <= m_loop;
            first_q  <= '0;
            second_q <= matrix_pkg::image_next('0, m_loop);
          end
          state_q <= StateWalk;
        end else if (go) begin
          tile_valid_o <= 1'b1;
          tile_o       <= '{
              a_line: a_line_q,
              a_m_stride: descriptor.a_m_stride[20:6],
              a_k_stride: descriptor.a_k_stride[20:6],
              b_line: b_line_q,
              b_n_stride: descriptor.b_n_stride[20:6],
              b_k_stride: descriptor.b_k_stride[20:6],
              c_line: c_line_q,
              c_m_stride: descriptor.c_m_stride[20:6],
              c_n_stride: descriptor.c_n_stride[20:6],
              k_tiles: descriptor.k_tiles,
              a_format: '{format: descriptor.a_format, bias: descriptor.a_bias},
              b_format: '{format: descriptor.b_format, bias: descriptor.b_bias},
              image: convolution_q,
              two_rows: m_left_q != 16'd1,
              two_columns: n_left_q != 16'd1,
              a_transposed: descriptor.a_transposed,
              b_transposed: descriptor.b_transposed,
              named: descriptor.accumulator_named,
              name: descriptor.accumulator,
              continues: descriptor.accumulator_continue,
              c_absent: descriptor.c_absent,
              c_bf16: descriptor.c_bf16,
              last: last_column && last_row,
              sem_en: descriptor.sem_en,
              sem: descriptor.sem
          };
          if (convolution_q) begin
            image_o <= '{
                first: matrix_pkg::image_add(origin(), first_q),
                second: matrix_pkg::image_add(origin(), second_q.place),
                k_loop: descriptor.a_transposed ? pixel_loop() : kernel_loop(),
                row_stride: descriptor.a_row_stride[20:6],
                tile_stride: descriptor.a_m_stride[20:6],
                width: descriptor.image_width,
                height: descriptor.image_height,
                pixel_step: descriptor.stride_x
            };
          end
          if (!last_column) begin
            n_left_q <= n_left_q - 16'd2;
            b_line_q <= b_line_q + {descriptor.b_n_stride[19:6], 1'b0};
            c_line_q <= c_line_q + {descriptor.c_n_stride[19:6], 1'b0};
          end else begin
            m_left_q     <= m_left_q - 16'd2;
            n_left_q     <= descriptor.n_tiles;
            b_line_q     <= descriptor.b_base[20:6];
            c_line_q     <= c_row_line_q + {descriptor.c_m_stride[19:6], 1'b0};
            c_row_line_q <= c_row_line_q + {descriptor.c_m_stride[19:6], 1'b0};
            if (convolution_q) begin
              matrix_pkg::image_position_t next;
              next     = matrix_pkg::image_next(second_q, m_loop_q);
              first_q  <= next.place;
              second_q <= matrix_pkg::image_next(next, m_loop_q);
            end else begin
              a_line_q <= a_line_q + {descriptor.a_m_stride[19:6], 1'b0};
            end
            if (last_row) state_q <= StateCheckA;
          end
        end
      end
    end
  end

  // Implementation checks.
  `DOJO_ASSERT(WalkHasDescriptor, state_q == StateCheckA || descriptor_valid_i)
  `DOJO_COVER(Fault, fault_valid_o)
  `DOJO_COVER(WaitsForParts, state_q == StateWalk && !tile_ready_i)
  `DOJO_COVER(Convolution, tile_valid_o && tile_o.image)

endmodule
