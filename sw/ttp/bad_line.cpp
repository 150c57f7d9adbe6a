#include "ttp/bad_line.hpp"

#include <zlib.h>

#include <utility>

namespace dojo::ttp {
namespace {

constexpr std::size_t fcs_bytes = 4;

std::uint32_t fcs_of(const Bytes& bytes, std::size_t size) {
  return static_cast<std::uint32_t>(crc32(0, bytes.data(), static_cast<unsigned>(size)));
}

}  // namespace

void BadLine::put(Bytes frame, std::uint64_t now) {
  ++counts_.frames;
  counts_.bytes += frame.size();
  if (happens(faults_.drop)) {
    ++counts_.lost;
    return;
  }
  const std::uint32_t fcs = fcs_of(frame, frame.size());
  for (unsigned i = 0; i < fcs_bytes; ++i) frame.push_back(static_cast<std::uint8_t>(fcs >> (8 * i)));
  const unsigned copies = happens(faults_.repeat) ? 2 : 1;
  counts_.repeated += copies - 1;
  for (unsigned copy = 0; copy < copies; ++copy) {
    Bytes bytes = frame;
    if (happens(faults_.corrupt)) {
      ++counts_.corrupted;
      const std::uint64_t flips = 1 + below(3);
      for (std::uint64_t i = 0; i < flips; ++i) bytes[below(bytes.size())] ^= static_cast<std::uint8_t>(1U << below(8));
    }
    std::uint64_t late = 0;
    if (happens(faults_.reorder)) {
      ++counts_.late;
      late = below(faults_.late);
    }
    due_.emplace(now + faults_.latency + late, std::move(bytes));
  }
}

void BadLine::step(std::uint64_t now, const Receiver& to) {
  while (!due_.empty() && due_.begin()->first <= now) {
    Bytes bytes = std::move(due_.begin()->second);
    due_.erase(due_.begin());
    const std::size_t size = bytes.size() - fcs_bytes;
    std::uint32_t fcs = 0;
    for (unsigned i = 0; i < fcs_bytes; ++i) fcs |= std::uint32_t{bytes[size + i]} << (8 * i);
    const bool bad = fcs != fcs_of(bytes, size);
    bytes.resize(size);
    to(std::move(bytes), bad);
  }
}

}  // namespace dojo::ttp
