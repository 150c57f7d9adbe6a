#pragma once
// What is done with gradients: clipping, SGD with momentum, AdamW; and the learning rate of each step.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "network/layer.hpp"

namespace dojo::network {

enum class OptimiserKind {
  sgd,   ///< g += decay w; v = momentum v + g; w -= rate v (Sutskever et al. 2013, as PyTorch's SGD)
  adamw  ///< w -= rate decay w; m, v: means of g and g^2; w -= rate m^ / (sqrt(v^) + epsilon), m^ = m / (1 - beta1^t),
         ///< v^ = v / (1 - beta2^t) (Loshchilov and Hutter, "Decoupled weight decay regularization")
};

struct OptimiserSettings {
  OptimiserKind kind = OptimiserKind::sgd;
  float momentum = 0.9f;
  float beta1 = 0.9f;
  float beta2 = 0.999f;
  float epsilon = 1e-8f;
  float decay = 0;
  float clip = 0;  ///< largest norm of all gradients together; longer ones are shortened to it; 0: none
};

enum class ScheduleKind { constant, linear, cosine };

/// The learning rate rises in a straight line in the first `warm_up` steps, then goes to `final_rate` of `rate`: not at
/// all, in a straight line, or along half a cosine (Loshchilov and Hutter, "SGDR").
struct ScheduleSettings {
  ScheduleKind kind = ScheduleKind::constant;
  float rate = 0.01f;       ///< largest
  float final_rate = 0;     ///< of the last step, as a part of `rate`
  std::size_t warm_up = 0;  ///< steps; step s of them has (s + 1) / warm_up of `rate`

  /// Learning rate of step `step`, counted from 0, of `steps`.
  [[nodiscard]] float at(std::size_t step, std::size_t steps) const;
};

/// The square root of the sum of all squared gradients.
[[nodiscard]] float gradient_norm(std::span<const Parameter> parameters);

/// The optimiser of all trained parameters, with its state: one array for each of them (velocity), or two (means).
class Optimiser {
 public:
  Optimiser(const OptimiserSettings& settings, std::span<const Parameter> parameters);

  /// Divides gradients by `loss_scale`, clips them and changes the parameters. Returns the norm before clipping.
  float step(std::span<Parameter> parameters, float rate, float loss_scale = 1);

  /// An array of the state, named as the parameter with ".velocity", ".mean" or ".square" behind it.
  struct State {
    std::string name;
    Shape shape;
    std::vector<float> values;
  };
  [[nodiscard]] std::vector<State>& state() { return state_; }
  [[nodiscard]] const std::vector<State>& state() const { return state_; }
  /// Steps done; to be set when a state is loaded.
  [[nodiscard]] std::uint64_t steps() const { return steps_; }
  void set_steps(std::uint64_t steps) { steps_ = steps; }

 private:
  OptimiserSettings settings_;
  std::vector<State> state_;  ///< in the order of parameters
  std::uint64_t steps_ = 0;
};

}  // namespace dojo::network
