#include "model/dip_array.hpp"

namespace dojo::model {
namespace {

/// The first error is kept.
void keep(std::uint64_t& error, const hw::AccessError& found) {
  if (!hw::AccessError::decode(error).valid) error = found.encode();
}

Packet packet_of(const noc::Packet& packet, PacketStream stream) {
  return {.header = packet.header, .data = packet.data, .stream = stream};
}

}  // namespace

DipArray::DipArray(std::vector<DipSite> sites)
    : sites_(std::move(sites)), dips_(sites_.size()), errors_(sites_.size()) {
  for (unsigned dip = 0; dip < sites_.size(); ++dip) {
    for (unsigned p = 0; p < hw::dip_ports; ++p) {
      if (!sites_[dip].ports[p]) continue;
      const Coordinates address = sites_[dip].ports[p]->address;
      ports_[{address.x, address.y}] = dip * hw::dip_ports + p;
    }
  }
}

std::optional<unsigned> DipArray::port_at(Coordinates address) const {
  const auto found = ports_.find({address.x, address.y});
  return found == ports_.end() ? std::nullopt : std::optional(found->second);
}

std::vector<Packet> DipArray::deliver(const Packet& packet) {
  const hw::PacketHeader& header = packet.header;
  const PortPlace place{.x = header.dst_x, .y = header.dst_y};
  const unsigned dip = *port_at({place.x, place.y}) / hw::dip_ports;
  if (header.op == hw::PacketOp::error) {
    keep(errors_[dip].remote, hw::AccessError::decode(packet.data[0] | std::uint64_t{packet.data[1]} << 32));
    has_failed_ = true;
  }
  const PortAnswer answer = dips_[dip].apply({.header = header, .data = packet.data}, place);
  std::vector<Packet> packets;
  packets.reserve(answer.elements.size() + answer.reports.size());
  for (const noc::Packet& element : answer.elements) packets.push_back(packet_of(element, PacketStream::service));
  for (const noc::Packet& report : answer.reports) {
    packets.push_back(packet_of(report, PacketStream::report));
    hw::AccessError error = hw::AccessError::decode(report.data[0] | std::uint64_t{report.data[1]} << 32);
    error.x = header.src_x;
    error.y = header.src_y;
    keep(errors_[dip].access, error);
  }
  return packets;
}

}  // namespace dojo::model
