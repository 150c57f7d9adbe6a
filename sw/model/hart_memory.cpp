// Accesses of a hart that the interpreter's fast path does not handle: registers, remote stores, atomic operations,
// faults.

#include <cstring>
#include <type_traits>

#include "model/hart.hpp"
#include "model/node.hpp"

namespace dojo::model {
namespace {

/// Value that an AMO leaves in memory; `old_value` and `operand` have the width of T.
template <typename T>
T combine(Op op, Op first, T old_value, T operand) {
  using Signed = std::make_signed_t<T>;
  const auto less = static_cast<Signed>(old_value) < static_cast<Signed>(operand);
  // The operations stand in the same order for words and double-words.
  switch (static_cast<Op>(static_cast<unsigned>(op) - static_cast<unsigned>(first) + static_cast<unsigned>(Op::lr_w))) {
    case Op::amoswap_w:
      return operand;
    case Op::amoadd_w:
      return old_value + operand;
    case Op::amoxor_w:
      return old_value ^ operand;
    case Op::amoand_w:
      return old_value & operand;
    case Op::amoor_w:
      return old_value | operand;
    case Op::amomin_w:
      return less ? old_value : operand;
    case Op::amomax_w:
      return less ? operand : old_value;
    case Op::amominu_w:
      return old_value < operand ? old_value : operand;
    default:
      return old_value < operand ? operand : old_value;
  }
}

}  // namespace

bool Hart::fetch_is_refused(std::uint64_t offset) {
  if (!pmp_.allows(pc_, 2, PmpAccess::execute)) {
    trap(Cause::fetch_access, pc_);
    return true;
  }
  if (node_.code().entries()[offset / 2].op == Op::undecoded) {
    node_.code().fill(offset);
    node_.reads(pc_, node_.code().entries()[offset / 2].length, hw::SramPort::scalar);
  }
  if (node_.code().entries()[offset / 2].length == 4 && !pmp_.allows(pc_ + 2, 2, PmpAccess::execute)) {
    trap(Cause::fetch_access, pc_ + 2);
    return true;
  }
  return false;
}

Hart::Next Hart::read(std::uint64_t address, unsigned size, std::uint64_t& value) {
  const unsigned bytes = 1u << size;
  if ((address & (bytes - 1)) != 0) return raise(Cause::load_misaligned, address);
  if (pmp_.is_on() && !pmp_.allows(address, bytes, PmpAccess::read)) return raise(Cause::load_access, address);
  const std::uint64_t offset = address - hw::sram_base;
  if (offset < hw::sram_size) {
    value = 0;
    node_.reads(address, bytes, hw::SramPort::scalar);
    std::memcpy(&value, node_.sram_bytes() + offset, bytes);
  } else if (!node_.load_register(address, size, index_, value)) {
    return raise(Cause::load_access, address);
  }
  return Next::advance;
}

Hart::Next Hart::write(std::uint64_t address, unsigned size, std::uint64_t value) {
  const unsigned bytes = 1u << size;
  if ((address & (bytes - 1)) != 0) return raise(Cause::store_misaligned, address);
  if (pmp_.is_on() && !pmp_.allows(address, bytes, PmpAccess::write)) return raise(Cause::store_access, address);
  const std::uint64_t offset = address - hw::sram_base;
  if (offset < hw::sram_size) {
    node_.overwrites(address, bytes, hw::SramPort::scalar);
    std::memcpy(node_.sram_bytes() + offset, &value, bytes);
    node_.written(offset / hw::line_bytes);
    return Next::advance;
  }
  const hw::GlobalAddress global = hw::GlobalAddress::decode(address);
  if (global.is_global) {
    node_.send_store(address, size, value);
    return Next::advance;
  }
  if (!node_.store_register(address, size, value)) return raise(Cause::store_access, address);
  return Next::reconsider;
}

Hart::Next Hart::slow_load(const Instruction& instruction, std::uint64_t address) {
  std::uint64_t value = 0;
  const Next next = read(address, memory_size(instruction.op), value);
  if (next != Next::advance) return next;
  switch (instruction.op) {
    case Op::lb:
      value = static_cast<std::uint64_t>(std::int64_t{static_cast<std::int8_t>(value)});
      break;
    case Op::lh:
      value = static_cast<std::uint64_t>(std::int64_t{static_cast<std::int16_t>(value)});
      break;
    case Op::lw:
      value = static_cast<std::uint64_t>(std::int64_t{static_cast<std::int32_t>(value)});
      break;
    default:
      break;
  }
  x_[instruction.rd] = value;
  return next;
}

Hart::Next Hart::slow_store(const Instruction& instruction, std::uint64_t address) {
  return write(address, memory_size(instruction.op), x_[instruction.rs2]);
}

Hart::Next Hart::atomic(const Instruction& instruction) {
  const unsigned size = memory_size(instruction.op);
  const std::uint64_t address = x_[instruction.rs1];
  const std::uint64_t offset = address - hw::sram_base;
  const bool is_lr = instruction.op == Op::lr_w || instruction.op == Op::lr_d;
  if ((address & ((1u << size) - 1)) != 0) {
    return raise(is_lr ? Cause::load_misaligned : Cause::store_misaligned, address);
  }
  const bool is_sc = instruction.op == Op::sc_w || instruction.op == Op::sc_d;
  const auto allows = [&](PmpAccess access) { return pmp_.allows(address, 1u << size, access); };
  const bool is_refused =
      pmp_.is_on() && ((!is_sc && !allows(PmpAccess::read)) || (!is_lr && !allows(PmpAccess::write)));
  if (offset >= hw::sram_size || is_refused) {
    return raise(is_lr ? Cause::load_access : Cause::store_access, address);
  }

  std::uint8_t* const bytes = node_.sram_bytes() + offset;
  const std::uint64_t line = offset / hw::line_bytes;
  const std::uint64_t operand = x_[instruction.rs2];
  std::uint64_t old_value = 0;
  if (!is_sc) node_.reads(address, 1u << size, hw::SramPort::scalar);
  if (size == 3) {
    std::memcpy(&old_value, bytes, 8);
  } else {
    std::int32_t word = 0;
    std::memcpy(&word, bytes, 4);
    old_value = static_cast<std::uint64_t>(std::int64_t{word});
  }
  switch (instruction.op) {
    case Op::lr_w:
    case Op::lr_d:
      reserved_ = true;
      reserved_line_ = line;
      node_.reserve(line, index_);
      x_[instruction.rd] = old_value;
      return Next::advance;
    case Op::sc_w:
    case Op::sc_d:
      store_conditional_failed_ = !(reserved_ && reserved_line_ == line);
      reserved_ = false;
      if (!store_conditional_failed_) {
        node_.overwrites(address, 1u << size, hw::SramPort::scalar);
        std::memcpy(bytes, &operand, std::size_t{1} << size);
        node_.written(line);
      }
      x_[instruction.rd] = store_conditional_failed_ ? 1 : 0;
      return Next::advance;
    default:
      break;
  }
  node_.overwrites(address & ~std::uint64_t{7}, 8, hw::SramPort::scalar);  // it was reported when it was read
  if (size == 3) {
    const std::uint64_t value = combine<std::uint64_t>(instruction.op, Op::lr_d, old_value, operand);
    std::memcpy(bytes, &value, 8);
  } else {
    const auto value = combine<std::uint32_t>(instruction.op, Op::lr_w, static_cast<std::uint32_t>(old_value),
                                              static_cast<std::uint32_t>(operand));
    std::memcpy(bytes, &value, 4);
  }
  node_.written(line);
  x_[instruction.rd] = old_value;
  return Next::advance;
}

}  // namespace dojo::model
