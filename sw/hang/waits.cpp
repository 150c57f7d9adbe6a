// For what the parties of a machine that stands still wait.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <string_view>

#include "hang/analysis.hpp"

namespace dojo::hang {
namespace {

constexpr std::array<std::string_view, directions> direction_names{"north", "east", "south", "west"};
constexpr unsigned request = static_cast<unsigned>(hw::PacketClass::request);
constexpr unsigned data = static_cast<unsigned>(hw::PacketClass::data);
constexpr unsigned root_port = 4;  ///< at the place of a parent's direction

std::string name_of(const SemaphoreName& semaphore) {
  return semaphore.dip ? fmt::format("semaphore {} of Interface Processor {}", semaphore.id, *semaphore.dip)
                       : fmt::format("semaphore {}", semaphore.id);
}

std::string_view verb_of(const PartyKey& key) {
  return key.kind == PartyKind::hart || key.kind == PartyKind::list || key.kind == PartyKind::dip_list
             ? "would signal it"
             : "would count there";
}

/// "own", "from the east": lines of a tree.
std::string names_of_directions(unsigned flags) {
  std::string names;
  for (unsigned d = 0; d < directions; ++d) {
    if ((flags >> d & 1) != 0) names += fmt::format("{}{}", names.empty() ? "" : ", ", direction_names[d]);
  }
  return names;
}

}  // namespace

void Analysis::wait(unsigned from, const PartyKey& to, const std::string& reason) {
  graph_.wait(from, add(to), reason);
}

std::optional<unsigned> Analysis::neighbour(unsigned site, unsigned direction) const {
  const std::optional<unsigned> there = topology_.neighbour(site, direction);
  const sim::DieArray& dies = machine_.engine();
  return there && dies.die_of(*there) == dies.die_of(site) ? there : std::nullopt;
}

std::uint32_t Analysis::count_of(const SemaphoreName& semaphore) {
  return semaphore.dip ? machine_.dip_semaphore(*semaphore.dip, semaphore.id)
                       : machine_.semaphore(semaphore.node, semaphore.id);
}

void Analysis::find_waits(unsigned party) {
  switch (graph_.parties()[party].key.kind) {
    case PartyKind::hart:
      return hart_waits(party);
    case PartyKind::list:
      return list_waits(party);
    case PartyKind::dip_list:
      return dip_list_waits(party);
    case PartyKind::packets:
      return packet_waits(party);
    case PartyKind::reads:
      return read_waits(party);
    case PartyKind::barrier:
      return barrier_waits(party);
    case PartyKind::lines:
      return line_waits(party);
  }
}

void Analysis::hart_waits(unsigned party) {
  const PartyKey key = graph_.parties()[party].key;
  const Coordinates node = key.node();
  const sim::NodeQueues& queues = queues_[site_of(key)];
  const HartStatus status = machine_.hart_status(node, key.number);
  const std::string place = name_of_(status.pc);
  switch (status.state) {
    case hw::HartState::semaphore: {
      const SemaphoreName semaphore{.node = node, .id = status.semaphore};
      graph_.party(party).state = fmt::format("waits until semaphore {} is {} (it is {}) at {}", semaphore.id,
                                              status.semaphore_amount, count_of(semaphore), place);
      return semaphore_waits(party, semaphore, status.semaphore_amount);
    }
    case hw::HartState::wfi: {
      graph_.party(party).state = fmt::format("waits for an interrupt at {}", place);
      bool is_known = false;
      for (const auto& [other, effect] : effects_) {
        if (effect.kind != Effect::Kind::interrupt || !(effect.node == node) || effect.number != key.number) continue;
        wait(party, other, fmt::format("would send a software interrupt {}", effect.how));
        is_known = true;
      }
      constexpr std::uint64_t software = 1U << 3;
      constexpr std::uint64_t timer = 1U << 7;
      constexpr std::uint64_t external = 1U << 11;
      const HartRegisters registers = machine_.engine().node(site_of(key)).registers(key.number);
      std::uint64_t enabled = 0;
      for (std::size_t i = 0; i < hw::csr_table.size(); ++i) {
        if (hw::csr_table[i].address == hw::csr_mie) enabled = registers.csr[i].value_or(0);
      }
      if (is_known) return;
      std::string sources;
      for (const auto& [bit, name] : {std::pair{software, "software"}, {timer, "timer"}, {external, "external"}}) {
        if ((enabled & bit) != 0) sources += fmt::format("{}{}", sources.empty() ? "" : ", ", name);
      }
      graph_.party(party).cause = sources.empty() ? "no interrupt is enabled in mie"
                                                  : fmt::format("enabled are {}, and nobody would send one", sources);
      return;
    }
    default:
      break;
  }
  graph_.party(party).state = fmt::format("runs at {}", place);
  if (reason_ != StopReason::no_progress) return;
  // It has retired nothing since the watch began.
  graph_.party(party).state = fmt::format("cannot go on at {}", place);
  for (unsigned channel = 0; issues_list(node, status.pc) && channel < sim::list_channels; ++channel) {
    if (queues.channels[channel].lists.size() < hw::command_depth) continue;
    wait(party, {.kind = PartyKind::list, .x = node.x, .y = node.y, .number = channel}, "has no place for a list");
    return;
  }
  place_waits(party, node, sim::local_port, data);
}

bool Analysis::issues_list(Coordinates node, std::uint64_t pc) {
  std::array<std::byte, sizeof(std::uint32_t)> bytes;
  if (pc < hw::sram_base || pc - hw::sram_base > hw::sram_size - bytes.size()) return false;
  machine_.read_memory(node, pc, bytes);
  return is_issue(std::bit_cast<std::uint32_t>(bytes), hw::Unit::transfer);
}

bool Analysis::place_waits(unsigned party, Coordinates node, unsigned input, unsigned packet_class) {
  if (queues_[topology_.number(node)].flits[input][packet_class].size() < hw::router_depth) return false;
  wait(party,
       {.kind = PartyKind::packets, .x = node.x, .y = node.y, .number = sim::packet_classes * input + packet_class},
       "has no place");
  return true;
}

void Analysis::list_waits(unsigned party) {
  const PartyKey key = graph_.parties()[party].key;
  const unsigned site = site_of(key);
  const sim::ChannelQueue& queue = queues_[site].channels[key.number];
  const std::optional<sim::ListedDescriptor> now = descriptor_at_hand(site, key.number);
  const std::string where = now ? fmt::format(" with the {}", describe(now->descriptor, now->address)) : "";
  if (queue.is_parked) {
    const SemaphoreName semaphore{.node = key.node(), .id = queue.semaphore};
    graph_.party(party).state = fmt::format("waits until semaphore {} is {} (it is {}){}", semaphore.id, queue.amount,
                                            count_of(semaphore), where);
    return semaphore_waits(party, semaphore, queue.amount);
  }
  graph_.party(party).state = fmt::format("has elements to send{}", where);
  if (place_waits(party, key.node(), sim::local_port, data)) return;
  if (place_waits(party, key.node(), sim::local_port, request)) return;
  const auto is_own = [](const sim::TreeLine& line) { return !line.from && !line.is_sum; };
  const auto own = std::ranges::find_if(queues_[site].lines, is_own);
  if (own == queues_[site].lines.end()) return;
  wait(party, {.kind = PartyKind::lines, .x = key.x, .y = key.y, .number = own->header.dst_y % hw::trees},
       "has no place");
}

void Analysis::dip_list_waits(unsigned party) {
  const PartyKey key = graph_.parties()[party].key;
  const DipWait wait = machine_.dip_waits(key.x)[key.number];
  const SemaphoreName semaphore{.dip = key.x, .id = wait.semaphore};
  graph_.party(party).state =
      fmt::format("waits until semaphore {} is {} (it is {})", wait.semaphore, wait.amount, count_of(semaphore));
  semaphore_waits(party, semaphore, wait.amount);
}

// Why the first packet for each output does not leave.
void Analysis::packet_waits(unsigned party) {
  const PartyKey key = graph_.parties()[party].key;
  const unsigned site = site_of(key);
  const unsigned packet_class = key.number % sim::packet_classes;
  const sim::NodeQueues& queues = queues_[site];
  const auto& flits = queues.flits[key.number / sim::packet_classes][packet_class];
  const std::string_view class_name = hw::to_string(static_cast<hw::PacketClass>(packet_class));
  const hw::PacketHeader& first = flits.front().header;
  graph_.party(party).state =
      fmt::format("has {} flits in {} places, first the {} of ({},{}) for ({},{})", flits.size(), hw::router_depth,
                  hw::to_string(first.op), first.src_x, first.src_y, first.dst_x, first.dst_y);
  std::array<bool, sim::router_inputs> is_seen{};
  for (const sim::QueuedFlit& flit : flits) {
    const unsigned output = flit.output;
    if (is_seen[output] || queues.credits[output][packet_class] != 0) continue;
    is_seen[output] = true;
    if (output == sim::local_port) {
      wait(party, {.kind = PartyKind::reads, .x = key.x, .y = key.y}, "has no place");
      continue;
    }
    const std::string link = fmt::format("the link {} from {}", direction_names[output], name_of_node(key.node()));
    const std::optional<unsigned> there = neighbour(site, output);
    if (!there) {
      graph_.party(party).cause = fmt::format("what stands behind {} gives no credit of class {}", link, class_name);
      continue;
    }
    const Coordinates place = topology_.place(*there);
    const unsigned input = opposite(output);
    if (place_waits(party, place, input, packet_class)) continue;
    const auto taken = static_cast<unsigned>(queues_[*there].flits[input][packet_class].size());
    if (reason_ != StopReason::no_progress) continue;
    graph_.party(party).cause =
        fmt::format("{} has lost {} credits of class {}: {} places behind it are free, and it knows of none", link,
                    hw::router_depth - taken, class_name, hw::router_depth - taken);
  }
}

void Analysis::read_waits(unsigned party) {
  const PartyKey key = graph_.parties()[party].key;
  const sim::NodeQueues& queues = queues_[site_of(key)];
  graph_.party(party).state = fmt::format("{} READs wait{}", queues.reads.size(),
                                          queues.serves_reads ? ", elements of another one are yet to be sent" : "");
  place_waits(party, key.node(), sim::local_port, data);
}

std::string Analysis::nobody_would(const std::string& what) const {
  std::string text = "nobody would " + what;
  if (unknown_) text += fmt::format("; what harts of {} would do is not known", name_of_node(*unknown_));
  if (reason_ == StopReason::max_cycles) text += "; but it was not over";
  return text;
}

void Analysis::semaphore_waits(unsigned party, const SemaphoreName& semaphore, std::uint32_t amount) {
  bool is_known = false;
  std::optional<std::string> by_itself;  // only when nobody else would
  for (const auto& [other, effect] : effects_) {
    if (effect.kind != Effect::Kind::signal || !(effect.semaphore == semaphore)) continue;
    const std::string reason = fmt::format("{} {}", verb_of(other), effect.how);
    if (other == graph_.parties()[party].key) {
      by_itself = reason;
      continue;
    }
    wait(party, other, reason);
    is_known = true;
  }
  if (!semaphore.dip) is_known |= tree_will_count(party, semaphore);
  if (is_known) return;
  if (by_itself) return graph_.wait(party, party, *by_itself);
  graph_.party(party).cause =
      nobody_would(fmt::format("signal {}: no list, packet, barrier or hart", name_of(semaphore))) +
      hints(semaphore, amount);
}

std::optional<unsigned> Analysis::root_of(unsigned site, unsigned tree) const {
  for (unsigned hops = 0; hops < topology_.sites(); ++hops) {
    const hw::Tree& part = queues_[site].trees[tree].tree;
    if (!part.valid) return std::nullopt;
    if (part.parent >= root_port) return site;
    const std::optional<unsigned> parent = neighbour(site, part.parent);
    if (!parent) return std::nullopt;
    site = *parent;
  }
  return std::nullopt;
}

bool Analysis::tree_will_count(unsigned party, const SemaphoreName& semaphore) {
  bool is_known = false;
  const unsigned site = topology_.number(semaphore.node);
  for (unsigned t = 0; t < hw::trees; ++t) {
    const hw::Tree& tree = queues_[site].trees[t].tree;
    if (!tree.valid) continue;
    const PartyKey barrier{.kind = PartyKind::barrier, .x = semaphore.node.x, .y = semaphore.node.y, .number = t};
    // A tree for lines alone waits for no arrivals.
    const bool is_released = tree.member && tree.arrivals != 0 && (!tree.join_only || tree.parent >= root_port);
    if (is_released && tree.sem == semaphore.id) {
      wait(party, barrier, "would release it");
      is_known = true;
    }
    const std::optional<unsigned> root = root_of(site, t);
    if (!root) continue;
    const auto counts_here = [&](unsigned other) {
      return std::ranges::any_of(queues_[other].lines, [&](const sim::TreeLine& line) {
        return line.header.dst_y % hw::trees == t && line.header.sem_en && line.header.sem == semaphore.id;
      });
    };
    const auto is_of_tree = [&](unsigned other) { return root_of(other, t) == root; };
    if (std::ranges::any_of(trees_seen_, [&](unsigned other) { return counts_here(other) && is_of_tree(other); })) {
      const Coordinates place = topology_.place(*root);
      wait(party, {.kind = PartyKind::lines, .x = place.x, .y = place.y, .number = t},
           "would deliver the line that signals it");
      is_known = true;
    }
    for (const auto& [other, effect] : effects_) {
      if (effect.kind != Effect::Kind::contribution || effect.number != t || effect.counts != semaphore.id) continue;
      if (graph_.parties()[party].key == other || !is_of_tree(topology_.number(effect.node))) continue;
      if (is_known) continue;
      wait(party, other, fmt::format("would send a line {}", effect.how));
      is_known = true;
    }
  }
  return is_known;
}

// A hart that has been counted in this round arrives in the next one.
bool Analysis::waits_for_tree(const PartyKey& party, Coordinates node, unsigned tree) const {
  if (party.kind != PartyKind::hart || !(party.node() == node)) return false;
  const HartStatus status = machine_.hart_status(node, party.number);
  const unsigned site = topology_.number(node);
  if (status.state != hw::HartState::semaphore) return false;
  const auto counts = [&](const sim::TreeLine& line) {
    return line.header.dst_y % hw::trees == tree && line.header.sem_en && line.header.sem == status.semaphore;
  };
  return queues_[site].trees[tree].tree.sem == status.semaphore ||
         std::ranges::any_of(trees_seen_,
                             [&](unsigned other) { return std::ranges::any_of(queues_[other].lines, counts); });
}

void Analysis::arrival_waits(unsigned party, Coordinates node, unsigned tree) {
  bool is_known = false;
  for (const auto& [other, effect] : effects_) {
    if (effect.kind != Effect::Kind::arrival || !(effect.node == node) || effect.number != tree) continue;
    if (waits_for_tree(other, node, tree)) continue;
    wait(party, other, fmt::format("would arrive {}", effect.how));
    is_known = true;
  }
  if (is_known) return;
  graph_.party(party).cause = nobody_would(fmt::format("arrive at {}", name_of_node(node)));
}

void Analysis::barrier_waits(unsigned party) {
  const PartyKey key = graph_.parties()[party].key;
  const unsigned site = site_of(key);
  const auto& [tree, tokens, arrivals, is_awaiting] = queues_[site].trees[key.number];
  const auto barrier_at = [&](unsigned other) {
    const Coordinates place = topology_.place(other);
    return PartyKey{.kind = PartyKind::barrier, .x = place.x, .y = place.y, .number = key.number};
  };
  if (!tree.valid) {
    graph_.party(party).cause = "the node is no part of this tree";
    return;
  }
  if (is_awaiting) {
    graph_.party(party).state = "has sent its token up";
    if (const auto parent = neighbour(site, tree.parent)) wait(party, barrier_at(*parent), "would send one down");
    return;
  }
  unsigned missing = 0;
  for (unsigned d = 0; d < directions; ++d) {
    if ((tree.children >> d & 1) != 0 && tokens[d] == 0) missing |= 1U << d;
  }
  graph_.party(party).state = fmt::format("has {} of {} arrivals", arrivals, tree.arrivals);
  if (missing != 0) graph_.party(party).state += fmt::format(", no token from the {}", names_of_directions(missing));
  if (arrivals < tree.arrivals) arrival_waits(party, key.node(), key.number);
  for (unsigned d = 0; d < directions; ++d) {
    const std::optional<unsigned> child = neighbour(site, d);
    if ((missing >> d & 1) != 0 && child) wait(party, barrier_at(*child), "would send one up");
  }
}

void Analysis::contribution_waits(unsigned party, Coordinates node, unsigned tree) {
  bool is_known = false;
  for (const auto& [other, effect] : effects_) {
    if (effect.kind != Effect::Kind::contribution || !(effect.node == node) || effect.number != tree) continue;
    if (waits_for_tree(other, node, tree)) continue;
    wait(party, other, fmt::format("would send its line {}", effect.how));
    is_known = true;
  }
  if (is_known) return;
  graph_.party(party).cause = nobody_would(fmt::format("send the line of {}", name_of_node(node)));
}

void Analysis::line_waits(unsigned party) {
  const PartyKey key = graph_.parties()[party].key;
  const unsigned site = site_of(key);
  const hw::Tree& tree = queues_[site].trees[key.number].tree;
  if (!tree.valid) {
    graph_.party(party).cause = "the node is no part of this tree";
    return;
  }
  unsigned here = 0;     // bit d: a line from the child in direction d waits
  unsigned missing = 0;  // of the first sum
  bool has_sum = false;
  bool has_own = false;
  for (const sim::TreeLine& line : queues_[site].lines) {
    if (line.header.dst_y % hw::trees != key.number) continue;
    if (line.is_sum) {
      if (!has_sum) missing = line.missing;
      has_sum = true;
    } else if (line.from) {
      here |= 1U << *line.from;
    } else {
      has_own = true;
    }
  }
  const bool lacks_own = tree.member && !has_own && !has_sum;
  if (!has_sum) missing = tree.children & ~here;
  graph_.party(party).state =
      fmt::format("{}{}{}", has_sum ? "has a sum" : (here != 0 || has_own ? "has lines" : "has no line"),
                  lacks_own ? ", none of its own" : "",
                  missing != 0 ? fmt::format(", none from the {}", names_of_directions(missing)) : "");
  if (lacks_own) contribution_waits(party, key.node(), key.number);
  for (unsigned d = 0; d < directions; ++d) {
    const std::optional<unsigned> child = neighbour(site, d);
    if ((missing >> d & 1) == 0 || !child) continue;
    const Coordinates place = topology_.place(*child);
    wait(party, {.kind = PartyKind::lines, .x = place.x, .y = place.y, .number = key.number}, "would send one up");
  }
}

// Descriptors that name the semaphore without sem_en, of those that units have taken last.
std::optional<std::string> Analysis::silent_descriptor(Coordinates node, unsigned semaphore) {
  const sim::NodeQueues& queues = queues_[topology_.number(node)];
  const ListReader list = list_reader({}, node);
  for (const sim::ChannelQueue& channel : queues.channels) {
    for (const std::uint32_t begun : channel.begun) {
      std::optional<std::uint64_t> address = begun;
      constexpr unsigned longest_list = 64;
      for (unsigned i = 0; address && i < longest_list; ++i) {
        const std::optional<hw::TransferDescriptor> descriptor = list.at(*address);
        if (!descriptor) break;
        const auto op = static_cast<hw::DescriptorOpTransfer>(descriptor->op);
        if (descriptor->sem == semaphore && descriptor->sem_en == 0 && op != hw::DescriptorOpTransfer::wait) {
          return describe(*descriptor, *address);
        }
        address = list.next_of(*descriptor);
      }
    }
  }
  hw::MatrixDescriptor product{};
  const std::uint32_t address = queues.matrix_descriptor;
  if (address < hw::sram_base || address - hw::sram_base > hw::sram_size - sizeof product) return std::nullopt;
  machine_.read_memory(node, address, std::as_writable_bytes(std::span(&product, 1)));
  if (product.sem != semaphore || product.sem_en != 0) return std::nullopt;
  return fmt::format("product at {:#x}", address);
}

std::string Analysis::hints(const SemaphoreName& semaphore, std::uint32_t amount) {
  std::string text;
  const std::uint32_t count = count_of(semaphore);
  if (count != 0) text += fmt::format("; {} of {} have come", count, amount);
  if (semaphore.dip) return text;
  if (const auto silent = silent_descriptor(semaphore.node, semaphore.id)) {
    text += fmt::format("; the {} has ended and names it, but its sem_en is 0", *silent);
  }
  for (unsigned id = 0; id < hw::semaphores; ++id) {
    const std::uint32_t other = machine_.semaphore(semaphore.node, id);
    if (id == semaphore.id || other == 0) continue;
    bool is_awaited = false;
    for (unsigned hart = 0; hart < hw::harts; ++hart) {
      const HartStatus status = machine_.hart_status(semaphore.node, hart);
      is_awaited |= status.state == hw::HartState::semaphore && status.semaphore == id;
    }
    if (!is_awaited) text += fmt::format("; semaphore {} of this node is {}, and no hart waits for it", id, other);
  }
  return text;
}

}  // namespace dojo::hang
