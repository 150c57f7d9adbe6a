#pragma once
// A station of either kind.

#include <cstdint>
#include <memory>
#include <string>

#include "ttp/station.hpp"

namespace dojo::ttp {

/// Entries of the Verilated endpoint's link table; the golden model gets as many.
constexpr unsigned station_links = 4;

/// `backend` is rtl or model. Throws dojo::InputError if it is neither.
std::unique_ptr<Station> make_station(const std::string& backend, std::uint32_t node, const hw::TtpTimers& timers,
                                      std::uint64_t seed);

}  // namespace dojo::ttp
