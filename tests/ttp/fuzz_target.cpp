#include "fuzz_target.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "model/ttp_endpoint.hpp"
#include "model/ttp_frame.hpp"

namespace dojo::ttp {
namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr std::uint32_t own = 0x010203;
constexpr std::array<std::uint32_t, 3> others{0xa0b0c0, 0x000001, 0xffffff};

void require(bool holds, const char* what) {
  if (!holds) throw std::logic_error(what);
}

/// The bytes one by one; zeros behind their end.
class Input {
 public:
  explicit Input(std::span<const std::uint8_t> data) : data_(data) {}
  [[nodiscard]] bool is_empty() const { return data_.empty(); }
  std::uint8_t byte() {
    if (data_.empty()) return 0;
    const std::uint8_t value = data_.front();
    data_ = data_.subspan(1);
    return value;
  }
  std::uint32_t distance() { return static_cast<std::uint32_t>(static_cast<std::int8_t>(byte())); }
  /// Of a frame: beyond the longest one, too.
  std::size_t size() {
    const std::size_t eighths = byte();
    return 8 * eighths + byte() % 8;
  }
  Bytes bytes(std::size_t most) {
    const auto taken = data_.first(std::min(most, data_.size()));
    data_ = data_.subspan(taken.size());
    return {taken.begin(), taken.end()};
  }

 private:
  std::span<const std::uint8_t> data_;
};

/// An endpoint with a user and a line, both under the input's control.
class Run {
 public:
  Run()
      : endpoint_({.node = own,
                   .links = 4,
                   .window = 8,
                   .timers = {.retry = 64, .backoff = 16, .settle = 128, .idle = 1024}}) {
    endpoint_.set_sink([this](const Frame& frame) {
      require(frame.payload.size() <= hw::line_bytes * hw::ttp_payload_beats,
              "a payload that is too long is delivered");
      require((frame.vc == hw::ttp_data_channel) == !frame.payload.empty(), "a payload that does not fit its VC");
      return has_room_;
    });
  }

  void step(Input& input) {
    switch (input.byte() % 6) {
      case 0:
        receive(input.bytes(input.size()));
        break;
      case 1:
      case 2:
        receive(nearly_right(input));
        break;
      case 3:
        use(input);
        break;
      case 4:
        now_ += std::uint64_t{1} << input.byte() % 12;
        break;
      default:
        has_room_ = input.byte() % 2 == 0;
    }
    say();
  }

 private:
  /// A frame that fits what the endpoint said last on the link, with a few changes, perhaps of another size.
  Bytes nearly_right(Input& input) {
    const std::uint32_t node = others.at(input.byte() % others.size());
    Frame frame{.source = node,
                .destination = own,
                .opcode = static_cast<hw::TtpOpcode>(input.byte() % 11),
                .vc = static_cast<std::uint8_t>(input.byte() % hw::ttp_channels),
                .noc = {},
                .payload = {}};
    const auto heard = heard_.find({node, frame.vc});
    const auto [their_tx, their_rx] = heard == heard_.end() ? std::pair{0U, 0U} : heard->second;
    frame.rx_id = their_tx + input.distance();
    frame.tx_id = their_rx + input.distance();
    frame.crossing = input.byte() % 2 != 0;
    if (frame.opcode == hw::TtpOpcode::payload && frame.vc == hw::ttp_data_channel) {
      frame.payload.resize(hw::line_bytes * (1 + input.byte() % hw::ttp_payload_beats));
    }
    Bytes bytes = encode(frame);
    for (unsigned changes = input.byte() % 4; changes > 0; --changes) {
      const std::size_t place = input.byte() % hw::ttp_header_bytes;
      const std::uint8_t change = input.byte();
      if (place < bytes.size()) bytes[place] ^= change;
    }
    if (input.byte() % 4 == 0) bytes.resize(input.size());
    return bytes;
  }

  void use(Input& input) {
    const std::uint32_t node = others.at(input.byte() % others.size());
    const auto vc = static_cast<std::uint8_t>(input.byte() % hw::ttp_channels);
    const std::uint8_t what = input.byte();
    if (what % 4 == 0) {
      endpoint_.close(node, vc);
    } else if (sent_++ < most_payloads) {
      endpoint_.send(node, vc, {.low = sent_},
                     Bytes(vc == hw::ttp_data_channel ? hw::line_bytes * (1 + what % hw::ttp_payload_beats) : 0));
    }
  }

  [[nodiscard]] std::string state() const {
    std::string text;
    for (const hw::TtpLink& link : endpoint_.links()) {
      text +=
          std::to_string(link.node) + " " + std::to_string(link.vc) + " " + std::string(to_string(link.state)) + " ";
    }
    for (unsigned i = 0; i < 16; ++i) {
      const auto counter = static_cast<hw::TtpCounter>(i);
      if (counter != hw::TtpCounter::malformed) text += std::to_string(endpoint_.count(counter)) + " ";
    }
    return text + (endpoint_.is_idle() ? "idle" : "busy");
  }

  void receive(const Bytes& frame) {
    // Its memory ends with the frame, so that the sanitizer sees what is read behind it.
    const Bytes bytes(frame.begin(), frame.end());
    const DecodedFrame decoded = decode(bytes, own);
    if (decoded.fault == FrameFault::none) {
      require(decode(encode(decoded.frame), own).frame == decoded.frame, "a frame changes when it is encoded again");
    }
    const std::string before = state();
    const std::uint64_t malformed = endpoint_.count(hw::TtpCounter::malformed);
    endpoint_.receive(bytes, ++now_);
    const bool counted = endpoint_.count(hw::TtpCounter::malformed) == malformed + 1;
    require(counted == (decoded.fault != FrameFault::none), "a malformed frame is not counted, or another one is");
    require(!counted || state() == before, "a malformed frame changes the state");
    require(endpoint_.links().size() <= 4, "more links than entries");
  }

  void say() {
    // An endpoint that never ends to speak is wrong: what it may repeat in one moment is bounded.
    for (unsigned i = 0;; ++i) {
      require(i < 1000, "the endpoint does not stop to send");
      const auto bytes = endpoint_.next_frame(now_);
      if (!bytes) return;
      bool understood = false;
      for (const std::uint32_t node : others) {
        const DecodedFrame decoded = decode(*bytes, node);
        if (decoded.fault != FrameFault::none) continue;
        understood = true;
        heard_[{node, decoded.frame.vc}] = {decoded.frame.tx_id, decoded.frame.rx_id};
      }
      // Whoever has sent a well-formed frame gets its answer, be it a node that the user never named.
      require(understood || bytes->size() == hw::ttp_control_bytes, "a frame that nobody understands is sent");
    }
  }

  static constexpr std::uint64_t most_payloads = 1000;
  Endpoint endpoint_;
  std::map<std::pair<std::uint32_t, std::uint8_t>, std::pair<std::uint32_t, std::uint32_t>> heard_;  // Tx and Rx IDs
  std::uint64_t now_ = 0;
  std::uint64_t sent_ = 0;
  bool has_room_ = true;
};

}  // namespace

void run_fuzz_input(std::span<const std::uint8_t> data) {
  Input input(data);
  Run run;
  while (!input.is_empty()) run.step(input);
}

}  // namespace dojo::ttp
