#include "debug/monitor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "debug/packet.hpp"

namespace dojo::debug {
namespace {

constexpr std::string_view help_text =
    "monitor cycle             the cycle that the machine has reached\n"
    "monitor where             every hart that is not stopped\n"
    "monitor semaphores [X,Y]  counts of a node that are not 0, and who waits\n"
    "monitor counters [X,Y]    performance counters of a node\n"
    "monitor links [X,Y]       what the links of a node carry in this cycle\n"
    "monitor only [X,Y]        breakpoints stop harts of this node only; without X,Y: of all\n"
    "X,Y is a node; without it that of the selected thread is meant.\n";

std::string hart_line(Debugger& debugger, Coordinates node, unsigned hart) {
  Backend& backend = debugger.target().backend();
  const HartStatus status = backend.hart_status(node, hart);
  const std::string name = debugger.host().symbolize(status.pc);
  std::string line =
      fmt::format("node ({},{}) hart {}: {} at {:#x}", node.x, node.y, hart, hw::to_string(status.state), status.pc);
  if (!name.empty()) line += fmt::format(" <{}>", name);
  if (status.state == hw::HartState::semaphore) {
    line += fmt::format(", waits until semaphore {} is {}; it is {}", status.semaphore, status.semaphore_amount,
                        backend.semaphore(node, status.semaphore));
  }
  return line + "\n";
}

std::string where(Debugger& debugger) {
  Backend& backend = debugger.target().backend();
  const Topology& topology = backend.topology();
  std::string text;
  for (HartNumber hart = 0; hart < topology.sites() * hw::harts; ++hart) {
    const Coordinates node = topology.place(site_of(hart));
    if (!topology.is_alive(node)) continue;
    if (backend.hart_status(node, local_of(hart)).state == hw::HartState::stopped) continue;
    text += hart_line(debugger, node, local_of(hart));
  }
  return text.empty() ? "all harts are stopped\n" : text;
}

std::string semaphores(Debugger& debugger, Coordinates node) {
  Backend& backend = debugger.target().backend();
  std::string text;
  for (unsigned id = 0; id < hw::semaphores; ++id) {
    if (const std::uint32_t count = backend.semaphore(node, id); count != 0) {
      text += fmt::format("semaphore {} at {:#x}: {}\n", id, hw::semaphore_value_address(id), count);
    }
  }
  if (text.empty()) text = "all counts are 0\n";
  for (unsigned hart = 0; hart < hw::harts; ++hart) {
    if (backend.hart_status(node, hart).state == hw::HartState::semaphore) text += hart_line(debugger, node, hart);
  }
  return text;
}

std::string counters(Debugger& debugger, Coordinates node) {
  Backend& backend = debugger.target().backend();
  std::string text = fmt::format("{:24} {}\n", "instructions", backend.instructions_retired(node));
  for (unsigned i = 0; i < hw::counters; ++i) {
    text += fmt::format("{:24} {}\n", hw::counter_table[i].name, backend.counter(node, i));
  }
  return text;
}

/// Nothing unless the text is X,Y.
std::optional<Coordinates> coordinates_of(std::string_view text) {
  const auto number = [](std::string_view digits) -> std::optional<unsigned> {
    unsigned value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
    return value;
  };
  if (std::ranges::count(text, ',') != 1) return std::nullopt;
  const std::optional<unsigned> x = number(take_until(text, ','));
  const std::optional<unsigned> y = number(text);
  if (!x || !y) return std::nullopt;
  return Coordinates{*x, *y};
}

}  // namespace

std::string monitor(Debugger& debugger, std::string_view command, unsigned site) {
  const Topology& topology = debugger.target().backend().topology();
  const std::string_view name = take_until(command, ' ');
  const bool needs_node = name == "semaphores" || name == "counters" || name == "links" || name == "only";
  if (!needs_node && !command.empty()) return fmt::format("'{}' is too much; try monitor help\n", command);
  const bool is_named = !command.empty();
  const std::optional<Coordinates> node =
      command.empty() ? std::optional<Coordinates>(topology.place(site)) : coordinates_of(command);
  if (!node) return fmt::format("'{}' is no node; nodes are X,Y\n", command);
  if (!topology.is_alive(*node)) return fmt::format("there is no node {},{}\n", node->x, node->y);
  if (name == "help" || name.empty()) return std::string(help_text);
  if (name == "cycle") return fmt::format("{}\n", debugger.target().backend().cycles());
  if (name == "where") return where(debugger);
  if (name == "semaphores") return semaphores(debugger, *node);
  if (name == "counters") return counters(debugger, *node);
  if (name == "links") return debugger.target().describe_links(topology.number(*node));
  if (name == "only") {
    debugger.stop_only_at(is_named ? std::optional(topology.number(*node)) : std::nullopt);
    return is_named ? fmt::format("breakpoints are for node ({},{}) only\n", node->x, node->y)
                    : "breakpoints are for all nodes\n";
  }
  return fmt::format("'{}' is no command; try monitor help\n", name);
}

}  // namespace dojo::debug
