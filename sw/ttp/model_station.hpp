#pragma once
// The golden endpoint as a station: it answers in the cycle in which it is asked.

#include <deque>
#include <utility>
#include <vector>

#include "model/ttp_endpoint.hpp"
#include "ttp/station.hpp"

namespace dojo::ttp {

class ModelStation : public Station {
 public:
  explicit ModelStation(const EndpointConfig& config) : endpoint_(config) {
    endpoint_.set_sink([this](const Frame& frame) {
      if (ready_ && !ready_(frame.vc)) return false;
      Frame delivered = frame;
      delivered.tx_id = delivered.rx_id = 0;
      if (sink_) sink_(delivered);
      return true;
    });
    endpoint_.set_down([this](std::uint32_t node, std::uint8_t vc, std::size_t) {
      if (down_) down_(node, vc);
    });
  }

  void send(std::uint32_t node, unsigned vc, const NocHeader& noc, Bytes payload) override {
    endpoint_.send(node, static_cast<std::uint8_t>(vc), noc, std::move(payload));
  }
  void close(std::uint32_t node, unsigned vc) override { endpoint_.close(node, static_cast<std::uint8_t>(vc)); }
  void receive(Bytes frame, bool bad) override { arrived_.push_back(bad ? Bytes{} : std::move(frame)); }
  void step() override {
    ++now_;
    if (!arrived_.empty()) {
      endpoint_.receive(arrived_.front(), now_);
      arrived_.pop_front();
    }
    owed_ = owed_ > rate_ ? owed_ - rate_ : 0;
    if (owed_ > 0) return;
    auto frame = endpoint_.next_frame(now_);
    if (!frame) return;
    owed_ = static_cast<double>(frame->size());
    if (line_) line_(std::move(*frame));
  }
  [[nodiscard]] std::vector<hw::TtpLink> links() const override { return endpoint_.links(); }
  [[nodiscard]] std::uint64_t count(hw::TtpCounter counter) const override { return endpoint_.count(counter); }
  [[nodiscard]] bool is_idle() const override { return arrived_.empty() && endpoint_.is_idle(); }

 private:
  Endpoint endpoint_;
  std::deque<Bytes> arrived_;
  double owed_ = 0;  // bytes that the MAC still sends
  std::uint64_t now_ = 0;
};

}  // namespace dojo::ttp
