#include "noc/router_mesh.hpp"

#include <fmt/format.h>

#include <utility>

#include "Vrouter.h"
#include "Vrouter___024root.h"
#include "common/error.hpp"
#include "verilated.h"

namespace dojo::noc {

RouterMesh::RouterMesh(const Options& options)
    : options_(options),
      topology_({.columns = options.columns, .rows = options.rows}, options.faults),
      context_(std::make_unique<VerilatedContext>()) {
  context_->randReset(2);
  context_->randSeed(options.reset_seed);
  sites_.resize(nodes());
  for (unsigned node = 0; node < nodes(); ++node) {
    Site& site = sites_[node];
    site.router = std::make_unique<Vrouter>(context_.get(), fmt::format("router{}", node).c_str());
    site.router->x_i = static_cast<std::uint16_t>(position(node).x);
    site.router->y_i = static_cast<std::uint16_t>(position(node).y);
    site.source_credits.fill(hw::router_depth);
  }
  reset();
}

RouterMesh::~RouterMesh() = default;

void RouterMesh::reset() {
  for (Site& site : sites_) {
    Vrouter& router = *site.router;
    router.rst_ni = 0;
    router.flit_valid_i = 0;
    router.credit_i = 0;
    router.up_valid_i = 0;
    router.down_valid_i = 0;
    router.inject_valid_i = 0;
    router.eject_credit_i = 0;
    router.host_valid_i = 0;
    for (int i = 0; i < 2; ++i) {
      router.clk_i = 0;
      router.eval();
      router.clk_i = 1;
      router.eval();
    }
    router.rst_ni = 1;
  }
}

int RouterMesh::neighbour(unsigned node, unsigned direction) const {
  const auto other = topology_.neighbour(node, direction);
  return other ? static_cast<int>(*other) : -1;
}

void RouterMesh::write_register(unsigned node, std::uint64_t address, std::uint64_t data) {
  Vrouter& router = *sites_.at(node).router;
  router.flit_valid_i = 0;
  router.credit_i = 0;
  router.inject_valid_i = 0;
  router.eject_credit_i = 0;
  router.host_valid_i = 1;
  router.host_address_i = static_cast<std::uint32_t>(address);
  router.host_data_i = data;
  router.clk_i = 0;
  router.eval();
  router.clk_i = 1;
  router.eval();
  router.host_valid_i = 0;
}

void RouterMesh::load(const routing::RouteTables& tables) {
  for (unsigned node = 0; node < nodes(); ++node) {
    const auto words = routing::table_words(tables, node);
    for (unsigned i = 0; i < words.size(); ++i) write_register(node, hw::control_route_table_address(i), words[i]);
    write_register(node, hw::control_route_window_address(), routing::window_word(tables.grid(), position(node)));
    write_register(node, hw::control_route_limit_address(), routing::limit_word(tables.grid()));
  }
}

Coordinates RouterMesh::position(unsigned site) const {
  if (site < nodes()) return {.x = site % columns() + (options_.ports ? 1 : 0), .y = site / columns()};
  const unsigned port = site - nodes();
  return {.x = port % 2 == 0 ? 0 : columns() + 1, .y = port / 2};
}

unsigned RouterMesh::hops(unsigned from, unsigned to) const {
  const auto distance = [](unsigned a, unsigned b) { return a > b ? a - b : b - a; };
  const Coordinates start = position(from);
  const Coordinates end = position(to);
  return distance(start.x, end.x) + distance(start.y, end.y);
}

bool RouterMesh::leads_to_port(unsigned node, unsigned direction) const {
  const unsigned x = node % columns();
  return options_.ports && ((direction == 1 && x == columns() - 1) || (direction == 3 && x == 0));
}

std::uint64_t RouterMesh::bytes_per_node() {
  return sizeof(Vrouter) + sizeof(Vrouter___024root) + sizeof(Site);
}

void RouterMesh::offer(unsigned node, const Packet& packet) {
  sites_.at(node).source.at(static_cast<unsigned>(packet.header.cls)).push_back(packet);
  ++offered_;
}

std::size_t RouterMesh::queued(unsigned node) const {
  const Site& site = sites_.at(node);
  return site.source[0].size() + site.source[1].size();
}

std::uint64_t RouterMesh::link_flits(unsigned node, unsigned direction) const {
  return sites_.at(node).sent.at(direction);
}

void RouterMesh::forge_credit(unsigned node, unsigned direction, unsigned cls) {
  const int to = neighbour(node, direction);
  if (to < 0) throw RunError(fmt::format("node {} has no neighbour in direction {}", node, direction));
  sites_[static_cast<unsigned>(to)].now.credit |= 1U << (4 * cls + (direction ^ 2U));
}

void RouterMesh::mix(std::uint64_t value) {
  hash_ = (hash_ ^ value) * 0x100000001b3U;
}

// Puts this cycle's inputs on the ports of one router.
void RouterMesh::drive(Site& site, unsigned node) {
  Vrouter& router = *site.router;
  router.flit_valid_i = static_cast<std::uint8_t>(site.now.flit_valid);
  router.credit_i = static_cast<std::uint8_t>(site.now.credit);
  router.down_valid_i = static_cast<std::uint8_t>(std::exchange(site.taken_links, 0));
  for (unsigned d = 0; d < directions; ++d) {
    if (((site.now.flit_valid >> d) & 1U) == 0) continue;
    assign_words(router.flit_header_i[d], site.now.flit[d].header.encode());
    assign_words(router.flit_data_i, site.now.flit[d].data, d);
  }
  router.inject_valid_i = site.injected.has_value() ? 1 : 0;
  if (site.injected) {
    assign_words(router.inject_header_i, site.injected->header.encode());
    assign_words(router.inject_data_i, site.injected->data);
  }
  unsigned returned = 0;
  for (unsigned c = 0; c < classes; ++c) {
    if (site.owed[c] != 0 && (!sink_policy_ || sink_policy_(node, c))) {
      --site.owed[c];
      returned |= 1U << c;
    }
    site.owed[c] += site.arrived[c];
    site.arrived[c] = 0;
  }
  router.eject_credit_i = static_cast<std::uint8_t>(returned);
}

// What the source puts on the local link in the next cycle, from what it sees in this one.
void RouterMesh::choose(Site& site) {
  for (unsigned c = 0; c < classes; ++c) {
    site.source_credits[c] += (site.router->inject_credit_o >> c) & 1U;
    site.source_credits[c] += (site.router->unroutable_valid_o >> c) & 1U;
  }
  site.injected.reset();
  for (unsigned i = 0; i < classes; ++i) {
    const unsigned c = site.turn ^ i;
    if (site.source[c].empty() || site.source_credits[c] == 0) continue;
    site.injected = site.source[c].front();
    site.source[c].pop_front();
    --site.source_credits[c];
    site.turn = c ^ 1U;
    return;
  }
}

void RouterMesh::deliver(unsigned site, const Packet& packet) {
  ++delivered_;
  mix(0x2000000U + site);
  for (const std::uint32_t word : packet.data) mix(word);
  if (sink_) sink_(site, packet, cycle_);
}

// Takes the outputs of one router to its neighbours and its sinks. A port returns a credit in the cycle after the flit.
void RouterMesh::collect(Site& site, unsigned node) {
  const Vrouter& router = *site.router;
  site.next.credit |= std::exchange(site.port_credit, 0);
  for (unsigned d = 0; d < directions; ++d) {
    const int to = neighbour(node, d);
    if (((router.flit_valid_o >> d) & 1U) != 0) {
      Packet packet{.header = hw::PacketHeader::decode(words_of<4>(router.flit_header_o[d])),
                    .data = words_of<16>(router.flit_data_o, d)};
      const bool port = leads_to_port(node, d);
      ++site.sent[d];
      const bool kept = !flit_tap_ || flit_tap_(node, d, packet);
      if (kept && to < 0 && !port) {
        throw RunError(fmt::format("a flit leaves the mesh at node {} in direction {}", node, d));
      }
      if (kept && port) {
        site.port_credit |= 1U << (4 * static_cast<unsigned>(packet.header.cls) + d);
        deliver(nodes() + 2 * (node / columns()) + (d == 1 ? 1 : 0), packet);
      } else if (kept) {
        Links& links = sites_[static_cast<unsigned>(to)].next;
        links.flit_valid |= 1U << (d ^ 2U);
        links.flit[d ^ 2U] = packet;
      }
      mix(node * directions + d);
      for (const std::uint32_t word : packet.header.encode()) mix(word);
      for (const std::uint32_t word : packet.data) mix(word);
    }
    for (unsigned c = 0; c < classes; ++c) {
      if (((router.credit_o >> (4 * c + d)) & 1U) == 0) continue;
      if (to < 0) throw RunError(fmt::format("a credit leaves the mesh at node {} in direction {}", node, d));
      mix(0x1000000U + node * 8 + 4 * c + d);
      if (credit_tap_ && !credit_tap_(node, d, c)) continue;
      sites_[static_cast<unsigned>(to)].next.credit |= 1U << (4 * c + (d ^ 2U));
    }
  }
  if (router.unroutable_valid_o != 0) {
    ++refused_;
    if (refusal_) refusal_(node, router.unroutable_valid_o >> 1, hw::AccessError::decode(router.unroutable_o));
  }
  if (router.eject_valid_o != 0) {
    const Packet packet{.header = hw::PacketHeader::decode(words_of<4>(router.eject_header_o)),
                        .data = words_of<16>(router.eject_data_o)};
    ++site.arrived.at(static_cast<unsigned>(packet.header.cls));
    deliver(node, packet);
  }
}

void RouterMesh::step() {
  for (unsigned node = 0; node < nodes(); ++node) {
    Site& site = sites_[node];
    drive(site, node);
    choose(site);
  }
  for (Site& site : sites_) {
    site.router->clk_i = 0;
    site.router->eval();
    site.router->clk_i = 1;
    site.router->eval();
    site.next.flit_valid = 0;
    site.next.credit = 0;
  }
  ++cycle_;
  for (unsigned node = 0; node < nodes(); ++node) collect(sites_[node], node);
  for (Site& site : sites_) std::swap(site.now, site.next);
  mix(cycle_);
}

void RouterMesh::settle(unsigned limit) {
  constexpr unsigned most_until_credits_are_back = 1000;
  for (unsigned i = 0; i < limit && in_flight() != 0; ++i) step();
  for (unsigned i = 0; i < most_until_credits_are_back && !unsettled().empty(); ++i) step();
}

std::string RouterMesh::unsettled() const {
  for (unsigned node = 0; node < nodes(); ++node) {
    const Site& site = sites_[node];
    if (site.router->empty_o == 0) return fmt::format("router {} is not empty", node);
    for (unsigned c = 0; c < classes; ++c) {
      if (!site.source[c].empty()) return fmt::format("packets of class {} wait at the source of node {}", c, node);
      if (site.source_credits[c] != hw::router_depth) {
        return fmt::format("the source of node {} has {} credits of class {}", node, site.source_credits[c], c);
      }
      for (unsigned port = 0; port <= directions; ++port) {
        const unsigned credits = site.router->rootp->router__DOT__credits[port][c];
        if (credits != hw::router_depth) {
          return fmt::format("router {} has {} credits of class {} for output {}", node, credits, c, port);
        }
      }
    }
  }
  return {};
}

}  // namespace dojo::noc
