#include "kernels/collective_shape.hpp"

namespace dojo {

std::string_view to_string(CollectiveKind kind) {
  constexpr std::array<std::string_view, 5> names{"broadcast", "reduce", "all-reduce", "reduce-scatter", "all-gather"};
  return names.at(static_cast<std::size_t>(kind));
}

bool is_sum(CollectiveKind kind) {
  return kind == CollectiveKind::reduce || kind == CollectiveKind::all_reduce || kind == CollectiveKind::reduce_scatter;
}

std::string_view to_string(CollectiveForm form) {
  return form == CollectiveForm::software ? "software" : "tree";
}

LineRange LineRange::part(std::size_t index, std::size_t count) const {
  const std::size_t begin = first + lines * index / count;
  return {.first = begin, .lines = first + lines * (index + 1) / count - begin};
}

LineRange collective_share(std::size_t lines, std::size_t count, std::size_t index) {
  return LineRange{.first = 0, .lines = lines}.part(index, count);
}

LineRange collective_result(const CollectiveShape& shape, std::size_t count, std::size_t index) {
  if (shape.kind == CollectiveKind::reduce_scatter) return collective_share(shape.lines, count, index);
  if (shape.kind == CollectiveKind::reduce && index != shape.root) return {};
  return {.first = 0, .lines = shape.lines};
}

}  // namespace dojo
