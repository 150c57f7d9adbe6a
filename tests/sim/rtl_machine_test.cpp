// Machines of RTL nodes: the same cycles whatever the threads and the unreset bits, sleep, timers, lockstep.

#include "sim/rtl_machine.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "common/die.hpp"
#include "common/error.hpp"
#include "random_node.hpp"
#include "tests/sim/traffic.hpp"

namespace dojo::sim {
namespace {

TEST(RtlMachine, ThreadsChangeNothing) {
  const TrafficOutcome one = run_all_to_all({.mesh = {3, 3}, .threads = 1, .link_hash = true});
  EXPECT_NE(one.hash, 0u);
  EXPECT_NE(one.checksum, 0u);
  for (const unsigned threads : {2u, 3u}) {
    EXPECT_EQ(run_all_to_all({.mesh = {3, 3}, .threads = threads, .link_hash = true}), one) << threads << " threads";
  }
}

TEST(RtlMachine, UnresetBitsChangeNothing) {
  const TrafficOutcome plain = run_all_to_all({.mesh = {2, 2}, .link_hash = true});
  for (const std::uint64_t seed : {1u, 1000u, 31337u}) {
    EXPECT_EQ(run_all_to_all({.mesh = {2, 2}, .seed = seed, .link_hash = true, .node_factory = make_random_node}),
              plain)
        << "seed " << seed;
  }
}

/// A 4x3 machine with everything that can be dead.
RtlConfig faulty(unsigned threads) {
  return {.mesh = {4, 3},
          .faults = {.nodes = {{1, 1}, {3, 2}}, .links = {{{2, 0}, {2, 1}}}},
          .threads = threads,
          .link_hash = true};
}

TEST(RtlMachine, ThreadsChangeNothingAroundDeadNodes) {
  const TrafficOutcome one = run_all_to_all(faulty(1));
  EXPECT_EQ(run_all_to_all(faulty(2)), one);
  EXPECT_EQ(run_all_to_all(faulty(3)), one);
  EXPECT_NE(one.hash, 0u);
}

TEST(RtlMachine, UnresetStateChangesNothingAroundDeadNodes) {
  const TrafficOutcome plain = run_all_to_all(faulty(1));
  RtlConfig random = faulty(1);
  random.node_factory = make_random_node;
  random.seed = 5;
  EXPECT_EQ(run_all_to_all(random), plain);
}

TEST(RtlMachine, LockstepAroundDeadNodes) {
  RtlConfig config = faulty(1);
  config.lockstep = true;
  Launched traffic(config, "test_traffic", hw::harts, {1});
  traffic.run(traffic_limit);
  EXPECT_GT(traffic.machine().lockstep()->compared(), 1000u);
  traffic.machine().compare_with_model();
}

/// What crosses the links of a whole die in its first cycles of traffic.
std::uint64_t die_hash(unsigned threads) {
  constexpr std::uint64_t cycles = 600;
  const Faults faults{.nodes = {harvested_sites.begin(), harvested_sites.end()}};
  Launched traffic({.mesh = die_size, .faults = faults, .threads = threads, .link_hash = true}, "test_traffic",
                   hw::harts, {1});
  EXPECT_EQ(traffic.machine().topology().live_nodes(), 354u);
  EXPECT_EQ(traffic.machine().run(cycles), StopReason::max_cycles);
  return traffic.machine().engine().link_hash();
}

TEST(RtlMachine, ThreadsChangeNothingOnADie) {
  const std::uint64_t one = die_hash(1);
  EXPECT_NE(one, 0u);
  EXPECT_EQ(die_hash(2), one);
  EXPECT_EQ(die_hash(3), one);
}

TEST(RtlMachine, LockstepWithTheModel) {
  Launched traffic({.mesh = {2, 2}, .lockstep = true}, "test_traffic", hw::harts, {traffic_rounds});
  traffic.run(traffic_limit);
  EXPECT_GT(traffic.machine().lockstep()->compared(), 1000u);
  traffic.machine().compare_with_model();
}

TEST(RtlMachine, LockstepSeesAMemoryThatDiffers) {
  Launched traffic({.mesh = {2, 1}, .lockstep = true}, "test_traffic", hw::harts, {1});
  traffic.run(traffic_limit);
  traffic.machine().compare_with_model();
  traffic.machine().engine().node(1).sram()[hw::sram_size - 1] ^= std::byte{1};
  EXPECT_THROW(traffic.machine().compare_with_model(), model::LockstepMismatch);
}

TEST(RtlMachine, LockstepSeesAnInstructionThatDiffers) {
  Launched traffic({.mesh = {1, 2}, .lockstep = true}, "test_traffic", hw::harts, {1});
  // The RTL alone sees another program: its first instruction becomes a nop.
  const std::uint64_t nop = 0x00000013'00000013;
  traffic.machine().engine().node(0).write_sram(0, std::as_bytes(std::span(&nop, 1)));
  EXPECT_THROW(traffic.machine().run(traffic_limit), RunError);
}

TEST(RtlMachine, TimerEndsASleepThatCostsNothing) {
  constexpr std::uint64_t wake = 50'000'000'000;
  Launched sleeper({.mesh = {2, 2}}, "test_sleep", 1, {wake});
  sleeper.run(2 * wake);
  EXPECT_GE(sleeper.machine().cycles(), wake);
  EXPECT_LT(sleeper.machine().cycles(), wake + 1000);
  EXPECT_LT(sleeper.machine().engine().evaluations(), 4 * 2000u);
}

TEST(RtlMachine, IdleNodesAreSkipped) {
  Launched traffic({.mesh = {4, 4}}, "test_sleep", 1, {100});
  traffic.run(traffic_limit);
  const std::uint64_t before = traffic.machine().engine().evaluations();
  traffic.machine().write_register({3, 3}, static_cast<std::uint32_t>(hw::semaphore_value_address(7)), 5);
  EXPECT_EQ(traffic.machine().run(traffic_limit), StopReason::all_stopped);
  EXPECT_EQ(traffic.machine().semaphore({3, 3}, 7), 5u);
  EXPECT_LT(traffic.machine().engine().evaluations() - before, 10u);
}

TEST(RtlMachine, MemoryIsReadAndWrittenInByteOrder) {
  RtlMachine machine({.mesh = {2, 1}});
  std::vector<std::byte> bytes(200);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(i);
  machine.write_memory({1, 0}, hw::sram_base + 61, bytes);
  std::vector<std::byte> back(200);
  machine.read_memory({1, 0}, hw::sram_base + 61, back);
  EXPECT_EQ(back, bytes);
  std::array<std::byte, 1> other{};
  machine.read_memory({0, 0}, hw::sram_base + 70, other);
  EXPECT_EQ(other[0], std::byte{0});
  EXPECT_THROW(machine.write_memory({0, 0}, hw::sram_base + hw::sram_size - 100, bytes), RunError);
  EXPECT_THROW(machine.read_memory({0, 0}, hw::sram_base - 1, other), RunError);
  EXPECT_THROW(machine.read_memory({2, 0}, hw::sram_base, other), RunError);
}

}  // namespace
}  // namespace dojo::sim
