// dojo ttp: two TTP endpoints on a line that loses, repeats, reorders and corrupts frames.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <optional>

#include "cli/commands.hpp"
#include "cli/ttp_bridge.hpp"
#include "cli/ttp_options.hpp"
#include "cli/ttp_report.hpp"
#include "common/error.hpp"
#include "ttp/capture.hpp"
#include "ttp/make_station.hpp"
#include "ttp/pair.hpp"

namespace dojo::cli {
namespace {

constexpr std::uint64_t default_count = 1000;
constexpr double line_rate = 25;  // bytes per cycle: 50 GB/s at 2 GHz
constexpr std::uint64_t payloads_ahead = 64;
constexpr std::uint64_t repetitions_without_progress = 2000;

/// Two endpoints, what they are made of, and the line between them.
class Line {
 public:
  Line(const Options& common, const TtpArguments& arguments, const ttp::LineFaults& faults)
      : backends_{common.backend, arguments.peer_backend.empty() ? common.backend : arguments.peer_backend},
        timers_(ttp_timers(arguments)),
        max_cycles_(common.max_cycles),
        lines_(std::max(1U, arguments.payload / hw::line_bytes)),
        ends_{make_end(0, common.seed, arguments.rate), make_end(1, common.seed, arguments.rate)},
        pair_(*ends_[0], *ends_[1], faults, common.seed) {}

  ttp::Pair& pair() { return pair_; }
  [[nodiscard]] TtpEnd end(unsigned which) const {
    return {.node = ttp::Pair::nodes.at(which), .backend = backends_.at(which), .station = *ends_.at(which)};
  }

  /// Ends `senders` bring their number of delivered payloads to `count` each; then nothing is under way.
  void deliver(unsigned senders, unsigned vc, std::uint64_t count) {
    std::array<std::uint64_t, 2> sent{pair_.delivered(0), pair_.delivered(1)};
    std::uint64_t progress = pair_.cycle();
    for (;;) {
      bool done = true;
      for (unsigned from = 0; from < senders; ++from) {
        for (; sent[from] < count && sent[from] < pair_.delivered(from) + payloads_ahead; ++sent[from]) {
          pair_.send(from, vc, lines_);
        }
        done = done && pair_.delivered(from) >= count;
      }
      if (done && pair_.is_idle()) return;
      pair_.step();
      check_errors();
      progress = std::max(progress, pair_.last_delivery());
      const bool stuck = pair_.cycle() - progress > repetitions_without_progress * timers_.retry;
      if (stuck || pair_.cycle() >= max_cycles_) {
        throw RunError(fmt::format("ttp: cycle {}: {} of {} payloads were delivered, {}", pair_.cycle(),
                                   pair_.delivered(0) + pair_.delivered(1), senders * count,
                                   stuck ? "and no more come" : "--max-cycles is reached"));
      }
    }
  }

  /// Cycles from the user of an open link, who writes 64 bytes, to the other one.
  std::uint64_t write_latency() {
    const auto write = [this] {
      const std::uint64_t start = pair_.cycle();
      pair_.send(0, hw::ttp_data_channel, 1);
      if (!pair_.run(max_cycles_)) throw RunError("ttp: a write did not arrive; --max-cycles is reached");
      return pair_.last_delivery() - start;
    };
    write();
    return write();
  }

 private:
  std::unique_ptr<ttp::Station> make_end(unsigned which, std::uint64_t seed, double rate) {
    auto end = ttp::make_station(backends_.at(which), ttp::Pair::nodes.at(which), timers_, seed + which);
    end->set_rate(rate);
    end->set_down([this](std::uint32_t node, unsigned vc) {
      throw RunError(fmt::format("ttp: cycle {}: the link to {} on VC{} went down", pair_.cycle(), mac_text(node), vc));
    });
    return end;
  }
  void check_errors() const {
    if (!pair_.errors().empty()) {
      throw RunError(fmt::format("ttp: cycle {}: {}", pair_.cycle(), pair_.errors().front()));
    }
  }

  std::array<std::string, 2> backends_;
  hw::TtpTimers timers_;
  std::uint64_t max_cycles_;
  unsigned lines_;
  std::array<std::unique_ptr<ttp::Station>, 2> ends_;
  ttp::Pair pair_;
};

/// What one direction did while payloads were sent.
struct Rates {
  double payload = 0;  ///< bytes per cycle, as all
  double frame = 0;
  [[nodiscard]] static double percent(double rate) { return 100 * rate / line_rate; }
};

std::string rate_text(const Rates& rates) {
  std::string text = fmt::format("frames {:.2f} bytes per cycle ({:.1f} % of the line rate)", rates.frame,
                                 Rates::percent(rates.frame));
  if (rates.payload > 0) {
    text += fmt::format(", payload {:.2f} ({:.1f} %)", rates.payload, Rates::percent(rates.payload));
  }
  return text;
}

void add_settings(nlohmann::ordered_json& results, const Options& common, const TtpArguments& arguments) {
  const ttp::LineFaults faults = ttp_faults(arguments);
  const hw::TtpTimers timers = ttp_timers(arguments);
  results["vc"] = arguments.vc;
  results["payload_bytes"] = ttp_payload_bytes(arguments);
  results["payloads_per_sender"] = arguments.count.value_or(default_count);
  results["both_ways"] = arguments.both_ways;
  results["seed"] = common.seed;
  results["loss_share"] = faults.drop;
  results["repeat_share"] = faults.repeat;
  results["reorder_share"] = faults.reorder;
  results["corrupt_share"] = faults.corrupt;
  results["late_cycles"] = faults.late;
  results["line_latency_cycles"] = faults.latency;
  results["mac_bytes_per_cycle"] = arguments.rate;
  results["retry_cycles"] = timers.retry;
  results["backoff_cycles"] = timers.backoff;
  results["settle_cycles"] = timers.settle;
}

int run_line(Session& session, const TtpArguments& arguments, nlohmann::ordered_json& results) {
  const Options& common = session.options();
  const ttp::LineFaults faults = ttp_faults(arguments);
  const unsigned senders = arguments.both_ways ? 2 : 1;
  const std::uint64_t count = arguments.count.value_or(default_count);
  std::optional<ttp::Capture> capture;
  if (!arguments.pcap.empty()) capture.emplace(arguments.pcap);

  const auto start = std::chrono::steady_clock::now();
  Line clean(common, arguments, {.latency = faults.latency});
  const std::uint64_t write_latency = clean.write_latency();
  Line line(common, arguments, faults);
  ttp::Pair& pair = line.pair();
  if (capture) {
    pair.set_tap([&](unsigned, const ttp::Bytes& frame) {
      capture->write(frame, pair.cycle());
      return true;
    });
  }
  // The links open one after the other, with a payload each; then all others, whose time is taken.
  if (count > 1) {
    for (unsigned opened = 1; opened <= senders; ++opened) line.deliver(opened, arguments.vc, 1);
  }
  const std::uint64_t first_cycle = pair.cycle();
  const std::array before{pair.line(0).counts().bytes, pair.line(1).counts().bytes};
  const std::uint64_t measured = count - pair.delivered(0);
  line.deliver(senders, arguments.vc, count);
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;
  if (capture) capture->close();
  const auto window = static_cast<double>(pair.last_delivery() - first_cycle);
  const auto bytes = static_cast<double>(measured * ttp_payload_bytes(arguments));

  results["backend"] = line.end(0).backend;
  results["peer_backend"] = line.end(1).backend;
  add_settings(results, common, arguments);
  results["correct"] = true;
  results["payloads_delivered"] = pair.delivered(0) + pair.delivered(1);
  session.say(fmt::format("{} payloads of {} bytes on VC{}, all delivered once and in order", senders * count,
                          ttp_payload_bytes(arguments), arguments.vc));
  for (unsigned from = 0; from < 2; ++from) {
    const ttp::LineCounts& counts = pair.line(from).counts();
    Rates rates{.frame = static_cast<double>(counts.bytes - before.at(from)) / window};
    if (from < senders) rates.payload = bytes / window;
    nlohmann::ordered_json direction{{"from_mac", mac_text(ttp::Pair::nodes.at(from))},
                                     {"payload_bytes_per_cycle", rates.payload},
                                     {"payload_percent_of_line_rate", Rates::percent(rates.payload)},
                                     {"frame_bytes_per_cycle", rates.frame},
                                     {"frame_percent_of_line_rate", Rates::percent(rates.frame)}};
    direction.update(line_json(counts));
    results["directions"].push_back(direction);
    session.say(fmt::format("from {}: {}", mac_text(ttp::Pair::nodes.at(from)), rate_text(rates)));
    session.say(fmt::format("  {}", line_text(counts)));
  }
  results["write_latency_cycles"] = write_latency;
  results["write_latency_nanoseconds"] = static_cast<double>(write_latency) * 1e9 / hw::clock_hz;
  results["cycles"] = pair.cycle();
  results["wall_seconds"] = wall.count();
  for (unsigned which = 0; which < 2; ++which) results["ends"].push_back(end_json(line.end(which)));
  if (capture) results["pcap_frames"] = capture->frames();
  session.say(fmt::format("64-byte write on a clean line, user to user: {} cycles ({:.1f} ns), of them {} on the line",
                          write_latency, results["write_latency_nanoseconds"].get<double>(), faults.latency));
  session.say(fmt::format("{} cycles in {:.2f} s", pair.cycle(), wall.count()));
  for (unsigned which = 0; which < 2; ++which) session.say(end_text(line.end(which)));
  return static_cast<int>(ExitCode::done);
}

}  // namespace

int run_ttp(Session& session, const TtpArguments& arguments, nlohmann::ordered_json& results) {
  check_ttp_options(arguments);
  return arguments.is_bridge() ? run_ttp_bridge(session, arguments, results) : run_line(session, arguments, results);
}

}  // namespace dojo::cli
