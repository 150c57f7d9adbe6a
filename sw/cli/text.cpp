#include "cli/text.hpp"

#include <fmt/format.h>

#include "common/error.hpp"

namespace dojo::cli {

MeshSize size_of(std::string_view what, std::string_view text) {
  const auto size = pair_of<unsigned>(text, 'x');
  if (!size) throw InputError(fmt::format("{} '{}': expected COLSxROWS, such as 2x2", what, text));
  if (size->first == 0 || size->second == 0) {
    throw InputError(fmt::format("{} '{}': there must be at least one column and one row", what, text));
  }
  return {.columns = size->first, .rows = size->second};
}

}  // namespace dojo::cli
