#pragma once
// What a profiler has counted, by function and source line.

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "common/line_table.hpp"
#include "runtime/program.hpp"
#include "trace/profiler.hpp"

namespace dojo::trace {

/// A place in the program.
struct ProfileFrame {
  std::string function = "?";
  std::string file = {};  ///< empty: not known, and line 0
  unsigned line = 0;
  friend auto operator<=>(const ProfileFrame&, const ProfileFrame&) = default;
};

/// Cycles at the innermost frame of a stack.
struct ProfileStack {
  std::vector<unsigned> frames;  ///< outermost first
  CauseCycles cycles{};
};

/// A hart that has been started.
struct ProfileHart {
  Coordinates node;
  unsigned hart = 0;
  std::vector<ProfileStack> stacks;  ///< by their frames
};

struct Profile {
  std::string program;
  std::uint64_t cycles = 0;  ///< of the run
  std::vector<ProfileFrame> frames;
  std::vector<ProfileHart> harts;
};

/// After Profiler::finish(). Calls stand at the line from which they were made; an inlined function is a line of the
/// function that it is in.
[[nodiscard]] Profile make_profile(const Profiler& profiler, const Program& program, const LineTable& lines,
                                   std::uint64_t cycles);

/// {"format", "program", "cycles", "causes", "frames", "harts"} (docs/tracing.md).
[[nodiscard]] nlohmann::ordered_json json_of(const Profile& profile);
/// A line for each hart and stack: node and hart, functions with semicolons, cause, cycles; as flame graph tools read
/// it.
[[nodiscard]] std::string folded(const Profile& profile);
/// Tables for people: the `top` functions, source lines and the harts with most cycles.
[[nodiscard]] std::string tables(const Profile& profile, unsigned top);

}  // namespace dojo::trace
