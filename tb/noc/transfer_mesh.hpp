#pragma once
// A mesh of nodes reduced to transfer engine, network interface and router; memory, harts, registers and semaphores are
// modelled here.

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "dojo_hw.hpp"

class VerilatedContext;
class Vtransfer;

namespace dojo::tb {

using Line = std::array<std::uint32_t, hw::line_bytes / 4>;

/// A unit fault as the transfer engine reports it.
struct Fault {
  hw::UnitFault cause;
  std::uint32_t address;
  unsigned channel = 0;
  unsigned hart = 0;
  bool operator==(const Fault&) const = default;
};

/// A write to a CLINT or control register.
struct RegisterWrite {
  std::uint32_t address;
  std::uint64_t data;
  unsigned bytes;
  bool operator==(const RegisterWrite&) const = default;
};

/// An entry of a node's table for remote accesses; all bounds included.
struct ProtectEntry {
  std::uint32_t first = 0;
  std::uint32_t last = 0xffffffff;
  unsigned x_first = 0;
  unsigned y_first = 0;
  unsigned x_last = 0x7ff;
  unsigned y_last = 0x7ff;
  unsigned rights = 0;  ///< bit number AccessKind
};

/// A store of a hart to another node.
struct RemoteStore {
  std::uint64_t address;
  std::uint64_t data;
  unsigned size;  ///< log2 of the bytes
};

class TransferMesh {
 public:
  struct Options {
    unsigned columns = 2;
    unsigned rows = 1;
    int reset_seed = 1;
    /// Probability that the SRAM refuses a request in a cycle.
    double refusal = 0;
    std::uint64_t seed = 1;
  };

  /// The model's state of one node.
  struct Node {
    std::vector<Line> memory = std::vector<Line>(hw::sram_lines);
    std::array<std::uint32_t, hw::semaphores> semaphore{};
    std::vector<Fault> faults;
    std::vector<RegisterWrite> register_writes;
    std::vector<hw::AccessError> refused;   ///< accesses that the node refused
    std::vector<hw::AccessError> reported;  ///< reports that it received
    std::uint64_t reports_lost = 0;
    std::deque<std::uint32_t> commands;  ///< issued when the unit is ready, by hart 3 - channel
    std::set<unsigned> bad_lines;        ///< lines of the memory with an uncorrectable word
    std::deque<RemoteStore> stores;      ///< sent in order
    std::uint64_t lines_read = 0;
    std::uint64_t lines_written = 0;
  };

  explicit TransferMesh(const Options& options);
  ~TransferMesh();
  TransferMesh(const TransferMesh&) = delete;
  TransferMesh& operator=(const TransferMesh&) = delete;

  Node& operator[](unsigned node) { return sites_.at(node)->node; }
  [[nodiscard]] unsigned nodes() const { return static_cast<unsigned>(sites_.size()); }
  [[nodiscard]] std::uint64_t cycle() const { return cycle_; }
  VerilatedContext& context() { return *context_; }

  /// Stores a descriptor at a line of the node's SRAM and issues it on a channel.
  void issue(unsigned node, const hw::TransferDescriptor& descriptor, std::uint32_t address, unsigned channel = 0);

  /// Enables the node's table with up to 8 entries.
  void protect(unsigned node, const std::vector<ProtectEntry>& entries);
  /// Writes a register of the router of `node`, in a cycle of its own.
  void write_register(unsigned node, std::uint64_t address, std::uint64_t data);
  /// Called when a semaphore of a node counts.
  void set_on_count(std::function<void(unsigned node, unsigned semaphore)> on_count) {
    on_count_ = std::move(on_count);
  }
  /// Sees the header of each flit as it leaves `node` and may change it.
  using HeaderTap = std::function<void(unsigned node, hw::PacketHeader& header)>;
  void set_header_tap(HeaderTap tap) { header_tap_ = std::move(tap); }
  /// While set, `node` has no room for lines for trees.
  void block_trees(unsigned node, bool blocked);
  /// While set, the SRAM of `node` grants no network write.
  void block_writes(unsigned node, bool blocked) { sites_.at(node)->writes_blocked = blocked; }
  /// While set, the SRAM of `node` grants no network read.
  void block_reads(unsigned node, bool blocked) { sites_.at(node)->reads_blocked = blocked; }

  /// One clock cycle.
  void step();
  /// Steps until all nodes are idle and nothing waits; returns the cycles, or throws dojo::RunError after `limit`.
  std::uint64_t settle(std::uint64_t limit);
  /// Nothing waits anywhere, and every node says that it is idle.
  [[nodiscard]] bool idle() const;

  [[nodiscard]] std::uint64_t flits_sent(unsigned node) const;
  [[nodiscard]] std::uint64_t flits_received(unsigned node) const;
  /// Writes that the network interfaces reported as applied, and among them as dropped.
  [[nodiscard]] std::uint64_t applied() const { return applied_; }
  [[nodiscard]] std::uint64_t dropped() const { return dropped_; }
  [[nodiscard]] std::uint64_t reads_accepted() const { return reads_accepted_; }
  /// FNV hash of what crosses the links, in every cycle.
  [[nodiscard]] std::uint64_t hash() const { return hash_; }

 private:
  struct Links {
    unsigned flit_valid = 0;
    unsigned credit = 0;
    std::array<std::array<std::uint32_t, 4>, 4> header;
    std::array<Line, 4> data;
  };
  struct Site {
    std::unique_ptr<Vtransfer> model;
    Node node;
    Links now;
    Links next;
    bool writes_blocked = false;
    bool reads_blocked = false;
    bool write_waited = false;          ///< the SRAM refused a write in the cycle before
    std::optional<unsigned> late_bank;  ///< where the write of the cycle before is still to be done
  };

  void drive(Site& site);
  void grant(Site& site);
  void memory(Site& site);
  void take_semaphores(Site& site);
  void collect(unsigned number);
  void count(unsigned number, unsigned semaphore, std::uint32_t amount);
  double chance();

  Options options_;
  std::unique_ptr<VerilatedContext> context_;
  std::vector<std::unique_ptr<Site>> sites_;
  std::function<void(unsigned, unsigned)> on_count_;
  HeaderTap header_tap_;
  std::uint64_t random_;
  std::uint64_t cycle_ = 0;
  std::uint64_t applied_ = 0;
  std::uint64_t dropped_ = 0;
  std::uint64_t reads_accepted_ = 0;
  std::uint64_t hash_ = 0xcbf29ce484222325U;
};

}  // namespace dojo::tb
