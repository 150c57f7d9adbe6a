// Random frames and requests of the user, and frames with changed headers, the same for RTL and golden model: both say,
// deliver, count and become the same. DOJO_NIGHTLY=1 makes the random changes a hundred times as many.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "sim/assertion.hpp"
#include "ttp/model_station.hpp"
#include "ttp/rtl_station.hpp"

namespace dojo::ttp {
namespace {

using hw::TtpOpcode;

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
        const auto decoded = decode(bytes, node);
        if (decoded.fault == FrameFault::none) said_[{node, decoded.frame.vc}].push_back(decoded.frame);
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

/// RTL and model, which get the same.
class Twins {
 public:
  explicit Twins(unsigned seed)
      : rtl_(here, patient, static_cast<int>(seed)),
        model_({.node = here, .links = 4, .window = 32, .timers = patient}),
        first_(rtl_),
        second_(model_) {}

  void send(const std::pair<std::uint32_t, std::uint8_t>& link, const NocHeader& noc, const Bytes& payload) {
    for (Station* station : stations_) station->send(link.first, link.second, noc, payload);
  }
  void close(const std::pair<std::uint32_t, std::uint8_t>& link) {
    for (Station* station : stations_) station->close(link.first, link.second);
  }
  void receive(const Bytes& frame) {
    for (Station* station : stations_) station->receive(frame, false);
  }
  void run() {
    first_.run();
    second_.run();
  }
  /// Everything that can be seen of both is the same; what they said since the last run.
  void compare(const std::string& when) {
    ASSERT_TRUE(first_.said() == second_.said())
        << when << "\nRTL:" << text_of(first_.said()) << "\nmodel:" << text_of(second_.said());
    ASSERT_TRUE(first_.delivered() == second_.delivered()) << when;
    ASSERT_EQ(first_.downs(), second_.downs()) << when;
    for (const std::uint32_t node : {1U, 2U}) {
      for (unsigned vc = 0; vc < hw::ttp_channels; ++vc) {
        ASSERT_EQ(to_string(rtl_.state(node, vc)), to_string(model_.state(node, vc))) << when;
      }
    }
    for (unsigned counter = 0; counter < 16; ++counter) {
      const auto name = static_cast<hw::TtpCounter>(counter);
      ASSERT_EQ(rtl_.count(name), model_.count(name)) << when << ", " << to_string(name);
    }
  }
  [[nodiscard]] const Watched::Frames& said() const { return first_.said(); }
  [[nodiscard]] const RtlStation& rtl() const { return rtl_; }
  /// What a frame that is dropped may not change: links, and counters but for `malformed`.
  [[nodiscard]] std::string state() const {
    std::string text;
    for (const hw::TtpLink& link : rtl_.links()) {
      text += fmt::format("\n{}/VC{} {}", link.node, link.vc, to_string(link.state));
    }
    for (unsigned counter = 0; counter < 16; ++counter) {
      const auto name = static_cast<hw::TtpCounter>(counter);
      if (name != hw::TtpCounter::malformed) text += fmt::format("\n{} {}", to_string(name), rtl_.count(name));
    }
    return text;
  }

 private:
  RtlStation rtl_;
  ModelStation model_;
  std::array<Station*, 2> stations_{&rtl_, &model_};
  Watched first_, second_;
};

class TtpLockstep : public testing::TestWithParam<unsigned> {};

TEST_P(TtpLockstep, RtlAndModelDoTheSame) {
  std::mt19937_64 random(GetParam());
  Twins twins(GetParam());
  std::map<std::pair<std::uint32_t, std::uint8_t>, Other> others;
  std::array<unsigned, 11> spoken{};

  for (unsigned turn = 0; turn < 3000; ++turn) {
    const unsigned what = random() % 16;
    const bool sends = what >= 1 && what <= 3;
    const auto& link = links[random() % (sends ? 3 : links.size())];
    if (what == 0) {
      twins.close(link);
    } else if (sends) {
      Bytes payload(link.second == 2 ? 64 * (1 + random() % 16) : 0);
      for (auto& byte : payload) byte = static_cast<std::uint8_t>(random());
      twins.send(link, {.low = turn}, payload);
    } else {
      const Frame frame = others[link].next(link, random);
      ++spoken.at(static_cast<std::size_t>(frame.opcode));
      twins.receive(encode(frame));
    }
    twins.run();
    ASSERT_NO_FATAL_FAILURE(twins.compare(fmt::format("turn {}", turn)));
    for (const auto& [to, frames] : twins.said()) {
      for (const Frame& frame : frames) others[to].hear(frame);
    }
  }
  const RtlStation& rtl = twins.rtl();
  for (const unsigned count : spoken) EXPECT_GT(count, 10U);
  EXPECT_GT(rtl.count(hw::TtpCounter::delivered), 50U);
  EXPECT_GT(rtl.count(hw::TtpCounter::acknowledged), 10U);
  EXPECT_GT(rtl.count(hw::TtpCounter::links_closed), 5U);
  EXPECT_GT(rtl.count(hw::TtpCounter::links_down), 0U);
}

INSTANTIATE_TEST_SUITE_P(Ttp, TtpLockstep, testing::Range(1U, 7U));

/// A header field on the wire, and whether a frame is dropped if it is not what the rest of the frame says.
struct Field {
  const char* name;
  unsigned first;  // bit, from the frame's first one
  unsigned bits;
  bool is_checked;
};

// By the specification's layout, not by the generated one.
constexpr std::array fields{Field{"destination MAC", 0, 48, true},
                            Field{"source MAC", 48, 48, true},
                            Field{"EtherType", 96, 16, true},
                            Field{"subtype", 112, 2, false},
                            Field{"type header version", 114, 2, false},
                            Field{"type header length", 116, 4, true},
                            Field{"gateway", 120, 1, true},
                            Field{"type header reserved", 121, 7, false},
                            Field{"total length", 128, 16, true},
                            Field{"padding", 144, 128, false},
                            Field{"source node", 272, 24, true},
                            Field{"destination node", 296, 24, true},
                            Field{"length", 320, 16, true},
                            Field{"response opcode", 336, 2, false},
                            Field{"opcode", 338, 6, true},
                            Field{"virtual channel", 344, 8, true},
                            Field{"tx", 352, 8, false},
                            Field{"rx", 360, 8, false},
                            Field{"epoch", 368, 16, false},
                            Field{"congestion", 384, 8, false},
                            Field{"version", 392, 4, false},
                            Field{"version reserved", 396, 4, false},
                            Field{"congestion reserved", 400, 6, false},
                            Field{"congestion reduced", 406, 1, false},
                            Field{"congestion reduced echo", 407, 1, false},
                            Field{"extension", 408, 8, false},
                            Field{"Tx sequence", 416, 32, false},
                            Field{"Rx sequence", 448, 32, false},
                            Field{"NoC header type", 480, 8, false},
                            Field{"NoC header", 488, 120, false}};

constexpr bool fields_fill_the_header() {
  unsigned next = 0;
  for (const Field& field : fields) {
    if (field.first != next) return false;
    next += field.bits;
  }
  return next == 8 * hw::ttp_header_bytes;
}
static_assert(fields_fill_the_header());

void flip(Bytes& frame, unsigned bit) {
  if (bit / 8 < frame.size()) frame[bit / 8] ^= static_cast<std::uint8_t>(0x80U >> bit % 8);
}

/// Links of one node, so that no change of a VC makes more links than there are entries.
class TtpMutations : public testing::TestWithParam<unsigned> {
 protected:
  /// The other end of a random link says or, now and then, the user sends what fits.
  void say_what_fits() {
    const auto& link = mutated_links.at(random_() % mutated_links.size());
    if (random_() % 4 == 0) {
      twins_.send(link, {.low = turn_}, Bytes(link.second == 2 ? 64 * (1 + random_() % 4) : 0));
    } else {
      twins_.receive(encode(others_[link].next(link, random_)));
    }
    settle("a frame that fits");
  }
  /// Both get `frame`; whether it was dropped, which both must have done or not.
  bool receive(const Bytes& frame, const std::string& what) {
    const bool dropped = decode(frame, here).fault != FrameFault::none;
    const std::string before = twins_.state();
    const std::uint64_t malformed = twins_.rtl().count(hw::TtpCounter::malformed);
    twins_.receive(frame);
    settle(what);
    EXPECT_EQ(twins_.rtl().count(hw::TtpCounter::malformed), malformed + (dropped ? 1 : 0)) << what;
    if (dropped) {
      EXPECT_EQ(twins_.state(), before) << what;
      EXPECT_TRUE(twins_.said().empty()) << what << ":" << text_of(twins_.said());
    }
    return dropped;
  }
  Bytes next_frame() {
    const auto& link = mutated_links.at(random_() % mutated_links.size());
    return encode(others_[link].next(link, random_));
  }

  static constexpr std::array<std::pair<std::uint32_t, std::uint8_t>, 3> mutated_links{{{1, 2}, {1, 1}, {1, 0}}};
  std::mt19937_64 random_{GetParam()};

 private:
  void settle(const std::string& what) {
    ++turn_;
    twins_.run();
    twins_.compare(fmt::format("turn {}: {}", turn_, what));
    for (const auto& [to, frames] : twins_.said()) {
      for (const Frame& frame : frames) others_[to].hear(frame);
    }
  }

  Twins twins_{GetParam()};
  std::map<std::pair<std::uint32_t, std::uint8_t>, Other> others_;
  std::uint64_t turn_ = 0;
};

// Every bit of the header, and random values of every field, in whatever the other end says just then.
TEST_P(TtpMutations, OfEveryHeaderFieldAreDroppedOrTaken) {
  for (const Field& field : fields) {
    unsigned dropped = 0;
    for (unsigned i = 0; i < field.bits + 4 && !HasFailure(); ++i) {
      say_what_fits();
      Bytes frame = next_frame();
      if (i < field.bits) {
        flip(frame, field.first + i);
      } else {
        for (unsigned bit = 0; bit < field.bits; ++bit) {
          if (random_() % 2 == 0) flip(frame, field.first + bit);
        }
      }
      dropped += receive(frame, field.name) ? 1 : 0;
    }
    ASSERT_FALSE(HasFailure());
    EXPECT_EQ(dropped > 0, field.is_checked) << field.name;
  }
}

TEST_P(TtpMutations, OfTheSizeAreDroppedOrTaken) {
  constexpr std::array<std::size_t, 16> sizes{0, 1, 13, 14, 59, 60, 61, 63, 64, 75, 128, 140, 1100, 1536, 1537, 3000};
  for (unsigned i = 0; i < 10 * sizes.size(); ++i) {
    say_what_fits();
    Bytes frame = next_frame();
    frame.resize(sizes.at(i % sizes.size()), static_cast<std::uint8_t>(random_()));
    receive(frame, fmt::format("{} bytes", frame.size()));
    ASSERT_FALSE(HasFailure());
  }
}

// Several changes at once, of header and size.
TEST_P(TtpMutations, OfAllAtOnceAreDroppedOrTaken) {
  unsigned dropped = 0;
  const unsigned frames = std::getenv("DOJO_NIGHTLY") != nullptr ? 150000 : 1500;
  for (unsigned i = 0; i < frames; ++i) {
    if (i % 2 == 0) say_what_fits();
    Bytes frame = next_frame();
    for (std::uint64_t flips = random_() % 4; flips > 0; --flips) {
      const Field& field = fields.at(random_() % fields.size());
      flip(frame, field.first + random_() % field.bits);
    }
    if (random_() % 8 == 0) frame.resize(random_() % 1600);
    dropped += receive(frame, "random changes") ? 1 : 0;
    ASSERT_FALSE(HasFailure());
  }
  EXPECT_GT(dropped, frames / 4);
  EXPECT_LT(dropped, frames * 3 / 4);
}

INSTANTIATE_TEST_SUITE_P(Ttp, TtpMutations, testing::Range(1U, 4U));

}  // namespace
}  // namespace dojo::ttp
