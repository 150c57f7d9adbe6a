#include "common/yaml_file.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <fstream>
#include <iterator>

namespace dojo {

void YamlFile::fail(const YAML::Mark& mark, std::string_view what) const {
  const YAML::Mark place = mark.is_null() ? YAML::Mark() : mark;
  throw InputError(fmt::format("{}:{}:{}: {}", file_, place.line + 1, place.column + 1, what));
}

YAML::Node YamlFile::load() const {
  std::ifstream stream(file_);
  if (!stream || std::filesystem::is_directory(file_)) {
    throw InputError(fmt::format("{}: the {} cannot be read", file_, kind_));
  }
  const std::string contents{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  try {
    const std::vector<YAML::Node> documents = YAML::LoadAll(contents);
    if (documents.size() > 1) {
      fail(documents[1].Mark(), fmt::format("a second document; a file is one {}", kind_));
    }
    return documents.empty() ? YAML::Node() : documents.front();
  } catch (const YAML::Exception& error) {
    fail(error.mark, error.msg);
  }
}

YamlFile::Entries YamlFile::entries(const YAML::Node& map, std::initializer_list<std::string_view> known) const {
  if (!map.IsMap()) fail(map.Mark(), fmt::format("expected keys with values; keys are {}", fmt::join(known, ", ")));
  Entries result;
  for (const auto& pair : map) {
    const YAML::Node& key = pair.first;
    const YAML::Node& value = pair.second;
    const std::string name = text(key, "the name of a key");
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      fail(key.Mark(), fmt::format("unknown key '{}'; keys here are {}", name, fmt::join(known, ", ")));
    }
    const auto [entry, is_new] = result.emplace(name, Entry{.key = key, .value = value});
    if (!is_new) {
      fail(key.Mark(),
           fmt::format("key '{}' is there twice, first in line {}", name, entry->second.key.Mark().line + 1));
    }
    if (value.IsNull()) fail(key.Mark(), fmt::format("key '{}' has no value", name));
  }
  return result;
}

std::string YamlFile::text(const YAML::Node& node, std::string_view expected) const {
  if (!node.IsScalar()) fail(node.Mark(), fmt::format("expected {}", expected));
  return node.Scalar();
}

bool YamlFile::is_true(const YAML::Node& node) const {
  const std::string word = text(node, "true or false");
  if (word != "true" && word != "false") fail(node.Mark(), fmt::format("'{}': expected true or false", word));
  return word == "true";
}

std::vector<YAML::Node> YamlFile::list(const YAML::Node& node, std::string_view expected) const {
  if (!node.IsSequence()) fail(node.Mark(), fmt::format("expected {}", expected));
  return {node.begin(), node.end()};
}

}  // namespace dojo
