#include "runtime/htif.hpp"

#include <fmt/format.h>

#include <array>
#include <span>
#include <string>
#include <utility>

#include "common/error.hpp"

namespace dojo {
namespace {

constexpr unsigned device_shift = 56;
constexpr unsigned command_shift = 48;
constexpr std::uint64_t payload_mask = (std::uint64_t{1} << command_shift) - 1;
constexpr std::uint64_t system_device = 0;
constexpr std::uint64_t console_device = 1;
constexpr std::uint64_t console_write = 1;

// System call numbers of the RISC-V Linux ABI, as the proxy kernel and riscv-tests use them.
constexpr std::uint64_t call_write = 64;
constexpr std::uint64_t call_exit = 93;
constexpr std::uint64_t not_implemented = static_cast<std::uint64_t>(-38);  // -ENOSYS

}  // namespace

Htif::Htif(Backend& machine, Coordinates node, std::uint64_t tohost, std::optional<std::uint64_t> fromhost,
           Console console)
    : machine_(machine), node_(node), tohost_(tohost), fromhost_(fromhost), console_(std::move(console)) {
  machine_.watch_tohost(node, tohost);
}

std::uint64_t Htif::read_word(std::uint64_t address) {
  std::uint64_t value = 0;
  machine_.read_memory(node_, address, std::as_writable_bytes(std::span(&value, 1)));
  return value;
}

void Htif::write_word(std::uint64_t address, std::uint64_t value) {
  machine_.write_memory(node_, address, std::as_bytes(std::span(&value, 1)));
}

void Htif::reply(std::uint64_t value) {
  if (fromhost_) write_word(*fromhost_, value);
}

std::optional<std::uint64_t> Htif::serve() {
  const std::uint64_t request = read_word(tohost_);
  if (request == 0) return std::nullopt;
  write_word(tohost_, 0);
  const std::uint64_t device = request >> device_shift;
  const std::uint64_t command = request >> command_shift & 0xff;
  const std::uint64_t payload = request & payload_mask;
  if (device == system_device && command == 0) {
    if ((payload & 1u) != 0) return payload >> 1;
    return system_call(payload);
  }
  if (device == console_device && command == console_write) {
    const char character = static_cast<char>(payload & 0xff);
    console_({&character, 1});
    reply(request);
    return std::nullopt;
  }
  throw RunError(fmt::format("node ({},{}): tohost holds {:#x}, which is neither an exit code nor a known HTIF request",
                             node_.x, node_.y, request));
}

std::optional<std::uint64_t> Htif::system_call(std::uint64_t block) {
  const std::uint64_t number = read_word(block);
  if (number == call_exit) return read_word(block + 8);
  const std::uint64_t result =
      number == call_write ? write_to_console(read_word(block + 16), read_word(block + 24)) : not_implemented;
  write_word(block, result);
  reply(1);
  return std::nullopt;
}

std::uint64_t Htif::write_to_console(std::uint64_t address, std::uint64_t size) {
  if (size > hw::sram_size) {
    throw RunError(
        fmt::format("node ({},{}): HTIF write of {} bytes, more than the SRAM holds", node_.x, node_.y, size));
  }
  std::string text(size, '\0');
  machine_.read_memory(node_, address, std::as_writable_bytes(std::span(text)));
  console_(text);
  return size;
}

}  // namespace dojo
