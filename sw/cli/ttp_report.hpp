#pragma once
// What TTP endpoints and lines say at the end of a run, as JSON and text.

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "ttp/bad_line.hpp"
#include "ttp/station.hpp"

namespace dojo::cli {

/// An end of a line after a run.
struct TtpEnd {
  std::uint32_t node;
  std::string backend;
  const ttp::Station& station;
};

/// `{"mac", "backend", "links": [{"peer_mac", "vc", "state"}], "counters": {name of ttp_counter: count}}`
nlohmann::ordered_json end_json(const TtpEnd& end);
/// Its links, and the counters that are not 0.
std::string end_text(const TtpEnd& end);

nlohmann::ordered_json line_json(const ttp::LineCounts& counts);
std::string line_text(const ttp::LineCounts& counts);

}  // namespace dojo::cli
