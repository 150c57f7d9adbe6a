#pragma once
// Matrix products on a machine: C = A * B with BF16 operands and FP32 results.
//
//   dojo::Machine machine({.backend = "rtl", .mesh = {2, 2}});
//   dojo::Gemm product(machine, machine.all(), {.m = 64, .n = 32, .k = 100});
//   product.write(a, b);
//   product.launch();
//   product.wait();
//   std::vector<float> c = product.read();

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "runtime/machine.hpp"

namespace dojo {

/// C is m x n, the sum has k terms.
struct GemmShape {
  std::size_t m = 0;
  std::size_t n = 0;
  std::size_t k = 0;
};

/// A matrix product on the nodes of a rectangle. Each node computes a range of C's rows (in whole tiles, as even as
/// possible) and holds those rows of A and all of B. Sizes need not be multiples of anything; matrices are row-major on
/// the host.
class Gemm {
 public:
  /// Loads the program gemm on the rectangle and takes memory there. Throws InputError for an empty shape, RunError
  /// when the matrices do not fit the nodes.
  Gemm(Machine& machine, const Rectangle& rectangle, const GemmShape& shape);

  /// Writes both operands, converted to BF16 (nearest-even). Throws InputError when the sizes are not those of the
  /// shape.
  void write(std::span<const float> a, std::span<const float> b);
  /// Starts the product on all nodes.
  void launch();
  /// Runs the machine until it is done. Throws RunError like Event::wait.
  void wait(std::uint64_t max_cycles = no_cycle_limit);
  /// Cycles from the launch to the end of wait().
  [[nodiscard]] std::uint64_t cycles() const;
  /// C, row-major.
  [[nodiscard]] std::vector<float> read() const;

  [[nodiscard]] const GemmShape& shape() const { return shape_; }

 private:
  /// What one node computes; nodes without rows have none.
  struct Part {
    Coordinates node;
    std::size_t first_row;
    std::size_t rows;
    Buffer a;
    Buffer b;
    Buffer c;
  };

  Machine& machine_;
  Rectangle rectangle_;
  GemmShape shape_;
  Program program_;
  std::vector<Part> parts_;
  std::vector<Event> events_;
  std::uint64_t cycles_ = 0;
};

/// C with the numbers of the machine: BF16 operands, sums as the matrix unit forms them (docs/numerics.md).
[[nodiscard]] std::vector<float> gemm_reference(std::span<const float> a, std::span<const float> b,
                                                const GemmShape& shape);

/// What a measured product took.
struct GemmMeasurement {
  std::uint64_t cycles = 0;
  std::uint64_t matrix_steps = 0;    ///< over all nodes, padding included
  std::uint64_t operand_stalls = 0;  ///< cycles over all nodes
  std::uint64_t drain_stalls = 0;    ///< cycles over all nodes
  double wall_seconds = 0;           ///< of the simulation alone
  bool correct = false;              ///< every bit of C is that of gemm_reference()
};

/// Multiplies two seeded random matrices on the rectangle and checks the result.
[[nodiscard]] GemmMeasurement measure_gemm(Machine& machine, const Rectangle& rectangle, const GemmShape& shape,
                                           std::uint64_t seed, std::uint64_t max_cycles = no_cycle_limit);

}  // namespace dojo
