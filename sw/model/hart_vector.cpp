// Vector instructions of a hart: configuration, legality, memory.

#include <algorithm>

#include "model/float32.hpp"
#include "model/hart.hpp"
#include "model/node.hpp"
#include "model/vector_execute.hpp"
#include "model/vector_legality.hpp"

namespace dojo::model {
namespace {

constexpr unsigned accumulator_lines = 16 * hw::named_accumulators;

/// Elements that a load or store goes through.
unsigned access_count(const VectorMemory& memory, const VectorState& state) {
  switch (memory.kind) {
    case VectorMemoryKind::whole:
      return memory.fields * vector_bytes >> memory.width;
    case VectorMemoryKind::mask:
      return (state.length + 7) / 8;
    default:
      return state.length;
  }
}

std::uint64_t index_of(const VectorState& state, unsigned reg, unsigned element, unsigned width) {
  switch (width) {
    case 0:
      return state.get<std::uint8_t>(reg, element);
    case 1:
      return state.get<std::uint16_t>(reg, element);
    default:
      return state.get<std::uint32_t>(reg, element);
  }
}

}  // namespace

Hart::Next Hart::vectorial(const Instruction& instruction) {
  if (mstatus_vs_ == 0) return raise(Cause::illegal_instruction, instruction.bits);
  switch (instruction.op) {
    case Op::vector_arithmetic:
      return vector_arithmetic(instruction);
    case Op::vector_load:
    case Op::vector_store:
      return vector_memory(instruction);
    case Op::vcf_narrow:
    case Op::vcf_widen:
      return vector_cfloat(instruction);
    case Op::vacc_read:
    case Op::vacc_write:
      return vector_accumulator(instruction);
    default:
      configure_vector(instruction);
      mstatus_vs_ = state_dirty;
      return Next::advance;
  }
}

void Hart::configure_vector(const Instruction& instruction) {
  const std::uint32_t bits = instruction.bits;
  const std::uint64_t requested = instruction.op == Op::vsetvl    ? x_[instruction.rs2]
                                  : instruction.op == Op::vsetvli ? bits >> 20 & 0x7ff
                                                                  : bits >> 20 & 0x3ff;
  const VectorType old_type = vector_.type;
  vector_.type = VectorType::decode(requested);
  vector_.start = 0;
  const std::uint64_t largest = vector_.type.max_length();
  std::uint64_t wanted = 0;
  if (instruction.op == Op::vsetivli) {
    wanted = instruction.rs1;
  } else if (instruction.rs1 != 0) {
    wanted = x_[instruction.rs1];
  } else if (instruction.rd != discarded_register) {
    wanted = ~std::uint64_t{0};
  } else {
    // vl stays, which is reserved for a change of VLMAX.
    wanted = vector_.length;
    if (old_type.ill || old_type.max_length() != largest) vector_.type = VectorType{};
  }
  vector_.length = vector_.type.ill ? 0 : static_cast<unsigned>(std::min(wanted, largest));
  x_[instruction.rd] = vector_.length;
}

Hart::Next Hart::vector_arithmetic(const Instruction& instruction) {
  const VectorEntry& entry = vector_table()[static_cast<std::size_t>(instruction.immediate)];
  constexpr std::uint8_t floating_category = 2;
  const bool is_float = entry.category == floating_category;
  const VectorLegality legality = check_vector_arithmetic(entry, instruction.bits, vector_);
  if (!legality.legal || (is_float && (mstatus_fs_ == 0 || frm_ > largest_rounding))) {
    return raise(Cause::illegal_instruction, instruction.bits);
  }
  VectorOperands operands{.bits = instruction.bits, .scalar = x_[instruction.rs1], .rounding_mode = frm_};
  if (is_float) {
    operands.scalar = entry.op == VectorOp::vfwmaccbf16 ? unboxed(instruction.rs1) : f_[instruction.rs1];
  }
  vector_written_ = legality.written;
  execute_vector_arithmetic(entry, vector_, operands);
  if (entry.op == VectorOp::vfmv_f_s) {
    f_[vd_of(instruction.bits)] = static_cast<std::uint32_t>(operands.result);
  } else if (entry.shape == Shape::to_scalar || entry.shape == Shape::mask_to_x) {
    x_[instruction.rd] = operands.result;
  }
  if (is_float) {
    fflags_ |= operands.float_flags;
    mstatus_fs_ = state_dirty;
  }
  mstatus_vs_ = state_dirty;
  return Next::advance;
}

Hart::Next Hart::vector_cfloat(const Instruction& instruction) {
  const bool widen = instruction.op == Op::vcf_widen;
  const VectorLegality legality = check_vector_cfloat(widen, x_[instruction.rs1], instruction.bits, vector_);
  if (!legality.legal) return raise(Cause::illegal_instruction, instruction.bits);
  VectorOperands operands{.bits = instruction.bits, .scalar = x_[instruction.rs1]};
  vector_written_ = legality.written;
  execute_vector_cfloat(widen, vector_, operands);
  mstatus_vs_ = state_dirty;
  return Next::advance;
}

Hart::Next Hart::vector_accumulator(const Instruction& instruction) {
  const bool is_write = instruction.op == Op::vacc_write;
  const std::uint32_t bits = instruction.bits;
  const VectorLegality legality = check_vector_accumulator(is_write, bits, vector_);
  if (!legality.legal) return raise(Cause::illegal_instruction, bits);
  vector_written_ = legality.written;
  constexpr unsigned lanes = vector_bytes / sizeof(std::uint32_t);
  for (unsigned i = vector_.start; i < vector_.length; ++i) {
    if (is_masked(bits) && !vector_.mask_bit(0, i)) continue;
    const auto line = static_cast<unsigned>((x_[instruction.rs1] + i / lanes) % accumulator_lines);
    std::uint32_t& value = node_.accumulators()[line * lanes + i % lanes];
    if (is_write) {
      value = vector_.get<std::uint32_t>(vd_of(bits), i);
    } else {
      vector_.set(vd_of(bits), i, value);
    }
  }
  vector_.start = 0;
  mstatus_vs_ = state_dirty;
  return Next::advance;
}

bool Hart::vector_bulk(const VectorMemory& memory, std::uint32_t bits, unsigned count) {
  const bool contiguous = memory.kind != VectorMemoryKind::strided && memory.kind != VectorMemoryKind::indexed &&
                          (memory.fields == 1 || memory.kind == VectorMemoryKind::whole);
  if (!contiguous || is_masked(bits) || pmp_.is_on()) return false;
  const unsigned start = vector_.start << memory.width;
  const std::uint64_t bytes = (std::uint64_t{count} << memory.width) - start;
  const std::uint64_t offset = x_[vs1_of(bits)] + start - hw::sram_base;
  if (offset >= hw::sram_size || bytes > hw::sram_size - offset || (offset & ((1u << memory.width) - 1)) != 0) {
    return false;
  }
  std::uint8_t* const data = vector_.reg(vd_of(bits)) + start;
  std::uint8_t* const place = node_.sram_bytes() + offset;
  if (!memory.is_store) {
    node_.reads(hw::sram_base + offset, bytes, hw::SramPort::vector_read_0);
    std::memcpy(data, place, bytes);
    return true;
  }
  node_.overwrites(hw::sram_base + offset, bytes, hw::SramPort::vector_write);
  std::memcpy(place, data, bytes);
  const std::uint64_t last = (offset + bytes - 1) / hw::line_bytes;
  for (std::uint64_t line = offset / hw::line_bytes; line <= last; ++line) node_.written(line);
  return true;
}

bool Hart::vector_element(const VectorMemory& memory, std::uint64_t address, unsigned size, std::uint8_t* data,
                          Cause& cause) {
  const unsigned bytes = 1u << size;
  const std::uint64_t offset = address - hw::sram_base;
  if ((address & (bytes - 1)) != 0) {
    cause = memory.is_store ? Cause::store_misaligned : Cause::load_misaligned;
    return false;
  }
  const PmpAccess access = memory.is_store ? PmpAccess::write : PmpAccess::read;
  if (offset >= hw::sram_size || (pmp_.is_on() && !pmp_.allows(address, bytes, access))) {
    cause = memory.is_store ? Cause::store_access : Cause::load_access;
    return false;
  }
  if (memory.is_store) {
    node_.overwrites(address, bytes, hw::SramPort::vector_write);
    std::memcpy(node_.sram_bytes() + offset, data, bytes);
    node_.written(offset / hw::line_bytes);
  } else {
    node_.reads(address, bytes, hw::SramPort::vector_read_0);
    std::memcpy(data, node_.sram_bytes() + offset, bytes);
  }
  return true;
}

Hart::Next Hart::vector_memory(const Instruction& instruction) {
  const std::uint32_t bits = instruction.bits;
  const VectorMemory memory = unpack(instruction.immediate);
  const VectorLegality legality = check_vector_memory(memory, bits, vector_);
  if (!legality.legal) return raise(Cause::illegal_instruction, bits);
  vector_written_ = legality.written;
  mstatus_vs_ = state_dirty;
  const unsigned count = access_count(memory, vector_);
  if (vector_.start >= count || vector_bulk(memory, bits, count)) {
    vector_.start = 0;
    return Next::advance;
  }

  const bool indexed = memory.kind == VectorMemoryKind::indexed;
  const bool whole = memory.kind == VectorMemoryKind::whole;
  const unsigned size = indexed ? vector_.type.sew : memory.width;
  const unsigned fields = whole ? 1 : memory.fields;
  // Registers from one field to the next.
  const int group = vector_.type.lmul + static_cast<int>(size) - static_cast<int>(vector_.type.sew);
  const unsigned field_stride = group > 0 ? 1u << group : 1u;
  const std::uint64_t base = x_[instruction.rs1];
  const std::uint64_t stride =
      memory.kind == VectorMemoryKind::strided ? x_[instruction.rs2] : std::uint64_t{fields} << size;
  for (unsigned element = vector_.start; element < count; ++element) {
    if (is_masked(bits) && !vector_.mask_bit(0, element)) continue;
    const std::uint64_t first =
        base + (indexed ? index_of(vector_, instruction.rs2, element, memory.width) : element * stride);
    for (unsigned field = 0; field < fields; ++field) {
      const std::uint64_t address = first + (std::uint64_t{field} << size);
      std::uint8_t* const data = vector_.reg(vd_of(bits) + field * field_stride) + (element << size);
      Cause cause{};
      if (vector_element(memory, address, size, data, cause)) continue;
      if (memory.kind == VectorMemoryKind::fault_first && element != 0) {
        vector_.length = element;
        vector_.start = 0;
        return Next::advance;
      }
      vector_.start = element;
      return raise(cause, address);
    }
  }
  vector_.start = 0;
  return Next::advance;
}

}  // namespace dojo::model
