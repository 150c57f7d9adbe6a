#pragma once
// Vector registers and configuration of a hart: Zve32f with VLEN = 512 (docs/hart.md). Source: RISC-V V 1.0.

#include <array>
#include <cstdint>
#include <cstring>

#include "dojo_hw.hpp"

namespace dojo::model {

inline constexpr unsigned vector_bytes = hw::line_bytes;  ///< VLEN / 8
inline constexpr unsigned vector_registers = 32;
inline constexpr unsigned max_group_bytes = 8 * vector_bytes;
inline constexpr unsigned max_elements = max_group_bytes;  ///< VLMAX of SEW 8, LMUL 8

/// vtype, decoded.
struct VectorType {
  unsigned sew = 0;  ///< log2 of the bytes of an element: 0, 1, 2
  int lmul = 0;      ///< log2 of LMUL: -3..3
  bool tail_agnostic = false;
  bool mask_agnostic = false;
  bool ill = true;

  /// The configuration that a value written to vtype asks for; `ill` (and everything else 0) if it is not supported.
  [[nodiscard]] static VectorType decode(std::uint64_t value);
  [[nodiscard]] std::uint64_t encode() const;
  /// Largest vl.
  [[nodiscard]] unsigned max_length() const {
    return static_cast<unsigned>(lmul >= 0 ? vector_bytes << lmul : vector_bytes >> -lmul) >> sew;
  }
};

/// Vector registers and CSRs.
struct VectorState {
  alignas(64) std::array<std::uint8_t, vector_registers * vector_bytes> bytes{};
  VectorType type;
  unsigned length = 0;        ///< vl
  unsigned start = 0;         ///< vstart
  std::uint8_t rounding = 0;  ///< vxrm
  bool saturated = false;     ///< vxsat
  std::uint8_t cfloat_flags = 0;
  std::uint64_t seed = 0;  ///< xseed

  [[nodiscard]] std::uint8_t* reg(unsigned number) { return bytes.data() + number * vector_bytes; }
  [[nodiscard]] const std::uint8_t* reg(unsigned number) const { return bytes.data() + number * vector_bytes; }

  /// Element `index` of the group that starts at register `number`.
  template <typename T>
  [[nodiscard]] T get(unsigned number, unsigned index) const {
    T value;
    std::memcpy(&value, reg(number) + index * sizeof(T), sizeof value);
    return value;
  }
  template <typename T>
  void set(unsigned number, unsigned index, T value) {
    std::memcpy(reg(number) + index * sizeof(T), &value, sizeof value);
  }
  [[nodiscard]] bool mask_bit(unsigned number, unsigned index) const {
    return (reg(number)[index / 8] >> (index % 8) & 1) != 0;
  }
  void set_mask_bit(unsigned number, unsigned index, bool value) {
    std::uint8_t& byte = reg(number)[index / 8];
    byte = static_cast<std::uint8_t>((byte & ~(1u << index % 8)) | (unsigned{value} << index % 8));
  }
};

}  // namespace dojo::model
