#pragma once
// Packets of the gdb remote serial protocol: framing, checksums and hexadecimal text. Source: the GDB manual, "Remote
// Serial Protocol", "Overview".

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace dojo::debug {

/// Largest payload of a packet in either direction, in bytes.
inline constexpr std::size_t packet_size = 0x4000;

/// "$" payload "#" checksum, with what must be escaped escaped.
[[nodiscard]] std::string frame(std::string_view payload);

/// What a debugger sent.
struct Event {
  enum class Kind {
    packet,       ///< with its payload
    damaged,      ///< a packet that is too long, or whose checksum or escapes are wrong
    acknowledge,  ///< "+"
    repeat,       ///< "-": the last packet is to be sent again
    interrupt     ///< the byte 3: stop the machine
  };
  Kind kind;
  std::string payload = {};
};

/// Finds packets in a stream of bytes. Bytes between packets that mean nothing are passed over.
class PacketReader {
 public:
  void add(std::string_view bytes) { bytes_ += bytes; }
  /// The next event, if it is complete.
  [[nodiscard]] std::optional<Event> next();

 private:
  std::string bytes_;
};

/// Two digits for each byte.
[[nodiscard]] std::string to_hex(std::span<const std::byte> bytes);
[[nodiscard]] std::string to_hex(std::string_view text);
/// The bytes of a value, lowest first, as gdb sends registers.
template <typename Value>
[[nodiscard]] std::string value_to_hex(const Value& value) {
  return to_hex(std::as_bytes(std::span(&value, 1)));
}
/// Nothing unless the text is pairs of digits.
[[nodiscard]] std::optional<std::vector<std::byte>> from_hex(std::string_view text);
/// A number without prefix, highest digit first. Nothing unless it is one of 1 to 16 digits.
[[nodiscard]] std::optional<std::uint64_t> hex_number(std::string_view text);
/// Takes the text up to a separator from the front, and the separator; all of it when there is none.
[[nodiscard]] std::string_view take_until(std::string_view& text, char separator);

}  // namespace dojo::debug
