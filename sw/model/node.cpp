#include "model/node.hpp"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "common/ecc.hpp"
#include "common/error.hpp"

namespace dojo::model {
namespace {

constexpr std::uint64_t slice = 1024;          // instructions of one hart before the next one's turn
constexpr std::size_t enough_packets = 65536;  // packets in the outbox that end a run, to bound memory

/// Number of the register of an array at `address`, or the array's count if it is none of them.
constexpr unsigned register_index(std::uint64_t address, std::uint64_t first, unsigned count, unsigned stride) {
  const std::uint64_t offset = address - first;
  return offset < std::uint64_t{count} * stride && offset % stride == 0 ? static_cast<unsigned>(offset / stride)
                                                                        : count;
}

constexpr unsigned msip_index(std::uint64_t address) {
  return register_index(address, hw::clint_msip_address(), hw::clint_msip_count, hw::clint_msip_stride);
}
constexpr unsigned mtimecmp_index(std::uint64_t address) {
  return register_index(address, hw::clint_mtimecmp_address(), hw::clint_mtimecmp_count, hw::clint_mtimecmp_stride);
}
constexpr unsigned hart_start_index(std::uint64_t address) {
  return register_index(address, hw::control_hart_start_address(), hw::control_hart_start_count,
                        hw::control_hart_start_stride);
}
constexpr unsigned hart_stop_index(std::uint64_t address) {
  return register_index(address, hw::control_hart_stop_address(), hw::control_hart_stop_count,
                        hw::control_hart_stop_stride);
}
constexpr unsigned hart_status_index(std::uint64_t address) {
  return register_index(address, hw::control_hart_status_address(), hw::control_hart_status_count,
                        hw::control_hart_status_stride);
}
constexpr unsigned tree_index(std::uint64_t address) {
  return register_index(address, hw::control_tree_address(), hw::control_tree_count, hw::control_tree_stride);
}
/// Fields of a tree without a meaning read as 0.
constexpr hw::Tree known_fields(hw::Tree tree) {
  tree.unused_high = 0;
  tree.unused_amount = 0;
  tree.unused_sem = 0;
  tree.unused = false;
  return tree;
}
constexpr unsigned semaphore_index(std::uint64_t address) {
  return register_index(address, hw::semaphore_value_address(), hw::semaphore_value_count, hw::semaphore_value_stride);
}

}  // namespace

Node::Node(Coordinates position)
    : position_(position),
      sram_pages_(hw::sram_size),
      sram_(static_cast<std::uint8_t*>(sram_pages_.data())),
      code_(sram_),
      harts_{Hart(*this, 0), Hart(*this, 1), Hart(*this, 2), Hart(*this, 3)},
      line_flags_(hw::sram_lines) {
  static_assert(hw::harts == 4);
  mtimecmp_.fill(never);
}

bool Node::runnable() const {
  return std::any_of(harts_.begin(), harts_.end(), [](const Hart& hart) { return hart.runnable(); });
}

std::uint64_t Node::wake_time() const {
  std::uint64_t result = never;
  for (const Hart& hart : harts_) result = std::min(result, hart.wake_time());
  return result;
}

bool Node::faulted() const {
  const auto handles = [](const Hart& hart) { return (hart.mie() & external_interrupt_bit) != 0; };
  if (guard_.needs_handler() && std::none_of(harts_.begin(), harts_.end(), handles)) return true;
  return unit_fault_.has_value() || std::any_of(harts_.begin(), harts_.end(), [](const Hart& hart) {
           return hart.state() == hw::HartState::faulted;
         });
}

std::uint64_t Node::run(std::uint64_t quantum) {
  watch_hit_ = false;
  std::uint64_t passed = 0;
  while (passed < quantum && !watch_hit_ && !faulted() && outbox_.size() < enough_packets) {
    const std::uint64_t budget = std::min(slice, quantum - passed);
    std::uint64_t longest = 0;
    for (Hart& hart : harts_) {
      if (hart.runnable()) longest = std::max(longest, hart.run(budget));
      hart.reset_slice_position();
    }
    if (longest == 0) break;
    passed += longest;
    time_ += longest;
  }
  return passed;
}

void Node::watch(std::uint64_t address) {
  line_flags_[(address - hw::sram_base) / hw::line_bytes] |= watched_flag;
}

void Node::read_memory(std::uint64_t address, std::span<std::byte> bytes) const {
  const std::uint64_t offset = address - hw::sram_base;
  if (offset > hw::sram_size || bytes.size() > hw::sram_size - offset) {
    throw RunError(fmt::format("node ({},{}): {} bytes at {:#x} are not in the SRAM", position_.x, position_.y,
                               bytes.size(), address));
  }
  if (!bytes.empty()) std::memcpy(bytes.data(), sram_ + offset, bytes.size());
}

void Node::write_memory(std::uint64_t address, std::span<const std::byte> bytes) {
  const std::uint64_t offset = address - hw::sram_base;
  if (offset > hw::sram_size || bytes.size() > hw::sram_size - offset) {
    throw RunError(fmt::format("node ({},{}): {} bytes at {:#x} are not in the SRAM", position_.x, position_.y,
                               bytes.size(), address));
  }
  if (bytes.empty()) return;
  std::memcpy(sram_ + offset, bytes.data(), bytes.size());
  // The host writes no part of a word: it replaces the line with its check bits.
  const std::uint64_t first_word = address / 8 * 8;
  overwrites(first_word, (address + bytes.size() + 7) / 8 * 8 - first_word, hw::SramPort::scalar);
  const std::uint64_t last = (offset + bytes.size() - 1) / hw::line_bytes;
  for (std::uint64_t line = offset / hw::line_bytes; line <= last; ++line) written(line);
  if (code_.holds(offset, bytes.size())) code_.invalidate();
}

void Node::write_register(std::uint32_t address, std::uint64_t data) {
  static_cast<void>(store_register(address, msip_index(address) < hw::harts ? 2 : 3, data));
}

void Node::not_sent(const Packet& packet, hw::AccessKind why) {
  hw::AccessError error{};
  error.valid = true;
  error.kind = why;
  error.x = packet.header.dst_x;
  error.y = packet.header.dst_y;
  error.address_high = packet.header.addr >> 32U & 0x3f;
  error.address = static_cast<std::uint32_t>(packet.header.addr);
  guard_.reported(error);
}

void Node::deliver(const Packet& packet) {
  count(hw::Counter::flits_received, 1);
  const hw::PacketHeader& header = packet.header;
  const bool is_read = header.op == hw::PacketOp::read;
  if (header.op > hw::PacketOp::error || is_read != (header.cls == hw::PacketClass::request)) {
    refuse(header, hw::AccessKind::unknown, header.addr);
    return;
  }
  if (is_read) {
    const std::uint64_t last = packet.data[1];
    if (header.addr - hw::sram_base >= hw::sram_size || last - hw::sram_base >= hw::sram_size) {
      refuse(header, hw::AccessKind::read, header.addr);
    } else if (admit(header, hw::AccessKind::read, header.addr, last)) {
      serve_read(*this, packet);
    }
    return;
  }
  if (header.op == hw::PacketOp::error) {
    guard_.reported(hw::AccessError::decode(packet.data[0] | (std::uint64_t{packet.data[1]} << 32)));
    return;
  }
  const std::uint64_t bytes = std::uint64_t{1} << header.size;
  const std::uint64_t place = header.addr % hw::line_bytes;
  const std::uint64_t offset = header.addr - hw::sram_base;
  const auto* payload = reinterpret_cast<const std::uint8_t*>(packet.data.data()) + place;
  const bool in_sram = offset < hw::sram_size;
  const bool in_semaphores = header.addr - hw::semaphore_base < hw::semaphore_size;
  const bool in_control =
      header.addr - hw::control_base < hw::control_size || header.addr - hw::clint_base < hw::clint_size;
  const bool fits = in_sram ? header.size <= 6 : in_semaphores ? header.size == 3 : header.size <= 3;
  if (!fits || !(in_sram || in_control || in_semaphores)) {
    refuse(header, hw::AccessKind::write, header.addr);
    return;
  }
  if (header.addr % bytes != 0) return;
  const auto kind = in_sram         ? hw::AccessKind::write
                    : in_semaphores ? hw::AccessKind::increment
                                    : hw::AccessKind::control;
  if (!admit(header, kind, header.addr, header.addr + bytes - 1)) return;
  const std::uint64_t counted = hw::semaphore_value_address(header.sem);
  if (header.sem_en && !admit(header, hw::AccessKind::increment, counted, counted + 7)) return;
  if (in_sram) {
    overwrites(header.addr, bytes, hw::SramPort::network_write);
    std::memcpy(sram_ + offset, payload, bytes);
    written(offset / hw::line_bytes);
  } else {
    std::uint64_t value = 0;
    std::memcpy(&value, payload, bytes);
    if (!store_register(header.addr, header.size, value)) return;
  }
  if (header.sem_en) add_semaphore(header.sem, 1);
}

bool Node::admit(const hw::PacketHeader& header, hw::AccessKind kind, std::uint64_t first, std::uint64_t last) {
  if (header.src_x == position_.x && header.src_y == position_.y) return true;
  if (guard_.permits(header.src_x, header.src_y, kind, first, last)) return true;
  refuse(header, kind, first);
  return false;
}

void Node::refuse(const hw::PacketHeader& header, hw::AccessKind kind, std::uint64_t first) {
  hw::AccessError error{.valid = true,
                        .address_high = static_cast<std::uint8_t>(first >> 32U & 0x3fU),
                        .kind = kind,
                        .y = header.src_y,
                        .x = header.src_x,
                        .address = static_cast<std::uint32_t>(first)};
  guard_.refused(error);
  Packet report;
  report.stream = PacketStream::report;
  report.header.dst_x = header.src_x;
  report.header.dst_y = header.src_y;
  report.header.cls = hw::PacketClass::data;
  report.header.op = hw::PacketOp::error;
  report.header.addr = error.address | std::uint64_t{error.address_high} << 32U;
  report.header.size = 6;
  error.x = static_cast<std::uint16_t>(position_.x);
  error.y = static_cast<std::uint16_t>(position_.y);
  report.data[0] = static_cast<std::uint32_t>(error.encode());
  report.data[1] = static_cast<std::uint32_t>(error.encode() >> 32);
  send(report);
}

void Node::inject_error(std::uint64_t value) {
  const std::uint64_t offset = (value & 0xffffffff) - hw::sram_base;
  if (offset >= hw::sram_size) return;
  std::uint8_t* const bytes = sram_ + offset / 8 * 8;
  const auto [bad, is_new] = bad_words_.try_emplace(hw::sram_base + offset / 8 * 8, 0);
  bad->second ^= ecc_check_bits(guard_.inject_mask()) ^ static_cast<unsigned>(value >> 32 & 0xff);
  const EccVerdict verdict = ecc_verdict(bad->second);
  std::uint64_t word = 0;
  std::memcpy(&word, bytes, sizeof word);
  word ^= guard_.inject_mask() ^ verdict.flip;
  std::memcpy(bytes, &word, sizeof word);
  if (verdict.corrected) {
    guard_.corrected();
    count(hw::Counter::ecc_corrected, 1);
  }
  if (!verdict.uncorrectable) bad_words_.erase(bad);
}

bool Node::meets_bad_word(std::uint64_t address, std::uint64_t bytes, hw::SramPort port) {
  bool found = false;
  // A line is checked whole, and reported once.
  const std::uint64_t end = (address + bytes + hw::line_bytes - 1) / hw::line_bytes * hw::line_bytes;
  auto word = bad_words_.lower_bound(address / hw::line_bytes * hw::line_bytes);
  while (word != bad_words_.end() && word->first < end) {
    guard_.uncorrectable(static_cast<std::uint32_t>(word->first), port);
    found = true;
    word = bad_words_.lower_bound((word->first / hw::line_bytes + 1) * hw::line_bytes);
  }
  return found;
}

void Node::replace_bad_words(std::uint64_t address, std::uint64_t bytes, hw::SramPort port) {
  const std::uint64_t end = address + bytes;
  auto word = bad_words_.lower_bound(address / 8 * 8);
  while (word != bad_words_.end() && word->first < end) {
    if (word->first < address || word->first + 8 > end) {
      guard_.uncorrectable(static_cast<std::uint32_t>(word->first), port);
    }
    word = bad_words_.erase(word);
  }
}

void Node::written_flagged(std::uint64_t line) {
  if ((line_flags_[line] & watched_flag) != 0) watch_hit_ = true;
  for (Hart& hart : harts_) {
    if ((line_flags_[line] >> hart.index() & 1) != 0) hart.written(line);
  }
  line_flags_[line] &= watched_flag;
}

void Node::reserve(std::uint64_t line, unsigned hart) {
  line_flags_[line] = static_cast<std::uint8_t>(line_flags_[line] | (1u << hart));
}

bool Node::load_register(std::uint64_t address, unsigned size, unsigned hart, std::uint64_t& value) const {
  if (const unsigned index = msip_index(address); index < hw::harts && size == 2) {
    value = msip_[index] ? 1 : 0;
    return true;
  }
  if (size != 3) return false;
  if (const unsigned index = mtimecmp_index(address); index < hw::harts) {
    value = mtimecmp_[index];
  } else if (address == hw::clint_mtime_address()) {
    value = hart_time(hart);
  } else if (address == hw::control_node_id_address()) {
    value = position_.x | (std::uint64_t{position_.y} << 16);
  } else if (const unsigned status = hart_status_index(address); status < hw::harts) {
    value = static_cast<std::uint64_t>(harts_[status].state()) | (std::uint64_t{harts_[status].exit_code()} << 32);
  } else if (address == hw::control_fault_address()) {
    value = 0;
    if (unit_fault_) {
      value = unit_fault_->descriptor_address | (static_cast<std::uint64_t>(unit_fault_->cause) << 32) |
              (static_cast<std::uint64_t>(unit_fault_->unit) << 40) | (std::uint64_t{1} << 63);
    }
  } else if (const unsigned id = semaphore_index(address); id < hw::semaphores) {
    value = semaphores_[id];
  } else if (const unsigned tree = tree_index(address); tree < hw::trees) {
    value = trees_[tree].encode();
  } else {
    return guard_.load(address - hw::control_base, value);
  }
  return true;
}

bool Node::store_register(std::uint64_t address, unsigned size, std::uint64_t value) {
  if (const unsigned index = msip_index(address); index < hw::harts && size == 2) {
    msip_[index] = (value & 1) != 0;
    return true;
  }
  if (size != 3) return false;
  if (const unsigned index = mtimecmp_index(address); index < hw::harts) {
    mtimecmp_[index] = value;
  } else if (const unsigned started = hart_start_index(address); started < hw::harts) {
    harts_[started].start(value);
  } else if (const unsigned stopped = hart_stop_index(address); stopped < hw::harts) {
    harts_[stopped].stop(static_cast<std::uint32_t>(value));
  } else if (const unsigned id = semaphore_index(address); id < hw::semaphores) {
    add_semaphore(id, static_cast<std::uint32_t>(value));
  } else if (const unsigned tree = tree_index(address); tree < hw::trees) {
    trees_[tree] = known_fields(hw::Tree::decode(value));
  } else if (address == hw::control_tree_arrive_address()) {
    arrivals_.push_back(value % hw::trees);
  } else if (address == hw::control_ecc_inject_address()) {
    inject_error(value);
  } else {
    return guard_.store(address - hw::control_base, value);
  }
  return true;
}

void Node::send_store(std::uint64_t global_address, unsigned size, std::uint64_t value) {
  const hw::GlobalAddress address = hw::GlobalAddress::decode(global_address);
  Packet packet;
  packet.stream = PacketStream::store;
  packet.header.dst_x = address.x;
  packet.header.dst_y = address.y;
  packet.header.cls = hw::PacketClass::data;
  packet.header.op = hw::PacketOp::write;
  packet.header.addr = address.offset;
  packet.header.size = static_cast<std::uint8_t>(size);
  std::memcpy(reinterpret_cast<std::uint8_t*>(packet.data.data()) + address.offset % hw::line_bytes, &value,
              std::size_t{1} << size);
  send(packet);
}

void Node::send(const Packet& packet) {
  outbox_.push_back(packet);
  outbox_.back().header.src_x = static_cast<std::uint16_t>(position_.x);
  outbox_.back().header.src_y = static_cast<std::uint16_t>(position_.y);
  count(hw::Counter::flits_sent, 1);
}

bool Node::take_semaphore(unsigned id, std::uint32_t amount) {
  if (semaphores_[id] < amount) return false;
  semaphores_[id] -= amount;
  return true;
}

void Node::add_semaphore(unsigned id, std::uint32_t amount) {
  semaphores_[id] += amount;
  for (Hart& hart : harts_) hart.semaphore_changed(id, semaphores_[id]);
  lists_.semaphore_changed(id);
}

void Node::list_fault(unsigned channel, unsigned hart, hw::UnitFault cause, std::uint32_t descriptor_address) {
  guard_.list_fault(channel, hart, cause, descriptor_address);
  if ((harts_[hart].mie() & external_interrupt_bit) == 0) {
    set_unit_fault(hw::Unit::transfer, cause, descriptor_address);
  }
}

void Node::set_unit_fault(hw::Unit unit, hw::UnitFault cause, std::uint32_t descriptor_address) {
  if (!unit_fault_) unit_fault_ = UnitFault{unit, cause, descriptor_address};
}

std::uint64_t Node::interrupts(unsigned hart) const {
  return (msip_[hart] ? software_interrupt_bit : 0) | (hart_time(hart) >= mtimecmp_[hart] ? timer_interrupt_bit : 0) |
         (external_[hart] || guard_.interrupts(hart) ? external_interrupt_bit : 0);
}

}  // namespace dojo::model
