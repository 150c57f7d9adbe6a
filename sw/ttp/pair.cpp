#include "ttp/pair.hpp"

#include <fmt/format.h>

#include <utility>

#include "ttp/payloads.hpp"

namespace dojo::ttp {
namespace {

constexpr std::size_t most_errors = 10;

}  // namespace

Pair::Pair(Station& first, Station& second, const LineFaults& faults, std::uint64_t seed)
    : stations_{&first, &second}, lines_{BadLine(faults, 2 * seed), BadLine(faults, 2 * seed + 1)} {
  for (unsigned s = 0; s < 2; ++s) {
    stations_[s]->set_line([this, s](Bytes frame) {
      if (!tap_ || tap_(s, frame)) lines_[s].put(std::move(frame), cycle_);
    });
    stations_[s]->set_sink([this, s](const Frame& frame) { check(1 - s, frame); });
  }
}

void Pair::send(unsigned from, unsigned vc, unsigned lines) {
  const std::uint64_t number = sent_[from].at(vc)++;
  const std::size_t size = vc == hw::ttp_data_channel ? std::size_t{lines} * hw::line_bytes : 0;
  Payload payload = numbered_payload(from, vc, number, size);
  stations_[from]->send(nodes[1 - from], vc, payload.noc, std::move(payload.bytes));
}

void Pair::check(unsigned from, const Frame& frame) {
  ++delivered_[from];
  last_delivery_ = cycle_;
  const std::uint64_t number = expected_[from].at(frame.vc)++;
  if (errors_.size() >= most_errors) return;
  if (frame.source != nodes[from]) errors_.push_back(fmt::format("payload from node {:#x}", frame.source));
  const Payload expected = numbered_payload(from, frame.vc, number, frame.payload.size());
  if (frame.noc != expected.noc) {
    errors_.push_back(fmt::format("station {}, VC{}: payload {} instead of {}", from, frame.vc, frame.noc.low, number));
  } else if (frame.payload != expected.bytes) {
    errors_.push_back(fmt::format("station {}, VC{}: payload {} has other bytes", from, frame.vc, number));
  }
}

void Pair::step() {
  ++cycle_;
  for (unsigned s = 0; s < 2; ++s) {
    lines_[s].step(cycle_, [&to = *stations_[1 - s]](Bytes frame, bool bad) { to.receive(std::move(frame), bad); });
  }
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

}  // namespace dojo::ttp
