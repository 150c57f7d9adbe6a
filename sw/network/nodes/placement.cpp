#include "network/nodes/placement.hpp"

#include <fmt/format.h>

#include "common/error.hpp"
#include "network/nodes/plan.hpp"
#include "network/nodes/sequence_plan.hpp"

namespace dojo::network {

std::vector<PlacedPlan> place_recipe(const Recipe& recipe, const Rectangle& nodes, const Program& program) {
  const std::uint64_t base = (program.heap_start() + hw::line_bytes - 1) / hw::line_bytes * hw::line_bytes;
  const std::size_t available = program.heap_end() - base;
  std::vector<PlacedPlan> placed;
  if (is_of_sequences(recipe)) {
    if (!recipe.placement.pipeline.empty()) {
      throw InputError("placement: networks of sequences are data parallel on nodes");
    }
    placed.push_back({nodes, std::make_unique<SequencePlan>(recipe, nodes, base, available)});
    return placed;
  }
  const auto parts = static_cast<unsigned>(recipe.placement.pipeline.size() + 1);
  if (parts > 1 && (nodes.columns % parts != 0 || !nodes.holes.empty())) {
    throw InputError(
        fmt::format("placement: a pipeline of {} parts takes whole nodes in a multiple of {} columns", parts, parts));
  }
  if (parts > 1 && recipe.optimiser.clip > 0) {
    throw InputError("optimiser: parts of a pipeline do not know the norm of all gradients to clip them");
  }
  std::vector<NodePlan*> plans;
  for (unsigned p = 0; p < parts; ++p) {
    Rectangle own = nodes;
    own.columns = nodes.columns / parts;
    own.origin.x += p * own.columns;
    auto plan = std::make_unique<NodePlan>(recipe, own, base, available, p);
    plans.push_back(plan.get());
    placed.push_back({own, std::move(plan)});
  }
  for (unsigned p = 0; p + 1 < parts; ++p) NodePlan::connect(*plans[p], *plans[p + 1]);
  return placed;
}

}  // namespace dojo::network
