#pragma once
// An Interface Processor at an outer edge: the RTL of rtl/tile/interface_processor.sv, the cells of its DRAM, its host.

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "common/backend.hpp"
#include "common/memory_edge.hpp"
#include "sim/dip_host.hpp"
#include "sim/edge_model.hpp"
#include "sim/ethernet_mac.hpp"
#include "tile/dip_storage.hpp"

class Vinterface_processor;  // NOLINT(readability-identifier-naming): named by Verilator

namespace dojo::sim {

/// Sees what reaches the ports of an Interface Processor; called on the thread that evaluates it.
class DipObserver {
 public:
  DipObserver() = default;
  DipObserver(const DipObserver&) = delete;
  DipObserver& operator=(const DipObserver&) = delete;
  virtual ~DipObserver() = default;
  virtual void arrived(Coordinates port, std::uint64_t cycle, const FlitHeader& header, const FlitPayload& payload) = 0;
};

/// Port p of the edge is port p of the Interface Processor. It sleeps while nothing comes and nothing is under way.
class DipEnd : public EdgeModel {
 public:
  /// Resets it; its memory is zero.
  explicit DipEnd(const DipSite& site);
  ~DipEnd() override;

  void evaluate(std::uint64_t cycle, const EdgeInbox& arrived) override;
  [[nodiscard]] bool is_busy() const override;
  [[nodiscard]] std::uint64_t next_arrival() const override { return std::min(host_.next_event(), mac_.next_event()); }
  /// Accesses of its DRAM.
  [[nodiscard]] std::uint64_t progress() const override { return storage_accesses_; }
  /// A node has refused what it sent, or status has a bit for what went wrong and the host has no writes for it yet.
  [[nodiscard]] bool has_failed() const override;
  [[nodiscard]] bool has_host_writes() const override { return host_.has_writes(); }

  void save(SnapshotWriter& snapshot) override;
  void restore(SnapshotReader& snapshot) override;

  [[nodiscard]] tile::DipStorage& storage() { return storage_; }
  [[nodiscard]] DipHost& host() { return host_; }
  [[nodiscard]] DipErrors errors() const;
  [[nodiscard]] std::uint32_t semaphore(unsigned id) const;
  [[nodiscard]] DipWaits waits() const;
  /// Address in the DRAM of the descriptor at hand of a list; none: it is an entry of the ring.
  [[nodiscard]] std::optional<std::uint64_t> descriptor_address(unsigned channel) const;
  /// Whether a list waits.
  [[nodiscard]] bool has_waits() const;
  [[nodiscard]] EthernetMac& mac() { return mac_; }
  /// Writes a register of dip_control in a clock cycle of its own, before the first one of the machine.
  void boot_write(std::uint64_t offset, std::uint64_t data);
  /// Calls `observer`, which must outlive the last evaluation, for every flit that comes.
  void observe(DipObserver& observer) { observer_ = &observer; }

 private:
  void clock();
  void serve_storage();

  DipSite site_;
  tile::DipStorage storage_;
  DipHost host_;
  EthernetMac mac_;
  std::unique_ptr<Vinterface_processor> dip_;
  std::uint32_t flits_ = 0;
  std::uint64_t credits_ = 0;
  std::uint64_t storage_accesses_ = 0;
  DipObserver* observer_ = nullptr;
};

/// Bytes of host memory of an Interface Processor without its DRAM, for a check before a machine is made.
std::uint64_t dip_end_bytes();
/// Of its RTL.
std::uint64_t dip_end_hash();

}  // namespace dojo::sim
