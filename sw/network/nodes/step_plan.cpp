#include "network/nodes/step_plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "kernels/tiles.hpp"

namespace dojo::network {

StepPlan::StepPlan(const Recipe& recipe, const std::vector<Rectangle>& groups, std::size_t group, std::uint64_t base,
                   std::size_t available)
    : groups_(groups),
      group_(group),
      nodes_(groups[group]),
      samples_((recipe.batch + nodes_.nodes() - 1) / nodes_.nodes()),
      formats_(recipe.formats),
      base_(base),
      available_(available),
      next_(base),
      adamw_(recipe.optimiser.kind == OptimiserKind::adamw),
      clips_(recipe.optimiser.clip > 0),
      in_dram_(recipe.placement.dram) {
  squares_ = take("sums of squares", "", all_nodes() * hw::line_bytes);
}

std::uint64_t StepPlan::take(const std::string& purpose, const std::string& name, std::size_t bytes) {
  const std::size_t whole = (bytes + hw::line_bytes - 1) / hw::line_bytes * hw::line_bytes;
  if (whole != 0) regions_.push_back({.purpose = purpose, .name = name, .bytes = whole, .address = next_});
  const std::uint64_t address = next_;
  next_ += whole;
  return address;
}

std::string StepPlan::summary() const {
  const unsigned nodes = nodes_.nodes();
  const std::string needs = fmt::format("{} sample{} on each of {} node{}: {} bytes of its SRAM", samples_,
                                        samples_ == 1 ? "" : "s", nodes, nodes == 1 ? "" : "s", bytes());
  const std::string behind = dram_bytes_ == 0 ? "" : fmt::format("; {} bytes of DRAM", dram_bytes_);
  if (fits()) return fmt::format("{}, {} are left{}", needs, available_ - bytes(), behind);
  return fmt::format("{}, of which {} are free: {} are missing; take a smaller batch or more nodes", needs, available_,
                     bytes() - available_);
}

void StepPlan::lay_out_parameters() {
  const unsigned nodes = nodes_.nodes();
  std::size_t largest_part = 0;
  for (unsigned n = 0; n < nodes; ++n) {
    most_owned_ = std::max(most_owned_, owned_size(n));
    for (const Bucket& bucket : buckets_) largest_part = std::max(largest_part, part_of(bucket, n).size());
  }
  slot_bytes_ = largest_part * tile_bytes_fp32;
  if (formats_.weights.number != NumberFormat::bf16) {
    controls_ = take("formats of weights", "", weight_tiles_ * sizeof(std::uint32_t));
  }
  weights_ = take(controls_ != 0 ? "weights, CFloat8" : "weights, BF16", "", weight_tiles_ * weight_bytes());
  biases_ = take("biases, FP32", "", bias_tiles_ * tile_bytes_fp32);
  receive_ = take("gradients from peers", "", (nodes - 1) * slot_bytes_);
  sums_ = take("sums of owned gradients", "", most_owned_ * tile_bytes_fp32);
  lay_out_state();
}

void StepPlan::lay_out_labels() {
  labels_ = take("labels, losses, ones", "", losses_of_node() * sizeof(std::uint32_t));
  losses_ = take("labels, losses, ones", "", losses_of_node() * sizeof(float));
  ones_ = take("labels, losses, ones", "", tile_bytes_bf16);
}

void StepPlan::clear() {
  operations_.clear();
  products_.clear();
  exchanges_.clear();
  issued_ = waited_ = 0;
  peers_are_told_ = false;
}

network_operation& StepPlan::add(network_kind kind) {
  operations_.push_back({.kind = static_cast<std::uint32_t>(kind), .place = {}});
  return operations_.back();
}

void StepPlan::barrier() {
  add(NETWORK_BARRIER);
}

void StepPlan::wait(network_semaphore semaphore, std::size_t amount) {
  add(NETWORK_WAIT).wait = {.semaphore = static_cast<std::uint32_t>(semaphore), .amount = word(amount)};
}

std::size_t StepPlan::issue(const Product& product) {
  const auto is_same = [&](const Product& other) {
    return std::memcmp(&other.descriptor, &product.descriptor, sizeof(product.descriptor)) == 0 &&
           other.a == product.a && other.b == product.b;
  };
  const auto found = std::ranges::find_if(products_, is_same);
  const auto number = static_cast<std::size_t>(found - products_.begin());
  if (found == products_.end()) products_.push_back(product);
  // From the first descriptor on; list() adds where that is.
  add(NETWORK_PRODUCT).place = {.address = word(number * hw::line_bytes)};
  return ++issued_;
}

void StepPlan::wait_for(std::size_t issued) {
  if (issued <= waited_) return;
  wait(NETWORK_SEMAPHORE_MATRIX, issued - waited_);
  waited_ = issued;
}

}  // namespace dojo::network
