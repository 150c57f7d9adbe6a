#include "sim/ethernet_mac.hpp"

#include <Vinterface_processor.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <tuple>

namespace dojo::sim {
namespace {

constexpr std::uint64_t rate = hw::ethernet_rate;
constexpr unsigned mac_bytes = 6;

/// Node id in a MAC address on the wire.
std::uint32_t node_at(const std::uint8_t* address) {
  return std::uint32_t{address[3]} << 16U | std::uint32_t{address[4]} << 8U | address[5];
}

/// Bytes of the frame's next beat.
std::uint32_t next_bytes(const EthernetFrame& frame, std::uint32_t from) {
  return std::min<std::uint32_t>(frame.bytes - from, hw::line_bytes);
}

}  // namespace

void EthernetMac::serve(Vinterface_processor& dip, std::uint64_t cycle) {
  const std::uint64_t now = cycle * rate;
  dip.tx_ready_i = sent_until_ <= now ? 1 : 0;
  if (dip.tx_valid_o != 0 && dip.tx_ready_i != 0) {
    const auto bytes = static_cast<std::uint32_t>(std::popcount(dip.tx_keep_o));
    std::memcpy(sending_.data.data() + sending_.bytes, dip.tx_data_o.data(), bytes);
    sending_.bytes += bytes;
    sent_until_ = std::max(sent_until_, now) + bytes;
    if (dip.tx_last_o != 0) {
      sending_.destination = node_at(sending_.data.data());
      sending_.source = node_at(sending_.data.data() + mac_bytes);
      sending_.arrival = (sent_until_ + rate - 1) / rate + hw::ethernet_latency;
      sent_.push_back(sending_);
      ++frames_;
      sending_ = {};
    }
  }
  dip.rx_valid_i = 0;
  if (next_event() > cycle) return;
  const EthernetFrame& frame = incoming_.front();
  const std::uint32_t bytes = next_bytes(frame, received_);
  if (received_ == 0) received_until_ = std::max(received_until_, frame.arrival * rate);
  std::memcpy(dip.rx_data_i.data(), frame.data.data() + received_, bytes);
  received_until_ += bytes;
  received_ += bytes;
  dip.rx_valid_i = 1;
  dip.rx_keep_i = bytes == hw::line_bytes ? ~std::uint64_t{0} : (std::uint64_t{1} << bytes) - 1;
  dip.rx_last_i = received_ == frame.bytes ? 1 : 0;
  dip.rx_user_i = 0;
  if (dip.rx_last_i == 0) return;
  incoming_.pop_front();
  received_ = 0;
}

// A beat is there when its last byte has come.
std::uint64_t EthernetMac::next_event() const {
  if (incoming_.empty()) return never;
  const EthernetFrame& frame = incoming_.front();
  const std::uint64_t begin = received_ == 0 ? std::max(received_until_, frame.arrival * rate) : received_until_;
  return (begin + next_bytes(frame, received_) + rate - 1) / rate;
}

void EthernetMac::save(SnapshotWriter& snapshot) const {
  snapshot.put(sending_);
  snapshot.put(received_);
  snapshot.put(frames_);
  snapshot.put(sent_until_);
  snapshot.put(received_until_);
  snapshot.put_list(std::vector<EthernetFrame>(incoming_.begin(), incoming_.end()));
}

void EthernetMac::restore(SnapshotReader& snapshot) {
  snapshot.get(sending_);
  snapshot.get(received_);
  snapshot.get(frames_);
  snapshot.get(sent_until_);
  snapshot.get(received_until_);
  const auto frames = snapshot.get_list<EthernetFrame>();
  incoming_.assign(frames.begin(), frames.end());
}

// No two frames of a source arrive in one cycle.
void sort_frames(std::vector<EthernetFrame>& frames) {
  std::ranges::sort(frames, {}, [](const EthernetFrame& frame) { return std::tuple(frame.arrival, frame.source); });
}

}  // namespace dojo::sim
