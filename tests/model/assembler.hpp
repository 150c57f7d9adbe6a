#pragma once
// Encodes instructions for directed tests: each function gives one 32-bit instruction.

#include <cstdint>
#include <initializer_list>
#include <span>
#include <vector>

#include "dojo_hw.hpp"

namespace dojo::model::assembler {

enum Register : std::uint32_t { zero, ra, sp, gp, tp, t0, t1, t2, s0, s1, a0, a1, a2, a3, a4, a5, a6, a7, s2, s3 };

using Word = std::uint32_t;

constexpr Word r_type(Word opcode, Word funct3, Word funct7, Word rd, Word rs1, Word rs2) {
  return (funct7 << 25) | (rs2 << 20) | (rs1 << 15) | (funct3 << 12) | (rd << 7) | opcode;
}
constexpr Word i_type(Word opcode, Word funct3, Word rd, Word rs1, std::int32_t immediate) {
  return (static_cast<Word>(immediate) << 20) | (rs1 << 15) | (funct3 << 12) | (rd << 7) | opcode;
}
constexpr Word s_type(Word funct3, Word rs1, Word rs2, std::int32_t immediate) {
  const Word value = static_cast<Word>(immediate);
  return ((value >> 5 & 0x7f) << 25) | (rs2 << 20) | (rs1 << 15) | (funct3 << 12) | ((value & 0x1f) << 7) | 0x23;
}
constexpr Word b_type(Word funct3, Word rs1, Word rs2, std::int32_t offset) {
  const Word value = static_cast<Word>(offset);
  return ((value >> 12 & 1) << 31) | ((value >> 5 & 0x3f) << 25) | (rs2 << 20) | (rs1 << 15) | (funct3 << 12) |
         ((value >> 1 & 0xf) << 8) | ((value >> 11 & 1) << 7) | 0x63;
}

constexpr Word lui(Word rd, Word upper) {
  return (upper << 12) | (rd << 7) | 0x37;
}
constexpr Word auipc(Word rd, Word upper) {
  return (upper << 12) | (rd << 7) | 0x17;
}
constexpr Word jal(Word rd, std::int32_t offset) {
  const Word value = static_cast<Word>(offset);
  return ((value >> 20 & 1) << 31) | ((value >> 1 & 0x3ff) << 21) | ((value >> 11 & 1) << 20) |
         ((value >> 12 & 0xff) << 12) | (rd << 7) | 0x6f;
}
constexpr Word jalr(Word rd, Word rs1, std::int32_t offset) {
  return i_type(0x67, 0, rd, rs1, offset);
}
constexpr Word beq(Word rs1, Word rs2, std::int32_t offset) {
  return b_type(0, rs1, rs2, offset);
}
constexpr Word bne(Word rs1, Word rs2, std::int32_t offset) {
  return b_type(1, rs1, rs2, offset);
}
constexpr Word addi(Word rd, Word rs1, std::int32_t immediate) {
  return i_type(0x13, 0, rd, rs1, immediate);
}
constexpr Word slli(Word rd, Word rs1, std::int32_t shift) {
  return i_type(0x13, 1, rd, rs1, shift);
}
constexpr Word srli(Word rd, Word rs1, std::int32_t shift) {
  return i_type(0x13, 5, rd, rs1, shift);
}
constexpr Word add(Word rd, Word rs1, Word rs2) {
  return r_type(0x33, 0, 0, rd, rs1, rs2);
}
constexpr Word lw(Word rd, Word rs1, std::int32_t offset) {
  return i_type(0x03, 2, rd, rs1, offset);
}
constexpr Word lbu(Word rd, Word rs1, std::int32_t offset) {
  return i_type(0x03, 4, rd, rs1, offset);
}
constexpr Word ld(Word rd, Word rs1, std::int32_t offset) {
  return i_type(0x03, 3, rd, rs1, offset);
}
constexpr Word sb(Word rs2, Word rs1, std::int32_t offset) {
  return s_type(0, rs1, rs2, offset);
}
constexpr Word sh(Word rs2, Word rs1, std::int32_t offset) {
  return s_type(1, rs1, rs2, offset);
}
constexpr Word sw(Word rs2, Word rs1, std::int32_t offset) {
  return s_type(2, rs1, rs2, offset);
}
constexpr Word sd(Word rs2, Word rs1, std::int32_t offset) {
  return s_type(3, rs1, rs2, offset);
}
constexpr Word atomic(Word funct5, bool wide, Word rd, Word rs1, Word rs2) {
  return r_type(0x2f, wide ? 3 : 2, funct5 << 2, rd, rs1, rs2);
}
constexpr Word lr_d(Word rd, Word rs1) {
  return atomic(0x02, true, rd, rs1, 0);
}
constexpr Word sc_d(Word rd, Word rs2, Word rs1) {
  return atomic(0x03, true, rd, rs1, rs2);
}
constexpr Word csrrw(Word rd, Word csr, Word rs1) {
  return (csr << 20) | (rs1 << 15) | (1 << 12) | (rd << 7) | 0x73;
}
constexpr Word csrrs(Word rd, Word csr, Word rs1) {
  return (csr << 20) | (rs1 << 15) | (2 << 12) | (rd << 7) | 0x73;
}
constexpr Word csrrc(Word rd, Word csr, Word rs1) {
  return (csr << 20) | (rs1 << 15) | (3 << 12) | (rd << 7) | 0x73;
}
constexpr Word csrrwi(Word rd, Word csr, Word value) {
  return (csr << 20) | (value << 15) | (5 << 12) | (rd << 7) | 0x73;
}
constexpr Word csrrsi(Word rd, Word csr, Word value) {
  return (csr << 20) | (value << 15) | (6 << 12) | (rd << 7) | 0x73;
}
constexpr Word csrrci(Word rd, Word csr, Word value) {
  return (csr << 20) | (value << 15) | (7 << 12) | (rd << 7) | 0x73;
}
constexpr Word ecall = 0x00000073;
constexpr Word ebreak = 0x00100073;
constexpr Word mret = 0x30200073;
constexpr Word wfi = 0x10500073;
constexpr Word fence_i = 0x0000100f;
constexpr Word nop = 0x00000013;
constexpr Word dojo_issue(hw::Unit unit, Word rs1) {
  return r_type(0x0b, hw::xdojo_issue_funct3, static_cast<Word>(unit), 0, rs1, 0);
}
constexpr Word dojo_sem_wait(Word rs1, Word rs2) {
  return r_type(0x0b, hw::xdojo_sem_wait_funct3, 0, 0, rs1, rs2);
}

/// A growing program.
class Program {
 public:
  Program& operator+=(Word instruction) {
    words_.push_back(instruction);
    return *this;
  }
  Program& operator+=(std::initializer_list<Word> instructions) {
    words_.insert(words_.end(), instructions);
    return *this;
  }
  Program& operator+=(const Program& other) {
    words_.insert(words_.end(), other.words_.begin(), other.words_.end());
    return *this;
  }
  /// Loads any 64-bit constant; six to eight instructions.
  Program& constant(Word rd, std::uint64_t value) {
    *this += addi(rd, zero, static_cast<std::int32_t>(value >> 55));
    for (unsigned part = 0; part < 5; ++part) {
      *this +=
          {slli(rd, rd, 11), i_type(0x13, 6, rd, rd, static_cast<std::int32_t>(value >> (44 - 11 * part) & 0x7ff))};
    }
    return *this;
  }
  /// Stops hart `hart` (its own number) with an exit code.
  Program& stop(std::uint32_t exit_code, unsigned hart = 0) {
    constant(t0, hw::control_hart_stop_address(hart));
    constant(t1, exit_code);
    return *this += sd(t1, t0, 0);
  }
  /// Adds `amount` to a semaphore of this node.
  Program& signal(unsigned semaphore, unsigned amount) {
    constant(t0, hw::semaphore_value_address(semaphore));
    constant(t1, amount);
    return *this += sd(t1, t0, 0);
  }
  /// Waits for `amount` on a semaphore of this node.
  Program& wait(unsigned semaphore, unsigned amount) {
    *this += {addi(t0, zero, static_cast<std::int32_t>(semaphore)), addi(t1, zero, static_cast<std::int32_t>(amount))};
    return *this += dojo_sem_wait(t0, t1);
  }
  /// Issues the descriptor at `address`.
  Program& issue(hw::Unit unit, std::uint64_t address) {
    constant(t0, address);
    return *this += dojo_issue(unit, t0);
  }

  [[nodiscard]] std::uint64_t bytes() const { return words_.size() * sizeof(Word); }
  [[nodiscard]] std::span<const std::byte> data() const { return std::as_bytes(std::span(words_)); }

 private:
  std::vector<Word> words_;
};

}  // namespace dojo::model::assembler
