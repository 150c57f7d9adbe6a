// Attention on one node against FP64, and what it takes on the RTL.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "firmware/kernels/attention_arguments.h"
#include "kernels/firmware.hpp"
#include "kernels/tiles.hpp"
#include "tests/kernels/kernel_node.hpp"

namespace dojo {
namespace {

struct AttentionShape {
  std::size_t tokens;
  std::size_t depth;
  std::size_t heads;
  bool causal;
  [[nodiscard]] std::size_t columns() const { return heads * depth; }
  [[nodiscard]] TileLayout layout() const { return {.rows = tokens, .columns = columns()}; }
};

/// Attention and its gradients in FP64; matrices are tokens x (heads * depth).
struct AttentionReference {
  AttentionReference(const AttentionShape& s, double scale, const std::vector<float>& q, const std::vector<float>& k,
                     const std::vector<float>& v, const std::vector<float>& gradient)
      : output(q.size()), q_gradient(q.size()), k_gradient(q.size()), v_gradient(q.size()) {
    for (std::size_t head = 0; head < s.heads; ++head) {
      const auto at = [&](std::size_t token, std::size_t d) { return (token * s.heads + head) * s.depth + d; };
      const auto dot = [&](const auto& a, std::size_t i, const auto& b, std::size_t j) {
        double sum = 0;
        for (std::size_t d = 0; d < s.depth; ++d) sum += static_cast<double>(a[at(i, d)]) * b[at(j, d)];
        return sum;
      };
      for (std::size_t i = 0; i < s.tokens; ++i) {
        const std::size_t count = s.causal ? i + 1 : s.tokens;
        std::vector<double> weights(count);
        for (std::size_t j = 0; j < count; ++j) weights[j] = scale * dot(q, i, k, j);
        const double largest = *std::max_element(weights.begin(), weights.end());
        double sum = 0;
        for (double& weight : weights) sum += weight = std::exp(weight - largest);
        for (double& weight : weights) weight /= sum;
        for (std::size_t j = 0; j < count; ++j) {
          for (std::size_t d = 0; d < s.depth; ++d) output[at(i, d)] += weights[j] * v[at(j, d)];
        }
        const double difference = dot(gradient, i, output, i);
        for (std::size_t j = 0; j < count; ++j) {
          const double slope = scale * weights[j] * (dot(gradient, i, v, j) - difference);
          for (std::size_t d = 0; d < s.depth; ++d) {
            q_gradient[at(i, d)] += slope * k[at(j, d)];
            k_gradient[at(j, d)] += slope * q[at(i, d)];
            v_gradient[at(j, d)] += weights[j] * gradient[at(i, d)];
          }
        }
      }
    }
  }
  std::vector<double> output, q_gradient, k_gradient, v_gradient;
};

/// Root of the mean square of the difference, relative to that of the exact values.
double relative_error(const std::vector<float>& got, const std::vector<double>& exact) {
  double difference = 0;
  double size = 0;
  for (std::size_t i = 0; i < exact.size(); ++i) {
    difference += std::pow(got[i] - exact[i], 2);
    size += std::pow(exact[i], 2);
  }
  return std::sqrt(difference / size);
}

struct AttentionCost {
  std::uint64_t cycles = 0;
  std::uint64_t steps = 0;
  [[nodiscard]] double utilization() const { return static_cast<double>(steps) / static_cast<double>(cycles); }
};

/// Runs both directions on a node and compares them with FP64.
struct AttentionRun {
  AttentionRun(const std::string& backend, const AttentionShape& s, float spread = 2.0f) {
    Machine machine({.backend = backend});
    const Program program = load_firmware("attention");
    machine.load(program, machine.all());
    Numbers numbers(s.tokens + s.depth);
    const std::size_t size = s.tokens * s.columns();
    std::vector<std::vector<float>> inputs;
    std::vector<Buffer> buffers;
    const auto reserve = [&](std::size_t bytes) { return machine.allocate({}, bytes); };
    for (unsigned i = 0; i < 4; ++i) {
      inputs.push_back(numbers.take(size));
      for (float& value : inputs.back()) value = from_bf16(to_bf16(value * spread));
      buffers.push_back(reserve(size * 2));
      buffers.back().write(pack_bf16(inputs.back(), s.layout()));
    }
    std::vector<Buffer> results;
    results.reserve(4);
    for (unsigned i = 0; i < 4; ++i) results.push_back(reserve(size * 2));
    const std::size_t tokens = tiles_for(s.tokens);
    const std::size_t depth = tiles_for(s.depth);
    const float scale = 1.0f / std::sqrt(static_cast<float>(s.depth));
    const Buffer statistics = reserve(s.heads * tokens * tile_bytes_fp32);
    const Buffer score_gradients = reserve(tokens * tokens * tile_bytes_bf16);
    const Buffer differences = reserve(tokens * tile_bytes_fp32);
    const Buffer room = reserve(ATTENTION_HARTS * attention_room_bytes(tokens, depth));
    const auto run = [&](bool backward) {
      const std::vector<std::uint64_t> arguments{backward,
                                                 s.heads,
                                                 tokens,
                                                 depth,
                                                 s.heads * depth,
                                                 s.causal,
                                                 bits(scale),
                                                 buffers[0].address(),
                                                 buffers[1].address(),
                                                 buffers[2].address(),
                                                 results[0].address(),
                                                 statistics.address(),
                                                 buffers[3].address(),
                                                 results[1].address(),
                                                 results[2].address(),
                                                 results[3].address(),
                                                 score_gradients.address(),
                                                 differences.address(),
                                                 room.address()};
      const std::uint64_t before = machine.counter(hw::Counter::matrix_steps, machine.all());
      Event event = machine.launch(program, machine.all(), arguments, ATTENTION_HARTS);
      event.wait(10'000'000);
      for (unsigned id = 0; id < hw::semaphores; ++id) EXPECT_EQ(machine.backend().semaphore({}, id), 0u) << id;
      return AttentionCost{event.cycles(), machine.counter(hw::Counter::matrix_steps, machine.all()) - before};
    };
    forward = run(false);
    backward = run(true);
    const AttentionReference exact(s, scale, inputs[0], inputs[1], inputs[2], inputs[3]);
    for (unsigned i = 0; i < 4; ++i) {
      bits_of_results.push_back(results[i].read<std::uint16_t>(size));
      const std::vector<float> got = unpack_bf16(bits_of_results.back(), s.layout());
      const std::vector<double>* const values[] = {&exact.output, &exact.q_gradient, &exact.k_gradient,
                                                   &exact.v_gradient};
      errors.push_back(relative_error(got, *values[i]));
      for (std::size_t n = 0; n < size; ++n) {
        if (i == 0) worst = std::max(worst, std::abs(got[n] - exact.output[n]));
      }
    }
  }
  AttentionCost forward;
  AttentionCost backward;
  std::vector<double> errors;  ///< of output and gradients of Q, K, V
  double worst = 0;            ///< difference of the output
  std::vector<std::vector<std::uint16_t>> bits_of_results;
};

TEST(Attention, AndItsGradientsAreCloseToFp64) {
  for (const bool causal : {false, true}) {
    for (const AttentionShape& shape :
         {AttentionShape{8, 8, 1, causal}, AttentionShape{24, 16, 2, causal}, AttentionShape{40, 64, 1, causal},
          AttentionShape{128, 64, 1, causal}, AttentionShape{72, 32, 3, causal}}) {
      for (const float spread : {0.5f, 2.0f}) {
        const AttentionRun run("model", shape, spread);
        SCOPED_TRACE(testing::Message() << shape.tokens << 'x' << shape.depth << ", heads " << shape.heads
                                        << (causal ? ", causal" : "") << ", spread " << spread);
        EXPECT_LT(run.worst, 1.5 * spread * bf16_rounding);
        EXPECT_LT(run.errors[0], 1.0 * bf16_rounding);
        for (unsigned i = 1; i < 4; ++i) EXPECT_LT(run.errors[i], 1.5 * bf16_rounding) << "gradient " << i;
      }
    }
  }
}

TEST(Attention, OfTheRtlIsThatOfTheModel) {
  for (const bool causal : {false, true}) {
    const AttentionShape shape{40, 16, 2, causal};
    EXPECT_EQ(AttentionRun("rtl", shape).bits_of_results, AttentionRun("model", shape).bits_of_results) << causal;
  }
}

TEST(Attention, KeepsTheMatrixUnitBusy) {
  for (const bool causal : {false, true}) {
    const AttentionRun run("rtl", {128, 64, 1, causal});
    const std::string mask = causal ? "causal" : "full";
    const AttentionCost both{run.forward.cycles + run.backward.cycles, run.forward.steps + run.backward.steps};
    RecordProperty(mask + "_forward_cycles", std::to_string(run.forward.cycles));
    RecordProperty(mask + "_forward_mac_utilization", std::to_string(run.forward.utilization()));
    RecordProperty(mask + "_backward_cycles", std::to_string(run.backward.cycles));
    RecordProperty(mask + "_backward_mac_utilization", std::to_string(run.backward.utilization()));
    RecordProperty(mask + "_mac_utilization", std::to_string(both.utilization()));
    EXPECT_GT(both.utilization(), causal ? 0.48 : 0.60)
        << mask << ' ' << run.forward.cycles << ' ' << run.backward.cycles;
  }
}

}  // namespace
}  // namespace dojo
