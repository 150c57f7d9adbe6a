// Instructions that move elements: slides, gathers, compress, moves between registers of all kinds.

#include <algorithm>

#include "model/vector_execute.hpp"

namespace dojo::model {
namespace {

/// All elements of the group vs2, also those beyond vl.
template <typename T>
void whole_source(VectorFrame& frame, Elements<T>& elements) {
  std::memcpy(elements.at, frame.state().reg(frame.vs2()), frame.state().type.max_length() * sizeof(T));
}

/// Writes result[i] to the active elements from `first` on.
template <typename T>
void write_from(VectorFrame& frame, const Elements<T>& result, unsigned first) {
  for (unsigned i = std::max(first, frame.begin()); i < frame.end(); ++i) {
    if (frame.active(i)) frame.state().set<T>(frame.vd(), i, result.at[i]);
  }
}

template <typename T>
void slide_up(VectorFrame& frame) {
  Elements<T> source;
  Elements<T> result;
  frame.source_2(source);
  const unsigned offset = static_cast<unsigned>(std::min<std::uint64_t>(frame.scalar(), frame.end()));
  for (unsigned i = offset; i < frame.end(); ++i) result.at[i] = source.at[i - offset];
  write_from(frame, result, offset);
}

template <typename T>
void slide_down(VectorFrame& frame) {
  Elements<T> source;
  Elements<T> result;
  whole_source(frame, source);
  const std::uint64_t length = frame.state().type.max_length();
  const std::uint64_t offset = std::min(frame.scalar(), length);
  for (unsigned i = 0; i < frame.end(); ++i) result.at[i] = i + offset < length ? source.at[i + offset] : T{0};
  frame.write(result);
}

template <typename T>
void slide_one(VectorFrame& frame, bool up) {
  Elements<T> source;
  Elements<T> result;
  frame.source_2(source);
  const T scalar = static_cast<T>(frame.scalar());
  const unsigned end = frame.end();
  if (up) {
    result.at[0] = scalar;
    for (unsigned i = 1; i < end; ++i) result.at[i] = source.at[i - 1];
  } else {
    for (unsigned i = 0; i + 1 < end; ++i) result.at[i] = source.at[i + 1];
    result.at[end - 1] = scalar;
  }
  frame.write(result);
}

template <typename T, typename Index>
void gather(VectorFrame& frame) {
  Elements<T> source;
  Elements<T> result;
  whole_source(frame, source);
  const std::uint64_t length = frame.state().type.max_length();
  if (frame.has_vector_operand()) {
    Elements<Index> index;
    frame.load(frame.vs1(), index);
    for (unsigned i = 0; i < frame.end(); ++i) result.at[i] = index.at[i] < length ? source.at[index.at[i]] : T{0};
  } else {
    const T value = frame.scalar() < length ? source.at[frame.scalar()] : T{0};
    for (unsigned i = 0; i < frame.end(); ++i) result.at[i] = value;
  }
  frame.write(result);
}

template <typename T>
void compress(VectorFrame& frame) {
  Elements<T> source;
  frame.source_2(source);
  unsigned next = 0;
  for (unsigned i = 0; i < frame.end(); ++i) {
    if (frame.state().mask_bit(frame.vs1(), i)) frame.state().set<T>(frame.vd(), next++, source.at[i]);
  }
}

void move_whole(VectorFrame& frame) {
  VectorState& state = frame.state();
  const unsigned bytes = (frame.vs1() + 1) * vector_bytes;
  const unsigned start = state.start << state.type.sew;
  if (start < bytes) std::memmove(state.reg(frame.vd()) + start, state.reg(frame.vs2()) + start, bytes - start);
}

template <typename T>
void permute(VectorFrame& frame) {
  VectorState& state = frame.state();
  switch (frame.op()) {
    case VectorOp::vmv_x_s:
      frame.operands().result = static_cast<std::uint64_t>(std::int64_t{as_signed(state.get<T>(frame.vs2(), 0))});
      return;
    case VectorOp::vfmv_f_s:
      frame.operands().result = state.get<T>(frame.vs2(), 0);
      return;
    case VectorOp::vmv_s_x:
    case VectorOp::vfmv_s_f:
      state.set<T>(frame.vd(), 0, static_cast<T>(frame.scalar()));
      return;
    case VectorOp::vslideup:
      return slide_up<T>(frame);
    case VectorOp::vslidedown:
      return slide_down<T>(frame);
    case VectorOp::vslide1up:
    case VectorOp::vfslide1up:
      return slide_one<T>(frame, true);
    case VectorOp::vslide1down:
    case VectorOp::vfslide1down:
      return slide_one<T>(frame, false);
    case VectorOp::vrgather:
      return gather<T, T>(frame);
    case VectorOp::vrgatherei16:
      return gather<T, std::uint16_t>(frame);
    case VectorOp::vcompress:
      return compress<T>(frame);
    case VectorOp::vfmerge: {
      Elements<T> a;
      frame.source_2(a);
      for (unsigned i = 0; i < frame.end(); ++i) {
        a.at[i] = state.mask_bit(0, i) ? static_cast<T>(frame.scalar()) : a.at[i];
      }
      return frame.write(a);
    }
    default: {  // vfmv.v.f
      Elements<T> b;
      frame.source_1(b);
      frame.write(b);
    }
  }
}

}  // namespace

void execute_permutation(VectorFrame& frame) {
  if (frame.op() == VectorOp::vmv_r) return move_whole(frame);
  with_element_type(frame.state().type.sew, [&]<typename T>() { permute<T>(frame); });
}

}  // namespace dojo::model
