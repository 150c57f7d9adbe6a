#pragma once
// A program on all nodes of an RTL machine, without the runtime, for tests.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>
#include <vector>

#include "firmware/dojo.h"
#include "kernels/firmware.hpp"
#include "runtime/diagnosis.hpp"
#include "sim/rtl_machine.hpp"

namespace dojo::sim {

/// A program on all nodes and harts of a machine.
class Launched {
 public:
  Launched(const RtlConfig& config, std::string_view program_name, unsigned harts,
           std::initializer_list<std::uint64_t> arguments)
      : machine_(config), program_(load_firmware(program_name)), harts_(harts) {
    const Topology& topology = machine_.topology();
    dojo_launch_block block{};
    block.columns = machine_.mesh().columns;
    block.rows = machine_.mesh().rows;
    block.node_count = topology.live_nodes();
    std::copy(arguments.begin(), arguments.end(), block.args);
    for (unsigned site = 0; site < topology.sites(); ++site) {
      if (!topology.is_alive(site)) block.holes[block.hole_count++] = static_cast<std::uint16_t>(site);
    }
    for (unsigned site = 0; site < topology.sites(); ++site) {
      if (!topology.is_alive(site)) continue;
      const Coordinates node = topology.place(site);
      for (const ElfSegment& segment : program_.image().segments()) {
        std::vector<std::byte> bytes = segment.bytes;
        bytes.resize(segment.memory_size);
        machine_.write_memory(node, segment.address, bytes);
      }
      machine_.write_memory(node, *program_.symbol("dojo_launch"), std::as_bytes(std::span(&block, 1)));
      for (unsigned hart = 0; hart < harts; ++hart) {
        machine_.write_register(node, static_cast<std::uint32_t>(hw::control_hart_start_address(hart)),
                                program_.entry());
      }
      ++block.node_index;
    }
  }

  /// Runs to the end; a failed test when the program does not end well.
  void run(std::uint64_t max_cycles) {
    const StopReason reason = machine_.run(max_cycles);
    ASSERT_EQ(reason, StopReason::all_stopped)
        << describe_stop(machine_, reason, [this](std::uint64_t pc) { return program_.symbolize(pc); });
    const Topology& topology = machine_.topology();
    for (unsigned site = 0; site < topology.sites(); ++site) {
      for (unsigned hart = 0; hart < harts_ && topology.is_alive(site); ++hart) {
        ASSERT_EQ(machine_.hart_status(topology.place(site), hart).exit_code, 0u)
            << "site " << site << " hart " << hart;
      }
    }
  }

  /// The checksums of what all nodes received.
  std::uint64_t checksum() {
    const Topology& topology = machine_.topology();
    std::uint64_t sum = 0;
    for (unsigned site = 0; site < topology.sites(); ++site) {
      if (topology.is_alive(site)) sum = sum * 31 + object<std::uint64_t>(topology.place(site), "received");
    }
    return sum;
  }

  /// What stands at a symbol of the program in the memory of a node.
  template <typename Object>
  Object object(Coordinates node, std::string_view symbol) {
    Object value{};
    machine_.read_memory(node, *program_.symbol(symbol), std::as_writable_bytes(std::span(&value, 1)));
    return value;
  }

  RtlMachine& machine() { return machine_; }

 private:
  RtlMachine machine_;
  Program program_;
  unsigned harts_;
};

}  // namespace dojo::sim
