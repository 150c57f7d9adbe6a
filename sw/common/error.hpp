#pragma once
// The two kinds of failure that reach a user, and the exit codes that go with them.

#include <stdexcept>
#include <string>

namespace dojo {

/// Exit codes of every command.
enum class ExitCode : int {
  done = 0,      ///< the run did what was asked
  failed = 1,    ///< the run failed: wrong result, trap, hang, failed assertion
  bad_input = 2  ///< bad usage or a bad input file
};

/// A bad option, file or configuration. The message is one line that says what and where.
class InputError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A run that failed: a trap, a unit fault, a hang, a failed assertion, a wrong result.
/// The message is one line and names node, hart, PC and cause where there are any.
class RunError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace dojo
