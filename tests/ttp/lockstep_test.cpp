// Random frames and requests of the user, the same for RTL and golden model: both say, deliver, count and become the
// same.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "sim/assertion.hpp"
#include "tb/ttp/model_station.hpp"
#include "tb/ttp/rtl_station.hpp"

namespace dojo::tb {
namespace {

using hw::TtpOpcode;
using ttp::Frame;

constexpr std::uint32_t here = 0x000042;
// As many as there are entries, as the two choose victims differently. The user sends on the first three only: in the
// RTL all links of a VC share a port.
constexpr std::array<std::pair<std::uint32_t, std::uint8_t>, 4> links{{{1, 2}, {1, 1}, {2, 0}, {2, 2}}};
constexpr unsigned pause = 1000;  // cycles after which nothing is under way
// Nothing is repeated by time; waits end within a pause.
constexpr hw::TtpTimers patient{.retry = 1U << 30, .backoff = 50, .settle = 60, .idle = 0};

/// A station and what came out of it since the last look.
class Watched {
 public:
  explicit Watched(Station& station) : station_(station) {
    station_.set_line([this](const Bytes& bytes) {
      for (const std::uint32_t node : {1U, 2U}) {
        const auto decoded = ttp::decode(bytes, node);
        if (decoded.fault == ttp::FrameFault::none) said_[{node, decoded.frame.vc}].push_back(decoded.frame);
      }
    });
    station_.set_sink([this](const Frame& frame) { delivered_[{frame.source, frame.vc}].push_back(frame); });
    station_.set_down([this](std::uint32_t node, unsigned vc) { downs_.emplace_back(node, vc); });
  }

  void run() {
    said_.clear();
    for (unsigned i = 0; i < pause; ++i) station_.step();
  }

  using Frames = std::map<std::pair<std::uint32_t, std::uint8_t>, std::vector<Frame>>;
  [[nodiscard]] const Frames& said() const { return said_; }
  [[nodiscard]] const Frames& delivered() const { return delivered_; }
  [[nodiscard]] const std::vector<std::pair<std::uint32_t, unsigned>>& downs() const { return downs_; }
  Station& station() { return station_; }

 private:
  Station& station_;
  Frames said_, delivered_;
  std::vector<std::pair<std::uint32_t, unsigned>> downs_;
};

std::string text_of(const Watched::Frames& frames) {
  std::string text;
  for (const auto& [link, said] : frames) {
    for (const Frame& frame : said) {
      text += fmt::format(" {}/VC{} {} tx {:x} rx {:x}", link.first, link.second, to_string(frame.opcode), frame.tx_id,
                          frame.rx_id);
    }
  }
  return text;
}

/// The other end of a link: mostly it says what fits what it has heard, and sometimes anything.
class Other {
 public:
  Frame next(const std::pair<std::uint32_t, std::uint8_t>& link, std::mt19937_64& random) {
    Frame frame{.source = link.first, .destination = here, .vc = link.second, .noc = {}, .payload = {}};
    const auto said = static_cast<unsigned>(random() % 16);
    if (said < 6 && reply(frame, random)) {
    } else if (said < 11) {
      frame.opcode = TtpOpcode::payload;
      frame.tx_id = next_id_++;
    } else if (said < 13) {
      frame.opcode = TtpOpcode::open;
      frame.tx_id = next_id_ - 1;
    } else if (said < 14) {
      frame.opcode = TtpOpcode::close;
      frame.tx_id = next_id_;
      frame.rx_id = heard_id_;
    } else {
      frame.opcode = static_cast<TtpOpcode>(random() % 11);
      frame.tx_id = next_id_ + static_cast<std::uint32_t>(random() % 7) - 3;
      frame.rx_id = heard_id_ + static_cast<std::uint32_t>(random() % 7) - 3;
    }
    if (frame.opcode == TtpOpcode::payload && link.second == 2) {
      frame.payload.resize(64 * (1 + random() % 3), static_cast<std::uint8_t>(random()));
    }
    return frame;
  }

  void hear(const Frame& frame) {
    if (frame.opcode == TtpOpcode::nack || frame.opcode == TtpOpcode::nack_nolink) next_id_ = frame.rx_id;
    if (frame.opcode != TtpOpcode::open && frame.opcode != TtpOpcode::payload && frame.opcode != TtpOpcode::close)
      return;
    heard_ = frame.opcode;
    heard_id_ = frame.tx_id;
  }

 private:
  bool reply(Frame& frame, std::mt19937_64& random) {
    constexpr std::array to_payload{TtpOpcode::ack,  TtpOpcode::ack,       TtpOpcode::ack,
                                    TtpOpcode::nack, TtpOpcode::nack_full, TtpOpcode::nack_nolink};
    if (!heard_) return false;
    frame.rx_id = heard_id_;
    frame.tx_id = next_id_;
    const bool refuses = random() % 4 == 0;
    switch (*heard_) {
      case TtpOpcode::open:
        frame.opcode = refuses ? TtpOpcode::open_nack : TtpOpcode::open_ack;
        frame.crossing = !refuses && random() % 4 == 0;
        break;
      case TtpOpcode::close:
        frame.opcode = refuses ? TtpOpcode::close_nack : TtpOpcode::close_ack;
        break;
      default:
        frame.opcode = to_payload[random() % to_payload.size()];
    }
    heard_.reset();
    return true;
  }

  std::uint32_t next_id_ = 101;
  std::optional<TtpOpcode> heard_;
  std::uint32_t heard_id_ = 0;
};

class TtpLockstep : public testing::TestWithParam<unsigned> {};

TEST_P(TtpLockstep, RtlAndModelDoTheSame) {
  std::mt19937_64 random(GetParam());
  RtlStation rtl(here, patient, static_cast<int>(GetParam()));
  ModelStation model({.node = here, .links = 4, .window = 32, .timers = patient});
  Watched first(rtl);
  Watched second(model);
  const std::array both{&first, &second};
  std::map<std::pair<std::uint32_t, std::uint8_t>, Other> others;
  std::array<unsigned, 11> spoken{};

  for (unsigned turn = 0; turn < 3000; ++turn) {
    const unsigned what = random() % 16;
    const bool sends = what >= 1 && what <= 3;
    const auto& link = links[random() % (sends ? 3 : links.size())];
    if (what == 0) {
      for (Watched* watched : both) watched->station().close(link.first, link.second);
    } else if (sends) {
      Bytes payload(link.second == 2 ? 64 * (1 + random() % 16) : 0);
      for (auto& byte : payload) byte = static_cast<std::uint8_t>(random());
      for (Watched* watched : both) watched->station().send(link.first, link.second, {.low = turn}, payload);
    } else {
      const Frame frame = others[link].next(link, random);
      ++spoken.at(static_cast<std::size_t>(frame.opcode));
      for (Watched* watched : both) watched->station().receive(ttp::encode(frame), false);
    }
    for (Watched* watched : both) watched->run();
    ASSERT_TRUE(first.said() == second.said())
        << "turn " << turn << "\nRTL:" << text_of(first.said()) << "\nmodel:" << text_of(second.said());
    ASSERT_TRUE(first.delivered() == second.delivered()) << "turn " << turn;
    ASSERT_EQ(first.downs(), second.downs()) << "turn " << turn;
    for (const auto& [node, vc] : links) {
      ASSERT_EQ(to_string(rtl.state(node, vc)), to_string(model.state(node, vc))) << "turn " << turn;
    }
    for (unsigned counter = 0; counter < 16; ++counter) {
      const auto name = static_cast<hw::TtpCounter>(counter);
      ASSERT_EQ(rtl.count(name), model.count(name)) << "turn " << turn << ", " << to_string(name);
    }
    for (const auto& [to, frames] : first.said()) {
      for (const Frame& frame : frames) others[to].hear(frame);
    }
  }
  for (const unsigned count : spoken) EXPECT_GT(count, 10U);
  EXPECT_GT(rtl.count(hw::TtpCounter::delivered), 50U);
  EXPECT_GT(rtl.count(hw::TtpCounter::acknowledged), 10U);
  EXPECT_GT(rtl.count(hw::TtpCounter::links_closed), 5U);
  EXPECT_GT(rtl.count(hw::TtpCounter::links_down), 0U);
}

INSTANTIATE_TEST_SUITE_P(Ttp, TtpLockstep, testing::Range(1U, 7U));

}  // namespace
}  // namespace dojo::tb
