// What is in the files: each format by its own rules.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "../cli/subprocess.hpp"
#include "trace/perfetto_writer.hpp"
#include "traced.hpp"

namespace dojo::trace {
namespace {

using nlohmann::json;
using test::contents_of;

class Formats : public testing::Test {
 protected:
  [[nodiscard]] std::string path(const std::string& name) const { return (folder_.path() / name).string(); }
  [[nodiscard]] std::string contents(const std::string& name) const { return contents_of(folder_.path() / name); }
  test::TemporaryFolder folder_;
};

/// Cycle of a time in microseconds.
std::int64_t cycle_of(const json& time) {
  return std::llround(time.get<double>() * 1000);
}

/// What is wrong with a trace; nothing: all is well.
std::string flaw_of_perfetto(const std::string& text, bool allow_unmatched = false) {
  const json trace = json::parse(text, nullptr, false);
  if (trace.is_discarded()) return "no JSON";
  using TrackId = std::pair<int, int>;
  std::map<TrackId, std::int64_t> last;
  std::map<TrackId, int> open;
  std::set<std::string> async;
  std::set<std::tuple<int, int, std::int64_t>> packets;
  std::map<std::uint64_t, std::pair<std::int64_t, std::int64_t>> flows;
  for (const json& event : trace["traceEvents"]) {
    const std::string phase = event["ph"];
    if (phase == "M") continue;
    const TrackId track{event["pid"], event["tid"]};
    const std::int64_t cycle = cycle_of(event["ts"]);
    if (phase == "s" || phase == "f") {
      if (!packets.contains({track.first, track.second, cycle})) return "an arrow ends at no packet: " + event.dump();
      auto& [start, end] = flows.try_emplace(event["id"], -1, -1).first->second;
      std::int64_t& side = phase == "s" ? start : end;
      if (side != -1) return "an arrow has an end twice";
      side = cycle;
      continue;
    }
    // Counters and asynchronous slices are tracks of their own.
    if (phase != "C" && phase != "b" && phase != "e") {
      if (last.contains(track) && cycle < last[track]) return "a track goes back in time: " + event.dump();
      last[track] = cycle;
    }
    if (phase == "X") packets.insert({track.first, track.second, cycle});
    if (phase == "B") ++open[track];
    if (phase == "E" && --open[track] < 0) return "a slice ends that has not begun: " + event.dump();
    if (phase == "b" || phase == "e") {
      const std::string id = fmt::format("{} {}", track.first, event["id2"]["local"].get<std::string>());
      if (phase == "b" && !async.insert(id).second) return "two at once: " + event.dump();
      if (phase == "e" && async.erase(id) != 1) return "an asynchronous slice ends that has not begun";
    }
  }
  for (const auto& [track, count] : open) {
    if (count != 0) return fmt::format("a slice has no end on track {} of node {}", track.second, track.first);
  }
  if (!async.empty()) return "an asynchronous slice has no end";
  for (const auto& [id, ends] : flows) {
    if (ends.first < 0 || ends.second < ends.first) return fmt::format("arrow {} is not whole", id);
  }
  return flows.empty() && !allow_unmatched ? "no arrows" : "";
}

/// What is wrong with a Kanata log.
std::string flaw_of_kanata(const std::string& text) {
  struct Row {
    std::map<int, std::string> stages;  ///< open, by lane
    bool ended = false;
    bool labelled = false;
  };
  std::istringstream lines(text);
  std::string line;
  std::getline(lines, line);
  if (line != "Kanata\t0004") return "no header";
  std::getline(lines, line);
  if (!line.starts_with("C=\t")) return "no first cycle";
  std::map<std::string, Row> rows;
  std::set<std::string> retire_ids;
  while (std::getline(lines, line)) {
    std::vector<std::string> words;
    std::istringstream stream(line);
    for (std::string word; std::getline(stream, word, '\t');) words.push_back(word);
    if (words.size() < 2) return "a short line: " + line;
    if (words[0] == "C") {
      if (std::stoll(words[1]) <= 0) return "time does not go on: " + line;
      continue;
    }
    if (words[0] == "I") {
      if (words.size() != 4 || !rows.try_emplace(words[1]).second) return "bad or repeated row: " + line;
      continue;
    }
    const auto found = rows.find(words[1]);
    if (found == rows.end()) return "a row that has not begun: " + line;
    Row& row = found->second;
    if (row.ended && words[0] != "L") return "a row that has ended: " + line;
    if (words[0] == "L") {
      if (words.size() != 4 || (words[2] != "0" && words[2] != "1")) return "bad label: " + line;
      row.labelled |= words[2] == "0";
    } else if (words[0] == "S") {
      if (words.size() != 4 || !row.stages.try_emplace(std::stoi(words[2]), words[3]).second)
        return "bad stage: " + line;
    } else if (words[0] == "E") {
      const auto stage = row.stages.find(std::stoi(words[2]));
      if (stage == row.stages.end() || stage->second != words[3]) return "no such stage: " + line;
      row.stages.erase(stage);
    } else if (words[0] == "R") {
      if (!row.stages.empty()) return "a stage has no end: " + line;
      if (words.size() != 4 || !retire_ids.insert(words[2]).second) return "bad end: " + line;
      if (words[3] == "0" && !row.labelled) return "an instruction without text: " + line;
      row.ended = true;
    } else {
      return "what is this: " + line;
    }
  }
  for (const auto& [name, row] : rows) {
    if (!row.ended) return "row " + name + " has no end";
  }
  return rows.empty() ? "no rows" : "";
}

TEST_F(Formats, PerfettoIsJsonInWhichAllThatBeginsEnds) {
  Traced run({.mesh = {2, 2}}, "test_traffic", 4);
  run.write(Format::perfetto, path("t.json"));
  run.run({}, {2});
  const std::string text = contents("t.json");
  EXPECT_EQ(flaw_of_perfetto(text), "");
  // The checker can fail.
  std::string lost = text;
  const std::size_t arrow = lost.find("{\"ph\":\"f\"");
  lost.erase(arrow, lost.find('\n', arrow) - arrow + 1);
  EXPECT_NE(flaw_of_perfetto(lost), "");
}

TEST_F(Formats, PerfettoShowsPhasesAroundTheirInstructions) {
  Traced run({.mesh = {2, 1}}, "phases");
  run.write(Format::perfetto, path("t.json"));
  run.run();
  const std::string text = contents("t.json");
  ASSERT_EQ(flaw_of_perfetto(text), "");
  std::vector<std::string> stack;
  bool issued = false;
  bool stepped = false;
  std::set<std::string> names;
  const json trace = json::parse(text);
  for (const json& event : trace["traceEvents"]) {
    if (event["ph"] == "M" && event["pid"] == 1) names.insert(event["args"].value("name", ""));
    if (event["pid"] != 1) continue;
    if (event["tid"] == PerfettoWriter::matrix && event["ph"] == "B") {
      EXPECT_EQ(event["name"], "gemm 4x4x4");
      stepped = true;
    }
    if (event["tid"] != PerfettoWriter::hart_0) continue;
    if (event["ph"] == "B") stack.push_back(event["name"]);
    if (event["ph"] == "E") stack.pop_back();
    if (event["ph"] == "X" && event["name"] == "dojo.issue") {
      ASSERT_FALSE(stack.empty());
      EXPECT_TRUE(stack.back() == "multiply" || stack.back() == "exchange");
      issued = true;
    }
  }
  EXPECT_TRUE(issued);
  EXPECT_TRUE(stepped);
  for (const char* const name : {"node (0,0)", "hart 0", "matrix unit", "transfer channel 0", "packets out"}) {
    EXPECT_TRUE(names.contains(name)) << name;
  }
}

TEST_F(Formats, AWindowLeavesNothingOpen) {
  // Begins and ends inside of a product, a transfer and phases.
  for (const auto& [first, last] : {std::pair<std::uint64_t, std::uint64_t>{300, 350}, {440, 460}, {0, 20}}) {
    Traced run({.mesh = {2, 1}}, "phases");
    run.write(Format::perfetto, path("w.json"));
    run.write(Format::konata, path("w.konata"));
    run.run({.first = first, .last = last});
    EXPECT_EQ(flaw_of_perfetto(contents("w.json"), true), "") << first;
    EXPECT_EQ(flaw_of_kanata(contents("w.konata")), "") << first;
  }
}

TEST_F(Formats, KonataHasARowForEachInstruction) {
  Traced run({.mesh = {2, 1}}, "test_traffic", 4);
  run.write(Format::konata, path("t.konata"));
  run.run({}, {2});
  const std::string text = contents("t.konata");
  EXPECT_EQ(flaw_of_kanata(text), "");
  std::istringstream lines(text);
  std::uint64_t retired = 0;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("R\t") && line.ends_with("\t0")) ++retired;
  }
  EXPECT_EQ(retired,
            run.machine.backend().instructions_retired({0, 0}) + run.machine.backend().instructions_retired({1, 0}));
  std::string lost = text;
  const std::size_t end = lost.find("\nE\t");
  lost.erase(end, lost.find('\n', end + 1) - end);
  EXPECT_NE(flaw_of_kanata(lost), "");
}

TEST_F(Formats, LastValuesOfTheLogAreThoseOfTheRegisters) {
  Traced run({.mesh = {2, 1}}, "test_traffic", 4);
  run.write(Format::log, path("t.log"));
  run.run({}, {2});
  std::map<std::string, std::map<std::string, std::uint64_t>> values;  // by hart and register
  std::istringstream lines(contents("t.log"));
  std::uint64_t instructions = 0;
  bool names_function = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("#")) continue;
    ++instructions;
    EXPECT_EQ(line.find("=?"), std::string::npos) << line;
    names_function |= line.find(" kernel_main+0x") != std::string::npos;
    std::istringstream words(line);
    std::string hart;
    std::string word;
    words >> word >> hart;
    while (words >> word) {
      const std::size_t equals = word.find("=0x");
      if (equals != std::string::npos)
        values[hart][word.substr(0, equals)] = std::stoull(word.substr(equals + 1), nullptr, 16);
    }
  }
  EXPECT_TRUE(names_function);
  sim::RtlMachine& machine = rtl_of(run.machine);
  EXPECT_EQ(instructions, machine.instructions_retired({0, 0}) + machine.instructions_retired({1, 0}));
  unsigned compared = 0;
  for (unsigned x = 0; x < 2; ++x) {
    for (unsigned hart = 0; hart < hw::harts; ++hart) {
      const HartRegisters registers = machine.engine().node(x).registers(hart);
      for (const auto& [name, value] : values[fmt::format("({},0).{}", x, hart)]) {
        for (unsigned number = 1; number < 64; ++number) {
          if (register_of(number) != name) continue;
          EXPECT_EQ(value, number < 32 ? registers.x[number] : registers.f[number - 32])
              << x << " " << hart << " " << name;
          ++compared;
        }
      }
    }
  }
  EXPECT_GT(compared, 80u);
}

TEST_F(Formats, LastBytesOfTheLogAreThoseOfTheVectorRegisters) {
  Traced run({}, "phases");
  run.write(Format::log, path("t.log"));
  run.run();
  std::array<std::array<std::string, hw::line_bytes>, 32> bytes;
  std::istringstream lines(contents("t.log"));
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    for (std::string word; words >> word;) {
      const std::size_t equals = word.find("=0x");
      if (word[0] != 'v' || equals == std::string::npos) continue;
      const std::string value = word.substr(equals + 3);
      ASSERT_EQ(value.size(), 2 * hw::line_bytes) << line;
      for (unsigned i = 0; i < hw::line_bytes; ++i) {
        const std::string byte = value.substr(2 * (hw::line_bytes - 1 - i), 2);
        if (byte != "--") bytes[std::stoul(word.substr(1, equals - 1))][i] = byte;
      }
    }
  }
  const HartRegisters registers = rtl_of(run.machine).engine().node(0).registers(0);
  unsigned compared = 0;
  for (unsigned number = 0; number < 32; ++number) {
    for (unsigned i = 0; i < hw::line_bytes; ++i) {
      if (bytes[number][i].empty()) continue;
      EXPECT_EQ(bytes[number][i], fmt::format("{:02x}", registers.v[number][i])) << number << " " << i;
      ++compared;
    }
  }
  EXPECT_GE(compared, 4 * hw::line_bytes);
}

TEST_F(Formats, AreTheSameWithAnyNumberOfThreads) {
  const std::array<std::pair<Format, std::string>, 4> formats{
      {{Format::perfetto, "json"}, {Format::konata, "konata"}, {Format::csv, "csv"}, {Format::log, "log"}}};
  for (const unsigned threads : {1u, 2u}) {
    Traced run({.mesh = {2, 2}, .threads = threads}, "test_traffic", 4);
    for (const auto& [format, name] : formats) run.write(format, path(fmt::format("{}.{}", threads, name)));
    run.run({}, {1});
    ASSERT_EQ(rtl_of(run.machine).engine().ranks(), 1u);
  }
  for (const auto& [format, name] : formats) {
    const std::string one = contents("1." + name);
    EXPECT_GT(one.size(), 10000u);
    EXPECT_TRUE(one == contents("2." + name)) << name;
  }
}

TEST_F(Formats, CsvHasALineForEachEvent) {
  Traced run({.mesh = {2, 1}}, "phases");
  run.write(Format::csv, path("t.csv"));
  run.run();
  std::istringstream lines(contents("t.csv"));
  std::string line;
  std::getline(lines, line);
  EXPECT_EQ(line, "cycle,x,y,hart,event,packet,detail,instruction");
  std::size_t count = 0;
  while (std::getline(lines, line)) {
    ASSERT_LT(count, run.items().size());
    const Event& event = run.items()[count++].event;
    const std::string hart = is_of_hart(event.payload) ? fmt::format("{}", event.hart) : "";
    EXPECT_TRUE(line.starts_with(fmt::format("{},{},0,{},{},", event.cycle, event.node, hart, kind_of(event.payload))))
        << line;
  }
  EXPECT_EQ(count, run.items().size());
}

TEST_F(Formats, OfADieOfSeveralAreWholeAndChangeNothing) {
  Machine plain({.mesh = {1, 1}, .dies = {2, 1}});
  const Program program = load_firmware("phases");
  plain.load(program, plain.all());
  plain.launch(program, plain.all()).wait();
  Traced run({.mesh = {1, 1}, .dies = {2, 1}}, "phases");
  run.write(Format::perfetto, path("d.json"));
  run.run({.first = 100});
  EXPECT_EQ(flaw_of_perfetto(contents("d.json")), "");
  EXPECT_EQ(run.machine.cycles(), plain.cycles());
}

TEST(FormatNames, ComeFromTheFile) {
  EXPECT_EQ(format_of_name("a/b.json"), Format::perfetto);
  EXPECT_EQ(format_of_name("b.konata"), Format::konata);
  EXPECT_EQ(format_of_name("b.konata.log"), Format::konata);
  EXPECT_EQ(format_of_name("b.csv"), Format::csv);
  EXPECT_EQ(format_of_name("b.log"), Format::log);
  EXPECT_EQ(format_of_name("b"), std::nullopt);
}

}  // namespace
}  // namespace dojo::trace
