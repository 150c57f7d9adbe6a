#pragma once
// Checks that every packet arrives exactly once, unchanged, at its destination, and in order per source, destination
// and class.

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "noc/packet.hpp"

namespace dojo::tb {

using noc::Packet;

/// Makes packets with unique contents and compares what arrives. Node n of a mesh with `columns` columns is (n %
/// columns, n / columns).
class Scoreboard {
 public:
  explicit Scoreboard(unsigned columns) : columns_(columns) {}

  /// A packet from `source` to `destination` with a new number in its payload; from now on it is expected.
  Packet make(unsigned source, unsigned destination, hw::PacketClass cls);

  /// Compares a packet that left the network at `node`.
  void deliver(unsigned node, const Packet& packet);

  [[nodiscard]] std::uint64_t made() const { return made_; }
  [[nodiscard]] std::uint64_t delivered() const { return delivered_; }
  [[nodiscard]] std::uint64_t outstanding() const;
  /// The first differences, one line each.
  [[nodiscard]] const std::vector<std::string>& errors() const { return errors_; }

 private:
  using Flow = std::tuple<unsigned, unsigned, hw::PacketClass>;

  void fail(std::string text);
  [[nodiscard]] Packet expected(std::uint64_t number, const Flow& flow) const;

  unsigned columns_;
  std::uint64_t made_ = 0;
  std::uint64_t delivered_ = 0;
  std::map<Flow, std::deque<std::uint64_t>> waiting_;
  std::vector<std::string> errors_;
};

}  // namespace dojo::tb
