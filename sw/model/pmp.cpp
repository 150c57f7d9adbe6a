#include "model/pmp.hpp"

#include <algorithm>
#include <bit>

namespace dojo::model {
namespace {

constexpr std::uint8_t lock_bit = 0x80;
constexpr std::uint8_t writable_bits = 0x9f;
constexpr std::uint64_t address_bits = (std::uint64_t{1} << 54) - 1;

/// Modes of address matching, bits 4:3 of a configuration.
enum class Match : std::uint8_t { off, top_of_range, word, power_of_two };

constexpr Match match_of(std::uint8_t configuration) {
  return static_cast<Match>(configuration >> 3 & 3);
}

/// Addresses begin .. end - 1.
struct Range {
  std::uint64_t begin;
  std::uint64_t end;
};

}  // namespace

bool Pmp::allows(std::uint64_t address, unsigned bytes, PmpAccess access) const {
  for (unsigned entry = 0; entry < hw::pmp_entries; ++entry) {
    Range range{};
    const std::uint64_t value = addresses_[entry];
    switch (match_of(configurations_[entry])) {
      case Match::off:
        continue;
      case Match::top_of_range:
        range = {entry == 0 ? 0 : addresses_[entry - 1] << 2, value << 2};
        break;
      case Match::word:
        range = {value << 2, (value << 2) + 4};
        break;
      case Match::power_of_two: {
        const std::uint64_t size = std::uint64_t{8} << std::countr_one(value);
        const std::uint64_t begin = (value << 2) & ~(size - 1);
        range = {begin, begin + size};
        break;
      }
    }
    const std::uint64_t last = address + bytes - 1;
    if (range.begin >= range.end || last < range.begin || address >= range.end) continue;
    if (address < range.begin || last >= range.end) return false;
    const std::uint8_t configuration = configurations_[entry];
    return (configuration & lock_bit) == 0 || (configuration & static_cast<std::uint8_t>(access)) != 0;
  }
  return true;
}

std::uint64_t Pmp::configuration(unsigned first) const {
  std::uint64_t value = 0;
  for (unsigned i = 0; i < 8; ++i) value |= std::uint64_t{configurations_[first + i]} << (8 * i);
  return value;
}

void Pmp::set_configuration(unsigned first, std::uint64_t value) {
  for (unsigned i = 0; i < 8; ++i) {
    std::uint8_t& configuration = configurations_[first + i];
    const auto written = static_cast<std::uint8_t>(value >> (8 * i) & writable_bits);
    // Writable but not readable is reserved.
    if ((configuration & lock_bit) == 0 && (written & 3) != 2) configuration = written;
  }
  on_ = std::any_of(configurations_.begin(), configurations_.end(),
                    [](std::uint8_t configuration) { return match_of(configuration) != Match::off; });
}

void Pmp::set_address(unsigned entry, std::uint64_t value) {
  const bool bounds_locked = entry + 1 < hw::pmp_entries && (configurations_[entry + 1] & lock_bit) != 0 &&
                             match_of(configurations_[entry + 1]) == Match::top_of_range;
  if ((configurations_[entry] & lock_bit) == 0 && !bounds_locked) addresses_[entry] = value & address_bits;
}

}  // namespace dojo::model
