#include "train/reference.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>

namespace dojo::train {
namespace {

using Matrix = std::vector<float>;

/// out = in * weights + bias, for rows of `inputs` numbers. The inner loop runs over neighbouring outputs, so it
/// vectorises.
void dense(std::span<const float> in, std::size_t rows, std::size_t inputs, std::span<const float> weights,
           std::span<const float> bias, std::span<float> out) {
  const std::size_t outputs = bias.size();
  for (std::size_t row = 0; row < rows; ++row) {
    float* result = out.data() + row * outputs;
    std::copy(bias.begin(), bias.end(), result);
    for (std::size_t input = 0; input < inputs; ++input) {
      const float value = in[row * inputs + input];
      const float* weight = weights.data() + input * outputs;
      for (std::size_t output = 0; output < outputs; ++output) result[output] += value * weight[output];
    }
  }
}

/// gradient = in^T * out_gradient.
void weight_gradient(std::span<const float> in, std::size_t rows, std::size_t inputs,
                     std::span<const float> out_gradient, std::size_t outputs, std::span<float> gradient) {
  std::fill(gradient.begin(), gradient.end(), 0.0f);
  for (std::size_t input = 0; input < inputs; ++input) {
    float* result = gradient.data() + input * outputs;
    for (std::size_t row = 0; row < rows; ++row) {
      const float value = in[row * inputs + input];
      const float* factor = out_gradient.data() + row * outputs;
      for (std::size_t output = 0; output < outputs; ++output) result[output] += value * factor[output];
    }
  }
}

void column_sums(std::span<const float> matrix, std::size_t rows, std::span<float> sums) {
  std::fill(sums.begin(), sums.end(), 0.0f);
  for (std::size_t row = 0; row < rows; ++row) {
    for (std::size_t column = 0; column < sums.size(); ++column) sums[column] += matrix[row * sums.size() + column];
  }
}

/// Logits become softmax - one-hot, divided by the number of rows. Returns the mean loss.
double softmax_gradient(std::span<float> logits, std::size_t rows, std::size_t classes,
                        std::span<const std::uint8_t> labels) {
  double loss = 0;
  for (std::size_t row = 0; row < rows; ++row) {
    float* values = logits.data() + row * classes;
    const float largest = *std::max_element(values, values + classes);
    const float target = values[labels[row]];
    float sum = 0;
    for (std::size_t c = 0; c < classes; ++c) sum += values[c] = std::exp(values[c] - largest);
    loss += std::log(sum) + largest - target;
    for (std::size_t c = 0; c < classes; ++c) {
      values[c] = (values[c] / sum - (c == labels[row] ? 1.0f : 0.0f)) / static_cast<float>(rows);
    }
  }
  return loss / static_cast<double>(rows);
}

/// One array of parameters with its momentum and gradient.
struct Trained {
  Matrix& values;
  Matrix velocity;
  Matrix gradient;
  explicit Trained(Matrix& parameters) : values(parameters), velocity(parameters.size()), gradient(parameters.size()) {}
  void update(float rate, float momentum) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      velocity[i] = momentum * velocity[i] + gradient[i];
      values[i] -= rate * velocity[i];
    }
  }
};

std::array<float, 256> input_table(const MlpRecipe& recipe) {
  std::array<float, 256> table;
  for (unsigned pixel = 0; pixel < table.size(); ++pixel) table[pixel] = recipe.input(static_cast<std::uint8_t>(pixel));
  return table;
}

}  // namespace

ReferenceResult train_reference(const MlpRecipe& recipe, const Dataset& dataset, std::size_t steps,
                                std::size_t planned_steps, const std::atomic<bool>& cancel) {
  ReferenceResult result{.parameters = initial_parameters(recipe)};
  MlpParameters& parameters = result.parameters;
  const std::array<float, 256> table = input_table(recipe);
  Trained weights_1(parameters.weights_1);
  Trained bias_1(parameters.bias_1);
  Trained weights_2(parameters.weights_2);
  Trained bias_2(parameters.bias_2);
  Matrix input(recipe.batch * recipe.inputs);
  Matrix hidden(recipe.batch * recipe.hidden);
  Matrix hidden_gradient(hidden.size());
  Matrix logits(recipe.batch * recipe.classes);
  std::vector<std::uint8_t> labels(recipe.batch);
  Matrix weights_2_transposed(parameters.weights_2.size());
  const Matrix no_bias(recipe.hidden);

  std::vector<std::uint32_t> order;
  const std::size_t steps_per_epoch = recipe.steps(dataset.train.count) / recipe.epochs;
  for (std::size_t step = 0; step < steps && !cancel; ++step) {
    const std::size_t first = step % steps_per_epoch * recipe.batch;
    if (first == 0) order = sample_order(recipe, dataset.train.count, static_cast<unsigned>(step / steps_per_epoch));
    const std::size_t rows = std::min(recipe.batch, order.size() - first);
    for (std::size_t row = 0; row < rows; ++row) {
      const std::uint32_t sample = order[first + row];
      labels[row] = dataset.train.labels[sample];
      std::ranges::transform(dataset.train.image(sample),
                             input.begin() + static_cast<std::ptrdiff_t>(row * recipe.inputs),
                             [&](std::uint8_t pixel) { return table[pixel]; });
    }

    dense(input, rows, recipe.inputs, parameters.weights_1, parameters.bias_1, hidden);
    for (float& value : hidden) value = std::max(value, 0.0f);
    dense(hidden, rows, recipe.hidden, parameters.weights_2, parameters.bias_2, logits);
    result.loss_last = softmax_gradient(logits, rows, recipe.classes, labels);
    if (step == 0) result.loss_first = result.loss_last;

    for (std::size_t unit = 0; unit < recipe.hidden; ++unit) {
      for (std::size_t c = 0; c < recipe.classes; ++c) {
        weights_2_transposed[c * recipe.hidden + unit] = parameters.weights_2[unit * recipe.classes + c];
      }
    }
    dense(logits, rows, recipe.classes, weights_2_transposed, no_bias, hidden_gradient);
    for (std::size_t i = 0; i < rows * recipe.hidden; ++i)
      hidden_gradient[i] = hidden[i] > 0 ? hidden_gradient[i] : 0.0f;

    weight_gradient(input, rows, recipe.inputs, hidden_gradient, recipe.hidden, weights_1.gradient);
    weight_gradient(hidden, rows, recipe.hidden, logits, recipe.classes, weights_2.gradient);
    column_sums(hidden_gradient, rows, bias_1.gradient);
    column_sums(logits, rows, bias_2.gradient);
    const float rate = recipe.rate(step, planned_steps);
    for (Trained* part : {&weights_1, &bias_1, &weights_2, &bias_2}) part->update(rate, recipe.momentum);
  }
  if (!cancel) result.test_accuracy = reference_accuracy(recipe, parameters, dataset.test);
  return result;
}

double reference_accuracy(const MlpRecipe& recipe, const MlpParameters& parameters, const ImageSet& images) {
  const std::array<float, 256> table = input_table(recipe);
  Matrix input(recipe.inputs);
  Matrix hidden(recipe.hidden);
  Matrix logits(recipe.classes);
  std::size_t correct = 0;
  for (std::size_t i = 0; i < images.count; ++i) {
    std::ranges::transform(images.image(i), input.begin(), [&](std::uint8_t pixel) { return table[pixel]; });
    dense(input, 1, recipe.inputs, parameters.weights_1, parameters.bias_1, hidden);
    for (float& value : hidden) value = std::max(value, 0.0f);
    dense(hidden, 1, recipe.hidden, parameters.weights_2, parameters.bias_2, logits);
    const auto best = std::max_element(logits.begin(), logits.end()) - logits.begin();
    correct += best == images.labels[i] ? 1 : 0;
  }
  return static_cast<double>(correct) / static_cast<double>(images.count);
}

}  // namespace dojo::train
