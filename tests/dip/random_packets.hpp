#pragma once
// Random packets of nodes, good and bad, at random paces on all ports of an Interface Processor.

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <random>

#include "tb/dip/processor_bench.hpp"

namespace dojo::tb {

// In each round half of a few regions is read while the other half is written; the model sees packets at once, so the
// two do not meet.
class RandomPackets {
 public:
  RandomPackets(ProcessorBench& bench, std::uint64_t seed) : bench_(bench), random_(seed) {
    for (std::uint64_t& region : regions_) region = below(ProcessorBench::memory_bytes / 64 / 4096) * 4096 * 64;
    regions_[0] = 0;
    regions_[1] = ProcessorBench::memory_bytes - region_bytes;
    bench_.set_sink([this](unsigned port) { return below(8) < speed_.at(port); });
  }

  void run(unsigned rounds, unsigned cycles) {
    for (unsigned round = 0; round < rounds; ++round) {
      for (std::uint64_t& speed : speed_) speed = below(5) == 0 ? 1 : 8;
      const std::uint64_t density = 1 + below(16);
      const std::uint64_t bad = below(3) == 0 ? 3 : 0;
      const std::uint64_t writes = below(9);
      for (unsigned i = 0; i < cycles; ++i) {
        for (unsigned port = 0; port < ProcessorBench::ports; ++port) {
          if (below(16) >= density) continue;
          if (below(16) < bad)
            offer_bad(port);
          else if (below(8) < writes)
            offer_write(port, round % 2);
          else
            offer_read(port, round % 2);
        }
        bench_.step();
      }
      ASSERT_TRUE(bench_.settle(300000));
    }
    bench_.set_sink({});
  }

 private:
  static constexpr std::uint64_t region_bytes = 64 * 256;

  std::uint64_t below(std::uint64_t limit) { return random_() % limit; }

  void offer_write(unsigned port, unsigned side) {
    if (bench_.queued(port, 1) > 3) return;
    const auto size = static_cast<unsigned>(below(3) == 0 ? below(7) : 6);
    const std::uint64_t region = regions_.at(below(4) * 2 + (1 - side));
    // Regions of ports do not meet, as ports are not ordered among each other.
    const std::uint64_t line = below(32) * 8 + port;
    std::array<std::uint32_t, 16> data;
    for (std::uint32_t& word : data) word = static_cast<std::uint32_t>(random_());
    if (below(16) == 0) {
      data[0] %= 1000;
      return bench_.write(port, hw::dip_semaphore_base + below(4) * 64, data, 3);
    }
    Packet packet = ProcessorBench::packet_of(port, region + line * 64 + (below(64) >> size << size), data, size);
    packet.header.sem_en = below(8) == 0;
    packet.header.sem = static_cast<std::uint8_t>(below(32));
    bench_.offer(port, packet);
  }

  void offer_read(unsigned port, unsigned side) {
    if (bench_.queued(port, 0) > 1 || bench_.expected(port) > 300) return;
    const auto size = static_cast<unsigned>(3 + below(4));
    ReadOf read{.address = regions_.at(below(4) * 2 + side) + below(32) * 64,
                .to = hw::sram_base + below(100) * 64,
                .x = static_cast<unsigned>(below(18)),
                .y = static_cast<unsigned>(below(20)),
                .lines = static_cast<unsigned>(1 + below(20)),
                .rows = static_cast<unsigned>(1 + below(4)),
                .size = size,
                .inner = static_cast<std::uint32_t>(below(4) << size),
                .outer = static_cast<std::uint32_t>(below(10) * 64),
                .return_inner = static_cast<std::uint32_t>(below(4) << size),
                .return_outer = static_cast<std::uint32_t>(below(10) * 64),
                .sem_en = below(2) == 0,
                .sem = static_cast<unsigned>(below(32))};
    bench_.read(port, read);
  }

  void offer_bad(unsigned port) {
    if (bench_.queued(port, 0) > 1 || bench_.queued(port, 1) > 3) return;
    Packet packet =
        below(2) == 0
            ? ProcessorBench::packet_of(port, ReadOf{.address = ProcessorBench::memory_bytes - 64, .lines = 4})
            : ProcessorBench::packet_of(port, ProcessorBench::memory_bytes + below(ProcessorBench::memory_bytes), {},
                                        6);
    const std::uint64_t what = below(4);
    if (what == 0) packet.header.op = static_cast<hw::PacketOp>(2 + below(2));
    if (what == 1) packet.header.addr = ProcessorBench::memory_bytes + below(ProcessorBench::memory_bytes) * 8;
    if (what == 2 && packet.header.cls == hw::PacketClass::request)
      packet = ProcessorBench::packet_of(port, ReadOf{.lines = 0});
    if (what == 2) packet.header.sem_en = true;
    if (packet.header.cls == hw::PacketClass::data && what == 2) {
      packet.header.addr = hw::dip_semaphore_base;
      packet.header.size = 3;
    }
    bench_.offer(port, packet);
  }

  ProcessorBench& bench_;
  std::mt19937_64 random_;
  std::array<std::uint64_t, 8> regions_{};
  std::array<std::uint64_t, ProcessorBench::ports> speed_{};
};

}  // namespace dojo::tb
