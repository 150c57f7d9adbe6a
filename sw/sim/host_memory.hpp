#pragma once
// Whether a machine fits into the memory of this computer, before it is made.

#include <cstdint>
#include <string_view>

#include "common/topology.hpp"

namespace dojo::sim {

/// Bytes that a new program can use here without swapping.
std::uint64_t available_memory();

/// Throws InputError that says both amounts when `what`, such as "mesh 2x2", needs more bytes than are available.
void check_memory(std::string_view what, std::uint64_t needed, std::uint64_t available = available_memory());

/// Throws InputError when `mesh` is empty, larger than the coordinates allow, or needs more memory than is available.
void check_mesh(MeshSize mesh, std::uint64_t bytes_per_node);

}  // namespace dojo::sim
