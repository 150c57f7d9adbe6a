#pragma once
// Random pushes, pulls and remote stores among all nodes, with their expected result.

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "tests/transfer/transfer_helpers.hpp"

namespace dojo::tb {

/// Issues random work on a mesh whose memories hold the pattern, and computes what must be in every memory and
/// semaphore afterwards.
///
/// Lines below 8192 are only read, every copy has a destination of its own between 8192 and 16384, remote stores go to
/// lines 16384 to 18431, descriptors stand above.
class RandomTransfers {
 public:
  RandomTransfers(TransferMesh& mesh, unsigned columns, std::uint64_t seed)
      : mesh_(mesh), columns_(columns), random_(seed) {
    fill(mesh);
    expected_.resize(mesh.nodes());
    for (unsigned node = 0; node < mesh.nodes(); ++node) expected_[node] = mesh[node].memory;
    free_.assign(mesh.nodes(), 8192);
    next_store_.assign(mesh.nodes(), 16384 * 8);
    semaphore_.resize(mesh.nodes());
  }

  void add(unsigned descriptors) {
    for (unsigned i = 0; i < descriptors; ++i) add_copy(i);
  }

  /// First difference from the expected result, or an empty string.
  [[nodiscard]] std::string difference() const {
    for (unsigned node = 0; node < mesh_.nodes(); ++node) {
      if (!mesh_[node].faults.empty()) return "node " + std::to_string(node) + " raised a fault";
      for (unsigned s = 0; s < hw::semaphores; ++s) {
        if (mesh_[node].semaphore[s] != semaphore_[node][s]) {
          return "node " + std::to_string(node) + " semaphore " + std::to_string(s) + " is " +
                 std::to_string(mesh_[node].semaphore[s]) + " instead of " + std::to_string(semaphore_[node][s]);
        }
      }
      for (unsigned line = 0; line < hw::sram_lines; ++line) {
        if (mesh_[node].memory[line] != expected_[node][line]) {
          return "node " + std::to_string(node) + " line " + std::to_string(line) + " differs";
        }
      }
    }
    return {};
  }

 private:
  unsigned below(unsigned limit) { return static_cast<unsigned>(random_() % limit); }

  void add_copy(unsigned number) {
    const unsigned node = below(mesh_.nodes());
    const unsigned remote = below(mesh_.nodes());
    const bool is_push = below(2) != 0;
    const unsigned from = is_push ? node : remote;
    const unsigned to = is_push ? remote : node;
    const unsigned lines = 1 + below(below(4) == 0 ? 60 : 6);
    const unsigned source = below(8192 - lines);
    const unsigned target = free_[to];
    if (target + lines > 16384) return;
    free_[to] += lines;
    for (unsigned i = 0; i < lines; ++i) expected_[to][target + i] = expected_[from][source + i];
    Copy copy{is_push ? source : target, remote % columns_, remote / columns_, is_push ? target : source, lines};
    hw::TransferDescriptor descriptor = is_push ? push(copy) : pull(copy);
    if (below(2) != 0) {
      const unsigned s = below(hw::semaphores);
      descriptor = with_sem(descriptor, s);
      ++semaphore_[node][s];
    }
    if (is_push && below(2) != 0) {
      const unsigned s = below(hw::semaphores);
      descriptor = with_remote_sem(descriptor, s);
      ++semaphore_[remote][s];
    }
    const unsigned place = 18432 + number;
    mesh_.issue(node, descriptor, address_of(place));
    expected_[node][place] = mesh_[node].memory[place];
    for (unsigned i = below(4); i > 0; --i) add_store(node, below(mesh_.nodes()));
  }

  void add_store(unsigned node, unsigned to) {
    if (next_store_[to] >= 18432 * 8) return;
    const unsigned word = next_store_[to]++;
    const std::uint64_t data = random_();
    expected_[to][word / 8][2 * (word % 8)] = static_cast<std::uint32_t>(data);
    expected_[to][word / 8][2 * (word % 8) + 1] = static_cast<std::uint32_t>(data >> 32);
    mesh_[node].stores.push_back({hw::global_address(to % columns_, to / columns_, hw::sram_base + 8 * word), data, 3});
  }

  TransferMesh& mesh_;
  unsigned columns_;
  std::mt19937_64 random_;
  std::vector<std::vector<Line>> expected_;
  std::vector<unsigned> free_;
  std::vector<unsigned> next_store_;
  std::vector<std::array<std::uint32_t, hw::semaphores>> semaphore_;
};

}  // namespace dojo::tb
