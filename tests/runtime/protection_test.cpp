// Two programs on neighbouring rectangles, one of which attacks the other in every way there is.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "common/error.hpp"
#include "kernels/firmware.hpp"
#include "programs/neighbour.h"
#include "runtime/machine.hpp"

namespace dojo {
namespace {

constexpr Rectangle victims{.origin = {0, 0}, .columns = 2, .rows = 1};
constexpr Rectangle attackers{.origin = {2, 0}, .columns = 2, .rows = 1};
constexpr Coordinates victim{1, 0};
constexpr Coordinates attacker{2, 0};
constexpr std::uint64_t victim_high = hw::global_address(victim.x, victim.y, 0) >> 32;
constexpr std::uint64_t limit = 200'000;

class Neighbours : public testing::TestWithParam<std::string> {
 protected:
  Neighbours() {
    machine.load(program, victims);
    machine.load(program, attackers);
    target = machine.allocate(victim, 4096).address();
  }

  std::vector<std::byte> memory(Coordinates node) {
    std::vector<std::byte> bytes(hw::sram_size);
    machine.backend().read_memory(node, hw::sram_base, bytes);
    return bytes;
  }
  /// The message with which an attack from one node ends; empty if it ends well.
  std::string attack(std::uint64_t task) {
    Event event = machine.launch(program, {.origin = attacker, .columns = 1, .rows = 1}, {task, victim_high, target});
    try {
      event.wait(limit);
    } catch (const RunError& error) {
      return error.what();
    }
    return "";
  }
  /// Stops the attacker's hart and clears its error, again while reports arrive, so that the machine goes on.
  void stop_attacker() {
    Backend& backend = machine.backend();
    backend.write_register(attacker, static_cast<std::uint32_t>(hw::control_hart_stop_address(0)), 0);
    do {
      backend.write_register(attacker, static_cast<std::uint32_t>(hw::control_remote_error_address()), 0);
    } while (backend.run(30) == StopReason::faulted);
  }

  Machine machine{{.backend = GetParam(), .mesh = {4, 1}}};
  Program program = load_firmware("test_neighbour");
  std::uint64_t target = 0;
};

struct Attack {
  std::uint64_t task;
  const char* refusal;
};

constexpr Attack attacks[] = {{NEIGHBOUR_STORE_BYTE, "refused a write"},
                              {NEIGHBOUR_STORE_WORD, "refused a write"},
                              {NEIGHBOUR_INCREMENT, "refused an increment of a semaphore"},
                              {NEIGHBOUR_START_HART, "refused a write of a register"},
                              {NEIGHBOUR_INTERRUPT, "refused a write of a register"},
                              {NEIGHBOUR_DISARM, "refused a write of a register"},
                              {NEIGHBOUR_PUSH, "refused a write"},
                              {NEIGHBOUR_PUSH_AND_COUNT, "refused a write"},
                              {NEIGHBOUR_PULL, "refused a read"}};
static_assert(std::size(attacks) == NEIGHBOUR_ATTACKS);

TEST_P(Neighbours, EveryAttackChangesNothingAndIsNamedAtBothEnds) {
  for (const Attack& attempt : attacks) {
    Machine fresh({.backend = GetParam(), .mesh = {4, 1}});
    fresh.load(program, victims);
    fresh.load(program, attackers);
    fresh.protect(victims);
    std::vector<std::byte> before(hw::sram_size);
    std::vector<std::byte> after(hw::sram_size);
    fresh.backend().read_memory(victim, hw::sram_base, before);
    Event event =
        fresh.launch(program, {.origin = attacker, .columns = 1, .rows = 1}, {attempt.task, victim_high, target});
    std::string message;
    try {
      event.wait(limit);
    } catch (const RunError& error) {
      message = error.what();
    }
    EXPECT_NE(message.find("node (2,0): node (1,0) " + std::string(attempt.refusal)), std::string::npos)
        << "task " << attempt.task << ": " << message;
    fresh.backend().read_memory(victim, hw::sram_base, after);
    EXPECT_EQ(before, after) << "task " << attempt.task;
    for (unsigned hart = 0; hart < hw::harts; ++hart) {
      EXPECT_EQ(fresh.backend().hart_status(victim, hart).state, hw::HartState::stopped);
    }
    for (unsigned id = 0; id < hw::semaphores; ++id) EXPECT_EQ(fresh.backend().semaphore(victim, id), 0U);
    const hw::AccessError seen = hw::AccessError::decode(fresh.backend().errors(victim).access);
    EXPECT_TRUE(seen.valid);
    EXPECT_EQ((Coordinates{seen.x, seen.y}), attacker);
  }
}

TEST_P(Neighbours, WithoutProtectionEveryAttackSucceeds) {
  for (const Attack& attempt : attacks) {
    if (attempt.task == NEIGHBOUR_START_HART || attempt.task == NEIGHBOUR_INTERRUPT) continue;
    EXPECT_EQ(attack(attempt.task), "") << "task " << attempt.task;
  }
  EXPECT_NE(machine.backend().semaphore(victim, 1), 0U);
  EXPECT_EQ(machine.backend().errors(victim).access, 0U);
}

TEST_P(Neighbours, AProgramUnderAttackComesToItsEnd) {
  machine.protect(victims);
  machine.protect(attackers);
  Event work = machine.launch(program, victims, {NEIGHBOUR_WORK});
  for (const Attack& attempt : attacks) {
    // The attack's run ends with its report, while the victims are at work.
    EXPECT_NE(attack(attempt.task), "") << "task " << attempt.task;
    stop_attacker();
  }
  work.wait(limit);
  EXPECT_TRUE(work.done());
}

TEST_P(Neighbours, OpenedNodesAreOpen) {
  machine.protect(victims);
  machine.open(victims);
  EXPECT_EQ(attack(NEIGHBOUR_PUSH_AND_COUNT), "");
  EXPECT_EQ(machine.backend().semaphore(victim, 1), 1U);
}

INSTANTIATE_TEST_SUITE_P(Backends, Neighbours, testing::Values("rtl", "model"),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace dojo
