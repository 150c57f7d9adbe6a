// The hosts of Interface Processors: copies with DRAM, lists that wait for nodes and push to them, completions, and
// what goes wrong; each on the RTL and on the golden model.

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "common/error.hpp"
#include "kernels/firmware.hpp"
#include "runtime/dip_list.hpp"
#include "runtime/machine.hpp"

namespace dojo::hosts {
namespace {

MachineConfig machine_of(std::string backend, MeshSize mesh = {2, 1}, MeshSize dies = {1, 1}) {
  return {.backend = std::move(backend), .mesh = mesh, .dies = dies, .memory = true, .max_cycles = 100000};
}

std::vector<std::uint32_t> random_words(std::size_t bytes, std::uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<std::uint32_t> words(bytes / 4);
  for (std::uint32_t& word : words) word = random();
  return words;
}

std::string message_of(const std::function<void()>& run) {
  try {
    run();
  } catch (const RunError& error) {
    return error.what();
  }
  return "no error";
}

class Host : public testing::TestWithParam<const char*> {
 protected:
  [[nodiscard]] bool is_rtl() const { return std::string(GetParam()) == "rtl"; }
};
INSTANTIATE_TEST_SUITE_P(, Host, testing::Values("rtl", "model"), [](const auto& info) { return info.param; });

/// All hosts copy into their memory and back, through a list that waits for the first half. Returns the cycles.
std::uint64_t copy_both_ways(const MachineConfig& config) {
  constexpr std::size_t bytes = 8192;
  Machine machine(config);
  std::vector<HostBuffer> from;
  std::vector<DramBuffer> there;
  std::vector<DramBuffer> lists;
  std::vector<HostBuffer> to;
  std::vector<Submission> ends;
  for (unsigned dip = 0; dip < machine.dips().size(); ++dip) {
    from.push_back(machine.allocate_host(dip, bytes));
    from.back().write(random_words(bytes, dip));
    there.push_back(machine.allocate_dram(dip, bytes));
    to.push_back(machine.allocate_host(dip, bytes));
    lists.push_back(machine.allocate_dram(dip, 4096));
    DipList list;
    list.wait(dip, 2).push(there[dip].address(), to[dip].address(), bytes).count(31);
    list.write(lists.back());
    HostQueue& host = machine.host(dip);
    ends.push_back(host.submit(HostQueue::to_host, lists.back()));
    host.copy(from[dip], there[dip], {.bytes = bytes / 2, .semaphore = dip});
    host.copy(from[dip], there[dip], {.from = bytes / 2, .to = bytes / 2, .semaphore = dip});
  }
  for (Submission& end : ends) end.wait();
  const std::uint64_t cycles = machine.cycles();
  for (unsigned dip = 0; dip < machine.dips().size(); ++dip) {
    EXPECT_EQ(there[dip].read<std::uint32_t>(bytes / 4), random_words(bytes, dip)) << dip;
    EXPECT_EQ(to[dip].read<std::uint32_t>(bytes / 4), random_words(bytes, dip)) << dip;
    EXPECT_EQ(machine.host(dip).semaphore(dip), 0U);
    EXPECT_EQ(machine.host(dip).semaphore(31), 1U);
    EXPECT_EQ(machine.host(dip).open(), 0U);
  }
  EXPECT_EQ(machine.backend().run(10000), StopReason::all_stopped);
  return cycles;
}

TEST_P(Host, CopiesBothWays) {
  copy_both_ways(machine_of(GetParam()));
  copy_both_ways(machine_of(GetParam(), {1, 1}, {2, 1}));
}

TEST(HostCycles, DoNotDependOnThreads) {
  for (const MeshSize dies : {MeshSize{1, 1}, MeshSize{2, 1}}) {
    MachineConfig config = machine_of("rtl", {2, 1}, dies);
    config.threads = 1;
    const std::uint64_t one = copy_both_ways(config);
    config.threads = 2;
    EXPECT_EQ(copy_both_ways(config), one);
  }
}

// The host's data come, a list waits for the results of two nodes, gives them to a third one and to the host.
TEST_P(Host, ListWaitsForNodesAndPushesToOne) {
  constexpr std::size_t bytes = 1024;
  Machine machine(machine_of(GetParam(), {3, 1}));
  const Program program = load_firmware("transfer");
  machine.load(program, machine.all());
  HostQueue& host = machine.host(0);
  DramBuffer results = machine.allocate_dram(0, 2 * bytes);
  HostBuffer at_host = machine.allocate_host(0, 2 * bytes);
  Buffer target = machine.allocate({2, 0}, 2 * bytes);
  DramBuffer after_nodes = machine.allocate_dram(0, 4096);
  DramBuffer to_host = machine.allocate_dram(0, 4096);
  DipList()
      .wait(4, 2)
      .push(results.address(), target.global_address(), 2 * bytes)
      .count(5)
      .signal(target.global_address(), 9, 3)
      .write(after_nodes);
  DipList().wait(5, 1).push(results.address(), at_host.address(), 2 * bytes).write(to_host);
  host.start(0, after_nodes);
  Submission end = host.submit(HostQueue::to_host, to_host);

  std::vector<Buffer> buffers;
  std::vector<Event> events;
  for (unsigned x = 0; x < 2; ++x) {
    buffers.push_back(machine.allocate({x, 0}, bytes));
    buffers.back().write(random_words(bytes, x));
    hw::TransferDescriptor d{};
    d.op = static_cast<std::uint32_t>(hw::DescriptorOpTransfer::push);
    d.sem_en = 1;
    d.lines = bytes / hw::line_bytes;
    d.local_address = static_cast<std::uint32_t>(buffers.back().address());
    const std::uint64_t remote = results.global_address(Coordinates{x, 0}) + x * bytes;
    d.remote_address_low = static_cast<std::uint32_t>(remote);
    d.remote_address_high = static_cast<std::uint32_t>(remote >> 32);
    d.remote_sem_en = 1;
    d.remote_sem = 4;
    buffers.push_back(machine.allocate({x, 0}, sizeof d));
    buffers.back().write(std::vector{d});
    events.push_back(machine.launch(program, {.origin = {x, 0}, .columns = 1, .rows = 1},
                                    {buffers.back().address(), std::uint64_t{1}}));
  }
  end.wait();
  for (Event& event : events) event.wait();
  EXPECT_EQ(machine.backend().run(10000), StopReason::all_stopped);
  std::vector<std::uint32_t> expected = random_words(bytes, 0);
  const std::vector<std::uint32_t> second = random_words(bytes, 1);
  expected.insert(expected.end(), second.begin(), second.end());
  EXPECT_EQ(at_host.read<std::uint32_t>(2 * bytes / 4), expected);
  EXPECT_EQ(target.read<std::uint32_t>(2 * bytes / 4), expected);
  EXPECT_EQ(machine.backend().semaphore({2, 0}, 9), 3U);
}

TEST_P(Host, PullsFromANodeAndFromAnotherMemory) {
  constexpr std::size_t bytes = 512;
  Machine machine(machine_of(GetParam()));
  machine.load(load_firmware("transfer"), machine.all());
  Buffer in_node = machine.allocate({1, 0}, bytes);
  in_node.write(random_words(bytes, 1));
  DramBuffer of_other = machine.allocate_dram(1, bytes);
  of_other.write(random_words(bytes, 2));
  DramBuffer here = machine.allocate_dram(0, 2 * bytes);
  DramBuffer list = machine.allocate_dram(0, 4096);
  DipList()
      .pull(here.address(), in_node.global_address(), bytes)
      .count(1)
      .pull(here.address() + bytes, of_other.global_address(0U), bytes)
      .count(1)
      .wait(1, 2)
      .write(list);
  machine.host(0).submit(0, list).wait();
  EXPECT_EQ(here.read<std::uint32_t>(bytes / 4), random_words(bytes, 1));
  EXPECT_EQ(here.read<std::uint32_t>(bytes / 4, bytes / 4), random_words(bytes, 2));
}

TEST_P(Host, CompletionsOfAChannelComeInOrder) {
  constexpr std::size_t bytes = 65536;
  Machine machine(machine_of(GetParam(), {1, 1}));
  HostQueue& host = machine.host(2);
  DramBuffer dram = machine.allocate_dram(2, bytes);
  HostBuffer memory = machine.allocate_host(2, bytes);
  Submission first = host.copy(dram, memory, {.bytes = 64});
  Submission second = host.copy(dram, memory, {.bytes = 4096});
  Submission third = host.copy(dram, memory);
  EXPECT_FALSE(first.done());
  second.wait();
  EXPECT_TRUE(first.done());
  EXPECT_EQ(third.done(), !is_rtl());  // the model has no time
  third.wait();
  third.wait();
  EXPECT_EQ(host.open(), 0U);
}

TEST_P(Host, RingsGoRound) {
  Machine machine(machine_of(GetParam(), {1, 1}));
  HostQueue& host = machine.host(0);
  const hw::TransferDescriptor nothing = DipList().wait(0, 0).descriptors().front();
  std::vector<Submission> all;
  all.reserve(HostQueue::limit);
  for (unsigned i = 0; i < HostQueue::limit; ++i) all.push_back(host.submit(i % 9 < 7 ? 8 : 7, nothing));
  EXPECT_NE(message_of([&] { host.submit(7, nothing); }).find("wait for one first"), std::string::npos);
  all.back().wait();
  for (unsigned i = 0; i < 100; ++i) all.push_back(host.submit(7, nothing));
  all.back().wait();
  for (unsigned i = 0; i < all.size(); ++i) EXPECT_TRUE(all[i].done()) << i;
}

TEST_P(Host, WhatWaitsForNobodyIsReported) {
  Machine machine(machine_of(GetParam(), {1, 1}));
  HostQueue& host = machine.host(1);
  DramBuffer list = machine.allocate_dram(1, 64);
  DipList().wait(5, 7).write(list);
  host.start(8, list);
  EXPECT_EQ(machine.backend().run(10000), StopReason::no_progress);
  HostBuffer memory = machine.allocate_host(1, 64);
  DramBuffer dram = machine.allocate_dram(1, 64);
  Submission copy = host.copy(memory, dram);
  host.count(5, 6);
  const std::string message = message_of([&] { copy.wait(); });
  EXPECT_NE(message.find("no progress"), std::string::npos) << message;
  EXPECT_NE(message.find("Interface Processor 1, channel 8 waits until semaphore 5 is 7 (it is 6)"), std::string::npos)
      << message;
  host.count(5, 1);
  copy.wait();
  EXPECT_EQ(machine.backend().run(10000), StopReason::all_stopped);
  EXPECT_EQ(host.semaphore(5), 0U);
}

/// What a run says after `ask`.
std::string fault_of(const char* backend, const std::function<Submission(Machine&, HostQueue&)>& ask) {
  Machine machine(machine_of(backend, {1, 1}));
  return message_of([&] { ask(machine, machine.host(3)).wait(); });
}

TEST_P(Host, FaultsNameTheDescriptor) {
  const auto contains = [](const std::string& text, const std::string& part) {
    EXPECT_NE(text.find(part), std::string::npos) << text;
  };
  contains(fault_of(GetParam(),
                    [](Machine&, HostQueue& host) {
                      return host.submit(7, DipList().push(32, 0, 64).descriptors().front());
                    }),
           "Interface Processor 3, channel 7: refused an entry of its host: an address or stride");
  contains(fault_of(GetParam(),
                    [](Machine& machine, HostQueue& host) {
                      DramBuffer list = machine.allocate_dram(3, 4096);
                      DipList().wait(0, 0).pull(0, 0, 64).write(list);
                      return host.submit(7, list);
                    }),
           "channel 7: refused the descriptor at 0x40: an operation that the channel does not know");
  contains(fault_of(GetParam(),
                    [](Machine&, HostQueue& host) {
                      return host.submit(8, DipList().pull(0, host_bytes, 64).descriptors().front());
                    }),
           "channel 8: refused an entry of its host: the memory of an Interface Processor's host");
  contains(fault_of(GetParam(),
                    [](Machine& machine, HostQueue& host) {
                      Submission copy = host.copy(machine.allocate_host(3, 64), machine.allocate_dram(3, 64));
                      machine.backend().write_dip_register(3, hw::dip_control_submission_tail_address(), 5000);
                      return copy;
                    }),
           "Interface Processor 3: its rings have stopped: the doorbell");
  contains(fault_of(GetParam(),
                    [](Machine& machine, HostQueue& host) {
                      DramBuffer list = machine.allocate_dram(3, 64);
                      DipList().wait(1, 1).write(list);
                      for (unsigned i = 0; i < 3; ++i) host.start(8, list);
                      return host.submit(7, list);
                    }),
           "Interface Processor 3: a list was started on a channel on which one waited");
}

// The host clears what went wrong and the machine runs on.
TEST_P(Host, GoesOnAfterAFault) {
  Machine machine(machine_of(GetParam(), {1, 1}));
  HostQueue& host = machine.host(0);
  Submission bad = host.submit(7, DipList().push(32, 0, 64).descriptors().front());
  EXPECT_THROW(bad.wait(), RunError);
  EXPECT_EQ(machine.backend().run(100), StopReason::faulted);
  machine.backend().write_dip_register(0, hw::dip_control_list_fault_address(7), 0);
  machine.backend().write_dip_register(0, hw::dip_control_status_address(), 0xf);
  EXPECT_EQ(machine.backend().run(10000), StopReason::all_stopped);
}

TEST_P(Host, WrongUseIsRefused) {
  Machine machine(machine_of(GetParam()));
  HostQueue& host = machine.host(0);
  HostBuffer memory = machine.allocate_host(0, 128);
  DramBuffer dram = machine.allocate_dram(0, 128);
  EXPECT_THROW(host.copy(memory, machine.allocate_dram(1, 128)), RunError);
  EXPECT_THROW(host.copy(memory, dram, {.bytes = 100}), RunError);
  EXPECT_THROW(host.copy(memory, dram, {.to = 64}), RunError);
  EXPECT_THROW(host.start(9, dram), RunError);
  EXPECT_THROW(host.start(1, dram), RunError);  // the western edge has one row
  EXPECT_THROW(static_cast<void>(host.semaphore(32)), RunError);
  EXPECT_THROW(memory.write(random_words(256, 1)), RunError);
  EXPECT_THROW(static_cast<void>(machine.host(4)), RunError);
  EXPECT_THROW(static_cast<void>(machine.allocate_host(0, host_bytes)), RunError);
  if (!is_rtl()) return;
  MachineConfig config = machine_of("rtl");
  config.lockstep = true;
  Machine with_lockstep(config);
  const std::string message = message_of([&] { with_lockstep.host(0).count(0, 1); });
  EXPECT_EQ(message, "lockstep does not follow the host of an Interface Processor");
}

}  // namespace
}  // namespace dojo::hosts
