// The model machine: a mesh of nodes, reasons to stop, and equal results on any number of threads.

#include "model/model_machine.hpp"

#include <gtest/gtest.h>

#include "assembler.hpp"
#include "common/die.hpp"
#include "common/error.hpp"
#include "model_test.hpp"

namespace dojo::model {
namespace {

using namespace assembler;

void load(ModelMachine& machine, Coordinates node, const Program& program, unsigned hart = 0,
          std::uint64_t address = code_address) {
  machine.write_memory(node, address, program.data());
  machine.write_register(node, static_cast<std::uint32_t>(hw::control_hart_start_address(hart)), address);
}

std::uint64_t peek(ModelMachine& machine, Coordinates node, std::uint64_t address) {
  std::uint64_t value = 0;
  machine.read_memory(node, address, std::as_writable_bytes(std::span(&value, 1)));
  return value;
}

TEST(ModelMachine, StopsWhenAllHartsHaveStopped) {
  ModelMachine machine(MeshSize{2, 2});
  Program program;
  program.stop(3);
  load(machine, {1, 1}, program);
  EXPECT_EQ(machine.run(1000), StopReason::all_stopped);
  EXPECT_EQ(machine.hart_status({1, 1}, 0).exit_code, 3u);
  EXPECT_EQ(machine.cycles(), program.bytes() / 4);
  EXPECT_EQ(machine.instructions_retired({1, 1}), program.bytes() / 4);
  EXPECT_EQ(machine.instructions_retired({0, 0}), 0u);
}

TEST(ModelMachine, ReportsFaults) {
  ModelMachine machine(MeshSize{1, 1});
  Program program;
  program += 0xffffffff;
  load(machine, {0, 0}, program);
  EXPECT_EQ(machine.run(1000), StopReason::faulted);
  EXPECT_EQ(machine.hart_status({0, 0}, 0).mcause, 2u);
  EXPECT_EQ(machine.hart_status({0, 0}, 0).mtval, 0xffffffffu);
  EXPECT_FALSE(machine.unit_fault({0, 0}));

  ModelMachine other(MeshSize{1, 1});
  Program issue;
  issue.issue(hw::Unit::matrix, 8);
  issue += jal(zero, 0);
  load(other, {0, 0}, issue);
  EXPECT_EQ(other.run(100000), StopReason::faulted);
  ASSERT_TRUE(other.unit_fault({0, 0}));
  EXPECT_EQ(other.unit_fault({0, 0})->cause, hw::UnitFault::descriptor_address);
  EXPECT_EQ(other.unit_fault({0, 0})->descriptor_address, 8u);
}

TEST(ModelMachine, SeesThatNothingCanGoOn) {
  ModelMachine machine(MeshSize{2, 1});
  Program waiter;
  waiter.wait(5, 1);
  load(machine, {1, 0}, waiter);
  EXPECT_EQ(machine.run(1000), StopReason::no_progress);
  EXPECT_EQ(machine.hart_status({1, 0}, 0).semaphore, 5u);
  Program sleeper;
  sleeper += wfi;
  load(machine, {0, 0}, sleeper);
  EXPECT_EQ(machine.run(1000), StopReason::no_progress);
}

TEST(ModelMachine, KeepsTheCycleLimit) {
  ModelMachine machine(MeshSize{1, 1});
  Program program;
  program += {addi(a0, a0, 1), jal(zero, -4)};
  load(machine, {0, 0}, program);
  EXPECT_EQ(machine.run(1001), StopReason::max_cycles);
  EXPECT_EQ(machine.cycles(), 1001u);
  EXPECT_EQ(machine.run(50000), StopReason::max_cycles);
  EXPECT_EQ(machine.cycles(), 51001u);
  EXPECT_EQ(machine.run(0), StopReason::max_cycles);
  EXPECT_EQ(machine.instructions_retired({0, 0}), 51001u);
}

TEST(ModelMachine, JumpsToTheNextTimer) {
  ModelMachine machine(MeshSize{1, 1});
  Program program;
  program.constant(t0, hw::clint_mtimecmp_address(0));
  program.constant(t1, 5'000'000'000);
  program += {sd(t1, t0, 0), addi(t1, zero, 0x80), csrrw(zero, hw::csr_mie, t1), wfi, csrrs(a0, hw::csr_time, zero)};
  program.constant(t0, data_address);
  program += sd(a0, t0, 0);
  program.stop(0);
  load(machine, {0, 0}, program);
  EXPECT_EQ(machine.run(1'000'000), StopReason::max_cycles);
  EXPECT_EQ(machine.cycles(), 1'000'000u);
  EXPECT_EQ(machine.run(10'000'000'000), StopReason::all_stopped);
  EXPECT_EQ(peek(machine, {0, 0}, data_address), 5'000'000'000u);
}

TEST(ModelMachine, WatchesTohost) {
  ModelMachine machine(MeshSize{1, 1});
  Program program;
  program.constant(a0, data_address);
  program += {addi(a1, zero, 1), sd(a1, a0, 0), jal(zero, 0)};
  load(machine, {0, 0}, program);
  machine.watch_tohost({0, 0}, data_address);
  EXPECT_EQ(machine.run(1'000'000), StopReason::watched);
  EXPECT_LT(machine.cycles(), 2000u);
  const std::uint64_t nothing = 0;
  machine.write_memory({0, 0}, data_address, std::as_bytes(std::span(&nothing, 1)));
  EXPECT_EQ(machine.run(100), StopReason::max_cycles);
}

TEST(ModelMachine, RefusesWhatIsOutside) {
  EXPECT_THROW(ModelMachine(MeshSize{0, 1}), InputError);
  EXPECT_THROW(ModelMachine(MeshSize{4096, 1}), InputError);
  EXPECT_THROW(ModelMachine(MeshSize{mesh_limit + 1, 1}), InputError);
  ModelMachine machine(MeshSize{2, 1});
  std::byte bytes[8] = {};
  EXPECT_THROW(machine.read_memory({2, 0}, data_address, bytes), RunError);
  EXPECT_THROW(machine.read_memory({0, 0}, 0, bytes), RunError);
  EXPECT_THROW(machine.watch_tohost({0, 0}, hw::sram_base + hw::sram_size), RunError);
  Program program;
  program.constant(a0, hw::global_address(5, 1, data_address));
  program += sd(a0, a0, 0);
  program.stop(0);
  load(machine, {1, 0}, program);
  EXPECT_EQ(machine.run(1000), StopReason::faulted);
  const hw::AccessError error = hw::AccessError::decode(machine.errors({1, 0}).remote);
  EXPECT_TRUE(error.valid);
  EXPECT_EQ(error.kind, hw::AccessKind::unreachable);
  EXPECT_EQ(error.x, 5u);
  EXPECT_EQ(error.y, 1u);
  EXPECT_EQ(error.address, data_address);
  EXPECT_EQ(machine.errors({0, 0}).remote, 0u);
}

/// Every node counts, then sends its count to its right neighbour and a signal; harts 1 of all nodes sum atomically
/// with hart 0.
Program ring_program(Coordinates self, MeshSize mesh) {
  const unsigned right = (self.x + 1) % mesh.columns;
  Program program;
  program.constant(a0, data_address);
  program.constant(a1, hw::global_address(right, self.y, data_address + 64));
  program.constant(a2, hw::global_address(right, self.y, hw::semaphore_value_address(1)));
  program += {addi(a3, zero, 500), addi(a4, zero, 1)};
  program += {csrrs(a5, hw::csr_mhartid, zero), bne(a5, zero, 12 + 4 * 8)};
  // hart 0: send, signal, wait for the left neighbour, add what it sent
  program += {sd(a3, a1, 0),
              sd(a4, a2, 0),
              addi(t0, zero, 1),
              addi(t1, zero, 1),
              dojo_sem_wait(t0, t1),
              ld(a6, a0, 64),
              atomic(0, true, zero, a0, a6),
              addi(a3, a3, -1),
              bne(a3, zero, -4 * 8),
              jal(zero, 4 * 5)};
  // others: add one, many times
  program += {slli(a3, a3, 4), atomic(0, true, zero, a0, a4), addi(a3, a3, -1), bne(a3, zero, -8)};
  // stop: own hart number in a5
  program.constant(t0, hw::control_hart_stop_address(0));
  program += {slli(a5, a5, 3), add(t0, t0, a5), sd(zero, t0, 0)};
  return program;
}

TEST(ModelMachine, ResultsDoNotDependOnTheThreads) {
  const MeshSize mesh{3, 2};
  std::vector<std::vector<std::byte>> memories[2];
  std::uint64_t cycles[2];
  for (const unsigned threads : {1u, 2u}) {
    ModelMachine machine(mesh, threads);
    for (unsigned y = 0; y < mesh.rows; ++y) {
      for (unsigned x = 0; x < mesh.columns; ++x) {
        for (const unsigned hart : {0u, 1u, 3u}) load(machine, {x, y}, ring_program({x, y}, mesh), hart);
      }
    }
    ASSERT_EQ(machine.run(100'000'000), StopReason::all_stopped);
    cycles[threads - 1] = machine.cycles();
    for (unsigned y = 0; y < mesh.rows; ++y) {
      for (unsigned x = 0; x < mesh.columns; ++x) {
        // 500 + 499 + ... + 1 from the left, and 8000 ones of each other hart
        EXPECT_EQ(peek(machine, {x, y}, data_address), 500u * 501 / 2 + 16000);
        std::vector<std::byte> memory(hw::sram_size);
        machine.read_memory({x, y}, hw::sram_base, memory);
        memories[threads - 1].push_back(std::move(memory));
      }
    }
  }
  EXPECT_EQ(cycles[0], cycles[1]);
  EXPECT_EQ(memories[0], memories[1]);
}

}  // namespace
}  // namespace dojo::model
