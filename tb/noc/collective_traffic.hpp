#pragma once
// Random lines on four overlapping trees at once, and what has to arrive where.

#include <array>
#include <cstdint>
#include <deque>
#include <random>
#include <string>
#include <unordered_map>
#include <vector>

#include "tb/noc/collective_mesh.hpp"
#include "tb/noc/random_tree.hpp"

namespace dojo::tb {

/// What the members of `tree` send for one sum, by site; where no member is the packet does not matter.
using Contributions = std::vector<Packet>;

/// The sum as the root gives it to a member, but for its destination, in the order of the tree: FP32 by the golden
/// model.
Packet golden_sum(const Topology& topology, const GrownTree& tree, const Contributions& contributions);

/// A packet for a tree.
Packet group_packet(unsigned tree, hw::TreeMode mode, std::uint64_t address);

/// A random mesh with faults, four random trees and a program of collectives that all nodes start in the same order:
/// multicasts of one or many lines, sums of both kinds, some with ERROR packets or contributions that do not match, and
/// packets that must be refused. Sources, sinks and the routers' own flits have random speeds. Every line must arrive
/// once at every node for which it is, unchanged, in order, and in the same order everywhere.
class CollectiveTraffic {
 public:
  /// `seed` decides everything but the state that reset leaves alone.
  CollectiveTraffic(unsigned seed, int reset_seed, unsigned collectives);

  /// Runs until all has arrived and all credits are back; false if that is not so after `limit` cycles.
  bool run(unsigned limit);

  [[nodiscard]] CollectiveMesh& mesh() { return mesh_; }
  [[nodiscard]] std::uint64_t delivered() const { return delivered_; }
  [[nodiscard]] const std::vector<std::string>& errors() const { return errors_; }

 private:
  /// What has arrived at a node from a tree: numbers of lines, in the order of the program.
  struct Arrived {
    std::uint64_t last = 0;  // of all
    std::uint64_t last_sum = 0;
    std::unordered_map<unsigned, std::uint64_t> last_of;  // of each source of multicasts
    std::vector<std::uint64_t> order;                     // of what goes to all members
  };

  void make_tree(unsigned t);
  void multicast(unsigned t);
  void sum(unsigned t, hw::TreeMode mode);
  void refused(unsigned node);
  void expect(unsigned t, const Packet& packet);
  void on_line(unsigned node, const Packet& packet);
  void check_order(unsigned node, const Packet& packet);
  void compare_orders();
  [[nodiscard]] std::size_t missing() const;
  void fail(std::string text);

  std::mt19937_64 random_;
  CollectiveMesh mesh_;
  std::array<GrownTree, hw::trees> trees_;
  std::array<std::vector<unsigned>, hw::trees> members_;
  std::vector<std::unordered_map<std::uint64_t, Packet>> expected_;  // by site and number of the line
  std::vector<std::deque<hw::AccessError>> refusals_;                // by site
  std::vector<std::array<Arrived, hw::trees>> arrived_;              // by site
  std::uint64_t number_ = 0;
  std::uint64_t delivered_ = 0;
  std::vector<std::string> errors_;
};

}  // namespace dojo::tb
