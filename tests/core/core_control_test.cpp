// Starting and stopping harts, interrupts, sleep and control registers.

#include <gtest/gtest.h>

#include "Vcore_bench.h"
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

TEST(CoreControl, EveryHartStopsItself) {
  CoreMachine machine;
  for (unsigned hart = 0; hart < hw::harts; ++hart) {
    machine.load(code_address + 0x100 * hart, stop_now(10 + hart, hart).data());
    machine.start(hart, code_address + 0x100 * hart);
  }
  ASSERT_TRUE(machine.run_to_stop(1000));
  for (unsigned hart = 0; hart < hw::harts; ++hart) {
    EXPECT_EQ(machine.state(hart), hw::HartState::stopped);
    EXPECT_EQ(machine.exit_code(hart), 10 + hart);
  }
}

TEST(CoreControl, HartsStartOneAnother) {
  CoreMachine machine;
  Program program;
  for (unsigned hart = 1; hart < hw::harts; ++hart) {
    program.constant(t0, hw::control_hart_start_address(hart));
    program.constant(t1, code_address + 0x1000 * hart);
    program += sd(t1, t0, 0);
    machine.load(code_address + 0x1000 * hart, stop_now(hart, hart).data());
  }
  program.stop(99);
  machine.load(code_address, program.data());
  machine.start(0, code_address);
  ASSERT_TRUE(machine.run_to_stop(2000));
  for (unsigned hart = 1; hart < hw::harts; ++hart) EXPECT_EQ(machine.exit_code(hart), hart);
}

TEST(CoreControl, AStartOfARunningHartIsIgnored) {
  CoreMachine machine;
  Program program;
  for (unsigned i = 0; i < 200; ++i) program += addi(a0, a0, 1);
  program.stop(1);
  machine.load(code_address, program.data());
  machine.start(0, code_address);
  machine.run(50);
  machine.start(0, code_address);
  ASSERT_TRUE(machine.run_to_stop(2000));
  EXPECT_EQ(machine.reg(0, a0), 200U);
}

TEST(CoreControl, TheHostStopsAWaitingHartAndStartsItAgain) {
  CoreMachine machine;
  Program program;
  program.wait(3, 1);
  machine.load(code_address, program.data());
  machine.start(0, code_address);
  ASSERT_TRUE(machine.run_until([&] { return machine.state(0) == hw::HartState::semaphore; }, 200));
  EXPECT_EQ(machine.pc(0), code_address + 8);
  machine.host_write(hw::control_hart_stop_address(0), 77);
  machine.run(4);
  EXPECT_EQ(machine.state(0), hw::HartState::stopped);
  EXPECT_EQ(machine.exit_code(0), 77U);
  // New code in the same place: a start sees it.
  machine.load(code_address, stop_now(5, 0).data());
  machine.start(0, code_address);
  ASSERT_TRUE(machine.run_to_stop(500));
  EXPECT_EQ(machine.exit_code(0), 5U);
}

TEST(CoreControl, AFaultedHartStartsAgain) {
  CoreMachine machine;
  const Word illegal = 0;
  machine.load(code_address, std::as_bytes(std::span(&illegal, 1)));
  machine.start(2, code_address);
  ASSERT_TRUE(machine.run_to_stop(100));
  EXPECT_EQ(machine.state(2), hw::HartState::faulted);
  machine.load(code_address, stop_now(6, 2).data());
  machine.start(2, code_address);
  ASSERT_TRUE(machine.run_to_stop(500));
  EXPECT_EQ(machine.state(2), hw::HartState::stopped);
  EXPECT_EQ(machine.exit_code(2), 6U);
}

TEST(CoreControl, SelfModifiedCodeIsSeenAfterFenceI) {
  CoreMachine machine;
  Program program;
  // The line runs once before it changes, so that buffer and cache hold it.
  program += {addi(s1, zero, 2), auipc(s0, 0)};
  program += addi(a0, a0, 1);  // s0 + 4: becomes addi a0, a0, 100
  program += {addi(s1, s1, -1), beq(s1, zero, 24)};
  program += {lui(t0, addi(a0, a0, 100) >> 12), addi(t0, t0, static_cast<std::int32_t>(addi(a0, a0, 100) << 20) >> 20),
              sw(t0, s0, 4), fence_i, jal(zero, -28)};
  program.stop(0);
  machine.load(code_address, program.data());
  machine.start(0, code_address);
  ASSERT_TRUE(machine.run_to_stop(1000));
  EXPECT_EQ(machine.reg(0, a0), 101U);
}

TEST(CoreControl, FourHartsCountWithAtomics) {
  for (const bool reservations : {false, true}) {
    CoreMachine::Options options;
    options.disturbance.vector_reads = 0.5;
    CoreMachine machine(options);
    constexpr int count = 200;
    for (unsigned hart = 0; hart < hw::harts; ++hart) {
      Program program;
      program.constant(s0, data_address);
      program += addi(s1, zero, count);
      const std::uint64_t loop = program.bytes();
      if (reservations) {
        program += {lr_d(t0, s0), addi(t0, t0, 1), sc_d(t1, t0, s0), bne(t1, zero, -12)};
      } else {
        program += {addi(t0, zero, 1), atomic(0, true, zero, s0, t0)};
      }
      program += addi(s1, s1, -1);
      program += bne(s1, zero, static_cast<std::int32_t>(loop - program.bytes()));
      program.stop(0, hart);
      machine.load(code_address + 0x1000 * hart, program.data());
      machine.start(hart, code_address + 0x1000 * hart);
    }
    ASSERT_TRUE(machine.run_to_stop(200000));
    EXPECT_EQ(machine.word(data_address), 4U * count);
    machine.checker().compare_memory(CoreMachine::position, machine.sram());
  }
}

/// A hart takes a reservation, waits, and tries to store; meanwhile the vector or the network port writes.
class Reservation : public testing::TestWithParam<bool> {
 protected:
  /// Result of SC when `line` is written between LR and SC.
  std::uint64_t sc_result(std::uint32_t line) {
    CoreMachine::Options options;
    options.lockstep = false;  // the model does not see the write
    CoreMachine machine(options);
    Program program;
    program.constant(s0, data_address);
    program += lr_d(t0, s0);
    for (unsigned i = 0; i < 60; ++i) program += nop;
    program += sc_d(a0, t0, s0);
    program.stop(0);
    machine.load(code_address, program.data());
    machine.start(0, code_address);
    bool reserved = false;
    machine.on_retire = [&](const model::RetireEvent& event) { reserved |= event.instruction == lr_d(t0, s0); };
    EXPECT_TRUE(machine.run_until([&] { return reserved; }, 1000));
    Vcore_bench& b = machine.ports();
    machine.before_edge = [&] {
      if (GetParam()) {
        b.nw_valid_i = 1;
        b.nw_line_i = static_cast<std::uint16_t>(line);
        b.nw_be_i = 1;
      } else {
        b.vw_valid_i = 1;
        b.vw_line_i = static_cast<std::uint16_t>(line);
        b.vw_be_i = 1;
      }
      machine.before_edge = nullptr;
    };
    EXPECT_TRUE(machine.run_to_stop(1000));
    return machine.reg(0, a0);
  }
};

TEST_P(Reservation, EndsWhenItsLineIsWritten) {
  constexpr std::uint32_t line = (data_address - hw::sram_base) / hw::line_bytes;
  EXPECT_EQ(sc_result(line), 1U);
  EXPECT_EQ(sc_result(line + 1), 0U);
}

INSTANTIATE_TEST_SUITE_P(Port, Reservation, testing::Bool(),
                         [](const auto& info) { return info.param ? "network" : "vector"; });

/// Trap handler that clears its own msip, moves mtimecmp away and counts in s2 (software) and s3 (timer).
Program interrupt_handler() {
  Program handler;
  handler += {csrrs(t0, hw::csr_mcause, zero), i_type(0x13, 7, t0, t0, 15), addi(t0, t0, -3)};
  Program software;
  software.constant(t1, hw::clint_msip_address(0));
  software += {sw(zero, t1, 0), addi(s2, s2, 1), mret};
  handler += bne(t0, zero, static_cast<std::int32_t>(4 + software.bytes()));
  for (std::size_t i = 0; i < software.data().size(); i += 4) {
    Word word = 0;
    std::memcpy(&word, software.data().data() + i, 4);
    handler += word;
  }
  handler.constant(t1, hw::clint_mtimecmp_address(0));
  handler += {addi(t2, zero, -1), sd(t2, t1, 0), addi(s3, s3, 1), mret};
  return handler;
}

/// Enables interrupts with a handler, runs `body`, stops.
void load_with_handler(CoreMachine& machine, const std::function<void(Program&)>& body) {
  Program program;
  program.constant(t0, code_address + 0x800);
  program += {csrrw(zero, hw::csr_mtvec, t0), addi(t0, zero, 0x88), csrrw(zero, hw::csr_mie, t0),
              csrrsi(zero, hw::csr_mstatus, 8)};
  body(program);
  program.stop(0);
  machine.load(code_address, program.data());
  machine.load(code_address + 0x800, interrupt_handler().data());
}

TEST(CoreInterrupt, SoftwareInterruptsARunningAndASleepingHart) {
  CoreMachine machine;
  load_with_handler(machine, [](Program& program) {
    for (unsigned i = 0; i < 100; ++i) program += addi(a0, a0, 1);
    program += wfi;
  });
  machine.start(0, code_address);
  machine.run(80);
  machine.host_write(hw::clint_msip_address(0), 1);
  ASSERT_TRUE(machine.run_until([&] { return machine.state(0) == hw::HartState::wfi; }, 1000));
  EXPECT_EQ(machine.reg(0, s2), 1U);
  machine.run(100);
  EXPECT_EQ(machine.state(0), hw::HartState::wfi);
  machine.host_write(hw::clint_msip_address(0), 1);
  ASSERT_TRUE(machine.run_to_stop(1000));
  EXPECT_EQ(machine.reg(0, s2), 2U);
  EXPECT_EQ(machine.reg(0, a0), 100U);
}

TEST(CoreInterrupt, InterruptsAHartThatWaitsForASemaphore) {
  CoreMachine machine;
  load_with_handler(machine, [](Program& program) {
    program += {addi(a0, zero, 4), addi(a1, zero, 2), dojo_sem_wait(a0, a1), addi(a2, zero, 1)};
  });
  machine.start(0, code_address);
  ASSERT_TRUE(machine.run_until([&] { return machine.state(0) == hw::HartState::semaphore; }, 1000));
  machine.host_write(hw::clint_msip_address(0), 1);
  machine.run(200);
  EXPECT_EQ(machine.reg(0, s2), 1U);
  EXPECT_EQ(machine.state(0), hw::HartState::semaphore);  // and waits again
  EXPECT_EQ(machine.reg(0, a2), 0U);
  machine.host_write(hw::semaphore_value_address(4), 3);
  ASSERT_TRUE(machine.run_to_stop(1000));
  EXPECT_EQ(machine.reg(0, a2), 1U);
  EXPECT_EQ(machine.semaphore(4), 1U);
}

TEST(CoreInterrupt, WfiWithoutEnableOfTheHartGoesOn) {
  CoreMachine machine;
  Program program;
  program += {addi(t0, zero, 0x8), csrrw(zero, hw::csr_mie, t0), wfi, addi(a0, zero, 9)};
  program.stop(0);
  machine.load(code_address, program.data());
  machine.start(0, code_address);
  ASSERT_TRUE(machine.run_until([&] { return machine.state(0) == hw::HartState::wfi; }, 1000));
  machine.host_write(hw::clint_msip_address(0), 1);
  ASSERT_TRUE(machine.run_to_stop(1000));
  EXPECT_EQ(machine.reg(0, a0), 9U);
}

/// Sleeps several times until a timer interrupt; the cycles must not depend on whether sleep is evaluated.
struct SleepOutcome {
  std::uint64_t hash;
  std::uint64_t cycles;
  std::uint64_t evaluated;
};

SleepOutcome sleep_and_wake(bool skip) {
  CoreMachine::Options options;
  options.skip_sleep = skip;
  CoreMachine machine(options);
  load_with_handler(machine, [](Program& program) {
    program.constant(s0, hw::clint_mtimecmp_address(0));
    program += addi(s1, zero, 10);
    program +=
        {csrrs(a0, hw::csr_time, zero), addi(a0, a0, 700), sd(a0, s0, 0), wfi, addi(s1, s1, -1), bne(s1, zero, -20)};
  });
  machine.start(0, code_address);
  EXPECT_TRUE(machine.run_to_stop(20000));
  EXPECT_EQ(machine.reg(0, s3), 10U);
  return {machine.retirement_hash(), machine.cycle(), machine.evaluated_cycles()};
}

TEST(CoreInterrupt, SkippedSleepGivesTheSameCycles) {
  const SleepOutcome evaluated = sleep_and_wake(false);
  const SleepOutcome skipped = sleep_and_wake(true);
  EXPECT_EQ(evaluated.hash, skipped.hash);
  EXPECT_EQ(evaluated.cycles, skipped.cycles);
  EXPECT_LT(skipped.evaluated, evaluated.evaluated / 3);
}

TEST(CoreInterrupt, AHostWriteToMtimecmpWakesASkippedSleeper) {
  CoreMachine::Options options;
  options.skip_sleep = true;
  CoreMachine machine(options);
  load_with_handler(machine, [](Program& program) { program += wfi; });
  machine.start(0, code_address);
  ASSERT_TRUE(machine.run_until([&] { return machine.state(0) == hw::HartState::wfi; }, 1000));
  machine.run(50);
  machine.host_write(hw::clint_mtimecmp_address(0), machine.cycle() + 300);
  machine.run(200);
  EXPECT_EQ(machine.state(0), hw::HartState::wfi);
  ASSERT_TRUE(machine.run_to_stop(1000));
  EXPECT_EQ(machine.reg(0, s3), 1U);
}

TEST(ControlRegisters, CoreNetworkAndHostWriteInOneCycle) {
  CoreMachine machine(CoreMachine::Options{.lockstep = false});
  Program program;
  program.constant(s0, hw::clint_mtimecmp_address(1));
  program += {addi(a0, zero, 111), sd(a0, s0, 0), ld(a1, s0, 0), ld(a2, s0, 8), ld(a3, s0, 16)};
  program.stop(0);
  machine.load(code_address, program.data());
  machine.start(0, code_address);
  Vcore_bench& b = machine.ports();
  // In every cycle of the run: the same registers, so that one of the cycles is that of the store.
  machine.before_edge = [&] {
    b.net_mmio_valid_i = 1;
    b.net_mmio_address_i = static_cast<std::uint32_t>(hw::clint_mtimecmp_address(2));
    b.net_mmio_data_i = 222;
    b.net_mmio_size_i = 3;
    if (b.host_valid_i == 0) {
      b.host_valid_i = 1;
      b.host_address_i = static_cast<std::uint32_t>(hw::clint_mtimecmp_address(3));
      b.host_data_i = 333;
    }
  };
  // The writes keep the node awake, so this is not run_to_stop().
  ASSERT_TRUE(
      machine.run_until([&] { return machine.cycle() > 50 && machine.state(0) == hw::HartState::stopped; }, 1000));
  EXPECT_EQ(machine.reg(0, a1), 111U);
  EXPECT_EQ(machine.reg(0, a2), 222U);
  EXPECT_EQ(machine.reg(0, a3), 333U);
}

TEST(ControlRegisters, NetworkWritesOfWrongSizeAreDropped) {
  CoreMachine machine(CoreMachine::Options{.lockstep = false});
  Vcore_bench& b = machine.ports();
  b.net_mmio_valid_i = 1;
  b.net_mmio_address_i = static_cast<std::uint32_t>(hw::control_hart_start_address(0));
  b.net_mmio_data_i = code_address;
  b.net_mmio_size_i = 2;
  machine.step();
  b.net_mmio_address_i = static_cast<std::uint32_t>(hw::control_hart_start_address(0) + 4);
  b.net_mmio_size_i = 3;
  machine.step();
  b.net_mmio_valid_i = 0;
  machine.run(5);
  EXPECT_EQ(machine.state(0), hw::HartState::stopped);
  b.net_mmio_valid_i = 1;
  b.net_mmio_address_i = static_cast<std::uint32_t>(hw::control_hart_start_address(0));
  machine.step();
  b.net_mmio_valid_i = 0;
  machine.run(3);
  EXPECT_EQ(machine.state(0), hw::HartState::running);
}

TEST(ControlRegisters, TheFirstFaultStays) {
  CoreMachine machine;
  Vcore_bench& b = machine.ports();
  EXPECT_EQ(b.fault_o, 0);
  b.fault_valid_i = 3;  // matrix unit and transfer engine at once
  b.fault_cause_i[0] = 3;
  b.fault_address_i[0] = 0x80000040;
  b.fault_cause_i[1] = 5;
  b.fault_address_i[1] = 0x80000080;
  machine.step();
  b.fault_valid_i = 1;
  b.fault_cause_i[0] = 1;
  b.fault_address_i[0] = 0x80000000;
  machine.step();
  b.fault_valid_i = 0;
  machine.step();
  EXPECT_EQ(b.fault_o, 1);
  EXPECT_EQ(machine.fault_register(), (1ull << 63) | (3ull << 32) | 0x80000040);
}

}  // namespace
}  // namespace dojo::tb
