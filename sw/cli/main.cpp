// build/bin/dojo: parses the command line and runs one command.

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <exception>
#include <functional>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "cli/commands.hpp"
#include "cli/options.hpp"
#include "cli/session.hpp"
#include "cli/ttp_options.hpp"
#include "common/error.hpp"
#include "sim/mpi_exchange.hpp"
#include "train/recipe.hpp"

namespace dojo::cli {
namespace {

/// Everything that the command line can say.
struct Arguments {
  Options options;
  RunArguments run;
  ProfileArguments profile;
  GemmArguments gemm;
  ConvArguments conv;
  ScalarArguments scalar;
  VectorArguments vector;
  CollectiveArguments collective;
  TransferArguments transfer;
  MemoryArguments memory;
  SimArguments sim;
  NocArguments noc;
  TrainArguments train;
  TtpArguments ttp;
  ReportArguments report;
  std::string help_topic;
};

/// What main() does once the command line is understood.
using Action = std::function<int()>;

void add_run(CLI::App& app, Arguments& arguments, Action& action) {
  CLI::App* command = app.add_subcommand("run", "runs a RISC-V program on simulated nodes");
  command->footer(
      "Example: dojo run hello.elf --max-cycles 1000000\n"
      "The program's exit code (HTIF tohost, or what its hart wrote to hart_stop) becomes that of the command.");
  command->add_option("elf", arguments.run.elf, "bare-metal RV64IMAFC + Zve32f program")->required()->type_name("ELF");
  command->add_option("--harts", arguments.run.harts, "harts that are started on each node")
      ->type_name("N")
      ->check(number_between(1, hw::harts))
      ->capture_default_str();
  command
      ->add_option("--gdb", arguments.run.gdb,
                   "wait for a debugger at this TCP port of this computer; 0: any that is free")
      ->type_name("PORT")
      ->check(number_between(0, std::numeric_limits<std::uint16_t>::max()));
  command->add_flag("--lockstep", arguments.options.lockstep,
                    "compare every retired instruction with the golden model");
  add_machine_options(*command, arguments.options);
  add_limit_option(*command, arguments.options);
  add_snapshot_options(*command, arguments.options);
  add_wave_options(*command, arguments.options);
  add_trace_options(*command, arguments.options.trace);
  add_record_option(*command, arguments.options);
  add_output_options(*command, arguments.options);
  command->callback([&arguments, &action] {
    action = [&arguments] {
      return execute(arguments.options, [&arguments](Session& session, nlohmann::ordered_json& results) {
        return run_program(session, arguments.run, results);
      });
    };
  });
}

void add_profile(CLI::App& app, Arguments& arguments, Action& action) {
  CLI::App* command = app.add_subcommand(
      "profile", "runs a RISC-V program and tells where its cycles went, by function, source line, hart and cause");
  command->footer("Example: dojo profile hello.elf --output hello-profile");
  command->add_option("elf", arguments.profile.run.elf, "program, as for dojo run; with -g it has source lines")
      ->required()
      ->type_name("ELF");
  command->add_option("--harts", arguments.profile.run.harts, "harts that are started on each node")
      ->type_name("N")
      ->check(number_between(1, hw::harts))
      ->capture_default_str();
  command->add_option("--top", arguments.profile.top, "rows of each table")
      ->type_name("N")
      ->check(positive_number())
      ->capture_default_str();
  command
      ->add_option(
          "--output", arguments.profile.output,
          "write profile.json, profile.folded, the run's record and report.html with all of it into this folder")
      ->type_name("DIR");
  add_machine_options(*command, arguments.options);
  add_limit_option(*command, arguments.options);
  add_trace_options(*command, arguments.options.trace);
  add_output_options(*command, arguments.options);
  command->callback([&arguments, &action] {
    action = [&arguments] {
      arguments.options.record = arguments.profile.output;
      return with_report(arguments.profile.output, [&arguments] {
        return execute(arguments.options, [&arguments](Session& session, nlohmann::ordered_json& results) {
          return profile_program(session, arguments.profile, results);
        });
      });
    };
  });
}

/// Default of --mesh where it is not one node.
constexpr const char* training_mesh = "2x2";
constexpr const char* noc_mesh = "8x8";
constexpr const char* collective_mesh = "8x8";
constexpr const char* memory_mesh = "8x8";

/// Whether what is trained is a recipe of sw/network; the MLP has a program of its own on nodes.
bool trains_recipe(const Arguments& arguments) {
  return arguments.options.backend == "reference" || arguments.train.recipe != train::MlpRecipe().name;
}

/// Says which options of dojo train do not go together: those of the machine, of recipes, and of the MLP on nodes.
void check_train(const CLI::App& command, const Arguments& arguments) {
  const std::string& backend = arguments.options.backend;
  const std::vector<std::string> of_recipes{"--csv",    "--svg",  "--checkpoint", "--checkpoint-every",
                                            "--export", "--plan", "--evaluate"};
  const std::vector<std::string> of_mlp{"--dies", "--tile", "--snapshot-every"};
  const std::vector<std::string> of_machine{"--mesh",       "--die",       "--dies",       "--tile",
                                            "--memory",     "--dead",      "--dead-links", "--edge-bit-errors",
                                            "--edge-drops", "--machine",   "--max-cycles", "--snapshot-every",
                                            "--wave",       "--wave-file", "--wave-node"};
  const auto refuse = [&command](const std::vector<std::string>& options, const std::string& with) {
    for (const std::string& option : options) {
      if (command.count(option) != 0) throw InputError(fmt::format("{} does not go with {}", option, with));
    }
  };
  if (backend == "reference") {
    refuse(of_machine, "--backend reference");
    refuse({"--plan", "--evaluate"}, "--backend reference");
  } else if (trains_recipe(arguments)) {
    refuse(of_mlp, fmt::format("recipe '{}'", arguments.train.recipe));
  } else {
    refuse(of_recipes, fmt::format("recipe '{}' on nodes", arguments.train.recipe));
  }
}

void add_train(CLI::App& app, Arguments& arguments, Action& action) {
  CLI::App* command =
      app.add_subcommand("train", "trains a network; without RECIPE the Fashion-MNIST MLP on 2x2 RTL nodes");
  command->footer(
      "Example: dojo train fashion-mnist-mlp --backend model --json result.json\n"
      "Example: dojo train fashion-mnist-cnn --backend reference --csv loss.csv --checkpoint cnn.safetensors");
  command
      ->add_option("recipe,--recipe", arguments.train.recipe,
                   "what is trained: a name, or the file of a recipe (docs/training.md)")
      ->type_name("RECIPE")
      ->capture_default_str();
  command->add_option("--data", arguments.train.data, "folder or file of the data set, in place of the recipe's")
      ->type_name("PATH")
      ->capture_default_str();
  command->add_option("--steps", arguments.train.steps, "stop after N steps; the plan of the learning rate stays")
      ->type_name("N")
      ->check(number_between(0, 0xffffffff));
  command->add_option("--epochs", arguments.train.epochs, "passes over the data; default: the recipe's")
      ->type_name("N")
      ->check(positive_number());
  command->add_option("--batch", arguments.train.batch, "samples of a step; default: the recipe's")
      ->type_name("N")
      ->check(positive_number());
  command->add_option("--learning-rate", arguments.train.learning_rate, "of the first step; default: the recipe's")
      ->type_name("F");
  const auto add_file = [command](const char* name, std::string& file, const char* text) {
    return command->add_option(name, file, text)->type_name("FILE");
  };
  add_file("--csv", arguments.train.csv, "recipes: write loss, learning rate and held-out error of the steps");
  add_file("--svg", arguments.train.svg, "recipes: draw the loss");
  CLI::Option* const checkpoint =
      add_file("--checkpoint", arguments.train.checkpoint, "recipes: save the parameters, as safetensors, at the end");
  command->add_option("--checkpoint-every", arguments.train.checkpoint_every, "and every N steps")
      ->type_name("N")
      ->check(positive_number())
      ->needs(checkpoint);
  add_file("--export", arguments.train.export_data, "recipes: write the data set, as safetensors");
  command
      ->add_option("--evaluate", arguments.train.evaluate,
                   "recipes: held-out samples in FP32 on the host, or on the nodes as in training; default: nodes on "
                   "the model, host on rtl")
      ->type_name("WHERE")
      ->check(CLI::IsMember({"host", "nodes"}));
  command->add_flag("--plan", arguments.train.plan, "only show what lies where in each node, and what is missing");
  add_machine_options(*command, arguments.options, true);
  command->get_option("--mesh")->default_str(training_mesh);
  add_limit_option(*command, arguments.options);
  add_snapshot_options(*command, arguments.options);
  add_wave_options(*command, arguments.options);
  add_trace_options(*command, arguments.options.trace);
  add_record_option(*command, arguments.options);
  command->get_option("--resume")
      ->type_name("DIR|FILE")
      ->description("go on from the newest snapshot in DIR, or, of a recipe, from a checkpoint; all else as then");
  add_output_options(*command, arguments.options);
  command->callback([&arguments, &action, command] {
    if (command->count("--mesh") == 0) arguments.options.mesh_text = training_mesh;
    arguments.train.own_data = command->count("--data") != 0;
    if (command->count("--seed") != 0) arguments.train.own_seed = arguments.options.seed;
    check_train(*command, arguments);
    if (trains_recipe(arguments)) {
      arguments.train.resume = std::exchange(arguments.options.snapshots.resume_from, {}).string();
    }
    action = [&arguments] {
      return execute(arguments.options, [&arguments](Session& session, nlohmann::ordered_json& results) {
        return trains_recipe(arguments) ? train_recipe(session, arguments.train, results)
                                        : train(session, arguments.train, results);
      });
    };
  });
}

/// --format and --b-format
void add_format_options(CLI::App& command, std::string& format, std::string& b_format, const std::string& first) {
  const CLI::IsMember formats({"bf16", "cf8_143", "cf8_152"});
  command.add_option("--format", format, "format of " + first)->check(formats)->capture_default_str();
  command.add_option("--b-format", b_format, "format of the second operand")->check(formats);
}

void add_bench_conv(CLI::App& bench, Arguments& arguments, Action& action) {
  CLI::App* command = bench.add_subcommand("conv", "convolves an image in place and checks the result bit by bit");
  command->footer(
      "Example: dojo bench conv --width 32 --height 32 --channels 64 --outputs 64\n"
      "The rows of the output are split over the nodes of the mesh.");
  const auto number = [command](const char* name, unsigned& value, const char* text) {
    command->add_option(name, value, text)->type_name("N")->check(positive_number())->capture_default_str();
  };
  number("--width", arguments.conv.width, "pixels of a row of the image");
  number("--height", arguments.conv.height, "rows of the image");
  number("--channels", arguments.conv.channels, "channels of the image");
  number("--outputs", arguments.conv.outputs, "channels of the output");
  number("--kernel", arguments.conv.kernel, "rows and columns of the kernel");
  number("--stride", arguments.conv.stride, "pixels from one output pixel to the next");
  number("--dilation", arguments.conv.dilation, "pixels from one column or row of the kernel to the next");
  command->add_option("--padding", arguments.conv.padding, "columns and rows of zeros on each side")
      ->type_name("N")
      ->check(number_between(0, 15))
      ->capture_default_str();
  add_format_options(*command, arguments.conv.format, arguments.conv.b_format,
                     "the image, and of the weights without --b-format");
  add_machine_options(*command, arguments.options);
  add_limit_option(*command, arguments.options);
  add_wave_options(*command, arguments.options);
  add_trace_options(*command, arguments.options.trace);
  add_record_option(*command, arguments.options);
  add_output_options(*command, arguments.options);
  command->callback([&arguments, &action] {
    action = [&arguments] {
      return execute(arguments.options, [&arguments](Session& session, nlohmann::ordered_json& results) {
        return bench_conv(session, arguments.conv, results);
      });
    };
  });
}

void add_bench_collective(CLI::App& bench, Arguments& arguments, Action& action) {
  CLI::App* command =
      bench.add_subcommand("collective", "does a collective operation on FP32 lines and checks every node bit by bit");
  command->footer("Example: dojo bench collective --kind all-reduce --lines 1024 --mesh 8x8");
  command->add_option("--kind", arguments.collective.kind, "what is done")
      ->check(CLI::IsMember({"all-reduce", "reduce", "broadcast", "reduce-scatter", "all-gather"}))
      ->capture_default_str();
  command->add_option("--form", arguments.collective.form, "by the harts, along a tree of the network, or as is faster")
      ->check(CLI::IsMember({"software", "tree", "auto"}))
      ->capture_default_str();
  CLI::Option* lines = command->add_option("--lines", arguments.collective.lines, "of 64 bytes on every node")
                           ->type_name("N")
                           ->check(positive_number())
                           ->capture_default_str();
  command->add_option("--bytes", arguments.collective.bytes, "the same in bytes, a multiple of 64")
      ->type_name("N")
      ->check(positive_number())
      ->excludes(lines);
  command->add_option("--root", arguments.collective.root, "number of the node that has or gets the lines, row by row")
      ->type_name("N")
      ->check(number_between(0, std::numeric_limits<std::uint32_t>::max()))
      ->capture_default_str();
  add_machine_options(*command, arguments.options);
  command->get_option("--mesh")->default_str(collective_mesh);
  add_limit_option(*command, arguments.options);
  add_wave_options(*command, arguments.options);
  add_trace_options(*command, arguments.options.trace);
  add_record_option(*command, arguments.options);
  add_output_options(*command, arguments.options);
  command->callback([&arguments, &action, command] {
    if (command->count("--mesh") == 0) arguments.options.mesh_text = collective_mesh;
    action = [&arguments] {
      return execute(arguments.options, [&arguments](Session& session, nlohmann::ordered_json& results) {
        return bench_collective(session, arguments.collective, results);
      });
    };
  });
}

void add_bench_gemm(CLI::App& bench, Arguments& arguments, Action& action) {
  CLI::App* command = bench.add_subcommand("gemm", "multiplies two matrices and checks the result bit by bit");
  command->footer(
      "Example: dojo bench gemm --m 256 --n 256 --k 256\n"
      "The rows of C are split over the nodes of the mesh.");
  command->add_option("--m", arguments.gemm.m, "rows of C")
      ->type_name("N")
      ->check(positive_number())
      ->capture_default_str();
  command->add_option("--n", arguments.gemm.n, "columns of C")
      ->type_name("N")
      ->check(positive_number())
      ->capture_default_str();
  command->add_option("--k", arguments.gemm.k, "length of the sums")
      ->type_name("N")
      ->check(positive_number())
      ->capture_default_str();
  add_format_options(*command, arguments.gemm.format, arguments.gemm.b_format, "A, and of B without --b-format");
  add_machine_options(*command, arguments.options);
  add_limit_option(*command, arguments.options);
  add_wave_options(*command, arguments.options);
  add_trace_options(*command, arguments.options.trace);
  add_record_option(*command, arguments.options);
  add_output_options(*command, arguments.options);
  command->callback([&arguments, &action] {
    action = [&arguments] {
      return execute(arguments.options, [&arguments](Session& session, nlohmann::ordered_json& results) {
        return bench_gemm(session, arguments.gemm, results);
      });
    };
  });
}

void add_bench_memory(CLI::App& bench, Arguments& arguments, Action& action) {
  CLI::App* command = bench.add_subcommand(
      "memory", "streams between an Interface Processor and nodes, each at a port of its own, and checks every byte");
  command->footer("Example: dojo bench memory --nodes 1,7 --mesh 8x8");
  MemoryArguments& memory = arguments.memory;
  command->add_option("--nodes", memory.nodes, "nodes that stream at once; several: one run each")
      ->type_name("N[,N...]")
      ->capture_default_str();
  command
      ->add_option("--direction", memory.direction,
                   "what the nodes do; host: its host copies to the DRAM and from there, and no node anything")
      ->check(CLI::IsMember({"read", "write", "host"}))
      ->capture_default_str();
  const auto number = [command](const char* name, auto& value, std::uint64_t least, std::uint64_t most,
                                const char* text) {
    command->add_option(name, value, text)->type_name("N")->check(number_between(least, most))->capture_default_str();
  };
  number("--bytes", memory.bytes, 1, std::uint64_t{1} << 32, "of each node, a multiple of 131072");
  number("--dip", memory.dip, 0, std::numeric_limits<unsigned>::max(), "number of the Interface Processor");
  number("--depth", memory.depth, 0, hw::west_column, "nodes between the edge and the nodes that stream");
  add_machine_options(*command, arguments.options);
  command->get_option("--mesh")->default_str(memory_mesh);
  add_limit_option(*command, arguments.options);
  add_output_options(*command, arguments.options);
  command->callback([&arguments, &action, command] {
    if (command->count("--mesh") == 0) arguments.options.mesh_text = memory_mesh;
    arguments.options.memory = true;
    action = [&arguments] {
      return execute(arguments.options, [&arguments](Session& session, nlohmann::ordered_json& results) {
        return arguments.memory.direction == "host" ? bench_memory_host(session, arguments.memory, results)
                                                    : bench_memory(session, arguments.memory, results);
      });
    };
  });
}

void add_bench_noc(CLI::App& bench, Arguments& arguments, Action& action) {
  CLI::App* command = bench.add_subcommand("noc", "measures latency and throughput of a mesh of routers under traffic");
  command->footer(
      "Example: dojo bench noc --mesh 8x8 --pattern uniform --load 0.3\n"
      "Example: dojo bench noc --pattern all --svg curves.svg");
  command
      ->add_option("--pattern", arguments.noc.pattern,
                   "where the nodes send; all: one after the other, without edge; edge: to memory beyond the west and "
                   "east edges")
      ->check(CLI::IsMember(
          {"uniform", "transpose", "tornado", "neighbor", "bitcomp", "shuffle", "hotspot", "edge", "all"}))
      ->capture_default_str();
  command
      ->add_option("--load", arguments.noc.load,
                   "packets per node and cycle; without it loads up to twice the saturation are measured")
      ->type_name("F")
      ->check(share());
  command
      ->add_option("--class", arguments.noc.traffic,
                   "class of the packets; mixed: half and half. Default: data; of pattern edge request")
      ->check(CLI::IsMember({"data", "request", "mixed"}));
  const auto cycles = [command](const char* name, unsigned& value, unsigned least, const char* text) {
    constexpr unsigned most = 1000000;
    command->add_option(name, value, text)->type_name("N")->check(number_between(least, most))->capture_default_str();
  };
  cycles("--warm-up", arguments.noc.warm_up, 0, "cycles before the measured window");
  cycles("--window", arguments.noc.window, 1, "cycles that are measured");
  cycles("--drain", arguments.noc.drain, 0, "cycles after the window in which its packets may still arrive");
  command->add_option("--csv", arguments.noc.csv, "write all points as CSV")->type_name("FILE");
  command->add_option("--svg", arguments.noc.svg, "draw latency and accepted against offered load")->type_name("FILE");
  add_machine_options(*command, arguments.options);
  command->get_option("--mesh")->default_str(noc_mesh);
  add_output_options(*command, arguments.options);
  command->callback([&arguments, &action, command] {
    if (command->count("--mesh") == 0) arguments.options.mesh_text = noc_mesh;
    action = [&arguments] {
      return execute(arguments.options, [&arguments](Session& session, nlohmann::ordered_json& results) {
        return bench_noc(session, arguments.noc, results);
      });
    };
  });
}

void add_bench_sim(CLI::App& bench, Arguments& arguments, Action& action) {
  CLI::App* command = bench.add_subcommand("sim", "measures the speed of the simulator itself");
  command->footer("Example: dojo bench sim --mesh 4x4 --activity busy");
  command
      ->add_option("--activity", arguments.sim.activity,
                   "busy: every node multiplies matrices; idle: every node sleeps")
      ->check(CLI::IsMember({"idle", "busy"}))
      ->capture_default_str();
  command
      ->add_option("--busy", arguments.sim.busy_text,
                   "nodes that are busy, from the north-west corner on; the others sleep. Default: all")
      ->type_name("COLSxROWS");
  command->add_option("--seconds", arguments.sim.seconds, "least wall time of each measurement")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  add_machine_options(*command, arguments.options);
  add_output_options(*command, arguments.options);
  command->callback([&arguments, &action] {
    action = [&arguments] {
      return execute(arguments.options, [&arguments](Session& session, nlohmann::ordered_json& results) {
        return bench_sim(session, arguments.sim, results);
      });
    };
  });
}

void add_bench_scalar(CLI::App& bench, Arguments& arguments, Action& action) {
  CLI::App* command = bench.add_subcommand("scalar", "measures the instructions per cycle of one to four harts");
  command->footer("Example: dojo bench scalar --rounds 20");
  command->add_option("--rounds", arguments.scalar.rounds, "of the mix on each hart")
      ->type_name("N")
      ->check(positive_number())
      ->capture_default_str();
  add_machine_options(*command, arguments.options);
  add_limit_option(*command, arguments.options);
  add_wave_options(*command, arguments.options);
  add_trace_options(*command, arguments.options.trace);
  add_record_option(*command, arguments.options);
  add_output_options(*command, arguments.options);
  command->callback([&arguments, &action] {
    action = [&arguments] {
      return execute(arguments.options, [&arguments](Session& session, nlohmann::ordered_json& results) {
        return bench_scalar(session, arguments.scalar, results);
      });
    };
  });
}

void add_bench_transfer(CLI::App& bench, Arguments& arguments, Action& action) {
  CLI::App* command =
      bench.add_subcommand("transfer", "copies between the memories of two nodes and checks every byte");
  command->footer(
      "Example: dojo bench transfer --kind push --bytes 4096,65536 --distance 1,4\n"
      "Node (0,0) issues the descriptor; the other node is as far east as the mesh reaches, then south.");
  TransferArguments& transfer = arguments.transfer;
  command
      ->add_option("--kind", transfer.kind,
                   "what is copied: an operation of the transfer engine; all: one after the other")
      ->check(CLI::IsMember({"push", "push_strided", "push_gather", "push_scatter", "pull", "pull_strided",
                             "pull_gather", "pull_scatter", "all"}))
      ->capture_default_str();
  const auto number = [command](const char* name, std::size_t& value, std::uint64_t least, std::uint64_t most,
                                const char* text) {
    command->add_option(name, value, text)->type_name("N")->check(number_between(least, most))->capture_default_str();
  };
  command->add_option("--bytes", transfer.bytes, "bytes that are copied, each way; several: one copy each")
      ->type_name("N[,N...]")
      ->capture_default_str();
  command
      ->add_option("--distance", transfer.distances,
                   "hops between the two nodes, 0: a copy inside a node; several: one copy each")
      ->type_name("N[,N...]")
      ->capture_default_str();
  number("--element", transfer.element, 8, hw::line_bytes,
         "bytes of an element: 8, 16, 32 or 64; push and pull copy lines of 64");
  number("--row", transfer.row, 1, std::numeric_limits<std::uint32_t>::max(),
         "strided: elements of a row, as many are left out behind it");
  number("--skew", transfer.skew, 0, hw::sram_banks - 1,
         "lines by which the destination begins behind a multiple of 16, where the source begins");
  command->add_flag("--both-ways", transfer.both_ways, "the other node does the same at the same time");
  add_machine_options(*command, arguments.options);
  command->get_option("--mesh")->default_str("a row that is long enough");
  add_limit_option(*command, arguments.options);
  add_wave_options(*command, arguments.options);
  add_trace_options(*command, arguments.options.trace);
  add_record_option(*command, arguments.options);
  add_output_options(*command, arguments.options);
  command->callback([&arguments, &action, command] {
    if (command->count("--mesh") == 0) {
      const std::vector<std::uint64_t> distances = arguments.transfer.all_distances();
      arguments.options.mesh_text = fmt::format("{}x1", *std::max_element(distances.begin(), distances.end()) + 1);
    }
    action = [&arguments] {
      return execute(arguments.options, [&arguments](Session& session, nlohmann::ordered_json& results) {
        return bench_transfer(session, arguments.transfer, results);
      });
    };
  });
}

void add_bench_vector(CLI::App& bench, Arguments& arguments, Action& action) {
  CLI::App* command = bench.add_subcommand("vector", "runs plain C loops that the compiler has vectorised");
  command->footer("Example: dojo bench vector --kernel softmax --rows 256");
  command->add_option("--kernel", arguments.vector.kernel, "axpy: y += a * x; softmax: of each row of 128 values")
      ->check(CLI::IsMember({"axpy", "softmax"}))
      ->capture_default_str();
  command->add_option("--rows", arguments.vector.rows, "of 128 FP32 values")
      ->type_name("N")
      ->check(positive_number())
      ->capture_default_str();
  command->add_option("--harts", arguments.vector.harts, "that share the rows")
      ->check(CLI::Range(1U, hw::harts))
      ->capture_default_str();
  add_machine_options(*command, arguments.options);
  add_limit_option(*command, arguments.options);
  add_wave_options(*command, arguments.options);
  add_trace_options(*command, arguments.options.trace);
  add_record_option(*command, arguments.options);
  add_output_options(*command, arguments.options);
  command->callback([&arguments, &action] {
    action = [&arguments] {
      return execute(arguments.options, [&arguments](Session& session, nlohmann::ordered_json& results) {
        return bench_vector(session, arguments.vector, results);
      });
    };
  });
}

void add_bench(CLI::App& app, Arguments& arguments, Action& action) {
  CLI::App* bench = app.add_subcommand("bench", "measures one thing");
  bench->footer("Example: dojo bench gemm --m 64 --n 64 --k 64");
  bench->require_subcommand(0, 1);
  bench->callback([bench] {
    if (bench->get_subcommands().empty())
      throw InputError(
          "bench: name what is measured: collective, conv, gemm, memory, noc, scalar, sim, transfer or vector");
  });
  add_bench_collective(*bench, arguments, action);
  add_bench_conv(*bench, arguments, action);
  add_bench_gemm(*bench, arguments, action);
  add_bench_memory(*bench, arguments, action);
  add_bench_noc(*bench, arguments, action);
  add_bench_scalar(*bench, arguments, action);
  add_bench_sim(*bench, arguments, action);
  add_bench_transfer(*bench, arguments, action);
  add_bench_vector(*bench, arguments, action);
}

void add_ttp(CLI::App& app, Arguments& arguments, Action& action) {
  CLI::App* command =
      app.add_subcommand("ttp", "sends payloads between TTP endpoints over a bad line, or to a peer outside");
  add_ttp_options(*command, arguments.options, arguments.ttp);
  command->callback([&arguments, &action] {
    action = [&arguments] {
      return execute(arguments.options, [&arguments](Session& session, nlohmann::ordered_json& results) {
        return run_ttp(session, arguments.ttp, results);
      });
    };
  });
}

void add_report(CLI::App& app, Arguments& arguments, Action& action) {
  CLI::App* command = app.add_subcommand("report", "makes one HTML page of a run that was recorded with --record");
  command->footer("Example: dojo bench gemm --record run && dojo report run --output gemm.html");
  command->add_option("record", arguments.report.record, "folder of the record")->required()->type_name("DIR");
  command->add_option("--output", arguments.report.output, "the page; default: report.html in the folder")
      ->type_name("FILE.html");
  command->callback([&arguments, &action] { action = [&arguments] { return make_report(arguments.report); }; });
}

void add_info(CLI::App& app, Arguments& arguments, Action& action) {
  CLI::App* command = app.add_subcommand("info", "prints the machine's configuration and what this build supports");
  command->footer("Example: dojo info --json -");
  add_output_options(*command, arguments.options);
  command->callback([&arguments, &action] { action = [&arguments] { return execute(arguments.options, show_info); }; });
}

int print_help(CLI::App& app, const std::string& topic) {
  if (topic.empty()) {
    // App::help() would answer for the command help.
    std::fputs(app.get_formatter()->make_help(&app, app.get_name(), CLI::AppFormatMode::Normal).c_str(), stdout);
    return static_cast<int>(ExitCode::done);
  }
  for (const CLI::App* command : app.get_subcommands([](CLI::App*) { return true; })) {
    if (command->get_name() != topic) continue;
    std::fputs(command->help("dojo").c_str(), stdout);
    return static_cast<int>(ExitCode::done);
  }
  throw InputError(fmt::format("help {}: there is no such command", topic));
}

void add_help(CLI::App& app, Arguments& arguments, Action& action) {
  CLI::App* command = app.add_subcommand("help", "explains a command");
  command->footer("Example: dojo help bench");
  command->add_option("command", arguments.help_topic, "the command to be explained")->type_name("COMMAND");
  command->callback(
      [&app, &arguments, &action] { action = [&app, &arguments] { return print_help(app, arguments.help_topic); }; });
}

int run(int argc, const char* const* argv, const sim::MpiSession& mpi) {
  CLI::App app("OpenDojo: a Dojo-class training machine, simulated from its RTL", "dojo");
  app.footer("Example: dojo bench gemm --m 64 --n 64 --k 64\nEvery command has --help.");
  app.require_subcommand(0, 1);
  Arguments arguments;
  Action action;
  add_train(app, arguments, action);
  add_run(app, arguments, action);
  add_profile(app, arguments, action);
  add_bench(app, arguments, action);
  add_ttp(app, arguments, action);
  add_report(app, arguments, action);
  add_info(app, arguments, action);
  add_help(app, arguments, action);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& help) {
    return app.exit(help);
  } catch (const CLI::ParseError& error) {
    throw InputError(fmt::format("{} (dojo help explains the commands)", error.what()));
  }
  if (!action) throw InputError("name a command (dojo help lists them)");
  if (mpi.has_others()) arguments.options.make_exchange = sim::make_mpi_exchange;
  arguments.options.is_first_rank = mpi.rank() == 0;
  arguments.options.command_line.assign(argv + 1, argv + argc);
  return action();
}

/// One line, whatever the message, but for indented ones behind it, which explain a hang.
void print_error(std::string message) {
  for (std::size_t i = 0; i < message.size(); ++i) {
    if (message[i] == '\n' && message.compare(i + 1, 2, "  ") != 0) message[i] = ' ';
  }
  std::fprintf(stderr, "dojo: %s\n", message.c_str());
}

}  // namespace
}  // namespace dojo::cli

int main(int argc, char** argv) {
  const dojo::sim::MpiSession mpi;
  // All ranks do the same; the first one talks.
  const int standard_error = dup(STDERR_FILENO);
  if (mpi.rank() != 0 &&
      (std::freopen("/dev/null", "w", stdout) == nullptr || std::freopen("/dev/null", "w", stderr) == nullptr)) {
    mpi.abort(static_cast<int>(dojo::ExitCode::failed));
  }
  try {
    return dojo::cli::run(argc, argv, mpi);
  } catch (const dojo::InputError& error) {
    dojo::cli::print_error(error.what());
    return static_cast<int>(dojo::ExitCode::bad_input);
  } catch (const dojo::RunError& error) {
    dojo::cli::print_error(error.what());
    return static_cast<int>(dojo::ExitCode::failed);
  } catch (const std::exception& error) {
    if (mpi.has_others()) {
      // Not a failure of the simulated machine, hence of this rank alone; the others wait for it.
      dup2(standard_error, STDERR_FILENO);
      dojo::cli::print_error(fmt::format("rank {}: {}", mpi.rank(), error.what()));
      mpi.abort(static_cast<int>(dojo::ExitCode::failed));
    }
    dojo::cli::print_error(error.what());
    return static_cast<int>(dojo::ExitCode::failed);
  }
}
