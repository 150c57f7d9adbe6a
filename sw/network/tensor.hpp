#pragma once
// Dense FP32 arrays, row-major: the last dimension is the one whose elements are neighbours.

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace dojo::network {

/// Sizes of the dimensions, the slowest first. An empty shape is a scalar: one element.
using Shape = std::vector<std::size_t>;

/// The product of all dimensions.
[[nodiscard]] std::size_t elements_of(std::span<const std::size_t> shape);

/// "16x28x28"; "scalar" for an empty shape.
[[nodiscard]] std::string text_of(const Shape& shape);

/// A batch of samples, or parameters. In a batch the first dimension counts the samples. Indices (labels, characters)
/// are whole numbers in FP32, exact up to 2^24.
struct Tensor {
  Shape shape;
  std::vector<float> values;

  Tensor() = default;
  /// All zeros.
  explicit Tensor(Shape size);
  /// Changes to `samples` samples of shape `sample`; what is in it afterwards is not defined.
  void resize(std::size_t samples, const Shape& sample);
  [[nodiscard]] std::size_t size() const { return values.size(); }
  /// Samples of a batch.
  [[nodiscard]] std::size_t samples() const { return shape.front(); }
  /// Elements of a sample.
  [[nodiscard]] std::size_t stride() const { return values.size() / shape.front(); }
  [[nodiscard]] float* sample(std::size_t index) { return values.data() + index * stride(); }
  [[nodiscard]] const float* sample(std::size_t index) const { return values.data() + index * stride(); }
};

}  // namespace dojo::network
