// The lockstep checker against a stand-in for the RTL: a second model whose events are altered on the way.

#include "model/lockstep.hpp"

#include <gtest/gtest.h>

#include <functional>

#include "model_test.hpp"

namespace dojo::model {
namespace {

using namespace assembler;
using testing::Test;

/// Nodes that play the RTL, and a checker that follows them.
class LockstepTest : public Test {
 protected:
  void load(Coordinates position, const Program& program, unsigned hart = 0, std::uint64_t address = code_address) {
    rtl(position).write_memory(address, program.data());
    checker.node(position).write_memory(address, program.data());
    start(position, hart, address);
  }
  void start(Coordinates position, unsigned hart, std::uint64_t address) {
    const auto start_register = static_cast<std::uint32_t>(hw::control_hart_start_address(hart));
    rtl(position).write_register(start_register, address);
    checker.host_write({position, start_register, address});
  }
  Node& rtl(Coordinates position) { return position.x == 0 ? left_ : right_; }

  /// Retires one instruction of the RTL and feeds the event, which `alter` may change.
  void step(Coordinates position, unsigned hart = 0, const std::function<void(RetireEvent&)>& alter = {}) {
    const StepResult result = rtl(position).hart(hart).step();
    RetireEvent event;
    event.node = position;
    event.hart = hart;
    event.cycle = ++cycle;
    event.pc = result.pc;
    event.instruction = result.instruction;
    event.rd_we = result.writes_rd;
    event.rd = result.rd;
    event.rd_data = result.rd_data;
    event.memory = result.memory;
    event.memory_size = result.memory_size;
    event.memory_address = result.memory_address;
    event.memory_data = result.memory_data;
    event.trap = result.trapped;
    event.cause = result.cause;
    event.tval = result.tval;
    if (alter) alter(event);
    checker.retire(event);
  }
  void steps(Coordinates position, unsigned count, unsigned hart = 0) {
    for (unsigned i = 0; i < count; ++i) step(position, hart);
  }
  /// Takes the oldest packet of the RTL's outbox and applies it, with an event that `alter` may change.
  void move_packet(Coordinates from, const std::function<void(PacketEvent&)>& alter = {}) {
    ASSERT_FALSE(rtl(from).outbox().empty());
    const Packet packet = rtl(from).outbox().front();
    rtl(from).outbox().erase(rtl(from).outbox().begin());
    const Coordinates to{packet.header.dst_x, packet.header.dst_y};
    PacketEvent event{to, ++cycle, packet};
    if (alter) alter(event);
    if (packet.header.op == hw::PacketOp::read) {
      checker.read_request(event);
    } else {
      checker.write(event);
    }
    rtl(to).deliver(packet);
  }
  /// The report of a mismatch that `action` must cause.
  static std::string mismatch(const std::function<void()>& action) {
    try {
      action();
    } catch (const LockstepMismatch& error) {
      return error.what();
    }
    ADD_FAILURE() << "no mismatch was found";
    return {};
  }
  static void expect_contains(const std::string& text, const std::string& part) {
    EXPECT_NE(text.find(part), std::string::npos) << "no \"" << part << "\" in\n" << text;
  }

  static constexpr Coordinates west{0, 0};
  static constexpr Coordinates east{1, 0};
  LockstepChecker checker{MeshSize{2, 1}};
  std::uint64_t cycle = 100;

 private:
  Node left_{west};
  Node right_{east};
};

Program counting_loop() {
  Program program;
  program += {addi(a0, zero, 0), addi(a0, a0, 1), jal(zero, -4)};
  return program;
}

TEST_F(LockstepTest, EqualRunsAgree) {
  load(west, counting_loop());
  load(east, counting_loop(), 3);
  for (unsigned i = 0; i < 500; ++i) {
    step(west);
    step(east, 3);
  }
  EXPECT_EQ(checker.compared(), 1000u);
  checker.compare_memory(west, std::as_bytes(rtl(west).sram()));
  checker.expect_no_packets();
}

TEST_F(LockstepTest, WrongRegisterValueIsReportedWithBothSidesAndTheHistory) {
  load(west, counting_loop());
  steps(west, 41);
  const std::string report = mismatch([this] { step(west, 0, [](RetireEvent& event) { event.rd_data ^= 0x1000; }); });
  expect_contains(report,
                  "lockstep mismatch at node (0,0) hart 0, cycle 142, instruction 42 of the hart: register value");
  expect_contains(report, "addi a0,a0,1");
  expect_contains(report, "a0 = 0x1015");
  expect_contains(report, "a0 = 0x15");
  expect_contains(report, "last 32 instructions");
  expect_contains(report, "jal zero,0x80000004");
  EXPECT_EQ(std::count(report.begin(), report.end(), '\n'), 1 + 6 + 1 + 32);
}

TEST_F(LockstepTest, EveryFieldIsCompared) {
  Program program;
  program.constant(a0, data_address);
  const unsigned before = static_cast<unsigned>(program.bytes() / 4);
  program += {sd(a0, a0, 8), ld(a1, a0, 8), addi(a2, zero, 1)};
  load(west, program);
  steps(west, before);
  // After a mismatch both sides have executed the instruction: the next one can be tried.
  const auto altered = [this](const std::function<void(RetireEvent&)>& alter) {
    return mismatch([&] { step(west, 0, alter); });
  };
  expect_contains(altered([](RetireEvent& event) { event.memory_data ^= 1; }), "memory effect");
  expect_contains(altered([](RetireEvent& event) { event.memory_address += 8; }), "memory effect");
  expect_contains(altered([](RetireEvent& event) { event.pc += 2; }), "PC");
}

TEST_F(LockstepTest, OtherFieldsDiffer) {
  load(west, counting_loop());
  expect_contains(mismatch([this] { step(west, 0, [](RetireEvent& e) { e.instruction ^= 1u << 20; }); }),
                  "instruction");
  expect_contains(mismatch([this] { step(west, 0, [](RetireEvent& e) { e.rd = 11; }); }), "destination register");
  step(west);
  expect_contains(mismatch([this] { step(west, 0, [](RetireEvent& e) { e.rd_we = false; }); }), "register write");
  step(west);
  expect_contains(mismatch([this] {
                    step(west, 0, [](RetireEvent& e) {
                      e.trap = true;
                      e.cause = 2;
                    });
                  }),
                  "trap");
}

TEST_F(LockstepTest, TrapsAreCompared) {
  Program program;
  program.constant(t0, code_address + 0x400);
  program += {csrrw(zero, hw::csr_mtvec, t0)};
  const unsigned before = static_cast<unsigned>(program.bytes() / 4);
  program += {lw(a0, zero, 1), ecall};
  load(west, program);
  Program handler;
  handler += {csrrs(s1, hw::csr_mepc, zero), addi(s1, s1, 4), csrrw(zero, hw::csr_mepc, s1), mret};
  rtl(west).write_memory(code_address + 0x400, handler.data());
  checker.node(west).write_memory(code_address + 0x400, handler.data());
  steps(west, before + 5);
  expect_contains(mismatch([this] { step(west, 0, [](RetireEvent& e) { e.cause = 8; }); }), "cause");
}

TEST_F(LockstepTest, TimingDependentValuesComeFromTheRtl) {
  Program program;
  program.constant(a1, hw::clint_mtime_address());
  const unsigned before = static_cast<unsigned>(program.bytes() / 4);
  program += {csrrs(a0, hw::csr_cycle, zero), ld(a2, a1, 0), add(a3, a0, a2)};
  load(west, program);
  steps(west, before);
  step(west, 0, [this](RetireEvent& event) {
    event.rd_data = 123456;
    rtl(west).hart(0).set_reg(a0, 123456);
  });
  step(west, 0, [this](RetireEvent& event) {
    event.rd_data = 1000000;
    rtl(west).hart(0).set_reg(a2, 1000000);
  });
  step(west);
  EXPECT_EQ(checker.node(west).hart(0).reg(a3), 1123456u);
}

TEST_F(LockstepTest, ExemptLoadsComeFromTheRtl) {
  Program program;
  program.constant(a1, data_address);
  const unsigned before = static_cast<unsigned>(program.bytes() / 4);
  program += {lw(a0, a1, 0), lw(a0, a1, 4)};
  load(west, program);
  checker.exempt(west, data_address, 4);
  const std::uint64_t value = 0x500000005;
  rtl(west).write_memory(data_address, std::as_bytes(std::span(&value, 1)));
  steps(west, before + 1);
  EXPECT_EQ(checker.node(west).hart(0).reg(a0), 5u);
  expect_contains(mismatch([this] { step(west); }), "register value");
}

TEST_F(LockstepTest, InterruptsAreTakenWhenTheRtlSaysSo) {
  Program program;
  program.constant(t0, code_address + 0x400);
  program += {csrrw(zero, hw::csr_mtvec, t0), csrrsi(zero, hw::csr_mie, 8), csrrsi(zero, hw::csr_mstatus, 8), wfi};
  const unsigned before = static_cast<unsigned>(program.bytes() / 4);
  program += nop;
  load(west, program);
  steps(west, before);
  RetireEvent interrupt;
  interrupt.cycle = ++cycle;
  interrupt.pc = code_address + program.bytes() - 4;
  interrupt.trap = true;
  interrupt.cause = static_cast<std::uint64_t>(Cause::software_interrupt);
  expect_contains(mismatch([&] { checker.retire(interrupt); }), "software interrupt that is not pending");
  RetireEvent timer = interrupt;
  timer.cause = static_cast<std::uint64_t>(Cause::timer_interrupt);
  expect_contains(mismatch([&] { checker.retire(timer); }), "not enabled in mie");
  checker.host_write({west, static_cast<std::uint32_t>(hw::clint_msip_address(0)), 1});
  checker.retire(interrupt);
  EXPECT_EQ(checker.node(west).hart(0).pc(), code_address + 0x400);
  expect_contains(mismatch([&] { checker.retire(interrupt); }), "PC of an interrupt");
}

TEST_F(LockstepTest, PacketsAreMatchedAndApplied) {
  Program program;
  program.constant(a0, hw::global_address(1, 0, data_address));
  program += {addi(a1, zero, 77), sd(a1, a0, 0), sb(a1, a0, 9)};
  program.constant(a0, hw::global_address(1, 0, hw::semaphore_value_address(4)));
  program += sd(a1, a0, 0);
  const unsigned count = static_cast<unsigned>(program.bytes() / 4);
  load(west, program);
  steps(west, count);
  EXPECT_THROW(checker.expect_no_packets(), LockstepMismatch);
  move_packet(west, [](PacketEvent& event) { event.packet.data[7] = 0xdead; });  // a byte without a meaning
  const std::string report =
      mismatch([this] { move_packet(west, [](PacketEvent& event) { event.packet.data[2] ^= 0x100; }); });
  expect_contains(report, "a packet that the model's sender does not send next");
  expect_contains(report, "write (0,0) -> (1,0) addr 0x80010009 size 0");
  EXPECT_EQ(checker.node(east).semaphore(4), 0u);
}

TEST_F(LockstepTest, RemoteReadsAreServed) {
  hw::TransferDescriptor pull{};
  pull.op = static_cast<unsigned>(hw::DescriptorOpTransfer::pull);
  pull.sem_en = 1;
  pull.sem = 3;
  pull.lines = 2;
  pull.local_address = static_cast<std::uint32_t>(data_address);
  const std::uint64_t remote = hw::global_address(1, 0, data_address + 0x1000);
  pull.remote_address_low = static_cast<std::uint32_t>(remote);
  pull.remote_address_high = static_cast<std::uint32_t>(remote >> 32);
  const std::uint64_t descriptor = data_address + 0x2000;
  std::array<std::uint32_t, 32> values;
  for (unsigned i = 0; i < values.size(); ++i) values[i] = i * 3 + 1;
  for (Node* node : {&rtl(west), &checker.node(west)}) {
    node->write_memory(descriptor, std::as_bytes(std::span(&pull, 1)));
  }
  for (Node* node : {&rtl(east), &checker.node(east)}) {
    node->write_memory(data_address + 0x1000, std::as_bytes(std::span(values)));
  }
  Program program;
  program.issue(hw::Unit::transfer, descriptor);
  const unsigned count = static_cast<unsigned>(program.bytes() / 4);
  program.wait(3, 1);
  load(west, program);
  steps(west, count + 2);
  move_packet(west);
  move_packet(east);
  // The wait may not succeed before the last line has come.
  expect_contains(mismatch([this] {
                    RetireEvent early;
                    early.pc = checker.node(west).hart(0).pc();
                    early.instruction = dojo_sem_wait(t0, t1);
                    checker.retire(early);
                  }),
                  "semaphore 3 holds 0, needed 1");
  move_packet(east);
  step(west);
  checker.expect_no_packets();
  checker.compare_memory(west, std::as_bytes(rtl(west).sram()));
  EXPECT_EQ(std::memcmp(checker.node(west).sram().data() + (data_address - hw::sram_base), values.data(), 128), 0);
}

/// Both nodes are members of two trees whose roots are in the east; their barriers count at semaphore 6.
class LockstepTreeTest : public LockstepTest {
 protected:
  LockstepTreeTest() {
    hw::Tree leaf{.valid = true, .amount = 1, .sem = 6, .member = true, .arrivals = 1};
    hw::Tree root = leaf;
    leaf.parent = static_cast<std::uint8_t>(hw::Route::east);
    root.parent = static_cast<std::uint8_t>(hw::Route::local);
    root.children = 1u << static_cast<unsigned>(hw::Route::west);
    for (const unsigned number : {2u, 3u}) {
      const auto address = static_cast<std::uint32_t>(hw::control_tree_address(number));
      for (const auto& [position, tree] : {std::pair(west, leaf), std::pair(east, root)}) {
        rtl(position).write_register(address, tree.encode());
        checker.host_write({position, address, tree.encode()});
      }
    }
  }
  static constexpr std::uint64_t group(hw::TreeMode mode, std::uint64_t address, unsigned tree = 2) {
    return hw::global_address(hw::group_column, tree + hw::trees * static_cast<unsigned>(mode), address);
  }
  /// The RTL's tree brings a packet to a node.
  void bring(Packet packet, Coordinates source, Coordinates to) {
    packet.header.src_x = static_cast<std::uint16_t>(source.x);
    packet.header.dst_x = static_cast<std::uint16_t>(to.x);
    packet.header.dst_y = 0;
    checker.write({to, ++cycle, packet});
    rtl(to).deliver(packet);
  }
};

TEST_F(LockstepTreeTest, SumsAndMulticastsAreCompared) {
  hw::TransferDescriptor push{};
  push.op = static_cast<unsigned>(hw::DescriptorOpTransfer::push);
  push.remote_sem_en = 1;
  push.remote_sem = 3;
  push.lines = 1;
  push.local_address = static_cast<std::uint32_t>(data_address);
  const std::uint64_t remote = group(hw::TreeMode::all_reduce, data_address + 0x1000);
  push.remote_address_low = static_cast<std::uint32_t>(remote);
  push.remote_address_high = static_cast<std::uint32_t>(remote >> 32);
  const std::uint64_t descriptor = data_address + 0x2000;
  for (const Coordinates position : {west, east}) {
    for (Node* node : {&rtl(position), &checker.node(position)}) {
      const std::array<float, 16> line{1.5f + static_cast<float>(position.x), -2.0f};
      node->write_memory(data_address, std::as_bytes(std::span(line)));
      node->write_memory(descriptor, std::as_bytes(std::span(&push, 1)));
    }
  }
  Program program;
  program.issue(hw::Unit::transfer, descriptor);
  program.constant(a0, group(hw::TreeMode::multicast, data_address + 0x1040));
  program += sd(a0, a0, 0);
  load(west, program);
  load(east, program);
  const unsigned count = static_cast<unsigned>(program.bytes() / 4);
  steps(west, count);
  Packet sum = rtl(west).outbox().at(0);
  const Packet store = rtl(west).outbox().at(1);
  sum.data = {std::bit_cast<std::uint32_t>(4.0f), std::bit_cast<std::uint32_t>(-4.0f)};
  // The east has not contributed yet.
  expect_contains(mismatch([&] { bring(sum, east, west); }), "model  has no packet under way from there");
  steps(east, count);
  Packet wrong = sum;
  wrong.data[0] += 1;
  expect_contains(mismatch([&] { bring(wrong, east, west); }), "a packet that the model's sender does not send next");
  expect_contains(mismatch([&] { bring(sum, west, west); }), "a packet that the model's sender does not send next");
  bring(sum, east, west);
  // The multicast of the west may overtake nothing of its own.
  bring(store, west, west);
  bring(sum, east, east);
  bring(store, west, east);
  expect_contains(mismatch([&] { bring(store, west, east); }), "model  has no packet under way from there");
  expect_contains(mismatch([this] { checker.expect_no_packets(); }), "1 packets of the model were never applied");
  bring(store, east, east);
  bring(store, east, west);
  checker.expect_no_packets();
  for (const Coordinates position : {west, east}) {
    EXPECT_EQ(checker.node(position).semaphore(3), 1u);
    checker.compare_memory(position, std::as_bytes(rtl(position).sram()));
  }
}

TEST_F(LockstepTreeTest, OneTreeMayBeFasterThanAnother) {
  Program program;
  for (const unsigned tree : {2u, 3u}) {
    program.constant(a0, group(hw::TreeMode::multicast, data_address, tree));
    program += {sd(a0, a0, 0), sd(a0, a0, 8)};
  }
  load(west, program);
  steps(west, static_cast<unsigned>(program.bytes() / 4));
  const std::vector<Packet> sent = rtl(west).outbox();
  ASSERT_EQ(sent.size(), 4u);
  bring(sent[2], west, east);
  expect_contains(mismatch([&] { bring(sent[1], west, east); }), "a packet that the model's sender does not send next");
  for (const unsigned i : {0u, 3u, 1u}) bring(sent[i], west, east);
  for (const Packet& packet : sent) bring(packet, west, west);
  checker.expect_no_packets();
}

TEST_F(LockstepTreeTest, NobodyLeavesABarrierBeforeTheLastHasCome) {
  Program program;
  program.constant(a0, hw::control_tree_arrive_address());
  program += {addi(a1, zero, 2), sd(a1, a0, 0)};
  const unsigned count = static_cast<unsigned>(program.bytes() / 4);
  program.wait(6, 1);
  load(west, program);
  load(east, program);
  steps(west, count + 2);
  expect_contains(mismatch([this] {
                    RetireEvent early;
                    early.pc = checker.node(west).hart(0).pc();
                    early.instruction = dojo_sem_wait(t0, t1);
                    checker.retire(early);
                  }),
                  "semaphore 6 holds 0, needed 1");
  steps(east, count + 2);
  for (const Coordinates position : {west, east}) {
    rtl(position).add_semaphore(6, 1);
    step(position);
    EXPECT_EQ(checker.node(position).semaphore(6), 0u);
  }
}

TEST_F(LockstepTest, MemoryDifferencesAreFound) {
  const std::uint8_t byte = 9;
  rtl(east).write_memory(data_address + 13, std::as_bytes(std::span(&byte, 1)));
  const std::string report = mismatch([this] { checker.compare_memory(east, std::as_bytes(rtl(east).sram())); });
  expect_contains(report, "node (1,0): memory at 0x80010008: RTL 0x0000090000000000, model 0x0000000000000000");
}

TEST_F(LockstepTest, WhatIsUnderWayMayRetireAfterAStop) {
  load(west, counting_loop());
  steps(west, 10);
  checker.host_write({west, static_cast<std::uint32_t>(hw::control_hart_stop_address(0)), 6});
  steps(west, 2);
  EXPECT_EQ(checker.node(west).hart(0).exit_code(), 6u);
  expect_contains(mismatch([this] { step(west); }), "the hart is stopped in the model");
}

TEST_F(LockstepTest, NothingRetiresAfterAHartStoppedItself) {
  Program program;
  program.stop(1);
  const unsigned count = static_cast<unsigned>(program.bytes() / 4);
  program += nop;
  load(west, program);
  steps(west, count);
  expect_contains(mismatch([this] { step(west); }), "the hart is stopped in the model");
}

TEST_F(LockstepTest, AStoppedHartMayNotRetire) {
  RetireEvent event;
  event.pc = code_address;
  event.instruction = nop;
  expect_contains(mismatch([&] { checker.retire(event); }), "the hart is stopped in the model");
}

}  // namespace
}  // namespace dojo::model
