// Gathers the coverage of the Verilated models of this process; part of their run-time library with DOJO_COVERAGE.

#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <string>
#include <unordered_map>

#include "verilated.h"
#include "verilated_cov.h"

namespace dojo::tb {

/// Adds the counts of the models in `context` to those of the process and forgets them there. Called when a model ends.
void collect_coverage(VerilatedContext& context);

namespace {

/// Counts by point, as Verilator writes them; saved when the process ends.
class Collection {
 public:
  explicit Collection(const char* folder) : path_(std::filesystem::path(folder) / std::to_string(getpid())) {}
  Collection(const Collection&) = delete;
  Collection& operator=(const Collection&) = delete;
  ~Collection() {
    std::ofstream file(path_.string() + ".dat");
    for (const auto& [point, count] : counts_) file << point << ' ' << count << '\n';
  }
  void add(VerilatedContext& context) {
    const std::lock_guard lock(mutex_);
    // Verilator 5.006 gives the counts only as a file: lines C '<keys and values>' <count>.
    const std::string part = path_.string() + ".part";
    context.coveragep()->write(part.c_str());
    context.coveragep()->clear();
    std::ifstream file(part);
    std::string line;
    while (std::getline(file, line)) {
      const std::size_t end = line.rfind(' ');
      if (line.starts_with("C '")) counts_[line.substr(0, end)] += std::stoull(line.substr(end + 1));
    }
    std::filesystem::remove(part);
  }

 private:
  std::filesystem::path path_;
  std::mutex mutex_;
  std::unordered_map<std::string, std::uint64_t> counts_;
};

}  // namespace

void collect_coverage(VerilatedContext& context) {
  const char* folder = std::getenv("DOJO_COVERAGE_FOLDER");
  if (folder == nullptr) return;
  static Collection collection(folder);
  collection.add(context);
}

}  // namespace dojo::tb
