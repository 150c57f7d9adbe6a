#include "tb/noc/collective_traffic.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "model/float32.hpp"
#include "tb/float/operands.hpp"

namespace dojo::tb {
namespace {

/// A bit of the address that contributions which do not match have; the number of a line stands above the line's bytes.
constexpr std::uint64_t odd_address = std::uint64_t{1} << 39U;

std::uint64_t number_of(const hw::PacketHeader& header) {
  return (header.addr & (odd_address - 1)) / hw::line_bytes;
}

hw::TreeMode mode_of(const hw::PacketHeader& header) {
  return static_cast<hw::TreeMode>(header.dst_y >> 2U & 3U);
}

bool is_error(const Packet& packet) {
  return packet.header.op == hw::PacketOp::error;
}

std::array<std::uint32_t, 16> report(hw::AccessKind kind, Coordinates node, std::uint64_t address) {
  const std::uint64_t error = hw::AccessError{.valid = true,
                                              .kind = kind,
                                              .y = static_cast<std::uint16_t>(node.y),
                                              .x = static_cast<std::uint16_t>(node.x),
                                              .address = static_cast<std::uint32_t>(address)}
                                  .encode();
  return {static_cast<std::uint32_t>(error), static_cast<std::uint32_t>(error >> 32U)};
}

/// `next` added to what has been added so far in `node`.
void add(Packet& sum, const Packet& next, Coordinates node) {
  if (is_error(sum)) return;
  const bool matches = sum.header.addr == next.header.addr && sum.header.sem_en == next.header.sem_en &&
                       (!sum.header.sem_en || sum.header.sem == next.header.sem) &&
                       mode_of(sum.header) == mode_of(next.header);
  if (!is_error(next) && matches) {
    float32::Flags flags = 0;
    for (std::size_t i = 0; i < sum.data.size(); ++i) {
      sum.data[i] = float32::add(sum.data[i], next.data[i], float32::Rounding::nearest_even, flags);
    }
    return;
  }
  sum.data = is_error(next) ? next.data : report(hw::AccessKind::mismatch, node, sum.header.addr);
  sum.header.op = hw::PacketOp::error;
  sum.header.sem_en = false;
}

Packet sum_of(const Topology& topology, const GrownTree& tree, const Contributions& contributions, unsigned site) {
  std::optional<Packet> sum;
  const auto take = [&](const Packet& next) {
    if (sum) {
      add(*sum, next, topology.place(site));
    } else {
      sum = next;
    }
  };
  if (tree.nodes[site].member) take(contributions[site]);
  for (unsigned d = 0; d < directions; ++d) {
    if ((tree.nodes[site].children >> d & 1U) == 0) continue;
    take(sum_of(topology, tree, contributions, *topology.neighbour(site, d)));
  }
  return *sum;
}

}  // namespace

Packet golden_sum(const Topology& topology, const GrownTree& tree, const Contributions& contributions) {
  Packet sum = sum_of(topology, tree, contributions, tree.root);
  sum.header.src_x = static_cast<std::uint16_t>(topology.place(tree.root).x);
  sum.header.src_y = static_cast<std::uint16_t>(topology.place(tree.root).y);
  return sum;
}

Packet group_packet(unsigned tree, hw::TreeMode mode, std::uint64_t address) {
  Packet packet;
  packet.header.dst_x = hw::group_column;
  packet.header.dst_y = static_cast<std::uint16_t>(tree | static_cast<unsigned>(mode) << 2U);
  packet.header.cls = hw::PacketClass::data;
  packet.header.op = hw::PacketOp::write;
  packet.header.addr = address;
  packet.header.size = 6;
  return packet;
}

CollectiveTraffic::CollectiveTraffic(unsigned seed, int reset_seed, unsigned collectives)
    : random_(seed), mesh_(random_topology(random_, 5), reset_seed) {
  const unsigned sites = mesh_.topology().sites();
  expected_.resize(sites);
  refusals_.resize(sites);
  arrived_.resize(sites);
  for (unsigned t = 0; t < hw::trees; ++t) make_tree(t);
  for (unsigned i = 0; i < collectives; ++i) {
    const auto t = static_cast<unsigned>(random_() % hw::trees);
    const auto mode = static_cast<hw::TreeMode>(random_() % 3);
    const unsigned lines = random_() % 4 == 0 ? 1 + static_cast<unsigned>(random_() % 20) : 1;
    const unsigned origin = members_[t][random_() % members_[t].size()];
    for (unsigned k = 0; k < lines; ++k) {
      if (mode == hw::TreeMode::multicast) {
        Packet packet = group_packet(t, mode, ++number_ * hw::line_bytes);
        packet.header.src_x = static_cast<std::uint16_t>(mesh_.topology().place(origin).x);
        packet.header.src_y = static_cast<std::uint16_t>(mesh_.topology().place(origin).y);
        packet.header.size = static_cast<std::uint8_t>(random_() % 7);
        packet.header.sem_en = random_() % 2 != 0;
        packet.header.sem = static_cast<std::uint8_t>(random_() % 32);
        packet.header.op = random_() % 16 == 0 ? hw::PacketOp::error : hw::PacketOp::write;
        for (std::uint32_t& word : packet.data) word = static_cast<std::uint32_t>(random_());
        mesh_.offer(origin, packet);
        expect(t, packet);
      } else {
        sum(t, mode);
      }
    }
    if (random_() % 4 == 0) refused(static_cast<unsigned>(random_() % sites));
  }
  const auto sink_speed = random_() % 4 + 1;
  const auto send_speed = random_() % 4 + 1;
  const auto router_load = random_() % 5;
  mesh_.set_sink_policy([this, sink_speed](unsigned) { return random_() % 4 < sink_speed; });
  mesh_.set_send_policy([this, send_speed](unsigned) { return random_() % 4 < send_speed; });
  mesh_.set_router_policy([this, router_load](unsigned, unsigned) { return random_() % 4 < router_load; });
  mesh_.set_sink([this](unsigned node, const Packet& packet) { on_line(node, packet); });
  mesh_.set_refusal([this](unsigned node, const hw::AccessError& error) {
    if (refusals_[node].empty() || error.encode() != refusals_[node].front().encode()) {
      fail(fmt::format("node {} refuses {:016x}", node, error.encode()));
    } else {
      refusals_[node].pop_front();
    }
  });
}

void CollectiveTraffic::make_tree(unsigned t) {
  GrownTree& tree = trees_.at(t);
  tree = random_tree(mesh_.topology(), random_);
  for (const unsigned site : tree.sites) {
    tree.nodes[site].member = tree.nodes[site].children == 0 || random_() % 4 != 0;
    if (tree.nodes[site].member) members_[t].push_back(site);
  }
  mesh_.configure(t, tree.nodes);
}

void CollectiveTraffic::sum(unsigned t, hw::TreeMode mode) {
  Packet packet = group_packet(t, mode, ++number_ * hw::line_bytes);
  packet.header.sem_en = random_() % 2 != 0;
  packet.header.sem = static_cast<std::uint8_t>(random_() % 32);
  Contributions contributions(mesh_.topology().sites(), packet);
  for (const unsigned site : members_[t]) {
    contributions[site].header.src_x = static_cast<std::uint16_t>(mesh_.topology().place(site).x);
    contributions[site].header.src_y = static_cast<std::uint16_t>(mesh_.topology().place(site).y);
    for (std::uint32_t& word : contributions[site].data) word = random_float(random_);
  }
  for (unsigned fault = static_cast<unsigned>(random_() % 16); fault < 2; ++fault) {
    const unsigned site = members_[t][random_() % members_[t].size()];
    hw::PacketHeader& header = contributions[site].header;
    switch (random_() % 5) {
      case 0:
        header.addr |= odd_address;
        break;
      case 1:
        header.sem ^= 1U;
        break;
      case 2:
        header.sem_en = !header.sem_en;
        break;
      case 3:
        header.dst_y ^= 3U << 2U;  // reduce and all_reduce
        break;
      default:
        header.op = hw::PacketOp::error;
        header.sem_en = false;
        contributions[site].data =
            report(hw::AccessKind::uncorrectable, mesh_.topology().place(site), random_() & 0xffffffU);
    }
  }
  for (const unsigned site : members_[t]) mesh_.offer(site, contributions[site]);
  expect(t, golden_sum(mesh_.topology(), trees_[t], contributions));
}

// A packet that its node must refuse, if the trees allow one.
void CollectiveTraffic::refused(unsigned node) {
  const auto t = static_cast<unsigned>(random_() % hw::trees);
  const bool is_reachable = trees_[t].nodes[node].valid && trees_[t].nodes[node].member;
  Packet packet = group_packet(t, static_cast<hw::TreeMode>(random_() % 4), random_() % 0xffffffffU);
  if (mesh_.topology().is_alive(node) && is_reachable && packet.header.dst_y >> 2U != 3) {
    if (random_() % 2 == 0) {
      packet.header.op = hw::PacketOp::read;
    } else {
      packet.header.dst_y |= 1U << 2U;
      if (packet.header.dst_y >> 2U == 3) packet.header.dst_y ^= 1U << 2U;
      packet.header.size = static_cast<std::uint8_t>(random_() % 6);
    }
  }
  const bool is_known_mode = packet.header.dst_y >> 2U != 3;
  mesh_.offer(node, packet);
  refusals_[node].push_back(
      {.valid = true,
       .kind = is_reachable && is_known_mode ? hw::AccessKind::unknown : hw::AccessKind::unreachable,
       .y = packet.header.dst_y,
       .x = packet.header.dst_x,
       .address = static_cast<std::uint32_t>(packet.header.addr)});
}

// `packet` reaches the root; who receives it is said by its mode.
void CollectiveTraffic::expect(unsigned t, const Packet& packet) {
  const std::vector<unsigned> receivers =
      mode_of(packet.header) == hw::TreeMode::reduce ? std::vector<unsigned>{trees_[t].root} : members_[t];
  for (const unsigned node : receivers) {
    Packet& expected = expected_[node][number_];
    expected = packet;
    expected.header.dst_x = static_cast<std::uint16_t>(mesh_.topology().place(node).x);
    expected.header.dst_y = packet.header.dst_y;
  }
}

void CollectiveTraffic::on_line(unsigned node, const Packet& packet) {
  ++delivered_;
  const std::uint64_t number = number_of(packet.header);
  const auto found = expected_[node].find(number);
  if (found == expected_[node].end()) {
    fail(fmt::format("line {} is not for node {}, or has already arrived", number, node));
    return;
  }
  Packet expected = found->second;
  check_order(node, expected);
  expected.header.dst_y = static_cast<std::uint16_t>(mesh_.topology().place(node).y);
  if (packet != expected) fail(fmt::format("line {} arrives changed at node {}", number, node));
  expected_[node].erase(found);
}

// Of the header's row only the tree and the mode matter here. A source of multicasts is a member, and so has its place
// between the sums.
void CollectiveTraffic::check_order(unsigned node, const Packet& packet) {
  const std::uint64_t number = number_of(packet.header);
  const hw::TreeMode mode = mode_of(packet.header);
  Arrived& arrived = arrived_[node].at(packet.header.dst_y & 3U);
  std::uint64_t& of_source = arrived.last_of[packet.header.src_y * 2048U + packet.header.src_x];
  const std::uint64_t before = mode == hw::TreeMode::multicast ? std::max(arrived.last_sum, of_source) : arrived.last;
  if (number <= before) fail(fmt::format("line {} arrives after line {} at node {}", number, before, node));
  if (mode == hw::TreeMode::multicast) {
    of_source = number;
  } else {
    arrived.last_sum = number;
  }
  arrived.last = std::max(arrived.last, number);
  if (mode != hw::TreeMode::reduce) arrived.order.push_back(number);
}

void CollectiveTraffic::compare_orders() {
  for (unsigned t = 0; t < hw::trees; ++t) {
    for (const unsigned node : members_[t]) {
      if (arrived_[node][t].order != arrived_[members_[t].front()][t].order) {
        fail(fmt::format("the members of tree {} receive in different orders", t));
      }
    }
  }
}

std::size_t CollectiveTraffic::missing() const {
  std::size_t lines = 0;
  for (const auto& expected : expected_) lines += expected.size();
  for (const auto& refusals : refusals_) lines += refusals.size();
  return lines;
}

void CollectiveTraffic::fail(std::string text) {
  if (errors_.size() < 10) errors_.push_back(std::move(text));
}

bool CollectiveTraffic::run(unsigned limit) {
  unsigned cycles = 0;
  for (; cycles < limit && missing() != 0; ++cycles) mesh_.step();
  for (unsigned i = 0; i < 200 && !mesh_.unsettled().empty(); ++i) mesh_.step();
  if (missing() != 0) fail(fmt::format("{} lines are missing after {} cycles", missing(), cycles));
  compare_orders();
  const std::string unsettled = mesh_.unsettled();
  if (!unsettled.empty()) fail(unsettled);
  return errors_.empty();
}

}  // namespace dojo::tb
