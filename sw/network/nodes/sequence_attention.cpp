// Attention over the rows of a sequence.

#include <bit>
#include <cmath>
#include <variant>

#include "firmware/kernels/attention_arguments.h"
#include "network/nodes/sequence_plan.hpp"

namespace dojo::network {
namespace {

class AttentionStage : public SequenceStage {
 public:
  using SequenceStage::SequenceStage;

  [[nodiscard]] Form gradient_form() const override { return Form::bf16; }

  Matrix forward(SequencePlan& plan, Form) const override {
    const Matrix qkv = plan.matrix(layer().input(), Form::bf16);
    const Matrix out{.buffer = plan.buffer(plan.columns(layer().output), Form::bf16), .form = Form::bf16};
    const BufferId statistics = plan.buffer(heads(), Form::fp32);
    plan.statistics(layer().output) = statistics;
    const BufferId room = plan.buffer(room_bytes(plan));
    network_operation& operation = plan.harts(NETWORK_ATTENTION);
    operation.attention = common(plan);
    operation.attention.qkv = plan.at(qkv.buffer);
    operation.attention.output = plan.at(out.buffer);
    operation.attention.statistics = plan.at(statistics);
    operation.attention.room = plan.at(room);
    return out;
  }

  void backward(SequencePlan& plan) const override {
    const Matrix gradient = plan.gradient(layer().output, Form::bf16);
    const Matrix qkv = plan.matrix(layer().input(), Form::bf16);
    const Matrix out = plan.matrix(layer().output, Form::bf16);
    const Matrix part{.buffer = plan.buffer(plan.columns(layer().input()), Form::bf16), .form = Form::bf16};
    const BufferId room = plan.buffer(room_bytes(plan));
    const BufferId scores = plan.buffer(plan.rows(), Form::bf16);
    const BufferId differences = plan.buffer(1, Form::fp32);
    network_operation& operation = plan.harts(NETWORK_ATTENTION_BACK);
    operation.attention = common(plan);
    operation.attention.qkv = plan.at(qkv.buffer);
    operation.attention.output = plan.at(out.buffer);
    operation.attention.statistics = plan.at(*plan.statistics(layer().output));
    operation.attention.room = plan.at(room);
    operation.attention.gradient = plan.at(gradient.buffer);
    operation.attention.qkv_gradient = plan.at(part.buffer);
    operation.attention.score_gradients = plan.at(scores);
    operation.attention.differences = plan.at(differences);
    plan.contribute(layer().input(), part);
  }

 private:
  [[nodiscard]] const Attention& settings() const { return std::get<Attention>(layer().layer.settings); }
  [[nodiscard]] std::size_t heads() const { return layer().share.outputs.width(settings().heads); }
  /// Columns of tiles of a head.
  [[nodiscard]] std::size_t depth(const SequencePlan& plan) const { return plan.columns(layer().output) / heads(); }
  [[nodiscard]] std::size_t room_bytes(const SequencePlan& plan) const {
    return ATTENTION_HARTS * attention_room_bytes(plan.rows(), depth(plan));
  }
  [[nodiscard]] network_attention common(const SequencePlan& plan) const {
    const auto width = static_cast<float>(depth(plan) * tile_edge);
    return {.heads = word(heads()),
            .rows = word(plan.rows()),
            .depth = word(depth(plan)),
            .causal = settings().causal ? 1U : 0U,
            .scale = std::bit_cast<std::uint32_t>(1.0f / std::sqrt(width)),
            .qkv = 0,
            .output = 0,
            .statistics = 0,
            .room = 0,
            .gradient = 0,
            .qkv_gradient = 0,
            .score_gradients = 0,
            .differences = 0};
  }
};

}  // namespace

std::unique_ptr<SequenceStage> make_attention_stage(SequenceLayer layer) {
  return std::make_unique<AttentionStage>(std::move(layer));
}

}  // namespace dojo::network
