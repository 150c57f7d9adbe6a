#pragma once
// Random lists of every kind of descriptor on all channels of all nodes, for the RTL and for a mesh of golden models.

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "model/node.hpp"
#include "tests/transfer/transfer_helpers.hpp"

namespace dojo::tb {

/// Issues random lists on a mesh whose memories hold the pattern, and on models of its nodes.
///
/// Lines below 8192 are only read, every copy has a destination of its own between 8192 and 16384, descriptors and
/// index lists stand above. A list may wait for a semaphore that lists issued before it signal.
class RandomLists {
 public:
  RandomLists(TransferMesh& mesh, unsigned columns, std::uint64_t seed)
      : mesh_(mesh), columns_(columns), random_(seed) {
    fill(mesh);
    for (unsigned node = 0; node < mesh.nodes(); ++node) {
      models_.push_back(std::make_unique<model::Node>(Coordinates{node % columns, node / columns}));
      models_.back()->write_memory(hw::sram_base, std::as_bytes(std::span(mesh[node].memory)));
    }
    free_.assign(mesh.nodes(), 8192);
    free_control_.assign(mesh.nodes(), 16384);
    waits_.assign(mesh.nodes(), 0);
  }

  void add(unsigned lists) {
    for (unsigned i = 0; i < lists; ++i) add_list();
  }

  /// First difference between the RTL and the models, or an empty string.
  [[nodiscard]] std::string difference() const {
    for (unsigned node = 0; node < mesh_.nodes(); ++node) {
      const std::string where = "node " + std::to_string(node);
      if (!mesh_[node].faults.empty()) return where + " raised a fault";
      if (models_[node]->unit_fault()) return where + ": the model raised a fault";
      for (unsigned s = 0; s < hw::semaphores; ++s) {
        if (mesh_[node].semaphore[s] != models_[node]->semaphore(s)) return where + " semaphore " + std::to_string(s);
      }
      for (unsigned line = 0; line < hw::sram_lines; ++line) {
        if (std::memcmp(mesh_[node].memory[line].data(), models_[node]->sram().data() + line * hw::line_bytes,
                        hw::line_bytes) != 0) {
          return where + " line " + std::to_string(line);
        }
      }
    }
    return {};
  }

 private:
  using Op = hw::DescriptorOpTransfer;

  unsigned below(std::uint64_t limit) { return static_cast<unsigned>(random_() % limit); }

  [[nodiscard]] std::uint64_t global(unsigned node, std::uint64_t address) const {
    return hw::global_address(node % columns_, node / columns_, address);
  }

  /// Lines of a node above the destinations, with contents.
  unsigned place_control(unsigned node, const void* bytes, std::size_t size) {
    const unsigned lines = static_cast<unsigned>((size + hw::line_bytes - 1) / hw::line_bytes);
    const unsigned line = free_control_[node];
    free_control_[node] += lines;
    std::memcpy(mesh_[node].memory.at(line).data(), bytes, std::min<std::size_t>(size, hw::line_bytes));
    for (unsigned i = 1; i < lines; ++i) {
      const std::size_t rest = std::min<std::size_t>(size - i * hw::line_bytes, hw::line_bytes);
      std::memcpy(mesh_[node].memory.at(line + i).data(), static_cast<const std::byte*>(bytes) + i * hw::line_bytes,
                  rest);
    }
    models_[node]->write_memory(address_of(line), std::as_bytes(std::span(&mesh_[node].memory.at(line), lines)));
    return line;
  }

  /// Address of free bytes in the destinations of a node, or 0.
  std::uint32_t place_target(unsigned node, std::uint64_t bytes) {
    const auto lines = static_cast<unsigned>((bytes + hw::line_bytes - 1) / hw::line_bytes);
    if (free_[node] + lines > 16384) return 0;
    const unsigned line = free_[node];
    free_[node] += lines;
    return address_of(line);
  }

  /// A copy between `node` and `remote`; nothing if there is no room left.
  bool add_copy(unsigned node, unsigned remote, hw::TransferDescriptor& d) {
    const Op op = static_cast<Op>(1 + below(8));
    const bool pulls = op == Op::pull || op == Op::pull_strided || op == Op::pull_gather || op == Op::pull_scatter;
    const unsigned size = op == Op::push || op == Op::pull ? 6 : 3 + below(4);
    const std::uint32_t element = 1U << size;
    const unsigned target_node = pulls ? node : remote;
    d.op = static_cast<std::uint32_t>(op);
    d.element_size = size;
    d.lines = 1 + below(below(4) == 0 ? 60 : 9);
    std::uint32_t source = 0;
    std::uint32_t target = 0;
    if (op == Op::push_strided || op == Op::pull_strided) {
      d.rows = 1 + below(6);
      const std::uint32_t inner = element * (1 + below(3));
      const std::uint32_t outer = inner * d.lines + element * below(4);
      target = place_target(target_node, std::uint64_t{outer} * d.rows);
      const std::uint32_t from_inner = element * below(5);
      const std::uint32_t from_outer = element * below(100);
      const std::uint32_t reach = from_inner * d.lines + from_outer * d.rows + element;
      source = address_of(0) + element * below((8192 * 64 - reach) / element);
      (pulls ? d.local_inner_stride : d.remote_inner_stride) = inner;
      (pulls ? d.local_outer_stride : d.remote_outer_stride) = outer;
      (pulls ? d.remote_inner_stride : d.local_inner_stride) = from_inner;
      (pulls ? d.remote_outer_stride : d.local_outer_stride) = from_outer;
    } else if (op == Op::push || op == Op::pull) {
      target = place_target(target_node, std::uint64_t{d.lines} * element);
      source = address_of(below(8192 - d.lines));
    } else {
      const bool gathers = op == Op::push_gather || op == Op::pull_gather;
      d.index_limit = gathers ? 1 + below(2000) : d.lines + below(20);
      std::vector<std::uint32_t> indices(std::max(d.lines, d.index_limit));
      if (gathers) {
        for (auto& index : indices) index = below(d.index_limit);
      } else {
        std::iota(indices.begin(), indices.end(), 0U);
        std::shuffle(indices.begin(), indices.end(), random_);
      }
      d.index_list = address_of(place_control(node, indices.data(), std::size_t{d.lines} * 4));
      target = place_target(target_node, std::uint64_t{gathers ? d.lines : d.index_limit} * element);
      source = address_of(0) + element * below(8192 * 64 / element - std::max(d.lines, d.index_limit));
    }
    if (target == 0) return false;
    d.local_address = pulls ? target : source;
    set_remote(d, global(remote, pulls ? source : target));
    if (below(2) != 0) d = with_sem(d, below(16));
    if (!pulls && below(2) != 0) d = with_remote_sem(d, below(16));
    return true;
  }

  void add_list() {
    const unsigned node = below(mesh_.nodes());
    const unsigned channel = below(4);
    std::vector<hw::TransferDescriptor> list;
    // Perhaps a wait for signals that a list before this one will send.
    if (below(3) == 0 && waits_[node] < 16) {
      const unsigned semaphore = 16 + waits_[node]++;
      const unsigned signaller = below(mesh_.nodes());
      hw::TransferDescriptor signal{};
      signal.op = static_cast<std::uint32_t>(Op::signal);
      signal.remote_sem = semaphore;
      signal.lines = 1 + below(1000);
      set_remote(signal, global(node, 0));
      hw::TransferDescriptor wait{};
      wait.op = static_cast<std::uint32_t>(Op::wait);
      wait.sem = semaphore;
      wait.lines = signal.lines;
      issue(signaller, below(4), {signal});
      list.push_back(wait);
    }
    for (unsigned i = 1 + below(4); i > 0; --i) {
      hw::TransferDescriptor d{};
      if (add_copy(node, below(mesh_.nodes()), d)) list.push_back(d);
    }
    issue(node, channel, list);
  }

  /// Stores a list from its end on, so that each descriptor can name the next one, and issues it everywhere.
  void issue(unsigned node, unsigned channel, std::vector<hw::TransferDescriptor> list) {
    if (list.empty() || free_control_[node] + list.size() > hw::sram_lines) return;
    std::uint32_t next = 0;
    for (auto d = list.rbegin(); d != list.rend(); ++d) {
      if (next != 0) {
        d->next_en = 1;
        d->next = next;
      }
      next = address_of(place_control(node, &*d, sizeof *d));
    }
    mesh_[node].commands.push_back(next + channel);
    model::execute_descriptor(*models_[node], hw::Unit::transfer, next + channel);
    exchange();
  }

  /// Delivers the packets of the models until none are left.
  void exchange() {
    for (bool moved = true; moved;) {
      moved = false;
      for (const auto& sender : models_) {
        std::vector<model::Packet> packets;
        packets.swap(sender->outbox());
        moved = moved || !packets.empty();
        for (const model::Packet& packet : packets) {
          models_[packet.header.dst_y * columns_ + packet.header.dst_x]->deliver(packet);
        }
      }
    }
  }

  TransferMesh& mesh_;
  unsigned columns_;
  std::mt19937_64 random_;
  std::vector<std::unique_ptr<model::Node>> models_;
  std::vector<unsigned> free_;
  std::vector<unsigned> free_control_;
  std::vector<unsigned> waits_;
};

}  // namespace dojo::tb
