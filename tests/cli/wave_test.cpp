// --wave and --wave-on: the FST, its save file, and the viewer command.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "cli/failure.hpp"
#include "model/lockstep.hpp"
#include "sim/assertion.hpp"
#include "sim/fst_hierarchy.hpp"
#include "sim/node_error.hpp"
#include "sim/wave_groups.hpp"
#include "sim/wave_save_file.hpp"
#include "subprocess.hpp"
#include "tests/sim/wave_values.hpp"

namespace dojo::test {
namespace {

class Wave : public testing::Test {
 protected:
  Result gemm(std::vector<std::string> more) {
    std::vector<std::string> arguments{"bench", "gemm", "--m", "16", "--n", "16", "--k", "16"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_dojo(arguments, folder_.path());
  }
  /// Names of the signals that a save file shows.
  std::set<std::string> shown(const std::string& save_file) {
    std::set<std::string> names;
    std::istringstream lines(contents_of(folder_.path() / save_file));
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with("+{")) names.insert(line.substr(line.find("} ") + 2));
    }
    return names;
  }
  Result run(const std::string& program, std::vector<std::string> more) {
    more.insert(more.begin(), {"run", (firmware_folder() / (program + ".elf")).string()});
    return run_dojo(more, folder_.path());
  }
  /// What is wrong with a save file: signals that the FST lacks, names that no file has.
  std::string problems_of(const std::string& save_file, const std::string& fst) {
    std::set<std::string> present;
    for (const auto& [path, signal] : sim::read_fst_hierarchy(folder_.path() / fst)) present.insert(signal.name);
    std::string problems;
    for (const std::string& name : shown(save_file)) {
      if (!present.contains(name)) problems += name + " is not in the FST\n";
    }
    std::istringstream lines(contents_of(folder_.path() / save_file));
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with("^1 ") && !std::filesystem::exists(line.substr(3))) problems += line + " is missing\n";
    }
    return problems;
  }
  /// The number in a line of the save file that starts so.
  std::uint64_t number_after(const std::string& save_file, const std::string& start) {
    const std::string text = contents_of(folder_.path() / save_file);
    const std::size_t at = text.find("\n" + start);
    if (at == std::string::npos) return ~std::uint64_t{0};
    return std::strtoull(text.c_str() + at + 1 + start.size(), nullptr, 10);
  }
  /// The titles of the groups of a save file that are open, in order.
  std::vector<std::string> open_groups(const std::string& save_file) {
    std::vector<std::string> titles;
    std::istringstream lines(contents_of(folder_.path() / save_file));
    for (std::string line; std::getline(lines, line);) {
      if (line == "@800200" && std::getline(lines, line)) titles.push_back(line.substr(1));
    }
    return titles;
  }
  static std::size_t shown_of(const std::vector<sim::WaveGroup>& groups) {
    std::set<std::string> paths;
    for (const sim::WaveGroup& group : groups) {
      for (const sim::WaveSignal& signal : group.signals) paths.insert(signal.path);
    }
    return paths.size();
  }
  TemporaryFolder folder_;
};

TEST_F(Wave, EverySignalOfTheSaveFileIsInTheWaves) {
  const Result result = gemm({"--wave", "0:500", "--wave-file", "gemm.fst"});
  ASSERT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_TRUE(result.output.ends_with("gtkwave gemm.fst gemm.gtkw\n")) << result.output;
  std::set<std::string> present;
  for (const auto& [path, signal] : sim::read_fst_hierarchy(folder_.path() / "gemm.fst")) present.insert(signal.name);
  const std::set<std::string> names = shown("gemm.gtkw");
  EXPECT_GT(names.size(), 50u);
  for (const std::string& name : names) EXPECT_TRUE(present.contains(name)) << name << " is not in the FST";
}

TEST_F(Wave, EverySignalOfTheGroupsIsInTheSaveFile) {
  ASSERT_EQ(gemm({"--wave", "0:20", "--wave-file", "gemm.fst"}).exit_code, 0);
  const std::string text = contents_of(folder_.path() / "gemm.gtkw");
  for (const sim::WaveGroup& group : sim::wave_groups({})) {
    EXPECT_NE(text.find("\n-" + group.title + "\n"), std::string::npos) << group.title;
    for (const sim::WaveSignal& signal : group.signals) {
      EXPECT_NE(text.find("+{" + signal.alias + "} node_0_0.node." + signal.path), std::string::npos)
          << signal.path << " has gone from the RTL";
    }
  }
}

TEST_F(Wave, RangeAndNodeAreRespected) {
  ASSERT_EQ(gemm({"--mesh", "2x1", "--wave", "0:1000", "--wave-file", "long.fst", "--wave-node", "1,0"}).exit_code, 0);
  ASSERT_EQ(gemm({"--mesh", "2x1", "--wave", "100:120", "--wave-file", "short.fst", "--wave-node", "1,0"}).exit_code,
            0);
  EXPECT_LT(std::filesystem::file_size(folder_.path() / "short.fst"),
            std::filesystem::file_size(folder_.path() / "long.fst"));
  const std::set<std::string> names = shown("short.gtkw");
  ASSERT_FALSE(names.empty());
  EXPECT_NE(names.begin()->find("node_1_0."), std::string::npos);
}

TEST_F(Wave, RangeInWhichNothingHappensIsStillAWave) {
  const Result result = gemm({"--wave", "100000:100001", "--wave-file", "late.fst"});
  EXPECT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_GT(shown("late.gtkw").size(), 50u);
}

TEST_F(Wave, CyclesAreTheSameWithWaves) {
  const auto cycles = [](const Result& result) { return result.output.substr(result.output.find("\"cycles\""), 30); };
  const Result without = gemm({"--json", "-"});
  const Result with = gemm({"--json", "-", "--wave", "0:500"});
  EXPECT_EQ(cycles(without), cycles(with));
  EXPECT_NE(with.errors.find("gtkwave dojo.fst dojo.gtkw"), std::string::npos) << "the viewer command went nowhere";
}

TEST_F(Wave, OnFailRecordsFailuresOnly) {
  const auto run = [this](const std::string& program) {
    return run_dojo({"run", (firmware_folder() / (program + ".elf")).string(), "--wave", "on-fail"}, folder_.path());
  };
  EXPECT_EQ(run("test_bare_pass").exit_code, 0);
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "dojo.fst"));
  const Result trap = run("test_illegal_instruction");
  EXPECT_EQ(trap.exit_code, 1);
  EXPECT_NE(trap.output.find("gtkwave dojo.fst dojo.gtkw"), std::string::npos);
  EXPECT_FALSE(sim::read_fst_hierarchy(folder_.path() / "dojo.fst").empty());
}

/// A failure, and what its waves show first.
struct Failing {
  std::string program;
  std::vector<std::string> options;
  std::uint64_t cycles;  ///< that the command says have passed; 0: it does not say
  std::string first_group;
  std::string marker;
};

TEST_F(Wave, EveryKindOfFailureEndsWithItsCycle) {
  const std::vector<Failing> all{
      {"test_illegal_instruction", {}, 0, "core: hart 0", "trap"},
      {"test_bad_descriptor", {}, 0, "core: hart 0", "trap"},
      {"test_semaphore", {}, 0, "core: hart 0", "hang"},
      {"test_endless_loop", {"--max-cycles", "3000"}, 3000, "core: hart 0", "hang"},
      {"test_exit_code", {}, 0, "matrix unit", "wrong result"},
  };
  for (const Failing& failing : all) {
    SCOPED_TRACE(failing.program);
    std::vector<std::string> options{"--wave", "on-fail", "--json", "r.json"};
    options.insert(options.end(), failing.options.begin(), failing.options.end());
    const Result result = run(failing.program, options);
    EXPECT_NE(result.exit_code, 0);
    ASSERT_TRUE(result.output.ends_with("gtkwave dojo.fst dojo.gtkw\n")) << result.output;
    const std::string said = "cycle ";
    const std::uint64_t last = std::strtoull(
        result.errors.c_str() + result.errors.find(said, result.errors.find("failed")) + said.size(), nullptr, 10);
    if (failing.cycles != 0) EXPECT_EQ(last, failing.cycles - 1);
    const sim::WaveContents waves = sim::read_waves(folder_.path() / "dojo.fst");
    EXPECT_EQ(waves.last_time / sim::ticks_per_cycle, last);
    EXPECT_EQ(waves.first_time / sim::ticks_per_cycle, last < 1999 ? 0 : last - 1999);
    EXPECT_EQ(problems_of("dojo.gtkw", "dojo.fst"), "");
    EXPECT_EQ(number_after("dojo.gtkw", "*-12.233 "), last * sim::ticks_per_cycle + sim::ticks_per_cycle / 2);
    EXPECT_NE(contents_of(folder_.path() / "dojo.gtkw").find("[markername] A" + failing.marker), std::string::npos);
    EXPECT_EQ(open_groups("dojo.gtkw").at(1), failing.first_group);
  }
}

TEST_F(Wave, OnFailRecordsTheNodeThatFailed) {
  ASSERT_EQ(run("broken_list", {"--mesh", "2x1", "--wave", "on-fail"}).exit_code, 1);
  EXPECT_TRUE(shown("dojo.gtkw").begin()->starts_with("node_1_0."));
  ASSERT_EQ(run("broken_list", {"--mesh", "2x1", "--wave", "on-fail", "--wave-node", "0,0"}).exit_code, 1);
  EXPECT_TRUE(shown("dojo.gtkw").begin()->starts_with("node_0_0."));
}

TEST_F(Wave, InstructionsAndAddressesHaveNames) {
  ASSERT_EQ(run("test_semaphore", {"--wave", "on-fail"}).exit_code, 1);
  const std::string code = contents_of(folder_.path() / "dojo.names" / "code-64");
  EXPECT_NE(code.find(" wait_for_nobody"), std::string::npos) << code;
  const std::string causes = contents_of(folder_.path() / "dojo.names" / "cause-64");
  EXPECT_NE(causes.find("0000000000000002 illegal instruction\n"), std::string::npos) << causes;
  const std::string operations = contents_of(folder_.path() / "dojo.names" / "packet-operation-2");
  EXPECT_NE(operations.find("1 read\n"), std::string::npos) << operations;
}

TEST_F(Wave, SaveFilesOfAllKindsNameWhatIsThere) {
  ASSERT_EQ(gemm({"--wave", "0:20", "--wave-file", "gemm.fst"}).exit_code, 0);
  const auto problems = {sim::WaveProblem::none,     sim::WaveProblem::trap,    sim::WaveProblem::hang,
                         sim::WaveProblem::mismatch, sim::WaveProblem::network, sim::WaveProblem::wrong_result};
  for (const sim::WaveProblem problem : problems) {
    for (const unsigned hart : {0u, hw::harts - 1}) {
      const sim::WaveSubject subject{.problem = problem, .hart = hart, .block = "", .cycle = 12};
      sim::write_save_file({.fst = folder_.path() / "gemm.fst",
                            .node = {},
                            .first_cycle = 0,
                            .subject = subject,
                            .instructions = {},
                            .names = {}});
      EXPECT_EQ(problems_of("gemm.gtkw", "gemm.fst"), "") << to_string(problem);
      EXPECT_EQ(number_after("gemm.gtkw", "*-12.233 "), 12 * sim::ticks_per_cycle + sim::ticks_per_cycle / 2);
      EXPECT_EQ(shown("gemm.gtkw").size(), shown_of(sim::wave_groups(subject))) << to_string(problem);
    }
  }
  for (const char* block : {"u_core", "u_matrix", "u_router", "u_barrier", "u_control", "u_sram", "u_none"}) {
    const auto groups = sim::wave_groups({.problem = sim::WaveProblem::assertion, .block = block});
    EXPECT_EQ(groups.size(), sim::wave_groups({}).size()) << block;
  }
  const auto router = sim::wave_groups({.problem = sim::WaveProblem::assertion, .block = "u_router"});
  EXPECT_EQ(router.at(1).title, "router");
}

TEST_F(Wave, BeginsWhenAConditionIsMet) {
  const auto window = [this] {
    const sim::WaveContents waves = sim::read_waves(folder_.path() / "dojo.fst");
    return std::pair(waves.first_time / sim::ticks_per_cycle, waves.last_time / sim::ticks_per_cycle);
  };
  const auto record = [&](const std::string& program, std::vector<std::string> options) {
    options.insert(options.end(), {"--wave-cycles", "5"});
    const Result result = run(program, options);
    EXPECT_TRUE(result.output.ends_with("gtkwave dojo.fst dojo.gtkw\n")) << result.output << result.errors;
    return window();
  };
  // The trace of the whole run says when.
  ASSERT_EQ(run("test_semaphore", {"--wave", "0:40", "--wave-file", "all.fst"}).exit_code, 1);
  const sim::WaveContents all = sim::read_waves(folder_.path() / "all.fst");
  const auto& counts = all.values.at("node_0_0.node.u_semaphore.count_q[5] [31:0]");
  ASSERT_EQ(counts.size(), 2u) << "the program adds 1 once";
  const std::uint64_t added = counts.rbegin()->first / sim::ticks_per_cycle;
  EXPECT_EQ(record("test_semaphore", {"--wave-on", "sem=5=1"}), std::pair(added, added + 4));
  EXPECT_EQ(record("test_semaphore", {"--wave-on", "sem=5"}), std::pair(added, added + 4));
  EXPECT_GT(record("test_semaphore", {"--wave-on", "pc=wait_for_nobody"}).first, added);
  EXPECT_EQ(record("test_semaphore", {"--wave-on", "pc=0x80000000"}).first,
            record("test_semaphore", {"--wave-on", "pc=_start+0"}).first);

  for (const char* packet : {"packet=0,0", "packet=write"}) {
    const Result copied =
        run_dojo({"bench", "transfer", "--kind", "push", "--bytes", "4096", "--wave-node", "1,0", "--wave-on", packet},
                 folder_.path());
    EXPECT_EQ(copied.exit_code, 0) << copied.errors;
    const sim::WaveContents waves = sim::read_waves(folder_.path() / "dojo.fst");
    EXPECT_EQ(waves.values.at("node_1_0.node.u_network.applied_valid_q").begin()->second, "1") << packet;
  }
}

TEST_F(Wave, ConditionThatIsNotMetLeavesNothing) {
  const Result result = gemm({"--wave-on", "packet=error"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_NE(result.errors.find("--wave-on packet=error: that did not happen"), std::string::npos) << result.errors;
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "dojo.fst"));
}

TEST_F(Wave, SignalTogglesWhileTheRunGoesOn) {
  const std::string dojo = (binary_folder() / "dojo").string();
  const std::string program = (firmware_folder() / "test_endless_loop.elf").string();
  const std::string script = fmt::format(
      "cd '{}' && '{}' run '{}' --max-cycles 300000 > out 2> err & pid=$!\n"
      "sleep 0.5; kill -USR1 $pid; sleep 0.1; kill -USR1 $pid; wait $pid",
      folder_.path().string(), dojo, program);
  const std::string file = folder_.file("toggle.sh", script);
  EXPECT_NE(std::system(("sh " + file).c_str()), 0) << "the endless loop is cut off";
  EXPECT_NE(contents_of(folder_.path() / "out").find("gtkwave dojo.fst dojo.gtkw"), std::string::npos);
  EXPECT_EQ(problems_of("dojo.gtkw", "dojo.fst"), "");
}

std::exception_ptr at_node(std::exception_ptr cause) {
  return std::make_exception_ptr(sim::NodeError("text", {.x = 1, .y = 0}, 77, std::move(cause)));
}

TEST(Failure, OfANodeIsKnownByItsCause) {
  Machine machine({.backend = "model", .mesh = {2, 1}});
  const auto assertion = std::make_exception_ptr(AssertionError("text", "f.sv", 1, "node_1_0.node.u_matrix.u_drain"));
  const auto find = [&machine](std::exception_ptr cause) {
    return cli::find_failure(machine, at_node(std::move(cause)));
  };
  EXPECT_EQ(find(assertion).subject.problem, sim::WaveProblem::assertion);
  EXPECT_EQ(find(assertion).subject.block, "u_matrix");
  EXPECT_EQ(find(assertion).node, (Coordinates{1, 0}));
  EXPECT_EQ(find(assertion).cycle, 77u);
  EXPECT_EQ(find(std::make_exception_ptr(model::LockstepMismatch("text"))).subject.problem, sim::WaveProblem::mismatch);
  EXPECT_EQ(find(std::make_exception_ptr(RunError("a packet left"))).subject.problem, sim::WaveProblem::network);
  const auto wrong = cli::find_failure(machine, std::make_exception_ptr(RunError("the result differs")));
  EXPECT_EQ(wrong.subject.problem, sim::WaveProblem::wrong_result);
  EXPECT_FALSE(wrong.node);
}

}  // namespace
}  // namespace dojo::test
