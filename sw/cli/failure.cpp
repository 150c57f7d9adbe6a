#include "cli/failure.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

#include "common/error.hpp"
#include "hang/hang_analysis.hpp"
#include "model/lockstep.hpp"
#include "runtime/diagnosis.hpp"
#include "sim/assertion.hpp"
#include "sim/node_error.hpp"

namespace dojo::cli {
namespace {

using sim::WaveProblem;

/// "node_0_1.node.u_core.u_issue" -> "u_core"
std::string block_of(std::string_view instance) {
  constexpr std::string_view top = ".node.";
  const std::size_t at = instance.find(top);
  if (at == std::string_view::npos) return "";
  instance.remove_prefix(at + top.size());
  return std::string(instance.substr(0, instance.find('.')));
}

void look_into(const sim::NodeError& error, Failure& failure) {
  failure.node = error.node();
  failure.cycle = error.cycle();
  try {
    std::rethrow_exception(error.cause());
  } catch (const AssertionError& assertion) {
    failure.subject.problem = WaveProblem::assertion;
    failure.subject.block = block_of(assertion.hierarchy());
  } catch (const model::LockstepMismatch&) {
    failure.subject.problem = WaveProblem::mismatch;
  } catch (const RunError&) {
    failure.subject.problem = WaveProblem::network;
  }
}

/// The first hart, in the order of the nodes, of which `is_it` is true.
template <typename Condition>
bool find_hart(Machine& machine, Failure& failure, WaveProblem problem, Condition is_it) {
  const Rectangle all = machine.all();
  for (unsigned i = 0; i < all.nodes(); ++i) {
    const Coordinates node = all.node(i);
    for (unsigned hart = 0; hart < hw::harts; ++hart) {
      if (!is_it(node, machine.backend().hart_status(node, hart))) continue;
      failure.node = node;
      failure.subject.hart = hart;
      failure.subject.problem = problem;
      return true;
    }
  }
  return false;
}

/// The nodes of deadlocks first, then those of other causes.
std::vector<Coordinates> parties_of_hang(Backend& machine) {
  constexpr std::size_t most = 8;
  const hang::Explanation hang =
      hang::explain(machine, StopReason::no_progress, [](std::uint64_t) { return std::string(); });
  std::vector<Coordinates> nodes;
  const auto add = [&](unsigned party) {
    const hang::PartyKey& key = hang.parties[party].key;
    if (key.kind == hang::PartyKind::dip_list || nodes.size() == most) return;
    if (std::ranges::find(nodes, key.node()) == nodes.end()) nodes.push_back(key.node());
  };
  for (const std::vector<unsigned>& circle : hang.circles) std::ranges::for_each(circle, add);
  std::ranges::for_each(hang.causes, add);
  return nodes;
}

}  // namespace

Failure find_failure(Machine& machine, const std::exception_ptr& error) {
  const std::uint64_t cycles = machine.cycles();
  Failure failure{.cycle = cycles == 0 ? 0 : cycles - 1, .subject = {.problem = WaveProblem::wrong_result}};
  bool is_known = false;
  bool is_hang = false;
  try {
    if (error) std::rethrow_exception(error);
  } catch (const sim::NodeError& at_node) {
    look_into(at_node, failure);
    is_known = true;
  } catch (const AssertionError&) {
    // Of what stands at an edge.
    failure.subject.problem = WaveProblem::network;
    is_known = true;
  } catch (const model::LockstepMismatch&) {
    failure.subject.problem = WaveProblem::mismatch;
    is_known = true;
  } catch (const HangError&) {
    is_hang = true;
  } catch (const RunError&) {
    // The machine tells more.
  }
  const auto faulted = [&](Coordinates node, const HartStatus& status) {
    return status.state == hw::HartState::faulted || machine.backend().unit_fault(node).has_value();
  };
  const auto running = [](Coordinates, const HartStatus& status) { return status.state == hw::HartState::running; };
  const auto waiting = [](Coordinates, const HartStatus& status) { return status.state != hw::HartState::stopped; };
  const auto ended_badly = [](Coordinates, const HartStatus& status) { return status.exit_code != 0; };
  is_known = is_known || find_hart(machine, failure, WaveProblem::trap, faulted) ||
             find_hart(machine, failure, WaveProblem::hang, running) ||
             find_hart(machine, failure, WaveProblem::hang, waiting) ||
             find_hart(machine, failure, WaveProblem::wrong_result, ended_badly);
  failure.subject.cycle = failure.cycle;
  if (is_hang) failure.parties = parties_of_hang(machine.backend());
  return failure;
}

}  // namespace dojo::cli
