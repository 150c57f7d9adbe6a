// A matrix product on four RTL nodes: each node computes a quarter of C's rows.
#include <fmt/core.h>

#include "kernels/gemm.hpp"

int main() {
  const dojo::GemmShape shape{.m = 128, .n = 64, .k = 100};
  std::vector<float> a(shape.m * shape.k);
  std::vector<float> b(shape.k * shape.n);
  for (std::size_t i = 0; i < a.size(); ++i) a[i] = static_cast<float>(i % 7);
  for (std::size_t i = 0; i < b.size(); ++i) b[i] = static_cast<float>(i % 5);

  dojo::Machine machine({.backend = "rtl", .mesh = {2, 2}});
  dojo::Gemm product(machine, machine.all(), shape);
  product.write(a, b);
  product.launch();
  product.wait();
  const std::vector<float> c = product.read();
  fmt::print("C[0][0] = {}, C[127][63] = {}, in {} cycles\n", c.front(), c.back(), product.cycles());
}
