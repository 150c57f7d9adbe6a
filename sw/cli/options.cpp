#include "cli/options.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <string_view>
#include <utility>

#include "common/error.hpp"

namespace dojo::cli {
namespace {

/// The number that all of `text` says, if it says one.
template <typename Number>
std::optional<Number> number(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// The two numbers around `separator`, if `text` is just that.
template <typename Number>
std::optional<std::pair<Number, Number>> pair_of(std::string_view text, char separator) {
  const std::size_t at = text.find(separator);
  if (at == std::string_view::npos) return std::nullopt;
  const auto first = number<Number>(text.substr(0, at));
  const auto second = number<Number>(text.substr(at + 1));
  if (!first || !second) return std::nullopt;
  return std::pair{*first, *second};
}

}  // namespace

MeshSize Options::mesh() const {
  const auto size = pair_of<unsigned>(mesh_text, 'x');
  if (!size) throw InputError(fmt::format("--mesh '{}': expected COLSxROWS, such as 2x2", mesh_text));
  if (size->first == 0 || size->second == 0) {
    throw InputError(fmt::format("--mesh '{}': there must be at least one column and one row", mesh_text));
  }
  return {.columns = size->first, .rows = size->second};
}

WaveRequest Options::wave() const {
  if (wave_text == "off") return {};
  if (wave_text == "on-fail") return {.when = WaveRequest::When::on_fail};
  const auto range = pair_of<std::uint64_t>(wave_text, ':');
  if (!range) throw InputError(fmt::format("--wave '{}': expected off, on-fail or START:END in cycles", wave_text));
  if (range->first > range->second) throw InputError(fmt::format("--wave '{}': START is behind END", wave_text));
  return {.when = WaveRequest::When::range, .first = range->first, .last = range->second};
}

Coordinates Options::wave_node() const {
  const auto node = pair_of<unsigned>(wave_node_text, ',');
  if (!node) throw InputError(fmt::format("--wave-node '{}': expected X,Y, such as 0,1", wave_node_text));
  return {.x = node->first, .y = node->second};
}

CLI::Validator number_between(std::uint64_t least, std::uint64_t most) {
  return {[least, most](const std::string& text) {
            const auto value = number<std::uint64_t>(text);
            if (value && *value >= least && *value <= most) return std::string();
            return fmt::format("'{}' is not a whole number from {} to {}", text, least, most);
          },
          ""};
}

CLI::Validator positive_number() {
  return number_between(1, 0xffffffff);
}

CLI::Validator share() {
  return {[](const std::string& text) {
            const auto value = number<double>(text);
            if (value && *value > 0.0 && *value <= 1.0) return std::string();
            return fmt::format("'{}' is not a number above 0 and up to 1", text);
          },
          ""};
}

void add_machine_options(CLI::App& command, Options& options) {
  command.add_option("--backend", options.backend, "rtl: cycle-accurate; model: fast, the same results")
      ->check(CLI::IsMember({"rtl", "model"}))
      ->capture_default_str();
  command.add_option("--mesh", options.mesh_text, "nodes of the machine")
      ->type_name("COLSxROWS")
      ->capture_default_str();
  command
      .add_option("--threads", options.threads, "threads of the simulation; 0: as fits the mesh. Never changes results")
      ->type_name("N")
      ->check(number_between(0, 1024))
      ->capture_default_str();
  command.add_option("--seed", options.seed, "seed of all that is random")
      ->type_name("N")
      ->check(number_between(0, no_cycle_limit))
      ->capture_default_str();
}

void add_limit_option(CLI::App& command, Options& options) {
  command.add_option("--max-cycles", options.max_cycles, "fail after N simulated cycles")
      ->type_name("N")
      ->check(number_between(1, no_cycle_limit));
}

void add_wave_options(CLI::App& command, Options& options) {
  command
      .add_option("--wave", options.wave_text, "write the waveform of one node: off, on-fail, or of cycles START:END")
      ->type_name("WHEN")
      ->capture_default_str();
  command.add_option("--wave-file", options.wave_file, "waveform file; a GTKWave save file is written beside it")
      ->type_name("F.fst")
      ->capture_default_str();
  command.add_option("--wave-node", options.wave_node_text, "the node whose waveform is written")
      ->type_name("X,Y")
      ->capture_default_str();
}

void add_output_options(CLI::App& command, Options& options) {
  command
      .add_option("--json", options.json, "write the results as JSON; -: to standard output, and nothing else there")
      ->type_name("FILE");
  command.add_flag("--quiet", options.quiet, "print errors only");
}

}  // namespace dojo::cli
