#pragma once
// Numbers and sizes as users write them, in options and in files.

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "common/number.hpp"
#include "common/topology.hpp"

namespace dojo::cli {

/// The two numbers around `separator`, if `text` is just that.
template <typename Number>
std::optional<std::pair<Number, Number>> pair_of(std::string_view text, char separator) {
  const std::size_t at = text.find(separator);
  if (at == std::string_view::npos) return std::nullopt;
  const auto first = number<Number>(text.substr(0, at));
  const auto second = number<Number>(text.substr(at + 1));
  if (!first || !second) return std::nullopt;
  return std::pair{*first, *second};
}

/// The texts before, between and behind separators.
inline std::vector<std::string_view> parts_of(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t at = text.find(separator);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

/// COLSxROWS, such as 2x2. Throws InputError, which begins with `what`, when `text` is not that, or one of them is 0.
MeshSize size_of(std::string_view what, std::string_view text);

}  // namespace dojo::cli
