#include "ttp/bridge.hpp"

#include <algorithm>
#include <utility>

#include "ttp/payloads.hpp"

namespace dojo::ttp {
namespace {

constexpr std::uint64_t cycles_between_looks = 16;  // at the port, which costs as much as some cycles of an endpoint
constexpr std::uint64_t cycles_between_checks = 256;
constexpr unsigned most_frames_of_a_look = 64;
constexpr std::uint64_t payloads_ahead = 64;
constexpr std::chrono::milliseconds nap{5};
constexpr std::chrono::seconds silence{1};

}  // namespace

Bridge::Bridge(Station& station, FramePort& port, const BridgeConfig& config)
    : station_(station),
      port_(port),
      config_(config),
      out_(config.faults, 2 * config.seed),
      in_(config.faults, 2 * config.seed + 1) {
  station_.set_line([this](Bytes frame) {
    if (tap_) tap_(frame, result_.cycles);
    out_.put(std::move(frame), result_.cycles);
  });
  station_.set_sink([this](const Frame& frame) { take(frame); });
  station_.set_down([this](std::uint32_t, unsigned) { ++result_.downs; });
}

void Bridge::take(const Frame& frame) {
  const std::uint64_t number = result_.received++;
  if (config_.answers) {
    station_.send(frame.source, frame.vc, frame.noc, frame.payload);
    ++answered_;
  }
  if (!config_.replies) return;
  const bool right =
      frame.source == config_.peer && frame.vc == config_.vc &&
      Payload{frame.noc, frame.payload} == numbered_payload(0, config_.vc, number, config_.payload_bytes);
  if (!right) ++result_.wrong;
}

void Bridge::feed() {
  while (result_.sent < config_.count &&
         result_.sent + answered_ < station_.count(hw::TtpCounter::acknowledged) + payloads_ahead) {
    Payload payload = numbered_payload(0, config_.vc, result_.sent, config_.payload_bytes);
    station_.send(*config_.peer, config_.vc, payload.noc, std::move(payload.bytes));
    ++result_.sent;
  }
}

void Bridge::step() {
  ++result_.cycles;
  if (result_.cycles % cycles_between_looks == 0) {
    for (unsigned i = 0; i < most_frames_of_a_look; ++i) {
      auto frame = port_.receive();
      if (!frame) break;
      heard_ = Clock::now();
      in_.put(std::move(*frame), result_.cycles);
    }
  }
  in_.step(result_.cycles, [this](Bytes frame, bool bad) {
    if (tap_) tap_(frame, result_.cycles);
    station_.receive(std::move(frame), bad);
  });
  station_.step();
  // A MAC at the other end would drop what has a bad FCS.
  out_.step(result_.cycles, [this](const Bytes& frame, bool bad) {
    if (!bad) port_.send(frame);
  });
}

bool Bridge::is_complete() const {
  return result_.sent == config_.count && station_.is_idle() && result_.received >= config_.expect &&
         (!config_.replies || result_.received >= config_.count);
}

bool Bridge::is_quiet() const {
  return station_.is_idle() && out_.is_empty() && in_.is_empty() &&
         std::ranges::all_of(station_.links(), [](const hw::TtpLink& link) {
           return link.state == hw::TtpState::open || link.state == hw::TtpState::closed;
         });
}

bool Bridge::ends(const std::atomic<bool>& stop) {
  const auto now = Clock::now();
  const bool lost = result_.downs > 0 && config_.count > 0;
  if (lost || stop || result_.cycles >= config_.max_cycles) return true;
  if (config_.limit && now - start_ >= *config_.limit) return true;
  // Without a task of its own it serves until somebody ends it.
  if ((config_.count == 0 && config_.expect == 0) || !is_complete()) return false;
  if (!closing_ && config_.peer) {
    station_.close(*config_.peer, config_.vc);
    closing_ = true;
    return false;
  }
  const bool closed =
      std::ranges::all_of(station_.links(), [](const hw::TtpLink& link) { return link.state == hw::TtpState::closed; });
  return (closed && is_quiet()) || now - heard_ >= silence;
}

BridgeResult Bridge::run(const std::atomic<bool>& stop) {
  start_ = heard_ = Clock::now();
  for (;;) {
    feed();
    step();
    if (is_quiet()) {
      if (ends(stop)) break;
      port_.wait(nap);
      // The next step looks at the port.
      result_.cycles += cycles_between_looks - 1 - result_.cycles % cycles_between_looks;
    } else if (result_.cycles % cycles_between_checks == 0 && ends(stop)) {
      break;
    }
  }
  result_.complete = is_complete() && result_.wrong == 0 && result_.downs == 0;
  return result_;
}

}  // namespace dojo::ttp
