#include "network/optimiser.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace dojo::network {

float ScheduleSettings::at(std::size_t step, std::size_t steps) const {
  if (step < warm_up) return rate * static_cast<float>(step + 1) / static_cast<float>(warm_up);
  if (kind == ScheduleKind::constant || steps < warm_up + 2) return rate;
  const double progress = std::min(1.0, static_cast<double>(step - warm_up) / static_cast<double>(steps - 1 - warm_up));
  const double fallen = kind == ScheduleKind::linear ? progress : (1 - std::cos(std::numbers::pi * progress)) / 2;
  return static_cast<float>(rate * (1 - fallen * (1 - static_cast<double>(final_rate))));
}

float gradient_norm(std::span<const Parameter> parameters) {
  double sum = 0;
  for (const Parameter& parameter : parameters) {
    for (const float gradient : parameter.gradient) sum += static_cast<double>(gradient) * gradient;
  }
  return static_cast<float>(std::sqrt(sum));
}

Optimiser::Optimiser(const OptimiserSettings& settings, std::span<const Parameter> parameters) : settings_(settings) {
  const auto add = [this](const Parameter& parameter, const char* name) {
    state_.push_back({parameter.name + name, parameter.shape, std::vector<float>(parameter.values.size())});
  };
  for (const Parameter& parameter : parameters) {
    if (!parameter.trained()) continue;
    if (settings.kind == OptimiserKind::sgd) {
      add(parameter, ".velocity");
    } else {
      add(parameter, ".mean");
      add(parameter, ".square");
    }
  }
}

float Optimiser::step(std::span<Parameter> parameters, float rate, float loss_scale) {
  ++steps_;
  const float norm = gradient_norm(parameters) / loss_scale;
  float factor = 1 / loss_scale;
  if (settings_.clip > 0 && norm > settings_.clip) factor *= settings_.clip / norm;
  // 1 - beta^t, by which means that began with 0 are too small.
  const auto part = [this](float beta) {
    return static_cast<float>(1 - std::pow(static_cast<double>(beta), static_cast<double>(steps_)));
  };
  const float mean_part = part(settings_.beta1);
  const float square_part = part(settings_.beta2);

  auto state = state_.begin();
  for (Parameter& parameter : parameters) {
    if (!parameter.trained()) continue;
    float* const w = parameter.values.data();
    const float* const g = parameter.gradient.data();
    const std::size_t count = parameter.values.size();
    if (settings_.kind == OptimiserKind::sgd) {
      float* const velocity = (state++)->values.data();
      for (std::size_t i = 0; i < count; ++i) {
        velocity[i] = settings_.momentum * velocity[i] + (g[i] * factor + settings_.decay * w[i]);
        w[i] -= rate * velocity[i];
      }
      continue;
    }
    float* const mean = (state++)->values.data();
    float* const square = (state++)->values.data();
    for (std::size_t i = 0; i < count; ++i) {
      const float gradient = g[i] * factor;
      mean[i] = settings_.beta1 * mean[i] + (1 - settings_.beta1) * gradient;
      square[i] = settings_.beta2 * square[i] + (1 - settings_.beta2) * gradient * gradient;
      w[i] -= rate * settings_.decay * w[i];
      w[i] -= rate * (mean[i] / mean_part) / (std::sqrt(square[i] / square_part) + settings_.epsilon);
    }
  }
  return norm;
}

}  // namespace dojo::network
