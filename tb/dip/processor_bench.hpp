#pragma once
// An Interface Processor with its cells, a router's side at every port, and the golden model beside it.

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "Vinterface_processor.h"
#include "model/dip_lists.hpp"
#include "model/interface_processor.hpp"
#include "noc/packet.hpp"
#include "tb/dip/ethernet_peer.hpp"
#include "tb/dip/host_bench.hpp"
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

  /// Writes the memory, outside of simulated time.
  void put(std::uint64_t address, const void* from, std::size_t bytes);
  void put(std::uint64_t address, const hw::TransferDescriptor& descriptor) {
    put(address, &descriptor, sizeof descriptor);
  }
  /// Starts a list of the transfer engine.
  void start(unsigned channel, std::uint64_t address);
  [[nodiscard]] model::DipLists& lists() { return lists_; }
  /// The memory of whoever is at the other end: all nodes and Interface Processors together, by offset alone. It
  /// answers what the engine sends.
  [[nodiscard]] model::InterfaceProcessor& peer() { return peer_; }
  /// A global address of the peer, over the mesh or over Ethernet.
  static std::uint64_t peer_address(std::uint64_t offset, bool memory = false, bool away = false);

  /// Port at which packets from the Ethernet enter the mesh, and the node ids of both ends.
  static constexpr unsigned ethernet_port = 3;
  static constexpr unsigned away_column = 40;  ///< of what is reached over Ethernet, in all rows
  static constexpr std::uint32_t ethernet_node = ethernet_port << hw::coordinate_bits | edge;
  static constexpr std::uint32_t peer_node = 5U << hw::coordinate_bits | away_column;
  /// Writes the route table: from here on what goes to away_column leaves over Ethernet.
  void enable_ethernet();
  [[nodiscard]] EthernetPeer& ethernet() { return ethernet_; }
  /// Sends packets to consecutive lines, or a READ, over Ethernet in one payload. The model sees at once what is for
  /// the Interface Processor; others are expected at ethernet_port.
  void offer_away(std::span<const Packet> packets);
  void offer_away(const Packet& packet) { offer_away(std::span(&packet, 1)); }
  void offer_away(const hw::TtpRead& read);

  /// Writes the host's memory, outside of simulated time.
  void put_host(std::uint64_t address, const void* from, std::size_t bytes);
  /// An access to this line of the host's memory fails.
  void break_host(std::uint64_t address);
  [[nodiscard]] HostMemorySlave& host() { return host_; }
  /// Rings in the host's memory, which are cleared; bases and sizes as in the registers.
  void enable_rings(std::uint64_t submission_base, unsigned submission_size, std::uint64_t completion_base,
                    unsigned completion_size);
  /// Writes an entry of the submission ring and rings the doorbell.
  void submit(const hw::TransferDescriptor& entry);
  /// Takes what is new in the completion ring, and compares it with the model's.
  std::vector<hw::DipCompletion> take_completions();
  [[nodiscard]] bool interrupt() const { return model_.interrupt_o != 0; }

  /// Register of the host at `offset` of dip_control; takes the cycles until the access is done.
  std::uint64_t read_register(unsigned offset);
  void write_register(unsigned offset, std::uint64_t value);

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
  [[nodiscard]] model::InterfaceProcessor& golden() { return golden_; }
  [[nodiscard]] hw::AccessError access_error() const;
  [[nodiscard]] hw::AccessError remote_error() const;
  /// What went wrong, counters, semaphores and the contents of the cells included. When all is quiet.
  [[nodiscard]] std::vector<std::string> errors();
  [[nodiscard]] std::uint64_t hash() const { return hash_; }
  [[nodiscard]] VerilatedContext& context() { return context_; }

 private:
  struct Port {
    std::array<std::deque<Packet>, classes> source;
    std::array<unsigned, classes> credits{hw::router_depth, hw::router_depth};
    unsigned turn = 0;
    std::array<unsigned, classes> owed{};  // flits in the router's slots
    std::deque<Packet> elements;
    std::deque<Packet> arrival_elements;                // of READs that came over Ethernet
    std::array<std::deque<Packet>, classes> reports;    // by the class of what was refused
    std::array<std::deque<Packet>, classes> forwarded;  // from the Ethernet
    std::uint64_t sent = 0;
    std::uint64_t taken = 0;
    std::uint64_t first_sent = 0;
  };

  static std::array<model::PortPlace, ports> places();
  void clock();
  void show_host();
  void take_host();
  void drive(unsigned p);
  void serve();
  void collect(unsigned p);
  void check(unsigned p, const Packet& packet);
  [[nodiscard]] bool is_next(unsigned p, const Packet& packet);
  void check_away(const Packet& packet);
  void check_away(const hw::TtpRead& read);
  void apply_away(const Packet& packet);
  void show_ethernet();
  void take_ethernet();
  void answer(unsigned p, const Packet& packet);
  void fail(const std::string& text);
  void mix(std::uint64_t value) { hash_ = (hash_ ^ value) * 0x100000001b3U; }

  VerilatedContext context_;
  Vinterface_processor model_;
  tile::DipStorage storage_;
  model::InterfaceProcessor golden_;
  model::DipLists lists_{golden_, places()};
  model::InterfaceProcessor peer_;
  HostMemorySlave host_;
  EthernetPeer ethernet_{peer_node, ethernet_node};
  std::uint64_t submission_base_ = 0;
  std::uint64_t completion_base_ = 0;
  std::uint32_t submission_size_ = 1;
  std::uint32_t completion_size_ = 1;
  std::uint32_t submitted_ = 0;
  std::uint32_t completed_ = 0;
  std::deque<hw::DipCompletion> without_channel_;  // completions of entries that name no channel
  std::array<Port, ports> port_;
  std::function<bool(unsigned)> sink_;
  std::vector<std::string> errors_;
  std::uint64_t lost_ = 0;
  std::uint64_t cycle_ = hw::dip_refresh_cycles;
  std::uint64_t hash_ = 0xcbf29ce484222325U;
};

}  // namespace dojo::tb
