// The end of a step: what the list says is the same for all nodes, but for what each of them owns, which list() fills
// in.

#include <algorithm>
#include <iterator>

#include "kernels/tiles.hpp"
#include "network/nodes/step_plan.hpp"

namespace dojo::network {

TileRange StepPlan::part_of(const Bucket& bucket, unsigned node) const {
  const std::size_t size = bucket.tiles.size();
  return {bucket.tiles.begin + size * node / nodes_.nodes(), bucket.tiles.begin + size * (node + 1) / nodes_.nodes()};
}

std::vector<TileRange> StepPlan::owned(unsigned node) const {
  std::vector<TileRange> ranges(buckets_.size());
  std::ranges::transform(buckets_, ranges.begin(), [&](const Bucket& bucket) { return part_of(bucket, node); });
  return ranges;
}

std::size_t StepPlan::owned_size(unsigned node) const {
  std::size_t size = 0;
  for (const Bucket& bucket : buckets_) size += part_of(bucket, node).size();
  return size;
}

/// Lists: the gradients of each bucket, then the sum of squares, then the new parameters; then from and to DRAM of each
/// chunk.
void StepPlan::send(std::size_t list) {
  add(NETWORK_TRANSFERS).place = {.address = word(list)};
  wait(NETWORK_SEMAPHORE_SENT, list);
}

void StepPlan::sum(std::size_t bucket, bool adds, bool more) {
  const bool several = nodes_.nodes() > 1;
  wait_for_peers();
  if (several) {
    send(bucket);
    wait(NETWORK_SEMAPHORE_GRADIENTS, bucket);
  }
  barrier();
  add(NETWORK_SUM).sum = {.tiles = word(bucket),
                          .adds = adds ? 1U : 0U,
                          .gradient = 0,
                          .receive = word(receive_),
                          .slot_bytes = word(slot_bytes_),
                          .sum = 0};
  if (!more) return;
  barrier();
  if (several) add(NETWORK_READY);
  peers_are_told_ = several;
}

/// Until what they have received has been summed.
void StepPlan::wait_for_peers() {
  if (peers_are_told_) wait(NETWORK_SEMAPHORE_READY, nodes_.nodes() - 1);
  peers_are_told_ = false;
}

/// Of all owned gradients, then of those that all groups have: of a range in a bucket each, which fill_in() finds by
/// their numbers. All groups have as many operations, so that their plans are alike.
void StepPlan::add_squares() {
  add(NETWORK_SQUARES).squares = {.tiles = 0, .weight_tiles = 0, .sum = word(sums_), .squares = 0, .less = 0};
  const std::vector<TileRange> ranges = repeated();
  for (std::size_t range = 0; range < ranges.size(); ++range) {
    for (std::size_t bucket = 0; bucket < buckets_.size(); ++bucket) {
      const TileRange& tiles = buckets_[bucket].tiles;
      if (ranges[range].end <= tiles.begin || tiles.end <= ranges[range].begin) continue;
      add(NETWORK_SQUARES).squares = {
          .tiles = word(bucket), .weight_tiles = word(range), .sum = 0, .squares = 0, .less = 1};
    }
  }
}

void StepPlan::update() {
  const bool several = nodes_.nodes() > 1;
  const unsigned others = all_nodes() - 1;
  const std::size_t count = chunks().size();
  for (std::size_t chunk = 0; in_dram_ && chunk < std::min<std::size_t>(count, 2); ++chunk) pull(chunk);
  barrier();
  add_squares();
  barrier();
  if (others != 0) send(buckets_.size());
  if (others != 0 && clips_) {
    wait(NETWORK_SEMAPHORE_SQUARES, others);
    barrier();
  }
  for (std::size_t chunk = 0; chunk < count; ++chunk) {
    if (in_dram_) {
      wait(NETWORK_SEMAPHORE_STATE, pull_list(chunk));
      barrier();
    }
    add(NETWORK_UPDATE).update = {.adamw = adamw_ ? 1U : 0U,
                                  .first = word(chunk),
                                  .tiles = 0,
                                  .weight_tiles = word(weight_tiles_),
                                  .sum = 0,
                                  .parameters = 0,
                                  .moments = {0, 0},
                                  .weights = word(weights_),
                                  .biases = word(biases_),
                                  .squares = clips_ ? word(squares_) : 0,
                                  .nodes = all_nodes(),
                                  .controls = word(controls_)};
    if (!in_dram_) continue;
    push_back(chunk);
    if (chunk + 2 < count) pull(chunk + 2);
  }
  if (several) {
    barrier();
    send(buckets_.size() + 1);
    wait(NETWORK_SEMAPHORE_WEIGHTS, 0);
  }
  if (others != 0 && !clips_) wait(NETWORK_SEMAPHORE_SQUARES, others);
}

/// Ranges of new parameters that a node sends to each other one: a bucket's weights, and its biases.
std::size_t StepPlan::publications(unsigned node) const {
  std::size_t count = 0;
  for (const TileRange& range : owned(node)) {
    count += range.begin < std::min(range.end, weight_tiles_) ? 1 : 0;
    count += std::max(range.begin, weight_tiles_) < range.end ? 1 : 0;
  }
  return count;
}

std::size_t StepPlan::list_bytes() const {
  std::size_t transfers = 0;
  for (unsigned n = 0; n < nodes_.nodes(); ++n) transfers = std::max(transfers, this->transfers(n).size());
  return operations_.size() * sizeof(network_operation) + (products_.size() + transfers) * hw::line_bytes;
}

void StepPlan::lay_out_lists() {
  const std::size_t operations = operations_.size() * sizeof(network_operation);
  operations_address_ = take("operations", "", operations);
  descriptors_address_ = take("descriptors", "", list_bytes() - operations);
}

void StepPlan::fill_in(network_operation& operation, unsigned node) const {
  const std::vector<TileRange> ranges = owned(node);
  const auto before = [&](std::size_t bucket) {
    std::size_t tiles = 0;
    for (std::size_t b = 0; b < bucket; ++b) tiles += ranges[b].size();
    return tiles * tile_bytes_fp32;
  };
  if (operation.kind == NETWORK_SUM) {
    const std::size_t bucket = operation.sum.tiles;
    const TileRange& range = ranges[bucket];
    operation.sum.tiles = word(range.size());
    operation.sum.gradient =
        word(buckets_[bucket].gradients + (range.begin - buckets_[bucket].tiles.begin) * tile_bytes_fp32);
    operation.sum.sum = word(sums_ + before(bucket));
  } else if (operation.kind == NETWORK_SQUARES) {
    network_squares& squares = operation.squares;
    squares.squares = word(squares_ + (group_ * nodes_.nodes() + node) * hw::line_bytes);
    const auto weights_of = [this](const TileRange& range) {
      return std::min(range.end, std::max(range.begin, weight_tiles_)) - range.begin;
    };
    if (squares.less == 0) {
      std::size_t weights = 0;
      for (const TileRange& range : ranges) weights += weights_of(range);
      squares.tiles = word(owned_size(node));
      squares.weight_tiles = word(weights);
      return;
    }
    const std::size_t bucket = squares.tiles;
    const TileRange& own = ranges[bucket];
    const TileRange range = repeated()[squares.weight_tiles];
    const std::size_t begin = std::clamp(range.begin, own.begin, own.end);
    const TileRange common{begin, std::clamp(range.end, begin, own.end)};
    squares.tiles = group_ == 0 ? 0 : word(common.size());
    squares.weight_tiles = word(weights_of(common));
    squares.sum = word(sums_ + before(bucket) + (common.begin - own.begin) * tile_bytes_fp32);
  } else if (operation.kind == NETWORK_UPDATE) {
    const std::size_t number = operation.update.first;
    const Chunk chunk = chunks()[number];
    const TileRange tiles = tiles_of(chunk, node);
    const std::size_t offset = before(chunk.bucket) + chunk.first * tile_bytes_fp32;
    operation.update.first = word(tiles.begin);
    operation.update.tiles = word(tiles.size());
    operation.update.sum = word(sums_ + offset);
    operation.update.parameters = word(in_dram_ ? staged(number, 0) : masters_ + offset);
    for (std::size_t m = 0; m < moments_.size(); ++m) {
      operation.update.moments[m] = word(in_dram_ ? staged(number, m + 1) : moments_[m] + offset);
    }
  }
}

std::vector<network_operation> StepPlan::list(unsigned node, Extent extent, const OperandBiases& biases) const {
  const std::vector<Transfers> lists = sends(node);
  const std::vector<TileRange> ranges = owned(node);
  const std::size_t peers = nodes_.nodes() - 1;
  std::size_t arrivals = 0;
  for (unsigned n = 0; n < nodes_.nodes(); ++n) arrivals += n == node ? 0 : publications(n);
  std::vector<network_operation> result = operations_;
  if (extent != Extent::update) {
    result.resize(extent == Extent::forward ? forward_end_ : gradients_end_);
    if (extent == Extent::gradients) {
      result.push_back({.kind = NETWORK_WAIT, .wait = {NETWORK_SEMAPHORE_MATRIX, word(unfinished_)}});
    }
    result.push_back({.kind = NETWORK_END, .place = {}});
  }
  for (network_operation& operation : result) {
    fill_in(operation, node);
    if (operation.kind == NETWORK_QUANTIZE) {
      const std::size_t operand = operation.quantize.control;
      operation.quantize.control = control(operand, biases.read[operand]);
    }
    if (operation.kind == NETWORK_DROPOUT && extent == Extent::forward) {
      operation = {.kind = NETWORK_WAIT, .wait = {NETWORK_SEMAPHORE_MATRIX, 0}};  // evaluation
    }
    if (operation.kind == NETWORK_PRODUCT) operation.place.address += word(descriptors_address_);
    if (operation.kind == NETWORK_TRANSFERS) {
      const std::size_t list = operation.place.address;
      std::size_t first = products_.size();
      for (std::size_t l = 0; l < list; ++l) first += lists[l].size();
      operation.place.address = word(descriptors_address_ + first * hw::line_bytes);
      if (lists[list].empty()) operation = {.kind = NETWORK_WAIT, .wait = {NETWORK_SEMAPHORE_MATRIX, 0}};
    } else if (operation.kind == NETWORK_WAIT) {
      std::uint32_t& amount = operation.wait.amount;
      if (operation.wait.semaphore == NETWORK_SEMAPHORE_SENT || operation.wait.semaphore == NETWORK_SEMAPHORE_STATE) {
        amount = word(lists[amount].size());
      }
      if (operation.wait.semaphore == NETWORK_SEMAPHORE_GRADIENTS)
        amount = ranges[amount].size() == 0 ? 0 : word(peers);
      if (operation.wait.semaphore == NETWORK_SEMAPHORE_WEIGHTS) amount = word(arrivals);
    }
  }
  return result;
}

hw::TransferDescriptor StepPlan::push(Coordinates place, std::uint64_t from, std::uint64_t to, std::size_t bytes,
                                      network_semaphore counts) {
  const std::uint64_t remote = hw::global_address(place.x, place.y, to);
  hw::TransferDescriptor descriptor{};
  descriptor.op = DOJO_DESCRIPTOR_OP_TRANSFER_PUSH;
  descriptor.sem_en = 1;
  descriptor.sem = NETWORK_SEMAPHORE_SENT;
  descriptor.remote_sem_en = 1;
  descriptor.remote_sem = static_cast<std::uint32_t>(counts) & (hw::semaphores - 1);
  descriptor.lines = word(bytes / hw::line_bytes);
  descriptor.local_address = word(from);
  descriptor.remote_address_low = word(remote);
  descriptor.remote_address_high = word(remote >> 32U);
  return descriptor;
}

std::vector<StepPlan::Transfers> StepPlan::sends(unsigned node, std::uint64_t dram) const {
  const unsigned nodes = nodes_.nodes();
  std::vector<Transfers> lists(buckets_.size() + 2);
  const std::vector<TileRange> own = owned(node);
  for (unsigned distance = 1; distance < nodes; ++distance) {
    const unsigned peer = (node + distance) % nodes;
    const Coordinates place = nodes_.node(peer);
    const unsigned slot = node < peer ? node : node - 1;
    for (std::size_t b = 0; b < buckets_.size(); ++b) {
      const TileRange range = part_of(buckets_[b], peer);
      if (range.size() == 0) continue;
      const std::uint64_t from = buckets_[b].gradients + (range.begin - buckets_[b].tiles.begin) * tile_bytes_fp32;
      lists[b].push_back(push(place, from, receive_ + slot * slot_bytes_, range.size() * tile_bytes_fp32,
                              NETWORK_SEMAPHORE_GRADIENTS));
    }
    for (const TileRange& range : own) {
      if (const std::size_t end = std::min(range.end, weight_tiles_); range.begin < end) {
        const std::uint64_t address = weights_ + range.begin * weight_bytes();
        lists[buckets_.size() + 1].push_back(
            push(place, address, address, (end - range.begin) * weight_bytes(), NETWORK_SEMAPHORE_WEIGHTS));
      }
      if (const std::size_t begin = std::max(range.begin, weight_tiles_); begin < range.end) {
        const std::uint64_t address = biases_ + (begin - weight_tiles_) * tile_bytes_fp32;
        lists[buckets_.size() + 1].push_back(
            push(place, address, address, (range.end - begin) * tile_bytes_fp32, NETWORK_SEMAPHORE_WEIGHTS));
      }
    }
  }
  const auto own_place = static_cast<unsigned>(group_) * nodes + node;
  const std::uint64_t line = squares_ + own_place * hw::line_bytes;
  for (unsigned distance = 1; distance < all_nodes(); ++distance) {
    const unsigned peer = (own_place + distance) % all_nodes();
    const Coordinates place = groups_[peer / nodes].node(peer % nodes);
    lists[buckets_.size()].push_back(push(place, line, line, hw::line_bytes, NETWORK_SEMAPHORE_SQUARES));
  }
  std::ranges::move(state_transfers(node, dram), std::back_inserter(lists));
  std::ranges::move(boundary_sends(node), std::back_inserter(lists));
  return lists;
}

std::vector<hw::TransferDescriptor> StepPlan::transfers(unsigned node, std::uint64_t dram) const {
  Transfers result;
  for (const Transfers& list : sends(node, dram)) {
    for (std::size_t i = 0; i < list.size(); ++i) {
      result.push_back(list[i]);
      if (i + 1 == list.size()) continue;
      result.back().next_en = 1;
      result.back().next = word(transfers_address() + result.size() * hw::line_bytes);
    }
  }
  return result;
}

}  // namespace dojo::network
