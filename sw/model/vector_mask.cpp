// Instructions on masks, and those that number elements.

#include <array>

#include "model/vector_execute.hpp"

namespace dojo::model {
namespace {

std::uint8_t combine(VectorOp op, std::uint8_t a, std::uint8_t b) {
  unsigned result = 0;
  switch (op) {
    case VectorOp::vmandn:
      result = a & ~b;
      break;
    case VectorOp::vmand:
      result = a & b;
      break;
    case VectorOp::vmor:
      result = a | b;
      break;
    case VectorOp::vmxor:
      result = a ^ b;
      break;
    case VectorOp::vmorn:
      result = a | ~b;
      break;
    case VectorOp::vmnand:
      result = ~(a & b);
      break;
    case VectorOp::vmnor:
      result = ~(a | b);
      break;
    default:
      result = ~(a ^ b);
      break;
  }
  return static_cast<std::uint8_t>(result);
}

void logical(VectorFrame& frame) {
  const std::uint8_t* const a = frame.state().reg(frame.vs2());
  const std::uint8_t* const b = frame.state().reg(frame.vs1());
  std::array<std::uint8_t, vector_bytes> result;
  for (unsigned i = 0; i < vector_bytes; ++i) result[i] = combine(frame.op(), a[i], b[i]);
  frame.write_mask_bytes(result.data(), true);
}

/// Whether element `i` is active and its bit of vs2 is set.
bool is_set(VectorFrame& frame, unsigned i) {
  return frame.active(i) && frame.state().mask_bit(frame.vs2(), i);
}

/// vmsbf, vmsof, vmsif: bits before, at, up to the first set one.
void around_first(VectorFrame& frame) {
  Elements<std::uint8_t> result;
  bool found = false;
  for (unsigned i = 0; i < frame.end(); ++i) {
    const bool first = !found && is_set(frame, i);
    found |= first;
    const bool bit = frame.op() == VectorOp::vmsof ? first : frame.op() == VectorOp::vmsbf ? !found : !found || first;
    result.at[i] = bit ? 1 : 0;
  }
  frame.write_mask(result, false);
}

template <typename T>
void number(VectorFrame& frame) {
  Elements<T> result;
  if (frame.op() == VectorOp::vid) {
    for (unsigned i = 0; i < frame.end(); ++i) result.at[i] = static_cast<T>(i);
  } else {
    unsigned count = 0;
    for (unsigned i = 0; i < frame.end(); ++i) {
      result.at[i] = static_cast<T>(count);
      count += is_set(frame, i) ? 1 : 0;
    }
  }
  frame.write(result);
}

}  // namespace

void execute_mask(VectorFrame& frame) {
  switch (frame.op()) {
    case VectorOp::vcpop: {
      std::uint64_t count = 0;
      for (unsigned i = 0; i < frame.end(); ++i) count += is_set(frame, i) ? 1 : 0;
      frame.operands().result = count;
      return;
    }
    case VectorOp::vfirst: {
      unsigned first = 0;
      while (first < frame.end() && !is_set(frame, first)) ++first;
      frame.operands().result = first < frame.end() ? first : ~std::uint64_t{0};
      return;
    }
    case VectorOp::vmsbf:
    case VectorOp::vmsof:
    case VectorOp::vmsif:
      return around_first(frame);
    case VectorOp::viota:
    case VectorOp::vid:
      return with_element_type(frame.state().type.sew, [&]<typename T>() { number<T>(frame); });
    default:
      return logical(frame);
  }
}

}  // namespace dojo::model
