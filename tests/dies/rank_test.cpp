// Dies on ranks of MPI: the same cycles for any number of them, and what a failing one says.

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "tests/cli/subprocess.hpp"

namespace dojo::test {
namespace {

struct Output {
  int exit_code = -1;
  std::string text;
};

/// Runs a line of the shell with `ranks` ranks of MPI (0: without mpirun), all of them on this machine.
Output run_line(unsigned ranks, std::string line) {
  if (ranks != 0) {
    line = fmt::format(
        "OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1 "
        "OMPI_MCA_mpi_yield_when_idle=1 timeout 100 mpirun --bind-to none -n {} {}",
        ranks, line);
  }
  Output output;
  std::FILE* const pipe = popen((line + " 2>&1").c_str(), "r");
  if (pipe == nullptr) return output;
  std::array<char, 4096> buffer{};
  for (std::size_t size = 0; (size = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) {
    output.text.append(buffer.data(), size);
  }
  const int status = pclose(pipe);
  output.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return output;
}

/// The same with a command of the build.
Output run_ranks(unsigned ranks, const std::string& command) {
  return run_line(ranks, (binary_folder() / command).string());
}

TEST(Ranks, ChangeNothing) {
  for (const char* errors : {"0", "1e-5"}) {
    const Output one = run_ranks(0, fmt::format("dies_rank_traffic 4 1 {}", errors));
    ASSERT_EQ(one.exit_code, 0) << one.text;
    EXPECT_NE(one.text.find(" copied"), std::string::npos) << one.text;
    for (const unsigned ranks : {1u, 2u, 3u, 4u}) {
      const Output more = run_ranks(ranks, fmt::format("dies_rank_traffic 4 1 {}", errors));
      EXPECT_EQ(more.exit_code, 0) << more.text;
      EXPECT_EQ(more.text, one.text) << ranks << " ranks";
    }
  }
}

TEST(Ranks, WithThreadsChangeNothing) {
  EXPECT_EQ(run_ranks(2, "dies_rank_traffic 4 2 0").text, run_ranks(0, "dies_rank_traffic 4 1 0").text);
}

TEST(Ranks, ResumeFromTheirSnapshots) {
  const TemporaryFolder folder;
  const std::string traffic = "dies_rank_traffic 3 1 1e-5";
  const Output whole = run_ranks(0, traffic);
  const Output saved = run_ranks(2, fmt::format("{} save {} 700 2000", traffic, folder.path().string()));
  EXPECT_EQ(saved.exit_code, 0) << saved.text;
  const std::string resume = fmt::format("{} resume {}", traffic, folder.path().string());
  EXPECT_EQ(run_ranks(2, resume).text, whole.text);
  const Output alone = run_ranks(0, resume);
  EXPECT_NE(alone.exit_code, 0);
  EXPECT_NE(alone.text.find("not of 1 rank"), std::string::npos) << alone.text;
  // One rank has made a snapshot more than the other: both go on from the one before.
  for (const auto& file : std::filesystem::directory_iterator(folder.path())) {
    if (file.path().string().ends_with("rank-1-of-2"))
      std::filesystem::copy_file(file, folder.path() / "cycle-9999.rank-1-of-2");
  }
  EXPECT_EQ(run_ranks(2, resume).text, whole.text);
  // A damaged file at one rank ends both with one line.
  const std::string command = fmt::format("dojo run {} --dies 2x1", (firmware_folder() / "hello.elf").string());
  const std::string snapshots = (folder.path() / "run").string();
  EXPECT_EQ(run_ranks(2, fmt::format("{} --snapshot-every 300 --snapshot-dir {}", command, snapshots)).exit_code, 0);
  for (const auto& file : std::filesystem::directory_iterator(snapshots)) {
    if (file.path().string().ends_with("rank-1-of-2")) std::filesystem::resize_file(file, 5000);
  }
  const Output damaged = run_ranks(2, fmt::format("{} --resume {}", command, snapshots));
  EXPECT_EQ(damaged.exit_code, 2) << damaged.text;
  EXPECT_NE(damaged.text.find("rank-1-of-2: the snapshot is damaged"), std::string::npos) << damaged.text;
}

TEST(Ranks, CommandsGiveTheSameResults) {
  const std::string command = "dojo bench collective --dies 2x1 --mesh 2x2 --lines 16";
  const Output one = run_ranks(0, command);
  const Output two = run_ranks(2, command);
  EXPECT_EQ(two.exit_code, 0) << two.text;
  const auto without_speed = [](std::string text) {
    const std::size_t at = text.find("  node cycles per second");
    return at == std::string::npos ? text : text.erase(at, text.find('\n', at) - at);
  };
  EXPECT_EQ(without_speed(two.text), without_speed(one.text));
  const std::string program = "dojo run " + (firmware_folder() / "hello.elf").string() + " --dies 2x1";
  EXPECT_EQ(run_ranks(2, program).text, run_ranks(0, program).text);
}

// The Interface Processor in the east is at the second die's rank; the host reads and writes its memory on both.
TEST(Ranks, ReachMemory) {
  const auto cycles_of = [](const Output& output) {
    const std::size_t at = output.text.find("run_cycles");
    return at == std::string::npos ? output.text : output.text.substr(at, output.text.find_first_of(",\n", at) - at);
  };
  for (const char* const what :
       {"--mesh 2x2 --nodes 2 --depth 2 --bytes 131072", "--mesh 1x1 --direction host --bytes 16384"}) {
    const std::string command = fmt::format("dojo bench memory --dies 2x1 --dip 1 --json - {}", what);
    const Output one = run_ranks(0, command);
    EXPECT_EQ(one.exit_code, 0) << one.text;
    const Output two = run_ranks(2, command);
    EXPECT_EQ(two.exit_code, 0) << two.text;
    EXPECT_EQ(cycles_of(two), cycles_of(one));
  }
}

// The memory in the east is at one rank, the node at the other one, and what it reads comes over Ethernet.
TEST(Ranks, MeetOverEthernet) {
  const test::TemporaryFolder folder;
  const std::string machine = folder.file("m.yaml",
                                          "mesh: 2x2\ndies: 2x1\nmemory: true\nethernet:\n"
                                          "  - {from: 1, columns: [0, 1], rows: [0, 1], via: 0}\n");
  const std::string command =
      fmt::format("dojo bench memory --machine {} --dip 1 --nodes 2 --depth 3 --bytes 131072 --json -", machine);
  // Cycles of the run and frames.
  const auto figures_of = [](const Output& output) {
    const std::size_t at = output.text.find("run_cycles");
    const std::size_t frames = output.text.find("ethernet_frames", at);
    if (at == std::string::npos || frames == std::string::npos) return output.text;
    return output.text.substr(at, output.text.find_first_of(",\n", at) - at) +
           output.text.substr(frames, output.text.find_first_of(",\n", frames) - frames);
  };
  const Output one = run_ranks(0, command);
  EXPECT_EQ(one.exit_code, 0) << one.text;
  const Output two = run_ranks(2, command);
  EXPECT_EQ(two.exit_code, 0) << two.text;
  EXPECT_EQ(figures_of(two), figures_of(one));
  EXPECT_NE(one.text.find("ethernet_frames"), std::string::npos) << one.text;
}

TEST(Ranks, FailuresAreToldOnce) {
  const auto count = [](const std::string& text, const std::string& part) {
    unsigned found = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
    return found;
  };
  const Output trap =
      run_ranks(2, "dojo run " + (firmware_folder() / "test_illegal_instruction.elf").string() + " --dies 2x1");
  EXPECT_EQ(trap.exit_code, 1) << trap.text;
  EXPECT_EQ(count(trap.text, "dojo: "), 1u) << trap.text;
  EXPECT_NE(trap.text.find("node (1,0) hart 0"), std::string::npos) << trap.text;
  const Output link = run_ranks(2, "dojo bench collective --dies 2x1 --mesh 2x2 --lines 16 --edge-drops 0.5");
  EXPECT_EQ(link.exit_code, 1) << link.text;
  EXPECT_EQ(count(link.text, "dojo: "), 1u) << link.text;
  EXPECT_NE(link.text.find("die-edge link from the"), std::string::npos) << link.text;
  const Output killed = run_line(
      2, fmt::format("sh -c '[ $OMPI_COMM_WORLD_RANK = 1 ] && (sleep 2; kill -9 $$) & exec {} run {} --dies 2x1'",
                     (binary_folder() / "dojo").string(), (firmware_folder() / "test_endless_loop.elf").string()));
  EXPECT_NE(killed.exit_code, 0);
  EXPECT_NE(killed.text.find("process rank 1"), std::string::npos) << killed.text;
  EXPECT_NE(killed.text.find("signal 9"), std::string::npos) << killed.text;
  const Output many = run_ranks(3, "dojo bench gemm --dies 2x1");
  EXPECT_EQ(many.exit_code, 2) << many.text;
  EXPECT_NE(many.text.find("3 ranks for 2 dies"), std::string::npos) << many.text;
}

}  // namespace
}  // namespace dojo::test
