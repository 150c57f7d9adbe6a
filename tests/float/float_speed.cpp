// Prints what one simulated cycle of the floating-point lanes costs, busy and idle, in ns of processor time. Each
// figure is the least of many short runs and includes two evaluations per cycle and, when busy, setting the operands.

#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <random>

#include "Vcfloat_lanes.h"
#include "Vfloat_divide_lanes.h"
#include "Vfloat_lanes.h"
#include "Vfloat_simple_lanes.h"
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
  // Operations of float_pkg::simple_op_e.
  struct Simple {
    const char* name;
    std::uint8_t op;
  };
  for (const Simple& simple :
       {Simple{"simple: minimum", 0}, Simple{"simple: compare", 7}, Simple{"simple: to int32", 10},
        Simple{"simple: to BF16", 16}, Simple{"simple: vfrec7", 18}}) {
    report<Vfloat_simple_lanes>(
        simple.name,
        [&simple](Vfloat_simple_lanes& dut, const Line& a, const Line& b, const Line&) {
          dut.valid_i = 1;
          dut.op_i = simple.op;
          tb::set_line(dut.a_i, a);
          tb::set_line(dut.b_i, b);
        },
        [](Vfloat_simple_lanes& dut) {
          dut.valid_i = 0;
          dut.rounding_i = 0;
          dut.enable_i = 0xffff;
        });
  }
  for (const bool is_sqrt : {false, true}) {
    report<Vfloat_divide_lanes>(
        is_sqrt ? "square root" : "division",
        [is_sqrt](Vfloat_divide_lanes& dut, const Line& a, const Line& b, const Line&) {
          dut.start_valid_i = 1;
          dut.sqrt_i = is_sqrt;
          tb::set_line(dut.a_i, a);
          tb::set_line(dut.b_i, b);
        },
        [](Vfloat_divide_lanes& dut) {
          dut.start_valid_i = 0;
          dut.done_ready_i = 1;
          dut.rounding_i = 0;
          dut.enable_i = 0xffff;
        });
  }
  for (const bool stochastic : {false, true}) {
    report<Vcfloat_lanes>(
        stochastic ? "CFloat8 stochastic" : "CFloat8 nearest",
        [stochastic](Vcfloat_lanes& dut, const Line& a, const Line&, const Line&) {
          dut.valid_i = 1;
          dut.stochastic_i = stochastic;
          dut.seed_i = a[0];
          tb::set_line(dut.data_i, a);
        },
        [](Vcfloat_lanes& dut) {
          dut.valid_i = 0;
          dut.widen_i = dut.bf16_i = 0;
          dut.format_i = 0;
          dut.bias_i = 7;
          dut.index_i = 0;
          dut.enable_i = 0xffff;
        });
  }
  return 0;
}
