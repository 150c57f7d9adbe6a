// Floating-point arithmetic and comparisons.

#include "model/float32.hpp"
#include "model/vector_execute.hpp"

namespace dojo::model {
namespace {

using Float = std::uint32_t;
using float32::Flags;
using float32::Rounding;

Rounding rounding_of(VectorFrame& frame) {
  return static_cast<Rounding>(frame.operands().rounding_mode);
}

void raise(VectorFrame& frame, Flags flags) {
  frame.operands().float_flags = static_cast<std::uint8_t>(frame.operands().float_flags | flags);
}

/// x[i] * y[i] + z[i] for the elements below `end`, rounded to nearest-even by the host. Sets rare[i] where the result
/// is not to be used; returns whether one of the others whose `selected` is not 0 is inexact.
template <bool Masked>
bool fuse_moderate(const Elements<Float>& x, const Elements<Float>& y, const Elements<Float>& z, unsigned end,
                   const std::uint8_t* selected, Elements<Float>& result, Elements<Float>& rare) {
  std::uint32_t inexact = 0;
  for (unsigned i = 0; i < end; ++i) {
    const auto a = std::bit_cast<float>(x.at[i]);
    const auto b = std::bit_cast<float>(y.at[i]);
    const auto c = std::bit_cast<float>(z.at[i]);
    const float value = std::fma(a, b, c);
    // product + addend = sum + error without rounding; the product is exact.
    const double product = double{a} * double{b};
    const double addend = c;
    const double sum = product + addend;
    const double part = sum - product;
    const double error = (product - (sum - part)) + (addend - part);
    const std::uint32_t rounded = (error != 0 ? 1u : 0u) | (double{value} != sum ? 1u : 0u);
    const std::uint32_t is_rare = float32::detail::is_moderate(value) ? 0u : 1u;
    std::uint32_t counts = is_rare ^ 1u;
    if constexpr (Masked) counts &= selected[i];
    inexact |= rounded & counts;
    result.at[i] = std::bit_cast<Float>(value);
    rare.at[i] = is_rare;
  }
  return inexact != 0;
}

/// vd[i] = x[i] * y[i] + z[i].
void fuse(VectorFrame& frame, const Elements<Float>& x, const Elements<Float>& y, const Elements<Float>& z) {
  const Rounding rounding = rounding_of(frame);
  const unsigned end = frame.end();
  Elements<Float> result;
  Elements<Float> rare;
  Flags flags = 0;
  if (rounding == Rounding::nearest_even && frame.begin() == 0) {
    const bool inexact = frame.masked() ? fuse_moderate<true>(x, y, z, end, frame.mask(), result, rare)
                                        : fuse_moderate<false>(x, y, z, end, nullptr, result, rare);
    if (inexact) flags |= float32::inexact;
  } else {
    for (unsigned i = 0; i < end; ++i) rare.at[i] = 1;
  }
  for (unsigned i = frame.begin(); i < end; ++i) {
    if (rare.at[i] == 0 || !frame.active(i)) continue;
    result.at[i] = float32::exact::fma(x.at[i], y.at[i], z.at[i], rounding, flags);
  }
  raise(frame, flags);
  frame.write(result);
}

void flip_signs(Elements<Float>& elements, unsigned end) {
  for (unsigned i = 0; i < end; ++i) elements.at[i] ^= float32::sign_bit;
}

void fill(Elements<Float>& elements, unsigned end, Float value) {
  for (unsigned i = 0; i < end; ++i) elements.at[i] = value;
}

/// Sums, differences and products.
void add_or_multiply(VectorFrame& frame) {
  const unsigned end = frame.end();
  Elements<Float> a;
  Elements<Float> b;
  Elements<Float> c;
  frame.source_2(a);
  frame.source_1(b);
  switch (frame.op()) {
    case VectorOp::vfmul:
      for (unsigned i = 0; i < end; ++i) c.at[i] = (a.at[i] ^ b.at[i]) & float32::sign_bit;
      return fuse(frame, a, b, c);
    case VectorOp::vfrsub:
      fill(c, end, float32::one);
      flip_signs(a, end);
      return fuse(frame, b, c, a);
    case VectorOp::vfsub:
      flip_signs(b, end);
      [[fallthrough]];
    default:
      fill(c, end, float32::one);
      return fuse(frame, a, c, b);
  }
}

void multiply_add(VectorFrame& frame) {
  const VectorOp op = frame.op();
  const unsigned end = frame.end();
  Elements<Float> a;
  Elements<Float> b;
  Elements<Float> d;
  frame.source_2(a);
  frame.source_1(b);
  frame.load(frame.vd(), d);
  const bool overwrites_multiplicand = op <= VectorOp::vfnmsub;
  Elements<Float>& factor = overwrites_multiplicand ? d : a;
  Elements<Float>& addend = overwrites_multiplicand ? a : d;
  const bool negative_product =
      op == VectorOp::vfnmadd || op == VectorOp::vfnmsub || op == VectorOp::vfnmacc || op == VectorOp::vfnmsac;
  const bool negative_addend =
      op == VectorOp::vfnmadd || op == VectorOp::vfmsub || op == VectorOp::vfnmacc || op == VectorOp::vfmsac;
  if (negative_product) flip_signs(b, end);
  if (negative_addend) flip_signs(addend, end);
  fuse(frame, b, factor, addend);
}

/// Products of BF16 elements, which are FP32 numbers without their lower halves.
void multiply_add_bf16(VectorFrame& frame) {
  Elements<std::uint16_t> a;
  Elements<std::uint16_t> b;
  Elements<Float> x;
  Elements<Float> y;
  Elements<Float> d;
  frame.source_2(a);
  frame.source_1(b);
  frame.load(frame.vd(), d);
  for (unsigned i = 0; i < frame.end(); ++i) {
    x.at[i] = Float{b.at[i]} << 16;
    y.at[i] = Float{a.at[i]} << 16;
  }
  fuse(frame, x, y, d);
}

/// vd[i] = function(vs2[i], operand 1 [i], flags) for active elements.
void map_float(VectorFrame& frame, auto function) {
  Elements<Float> a;
  Elements<Float> b;
  Elements<Float> result;
  frame.source_2(a);
  frame.source_1(b);
  Flags flags = 0;
  for (unsigned i = frame.begin(); i < frame.end(); ++i) {
    if (frame.active(i)) result.at[i] = function(a.at[i], b.at[i], flags);
  }
  raise(frame, flags);
  frame.write(result);
}

void compare_float(VectorFrame& frame, auto function) {
  Elements<Float> a;
  Elements<Float> b;
  Elements<std::uint8_t> result;
  frame.source_2(a);
  frame.source_1(b);
  Flags flags = 0;
  for (unsigned i = frame.begin(); i < frame.end(); ++i) {
    result.at[i] = frame.active(i) && function(a.at[i], b.at[i], flags) ? 1 : 0;
  }
  raise(frame, flags);
  frame.write_mask(result, false);
}

}  // namespace

void execute_float(VectorFrame& frame) {
  const Rounding rounding = rounding_of(frame);
  switch (frame.op()) {
    case VectorOp::vfadd:
    case VectorOp::vfsub:
    case VectorOp::vfrsub:
    case VectorOp::vfmul:
      return add_or_multiply(frame);
    case VectorOp::vfdiv:
      return map_float(frame, [=](Float a, Float b, Flags& flags) { return float32::div(a, b, rounding, flags); });
    case VectorOp::vfrdiv:
      return map_float(frame, [=](Float a, Float b, Flags& flags) { return float32::div(b, a, rounding, flags); });
    case VectorOp::vfsqrt:
      return map_float(frame, [=](Float a, Float, Flags& flags) { return float32::sqrt(a, rounding, flags); });
    case VectorOp::vfrsqrt7:
      return map_float(frame, [](Float a, Float, Flags& flags) { return float32::rsqrt7(a, flags); });
    case VectorOp::vfrec7:
      return map_float(frame, [=](Float a, Float, Flags& flags) { return float32::rec7(a, rounding, flags); });
    case VectorOp::vfclass:
      return map_float(frame, [](Float a, Float, Flags&) { return float32::classify(a); });
    case VectorOp::vfmin:
      return map_float(frame, [](Float a, Float b, Flags& flags) { return float32::min(a, b, flags); });
    case VectorOp::vfmax:
      return map_float(frame, [](Float a, Float b, Flags& flags) { return float32::max(a, b, flags); });
    case VectorOp::vfsgnj:
      return map_binary<Float>(frame, float32::sign_inject);
    case VectorOp::vfsgnjn:
      return map_binary<Float>(frame, float32::sign_inject_negated);
    case VectorOp::vfsgnjx:
      return map_binary<Float>(frame, float32::sign_inject_xor);
    case VectorOp::vmfeq:
      return compare_float(frame, [](Float a, Float b, Flags& flags) { return float32::eq(a, b, flags); });
    case VectorOp::vmfle:
      return compare_float(frame, [](Float a, Float b, Flags& flags) { return float32::le(a, b, flags); });
    case VectorOp::vmflt:
      return compare_float(frame, [](Float a, Float b, Flags& flags) { return float32::lt(a, b, flags); });
    case VectorOp::vmfne:
      return compare_float(frame, [](Float a, Float b, Flags& flags) { return !float32::eq(a, b, flags); });
    case VectorOp::vmfgt:
      return compare_float(frame, [](Float a, Float b, Flags& flags) { return float32::lt(b, a, flags); });
    case VectorOp::vmfge:
      return compare_float(frame, [](Float a, Float b, Flags& flags) { return float32::le(b, a, flags); });
    case VectorOp::vfwmaccbf16:
      return multiply_add_bf16(frame);
    default:
      return multiply_add(frame);
  }
}

void execute_float_reduction(VectorFrame& frame) {
  const Rounding rounding = rounding_of(frame);
  Elements<Float> source;
  frame.source_2(source);
  const Float scalar = frame.state().get<Float>(frame.vs1(), 0);
  Flags flags = 0;
  Float result = scalar;
  if (frame.op() == VectorOp::vfredusum) {
    // Lane by lane over the registers, then pairs of lanes, then the scalar: docs/hart.md.
    constexpr unsigned lanes = vector_bytes / sizeof(Float);
    Float sums[lanes];
    for (Float& sum : sums) sum = rounding == Rounding::down ? 0 : float32::sign_bit;
    for (unsigned i = 0; i < frame.end(); ++i) {
      if (frame.active(i)) sums[i % lanes] = float32::add(sums[i % lanes], source.at[i], rounding, flags);
    }
    for (unsigned half = lanes / 2; half != 0; half /= 2) {
      for (unsigned i = 0; i < half; ++i) sums[i] = float32::add(sums[i], sums[i + half], rounding, flags);
    }
    result = float32::add(sums[0], scalar, rounding, flags);
  } else {
    for (unsigned i = 0; i < frame.end(); ++i) {
      if (!frame.active(i)) continue;
      const Float a = source.at[i];
      result = frame.op() == VectorOp::vfredosum  ? float32::add(result, a, rounding, flags)
               : frame.op() == VectorOp::vfredmin ? float32::min(result, a, flags)
                                                  : float32::max(result, a, flags);
    }
  }
  raise(frame, flags);
  frame.state().set<Float>(frame.vd(), 0, result);
}

}  // namespace dojo::model
