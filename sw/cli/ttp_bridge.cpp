#include "cli/ttp_bridge.hpp"

#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <optional>

#include "cli/ttp_options.hpp"
#include "cli/ttp_report.hpp"
#include "common/error.hpp"
#include "ttp/bridge.hpp"
#include "ttp/capture.hpp"
#include "ttp/make_station.hpp"
#include "ttp/pair.hpp"

namespace dojo::cli {
namespace {

constexpr std::uint64_t default_count = 1000;
constexpr double default_seconds = 10;

std::atomic<bool> interrupted;
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler writes it");

ttp::BridgeConfig bridge_config(const Options& common, const TtpArguments& arguments) {
  ttp::BridgeConfig config{.vc = arguments.vc,
                           .payload_bytes = ttp_payload_bytes(arguments),
                           .answers = arguments.answer,
                           .replies = arguments.replies,
                           .expect = arguments.expect.value_or(0),
                           .faults = ttp_faults(arguments),
                           .seed = common.seed,
                           .max_cycles = common.max_cycles};
  if (!arguments.peer.empty()) {
    config.peer = node_of_mac("--peer", arguments.peer);
    config.count = arguments.count.value_or(default_count);
  }
  const double seconds = arguments.seconds.value_or(default_seconds);
  if (seconds > 0) config.limit = std::chrono::duration<double>(seconds);
  return config;
}

/// Why the run failed, if it did.
std::optional<std::string> failure_of(const ttp::BridgeConfig& config, const ttp::BridgeResult& result,
                                      const ttp::Station& station) {
  const bool has_task = config.count > 0 || config.expect > 0;
  if (!has_task || result.complete) return std::nullopt;
  if (result.wrong > 0) return fmt::format("{} of {} replies are not what was sent", result.wrong, result.received);
  if (result.downs > 0 && config.count > 0)
    return "the peer does not know the link any more; what was under way is lost";
  std::string text = "not all was done in time:";
  if (config.count > 0) {
    text += fmt::format(" {} of {} payloads acknowledged, link {};", station.count(hw::TtpCounter::acknowledged),
                        config.count, to_string(station.state(*config.peer, config.vc)));
  }
  text += fmt::format(" {} payloads received", result.received);
  if (config.expect > 0) text += fmt::format(" of {}", config.expect);
  return text;
}

}  // namespace

int run_ttp_bridge(Session& session, const TtpArguments& arguments, nlohmann::ordered_json& results) {
  const Options& common = session.options();
  const std::uint32_t node = arguments.node.empty() ? ttp::Pair::nodes[0] : node_of_mac("--node", arguments.node);
  const ttp::BridgeConfig config = bridge_config(common, arguments);
  if (config.peer == node) throw InputError(fmt::format("--peer {}: is the endpoint itself", arguments.peer));
  std::optional<ttp::Capture> capture;
  if (!arguments.pcap.empty()) capture.emplace(arguments.pcap);
  ttp::FramePort port = arguments.tap.empty() ? ttp::FramePort::udp(arguments.udp) : ttp::FramePort::tap(arguments.tap);
  const auto station = ttp::make_station(common.backend, node, ttp_timers(arguments), common.seed);
  station->set_rate(arguments.rate);
  ttp::Bridge bridge(*station, port, config);
  if (capture) {
    bridge.set_tap([&](const ttp::Bytes& frame, std::uint64_t cycle) { capture->write(frame, cycle); });
  }
  std::signal(SIGINT, [](int) { interrupted = true; });
  std::signal(SIGTERM, [](int) { interrupted = true; });
  session.say(fmt::format("{} ({}) at {}", mac_text(node), common.backend,
                          arguments.tap.empty() ? "udp " + arguments.udp : "tap " + arguments.tap));

  const auto start = std::chrono::steady_clock::now();
  const ttp::BridgeResult result = bridge.run(interrupted);
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;
  if (capture) capture->close();

  const TtpEnd end{.node = node, .backend = common.backend, .station = *station};
  const auto failure = failure_of(config, result, *station);
  results["correct"] = !failure;
  results["vc"] = config.vc;
  results["payload_bytes"] = config.payload_bytes;
  results["payloads_sent"] = result.sent;
  results["payloads_received"] = result.received;
  results["replies_wrong"] = result.wrong;
  results["links_down"] = result.downs;
  results["cycles"] = result.cycles;
  results["wall_seconds"] = wall.count();
  results["end"] = end_json(end);
  if (capture) results["pcap_frames"] = capture->frames();
  session.say(fmt::format("{} payloads sent, {} received, {} cycles in {:.2f} s", result.sent, result.received,
                          result.cycles, wall.count()));
  session.say(end_text(end));
  if (failure) throw RunError("ttp: " + *failure);
  return static_cast<int>(ExitCode::done);
}

}  // namespace dojo::cli
