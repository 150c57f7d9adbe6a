#pragma once
// The Interface Processors of a machine, as the golden model has them: without time.

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "common/backend.hpp"
#include "common/memory_edge.hpp"
#include "model/interface_processor.hpp"
#include "model/packet.hpp"

namespace dojo::model {

class DipArray {
 public:
  explicit DipArray(std::vector<DipSite> sites);

  [[nodiscard]] std::span<const DipSite> sites() const { return sites_; }
  [[nodiscard]] InterfaceProcessor& operator[](unsigned dip) { return dips_.at(dip); }
  /// Number of the port that these coordinates name, among those of all Interface Processors; none: they name no port.
  [[nodiscard]] std::optional<unsigned> port_at(Coordinates address) const;

  /// What a packet does that comes at the port at its destination, and the packets that it is answered with.
  [[nodiscard]] std::vector<Packet> deliver(const Packet& packet);
  [[nodiscard]] const DipErrors& errors(unsigned dip) const { return errors_.at(dip); }
  /// Whether a node has refused what one of them sent.
  [[nodiscard]] bool has_failed() const { return has_failed_; }

 private:
  std::vector<DipSite> sites_;
  std::vector<InterfaceProcessor> dips_;
  std::vector<DipErrors> errors_;
  std::map<std::pair<unsigned, unsigned>, unsigned> ports_;  // by column and row
  bool has_failed_ = false;
};

}  // namespace dojo::model
