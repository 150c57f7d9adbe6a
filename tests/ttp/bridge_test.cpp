// Endpoints that are joined by UDP on this machine, as different makes of them would be: RTL at one end and the golden
// model at the other.

#include "ttp/bridge.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "common/error.hpp"
#include "ttp/make_station.hpp"
#include "ttp/pair.hpp"

namespace dojo::ttp {
namespace {

// The other end is a thread that may wait for a processor.
constexpr hw::TtpTimers bridge_timers{.retry = 100000, .backoff = 10000, .settle = 500000, .idle = 0};

/// A UDP socket of this machine, and its port.
class UdpSocket {
 public:
  UdpSocket() : descriptor_(socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0)) {
    sockaddr_in any{};
    any.sin_family = AF_INET;
    any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(any);
    auto* address = reinterpret_cast<sockaddr*>(&any);
    if (bind(descriptor_, address, size) != 0 || getsockname(descriptor_, address, &size) != 0) {
      throw std::runtime_error("no UDP port");
    }
    port_ = ntohs(any.sin_port);
  }
  ~UdpSocket() { close(descriptor_); }
  UdpSocket(const UdpSocket&) = delete;
  UdpSocket& operator=(const UdpSocket&) = delete;

  [[nodiscard]] unsigned port() const { return port_; }
  void send(unsigned port, const Bytes& bytes) const {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    to.sin_port = htons(static_cast<std::uint16_t>(port));
    const ssize_t sent =
        sendto(descriptor_, bytes.data(), bytes.size(), 0, reinterpret_cast<const sockaddr*>(&to), sizeof(to));
    ASSERT_EQ(sent, static_cast<ssize_t>(bytes.size()));
  }

 private:
  int descriptor_;
  unsigned port_ = 0;
};

/// Two ports that are free just now.
std::array<unsigned, 2> free_ports() {
  const UdpSocket first;
  const UdpSocket second;
  return {first.port(), second.port()};
}

struct End {
  std::string backend;
  std::unique_ptr<Station> station;
  FramePort port;
  BridgeResult result;
};

End make_end(const std::string& backend, unsigned which, const std::array<unsigned, 2>& ports) {
  return {.backend = backend,
          .station = make_station(backend, Pair::nodes.at(which), bridge_timers, 1 + which),
          .port = FramePort::udp(fmt::format("{}:127.0.0.1:{}", ports.at(which), ports.at(1 - which))),
          .result = {}};
}

/// Both ends until the first one is done.
void run(End& sender, const BridgeConfig& sends, End& server, const BridgeConfig& serves) {
  std::atomic<bool> over = false;
  const std::atomic<bool> never = false;
  std::thread other([&] { server.result = Bridge(*server.station, server.port, serves).run(over); });
  sender.result = Bridge(*sender.station, sender.port, sends).run(never);
  over = true;
  other.join();
}

class TtpBridge : public testing::TestWithParam<std::array<const char*, 2>> {};

TEST_P(TtpBridge, PayloadsAndAnswersArrive) {
  const auto ports = free_ports();
  End sender = make_end(GetParam()[0], 0, ports);
  End server = make_end(GetParam()[1], 1, ports);
  constexpr unsigned payloads = 300;
  run(sender,
      {.peer = Pair::nodes[1],
       .count = payloads,
       .payload_bytes = 1024,
       .replies = true,
       .faults = {.latency = 0},
       .limit = std::chrono::seconds(60)},
      server, {.answers = true, .faults = {.latency = 0}, .limit = std::chrono::seconds(60)});
  EXPECT_TRUE(sender.result.complete);
  EXPECT_EQ(sender.result.sent, payloads);
  EXPECT_EQ(sender.result.received, payloads);
  EXPECT_EQ(sender.result.wrong, 0U);
  EXPECT_EQ(server.result.received, payloads);
  for (const End* end : {&sender, &server}) {
    EXPECT_EQ(end->station->count(hw::TtpCounter::links_opened), 1U) << end->backend;
    EXPECT_EQ(end->station->count(hw::TtpCounter::links_closed), 1U) << end->backend;
    EXPECT_EQ(end->station->count(hw::TtpCounter::acknowledged), payloads) << end->backend;
  }
}

TEST_P(TtpBridge, FramesThatAreLostComeAgain) {
  const auto ports = free_ports();
  End sender = make_end(GetParam()[0], 0, ports);
  End server = make_end(GetParam()[1], 1, ports);
  const LineFaults faults{.drop = 0.02, .repeat = 0.02, .reorder = 0.02, .corrupt = 0.02, .late = 2000, .latency = 10};
  constexpr unsigned payloads = 200;
  run(sender,
      {.peer = Pair::nodes[1],
       .count = payloads,
       .payload_bytes = 64,
       .replies = true,
       .faults = faults,
       .limit = std::chrono::seconds(100)},
      server, {.answers = true, .faults = faults, .seed = 2, .limit = std::chrono::seconds(100)});
  EXPECT_TRUE(sender.result.complete);
  EXPECT_EQ(sender.result.received, payloads);
  EXPECT_GT(sender.station->count(hw::TtpCounter::payloads_sent), payloads);
  EXPECT_GT(server.station->count(hw::TtpCounter::malformed) + sender.station->count(hw::TtpCounter::malformed), 0U);
}

INSTANTIATE_TEST_SUITE_P(Ttp, TtpBridge,
                         testing::Values(std::array{"rtl", "model"}, std::array{"model", "rtl"},
                                         std::array{"rtl", "rtl"}),
                         [](const auto& ends) { return fmt::format("{}_{}", ends.param[0], ends.param[1]); });

TEST(TtpBridgeEnds, WhatIsNoFrameIsCounted) {
  const UdpSocket other;
  const unsigned port = free_ports()[0];
  const auto station = make_station("rtl", Pair::nodes[0], bridge_timers, 1);
  FramePort line = FramePort::udp(fmt::format("{}:127.0.0.1:{}", port, other.port()));
  for (const std::size_t size : {0, 1, 60, 1536, 1537, 9000}) other.send(port, Bytes(size, 0xff));
  std::atomic<bool> over = false;
  std::thread judge([&] {
    std::this_thread::sleep_for(std::chrono::seconds(1));
    over = true;
  });
  const BridgeResult result = Bridge(*station, line, {.faults = {.latency = 0}}).run(over);
  judge.join();
  EXPECT_EQ(station->count(hw::TtpCounter::malformed), 6U);
  EXPECT_EQ(station->count(hw::TtpCounter::frames_received), 0U);
  EXPECT_EQ(result.received, 0U);
}

TEST(TtpBridgeEnds, NobodyAnswers) {
  const auto ports = free_ports();
  End sender = make_end("model", 0, ports);
  const std::atomic<bool> never = false;
  const BridgeConfig config{
      .peer = Pair::nodes[1], .count = 5, .payload_bytes = 64, .limit = std::chrono::milliseconds(500)};
  const BridgeResult result = Bridge(*sender.station, sender.port, config).run(never);
  EXPECT_FALSE(result.complete);
  EXPECT_EQ(sender.station->state(Pair::nodes[1], 2), hw::TtpState::open_sent);
  EXPECT_EQ(sender.station->count(hw::TtpCounter::acknowledged), 0U);
}

// The other end has been started anew and knows of no link.
TEST(TtpBridgeEnds, ALinkThatThePeerHasForgottenIsReported) {
  const auto ports = free_ports();
  End sender = make_end("rtl", 0, ports);
  const std::atomic<bool> never = false;
  BridgeConfig config{.peer = Pair::nodes[1],
                      .count = 1,
                      .payload_bytes = 64,
                      .faults = {.latency = 0},
                      .limit = std::chrono::seconds(30)};
  for (const unsigned downs : {0U, 1U}) {
    End server = make_end("model", 1, ports);
    std::atomic<bool> over = false;
    std::thread other([&] {
      Bridge(*server.station, server.port, {.faults = {.latency = 0}, .limit = std::chrono::seconds(30)}).run(over);
    });
    if (downs == 0) {
      // Opens a link and leaves it open.
      sender.station->send(Pair::nodes[1], 2, {}, Bytes(64));
      const BridgeConfig waits{.expect = 1, .faults = {.latency = 0}, .limit = std::chrono::seconds(2)};
      Bridge(*sender.station, sender.port, waits).run(never);
      EXPECT_EQ(sender.station->state(Pair::nodes[1], 2), hw::TtpState::open);
    } else {
      sender.result = Bridge(*sender.station, sender.port, config).run(never);
      EXPECT_EQ(sender.result.downs, 1U);
      EXPECT_FALSE(sender.result.complete);
    }
    over = true;
    other.join();
  }
}

TEST(TtpFramePort, BadPlacesAreRefused) {
  for (const char* place :
       {"", "9000", "9000:9001", "9000::9001", "0:localhost:9001", "9000:localhost:0", "70000:localhost:9001",
        "9000:localhost:70000", "x:localhost:9001", "9000:localhost:", "9000:localhost:-1"}) {
    EXPECT_THROW(FramePort::udp(place), InputError) << place;
  }
  EXPECT_THROW(FramePort::udp("9000:no-such-host.invalid:9001"), InputError);
  for (const char* name : {"", "a-name-that-is-too-long", "a/b", "a b", "tap%d"}) {
    EXPECT_THROW(FramePort::tap(name), InputError) << name;
  }
  const UdpSocket taken;
  EXPECT_THROW(FramePort::udp(fmt::format("{}:127.0.0.1:9", taken.port())), RunError);
}

}  // namespace
}  // namespace dojo::ttp
