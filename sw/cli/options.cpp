#include "cli/options.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <string_view>
#include <utility>
#include <vector>

#include "common/die.hpp"
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

/// The texts before, between and behind separators.
std::vector<std::string_view> parts_of(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t at = text.find(separator);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

}  // namespace

MeshSize size_of(std::string_view option, std::string_view text) {
  const auto size = pair_of<unsigned>(text, 'x');
  if (!size) throw InputError(fmt::format("{} '{}': expected COLSxROWS, such as 2x2", option, text));
  if (size->first == 0 || size->second == 0) {
    throw InputError(fmt::format("{} '{}': there must be at least one column and one row", option, text));
  }
  return {.columns = size->first, .rows = size->second};
}

MeshSize Options::mesh() const {
  return die ? die_size : size_of("--mesh", mesh_text);
}

DieGrid Options::grid() const {
  return {.dies = size_of("--dies", dies_text), .die = mesh(), .memory = memory};
}

Faults Options::faults() const {
  Faults result;
  if (!dead_text) {
    const DieGrid dies = grid();
    check_dies(dies);
    for (unsigned number = 0; die && number < dies.dies.nodes(); ++number) {
      const Coordinates origin = dies.origin(number);
      for (const Coordinates site : harvested_sites) result.nodes.push_back({origin.x + site.x, origin.y + site.y});
    }
  } else if (*dead_text != "none") {
    for (const std::string_view part : parts_of(*dead_text, ':')) {
      const auto node = pair_of<unsigned>(part, ',');
      if (!node) {
        throw InputError(fmt::format("--dead '{}': expected X,Y[:X,Y...], such as 3,2:8,7, or none", *dead_text));
      }
      result.nodes.push_back({node->first, node->second});
    }
  }
  if (!dead_links_text) return result;
  for (const std::string_view part : parts_of(*dead_links_text, ':')) {
    const std::size_t at = part.find('-');
    const auto first = pair_of<unsigned>(part.substr(0, at), ',');
    const auto second = at == std::string_view::npos ? std::nullopt : pair_of<unsigned>(part.substr(at + 1), ',');
    if (!first || !second) {
      throw InputError(
          fmt::format("--dead-links '{}': expected X,Y-X,Y[:X,Y-X,Y...], such as 3,2-4,2", *dead_links_text));
    }
    result.links.push_back({{first->first, first->second}, {second->first, second->second}});
  }
  return result;
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

std::vector<std::uint64_t> numbers_of(const std::string& option, const std::string& list, std::uint64_t least,
                                      std::uint64_t most) {
  std::vector<std::uint64_t> numbers;
  for (const std::string_view part : parts_of(list, ',')) {
    const auto value = number<std::uint64_t>(part);
    if (!value || *value < least || *value > most) {
      throw InputError(
          fmt::format("{} '{}': expected whole numbers from {} to {}, with commas", option, list, least, most));
    }
    numbers.push_back(*value);
  }
  return numbers;
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

CLI::Validator real_between(double least, double most) {
  return {[least, most](const std::string& text) {
            const auto value = number<double>(text);
            if (value && *value >= least && *value <= most) return std::string();
            return fmt::format("'{}' is not a number from {} to {}", text, least, most);
          },
          ""};
}

void add_backend_option(CLI::App& command, Options& options) {
  command.add_option("--backend", options.backend, "rtl: cycle-accurate; model: fast, the same results")
      ->check(CLI::IsMember({"rtl", "model"}))
      ->capture_default_str();
}

void add_seed_option(CLI::App& command, Options& options) {
  command.add_option("--seed", options.seed, "seed of all that is random")
      ->type_name("N")
      ->check(number_between(0, no_cycle_limit))
      ->capture_default_str();
}

void add_machine_options(CLI::App& command, Options& options) {
  add_backend_option(command, options);
  CLI::Option* mesh = command.add_option("--mesh", options.mesh_text, "nodes of the machine, or of each of its dies")
                          ->type_name("COLSxROWS")
                          ->capture_default_str();
  command.add_flag("--die", options.die, "a whole die: 18x20 sites less six without nodes")->excludes(mesh);
  command.add_option("--dies", options.dies_text, "dies of the machine, joined by die-edge links")
      ->type_name("COLSxROWS")
      ->capture_default_str();
  command.add_flag("--memory", options.memory, "DRAM at the outer edges: an Interface Processor at each edge of a die");
  command.add_option("--edge-bit-errors", options.edge_bit_errors, "share of the bits between dies that flip")
      ->type_name("F")
      ->check(real_between(0.0, 1.0))
      ->capture_default_str();
  command.add_option("--edge-drops", options.edge_drops, "share of the beats between dies that are lost")
      ->type_name("F")
      ->check(real_between(0.0, 1.0))
      ->capture_default_str();
  command
      .add_option("--dead", options.dead_text,
                  "dead nodes of the machine; none: not even those that a die has by default")
      ->type_name("X,Y[:X,Y...]");
  command.add_option("--dead-links", options.dead_links_text, "dead links of the machine")
      ->type_name("X,Y-X,Y[:X,Y-X,Y...]");
  command
      .add_option("--threads", options.threads, "threads of the simulation; 0: as fits the mesh. Never changes results")
      ->type_name("N")
      ->check(number_between(0, 1024))
      ->capture_default_str();
  add_seed_option(command, options);
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
