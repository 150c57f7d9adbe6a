#pragma once
// The software form of collective operations: rings and exchanges.

#include "kernels/collective_partition.hpp"
#include "kernels/collective_plan.hpp"

namespace dojo {

/// The steps that do what the partition says.
[[nodiscard]] CollectivePlan plan_software_collective(const Rectangle& rectangle, const CollectivePartition& partition);

}  // namespace dojo
