#pragma once
// What travels between nodes: one flit of header and 64-byte payload (docs/node.md, docs/descriptors.md).

#include <array>
#include <cstdint>

#include "dojo_hw.hpp"

namespace dojo::model {

/// Who inside the sending node made a packet. Order is kept inside a stream, not between streams of a node.
enum class PacketStream : std::uint8_t {
  store,    ///< remote stores of harts
  engine,   ///< pushes and read requests of the transfer engine
  service,  ///< data of remote reads under service
  report    ///< reports of refused accesses
};

/// A packet. Of a WRITE with size 0..3 only the bytes of the item itself have a meaning.
struct Packet {
  hw::PacketHeader header;
  std::array<std::uint32_t, 16> data{};  ///< the payload line, word 0 at the lowest address
  PacketStream stream = PacketStream::store;
};

}  // namespace dojo::model
