// Random programs on all four harts, every retired instruction compared with the golden model.

#include <gtest/gtest.h>

#include "model/packet.hpp"
#include "tb/core/core_machine.hpp"
#include "tb/core/random_program.hpp"

namespace dojo::tb {
namespace {

struct Outcome {
  std::uint64_t retired = 0;
  std::uint64_t hash = 0;
  std::uint64_t traps = 0;
  std::uint64_t interrupts = 0;
  std::array<std::uint64_t, hw::harts> retired_by{};
};

struct Run {
  std::uint64_t seed = 1;
  int reset_seed = 1;
  std::uint64_t retired = 120000;
  bool disturbed = false;
  unsigned harts = 4;
  bool corrupt = false;
};

Outcome run_random(const Run& run) {
  CoreMachine::Options options;
  options.reset_seed = run.reset_seed;
  if (run.disturbed) {
    options.disturbance = {.vector_reads = 0.7,
                           .vector_writes = 0.2,
                           .network_writes = 0.2,
                           .first_write_line = 0x3000,
                           .write_lines = 0x800,
                           .command_refusal = 0.7,
                           .remote_refusal = 0.7,
                           .seed = run.seed};
  }
  CoreMachine machine(options);
  std::mt19937_64 random(run.seed);
  Outcome outcome;
  machine.load(hw::sram_base + hw::sram_size - 2, std::as_bytes(std::span(&random_program_last_parcel, 1)));
  for (unsigned hart = 0; hart < run.harts; ++hart) {
    const RandomProgramLayout layout{.hart = hart,
                                     .code = hw::sram_base + 0x10000 * hart,
                                     .private_data = hw::sram_base + 0x80000 + 0x1000 * hart,
                                     .shared_data = hw::sram_base + 0x90000,
                                     .zeros = hw::sram_base + 0xa0000};
    machine.load(layout.code, random_program(layout, random));
    for (unsigned number = 1; number < 32; ++number) machine.set_reg(hart, number, random() >> (random() % 64));
    machine.start(hart, layout.code);
  }
  machine.on_retire = [&](const model::RetireEvent& event) {
    ++outcome.retired;
    ++outcome.retired_by[event.hart];
    if (event.trap) ++(event.cause >> 63 != 0 ? outcome.interrupts : outcome.traps);
  };
  bool corrupt = run.corrupt;
  std::uint64_t quiet = 0;
  std::uint64_t last = 0;
  while (outcome.retired < run.retired && quiet < 20000) {
    machine.step();
    quiet = outcome.retired == last ? quiet + 1 : 0;
    last = outcome.retired;
    // Somebody outside counts semaphores and raises interrupts.
    if (random() % 64 == 0) {
      const auto hart = static_cast<unsigned>(random() % run.harts);
      const hw::HartState state = machine.state(hart);
      // A running hart may clear its msip in the same cycle, and the order of the two is not visible at the ports.
      if (random() % 4 == 0 && (state == hw::HartState::wfi || state == hw::HartState::semaphore)) {
        machine.host_write(hw::clint_msip_address(hart), 1);
      } else {
        machine.host_write(hw::semaphore_value_address(random_program_semaphore(hart)), random() % 3);
      }
    }
    if (corrupt && outcome.retired >= run.retired / 2) {
      machine.corrupt_reg(0, 8, 0x40);
      corrupt = false;
    }
  }
  outcome.hash = machine.retirement_hash();
  EXPECT_GE(outcome.retired, run.retired) << "the harts wait for ever";
  for (unsigned hart = 0; hart < run.harts; ++hart) EXPECT_GT(outcome.retired_by[hart], run.retired / 8);
  return outcome;
}

class CoreLockstep : public testing::TestWithParam<std::uint64_t> {};

TEST_P(CoreLockstep, RandomProgramsOfFourHarts) {
  const Outcome outcome = run_random({.seed = GetParam()});
  EXPECT_GT(outcome.traps, 1000U);
  EXPECT_GT(outcome.interrupts, 100U);
}

TEST_P(CoreLockstep, RandomProgramsUnderBankConflictsAndBackPressure) {
  const Outcome outcome = run_random({.seed = GetParam() + 100, .disturbed = true});
  EXPECT_GT(outcome.traps, 1000U);
  EXPECT_GT(outcome.interrupts, 100U);
}

TEST_P(CoreLockstep, RandomProgramOfOneHart) {
  const Outcome outcome = run_random({.seed = GetParam() + 200, .harts = 1});
  EXPECT_GT(outcome.traps, 1000U);
}

INSTANTIATE_TEST_SUITE_P(Seeds, CoreLockstep, testing::Values(1, 2, 3));

TEST(CoreLockstepInitialState, DoesNotChangeACycle) {
  const Outcome first = run_random({.seed = 7, .reset_seed = 1, .retired = 30000, .disturbed = true});
  const Outcome second = run_random({.seed = 7, .reset_seed = 99, .retired = 30000, .disturbed = true});
  EXPECT_EQ(first.hash, second.hash);
}

TEST(CoreLockstepFault, AFlippedRegisterBitIsReported) {
  EXPECT_THROW(run_random({.seed = 5, .retired = 20000, .corrupt = true}), model::LockstepMismatch);
}

}  // namespace
}  // namespace dojo::tb
