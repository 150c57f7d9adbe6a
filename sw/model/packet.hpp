#pragma once
// What travels between nodes: one flit of header and 64-byte payload (docs/node.md, docs/descriptors.md).

#include <array>
#include <cstdint>

#include "dojo_hw.hpp"

namespace dojo::model {

/// Who inside the sending node made a packet. Order is kept inside a stream, not between streams of a node.
enum class PacketStream : std::uint8_t {
  store,      ///< remote stores of harts
  service,    ///< data of remote reads under service
  report,     ///< reports of refused accesses
  channel_0,  ///< what the lists of a channel of the transfer engine send; the other channels follow
  channel_1,
  channel_2,
  channel_3,
  sum  ///< sums that trees have made at their root
};

/// A packet. Of a WRITE with size 0..3 only the bytes of the item itself have a meaning.
struct Packet {
  hw::PacketHeader header;
  std::array<std::uint32_t, 16> data{};  ///< the payload line, word 0 at the lowest address
  PacketStream stream = PacketStream::store;
};

/// Whether a packet is for a tree in place of a node.
constexpr bool is_for_tree(const hw::PacketHeader& header) {
  return header.dst_x == hw::group_column;
}
/// The number of that tree, and what is to be done there.
constexpr unsigned tree_of(const hw::PacketHeader& header) {
  return header.dst_y % hw::trees;
}
constexpr hw::TreeMode mode_of(const hw::PacketHeader& header) {
  return static_cast<hw::TreeMode>(header.dst_y / hw::trees % 4);
}

}  // namespace dojo::model
