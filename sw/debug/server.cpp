#include "debug/server.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "debug/monitor.hpp"
#include "debug/packet.hpp"
#include "debug/registers.hpp"

namespace dojo::debug {
namespace {

const std::string done = "OK";
const std::string failed = "E01";
const std::string unknown;  // what the protocol answers to all that it does not know

constexpr unsigned hardware_breakpoint = 1;
constexpr unsigned last_point = 4;

// Numbers of signals as gdb knows them.
constexpr int signal_interrupt = 2;
constexpr int signal_illegal = 4;
constexpr int signal_trap = 5;
constexpr int signal_abort = 6;
constexpr int signal_segment = 11;
constexpr int signal_time = 24;

/// Threads have numbers from 1 on.
std::string thread_id(HartNumber hart) {
  return fmt::format("{:x}", hart + 1);
}

/// A part of a document, as qXfer asks for it.
std::string part_of(const std::string& document, std::string_view range) {
  const std::optional<std::uint64_t> offset = hex_number(take_until(range, ','));
  const std::optional<std::uint64_t> size = hex_number(range);
  if (!offset || !size || *offset > document.size()) return failed;
  const std::string part = document.substr(*offset, std::min<std::uint64_t>(*size, packet_size / 2));
  return (*offset + part.size() < document.size() ? 'm' : 'l') + part;
}

}  // namespace

Server::Server(Debugger& debugger, Connection& connection)
    : debugger_(debugger), connection_(connection), memory_(debugger.target().backend()) {}

Farewell Server::serve(Stop first) {
  hart_ = first.hart;
  stop_ = std::move(first);
  while (!farewell_) {
    const std::optional<std::string> packet = connection_.receive();
    if (!packet) return Farewell::detached;
    if (const std::optional<std::string> reply = answer(*packet)) connection_.send(*reply);
  }
  return *farewell_;
}

std::optional<std::string> Server::answer(std::string_view packet) {
  const std::string_view all = packet;
  const char kind = packet.empty() ? '\0' : packet[0];
  packet.remove_prefix(std::min<std::size_t>(packet.size(), 1));
  switch (kind) {
    case '?':
      return stop_reply(stop_);
    case 'g': {
      std::string text;
      const HartRegisters registers = debugger_.registers(hart_);
      for (unsigned i = 0; i < general_registers; ++i) text += *register_hex(registers, i);
      return text;
    }
    case 'p':
      return read_register(packet);
    case 'G':
    case 'P':
      return "E.registers are read-only";
    case 'm':
      return read_memory(packet);
    case 'M':
      return write_memory(packet, false);
    case 'X':
      return write_memory(packet, true);
    case 'H':
      return set_thread(packet);
    case 'T':
      return hart_of(packet) ? done : failed;
    case 'Z':
    case 'z':
      return set_point(all);
    case 'c':
      return resume("c");
    case 's':
      return resume("s:" + thread_id(hart_));
    case 'b':
      if (packet != "s" && packet != "c") return unknown;
      return debugger_.can_go_back() ? go_back(packet == "s") : "E.this machine cannot go back";
    case 'D':
      farewell_ = Farewell::detached;
      return done;
    case 'k':
      farewell_ = Farewell::killed;
      return std::nullopt;
    case '\x03':
      return std::nullopt;  // the machine stands already
    case 'q':
    case 'Q':
    case 'v':
      return query(all);
    default:
      return unknown;
  }
}

std::string Server::query(std::string_view packet) {
  const auto is = [packet](std::string_view name) { return packet.starts_with(name); };
  const auto rest = [packet](std::string_view name) { return packet.substr(name.size()); };
  if (is("qSupported")) {
    std::string text = fmt::format(
        "PacketSize={:x};QStartNoAckMode+;qXfer:features:read+;qXfer:threads:read+;vContSupported+;swbreak+;hwbreak+",
        packet_size);
    if (debugger_.can_go_back()) text += ";ReverseStep+;ReverseContinue+";
    return text;
  }
  if (packet == "QStartNoAckMode") {
    connection_.stop_acknowledging();
    return done;
  }
  if (is("qXfer:features:read:target.xml:")) {
    return part_of(target_description(), rest("qXfer:features:read:target.xml:"));
  }
  if (is("qXfer:threads:read::")) return part_of(thread_list(), rest("qXfer:threads:read::"));
  if (packet == "qC") return "QC" + thread_id(hart_);
  if (packet == "qfThreadInfo") {
    std::string text = "m";
    for (const HartNumber hart : harts()) text += (text.size() > 1 ? "," : "") + thread_id(hart);
    return text;
  }
  if (packet == "qsThreadInfo") return "l";
  if (is("qThreadExtraInfo,")) return thread_info(rest("qThreadExtraInfo,"));
  if (is("qAttached")) return "1";
  if (is("qRcmd,")) return run_command(rest("qRcmd,"));
  if (packet == "vCont?") return "vCont;c;C;s;S;r";
  if (is("vCont;")) return resume(rest("vCont;"));
  if (is("vKill")) {
    farewell_ = Farewell::killed;
    return done;
  }
  return unknown;
}

std::vector<HartNumber> Server::harts() const {
  const Topology& topology = debugger_.target().backend().topology();
  std::vector<HartNumber> result;
  for (HartNumber hart = 0; hart < topology.sites() * hw::harts; ++hart) {
    if (topology.is_alive(site_of(hart))) result.push_back(hart);
  }
  return result;
}

std::optional<HartNumber> Server::hart_of(std::string_view thread) const {
  const std::optional<std::uint64_t> id = hex_number(thread);
  const Topology& topology = debugger_.target().backend().topology();
  if (!id || *id == 0 || *id > std::uint64_t{topology.sites()} * hw::harts) return std::nullopt;
  const auto hart = static_cast<HartNumber>(*id - 1);
  return topology.is_alive(site_of(hart)) ? std::optional(hart) : std::nullopt;
}

std::string Server::name_of(HartNumber hart) const {
  const Coordinates node = debugger_.target().backend().topology().place(site_of(hart));
  return fmt::format("node ({},{}) hart {}", node.x, node.y, local_of(hart));
}

hw::HartState Server::state_of(HartNumber hart) {
  Backend& backend = debugger_.target().backend();
  return backend.hart_status(backend.topology().place(site_of(hart)), local_of(hart)).state;
}

std::string Server::thread_list() {
  std::string text = R"(<?xml version="1.0"?><threads>)";
  for (const HartNumber hart : harts()) {
    text += fmt::format(R"(<thread id="{}" name="{}">{}</thread>)", thread_id(hart), name_of(hart),
                        hw::to_string(state_of(hart)));
  }
  return text + "</threads>";
}

std::string Server::thread_info(std::string_view thread) {
  const std::optional<HartNumber> hart = hart_of(thread);
  return hart ? to_hex(fmt::format("{}: {}", name_of(*hart), hw::to_string(state_of(*hart)))) : failed;
}

std::string Server::set_thread(std::string_view packet) {
  if (packet.empty() || (packet[0] != 'g' && packet[0] != 'c')) return failed;
  const bool is_for_steps = packet[0] == 'c';
  const std::string_view thread = packet.substr(1);
  if (is_for_steps) back_hart_.reset();
  if (thread == "0" || thread == "-1") return done;
  const std::optional<HartNumber> hart = hart_of(thread);
  if (!hart) return failed;
  if (is_for_steps) {
    back_hart_ = hart;
  } else {
    hart_ = *hart;
  }
  return done;
}

std::string Server::read_register(std::string_view number) {
  const std::optional<std::uint64_t> wanted = hex_number(number);
  if (!wanted || *wanted > 0xffff) return failed;
  return register_hex(debugger_.registers(hart_), static_cast<unsigned>(*wanted)).value_or(failed);
}

std::string Server::read_memory(std::string_view packet) {
  const std::optional<std::uint64_t> address = hex_number(take_until(packet, ','));
  std::optional<std::uint64_t> size = hex_number(packet);
  if (!address || !size) return failed;
  size = std::min<std::uint64_t>(*size, packet_size / 2);
  const std::optional<MemoryPlace> place = memory_.place_of(site_of(hart_), *address);
  if (!place) return failed;
  // As much as there is.
  while (*size > 0 && !MemoryView::is_readable(place->local, *size)) --*size;
  if (*size == 0) return failed;
  std::vector<std::byte> bytes(*size);
  memory_.read(*place, bytes);
  return to_hex(bytes);
}

std::string Server::write_memory(std::string_view packet, bool is_binary) {
  const std::optional<std::uint64_t> address = hex_number(take_until(packet, ','));
  const std::optional<std::uint64_t> size = hex_number(take_until(packet, ':'));
  if (!address || !size) return failed;
  std::optional<std::vector<std::byte>> bytes;
  if (is_binary) {
    const auto data = std::as_bytes(std::span(packet));
    bytes.emplace(data.begin(), data.end());
  } else {
    bytes = from_hex(packet);
  }
  if (!bytes || bytes->size() != *size) return failed;
  if (bytes->empty()) return done;
  const std::optional<MemoryPlace> place = memory_.place_of(site_of(hart_), *address);
  if (!place || !memory_.write(*place, *bytes)) return failed;
  debugger_.changed();
  return done;
}

std::string Server::set_point(std::string_view packet) {
  const bool inserts = packet[0] == 'Z';
  packet.remove_prefix(1);
  const std::optional<std::uint64_t> kind = hex_number(take_until(packet, ','));
  const std::optional<std::uint64_t> address = hex_number(take_until(packet, ','));
  const std::optional<std::uint64_t> size = hex_number(take_until(packet, ';'));
  if (!kind || !address || !size) return failed;
  if (*kind > last_point) return unknown;
  if (*kind > hardware_breakpoint) return set_watchpoint(inserts, static_cast<unsigned>(*kind), *address, *size);
  const Breakpoint point{.pc = *address, .is_hardware = *kind == hardware_breakpoint};
  std::erase_if(breakpoints_, [&](const Breakpoint& other) {
    return other.pc == point.pc && other.is_hardware == point.is_hardware;
  });
  if (inserts) breakpoints_.push_back(point);
  return done;
}

std::string Server::set_watchpoint(bool inserts, unsigned kind, std::uint64_t address, std::uint64_t size) {
  const auto wanted = static_cast<Watchpoint::Kind>(kind);
  const auto is_it = [&](const Watchpoint& point) {
    return point.kind == wanted && point.address == address && point.size == size;
  };
  if (wanted != Watchpoint::Kind::write && !debugger_.target().sees_accesses()) return unknown;
  std::erase_if(watchpoints_, is_it);
  if (!inserts) return done;
  // gdb takes its points away whenever the machine stands, and selects other threads meanwhile.
  if (const auto before = std::ranges::find_if(watched_before_, is_it); before != watched_before_.end()) {
    watchpoints_.push_back(*before);
    return done;
  }
  const std::optional<MemoryPlace> place = memory_.place_of(site_of(hart_), address);
  if (!place || size == 0 || !MemoryView::is_readable(place->local, size)) return failed;
  watchpoints_.push_back(
      {.kind = wanted, .address = address, .size = size, .site = place->site, .local = place->local});
  return done;
}

std::string Server::run_command(std::string_view text) {
  const std::optional<std::vector<std::byte>> command = from_hex(text);
  if (!command) return failed;
  std::string words;
  for (const std::byte character : *command) words += static_cast<char>(character);
  const std::string result = monitor(debugger_, words, site_of(hart_));
  constexpr std::size_t at_once = packet_size / 4;
  for (std::size_t i = 0; i < result.size(); i += at_once) connection_.send('O' + to_hex(result.substr(i, at_once)));
  return done;
}

Conditions Server::conditions() const {
  Conditions result{.only = debugger_.stops_only_at(), .watchpoints = watchpoints_};
  for (const Breakpoint& point : breakpoints_) result.breakpoints.push_back(point.pc);
  return result;
}

// The packets that let the machine run: all harts run, whatever is said of single threads.
std::string Server::resume(std::string_view actions) {
  Conditions wanted = conditions();
  bool is_for_all = false;
  while (!actions.empty()) {
    std::string_view thread = take_until(actions, ';');
    const std::string_view action = take_until(thread, ':');
    const char kind = action.empty() ? '\0' : action[0];
    const bool is_any = thread.empty() || thread == "0" || thread == "-1";
    const std::optional<HartNumber> hart = is_any ? std::optional(hart_) : hart_of(thread);
    if (!hart) return failed;
    is_for_all |= is_any;
    if (!wanted.alone) wanted.alone = hart;
    if (kind == 's' || kind == 'S' || kind == 'r') {
      Conditions::Step step{.hart = *hart};
      if (kind == 'r') {
        std::string_view range = action.substr(1);
        const std::optional<std::uint64_t> first = hex_number(take_until(range, ','));
        const std::optional<std::uint64_t> last = hex_number(range);
        if (!first || !last) return failed;
        step.first = *first;
        step.last = *last;
      }
      if (!wanted.step) wanted.step = step;
    } else if (kind != 'c' && kind != 'C') {
      return failed;
    }
  }
  if (std::exchange(step_is_made_, {}) == wanted.alone && wanted.alone && !is_for_all && wanted.step) {
    stop_ = {.reason = Stop::Reason::step, .hart = *wanted.alone};
    return stop_reply(stop_);
  }
  if (!is_for_all && wanted.alone) {
    // gdb lets one thread pass a breakpoint, having taken it away; others meet it all the same.
    for (const Breakpoint& point : before_) wanted.passed_over.push_back(point.pc);
  } else {
    wanted.alone.reset();
    before_ = breakpoints_;
    watched_before_ = watchpoints_;
  }
  return stopped_after([&] { return debugger_.run(wanted); });
}

std::string Server::go_back(bool is_step) {
  const HartNumber hart = back_hart_.value_or(hart_);
  if (std::exchange(step_is_made_, {}) == hart && is_step) {
    stop_ = {.reason = Stop::Reason::step, .hart = hart};
    return stop_reply(stop_);
  }
  if (is_step) {
    // To pass the breakpoint at which a hart stands, gdb takes that away before.
    const bool is_alone = stop_.reason == Stop::Reason::breakpoint && stop_.hart == hart &&
                          !conditions().is_breakpoint(hart, debugger_.registers(hart).pc);
    return stopped_after([&] { return debugger_.step_back(hart, is_alone); });
  }
  before_ = breakpoints_;
  watched_before_ = watchpoints_;
  return stopped_after([&] { return debugger_.run_back(conditions()); });
}

template <typename Run>
std::string Server::stopped_after(Run run) {
  try {
    stop_ = run();
  } catch (const std::exception& error) {
    connection_.send('O' + to_hex(fmt::format("{}\n", error.what())));
    connection_.send(fmt::format("X{:02x}", signal_abort));
    throw;
  }
  if (stop_.reason == Stop::Reason::begin || stop_.reason == Stop::Reason::interrupt) stop_.hart = hart_;
  if (!stop_.text.empty()) connection_.send('O' + to_hex(stop_.text + "\n"));
  hart_ = stop_.hart;
  if (stop_.reason == Stop::Reason::ended) farewell_ = Farewell::ended;
  return stop_reply(stop_);
}

std::string Server::stop_reply(const Stop& stop) {
  int signal = signal_trap;
  std::string why;
  switch (stop.reason) {
    case Stop::Reason::ended:
      return fmt::format("W{:02x}", debugger_.host().exit_code() & 0xff);
    case Stop::Reason::breakpoint: {
      const std::uint64_t pc = debugger_.registers(stop.hart).pc;
      const auto is_hardware = [pc](const Breakpoint& point) { return point.pc == pc && point.is_hardware; };
      why = std::ranges::any_of(before_, is_hardware) ? "hwbreak:;" : "swbreak:;";
      break;
    }
    case Stop::Reason::watchpoint: {
      const Watchpoint::Kind kind = stop.watchpoint.kind;
      step_is_made_ = stop.hart;
      why = fmt::format("{}:{:x};",
                        kind == Watchpoint::Kind::write  ? "watch"
                        : kind == Watchpoint::Kind::read ? "rwatch"
                                                         : "awatch",
                        stop.watchpoint.address);
      break;
    }
    case Stop::Reason::begin:
      why = "replaylog:begin;";
      break;
    case Stop::Reason::interrupt:
      signal = signal_interrupt;
      break;
    case Stop::Reason::failed:
      signal = failure_signal(stop);
      break;
    case Stop::Reason::step:
      break;
  }
  return fmt::format("T{:02x}{}thread:{};", signal, why, thread_id(stop.hart));
}

int Server::failure_signal(const Stop& stop) {
  constexpr std::uint64_t illegal_instruction = 2;
  constexpr std::uint64_t breakpoint = 3;
  if (stop.failure == StopReason::max_cycles) return signal_time;
  if (stop.failure == StopReason::no_progress) return signal_interrupt;
  Backend& backend = debugger_.target().backend();
  const HartStatus hart = backend.hart_status(backend.topology().place(site_of(stop.hart)), local_of(stop.hart));
  if (hart.state != hw::HartState::faulted) return signal_segment;
  return hart.mcause == illegal_instruction ? signal_illegal : hart.mcause == breakpoint ? signal_trap : signal_segment;
}

}  // namespace dojo::debug
