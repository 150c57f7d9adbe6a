#pragma once
// Where dies meet between windows of cycles: beats go over to the far ends of the links, and all learn whether the run
// goes on. The dies may be in several processes, ranks, each of which runs the same host program.

#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "sim/edge_end.hpp"
#include "sim/ethernet_mac.hpp"
#include "sim/mesh_engine.hpp"

namespace dojo::sim {

/// An end of a link; `end` is null where it is not in this process.
struct PlacedEnd {
  EdgeEnd* end;
  unsigned rank;
};

/// An exchange among the ranks that simulate a machine. All of them call the same functions in the same order.
class DieExchange {
 public:
  DieExchange() = default;
  DieExchange(const DieExchange&) = delete;
  DieExchange& operator=(const DieExchange&) = delete;
  virtual ~DieExchange() = default;

  [[nodiscard]] virtual unsigned rank() const = 0;
  [[nodiscard]] virtual unsigned ranks() const = 0;
  /// Ranks on this computer.
  [[nodiscard]] virtual unsigned ranks_here() const = 0;
  /// Two ends of a link, which must outlive the exchange; every rank names all links in the same order.
  virtual void join(const PlacedEnd& first, const PlacedEnd& second) = 0;

  /// Gives every end what its far end has sent since the last call.
  virtual void move_beats() = 0;
  /// What all ranks have sent over Ethernet since the last call: `frames` of this rank, then those of all.
  virtual void gather_frames(std::vector<EthernetFrame>& frames) = 0;
  /// The sum of what all ranks report. Throws on every rank what the first of those failed with that did: `error`, or
  /// a RunError of the same text.
  virtual WindowReport agree(const WindowReport& report, const std::exception_ptr& error) = 0;
  /// Copies what `bytes` hold at rank `from` to all others.
  virtual void share(unsigned from, std::span<std::byte> bytes) = 0;
  /// Sum, smallest and largest of what the ranks have.
  [[nodiscard]] virtual std::uint64_t sum(std::uint64_t value) = 0;
  [[nodiscard]] virtual std::uint64_t least(std::uint64_t value) = 0;
  [[nodiscard]] virtual std::uint64_t most(std::uint64_t value) = 0;
};

/// Makes the exchange of a machine.
using ExchangeFactory = std::unique_ptr<DieExchange> (*)();

/// All dies are in this process.
class LocalExchange : public DieExchange {
 public:
  [[nodiscard]] unsigned rank() const override { return 0; }
  [[nodiscard]] unsigned ranks() const override { return 1; }
  [[nodiscard]] unsigned ranks_here() const override { return 1; }
  void join(const PlacedEnd& first, const PlacedEnd& second) override { links_.emplace_back(first.end, second.end); }
  void move_beats() override {
    for (const auto& [first, second] : links_) move(*first, *second);
  }
  void gather_frames(std::vector<EthernetFrame>& /*frames*/) override {}
  WindowReport agree(const WindowReport& report, const std::exception_ptr& error) override {
    if (error) std::rethrow_exception(error);
    return report;
  }
  void share(unsigned /*from*/, std::span<std::byte> /*bytes*/) override {}
  [[nodiscard]] std::uint64_t sum(std::uint64_t value) override { return value; }
  [[nodiscard]] std::uint64_t least(std::uint64_t value) override { return value; }
  [[nodiscard]] std::uint64_t most(std::uint64_t value) override { return value; }

  /// Moves beats between two ends in the same process.
  static void move(EdgeEnd& first, EdgeEnd& second) {
    first.receive(second.sent());
    second.receive(first.sent());
    first.clear_sent();
    second.clear_sent();
  }

 private:
  std::vector<std::pair<EdgeEnd*, EdgeEnd*>> links_;
};

inline std::unique_ptr<DieExchange> make_local_exchange() {
  return std::make_unique<LocalExchange>();
}

}  // namespace dojo::sim
