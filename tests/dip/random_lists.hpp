#pragma once
// Random lists, good and bad, on all channels of an Interface Processor's transfer engine, started in the memory or
// from the ring, beside packets of nodes, at random paces.

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <random>
#include <vector>

#include "tb/dip/descriptors.hpp"
#include "tb/dip/processor_bench.hpp"

namespace dojo::tb {

// What is read is never written, and each copy writes a place of its own, since the model does everything at once.
class RandomLists {
 public:
  RandomLists(ProcessorBench& bench, std::uint64_t seed) : bench_(bench), random_(seed) {
    bench_.set_sink([this](unsigned port) { return below(8) < speed_.at(port); });
    bench_.host().pace = [this](unsigned what) { return below(8) < host_speed_.at(what); };
    fill(bench_, source, source_lines);
    fill_host(bench_, host_source, source_lines);
    fill_peer(bench_, peer_source, source_lines);
    bench_.enable_rings(0x10'0000'0000, 16, 0x20'0000'0000, 4);
  }

  /// A part of what the engine sends and asks for goes over Ethernet, and the peer sends packets from there.
  void use_ethernet() { ethernet_ = true; }

  void run(unsigned rounds) {
    for (unsigned round = 0; round < rounds; ++round) {
      for (std::uint64_t& speed : speed_) speed = below(5) == 0 ? 1 : 8;
      for (std::uint64_t& speed : host_speed_) speed = below(4) == 0 ? 1 : 8;
      bench_.host().latency = static_cast<unsigned>(below(4) == 0 ? below(1000) : below(50));
      bad_ = below(3) == 0 ? 1 : 0;
      // Lists from the ring and others are not ordered among each other: a channel has one kind in a round.
      const std::uint64_t ringed = random_();
      for (unsigned i = 0; i < 20; ++i) {
        const auto channel = static_cast<unsigned>(below(model::DipLists::channels));
        const std::uint64_t list = list_of(channel);
        if ((ringed >> channel & 1U) == 0) {
          while (bench_.read_register(hw::dip_control_list_waits_offset) >> channel & 1U) run_some();
          bench_.start(channel, list);
        } else {
          while (submitted_ - bench_.read_register(hw::dip_control_submission_head_offset) >= 16) run_some();
          hw::TransferDescriptor first = descriptor_of(channel);
          set_next(first, list);
          bench_.submit(entry_of(first, below(20) == 0 ? 9 + static_cast<unsigned>(below(7)) : channel, ++submitted_));
        }
        if (ethernet_) offer_away();
        for (unsigned port = 0; port < ProcessorBench::ports; ++port) {
          if (below(2) == 0)
            bench_.read(port, {.address = source + below(source_lines - 50) * 64,
                               .lines = 1 + static_cast<unsigned>(below(40))});
          if (below(2) == 0) bench_.write(port, place(1), {static_cast<std::uint32_t>(random_())});
        }
        bench_.run(static_cast<unsigned>(below(200)));
      }
      for (unsigned i = 0; i < 3000 && !bench_.settle(100); ++i) bench_.take_completions();
      bench_.take_completions();
      ASSERT_TRUE(bench_.settle(1000));
      ASSERT_TRUE(bench_.lists().is_idle());
    }
  }

  ~RandomLists() {
    bench_.set_sink({});
    bench_.host().pace = {};
  }
  RandomLists(const RandomLists&) = delete;
  RandomLists& operator=(const RandomLists&) = delete;

 private:
  using Op = hw::DescriptorOpTransfer;

  static constexpr std::uint64_t source = 0x400000000;
  static constexpr std::uint64_t host_source = 0x55'1234'5000;
  static constexpr std::uint64_t peer_source = hw::sram_base;
  static constexpr unsigned source_lines = 600;

  std::uint64_t below(std::uint64_t limit) { return random_() % limit; }

  void run_some() {
    bench_.run(20);
    bench_.take_completions();
  }

  // Room for so many lines that nobody else uses.
  std::uint64_t place(unsigned lines) {
    next_place_ += std::uint64_t{lines} * 64;
    return next_place_ - std::uint64_t{lines} * 64;
  }

  // Over Ethernet all pulls but those of lines are refused: few of them go there.
  bool is_away(bool is_refused = false) { return ethernet_ && below(is_refused ? 50 : 2) == 0; }

  // Packets and READs of the peer, for the memory and for nodes.
  void offer_away() {
    const bool here = below(2) == 0;
    const auto y = static_cast<std::uint16_t>(below(ProcessorBench::ports));
    const std::uint16_t x = here ? ProcessorBench::edge : 5;
    Packet packet = ProcessorBench::packet_of(0, place(1), {static_cast<std::uint32_t>(random_())}, 6);
    packet.header.dst_x = x;
    packet.header.dst_y = y;
    packet.header.src_x = ProcessorBench::away_column;
    packet.header.sem_en = below(2) == 0;
    bench_.offer_away(packet);
    bench_.offer_away(hw::TtpRead{.kind = hw::TtpNocKind::read,
                                  .dst_y = y,
                                  .dst_x = x,
                                  .lines = static_cast<std::uint32_t>(1 + below(20)),
                                  .line = static_cast<std::uint32_t>((source / 64) + below(source_lines - 50)),
                                  .return_line = 0x800});
  }

  hw::TransferDescriptor descriptor_of(unsigned channel) {
    const bool host = channel >= model::DipLists::to_host;
    const bool pulls = channel == model::DipLists::from_host || (!host && below(2) == 0);
    const auto lines = static_cast<unsigned>(1 + (below(6) == 0 ? below(200) : below(8)));
    const bool strided = below(2) == 0;
    if (below(6) == 0) return wait_of(static_cast<unsigned>(below(32)), 0);
    if (!host && below(8) == 0) {
      auto d = signal_of(ProcessorBench::peer_address(0, below(2) == 0, is_away()), static_cast<unsigned>(below(32)),
                         static_cast<std::uint32_t>(random_()));
      return below(2) == 0 ? counted(d, static_cast<unsigned>(below(32))) : d;
    }
    const std::uint64_t from = pulls ? (host ? host_source : peer_source) : source;
    const std::uint64_t to = pulls  ? place(strided ? lines * 4 : lines)
                             : host ? 0x66'0000'0000 + place(strided ? lines * 4 : lines)
                                    : hw::sram_base + 0x10000 + below(2000) * 64;
    const std::uint64_t at = from + below(source_lines - 250) * 64;
    const std::uint64_t there = pulls ? at : to;
    auto d = copy_of(pulls ? (strided ? Op::pull_strided : Op::pull) : (strided ? Op::push_strided : Op::push),
                     pulls ? to : at,
                     host ? there : ProcessorBench::peer_address(there, false, is_away(pulls && strided)), lines);
    if (!host && below(3) == 0) {
      d = indexed(pulls, to, at, there, lines);
    } else if (strided) {
      const auto size = static_cast<unsigned>(3 + below(4));
      d.element_size = size & 7U;
      d.rows = static_cast<std::uint32_t>(1 + below(3));
      // Where it reads places may meet; where it writes they do not.
      const std::array<std::uint32_t, 2> reads{static_cast<std::uint32_t>(below(2) << size),
                                               static_cast<std::uint32_t>(below(8) << size)};
      const std::array<std::uint32_t, 2> writes{1U << size, lines << size};
      d.local_inner_stride = pulls ? writes[0] : reads[0];
      d.local_outer_stride = pulls ? writes[1] : reads[1];
      d.remote_inner_stride = pulls ? reads[0] : writes[0];
      d.remote_outer_stride = pulls ? reads[1] : writes[1];
    }
    if (below(2) == 0) d = counted(d, static_cast<unsigned>(below(32)));
    if (!pulls && !host && below(2) == 0) {
      d.remote_sem_en = 1;
      d.remote_sem = below(32) & 31U;
    }
    if (bad_ != 0 && below(6) == 0) {
      switch (below(9)) {
        case 0:
          d.op = below(256) & 0xffU;
          break;
        case 1:
          d.local_address += 4;
          break;
        case 2:
          d.lines = 0;
          break;
        case 3:
          d.local_address_high = 0xff;
          break;
        case 4:
          d.remote_address_high ^= 0x80000000;
          break;
        case 5:
          d.index_limit = 0;
          break;
        case 6:
          d.index_list_high = 0xff;
          break;
        case 7:
          d.remote_address_high ^= 0x40000000;
          break;
        default:
          d.element_size = 1;
          break;
      }
    }
    return d;
  }

  // What is written is less than the whole of 64 bytes for each element, the table included.
  hw::TransferDescriptor indexed(bool pulls, std::uint64_t to, std::uint64_t at, std::uint64_t there,
                                 unsigned elements) {
    const bool scatters = below(2) == 0;
    const Op op =
        pulls ? (scatters ? Op::pull_scatter : Op::pull_gather) : (scatters ? Op::push_scatter : Op::push_gather);
    // A table of no more elements than are written, but what is read may be larger.
    const unsigned limit = scatters ? elements : 1 + static_cast<unsigned>(below(250));
    const std::uint64_t list = place((elements + 15) / 16);
    indices_at(bench_, list, elements, limit);
    if (bad_ != 0 && below(4) == 0) bench_.put(list + below(elements) * 4, &limit, sizeof limit);
    return indexed_of(op, pulls ? to : at, ProcessorBench::peer_address(there, false, is_away(pulls)), elements,
                      3 + static_cast<unsigned>(below(4)), list, limit);
  }

  std::uint64_t list_of(unsigned channel) {
    std::vector<hw::TransferDescriptor> list;
    for (std::uint64_t i = below(5); i < 5; ++i) list.push_back(descriptor_of(channel));
    const std::uint64_t address = list_at(bench_, place(static_cast<unsigned>(list.size())), list);
    return bad_ != 0 && below(20) == 0 ? address + 0x800000000 : address;
  }

  ProcessorBench& bench_;
  std::mt19937_64 random_;
  std::uint64_t next_place_ = 0x1000000;
  std::uint64_t bad_ = 0;
  std::uint32_t submitted_ = 0;
  bool ethernet_ = false;
  std::array<std::uint64_t, ProcessorBench::ports> speed_{8, 8, 8, 8, 8, 8, 8};
  std::array<std::uint64_t, 5> host_speed_{8, 8, 8, 8, 8};
};

}  // namespace dojo::tb
