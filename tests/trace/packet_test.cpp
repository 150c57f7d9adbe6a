// Packets are matched with where they arrive, and a packet that is lost in the stream would be noticed.

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "../sim/launched.hpp"
#include "../sim/trees.hpp"
#include "traced.hpp"

namespace dojo::trace {
namespace {

/// What is wrong with the flows of a run in which every packet arrives at a recorded node; nothing: all is well.
std::string flaw_of(const Items& items, const Topology& topology) {
  std::map<std::uint64_t, const Item*> sent;
  for (const Item& item : items) {
    const auto* const packet = std::get_if<PacketSent>(&item.event.payload);
    if (packet != nullptr && !packet->to_tree) sent[item.packet] = &item;
  }
  for (const Item& item : items) {
    const auto* const arrived = std::get_if<PacketArrived>(&item.event.payload);
    if (arrived == nullptr) continue;
    if (!item.flow) return "a packet came from nowhere: " + describe(*arrived);
    const auto found = sent.find(item.flow->packet);
    if (found == sent.end()) return "a packet arrived twice, or was not sent: " + describe(*arrived);
    const Item& from = *found->second;
    const auto& header = std::get<PacketSent>(from.event.payload).header;
    const Coordinates place = topology.place(item.event.node);
    if (header.dst_x != place.x || header.dst_y != place.y) return "a packet arrived elsewhere: " + describe(*arrived);
    if (header.addr != arrived->header.addr || header.cls != arrived->header.cls) {
      return "packets were confused: " + describe(*arrived);
    }
    if (item.flow->source != from.event.node || item.flow->sent != from.event.cycle) return "the source is wrong";
    const Coordinates source = topology.place(from.event.node);
    const unsigned hops = (std::max(source.x, place.x) - std::min(source.x, place.x)) +
                          (std::max(source.y, place.y) - std::min(source.y, place.y));
    if (item.event.cycle < from.event.cycle + hops + 2) return "a packet was faster than the network";
    sent.erase(found);
  }
  return sent.empty() ? "" : "a packet was lost: " + describe(sent.begin()->second->event.payload);
}

class Traffic : public testing::Test {
 protected:
  void SetUp() override { run_.run({}, {2}); }
  /// The stream anew, less the items for which `drop` is true.
  template <typename Drop>
  std::string flaw_without(Drop drop) {
    const Topology& topology = run_.machine.backend().topology();
    PacketMatcher matcher(topology, [](Coordinates) { return true; });
    Items items;
    for (const Item& item : run_.items()) {
      if (drop(item)) continue;
      Item again{.event = item.event};
      if (const auto* const sent = std::get_if<PacketSent>(&item.event.payload)) {
        again.packet = matcher.sent(item.event, *sent);
      } else if (const auto* const arrived = std::get_if<PacketArrived>(&item.event.payload)) {
        again.flow = matcher.arrived(item.event, *arrived);
      }
      items.push_back(again);
    }
    return flaw_of(items, topology);
  }
  Traced run_{{.mesh = {3, 2}}, "test_traffic", 4};
};

TEST_F(Traffic, EveryPacketHasBothEnds) {
  EXPECT_EQ(flaw_of(run_.items(), run_.machine.backend().topology()), "");
  const auto count = [&](auto is) {
    return std::ranges::count_if(run_.items(), [&](const Item& item) { return is(item.event.payload); });
  };
  const auto reads = count([](const Payload& payload) {
    const auto* const arrived = std::get_if<PacketArrived>(&payload);
    return arrived != nullptr && arrived->header.cls == hw::PacketClass::request;
  });
  EXPECT_GT(reads, 0);
  EXPECT_GT(count([](const Payload& payload) { return std::holds_alternative<PacketArrived>(payload); }),
            10 * reads / 2);
}

TEST_F(Traffic, ALostPacketIsNoticed) {
  ASSERT_EQ(flaw_without([](const Item&) { return false; }), "");
  unsigned seen = 0;
  EXPECT_NE(flaw_without([&](const Item& item) {
              return std::holds_alternative<PacketSent>(item.event.payload) && ++seen == 50;
            }),
            "");
  seen = 0;
  EXPECT_NE(flaw_without([&](const Item& item) {
              return std::holds_alternative<PacketArrived>(item.event.payload) && ++seen == 50;
            }),
            "");
}

TEST(Packets, OfNodesOutsideTheWindowHaveOneEnd) {
  Traced run({.mesh = {2, 1}}, "phases");
  run.run({.north_west = {1, 0}, .south_east = Coordinates{1, 0}});
  EXPECT_GT(run.all<PacketSent>(1).size(), 100u);
  EXPECT_GT(run.all<PacketArrived>(1).size(), 100u);
  for (const Item& item : run.items()) EXPECT_FALSE(item.flow.has_value());
}

TEST(Packets, ThatWereSentBeforeTheWindowDoNotShiftOthers) {
  Traced all({.mesh = {2, 1}}, "phases");
  all.run();
  const auto pairs_of = [](const Items& items) {
    std::map<std::uint64_t, std::uint64_t> pairs;
    for (const Item& item : items) {
      if (item.flow && item.event.node == 1) pairs[item.event.cycle] = item.flow->sent;
    }
    return pairs;
  };
  const std::map<std::uint64_t, std::uint64_t> whole = pairs_of(all.items());
  // Begins while lines are under way.
  const std::uint64_t first = std::next(whole.begin(), 10)->first - 1;
  Traced part({.mesh = {2, 1}}, "phases");
  part.run({.first = first});
  const std::map<std::uint64_t, std::uint64_t> shown = pairs_of(part.items());
  EXPECT_GT(shown.size(), 50u);
  for (const auto& [arrived, sent] : shown) EXPECT_EQ(whole.at(arrived), sent);
  EXPECT_GT(shown.begin()->first, first + 1) << "what was sent before has no arrow";
}

/// Lines of all nodes along a tree; `mode` as the program test_tree_lines takes it.
void expect_tree_flows(hw::TreeMode mode) {
  constexpr std::uint64_t lines = 4;
  constexpr std::uint64_t rounds = 2;
  sim::Launched program({.mesh = {2, 2}}, "test_tree_lines", 1,
                        {static_cast<std::uint64_t>(mode), lines, rounds, sim::nobody});
  sim::RtlMachine& machine = program.machine();
  const auto kept = std::make_shared<Items>();
  std::vector<std::unique_ptr<Writer>> writers;
  writers.push_back(std::make_unique<Collector>(kept));
  Recorder recorder(machine, false, {}, std::move(writers));
  const std::vector<Coordinates> set = sim::all_nodes(machine.topology());
  sim::write_tree(machine, 0, routing::make_tree(machine.topology(), set, {.semaphore = 5}));
  sim::write_tree(machine, 1, routing::make_tree(machine.topology(), set, {.arrivals = 0}));
  program.run(100000);
  recorder.finish();

  std::map<std::uint64_t, std::uint64_t> addresses;
  std::map<std::uint64_t, unsigned> arrivals;
  unsigned open = 0;
  unsigned released = 0;
  for (const Item& item : *kept) {
    if (const auto* const sent = std::get_if<PacketSent>(&item.event.payload)) {
      EXPECT_TRUE(sent->to_tree);
      addresses[item.packet] = sent->header.addr;
    } else if (const auto* const arrived = std::get_if<PacketArrived>(&item.event.payload)) {
      ASSERT_TRUE(item.flow.has_value()) << describe(*arrived);
      EXPECT_EQ(addresses.at(item.flow->packet), arrived->header.addr);
      EXPECT_LT(item.flow->sent, item.event.cycle);
      ++arrivals[item.flow->packet];
    } else if (const auto* const arrival = std::get_if<BarrierArrival>(&item.event.payload)) {
      EXPECT_TRUE(arrival->will_release);
      ++open;
    } else if (const auto* const release = std::get_if<BarrierRelease>(&item.event.payload)) {
      EXPECT_EQ(release->tree, 0);
      ++released;
    }
  }
  EXPECT_EQ(addresses.size(), lines * rounds * set.size());
  const unsigned receivers = mode == hw::TreeMode::reduce ? 1 : static_cast<unsigned>(set.size());
  // Of a sum the root's own line stands for all.
  EXPECT_EQ(arrivals.size(), mode == hw::TreeMode::multicast ? addresses.size() : lines * rounds);
  for (const auto& [packet, count] : arrivals) EXPECT_EQ(count, receivers);
  EXPECT_GT(released, 0u);
  EXPECT_EQ(open, released);
}

TEST(Packets, ToATreeArriveAtAllMembers) {
  expect_tree_flows(hw::TreeMode::multicast);
}

TEST(Packets, OfASumComeFromTheRoot) {
  expect_tree_flows(hw::TreeMode::reduce);
  expect_tree_flows(hw::TreeMode::all_reduce);
}

}  // namespace
}  // namespace dojo::trace
