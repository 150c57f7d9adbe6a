// dojo bench gemm: one matrix product, checked bit by bit.

#include <fmt/format.h>

#include "cli/commands.hpp"
#include "cli/matrix_bench.hpp"
#include "common/error.hpp"
#include "kernels/firmware.hpp"
#include "kernels/gemm.hpp"
#include "kernels/tiles.hpp"

namespace dojo::cli {
namespace {

/// Throws InputError unless the operands and the result of the node with most rows fit its memory.
void check_size(const GemmShape& shape, const OperandFormats& formats, unsigned nodes) {
  const Program program = load_firmware("gemm");
  const std::uint64_t available = program.heap_end() - program.heap_start();
  const std::size_t rows = (tiles_for(shape.m) + nodes - 1) / nodes;
  const std::size_t columns = tiles_for(shape.n);
  const std::size_t depth = tiles_for(shape.k);
  const std::uint64_t needed = rows * depth * formats.a.tile_bytes() + depth * columns * formats.b.tile_bytes() +
                               rows * columns * tile_bytes_fp32;
  if (needed > available) {
    throw InputError(fmt::format("{}x{} by {}x{} on {} node{} needs {} bytes in a node, which has {} for it", shape.m,
                                 shape.k, shape.k, shape.n, nodes, nodes == 1 ? "" : "s", needed, available));
  }
}

}  // namespace

int bench_gemm(Session& session, const GemmArguments& arguments, nlohmann::ordered_json& results) {
  const std::string& b_format = arguments.b_format.empty() ? arguments.format : arguments.b_format;
  const OperandFormats formats{.a = operand_format(arguments.format), .b = operand_format(b_format)};
  const GemmShape shape{.m = arguments.m, .n = arguments.n, .k = arguments.k};
  Machine& machine = session.machine();
  check_size(shape, formats, machine.all().nodes());
  const StepSpans spans(machine);
  const MatrixMeasurement measured = measure_gemm(machine, machine.all(), shape, session.options().seed, formats);

  add_speed(results, measured.cycles, machine.all().nodes(), measured.wall_seconds);
  results["m"] = shape.m;
  results["n"] = shape.n;
  results["k"] = shape.k;
  results["format"] = arguments.format;
  results["b_format"] = b_format;
  const double macs = static_cast<double>(shape.m) * static_cast<double>(shape.n) * static_cast<double>(shape.k);
  report(session, results, machine, spans, measured, macs,
         fmt::format("C[{}x{}] = A[{}x{}] * B[{}x{}], {} and {}", shape.m, shape.n, shape.m, shape.k, shape.k, shape.n,
                     arguments.format, b_format));
  return static_cast<int>(ExitCode::done);
}

}  // namespace dojo::cli
