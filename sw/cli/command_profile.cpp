// dojo profile ELF: runs a program and tells where the cycles of its harts went.

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>

#include "cli/commands.hpp"
#include "cli/session.hpp"
#include "common/error.hpp"
#include "common/line_table.hpp"
#include "runtime/program.hpp"
#include "sim/rtl_machine.hpp"
#include "trace/profile.hpp"

namespace dojo::cli {
namespace {

void check_profile(const Options& options, const ProfileArguments& arguments) {
  if (options.backend != "rtl") throw InputError("profile: the model backend has no cycles; it needs --backend rtl");
  if (options.make_exchange()->ranks() > 1)
    throw InputError("profile: all dies must be in one process, without mpirun");
  if (arguments.output.empty()) return;
  std::error_code error;
  std::filesystem::create_directories(arguments.output, error);
  if (error) throw InputError(fmt::format("--output {}: the folder cannot be made", arguments.output));
  for (const char* const name : {"profile.json", "profile.folded"}) {
    check_writable("--output", (std::filesystem::path(arguments.output) / name).string());
  }
}

void write(const std::filesystem::path& file, const std::string& text) {
  std::ofstream stream(file);
  stream << text;
  stream.close();
  if (!stream) throw RunError(fmt::format("--output: {} could not be written", file.string()));
}

}  // namespace

int profile_program(Session& session, const ProfileArguments& arguments, nlohmann::ordered_json& results) {
  check_profile(session.options(), arguments);
  const Program program = Program::from_elf(arguments.run.elf);
  const LineTable lines = LineTable::from_elf(arguments.run.elf);
  auto& machine = dynamic_cast<sim::RtlMachine&>(session.machine().backend());
  trace::Profiler profiler(machine);
  const auto report = [&] {
    profiler.finish();
    const trace::Profile profile = trace::make_profile(profiler, program, lines, machine.cycles());
    session.say("");
    session.say(trace::tables(profile, arguments.top));
    results["profile"] = trace::json_of(profile);
    if (arguments.output.empty()) return;
    const std::filesystem::path folder(arguments.output);
    write(folder / "profile.json", results["profile"].dump() + "\n");
    write(folder / "profile.folded", trace::folded(profile));
  };
  try {
    const int code = run_program(session, arguments.run, results);
    report();
    return code;
  } catch (const RunError&) {
    // Where a program that hangs or fails has been is worth knowing.
    report();
    throw;
  }
}

}  // namespace dojo::cli
