#pragma once
// What libFuzzer and the suite feed with bytes.

#include <cstdint>
#include <span>

namespace dojo::ttp {

/// Reads `data` as a run of a golden endpoint: frames that come, malformed or not, requests of its user, and time.
/// Throws std::logic_error when the endpoint or the frame parser does what it must not.
void run_fuzz_input(std::span<const std::uint8_t> data);

}  // namespace dojo::ttp
