#pragma once
// An Interface Processor with its cells, a router's side at every port, and the golden model beside it.

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "Vinterface_processor.h"
#include "model/interface_processor.hpp"
#include "noc/packet.hpp"
#include "tile/dip_storage.hpp"
#include "verilated.h"

namespace dojo::tb {

using noc::Packet;

/// A READ of elements in one or two loops.
struct ReadOf {
  std::uint64_t address = 0;         ///< in the Interface Processor's memory
  std::uint64_t to = hw::sram_base;  ///< in the node
  unsigned x = 0;                    ///< the node
  unsigned y = 0;
  unsigned lines = 1;
  unsigned rows = 1;
  unsigned size = 6;  ///< log2 of an element's bytes
  std::uint32_t inner = hw::line_bytes;
  std::uint32_t outer = 0;
  std::uint32_t return_inner = hw::line_bytes;
  std::uint32_t return_outer = 0;
  bool sem_en = false;
  unsigned sem = 0;
};

class ProcessorBench {
 public:
  static constexpr unsigned ports = hw::dip_ports;
  static constexpr unsigned classes = 2;
  static constexpr std::uint64_t memory_bytes = model::InterfaceProcessor::bytes;
  static constexpr unsigned edge = 18;  ///< column of the ports: the one behind the last column of a die
  static constexpr unsigned refresh_period = 1U << hw::dip_refresh_bits;

  explicit ProcessorBench(int reset_seed = 1);
  ~ProcessorBench();
  ProcessorBench(const ProcessorBench&) = delete;
  ProcessorBench& operator=(const ProcessorBench&) = delete;

  /// Puts a packet into the router's queue at a port. The model sees it at once: what is read and written may not
  /// overlap until all is quiet.
  void offer(unsigned port, const Packet& packet);
  void read(unsigned port, const ReadOf& read) { offer(port, packet_of(port, read)); }
  /// Writes 2**size bytes of `data`, whose bytes stand in their places of the line.
  void write(unsigned port, std::uint64_t address, const std::array<std::uint32_t, 16>& data, unsigned size = 6);

  static Packet packet_of(unsigned port, const ReadOf& read);
  static Packet packet_of(unsigned port, std::uint64_t address, const std::array<std::uint32_t, 16>& data,
                          unsigned size);

  /// Whether the router at `port` takes a flit out of its slots, and so returns a credit, in this cycle; by default
  /// always.
  void set_sink(std::function<bool(unsigned port)> sink) { sink_ = std::move(sink); }

  void step();
  void run(unsigned cycles) {
    for (unsigned i = 0; i < cycles; ++i) step();
  }
  /// Runs until nothing is under way; false if that takes more than `limit` cycles. Then every packet was answered.
  bool settle(unsigned limit);

  [[nodiscard]] std::uint64_t cycle() const { return cycle_; }
  void skip(std::uint64_t cycles) { cycle_ += cycles; }
  [[nodiscard]] bool busy() const { return model_.busy_o != 0; }
  [[nodiscard]] std::size_t queued(unsigned port, unsigned cls) const { return port_.at(port).source.at(cls).size(); }
  /// Elements, and reports in place of them, that a port still has to send.
  [[nodiscard]] std::size_t expected(unsigned port) const { return port_.at(port).elements.size(); }
  /// Flits that a port has sent, and taken.
  [[nodiscard]] std::uint64_t sent(unsigned port) const { return port_.at(port).sent; }
  [[nodiscard]] std::uint64_t taken(unsigned port) const { return port_.at(port).taken; }
  [[nodiscard]] std::uint64_t first_sent(unsigned port) const { return port_.at(port).first_sent; }
  [[nodiscard]] const model::InterfaceProcessor& golden() const { return golden_; }
  [[nodiscard]] hw::AccessError access_error() const;
  [[nodiscard]] hw::AccessError remote_error() const;
  /// What went wrong, counters and the contents of the cells included. When all is quiet.
  [[nodiscard]] std::vector<std::string> errors() const;
  [[nodiscard]] std::uint64_t hash() const { return hash_; }
  [[nodiscard]] VerilatedContext& context() { return context_; }

 private:
  struct Port {
    std::array<std::deque<Packet>, classes> source;
    std::array<unsigned, classes> credits{hw::router_depth, hw::router_depth};
    unsigned turn = 0;
    unsigned owed = 0;  // flits in the router's slots
    std::deque<Packet> elements;
    std::array<std::deque<Packet>, classes> reports;  // by the class of what was refused
    std::uint64_t sent = 0;
    std::uint64_t taken = 0;
    std::uint64_t first_sent = 0;
  };

  void clock();
  void drive(unsigned p);
  void serve();
  void collect(unsigned p);
  void check(unsigned p, const Packet& packet);
  void fail(const std::string& text);
  void mix(std::uint64_t value) { hash_ = (hash_ ^ value) * 0x100000001b3U; }

  VerilatedContext context_;
  Vinterface_processor model_;
  tile::DipStorage storage_;
  model::InterfaceProcessor golden_;
  std::array<Port, ports> port_;
  std::function<bool(unsigned)> sink_;
  std::vector<std::string> errors_;
  std::uint64_t lost_ = 0;
  std::uint64_t cycle_ = hw::dip_refresh_cycles;
  std::uint64_t hash_ = 0xcbf29ce484222325U;
};

}  // namespace dojo::tb
