#include "cli/ttp_options.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <cmath>

#include "common/error.hpp"
#include "model/ttp_frame.hpp"

namespace dojo::cli {
namespace {

// Nothing in the protocol gives up, so a line must let something through.
constexpr double most_faults = 0.9;
constexpr std::uint64_t most_cycles = 1000000000;
// In cycles: some round trips of a line of 200 cycles that delays frames by 2,000, and five repetitions.
constexpr hw::TtpTimers standard_timers{.retry = 6000, .backoff = 800, .settle = 30000, .idle = 0};
// A peer in another process answers after thousands of simulated cycles.
constexpr double bridge_timer_scale = 100;
constexpr unsigned line_latency = 200;

void add_line_options(CLI::App& command, TtpArguments& arguments) {
  const auto share_of_frames = [&command](const char* name, double& value, const char* text) {
    command.add_option(name, value, text)
        ->type_name("F")
        ->check(real_between(0, most_faults))
        ->capture_default_str()
        ->group("Line");
  };
  share_of_frames("--loss", arguments.loss, "share of the frames that is lost");
  share_of_frames("--repeat", arguments.repeat, "share of the frames that comes twice");
  share_of_frames("--reorder", arguments.reorder, "share of the frames that comes late, behind later ones");
  share_of_frames("--corrupt", arguments.corrupt, "share of the frames of which one to three bits flip");
  command.add_option("--late", arguments.late, "cycles by which a frame is late at most")
      ->type_name("N")
      ->check(number_between(1, most_cycles))
      ->capture_default_str()
      ->group("Line");
  command.add_option("--latency", arguments.latency, "cycles of the line; default: 200, of a bridge 0")
      ->type_name("N")
      ->check(number_between(0, most_cycles))
      ->group("Line");
  command.add_option("--rate", arguments.rate, "bytes of frames that a MAC sends per cycle; 25: 50 GB/s")
      ->type_name("F")
      ->check(real_between(0.01, 64))
      ->capture_default_str()
      ->group("Line");
  command
      .add_option("--timer-scale", arguments.timer_scale,
                  "factor of the endpoints' timers, which count simulated cycles: 6000 to a repetition; default: 1, of "
                  "a bridge 100")
      ->type_name("F")
      ->check(real_between(0.01, 10000))
      ->group("Line");
}

void add_bridge_options(CLI::App& command, TtpArguments& arguments) {
  CLI::Option* tap = command.add_option("--tap", arguments.tap, "join one endpoint to this TAP device")
                         ->type_name("NAME")
                         ->group("Bridge");
  command.add_option("--udp", arguments.udp, "join one endpoint to a UDP peer, one frame per datagram")
      ->type_name("LOCAL_PORT:HOST:PORT")
      ->excludes(tap)
      ->group("Bridge");
  command.add_option("--node", arguments.node, "MAC of the endpoint; default: 98:ed:5c:00:01:01")
      ->type_name("MAC")
      ->group("Bridge");
  command.add_option("--peer", arguments.peer, "MAC of the node to which payloads are sent; without it none are")
      ->type_name("MAC")
      ->group("Bridge");
  command.add_flag("--answer", arguments.answer, "send every payload that comes back to its sender")->group("Bridge");
  command.add_flag("--replies", arguments.replies, "the peer does so: wait for it, and compare")->group("Bridge");
  command.add_option("--expect", arguments.expect, "payloads that have to come before the end")
      ->type_name("N")
      ->check(positive_number())
      ->group("Bridge");
  command
      .add_option("--seconds", arguments.seconds,
                  "end after this wall time; 0: when all is done, or at an interrupt; default: 10")
      ->type_name("F")
      ->check(real_between(0, 1e6))
      ->group("Bridge");
}

}  // namespace

void add_ttp_options(CLI::App& command, Options& options, TtpArguments& arguments) {
  command.footer(
      "Example: dojo ttp --loss 0.01 --repeat 0.01 --reorder 0.01 --both-ways --pcap run.pcap\n"
      "Example: dojo ttp --udp 9001:localhost:9002 --peer 98:ed:5c:00:01:02 --count 100 --replies\n"
      "         dojo ttp --udp 9002:localhost:9001 --node 98:ed:5c:00:01:02 --answer --backend model");
  add_backend_option(command, options);
  command
      .add_option("--peer-backend", arguments.peer_backend,
                  "the other end of a simulated line; default: that of --backend")
      ->check(CLI::IsMember({"rtl", "model"}));
  command.add_option("--payload", arguments.payload, "bytes of a payload on VC2: a multiple of 64 up to 1024")
      ->type_name("N")
      ->check(number_between(hw::line_bytes, hw::line_bytes * hw::ttp_payload_beats))
      ->capture_default_str();
  command.add_option("--count", arguments.count, "payloads that each sender sends; default: 1000")
      ->type_name("N")
      ->check(positive_number());
  command
      .add_option("--vc", arguments.vc,
                  "virtual channel: 2 data, 1 and 0 requests of high and low priority without "
                  "payload bytes")
      ->type_name("N")
      ->check(number_between(0, hw::ttp_channels - 1))
      ->capture_default_str();
  command.add_flag("--both-ways", arguments.both_ways, "both ends of a simulated line send");
  command
      .add_option("--pcap", arguments.pcap,
                  "write all frames as they are sent, and those that come to a bridge; the time is that of the "
                  "simulation")
      ->type_name("FILE");
  add_seed_option(command, options);
  add_limit_option(command, options);
  add_output_options(command, options);
  add_line_options(command, arguments);
  add_bridge_options(command, arguments);
}

std::uint32_t node_of_mac(const std::string& option, const std::string& mac) {
  constexpr std::size_t digits = 12;
  std::string plain = mac;
  std::erase(plain, ':');
  std::uint64_t value = 0;
  const char* end = plain.data() + plain.size();
  const auto [stop, error] = std::from_chars(plain.data(), end, value, 16);
  bool is_mac = plain.size() == digits && error == std::errc{} && stop == end && mac.size() == digits + 5;
  for (std::size_t i = 2; is_mac && i < mac.size(); i += 3) is_mac = mac[i] == ':';
  if (!is_mac) throw InputError(fmt::format("{} '{}': expected a MAC such as 98:ed:5c:00:01:01", option, mac));
  if (value >> 24 != hw::ttp_oui) {
    throw InputError(fmt::format("{} {}: not a TTP node, whose MAC begins with 98:ed:5c", option, mac));
  }
  return static_cast<std::uint32_t>(value & 0xffffff);
}

std::string mac_text(std::uint32_t node) {
  const std::uint64_t mac = ttp::mac_of(node);
  std::string text;
  for (int shift = 40; shift >= 0; shift -= 8) {
    text += fmt::format("{}{:02x}", text.empty() ? "" : ":", mac >> shift & 0xff);
  }
  return text;
}

void check_ttp_options(const TtpArguments& arguments) {
  const auto refuse = [](bool given, const char* option, const char* reason) {
    if (given) throw InputError(fmt::format("{}: {}", option, reason));
  };
  if (arguments.payload % hw::line_bytes != 0) {
    throw InputError(fmt::format("--payload {}: expected a multiple of {}", arguments.payload, hw::line_bytes));
  }
  if (arguments.is_bridge()) {
    constexpr const char* simulated = "only two ends of a simulated line have it, without --tap and --udp";
    refuse(!arguments.peer_backend.empty(), "--peer-backend", simulated);
    refuse(arguments.both_ways, "--both-ways", simulated);
    constexpr const char* needs_peer = "needs --peer, the node to which payloads are sent";
    refuse(arguments.peer.empty() && arguments.count.has_value(), "--count", needs_peer);
    refuse(arguments.peer.empty() && arguments.replies, "--replies", needs_peer);
    refuse(arguments.answer && arguments.replies, "--answer", "both ends would answer for ever; leave out --replies");
    return;
  }
  constexpr const char* bridged = "needs --tap or --udp";
  refuse(!arguments.node.empty(), "--node", bridged);
  refuse(!arguments.peer.empty(), "--peer", bridged);
  refuse(arguments.answer, "--answer", bridged);
  refuse(arguments.replies, "--replies", bridged);
  refuse(arguments.expect.has_value(), "--expect", bridged);
  refuse(arguments.seconds.has_value(), "--seconds", bridged);
}

hw::TtpTimers ttp_timers(const TtpArguments& arguments) {
  const double scale = arguments.timer_scale.value_or(arguments.is_bridge() ? bridge_timer_scale : 1);
  const auto scaled = [scale](std::uint32_t cycles) {
    return static_cast<std::uint32_t>(std::max(1.0, std::round(cycles * scale)));
  };
  return {.retry = scaled(standard_timers.retry),
          .backoff = scaled(standard_timers.backoff),
          .settle = scaled(standard_timers.settle),
          .idle = standard_timers.idle};
}

ttp::LineFaults ttp_faults(const TtpArguments& arguments) {
  return {.drop = arguments.loss,
          .repeat = arguments.repeat,
          .reorder = arguments.reorder,
          .corrupt = arguments.corrupt,
          .late = arguments.late,
          .latency = arguments.latency.value_or(arguments.is_bridge() ? 0 : line_latency)};
}

std::size_t ttp_payload_bytes(const TtpArguments& arguments) {
  return arguments.vc == hw::ttp_data_channel ? arguments.payload : 0;
}

}  // namespace dojo::cli
