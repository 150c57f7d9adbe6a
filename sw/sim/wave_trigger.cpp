#include "sim/wave_trigger.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <utility>

#include "common/error.hpp"

namespace dojo::sim {
namespace {

template <typename Number>
std::optional<Number> number_in(std::string_view text) {
  int base = 10;
  if (text.starts_with("0x")) {
    base = 16;
    text.remove_prefix(2);
  }
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

bool read_pc(std::string_view text, WaveTrigger& trigger) {
  if (const auto address = number_in<std::uint64_t>(text)) {
    trigger.address = *address;
    return true;
  }
  const std::size_t plus = text.find('+');
  trigger.symbol = text.substr(0, plus);
  if (plus != std::string_view::npos) {
    const auto offset = number_in<std::uint64_t>(text.substr(plus + 1));
    if (!offset) return false;
    trigger.address = *offset;
  }
  return !trigger.symbol.empty() && (trigger.symbol[0] < '0' || trigger.symbol[0] > '9');
}

bool read_packet(std::string_view text, WaveTrigger& trigger) {
  for (const hw::PacketOp operation : {hw::PacketOp::write, hw::PacketOp::read, hw::PacketOp::error}) {
    if (text == hw::to_string(operation)) trigger.operation = operation;
  }
  if (trigger.operation) return true;
  const std::size_t comma = text.find(',');
  if (comma == std::string_view::npos) {
    trigger.target = number_in<std::uint64_t>(text);
    return trigger.target.has_value();
  }
  const auto x = number_in<unsigned>(text.substr(0, comma));
  const auto y = number_in<unsigned>(text.substr(comma + 1));
  if (!x || !y) return false;
  trigger.source = {.x = *x, .y = *y};
  return true;
}

bool read_semaphore(std::string_view text, WaveTrigger& trigger) {
  const std::size_t equals = text.find('=');
  const auto id = number_in<unsigned>(text.substr(0, equals));
  if (!id || *id >= hw::semaphores) return false;
  trigger.semaphore = *id;
  if (equals == std::string_view::npos) return true;
  trigger.count = number_in<std::uint32_t>(text.substr(equals + 1));
  return trigger.count.has_value();
}

}  // namespace

WaveTrigger WaveTrigger::parse(const std::string& option, const std::string& text) {
  const auto after = [&text](std::string_view start) { return std::string_view(text).substr(start.size()); };
  WaveTrigger trigger;
  bool good = false;
  if (text.starts_with("pc=")) {
    trigger.kind = Kind::pc;
    good = read_pc(after("pc="), trigger);
  } else if (text.starts_with("packet=")) {
    trigger.kind = Kind::packet;
    good = read_packet(after("packet="), trigger);
  } else if (text.starts_with("sem=")) {
    trigger.kind = Kind::semaphore;
    good = read_semaphore(after("sem="), trigger);
  }
  if (good) return trigger;
  throw InputError(
      fmt::format("{} '{}': expected pc=SYMBOL[+OFFSET], pc=ADDRESS, packet=X,Y, packet=write, packet=read, "
                  "packet=error, packet=ADDRESS or sem=ID[=COUNT] with an ID below {}",
                  option, text, hw::semaphores));
}

TriggerWatch::TriggerWatch(WaveTrigger trigger, const CodeNames& names, std::function<void(std::uint64_t)> met)
    : trigger_(std::move(trigger)), met_(std::move(met)) {
  if (trigger_.symbol.empty()) return;
  const auto address = names.address ? names.address(trigger_.symbol) : std::nullopt;
  if (!address) throw InputError(fmt::format("--wave-on pc={}: the program has no such symbol", trigger_.symbol));
  trigger_.address += *address;
}

void TriggerWatch::after_cycle(NodeModel& node, std::uint64_t cycle) {
  if (was_met_ || !is_met(node)) return;
  was_met_ = true;
  met_(cycle);
}

bool TriggerWatch::is_met(const NodeModel& node) {
  switch (trigger_.kind) {
    case WaveTrigger::Kind::pc:
      for (unsigned port = 0; port < retire_ports; ++port) {
        const Retirement retired = node.retirement(port);
        if (retired.valid && retired.pc == trigger_.address) return true;
      }
      return false;
    case WaveTrigger::Kind::packet: {
      const NetworkEvent event = node.packet_applied();
      if (!event.valid) return false;
      const hw::PacketHeader header = hw::PacketHeader::decode(event.header);
      const auto line = [](std::uint64_t address) { return address / hw::line_bytes; };
      return (!trigger_.source || (trigger_.source->x == header.src_x && trigger_.source->y == header.src_y)) &&
             (!trigger_.operation || *trigger_.operation == header.op) &&
             (!trigger_.target || line(*trigger_.target) == line(header.addr));
    }
    case WaveTrigger::Kind::semaphore: {
      const std::uint32_t count = node.semaphore(trigger_.semaphore);
      const std::uint32_t before = std::exchange(count_before_, count).value_or(count);
      return count != before && count == trigger_.count.value_or(count);
    }
  }
  return false;
}

}  // namespace dojo::sim
