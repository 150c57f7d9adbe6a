// dojo report: the page of a recorded run.

#include <fmt/format.h>

#include <cstdio>
#include <filesystem>

#include "cli/commands.hpp"
#include "common/error.hpp"
#include "report/report.hpp"

namespace dojo::cli {

int make_report(const ReportArguments& arguments) {
  const std::filesystem::path folder = arguments.record;
  const std::filesystem::path given = arguments.output;
  const std::filesystem::path page = given.empty() ? folder / "report.html" : given;
  const std::size_t bytes = report::write_page(folder, page);
  constexpr double megabyte = 1e6;
  std::fprintf(stdout, "%s: %.1f MB\n", page.c_str(), static_cast<double>(bytes) / megabyte);
  return static_cast<int>(ExitCode::done);
}

int with_report(const std::string& folder, const std::function<int()>& run) {
  if (folder.empty()) return run();
  int code = static_cast<int>(ExitCode::failed);
  try {
    code = run();
  } catch (const RunError&) {
    make_report({.record = folder, .output = {}});
    throw;
  }
  make_report({.record = folder, .output = {}});
  return code;
}

}  // namespace dojo::cli
