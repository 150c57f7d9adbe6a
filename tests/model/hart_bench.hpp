#pragma once
// A hart that executes single instructions for tests of floating point, vectors and protection.

#include <gtest/gtest.h>

#include <cstring>

#include "assembler.hpp"
#include "model/node.hpp"

namespace dojo::model {

class HartBench : public testing::Test {
 protected:
  HartBench() {
    hart().set_reg(5, 0x2200);  // mstatus: FS and VS initial
    execute(assembler::csrrw(0, hw::csr_mstatus, 5));
  }

  /// Executes one instruction; the hart goes on after it, also after a trap.
  StepResult execute(assembler::Word word) {
    node.write_memory(pc, std::as_bytes(std::span(&word, 1)));
    hart().stop(0);
    hart().start(pc);
    return hart().step();
  }
  void expect_illegal(assembler::Word word) {
    const StepResult result = execute(word);
    EXPECT_TRUE(result.trapped) << std::hex << word;
    EXPECT_EQ(result.cause, 2u) << std::hex << word;
    EXPECT_EQ(result.tval, word);
  }
  void expect_legal(assembler::Word word) { EXPECT_FALSE(execute(word).trapped) << std::hex << word; }

  /// vl and vtype.
  void configure(unsigned length, unsigned type) {
    hart().set_reg(5, length);
    hart().set_reg(6, type);
    execute(0x80000057u | (6u << 20) | (5u << 15) | (7u << 12));  // vsetvl x0,t0,t1
  }
  [[nodiscard]] std::uint64_t csr(unsigned address) const {
    std::uint64_t value = 0;
    EXPECT_TRUE(node.hart(0).read_csr(address, value)) << std::hex << address;
    return value;
  }
  void set_csr(unsigned address, std::uint64_t value) {
    hart().set_reg(5, value);
    execute(assembler::csrrw(0, address, 5));
  }
  template <typename T>
  void poke(std::uint64_t address, const T& value) {
    node.write_memory(address, std::as_bytes(std::span(&value, 1)));
  }
  template <typename T>
  [[nodiscard]] T peek(std::uint64_t address) const {
    T value;
    std::memcpy(&value, node.sram().data() + (address - hw::sram_base), sizeof value);
    return value;
  }
  Hart& hart() { return node.hart(0); }
  VectorState& vector() { return hart().vector(); }

  static constexpr std::uint64_t pc = hw::sram_base;
  static constexpr std::uint64_t data = hw::sram_base + 0x1000;
  static constexpr unsigned e8 = 0;
  static constexpr unsigned e16 = 8;
  static constexpr unsigned e32 = 16;
  Node node{Coordinates{0, 0}};
};

/// An OP-V instruction.
constexpr assembler::Word op_v(unsigned funct6, bool unmasked, unsigned vs2, unsigned vs1, unsigned funct3,
                               unsigned vd) {
  return (funct6 << 26) | (unsigned{unmasked} << 25) | (vs2 << 20) | (vs1 << 15) | (funct3 << 12) | (vd << 7) | 0x57;
}
/// funct3 of the forms.
inline constexpr unsigned opivv = 0;
inline constexpr unsigned opfvv = 1;
inline constexpr unsigned opmvv = 2;
inline constexpr unsigned opivi = 3;
inline constexpr unsigned opivx = 4;
inline constexpr unsigned opfvf = 5;
inline constexpr unsigned opmvx = 6;

/// A vector load or store.
constexpr assembler::Word vector_access(bool store, unsigned nf, unsigned mop, bool unmasked, unsigned rs2,
                                        unsigned rs1, unsigned width, unsigned vd) {
  return ((nf - 1) << 29) | (mop << 26) | (unsigned{unmasked} << 25) | (rs2 << 20) | (rs1 << 15) | (width << 12) |
         (vd << 7) | (store ? 0x27 : 0x07);
}
inline constexpr unsigned width_8 = 0;
inline constexpr unsigned width_16 = 5;
inline constexpr unsigned width_32 = 6;

}  // namespace dojo::model
