#pragma once
// Payloads that tell who sent them and which one they are, so that the receiver can check them.

#include <cstddef>
#include <cstdint>

#include "ttp/station.hpp"

namespace dojo::ttp {

/// What travels to another node: NoC header and bytes.
struct Payload {
  NocHeader noc;
  Bytes bytes;

  bool operator==(const Payload&) const = default;
};

/// Payload `number` of `vc` from end `from` (0 or 1): `size` bytes, of which each place holds another one in each.
Payload numbered_payload(unsigned from, unsigned vc, std::uint64_t number, std::size_t size);

}  // namespace dojo::ttp
