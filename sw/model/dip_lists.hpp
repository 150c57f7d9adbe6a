#pragma once
// Golden model of an Interface Processor's transfer engine: what lists of descriptors do, without time.

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <optional>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

#include "dojo_hw.hpp"
#include "model/interface_processor.hpp"
#include "noc/packet.hpp"

namespace dojo::model {

/// Memory of the host, zero until it is written. An access behind `size`, or that touches the line at `broken`, fails
/// whole.
struct HostMemory {
  using Line = InterfaceProcessor::Line;

  [[nodiscard]] bool is_broken(std::uint64_t address) const {
    return address >= size || (broken && *broken / hw::line_bytes == address / hw::line_bytes);
  }
  /// Copies bytes out of or into it.
  void read(std::uint64_t address, std::span<std::byte> bytes) const;
  void write(std::uint64_t address, std::span<const std::byte> bytes);

  std::unordered_map<std::uint64_t, Line> lines;  ///< by address / 64
  std::optional<std::uint64_t> broken;
  std::uint64_t size = std::numeric_limits<std::uint64_t>::max();
};

/// Lists run as far as they can when they are started, and on when run() finds that semaphores have counted: a
/// descriptor at a time, whole, in the order of the channels. docs/dip.md
class DipLists {
 public:
  static constexpr unsigned channels = hw::dip_list_channels;
  static constexpr unsigned to_host = channels - 2;
  static constexpr unsigned from_host = channels - 1;

  /// `places` are those of the ports.
  DipLists(InterfaceProcessor& memory, std::array<PortPlace, hw::dip_ports> places)
      : memory_(memory), places_(places) {}

  /// A list in the memory; lists of a channel run one after the other.
  void start(unsigned channel, std::uint64_t address);
  /// A list that begins with an entry of the submission ring.
  void enter(const hw::TransferDescriptor& entry);
  /// Goes on until every list has ended or waits.
  void run();

  /// Which places are reached over Ethernet; by default none.
  void set_away(std::function<bool(unsigned x, unsigned y)> away) { away_ = std::move(away); }

  /// Why a descriptor is refused; `away`: its remote address is reached over Ethernet.
  [[nodiscard]] static hw::UnitFault check(const hw::TransferDescriptor& descriptor, unsigned channel, bool away);

  /// What the port has to send, in this order; whoever sees it sent takes it out.
  [[nodiscard]] std::deque<noc::Packet>& packets(unsigned port) { return packets_.at(port); }
  /// Ends of lists of the ring, in order for each channel; the phase is not set.
  [[nodiscard]] std::deque<hw::DipCompletion>& completions(unsigned channel) { return completions_.at(channel); }
  [[nodiscard]] hw::DipListFault fault(unsigned channel) const { return faults_.at(channel); }
  void clear_fault(unsigned channel) { faults_.at(channel) = {}; }
  /// Whether a list has ended with a fault since the last call.
  [[nodiscard]] bool take_faulted() { return std::exchange(has_faulted_, false); }
  [[nodiscard]] bool is_idle() const;
  /// Lists of a channel that have not ended.
  [[nodiscard]] std::size_t count(unsigned channel) const { return lists_.at(channel).size(); }
  /// What the list of a channel waits for; none: it does not wait.
  struct Wait {
    unsigned semaphore;
    std::uint32_t amount;
  };
  [[nodiscard]] std::optional<Wait> wait(unsigned channel) const {
    return lists_.at(channel).empty() ? std::nullopt : lists_.at(channel).front().wait;
  }
  [[nodiscard]] HostMemory& host() { return host_; }

 private:
  struct List {
    std::uint64_t address = 0;
    std::optional<hw::TransferDescriptor> entry;  // of the ring: not in the memory
    bool ringed = false;
    std::uint32_t tag = 0;
    std::optional<Wait> wait = {};
  };

  bool step(unsigned channel);
  void end(unsigned channel, hw::UnitFault cause, std::uint64_t address);
  /// False if the host's memory failed.
  bool copy_host(const hw::TransferDescriptor& descriptor, bool to);
  [[nodiscard]] std::uint32_t index(const hw::TransferDescriptor& descriptor, std::uint64_t element) const;
  /// Whether all indices of a gather or scatter are below its limit.
  [[nodiscard]] bool has_indices(const hw::TransferDescriptor& descriptor) const;
  void copy_indexed(const hw::TransferDescriptor& descriptor, unsigned port);
  void push(const hw::TransferDescriptor& descriptor, unsigned port);
  void pull(const hw::TransferDescriptor& descriptor, unsigned port);
  void signal(const hw::TransferDescriptor& descriptor, unsigned port);

  InterfaceProcessor& memory_;
  std::array<PortPlace, hw::dip_ports> places_;
  std::array<std::deque<List>, channels> lists_;
  std::array<std::deque<noc::Packet>, hw::dip_ports> packets_;
  std::array<std::deque<hw::DipCompletion>, channels> completions_;
  std::array<hw::DipListFault, channels> faults_{};
  bool has_faulted_ = false;
  HostMemory host_;
  std::function<bool(unsigned x, unsigned y)> away_;
};

}  // namespace dojo::model
