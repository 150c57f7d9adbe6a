#pragma once
// Reads what waits in a Verilated node out of its RTL (names: sw/sim/observed.vlt).

#include <array>
#include <cstdint>
#include <cstring>

#include "sim/node_queues.hpp"

namespace dojo::sim {

template <class Wide>
hw::PacketHeader header_of(const Wide& packed) {
  std::array<std::uint32_t, 4> words;
  for (unsigned i = 0; i < words.size(); ++i) words[i] = packed[i];
  return hw::PacketHeader::decode(words);
}

/// The channels of the transfer engine.
template <class Root>
void read_channels(const Root& root, NodeQueues& queues) {
  constexpr unsigned slots = 2 * hw::command_depth;  // addresses for each channel, in a circle
  for (unsigned c = 0; c < list_channels; ++c) {
    ChannelQueue& channel = queues.channels[c];
    channel.is_parked = (root.node__DOT__list_park_valid >> c & 1) != 0;
    channel.semaphore = root.node__DOT__list_park_id[c];
    channel.amount = root.node__DOT__list_park_amount[c];
    channel.is_active = (root.node__DOT__u_transfer__DOT__active_q >> c & 1) != 0;
    if (root.node__DOT__u_transfer__DOT__u_lists__DOT__held[c] != 0) {
      // offer_t: the descriptor from bit 0 on, two flags, its address
      const auto& offer = root.node__DOT__u_transfer__DOT__u_lists__DOT__hold[c];
      constexpr unsigned words = sizeof(hw::TransferDescriptor) / sizeof(std::uint32_t);
      ListedDescriptor held;
      std::memcpy(&held.descriptor, offer.data(), sizeof held.descriptor);
      held.address = offer[words] >> 2 | offer[words + 1] << 30;
      channel.held = held;
    }
    if (root.node__DOT__u_transfer__DOT__u_lists__DOT__next_valid[c] != 0) {
      channel.next = root.node__DOT__u_transfer__DOT__u_lists__DOT__next_address[c];
    }
    const unsigned head = root.node__DOT__u_transfer__DOT__u_lists__DOT__queue_head[c];
    const unsigned count = root.node__DOT__u_transfer__DOT__u_lists__DOT__queue_count[c];
    const auto address = [&](unsigned place) {
      return root.node__DOT__u_transfer__DOT__u_lists__DOT__queue_address[slots * c + place % slots];
    };
    for (unsigned i = 0; i < count; ++i) channel.lists.push_back(address(head + i));
    for (unsigned i = 1; i + count <= slots; ++i) {
      const std::uint32_t begun = address(head + slots - i);
      if (begun != 0) channel.begun.push_back(begun);
    }
  }
  queues.serves_reads = (root.node__DOT__u_transfer__DOT__active_q >> list_channels & 1) != 0;
}

template <class Root>
void read_trees(const Root& root, NodeQueues& queues) {
  for (unsigned t = 0; t < hw::trees; ++t) {
    TreeState& state = queues.trees[t];
    state.tree = hw::Tree::decode(root.node__DOT____Vcellinp__u_barrier__tree_i[t]);
    for (unsigned d = 0; d < 4; ++d) state.tokens[d] = root.node__DOT__u_barrier__DOT__tokens[t][d];
    state.arrivals = root.node__DOT__u_barrier__DOT__arrivals[t];
    state.is_awaiting = (root.node__DOT__u_barrier__DOT__awaiting >> t & 1) != 0;
    for (unsigned d = 0; d < 4; ++d) {
      constexpr unsigned depth = 3;
      const unsigned head = root.node__DOT__u_collective__DOT__head[d][t];
      for (unsigned i = 0; i < root.node__DOT__u_collective__DOT__count[d][t]; ++i) {
        const auto& packed = root.node__DOT__u_collective__DOT__slot_header[d][t][(head + i) % depth];
        queues.lines.push_back({.header = header_of(packed), .from = d});
      }
    }
  }
  constexpr unsigned own_depth = 8;
  for (unsigned i = 0; i < root.node__DOT__u_collective__DOT__own_count; ++i) {
    const unsigned place = (root.node__DOT__u_collective__DOT__own_head + i) % own_depth;
    queues.lines.push_back({.header = header_of(root.node__DOT__u_collective__DOT__own_header[place])});
  }
  constexpr unsigned sums = 16;
  for (unsigned i = 0; i < sums; ++i) {
    if ((root.node__DOT__u_collective__DOT__sum_used >> i & 1) == 0) continue;
    queues.lines.push_back({.header = header_of(root.node__DOT__u_collective__DOT__sum_header[i]),
                            .is_sum = true,
                            .missing = root.node__DOT__u_collective__DOT__sum_missing[i]});
  }
}

template <class Root>
void read_router(const Root& root, NodeQueues& queues) {
  constexpr unsigned slot_bits = 2;
  static_assert(hw::router_depth == 1U << slot_bits);
  for (unsigned p = 0; p < router_inputs; ++p) {
    for (unsigned c = 0; c < packet_classes; ++c) {
      const unsigned order = root.node__DOT__u_router__DOT__order[p][c];
      for (unsigned i = 0; i < root.node__DOT__u_router__DOT__count[p][c]; ++i) {
        const unsigned slot = order >> (slot_bits * i) & (hw::router_depth - 1);
        queues.flits[p][c].push_back({.header = header_of(root.node__DOT__u_router__DOT__slot_header[p][c][slot]),
                                      .output = root.node__DOT__u_router__DOT__slot_output[p][c][slot]});
      }
      queues.credits[p][c] = root.node__DOT__u_router__DOT__credits[p][c];
    }
  }
}

template <class Root>
void read_interface(const Root& root, NodeQueues& queues) {
  constexpr unsigned depth = hw::router_depth;
  const auto& count = root.node__DOT__u_network__DOT__count;
  const auto& head = root.node__DOT__u_network__DOT__head;
  for (unsigned i = 0; i < count[0]; ++i) {
    queues.reads.push_back(header_of(root.node__DOT__u_network__DOT__request_header[(head[0] + i) % depth]));
  }
  for (unsigned from_tree = 0; from_tree < 2; ++from_tree) {
    for (unsigned i = 0; i < count[1 + from_tree]; ++i) {
      queues.writes.push_back(
          header_of(root.node__DOT__u_network__DOT__data_header[from_tree][(head[1 + from_tree] + i) % depth]));
    }
  }
}

/// `root`: the rootp of a Verilated rtl/node/node.sv.
template <class Root>
NodeQueues queues_of(const Root& root) {
  NodeQueues queues;
  read_channels(root, queues);
  read_trees(root, queues);
  read_router(root, queues);
  read_interface(root, queues);
  queues.matrix_descriptor = root.node__DOT__u_matrix__DOT__descriptor_address;
  return queues;
}

}  // namespace dojo::sim
