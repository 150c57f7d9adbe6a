#include "model/disassembler.hpp"

#include <array>

#include <fmt/format.h>

#include "dojo_hw.hpp"
#include "model/disassembler_extensions.hpp"
#include "model/instruction.hpp"

namespace dojo::model {
namespace {

/// In the order of Op.
constexpr std::string_view mnemonics[] = {
    "undecoded", "fetch fault", "illegal",   "lui",        "auipc",        "jal",       "jalr",      "beq",
    "bne",       "blt",         "bge",       "bltu",       "bgeu",         "lb",        "lh",        "lw",
    "ld",        "lbu",         "lhu",       "lwu",        "sb",           "sh",        "sw",        "sd",
    "addi",      "slti",        "sltiu",     "xori",       "ori",          "andi",      "slli",      "srli",
    "srai",      "addiw",       "slliw",     "srliw",      "sraiw",        "add",       "sub",       "sll",
    "slt",       "sltu",        "xor",       "srl",        "sra",          "or",        "and",       "addw",
    "subw",      "sllw",        "srlw",      "sraw",       "mul",          "mulh",      "mulhsu",    "mulhu",
    "div",       "divu",        "rem",       "remu",       "mulw",         "divw",      "divuw",     "remw",
    "remuw",     "lr.w",        "sc.w",      "amoswap.w",  "amoadd.w",     "amoxor.w",  "amoand.w",  "amoor.w",
    "amomin.w",  "amomax.w",    "amominu.w", "amomaxu.w",  "lr.d",         "sc.d",      "amoswap.d", "amoadd.d",
    "amoxor.d",  "amoand.d",    "amoor.d",   "amomin.d",   "amomax.d",     "amominu.d", "amomaxu.d", "fence",
    "fence.i",   "ecall",       "ebreak",    "mret",       "wfi",          "csrrw",     "csrrs",     "csrrc",
    "csrrwi",    "csrrsi",      "csrrci",    "dojo.issue", "dojo.sem.wait"};
static_assert(std::size(mnemonics) == static_cast<unsigned>(Op::dojo_sem_wait) + 1);

constexpr std::string_view register_names[32] = {"zero", "ra", "sp", "gp", "tp",  "t0",  "t1", "t2", "s0", "s1", "a0",
                                                 "a1",   "a2", "a3", "a4", "a5",  "a6",  "a7", "s2", "s3", "s4", "s5",
                                                 "s6",   "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6"};

constexpr std::string_view float_register_names[32] = {
    "ft0", "ft1", "ft2", "ft3", "ft4", "ft5", "ft6", "ft7", "fs0", "fs1", "fa0",  "fa1",  "fa2", "fa3", "fa4",  "fa5",
    "fa6", "fa7", "fs2", "fs3", "fs4", "fs5", "fs6", "fs7", "fs8", "fs9", "fs10", "fs11", "ft8", "ft9", "ft10", "ft11"};

std::string_view rd_name(const Instruction& i) {
  return register_names[i.rd == discarded_register ? 0 : i.rd];
}
std::string_view rs1_name(const Instruction& i) {
  return register_names[i.rs1];
}
std::string_view rs2_name(const Instruction& i) {
  return register_names[i.rs2];
}

std::uint64_t target(const Instruction& i, std::uint64_t pc) {
  return pc + static_cast<std::uint64_t>(std::int64_t{i.immediate});
}

std::uint32_t upper(const Instruction& i) {
  return static_cast<std::uint32_t>(i.immediate) >> 12;
}

std::string access_set(std::uint32_t bits) {
  std::string result;
  for (unsigned place = 0; place < 4; ++place) {
    if ((bits >> (3 - place) & 1) != 0) result += "iorw"[place];
  }
  return result.empty() ? "0" : result;
}

std::string full_text(const Instruction& i, std::uint64_t pc) {
  if (i.op >= Op::flh) return extension_text(i);
  const std::string_view name = mnemonics[static_cast<unsigned>(i.op)];
  if (i.op == Op::lui || i.op == Op::auipc) return fmt::format("{} {},{:#x}", name, rd_name(i), upper(i));
  if (i.op == Op::jal) return fmt::format("jal {},{:#x}", rd_name(i), target(i, pc));
  if (i.op == Op::jalr) return fmt::format("jalr {},{}({})", rd_name(i), i.immediate, rs1_name(i));
  if (between(i.op, Op::beq, Op::bgeu)) {
    return fmt::format("{} {},{},{:#x}", name, rs1_name(i), rs2_name(i), target(i, pc));
  }
  if (between(i.op, Op::lb, Op::lwu)) return fmt::format("{} {},{}({})", name, rd_name(i), i.immediate, rs1_name(i));
  if (between(i.op, Op::sb, Op::sd)) return fmt::format("{} {},{}({})", name, rs2_name(i), i.immediate, rs1_name(i));
  if (between(i.op, Op::slli, Op::srai) || between(i.op, Op::slliw, Op::sraiw)) {
    return fmt::format("{} {},{},{:#x}", name, rd_name(i), rs1_name(i), i.immediate);
  }
  if (between(i.op, Op::addi, Op::addiw)) {
    return fmt::format("{} {},{},{}", name, rd_name(i), rs1_name(i), i.immediate);
  }
  if (between(i.op, Op::add, Op::remuw)) {
    return fmt::format("{} {},{},{}", name, rd_name(i), rs1_name(i), rs2_name(i));
  }
  if (between(i.op, Op::lr_w, Op::amomaxu_d)) {
    static constexpr std::string_view orders[4] = {"", ".rl", ".aq", ".aqrl"};
    const std::string_view order = orders[i.bits >> 25 & 3];
    if (i.op == Op::lr_w || i.op == Op::lr_d) return fmt::format("{}{} {},({})", name, order, rd_name(i), rs1_name(i));
    return fmt::format("{}{} {},{},({})", name, order, rd_name(i), rs2_name(i), rs1_name(i));
  }
  if (i.op == Op::fence) {
    if (i.bits == 0x8330000fu) return "fence.tso";
    return fmt::format("fence {},{}", access_set(i.bits >> 24), access_set(i.bits >> 20));
  }
  if (between(i.op, Op::csrrw, Op::csrrc)) {
    return fmt::format("{} {},{},{}", name, rd_name(i), csr_name(static_cast<unsigned>(i.immediate)), rs1_name(i));
  }
  if (between(i.op, Op::csrrwi, Op::csrrci)) {
    return fmt::format("{} {},{},{}", name, rd_name(i), csr_name(static_cast<unsigned>(i.immediate)), i.rs1);
  }
  if (i.op == Op::dojo_issue) {
    return fmt::format("dojo.issue {},{}", to_string(static_cast<hw::Unit>(i.immediate)), rs1_name(i));
  }
  if (i.op == Op::dojo_sem_wait) return fmt::format("dojo.sem.wait {},{}", rs1_name(i), rs2_name(i));
  return std::string(name);
}

/// Compressed instructions whose operands are those of the full one without the repeated register.
std::string compressed_quadrant_1(const Instruction& i, std::uint64_t pc) {
  const bool no_rd = i.rd == discarded_register;
  switch (i.bits >> 13 & 7) {
    case 0:
      if (no_rd) return i.immediate == 0 ? "c.nop" : fmt::format("c.nop {}", i.immediate);
      return fmt::format("c.addi {},{}", rd_name(i), i.immediate);
    case 1:
      return fmt::format("c.addiw {},{}", rd_name(i), i.immediate);
    case 2:
      return fmt::format("c.li {},{}", rd_name(i), i.immediate);
    case 3:
      return i.op == Op::lui ? fmt::format("c.lui {},{:#x}", rd_name(i), upper(i))
                             : fmt::format("c.addi16sp sp,{}", i.immediate);
    case 4: {
      const std::string_view name = mnemonics[static_cast<unsigned>(i.op)];
      if (i.op == Op::andi) return fmt::format("c.andi {},{}", rd_name(i), i.immediate);
      if (i.op == Op::srli || i.op == Op::srai) return fmt::format("c.{} {},{:#x}", name, rd_name(i), i.immediate);
      return fmt::format("c.{} {},{}", name, rd_name(i), rs2_name(i));
    }
    case 5:
      return fmt::format("c.j {:#x}", target(i, pc));
    default:
      return fmt::format("c.{}z {},{:#x}", mnemonics[static_cast<unsigned>(i.op)], rs1_name(i), target(i, pc));
  }
}

std::string compressed_text(const Instruction& i, std::uint64_t pc) {
  const std::string_view name = mnemonics[static_cast<unsigned>(i.op)];
  if ((i.bits & 3) == 1) return compressed_quadrant_1(i, pc);
  const std::string_view stack = (i.bits & 3) == 2 ? "sp" : "";
  if (between(i.op, Op::lb, Op::lwu)) {
    return fmt::format("c.{}{} {},{}({})", name, stack, rd_name(i), i.immediate, rs1_name(i));
  }
  if (between(i.op, Op::sb, Op::sd)) {
    return fmt::format("c.{}{} {},{}({})", name, stack, rs2_name(i), i.immediate, rs1_name(i));
  }
  if ((i.bits & 3) == 0) return fmt::format("c.addi4spn {},sp,{}", rd_name(i), i.immediate);
  switch (i.op) {
    case Op::slli:
      return fmt::format("c.slli {},{:#x}", rd_name(i), i.immediate);
    case Op::jalr:
      return fmt::format("c.{} {}", i.rd == discarded_register ? "jr" : "jalr", rs1_name(i));
    case Op::ebreak:
      return "c.ebreak";
    default:
      return fmt::format("c.{} {},{}", (i.bits >> 12 & 1) != 0 ? "add" : "mv", rd_name(i), rs2_name(i));
  }
}

}  // namespace

std::string_view register_name(unsigned number) {
  return register_names[number];
}

std::string_view float_register_name(unsigned number) {
  return float_register_names[number];
}

std::string csr_name(unsigned address) {
  for (const hw::CsrInfo& csr : hw::csr_table) {
    if (csr.address == address) return std::string(csr.name);
  }
  if (address >= hw::csr_mhpmcounter3 && address < hw::csr_mhpmcounter3 + hw::counters) {
    return fmt::format("mhpmcounter{}", address - hw::csr_mhpmcounter3 + 3);
  }
  return fmt::format("{:#x}", address);
}

std::string disassemble(std::uint32_t bits, std::uint64_t pc) {
  const Instruction instruction = decode(bits);
  const bool compressed = instruction.length == 2;
  if (instruction.op == Op::illegal) {
    return compressed ? fmt::format(".half {:#06x}", instruction.bits)
                      : fmt::format(".word {:#010x}", instruction.bits);
  }
  return compressed ? compressed_text(instruction, pc) : full_text(instruction, pc);
}

}  // namespace dojo::model
