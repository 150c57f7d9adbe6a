#include "ttp/make_station.hpp"

#include <fmt/format.h>

#include "common/error.hpp"
#include "ttp/model_station.hpp"
#include "ttp/rtl_station.hpp"

namespace dojo::ttp {

std::unique_ptr<Station> make_station(const std::string& backend, std::uint32_t node, const hw::TtpTimers& timers,
                                      std::uint64_t seed) {
  // Verilator takes seeds of 31 bits, and 0 as any.
  constexpr std::uint64_t most = 0x7fffffff;
  if (backend == "rtl") return std::make_unique<RtlStation>(node, timers, static_cast<int>(1 + seed % most));
  if (backend != "model") throw InputError(fmt::format("backend {}: expected rtl or model", backend));
  return std::make_unique<ModelStation>(EndpointConfig{.node = node, .links = station_links, .timers = timers});
}

}  // namespace dojo::ttp
