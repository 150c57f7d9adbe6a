#include "model/vector_state.hpp"

namespace dojo::model {

VectorType VectorType::decode(std::uint64_t value) {
  VectorType result;
  const auto multiplier = static_cast<unsigned>(value & 7);
  const auto width = static_cast<unsigned>(value >> 3 & 7);
  if (value >> 8 != 0 || multiplier == 4 || width > 2) return result;
  const int lmul = multiplier < 4 ? static_cast<int>(multiplier) : static_cast<int>(multiplier) - 8;
  // A fraction of a register holds elements of at most that fraction of 64 bits.
  if (static_cast<int>(width) > 3 + lmul) return result;
  result.sew = width;
  result.lmul = lmul;
  result.tail_agnostic = (value >> 6 & 1) != 0;
  result.mask_agnostic = (value >> 7 & 1) != 0;
  result.ill = false;
  return result;
}

std::uint64_t VectorType::encode() const {
  if (ill) return std::uint64_t{1} << 63;
  return (static_cast<unsigned>(lmul) & 7) | std::uint64_t{sew} << 3 | (tail_agnostic ? 0x40 : 0) |
         (mask_agnostic ? 0x80 : 0);
}

}  // namespace dojo::model
