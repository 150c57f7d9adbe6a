#include "network/nodes/placement.hpp"

#include <fmt/format.h>

#include "common/error.hpp"
#include "network/nodes/plan.hpp"
#include "network/nodes/sequence_plan.hpp"

namespace dojo::network {
namespace {

void check_parts(const Recipe& recipe, const Rectangle& nodes, unsigned parts) {
  if (parts == 1) return;
  const bool tensor = recipe.placement.groups > 1;
  if (nodes.columns % parts != 0 || !nodes.holes.empty()) {
    throw InputError(fmt::format("placement: {} {} take whole nodes in a multiple of {} columns", parts,
                                 tensor ? "groups" : "parts of a pipeline", parts));
  }
}

}  // namespace

std::vector<PlacedPlan> place_recipe(const Recipe& recipe, const Rectangle& nodes, const Program& program) {
  const std::uint64_t base = (program.heap_start() + hw::line_bytes - 1) / hw::line_bytes * hw::line_bytes;
  const std::size_t available = program.heap_end() - base;
  std::vector<PlacedPlan> placed;
  const bool sequences = is_of_sequences(recipe);
  if (sequences && !recipe.placement.pipeline.empty()) {
    throw InputError("placement: networks of sequences are no pipelines on nodes");
  }
  const bool tensor = recipe.placement.groups > 1;
  const auto parts = tensor ? recipe.placement.groups : static_cast<unsigned>(recipe.placement.pipeline.size() + 1);
  check_parts(recipe, nodes, parts);
  std::vector<Rectangle> groups(parts, nodes);
  for (unsigned p = 0; p < parts; ++p) {
    groups[p].columns = nodes.columns / parts;
    groups[p].origin.x += p * groups[p].columns;
  }
  std::vector<NodePlan*> plans;
  for (unsigned p = 0; p < parts; ++p) {
    if (sequences) {
      placed.push_back({groups[p], std::make_unique<SequencePlan>(recipe, groups, p, base, available)});
      continue;
    }
    auto plan = std::make_unique<NodePlan>(recipe, groups, base, available, p);
    if (tensor && recipe.formats.stochastic && plan->has_small_operands()) {
      throw InputError("formats: what several groups compute they round alike, which is to nearest");
    }
    plans.push_back(plan.get());
    placed.push_back({groups[p], std::move(plan)});
  }
  for (unsigned p = 0; p + 1 < plans.size() && !tensor; ++p) NodePlan::connect(*plans[p], *plans[p + 1]);
  return placed;
}

}  // namespace dojo::network
