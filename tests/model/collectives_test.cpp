// Trees of the model: lines to all members, sums in the order that the tree fixes, barriers, and what goes wrong.

#include <cmath>
#include <ctime>
#include <functional>
#include <optional>
#include <random>

#include "common/error.hpp"
#include "model/model_machine.hpp"
#include "model_test.hpp"

namespace dojo::model {
namespace {

using namespace assembler;
using Line = std::array<std::uint32_t, 16>;
using Lines = std::vector<Line>;

constexpr std::uint32_t descriptors = static_cast<std::uint32_t>(data_address);
constexpr std::uint32_t source = static_cast<std::uint32_t>(hw::sram_base) + 0x20000;
constexpr std::uint32_t target = source + 0x40000;
constexpr unsigned own_semaphore = 3;
constexpr unsigned arrival_semaphore = 4;
constexpr unsigned barrier_semaphore = 5;
constexpr std::uint32_t unwritten = 0x12345678;
constexpr auto north = static_cast<std::uint8_t>(hw::Route::north);
constexpr auto east = static_cast<std::uint8_t>(hw::Route::east);
constexpr auto south = static_cast<std::uint8_t>(hw::Route::south);
constexpr auto west = static_cast<std::uint8_t>(hw::Route::west);
constexpr auto root = static_cast<std::uint8_t>(hw::Route::local);

constexpr std::uint64_t group_address(unsigned tree, hw::TreeMode mode, std::uint64_t address) {
  return hw::global_address(hw::group_column, tree + hw::trees * static_cast<unsigned>(mode), address);
}

/// A push of lines to a tree; counts here and where they arrive.
hw::TransferDescriptor push_to(unsigned tree, hw::TreeMode mode, std::uint32_t from, std::uint32_t to,
                               std::uint32_t lines) {
  hw::TransferDescriptor d{};
  d.op = static_cast<unsigned>(hw::DescriptorOpTransfer::push);
  d.sem_en = 1;
  d.sem = own_semaphore;
  d.remote_sem_en = 1;
  d.remote_sem = arrival_semaphore;
  d.lines = lines;
  d.local_address = from;
  d.remote_address_low = static_cast<std::uint32_t>(group_address(tree, mode, to));
  d.remote_address_high = static_cast<std::uint32_t>(group_address(tree, mode, to) >> 32);
  return d;
}

/// A machine whose nodes can be given trees, lines and pushes.
class Trees : public testing::Test {
 protected:
  void make(Topology topology, unsigned threads = 1) { machine_.emplace(std::move(topology), threads); }
  ModelMachine& machine() { return *machine_; }
  [[nodiscard]] std::vector<Coordinates> nodes() const {
    std::vector<Coordinates> result;
    const Topology& topology = machine_->topology();
    for (unsigned site = 0; site < topology.sites(); ++site) {
      if (topology.is_alive(site)) result.push_back(topology.place(site));
    }
    return result;
  }
  void set_tree(Coordinates node, unsigned number, const hw::Tree& tree) {
    machine_->write_register(node, static_cast<std::uint32_t>(hw::control_tree_address(number)), tree.encode());
  }
  /// A chain over a 4x1 mesh; node 2 is the root, and node 1 passes on only.
  void set_chain(unsigned number) {
    set_tree({0, 0}, number, {.valid = true, .member = true, .parent = east});
    set_tree({1, 0}, number, {.valid = true, .children = 1u << west, .parent = east});
    set_tree({2, 0}, number, {.valid = true, .member = true, .children = 1u << west | 1u << east, .parent = root});
    set_tree({3, 0}, number, {.valid = true, .member = true, .parent = west});
  }
  void write(Coordinates node, std::uint64_t address, const Lines& lines) {
    machine_->write_memory(node, address, std::as_bytes(std::span(lines)));
  }
  [[nodiscard]] Lines read(Coordinates node, std::uint64_t address, std::size_t count) {
    Lines lines(count);
    machine_->read_memory(node, address, std::as_writable_bytes(std::span(lines)));
    return lines;
  }
  /// The node issues the descriptors, one after the other.
  void issue(Coordinates node, const std::vector<hw::TransferDescriptor>& list) {
    machine_->write_memory(node, descriptors, std::as_bytes(std::span(list)));
    Program program;
    for (std::size_t i = 0; i < list.size(); ++i) {
      program.issue(hw::Unit::transfer, descriptors + i * sizeof(hw::TransferDescriptor));
    }
    start(node, program.stop(0));
  }
  void start(Coordinates node, const Program& program) {
    machine_->write_memory(node, code_address, program.data());
    machine_->write_register(node, static_cast<std::uint32_t>(hw::control_hart_start_address(0)), code_address);
  }
  StopReason run() { return machine_->run(1'000'000); }
  [[nodiscard]] std::uint32_t semaphore(Coordinates node, unsigned id) { return machine_->semaphore(node, id); }
  [[nodiscard]] hw::AccessError remote_error(Coordinates node) {
    return hw::AccessError::decode(machine_->errors(node).remote);
  }
  Lines random_lines(std::size_t count) {
    Lines lines(count);
    for (Line& line : lines) {
      for (std::uint32_t& value : line) value = random_value();
    }
    return lines;
  }
  /// FP32 values that often cancel, and special ones.
  std::uint32_t random_value() {
    static constexpr std::uint32_t special[] = {0,          0x80000000, 0x7f800000, 0xff800000, 0x7fc00000,
                                                0x7f800001, 0xffffffff, 1,          0x807fffff, 0x7f7fffff};
    const auto bits = static_cast<std::uint32_t>(random());
    if (random() % 64 == 0) return special[random() % std::size(special)];
    if (random() % 16 == 0) return bits;
    return (bits & 0x807fffff) | static_cast<std::uint32_t>(120 + random() % 12) << 23;
  }

  std::mt19937_64 random{7};

 private:
  std::optional<ModelMachine> machine_;
};

/// A sum as the host makes it.
std::uint32_t host_sum(std::uint32_t a, std::uint32_t b) {
  const float sum = std::bit_cast<float>(a) + std::bit_cast<float>(b);
  return std::isnan(sum) ? 0x7fc00000u : std::bit_cast<std::uint32_t>(sum);
}

/// A random tree over nodes of a topology, some of which pass on only.
struct RandomTree {
  std::vector<hw::Tree> places;  ///< of each site
  std::vector<unsigned> order;   ///< sites from the root on, parents first
  std::vector<unsigned> members;

  RandomTree(const Topology& topology, std::size_t most_nodes, std::mt19937_64& random) : places(topology.sites()) {
    unsigned first = 0;
    do first = static_cast<unsigned>(random() % topology.sites());
    while (!topology.is_alive(first));
    add(first, root);
    for (unsigned tries = 0; tries < 1000 && order.size() < most_nodes; ++tries) {
      const unsigned parent = order[random() % order.size()];
      const auto direction = static_cast<unsigned>(random() % directions);
      const auto other = topology.neighbour(parent, direction);
      if (!other || places[*other].valid) continue;
      places[parent].children |= static_cast<std::uint8_t>(1u << direction);
      add(*other, static_cast<std::uint8_t>(opposite(direction)));
    }
    for (const unsigned site : order) {
      places[site].member = places[site].children == 0 || random() % 3 != 0;
      if (places[site].member) members.push_back(site);
    }
  }

  /// The sum that goes up from a site.
  [[nodiscard]] std::uint32_t sum(const Topology& topology, unsigned site,
                                  const std::function<std::uint32_t(unsigned)>& contribution) const {
    std::optional<std::uint32_t> result;
    if (places[site].member) result = contribution(site);
    for (unsigned d = 0; d < directions; ++d) {
      if ((places[site].children >> d & 1) == 0) continue;
      const std::uint32_t below = sum(topology, *topology.neighbour(site, d), contribution);
      result = result ? host_sum(*result, below) : below;
    }
    return *result;
  }

 private:
  void add(unsigned site, std::uint8_t parent) {
    order.push_back(site);
    places[site].valid = true;
    places[site].parent = parent;
  }
};

TEST_F(Trees, RegistersKeepWhatANodeIsInItsTrees) {
  Node node({1, 2});
  const hw::Tree tree{.valid = true,
                      .amount = 5,
                      .sem = 31,
                      .join_only = true,
                      .member = true,
                      .arrivals = 7,
                      .children = 15,
                      .parent = root};
  for (unsigned number = 0; number < hw::trees; ++number) {
    EXPECT_TRUE(node.store_register(hw::control_tree_address(number), 3, tree.encode() - (number << 24)));
  }
  for (unsigned number = 0; number < hw::trees; ++number) {
    std::uint64_t value = 0;
    EXPECT_TRUE(node.load_register(hw::control_tree_address(number), 3, 0, value));
    EXPECT_EQ(value, tree.encode() - (number << 24));
    EXPECT_EQ(node.tree(number).amount, 5u - number);
    EXPECT_TRUE(node.store_register(hw::control_tree_address(number), 3, ~std::uint64_t{0}));
    EXPECT_TRUE(node.load_register(hw::control_tree_address(number), 3, 0, value));
    EXPECT_EQ(value, 0x80000000'071f1ff7u);
    EXPECT_FALSE(node.store_register(hw::control_tree_address(number), 2, 0));
  }
  std::uint64_t value = 0;
  EXPECT_FALSE(node.load_register(hw::control_tree_arrive_address(), 3, 0, value));
}

TEST_F(Trees, AMulticastGoesToAllMembersAndNobodyElse) {
  make(MeshSize{4, 1});
  set_chain(2);
  const Lines lines = random_lines(5);
  const Lines before(5, Line{unwritten});
  for (const Coordinates origin : {Coordinates{0, 0}, Coordinates{2, 0}, Coordinates{3, 0}}) {
    for (const Coordinates node : nodes()) write(node, target, before);
    write(origin, source, lines);
    issue(origin, {push_to(2, hw::TreeMode::multicast, source, target, 5)});
    const std::uint32_t arrived = semaphore(origin, arrival_semaphore);
    ASSERT_EQ(run(), StopReason::all_stopped);
    for (const Coordinates node : nodes()) {
      const bool is_member = node.x != 1;
      EXPECT_EQ(read(node, target, 5), is_member ? lines : before) << node.x;
      EXPECT_EQ(semaphore(node, arrival_semaphore), is_member ? arrived + 1 : 0) << node.x;
    }
  }
}

TEST_F(Trees, StoresAndIncrementsGoToAllMembers) {
  make(MeshSize{4, 1});
  set_chain(0);
  hw::TransferDescriptor signal = push_to(0, hw::TreeMode::multicast, 0, 0, 1000);
  signal.op = static_cast<unsigned>(hw::DescriptorOpTransfer::signal);
  signal.remote_sem = 9;
  machine().write_memory({3, 0}, descriptors, std::as_bytes(std::span(&signal, 1)));
  Program program;
  program.constant(a0, group_address(0, hw::TreeMode::multicast, target));
  program.constant(a1, group_address(0, hw::TreeMode::multicast, hw::semaphore_value_address(8)));
  program.constant(a2, 0x8877665544332211);
  program += {sd(a2, a0, 0), sw(a2, a0, 12), sh(a2, a0, 18), sb(a2, a0, 21), sd(a2, a1, 0)};
  program.issue(hw::Unit::transfer, descriptors);
  start({3, 0}, program.stop(0));
  ASSERT_EQ(run(), StopReason::all_stopped);
  for (const Coordinates node : nodes()) {
    const bool is_member = node.x != 1;
    Line expected{};
    if (is_member) expected = {0x44332211, 0x88776655, 0, 0x44332211, 0x22110000, 0x1100};
    EXPECT_EQ(read(node, target, 1)[0], expected) << node.x;
    EXPECT_EQ(semaphore(node, 8), is_member ? 0x44332211u : 0u);
    EXPECT_EQ(semaphore(node, 9), is_member ? 1000u : 0u);
  }
}

TEST_F(Trees, SumsAreMadeInTheOrderOfTheTree) {
  const Topology topology({5, 4}, {.nodes = {{2, 2}}, .links = {{{1, 1}, {2, 1}}, {{3, 3}, {4, 3}}}});
  constexpr unsigned count = 24;
  for (unsigned round = 0; round < 40; ++round) {
    make(topology, 1 + round % 2);
    const RandomTree tree(topology, 1 + random() % topology.live_nodes(), random);
    const unsigned number = random() % hw::trees;
    const hw::TreeMode mode = round % 3 == 0 ? hw::TreeMode::reduce : hw::TreeMode::all_reduce;
    std::vector<Lines> contributions(topology.sites());
    for (unsigned site = 0; site < topology.sites(); ++site) {
      if (!topology.is_alive(site)) continue;
      set_tree(topology.place(site), number, tree.places[site]);
      if (!tree.places[site].member) continue;
      contributions[site] = random_lines(count);
      write(topology.place(site), source, contributions[site]);
      // The same lines in pushes of different lengths.
      const auto first = static_cast<std::uint32_t>(1 + random() % (count - 1));
      std::vector pushes{push_to(number, mode, source, target, first),
                         push_to(number, mode, source + 64 * first, target + 64 * first, count - first)};
      for (hw::TransferDescriptor& push : pushes) push.remote_sem_en = 0;
      issue(topology.place(site), pushes);
    }
    ASSERT_EQ(run(), StopReason::all_stopped);
    Lines sums(count);
    for (unsigned line = 0; line < count; ++line) {
      for (unsigned i = 0; i < 16; ++i) {
        sums[line][i] = tree.sum(topology, tree.order[0], [&](unsigned site) { return contributions[site][line][i]; });
      }
    }
    for (unsigned site = 0; site < topology.sites(); ++site) {
      if (!topology.is_alive(site)) continue;
      const bool receives = mode == hw::TreeMode::reduce ? site == tree.order[0] : tree.places[site].member;
      ASSERT_EQ(read(topology.place(site), target, count), receives ? sums : Lines(count))
          << "round " << round << ", site " << site;
    }
  }
}

TEST_F(Trees, ASumWaitsForTheLastContributionAndCountsOnce) {
  make(MeshSize{4, 1});
  set_chain(1);
  for (const unsigned x : {3u, 0u}) {
    write({x, 0}, source, {Line{0x3f800000}, Line{0x40000000}});
    issue({x, 0}, {push_to(1, hw::TreeMode::all_reduce, source, target, 2)});
    ASSERT_EQ(run(), StopReason::all_stopped);
    EXPECT_EQ(semaphore({x, 0}, own_semaphore), 1u);
  }
  for (const Coordinates node : nodes()) EXPECT_EQ(semaphore(node, arrival_semaphore), 0u);
  write({2, 0}, source, {Line{0x40400000}, Line{0x40800000}});
  issue({2, 0}, {push_to(1, hw::TreeMode::all_reduce, source, target, 2)});
  ASSERT_EQ(run(), StopReason::all_stopped);
  for (const Coordinates node : nodes()) {
    EXPECT_EQ(semaphore(node, arrival_semaphore), node.x == 1 ? 0u : 1u);
    if (node.x != 1) EXPECT_EQ(read(node, target, 2), (Lines{Line{0x40a00000}, Line{0x41000000}}));
  }
}

TEST_F(Trees, OverlappingTreesKeepTheirSumsApart) {
  make(MeshSize{4, 1});
  set_chain(0);
  // The same nodes the other way round: node 0 is the root.
  set_tree({0, 0}, 3, {.valid = true, .member = true, .children = 1u << east, .parent = root});
  set_tree({1, 0}, 3, {.valid = true, .member = true, .children = 1u << east, .parent = west});
  set_tree({2, 0}, 3, {.valid = true, .member = true, .parent = west});
  constexpr std::uint32_t other_target = target + 0x10000;
  for (const Coordinates node : nodes()) {
    write(node, source, {Line{std::bit_cast<std::uint32_t>(static_cast<float>(1u << node.x))}});
    std::vector pushes{push_to(0, hw::TreeMode::all_reduce, source, target, 1),
                       push_to(3, hw::TreeMode::all_reduce, source, other_target, 1)};
    if (node.x == 3) pushes.pop_back();
    if (node.x == 1) pushes.erase(pushes.begin());
    issue(node, pushes);
  }
  ASSERT_EQ(run(), StopReason::all_stopped);
  for (const Coordinates node : nodes()) {
    EXPECT_EQ(read(node, target, 1)[0][0], node.x == 1 ? 0 : std::bit_cast<std::uint32_t>(13.0f));
    EXPECT_EQ(read(node, other_target, 1)[0][0], node.x == 3 ? 0 : std::bit_cast<std::uint32_t>(7.0f));
  }
}

TEST_F(Trees, TheSameNumberMayNameTreesThatShareNoNode) {
  make(MeshSize{4, 1});
  for (const unsigned x : {0u, 2u}) {
    set_tree({x, 0}, 1, {.valid = true, .member = true, .children = 1u << east, .parent = root});
    set_tree({x + 1, 0}, 1, {.valid = true, .member = true, .parent = west});
  }
  for (const Coordinates node : nodes()) {
    write(node, source, {Line{std::bit_cast<std::uint32_t>(static_cast<float>(1u << node.x))}});
    issue(node, {push_to(1, hw::TreeMode::all_reduce, source, target, 1)});
  }
  ASSERT_EQ(run(), StopReason::all_stopped);
  for (const Coordinates node : nodes()) {
    EXPECT_EQ(read(node, target, 1)[0][0], std::bit_cast<std::uint32_t>(node.x < 2 ? 3.0f : 12.0f));
  }
}

TEST_F(Trees, ContributionsForDifferentPlacesAreAMismatch) {
  const hw::TransferDescriptor sound = push_to(0, hw::TreeMode::all_reduce, source, target, 1);
  hw::TransferDescriptor other_address = sound;
  other_address.remote_address_low += 64;
  hw::TransferDescriptor other_semaphore = sound;
  other_semaphore.remote_sem += 1;
  hw::TransferDescriptor no_semaphore = sound;
  no_semaphore.remote_sem_en = 0;
  const hw::TransferDescriptor other_mode = push_to(0, hw::TreeMode::reduce, source, target, 1);
  for (const hw::TransferDescriptor& wrong : {other_address, other_semaphore, no_semaphore, other_mode}) {
    make(MeshSize{4, 1});
    set_chain(0);
    issue({0, 0}, {wrong});
    issue({2, 0}, {sound});
    issue({3, 0}, {sound});
    EXPECT_EQ(run(), StopReason::faulted);
    for (const Coordinates node : nodes()) {
      const hw::AccessError error = remote_error(node);
      EXPECT_EQ(error.valid, node.x != 1);
      EXPECT_EQ(semaphore(node, arrival_semaphore), 0u);
      if (!error.valid) continue;
      EXPECT_EQ(error.kind, hw::AccessKind::mismatch);
      EXPECT_EQ(error.x, 2u);
      EXPECT_EQ(error.y, 0u);
      EXPECT_EQ(error.address, target);
    }
  }
}

TEST_F(Trees, AnUncorrectableContributionMakesTheSumAnError) {
  make(MeshSize{4, 1});
  set_chain(0);
  for (const unsigned x : {0u, 2u, 3u}) {
    write({x, 0}, source, Lines(2, Line{0x3f800000}));
    issue({x, 0}, {push_to(0, hw::TreeMode::all_reduce, source, target, 2)});
  }
  machine().write_register({3, 0}, static_cast<std::uint32_t>(hw::control_ecc_inject_mask_address()), 3);
  machine().write_register({3, 0}, static_cast<std::uint32_t>(hw::control_ecc_inject_address()), source + 8);
  EXPECT_EQ(run(), StopReason::faulted);
  for (const Coordinates node : nodes()) {
    const hw::AccessError error = remote_error(node);
    EXPECT_EQ(error.valid, node.x != 1);
    EXPECT_EQ(read(node, target, 2), Lines(2));
    if (!error.valid) continue;
    EXPECT_EQ(error.kind, hw::AccessKind::uncorrectable);
    EXPECT_EQ(error.x, 3u);
    EXPECT_EQ(error.address, source);
  }
}

TEST_F(Trees, WhatATreeDoesNotAllowIsAnErrorOfTheSender) {
  using Op = hw::DescriptorOpTransfer;
  using Kind = hw::AccessKind;
  struct Attempt {
    unsigned sender;
    unsigned tree;
    unsigned mode;
    Op op;
    Kind kind;
  };
  constexpr Attempt attempts[] = {{0, 1, 0, Op::push, Kind::unreachable},  // no such tree
                                  {1, 0, 0, Op::push, Kind::unreachable},  // not a member
                                  {1, 0, 2, Op::push, Kind::unreachable},  // not a member
                                  {0, 0, 3, Op::push, Kind::unreachable},  // no such mode
                                  {1, 0, 0, Op::pull, Kind::unreachable},  // not a member
                                  {0, 0, 0, Op::pull, Kind::unknown},      // a tree cannot be read
                                  {0, 0, 1, Op::signal, Kind::unknown},    // no sum of semaphores
                                  {0, 0, 2, Op::push_strided, Kind::unknown}};
  for (const Attempt& attempt : attempts) {
    make(MeshSize{4, 1});
    set_chain(0);
    hw::TransferDescriptor d = push_to(attempt.tree, static_cast<hw::TreeMode>(attempt.mode), source, target, 1);
    d.op = static_cast<std::uint8_t>(attempt.op);
    if (attempt.op == Op::pull) d.remote_sem_en = 0;
    d.rows = 1;
    d.element_size = 3;
    issue({attempt.sender, 0}, {d});
    EXPECT_EQ(run(), StopReason::faulted);
    const hw::AccessError error = remote_error({attempt.sender, 0});
    ASSERT_TRUE(error.valid);
    EXPECT_EQ(error.kind, attempt.kind);
    EXPECT_EQ(error.x, hw::group_column);
    EXPECT_EQ(error.y, attempt.tree + hw::trees * attempt.mode);
    EXPECT_EQ(error.address, attempt.op == Op::signal ? hw::semaphore_value_address(arrival_semaphore) : target);
    for (const Coordinates node : nodes()) {
      EXPECT_EQ(machine().counter(node, static_cast<unsigned>(hw::Counter::flits_received)), 0u);
    }
  }
}

TEST_F(Trees, WhatANodeSendsToATreeStaysInOrder) {
  make(MeshSize{4, 1});
  set_chain(0);
  // Nodes 0 and 2: a line of a sum, then a multicast, then another line; node 3 comes later.
  hw::TransferDescriptor signal = push_to(0, hw::TreeMode::multicast, 0, 0, 1);
  signal.op = static_cast<unsigned>(hw::DescriptorOpTransfer::signal);
  signal.remote_sem = 9;
  const hw::TransferDescriptor first = push_to(0, hw::TreeMode::all_reduce, source, target, 1);
  const hw::TransferDescriptor second = push_to(0, hw::TreeMode::all_reduce, source, target + 64, 1);
  for (const Coordinates node : nodes()) write(node, source, {Line{0x3f800000}});
  issue({0, 0}, {first, signal, second});
  issue({2, 0}, {first, signal, signal, second});
  ASSERT_EQ(run(), StopReason::all_stopped);
  for (const Coordinates node : nodes()) EXPECT_EQ(semaphore(node, 9), 0u);
  issue({3, 0}, {first});
  ASSERT_EQ(run(), StopReason::all_stopped);
  for (const unsigned x : {0u, 2u, 3u}) {
    EXPECT_EQ(semaphore({x, 0}, 9), 3u);
    EXPECT_EQ(semaphore({x, 0}, arrival_semaphore), 1u);
    EXPECT_EQ(read({x, 0}, target, 1)[0][0], 0x40400000u);
  }
  // A node that has nothing under way is not held up.
  issue({3, 0}, {signal, second});
  ASSERT_EQ(run(), StopReason::all_stopped);
  EXPECT_EQ(semaphore({0, 0}, 9), 4u);
  EXPECT_EQ(semaphore({0, 0}, arrival_semaphore), 2u);
}

TEST_F(Trees, ProtectionSeesTheOriginOfAMulticastAndTheRootOfASum) {
  for (const bool is_sum : {false, true}) {
    make(MeshSize{4, 1});
    set_chain(0);
    const auto protect = [&](std::uint64_t address, std::uint64_t value) {
      machine().write_register({0, 0}, static_cast<std::uint32_t>(address), value);
    };
    // Node 0 lets node 3 write: the origin of the multicast, not the root of the sum.
    protect(hw::control_protect_range_address(0), 0xffffffff'00000000);
    protect(hw::control_protect_rectangle_address(0), 0x3'00000003);
    protect(hw::control_protect_rights_address(0), 15);
    protect(hw::control_protect_enable_address(), 1);
    for (const unsigned x : {0u, 2u, 3u}) {
      if (!is_sum && x != 3) continue;
      issue({x, 0}, {push_to(0, is_sum ? hw::TreeMode::all_reduce : hw::TreeMode::multicast, source, target, 1)});
    }
    EXPECT_EQ(run(), is_sum ? StopReason::faulted : StopReason::all_stopped);
    EXPECT_EQ(semaphore({0, 0}, arrival_semaphore), is_sum ? 0u : 1u);
    EXPECT_EQ(semaphore({3, 0}, arrival_semaphore), 1u);
    const hw::AccessError error = hw::AccessError::decode(machine().errors({0, 0}).access);
    EXPECT_EQ(error.valid, is_sum);
    if (is_sum) EXPECT_EQ(error.x, 2u);
  }
}

TEST_F(Trees, RegistersThatMakeNoTreeAreNamed) {
  const auto message = [&] {
    try {
      run();
    } catch (const RunError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  make(MeshSize{4, 1});
  set_chain(0);
  set_tree({1, 0}, 0, {.valid = true, .parent = east});
  issue({0, 0}, {push_to(0, hw::TreeMode::multicast, source, target, 1)});
  EXPECT_EQ(message(), "tree 0: node (0,0) is not a child of its parent");
  make(MeshSize{4, 1});
  set_chain(3);
  set_tree({3, 0}, 3, {});
  issue({0, 0}, {push_to(3, hw::TreeMode::multicast, source, target, 1)});
  EXPECT_EQ(message(), "tree 3: node (2,0) is not the parent of one of its children");
  make(MeshSize{4, 1});
  set_tree({0, 0}, 0, {.valid = true, .member = true, .children = 1u << east, .parent = east});
  set_tree({1, 0}, 0, {.valid = true, .member = true, .children = 1u << west, .parent = west});
  issue({0, 0}, {push_to(0, hw::TreeMode::multicast, source, target, 1)});
  EXPECT_EQ(message(), "tree 0: node (0,0) has no root above it");
  make(MeshSize{4, 1});
  set_tree({0, 0}, 0, {.valid = true, .member = true, .parent = north});
  issue({0, 0}, {push_to(0, hw::TreeMode::multicast, source, target, 1)});
  EXPECT_EQ(message(), "tree 0: node (0,0) is not a child of its parent");
}

/// Arrives at a barrier.
Program arrive(unsigned tree) {
  Program program;
  program.constant(a0, hw::control_tree_arrive_address());
  program += {addi(a1, zero, static_cast<std::int32_t>(tree)), sd(a1, a0, 0)};
  return program;
}

TEST_F(Trees, ABarrierReleasesItsMembersWhenAllHaveArrived) {
  const Topology topology({5, 4}, {.nodes = {{2, 2}}, .links = {{{1, 1}, {2, 1}}}});
  for (unsigned round = 0; round < 20; ++round) {
    make(topology);
    RandomTree tree(topology, 2 + random() % 18, random);
    const unsigned number = random() % hw::trees;
    unsigned waited_for = 0;
    std::vector<unsigned> missing(topology.sites());
    for (const unsigned site : tree.order) {
      hw::Tree& place = tree.places[site];
      place.arrivals = static_cast<std::uint8_t>(place.children == 0 ? 1 + random() % 7 : random() % 8);
      place.sem = static_cast<std::uint8_t>(random() % hw::semaphores);
      place.amount = static_cast<std::uint8_t>(random() % 8);
      missing[site] = place.arrivals;
      waited_for += place.arrivals;
      set_tree(topology.place(site), number, place);
    }
    for (unsigned barrier = 0; barrier < 3; ++barrier) {
      std::vector<unsigned> left = missing;
      for (unsigned arrived = 0; arrived < waited_for; ++arrived) {
        unsigned site = 0;
        do site = tree.order[random() % tree.order.size()];
        while (left[site] == 0);
        --left[site];
        for (const unsigned other : tree.order) {
          const hw::Tree& place = tree.places[other];
          ASSERT_EQ(semaphore(topology.place(other), place.sem), place.member ? barrier * place.amount : 0u);
        }
        start(topology.place(site), arrive(number).stop(0));
        ASSERT_EQ(run(), StopReason::all_stopped);
      }
    }
    for (const unsigned site : tree.order) {
      const hw::Tree& place = tree.places[site];
      EXPECT_EQ(semaphore(topology.place(site), place.sem), place.member ? 3u * place.amount : 0u);
    }
  }
}

TEST_F(Trees, HartsGoThroughBarriersTogether) {
  make(MeshSize{3, 3}, 2);
  // Node (1,1) is the root of a cross, whose north and south have sides.
  for (const Coordinates node : nodes()) {
    hw::Tree tree{.valid = true, .amount = 1, .sem = barrier_semaphore, .member = true, .arrivals = 1};
    tree.parent = node.x == 0 ? east : node.x == 2 ? west : node.y == 0 ? south : node.y == 2 ? north : root;
    if (node.x == 1) tree.children = 1u << east | 1u << west;
    if (node == Coordinates{1, 1}) tree.children |= 1u << north | 1u << south;
    set_tree(node, 2, tree);
  }
  // In each round every node writes the round into its right neighbour's memory, and after the barrier reads its own.
  constexpr std::int32_t rounds = 50;
  for (const Coordinates node : nodes()) {
    Program program;
    program.constant(a1, hw::control_tree_arrive_address());
    program.constant(a2, data_address);
    program.constant(a3, hw::global_address((node.x + 1) % 3, node.y, data_address));
    program += {addi(a0, zero, 2), addi(a4, zero, 0), addi(a5, zero, rounds), addi(a6, zero, 0),
                addi(s2, zero, static_cast<std::int32_t>(1 + 7 * node.x * node.y))};
    program += {addi(t0, zero, barrier_semaphore), addi(t1, zero, 1)};
    program += {addi(a4, a4, 1), addi(s3, s2, 0), addi(s3, s3, -1),      bne(s3, zero, -4),
                sd(a4, a3, 0),   sd(a0, a1, 0),   dojo_sem_wait(t0, t1), ld(a7, a2, 0),
                add(a6, a6, a7), sd(a0, a1, 0),   dojo_sem_wait(t0, t1), bne(a4, a5, -4 * 11)};
    program += sd(a6, a2, 8);
    start(node, program.stop(0));
  }
  ASSERT_EQ(run(), StopReason::all_stopped);
  for (const Coordinates node : nodes()) {
    std::uint64_t sum = 0;
    machine().read_memory(node, data_address + 8, std::as_writable_bytes(std::span(&sum, 1)));
    EXPECT_EQ(sum, 1275u) << node.x << "," << node.y;
    EXPECT_EQ(semaphore(node, barrier_semaphore), 0u);
  }
}

TEST_F(Trees, AnArrivalThatNobodyWaitsForCountsNowhere) {
  make(MeshSize{4, 1});
  set_chain(0);
  start({0, 0}, arrive(0).stop(0));
  start({1, 0}, arrive(1).stop(0));
  EXPECT_EQ(run(), StopReason::all_stopped);
  // Nor later.
  set_tree({1, 0}, 1, {.valid = true, .amount = 1, .sem = 6, .member = true, .arrivals = 2, .parent = root});
  start({1, 0}, arrive(1).stop(0));
  EXPECT_EQ(run(), StopReason::all_stopped);
  EXPECT_EQ(semaphore({1, 0}, 6), 0u);
  start({1, 0}, arrive(1).stop(0));
  EXPECT_EQ(run(), StopReason::all_stopped);
  EXPECT_EQ(semaphore({1, 0}, 6), 1u);
}

TEST_F(Trees, AJoinReleasesTheRootAlone) {
  make(MeshSize{2, 1});
  set_tree({0, 0}, 1,
           {.valid = true,
            .amount = 3,
            .sem = 6,
            .join_only = true,
            .member = true,
            .arrivals = 2,
            .children = 1u << east,
            .parent = root});
  set_tree({1, 0}, 1,
           {.valid = true, .amount = 3, .sem = 6, .join_only = true, .member = true, .arrivals = 1, .parent = west});
  for (unsigned round = 0; round < 3; ++round) start({1, 0}, arrive(1).stop(0)), run();
  for (unsigned round = 0; round < 3; ++round) {
    start({0, 0}, arrive(1).stop(0));
    run();
    EXPECT_EQ(semaphore({0, 0}, 6), 3 * round);
    start({0, 0}, arrive(1).stop(0));
    EXPECT_EQ(run(), StopReason::all_stopped);
    EXPECT_EQ(semaphore({0, 0}, 6), 3 * round + 3);
  }
  EXPECT_EQ(semaphore({1, 0}, 6), 0u);
}

TEST_F(Trees, AReleaseLetsAListGoOn) {
  make(MeshSize{4, 1});
  set_chain(0);
  for (const Coordinates node : nodes()) {
    hw::Tree tree{.valid = true, .amount = 1, .sem = barrier_semaphore, .member = true, .arrivals = 1};
    tree.parent = node.x == 0 ? root : west;
    if (node.x != 3) tree.children = 1u << east;
    set_tree(node, 1, tree);
  }
  // Node 3's list waits for the barrier of tree 1, then sends to tree 0.
  write({3, 0}, source, {Line{0x3f800000}});
  std::vector list{push_to(1, hw::TreeMode::multicast, source, target, 1),
                   push_to(0, hw::TreeMode::multicast, source, target, 1)};
  list[0].op = static_cast<unsigned>(hw::DescriptorOpTransfer::wait);
  list[0].sem = barrier_semaphore;
  issue({3, 0}, list);
  ASSERT_EQ(run(), StopReason::all_stopped);
  for (const Coordinates node : nodes()) {
    EXPECT_EQ(semaphore({0, 0}, arrival_semaphore), 0u);
    start(node, arrive(1).stop(0));
    ASSERT_EQ(run(), StopReason::all_stopped);
  }
  EXPECT_EQ(read({0, 0}, target, 1)[0][0], 0x3f800000u);
  EXPECT_EQ(semaphore({2, 0}, arrival_semaphore), 1u);
}

/// 64 nodes: one sends a megabyte to all, then all sum a quarter of it.
TEST_F(Trees, ManyLinesAreFast) {
  make(MeshSize{8, 8});
  for (const Coordinates node : nodes()) {
    hw::Tree tree{.valid = true, .member = true};
    tree.parent = node.x != 0 ? west : node.y != 0 ? north : root;
    if (node.x != 7) tree.children = 1u << east;
    if (node.x == 0 && node.y != 7) tree.children |= 1u << south;
    set_tree(node, 0, tree);
  }
  const auto work = [&](hw::TreeMode mode, std::size_t count, const char* property) {
    for (const Coordinates node : nodes()) {
      if (mode != hw::TreeMode::multicast || node == Coordinates{3, 4}) {
        issue(node, {push_to(0, mode, source, source, static_cast<std::uint32_t>(count))});
      }
    }
    const std::clock_t begin = std::clock();
    EXPECT_EQ(run(), StopReason::all_stopped);
    RecordProperty(property, std::to_string((std::clock() - begin) * 1000 / CLOCKS_PER_SEC));
  };
  constexpr std::size_t megabyte = 16384;
  Lines lines(megabyte);
  for (Line& line : lines) line.fill(std::bit_cast<std::uint32_t>(static_cast<float>(random() % 1000)));
  write({3, 4}, source, lines);
  work(hw::TreeMode::multicast, megabyte, "multicast_milliseconds_of_the_processor");
  for (const Coordinates node : nodes()) ASSERT_EQ(read(node, source, megabyte), lines);
  work(hw::TreeMode::all_reduce, megabyte / 4, "all_reduce_milliseconds_of_the_processor");
  for (std::size_t i = 0; i < megabyte / 4; ++i) {
    for (std::uint32_t& word : lines[i]) word = std::bit_cast<std::uint32_t>(64 * std::bit_cast<float>(word));
  }
  for (const Coordinates node : nodes()) ASSERT_EQ(read(node, source, megabyte), lines);
}

}  // namespace
}  // namespace dojo::model
