// Owned parameters in FP32 and what the optimiser keeps of them: in the SRAM of their node, or in DRAM.

#include <algorithm>

#include "kernels/tiles.hpp"
#include "network/nodes/step_plan.hpp"

namespace dojo::network {
namespace {

constexpr std::size_t most_chunk_tiles = 16;
constexpr std::size_t slots = 2;

}  // namespace

void StepPlan::lay_out_state() {
  const std::size_t bytes = most_owned_ * tile_bytes_fp32;
  const std::size_t states = adamw_ ? 3 : 2;
  moments_.resize(states - 1);
  if (in_dram_) {
    for (const Bucket& bucket : buckets_) {
      for (unsigned n = 0; n < nodes_.nodes(); ++n) {
        chunk_tiles_ = std::max(chunk_tiles_, std::min(most_chunk_tiles, part_of(bucket, n).size()));
      }
    }
    masters_ = 0;
    for (std::size_t m = 0; m < moments_.size(); ++m) moments_[m] = (m + 1) * bytes;
    dram_bytes_ = states * bytes;
    staging_ = take("owned parameters on their way", "", slots * states * chunk_tiles_ * tile_bytes_fp32);
    return;
  }
  chunk_tiles_ = std::max<std::size_t>(most_owned_, 1);
  masters_ = take("owned parameters, FP32", "", bytes);
  if (adamw_) {
    moments_[0] = take("their means", "", bytes);
    moments_[1] = take("their squares' means", "", bytes);
  } else {
    moments_[0] = take("their velocity", "", bytes);
  }
}

/// As many as the node with most tiles of a bucket has; those of others may be empty.
std::vector<StepPlan::Chunk> StepPlan::chunks() const {
  std::vector<Chunk> result;
  for (std::size_t bucket = 0; bucket < buckets_.size(); ++bucket) {
    std::size_t most = 1;
    for (unsigned n = 0; n < nodes_.nodes(); ++n) most = std::max(most, part_of(buckets_[bucket], n).size());
    for (std::size_t first = 0; first < most; first += chunk_tiles_) result.push_back({bucket, first});
  }
  return result;
}

TileRange StepPlan::tiles_of(const Chunk& chunk, unsigned node) const {
  const TileRange own = part_of(buckets_[chunk.bucket], node);
  const std::size_t begin = std::min(own.begin + chunk.first, own.end);
  return {begin, std::min(begin + chunk_tiles_, own.end)};
}

std::uint64_t StepPlan::staged(std::size_t chunk, std::size_t state) const {
  return staging_ + (state * slots + chunk % slots) * chunk_tiles_ * tile_bytes_fp32;
}

void StepPlan::pull(std::size_t chunk) {
  add(NETWORK_TRANSFERS).place = {.address = word(pull_list(chunk))};
}

/// When all harts have updated it, and until its place is free.
void StepPlan::push_back(std::size_t chunk) {
  barrier();
  send(pull_list(chunk) + 1);
}

std::vector<StepPlan::Transfers> StepPlan::state_transfers(unsigned node, std::uint64_t dram) const {
  const std::vector<Chunk> all = chunks();
  std::vector<Transfers> lists(2 * all.size());
  if (!in_dram_) return lists;
  std::uint64_t offset = dram;  // of the chunk
  for (std::size_t c = 0; c < all.size(); ++c) {
    const std::size_t bytes = tiles_of(all[c], node).size() * tile_bytes_fp32;
    for (std::size_t state = 0; state <= moments_.size() && bytes != 0; ++state) {
      const std::uint64_t remote = offset + (state == 0 ? masters_ : moments_[state - 1]);
      hw::TransferDescriptor descriptor{};
      descriptor.op = DOJO_DESCRIPTOR_OP_TRANSFER_PULL;
      descriptor.sem_en = 1;
      descriptor.sem = NETWORK_SEMAPHORE_STATE;
      descriptor.lines = word(bytes / hw::line_bytes);
      descriptor.local_address = word(staged(c, state));
      descriptor.remote_address_low = word(remote);
      descriptor.remote_address_high = word(remote >> 32U);
      lists[2 * c].push_back(descriptor);
      descriptor.op = DOJO_DESCRIPTOR_OP_TRANSFER_PUSH;
      descriptor.sem = NETWORK_SEMAPHORE_SENT;
      lists[2 * c + 1].push_back(descriptor);
    }
    offset += bytes;
  }
  return lists;
}

}  // namespace dojo::network
