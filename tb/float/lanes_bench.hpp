#pragma once
// Drives a Verilated module of 16 floating-point lanes: one operation per cycle, results compared in their order.

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "verilated.h"

namespace dojo::tb {

inline constexpr std::size_t float_lanes = 16;
using Line = std::array<std::uint32_t, float_lanes>;

/// A random initial state by `seed`, reset, clock.
template <class Dut>
class ClockedBench {
 public:
  explicit ClockedBench(int seed) {
    context_.randReset(2);
    context_.randSeed(seed);
    dut_ = std::make_unique<Dut>(&context_);
  }

  Dut* operator->() { return dut_.get(); }
  Dut& dut() { return *dut_; }

  void reset() {
    dut_->rst_ni = 0;
    cycle();
    cycle();
    dut_->rst_ni = 1;
  }

  void cycle() {
    dut_->clk_i = 0;
    dut_->eval();
    dut_->clk_i = 1;
    dut_->eval();
    ++cycles_;
  }

  std::uint64_t cycles() const { return cycles_; }
  VerilatedContext& context() { return context_; }

 private:
  VerilatedContext context_;
  std::unique_ptr<Dut> dut_;
  std::uint64_t cycles_ = 0;
};

template <class Port>
void set_line(Port& port, const Line& line) {
  static_assert(sizeof port == sizeof line);
  std::memcpy(&port, line.data(), sizeof line);
}

template <class Port>
Line get_line(const Port& port) {
  Line line;
  static_assert(sizeof port == sizeof line);
  std::memcpy(line.data(), &port, sizeof line);
  return line;
}

/// What an operation must give: results of enabled lanes, and flags.
struct Expected {
  Line result;
  std::uint32_t enable;
  std::uint32_t flags;
  std::string what;  ///< shown beside a wrong result
  std::optional<std::uint32_t> mask;
  std::uint64_t cycle;
};

/// A pipeline with fixed latency: valid_i, valid_o, result_o, flags_o.
template <class Dut>
class PipelineBench : public ClockedBench<Dut> {
 public:
  PipelineBench(int seed, std::uint64_t latency) : ClockedBench<Dut>(seed), latency_(latency) {
    this->dut().valid_i = 0;
    this->reset();
  }

  /// Clocks in the operation at the ports; `expected` is compared when it comes out.
  void operate(Expected expected) {
    expected.cycle = this->cycles() + latency_;
    waiting_.push_back(std::move(expected));
    this->dut().valid_i = 1;
    step();
  }

  void pause() {
    this->dut().valid_i = 0;
    step();
  }

  /// Lets everything come out.
  void drain() {
    while (!waiting_.empty() && !testing::Test::HasFatalFailure()) pause();
    pause();
  }

 private:
  void step() {
    this->cycle();
    Dut& dut = this->dut();
    const bool due = !waiting_.empty() && waiting_.front().cycle == this->cycles();
    ASSERT_EQ(dut.valid_o, due ? 1 : 0) << "in cycle " << this->cycles();
    if (!due) return;
    const Expected& expected = waiting_.front();
    const Line result = get_line(dut.result_o);
    for (std::size_t lane = 0; lane < float_lanes; ++lane) {
      if ((expected.enable >> lane & 1) == 0) continue;
      ASSERT_EQ(result[lane], expected.result[lane]) << "lane " << lane << ": " << expected.what;
    }
    ASSERT_EQ(dut.flags_o, expected.flags) << expected.what;
    if constexpr (requires { dut.mask_o; }) {
      if (expected.mask) {
        ASSERT_EQ(dut.mask_o, *expected.mask) << expected.what;
      }
    }
    waiting_.pop_front();
  }

  std::uint64_t latency_;
  std::deque<Expected> waiting_;
};

}  // namespace dojo::tb
