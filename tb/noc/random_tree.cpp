#include "tb/noc/random_tree.hpp"

#include <algorithm>
#include <deque>

namespace dojo::tb {
namespace {

struct Edge {
  unsigned place;  // of the parent in GrownTree::sites
  unsigned direction;
  unsigned child;
};

void add_edges(const Topology& topology, unsigned place, unsigned site, std::deque<Edge>& edges,
               std::mt19937_64& random) {
  std::vector<Edge> found;
  for (unsigned d = 0; d < directions; ++d) {
    if (const auto child = topology.neighbour(site, d)) found.push_back({place, d, *child});
  }
  std::shuffle(found.begin(), found.end(), random);
  edges.insert(edges.end(), found.begin(), found.end());
}

Edge take_edge(std::deque<Edge>& edges, Growth growth, std::mt19937_64& random) {
  std::size_t at = 0;
  if (growth == Growth::deep) at = edges.size() - 1;
  if (growth == Growth::random) at = random() % edges.size();
  const Edge edge = edges[at];
  edges.erase(edges.begin() + static_cast<std::ptrdiff_t>(at));
  return edge;
}

unsigned greatest_distance(const Topology& topology, unsigned site) {
  std::vector<int> distance(topology.sites(), -1);
  std::deque<unsigned> next{site};
  distance[site] = 0;
  int greatest = 0;
  while (!next.empty()) {
    const unsigned from = next.front();
    next.pop_front();
    greatest = distance[from];
    for (unsigned d = 0; d < directions; ++d) {
      const auto to = topology.neighbour(from, d);
      if (!to || distance[*to] >= 0) continue;
      distance[*to] = distance[from] + 1;
      next.push_back(*to);
    }
  }
  return static_cast<unsigned>(greatest);
}

}  // namespace

GrownTree grow_tree(const Topology& topology, unsigned root, Growth growth, unsigned limit, std::mt19937_64& random) {
  GrownTree tree{.root = root, .sites = {root}, .depth = {0}, .nodes = std::vector<hw::Tree>(topology.sites())};
  const hw::Tree node{.valid = true, .amount = 1, .member = true, .arrivals = 1};
  tree.nodes[root] = node;
  tree.nodes[root].parent = static_cast<std::uint8_t>(hw::Route::local);
  std::deque<Edge> edges;
  add_edges(topology, 0, root, edges, random);
  while (!edges.empty() && tree.sites.size() < limit) {
    const Edge edge = take_edge(edges, growth, random);
    if (tree.nodes[edge.child].valid) continue;
    tree.nodes[tree.sites[edge.place]].children |= static_cast<std::uint8_t>(1U << edge.direction);
    tree.nodes[edge.child] = node;
    tree.nodes[edge.child].parent = static_cast<std::uint8_t>(opposite(edge.direction));
    tree.sites.push_back(edge.child);
    tree.depth.push_back(tree.depth[edge.place] + 1);
    add_edges(topology, static_cast<unsigned>(tree.sites.size()) - 1, edge.child, edges, random);
  }
  return tree;
}

GrownTree random_tree(const Topology& topology, std::mt19937_64& random) {
  unsigned root = 0;
  do {
    root = static_cast<unsigned>(random() % topology.sites());
  } while (!topology.is_alive(root));
  const auto growth = static_cast<Growth>(random() % 3);
  const bool whole = random() % 2 == 0;
  const unsigned limit = whole ? topology.sites() : 1 + static_cast<unsigned>(random() % topology.sites());
  return grow_tree(topology, root, growth, limit, random);
}

Topology random_topology(std::mt19937_64& random, unsigned edge) {
  const MeshSize mesh{.columns = 1 + static_cast<unsigned>(random() % edge),
                      .rows = 1 + static_cast<unsigned>(random() % edge)};
  const Topology whole(mesh);
  if (random() % 2 == 0 || mesh.nodes() < 4) return whole;
  Faults faults;
  for (unsigned i = 0; i < mesh.nodes() / 8; ++i) {
    faults.nodes.push_back(whole.place(static_cast<unsigned>(random() % mesh.nodes())));
    const unsigned site = static_cast<unsigned>(random() % mesh.nodes());
    const auto other = whole.neighbour(site, static_cast<unsigned>(random() % directions));
    if (other) faults.links.push_back({whole.place(site), whole.place(*other)});
  }
  return {mesh, faults};
}

unsigned middle_of(const Topology& topology) {
  unsigned best = 0;
  unsigned least = topology.sites();
  for (unsigned site = 0; site < topology.sites(); ++site) {
    if (!topology.is_alive(site)) continue;
    const unsigned distance = greatest_distance(topology, site);
    if (distance >= least) continue;
    least = distance;
    best = site;
  }
  return best;
}

}  // namespace dojo::tb
