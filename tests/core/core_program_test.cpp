// Small programs on the core, every retired instruction compared with the golden model.

#include <gtest/gtest.h>

#include "tb/core/core_machine.hpp"
#include "tests/model/assembler.hpp"

namespace dojo::tb {
namespace {

using namespace model::assembler;

constexpr std::uint64_t code_address = hw::sram_base + 0x1000;

TEST(CoreProgram, StopsItself) {
  CoreMachine machine;
  Program program;
  program += addi(a0, zero, 42);
  program.stop(7);
  machine.load(code_address, program.data());
  machine.start(0, code_address);
  ASSERT_TRUE(machine.run_to_stop(1000));
  EXPECT_EQ(machine.exit_code(0), 7U);
  EXPECT_EQ(machine.reg(0, a0), 42U);
  EXPECT_GT(machine.checker().compared(), 10U);
}

}  // namespace
}  // namespace dojo::tb
