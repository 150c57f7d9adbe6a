#include "subprocess.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace dojo::test {
namespace {

constexpr unsigned time_limit_seconds = 120;

/// In the child process: replaces it by dojo, with its output in files.
[[noreturn]] void become_dojo(std::vector<char*>& arguments, const char* directory, const char* output,
                              const char* errors) {
  if (chdir(directory) != 0) _exit(126);
  const int out = open(output, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  const int err = open(errors, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (out < 0 || err < 0 || dup2(out, STDOUT_FILENO) < 0 || dup2(err, STDERR_FILENO) < 0) _exit(126);
  alarm(time_limit_seconds);
  execv(arguments[0], arguments.data());
  _exit(127);
}

}  // namespace

bool Result::one_error_line() const {
  if (!errors.starts_with("dojo: ") || !errors.ends_with('\n')) return false;
  for (std::size_t i = 0; i + 1 < errors.size(); ++i) {
    if (errors[i] == '\n' && errors.compare(i + 1, 2, "  ") != 0) return false;
  }
  return true;
}

std::filesystem::path binary_folder() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path();
}

std::filesystem::path firmware_folder() {
  return (binary_folder() / DOJO_FIRMWARE_DIR).lexically_normal();
}

Result run_dojo(const std::vector<std::string>& arguments, const std::filesystem::path& directory) {
  std::string program = (binary_folder() / "dojo").string();
  std::vector<std::string> words = arguments;
  std::vector<char*> pointers{program.data()};
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  const TemporaryFolder streams;
  const std::string output = (streams.path() / "output").string();
  const std::string errors = (streams.path() / "errors").string();

  const pid_t child = fork();
  if (child < 0) throw std::runtime_error("fork failed");
  if (child == 0) become_dojo(pointers, directory.c_str(), output.c_str(), errors.c_str());
  int status = 0;
  if (waitpid(child, &status, 0) != child) throw std::runtime_error("waitpid failed");
  return {.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1,
          .output = contents_of(output),
          .errors = contents_of(errors)};
}

TemporaryFolder::TemporaryFolder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "dojo-test-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
  path_ = pattern;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string TemporaryFolder::file(const std::string& name, const std::string& contents) const {
  std::ofstream(path_ / name, std::ios::binary) << contents;
  return (path_ / name).string();
}

std::string contents_of(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

}  // namespace dojo::test
