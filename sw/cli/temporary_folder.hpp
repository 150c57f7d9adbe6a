#pragma once
// A folder that is there as long as its object.

#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>

#include "common/error.hpp"

namespace dojo::cli {

class TemporaryFolder {
 public:
  /// Throws RunError when there is no place for it.
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "dojo-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) throw RunError(pattern + ": a temporary folder cannot be made");
    path_ = pattern;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace dojo::cli
