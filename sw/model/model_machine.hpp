#pragma once
// A mesh of golden-model nodes behind the Backend interface: bit-exact results at high speed, without timing.
//
// The machine advances in supersteps: every node that can go on runs by itself until its harts wait or stop or a
// quantum of instructions is used up; then the packets sent are delivered in a fixed order. So results do not depend on
// the number of threads. Cycles count the instructions of the busiest hart; while all harts wait for timers, time jumps
// to the next one.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/backend.hpp"
#include "common/worker_pool.hpp"
#include "model/collectives.hpp"
#include "model/dip_array.hpp"
#include "model/node.hpp"

namespace dojo::model {

class ModelMachine : public Backend {
 public:
  /// Throws InputError unless the mesh has at least one node and its coordinates fit the packet header.
  explicit ModelMachine(Topology topology, unsigned threads = 1, std::vector<DipSite> dips = {},
                        std::vector<EthernetRoute> ethernet = {});

  [[nodiscard]] std::string name() const override { return "model"; }
  [[nodiscard]] const Topology& topology() const override { return topology_; }
  [[nodiscard]] std::uint64_t cycles() const override { return cycles_; }
  void read_memory(Coordinates node, std::uint64_t address, std::span<std::byte> bytes) override;
  void write_memory(Coordinates node, std::uint64_t address, std::span<const std::byte> bytes) override;
  [[nodiscard]] std::span<const DipSite> dips() const override { return dips_.sites(); }
  void read_dram(unsigned dip, std::uint64_t address, std::span<std::byte> bytes) override;
  void write_dram(unsigned dip, std::uint64_t address, std::span<const std::byte> bytes) override;
  [[nodiscard]] DipErrors dip_errors(unsigned dip) override;
  void read_host(unsigned dip, std::uint64_t address, std::span<std::byte> bytes) override;
  void write_host(unsigned dip, std::uint64_t address, std::span<const std::byte> bytes) override;
  void write_dip_register(unsigned dip, std::uint64_t address, std::uint64_t data) override;
  [[nodiscard]] std::uint32_t dip_semaphore(unsigned dip, unsigned id) override;
  [[nodiscard]] DipWaits dip_waits(unsigned dip) override;
  void watch_host(unsigned dip, std::optional<std::uint64_t> address) override;
  void write_register(Coordinates node, std::uint32_t address, std::uint64_t data) override;
  [[nodiscard]] HartStatus hart_status(Coordinates node, unsigned hart) override;
  [[nodiscard]] std::optional<UnitFault> unit_fault(Coordinates node) override;
  [[nodiscard]] NodeErrors errors(Coordinates node) override;
  [[nodiscard]] std::uint32_t semaphore(Coordinates node, unsigned id) override;
  [[nodiscard]] std::uint64_t counter(Coordinates node, unsigned index) override;
  [[nodiscard]] std::uint64_t instructions_retired(Coordinates node) override;
  StopReason run(std::uint64_t max_cycles) override;
  void watch_tohost(Coordinates node, std::uint64_t address) override;

  /// Throws RunError when there is no live node.
  [[nodiscard]] Node& node(Coordinates position) { return at(position); }

 private:
  struct Watch {
    std::size_t node;
    std::uint64_t address;
  };

  [[nodiscard]] Node& at(Coordinates position);
  [[nodiscard]] bool faulted() const;
  [[nodiscard]] bool anybody_waits() const;
  [[nodiscard]] bool tohost_written() const;
  [[nodiscard]] bool watched_host_written();
  /// Nodes that can go on now.
  void find_runnable();
  /// Delivers packets, carries barriers and lets lists of Interface Processors run until nothing is under way.
  void exchange();
  void deliver(Node& sender, const Packet& packet);
  /// To a node or a port, if there is one.
  void deliver_from_dip(const Packet& packet);

  Topology topology_;
  std::vector<std::unique_ptr<Node>> nodes_;  // of all sites; nothing reaches the dead ones
  Collectives collectives_{topology_, nodes_, [](Node& receiver, const Packet& packet) { receiver.deliver(packet); }};
  DipArray dips_;
  WorkerPool pool_;
  std::uint64_t cycles_ = 0;
  std::vector<Watch> watches_;
  std::map<unsigned, std::uint64_t> host_watches_;  ///< address of the word, by Interface Processor
  std::vector<Node*> runnable_;
  std::vector<std::uint64_t> passed_;
  std::vector<Packet> packets_;
  std::vector<unsigned> arrivals_;
};

}  // namespace dojo::model
