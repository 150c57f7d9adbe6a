#include "network/safetensors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <system_error>

#include "common/error.hpp"

namespace dojo::network {
namespace {

static_assert(std::endian::native == std::endian::little, "numbers are copied as they are");

constexpr std::size_t length_bytes = 8;
constexpr const char* metadata_key = "__metadata__";

std::size_t bytes_of(const NamedArray& array) {
  return array.values.size() * (array.integer ? sizeof(std::int64_t) : sizeof(float));
}

/// Reads the header of a file whose data has `data_bytes`, and then the data.
class TensorDecoder {
 public:
  explicit TensorDecoder(std::string name) : name_(std::move(name)) {}

  TensorFile decode(const std::vector<std::uint8_t>& bytes) const {
    std::uint64_t length = 0;
    if (bytes.size() < length_bytes) fail("no header");
    std::memcpy(&length, bytes.data(), length_bytes);
    if (length > bytes.size() - length_bytes) fail("the header is longer than the file");
    const std::size_t start = length_bytes + length;
    const auto header = nlohmann::ordered_json::parse(
        bytes.begin() + length_bytes, bytes.begin() + static_cast<std::ptrdiff_t>(start), nullptr, false);
    if (!header.is_object()) fail("the header is no JSON object");
    TensorFile file;
    std::size_t used = 0;
    for (const auto& [name, entry] : header.items()) {
      if (name == metadata_key) {
        for (const auto& [key, value] : entry.items()) {
          if (!value.is_string()) fail(fmt::format("metadata '{}' is no text", key));
          file.metadata[key] = value.get<std::string>();
        }
        continue;
      }
      file.arrays.push_back(array(name, entry, bytes, start));
      used += bytes_of(file.arrays.back());
    }
    if (used != bytes.size() - start) fail("data that belongs to no array, or to two");
    return file;
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw InputError(fmt::format("{}: no safetensors file that can be used: {}", name_, what));
  }

  [[nodiscard]] NamedArray array(const std::string& name, const nlohmann::ordered_json& entry,
                                 const std::vector<std::uint8_t>& bytes, std::size_t start) const {
    NamedArray array{.name = name, .shape = {}, .values = {}};
    std::array<std::size_t, 2> range{};
    std::string type;
    try {
      type = entry.at("dtype").get<std::string>();
      array.shape = entry.at("shape").get<Shape>();
      range = entry.at("data_offsets").get<std::array<std::size_t, 2>>();
    } catch (const nlohmann::json::exception&) {
      fail(fmt::format("'{}' has no type, shape or place", name));
    }
    if (type != "F32" && type != "I64") fail(fmt::format("'{}' has the type {}; F32 and I64 are read", name, type));
    array.integer = type == "I64";
    const std::size_t size = array.integer ? sizeof(std::int64_t) : sizeof(float);
    const std::size_t data_bytes = bytes.size() - start;
    // Divided step by step, as a product of damaged dimensions may run over.
    std::size_t room = data_bytes / size;
    for (const std::size_t dimension : array.shape) {
      if (dimension == 0) fail(fmt::format("'{}' has no elements", name));
      room /= dimension;
    }
    if (room == 0 || range[0] > range[1] || range[1] > data_bytes ||
        range[1] - range[0] != elements_of(array.shape) * size) {
      fail(fmt::format("'{}' has another size than its place in the file", name));
    }
    array.values.resize(elements_of(array.shape));
    const std::uint8_t* const data = bytes.data() + start + range[0];
    if (!array.integer) {
      std::memcpy(array.values.data(), data, array.values.size() * sizeof(float));
      return array;
    }
    for (std::size_t i = 0; i < array.values.size(); ++i) {
      std::int64_t value = 0;
      std::memcpy(&value, data + i * sizeof(value), sizeof(value));
      array.values[i] = static_cast<float>(value);
    }
    return array;
  }

  std::string name_;
};

}  // namespace

std::vector<std::uint8_t> encode_tensors(const TensorFile& file) {
  nlohmann::ordered_json header;
  if (!file.metadata.empty()) header[metadata_key] = file.metadata;
  std::size_t offset = 0;
  for (const NamedArray& array : file.arrays) {
    const std::size_t end = offset + bytes_of(array);
    header[array.name] = {
        {"dtype", array.integer ? "I64" : "F32"}, {"shape", array.shape}, {"data_offsets", {offset, end}}};
    offset = end;
  }
  std::string text = header.empty() ? "{}" : header.dump();
  text.resize((text.size() + length_bytes - 1) / length_bytes * length_bytes, ' ');

  std::vector<std::uint8_t> bytes(length_bytes);
  const std::uint64_t length = text.size();
  std::memcpy(bytes.data(), &length, length_bytes);
  bytes.insert(bytes.end(), text.begin(), text.end());
  bytes.reserve(bytes.size() + offset);
  const auto append = [&bytes](const void* data, std::size_t count) {
    const auto* const first = static_cast<const std::uint8_t*>(data);
    bytes.insert(bytes.end(), first, first + count);
  };
  for (const NamedArray& array : file.arrays) {
    if (!array.integer) {
      append(array.values.data(), bytes_of(array));
      continue;
    }
    for (const float value : array.values) {
      const auto whole = static_cast<std::int64_t>(value);
      append(&whole, sizeof(whole));
    }
  }
  return bytes;
}

void write_tensors(const std::filesystem::path& path, const TensorFile& file) {
  const std::vector<std::uint8_t> bytes = encode_tensors(file);
  std::filesystem::path unfinished = path;
  unfinished += ".unfinished";
  std::ofstream stream(unfinished, std::ios::binary);
  stream.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  stream.close();
  std::error_code error;
  if (stream) std::filesystem::rename(unfinished, path, error);
  if (!stream || error) throw RunError(fmt::format("{}: the checkpoint could not be written", path.string()));
}

TensorFile read_tensors(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream || std::filesystem::is_directory(path)) {
    throw InputError(fmt::format("{}: the file cannot be read", path.string()));
  }
  const std::vector<std::uint8_t> bytes{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  return TensorDecoder(path.string()).decode(bytes);
}

}  // namespace dojo::network
