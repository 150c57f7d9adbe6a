#pragma once
// What the mesh engine sees of what stands at an edge of the mesh, an end of a die-edge link or an Interface Processor:
// the ports to nodes along the edge.

#include <array>
#include <cstdint>

#include "common/error.hpp"
#include "dojo_hw.hpp"
#include "sim/node_model.hpp"
#include "sim/snapshot_file.hpp"

namespace dojo::sim {

/// What the nodes along an edge have sent to it in a cycle; only entries whose flag is set have a meaning. Each port's
/// entries have one writer, so that no flag needs an atomic operation.
struct EdgeInbox {
  std::array<FlitPayload, hw::edge_ports> data{};
  std::array<FlitHeader, hw::edge_ports> header{};
  std::array<std::uint8_t, hw::edge_ports> flits{};    ///< 1: a flit comes through the port
  std::array<std::uint8_t, hw::edge_ports> credits{};  ///< bit c: a credit of class c comes through the port

  [[nodiscard]] bool is_empty() const {
    constexpr std::array<std::uint8_t, hw::edge_ports> none{};
    return flits == none && credits == none;
  }
};

/// What it sends to the nodes along its edge; pointers to its ports, valid as long as it lives.
struct EdgeOutputs {
  const std::uint32_t* flits = nullptr;    ///< bit p: a flit leaves port p
  const std::uint64_t* credits = nullptr;  ///< bit edge_ports * c + p: a credit of class c leaves port p
  std::array<const std::uint32_t*, hw::edge_ports> header{};
  std::array<const std::uint32_t*, hw::edge_ports> data{};
};

/// What stands at an edge. Not thread-safe: one thread at a time may call its functions.
class EdgeModel {
 public:
  EdgeModel() = default;
  EdgeModel(const EdgeModel&) = delete;
  EdgeModel& operator=(const EdgeModel&) = delete;
  virtual ~EdgeModel() = default;

  /// Lets clock cycle `cycle` pass, in which `arrived` reaches it. Throws RunError when the link is dead, and
  /// AssertionError when an assertion fails.
  virtual void evaluate(std::uint64_t cycle, const EdgeInbox& arrived) = 0;
  /// Whether it may change although nothing comes.
  [[nodiscard]] virtual bool is_busy() const = 0;
  /// Cycle in which the next beat arrives from the far end, or its host does something; `never`: none is under way.
  [[nodiscard]] virtual std::uint64_t next_arrival() const = 0;
  /// Grows with everything that it does without its ports, as far as it can tell.
  [[nodiscard]] virtual std::uint64_t progress() const { return 0; }
  /// Whether it has an error that ends the run, as a fault of a node does.
  [[nodiscard]] virtual bool has_failed() const { return false; }
  /// Whether a register write of its host waits to be taken.
  [[nodiscard]] virtual bool has_host_writes() const { return false; }

  /// Writes all of its state, for an end made alike to go on with. Throws RunError when the class cannot tell it.
  virtual void save(SnapshotWriter& /*snapshot*/) { throw RunError("snapshots: what is at an edge cannot be saved"); }
  /// Goes on from the state of such an end. Throws InputError when it is not one.
  virtual void restore(SnapshotReader& /*snapshot*/) {
    throw RunError("snapshots: what is at an edge cannot be restored");
  }

  EdgeOutputs outputs{};
};

}  // namespace dojo::sim
