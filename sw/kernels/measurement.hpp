#pragma once
// Measuring work of the matrix units of a rectangle.

#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

#include "runtime/machine.hpp"

namespace dojo {

/// What a measured product or convolution took.
struct MatrixMeasurement {
  std::uint64_t cycles = 0;
  std::uint64_t matrix_steps = 0;    ///< over all nodes, padding included
  std::uint64_t operand_stalls = 0;  ///< cycles over all nodes
  std::uint64_t drain_stalls = 0;    ///< cycles over all nodes
  double wall_seconds = 0;           ///< of the simulation alone
  bool correct = false;              ///< every bit is that of the reference
};

/// Something that is launched on a rectangle and waited for.
class MatrixWork {
 public:
  MatrixWork() = default;
  MatrixWork(const MatrixWork&) = delete;
  MatrixWork& operator=(const MatrixWork&) = delete;
  virtual ~MatrixWork() = default;
  virtual void launch() = 0;
  /// Runs the machine until it is done. Throws RunError like Event::wait.
  virtual void wait(std::uint64_t max_cycles) = 0;
  /// Cycles from the launch to the end of wait().
  [[nodiscard]] virtual std::uint64_t cycles() const = 0;
  /// The result, in the order of the host.
  [[nodiscard]] virtual std::vector<float> read() const = 0;
};

/// Runs the work once and compares its result with `expected` bit by bit.
[[nodiscard]] MatrixMeasurement measure(Machine& machine, const Rectangle& rectangle, MatrixWork& work,
                                        const std::vector<float>& expected, std::uint64_t max_cycles);

/// Numbers in [-1, 1), the same on every machine, unlike those of the library's distributions.
[[nodiscard]] std::vector<float> random_numbers(std::size_t count, std::mt19937_64& generator);

}  // namespace dojo
