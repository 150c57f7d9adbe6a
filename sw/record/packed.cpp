#include "record/packed.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "common/error.hpp"

namespace dojo::record {
namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::string base64(std::span<const std::uint8_t> bytes) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t left = bytes.size() - i;
    const unsigned group =
        bytes[i] << 16u | (left > 1 ? bytes[i + 1] << 8u : 0u) | (left > 2 ? unsigned{bytes[i + 2]} : 0u);
    text += alphabet[group >> 18];
    text += alphabet[group >> 12 & 63];
    text += left > 1 ? alphabet[group >> 6 & 63] : '=';
    text += left > 2 ? alphabet[group & 63] : '=';
  }
  return text;
}

[[noreturn]] void damaged() {
  throw InputError("packed numbers are damaged");
}

std::vector<std::uint8_t> bytes_of(std::string_view text) {
  if (text.size() % 4 != 0) damaged();
  while (!text.empty() && text.back() == '=') text.remove_suffix(1);
  std::array<std::uint8_t, 256> values{};
  values.fill(alphabet.size());
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    values[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
  }
  std::vector<std::uint8_t> bytes;
  bytes.reserve(text.size() / 4 * 3);
  unsigned group = 0;
  unsigned bits = 0;
  for (const char letter : text) {
    const unsigned value = values[static_cast<unsigned char>(letter)];
    if (value == alphabet.size()) damaged();
    group = group << 6 | value;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes.push_back(static_cast<std::uint8_t>(group >> bits));
  }
  return bytes;
}

}  // namespace

std::string pack(std::span<const std::uint64_t> numbers) {
  std::vector<std::uint8_t> plain;
  plain.reserve(numbers.size());
  for (std::uint64_t number : numbers) {
    for (; number > 0x7f; number >>= 7) plain.push_back(static_cast<std::uint8_t>(number | 0x80));
    plain.push_back(static_cast<std::uint8_t>(number));
  }
  uLongf size = compressBound(plain.size());
  std::vector<std::uint8_t> packed(size);
  if (compress2(packed.data(), &size, plain.data(), plain.size(), Z_DEFAULT_COMPRESSION) != Z_OK) {
    throw RunError("record: no memory to pack the numbers");
  }
  return base64(std::span(packed).first(size));
}

std::vector<std::uint64_t> unpack(const std::string& text, std::size_t count) {
  constexpr std::size_t most_bytes = 10;       // of a number
  constexpr std::size_t most_inflated = 1032;  // of a byte
  const std::vector<std::uint8_t> packed = bytes_of(text);
  std::vector<std::uint8_t> plain(std::min(count * most_bytes, packed.size() * most_inflated) + 1);
  uLongf size = plain.size();
  if (uncompress(plain.data(), &size, packed.data(), packed.size()) != Z_OK) damaged();
  std::vector<std::uint64_t> numbers;
  numbers.reserve(count);
  std::uint64_t number = 0;
  unsigned shift = 0;
  for (const std::uint8_t byte : std::span(plain).first(size)) {
    if (shift > 63) damaged();
    number |= std::uint64_t{byte & 0x7fu} << shift;
    shift += 7;
    if ((byte & 0x80) != 0) continue;
    numbers.push_back(number);
    number = 0;
    shift = 0;
  }
  if (numbers.size() != count || shift != 0) damaged();
  return numbers;
}

}  // namespace dojo::record
