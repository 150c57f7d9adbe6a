// Machines with dead nodes and links, on both backends: what runs there, and what is refused.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "common/error.hpp"
#include "kernels/firmware.hpp"
#include "programs/failure.h"
#include "programs/unreachable.h"
#include "routing/route_maker.hpp"
#include "runtime/machine.hpp"

namespace dojo {
namespace {

constexpr MeshSize mesh{.columns = 3, .rows = 3};

/// A ring of eight nodes around a dead one, cut open between (0,0) and (1,0).
Faults ring() {
  return {.nodes = {{1, 1}}, .links = {{{0, 0}, {1, 0}}}};
}

template <typename Failure, typename Call>
std::string message_of(Call call) {
  try {
    call();
  } catch (const Failure& error) {
    return error.what();
  }
  return {};
}

class FaultyMachine : public testing::TestWithParam<std::string> {
 protected:
  [[nodiscard]] MachineConfig config() const { return {.backend = GetParam(), .mesh = mesh, .faults = ring()}; }
};

TEST_P(FaultyMachine, NodesAreNumberedWithoutTheDeadOnes) {
  Machine machine(config());
  const Program program = load_firmware("test_place");
  const Rectangle all = machine.all();
  ASSERT_EQ(all.nodes(), 8u);
  EXPECT_EQ(all.node(3), (Coordinates{0, 1}));
  EXPECT_EQ(all.node(4), (Coordinates{2, 1}));
  EXPECT_EQ(all.node(7), (Coordinates{2, 2}));
  machine.load(program, all);
  std::vector<Buffer> places;
  places.reserve(all.nodes());
  for (unsigned i = 0; i < all.nodes(); ++i) places.push_back(machine.allocate(all.node(i), 24));
  machine.launch(program, all, {places[0].address()}).wait();
  for (unsigned i = 0; i < all.nodes(); ++i) {
    EXPECT_EQ(places[i].read<std::uint32_t>(6), (std::vector<std::uint32_t>{0, 0, 3, 3, i, 8}));
  }
}

TEST_P(FaultyMachine, PartOfARectangleCanBeLeftOut) {
  Machine machine(config());
  const Program program = load_firmware("test_place");
  Rectangle corner = machine.live({.origin = {1, 1}, .columns = 2, .rows = 2});
  EXPECT_EQ(corner.holes, (std::vector<unsigned>{0}));
  corner.holes.push_back(2);  // (1,2) lives
  ASSERT_EQ(corner.nodes(), 2u);
  EXPECT_EQ(corner.node(0), (Coordinates{2, 1}));
  EXPECT_EQ(corner.node(1), (Coordinates{2, 2}));
  machine.load(program, corner);
  EXPECT_THROW(static_cast<void>(machine.allocate({1, 2}, 64)), RunError) << "not loaded there";
  EXPECT_NO_THROW(static_cast<void>(machine.allocate({2, 2}, 64)));
}

TEST_P(FaultyMachine, ProgramsAndBuffersOnDeadNodesAreRefused) {
  Machine machine(config());
  const Program program = load_firmware("test_place");
  const std::string dead = "node (1,1) is dead: nothing can be put or run there";
  const Rectangle whole{.columns = 3, .rows = 3};
  EXPECT_EQ(message_of<RunError>([&] { machine.load(program, whole); }), dead);
  machine.load(program, machine.all());
  EXPECT_EQ(message_of<RunError>([&] { static_cast<void>(machine.launch(program, whole)); }), dead);
  EXPECT_EQ(message_of<RunError>([&] { static_cast<void>(machine.allocate({1, 1}, 64)); }), dead);
  EXPECT_EQ(message_of<RunError>([&] { machine.protect(whole); }), dead);
  EXPECT_EQ(message_of<RunError>([&] { static_cast<void>(machine.backend().hart_status({1, 1}, 0)); }),
            "node (1,1) is dead");
  EXPECT_EQ(message_of<RunError>([&] { machine.load(program, {.origin = {2, 2}, .columns = 2}); }),
            "the rectangle of 2x1 nodes at (2,2) is not inside the mesh of 3x3");
  EXPECT_EQ(message_of<RunError>([&] { static_cast<void>(machine.live({.origin = {0, 3}})); }),
            "the rectangle of 1x1 nodes at (0,3) is not inside the mesh of 3x3");
  EXPECT_EQ(message_of<RunError>([&] { machine.load(program, {.columns = 2, .rows = 1, .holes = {2}}); }),
            "the holes of a rectangle of 2x1 nodes must be ascending places below 2");
}

TEST_P(FaultyMachine, ImpossibleFaultsAreRefused) {
  const auto refusal = [&](const Faults& faults) {
    return message_of<InputError>([&] { Machine({.backend = GetParam(), .mesh = mesh, .faults = faults}); });
  };
  EXPECT_EQ(refusal({.nodes = {{3, 0}}}), "dead node (3,0) is outside the mesh of 3x3");
  EXPECT_EQ(refusal({.links = {{{0, 0}, {1, 1}}}}), "dead link (0,0)-(1,1) joins no neighbours of the mesh of 3x3");
  EXPECT_EQ(refusal({.nodes = {{1, 0}, {1, 1}, {1, 2}}}),
            "there is no way from node (0,0) to node (2,0): dead nodes and links part them");
}

/// Nodes without a way: the dead one, and those beyond the last column and row.
const std::vector<Coordinates> nowhere{{1, 1}, {3, 0}, {0, 3}, {1000, 1000}};

TEST_P(FaultyMachine, PacketsToNowhereAreTheSendersErrorAndNothingElseIsLost) {
  constexpr std::uint64_t rounds = 20;
  for (const Coordinates target : nowhere) {
    Machine machine(config());
    const Program program = load_firmware("test_unreachable");
    machine.load(program, machine.all());
    const Coordinates living{2, 2};
    const auto high = [](Coordinates node) { return hw::global_address(node.x, node.y, 0) >> 32; };
    machine.launch(program, {.origin = {0, 0}}, {high(target), high(living), rounds}).wait(1'000'000);
    EXPECT_EQ(machine.backend().semaphore(living, SEMAPHORE_COUNT), 3 * rounds);
    std::vector<std::uint64_t> received(24);
    machine.backend().read_memory(living, *program.symbol("received"), std::as_writable_bytes(std::span(received)));
    for (unsigned i = 0; i < received.size(); ++i) EXPECT_EQ(received[i], (rounds - 1) * 100 + i);
  }
}

TEST_P(FaultyMachine, WithoutAHandlerSuchAPacketEndsTheRun) {
  for (const Coordinates target : nowhere) {
    Machine machine(config());
    const Program program = load_firmware("test_failure");
    machine.load(program, machine.all());
    Event event = machine.launch(program, {.origin = {2, 0}}, {FAILURE_MISSING_NODE, target.x, target.y});
    const std::string message = message_of<RunError>([&] { event.wait(100'000); });
    const std::string expected = fmt::format(
        "node (2,0): node ({},{}) cannot be reached: there is no such node, or no way to it; access at 0x4000000",
        target.x, target.y);
    EXPECT_NE(message.find(expected), std::string::npos) << message;
  }
}

INSTANTIATE_TEST_SUITE_P(Backends, FaultyMachine, testing::Values("rtl", "model"),
                         [](const auto& info) { return info.param; });

TEST(RoutesOfTheUser, GoodOnesAreLoadedAndBadOnesRefused) {
  const Topology topology(mesh, ring());
  routing::RouteTables tables = routing::make_routes(topology);
  const MachineConfig good{.backend = "rtl", .mesh = mesh, .faults = ring(), .routes = tables};
  Machine machine(good);
  const Program program = load_firmware("test_place");
  machine.load(program, machine.all());

  tables.set(topology.number({0, 1}), hw::PacketClass::data, topology.number({2, 2}), hw::Route::none);
  const auto refusal = [&](const std::string& backend) {
    return message_of<InputError>(
        [&] { Machine({.backend = backend, .mesh = mesh, .faults = ring(), .routes = tables}); });
  };
  EXPECT_EQ(refusal("rtl"), "routing tables, class data: no way from node (0,1) to node (2,2): it has no entry");
  tables = routing::make_routes(topology, {.dies = {}, .die = mesh, .memory = true});
  EXPECT_EQ(refusal("rtl"), "routing tables of other dies, or of other memory at their edges, than the machine has");
  EXPECT_EQ(refusal("model"), "the model backend has no routers: routing tables need the backend rtl");
  EXPECT_EQ(
      message_of<InputError>([&] { Machine({.backend = "rtl", .mesh = {33, 1}, .faults = {.nodes = {{32, 0}}}}); }),
      "a mesh of 33x1 with dead nodes or links: routing tables reach 32x32 nodes");
}

TEST(FaultyRtl, LockstepKnowsNodesWithoutAWay) {
  Machine machine({.backend = "rtl", .mesh = mesh, .faults = ring(), .lockstep = true});
  const Program program = load_firmware("test_failure");
  machine.load(program, machine.all());
  Event event = machine.launch(program, {.origin = {2, 0}}, {FAILURE_MISSING_NODE, 1, 1});
  EXPECT_NE(message_of<RunError>([&] { event.wait(100'000); }).find("cannot be reached"), std::string::npos);
}

}  // namespace
}  // namespace dojo
