#include "cli/ttp_report.hpp"

#include <fmt/format.h>

#include "cli/ttp_options.hpp"

namespace dojo::cli {
namespace {

constexpr unsigned counters = 16;

}  // namespace

nlohmann::ordered_json end_json(const TtpEnd& end) {
  nlohmann::ordered_json links = nlohmann::ordered_json::array();
  for (const hw::TtpLink& link : end.station.links()) {
    links.push_back({{"peer_mac", mac_text(link.node)}, {"vc", link.vc}, {"state", to_string(link.state)}});
  }
  nlohmann::ordered_json counts;
  for (unsigned i = 0; i < counters; ++i) {
    const auto counter = static_cast<hw::TtpCounter>(i);
    counts[std::string(to_string(counter))] = end.station.count(counter);
  }
  return {{"mac", mac_text(end.node)}, {"backend", end.backend}, {"links", links}, {"counters", counts}};
}

std::string end_text(const TtpEnd& end) {
  std::string text = fmt::format("{} ({})\n", mac_text(end.node), end.backend);
  const auto links = end.station.links();
  for (const hw::TtpLink& link : links) {
    text += fmt::format("  link to {} on VC{}: {}\n", mac_text(link.node), link.vc, to_string(link.state));
  }
  if (links.empty()) text += "  no links\n";
  for (unsigned i = 0; i < counters; ++i) {
    const auto counter = static_cast<hw::TtpCounter>(i);
    const std::uint64_t count = end.station.count(counter);
    if (count != 0) text += fmt::format("  {:<16}{}\n", to_string(counter), count);
  }
  text.pop_back();
  return text;
}

nlohmann::ordered_json line_json(const ttp::LineCounts& counts) {
  return {{"frames", counts.frames},    {"bytes", counts.bytes},
          {"frames_lost", counts.lost}, {"frames_repeated", counts.repeated},
          {"frames_late", counts.late}, {"frames_corrupted", counts.corrupted}};
}

std::string line_text(const ttp::LineCounts& counts) {
  return fmt::format("{} frames of {} bytes, {} lost, {} repeated, {} late, {} corrupted", counts.frames, counts.bytes,
                     counts.lost, counts.repeated, counts.late, counts.corrupted);
}

}  // namespace dojo::cli
