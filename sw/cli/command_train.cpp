// dojo train of fashion-mnist-mlp on nodes.

#include <fmt/format.h>

#include <cstdio>
#include <optional>
#include <string>

#include "cli/commands.hpp"
#include "train/progress.hpp"
#include "train/train.hpp"

namespace dojo::cli {

int train(Session& session, const TrainArguments& arguments, nlohmann::ordered_json& results) {
  const train::TrainOptions options{.recipe = arguments.recipe,
                                    .data_folder = arguments.data,
                                    .steps = arguments.steps,
                                    .epochs = arguments.epochs,
                                    .batch = arguments.batch,
                                    .learning_rate = arguments.learning_rate,
                                    .seed = session.options().seed};
  Machine& machine = session.machine();
  std::optional<train::ProgressPrinter> printer;
  const train::TrainResult result = train::train(machine, options, [&](const train::TrainProgress& progress) {
    if (record::Recorder* const recorder = session.run_recorder()) {
      recorder->add_training_step({.step = progress.step, .loss = progress.batch_loss, .cycle = machine.cycles()});
    }
    if (!session.talkative()) return;
    if (!printer) {
      session.say(fmt::format("{} on {}x{} {} nodes", arguments.recipe, machine.mesh().columns, machine.mesh().rows,
                              machine.backend().name()));
      printer.emplace(stdout);
    }
    printer->show(progress);
  });
  printer.reset();

  results = train::to_json(result);
  session.say(fmt::format("test accuracy {:.2f} %, FP32 reference {:.2f} %", result.test_accuracy * 100,
                          result.reference_accuracy * 100));
  session.say(fmt::format("{} steps, {} samples, {} cycles in {:.1f} s: {:.0f} samples per second; weights {:016x}",
                          result.steps, result.samples, result.cycles, result.wall_seconds, result.samples_per_second(),
                          result.weights_hash));
  return static_cast<int>(ExitCode::done);
}

}  // namespace dojo::cli
