// Every trap cause and every place where docs/hart.md makes a choice, on the RTL; the golden model runs along.

#include <gtest/gtest.h>

#include "tb/core/core_machine.hpp"
#include "tests/model/assembler.hpp"

namespace dojo::tb {
namespace {

using namespace model::assembler;
using model::Cause;

constexpr std::uint64_t code_address = hw::sram_base + 0x1000;
constexpr std::uint64_t data_address = hw::sram_base + 0x10000;
constexpr std::uint64_t sram_end = hw::sram_base + hw::sram_size;

/// Runs one instruction with a0 = address and a1 = 5 while mtvec is 0: the hart must stop, faulted, at the instruction.
void expect_trap(Word instruction, std::uint64_t address, Cause cause, std::uint64_t tval) {
  SCOPED_TRACE(testing::Message() << std::hex << instruction << " at " << address);
  CoreMachine machine;
  machine.load(code_address, std::as_bytes(std::span(&instruction, 1)));
  machine.set_reg(0, a0, address);
  machine.set_reg(0, a1, 5);
  machine.set_reg(0, a2, 77);
  machine.start(0, code_address);
  ASSERT_TRUE(machine.run_to_stop(100));
  EXPECT_EQ(machine.state(0), hw::HartState::faulted);
  EXPECT_EQ(machine.mcause(0), static_cast<std::uint64_t>(cause));
  EXPECT_EQ(machine.mepc(0), code_address);
  EXPECT_EQ(machine.mtval(0), tval);
  EXPECT_EQ(machine.pc(0), code_address);
  EXPECT_EQ(machine.instructions(0), 0U);
  EXPECT_EQ(machine.reg(0, a2), 77U);
  EXPECT_EQ(machine.checker().compared(), 1U);
}

void expect_illegal(Word instruction) {
  expect_trap(instruction, data_address, Cause::illegal_instruction,
              (instruction & 3) == 3 ? instruction : instruction & 0xffff);
}

TEST(CoreTrap, MisalignedAccesses) {
  expect_trap(ld(a2, a0, 1), data_address, Cause::load_misaligned, data_address + 1);
  expect_trap(lw(a2, a0, 2), data_address, Cause::load_misaligned, data_address + 2);
  expect_trap(i_type(0x03, 1, a2, a0, 1), data_address, Cause::load_misaligned, data_address + 1);
  expect_trap(lw(a2, a0, 0), 2, Cause::load_misaligned, 2);
  expect_trap(sd(a1, a0, 0), data_address + 4, Cause::store_misaligned, data_address + 4);
  expect_trap(sh(a1, a0, 0), data_address + 63, Cause::store_misaligned, data_address + 63);
  expect_trap(lr_d(a2, a0), data_address + 4, Cause::load_misaligned, data_address + 4);
  expect_trap(sc_d(a2, a1, a0), data_address + 4, Cause::store_misaligned, data_address + 4);
  expect_trap(atomic(0, false, a2, a0, a1), data_address + 2, Cause::store_misaligned, data_address + 2);
}

TEST(CoreTrap, AccessesOutsideTheMap) {
  expect_trap(ld(a2, a0, 0), sram_end, Cause::load_access, sram_end);
  expect_trap(lbu(a2, a0, 0), hw::sram_base - 1, Cause::load_access, hw::sram_base - 1);
  expect_trap(sb(a1, a0, 0), 0, Cause::store_access, 0);
  expect_trap(sd(a1, a0, 0), data_address | (1ull << 32), Cause::store_access, data_address | (1ull << 32));
  expect_trap(sd(a1, a0, 0), data_address | (1ull << 21), Cause::store_access, data_address | (1ull << 21));
  expect_trap(lr_d(a2, a0), sram_end, Cause::load_access, sram_end);
  expect_trap(sc_d(a2, a1, a0), sram_end, Cause::store_access, sram_end);
  const std::uint64_t semaphore = hw::semaphore_value_address(0);
  expect_trap(atomic(0, true, a2, a0, a1), semaphore, Cause::store_access, semaphore);
  expect_trap(lr_d(a2, a0), semaphore, Cause::load_access, semaphore);
  const std::uint64_t remote = hw::global_address(1, 0, data_address);
  expect_trap(ld(a2, a0, 0), remote, Cause::load_access, remote);
  expect_trap(atomic(0, true, a2, a0, a1), remote, Cause::store_access, remote);
}

TEST(CoreTrap, RegistersTakeOnlyTheirSizeAndDirection) {
  const auto load_fails = [](Word instruction, std::uint64_t address) {
    expect_trap(instruction, address, Cause::load_access, address);
  };
  const auto store_fails = [](Word instruction, std::uint64_t address) {
    expect_trap(instruction, address, Cause::store_access, address);
  };
  load_fails(lw(a2, a0, 0), hw::clint_mtime_address());
  load_fails(ld(a2, a0, 0), hw::clint_msip_address(0));
  load_fails(lw(a2, a0, 0), hw::clint_msip_address(3) + 4);
  load_fails(ld(a2, a0, 0), hw::control_hart_start_address(0));
  load_fails(ld(a2, a0, 0), hw::control_hart_stop_address(3));
  load_fails(ld(a2, a0, 0), hw::control_base + 8);
  load_fails(ld(a2, a0, 0), hw::control_hart_status_address(3) + 8);
  load_fails(ld(a2, a0, 0), hw::clint_mtimecmp_address(3) + 8);
  load_fails(ld(a2, a0, 0), hw::semaphore_base + hw::semaphore_size);
  load_fails(ld(a2, a0, 0), hw::clint_base + hw::clint_size);
  load_fails(lw(a2, a0, 0), hw::semaphore_value_address(0));
  store_fails(sd(a1, a0, 0), hw::clint_mtime_address());
  store_fails(sd(a1, a0, 0), hw::clint_msip_address(0));
  store_fails(sd(a1, a0, 0), hw::control_node_id_address());
  store_fails(sd(a1, a0, 0), hw::control_hart_status_address(0));
  store_fails(sd(a1, a0, 0), hw::control_fault_address());
  store_fails(sw(a1, a0, 0), hw::semaphore_value_address(0));
  store_fails(sb(a1, a0, 0), hw::clint_msip_address(0));
}

TEST(CoreTrap, SystemInstructions) {
  expect_trap(ecall, 0, Cause::environment_call, 0);
  expect_trap(ebreak, 0, Cause::breakpoint, code_address);
  expect_trap(0x9002, 0, Cause::breakpoint, code_address);  // c.ebreak
}

TEST(CoreTrap, FetchOutsideTheSram) {
  for (const std::uint64_t target :
       {std::uint64_t{0}, hw::clint_base, sram_end, hw::sram_base - 2, data_address | (std::uint64_t{1} << 40)}) {
    CoreMachine machine;
    const Word jump = jalr(ra, a0, 0);
    machine.load(code_address, std::as_bytes(std::span(&jump, 1)));
    machine.set_reg(0, a0, target | 1);  // bit 0 is dropped
    machine.start(0, code_address);
    ASSERT_TRUE(machine.run_to_stop(100));
    EXPECT_EQ(machine.mcause(0), 1U);
    EXPECT_EQ(machine.mepc(0), target);
    EXPECT_EQ(machine.mtval(0), target);
    EXPECT_EQ(machine.reg(0, ra), code_address + 4);
  }
}

TEST(CoreTrap, FetchOfTheSecondHalfOutsideTheSram) {
  CoreMachine machine;
  const std::uint16_t parcel = 0x0013;
  machine.load(sram_end - 2, std::as_bytes(std::span(&parcel, 1)));
  machine.start(0, sram_end - 2);
  ASSERT_TRUE(machine.run_to_stop(100));
  EXPECT_EQ(machine.mcause(0), 1U);
  EXPECT_EQ(machine.mepc(0), sram_end - 2);
  EXPECT_EQ(machine.mtval(0), sram_end);
}

TEST(CoreTrap, ReservedEncodings) {
  for (const Word word : {
           Word{0xffffffff},
           i_type(0x03, 7, a2, a0, 0),
           s_type(4, a0, a1, 0),
           b_type(2, a0, a0, 0),
           b_type(3, a0, a0, -8),
           i_type(0x67, 1, a2, a0, 0),
           i_type(0x13, 1, a2, a0, 0x40),
           i_type(0x13, 5, a2, a0, 0x200),
           i_type(0x13, 5, a2, a0, 0x440),
           i_type(0x1b, 1, a2, a0, 0x20),
           i_type(0x1b, 5, a2, a0, 0x420),
           i_type(0x1b, 2, a2, a0, 0),
           r_type(0x33, 0, 2, a2, a0, a0),
           r_type(0x33, 1, 0x20, a2, a0, a0),
           r_type(0x3b, 2, 0, a2, a0, a0),
           r_type(0x3b, 4, 0x20, a2, a0, a0),
           r_type(0x3b, 1, 1, a2, a0, a0),
           atomic(0x02, true, a2, a0, a1),
           atomic(0x05, true, a2, a0, a1),
           r_type(0x2f, 1, 0, a2, a0, a1),
           r_type(0x2f, 4, 0, a2, a0, a1),
           i_type(0x0f, 2, zero, zero, 0),
           i_type(0x73, 4, a2, a0, 0x300),
           Word{0x00200073},                    // uret
           Word{0x10200073},                    // sret
           Word{0x30200073 | (1u << 7)},        // mret with rd
           Word{0x12000073},                    // sfence.vma
           r_type(0x0b, 0, 3, zero, a0, zero),  // dojo.issue of unit 3
           r_type(0x0b, 0, 0x41, zero, a0, zero),
           r_type(0x0b, 0, 0, a2, a0, zero),  // ... with rd
           r_type(0x0b, 0, 0, zero, a0, a1),  // ... with rs2
           r_type(0x0b, 1, 1, zero, a0, a1),  // dojo.sem.wait with funct7
           r_type(0x0b, 1, 0, a2, a0, a1),    // ... with rd
           r_type(0x0b, 2, 0, zero, a0, a1),
           i_type(0x07, 3, a2, a0, 0),      // fld
           r_type(0x53, 0, 0, a2, a0, a1),  // fadd.s
           i_type(0x2b, 0, a2, a0, 0),      // custom-1
       }) {
    expect_illegal(word);
  }
}

TEST(CoreTrap, ReservedCompressedEncodings) {
  for (const Word bits : {
           0x0000u,               // defined illegal
           0x0004u,               // c.addi4spn with immediate 0
           0x2000u, 0xa000u,      // c.fld, c.fsd
           0x8000u,               // reserved
           0x2001u | (1u << 2),   // c.addiw with rd = x0
           0x6001u | (12u << 7),  // c.lui with immediate 0
           0x6101u,               // c.addi16sp with immediate 0
           0x9c41u, 0x9c61u,      // reserved, word operations
           0x2002u, 0xa002u,      // c.fldsp, c.fsdsp
           0x4002u, 0x6002u,      // c.lwsp, c.ldsp with rd = x0
           0x8002u,               // c.jr with rs1 = x0
       }) {
    expect_illegal(bits);
  }
}

TEST(CoreTrap, EveryCsrAddressIsReadAndWrittenAsInTheModel) {
  // Reads of all addresses, and writes of all that are read-only, with floating point and vectors on and off.
  for (const std::uint64_t status : {0x0u, 0x2000u, 0x200u, 0x2200u}) {
    CoreMachine machine;
    Program handler;
    handler += {csrrs(t0, hw::csr_mepc, zero), addi(t0, t0, 4), csrrw(zero, hw::csr_mepc, t0), mret};
    const std::uint64_t handler_address = code_address + 0x8000;
    Program program;
    program.constant(t0, handler_address);
    program += csrrw(zero, hw::csr_mtvec, t0);
    program.constant(t0, status);
    program += csrrw(zero, hw::csr_mstatus, t0);
    for (Word csr = 0; csr < 0x1000; ++csr) program += csrrs(a0, csr, zero);
    for (Word csr = 0xc00; csr < 0x1000; ++csr) program += csrrw(a0, csr, zero);
    program.stop(0);
    machine.load(code_address, program.data());
    machine.load(handler_address, handler.data());
    unsigned traps = 0;
    machine.on_retire = [&](const model::RetireEvent& event) { traps += event.trap ? 1 : 0; };
    machine.start(0, code_address);
    ASSERT_TRUE(machine.run_to_stop(200000));
    EXPECT_GT(traps, 4900U);
    EXPECT_LT(traps, 5120U - 50);
  }
}

TEST(CoreTrap, UnknownAndReadOnlyCsrs) {
  for (const Word csr : {0x000u, 0x100u, 0x302u, 0x306u, 0x320u, 0x323u, 0x3a1u, 0x7a0u, 0xb01u, 0xb03u + hw::counters,
                         0xb1fu, 0xb83u, 0xc03u, 0xf10u, 0xf16u, 0xfc1u}) {
    expect_illegal(csrrs(a2, csr, zero));
  }
  for (const Word csr :
       {hw::csr_cycle, hw::csr_time, hw::csr_instret, hw::csr_mhartid, hw::csr_xnode, hw::csr_mvendorid}) {
    expect_illegal(csrrw(zero, csr, zero));
    expect_illegal(csrrs(a2, csr, a1));
    expect_illegal(csrrsi(a2, csr, 1));
    expect_illegal(csrrci(a2, csr, 31));
  }
}

TEST(CoreTrap, CsrValuesAndMasks) {
  struct Case {
    Word csr;
    std::uint64_t written;
    std::uint64_t read;
  };
  constexpr std::uint64_t ones = ~std::uint64_t{0};
  for (const Case& c : {Case{hw::csr_mstatus, ones, 0x8000000000007e88}, Case{hw::csr_mstatus, 0, 0x1800},
                        Case{hw::csr_misa, 0, 0x8000000000001125}, Case{hw::csr_mie, ones, 0x888},
                        Case{hw::csr_mtvec, ones, ones - 3}, Case{hw::csr_mscratch, ones, ones},
                        Case{hw::csr_mepc, ones, ones - 1}, Case{hw::csr_mcause, ones, (1ull << 63) | 0x3f},
                        Case{hw::csr_mtval, ones, ones}, Case{hw::csr_mip, ones, 0}, Case{hw::csr_minstret, 1000, 1000},
                        Case{hw::csr_mhpmcounter3, ones, 0}, Case{hw::csr_mhpmcounter3 + 2, ones, 2}}) {
    CoreMachine machine;
    Program program;
    program += {csrrw(zero, c.csr, a0), csrrs(a2, c.csr, zero)};
    program.stop(0);
    machine.load(code_address, program.data());
    machine.set_reg(0, a0, c.written);
    machine.start(0, code_address);
    ASSERT_TRUE(machine.run_to_stop(500));
    EXPECT_EQ(machine.reg(0, a2), c.read) << std::hex << c.csr;
  }
}

TEST(CoreTrap, HandlerRunsAndReturns) {
  CoreMachine machine;
  Program program;
  program.constant(t0, code_address + 0x200);
  program +=
      {csrrw(zero, hw::csr_mtvec, t0), csrrsi(zero, hw::csr_mstatus, 8), addi(s0, zero, 1), ecall, addi(s0, s0, 10)};
  program.stop(3);
  Program handler;
  handler += {csrrs(s1, hw::csr_mstatus, zero),
              csrrs(a3, hw::csr_mcause, zero),
              csrrs(t0, hw::csr_mepc, zero),
              addi(t0, t0, 4),
              csrrw(zero, hw::csr_mepc, t0),
              addi(s0, s0, 100),
              mret};
  machine.load(code_address, program.data());
  machine.load(code_address + 0x200, handler.data());
  machine.start(0, code_address);
  ASSERT_TRUE(machine.run_to_stop(1000));
  EXPECT_EQ(machine.exit_code(0), 3U);
  EXPECT_EQ(machine.reg(0, s0), 111U);
  EXPECT_EQ(machine.reg(0, a3), 11U);
  EXPECT_EQ(machine.reg(0, s1), 0x1880U);  // MIE is off, MPIE on
}

}  // namespace
}  // namespace dojo::tb
