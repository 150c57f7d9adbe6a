// Errors of the SRAM as a program and its host see them: corrected, reported, repaired.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <numeric>
#include <string>
#include <vector>

#include "common/error.hpp"
#include "kernels/firmware.hpp"
#include "programs/memory_error.h"
#include "runtime/machine.hpp"

namespace dojo {
namespace {

class MemoryError : public testing::TestWithParam<std::string> {
 protected:
  MemoryError() {
    std::iota(values.begin(), values.end(), 7);
    input.write(values);
  }

  /// Flips stored bits of a word: data bits and check bits.
  void inject(std::uint64_t address, std::uint64_t data, std::uint64_t check) {
    const auto write = [&](std::uint64_t target, std::uint64_t value) {
      machine.backend().write_register({}, static_cast<std::uint32_t>(target), value);
    };
    write(hw::control_ecc_inject_mask_address(), data);
    write(hw::control_ecc_inject_address(), address | check << 32);
    machine.backend().run(20);  // one injection at a time
  }
  /// Runs the program over the values; the message if it fails.
  std::string run() {
    try {
      machine.launch(program, machine.all(), {input.address(), output.address(), values.size(), 1, 0}).wait(100'000);
    } catch (const RunError& error) {
      return error.what();
    }
    return "";
  }
  [[nodiscard]] std::uint64_t corrected() { return machine.counter(hw::Counter::ecc_corrected, machine.all()); }

  Machine machine{{.backend = GetParam()}};
  Program program = load_firmware("test_scale");
  std::vector<std::uint64_t> values = std::vector<std::uint64_t>(100);
  Buffer input = (machine.load(program, machine.all()), machine.allocate({}, 800));
  Buffer output = machine.allocate({}, 800);
};

TEST_P(MemoryError, SingleErrorsDoNotReachTheProgram) {
  ASSERT_EQ(run(), "");
  const auto expected = output.read<std::uint64_t>(values.size());
  EXPECT_EQ(corrected(), 0U);
  inject(input.address() + 16, 1U << 20, 0);
  inject(input.address() + 400, 0, 0x10);
  EXPECT_EQ(run(), "");
  EXPECT_EQ(output.read<std::uint64_t>(values.size()), expected);
  EXPECT_GE(corrected(), 2U);
}

TEST_P(MemoryError, DoubleErrorsEndTheRunAndNameTheWord) {
  inject(input.address() + 80, 3, 0);
  const std::string message = run();
  const std::string word = fmt::format("node (0,0): the SRAM word at {:#x} is uncorrectable", input.address() + 80);
  EXPECT_NE(message.find(word), std::string::npos) << message;
}

/// On the RTL alone: the model has no cells to repair.
class RepairedMemory : public MemoryError {};

TEST_P(RepairedMemory, TheScrubberRepairsWhatNobodyReads) {
  inject(hw::sram_base + hw::sram_size - 64, 1, 0);
  machine.backend().write_register({}, static_cast<std::uint32_t>(hw::control_scrub_period_address()), 1);
  constexpr std::uint64_t two_rounds = 2 * 3 * hw::sram_lines + 1000;
  // A hart that only waits for time to pass keeps the node awake.
  constexpr std::array<std::uint32_t, 1> endless_loop{0x0000006f};
  machine.backend().write_memory({}, hw::sram_base, std::as_bytes(std::span(endless_loop)));
  machine.backend().write_register({}, static_cast<std::uint32_t>(hw::control_hart_start_address(0)), hw::sram_base);
  machine.backend().run(two_rounds);
  EXPECT_EQ(corrected(), 1U) << "found once, in the first of two rounds";
}

/// A pair of nodes, and a program that meets an uncorrectable word in a way of its own.
class UncorrectableWord : public testing::TestWithParam<std::string> {
 protected:
  /// Runs a task on hart 0 and 1 of both nodes; the message if it fails.
  std::string run(std::uint64_t task) {
    try {
      machine.launch(program, machine.all(), {task}, 2).wait(100'000);
    } catch (const RunError& error) {
      return error.what();
    }
    return "";
  }

  Machine machine{{.backend = GetParam(), .mesh = {2, 1}}};
  Program program = load_firmware("test_memory_error");
  std::uint64_t words = (machine.load(program, machine.all()), program.symbol("words").value());
};

TEST_P(UncorrectableWord, InterruptsTheHartThatLoadsIt) {
  EXPECT_EQ(run(MEMORY_ERROR_LOAD), "");
}

TEST_P(UncorrectableWord, InterruptsTheHartThatWantsToChangeIt) {
  EXPECT_EQ(run(MEMORY_ERROR_ATOMIC), "");
}

TEST_P(UncorrectableWord, InterruptsTheHartThatFetchesIt) {
  EXPECT_EQ(run(MEMORY_ERROR_FETCH), "");
}

TEST_P(UncorrectableWord, EndsTheRunOfThePullThatWantsIt) {
  const std::string message = run(MEMORY_ERROR_PULL);
  for (const std::string& part :
       {fmt::format("node (0,0): node (1,0) could not send a line with an uncorrectable word at {:#x}", words + 128),
        fmt::format("node (1,0): the SRAM word at {:#x} is uncorrectable (network_read port)", words + 19 * 8)}) {
    EXPECT_NE(message.find(part), std::string::npos) << message;
  }
}

TEST_P(UncorrectableWord, IsReportedToTheNodeThatPullsItAndOtherWordsStillCome) {
  EXPECT_EQ(run(MEMORY_ERROR_PULL_HANDLED), "");
}

TEST_P(UncorrectableWord, EndsTheRunOfItsOwnNodeAfterAPullHasMetIt) {
  const std::string message = run(MEMORY_ERROR_PULL_THEN_LOAD);
  EXPECT_NE(message.find("fault in cycle"), std::string::npos) << message;
  EXPECT_NE(message.find(fmt::format("node (1,0): the SRAM word at {:#x} is uncorrectable", words + 19 * 8)),
            std::string::npos)
      << message;
}

TEST_P(UncorrectableWord, IsReportedToTheNodeThatItIsPushedToAndEndsTheList) {
  EXPECT_EQ(run(MEMORY_ERROR_PUSH_HANDLED), "");
}

INSTANTIATE_TEST_SUITE_P(Backends, UncorrectableWord, testing::Values("rtl", "model"),
                         [](const auto& info) { return info.param; });
INSTANTIATE_TEST_SUITE_P(Backends, MemoryError, testing::Values("rtl", "model"),
                         [](const auto& info) { return info.param; });
INSTANTIATE_TEST_SUITE_P(Rtl, RepairedMemory, testing::Values("rtl"), [](const auto& info) { return info.param; });

}  // namespace
}  // namespace dojo
