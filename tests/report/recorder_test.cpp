// The recorder: what it gives is what the machine's counters say, and the machine does the same with it.

#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

#include "common/error.hpp"
#include "kernels/collective.hpp"
#include "record/packed.hpp"
#include "record/recorder.hpp"

namespace dojo::record {
namespace {

using Json = nlohmann::ordered_json;

/// A collective operation by the harts of all nodes, recorded or not.
class Work {
 public:
  Work(const MachineConfig& config, bool recorded) : machine_(config) {
    if (recorded) recorder_.emplace(machine_);
    const Rectangle all = machine_.all();
    constexpr CollectiveShape shape{.kind = CollectiveKind::all_reduce, .lines = 12};
    Collective collective(machine_, all, shape, CollectiveForm::software);
    for (unsigned i = 0; i < all.nodes(); ++i) {
      collective.write(i, std::vector<float>(shape.lines * Collective::lanes, static_cast<float>(i)));
    }
    collective.launch();
    collective.wait();
    if (recorder_) record_ = recorder_->finish();
  }

  [[nodiscard]] Machine& machine() { return machine_; }
  [[nodiscard]] const Json& record() const { return record_; }
  [[nodiscard]] std::uint64_t counter(hw::Counter counter) { return machine_.counter(counter, machine_.all()); }

  /// Sum of a quantity over nodes, windows and harts or links.
  [[nodiscard]] std::uint64_t sum(const std::string& scope, const std::string& name) const {
    const std::size_t row = record_["machine"]["nodes"].size() * record_["windows"].get<std::size_t>();
    const std::vector<std::uint64_t> numbers =
        unpack(record_["numbers"].get<std::string>(), record_["quantities"].size() * row);
    std::uint64_t result = 0;
    for (std::size_t i = 0; i < record_["quantities"].size(); ++i) {
      const Json& quantity = record_["quantities"][i];
      if (quantity["scope"] != scope || quantity["name"] != name) continue;
      const auto begin = numbers.begin() + static_cast<std::ptrdiff_t>(i * row);
      result = std::accumulate(begin, begin + static_cast<std::ptrdiff_t>(row), result);
    }
    return result;
  }
  [[nodiscard]] std::uint64_t samples() const {
    std::uint64_t result = 0;
    for (const Json& line : record_["kernels"]) {
      for (const Json& count : line["samples"]) result += count.get<std::uint64_t>();
    }
    return result;
  }

 private:
  Machine machine_;
  std::optional<Recorder> recorder_;
  Json record_;
};

MachineConfig mesh(unsigned columns, unsigned rows, unsigned threads = 1) {
  MachineConfig config;
  config.mesh = {columns, rows};
  config.threads = threads;
  return config;
}

MachineConfig dies() {
  MachineConfig config = mesh(2, 1);
  config.dies = {2, 1};
  config.memory = true;
  return config;
}

TEST(Recorder, SumsAreThoseOfTheCounters) {
  Work work(mesh(3, 2), true);
  for (const auto& counter : hw::counter_table) {
    const auto index = static_cast<hw::Counter>(&counter - hw::counter_table.data());
    const std::string scope = counter.scope == hw::CounterScope::node ? "node" : "hart";
    EXPECT_EQ(work.sum(scope, std::string(counter.name)), work.counter(index)) << counter.name;
  }
  EXPECT_GT(work.counter(hw::Counter::flits_sent), 0u);
  std::uint64_t instructions = 0;
  for (unsigned i = 0; i < work.machine().all().nodes(); ++i) {
    instructions += work.machine().backend().instructions_retired(work.machine().all().node(i));
  }
  EXPECT_EQ(work.sum("hart", "instructions"), instructions);
}

TEST(Recorder, EveryFlitHasALatencyAndCrossesALink) {
  // Between two neighbours a flit crosses one link.
  Work work(mesh(2, 1), true);
  const Json& latency = work.record()["latency"];
  const std::uint64_t flits =
      latency["data"]["flits"].get<std::uint64_t>() + latency["request"]["flits"].get<std::uint64_t>();
  EXPECT_EQ(flits, work.counter(hw::Counter::flits_sent));
  EXPECT_EQ(flits, work.sum("link", "data") + work.sum("link", "request"));
  // One cycle in the router of each node.
  EXPECT_EQ(latency["data"]["buckets"][0][0], 2);
}

TEST(Recorder, SamplesAreAsManyAsHartsHadCycles) {
  Work work(mesh(2, 2), true);
  const std::uint64_t hart_cycles =
      work.sum("hart", "running") + work.sum("hart", "semaphore") + work.sum("hart", "wfi");
  const double expected = static_cast<double>(hart_cycles) / sample_period;
  // Each hart begins and ends somewhere between two samples.
  EXPECT_NEAR(static_cast<double>(work.samples()), expected, 2.0 * hw::harts * 4);
  EXPECT_GT(work.samples(), 100u);
}

TEST(Recorder, KernelsHaveFunctionsAndLines) {
  const Work work(mesh(2, 2), true);
  ASSERT_EQ(work.record()["programs"], Json::array({"collective.elf"}));
  bool has_line = false;
  for (const Json& line : work.record()["kernels"]) {
    EXPECT_EQ(line["program"], 1);
    has_line |= line["function"] == "do_steps" && line["file"].get<std::string>().ends_with("collective.c") &&
                line["line"].get<unsigned>() > 0;
  }
  EXPECT_TRUE(has_line) << work.record()["kernels"].dump(1);
}

TEST(Recorder, CyclesAreThoseWithoutIt) {
  for (const MachineConfig& config : {mesh(3, 2), dies()}) {
    Work plain(config, false);
    Work recorded(config, true);
    EXPECT_EQ(plain.machine().cycles(), recorded.machine().cycles());
    EXPECT_EQ(recorded.record()["cycles"], plain.machine().cycles());
    for (unsigned i = 0; i < hw::counters; ++i) {
      EXPECT_EQ(plain.counter(static_cast<hw::Counter>(i)), recorded.counter(static_cast<hw::Counter>(i)));
    }
  }
}

TEST(Recorder, ThreadsDoNotChangeIt) {
  const std::string one = Work(mesh(4, 2, 1), true).record().dump();
  EXPECT_EQ(one, Work(mesh(4, 2, 2), true).record().dump());
}

TEST(Recorder, WindowsOfDiesEndWhereTheyMeet) {
  Work work(dies(), true);
  EXPECT_EQ(work.record()["interval"].get<std::uint64_t>() % hw::edge_flight, 0u);
  EXPECT_EQ(work.record()["machine"]["dips"].size(), 6u);
  EXPECT_EQ(work.sum("node", "flits_sent"), work.counter(hw::Counter::flits_sent));
}

TEST(Recorder, OnlyRtlIsRecorded) {
  MachineConfig config = mesh(1, 1);
  config.backend = "model";
  Machine machine(config);
  EXPECT_THROW(Recorder recorder(machine), InputError);
}

TEST(Recorder, ManyNodesHaveFewerWindows) {
  EXPECT_EQ(Recorder::most_windows(1), 200u);
  EXPECT_EQ(Recorder::most_windows(354), 200u);
  EXPECT_EQ(Recorder::most_windows(8850), 16u);
}

TEST(Windows, NeighboursBecomeOneWhenThereAreTooMany) {
  constexpr std::uint64_t interval = 10;
  constexpr unsigned most = 8;
  WindowStore store(interval, most);
  // A counter that stands at the square of the cycle.
  const auto stand = [](std::uint64_t cycle) { return WindowStore::Totals{cycle * cycle}; };
  constexpr std::uint64_t cycles = 1234;
  while (store.next_end() <= cycles) store.add(stand(store.next_end()));
  EXPECT_EQ(store.interval(), 160u);
  ASSERT_EQ(store.ends().size(), 7u);
  store.add_rest(stand(cycles));
  for (std::size_t i = 0; i < 7; ++i) EXPECT_EQ(store.ends()[i], stand((i + 1) * store.interval()));
  EXPECT_EQ(store.ends().back(), stand(cycles));
}

TEST(Latency, FlitsOfAWayAreMatchedInOrder) {
  LatencyMatcher matcher;
  const std::uint64_t there = LatencyMatcher::way(1, 2, 1);
  const std::uint64_t back = LatencyMatcher::way(2, 1, 1);
  matcher.sent({.cycle = 10, .way = there});
  matcher.sent({.cycle = 11, .way = there});
  matcher.sent({.cycle = 12, .way = back});
  matcher.received({.cycle = 13, .way = there});
  matcher.received({.cycle = 20, .way = there});
  matcher.received({.cycle = 21, .way = there});  // from nobody
  const LatencyBuckets& data = matcher.of_class(1);
  EXPECT_EQ(data.count(), 2u);
  EXPECT_EQ(data.sum(), 3u + 9u);
  EXPECT_EQ(data.flits(), (std::map<std::uint64_t, std::uint64_t>{{3, 1}, {9, 1}}));
  EXPECT_EQ(matcher.of_class(0).count(), 0u);
}

TEST(Latency, BucketsAreExactBelow32AndSixteenthsAbove) {
  EXPECT_EQ(LatencyBuckets::first_of_bucket(0), 0u);
  EXPECT_EQ(LatencyBuckets::first_of_bucket(31), 31u);
  EXPECT_EQ(LatencyBuckets::first_of_bucket(33), 32u);
  EXPECT_EQ(LatencyBuckets::first_of_bucket(1000), 992u);
}

TEST(Packed, NumbersComeBack) {
  const std::vector<std::uint64_t> numbers{0, 1, 127, 128, 300, ~std::uint64_t{0}, 1ULL << 40};
  for (std::size_t count = 0; count <= numbers.size(); ++count) {
    const std::vector<std::uint64_t> part(numbers.begin(), numbers.begin() + static_cast<std::ptrdiff_t>(count));
    EXPECT_EQ(unpack(pack(part), count), part);
  }
}

TEST(Packed, DamageIsFound) {
  const std::string text = pack(std::vector<std::uint64_t>{1, 2, 3});
  EXPECT_THROW((void)unpack(text, 2), InputError);
  EXPECT_THROW((void)unpack(text, 4), InputError);
  EXPECT_THROW((void)unpack(text.substr(0, text.size() - 4), 3), InputError);
  EXPECT_THROW((void)unpack("?" + text.substr(1), 3), InputError);
  EXPECT_THROW((void)unpack(text + "A", 3), InputError);
}

}  // namespace
}  // namespace dojo::record
