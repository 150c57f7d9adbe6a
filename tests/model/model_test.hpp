#pragma once
// What the tests of the golden model share: a node with a program in it.

#include <gtest/gtest.h>

#include <cstring>

#include "assembler.hpp"
#include "model/node.hpp"

namespace dojo::model {

inline constexpr std::uint64_t code_address = hw::sram_base;
inline constexpr std::uint64_t data_address = hw::sram_base + 0x10000;

/// One node whose hart 0 runs a program at the start of the SRAM.
class NodeTest : public testing::Test {
 protected:
  void load(const assembler::Program& program, unsigned hart = 0, std::uint64_t address = code_address) {
    node.write_memory(address, program.data());
    node.write_register(static_cast<std::uint32_t>(hw::control_hart_start_address(hart)), address);
  }
  /// Runs until the node can not go on, at most `limit` time.
  void run(std::uint64_t limit = 100000) {
    for (std::uint64_t passed = 0; passed < limit && node.runnable() && !node.faulted();) {
      passed += node.run(limit - passed);
    }
  }
  void load_and_run(const assembler::Program& program) {
    load(program);
    run();
  }
  template <typename T>
  [[nodiscard]] T peek(std::uint64_t address) const {
    T value;
    std::memcpy(&value, node.sram().data() + (address - hw::sram_base), sizeof value);
    return value;
  }
  template <typename T>
  void poke(std::uint64_t address, const T& value) {
    node.write_memory(address, std::as_bytes(std::span(&value, 1)));
  }
  [[nodiscard]] std::uint64_t reg(unsigned number, unsigned hart = 0) const { return node.hart(hart).reg(number); }
  [[nodiscard]] HartStatus status(unsigned hart = 0) const { return node.hart(hart).status(); }

  Node node{Coordinates{3, 5}};
};

}  // namespace dojo::model
