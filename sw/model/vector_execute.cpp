#include "model/vector_execute.hpp"

namespace dojo::model {
namespace {

/// Bits of a byte as eight bytes of 0 or 1.
std::uint64_t spread(std::uint8_t bits) {
  const std::uint64_t places = (bits * std::uint64_t{0x0101010101010101}) & 0x8040201008040201;
  return (places + 0x7f7f7f7f7f7f7f7f) >> 7 & 0x0101010101010101;
}

/// Bit 0 of each of eight bytes.
std::uint8_t gather(std::uint64_t bytes) {
  return static_cast<std::uint8_t>((bytes & 0x0101010101010101) * 0x0102040810204080 >> 56);
}

std::uint64_t scalar_of(const VectorEntry& entry, const VectorOperands& operands) {
  if (vector_form(operands.bits) != form_immediate) return operands.scalar;
  const std::uint64_t immediate = vs1_of(operands.bits);
  if (entry.unsigned_immediate) return immediate;
  return (immediate ^ 16) - 16;
}

constexpr bool between(VectorOp op, VectorOp first, VectorOp last) {
  return op >= first && op <= last;
}

void execute(VectorFrame& frame) {
  const VectorOp op = frame.op();
  if (op <= VectorOp::vmsgt || between(op, VectorOp::vdivu, VectorOp::vnmsac)) return execute_integer(frame);
  if (between(op, VectorOp::vsaddu, VectorOp::vssra) || between(op, VectorOp::vnclipu, VectorOp::vnclip)) {
    return execute_fixed_point(frame);
  }
  if (op <= VectorOp::vsext) return execute_width_change(frame);
  if (op <= VectorOp::vwredsum) return execute_integer_reduction(frame);
  if (op <= VectorOp::vid) return execute_mask(frame);
  if (op <= VectorOp::vmv_r || between(op, VectorOp::vfmerge, VectorOp::vfslide1down)) {
    return execute_permutation(frame);
  }
  if (op <= VectorOp::vfwmaccbf16) return execute_float(frame);
  if (op <= VectorOp::vfredmax) return execute_float_reduction(frame);
  execute_float_conversion(frame);
}

}  // namespace

VectorFrame::VectorFrame(const VectorEntry& entry, VectorState& state, VectorOperands& operands)
    : entry_(entry),
      state_(state),
      operands_(operands),
      form_(vector_form(operands.bits)),
      scalar_(scalar_of(entry, operands)),
      begin_(state.start),
      end_(state.length),
      masked_(is_masked(operands.bits)) {
  // Where v0 holds carries or selects a source, all body elements are active.
  if (entry.shape == Shape::carry || entry.shape == Shape::carry_out) masked_ = false;
  if (!masked_) return;
  for (unsigned i = 0; i < end_; i += 8) {
    const std::uint64_t bytes = spread(state.bytes[i / 8]);
    std::memcpy(active_ + i, &bytes, sizeof bytes);
  }
}

void VectorFrame::write_mask(const Elements<std::uint8_t>& result, bool every) {
  std::uint8_t packed[vector_bytes];
  for (unsigned i = begin_ / 8 * 8; i < end_; i += 8) {
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, result.at + i, sizeof bytes);
    packed[i / 8] = gather(bytes);
  }
  write_mask_bytes(packed, every);
}

void VectorFrame::write_mask_bytes(const std::uint8_t* packed, bool every) {
  std::uint8_t* const target = state_.reg(vd());
  for (unsigned i = begin_ / 8 * 8; i < end_; i += 8) {
    unsigned written = 0xff;
    if (masked_ && !every) {
      std::uint64_t active = 0;
      std::memcpy(&active, active_ + i, sizeof active);
      written = gather(active);
    }
    if (i < begin_) written &= 0xffu << (begin_ - i);
    if (end_ - i < 8) written &= 0xffu >> (8 - (end_ - i));
    std::uint8_t& byte = target[i / 8];
    byte = static_cast<std::uint8_t>((byte & ~written) | (packed[i / 8] & written));
  }
}

void execute_vector_arithmetic(const VectorEntry& entry, VectorState& state, VectorOperands& operands) {
  const bool any_length =
      entry.shape == Shape::to_scalar || entry.shape == Shape::move_whole || entry.shape == Shape::mask_to_x;
  if (any_length || state.start < state.length) {
    VectorFrame frame(entry, state, operands);
    execute(frame);
  }
  state.start = 0;
}

}  // namespace dojo::model
