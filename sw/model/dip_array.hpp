#pragma once
// The Interface Processors of a machine, as the golden model has them: without time.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "common/backend.hpp"
#include "common/ethernet_route.hpp"
#include "common/memory_edge.hpp"
#include "model/dip_host.hpp"
#include "model/dip_lists.hpp"
#include "model/interface_processor.hpp"
#include "model/packet.hpp"

namespace dojo::model {

class DipArray {
 public:
  /// `ethernet` says only which descriptors are refused: time does not matter here.
  explicit DipArray(std::vector<DipSite> sites, std::vector<EthernetRoute> ethernet = {});

  [[nodiscard]] std::span<const DipSite> sites() const { return sites_; }
  [[nodiscard]] InterfaceProcessor& operator[](unsigned dip) { return dips_.at(dip); }
  /// Number of the port that these coordinates name, among those of all Interface Processors; none: they name no port.
  [[nodiscard]] std::optional<unsigned> port_at(Coordinates address) const;

  /// What a packet does that comes at the port at its destination, and the packets that it is answered with.
  [[nodiscard]] std::vector<Packet> deliver(const Packet& packet);
  [[nodiscard]] DipErrors errors(unsigned dip) const;
  /// Whether a node has refused what one of them sent, or one has an error of its lists or rings.
  [[nodiscard]] bool has_failed() const;

  /// Its host and lists, for what may let lists go on; run() does.
  [[nodiscard]] DipHost& host(unsigned dip);
  [[nodiscard]] DipLists& lists(unsigned dip);
  [[nodiscard]] DipWaits waits(unsigned dip) const;
  /// Whether a list waits for a semaphore.
  [[nodiscard]] bool has_waits() const;
  /// Lets lists run as far as they can, and returns what they send, in order.
  [[nodiscard]] std::vector<Packet> run();

 private:
  /// What an Interface Processor has beside its memory.
  struct Engine {
    Engine(InterfaceProcessor& memory, const DipSite& site);
    DipLists lists;
    DipHost host;
  };

  std::vector<DipSite> sites_;
  std::vector<EthernetRoute> ethernet_;
  std::vector<InterfaceProcessor> dips_;
  std::vector<std::unique_ptr<Engine>> engines_;
  bool has_changed_ = false;  ///< since lists ran
  std::vector<DipErrors> errors_;
  std::map<std::pair<unsigned, unsigned>, unsigned> ports_;  // by column and row
  bool has_failed_ = false;
};

}  // namespace dojo::model
