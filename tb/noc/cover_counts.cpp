#include "tb/noc/cover_counts.hpp"

#include <filesystem>
#include <fstream>
#include <random>

#include "common/error.hpp"
#include "verilated.h"
#include "verilated_cov.h"

namespace dojo::tb {

std::map<std::string, std::uint64_t> cover_counts(VerilatedContext& context, const std::string& module) {
  // Verilator 5.006 gives the counts only as a file: lines C '<keys and values>' <count>, the hierarchy being the value
  // of key "h".
  const std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("dojo-cover-" + std::to_string(std::random_device{}()));
  context.coveragep()->forcePerInstance(true);
  context.coveragep()->write(path.c_str());
  std::map<std::string, std::uint64_t> counts;
  {
    std::ifstream file(path);
    const std::string scope = "." + module + ".";
    std::string line;
    while (std::getline(file, line)) {
      const std::size_t key = line.find("\001h\002");
      const std::size_t end = line.rfind("' ");
      // A build for scripts/coverage counts lines and bits, too.
      if (line.find("\001page\002v_user/") == std::string::npos) continue;
      if (key == std::string::npos || end == std::string::npos || end < key) continue;
      const std::string hierarchy = line.substr(key + 3, end - key - 3);
      const std::size_t at = hierarchy.find(scope);
      const std::string name = at == std::string::npos ? hierarchy : hierarchy.substr(at + scope.size());
      counts[name] += std::stoull(line.substr(end + 2));
    }
  }
  std::filesystem::remove(path);
  if (counts.empty()) throw RunError("the model was built without coverage");
  return counts;
}

}  // namespace dojo::tb
