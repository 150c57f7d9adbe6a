// What harts ask of others: semaphores, commands and remote stores.

#include <gtest/gtest.h>

#include "Vcore_bench.h"
#include "sim/assertion.hpp"
#include "tb/core/core_machine.hpp"
#include "tests/model/assembler.hpp"

namespace dojo::tb {
namespace {

using namespace model::assembler;

constexpr std::uint64_t code_address = hw::sram_base + 0x1000;
constexpr std::uint64_t data_address = hw::sram_base + 0x10000;

Program stop_now(std::uint32_t exit_code, unsigned hart) {
  Program program;
  program.stop(exit_code, hart);
  return program;
}

TEST(SemaphoreUnit, AllPortsIncrementOneSemaphoreInOneCycle) {
  CoreMachine machine(CoreMachine::Options{.lockstep = false});
  Program program;
  program.constant(s0, hw::semaphore_value_address(9));
  program += {addi(a0, zero, 1000), sd(a0, s0, 0)};
  program.stop(0);
  machine.load(code_address, program.data());
  machine.start(0, code_address);
  Vcore_bench& b = machine.ports();
  std::uint64_t cycles = 0;
  machine.before_edge = [&] {
    if (b.host_valid_i != 0) return;
    b.done_valid_i = 3;
    for (unsigned unit = 0; unit < 2; ++unit) b.done_sem_i[unit] = 9;
    b.net_valid_i = 1;
    b.net_id_i = 9;
    b.net_amount_i = 10;
    b.host_valid_i = 1;
    b.host_address_i = static_cast<std::uint32_t>(hw::semaphore_value_address(9));
    b.host_data_i = 100;
    ++cycles;
  };
  ASSERT_TRUE(machine.run_to_stop(1000));
  machine.before_edge = nullptr;
  b.done_valid_i = 0;
  b.net_valid_i = 0;
  machine.step();
  EXPECT_EQ(machine.semaphore(9), 1000 + cycles * (2 + 10 + 100));
}

TEST(SemaphoreUnit, WrappingIsReported) {
  CoreMachine machine(CoreMachine::Options{.lockstep = false});
  machine.host_write(hw::semaphore_value_address(1), 0xffffffff);
  machine.run(3);
  machine.host_write(hw::semaphore_value_address(1), 1);
  EXPECT_THROW(machine.run(3), AssertionError);
}

TEST(SemaphoreUnit, TheLowestHartTakesWhatIsThereAndTheOthersWait) {
  CoreMachine machine;
  for (unsigned hart = 0; hart < hw::harts; ++hart) {
    Program program;
    program.wait(5, 2);
    program.stop(0, hart);
    machine.load(code_address + 0x1000 * hart, program.data());
    machine.start(hart, code_address + 0x1000 * hart);
  }
  ASSERT_TRUE(machine.run_until(
      [&] {
        for (unsigned hart = 0; hart < hw::harts; ++hart) {
          if (machine.state(hart) != hw::HartState::semaphore) return false;
        }
        return true;
      },
      1000));
  EXPECT_EQ(machine.ports().idle_o, 1);
  machine.host_write(hw::semaphore_value_address(5), 5);
  machine.run(200);
  unsigned waiting = 0;
  for (unsigned hart = 0; hart < hw::harts; ++hart) waiting += machine.state(hart) == hw::HartState::semaphore ? 1 : 0;
  EXPECT_EQ(waiting, 2U);
  EXPECT_EQ(machine.semaphore(5), 1U);
  machine.host_write(hw::semaphore_value_address(5), 3);
  ASSERT_TRUE(machine.run_to_stop(1000));
  EXPECT_EQ(machine.semaphore(5), 0U);
}

TEST(CoreCommand, EachCommandIsDeliveredOnceAndInOrder) {
  CoreMachine::Options options;
  options.lockstep = false;
  options.disturbance.command_refusal = 0.8;
  CoreMachine machine(options);
  Program program;
  program.constant(s0, data_address);
  std::vector<Command> expected;
  for (unsigned i = 0; i < 30; ++i) {
    const hw::Unit unit = i % 2 == 0 ? hw::Unit::matrix : hw::Unit::transfer;
    program += {dojo_issue(unit, s0), addi(s0, s0, 64)};
    expected.push_back({unit, static_cast<std::uint32_t>(data_address + 64 * i)});
  }
  program.stop(0);
  machine.load(code_address, program.data());
  machine.start(0, code_address);
  ASSERT_TRUE(machine.run_to_stop(5000));
  EXPECT_EQ(machine.commands(), expected);
  EXPECT_GT(machine.command_stalls(0), 30U);
}

TEST(CoreCommand, AFullQueueStopsOnlyItsHart) {
  CoreMachine machine(CoreMachine::Options{.lockstep = false});
  machine.ports().command_ready_i = 2;
  Program waits;
  waits += {dojo_issue(hw::Unit::matrix, a0)};
  waits.stop(0, 0);
  machine.load(code_address, waits.data());
  machine.load(code_address + 0x1000, stop_now(4, 1).data());
  machine.start(0, code_address);
  machine.start(1, code_address + 0x1000);
  machine.run(500);
  EXPECT_EQ(machine.state(0), hw::HartState::running);
  EXPECT_EQ(machine.pc(0), code_address);
  EXPECT_EQ(machine.exit_code(1), 4U);
  EXPECT_GT(machine.command_stalls(0), 400U);
  machine.ports().command_ready_i = 3;
  ASSERT_TRUE(machine.run_to_stop(500));
  EXPECT_EQ(machine.commands().size(), 1U);
}

TEST(CoreRemoteStore, EachStoreIsSentOnceAndInOrder) {
  CoreMachine::Options options;
  options.disturbance.remote_refusal = 0.8;
  CoreMachine machine(options);
  Program program;
  const std::uint64_t of_node = hw::global_address(0, 0, data_address);
  const std::uint64_t of_memory = of_node | std::uint64_t{1} << 62;
  program.constant(s0, of_node);
  program.constant(s1, of_memory);
  std::vector<RemoteStore> expected;
  for (unsigned i = 0; i < 30; ++i) {
    const unsigned size = i % 4;
    const bool is_node = i % 3 != 0;
    program += {addi(a0, a0, 3), s_type(size, is_node ? s0 : s1, a0, static_cast<std::int32_t>(8 * i))};
    expected.push_back({(is_node ? of_node : of_memory) + 8 * i, 3 * (i + 1), size});
  }
  program.stop(0);
  machine.load(code_address, program.data());
  machine.start(0, code_address);
  ASSERT_TRUE(machine.run_to_stop(5000));
  EXPECT_EQ(machine.remote_stores(), expected);
  EXPECT_GT(machine.memory_stalls(0), 30U);
}

}  // namespace
}  // namespace dojo::tb
