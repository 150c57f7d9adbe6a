// The interpreter: one loop over decoded instructions; whatever is rare leaves it through a member function of Hart.

#include <cstring>
#include <limits>
#include <type_traits>

#include "model/hart.hpp"
#include "model/node.hpp"

namespace dojo::model {
namespace {

using Signed128 = __int128;
using Unsigned128 = unsigned __int128;

constexpr std::uint64_t sign_extend_word(std::uint64_t value) {
  return static_cast<std::uint64_t>(std::int64_t{static_cast<std::int32_t>(value)});
}

template <typename Signed>
Signed divide(Signed dividend, Signed divisor) {
  if (divisor == 0) return -1;
  if (divisor == -1) return static_cast<Signed>(0 - static_cast<std::make_unsigned_t<Signed>>(dividend));
  return dividend / divisor;
}

template <typename Signed>
Signed remainder(Signed dividend, Signed divisor) {
  if (divisor == 0) return dividend;
  if (divisor == -1) return 0;
  return dividend % divisor;
}

template <typename Unsigned>
Unsigned divide_unsigned(Unsigned dividend, Unsigned divisor) {
  return divisor == 0 ? std::numeric_limits<Unsigned>::max() : dividend / divisor;
}

template <typename Unsigned>
Unsigned remainder_unsigned(Unsigned dividend, Unsigned divisor) {
  return divisor == 0 ? dividend : dividend % divisor;
}

std::uint64_t multiply_high(std::uint64_t a, std::uint64_t b) {
  return static_cast<std::uint64_t>((Signed128{static_cast<std::int64_t>(a)} * static_cast<std::int64_t>(b)) >> 64);
}

std::uint64_t multiply_high_mixed(std::uint64_t a, std::uint64_t b) {
  return static_cast<std::uint64_t>((Signed128{static_cast<std::int64_t>(a)} * static_cast<Signed128>(b)) >> 64);
}

std::uint64_t multiply_high_unsigned(std::uint64_t a, std::uint64_t b) {
  return static_cast<std::uint64_t>((Unsigned128{a} * b) >> 64);
}

}  // namespace

void Hart::execute(std::uint64_t budget) {
  const std::uint64_t end = slice_position_ + budget;
  while (slice_position_ < end && state_ == hw::HartState::running) {
    const std::uint64_t offset = pc_ - hw::sram_base;
    if (offset >= hw::sram_size) {
      trap(Cause::fetch_access, pc_);
      ++slice_position_;
    } else if (pmp_.is_on()) [[unlikely]] {
      if (fetch_is_refused(offset)) {
        ++slice_position_;
      } else if (execute_block(1, offset)) {
        return;
      }
    } else if (execute_block(end - slice_position_, offset)) {
      return;
    }
  }
}

bool Hart::execute_block(std::uint64_t budget, std::uint64_t offset) {
  std::uint64_t* const x = x_.data();
  std::uint8_t* const sram = node_.sram_bytes();
  // With protection on, or an uncorrectable word in the memory, every access is asked for.
  const std::uint64_t open_size = pmp_.is_on() || node_.has_bad_words() ? 0 : hw::sram_size;
  Instruction* const code = node_.code().entries();
  const Instruction* d = code + offset / 2;
  std::uint64_t remaining = budget;

  const auto pc_of = [&] { return hw::sram_base + 2 * static_cast<std::uint64_t>(d - code); };
  const auto source_1 = [&] { return x[d->rs1]; };
  const auto source_2 = [&] { return x[d->rs2]; };
  const auto immediate = [&] { return static_cast<std::uint64_t>(std::int64_t{d->immediate}); };
  const auto put = [&](std::uint64_t value) { x[d->rd] = value; };
  // Makes the members that slow paths look at current; what the loop has counted moves there.
  const auto synchronize = [&] {
    pc_ = pc_of();
    const std::uint64_t done = budget - remaining;
    retired_ += done;
    slice_position_ += done;
    budget = remaining;
  };
  const auto load = [&]<typename T>() {
    const std::uint64_t where = source_1() + immediate() - hw::sram_base;
    if (where >= open_size || where % sizeof(T) != 0) [[unlikely]]
      return false;
    T value;
    std::memcpy(&value, sram + where, sizeof value);
    put(static_cast<std::uint64_t>(static_cast<std::int64_t>(value)));
    return true;
  };
  const auto store = [&]<typename T>() {
    const std::uint64_t where = source_1() + immediate() - hw::sram_base;
    if (where >= open_size || where % sizeof(T) != 0) [[unlikely]]
      return false;
    const T value = static_cast<T>(source_2());
    std::memcpy(sram + where, &value, sizeof value);
    node_.written(where / hw::line_bytes);
    return true;
  };

  for (;;) {
    Next next = Next::advance;
    std::uint64_t target = 0;
    switch (d->op) {
      case Op::undecoded:
        node_.code().fill(pc_of() - hw::sram_base);
        node_.reads(pc_of(), d->length, hw::SramPort::scalar);
        continue;
      case Op::fetch_fault:
        synchronize();
        next = raise(Cause::fetch_access, pc_ + immediate());
        break;
      case Op::illegal:
        synchronize();
        next = raise(Cause::illegal_instruction, d->bits);
        break;

      case Op::lui:
        put(immediate());
        break;
      case Op::auipc:
        put(pc_of() + immediate());
        break;
      case Op::jal:
        put(pc_of() + d->length);
        target = pc_of() + immediate();
        goto jump;
      case Op::jalr:
        target = (source_1() + immediate()) & ~std::uint64_t{1};
        put(pc_of() + d->length);
        goto jump;
      case Op::beq:
        if (source_1() == source_2()) goto branch;
        break;
      case Op::bne:
        if (source_1() != source_2()) goto branch;
        break;
      case Op::blt:
        if (static_cast<std::int64_t>(source_1()) < static_cast<std::int64_t>(source_2())) goto branch;
        break;
      case Op::bge:
        if (static_cast<std::int64_t>(source_1()) >= static_cast<std::int64_t>(source_2())) goto branch;
        break;
      case Op::bltu:
        if (source_1() < source_2()) goto branch;
        break;
      case Op::bgeu:
        if (source_1() >= source_2()) goto branch;
        break;

      case Op::lb:
        if (!load.operator()<std::int8_t>()) goto slow_load;
        break;
      case Op::lh:
        if (!load.operator()<std::int16_t>()) goto slow_load;
        break;
      case Op::lw:
        if (!load.operator()<std::int32_t>()) goto slow_load;
        break;
      case Op::ld:
        if (!load.operator()<std::uint64_t>()) goto slow_load;
        break;
      case Op::lbu:
        if (!load.operator()<std::uint8_t>()) goto slow_load;
        break;
      case Op::lhu:
        if (!load.operator()<std::uint16_t>()) goto slow_load;
        break;
      case Op::lwu:
        if (!load.operator()<std::uint32_t>()) goto slow_load;
        break;
      case Op::sb:
        if (!store.operator()<std::uint8_t>()) goto slow_store;
        break;
      case Op::sh:
        if (!store.operator()<std::uint16_t>()) goto slow_store;
        break;
      case Op::sw:
        if (!store.operator()<std::uint32_t>()) goto slow_store;
        break;
      case Op::sd:
        if (!store.operator()<std::uint64_t>()) goto slow_store;
        break;

      case Op::addi:
        put(source_1() + immediate());
        break;
      case Op::slti:
        put(static_cast<std::int64_t>(source_1()) < d->immediate ? 1 : 0);
        break;
      case Op::sltiu:
        put(source_1() < immediate() ? 1 : 0);
        break;
      case Op::xori:
        put(source_1() ^ immediate());
        break;
      case Op::ori:
        put(source_1() | immediate());
        break;
      case Op::andi:
        put(source_1() & immediate());
        break;
      case Op::slli:
        put(source_1() << d->immediate);
        break;
      case Op::srli:
        put(source_1() >> d->immediate);
        break;
      case Op::srai:
        put(static_cast<std::uint64_t>(static_cast<std::int64_t>(source_1()) >> d->immediate));
        break;
      case Op::addiw:
        put(sign_extend_word(source_1() + immediate()));
        break;
      case Op::slliw:
        put(sign_extend_word(source_1() << d->immediate));
        break;
      case Op::srliw:
        put(sign_extend_word(static_cast<std::uint32_t>(source_1()) >> d->immediate));
        break;
      case Op::sraiw:
        put(sign_extend_word(static_cast<std::uint64_t>(static_cast<std::int32_t>(source_1()) >> d->immediate)));
        break;

      case Op::add:
        put(source_1() + source_2());
        break;
      case Op::sub:
        put(source_1() - source_2());
        break;
      case Op::sll:
        put(source_1() << (source_2() & 63));
        break;
      case Op::slt:
        put(static_cast<std::int64_t>(source_1()) < static_cast<std::int64_t>(source_2()) ? 1 : 0);
        break;
      case Op::sltu:
        put(source_1() < source_2() ? 1 : 0);
        break;
      case Op::xor_:
        put(source_1() ^ source_2());
        break;
      case Op::srl:
        put(source_1() >> (source_2() & 63));
        break;
      case Op::sra:
        put(static_cast<std::uint64_t>(static_cast<std::int64_t>(source_1()) >> (source_2() & 63)));
        break;
      case Op::or_:
        put(source_1() | source_2());
        break;
      case Op::and_:
        put(source_1() & source_2());
        break;
      case Op::addw:
        put(sign_extend_word(source_1() + source_2()));
        break;
      case Op::subw:
        put(sign_extend_word(source_1() - source_2()));
        break;
      case Op::sllw:
        put(sign_extend_word(source_1() << (source_2() & 31)));
        break;
      case Op::srlw:
        put(sign_extend_word(static_cast<std::uint32_t>(source_1()) >> (source_2() & 31)));
        break;
      case Op::sraw:
        put(sign_extend_word(static_cast<std::uint64_t>(static_cast<std::int32_t>(source_1()) >> (source_2() & 31))));
        break;

      case Op::mul:
        put(source_1() * source_2());
        break;
      case Op::mulh:
        put(multiply_high(source_1(), source_2()));
        break;
      case Op::mulhsu:
        put(multiply_high_mixed(source_1(), source_2()));
        break;
      case Op::mulhu:
        put(multiply_high_unsigned(source_1(), source_2()));
        break;
      case Op::div:
        put(static_cast<std::uint64_t>(
            divide(static_cast<std::int64_t>(source_1()), static_cast<std::int64_t>(source_2()))));
        break;
      case Op::divu:
        put(divide_unsigned(source_1(), source_2()));
        break;
      case Op::rem:
        put(static_cast<std::uint64_t>(
            remainder(static_cast<std::int64_t>(source_1()), static_cast<std::int64_t>(source_2()))));
        break;
      case Op::remu:
        put(remainder_unsigned(source_1(), source_2()));
        break;
      case Op::mulw:
        put(sign_extend_word(source_1() * source_2()));
        break;
      case Op::divw:
        put(sign_extend_word(static_cast<std::uint64_t>(
            divide(static_cast<std::int32_t>(source_1()), static_cast<std::int32_t>(source_2())))));
        break;
      case Op::divuw:
        put(sign_extend_word(
            divide_unsigned(static_cast<std::uint32_t>(source_1()), static_cast<std::uint32_t>(source_2()))));
        break;
      case Op::remw:
        put(sign_extend_word(static_cast<std::uint64_t>(
            remainder(static_cast<std::int32_t>(source_1()), static_cast<std::int32_t>(source_2())))));
        break;
      case Op::remuw:
        put(sign_extend_word(
            remainder_unsigned(static_cast<std::uint32_t>(source_1()), static_cast<std::uint32_t>(source_2()))));
        break;

      case Op::lr_w:
      case Op::sc_w:
      case Op::amoswap_w:
      case Op::amoadd_w:
      case Op::amoxor_w:
      case Op::amoand_w:
      case Op::amoor_w:
      case Op::amomin_w:
      case Op::amomax_w:
      case Op::amominu_w:
      case Op::amomaxu_w:
      case Op::lr_d:
      case Op::sc_d:
      case Op::amoswap_d:
      case Op::amoadd_d:
      case Op::amoxor_d:
      case Op::amoand_d:
      case Op::amoor_d:
      case Op::amomin_d:
      case Op::amomax_d:
      case Op::amominu_d:
      case Op::amomaxu_d:
        synchronize();
        next = atomic(*d);
        break;

      case Op::fence:
        break;
      case Op::fence_i:
      case Op::ecall:
      case Op::ebreak:
      case Op::mret:
      case Op::wfi:
      case Op::csrrw:
      case Op::csrrs:
      case Op::csrrc:
      case Op::csrrwi:
      case Op::csrrsi:
      case Op::csrrci:
      case Op::dojo_issue:
      case Op::dojo_sem_wait: {
        synchronize();
        const Instruction instruction = *d;  // fence.i and a start of another hart empty the cache
        next = system(instruction);
        if (next == Next::reconsider) pc_ += instruction.length;
        break;
      }

      case Op::flh:
      case Op::flw:
      case Op::fsh:
      case Op::fsw:
      case Op::fmadd_s:
      case Op::fmsub_s:
      case Op::fnmsub_s:
      case Op::fnmadd_s:
      case Op::fadd_s:
      case Op::fsub_s:
      case Op::fmul_s:
      case Op::fdiv_s:
      case Op::fsqrt_s:
      case Op::fcvt_s_w:
      case Op::fcvt_s_wu:
      case Op::fcvt_s_l:
      case Op::fcvt_s_lu:
      case Op::fcvt_s_bf16:
      case Op::fcvt_bf16_s:
      case Op::fsgnj_s:
      case Op::fsgnjn_s:
      case Op::fsgnjx_s:
      case Op::fmin_s:
      case Op::fmax_s:
      case Op::fmv_w_x:
      case Op::fmv_h_x:
      case Op::fcvt_w_s:
      case Op::fcvt_wu_s:
      case Op::fcvt_l_s:
      case Op::fcvt_lu_s:
      case Op::feq_s:
      case Op::flt_s:
      case Op::fle_s:
      case Op::fclass_s:
      case Op::fmv_x_w:
      case Op::fmv_x_h: {
        synchronize();
        const unsigned length = d->length;
        next = floating(*d);
        if (next == Next::reconsider) pc_ += length;
        break;
      }
      case Op::vsetvli:
      case Op::vsetivli:
      case Op::vsetvl:
      case Op::vector_arithmetic:
      case Op::vector_load:
      case Op::vector_store:
      case Op::vcf_narrow:
      case Op::vcf_widen:
      case Op::vacc_read:
      case Op::vacc_write:
        synchronize();
        next = vectorial(*d);
        break;

      slow_load:
        synchronize();
        next = slow_load(*d, source_1() + immediate());
        break;
      slow_store: {
        synchronize();
        const unsigned length = d->length;
        next = slow_store(*d, source_1() + immediate());
        if (next == Next::reconsider) pc_ += length;
        break;
      }
      branch:
        target = pc_of() + immediate();
      jump: {
        const std::uint64_t where = target - hw::sram_base;
        if (where >= hw::sram_size) [[unlikely]] {
          synchronize();
          pc_ = target;
          next = Next::jumped;
          break;
        }
        d = code + where / 2;
        if (--remaining == 0) {
          synchronize();
          return false;
        }
        continue;
      }
    }
    if (next == Next::advance) [[likely]] {
      d += d->length / 2;
      if (--remaining == 0) {
        synchronize();
        return false;
      }
      continue;
    }
    ++slice_position_;
    if (next == Next::reconsider || next == Next::jumped) ++retired_;
    return next != Next::trapped;
  }
}

}  // namespace dojo::model
