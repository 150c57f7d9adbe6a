#pragma once
// What an FST file holds, for comparisons.

#include <gtest/gtest.h>
#include <gtkwave/fstapi.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "sim/fst_hierarchy.hpp"

namespace dojo::sim {

/// The values of signals by time.
using WaveValues = std::map<std::string, std::map<std::uint64_t, std::string>>;

struct WaveContents {
  std::uint64_t first_time = 0;  ///< ps
  std::uint64_t last_time = 0;
  WaveValues values;
};

/// Signals by full name; what was before `from` (ps) counts as of then.
inline WaveContents read_waves(const std::filesystem::path& file, std::uint64_t from = 0) {
  WaveContents contents;
  const std::unique_ptr<void, void (*)(void*)> reader(fstReaderOpen(file.c_str()), fstReaderClose);
  if (!reader) {
    ADD_FAILURE() << file << " cannot be read";
    return contents;
  }
  contents.first_time = fstReaderGetStartTime(reader.get());
  contents.last_time = fstReaderGetEndTime(reader.get());
  std::map<std::uint32_t, std::string> names;
  std::string scope;
  while (const fstHier* item = fstReaderIterateHier(reader.get())) {
    if (item->htyp == FST_HT_SCOPE) {
      scope += std::string(item->u.scope.name) + ".";
    } else if (item->htyp == FST_HT_UPSCOPE) {
      const std::size_t dot = scope.size() < 2 ? std::string::npos : scope.rfind('.', scope.size() - 2);
      scope.erase(dot == std::string::npos ? 0 : dot + 1);
    } else if (item->htyp == FST_HT_VAR) {
      names.emplace(item->u.var.handle, scope + item->u.var.name);
    }
  }
  struct Target {
    const std::map<std::uint32_t, std::string>& names;
    WaveValues& values;
    std::uint64_t from;
  } target{names, contents.values, from};
  fstReaderSetFacProcessMaskAll(reader.get());
  fstReaderIterBlocks(
      reader.get(),
      [](void* data, std::uint64_t time, fstHandle handle, const unsigned char* value) {
        auto& to = *static_cast<Target*>(data);
        auto& signal = to.values[to.names.at(handle)];
        std::string text(reinterpret_cast<const char*>(value));  // NOLINT(*-reinterpret-cast)
        const std::uint64_t then = std::max(time, to.from);
        // What is written again without a change is none.
        if (then == to.from || signal.empty() || signal.rbegin()->second != text) signal[then] = std::move(text);
      },
      &target, nullptr);
  return contents;
}

/// Names of the signals that differ.
inline std::vector<std::string> differences(const WaveContents& a, const WaveContents& b) {
  std::vector<std::string> names;
  for (const auto& [name, values] : a.values) {
    const auto other = b.values.find(name);
    if (other == b.values.end() || other->second != values) names.push_back(name);
  }
  if (a.values.size() != b.values.size()) names.emplace_back("their number");
  return names;
}

}  // namespace dojo::sim
