// The disassembler's notation, and every compressed and many full encodings against objdump.

#include "model/disassembler.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <memory>
#include <random>

#include "assembler.hpp"
#include "model/instruction.hpp"

namespace dojo::model {
namespace {

using namespace assembler;

TEST(Disassembler, Notation) {
  const std::pair<Word, const char*> cases[] = {
      {lui(a0, 0x12345), "lui a0,0x12345"},
      {auipc(t0, 0xfffff), "auipc t0,0xfffff"},
      {jal(ra, -4), "jal ra,0x80000ffc"},
      {jalr(zero, ra, 0), "jalr zero,0(ra)"},
      {beq(a0, a1, 16), "beq a0,a1,0x80001010"},
      {ld(a0, sp, -8), "ld a0,-8(sp)"},
      {sb(a0, s0, 3), "sb a0,3(s0)"},
      {srli(a0, a1, 63), "srli a0,a1,0x3f"},
      {csrrw(a0, hw::csr_mstatus, a1), "csrrw a0,mstatus,a1"},
      {csrrsi(zero, hw::csr_mie, 8), "csrrsi zero,mie,8"},
      {csrrs(a0, hw::csr_xnode, zero), "csrrs a0,xnode,zero"},
      {csrrs(a0, 0x7c0, zero), "csrrs a0,0x7c0,zero"},
      {csrrs(a0, hw::csr_mhpmcounter3 + 2, zero), "csrrs a0,mhpmcounter5,zero"},
      {lr_d(a0, a1), "lr.d a0,(a1)"},
      {sc_d(a0, a2, a1), "sc.d a0,a2,(a1)"},
      {dojo_issue(hw::Unit::transfer, a0), "dojo.issue transfer,a0"},
      {dojo_sem_wait(a0, a1), "dojo.sem.wait a0,a1"},
      {0x0ff0000f, "fence iorw,iorw"},
      {fence_i, "fence.i"},
      {mret, "mret"},
      {0x8082, "c.jr ra"},
      {0x1141, "c.addi sp,-16"},
      {0x0000, ".half 0x0000"},
      {0xffffffff, ".word 0xffffffff"},
  };
  for (const auto& [bits, text] : cases) EXPECT_EQ(disassemble(bits, 0x80001000), text);
}

constexpr const char* objdump = "riscv64-unknown-elf-objdump";

bool has_objdump() {
  return std::system("riscv64-unknown-elf-objdump --version >/dev/null 2>&1") == 0;
}

/// Lays out instructions one after the other from address 0 in `path`; the command that disassembles them.
std::string lay_out(const std::vector<Word>& words, const std::string& path) {
  std::ofstream file(path, std::ios::binary);
  for (const Word bits : words) file.write(reinterpret_cast<const char*>(&bits), is_compressed(bits) ? 2 : 4);
  return fmt::format("{} -D -z -b binary -m riscv:rv64 -M no-aliases {}", objdump, path);
}

/// The same in an object file, which names the extensions that objdump is to know.
std::string lay_out_object(const std::vector<Word>& words, const std::string& path) {
  const std::string assemble = fmt::format("riscv64-unknown-elf-as -march=rv64gcv -o {} -", path);
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(assemble.c_str(), "w"), pclose);
  for (const Word bits : words) fmt::print(pipe.get(), ".insn 4, {:#x}\n", bits);
  return fmt::format("{} -d -z -M no-aliases {}", objdump, path);
}

/// What objdump says about each of these instructions, by their addresses.
std::map<std::uint64_t, std::string> ask_objdump(const std::vector<Word>& words, bool extensions) {
  // Tests run in processes of their own, several at a time.
  const std::string path = fmt::format("{}/disassembler_test_{}", testing::TempDir(), getpid());
  const std::string command = extensions ? lay_out_object(words, path) : lay_out(words, path);
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
  std::map<std::uint64_t, std::string> result;
  std::array<char, 512> line;
  while (std::fgets(line.data(), line.size(), pipe.get()) != nullptr) {
    // "   address:\tbits\tmnemonic\toperands # comment"
    const std::string text = line.data();
    const std::size_t bits = text.find(":\t");
    const std::size_t mnemonic = bits == std::string::npos ? bits : text.find('\t', bits + 2);
    if (mnemonic == std::string::npos) continue;
    std::string words_of_it = text.substr(mnemonic + 1, text.find_first_of("#<\n", mnemonic) - mnemonic - 1);
    std::replace(words_of_it.begin(), words_of_it.end(), '\t', ' ');
    words_of_it.erase(words_of_it.find_last_not_of(' ') + 1);
    result[std::stoull(text, nullptr, 16)] = words_of_it;
  }
  std::remove(path.c_str());
  return result;
}

/// Compressed HINTs that objdump spells in its own way: c.nop with and without immediate, shifts by zero.
bool is_spelt_otherwise(const Instruction& instruction) {
  const bool no_op = (instruction.bits & 0xef83u) == 1;
  const bool shift = instruction.op == Op::slli || instruction.op == Op::srli || instruction.op == Op::srai;
  return instruction.length == 2 && (no_op || (shift && instruction.immediate == 0));
}

/// Compares all that a hart of ours executes.
void compare_with_objdump(const std::vector<Word>& words, bool extensions = false) {
  const std::map<std::uint64_t, std::string> expected = ask_objdump(words, extensions);
  std::uint64_t address = 0;
  unsigned differences = 0;
  unsigned compared = 0;
  for (const Word bits : words) {
    const Instruction instruction = decode(bits);
    if (instruction.op != Op::illegal && !is_spelt_otherwise(instruction)) {
      const auto found = expected.find(address);
      ASSERT_NE(found, expected.end()) << address;
      ++compared;
      const std::string ours = disassemble(bits, address);
      if (ours != found->second && ++differences <= 20) {
        ADD_FAILURE() << fmt::format("{:08x}: \"{}\", objdump says \"{}\"", bits, ours, found->second);
      }
    }
    address += instruction.length;
  }
  EXPECT_EQ(differences, 0u);
  EXPECT_GT(compared, words.size() / 8);
}

TEST(Disassembler, CompressedInstructionsAsObjdump) {
  ASSERT_TRUE(has_objdump()) << objdump << " is not installed";
  std::vector<Word> words;
  for (Word bits = 0; bits < 0x10000; ++bits) {
    if (is_compressed(bits)) words.push_back(bits);
  }
  compare_with_objdump(words);
}

TEST(Disassembler, RandomFullInstructionsAsObjdump) {
  ASSERT_TRUE(has_objdump()) << objdump << " is not installed";
  constexpr Word opcodes[] = {0x03, 0x13, 0x17, 0x1b, 0x23, 0x2f, 0x33, 0x37, 0x3b, 0x63, 0x67, 0x6f, 0x73};
  std::mt19937 random(1);
  std::vector<Word> words;
  while (words.size() < 40000) {
    Word bits = (random() & ~0x7fu) | opcodes[random() % std::size(opcodes)];
    const Word opcode = bits & 0x7f;
    if (opcode == 0x33 || opcode == 0x3b) bits &= 0x43ffffff;  // mostly funct7 values that exist
    if (opcode == 0x2f) bits = (bits & ~0x7000u) | (2 + (random() & 1)) << 12;
    if (opcode == 0x73) {
      const hw::CsrInfo& csr = hw::csr_table[random() % hw::csr_table.size()];
      if (csr.name.front() == 'x') continue;  // ours alone
      bits = (bits & 0xfffff) | (Word{csr.address} << 20);
      if ((bits >> 12 & 3) == 0) continue;
    }
    words.push_back(bits);
  }
  words.insert(words.end(), {ecall, ebreak, mret, wfi, fence_i, 0x0ff0000f, 0x8330000f, 0x0130000f});
  compare_with_objdump(words);
}

/// Instructions younger than the binutils of Debian 12.
bool has_bf16(const Instruction& instruction) {
  switch (instruction.op) {
    case Op::flh:
    case Op::fsh:
    case Op::fmv_h_x:
    case Op::fmv_x_h:
    case Op::fcvt_s_bf16:
    case Op::fcvt_bf16_s:
      return true;
    default:
      return disassemble(instruction.bits, 0).find("bf16") != std::string::npos;
  }
}

TEST(Disassembler, RandomFloatAndVectorInstructionsAsObjdump) {
  ASSERT_TRUE(has_objdump()) << objdump << " is not installed";
  constexpr Word opcodes[] = {0x07, 0x27, 0x43, 0x47, 0x4b, 0x4f, 0x53, 0x57, 0x57, 0x57, 0x57, 0x57};
  std::mt19937 random(1);
  std::vector<Word> words;
  while (words.size() < 20000) {
    Word bits = (random() & ~0x7fu) | opcodes[random() % std::size(opcodes)];
    if ((bits & 0x7f) == 0x53 && random() % 2 == 0)
      bits &= 0xf87fffff;  // mostly rs2 values that are a part of the opcode
    const Instruction instruction = decode(bits);
    if (instruction.op == Op::illegal || has_bf16(instruction)) continue;
    words.push_back(bits);
  }
  compare_with_objdump(words, true);
}

/// Whether objdump's text is of an instruction that a hart of ours does not have or that it refuses: doubles, elements
/// of 64 bits and of FP16, and fields that objdump does not look at.
bool is_foreign(const std::string& text, Word bits) {
  const auto has = [&](const char* part) { return text.find(part) != std::string::npos; };
  for (const char* part :
       {".d",       ".q",     "fld",      "fsd",        "flq",        "fsq",      "e64",       "ei64",
        "re64",     "vf8",    "vfwadd",   "vfwsub",     "vfwmul",     "vfwmacc",  "vfwnmacc",  "vfwmsac",
        "vfwnmsac", "vfwred", "vfwcvt.x", "vfwcvt.rtz", "vfwcvt.f.f", "vfncvt.f", "vfncvt.rod"}) {
    if (has(part)) return true;
  }
  // Reserved rounding modes; registers that whole-register accesses or masks do not allow.
  const Word opcode = bits & 0x7f;
  const Word rounding = bits >> 12 & 7;
  if (opcode != 0x57 && opcode != 0x07 && opcode != 0x27) return has("unknown") || rounding == 5 || rounding == 6;
  const Word vd = bits >> 7 & 31;
  const bool vd_is_mask = vd == 0;
  if (opcode != 0x57) return (bits >> 20 & 31) == 8 && vd % ((bits >> 29) + 1) != 0;
  return (vd_is_mask && (has("vadc") || has("vsbc") || has("merge"))) || has("vmv");
}

/// What objdump knows and decode() does not is foreign: no instruction has been forgotten.
TEST(Disassembler, AllFloatAndVectorInstructionsOfObjdumpAreKnown) {
  ASSERT_TRUE(has_objdump()) << objdump << " is not installed";
  constexpr Word opcodes[] = {0x07, 0x27, 0x43, 0x4f, 0x53, 0x53, 0x57, 0x57, 0x57, 0x57};
  std::mt19937 random(2);
  std::vector<Word> words;
  while (words.size() < 30000) {
    Word bits = (random() & ~0x7fu) | opcodes[random() % std::size(opcodes)];
    if ((bits & 0x7f) == 0x53) bits &= random() % 2 == 0 ? 0xf87fffffu : 0xf9ffffffu;
    if (decode(bits).op == Op::illegal) words.push_back(bits);
  }
  const std::map<std::uint64_t, std::string> expected = ask_objdump(words, true);
  unsigned foreign = 0;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& text = expected.at(4 * i);
    if (text.front() == '.') continue;
    ++foreign;
    EXPECT_TRUE(is_foreign(text, words[i])) << fmt::format("{:08x}: {}", words[i], text);
  }
  EXPECT_GT(foreign, 1000u);
}

TEST(Disassembler, OurVectorInstructions) {
  EXPECT_EQ(disassemble(0x0225012b | (0 << 12), 0), "dojo.vcf.narrow v2,v2,a0");
  EXPECT_EQ(disassemble(0x0045112b, 0), "dojo.vcf.widen v2,v4,a0,v0.t");
  EXPECT_EQ(disassemble(0x0205025b, 0), "dojo.vacc.read v4,(a0)");
  EXPECT_EQ(disassemble(0x0005125b, 0), "dojo.vacc.write v4,(a0),v0.t");
  EXPECT_EQ(disassemble(0x0c0572d7, 0), "vsetvli t0,a0,e8,m1,ta,ma");
  EXPECT_EQ(disassemble(0x4aee9257, 0), "vfncvtbf16.f.f.w v4,v14");
  EXPECT_EQ(disassemble(0x44830553, 0), "fcvt.bf16.s fa0,ft6,rne");
}

}  // namespace
}  // namespace dojo::model
