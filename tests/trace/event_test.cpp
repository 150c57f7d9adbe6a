// Which events programs make, in which cycles.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "trace/last_events.hpp"
#include "traced.hpp"

namespace dojo::trace {
namespace {

TEST(Events, OfATinyProgramAreTheseInTheseCycles) {
  Traced run({}, "test_tiny");
  run.run();
  const std::uint64_t tiny = run.symbol("tiny");
  std::vector<std::string> lines;
  std::uint64_t start = 0;
  for (const Item& item : run.items()) {
    const auto* const retired = std::get_if<Retired>(&item.event.payload);
    if (retired != nullptr && retired->pc == tiny) start = item.event.cycle;
  }
  ASSERT_NE(start, 0u);
  for (const Item& item : run.items()) {
    const auto* const retired = std::get_if<Retired>(&item.event.payload);
    const bool is_inside = item.event.cycle >= start && (retired == nullptr || retired->pc >= tiny);
    if (!is_inside || item.event.cycle > start + 14 || std::holds_alternative<Sample>(item.event.payload)) continue;
    const std::string at = retired == nullptr ? "" : fmt::format(" +{}", retired->pc - tiny);
    std::string what = fmt::format("{}{}", kind_of(item.event.payload), at);
    if (const auto* const late = std::get_if<LateValue>(&item.event.payload)) {
      what += " " + describe(*late);
    } else if (retired == nullptr) {
      what += " " + describe(item.event.payload);
    }
    lines.push_back(fmt::format("{} {}", item.event.cycle - start, what));
  }
  const std::vector<std::string> expected{
      "0 phase_begin name=part", "0 retired +0", "1 retired +4", "2 retired +8", "3 retired +12", "4 late_value a1=0x3",
      "4 hart does=memory",  // a result of a load can be used two cycles later
      "5 hart does=retired", "5 retired +16", "6 retired +20", "7 late_value a3=0x3 stored=0x9",
      "7 hart does=memory",  // the multiplication writes the register for which the
                             // atomic operation has a result on its way
      "8 hart does=retired", "8 retired +24", "9 late_value a3=0x12", "9 retired +28", "9 phase_end ", "10 retired +32",
      "11 retired +36",
      "12 hart does=other",  // a jump whose target's line is in no buffer
      "13 hart does=retired"};
  EXPECT_EQ(lines, expected);
}

TEST(Events, UnitsAreSeenInTheCyclesThatTheirDocumentationSays) {
  Traced run({.mesh = {2, 1}}, "phases");
  run.run();
  // matrix_unit.sv: the first step is in the datapath 16 cycles after the command, that is 17 after dojo.issue; then
  // one step in each cycle.
  const auto commands = run.all<Command>();
  const auto begins = run.all<MatrixBegin>();
  const auto ends = run.all<MatrixEnd>();
  ASSERT_EQ(begins.size(), 3u);
  ASSERT_EQ(ends.size(), 3u);
  std::uint64_t steps = 0;
  unsigned product = 0;
  for (const auto& [cycle, command] : commands) {
    if (command.unit != hw::Unit::matrix) continue;
    EXPECT_EQ(begins[product].first, cycle + 17);
    EXPECT_EQ(begins[product].second.steps, 2u * 4 * 4 * 4);
    EXPECT_EQ(ends[product].first,
              begins[product].first + begins[product].second.steps + ends[product].second.operand_stalls);
    steps += begins[product].second.steps;
    ++product;
  }
  EXPECT_EQ(steps, run.machine.counter(hw::Counter::matrix_steps, {.origin = {0, 0}}));
  // transfer_engine.sv: the first line is requested four cycles after the command, one in each cycle, and leaves two
  // cycles later.
  const auto transfers = run.all<TransferBegin>();
  const auto transfer_ends = run.all<TransferEnd>();
  ASSERT_EQ(transfers.size(), 3u);
  ASSERT_EQ(transfer_ends.size(), 3u);
  const auto first_push =
      std::ranges::find_if(commands, [](const auto& command) { return command.second.unit == hw::Unit::transfer; });
  ASSERT_NE(first_push, commands.end());
  EXPECT_EQ(transfers[0].first, first_push->first + 4);
  EXPECT_EQ(transfers[0].second.lines, 64u);
  EXPECT_EQ(transfer_ends[0].first, transfers[0].first + 64);
  const auto sent = run.all<PacketSent>();
  const auto first_line = std::ranges::find_if(sent, [](const auto& packet) { return packet.second.header.size == 6; });
  ASSERT_NE(first_line, sent.end());
  EXPECT_EQ(first_line->first, transfers[0].first + 2);
  // Counters over the whole run.
  std::uint64_t sent_in_samples = 0;
  std::uint64_t steps_in_samples = 0;
  std::uint64_t instructions = 0;
  for (const auto& [cycle, sample] : run.all<Sample>()) {
    sent_in_samples += sample.flits_sent;
    steps_in_samples += sample.matrix_steps;
    instructions += sample.instructions;
  }
  EXPECT_EQ(sent_in_samples, sent.size());
  EXPECT_EQ(sent.size(), run.machine.counter(hw::Counter::flits_sent, {.origin = {0, 0}}));
  EXPECT_EQ(steps_in_samples, steps);
  EXPECT_EQ(instructions, run.all<Retired>().size());
  EXPECT_EQ(instructions, run.machine.backend().instructions_retired({0, 0}));
}

TEST(Events, PhasesNestAndHaveTheProgramsNames) {
  Traced run({.mesh = {2, 1}}, "phases");
  run.run();
  std::vector<std::string> stack;
  std::vector<std::string> order;
  for (const Item& item : run.items()) {
    if (item.event.node != 1) continue;
    if (const auto* const begin = std::get_if<PhaseBegin>(&item.event.payload)) {
      stack.emplace_back(begin->name.data());
      std::string path;
      for (const std::string& name : stack) path += "/" + name;
      order.push_back(path);
    } else if (std::holds_alternative<PhaseEnd>(item.event.payload)) {
      ASSERT_FALSE(stack.empty());
      stack.pop_back();
    }
  }
  EXPECT_TRUE(stack.empty());
  std::vector<std::string> expected{"/prepare"};
  for (unsigned round = 0; round < 3; ++round) {
    expected.insert(expected.end(), {"/round", "/round/multiply", "/round/exchange", "/round/scale"});
  }
  EXPECT_EQ(order, expected);
}

TEST(Events, PhasesCostNothingButTheirInstructions) {
  Machine off({.mesh = {2, 1}});
  const Program program = load_firmware("phases");
  off.load(program, off.all());
  off.launch(program, off.all()).wait();
  Traced on({.mesh = {2, 1}}, "phases");
  on.run();
  EXPECT_EQ(off.cycles(), on.machine.cycles()) << "a recorder changes the run";
}

TEST(Events, WhatHartsDoFillsAllCyclesOnce) {
  Traced run({.mesh = {2, 2}}, "test_traffic", 4);
  run.run({}, {2});
  std::map<std::pair<unsigned, unsigned>, std::pair<std::uint64_t, Cause>> last;
  std::map<Cause, std::uint64_t> cycles;
  std::uint64_t retired = 0;
  const auto put = [&](const Event& event, std::uint64_t until) {
    const auto& [since, cause] = last[{event.node, event.hart}];
    EXPECT_LE(since, until);
    cycles[cause] += until - since;
  };
  for (const Item& item : run.items()) {
    if (std::holds_alternative<Retired>(item.event.payload)) ++retired;
    const auto* const activity = std::get_if<HartActivity>(&item.event.payload);
    if (activity == nullptr) continue;
    if (last.contains({item.event.node, item.event.hart})) put(item.event, item.event.cycle);
    last[{item.event.node, item.event.hart}] = {item.event.cycle, activity->cause};
  }
  EXPECT_EQ(last.size(), 16u);
  for (const auto& [hart, activity] : last) EXPECT_EQ(activity.second, Cause::stopped);
  EXPECT_EQ(cycles[Cause::retired], retired);
  for (const Cause cause : {Cause::fetch, Cause::memory, Cause::slot, Cause::semaphore}) {
    EXPECT_GT(cycles[cause], 0u) << to_string(cause);
  }
}

TEST(Events, ComeInTheOrderOfCyclesAndInTheWindowOnly) {
  Traced all({.mesh = {2, 2}}, "phases");
  all.run();
  EXPECT_TRUE(std::ranges::is_sorted(all.items(), {}, [](const Item& item) { return item.event.cycle; }));
  Traced part({.mesh = {2, 2}}, "phases");
  part.run({.first = 300, .last = 450, .north_west = {1, 0}, .south_east = Coordinates{1, 1}});
  std::set<unsigned> nodes;
  std::set<unsigned> kinds;
  std::vector<std::string> inside;
  std::vector<std::string> whole;
  const auto is_kept = [](const Item& item) {
    const Payload& payload = item.event.payload;
    return std::holds_alternative<Retired>(payload) || std::holds_alternative<PacketArrived>(payload);
  };
  for (const Item& item : part.items()) {
    // Samples say what was counted up to their cycle.
    if (!std::holds_alternative<Sample>(item.event.payload)) {
      EXPECT_GE(item.event.cycle, 300u);
      EXPECT_LE(item.event.cycle, 450u);
    }
    nodes.insert(item.event.node);
    kinds.insert(static_cast<unsigned>(item.event.payload.index()));
    if (is_kept(item))
      inside.push_back(fmt::format("{} {} {}", item.event.cycle, item.event.node, describe(item.event.payload)));
  }
  for (const Item& item : all.items()) {
    const bool is_here = item.event.node % 2 == 1 && item.event.cycle >= 300 && item.event.cycle <= 450;
    if (is_here && is_kept(item))
      whole.push_back(fmt::format("{} {} {}", item.event.cycle, item.event.node, describe(item.event.payload)));
  }
  EXPECT_EQ(nodes, (std::set<unsigned>{1, 3}));
  EXPECT_EQ(inside, whole);
  EXPECT_GT(inside.size(), 30u);
  // The product has begun before.
  const auto begins = part.all<MatrixBegin>(1);
  ASSERT_EQ(begins.size(), 1u);
  EXPECT_EQ(begins[0].first, 300u);
  EXPECT_EQ(part.all<MatrixEnd>(1).size(), 1u);
}

TEST(Events, TheLastOnesOfANodeAreKeptAsLines) {
  Traced run({.mesh = {2, 1}}, "phases");
  const std::vector<Coordinates> nodes{{1, 0}};
  const LastEvents last(rtl_of(run.machine), nodes, 8);
  run.run();
  EXPECT_TRUE(last.lines({0, 0}).empty());
  const std::vector<std::string> lines = last.lines({1, 0});
  ASSERT_EQ(lines.size(), 8u);
  EXPECT_NE(lines.back().find("hart 0 hart does=stopped"), std::string::npos) << lines.back();
  EXPECT_TRUE(std::ranges::any_of(lines, [](const std::string& line) { return line.ends_with("sd a0,0(t0))"); }))
      << lines[0];
}

}  // namespace
}  // namespace dojo::trace
