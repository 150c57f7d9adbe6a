// dojo bench vector: plain C loops over FP32 arrays as the compiler vectorises them, shared by the harts of a node.

#include <fmt/format.h>

#include <array>
#include <bit>
#include <cmath>
#include <random>
#include <span>
#include <vector>

#include "cli/commands.hpp"
#include "common/error.hpp"
#include "firmware/kernels/vector_loops.h"
#include "kernels/firmware.hpp"

namespace dojo::cli {
namespace {

constexpr std::size_t values_per_register = hw::line_bytes / sizeof(float);

/// Counters that say where the cycles went.
constexpr std::array counters_shown{
    hw::Counter::vector_instructions, hw::Counter::vector_busy_cycles,     hw::Counter::vector_memory_stalls,
    hw::Counter::vector_sram_stalls,  hw::Counter::vector_register_stalls, hw::Counter::sram_conflicts,
    hw::Counter::fetch_stalls,        hw::Counter::memory_stalls,          hw::Counter::slot_stalls,
    hw::Counter::mispredictions};

std::vector<float> random_values(std::size_t count, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<float> values(count);
  for (float& value : values) value = static_cast<float>(random() >> 40) / static_cast<float>(1 << 21) - 4.0f;
  return values;
}

/// y + a * x, rounded once.
bool correct_axpy(float a, std::span<const float> x, std::span<const float> y, std::span<const float> result) {
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (std::bit_cast<std::uint32_t>(std::fma(a, x[i], y[i])) != std::bit_cast<std::uint32_t>(result[i])) return false;
  }
  return true;
}

/// Softmax of each row, to a relative error of 1e-5.
bool correct_softmax(std::span<const float> x, std::span<const float> result) {
  constexpr double tolerance = 1e-5;
  for (std::size_t first = 0; first < x.size(); first += VECTOR_ROW) {
    double sum = 0;
    for (std::size_t i = first; i < first + VECTOR_ROW; ++i) sum += std::exp(static_cast<double>(x[i]));
    for (std::size_t i = first; i < first + VECTOR_ROW; ++i) {
      const double expected = std::exp(static_cast<double>(x[i])) / sum;
      if (!(std::abs(static_cast<double>(result[i]) - expected) <= tolerance * expected)) return false;
    }
  }
  return true;
}

}  // namespace

int bench_vector(Session& session, const VectorArguments& arguments, nlohmann::ordered_json& results) {
  if (session.options().grid().machine().nodes() != 1) throw InputError("bench vector: runs on one node");
  const bool softmax = arguments.kernel == "softmax";
  const std::size_t count = std::size_t{arguments.rows} * VECTOR_ROW;
  Machine& machine = session.machine();
  const Program program = load_firmware("vector");
  const std::uint64_t available = program.heap_end() - program.heap_start();
  if (2 * count * sizeof(float) + 2 * hw::line_bytes > available) {
    throw InputError(fmt::format("{} rows of {} values need {} bytes twice in the node, which has {} for them",
                                 arguments.rows, VECTOR_ROW, count * sizeof(float), available));
  }
  machine.load(program, machine.all());
  Buffer x_buffer = machine.allocate({}, count * sizeof(float));
  Buffer y_buffer = machine.allocate({}, count * sizeof(float));
  const std::vector<float> x = random_values(count, session.options().seed);
  const std::vector<float> y = random_values(count, session.options().seed + 1);
  x_buffer.write(x);
  y_buffer.write(y);

  constexpr float a = 0.75f;
  std::array<std::uint64_t, counters_shown.size()> before{};
  for (std::size_t i = 0; i < counters_shown.size(); ++i) before[i] = machine.counter(counters_shown[i], machine.all());
  const std::uint64_t instructions_before = machine.backend().instructions_retired({});
  std::vector<std::uint64_t> call{softmax ? VECTOR_SOFTMAX : VECTOR_AXPY, arguments.harts, arguments.rows};
  if (!softmax) call.push_back(std::bit_cast<std::uint32_t>(a));
  call.push_back(x_buffer.address());
  call.push_back(y_buffer.address());
  Event event = machine.launch(program, machine.all(), call, arguments.harts);
  event.wait();
  const std::vector<float> result = y_buffer.read<float>(count);
  const bool correct = softmax ? correct_softmax(x, result) : correct_axpy(a, x, y, result);

  results["kernel"] = arguments.kernel;
  results["rows"] = arguments.rows;
  results["values"] = count;
  results["harts"] = arguments.harts;
  results["correct"] = correct;
  session.say(fmt::format("{} over {} FP32 values in the SRAM, {} hart{}",
                          softmax ? "softmax of rows of 128" : "y += a * x", count, arguments.harts,
                          arguments.harts == 1 ? "" : "s"));
  session.say(fmt::format("  result                    {}", correct ? "correct" : "WRONG"));
  if (machine.backend().name() == "rtl") {
    const auto cycles = static_cast<double>(event.cycles());
    const auto registers = static_cast<double>(count) / values_per_register;
    results["cycles"] = event.cycles();
    results["instructions"] = machine.backend().instructions_retired({}) - instructions_before;
    results["registers_per_cycle"] = registers / cycles;
    results["cycles_per_row"] = cycles / arguments.rows;
    results["counters"] = nlohmann::ordered_json::object();
    session.say(fmt::format("  cycles                    {}", event.cycles()));
    session.say(fmt::format("  registers_per_cycle       {:.4f} (64 bytes each)", registers / cycles));
    session.say(fmt::format("  cycles_per_row            {:.2f}", cycles / arguments.rows));
    session.say("  counter                      number   per cycle");
    for (std::size_t i = 0; i < counters_shown.size(); ++i) {
      const std::string name(hw::counter_table[static_cast<unsigned>(counters_shown[i])].name);
      const std::uint64_t number = machine.counter(counters_shown[i], machine.all()) - before[i];
      results["counters"][name] = number;
      session.say(fmt::format("  {:<24} {:>10} {:>11.4f}", name, number, static_cast<double>(number) / cycles));
    }
  }
  if (!correct) throw RunError(fmt::format("bench vector: {}: the result is wrong", arguments.kernel));
  return static_cast<int>(ExitCode::done);
}

}  // namespace dojo::cli
