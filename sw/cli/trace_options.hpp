#pragma once
// The options of traces, and the recorder that they ask for.

#include <memory>
#include <string>
#include <vector>

#include "runtime/machine.hpp"
#include "trace/recorder.hpp"

namespace CLI {
class App;
}  // namespace CLI

namespace dojo::cli {

struct Options;

/// What the options say, as texts.
struct TraceTexts {
  std::vector<std::string> files;
  std::string format;  ///< of all files; empty: by their names
  std::string cycles;  ///< START:END
  std::string nodes;   ///< X,Y or X,Y:X,Y
};

/// --trace, --trace-format, --trace-cycles, --trace-nodes
void add_trace_options(CLI::App& command, TraceTexts& texts);

/// Throws InputError, before a long run, for texts that say nothing, files that cannot be written, and runs that cannot
/// be traced.
void check_trace(const Options& options);

/// A recorder of a machine that has not run; none: no trace is asked for. Throws InputError like check_trace(), and
/// when no live node is in the window.
std::unique_ptr<trace::Recorder> make_recorder(const Options& options, Machine& machine);

}  // namespace dojo::cli
