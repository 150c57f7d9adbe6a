// A failing assertion of a Verilated model is an exception with its message and place.

#include "sim/assertion.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <optional>

#include "Vassertion_probe.h"

namespace dojo {
namespace {

class AssertionProbe : public testing::Test {
 protected:
  /// Evaluates a rising edge after `set` has set inputs; the exception that it threw, if any.
  template <typename Set>
  std::optional<AssertionError> edge_with(Set set) {
    VerilatedContext context;
    Vassertion_probe probe(&context, "probe");
    set(probe);
    probe.clk_i = 0;
    probe.eval();
    probe.clk_i = 1;
    try {
      probe.eval();
    } catch (const AssertionError& error) {
      return error;
    }
    return std::nullopt;
  }
};

TEST_F(AssertionProbe, NothingHappensWhileAssertionsHold) {
  EXPECT_FALSE(edge_with([](Vassertion_probe&) {}));
}

TEST_F(AssertionProbe, MessageFileLineAndInstanceAreKept) {
  const auto error = edge_with([](Vassertion_probe& probe) { probe.fail_i = 1; });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->text(), "fail_i is 1");
  EXPECT_NE(error->file().find("assertion_probe.sv"), std::string::npos);
  EXPECT_EQ(error->line(), 12);
  EXPECT_EQ(error->hierarchy(), "probe.assertion_probe.named_check");
  EXPECT_NE(std::string(error->what()).find("named_check: fail_i is 1"), std::string::npos) << error->what();
}

TEST_F(AssertionProbe, AssertionWithoutMessageIsNamed) {
  const auto error = edge_with([](Vassertion_probe& probe) { probe.silent_i = 1; });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->hierarchy(), "probe.assertion_probe.silent_check");
}

TEST_F(AssertionProbe, FatalAndFinishAreFailuresToo) {
  const auto fatal = edge_with([](Vassertion_probe& probe) { probe.fatal_i = 1; });
  ASSERT_TRUE(fatal);
  EXPECT_EQ(fatal->text(), "fatal_i is set");
  const auto finish = edge_with([](Vassertion_probe& probe) { probe.finish_i = 1; });
  ASSERT_TRUE(finish);
  EXPECT_EQ(finish->text(), "unexpected $finish");
}

TEST_F(AssertionProbe, MessageBelongsToItsOwnFailureOnly) {
  ASSERT_TRUE(edge_with([](Vassertion_probe& probe) { probe.fail_i = 1; }));
  const auto finish = edge_with([](Vassertion_probe& probe) { probe.finish_i = 1; });
  ASSERT_TRUE(finish);
  EXPECT_EQ(finish->text(), "unexpected $finish");
}

}  // namespace
}  // namespace dojo
