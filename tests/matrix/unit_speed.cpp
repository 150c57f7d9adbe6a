// Prints what one simulated cycle of the matrix unit costs, busy and idle, in ns of processor time. Each figure is the
// least of many short runs and includes two evaluations per cycle and, when busy, the bench's memory.

#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <cstring>
#include <random>

#include "Vmatrix_unit.h"
#include "tb/matrix/operands.hpp"
#include "tb/matrix/unit_bench.hpp"

namespace {

using namespace dojo;

double processor_ns() {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

/// The least ns per cycle over `repetitions` of `cycles` cycles each.
template <class Cycle>
double least(int repetitions, int cycles, Cycle cycle) {
  double best = 1e30;
  for (int r = 0; r < repetitions; ++r) {
    const double start = processor_ns();
    for (int n = 0; n < cycles; ++n) cycle();
    best = std::min(best, (processor_ns() - start) / cycles);
  }
  return best;
}

template <class Unit, class Descriptor>
void report(const char* name, const Descriptor& descriptor) {
  tb::UnitBench<Unit> bench;
  std::mt19937_64 random(1);
  for (std::uint32_t offset = 4096; offset < hw::sram_size; offset += 2) {
    const std::uint16_t value = tb::random_bf16(random, tb::OperandClass::near_one);
    std::memcpy(bench.at(bench.base + offset), &value, 2);
  }
  const auto idle = [&bench] {
    bench.unit().clk_i = 0;
    bench.unit().eval();
    bench.unit().clk_i = 1;
    bench.unit().eval();
  };
  const double idle_ns = least(200, 2000, idle);
  std::memcpy(bench.at(bench.base), &descriptor, sizeof descriptor);
  bench.command(bench.base);
  for (int n = 0; n < 100; ++n) bench.cycle();
  const auto busy = [&bench] {
    if (bench.unit().command_ready_o != 0) bench.command(bench.base);
    bench.cycle();
  };
  const double busy_ns = least(200, 500, busy);
  fmt::print("{:<12} busy {:6.1f} ns per cycle, idle {:5.1f} ns per cycle\n", name, busy_ns, idle_ns);
}

}  // namespace

int main() {
  constexpr auto base = static_cast<std::uint32_t>(hw::sram_base);
  constexpr std::uint16_t tiles = 16;
  hw::MatrixDescriptor product{};
  product.op = static_cast<std::uint8_t>(hw::DescriptorOpMatrix::gemm);
  product.m_tiles = product.n_tiles = product.k_tiles = tiles;
  product.a_base = base + 0x10000;
  product.b_base = base + 0x20000;
  product.c_base = base + 0x40000;
  product.a_k_stride = product.b_n_stride = 128;
  product.a_m_stride = product.b_k_stride = 128 * tiles;
  product.c_n_stride = 256;
  product.c_m_stride = 256 * tiles;
  report<Vmatrix_unit>("matrix", product);
  return 0;
}
