// Integer arithmetic that changes widths: widening sums and products, narrowing shifts, extensions.

#include "model/vector_execute.hpp"

namespace dojo::model {
namespace {

/// The value of a narrow element in the wide type.
template <typename T>
Wide<T> zero_extended(T value) {
  return value;
}
template <typename T>
Wide<T> sign_extended(T value) {
  return static_cast<Wide<T>>(as_signed(value));
}

/// vd[i] (wide) = function(vs2[i], operand 1 [i]); A: type of vs2.
template <typename T, typename A>
void widen(VectorFrame& frame, auto function) {
  Elements<A> a;
  Elements<T> b;
  Elements<Wide<T>> result;
  frame.source_2(a);
  frame.source_1(b);
  for (unsigned i = 0; i < frame.end(); ++i) result.at[i] = static_cast<Wide<T>>(function(a.at[i], b.at[i]));
  frame.write(result);
}

/// vd[i] (wide) += function(operand 1 [i], vs2[i]).
template <typename T>
void widen_accumulate(VectorFrame& frame, auto function) {
  Elements<Wide<T>> d;
  Elements<T> a;
  Elements<T> b;
  Elements<Wide<T>> result;
  frame.load(frame.vd(), d);
  frame.source_2(a);
  frame.source_1(b);
  for (unsigned i = 0; i < frame.end(); ++i) {
    result.at[i] = static_cast<Wide<T>>(d.at[i] + function(b.at[i], a.at[i]));
  }
  frame.write(result);
}

/// vd[i] = function(vs2[i] (wide), operand 1 [i]).
template <typename T>
void narrow(VectorFrame& frame, auto function) {
  Elements<Wide<T>> a;
  Elements<T> b;
  Elements<T> result;
  frame.source_2(a);
  frame.source_1(b);
  for (unsigned i = 0; i < frame.end(); ++i) result.at[i] = static_cast<T>(function(a.at[i], b.at[i]));
  frame.write(result);
}

/// vd[i] (T) = vs2[i] (From), extended.
template <typename T, typename From>
void extend(VectorFrame& frame) {
  Elements<From> a;
  Elements<T> result;
  frame.source_2(a);
  if (frame.op() == VectorOp::vzext) {
    for (unsigned i = 0; i < frame.end(); ++i) result.at[i] = a.at[i];
  } else {
    for (unsigned i = 0; i < frame.end(); ++i) result.at[i] = static_cast<T>(std::int32_t{as_signed(a.at[i])});
  }
  frame.write(result);
}

void execute_extension(VectorFrame& frame) {
  const bool by_4 = frame.entry().shape == Shape::extend_4;
  if (by_4) return extend<std::uint32_t, std::uint8_t>(frame);
  if (frame.state().type.sew == 1) return extend<std::uint16_t, std::uint8_t>(frame);
  extend<std::uint32_t, std::uint16_t>(frame);
}

/// The product of two narrow values fits in the wide type; 32-bit arithmetic holds every one of them.
template <typename T>
std::uint32_t product(Wide<T> a, Wide<T> b) {
  return std::uint32_t{a} * std::uint32_t{b};
}

template <typename T>
void change_width(VectorFrame& frame) {
  using W = Wide<T>;
  constexpr W shift_mask = 8 * sizeof(W) - 1;
  constexpr auto zero = zero_extended<T>;
  constexpr auto sign = sign_extended<T>;
  switch (frame.op()) {
    case VectorOp::vwaddu:
      return widen<T, T>(frame, [=](T a, T b) { return zero(a) + zero(b); });
    case VectorOp::vwadd:
      return widen<T, T>(frame, [=](T a, T b) { return sign(a) + sign(b); });
    case VectorOp::vwsubu:
      return widen<T, T>(frame, [=](T a, T b) { return zero(a) - zero(b); });
    case VectorOp::vwsub:
      return widen<T, T>(frame, [=](T a, T b) { return sign(a) - sign(b); });
    case VectorOp::vwaddu_w:
      return widen<T, W>(frame, [=](W a, T b) { return a + zero(b); });
    case VectorOp::vwadd_w:
      return widen<T, W>(frame, [=](W a, T b) { return a + sign(b); });
    case VectorOp::vwsubu_w:
      return widen<T, W>(frame, [=](W a, T b) { return a - zero(b); });
    case VectorOp::vwsub_w:
      return widen<T, W>(frame, [=](W a, T b) { return a - sign(b); });
    case VectorOp::vwmulu:
      return widen<T, T>(frame, [=](T a, T b) { return product<T>(zero(a), zero(b)); });
    case VectorOp::vwmulsu:
      return widen<T, T>(frame, [=](T a, T b) { return product<T>(sign(a), zero(b)); });
    case VectorOp::vwmul:
      return widen<T, T>(frame, [=](T a, T b) { return product<T>(sign(a), sign(b)); });
    case VectorOp::vwmaccu:
      return widen_accumulate<T>(frame, [=](T b, T a) { return product<T>(zero(b), zero(a)); });
    case VectorOp::vwmacc:
      return widen_accumulate<T>(frame, [=](T b, T a) { return product<T>(sign(b), sign(a)); });
    case VectorOp::vwmaccus:
      return widen_accumulate<T>(frame, [=](T b, T a) { return product<T>(zero(b), sign(a)); });
    case VectorOp::vwmaccsu:
      return widen_accumulate<T>(frame, [=](T b, T a) { return product<T>(sign(b), zero(a)); });
    case VectorOp::vnsrl:
      return narrow<T>(frame, [](W a, T b) { return a >> (b & shift_mask); });
    default:
      return narrow<T>(frame, [](W a, T b) { return as_signed(a) >> (b & shift_mask); });
  }
}

}  // namespace

void execute_width_change(VectorFrame& frame) {
  if (frame.op() >= VectorOp::vzext) return execute_extension(frame);
  with_narrow_type(frame.state().type.sew, [&]<typename T>() { change_width<T>(frame); });
}

}  // namespace dojo::model
