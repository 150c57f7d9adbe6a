#include "trace/packet_matcher.hpp"

#include <algorithm>
#include <cstddef>

namespace dojo::trace {
namespace {

/// Lines of a tree that are remembered; more than can be under way in the largest tree.
constexpr std::size_t most_lines = 4096;

bool is_same(const hw::PacketHeader& sent, const hw::PacketHeader& arrived) {
  return sent.op == arrived.op && sent.addr == arrived.addr && sent.size == arrived.size &&
         sent.sem_en == arrived.sem_en && (!sent.sem_en || sent.sem == arrived.sem);
}

std::uint64_t key_of(std::uint64_t source, std::uint64_t destination, hw::PacketClass cls) {
  return source << 32 | destination << 1 | static_cast<std::uint64_t>(cls);
}

}  // namespace

std::uint64_t PacketMatcher::sent(const Event& event, const PacketSent& packet) {
  const hw::PacketHeader& header = packet.header;
  const Way way{.packet = ++packets_, .cycle = event.cycle, .header = header};
  if (packet.to_tree) {
    std::deque<Way>& lines = trees_[event.node][header.dst_y & (hw::trees - 1)].lines;
    lines.push_back(way);
    if (lines.size() > most_lines) {
      lines.pop_front();
      ++trees_[event.node][header.dst_y & (hw::trees - 1)].first;
    }
    return way.packet;
  }
  const Coordinates place{.x = header.dst_x, .y = header.dst_y};
  if (topology_.is_alive(place) && is_recorded_(place)) {
    ways_[key_of(event.node, topology_.number(place), header.cls)].push_back(way);
  }
  return way.packet;
}

std::optional<Flow> PacketMatcher::arrived(const Event& event, const PacketArrived& packet) {
  const hw::PacketHeader& header = packet.header;
  const Coordinates place{.x = header.src_x, .y = header.src_y};
  if (!topology_.is_alive(place) || !is_recorded_(place)) return std::nullopt;
  const std::uint32_t source = topology_.number(place);
  const auto found = ways_.find(key_of(source, event.node, header.cls));
  if (found != ways_.end() && is_same(found->second.front().header, header)) {
    const Flow result = flow(found->second.front(), source);
    found->second.pop_front();
    if (found->second.empty()) ways_.erase(found);
    return result;
  }
  return from_tree(source, event.node, header);
}

std::optional<Flow> PacketMatcher::from_tree(std::uint32_t source, std::uint32_t destination,
                                             const hw::PacketHeader& header) {
  const auto found = trees_.find(source);
  if (found == trees_.end()) return std::nullopt;
  for (TreeLines& tree : found->second) {
    std::uint64_t& next = tree.next[destination];
    next = std::max(next, tree.first);
    // What the destination does not get, as it is no member any more or of a reduction not the root, is passed over.
    for (std::uint64_t number = next; number - tree.first < tree.lines.size(); ++number) {
      const Way& line = tree.lines[number - tree.first];
      if (!is_same(line.header, header)) continue;
      next = number + 1;
      return flow(line, source);
    }
  }
  return std::nullopt;
}

}  // namespace dojo::trace
