// dojo ttp as users run it: on a simulated line, and two processes that are joined by UDP or TAP devices.

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <cstring>
#include <future>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "subprocess.hpp"

namespace dojo::test {
namespace {

using Arguments = std::vector<std::string>;
using nlohmann::json;

constexpr const char* first_mac = "98:ed:5c:00:01:01";
constexpr const char* second_mac = "98:ed:5c:00:01:02";

class Ttp : public testing::Test {
 protected:
  [[nodiscard]] Result run(Arguments arguments) const {
    arguments.insert(arguments.begin(), "ttp");
    return run_dojo(arguments, folder_.path());
  }
  /// The results of a run that succeeds.
  [[nodiscard]] json results_of(Arguments arguments) const {
    arguments.insert(arguments.end(), {"--json", "-"});
    const Result result = run(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.errors;
    if (result.exit_code != 0) throw std::runtime_error("dojo ttp failed");
    return json::parse(result.output);
  }
  TemporaryFolder folder_;
};

TEST_F(Ttp, CleanLineIsUsedInFull) {
  const json results = results_of({"--count", "500"});
  EXPECT_EQ(results.at("correct"), true);
  EXPECT_EQ(results.at("payloads_delivered"), 500);
  const json& direction = results.at("directions").at(0);
  EXPECT_GE(direction.at("frame_percent_of_line_rate"), 97);
  EXPECT_LE(direction.at("frame_percent_of_line_rate"), 100);
  EXPECT_GE(direction.at("payload_bytes_per_cycle"), 23);
  EXPECT_EQ(direction.at("from_mac"), first_mac);
  EXPECT_GE(results.at("write_latency_cycles"), 200);
  EXPECT_LE(results.at("write_latency_cycles"), 235);
  EXPECT_EQ(results.at("write_latency_nanoseconds"), results.at("write_latency_cycles").get<double>() / 2);
  const json& end = results.at("ends").at(0);
  EXPECT_EQ(end.at("backend"), "rtl");
  EXPECT_EQ(end.at("links").at(0).at("state"), "open");
  EXPECT_EQ(end.at("links").at(0).at("peer_mac"), "98:ed:5c:fe:02:02");
  EXPECT_EQ(end.at("counters").at("acknowledged"), 500);
}

TEST_F(Ttp, BadLinesLoseNothing) {
  for (const char* peer : {"rtl", "model"}) {
    for (const char* vc : {"2", "0"}) {
      const json results =
          results_of({"--peer-backend", peer, "--vc", vc, "--payload", "192", "--count", "400", "--both-ways", "--loss",
                      "0.02", "--repeat", "0.02", "--reorder", "0.02", "--corrupt", "0.02", "--seed", "7"});
      EXPECT_EQ(results.at("correct"), true) << peer << vc;
      EXPECT_EQ(results.at("payloads_delivered"), 800) << peer << vc;
      for (const json& direction : results.at("directions")) {
        for (const char* fault : {"frames_lost", "frames_repeated", "frames_late", "frames_corrupted"}) {
          EXPECT_GT(direction.at(fault), 0) << fault;
        }
      }
      for (const json& end : results.at("ends")) {
        EXPECT_GT(end.at("counters").at("malformed"), 0) << "corrupted frames";
        EXPECT_EQ(end.at("counters").at("delivered"), 400);
      }
    }
  }
}

TEST_F(Ttp, PeopleReadIt) {
  const Result result = run({"--backend", "model", "--count", "10"});
  EXPECT_EQ(result.exit_code, 0) << result.errors;
  for (const char* part : {"once and in order", "% of the line rate", "64-byte write", "link to", "acknowledged"}) {
    EXPECT_NE(result.output.find(part), std::string::npos) << part << " is not in\n" << result.output;
  }
}

TEST_F(Ttp, ALineThatLetsNothingThroughInTimeFails) {
  const Result result = run({"--loss", "0.9", "--max-cycles", "5000"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_TRUE(result.one_error_line()) << result.errors;
  EXPECT_NE(result.errors.find("--max-cycles"), std::string::npos) << result.errors;
}

std::string output_of(const std::string& command) {
  std::string output;
  std::FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("popen failed");
  std::array<char, 4096> buffer;
  while (const std::size_t size = std::fread(buffer.data(), 1, buffer.size(), pipe)) output.append(buffer.data(), size);
  return pclose(pipe) == 0 ? output : "failed: " + output;
}

// tcpdump is the independent reader: every frame is Ethernet II of TTP's type, between the two ends, in order of time.
TEST_F(Ttp, TcpdumpReadsTheCapture) {
  const json results = results_of({"--count", "50", "--payload", "64", "--loss", "0.1", "--pcap", "run.pcap"});
  const std::string file = (folder_.path() / "run.pcap").string();
  const std::string text =
      output_of("tcpdump -r " + file + " -e -n -tt --nano 2>" + folder_.path().string() + "/errors");
  const std::string errors = contents_of(folder_.path() / "errors");
  EXPECT_NE(errors.find("EN10MB (Ethernet)"), std::string::npos) << errors;
  std::size_t frames = 0;
  double last = 0;
  for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1) {
    std::string line = text.substr(at, text.find('\n', at) - at);
    if (line.starts_with('\t')) continue;  // the bytes of a protocol that tcpdump does not know
    ++frames;
    EXPECT_NE(line.find("ethertype Unknown (0x9ac6)"), std::string::npos) << line;
    EXPECT_NE(line.find("98:ed:5c:00:01:01"), std::string::npos) << line;
    EXPECT_NE(line.find("98:ed:5c:fe:02:02"), std::string::npos) << line;
    const double time = std::stod(line);
    EXPECT_GE(time, last);
    last = time;
  }
  EXPECT_EQ(frames, results.at("pcap_frames"));
  EXPECT_EQ(frames, results.at("directions").at(0).at("frames").get<std::size_t>() +
                        results.at("directions").at(1).at("frames").get<std::size_t>());
  EXPECT_NEAR(last, results.at("cycles").get<double>() / 2e9, 1e-5);
}

/// UDP ports of this machine that are free just now.
std::array<unsigned, 2> free_ports() {
  std::array<unsigned, 2> ports{};
  std::array<int, 2> sockets{};
  for (std::size_t i = 0; i < ports.size(); ++i) {
    sockets.at(i) = socket(AF_INET, SOCK_DGRAM, 0);
    sockaddr_in any{};
    any.sin_family = AF_INET;
    socklen_t size = sizeof(any);
    auto* address = reinterpret_cast<sockaddr*>(&any);
    if (bind(sockets.at(i), address, size) != 0 || getsockname(sockets.at(i), address, &size) != 0) {
      throw std::runtime_error("no UDP port");
    }
    ports.at(i) = ntohs(any.sin_port);
  }
  for (const int descriptor : sockets) close(descriptor);
  return ports;
}

/// Two processes: one sends and compares the replies, the other one answers.
class TtpBridge : public Ttp {
 protected:
  void expect_exchange(const Arguments& first_line, const Arguments& second_line, const char* backend,
                       const char* peer_backend) {
    constexpr unsigned payloads = 100;
    Arguments sender{"--peer", second_mac, "--count", std::to_string(payloads), "--replies", "--seconds", "60"};
    sender.insert(sender.end(), {"--payload", "512", "--backend", backend, "--pcap", "sender.pcap"});
    sender.insert(sender.end(), first_line.begin(), first_line.end());
    Arguments server{"--node", second_mac, "--answer", "--expect", std::to_string(payloads), "--seconds", "60"};
    server.insert(server.end(), {"--backend", peer_backend});
    server.insert(server.end(), second_line.begin(), second_line.end());
    auto served = std::async(std::launch::async, [&] { return results_of(server); });
    const json sent = results_of(sender);
    const json answered = served.get();
    EXPECT_EQ(sent.at("correct"), true);
    EXPECT_EQ(sent.at("payloads_sent"), payloads);
    EXPECT_EQ(sent.at("payloads_received"), payloads);
    EXPECT_EQ(sent.at("end").at("backend"), backend);
    EXPECT_EQ(sent.at("end").at("mac"), first_mac);
    EXPECT_EQ(answered.at("correct"), true);
    EXPECT_EQ(answered.at("payloads_received"), payloads);
    EXPECT_EQ(answered.at("end").at("backend"), peer_backend);
    EXPECT_EQ(answered.at("end").at("counters").at("links_opened"), 1);
    EXPECT_EQ(answered.at("end").at("counters").at("links_closed"), 1);
    EXPECT_GE(sent.at("pcap_frames"), 2 * payloads);
  }
};

TEST_F(TtpBridge, TwoProcessesOverUdp) {
  for (const auto& [backend, peer_backend] : {std::pair{"rtl", "model"}, std::pair{"model", "rtl"}}) {
    const auto ports = free_ports();
    expect_exchange({"--udp", fmt::format("{}:localhost:{}", ports[0], ports[1])},
                    {"--udp", fmt::format("{}:localhost:{}", ports[1], ports[0])}, backend, peer_backend);
  }
}

/// The network card's end of a TAP device, by a packet socket.
class Card {
 public:
  explicit Card(const std::string& name) : socket_(socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK, htons(ETH_P_ALL))) {
    sockaddr_ll address{};
    address.sll_family = AF_PACKET;
    address.sll_protocol = htons(ETH_P_ALL);
    address.sll_ifindex = static_cast<int>(if_nametoindex(name.c_str()));
    is_open_ =
        address.sll_ifindex != 0 && bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  }
  ~Card() { close(socket_); }
  Card(const Card&) = delete;
  Card& operator=(const Card&) = delete;

  [[nodiscard]] bool is_open() const { return is_open_; }
  /// Moves what has come from the device's user to `other`; whether there was anything.
  bool forward(const Card& other) const {
    std::array<char, 2048> frame;
    sockaddr_ll from{};
    socklen_t size = sizeof(from);
    const ssize_t bytes = recvfrom(socket_, frame.data(), frame.size(), 0, reinterpret_cast<sockaddr*>(&from), &size);
    if (bytes < 0) return false;
    if (from.sll_pkttype != PACKET_OUTGOING) {
      [[maybe_unused]] const ssize_t sent = ::send(other.socket_, frame.data(), static_cast<std::size_t>(bytes), 0);
    }
    return true;
  }

 private:
  int socket_;
  bool is_open_ = false;
};

/// Joins two TAP devices once both are there, as a cable would.
void join(const std::array<std::string, 2>& taps, const std::atomic<bool>& over) {
  while (!over) {
    const Card first(taps[0]);
    const Card second(taps[1]);
    while (first.is_open() && second.is_open() && !over) {
      const bool from_first = first.forward(second);
      const bool from_second = second.forward(first);
      if (!from_first && !from_second) usleep(200);
    }
    usleep(10000);
  }
}

bool may_make_taps() {
  const int descriptor = open("/dev/net/tun", O_RDWR);
  if (descriptor >= 0) close(descriptor);
  return descriptor >= 0 && geteuid() == 0;
}

TEST_F(TtpBridge, TwoProcessesOverTapDevices) {
  if (!may_make_taps()) GTEST_SKIP() << "needs root and /dev/net/tun";
  const std::array taps{fmt::format("dojoa{}", getpid() % 1000000), fmt::format("dojob{}", getpid() % 1000000)};
  if (run({"--tap", taps[0], "--seconds", "0.01"}).errors.find("CAP_NET_ADMIN") != std::string::npos) {
    GTEST_SKIP() << "needs CAP_NET_ADMIN";
  }
  std::atomic<bool> over = false;
  std::thread cable([&] { join(taps, over); });
  expect_exchange({"--tap", taps[0]}, {"--tap", taps[1]}, "rtl", "model");
  over = true;
  cable.join();
}

TEST_F(TtpBridge, AnEndWithoutATaskEndsAfterItsTime) {
  const auto ports = free_ports();
  const json results =
      results_of({"--udp", fmt::format("{}:localhost:{}", ports[0], ports[1]), "--answer", "--seconds", "0.1"});
  EXPECT_EQ(results.at("correct"), true);
  EXPECT_EQ(results.at("payloads_received"), 0);
  EXPECT_EQ(results.at("end").at("links"), json::array());
}

TEST_F(TtpBridge, APeerThatIsNotThereFailsTheRun) {
  const auto ports = free_ports();
  const Result result = run({"--udp", fmt::format("{}:localhost:{}", ports[0], ports[1]), "--peer", second_mac,
                             "--seconds", "0.3", "--quiet"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_TRUE(result.one_error_line()) << result.errors;
  for (const char* part : {"not all was done in time", "0 of 1000 payloads acknowledged", "open_sent"}) {
    EXPECT_NE(result.errors.find(part), std::string::npos) << result.errors;
  }
}

class TtpBadInput : public Ttp {
 protected:
  void expect_failure(int exit_code, const Arguments& arguments, const Arguments& parts) {
    const Result result = run(arguments);
    const std::string line = fmt::format("{}", fmt::join(arguments, " "));
    EXPECT_EQ(result.exit_code, exit_code) << line << ": " << result.errors;
    EXPECT_TRUE(result.one_error_line()) << line << ": " << result.errors;
    EXPECT_EQ(result.output, "") << line;
    for (const std::string& part : parts) {
      EXPECT_NE(result.errors.find(part), std::string::npos)
          << line << ": '" << part << "' is not in " << result.errors;
    }
  }
};

TEST_F(TtpBadInput, Numbers) {
  for (const char* rate : {"--loss", "--repeat", "--reorder", "--corrupt"}) {
    for (const char* value : {"-0.1", "0.91", "1", "nan", "x", ""}) expect_failure(2, {rate, value}, {rate});
  }
  for (const char* value : {"0", "63", "100", "1088", "x"}) expect_failure(2, {"--payload", value}, {"--payload"});
  expect_failure(2, {"--count", "0"}, {"--count"});
  expect_failure(2, {"--vc", "3"}, {"--vc"});
  expect_failure(2, {"--rate", "0"}, {"--rate"});
  expect_failure(2, {"--late", "0"}, {"--late"});
  expect_failure(2, {"--timer-scale", "0"}, {"--timer-scale"});
  expect_failure(2, {"--peer-backend", "verilog"}, {"--peer-backend", "verilog"});
  expect_failure(2, {"--backend", "verilog"}, {"--backend", "verilog"});
}

TEST_F(TtpBadInput, Macs) {
  const Arguments bridge{"--udp", "9000:localhost:9001"};
  const auto with = [&bridge](const Arguments& more) {
    Arguments all = bridge;
    all.insert(all.end(), more.begin(), more.end());
    return all;
  };
  for (const char* option : {"--node", "--peer"}) {
    for (const char* mac : {"98:ed:5c:00:01", "98:ed:5c:00:01:0g", "98ed5c000101", "98-ed-5c-00-01-01",
                            "98:ed:5c:00:01:01:02", "9:8ed:5c:00:01:01"}) {
      expect_failure(2, with({option, mac}), {option, mac, "expected a MAC"});
    }
    expect_failure(2, with({option, "52:54:00:12:34:56"}), {option, "52:54:00:12:34:56", "not a TTP node"});
  }
  expect_failure(2, with({"--peer", first_mac}), {"--peer", "itself"});
}

TEST_F(TtpBadInput, OptionsOfTheOtherWay) {
  const Arguments udp{"--udp", "9000:localhost:9001"};
  expect_failure(2, {"--peer", second_mac}, {"--peer", "--udp"});
  expect_failure(2, {"--node", second_mac}, {"--node", "--udp"});
  expect_failure(2, {"--answer"}, {"--answer", "--udp"});
  expect_failure(2, {"--seconds", "1"}, {"--seconds", "--udp"});
  expect_failure(2, {udp[0], udp[1], "--both-ways"}, {"--both-ways"});
  expect_failure(2, {udp[0], udp[1], "--count", "3"}, {"--count", "--peer"});
  expect_failure(2, {udp[0], udp[1], "--replies"}, {"--replies", "--peer"});
  expect_failure(2, {udp[0], udp[1], "--tap", "tap0"}, {"--udp", "--tap"});
}

TEST_F(TtpBadInput, Ports) {
  expect_failure(2, {"--udp", "9000"}, {"--udp", "LOCAL_PORT:HOST:PORT"});
  expect_failure(2, {"--udp", "9000:localhost:99999"}, {"--udp", "LOCAL_PORT:HOST:PORT"});
  expect_failure(2, {"--udp", "9000:no-such-host.invalid:9001"}, {"no-such-host.invalid"});
  const int taken = socket(AF_INET, SOCK_DGRAM, 0);
  sockaddr_in any{};
  any.sin_family = AF_INET;
  socklen_t size = sizeof(any);
  auto* address = reinterpret_cast<sockaddr*>(&any);
  ASSERT_EQ(bind(taken, address, size), 0);
  ASSERT_EQ(getsockname(taken, address, &size), 0);
  const std::string port = std::to_string(ntohs(any.sin_port));
  expect_failure(1, {"--udp", port + ":localhost:9"}, {"port " + port, "in use"});
  close(taken);
}

TEST_F(TtpBadInput, Taps) {
  expect_failure(2, {"--tap", "a-name-that-is-too-long"}, {"--tap", "1 to 15 characters"});
  expect_failure(2, {"--tap", "a/b"}, {"--tap"});
  // The loopback device is there and is no TAP device, whatever the rights are.
  expect_failure(1, {"--tap", "lo"}, {"--tap lo"});
}

TEST_F(TtpBadInput, Captures) {
  expect_failure(2, {"--pcap", "no-such-folder/run.pcap"}, {"--pcap", "no-such-folder/run.pcap"});
  expect_failure(2, {"--pcap", folder_.path().string()}, {"--pcap", folder_.path().string()});
  expect_failure(1, {"--backend", "model", "--pcap", "/dev/full"}, {"--pcap", "/dev/full"});
}

}  // namespace
}  // namespace dojo::test
