// Who is there in a machine that stands still, and what they would do for others.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

#include "hang/analysis.hpp"

namespace dojo::hang {
namespace {

constexpr std::array<std::string_view, sim::router_inputs> input_names{"from the north", "from the east",
                                                                       "from the south", "from the west", "of its own"};
/// Node-cycles that harts are looked ahead with, in all and at each node.
constexpr unsigned cycles_ahead = 600'000;
constexpr unsigned most_cycles_ahead = 4000;
constexpr unsigned least_cycles_ahead = 300;

std::string name_of_party(const PartyKey& key) {
  const std::string node = name_of_node(key.node());
  switch (key.kind) {
    case PartyKind::hart:
      return fmt::format("{} hart {}", node, key.number);
    case PartyKind::list:
      return fmt::format("{} list of channel {}", node, key.number);
    case PartyKind::dip_list:
      return fmt::format("Interface Processor {}, channel {}", key.x, key.number);
    case PartyKind::packets:
      return fmt::format("{} class {} {}", node,
                         hw::to_string(static_cast<hw::PacketClass>(key.number % sim::packet_classes)),
                         input_names[key.number / sim::packet_classes]);
    case PartyKind::reads:
      return fmt::format("{} service of READs", node);
    case PartyKind::barrier:
      return fmt::format("{} barrier of tree {}", node, key.number);
    case PartyKind::lines:
      return fmt::format("{} collective unit, tree {},", node, key.number);
  }
  return node;
}

}  // namespace

std::string name_of_node(Coordinates node) {
  return fmt::format("node ({},{})", node.x, node.y);
}

Analysis::Analysis(sim::RtlMachine& machine, StopReason reason, const NameOfAddress& name_of)
    : machine_(machine), topology_(machine.topology()), reason_(reason), name_of_(name_of), queues_(topology_.sites()) {
  find_dip_ = [this](unsigned x, unsigned y) -> std::optional<unsigned> {
    const std::span<const DipSite> dips = machine_.dips();
    for (unsigned dip = 0; dip < dips.size(); ++dip) {
      const auto is_there = [&](const auto& port) { return port && port->address == Coordinates{x, y}; };
      if (std::ranges::any_of(dips[dip].ports, is_there)) return dip;
    }
    return std::nullopt;
  };
}

WaitGraph Analysis::run() {
  for (unsigned site = 0; site < topology_.sites(); ++site) {
    if (topology_.is_alive(site)) queues_[site] = machine_.engine().node(site).queues();
  }
  for (unsigned site = 0; site < topology_.sites(); ++site) {
    if (topology_.is_alive(site)) look_at_node(site);
  }
  for (unsigned dip = 0; dip < machine_.dips().size(); ++dip) look_at_dip(dip);
  look_ahead();
  while (!open_.empty()) {
    const unsigned party = open_.front();
    open_.pop_front();
    find_waits(party);
  }
  return std::move(graph_);
}

unsigned Analysis::add(const PartyKey& key) {
  const bool is_new = !graph_.contains(key);
  const unsigned party = graph_.add(key, name_of_party(key));
  if (is_new) open_.push_back(party);
  return party;
}

void Analysis::know(const PartyKey& party, const std::vector<Effect>& effects) {
  for (const Effect& effect : effects) effects_.push_back({.party = party, .effect = effect});
}

void Analysis::look_at_node(unsigned site) {
  const Coordinates place = topology_.place(site);
  for (unsigned hart = 0; hart < hw::harts; ++hart) {
    const hw::HartState state = machine_.hart_status(place, hart).state;
    if (state != hw::HartState::stopped && state != hw::HartState::faulted) {
      add({.kind = PartyKind::hart, .x = place.x, .y = place.y, .number = hart});
    }
  }
  look_at_lists(site);
  look_at_packets(site);
  if (!queues_[site].lines.empty()) trees_seen_.push_back(site);
}

ListReader Analysis::list_reader(std::optional<unsigned> dip, Coordinates node) {
  const auto read = [this, dip, node](std::uint64_t address, std::span<std::byte> bytes) {
    try {
      if (dip) {
        machine_.read_dram(*dip, address, bytes);
      } else {
        machine_.read_memory(node, address, bytes);
      }
    } catch (const RunError&) {
      return false;
    }
    return true;
  };
  return {read, find_dip_, dip, node};
}

// The lists that were taken up are looked through for the one before what follows.
std::optional<sim::ListedDescriptor> Analysis::descriptor_at_hand(unsigned site, unsigned channel) {
  const sim::ChannelQueue& queue = queues_[site].channels[channel];
  const ListReader list = list_reader({}, topology_.place(site));
  std::optional<std::uint64_t> following;
  if (queue.held) {
    following = queue.held->address;
  } else if (queue.next) {
    following = *queue.next;
  }
  for (const std::uint32_t begun : queue.begun) {
    std::optional<std::uint64_t> address = begun;
    constexpr unsigned longest_list = 4096;
    for (unsigned i = 0; address && i < longest_list; ++i) {
      const std::optional<hw::TransferDescriptor> descriptor = list.at(*address);
      if (!descriptor) break;
      const std::optional<std::uint64_t> next = list.next_of(*descriptor);
      const bool is_wait = static_cast<hw::DescriptorOpTransfer>(descriptor->op) == hw::DescriptorOpTransfer::wait;
      const bool fits = queue.is_parked
                            ? is_wait && descriptor->sem == queue.semaphore && descriptor->lines == queue.amount
                            : !is_wait;
      if (fits && (!next || next == following)) {
        return sim::ListedDescriptor{.address = static_cast<std::uint32_t>(*address), .descriptor = *descriptor};
      }
      address = next;
    }
  }
  return std::nullopt;
}

void Analysis::look_at_lists(unsigned site) {
  const Coordinates place = topology_.place(site);
  for (unsigned channel = 0; channel < sim::list_channels; ++channel) {
    const sim::ChannelQueue& queue = queues_[site].channels[channel];
    if (queue.is_empty()) continue;
    const PartyKey key{.kind = PartyKind::list, .x = place.x, .y = place.y, .number = channel};
    add(key);
    const ListReader list = list_reader({}, place);
    std::vector<Effect> effects;
    if (queue.is_active) {
      if (const auto now = descriptor_at_hand(site, channel)) {
        list.add_effects_of(now->descriptor, fmt::format("with the {}", describe(now->descriptor, now->address)),
                            effects);
      }
    }
    if (queue.held) {
      const auto& [address, descriptor] = *queue.held;
      list.add_effects_of(descriptor, fmt::format("with the {}", describe(descriptor, address)), effects);
      if (const auto next = list.next_of(descriptor)) list.add_effects(*next, "", effects);
    }
    if (queue.next) list.add_effects(*queue.next, "", effects);
    for (const std::uint32_t address : queue.lists) list.add_effects(address, "", effects);
    know(key, effects);
  }
}

void Analysis::look_at_packets(unsigned site) {
  const Coordinates place = topology_.place(site);
  const sim::NodeQueues& queues = queues_[site];
  constexpr std::string_view how = "when it arrives";
  for (unsigned input = 0; input < sim::router_inputs; ++input) {
    for (unsigned c = 0; c < sim::packet_classes; ++c) {
      const auto& flits = queues.flits[input][c];
      const auto is_stuck = [&](const sim::QueuedFlit& flit) { return queues.credits[flit.output][c] == 0; };
      if (!std::ranges::any_of(flits, is_stuck)) continue;
      const PartyKey key{
          .kind = PartyKind::packets, .x = place.x, .y = place.y, .number = sim::packet_classes * input + c};
      add(key);
      std::vector<Effect> effects;
      for (const sim::QueuedFlit& flit : flits) {
        const hw::PacketHeader& header = flit.header;
        add_effects_of_packet(find_dip_, header,
                              fmt::format("when the {} of ({},{}) for ({},{}) arrives", hw::to_string(header.op),
                                          header.src_x, header.src_y, header.dst_x, header.dst_y),
                              effects);
      }
      know(key, effects);
    }
  }
  if (queues.reads.empty()) return;
  const PartyKey key{.kind = PartyKind::reads, .x = place.x, .y = place.y};
  add(key);
  std::vector<Effect> effects;
  for (const hw::PacketHeader& header : queues.reads) {
    add_effects_of_packet(find_dip_, header, std::string(how), effects);
  }
  know(key, effects);
}

void Analysis::look_at_dip(unsigned dip) {
  const DipWaits waits = machine_.dip_waits(dip);
  for (unsigned channel = 0; channel < waits.size(); ++channel) {
    if (!waits[channel].waits) continue;
    const PartyKey key{.kind = PartyKind::dip_list, .x = dip, .number = channel};
    add(key);
    const std::optional<std::uint64_t> address = machine_.engine().dip(dip)->descriptor_address(channel);
    if (!address) continue;
    const ListReader list = list_reader(dip, {});
    std::vector<Effect> effects;
    list.add_effects(*address, "", effects);
    know(key, effects);
  }
}

void Analysis::look_ahead() {
  std::set<unsigned> sites;
  for (const Party& party : graph_.parties()) {
    if (party.key.kind == PartyKind::hart) sites.insert(site_of(party.key));
  }
  if (sites.empty()) return;
  const auto cycles =
      std::clamp(cycles_ahead / static_cast<unsigned>(sites.size()), least_cycles_ahead, most_cycles_ahead);
  std::vector<std::byte> buffer;
  for (const unsigned site : sites) {
    const Coordinates place = topology_.place(site);
    const std::optional<EffectsOfHarts> effects =
        effects_of_harts(machine_.engine().node(site), place, cycles, find_dip_, name_of_, buffer);
    if (!effects && !unknown_) unknown_ = place;
    for (unsigned hart = 0; effects && hart < hw::harts; ++hart) {
      know({.kind = PartyKind::hart, .x = place.x, .y = place.y, .number = hart}, (*effects)[hart]);
    }
  }
}

}  // namespace dojo::hang
