// dojo bench conv: one convolution from an image in place, checked bit by bit.

#include <fmt/format.h>

#include "cli/commands.hpp"
#include "cli/matrix_bench.hpp"
#include "common/error.hpp"
#include "kernels/convolution.hpp"
#include "kernels/firmware.hpp"

namespace dojo::cli {

int bench_conv(Session& session, const ConvArguments& arguments, nlohmann::ordered_json& results) {
  const ConvolutionShape shape{.width = arguments.width,
                               .height = arguments.height,
                               .channels = arguments.channels,
                               .outputs = arguments.outputs,
                               .kernel = arguments.kernel,
                               .stride = arguments.stride,
                               .dilation = arguments.dilation,
                               .padding = arguments.padding};
  check_shape(shape);
  const std::string& b_format = arguments.b_format.empty() ? arguments.format : arguments.b_format;
  const OperandFormats formats{.a = operand_format(arguments.format), .b = operand_format(b_format)};
  Machine& machine = session.machine();
  const unsigned nodes = machine.all().nodes();
  const Program program = load_firmware("gemm");
  const std::uint64_t available = program.heap_end() - program.heap_start();
  const std::uint64_t needed = Convolution::bytes_needed(shape, formats, nodes);
  if (needed > available) {
    throw InputError(fmt::format("the convolution on {} node{} needs {} bytes in a node, which has {} for it", nodes,
                                 nodes == 1 ? "" : "s", needed, available));
  }
  const StepSpans spans(machine);
  const MatrixMeasurement measured =
      measure_convolution(machine, machine.all(), shape, session.options().seed, formats);

  add_speed(results, measured.cycles, machine.all().nodes(), measured.wall_seconds);
  results["width"] = shape.width;
  results["height"] = shape.height;
  results["channels"] = shape.channels;
  results["outputs"] = shape.outputs;
  results["kernel"] = shape.kernel;
  results["stride"] = shape.stride;
  results["dilation"] = shape.dilation;
  results["padding"] = shape.padding;
  results["format"] = arguments.format;
  results["b_format"] = b_format;
  report(session, results, machine, spans, measured, static_cast<double>(shape.operations()),
         fmt::format("{0}x{0} convolution of {1}x{2}x{3} ({4}) to {5}x{6}x{7}, weights {8}", shape.kernel, shape.width,
                     shape.height, shape.channels, arguments.format, shape.output_width(), shape.output_height(),
                     shape.outputs, b_format));
  return static_cast<int>(ExitCode::done);
}

}  // namespace dojo::cli
