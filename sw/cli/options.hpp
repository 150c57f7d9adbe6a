#pragma once
// Options that mean the same in every command, and their parsing.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cli/machine_file.hpp"
#include "cli/trace_options.hpp"
#include "common/backend.hpp"
#include "common/die.hpp"
#include "runtime/machine.hpp"

namespace CLI {
class App;
class Validator;
}  // namespace CLI

namespace dojo::cli {

/// --wave, --wave-on
struct WaveRequest {
  enum class When { off, on_fail, range, condition };
  When when = When::off;
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  std::optional<sim::WaveTrigger> condition = {};
};

/// Values of the common options; a command registers the groups of options that it understands.
struct Options {
  std::string backend = "rtl";
  std::string mesh_text = "1x1";
  std::string dies_text = "1x1";
  double edge_bit_errors = 0;
  double edge_drops = 0;
  bool die = false;
  bool memory = false;
  bool tile = false;
  std::optional<std::string> dead_text;
  std::optional<std::string> dead_links_text;
  /// What --machine names; then the texts and flags above say nothing.
  std::optional<MachineDescription> description;
  unsigned threads = 0;
  std::uint64_t seed = 1;
  std::uint64_t max_cycles = no_cycle_limit;
  std::uint64_t hang_cycles = default_hang_cycles;
  bool lockstep = false;
  std::string json;
  std::string record;                     ///< --record: folder; empty: off
  std::vector<std::string> command_line;  ///< as it was given
  sim::SnapshotConfig snapshots = {.every = 0, .folder = "dojo-snapshots"};
  std::string wave_text = "off";
  std::string wave_file = "dojo.fst";
  std::string wave_node_text;
  std::string wave_on_text;
  std::uint64_t wave_cycles = 2000;
  TraceTexts trace = {};
  bool quiet = false;
  sim::ExchangeFactory make_exchange = sim::make_local_exchange;
  bool is_first_rank = true;  ///< which alone writes results

  /// The dies. Throws InputError unless the texts are COLSxROWS.
  [[nodiscard]] DieGrid grid() const;
  /// Errors on the lanes between dies.
  [[nodiscard]] EdgeErrors errors() const;
  [[nodiscard]] std::vector<EthernetRoute> ethernet() const;
  /// Dead nodes and links; of whole dies and with no other dead nodes the sites that dies have without nodes. Throws
  /// InputError unless the texts are X,Y[:X,Y...] or none, and X,Y-X,Y[:X,Y-X,Y...].
  [[nodiscard]] Faults faults() const;
  /// Throws InputError unless the text is off, on-fail or START:END, and for a bad --wave-on.
  [[nodiscard]] WaveRequest wave() const;
  /// None: not given. Throws InputError unless the text is X,Y.
  [[nodiscard]] std::optional<Coordinates> wave_node() const;
  /// Whether text for people goes to standard output.
  [[nodiscard]] bool talkative() const { return !quiet && json != "-"; }
};

/// Accepts whole numbers from `least` to `most`, without sign.
CLI::Validator number_between(std::uint64_t least, std::uint64_t most);
/// Accepts 0, and what `other` does.
CLI::Validator zero_or(const CLI::Validator& other);
/// Accepts whole numbers from 1 up to 2^32 - 1.
CLI::Validator positive_number();

/// The numbers of a list such as 64,4096. Throws InputError, which names the option, unless all are whole numbers from
/// `least` to `most`.
std::vector<std::uint64_t> numbers_of(const std::string& option, const std::string& list, std::uint64_t least,
                                      std::uint64_t most);

/// Accepts numbers above 0 and up to 1.
CLI::Validator share();
/// Accepts numbers from `least` to `most`.
CLI::Validator real_between(double least, double most);

/// --backend; `host`: also reference, of commands that can do without a machine
void add_backend_option(CLI::App& command, Options& options, bool host = false);
/// --seed
void add_seed_option(CLI::App& command, Options& options);
/// --backend, --mesh, --die, --dies, --tile, --memory, --edge-bit-errors, --edge-drops, --dead, --dead-links,
/// --threads, --seed, --hang-cycles, --machine
void add_machine_options(CLI::App& command, Options& options, bool host = false);
/// --max-cycles
void add_limit_option(CLI::App& command, Options& options);
/// --snapshot-every, --snapshot-dir, --resume
void add_snapshot_options(CLI::App& command, Options& options);
/// --wave, --wave-on, --wave-cycles, --wave-file, --wave-node
void add_wave_options(CLI::App& command, Options& options);
/// --record
void add_record_option(CLI::App& command, Options& options);
/// --json, --quiet
void add_output_options(CLI::App& command, Options& options);

}  // namespace dojo::cli
