#pragma once
// A description in YAML: every message about it begins with FILE:LINE:COLUMN.

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <filesystem>
#include <functional>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/error.hpp"
#include "common/number.hpp"

namespace dojo {

/// A file that is read and checked. All functions throw InputError where the file says something else.
class YamlFile {
 public:
  /// A key of a map, and what it says.
  struct Entry {
    YAML::Node key;
    YAML::Node value;
  };
  using Entries = std::map<std::string, Entry, std::less<>>;

  /// `kind` is what the file is: "machine description".
  YamlFile(const std::filesystem::path& file, std::string_view kind) : file_(file.string()), kind_(kind) {}

  /// Throws InputError: place, and `what`.
  [[noreturn]] void fail(const YAML::Mark& mark, std::string_view what) const;
  /// Calls `check`, and says where in the file stands what it refuses.
  template <typename Check>
  void at(const YAML::Node& node, Check check) const {
    try {
      check();
    } catch (const InputError& error) {
      fail(node.Mark(), error.what());
    }
  }

  /// The only document of the file.
  [[nodiscard]] YAML::Node load() const;
  /// The keys of a map, all of which are `known`, with values.
  [[nodiscard]] Entries entries(const YAML::Node& map, std::initializer_list<std::string_view> known) const;
  /// A scalar.
  [[nodiscard]] std::string text(const YAML::Node& node, std::string_view expected) const;
  /// A number from `least` to `most`.
  template <typename Number>
  [[nodiscard]] Number number_between(const YAML::Node& node, Number least, Number most) const {
    const std::string expected = fmt::format("a number from {} to {}", least, most);
    const std::string digits = text(node, expected);
    const auto value = number<Number>(digits);
    if (!value || !(*value >= least && *value <= most)) {
      fail(node.Mark(), fmt::format("'{}': expected {}", digits, expected));
    }
    return *value;
  }
  [[nodiscard]] bool is_true(const YAML::Node& node) const;
  [[nodiscard]] std::vector<YAML::Node> list(const YAML::Node& node, std::string_view expected) const;

 private:
  std::string file_;
  std::string kind_;
};

}  // namespace dojo
