#include "ttp/payloads.hpp"

namespace dojo::ttp {

Payload numbered_payload(unsigned from, unsigned vc, std::uint64_t number, std::size_t size) {
  Payload payload{.noc = {.type = static_cast<std::uint8_t>(size / hw::line_bytes * 8 + vc * 2 + from),
                          .high = number * 0x123457 & 0xffffffffffffffU,
                          .low = number},
                  .bytes = Bytes(size)};
  const std::uint64_t mixed = (number * 3 + from * 2 + vc + 1) * 0x9e3779b97f4a7c15U;
  for (std::size_t i = 0; i < size; ++i) {
    payload.bytes[i] = static_cast<std::uint8_t>((mixed + i * 0xc2b2ae3d27d4eb4fU) >> 56);
  }
  return payload;
}

}  // namespace dojo::ttp
