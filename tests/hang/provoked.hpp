#pragma once
// Runs a case of programs/hang.c into its hang.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <initializer_list>
#include <string>

#include "common/error.hpp"
#include "kernels/firmware.hpp"
#include "runtime/machine.hpp"

namespace dojo {

/// Cases of kernel_main, by args[0].
enum class Hang : unsigned {
  lost_semaphore,
  ring,
  dining,
  barrier,
  own_list,
  crossed_lists,
  list_and_hart,
  issue_later,
  traffic,
  sum,
  silent_copy,
  silent_product,
  interrupt
};

/// "hang.c:30": the line of the program with this mark.
inline std::string line_of(const std::string& mark) {
  std::ifstream source(DOJO_HANG_PROGRAM);
  std::string text;
  for (unsigned line = 1; std::getline(source, text); ++line) {
    if (text.find("/* " + mark + " */") != std::string::npos) return fmt::format("hang.c:{}>", line);
  }
  ADD_FAILURE() << "no mark " << mark;
  return "nowhere";
}

/// What is said when `wait` fails; empty: it does not.
template <typename Wait>
std::string message_of(Wait wait) {
  try {
    wait();
  } catch (const RunError& error) {
    return error.what();
  }
  return {};
}

/// Runs a case on all nodes of a machine; prints and returns what is said.
inline std::string hang_of(Machine& machine, Hang hang, std::initializer_list<std::uint64_t> arguments = {},
                           unsigned harts = 1) {
  const Program program = load_firmware("test_hang");
  machine.load(program, machine.all());
  std::vector<std::uint64_t> all{static_cast<std::uint64_t>(hang)};
  all.insert(all.end(), arguments);
  const std::string message = message_of([&] { machine.launch(program, machine.all(), all, harts).wait(200'000); });
  std::puts(message.c_str());
  return message;
}

inline void expect_parts(const std::string& message, std::initializer_list<std::string> parts) {
  for (const std::string& part : parts) {
    EXPECT_NE(message.find(part), std::string::npos) << "not there: " << part << "\n" << message;
  }
}

}  // namespace dojo
