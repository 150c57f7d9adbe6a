#include "debug/packet.hpp"

#include <charconv>
#include <utility>

namespace dojo::debug {
namespace {

constexpr char escape = '}';
constexpr char escaped_bit = 0x20;
constexpr char interrupt = 0x03;
constexpr std::string_view digits = "0123456789abcdef";

unsigned checksum(std::string_view framed) {
  unsigned sum = 0;
  for (const char character : framed) sum += static_cast<unsigned char>(character);
  return sum & 0xffu;
}

std::optional<unsigned> digit(char character) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(&character, &character + 1, value, 16);
  if (error != std::errc() || end != &character + 1) return std::nullopt;
  return value;
}

std::optional<std::string> unescaped(std::string_view framed) {
  std::string payload;
  for (std::size_t i = 0; i < framed.size(); ++i) {
    char character = framed[i];
    if (character == escape) {
      if (++i == framed.size()) return std::nullopt;
      character = static_cast<char>(framed[i] ^ escaped_bit);
    }
    payload += character;
  }
  return payload;
}

}  // namespace

std::string frame(std::string_view payload) {
  std::string framed;
  for (const char character : payload) {
    if (character == '#' || character == '$' || character == '*' || character == escape) {
      framed += escape;
      framed += static_cast<char>(character ^ escaped_bit);
    } else {
      framed += character;
    }
  }
  const unsigned sum = checksum(framed);
  return '$' + framed + '#' + digits[sum >> 4] + digits[sum & 15];
}

std::optional<Event> PacketReader::next() {
  const std::size_t start = bytes_.find_first_of(std::string{'$', '+', '-', interrupt});
  if (start == std::string::npos) {
    bytes_.clear();
    return std::nullopt;
  }
  bytes_.erase(0, start);
  if (bytes_[0] != '$') {
    const char character = bytes_[0];
    bytes_.erase(0, 1);
    if (character == '+') return Event{.kind = Event::Kind::acknowledge};
    return Event{.kind = character == '-' ? Event::Kind::repeat : Event::Kind::interrupt};
  }
  const std::size_t end = bytes_.find('#');
  if (end == std::string::npos) {
    // Escapes take two bytes.
    if (bytes_.size() <= 2 * packet_size + 1) return std::nullopt;
    bytes_.clear();
    return Event{.kind = Event::Kind::damaged};
  }
  if (bytes_.size() < end + 3) return std::nullopt;
  const std::string framed = bytes_.substr(1, end - 1);
  const std::optional<unsigned> high = digit(bytes_[end + 1]);
  const std::optional<unsigned> low = digit(bytes_[end + 2]);
  bytes_.erase(0, end + 3);
  if (!high || !low || (*high << 4 | *low) != checksum(framed)) return Event{.kind = Event::Kind::damaged};
  std::optional<std::string> payload = unescaped(framed);
  if (!payload || payload->size() > packet_size) return Event{.kind = Event::Kind::damaged};
  return Event{.kind = Event::Kind::packet, .payload = std::move(*payload)};
}

std::string to_hex(std::span<const std::byte> bytes) {
  std::string text;
  text.reserve(2 * bytes.size());
  for (const std::byte value : bytes) {
    text += digits[std::to_integer<unsigned>(value) >> 4];
    text += digits[std::to_integer<unsigned>(value) & 15];
  }
  return text;
}

std::string to_hex(std::string_view text) {
  return to_hex(std::as_bytes(std::span(text)));
}

std::optional<std::vector<std::byte>> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  std::vector<std::byte> bytes;
  bytes.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const std::optional<unsigned> high = digit(text[i]);
    const std::optional<unsigned> low = digit(text[i + 1]);
    if (!high || !low) return std::nullopt;
    bytes.push_back(static_cast<std::byte>(*high << 4 | *low));
  }
  return bytes;
}

std::optional<std::uint64_t> hex_number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string_view take_until(std::string_view& text, char separator) {
  const std::size_t end = text.find(separator);
  const std::string_view taken = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return taken;
}

}  // namespace dojo::debug
