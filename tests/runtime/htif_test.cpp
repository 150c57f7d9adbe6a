// HTIF requests, against a machine whose program never runs: the test plays the program.

#include "runtime/htif.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "common/error.hpp"
#include "model/model_machine.hpp"

namespace dojo {
namespace {

class HtifTest : public testing::Test {
 protected:
  static constexpr std::uint64_t tohost = hw::sram_base + 0x1000;
  static constexpr std::uint64_t fromhost = hw::sram_base + 0x1040;
  static constexpr std::uint64_t block = hw::sram_base + 0x2000;
  static constexpr std::uint64_t text = hw::sram_base + 0x3000;

  void put(std::uint64_t address, std::uint64_t value) {
    machine_.write_memory({0, 0}, address, std::as_bytes(std::span(&value, 1)));
  }
  std::uint64_t get(std::uint64_t address) {
    std::uint64_t value = 0;
    machine_.read_memory({0, 0}, address, std::as_writable_bytes(std::span(&value, 1)));
    return value;
  }

  model::ModelMachine machine_{MeshSize{}};
  std::string printed_;
  Htif htif_{machine_, {0, 0}, tohost, fromhost, [this](std::string_view part) { printed_ += part; }};
};

TEST_F(HtifTest, NothingToServe) {
  EXPECT_EQ(htif_.serve(), std::nullopt);
}

TEST_F(HtifTest, ExitCode) {
  put(tohost, 1);
  EXPECT_EQ(htif_.serve(), 0u);
  put(tohost, 7 << 1 | 1);
  EXPECT_EQ(htif_.serve(), 7u);
  EXPECT_EQ(get(tohost), 0u);
}

TEST_F(HtifTest, ConsoleCharacterIsPrintedAndAnswered) {
  for (const char character : std::string_view("ok\n")) {
    put(tohost, std::uint64_t{1} << 56 | std::uint64_t{1} << 48 | static_cast<unsigned char>(character));
    EXPECT_EQ(htif_.serve(), std::nullopt);
    EXPECT_NE(get(fromhost), 0u);
    EXPECT_EQ(get(tohost), 0u);
  }
  EXPECT_EQ(printed_, "ok\n");
}

TEST_F(HtifTest, WriteSystemCall) {
  const std::string_view message = "hello, world\n";
  machine_.write_memory({0, 0}, text, std::as_bytes(std::span(message)));
  put(block, 64);
  put(block + 8, 1);
  put(block + 16, text);
  put(block + 24, message.size());
  put(tohost, block);
  EXPECT_EQ(htif_.serve(), std::nullopt);
  EXPECT_EQ(printed_, message);
  EXPECT_EQ(get(block), message.size());
  EXPECT_EQ(get(fromhost), 1u);
}

TEST_F(HtifTest, ExitSystemCall) {
  put(block, 93);
  put(block + 8, 5);
  put(tohost, block);
  EXPECT_EQ(htif_.serve(), 5u);
}

TEST_F(HtifTest, OtherSystemCallsAreNotImplemented) {
  put(block, 1000);
  put(tohost, block);
  EXPECT_EQ(htif_.serve(), std::nullopt);
  EXPECT_EQ(static_cast<std::int64_t>(get(block)), -38);
  EXPECT_EQ(get(fromhost), 1u);
}

TEST_F(HtifTest, NonsenseIsNamed) {
  put(tohost, std::uint64_t{9} << 56);
  EXPECT_THROW(htif_.serve(), RunError);
  put(tohost, 0x10);  // a block outside the SRAM
  EXPECT_THROW(htif_.serve(), RunError);
  put(block, 64);
  put(block + 16, text);
  put(block + 24, std::uint64_t{1} << 40);
  put(tohost, block);
  EXPECT_THROW(htif_.serve(), RunError);
}

}  // namespace
}  // namespace dojo
