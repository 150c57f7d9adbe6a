#pragma once
// Numbers as users write them.

#include <charconv>
#include <optional>
#include <string_view>
#include <system_error>

namespace dojo {

/// The number that all of `text` says, if it says one.
template <typename Number>
std::optional<Number> number(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace dojo
