#include "model/lockstep.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "model/disassembler.hpp"

namespace dojo::model {
namespace {

constexpr std::uint64_t low_bytes(std::uint64_t value, unsigned size) {
  return size >= 3 ? value : value & ((std::uint64_t{1} << (8u << size)) - 1);
}

std::string cause_name(std::uint64_t cause) {
  switch (static_cast<Cause>(cause)) {
    case Cause::fetch_access:
      return "instruction access fault";
    case Cause::illegal_instruction:
      return "illegal instruction";
    case Cause::breakpoint:
      return "breakpoint";
    case Cause::load_misaligned:
      return "misaligned load";
    case Cause::load_access:
      return "load access fault";
    case Cause::store_misaligned:
      return "misaligned store";
    case Cause::store_access:
      return "store access fault";
    case Cause::environment_call:
      return "environment call";
    case Cause::software_interrupt:
      return "software interrupt";
    case Cause::timer_interrupt:
      return "timer interrupt";
    case Cause::external_interrupt:
      return "external interrupt";
  }
  return "unknown cause";
}

std::string memory_text(MemoryEffect effect, unsigned size, std::uint64_t address, std::uint64_t data) {
  switch (effect) {
    case MemoryEffect::none:
      return "-";
    case MemoryEffect::load:
      return fmt::format("load {} at {:#x}", 1u << size, address);
    case MemoryEffect::store:
      return fmt::format("store {} at {:#x}: {:#x}", 1u << size, address, low_bytes(data, size));
    case MemoryEffect::atomic:
      return fmt::format("atomic {} at {:#x}: {:#x}", 1u << size, address, low_bytes(data, size));
  }
  return "unknown";
}

std::string register_text(bool writes, unsigned rd, bool is_float, std::uint64_t data) {
  return writes ? fmt::format("{} = {:#x}", is_float ? float_register_name(rd) : register_name(rd), data) : "-";
}

std::string trap_text(bool trapped, std::uint64_t cause, std::uint64_t tval) {
  return trapped ? fmt::format("{} ({:#x}), tval {:#x}", cause_name(cause), cause, tval) : "-";
}

/// What an instruction did, on one line.
std::string effect_text(const StepResult& result) {
  if (result.trapped) return trap_text(true, result.cause, result.tval);
  if (result.waits) return "waits for its semaphore";
  std::string text;
  if (result.writes_rd) text = register_text(true, result.rd, result.rd_float, result.rd_data);
  if (result.memory != MemoryEffect::none) {
    if (!text.empty()) text += "; ";
    text += memory_text(result.memory, result.memory_size, result.memory_address, result.memory_data);
  }
  return text;
}

std::string packet_text(const Packet& packet) {
  const hw::PacketHeader& h = packet.header;
  std::string text = fmt::format("{} ({},{}) -> ({},{}) addr {:#x} size {}", to_string(h.op), h.src_x, h.src_y, h.dst_x,
                                 h.dst_y, h.addr, h.size);
  if (h.sem_en) text += fmt::format(" sem {}", h.sem);
  text += " data";
  for (unsigned word = 16; word-- > 0;) text += fmt::format(" {:08x}", packet.data[word]);
  return text;
}

bool same_payload(const Packet& a, const Packet& b) {
  if (a.header.op == hw::PacketOp::read)
    return a.data[0] == b.data[0] && a.data[2] == b.data[2] && a.data[3] == b.data[3];
  if (a.header.size >= 6) return a.data == b.data;
  const std::size_t place = a.header.addr % hw::line_bytes;
  const auto* left = reinterpret_cast<const std::byte*>(a.data.data()) + place;
  const auto* right = reinterpret_cast<const std::byte*>(b.data.data()) + place;
  return std::memcmp(left, right, std::size_t{1} << a.header.size) == 0;
}

bool same_packet(const Packet& a, const Packet& b) {
  hw::PacketHeader left = a.header;
  hw::PacketHeader right = b.header;
  if (!left.sem_en) left.sem = 0;
  if (!right.sem_en) right.sem = 0;
  return left == right && same_payload(a, b);
}

/// Memory effects agree. RTL may report LR as a load and a successful SC as a store; a failing SC has no effect to
/// compare.
bool same_memory(const RetireEvent& event, const StepResult& result) {
  const Op op = decode(result.instruction).op;
  const bool is_sc = op == Op::sc_w || op == Op::sc_d;
  if (is_sc && result.memory == MemoryEffect::none) return true;
  MemoryEffect kind = event.memory;
  if ((op == Op::lr_w || op == Op::lr_d) && kind == MemoryEffect::atomic) kind = MemoryEffect::load;
  if (is_sc && kind == MemoryEffect::store) kind = MemoryEffect::atomic;
  if (kind != result.memory) return false;
  if (kind == MemoryEffect::none) return true;
  if (event.memory_size != result.memory_size || event.memory_address != result.memory_address) return false;
  // What an atomic operation stores may come late.
  if (kind == MemoryEffect::load || (kind == MemoryEffect::atomic && event.rd_late)) return true;
  return low_bytes(event.memory_data, event.memory_size) == result.memory_data;
}

}  // namespace

LockstepChecker::LockstepChecker(Topology topology, std::vector<DipSite> dips)
    : topology_(std::move(topology)), dips_(std::move(dips)), history_(topology_.sites()), vectors_(topology_.sites()) {
  for (unsigned site = 0; site < topology_.sites(); ++site) {
    nodes_.push_back(std::make_unique<Node>(topology_.place(site)));
  }
}

std::size_t LockstepChecker::index(Coordinates position) const {
  const MeshSize mesh = topology_.mesh();
  if (!topology_.is_inside(position)) {
    throw RunError(
        fmt::format("node ({},{}) is outside the {}x{} mesh", position.x, position.y, mesh.columns, mesh.rows));
  }
  return topology_.number(position);
}

std::size_t LockstepChecker::index_of_end(Coordinates position) const {
  const std::optional<unsigned> port = dips_.port_at(position);
  return port ? topology_.sites() + *port : index(position);
}

Node& LockstepChecker::node(Coordinates position) {
  return *nodes_[index(position)];
}

void LockstepChecker::exempt(Coordinates position, std::uint64_t address, std::uint64_t bytes) {
  exempt_.push_back({index(position), address, address + bytes});
}

bool LockstepChecker::is_exempt(const RetireEvent& event, const StepResult& result) const {
  if (result.memory != MemoryEffect::load) return false;
  const std::size_t node_index = index(event.node);
  const std::uint64_t address = result.memory_address;
  const std::uint64_t end = address + (std::uint64_t{1} << result.memory_size);
  return std::any_of(exempt_.begin(), exempt_.end(), [&](const ExemptRange& range) {
    return range.node == node_index && address < range.end && end > range.begin;
  });
}

void LockstepChecker::retire(const RetireEvent& event) {
  Node& model = node(event.node);
  Hart& hart = model.hart(event.hart);
  ++compared_;
  if (event.trap && (event.cause & interrupt_bit) != 0) {
    retire_interrupt(event, hart);
    return;
  }
  if (!may_retire(event, hart)) {
    StepResult nothing;
    nothing.pc = hart.pc();
    fail(event, nothing,
         fmt::format("the RTL retires an instruction, but the hart is {} in the model", to_string(hart.state())));
  }
  const bool was_stopped = hart.state() == hw::HartState::stopped;

  VectorState registers_before;
  if (event.vector) registers_before = hart.vector();
  StepResult result = hart.step();
  const bool exempt = result.timing_dependent || is_exempt(event, result);
  if (exempt && !event.rd_late) {
    if (result.writes_rd && event.rd_we && event.rd == result.rd) {
      result.rd_data = event.rd_data;
      hart.set_result(result.rd, result.rd_float, event.rd_data);
    }
  }
  const bool rtl_writes = event.rd_we && (event.rd != 0 || event.rd_float);
  std::string what;
  const auto differs = [&](bool different, const char* name) {
    if (different) what += what.empty() ? name : std::string(", ") + name;
  };
  differs(event.pc != result.pc, "PC");
  if (event.trap || result.trapped) {
    differs(event.trap != result.trapped, "trap");
    if (event.trap && result.trapped) {
      differs(event.cause != result.cause, "cause");
      differs(event.tval != result.tval, "tval");
    }
    const bool fetched = event.cause != static_cast<std::uint64_t>(Cause::fetch_access);
    differs(fetched && event.instruction != result.instruction, "instruction");
    differs(event.trap && (rtl_writes || event.memory != MemoryEffect::none), "effect of a trapping instruction");
  } else {
    differs(event.instruction != result.instruction, "instruction");
    differs(result.waits, "semaphore count");
    differs(rtl_writes != result.writes_rd, "register write");
    differs(event.vector != result.vector, "use of the vector unit");
    if (rtl_writes && result.writes_rd) {
      differs(event.rd != result.rd || event.rd_float != result.rd_float, "destination register");
      differs(!event.rd_late && event.rd_data != result.rd_data, "register value");
    }
    differs(!same_memory(event, result), "memory effect");
  }
  if (!what.empty()) fail(event, result, what);
  record(event, result);
  // A load into x0 sends nothing.
  if (event.rd_late && (rtl_writes || event.memory == MemoryEffect::atomic)) {
    history_[index(event.node)][event.hart].late.push_back({event, result, exempt});
  }
  if (event.vector) {
    const std::string report =
        vectors_[index(event.node)].retired(event.hart, event.vector_tag, result, registers_before, hart.vector());
    if (!report.empty()) fail_vector(event.node, event.hart, event.cycle, report);
  }
  if (was_stopped) {
    hart.stop(hart.exit_code());
  } else {
    history_[index(event.node)][event.hart].stopped_itself = hart.state() == hw::HartState::stopped;
  }
  collect_packets(model);
}

void LockstepChecker::late_write(const LateWriteEvent& event) {
  std::deque<LateResult>& late = history_[index(event.node)][event.hart].late;
  // Results of different registers overtake one another; an instruction without rd is the oldest atomic operation.
  const auto found = std::find_if(late.begin(), late.end(), [&](const LateResult& expected) {
    const RetireEvent& retired = expected.event;
    if (!event.rd_we) return !retired.rd_we && retired.memory == MemoryEffect::atomic;
    return retired.rd_we && retired.rd == event.rd && retired.rd_float == event.rd_float;
  });
  if (found == late.end()) {
    throw LockstepMismatch(fmt::format(
        "lockstep mismatch at node ({},{}) hart {}, cycle {}: a late result that no instruction waits for\n  RTL    {}",
        event.node.x, event.node.y, event.hart, event.cycle,
        register_text(event.rd_we, event.rd, event.rd_float, event.data)));
  }
  LateResult expected = *found;
  late.erase(found);
  RetireEvent& retired = expected.event;
  retired.cycle = event.cycle;
  if (expected.exempt && event.rd_we) {
    expected.result.rd_data = event.data;
    node(event.node).hart(event.hart).set_result(event.rd, event.rd_float, event.data);
  }
  retired.rd_data = event.data;
  std::string what;
  if (event.rd_we && event.data != expected.result.rd_data) what = "late register value";
  if (retired.memory == MemoryEffect::atomic) {
    retired.memory_data = event.stored;
    const bool stores = expected.result.memory == MemoryEffect::atomic;
    if (event.atomic_stores != stores ||
        (stores && low_bytes(event.stored, retired.memory_size) != expected.result.memory_data)) {
      what += what.empty() ? "late memory effect" : ", memory effect";
    }
  }
  if (!what.empty()) fail(retired, expected.result, what);
}

void LockstepChecker::vector_write(const VectorWriteEvent& event) {
  vectors_[index(event.node)].write(event);
}

void LockstepChecker::vector_done(const VectorDoneEvent& event) {
  const std::string report = vectors_[index(event.node)].done(event);
  if (!report.empty()) fail_vector(event.node, event.hart, event.cycle, report);
}

void LockstepChecker::fail_vector(Coordinates position, unsigned hart, std::uint64_t cycle, const std::string& report) {
  throw LockstepMismatch(fmt::format("lockstep mismatch at node ({},{}) hart {}, cycle {}: {}{}", position.x,
                                     position.y, hart, cycle, report, history_text(history_[index(position)][hart])));
}

bool LockstepChecker::may_retire(const RetireEvent& event, const Hart& hart) {
  HartHistory& history = history_[index(event.node)][event.hart];
  if (hart.state() == hw::HartState::faulted) return false;
  if (hart.state() != hw::HartState::stopped) {
    history.after_stop = 0;
    return true;
  }
  return history.retired != 0 && !history.stopped_itself && history.after_stop++ < under_way;
}

void LockstepChecker::retire_interrupt(const RetireEvent& event, Hart& hart) {
  StepResult result;
  result.pc = hart.pc();
  result.trapped = true;
  result.cause = event.cause;
  if (hart.state() == hw::HartState::stopped || hart.state() == hw::HartState::faulted) {
    fail(event, result, "interrupt of a hart that does not run in the model");
  }
  if (event.pc != result.pc) fail(event, result, "PC of an interrupt");
  if (event.tval != 0) fail(event, result, "tval of an interrupt");
  const auto cause = static_cast<Cause>(event.cause);
  if (cause != Cause::software_interrupt && cause != Cause::timer_interrupt && cause != Cause::external_interrupt) {
    fail(event, result, "unknown interrupt");
  }
  if (!hart.interrupts_enabled()) fail(event, result, "interrupt while mstatus.MIE is 0");
  const std::uint64_t bit = std::uint64_t{1} << (event.cause & 63);
  if ((hart.mie() & bit) == 0) fail(event, result, "interrupt that is not enabled in mie");
  Node& model = node(event.node);
  if (cause == Cause::timer_interrupt) {
    if (event.cycle != 0 && event.cycle < model.timer_compare(event.hart)) {
      fail(event, result, fmt::format("timer interrupt before mtimecmp = {}", model.timer_compare(event.hart)));
    }
  } else if (cause == Cause::software_interrupt && (model.interrupts(event.hart) & bit) == 0) {
    fail(event, result, "software interrupt that is not pending");
  }
  hart.take_interrupt(cause);
  record(event, result);
}

void LockstepChecker::record(const RetireEvent& event, const StepResult& result) {
  HartHistory& history = history_[index(event.node)][event.hart];
  if (history.entries.size() == history_length) history.entries.pop_front();
  history.entries.push_back({event.cycle, result});
  ++history.retired;
}

void LockstepChecker::collect_packets(Node& sender) {
  for (const Packet& packet : sender.outbox()) {
    if (is_for_tree(packet.header)) {
      collectives_.send(sender, packet);
      continue;
    }
    const Coordinates target{packet.header.dst_x, packet.header.dst_y};
    if (topology_.is_alive(target) || dips_.port_at(target)) {
      expect(packet, target);
    } else {
      sender.not_sent(packet, hw::AccessKind::unreachable);
    }
  }
  sender.outbox().clear();
  const std::vector<unsigned> arrivals = std::exchange(sender.arrivals(), {});
  for (const unsigned tree : arrivals) {
    const std::span<Node* const> released = collectives_.arrive(sender, tree);
    // Lists that have waited go on, and may arrive elsewhere.
    for (Node* const node : std::vector(released.begin(), released.end())) collect_packets(*node);
  }
}

void LockstepChecker::expect(Packet packet, Coordinates target) {
  // The RTL makes one report of several that wait; errors of the model are not compared.
  if (packet.header.op == hw::PacketOp::error) return;
  const unsigned way = is_for_tree(packet.header) ? 1 + tree_of(packet.header) : 0;
  packet.header.dst_x = static_cast<std::uint16_t>(target.x);
  packet.header.dst_y = static_cast<std::uint16_t>(target.y);
  const std::size_t source = index_of_end({packet.header.src_x, packet.header.src_y});
  packets_[{source, index_of_end(target), packet.header.cls, packet.stream, way}].push_back(packet);
}

void LockstepChecker::apply(const PacketEvent& event, hw::PacketClass cls) {
  const hw::PacketHeader& header = event.packet.header;
  std::string expected;
  const auto report = [&](const std::string& what) {
    throw LockstepMismatch(fmt::format("lockstep mismatch at node ({},{}), cycle {}: {}\n  RTL    {}\n{}", event.node.x,
                                       event.node.y, event.cycle, what, packet_text(event.packet), expected));
  };
  if (header.dst_x != event.node.x || header.dst_y != event.node.y) report("a packet for another node");
  const Coordinates sender{header.src_x, header.src_y};
  if (!topology_.is_alive(sender) && !dips_.port_at(sender)) report("a packet from where no node is");
  if (header.cls != cls) report("a packet of the wrong class");
  if (header.op == hw::PacketOp::error) {
    // The model's sender has known at once of a packet to nowhere.
    const auto& data = event.packet.data;
    const auto error = hw::AccessError::decode(data[0] | (std::uint64_t{data[1]} << 32));
    if (error.kind != hw::AccessKind::unreachable) receive(event.node, event.packet);
    return;
  }
  const std::size_t source = index_of_end(sender);
  const std::size_t target = index_of_end(event.node);
  for (auto stream = packets_.lower_bound({source, target, cls, PacketStream{}, 0}); stream != packets_.end();
       ++stream) {
    const auto& [from, to, packet_class, maker, way] = stream->first;
    if (from != source || to != target || packet_class != cls) break;
    if (stream->second.empty()) continue;
    const Packet packet = stream->second.front();
    if (same_packet(packet, event.packet)) {
      stream->second.pop_front();
      receive(event.node, packet);
      return;
    }
    expected += fmt::format("  model  {}\n", packet_text(packet));
  }
  if (expected.empty()) expected = "  model  has no packet under way from there\n";
  report("a packet that the model's sender does not send next");
}

void LockstepChecker::receive(Coordinates target, const Packet& packet) {
  if (dips_.port_at(target)) {
    for (const Packet& answer : dips_.deliver(packet)) expect(answer, {answer.header.dst_x, answer.header.dst_y});
    return;
  }
  Node& receiver = node(target);
  receiver.deliver(packet);
  collect_packets(receiver);
}

void LockstepChecker::write(const WriteEvent& event) {
  apply(event, hw::PacketClass::data);
}

void LockstepChecker::read_request(const ReadRequestEvent& event) {
  apply(event, hw::PacketClass::request);
}

void LockstepChecker::host_write(const HostWriteEvent& event) {
  Node& written = node(event.node);
  written.write_register(event.address, event.data);
  collect_packets(written);
}

void LockstepChecker::compare_memory(Coordinates position, std::span<const std::byte> sram) {
  const auto model = std::as_bytes(node(position).sram());
  if (sram.size() > model.size()) throw RunError(fmt::format("{} bytes are more than an SRAM", sram.size()));
  const auto [in_rtl, in_model] = std::mismatch(sram.begin(), sram.end(), model.begin());
  if (in_rtl == sram.end()) return;
  const auto word = (static_cast<std::size_t>(in_rtl - sram.begin())) / 8 * 8;
  std::uint64_t rtl_value = 0;
  std::uint64_t model_value = 0;
  std::memcpy(&rtl_value, sram.data() + word, std::min<std::size_t>(8, sram.size() - word));
  std::memcpy(&model_value, model.data() + word, 8);
  throw LockstepMismatch(fmt::format("lockstep mismatch at node ({},{}): memory at {:#x}: RTL {:#018x}, model {:#018x}",
                                     position.x, position.y, hw::sram_base + word, rtl_value, model_value));
}

void LockstepChecker::compare_dram(unsigned dip, const std::function<const std::uint8_t*(std::uint64_t)>& line_of) {
  for (const auto& [number, line] : dips_[dip].contents()) {
    if (std::memcmp(line_of(number), line.data(), hw::line_bytes) == 0) continue;
    throw LockstepMismatch(
        fmt::format("lockstep mismatch at Interface Processor {}: memory at {:#x}", dip, number * hw::line_bytes));
  }
}

void LockstepChecker::expect_no_packets() const {
  for (const auto& harts : history_) {
    for (const HartHistory& hart : harts) {
      if (hart.late.empty()) continue;
      throw LockstepMismatch(
          fmt::format("lockstep mismatch: {} late results never came; the first is of {}", hart.late.size(),
                      disassemble(hart.late.front().result.instruction, hart.late.front().result.pc)));
    }
  }
  for (const VectorTracker& vectors : vectors_) {
    const std::string unfinished = vectors.unfinished();
    if (unfinished.empty()) continue;
    throw LockstepMismatch(
        fmt::format("lockstep mismatch: a vector instruction has not come to its end: {}", unfinished));
  }
  for (const auto& [key, packets] : packets_) {
    if (packets.empty()) continue;
    throw LockstepMismatch(
        fmt::format("lockstep mismatch: {} packets of the model were never applied by the RTL; the first is\n  {}",
                    packets.size(), packet_text(packets.front())));
  }
}

std::string LockstepChecker::history_text(const HartHistory& history) const {
  std::string text = fmt::format("last {} instructions of the hart before it, oldest first:\n", history.entries.size());
  for (const HistoryEntry& entry : history.entries) {
    const bool interrupt = entry.result.trapped && (entry.result.cause & interrupt_bit) != 0;
    text += fmt::format("  {:>10} {:#018x} {:08x} {:<32} {}\n", entry.cycle, entry.result.pc, entry.result.instruction,
                        interrupt ? "(interrupt)" : disassemble(entry.result.instruction, entry.result.pc),
                        effect_text(entry.result));
  }
  return text;
}

void LockstepChecker::fail(const RetireEvent& event, const StepResult& result, const std::string& what) {
  const HartHistory& history = history_[index(event.node)][event.hart];
  std::string text =
      fmt::format("lockstep mismatch at node ({},{}) hart {}, cycle {}, instruction {} of the hart: {}\n", event.node.x,
                  event.node.y, event.hart, event.cycle, history.retired + 1, what);
  const auto row = [&](const char* name, const std::string& rtl, const std::string& model) {
    text += fmt::format("{} {:<12} {:<44} {}\n", rtl == model ? ' ' : '*', name, rtl, model);
  };
  row("", "RTL", "model");
  row("pc", fmt::format("{:#018x}", event.pc), fmt::format("{:#018x}", result.pc));
  row("instruction", fmt::format("{:08x} {}", event.instruction, disassemble(event.instruction, event.pc)),
      fmt::format("{:08x} {}", result.instruction, disassemble(result.instruction, result.pc)));
  row("register",
      register_text(event.rd_we && (event.rd != 0 || event.rd_float), event.rd, event.rd_float, event.rd_data),
      register_text(result.writes_rd, result.rd, result.rd_float, result.rd_data));
  row("memory", memory_text(event.memory, event.memory_size, event.memory_address, event.memory_data),
      memory_text(result.memory, result.memory_size, result.memory_address, result.memory_data));
  row("trap", trap_text(event.trap, event.cause, event.tval), trap_text(result.trapped, result.cause, result.tval));
  if (result.waits) {
    const HartStatus status = node(event.node).hart(event.hart).status();
    text += fmt::format("  the model waits: semaphore {} holds {}, needed {}\n", status.semaphore,
                        node(event.node).semaphore(status.semaphore), status.semaphore_amount);
  }
  text += history_text(history);
  throw LockstepMismatch(text);
}

}  // namespace dojo::model
