#pragma once
// Execution of vector arithmetic: what the classes of instructions share.

#include <cstdint>
#include <type_traits>
#include <utility>

#include "model/vector_instruction.hpp"
#include "model/vector_state.hpp"

namespace dojo::model {

/// What an arithmetic instruction gets from its hart and gives back.
struct VectorOperands {
  std::uint32_t bits = 0;
  std::uint64_t scalar = 0;      ///< x[rs1], or f[rs1] in the low 32 bits
  unsigned rounding_mode = 0;    ///< frm, a legal one
  std::uint64_t result = 0;      ///< of instructions whose rd is an x or f register
  std::uint8_t float_flags = 0;  ///< to be accumulated in fflags
};

/// Executes a legal instruction and sets vstart to 0.
void execute_vector_arithmetic(const VectorEntry& entry, VectorState& state, VectorOperands& operands);

/// Executes a legal dojo.vcf.narrow (`widen` false) or dojo.vcf.widen and sets vstart to 0.
void execute_vector_cfloat(bool widen, VectorState& state, VectorOperands& operands);

/// Elements of a register group, not initialised.
template <typename T>
struct Elements {
  alignas(64) T at[max_group_bytes / sizeof(T)];
};

/// A vector instruction while it runs: its body elements are begin() .. end() - 1, those of them that are active count.
class VectorFrame {
 public:
  VectorFrame(const VectorEntry& entry, VectorState& state, VectorOperands& operands);

  [[nodiscard]] VectorOp op() const { return entry_.op; }
  [[nodiscard]] const VectorEntry& entry() const { return entry_; }
  [[nodiscard]] std::uint32_t bits() const { return operands_.bits; }
  [[nodiscard]] VectorState& state() { return state_; }
  [[nodiscard]] VectorOperands& operands() { return operands_; }
  [[nodiscard]] unsigned begin() const { return begin_; }
  [[nodiscard]] unsigned end() const { return end_; }
  [[nodiscard]] unsigned vd() const { return vd_of(operands_.bits); }
  [[nodiscard]] unsigned vs1() const { return vs1_of(operands_.bits); }
  [[nodiscard]] unsigned vs2() const { return vs2_of(operands_.bits); }
  /// Whether a mask selects the active elements.
  [[nodiscard]] bool masked() const { return masked_; }
  [[nodiscard]] bool active(unsigned index) const { return !masked_ || active_[index] != 0; }
  /// 1 or 0 for each element below end(); only if masked().
  [[nodiscard]] const std::uint8_t* mask() const { return active_; }
  /// The scalar operand: x[rs1] or the extended immediate.
  [[nodiscard]] std::uint64_t scalar() const { return scalar_; }
  [[nodiscard]] bool has_vector_operand() const { return form_ == form_vector; }

  /// Elements below end() of the group at a register.
  template <typename T>
  void load(unsigned reg, Elements<T>& elements) const {
    std::memcpy(elements.at, state_.reg(reg), end_ * sizeof(T));
  }
  template <typename T>
  void source_2(Elements<T>& elements) const {
    load(vs2(), elements);
  }
  /// vs1, or the scalar in every element.
  template <typename T>
  void source_1(Elements<T>& elements) const {
    if (has_vector_operand()) {
      load(vs1(), elements);
    } else {
      const T value = static_cast<T>(scalar_);
      for (unsigned i = 0; i < end_; ++i) elements.at[i] = value;
    }
  }
  /// Writes the active body elements of vd.
  template <typename T>
  void write(const Elements<T>& result) {
    std::uint8_t* const target = state_.reg(vd());
    if (!masked_) {
      std::memcpy(target + begin_ * sizeof(T), result.at + begin_, (end_ - begin_) * sizeof(T));
      return;
    }
    Elements<T> merged;
    load(vd(), merged);
    for (unsigned i = begin_; i < end_; ++i) merged.at[i] = active_[i] != 0 ? result.at[i] : merged.at[i];
    std::memcpy(target, merged.at, end_ * sizeof(T));
  }
  /// Writes the body bits of the mask vd: the active ones, or all if `every`.
  void write_mask(const Elements<std::uint8_t>& result, bool every);
  /// The same from the bits of a register.
  void write_mask_bytes(const std::uint8_t* packed, bool every);

 private:
  const VectorEntry& entry_;
  VectorState& state_;
  VectorOperands& operands_;
  VectorForm form_;
  std::uint64_t scalar_;
  unsigned begin_;
  unsigned end_;
  bool masked_;
  alignas(64) std::uint8_t active_[max_elements];
};

/// Calls function.operator()<T>() with the unsigned type of 1 << sew bytes.
template <typename Function>
void with_element_type(unsigned sew, Function&& function) {
  switch (sew) {
    case 0:
      return function.template operator()<std::uint8_t>();
    case 1:
      return function.template operator()<std::uint16_t>();
    default:
      return function.template operator()<std::uint32_t>();
  }
}

/// The same for SEW 8 and 16: instructions that use elements of twice the width.
template <typename Function>
void with_narrow_type(unsigned sew, Function&& function) {
  if (sew == 0) return function.template operator()<std::uint8_t>();
  return function.template operator()<std::uint16_t>();
}

template <typename T>
struct WideOf;
template <>
struct WideOf<std::uint8_t> {
  using Type = std::uint16_t;
};
template <>
struct WideOf<std::uint16_t> {
  using Type = std::uint32_t;
};
template <>
struct WideOf<std::uint32_t> {
  using Type = std::uint64_t;
};
/// Unsigned type of twice the width.
template <typename T>
using Wide = typename WideOf<T>::Type;

template <typename T>
constexpr std::make_signed_t<T> as_signed(T value) {
  return static_cast<std::make_signed_t<T>>(value);
}

/// vd[i] = function(vs2[i], operand 1 [i]).
template <typename T, typename Function>
void map_binary(VectorFrame& frame, Function function) {
  Elements<T> a;
  Elements<T> b;
  Elements<T> result;
  frame.source_2(a);
  frame.source_1(b);
  for (unsigned i = 0; i < frame.end(); ++i) result.at[i] = static_cast<T>(function(a.at[i], b.at[i]));
  frame.write(result);
}

// The classes of instructions.
void execute_integer(VectorFrame& frame);
void execute_fixed_point(VectorFrame& frame);
void execute_width_change(VectorFrame& frame);
void execute_mask(VectorFrame& frame);
void execute_permutation(VectorFrame& frame);
void execute_integer_reduction(VectorFrame& frame);
void execute_float(VectorFrame& frame);
void execute_float_conversion(VectorFrame& frame);
void execute_float_reduction(VectorFrame& frame);

}  // namespace dojo::model
