// Results of integer, multiply, divide and compressed instructions, one at a time.

#include <gtest/gtest.h>

#include "model/instruction.hpp"
#include "model_test.hpp"

namespace dojo::model {
namespace {

using namespace assembler;

struct RegisterCase {
  const char* name;
  Word instruction;  ///< writes a2 from a0 and a1
  std::uint64_t first;
  std::uint64_t second;
  std::uint64_t expected;
};

class RegisterInstruction : public testing::TestWithParam<RegisterCase> {};

TEST_P(RegisterInstruction, GivesTheArchitecturalResult) {
  const RegisterCase& test = GetParam();
  Node node({0, 0});
  node.write_memory(code_address, std::as_bytes(std::span(&test.instruction, 1)));
  Hart& hart = node.hart(0);
  hart.start(code_address);
  hart.set_reg(a0, test.first);
  hart.set_reg(a1, test.second);
  const StepResult result = hart.step();
  EXPECT_FALSE(result.trapped);
  EXPECT_TRUE(result.writes_rd);
  EXPECT_EQ(result.rd, static_cast<unsigned>(a2));
  EXPECT_EQ(result.rd_data, test.expected);
  EXPECT_EQ(hart.reg(a2), test.expected);
  EXPECT_EQ(hart.pc(), code_address + 4);
}

constexpr Word op(Word funct3, Word funct7) {
  return r_type(0x33, funct3, funct7, a2, a0, a1);
}
constexpr Word op_32(Word funct3, Word funct7) {
  return r_type(0x3b, funct3, funct7, a2, a0, a1);
}
constexpr Word op_imm(Word funct3, std::int32_t immediate) {
  return i_type(0x13, funct3, a2, a0, immediate);
}
constexpr Word op_imm_32(Word funct3, std::int32_t immediate) {
  return i_type(0x1b, funct3, a2, a0, immediate);
}

constexpr std::uint64_t minus_one = ~0ull;
constexpr std::uint64_t most_negative = 1ull << 63;
constexpr std::uint64_t word_most_negative = 0xffffffff80000000ull;

const RegisterCase register_cases[] = {
    {"add", op(0, 0), minus_one, 1, 0},
    {"sub", op(0, 0x20), 3, 5, ~1ull},
    {"sll", op(1, 0), 1, 127, most_negative},
    {"slt", op(2, 0), minus_one, 0, 1},
    {"sltu", op(3, 0), minus_one, 0, 0},
    {"xor", op(4, 0), 0xf0f0, 0xffff, 0x0f0f},
    {"srl", op(5, 0), most_negative, 63, 1},
    {"sra", op(5, 0x20), most_negative, 63, minus_one},
    {"or", op(6, 0), 0xf0, 0x0f, 0xff},
    {"and", op(7, 0), 0xf3, 0x3f, 0x33},
    {"addw", op_32(0, 0), 0x7fffffff, 1, word_most_negative},
    {"subw", op_32(0, 0x20), 0x100000000, 1, minus_one},
    {"sllw", op_32(1, 0), 1, 31, word_most_negative},
    {"srlw", op_32(5, 0), 0xffffffff80000000, 31, 1},
    {"sraw", op_32(5, 0x20), 0x80000000, 31, minus_one},
    {"mul", op(0, 1), minus_one, 7, static_cast<std::uint64_t>(-7)},
    {"mulh", op(1, 1), most_negative, most_negative, 1ull << 62},
    {"mulhsu", op(2, 1), minus_one, minus_one, minus_one},
    {"mulhu", op(3, 1), minus_one, minus_one, ~1ull},
    {"div", op(4, 1), static_cast<std::uint64_t>(-7), 2, static_cast<std::uint64_t>(-3)},
    {"div_by_zero", op(4, 1), 5, 0, minus_one},
    {"div_overflow", op(4, 1), most_negative, minus_one, most_negative},
    {"divu", op(5, 1), minus_one, 2, minus_one >> 1},
    {"divu_by_zero", op(5, 1), 5, 0, minus_one},
    {"rem", op(6, 1), static_cast<std::uint64_t>(-7), 2, minus_one},
    {"rem_by_zero", op(6, 1), 5, 0, 5},
    {"rem_overflow", op(6, 1), most_negative, minus_one, 0},
    {"remu", op(7, 1), minus_one, 10, 5},
    {"remu_by_zero", op(7, 1), minus_one, 0, minus_one},
    {"mulw", op_32(0, 1), 0x10000, 0x8000, word_most_negative},
    {"divw_overflow", op_32(4, 1), 0x80000000, minus_one, word_most_negative},
    {"divw_by_zero", op_32(4, 1), 5, 0x100000000, minus_one},
    {"divuw", op_32(5, 1), 0xffffffff, 1, minus_one},
    {"remw_overflow", op_32(6, 1), 0x80000000, minus_one, 0},
    {"remw_by_zero", op_32(6, 1), 0x80000001, 0, 0xffffffff80000001},
    {"remuw_by_zero", op_32(7, 1), 0x80000001, 0, 0xffffffff80000001},
    {"addi", op_imm(0, -1), 0, 0, minus_one},
    {"slti", op_imm(2, -1), static_cast<std::uint64_t>(-2), 0, 1},
    {"sltiu", op_imm(3, -1), 5, 0, 1},
    {"xori", op_imm(4, -1), 5, 0, ~5ull},
    {"ori", op_imm(6, 0x70f), 0xf0, 0, 0x7ff},
    {"andi", op_imm(7, -16), 0xff, 0, 0xf0},
    {"slli", op_imm(1, 63), 1, 0, most_negative},
    {"srli", op_imm(5, 63), minus_one, 0, 1},
    {"srai", op_imm(5, 0x400 | 4), most_negative, 0, 0xf800000000000000},
    {"addiw", op_imm_32(0, 1), 0x7fffffff, 0, word_most_negative},
    {"slliw", op_imm_32(1, 31), 1, 0, word_most_negative},
    {"srliw", op_imm_32(5, 4), 0xfffffffff0000000, 0, 0x0f000000},
    {"sraiw", op_imm_32(5, 0x400 | 4), 0x80000000, 0, 0xfffffffff8000000},
    {"lui", lui(a2, 0x80000), 0, 0, word_most_negative},
    {"auipc", auipc(a2, 0x80000), 0, 0, hw::sram_base + word_most_negative},
};
INSTANTIATE_TEST_SUITE_P(Integer, RegisterInstruction, testing::ValuesIn(register_cases),
                         [](const auto& info) { return info.param.name; });

TEST(Instruction, WritesOfX0AreDiscarded) {
  Node node({0, 0});
  const Word instruction = addi(zero, zero, 5);
  node.write_memory(code_address, std::as_bytes(std::span(&instruction, 1)));
  node.hart(0).start(code_address);
  const StepResult result = node.hart(0).step();
  EXPECT_FALSE(result.writes_rd);
  EXPECT_EQ(node.hart(0).reg(0), 0u);
}

TEST(Instruction, ReservedEncodingsAreIllegal) {
  const Word reserved[] = {
      0x00000000,                     // compressed all zero
      0xffffffff,                     // all ones
      i_type(0x03, 7, a0, a0, 0),     // load funct3 7
      s_type(4, a0, a0, 0),           // store funct3 4
      b_type(2, a0, a0, 0),           // branch funct3 2
      i_type(0x67, 1, a0, a0, 0),     // jalr funct3 1
      i_type(0x13, 1, a0, a0, 0x40),  // slli with a shift of 64
      i_type(0x13, 5, a0, a0, 0x200),
      i_type(0x1b, 1, a0, a0, 0x20),  // slliw with a shift of 32
      i_type(0x1b, 2, a0, a0, 0),
      r_type(0x33, 0, 2, a0, a0, a0),
      r_type(0x33, 1, 0x20, a0, a0, a0),
      r_type(0x3b, 2, 0, a0, a0, a0),
      r_type(0x3b, 1, 1, a0, a0, a0),
      atomic(0x02, true, a0, a0, a1),  // lr with rs2
      atomic(0x05, true, a0, a0, a1),  // unknown funct5
      r_type(0x2f, 0, 0, a0, a0, a0),  // amo of bytes
      i_type(0x0f, 2, 0, 0, 0),        // cbo
      0x10200073,                      // sret
      0x12000073,                      // sfence.vma
      0x00200073,                      // uret
      0x00000073 | (a0 << 7),          // ecall with rd
      0x00004073,                      // system funct3 4
      r_type(0x0b, 0, 3, 0, a0, 0),    // no such unit
      r_type(0x0b, 0, 0, a1, a0, 0),   // dojo.issue with rd
      r_type(0x0b, 0, 0, 0, a0, a1),   // dojo.issue with rs2
      r_type(0x0b, 1, 1, 0, a0, a1),   // dojo.sem.wait with funct7
      r_type(0x0b, 1, 0, a1, a0, a1),  // dojo.sem.wait with rd
      r_type(0x0b, 2, 0, 0, a0, a1),   // custom-0 funct3 2
      0x0400002b,                      // custom-1 with funct6
      0x0000202b,                      // custom-1 funct3 2
      0x00003007,                      // fld
      0x00004027,                      // fsq
      0x00002000,                      // c.fld
      0x00008000,                      // quadrant 0 funct3 4
      0x00002001,                      // c.addiw with rd 0
      0x00006081,                      // c.lui with immediate 0
      0x00006101,                      // c.addi16sp with immediate 0
      0x00009c41,                      // quadrant 1 arithmetic, reserved
      0x00009c61,
      0x00002002,  // c.fldsp
      0x00004002,  // c.lwsp with rd 0
      0x00006002,  // c.ldsp with rd 0
      0x00008002,  // c.jr with rs1 0
  };
  for (const Word bits : reserved) EXPECT_EQ(decode(bits).op, Op::illegal) << std::hex << bits;
}

TEST(Instruction, HintsAndFencesAreLegal) {
  const std::pair<Word, Op> legal[] = {
      {0x0000000f, Op::fence},   {0xfff0f00f | (0x1f << 7), Op::illegal},  // funct3 7 is none
      {0x0100000f, Op::fence},                                             // pause
      {0xf000008f, Op::fence},                                             // reserved fields are ignored
      {0x00b5908f, Op::fence_i}, {0x00000001, Op::addi},                   // c.nop
      {0x00000005, Op::addi},                                              // c.nop 1
      {0x00004001, Op::addi},                                              // c.li with rd 0
      {0x00006005, Op::lui},                                               // c.lui with rd 0
      {0x00000006, Op::slli},                                              // c.slli with rd 0
      {0x00008006, Op::add},                                               // c.mv with rd 0
      {0x00009002, Op::ebreak},  {0x00008082, Op::jalr},                   // ret
  };
  for (const auto& [bits, op] : legal) EXPECT_EQ(decode(bits).op, op) << std::hex << bits;
}

TEST_F(NodeTest, BranchesAndJumps) {
  Program program;
  program += {addi(a0, zero, 10), addi(a1, zero, 0), add(a1, a1, a0),  // loop
              addi(a0, a0, -1),   bne(a0, zero, -8), jal(ra, 8),      addi(a1, zero, 0), jalr(ra, ra, 17)};
  program += {addi(a1, zero, 0), addi(a1, zero, 0), nop};
  program.stop(1);
  load_and_run(program);
  EXPECT_EQ(reg(a1), 55u);
  EXPECT_EQ(status().state, hw::HartState::stopped);
  EXPECT_EQ(status().exit_code, 1u);
}

TEST_F(NodeTest, LoadsExtendAndStoresKeepNeighbours) {
  poke<std::uint64_t>(data_address, 0x8899aabbccddeeff);
  Program program;
  program.constant(a0, data_address);
  program += {i_type(0x03, 0, s0, a0, 0), i_type(0x03, 1, s1, a0, 0), lw(s2, a0, 4), lbu(s3, a0, 7)};
  program += {i_type(0x03, 5, a1, a0, 6), i_type(0x03, 6, a2, a0, 4), ld(a3, a0, 0)};
  program += {addi(a4, zero, 0x11), sb(a4, a0, 9), sh(a4, a0, 10), sw(a4, a0, 12)};
  program.stop(0);
  poke<std::uint64_t>(data_address + 8, ~0ull);
  load_and_run(program);
  EXPECT_EQ(reg(s0), ~0ull);
  EXPECT_EQ(reg(s1), 0xffffffffffffeeffull);
  EXPECT_EQ(reg(s2), 0xffffffff8899aabbull);
  EXPECT_EQ(reg(s3), 0x88u);
  EXPECT_EQ(reg(a1), 0x8899u);
  EXPECT_EQ(reg(a2), 0x8899aabbu);
  EXPECT_EQ(reg(a3), 0x8899aabbccddeeffull);
  EXPECT_EQ(peek<std::uint64_t>(data_address + 8), 0x00000011001111ffull);
}

struct AtomicCase {
  const char* name;
  Word funct5;
  bool wide;
  std::uint64_t memory;
  std::uint64_t operand;
  std::uint64_t loaded;
  std::uint64_t stored;
};

class AtomicInstruction : public testing::TestWithParam<AtomicCase> {};

TEST_P(AtomicInstruction, LoadsAndCombines) {
  const AtomicCase& test = GetParam();
  Node node({0, 0});
  const Word instruction = atomic(test.funct5, test.wide, a2, a0, a1);
  node.write_memory(code_address, std::as_bytes(std::span(&instruction, 1)));
  node.write_memory(data_address, std::as_bytes(std::span(&test.memory, 1)));
  node.hart(0).start(code_address);
  node.hart(0).set_reg(a0, data_address);
  node.hart(0).set_reg(a1, test.operand);
  const StepResult result = node.hart(0).step();
  EXPECT_EQ(result.rd_data, test.loaded);
  EXPECT_EQ(result.memory, MemoryEffect::atomic);
  EXPECT_EQ(result.memory_address, data_address);
  std::uint64_t stored = 0;
  node.read_memory(data_address, std::as_writable_bytes(std::span(&stored, 1)));
  EXPECT_EQ(stored, test.stored);
  EXPECT_EQ(result.memory_data, test.wide ? stored : stored & 0xffffffff);
}

const AtomicCase atomic_cases[] = {
    {"swap_w", 0x01, false, 0x1111111180000000, 5, word_most_negative, 0x1111111100000005},
    {"add_w", 0x00, false, 0x11111111ffffffff, 2, minus_one, 0x1111111100000001},
    {"xor_w", 0x04, false, 0xff, 0xf0, 0xff, 0x0f},
    {"and_w", 0x0c, false, 0xff, 0xf0, 0xff, 0xf0},
    {"or_w", 0x08, false, 0x0f, 0xf0, 0x0f, 0xff},
    {"min_w", 0x10, false, 0x80000000, 1, word_most_negative, 0x80000000},
    {"max_w", 0x14, false, 0x80000000, 1, word_most_negative, 1},
    {"minu_w", 0x18, false, 0x80000000, 1, word_most_negative, 1},
    {"maxu_w", 0x1c, false, 0x80000000, 1, word_most_negative, 0x80000000},
    {"swap_d", 0x01, true, 7, 5, 7, 5},
    {"add_d", 0x00, true, minus_one, 2, minus_one, 1},
    {"min_d", 0x10, true, most_negative, 1, most_negative, most_negative},
    {"max_d", 0x14, true, most_negative, 1, most_negative, 1},
    {"minu_d", 0x18, true, most_negative, 1, most_negative, 1},
    {"maxu_d", 0x1c, true, most_negative, 1, most_negative, most_negative},
};
INSTANTIATE_TEST_SUITE_P(Atomic, AtomicInstruction, testing::ValuesIn(atomic_cases),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace dojo::model
