#include "tb/dip/ethernet_peer.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

namespace dojo::tb {

void EthernetPeer::restart() {
  station_ = std::make_unique<ttp::ModelStation>(ttp::EndpointConfig{.node = node_});
  station_->set_rate(hw::ethernet_rate);
  station_->set_line([this](ttp::Bytes frame) { here_.put(std::move(frame), cycle_); });
  station_->set_sink([this](const ttp::Frame& frame) { take(frame); });
}

void EthernetPeer::send(std::span<const noc::Packet> packets) {
  const hw::PacketHeader& first = packets.front().header;
  const hw::PacketHeader& last = packets.back().header;
  ttp::Bytes payload(packets.size() * hw::line_bytes);
  for (std::size_t i = 0; i < packets.size(); ++i)
    std::memcpy(payload.data() + i * hw::line_bytes, packets[i].data.data(), hw::line_bytes);
  send_raw(hw::ttp_data_channel,
           noc_header_of(hw::TtpPacket{.kind = hw::TtpNocKind::packet,
                                       .op = first.op,
                                       .size = first.size,
                                       .sem_en = last.sem_en,
                                       .sem = last.sem,
                                       .src_y = first.src_y,
                                       .src_x = first.src_x,
                                       .dst_y = first.dst_y,
                                       .dst_x = first.dst_x,
                                       .addr = first.addr}),
           std::move(payload));
}

void EthernetPeer::take(const ttp::Frame& frame) {
  if (frame.vc == 0) {
    if (read_) read_(hw::TtpRead::decode(words_of(frame.noc)));
    return;
  }
  const auto payload = hw::TtpPacket::decode(words_of(frame.noc));
  const std::size_t lines = frame.payload.size() / hw::line_bytes;
  for (std::size_t line = 0; line < lines; ++line) {
    const bool counts = payload.sem_en && line + 1 == lines;
    noc::Packet packet{.header = {.dst_x = payload.dst_x,
                                  .dst_y = payload.dst_y,
                                  .src_x = payload.src_x,
                                  .src_y = payload.src_y,
                                  .cls = hw::PacketClass::data,
                                  .op = payload.op,
                                  .addr = payload.addr + line * hw::line_bytes,
                                  .size = payload.size,
                                  .sem_en = counts,
                                  .sem = counts ? payload.sem : std::uint8_t{0}}};
    std::memcpy(packet.data.data(), frame.payload.data() + line * hw::line_bytes, hw::line_bytes);
    if (packet_) packet_(packet);
  }
}

void EthernetPeer::show() {
  beat_ = {};
  if (arrived_.empty()) return;
  Arrival& frame = arrived_.front();
  const std::size_t bytes = std::min<std::size_t>(frame.bytes.size() - frame.taken, hw::line_bytes);
  beat_.valid = true;
  std::memcpy(beat_.data.data(), frame.bytes.data() + frame.taken, bytes);
  beat_.keep = bytes == hw::line_bytes ? ~std::uint64_t{0} : (std::uint64_t{1} << bytes) - 1;
  frame.taken += bytes;
  beat_.last = frame.taken == frame.bytes.size();
  beat_.bad = beat_.last && frame.bad;
  if (beat_.last) arrived_.pop_front();
}

void EthernetPeer::step(const Beat& sent) {
  if (sent.valid && ready()) {
    const auto bytes = static_cast<std::size_t>(std::popcount(sent.keep));
    const auto* first = reinterpret_cast<const std::uint8_t*>(sent.data.data());
    sending_.insert(sending_.end(), first, first + bytes);
    credit_ -= static_cast<double>(bytes);
    if (sent.last) there_.put(std::exchange(sending_, {}), cycle_);
  }
  credit_ = std::min<double>(credit_ + hw::ethernet_rate, hw::line_bytes);
  ++cycle_;
  station_->step();
  there_.step(cycle_, [this](ttp::Bytes frame, bool bad) { station_->receive(std::move(frame), bad); });
  here_.step(cycle_, [this](ttp::Bytes frame, bool bad) { arrived_.push_back({std::move(frame), bad}); });
  show();
}

}  // namespace dojo::tb
