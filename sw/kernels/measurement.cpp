#include "kernels/measurement.hpp"

#include <chrono>
#include <cstring>

namespace dojo {

MatrixMeasurement measure(Machine& machine, const Rectangle& rectangle, MatrixWork& work,
                          const std::vector<float>& expected, std::uint64_t max_cycles) {
  const auto count = [&](hw::Counter counter) { return machine.counter(counter, rectangle); };
  const std::uint64_t steps = count(hw::Counter::matrix_steps);
  const std::uint64_t operand_stalls = count(hw::Counter::matrix_operand_stalls);
  const std::uint64_t drain_stalls = count(hw::Counter::matrix_drain_stalls);
  const auto start = std::chrono::steady_clock::now();
  work.launch();
  work.wait(max_cycles);
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;
  const std::vector<float> result = work.read();
  return {.cycles = work.cycles(),
          .matrix_steps = count(hw::Counter::matrix_steps) - steps,
          .operand_stalls = count(hw::Counter::matrix_operand_stalls) - operand_stalls,
          .drain_stalls = count(hw::Counter::matrix_drain_stalls) - drain_stalls,
          .wall_seconds = wall.count(),
          .correct = result.size() == expected.size() &&
                     std::memcmp(result.data(), expected.data(), result.size() * sizeof(float)) == 0};
}

std::vector<float> random_numbers(std::size_t count, std::mt19937_64& generator) {
  std::vector<float> values(count);
  for (float& value : values) value = static_cast<float>(generator() >> 40) / static_cast<float>(1 << 23) - 1.0f;
  return values;
}

}  // namespace dojo
