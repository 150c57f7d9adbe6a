#pragma once
// A failing assertion in a Verilated model becomes a C++ exception, so that a test fails with its message.
//
// The library dojo_assertion is linked to Verilator's run-time library, which is compiled behind verilated_hooks.h:
// a bench that links a Verilated model has nothing to call.

#include <string>

#include "common/error.hpp"

namespace dojo {

/// A failed assertion ($error or $fatal), or an unexpected $stop or $finish, of a Verilated model.
/// The model that threw must not be evaluated again; it may be destroyed.
class AssertionError : public RunError {
 public:
  AssertionError(std::string text, std::string file, int line, std::string hierarchy);

  /// What the assertion said, without its place.
  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] const std::string& file() const { return file_; }
  [[nodiscard]] int line() const { return line_; }
  /// Hierarchical name of the module instance, such as "top.node.u_router".
  [[nodiscard]] const std::string& hierarchy() const { return hierarchy_; }

 private:
  std::string text_;
  std::string file_;
  int line_;
  std::string hierarchy_;
};

}  // namespace dojo
