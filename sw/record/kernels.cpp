#include "record/kernels.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace dojo::record {
namespace {

/// What samples are joined by.
struct Place {
  unsigned program = 0;
  std::string function;
  std::string file;
  unsigned line = 0;
  friend auto operator<=>(const Place&, const Place&) = default;
};

Place place_of(std::uint64_t key, std::span<const Program> programs) {
  Place place{.program = StallProfile::program_of(key), .function = "", .file = "", .line = 0};
  if (place.program == 0 || place.program > programs.size()) return place;
  const Program& program = programs[place.program - 1];
  const std::uint64_t pc = StallProfile::pc_of(key);
  const std::string symbol = program.symbolize(pc);
  place.function = symbol.substr(0, symbol.find('+'));
  if (const std::optional<SourceLine> line = program.line(pc)) {
    place.file = line->file;
    place.line = line->line;
  }
  return place;
}

std::uint64_t sum_of(const StallProfile::Samples& samples) {
  return std::accumulate(samples.begin(), samples.end(), std::uint64_t{0});
}

}  // namespace

nlohmann::ordered_json kernel_lines(const StallProfile::ByPlace& samples, std::span<const Program> programs) {
  std::map<Place, StallProfile::Samples> lines;
  for (const auto& [key, causes_here] : samples) {
    StallProfile::Samples& line = lines[place_of(key, programs)];
    for (unsigned i = 0; i < causes; ++i) line[i] += causes_here[i];
  }
  std::vector<std::pair<Place, StallProfile::Samples>> sorted(lines.begin(), lines.end());
  std::ranges::sort(sorted, [](const auto& a, const auto& b) {
    return std::pair(sum_of(b.second), a.first) < std::pair(sum_of(a.second), b.first);
  });
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  for (const auto& [place, causes_here] : sorted) {
    json.push_back({{"program", place.program},
                    {"function", place.function},
                    {"file", place.file},
                    {"line", place.line},
                    {"samples", causes_here}});
  }
  return json;
}

}  // namespace dojo::record
