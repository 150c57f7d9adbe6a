#pragma once
// Builds the graph of waits of a machine; of hang_analysis.cpp only.

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "hang/effects.hpp"
#include "hang/hang_analysis.hpp"
#include "sim/rtl_machine.hpp"

namespace dojo::hang {

std::string name_of_node(Coordinates node);

/// What `party` would do.
struct KnownEffect {
  PartyKey party;
  Effect effect;
};

class Analysis {
 public:
  Analysis(sim::RtlMachine& machine, StopReason reason, const NameOfAddress& name_of);

  /// Finds everybody who waits, what they would do, and for what they wait.
  WaitGraph run();

 private:
  // parties.cpp: who is there, and what they would do
  void look_at_node(unsigned site);
  void look_at_lists(unsigned site);
  void look_at_packets(unsigned site);
  void look_at_dip(unsigned dip);
  void look_ahead();
  [[nodiscard]] ListReader list_reader(std::optional<unsigned> dip, Coordinates node);
  [[nodiscard]] std::optional<sim::ListedDescriptor> descriptor_at_hand(unsigned site, unsigned channel);
  void know(const PartyKey& party, const std::vector<Effect>& effects);
  unsigned add(const PartyKey& key);

  // waits.cpp: for what each of them waits
  void find_waits(unsigned party);
  void hart_waits(unsigned party);
  void list_waits(unsigned party);
  void dip_list_waits(unsigned party);
  void packet_waits(unsigned party);
  void read_waits(unsigned party);
  void barrier_waits(unsigned party);
  void line_waits(unsigned party);
  void semaphore_waits(unsigned party, const SemaphoreName& semaphore, std::uint32_t amount);
  bool tree_will_count(unsigned party, const SemaphoreName& semaphore);
  /// Whether the instruction at `pc` is a dojo.issue for the transfer engine.
  [[nodiscard]] bool issues_list(Coordinates node, std::uint64_t pc);
  /// Waits for a place among the packets of a queue.
  bool place_waits(unsigned party, Coordinates node, unsigned input, unsigned packet_class);
  void arrival_waits(unsigned party, Coordinates node, unsigned tree);
  void contribution_waits(unsigned party, Coordinates node, unsigned tree);
  void wait(unsigned from, const PartyKey& to, const std::string& reason);
  /// "nobody would signal semaphore 3", as far as it is known.
  [[nodiscard]] std::string nobody_would(const std::string& what) const;
  [[nodiscard]] std::string hints(const SemaphoreName& semaphore, std::uint32_t amount);
  [[nodiscard]] std::optional<std::string> silent_descriptor(Coordinates node, unsigned semaphore);
  [[nodiscard]] std::optional<unsigned> neighbour(unsigned site, unsigned direction) const;
  [[nodiscard]] std::optional<unsigned> root_of(unsigned site, unsigned tree) const;
  [[nodiscard]] bool waits_for_tree(const PartyKey& party, Coordinates node, unsigned tree) const;
  [[nodiscard]] std::uint32_t count_of(const SemaphoreName& semaphore);

  [[nodiscard]] unsigned site_of(const PartyKey& key) const { return topology_.number(key.node()); }

  sim::RtlMachine& machine_;
  const Topology& topology_;
  StopReason reason_;
  NameOfAddress name_of_;
  FindDip find_dip_;
  std::vector<sim::NodeQueues> queues_;  ///< by site
  WaitGraph graph_;
  std::vector<KnownEffect> effects_;
  std::optional<Coordinates> unknown_ = {};  ///< a node whose harts could not be looked at
  std::vector<unsigned> trees_seen_;         ///< sites with lines on trees
  std::deque<unsigned> open_;                ///< parties whose waits are to be found
};

}  // namespace dojo::hang
