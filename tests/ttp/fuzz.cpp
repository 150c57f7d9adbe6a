// The entry of libFuzzer.

#include <cstddef>
#include <cstdint>

#include "fuzz_target.hpp"

// libFuzzer asks for this name.
// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  dojo::ttp::run_fuzz_input({data, size});
  return 0;
}
