// Integer arithmetic of one width: sums, logic, shifts, comparisons, carries, merges, products, quotients.

#include <limits>

#include "model/vector_execute.hpp"

namespace dojo::model {
namespace {

template <typename T>
void compare(VectorFrame& frame, auto function) {
  Elements<T> a;
  Elements<T> b;
  Elements<std::uint8_t> result;
  frame.source_2(a);
  frame.source_1(b);
  for (unsigned i = 0; i < frame.end(); ++i) result.at[i] = function(a.at[i], b.at[i]) ? 1 : 0;
  frame.write_mask(result, false);
}

/// The carries of v0 as bytes; none if the instruction has no v0 operand.
void load_carries(VectorFrame& frame, Elements<std::uint8_t>& carries) {
  const bool used = is_masked(frame.bits());
  for (unsigned i = 0; i < frame.end(); ++i) carries.at[i] = used && frame.state().mask_bit(0, i) ? 1 : 0;
}

template <typename T>
void with_carry(VectorFrame& frame, auto function) {
  Elements<T> a;
  Elements<T> b;
  Elements<T> result;
  Elements<std::uint8_t> carries;
  frame.source_2(a);
  frame.source_1(b);
  load_carries(frame, carries);
  for (unsigned i = 0; i < frame.end(); ++i) result.at[i] = static_cast<T>(function(a.at[i], b.at[i], carries.at[i]));
  frame.write(result);
}

template <typename T>
void carry_out(VectorFrame& frame, auto function) {
  Elements<T> a;
  Elements<T> b;
  Elements<std::uint8_t> carries;
  Elements<std::uint8_t> result;
  frame.source_2(a);
  frame.source_1(b);
  load_carries(frame, carries);
  for (unsigned i = 0; i < frame.end(); ++i) result.at[i] = function(a.at[i], b.at[i], carries.at[i]) ? 1 : 0;
  frame.write_mask(result, true);
}

/// vd[i] = function(vd[i], operand 1 [i], vs2[i]).
template <typename T>
void accumulate(VectorFrame& frame, auto function) {
  Elements<T> d;
  Elements<T> a;
  Elements<T> b;
  Elements<T> result;
  frame.load(frame.vd(), d);
  frame.source_2(a);
  frame.source_1(b);
  for (unsigned i = 0; i < frame.end(); ++i) result.at[i] = static_cast<T>(function(d.at[i], b.at[i], a.at[i]));
  frame.write(result);
}

template <typename T>
T quotient(T a, T b) {
  return b == 0 ? std::numeric_limits<T>::max() : static_cast<T>(a / b);
}

template <typename T>
T signed_quotient(T a, T b) {
  if (b == 0) return std::numeric_limits<T>::max();
  if (as_signed(b) == -1) return static_cast<T>(0u - a);
  return static_cast<T>(as_signed(a) / as_signed(b));
}

template <typename T>
T unsigned_remainder(T a, T b) {
  return b == 0 ? a : static_cast<T>(a % b);
}

template <typename T>
T signed_remainder(T a, T b) {
  if (b == 0) return a;
  if (as_signed(b) == -1) return 0;
  return static_cast<T>(as_signed(a) % as_signed(b));
}

template <typename T>
void basic(VectorFrame& frame) {
  constexpr T shift_mask = 8 * sizeof(T) - 1;
  switch (frame.op()) {
    case VectorOp::vadd:
      return map_binary<T>(frame, [](T a, T b) { return a + b; });
    case VectorOp::vsub:
      return map_binary<T>(frame, [](T a, T b) { return a - b; });
    case VectorOp::vrsub:
      return map_binary<T>(frame, [](T a, T b) { return b - a; });
    case VectorOp::vminu:
      return map_binary<T>(frame, [](T a, T b) { return a < b ? a : b; });
    case VectorOp::vmin:
      return map_binary<T>(frame, [](T a, T b) { return as_signed(a) < as_signed(b) ? a : b; });
    case VectorOp::vmaxu:
      return map_binary<T>(frame, [](T a, T b) { return a < b ? b : a; });
    case VectorOp::vmax:
      return map_binary<T>(frame, [](T a, T b) { return as_signed(a) < as_signed(b) ? b : a; });
    case VectorOp::vand:
      return map_binary<T>(frame, [](T a, T b) { return a & b; });
    case VectorOp::vor:
      return map_binary<T>(frame, [](T a, T b) { return a | b; });
    case VectorOp::vxor:
      return map_binary<T>(frame, [](T a, T b) { return a ^ b; });
    case VectorOp::vsll:
      return map_binary<T>(frame, [](T a, T b) { return a << (b & shift_mask); });
    case VectorOp::vsrl:
      return map_binary<T>(frame, [](T a, T b) { return a >> (b & shift_mask); });
    case VectorOp::vsra:
      return map_binary<T>(frame, [](T a, T b) { return as_signed(a) >> (b & shift_mask); });
    case VectorOp::vadc:
      return with_carry<T>(frame, [](T a, T b, std::uint8_t carry) { return a + b + carry; });
    case VectorOp::vsbc:
      return with_carry<T>(frame, [](T a, T b, std::uint8_t borrow) { return a - b - borrow; });
    case VectorOp::vmerge:
      return with_carry<T>(frame, [](T a, T b, std::uint8_t select) { return select != 0 ? b : a; });
    case VectorOp::vmadc:
      return carry_out<T>(
          frame, [](T a, T b, std::uint8_t carry) { return (std::uint64_t{a} + b + carry) >> (8 * sizeof(T)) != 0; });
    case VectorOp::vmsbc:
      return carry_out<T>(frame,
                          [](T a, T b, std::uint8_t borrow) { return std::uint64_t{a} < std::uint64_t{b} + borrow; });
    default: {  // vmv.v
      Elements<T> b;
      frame.source_1(b);
      frame.write(b);
    }
  }
}

template <typename T>
void comparison(VectorFrame& frame) {
  switch (frame.op()) {
    case VectorOp::vmseq:
      return compare<T>(frame, [](T a, T b) { return a == b; });
    case VectorOp::vmsne:
      return compare<T>(frame, [](T a, T b) { return a != b; });
    case VectorOp::vmsltu:
      return compare<T>(frame, [](T a, T b) { return a < b; });
    case VectorOp::vmslt:
      return compare<T>(frame, [](T a, T b) { return as_signed(a) < as_signed(b); });
    case VectorOp::vmsleu:
      return compare<T>(frame, [](T a, T b) { return a <= b; });
    case VectorOp::vmsle:
      return compare<T>(frame, [](T a, T b) { return as_signed(a) <= as_signed(b); });
    case VectorOp::vmsgtu:
      return compare<T>(frame, [](T a, T b) { return a > b; });
    default:
      return compare<T>(frame, [](T a, T b) { return as_signed(a) > as_signed(b); });
  }
}

template <typename T>
void product(VectorFrame& frame) {
  using Signed64 = std::int64_t;
  constexpr unsigned width = 8 * sizeof(T);
  switch (frame.op()) {
    case VectorOp::vdivu:
      return map_binary<T>(frame, quotient<T>);
    case VectorOp::vdiv:
      return map_binary<T>(frame, signed_quotient<T>);
    case VectorOp::vremu:
      return map_binary<T>(frame, unsigned_remainder<T>);
    case VectorOp::vrem:
      return map_binary<T>(frame, signed_remainder<T>);
    case VectorOp::vmulhu:
      return map_binary<T>(frame, [](T a, T b) { return std::uint64_t{a} * b >> width; });
    case VectorOp::vmul:
      return map_binary<T>(frame, [](T a, T b) { return std::uint32_t{a} * std::uint32_t{b}; });
    case VectorOp::vmulhsu:
      return map_binary<T>(frame, [](T a, T b) { return Signed64{as_signed(a)} * Signed64{b} >> width; });
    case VectorOp::vmulh:
      return map_binary<T>(frame, [](T a, T b) { return Signed64{as_signed(a)} * as_signed(b) >> width; });
    case VectorOp::vmadd:
      return accumulate<T>(frame, [](T d, T b, T a) { return std::uint32_t{b} * std::uint32_t{d} + a; });
    case VectorOp::vnmsub:
      return accumulate<T>(frame, [](T d, T b, T a) { return a - std::uint32_t{b} * std::uint32_t{d}; });
    case VectorOp::vmacc:
      return accumulate<T>(frame, [](T d, T b, T a) { return std::uint32_t{b} * std::uint32_t{a} + d; });
    default:
      return accumulate<T>(frame, [](T d, T b, T a) { return d - std::uint32_t{b} * std::uint32_t{a}; });
  }
}

}  // namespace

void execute_integer(VectorFrame& frame) {
  with_element_type(frame.state().type.sew, [&]<typename T>() {
    if (frame.op() >= VectorOp::vdivu) return product<T>(frame);
    if (frame.op() >= VectorOp::vmseq) return comparison<T>(frame);
    basic<T>(frame);
  });
}

}  // namespace dojo::model
