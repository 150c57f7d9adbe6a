#pragma once
// Who waits for whom in a machine: parties, what each waits for, and the circles in it.

#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "common/topology.hpp"

namespace dojo::hang {

enum class PartyKind {
  hart,      ///< number: the hart
  list,      ///< the lists of a channel of a node's transfer engine; number: the channel
  dip_list,  ///< the same of an Interface Processor
  packets,   ///< that came through an input of a router; number: 2 * input + class
  reads,     ///< READs that wait at a node for its transfer engine
  barrier,   ///< the part of a tree's barrier at a node; number: the tree
  lines      ///< the same of its lines: sums and multicasts
};

/// What tells parties apart.
struct PartyKey {
  PartyKind kind = PartyKind::hart;
  unsigned x = 0;  ///< of the node; of a list of an Interface Processor its number
  unsigned y = 0;
  unsigned number = 0;

  [[nodiscard]] Coordinates node() const { return {x, y}; }
  friend auto operator<=>(const PartyKey&, const PartyKey&) = default;
};

/// Somebody who waits, or for whom others wait.
struct Party {
  PartyKey key;
  std::string name;   ///< "node (1,0) hart 0"
  std::string state;  ///< "waits until semaphore 3 is 1 (it is 0) at PC 0x80000134 <main+0x5a, ring.c:30>"
  std::string cause;  ///< why nobody in the machine will free it; empty: it waits for others, or goes on by itself
};

/// `from` waits for `to`.
struct Wait {
  unsigned from = 0;
  unsigned to = 0;
  std::string reason;  ///< what `to` would do: "would signal it at PC 0x80000130 <main+0x56, ring.c:29>"
};

class WaitGraph {
 public:
  /// The number of a party, which is added if it is not there.
  unsigned add(const PartyKey& key, const std::string& name);
  [[nodiscard]] bool contains(const PartyKey& key) const { return numbers_.contains(key); }
  /// The first reason stays when they are there already.
  void wait(unsigned from, unsigned to, const std::string& reason);

  [[nodiscard]] Party& party(unsigned number) { return parties_[number]; }
  [[nodiscard]] const std::vector<Party>& parties() const { return parties_; }
  [[nodiscard]] const std::vector<Wait>& waits() const { return waits_; }
  [[nodiscard]] const std::vector<unsigned>& waits_of(unsigned party) const { return outgoing_[party]; }

  /// A shortest circle of parties that wait for each other for each set in which everybody waits for everybody, by the
  /// number of their first party. Each waits for the next one, and the last one for the first.
  [[nodiscard]] std::vector<std::vector<unsigned>> circles() const;

 private:
  [[nodiscard]] std::vector<unsigned> shortest_circle(unsigned start) const;

  std::map<PartyKey, unsigned> numbers_;
  std::vector<Party> parties_;
  std::vector<Wait> waits_;
  std::vector<std::vector<unsigned>> outgoing_;  ///< numbers of waits
};

}  // namespace dojo::hang
