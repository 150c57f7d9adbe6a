#include "tb/ttp/pair.hpp"

#include <fmt/format.h>

#include <utility>

namespace dojo::tb {
namespace {

constexpr std::size_t most_errors = 10;

// Number, sender and VC make the payload, and a place holds another byte in each.
std::uint8_t byte_of(unsigned from, unsigned vc, std::uint64_t number, std::size_t place) {
  const std::uint64_t mixed = (number * 3 + from * 2 + vc + 1) * 0x9e3779b97f4a7c15U + place * 0xc2b2ae3d27d4eb4fU;
  return static_cast<std::uint8_t>(mixed >> 56);
}

Bytes payload_of(unsigned from, unsigned vc, std::uint64_t number, std::size_t size) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = byte_of(from, vc, number, i);
  return bytes;
}

ttp::NocHeader noc_of(unsigned from, unsigned vc, std::uint64_t number, std::size_t size) {
  return {.type = static_cast<std::uint8_t>(size / hw::line_bytes * 8 + vc * 2 + from),
          .high = number * 0x123457 & 0xffffffffffffffU,
          .low = number};
}

}  // namespace

Pair::Pair(Station& first, Station& second, const LineFaults& faults, std::uint64_t seed)
    : stations_{&first, &second}, lines_{BadLine(faults, 2 * seed), BadLine(faults, 2 * seed + 1)} {
  for (unsigned s = 0; s < 2; ++s) {
    stations_[s]->set_line([this, s](Bytes frame) {
      if (!tap_ || tap_(s, frame)) lines_[s].put(std::move(frame), cycle_);
    });
    stations_[s]->set_sink([this, s](const ttp::Frame& frame) { check(1 - s, frame); });
  }
}

void Pair::send(unsigned from, unsigned vc, unsigned lines) {
  const std::uint64_t number = sent_[from].at(vc)++;
  const std::size_t size = vc == hw::ttp_data_channel ? std::size_t{lines} * hw::line_bytes : 0;
  stations_[from]->send(nodes[1 - from], vc, noc_of(from, vc, number, size), payload_of(from, vc, number, size));
}

void Pair::check(unsigned from, const ttp::Frame& frame) {
  ++delivered_[from];
  last_delivery_ = cycle_;
  const std::uint64_t number = expected_[from].at(frame.vc)++;
  const std::size_t size = frame.payload.size();
  if (errors_.size() >= most_errors) return;
  if (frame.source != nodes[from]) errors_.push_back(fmt::format("payload from node {:#x}", frame.source));
  if (frame.noc != noc_of(from, frame.vc, number, size)) {
    errors_.push_back(fmt::format("station {}, VC{}: payload {} instead of {}", from, frame.vc, frame.noc.low, number));
  } else if (frame.payload != payload_of(from, frame.vc, number, size)) {
    errors_.push_back(fmt::format("station {}, VC{}: payload {} has other bytes", from, frame.vc, number));
  }
}

void Pair::step() {
  ++cycle_;
  for (unsigned s = 0; s < 2; ++s) lines_[s].step(cycle_, *stations_[1 - s]);
  for (Station* station : stations_) station->step();
}

bool Pair::is_idle() const {
  return stations_[0]->is_idle() && stations_[1]->is_idle() && lines_[0].is_empty() && lines_[1].is_empty();
}

bool Pair::run(std::uint64_t limit) {
  for (std::uint64_t i = 0; i < limit; ++i) {
    step();
    if (is_idle()) return true;
  }
  return false;
}

}  // namespace dojo::tb
