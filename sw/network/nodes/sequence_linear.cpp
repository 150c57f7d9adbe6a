// A linear layer over the rows of a sequence.

#include <algorithm>

#include "network/nodes/sequence_plan.hpp"

namespace dojo::network {
namespace {

constexpr std::size_t block_columns = 8;  // of tiles: the bias of some columns is added beside the product of others

/// Base address, and strides from a row of tiles and from a column of tiles to the next.
struct Grid {
  std::uint32_t base;
  std::size_t row;
  std::size_t column;
};

Grid by_rows(std::uint32_t base, std::size_t columns, Form form) {
  return {.base = base, .row = columns * tile_bytes(form), .column = tile_bytes(form)};
}

/// C = A B: m x n x k tiles.
hw::MatrixDescriptor product_of(std::size_t m, std::size_t n, std::size_t k, const Grid& a, const Grid& b,
                                const Grid& c) {
  constexpr std::uint32_t limit = 0xffffU;
  hw::MatrixDescriptor d{};
  d.op = DOJO_DESCRIPTOR_OP_MATRIX_GEMM;
  d.sem_en = 1;
  d.sem = NETWORK_SEMAPHORE_MATRIX;
  d.m_tiles = word(m) & limit;
  d.n_tiles = word(n) & limit;
  d.k_tiles = word(k) & limit;
  d.a_base = a.base;
  d.a_m_stride = word(a.row);
  d.a_k_stride = word(a.column);
  d.b_base = b.base;
  d.b_k_stride = word(b.row);
  d.b_n_stride = word(b.column);
  d.c_base = c.base;
  d.c_m_stride = word(c.row);
  d.c_n_stride = word(c.column);
  return d;
}

Grid transposed(const Grid& grid) {
  return {.base = grid.base, .row = grid.column, .column = grid.row};
}

class LinearStage : public SequenceStage {
 public:
  using SequenceStage::SequenceStage;

  [[nodiscard]] Form gradient_form() const override { return Form::bf16; }
  [[nodiscard]] bool cheap() const override { return !is(Split::inputs); }

  Matrix forward(SequencePlan& plan, Form form) const override {
    if (is(Split::inputs)) form = Form::fp32;
    const Matrix in = plan.matrix(layer().input(), Form::bf16);
    const std::size_t outputs = weight().columns;
    const Matrix out{.buffer = plan.buffer(outputs, form), .form = form};
    const std::size_t blocks = form == Form::fp32 ? 1 : (outputs + block_columns - 1) / block_columns;
    const std::size_t most = form == Form::fp32 ? outputs : std::min(outputs, block_columns);
    // A result in FP32 is made where it stays.
    std::vector<BufferId> results{out.buffer};
    if (form == Form::bf16) results = {plan.buffer(most, Form::fp32), plan.buffer(most, Form::fp32)};
    const auto columns_of = [&](std::size_t block) { return std::min(most, outputs - block * most); };
    const auto issue = [&](std::size_t block) {
      const BufferId result = results[block % results.size()];
      Grid weights = by_rows(plan.weights(weight()), outputs, Form::bf16);
      weights.base += word(block * most * tile_bytes_bf16);
      return plan.product(
          product_of(plan.rows(), columns_of(block), weight().rows, by_rows(plan.at(in.buffer), weight().rows, in.form),
                     weights, by_rows(plan.at(result), columns_of(block), Form::fp32)),
          {in.buffer, result});
    };
    std::size_t issued = issue(0);
    for (std::size_t block = 0; block < blocks; ++block) {
      plan.finish(issued);
      if (is(Split::inputs)) plan.sum_groups(out, outputs);
      if (block + 1 < blocks) issued = issue(block + 1);
      network_operation& operation = plan.harts(NETWORK_ROW_BIAS, true);
      operation.row_bias = {.rows = word(plan.rows()),
                            .columns = word(columns_of(block)),
                            .x = plan.at(results[block % results.size()]),
                            .bias = plan.bias(bias()) + word(block * most * tile_bytes_fp32),
                            .d = plan.at(out.buffer) + word(block * most * tile_bytes(form)),
                            .d_columns = word(outputs),
                            .d_fp32 = form == Form::fp32 ? 1U : 0U};
    }
    return out;
  }

  void backward(SequencePlan& plan) const override {
    const Matrix gradient = plan.gradient(layer().output, Form::bf16);
    const Matrix in = plan.matrix(layer().input(), Form::bf16);
    const std::size_t inputs = weight().rows;
    const std::size_t outputs = weight().columns;
    const Form form = plan.contribution_form(layer().input());
    const Matrix part{.buffer = plan.buffer(inputs, form), .form = form};
    const Grid of_gradient = by_rows(plan.at(gradient.buffer), outputs, Form::bf16);
    const Grid of_weights = by_rows(plan.weights(weight()), outputs, Form::bf16);

    const std::uint32_t weight_gradient = plan.weight_gradient();
    hw::MatrixDescriptor d = product_of(plan.rows(), inputs, outputs, of_gradient, transposed(of_weights),
                                        by_rows(plan.at(part.buffer), inputs, form));
    d.b_transposed = 1;
    d.c_bf16 = form == Form::bf16 ? 1 : 0;
    const std::size_t issued = plan.product(d, {gradient.buffer, part.buffer});

    d = product_of(inputs, outputs, plan.rows(), transposed(by_rows(plan.at(in.buffer), inputs, Form::bf16)),
                   of_gradient, by_rows(weight_gradient, outputs, Form::fp32));
    d.a_transposed = 1;
    plan.product(d, {gradient.buffer, in.buffer}, true);

    const Grid ones{.base = word(plan.ones()), .row = 0, .column = 0};
    plan.product(product_of(1, outputs, plan.rows(), ones, of_gradient,
                            by_rows(plan.bias_gradient(bias()), outputs, Form::fp32)),
                 {gradient.buffer}, true);
    plan.exchange(weight());
    if (is(Split::outputs)) {
      plan.finish(issued);
      plan.sum_groups(part, inputs);
    }
    plan.contribute(layer().input(), part);
  }

 private:
  [[nodiscard]] bool is(Split split) const { return layer().share.split == split; }
  [[nodiscard]] const ParameterPlace& weight() const { return layer().parameters[0]; }
  [[nodiscard]] const ParameterPlace& bias() const { return layer().parameters[1]; }
};

}  // namespace

std::unique_ptr<SequenceStage> make_linear_stage(SequenceLayer layer) {
  return std::make_unique<LinearStage>(std::move(layer));
}

}  // namespace dojo::network
