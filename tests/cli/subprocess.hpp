#pragma once
// Runs build/bin/dojo as a user does.

#include <filesystem>
#include <string>
#include <vector>

namespace dojo::test {

struct Result {
  int exit_code = -1;  ///< -1: ended by a signal
  std::string output;  ///< standard output
  std::string errors;  ///< standard error

  /// Whether standard error is exactly one line that starts with "dojo: ", and indented ones behind it.
  [[nodiscard]] bool one_error_line() const;
};

/// Folder of the test's executable, in which dojo is, too.
std::filesystem::path binary_folder();
/// Folder of the firmware programs.
std::filesystem::path firmware_folder();

/// Runs dojo with `arguments` in the folder `directory`; kills it after two minutes.
Result run_dojo(const std::vector<std::string>& arguments, const std::filesystem::path& directory);

/// A folder that is removed at the end of the test.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  /// Writes a file and returns its name.
  std::string file(const std::string& name, const std::string& contents) const;

 private:
  std::filesystem::path path_;
};

/// All bytes of a file.
std::string contents_of(const std::filesystem::path& file);

}  // namespace dojo::test
