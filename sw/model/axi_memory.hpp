#pragma once
// Golden model of a memory behind AXI4: what bursts do and what answers them, without time.

#include <array>
#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "dojo_hw.hpp"

namespace dojo::model {

using AxiLine = std::array<std::uint32_t, hw::line_bytes / 4>;

/// What AR or AW asks for.
struct AxiRequest {
  unsigned id = 0;
  std::uint64_t address = 0;  ///< bytes, 40 bits
  unsigned length = 0;        ///< AxLEN: beats less one, 0 to 255
  unsigned size = 6;          ///< AxSIZE: log2 of the bytes of a beat
  hw::AxiBurst kind = hw::AxiBurst::increment;

  [[nodiscard]] std::uint64_t line(unsigned beat) const { return address / hw::line_bytes + beat; }
};

/// A beat of W.
struct AxiWriteBeat {
  AxiLine data{};
  std::uint64_t strobes = 0;  ///< bit n: byte n is written
};

/// A beat of R.
struct AxiReadBeat {
  AxiLine data{};
  hw::AxiResponse response = hw::AxiResponse::okay;
  bool last = false;

  bool operator==(const AxiReadBeat&) const = default;
};

/// A channel of an Interface Processor's DRAM (docs/dip.md). Memory is zero until it is written.
class AxiMemory {
 public:
  explicit AxiMemory(std::uint64_t lines = hw::dip_channel_lines) : lines_(lines) {}

  /// How a burst is answered; one that is not okay has no effect.
  [[nodiscard]] hw::AxiResponse response(const AxiRequest& request) const;
  /// The beats that answer a read; those of a refused one are zero.
  [[nodiscard]] std::vector<AxiReadBeat> read(const AxiRequest& request) const;
  /// Writes `beats`, as many as `request` has, and returns the response.
  hw::AxiResponse write(const AxiRequest& request, std::span<const AxiWriteBeat> beats);

  [[nodiscard]] AxiLine line(std::uint64_t number) const;
  /// Every line that was ever written, by its number.
  [[nodiscard]] const std::unordered_map<std::uint64_t, AxiLine>& contents() const { return contents_; }

 private:
  std::uint64_t lines_;
  std::unordered_map<std::uint64_t, AxiLine> contents_;
};

}  // namespace dojo::model
