#include "sim/wave_groups.hpp"

#include <fmt/format.h>

namespace dojo::sim {

const std::vector<WaveGroup>& wave_groups() {
  static const std::vector<WaveGroup> groups{};
  return groups;
}

const std::vector<WaveTable>& wave_tables() {
  static const std::vector<WaveTable> tables{};
  return tables;
}

std::string instance_name(Coordinates node) { return fmt::format("node_{}_{}", node.x, node.y); }

}  // namespace dojo::sim
