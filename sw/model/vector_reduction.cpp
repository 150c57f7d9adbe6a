// Integer reductions.

#include "model/vector_execute.hpp"

namespace dojo::model {
namespace {

/// vd[0] = vs1[0] combined with the active elements of vs2; T: type of the elements, R: of the result.
template <typename T, typename R>
void reduce(VectorFrame& frame, auto function) {
  Elements<T> source;
  frame.source_2(source);
  R result = frame.state().get<R>(frame.vs1(), 0);
  for (unsigned i = 0; i < frame.end(); ++i) {
    if (frame.active(i)) result = static_cast<R>(function(result, source.at[i]));
  }
  frame.state().set<R>(frame.vd(), 0, result);
}

template <typename T>
void reduce_single(VectorFrame& frame) {
  switch (frame.op()) {
    case VectorOp::vredsum:
      return reduce<T, T>(frame, [](T sum, T a) { return sum + a; });
    case VectorOp::vredand:
      return reduce<T, T>(frame, [](T sum, T a) { return sum & a; });
    case VectorOp::vredor:
      return reduce<T, T>(frame, [](T sum, T a) { return sum | a; });
    case VectorOp::vredxor:
      return reduce<T, T>(frame, [](T sum, T a) { return sum ^ a; });
    case VectorOp::vredminu:
      return reduce<T, T>(frame, [](T best, T a) { return a < best ? a : best; });
    case VectorOp::vredmin:
      return reduce<T, T>(frame, [](T best, T a) { return as_signed(a) < as_signed(best) ? a : best; });
    case VectorOp::vredmaxu:
      return reduce<T, T>(frame, [](T best, T a) { return a > best ? a : best; });
    default:
      return reduce<T, T>(frame, [](T best, T a) { return as_signed(a) > as_signed(best) ? a : best; });
  }
}

}  // namespace

void execute_integer_reduction(VectorFrame& frame) {
  const unsigned sew = frame.state().type.sew;
  if (frame.op() == VectorOp::vwredsumu) {
    return with_narrow_type(sew,
                            [&]<typename T>() { reduce<T, Wide<T>>(frame, [](Wide<T> sum, T a) { return sum + a; }); });
  }
  if (frame.op() == VectorOp::vwredsum) {
    return with_narrow_type(sew, [&]<typename T>() {
      reduce<T, Wide<T>>(frame, [](Wide<T> sum, T a) { return sum + static_cast<Wide<T>>(as_signed(a)); });
    });
  }
  with_element_type(sew, [&]<typename T>() { reduce_single<T>(frame); });
}

}  // namespace dojo::model
