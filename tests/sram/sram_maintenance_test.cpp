// Block test of rtl/node/sram_maintenance.sv: which lines are scrubbed when, and injections.

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>

#include "Vsram_maintenance.h"
#include "dojo_hw.hpp"
#include "verilated.h"

namespace {

namespace hw = dojo::hw;

class MaintenanceBench : public testing::Test {
 protected:
  MaintenanceBench() {
    context_.randReset(2);
    context_.randSeed(9);
    unit_ = std::make_unique<Vsram_maintenance>(&context_);
    unit_->inject_valid_i = 0;
    unit_->period_i = 0;
    unit_->m_grant_i = 0;
    unit_->awake_i = 1;
    unit_->rst_ni = 0;
    for (int i = 0; i < 2; ++i) cycle();
    unit_->rst_ni = 1;
  }
  /// One cycle, in which a request is granted if `granting`.
  void cycle(bool granting = false) {
    unit_->clk_i = 0;
    unit_->m_grant_i = 0;
    unit_->eval();
    unit_->m_grant_i = granting && unit_->m_valid_o != 0 ? 1 : 0;
    unit_->clk_i = 1;
    unit_->eval();
    unit_->inject_valid_i = 0;
  }
  void inject(unsigned word) {
    unit_->inject_valid_i = 1;
    unit_->inject_word_i = word;
    unit_->inject_data_i = 5;
    unit_->inject_check_i = 6;
  }

  VerilatedContext context_;
  std::unique_ptr<Vsram_maintenance> unit_;
};

TEST_F(MaintenanceBench, NothingIsScrubbedWithoutAPeriod) {
  for (int i = 0; i < 100; ++i) {
    cycle(true);
    EXPECT_EQ(unit_->m_valid_o, 0);
  }
  EXPECT_EQ(unit_->idle_o, 1);
}

TEST_F(MaintenanceBench, OneLinePerPeriodRoundAndRound) {
  unit_->period_i = 3;
  unsigned expected = 0;
  unsigned scrubbed = 0;
  constexpr unsigned rounds = hw::sram_lines + 10;
  for (unsigned i = 0; i < 3 * rounds + 3; ++i) {
    if (unit_->m_valid_o != 0) {
      ASSERT_EQ(unit_->m_line_o, expected);
      ASSERT_EQ(unit_->m_flip_o, 0);
      expected = (expected + 1) % hw::sram_lines;
      ++scrubbed;
    }
    EXPECT_EQ(unit_->idle_o, 1) << "the scrubber keeps nobody awake";
    cycle(true);
  }
  EXPECT_NEAR(scrubbed, rounds, 1.0);
}

TEST_F(MaintenanceBench, ASleepingNodeIsNotScrubbed) {
  unit_->period_i = 1;
  for (int i = 0; i < 5; ++i) cycle(true);
  const unsigned line = unit_->m_line_o;
  unit_->awake_i = 0;
  for (int i = 0; i < 20; ++i) {
    cycle(true);
    EXPECT_EQ(unit_->m_valid_o, 0);
  }
  unit_->awake_i = 1;
  for (int i = 0; i < 4; ++i) cycle(true);
  EXPECT_LE(unit_->m_line_o - line, 3U);
}

TEST_F(MaintenanceBench, AnInjectionKeepsTheNodeAwakeUntilItIsGranted) {
  inject(8 * 1234 + 5);
  cycle();
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(unit_->idle_o, 0);
    cycle();
  }
  EXPECT_EQ(unit_->m_valid_o, 1);
  EXPECT_EQ(unit_->m_flip_o, 1);
  EXPECT_EQ(unit_->m_line_o, 1234);
  EXPECT_EQ(unit_->m_word_o, 5);
  EXPECT_EQ(unit_->m_flip_data_o, 5U);
  EXPECT_EQ(unit_->m_flip_check_o, 6);
  cycle(true);
  EXPECT_EQ(unit_->m_valid_o, 0);
  EXPECT_EQ(unit_->idle_o, 1);
}

TEST_F(MaintenanceBench, AnInjectionFollowsAScrubThatWaits) {
  unit_->period_i = 1;
  cycle();
  cycle();
  EXPECT_EQ(unit_->m_valid_o, 1);
  inject(8);
  cycle();
  inject(16);  // while one waits: dropped
  cycle();
  EXPECT_EQ(unit_->m_flip_o, 0);
  cycle(true);
  cycle();
  EXPECT_EQ(unit_->m_flip_o, 1);
  EXPECT_EQ(unit_->m_line_o, 1);
}

}  // namespace
