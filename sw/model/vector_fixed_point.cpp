// Fixed-point arithmetic: saturation (vxsat) and rounding by vxrm.

#include <limits>

#include "model/vector_execute.hpp"

namespace dojo::model {
namespace {

/// What rounding adds to value >> shift; shift may be 0. Source: V 1.0, section 3.8.
std::uint64_t increment(std::uint64_t value, unsigned shift, unsigned mode) {
  if (shift == 0) return 0;
  const std::uint64_t half = value >> (shift - 1) & 1;
  const bool below_half = (value & ((std::uint64_t{1} << (shift - 1)) - 1)) != 0;
  switch (mode) {
    case 0:  // nearest, ties up
      return half;
    case 1:  // nearest, ties to even
      return half & (below_half || (value >> shift & 1) != 0 ? 1 : 0);
    case 2:  // down
      return 0;
    default:  // to odd
      return (value >> shift & 1) == 0 && (half != 0 || below_half) ? 1 : 0;
  }
}

std::uint64_t round_shift(std::uint64_t value, unsigned shift, unsigned mode) {
  return (value >> shift) + increment(value, shift, mode);
}

std::int64_t round_shift_signed(std::int64_t value, unsigned shift, unsigned mode) {
  return (value >> shift) + static_cast<std::int64_t>(increment(static_cast<std::uint64_t>(value), shift, mode));
}

template <typename T>
struct Saturated {
  T value;
  bool saturates;
};

/// The closest value of T, or of its signed counterpart.
template <typename T>
Saturated<T> saturate_unsigned(std::int64_t value) {
  constexpr std::int64_t largest = std::numeric_limits<T>::max();
  if (value < 0) return {0, true};
  if (value > largest) return {std::numeric_limits<T>::max(), true};
  return {static_cast<T>(value), false};
}

template <typename T>
Saturated<T> saturate_signed(std::int64_t value) {
  using Limits = std::numeric_limits<std::make_signed_t<T>>;
  if (value < Limits::min()) return {static_cast<T>(Limits::min()), true};
  if (value > Limits::max()) return {static_cast<T>(Limits::max()), true};
  return {static_cast<T>(value), false};
}

/// vd[i] = function(vs2[i], operand 1 [i]) where A is the type of vs2; saturation of active elements sets vxsat.
template <typename T, typename A>
void saturating(VectorFrame& frame, auto function) {
  Elements<A> a;
  Elements<T> b;
  Elements<T> result;
  frame.source_2(a);
  frame.source_1(b);
  bool any = false;
  for (unsigned i = frame.begin(); i < frame.end(); ++i) {
    const Saturated<T> value = function(a.at[i], b.at[i]);
    result.at[i] = value.value;
    any |= value.saturates && frame.active(i);
  }
  frame.write(result);
  if (any) frame.state().saturated = true;
}

template <typename T>
void single_width(VectorFrame& frame) {
  using Signed64 = std::int64_t;
  constexpr unsigned width = 8 * sizeof(T);
  const unsigned mode = frame.state().rounding;
  switch (frame.op()) {
    case VectorOp::vsaddu:
      return saturating<T, T>(frame, [](T a, T b) { return saturate_unsigned<T>(Signed64{a} + b); });
    case VectorOp::vsadd:
      return saturating<T, T>(frame,
                              [](T a, T b) { return saturate_signed<T>(Signed64{as_signed(a)} + as_signed(b)); });
    case VectorOp::vssubu:
      return saturating<T, T>(frame, [](T a, T b) { return saturate_unsigned<T>(Signed64{a} - b); });
    case VectorOp::vssub:
      return saturating<T, T>(frame,
                              [](T a, T b) { return saturate_signed<T>(Signed64{as_signed(a)} - as_signed(b)); });
    case VectorOp::vaaddu:
      return map_binary<T>(frame, [=](T a, T b) { return round_shift(std::uint64_t{a} + b, 1, mode); });
    case VectorOp::vaadd:
      return map_binary<T>(
          frame, [=](T a, T b) { return round_shift_signed(Signed64{as_signed(a)} + as_signed(b), 1, mode); });
    case VectorOp::vasubu:
      return map_binary<T>(frame, [=](T a, T b) { return round_shift_signed(Signed64{a} - Signed64{b}, 1, mode); });
    case VectorOp::vasub:
      return map_binary<T>(
          frame, [=](T a, T b) { return round_shift_signed(Signed64{as_signed(a)} - as_signed(b), 1, mode); });
    case VectorOp::vsmul:
      return saturating<T, T>(frame, [=](T a, T b) {
        return saturate_signed<T>(round_shift_signed(Signed64{as_signed(a)} * as_signed(b), width - 1, mode));
      });
    case VectorOp::vssrl:
      return map_binary<T>(frame, [=](T a, T b) { return round_shift(a, b & (width - 1), mode); });
    default:
      return map_binary<T>(frame, [=](T a, T b) { return round_shift_signed(as_signed(a), b & (width - 1), mode); });
  }
}

}  // namespace

void execute_fixed_point(VectorFrame& frame) {
  const unsigned sew = frame.state().type.sew;
  const unsigned mode = frame.state().rounding;
  if (frame.op() == VectorOp::vnclipu) {
    with_narrow_type(sew, [&]<typename T>() {
      saturating<T, Wide<T>>(frame, [=](Wide<T> a, T b) {
        return saturate_unsigned<T>(static_cast<std::int64_t>(round_shift(a, b & (16 * sizeof(T) - 1), mode)));
      });
    });
  } else if (frame.op() == VectorOp::vnclip) {
    with_narrow_type(sew, [&]<typename T>() {
      saturating<T, Wide<T>>(frame, [=](Wide<T> a, T b) {
        return saturate_signed<T>(round_shift_signed(as_signed(a), b & (16 * sizeof(T) - 1), mode));
      });
    });
  } else {
    with_element_type(sew, [&]<typename T>() { single_width<T>(frame); });
  }
}

}  // namespace dojo::model
