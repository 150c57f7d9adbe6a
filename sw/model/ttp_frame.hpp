#pragma once
// Frames of the Tesla Transport Protocol over Ethernet, as bytes on the wire without the FCS.

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "dojo_hw.hpp"

namespace dojo::ttp {

/// The NoC header, which is the user's.
struct NocHeader {
  std::uint8_t type = 0;
  std::uint64_t high = 0;  ///< 56 bits
  std::uint64_t low = 0;

  bool operator==(const NocHeader&) const = default;
};

/// What TTP says about a frame; all other fields follow from it.
struct Frame {
  std::uint32_t source = 0;       ///< node id, 24 bits
  std::uint32_t destination = 0;  ///< node id, 24 bits
  hw::TtpOpcode opcode{};
  std::uint8_t vc = 0;
  std::uint32_t tx_id = 0;
  std::uint32_t rx_id = 0;
  bool crossing = false;  ///< OPEN_ACK: its sender has asked, too, and has no answer yet (bit 0 of the epoch)
  NocHeader noc;          ///< PAYLOAD only
  std::vector<std::uint8_t> payload;  ///< PAYLOAD on VC2 only: 1 to 16 beats of 64 bytes

  bool operator==(const Frame&) const = default;
};

/// Why a frame is dropped before any link sees it.
enum class FrameFault : std::uint8_t {
  none,
  size,             ///< shorter than a TTP frame or longer than the longest one
  destination,      ///< for another MAC, or its node id contradicts the MAC
  source,           ///< not from a TTP node's MAC, or its node id contradicts the MAC
  ether_type,       ///< no TTP
  type_header,      ///< type header of another length
  gateway,          ///< came by way of a gateway
  opcode,           ///< no such opcode
  virtual_channel,  ///< no such virtual channel
  length,           ///< a PAYLOAD whose lengths contradict each other, its VC or the frame's size
};
std::string_view to_string(FrameFault fault);

struct DecodedFrame {
  FrameFault fault = FrameFault::none;
  Frame frame;  ///< without a fault
};

/// MAC address of a node.
constexpr std::uint64_t mac_of(std::uint32_t node) {
  return std::uint64_t{hw::ttp_oui} << 24 | (node & 0xffffffU);
}

/// The bytes of a frame: 60 without NoC header, 76 and the payload for PAYLOAD. Throws std::invalid_argument if the
/// payload doesn't fit the virtual channel.
std::vector<std::uint8_t> encode(const Frame& frame);

/// Reads a frame that arrives at `node`. What follows the payload in the frame is padding.
DecodedFrame decode(std::span<const std::uint8_t> bytes, std::uint32_t node);

}  // namespace dojo::ttp
