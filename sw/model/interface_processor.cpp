#include "model/interface_processor.hpp"

#include <algorithm>
#include <optional>

namespace dojo::model {

namespace {

constexpr std::uint64_t address_mask = (std::uint64_t{1} << hw::offset_bits) - 1;

noc::Packet report_of(hw::AccessKind kind, std::uint64_t address, PortPlace port, unsigned to_x, unsigned to_y) {
  noc::Packet packet{.header = {.dst_x = static_cast<std::uint16_t>(to_x),
                                .dst_y = static_cast<std::uint16_t>(to_y),
                                .src_x = static_cast<std::uint16_t>(port.x),
                                .src_y = static_cast<std::uint16_t>(port.y),
                                .cls = hw::PacketClass::data,
                                .op = hw::PacketOp::error,
                                .addr = address,
                                .size = 6}};
  const auto words = hw::AccessError{.valid = true,
                                     .address_high = static_cast<std::uint8_t>((address >> 32U) & 0x3fU),
                                     .kind = kind,
                                     .y = static_cast<std::uint16_t>(port.y),
                                     .x = static_cast<std::uint16_t>(port.x),
                                     .address = static_cast<std::uint32_t>(address)}
                         .encode();
  packet.data[0] = static_cast<std::uint32_t>(words);
  packet.data[1] = static_cast<std::uint32_t>(words >> 32U);
  return packet;
}

// Whether an item of the packet's size is a semaphore.
bool is_for_semaphore(const hw::PacketHeader& header) {
  return header.size == 3 && header.addr >= hw::dip_semaphore_base &&
         header.addr < hw::dip_semaphore_base + hw::dip_semaphore_size;
}

// Why a packet is refused whole.
std::optional<hw::AccessKind> refusal_of(const noc::Packet& packet) {
  const hw::PacketHeader& header = packet.header;
  if (header.cls == hw::PacketClass::data) {
    if (header.op != hw::PacketOp::write || header.size > 6) return hw::AccessKind::unknown;
    if (is_for_semaphore(header)) return header.sem_en ? std::optional{hw::AccessKind::increment} : std::nullopt;
    if (header.addr >= InterfaceProcessor::bytes) return hw::AccessKind::write;
    return std::nullopt;
  }
  if (header.op != hw::PacketOp::read || header.size < 3 || header.size > 6) return hw::AccessKind::unknown;
  const hw::ReadRequest request = hw::ReadRequest::decode(noc::words_of<9>(packet.data));
  if (request.lines == 0 || request.rows == 0) return hw::AccessKind::read;
  return std::nullopt;
}

}  // namespace

void InterfaceProcessor::read_memory(std::uint64_t address, std::span<std::byte> bytes) const {
  while (!bytes.empty()) {
    const std::size_t place = address % hw::line_bytes;
    const std::size_t count = std::min(bytes.size(), hw::line_bytes - place);
    const Line from = line(address / hw::line_bytes);
    std::copy_n(reinterpret_cast<const std::byte*>(from.data()) + place, count, bytes.begin());
    bytes = bytes.subspan(count);
    address += count;
  }
}

void InterfaceProcessor::write_memory(std::uint64_t address, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const std::size_t place = address % hw::line_bytes;
    const std::size_t count = std::min(bytes.size(), hw::line_bytes - place);
    Line& to = contents_[address / hw::line_bytes];
    std::copy_n(bytes.begin(), count, reinterpret_cast<std::byte*>(to.data()) + place);
    bytes = bytes.subspan(count);
    address += count;
  }
}

InterfaceProcessor::Line InterfaceProcessor::line(std::uint64_t number) const {
  const auto found = contents_.find(number);
  return found == contents_.end() ? Line{} : found->second;
}

void InterfaceProcessor::write(const noc::Packet& packet) {
  const unsigned count = 1U << packet.header.size;
  const unsigned first = packet.header.addr % hw::line_bytes / count * count;
  write_memory(packet.header.addr / hw::line_bytes * hw::line_bytes + first,
               std::as_bytes(std::span(packet.data)).subspan(first, count));
}

std::vector<noc::Packet> InterfaceProcessor::read(const noc::Packet& packet, PortPlace port) const {
  const hw::ReadRequest request = hw::ReadRequest::decode(noc::words_of<9>(packet.data));
  const hw::GlobalAddress target = hw::GlobalAddress::decode(request.return_address);
  const unsigned count = 1U << packet.header.size;
  std::vector<noc::Packet> elements;
  for (std::uint64_t row = 0; row < request.rows; ++row) {
    for (std::uint64_t i = 0; i < request.lines; ++i) {
      const std::uint64_t from = packet.header.addr + row * request.outer_stride + i * request.inner_stride;
      if (from >= bytes) {
        elements.push_back(report_of(hw::AccessKind::read, from & address_mask, port, target.x, target.y));
        return elements;
      }
      const bool last = row + 1 == request.rows && i + 1 == request.lines;
      noc::Packet element{
          .header = {.dst_x = target.x,
                     .dst_y = target.y,
                     .src_x = static_cast<std::uint16_t>(port.x),
                     .src_y = static_cast<std::uint16_t>(port.y),
                     .cls = hw::PacketClass::data,
                     .op = hw::PacketOp::write,
                     .addr = (target.offset + row * request.return_outer_stride + i * request.return_inner_stride) &
                             address_mask,
                     .size = packet.header.size,
                     .sem_en = last && packet.header.sem_en,
                     .sem = last ? packet.header.sem : std::uint8_t{0}}};
      // The element in every place of the line that it may have.
      const Line source = line(from / hw::line_bytes);
      const unsigned first = from % hw::line_bytes / count * count / 4;
      for (unsigned word = 0; word < source.size(); ++word)
        element.data.at(word) = source.at(first + word % (count / 4));
      elements.push_back(element);
    }
  }
  return elements;
}

PortAnswer InterfaceProcessor::apply(const noc::Packet& packet, PortPlace port) {
  if (packet.header.cls == hw::PacketClass::data && packet.header.op == hw::PacketOp::error) {
    ++reported_;
    return {};
  }
  if (const auto kind = refusal_of(packet)) {
    ++refused_;
    return {.elements = {},
            .reports = {report_of(*kind, packet.header.addr & ((std::uint64_t{1} << 38U) - 1), port,
                                  packet.header.src_x, packet.header.src_y)}};
  }
  if (packet.header.cls == hw::PacketClass::request) return {.elements = read(packet, port), .reports = {}};
  const hw::PacketHeader& header = packet.header;
  if (is_for_semaphore(header)) {
    increment(header.addr % hw::dip_semaphore_size / 8, packet.data.at(header.addr % hw::line_bytes / 8 * 2));
  } else {
    write(packet);
    if (header.sem_en) increment(header.sem, 1);
  }
  return {};
}

}  // namespace dojo::model
