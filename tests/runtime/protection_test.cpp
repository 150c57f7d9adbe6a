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

// Protected nodes pull from the DRAM and push there through every port, and their semaphores count what comes.
TEST_P(Neighbours, ProtectedNodesReachTheMemory) {
  using Op = hw::DescriptorOpTransfer;
  constexpr std::size_t bytes = 256;
  Machine fresh({.backend = GetParam(), .mesh = {2, 1}, .memory = true, .max_cycles = limit});
  const Program transfer = load_firmware("transfer");
  fresh.load(transfer, fresh.all());
  for (unsigned i = 0; i < 2; ++i) fresh.protect({.origin = {i, 0}, .columns = 1, .rows = 1});
  std::vector<DramBuffer> from;
  std::vector<DramBuffer> to;
  std::vector<Buffer> buffers;
  std::vector<Event> events;
  for (unsigned i = 0; i < 2; ++i) {
    const Coordinates node{i, 0};
    std::vector<hw::TransferDescriptor> list;
    const auto add = [&](Op op, std::uint64_t local, std::uint64_t remote) {
      hw::TransferDescriptor d{};
      d.op = static_cast<std::uint32_t>(op);
      d.lines = op == Op::wait ? 1 : bytes / hw::line_bytes;
      d.sem_en = op == Op::wait ? 0 : 1;
      d.sem = op == Op::pull ? 1 : 0;
      if (op == Op::wait) d.sem = 1;
      d.local_address = static_cast<std::uint32_t>(local);
      d.remote_address_low = static_cast<std::uint32_t>(remote);
      d.remote_address_high = static_cast<std::uint32_t>(remote >> 32);
      list.push_back(d);
    };
    unsigned pushes = 0;
    for (unsigned dip = 0; dip < fresh.dips().size(); ++dip) {
      for (unsigned port = 0; port < hw::dip_ports; ++port) {
        if (!fresh.dips()[dip].ports[port]) continue;
        from.push_back(fresh.allocate_dram(dip, bytes));
        to.push_back(fresh.allocate_dram(dip, bytes));
        from.back().write(std::vector<std::uint32_t>(bytes / 4, static_cast<std::uint32_t>(from.size())));
        buffers.push_back(fresh.allocate(node, bytes));
        add(Op::pull, buffers.back().address(), from.back().global_address(port));
        add(Op::wait, 0, 0);
        add(Op::push, buffers.back().address(), to.back().global_address(port));
        ++pushes;
      }
    }
    buffers.push_back(fresh.allocate(node, list.size() * sizeof list[0]));
    for (std::size_t k = 0; k + 1 < list.size(); ++k) {
      list[k].next_en = 1;
      list[k].next = static_cast<std::uint32_t>(buffers.back().address() + (k + 1) * sizeof list[0]);
    }
    buffers.back().write(list);
    events.push_back(fresh.launch(transfer, {.origin = node, .columns = 1, .rows = 1},
                                  {buffers.back().address(), std::uint64_t{pushes}}));
  }
  for (Event& event : events) event.wait();
  ASSERT_EQ(to.size(), 2U * 6U);
  for (std::size_t k = 0; k < to.size(); ++k) {
    EXPECT_EQ(to[k].read<std::uint32_t>(bytes / 4), from[k].read<std::uint32_t>(bytes / 4)) << k;
  }
}

INSTANTIATE_TEST_SUITE_P(Backends, Neighbours, testing::Values("rtl", "model"),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace dojo
