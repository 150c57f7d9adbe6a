// Vector configuration, legality, vstart and traps. What instructions compute is compared with QEMU (tests/qemu).

#include <random>

#include "hart_bench.hpp"
#include "model/vector_instruction.hpp"
#include "model/vector_legality.hpp"

namespace dojo::model {
namespace {

using namespace assembler;

using VectorTest = HartBench;

TEST_F(VectorTest, ExactlyTheSupportedTypesAreNotIll) {
  // Bit s of a row: SEW 8 << s; rows: encodings of LMUL.
  constexpr unsigned supported[8] = {7, 7, 7, 7, 0, 1, 3, 7};
  for (unsigned type = 0; type < 4096; ++type) {
    configure(1000, type);
    const unsigned width = type >> 3 & 7;
    const bool legal = type < 256 && width < 3 && (supported[type & 7] >> width & 1) != 0;
    ASSERT_EQ(csr(hw::csr_vtype), legal ? type : std::uint64_t{1} << 63) << type;
    const unsigned registers_8 = std::array{8u, 16u, 32u, 64u, 0u, 1u, 2u, 4u}[type & 7];  // eighths of a register
    ASSERT_EQ(csr(hw::csr_vl), legal ? registers_8 * 8 >> width : 0u) << type;
  }
  configure(1000, e32);
  hart().set_reg(6, std::uint64_t{1} << 40);
  hart().set_reg(5, 4);
  execute(0x80000057u | (6u << 20) | (5u << 15) | (7u << 12));
  EXPECT_EQ(csr(hw::csr_vtype), std::uint64_t{1} << 63);
}

TEST_F(VectorTest, LengthIsTheSmallerOfRequestAndMaximum) {
  configure(5, e32);
  EXPECT_EQ(csr(hw::csr_vl), 5u);
  execute(0xc1087057u | (7u << 7));  // vsetivli t2,16,e32,m1,tu,mu
  EXPECT_EQ(hart().reg(7), 16u);
  execute(0x010070d7u);  // vsetvli ra,x0,e32,m1: VLMAX
  EXPECT_EQ(hart().reg(1), 16u);
  configure(3, e32);
  execute(0x01007057u);  // vsetvli x0,x0,e32,m1: vl stays
  EXPECT_EQ(csr(hw::csr_vl), 3u);
  execute(0x00807057u | (7u << 20));  // vsetvli x0,x0,e16,mf2: the same VLMAX
  EXPECT_EQ(csr(hw::csr_vl), 3u);
  execute(0x00007057u);  // vsetvli x0,x0,e8,m1: another VLMAX
  EXPECT_EQ(csr(hw::csr_vtype), std::uint64_t{1} << 63);
  EXPECT_EQ(csr(hw::csr_vl), 0u);
}

TEST_F(VectorTest, StatusGuardsAndRecordsTheState) {
  const Word vadd = op_v(0, true, 2, 3, opivv, 1);
  const Word vfadd = op_v(0, true, 2, 3, opfvv, 1);
  configure(4, e32);
  EXPECT_EQ(csr(hw::csr_mstatus), 0x8000000000003e00u);  // VS dirty, FS initial
  expect_legal(vfadd);
  EXPECT_EQ(csr(hw::csr_mstatus), 0x8000000000007e00u);
  set_csr(hw::csr_mstatus, 0x2000);
  for (const Word word : {vadd, vfadd, Word{0xc1087057u}, Word{0x0205e107}, csrrs(5, hw::csr_vl, 0),
                          csrrs(5, hw::csr_xseed, 0), Word{0x0225002b}}) {
    expect_illegal(word);
  }
  set_csr(hw::csr_mstatus, 0x200);
  expect_legal(vadd);
  for (const Word word : {vfadd, csrrs(5, hw::csr_fcsr, 0), i_type(0x07, 2, 1, 10, 0), Word{0x003100d3}}) {
    expect_illegal(word);
  }
  EXPECT_EQ(csr(hw::csr_mstatus), 0x8000000000001e00u);
}

TEST_F(VectorTest, RoundingModesThatDoNotExistMakeFloatInstructionsIllegal) {
  configure(4, e32);
  set_csr(hw::csr_frm, 5);
  expect_illegal(op_v(0x00, true, 2, 3, opfvv, 1));  // vfadd
  expect_illegal(op_v(0x08, true, 2, 3, opfvv, 1));  // vfsgnj does not round
  expect_illegal(op_v(0x17, true, 0, 3, opfvf, 1));  // vfmv.v.f
  expect_illegal(0x003170d3);                        // fadd.s with the dynamic mode
  expect_legal(0x003100d3);                          // fadd.s to nearest
  expect_legal(0x203100d3);                          // fsgnj.s
  expect_legal(op_v(0x00, true, 2, 3, opivv, 1));
  set_csr(hw::csr_frm, 4);
  expect_legal(op_v(0x00, true, 2, 3, opfvv, 1));
}

struct LegalityCase {
  unsigned type;
  Word word;
  bool legal;
};

TEST_F(VectorTest, GroupsMustBeAlignedAndOverlapAsTheSpecificationAllows) {
  constexpr unsigned m2 = 1;
  constexpr unsigned m4 = 2;
  constexpr unsigned m8 = 3;
  constexpr unsigned mf2 = 7;
  const LegalityCase cases[] = {
      {e32 + m2, op_v(0x00, true, 4, 6, opivv, 2), true},    // vadd
      {e32 + m2, op_v(0x00, true, 5, 6, opivv, 2), false},   // vs2 not aligned
      {e32 + m2, op_v(0x00, true, 4, 7, opivv, 2), false},   // vs1
      {e32 + m2, op_v(0x00, true, 4, 6, opivv, 3), false},   // vd
      {e32, op_v(0x00, false, 4, 6, opivv, 0), false},       // masked into v0
      {e32, op_v(0x00, false, 0, 6, opivv, 2), false},       // v0 read as data and as mask
      {e32, op_v(0x18, false, 4, 6, opivv, 0), true},        // vmseq into v0 under mask
      {e32 + m4, op_v(0x18, true, 4, 8, opivv, 4), true},    // mask into the lowest register of a source
      {e32 + m4, op_v(0x18, true, 4, 8, opivv, 5), false},   // into another one
      {e16, op_v(0x30, true, 3, 5, opmvv, 2), true},         // vwaddu into v2-v3 from the upper one
      {e16, op_v(0x30, true, 2, 5, opmvv, 2), false},        // from the lower one
      {e16 + mf2, op_v(0x30, true, 2, 5, opmvv, 2), false},  // a fraction of a register is no upper one
      {e16, op_v(0x30, true, 4, 5, opmvv, 3), false},        // vd not aligned to 2 * LMUL
      {e16 + m8, op_v(0x30, true, 8, 16, opmvv, 0), false},  // 16 registers
      {e32, op_v(0x30, true, 4, 5, opmvv, 2), false},        // 64-bit results
      {e16, op_v(0x34, true, 4, 6, opmvv, 2), true},         // vwaddu.w
      {e16, op_v(0x34, true, 4, 4, opmvv, 2), false},        // v4 read with two widths
      {e16, op_v(0x3c, true, 3, 5, opmvv, 2), false},        // vwmaccu reads vd, too
      {e16, op_v(0x2c, true, 2, 5, opivv, 2), true},         // vnsrl into the lower register
      {e16, op_v(0x2c, true, 2, 5, opivv, 3), false},        // into the upper one
      {e32, op_v(0x12, true, 4, 4, opmvv, 2), true},         // vzext.vf4
      {e16, op_v(0x12, true, 4, 4, opmvv, 2), false},        // a quarter of 16 bits
      {e8, op_v(0x12, true, 4, 6, opmvv, 2), false},         // half of 8 bits
      {e32 + mf2, op_v(0x12, true, 4, 4, opmvv, 2), true},   // from an eighth of a register
      {e32 + m4, op_v(0x12, true, 3, 4, opmvv, 0), true},    // from the highest register of vd
      {e32 + m4, op_v(0x12, true, 0, 4, opmvv, 0), false},
      {e32, op_v(0x0c, true, 4, 5, opivv, 4), false},  // vrgather onto its source
      {e32, op_v(0x0c, true, 4, 5, opivv, 5), false},
      {e8 + m8, op_v(0x0e, true, 8, 16, opivv, 0), false},  // vrgatherei16 with 16 registers of indices
      {e8 + m4, op_v(0x0e, true, 8, 16, opivv, 0), true},
      {e32, op_v(0x0e, true, 4, 5, opivx, 4), false},       // vslideup onto its source
      {e32, op_v(0x0f, true, 4, 5, opivx, 4), true},        // vslidedown
      {e32, op_v(0x17, true, 4, 5, opmvv, 5), false},       // vcompress onto its mask
      {e32, op_v(0x17, false, 4, 5, opmvv, 6), false},      // and under a mask
      {e32, op_v(0x10, false, 4, 5, opivv, 0), false},      // vadc into v0
      {e32, op_v(0x10, true, 4, 5, opivv, 6), false},       // vadc without carries
      {e32, op_v(0x11, false, 4, 5, opivv, 0), true},       // vmadc into v0
      {e32 + m8, op_v(0x00, false, 8, 7, opmvv, 0), true},  // vredsum into v0 under mask, any vs1
      {e32, op_v(0x14, true, 4, 1, opmvv, 4), false},       // vmsbf onto its source
      {e32, op_v(0x14, false, 4, 1, opmvv, 0), false},      // onto its mask
      {e32, op_v(0x14, true, 4, 17, opmvv, 2), false},      // vid with vs2
      {e32 + m8, op_v(0x10, true, 7, 0, opmvv, 3), true},   // vmv.x.s from any register
      {e32, op_v(0x27, true, 4, 1, opivi, 6), true},        // vmv2r.v
      {e32, op_v(0x27, true, 5, 1, opivi, 6), false},
      {e32, op_v(0x27, true, 4, 2, opivi, 8), false},   // vmv3r.v
      {e16, op_v(0x00, true, 2, 3, opfvv, 1), false},   // FP16
      {e16, op_v(0x12, true, 4, 12, opfvv, 2), false},  // vfwcvt.f.f.v
      {e16, op_v(0x12, true, 4, 11, opfvv, 2), true},   // vfwcvt.f.x.v from 16 bits
      {e8, op_v(0x12, true, 4, 11, opfvv, 2), false},
      {e16, op_v(0x3b, true, 4, 5, opfvv, 2), true},  // vfwmaccbf16
      {e32, op_v(0x3b, true, 4, 5, opfvv, 2), false},
      {e32, vector_access(false, 1, 0, true, 0, 10, width_32, 2), true},        // vle32.v
      {e32, vector_access(false, 1, 0, true, 0, 10, 7, 2), false},              // vle64.v
      {e32 + m8, vector_access(false, 1, 0, true, 0, 10, width_8, 2), true},    // EMUL 2
      {e8 + m4, vector_access(false, 1, 0, true, 0, 10, width_32, 0), false},   // EMUL 16
      {e32, vector_access(false, 1, 0, false, 0, 10, width_32, 0), false},      // masked into v0
      {e32 + m4, vector_access(false, 3, 0, true, 0, 10, width_32, 4), false},  // 12 registers
      {e32 + m4, vector_access(false, 2, 0, true, 0, 10, width_32, 4), true},
      {e32, vector_access(false, 8, 0, true, 0, 10, width_32, 25), false},  // beyond v31
      {e32, vector_access(false, 8, 0, true, 0, 10, width_32, 24), true},
      {e32, vector_access(false, 2, 1, true, 3, 10, width_32, 2), false},  // indexed segments onto the indices
      {e32, vector_access(false, 1, 1, true, 2, 10, width_32, 2), true},
      {e32 + m4, vector_access(false, 1, 1, true, 4, 10, width_8, 4), false},  // lowest part of wider elements
      {e32 + m4, vector_access(false, 1, 1, true, 7, 10, width_8, 4), true},   // highest part
      {e32, vector_access(true, 1, 1, true, 2, 10, width_8, 2), false},        // data and indices of two widths
      {e32, vector_access(false, 1, 0, true, 11, 10, width_8, 2), true},       // vlm.v
      {e32, vector_access(false, 1, 0, true, 11, 10, width_16, 2), false},
      {e32, vector_access(true, 1, 0, true, 16, 10, width_32, 2), false},  // stores have no fault-only-first
      {e32, vector_access(false, 2, 0, true, 8, 10, width_16, 4), true},   // vl2re16.v
      {e32, vector_access(false, 2, 0, true, 8, 10, width_16, 5), false},
      {e32, vector_access(false, 3, 0, true, 8, 10, width_16, 4), false},
      {e32, vector_access(true, 2, 0, true, 8, 10, width_16, 4), false},                // whole stores are of bytes
      {e32, vector_access(false, 1, 0, true, 1, 10, width_32, 2), false},               // unknown lumop
      {e32, vector_access(false, 1, 0, true, 0, 10, width_32, 2) | (1u << 28), false},  // mew
  };
  for (const LegalityCase& c : cases) {
    configure(0, c.type);
    hart().set_reg(10, data);
    EXPECT_EQ(!execute(c.word).trapped, c.legal) << std::hex << "type " << c.type << " instruction " << c.word;
  }
}

TEST_F(VectorTest, AnIllTypeLeavesOnlyWholeRegistersAndConfiguration) {
  configure(0, 0xff);
  hart().set_reg(10, data);
  expect_illegal(op_v(0x00, true, 4, 6, opivv, 2));
  expect_illegal(op_v(0x18, true, 4, 6, opmvv, 2));
  expect_illegal(vector_access(false, 1, 0, true, 0, 10, width_32, 2));
  expect_illegal(vector_access(false, 1, 0, true, 11, 10, width_8, 2));
  expect_legal(op_v(0x27, true, 4, 0, opivi, 6));
  expect_legal(vector_access(false, 2, 0, true, 8, 10, width_32, 2));
  expect_legal(vector_access(true, 2, 0, true, 8, 10, width_8, 2));
}

/// Every operation in every form and width: what an instruction with vstart = s writes is what it writes with
/// vstart = 0, without the elements before s.
TEST_F(VectorTest, ElementsBeforeVstartAreKept) {
  std::mt19937_64 random(1);
  constexpr unsigned funct3[3][3] = {{opivv, opivx, opivi}, {opmvv, opmvx, 7}, {opfvv, opfvf, 7}};
  unsigned checked = 0;
  for (const VectorEntry& entry : vector_table()) {
    for (unsigned trial = 0; trial < 60; ++trial) {
      const unsigned sew = trial % 3;
      const unsigned form = static_cast<unsigned>(random() % 3);
      if ((entry.sews >> sew & 1) == 0 || (entry.forms >> form & 1) == 0) continue;
      const unsigned length = static_cast<unsigned>(1 + random() % (128 >> sew));
      configure(length, sew * 8 + 1);
      Word word = op_v(entry.funct6, random() % 2 != 0, 8, 12, funct3[entry.category][form], 4);
      if (entry.vm != VmRule::any) word = (word & ~(1u << 25)) | (entry.vm == VmRule::one ? 1u << 25 : 0);
      if (entry.selector >= 0) {
        const unsigned lsb = form == 0 ? 15 : 20;
        word = (word & ~(31u << lsb)) | (static_cast<Word>(entry.selector) << lsb);
      }
      if (entry.shape == Shape::broadcast || entry.shape == Shape::index) word &= ~(31u << 20);
      if (entry.shape == Shape::move_whole) word = (word & ~(31u << 15)) | (1u << 15);
      for (std::uint8_t& byte : vector().bytes) byte = static_cast<std::uint8_t>(random());
      hart().set_reg(12, random() % 8);
      const VectorState before = vector();
      const StepResult whole = execute(word);
      ASSERT_FALSE(whole.trapped) << entry.name << std::hex << " " << word;
      const VectorState after = vector();
      const unsigned start = static_cast<unsigned>(1 + random() % length);
      vector() = before;
      vector().start = start;
      const StepResult part = execute(word);
      if (entry.start_zero) {
        EXPECT_TRUE(part.trapped) << entry.name;
        EXPECT_EQ(vector().bytes, before.bytes);
        continue;
      }
      ASSERT_FALSE(part.trapped) << entry.name;
      EXPECT_EQ(vector().start, 0u);
      // Bits of vd before the start are old, the others new.
      const bool is_mask =
          entry.shape == Shape::compare || entry.shape == Shape::carry_out || entry.shape == Shape::mask_logical;
      const bool is_wide = entry.shape == Shape::widen || entry.shape == Shape::widen_unary ||
                           entry.shape == Shape::widen_accumulate || entry.shape == Shape::widen_wide;
      const unsigned bits = is_mask ? 1 : 8u << (sew + (is_wide ? 1 : 0));
      VectorState expected = after;
      if (entry.shape == Shape::from_scalar && start >= length) expected = before;
      if (entry.shape != Shape::from_scalar && entry.shape != Shape::to_scalar) {
        const unsigned limit = entry.shape == Shape::move_whole ? start : std::min(start, length);
        for (unsigned bit = 0; bit < limit * bits; ++bit) {
          const unsigned reg = 4 + bit / 512;
          expected.set_mask_bit(reg, bit % 512, before.mask_bit(reg, bit % 512));
        }
      }
      EXPECT_EQ(vector().bytes, expected.bytes) << entry.name << std::hex << " " << word << " start " << start;
      EXPECT_EQ(part.rd_data, whole.rd_data) << entry.name;
      ++checked;
    }
  }
  EXPECT_GT(checked, 1500u);
}

TEST_F(VectorTest, ATrapInAnAccessLeavesItsElementInVstartAndResumes) {
  configure(16, e32);
  const std::uint64_t end = hw::sram_base + hw::sram_size;
  for (unsigned i = 0; i < 16; ++i) poke<std::uint32_t>(end - 64 + 4 * i, 100 + i);
  hart().set_reg(10, end - 24);
  const Word load = vector_access(false, 1, 0, true, 0, 10, width_32, 2);
  StepResult result = execute(load);
  EXPECT_TRUE(result.trapped);
  EXPECT_EQ(result.cause, 5u);
  EXPECT_EQ(result.tval, end);
  EXPECT_EQ(csr(hw::csr_vstart), 6u);
  for (unsigned i = 0; i < 6; ++i) EXPECT_EQ(vector().get<std::uint32_t>(2, i), 110 + i);
  EXPECT_EQ(vector().get<std::uint32_t>(2, 6), 0u);
  hart().set_reg(10, end - 64);
  result = execute(load);
  EXPECT_FALSE(result.trapped);
  EXPECT_EQ(vector().get<std::uint32_t>(2, 0), 110u);
  EXPECT_EQ(vector().get<std::uint32_t>(2, 6), 106u);
  EXPECT_EQ(csr(hw::csr_vstart), 0u);

  hart().set_reg(10, data + 2);
  result = execute(vector_access(true, 1, 0, true, 0, 10, width_32, 2));
  EXPECT_EQ(result.cause, 6u);
  EXPECT_EQ(result.tval, data + 2);
  vector().start = 0;
  hart().set_reg(10, 0x2000000);  // registers are no memory for vectors
  EXPECT_EQ(execute(load).cause, 5u);
}

TEST_F(VectorTest, FieldsBeforeAFaultingOneAreDone) {
  configure(4, e32);
  const std::uint64_t end = hw::sram_base + hw::sram_size;
  hart().set_reg(10, end - 20);
  for (unsigned i = 0; i < 5; ++i) poke<std::uint32_t>(end - 20 + 4 * i, 200 + i);
  const StepResult result = execute(vector_access(false, 2, 0, true, 0, 10, width_32, 2));
  EXPECT_EQ(result.cause, 5u);
  EXPECT_EQ(result.tval, end);
  EXPECT_EQ(csr(hw::csr_vstart), 2u);
  EXPECT_EQ(vector().get<std::uint32_t>(2, 2), 204u);
  EXPECT_EQ(vector().get<std::uint32_t>(3, 2), 0u);
}

TEST_F(VectorTest, FaultOnlyFirstShortensTheVector) {
  configure(16, e32);
  const std::uint64_t end = hw::sram_base + hw::sram_size;
  const Word load = vector_access(false, 1, 0, true, 16, 10, width_32, 2);
  hart().set_reg(10, end - 24);
  EXPECT_FALSE(execute(load).trapped);
  EXPECT_EQ(csr(hw::csr_vl), 6u);
  configure(16, e32);
  hart().set_reg(10, end);
  EXPECT_TRUE(execute(load).trapped);
  EXPECT_EQ(csr(hw::csr_vl), 16u);
  EXPECT_EQ(csr(hw::csr_vstart), 0u);
}

TEST_F(VectorTest, MaskedOffElementsDoNotTrap) {
  configure(16, e32);
  const std::uint64_t end = hw::sram_base + hw::sram_size;
  vector().set<std::uint16_t>(0, 0, 0x003f);
  hart().set_reg(10, end - 24);
  EXPECT_FALSE(execute(vector_access(false, 1, 0, false, 0, 10, width_32, 2)).trapped);
  vector().set<std::uint16_t>(0, 0, 0x403f);
  const StepResult result = execute(vector_access(false, 1, 0, false, 0, 10, width_32, 2));
  EXPECT_EQ(result.tval, end + 32);
  EXPECT_EQ(csr(hw::csr_vstart), 14u);
}

TEST_F(VectorTest, AccumulatorsAreCopiedByLines) {
  constexpr Word read = 0x5b;
  constexpr Word write = 0x105b;
  constexpr Word unmasked = 1u << 25;
  constexpr Word rs1 = 10u << 15;
  for (unsigned i = 0; i < 1024; ++i) node.accumulators()[i] = 5000 + i;
  configure(40, e32 + 2);
  hart().set_reg(10, 62 + 64 * 3);  // the last two lines, then the first
  expect_legal(read | unmasked | rs1 | (4 << 7));
  for (unsigned i = 0; i < 40; ++i) ASSERT_EQ(vector().get<std::uint32_t>(4, i), 5000 + (62 * 16 + i) % 1024);
  EXPECT_EQ(vector().get<std::uint32_t>(4, 40), 0u);
  for (unsigned i = 0; i < 40; ++i) vector().set<std::uint32_t>(8, i, i);
  for (unsigned i = 0; i < 40; ++i) vector().set_mask_bit(0, i, i % 3 == 0);
  vector().start = 7;
  expect_legal(write | rs1 | (8 << 7));
  for (unsigned i = 0; i < 64; ++i) {
    const bool selected = i >= 7 && i < 40 && i % 3 == 0;
    const unsigned place = (62 * 16 + i) % 1024;
    EXPECT_EQ(node.accumulators()[place], selected ? i : 5000 + place) << i;
  }
  for (const Word word : {read | rs1, write | rs1, read | unmasked | rs1 | (5 << 7), read | unmasked | (1u << 20),
                          read | unmasked | (1u << 26), 0x205bu | unmasked}) {
    expect_illegal(word);
  }
  configure(16, e16);
  expect_illegal(read | unmasked | rs1 | (4 << 7));
  EXPECT_EQ(execute(write | unmasked | rs1).trapped, true);
}

TEST_F(VectorTest, AStoreEndsReservations) {
  configure(16, e32);
  hart().set_reg(10, data);
  expect_legal(lr_d(11, 10));
  expect_legal(vector_access(true, 1, 0, true, 0, 10, width_32, 2));
  expect_legal(sc_d(12, 11, 10));
  EXPECT_EQ(hart().reg(12), 1u);
}

}  // namespace
}  // namespace dojo::model
