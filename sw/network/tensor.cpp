#include "network/tensor.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

namespace dojo::network {

std::size_t elements_of(std::span<const std::size_t> shape) {
  std::size_t product = 1;
  for (const std::size_t dimension : shape) product *= dimension;
  return product;
}

std::string text_of(const Shape& shape) {
  return shape.empty() ? "scalar" : fmt::format("{}", fmt::join(shape, "x"));
}

Tensor::Tensor(Shape size) : shape(std::move(size)), values(elements_of(shape)) {}

void Tensor::resize(std::size_t samples, const Shape& sample) {
  shape.assign(1, samples);
  shape.insert(shape.end(), sample.begin(), sample.end());
  values.resize(elements_of(shape));
}

}  // namespace dojo::network
