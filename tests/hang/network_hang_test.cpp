// The network stands still: routing tables with a circle, credits that are lost.

#include <gtest/gtest.h>

#include <array>

#include "provoked.hpp"
#include "routing/route_tables.hpp"
#include "sim/rtl_machine.hpp"

namespace dojo {
namespace {

constexpr unsigned east = 1;
constexpr unsigned west = 3;

sim::RtlMachine& rtl_of(Machine& machine) {
  return dynamic_cast<sim::RtlMachine&>(machine.backend());
}

/// Loads tables that no checker has seen: all class data goes around the nodes of a mesh of two rows in one direction.
void load_circle(Machine& machine) {
  const Topology& topology = machine.backend().topology();
  const MeshSize mesh = topology.mesh();
  routing::RouteTables tables(mesh);
  for (unsigned node = 0; node < topology.sites(); ++node) {
    const auto [x, y] = topology.place(node);
    const bool turns = y == 0 ? x + 1 == mesh.columns : x == 0;
    const hw::Route onward =
        y == 0 ? (turns ? hw::Route::south : hw::Route::east) : (turns ? hw::Route::north : hw::Route::west);
    for (unsigned to = 0; to < topology.sites(); ++to) {
      tables.set(node, hw::PacketClass::data, to, node == to ? hw::Route::local : onward);
      tables.set(node, hw::PacketClass::request, to,
                 routing::dimension_order(topology, hw::PacketClass::request, node, to));
    }
    const auto write = [&](std::uint64_t address, std::uint64_t data) {
      machine.backend().write_register({x, y}, static_cast<std::uint32_t>(address), data);
    };
    const auto words = routing::table_words(tables, node);
    for (unsigned i = 0; i < words.size(); ++i) write(hw::control_route_table_address(i), words[i]);
    write(hw::control_route_window_address(), routing::window_word(tables.grid(), {x, y}));
  }
}

/// Takes credits of a class that come from a direction.
class CreditThief : public sim::NodeObserver {
 public:
  CreditThief(unsigned direction, hw::PacketClass cls, unsigned count)
      : bit_(static_cast<std::uint8_t>(1U << (directions * static_cast<unsigned>(cls) + direction))), left_(count) {}
  void before_cycle(sim::NodeModel& node, std::uint64_t /*cycle*/) override {
    if (left_ == 0 || (*node.ports.credit_in & bit_) == 0) return;
    *node.ports.credit_in &= static_cast<std::uint8_t>(~bit_);
    --left_;
  }
  void after_cycle(sim::NodeModel& /*node*/, std::uint64_t /*cycle*/) override {}

 private:
  std::uint8_t bit_;
  unsigned left_;
};

TEST(NetworkHang, CircleInRoutingTables) {
  Machine machine({.mesh = {4, 2}, .hang_cycles = 2000});
  load_circle(machine);
  const std::string message = hang_of(machine, Hang::traffic, {100, 4, 0, 1, 2, 5, 6, 7, 3});
  expect_parts(message, {"no progress",
                         "routing deadlock: node (0,0) class data from the south -> node (1,0) class data from the "
                         "west -> node (2,0) class data from the west -> node (3,0) class data from the west -> node "
                         "(3,1) class data from the north -> node (2,1) class data from the east -> node (1,1) class "
                         "data from the east -> node (0,1) class data from the east -> node (0,0) class data from the "
                         "south\n",
                         "has 4 flits in 4 places, first the write of (",
                         "node (0,0) list of channel 0 has elements to send with the push at 0x8",
                         line_of("traffic: issues"), "-> node (0,0) list of channel 0 has no place for a list"});
}

TEST(NetworkHang, LostCredits) {
  Machine machine({.mesh = {2, 1}, .hang_cycles = 2000});
  CreditThief thief(east, hw::PacketClass::data, hw::router_depth);
  rtl_of(machine).observe({0, 0}, thief);
  expect_parts(hang_of(machine, Hang::traffic, {1, 1, 0}),
               {"no progress", "the link east from node (0,0) has lost 4 credits of class data",
                "node (1,0) hart 0 waits until semaphore 3 is 1 (it is 0)", "-> node (0,0) class data of its own"});
}

TEST(NetworkHang, LostCreditsOfAHartsStores) {
  Machine machine({.mesh = {2, 1}, .hang_cycles = 2000});
  CreditThief thief(west, hw::PacketClass::data, 2);
  rtl_of(machine).observe({1, 0}, thief);
  EXPECT_EQ(hang_of(machine, Hang::traffic, {1, 1, 0}), "") << "two places are enough";
}

// Dies meet at multiples of 191 cycles, and there the watch looks.
TEST(NetworkHang, LostCreditsOfAnEdge) {
  Machine machine({.mesh = {1, 1}, .dies = {2, 1}, .hang_cycles = 2000});
  CreditThief thief(east, hw::PacketClass::data, hw::router_depth);
  rtl_of(machine).observe({0, 0}, thief);
  expect_parts(
      hang_of(machine, Hang::traffic, {1, 1, 0}),
      {"no progress", "what stands behind the link east from node (0,0) gives no credit of class data",
       "node (1,0) hart 0 waits until semaphore 3 is 1 (it is 0)", "-> node (0,0) class data of its own has no place"});
  EXPECT_EQ(machine.cycles() % hw::edge_flight, 0U);
}

TEST(NetworkHang, WithoutAWatchTheLimitEndsTheRun) {
  Machine machine({.mesh = {2, 1}, .hang_cycles = 0});
  CreditThief thief(east, hw::PacketClass::data, hw::router_depth);
  rtl_of(machine).observe({0, 0}, thief);
  expect_parts(hang_of(machine, Hang::traffic, {1, 1, 0}), {"the cycle limit was reached in cycle 200000"});
}

}  // namespace
}  // namespace dojo
