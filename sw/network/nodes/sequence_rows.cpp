// Layer norm, GELU, sums and tables: what harts do with the rows of a sequence.

#include <bit>
#include <variant>

#include "network/nodes/sequence_plan.hpp"

namespace dojo::network {
namespace {

class NormStage : public SequenceStage {
 public:
  using SequenceStage::SequenceStage;

  [[nodiscard]] Form gradient_form() const override { return Form::fp32; }
  [[nodiscard]] bool cheap() const override { return true; }

  Matrix forward(SequencePlan& plan, Form) const override {
    const Matrix x = plan.matrix(layer().input(), Form::fp32);
    const Matrix y{.buffer = plan.buffer(columns(), Form::bf16), .form = Form::bf16};
    const BufferId statistics = plan.buffer(2, Form::fp32);
    plan.statistics(layer().output) = statistics;
    network_operation& operation = plan.harts(NETWORK_NORM);
    operation.norm = common(plan);
    operation.norm.x = plan.at(x.buffer);
    operation.norm.statistics = plan.at(statistics);
    operation.norm.y = plan.at(y.buffer);
    return y;
  }

  void backward(SequencePlan& plan) const override {
    if (!plan.statistics(layer().output)) plan.matrix(layer().output, Form::bf16);
    const BufferId statistics = *plan.statistics(layer().output);
    const Matrix gradient = plan.gradient(layer().output, Form::fp32);
    const Matrix x = plan.matrix(layer().input(), Form::fp32);
    const Matrix part{.buffer = plan.buffer(columns(), Form::bf16), .form = Form::bf16};
    const BufferId sums = plan.buffer(hw::harts * 2 * columns() * tile_bytes_fp32);
    network_operation& operation = plan.harts(NETWORK_NORM_BACK);
    operation.norm = common(plan);
    operation.norm.x = plan.at(x.buffer);
    operation.norm.statistics = plan.at(statistics);
    operation.norm.y = plan.at(part.buffer);
    operation.norm.gradient = plan.at(gradient.buffer);
    operation.norm.parts = plan.at(sums);
    // The bias lies behind the gain.
    network_operation& join = plan.harts(NETWORK_JOIN);
    join.values = {.tiles = word(2 * columns()),
                   .x = plan.at(sums),
                   .gradient = 0,
                   .d = plan.bias_gradient(layer().parameters[0])};
    plan.contribute(layer().input(), part);
  }

 private:
  [[nodiscard]] std::size_t columns() const { return layer().parameters[0].columns; }
  [[nodiscard]] network_norm common(const SequencePlan& plan) const {
    return {.rows = word(plan.rows()),
            .columns = word(columns()),
            .epsilon = std::bit_cast<std::uint32_t>(std::get<LayerNorm>(layer().layer.settings).epsilon),
            .x = 0,
            .gain = plan.bias(layer().parameters[0]),
            .bias = plan.bias(layer().parameters[1]),
            .statistics = 0,
            .y = 0,
            .gradient = 0,
            .parts = 0};
  }
};

class GeluStage : public SequenceStage {
 public:
  using SequenceStage::SequenceStage;

  [[nodiscard]] Form gradient_form() const override { return Form::bf16; }
  [[nodiscard]] bool cheap() const override { return true; }

  Matrix forward(SequencePlan& plan, Form) const override {
    const Matrix x = plan.matrix(layer().input(), Form::bf16);
    const Matrix y{.buffer = plan.buffer(plan.columns(layer().output), Form::bf16), .form = Form::bf16};
    network_operation& operation = plan.harts(NETWORK_GELU);
    operation.values = {.tiles = tiles(plan), .x = plan.at(x.buffer), .gradient = 0, .d = plan.at(y.buffer)};
    return y;
  }

  void backward(SequencePlan& plan) const override {
    const Matrix gradient = plan.gradient(layer().output, Form::bf16);
    const Matrix x = plan.matrix(layer().input(), Form::bf16);
    network_operation& operation = plan.harts(NETWORK_GELU_BACK);
    operation.values = {.tiles = tiles(plan),
                        .x = plan.at(x.buffer),
                        .gradient = plan.at(gradient.buffer),
                        .d = plan.at(gradient.buffer)};
    plan.contribute(layer().input(), gradient);
  }

 private:
  [[nodiscard]] std::uint32_t tiles(const SequencePlan& plan) const {
    return word(plan.rows() * plan.columns(layer().output));
  }
};

class AddStage : public SequenceStage {
 public:
  using SequenceStage::SequenceStage;

  [[nodiscard]] Form gradient_form() const override { return Form::fp32; }

  Matrix forward(SequencePlan& plan, Form) const override {
    std::vector<Matrix> inputs;
    for (const std::size_t input : layer().layer.inputs) inputs.push_back(plan.matrix(input));
    const Matrix sum{.buffer = plan.buffer(plan.columns(layer().output), Form::fp32), .form = Form::fp32};
    for (std::size_t i = 1; i < inputs.size(); ++i) {
      const Matrix& before = i == 1 ? inputs[0] : sum;
      network_operation& operation = plan.harts(NETWORK_ADD);
      operation.add = {.tiles = word(plan.rows() * plan.columns(layer().output)),
                       .a = plan.at(before.buffer),
                       .a_fp32 = before.form == Form::fp32 ? 1U : 0U,
                       .b = plan.at(inputs[i].buffer),
                       .b_fp32 = inputs[i].form == Form::fp32 ? 1U : 0U,
                       .d = plan.at(sum.buffer)};
    }
    return sum;
  }

  void backward(SequencePlan& plan) const override {
    plan.distribute(layer().layer.inputs, plan.gradient(layer().output, Form::fp32));
  }
};

class EmbeddingStage : public SequenceStage {
 public:
  using SequenceStage::SequenceStage;

  [[nodiscard]] Form gradient_form() const override { return Form::bf16; }

  Matrix forward(SequencePlan& plan, Form) const override {
    const ParameterPlace& table = layer().parameters[0];
    const Matrix rows{.buffer = plan.buffer(table.columns, Form::bf16), .form = Form::bf16};
    network_operation& operation = plan.harts(NETWORK_EMBEDDING);
    operation.embedding = common(plan);
    operation.embedding.values = plan.at(rows.buffer);
    operation.embedding.table = plan.weights(table);
    return rows;
  }

  void backward(SequencePlan& plan) const override {
    const Matrix gradient = plan.gradient(layer().output, Form::bf16);
    const std::uint32_t table = plan.weight_gradient();
    network_operation& operation = plan.harts(NETWORK_EMBEDDING_BACK);
    operation.embedding = common(plan);
    operation.embedding.values = plan.at(gradient.buffer);
    operation.embedding.table = table;
    plan.exchange(layer().parameters[0]);
  }

 private:
  [[nodiscard]] network_embedding common(const SequencePlan& plan) const {
    const ParameterPlace& table = layer().parameters[0];
    return {.rows = word(plan.rows()),
            .columns = word(table.columns),
            .numbers = plan.tokens(),
            .values = 0,
            .table = 0,
            .table_rows = word(table.rows)};
  }
};

class PositionStage : public SequenceStage {
 public:
  using SequenceStage::SequenceStage;

  [[nodiscard]] Form gradient_form() const override { return Form::fp32; }

  Matrix forward(SequencePlan& plan, Form) const override {
    const Matrix in = plan.matrix(layer().input());
    const Matrix sum{.buffer = plan.buffer(layer().parameters[0].columns, Form::fp32), .form = Form::fp32};
    network_operation& operation = plan.harts(NETWORK_ADD);
    operation.add = {.tiles = tiles(),
                     .a = plan.at(in.buffer),
                     .a_fp32 = in.form == Form::fp32 ? 1U : 0U,
                     .b = plan.weights(layer().parameters[0]),
                     .b_fp32 = 0,
                     .d = plan.at(sum.buffer)};
    return sum;
  }

  /// The gradient of a sequence is that of the table.
  void backward(SequencePlan& plan) const override {
    const Matrix gradient = plan.gradient(layer().output, Form::fp32);
    const std::uint32_t table = plan.weight_gradient();
    network_operation& operation = plan.harts(NETWORK_ADD);
    operation.add = {.tiles = tiles(), .a = plan.at(gradient.buffer), .a_fp32 = 1, .b = 0, .b_fp32 = 0, .d = table};
    plan.exchange(layer().parameters[0]);
    plan.contribute(layer().input(), gradient);
  }

 private:
  [[nodiscard]] std::uint32_t tiles() const { return word(layer().parameters[0].rows * layer().parameters[0].columns); }
};

}  // namespace

std::unique_ptr<SequenceStage> make_norm_stage(SequenceLayer layer) {
  return std::make_unique<NormStage>(std::move(layer));
}
std::unique_ptr<SequenceStage> make_gelu_stage(SequenceLayer layer) {
  return std::make_unique<GeluStage>(std::move(layer));
}
std::unique_ptr<SequenceStage> make_add_stage(SequenceLayer layer) {
  return std::make_unique<AddStage>(std::move(layer));
}
std::unique_ptr<SequenceStage> make_embedding_stage(SequenceLayer layer) {
  return std::make_unique<EmbeddingStage>(std::move(layer));
}
std::unique_ptr<SequenceStage> make_position_stage(SequenceLayer layer) {
  return std::make_unique<PositionStage>(std::move(layer));
}

}  // namespace dojo::network
