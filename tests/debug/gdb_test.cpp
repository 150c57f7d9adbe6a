// A session of gdb itself with `dojo run --gdb`, and what the command refuses.

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "debug/connection.hpp"
#include "tests/cli/subprocess.hpp"

namespace dojo::test {
namespace {

/// A command of the shell whose output is read while it runs.
class Pipe {
 public:
  explicit Pipe(const std::string& command) : file_(popen(command.c_str(), "r")) {}
  ~Pipe() { close(); }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  std::string line() {
    std::array<char, 4096> text{};
    return std::fgets(text.data(), text.size(), file_) == nullptr ? "" : text.data();
  }
  std::string rest() {
    std::string text;
    for (std::string next = line(); !next.empty(); next = line()) text += next;
    return text;
  }
  int close() {
    if (file_ == nullptr) return 0;
    const int status = pclose(std::exchange(file_, nullptr));
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  std::FILE* file_;
};

/// The line of a text that begins with `start`, up to its end; a failed test when there is none behind `from`.
void expect_in_order(const std::string& text, std::initializer_list<const char*> parts) {
  std::size_t place = 0;
  for (const char* part : parts) {
    const std::size_t found = text.find(part, place);
    if (found == std::string::npos) {
      ADD_FAILURE() << "missing, or not in this order: " << part << "\n" << text;
      return;
    }
    place = found + 1;
  }
}

TEST(Gdb, Session) {
  if (std::system("command -v gdb-multiarch > /dev/null") != 0) {
    GTEST_SKIP() << "gdb-multiarch is not installed (scripts/packages.txt)";
  }
  const std::string program = (firmware_folder() / "ring.elf").string();
  const std::string script = std::string(DOJO_DEBUG_TEST_DIR) + "/session.gdb";
  Pipe dojo("timeout 100 " + (binary_folder() / "dojo").string() + " run " + program + " --mesh 2x2 --gdb 0");
  const std::string first = dojo.line();
  const std::size_t colon = first.rfind(':');
  ASSERT_NE(colon, std::string::npos) << first;
  const std::string target = "target remote localhost" + first.substr(colon, first.size() - colon - 1);
  Pipe gdb("timeout 100 gdb-multiarch -nx -batch -ex 'set pagination off' -ex '" + target + "' -x " + script + " " +
           program + " 2>&1");
  const std::string output = gdb.rest();
  EXPECT_EQ(gdb.close(), 0) << output;
  expect_in_order(output, {
                              "_start () at ",
                              "Thread 13 \"node (1,1) hart 0\" hit Breakpoint 1, scale (factor=2",
                              "for (unsigned i = 0; i < COUNT; ++i) values[i] *= factor;",  // source
                              "#1 ",
                              "main () at ",
                              "v8 = {6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30, 32, 34, 36}",
                              "back at the multiplication",
                              "v8 = {3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18}",
                              "hit Hardware watchpoint 2: *(unsigned long *) 0x4000018",
                              "Old value = 0",
                              "New value = 1",
                              "semaphore 3 at 0x4000018: 1",
                              "hit Hardware watchpoint 2: *(unsigned long *) 0x4000018",
                              "Old value = 1",
                              "New value = 0",
                              "No more reverse-execution history.",
                              "node (1,1) hart 0: running at 0x80000000 <_start>",
                              "Temporary breakpoint 3, tell_next ()",
                              "exited normally",
                          });
  const std::string console = dojo.rest();
  EXPECT_EQ(dojo.close(), 0);
  for (const char* line : {"node 0: 504\n", "node 1: 512\n", "node 2: 520\n", "node 3: 528\n"}) {
    EXPECT_EQ(console.find(line), console.rfind(line)) << console;
    EXPECT_NE(console.find(line), std::string::npos) << console;
  }
  // The cycles are those of a run without a debugger.
  const Result free = run_dojo({"run", program, "--mesh", "2x2"}, ".");
  const std::size_t summary = free.output.find("ring.elf: exit code 0 after ");
  ASSERT_NE(summary, std::string::npos);
  EXPECT_NE(console.find(free.output.substr(summary)), std::string::npos) << console << free.output;
}

TEST(Gdb, WhatIsRefused) {
  const std::string program = (firmware_folder() / "ring.elf").string();
  const debug::Listener taken(0);
  const auto expect = [&](std::vector<std::string> options, const std::string& part) {
    options.insert(options.begin(), {"run", program, "--gdb"});
    const Result result = run_dojo(options, ".");
    EXPECT_EQ(result.exit_code, 2) << part;
    EXPECT_TRUE(result.one_error_line()) << result.errors;
    EXPECT_NE(result.errors.find(part), std::string::npos) << result.errors;
  };
  expect({std::to_string(taken.port())}, "the port cannot be used: Address already in use");
  expect({"70000"}, "--gdb");
  expect({"x"}, "--gdb");
  expect({"0", "--lockstep"}, "--gdb: runs with a debugger are not compared");
  expect({"0", "--wave", "0:5"}, "--gdb: runs with a debugger have no waves");
  expect({"0", "--snapshot-every", "5"}, "--gdb: runs with a debugger have snapshots of their own");
}

}  // namespace
}  // namespace dojo::test
