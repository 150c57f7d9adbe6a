// Error correction of rtl/node/sram.sv: the code itself, what each port sees of single and double errors, partial
// writes, repair.

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <memory>
#include <random>
#include <set>

#include "Vsram.h"
#include "Vsram___024root.h"
#include "common/ecc.hpp"
#include "dojo_hw.hpp"
#include "sim/assertion.hpp"
#include "verilated.h"

namespace dojo {
namespace {

constexpr unsigned word_bits = 64;
constexpr unsigned code_bits = 72;

TEST(EccCode, HasSeventyTwoDifferentColumnsOfOddWeight) {
  std::set<unsigned> columns;
  for (unsigned i = 0; i < 8; ++i) columns.insert(1U << i);
  for (unsigned i = 0; i < word_bits; ++i) columns.insert(ecc_check_bits(std::uint64_t{1} << i));
  EXPECT_EQ(columns.size(), code_bits);
  for (const unsigned column : columns) EXPECT_EQ(std::popcount(column) % 2, 1) << column;
}

TEST(EccCode, IsLinear) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 1000; ++i) {
    const std::uint64_t a = random();
    const std::uint64_t b = random();
    EXPECT_EQ(ecc_check_bits(a) ^ ecc_check_bits(b), ecc_check_bits(a ^ b));
  }
}

/// Syndrome of one wrong bit: 0 to 63 in the word, 64 to 71 in the check bits.
unsigned syndrome_of(unsigned bit) {
  return bit < word_bits ? ecc_check_bits(std::uint64_t{1} << bit) : 1U << (bit - word_bits);
}

TEST(EccCode, CorrectsEverySingleAndDetectsEveryDoubleError) {
  for (unsigned i = 0; i < code_bits; ++i) {
    const EccVerdict one = ecc_verdict(syndrome_of(i));
    EXPECT_TRUE(one.corrected && !one.uncorrectable);
    EXPECT_EQ(one.flip, i < word_bits ? std::uint64_t{1} << i : 0);
    for (unsigned j = 0; j < i; ++j) {
      const EccVerdict two = ecc_verdict(syndrome_of(i) ^ syndrome_of(j));
      EXPECT_TRUE(two.uncorrectable && !two.corrected && two.flip == 0) << i << " and " << j;
    }
  }
}

using Line = std::array<std::uint64_t, 8>;

class EccBench : public testing::Test {
 protected:
  EccBench() {
    context_.randReset(2);
    context_.randSeed(3);
    sram_ = std::make_unique<Vsram>(&context_);
    clear();
    sram_->rst_ni = 0;
    for (int i = 0; i < 3; ++i) cycle();
    sram_->rst_ni = 1;
    cycle();
  }

  void clear() {
    sram_->s_valid_i = sram_->s_write_i = sram_->s_atomic_i = 0;
    sram_->vr_valid_i = 0;
    sram_->vw_valid_i = sram_->nr_valid_i = sram_->nw_valid_i = sram_->m_valid_i = 0;
  }
  void settle() {
    sram_->clk_i = 0;
    sram_->eval();
  }
  void cycle() {
    settle();
    sram_->clk_i = 1;
    sram_->eval();
  }
  /// Lets the cycle with the requests on the ports pass, and ends them.
  void pass() {
    cycle();
    clear();
  }
  void count_errors() {
    if (sram_->error_valid_o == 0) return;
    corrected += sram_->error_corrected_o;
    uncorrectable += sram_->error_uncorrectable_o;
    if (sram_->error_uncorrectable_o != 0) last = {sram_->error_port_o, sram_->error_word_o};
  }
  /// A cycle, and one more in which its errors are reported.
  void pass_and_count() {
    pass();
    count_errors();
    cycle();
    ASSERT_EQ(sram_->error_valid_o, 0) << "one report per access";
  }

  void write(unsigned line, const Line& data, std::uint64_t byte_enable = ~std::uint64_t{0}, bool network = false) {
    (network ? sram_->nw_valid_i : sram_->vw_valid_i) = 1;
    (network ? sram_->nw_line_i : sram_->vw_line_i) = static_cast<std::uint16_t>(line);
    std::memcpy(network ? &sram_->nw_data_i : &sram_->vw_data_i, data.data(), sizeof data);
    (network ? sram_->nw_be_i : sram_->vw_be_i) = byte_enable;
    pass_and_count();
  }
  void store(unsigned line, unsigned word, std::uint64_t data, unsigned byte_enable) {
    sram_->s_valid_i = sram_->s_write_i = 1;
    sram_->s_line_i = static_cast<std::uint16_t>(line);
    sram_->s_word_i = static_cast<std::uint8_t>(word);
    sram_->s_wdata_i = data;
    sram_->s_be_i = static_cast<std::uint8_t>(byte_enable);
    pass_and_count();
  }
  Line read(hw::SramPort port, unsigned line) {
    const void* data = nullptr;
    switch (port) {
      case hw::SramPort::scalar:
        sram_->s_valid_i = 1;
        sram_->s_line_i = static_cast<std::uint16_t>(line);
        data = &sram_->s_rdata_o;
        break;
      case hw::SramPort::network_read:
        sram_->nr_valid_i = 1;
        sram_->nr_line_i = static_cast<std::uint16_t>(line);
        data = &sram_->nr_data_o;
        break;
      default: {
        const unsigned p = port == hw::SramPort::vector_read_0 ? 0 : 1;
        sram_->vr_valid_i = static_cast<std::uint8_t>(1U << p);
        sram_->vr_line_i = line << (15 * p);
        data = &sram_->vr_data_o[p * hw::line_bytes / 4];
      }
    }
    pass_and_count();
    Line result;
    std::memcpy(result.data(), data, sizeof result);
    return result;
  }
  /// Flips stored bits: 0 to 63 of the word, 64 to 71 of its check bits.
  void flip(unsigned line, unsigned word, unsigned bit) {
    sram_->m_valid_i = sram_->m_flip_i = 1;
    sram_->m_line_i = static_cast<std::uint16_t>(line);
    sram_->m_word_i = static_cast<std::uint8_t>(word);
    sram_->m_flip_data_i = bit < word_bits ? std::uint64_t{1} << bit : 0;
    sram_->m_flip_check_i = static_cast<std::uint8_t>(bit < word_bits ? 0 : 1U << (bit - word_bits));
    settle();
    ASSERT_EQ(sram_->m_grant_o, 1);
    pass();
    cycle();
  }
  void repair(unsigned line) {
    sram_->m_valid_i = 1;
    sram_->m_flip_i = 0;
    sram_->m_line_i = static_cast<std::uint16_t>(line);
    pass_and_count();
  }
  Line random_line() {
    Line line;
    for (auto& word : line) word = random();
    return line;
  }
  [[nodiscard]] std::uint64_t stored_check(unsigned line) const {
    return sram_->rootp->sram__DOT__u_array__DOT__check[line];
  }

  static constexpr std::array<hw::SramPort, 4> readers{hw::SramPort::scalar, hw::SramPort::vector_read_0,
                                                       hw::SramPort::vector_read_1, hw::SramPort::network_read};
  struct Report {
    unsigned port;
    unsigned word;
    bool operator==(const Report&) const = default;
  };

  std::mt19937_64 random{5};
  unsigned corrected = 0;
  unsigned uncorrectable = 0;
  Report last{};
  VerilatedContext context_;
  std::unique_ptr<Vsram> sram_;
};

TEST_F(EccBench, ChecksEveryWordThatIsWrittenAsTheCodeSays) {
  for (unsigned i = 0; i < 300; ++i) {
    Line line = random_line();
    if (i < word_bits) line.fill(std::uint64_t{1} << i);
    write(i, line, ~std::uint64_t{0}, i % 2 != 0);
    EXPECT_EQ(stored_check(i), ecc_line_check(std::as_bytes(std::span(line)))) << "line " << i;
    const std::uint64_t word = random();
    store(i, i % 8, word, 0xff);
    line[i % 8] = word;
    EXPECT_EQ(stored_check(i), ecc_line_check(std::as_bytes(std::span(line)))) << "line " << i << " after a store";
  }
  EXPECT_EQ(corrected + uncorrectable, 0U);
}

TEST_F(EccBench, CorrectsASingleErrorInEveryBitOnEveryPort) {
  const Line data = random_line();
  write(7, data);
  unsigned expected = 0;
  for (unsigned bit = 0; bit < code_bits; ++bit) {
    const unsigned word = bit % 8;
    flip(7, word, bit);
    for (const hw::SramPort port : readers) {
      EXPECT_EQ(read(port, 7), data) << "bit " << bit << ", port " << to_string(port);
      if (port == hw::SramPort::network_read) EXPECT_EQ(sram_->nr_bad_o, 0);
      EXPECT_EQ(corrected, ++expected);
    }
    flip(7, word, bit);
  }
  EXPECT_EQ(uncorrectable, 0U);
}

TEST_F(EccBench, ReportsDoubleErrorsWithPortAndWord) {
  const Line data = random_line();
  for (int i = 0; i < 200; ++i) {
    const auto line = static_cast<unsigned>(random() % hw::sram_lines);
    const auto word = static_cast<unsigned>(random() % 8);
    const auto first = static_cast<unsigned>(random() % code_bits);
    const auto second = static_cast<unsigned>((first + 1 + random() % (code_bits - 1)) % code_bits);
    write(line, data);
    flip(line, word, first);
    flip(line, word, second);
    Line stored = data;
    for (const unsigned bit : {first, second}) {
      if (bit < word_bits) stored[word] ^= std::uint64_t{1} << bit;
    }
    for (const hw::SramPort port : readers) {
      EXPECT_EQ(read(port, line), stored);
      EXPECT_EQ(last, (Report{static_cast<unsigned>(port), line * 8 + word}));
      if (port == hw::SramPort::network_read) EXPECT_EQ(sram_->nr_bad_o, 1);
    }
    EXPECT_EQ(uncorrectable, readers.size() * static_cast<unsigned>(i + 1));
  }
  EXPECT_EQ(corrected, 0U);
}

TEST_F(EccBench, SingleErrorsOfSeveralWordsAreCorrectedTogether) {
  const Line data = random_line();
  write(9, data);
  for (unsigned word = 0; word < 8; ++word) flip(9, word, 9 * word);
  EXPECT_EQ(read(hw::SramPort::vector_read_0, 9), data);
  EXPECT_EQ(corrected, 8U);
}

TEST_F(EccBench, PartialWritesCorrectTheWordsThatTheyMerge) {
  Line data = random_line();
  write(100, data);
  flip(100, 3, 40);
  store(100, 3, 0x1122334455667788, 0x0f);
  data[3] = (data[3] & 0xffffffff00000000) | 0x55667788;
  EXPECT_EQ(corrected, 1U);
  EXPECT_EQ(read(hw::SramPort::scalar, 100), data);
  EXPECT_EQ(corrected, 1U) << "the merged word is whole";
  flip(100, 0, 1);
  flip(100, 7, 66);
  const Line other = random_line();
  write(100, other, 0xff000000000000f0, true);
  data[0] = (data[0] & 0x00000000ffffffff) | (other[0] & 0xffffffff00000000);
  data[7] = other[7];
  EXPECT_EQ(corrected, 2U) << "word 7 is written whole: what was there does not matter";
  EXPECT_EQ(read(hw::SramPort::scalar, 100), data);
  EXPECT_EQ(corrected, 2U);
}

TEST_F(EccBench, PartialWritesIntoUncorrectableWordsAreReported) {
  const Line data = random_line();
  write(200, data);
  flip(200, 5, 1);
  flip(200, 5, 2);
  store(200, 5, 0, 0x80);
  EXPECT_EQ(last, (Report{static_cast<unsigned>(hw::SramPort::scalar), 200 * 8 + 5}));
  flip(200, 6, 1);
  flip(200, 6, 2);
  write(200, data, std::uint64_t{1} << 48);
  EXPECT_EQ(last, (Report{static_cast<unsigned>(hw::SramPort::vector_write), 200 * 8 + 6}));
  flip(200, 6, 1);
  flip(200, 6, 2);
  write(200, data, std::uint64_t{1} << 48, true);
  EXPECT_EQ(last, (Report{static_cast<unsigned>(hw::SramPort::network_write), 200 * 8 + 6}));
  EXPECT_EQ(uncorrectable, 3U);
}

TEST_F(EccBench, APartialWriteTakesItsBankForTwoCycles) {
  write(0, random_line());
  sram_->s_valid_i = sram_->s_write_i = 1;
  sram_->s_line_i = 0;
  sram_->s_word_i = 2;
  sram_->s_be_i = 1;
  pass();
  // Line 0x11 is in the same bank, line 1 in another one.
  sram_->nr_valid_i = 1;
  sram_->nr_line_i = 0x11;
  sram_->vr_valid_i = 1;
  sram_->vr_line_i = 1;
  settle();
  EXPECT_EQ(sram_->nr_grant_o, 0);
  EXPECT_EQ(sram_->vr_grant_o, 1);
  cycle();
  sram_->vr_valid_i = 0;
  settle();
  EXPECT_EQ(sram_->nr_grant_o, 1);
  pass();
  // A write of a whole word takes one.
  sram_->s_valid_i = sram_->s_write_i = 1;
  sram_->s_be_i = 0xff;
  pass();
  sram_->nr_valid_i = 1;
  settle();
  EXPECT_EQ(sram_->nr_grant_o, 1);
}

TEST_F(EccBench, RepairWritesCorrectedWordsBackAndLeavesUncorrectableOnes) {
  const Line data = random_line();
  write(300, data);
  flip(300, 0, 5);
  flip(300, 4, 70);
  repair(300);
  EXPECT_EQ(corrected, 2U);
  EXPECT_EQ(read(hw::SramPort::scalar, 300), data);
  EXPECT_EQ(stored_check(300), ecc_line_check(std::as_bytes(std::span(data))));
  EXPECT_EQ(corrected, 2U);
  flip(300, 1, 5);
  flip(300, 1, 6);
  repair(300);
  EXPECT_EQ(last, (Report{static_cast<unsigned>(hw::SramPort::scrubber), 300 * 8 + 1}));
  read(hw::SramPort::scalar, 300);
  EXPECT_EQ(last, (Report{static_cast<unsigned>(hw::SramPort::scalar), 300 * 8 + 1}));
}

TEST_F(EccBench, MaintenanceWaitsForABankThatNobodyWants) {
  sram_->m_valid_i = 1;
  sram_->m_flip_i = 0;
  sram_->m_line_i = 0;
  sram_->s_valid_i = 1;
  sram_->s_line_i = 0x11;
  settle();
  EXPECT_EQ(sram_->m_grant_o, 0);
  EXPECT_EQ(sram_->s_grant_o, 1);
  sram_->s_line_i = 1;
  settle();
  EXPECT_EQ(sram_->m_grant_o, 1);
  cycle();
  // The repair keeps its bank for a second cycle.
  sram_->m_valid_i = 0;
  sram_->s_line_i = 0x11;
  settle();
  EXPECT_EQ(sram_->s_grant_o, 0);
  cycle();
  settle();
  EXPECT_EQ(sram_->s_grant_o, 1);
}

}  // namespace
}  // namespace dojo
