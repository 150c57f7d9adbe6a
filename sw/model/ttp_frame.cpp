#include "model/ttp_frame.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <stdexcept>

namespace dojo::ttp {
namespace {

constexpr std::size_t ethernet_bytes = 14;
constexpr std::size_t beat_bytes = hw::line_bytes;
constexpr std::size_t header_words = hw::TtpHeader::bits / 32;

static_assert(hw::TtpHeader::bits == 8 * hw::ttp_header_bytes);

// The packed form has its least significant word first, the wire its most significant byte.
void put_header(const hw::TtpHeader& header, std::span<std::uint8_t> bytes) {
  const auto words = header.encode();
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<std::uint8_t>(words[header_words - 1 - i / 4] >> (24 - 8 * (i % 4)));
  }
}

hw::TtpHeader get_header(std::span<const std::uint8_t> bytes) {
  std::array<std::uint32_t, header_words> words{};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    words[header_words - 1 - i / 4] |= std::uint32_t{bytes[i]} << (24 - 8 * (i % 4));
  }
  return hw::TtpHeader::decode(words);
}

FrameFault fault_of(const hw::TtpHeader& header, std::size_t size, std::uint32_t node) {
  if (size < hw::ttp_control_bytes || size > hw::ttp_frame_bytes) return FrameFault::size;
  if (header.destination_mac != mac_of(node) || header.destination_node != node) return FrameFault::destination;
  if (header.source_mac != mac_of(header.source_node)) return FrameFault::source;
  if (header.ether_type != hw::ttp_ether_type) return FrameFault::ether_type;
  if (header.type_words != hw::ttp_type_header_words) return FrameFault::type_header;
  if (header.gateway) return FrameFault::gateway;
  if (static_cast<unsigned>(header.opcode) > static_cast<unsigned>(hw::TtpOpcode::nack_nolink))
    return FrameFault::opcode;
  if (header.vc >= hw::ttp_channels) return FrameFault::virtual_channel;
  const std::size_t end = ethernet_bytes + header.total_length;
  if (end > size || end < hw::ttp_control_bytes) return FrameFault::length;
  if (header.opcode != hw::TtpOpcode::payload) return FrameFault::none;
  const unsigned most = header.vc == hw::ttp_data_channel ? 1 + hw::ttp_payload_beats : 1;
  const unsigned least = header.vc == hw::ttp_data_channel ? 2 : 1;
  const bool fits = header.length >= least && header.length <= most &&
                    end == hw::ttp_header_bytes + beat_bytes * (header.length - 1U);
  return fits ? FrameFault::none : FrameFault::length;
}

}  // namespace

std::string_view to_string(FrameFault fault) {
  constexpr std::array<std::string_view, 10> names{
      "none",        "size",    "destination", "source",          "EtherType",
      "type header", "gateway", "opcode",      "virtual channel", "length"};
  return names.at(static_cast<std::size_t>(fault));
}

std::vector<std::uint8_t> encode(const Frame& frame) {
  const bool is_payload = frame.opcode == hw::TtpOpcode::payload;
  const std::size_t beats = frame.payload.size() / beat_bytes;
  const bool fits =
      is_payload && frame.vc == hw::ttp_data_channel ? beats >= 1 && beats <= hw::ttp_payload_beats : beats == 0;
  if (!fits || frame.payload.size() % beat_bytes != 0) {
    throw std::invalid_argument("a TTP payload has 1 to 16 beats of 64 bytes on VC2 and none elsewhere");
  }
  std::vector<std::uint8_t> bytes(is_payload ? hw::ttp_header_bytes : hw::ttp_control_bytes);
  hw::TtpHeader header{
      .destination_mac = mac_of(frame.destination),
      .source_mac = mac_of(frame.source),
      .ether_type = static_cast<std::uint16_t>(hw::ttp_ether_type),
      .type_words = static_cast<std::uint8_t>(hw::ttp_type_header_words),
      .total_length = static_cast<std::uint16_t>(bytes.size() + frame.payload.size() - ethernet_bytes),
      .source_node = frame.source,
      .destination_node = frame.destination,
      .length = static_cast<std::uint16_t>(is_payload ? 1 + beats : 0),
      .opcode = frame.opcode,
      .vc = frame.vc,
      .epoch = static_cast<std::uint16_t>(frame.crossing ? 1 : 0),
      .tx_id = frame.tx_id,
      .rx_id = frame.rx_id,
  };
  header.noc_type = frame.noc.type;
  header.noc_high = frame.noc.high;
  header.noc_low = frame.noc.low;
  put_header(header, bytes);
  bytes.insert(bytes.end(), frame.payload.begin(), frame.payload.end());
  return bytes;
}

DecodedFrame decode(std::span<const std::uint8_t> bytes, std::uint32_t node) {
  const hw::TtpHeader header = get_header(bytes.first(std::min<std::size_t>(bytes.size(), hw::ttp_header_bytes)));
  DecodedFrame decoded{.fault = fault_of(header, bytes.size(), node), .frame = {}};
  if (decoded.fault != FrameFault::none) return decoded;
  decoded.frame = {.source = header.source_node,
                   .destination = header.destination_node,
                   .opcode = header.opcode,
                   .vc = header.vc,
                   .tx_id = header.tx_id,
                   .rx_id = header.rx_id,
                   .crossing = (header.epoch & 1) != 0,
                   .noc = {},
                   .payload = {}};
  if (header.opcode != hw::TtpOpcode::payload) return decoded;
  decoded.frame.noc = {.type = header.noc_type, .high = header.noc_high, .low = header.noc_low};
  const auto payload = bytes.subspan(hw::ttp_header_bytes, beat_bytes * (header.length - 1U));
  decoded.frame.payload.assign(payload.begin(), payload.end());
  return decoded;
}

}  // namespace dojo::ttp
