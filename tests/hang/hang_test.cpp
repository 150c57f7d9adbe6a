// Programs that hang, each for a reason of its own, which must be named with nodes, harts, semaphores and source lines.

#include <gtest/gtest.h>

#include <algorithm>
#include <ctime>
#include <string>

#include "provoked.hpp"
#include "runtime/diagnosis.hpp"
#include "runtime/dip_list.hpp"

namespace dojo {
namespace {

TEST(Hang, LostSemaphore) {
  Machine machine({.mesh = {2, 1}});
  const std::string message = hang_of(machine, Hang::lost_semaphore);
  expect_parts(message, {"no progress", "cause: node (0,0) hart 0 waits until semaphore 3 is 1 (it is 0) at PC",
                         line_of("lost: waits"), "nobody would signal semaphore 3",
                         "semaphore 4 of this node is 1, and no hart waits for it"});
  EXPECT_EQ(message.find("deadlock"), std::string::npos) << message;
}

TEST(Hang, CrossedReceives) {
  Machine machine({.mesh = {2, 1}});
  expect_parts(hang_of(machine, Hang::ring),
               {"\n  deadlock: node (0,0) hart 0 -> node (1,0) hart 0 -> node (0,0) hart 0\n", line_of("ring: waits"),
                "-> node (1,0) hart 0 would signal it at PC", line_of("ring: signals")});
}

TEST(Hang, RingOfNodes) {
  Machine machine({.mesh = {2, 2}});
  expect_parts(hang_of(machine, Hang::ring),
               {"deadlock: node (0,0) hart 0 -> node (1,1) hart 0 -> node (0,1) hart 0 -> node (1,0) hart 0 -> node "
                "(0,0) hart 0\n",
                "-> node (0,1) hart 0 would signal it at PC", line_of("ring: signals")});
}

TEST(Hang, TwoSemaphoresInOppositeOrder) {
  Machine machine({});
  expect_parts(hang_of(machine, Hang::dining, {}, 2),
               {"deadlock: node (0,0) hart 0 -> node (0,0) hart 1 -> node (0,0) hart 0\n",
                "node (0,0) hart 0 waits until semaphore 4 is 1 (it is 0)",
                "node (0,0) hart 1 waits until semaphore 3 is 1 (it is 0)", line_of("dining: waits"),
                line_of("dining: signals")});
}

TEST(Hang, BarrierWithAMissingMember) {
  Machine machine({.mesh = {2, 2}});
  machine.set_tree(1, machine.all(), {.arrivals = 1, .semaphore = 6});
  const std::string message = hang_of(machine, Hang::barrier);
  expect_parts(message, {"cause: node (1,1) barrier of tree 1 has 0 of 1 arrivals: nobody would arrive at node (1,1)",
                         "node (0,0) hart 0 waits until semaphore 6 is 1 (it is 0) at PC", line_of("barrier: waits"),
                         "-> node (0,0) barrier of tree 1 would release it"});
  EXPECT_EQ(message.find("deadlock"), std::string::npos) << message;
}

TEST(Hang, ListThatWaitsForItself) {
  Machine machine({});
  expect_parts(hang_of(machine, Hang::own_list),
               {"deadlock: node (0,0) list of channel 2 -> node (0,0) list of channel 2\n",
                "node (0,0) list of channel 2 waits until semaphore 3 is 1 (it is 0) with the wait at 0x8",
                "-> node (0,0) list of channel 2 would signal it with the signal at 0x8", line_of("own list: waits")});
}

TEST(Hang, ListsOfTwoNodesThatWaitForEachOther) {
  Machine machine({.mesh = {2, 1}});
  const std::string message = hang_of(machine, Hang::crossed_lists);
  expect_parts(message, {"deadlock: node (0,0) list of channel 0 -> node (1,0) list of channel 0 -> node (0,0)",
                         "for these wait:\n", line_of("crossed lists: waits"),
                         "-> node (0,0) list of channel 0 would signal it with the signal at 0x8"});
}

TEST(Hang, ListThatWaitsForAHartThatWaitsForTheList) {
  Machine machine({});
  expect_parts(hang_of(machine, Hang::list_and_hart),
               {"deadlock: node (0,0) hart 0 -> node (0,0) list of channel 0 -> node (0,0) hart 0\n",
                "-> node (0,0) hart 0 would signal it at PC", line_of("list and hart: waits"),
                line_of("list and hart: signals")});
}

TEST(Hang, ListThatWouldBeIssued) {
  Machine machine({.mesh = {2, 1}});
  expect_parts(hang_of(machine, Hang::issue_later),
               {"deadlock: node (0,0) hart 0 -> node (1,0) hart 0 -> node (0,0) hart 0\n",
                "-> node (1,0) hart 0 would signal it with the signal at 0x8", "of a list that it issues at PC",
                line_of("issue later: waits"), line_of("issue later: issues")});
}

TEST(Hang, SumWithAMissingContributor) {
  Machine machine({.mesh = {2, 2}});
  machine.set_tree(1, machine.all(), {.arrivals = 0});
  const std::string message = hang_of(machine, Hang::sum);
  expect_parts(message, {"cause: node (1,1) collective unit, tree 1, has no line, none of its own: ",
                         "nobody would send the line of node (1,1)",
                         "node (0,0) hart 0 waits until semaphore 3 is 1 (it is 0) at PC", line_of("sum: waits")});
  EXPECT_EQ(message.find("deadlock"), std::string::npos) << message;
}

TEST(Hang, CopyWithoutSemaphore) {
  Machine machine({});
  expect_parts(hang_of(machine, Hang::silent_copy), {"cause: node (0,0) hart 0", line_of("silent copy: waits"),
                                                     "the push at 0x8", "has ended and names it, but its sem_en is 0"});
}

TEST(Hang, ProductWithoutSemaphore) {
  Machine machine({});
  expect_parts(hang_of(machine, Hang::silent_product),
               {"cause: node (0,0) hart 0", line_of("silent product: waits"), "the product at 0x8",
                "has ended and names it, but its sem_en is 0"});
}

TEST(Hang, InterruptWithoutSource) {
  Machine machine({});
  expect_parts(hang_of(machine, Hang::interrupt), {"cause: node (0,0) hart 0 waits for an interrupt at PC",
                                                   line_of("interrupt: waits"), "no interrupt is enabled in mie"});
}

TEST(Hang, ListOfAnInterfaceProcessor) {
  Machine machine({.memory = true});
  HostQueue& host = machine.host(1);
  DramBuffer list = machine.allocate_dram(1, 64);
  DipList().wait(5, 7).write(list);
  Submission submission = host.submit(8, list);
  host.count(5, 6);
  expect_parts(message_of([&] { submission.wait(); }),
               {"host of Interface Processor 1: no progress",
                "cause: Interface Processor 1, channel 8 waits until semaphore 5 is 7 (it is 6): nobody would "
                "signal semaphore 5 of Interface Processor 1",
                "6 of 7 have come"});
}

TEST(Hang, ListsOfTwoInterfaceProcessors) {
  Machine machine({.memory = true});
  const auto port_of = [&](unsigned dip) {
    for (const auto& port : machine.dips()[dip].ports) {
      if (port) {
        return hw::GlobalAddress{.is_global = true,
                                 .kind = true,
                                 .y = static_cast<std::uint16_t>(port->address.y),
                                 .x = static_cast<std::uint16_t>(port->address.x),
                                 .offset = 0}
            .encode();
      }
    }
    return std::uint64_t{0};
  };
  std::vector<DramBuffer> lists;
  for (const unsigned dip : {0U, 1U}) {
    lists.push_back(machine.allocate_dram(dip, 128));
    DipList().wait(5, 1).signal(port_of(1 - dip), 5, 1).write(lists.back());
    machine.host(dip).start(0, lists.back());
  }
  EXPECT_EQ(machine.backend().run(100'000), StopReason::no_progress);
  expect_parts(describe_stop(machine.backend(), StopReason::no_progress, {}),
               {"deadlock: Interface Processor 0, channel 0 -> Interface Processor 1, channel 0 -> Interface"});
}

// What is said takes the state of nodes and gives it back.
TEST(Hang, NothingChanges) {
  Machine machine({.mesh = {2, 1}});
  const std::string first = hang_of(machine, Hang::ring);
  const std::uint64_t cycles = machine.cycles();
  EXPECT_EQ(first.substr(first.find("no progress")),
            describe_stop(machine.backend(), StopReason::no_progress,
                          [program = load_firmware("test_hang")](auto pc) { return program.place(pc); }));
  EXPECT_EQ(machine.cycles(), cycles);
  // The signal that was missing ends the program as if nobody had looked.
  machine.backend().write_register({0, 0}, static_cast<std::uint32_t>(hw::semaphore_value_address(3)), 1);
  EXPECT_EQ(machine.backend().run(10'000), StopReason::all_stopped);
  EXPECT_EQ(machine.backend().semaphore({0, 0}, 3), 1U);
}

// Every hart of a die waits. The time is that of the processor, from the launch on.
TEST(Hang, ADieIsExplainedInSeconds) {
  Machine machine({.mesh = die_size, .threads = 1});
  const std::clock_t start = std::clock();
  const std::string message = hang_of(machine, Hang::ring, {}, hw::harts);
  const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  expect_parts(message, {"deadlock: node (0,0) hart 0 -> ", line_of("ring: waits")});
  EXPECT_LE(std::ranges::count(message, '\n'), 40);
  RecordProperty("seconds", std::to_string(seconds));
  EXPECT_LT(seconds, 5.0);
}

TEST(Hang, TheLimitTellsWhoWaits) {
  Machine machine({.mesh = {2, 1}, .max_cycles = 300});
  expect_parts(hang_of(machine, Hang::traffic, {1000, 1, 0}),
               {"the cycle limit was reached in cycle 300", line_of("traffic: issues")});
}

}  // namespace
}  // namespace dojo
