#include "cli/trace_options.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <optional>

#include "cli/options.hpp"
#include "cli/session.hpp"
#include "cli/text.hpp"
#include "common/error.hpp"
#include "sim/rtl_machine.hpp"

namespace dojo::cli {
namespace {

trace::Format format_of(const TraceTexts& texts, const std::string& file) {
  if (!texts.format.empty()) return *trace::format_of_word(texts.format);
  if (const auto format = trace::format_of_name(file)) return *format;
  throw InputError(fmt::format(
      "--trace {}: the name ends neither in .json (Perfetto), .konata, .csv nor .log; say --trace-format", file));
}

trace::Window window_of(const TraceTexts& texts) {
  trace::Window window;
  if (!texts.cycles.empty()) {
    const auto range = pair_of<std::uint64_t>(texts.cycles, ':');
    if (!range) throw InputError(fmt::format("--trace-cycles '{}': expected START:END in cycles", texts.cycles));
    if (range->first > range->second)
      throw InputError(fmt::format("--trace-cycles '{}': START is behind END", texts.cycles));
    window.first = range->first;
    window.last = range->second;
  }
  if (texts.nodes.empty()) return window;
  const std::vector<std::string_view> corners = parts_of(texts.nodes, ':');
  const auto first = pair_of<unsigned>(corners.front(), ',');
  const auto last = pair_of<unsigned>(corners.back(), ',');
  if (corners.size() > 2 || !first || !last) {
    throw InputError(
        fmt::format("--trace-nodes '{}': expected X,Y or X,Y:X,Y, the corners of a rectangle", texts.nodes));
  }
  if (first->first > last->first || first->second > last->second) {
    throw InputError(fmt::format("--trace-nodes '{}': the second corner is not south-east of the first", texts.nodes));
  }
  window.north_west = {first->first, first->second};
  window.south_east = Coordinates{last->first, last->second};
  return window;
}

void check_files(const TraceTexts& texts) {
  std::vector<std::filesystem::path> files;
  for (const std::string& file : texts.files) {
    format_of(texts, file);
    check_writable("--trace", file);
    const std::filesystem::path path = std::filesystem::absolute(file).lexically_normal();
    if (std::ranges::find(files, path) != files.end())
      throw InputError(fmt::format("--trace {}: the file is named twice", file));
    files.push_back(path);
  }
}

}  // namespace

void add_trace_options(CLI::App& command, TraceTexts& texts) {
  CLI::Option* const trace =
      command
          .add_option("--trace", texts.files,
                      "write what the nodes do: .json for Perfetto, .konata, .csv, .log; may be given several times")
          ->type_name("FILE")
          ->allow_extra_args(false);
  command.add_option("--trace-format", texts.format, "format of the traces, whatever their names")
      ->check(CLI::IsMember({"perfetto", "konata", "csv", "log"}))
      ->needs(trace);
  command.add_option("--trace-cycles", texts.cycles, "cycles that are traced; default: all")
      ->type_name("START:END")
      ->needs(trace);
  command.add_option("--trace-nodes", texts.nodes, "a node, or a rectangle of nodes, that is traced; default: all")
      ->type_name("X,Y[:X,Y]")
      ->needs(trace);
}

void check_trace(const Options& options) {
  if (options.trace.files.empty()) return;
  window_of(options.trace);
  if (options.backend != "rtl") {
    throw InputError("--trace: the model backend has no cycles; traces need --backend rtl");
  }
  if (options.snapshots.any()) throw InputError("--trace: runs with snapshots have no traces");
  if (options.make_exchange()->ranks() > 1) {
    throw InputError("--trace: traces need all dies in one process, without mpirun");
  }
  check_files(options.trace);
}

std::unique_ptr<trace::Recorder> make_recorder(const Options& options, Machine& machine) {
  if (options.trace.files.empty()) return nullptr;
  check_trace(options);
  auto& rtl = dynamic_cast<sim::RtlMachine&>(machine.backend());
  const trace::TraceContext context{
      .topology = &rtl.topology(),
      .symbolize = [&machine](Coordinates node, std::uint64_t pc) { return machine.symbolize(node, pc); }};
  std::vector<std::unique_ptr<trace::Writer>> writers;
  writers.reserve(options.trace.files.size());
  for (const std::string& file : options.trace.files) {
    writers.push_back(trace::make_writer(format_of(options.trace, file), file, context));
  }
  const bool runs_in_windows = machine.grid().dies.nodes() > 1 || !options.ethernet().empty();
  return std::make_unique<trace::Recorder>(rtl, runs_in_windows, window_of(options.trace), std::move(writers));
}

}  // namespace dojo::cli
