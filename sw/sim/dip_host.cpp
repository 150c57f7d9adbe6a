#include "sim/dip_host.hpp"

#include <Vinterface_processor.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "common/error.hpp"
#include "dojo_hw.hpp"

namespace dojo::sim {
namespace {

bool is_in_memory(std::uint64_t address) {
  return address < host_bytes;
}

template <typename Value>
void put_queue(SnapshotWriter& snapshot, const std::deque<Value>& queue) {
  snapshot.put_list(std::vector<Value>(queue.begin(), queue.end()));
}

template <typename Value>
void get_queue(SnapshotReader& snapshot, std::deque<Value>& queue) {
  const auto values = snapshot.get_list<Value>();
  queue.assign(values.begin(), values.end());
}

}  // namespace

void DipHost::reset(Vinterface_processor& dip) {
  dip.register_valid_i = 0;
  dip.host_arready_i = 1;
  dip.host_awready_i = 1;
  dip.host_wready_i = 1;
  dip.host_rvalid_i = 0;
  dip.host_bvalid_i = 0;
}

bool DipHost::asks(const Vinterface_processor& dip) {
  return (dip.host_arvalid_o | dip.host_awvalid_o | dip.host_wvalid_o) != 0;
}

void DipHost::write(Vinterface_processor& dip) {
  has_written_ = !writes_.empty() && dip.register_ready_o != 0;
  dip.register_valid_i = has_written_ ? 1 : 0;
  if (!has_written_) return;
  dip.register_write_i = 1;
  dip.register_address_i = static_cast<std::uint16_t>(writes_.front().address - hw::dip_control_base);
  dip.register_data_i = writes_.front().data;
  writes_.pop_front();
}

void DipHost::answer(Vinterface_processor& dip, std::uint64_t cycle) {
  const bool was_shown = is_shown_;
  show_data(dip, cycle);
  show_end(dip, cycle);
  is_shown_ = (dip.host_rvalid_i | dip.host_bvalid_i) != 0;
  // The clock is low: whether data are taken depends on what is shown, and assertions see what stood before the edge.
  if (is_shown_ || was_shown) dip.eval();
  if (dip.host_rvalid_i != 0 && dip.host_rready_o != 0) pass_data();
  take(dip, cycle);
  next_answer_ = never;
  for (const auto* queues : {&reads_, &written_}) {
    for (const auto& queue : *queues) {
      if (!queue.empty()) next_answer_ = std::min(next_answer_, queue.front().due);
    }
  }
}

void DipHost::show_data(Vinterface_processor& dip, std::uint64_t cycle) {
  const auto is_due = [&](unsigned id) { return !reads_[id].empty() && reads_[id].front().due <= cycle; };
  // A beat that was shown stays until it is taken: so does the turn, which comes to an ID with its first beat.
  if (!is_due(turn_) && is_due(1 - turn_)) turn_ = 1 - turn_;
  dip.host_rvalid_i = is_due(turn_) ? 1 : 0;
  if (dip.host_rvalid_i == 0) return;
  const Burst& burst = reads_[turn_].front();
  const bool is_here = is_in_memory(burst.address);
  dip.host_rid_i = static_cast<std::uint8_t>(turn_);
  dip.host_rresp_i = static_cast<std::uint8_t>(is_here ? hw::AxiResponse::okay : hw::AxiResponse::decode_error);
  dip.host_rlast_i = burst.beats_left == 1 ? 1 : 0;
  if (is_here) {
    std::memcpy(dip.host_rdata_i.data(), memory_.at(burst.address), beat_bytes);
  } else {
    std::memset(dip.host_rdata_i.data(), 0, beat_bytes);
  }
}

// The beat that is shown is taken.
void DipHost::pass_data() {
  Burst& burst = reads_[turn_].front();
  burst.address += beat_bytes;
  if (--burst.beats_left != 0) return;
  reads_[turn_].pop_front();
  turn_ = 1 - turn_;
}

void DipHost::show_end(Vinterface_processor& dip, std::uint64_t cycle) {
  dip.host_bvalid_i = 0;
  for (unsigned id = 0; id < ids && dip.host_bvalid_i == 0; ++id) {
    if (written_[id].empty() || written_[id].front().due > cycle) continue;
    dip.host_bvalid_i = 1;
    dip.host_bid_i = static_cast<std::uint8_t>(id);
    dip.host_bresp_i =
        static_cast<std::uint8_t>(written_[id].front().failed ? hw::AxiResponse::decode_error : hw::AxiResponse::okay);
    written_[id].pop_front();
  }
}

// What the Interface Processor shows in this cycle is taken at its end.
void DipHost::take(const Vinterface_processor& dip, std::uint64_t cycle) {
  if (dip.host_arvalid_o != 0) {
    reads_[dip.host_arid_o].push_back({.address = dip.host_araddr_o / beat_bytes * beat_bytes,
                                       .due = cycle + host_latency,
                                       .beats_left = dip.host_arlen_o + 1U,
                                       .id = dip.host_arid_o});
  }
  if (dip.host_awvalid_o != 0) {
    filling_.push_back({.address = dip.host_awaddr_o / beat_bytes * beat_bytes,
                        .beats_left = dip.host_awlen_o + 1U,
                        .id = dip.host_awid_o});
  }
  if (dip.host_wvalid_o == 0) return;
  if (filling_.empty()) throw RunError("an Interface Processor writes data to its host before their address");
  Burst& burst = filling_.front();
  if (is_in_memory(burst.address)) {
    std::uint8_t* const to = memory_.to_write(burst.address);
    const auto* const from = reinterpret_cast<const std::uint8_t*>(dip.host_wdata_o.data());
    for (unsigned byte = 0; byte < beat_bytes; ++byte) {
      if ((dip.host_wstrb_o >> byte & 1U) != 0) to[byte] = from[byte];
    }
  } else {
    burst.failed = true;
  }
  burst.address += beat_bytes;
  if (--burst.beats_left != 0) return;
  burst.due = cycle + host_latency;
  written_[burst.id].push_back(burst);
  filling_.pop_front();
}

void DipHost::save(SnapshotWriter& snapshot) const {
  save_memory(snapshot, memory_);
  put_queue(snapshot, writes_);
  put_queue(snapshot, filling_);
  for (const auto* queues : {&reads_, &written_}) {
    for (const auto& queue : *queues) put_queue(snapshot, queue);
  }
  snapshot.put(has_written_);
  snapshot.put(turn_);
  snapshot.put(is_shown_);
  snapshot.put(next_answer_);
}

void DipHost::restore(SnapshotReader& snapshot) {
  restore_memory(snapshot, memory_);
  get_queue(snapshot, writes_);
  get_queue(snapshot, filling_);
  for (auto* queues : {&reads_, &written_}) {
    for (auto& queue : *queues) get_queue(snapshot, queue);
  }
  snapshot.get(has_written_);
  snapshot.get(turn_);
  snapshot.get(is_shown_);
  snapshot.get(next_answer_);
}

void save_memory(SnapshotWriter& snapshot, const tile::SparseMemory& memory) {
  const std::vector<std::uint64_t> blocks = memory.written_blocks();
  snapshot.put_list(blocks);
  for (const std::uint64_t block : blocks) snapshot.put_sparse(memory.block(block));
}

void restore_memory(SnapshotReader& snapshot, tile::SparseMemory& memory) {
  constexpr std::size_t block_bytes = tile::SparseMemory::block_bytes;
  for (const std::uint64_t block : snapshot.get_list<std::uint64_t>()) {
    const std::vector<std::byte> bytes = snapshot.get_sparse();
    if (block >= memory.bytes() / block_bytes || bytes.size() != block_bytes) {
      throw InputError(fmt::format("{}: the snapshot is of another memory", snapshot.name()));
    }
    memory.fill(block, std::span<const std::byte, block_bytes>(bytes));
  }
}

}  // namespace dojo::sim
