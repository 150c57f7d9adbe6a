// Nodes reach the DRAM at a machine's outer edges: every edge, kind of copy and element, beside the golden model; the
// same cycles whatever the threads; and what goes wrong.

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "common/error.hpp"
#include "kernels/firmware.hpp"
#include "runtime/machine.hpp"
#include "sim/rtl_machine.hpp"

namespace dojo {
namespace {

using Op = hw::DescriptorOpTransfer;

constexpr unsigned west = 3;
constexpr std::size_t share_bytes = 4096;  // of a node in each part of a memory

MachineConfig machine_of(MeshSize mesh, MeshSize dies = {1, 1}) {
  return {.mesh = mesh, .dies = dies, .memory = true, .max_cycles = 200000};
}

hw::TransferDescriptor copy_of(Op op, std::uint64_t local, std::uint64_t remote, std::uint32_t lines) {
  hw::TransferDescriptor d{};
  d.op = static_cast<std::uint32_t>(op);
  d.element_size = 6;
  d.sem_en = 1;
  d.lines = lines;
  d.local_address = static_cast<std::uint32_t>(local);
  d.remote_address_low = static_cast<std::uint32_t>(remote);
  d.remote_address_high = static_cast<std::uint32_t>(remote >> 32);
  return d;
}

std::vector<std::uint32_t> random_words(std::size_t count, std::uint64_t seed) {
  std::mt19937 random(static_cast<std::uint32_t>(seed));
  std::vector<std::uint32_t> words(count);
  for (std::uint32_t& word : words) word = random();
  return words;
}

/// Nodes with a list each, which runs when all of them have one.
class Lists {
 public:
  explicit Lists(const MachineConfig& config) : machine_(config), program_(load_firmware("transfer")) {
    machine_.load(program_, machine_.all());
  }

  /// Bytes of a node, at an address that is the same in every run.
  Buffer& memory(Coordinates node, std::size_t bytes) {
    buffers_.push_back(std::make_unique<Buffer>(machine_.allocate(node, bytes)));
    return *buffers_.back();
  }

  /// Descriptors that follow each other.
  void add(Coordinates node, std::vector<hw::TransferDescriptor> list) {
    Buffer& where = memory(node, list.size() * sizeof list[0]);
    std::uint64_t counts = 0;
    for (std::size_t i = 0; i < list.size(); ++i) {
      counts += list[i].sem_en;
      list[i].next_en = i + 1 < list.size() ? 1 : 0;
      list[i].next = static_cast<std::uint32_t>(where.address() + (i + 1) * sizeof list[0]);
    }
    where.write(list);
    events_.push_back(machine_.launch(program_, {.origin = node, .columns = 1, .rows = 1}, {where.address(), counts}));
  }

  /// Runs all lists. Throws RunError as Event::wait does.
  void run() {
    for (Event& event : events_) event.wait();
    events_.clear();
  }

  Machine& machine() { return machine_; }
  sim::RtlMachine& rtl() { return dynamic_cast<sim::RtlMachine&>(machine_.backend()); }

 private:
  Machine machine_;
  Program program_;
  std::vector<std::unique_ptr<Buffer>> buffers_;
  std::vector<Event> events_;
};

/// All that may differ between two machines that should do the same.
struct Outcome {
  std::vector<std::uint32_t> words;
  std::uint64_t cycles = 0;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

/// Every node copies with every memory in several ways: in one run it reads, and in the next one it writes what it has.
Outcome exchange(const MachineConfig& config) {
  Lists lists(config);
  Machine& machine = lists.machine();
  const Rectangle all = machine.all();
  const std::size_t whole = share_bytes * all.nodes();
  std::vector<DramBuffer> from;
  std::vector<DramBuffer> to;
  for (unsigned dip = 0; dip < machine.dips().size(); ++dip) {
    from.push_back(machine.allocate_dram(dip, whole));
    from.back().write(random_words(whole / 4, dip));
    to.push_back(machine.allocate_dram(dip, whole));
    to.back().write(std::vector<std::uint32_t>(whole / 4));
  }
  std::vector<Buffer*> inside;
  std::vector<std::uint64_t> indices;
  for (unsigned i = 0; i < all.nodes(); ++i) {
    inside.push_back(&lists.memory(all.node(i), share_bytes * from.size()));
    inside.back()->write(std::vector<std::uint32_t>(share_bytes * from.size() / 4));
    // Places of 16 elements of a table of 64, each once.
    std::vector<std::uint32_t> places(16);
    for (unsigned place = 0; place < 16; ++place) places[place] = place * 37 % 64;
    Buffer& list = lists.memory(all.node(i), 64);
    list.write(places);
    indices.push_back(list.address());
  }
  // Copies of a share, which lies in four parts of 1 KiB: lines, rows of elements of 16 bytes, and places of elements
  // of 8 bytes, on either side.
  const auto copies = [&](bool pulls, unsigned node, std::vector<DramBuffer>& drams) {
    std::vector<hw::TransferDescriptor> list;
    for (unsigned dip = 0; dip < drams.size(); ++dip) {
      const std::uint64_t local = inside[node]->address() + dip * share_bytes;
      const std::uint64_t remote = drams[dip].global_address(all.node(node)) + node * share_bytes;
      list.push_back(copy_of(pulls ? Op::pull : Op::push, local, remote, 16));
      hw::TransferDescriptor rows =
          copy_of(pulls ? Op::pull_strided : Op::push_strided, local + 1024, remote + 1024, 4);
      rows.element_size = 4;
      rows.rows = 8;
      rows.local_inner_stride = pulls ? 16 : 32;
      rows.local_outer_stride = 128;
      rows.remote_inner_stride = pulls ? 32 : 16;
      rows.remote_outer_stride = 128;
      list.push_back(rows);
      for (const Op op : {pulls ? Op::pull_gather : Op::push_gather, pulls ? Op::pull_scatter : Op::push_scatter}) {
        const unsigned part = op == Op::pull_gather || op == Op::push_gather ? 2048 : 3072;
        hw::TransferDescriptor d = copy_of(op, local + part, remote + part, 16);
        d.element_size = 3;
        d.index_list = static_cast<std::uint32_t>(indices[node]);
        d.index_limit = 64;
        list.push_back(d);
      }
    }
    return list;
  };
  for (unsigned i = 0; i < all.nodes(); ++i) lists.add(all.node(i), copies(true, i, from));
  lists.run();
  for (unsigned i = 0; i < all.nodes(); ++i) lists.add(all.node(i), copies(false, i, to));
  lists.run();

  Outcome outcome;
  for (const Buffer* buffer : inside) {
    const auto words = buffer->read<std::uint32_t>(buffer->size() / 4);
    outcome.words.insert(outcome.words.end(), words.begin(), words.end());
  }
  for (unsigned dip = 0; dip < to.size(); ++dip) {
    const auto before = from[dip].read<std::uint32_t>(whole / 4);
    const auto words = to[dip].read<std::uint32_t>(whole / 4);
    outcome.words.insert(outcome.words.end(), words.begin(), words.end());
    // Lines are where they came from.
    for (unsigned i = 0; i < all.nodes(); ++i) {
      for (unsigned word = i * share_bytes / 4; word < (i * share_bytes + 1024) / 4; ++word) {
        EXPECT_EQ(words[word], before[word]) << "Interface Processor " << dip << ", word " << word;
      }
    }
  }
  if (config.backend == "rtl") {
    outcome.cycles = machine.cycles();
    lists.rtl().compare_with_model();
  }
  return outcome;
}

std::vector<std::uint32_t> words_on_model(MachineConfig config) {
  config.backend = "model";
  return exchange(config).words;
}

TEST(Memory, EveryEdgeOfAMesh) {
  for (const MeshSize mesh : {MeshSize{2, 2}, MeshSize{4, 4}}) {
    const Outcome outcome = exchange(machine_of(mesh));
    EXPECT_EQ(outcome.words, words_on_model(machine_of(mesh)));
  }
}

TEST(Memory, DiesReachItAcrossTheirEdges) {
  const Outcome outcome = exchange(machine_of({2, 2}, {2, 1}));
  EXPECT_EQ(outcome.words, words_on_model(machine_of({2, 2}, {2, 1})));
}

TEST(Memory, ThreadsChangeNothing) {
  for (const MeshSize dies : {MeshSize{1, 1}, MeshSize{2, 1}}) {
    MachineConfig config = machine_of({2, 2}, dies);
    config.threads = 1;
    const Outcome one = exchange(config);
    config.threads = 2;
    EXPECT_EQ(exchange(config), one);
  }
}

TEST(Memory, LockstepWithTheModel) {
  MachineConfig config = machine_of({2, 2});
  config.lockstep = true;
  exchange(config);
}

TEST(Memory, DeadRoutersHaveNoPort) {
  MachineConfig config = machine_of({3, 3});
  config.faults = {.nodes = {{0, 1}}};
  const Outcome outcome = exchange(config);
  EXPECT_EQ(outcome.words, words_on_model(config));
  Machine machine(config);
  EXPECT_THROW(static_cast<void>(machine.allocate_dram(0, 64).global_address(1U)), RunError);
}

/// What an Interface Processor of a row of dies sends to nodes of the other die goes over Ethernet: from the west to
/// the east and back, and from one die's north to the other's.
std::vector<EthernetRoute> shortcuts(MeshSize die) {
  const unsigned right = die.columns;
  const unsigned end = 2 * die.columns;
  return {{.from = 0, .first = {right, 0}, .last = {end - 1, die.rows - 1}, .via = 1},
          {.from = 1, .first = {0, 0}, .last = {right - 1, die.rows - 1}, .via = 0},
          {.from = 2, .first = {right, 0}, .last = {end - 1, die.rows - 1}, .via = 3}};
}

TEST(MemoryOverEthernet, BringsTheSame) {
  MachineConfig config = machine_of({2, 2}, {2, 1});
  const std::vector<std::uint32_t> expected = words_on_model(config);
  const std::uint64_t over_mesh = exchange(config).cycles;
  config.ethernet = shortcuts(config.mesh);
  EXPECT_EQ(words_on_model(config), expected);
  config.lockstep = true;
  config.threads = 1;
  const Outcome one = exchange(config);
  EXPECT_EQ(one.words, expected);
  EXPECT_NE(one.cycles, over_mesh);
  config.lockstep = false;
  config.threads = 2;
  EXPECT_EQ(exchange(config), one);
}

TEST(MemoryOverEthernet, JoinsTheSidesOfADie) {
  MachineConfig config = machine_of({3, 1});
  config.ethernet = {{.from = 1, .first = {0, 0}, .last = {0, 0}, .via = 0}};
  Lists lists(config);
  DramBuffer far = lists.machine().allocate_dram(1, 6400);
  far.write(random_words(1600, 1));
  Buffer& here = lists.memory({0, 0}, 6400);
  lists.add({0, 0}, {copy_of(Op::pull, here.address(), far.global_address(Coordinates{0, 0}), 100)});
  lists.run();
  EXPECT_EQ(here.read<std::uint32_t>(1600), far.read<std::uint32_t>(1600));
  EXPECT_GT(lists.rtl().engine().ethernet_frames(), 100U / hw::ttp_payload_beats);
}

TEST(MemoryOverEthernet, RoutesThatAreWrong) {
  const auto message = [](const EthernetRoute& route, bool memory = true) {
    for (const char* const backend : {"rtl", "model"}) {
      try {
        const Machine machine({.backend = backend, .mesh = {2, 1}, .memory = memory, .ethernet = {route}});
      } catch (const InputError& error) {
        if (std::string(backend) == "model") return std::string(error.what());
        continue;
      }
      return std::string("no error");
    }
    return std::string("no error");
  };
  EXPECT_EQ(message({.from = 0, .last = {1, 0}, .via = 4}), "Ethernet route 0: there is no Interface Processor 4 of 4");
  EXPECT_EQ(message({.from = 2, .last = {1, 0}, .via = 2}), "Ethernet route 0: from Interface Processor 2 to itself");
  EXPECT_EQ(message({.from = 0, .first = {1, 0}, .via = 1}), "Ethernet route 0: its area is empty");
  EXPECT_EQ(message({.from = 0, .last = {4000, 0}, .via = 1}), "Ethernet route 0: its area has no such coordinates");
  EXPECT_EQ(message({.from = 0, .via = 1}, false), "Ethernet route 0: there is no Interface Processor 0 of 0");
}

TEST(Memory, HartsStoreThere) {
  for (const char* const backend : {"rtl", "model"}) {
    MachineConfig config = machine_of({2, 1});
    config.backend = backend;
    config.lockstep = config.backend == "rtl";
    Machine machine(config);
    const Program program = load_firmware("test_memory_store");
    machine.load(program, machine.all());
    DramBuffer dram = machine.allocate_dram(1, hw::harts * 64);
    dram.write(std::vector<std::uint64_t>(hw::harts * 8));
    machine
        .launch(program, {.origin = {0, 0}, .columns = 1, .rows = 1}, {dram.global_address(Coordinates{0, 0})},
                hw::harts)
        .wait();
    for (unsigned hart = 0; hart < hw::harts; ++hart) {
      const std::uint64_t value = 0x1122334455667788 + hart;
      const std::vector<std::uint64_t> expected{value, value & 0xffffffff, value & 0xffff, value & 0xff};
      EXPECT_EQ(dram.read<std::uint64_t>(4, std::size_t{8} * hart), expected) << backend << ", hart " << hart;
    }
  }
}

std::string message_of(const std::function<void()>& run) {
  try {
    run();
  } catch (const RunError& error) {
    return error.what();
  }
  return "no error";
}

TEST(Memory, BehindItsEndIsAFault) {
  for (const char* const backend : {"rtl", "model"}) {
    MachineConfig config = machine_of({2, 1});
    config.backend = backend;
    Lists lists(config);
    const DramBuffer first = lists.machine().allocate_dram(0, 64);
    lists.add({0, 0}, {copy_of(Op::pull, lists.memory({0, 0}, 128).address(),
                               first.global_address(Coordinates{0, 0}) + dip_bytes - 64, 2)});
    EXPECT_NE(message_of([&] { lists.run(); }).find("a stream leaves the SRAM, or the memory"), std::string::npos);
  }
}

// A store for memory that names a node, or a port that is not there, by mistake.
TEST(Memory, StoresThatMissItAreErrors) {
  struct Miss {
    std::uint16_t x;
    std::uint16_t y;
    const char* message;
  };
  constexpr auto missing_row = 7;
  for (const char* const backend : {"rtl", "model"}) {
    for (const Miss& miss :
         {Miss{1, 0, "node (0,0): node (1,0) refused a write at 0x412345678"},
          Miss{hw::west_column, missing_row,
               "node (0,0): there is no port of an Interface Processor at (2046,7); access at 0x412345678"},
          Miss{2, missing_row,
               "node (0,0): there is no port of an Interface Processor at (2,7); access at 0x412345678"}}) {
      MachineConfig config = machine_of({2, 1});
      config.backend = backend;
      Machine machine(config);
      const Program program = load_firmware("test_memory_store");
      machine.load(program, machine.all());
      Event event = machine.launch(
          program, {.origin = {0, 0}, .columns = 1, .rows = 1},
          {hw::GlobalAddress{.is_global = true, .kind = true, .y = miss.y, .x = miss.x, .offset = 0x412345678}
               .encode()});
      const std::string message = message_of([&] { event.wait(); });
      EXPECT_NE(message.find(miss.message), std::string::npos) << backend << ": " << message;
    }
  }
}

// A node that is closed to memory as well refuses what comes from there: the run ends with both names.
TEST(Memory, WhatANodeRefusesEndsTheRun) {
  for (const char* const backend : {"rtl", "model"}) {
    MachineConfig config = machine_of({2, 1});
    config.backend = backend;
    Lists lists(config);
    const DramBuffer first = lists.machine().allocate_dram(0, 64);
    lists.machine().protect(lists.machine().all());
    for (unsigned entry = 1; entry < hw::control_protect_rights_count; ++entry) {
      lists.machine().backend().write_register(
          {0, 0}, static_cast<std::uint32_t>(hw::control_protect_rights_address(entry)), 0);
    }
    lists.add({0, 0},
              {copy_of(Op::pull, lists.memory({0, 0}, 64).address(), first.global_address(Coordinates{0, 0}), 1)});
    const std::string message = message_of([&] { lists.run(); });
    EXPECT_NE(message.find("Interface Processor 0: node (0,0) refused a write"), std::string::npos) << message;
  }
}

TEST(Memory, SleepsWhenNothingComes) {
  Lists lists(machine_of({2, 2}));
  EXPECT_EQ(lists.machine().backend().run(1000000), StopReason::all_stopped);
  EXPECT_LT(lists.machine().cycles(), 2000U);
}

TEST(Memory, HostReadsWhatItWrote) {
  for (const char* const backend : {"rtl", "model"}) {
    MachineConfig config = machine_of({1, 1});
    config.backend = backend;
    Machine machine(config);
    ASSERT_EQ(machine.dips().size(), 4U);
    EXPECT_EQ(machine.dips()[0].direction, west);
    DramBuffer small = machine.allocate_dram(3, 1000);
    DramBuffer large = machine.allocate_dram(3, dip_bytes - 4096);
    const auto words = random_words(250, 7);
    small.write(words);
    large.write(words, large.size() / 4 - words.size());
    EXPECT_EQ(small.read<std::uint32_t>(words.size()), words);
    EXPECT_EQ(large.read<std::uint32_t>(words.size(), large.size() / 4 - words.size()), words);
    EXPECT_THROW(small.write(words, 1), RunError);
    EXPECT_THROW(static_cast<void>(machine.allocate_dram(3, 4096)), RunError);
    EXPECT_THROW(static_cast<void>(machine.allocate_dram(4, 64)), RunError);
  }
  Machine without({.mesh = {1, 1}});
  EXPECT_TRUE(without.dips().empty());
}

}  // namespace
}  // namespace dojo
