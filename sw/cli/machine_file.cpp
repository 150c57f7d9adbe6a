#include "cli/machine_file.hpp"

#include <fmt/format.h>

#include <string_view>
#include <utility>
#include <vector>

#include "cli/text.hpp"
#include "common/error.hpp"
#include "common/yaml_file.hpp"

namespace dojo::cli {
namespace {

class Reader : private YamlFile {
 public:
  explicit Reader(const std::filesystem::path& file) : YamlFile(file, "machine description") {}

  MachineDescription read();

 private:
  [[nodiscard]] MeshSize size(const Entry& entry) const;
  [[nodiscard]] Coordinates coordinates(const YAML::Node& node) const;
  [[nodiscard]] Link link(const YAML::Node& node) const;

  [[nodiscard]] DieGrid grid(const YAML::Node& root, const Entries& keys) const;
  [[nodiscard]] Faults faults(const Entries& keys, const DieGrid& grid, bool whole_dies) const;
  [[nodiscard]] EdgeErrors errors(const Entries& keys, const DieGrid& grid) const;
  [[nodiscard]] std::pair<unsigned, unsigned> range(const YAML::Node& node) const;
  [[nodiscard]] std::vector<EthernetRoute> ethernet(const Entries& keys, const DieGrid& grid,
                                                    const Faults& faults) const;
};

MeshSize Reader::size(const Entry& entry) const {
  MeshSize result;
  const std::string size = text(entry.value, "COLSxROWS, such as 2x2");
  at(entry.value, [&] { result = size_of(entry.key.Scalar(), size); });
  return result;
}

Coordinates Reader::coordinates(const YAML::Node& node) const {
  constexpr std::string_view expected = "a place [X, Y]";
  const auto numbers = list(node, expected);
  if (numbers.size() != 2) fail(node.Mark(), fmt::format("expected {}", expected));
  constexpr unsigned most = mesh_limit - 1;
  return {.x = number_between(numbers[0], 0U, most), .y = number_between(numbers[1], 0U, most)};
}

Link Reader::link(const YAML::Node& node) const {
  constexpr std::string_view expected = "two neighbouring places [[X, Y], [X, Y]]";
  const auto ends = list(node, expected);
  if (ends.size() != 2) fail(node.Mark(), fmt::format("expected {}", expected));
  return {.first = coordinates(ends[0]), .second = coordinates(ends[1])};
}

DieGrid Reader::grid(const YAML::Node& root, const Entries& keys) const {
  DieGrid grid;
  const auto mesh = keys.find("mesh");
  const auto die = keys.find("die");
  const auto dies = keys.find("dies");
  const auto tiles = keys.find("tiles");
  const auto exclude = [&](const Entries::const_iterator& one, const Entries::const_iterator& other) {
    if (one == keys.end() || other == keys.end()) return;
    fail(other->second.key.Mark(), fmt::format("'{}' and '{}' do not go together", one->first, other->first));
  };
  exclude(mesh, die);
  exclude(tiles, mesh);
  exclude(tiles, dies);
  if (mesh == keys.end() && die == keys.end() && tiles == keys.end()) {
    fail(root.Mark(), "no size: one of the keys mesh, die and tiles must be there");
  }
  if (die != keys.end() && text(die->second.value, "whole") != "whole") {
    fail(die->second.value.Mark(), fmt::format("die '{}': expected whole", die->second.value.Scalar()));
  }
  grid.die = mesh == keys.end() ? die_size : size(mesh->second);
  if (dies != keys.end()) grid.dies = size(dies->second);
  if (tiles != keys.end()) {
    const MeshSize count = size(tiles->second);
    // More are beyond all coordinates; this keeps the products from running over.
    if (!MeshSize{mesh_limit, mesh_limit}.contains({count.columns, count.rows})) {
      fail(tiles->second.value.Mark(),
           fmt::format("tiles {}x{}: there are no coordinates for so many nodes", count.columns, count.rows));
    }
    grid.dies = {.columns = count.columns * tile_size.columns, .rows = count.rows * tile_size.rows};
  }
  grid.memory = tiles != keys.end();
  if (const auto memory = keys.find("memory"); memory != keys.end()) grid.memory = is_true(memory->second.value);
  const auto& decisive = tiles != keys.end() ? tiles : dies != keys.end() ? dies : mesh != keys.end() ? mesh : die;
  at(decisive->second.value, [&] { check_dies(grid); });
  return grid;
}

Faults Reader::faults(const Entries& keys, const DieGrid& grid, bool whole_dies) const {
  Faults result;
  const auto dead = keys.find("dead");
  const Entries parts = dead == keys.end() ? Entries{} : entries(dead->second.value, {"nodes", "links"});
  const auto nodes = parts.find("nodes");
  if (nodes == parts.end()) {
    if (whole_dies) result.nodes = harvested_nodes(grid);
  } else {
    for (const YAML::Node& node : list(nodes->second.value, "a list of places [[X, Y], ...]")) {
      result.nodes.push_back(coordinates(node));
      at(node, [&] { check_faults(grid.machine(), {.nodes = {result.nodes.back()}}); });
    }
  }
  const auto links = parts.find("links");
  if (links == parts.end()) return result;
  for (const YAML::Node& node : list(links->second.value, "a list of links [[[X, Y], [X, Y]], ...]")) {
    result.links.push_back(link(node));
    at(node, [&] { check_faults(grid.machine(), {.links = {result.links.back()}}); });
  }
  return result;
}

EdgeErrors Reader::errors(const Entries& keys, const DieGrid& grid) const {
  EdgeErrors result;
  const auto edges = keys.find("edges");
  if (edges == keys.end()) return result;
  const Entries parts = entries(edges->second.value, {"bit_errors", "drops", "cuts"});
  if (const auto rate = parts.find("bit_errors"); rate != parts.end()) {
    result.bit_error_rate = number_between(rate->second.value, 0.0, 1.0);
  }
  if (const auto rate = parts.find("drops"); rate != parts.end()) {
    result.drop_rate = number_between(rate->second.value, 0.0, 1.0);
  }
  if (const auto cuts = parts.find("cuts"); cuts != parts.end()) {
    for (const YAML::Node& node : list(cuts->second.value, "a list of cuts {between: [[X, Y], [X, Y]], cycle: N}")) {
      const Entries cut = entries(node, {"between", "cycle"});
      const auto between = cut.find("between");
      const auto cycle = cut.find("cycle");
      if (between == cut.end()) fail(node.Mark(), "a cut needs the key 'between'");
      const Link dies = link(between->second.value);
      result.cuts.push_back(
          {.first = dies.first,
           .second = dies.second,
           .cycle = cycle == cut.end() ? 0 : number_between<std::uint64_t>(cycle->second.value, 0, ~0ULL)});
      at(between->second.value, [&] { check_errors({.cuts = {result.cuts.back()}}, grid); });
    }
  }
  at(edges->second.key, [&] { check_errors(result, grid); });
  return result;
}

std::pair<unsigned, unsigned> Reader::range(const YAML::Node& node) const {
  constexpr std::string_view expected = "a range [FIRST, LAST]";
  const auto numbers = list(node, expected);
  if (numbers.size() != 2) fail(node.Mark(), fmt::format("expected {}", expected));
  constexpr unsigned most = (1U << hw::coordinate_bits) - 1;
  return {number_between(numbers[0], 0U, most), number_between(numbers[1], 0U, most)};
}

std::vector<EthernetRoute> Reader::ethernet(const Entries& keys, const DieGrid& grid, const Faults& faults) const {
  std::vector<EthernetRoute> result;
  const auto routes = keys.find("ethernet");
  if (routes == keys.end()) return result;
  if (!grid.memory)
    fail(routes->second.key.Mark(), "Ethernet is between Interface Processors: it needs 'memory: true'");
  const std::vector<DipSite> sites = dip_sites(Topology(grid.machine(), faults), grid);
  constexpr std::string_view form =
      "a list of routes {from: DIP, columns: [FIRST, LAST], rows: [FIRST, LAST], via: DIP}";
  for (const YAML::Node& node : list(routes->second.value, form)) {
    const Entries parts = entries(node, {"from", "columns", "rows", "via"});
    for (const std::string_view key : {"from", "columns", "rows", "via"}) {
      if (parts.find(key) == parts.end()) fail(node.Mark(), fmt::format("a route needs the key '{}'", key));
    }
    const auto dip = [&](std::string_view key) {
      return number_between(parts.find(key)->second.value, 0U, static_cast<unsigned>(sites.size()) - 1);
    };
    const auto columns = range(parts.find("columns")->second.value);
    const auto rows = range(parts.find("rows")->second.value);
    result.push_back({.from = dip("from"),
                      .first = {columns.first, rows.first},
                      .last = {columns.second, rows.second},
                      .via = dip("via")});
    at(node, [&] { check_ethernet(result, sites); });
  }
  return result;
}

MachineDescription Reader::read() {
  const YAML::Node root = load();
  const Entries keys = entries(
      root, {"backend", "mesh", "die", "dies", "tiles", "memory", "ethernet", "dead", "edges", "threads", "seed"});
  MachineDescription machine;
  machine.grid = grid(root, keys);
  machine.faults = faults(keys, machine.grid, !keys.contains("mesh"));
  machine.errors = errors(keys, machine.grid);
  machine.ethernet = ethernet(keys, machine.grid, machine.faults);
  if (const auto backend = keys.find("backend"); backend != keys.end()) {
    const YAML::Node& value = backend->second.value;
    machine.backend = text(value, "rtl or model");
    if (*machine.backend != "rtl" && *machine.backend != "model") {
      fail(value.Mark(), fmt::format("backend '{}': expected rtl or model", *machine.backend));
    }
  }
  if (const auto threads = keys.find("threads"); threads != keys.end()) {
    machine.threads = number_between(threads->second.value, 0U, 1024U);
  }
  if (const auto seed = keys.find("seed"); seed != keys.end()) {
    machine.seed = number_between<std::uint64_t>(seed->second.value, 0, ~0ULL);
  }
  return machine;
}

}  // namespace

MachineDescription read_machine_file(const std::filesystem::path& file) {
  return Reader(file).read();
}

}  // namespace dojo::cli
