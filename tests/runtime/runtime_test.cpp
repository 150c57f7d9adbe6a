// The runtime on both backends: programs, memory, launches, and what it says when a program fails.

#include <gtest/gtest.h>

#include <cstdint>
#include <numeric>
#include <string>
#include <vector>

#include "common/error.hpp"
#include "kernels/firmware.hpp"
#include "programs/failure.h"
#include "runtime/machine.hpp"

namespace dojo {
namespace {

class Runtime : public testing::TestWithParam<std::string> {
 protected:
  [[nodiscard]] MachineConfig config(MeshSize mesh = {}) const { return {.backend = GetParam(), .mesh = mesh}; }

  /// The message with which the failure program ends.
  [[nodiscard]] std::string failure(std::uint64_t kind, std::uint64_t max_cycles = no_cycle_limit) const {
    Machine machine(config());
    const Program program = load_firmware("test_failure");
    machine.load(program, machine.all());
    Event event = machine.launch(program, machine.all(), {kind, 9, 0});
    try {
      event.wait(max_cycles);
    } catch (const RunError& error) {
      return error.what();
    }
    return "";
  }

  static void expect_parts(const std::string& message, const std::vector<std::string>& parts) {
    for (const std::string& part : parts)
      EXPECT_NE(message.find(part), std::string::npos) << part << " is not in: " << message;
    // Behind what waits stands for whom.
    const bool waits = message.find("no progress") != std::string::npos;
    EXPECT_TRUE(waits || message.find('\n') == std::string::npos) << message;
  }
};

TEST_P(Runtime, ProgramWorksOnBuffersOfEveryNode) {
  Machine machine(config({.columns = 2, .rows = 2}));
  const Program program = load_firmware("test_scale");
  const Rectangle all = machine.all();
  machine.load(program, all);
  std::vector<std::uint64_t> values(100);
  std::iota(values.begin(), values.end(), 7);
  std::vector<Buffer> inputs;
  std::vector<Buffer> outputs;
  for (unsigned i = 0; i < all.nodes(); ++i) {
    inputs.push_back(machine.allocate(all.node(i), values.size() * 8));
    outputs.push_back(machine.allocate(all.node(i), values.size() * 8));
    inputs.back().write(values);
  }
  ASSERT_EQ(inputs[0].address(), inputs[3].address());
  for (const unsigned harts : {1u, 4u}) {
    Event event =
        machine.launch(program, all, {inputs[0].address(), outputs[0].address(), values.size(), harts, 0}, harts);
    EXPECT_EQ(event.cycles(), 0u);
    event.wait();
    EXPECT_TRUE(event.done());
    EXPECT_GT(event.cycles(), 0u);
    for (unsigned i = 0; i < all.nodes(); ++i) {
      const auto results = outputs[i].read<std::uint64_t>(values.size());
      for (std::size_t v = 0; v < values.size(); ++v) ASSERT_EQ(results[v], values[v] * 10 + i) << "node " << i;
    }
  }
}

TEST_P(Runtime, RectangleIsTakenInRowsFromItsOrigin) {
  Machine machine(config({.columns = 3, .rows = 3}));
  const Program program = load_firmware("test_place");
  const Rectangle part{.origin = {1, 1}, .columns = 2, .rows = 2};
  machine.load(program, part);
  std::vector<Buffer> places;
  places.reserve(part.nodes());
  for (unsigned i = 0; i < part.nodes(); ++i) places.push_back(machine.allocate(part.node(i), 24));
  machine.launch(program, part, {places[0].address()}).wait();
  for (unsigned i = 0; i < part.nodes(); ++i) {
    EXPECT_EQ(places[i].read<std::uint32_t>(6), (std::vector<std::uint32_t>{1, 1, 2, 2, i, 4}));
  }
}

TEST_P(Runtime, ExitCodeOtherThanZeroIsAFailure) {
  Machine machine(config());
  const Program program = load_firmware("test_failure");
  machine.load(program, machine.all());
  Event event = machine.launch(program, machine.all(), {FAILURE_EXIT_CODE});
  EXPECT_THROW(event.wait(), RunError);
  EXPECT_EQ(event.exit_code({0, 0}), 3u);
  expect_parts(failure(FAILURE_EXIT_CODE), {"test_failure.elf", "node (0,0) hart 0", "exit code 3"});
}

TEST_P(Runtime, TrapNamesNodeHartCauseAndPlace) {
  expect_parts(failure(FAILURE_ILLEGAL_INSTRUCTION),
               {"node (0,0) hart 0", "illegal instruction", "PC 0x800", "kernel_main", "mtval 0xffffffff"});
  expect_parts(failure(FAILURE_UNMAPPED_LOAD), {"load access fault", "mtval 0x10000000", "kernel_main"});
  expect_parts(failure(FAILURE_MISALIGNED_STORE), {"store address misaligned", "kernel_main"});
}

TEST_P(Runtime, UnitFaultNamesUnitDescriptorAndCause) {
  expect_parts(failure(FAILURE_BAD_DESCRIPTOR), {"node (0,0) matrix unit", "descriptor at 0x800", "unknown operation"});
}

TEST_P(Runtime, HangNamesWhatIsWaitedFor) {
  expect_parts(failure(FAILURE_SEMAPHORE),
               {"no progress", "node (0,0) hart 0", "semaphore 5 is 2 (it is 1)", "wait_for_nobody"});
  expect_parts(failure(FAILURE_WFI), {"no progress", "waits for an interrupt", "kernel_main"});
}

TEST_P(Runtime, EndlessLoopEndsAtTheLimit) {
  expect_parts(failure(FAILURE_ENDLESS_LOOP, 5000), {"cycle limit", "node (0,0) hart 0 runs at", "kernel_main"});
}

TEST_P(Runtime, StoreToAMissingNodeIsNamed) {
  expect_parts(failure(FAILURE_MISSING_NODE), {"(0,0)", "(9,0)"});
}

TEST_P(Runtime, MemoryIsBoundedAndFreedWithItsBuffer) {
  Machine machine(config());
  EXPECT_THROW((void)machine.allocate({0, 0}, 64), RunError);
  const Program program = load_firmware("test_scale");
  machine.load(program, machine.all());
  EXPECT_THROW((void)machine.allocate({0, 0}, hw::sram_size), RunError);
  std::uint64_t address = 0;
  {
    Buffer buffer = machine.allocate({0, 0}, 1000);
    address = buffer.address();
    EXPECT_EQ(address % 64, 0u);
    EXPECT_GE(address, program.heap_start());
    EXPECT_EQ(buffer.global_address(), hw::global_address(0, 0, address));
    const std::vector<std::uint8_t> bytes(1001);
    EXPECT_THROW(buffer.write(bytes), RunError);
    EXPECT_THROW((void)buffer.read<std::uint8_t>(1, 1000), RunError);
    buffer.write(std::vector<std::uint8_t>{9}, 999);
    EXPECT_EQ(buffer.read<std::uint8_t>(1, 999), std::vector<std::uint8_t>{9});
    EXPECT_THROW(machine.load(program, machine.all()), RunError);
  }
  EXPECT_EQ(machine.allocate({0, 0}, 1000).address(), address);
  machine.load(program, machine.all());
}

TEST_P(Runtime, BufferMayOutliveItsMachine) {
  std::optional<Buffer> buffer;
  {
    Machine machine(config());
    machine.load(load_firmware("test_scale"), machine.all());
    buffer.emplace(machine.allocate({0, 0}, 64));
  }
  buffer.reset();
}

TEST_P(Runtime, LaunchesThatCannotBeAreRefused) {
  Machine machine(config({.columns = 2, .rows = 1}));
  const Program program = load_firmware("test_scale");
  EXPECT_THROW((void)machine.launch(program, machine.all()), RunError) << "not loaded";
  machine.load(program, {.origin = {0, 0}});
  EXPECT_THROW((void)machine.launch(program, machine.all()), RunError) << "loaded on one node only";
  const Rectangle one{.origin = {0, 0}};
  EXPECT_THROW((void)machine.launch(program, one, {}, 5), RunError);
  EXPECT_THROW((void)machine.launch(program, one, std::vector<std::uint64_t>(57)), RunError);
  EXPECT_THROW((void)machine.launch(program, {.origin = {1, 0}, .columns = 2, .rows = 1}), RunError);
  EXPECT_THROW(machine.load(program, {.origin = {0, 0}, .columns = 1, .rows = 2}), RunError);
  Event event = machine.launch(program, one, {0, 0, 0, 1, 0});
  EXPECT_THROW((void)machine.launch(program, one, {0, 0, 0, 1, 0}), RunError) << "still under way";
  event.wait();
  machine.launch(program, one, {0, 0, 0, 1, 0}).wait();
}

TEST_P(Runtime, SameCallsGiveTheSameCycles) {
  std::uint64_t cycles = 0;
  for (int run = 0; run < 2; ++run) {
    Machine machine(config({.columns = 2, .rows = 2}));
    const Program program = load_firmware("test_scale");
    machine.load(program, machine.all());
    Buffer buffer = machine.allocate({0, 0}, 800);
    Event event = machine.launch(program, machine.all(), {buffer.address(), buffer.address(), 100, 4, 0}, 4);
    event.wait();
    if (run == 0) cycles = event.cycles();
    EXPECT_EQ(event.cycles(), cycles);
  }
}

INSTANTIATE_TEST_SUITE_P(Backends, Runtime, testing::Values("rtl", "model"),
                         [](const auto& info) { return info.param; });

TEST(MachineConfig, UnknownBackendAndImpossibleMeshesAreRefused) {
  EXPECT_THROW(Machine({.backend = "fpga"}), InputError);
  for (const std::string backend : {"rtl", "model"}) {
    EXPECT_THROW(Machine({.backend = backend, .mesh = {0, 1}}), InputError);
    EXPECT_THROW(Machine({.backend = backend, .mesh = {1, 0}}), InputError);
    EXPECT_THROW(Machine({.backend = backend, .mesh = {4096, 1}}), InputError);
    EXPECT_THROW(Machine({.backend = backend, .mesh = {2048, 2048}}), InputError);
  }
}

TEST(ProgramFile, MissingFileIsRefused) {
  EXPECT_THROW((void)Program::from_elf("missing.elf"), InputError);
}

}  // namespace
}  // namespace dojo
