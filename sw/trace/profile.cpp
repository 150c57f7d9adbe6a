#include "trace/profile.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <numeric>
#include <utility>

namespace dojo::trace {
namespace {

std::uint64_t sum_of(const CauseCycles& cycles) {
  return std::accumulate(cycles.begin(), cycles.end(), std::uint64_t{0});
}

void add(CauseCycles& to, const CauseCycles& cycles) {
  for (unsigned cause = 0; cause < running_causes; ++cause) to[cause] += cycles[cause];
}

/// Numbers the frames as they come up.
class Frames {
 public:
  Frames(const Program& program, const LineTable& lines, std::vector<ProfileFrame>& frames)
      : program_(program), lines_(lines), frames_(frames) {}

  unsigned at(std::uint64_t pc) {
    const auto known = by_address_.find(pc);
    if (known != by_address_.end()) return known->second;
    const std::string symbol = program_.symbolize(pc);
    ProfileFrame frame{.function = symbol.empty() ? "?" : symbol.substr(0, symbol.find('+'))};
    if (const auto line = lines_.find(pc)) {
      frame.file = line->file;
      frame.line = line->line;
    }
    const auto [place, is_new] = numbers_.try_emplace(frame, static_cast<unsigned>(frames_.size()));
    if (is_new) frames_.push_back(std::move(frame));
    by_address_[pc] = place->second;
    return place->second;
  }

 private:
  const Program& program_;
  const LineTable& lines_;
  std::vector<ProfileFrame>& frames_;
  std::map<ProfileFrame, unsigned> numbers_;
  std::map<std::uint64_t, unsigned> by_address_;
};

/// Rows of a table: cycles in all, share, then by cause.
class Table {
 public:
  void add_cycles(const std::string& name, const CauseCycles& cycles) { add(rows_[name], cycles); }

  [[nodiscard]] std::string text(const std::string& title, unsigned top) const {
    std::vector<std::pair<std::string, CauseCycles>> rows(rows_.begin(), rows_.end());
    std::uint64_t all = 0;
    for (const auto& row : rows) all += sum_of(row.second);
    std::ranges::sort(rows, [](const auto& a, const auto& b) {
      return std::pair(sum_of(b.second), a.first) < std::pair(sum_of(a.second), b.first);
    });
    std::string result = fmt::format("{:40} {:>12} {:>7}", title, "cycles", "share");
    for (unsigned cause = 0; cause < running_causes; ++cause) result += fmt::format(" {:>10}", cause_names[cause]);
    result += "\n";
    for (unsigned i = 0; i < rows.size() && i < top; ++i) {
      const std::uint64_t sum = sum_of(rows[i].second);
      result += fmt::format("{:40} {:12} {:6.2f}%", rows[i].first, sum,
                            all == 0 ? 0.0 : 100.0 * static_cast<double>(sum) / static_cast<double>(all));
      for (const std::uint64_t cycles : rows[i].second) result += fmt::format(" {:10}", cycles);
      result += "\n";
    }
    if (rows.size() > top) result += fmt::format("... and {} more\n", rows.size() - top);
    return result;
  }

 private:
  std::map<std::string, CauseCycles> rows_;
};

std::string line_name(const ProfileFrame& frame) {
  if (frame.file.empty()) return fmt::format("{} (no line)", frame.function);
  return fmt::format("{}:{}", std::filesystem::path(frame.file).filename().string(), frame.line);
}

std::string hart_name(const ProfileHart& hart) {
  return fmt::format("({},{}).{}", hart.node.x, hart.node.y, hart.hart);
}

}  // namespace

Profile make_profile(const Profiler& profiler, const Program& program, const LineTable& lines, std::uint64_t cycles) {
  Profile profile{.program = program.name(), .cycles = cycles, .frames = {}, .harts = {}};
  Frames frames(program, lines, profile.frames);
  for (const Profiler::Node& node : profiler.nodes()) {
    const std::vector<NodeProfiler::Hart>& harts = node.profiler->harts();
    for (unsigned number = 0; number < harts.size(); ++number) {
      std::vector<std::pair<ProfilePlace, CauseCycles>> places(harts[number].cycles.begin(),
                                                               harts[number].cycles.end());
      if (places.empty()) continue;
      // Frames are numbered as they come up, which must not depend on the order of a hash table.
      std::ranges::sort(places, {}, [](const auto& place) { return std::pair(place.first.stack, place.first.pc); });
      std::map<std::vector<unsigned>, CauseCycles> stacks;
      for (const auto& [place, counted] : places) {
        std::vector<unsigned> stack;
        for (const std::uint64_t call : node.profiler->calls().calls(place.stack)) stack.push_back(frames.at(call));
        stack.push_back(frames.at(place.pc));
        add(stacks[stack], counted);
      }
      ProfileHart hart{.node = node.place, .hart = number, .stacks = {}};
      for (const auto& [stack, counted] : stacks) hart.stacks.push_back({.frames = stack, .cycles = counted});
      profile.harts.push_back(std::move(hart));
    }
  }
  return profile;
}

nlohmann::ordered_json json_of(const Profile& profile) {
  nlohmann::ordered_json json;
  json["format"] = 1;
  json["program"] = profile.program;
  json["cycles"] = profile.cycles;
  json["causes"] = std::vector<std::string>(cause_names.begin(), cause_names.begin() + running_causes);
  json["frames"] = nlohmann::ordered_json::array();
  for (const ProfileFrame& frame : profile.frames) {
    json["frames"].push_back({{"function", frame.function}, {"file", frame.file}, {"line", frame.line}});
  }
  json["harts"] = nlohmann::ordered_json::array();
  for (const ProfileHart& hart : profile.harts) {
    nlohmann::ordered_json stacks = nlohmann::ordered_json::array();
    for (const ProfileStack& stack : hart.stacks) {
      stacks.push_back({{"frames", stack.frames}, {"cycles", stack.cycles}});
    }
    json["harts"].push_back({{"node", {hart.node.x, hart.node.y}}, {"hart", hart.hart}, {"stacks", std::move(stacks)}});
  }
  return json;
}

std::string folded(const Profile& profile) {
  std::string result;
  for (const ProfileHart& hart : profile.harts) {
    std::map<std::string, CauseCycles> stacks;
    for (const ProfileStack& stack : hart.stacks) {
      std::string functions = hart_name(hart);
      for (const unsigned frame : stack.frames) functions += ";" + profile.frames[frame].function;
      add(stacks[functions], stack.cycles);
    }
    for (const auto& [functions, cycles] : stacks) {
      for (unsigned cause = 0; cause < running_causes; ++cause) {
        if (cycles[cause] != 0) result += fmt::format("{};[{}] {}\n", functions, cause_names[cause], cycles[cause]);
      }
    }
  }
  return result;
}

std::string tables(const Profile& profile, unsigned top) {
  Table functions;
  Table lines;
  Table harts;
  for (const ProfileHart& hart : profile.harts) {
    for (const ProfileStack& stack : hart.stacks) {
      const ProfileFrame& frame = profile.frames[stack.frames.back()];
      functions.add_cycles(frame.function, stack.cycles);
      lines.add_cycles(line_name(frame), stack.cycles);
      harts.add_cycles(hart_name(hart), stack.cycles);
    }
  }
  return functions.text("function", top) + "\n" + lines.text("line", top) + "\n" + harts.text("hart", top);
}

}  // namespace dojo::trace
