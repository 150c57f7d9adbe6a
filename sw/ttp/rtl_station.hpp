#pragma once
// The Verilated endpoint as a station.

#include <array>
#include <deque>
#include <memory>
#include <utility>
#include <vector>

#include "ttp/station.hpp"

class VerilatedContext;
class Vendpoint;

namespace dojo::ttp {

class RtlStation : public Station {
 public:
  RtlStation(std::uint32_t node, const hw::TtpTimers& timers, int reset_seed = 1);
  ~RtlStation() override;
  RtlStation(const RtlStation&) = delete;
  RtlStation& operator=(const RtlStation&) = delete;

  void send(std::uint32_t node, unsigned vc, const NocHeader& noc, Bytes payload) override;
  void close(std::uint32_t node, unsigned vc) override { closes_.emplace_back(node, vc); }
  void receive(Bytes frame, bool bad) override { arrived_.push_back({std::move(frame), bad}); }
  /// One clock cycle; an endpoint that is not busy and has no input is not evaluated, as in the simulator. Throws
  /// dojo::AssertionError if an assertion fails.
  void step() override;
  [[nodiscard]] std::vector<hw::TtpLink> links() const override;
  [[nodiscard]] std::uint64_t count(hw::TtpCounter counter) const override;
  [[nodiscard]] bool is_idle() const override;
  [[nodiscard]] VerilatedContext& context() { return *context_; }
  /// FNV hash of all beats on the line in every cycle.
  [[nodiscard]] std::uint64_t hash() const { return hash_; }

 private:
  struct Payload {
    std::uint32_t node;
    NocHeader noc;
    Bytes bytes;
    std::size_t sent = 0;  // bytes
  };
  struct Arrival {
    Bytes bytes;
    bool bad;
    std::size_t taken = 0;  // bytes
  };

  bool drive_user();
  bool drive_line();
  void take_deliveries();
  void take_beat();

  std::unique_ptr<VerilatedContext> context_;
  std::unique_ptr<Vendpoint> top_;
  std::uint32_t node_;
  std::array<std::deque<Payload>, hw::ttp_channels> queues_;
  std::deque<std::pair<std::uint32_t, unsigned>> closes_;
  std::deque<Arrival> arrived_;
  Bytes sending_;      // the frame of which beats have left
  Bytes received_;     // the payload of which lines have come
  double credit_ = 0;  // bytes that the MAC can take
  std::uint64_t cycle_ = 0;
  std::uint64_t hash_ = 0xcbf29ce484222325U;
};

}  // namespace dojo::ttp
