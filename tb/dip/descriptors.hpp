#pragma once
// Descriptors of an Interface Processor's transfer engine, and lists of them, for tests.

#include <array>
#include <cstdint>
#include <random>
#include <span>
#include <vector>

#include "tb/dip/processor_bench.hpp"

namespace dojo::tb {

/// A copy of lines, or with strides if `op` says so: then one row of elements of 64 bytes, all strides 0.
inline hw::TransferDescriptor copy_of(hw::DescriptorOpTransfer op, std::uint64_t local, std::uint64_t remote,
                                      unsigned lines) {
  hw::TransferDescriptor d{};
  d.op = static_cast<std::uint32_t>(op) & 0xffU;
  d.element_size = 6;
  d.rows = 1;
  d.lines = lines;
  d.local_address = static_cast<std::uint32_t>(local);
  d.local_address_high = (local >> 32U) & 0xffU;
  d.remote_address_low = static_cast<std::uint32_t>(remote);
  d.remote_address_high = static_cast<std::uint32_t>(remote >> 32U);
  return d;
}

/// A gather or scatter of `elements` elements of 2**size bytes by the index list at `list`.
inline hw::TransferDescriptor indexed_of(hw::DescriptorOpTransfer op, std::uint64_t local, std::uint64_t remote,
                                         unsigned elements, unsigned size, std::uint64_t list, std::uint32_t limit) {
  hw::TransferDescriptor d = copy_of(op, local, remote, elements);
  d.element_size = size & 7U;
  d.index_list = static_cast<std::uint32_t>(list);
  d.index_list_high = (list >> 32U) & 0xffU;
  d.index_limit = limit;
  return d;
}

inline hw::TransferDescriptor wait_of(unsigned sem, std::uint32_t amount) {
  hw::TransferDescriptor d{};
  d.op = static_cast<std::uint32_t>(hw::DescriptorOpTransfer::wait) & 0xffU;
  d.sem = sem & 31U;
  d.lines = amount;
  return d;
}

inline hw::TransferDescriptor signal_of(std::uint64_t remote, unsigned sem, std::uint32_t amount) {
  hw::TransferDescriptor d = copy_of(hw::DescriptorOpTransfer::signal, 0, remote, amount);
  d.remote_sem = sem & 31U;
  return d;
}

/// The same, counting at a semaphore of the Interface Processor.
inline hw::TransferDescriptor counted(hw::TransferDescriptor d, unsigned sem) {
  d.sem_en = 1;
  d.sem = sem & 31U;
  return d;
}

/// An entry of a submission ring.
inline hw::TransferDescriptor entry_of(hw::TransferDescriptor d, unsigned channel, std::uint32_t tag) {
  d.channel = channel & 15U;
  d.tag = tag;
  return d;
}

inline void set_next(hw::TransferDescriptor& d, std::uint64_t next) {
  d.next_en = 1;
  d.next = static_cast<std::uint32_t>(next);
  d.next_high = (next >> 32U) & 0xffU;
}

/// Writes a list of descriptors, one line after the other; returns its address.
inline std::uint64_t list_at(ProcessorBench& bench, std::uint64_t address, std::vector<hw::TransferDescriptor> list) {
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (i + 1 < list.size()) set_next(list[i], address + (i + 1) * sizeof list[i]);
    bench.put(address + i * sizeof list[i], list[i]);
  }
  return address;
}

/// Writes an index list of random indices below a limit.
inline std::vector<std::uint32_t> indices_at(ProcessorBench& bench, std::uint64_t address, unsigned count,
                                             std::uint32_t limit) {
  std::mt19937_64 random(address + count);
  std::vector<std::uint32_t> indices(count);
  for (std::uint32_t& index : indices) index = static_cast<std::uint32_t>(random() % limit);
  bench.put(address, indices.data(), indices.size() * sizeof indices[0]);
  return indices;
}

inline std::vector<std::uint32_t> random_words(std::uint64_t seed, unsigned lines) {
  std::mt19937_64 random(seed);
  std::vector<std::uint32_t> words(std::size_t{lines} * hw::line_bytes / 4);
  for (std::uint32_t& word : words) word = static_cast<std::uint32_t>(random());
  return words;
}

inline void fill(ProcessorBench& bench, std::uint64_t address, unsigned lines) {
  bench.put(address, random_words(address, lines).data(), std::size_t{lines} * hw::line_bytes);
}

inline void fill_host(ProcessorBench& bench, std::uint64_t address, unsigned lines) {
  bench.put_host(address, random_words(address + 2, lines).data(), std::size_t{lines} * hw::line_bytes);
}

inline void fill_peer(ProcessorBench& bench, std::uint64_t address, unsigned lines) {
  const std::vector<std::uint32_t> words = random_words(address + 1, lines);
  bench.peer().write_memory(address, std::as_bytes(std::span(words)));
}

}  // namespace dojo::tb
