// Single faults on the lanes of a small die-edge link, each planted and looked for; and its frames against their
// definition.

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "small_pair.hpp"
#include "tb/tile/edge_frame.hpp"

namespace dojo::tb {
namespace {

constexpr unsigned frame_low_word = 32;  // bits of the trailer: crc, then acknowledge, sequence_number, go_back, kind
constexpr unsigned acknowledge_at = frame_low_word;
constexpr unsigned kind_at = frame_low_word + 40;
constexpr unsigned freed_at = 96;
constexpr unsigned freed_bits = 7;

bool begins(std::span<const std::uint32_t> beat) {
  return edge_field(edge_slot(beat, 0), edge_slot_bits - 1, 1) != 0;
}

/// Frames that leave end 0, one after the other.
class EdgeFault : public testing::Test {
 protected:
  EdgeFault() {
    pair_.train();
    EXPECT_TRUE(pair_.settle(2000));
  }

  void stream(unsigned packets) {
    for (unsigned i = 0; i < packets; ++i) {
      for (unsigned p = 0; p < small_ports; ++p) pair_.send(p, both_classes.at(i % 2));
    }
  }

  void finish() {
    ASSERT_TRUE(pair_.settle(20000));
    pair_.expect_clean();
    EXPECT_EQ(pair_.state(0), hw::EdgeState::up);
    EXPECT_EQ(pair_.state(1), hw::EdgeState::up);
  }

  SmallPair pair_;
};

TEST_F(EdgeFault, FramesAreAsDefined) {
  std::vector<std::vector<std::uint32_t>> frame;
  unsigned frames = 0;
  unsigned data_frames = 0;
  pair_.set_beat_tap([&](unsigned end, std::span<std::uint32_t> beat) {
    if (end != 0) return true;
    for (unsigned s = 0; s < small_slots; ++s) EXPECT_EQ(edge_check(beat, s), edge_check_of(edge_slot(beat, s)));
    EXPECT_EQ(begins(beat), frame.empty());
    frame.emplace_back(beat.begin(), beat.end());
    if (frame.size() != hw::edge_beats) return true;
    const EdgeSlot trailer = edge_slot(frame.back(), small_slots - 1);
    EXPECT_EQ(edge_field(trailer, 0, 32), edge_crc(frame, small_slots));
    EXPECT_EQ(edge_field(trailer, edge_slot_bits - 1 - hw::edge_port_bits, hw::edge_port_bits), hw::edge_no_port);
    ++frames;
    if (edge_field(trailer, kind_at, 3) == static_cast<unsigned>(hw::EdgeFrameKind::data)) {
      EXPECT_EQ(edge_field(trailer, frame_low_word + 16, 16), data_frames);
      ++data_frames;
    }
    frame.clear();
    return true;
  });
  stream(50);
  finish();
  EXPECT_GE(frames, data_frames);
  EXPECT_GE(data_frames, 150U / 7);
}

TEST_F(EdgeFault, EverySingleWrongBitIsCorrected) {
  unsigned bit = 0;
  pair_.set_beat_tap([&](unsigned end, std::span<std::uint32_t> beat) {
    if (end == 0 && bit < small_slots * edge_lane_bits) {
      beat[bit / 32] ^= 1U << (bit % 32);
      ++bit;
    }
    return true;
  });
  stream(1000);
  finish();
  EXPECT_EQ(bit, small_slots * edge_lane_bits);
  EXPECT_EQ(pair_.counters(1).corrected, small_slots * edge_lane_bits);
  EXPECT_EQ(pair_.counters(1).bad, 0U);
  EXPECT_EQ(pair_.counters(0).repeated, 0U);
}

TEST_F(EdgeFault, SeveralWrongBitsOfASlotAreFoundByTheCrc) {
  std::mt19937_64 random(3);
  unsigned faults = 0;
  unsigned beats = 0;
  pair_.set_beat_tap([&](unsigned end, std::span<std::uint32_t> beat) {
    if (end == 0 && ++beats % 97 == 0) {
      const unsigned slot = random() % small_slots;
      const unsigned wrong = 2 + random() % 5;
      for (unsigned i = 0; i < wrong; ++i) {
        const unsigned bit = slot * edge_lane_bits + static_cast<unsigned>(random() % edge_lane_bits);
        beat[bit / 32] ^= 1U << (bit % 32);
      }
      ++faults;
    }
    return true;
  });
  stream(3000);
  ASSERT_TRUE(pair_.settle(100000));
  pair_.expect_clean();
  EXPECT_GT(faults, 50U);
  EXPECT_GT(pair_.counters(1).bad, faults / 2);
  EXPECT_GT(pair_.counters(0).repeated, faults);
}

TEST_F(EdgeFault, EachLostBeatOfAFrameIsNoticed) {
  for (unsigned lost = 0; lost < hw::edge_beats; ++lost) {
    const auto before = pair_.counters(0).repeated;
    unsigned beat = 0;
    unsigned frames = 0;
    pair_.set_beat_tap([&](unsigned end, std::span<std::uint32_t> words) {
      if (end != 0) return true;
      if (begins(words)) {
        beat = 0;
        ++frames;
      } else
        ++beat;
      return !(frames == 4 && beat == lost);
    });
    stream(50);
    finish();
    EXPECT_GT(pair_.counters(0).repeated, before) << "beat " << lost;
    EXPECT_EQ(pair_.counters(0).timeouts, 0U) << "beat " << lost;
  }
}

TEST_F(EdgeFault, RepetitionThatIsLostIsAskedForAgain) {
  unsigned lost = 0;
  pair_.set_beat_tap([&](unsigned end, std::span<std::uint32_t> beat) {
    if (end != 0 || lost == 3) return true;
    const EdgeSlot trailer = edge_slot(beat, small_slots - 1);
    const bool is_frame_5 =
        edge_field(trailer, edge_slot_bits - 1 - hw::edge_port_bits, hw::edge_port_bits) == hw::edge_no_port &&
        edge_field(trailer, kind_at, 3) == static_cast<unsigned>(hw::EdgeFrameKind::data) &&
        edge_field(trailer, frame_low_word + 16, 16) == 5;
    if (is_frame_5) ++lost;
    return !is_frame_5;
  });
  stream(200);
  finish();
  EXPECT_EQ(lost, 3U);
  // Every time the receiver noticed, and no timer was needed.
  EXPECT_EQ(pair_.counters(0).timeouts, 0U);
}

TEST_F(EdgeFault, LastFrameLostIsSentAgainAfterATimeout) {
  bool cut = true;
  pair_.set_beat_tap([&](unsigned end, std::span<std::uint32_t>) { return end != 0 || !cut; });
  stream(1);
  pair_.run(50);
  cut = false;
  finish();
  EXPECT_EQ(pair_.counters(0).timeouts, 1U);
  EXPECT_GE(pair_.counters(0).repeated, 1U);
}

TEST_F(EdgeFault, LostAcknowledgementsAreGivenAgain) {
  bool cut = true;
  pair_.set_beat_tap([&](unsigned end, std::span<std::uint32_t>) { return end != 1 || !cut; });
  stream(1);
  pair_.run(100);
  EXPECT_EQ(pair_.scoreboard.delivered(), small_ports);
  cut = false;
  finish();
  EXPECT_EQ(pair_.scoreboard.delivered(), small_ports);
  EXPECT_GE(pair_.counters(0).timeouts, 1U);
}

TEST_F(EdgeFault, LostCreditsAreAskedFor) {
  // The sinks stop until the far end is full and everything is acknowledged; then they go on while its frames are lost.
  bool blocked = true;
  bool cut = false;
  pair_.set_sink_policy([&](unsigned, unsigned) { return !blocked; });
  pair_.set_beat_tap([&](unsigned end, std::span<std::uint32_t>) { return end != 1 || !cut; });
  stream(4 * small_queue_depth);
  pair_.run(1000);
  const std::uint64_t delivered = pair_.scoreboard.delivered();
  cut = true;
  blocked = false;
  pair_.run(small_timeout / 2);
  blocked = true;
  pair_.run(60);
  EXPECT_GT(pair_.scoreboard.delivered(), delivered);
  const std::size_t queued = pair_.queued(0, 0);
  const auto timeouts = pair_.counters(0).timeouts;
  cut = false;
  pair_.run(2 * small_timeout);
  EXPECT_LT(pair_.queued(0, 0), queued);
  EXPECT_GT(pair_.counters(0).timeouts, timeouts);
  blocked = false;
  finish();
}

TEST_F(EdgeFault, GarbageIsDroppedAndCounted) {
  std::mt19937_64 random(9);
  unsigned garbage = 0;
  unsigned beats = 0;
  pair_.set_beat_tap([&](unsigned end, std::span<std::uint32_t> beat) {
    if (end == 0 && ++beats % 61 == 0) {
      for (std::uint32_t& word : beat) word = static_cast<std::uint32_t>(random());
      beat.back() &= (1U << (small_slots * edge_lane_bits % 32)) - 1;
      ++garbage;
    }
    return true;
  });
  stream(3000);
  ASSERT_TRUE(pair_.settle(200000));
  pair_.expect_clean();
  EXPECT_GT(garbage, 100U);
  EXPECT_GE(pair_.counters(1).bad, garbage / 2);
}

/// Frames whose CRC is right and whose trailer claims what cannot be.
TEST_F(EdgeFault, ImpossibleTrailersAreRefused) {
  std::mt19937_64 random(21);
  std::vector<std::vector<std::uint32_t>> frame;
  unsigned forged = 0;
  unsigned frames = 0;
  pair_.set_beat_tap([&](unsigned end, std::span<std::uint32_t> beat) {
    if (end != 1) return true;
    if (begins(beat)) frame.clear();
    frame.emplace_back(beat.begin(), beat.end());
    if (frame.size() != hw::edge_beats || ++frames % 5 != 0) return true;
    EdgeSlot trailer = edge_slot(beat, small_slots - 1);
    if (random() % 2 == 0) {
      const std::uint64_t claimed = edge_field(trailer, acknowledge_at, 16) + 0x1000 + random() % 0x8000;
      set_edge_field(trailer, acknowledge_at, 16, claimed & 0xffffU);
    } else {
      // Queue 0 sends nothing here, so that whatever is freed of it is too much.
      const unsigned at = freed_at + freed_bits * (2 * (random() % small_ports));
      set_edge_field(trailer, at, freed_bits, (edge_field(trailer, at, freed_bits) + 100) % 128);
    }
    put_edge_slot(beat, small_slots - 1, trailer);
    frame.back().assign(beat.begin(), beat.end());
    set_edge_field(trailer, 0, 32, edge_crc(frame, small_slots));
    put_edge_slot(beat, small_slots - 1, trailer);
    ++forged;
    return true;
  });
  for (unsigned i = 0; i < 500; ++i) {
    for (unsigned p = 0; p < small_ports; ++p) pair_.send(p, hw::PacketClass::data);
  }
  finish();
  EXPECT_GT(forged, 20U);
  EXPECT_EQ(pair_.counters(0).refused, forged);
}

}  // namespace
}  // namespace dojo::tb
