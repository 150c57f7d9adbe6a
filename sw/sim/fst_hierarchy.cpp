#include "sim/fst_hierarchy.hpp"

#include <fmt/format.h>
#include <gtkwave/fstapi.h>

#include <memory>
#include <vector>

#include "common/error.hpp"

namespace dojo::sim {

std::map<std::string, FstSignal> read_fst_hierarchy(const std::filesystem::path& file) {
  const std::unique_ptr<void, void (*)(void*)> reader(fstReaderOpen(file.c_str()), [](void* opened) {
    if (opened != nullptr) fstReaderClose(opened);
  });
  if (!reader) throw RunError(fmt::format("{}: not a readable FST file", file.string()));

  std::map<std::string, FstSignal> signals;
  std::vector<std::string> scopes;
  while (const fstHier* item = fstReaderIterateHier(reader.get())) {
    switch (item->htyp) {
      case FST_HT_SCOPE:
        scopes.push_back((scopes.empty() ? "" : scopes.back() + ".") + item->u.scope.name);
        break;
      case FST_HT_UPSCOPE:
        scopes.pop_back();
        break;
      case FST_HT_VAR: {
        // Verilator writes "name" or "name [msb:lsb]"; GTKWave leaves the space out.
        const std::string written = item->u.var.name;
        const std::string scope = scopes.empty() ? "" : scopes.back() + ".";
        const std::size_t space = written.find(' ');
        const std::string bare = scope + written.substr(0, space);
        signals[bare] = {.name = space == std::string::npos ? bare : bare + written.substr(space + 1),
                         .bits = item->u.var.length};
        break;
      }
      default:
        break;
    }
  }
  return signals;
}

}  // namespace dojo::sim
