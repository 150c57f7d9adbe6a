// Snapshots: a run that is resumed is the same to the bit, and what does not fit is refused.

#include <gtest/gtest.h>

#include <deque>
#include <filesystem>
#include <fstream>
#include <string>
#include <tuple>
#include <vector>

#include "common/error.hpp"
#include "launched.hpp"
#include "runtime/dip_list.hpp"
#include "runtime/machine.hpp"
#include "tests/cli/subprocess.hpp"

namespace dojo::sim::snapshots {
namespace {

constexpr std::uint64_t rounds = 3;
constexpr std::uint64_t limit = 400000;

/// What must be the same in two runs.
struct Outcome {
  std::uint64_t cycles = 0;
  std::uint64_t hash = 0;
  std::uint64_t checksum = 0;
  std::uint64_t evaluations = 0;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

Outcome finish(Launched& traffic) {
  traffic.run(limit);
  return {.cycles = traffic.machine().cycles(),
          .hash = traffic.machine().engine().link_hash(),
          .checksum = traffic.checksum(),
          .evaluations = traffic.machine().engine().evaluations()};
}

Outcome run_traffic(const RtlConfig& config) {
  Launched traffic(config, "test_traffic", hw::harts, {rounds});
  return finish(traffic);
}

class Snapshots : public testing::Test {
 protected:
  [[nodiscard]] RtlConfig saving(RtlConfig config, std::uint64_t every) const {
    config.snapshots = {.every = every, .folder = folder_.path()};
    return config;
  }
  [[nodiscard]] RtlConfig resuming(RtlConfig config) const {
    config.snapshots = {.resume_from = folder_.path()};
    return config;
  }
  /// Leaves the snapshots of a run of so many cycles.
  void interrupt(const RtlConfig& config, std::uint64_t cycles) const {
    Launched traffic(config, "test_traffic", hw::harts, {rounds});
    ASSERT_EQ(traffic.machine().run(cycles), StopReason::max_cycles);
  }
  [[nodiscard]] std::vector<std::filesystem::path> files() const {
    return {std::filesystem::directory_iterator(folder_.path()), {}};
  }
  void expect_same(const RtlConfig& config, std::uint64_t every) {
    const Outcome whole = run_traffic(config);
    EXPECT_NE(whole.hash, 0u);
    interrupt(saving(config, every), whole.cycles * 2 / 3);
    ASSERT_EQ(files().size(), 1u);
    for (const unsigned threads : {1u, 2u}) {
      RtlConfig again = resuming(config);
      again.threads = threads;
      Launched traffic(again, "test_traffic", hw::harts, {rounds});
      EXPECT_EQ(finish(traffic), whole) << threads << " threads";
      EXPECT_GT(traffic.machine().resumed_cycles(), 0u);
      EXPECT_LE(traffic.machine().resumed_cycles(), whole.cycles * 2 / 3);
    }
  }
  void expect_refused(const RtlConfig& config, const std::string& part, const std::string& program = "test_traffic") {
    try {
      Launched traffic(config, program, hw::harts, {rounds});
      traffic.machine().run(limit);
      FAIL() << "accepted; expected: " << part;
    } catch (const InputError& error) {
      EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
    }
  }
  test::TemporaryFolder folder_;
};

const RtlConfig mesh{.mesh = {3, 2}, .link_hash = true};

TEST_F(Snapshots, OfAMesh) {
  expect_same(mesh, 97);
}

TEST_F(Snapshots, OfFaultyNodes) {
  expect_same({.mesh = {3, 3}, .faults = {.nodes = {{1, 1}}, .links = {{{0, 0}, {1, 0}}}}, .link_hash = true}, 101);
}

TEST_F(Snapshots, OfDiesWithErrorsBetweenThem) {
  expect_same(
      {.mesh = {2, 2}, .dies = {2, 1}, .errors = {.bit_error_rate = 1e-5, .drop_rate = 1e-3}, .link_hash = true}, 500);
}

TEST_F(Snapshots, ChangeNothingAndAreMadeAgainWhileResuming) {
  const Outcome whole = run_traffic(mesh);
  EXPECT_EQ(run_traffic(saving(mesh, whole.cycles / 5)), whole);
  const std::filesystem::path last = files().at(0);
  RtlConfig again = resuming(mesh);
  again.snapshots.every = whole.cycles / 11;
  again.snapshots.folder = folder_.path();
  EXPECT_EQ(run_traffic(again), whole);
  EXPECT_EQ(files().size(), 1u);
  EXPECT_NE(files().at(0), last);
  EXPECT_EQ(run_traffic(resuming(mesh)), whole);
}

/// Every host copies into the DRAM; lists wait for that, and copy it to a node and back. Returns what must be the same.
std::tuple<std::uint64_t, std::uint64_t, std::vector<std::uint32_t>> copy_with_hosts(const MachineConfig& config) {
  constexpr std::size_t bytes = 16384;
  Machine machine(config);
  machine.load(load_firmware("test_sleep"), machine.all());
  std::vector<HostBuffer> hosts;
  std::vector<DramBuffer> drams;
  std::deque<DramBuffer> lists;
  std::vector<Buffer> inside;
  std::vector<Submission> ends;
  for (unsigned dip = 0; dip < machine.dips().size(); ++dip) {
    hosts.push_back(machine.allocate_host(dip, 2 * bytes));
    std::vector<std::uint32_t> words(bytes / 4);
    for (unsigned i = 0; i < words.size(); ++i) words[i] = dip * 1000000 + i;
    hosts.back().write(words);
    drams.push_back(machine.allocate_dram(dip, bytes));
    inside.push_back(machine.allocate(machine.dips()[dip].ports[0]->router, bytes));
    DramBuffer& to_node = lists.emplace_back(machine.allocate_dram(dip, 4096));
    DramBuffer& to_host = lists.emplace_back(machine.allocate_dram(dip, 4096));
    DipList().wait(0, 1).push(drams[dip].address(), inside[dip].global_address(), bytes).count(1).write(to_node);
    DipList().wait(1, 1).push(drams[dip].address(), hosts[dip].address() + bytes, bytes).write(to_host);
    machine.host(dip).start(0, to_node);
    ends.push_back(machine.host(dip).submit(HostQueue::to_host, to_host));
    machine.host(dip).copy(hosts[dip], drams[dip], {.bytes = bytes, .semaphore = 0});
  }
  for (Submission& end : ends) end.wait();
  std::vector<std::uint32_t> words;
  const auto add = [&words](const auto& buffer) {
    const auto more = buffer.template read<std::uint32_t>(buffer.size() / 4);
    words.insert(words.end(), more.begin(), more.end());
  };
  for (const HostBuffer& buffer : hosts) add(buffer);
  for (const Buffer& buffer : inside) add(buffer);
  return {machine.cycles(), dynamic_cast<RtlMachine&>(machine.backend()).engine().evaluations(), words};
}

TEST_F(Snapshots, OfMemoryAndItsHosts) {
  for (const MeshSize dies : {MeshSize{1, 1}, MeshSize{2, 1}}) {
    MachineConfig config{.mesh = {2, 1}, .dies = dies, .memory = true};
    // Of several dies the first Interface Processor reaches its node over Ethernet.
    if (dies.nodes() > 1) config.ethernet = {{.from = 0, .first = {0, 0}, .last = {3, 0}, .via = 1}};
    const auto whole = copy_with_hosts(config);
    const auto cycles = std::get<0>(whole);
    MachineConfig cut = config;
    cut.snapshots = {.every = cycles / 5, .folder = folder_.path()};
    cut.max_cycles = cycles * 3 / 4;
    EXPECT_THROW(copy_with_hosts(cut), RunError);
    MachineConfig again = config;
    again.snapshots = {.resume_from = folder_.path()};
    EXPECT_TRUE(copy_with_hosts(again) == whole);
    // The same with a snapshot at another place: while the host has yet to answer.
    for (const auto& file : files()) std::filesystem::remove(file);
    cut.snapshots.every = hw::edge_flight;
    cut.max_cycles = host_latency / 2;
    EXPECT_THROW(copy_with_hosts(cut), RunError);
    EXPECT_TRUE(copy_with_hosts(again) == whole);
    EXPECT_THROW(copy_with_hosts({.mesh = {2, 1}, .dies = dies, .snapshots = again.snapshots}), InputError);
    for (const auto& file : files()) std::filesystem::remove(file);
  }
}

TEST_F(Snapshots, WhileAllSleep) {
  constexpr std::uint64_t wake = 100000;
  for (const MeshSize dies : {MeshSize{1, 1}, MeshSize{2, 1}}) {
    const RtlConfig config{.mesh = {2, 1}, .dies = dies};
    Launched whole(config, "test_sleep", 1, {wake});
    whole.run(2 * wake);
    Launched before(saving(config, wake / 3), "test_sleep", 1, {wake});
    ASSERT_EQ(before.machine().run(wake / 2), StopReason::max_cycles);
    Launched after(resuming(config), "test_sleep", 1, {wake});
    after.run(2 * wake);
    EXPECT_EQ(after.machine().cycles(), whole.machine().cycles());
    EXPECT_EQ(after.machine().engine().evaluations(), whole.machine().engine().evaluations());
    for (const auto& file : files()) std::filesystem::remove(file);
  }
}

TEST_F(Snapshots, HostThatLooksInBetween) {
  // The host reads memory and harts between its runs, and writes what it has read.
  const auto run = [](const RtlConfig& config, std::uint64_t most) {
    Launched traffic(config, "test_traffic", hw::harts, {rounds});
    std::uint64_t seen = 0;
    StopReason reason = StopReason::max_cycles;
    while (reason == StopReason::max_cycles && traffic.machine().cycles() < most) {
      reason = traffic.machine().run(150);
      seen = seen * 31 + traffic.machine().hart_status({1, 1}, 2).pc + traffic.checksum() + traffic.machine().cycles();
      traffic.machine().write_memory({2, 0}, hw::sram_base + hw::sram_size - 64, std::as_bytes(std::span(&seen, 1)));
    }
    return std::tuple(reason, seen, traffic.machine().cycles(), traffic.machine().engine().link_hash());
  };
  const auto whole = run(mesh, limit);
  run(saving(mesh, 400), std::get<2>(whole) / 2);
  EXPECT_EQ(run(resuming(mesh), limit), whole);
}

TEST_F(Snapshots, OfOtherMachinesAndRunsAreRefused) {
  interrupt(saving(mesh, 100), 350);
  expect_refused(resuming({.mesh = {2, 3}, .link_hash = true}), "another machine: 1x1 dies of 3x2 nodes");
  RtlConfig other = mesh;
  other.seed = 7;
  expect_refused(resuming(other), "seed 0");
  other = mesh;
  other.faults.links = {{{0, 0}, {1, 0}}};
  expect_refused(resuming(other), "another machine");
  expect_refused(resuming(mesh), "another run: call 1 of the host", "test_sleep");
  expect_refused(saving(mesh, 100), "there are snapshots of another run");
  other = resuming(mesh);
  other.lockstep = true;
  expect_refused(other, "lockstep");
  other = mesh;
  other.snapshots = {.resume_from = folder_.path() / "nowhere"};
  expect_refused(other, "snapshots cannot be read");
  other.snapshots = {.every = 100, .folder = folder_.path() / files().at(0).filename() / "in-a-file"};
  expect_refused(other, "snapshots cannot be written");
}

TEST_F(Snapshots, DamagedFilesAreRefused) {
  expect_refused(resuming(mesh), "there are no snapshots");
  interrupt(saving(mesh, 100), 350);
  const std::filesystem::path file = files().at(0);
  const std::string whole = test::contents_of(file);
  const auto write = [&](const std::string& contents) {
    std::ofstream(file, std::ios::binary | std::ios::trunc) << contents;
  };
  for (const std::size_t at : {0ul, 8ul, 40ul, whole.size() / 3, whole.size() / 2, whole.size() - 1}) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
    write(damaged);
    EXPECT_THROW(run_traffic(resuming(mesh)), InputError) << "byte " << at << " of " << whole.size();
    write(whole.substr(0, at));
    EXPECT_THROW(run_traffic(resuming(mesh)), InputError) << at << " bytes of " << whole.size();
  }
  write(whole + "x");
  expect_refused(resuming(mesh), "damaged");
  write(whole);
  EXPECT_EQ(run_traffic(resuming(mesh)), run_traffic(mesh));
}

}  // namespace
}  // namespace dojo::sim::snapshots
