// Frames on the wire: the layout byte by byte, and what is refused.

#include "model/ttp_frame.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <stdexcept>
#include <vector>

#include "model/ttp_endpoint.hpp"

namespace dojo::ttp {
namespace {

constexpr std::uint32_t own = 0x010203;
constexpr std::uint32_t other = 0xa0b0c0;

Frame payload_frame(unsigned lines) {
  Frame frame{.source = other,
              .destination = own,
              .opcode = hw::TtpOpcode::payload,
              .vc = 2,
              .tx_id = 0x11223344,
              .rx_id = 0x55667788,
              .noc = {.type = 0x9a, .high = 0x01020304050607, .low = 0x08090a0b0c0d0e0f},
              .payload = {}};
  for (unsigned i = 0; i < 64 * lines; ++i) frame.payload.push_back(static_cast<std::uint8_t>(i * 7));
  return frame;
}

TEST(TtpFrame, LayoutIsThatOfTheSpecification) {
  const Frame frame = payload_frame(2);
  std::vector<std::uint8_t> expected{
      0x98, 0xed, 0x5c, 0x01, 0x02, 0x03, 0x98, 0xed, 0x5c, 0xa0, 0xb0, 0xc0, 0x9a, 0xc6,        // Ethernet II
      0x05, 0x00, 0x00, 0xbe,                                                                    // 190 bytes from here
      0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0, 0,  // padding
      0xa0, 0xb0, 0xc0, 0x01, 0x02, 0x03, 0x00, 0x03,              // shim header: two beats + 1
      0x06, 0x02, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,  // transport header
      0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88,              // Tx, Rx
      0x9a, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07,              // NoC header
      0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f,
  };
  ASSERT_EQ(expected.size(), hw::ttp_header_bytes);
  expected.insert(expected.end(), frame.payload.begin(), frame.payload.end());
  EXPECT_EQ(encode(frame), expected);
}

TEST(TtpFrame, ControlFrameIsTheShortestOfEthernet) {
  const Frame frame{
      .source = own, .destination = other, .opcode = hw::TtpOpcode::nack_nolink, .vc = 1, .noc = {}, .payload = {}};
  const auto bytes = encode(frame);
  EXPECT_EQ(bytes.size(), 60U);
  EXPECT_EQ(bytes[42], 10U);
  EXPECT_EQ(bytes[43], 1U);
  EXPECT_EQ(decode(bytes, other).frame, frame);
}

TEST(TtpFrame, EveryLengthComesBack) {
  for (unsigned lines = 1; lines <= 16; ++lines) {
    const Frame frame = payload_frame(lines);
    const DecodedFrame decoded = decode(encode(frame), own);
    EXPECT_EQ(decoded.fault, FrameFault::none);
    EXPECT_EQ(decoded.frame, frame);
  }
  Frame request = payload_frame(0);
  request.vc = 0;
  EXPECT_EQ(encode(request).size(), 76U);
  EXPECT_EQ(decode(encode(request), own).frame, request);
}

TEST(TtpFrame, PayloadMustFitItsChannel) {
  EXPECT_THROW(encode(payload_frame(0)), std::invalid_argument);
  EXPECT_THROW(encode(payload_frame(17)), std::invalid_argument);
  Frame request = payload_frame(1);
  request.vc = 1;
  EXPECT_THROW(encode(request), std::invalid_argument);
}

/// A byte of a well-formed frame is changed, and why that is refused.
struct Change {
  std::size_t byte;
  std::uint8_t value;
  FrameFault fault;
};

class TtpMalformed : public testing::TestWithParam<Change> {};

TEST_P(TtpMalformed, IsRefused) {
  auto bytes = encode(payload_frame(2));
  bytes.at(GetParam().byte) = GetParam().value;
  EXPECT_EQ(decode(bytes, own).fault, GetParam().fault) << to_string(GetParam().fault);
}

INSTANTIATE_TEST_SUITE_P(Ttp, TtpMalformed,
                         testing::Values(Change{0, 0x99, FrameFault::destination},
                                         Change{5, 4, FrameFault::destination}, Change{39, 4, FrameFault::destination},
                                         Change{8, 0, FrameFault::source}, Change{34, 0, FrameFault::source},
                                         Change{12, 8, FrameFault::ether_type}, Change{14, 6, FrameFault::type_header},
                                         Change{15, 0x80, FrameFault::gateway}, Change{17, 0xbd, FrameFault::length},
                                         Change{16, 1, FrameFault::length}, Change{41, 4, FrameFault::length},
                                         Change{41, 1, FrameFault::length}, Change{40, 1, FrameFault::length},
                                         Change{42, 11, FrameFault::opcode}, Change{43, 3, FrameFault::virtual_channel},
                                         Change{43, 0, FrameFault::length}));

TEST(TtpFrame, SizeIsBounded) {
  auto bytes = encode(payload_frame(1));
  bytes.resize(hw::ttp_frame_bytes);
  EXPECT_EQ(decode(bytes, own).fault, FrameFault::none) << "what follows the payload is padding";
  bytes.push_back(0);
  EXPECT_EQ(decode(bytes, own).fault, FrameFault::size);
  bytes.resize(59);
  EXPECT_EQ(decode(bytes, own).fault, FrameFault::size);
  EXPECT_EQ(decode({}, own).fault, FrameFault::size);
}

TEST(TtpFrame, RandomBytesLeaveAnEndpointAlone) {
  std::mt19937_64 random(1);
  Endpoint endpoint({.node = own});
  const auto good = encode(payload_frame(3));
  std::uint64_t now = 0;
  for (unsigned i = 0; i < 200000; ++i) {
    auto bytes = good;
    bytes.resize(random() % 4 == 0 ? random() % 300 : good.size());
    for (std::uint64_t flips = random() % 6; flips > 0 && !bytes.empty(); --flips) {
      bytes[random() % std::min<std::size_t>(bytes.size(), 76)] = static_cast<std::uint8_t>(random());
    }
    endpoint.receive(bytes, ++now);
    while (endpoint.next_frame(now)) {
    }
  }
  EXPECT_EQ(endpoint.count(hw::TtpCounter::frames_received) + endpoint.count(hw::TtpCounter::malformed), 200000U);
  EXPECT_GT(endpoint.count(hw::TtpCounter::malformed), 50000U);
}

}  // namespace
}  // namespace dojo::ttp
