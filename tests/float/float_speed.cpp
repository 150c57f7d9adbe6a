// Prints what one simulated cycle of the floating-point lanes costs, busy and idle, in ns of processor time. Each
// figure is the least of many short runs and includes two evaluations per cycle and, when busy, setting the operands.

#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <random>

#include "Vfloat_lanes.h"
#include "Vfma_lanes.h"
#include "tb/float/lanes_bench.hpp"
#include "tb/float/operands.hpp"

namespace {

using namespace dojo;
using tb::Line;

double processor_ns() {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

/// The least ns per cycle over many runs.
template <class Cycle>
double least(Cycle cycle) {
  constexpr int repetitions = 300;
  constexpr int cycles = 1000;
  double best = 1e30;
  for (int r = 0; r < repetitions; ++r) {
    const double start = processor_ns();
    for (int n = 0; n < cycles; ++n) cycle();
    best = std::min(best, (processor_ns() - start) / cycles);
  }
  return best;
}

template <class Dut, class Busy, class Idle>
void report(const char* name, Busy busy, Idle idle) {
  tb::ClockedBench<Dut> bench(1);
  idle(bench.dut());
  if constexpr (requires { bench->rst_ni; }) bench.reset();
  const double idle_ns = least([&bench] { bench.cycle(); });
  // Numbers around one, and sums that now and then cancel.
  std::mt19937_64 random(1);
  std::array<Line, 64> lines;
  for (Line& line : lines) {
    for (std::uint32_t& value : line) {
      value = (static_cast<std::uint32_t>(random()) & 0x807fffffu) | (120 + static_cast<std::uint32_t>(random() % 14))
                                                                         << 23;
    }
  }
  std::size_t place = 0;
  const double busy_ns = least([&] {
    busy(bench.dut(), lines[place % 64], lines[(place + 21) % 64], lines[(place + 42) % 64]);
    ++place;
    bench.cycle();
  });
  fmt::print("{:<20} busy {:6.1f} ns per cycle, idle {:5.1f} ns per cycle\n", name, busy_ns, idle_ns);
}

}  // namespace

int main() {
  report<Vfma_lanes>(
      "fma_lanes",
      [](Vfma_lanes& dut, const Line& a, const Line&, const Line& c) {
        dut.multiply_i = dut.add_i = dut.round_i = 1;
        dut.x_fill_valid_i = dut.y_fill_valid_i = 1;
        tb::set_line(dut.x_fill_data_i, a);
        tb::set_line(dut.y_fill_data_i, c);
      },
      [](Vfma_lanes& dut) {
        dut.multiply_i = dut.add_i = dut.round_i = 0;
        dut.x_fill_valid_i = dut.y_fill_valid_i = 0;
        dut.op_i = 0;
        dut.scalar_i = 0x3f400000u;
        dut.bf16_i = 0;
      });
  report<Vfloat_lanes>(
      "float_lanes",
      [](Vfloat_lanes& dut, const Line& a, const Line& b, const Line& c) {
        dut.valid_i = 1;
        tb::set_line(dut.a_i, a);
        tb::set_line(dut.b_i, b);
        tb::set_line(dut.c_i, c);
      },
      [](Vfloat_lanes& dut) {
        dut.valid_i = 0;
        dut.op_i = 0;
        dut.negate_product_i = dut.negate_addend_i = 0;
        dut.rounding_i = 0;
        dut.enable_i = 0xffff;
      });
  return 0;
}
