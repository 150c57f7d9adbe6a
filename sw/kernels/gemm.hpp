#pragma once
// Matrix products on a machine: C = A * B with operands in the formats of the matrix unit and FP32 results.
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

#include "kernels/measurement.hpp"
#include "kernels/tiles.hpp"
#include "runtime/machine.hpp"

namespace dojo {

/// C is m x n, the sum has k terms.
struct GemmShape {
  std::size_t m = 0;
  std::size_t n = 0;
  std::size_t k = 0;
};

/// Formats of A and B.
struct OperandFormats {
  OperandFormat a;
  OperandFormat b;
};

/// Puts the formats into a descriptor.
void set_formats(hw::MatrixDescriptor& descriptor, const OperandFormats& formats);

/// A matrix product on the nodes of a rectangle. Each node computes a range of C's rows (in whole tiles, as even as
/// possible) and holds those rows of A and all of B. Sizes need not be multiples of anything; matrices are row-major on
/// the host.
class Gemm : public MatrixWork {
 public:
  /// Loads the program gemm on the rectangle and takes memory there. Throws InputError for an empty shape, RunError
  /// when the matrices do not fit the nodes.
  Gemm(Machine& machine, const Rectangle& rectangle, const GemmShape& shape, const OperandFormats& formats = {});

  /// Writes both operands, converted to their formats (nearest-even). Throws InputError when the sizes are not those of
  /// the shape.
  void write(std::span<const float> a, std::span<const float> b);
  /// Starts the product on all nodes.
  void launch() override;
  /// Runs the machine until it is done. Throws RunError like Event::wait.
  void wait(std::uint64_t max_cycles = no_cycle_limit) override;
  /// Cycles from the launch to the end of wait().
  [[nodiscard]] std::uint64_t cycles() const override;
  /// C, row-major.
  [[nodiscard]] std::vector<float> read() const override;

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
  OperandFormats formats_;
  Program program_;
  std::vector<Part> parts_;
  std::vector<Event> events_;
  std::uint64_t cycles_ = 0;
};

/// C with the numbers of the machine: operands in their formats, sums as the matrix unit forms them (docs/numerics.md).
[[nodiscard]] std::vector<float> gemm_reference(std::span<const float> a, std::span<const float> b,
                                                const GemmShape& shape, const OperandFormats& formats = {});

/// Multiplies two seeded random matrices on the rectangle and checks every bit of the result.
[[nodiscard]] MatrixMeasurement measure_gemm(Machine& machine, const Rectangle& rectangle, const GemmShape& shape,
                                             std::uint64_t seed, const OperandFormats& formats = {},
                                             std::uint64_t max_cycles = no_cycle_limit);

}  // namespace dojo
