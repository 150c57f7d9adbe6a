#include "cli/gnuplot.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "common/error.hpp"

namespace dojo::cli {
namespace {

/// Whether `gnuplot ARGUMENT` could be started and succeeded. What it prints is dropped.
bool gnuplot_does(std::string argument) {
  std::string name = "gnuplot";
  const std::array<char*, 3> arguments{name.data(), argument.data(), nullptr};
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_adddup2(&files, STDOUT_FILENO, STDERR_FILENO);
  pid_t child = 0;
  const int failure = posix_spawnp(&child, name.c_str(), &files, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&files);
  int status = 0;
  return failure == 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace

void check_gnuplot() {
  if (!gnuplot_does("--version")) {
    throw InputError("--svg: gnuplot does not run; it is in the Debian package gnuplot-nox");
  }
}

void run_gnuplot(const std::string& script) {
  std::string file = (std::filesystem::temp_directory_path() / "dojo-gnuplot-XXXXXX").string();
  const int descriptor = mkstemp(file.data());
  if (descriptor < 0) throw RunError("--svg: no temporary file can be made");
  close(descriptor);
  std::ofstream(file) << script;
  const bool drawn = gnuplot_does(file);
  std::filesystem::remove(file);
  if (!drawn) throw RunError("--svg: gnuplot could not draw the picture");
}

std::string gnuplot_string(const std::string& text) {
  std::string quoted = "'";
  for (const char character : text) quoted += character == '\'' ? std::string("''") : std::string(1, character);
  return quoted + "'";
}

}  // namespace dojo::cli
