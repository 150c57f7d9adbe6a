// The Interface Processor's host port, one case at a time: registers, rings, copies with the host's memory, errors.

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "tb/dip/descriptors.hpp"
#include "tb/dip/processor_bench.hpp"

namespace dojo::tb {
namespace {

using Op = hw::DescriptorOpTransfer;

constexpr unsigned to_host = model::DipLists::to_host;
constexpr unsigned from_host = model::DipLists::from_host;
constexpr std::uint64_t submissions = 0x10'0000'0000;
constexpr std::uint64_t completions = 0x20'0000'0000;
constexpr std::uint64_t host_data = 0x123'4560'0000;  // above the first window of 1 TiB

void finish(ProcessorBench& bench) {
  ASSERT_TRUE(bench.settle(300000));
  bench.take_completions();
  ASSERT_TRUE(bench.settle(1000));
  for (const std::string& error : bench.errors()) ADD_FAILURE() << error;
}

TEST(DipHost, CopiesBothWays) {
  ProcessorBench bench;
  fill(bench, 0x700000000, 100);
  fill_host(bench, host_data, 100);
  bench.start(to_host, list_at(bench, 0x1000,
                               {counted(copy_of(Op::push, 0x700000000, host_data + 0x10000, 100), 3),
                                counted(copy_of(Op::push, 0x700000040, host_data + 0x20000, 7), 3)}));
  bench.start(from_host, list_at(bench, 0x2000,
                                 {counted(copy_of(Op::pull, 0x600000000, host_data, 100), 4),
                                  counted(copy_of(Op::pull, 0x610000000, host_data + 64, 9), 4)}));
  finish(bench);
  EXPECT_EQ(bench.golden().semaphore(3), 2U);
  EXPECT_EQ(bench.golden().semaphore(4), 2U);
  EXPECT_EQ(bench.host().beats_written(), 4 * 107U);
  EXPECT_EQ(bench.host().beats_read(), 4 * 109U);
  EXPECT_EQ(bench.host().line((host_data + 0x10000) / 64), bench.golden().line(0x700000000 / 64));
}

TEST(DipHost, StridedElementsOfEverySize) {
  ProcessorBench bench;
  fill(bench, 0x400000, 64);
  fill_host(bench, host_data, 64);
  for (unsigned size = 3; size <= 6; ++size) {
    auto push = copy_of(Op::push_strided, 0x400000 + (1U << size), host_data + size * 65536 + (3U << size), 5);
    push.element_size = size & 7U;
    push.rows = 3;
    push.local_inner_stride = 3U << size;
    push.local_outer_stride = 1024;
    push.remote_inner_stride = 1U << size;
    push.remote_outer_stride = 4096;
    auto pull = copy_of(Op::pull_strided, 0x800000 + size * 65536, host_data + (1U << size), 5);
    pull.element_size = push.element_size;
    pull.rows = 3;
    pull.local_inner_stride = 5U << size;
    pull.local_outer_stride = 2048;
    pull.remote_inner_stride = 3U << size;
    pull.remote_outer_stride = 1024;
    bench.start(to_host, list_at(bench, 0x1000 + size * 64, {push}));
    bench.start(from_host, list_at(bench, 0x2000 + size * 64, {pull}));
    ASSERT_TRUE(bench.settle(20000));
  }
  finish(bench);
}

// Host to memory to node, and back, by entries of the ring alone; the rings go round several times.
TEST(DipHost, RingsRunEveryChannel) {
  ProcessorBench bench;
  fill_host(bench, host_data, 64);
  fill_peer(bench, hw::sram_base, 64);
  bench.enable_rings(submissions, 8, completions, 4);
  bench.write_register(hw::dip_control_interrupt_enable_offset, 1U << static_cast<unsigned>(hw::DipStatus::completion));
  std::uint32_t tag = 100;
  unsigned taken = 0;
  for (unsigned i = 0; i < 6; ++i) {
    const std::uint64_t memory = 0x100000 + i * 4096;
    const std::uint64_t node = ProcessorBench::peer_address(hw::sram_base + 0x10000 + i * 4096);
    // The copy to the node waits until the host's data are in the memory, and the host gets what the node has sent.
    bench.submit(entry_of(counted(copy_of(Op::pull, memory, host_data + i * 64, 20), i), from_host, tag++));
    bench.submit(entry_of(wait_of(i, 1), i, tag++));
    bench.submit(entry_of(copy_of(Op::push, memory, node, 20), i, tag++));
    bench.submit(
        entry_of(counted(copy_of(Op::pull, memory + 0x100000, ProcessorBench::peer_address(hw::sram_base), 10), 10 + i),
                 i, tag++));
    bench.submit(entry_of(wait_of(10 + i, 1), to_host, tag++));
    bench.submit(entry_of(copy_of(Op::push, memory + 0x100000, host_data + 0x100000 + i * 4096, 10), to_host, tag++));
    for (unsigned cycle = 0; cycle < 200 && !bench.interrupt(); ++cycle) bench.run(50);
    EXPECT_TRUE(bench.interrupt());
    while (bench.read_register(hw::dip_control_submission_head_offset) != (i + 1) * 6 || !bench.lists().is_idle()) {
      taken += static_cast<unsigned>(bench.take_completions().size());
      bench.run(50);
    }
    bench.write_register(hw::dip_control_status_offset, 1);
  }
  for (unsigned i = 0; i < 20; ++i) {
    taken += static_cast<unsigned>(bench.take_completions().size());
    bench.run(200);
  }
  EXPECT_EQ(taken, 36U);
  EXPECT_EQ(bench.read_register(hw::dip_control_completion_tail_offset), 36U);
  finish(bench);
}

// An entry begins a list that goes on in the memory; a completion says how the list ended.
TEST(DipHost, EntriesBeginLists) {
  ProcessorBench bench;
  fill(bench, 0x400000, 20);
  bench.enable_rings(submissions, 16, completions, 16);
  auto first = wait_of(0, 0);
  set_next(first, list_at(bench, 0x1000,
                          {copy_of(Op::push, 0x400000, ProcessorBench::peer_address(hw::sram_base), 9),
                           copy_of(Op::push, 0x400001, ProcessorBench::peer_address(hw::sram_base), 9),
                           copy_of(Op::push, 0x400000, ProcessorBench::peer_address(hw::sram_base), 9)}));
  bench.submit(entry_of(first, 5, 77));
  bench.submit(entry_of(copy_of(Op::pull, 0, host_data, 1), to_host, 78));
  bench.submit(entry_of(wait_of(0, 0), 12, 79));
  ASSERT_TRUE(bench.settle(20000));
  const auto done = bench.take_completions();
  ASSERT_EQ(done.size(), 3U);
  for (const hw::DipCompletion& entry : done) {
    EXPECT_EQ(entry.cause, entry.tag == 77 ? hw::UnitFault::alignment : hw::UnitFault::opcode);
    EXPECT_EQ(entry.address, entry.tag == 77 ? 0x1040U : (std::uint64_t{1} << 40U) - 1);
  }
  EXPECT_EQ(bench.sent(5), 9U);
  EXPECT_EQ(bench.read_register(hw::dip_control_status_offset), 3U);
  finish(bench);
}

// A full completion ring holds the lists up and loses nothing.
TEST(DipHost, FullCompletionRingWaits) {
  ProcessorBench bench;
  bench.enable_rings(submissions, 32, completions, 2);
  for (unsigned i = 0; i < 20; ++i) bench.submit(entry_of(wait_of(0, 0), i % 9, i));
  bench.run(5000);
  EXPECT_EQ(bench.read_register(hw::dip_control_completion_tail_offset), 2U);
  unsigned taken = 0;
  for (unsigned i = 0; i < 30; ++i) {
    taken += static_cast<unsigned>(bench.take_completions().size());
    bench.run(600);
  }
  EXPECT_EQ(taken, 20U);
  finish(bench);
}

// What is wrong with the rings stops them, is named, and they can be enabled again.
TEST(DipHost, MalformedRings) {
  using Error = hw::RingError;
  ProcessorBench bench;
  bench.host().latency = 50;
  const auto error = [&] {
    bench.run(400);
    EXPECT_EQ(bench.read_register(hw::dip_control_ring_enable_offset), 0U);
    EXPECT_EQ(bench.read_register(hw::dip_control_status_offset), 4U);
    bench.write_register(hw::dip_control_status_offset, 4);
    return static_cast<Error>(bench.read_register(hw::dip_control_ring_error_offset));
  };
  bench.enable_rings(submissions + 32, 8, completions, 8);
  EXPECT_EQ(error(), Error::alignment);
  bench.enable_rings(submissions, 8, completions + 16, 8);
  EXPECT_EQ(error(), Error::alignment);
  bench.enable_rings(submissions | std::uint64_t{1} << 62U, 8, completions, 8);
  EXPECT_EQ(error(), Error::alignment);
  bench.enable_rings(submissions, 12, completions, 8);
  EXPECT_EQ(error(), Error::size);
  bench.enable_rings(submissions, 8, completions, 0);
  EXPECT_EQ(error(), Error::size);
  bench.enable_rings(submissions, 2 * hw::dip_ring_size_limit, completions, 8);
  EXPECT_EQ(error(), Error::size);
  bench.enable_rings(submissions, 8, completions, 8);
  bench.run(10);
  bench.write_register(hw::dip_control_submission_tail_offset, 9);
  EXPECT_EQ(error(), Error::submission_overflow);
  bench.enable_rings(submissions, 8, completions, 8);
  bench.run(10);
  bench.write_register(hw::dip_control_completion_head_offset, 1);
  EXPECT_EQ(error(), Error::completion_overrun);
  // Entries that can not be read; what was fetched with them is dropped.
  bench.enable_rings(submissions, 8, completions, 8);
  bench.run(10);
  bench.host().broken = {submissions};
  bench.write_register(hw::dip_control_submission_tail_offset, 6);
  EXPECT_EQ(error(), Error::host);
  // A completion that can not be written.
  bench.host().broken = {completions};
  bench.enable_rings(submissions, 8, completions, 8);
  bench.submit(entry_of(wait_of(0, 0), 0, 5));
  EXPECT_EQ(error(), Error::host);
  bench.lists().completions(0).clear();
  // All is well again; the tail rings at once, while the rings may still wait for what was under way.
  bench.host().broken = {};
  bench.enable_rings(submissions, 8, completions, 8);
  for (unsigned i = 0; i < 8; ++i) bench.submit(entry_of(wait_of(0, 0), 3, i));
  ASSERT_TRUE(bench.settle(20000));
  EXPECT_EQ(bench.read_register(hw::dip_control_ring_error_offset), 0U);
  EXPECT_EQ(bench.take_completions().size(), 8U);
  // The host stops them; a doorbell does nothing then.
  bench.write_register(hw::dip_control_ring_enable_offset, 0);
  bench.write_register(hw::dip_control_submission_tail_offset, 100);
  bench.run(100);
  EXPECT_EQ(bench.read_register(hw::dip_control_ring_error_offset), 0U);
  finish(bench);
}

// The host's memory answers with errors: the list ends, the semaphore does not count, the rest of the copy is done.
TEST(DipHost, BrokenHostMemory) {
  ProcessorBench bench;
  fill(bench, 0x400000, 30);
  fill_host(bench, host_data, 30);
  fill_host(bench, host_data + 0x10000, 30);
  bench.break_host(host_data + 10 * 64);
  bench.enable_rings(submissions, 16, completions, 16);
  auto first = counted(copy_of(Op::push, 0x400000, host_data, 30), 1);
  set_next(first, list_at(bench, 0x1000, {wait_of(9, 0), counted(copy_of(Op::push, 0x400000, host_data, 30), 1)}));
  bench.submit(entry_of(first, to_host, 1));
  first = counted(copy_of(Op::pull, 0x500000, host_data, 30), 1);
  set_next(first, list_at(bench, 0x2000, {wait_of(9, 0), counted(copy_of(Op::pull, 0x600000, host_data, 30), 1)}));
  bench.submit(entry_of(first, from_host, 2));
  // Those behind them are not concerned.
  bench.submit(entry_of(counted(copy_of(Op::push, 0x400000, host_data + 0x10000, 30), 2), to_host, 3));
  bench.submit(entry_of(counted(copy_of(Op::pull, 0x600000, host_data + 0x10000, 30), 3), from_host, 4));
  ASSERT_TRUE(bench.settle(20000));
  EXPECT_EQ(bench.lists().fault(to_host).cause, hw::UnitFault::host);
  EXPECT_EQ(bench.lists().fault(from_host).cause, hw::UnitFault::host);
  EXPECT_EQ(bench.take_completions().size(), 4U);
  EXPECT_EQ(bench.golden().semaphore(1), 0U);
  EXPECT_EQ(bench.golden().semaphore(2) + bench.golden().semaphore(3), 2U);
  finish(bench);
}

TEST(DipHost, RegistersAndLostStarts) {
  ProcessorBench bench;
  EXPECT_EQ(bench.read_register(hw::dip_control_status_offset), 0U);
  bench.write_register(hw::dip_control_submission_base_offset, 0xfedcba9876543210);
  EXPECT_EQ(bench.read_register(hw::dip_control_submission_base_offset), 0xfedcba9876543210);
  bench.put(0x1000, wait_of(5, 1));
  bench.start(2, 0x1000);
  bench.run(100);
  bench.start(2, 0x1000);
  bench.run(100);
  EXPECT_EQ(bench.read_register(hw::dip_control_list_waits_offset), 4U);
  // No room for a third list; channel 12 does not exist.
  bench.write_register(hw::dip_control_list_start_offset, 0x1000 | 2);
  bench.write_register(hw::dip_control_list_start_offset, 0x1000 | 12);
  bench.run(10);
  EXPECT_EQ(bench.read_register(hw::dip_control_status_offset), 8U);
  EXPECT_FALSE(bench.interrupt());
  bench.write_register(hw::dip_control_interrupt_enable_offset, 8);
  EXPECT_TRUE(bench.interrupt());
  bench.write_register(hw::dip_control_status_offset, 8);
  EXPECT_FALSE(bench.interrupt());
  bench.write_register(hw::dip_control_semaphore_offset + 40, 2);
  bench.golden().increment(5, 2);
  bench.lists().run();
  finish(bench);
  EXPECT_TRUE(bench.lists().is_idle());
  EXPECT_EQ(bench.read_register(hw::dip_control_list_waits_offset), 0U);
}

}  // namespace
}  // namespace dojo::tb
