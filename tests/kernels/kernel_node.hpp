#pragma once
// One node that runs single kernels (firmware/programs/kernels.c), for tests on either backend.

#include <gtest/gtest.h>

#include <bit>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "firmware/kernels/kernel_calls.h"
#include "kernels/firmware.hpp"
#include "kernels/tiles.hpp"
#include "runtime/machine.hpp"

namespace dojo {

class KernelNode {
 public:
  explicit KernelNode(const std::string& backend) : machine_({.backend = backend}), program_(load_firmware("kernels")) {
    machine_.load(program_, machine_.all());
  }

  template <typename T>
  Buffer place(const std::vector<T>& values) {
    Buffer buffer = machine_.allocate({}, values.size() * sizeof(T));
    buffer.write(values);
    return buffer;
  }
  template <typename T>
  Buffer reserve(std::size_t count) {
    return place(std::vector<T>(count, static_cast<T>(-1)));
  }

  /// Runs a kernel to its end and returns its cycles; afterwards every semaphore must be 0 again.
  std::uint64_t call(kernel_call kernel, std::vector<std::uint64_t> arguments, unsigned harts = 1) {
    arguments.insert(arguments.begin(), kernel);
    Event event = machine_.launch(program_, machine_.all(), arguments, harts);
    event.wait(1'000'000);
    for (unsigned id = 0; id < hw::semaphores; ++id)
      EXPECT_EQ(machine_.backend().semaphore({}, id), 0u) << "semaphore " << id;
    return event.cycles();
  }

  std::uint64_t instructions() { return machine_.backend().instructions_retired({}); }

 private:
  Machine machine_;
  Program program_;
};

/// Half a step of BF16, relative to the number.
inline constexpr double bf16_rounding = 0x1p-8;

inline std::uint32_t bits(float value) {
  return std::bit_cast<std::uint32_t>(value);
}

/// Reproducible numbers in [-1, 1).
class Numbers {
 public:
  explicit Numbers(std::uint64_t seed) : generator_(seed) {}
  float next() { return static_cast<float>(generator_() >> 40) / static_cast<float>(1 << 23) - 1.0f; }
  std::vector<float> take(std::size_t count) {
    std::vector<float> values(count);
    for (float& value : values) value = next();
    return values;
  }
  std::uint64_t raw() { return generator_(); }
  /// A whole number from `low` to `high`.
  std::size_t between(std::size_t low, std::size_t high) { return low + generator_() % (high - low + 1); }
  /// As many as asked for that are BF16 numbers.
  std::vector<float> take_bf16(std::size_t count) {
    std::vector<float> values = take(count);
    for (float& value : values) value = from_bf16(to_bf16(value));
    return values;
  }

 private:
  std::mt19937_64 generator_;
};

inline std::string backend_name(const testing::TestParamInfo<std::string>& info) {
  return info.param;
}

/// Instantiates a suite of parameter std::string for both backends.
#define DOJO_ON_BOTH_BACKENDS(Suite) \
  INSTANTIATE_TEST_SUITE_P(Backends, Suite, testing::Values("model", "rtl"), dojo::backend_name)

}  // namespace dojo
