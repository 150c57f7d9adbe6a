#include "ttp/rtl_station.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "Vendpoint.h"
#include "verilated.h"

namespace dojo::ttp {
namespace {

constexpr std::size_t beat_bytes = hw::line_bytes;
constexpr unsigned data = hw::ttp_data_channel;

NocHeader noc_of(const std::uint32_t* words) {
  return {.type = static_cast<std::uint8_t>(words[3] >> 24),
          .high = std::uint64_t{words[3] & 0xffffffU} << 32 | words[2],
          .low = std::uint64_t{words[1]} << 32 | words[0]};
}

}  // namespace

RtlStation::RtlStation(std::uint32_t node, const hw::TtpTimers& timers, int reset_seed)
    : context_(std::make_unique<VerilatedContext>()), node_(node) {
  context_->randReset(2);
  context_->randSeed(reset_seed);
  top_ = std::make_unique<Vendpoint>(context_.get(), "endpoint");
  const auto times = timers.encode();
  std::copy(times.begin(), times.end(), &top_->timers_i[0]);
  top_->node_i = node;
  top_->send_valid_i = 0;
  top_->close_valid_i = 0;
  top_->rx_valid_i = 0;
  top_->rst_ni = 0;
  for (int i = 0; i < 2; ++i) {
    top_->clk_i = 0;
    top_->eval();
    top_->clk_i = 1;
    top_->eval();
  }
  top_->rst_ni = 1;
}

// A model that dies looks for its scopes in the thread's context.
RtlStation::~RtlStation() {
  Verilated::threadContextp(context_.get());
  top_.reset();
}

void RtlStation::send(std::uint32_t node, unsigned vc, const NocHeader& noc, Bytes payload) {
  queues_.at(vc).push_back({node, noc, std::move(payload)});
}

// The user's ports; whether anything is asked there.
bool RtlStation::drive_user() {
  unsigned valid = 0;
  for (unsigned vc = 0; vc < hw::ttp_channels; ++vc) {
    if (queues_[vc].empty()) continue;
    const Payload& payload = queues_[vc].front();
    valid |= 1U << vc;
    top_->send_node_i[vc] = payload.node;
    top_->send_noc_i[vc][0] = static_cast<std::uint32_t>(payload.noc.low);
    top_->send_noc_i[vc][1] = static_cast<std::uint32_t>(payload.noc.low >> 32);
    top_->send_noc_i[vc][2] = static_cast<std::uint32_t>(payload.noc.high);
    top_->send_noc_i[vc][3] = static_cast<std::uint32_t>(payload.noc.high >> 32) | std::uint32_t{payload.noc.type}
                                                                                       << 24;
    if (vc == data) {
      top_->send_lines_i = static_cast<std::uint8_t>(payload.bytes.size() / beat_bytes);
      std::memcpy(&top_->send_line_i[0], payload.bytes.data() + payload.sent, beat_bytes);
    }
  }
  top_->send_valid_i = static_cast<std::uint8_t>(valid);
  for (unsigned vc = 0; vc < hw::ttp_channels; ++vc) {
    if ((valid & top_->send_ready_o & 1U << vc) == 0) continue;
    Payload& payload = queues_[vc].front();
    payload.sent += beat_bytes;
    if (payload.sent >= payload.bytes.size()) queues_[vc].pop_front();
  }
  top_->close_valid_i = closes_.empty() ? 0 : 1;
  if (!closes_.empty()) {
    top_->close_node_i = closes_.front().first;
    top_->close_vc_i = static_cast<std::uint8_t>(closes_.front().second);
    closes_.pop_front();
  }
  return valid != 0 || top_->close_valid_i != 0;
}

// A beat of a frame that comes, if there is one.
bool RtlStation::drive_line() {
  top_->rx_valid_i = arrived_.empty() ? 0 : 1;
  if (arrived_.empty()) return false;
  Arrival& frame = arrived_.front();
  const std::size_t bytes = std::min(frame.bytes.size() - frame.taken, beat_bytes);
  std::memcpy(&top_->rx_data_i[0], frame.bytes.data() + frame.taken, bytes);
  top_->rx_keep_i = bytes == beat_bytes ? ~std::uint64_t{0} : (std::uint64_t{1} << bytes) - 1;
  frame.taken += bytes;
  top_->rx_last_i = frame.taken == frame.bytes.size() ? 1 : 0;
  top_->rx_user_i = top_->rx_last_i != 0 && frame.bad ? 1 : 0;
  if (top_->rx_last_i != 0) arrived_.pop_front();
  return true;
}

void RtlStation::take_deliveries() {
  unsigned ready = 0;
  for (unsigned vc = 0; vc < hw::ttp_channels; ++vc) {
    if (!ready_ || ready_(vc)) ready |= 1U << vc;
  }
  top_->deliver_ready_i = static_cast<std::uint8_t>(ready);
  for (unsigned vc = 0; vc < hw::ttp_channels; ++vc) {
    if ((top_->deliver_valid_o & ready & 1U << vc) == 0) continue;
    if (vc == data) {
      const auto* bytes = reinterpret_cast<const std::uint8_t*>(&top_->deliver_line_o[0]);
      received_.insert(received_.end(), bytes, bytes + beat_bytes);
      if (top_->deliver_last_o == 0) continue;
    }
    Frame frame{.source = top_->deliver_node_o[vc],
                .destination = node_,
                .opcode = hw::TtpOpcode::payload,
                .vc = static_cast<std::uint8_t>(vc),
                .noc = noc_of(&top_->deliver_noc_o[vc][0]),
                .payload = {}};
    if (vc == data) frame.payload = std::exchange(received_, {});
    if (sink_) sink_(frame);
  }
}

void RtlStation::take_beat() {
  credit_ = std::min(credit_ + rate_, static_cast<double>(beat_bytes));
  top_->tx_ready_i = credit_ > 0 ? 1 : 0;
  if (top_->tx_valid_o == 0 || top_->tx_ready_i == 0) return;
  const auto bytes = static_cast<std::size_t>(std::popcount(top_->tx_keep_o));
  const auto* first = reinterpret_cast<const std::uint8_t*>(&top_->tx_data_o[0]);
  sending_.insert(sending_.end(), first, first + bytes);
  credit_ -= static_cast<double>(bytes);
  for (std::size_t i = 0; i < bytes; ++i) hash_ = (hash_ ^ first[i] ^ cycle_ << 8) * 0x100000001b3U;
  if (top_->tx_last_o != 0 && line_) line_(std::exchange(sending_, {}));
}

void RtlStation::step() {
  ++cycle_;
  const bool asked = drive_user();
  const bool comes = drive_line();
  take_deliveries();
  take_beat();
  if (!asked && !comes && top_->busy_o == 0) return;
  top_->clk_i = 0;
  top_->eval();
  top_->clk_i = 1;
  top_->eval();
  if (top_->down_valid_o != 0 && down_) {
    const std::array<std::uint32_t, 1> word{top_->down_o};
    const auto link = hw::TtpLink::decode(word);
    down_(link.node, link.vc);
  }
}

std::vector<hw::TtpLink> RtlStation::links() const {
  std::vector<hw::TtpLink> links;
  for (std::size_t i = 0; i < std::size(top_->link_o.m_storage); ++i) {
    const auto link = hw::TtpLink::decode(std::array{top_->link_o[i]});
    if (link.used) links.push_back(link);
  }
  return links;
}

std::uint64_t RtlStation::count(hw::TtpCounter counter) const {
  return top_->counter_o[static_cast<unsigned>(counter)];
}

bool RtlStation::is_idle() const {
  return top_->busy_o == 0 && arrived_.empty() &&
         std::ranges::all_of(queues_, [](const auto& queue) { return queue.empty(); });
}

}  // namespace dojo::ttp
