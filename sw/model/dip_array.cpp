#include "model/dip_array.hpp"

#include <algorithm>

namespace dojo::model {
namespace {

/// The first error is kept.
void keep(std::uint64_t& error, const hw::AccessError& found) {
  if (!hw::AccessError::decode(error).valid) error = found.encode();
}

Packet packet_of(const noc::Packet& packet, PacketStream stream) {
  return {.header = packet.header, .data = packet.data, .stream = stream};
}

std::array<PortPlace, hw::dip_ports> places_of(const DipSite& site) {
  std::array<PortPlace, hw::dip_ports> places;
  for (unsigned p = 0; p < hw::dip_ports; ++p) {
    if (site.ports[p]) places[p] = {.x = site.ports[p]->address.x, .y = site.ports[p]->address.y};
  }
  return places;
}

}  // namespace

DipArray::Engine::Engine(InterfaceProcessor& memory, const DipSite& site)
    : lists(memory, places_of(site)), host(memory, lists) {
  lists.host().size = host_bytes;
}

DipArray::DipArray(std::vector<DipSite> sites, std::vector<EthernetRoute> ethernet)
    : sites_(std::move(sites)), ethernet_(std::move(ethernet)), dips_(sites_.size()), errors_(sites_.size()) {
  for (unsigned dip = 0; dip < sites_.size(); ++dip) {
    engines_.push_back(std::make_unique<Engine>(dips_[dip], sites_[dip]));
    engines_.back()->lists.set_away([this, dip](unsigned x, unsigned y) { return is_away(ethernet_, dip, x, y); });
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
  has_changed_ = true;
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

DipErrors DipArray::errors(unsigned dip) const {
  DipErrors errors = errors_.at(dip);
  const Engine& engine = *engines_.at(dip);
  for (unsigned channel = 0; channel < errors.lists.size(); ++channel) {
    errors.lists[channel] = engine.lists.fault(channel).encode();
  }
  errors.ring = engine.host.ring_error();
  errors.start_lost = engine.host.start_was_lost();
  return errors;
}

bool DipArray::has_failed() const {
  return has_failed_ || std::ranges::any_of(engines_, [](const auto& engine) { return engine->host.has_failed(); });
}

DipHost& DipArray::host(unsigned dip) {
  has_changed_ = true;
  return engines_.at(dip)->host;
}

DipLists& DipArray::lists(unsigned dip) {
  has_changed_ = true;
  return engines_.at(dip)->lists;
}

DipWaits DipArray::waits(unsigned dip) const {
  DipWaits waits;
  for (unsigned channel = 0; channel < waits.size(); ++channel) {
    if (const auto wait = engines_.at(dip)->lists.wait(channel)) {
      waits[channel] = {.waits = true, .semaphore = wait->semaphore, .amount = wait->amount};
    }
  }
  return waits;
}

bool DipArray::has_waits() const {
  for (unsigned dip = 0; dip < sites_.size(); ++dip) {
    if (std::ranges::any_of(waits(dip), &DipWait::waits)) return true;
  }
  return false;
}

std::vector<Packet> DipArray::run() {
  std::vector<Packet> packets;
  if (!std::exchange(has_changed_, false)) return packets;
  for (const auto& engine : engines_) {
    engine->host.run();
    for (unsigned port = 0; port < hw::dip_ports; ++port) {
      for (const noc::Packet& packet : engine->lists.packets(port)) {
        packets.push_back(packet_of(packet, PacketStream::service));
      }
      engine->lists.packets(port).clear();
    }
  }
  return packets;
}

}  // namespace dojo::model
