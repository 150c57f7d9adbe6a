// dojo train of a recipe: in FP32 on the host, or on the nodes of a machine.

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "cli/commands.hpp"
#include "cli/gnuplot.hpp"
#include "common/error.hpp"
#include "kernels/firmware.hpp"
#include "network/export.hpp"
#include "network/nodes/node_trainer.hpp"
#include "network/nodes/placement.hpp"
#include "network/trainer.hpp"
#include "train/progress.hpp"

namespace dojo::cli {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t evaluations = 12;               // in a run, beside the last one
constexpr std::size_t samples_of_evaluations = 1000;  // the last one takes all
constexpr double loss_smoothing = 0.05;

network::Recipe make_recipe(const TrainArguments& arguments) {
  network::Recipe recipe = network::read_recipe(network::find_recipe(arguments.recipe));
  if (arguments.own_data) network::replace_source(recipe.data, arguments.data);
  if (arguments.epochs) recipe.epochs = *arguments.epochs;
  if (arguments.batch) recipe.batch = *arguments.batch;
  if (arguments.own_seed) recipe.seed = *arguments.own_seed;
  if (arguments.learning_rate) {
    recipe.schedule.rate = *arguments.learning_rate;
    if (!(recipe.schedule.rate > 0 && recipe.schedule.rate < 1000)) {
      throw InputError(fmt::format("a learning rate of {}: it lies above 0 and below 1000", recipe.schedule.rate));
    }
  }
  return recipe;
}

/// Loss and error after a step, on held-out samples.
struct Measurement {
  std::size_t step;
  double loss;
  double error;
};

/// What was measured during a run: a table, and a picture at its end.
class Curve {
 public:
  /// A resumed run goes on with the table that is there.
  Curve(const std::string& csv, bool resumed) : csv_(csv) {
    if (csv.empty()) return;
    const bool goes_on = resumed && std::filesystem::exists(csv) && std::filesystem::file_size(csv) > 0;
    table_.open(csv, goes_on ? std::ios::app : std::ios::trunc);
    if (!goes_on) table_ << "step,loss,learning_rate,gradient_norm,held_out_loss,held_out_error\n";
  }

  void add(std::size_t step, const network::StepResult& result, const std::optional<Measurement>& held_out) {
    smooth_ = losses_.empty() ? result.loss : smooth_ + loss_smoothing * (result.loss - smooth_);
    ++points_;
    losses_ += fmt::format("{} {:.6g} {:.6g}\n", step, result.loss, smooth_);
    if (held_out) held_out_ += fmt::format("{} {:.6g}\n", step, held_out->loss);
    if (csv_.empty()) return;
    const std::string measured = held_out ? fmt::format("{:.6f},{:.6f}", held_out->loss, held_out->error) : ",";
    const std::string norm = std::isnan(result.gradient_norm) ? "" : fmt::format("{:.6g}", result.gradient_norm);
    table_ << fmt::format("{},{:.6f},{:.6g},{},{}\n", step, result.loss, result.rate, norm, measured);
    if (!table_.flush()) throw RunError(fmt::format("--csv {}: the table could not be written", csv_));
  }
  [[nodiscard]] double smooth() const { return smooth_; }

  void draw(const std::string& svg, const std::string& title) const {
    constexpr std::size_t most = 500;  // points of a line
    const std::size_t every = (points_ + most - 1) / most;
    std::string plot = fmt::format(
        "plot $loss every {0} using 1:2 with lines linecolor rgb '#c6dbef' title 'batch', "
        "$loss every {0} using 1:3 with lines linecolor rgb '#1f77b4' linewidth 1.5 title 'smoothed'",
        every);
    if (!held_out_.empty()) {
      plot += ", $held_out using 1:2 with linespoints linecolor rgb '#d62728' pointtype 7 title 'held out'";
    }
    run_gnuplot(
        fmt::format("set terminal svg size 700,400 font 'sans-serif,13' background 'white'\n"
                    "set output {}\nset title {} noenhanced\nset xlabel 'step'\nset ylabel 'loss, nats'\nset grid\n"
                    "$loss << END\n{}END\n$held_out << END\n{}END\n{}\n",
                    gnuplot_string(svg), gnuplot_string(title), losses_, held_out_, plot));
  }

 private:
  std::string csv_;
  std::ofstream table_;
  std::string losses_;    ///< step, loss, smoothed loss
  std::string held_out_;  ///< step, loss
  std::size_t points_ = 0;
  double smooth_ = 0;
};

void check(const TrainArguments& arguments) {
  check_writable("--csv", arguments.csv);
  check_writable("--svg", arguments.svg);
  check_writable("--checkpoint", arguments.checkpoint);
  check_writable("--export", arguments.export_data);
  if (!arguments.svg.empty()) check_gnuplot();
}

std::string progress_line(std::size_t step, std::size_t steps, double loss, const std::optional<Measurement>& latest,
                          double samples_per_second, double seconds_left) {
  const std::string error = latest ? fmt::format("{:5.2f} %", latest->error * 100) : "   -   ";
  const auto left = static_cast<unsigned>(seconds_left);
  return fmt::format("step {:>{}}/{}  loss {:.3f}  held-out error {}  {:.0f} samples/s  {}:{:02} left", step,
                     fmt::formatted_size("{}", steps), steps, loss, error, samples_per_second, left / 60, left % 60);
}

std::unique_ptr<network::Trainer> make_node_trainer(Machine& machine, const TrainArguments& arguments,
                                                    const network::Recipe& recipe, const network::DataSet& data,
                                                    unsigned threads, const std::string& backend) {
  const std::string where = arguments.evaluate.empty() ? backend == "model" ? "nodes" : "host" : arguments.evaluate;
  const auto evaluation = where == "nodes" ? network::Evaluation::nodes : network::Evaluation::host;
  auto trainer = std::make_unique<network::NodeTrainer>(machine, recipe, data, threads, evaluation);
  if (arguments.evaluate == "nodes" && !trainer->groups().back().plan().logits()) {
    throw InputError("--evaluate nodes: the logits of this network are not on the nodes after a pass");
  }
  return trainer;
}

/// What lies where in each node's SRAM, of each group of nodes.
int show_plan(Session& session, const network::Recipe& recipe, nlohmann::ordered_json& results) {
  const std::vector<network::PlacedPlan> plans =
      network::place_recipe(recipe, session.machine().all(), load_firmware("network"));
  results = {{"recipe", recipe.name}, {"parts", nlohmann::ordered_json::array()}};
  for (const auto& [nodes, plan] : plans) {
    nlohmann::ordered_json part = {
        {"bytes", plan->bytes()}, {"available", plan->available()}, {"dram_bytes", plan->dram_bytes()}};
    if (plans.size() > 1) {
      const Coordinates corner = nodes.corner();
      session.say(fmt::format("nodes {},{} to {},{}", nodes.origin.x, nodes.origin.y, corner.x, corner.y));
    }
    session.say(fmt::format("{:<28} {:<12} {:>10} {:>9}", "what", "layer", "address", "bytes"));
    for (const network::Region& region : plan->regions()) {
      session.say(
          fmt::format("{:<28} {:<12} {:>#10x} {:>9}", region.purpose, region.name, region.address, region.bytes));
      part["regions"].push_back(
          {{"what", region.purpose}, {"layer", region.name}, {"address", region.address}, {"bytes", region.bytes}});
    }
    results["parts"].push_back(std::move(part));
    if (!plan->fits()) throw InputError(fmt::format("recipe '{}': {}", recipe.name, plan->summary()));
    session.say(plan->summary());
  }
  return static_cast<int>(ExitCode::done);
}

}  // namespace

int train_recipe(Session& session, const TrainArguments& arguments, nlohmann::ordered_json& results) {
  check(arguments);
  const network::Recipe recipe = make_recipe(arguments);
  if (arguments.plan) return show_plan(session, recipe, results);
  const std::unique_ptr<network::DataSet> data = network::load_data(recipe.data);
  if (!arguments.export_data.empty()) network::export_data(arguments.export_data, recipe, *data);
  const unsigned asked = session.options().threads;
  const unsigned threads = asked != 0 ? asked : std::max(1U, std::thread::hardware_concurrency());
  const std::string& backend = session.options().backend;
  Machine* const machine = backend == "reference" ? nullptr : &session.machine();
  const std::unique_ptr<network::Trainer> owned =
      machine == nullptr ? std::make_unique<network::Trainer>(recipe, *data, threads)
                         : make_node_trainer(*machine, arguments, recipe, *data, threads, backend);
  network::Trainer& trainer = *owned;
  if (!arguments.resume.empty()) trainer.load(arguments.resume);
  const std::size_t first = trainer.steps_done();
  const std::size_t last = std::max(first, std::min(trainer.steps(), arguments.steps.value_or(trainer.steps())));
  const std::uint64_t macs_per_sample = recipe.graph.training_macs();
  const std::string where =
      machine == nullptr ? "in FP32 on the host"
                         : fmt::format("on {}x{} {} nodes", machine->mesh().columns, machine->mesh().rows, backend);
  session.say(fmt::format("{} {}: {} parameters, {:.2f} million multiply-accumulates per sample and step", recipe.name,
                          where, recipe.graph.trained_numbers(), static_cast<double>(macs_per_sample) * 1e-6));

  Curve curve(arguments.csv, first != 0);
  std::optional<Measurement> latest;
  std::size_t samples = 0;
  double loss_first = 0;
  double loss_last = 0;
  const std::size_t interval = std::max<std::size_t>(1, last / evaluations);
  const Clock::time_point start = Clock::now();
  {
    train::ProgressPrinter printer(stdout);
    for (std::size_t step = first + 1; step <= last; ++step) {
      const network::StepResult result = trainer.step();
      samples += trainer.batch().front().samples();
      loss_last = result.loss;
      if (step == first + 1) loss_first = result.loss;
      std::optional<Measurement> measured;
      if (step % interval == 0 && step != last) {
        const network::LossResult held_out = trainer.evaluate(samples_of_evaluations);
        measured = latest = {.step = step, .loss = held_out.mean(), .error = held_out.error()};
      }
      curve.add(step, result, measured);
      if (arguments.checkpoint_every && step % *arguments.checkpoint_every == 0) trainer.save(arguments.checkpoint);
      if (!session.talkative()) continue;
      const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
      const double left = seconds / static_cast<double>(step - first) * static_cast<double>(last - step);
      printer.show(step, last, [&] {
        return progress_line(step, last, curve.smooth(), latest, static_cast<double>(samples) / seconds, left);
      });
    }
  }
  const double wall = std::chrono::duration<double>(Clock::now() - start).count();
  if (!arguments.checkpoint.empty()) trainer.save(arguments.checkpoint);
  if (!arguments.svg.empty() && last > first) curve.draw(arguments.svg, recipe.name);

  const network::LossResult held_out = trainer.evaluate();
  const std::optional<double> baseline = data->baseline_error();
  results = {{"recipe", recipe.name},
             {"backend", backend},
             {"steps", last},
             {"samples", samples},
             {"loss_first", loss_first},
             {"loss_last", loss_last},
             {"held_out_loss", held_out.mean()},
             {"held_out_error", held_out.error()}};
  if (baseline) results["baseline_error"] = *baseline;
  results["parameters"] = recipe.graph.trained_numbers();
  results["macs"] = macs_per_sample * samples;
  if (machine != nullptr && machine->cycles() != 0 && backend == "rtl") {
    constexpr double macs_per_cycle = 256;  // of a node
    const double capacity = macs_per_cycle * static_cast<double>(machine->cycles()) * machine->all().nodes();
    results["cycles"] = machine->cycles();
    results["mac_utilization"] = static_cast<double>(macs_per_sample * samples) / capacity;
    session.say(
        fmt::format("{} cycles, MAC {:.1f} %", machine->cycles(), results["mac_utilization"].get<double>() * 100));
  }
  results["samples_per_second"] = wall > 0 ? static_cast<double>(samples) / wall : 0.0;
  results["wall_seconds"] = wall;
  const network::InputTimes input = trainer.input_times();
  results["input_wait_s"] = input.waited;
  results["input_work_s"] = input.worked;
  results["input_wait_share"] = wall > 0 ? input.waited / wall : 0.0;
  results["weights_hash"] = fmt::format("{:016x}", network::hash_parameters(trainer.network().parameters()));
  session.say(fmt::format("held out: loss {:.4f}, {:.2f} % right, {:.3f} % wrong{}", held_out.mean(),
                          (1 - held_out.error()) * 100, held_out.error() * 100,
                          baseline ? fmt::format("; nothing learned: {:.3f} % wrong", *baseline * 100) : ""));
  session.say(fmt::format("{} steps, {} samples, {:.3g} multiply-accumulates in {:.1f} s; weights {}", last - first,
                          samples, static_cast<double>(macs_per_sample * samples), wall,
                          results["weights_hash"].get<std::string>()));
  session.say(fmt::format("input: steps waited {:.3f} s for their batches, {:.2f} % of the run; {:.1f} s to make them",
                          input.waited, results["input_wait_share"].get<double>() * 100, input.worked));
  return static_cast<int>(ExitCode::done);
}

}  // namespace dojo::cli
