// Traps, CSRs, interrupts, registers in memory, reservations, Xdojo: what a hart does beside arithmetic.

#include "common/error.hpp"
#include "model_test.hpp"

namespace dojo::model {
namespace {

using namespace assembler;

/// Runs one instruction with a0 = address and a1 = value and expects a trap while mtvec is 0.
class TrapTest : public NodeTest {
 protected:
  void expect_trap(Word instruction, std::uint64_t address, Cause cause, std::uint64_t tval) {
    Node fresh({3, 5});
    fresh.write_memory(code_address, std::as_bytes(std::span(&instruction, 1)));
    fresh.hart(0).start(code_address);
    fresh.hart(0).set_reg(a0, address);
    fresh.run(1);
    const HartStatus after = fresh.hart(0).status();
    EXPECT_EQ(after.state, hw::HartState::faulted) << std::hex << instruction;
    EXPECT_EQ(after.mcause, static_cast<std::uint64_t>(cause)) << std::hex << instruction << " at " << address;
    EXPECT_EQ(after.mepc, code_address);
    EXPECT_EQ(after.mtval, tval) << std::hex << instruction;
    EXPECT_EQ(after.pc, code_address);
    EXPECT_EQ(fresh.hart(0).retired(), 0u);
  }
};

TEST_F(TrapTest, MisalignedAccesses) {
  expect_trap(ld(a2, a0, 1), data_address, Cause::load_misaligned, data_address + 1);
  expect_trap(lw(a2, a0, 0), 2, Cause::load_misaligned, 2);  // before the map is looked at
  expect_trap(sd(a1, a0, 0), data_address + 4, Cause::store_misaligned, data_address + 4);
  expect_trap(sh(a1, a0, 0), data_address + 63, Cause::store_misaligned, data_address + 63);
  expect_trap(lr_d(a2, a0), data_address + 4, Cause::load_misaligned, data_address + 4);
  expect_trap(sc_d(a2, a1, a0), data_address + 4, Cause::store_misaligned, data_address + 4);
  expect_trap(atomic(0, false, a2, a0, a1), data_address + 2, Cause::store_misaligned, data_address + 2);
}

TEST_F(TrapTest, AccessesOutsideTheMap) {
  const std::uint64_t end = hw::sram_base + hw::sram_size;
  expect_trap(ld(a2, a0, 0), end, Cause::load_access, end);
  expect_trap(lbu(a2, a0, 0), hw::sram_base - 1, Cause::load_access, hw::sram_base - 1);
  expect_trap(sb(a1, a0, 0), 0, Cause::store_access, 0);
  expect_trap(sd(a1, a0, 0), data_address | (1ull << 32), Cause::store_access, data_address | (1ull << 32));
  expect_trap(lr_d(a2, a0), end, Cause::load_access, end);
  expect_trap(sc_d(a2, a1, a0), end, Cause::store_access, end);
  const std::uint64_t semaphore = hw::semaphore_value_address(0);
  expect_trap(atomic(0, true, a2, a0, a1), semaphore, Cause::store_access, semaphore);
  const std::uint64_t remote = hw::global_address(1, 1, data_address);
  expect_trap(ld(a2, a0, 0), remote, Cause::load_access, remote);
  expect_trap(atomic(0, true, a2, a0, a1), remote, Cause::store_access, remote);
}

TEST_F(TrapTest, RegistersTakeOnlyTheirSizeAndDirection) {
  const auto load_fails = [this](Word instruction, std::uint64_t address) {
    expect_trap(instruction, address, Cause::load_access, address);
  };
  const auto store_fails = [this](Word instruction, std::uint64_t address) {
    expect_trap(instruction, address, Cause::store_access, address);
  };
  load_fails(lw(a2, a0, 0), hw::clint_mtime_address());
  load_fails(ld(a2, a0, 0), hw::clint_msip_address(0));
  load_fails(ld(a2, a0, 0), hw::control_hart_start_address(0));
  load_fails(ld(a2, a0, 0), hw::control_hart_stop_address(3));
  load_fails(ld(a2, a0, 0), hw::control_base + 8);
  load_fails(ld(a2, a0, 0), hw::semaphore_base + hw::semaphore_size);
  load_fails(lw(a2, a0, 0), hw::semaphore_value_address(0));
  store_fails(sd(a1, a0, 0), hw::clint_mtime_address());
  store_fails(sd(a1, a0, 0), hw::clint_msip_address(0));
  store_fails(sd(a1, a0, 0), hw::control_node_id_address());
  store_fails(sd(a1, a0, 0), hw::control_hart_status_address(0));
  store_fails(sd(a1, a0, 0), hw::control_fault_address());
  store_fails(sw(a1, a0, 0), hw::semaphore_value_address(0));
  store_fails(sb(a1, a0, 0), hw::clint_msip_address(0));
}

TEST_F(TrapTest, SystemInstructions) {
  expect_trap(ecall, 0, Cause::environment_call, 0);
  expect_trap(ebreak, 0, Cause::breakpoint, code_address);
  expect_trap(0x00009002, 0, Cause::breakpoint, code_address);  // c.ebreak
  expect_trap(0x12348000u, 0, Cause::illegal_instruction, 0x8000u);
  expect_trap(0xffffffff, 0, Cause::illegal_instruction, 0xffffffff);
}

TEST_F(TrapTest, CsrsThatDoNotExistOrCannotBeWritten) {
  for (const unsigned csr : {0x302u, 0x303u, 0x306u, 0x320u, 0x323u, 0xb1fu, 0xc03u, 0x100u, 0x180u, 0x3a1u, 0x3c0u,
                             0x7a0u, 0x001u, 0x008u, 0xc20u, 0x801u}) {
    expect_trap(csrrs(a2, csr, zero), 0, Cause::illegal_instruction, csrrs(a2, csr, zero));
  }
  for (const unsigned csr : {0xc00u, 0xc01u, 0xc02u, 0xf11u, 0xf14u, 0xf15u, 0xfc0u}) {
    expect_trap(csrrw(a2, csr, zero), 0, Cause::illegal_instruction, csrrw(a2, csr, zero));
    expect_trap(csrrsi(a2, csr, 1), 0, Cause::illegal_instruction, csrrsi(a2, csr, 1));
  }
}

TEST_F(TrapTest, FetchOutsideTheSram) {
  const std::uint64_t end = hw::sram_base + hw::sram_size;
  poke<std::uint16_t>(end - 2, 0x0013);  // the low half of a 4-byte instruction
  node.hart(0).start(end - 2);
  run();
  EXPECT_EQ(status().mcause, 1u);
  EXPECT_EQ(status().mepc, end - 2);
  EXPECT_EQ(status().mtval, end);
  poke<std::uint16_t>(end - 2, 0x0001);  // c.nop, then past the end
  node.hart(0).start(end - 2);
  run();
  EXPECT_EQ(status().mepc, end);
  EXPECT_EQ(status().mtval, end);
  node.hart(0).start(0x1001);
  run();
  EXPECT_EQ(status().mepc, 0x1000u);
  EXPECT_EQ(status().mtval, 0x1000u);
}

TEST_F(NodeTest, TrapHandlerReturns) {
  Program program;
  program.constant(t0, code_address + 0x400);
  program += {csrrw(zero, hw::csr_mtvec, t0), csrrsi(zero, hw::csr_mstatus, 8), ecall, addi(a1, zero, 7)};
  program.stop(2);
  Program handler;
  handler += {csrrs(s0, hw::csr_mcause, zero),  csrrs(s1, hw::csr_mepc, zero),
              csrrs(s2, hw::csr_mstatus, zero), addi(a2, s1, 4),
              csrrw(zero, hw::csr_mepc, a2),    mret};
  node.write_memory(code_address + 0x400, handler.data());
  load_and_run(program);
  EXPECT_EQ(status().exit_code, 2u);
  EXPECT_EQ(reg(a1), 7u);
  EXPECT_EQ(reg(s0), 11u);
  EXPECT_EQ(reg(s2), 0x1880u);  // MPP, MPIE; MIE is off in the handler
  std::uint64_t mstatus = 0;
  ASSERT_TRUE(node.hart(0).read_csr(hw::csr_mstatus, mstatus));
  EXPECT_EQ(mstatus, 0x1888u);
}

TEST_F(NodeTest, CsrsKeepTheirLegalBits) {
  Program program;
  program.constant(a0, ~0ull);
  for (const unsigned csr :
       {unsigned{hw::csr_mstatus}, unsigned{hw::csr_mie}, unsigned{hw::csr_mtvec}, unsigned{hw::csr_mepc},
        unsigned{hw::csr_mcause}, unsigned{hw::csr_mtval}, unsigned{hw::csr_mscratch}, unsigned{hw::csr_misa},
        unsigned{hw::csr_mip}, unsigned{hw::csr_mhpmcounter3}}) {
    program += csrrw(zero, csr, a0);
  }
  program += csrrci(zero, hw::csr_mstatus, 8);
  program.stop(0);
  load_and_run(program);
  const auto csr = [this](unsigned address) {
    std::uint64_t value = 0;
    EXPECT_TRUE(node.hart(0).read_csr(address, value));
    return value;
  };
  EXPECT_EQ(csr(hw::csr_mstatus), 0x8000000000007e80u);
  EXPECT_EQ(csr(hw::csr_mie), 0x888u);
  EXPECT_EQ(csr(hw::csr_mtvec), ~3ull);
  EXPECT_EQ(csr(hw::csr_mepc), ~1ull);
  EXPECT_EQ(csr(hw::csr_mcause), 0x800000000000003full);
  EXPECT_EQ(csr(hw::csr_mtval), ~0ull);
  EXPECT_EQ(csr(hw::csr_mscratch), ~0ull);
  EXPECT_EQ(csr(hw::csr_misa), 0x8000000000001125ull);
  EXPECT_EQ(csr(hw::csr_mip), 0u);
  EXPECT_EQ(csr(hw::csr_mhpmcounter3), 0u);
  EXPECT_EQ(csr(hw::csr_xnode), 0x00050003u);
  EXPECT_EQ(csr(hw::csr_mhartid), 0u);
}

TEST_F(NodeTest, InstretCountsRetiredInstructions) {
  Program program;
  program += {nop,
              nop,
              csrrs(a0, hw::csr_instret, zero),
              addi(a1, zero, 100),
              csrrw(a2, hw::csr_minstret, a1),
              csrrs(a3, hw::csr_minstret, zero),
              csrrs(a4, hw::csr_instret, zero)};
  program.stop(0);
  load_and_run(program);
  EXPECT_EQ(reg(a0), 2u);
  EXPECT_EQ(reg(a2), 4u);
  EXPECT_EQ(reg(a3), 100u);
  EXPECT_EQ(reg(a4), 101u);
}

TEST_F(NodeTest, SoftwareInterruptWakesWfi) {
  Program program;
  program.constant(t0, code_address + 0x400);
  program += {csrrw(zero, hw::csr_mtvec, t0), csrrsi(zero, hw::csr_mie, 8), csrrsi(zero, hw::csr_mstatus, 8), wfi,
              addi(a1, a1, 1)};
  program.stop(0);
  Program handler;
  handler.constant(t0, hw::clint_msip_address(0));
  handler += {sw(zero, t0, 0), csrrs(s0, hw::csr_mcause, zero), csrrs(s1, hw::csr_mepc, zero), mret};
  node.write_memory(code_address + 0x400, handler.data());
  load_and_run(program);
  EXPECT_EQ(status().state, hw::HartState::wfi);
  EXPECT_EQ(node.wake_time(), ~0ull);
  const std::uint64_t pc = status().pc;
  node.write_register(static_cast<std::uint32_t>(hw::clint_msip_address(0)), 1);
  EXPECT_TRUE(node.runnable());
  run();
  EXPECT_EQ(status().state, hw::HartState::stopped);
  EXPECT_EQ(reg(s0), (1ull << 63) | 3);
  EXPECT_EQ(reg(s1), pc);
  EXPECT_EQ(reg(a1), 1u);
}

TEST_F(NodeTest, TimerInterruptComesAtItsTime) {
  Program program;
  program.constant(t0, code_address + 0x400);
  program += csrrw(zero, hw::csr_mtvec, t0);
  program.constant(t0, hw::clint_mtimecmp_address(0));
  program += {addi(t1, zero, 1000),
              sd(t1, t0, 0),
              addi(t1, zero, 0x80),
              csrrw(zero, hw::csr_mie, t1),
              csrrsi(zero, hw::csr_mstatus, 8),
              addi(a1, a1, 1),
              jal(zero, -4)};
  Program handler;
  handler += {csrrs(s0, hw::csr_mcause, zero), csrrs(s1, hw::csr_cycle, zero)};
  handler.stop(4);
  node.write_memory(code_address + 0x400, handler.data());
  load_and_run(program);
  EXPECT_EQ(status().exit_code, 4u);
  EXPECT_EQ(reg(s0), (1ull << 63) | 7);
  EXPECT_EQ(reg(s1), 1002u);
}

TEST_F(NodeTest, WfiPassesWithAPendingInterruptEvenIfDisabledByMie) {
  Program program;
  program.constant(t0, hw::clint_msip_address(0));
  program += {addi(t1, zero, 1), sw(t1, t0, 0), csrrsi(zero, hw::csr_mie, 8), wfi, addi(a1, zero, 3), lw(a2, t0, 0)};
  program.stop(0);
  load_and_run(program);
  EXPECT_EQ(status().state, hw::HartState::stopped);
  EXPECT_EQ(reg(a1), 3u);
  EXPECT_EQ(reg(a2), 1u);
}

TEST_F(NodeTest, ReservationsAreHeldPerLine) {
  poke<std::uint64_t>(data_address, 11);
  Program program;
  program.constant(a0, data_address);
  program += {addi(a1, a0, 8), addi(a2, a0, 64), addi(a3, zero, 99)};
  program += {sc_d(s0, a3, a0)};                                  // without a reservation: fails
  program += {lr_d(t2, a0), sc_d(s1, a3, a0)};                    // succeeds
  program += {sc_d(s2, a3, a0)};                                  // reservation is used up: fails
  program += {lr_d(t2, a0), sd(a3, a1, 0), sc_d(s3, a3, a0)};     // own store to the line: fails
  program += {lr_d(t2, a0), sd(a3, a2, 0), sc_d(a4, a3, a1)};     // other line; same line, other word: succeeds
  program += {lr_d(t2, a0), sc_d(a5, a3, a2), sc_d(a6, a3, a0)};  // another line: both fail
  program.stop(0);
  load_and_run(program);
  EXPECT_EQ(reg(s0), 1u);
  EXPECT_EQ(reg(s1), 0u);
  EXPECT_EQ(reg(s2), 1u);
  EXPECT_EQ(reg(s3), 1u);
  EXPECT_EQ(reg(a4), 0u);
  EXPECT_EQ(reg(a5), 1u);
  EXPECT_EQ(reg(a6), 1u);
  EXPECT_EQ(peek<std::uint64_t>(data_address), 99u);
}

TEST_F(NodeTest, NetworkAndHostWritesEndReservations) {
  Hart& hart = node.hart(0);
  const Word program[] = {lr_d(a2, a0), sc_d(a3, a1, a0)};
  node.write_memory(code_address, std::as_bytes(std::span(program)));
  const auto reserve_then = [&](const auto& disturb) {
    hart.stop(0);
    hart.start(code_address);
    hart.set_reg(a0, data_address);
    hart.step();
    disturb();
    return hart.step().rd_data;
  };
  EXPECT_EQ(reserve_then([] {}), 0u);
  EXPECT_EQ(reserve_then([&] { poke<std::uint8_t>(data_address + 63, 1); }), 1u);
  Packet packet;
  packet.header.op = hw::PacketOp::write;
  packet.header.cls = hw::PacketClass::data;
  packet.header.addr = data_address + 56;
  packet.header.size = 3;
  EXPECT_EQ(reserve_then([&] { node.deliver(packet); }), 1u);
  packet.header.addr = data_address + 64;
  EXPECT_EQ(reserve_then([&] { node.deliver(packet); }), 0u);
}

TEST_F(NodeTest, FenceIShowsNewCode) {
  Program program;
  program.constant(a0, code_address + 0x200);
  program.constant(a1, addi(a2, zero, 42));
  program += {jalr(ra, a0, 0), sw(a1, a0, 0), fence_i, jalr(ra, a0, 0)};
  program.stop(0);
  Program function;
  function += {addi(a2, zero, 1), jalr(zero, ra, 0)};
  node.write_memory(code_address + 0x200, function.data());
  load_and_run(program);
  EXPECT_EQ(reg(a2), 42u);
}

TEST_F(NodeTest, HartsStartAndStopEachOther) {
  Program other;
  other += {csrrs(a0, hw::csr_mhartid, zero), addi(a1, a1, 1), jal(zero, -4)};
  node.write_memory(code_address + 0x400, other.data());
  Program program;
  program.constant(t0, hw::control_hart_start_address(2));
  program.constant(t1, code_address + 0x400);
  program += sd(t1, t0, 0);
  program.constant(a0, hw::control_hart_status_address(2));
  program += ld(s0, a0, 0);
  program.constant(s1, 3000);
  program += {addi(s1, s1, -1), bne(s1, zero, -4)};
  program.constant(t0, hw::control_hart_stop_address(2));
  program += {addi(t1, zero, 77), sd(t1, t0, 0), ld(s2, a0, 0)};
  program.stop(5);
  load_and_run(program);
  EXPECT_EQ(reg(s0), 1u);
  EXPECT_EQ(reg(s2), 77ull << 32);
  EXPECT_EQ(reg(a0, 2), 2u);
  EXPECT_GT(reg(a1, 2), 100u);
  EXPECT_EQ(status(2).exit_code, 77u);
}

TEST_F(NodeTest, SemaphoresCountAndWait) {
  Program waiter;
  waiter.wait(7, 3);
  waiter += addi(a1, zero, 1);
  waiter.stop(0, 1);
  load(waiter, 1, code_address + 0x400);
  Program program;
  program.signal(7, 2);
  program.stop(0);
  load(program);
  run();
  EXPECT_EQ(status(1).state, hw::HartState::semaphore);
  EXPECT_EQ(status(1).semaphore, 7u);
  EXPECT_EQ(status(1).semaphore_amount, 3u);
  EXPECT_EQ(node.semaphore(7), 2u);
  EXPECT_FALSE(node.runnable());
  node.write_register(static_cast<std::uint32_t>(hw::semaphore_value_address(7)), 2);
  run();
  EXPECT_EQ(status(1).state, hw::HartState::stopped);
  EXPECT_EQ(reg(a1, 1), 1u);
  EXPECT_EQ(node.semaphore(7), 1u);
}

TEST_F(NodeTest, InterruptEndsAWaitForASemaphore) {
  Program program;
  program.constant(t0, code_address + 0x400);
  program += {csrrw(zero, hw::csr_mtvec, t0), csrrsi(zero, hw::csr_mie, 8), csrrsi(zero, hw::csr_mstatus, 8)};
  const std::uint64_t wait_pc = code_address + program.bytes() + 8;
  program.wait(1, 1);
  Program handler;
  handler += csrrs(s1, hw::csr_mepc, zero);
  handler.stop(9);
  node.write_memory(code_address + 0x400, handler.data());
  load_and_run(program);
  EXPECT_EQ(status().state, hw::HartState::semaphore);
  EXPECT_EQ(status().pc, wait_pc);
  node.write_register(static_cast<std::uint32_t>(hw::clint_msip_address(0)), 1);
  run();
  EXPECT_EQ(status().exit_code, 9u);
  EXPECT_EQ(reg(s1), wait_pc);
}

TEST_F(NodeTest, MemoryOutsideTheSramIsRefused) {
  std::byte bytes[16] = {};
  EXPECT_THROW(node.read_memory(hw::sram_base + hw::sram_size - 8, bytes), RunError);
  EXPECT_THROW(node.write_memory(hw::sram_base - 1, bytes), RunError);
  EXPECT_THROW(node.read_memory(0, bytes), RunError);
  EXPECT_NO_THROW(node.read_memory(hw::sram_base + hw::sram_size - 16, bytes));
}

}  // namespace
}  // namespace dojo::model
