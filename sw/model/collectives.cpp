#include "model/collectives.hpp"

#include <utility>

#include <fmt/format.h>

#include "common/error.hpp"
#include "model/float32.hpp"

namespace dojo::model {
namespace {

/// Whether two contributions are for the same sum.
bool agree(const hw::PacketHeader& a, const hw::PacketHeader& b) {
  return a.addr == b.addr && a.dst_y == b.dst_y && a.sem_en == b.sem_en && (!a.sem_en || a.sem == b.sem);
}

void make_error(Packet& line, const std::array<std::uint32_t, 16>& report) {
  line.header.op = hw::PacketOp::error;
  line.header.sem_en = false;
  line.data = report;
}

/// Adds a contribution to a sum at a node. The first error stays.
void add(Packet& sum, const Packet& line, Coordinates node) {
  if (sum.header.op == hw::PacketOp::error) return;
  if (line.header.op == hw::PacketOp::error) {
    make_error(sum, line.data);
  } else if (!agree(sum.header, line.header)) {
    const std::uint64_t error = hw::AccessError{.valid = true,
                                                .kind = hw::AccessKind::mismatch,
                                                .y = static_cast<std::uint16_t>(node.y),
                                                .x = static_cast<std::uint16_t>(node.x),
                                                .address = static_cast<std::uint32_t>(sum.header.addr)}
                                    .encode();
    make_error(sum, {static_cast<std::uint32_t>(error), static_cast<std::uint32_t>(error >> 32)});
  } else {
    float32::Flags flags = 0;
    for (std::size_t i = 0; i < sum.data.size(); ++i) {
      sum.data[i] = float32::add(sum.data[i], line.data[i], hw::Rounding::nearest_even, flags);
    }
  }
}

[[noreturn]] void fail(unsigned tree, Coordinates node, std::string_view what) {
  throw RunError(fmt::format("tree {}: node ({},{}) {}", tree, node.x, node.y, what));
}

}  // namespace

Collectives::Collectives(const Topology& topology, const std::vector<std::unique_ptr<Node>>& nodes, Deliver deliver)
    : topology_(topology),
      nodes_(nodes),
      deliver_(std::move(deliver)),
      junctions_(std::size_t{topology.sites()} * hw::trees) {}

void Collectives::send(Node& sender, const Packet& packet) {
  const unsigned number = tree_of(packet.header);
  const hw::Tree tree = sender.tree(number);
  const hw::TreeMode mode = mode_of(packet.header);
  if (!tree.valid || !tree.member || mode > hw::TreeMode::all_reduce) {
    sender.not_sent(packet, hw::AccessKind::unreachable);
  } else if (packet.header.op == hw::PacketOp::read || (mode != hw::TreeMode::multicast && packet.header.size != 6)) {
    sender.not_sent(packet, hw::AccessKind::unknown);
  } else {
    const unsigned site = topology_.number(sender.position());
    if (mode == hw::TreeMode::multicast) check_root(site, number);
    come(site, number, own, packet);
  }
}

std::span<Node* const> Collectives::arrive(const Node& node, unsigned tree) {
  receivers_.clear();
  unsigned site = topology_.number(node.position());
  for (unsigned input = own;;) {
    const hw::Tree place = nodes_[site]->tree(tree);
    if (input == own && (!place.valid || place.arrivals == 0)) return {};
    Junction& here = junction(site, tree);
    ++here.arrivals[input];
    const auto needed = [&](unsigned i) { return i == own ? place.arrivals : unsigned{place.children} >> i & 1u; };
    for (unsigned i = 0; i < inputs; ++i) {
      if (here.arrivals[i] < needed(i)) return {};
    }
    for (unsigned i = 0; i < inputs; ++i) here.arrivals[i] -= needed(i);
    if (place.parent == own) {
      if (!place.join_only) {
        find_members(site, tree);
      } else if (place.member) {
        receivers_.push_back(nodes_[site].get());
      }
      break;
    }
    input = opposite(place.parent);
    site = parent(site, tree);
  }
  for (Node* const released : receivers_) {
    released->add_semaphore(released->tree(tree).sem, released->tree(tree).amount);
  }
  return receivers_;
}

Collectives::Junction& Collectives::junction(unsigned site, unsigned tree) {
  auto& place = junctions_[std::size_t{site} * hw::trees + tree];
  if (!place) place = std::make_unique<Junction>();
  return *place;
}

unsigned Collectives::parent(unsigned site, unsigned tree) const {
  const unsigned direction = nodes_[site]->tree(tree).parent;
  const auto other = direction < directions ? topology_.neighbour(site, direction) : std::nullopt;
  const hw::Tree place = other ? nodes_[*other]->tree(tree) : hw::Tree{};
  if (!place.valid || (unsigned{place.children} >> opposite(direction) & 1u) == 0) {
    fail(tree, topology_.place(site), "is not a child of its parent");
  }
  return *other;
}

unsigned Collectives::child(unsigned site, unsigned tree, unsigned direction) const {
  const auto other = topology_.neighbour(site, direction);
  const hw::Tree place = other ? nodes_[*other]->tree(tree) : hw::Tree{};
  if (!place.valid || place.parent != opposite(direction)) {
    fail(tree, topology_.place(site), "is not the parent of one of its children");
  }
  return *other;
}

void Collectives::check_root(unsigned site, unsigned tree) const {
  unsigned place = site;
  for (unsigned hops = 0; hops < topology_.sites(); ++hops) {
    if (nodes_[place]->tree(tree).parent == own) return;
    place = parent(place, tree);
  }
  fail(tree, topology_.place(site), "has no root above it");
}

void Collectives::find_members(unsigned root_site, unsigned tree) {
  receivers_.clear();
  path_.assign(1, root_site);
  while (!path_.empty()) {
    const unsigned site = path_.back();
    path_.pop_back();
    const hw::Tree place = nodes_[site]->tree(tree);
    if (place.member) receivers_.push_back(nodes_[site].get());
    for (unsigned d = 0; d < directions; ++d) {
      if ((unsigned{place.children} >> d & 1u) != 0) path_.push_back(child(site, tree, d));
    }
  }
}

void Collectives::go_on(unsigned site, unsigned tree, Packet line) {
  const unsigned direction = nodes_[site]->tree(tree).parent;
  if (direction != own) {
    come(parent(site, tree), tree, opposite(direction), line);
    return;
  }
  const hw::TreeMode mode = mode_of(line.header);
  if (mode != hw::TreeMode::multicast) {
    line.header.src_x = static_cast<std::uint16_t>(topology_.place(site).x);
    line.header.src_y = static_cast<std::uint16_t>(topology_.place(site).y);
    line.stream = PacketStream::sum;
  }
  if (mode == hw::TreeMode::reduce) {
    deliver_(*nodes_[site], line);
  } else {
    find_members(site, tree);
    for (Node* const receiver : receivers_) deliver_(*receiver, line);
  }
}

void Collectives::come(unsigned site, unsigned tree, unsigned input, const Packet& line) {
  std::deque<Packet>& lines = junction(site, tree).lines[input];
  if (lines.empty() && mode_of(line.header) == hw::TreeMode::multicast) {
    go_on(site, tree, line);
    return;
  }
  lines.push_back(line);
  while (const std::optional<Packet> next = take_next(site, tree)) go_on(site, tree, *next);
}

std::optional<Packet> Collectives::take_next(unsigned site, unsigned tree) {
  const hw::Tree place = nodes_[site]->tree(tree);
  Junction& here = junction(site, tree);
  const unsigned needed = place.children | (place.member ? 1u << own : 0u);
  constexpr std::array order{own, 0u, 1u, 2u, 3u};
  unsigned present = 0;
  for (const unsigned i : order) {
    if (here.lines[i].empty()) continue;
    present |= 1u << i;
    if (mode_of(here.lines[i].front().header) != hw::TreeMode::multicast) continue;
    const Packet line = here.lines[i].front();
    here.lines[i].pop_front();
    return line;
  }
  if ((needed & ~present) != 0) return std::nullopt;
  std::optional<Packet> sum;
  for (const unsigned i : order) {
    if ((needed >> i & 1u) == 0) continue;
    if (sum) {
      add(*sum, here.lines[i].front(), topology_.place(site));
    } else {
      sum = here.lines[i].front();
    }
    here.lines[i].pop_front();
  }
  return sum;
}

}  // namespace dojo::model
