#include "routing/class_maker.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace dojo::routing {
namespace {

/// What a new dependency costs a reserved way, in hops: more than any way has.
constexpr unsigned dependency_cost = 1u << 14;

/// The channels in an order in which dimension order and most of the trees' dependencies go forwards: those towards the
/// spines; then, line by line away from them, those along the line and those that lead to the next.
std::vector<unsigned> likely_order(const Topology& topology, hw::PacketClass cls, bool spine_last) {
  const bool along_x = cls == hw::PacketClass::data;
  const MeshSize mesh = topology.mesh();
  const unsigned lines = along_x ? mesh.columns : mesh.rows;
  const unsigned places = along_x ? mesh.rows : mesh.columns;  // of a line
  const unsigned away = (along_x ? 1u : 2u) ^ (spine_last ? 2u : 0u);
  std::vector<std::pair<unsigned, unsigned>> channels;
  for (unsigned site = 0; site < topology.sites(); ++site) {
    const Coordinates at = topology.place(site);
    const unsigned line = along_x ? at.x : at.y;
    const unsigned place = along_x ? at.y : at.x;
    const unsigned distance = spine_last ? lines - 1 - line : line;
    for (unsigned d = 0; d < directions; ++d) {
      unsigned key = (lines + distance) * (places + 1);
      if (d == opposite(away)) {
        key = lines - 1 - distance;
      } else if (d == away) {
        key += places;
      } else {
        const bool ascends = d == static_cast<unsigned>(along_x ? hw::Route::south : hw::Route::east);
        key += ascends ? place : places - 1 - place;
      }
      channels.emplace_back(key, site * directions + d);
    }
  }
  std::sort(channels.begin(), channels.end());
  std::vector<unsigned> order;
  order.reserve(channels.size());
  for (const auto& [key, channel] : channels) order.push_back(channel);
  return order;
}

}  // namespace

ClassMaker::ClassMaker(const Dies& dies, hw::PacketClass cls, const Arrangement& arrangement)
    : dies_(dies),
      topology_(dies.topology()),
      cls_(cls),
      arrangement_(arrangement),
      plan_(cls, arrangement.kind, arrangement.spine),
      tree_(topology_, dies.grid(), cls, arrangement.spine_last, is_wide(cls == hw::PacketClass::data ? 1 : 0)),
      graph_(topology_, likely_order(topology_, cls, arrangement.spine_last)),
      is_reserved_(topology_.sites() * directions),
      hops_(topology_.sites() * dies.entries().count()),
      is_made_(dies.count() * 9),
      has_exits_(dies.count() * directions),
      cost_(topology_.sites(), unreached),
      next_(topology_.sites(), hw::Route::none) {
  for (auto& exits : reserved_exits_) exits.assign(topology_.sites(), hw::Route::none);
}

template <typename Visit>
void ClassMaker::for_each_dependency(Visit visit) const {
  for (unsigned node = 0; node < topology_.sites(); ++node) {
    for (unsigned in = 0; in < directions; ++in) {
      const auto end = topology_.neighbour(node, in);
      if (!end) continue;
      for (unsigned out = 0; out < directions; ++out) {
        if (out != opposite(in) && topology_.neighbour(*end, out)) visit(node, in, out);
      }
    }
  }
}

void ClassMaker::add_tree() {
  for_each_dependency([this](unsigned node, unsigned in, unsigned out) {
    const unsigned end = *topology_.neighbour(node, in);
    if (tree_.contains(node, in) && tree_.contains(end, out)) graph_.add(channel(node, in), out);
  });
}

void ClassMaker::add_dimension_order() {
  for (const bool straight : {true, false}) {
    for_each_dependency([this, straight](unsigned node, unsigned in, unsigned out) {
      if (straight ? in == out : is_along_first(in) && !is_along_first(out)) graph_.add(channel(node, in), out);
    });
  }
}

bool ClassMaker::needs(unsigned die, unsigned edge) const {
  if (dies_.sites(die).empty()) return false;
  for (unsigned other = 0; other < dies_.count(); ++other) {
    if (other == die || dies_.sites(other).empty()) continue;
    if (plan_.edge(dies_.grid().place(die), dies_.grid().place(other)) == edge) return true;
  }
  return false;
}

bool ClassMaker::reserve() {
  add_tree();
  // Single links first; of the others those that lead away from the spines, as turns off a spine are in the trees.
  const unsigned away = (cls_ == hw::PacketClass::data ? 1u : 2u) ^ (arrangement_.spine_last ? 2u : 0u);
  for (const unsigned edge : {away ^ 1u, away ^ 3u, away, away ^ 2u}) {
    for (unsigned die = 0; die < dies_.count(); ++die) {
      if (needs(die, edge) && !reserve_exits(die, edge)) return false;
    }
  }
  add_dimension_order();
  return true;
}

/// Those of the die behind the edge come first, as packets go on along them.
bool ClassMaker::reserve_exits(unsigned die, unsigned edge) {
  if (has_exits_[die * directions + edge]) return true;
  has_exits_[die * directions + edge] = true;
  const Coordinates here = dies_.grid().place(die);
  const Coordinates behind = die_behind(here, edge);
  unsigned edges_on = 0;
  for (unsigned other = 0; other < dies_.count(); ++other) {
    const Coordinates destination = dies_.grid().place(other);
    if (other == die || dies_.sites(other).empty() || plan_.edge(here, destination) != edge || behind == destination) {
      continue;
    }
    const unsigned on = plan_.edge(behind, destination);
    if (!reserve_exits(dies_.number(behind), on)) return false;
    edges_on |= 1u << on;
  }

  Target target{.die = die, .entry = {}, .node = {}, .exits = {}, .is_into = {}};
  for (const unsigned site : dies_.sites(die)) {
    const auto landing = dies_.across(site, edge);
    if (!landing) continue;
    Exit exit{.channel = channel(site, edge), .cost = 1, .directions = 0};
    for (unsigned d = 0; d < directions; ++d) {
      if (tree_.contains(*landing, d)) exit.directions |= 1u << d;
      if ((edges_on >> d & 1u) != 0) exit.directions |= 1u << static_cast<unsigned>(reserved_exits_[d][*landing]);
    }
    target.exits.push_back(exit);
  }
  if (target.exits.empty()) return false;
  if (!is_wide(edge)) {
    const Exit single = arrangement_.spine_last ? target.exits.back() : target.exits.front();
    target.exits.assign(1, single);
    target.keeps_to_tree = true;
  }
  std::vector<bool> keeps(topology_.sites());
  if (!search(target, nullptr, keeps)) return false;
  for (const unsigned site : dies_.sites(die)) {
    reserved_exits_[edge][site] = next_[site];
    if (static_cast<unsigned>(next_[site]) == edge && dies_.across(site, edge))
      is_reserved_[channel(site, edge)] = true;
  }
  return true;
}

void ClassMaker::fill(RouteTables& tables) {
  tables_ = &tables;
  for (unsigned die = 0; die < dies_.count(); ++die) make(die, 0, 0);
  for (unsigned die = 0; die < dies_.count(); ++die) {
    for (const int row : {-1, 0, 1}) {
      for (const int column : {-1, 0, 1}) make(die, column, row);
    }
  }
}

/// The entries of a part of the neighbourhood of a die: of its own sites (0, 0), of what lies west (-1, 0), and so on.
/// Those behind an edge come after those of the die there to which they lead, those of ports after those of nodes.
void ClassMaker::make(unsigned die, int column, int row) {
  const std::size_t part = die * 9 + static_cast<unsigned>((row + 1) * 3 + column + 1);
  if (is_made_[part] || dies_.sites(die).empty()) return;
  is_made_[part] = true;
  const Entries& entries = dies_.entries();
  const MeshSize size = dies_.grid().die;
  const auto range = [](int side, unsigned places) {
    const int last = static_cast<int>(places);
    return side < 0 ? std::pair(-1, -1) : side == 0 ? std::pair(0, last - 1) : std::pair(last, last);
  };
  const auto [first_column, last_column] = range(column, size.columns);
  const auto [first_row, last_row] = range(row, size.rows);
  if (column != 0 || row != 0) {
    const Coordinates here = dies_.grid().place(die);
    const auto side = [](unsigned from, int to) {
      const int place = static_cast<int>(from);
      return to < place ? -1 : to > place ? 1 : 0;
    };
    for (const Block& block : dies_.behind(die, entries.number(first_column, first_row))) {
      const Coordinates home = dies_.grid().place(block.die);
      if (home == here) {
        make(die, 0, 0);
        continue;
      }
      const Coordinates next = die_behind(here, plan_.edge(here, home));
      make(dies_.number(next), side(next.x, block.column), side(next.y, block.row));
    }
  }
  for (int y = first_row; y <= last_row; ++y) {
    for (int x = first_column; x <= last_column; ++x) {
      if (dies_.is_needed(die, entries.number(x, y))) make_entry(die, entries.number(x, y));
    }
  }
}

ClassMaker::Target ClassMaker::target_of(unsigned die, unsigned entry) const {
  const Coordinates here = dies_.grid().place(die);
  const std::vector<Block> behind = dies_.behind(die, entry);
  Target target{.die = die, .entry = entry, .node = {}, .exits = {}, .is_into = std::vector<bool>(directions)};
  for (unsigned d = 0; d < directions; ++d) {
    const auto is_from = [&](const Block& block) {
      const Coordinates from = die_behind(here, d);
      const Coordinates home = dies_.grid().place(block.die);
      return from.x < dies_.grid().dies.columns && from.y < dies_.grid().dies.rows && from != home &&
             plan_.edge(from, home) == opposite(d);
    };
    target.is_into[d] = std::any_of(behind.begin(), behind.end(), is_from);
  }
  if (behind.size() == 1 && behind.front().die == die) {
    const Coordinates origin = dies_.grid().origin(die);
    target.node = topology_.number({origin.x + static_cast<unsigned>(dies_.entries().column(entry)),
                                    origin.y + static_cast<unsigned>(dies_.entries().row(entry))});
    return target;
  }
  const unsigned edge = plan_.edge(here, dies_.grid().place(behind.front().die));
  const unsigned next_die = dies_.number(die_behind(here, edge));
  std::vector<unsigned> on;
  for (const Block& block : behind) {
    for (const unsigned then : dies_.entries_at(next_die, block, die, entry)) on.push_back(then);
  }
  std::sort(on.begin(), on.end());
  on.erase(std::unique(on.begin(), on.end()), on.end());
  for (const unsigned site : dies_.sites(die)) {
    const auto landing = dies_.across(site, edge);
    if (!landing) continue;
    Exit exit{.channel = channel(site, edge), .cost = 1, .directions = 0};
    for (const unsigned then : on) {
      exit.cost = std::max(exit.cost, 1u + hops_[*landing * dies_.entries().count() + then]);
      const hw::Route route = tables_->entry(*landing, cls_, then);
      if (route != hw::Route::local) exit.directions |= 1u << static_cast<unsigned>(route);
    }
    target.exits.push_back(exit);
  }
  return target;
}

void ClassMaker::make_entry(unsigned die, unsigned entry) {
  if (const auto port = dies_.port(die, entry)) {
    make_port_entry(die, entry, *port);
    return;
  }
  const Target target = target_of(die, entry);
  std::vector<hw::Route> along_tree;
  const std::vector<hw::Route>* reserved = nullptr;
  std::vector<bool> keeps(topology_.sites());
  if (target.node) {
    along_tree = tree_.routes_to(*target.node);
    reserved = &along_tree;
    keeps[*target.node] = true;
  } else {
    reserved = &reserved_exits_[target.exits.front().channel % directions];
  }
  while (!search(target, reserved, keeps)) {
  }
  for (const unsigned site : dies_.sites(die)) {
    tables_->set_entry(site, cls_, entry, next_[site]);
    hops_[site * dies_.entries().count() + entry] = static_cast<std::uint16_t>(cost_[site]);
  }
}

/// Packets for a port go to its router, and on. That closes no cycle, as a link to a port waits for nothing, and
/// nothing waits for a link from a port.
void ClassMaker::make_port_entry(unsigned die, unsigned entry, const DipPort& port) {
  const unsigned router = topology_.number(port.router);
  const unsigned to_router = dies_.entries().of(dies_.grid().place(die), port.router);
  const unsigned entries = dies_.entries().count();
  for (const unsigned site : dies_.sites(die)) {
    const hw::Route route = tables_->entry(site, cls_, to_router);
    tables_->set_entry(site, cls_, entry, site == router ? static_cast<hw::Route>(port.direction) : route);
    hops_[site * entries + entry] = static_cast<std::uint16_t>(hops_[site * entries + to_router] + 1);
  }
}

bool ClassMaker::search(const Target& target, const std::vector<hw::Route>* reserved, std::vector<bool>& keeps) {
  for (const unsigned site : dies_.sites(target.die)) {
    cost_[site] = unreached;
    next_[site] = hw::Route::none;
  }
  candidates_ = {};
  if (reserved != nullptr) take_reserved(target, *reserved, keeps);
  for (const unsigned site : dies_.sites(target.die)) {
    if (keeps[site]) offer_neighbours(target, site);
  }
  for (const Exit& exit : target.exits) {
    const unsigned node = exit.channel / directions;
    const auto direction = static_cast<hw::Route>(exit.channel % directions);
    if (cost_[node] != unreached) continue;
    bool is_new = false;
    for (unsigned d = 0; d < directions; ++d) {
      is_new |= (exit.directions >> d & 1u) != 0 && !graph_.contains(exit.channel, d);
    }
    const bool out_of_order = target.entry && in_order(node, *target.entry) != direction;
    candidates_.push(candidate(exit.cost, out_of_order, is_new, exit.channel));
  }
  while (!candidates_.empty()) {
    const Candidate best = candidates_.top();
    candidates_.pop();
    const unsigned over = channel_of(best);
    const unsigned node = over / directions;
    if (cost_[node] != unreached || !may_go(target, over)) continue;
    cost_[node] = static_cast<unsigned>(best >> (channel_bits + 2));
    next_[node] = static_cast<hw::Route>(over % directions);
    offer_neighbours(target, node);
  }
  return mark_missing(target, reserved, keeps);
}

/// Whether all that waits for what when a node sends packets for the target over a channel closes no cycle.
bool ClassMaker::may_go(const Target& target, unsigned over) {
  const unsigned node = over / directions;
  const unsigned direction = over % directions;
  if (dies_.across(node, direction)) {
    const auto exit = std::find_if(target.exits.begin(), target.exits.end(),
                                   [over](const Exit& each) { return each.channel == over; });
    for (unsigned d = 0; d < directions; ++d) {
      if ((exit->directions >> d & 1u) != 0 && !graph_.add(over, d)) return false;
    }
  } else {
    const hw::Route on = next_[*topology_.neighbour(node, direction)];
    if (on != hw::Route::local && !graph_.add(over, static_cast<unsigned>(on))) return false;
  }
  // Reserved ways may come from other dies and go on as this node does.
  for (unsigned d = 0; d < target.is_into.size(); ++d) {
    const auto from = target.is_into[d] ? dies_.across(node, d) : std::nullopt;
    if (!from || !is_reserved_[channel(*from, opposite(d))]) continue;
    if (!graph_.add(channel(*from, opposite(d)), direction)) return false;
  }
  return true;
}

/// The marked nodes go along their reserved ways, which lead them over marked nodes.
void ClassMaker::take_reserved(const Target& target, const std::vector<hw::Route>& reserved,
                               const std::vector<bool>& keeps) {
  if (target.node) {
    cost_[*target.node] = 0;
    next_[*target.node] = hw::Route::local;
  }
  for (const Exit& exit : target.exits) {
    const unsigned node = exit.channel / directions;
    if (!keeps[node] || static_cast<unsigned>(reserved[node]) != exit.channel % directions) continue;
    if (!may_go(target, exit.channel)) throw std::logic_error("a reserved way between dies is not open");
    cost_[node] = exit.cost;
    next_[node] = reserved[node];
  }
  std::vector<unsigned> way;
  for (const unsigned site : dies_.sites(target.die)) {
    if (!keeps[site]) continue;
    unsigned node = site;
    for (; cost_[node] == unreached; node = *topology_.neighbour(node, static_cast<unsigned>(reserved[node]))) {
      way.push_back(node);
    }
    for (unsigned cost = cost_[node]; !way.empty(); way.pop_back()) {
      cost_[way.back()] = ++cost;
      next_[way.back()] = reserved[way.back()];
    }
  }
}

bool ClassMaker::mark_missing(const Target& target, const std::vector<hw::Route>* reserved,
                              std::vector<bool>& keeps) const {
  bool complete = true;
  for (const unsigned site : dies_.sites(target.die)) {
    if (cost_[site] != unreached) continue;
    complete = false;
    if (reserved == nullptr) continue;
    for (unsigned node = site; dies_.die_of(node) == target.die && !keeps[node];) {
      keeps[node] = true;
      node = *topology_.neighbour(node, static_cast<unsigned>((*reserved)[node]));
    }
  }
  return complete;
}

/// The neighbours of a node that has its way may go over it.
void ClassMaker::offer_neighbours(const Target& target, unsigned node) {
  for (unsigned d = 0; d < directions; ++d) {
    const auto other = dies_.inside(node, d);
    if (!other || cost_[*other] != unreached || (target.keeps_to_tree && !tree_.contains(node, d))) continue;
    const unsigned over = channel(*other, opposite(d));
    const bool is_new = next_[node] != hw::Route::local && !graph_.contains(over, static_cast<unsigned>(next_[node]));
    const bool out_of_order = target.entry && in_order(*other, *target.entry) != static_cast<hw::Route>(opposite(d));
    const unsigned hop = 1 + (is_new && !target.entry ? dependency_cost : 0);
    candidates_.push(candidate(cost_[node] + hop, out_of_order, is_new, over));
  }
}

/// Dimension order to the site of an entry, in or around the die.
hw::Route ClassMaker::in_order(unsigned node, unsigned entry) const {
  const Coordinates origin = dies_.grid().origin(dies_.die_of(node));
  const Coordinates place = topology_.place(node);
  const int dx = dies_.entries().column(entry) - static_cast<int>(place.x - origin.x);
  const int dy = dies_.entries().row(entry) - static_cast<int>(place.y - origin.y);
  if (dx == 0 && dy == 0) return hw::Route::local;
  const bool x_now = dy == 0 || (cls_ == hw::PacketClass::data && dx != 0);
  if (x_now) return dx > 0 ? hw::Route::east : hw::Route::west;
  return dy > 0 ? hw::Route::south : hw::Route::north;
}

}  // namespace dojo::routing
