// Block test of rtl/node/sram.sv: data against a byte model, bank conflicts, order, fairness and same cycles from any
// initial state.

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "Vsram.h"
#include "dojo_hw.hpp"
#include "sim/assertion.hpp"
#include "verilated.h"

namespace {

using Line = std::array<std::uint32_t, 16>;

unsigned bank_of(unsigned line) {
  return (line ^ (line >> 4U) ^ (line >> 8U) ^ (line >> 12U)) & 15U;
}

/// The line numbers of the two vector read ports.
unsigned vector_lines(unsigned port0, unsigned port1) {
  return port0 | port1 << 15U;
}

Line random_line(std::mt19937_64& random) {
  Line line;
  for (auto& word : line) word = static_cast<std::uint32_t>(random());
  return line;
}

void apply_bytes(Line& line, const Line& data, std::uint64_t byte_enable) {
  auto* to = reinterpret_cast<unsigned char*>(line.data());
  const auto* from = reinterpret_cast<const unsigned char*>(data.data());
  for (unsigned b = 0; b < 64; ++b) {
    if ((byte_enable >> b & 1U) != 0) to[b] = from[b];
  }
}

/// The SRAM under test, with one cycle as the unit of time.
class SramBench {
 public:
  explicit SramBench(int seed = 1) {
    context_.randReset(2);
    context_.randSeed(seed);
    sram_ = std::make_unique<Vsram>(&context_);
    clear_requests();
    sram_->rst_ni = 0;
    for (int i = 0; i < 3; ++i) cycle();
    sram_->rst_ni = 1;
    cycle();
  }

  Vsram& operator*() { return *sram_; }
  Vsram* operator->() { return sram_.get(); }

  void clear_requests() {
    sram_->s_valid_i = sram_->s_write_i = sram_->s_atomic_i = 0;
    sram_->vr_valid_i = 0;
    sram_->vw_valid_i = sram_->nr_valid_i = sram_->nw_valid_i = 0;
    sram_->m_valid_i = 0;
  }

  /// Settles the grants of the requests on the ports.
  void settle() { sram_->eval(); }

  /// One clock edge.
  void cycle() {
    sram_->clk_i = 0;
    sram_->eval();
    sram_->clk_i = 1;
    sram_->eval();
  }

  void write(unsigned line, const Line& data) {
    clear_requests();
    sram_->vw_valid_i = 1;
    sram_->vw_line_i = line;
    std::memcpy(&sram_->vw_data_i, data.data(), sizeof(Line));
    sram_->vw_be_i = ~std::uint64_t{0};
    cycle();
    clear_requests();
  }

  Line read(unsigned line) {
    clear_requests();
    sram_->nr_valid_i = 1;
    sram_->nr_line_i = line;
    cycle();
    clear_requests();
    Line data;
    std::memcpy(data.data(), &sram_->nr_data_o, sizeof(Line));
    return data;
  }

 private:
  VerilatedContext context_;
  std::unique_ptr<Vsram> sram_;
};

TEST(Sram, FirstAndLastLineKeepTheirData) {
  SramBench bench;
  std::mt19937_64 random(7);
  const Line first = random_line(random);
  const Line last = random_line(random);
  bench.write(0, first);
  bench.write(dojo::hw::sram_lines - 1, last);
  EXPECT_EQ(bench.read(0), first);
  EXPECT_EQ(bench.read(dojo::hw::sram_lines - 1), last);
}

TEST(Sram, SixPortsAreServedInOneCycleWithoutConflict) {
  SramBench bench;
  bench->s_valid_i = bench->vw_valid_i = bench->nr_valid_i = bench->nw_valid_i = 1;
  bench->vr_valid_i = 3;
  bench->s_line_i = 0;
  bench->vr_line_i = vector_lines(1, 2);
  bench->vw_line_i = 3;
  bench->nr_line_i = 4;
  bench->nw_line_i = 5;
  bench->vw_be_i = bench->nw_be_i = ~std::uint64_t{0};
  bench.settle();
  EXPECT_TRUE(bench->s_grant_o && bench->vw_grant_o && bench->nr_grant_o && bench->nw_grant_o);
  EXPECT_EQ(bench->vr_grant_o, 3);
  bench.cycle();
  EXPECT_EQ(bench->conflicts_o, 0U);
}

TEST(Sram, ConflictsAreServedInOrderAndCounted) {
  SramBench bench;
  // Lines 0, 0x11, 0x22 and 0x33 share bank 0.
  ASSERT_EQ(bank_of(0x11), bank_of(0));
  ASSERT_EQ(bank_of(0x33), bank_of(0x22));
  bench->s_valid_i = bench->nr_valid_i = 1;
  bench->vr_valid_i = 3;
  bench->s_line_i = 0;
  bench->vr_line_i = vector_lines(0x11, 0x22);
  bench->nr_line_i = 0x33;
  bench.settle();
  EXPECT_EQ(bench->nr_grant_o, 1);
  EXPECT_EQ(bench->vr_grant_o + bench->s_grant_o, 0);
  bench.cycle();
  bench->nr_valid_i = 1;  // a fresh request of higher fixed rank waits for the refused ones
  bench.settle();
  EXPECT_EQ(bench->nr_grant_o, 0);
  EXPECT_EQ(bench->vr_grant_o, 1);
  bench.cycle();
  bench->vr_valid_i = 2;
  bench->nr_valid_i = 0;
  bench.settle();
  EXPECT_EQ(bench->vr_grant_o, 2);
  bench.cycle();
  bench->vr_valid_i = 0;
  bench.settle();
  EXPECT_EQ(bench->s_grant_o, 1);
  bench.cycle();
  EXPECT_EQ(bench->conflicts_o, 3U + 3U + 1U);
}

TEST(Sram, AtomicWriteGoesBeforeEverything) {
  SramBench bench;
  bench->nw_valid_i = bench->s_valid_i = bench->s_write_i = bench->s_atomic_i = 1;
  bench->nw_line_i = 0x11;
  bench->s_line_i = 0;
  bench->s_be_i = 0xff;
  bench.settle();
  EXPECT_EQ(bench->s_grant_o, 1);
  EXPECT_EQ(bench->nw_grant_o, 0);
  bench.cycle();
}

/// Requests of the network at two lines, the write of the bytes that `byte_enable` says.
void network_requests(SramBench& bench, unsigned read, unsigned write, const Line& data, std::uint64_t byte_enable) {
  bench.clear_requests();
  bench->nr_valid_i = bench->nw_valid_i = 1;
  bench->nr_line_i = read;
  bench->nw_line_i = write;
  std::memcpy(&bench->nw_data_i, data.data(), sizeof(Line));
  bench->nw_be_i = byte_enable;
  bench.settle();
}

TEST(Sram, NetworkWriteThatMeetsTheReadOfALineIsLate) {
  SramBench bench;
  std::mt19937_64 random(7);
  const Line before = random_line(random);
  const Line after = random_line(random);
  const Line other = random_line(random);
  bench.write(0x11, before);
  bench.write(0, other);
  network_requests(bench, 0x11, 0x11, after, ~std::uint64_t{0});
  EXPECT_TRUE(bench->nr_grant_o && bench->nw_grant_o);
  bench.cycle();
  EXPECT_EQ(std::memcmp(&bench->nr_data_o, before.data(), sizeof(Line)), 0) << "the read comes first";
  // In the cycle of the late write its bank serves nobody; the next late write need not wait.
  network_requests(bench, 0, 1, other, ~std::uint64_t{0});
  EXPECT_EQ(bench->nr_grant_o, 0);
  EXPECT_EQ(bench->nw_grant_o, 1);
  bench.cycle();
  EXPECT_EQ(bench.read(0x11), after);
  EXPECT_EQ(bench.read(0), other);
  // The same with the vector unit's reads.
  bench.clear_requests();
  bench->nw_valid_i = 1;
  bench->vr_valid_i = 3;
  bench->nw_line_i = 0x22;
  bench->vr_line_i = vector_lines(0x22, 1);
  std::memcpy(&bench->nw_data_i, after.data(), sizeof(Line));
  bench->nw_be_i = ~std::uint64_t{0};
  bench.settle();
  EXPECT_EQ(bench->vr_grant_o, 3);
  EXPECT_EQ(bench->nw_grant_o, 1);
  bench.cycle();
  EXPECT_EQ(bench->conflicts_o, 1U);
  bench.clear_requests();
  bench.cycle();
  EXPECT_EQ(bench.read(0x22), after);
}

TEST(Sram, NetworkWriteOfPartOfAWordIsNeverLate) {
  SramBench bench;
  network_requests(bench, 0x11, 0x22, {}, 0x10);
  EXPECT_NE(bench->nr_grant_o, bench->nw_grant_o);
  bench.cycle();
  bench.clear_requests();
  bench.cycle();
  network_requests(bench, 0x11, 0x22, {}, 0xff00);  // a whole word
  EXPECT_TRUE(bench->nr_grant_o && bench->nw_grant_o);
  bench.cycle();
}

TEST(Sram, EveryPortGetsItsTurnInABankThatAllWantAllTheTime) {
  for (const std::uint64_t byte_enable : {~std::uint64_t{0}, std::uint64_t{1}}) {
    SramBench bench;
    std::array<unsigned, 6> grants{};
    bench->s_valid_i = bench->vw_valid_i = bench->nr_valid_i = bench->nw_valid_i = 1;
    bench->vr_valid_i = 3;
    bench->vr_line_i = vector_lines(0x11, 0x22);
    bench->vw_line_i = 0x33;
    bench->nr_line_i = 0x44;
    bench->nw_line_i = 0x55;
    bench->vw_be_i = bench->nw_be_i = byte_enable;
    for (int cycle = 0; cycle < 1200; ++cycle) {
      bench.settle();
      const std::array<bool, 6> granted = {bench->s_grant_o != 0,        (bench->vr_grant_o & 1) != 0,
                                           (bench->vr_grant_o & 2) != 0, bench->vw_grant_o != 0,
                                           bench->nr_grant_o != 0,       bench->nw_grant_o != 0};
      for (unsigned p = 0; p < 6; ++p) grants[p] += granted[p] ? 1 : 0;
      bench.cycle();
    }
    for (const unsigned count : grants) EXPECT_GE(count, 1200 / 15) << "byte enable " << byte_enable;
  }
}

TEST(Sram, RequestOutsideTheArrayFailsItsAssertion) {
  SramBench bench;
  bench->nr_valid_i = 1;
  bench->nr_line_i = dojo::hw::sram_lines;
  try {
    bench.cycle();
    FAIL() << "the assertion did not fire";
  } catch (const dojo::AssertionError& error) {
    EXPECT_NE(std::string(error.what()).find("NetworkReadInRange"), std::string::npos) << error.what();
  }
}

/// Whether each 64-bit word is written as a whole or not at all.
bool whole_words(std::uint64_t byte_enable) {
  for (unsigned w = 0; w < 8; ++w) {
    const std::uint64_t bytes = byte_enable >> (8 * w) & 0xff;
    if (bytes != 0 && bytes != 0xff) return false;
  }
  return true;
}

/// What a random run leaves behind, to compare runs.
struct Outcome {
  std::uint64_t grants_hash = 0;
  std::uint64_t conflicts = 0;
};

/// Drives all ports with random requests on few lines (so that they collide) and checks every byte against a model.
Outcome random_traffic(int reset_seed) {
  constexpr unsigned lines = 96;
  SramBench bench(reset_seed);
  std::mt19937_64 random(42);
  std::vector<Line> model(lines);
  for (unsigned l = 0; l < lines; ++l) {
    model[l] = random_line(random);
    bench.write(l, model[l]);
  }
  Outcome outcome;
  struct Pending {
    bool valid = false;
    bool write = false;
    unsigned line = 0, word = 0;
    std::uint64_t byte_enable = 0, word_data = 0;
    Line data{};
  };
  enum Port : unsigned { scalar, read0, read1, vector_write, network_read, network_write, ports };
  std::array<Pending, ports> pending;
  unsigned late_bank = 0;  // bit of the bank in which the network write of the cycle before is done
  for (int cycle = 0; cycle < 20000; ++cycle) {
    for (unsigned p = 0; p < ports; ++p) {
      if (pending[p].valid || random() % 4 == 0) continue;
      pending[p] = {.valid = true,
                    .write = p == scalar && random() % 2 == 0,
                    .line = static_cast<unsigned>(random() % lines),
                    .word = static_cast<unsigned>(random() % 8),
                    .byte_enable = random() % 2 == 0 ? ~std::uint64_t{0} : random(),
                    .word_data = random(),
                    .data = random_line(random)};
    }
    bench->s_valid_i = pending[scalar].valid;
    bench->s_write_i = pending[scalar].write;
    bench->s_line_i = pending[scalar].line;
    bench->s_word_i = pending[scalar].word;
    bench->s_wdata_i = pending[scalar].word_data;
    bench->s_be_i = pending[scalar].byte_enable & 0xff;
    bench->vr_valid_i = (pending[read0].valid ? 1 : 0) | (pending[read1].valid ? 2 : 0);
    bench->vr_line_i = vector_lines(pending[read0].line, pending[read1].line);
    bench->vw_valid_i = pending[vector_write].valid;
    bench->vw_line_i = pending[vector_write].line;
    bench->vw_be_i = pending[vector_write].byte_enable;
    std::memcpy(&bench->vw_data_i, pending[vector_write].data.data(), sizeof(Line));
    bench->nr_valid_i = pending[network_read].valid;
    bench->nr_line_i = pending[network_read].line;
    bench->nw_valid_i = pending[network_write].valid;
    bench->nw_line_i = pending[network_write].line;
    bench->nw_be_i = pending[network_write].byte_enable;
    std::memcpy(&bench->nw_data_i, pending[network_write].data.data(), sizeof(Line));
    bench->clk_i = 0;
    bench.settle();
    const std::array<bool, ports> granted = {bench->s_grant_o != 0,        (bench->vr_grant_o & 1) != 0,
                                             (bench->vr_grant_o & 2) != 0, bench->vw_grant_o != 0,
                                             bench->nr_grant_o != 0,       bench->nw_grant_o != 0};
    unsigned banks_used = late_bank;
    late_bank = 0;
    unsigned reads = 0;  // banks that a line is read from
    std::array<Line, ports> expected;
    for (unsigned p = 0; p < ports; ++p) {
      outcome.grants_hash = outcome.grants_hash * 31 + (granted[p] ? 1 : 0);
      if (!granted[p]) continue;
      EXPECT_TRUE(pending[p].valid);
      const unsigned bank = 1U << bank_of(pending[p].line);
      expected[p] = model[pending[p].line];
      if (p == network_write && (reads & bank) != 0 && whole_words(pending[p].byte_enable)) {
        late_bank = bank;
        continue;
      }
      EXPECT_EQ(banks_used & bank, 0U) << "two grants in one bank, cycle " << cycle;
      banks_used |= bank;
      if (p == read0 || p == read1 || p == network_read) reads |= bank;
    }
    bench.cycle();
    const auto check_read = [&](Port port, const void* data) {
      if (!granted[port]) return;
      EXPECT_EQ(std::memcmp(data, expected[port].data(), sizeof(Line)), 0) << "port " << port << ", cycle " << cycle;
    };
    if (!pending[scalar].write) check_read(scalar, &bench->s_rdata_o);
    check_read(read0, &bench->vr_data_o[0]);
    check_read(read1, &bench->vr_data_o[sizeof(Line) / 4]);
    check_read(network_read, &bench->nr_data_o);
    if (granted[scalar] && pending[scalar].write) {
      Line data{};
      std::memcpy(&data[pending[scalar].word * 2], &pending[scalar].word_data, 8);
      apply_bytes(model[pending[scalar].line], data,
                  (pending[scalar].byte_enable & 0xff) << (pending[scalar].word * 8));
    }
    for (const Port port : {vector_write, network_write}) {
      if (granted[port]) apply_bytes(model[pending[port].line], pending[port].data, pending[port].byte_enable);
    }
    for (unsigned p = 0; p < ports; ++p) {
      if (granted[p]) pending[p].valid = false;
    }
    if (testing::Test::HasFailure()) break;
  }
  outcome.conflicts = bench->conflicts_o;
  return outcome;
}

TEST(Sram, RandomTrafficMatchesTheModelInTheSameCyclesFromAnyInitialState) {
  const Outcome first = random_traffic(1);
  EXPECT_GT(first.conflicts, 1000U);
  for (const int seed : {2, 3}) {
    const Outcome other = random_traffic(seed);
    EXPECT_EQ(other.grants_hash, first.grants_hash) << "seed " << seed;
    EXPECT_EQ(other.conflicts, first.conflicts) << "seed " << seed;
  }
}

}  // namespace
