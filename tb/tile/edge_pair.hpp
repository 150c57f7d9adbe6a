#pragma once
// Two ends of a die-edge link, joined by lanes, with a source and a sink in place of the router at every port.

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "common/error.hpp"
#include "noc/packet.hpp"
#include "tile/edge_lane.hpp"
#include "verilated.h"

namespace dojo::tb {

using noc::Packet;

constexpr unsigned edge_ends = 2;
constexpr unsigned edge_classes = 2;

struct EdgePairOptions {
  unsigned ports = hw::edge_ports;
  unsigned slots = hw::edge_slots;
  unsigned flight = hw::edge_flight;
  double bit_error_rate = 0;
  double drop_rate = 0;
  std::uint64_t seed = 1;
  /// Seed of the state that reset leaves alone.
  int reset_seed = 1;
};

/// `Model` is the Verilated class of edge_link with the shape in the options. Node end * ports + p stands for the
/// router at port p of an end. Sources obey credits and send a packet in the cycle in which it is offered at the
/// earliest; sinks take every flit and return its credit when the policy says so (by default in the next cycle).
template <typename Model>
class EdgePair {
 public:
  using Sink = std::function<void(unsigned node, const Packet& packet, std::uint64_t cycle)>;
  /// Whether the sink of `node` returns a credit of class `cls` in this cycle; asked only when it owes one.
  using SinkPolicy = std::function<bool(unsigned node, unsigned cls)>;
  /// Sees each beat as it leaves `end` and may change it; false loses it.
  using BeatTap = std::function<bool(unsigned end, std::span<std::uint32_t> beat)>;

  explicit EdgePair(const EdgePairOptions& options) : options_(options) {
    context_.randReset(2);
    context_.randSeed(options.reset_seed);
    for (unsigned e = 0; e < edge_ends; ++e) {
      End& end = ends_.at(e);
      end.model = std::make_unique<Model>(&context_, e == 0 ? "west" : "east");
      end.lane = std::make_unique<tile::EdgeLane>(tile::EdgeLane::Options{.flight = options.flight,
                                                                          .bits = options.slots * slot_bits,
                                                                          .bit_error_rate = options.bit_error_rate,
                                                                          .drop_rate = options.drop_rate,
                                                                          .seed = options.seed * edge_ends + e});
      end.ports.resize(options.ports);
      Model& model = *end.model;
      model.rst_ni = 0;
      model.enable_i = 0;
      model.flit_valid_i = 0;
      model.credit_i = 0;
      model.line_valid_i = 0;
      for (int i = 0; i < 2; ++i) clock(model);
      model.rst_ni = 1;
    }
  }

  void set_sink(Sink sink) { sink_ = std::move(sink); }
  void set_sink_policy(SinkPolicy policy) { sink_policy_ = std::move(policy); }
  void set_beat_tap(BeatTap tap) { beat_tap_ = std::move(tap); }

  void enable(unsigned end, bool on) { ends_.at(end).model->enable_i = on ? 1 : 0; }
  /// Enables both ends and runs until both are up. Throws dojo::RunError after `limit` cycles.
  void train(unsigned limit = 100000) {
    for (unsigned e = 0; e < edge_ends; ++e) enable(e, true);
    for (unsigned i = 0; state(0) != hw::EdgeState::up || state(1) != hw::EdgeState::up; ++i) {
      if (i == limit) throw RunError("the link does not come up");
      step();
    }
  }

  void offer(unsigned node, const Packet& packet) {
    ends_.at(node / options_.ports)
        .ports.at(node % options_.ports)
        .source.at(static_cast<unsigned>(packet.header.cls))
        .push_back(packet);
  }

  void step() {
    for (unsigned e = 0; e < edge_ends; ++e) drive(e);
    for (End& end : ends_) clock(*end.model);
    ++cycle_;
    for (unsigned e = 0; e < edge_ends; ++e) collect(e);
  }
  void run(unsigned cycles) {
    for (unsigned i = 0; i < cycles; ++i) step();
  }

  [[nodiscard]] bool quiet() const {
    for (const End& end : ends_) {
      if (end.model->busy_o != 0 || end.lane->under_way() != 0) return false;
      for (const Port& port : end.ports) {
        if (!port.source[0].empty() || !port.source[1].empty() || port.owed[0] + port.owed[1] != 0) return false;
      }
    }
    return true;
  }
  /// Runs until nothing moves; false if that takes more than `limit` cycles.
  bool settle(unsigned limit) {
    for (unsigned i = 0; i < limit; ++i) {
      step();
      if (quiet()) {
        step();
        return quiet();
      }
    }
    return false;
  }

  /// Credits that the source of `node` has.
  [[nodiscard]] unsigned credits(unsigned node, unsigned cls) const {
    return ends_.at(node / options_.ports).ports.at(node % options_.ports).credits.at(cls);
  }
  [[nodiscard]] std::size_t queued(unsigned node, unsigned cls) const {
    return ends_.at(node / options_.ports).ports.at(node % options_.ports).source.at(cls).size();
  }
  [[nodiscard]] hw::EdgeState state(unsigned end) const {
    return static_cast<hw::EdgeState>(ends_.at(end).model->state_o);
  }
  [[nodiscard]] hw::EdgeCounters counters(unsigned end) const {
    return hw::EdgeCounters::decode(noc::words_of<7>(ends_.at(end).model->counters_o));
  }
  [[nodiscard]] tile::EdgeLane& lane(unsigned from_end) { return *ends_.at(from_end).lane; }
  [[nodiscard]] unsigned ports() const { return options_.ports; }
  [[nodiscard]] unsigned nodes() const { return edge_ends * options_.ports; }
  [[nodiscard]] std::uint64_t cycle() const { return cycle_; }
  /// FNV hash of every flit, credit and beat in every cycle.
  [[nodiscard]] std::uint64_t hash() const { return hash_; }
  [[nodiscard]] VerilatedContext& context() { return context_; }

  static constexpr unsigned slot_bits = 635;  // on the lanes: docs/tile.md

 private:
  struct Port {
    std::array<std::deque<Packet>, edge_classes> source;
    std::array<unsigned, edge_classes> credits{hw::router_depth, hw::router_depth};
    std::array<unsigned, edge_classes> owed{};
    unsigned turn = 0;
  };
  struct End {
    std::unique_ptr<Model> model;
    std::unique_ptr<tile::EdgeLane> lane;
    std::vector<Port> ports;
    std::vector<std::uint32_t> beat;
  };

  static void clock(Model& model) {
    model.clk_i = 0;
    model.eval();
    model.clk_i = 1;
    model.eval();
  }

  template <typename Port>
  static void put(Port& port, std::uint64_t value) {
    port = static_cast<Port>(value);
  }

  void mix(std::uint64_t value) { hash_ = (hash_ ^ value) * 0x100000001b3U; }

  void drive(unsigned e) {
    End& end = ends_.at(e);
    Model& model = *end.model;
    std::uint32_t valid = 0;
    std::uint64_t credit = 0;
    for (unsigned p = 0; p < options_.ports; ++p) {
      Port& port = end.ports[p];
      for (unsigned c = 0; c < edge_classes; ++c) {
        if (port.owed.at(c) != 0 && (!sink_policy_ || sink_policy_(e * options_.ports + p, c))) {
          --port.owed.at(c);
          credit |= std::uint64_t{1} << (options_.ports * c + p);
        }
      }
      for (unsigned i = 0; i < edge_classes; ++i) {
        const unsigned c = port.turn ^ i;
        if (port.source.at(c).empty() || port.credits.at(c) == 0) continue;
        const Packet& packet = port.source.at(c).front();
        noc::assign_words(model.flit_header_i[p], packet.header.encode());
        noc::assign_words(model.flit_data_i, packet.data, p);
        valid |= 1U << p;
        port.source.at(c).pop_front();
        --port.credits.at(c);
        port.turn = c ^ 1U;
        break;
      }
    }
    put(model.flit_valid_i, valid);
    put(model.credit_i, credit);
    const auto arrived = ends_.at(e ^ 1U).lane->arrived();
    model.line_valid_i = arrived.empty() ? 0 : 1;
    for (std::size_t i = 0; i < arrived.size(); ++i) model.line_i[i] = arrived[i];
  }

  void collect(unsigned e) {
    End& end = ends_.at(e);
    Model& model = *end.model;
    for (unsigned p = 0; p < options_.ports; ++p) {
      Port& port = end.ports[p];
      for (unsigned c = 0; c < edge_classes; ++c) {
        const std::uint64_t returned = (std::uint64_t{model.credit_o} >> (options_.ports * c + p)) & 1U;
        if (returned == 0) continue;
        if (++port.credits.at(c) > hw::router_depth) throw RunError("a credit too many");
        mix(0x1000000U + e * 0x1000U + p * 2 + c);
      }
      if (((model.flit_valid_o >> p) & 1U) == 0) continue;
      const Packet packet{.header = hw::PacketHeader::decode(noc::words_of<4>(model.flit_header_o[p])),
                          .data = noc::words_of<16>(model.flit_data_o, p)};
      ++port.owed.at(static_cast<unsigned>(packet.header.cls));
      if (port.owed.at(static_cast<unsigned>(packet.header.cls)) > hw::router_depth)
        throw RunError("a flit without a credit");
      mix(0x2000000U + e * 0x1000U + p);
      for (const std::uint32_t word : packet.header.encode()) mix(word);
      mix(packet.data[0]);
      if (sink_) sink_(e * options_.ports + p, packet, cycle_);
    }
    bool sent = model.line_valid_o != 0;
    if (sent) {
      const std::size_t words = (options_.slots * slot_bits + 31) / 32;
      end.beat.resize(words);
      for (std::size_t i = 0; i < words; ++i) end.beat[i] = model.line_o[i];
      for (const std::uint32_t word : end.beat) mix(word);
      sent = !beat_tap_ || beat_tap_(e, end.beat);
    }
    end.lane->send(sent ? std::span<const std::uint32_t>(end.beat) : std::span<const std::uint32_t>());
    mix(cycle_);
  }

  EdgePairOptions options_;
  VerilatedContext context_;
  std::array<End, edge_ends> ends_;
  Sink sink_;
  SinkPolicy sink_policy_;
  BeatTap beat_tap_;
  std::uint64_t cycle_ = 0;
  std::uint64_t hash_ = 0xcbf29ce484222325U;
};

}  // namespace dojo::tb
