#include "runtime/diagnosis.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string_view>
#include <vector>

#include "hang/hang_analysis.hpp"

namespace dojo {
namespace {

constexpr std::size_t places_named = 8;

std::string place_of(std::uint64_t pc, const Symbolizer& symbolize) {
  const std::string name = symbolize ? symbolize(pc) : std::string();
  return name.empty() ? fmt::format("PC {:#x}", pc) : fmt::format("PC {:#x} <{}>", pc, name);
}

std::string_view describe_unit_fault(hw::UnitFault cause) {
  switch (cause) {
    case hw::UnitFault::none:
      return "no fault";
    case hw::UnitFault::descriptor_address:
      return "the descriptor is not 64-byte aligned or not in the SRAM";
    case hw::UnitFault::opcode:
      return "unknown operation";
    case hw::UnitFault::alignment:
      return "an address or stride is not a multiple of 64 bytes";
    case hw::UnitFault::count:
      return "a count is zero, odd or too large";
    case hw::UnitFault::range:
      return "a stream leaves the SRAM, or the memory of an Interface Processor";
    case hw::UnitFault::remote_address:
      return "the remote address is not the address of a node or memory";
    case hw::UnitFault::format:
      return "a reserved format, or fields that contradict each other";
    case hw::UnitFault::element_size:
      return "an element has not 8, 16, 32 or 64 bytes";
    case hw::UnitFault::index:
      return "an index is not below index_limit";
    case hw::UnitFault::uncorrectable:
      return "the descriptor, its index list or what it sends has an uncorrectable word";
    case hw::UnitFault::host:
      return "the memory of an Interface Processor's host answered with an error";
  }
  return "unknown cause";
}

/// What the other end of a report refused, or could not send.
std::string_view describe_access(hw::AccessKind kind) {
  switch (kind) {
    case hw::AccessKind::write:
      return "refused a write";
    case hw::AccessKind::read:
      return "refused a read";
    case hw::AccessKind::increment:
      return "refused an increment of a semaphore";
    case hw::AccessKind::control:
      return "refused a write of a register";
    case hw::AccessKind::unknown:
      return "refused a packet of an unknown kind";
    case hw::AccessKind::unreachable:
      return "cannot be reached: there is no such node, or no way to it; access";
    case hw::AccessKind::uncorrectable:
      return "could not send a line with an uncorrectable word";
    case hw::AccessKind::mismatch:
      return "was given lines for different places as parts of a sum on a tree, one of them";
  }
  return "refused an access";
}

std::uint64_t address_of(const hw::AccessError& error) {
  return error.address | std::uint64_t{error.address_high} << 32;
}

/// A node, or the Interface Processor of which these coordinates name a port.
std::string name_of(Backend& machine, unsigned x, unsigned y) {
  const std::span<const DipSite> dips = machine.dips();
  for (unsigned dip = 0; dip < dips.size(); ++dip) {
    for (const auto& port : dips[dip].ports) {
      if (port && port->address == Coordinates{x, y}) {
        return fmt::format("Interface Processor {} (port ({},{}))", dip, x, y);
      }
    }
  }
  return fmt::format("node ({},{})", x, y);
}

std::string_view describe_list_fault(hw::UnitFault cause) {
  switch (cause) {
    case hw::UnitFault::descriptor_address:
      return "it is not 64-byte aligned or not in the memory";
    case hw::UnitFault::opcode:
      return "an operation that the channel does not know";
    case hw::UnitFault::alignment:
      return "an address or stride is not a multiple of the element";
    case hw::UnitFault::count:
      return "a count is zero";
    case hw::UnitFault::range:
      return "elements leave the memory here or there";
    case hw::UnitFault::remote_address:
      return "the remote address is not one of the channel's";
    default:
      return describe_unit_fault(cause);
  }
}

std::string_view describe_ring_error(hw::RingError error) {
  switch (error) {
    case hw::RingError::none:
      return "no error";
    case hw::RingError::alignment:
      return "a base is not a multiple of 64, or too large";
    case hw::RingError::size:
      return "a size is no power of two, or too large";
    case hw::RingError::submission_overflow:
      return "the doorbell is too far ahead";
    case hw::RingError::completion_overrun:
      return "the host has passed the last completion";
    case hw::RingError::host:
      return "the host's memory answered with an error";
  }
  return "unknown error";
}

/// Errors of the lists and rings of an Interface Processor.
void add_list_errors(unsigned dip, const DipErrors& errors, std::vector<std::string>& lines) {
  constexpr std::uint64_t of_ring = (std::uint64_t{1} << hw::offset_bits) - 1;
  for (unsigned channel = 0; channel < errors.lists.size(); ++channel) {
    const hw::DipListFault fault = hw::DipListFault::decode(errors.lists[channel]);
    if (!fault.valid) continue;
    const std::string what =
        fault.address == of_ring ? "an entry of its host" : fmt::format("the descriptor at {:#x}", fault.address);
    lines.push_back(fmt::format("Interface Processor {}, channel {}: refused {}: {}", dip, channel, what,
                                describe_list_fault(fault.cause)));
  }
  if (errors.ring != hw::RingError::none) {
    lines.push_back(
        fmt::format("Interface Processor {}: its rings have stopped: {}", dip, describe_ring_error(errors.ring)));
  }
  if (errors.start_lost) {
    lines.push_back(fmt::format("Interface Processor {}: a list was started on a channel on which one waited", dip));
  }
  if (errors.link_down) {
    lines.push_back(fmt::format("Interface Processor {}: a link over Ethernet is down, what it had is lost", dip));
  }
}

/// Lists that wait.
void add_waits(Backend& machine, std::vector<std::string>& lines) {
  for (unsigned dip = 0; dip < machine.dips().size(); ++dip) {
    const DipWaits waits = machine.dip_waits(dip);
    for (unsigned channel = 0; channel < waits.size(); ++channel) {
      const DipWait& wait = waits[channel];
      if (!wait.waits) continue;
      lines.push_back(fmt::format("Interface Processor {}, channel {} waits until semaphore {} is {} (it is {})", dip,
                                  channel, wait.semaphore, wait.amount, machine.dip_semaphore(dip, wait.semaphore)));
    }
  }
}

/// Whether coordinates can only be those of an Interface Processor's port.
bool is_beyond(Backend& machine, unsigned x, unsigned y) {
  const MeshSize mesh = machine.topology().mesh();
  return x == hw::west_column || y == hw::north_row ||
         (!machine.dips().empty() && (x == mesh.columns || y == mesh.rows));
}

/// What the node is told of a packet that did not get there.
std::string describe_target(Backend& machine, const hw::AccessError& error) {
  if (error.kind == hw::AccessKind::unreachable && is_beyond(machine, error.x, error.y))
    return fmt::format("there is no port of an Interface Processor at ({},{}); access", error.x, error.y);
  return fmt::format("{} {}", name_of(machine, error.x, error.y), describe_access(error.kind));
}

/// Errors of Interface Processors. A refusal of which the node knows is told by the node.
void add_dip_errors(Backend& machine, std::vector<std::string>& lines) {
  for (unsigned dip = 0; dip < machine.dips().size(); ++dip) {
    const DipErrors errors = machine.dip_errors(dip);
    add_list_errors(dip, errors, lines);
    if (const hw::AccessError error = hw::AccessError::decode(errors.remote); error.valid) {
      lines.push_back(fmt::format("Interface Processor {}: node ({},{}) {} at {:#x}", dip, error.x, error.y,
                                  describe_access(error.kind), address_of(error)));
    }
    const hw::AccessError error = hw::AccessError::decode(errors.access);
    if (errors.reports_lost != 0 && error.valid) {
      lines.push_back(fmt::format("Interface Processor {}: {} of node ({},{}) at {:#x}, and {} that nobody was told of",
                                  dip, describe_access(error.kind), error.x, error.y, address_of(error),
                                  errors.reports_lost));
    }
  }
}

/// Errors of the SRAM and of accesses to other nodes.
void add_errors(Backend& machine, Coordinates node, std::vector<std::string>& lines) {
  const NodeErrors errors = machine.errors(node);
  if (errors.ecc >> 63 != 0) {
    lines.push_back(fmt::format("node ({},{}): the SRAM word at {:#x} is uncorrectable ({} port)", node.x, node.y,
                                errors.ecc & 0xffffffff,
                                hw::to_string(static_cast<hw::SramPort>(errors.ecc >> 32 & 7))));
  }
  if (const hw::AccessError error = hw::AccessError::decode(errors.remote); error.valid) {
    if (error.x == hw::group_column) {
      const char* const what = error.kind == hw::AccessKind::unreachable
                                   ? "does not have the node as a member, or has no such mode"
                                   : "sums only whole lines of pushes, and cannot be read";
      lines.push_back(fmt::format("node ({},{}): tree {} {}; access at {:#x}", node.x, node.y, error.y % hw::trees,
                                  what, error.address));
      return;
    }
    lines.push_back(
        fmt::format("node ({},{}): {} at {:#x}", node.x, node.y, describe_target(machine, error), address_of(error)));
  }
}

/// Faulted harts and units.
void add_faults(Backend& machine, Coordinates node, const Symbolizer& symbolize, std::vector<std::string>& lines) {
  for (unsigned hart = 0; hart < hw::harts; ++hart) {
    const HartStatus status = machine.hart_status(node, hart);
    if (status.state != hw::HartState::faulted) continue;
    lines.push_back(fmt::format("node ({},{}) hart {}: {} at {}, mtval {:#x}", node.x, node.y, hart,
                                describe_cause(status.mcause), place_of(status.mepc, symbolize), status.mtval));
  }
  if (const std::optional<UnitFault> fault = machine.unit_fault(node)) {
    lines.push_back(fmt::format("node ({},{}) {} unit: refused the descriptor at {:#x}: {}", node.x, node.y,
                                hw::to_string(fault->unit), fault->descriptor_address,
                                describe_unit_fault(fault->cause)));
  }
  add_errors(machine, node, lines);
}

/// Harts that are not stopped.
void add_unfinished(Backend& machine, Coordinates node, const Symbolizer& symbolize, std::vector<std::string>& lines) {
  for (unsigned hart = 0; hart < hw::harts; ++hart) {
    const HartStatus status = machine.hart_status(node, hart);
    const std::string where = fmt::format("node ({},{}) hart {}", node.x, node.y, hart);
    switch (status.state) {
      case hw::HartState::stopped:
      case hw::HartState::faulted:
        break;
      case hw::HartState::running:
        lines.push_back(fmt::format("{} runs at {}", where, place_of(status.pc, symbolize)));
        break;
      case hw::HartState::wfi:
        lines.push_back(fmt::format("{} waits for an interrupt at {}", where, place_of(status.pc, symbolize)));
        break;
      case hw::HartState::semaphore:
        lines.push_back(fmt::format("{} waits until semaphore {} is {} (it is {}) at {}", where, status.semaphore,
                                    status.semaphore_amount, machine.semaphore(node, status.semaphore),
                                    place_of(status.pc, symbolize)));
        break;
    }
  }
}

std::string_view headline(StopReason reason) {
  switch (reason) {
    case StopReason::all_stopped:
      return "all harts have stopped";
    case StopReason::faulted:
      return "fault";
    case StopReason::no_progress:
      return "no progress: harts or lists wait for what nothing in flight can bring";
    case StopReason::max_cycles:
      return "the cycle limit was reached";
    case StopReason::watched:
      return "a watched word was written";
  }
  return "stopped";
}

}  // namespace

std::string describe_cause(std::uint64_t mcause) {
  constexpr std::uint64_t interrupt = std::uint64_t{1} << 63;
  switch (mcause) {
    case 0:
      return "instruction address misaligned";
    case 1:
      return "instruction access fault";
    case 2:
      return "illegal instruction";
    case 3:
      return "breakpoint";
    case 4:
      return "load address misaligned";
    case 5:
      return "load access fault";
    case 6:
      return "store address misaligned";
    case 7:
      return "store access fault";
    case 11:
      return "environment call";
    case interrupt + 3:
      return "software interrupt";
    case interrupt + 7:
      return "timer interrupt";
    case interrupt + 11:
      return "external interrupt";
    default:
      return fmt::format("cause {:#x}", mcause);
  }
}

std::string describe_stop(Backend& machine, StopReason reason, const Symbolizer& symbolize) {
  std::vector<std::string> lines;
  add_dip_errors(machine, lines);
  if (reason != StopReason::faulted) add_waits(machine, lines);
  const Topology& topology = machine.topology();
  for (unsigned site = 0; site < topology.sites(); ++site) {
    if (!topology.is_alive(site)) continue;
    if (reason == StopReason::faulted) {
      add_faults(machine, topology.place(site), symbolize, lines);
    } else {
      add_unfinished(machine, topology.place(site), symbolize, lines);
    }
  }
  const std::size_t total = lines.size();
  if (total > places_named) {
    lines.resize(places_named);
    lines.push_back(fmt::format("and {} more", total - places_named));
  }
  const std::string head = fmt::format("{} in cycle {}", headline(reason), machine.cycles());
  if (lines.empty()) return head;
  std::string text = fmt::format("{}: {}", head, fmt::join(lines, "; "));
  if (reason != StopReason::no_progress && reason != StopReason::max_cycles) return text;
  const auto name_of = [&](std::uint64_t pc) { return place_of(pc, symbolize); };
  for (const std::string& line : hang::explain(machine, reason, name_of).lines()) text += fmt::format("\n  {}", line);
  return text;
}

void throw_stop(StopReason reason, const std::string& text) {
  if (reason == StopReason::no_progress) throw HangError(text);
  throw RunError(text);
}

}  // namespace dojo
