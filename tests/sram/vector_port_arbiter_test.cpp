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
  void request(bool matrix, bool elementwise, bool granted) {
    arbiter_->matrix_valid_i = matrix;
    arbiter_->matrix_line_i = 100;
    arbiter_->elementwise_valid_i = elementwise;
    arbiter_->elementwise_line_i = 200;
    arbiter_->port_grant_i = granted && (matrix || elementwise);
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
  EXPECT_EQ(bench->elementwise_grant_o, 1);
  bench.cycle();
  bench.request(true, false, true);
  EXPECT_EQ(bench->port_line_o, 100);
  EXPECT_EQ(bench->matrix_grant_o, 1);
  bench.cycle();
  bench.request(false, false, false);
  EXPECT_EQ(bench->port_valid_o, 0);
}

TEST(VectorPortArbiter, BothUnitsTakeTurnsUnderContention) {
  ArbiterBench bench;
  for (int i = 0; i < 8; ++i) {
    bench.request(true, true, true);
    EXPECT_EQ(bench->matrix_grant_o, i % 2 == 0) << "cycle " << i;
    EXPECT_EQ(bench->elementwise_grant_o, i % 2 == 1) << "cycle " << i;
    bench.cycle();
  }
}

TEST(VectorPortArbiter, RefusedPortChangesNothing) {
  ArbiterBench bench;
  for (int i = 0; i < 3; ++i) {
    bench.request(true, true, false);
    EXPECT_EQ(bench->port_line_o, 100);
    EXPECT_EQ(bench->matrix_grant_o + bench->elementwise_grant_o, 0);
    bench.cycle();
  }
}

/// Random requests that are held until granted; returns a hash of all grants.
std::uint64_t random_grants(int seed) {
  ArbiterBench bench(seed);
  std::mt19937_64 random(11);
  bool matrix = false;
  bool elementwise = false;
  int elementwise_waited = 0;
  std::uint64_t hash = 0;
  for (int i = 0; i < 5000; ++i) {
    matrix = matrix || random() % 4 != 0;
    elementwise = elementwise || random() % 2 != 0;
    const bool granted = random() % 3 != 0;
    bench.request(matrix, elementwise, granted);
    const bool to_matrix = bench->matrix_grant_o != 0;
    const bool to_elementwise = bench->elementwise_grant_o != 0;
    EXPECT_FALSE(to_matrix && to_elementwise);
    EXPECT_EQ(to_matrix || to_elementwise, granted && (matrix || elementwise));
    elementwise_waited = to_matrix && elementwise ? elementwise_waited + 1 : to_elementwise ? 0 : elementwise_waited;
    EXPECT_LE(elementwise_waited, 1) << "the element-wise unit was passed over twice, cycle " << i;
    hash = hash * 31 + (to_matrix ? 1 : 0) + (to_elementwise ? 2 : 0);
    bench.cycle();
    matrix = matrix && !to_matrix;
    elementwise = elementwise && !to_elementwise;
  }
  return hash;
}

TEST(VectorPortArbiter, NobodyIsPassedOverTwiceAndTheInitialStateDoesNotMatter) {
  const std::uint64_t first = random_grants(1);
  EXPECT_EQ(random_grants(2), first);
  EXPECT_EQ(random_grants(3), first);
}

}  // namespace
