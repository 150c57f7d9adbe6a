// Packets of the gdb remote protocol: framing, checksums, escapes, what is damaged.

#include "debug/packet.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace dojo::debug {
namespace {

using Kind = Event::Kind;

/// All events in a stream that comes in pieces of `step` bytes.
std::vector<Event> events_of(const std::string& stream, std::size_t step) {
  PacketReader reader;
  std::vector<Event> events;
  for (std::size_t i = 0; i < stream.size(); i += step) {
    reader.add(stream.substr(i, step));
    while (std::optional<Event> event = reader.next()) events.push_back(*event);
  }
  return events;
}

TEST(Packet, ChecksumIsTheSumOfItsBytes) {
  EXPECT_EQ(frame(""), "$#00");
  EXPECT_EQ(frame("OK"), "$OK#9a");
  EXPECT_EQ(frame("qSupported"), "$qSupported#37");
}

TEST(Packet, EscapesComeBack) {
  const std::string payload = std::string("a#b$c}d*e\0f", 11);
  const std::string framed = frame(payload);
  EXPECT_EQ(framed.find('#'), framed.size() - 3);
  const std::vector<Event> events = events_of(framed, 1);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].kind, Kind::packet);
  EXPECT_EQ(events[0].payload, payload);
}

TEST(Packet, StreamInPieces) {
  const std::string stream = "+" + frame("g") + "\x03-noise" + frame("m80000000,8") + "+";
  for (const std::size_t step : {1u, 2u, 3u, 1000u}) {
    const std::vector<Event> events = events_of(stream, step);
    ASSERT_EQ(events.size(), 6u) << step;
    EXPECT_EQ(events[0].kind, Kind::acknowledge);
    EXPECT_EQ(events[1].payload, "g");
    EXPECT_EQ(events[2].kind, Kind::interrupt);
    EXPECT_EQ(events[3].kind, Kind::repeat);
    EXPECT_EQ(events[4].payload, "m80000000,8");
    EXPECT_EQ(events[5].kind, Kind::acknowledge);
  }
}

TEST(Packet, DamagedOnesAreNamedAndPassedOver) {
  const std::string good = frame("?");
  const std::vector<std::string> bad{"$g#68", "$g#zz", "$g}#e4", '$' + std::string(3 * packet_size, 'a')};
  for (const std::string& damaged : bad) {
    PacketReader reader;
    reader.add(damaged);
    const std::optional<Event> event = reader.next();
    ASSERT_TRUE(event) << damaged.substr(0, 8);
    EXPECT_EQ(event->kind, Kind::damaged) << damaged.substr(0, 8);
    reader.add(good);
    const std::optional<Event> next = reader.next();
    ASSERT_TRUE(next) << damaged.substr(0, 8);
    EXPECT_EQ(next->payload, "?");
  }
}

TEST(Packet, Hexadecimals) {
  EXPECT_EQ(value_to_hex(std::uint32_t{0x80000060}), "60000080");
  EXPECT_EQ(to_hex(std::string_view("OK\n")), "4f4b0a");
  EXPECT_EQ(from_hex("4f4b")->size(), 2u);
  EXPECT_FALSE(from_hex("4f4"));
  EXPECT_FALSE(from_hex("4g"));
  EXPECT_EQ(hex_number("ffffffffffffffff"), ~std::uint64_t{0});
  for (const char* wrong : {"", "0x1", "-1", "1 ", "g", "10000000000000000"}) EXPECT_FALSE(hex_number(wrong)) << wrong;
}

}  // namespace
}  // namespace dojo::debug
