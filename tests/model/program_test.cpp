// A compiled C program gives the same result on a hart as on the host; and the model is fast.

#include <chrono>
#include <filesystem>

#include "common/elf.hpp"
#include "model/model_machine.hpp"
#include "model_test.hpp"
#include "programs/mixed.h"

namespace dojo::model {
namespace {

std::string firmware(const char* name) {
  const auto folder = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  return folder / DOJO_FIRMWARE_DIR / name;
}

TEST(Program, CompiledCGivesTheResultOfTheHost) {
  const ElfFile elf = ElfFile::read(firmware("model_mixed.elf"));
  elf.check_inside(hw::sram_base, hw::sram_base + hw::sram_size);
  ModelMachine machine({1, 1});
  for (const ElfSegment& segment : elf.segments()) machine.write_memory({0, 0}, segment.address, segment.bytes);
  machine.write_register({0, 0}, static_cast<std::uint32_t>(hw::control_hart_start_address(0)), elf.entry());
  const auto begin = std::chrono::steady_clock::now();
  ASSERT_EQ(machine.run(1'000'000'000), StopReason::all_stopped);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  EXPECT_EQ(machine.hart_status({0, 0}, 0).exit_code, 1u);
  std::uint64_t result = 0;
  machine.read_memory({0, 0}, elf.symbol("mixed_result").value(), std::as_writable_bytes(std::span(&result, 1)));
  EXPECT_EQ(result, mixed(40));
  const auto retired = static_cast<double>(machine.instructions_retired({0, 0}));
  EXPECT_GT(retired, 1e6);
  RecordProperty("million_instructions_per_second", std::to_string(retired / seconds.count() / 1e6));
}

}  // namespace
}  // namespace dojo::model
