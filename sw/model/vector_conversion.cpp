// Conversions between integers, FP32, BF16 and the configurable floats.

#include "model/cfloat.hpp"
#include "model/float32.hpp"
#include "model/vector_execute.hpp"

namespace dojo::model {
namespace {

using float32::Flags;
using float32::Rounding;

/// vd[i] = function(vs2[i], flags) for active elements.
template <typename To, typename From>
void convert(VectorFrame& frame, auto function) {
  Elements<From> source;
  Elements<To> result;
  frame.source_2(source);
  Flags flags = 0;
  for (unsigned i = frame.begin(); i < frame.end(); ++i) {
    if (frame.active(i)) result.at[i] = static_cast<To>(function(source.at[i], flags));
  }
  frame.operands().float_flags = static_cast<std::uint8_t>(frame.operands().float_flags | flags);
  frame.write(result);
}

/// FP32 to an integer type.
template <typename Integer>
void to_integer(VectorFrame& frame, Rounding rounding) {
  convert<std::make_unsigned_t<Integer>, std::uint32_t>(
      frame, [=](std::uint32_t a, Flags& flags) { return float32::to_integer<Integer>(a, rounding, flags); });
}

/// An integer type to FP32.
template <typename Integer>
void from_integer(VectorFrame& frame, Rounding rounding) {
  convert<std::uint32_t, std::make_unsigned_t<Integer>>(frame, [=](std::make_unsigned_t<Integer> a, Flags& flags) {
    return float32::from_integer<Integer>(static_cast<Integer>(a), rounding, flags);
  });
}

/// What rs1 of dojo.vcf.* says.
struct CfloatControl {
  cfloat::Format format;
  unsigned bias;
  bool stochastic;

  explicit CfloatControl(std::uint64_t rs1)
      : format(static_cast<cfloat::Format>(rs1 >> 8 & 3)),
        bias(static_cast<unsigned>(rs1 & 63)),
        stochastic((rs1 >> 16 & 1) != 0) {}
  [[nodiscard]] cfloat::Rounding rounding(std::uint64_t seed, unsigned element) const {
    return {stochastic, stochastic ? cfloat::random_bits(seed, element) : 0};
  }
};

template <typename Cfloat, typename Float>
void narrow_cfloat(VectorFrame& frame, const CfloatControl& control) {
  Elements<Float> source;
  Elements<Cfloat> result;
  frame.source_2(source);
  VectorState& state = frame.state();
  cfloat::Flags flags = 0;
  for (unsigned i = frame.begin(); i < frame.end(); ++i) {
    if (!frame.active(i)) continue;
    const std::uint32_t value = sizeof(Float) == 2 ? std::uint32_t{source.at[i]} << 16 : source.at[i];
    result.at[i] = static_cast<Cfloat>(
        cfloat::narrow(control.format, control.bias, value, control.rounding(state.seed, i), flags));
  }
  state.cfloat_flags = static_cast<std::uint8_t>(state.cfloat_flags | flags);
  frame.write(result);
}

template <typename Cfloat, typename Float>
void widen_cfloat(VectorFrame& frame, const CfloatControl& control) {
  Elements<Cfloat> source;
  Elements<Float> result;
  frame.source_2(source);
  VectorState& state = frame.state();
  cfloat::Flags flags = 0;
  for (unsigned i = frame.begin(); i < frame.end(); ++i) {
    if (!frame.active(i)) continue;
    if constexpr (sizeof(Float) == 4) {
      result.at[i] = cfloat::widen(control.format, control.bias, source.at[i], flags);
    } else {
      result.at[i] =
          cfloat::widen_bf16(control.format, control.bias, source.at[i], control.rounding(state.seed, i), flags);
    }
  }
  state.cfloat_flags = static_cast<std::uint8_t>(state.cfloat_flags | flags);
  frame.write(result);
}

template <typename Cfloat, typename Float>
void convert_cfloat(VectorFrame& frame, bool widen, const CfloatControl& control) {
  if (widen) {
    widen_cfloat<Cfloat, Float>(frame, control);
  } else {
    narrow_cfloat<Cfloat, Float>(frame, control);
  }
}

}  // namespace

void execute_float_conversion(VectorFrame& frame) {
  const auto rounding = static_cast<Rounding>(frame.operands().rounding_mode);
  switch (frame.op()) {
    case VectorOp::vfcvt_xu_f:
      return to_integer<std::uint32_t>(frame, rounding);
    case VectorOp::vfcvt_x_f:
      return to_integer<std::int32_t>(frame, rounding);
    case VectorOp::vfcvt_f_xu:
      return from_integer<std::uint32_t>(frame, rounding);
    case VectorOp::vfcvt_f_x:
      return from_integer<std::int32_t>(frame, rounding);
    case VectorOp::vfcvt_rtz_xu_f:
      return to_integer<std::uint32_t>(frame, Rounding::toward_zero);
    case VectorOp::vfcvt_rtz_x_f:
      return to_integer<std::int32_t>(frame, Rounding::toward_zero);
    case VectorOp::vfwcvt_f_xu:
      return from_integer<std::uint16_t>(frame, rounding);
    case VectorOp::vfwcvt_f_x:
      return from_integer<std::int16_t>(frame, rounding);
    case VectorOp::vfncvt_xu_f:
      return to_integer<std::uint16_t>(frame, rounding);
    case VectorOp::vfncvt_x_f:
      return to_integer<std::int16_t>(frame, rounding);
    case VectorOp::vfncvt_rtz_xu_f:
      return to_integer<std::uint16_t>(frame, Rounding::toward_zero);
    case VectorOp::vfncvt_rtz_x_f:
      return to_integer<std::int16_t>(frame, Rounding::toward_zero);
    case VectorOp::vfwcvtbf16:
      return convert<std::uint32_t, std::uint16_t>(
          frame, [](std::uint16_t a, Flags& flags) { return float32::from_bf16(a, flags); });
    default:  // vfncvtbf16
      return convert<std::uint16_t, std::uint32_t>(
          frame, [=](std::uint32_t a, Flags& flags) { return float32::to_bf16(a, rounding, flags); });
  }
}

void execute_vector_cfloat(bool widen, VectorState& state, VectorOperands& operands) {
  // As an instruction with one vector operand; none of the other fields is looked at.
  static constexpr VectorEntry entry{
      .op = VectorOp::vfcvt_f_x, .name = "", .category = 2, .funct6 = 0, .forms = form_scalar, .shape = Shape::unary};
  const CfloatControl control(operands.scalar);
  if (state.start < state.length) {
    VectorFrame frame(entry, state, operands);
    const bool long_format = control.format == cfloat::Format::shp || control.format == cfloat::Format::uhp;
    if (state.type.sew == 2) {
      if (long_format) {
        convert_cfloat<std::uint16_t, std::uint32_t>(frame, widen, control);
      } else {
        convert_cfloat<std::uint8_t, std::uint32_t>(frame, widen, control);
      }
    } else if (long_format) {
      convert_cfloat<std::uint16_t, std::uint16_t>(frame, widen, control);
    } else {
      convert_cfloat<std::uint8_t, std::uint16_t>(frame, widen, control);
    }
  }
  // Widening rounds nothing.
  if (control.stochastic && !widen) state.seed = cfloat::advance(state.seed);
  state.start = 0;
}

}  // namespace dojo::model
