#pragma once
// Explains why nothing goes on in a machine: who waits for whom, deadlocks, and what nobody will bring (docs/hangs.md).

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "common/backend.hpp"
#include "hang/wait_graph.hpp"

namespace dojo::hang {

/// Text for a code address.
using NameOfAddress = std::function<std::string(std::uint64_t)>;

struct Explanation {
  std::vector<Party> parties;
  std::vector<Wait> waits;
  /// Deadlocks: numbers of parties, each of which waits for the next one and the last one for the first.
  std::vector<std::vector<unsigned>> circles;
  /// Parties that nobody in the machine will free, by their numbers.
  std::vector<unsigned> causes;

  /// For people: deadlocks, causes, and who waits for them; at most `most` lines.
  [[nodiscard]] std::vector<std::string> lines(std::size_t most = 40) const;
};

/// `reason`: no_progress or max_cycles. All of the machine must be RTL in this process; of any other one nothing is
/// said. What harts would do next is found out by letting their nodes run alone, which is taken back.
Explanation explain(Backend& machine, StopReason reason, const NameOfAddress& name_of);

}  // namespace dojo::hang
