#include "sim/host_memory.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <fstream>
#include <string>

#include "common/die.hpp"
#include "common/error.hpp"

namespace dojo::sim {

std::uint64_t available_memory() {
  std::ifstream stream("/proc/meminfo");
  std::string key;
  std::uint64_t kib = 0;
  for (std::string rest; stream >> key >> kib; std::getline(stream, rest)) {
    if (key == "MemAvailable:") return kib * 1024;
  }
  return static_cast<std::uint64_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

void check_memory(std::string_view what, std::uint64_t needed, std::uint64_t available) {
  if (needed <= available) return;
  constexpr double gib = 1024.0 * 1024.0 * 1024.0;
  throw InputError(fmt::format("{} needs {:.1f} GiB of memory, and {:.1f} GiB are available", what,
                               static_cast<double>(needed) / gib, static_cast<double>(available) / gib));
}

void check_mesh(MeshSize mesh, std::uint64_t bytes_per_node) {
  if (mesh.columns == 0 || mesh.rows == 0) {
    throw InputError(fmt::format("mesh {}x{}: there must be at least one column and one row", mesh.columns, mesh.rows));
  }
  if (mesh.columns > mesh_limit || mesh.rows > mesh_limit) {
    throw InputError(
        fmt::format("mesh {}x{}: at most {} columns and {} rows", mesh.columns, mesh.rows, mesh_limit, mesh_limit));
  }
  check_memory(fmt::format("mesh {}x{}", mesh.columns, mesh.rows),
               std::uint64_t{mesh.columns} * mesh.rows * bytes_per_node);
}

}  // namespace dojo::sim
