#include "model/vector_legality.hpp"

#include <array>

namespace dojo::model {
namespace {

constexpr int mask_width = -3;  // log2 of the bytes of a mask's elements

/// A register group as an operand.
struct Group {
  unsigned first = 0;
  unsigned count = 1;
  int width = 0;     ///< EEW: log2 of the bytes of an element
  int multiple = 0;  ///< EMUL: log2
};

/// A group of elements of 1 << (sew + relative) bytes, of as many elements as the configuration has.
Group group(unsigned first, const VectorType& type, int relative) {
  const int multiple = type.lmul + relative;
  return {first, multiple > 0 ? 1u << multiple : 1u, static_cast<int>(type.sew) + relative, multiple};
}

Group single_register(unsigned first, int width) {
  return {first, 1, width, 0};
}

bool is_valid(const Group& g) {
  return g.width <= 2 && g.width >= 0 && g.multiple >= -3 && g.multiple <= 3 && g.first % g.count == 0;
}

bool overlaps(const Group& a, const Group& b) {
  return a.first < b.first + b.count && b.first < a.first + a.count;
}

bool overlap_is_legal(const Group& destination, const Group& source) {
  if (!overlaps(destination, source) || destination.width == source.width) return true;
  if (destination.width < source.width) return destination.first == source.first;
  return source.multiple >= 0 && source.first + source.count == destination.first + destination.count;
}

std::uint32_t bitmap(unsigned first, unsigned count) {
  const std::uint64_t bits = (std::uint64_t{1} << count) - 1;
  return static_cast<std::uint32_t>(bits << first);
}

/// How a destination may overlap sources.
enum class Overlap { by_width, never, any };

/// The operands of one instruction.
class Operands {
 public:
  void source(const Group& g) {
    valid_ = valid_ && is_valid(g);
    add(g);
  }
  /// A mask or a single element: any register.
  void register_source(unsigned first, int width) { add(single_register(first, width)); }
  void destination(const Group& g) {
    valid_ = valid_ && is_valid(g);
    destination_ = g;
    has_destination_ = true;
  }
  void register_destination(unsigned first, int width) {
    destination_ = single_register(first, width);
    has_destination_ = true;
  }

  [[nodiscard]] VectorLegality check(std::uint32_t bits, Overlap overlap) const {
    if (!valid_) return {};
    const Group v0 = single_register(0, mask_width);
    for (std::size_t i = 0; i < count_; ++i) {
      // A register is read with one width only.
      for (std::size_t j = i + 1; j < count_; ++j) {
        if (sources_[i].width != sources_[j].width && overlaps(sources_[i], sources_[j])) return {};
      }
      if (is_masked(bits) && sources_[i].width != mask_width && overlaps(sources_[i], v0)) return {};
      if (!has_destination_ || overlap == Overlap::any) continue;
      if (overlap == Overlap::never && overlaps(destination_, sources_[i])) return {};
      if (overlap == Overlap::by_width && !overlap_is_legal(destination_, sources_[i])) return {};
    }
    if (!has_destination_) return {true, 0};
    const bool mask_result = destination_.width == mask_width && overlap == Overlap::by_width;
    if (is_masked(bits) && overlap != Overlap::any && !mask_result && overlaps(destination_, v0)) return {};
    return {true, bitmap(destination_.first, destination_.count)};
  }

 private:
  void add(const Group& g) { sources_[count_++] = g; }

  std::array<Group, 3> sources_{};
  std::size_t count_ = 0;
  Group destination_{};
  bool has_destination_ = false;
  bool valid_ = true;
};

}  // namespace

VectorLegality check_vector_arithmetic(const VectorEntry& entry, std::uint32_t bits, const VectorState& state) {
  const unsigned vd = vd_of(bits);
  const unsigned vs1 = vs1_of(bits);
  const unsigned vs2 = vs2_of(bits);
  if (entry.shape == Shape::move_whole) return {true, bitmap(vd, vs1 + 1)};
  const VectorType& type = state.type;
  if (type.ill || (entry.sews >> type.sew & 1) == 0 || (entry.start_zero && state.start != 0)) return {};
  const int sew = static_cast<int>(type.sew);
  const bool has_vs1 = vector_form(bits) == form_vector;

  Operands operands;
  Overlap overlap = Overlap::by_width;
  switch (entry.shape) {
    case Shape::single:
    case Shape::carry:
      operands.destination(group(vd, type, 0));
      operands.source(group(vs2, type, 0));
      if (has_vs1) operands.source(group(vs1, type, 0));
      break;
    case Shape::unary:
      operands.destination(group(vd, type, 0));
      operands.source(group(vs2, type, 0));
      break;
    case Shape::accumulate:
      operands.destination(group(vd, type, 0));
      operands.source(group(vd, type, 0));
      operands.source(group(vs2, type, 0));
      if (has_vs1) operands.source(group(vs1, type, 0));
      break;
    case Shape::broadcast:
      operands.destination(group(vd, type, 0));
      if (has_vs1) operands.source(group(vs1, type, 0));
      break;
    case Shape::widen:
      operands.destination(group(vd, type, 1));
      operands.source(group(vs2, type, 0));
      if (has_vs1) operands.source(group(vs1, type, 0));
      break;
    case Shape::widen_unary:
      operands.destination(group(vd, type, 1));
      operands.source(group(vs2, type, 0));
      break;
    case Shape::widen_accumulate:
      operands.destination(group(vd, type, 1));
      operands.source(group(vd, type, 1));
      operands.source(group(vs2, type, 0));
      if (has_vs1) operands.source(group(vs1, type, 0));
      break;
    case Shape::widen_wide:
      operands.destination(group(vd, type, 1));
      operands.source(group(vs2, type, 1));
      if (has_vs1) operands.source(group(vs1, type, 0));
      break;
    case Shape::narrow:
      operands.destination(group(vd, type, 0));
      operands.source(group(vs2, type, 1));
      if (has_vs1) operands.source(group(vs1, type, 0));
      break;
    case Shape::narrow_unary:
      operands.destination(group(vd, type, 0));
      operands.source(group(vs2, type, 1));
      break;
    case Shape::extend_2:
    case Shape::extend_4:
      operands.destination(group(vd, type, 0));
      operands.source(group(vs2, type, entry.shape == Shape::extend_2 ? -1 : -2));
      break;
    case Shape::compare:
    case Shape::carry_out:
      operands.register_destination(vd, mask_width);
      operands.source(group(vs2, type, 0));
      if (has_vs1) operands.source(group(vs1, type, 0));
      break;
    case Shape::reduce:
    case Shape::widen_reduce: {
      const int width = sew + (entry.shape == Shape::reduce ? 0 : 1);
      operands.register_destination(vd, width);
      operands.source(group(vs2, type, 0));
      operands.register_source(vs1, width);
      overlap = Overlap::any;
      break;
    }
    case Shape::mask_logical:
      operands.register_destination(vd, mask_width);
      overlap = Overlap::any;
      break;
    case Shape::mask_set:
      operands.register_destination(vd, mask_width);
      operands.register_source(vs2, mask_width);
      overlap = Overlap::never;
      break;
    case Shape::mask_to_x:
    case Shape::to_scalar:
      break;
    case Shape::iota:
      operands.destination(group(vd, type, 0));
      operands.register_source(vs2, mask_width);
      overlap = Overlap::never;
      break;
    case Shape::index:
      operands.destination(group(vd, type, 0));
      break;
    case Shape::from_scalar:
      operands.register_destination(vd, sew);
      break;
    case Shape::slide_up:
      operands.destination(group(vd, type, 0));
      operands.source(group(vs2, type, 0));
      overlap = Overlap::never;
      break;
    case Shape::gather:
    case Shape::gather_16:
      operands.destination(group(vd, type, 0));
      operands.source(group(vs2, type, 0));
      if (has_vs1) operands.source(group(vs1, type, entry.shape == Shape::gather ? 0 : 1 - sew));
      overlap = Overlap::never;
      break;
    case Shape::compress:
      operands.destination(group(vd, type, 0));
      operands.source(group(vs2, type, 0));
      operands.register_source(vs1, mask_width);
      overlap = Overlap::never;
      break;
    case Shape::move_whole:
      break;
  }
  return operands.check(bits, overlap);
}

VectorLegality check_vector_memory(const VectorMemory& memory, std::uint32_t bits, const VectorState& state) {
  const unsigned vd = vd_of(bits);
  const unsigned fields = memory.fields;
  if (memory.kind == VectorMemoryKind::whole) return {true, memory.is_store ? 0 : bitmap(vd, fields)};
  const VectorType& type = state.type;
  if (type.ill) return {};
  if (memory.kind == VectorMemoryKind::mask) return {true, memory.is_store ? 0 : bitmap(vd, 1)};

  const int relative = static_cast<int>(memory.width) - static_cast<int>(type.sew);
  const bool indexed = memory.kind == VectorMemoryKind::indexed;
  Group data = group(vd, type, indexed ? 0 : relative);
  if (!is_valid(data) || data.count * fields > 8 || vd + data.count * fields > 32) return {};
  if (is_masked(bits) && vd == 0) return {};
  data.count *= fields;
  if (indexed) {
    const Group index = group(vs2_of(bits), type, relative);
    if (!is_valid(index) || (is_masked(bits) && index.first == 0)) return {};
    if (memory.is_store) {
      if (data.width != index.width && overlaps(data, index)) return {};
    } else if (fields > 1 ? overlaps(data, index) : !overlap_is_legal(data, index)) {
      return {};
    }
  }
  return {true, memory.is_store ? 0 : bitmap(vd, data.count)};
}

VectorLegality check_vector_cfloat(bool widen, std::uint64_t control, std::uint32_t bits, const VectorState& state) {
  constexpr std::uint64_t fields = 0x1033f;  // bias, format, stochastic rounding
  const VectorType& type = state.type;
  if (type.ill || type.sew == 0 || (control & ~fields) != 0) return {};
  const int width = (control >> 9 & 1) != 0 ? 1 : 0;  // of the CFloat element
  const Group narrow = group(widen ? vs2_of(bits) : vd_of(bits), type, width - static_cast<int>(type.sew));
  const Group wide = group(widen ? vd_of(bits) : vs2_of(bits), type, 0);
  Operands operands;
  operands.destination(widen ? wide : narrow);
  operands.source(widen ? narrow : wide);
  return operands.check(bits, Overlap::by_width);
}

VectorLegality check_vector_accumulator(bool is_write, std::uint32_t bits, const VectorState& state) {
  const VectorType& type = state.type;
  if (type.ill || type.sew != 2) return {};
  Operands operands;
  const Group data = group(vd_of(bits), type, 0);
  if (is_write) {
    operands.source(data);
  } else {
    operands.destination(data);
  }
  return operands.check(bits, Overlap::by_width);
}

}  // namespace dojo::model
