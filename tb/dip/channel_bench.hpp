#pragma once
// A DRAM channel with its cells, an AXI4 master whose queues a test fills, and the golden model beside it.

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "Vdip_channel.h"
#include "model/axi_memory.hpp"
#include "tile/dip_storage.hpp"
#include "verilated.h"

namespace dojo::tb {

using model::AxiLine;
using model::AxiReadBeat;
using model::AxiRequest;
using model::AxiWriteBeat;

/// Which channels of AXI4 may move in this cycle; all by default.
struct AxiPace {
  bool ar = true;
  bool aw = true;
  bool w = true;
  bool r = true;
  bool b = true;
};

class ChannelBench {
 public:
  static constexpr unsigned ids = 1U << hw::dip_axi_id_bits;
  static constexpr unsigned refresh_period = 1U << hw::dip_refresh_bits;
  /// First cycle in which no refresh is under way.
  static constexpr std::uint64_t after_refresh = hw::dip_refresh_cycles;

  explicit ChannelBench(int reset_seed = 1, std::uint64_t cycle = after_refresh);
  ~ChannelBench();
  ChannelBench(const ChannelBench&) = delete;
  ChannelBench& operator=(const ChannelBench&) = delete;

  /// Puts a burst into the master's queue; its answer is checked against the model, which it reaches at once. Bursts
  /// under way may not overlap unless both read, or have one ID and both write.
  void read(const AxiRequest& request);
  void write(const AxiRequest& request, std::vector<AxiWriteBeat> beats);
  /// The same with random data, all bytes written.
  void write(const AxiRequest& request, std::uint64_t seed);
  /// True if the burst may be put into the queue now.
  [[nodiscard]] bool may_read(const AxiRequest& request) const;
  [[nodiscard]] bool may_write(const AxiRequest& request) const;

  void set_pace(std::function<AxiPace()> pace) { pace_ = std::move(pace); }
  /// Sees every beat of R when it is taken.
  void set_reader(std::function<void(unsigned id, const AxiReadBeat& beat)> reader) { reader_ = std::move(reader); }
  /// Lets a test look at beats without the model's opinion.
  void expect_anything(bool on) { expect_anything_ = on; }

  void step();
  void run(unsigned cycles) {
    for (unsigned i = 0; i < cycles; ++i) step();
  }
  /// Runs until everything is answered and the channel sleeps; false if that takes more than `limit` cycles.
  bool settle(unsigned limit);
  /// Runs until everything is answered; false if that takes more than `limit` cycles.
  bool drain(unsigned limit);

  [[nodiscard]] std::uint64_t cycle() const { return cycle_; }
  /// Jumps ahead while the channel sleeps, as a simulator does that skips it.
  void skip(std::uint64_t cycles) { cycle_ += cycles; }
  [[nodiscard]] bool busy() const { return model_.busy_o != 0; }
  [[nodiscard]] bool answered() const { return reads_ == 0 && writes_ == 0; }
  [[nodiscard]] std::size_t queued() const { return ar_.size() + aw_.size(); }
  /// Bursts of an ID that are not answered yet.
  [[nodiscard]] std::size_t outstanding(unsigned id) const {
    return expected_.at(id).size() + responses_.at(id).size();
  }
  [[nodiscard]] hw::DipCounters counters() const;
  [[nodiscard]] const std::vector<std::string>& errors() const { return errors_; }
  /// Lines in which the cells differ from the model.
  [[nodiscard]] unsigned wrong_lines() const;
  [[nodiscard]] std::uint64_t beats_read() const { return beats_read_; }
  /// FNV hash of every answer and its cycle.
  [[nodiscard]] std::uint64_t hash() const { return hash_; }
  [[nodiscard]] VerilatedContext& context() { return context_; }
  /// For tests that break the protocol.
  [[nodiscard]] Vdip_channel& model() { return model_; }
  void clock();

 private:
  struct Lines {
    unsigned reads = 0;
    unsigned writes = 0;
    unsigned writer = 0;
  };
  struct Expected {
    AxiRequest request;
    std::vector<AxiReadBeat> beats;
    unsigned taken = 0;
  };
  struct Response {
    AxiRequest request;
    hw::AxiResponse response;
  };

  void drive();
  void serve();
  void take();
  void take_beat();
  void take_response();
  void mix(std::uint64_t value) { hash_ = (hash_ ^ value) * 0x100000001b3U; }
  void fail(const std::string& text);

  VerilatedContext context_;
  Vdip_channel model_;
  tile::DipStorage storage_;
  model::AxiMemory golden_;
  std::deque<AxiRequest> ar_;
  std::deque<AxiRequest> aw_;
  std::deque<std::pair<AxiWriteBeat, bool>> w_;
  std::array<std::deque<Expected>, ids> expected_;
  std::array<std::deque<Response>, ids> responses_;
  std::map<std::uint64_t, Lines> under_way_;
  std::function<AxiPace()> pace_;
  std::function<void(unsigned, const AxiReadBeat&)> reader_;
  AxiPace now_;
  std::vector<std::string> errors_;
  std::uint64_t cycle_;
  std::uint64_t beats_read_ = 0;
  std::uint64_t hash_ = 0xcbf29ce484222325U;
  unsigned reads_ = 0;
  unsigned writes_ = 0;
  bool expect_anything_ = false;
};

}  // namespace dojo::tb
