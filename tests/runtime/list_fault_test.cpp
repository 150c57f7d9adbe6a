// A fault in a transfer list as the hart that issued it sees it.

#include <gtest/gtest.h>

#include <string>

#include "kernels/firmware.hpp"
#include "runtime/machine.hpp"

namespace dojo {
namespace {

class ListFault : public testing::TestWithParam<std::string> {};

TEST_P(ListFault, InterruptsItsHartWhichGoesOn) {
  Machine machine({.backend = GetParam()});
  const Program program = load_firmware("test_list_fault");
  machine.load(program, machine.all());
  machine.launch(program, machine.all(), {}, 2).wait(100'000);
  EXPECT_FALSE(machine.backend().unit_fault({}).has_value()) << "the interrupt was taken";
}

INSTANTIATE_TEST_SUITE_P(Backends, ListFault, testing::Values("rtl", "model"),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace dojo
