// Where cycles go: every one once, at the right place of the program.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <numeric>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "../cli/subprocess.hpp"
#include "trace/profile.hpp"
#include "traced.hpp"

namespace dojo::trace {
namespace {

constexpr unsigned semaphore = static_cast<unsigned>(Cause::semaphore);
constexpr unsigned wfi = static_cast<unsigned>(Cause::wfi);

std::uint64_t sum_of(const CauseCycles& cycles) {
  return std::accumulate(cycles.begin(), cycles.end(), std::uint64_t{0});
}

/// A program on all nodes of a machine, profiled.
class Profiled {
 public:
  Profiled(const MachineConfig& config, std::string_view name, unsigned harts,
           std::initializer_list<std::uint64_t> arguments = {})
      : machine(config) {
    const Program program = load_firmware(name);
    Profiler profiler(rtl_of(machine));
    // What harts do from their start to their end, from the event stream.
    auto kept = std::make_shared<Items>();
    std::vector<std::unique_ptr<Writer>> writers;
    writers.push_back(std::make_unique<Collector>(kept));
    Recorder recorder(rtl_of(machine), false, {}, std::move(writers));
    machine.load(program, machine.all());
    machine.launch(program, machine.all(), arguments, harts).wait();
    profiler.finish();
    recorder.finish();
    items = *kept;
    const LineTable lines = LineTable::from_elf((test::firmware_folder() / (std::string(name) + ".elf")).string());
    profile = make_profile(profiler, program, lines, machine.cycles());
  }

  /// Functions of a stack, with slashes.
  [[nodiscard]] std::string path(const ProfileStack& stack) const {
    std::string result;
    for (const unsigned frame : stack.frames) result += "/" + profile.frames[frame].function;
    return result;
  }
  /// Cycles by path, of a hart.
  [[nodiscard]] std::map<std::string, CauseCycles> paths(unsigned hart = 0) const {
    std::map<std::string, CauseCycles> result;
    for (const ProfileStack& stack : profile.harts.at(hart).stacks) {
      CauseCycles& cycles = result[path(stack)];
      for (unsigned cause = 0; cause < running_causes; ++cause) cycles[cause] += stack.cycles[cause];
    }
    return result;
  }

  Machine machine;
  Profile profile;
  Items items;
};

TEST(Profiles, CountEveryCycleOfAStartedHartOnce) {
  Profiled run({.mesh = {2, 2}}, "test_traffic", 4, {2});
  ASSERT_EQ(run.profile.harts.size(), 16u);
  std::map<std::pair<unsigned, unsigned>, std::pair<std::uint64_t, std::uint64_t>> spans;
  std::map<std::pair<unsigned, unsigned>, std::uint64_t> retired;
  for (const Item& item : run.items) {
    const std::pair<unsigned, unsigned> hart{item.event.node, item.event.hart};
    if (std::holds_alternative<Retired>(item.event.payload)) ++retired[hart];
    const auto* const activity = std::get_if<HartActivity>(&item.event.payload);
    if (activity == nullptr) continue;
    if (activity->cause == Cause::stopped) {
      spans[hart].second = item.event.cycle;
    } else if (!spans.contains(hart)) {
      spans[hart].first = item.event.cycle;
    }
  }
  for (const ProfileHart& hart : run.profile.harts) {
    const std::pair<unsigned, unsigned> key{run.machine.backend().topology().number(hart.node), hart.hart};
    std::uint64_t cycles = 0;
    std::uint64_t instructions = 0;
    for (const ProfileStack& stack : hart.stacks) {
      cycles += sum_of(stack.cycles);
      instructions += stack.cycles[static_cast<unsigned>(Cause::retired)];
    }
    EXPECT_EQ(cycles, spans[key].second - spans[key].first) << hart.hart;
    EXPECT_EQ(instructions, retired[key]);
  }
}

TEST(Profiles, FollowCallsOfAllKinds) {
  const Profiled run({}, "test_calls", 1);
  const auto paths = run.paths();
  const std::string main = "/_start/kernel_main";
  for (const char* const path :
       {"", "/middle", "/middle/leaf", "/tail", "/leaf", "/recursive", "/recursive/recursive",
        "/recursive/recursive/recursive/recursive/recursive/recursive", "/sleep", "/sleep/handler"}) {
    EXPECT_TRUE(paths.contains(main + path)) << path;
  }
  // The tail call stands where its caller stood: that and the one through a pointer.
  const auto cycles = [&](const std::string& path) { return sum_of(paths.at(main + path)); };
  EXPECT_NEAR(static_cast<double>(cycles("/leaf")), 2.0 * static_cast<double>(cycles("/middle/leaf")),
              0.1 * static_cast<double>(cycles("/leaf")));
  EXPECT_FALSE(paths.contains(main + "/tail/leaf"));
  EXPECT_FALSE(paths.contains(main + "/recursive/recursive/recursive/recursive/recursive/recursive/recursive"));
  // After all of that it returns to where it began.
  EXPECT_TRUE(paths.contains("/_start"));
  EXPECT_GT(paths.at(main + "/sleep")[wfi], 900u);
  EXPECT_LT(paths.at(main + "/sleep")[wfi], 1000u);
  for (const auto& [path, counted] : paths) {
    if (path != main + "/sleep") EXPECT_EQ(counted[wfi], 0u) << path;
  }
}

TEST(Profiles, NameTheLineThatWaits) {
  Profiled run({.mesh = {2, 1}}, "phases", 1);
  std::uint64_t waits = 0;
  std::set<unsigned> numbers;
  for (const ProfileStack& stack : run.profile.harts[0].stacks) {
    if (stack.cycles[semaphore] == 0) continue;
    waits += stack.cycles[semaphore];
    const ProfileFrame& frame = run.profile.frames[stack.frames.back()];
    std::ifstream source(frame.file);
    std::string line;
    for (unsigned i = 0; i < frame.line; ++i) std::getline(source, line);
    EXPECT_NE(line.find("dojo_semaphore_wait"), std::string::npos) << frame.file << ":" << frame.line << ": " << line;
    numbers.insert(frame.line);
  }
  EXPECT_GE(numbers.size(), 2u);
  EXPECT_GT(waits, 3u * 128) << "three products of 128 steps";
}

TEST(Profiles, TheirFormsSayTheSame) {
  Profiled run({.mesh = {2, 1}}, "phases", 1);
  std::uint64_t all = 0;
  for (const ProfileHart& hart : run.profile.harts) {
    for (const ProfileStack& stack : hart.stacks) all += sum_of(stack.cycles);
  }
  std::istringstream lines(folded(run.profile));
  std::uint64_t in_folded = 0;
  for (std::string line; std::getline(lines, line);) in_folded += std::stoull(line.substr(line.rfind(' ')));
  EXPECT_EQ(in_folded, all);

  const nlohmann::ordered_json json = json_of(run.profile);
  EXPECT_EQ(json["format"], 1);
  EXPECT_EQ(json["program"], "phases.elf");
  EXPECT_EQ(json["cycles"], run.machine.cycles());
  EXPECT_EQ(json["causes"].size(), running_causes);
  std::uint64_t in_json = 0;
  for (const auto& hart : json["harts"]) {
    EXPECT_EQ(hart["node"].size(), 2u);
    for (const auto& stack : hart["stacks"]) {
      for (const unsigned frame : stack["frames"]) ASSERT_LT(frame, json["frames"].size());
      ASSERT_EQ(stack["cycles"].size(), running_causes);
      for (const std::uint64_t cycles : stack["cycles"]) in_json += cycles;
    }
  }
  EXPECT_EQ(in_json, all);
  EXPECT_EQ(json["frames"][0]["function"], "_start");
  EXPECT_TRUE(json["frames"][0]["file"].get<std::string>().ends_with("start.S"));

  const std::string text = tables(run.profile, 3);
  EXPECT_NE(text.find("function "), std::string::npos);
  EXPECT_NE(text.find("\n(0,0).0 "), std::string::npos);
  EXPECT_NE(text.find("\n... and "), std::string::npos);
}

TEST(CallTrees, ReturnsThatLeadNowhereChangeNothing) {
  CallTree tree;
  CallStack stack(tree);
  const auto retire = [&](std::uint64_t pc, std::uint32_t instruction, bool trap = false) {
    const unsigned at = stack.at(pc);
    stack.retire({.valid = true, .pc = pc, .instruction = instruction, .trap = trap});
    return tree.calls(at);
  };
  using Calls = std::vector<std::uint64_t>;
  constexpr std::uint32_t call = 0x000000ef;  // jal ra
  constexpr std::uint32_t c_return = 0x8082;  // c.jr ra
  constexpr std::uint32_t c_call = 0x9782;    // c.jalr a5
  constexpr std::uint32_t mret = 0x30200073;
  constexpr std::uint32_t nop = 0x00000013;
  EXPECT_EQ(retire(0x100, call), Calls{});
  EXPECT_EQ(retire(0x200, c_call), Calls{0x100});
  EXPECT_EQ(retire(0x300, nop, true), (Calls{0x100, 0x200}));
  EXPECT_EQ(retire(0x400, c_return), (Calls{0x100, 0x200, 0x300})) << "in the handler";
  EXPECT_EQ(retire(0x104, mret), (Calls{0x100, 0x200, 0x300})) << "no return leaves a handler";
  EXPECT_EQ(retire(0x300, c_return), (Calls{0x100, 0x200}));
  EXPECT_EQ(retire(0x777, c_return), (Calls{0x100, 0x200})) << "not behind a call: a jump";
  EXPECT_EQ(retire(0x104, nop), Calls{}) << "two frames at once, as longjmp does";
  stack.clear();
  for (unsigned i = 0; i < 2000; ++i) EXPECT_LE(retire(0x100, call).size(), 512u);
}

}  // namespace
}  // namespace dojo::trace
