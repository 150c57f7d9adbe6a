// The Interface Processor's transfer engine, one case at a time: every kind of descriptor and of fault, lists, order.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <functional>
#include <string>
#include <vector>

#include "tb/dip/descriptors.hpp"
#include "tb/dip/processor_bench.hpp"

namespace dojo::tb {
namespace {

using Op = hw::DescriptorOpTransfer;
constexpr std::uint64_t descriptors = 0x10000;  // where the tests put their lists

void finish_right(ProcessorBench& bench) {
  ASSERT_TRUE(bench.settle(200000));
  for (const std::string& error : bench.errors()) ADD_FAILURE() << error;
}

TEST(DipTransfer, EveryChannelPushesAndPulls) {
  ProcessorBench bench;
  constexpr std::uint64_t high = 0x780000000;
  fill(bench, high, 7 * 20);
  fill_peer(bench, hw::sram_base, 7 * 20);
  for (unsigned c = 0; c < 7; ++c) {
    auto push =
        copy_of(Op::push, high + c * 20 * 64, ProcessorBench::peer_address(hw::sram_base + 0x80000 + c * 4096), 20);
    push.sem_en = 1;
    push.sem = c;
    push.remote_sem_en = 1;
    push.remote_sem = 31;
    auto pull =
        copy_of(Op::pull, 0x123400000 + c * 4096, ProcessorBench::peer_address(hw::sram_base + c * 20 * 64), 20);
    pull.sem_en = 1;
    pull.sem = 10 + c;
    bench.start(c, list_at(bench, descriptors + c * 256, {push, pull, wait_of(10 + c, 1), push}));
  }
  finish_right(bench);
  EXPECT_TRUE(bench.lists().is_idle());
  EXPECT_EQ(bench.golden().semaphore(6), 2U);
  EXPECT_EQ(bench.peer().semaphore(31), 14U);
  EXPECT_EQ(bench.peer().line((hw::sram_base + 0x80000) / 64), bench.golden().line(high / 64));
  EXPECT_EQ(bench.golden().line(0x123400000 / 64), bench.peer().line(hw::sram_base / 64));
}

TEST(DipTransfer, StridedCopiesOfEverySizeAlsoToAnotherInterfaceProcessor) {
  ProcessorBench bench;
  fill(bench, 0x400000, 64);
  fill_peer(bench, 0x600000000, 64);
  unsigned c = 0;
  for (unsigned size = 3; size <= 6; ++size) {
    auto push = copy_of(Op::push_strided, 0x400000, ProcessorBench::peer_address(0x700000000 + size * 65536, true), 5);
    push.element_size = size & 7U;
    push.rows = 3;
    push.local_inner_stride = 3U << size;
    push.local_outer_stride = 1024;
    push.remote_inner_stride = 1U << size;
    push.remote_outer_stride = 4096;
    push.sem_en = 1;
    push.sem = size;
    auto pull = push;
    pull.op = static_cast<std::uint32_t>(Op::pull_strided);
    pull.local_address = 0x500000 + size * 65536;
    pull.remote_address_low = 0;
    pull.remote_address_high = static_cast<std::uint32_t>(ProcessorBench::peer_address(0x600000000, true) >> 32U);
    std::swap(pull.local_inner_stride, pull.remote_inner_stride);
    std::swap(pull.local_outer_stride, pull.remote_outer_stride);
    bench.start(c, list_at(bench, descriptors + c * 256, {push, pull, wait_of(size, 2)}));
    ++c;
  }
  finish_right(bench);
  EXPECT_TRUE(bench.lists().is_idle());
}

constexpr std::uint64_t index_list = 0x6'4000'0000;

// An element of 8 bytes of a line.
std::uint64_t double_word(const model::InterfaceProcessor::Line& line, std::uint64_t address) {
  const auto word = address % hw::line_bytes / 4;
  return line.at(word) | std::uint64_t{line.at(word + 1)} << 32U;
}

TEST(DipTransfer, GathersAndScatters) {
  ProcessorBench bench;
  constexpr std::uint64_t table = 0x3'0000'0000;
  constexpr std::uint64_t packed = 0x3'8000'0000;
  constexpr unsigned limit = 100;
  constexpr unsigned count = 40;
  fill(bench, table, limit);
  fill_peer(bench, hw::sram_base, limit);
  const std::vector<std::uint32_t> indices = indices_at(bench, index_list, count, limit);
  const auto counted_there = [](hw::TransferDescriptor d) {
    d.remote_sem_en = 1;
    d.remote_sem = 9;
    return d;
  };
  const std::uint64_t node = hw::sram_base + 0x10000;
  const auto indexed = [&](Op op, std::uint64_t local, std::uint64_t remote) {
    return counted(indexed_of(op, local, ProcessorBench::peer_address(remote), count, 3, index_list, limit), 4);
  };
  bench.start(0, list_at(bench, descriptors,
                         {counted_there(indexed(Op::push_gather, table, node)),
                          counted_there(indexed(Op::push_scatter, table, node + 0x10000)),
                          indexed(Op::pull_gather, packed, hw::sram_base),
                          indexed(Op::pull_scatter, packed + 0x10000, hw::sram_base), wait_of(4, 4)}));
  finish_right(bench);
  EXPECT_TRUE(bench.lists().is_idle());
  EXPECT_EQ(bench.peer().semaphore(9), 2U);
  EXPECT_EQ(bench.golden().semaphore(4), 0U);
  const auto here = [&](std::uint64_t address) {
    return double_word(bench.golden().line(address / hw::line_bytes), address);
  };
  const auto there = [&](std::uint64_t address) {
    return double_word(bench.peer().line(address / hw::line_bytes), address);
  };
  for (unsigned i = 0; i < count; ++i) {
    const std::uint64_t at = std::uint64_t{indices[i]} * 8;
    EXPECT_EQ(there(node + i * 8), here(table + at));
    EXPECT_EQ(here(packed + i * 8), there(hw::sram_base + at));
    // The last one for a place stays.
    if (std::find(indices.begin() + i + 1, indices.end(), indices[i]) != indices.end()) continue;
    EXPECT_EQ(there(node + 0x10000 + at), here(table + i * 8));
    EXPECT_EQ(here(packed + 0x10000 + at), there(hw::sram_base + i * 8));
  }
}

// Every size, lists of less than a line to some, tables of all of the memory, here and at another Interface Processor;
// all channels at a time.
TEST(DipTransfer, GathersAndScattersOfEverySize) {
  ProcessorBench bench;
  unsigned channel = 0;
  std::uint64_t list = index_list;
  for (const unsigned count : {1U, 16U, 17U, 300U}) {
    for (unsigned size = 3; size <= 6; ++size) {
      const auto limit =
          static_cast<std::uint32_t>(std::min<std::uint64_t>(0xffffffff, ProcessorBench::memory_bytes >> size));
      indices_at(bench, list, count, limit);
      const std::uint64_t other = ProcessorBench::peer_address(0, true);
      const std::uint64_t packed = 0x700000000 + list % 0x10000000;
      const auto indexed = [&](Op op, std::uint64_t local, std::uint64_t remote) {
        return counted(indexed_of(op, local, remote, count, size, list, limit), channel);
      };
      bench.start(channel % 7, list_at(bench, descriptors + channel * 512,
                                       {indexed(Op::push_gather, 0, other + packed), wait_of(channel, 1),
                                        indexed(Op::push_scatter, packed, other),
                                        indexed(Op::pull_gather, packed + 0x100000, other)}));
      ++channel;
      list += 4096;
    }
    // Two lists at most wait on a channel.
    ASSERT_TRUE(bench.settle(100000));
  }
  finish_right(bench);
  EXPECT_TRUE(bench.lists().is_idle());
}

// A bad index anywhere: nothing of the descriptor is done, and the list ends after what was before it. Other channels
// wait with theirs and go on.
TEST(DipTransfer, IndicesThatAreTooLarge) {
  ProcessorBench bench;
  fill(bench, 0x400000, 200);
  const std::uint64_t node = ProcessorBench::peer_address(hw::sram_base);
  std::uint64_t at = descriptors;
  for (const unsigned place : {0U, 15U, 16U, 499U}) {
    SCOPED_TRACE(place);
    constexpr unsigned count = 500;
    std::vector<std::uint32_t> indices = indices_at(bench, index_list, count, 100);
    indices[place] = place % 2 == 0 ? 100 : 0xffffffff;
    bench.put(index_list, indices.data(), count * 4);
    indices_at(bench, index_list + 0x10000, count, 100);
    const auto push = copy_of(Op::push, 0x400000, node, 200);
    const auto bad = indexed_of(Op::push_gather, 0x400000, node, count, 6, index_list, 100);
    const auto good = indexed_of(Op::push_gather, 0x400000, node, count, 6, index_list + 0x10000, 100);
    const auto pull = indexed_of(Op::pull_scatter, 0x500000, node, count, 3, index_list + 0x10000, 100);
    bench.start(2, list_at(bench, at, {push, bad, push}));
    bench.start(4, list_at(bench, at + 256, {good, pull, good}));
    bench.start(5, list_at(bench, at + 512, {pull, push}));
    at += 1024;
    // What is behind the end of the list does not matter.
    bench.start(6, list_at(bench, at, {indexed_of(Op::push_gather, 0x400000, node, place + 1, 6, index_list, 101)}));
    ASSERT_TRUE(bench.settle(100000));
    EXPECT_EQ(bench.lists().fault(2).cause, hw::UnitFault::index);
    EXPECT_EQ(bench.lists().fault(6).valid, place % 2 != 0);
    for (const unsigned channel : {2U, 6U}) {
      bench.write_register(hw::dip_control_list_fault_offset + channel * 8, 0);
      bench.lists().clear_fault(channel);
    }
    at += 64;
  }
  finish_right(bench);
}

// A signal follows the push before it; one to another Interface Processor goes to its semaphores. Lists of different
// channels wait for each other by semaphores of the Interface Processor.
TEST(DipTransfer, WaitsAndSignals) {
  ProcessorBench bench;
  fill(bench, 0x400000, 100);
  const std::uint64_t node = ProcessorBench::peer_address(hw::sram_base);
  auto counts = signal_of(node, 9, 700);
  counts.sem_en = 1;
  counts.sem = 5;
  bench.start(0, list_at(bench, descriptors,
                         {wait_of(5, 1), copy_of(Op::push, 0x400000, node, 100),
                          signal_of(ProcessorBench::peer_address(0, true), 8, 3)}));
  bench.start(0, list_at(bench, descriptors + 512, {wait_of(6, 0), wait_of(6, 3)}));
  bench.run(300);
  EXPECT_EQ(bench.sent(0), 0U);
  EXPECT_FALSE(bench.busy());
  bench.start(1, list_at(bench, descriptors + 1024, {copy_of(Op::push, 0x400000, node, 50), counts}));
  ASSERT_TRUE(bench.settle(20000));
  EXPECT_EQ(bench.sent(0), 101U);
  EXPECT_EQ(bench.sent(1), 51U);
  EXPECT_FALSE(bench.lists().is_idle());
  // The semaphore of the second list: from the host, and from another Interface Processor.
  bench.write_register(hw::dip_control_semaphore_offset + 6 * 8, 2);
  bench.golden().increment(6, 2);
  bench.lists().run();
  bench.write(4, hw::dip_semaphore_base + 6 * 8, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4}, 3);
  finish_right(bench);
  EXPECT_TRUE(bench.lists().is_idle());
  EXPECT_EQ(bench.golden().semaphore(6), 3U);
}

struct Wrong {
  const char* name;
  hw::UnitFault cause;
  unsigned channel;
  std::function<void(hw::TransferDescriptor&)> change;
};

// Each cause, alone and before those of larger numbers. A list with a fault does nothing after it; others go on.
TEST(DipTransfer, EveryFault) {
  using Fault = hw::UnitFault;
  const auto set_op = [](Op op) { return [op](hw::TransferDescriptor& d) { d.op = static_cast<std::uint32_t>(op); }; };
  const std::vector<Wrong> cases{
      {"operation 0", Fault::opcode, 0, [](auto& d) { d.op = 0; }},
      {"operation 11", Fault::opcode, 1, [](auto& d) { d.op = 11; }},
      {"gather to the host", Fault::opcode, 7, set_op(Op::push_gather)},
      {"scatter from the host", Fault::opcode, 8, set_op(Op::pull_scatter)},
      {"gather that counts there", Fault::opcode, 3, [](auto& d) { d.op = 7, d.remote_sem_en = 1; }},
      {"pull that counts there", Fault::opcode, 4, [](auto& d) { d.op = 4, d.remote_sem_en = 1; }},
      {"pull to the host", Fault::opcode, 7, set_op(Op::pull)},
      {"push from the host", Fault::opcode, 8, set_op(Op::push)},
      {"signal to the host", Fault::opcode, 7, set_op(Op::signal)},
      {"push that counts at the host", Fault::opcode, 7, [](auto& d) { d.remote_sem_en = 1; }},
      {"local address", Fault::alignment, 0, [](auto& d) { d.local_address += 8; }},
      {"remote address", Fault::alignment, 1, [](auto& d) { d.remote_address_low += 32; }},
      {"stride", Fault::alignment, 2, [](auto& d) { d.op = 3, d.local_outer_stride = 4, d.lines = 0; }},
      {"index list", Fault::alignment, 3, [](auto& d) { d.op = 5, d.index_list = 32, d.index_limit = 0; }},
      {"elements of a table", Fault::alignment, 3, [](auto& d) { d.op = 6, d.local_address += 8; }},
      {"no lines", Fault::count, 3, [](auto& d) { d.lines = 0; }},
      {"no rows", Fault::count, 4, [](auto& d) { d.op = 3, d.rows = 0; }},
      {"no elements", Fault::count, 4, [](auto& d) { d.op = 5, d.lines = 0; }},
      {"no indices", Fault::count, 4, [](auto& d) { d.op = 8, d.index_limit = 0, d.index_list_high = 9; }},
      {"table here", Fault::range, 4, [](auto& d) { d.op = 5, d.index_limit = 0x20000000; }},
      {"table for a pull", Fault::range, 5, [](auto& d) { d.op = 8, d.index_limit = 0x20000000; }},
      {"table there", Fault::range, 5, [](auto& d) { d.op = 6, d.index_limit = 0x5001; }},
      {"table of a pull", Fault::range, 6, [](auto& d) { d.op = 7, d.index_limit = 0x5001; }},
      {"gathered elements", Fault::range, 6, [](auto& d) { d.op = 5, d.remote_address_low = 0x8013ff40; }},
      {"end of the index list", Fault::range, 6,
       [](auto& d) { d.op = 5, d.index_list_high = 7, d.index_list = 0xffffffc0, d.lines = 17; }},
      {"index list above the memory", Fault::range, 6, [](auto& d) { d.op = 7, d.index_list_high = 8; }},
      {"local end", Fault::range, 5, [](auto& d) { d.local_address_high = 7, d.local_address = 0xffffff40; }},
      {"above the memory", Fault::range, 5, [](auto& d) { d.local_address_high = 8; }},
      {"too many lines", Fault::range, 6, [](auto& d) { d.lines = 0xffffffff; }},
      {"wide stride", Fault::range, 6,
       [](auto& d) { d.op = 3, d.rows = 0xffffffff, d.local_outer_stride = 0xffffff80; }},
      {"remote end", Fault::range, 0, [](auto& d) { d.remote_address_low = 0x8013ff40; }},
      {"remote start", Fault::range, 0, [](auto& d) { d.remote_address_low = 0x7fffffc0; }},
      {"remote memory", Fault::range, 1, [](auto& d) { d.remote_address_high |= 0x40000008; }},
      {"not global", Fault::remote_address, 1, [](auto& d) { d.remote_address_high &= 0x7fffffff; }},
      {"global at the host", Fault::remote_address, 7, [](auto&) {}},
      {"signal to nowhere", Fault::remote_address, 2,
       [](auto& d) { d.op = static_cast<std::uint32_t>(Op::signal), d.remote_address_high = 0; }},
      {"element of 4 bytes", Fault::element_size, 3, [](auto& d) { d.op = 3, d.element_size = 2; }},
      {"element of 128 bytes", Fault::element_size, 3, [](auto& d) { d.op = 4, d.element_size = 7; }},
      {"element of no size", Fault::element_size, 3, [](auto& d) { d.op = 6, d.element_size = 0; }},
      {"index", Fault::index, 2, [](auto& d) { d.op = 5, d.index_limit = 3; }},
      {"index of a pull", Fault::index, 3, [](auto& d) { d.op = 7, d.index_limit = 3; }},
  };
  ProcessorBench bench;
  fill(bench, 0x400000, 8);
  constexpr std::array<std::uint32_t, 4> indices{2, 1, 3, 0};
  bench.put(0, indices.data(), sizeof indices);
  for (const Wrong& wrong : cases) {
    SCOPED_TRACE(wrong.name);
    auto d = copy_of(Op::push, 0x400000, ProcessorBench::peer_address(hw::sram_base), 4);
    d.element_size = 6;
    d.rows = 1;
    d.sem_en = 1;
    d.index_limit = 4;
    const auto good = d;
    wrong.change(d);
    if (wrong.cause != Fault::index) EXPECT_EQ(model::DipLists::check(d, wrong.channel, false), wrong.cause);
    std::vector<hw::TransferDescriptor> list{d, good};
    if (wrong.channel < 7) list.insert(list.begin(), good);
    bench.start(wrong.channel, list_at(bench, descriptors, list));
    ASSERT_TRUE(bench.settle(20000));
    const unsigned at = hw::dip_control_list_fault_offset + wrong.channel * 8;
    const auto fault = hw::DipListFault::decode(bench.read_register(at));
    EXPECT_EQ(fault.cause, wrong.cause);
    EXPECT_EQ(fault.address, descriptors + (wrong.channel < 7 ? 64 : 0));
    bench.write_register(at, 0);
    bench.lists().clear_fault(wrong.channel);
  }
  finish_right(bench);
}

TEST(DipTransfer, DescriptorsWithoutAddress) {
  ProcessorBench bench;
  const auto d = copy_of(Op::push, 0x400000, ProcessorBench::peer_address(hw::sram_base), 4);
  bench.put(descriptors, d);
  bench.start(3, 0x800000000);
  auto leads_astray = d;
  leads_astray.next_en = 1;
  leads_astray.next = descriptors + 4;
  bench.put(descriptors + 64, leads_astray);
  bench.start(4, descriptors + 64);
  bench.start(5, descriptors);
  ASSERT_TRUE(bench.settle(20000));
  EXPECT_EQ(bench.lists().fault(4).cause, hw::UnitFault::descriptor_address);
  EXPECT_EQ(bench.lists().fault(4).address, descriptors + 4);
  EXPECT_EQ(bench.sent(5), 4U);
  finish_right(bench);
}

// READs of nodes and pushes take turns at a port.
TEST(DipTransfer, SharesPortsWithNodes) {
  ProcessorBench bench;
  fill(bench, 0x400000, 300);
  std::vector<hw::TransferDescriptor> list;
  list.reserve(20);
  for (unsigned i = 0; i < 20; ++i)
    list.push_back(copy_of(Op::push, 0x400000 + i * 64, ProcessorBench::peer_address(hw::sram_base + i * 8192), 1 + i));
  for (unsigned c = 0; c < 7; ++c) {
    bench.start(c, list_at(bench, descriptors + c * 4096, list));
    for (unsigned i = 0; i < 20; ++i)
      bench.read(c, {.address = 0x400000 + i * 256, .to = hw::sram_base, .lines = 20 + i});
    bench.write(c, hw::dip_semaphore_base + 900 + c, {}, 3);
  }
  finish_right(bench);
}

TEST(DipTransfer, SleepMayBeSkipped) {
  std::vector<std::uint64_t> hashes;
  for (const bool skip : {false, true}) {
    ProcessorBench bench;
    fill(bench, 0x400000, 60);
    const auto push = copy_of(Op::push, 0x400000, ProcessorBench::peer_address(hw::sram_base), 60);
    bench.start(2, list_at(bench, descriptors, {push, wait_of(3, 1), push}));
    ASSERT_TRUE(bench.settle(20000));
    if (skip)
      bench.skip(20000);
    else
      bench.run(20000);
    bench.write(6, hw::dip_semaphore_base + 24, {0, 0, 0, 0, 0, 0, 1}, 3);
    finish_right(bench);
    hashes.push_back(bench.hash());
  }
  EXPECT_EQ(hashes[0], hashes[1]);
}

}  // namespace
}  // namespace dojo::tb
