// Block test of rtl/node/vector_port_arbiter.sv: who is served, bounded waiting, and the same grants from any initial
// state.

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <random>

#include "Vvector_port_arbiter.h"
#include "verilated.h"

namespace {

/// The arbiter under test; requests are set on the ports, then settle() and cycle().
class ArbiterBench {
 public:
  explicit ArbiterBench(int seed = 1) {
    context_.randReset(2);
    context_.randSeed(seed);
    arbiter_ = std::make_unique<Vvector_port_arbiter>(&context_);
    request(false, false, false);
    arbiter_->rst_ni = 0;
    for (int i = 0; i < 2; ++i) cycle();
    arbiter_->rst_ni = 1;
  }

  Vvector_port_arbiter* operator->() { return arbiter_.get(); }

  /// Requests of the two units; the port grants what it is asked for if `granted`.
  void request(bool first, bool second, bool granted) {
    arbiter_->first_valid_i = first;
    arbiter_->first_line_i = 100;
    arbiter_->second_valid_i = second;
    arbiter_->second_line_i = 200;
    arbiter_->port_grant_i = granted && (first || second);
    arbiter_->clk_i = 0;
    arbiter_->eval();
  }

  void cycle() {
    arbiter_->clk_i = 0;
    arbiter_->eval();
    arbiter_->clk_i = 1;
    arbiter_->eval();
  }

 private:
  VerilatedContext context_;
  std::unique_ptr<Vvector_port_arbiter> arbiter_;
};

TEST(VectorPortArbiter, OneRequestIsPassedOn) {
  ArbiterBench bench;
  bench.request(false, true, true);
  EXPECT_EQ(bench->port_valid_o, 1);
  EXPECT_EQ(bench->port_line_o, 200);
  EXPECT_EQ(bench->second_grant_o, 1);
  bench.cycle();
  bench.request(true, false, true);
  EXPECT_EQ(bench->port_line_o, 100);
  EXPECT_EQ(bench->first_grant_o, 1);
  bench.cycle();
  bench.request(false, false, false);
  EXPECT_EQ(bench->port_valid_o, 0);
}

TEST(VectorPortArbiter, BothUnitsTakeTurnsUnderContention) {
  ArbiterBench bench;
  for (int i = 0; i < 8; ++i) {
    bench.request(true, true, true);
    EXPECT_EQ(bench->first_grant_o, i % 2 == 0) << "cycle " << i;
    EXPECT_EQ(bench->second_grant_o, i % 2 == 1) << "cycle " << i;
    bench.cycle();
  }
}

TEST(VectorPortArbiter, RefusedPortChangesNothing) {
  ArbiterBench bench;
  for (int i = 0; i < 3; ++i) {
    bench.request(true, true, false);
    EXPECT_EQ(bench->port_line_o, 100);
    EXPECT_EQ(bench->first_grant_o + bench->second_grant_o, 0);
    bench.cycle();
  }
}

/// Random requests that are held until granted; returns a hash of all grants.
std::uint64_t random_grants(int seed) {
  ArbiterBench bench(seed);
  std::mt19937_64 random(11);
  bool first = false;
  bool second = false;
  int second_waited = 0;
  std::uint64_t hash = 0;
  for (int i = 0; i < 5000; ++i) {
    first = first || random() % 4 != 0;
    second = second || random() % 2 != 0;
    const bool granted = random() % 3 != 0;
    bench.request(first, second, granted);
    const bool to_first = bench->first_grant_o != 0;
    const bool to_second = bench->second_grant_o != 0;
    EXPECT_FALSE(to_first && to_second);
    EXPECT_EQ(to_first || to_second, granted && (first || second));
    second_waited = to_first && second ? second_waited + 1 : to_second ? 0 : second_waited;
    EXPECT_LE(second_waited, 1) << "the second client was passed over twice, cycle " << i;
    hash = hash * 31 + (to_first ? 1 : 0) + (to_second ? 2 : 0);
    bench.cycle();
    first = first && !to_first;
    second = second && !to_second;
  }
  return hash;
}

TEST(VectorPortArbiter, NobodyIsPassedOverTwiceAndTheInitialStateDoesNotMatter) {
  const std::uint64_t first = random_grants(1);
  EXPECT_EQ(random_grants(2), first);
  EXPECT_EQ(random_grants(3), first);
}

}  // namespace
