#include "cli/options.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <string_view>
#include <vector>

#include "cli/text.hpp"
#include "common/die.hpp"
#include "common/error.hpp"

namespace dojo::cli {

DieGrid Options::grid() const {
  if (description) return description->grid;
  if (tile) return {.dies = tile_size, .die = die_size, .memory = true};
  return {.dies = size_of("--dies", dies_text), .die = die ? die_size : size_of("--mesh", mesh_text), .memory = memory};
}

EdgeErrors Options::errors() const {
  if (description) return description->errors;
  return {.bit_error_rate = edge_bit_errors, .drop_rate = edge_drops};
}

std::vector<EthernetRoute> Options::ethernet() const {
  return description ? description->ethernet : std::vector<EthernetRoute>{};
}

Faults Options::faults() const {
  if (description) return description->faults;
  Faults result;
  if (!dead_text) {
    if (die || tile) result.nodes = harvested_nodes(grid());
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
  if (!wave_on_text.empty()) {
    if (wave_text != "off") throw InputError(fmt::format("--wave-on: not together with --wave {}", wave_text));
    return {.when = WaveRequest::When::condition, .condition = sim::WaveTrigger::parse("--wave-on", wave_on_text)};
  }
  if (wave_text == "off") return {};
  if (wave_text == "on-fail") return {.when = WaveRequest::When::on_fail};
  const auto range = pair_of<std::uint64_t>(wave_text, ':');
  if (!range) throw InputError(fmt::format("--wave '{}': expected off, on-fail or START:END in cycles", wave_text));
  if (range->first > range->second) throw InputError(fmt::format("--wave '{}': START is behind END", wave_text));
  return {.when = WaveRequest::When::range, .first = range->first, .last = range->second};
}

std::optional<Coordinates> Options::wave_node() const {
  if (wave_node_text.empty()) return std::nullopt;
  const auto node = pair_of<unsigned>(wave_node_text, ',');
  if (!node) throw InputError(fmt::format("--wave-node '{}': expected X,Y, such as 0,1", wave_node_text));
  return Coordinates{.x = node->first, .y = node->second};
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

CLI::Validator zero_or(const CLI::Validator& other) {
  return {[other](const std::string& text) { return text == "0" ? std::string() : other(text); }, ""};
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

void add_backend_option(CLI::App& command, Options& options, bool host) {
  std::vector<std::string> backends{"rtl", "model"};
  if (host) backends.emplace_back("reference");
  command
      .add_option("--backend", options.backend,
                  fmt::format("rtl: cycle-accurate; model: fast, the same results{}",
                              host ? "; reference: FP32 on the host, without a machine" : ""))
      ->check(CLI::IsMember(backends))
      ->capture_default_str();
}

void add_seed_option(CLI::App& command, Options& options) {
  command.add_option("--seed", options.seed, "seed of all that is random")
      ->type_name("N")
      ->check(number_between(0, no_cycle_limit))
      ->capture_default_str();
}

void add_machine_options(CLI::App& command, Options& options, bool host) {
  add_backend_option(command, options, host);
  command
      .add_option("--hang-cycles", options.hang_cycles,
                  "fail, and say who waits for whom, when nothing has moved for N cycles; 0: never (docs/hangs.md)")
      ->type_name("N")
      ->check(zero_or(number_between(least_hang_cycles, no_cycle_limit)));
  const auto add_size = [&command](const char* name, std::string& text, const char* explanation) {
    return command.add_option(name, text, explanation)->type_name("COLSxROWS")->capture_default_str();
  };
  const auto add_share = [&command](const char* name, double& value, const char* explanation) {
    return command.add_option(name, value, explanation)
        ->type_name("F")
        ->check(real_between(0.0, 1.0))
        ->capture_default_str();
  };
  CLI::Option* const mesh = add_size("--mesh", options.mesh_text, "nodes of the machine, or of each of its dies");
  CLI::Option* const die =
      command.add_flag("--die", options.die, "a whole die: 18x20 sites less six without nodes")->excludes(mesh);
  CLI::Option* const dies = add_size("--dies", options.dies_text, "dies of the machine, joined by die-edge links");
  CLI::Option* const tile = command.add_flag("--tile", options.tile, "a training tile: 5x5 whole dies with --memory")
                                ->excludes(mesh)
                                ->excludes(die)
                                ->excludes(dies);
  CLI::Option* const memory = command.add_flag("--memory", options.memory,
                                               "DRAM at the outer edges: an Interface Processor at each edge of a die");
  CLI::Option* const bit_errors =
      add_share("--edge-bit-errors", options.edge_bit_errors, "share of the bits between dies that flip");
  CLI::Option* const drops =
      add_share("--edge-drops", options.edge_drops, "share of the beats between dies that are lost");
  CLI::Option* const dead = command
                                .add_option("--dead", options.dead_text,
                                            "dead nodes of the machine; none: not even those that a die has by default")
                                ->type_name("X,Y[:X,Y...]");
  CLI::Option* const dead_links =
      command.add_option("--dead-links", options.dead_links_text, "dead links of the machine")
          ->type_name("X,Y-X,Y[:X,Y-X,Y...]");
  CLI::Option* const threads = command
                                   .add_option("--threads", options.threads,
                                               "threads of the simulation; 0: as fits the mesh. Never changes results")
                                   ->type_name("N")
                                   ->check(number_between(0, 1024))
                                   ->capture_default_str();
  add_seed_option(command, options);

  // The last one, so that what the others say is known when the file is read.
  CLI::Option* const file = command.add_option_function<std::string>(
      "--machine",
      [&command, &options, threads](const std::string& name) {
        options.description = read_machine_file(name);
        const MachineDescription& machine = *options.description;
        if (command.count("--backend") == 0) options.backend = machine.backend.value_or(options.backend);
        if (threads->count() == 0) options.threads = machine.threads.value_or(options.threads);
        if (command.count("--seed") == 0) options.seed = machine.seed.value_or(options.seed);
      },
      "the machine that a YAML file describes (docs/simulation.md)");
  file->type_name("FILE");
  for (CLI::Option* const other : {mesh, die, dies, tile, memory, bit_errors, drops, dead, dead_links})
    file->excludes(other);
}

void add_limit_option(CLI::App& command, Options& options) {
  command.add_option("--max-cycles", options.max_cycles, "fail after N simulated cycles")
      ->type_name("N")
      ->check(number_between(1, no_cycle_limit));
}

void add_snapshot_options(CLI::App& command, Options& options) {
  CLI::Option* const every =
      command.add_option("--snapshot-every", options.snapshots.every, "save the machine every N cycles, to be resumed")
          ->type_name("N")
          ->check(number_between(1, no_cycle_limit));
  command.add_option("--snapshot-dir", options.snapshots.folder, "folder of the newest snapshot")
      ->type_name("DIR")
      ->needs(every)
      ->capture_default_str();
  command
      .add_option("--resume", options.snapshots.resume_from,
                  "go on from the newest snapshot in DIR; all else as for the run that was saved")
      ->type_name("DIR");
}

void add_wave_options(CLI::App& command, Options& options) {
  command
      .add_option("--wave", options.wave_text, "write the waveform of one node: off, on-fail, or of cycles START:END")
      ->type_name("WHEN")
      ->capture_default_str();
  CLI::Option* const condition =
      command
          .add_option("--wave-on", options.wave_on_text,
                      "begin when this happens at the node: pc=SYMBOL[+OFFSET], pc=ADDRESS, packet=X,Y, "
                      "packet=OPERATION, packet=ADDRESS or sem=ID[=COUNT]")
          ->type_name("CONDITION");
  command.add_option("--wave-cycles", options.wave_cycles, "cycles that are recorded then")
      ->type_name("N")
      ->check(number_between(1, no_cycle_limit))
      ->needs(condition)
      ->capture_default_str();
  command.add_option("--wave-file", options.wave_file, "waveform file; a GTKWave save file is written beside it")
      ->type_name("F.fst")
      ->capture_default_str();
  command
      .add_option("--wave-node", options.wave_node_text,
                  "the node whose waveform is written; default: the one that has failed, or the first")
      ->type_name("X,Y");
}

void add_record_option(CLI::App& command, Options& options) {
  command
      .add_option("--record", options.record,
                  "record what the machine does in the folder DIR, for dojo report (RTL only)")
      ->type_name("DIR");
}

void add_output_options(CLI::App& command, Options& options) {
  command
      .add_option("--json", options.json, "write the results as JSON; -: to standard output, and nothing else there")
      ->type_name("FILE");
  command.add_flag("--quiet", options.quiet, "print errors only");
}

}  // namespace dojo::cli
