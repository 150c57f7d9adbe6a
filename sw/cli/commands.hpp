#pragma once
// The commands of build/bin/dojo; each works in a session and returns the exit code.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "cli/session.hpp"
#include "train/dataset.hpp"

namespace dojo::cli {

struct RunArguments {
  std::string elf;
  unsigned harts = 1;
  std::optional<std::uint16_t> gdb;  ///< port for a debugger; 0: any that is free
};
int run_program(Session& session, const RunArguments& arguments, nlohmann::ordered_json& results);

struct ProfileArguments {
  RunArguments run;
  unsigned top = 10;   ///< rows of each table
  std::string output;  ///< folder; empty: nothing is written
};
int profile_program(Session& session, const ProfileArguments& arguments, nlohmann::ordered_json& results);

struct GemmArguments {
  unsigned m = 256;
  unsigned n = 256;
  unsigned k = 256;
  std::string format = "bf16";
  std::string b_format;  ///< empty: that of A
};
int bench_gemm(Session& session, const GemmArguments& arguments, nlohmann::ordered_json& results);

struct ScalarArguments {
  unsigned rounds = 10;
};
int bench_scalar(Session& session, const ScalarArguments& arguments, nlohmann::ordered_json& results);

struct ConvArguments {
  unsigned width = 32;
  unsigned height = 32;
  unsigned channels = 64;
  unsigned outputs = 64;
  unsigned kernel = 3;
  unsigned stride = 1;
  unsigned dilation = 1;
  unsigned padding = 1;
  std::string format = "bf16";
  std::string b_format;  ///< of the weights; empty: that of the image
};
int bench_conv(Session& session, const ConvArguments& arguments, nlohmann::ordered_json& results);

struct SimArguments {
  std::string activity = "busy";
  std::string busy_text;  ///< --busy, COLSxROWS; empty: all nodes
  double seconds = 2.0;
};
int bench_sim(Session& session, const SimArguments& arguments, nlohmann::ordered_json& results);

struct NocArguments {
  std::string pattern = "uniform";
  std::optional<double> load;  ///< flits per node and cycle; without it a sweep
  std::string traffic;         ///< --class; empty: data, and of pattern edge request
  unsigned warm_up = 2000;     ///< cycles, as the next two
  unsigned window = 4000;
  unsigned drain = 4000;
  std::string csv;
  std::string svg;
};
int bench_noc(Session& session, const NocArguments& arguments, nlohmann::ordered_json& results);

struct VectorArguments {
  std::string kernel = "axpy";
  unsigned rows = 1024;  ///< of 128 FP32 values
  unsigned harts = 4;
};
int bench_vector(Session& session, const VectorArguments& arguments, nlohmann::ordered_json& results);

struct CollectiveArguments {
  std::string kind = "all-reduce";
  std::string form = "auto";         ///< "software", "tree" or, by size, "auto"
  unsigned lines = 1024;             ///< on each node
  std::optional<std::size_t> bytes;  ///< in place of `lines`
  unsigned root = 0;                 ///< index of a node
};
int bench_collective(Session& session, const CollectiveArguments& arguments, nlohmann::ordered_json& results);

struct TransferArguments {
  std::string kind = "all";              ///< operation of a descriptor, or all that copy
  std::string bytes = "65536";           ///< numbers_of: one copy for each
  std::string distances = "1";           ///< hops, the same
  std::size_t element = hw::line_bytes;  ///< bytes
  std::size_t row = 16;                  ///< strided: elements
  std::size_t skew = 0;                  ///< lines
  bool both_ways = false;

  [[nodiscard]] std::vector<std::uint64_t> all_bytes() const;
  [[nodiscard]] std::vector<std::uint64_t> all_distances() const;
};
int bench_transfer(Session& session, const TransferArguments& arguments, nlohmann::ordered_json& results);

struct MemoryArguments {
  std::string nodes = "1,3,5,7";   ///< numbers_of: one run for each
  std::string direction = "read";  ///< or "write", or "host"
  std::size_t bytes = 1048576;     ///< of each node
  unsigned dip = 0;
  unsigned depth = 0;  ///< nodes between a stream's node and the edge
};
int bench_memory(Session& session, const MemoryArguments& arguments, nlohmann::ordered_json& results);
int bench_memory_host(Session& session, const MemoryArguments& arguments, nlohmann::ordered_json& results);

struct TrainArguments {
  std::string recipe = "fashion-mnist-mlp";
  std::string data = train::fashion_mnist_folder;
  std::optional<std::size_t> steps;
  std::optional<unsigned> epochs;
  std::optional<std::size_t> batch;
  std::optional<float> learning_rate;
  // Of recipes, on the host or on nodes:
  bool own_data = false;                  ///< whether `data` was asked for; otherwise the recipe says where it is
  std::optional<std::uint64_t> own_seed;  ///< in place of the recipe's
  std::string csv;
  std::string svg;
  std::string checkpoint;
  std::optional<std::size_t> checkpoint_every;  ///< steps
  std::string export_data;
  std::string evaluate;  ///< host or nodes; empty: as the backend suggests
  std::string resume;    ///< checkpoint
  bool plan = false;     ///< shows where everything lies in the nodes, and trains nothing
};
/// Of a recipe: in FP32 on the host, or on the nodes.
int train_recipe(Session& session, const TrainArguments& arguments, nlohmann::ordered_json& results);
int train(Session& session, const TrainArguments& arguments, nlohmann::ordered_json& results);

struct TtpArguments {
  std::string peer_backend;            ///< of the other end of a simulated line; empty: that of --backend
  unsigned payload = 1024;             ///< bytes, on VC2
  std::optional<std::uint64_t> count;  ///< payloads of each sender
  unsigned vc = 2;
  bool both_ways = false;
  double loss = 0;  ///< shares of all frames, as the next three
  double repeat = 0;
  double reorder = 0;
  double corrupt = 0;
  unsigned late = 2000;               ///< cycles
  std::optional<unsigned> latency;    ///< cycles
  double rate = 25;                   ///< bytes per cycle of the MACs
  std::optional<double> timer_scale;  ///< of the endpoints' timers
  std::string pcap;                   ///< file
  std::string tap;                    ///< device: a bridge
  std::string udp;                    ///< LOCAL_PORT:HOST:PORT: a bridge
  std::string node;                   ///< MAC of the bridge's end
  std::string peer;                   ///< MAC of the node that gets its payloads; empty: none
  bool answer = false;
  bool replies = false;
  std::optional<std::uint64_t> expect;  ///< payloads
  std::optional<double> seconds;        ///< of wall time; 0: no limit

  [[nodiscard]] bool is_bridge() const { return !tap.empty() || !udp.empty(); }
};
/// Two endpoints on a simulated line, or one whose line leaves the simulation.
int run_ttp(Session& session, const TtpArguments& arguments, nlohmann::ordered_json& results);

struct ReportArguments {
  std::string record;  ///< folder
  std::string output;  ///< file; empty: report.html in the folder
};
/// Makes the page of a record and names it.
int make_report(const ReportArguments& arguments);
/// Runs what records into `folder`, and makes the page of that, also when the run fails; an empty folder: only runs.
int with_report(const std::string& folder, const std::function<int()>& run);

int show_info(Session& session, nlohmann::ordered_json& results);

}  // namespace dojo::cli
